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
static const struct rotor_flash_ops *sound;
/* Reads that meet these bytes answer ROTOR_ERR_IO, as those of a torn unit do on a flash with error correction. */
static struct rotor_flash_region unreadable;
static struct boot_image firmware;
static const char *const new_anchor = "the new anchor";

static enum rotor_status read_or_fail(void *ctx, uint32_t offset, void *buf, size_t len)
{
	bool meets =
	    offset < unreadable.offset + unreadable.size && offset + len > unreadable.offset;
	return meets ? ROTOR_ERR_IO : sound->read(ctx, offset, buf, len);
}

static enum rotor_status erase_and_heal(void *ctx, uint32_t offset)
{
	if (offset == unreadable.offset) {
		unreadable.size = 0;
	}
	return sound->erase(ctx, offset);
}

static enum rotor_status program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	return sound->program(ctx, offset, data, len);
}

/* Makes the first sector of a region unreadable until it is erased. */
static void tear(enum rotor_flash_region_id region)
{
	static const struct rotor_flash_ops failing = {
	    .read = read_or_fail, .erase = erase_and_heal, .program = program};
	sound = sound == NULL ? d.flash.port.ops : sound;
	d.flash.port.ops = &failing;
	unreadable =
	    (struct rotor_flash_region){d.layout.region[region].offset, d.layout.geometry.sector};
}

#define SETTLE_OK(call)                                                                            \
	do {                                                                                       \
		enum rotor_status settled;                                                         \
		SETTLE(settled, call);                                                             \
		assert_int_equal(settled, ROTOR_OK);                                               \
	} while (0)

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

/* ---- the configuration ---- */

/* Names are what a product may leave out. */
static void a_configuration_without_names_boots(void **state)
{
	(void)state;
	static const enum rotor_store_item ids[] = {ROTOR_STORE_DEVICE_UUID, ROTOR_STORE_VENDOR_ID,
						    ROTOR_STORE_CLASS_ID};
	uint8_t bytes[512];
	size_t len;
	set_up();
	const uint8_t *values[] = {d.handoff.device_uuid, d.handoff.vendor_id, d.handoff.class_id};
	struct rotor_store_writer w = rotor_store_begin(ROTOR_STORE_CONFIG, bytes, sizeof(bytes));
	for (size_t i = 0; i < ROTOR_COUNT_OF(ids); i++) {
		rotor_store_add(&w, ids[i], values[i], ROTOR_BOOT_UUID_SIZE);
	}
	assert_int_equal(rotor_store_end(&w, &len), ROTOR_OK);
	sim_flash_put(&d.flash, &d.layout.region[ROTOR_REGION_CONFIG], bytes, len);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs_with(ROTOR_BOOT_ANCHORS_FACTORY);
	boot_device_free(&d);
}

/* ---- the record ---- */

static void
the_factory_s_anchors_do_not_come_back_with_a_record_that_cannot_be_written(void **state)
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

static void a_copy_of_the_record_that_cannot_be_read_is_written_anew(void **state)
{
	(void)state;
	for (unsigned copy = 0; copy < 2; copy++) {
		struct boot_image fresh;
		set_up();
		boot_make_image(&d, &(struct image_wish){.seed = 2, .minor = 1}, &fresh);
		tear(ROTOR_REGION_RECORD_A + copy);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
		assert_false(d.handoff.trial);
		assert_int_equal(unreadable.size, 0);
		/* and under a runtime that finds it so */
		tear(ROTOR_REGION_RECORD_A + copy);
		SETTLE_OK(rotor_boot_update_load(&d.update));
		assert_int_equal(boot_device_update(&d, &fresh), ROTOR_OK);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
		boot_device_free(&d);
	}
}

/* A second seal that cannot be read was begun, and vouches for the first. */
static void a_second_seal_that_cannot_be_read_was_begun(void **state)
{
	(void)state;
	uint32_t unit;
	set_up();
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	record.sequence = 9;
	record.slot[1] =
	    (struct rotor_boot_slot){.state = ROTOR_BOOT_BAD, .reason = ROTOR_BOOT_REASON_DIGEST};
	boot_put_copy(&d, 1, &record);
	unit = d.layout.geometry.unit;
	tear(ROTOR_REGION_RECORD_B);
	unreadable.offset += rotor_boot_record_room(unit) - unit;
	unreadable.size = unit;
	SETTLE_OK(rotor_boot_update_load(&d.update));
	assert_int_equal(d.update.recorder.record.slot[1].state, ROTOR_BOOT_BAD);
	boot_device_free(&d);
}

/* That is no record that is lost, to be written over. */
static void a_flash_that_reads_neither_copy_has_failed(void **state)
{
	(void)state;
	enum rotor_status status;
	set_up();
	tear(ROTOR_REGION_RECORD_A);
	unreadable.size = d.layout.region[ROTOR_REGION_SLOT_A].offset - unreadable.offset;
	SETTLE(status, rotor_boot_update_load(&d.update));
	assert_int_equal(status, ROTOR_ERR_IO);
	assert_int_equal(boot_device_update(&d, &firmware), ROTOR_ERR_STATE);
	boot_device_free(&d);
}

/* ---- the settings ---- */

static void the_factory_s_anchors_do_not_come_back_while_settings_are_half_installed(void **state)
{
	(void)state;
	const struct rotor_flash_region *place = &d.layout.region[ROTOR_REGION_SETTINGS];
	struct boot_image settings[2];
	set_up();
	make_settings(1, false, &settings[0]);
	make_settings(2, false, &settings[1]);
	update_settings(&settings[0]);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs_with(ROTOR_BOOT_ANCHORS_SETTINGS);
	update_settings(&settings[1]);
	/* erased, and then nothing can be written: this boot and the next */
	d.flash.fail_from = place->offset;
	d.flash.fail_to = place->offset + place->size;
	for (unsigned boots = 0; boots < 2; boots++) {
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.flash.bytes[place->offset], 0xff);
		assert_true(
		    boot_device_said(&d, ROTOR_BOOT_EVENT_SETTINGS_LOST, ROTOR_BOOT_SLOT_NONE));
		assert_runs_with(ROTOR_BOOT_ANCHORS_NONE);
	}
	d.flash.fail_to = 0;
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs_with(ROTOR_BOOT_ANCHORS_SETTINGS);
	assert_int_equal(d.handoff.settings_version.minor, 2);
	boot_device_free(&d);
}

static void settings_that_cannot_be_read_stop_neither_the_boot_nor_their_repair(void **state)
{
	(void)state;
	struct boot_image settings[2];
	set_up();
	make_settings(1, false, &settings[0]);
	make_settings(2, false, &settings[1]);
	update_settings(&settings[0]);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	tear(ROTOR_REGION_SETTINGS);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_SETTINGS_LOST, ROTOR_BOOT_SLOT_NONE));
	assert_runs_with(ROTOR_BOOT_ANCHORS_NONE);
	update_settings(&settings[1]);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs_with(ROTOR_BOOT_ANCHORS_SETTINGS);
	assert_int_equal(d.handoff.settings_version.minor, 2);
	boot_device_free(&d);
}

/* ---- revocation ---- */

/* A cut in the blowing of its fuse leaves a key that reads as revoked at one boot, and at the next not. */
static void a_revocation_that_was_cut_is_made_certain(void **state)
{
	(void)state;
	/* which of the reads that meet it see it blown: bit 0 the first, bit 3 the fourth and all later ones */
	static const uint8_t patterns[] = {0x0f, 0x01, 0x02, 0x08, 0x0e, 0x07};
	for (size_t i = 0; i < ROTOR_COUNT_OF(patterns); i++) {
		struct boot_image settings;
		set_up();
		make_settings(1, true, &settings);
		update_settings(&settings);
		d.fuses.revoked_weak[0] = true;
		d.fuses.pattern = patterns[i];
		boot_device_pending(&d, i % 3);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_runs_with(ROTOR_BOOT_ANCHORS_SETTINGS);
		assert_true(d.fuses.revoked[0]);
		assert_false(d.fuses.revoked[1]);
		boot_device_free(&d);
	}
}

/* The slot confirmed last was lost, and what runs now is in the other one: that is what must go on running. */
static void keys_can_be_revoked_when_the_older_firmware_runs(void **state)
{
	(void)state;
	struct boot_image settings;
	set_up();
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	record.active = ROTOR_BOOT_SLOT_B;
	record.slot[1] =
	    (struct rotor_boot_slot){.state = ROTOR_BOOT_BAD, .reason = ROTOR_BOOT_REASON_DIGEST};
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	make_settings(1, true, &settings);
	update_settings(&settings);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs_with(ROTOR_BOOT_ANCHORS_SETTINGS);
	assert_true(d.fuses.revoked[0]);
	boot_device_free(&d);
}

/* Genuine, and confirmed last, but the boot would not take it. */
static void keys_are_not_revoked_for_firmware_that_will_not_be_started(void **state)
{
	(void)state;
	static const struct rotor_boot_slot others[] = {
	    {.state = ROTOR_BOOT_BAD, .reason = ROTOR_BOOT_REASON_NOT_CONFIRMED},
	    {.state = ROTOR_BOOT_TRIAL},
	    {.state = ROTOR_BOOT_EMPTY},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(others); i++) {
		struct rotor_boot_record record;
		struct boot_image settings;
		set_up();
		make_settings(1, true, &settings);
		update_settings(&settings);
		boot_get_record(&d, &record);
		record.slot[0] = others[i];
		boot_put_record(&d, &record);
		(void)boot_device_boot(&d);
		assert_false(d.fuses.revoked[0]);
		boot_get_record(&d, &record);
		assert_int_equal(record.slot[1].reason, ROTOR_BOOT_REASON_KEY_IN_USE);
		boot_device_free(&d);
	}
}

/* A flash that fails in the middle of that question is no answer to it. */
static void settings_are_not_refused_because_the_flash_failed(void **state)
{
	(void)state;
	static const enum rotor_flash_region_id places[] = {ROTOR_REGION_SLOT_A,
							    ROTOR_REGION_RECOVERY};
	for (size_t i = 0; i < ROTOR_COUNT_OF(places); i++) {
		struct rotor_boot_record record;
		struct boot_image settings;
		set_up();
		make_settings(1, true, &settings);
		update_settings(&settings);
		tear(places[i]);
		(void)boot_device_boot(&d);
		assert_false(d.fuses.revoked[0]);
		unreadable.size = 0;
		boot_get_record(&d, &record);
		assert_int_equal(record.slot[1].state, ROTOR_BOOT_PENDING);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_runs_with(ROTOR_BOOT_ANCHORS_SETTINGS);
		assert_true(d.fuses.revoked[0]);
		boot_device_free(&d);
	}
}

/* ---- the image ---- */

static const struct rotor_ram_ops *whole_ram;
static uint32_t ram_size;

static enum rotor_status begin_if_it_fits(void *ctx, const struct rotor_ram_image *image)
{
	return image->size > ram_size ? ROTOR_ERR_SPACE : whole_ram->begin(ctx, image);
}

static void an_image_too_large_for_execution_memory_is_passed_over(void **state)
{
	(void)state;
	struct rotor_boot_record record;
	struct boot_image large;
	set_up();
	boot_make_image(&d, &(struct image_wish){.seed = 2, .minor = 1, .size = 2000}, &large);
	assert_int_equal(boot_device_update(&d, &large), ROTOR_OK);
	whole_ram = d.ram.port.ops;
	struct rotor_ram_ops small = *whole_ram;
	small.begin = begin_if_it_fits;
	d.ram.port.ops = &small;
	ram_size = 1500;
	for (unsigned tries = 0; tries < 3; tries++) {
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
		assert_int_equal(boot_device_said(&d, ROTOR_BOOT_EVENT_REFUSED, ROTOR_BOOT_SLOT_B),
				 tries < 2);
	}
	boot_get_record(&d, &record);
	assert_int_equal(record.slot[1].state, ROTOR_BOOT_BAD);
	assert_int_equal(record.slot[1].reason, ROTOR_BOOT_REASON_NOT_CONFIRMED);
	boot_device_free(&d);
}

/* Reads a slot well while it is verified, and fails when it is copied. */
static unsigned reads_left;

static enum rotor_status read_until(void *ctx, uint32_t offset, void *buf, size_t len)
{
	const struct rotor_flash_region *slot = &d.layout.region[ROTOR_REGION_SLOT_B];
	bool meets = offset - slot->offset < slot->size;
	if (meets && reads_left == 0) {
		return ROTOR_ERR_IO;
	}
	reads_left -= meets;
	return sound->read(ctx, offset, buf, len);
}

static void an_image_that_cannot_be_copied_is_passed_over(void **state)
{
	(void)state;
	struct boot_image fresh;
	unsigned passed_over = 0;
	set_up();
	sound = d.flash.port.ops;
	struct rotor_flash_ops failing = *sound;
	failing.read = read_until;
	boot_make_image(&d, &(struct image_wish){.seed = 2, .minor = 1}, &fresh);
	for (unsigned reads = 0; reads < 40; reads++) {
		d.flash.port.ops = sound;
		assert_int_equal(boot_device_update(&d, &fresh), ROTOR_OK);
		d.flash.port.ops = &failing;
		reads_left = reads;
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		if (d.handoff.slot == ROTOR_BOOT_SLOT_B) {
			break;
		}
		passed_over++;
	}
	assert_true(passed_over > 5);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
	boot_device_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_configuration_without_names_boots),
	    cmocka_unit_test(
		the_factory_s_anchors_do_not_come_back_with_a_record_that_cannot_be_written),
	    cmocka_unit_test(a_copy_of_the_record_that_cannot_be_read_is_written_anew),
	    cmocka_unit_test(a_second_seal_that_cannot_be_read_was_begun),
	    cmocka_unit_test(a_flash_that_reads_neither_copy_has_failed),
	    cmocka_unit_test(
		the_factory_s_anchors_do_not_come_back_while_settings_are_half_installed),
	    cmocka_unit_test(settings_that_cannot_be_read_stop_neither_the_boot_nor_their_repair),
	    cmocka_unit_test(a_revocation_that_was_cut_is_made_certain),
	    cmocka_unit_test(keys_can_be_revoked_when_the_older_firmware_runs),
	    cmocka_unit_test(keys_are_not_revoked_for_firmware_that_will_not_be_started),
	    cmocka_unit_test(settings_are_not_refused_because_the_flash_failed),
	    cmocka_unit_test(an_image_too_large_for_execution_memory_is_passed_over),
	    cmocka_unit_test(an_image_that_cannot_be_copied_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
