/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs of security decisions: what completes one, what does not, and what happens when the second look differs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "boot/harden.h"
#include "support/boot_device.h"

#define SHARE UINT32_C(0x12345678)

/* ---- the checks ---- */

static void a_word_answers_its_share_only_if_it_is_the_one_that_is_wanted(void **state)
{
	(void)state;
	static const uint32_t words[] = {0, 1, 2, ROTOR_ERR_DENIED, 0x80000000u, UINT32_MAX};
	for (size_t i = 0; i < ROTOR_COUNT_OF(words); i++) {
		for (size_t j = 0; j < ROTOR_COUNT_OF(words); j++) {
			assert_int_equal(harden_is(SHARE, words[i], words[j]) == SHARE, i == j);
		}
	}
}

static void a_number_answers_its_share_only_if_it_is_not_below(void **state)
{
	(void)state;
	static const uint32_t numbers[] = {0, 1, 255, 0x7fffffffu, 0x80000000u, UINT32_MAX};
	for (size_t i = 0; i < ROTOR_COUNT_OF(numbers); i++) {
		for (size_t j = 0; j < ROTOR_COUNT_OF(numbers); j++) {
			assert_int_equal(harden_at_least(SHARE, numbers[i], numbers[j]) == SHARE,
					 i >= j);
		}
	}
}

static void bytes_answer_their_share_only_if_each_of_them_is_the_same(void **state)
{
	(void)state;
	uint8_t a[48], b[48];
	for (size_t i = 0; i < sizeof(a); i++) {
		a[i] = b[i] = (uint8_t)i;
	}
	assert_true(harden_equal(SHARE, a, b, sizeof(a)) == SHARE);
	assert_true(harden_equal(SHARE, a, b, 1) == SHARE);
	assert_false(harden_equal(SHARE, a, b, 0) == SHARE);
	for (size_t i = 0; i < 8 * sizeof(a); i++) {
		b[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_false(harden_equal(SHARE, a, b, sizeof(a)) == SHARE);
		b[i / 8] = a[i / 8];
	}
}

static void bytes_answer_their_share_only_if_each_of_them_is_zero(void **state)
{
	(void)state;
	uint8_t bytes[100] = {0};
	static const size_t lens[] = {1, 15, 16, 17, 100};
	for (size_t i = 0; i < ROTOR_COUNT_OF(lens); i++) {
		assert_true(harden_zero(SHARE, bytes, lens[i]) == SHARE);
		for (size_t at = 0; at < lens[i]; at++) {
			bytes[at] = 0x40;
			assert_false(harden_zero(SHARE, bytes, lens[i]) == SHARE);
			bytes[at] = 0;
		}
	}
	assert_false(harden_zero(SHARE, bytes, 0) == SHARE);
}

/* ---- the proof ---- */

static void a_proof_needs_every_share_once_and_nothing_else(void **state)
{
	(void)state;
	const uint32_t total = SHARE_DIGEST + SHARE_SIGNER;
	static const struct {
		uint32_t answers[3];
		bool complete;
	} cases[] = {
	    {{SHARE_DIGEST, SHARE_SIGNER, 0}, true},
	    {{SHARE_SIGNER, SHARE_DIGEST, 0}, true}, /* the order is the code's business */
	    {{SHARE_DIGEST, 0, 0}, false},
	    {{SHARE_SIGNER, 0, 0}, false},
	    {{0, 0, 0}, false},
	    {{SHARE_DIGEST, SHARE_SIGNER, SHARE_SIGNER}, false},
	    {{SHARE_DIGEST, SHARE_SIGNER, 1}, false},
	    {{SHARE_DIGEST, SHARE_DIGEST, 0}, false},
	    {{SHARE_DIGEST, UINT32_MAX, 0}, false},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_proof proof;
		harden_begin(&proof);
		for (size_t j = 0; j < ROTOR_COUNT_OF(cases[i].answers); j++) {
			harden_pass(&proof, cases[i].answers[j]);
		}
		assert_int_equal(harden_complete(&proof, total) == ROTOR_PROVEN, cases[i].complete);
	}
}

static void a_proof_that_was_changed_by_halves_is_none(void **state)
{
	(void)state;
	struct rotor_proof proof = {0};
	assert_false(harden_complete(&proof, 0) == ROTOR_PROVEN);
	harden_begin(&proof);
	assert_true(harden_complete(&proof, 0) == ROTOR_PROVEN);
	for (unsigned bit = 0; bit < 32; bit++) {
		struct rotor_proof changed = proof;
		changed.passed ^= UINT32_C(1) << bit;
		assert_false(harden_complete(&changed, 0) == ROTOR_PROVEN);
		changed = proof;
		changed.mirror ^= UINT32_C(1) << bit;
		assert_false(harden_complete(&changed, 0) == ROTOR_PROVEN);
	}
}

/* ---- images ---- */

static struct boot_device d;
static struct boot_image image, other;

/* A backend that answers ROTOR_OK to the first verifications, whatever they are of. */
static const struct rotor_crypto *honest;
static unsigned lies, verifications;

static enum rotor_status lying_verify(struct rotor_crypto_job *job,
				      const struct rotor_public_key *key, enum rotor_hash_alg hash,
				      const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	enum rotor_status status = honest->verify(job, key, hash, digest, sig, sig_len);
	return status != ROTOR_PENDING && verifications++ < lies ? ROTOR_OK : status;
}

static const struct rotor_crypto *lying_crypto(unsigned how_often)
{
	static struct rotor_crypto crypto;
	honest = boot_quick_crypto();
	crypto = *honest;
	crypto.verify = lying_verify;
	lies = how_often;
	verifications = 0;
	return &crypto;
}

/* Slot A has a confirmed image, that is all. */
static void set_up(const struct rotor_crypto *crypto)
{
	boot_device_init(&d, crypto, 256, 4);
	boot_make_image(&d, &(struct image_wish){.seed = 1}, &image);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &image);
	const struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_put_record(&d, &record);
}

static void break_signature(struct boot_image *broken)
{
	broken->bytes[broken->len - 5] ^= 1;
}

static void an_image_is_proven_only_if_it_was_verified_and_accepted(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	struct rotor_image_memory memory;
	struct rotor_image_key_hash key = {.alg = ROTOR_HASH_SHA384};
	memcpy(key.hash, d.fuses.key_hash[0], ROTOR_BOOT_DIGEST_SIZE);
	struct rotor_image_policy policy = {
	    .key_hashes = &key, .key_hash_count = 1, .flags = ROTOR_IMAGE_IDS_IGNORED};
	uint8_t work[1024];
	struct rotor_image_verifier v;
	for (unsigned bad = 0; bad < 2; bad++) {
		const struct rotor_image_source source =
		    rotor_image_memory(&memory, image.bytes, (uint32_t)image.len);
		assert_int_equal(
		    rotor_image_verifier_init(&v, d.crypto, &source, &policy, work, sizeof(work)),
		    ROTOR_OK);
		assert_false(rotor_image_verifier_accepted(&v) == ROTOR_PROVEN);
		assert_int_equal(rotor_image_verifier_run(&v) == ROTOR_OK, !bad);
		assert_int_equal(rotor_image_verifier_accepted(&v) == ROTOR_PROVEN, !bad);
		assert_int_equal(
		    rotor_image_inspector_init(&v, d.crypto, &source, work, sizeof(work)),
		    ROTOR_OK);
		assert_int_equal(rotor_image_verifier_run(&v), ROTOR_OK);
		assert_false(rotor_image_verifier_accepted(&v) == ROTOR_PROVEN);
		break_signature(&image);
	}
	boot_device_free(&d);
}

static void a_policy_may_have_the_signature_checked_more_than_once(void **state)
{
	(void)state;
	static const struct {
		uint8_t checks;
		unsigned lies;
		bool accepted;
	} cases[] = {{0, 0, false}, {0, 1, true}, {1, 1, true}, {2, 1, false}, {2, 2, true}};
	set_up(boot_quick_crypto());
	break_signature(&image);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_image_memory memory;
		const struct rotor_image_source source =
		    rotor_image_memory(&memory, image.bytes, (uint32_t)image.len);
		struct rotor_image_key_hash key = {.alg = ROTOR_HASH_SHA384};
		memcpy(key.hash, d.fuses.key_hash[0], ROTOR_BOOT_DIGEST_SIZE);
		const struct rotor_image_policy policy = {
		    .key_hashes = &key,
		    .key_hash_count = 1,
		    .flags = ROTOR_IMAGE_IDS_IGNORED,
		    .signature_checks = cases[i].checks,
		};
		uint8_t work[1024];
		struct rotor_image_verifier v;
		assert_int_equal(rotor_image_verifier_init(&v, lying_crypto(cases[i].lies), &source,
							   &policy, work, sizeof(work)),
				 ROTOR_OK);
		assert_int_equal(rotor_image_verifier_run(&v),
				 cases[i].accepted ? ROTOR_OK : ROTOR_ERR_VERIFY);
		assert_int_equal(rotor_image_verifier_accepted(&v) == ROTOR_PROVEN,
				 cases[i].accepted);
	}
	boot_device_free(&d);
}

static void one_wrong_answer_of_the_backend_neither_starts_nor_activates(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	break_signature(&image);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &image);
	d.crypto = lying_crypto(1);
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_NOT_FOUND);
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_VERIFIED, ROTOR_BOOT_SLOT_A));
	assert_true(boot_device_said(&d, ROTOR_BOOT_EVENT_REFUSED, ROTOR_BOOT_SLOT_A));
	boot_device_free(&d);

	set_up(boot_quick_crypto());
	boot_make_image(&d, &(struct image_wish){.seed = 2}, &other);
	break_signature(&other);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	d.update.config.crypto = lying_crypto(1);
	assert_int_equal(boot_device_update(&d, &other), ROTOR_ERR_VERIFY);
	assert_int_equal(d.update.refusal, ROTOR_IMAGE_SIGNATURE_WRONG);
	boot_device_free(&d);
}

/* ---- the second look ---- */

/* Fuses that answer otherwise when they are asked again. */
enum change {
	NOTHING_CHANGES,
	FLOOR_RISES,
	KEY_IS_REVOKED,
	KEY_IS_ANOTHER,
	LOCK_DOES_NOTHING,
};

static enum change change;
static const struct rotor_fuse_ops *true_fuses;

static enum rotor_status read_floor(void *ctx, uint32_t *floor)
{
	enum rotor_status status = true_fuses->read_floor(ctx, floor);
	if (change == FLOOR_RISES) {
		d.fuses.floor = 2;
	}
	return status;
}

static enum rotor_status read_key_hash(void *ctx, size_t index,
				       uint8_t hash[ROTOR_BOOT_DIGEST_SIZE])
{
	enum rotor_status status = true_fuses->read_key_hash(ctx, index, hash);
	d.fuses.revoked[0] = d.fuses.revoked[0] || change == KEY_IS_REVOKED;
	if (change == KEY_IS_ANOTHER) {
		memset(d.fuses.key_hash[0], 0xee, ROTOR_BOOT_DIGEST_SIZE);
	}
	return status;
}

static enum rotor_status lock(void *ctx)
{
	return change == LOCK_DOES_NOTHING ? ROTOR_OK : true_fuses->lock(ctx);
}

static void what_the_fuses_say_the_second_time_counts_too(void **state)
{
	(void)state;
	static const struct {
		enum change change;
		enum rotor_status status;
	} cases[] = {
	    {NOTHING_CHANGES, ROTOR_OK},           {FLOOR_RISES, ROTOR_ERR_NOT_FOUND},
	    {KEY_IS_REVOKED, ROTOR_ERR_NOT_FOUND}, {KEY_IS_ANOTHER, ROTOR_ERR_NOT_FOUND},
	    {LOCK_DOES_NOTHING, ROTOR_ERR_VERIFY},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		set_up(boot_quick_crypto());
		true_fuses = d.fuses.port.ops;
		struct rotor_fuse_ops ops = *true_fuses;
		ops.read_floor = read_floor;
		ops.read_key_hash = read_key_hash;
		ops.lock = lock;
		d.fuses.port.ops = &ops;
		change = cases[i].change;
		bool fine = cases[i].status == ROTOR_OK;
		assert_int_equal(boot_device_boot(&d), cases[i].status);
		assert_int_equal(rotor_boot_stage_accepted(&d.stage) == ROTOR_PROVEN, fine);
		assert_int_equal(boot_device_said(&d, ROTOR_BOOT_EVENT_FAULT, ROTOR_BOOT_SLOT_A),
				 !fine);
		boot_device_free(&d);
	}
}

/* What is refused as a fault is not held against the image: the next boot starts it. */
static void a_fault_is_not_held_against_the_image(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	true_fuses = d.fuses.port.ops;
	struct rotor_fuse_ops ops = *true_fuses;
	ops.read_floor = read_floor;
	d.fuses.port.ops = &ops;
	change = FLOOR_RISES;
	assert_int_equal(boot_device_boot(&d), ROTOR_ERR_NOT_FOUND);
	d.fuses.port.ops = true_fuses;
	d.fuses.floor = 1;
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
	boot_device_free(&d);
}

static void an_update_without_its_proof_is_not_activated(void **state)
{
	(void)state;
	set_up(boot_quick_crypto());
	boot_make_image(&d, &(struct image_wish){.seed = 2}, &other);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	struct rotor_boot_update *u = &d.update;
	enum rotor_status status;
	SETTLE(status, rotor_boot_update_begin(u, ROTOR_IMAGE_FIRMWARE, (uint32_t)other.len));
	assert_int_equal(status, ROTOR_OK);
	SETTLE(status, rotor_boot_update_write(u, 0, other.bytes, other.len));
	assert_int_equal(status, ROTOR_OK);
	SETTLE(status, rotor_boot_update_finish(u));
	assert_int_equal(status, ROTOR_OK);
	/* As if an instruction had led past the verification. */
	u->state = ROTOR_BOOT_UPDATE_VERIFIED;
	SETTLE(status, rotor_boot_update_activate(u));
	assert_int_equal(status, ROTOR_ERR_VERIFY);
	assert_int_equal(u->state, ROTOR_BOOT_UPDATE_REFUSED);
	assert_int_equal(u->refusal, ROTOR_IMAGE_FAULT);
	struct rotor_boot_record record;
	boot_get_record(&d, &record);
	assert_int_equal(record.slot[ROTOR_BOOT_SLOT_B].state, ROTOR_BOOT_RECEIVING);
	boot_device_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_word_answers_its_share_only_if_it_is_the_one_that_is_wanted),
	    cmocka_unit_test(a_number_answers_its_share_only_if_it_is_not_below),
	    cmocka_unit_test(bytes_answer_their_share_only_if_each_of_them_is_the_same),
	    cmocka_unit_test(bytes_answer_their_share_only_if_each_of_them_is_zero),
	    cmocka_unit_test(a_proof_needs_every_share_once_and_nothing_else),
	    cmocka_unit_test(a_proof_that_was_changed_by_halves_is_none),
	    cmocka_unit_test(an_image_is_proven_only_if_it_was_verified_and_accepted),
	    cmocka_unit_test(a_policy_may_have_the_signature_checked_more_than_once),
	    cmocka_unit_test(one_wrong_answer_of_the_backend_neither_starts_nor_activates),
	    cmocka_unit_test(what_the_fuses_say_the_second_time_counts_too),
	    cmocka_unit_test(a_fault_is_not_held_against_the_image),
	    cmocka_unit_test(an_update_without_its_proof_is_not_activated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
