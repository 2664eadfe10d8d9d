/* SPDX-License-Identifier: Apache-2.0 */
/* Control messages, field by field (DSP0236 1.3.1, 11.3 and 12). */
#include <string.h>

#include "mctp/control.h"

void rotor_mctp_control_header_read(struct rotor_reader *r, struct rotor_mctp_control_header *out)
{
	uint8_t first = rotor_read_u8(r);

	out->request = (first & CONTROL_RQ) != 0;
	out->datagram = (first & CONTROL_D) != 0;
	out->instance = first & CONTROL_INSTANCE_MASK;
	out->command = rotor_read_u8(r);
	out->completion = out->request ? 0 : rotor_read_u8(r);
}

void rotor_mctp_control_header_write(struct rotor_writer *w,
				     const struct rotor_mctp_control_header *header)
{
	rotor_write_u8(w, (uint8_t)((header->request ? CONTROL_RQ : 0) |
				    (header->datagram ? CONTROL_D : 0) |
				    (header->instance & CONTROL_INSTANCE_MASK)));
	rotor_write_u8(w, header->command);
	if (!header->request)
		rotor_write_u8(w, header->completion);
}

/* ---- Set Endpoint ID (12.3) ---- */

enum rotor_status rotor_mctp_set_eid_request_decode(struct rotor_reader *r,
						    struct rotor_mctp_set_eid_request *out)
{
	out->operation = rotor_read_u8(r) & SET_OPERATION_MASK;
	out->eid = rotor_read_u8(r);
	return rotor_reader_end(r);
}

void rotor_mctp_set_eid_request_write(struct rotor_writer *w,
				      const struct rotor_mctp_set_eid_request *in)
{
	rotor_write_u8(w, in->operation & SET_OPERATION_MASK);
	rotor_write_u8(w, in->eid);
}

enum rotor_status rotor_mctp_set_eid_answer_decode(struct rotor_reader *r,
						   struct rotor_mctp_set_eid_answer *out)
{
	uint8_t status = rotor_read_u8(r);

	out->rejected = (status & SET_ASSIGNMENT_MASK) != 0;
	out->allocation = status & SET_ALLOCATION_MASK;
	out->eid = rotor_read_u8(r);
	out->pool_size = rotor_read_u8(r);
	return rotor_reader_end(r);
}

void rotor_mctp_set_eid_answer_write(struct rotor_writer *w,
				     const struct rotor_mctp_set_eid_answer *in)
{
	rotor_write_u8(w, (uint8_t)((in->rejected ? SET_REJECTED : 0) |
				    (in->allocation & SET_ALLOCATION_MASK)));
	rotor_write_u8(w, in->eid);
	rotor_write_u8(w, in->pool_size);
}

/* ---- Get Endpoint ID (12.4) ---- */

enum rotor_status rotor_mctp_get_eid_answer_decode(struct rotor_reader *r,
						   struct rotor_mctp_get_eid_answer *out)
{
	uint8_t type;

	out->eid = rotor_read_u8(r);
	type = rotor_read_u8(r);
	out->bridge = (type & ENDPOINT_TYPE_MASK) == ENDPOINT_BRIDGE;
	out->id_type = type & ENDPOINT_ID_TYPE_MASK;
	out->medium = rotor_read_u8(r);
	return rotor_reader_end(r);
}

void rotor_mctp_get_eid_answer_write(struct rotor_writer *w,
				     const struct rotor_mctp_get_eid_answer *in)
{
	rotor_write_u8(w, in->eid);
	rotor_write_u8(w, (uint8_t)((in->bridge ? ENDPOINT_BRIDGE : 0) |
				    (in->id_type & ENDPOINT_ID_TYPE_MASK)));
	rotor_write_u8(w, in->medium);
}

/* ---- Get Endpoint UUID (12.5) ---- */

enum rotor_status rotor_mctp_uuid_answer_decode(struct rotor_reader *r,
						uint8_t uuid[ROTOR_MCTP_UUID_SIZE])
{
	rotor_read_copy(r, uuid, ROTOR_MCTP_UUID_SIZE);
	return rotor_reader_end(r);
}

/* ---- Get MCTP Version Support (12.6) ---- */

enum rotor_status rotor_mctp_versions_answer_decode(struct rotor_reader *r,
						    struct rotor_mctp_versions_answer *out)
{
	memset(out, 0, sizeof(*out));
	out->count = rotor_read_u8(r);
	for (uint8_t i = 0; i < out->count; i++) {
		uint32_t version = rotor_read_u32be(r);

		if (i < ROTOR_MCTP_FOUND_VERSIONS)
			out->versions[i] = version;
	}
	return rotor_reader_end(r);
}

/* ---- Get Message Type Support (12.7) ---- */

enum rotor_status rotor_mctp_types_answer_decode(struct rotor_reader *r,
						 struct rotor_mctp_types_answer *out)
{
	memset(out, 0, sizeof(*out));
	out->count = rotor_read_u8(r);
	for (uint8_t i = 0; i < out->count; i++) {
		uint8_t type = rotor_read_u8(r);

		if (i < ROTOR_MCTP_FOUND_TYPES)
			out->types[i] = type;
	}
	return rotor_reader_end(r);
}

/* ---- Get Vendor Defined Message Support (12.8) ---- */

enum rotor_status rotor_mctp_vendor_answer_decode(struct rotor_reader *r,
						  struct rotor_mctp_vendor_answer *out)
{
	out->next = rotor_read_u8(r);
	out->format = rotor_read_u8(r);
	if (out->format > VENDOR_IANA)
		return ROTOR_ERR_FORMAT;
	out->vendor = out->format == VENDOR_IANA ? rotor_read_u32be(r) : rotor_read_u16be(r);
	out->numbering = rotor_read_u16be(r);
	return rotor_reader_end(r);
}

void rotor_mctp_vendor_answer_write(struct rotor_writer *w,
				    const struct rotor_mctp_vendor_answer *in)
{
	rotor_write_u8(w, in->next);
	rotor_write_u8(w, in->format);
	if (in->format == VENDOR_IANA)
		rotor_write_u32be(w, in->vendor);
	else
		rotor_write_u16be(w, (uint16_t)in->vendor);
	rotor_write_u16be(w, in->numbering);
}
