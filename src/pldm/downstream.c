/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of PLDM type 5 that speak of downstream devices: fields in the order of the specification's tables. */
#include "rotor/pldm_downstream.h"

#include "pldm/fwup_string.h"

void rotor_pldm_downstream_encode(struct rotor_writer *w, const struct rotor_pldm_downstream *d)
{
	rotor_write_u8(w, d->supported);
	rotor_write_u16le(w, d->count);
	rotor_write_u16le(w, d->max);
	rotor_write_u32le(w, d->capabilities);
}

enum rotor_status rotor_pldm_downstream_decode(struct rotor_bytes payload,
					       struct rotor_pldm_downstream *out)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);
	const uint8_t supported = rotor_read_u8(&r);

	out->supported = supported == 1;
	out->count = rotor_read_u16le(&r);
	out->max = rotor_read_u16le(&r);
	out->capabilities = rotor_read_u32le(&r);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return supported <= 1 && out->count <= out->max ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

enum rotor_status rotor_pldm_downstream_identifiers_decode(struct rotor_bytes part,
							   struct rotor_pldm_downstream_part *out)
{
	struct rotor_reader r = rotor_reader(part.data, part.len);
	struct rotor_reader area;
	struct rotor_pldm_downstream_identifiers device;
	const uint32_t length = rotor_read_u32le(&r);

	out->capabilities = 0;
	out->count = rotor_read_u16le(&r);
	out->area = rotor_read_view(&r, length);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	area = rotor_reader(out->area.data, out->area.len);
	for (uint16_t i = 0; i < out->count; i++) {
		const enum rotor_status status =
		    rotor_pldm_downstream_identifiers_read(&area, &device);

		if (status != ROTOR_OK)
			return status;
	}
	return rotor_reader_end(&area);
}

enum rotor_status rotor_pldm_downstream_parameters_decode(struct rotor_bytes part,
							  struct rotor_pldm_downstream_part *out)
{
	struct rotor_reader r = rotor_reader(part.data, part.len);
	struct rotor_reader area;
	struct rotor_pldm_downstream_parameters device;

	out->capabilities = rotor_read_u32le(&r);
	out->count = rotor_read_u16le(&r);
	out->area = rotor_read_rest(&r);
	if (rotor_reader_status(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	area = rotor_reader(out->area.data, out->area.len);
	for (uint16_t i = 0; i < out->count; i++) {
		const enum rotor_status status =
		    rotor_pldm_downstream_parameters_read(&area, &device);

		if (status != ROTOR_OK)
			return status;
	}
	return rotor_reader_end(&area);
}

enum rotor_status
rotor_pldm_downstream_identifiers_read(struct rotor_reader *area,
				       struct rotor_pldm_downstream_identifiers *out)
{
	struct rotor_pldm_descriptor descriptor;
	const size_t before = area->left;

	out->index = rotor_read_u16le(area);
	out->count = rotor_read_u8(area);
	out->area = (struct rotor_bytes){NULL, 0};
	if (rotor_reader_status(area) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	if (out->index > ROTOR_PLDM_DOWNSTREAM_INDEX_MAX || out->count == 0)
		return ROTOR_ERR_FORMAT;
	for (uint8_t i = 0; i < out->count; i++) {
		const enum rotor_status status = rotor_pldm_descriptor_read(area, &descriptor);

		if (status != ROTOR_OK)
			return status;
		if (i == 0)
			out->area.data = descriptor.data.data - ROTOR_PLDM_DESCRIPTOR_HEADER;
	}
	out->area.len = before - area->left - 3;
	return ROTOR_OK;
}

void rotor_pldm_downstream_parameters_encode(struct rotor_writer *w,
					     const struct rotor_pldm_downstream_parameters *p)
{
	rotor_write_u16le(w, p->index);
	rotor_pldm_versions_write(w, &p->active, &p->pending, p->activation_methods,
				  p->capabilities);
}

enum rotor_status
rotor_pldm_downstream_parameters_read(struct rotor_reader *area,
				      struct rotor_pldm_downstream_parameters *out)
{
	enum rotor_status status;

	out->index = rotor_read_u16le(area);
	status = rotor_pldm_versions_read(area, &out->active, &out->pending,
					  &out->activation_methods, &out->capabilities);
	if (status == ROTOR_OK && out->index > ROTOR_PLDM_DOWNSTREAM_INDEX_MAX)
		status = ROTOR_ERR_FORMAT;
	return status;
}

void rotor_pldm_request_downstream_encode(struct rotor_writer *w,
					  const struct rotor_pldm_request_downstream *req)
{
	rotor_write_u32le(w, req->max_transfer);
	rotor_write_u8(w, req->max_outstanding);
	rotor_write_u16le(w, req->package_data_size);
}

enum rotor_status rotor_pldm_request_downstream_decode(struct rotor_bytes payload,
						       struct rotor_pldm_request_downstream *req)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	req->max_transfer = rotor_read_u32le(&r);
	req->max_outstanding = rotor_read_u8(&r);
	req->package_data_size = rotor_read_u16le(&r);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return req->max_transfer >= ROTOR_PLDM_BASELINE_TRANSFER && req->max_outstanding != 0
		   ? ROTOR_OK
		   : ROTOR_ERR_FORMAT;
}
