/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory messages of PLDM type 5: device identifiers and firmware parameters. */
#include "pldm/fwup_string.h"

void rotor_pldm_identifiers_encode(struct rotor_writer *w,
				   const struct rotor_pldm_descriptor *descriptors, uint8_t count)
{
	const size_t length_at = w->len;
	size_t start;

	rotor_write_u32le(w, 0);
	rotor_write_u8(w, count);
	start = w->len;
	for (uint8_t i = 0; i < count; i++)
		rotor_pldm_descriptor_write(w, &descriptors[i]);
	if (!w->failed)
		rotor_write_patch_u32le(w, length_at, (uint32_t)(w->len - start));
}

enum rotor_status rotor_pldm_identifiers_decode(struct rotor_bytes payload,
						struct rotor_pldm_identifiers *out)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);
	struct rotor_reader area;
	struct rotor_pldm_descriptor descriptor;
	const uint32_t length = rotor_read_u32le(&r);

	out->count = rotor_read_u8(&r);
	out->area = rotor_read_view(&r, length);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	if (out->count == 0)
		return ROTOR_ERR_FORMAT;
	area = rotor_reader(out->area.data, out->area.len);
	for (uint8_t i = 0; i < out->count; i++) {
		const enum rotor_status status = rotor_pldm_descriptor_read(&area, &descriptor);

		if (status != ROTOR_OK)
			return status;
	}
	return rotor_reader_end(&area);
}

void rotor_pldm_parameters_encode(struct rotor_writer *w, const struct rotor_pldm_parameters *p)
{
	rotor_write_u32le(w, p->capabilities);
	rotor_write_u16le(w, p->component_count);
	rotor_pldm_string_head_write(w, &p->active);
	rotor_pldm_string_head_write(w, &p->pending);
	rotor_pldm_string_text_write(w, &p->active);
	rotor_pldm_string_text_write(w, &p->pending);
}

enum rotor_status rotor_pldm_parameters_decode(struct rotor_bytes payload,
					       struct rotor_pldm_parameters *out,
					       struct rotor_reader *table)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);

	out->capabilities = rotor_read_u32le(&r);
	out->component_count = rotor_read_u16le(&r);
	rotor_pldm_string_head_read(&r, &out->active);
	rotor_pldm_string_head_read(&r, &out->pending);
	rotor_pldm_string_text_read(&r, &out->active);
	rotor_pldm_string_text_read(&r, &out->pending);
	*table = r;
	return rotor_pldm_string_pair_status(&r, &out->active, &out->pending);
}

static void version_head_write(struct rotor_writer *w, const struct rotor_pldm_version *v)
{
	rotor_write_u32le(w, v->stamp);
	rotor_pldm_string_head_write(w, &v->text);
	rotor_write_bytes(w, v->date, sizeof(v->date));
}

static void version_head_read(struct rotor_reader *r, struct rotor_pldm_version *v)
{
	v->stamp = rotor_read_u32le(r);
	rotor_pldm_string_head_read(r, &v->text);
	rotor_read_copy(r, v->date, sizeof(v->date));
}

void rotor_pldm_versions_write(struct rotor_writer *w, const struct rotor_pldm_version *active,
			       const struct rotor_pldm_version *pending, uint16_t methods,
			       uint32_t capabilities)
{
	version_head_write(w, active);
	version_head_write(w, pending);
	rotor_write_u16le(w, methods);
	rotor_write_u32le(w, capabilities);
	rotor_pldm_string_text_write(w, &active->text);
	rotor_pldm_string_text_write(w, &pending->text);
}

enum rotor_status rotor_pldm_versions_read(struct rotor_reader *r,
					   struct rotor_pldm_version *active,
					   struct rotor_pldm_version *pending, uint16_t *methods,
					   uint32_t *capabilities)
{
	version_head_read(r, active);
	version_head_read(r, pending);
	*methods = rotor_read_u16le(r);
	*capabilities = rotor_read_u32le(r);
	rotor_pldm_string_text_read(r, &active->text);
	rotor_pldm_string_text_read(r, &pending->text);
	return rotor_pldm_string_pair_status(r, &active->text, &pending->text);
}

void rotor_pldm_component_parameters_encode(struct rotor_writer *w,
					    const struct rotor_pldm_component_parameters *c)
{
	rotor_write_u16le(w, c->classification);
	rotor_write_u16le(w, c->identifier);
	rotor_write_u8(w, c->index);
	rotor_pldm_versions_write(w, &c->active, &c->pending, c->activation_methods,
				  c->capabilities);
}

enum rotor_status rotor_pldm_component_parameters_read(struct rotor_reader *table,
						       struct rotor_pldm_component_parameters *out)
{
	out->classification = rotor_read_u16le(table);
	out->identifier = rotor_read_u16le(table);
	out->index = rotor_read_u8(table);
	return rotor_pldm_versions_read(table, &out->active, &out->pending,
					&out->activation_methods, &out->capabilities);
}
