/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of transfers in parts (DSP0240 1.2.0). */
#include "rotor/pldm_multipart.h"

static bool is_last(uint8_t flag)
{
	return flag == ROTOR_PLDM_END || flag == ROTOR_PLDM_START_AND_END;
}

/* A part: its length, its bytes and, after the last one, the checksum. */
static void part_write(struct rotor_writer *w, uint8_t flag, struct rotor_bytes data,
		       uint32_t checksum)
{
	rotor_write_u32le(w, (uint32_t)data.len);
	rotor_write_bytes(w, data.data, data.len);
	if (is_last(flag))
		rotor_write_u32le(w, checksum);
}

static enum rotor_status part_read(struct rotor_reader *r, uint8_t flag, struct rotor_bytes *data,
				   uint32_t *checksum)
{
	*data = rotor_read_view(r, rotor_read_u32le(r));
	*checksum = is_last(flag) ? rotor_read_u32le(r) : 0;
	return rotor_reader_end(r);
}

void rotor_pldm_transfer_parameters_encode(struct rotor_writer *w,
					   const struct rotor_pldm_transfer_parameters *parameters)
{
	rotor_write_u16le(w, parameters->part_size);
	rotor_pldm_types_encode(w, &parameters->types);
}

enum rotor_status
rotor_pldm_transfer_parameters_decode(struct rotor_bytes payload,
				      struct rotor_pldm_transfer_parameters *parameters)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	parameters->part_size = rotor_read_u16le(&r);
	rotor_read_copy(&r, parameters->types.bits, sizeof(parameters->types.bits));
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return parameters->part_size >= ROTOR_PLDM_PART_MIN ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_pldm_multipart_receive_req_encode(struct rotor_writer *w,
					     const struct rotor_pldm_multipart_receive_req *req)
{
	rotor_write_u8(w, req->type);
	rotor_write_u8(w, req->operation);
	rotor_write_u32le(w, req->context);
	rotor_write_u32le(w, req->handle);
	rotor_write_u32le(w, req->section_offset);
	rotor_write_u32le(w, req->section_length);
}

enum rotor_status
rotor_pldm_multipart_receive_req_decode(struct rotor_bytes payload,
					struct rotor_pldm_multipart_receive_req *req)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	req->type = rotor_read_u8(&r);
	req->operation = rotor_read_u8(&r);
	req->context = rotor_read_u32le(&r);
	req->handle = rotor_read_u32le(&r);
	req->section_offset = rotor_read_u32le(&r);
	req->section_length = rotor_read_u32le(&r);
	return rotor_reader_end(&r);
}

void rotor_pldm_multipart_receive_resp_encode(struct rotor_writer *w,
					      const struct rotor_pldm_multipart_receive_resp *resp)
{
	rotor_write_u8(w, resp->flag);
	rotor_write_u32le(w, resp->next_handle);
	part_write(w, resp->flag, resp->data, resp->checksum);
}

enum rotor_status
rotor_pldm_multipart_receive_resp_decode(struct rotor_bytes payload,
					 struct rotor_pldm_multipart_receive_resp *resp)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);
	enum rotor_status status;

	resp->flag = rotor_read_u8(&r);
	resp->next_handle = rotor_read_u32le(&r);
	status = part_read(&r, resp->flag, &resp->data, &resp->checksum);
	if (status == ROTOR_OK && resp->flag != ROTOR_PLDM_ACKNOWLEDGE_COMPLETION &&
	    !rotor_pldm_transfer_flag_valid(resp->flag))
		return ROTOR_ERR_FORMAT;
	return status;
}

void rotor_pldm_multipart_send_req_encode(struct rotor_writer *w,
					  const struct rotor_pldm_multipart_send_req *req)
{
	rotor_write_u8(w, req->type);
	rotor_write_u8(w, req->flag);
	rotor_write_u32le(w, req->context);
	rotor_write_u32le(w, req->handle);
	rotor_write_u32le(w, req->next_handle);
	rotor_write_u32le(w, req->section_offset);
	rotor_write_u32le(w, req->section_length);
	part_write(w, req->flag, req->data, req->checksum);
}

enum rotor_status rotor_pldm_multipart_send_req_decode(struct rotor_bytes payload,
						       struct rotor_pldm_multipart_send_req *req)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);
	enum rotor_status status;

	req->type = rotor_read_u8(&r);
	req->flag = rotor_read_u8(&r);
	req->context = rotor_read_u32le(&r);
	req->handle = rotor_read_u32le(&r);
	req->next_handle = rotor_read_u32le(&r);
	req->section_offset = rotor_read_u32le(&r);
	req->section_length = rotor_read_u32le(&r);
	status = part_read(&r, req->flag, &req->data, &req->checksum);
	if (status == ROTOR_OK && !rotor_pldm_transfer_flag_valid(req->flag))
		return ROTOR_ERR_FORMAT;
	return status;
}

void rotor_pldm_multipart_send_resp_encode(struct rotor_writer *w,
					   const struct rotor_pldm_multipart_send_resp *resp)
{
	rotor_write_u8(w, resp->operation);
	rotor_write_u32le(w, resp->next_handle);
}

enum rotor_status rotor_pldm_multipart_send_resp_decode(struct rotor_bytes payload,
							struct rotor_pldm_multipart_send_resp *resp)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	resp->operation = rotor_read_u8(&r);
	resp->next_handle = rotor_read_u32le(&r);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return resp->operation <= ROTOR_PLDM_XFER_CURRENT_PART ? ROTOR_OK : ROTOR_ERR_FORMAT;
}
