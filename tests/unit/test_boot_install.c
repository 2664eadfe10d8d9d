/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a slot holds for another place: settings that replace the anchors of agents and revoke image keys, and recovery
 * images. The boot stage installs them; what must not be is refused with a reason, and the device goes on.
 */
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
static struct boot_image firmware;
static const char *const anchor_text[] = {"the first new anchor", "the second new anchor"};

static void set_up_with(const struct rotor_crypto *crypto, bool next_key)
{
	boot_device_init(&d, crypto, 256, 16);
	boot_device_second_key(&d);
	boot_make_image(&d, &(struct image_wish){.seed = 1, .next_key = next_key}, &firmware);
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &firmware);
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
}

static void set_up(void)
{
	set_up_with(boot_quick_crypto(), false);
}

/* Settings with one anchor, signed as @p wish says (its kind and body are filled in). */
static void make_settings(const char *anchor, const uint8_t *revoked, struct image_wish wish,
			  struct boot_image *out)
{
	uint8_t body[512];
	size_t len;
	struct rotor_boot_settings settings = {
	    .anchor = {{(const uint8_t *)anchor, strlen(anchor)}}, .anchor_count = 1};
	if (revoked != NULL) {
		settings.revoked[settings.revoked_count++] =
		    (struct rotor_bytes){revoked, ROTOR_BOOT_DIGEST_SIZE};
	}
	assert_int_equal(rotor_boot_settings_encode(&settings, body, sizeof(body), &len), ROTOR_OK);
	wish.kind = ROTOR_IMAGE_SETTINGS;
	wish.body = body;
	wish.size = (uint32_t)len;
	boot_make_image(&d, &wish, out);
}

/* Puts something into slot B, pending, as a runtime would that asks nothing. */
static void put_pending(enum rotor_image_kind kind, const struct boot_image *image)
{
	struct rotor_boot_record record;
	boot_get_record(&d, &record);
	record.slot[1] = (struct rotor_boot_slot){.state = ROTOR_BOOT_PENDING, .kind = kind};
	boot_put_image(&d, ROTOR_BOOT_SLOT_B, image);
	boot_put_record(&d, &record);
}

static const struct rotor_boot_slot *slot_b(void)
{
	static struct rotor_boot_record record;
	boot_get_record(&d, &record);
	return &record.slot[1];
}

/* The firmware runs, and trusts one agent's anchor, or none. */
static void assert_trusts(const char *anchor)
{
	uint8_t buf[ROTOR_BOOT_STORE_MAX];
	struct rotor_bytes anchors[ROTOR_BOOT_ANCHORS_MAX];
	size_t count;
	enum rotor_status status;
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
	SETTLE(status, rotor_boot_anchors_read(d.crypto, &d.flash.port, &d.handoff, buf,
					       sizeof(buf), anchors, &count));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(count, anchor == NULL ? 0 : 1);
	if (anchor != NULL) {
		assert_int_equal(anchors[0].len, strlen(anchor));
		assert_memory_equal(anchors[0].data, anchor, strlen(anchor));
	}
}

static void assert_trusts_the_factory_s(void)
{
	uint8_t buf[ROTOR_BOOT_STORE_MAX];
	struct rotor_bytes anchors[ROTOR_BOOT_ANCHORS_MAX];
	size_t count;
	enum rotor_status status;
	assert_int_equal(d.handoff.anchors_source, ROTOR_BOOT_ANCHORS_FACTORY);
	SETTLE(status, rotor_boot_anchors_read(d.crypto, &d.flash.port, &d.handoff, buf,
					       sizeof(buf), anchors, &count));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(anchors[0].len, d.root_len);
	assert_memory_equal(anchors[0].data, d.root, d.root_len);
}

/* ---- settings ---- */

static void settings_replace_the_anchors_and_nothing_else(void **state)
{
	(void)state;
	for (unsigned pending = 0; pending < 2; pending++) {
		const struct rotor_crypto *crypto = boot_quick_crypto();
		set_up_with(pending ? pending_crypto(crypto, 1) : crypto, false);
		boot_device_pending(&d, pending);
		assert_trusts_the_factory_s();
		struct rotor_boot_handoff before = d.handoff;
		struct boot_image settings;
		make_settings(anchor_text[0], NULL, (struct image_wish){.minor = 1}, &settings);
		assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings),
				 ROTOR_OK);
		assert_int_equal(slot_b()->state, ROTOR_BOOT_PENDING);
		for (unsigned boots = 0; boots < 2; boots++) {
			assert_int_equal(boot_device_boot(&d), ROTOR_OK);
			assert_int_equal(
			    boot_device_said(&d, ROTOR_BOOT_EVENT_INSTALLED, ROTOR_BOOT_SLOT_B),
			    boots == 0);
			assert_trusts(anchor_text[0]);
			assert_int_equal(d.handoff.settings_version.minor, 1);
			assert_int_equal(slot_b()->state, ROTOR_BOOT_EMPTY);
			assert_int_equal(slot_b()->kind, ROTOR_IMAGE_FIRMWARE);
		}
		/* the same firmware with the same key; that the anchors are others can be seen */
		assert_memory_equal(d.handoff.key, before.key, before.key_len);
		const struct rotor_measurement *now =
		    rotor_measurement_find(&d.handoff.measurements, ROTOR_MEASURE_ANCHORS);
		const struct rotor_measurement *then =
		    rotor_measurement_find(&before.measurements, ROTOR_MEASURE_ANCHORS);
		assert_memory_not_equal(now->value, then->value, now->len);
		assert_false(now->tcb);
		boot_device_free(&d);
	}
}

static void newer_settings_replace_older_ones_and_not_the_reverse(void **state)
{
	(void)state;
	struct boot_image settings[3];
	set_up();
	for (uint8_t i = 0; i < 3; i++) {
		make_settings(anchor_text[i % 2], NULL, (struct image_wish){.minor = i, .seed = i},
			      &settings[i]);
	}
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings[1]), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	for (unsigned i = 0; i < 2; i++) {
		/* the runtime says so at once */
		assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings[i]),
				 ROTOR_ERR_DENIED);
		assert_int_equal(d.update.verdict, ROTOR_VERDICT_OLD_SETTINGS);
	}
	/* and one that does not ask changes nothing */
	put_pending(ROTOR_IMAGE_SETTINGS, &settings[0]);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_trusts(anchor_text[1]);
	assert_int_equal(slot_b()->state, ROTOR_BOOT_BAD);
	assert_int_equal(slot_b()->reason, ROTOR_BOOT_REASON_OLD_SETTINGS);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings[2]), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_trusts(anchor_text[0]);
	boot_device_free(&d);
}

static void settings_that_are_not_genuine_are_refused(void **state)
{
	(void)state;
	static const struct {
		struct image_wish wish;
		enum rotor_image_refusal refusal;
		enum rotor_boot_reason reason;
	} cases[] = {
	    {{.stranger = true}, ROTOR_IMAGE_KEY_UNKNOWN, ROTOR_BOOT_REASON_UNTRUSTED},
	    {{.other_vendor = true}, ROTOR_IMAGE_VENDOR_MISMATCH, ROTOR_BOOT_REASON_PRODUCT},
	    {{.other_class = true}, ROTOR_IMAGE_CLASS_MISMATCH, ROTOR_BOOT_REASON_PRODUCT},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct boot_image settings;
		set_up();
		make_settings(anchor_text[0], NULL, cases[i].wish, &settings);
		assert_int_not_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings),
				     ROTOR_OK);
		assert_int_equal(d.update.refusal, cases[i].refusal);
		put_pending(ROTOR_IMAGE_SETTINGS, &settings);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_trusts_the_factory_s();
		assert_int_equal(slot_b()->state, ROTOR_BOOT_BAD);
		assert_int_equal(slot_b()->reason, cases[i].reason);
		boot_device_free(&d);
	}
}

/* Rightly signed, but of another kind, or of the right kind with a body that says nothing. */
static void what_is_signed_for_one_purpose_serves_no_other(void **state)
{
	(void)state;
	static const enum rotor_image_kind kinds[] = {ROTOR_IMAGE_FIRMWARE, ROTOR_IMAGE_RECOVERY,
						      ROTOR_IMAGE_SETTINGS};
	for (size_t is = 0; is < ROTOR_COUNT_OF(kinds); is++) {
		for (size_t as = 0; as < ROTOR_COUNT_OF(kinds); as++) {
			struct boot_image image;
			set_up();
			boot_make_image(&d, &(struct image_wish){.seed = 3, .kind = kinds[is]},
					&image);
			enum rotor_status status = boot_device_update_kind(&d, kinds[as], &image);
			assert_int_equal(status == ROTOR_OK, is == as);
			if (is == as && kinds[is] != ROTOR_IMAGE_SETTINGS) {
				boot_device_free(&d);
				continue;
			}
			if (is != as) {
				assert_int_equal(d.update.verdict, ROTOR_VERDICT_OTHER_PURPOSE);
			}
			if (kinds[as] != ROTOR_IMAGE_FIRMWARE) {
				put_pending(kinds[as], &image);
				assert_int_equal(boot_device_boot(&d), ROTOR_OK);
				assert_trusts_the_factory_s();
				assert_int_equal(slot_b()->state, ROTOR_BOOT_BAD);
				assert_int_equal(slot_b()->reason, is == as
								       ? ROTOR_BOOT_REASON_FORMAT
								       : ROTOR_BOOT_REASON_PRODUCT);
			}
			boot_device_free(&d);
		}
	}
}

static void damaged_settings_leave_no_agent_trusted_until_new_ones_come(void **state)
{
	(void)state;
	struct boot_image settings;
	set_up();
	make_settings(anchor_text[0], NULL, (struct image_wish){.minor = 1}, &settings);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	uint8_t *place = d.flash.bytes + d.layout.region[ROTOR_REGION_SETTINGS].offset;
	place[100] ^= 1;
	/* changed under a running firmware: what it reads is not what was measured */
	uint8_t buf[ROTOR_BOOT_STORE_MAX];
	struct rotor_bytes anchors[ROTOR_BOOT_ANCHORS_MAX];
	size_t count = 9;
	assert_int_not_equal(rotor_boot_anchors_read(d.crypto, &d.flash.port, &d.handoff, buf,
						     sizeof(buf), anchors, &count),
			     ROTOR_OK);
	assert_int_equal(count, 0);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_SETTINGS_LOST, ROTOR_BOOT_SLOT_NONE));
	assert_int_equal(d.handoff.anchors_source, ROTOR_BOOT_ANCHORS_NONE);
	assert_trusts(NULL);
	/* the same ones again are good enough then */
	put_pending(ROTOR_IMAGE_SETTINGS, &settings);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_trusts(anchor_text[0]);
	boot_device_free(&d);
}

static void what_does_not_fit_its_place_is_not_begun(void **state)
{
	(void)state;
	set_up();
	struct rotor_boot_update *u = &d.update;
	const struct rotor_flash_region *region = d.layout.region;
	assert_int_equal(rotor_boot_update_capacity(u, ROTOR_IMAGE_SETTINGS), ROTOR_BOOT_STORE_MAX);
	assert_int_equal(rotor_boot_update_begin(u, ROTOR_IMAGE_SETTINGS, ROTOR_BOOT_STORE_MAX + 1),
			 ROTOR_ERR_SPACE);
	assert_int_equal(rotor_boot_update_begin(u, ROTOR_IMAGE_RECOVERY,
						 region[ROTOR_REGION_RECOVERY].size + 1),
			 ROTOR_ERR_SPACE);
	boot_device_free(&d);
}

/* ---- revocation ---- */

static void settings_revoke_a_key_for_ever(void **state)
{
	(void)state;
	struct boot_image settings, old;
	set_up_with(boot_quick_crypto(), true);
	boot_make_image(&d, &(struct image_wish){.seed = 9}, &old);
	make_settings(anchor_text[0], d.fuses.key_hash[0],
		      (struct image_wish){.minor = 1, .next_key = true}, &settings);
	assert_int_equal(d.handoff.key_hash_count, 2);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_KEY_REVOKED, ROTOR_BOOT_SLOT_B));
	assert_true(d.fuses.revoked[0]);
	assert_false(d.fuses.revoked[1]);
	assert_trusts(anchor_text[0]);
	assert_int_equal(d.handoff.key_hash_count, 1);
	assert_memory_equal(d.handoff.key_hash[0], d.fuses.key_hash[1], ROTOR_BOOT_DIGEST_SIZE);
	/* what that key signed is stranger's work now, for the runtime and for the boot stage */
	assert_int_equal(boot_device_update(&d, &old), ROTOR_ERR_UNTRUSTED);
	put_pending(ROTOR_IMAGE_FIRMWARE, &old);
	struct rotor_boot_record record;
	boot_get_record(&d, &record);
	record.slot[1].tries_left = 1;
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
	assert_int_equal(slot_b()->reason, ROTOR_BOOT_REASON_UNTRUSTED);
	boot_device_free(&d);
}

static void a_key_that_the_device_needs_is_not_revoked(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		bool settings_by_next, firmware_by_next, recovery_by_next, has_recovery;
		int revoke; /* index in the fuses, -1: a key that is not there */
		bool done;
	} cases[] = {
	    {"its own signer", false, true, true, true, 0, false},
	    {"the signer of what runs", true, false, true, true, 0, false},
	    {"the signer of the recovery image", true, true, false, true, 0, false},
	    {"a key that nothing needs", true, true, true, true, 0, true},
	    {"no recovery image at all", true, true, true, false, 0, true},
	    {"a key that is not in the fuses", false, false, false, true, -1, true},
	};
	static const uint8_t unknown[ROTOR_BOOT_DIGEST_SIZE] = {7};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct boot_image settings, recovery;
		set_up_with(boot_quick_crypto(), cases[i].firmware_by_next);
		boot_make_image(&d,
				&(struct image_wish){.kind = ROTOR_IMAGE_RECOVERY,
						     .next_key = cases[i].recovery_by_next},
				&recovery);
		if (cases[i].has_recovery) {
			boot_put_image(&d, ROTOR_BOOT_SLOT_RECOVERY, &recovery);
		}
		make_settings(anchor_text[0],
			      cases[i].revoke < 0 ? unknown : d.fuses.key_hash[cases[i].revoke],
			      (struct image_wish){.next_key = cases[i].settings_by_next},
			      &settings);
		put_pending(ROTOR_IMAGE_SETTINGS, &settings);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
		if (cases[i].done) {
			assert_trusts(anchor_text[0]);
			assert_int_equal(d.fuses.revoked[0], cases[i].revoke == 0);
		} else {
			assert_trusts_the_factory_s();
			assert_false(d.fuses.revoked[0]);
			assert_int_equal(slot_b()->reason, ROTOR_BOOT_REASON_KEY_IN_USE);
			assert_int_equal(d.handoff.key_hash_count, 2);
		}
		boot_device_free(&d);
	}
}

/* ---- recovery ---- */

static void a_new_recovery_image_takes_the_place_of_the_old_one(void **state)
{
	(void)state;
	struct boot_image old, fresh;
	set_up();
	boot_make_image(&d, &(struct image_wish){.kind = ROTOR_IMAGE_RECOVERY, .seed = 5}, &old);
	boot_make_image(
	    &d,
	    &(struct image_wish){.kind = ROTOR_IMAGE_RECOVERY, .seed = 6, .minor = 1, .size = 1500},
	    &fresh);
	boot_put_image(&d, ROTOR_BOOT_SLOT_RECOVERY, &old);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_RECOVERY, &fresh), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
	assert_int_equal(slot_b()->state, ROTOR_BOOT_EMPTY);
	assert_memory_equal(d.flash.bytes + d.layout.region[ROTOR_REGION_RECOVERY].offset,
			    fresh.bytes, fresh.len);
	memset(d.flash.bytes + d.layout.region[ROTOR_REGION_SLOT_A].offset, 0, 64);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_RECOVERY);
	assert_int_equal(d.handoff.version.minor, 1);
	boot_device_free(&d);
}

/* Held to the floor when it comes, by the runtime and again by the boot stage; never again afterwards. */
static void a_recovery_image_below_the_floor_is_not_installed(void **state)
{
	(void)state;
	struct boot_image weak;
	set_up();
	boot_make_image(&d, &(struct image_wish){.kind = ROTOR_IMAGE_RECOVERY}, &weak);
	d.handoff.security_floor = 2;
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_RECOVERY, &weak),
			 ROTOR_ERR_DENIED);
	assert_int_equal(d.update.refusal, ROTOR_IMAGE_SECURITY_VERSION_LOW);
	boot_make_image(&d, &(struct image_wish){.seed = 1, .security_version = 2}, &firmware);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &firmware);
	put_pending(ROTOR_IMAGE_RECOVERY, &weak);
	d.fuses.floor = 2;
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
	assert_int_equal(slot_b()->reason, ROTOR_BOOT_REASON_FLOOR);
	assert_int_equal(d.flash.bytes[d.layout.region[ROTOR_REGION_RECOVERY].offset], 0xff);
	boot_device_free(&d);
}

static void flash_that_fails_has_it_tried_again_at_the_next_boot(void **state)
{
	(void)state;
	static const enum rotor_image_kind kinds[] = {ROTOR_IMAGE_RECOVERY, ROTOR_IMAGE_SETTINGS};
	for (size_t i = 0; i < ROTOR_COUNT_OF(kinds); i++) {
		struct boot_image image;
		set_up();
		if (kinds[i] == ROTOR_IMAGE_RECOVERY) {
			boot_make_image(&d, &(struct image_wish){.kind = kinds[i]}, &image);
		} else {
			make_settings(anchor_text[0], NULL, (struct image_wish){0}, &image);
		}
		const struct rotor_flash_region *place =
		    &d.layout.region[i == 0 ? ROTOR_REGION_RECOVERY : ROTOR_REGION_SETTINGS];
		d.flash.fail_from = place->offset + 256;
		d.flash.fail_to = place->offset + place->size;
		put_pending(kinds[i], &image);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_true(
		    boot_device_said(&d, ROTOR_BOOT_EVENT_INSTALL_FAILED, ROTOR_BOOT_SLOT_B));
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
		assert_int_equal(slot_b()->state, ROTOR_BOOT_PENDING);
		d.flash.fail_from = d.flash.fail_to = 0;
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(slot_b()->state, ROTOR_BOOT_EMPTY);
		assert_memory_equal(d.flash.bytes + place->offset, image.bytes, image.len);
		boot_device_free(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_replace_the_anchors_and_nothing_else),
	    cmocka_unit_test(newer_settings_replace_older_ones_and_not_the_reverse),
	    cmocka_unit_test(settings_that_are_not_genuine_are_refused),
	    cmocka_unit_test(what_is_signed_for_one_purpose_serves_no_other),
	    cmocka_unit_test(damaged_settings_leave_no_agent_trusted_until_new_ones_come),
	    cmocka_unit_test(what_does_not_fit_its_place_is_not_begun),
	    cmocka_unit_test(settings_revoke_a_key_for_ever),
	    cmocka_unit_test(a_key_that_the_device_needs_is_not_revoked),
	    cmocka_unit_test(a_new_recovery_image_takes_the_place_of_the_old_one),
	    cmocka_unit_test(a_recovery_image_below_the_floor_is_not_installed),
	    cmocka_unit_test(flash_that_fails_has_it_tried_again_at_the_next_boot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
