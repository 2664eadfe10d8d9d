/* SPDX-License-Identifier: Apache-2.0 */
/* What an onlooker may expect of the next boot. */
#include "sim/story.h"

#include <string.h>

/* What the record says of the slot with an image. */
enum fact {
	FACT_NOTHING, /* that it may not be started, or nothing */
	FACT_PENDING,
	FACT_TRIAL, /* with starts left */
	FACT_SPENT, /* on trial, and its starts are used up */
	FACT_CONFIRMED,
};

/* How far the writing of a copy has come. */
enum copy {
	COPY_BROKEN,
	COPY_SEALED, /* once: whoever wrote it was not told that it is done */
	COPY_FIRM,
};

static bool reads(const struct sim_flash *flash, uint32_t offset, bool new_way, uint8_t value)
{
	uint8_t bytes[ROTOR_BOOT_SEAL_SIZE];
	bool all = true;
	sim_flash_peek(flash, offset, bytes, sizeof(bytes), new_way);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		all &= bytes[i] == value;
	}
	return all;
}

static uint32_t in_units(uint32_t size, uint32_t unit)
{
	return (size + unit - 1) / unit * unit;
}

/* One copy of the record, read by docs/boot.md and not by the code under test. */
static enum copy read_copy(const struct sim_world *w, const struct sim_flash *flash,
			   enum rotor_flash_region_id region, bool new_way,
			   struct rotor_boot_record *record)
{
	uint8_t bytes[ROTOR_BOOT_RECORD_SIZE];
	uint32_t unit = w->layout.geometry.unit, at = w->layout.region[region].offset;
	uint32_t seal = at + in_units(sizeof(bytes), unit);
	if (!reads(flash, seal, new_way, 0)) {
		return COPY_BROKEN;
	}
	sim_flash_peek(flash, at, bytes, sizeof(bytes), new_way);
	struct rotor_reader r = rotor_reader(bytes + sizeof(bytes) - 4, 4);
	if (rotor_read_u32le(&r) != rotor_crc32(0, bytes, sizeof(bytes) - 4) ||
	    rotor_boot_record_decode(bytes, sizeof(bytes), record) != ROTOR_OK) {
		return COPY_BROKEN;
	}
	bool begun = !reads(flash, seal + in_units(ROTOR_BOOT_SEAL_SIZE, unit), new_way, 0xff);
	return begun ? COPY_FIRM : COPY_SEALED;
}

bool sim_read_record(const struct sim_world *w, const struct sim_flash *flash, bool new_way,
		     struct rotor_boot_record *record)
{
	struct rotor_boot_record b;
	enum copy of_a = read_copy(w, flash, ROTOR_REGION_RECORD_A, new_way, record);
	enum copy of_b = read_copy(w, flash, ROTOR_REGION_RECORD_B, new_way, &b);
	bool take_b = of_b > of_a;
	if (of_a == of_b && of_a != COPY_BROKEN) {
		bool b_newer = (int32_t)(b.sequence - record->sequence) > 0;
		take_b = b_newer == (of_a == COPY_FIRM);
	}
	if (take_b) {
		*record = b;
	}
	return of_a != COPY_BROKEN || of_b != COPY_BROKEN;
}

static enum fact fact_of(const struct rotor_boot_slot *slot)
{
	switch (slot->state) {
	case ROTOR_BOOT_PENDING:
		return FACT_PENDING;
	case ROTOR_BOOT_TRIAL:
		return slot->tries_left > 0 ? FACT_TRIAL : FACT_SPENT;
	case ROTOR_BOOT_CONFIRMED:
		return FACT_CONFIRMED;
	default:
		return FACT_NOTHING;
	}
}

static enum fact fact_about(const struct sim_world *w, const struct sim_flash *flash,
			    unsigned image, bool new_way)
{
	struct rotor_boot_record record;
	enum fact fact = FACT_NOTHING;
	if (image >= SIM_IMAGES || !sim_read_record(w, flash, new_way, &record)) {
		return fact;
	}
	for (unsigned i = 0; i < ROTOR_BOOT_SLOTS && fact == FACT_NOTHING; i++) {
		const struct rotor_boot_slot *slot = &record.slot[i];
		if (memcmp(slot->digest, w->image[image].digest, sizeof(slot->digest)) == 0) {
			fact = fact_of(slot);
		}
	}
	return fact;
}

/* Bit 0: the current image may run; bit 1: the candidate. */
static unsigned expected(enum sim_stage stage, enum fact fact)
{
	switch (stage) {
	case SIM_ASKED:
		return fact == FACT_PENDING ? 3 : 1;
	case SIM_ACKED:
	case SIM_MUST:
		return 2;
	case SIM_TRYING:
		return fact == FACT_NOTHING || fact == FACT_SPENT ? 1 : 2;
	case SIM_UNSURE:
		return fact == FACT_CONFIRMED ? 2 : 3;
	default:
		return 1;
	}
}

/* Whether the record can be read in two ways. */
static bool in_doubt(const struct sim_world *w, const struct sim_flash *flash)
{
	uint32_t sector = w->layout.geometry.sector;
	const struct rotor_flash_region *a = &w->layout.region[ROTOR_REGION_RECORD_A];
	const struct rotor_flash_region *b = &w->layout.region[ROTOR_REGION_RECORD_B];
	bool doubt = false;
	for (uint32_t at = 0; at < a->size; at += sector) {
		doubt |= flash->pattern[(a->offset + at) / sector] != 0 ||
			 flash->pattern[(b->offset + at) / sector] != 0;
	}
	return doubt;
}

static unsigned either_way(const struct sim_belief *b, const struct sim_world *w,
			   const struct sim_flash *flash)
{
	unsigned may = 0;
	/* Where one image only can be meant, the record is not asked. */
	if (b->candidate == SIM_NO_IMAGE || b->stage == SIM_SETTLED) {
		return 1;
	}
	for (int new_way = 0; new_way <= in_doubt(w, flash); new_way++) {
		enum fact fact = fact_about(w, flash, b->candidate, new_way != 0);
		may |= expected((enum sim_stage)b->stage, fact);
	}
	return may;
}

unsigned sim_belief_allows(const struct sim_belief *b, const struct sim_world *w,
			   const struct sim_flash *flash)
{
	unsigned may = either_way(b, w, flash);
	unsigned images = 0;
	if (may & 1) {
		images |= 1u << b->current;
	}
	if (may & 2) {
		images |= 1u << b->candidate;
	}
	return images;
}

struct sim_belief sim_belief_after_cut(const struct sim_belief *b, const struct sim_world *w,
				       const struct sim_flash *flash)
{
	struct sim_belief after = *b;
	unsigned may = either_way(b, w, flash);
	after.stage = may == 1 ? SIM_SETTLED : may == 2 ? SIM_MUST : SIM_UNSURE;
	if (may == 1) {
		after.candidate = SIM_NO_IMAGE;
	}
	return after;
}

bool sim_surely_confirmed(const struct sim_world *w, unsigned image)
{
	return fact_about(w, &w->flash, image, false) == FACT_CONFIRMED &&
	       fact_about(w, &w->flash, image, true) == FACT_CONFIRMED;
}
