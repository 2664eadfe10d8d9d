/* SPDX-License-Identifier: Apache-2.0 */
/* Stores: typed items under one check value. */
#include "rotor/boot_store.h"

/*
 *  0  "RTST"
 *  4  version 1, u16
 *  6  kind, u16
 *  8  bytes of items, u32
 * 12  CRC-32 over bytes 0 to 11 and the items, u32
 * 16  items: type u16, length u16, value
 */
#define STORE_MAGIC   UINT32_C(0x54535452)
#define STORE_VERSION 1
#define OFFSET_LENGTH 8
#define OFFSET_CHECK  12

struct store_header {
	uint16_t version, kind;
	uint32_t len, check;
};

static uint32_t check_value(const uint8_t *store, uint32_t items_len)
{
	uint32_t crc = rotor_crc32(0, store, OFFSET_CHECK);
	return rotor_crc32(crc, store + ROTOR_STORE_OVERHEAD, items_len);
}

/* ---- writing ---- */

struct rotor_store_writer rotor_store_begin(enum rotor_store_kind kind, void *buf, size_t cap)
{
	struct rotor_store_writer s = {.w = rotor_writer(buf, cap)};
	rotor_write_u32le(&s.w, STORE_MAGIC);
	rotor_write_u16le(&s.w, STORE_VERSION);
	rotor_write_u16le(&s.w, (uint16_t)kind);
	rotor_write_u32le(&s.w, 0);
	rotor_write_u32le(&s.w, 0);
	return s;
}

void rotor_store_add(struct rotor_store_writer *s, enum rotor_store_item item, const void *value,
		     size_t len)
{
	if (len > UINT16_MAX) {
		s->w.failed = true;
		return;
	}
	rotor_write_u16le(&s->w, (uint16_t)item);
	rotor_write_u16le(&s->w, (uint16_t)len);
	rotor_write_bytes(&s->w, value, len);
}

enum rotor_status rotor_store_end(struct rotor_store_writer *s, size_t *len)
{
	if (!s->w.failed) {
		uint32_t items_len = (uint32_t)(s->w.len - ROTOR_STORE_OVERHEAD);
		rotor_write_patch_u32le(&s->w, OFFSET_LENGTH, items_len);
		rotor_write_patch_u32le(&s->w, OFFSET_CHECK, check_value(s->w.base, items_len));
	}
	return rotor_writer_end(&s->w, len);
}

/* ---- reading ---- */

static enum rotor_status read_header(const uint8_t *buf, size_t len, enum rotor_store_kind kind,
				     struct store_header *h)
{
	struct rotor_reader r = rotor_reader(buf, len);
	uint32_t magic = rotor_read_u32le(&r);
	h->version = rotor_read_u16le(&r);
	h->kind = rotor_read_u16le(&r);
	h->len = rotor_read_u32le(&r);
	h->check = rotor_read_u32le(&r);
	if (rotor_reader_status(&r) != ROTOR_OK) {
		return ROTOR_ERR_LENGTH;
	}
	if (magic != STORE_MAGIC || h->kind != (uint16_t)kind) {
		return ROTOR_ERR_FORMAT;
	}
	return h->version == STORE_VERSION ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED;
}

/* Every item ends where the items end or before. */
static bool items_sane(struct rotor_bytes items)
{
	struct rotor_reader r = rotor_reader(items.data, items.len);
	while (r.left > 0 && !r.failed) {
		rotor_read_skip(&r, 2);
		rotor_read_skip(&r, rotor_read_u16le(&r));
	}
	return rotor_reader_end(&r) == ROTOR_OK;
}

enum rotor_status rotor_store_open(enum rotor_store_kind kind, const uint8_t *buf, size_t len,
				   struct rotor_bytes *items)
{
	struct store_header h;
	enum rotor_status status = read_header(buf, len, kind, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	if (h.len > len - ROTOR_STORE_OVERHEAD) {
		return ROTOR_ERR_LENGTH;
	}
	if (h.check != check_value(buf, h.len)) {
		return ROTOR_ERR_VERIFY;
	}
	*items = (struct rotor_bytes){buf + ROTOR_STORE_OVERHEAD, h.len};
	return items_sane(*items) ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

enum rotor_status rotor_store_find(struct rotor_bytes items, enum rotor_store_item item,
				   size_t index, struct rotor_bytes *value)
{
	struct rotor_reader r = rotor_reader(items.data, items.len);
	while (r.left > 0 && !r.failed) {
		uint16_t type = rotor_read_u16le(&r);
		struct rotor_bytes found = rotor_read_view(&r, rotor_read_u16le(&r));
		if (!r.failed && type == (uint16_t)item && index-- == 0) {
			*value = found;
			return ROTOR_OK;
		}
	}
	return ROTOR_ERR_NOT_FOUND;
}

/* One read only, so that a pending one is asked again with the same arguments. */
enum rotor_status rotor_store_read(const struct rotor_flash *flash,
				   const struct rotor_flash_region *region,
				   enum rotor_store_kind kind, uint8_t *buf, size_t cap,
				   struct rotor_bytes *items)
{
	size_t len = cap < region->size ? cap : region->size;
	enum rotor_status status = rotor_boot_flash_read(flash, region->offset, buf, len);
	if (status != ROTOR_OK) {
		return status;
	}
	status = rotor_store_open(kind, buf, len, items);
	return status == ROTOR_ERR_LENGTH && len < region->size ? ROTOR_ERR_SPACE : status;
}
