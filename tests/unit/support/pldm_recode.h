/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes any PLDM message that rotor knows and encodes it again: the same bytes must come out. Header only: tests and fuzz
 * targets share it. */
#ifndef SUPPORT_PLDM_RECODE_H
#define SUPPORT_PLDM_RECODE_H

#include "rotor/pldm_downstream.h"
#include "rotor/pldm_fwup.h"
#include "rotor/pldm_fwup_data.h"
#include "rotor/pldm_multipart.h"

typedef enum rotor_status pldm_recoder(struct rotor_bytes payload, struct rotor_writer *w);

static inline enum rotor_status recode_nothing(struct rotor_bytes payload, struct rotor_writer *w)
{
	(void)w;
	return payload.len == 0 ? ROTOR_OK : ROTOR_ERR_LENGTH;
}

/* A recoder of a message that is one structure. */
#define PLDM_RECODER(name, type)                                                                   \
	static inline enum rotor_status recode_##name(struct rotor_bytes payload,                  \
						      struct rotor_writer *w)                      \
	{                                                                                          \
		type value;                                                                        \
		const enum rotor_status status = rotor_pldm_##name##_decode(payload, &value);      \
                                                                                                   \
		if (status == ROTOR_OK)                                                            \
			rotor_pldm_##name##_encode(w, &value);                                     \
		return status;                                                                     \
	}

#define PLDM_RECODER_BY_VALUE(name, type)                                                          \
	static inline enum rotor_status recode_##name(struct rotor_bytes payload,                  \
						      struct rotor_writer *w)                      \
	{                                                                                          \
		type value;                                                                        \
		const enum rotor_status status = rotor_pldm_##name##_decode(payload, &value);      \
                                                                                                   \
		if (status == ROTOR_OK)                                                            \
			rotor_pldm_##name##_encode(w, value);                                      \
		return status;                                                                     \
	}

PLDM_RECODER_BY_VALUE(tid, uint8_t)
PLDM_RECODER(types, struct rotor_pldm_types)
PLDM_RECODER(get_version_req, struct rotor_pldm_get_version_req)
PLDM_RECODER(get_commands_req, struct rotor_pldm_get_commands_req)
PLDM_RECODER(transfer_parameters, struct rotor_pldm_transfer_parameters)
PLDM_RECODER(multipart_receive_req, struct rotor_pldm_multipart_receive_req)
PLDM_RECODER(multipart_receive_resp, struct rotor_pldm_multipart_receive_resp)
PLDM_RECODER(multipart_send_req, struct rotor_pldm_multipart_send_req)
PLDM_RECODER(multipart_send_resp, struct rotor_pldm_multipart_send_resp)
PLDM_RECODER(commands, struct rotor_pldm_commands)
PLDM_RECODER(request_update, struct rotor_pldm_request_update)
PLDM_RECODER(request_update_resp, struct rotor_pldm_request_update_resp)
PLDM_RECODER(pass_component_resp, struct rotor_pldm_pass_component_resp)
PLDM_RECODER(update_component, struct rotor_pldm_component)
PLDM_RECODER(update_component_resp, struct rotor_pldm_update_component_resp)
PLDM_RECODER_BY_VALUE(activate, bool)
PLDM_RECODER_BY_VALUE(activate_resp, uint16_t)
PLDM_RECODER(status, struct rotor_pldm_status)
PLDM_RECODER(cancel_resp, struct rotor_pldm_cancel_resp)
PLDM_RECODER(component_name, struct rotor_pldm_component_name)
PLDM_RECODER_BY_VALUE(result, uint8_t)
PLDM_RECODER(downstream, struct rotor_pldm_downstream)
PLDM_RECODER(request_downstream, struct rotor_pldm_request_downstream)
PLDM_RECODER(part_req, struct rotor_pldm_part_req)
PLDM_RECODER(apply_complete, struct rotor_pldm_apply_complete)

/* The encoder makes the whole message. */
static inline enum rotor_status recode_data_request(struct rotor_bytes payload,
						    struct rotor_writer *w)
{
	struct rotor_pldm_data_request value;
	uint8_t msg[ROTOR_PLDM_DATA_REQUEST_SIZE];
	size_t len = 0;
	enum rotor_status status = rotor_pldm_data_request_decode(payload, &value);

	if (status == ROTOR_OK)
		status = rotor_pldm_data_request_message(msg, sizeof(msg), 0, &value, &len);
	if (status == ROTOR_OK)
		rotor_write_bytes(w, msg + ROTOR_PLDM_HEADER_SIZE, len - ROTOR_PLDM_HEADER_SIZE);
	return status;
}

static inline enum rotor_status recode_pass_component(struct rotor_bytes payload,
						      struct rotor_writer *w)
{
	struct rotor_pldm_component component;
	uint8_t flag;
	const enum rotor_status status =
	    rotor_pldm_pass_component_decode(payload, &flag, &component);

	if (status == ROTOR_OK)
		rotor_pldm_pass_component_encode(w, flag, &component);
	return status;
}

static inline enum rotor_status recode_get_version_resp(struct rotor_bytes payload,
							struct rotor_writer *w)
{
	struct rotor_pldm_get_version_resp resp;
	uint32_t versions[16];
	size_t count;
	enum rotor_status status = rotor_pldm_get_version_resp_decode(payload, &resp);

	if (status != ROTOR_OK)
		return status;
	status = rotor_pldm_versions_decode(resp.part, versions, 16, &count);
	if (status != ROTOR_OK)
		return status;
	resp.part.len = 0;
	rotor_pldm_get_version_resp_encode(w, &resp);
	rotor_pldm_versions_encode(w, versions, count);
	return ROTOR_OK;
}

static inline enum rotor_status recode_identifiers(struct rotor_bytes payload,
						   struct rotor_writer *w)
{
	struct rotor_pldm_descriptor descriptors[UINT8_MAX];
	struct rotor_pldm_identifiers identifiers;
	enum rotor_status status = rotor_pldm_identifiers_decode(payload, &identifiers);

	if (status != ROTOR_OK)
		return status;
	status = rotor_pldm_descriptors_read(identifiers.area, identifiers.count, descriptors,
					     UINT8_MAX);
	if (status == ROTOR_OK)
		rotor_pldm_identifiers_encode(w, descriptors, identifiers.count);
	return status;
}

static inline enum rotor_status recode_parameters(struct rotor_bytes payload,
						  struct rotor_writer *w)
{
	struct rotor_pldm_parameters parameters;
	struct rotor_pldm_component_parameters component;
	struct rotor_reader table;
	enum rotor_status status = rotor_pldm_parameters_decode(payload, &parameters, &table);

	if (status != ROTOR_OK)
		return status;
	rotor_pldm_parameters_encode(w, &parameters);
	for (uint16_t i = 0; i < parameters.component_count; i++) {
		status = rotor_pldm_component_parameters_read(&table, &component);
		if (status != ROTOR_OK)
			return status;
		rotor_pldm_component_parameters_encode(w, &component);
	}
	return rotor_reader_end(&table);
}

static inline enum rotor_status recode_part(struct rotor_bytes payload, struct rotor_writer *w)
{
	struct rotor_pldm_part part;
	const enum rotor_status status = rotor_pldm_part_decode(payload, &part);

	if (status != ROTOR_OK)
		return status;
	rotor_pldm_part_head_encode(w, &part);
	rotor_write_bytes(w, part.data.data, part.data.len);
	return ROTOR_OK;
}

static inline enum rotor_status recode_downstream_identifiers(struct rotor_bytes payload,
							      struct rotor_writer *w)
{
	struct rotor_pldm_downstream_part list;
	struct rotor_pldm_part part;
	struct rotor_reader r;
	enum rotor_status status = rotor_pldm_part_decode(payload, &part);

	if (status == ROTOR_OK)
		status = rotor_pldm_downstream_identifiers_decode(part.data, &list);
	if (status != ROTOR_OK)
		return status;
	rotor_pldm_part_head_encode(w, &part);
	rotor_write_u32le(w, (uint32_t)list.area.len);
	rotor_write_u16le(w, list.count);
	r = rotor_reader(list.area.data, list.area.len);
	for (uint16_t n = 0; n < list.count; n++) {
		struct rotor_pldm_downstream_identifiers device;

		status = rotor_pldm_downstream_identifiers_read(&r, &device);
		if (status != ROTOR_OK)
			return status;
		rotor_write_u16le(w, device.index);
		rotor_write_u8(w, device.count);
		rotor_write_bytes(w, device.area.data, device.area.len);
	}
	return rotor_reader_end(&r);
}

static inline enum rotor_status recode_downstream_parameters(struct rotor_bytes payload,
							     struct rotor_writer *w)
{
	struct rotor_pldm_downstream_part list;
	struct rotor_pldm_part part;
	struct rotor_reader r;
	enum rotor_status status = rotor_pldm_part_decode(payload, &part);

	if (status == ROTOR_OK)
		status = rotor_pldm_downstream_parameters_decode(part.data, &list);
	if (status != ROTOR_OK)
		return status;
	rotor_pldm_part_head_encode(w, &part);
	rotor_write_u32le(w, list.capabilities);
	rotor_write_u16le(w, list.count);
	r = rotor_reader(list.area.data, list.area.len);
	for (uint16_t n = 0; n < list.count; n++) {
		struct rotor_pldm_downstream_parameters device;

		status = rotor_pldm_downstream_parameters_read(&r, &device);
		if (status != ROTOR_OK)
			return status;
		rotor_pldm_downstream_parameters_encode(w, &device);
	}
	return rotor_reader_end(&r);
}

static inline enum rotor_status recode_data(struct rotor_bytes payload, struct rotor_writer *w)
{
	rotor_write_bytes(w, payload.data, payload.len);
	return ROTOR_OK;
}

static const struct pldm_recode_row {
	uint8_t type, command;
	pldm_recoder *request, *response;
} pldm_recode_rows[] = {
    {0, ROTOR_PLDM_SET_TID, recode_tid, recode_nothing},
    {0, ROTOR_PLDM_GET_TID, recode_nothing, recode_tid},
    {0, ROTOR_PLDM_GET_VERSION, recode_get_version_req, recode_get_version_resp},
    {0, ROTOR_PLDM_GET_TYPES, recode_nothing, recode_types},
    {0, ROTOR_PLDM_GET_COMMANDS, recode_get_commands_req, recode_commands},
    {0, ROTOR_PLDM_SELECT_VERSION, recode_get_commands_req, recode_nothing},
    {0, ROTOR_PLDM_NEGOTIATE_TRANSFER, recode_transfer_parameters, recode_transfer_parameters},
    {0, ROTOR_PLDM_MULTIPART_SEND, recode_multipart_send_req, recode_multipart_send_resp},
    {0, ROTOR_PLDM_MULTIPART_RECEIVE, recode_multipart_receive_req, recode_multipart_receive_resp},
    {5, ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS, recode_nothing, recode_identifiers},
    {5, ROTOR_PLDM_GET_FIRMWARE_PARAMETERS, recode_nothing, recode_parameters},
    {5, ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET, recode_nothing, recode_activate_resp},
    {5, ROTOR_PLDM_ACTIVATE_PENDING_IMAGE, recode_component_name, recode_activate_resp},
    {5, ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES, recode_nothing, recode_downstream},
    {5, ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS, recode_part_req, recode_downstream_identifiers},
    {5, ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS, recode_part_req,
     recode_downstream_parameters},
    {5, ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE, recode_request_downstream,
     recode_request_update_resp},
    {5, ROTOR_PLDM_GET_PACKAGE_DATA, recode_part_req, recode_part},
    {5, ROTOR_PLDM_GET_DEVICE_META_DATA, recode_part_req, recode_part},
    {5, ROTOR_PLDM_GET_META_DATA, recode_part_req, recode_part},
    {5, ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, recode_part_req, recode_part},
    {5, ROTOR_PLDM_REQUEST_UPDATE, recode_request_update, recode_request_update_resp},
    {5, ROTOR_PLDM_PASS_COMPONENT_TABLE, recode_pass_component, recode_pass_component_resp},
    {5, ROTOR_PLDM_UPDATE_COMPONENT, recode_update_component, recode_update_component_resp},
    {5, ROTOR_PLDM_REQUEST_FIRMWARE_DATA, recode_data_request, recode_data},
    {5, ROTOR_PLDM_TRANSFER_COMPLETE, recode_result, recode_nothing},
    {5, ROTOR_PLDM_VERIFY_COMPLETE, recode_result, recode_nothing},
    {5, ROTOR_PLDM_APPLY_COMPLETE, recode_apply_complete, recode_nothing},
    {5, ROTOR_PLDM_ACTIVATE_FIRMWARE, recode_activate, recode_activate_resp},
    {5, ROTOR_PLDM_GET_STATUS, recode_nothing, recode_status},
    {5, ROTOR_PLDM_CANCEL_UPDATE_COMPONENT, recode_nothing, recode_nothing},
    {5, ROTOR_PLDM_CANCEL_UPDATE, recode_nothing, recode_cancel_resp},
    {5, ROTOR_PLDM_UPDATE_SECURITY_REVISION, recode_component_name, recode_nothing},
};

/* The whole message again in @p w. ROTOR_ERR_NOT_FOUND for commands that rotor does not know. */
static inline enum rotor_status pldm_recode(const uint8_t *msg, size_t len, struct rotor_writer *w)
{
	struct rotor_pldm_message m;
	enum rotor_status status = rotor_pldm_open(msg, len, &m);

	if (status != ROTOR_OK)
		return status;
	if (m.header.datagram) /* rotor sends none */
		return ROTOR_ERR_NOT_FOUND;
	if (m.header.request)
		rotor_pldm_request_begin(w, m.header.instance, m.header.type, m.header.command);
	else
		rotor_pldm_response_begin(w, &m.header, m.completion);
	if (m.completion != ROTOR_PLDM_SUCCESS)
		return recode_nothing(m.payload, w);
	for (size_t i = 0; i < ROTOR_COUNT_OF(pldm_recode_rows); i++) {
		const struct pldm_recode_row *row = &pldm_recode_rows[i];

		if (row->type == m.header.type && row->command == m.header.command)
			return (m.header.request ? row->request : row->response)(m.payload, w);
	}
	return ROTOR_ERR_NOT_FOUND;
}

#endif
