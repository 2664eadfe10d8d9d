/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts over a whole update: begin, bytes, verification, activation,
 * reboot, trial, confirmation, floor, next boot. Every operation of flash and
 * fuses is cut, torn at several places; after each the device boots a verified
 * image, the right one, and takes another update.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/boot_device.h"

static struct boot_device d;
static struct boot_image old_image, new_image, third_image;

/* How far the update had come, as the runtime could tell an agent. */
enum progress {
	BEFORE_ACTIVATION,
	ACTIVATED,
	CONFIRMED, /* the record says so, durably */
};

static void set_up(void)
{
	boot_device_init(&d, boot_quick_crypto(), 256, 16);
	boot_make_image(&d, &(struct image_wish){.seed = 1, .size = 300}, &old_image);
	boot_make_image(
	    &d, &(struct image_wish){.seed = 2, .size = 310, .minor = 1, .security_version = 2},
	    &new_image);
	boot_make_image(
	    &d, &(struct image_wish){.seed = 3, .size = 290, .minor = 2, .security_version = 3},
	    &third_image);
}

/* A device that has had an update before: slot B holds an older image. */
static void reset_device(void)
{
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &old_image);
	boot_put_image(&d, ROTOR_BOOT_SLOT_B, &third_image);
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_put_record(&d, &record);
	d.fuses.floor = 1;
	sim_power_on(&d.power);
}

/* Runs until the power goes, or to the end. */
static enum progress whole_update(void)
{
	enum progress progress = BEFORE_ACTIVATION;
	if (boot_device_boot(&d) != ROTOR_OK || boot_device_update(&d, &new_image) != ROTOR_OK) {
		return progress;
	}
	progress = ACTIVATED;
	if (boot_device_boot(&d) != ROTOR_OK) {
		return progress;
	}
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
	enum rotor_status status;
	SETTLE(status, rotor_boot_update_confirm(&d.update));
	if (status != ROTOR_OK) {
		return progress;
	}
	progress = CONFIRMED;
	SETTLE(status, rotor_boot_stage_confirmed(&d.stage));
	if (status == ROTOR_OK) {
		(void)boot_device_boot(&d);
	}
	return progress;
}

static bool runs(const struct boot_image *image)
{
	return d.ram.sealed && d.ram.image.size == image->len &&
	       memcmp(d.ram.bytes, image->bytes, image->len) == 0;
}

static void check_after(enum progress progress, uint32_t floor_before)
{
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	bool is_new = runs(&new_image);
	assert_true(is_new || runs(&old_image));
	assert_true(d.handoff.security_version >= d.fuses.floor);
	assert_true(d.fuses.floor >= floor_before);
	if (progress >= ACTIVATED) {
		assert_true(is_new);
	}
	if (progress == CONFIRMED) {
		assert_false(d.handoff.trial);
		assert_int_equal(d.fuses.floor, 2);
	} else if (!is_new) {
		assert_int_equal(d.fuses.floor, 1);
	}
	if (d.handoff.trial) {
		assert_int_equal(d.fuses.floor, 1);
		assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
	}
	/* an update started afterwards succeeds */
	assert_int_equal(boot_device_update(&d, &third_image), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_true(runs(&third_image));
	assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
	assert_int_equal(d.fuses.floor, 3);
}

static void one_cut_at_any_operation_of_an_update(void **state)
{
	(void)state;
	static const unsigned tears[] = {0, 1, 4, 7, SIM_TEAR_WHOLE};
	unsigned cuts = 0;
	set_up();
	reset_device();
	assert_int_equal(whole_update(), CONFIRMED);
	unsigned long operations = d.power.operations;
	for (unsigned long at = 1; at <= operations; at++) {
		for (size_t t = 0; t < ROTOR_COUNT_OF(tears); t++, cuts++) {
			reset_device();
			d.power.cut_at = at;
			d.power.tear = tears[t];
			enum progress progress = whole_update();
			assert_true(d.power.off);
			uint32_t floor = d.fuses.floor;
			sim_power_on(&d.power);
			check_after(progress, floor);
		}
	}
	print_message("%lu operations in an update, %u cuts\n", operations, cuts);
	boot_device_free(&d);
}

/* The boot that follows a cut is cut too, at each of its own operations. */
static void a_second_cut_in_the_boot_that_follows(void **state)
{
	(void)state;
	unsigned cuts = 0;
	set_up();
	reset_device();
	assert_int_equal(whole_update(), CONFIRMED);
	unsigned long operations = d.power.operations;
	for (unsigned long at = 1; at <= operations; at++) {
		for (unsigned long second = 1;; second++, cuts++) {
			reset_device();
			d.power.cut_at = at;
			d.power.tear = SIM_TEAR_WHOLE / 2;
			enum progress progress = whole_update();
			uint32_t floor = d.fuses.floor;
			sim_power_on(&d.power);
			d.power.cut_at = second;
			d.power.tear = SIM_TEAR_WHOLE / 2;
			(void)boot_device_boot(&d);
			bool was_cut = d.power.off;
			sim_power_on(&d.power);
			if (!was_cut) {
				break;
			}
			check_after(progress, floor);
		}
	}
	print_message("%u double cuts\n", cuts);
	boot_device_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_cut_at_any_operation_of_an_update),
	    cmocka_unit_test(a_second_cut_in_the_boot_that_follows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
