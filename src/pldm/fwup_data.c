/* SPDX-License-Identifier: Apache-2.0 */
/* Data that goes in parts. */
#include "rotor/pldm_fwup_data.h"

void rotor_pldm_part_req_encode(struct rotor_writer *w, const struct rotor_pldm_part_req *req)
{
	rotor_write_u32le(w, req->handle);
	rotor_write_u8(w, req->operation);
}

enum rotor_status rotor_pldm_part_req_decode(struct rotor_bytes payload,
					     struct rotor_pldm_part_req *req)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	req->handle = rotor_read_u32le(&r);
	req->operation = rotor_read_u8(&r);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return req->operation == ROTOR_PLDM_GET_FIRST_PART ||
		       req->operation == ROTOR_PLDM_GET_NEXT_PART
		   ? ROTOR_OK
		   : ROTOR_ERR_FORMAT;
}

void rotor_pldm_part_head_encode(struct rotor_writer *w, const struct rotor_pldm_part *part)
{
	rotor_write_u32le(w, part->next);
	rotor_write_u8(w, part->flag);
}

enum rotor_status rotor_pldm_part_decode(struct rotor_bytes payload, struct rotor_pldm_part *part)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	part->next = rotor_read_u32le(&r);
	part->flag = rotor_read_u8(&r);
	part->data = rotor_read_rest(&r);
	if (rotor_reader_status(&r) != ROTOR_OK || part->data.len == 0)
		return ROTOR_ERR_LENGTH;
	return rotor_pldm_transfer_flag_valid(part->flag) ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

uint8_t rotor_pldm_part_choose(const struct rotor_pldm_part_req *req, uint32_t size, uint32_t most,
			       struct rotor_pldm_part *part, uint32_t *offset)
{
	uint32_t left;

	*offset = req->operation == ROTOR_PLDM_GET_FIRST_PART ? 0 : req->handle;
	if (*offset >= size || most == 0)
		return ROTOR_PLDM_INVALID_TRANSFER_HANDLE;
	left = size - *offset;
	part->data.data = NULL;
	part->data.len = left < most ? left : most;
	part->next = part->data.len < left ? *offset + (uint32_t)part->data.len : 0;
	part->flag = *offset == 0 ? ROTOR_PLDM_START : 0;
	if (part->next == 0)
		part->flag |= ROTOR_PLDM_END;
	if (part->flag == 0)
		part->flag = ROTOR_PLDM_MIDDLE;
	return ROTOR_PLDM_SUCCESS;
}
