/* SPDX-License-Identifier: Apache-2.0 */
/* What a runtime that has been taken over can do to the next start, and what it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/boot_store.h"
#include "support/boot_device.h"

static struct boot_device d;
static struct boot_image running, newer;

static void set_up(void)
{
	const struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_device_init(&d, boot_quick_crypto(), 512, 16);
	boot_make_image(&d, &(struct image_wish){.minor = 1, .security_version = 2}, &running);
	boot_make_image(&d, &(struct image_wish){.minor = 2, .security_version = 3, .seed = 9},
			&newer);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &running);
	boot_put_record(&d, &record);
}

static void it_may_write_slots_and_records_and_nothing_else(void **state)
{
	(void)state;
	set_up();
	const struct rotor_flash_layout *layout = &d.layout;
	for (size_t i = 0; i < ROTOR_REGION_COUNT; i++) {
		const struct rotor_flash_region *r = &layout->region[i];
		bool open = i == ROTOR_REGION_RECORD_A || i == ROTOR_REGION_RECORD_B ||
			    i == ROTOR_REGION_SLOT_A || i == ROTOR_REGION_SLOT_B;
		assert_int_equal(rotor_flash_runtime_may_write(layout, r->offset, r->size), open);
		assert_int_equal(rotor_flash_runtime_may_write(layout, r->offset + r->size - 1, 1),
				 open);
		/* A region's neighbour is another region, or nothing. */
		assert_false(rotor_flash_runtime_may_write(layout, r->offset, r->size + 1));
		assert_false(rotor_flash_runtime_may_write(layout, r->offset + 1, UINT32_MAX));
	}
	assert_false(rotor_flash_runtime_may_write(layout, layout->geometry.size, 1));
	assert_false(rotor_flash_runtime_may_write(layout, UINT32_MAX, UINT32_MAX));
	boot_device_free(&d);
}

/* The record as the runtime wants it, with a right check value and any sequence numbers. */
static void forge_record(const struct rotor_boot_record *record, uint32_t first, uint32_t second)
{
	const uint32_t sequence[2] = {first, second};
	struct rotor_boot_record copy = *record;
	for (unsigned i = 0; i < 2; i++) {
		copy.sequence = sequence[i];
		boot_put_copy(&d, i, &copy);
	}
}

static void no_record_that_it_leaves_is_the_last_one(void **state)
{
	(void)state;
	static const uint32_t sequences[][2] = {
	    {UINT32_MAX, UINT32_MAX},     {UINT32_MAX - 1, UINT32_MAX}, {UINT32_MAX, 1},
	    {UINT32_MAX / 2, UINT32_MAX}, {1, UINT32_C(0x80000001)},    {UINT32_C(0x80000001), 1},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(sequences); i++) {
		const struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
		set_up();
		forge_record(&record, sequences[i][0], sequences[i][1]);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(boot_device_update(&d, &newer), ROTOR_OK);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
		assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
		boot_device_free(&d);
	}
}

/* A record that calls what it likes confirmed decides which genuine image starts, and nothing else. */
static void its_record_starts_no_image_that_is_not_genuine(void **state)
{
	(void)state;
	static const struct {
		struct image_wish wish;
		enum rotor_boot_reason reason;
	} cases[] = {
	    {{.minor = 2, .security_version = 3, .stranger = true}, ROTOR_BOOT_REASON_UNTRUSTED},
	    {{.minor = 2, .security_version = 3, .other_class = true}, ROTOR_BOOT_REASON_PRODUCT},
	    {{.minor = 2, .security_version = 1}, ROTOR_BOOT_REASON_FLOOR},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_B);
		struct boot_image image;
		set_up();
		d.fuses.floor = 2;
		boot_make_image(&d, &cases[i].wish, &image);
		boot_put_image(&d, ROTOR_BOOT_SLOT_B, &image);
		record.slot[ROTOR_BOOT_SLOT_A].state = ROTOR_BOOT_CONFIRMED;
		memcpy(record.slot[ROTOR_BOOT_SLOT_B].digest, image.digest, sizeof(image.digest));
		forge_record(&record, 5, 6);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
		assert_int_equal(d.fuses.floor, 2);
		boot_get_record(&d, &record);
		assert_int_equal(record.slot[ROTOR_BOOT_SLOT_B].reason, cases[i].reason);
		boot_device_free(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_may_write_slots_and_records_and_nothing_else),
	    cmocka_unit_test(no_record_that_it_leaves_is_the_last_one),
	    cmocka_unit_test(its_record_starts_no_image_that_is_not_genuine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
