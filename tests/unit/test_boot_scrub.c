/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime that looks after what does not run: the other slot and the recovery image. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/boot_device.h"
#include "support/pending_crypto.h"

static struct boot_device d;
static struct boot_image old_image, new_image, recovery;

/* Slot B runs, confirmed; slot A holds what ran before; there is a recovery image. */
static void set_up(const struct rotor_crypto *crypto)
{
	boot_device_init(&d, crypto, 256, 16);
	boot_make_image(&d, &(struct image_wish){.seed = 1}, &old_image);
	boot_make_image(&d, &(struct image_wish){.seed = 2, .minor = 1}, &new_image);
	boot_make_image(&d,
			&(struct image_wish){.seed = 3, .minor = 7, .kind = ROTOR_IMAGE_RECOVERY},
			&recovery);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &old_image);
	boot_put_image(&d, ROTOR_BOOT_SLOT_B, &new_image);
	boot_put_image(&d, ROTOR_BOOT_SLOT_RECOVERY, &recovery);
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_B);
	record.slot[0].state = ROTOR_BOOT_CONFIRMED;
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
}

static void scrub(void)
{
	enum rotor_status status;
	SETTLE(status, rotor_boot_update_scrub(&d.update));
	assert_int_equal(status, ROTOR_OK);
}

static uint8_t *at(enum rotor_boot_slot_id slot)
{
	return d.flash.bytes + rotor_flash_slot_region(&d.layout, slot)->offset;
}

static struct rotor_boot_record record_now(void)
{
	struct rotor_boot_record record;
	boot_get_record(&d, &record);
	return record;
}

static void what_is_sound_is_left_alone(void **state)
{
	(void)state;
	for (unsigned pending = 0; pending < 2; pending++) {
		const struct rotor_crypto *crypto = boot_quick_crypto();
		set_up(pending ? pending_crypto(crypto, 1) : crypto);
		boot_device_pending(&d, pending);
		unsigned programs = d.flash.programs;
		scrub();
		assert_int_equal(d.update.other_health, ROTOR_BOOT_HEALTH_SOUND);
		assert_int_equal(d.update.recovery_health, ROTOR_BOOT_HEALTH_SOUND);
		assert_int_equal(d.update.recovery_version.minor, 7);
		assert_int_equal(d.flash.programs, programs);
		boot_device_free(&d);
	}
}

static void a_damaged_slot_is_marked_with_its_reason(void **state)
{
	(void)state;
	static const struct {
		uint32_t offset;
		enum rotor_boot_reason reason;
	} cases[] = {
	    {0, ROTOR_BOOT_REASON_FORMAT},
	    {200, ROTOR_BOOT_REASON_DIGEST},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		set_up(boot_quick_crypto());
		at(ROTOR_BOOT_SLOT_A)[cases[i].offset] ^= 1;
		boot_device_pending(&d, 1);
		scrub();
		assert_int_equal(d.update.other_health, ROTOR_BOOT_HEALTH_DAMAGED);
		assert_int_equal(d.update.recovery_health, ROTOR_BOOT_HEALTH_SOUND);
		struct rotor_boot_record record = record_now();
		assert_int_equal(record.slot[0].state, ROTOR_BOOT_BAD);
		assert_int_equal(record.slot[0].reason, cases[i].reason);
		assert_int_equal(record.slot[1].state, ROTOR_BOOT_CONFIRMED);
		assert_int_equal(record.active, ROTOR_BOOT_SLOT_B);
		/* seen once; the next round finds nothing new and writes nothing */
		unsigned programs = d.flash.programs;
		scrub();
		assert_int_equal(d.flash.programs, programs);
		assert_int_equal(d.update.other_health, ROTOR_BOOT_HEALTH_DAMAGED);
		boot_device_free(&d);
	}
}

static void a_damaged_recovery_image_is_noticed_and_an_absent_one_is_no_damage(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	at(ROTOR_BOOT_SLOT_RECOVERY)[300] ^= 4;
	scrub();
	assert_int_equal(d.update.recovery_health, ROTOR_BOOT_HEALTH_DAMAGED);
	at(ROTOR_BOOT_SLOT_RECOVERY)[0] ^= 4;
	scrub();
	assert_int_equal(d.update.recovery_health, ROTOR_BOOT_HEALTH_DAMAGED);
	memset(at(ROTOR_BOOT_SLOT_RECOVERY), 0xff, 4096);
	scrub();
	assert_int_equal(d.update.recovery_health, ROTOR_BOOT_HEALTH_ABSENT);
	boot_device_free(&d);
}

static void a_slot_that_holds_nothing_to_go_back_to_is_not_looked_at(void **state)
{
	(void)state;
	static const enum rotor_boot_state states[] = {ROTOR_BOOT_EMPTY, ROTOR_BOOT_RECEIVING,
						       ROTOR_BOOT_BAD};
	for (size_t i = 0; i < ROTOR_COUNT_OF(states); i++) {
		set_up(boot_quick_crypto());
		struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_B);
		record.slot[0].state = states[i];
		record.slot[0].reason =
		    states[i] == ROTOR_BOOT_BAD ? ROTOR_BOOT_REASON_FORMAT : ROTOR_BOOT_REASON_NONE;
		boot_put_record(&d, &record);
		memset(at(ROTOR_BOOT_SLOT_A), 0, 100);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		scrub();
		assert_int_equal(d.update.other_health, states[i] == ROTOR_BOOT_BAD
							    ? ROTOR_BOOT_HEALTH_DAMAGED
							    : ROTOR_BOOT_HEALTH_ABSENT);
		assert_int_equal(record_now().slot[0].state, states[i]);
		boot_device_free(&d);
	}
}

static void what_the_floor_has_left_behind_is_no_damage(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	d.handoff.security_floor = 2;
	scrub();
	assert_int_equal(d.update.other_health, ROTOR_BOOT_HEALTH_ABSENT);
	assert_int_equal(d.update.recovery_health, ROTOR_BOOT_HEALTH_SOUND);
	assert_int_equal(record_now().slot[0].state, ROTOR_BOOT_CONFIRMED);
	boot_device_free(&d);
}

static void flash_that_cannot_be_read_is_no_verdict(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	assert_int_equal(rotor_boot_update_scrub(&d.update), ROTOR_PENDING);
	d.power.off = true;
	scrub();
	d.power.off = false;
	assert_int_equal(d.update.other_health, ROTOR_BOOT_HEALTH_UNKNOWN);
	assert_int_equal(d.update.recovery_health, ROTOR_BOOT_HEALTH_UNKNOWN);
	assert_int_equal(record_now().slot[0].state, ROTOR_BOOT_CONFIRMED);
	boot_device_free(&d);
}

/* An update, or its abort, ends a scrub at any of its calls, and nothing of it is left. */
static void an_update_ends_it_at_any_call(void **state)
{
	(void)state;
	const struct rotor_crypto *slow = pending_crypto(boot_quick_crypto(), 1);
	bool whole = false;
	for (unsigned calls = 1; !whole; calls++) {
		for (unsigned how = 0; how < 3; how++) {
			enum rotor_status status = ROTOR_PENDING;
			set_up(slow);
			at(ROTOR_BOOT_SLOT_A)[200] ^= 1;
			boot_device_pending(&d, 1);
			for (unsigned i = 0; i < calls && status == ROTOR_PENDING; i++) {
				status = rotor_boot_update_scrub(&d.update);
			}
			whole = status == ROTOR_OK;
			if (how == 0) {
				assert_int_equal(boot_device_update(&d, &old_image), ROTOR_OK);
				assert_int_equal(rotor_boot_update_scrub(&d.update),
						 ROTOR_ERR_STATE);
				assert_int_equal(record_now().slot[0].state, ROTOR_BOOT_PENDING);
			} else if (how == 1) {
				SETTLE(status, rotor_boot_update_abort(&d.update));
				assert_int_equal(status, ROTOR_OK);
				assert_int_not_equal(record_now().slot[0].state, ROTOR_BOOT_EMPTY);
			} else {
				SETTLE(status, rotor_boot_update_release_floor(&d.update));
				assert_int_equal(status, ROTOR_OK);
				scrub();
				assert_int_equal(record_now().slot[0].state, ROTOR_BOOT_BAD);
			}
			boot_device_free(&d);
		}
	}
}

static void the_recovery_image_itself_has_nothing_to_look_at(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	memset(at(ROTOR_BOOT_SLOT_A), 0, 64);
	memset(at(ROTOR_BOOT_SLOT_B), 0, 64);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_RECOVERY);
	scrub();
	assert_int_equal(d.update.other_health, ROTOR_BOOT_HEALTH_DAMAGED);
	assert_int_equal(d.update.recovery_health, ROTOR_BOOT_HEALTH_SOUND);
	assert_int_equal(d.update.recovery_version.minor, 7);
	boot_device_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_sound_is_left_alone),
	    cmocka_unit_test(a_damaged_slot_is_marked_with_its_reason),
	    cmocka_unit_test(a_damaged_recovery_image_is_noticed_and_an_absent_one_is_no_damage),
	    cmocka_unit_test(a_slot_that_holds_nothing_to_go_back_to_is_not_looked_at),
	    cmocka_unit_test(what_the_floor_has_left_behind_is_no_damage),
	    cmocka_unit_test(flash_that_cannot_be_read_is_no_verdict),
	    cmocka_unit_test(an_update_ends_it_at_any_call),
	    cmocka_unit_test(the_recovery_image_itself_has_nothing_to_look_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
