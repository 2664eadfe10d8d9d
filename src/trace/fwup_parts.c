/* SPDX-License-Identifier: Apache-2.0 */
/* PLDM firmware update messages for people: data that come in parts, and downstream devices. */
#include "rotor/pldm_downstream.h"
#include "rotor/pldm_fwup_data.h"
#include "trace/protocols.h"

static enum rotor_status show_nothing(struct out *o, struct rotor_bytes payload)
{
	(void)o;
	return payload.len ? ROTOR_ERR_LENGTH : ROTOR_OK;
}

static enum rotor_status show_part_req(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_part_req m;
	enum rotor_status status = rotor_pldm_part_req_decode(payload, &m);
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	if (m.operation == ROTOR_PLDM_GET_FIRST_PART) {
		out_str(o, "the first part");
		return status;
	}
	out_str(o, "the part at ");
	out_hex(o, m.handle, 8);
	out_field_hex(o, "handle", m.handle, 8);
	return status;
}

/* A part's place among the others. */
static void show_place(struct out *o, const struct rotor_pldm_part *m)
{
	if (m->flag & ROTOR_PLDM_END) {
		out_str(o, m->flag & ROTOR_PLDM_START ? ", all" : ", the last part");
		return;
	}
	out_str(o, m->flag & ROTOR_PLDM_START ? ", the first part" : ", a part");
	out_str(o, ", next at ");
	out_hex(o, m->next, 8);
}

static enum rotor_status show_part(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_part m;
	enum rotor_status status = rotor_pldm_part_decode(payload, &m);
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	out_dec(o, m.data.len);
	out_str(o, m.data.len == 1 ? " byte" : " bytes");
	show_place(o, &m);
	out_field_bytes(o, "data", m.data);
	return status;
}

static enum rotor_status show_downstream(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_downstream m;
	enum rotor_status status = rotor_pldm_downstream_decode(payload, &m);
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	out_dec(o, m.count);
	out_str(o, m.count == 1 ? " downstream device" : " downstream devices");
	if (!m.supported) {
		out_str(o, ", not updated by this one");
	}
	out_field_dec(o, "at most", m.max);
	out_field_hex(o, "capabilities", m.capabilities, 8);
	return status;
}

static void show_count(struct out *o, const struct rotor_pldm_downstream_part *list,
		       const struct rotor_pldm_part *part)
{
	out_summary(o);
	out_dec(o, list->count);
	out_str(o, list->count == 1 ? " downstream device" : " downstream devices");
	show_place(o, part);
}

static enum rotor_status show_identifiers(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_downstream_identifiers device;
	struct rotor_pldm_downstream_part list;
	struct rotor_pldm_descriptor d;
	struct rotor_pldm_part part;
	enum rotor_status status = rotor_pldm_part_decode(payload, &part);
	if (status == ROTOR_OK) {
		status = rotor_pldm_downstream_identifiers_decode(part.data, &list);
	}
	if (status != ROTOR_OK) {
		return status;
	}
	show_count(o, &list, &part);
	struct rotor_reader r = rotor_reader(list.area.data, list.area.len);
	while (r.left && rotor_pldm_downstream_identifiers_read(&r, &device) == ROTOR_OK) {
		struct rotor_reader area = rotor_reader(device.area.data, device.area.len);
		out_field_dec(o, "device", device.index);
		while (area.left && rotor_pldm_descriptor_read(&area, &d) == ROTOR_OK) {
			out_field_bytes(o, rotor_pldm_descriptor_name(d.type), d.data);
		}
	}
	return status;
}

static enum rotor_status show_parameters(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_downstream_parameters device;
	struct rotor_pldm_downstream_part list;
	struct rotor_pldm_part part;
	enum rotor_status status = rotor_pldm_part_decode(payload, &part);
	if (status == ROTOR_OK) {
		status = rotor_pldm_downstream_parameters_decode(part.data, &list);
	}
	if (status != ROTOR_OK) {
		return status;
	}
	show_count(o, &list, &part);
	out_field_hex(o, "capabilities", list.capabilities, 8);
	struct rotor_reader r = rotor_reader(list.area.data, list.area.len);
	while (r.left && rotor_pldm_downstream_parameters_read(&r, &device) == ROTOR_OK) {
		out_field(o, "device");
		out_dec(o, device.index);
		out_str(o, ", active ");
		out_foreign(o, device.active.text.text);
		out_str(o, " stamp ");
		out_hex(o, device.active.stamp, 8);
		if (device.pending.text.text.len) {
			out_str(o, ", pending ");
			out_foreign(o, device.pending.text.text);
			out_str(o, " stamp ");
			out_hex(o, device.pending.stamp, 8);
		}
	}
	return status;
}

static enum rotor_status show_request(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_request_downstream m;
	enum rotor_status status = rotor_pldm_request_downstream_decode(payload, &m);
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	out_str(o, "transfers of ");
	out_dec(o, m.max_transfer);
	out_str(o, " bytes");
	out_field_dec(o, "largest transfer", m.max_transfer);
	out_field_dec(o, "outstanding requests", m.max_outstanding);
	out_field_dec(o, "package data", m.package_data_size);
	return status;
}

static enum rotor_status show_begun(struct out *o, struct rotor_bytes payload)
{
	struct rotor_pldm_request_update_resp m;
	enum rotor_status status = rotor_pldm_request_update_resp_decode(payload, &m);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, "update mode entered");
		out_field_dec(o, "meta data", m.meta_data_size);
		out_field_dec(o, "gets package data", m.get_package_data);
	}
	return status;
}

typedef enum rotor_status show(struct out *o, struct rotor_bytes payload);

static const struct {
	uint8_t command;
	show *request, *response;
} shows[] = {
    {ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES, show_nothing, show_downstream},
    {ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS, show_part_req, show_identifiers},
    {ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS, show_part_req, show_parameters},
    {ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE, show_request, show_begun},
    {ROTOR_PLDM_GET_PACKAGE_DATA, show_part_req, show_part},
    {ROTOR_PLDM_GET_DEVICE_META_DATA, show_part_req, show_part},
    {ROTOR_PLDM_GET_META_DATA, show_part_req, show_part},
    {ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, show_part_req, show_part},
};

enum rotor_status trace_fwup_parts(struct out *o, const struct rotor_pldm_message *m)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(shows); i++) {
		if (shows[i].command == m->header.command) {
			show *f = m->header.request ? shows[i].request : shows[i].response;
			return f(o, m->payload);
		}
	}
	return ROTOR_ERR_UNSUPPORTED;
}
