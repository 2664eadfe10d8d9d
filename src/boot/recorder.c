/* SPDX-License-Identifier: Apache-2.0 */
/* The boot record in flash: two copies, the older one overwritten. */
#include <string.h>

#include "rotor/boot_record.h"

enum load_step {
	LOAD_FIRST = 0,
	LOAD_SECOND,
};

enum store_step {
	STORE_BEGIN = 0,
	STORE_ERASE,
	STORE_PROGRAM,
	STORE_CHECK,
};

void rotor_boot_recorder_init(struct rotor_boot_recorder *r, const struct rotor_flash *flash,
			      const struct rotor_flash_layout *layout)
{
	*r = (struct rotor_boot_recorder){.flash = flash, .layout = layout};
	r->record.active = ROTOR_BOOT_SLOT_NONE;
}

static const struct rotor_flash_region *region_of(const struct rotor_boot_recorder *r, uint8_t copy)
{
	return &r->layout->region[copy == 0 ? ROTOR_REGION_RECORD_A : ROTOR_REGION_RECORD_B];
}

/* Bytes of a copy in flash: whole program units. */
static uint32_t padded_size(const struct rotor_boot_recorder *r)
{
	uint32_t unit = r->flash->geometry.unit;
	return (ROTOR_BOOT_RECORD_SIZE + unit - 1) / unit * unit;
}

/* ---- loading ---- */

/* Reads one copy into @p out. A copy that does not decode is no error, but is not valid. */
static enum rotor_status load_copy(struct rotor_boot_recorder *r, uint8_t copy,
				   struct rotor_boot_record *out)
{
	enum rotor_status status = rotor_boot_flash_read(r->flash, region_of(r, copy)->offset,
							 r->image, ROTOR_BOOT_RECORD_SIZE);
	if (status == ROTOR_OK &&
	    rotor_boot_record_decode(r->image, ROTOR_BOOT_RECORD_SIZE, out) == ROTOR_OK) {
		r->valid |= (uint8_t)(1u << copy);
	}
	return status;
}

/* Sequence numbers go round, so that no record, whoever wrote it, is the last one. */
static bool is_newer(uint32_t a, uint32_t b)
{
	return a != b && a - b <= UINT32_MAX / 2;
}

static enum rotor_status choose(struct rotor_boot_recorder *r)
{
	r->loaded = true;
	r->newest = 0;
	if (r->valid == 0) {
		r->record = (struct rotor_boot_record){.active = ROTOR_BOOT_SLOT_NONE};
		return ROTOR_ERR_NOT_FOUND;
	}
	bool second_is_newer = r->valid == 3 && is_newer(r->other.sequence, r->record.sequence);
	if (r->valid == 2 || second_is_newer) {
		r->record = r->other;
		r->newest = 1;
	}
	return ROTOR_OK;
}

enum rotor_status rotor_boot_recorder_load(struct rotor_boot_recorder *r)
{
	enum rotor_status status = ROTOR_OK;
	if (r->step == LOAD_FIRST) {
		r->loaded = false;
		r->valid = 0;
		status = load_copy(r, 0, &r->record);
		if (status == ROTOR_OK) {
			r->step = LOAD_SECOND;
		}
	}
	if (status == ROTOR_OK) {
		status = load_copy(r, 1, &r->other);
	}
	if (status != ROTOR_PENDING) {
		r->step = LOAD_FIRST;
	}
	return status == ROTOR_OK ? choose(r) : status;
}

/* ---- storing ---- */

/* Encodes what is to be written; ROTOR_OK and STORE_BEGIN still if there is nothing to do. */
static enum rotor_status store_begin(struct rotor_boot_recorder *r,
				     const struct rotor_boot_record *next)
{
	size_t len;
	r->other = *next;
	r->other.sequence = r->record.sequence;
	enum rotor_status status =
	    rotor_boot_record_encode(&r->other, r->image, sizeof(r->image), &len);
	if (status != ROTOR_OK) {
		return status;
	}
	if (r->valid != 0) {
		size_t len_now;
		status = rotor_boot_record_encode(&r->record, r->check, sizeof(r->check), &len_now);
		if (status == ROTOR_OK && len == len_now && memcmp(r->image, r->check, len) == 0) {
			return ROTOR_OK;
		}
	}
	/* 0 is no sequence number. */
	r->other.sequence = r->record.sequence == UINT32_MAX ? 1 : r->record.sequence + 1;
	memset(r->image, 0xff, sizeof(r->image));
	status = rotor_boot_record_encode(&r->other, r->image, sizeof(r->image), &len);
	if (status == ROTOR_OK) {
		r->at = 0;
		r->step = STORE_ERASE;
	}
	return status;
}

/* The piece at r->at that one program operation may have: a page, and not across a sector's end. */
static size_t piece(const struct rotor_boot_recorder *r)
{
	const struct rotor_flash_geometry *g = &r->flash->geometry;
	size_t left = padded_size(r) - r->at;
	size_t room = g->sector - r->at % g->sector;
	size_t page = ROTOR_BOOT_PAGE_MAX;
	size_t len = left < room ? left : room;
	return len < page ? len : page;
}

static enum rotor_status store_erase(struct rotor_boot_recorder *r, uint32_t base)
{
	enum rotor_status status = rotor_boot_flash_erase(r->flash, base + r->at);
	if (status == ROTOR_OK) {
		r->at += r->flash->geometry.sector;
		if (r->at >= padded_size(r)) {
			r->at = 0;
			r->step = STORE_PROGRAM;
		}
	}
	return status;
}

static enum rotor_status store_program(struct rotor_boot_recorder *r, uint32_t base)
{
	size_t len = piece(r);
	enum rotor_status status =
	    rotor_boot_flash_program(r->flash, base + r->at, r->image + r->at, len);
	if (status == ROTOR_OK) {
		r->at += (uint32_t)len;
		if (r->at == padded_size(r)) {
			r->step = STORE_CHECK;
		}
	}
	return status;
}

static enum rotor_status store_check(struct rotor_boot_recorder *r, uint32_t base, uint8_t copy)
{
	enum rotor_status status =
	    rotor_boot_flash_read(r->flash, base, r->check, ROTOR_BOOT_RECORD_SIZE);
	if (status != ROTOR_OK) {
		return status;
	}
	if (memcmp(r->image, r->check, ROTOR_BOOT_RECORD_SIZE) != 0) {
		return ROTOR_ERR_IO;
	}
	r->record = r->other;
	r->newest = copy;
	r->valid |= (uint8_t)(1u << copy);
	r->step = STORE_BEGIN;
	return ROTOR_OK;
}

enum rotor_status rotor_boot_recorder_store(struct rotor_boot_recorder *r,
					    const struct rotor_boot_record *next)
{
	if (!r->loaded) {
		return ROTOR_ERR_STATE;
	}
	enum rotor_status status = ROTOR_OK;
	if (r->step == STORE_BEGIN) {
		status = store_begin(r, next);
	}
	uint8_t copy = r->valid == 0 ? 0 : (uint8_t)(1 - r->newest);
	uint32_t base = region_of(r, copy)->offset;
	while (status == ROTOR_OK && r->step != STORE_BEGIN) {
		if (r->step == STORE_ERASE) {
			r->valid &= (uint8_t) ~(1u << copy);
			status = store_erase(r, base);
		} else if (r->step == STORE_PROGRAM) {
			status = store_program(r, base);
		} else {
			status = store_check(r, base, copy);
		}
	}
	if (status != ROTOR_OK && status != ROTOR_PENDING) {
		r->step = STORE_BEGIN;
	}
	return status;
}
