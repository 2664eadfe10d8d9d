/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage: which slot it starts, what it refuses, what it hands over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/host_pki.h"
#include "support/boot_device.h"
#include "support/pending_crypto.h"

static struct boot_device d;
static struct boot_image old_image, new_image;

static void set_up(const struct rotor_crypto *crypto)
{
	boot_device_init(&d, crypto, 256, 4);
	boot_make_image(&d, &(struct image_wish){.seed = 1}, &old_image);
	boot_make_image(&d, &(struct image_wish){.seed = 2, .minor = 1, .security_version = 2},
			&new_image);
}

/* A has the old image, confirmed; B the new one, pending with two tries. */
static void set_up_pending(void)
{
	set_up(boot_quick_crypto());
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &old_image);
	boot_put_image(&d, ROTOR_BOOT_SLOT_B, &new_image);
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	record.slot[1].state = ROTOR_BOOT_PENDING;
	record.slot[1].tries_left = 2;
	boot_put_record(&d, &record);
}

static void assert_runs(enum rotor_boot_slot_id slot, const struct boot_image *image)
{
	assert_int_equal(d.handoff.slot, slot);
	assert_true(d.ram.sealed);
	assert_int_equal(d.ram.image.size, image->len);
	assert_memory_equal(d.ram.bytes, image->bytes, image->len);
	const struct rotor_measurement *m =
	    rotor_measurement_find(&d.handoff.measurements, ROTOR_MEASURE_FIRMWARE);
	assert_non_null(m);
	assert_int_equal(m->len, ROTOR_BOOT_DIGEST_SIZE);
	assert_memory_equal(m->value, image->digest, m->len);
}

static bool all_zeros(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != 0) {
			return false;
		}
	}
	return true;
}

static void assert_wiped(void)
{
	assert_true(all_zeros(d.stage.secret, sizeof(d.stage.secret)));
	assert_true(all_zeros(&d.stage.identity, sizeof(d.stage.identity)));
	assert_true(all_zeros(&d.stage.runtime, sizeof(d.stage.runtime)));
}

static void a_confirmed_slot_is_started_and_the_record_left_alone(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	for (unsigned slot = 0; slot < 2; slot++) {
		boot_put_image(&d, (enum rotor_boot_slot_id)slot, &old_image);
		const struct rotor_boot_record record =
		    boot_confirmed_record((enum rotor_boot_slot_id)slot);
		boot_put_record(&d, &record);
		unsigned programs = d.flash.programs;
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_runs((enum rotor_boot_slot_id)slot, &old_image);
		assert_false(d.handoff.trial);
		assert_int_equal(d.flash.programs, programs);
		assert_true(d.fuses.locked);
		assert_wiped();
	}
	boot_device_free(&d);
}

static void every_port_and_the_crypto_may_be_pending(void **state)
{
	(void)state;
	const struct rotor_crypto *slow = pending_crypto(&rotor_crypto_mbedtls, 2);
	set_up(slow);
	boot_put_image(&d, ROTOR_BOOT_SLOT_B, &new_image);
	struct rotor_boot_record record;
	rotor_boot_record_first(&record, 2);
	record.slot[1] = record.slot[0];
	record.slot[0] = (struct rotor_boot_slot){.state = ROTOR_BOOT_EMPTY};
	boot_put_record(&d, &record);
	boot_device_pending(&d, 3);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_B, &new_image);
	assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
	assert_int_equal(d.fuses.floor, 2);
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_A, &new_image);
	assert_wiped();
	boot_device_free(&d);
}

static void the_handoff_says_what_was_started(void **state)
{
	(void)state;
	set_up_pending();
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	const struct rotor_boot_handoff *h = &d.handoff;
	assert_runs(ROTOR_BOOT_SLOT_B, &new_image);
	assert_true(h->trial);
	assert_int_equal(h->tries_left, 1);
	assert_int_equal(h->security_floor, 1);
	assert_int_equal(h->security_version, 2);
	assert_int_equal(h->version.minor, 1);
	assert_int_equal(h->device_uuid[0], 0xd0);
	assert_int_equal(h->key_hash_count, 1);
	assert_memory_equal(h->key_hash[0], d.fuses.key_hash[0], ROTOR_BOOT_DIGEST_SIZE);
	assert_int_equal(h->key_len, 48);
	assert_memory_equal(&h->layout, &d.layout, sizeof(d.layout));

	static const struct {
		uint8_t index, type, len;
		bool tcb;
		uint8_t first; /* byte of the value */
	} expected[] = {
	    {1, 0x00, 48, true, 0xb0},  {2, 0x01, 48, true, 0},
	    {3, 0x87, 8, true, 2},      {4, 0x86, 5, true, '1'},
	    {5, 0x03, 48, true, 0},     {0x10, 0x84, 1, false, 1},
	    {0x11, 0x84, 1, false, 1},  {0x12, 0x84, 8, false, 1},
	    {0x13, 0x03, 48, false, 0}, {0x14, 0x84, 4, false, ROTOR_BOOT_CONFIRMED},
	};
	assert_int_equal(h->measurements.count, ROTOR_COUNT_OF(expected));
	for (size_t i = 0; i < ROTOR_COUNT_OF(expected); i++) {
		const struct rotor_measurement *m = &h->measurements.entry[i];
		assert_int_equal(m->index, expected[i].index);
		assert_int_equal(m->type, expected[i].type);
		assert_int_equal(m->len, expected[i].len);
		assert_int_equal(m->tcb, expected[i].tcb);
		if (expected[i].first != 0) {
			assert_int_equal(m->value[0], expected[i].first);
		}
	}
	assert_memory_equal(h->measurements.entry[3].value, "1.1.0", 5);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_TRYING, ROTOR_BOOT_SLOT_B));
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_COPY_VERIFIED, ROTOR_BOOT_SLOT_B));
	boot_device_free(&d);
}

static void a_trial_that_never_confirms_is_taken_back(void **state)
{
	(void)state;
	struct rotor_boot_record record;
	set_up_pending();
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_B, &new_image);
	boot_get_record(&d, &record);
	assert_int_equal(record.slot[1].state, ROTOR_BOOT_TRIAL);
	assert_int_equal(record.slot[1].tries_left, 1);
	assert_string_equal(record.slot[1].version, "1.1.0");
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_B, &new_image);
	assert_int_equal(d.handoff.tries_left, 0);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_A, &old_image);
	assert_false(d.handoff.trial);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_REVERTED, ROTOR_BOOT_SLOT_B));
	boot_get_record(&d, &record);
	assert_int_equal(record.slot[1].state, ROTOR_BOOT_BAD);
	assert_int_equal(record.slot[1].reason, ROTOR_BOOT_REASON_NOT_CONFIRMED);
	assert_int_equal(record.active, ROTOR_BOOT_SLOT_A);
	assert_int_equal(d.fuses.floor, 1);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_A, &old_image);
	boot_device_free(&d);
}

static void the_floor_rises_with_the_confirmation_and_not_before(void **state)
{
	(void)state;
	set_up_pending();
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(rotor_boot_stage_confirmed(&d.stage), ROTOR_ERR_STATE);
	assert_int_equal(d.fuses.floor, 1);
	assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
	assert_int_equal(d.fuses.floor, 2);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_B, &new_image);
	assert_false(d.handoff.trial);
	assert_int_equal(d.handoff.security_floor, 2);
	/* the old image is no way back any more */
	memset(d.flash.bytes + d.layout.region[ROTOR_REGION_SLOT_B].offset, 0, 64);
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_NOT_FOUND);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_REFUSED, ROTOR_BOOT_SLOT_A));
	boot_device_free(&d);
}

static void a_floor_that_was_cut_off_is_raised_at_the_next_boot(void **state)
{
	(void)state;
	set_up_pending();
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(rotor_boot_update_confirm(&d.update), ROTOR_OK);
	assert_int_equal(d.fuses.floor, 1);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.fuses.floor, 2);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_FLOOR_RAISED, ROTOR_BOOT_SLOT_B));
	boot_device_free(&d);
}

static void a_pending_image_that_may_not_run_is_passed_over_with_its_reason(void **state)
{
	(void)state;
	static const struct {
		struct image_wish wish;
		bool flip;
		enum rotor_image_refusal refusal;
		enum rotor_boot_reason reason;
	} cases[] = {
	    {{.seed = 3}, true, ROTOR_IMAGE_HASH_MISMATCH, ROTOR_BOOT_REASON_DIGEST},
	    {{.stranger = true}, false, ROTOR_IMAGE_KEY_UNKNOWN, ROTOR_BOOT_REASON_UNTRUSTED},
	    {{.other_vendor = true}, false, ROTOR_IMAGE_VENDOR_MISMATCH, ROTOR_BOOT_REASON_PRODUCT},
	    {{.other_class = true}, false, ROTOR_IMAGE_CLASS_MISMATCH, ROTOR_BOOT_REASON_PRODUCT},
	    {{.security_version = 2},
	     false,
	     ROTOR_IMAGE_SECURITY_VERSION_LOW,
	     ROTOR_BOOT_REASON_FLOOR},
	    {{.security_version = ROTOR_BOOT_FLOOR_MAX + 1},
	     false,
	     ROTOR_IMAGE_SECURITY_VERSION_HIGH,
	     ROTOR_BOOT_REASON_FLOOR},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct boot_image image, strong;
		struct rotor_boot_record record;
		set_up_pending();
		boot_make_image(&d, &(struct image_wish){.security_version = 3}, &strong);
		boot_put_image(&d, ROTOR_BOOT_SLOT_A, &strong);
		d.fuses.floor = 3;
		struct image_wish wish = cases[i].wish;
		wish.security_version = wish.security_version == 0 ? 3 : wish.security_version;
		boot_make_image(&d, &wish, &image);
		image.bytes[200] ^= cases[i].flip ? 1 : 0;
		boot_put_image(&d, ROTOR_BOOT_SLOT_B, &image);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_runs(ROTOR_BOOT_SLOT_A, &strong);
		boot_get_record(&d, &record);
		assert_int_equal(record.slot[1].state, ROTOR_BOOT_BAD);
		assert_int_equal(record.slot[1].reason, cases[i].reason);
		bool said = false;
		for (size_t e = 0; e < d.event_count; e++) {
			said |= d.event[e].event == ROTOR_BOOT_EVENT_REFUSED &&
				d.event[e].refusal == cases[i].refusal;
		}
		assert_true(said);
		boot_device_free(&d);
	}
}

static void images_of_every_algorithm_are_started_and_measured_alike(void **state)
{
	static const struct {
		const char *name;
		enum rotor_sig_alg alg;
	} keys[] = {
	    {"p256", ROTOR_SIG_ECDSA_P256},
	    {"p384", ROTOR_SIG_ECDSA_P384},
	    {"rsa3072", ROTOR_SIG_RSA3072_PSS},
	    {"ed25519", ROTOR_SIG_ED25519},
	};
	unsigned started = 0;
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(keys); i++) {
		struct rotor_image_key_hash hash;
		struct boot_image image;
		char path[200];
		set_up_pending();
		snprintf(path, sizeof(path), "%s/images/keys/%s.priv.pem", ROTOR_VECTORS,
			 keys[i].name);
		if (!(d.crypto->sigs & ROTOR_BIT(keys[i].alg))) {
			assert_int_equal(rotor_pki_read_private(path, d.crypto, &d.image_key),
					 ROTOR_ERR_UNSUPPORTED);
			boot_device_free(&d);
			continue;
		}
		assert_int_equal(rotor_pki_read_private(path, d.crypto, &d.image_key), ROTOR_OK);
		assert_int_equal(rotor_image_key_hash(d.crypto, &d.image_key.public_key, &hash),
				 ROTOR_OK);
		memcpy(d.fuses.key_hash[1], hash.hash, ROTOR_BOOT_DIGEST_SIZE);
		d.fuses.key_count = 2;
		boot_make_image(&d, &(struct image_wish){.seed = 8}, &image);
		boot_put_image(&d, ROTOR_BOOT_SLOT_B, &image);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_runs(ROTOR_BOOT_SLOT_B, &image);
		assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
		boot_device_free(&d);
		started++;
	}
	/* OpenSSL has them all; a device need not. */
	assert_int_equal(started,
			 boot_quick_base == &rotor_crypto_openssl ? ROTOR_COUNT_OF(keys) : 2);
}

static void when_both_slots_are_bad_the_recovery_image_runs_below_the_floor_too(void **state)
{
	(void)state;
	set_up_pending();
	d.fuses.floor = 9;
	struct boot_image recovery;
	boot_make_image(&d, &(struct image_wish){.kind = ROTOR_IMAGE_RECOVERY}, &recovery);
	boot_put_image(&d, ROTOR_BOOT_SLOT_RECOVERY, &recovery);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_RECOVERY, &recovery);
	assert_false(d.handoff.trial);
	assert_int_equal(rotor_boot_stage_confirmed(&d.stage), ROTOR_OK);
	assert_int_equal(d.fuses.floor, 9);
	/* and installs nothing below the floor, and nothing but firmware */
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_RECOVERY, &recovery),
			 ROTOR_ERR_DENIED);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &recovery),
			 ROTOR_ERR_DENIED);
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_ERR_DENIED);
	assert_int_equal(d.update.refusal, ROTOR_IMAGE_SECURITY_VERSION_LOW);
	struct boot_image strong;
	boot_make_image(&d, &(struct image_wish){.security_version = 9}, &strong);
	assert_int_equal(boot_device_update(&d, &strong), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_A, &strong);
	boot_device_free(&d);
}

/* Old firmware in the recovery region would be a way around the floor. */
static void firmware_is_no_recovery_image_and_the_reverse(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	boot_put_image(&d, ROTOR_BOOT_SLOT_RECOVERY, &old_image);
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_NOT_FOUND);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_REFUSED, ROTOR_BOOT_SLOT_RECOVERY));
	struct boot_image recovery;
	boot_make_image(&d, &(struct image_wish){.kind = ROTOR_IMAGE_RECOVERY}, &recovery);
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &recovery);
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_NOT_FOUND);
	boot_get_record(&d, &record);
	assert_int_equal(record.slot[0].state, ROTOR_BOOT_BAD);
	assert_int_equal(record.slot[0].reason, ROTOR_BOOT_REASON_PRODUCT);
	boot_device_free(&d);
}

static void nothing_genuine_nothing_started(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_NOT_FOUND);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_FAILED, ROTOR_BOOT_SLOT_NONE));
	assert_true(all_zeros(&d.handoff, sizeof(d.handoff)));
	assert_int_equal(rotor_boot_stage_poll(&d.stage, &d.handoff), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_boot_stage_confirmed(&d.stage), ROTOR_ERR_STATE);
	boot_device_free(&d);
}

static void a_copy_that_is_not_what_was_verified_does_not_run(void **state)
{
	(void)state;
	struct rotor_boot_record record;
	set_up_pending();
	d.ram.flip = true;
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_NOT_FOUND);
	/* the image in flash is not to blame */
	boot_get_record(&d, &record);
	assert_int_equal(record.slot[0].state, ROTOR_BOOT_CONFIRMED);
	assert_int_equal(record.slot[1].state, ROTOR_BOOT_TRIAL);
	boot_device_free(&d);
}

static void a_lost_record_puts_both_slots_on_trial(void **state)
{
	(void)state;
	struct rotor_boot_record record;
	set_up_pending();
	for (unsigned i = 0; i < 2; i++) {
		memset(d.flash.bytes + d.layout.region[ROTOR_REGION_RECORD_A + i].offset, 0, 16);
	}
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_RECORD_LOST, ROTOR_BOOT_SLOT_NONE));
	assert_runs(ROTOR_BOOT_SLOT_A, &old_image);
	assert_true(d.handoff.trial);
	assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
	boot_get_record(&d, &record);
	assert_int_equal(record.active, ROTOR_BOOT_SLOT_A);
	assert_int_equal(record.slot[0].state, ROTOR_BOOT_CONFIRMED);
	assert_int_equal(record.slot[1].state, ROTOR_BOOT_EMPTY);
	boot_device_free(&d);
}

static void a_start_that_cannot_be_counted_does_not_happen(void **state)
{
	(void)state;
	set_up_pending();
	d.flash.fail_from = d.layout.region[ROTOR_REGION_RECORD_A].offset;
	d.flash.fail_to = d.layout.region[ROTOR_REGION_SLOT_A].offset;
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_runs(ROTOR_BOOT_SLOT_A, &old_image);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_RECORD_FAILED, ROTOR_BOOT_SLOT_B));
	boot_device_free(&d);
}

static void a_revoked_key_signs_nothing_and_others_still_do(void **state)
{
	(void)state;
	set_up_pending();
	memcpy(d.fuses.key_hash[2], d.fuses.key_hash[0], ROTOR_BOOT_DIGEST_SIZE);
	memset(d.fuses.key_hash[0], 0x77, ROTOR_BOOT_DIGEST_SIZE);
	d.fuses.key_count = 3;
	d.fuses.revoked[1] = true;
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.key_hash_count, 2);
	d.fuses.revoked[2] = true;
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_NOT_FOUND);
	d.fuses.key_count = 0;
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_NOT_FOUND);
	boot_device_free(&d);
}

static void too_many_keys_are_an_error_and_not_a_choice(void **state)
{
	(void)state;
	set_up_pending();
	d.fuses.key_count = ROTOR_BOOT_KEYS_MAX + 1;
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_SPACE);
	boot_device_free(&d);
}

static void without_its_identity_certificate_nothing_is_started(void **state)
{
	(void)state;
	set_up_pending();
	d.fuses.secret[0] ^= 1; /* of another device */
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_UNTRUSTED);
	assert_wiped();
	assert_true(all_zeros(&d.handoff, sizeof(d.handoff)));
	d.fuses.secret[0] ^= 1;
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	d.flash.bytes[d.layout.region[ROTOR_REGION_CERTIFICATES].offset + 40] ^= 1;
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_VERIFY);
	d.flash.bytes[d.layout.region[ROTOR_REGION_CONFIG].offset + 20] ^= 1;
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_VERIFY);
	boot_device_free(&d);
}

static void a_backend_that_cannot_repeat_a_signature_is_not_taken(void **state)
{
	(void)state;
	struct rotor_boot_stage stage;
	set_up(boot_quick_crypto());
	struct rotor_boot_stage_config config = {
	    .crypto = &rotor_crypto_openssl,
	    .flash = &d.flash.port,
	    .layout = &d.layout,
	    .fuses = &d.fuses.port,
	    .ram = &d.ram.port,
	};
	assert_int_equal(rotor_boot_stage_init(&stage, &config), ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(rotor_boot_stage_poll(&stage, &d.handoff), ROTOR_ERR_STATE);
	config.crypto = d.crypto;
	config.ram = NULL;
	assert_int_equal(rotor_boot_stage_init(&stage, &config), ROTOR_ERR_ARGUMENT);
	config.ram = &d.ram.port;
	d.layout.region[ROTOR_REGION_SLOT_A].offset += 256;
	assert_int_equal(rotor_boot_stage_init(&stage, &config), ROTOR_ERR_ARGUMENT);
	boot_device_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_confirmed_slot_is_started_and_the_record_left_alone),
	    cmocka_unit_test(every_port_and_the_crypto_may_be_pending),
	    cmocka_unit_test(the_handoff_says_what_was_started),
	    cmocka_unit_test(a_trial_that_never_confirms_is_taken_back),
	    cmocka_unit_test(the_floor_rises_with_the_confirmation_and_not_before),
	    cmocka_unit_test(a_floor_that_was_cut_off_is_raised_at_the_next_boot),
	    cmocka_unit_test(a_pending_image_that_may_not_run_is_passed_over_with_its_reason),
	    cmocka_unit_test(images_of_every_algorithm_are_started_and_measured_alike),
	    cmocka_unit_test(when_both_slots_are_bad_the_recovery_image_runs_below_the_floor_too),
	    cmocka_unit_test(firmware_is_no_recovery_image_and_the_reverse),
	    cmocka_unit_test(nothing_genuine_nothing_started),
	    cmocka_unit_test(a_copy_that_is_not_what_was_verified_does_not_run),
	    cmocka_unit_test(a_lost_record_puts_both_slots_on_trial),
	    cmocka_unit_test(a_start_that_cannot_be_counted_does_not_happen),
	    cmocka_unit_test(a_revoked_key_signs_nothing_and_others_still_do),
	    cmocka_unit_test(too_many_keys_are_an_error_and_not_a_choice),
	    cmocka_unit_test(without_its_identity_certificate_nothing_is_started),
	    cmocka_unit_test(a_backend_that_cannot_repeat_a_signature_is_not_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
