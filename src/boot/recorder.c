/* SPDX-License-Identifier: Apache-2.0 */
/* The boot record in flash: two copies, the older one overwritten, each sealed twice when it is whole. */
#include <string.h>

#include "rotor/boot_record.h"

/* What is read of a copy, in this order; of copy A, then of copy B. */
enum load_part {
	LOAD_RECORD = 0,
	LOAD_SEAL,
	LOAD_SECOND_SEAL,
	LOAD_PARTS,
};

enum store_step {
	STORE_BEGIN = 0,
	STORE_ERASE,
	STORE_PROGRAM,
	STORE_CHECK,
	STORE_SEAL,
	STORE_CHECK_SEAL,
	STORE_SECOND_SEAL,
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

static uint32_t in_units(uint32_t size, uint32_t unit)
{
	return (size + unit - 1) / unit * unit;
}

/* Where in a copy its first or second seal stands. */
static uint32_t seal_at(uint32_t unit, unsigned seal)
{
	return in_units(ROTOR_BOOT_RECORD_SIZE, unit) + seal * in_units(ROTOR_BOOT_SEAL_SIZE, unit);
}

uint32_t rotor_boot_record_room(uint32_t unit)
{
	return seal_at(unit, 2);
}

/* ---- loading ---- */

/* Whether all bytes of a seal read @p value. */
static bool all_are(const uint8_t seal[ROTOR_BOOT_SEAL_SIZE], uint8_t value)
{
	bool all = true;
	for (size_t i = 0; i < ROTOR_BOOT_SEAL_SIZE; i++) {
		all = all && seal[i] == value;
	}
	return all;
}

/*
 * What cannot be read is what a cut tore, on a flash with error correction, and stays so until it is erased. Record and
 * first seal are not valid then; a second seal was begun.
 */
static void unread_part(struct rotor_boot_recorder *r, uint8_t bit, unsigned part)
{
	if (part == LOAD_SECOND_SEAL) {
		r->firm |= bit;
		return;
	}
	r->valid &= (uint8_t)~bit;
	r->unread |= bit;
}

/*
 * Reads one part of one copy. What does not decode or is not sealed is no error, but is not valid. A second seal that was
 * begun, however it reads, says that the first was finished.
 */
static enum rotor_status load_part(struct rotor_boot_recorder *r, uint8_t copy, unsigned part)
{
	uint32_t base = region_of(r, copy)->offset, unit = r->flash->geometry.unit;
	uint8_t bit = (uint8_t)(1u << copy);
	enum rotor_status status;
	if (part == LOAD_RECORD) {
		struct rotor_boot_record *out = copy == 0 ? &r->record : &r->other;
		status = rotor_boot_flash_read(r->flash, base, r->image, ROTOR_BOOT_RECORD_SIZE);
		if (status == ROTOR_OK &&
		    rotor_boot_record_decode(r->image, ROTOR_BOOT_RECORD_SIZE, out) == ROTOR_OK) {
			r->valid |= bit;
		}
		return status;
	}
	status = rotor_boot_flash_read(r->flash, base + seal_at(unit, part - LOAD_SEAL), r->check,
				       ROTOR_BOOT_SEAL_SIZE);
	if (status == ROTOR_OK && part == LOAD_SEAL && !all_are(r->check, 0)) {
		r->valid &= (uint8_t)~bit;
	}
	if (status == ROTOR_OK && part == LOAD_SECOND_SEAL && !all_are(r->check, 0xff)) {
		r->firm |= bit;
	}
	return status;
}

/* Sequence numbers go round, so that no record, whoever wrote it, is the last one. */
static bool is_newer(uint32_t a, uint32_t b)
{
	return a != b && a - b <= UINT32_MAX / 2;
}

/* Whether two records say the same, their sequence numbers apart. */
static bool say_the_same(struct rotor_boot_recorder *r, const struct rotor_boot_record *a,
			 const struct rotor_boot_record *b)
{
	struct rotor_boot_record copy = *b;
	size_t len_a, len_b;
	copy.sequence = a->sequence;
	return rotor_boot_record_encode(a, r->check, sizeof(r->check), &len_a) == ROTOR_OK &&
	       rotor_boot_record_encode(&copy, r->image, sizeof(r->image), &len_b) == ROTOR_OK &&
	       len_a == len_b && memcmp(r->check, r->image, len_a) == 0;
}

/*
 * Which of two valid copies is the truth. One that is firm before one that is not: that one's writing was cut, and nobody
 * was told that it is done. Of two firm ones the newer; of two others the older, which was read as firm when the newer
 * one's writing began.
 */
static uint8_t better(const struct rotor_boot_recorder *r)
{
	bool second_is_newer = is_newer(r->other.sequence, r->record.sequence);
	switch (r->firm) {
	case 1:
		return 0;
	case 2:
		return 1;
	case 3:
		return second_is_newer ? 1 : 0;
	default:
		return second_is_newer ? 0 : 1;
	}
}

static enum rotor_status choose(struct rotor_boot_recorder *r)
{
	r->loaded = true;
	r->firm &= r->valid;
	r->agreed = r->valid == 3 && r->firm == 3 && say_the_same(r, &r->record, &r->other);
	r->newest = r->valid == 3 ? better(r) : r->valid == 2 ? 1 : 0;
	if (r->valid == 0) {
		r->record = (struct rotor_boot_record){.active = ROTOR_BOOT_SLOT_NONE};
		return ROTOR_ERR_NOT_FOUND;
	}
	if (r->newest == 1) {
		r->record = r->other;
	}
	return ROTOR_OK;
}

enum rotor_status rotor_boot_recorder_load(struct rotor_boot_recorder *r)
{
	enum rotor_status status;
	if (r->step == 0) {
		r->loaded = false;
		r->valid = r->firm = r->unread = 0;
	}
	while (r->step < 2 * LOAD_PARTS) {
		uint8_t copy = r->step / LOAD_PARTS;
		status = load_part(r, copy, r->step % LOAD_PARTS);
		if (status == ROTOR_PENDING) {
			return status;
		}
		if (status != ROTOR_OK) {
			unread_part(r, (uint8_t)(1u << copy), r->step % LOAD_PARTS);
		}
		r->step++;
	}
	r->step = 0;
	/* No cut does that to both: the flash does not answer at all. */
	return r->unread == 3 ? ROTOR_ERR_IO : choose(r);
}

/* ---- storing ---- */

/* The next step, with what it programs, if it does. */
static void store_go(struct rotor_boot_recorder *r, enum store_step step)
{
	if (step == STORE_SEAL || step == STORE_SECOND_SEAL) {
		memset(r->image, 0xff, sizeof(r->image));
		memset(r->image, 0, ROTOR_BOOT_SEAL_SIZE);
	}
	r->at = 0;
	r->step = (uint8_t)step;
}

/* Encodes what is to be written; ROTOR_OK and STORE_BEGIN still if there is nothing to do. */
static enum rotor_status store_begin(struct rotor_boot_recorder *r,
				     const struct rotor_boot_record *next)
{
	size_t len;
	r->same = r->valid != 0 && say_the_same(r, &r->record, next);
	if (r->same && r->agreed) {
		return ROTOR_OK;
	}
	r->other = *next;
	/* 0 is no sequence number. */
	r->other.sequence = r->record.sequence == UINT32_MAX ? 1 : r->record.sequence + 1;
	memset(r->image, 0xff, sizeof(r->image));
	enum rotor_status status =
	    rotor_boot_record_encode(&r->other, r->image, sizeof(r->image), &len);
	if (status == ROTOR_OK) {
		store_go(r, STORE_ERASE);
	}
	return status;
}

static enum rotor_status store_erase(struct rotor_boot_recorder *r, uint32_t base)
{
	enum rotor_status status = rotor_boot_flash_erase(r->flash, base + r->at);
	if (status == ROTOR_OK) {
		r->at += r->flash->geometry.sector;
		if (r->at >= rotor_boot_record_room(r->flash->geometry.unit)) {
			store_go(r, STORE_PROGRAM);
		}
	}
	return status;
}

/* Programs the @p len bytes of r->image to @p from, a page at most at a time, and not across a sector's end. */
static enum rotor_status store_program(struct rotor_boot_recorder *r, uint32_t from, uint32_t len,
				       enum store_step then)
{
	uint32_t sector = r->flash->geometry.sector;
	uint32_t n = len - r->at;
	uint32_t room = sector - (from + r->at) % sector;
	n = n < room ? n : room;
	n = n < ROTOR_BOOT_PAGE_MAX ? n : ROTOR_BOOT_PAGE_MAX;
	enum rotor_status status =
	    rotor_boot_flash_program(r->flash, from + r->at, r->image + r->at, n);
	if (status == ROTOR_OK) {
		r->at += n;
		if (r->at == len) {
			store_go(r, then);
		}
	}
	return status;
}

/* Only what reads back goes on. */
static enum rotor_status store_check(struct rotor_boot_recorder *r, uint32_t from, uint32_t len,
				     enum store_step then)
{
	enum rotor_status status = rotor_boot_flash_read(r->flash, from, r->check, len);
	if (status == ROTOR_OK && memcmp(r->image, r->check, len) != 0) {
		status = ROTOR_ERR_IO;
	}
	if (status == ROTOR_OK) {
		store_go(r, then);
	}
	return status;
}

static void store_end(struct rotor_boot_recorder *r, uint8_t copy)
{
	r->record = r->other;
	r->newest = copy;
	r->valid |= (uint8_t)(1u << copy);
	r->firm |= (uint8_t)(1u << copy);
	r->agreed = r->same && r->valid == 3 && r->firm == 3;
}

static enum rotor_status store_step(struct rotor_boot_recorder *r, uint8_t copy)
{
	uint32_t base = region_of(r, copy)->offset, unit = r->flash->geometry.unit;
	uint32_t seal = base + seal_at(unit, 0), seal_len = in_units(ROTOR_BOOT_SEAL_SIZE, unit);
	enum rotor_status status;
	switch (r->step) {
	case STORE_ERASE:
		r->valid &= (uint8_t) ~(1u << copy);
		r->firm &= r->valid;
		r->agreed = false;
		return store_erase(r, base);
	case STORE_PROGRAM:
		return store_program(r, base, in_units(ROTOR_BOOT_RECORD_SIZE, unit), STORE_CHECK);
	case STORE_CHECK:
		return store_check(r, base, ROTOR_BOOT_RECORD_SIZE, STORE_SEAL);
	case STORE_SEAL:
		return store_program(r, seal, seal_len, STORE_CHECK_SEAL);
	case STORE_CHECK_SEAL:
		return store_check(r, seal, ROTOR_BOOT_SEAL_SIZE, STORE_SECOND_SEAL);
	default:
		status = store_program(r, seal + seal_len, seal_len, STORE_BEGIN);
		if (status == ROTOR_OK && r->step == STORE_BEGIN) {
			store_end(r, copy);
		}
		return status;
	}
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
	while (status == ROTOR_OK && r->step != STORE_BEGIN) {
		status = store_step(r, copy);
	}
	if (status != ROTOR_OK && status != ROTOR_PENDING) {
		r->step = STORE_BEGIN;
	}
	return status;
}
