/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP control messages for people. */
#include "rotor/mctp_control.h"
#include "trace/protocols.h"

static const char *completion_name(uint8_t code)
{
	static const char *const names[] = {
	    "SUCCESS",
	    "ERROR",
	    "ERROR_INVALID_DATA",
	    "ERROR_INVALID_LENGTH",
	    "ERROR_NOT_READY",
	    "ERROR_UNSUPPORTED_CMD",
	};
	return code < ROTOR_COUNT_OF(names) ? names[code] : "command-specific error";
}

static const char *type_name(uint8_t type)
{
	switch (type) {
	case ROTOR_MCTP_TYPE_CONTROL:
		return "control";
	case ROTOR_MCTP_TYPE_PLDM:
		return "PLDM";
	case ROTOR_MCTP_TYPE_SPDM:
		return "SPDM";
	case ROTOR_MCTP_TYPE_SECURED:
		return "secured";
	case ROTOR_MCTP_TYPE_VENDOR_PCI:
		return "vendor (PCI)";
	case ROTOR_MCTP_TYPE_VENDOR_IANA:
		return "vendor (IANA)";
	case ROTOR_MCTP_VERSION_OF_BASE:
		return "base specification";
	default:
		return NULL;
	}
}

static void put_type(struct out *o, uint8_t type)
{
	if (type_name(type)) {
		out_str(o, type_name(type));
	} else {
		out_hex(o, type, 2);
	}
}

/* 0xf1f3f100 is 1.3.1, 0xf1f3ff00 is 1.3. */
static void put_version(struct out *o, uint32_t version)
{
	out_dec(o, version >> 24 & 0x0F);
	out_str(o, ".");
	out_dec(o, version >> 16 & 0x0F);
	if ((version >> 8 & 0xFF) != 0xFF) {
		out_str(o, ".");
		out_dec(o, version >> 8 & 0x0F);
	}
}

static enum rotor_status show_set_eid(struct out *o, struct rotor_reader *r)
{
	static const char *const operations[] = {"set", "force", "reset", "set discovered flag"};
	struct rotor_mctp_set_eid_request m;
	enum rotor_status status = rotor_mctp_set_eid_request_decode(r, &m);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, operations[m.operation & 3]);
		out_str(o, " ");
		out_dec(o, m.eid);
		out_field_str(o, "operation", operations[m.operation & 3]);
		out_field_dec(o, "EID", m.eid);
	}
	return status;
}

static enum rotor_status show_set_eid_answer(struct out *o, struct rotor_reader *r)
{
	struct rotor_mctp_set_eid_answer m;
	enum rotor_status status = rotor_mctp_set_eid_answer_decode(r, &m);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, m.rejected ? "rejected, EID is " : "accepted, EID is ");
		out_dec(o, m.eid);
		out_field_dec(o, "EID", m.eid);
		out_field_dec(o, "allocation", m.allocation);
		out_field_dec(o, "pool size", m.pool_size);
	}
	return status;
}

static enum rotor_status show_get_eid_answer(struct out *o, struct rotor_reader *r)
{
	static const char *const kinds[] = {"dynamic", "static", "static, as now",
					    "static, another now"};
	struct rotor_mctp_get_eid_answer m;
	enum rotor_status status = rotor_mctp_get_eid_answer_decode(r, &m);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, "EID ");
		out_dec(o, m.eid);
		out_str(o, m.bridge ? ", bridge or bus owner" : "");
		out_field_dec(o, "EID", m.eid);
		out_field_str(o, "endpoint", m.bridge ? "bridge or bus owner" : "simple");
		out_field_str(o, "EID is", kinds[m.id_type & 3]);
		out_field_hex(o, "medium", m.medium, 2);
	}
	return status;
}

static enum rotor_status show_uuid_answer(struct out *o, struct rotor_reader *r)
{
	uint8_t uuid[ROTOR_MCTP_UUID_SIZE];
	enum rotor_status status = rotor_mctp_uuid_answer_decode(r, uuid);
	if (status == ROTOR_OK) {
		out_summary(o);
		for (size_t i = 0; i < sizeof(uuid); i++) {
			out_str(o, i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "");
			trace_put_hex(&o->text, uuid[i], 2);
		}
		struct rotor_bytes view = {uuid, sizeof(uuid)};
		out_field_bytes(o, "UUID", view);
	}
	return status;
}

static enum rotor_status show_versions(struct out *o, struct rotor_reader *r)
{
	uint8_t type = rotor_read_u8(r);
	out_summary(o);
	put_type(o, type);
	out_field_hex(o, "message type", type, 2);
	return rotor_reader_end(r);
}

static enum rotor_status show_versions_answer(struct out *o, struct rotor_reader *r)
{
	struct rotor_mctp_versions_answer m;
	enum rotor_status status = rotor_mctp_versions_answer_decode(r, &m);
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	for (size_t i = 0; i < m.count && i < ROTOR_MCTP_FOUND_VERSIONS; i++) {
		out_str(o, i ? ", " : "");
		put_version(o, m.versions[i]);
	}
	for (size_t i = 0; i < m.count && i < ROTOR_MCTP_FOUND_VERSIONS; i++) {
		out_field(o, "version");
		put_version(o, m.versions[i]);
	}
	return status;
}

static enum rotor_status show_types_answer(struct out *o, struct rotor_reader *r)
{
	struct rotor_mctp_types_answer m;
	enum rotor_status status = rotor_mctp_types_answer_decode(r, &m);
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	for (size_t i = 0; i < m.count && i < ROTOR_MCTP_FOUND_TYPES; i++) {
		out_str(o, i ? ", " : "");
		put_type(o, m.types[i]);
	}
	for (size_t i = 0; i < m.count && i < ROTOR_MCTP_FOUND_TYPES; i++) {
		out_field_hex(o, "message type", m.types[i], 2);
	}
	return status;
}

static enum rotor_status show_vendor(struct out *o, struct rotor_reader *r)
{
	out_field_dec(o, "selector", rotor_read_u8(r));
	return rotor_reader_end(r);
}

static enum rotor_status show_vendor_answer(struct out *o, struct rotor_reader *r)
{
	struct rotor_mctp_vendor_answer m;
	enum rotor_status status = rotor_mctp_vendor_answer_decode(r, &m);
	if (status == ROTOR_OK) {
		out_field_hex(o, m.format ? "IANA enterprise" : "PCI vendor", m.vendor, 4);
		out_field_hex(o, "numbering", m.numbering, 4);
		out_field_dec(o, "next selector", m.next);
	}
	return status;
}

static enum rotor_status show_nothing(struct out *o, struct rotor_reader *r)
{
	(void)o;
	return rotor_reader_end(r);
}

/* Commands in order from 1; request and answer. */
static enum rotor_status (*const shows[][2])(struct out *o, struct rotor_reader *r) = {
    [ROTOR_MCTP_SET_ENDPOINT_ID] = {show_set_eid, show_set_eid_answer},
    [ROTOR_MCTP_GET_ENDPOINT_ID] = {show_nothing, show_get_eid_answer},
    [ROTOR_MCTP_GET_ENDPOINT_UUID] = {show_nothing, show_uuid_answer},
    [ROTOR_MCTP_GET_VERSION_SUPPORT] = {show_versions, show_versions_answer},
    [ROTOR_MCTP_GET_MESSAGE_TYPE_SUPPORT] = {show_nothing, show_types_answer},
    [ROTOR_MCTP_GET_VENDOR_SUPPORT] = {show_vendor, show_vendor_answer},
};

void trace_control(struct rotor_trace *t, const struct place *at, struct rotor_bytes body)
{
	struct rotor_reader r = rotor_reader(body.data, body.len);
	struct rotor_mctp_control_header h;
	struct out o;
	rotor_mctp_control_header_read(&r, &h);
	out_open(&o, t, at, ROTOR_TRACE_CONTROL, rotor_mctp_command_string(h.command), body.len);
	o.line.request = h.request;
	enum rotor_status status = rotor_reader_status(&r);
	if (status != ROTOR_OK) {
		o.line.name = "control message";
	} else if (!h.request && h.completion != ROTOR_MCTP_SUCCESS) {
		out_summary(&o);
		out_str(&o, completion_name(h.completion));
		out_field_hex(&o, "completion code", h.completion, 2);
	} else if (h.command < ROTOR_COUNT_OF(shows) && shows[h.command][0]) {
		status = shows[h.command][h.request ? 0 : 1](&o, &r);
	} else {
		out_field_hex(&o, "command", h.command, 2);
		out_field_bytes(&o, "bytes", rotor_read_rest(&r));
	}
	out_field_dec(&o, "instance", h.instance);
	if (status != ROTOR_OK) {
		out_malformed(&o, status);
	}
	out_close(&o);
}
