/* SPDX-License-Identifier: Apache-2.0 */
/* Deterministic CBOR: rotor/cbor.h says which part. */
#include "rotor/cbor.h"

#include <string.h>

/* The argument of the next item, whose major type must be `type`. */
static uint64_t read_argument(struct rotor_reader *r, enum rotor_cbor_type type)
{
	uint8_t initial = rotor_read_u8(r);
	uint8_t info = initial & 0x1f;
	if (initial >> 5 != (int)type || info > 27) {
		rotor_reader_fail(r);
		return 0;
	}
	if (info < 24) {
		return info;
	}
	unsigned int width = 1u << (info - 24);
	uint64_t value = 0;
	for (unsigned int i = 0; i < width; i++) {
		value = value << 8 | rotor_read_u8(r);
	}
	/* A shorter form would have done: not deterministic. */
	uint64_t least = width == 1 ? 24 : UINT64_C(1) << (4 * width);
	if (value < least) {
		rotor_reader_fail(r);
		return 0;
	}
	return value;
}

uint64_t rotor_cbor_read_uint(struct rotor_reader *r)
{
	return read_argument(r, ROTOR_CBOR_UINT);
}

int64_t rotor_cbor_read_int(struct rotor_reader *r)
{
	bool negative = !r->failed && r->left && *r->at >> 5 == ROTOR_CBOR_NEGATIVE;
	uint64_t value = read_argument(r, negative ? ROTOR_CBOR_NEGATIVE : ROTOR_CBOR_UINT);
	if (value > INT64_MAX) {
		rotor_reader_fail(r);
		return 0;
	}
	return negative ? -1 - (int64_t)value : (int64_t)value;
}

static struct rotor_bytes read_string(struct rotor_reader *r, enum rotor_cbor_type type)
{
	uint64_t len = read_argument(r, type);
	if (len > r->left) {
		rotor_reader_fail(r);
		len = 0;
	}
	return rotor_read_view(r, (size_t)len);
}

struct rotor_bytes rotor_cbor_read_bytes(struct rotor_reader *r)
{
	return read_string(r, ROTOR_CBOR_BYTES);
}

struct rotor_bytes rotor_cbor_read_text(struct rotor_reader *r)
{
	return read_string(r, ROTOR_CBOR_TEXT);
}

size_t rotor_cbor_read_head(struct rotor_reader *r, enum rotor_cbor_type type)
{
	uint64_t count = read_argument(r, type);
	/* Each item takes at least one byte, so a larger count cannot be honest. */
	if (count > r->left) {
		rotor_reader_fail(r);
		return 0;
	}
	return (size_t)count;
}

void rotor_cbor_write_head(struct rotor_writer *w, enum rotor_cbor_type type, uint64_t value)
{
	unsigned int width = value < 24            ? 0
			     : value <= UINT8_MAX  ? 1
			     : value <= UINT16_MAX ? 2
			     : value <= UINT32_MAX ? 4
						   : 8;
	unsigned int info = width == 0   ? (unsigned int)value
			    : width == 1 ? 24
			    : width == 2 ? 25
			    : width == 4 ? 26
					 : 27;
	rotor_write_u8(w, (uint8_t)((unsigned int)type << 5 | info));
	while (width-- > 0) {
		rotor_write_u8(w, (uint8_t)(value >> (8 * width)));
	}
}

void rotor_cbor_write_uint(struct rotor_writer *w, uint64_t value)
{
	rotor_cbor_write_head(w, ROTOR_CBOR_UINT, value);
}

void rotor_cbor_write_int(struct rotor_writer *w, int64_t value)
{
	if (value < 0) {
		rotor_cbor_write_head(w, ROTOR_CBOR_NEGATIVE, (uint64_t)(-1 - value));
	} else {
		rotor_cbor_write_uint(w, (uint64_t)value);
	}
}

void rotor_cbor_write_bytes(struct rotor_writer *w, struct rotor_bytes value)
{
	rotor_cbor_write_head(w, ROTOR_CBOR_BYTES, value.len);
	rotor_write_bytes(w, value.data, value.len);
}

void rotor_cbor_write_text(struct rotor_writer *w, const char *value)
{
	size_t len = strlen(value);
	rotor_cbor_write_head(w, ROTOR_CBOR_TEXT, len);
	rotor_write_bytes(w, value, len);
}
