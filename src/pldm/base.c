/* SPDX-License-Identifier: Apache-2.0 */
/* The PLDM header and the messages of type 0 (DSP0240 1.2.0). */
#include "rotor/pldm.h"

#define RQ            0x80
#define DATAGRAM      0x40
#define RESERVED      0x20
#define INSTANCE_MASK 0x1f
#define VERSION_SHIFT 6
#define TYPE_MASK     0x3f

enum rotor_status rotor_pldm_open(const void *msg, size_t len, struct rotor_pldm_message *out)
{
	/* Without a cursor: this is done for every block of an image. */
	const uint8_t *at = msg;
	size_t head = ROTOR_PLDM_HEADER_SIZE;

	if (len < head)
		return ROTOR_ERR_LENGTH;
	out->header.request = (at[0] & RQ) != 0;
	out->header.datagram = (at[0] & DATAGRAM) != 0;
	out->header.instance = at[0] & INSTANCE_MASK;
	out->header.type = at[1] & TYPE_MASK;
	out->header.command = at[2];
	out->completion = ROTOR_PLDM_SUCCESS;
	if (!out->header.request) {
		if (len == head)
			return ROTOR_ERR_LENGTH;
		out->completion = at[head++];
	}
	out->payload.data = at + head;
	out->payload.len = len - head;
	if (at[1] >> VERSION_SHIFT != 0 || (at[0] & RESERVED) != 0)
		return ROTOR_ERR_FORMAT;
	if (out->header.datagram && !out->header.request)
		return ROTOR_ERR_FORMAT;
	return ROTOR_OK;
}

void rotor_pldm_request_begin(struct rotor_writer *w, uint8_t instance, uint8_t type,
			      uint8_t command)
{
	uint8_t *at = rotor_write_reserve(w, ROTOR_PLDM_HEADER_SIZE);

	if (at != NULL)
		rotor_pldm_request_header(at, instance, type, command);
}

void rotor_pldm_response_begin(struct rotor_writer *w, const struct rotor_pldm_header *request,
			       uint8_t completion)
{
	rotor_write_u8(w, request->instance & INSTANCE_MASK);
	rotor_write_u8(w, request->type & TYPE_MASK);
	rotor_write_u8(w, request->command);
	rotor_write_u8(w, completion);
}

bool rotor_pldm_answers(const struct rotor_pldm_header *response,
			const struct rotor_pldm_header *request)
{
	return !response->request && response->instance == request->instance &&
	       response->type == request->type && response->command == request->command;
}

uint8_t rotor_pldm_completion_of(enum rotor_status status)
{
	switch (status) {
	case ROTOR_OK:
		return ROTOR_PLDM_SUCCESS;
	case ROTOR_ERR_LENGTH:
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	case ROTOR_ERR_FORMAT:
		return ROTOR_PLDM_ERROR_INVALID_DATA;
	default:
		return ROTOR_PLDM_ERROR;
	}
}

bool rotor_pldm_transfer_flag_valid(uint8_t flag)
{
	return flag == ROTOR_PLDM_START || flag == ROTOR_PLDM_MIDDLE || flag == ROTOR_PLDM_END ||
	       flag == ROTOR_PLDM_START_AND_END;
}

bool rotor_pldm_bit(const uint8_t *bits, unsigned n)
{
	return (bits[n / 8] >> n % 8 & 1) != 0;
}

void rotor_pldm_tid_encode(struct rotor_writer *w, uint8_t tid)
{
	rotor_write_u8(w, tid);
}

enum rotor_status rotor_pldm_tid_decode(struct rotor_bytes payload, uint8_t *tid)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	*tid = rotor_read_u8(&r);
	return rotor_reader_end(&r);
}

void rotor_pldm_types_encode(struct rotor_writer *w, const struct rotor_pldm_types *types)
{
	rotor_write_bytes(w, types->bits, sizeof(types->bits));
}

enum rotor_status rotor_pldm_types_decode(struct rotor_bytes payload,
					  struct rotor_pldm_types *types)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	rotor_read_copy(&r, types->bits, sizeof(types->bits));
	return rotor_reader_end(&r);
}

void rotor_pldm_get_version_req_encode(struct rotor_writer *w,
				       const struct rotor_pldm_get_version_req *req)
{
	rotor_write_u32le(w, req->handle);
	rotor_write_u8(w, req->operation);
	rotor_write_u8(w, req->type);
}

enum rotor_status rotor_pldm_get_version_req_decode(struct rotor_bytes payload,
						    struct rotor_pldm_get_version_req *req)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	req->handle = rotor_read_u32le(&r);
	req->operation = rotor_read_u8(&r);
	req->type = rotor_read_u8(&r);
	return rotor_reader_end(&r);
}

void rotor_pldm_get_version_resp_encode(struct rotor_writer *w,
					const struct rotor_pldm_get_version_resp *resp)
{
	rotor_write_u32le(w, resp->next_handle);
	rotor_write_u8(w, resp->flag);
	rotor_write_bytes(w, resp->part.data, resp->part.len);
}

enum rotor_status rotor_pldm_get_version_resp_decode(struct rotor_bytes payload,
						     struct rotor_pldm_get_version_resp *resp)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	resp->next_handle = rotor_read_u32le(&r);
	resp->flag = rotor_read_u8(&r);
	resp->part = rotor_read_rest(&r);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return rotor_pldm_transfer_flag_valid(resp->flag) ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_pldm_versions_encode(struct rotor_writer *w, const uint32_t *versions, size_t count)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t *at = rotor_write_reserve(w, sizeof(versions[i]));

		if (at == NULL)
			return;
		for (unsigned n = 0; n < sizeof(versions[i]); n++)
			at[n] = (uint8_t)(versions[i] >> 8 * n);
		crc = rotor_crc32(crc, at, sizeof(versions[i]));
	}
	rotor_write_u32le(w, crc);
}

enum rotor_status rotor_pldm_versions_decode(struct rotor_bytes data, uint32_t *versions,
					     size_t cap, size_t *count)
{
	struct rotor_reader r = rotor_reader(data.data, data.len);
	const size_t n = data.len / sizeof(uint32_t);

	*count = 0;
	if (n < 2 || data.len % sizeof(uint32_t) != 0)
		return ROTOR_ERR_LENGTH;
	if (n - 1 > cap)
		return ROTOR_ERR_SPACE;
	for (size_t i = 0; i < n - 1; i++)
		versions[i] = rotor_read_u32le(&r);
	if (rotor_read_u32le(&r) != rotor_crc32(0, data.data, data.len - sizeof(uint32_t)))
		return ROTOR_ERR_VERIFY;
	*count = n - 1;
	return rotor_reader_end(&r);
}

void rotor_pldm_get_commands_req_encode(struct rotor_writer *w,
					const struct rotor_pldm_get_commands_req *req)
{
	rotor_write_u8(w, req->type);
	rotor_write_u32le(w, req->version);
}

enum rotor_status rotor_pldm_get_commands_req_decode(struct rotor_bytes payload,
						     struct rotor_pldm_get_commands_req *req)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	req->type = rotor_read_u8(&r);
	req->version = rotor_read_u32le(&r);
	return rotor_reader_end(&r);
}

void rotor_pldm_commands_encode(struct rotor_writer *w, const struct rotor_pldm_commands *commands)
{
	rotor_write_bytes(w, commands->bits, sizeof(commands->bits));
}

enum rotor_status rotor_pldm_commands_decode(struct rotor_bytes payload,
					     struct rotor_pldm_commands *commands)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	rotor_read_copy(&r, commands->bits, sizeof(commands->bits));
	return rotor_reader_end(&r);
}
