/* SPDX-License-Identifier: Apache-2.0 */
/* The flash port with its bounds and alignment checked, and how the flash is divided. */
#include "rotor/boot_record.h"

#define LAYOUT_MAGIC   UINT32_C(0x594c5452) /* "RTLY" */
#define LAYOUT_VERSION 2
#define STORE_SIZE     (16u * 1024u)

const char *rotor_boot_slot_name(enum rotor_boot_slot_id slot)
{
	switch (slot) {
	case ROTOR_BOOT_SLOT_A:
		return "slot A";
	case ROTOR_BOOT_SLOT_B:
		return "slot B";
	case ROTOR_BOOT_SLOT_RECOVERY:
		return "recovery";
	case ROTOR_BOOT_SLOT_NONE:
		break;
	}
	return "none";
}

static bool inside(const struct rotor_flash_geometry *g, uint32_t offset, size_t len)
{
	return offset <= g->size && len <= g->size - offset;
}

enum rotor_status rotor_boot_flash_read(const struct rotor_flash *flash, uint32_t offset, void *buf,
					size_t len)
{
	if (!inside(&flash->geometry, offset, len)) {
		return ROTOR_ERR_ARGUMENT;
	}
	return flash->ops->read(flash->ctx, offset, buf, len);
}

enum rotor_status rotor_boot_flash_erase(const struct rotor_flash *flash, uint32_t offset)
{
	if (offset % flash->geometry.sector != 0 ||
	    !inside(&flash->geometry, offset, flash->geometry.sector)) {
		return ROTOR_ERR_ARGUMENT;
	}
	return flash->ops->erase(flash->ctx, offset);
}

enum rotor_status rotor_boot_flash_program(const struct rotor_flash *flash, uint32_t offset,
					   const void *data, size_t len)
{
	const struct rotor_flash_geometry *g = &flash->geometry;
	if (len == 0 || offset % g->unit != 0 || len % g->unit != 0 || !inside(g, offset, len) ||
	    len > g->sector - offset % g->sector) {
		return ROTOR_ERR_ARGUMENT;
	}
	return flash->ops->program(flash->ctx, offset, data, len);
}

/* ---- layout ---- */

static bool geometry_sane(const struct rotor_flash_geometry *g)
{
	return g->unit != 0 && (g->unit & (g->unit - 1)) == 0 && g->unit <= ROTOR_BOOT_PAGE_MAX &&
	       g->sector != 0 && g->sector % g->unit == 0 && g->size != 0 &&
	       g->size % g->sector == 0;
}

static bool region_sane(const struct rotor_flash_geometry *g, const struct rotor_flash_region *r)
{
	return r->size != 0 && r->size % g->sector == 0 && r->offset % g->sector == 0 &&
	       inside(g, r->offset, r->size);
}

/* What a region must hold at least. */
static uint32_t smallest(const struct rotor_flash_geometry *g, size_t region)
{
	uint32_t size = 1;
	if (region == ROTOR_REGION_LAYOUT) {
		size = ROTOR_FLASH_LAYOUT_SIZE;
	} else if (region == ROTOR_REGION_RECORD_A || region == ROTOR_REGION_RECORD_B) {
		size = rotor_boot_record_room(g->unit);
	}
	return (size + g->unit - 1) / g->unit * g->unit;
}

enum rotor_status rotor_flash_layout_check(const struct rotor_flash_layout *layout)
{
	const struct rotor_flash_region *region = layout->region;
	if (!geometry_sane(&layout->geometry) || region[ROTOR_REGION_LAYOUT].offset != 0) {
		return ROTOR_ERR_FORMAT;
	}
	for (size_t i = 0; i < ROTOR_REGION_COUNT; i++) {
		if (!region_sane(&layout->geometry, &region[i]) ||
		    region[i].size < smallest(&layout->geometry, i)) {
			return ROTOR_ERR_FORMAT;
		}
		for (size_t j = 0; j < i; j++) {
			if (region[i].offset < region[j].offset + region[j].size &&
			    region[j].offset < region[i].offset + region[i].size) {
				return ROTOR_ERR_FORMAT;
			}
		}
	}
	return ROTOR_OK;
}

enum rotor_status rotor_flash_layout_make(uint32_t sector, uint32_t unit, uint32_t slot_size,
					  uint32_t recovery_size, struct rotor_flash_layout *out)
{
	if (sector == 0 || unit == 0 || unit > ROTOR_BOOT_PAGE_MAX || slot_size == 0) {
		return ROTOR_ERR_ARGUMENT;
	}
	const uint32_t record = rotor_boot_record_room(unit);
	const uint32_t wanted[ROTOR_REGION_COUNT] = {
	    [ROTOR_REGION_LAYOUT] = ROTOR_FLASH_LAYOUT_SIZE,
	    [ROTOR_REGION_RECORD_A] = record,
	    [ROTOR_REGION_RECORD_B] = record,
	    [ROTOR_REGION_SLOT_A] = slot_size,
	    [ROTOR_REGION_SLOT_B] = slot_size,
	    [ROTOR_REGION_RECOVERY] = recovery_size,
	    [ROTOR_REGION_CERTIFICATES] = STORE_SIZE,
	    [ROTOR_REGION_CONFIG] = STORE_SIZE,
	    [ROTOR_REGION_SETTINGS] = STORE_SIZE,
	};
	uint64_t at = 0;
	for (size_t i = 0; i < ROTOR_REGION_COUNT; i++) {
		uint64_t sectors = ((uint64_t)wanted[i] + sector - 1) / sector;
		uint64_t size = (sectors == 0 ? 1 : sectors) * sector;
		if (at + size > UINT32_MAX) {
			return ROTOR_ERR_ARGUMENT;
		}
		out->region[i] = (struct rotor_flash_region){(uint32_t)at, (uint32_t)size};
		at += size;
	}
	out->geometry = (struct rotor_flash_geometry){(uint32_t)at, sector, unit};
	return rotor_flash_layout_check(out) == ROTOR_OK ? ROTOR_OK : ROTOR_ERR_ARGUMENT;
}

enum rotor_status rotor_flash_layout_encode(const struct rotor_flash_layout *layout, uint8_t *buf,
					    size_t cap, size_t *len)
{
	struct rotor_writer w = rotor_writer(buf, cap);
	rotor_write_u32le(&w, LAYOUT_MAGIC);
	rotor_write_u16le(&w, LAYOUT_VERSION);
	rotor_write_u16le(&w, ROTOR_REGION_COUNT);
	rotor_write_u32le(&w, layout->geometry.size);
	rotor_write_u32le(&w, layout->geometry.sector);
	rotor_write_u32le(&w, layout->geometry.unit);
	for (size_t i = 0; i < ROTOR_REGION_COUNT; i++) {
		rotor_write_u32le(&w, layout->region[i].offset);
		rotor_write_u32le(&w, layout->region[i].size);
	}
	if (!w.failed) {
		rotor_write_u32le(&w, rotor_crc32(0, buf, w.len));
	}
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_flash_layout_decode(const uint8_t *buf, size_t len,
					    struct rotor_flash_layout *out)
{
	struct rotor_reader r = rotor_reader(buf, len);
	uint32_t magic = rotor_read_u32le(&r);
	uint16_t version = rotor_read_u16le(&r);
	uint16_t count = rotor_read_u16le(&r);
	out->geometry.size = rotor_read_u32le(&r);
	out->geometry.sector = rotor_read_u32le(&r);
	out->geometry.unit = rotor_read_u32le(&r);
	for (size_t i = 0; i < ROTOR_REGION_COUNT; i++) {
		out->region[i].offset = rotor_read_u32le(&r);
		out->region[i].size = rotor_read_u32le(&r);
	}
	uint32_t check = rotor_read_u32le(&r);
	enum rotor_status status = rotor_reader_status(&r);
	if (status != ROTOR_OK) {
		return status;
	}
	if (magic != LAYOUT_MAGIC) {
		return ROTOR_ERR_FORMAT;
	}
	if (version != LAYOUT_VERSION || count != ROTOR_REGION_COUNT) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (check != rotor_crc32(0, buf, ROTOR_FLASH_LAYOUT_SIZE - 4)) {
		return ROTOR_ERR_VERIFY;
	}
	return rotor_flash_layout_check(out);
}

const struct rotor_flash_region *rotor_flash_slot_region(const struct rotor_flash_layout *layout,
							 enum rotor_boot_slot_id slot)
{
	switch (slot) {
	case ROTOR_BOOT_SLOT_A:
		return &layout->region[ROTOR_REGION_SLOT_A];
	case ROTOR_BOOT_SLOT_B:
		return &layout->region[ROTOR_REGION_SLOT_B];
	case ROTOR_BOOT_SLOT_RECOVERY:
		return &layout->region[ROTOR_REGION_RECOVERY];
	case ROTOR_BOOT_SLOT_NONE:
		break;
	}
	return NULL;
}

bool rotor_flash_runtime_may_write(const struct rotor_flash_layout *layout, uint32_t offset,
				   uint32_t len)
{
	static const enum rotor_flash_region_id open[] = {
	    ROTOR_REGION_RECORD_A, ROTOR_REGION_RECORD_B, ROTOR_REGION_SLOT_A, ROTOR_REGION_SLOT_B};
	for (size_t i = 0; i < ROTOR_COUNT_OF(open); i++) {
		const struct rotor_flash_region *r = &layout->region[open[i]];
		if (offset >= r->offset && offset - r->offset <= r->size &&
		    len <= r->size - (offset - r->offset)) {
			return true;
		}
	}
	return false;
}
