/* SPDX-License-Identifier: Apache-2.0 */
/* Images of rotor's own: accepted where they belong, and nothing short of whole and trusted is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/image_maker.h"

static void what_is_written_is_accepted_by_the_key_hash_alone(void **state)
{
	static const enum rotor_sig_alg algs[] = {ROTOR_SIG_ECDSA_P384, ROTOR_SIG_ECDSA_P256,
						  ROTOR_SIG_RSA3072_PSS};
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(image_backends); b++) {
		for (size_t a = 0; a < ROTOR_COUNT_OF(algs); a++) {
			struct rotor_image_verifier v;
			struct image_maker m;
			maker_begin(&m, image_backends[b], algs[a]);
			/* the other backend reads it */
			assert_int_equal(
			    image_judge(&v, image_backends[1 - b], &m.policy, m.image, m.len),
			    ROTOR_OK);
			assert_int_equal(v.info.total_size, m.len);
			assert_int_equal(v.info.body_size, MAKER_BODY_SIZE);
			assert_int_equal(v.info.sig_alg, algs[a]);
			assert_int_equal(v.info.version.build, 4);
			assert_int_equal(v.info.security_counter, 5);
			assert_int_equal(rotor_image_verifier_progress(&v),
					 64 + MAKER_BODY_SIZE + 4 + 8 + 20 + 20);
			assert_int_equal(rotor_image_verifier_poll(&v), ROTOR_OK);
		}
	}
}

static void the_claims_of_a_genuine_image_are_held_against_the_policy(void **state)
{
	struct image_maker m;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P384);
	const struct rotor_image_policy good = m.policy;
	const struct rotor_image_spec spec = m.spec;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);

	m.policy.security_floor = 6;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_SECURITY_VERSION_LOW);
	m.policy = good;
	m.policy.security_ceiling = 5;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);
	m.policy.security_ceiling = 4;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_SECURITY_VERSION_HIGH);
	m.policy = good;
	m.policy.vendor_id[15] ^= 1;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_VENDOR_MISMATCH);
	m.policy.flags = ROTOR_IMAGE_IDS_OPTIONAL;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_VENDOR_MISMATCH);
	m.policy.flags = ROTOR_IMAGE_IDS_IGNORED;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);
	m.policy = good;
	m.policy.class_id[0] ^= 1;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_CLASS_MISMATCH);
	m.policy = good;
	m.policy.max_size = (uint32_t)m.len;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);
	m.policy.max_size--;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_TOO_LARGE);
	m.policy = good;
	m.policy.key_hash_count = 0;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_KEY_UNKNOWN);

	m.policy = good;
	m.spec.has_vendor_id = false;
	maker_make(&m);
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_VENDOR_MISSING);
	m.policy.flags = ROTOR_IMAGE_IDS_OPTIONAL;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);
	m.policy = good;
	m.spec = spec;
	m.spec.has_class_id = false;
	maker_make(&m);
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_CLASS_MISSING);
	m.spec = spec;
	m.spec.has_security_counter = false;
	maker_make(&m);
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_SECURITY_VERSION_LOW);
	m.policy.security_floor = 0;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);

	m.policy = good;
	m.spec = spec;
	m.spec.key_hash_only = true;
	maker_make(&m);
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_KEY_MISSING);
	m.policy.keys = &m.key.public_key;
	m.policy.key_count = 1;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);
}

static void an_image_is_taken_only_where_its_kind_belongs(void **state)
{
	static const enum rotor_image_kind kinds[] = {ROTOR_IMAGE_FIRMWARE, ROTOR_IMAGE_RECOVERY,
						      ROTOR_IMAGE_SETTINGS, ROTOR_IMAGE_DOWNSTREAM};
	struct image_maker m;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P384);
	for (size_t made = 0; made < ROTOR_COUNT_OF(kinds); made++) {
		m.spec.kind = kinds[made];
		maker_make(&m);
		for (size_t place = 0; place < ROTOR_COUNT_OF(kinds); place++) {
			struct rotor_image_verifier v;
			m.policy.kind = kinds[place];
			(void)image_judge(&v, m.crypto, &m.policy, m.image, m.len);
			assert_int_equal(v.refusal, made == place ? ROTOR_IMAGE_ACCEPTED
								  : ROTOR_IMAGE_KIND_MISMATCH);
			assert_int_equal(v.info.kind, kinds[made]);
		}
	}
	/* no other word for firmware, and no kind that is not known */
	for (unsigned value = 0; value < 256; value++) {
		struct rotor_image_verifier v;
		bool known = value >= ROTOR_IMAGE_RECOVERY && value <= ROTOR_IMAGE_DOWNSTREAM;
		m.image[64 + MAKER_BODY_SIZE + 4 + 8 + 20 + 20 + 4] = (uint8_t)value;
		(void)image_judge(&v, m.crypto, NULL, m.image, m.len);
		assert_int_equal(v.refusal == ROTOR_IMAGE_TLV_BAD_VALUE, !known);
	}
	m.spec.kind = (enum rotor_image_kind)4;
	assert_int_equal(rotor_image_write_header(&m.spec, 1, m.image, sizeof(m.image), &m.len),
			 ROTOR_ERR_ARGUMENT);
	assert_null(rotor_image_kind_string((enum rotor_image_kind)4));
}

static void a_policy_of_zeros_accepts_nothing(void **state)
{
	static const struct rotor_image_policy nothing;
	struct rotor_image_verifier v;
	struct image_maker m;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P384);
	assert_int_equal(image_judge(&v, m.crypto, &nothing, m.image, m.len), ROTOR_ERR_UNTRUSTED);
}

/* Sets a 16-bit field of the image. */
static void put16(struct image_maker *m, size_t at, unsigned value)
{
	m->image[at] = (uint8_t)value;
	m->image[at + 1] = (uint8_t)(value >> 8);
}

static void malformed_headers_and_tlvs_are_refused_by_reason(void **state)
{
	/* offsets: header 64, body, protected area (counter 8, vendor 20, class 20), then area: SHA384 52, PUBKEY … */
	enum {
		PROT = 64 + MAKER_BODY_SIZE,
		COUNTER = PROT + 4,
		VENDOR = COUNTER + 8,
		CLASS = VENDOR + 20,
		AREA = CLASS + 20,
		HASH = AREA + 4,
		KEY = HASH + 52
	};
	static const struct {
		size_t at;
		unsigned value;
		enum rotor_image_refusal refusal;
	} cases[] = {
	    {8, 31, ROTOR_IMAGE_BAD_HEADER_SIZE},
	    {16, 0x04, ROTOR_IMAGE_BAD_FLAGS},
	    {16, 0x08, ROTOR_IMAGE_BAD_FLAGS},
	    {16, 0x10, ROTOR_IMAGE_BAD_FLAGS},
	    {16, 0x200, ROTOR_IMAGE_BAD_FLAGS},
	    {16, 0x8000, ROTOR_IMAGE_BAD_FLAGS},
	    {12, 0, ROTOR_IMAGE_BODY_EMPTY},
	    {10, 3, ROTOR_IMAGE_PROTECTED_MISMATCH},
	    {PROT, 0x6907, ROTOR_IMAGE_BAD_TLV_MAGIC},
	    {PROT + 2, 51, ROTOR_IMAGE_PROTECTED_MISMATCH},
	    {COUNTER, ROTOR_IMAGE_TLV_SHA256, ROTOR_IMAGE_TLV_MISPLACED},
	    {COUNTER, 0x1ff, ROTOR_IMAGE_TLV_UNKNOWN},
	    {COUNTER + 2, 3, ROTOR_IMAGE_TLV_BAD_LENGTH},
	    {COUNTER + 2, 5, ROTOR_IMAGE_TLV_BAD_LENGTH},
	    {CLASS, ROTOR_IMAGE_TLV_VENDOR_ID, ROTOR_IMAGE_TLV_DUPLICATE},
	    {CLASS + 2, 17, ROTOR_IMAGE_TLV_OVERRUN},
	    {AREA, 0x6906, ROTOR_IMAGE_BAD_TLV_MAGIC},
	    {AREA + 2, 3, ROTOR_IMAGE_TLV_OVERRUN},
	    {AREA + 2, 4, ROTOR_IMAGE_HASH_MISSING},
	    {AREA + 2, 4 + 52, ROTOR_IMAGE_SIGNATURE_MISSING},
	    {AREA + 2, 4 + 52 + 3, ROTOR_IMAGE_TLV_OVERRUN},
	    {HASH, ROTOR_IMAGE_TLV_SHA256, ROTOR_IMAGE_TLV_BAD_LENGTH},
	    {HASH, ROTOR_IMAGE_TLV_SECURITY_COUNTER, ROTOR_IMAGE_TLV_UNPROTECTED},
	    {KEY, ROTOR_IMAGE_TLV_KEYHASH, ROTOR_IMAGE_TLV_BAD_LENGTH},
	    {KEY + 4, 0x3131, ROTOR_IMAGE_KEY_MALFORMED},
	    {KEY + 4 + 120, ROTOR_IMAGE_TLV_RSA2048, ROTOR_IMAGE_TLV_BAD_LENGTH},
	    {KEY + 4 + 120, ROTOR_IMAGE_TLV_PUBKEY, ROTOR_IMAGE_TLV_DUPLICATE},
	    {KEY + 4 + 120 + 4, 0x3131, ROTOR_IMAGE_SIGNATURE_MALFORMED},
	};
	struct image_maker m;
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P384);
		put16(&m, cases[i].at, cases[i].value);
		enum rotor_image_refusal refusal = maker_refusal(&m);
		if (refusal != cases[i].refusal)
			fail_msg("case %zu: %s", i, rotor_image_refusal_string(refusal));
	}
}

static void an_image_of_another_hash_than_its_key_asks_for_is_refused(void **state)
{
	struct rotor_image_verifier v;
	struct image_maker a, b;
	(void)state;
	maker_begin(&a, image_backends[0], ROTOR_SIG_ECDSA_P384);
	maker_begin(&b, image_backends[0], ROTOR_SIG_ECDSA_P256);
	/* b's hash and a's key and signature: KEYHASH form, so that both lengths are plausible */
	size_t area_a = 64 + MAKER_BODY_SIZE + 52, area_b = area_a, hash_a = 4 + 52,
	       hash_b = 4 + 36;
	uint8_t image[sizeof(a.image)];
	memcpy(image, b.image, area_b + hash_b);
	size_t rest = a.len - area_a - hash_a;
	memcpy(image + area_b + hash_b, a.image + area_a + hash_a, rest);
	image[area_b + 2] = (uint8_t)(hash_b + rest);
	image[area_b + 3] = (uint8_t)((hash_b + rest) >> 8);
	(void)image_judge(&v, image_backends[0], &a.policy, image, area_b + hash_b + rest);
	assert_int_equal(v.refusal, ROTOR_IMAGE_ALGORITHMS_MISMATCH);
}

/* ---- slow sources and slow crypto ---- */

struct slow {
	const uint8_t *data;
	unsigned turn;
	unsigned reads;
	bool broken;
};

/* Answers every third call only. */
static enum rotor_status slow_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct slow *slow = ctx;
	if (slow->broken && offset > 1000)
		return ROTOR_ERR_IO;
	if (++slow->turn % 3)
		return ROTOR_PENDING;
	slow->reads++;
	memcpy(buf, slow->data + offset, len);
	return ROTOR_OK;
}

static unsigned verify_calls;

static enum rotor_status slow_verify(struct rotor_crypto_job *job,
				     const struct rotor_public_key *key, enum rotor_hash_alg hash,
				     const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	if (++verify_calls < 5)
		return ROTOR_PENDING;
	return rotor_crypto_openssl.verify(job, key, hash, digest, sig, sig_len);
}

static void a_slow_flash_and_a_slow_verify_only_take_more_polls(void **state)
{
	struct rotor_crypto crypto = rotor_crypto_openssl;
	uint8_t work[ROTOR_IMAGE_WORK_MIN];
	struct rotor_image_verifier v;
	unsigned polls = 0;
	struct image_maker m;
	(void)state;
	crypto.verify = slow_verify;
	verify_calls = 0;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P384);
	struct slow slow = {m.image, 0, 0, false};
	struct rotor_image_source source = {slow_read, &slow, (uint32_t)m.len};
	assert_int_equal(
	    rotor_image_verifier_init(&v, &crypto, &source, &m.policy, work, sizeof(work)),
	    ROTOR_OK);
	enum rotor_status status;
	uint32_t progress = 0;
	while ((status = rotor_image_verifier_poll(&v)) == ROTOR_PENDING) {
		assert_true(rotor_image_verifier_progress(&v) >= progress);
		progress = rotor_image_verifier_progress(&v);
		polls++;
	}
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(verify_calls, 5);
	/* one piece of work a poll: a read in three polls, the ends of both areas, the verification */
	assert_int_equal(polls + 1, slow.reads * 3 + 2 + 5);
}

static void a_verification_can_be_left_at_any_point(void **state)
{
	struct rotor_image_verifier v;
	uint8_t work[ROTOR_IMAGE_WORK_MIN];
	struct image_maker m;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P384);
	for (unsigned stop = 0; stop < 40; stop++) {
		struct rotor_image_memory memory;
		struct rotor_image_source source =
		    rotor_image_memory(&memory, m.image, (uint32_t)m.len);
		assert_int_equal(
		    rotor_image_verifier_init(&v, m.crypto, &source, &m.policy, work, sizeof(work)),
		    ROTOR_OK);
		for (unsigned i = 0; i < stop; i++)
			(void)!rotor_image_verifier_poll(&v);
		rotor_image_verifier_cancel(&v);
		rotor_image_verifier_cancel(&v);
		enum rotor_status status = rotor_image_verifier_poll(&v);
		assert_true(status == ROTOR_ERR_STATE || status == ROTOR_OK);
	}
}

static void a_read_error_is_no_verdict_on_the_image(void **state)
{
	struct rotor_image_verifier v;
	uint8_t work[ROTOR_IMAGE_WORK_MIN];
	struct image_maker m;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P384);
	struct slow slow = {m.image, 0, 0, true};
	struct rotor_image_source source = {slow_read, &slow, (uint32_t)m.len};
	assert_int_equal(
	    rotor_image_verifier_init(&v, m.crypto, &source, &m.policy, work, sizeof(work)),
	    ROTOR_OK);
	assert_int_equal(rotor_image_verifier_run(&v), ROTOR_ERR_IO);
	assert_int_equal(v.refusal, ROTOR_IMAGE_READ_FAILED);
}

/* An image of almost 4 GiB: a header, and the same TLV area wherever one is read. */
static enum rotor_status read_huge(void *ctx, uint32_t offset, void *buf, size_t len)
{
	static const uint8_t area[] = {0x07, 0x69, 0x40, 0x00};
	const uint32_t *size = ctx;
	struct rotor_writer w = rotor_writer(buf, len);
	if (offset > *size || len > *size - offset) {
		fail_msg("read beyond the end");
	}
	memset(buf, 0, len);
	if (offset == 0) {
		rotor_write_u32le(&w, ROTOR_IMAGE_MAGIC);
		rotor_write_u32le(&w, 0);
		rotor_write_u16le(&w, ROTOR_IMAGE_HEADER_SIZE);
		rotor_write_u16le(&w, 0);
		rotor_write_u32le(&w, *size - ROTOR_IMAGE_HEADER_SIZE - sizeof(area));
	} else {
		rotor_write_bytes(&w, area, sizeof(area));
	}
	return ROTOR_OK;
}

static void sizes_that_do_not_fit_32_bits_are_seen_to_overrun(void **state)
{
	(void)state;
	struct rotor_image_verifier v;
	uint8_t work[ROTOR_IMAGE_WORK_MIN];
	uint32_t size = UINT32_MAX;
	const struct rotor_image_source source = {read_huge, &size, size};
	assert_int_equal(
	    rotor_image_inspector_init(&v, image_backends[0], &source, work, sizeof(work)),
	    ROTOR_OK);
	assert_int_not_equal(rotor_image_verifier_run(&v), ROTOR_OK);
	assert_int_equal(v.refusal, ROTOR_IMAGE_TLV_OVERRUN);
}

static void a_verifier_refuses_what_it_cannot_work_with(void **state)
{
	struct rotor_image_policy policy = image_lenient_policy();
	struct rotor_image_verifier v;
	struct rotor_image_memory memory;
	uint8_t work[ROTOR_IMAGE_WORK_MIN] = {0};
	struct rotor_image_source source = rotor_image_memory(&memory, work, 10);
	(void)state;
	assert_int_equal(
	    rotor_image_verifier_init(&v, image_backends[0], &source, NULL, work, sizeof(work)),
	    ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_image_verifier_poll(&v), ROTOR_ERR_STATE);
	assert_int_equal(rotor_image_verifier_init(&v, image_backends[0], &source, &policy, work,
						   sizeof(work) - 1),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_image_verifier_poll(&v), ROTOR_ERR_STATE);
}

/* ---- writer, versions, words ---- */

static void a_writer_without_room_says_so(void **state)
{
	struct image_maker m;
	size_t len;
	uint8_t out[sizeof(m.image)], body[MAKER_BODY_SIZE] = {0};
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P256);
	for (size_t cap = 0;
	     cap<MAKER_BODY_SIZE + 160; cap += cap> 100 && cap < MAKER_BODY_SIZE ? 97 : 1)
		assert_int_equal(rotor_image_write(&m.spec, m.crypto, body, sizeof(body), &m.signer,
						   &m.key.public_key, out, cap, &len),
				 ROTOR_ERR_SPACE);
	m.spec.header_size = 31;
	assert_int_equal(rotor_image_write(&m.spec, m.crypto, body, sizeof(body), &m.signer,
					   &m.key.public_key, out, sizeof(out), &len),
			 ROTOR_ERR_ARGUMENT);
	m.spec.header_size = 32;
	m.spec.flags = 4;
	assert_int_equal(rotor_image_write_header(&m.spec, 1, out, sizeof(out), &len),
			 ROTOR_ERR_ARGUMENT);
	m.spec.flags = ROTOR_IMAGE_F_RAM_LOAD;
	assert_int_equal(rotor_image_write_header(&m.spec, 0, out, sizeof(out), &len),
			 ROTOR_ERR_ARGUMENT);
}

static void versions_are_read_written_and_ordered(void **state)
{
	static const char *const bad[] = {
	    "",          "1.",     "1..2",           "a",  "1.2.3.4", "256",
	    "1.2.65536", "1.2.3+", "1.2+4294967296", " 1", "1.2.3 ",  "-1"};
	static const char *const ordered[] = {
	    "0.0.1", "0.1.0", "1.2.3", "1.2.3+4", "1.2.3+10", "1.2.10", "255.255.65535+4294967295"};
	struct rotor_image_version version, before = {0, 0, 0, 0};
	char text[ROTOR_IMAGE_VERSION_STRING_SIZE];
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(ordered); i++) {
		assert_int_equal(rotor_image_version_parse(ordered[i], &version), ROTOR_OK);
		assert_int_equal(rotor_image_version_string(&version, text), strlen(ordered[i]));
		assert_string_equal(text, ordered[i]);
		assert_true(rotor_image_version_compare(&before, &version) < 0);
		assert_true(rotor_image_version_compare(&version, &before) > 0);
		assert_int_equal(rotor_image_version_compare(&version, &version), 0);
		before = version;
	}
	assert_int_equal(rotor_image_version_parse("7", &version), ROTOR_OK);
	assert_int_equal(version.major, 7);
	assert_int_equal(rotor_image_version_parse("7.8+9", &version), ROTOR_OK);
	assert_int_equal(version.build, 9);
	for (size_t i = 0; i < ROTOR_COUNT_OF(bad); i++)
		assert_int_equal(rotor_image_version_parse(bad[i], &version), ROTOR_ERR_FORMAT);
}

static void every_refusal_has_words_and_a_status(void **state)
{
	(void)state;
	for (int i = 0; i < ROTOR_IMAGE_REFUSAL_COUNT; i++) {
		assert_non_null(rotor_image_refusal_string((enum rotor_image_refusal)i));
		assert_int_equal(rotor_image_refusal_status((enum rotor_image_refusal)i) == 0,
				 i == 0);
	}
	assert_non_null(rotor_image_refusal_string((enum rotor_image_refusal)1000));
	assert_int_not_equal(rotor_image_refusal_status((enum rotor_image_refusal)1000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_accepted_by_the_key_hash_alone),
	    cmocka_unit_test(the_claims_of_a_genuine_image_are_held_against_the_policy),
	    cmocka_unit_test(an_image_is_taken_only_where_its_kind_belongs),
	    cmocka_unit_test(a_policy_of_zeros_accepts_nothing),
	    cmocka_unit_test(malformed_headers_and_tlvs_are_refused_by_reason),
	    cmocka_unit_test(an_image_of_another_hash_than_its_key_asks_for_is_refused),
	    cmocka_unit_test(a_slow_flash_and_a_slow_verify_only_take_more_polls),
	    cmocka_unit_test(a_verification_can_be_left_at_any_point),
	    cmocka_unit_test(a_read_error_is_no_verdict_on_the_image),
	    cmocka_unit_test(sizes_that_do_not_fit_32_bits_are_seen_to_overrun),
	    cmocka_unit_test(a_verifier_refuses_what_it_cannot_work_with),
	    cmocka_unit_test(a_writer_without_room_says_so),
	    cmocka_unit_test(versions_are_read_written_and_ordered),
	    cmocka_unit_test(every_refusal_has_words_and_a_status),
	};
	return cmocka_run_group_tests(tests, image_load_keys, NULL);
}
