/* SPDX-License-Identifier: Apache-2.0 */
/* Opaque data: its element tables, and the secured-message versions in it. */
#include "spdm/messages_internal.h"

/* DSP0277 1.1, "General opaque data format": "DMTF" read as a big-endian number, sent little-endian. */
#define SPEC_ID        UINT32_C(0x444D5446)
#define OPAQUE_VERSION 1

/* The element of secured messages. */
#define REGISTRY_DMTF   0
#define SM_DATA_VERSION 1
#define SM_SELECTION    0
#define SM_SUPPORTED    1

static size_t padding_of(size_t len)
{
	return (4 - len % 4) % 4;
}

enum rotor_status rotor_spdm_opaque_open(struct rotor_spdm_opaque *it, uint8_t version,
					 struct rotor_bytes opaque)
{
	it->r = rotor_reader(opaque.data, opaque.len);
	it->left = 0;
	if (!opaque.len) {
		return ROTOR_OK;
	}
	if (rotor_spdm_since(version, ROTOR_SPDM_V12)) {
		it->left = rotor_read_u8(&it->r);
		rotor_read_skip(&it->r, 3);
		return rotor_reader_status(&it->r);
	}
	uint32_t spec = rotor_read_u32le(&it->r);
	uint8_t opaque_version = rotor_read_u8(&it->r);
	it->left = rotor_read_u8(&it->r);
	rotor_read_skip(&it->r, 2);
	if (rotor_reader_status(&it->r) != ROTOR_OK) {
		return ROTOR_ERR_LENGTH;
	}
	return spec == SPEC_ID && opaque_version == OPAQUE_VERSION ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

enum rotor_status rotor_spdm_opaque_next(struct rotor_spdm_opaque *it,
					 struct rotor_spdm_opaque_element *out)
{
	if (!it->left) {
		return rotor_reader_end(&it->r) == ROTOR_OK ? ROTOR_ERR_NOT_FOUND
							    : ROTOR_ERR_LENGTH;
	}
	it->left--;
	out->id = rotor_read_u8(&it->r);
	uint8_t vendor_len = rotor_read_u8(&it->r);
	out->vendor = rotor_read_view(&it->r, vendor_len);
	uint16_t data_len = rotor_read_u16le(&it->r);
	out->data = rotor_read_view(&it->r, data_len);
	rotor_read_skip(&it->r, padding_of(4 + (size_t)vendor_len + data_len));
	return rotor_reader_status(&it->r);
}

/* Finds the DMTF element of secured messages with the id; what follows its two header bytes goes to out. */
static enum rotor_status find_secured(uint8_t version, struct rotor_bytes opaque, uint8_t id,
				      struct rotor_reader *out)
{
	struct rotor_spdm_opaque it;
	struct rotor_spdm_opaque_element e;
	bool found = false;
	enum rotor_status status = rotor_spdm_opaque_open(&it, version, opaque);
	/* The whole table is walked, so that what is found stands in well-formed data. */
	while (status == ROTOR_OK) {
		status = rotor_spdm_opaque_next(&it, &e);
		if (status != ROTOR_OK || e.id != REGISTRY_DMTF || e.vendor.len || found) {
			continue;
		}
		struct rotor_reader r = rotor_reader(e.data.data, e.data.len);
		uint8_t data_version = rotor_read_u8(&r);
		uint8_t data_id = rotor_read_u8(&r);
		if (rotor_reader_status(&r) == ROTOR_OK && data_version == SM_DATA_VERSION &&
		    data_id == id) {
			*out = r;
			found = true;
		}
	}
	return status == ROTOR_ERR_NOT_FOUND && found ? ROTOR_OK : status;
}

enum rotor_status rotor_spdm_decode_secured_versions(uint8_t version, struct rotor_bytes opaque,
						     uint16_t *list, size_t *count)
{
	struct rotor_reader r;
	size_t room = *count;
	*count = 0;
	enum rotor_status status = find_secured(version, opaque, SM_SUPPORTED, &r);
	if (status != ROTOR_OK) {
		return status;
	}
	uint8_t n = rotor_read_u8(&r);
	for (uint8_t i = 0; i < n; i++) {
		uint16_t entry = rotor_read_u16le(&r);
		if (*count < room) {
			list[(*count)++] = entry;
		}
	}
	return rotor_reader_end(&r);
}

enum rotor_status rotor_spdm_decode_secured_selected(uint8_t version, struct rotor_bytes opaque,
						     uint16_t *selected)
{
	struct rotor_reader r;
	*selected = 0;
	enum rotor_status status = find_secured(version, opaque, SM_SELECTION, &r);
	if (status != ROTOR_OK) {
		return status;
	}
	*selected = rotor_read_u16le(&r);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_opaque_header(struct rotor_writer *w, uint8_t version, uint8_t count)
{
	if (rotor_spdm_since(version, ROTOR_SPDM_V12)) {
		rotor_write_u8(w, count);
		rotor_write_zeros(w, 3);
	} else {
		rotor_write_u32le(w, SPEC_ID);
		rotor_write_u8(w, OPAQUE_VERSION);
		rotor_write_u8(w, count);
		rotor_write_u16le(w, 0);
	}
}

void rotor_spdm_encode_opaque_element(struct rotor_writer *w,
				      const struct rotor_spdm_opaque_element *e)
{
	if (e->vendor.len > UINT8_MAX || e->data.len > UINT16_MAX) {
		spdm_writer_fail(w);
		return;
	}
	rotor_write_u8(w, e->id);
	rotor_write_u8(w, (uint8_t)e->vendor.len);
	spdm_put_view(w, e->vendor);
	rotor_write_u16le(w, (uint16_t)e->data.len);
	spdm_put_view(w, e->data);
	rotor_write_zeros(w, padding_of(4 + e->vendor.len + e->data.len));
}

/* Opaque data of one element of secured messages, up to that element's own data. */
static void begin_secured(struct rotor_writer *w, uint8_t version, size_t data_len, uint8_t id)
{
	rotor_spdm_encode_opaque_header(w, version, 1);
	rotor_write_u8(w, REGISTRY_DMTF);
	rotor_write_u8(w, 0);
	rotor_write_u16le(w, (uint16_t)(2 + data_len));
	rotor_write_u8(w, SM_DATA_VERSION);
	rotor_write_u8(w, id);
}

void rotor_spdm_encode_secured_versions(struct rotor_writer *w, uint8_t version,
					const uint16_t *list, size_t count)
{
	if (count > UINT8_MAX) {
		spdm_writer_fail(w);
		return;
	}
	size_t data_len = 1 + 2 * count;
	begin_secured(w, version, data_len, SM_SUPPORTED);
	rotor_write_u8(w, (uint8_t)count);
	for (size_t i = 0; i < count; i++) {
		rotor_write_u16le(w, list[i]);
	}
	rotor_write_zeros(w, padding_of(2 + data_len));
}

void rotor_spdm_encode_secured_selected(struct rotor_writer *w, uint8_t version, uint16_t selected)
{
	begin_secured(w, version, 2, SM_SELECTION);
	rotor_write_u16le(w, selected);
}
