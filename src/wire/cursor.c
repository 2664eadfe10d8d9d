/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors over bytes: rotor/wire.h says what they promise. */
#include "rotor/wire.h"

#include <string.h>

void rotor_reader_fail(struct rotor_reader *r)
{
	r->failed = true;
	r->left = 0;
}

const uint8_t *rotor_read_bytes(struct rotor_reader *r, size_t n)
{
	const uint8_t *at = r->at;
	if (r->failed || n > r->left || (n && !at)) {
		rotor_reader_fail(r);
		return NULL;
	}
	if (n) {
		r->at += n;
		r->left -= n;
	}
	return at;
}

/* The integer of n bytes at the cursor; the first byte is the least significant one. */
static uint64_t read_le(struct rotor_reader *r, size_t n)
{
	const uint8_t *at = rotor_read_bytes(r, n);
	uint64_t value = 0;
	if (at) {
		for (size_t i = n; i-- > 0;) {
			value = value << 8 | at[i];
		}
	}
	return value;
}

static uint32_t read_be(struct rotor_reader *r, size_t n)
{
	const uint8_t *at = rotor_read_bytes(r, n);
	uint32_t value = 0;
	if (at) {
		for (size_t i = 0; i < n; i++) {
			value = value << 8 | at[i];
		}
	}
	return value;
}

uint8_t rotor_read_u8(struct rotor_reader *r)
{
	const uint8_t *at = rotor_read_bytes(r, 1);
	return at ? *at : 0;
}

uint16_t rotor_read_u16le(struct rotor_reader *r)
{
	return (uint16_t)read_le(r, 2);
}

uint32_t rotor_read_u24le(struct rotor_reader *r)
{
	return (uint32_t)read_le(r, 3);
}

uint32_t rotor_read_u32le(struct rotor_reader *r)
{
	return (uint32_t)read_le(r, 4);
}

uint64_t rotor_read_u64le(struct rotor_reader *r)
{
	return read_le(r, 8);
}

uint16_t rotor_read_u16be(struct rotor_reader *r)
{
	return (uint16_t)read_be(r, 2);
}

uint32_t rotor_read_u32be(struct rotor_reader *r)
{
	return read_be(r, 4);
}

struct rotor_bytes rotor_read_view(struct rotor_reader *r, size_t n)
{
	const uint8_t *at = rotor_read_bytes(r, n);
	struct rotor_bytes view = {.data = at, .len = at ? n : 0};
	return view;
}

struct rotor_bytes rotor_read_rest(struct rotor_reader *r)
{
	return rotor_read_view(r, r->left);
}

void rotor_read_copy(struct rotor_reader *r, void *to, size_t n)
{
	const uint8_t *at = rotor_read_bytes(r, n);
	if (at && n) {
		memcpy(to, at, n);
	} else if (n) {
		memset(to, 0, n);
	}
}

void rotor_read_skip(struct rotor_reader *r, size_t n)
{
	(void)rotor_read_bytes(r, n);
}

struct rotor_reader rotor_read_sub(struct rotor_reader *r, size_t n)
{
	const uint8_t *at = rotor_read_bytes(r, n);
	struct rotor_reader sub = {.at = at, .left = r->failed ? 0 : n, .failed = r->failed};
	return sub;
}

enum rotor_status rotor_reader_status(const struct rotor_reader *r)
{
	return r->failed ? ROTOR_ERR_LENGTH : ROTOR_OK;
}

enum rotor_status rotor_reader_end(const struct rotor_reader *r)
{
	return r->failed || r->left ? ROTOR_ERR_LENGTH : ROTOR_OK;
}

uint8_t *rotor_write_reserve(struct rotor_writer *w, size_t n)
{
	if (w->failed || n > w->cap - w->len || (n && !w->base)) {
		w->failed = true;
		return NULL;
	}
	uint8_t *at = w->base ? w->base + w->len : NULL;
	w->len += n;
	return at;
}

static void write_le(struct rotor_writer *w, uint64_t value, size_t n)
{
	uint8_t *at = rotor_write_reserve(w, n);
	if (at) {
		for (size_t i = 0; i < n; i++) {
			at[i] = (uint8_t)(value >> 8 * i);
		}
	}
}

static void write_be(struct rotor_writer *w, uint32_t value, size_t n)
{
	uint8_t *at = rotor_write_reserve(w, n);
	if (at) {
		for (size_t i = 0; i < n; i++) {
			at[i] = (uint8_t)(value >> 8 * (n - 1 - i));
		}
	}
}

void rotor_write_u8(struct rotor_writer *w, uint8_t value)
{
	write_le(w, value, 1);
}

void rotor_write_u16le(struct rotor_writer *w, uint16_t value)
{
	write_le(w, value, 2);
}

void rotor_write_u24le(struct rotor_writer *w, uint32_t value)
{
	if (value >> 24) {
		w->failed = true;
	}
	write_le(w, value, 3);
}

void rotor_write_u32le(struct rotor_writer *w, uint32_t value)
{
	write_le(w, value, 4);
}

void rotor_write_u64le(struct rotor_writer *w, uint64_t value)
{
	write_le(w, value, 8);
}

void rotor_write_u16be(struct rotor_writer *w, uint16_t value)
{
	write_be(w, value, 2);
}

void rotor_write_u32be(struct rotor_writer *w, uint32_t value)
{
	write_be(w, value, 4);
}

void rotor_write_bytes(struct rotor_writer *w, const void *from, size_t n)
{
	uint8_t *at = rotor_write_reserve(w, n);
	if (at && n) {
		memcpy(at, from, n);
	}
}

void rotor_write_zeros(struct rotor_writer *w, size_t n)
{
	uint8_t *at = rotor_write_reserve(w, n);
	if (at && n) {
		memset(at, 0, n);
	}
}

static void patch_le(struct rotor_writer *w, size_t offset, uint32_t value, size_t n)
{
	if (w->failed || offset > w->len || n > w->len - offset) {
		w->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		w->base[offset + i] = (uint8_t)(value >> 8 * i);
	}
}

void rotor_write_patch_u16le(struct rotor_writer *w, size_t offset, uint16_t value)
{
	patch_le(w, offset, value, 2);
}

void rotor_write_patch_u32le(struct rotor_writer *w, size_t offset, uint32_t value)
{
	patch_le(w, offset, value, 4);
}

enum rotor_status rotor_writer_end(const struct rotor_writer *w, size_t *len)
{
	*len = w->failed ? 0 : w->len;
	return w->failed ? ROTOR_ERR_SPACE : ROTOR_OK;
}
