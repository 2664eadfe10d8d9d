/* SPDX-License-Identifier: Apache-2.0 */
/* The side that gives data in parts, and takes them. */
#include "rotor/pldm_multipart.h"

static bool has_parts(const struct rotor_pldm_multipart *m, uint8_t type)
{
	return type < 8 * sizeof(m->types.bits) && rotor_pldm_bit(m->types.bits, type);
}

/* What was coming in will not come whole. */
static void stop(struct rotor_pldm_multipart *m)
{
	if (m->in.running)
		m->ops->close(m->ctx, false);
	m->in.running = false;
}

/* Both sides' smaller size, and the types that both have. */
uint8_t rotor_pldm_multipart_negotiate(struct rotor_pldm_base *base, struct rotor_bytes payload,
				       struct rotor_writer *w)
{
	struct rotor_pldm_multipart *m = base->extra_ctx;
	struct rotor_pldm_transfer_parameters parameters;
	const enum rotor_status status =
	    rotor_pldm_transfer_parameters_decode(payload, &parameters);

	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	if (parameters.part_size > m->part_max)
		parameters.part_size = m->part_max;
	for (size_t i = 0; i < sizeof(parameters.types.bits); i++)
		parameters.types.bits[i] &= m->types.bits[i];
	m->part = parameters.part_size;
	m->running = false;
	stop(m);
	rotor_pldm_transfer_parameters_encode(w, &parameters);
	return ROTOR_PLDM_SUCCESS;
}

/* Handles of parts after the first: where they begin, and never 0, which says that there is none. */
static uint32_t handle_of(const struct rotor_pldm_multipart *m, uint32_t at)
{
	return at - m->offset;
}

static uint8_t begin(struct rotor_pldm_multipart *m,
		     const struct rotor_pldm_multipart_receive_req *req)
{
	uint32_t total = 0;
	const uint8_t completion =
	    m->ops->find(m->ctx, req->type, req->context, req->handle, &total);

	m->running = false;
	if (completion != ROTOR_PLDM_SUCCESS)
		return completion;
	if (req->section_offset > total || (req->section_offset == total && total != 0) ||
	    req->section_length > total - req->section_offset)
		return ROTOR_PLDM_ERROR_INVALID_REQUESTED_SECTION_OFFSET;
	m->type = req->type;
	m->context = req->context;
	m->first = req->handle;
	m->offset = req->section_offset;
	m->end = req->section_length != 0 ? req->section_offset + req->section_length : total;
	m->at = m->offset;
	m->len = 0;
	m->crc = 0;
	m->running = true;
	return ROTOR_PLDM_SUCCESS;
}

/* Goes to the part that a request names. */
static uint8_t move(struct rotor_pldm_multipart *m,
		    const struct rotor_pldm_multipart_receive_req *req)
{
	if (req->operation == ROTOR_PLDM_XFER_FIRST_PART) {
		const uint8_t completion = begin(m, req);

		if (completion != ROTOR_PLDM_SUCCESS)
			return completion;
		m->crc_before = 0;
		return ROTOR_PLDM_SUCCESS;
	}
	if (!m->running || req->type != m->type)
		return ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION;
	if (req->context != m->context)
		return ROTOR_PLDM_ERROR_INVALID_TRANSFER_CONTEXT;
	if (req->operation == ROTOR_PLDM_XFER_CURRENT_PART) {
		const uint32_t own = m->at == m->offset ? m->first : handle_of(m, m->at);

		if (req->handle != own)
			return ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE;
		m->crc = m->crc_before;
		return ROTOR_PLDM_SUCCESS;
	}
	if (m->at + m->len == m->end)
		return ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION;
	if (req->handle != handle_of(m, m->at + m->len))
		return ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE;
	m->at += m->len;
	m->crc_before = m->crc;
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t give(struct rotor_pldm_multipart *m, struct rotor_writer *w)
{
	const uint16_t part = m->part != 0 ? m->part : ROTOR_PLDM_PART_MIN;
	const uint32_t left = m->end - m->at;
	struct rotor_pldm_multipart_receive_resp resp = {0};
	uint8_t *data;

	m->len = left < part ? (uint16_t)left : part;
	resp.flag =
	    (m->at == m->offset ? ROTOR_PLDM_START : 0) | (m->len == left ? ROTOR_PLDM_END : 0);
	if (resp.flag == 0)
		resp.flag = ROTOR_PLDM_MIDDLE;
	resp.next_handle = m->len == left ? 0 : handle_of(m, m->at + m->len);
	rotor_write_u8(w, resp.flag);
	rotor_write_u32le(w, resp.next_handle);
	rotor_write_u32le(w, m->len);
	data = rotor_write_reserve(w, m->len);
	if (data == NULL || (m->len != 0 && !m->ops->read(m->ctx, m->at, data, m->len))) {
		m->running = false;
		return ROTOR_PLDM_ERROR;
	}
	m->crc = rotor_crc32(m->crc, data, m->len);
	if (m->len == left)
		rotor_write_u32le(w, m->crc);
	return ROTOR_PLDM_SUCCESS;
}

uint8_t rotor_pldm_multipart_receive(struct rotor_pldm_base *base, struct rotor_bytes payload,
				     struct rotor_writer *w)
{
	struct rotor_pldm_multipart *m = base->extra_ctx;
	struct rotor_pldm_multipart_receive_req req;
	uint8_t completion;

	if (rotor_pldm_multipart_receive_req_decode(payload, &req) != ROTOR_OK)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	if (!has_parts(m, req.type))
		return ROTOR_PLDM_ERROR_INVALID_PLDM_TYPE;
	if (req.operation > ROTOR_PLDM_XFER_CURRENT_PART)
		return ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION;
	if (req.operation == ROTOR_PLDM_XFER_ABORT || req.operation == ROTOR_PLDM_XFER_COMPLETE) {
		const struct rotor_pldm_multipart_receive_resp resp = {
		    .flag = ROTOR_PLDM_ACKNOWLEDGE_COMPLETION};

		m->running = false;
		rotor_pldm_multipart_receive_resp_encode(w, &resp);
		return ROTOR_PLDM_SUCCESS;
	}
	completion = move(m, &req);
	return completion == ROTOR_PLDM_SUCCESS ? give(m, w) : completion;
}

/* ---- taking ---- */

static uint8_t open_section(struct rotor_pldm_multipart *m,
			    const struct rotor_pldm_multipart_send_req *req)
{
	uint32_t total = 0;
	uint8_t completion;

	stop(m);
	completion = m->ops->open(m->ctx, req->type, req->context, req->handle, &total);
	if (completion != ROTOR_PLDM_SUCCESS)
		return completion;
	m->in.running = true;
	if (req->section_offset > total || req->section_length > total - req->section_offset) {
		stop(m);
		return ROTOR_PLDM_ERROR_INVALID_REQUESTED_SECTION_OFFSET;
	}
	m->in.type = req->type;
	m->in.context = req->context;
	m->in.handle = req->handle;
	m->in.at = req->section_offset;
	m->in.end = req->section_offset + req->section_length;
	m->in.crc = 0;
	return ROTOR_PLDM_SUCCESS;
}

/* Whether a part is the one that comes next. */
static uint8_t expect(struct rotor_pldm_multipart *m,
		      const struct rotor_pldm_multipart_send_req *req)
{
	const bool last = (req->flag & ROTOR_PLDM_END) != 0;

	if ((req->flag & ROTOR_PLDM_START) != 0) {
		const uint8_t completion = open_section(m, req);

		if (completion != ROTOR_PLDM_SUCCESS)
			return completion;
	}
	if (!m->in.running || req->type != m->in.type)
		return ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION;
	if (req->context != m->in.context)
		return ROTOR_PLDM_ERROR_INVALID_TRANSFER_CONTEXT;
	if (req->handle != m->in.handle)
		return ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE;
	if (req->data.len > m->in.end - m->in.at ||
	    last != (req->data.len == m->in.end - m->in.at)) {
		stop(m);
		return ROTOR_PLDM_ERROR_INVALID_DATA;
	}
	return ROTOR_PLDM_SUCCESS;
}

uint8_t rotor_pldm_multipart_send(struct rotor_pldm_base *base, struct rotor_bytes payload,
				  struct rotor_writer *w)
{
	struct rotor_pldm_multipart *m = base->extra_ctx;
	struct rotor_pldm_multipart_send_resp resp = {.operation = ROTOR_PLDM_XFER_NEXT_PART};
	struct rotor_pldm_multipart_send_req req;
	const enum rotor_status status = rotor_pldm_multipart_send_req_decode(payload, &req);
	uint8_t completion;

	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	if (!has_parts(m, req.type) || m->ops->open == NULL)
		return ROTOR_PLDM_ERROR_INVALID_PLDM_TYPE;
	if (req.data.len > (m->part != 0 ? m->part : ROTOR_PLDM_PART_MIN))
		return ROTOR_PLDM_ERROR_INVALID_DATA;
	completion = expect(m, &req);
	if (completion != ROTOR_PLDM_SUCCESS)
		return completion;
	if (req.data.len != 0 &&
	    !m->ops->write(m->ctx, m->in.at, req.data.data, (uint32_t)req.data.len)) {
		stop(m);
		return ROTOR_PLDM_ERROR;
	}
	m->in.at += (uint32_t)req.data.len;
	m->in.crc = rotor_crc32(m->in.crc, req.data.data, req.data.len);
	m->in.handle = req.next_handle;
	resp.next_handle = req.next_handle;
	if ((req.flag & ROTOR_PLDM_END) != 0) {
		const bool whole = m->in.crc == req.checksum;

		/* Which part was damaged cannot be known: all of them once more. */
		resp.operation = whole ? ROTOR_PLDM_XFER_COMPLETE : ROTOR_PLDM_XFER_FIRST_PART;
		resp.next_handle = 0;
		m->ops->close(m->ctx, whole);
		m->in.running = false;
	}
	rotor_pldm_multipart_send_resp_encode(w, &resp);
	return ROTOR_PLDM_SUCCESS;
}
