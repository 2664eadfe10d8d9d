/* SPDX-License-Identifier: Apache-2.0 */
/* PLDM messages for people: the header, and type 0. Firmware update is in fwup.c. */
#include "rotor/pldm.h"
#include "trace/protocols.h"

static enum rotor_status show_tid(struct out *o, struct rotor_bytes payload)
{
	uint8_t tid;
	enum rotor_status status = rotor_pldm_tid_decode(payload, &tid);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, "TID ");
		out_dec(o, tid);
		out_field_dec(o, "TID", tid);
	}
	return status;
}

static enum rotor_status show_types(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_types m;
	enum rotor_status status = rotor_pldm_types_decode(payload, &m);
	if (status != ROTOR_OK) {
		return status;
	}
	bool first = true;
	out_summary(o);
	for (unsigned i = 0; i < 64; i++) {
		if (rotor_pldm_bit(m.bits, i)) {
			out_str(o, first ? "" : ", ");
			out_str(o, rotor_pldm_type_name((uint8_t)i));
			first = false;
		}
	}
	for (unsigned i = 0; i < 64; i++) {
		if (rotor_pldm_bit(m.bits, i)) {
			out_field_dec(o, "type", i);
		}
	}
	return status;
}

static enum rotor_status show_get_version(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_get_version_req m;
	enum rotor_status status = rotor_pldm_get_version_req_decode(payload, &m);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, rotor_pldm_type_name(m.type));
		out_field_dec(o, "type", m.type);
		out_field_hex(o, "transfer handle", m.handle, 8);
		out_field_dec(o, "operation", m.operation);
	}
	return status;
}

static enum rotor_status show_version(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_get_version_resp m;
	uint32_t versions[8];
	size_t count = 0;
	char text[ROTOR_PLDM_VERSION_TEXT];
	enum rotor_status status = rotor_pldm_get_version_resp_decode(payload, &m);
	if (status != ROTOR_OK) {
		return status;
	}
	status = rotor_pldm_versions_decode(m.part, versions, ROTOR_COUNT_OF(versions), &count);
	if (status == ROTOR_OK) {
		out_summary(o);
		for (size_t i = 0; i < count; i++) {
			out_str(o, i ? ", " : "");
			out_str(o, rotor_pldm_version_text(versions[i], text));
		}
	}
	out_field_hex(o, "next handle", m.next_handle, 8);
	out_field_hex(o, "transfer flag", m.flag, 2);
	out_field_bytes(o, "data", m.part);
	/* A part of a longer transfer has no checksum of its own. */
	return m.flag == ROTOR_PLDM_START_AND_END ? status : ROTOR_OK;
}

static enum rotor_status show_get_commands(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_get_commands_req m;
	char text[ROTOR_PLDM_VERSION_TEXT];
	enum rotor_status status = rotor_pldm_get_commands_req_decode(payload, &m);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, rotor_pldm_type_name(m.type));
		out_str(o, " ");
		out_str(o, rotor_pldm_version_text(m.version, text));
		out_field_dec(o, "type", m.type);
		out_field_str(o, "version", rotor_pldm_version_text(m.version, text));
	}
	return status;
}

static enum rotor_status show_commands(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_commands m;
	enum rotor_status status = rotor_pldm_commands_decode(payload, &m);
	unsigned count = 0;
	for (unsigned i = 0; status == ROTOR_OK && i < 256; i++) {
		count += rotor_pldm_bit(m.bits, i);
	}
	if (status == ROTOR_OK) {
		out_summary(o);
		out_dec(o, count);
		out_str(o, " commands");
	}
	for (unsigned i = 0; status == ROTOR_OK && i < 256; i++) {
		if (rotor_pldm_bit(m.bits, i)) {
			out_field_hex(o, "command", i, 2);
		}
	}
	return status;
}

static enum rotor_status show_nothing(struct out *o, struct rotor_bytes payload)
{
	(void)o;
	return payload.len ? ROTOR_ERR_LENGTH : ROTOR_OK;
}

/* Request and response of each command. */
static enum rotor_status (*const shows[][2])(struct out *o, struct rotor_bytes payload) = {
    [ROTOR_PLDM_SET_TID] = {show_tid, show_nothing},
    [ROTOR_PLDM_GET_TID] = {show_nothing, show_tid},
    [ROTOR_PLDM_GET_VERSION] = {show_get_version, show_version},
    [ROTOR_PLDM_GET_TYPES] = {show_nothing, show_types},
    [ROTOR_PLDM_GET_COMMANDS] = {show_get_commands, show_commands},
};

static enum rotor_status show_base(struct out *o, const struct rotor_pldm_message *m)
{
	if (m->header.command < ROTOR_COUNT_OF(shows) && shows[m->header.command][0]) {
		return shows[m->header.command][m->header.request ? 0 : 1](o, m->payload);
	}
	return ROTOR_ERR_UNSUPPORTED;
}

static enum rotor_status show_payload(struct out *o, const struct rotor_pldm_message *m)
{
	if (!m->header.request && m->completion != ROTOR_PLDM_SUCCESS) {
		out_summary(o);
		out_str(o, rotor_pldm_completion_name(m->header.type, m->header.command,
						      m->completion));
		out_field_hex(o, "completion code", m->completion, 2);
		return ROTOR_OK;
	}
	switch (m->header.type) {
	case ROTOR_PLDM_TYPE_BASE:
		return show_base(o, m);
	case ROTOR_PLDM_TYPE_FWUP:
		return trace_fwup(o, m);
	default:
		return ROTOR_ERR_UNSUPPORTED;
	}
}

void trace_pldm(struct rotor_trace *t, const struct place *at, struct rotor_bytes body)
{
	struct rotor_pldm_message m;
	struct out o;
	enum rotor_status status = rotor_pldm_open(body.data, body.len, &m);
	if (status != ROTOR_OK) {
		out_open(&o, t, at, ROTOR_TRACE_PLDM, "PLDM message", body.len);
		out_malformed(&o, status);
		out_field_bytes(&o, "bytes", body);
		out_close(&o);
		return;
	}
	out_open(&o, t, at, ROTOR_TRACE_PLDM,
		 rotor_pldm_command_name(m.header.type, m.header.command), body.len);
	o.line.request = m.header.request;
	status = show_payload(&o, &m);
	out_field_str(&o, "PLDM type", rotor_pldm_type_name(m.header.type));
	out_field_dec(&o, "instance", m.header.instance);
	if (status != ROTOR_OK && status != ROTOR_ERR_UNSUPPORTED) {
		out_malformed(&o, status);
	}
	if (status != ROTOR_OK) {
		out_field_hex(&o, "command", m.header.command, 2);
		out_field_bytes(&o, "payload", m.payload);
	}
	out_close(&o);
}
