/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody can do who writes the flash while the device is off, and how it shows; also what is not prevented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/boot_device.h"

static struct boot_device d;
static struct rotor_boot_handoff before;
static const char *const anchor_text[] = {"an anchor of old", "the anchor in force"};

static void set_up(void)
{
	struct boot_image firmware;
	const struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_device_init(&d, boot_quick_crypto(), 256, 16);
	boot_make_image(&d, &(struct image_wish){.seed = 1}, &firmware);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &firmware);
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	before = d.handoff;
}

static void make_settings(uint8_t minor, struct boot_image *out)
{
	uint8_t body[512];
	size_t len;
	const char *anchor = anchor_text[minor];
	const struct rotor_boot_settings settings = {
	    .anchor = {{(const uint8_t *)anchor, strlen(anchor)}}, .anchor_count = 1};
	assert_int_equal(rotor_boot_settings_encode(&settings, body, sizeof(body), &len), ROTOR_OK);
	const struct image_wish wish = {
	    .kind = ROTOR_IMAGE_SETTINGS, .minor = minor, .body = body, .size = (uint32_t)len};
	boot_make_image(&d, &wish, out);
}

static void erase_settings(void)
{
	sim_flash_put(&d.flash, &d.layout.region[ROTOR_REGION_SETTINGS], NULL, 0);
}

/* Whether two boots measured the same under this index. */
static bool same(uint8_t index)
{
	const struct rotor_measurement *a = rotor_measurement_find(&before.measurements, index);
	const struct rotor_measurement *b = rotor_measurement_find(&d.handoff.measurements, index);
	assert_non_null(a);
	assert_non_null(b);
	return a->len == b->len && memcmp(a->value, b->value, a->len) == 0;
}

static void another_policy_is_measured_and_gives_the_firmware_another_key(void **state)
{
	(void)state;
	set_up();
	boot_device_policy(&d, ROTOR_BOOT_POLICY_CLEAR_UPDATE);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_true(same(ROTOR_MEASURE_FIRMWARE));
	assert_false(same(ROTOR_MEASURE_CONFIG));
	assert_memory_not_equal(d.handoff.key, before.key, before.key_len);
	/* and back: nothing of it stays */
	boot_device_policy(&d, 0);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_true(same(ROTOR_MEASURE_CONFIG));
	assert_memory_equal(d.handoff.key, before.key, before.key_len);
	boot_device_free(&d);
}

static void other_anchors_of_the_factory_are_measured(void **state)
{
	(void)state;
	set_up();
	d.root[20] ^= 1;
	boot_device_policy(&d, 0);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_false(same(ROTOR_MEASURE_ANCHORS));
	assert_memory_equal(d.handoff.key, before.key, before.key_len);
	boot_device_free(&d);
}

/* Not prevented: the fuses do not remember that there have been settings. */
static void erased_settings_bring_the_factory_s_anchors_back_and_that_is_measured(void **state)
{
	(void)state;
	struct boot_image settings;
	set_up();
	make_settings(1, &settings);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.anchors_source, ROTOR_BOOT_ANCHORS_SETTINGS);
	assert_false(same(ROTOR_MEASURE_ANCHORS));
	erase_settings();
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.anchors_source, ROTOR_BOOT_ANCHORS_FACTORY);
	assert_true(same(ROTOR_MEASURE_ANCHORS));
	boot_device_free(&d);
}

/* Not prevented either: what was signed once is good again when nothing newer is in force. */
static void older_settings_are_taken_where_none_are_in_force(void **state)
{
	(void)state;
	struct boot_image settings[2];
	set_up();
	make_settings(0, &settings[0]);
	make_settings(1, &settings[1]);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings[1]), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings[0]),
			 ROTOR_ERR_DENIED);
	erase_settings();
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings[0]), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.anchors_source, ROTOR_BOOT_ANCHORS_SETTINGS);
	assert_int_equal(d.handoff.settings_version.minor, 0);
	boot_device_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(another_policy_is_measured_and_gives_the_firmware_another_key),
	    cmocka_unit_test(other_anchors_of_the_factory_are_measured),
	    cmocka_unit_test(erased_settings_bring_the_factory_s_anchors_back_and_that_is_measured),
	    cmocka_unit_test(older_settings_are_taken_where_none_are_in_force),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
