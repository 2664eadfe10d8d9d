/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports that fail at the wrong moment: what they must not open, and what they must not end. What was trusted before must
 * not come back because something could not be read or written, and one bad place is no reason to start nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/boot_device.h"

static struct boot_device d;
static struct boot_image firmware;
static const char *const new_anchor = "the new anchor";

static void set_up(void)
{
	boot_device_init(&d, boot_quick_crypto(), 256, 16);
	boot_device_second_key(&d);
	boot_make_image(&d, &(struct image_wish){.seed = 1, .next_key = true}, &firmware);
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &firmware);
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
}

/* Settings of version 1.@p minor, signed by the second key; they revoke the first one if @p revoke. */
static void make_settings(uint8_t minor, bool revoke, struct boot_image *out)
{
	uint8_t body[512];
	size_t len;
	struct rotor_boot_settings settings = {
	    .anchor = {{(const uint8_t *)new_anchor, strlen(new_anchor)}}, .anchor_count = 1};
	if (revoke) {
		settings.revoked[settings.revoked_count++] =
		    (struct rotor_bytes){d.fuses.key_hash[0], ROTOR_BOOT_DIGEST_SIZE};
	}
	assert_int_equal(rotor_boot_settings_encode(&settings, body, sizeof(body), &len), ROTOR_OK);
	boot_make_image(&d,
			&(struct image_wish){.minor = minor,
					     .next_key = true,
					     .kind = ROTOR_IMAGE_SETTINGS,
					     .body = body,
					     .size = (uint32_t)len},
			out);
}

static void update_settings(const struct boot_image *settings)
{
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, settings), ROTOR_OK);
}

static void assert_runs_with(enum rotor_boot_anchors_source source)
{
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
	assert_int_equal(d.handoff.anchors_source, source);
}

/* ---- the record ---- */

static void the_factory_s_anchors_do_not_come_back_with_a_record_that_cannot_be_written(void **state)
{
	(void)state;
	struct boot_image settings;
	set_up();
	make_settings(1, false, &settings);
	update_settings(&settings);
	d.flash.fail_from = d.layout.region[ROTOR_REGION_RECORD_A].offset;
	d.flash.fail_to = d.layout.region[ROTOR_REGION_SLOT_A].offset;
	for (unsigned boots = 0; boots < 2; boots++) {
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_true(
		    boot_device_said(&d, ROTOR_BOOT_EVENT_RECORD_FAILED, ROTOR_BOOT_SLOT_B));
		assert_runs_with(ROTOR_BOOT_ANCHORS_SETTINGS);
	}
	boot_device_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_factory_s_anchors_do_not_come_back_with_a_record_that_cannot_be_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
