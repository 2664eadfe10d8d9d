/* SPDX-License-Identifier: Apache-2.0 */
/* The boot record: what is written is read; a torn write loses nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/boot_record.h"
#include "rotor/crypto.h"
#include "support/boot_device.h"

static struct rotor_boot_record sample(void)
{
	struct rotor_boot_record record = {.sequence = 7, .active = ROTOR_BOOT_SLOT_A};
	record.slot[0] = (struct rotor_boot_slot){
	    .state = ROTOR_BOOT_CONFIRMED, .image_size = 0x12345, .security_version = 3};
	record.slot[1] = (struct rotor_boot_slot){.state = ROTOR_BOOT_TRIAL,
						  .tries_left = 2,
						  .floor_held = true,
						  .image_size = 99,
						  .security_version = 4,
						  .version = "255.255.65535+4294967295"};
	memset(record.slot[1].digest, 0xd1, sizeof(record.slot[1].digest));
	return record;
}

static void assert_same(const struct rotor_boot_record *a, const struct rotor_boot_record *b)
{
	assert_int_equal(a->active, b->active);
	for (size_t i = 0; i < ROTOR_BOOT_SLOTS; i++) {
		assert_int_equal(a->slot[i].state, b->slot[i].state);
		assert_int_equal(a->slot[i].reason, b->slot[i].reason);
		assert_int_equal(a->slot[i].tries_left, b->slot[i].tries_left);
		assert_int_equal(a->slot[i].floor_held, b->slot[i].floor_held);
		assert_int_equal(a->slot[i].image_size, b->slot[i].image_size);
		assert_int_equal(a->slot[i].security_version, b->slot[i].security_version);
		assert_memory_equal(a->slot[i].digest, b->slot[i].digest, ROTOR_BOOT_DIGEST_SIZE);
		assert_string_equal(a->slot[i].version, b->slot[i].version);
	}
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	const struct rotor_boot_record record = sample();
	struct rotor_boot_record back;
	uint8_t bytes[ROTOR_BOOT_RECORD_SIZE + 8];
	size_t len;
	assert_int_equal(rotor_boot_record_encode(&record, bytes, sizeof(bytes), &len), ROTOR_OK);
	assert_int_equal(len, ROTOR_BOOT_RECORD_SIZE);
	assert_int_equal(rotor_boot_record_decode(bytes, sizeof(bytes), &back), ROTOR_OK);
	assert_int_equal(back.sequence, 7);
	assert_same(&record, &back);
	assert_int_equal(rotor_boot_record_encode(&record, bytes, len - 1, &len), ROTOR_ERR_SPACE);
}

static void any_bit_that_changed_is_found(void **state)
{
	(void)state;
	const struct rotor_boot_record record = sample();
	struct rotor_boot_record back;
	uint8_t bytes[ROTOR_BOOT_RECORD_SIZE];
	size_t len;
	assert_int_equal(rotor_boot_record_encode(&record, bytes, sizeof(bytes), &len), ROTOR_OK);
	for (size_t bit = 0; bit < len * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(rotor_boot_record_decode(bytes, len, &back), ROTOR_OK);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(rotor_boot_record_decode(bytes, cut, &back), ROTOR_ERR_LENGTH);
	}
}

/* A wrong field under a right check value, as a hostile writer of the flash would make it. */
static void nonsense_under_a_right_check_value_is_refused(void **state)
{
	(void)state;
	static const struct {
		size_t offset;
		uint8_t value;
		enum rotor_status status;
	} cases[] = {
	    {0, 'X', ROTOR_ERR_FORMAT},           /* magic */
	    {4, 1, ROTOR_ERR_UNSUPPORTED},        /* version */
	    {6, 1, ROTOR_ERR_UNSUPPORTED},        /* size */
	    {8, 0, ROTOR_ERR_FORMAT},             /* sequence 0 */
	    {12, 2, ROTOR_ERR_FORMAT},            /* active: recovery */
	    {13, 1, ROTOR_ERR_FORMAT},            /* reserved */
	    {16, 6, ROTOR_ERR_FORMAT},            /* no such state */
	    {16, 5, ROTOR_ERR_FORMAT},            /* bad, without a reason */
	    {17, 1, ROTOR_ERR_FORMAT},            /* a reason, but confirmed */
	    {17, 99, ROTOR_ERR_FORMAT},           /* no such reason */
	    {18, 1, ROTOR_ERR_FORMAT},            /* tries of a confirmed slot */
	    {19, 0x80, ROTOR_ERR_FORMAT},         /* reserved */
	    {16 + 60 + 5, 'x', ROTOR_ERR_FORMAT}, /* text after its end */
	    {16 + 87, 'x', ROTOR_ERR_FORMAT},     /* no end of text */
	};
	const struct rotor_boot_record record = sample();
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_boot_record back;
		uint8_t bytes[ROTOR_BOOT_RECORD_SIZE];
		size_t len;
		assert_int_equal(rotor_boot_record_encode(&record, bytes, sizeof(bytes), &len),
				 ROTOR_OK);
		bytes[cases[i].offset] = cases[i].value;
		struct rotor_writer w = rotor_writer(bytes + len - 4, 4);
		rotor_write_u32le(&w, rotor_crc32(0, bytes, len - 4));
		assert_int_equal(rotor_boot_record_decode(bytes, len, &back), cases[i].status);
	}
}

static void nonsense_is_not_written(void **state)
{
	(void)state;
	uint8_t bytes[ROTOR_BOOT_RECORD_SIZE];
	size_t len;
	struct rotor_boot_record record = sample();
	record.active = ROTOR_BOOT_SLOT_RECOVERY;
	assert_int_equal(rotor_boot_record_encode(&record, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
	record = sample();
	record.slot[0].state = ROTOR_BOOT_BAD;
	assert_int_equal(rotor_boot_record_encode(&record, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
	record = sample();
	record.slot[1] = (struct rotor_boot_slot){.state = ROTOR_BOOT_EMPTY, .floor_held = true};
	assert_int_equal(rotor_boot_record_encode(&record, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
	record = sample();
	memset(record.slot[0].version, 'v', sizeof(record.slot[0].version));
	assert_int_equal(rotor_boot_record_encode(&record, bytes, sizeof(bytes), &len),
			 ROTOR_ERR_ARGUMENT);
}

/* ---- in flash ---- */

struct record_flash {
	struct sim_power power;
	struct sim_flash flash;
	struct rotor_flash_layout layout;
	struct rotor_boot_recorder recorder;
};

static void make_flash(struct record_flash *f, uint32_t sector, uint32_t unit)
{
	memset(f, 0, sizeof(*f));
	assert_int_equal(rotor_flash_layout_make(sector, unit, sector, 0, &f->layout), ROTOR_OK);
	assert_true(sim_flash_init(&f->flash, &f->power, &f->layout.geometry));
	rotor_boot_recorder_init(&f->recorder, &f->flash.port, &f->layout);
}

static void free_flash(struct record_flash *f)
{
	if (f->power.faults) {
		fail_msg("%s", f->power.fault);
	}
	sim_flash_free(&f->flash);
}

static enum rotor_status load(struct record_flash *f)
{
	enum rotor_status status;
	SETTLE(status, rotor_boot_recorder_load(&f->recorder));
	return status;
}

static enum rotor_status store(struct record_flash *f, const struct rotor_boot_record *next)
{
	enum rotor_status status;
	SETTLE(status, rotor_boot_recorder_store(&f->recorder, next));
	return status;
}

static void an_empty_flash_has_no_record_and_takes_one(void **state)
{
	(void)state;
	struct record_flash f;
	struct rotor_boot_record record = sample();
	make_flash(&f, 256, 4);
	assert_int_equal(store(&f, &record), ROTOR_ERR_STATE);
	assert_int_equal(load(&f), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(f.recorder.record.active, ROTOR_BOOT_SLOT_NONE);
	rotor_boot_record_first(&record, 3);
	assert_int_equal(store(&f, &record), ROTOR_OK);
	assert_int_equal(f.recorder.record.sequence, 1);
	assert_int_equal(load(&f), ROTOR_OK);
	assert_same(&f.recorder.record, &record);
	free_flash(&f);
}

static void copies_take_turns_and_the_newer_one_counts(void **state)
{
	(void)state;
	struct record_flash f;
	struct rotor_boot_record record = sample();
	make_flash(&f, 4096, 256);
	f.flash.pending = 2;
	assert_int_equal(load(&f), ROTOR_ERR_NOT_FOUND);
	for (uint32_t i = 1; i < 8; i++) {
		record.slot[0].image_size = i;
		/* once into the older copy, once more into the other one, and then not again */
		for (uint32_t n = 0; n < 3; n++) {
			uint32_t writes = 2 * i - (n == 0 ? 1 : 0);
			assert_int_equal(store(&f, &record), ROTOR_OK);
			assert_int_equal(f.flash.erases, writes);
			assert_int_equal(load(&f), ROTOR_OK);
			assert_int_equal(f.recorder.record.sequence, writes);
			assert_int_equal(f.recorder.newest, (writes - 1) % 2);
			assert_same(&f.recorder.record, &record);
		}
	}
	free_flash(&f);
}

/* What a cut leaves of the seals, and which copy is then the truth. Copy A was written before copy B. */
static void a_copy_that_is_not_sealed_to_the_end_gives_way(void **state)
{
	(void)state;
	enum { BLANK = 0xff, TORN = 0x0f, SEALED = 0 };
	static const struct {
		uint8_t seals_of_a[2], seals_of_b[2];
		enum rotor_status status;
		uint8_t newest;
	} cases[] = {
	    {{SEALED, SEALED}, {SEALED, SEALED}, ROTOR_OK, 1},
	    {{SEALED, SEALED}, {SEALED, TORN}, ROTOR_OK, 1},
	    {{SEALED, SEALED}, {SEALED, BLANK}, ROTOR_OK, 0},
	    {{SEALED, SEALED}, {TORN, BLANK}, ROTOR_OK, 0},
	    {{SEALED, SEALED}, {BLANK, BLANK}, ROTOR_OK, 0},
	    {{SEALED, SEALED}, {BLANK, SEALED}, ROTOR_OK, 0},
	    {{SEALED, BLANK}, {SEALED, TORN}, ROTOR_OK, 1},
	    {{SEALED, BLANK}, {SEALED, BLANK}, ROTOR_OK, 0},
	    {{SEALED, BLANK}, {TORN, BLANK}, ROTOR_OK, 0},
	    {{TORN, BLANK}, {SEALED, BLANK}, ROTOR_OK, 1},
	    {{TORN, BLANK}, {BLANK, BLANK}, ROTOR_ERR_NOT_FOUND, 0},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct record_flash f;
		struct rotor_boot_record record = sample();
		make_flash(&f, 256, 4);
		assert_int_equal(load(&f), ROTOR_ERR_NOT_FOUND);
		assert_int_equal(store(&f, &record), ROTOR_OK);
		assert_int_equal(store(&f, &record), ROTOR_OK);
		for (unsigned seal = 0; seal < 2; seal++) {
			uint32_t at = ROTOR_BOOT_RECORD_SIZE + seal * ROTOR_BOOT_SEAL_SIZE;
			memset(f.flash.bytes + f.layout.region[ROTOR_REGION_RECORD_A].offset + at,
			       cases[i].seals_of_a[seal], ROTOR_BOOT_SEAL_SIZE);
			memset(f.flash.bytes + f.layout.region[ROTOR_REGION_RECORD_B].offset + at,
			       cases[i].seals_of_b[seal], ROTOR_BOOT_SEAL_SIZE);
		}
		assert_int_equal(load(&f), cases[i].status);
		assert_int_equal(f.recorder.newest, cases[i].newest);
		/* whatever it was, the next change is written */
		record.slot[0].image_size++;
		assert_int_equal(store(&f, &record), ROTOR_OK);
		assert_int_equal(load(&f), ROTOR_OK);
		assert_same(&f.recorder.record, &record);
		free_flash(&f);
	}
}

static void one_copy_that_rotted_leaves_the_other(void **state)
{
	(void)state;
	struct record_flash f;
	struct rotor_boot_record old = sample(), newer = sample();
	make_flash(&f, 256, 1);
	assert_int_equal(load(&f), ROTOR_ERR_NOT_FOUND);
	newer.slot[0].image_size = 5;
	assert_int_equal(store(&f, &old), ROTOR_OK);
	assert_int_equal(store(&f, &newer), ROTOR_OK);
	uint8_t *second = f.flash.bytes + f.layout.region[ROTOR_REGION_RECORD_B].offset;
	second[20] ^= 1;
	assert_int_equal(load(&f), ROTOR_OK);
	assert_same(&f.recorder.record, &old);
	second[20] ^= 1;
	f.flash.bytes[f.layout.region[ROTOR_REGION_RECORD_A].offset + 30] ^= 1;
	assert_int_equal(load(&f), ROTOR_OK);
	assert_same(&f.recorder.record, &newer);
	/* what is stored next replaces the copy that is lost, not the good one */
	old.slot[0].image_size = 6;
	assert_int_equal(store(&f, &old), ROTOR_OK);
	second[20] ^= 1;
	assert_int_equal(load(&f), ROTOR_OK);
	assert_same(&f.recorder.record, &old);
	free_flash(&f);
}

/* Every operation of a store, torn at every eighth: afterwards the record is the old or the new one. */
static void a_cut_leaves_the_old_record_or_the_new_one(void **state)
{
	(void)state;
	static const uint32_t geometries[][2] = {{256, 4}, {64, 16}, {4096, 256}, {128, 1}};
	for (size_t g = 0; g < ROTOR_COUNT_OF(geometries); g++) {
		unsigned cuts = 0;
		for (unsigned long at = 1;; at++) {
			bool done = false;
			for (unsigned tear = 0; tear <= SIM_TEAR_WHOLE && !done; tear++, cuts++) {
				struct record_flash f;
				struct rotor_boot_record old = sample(), next = sample();
				make_flash(&f, geometries[g][0], geometries[g][1]);
				assert_int_equal(load(&f), ROTOR_ERR_NOT_FOUND);
				assert_int_equal(store(&f, &old), ROTOR_OK);
				next.slot[1].state = ROTOR_BOOT_CONFIRMED;
				next.slot[1].tries_left = 0;
				sim_power_on(&f.power);
				f.power.cut_at = at;
				f.power.tear = tear;
				enum rotor_status status = store(&f, &next);
				done = !f.power.off;
				assert_int_equal(status, done ? ROTOR_OK : ROTOR_ERR_IO);
				sim_power_on(&f.power);
				assert_int_equal(load(&f), ROTOR_OK);
				bool is_new =
				    f.recorder.record.slot[1].state == ROTOR_BOOT_CONFIRMED;
				assert_true(is_new || !done);
				assert_same(&f.recorder.record, is_new ? &next : &old);
				/* and the next change succeeds */
				next.slot[0].image_size = 1;
				assert_int_equal(store(&f, &next), ROTOR_OK);
				assert_int_equal(load(&f), ROTOR_OK);
				assert_same(&f.recorder.record, &next);
				free_flash(&f);
			}
			if (done) {
				break;
			}
		}
		assert_true(cuts > 2 * SIM_TEAR_WHOLE);
	}
}

static void a_write_that_fails_keeps_the_newest_copy(void **state)
{
	(void)state;
	struct record_flash f;
	struct rotor_boot_record old = sample(), next = sample();
	make_flash(&f, 256, 4);
	assert_int_equal(load(&f), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(store(&f, &old), ROTOR_OK);
	next.slot[0].image_size = 77;
	f.flash.fail_from = f.layout.region[ROTOR_REGION_RECORD_B].offset;
	f.flash.fail_to = f.flash.fail_from + 256;
	assert_int_equal(store(&f, &next), ROTOR_ERR_IO);
	assert_same(&f.recorder.record, &old);
	assert_int_equal(store(&f, &next), ROTOR_ERR_IO);
	f.flash.fail_to = 0;
	assert_int_equal(store(&f, &next), ROTOR_OK);
	assert_int_equal(load(&f), ROTOR_OK);
	assert_same(&f.recorder.record, &next);
	free_flash(&f);
}

static void names_are_there_for_every_value(void **state)
{
	(void)state;
	for (int i = 0; i < ROTOR_BOOT_STATE_COUNT; i++) {
		assert_string_not_equal(rotor_boot_state_name((enum rotor_boot_state)i), "unknown");
	}
	for (int i = 0; i < ROTOR_BOOT_REASON_COUNT; i++) {
		assert_string_not_equal(rotor_boot_reason_name((enum rotor_boot_reason)i),
					"unknown");
	}
	for (int i = 0; i < ROTOR_BOOT_EVENT_COUNT; i++) {
		assert_string_not_equal(rotor_boot_event_name((enum rotor_boot_event)i), "unknown");
	}
	assert_string_equal(rotor_boot_state_name((enum rotor_boot_state)99), "unknown");
	assert_string_equal(rotor_boot_slot_name(ROTOR_BOOT_SLOT_RECOVERY), "recovery");
	assert_string_equal(rotor_boot_slot_name(ROTOR_BOOT_SLOT_NONE), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(any_bit_that_changed_is_found),
	    cmocka_unit_test(nonsense_under_a_right_check_value_is_refused),
	    cmocka_unit_test(nonsense_is_not_written),
	    cmocka_unit_test(an_empty_flash_has_no_record_and_takes_one),
	    cmocka_unit_test(copies_take_turns_and_the_newer_one_counts),
	    cmocka_unit_test(a_copy_that_is_not_sealed_to_the_end_gives_way),
	    cmocka_unit_test(one_copy_that_rotted_leaves_the_other),
	    cmocka_unit_test(a_cut_leaves_the_old_record_or_the_new_one),
	    cmocka_unit_test(a_write_that_fails_keeps_the_newest_copy),
	    cmocka_unit_test(names_are_there_for_every_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
