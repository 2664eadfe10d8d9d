/* SPDX-License-Identifier: Apache-2.0 */
/* DER: rotor/der.h says what these promise. */
#include "rotor/der.h"

#include <string.h>

/* Most bytes that a length may take: no buffer of rotor reaches 2^32 bytes. */
#define LENGTH_BYTES_MAX 4

static size_t read_length(struct rotor_reader *r)
{
	uint8_t first = rotor_read_u8(r);
	if (first < 0x80) {
		return first;
	}
	size_t count = first & 0x7f;
	if (count == 0 || count > LENGTH_BYTES_MAX) { /* indefinite, reserved or absurd */
		rotor_reader_fail(r);
		return 0;
	}
	uint32_t len = 0;
	for (size_t i = 0; i < count; i++) {
		uint8_t byte = rotor_read_u8(r);
		if (i == 0 && byte == 0) {
			rotor_reader_fail(r);
		}
		len = len << 8 | byte;
	}
	if (len < 0x80) {
		rotor_reader_fail(r);
	}
	return r->failed ? 0 : len;
}

struct rotor_bytes rotor_der_read_any(struct rotor_reader *r, uint8_t *tag)
{
	uint8_t seen = rotor_read_u8(r);
	if ((seen & 0x1f) == 0x1f) { /* a tag of several bytes */
		rotor_reader_fail(r);
	}
	size_t len = read_length(r);
	struct rotor_bytes content = rotor_read_view(r, len);
	*tag = r->failed ? 0 : seen;
	return content;
}

bool rotor_der_next_is(const struct rotor_reader *r, uint8_t tag)
{
	return !r->failed && r->left && *r->at == tag;
}

struct rotor_bytes rotor_der_read(struct rotor_reader *r, uint8_t tag)
{
	uint8_t seen;
	struct rotor_bytes content = {0};
	if (rotor_der_next_is(r, tag)) {
		content = rotor_der_read_any(r, &seen);
	} else {
		rotor_reader_fail(r);
	}
	return content;
}

struct rotor_bytes rotor_der_read_element(struct rotor_reader *r, uint8_t tag)
{
	const uint8_t *start = r->at;
	size_t before = r->left;
	(void)rotor_der_read(r, tag);
	struct rotor_bytes element = {.data = start, .len = before - r->left};
	if (r->failed) {
		element.data = NULL;
		element.len = 0;
	}
	return element;
}

struct rotor_reader rotor_der_enter(struct rotor_reader *r, uint8_t tag)
{
	struct rotor_bytes content = rotor_der_read(r, tag);
	struct rotor_reader sub = rotor_reader(content.data, content.len);
	if (r->failed) {
		rotor_reader_fail(&sub);
	}
	return sub;
}

bool rotor_der_read_bool(struct rotor_reader *r, uint8_t tag)
{
	struct rotor_bytes content = rotor_der_read(r, tag);
	if (content.len != 1 || (content.data[0] != 0 && content.data[0] != 0xff)) {
		rotor_reader_fail(r);
		return false;
	}
	return content.data[0] == 0xff;
}

struct rotor_bytes rotor_der_read_magnitude(struct rotor_reader *r, uint8_t tag)
{
	static const struct rotor_bytes none;
	struct rotor_bytes content = rotor_der_read(r, tag);
	if (content.len == 0 || content.data[0] & 0x80 ||
	    (content.len > 1 && content.data[0] == 0 && !(content.data[1] & 0x80))) {
		rotor_reader_fail(r); /* empty, negative or not minimal */
		return none;
	}
	if (content.len > 1 && content.data[0] == 0) {
		content.data++;
		content.len--;
	}
	return content;
}

uint64_t rotor_der_read_uint(struct rotor_reader *r, uint8_t tag)
{
	struct rotor_bytes magnitude = rotor_der_read_magnitude(r, tag);
	uint64_t value = 0;
	if (magnitude.len > sizeof(value)) {
		rotor_reader_fail(r);
		return 0;
	}
	for (size_t i = 0; i < magnitude.len; i++) {
		value = value << 8 | magnitude.data[i];
	}
	return value;
}

struct rotor_bytes rotor_der_read_bits(struct rotor_reader *r, uint8_t tag, uint8_t *unused)
{
	static const struct rotor_bytes none;
	struct rotor_bytes content = rotor_der_read(r, tag);
	uint8_t spare = content.len ? content.data[0] : 0xff;
	uint8_t spare_max = content.len > 1 && unused ? 7 : 0;
	bool ok = spare <= spare_max;
	if (ok && spare) {
		ok = !(content.data[content.len - 1] & ((1U << spare) - 1));
	}
	if (unused) {
		*unused = ok ? spare : 0;
	}
	if (!ok) {
		rotor_reader_fail(r);
		return none;
	}
	content.data++;
	content.len--;
	return content;
}

bool rotor_bytes_equal(struct rotor_bytes a, struct rotor_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ---- writing ---- */

/* The number of bytes that len takes after the first length byte. */
static size_t long_length_bytes(size_t len)
{
	size_t count = 0;
	if (len >= 0x80) {
		for (; len; len >>= 8) {
			count++;
		}
	}
	return count;
}

size_t rotor_der_begin(struct rotor_writer *w, uint8_t tag)
{
	rotor_write_u8(w, tag);
	rotor_write_u8(w, 0);
	return w->len;
}

void rotor_der_end(struct rotor_writer *w, size_t mark)
{
	if (w->failed || mark == 0 || mark > w->len) {
		w->failed = true;
		return;
	}
	size_t len = w->len - mark;
	size_t more = long_length_bytes(len);
	if (!rotor_write_reserve(w, more) || more > LENGTH_BYTES_MAX) {
		w->failed = true;
		return;
	}
	uint8_t *at = w->base + mark;
	if (more == 0) {
		at[-1] = (uint8_t)len;
		return;
	}
	memmove(at + more, at, len);
	at[-1] = (uint8_t)(0x80 | more);
	for (size_t i = more; i-- > 0; len >>= 8) {
		at[i] = (uint8_t)len;
	}
}

void rotor_der_write(struct rotor_writer *w, uint8_t tag, const void *content, size_t len)
{
	size_t mark = rotor_der_begin(w, tag);
	rotor_write_bytes(w, content, len);
	rotor_der_end(w, mark);
}

void rotor_der_write_bool(struct rotor_writer *w, uint8_t tag, bool value)
{
	uint8_t byte = value ? 0xff : 0;
	rotor_der_write(w, tag, &byte, 1);
}

void rotor_der_write_magnitude(struct rotor_writer *w, uint8_t tag, const uint8_t *bytes,
			       size_t len)
{
	while (len && bytes[0] == 0) {
		bytes++;
		len--;
	}
	size_t mark = rotor_der_begin(w, tag);
	if (len == 0 || bytes[0] & 0x80) {
		rotor_write_u8(w, 0);
	}
	rotor_write_bytes(w, bytes, len);
	rotor_der_end(w, mark);
}

void rotor_der_write_uint(struct rotor_writer *w, uint8_t tag, uint64_t value)
{
	uint8_t bytes[sizeof(value)];
	for (size_t i = sizeof(bytes); i-- > 0; value >>= 8) {
		bytes[i] = (uint8_t)value;
	}
	rotor_der_write_magnitude(w, tag, bytes, sizeof(bytes));
}

void rotor_der_write_bits(struct rotor_writer *w, uint8_t tag, const uint8_t *bytes, size_t len,
			  uint8_t unused)
{
	size_t mark = rotor_der_begin(w, tag);
	rotor_write_u8(w, unused);
	rotor_write_bytes(w, bytes, len);
	rotor_der_end(w, mark);
}
