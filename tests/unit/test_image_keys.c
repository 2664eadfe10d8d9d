/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, hashes and signatures of images of every kind; what is measured; the boot record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/image_maker.h"

static const struct kind {
	enum rotor_sig_alg alg;
	enum rotor_hash_alg hash;
	const char *name;
} kinds[] = {
    {ROTOR_SIG_ECDSA_P256, ROTOR_HASH_SHA256, "ECDSA P-256"},
    {ROTOR_SIG_ECDSA_P384, ROTOR_HASH_SHA384, "ECDSA P-384"},
    {ROTOR_SIG_RSA3072_PSS, ROTOR_HASH_SHA256, "RSA-3072 PSS"},
    {ROTOR_SIG_ED25519, ROTOR_HASH_SHA256, "Ed25519"},
    {ROTOR_SIG_ED25519, ROTOR_HASH_SHA512, "Ed25519"},
};

static void begin_kind(struct image_maker *m, const struct rotor_crypto *crypto, size_t kind)
{
	maker_begin(m, crypto, kinds[kind].alg);
	m->spec.hash_alg = kinds[kind].hash;
	maker_make(m);
}

static void digest_of(enum rotor_hash_alg alg, const void *data, size_t len, uint8_t *digest)
{
	const struct rotor_bytes part = {data, len};
	assert_int_equal(rotor_hash_parts(&rotor_crypto_openssl, alg, &part, 1, digest), ROTOR_OK);
}

static void images_of_every_kind_are_accepted_by_the_hash_of_the_key_in_the_fuses(void **state)
{
	(void)state;
	for (size_t n = 0; n < ROTOR_COUNT_OF(kinds) * 4; n++) {
		size_t k = n / 4, maker = n % 2, judge = n / 2 % 2;
		struct rotor_image_verifier v;
		struct image_maker m;
		if (!image_backend_has(maker, kinds[k].alg))
			continue;
		begin_kind(&m, image_backends[maker], k);
		(void)image_judge(&v, image_backends[judge], &m.policy, m.image, m.len);
		assert_int_equal(v.refusal, image_backend_has(judge, kinds[k].alg)
						? ROTOR_IMAGE_ACCEPTED
						: ROTOR_IMAGE_SIGNATURE_UNSUPPORTED);
		assert_int_equal(v.info.sig_alg, kinds[k].alg);
		assert_string_equal(rotor_image_signature_name(&v.info), kinds[k].name);
		assert_int_equal(m.hash.alg, ROTOR_HASH_SHA384);
	}
}

static void what_is_measured_is_sha_384_whatever_the_image_is_hashed_with(void **state)
{
	(void)state;
	for (size_t k = 0; k < ROTOR_COUNT_OF(kinds); k++) {
		uint8_t digest[ROTOR_HASH_MAX], measurement[ROTOR_HASH_MAX];
		struct rotor_image_verifier v;
		struct image_maker m;
		begin_kind(&m, image_backends[0], k);
		for (unsigned inspect = 0; inspect < 2; inspect++) {
			assert_int_equal(
			    image_judge(&v, m.crypto, inspect ? NULL : &m.policy, m.image, m.len),
			    ROTOR_OK);
			uint32_t covered =
			    v.info.body_offset + v.info.body_size + v.info.protected_size;
			digest_of(kinds[k].hash, m.image, covered, digest);
			digest_of(ROTOR_HASH_SHA384, m.image, covered, measurement);
			assert_int_equal(v.info.hash_alg, kinds[k].hash);
			assert_memory_equal(v.info.hash, digest, rotor_hash_size(kinds[k].hash));
			assert_memory_equal(v.info.measurement, measurement,
					    ROTOR_IMAGE_MEASUREMENT_SIZE);
		}
	}
}

static void key_hashes_of_a_policy_may_be_of_any_algorithm(void **state)
{
	static const enum rotor_hash_alg algs[] = {ROTOR_HASH_SHA256, ROTOR_HASH_SHA384,
						   ROTOR_HASH_SHA512};
	(void)state;
	for (size_t k = 0; k < ROTOR_COUNT_OF(kinds); k++) {
		uint8_t spki[ROTOR_SPKI_MAX];
		struct image_maker m;
		size_t len;
		begin_kind(&m, image_backends[0], k);
		assert_int_equal(rotor_spki_write(&m.key.public_key, spki, sizeof(spki), &len),
				 ROTOR_OK);
		for (size_t a = 0; a < ROTOR_COUNT_OF(algs); a++) {
			/* found behind others, which are not it */
			struct rotor_image_key_hash known[3] = {{ROTOR_HASH_SHA384, {1}},
								{ROTOR_HASH_NONE, {0}}};
			m.policy.key_hashes = known;
			m.policy.key_hash_count = 3;
			known[2].alg = algs[a];
			digest_of(algs[a], spki, len, known[2].hash);
			known[1] = known[2];
			known[1].hash[rotor_hash_size(algs[a]) - 1] ^= 1;
			assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);
			m.policy.key_hash_count = 2;
			assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_KEY_UNKNOWN);
		}
	}
}

static void a_key_hash_of_no_algorithm_is_an_error_and_no_match(void **state)
{
	static const struct rotor_image_key_hash none[] = {{ROTOR_HASH_NONE, {0}}};
	struct image_maker m;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P384);
	m.policy.key_hashes = none;
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_CRYPTO_FAILED);
	m.spec.key_hash_only = true;
	maker_make(&m);
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_KEY_UNKNOWN);
}

static void an_image_with_only_the_hash_of_its_key_needs_one_who_holds_the_key(void **state)
{
	(void)state;
	for (size_t k = 0; k < ROTOR_COUNT_OF(kinds); k++) {
		struct rotor_image_verifier v;
		struct image_maker m;
		begin_kind(&m, image_backends[0], k);
		m.spec.key_hash_only = true;
		maker_make(&m);
		/* SHA-384 over SubjectPublicKeyInfo is the KEYHASH of P-384 only */
		assert_int_equal(maker_refusal(&m), kinds[k].alg == ROTOR_SIG_ECDSA_P384
							? ROTOR_IMAGE_KEY_MISSING
							: ROTOR_IMAGE_KEY_UNKNOWN);
		m.policy.keys = image_keys;
		m.policy.key_count = 1;
		assert_int_not_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);
		m.policy.keys = &m.key.public_key;
		(void)image_judge(&v, m.crypto, &m.policy, m.image, m.len);
		assert_int_equal(v.refusal, ROTOR_IMAGE_ACCEPTED);
		assert_false(v.info.has_public_key);
		assert_int_equal(v.info.key_hash.alg, kinds[k].hash);
	}
}

static void only_the_pairs_of_key_and_hash_that_the_format_has_are_written_or_read(void **state)
{
	static const enum rotor_hash_alg hashes[] = {ROTOR_HASH_NONE, ROTOR_HASH_SHA256,
						     ROTOR_HASH_SHA384, ROTOR_HASH_SHA512};
	static const struct {
		enum rotor_sig_alg alg;
		bool fits[4];
	} cases[] = {
	    {ROTOR_SIG_NONE, {false, false, false, false}},
	    {ROTOR_SIG_ECDSA_P256, {false, true, false, false}},
	    {ROTOR_SIG_ECDSA_P384, {false, false, true, false}},
	    {ROTOR_SIG_RSA3072_PSS, {false, true, false, false}},
	    {ROTOR_SIG_ED25519, {false, true, false, true}},
	};
	(void)state;
	for (size_t c = 0; c < ROTOR_COUNT_OF(cases); c++) {
		for (size_t h = 0; h < ROTOR_COUNT_OF(hashes); h++) {
			struct image_maker m;
			uint8_t out[1500], digest[ROTOR_HASH_MAX] = {0};
			struct rotor_crypto_job job = {0};
			size_t len;
			assert_int_equal(rotor_image_hash_fits(cases[c].alg, hashes[h]),
					 cases[c].fits[h]);
			if (cases[c].alg == ROTOR_SIG_NONE || hashes[h] == ROTOR_HASH_NONE)
				continue;
			maker_begin(&m, image_backends[0], cases[c].alg);
			m.spec.hash_alg = hashes[h];
			assert_int_equal(rotor_image_write_trailer(&m.spec, m.crypto, digest,
								   &m.signer, &m.key.public_key,
								   &job, out, sizeof(out), &len),
					 cases[c].fits[h] ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED);
		}
	}
	assert_int_equal(rotor_image_hash_of(ROTOR_SIG_NONE), ROTOR_HASH_NONE);
	assert_int_equal(rotor_image_hash_of(ROTOR_SIG_ED25519), ROTOR_HASH_SHA256);
}

/* Where the entry of a type stands in the unprotected area; its length goes to *len. */
static size_t find_tlv(const struct image_maker *m, unsigned type, size_t *len)
{
	size_t at = 64 + MAKER_BODY_SIZE + 52 + 4;
	while (at < m->len) {
		*len = m->image[at + 2] | (size_t)m->image[at + 3] << 8;
		if ((m->image[at] | (unsigned)m->image[at + 1] << 8) == type)
			return at;
		at += 4 + *len;
	}
	fail_msg("no TLV %#x", type);
	return 0;
}

/* Puts the entry of a type of `from` in the place of the one of `was` in m. */
static void transplant(struct image_maker *m, unsigned was, const struct image_maker *from,
		       unsigned type)
{
	size_t old_len, new_len, old = find_tlv(m, was, &old_len),
				 fresh = find_tlv(from, type, &new_len);
	size_t area = 64 + MAKER_BODY_SIZE + 52, rest = m->len - old - 4 - old_len;
	memmove(m->image + old + 4 + new_len, m->image + old + 4 + old_len, rest);
	memcpy(m->image + old, from->image + fresh, 4 + new_len);
	m->len += new_len - old_len;
	m->image[area + 2] = (uint8_t)(m->len - area);
	m->image[area + 3] = (uint8_t)((m->len - area) >> 8);
}

static void parts_of_different_kinds_do_not_go_together(void **state)
{
	static const struct {
		enum rotor_sig_alg into, from;
		unsigned was, with;
		enum rotor_image_refusal refusal;
	} cases[] = {
	    {ROTOR_SIG_ECDSA_P384, ROTOR_SIG_ED25519, ROTOR_IMAGE_TLV_ECDSA,
	     ROTOR_IMAGE_TLV_ED25519, ROTOR_IMAGE_ALGORITHMS_MISMATCH},
	    {ROTOR_SIG_ECDSA_P384, ROTOR_SIG_RSA3072_PSS, ROTOR_IMAGE_TLV_ECDSA,
	     ROTOR_IMAGE_TLV_RSA3072, ROTOR_IMAGE_ALGORITHMS_MISMATCH},
	    {ROTOR_SIG_ED25519, ROTOR_SIG_ECDSA_P256, ROTOR_IMAGE_TLV_ED25519,
	     ROTOR_IMAGE_TLV_ECDSA, ROTOR_IMAGE_ALGORITHMS_MISMATCH},
	    {ROTOR_SIG_RSA3072_PSS, ROTOR_SIG_ED25519, ROTOR_IMAGE_TLV_RSA3072,
	     ROTOR_IMAGE_TLV_ED25519, ROTOR_IMAGE_ALGORITHMS_MISMATCH},
	    {ROTOR_SIG_ECDSA_P384, ROTOR_SIG_ECDSA_P256, ROTOR_IMAGE_TLV_SHA384,
	     ROTOR_IMAGE_TLV_SHA256, ROTOR_IMAGE_ALGORITHMS_MISMATCH},
	    {ROTOR_SIG_ED25519, ROTOR_SIG_ECDSA_P384, ROTOR_IMAGE_TLV_SHA256,
	     ROTOR_IMAGE_TLV_SHA384, ROTOR_IMAGE_ALGORITHMS_MISMATCH},
	    /* the same hash of the same bytes */
	    {ROTOR_SIG_ED25519, ROTOR_SIG_ECDSA_P256, ROTOR_IMAGE_TLV_SHA256,
	     ROTOR_IMAGE_TLV_SHA256, ROTOR_IMAGE_ACCEPTED},
	    /* a stranger's key */
	    {ROTOR_SIG_ED25519, ROTOR_SIG_RSA3072_PSS, ROTOR_IMAGE_TLV_PUBKEY,
	     ROTOR_IMAGE_TLV_PUBKEY, ROTOR_IMAGE_KEY_UNKNOWN},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct image_maker m, other;
		maker_begin(&m, image_backends[0], cases[i].into);
		maker_begin(&other, image_backends[0], cases[i].from);
		transplant(&m, cases[i].was, &other, cases[i].with);
		enum rotor_image_refusal refusal = maker_refusal(&m);
		if (refusal != cases[i].refusal)
			fail_msg("case %zu: %s", i, rotor_image_refusal_string(refusal));
	}
}

static void a_signature_that_cannot_be_checked_is_named(void **state)
{
	struct rotor_image_verifier v;
	struct image_maker m;
	size_t len, at;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_RSA3072_PSS);
	/* another type for the same bytes, cut to its length */
	at = find_tlv(&m, ROTOR_IMAGE_TLV_RSA3072, &len);
	m.image[at] = ROTOR_IMAGE_TLV_RSA2048;
	m.image[at + 3] = 1;
	m.image[at + 2] = 0;
	m.len -= 128;
	size_t area = 64 + MAKER_BODY_SIZE + 52;
	m.image[area + 2] = (uint8_t)(m.len - area);
	m.image[area + 3] = (uint8_t)((m.len - area) >> 8);
	(void)image_judge(&v, m.crypto, &m.policy, m.image, m.len);
	assert_int_equal(v.refusal, ROTOR_IMAGE_SIGNATURE_UNSUPPORTED);
	assert_string_equal(rotor_image_signature_name(&v.info), "RSA-2048 PSS");

	maker_begin(&m, image_backends[0], ROTOR_SIG_ED25519);
	(void)image_judge(&v, &rotor_crypto_mbedtls, &m.policy, m.image, m.len);
	assert_int_equal(v.refusal, ROTOR_IMAGE_SIGNATURE_UNSUPPORTED);
	assert_string_equal(rotor_image_signature_name(&v.info), "Ed25519");

	uint8_t *pure = image_vector("ed25519-pure.bin", &len);
	(void)image_judge(&v, m.crypto, &m.policy, pure, len);
	assert_int_equal(v.refusal, ROTOR_IMAGE_SIGNATURE_PURE);
	assert_string_equal(rotor_image_signature_name(&v.info), "Ed25519, pure");
	free(pure);
	uint8_t *unsigned_image = image_vector("unsigned-sha256.bin", &len);
	(void)image_judge(&v, m.crypto, NULL, unsigned_image, len);
	assert_null(rotor_image_signature_name(&v.info));
	free(unsigned_image);
}

static void an_rsa_key_stands_in_an_image_in_one_form(void **state)
{
	struct image_maker m, other;
	size_t len;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_RSA3072_PSS);
	other = m;
	/* SubjectPublicKeyInfo in place of RSAPublicKey */
	size_t at = find_tlv(&other, ROTOR_IMAGE_TLV_PUBKEY, &len);
	assert_int_equal(rotor_spki_write(&m.key.public_key, other.image + at + 4,
					  sizeof(other.image) - at - 4, &len),
			 ROTOR_OK);
	other.image[at + 2] = (uint8_t)len;
	other.image[at + 3] = (uint8_t)(len >> 8);
	transplant(&m, ROTOR_IMAGE_TLV_PUBKEY, &other, ROTOR_IMAGE_TLV_PUBKEY);
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_KEY_MALFORMED);
}

/* ---- boot record ---- */

static void boot_records_are_read_and_written_as_imgtool_has_them(void **state)
{
	static const struct {
		const char *file;
		size_t key;
		enum rotor_hash_alg hash;
	} cases[] = {
	    {"p256-bootrec.bin", 0, ROTOR_HASH_SHA256}, {"p256-full.bin", 0, ROTOR_HASH_SHA256},
	    {"p384-bootrec.bin", 1, ROTOR_HASH_SHA384}, {"p384-full.bin", 1, ROTOR_HASH_SHA384},
	    {"rsa3072-full.bin", 2, ROTOR_HASH_SHA256}, {"ed25519-full.bin", 3, ROTOR_HASH_SHA256},
	};
	static const uint8_t zeros[ROTOR_HASH_MAX];
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_image_boot_record record;
		struct rotor_image_verifier v;
		uint8_t own[ROTOR_IMAGE_BOOT_RECORD_MAX];
		size_t len, own_len;
		uint8_t *image = image_vector(cases[i].file, &len);
		assert_int_equal(image_judge(&v, image_backends[0], NULL, image, len), ROTOR_OK);
		assert_true(v.info.has_boot_record);
		const uint8_t *theirs = image + v.info.boot_record_offset;
		assert_int_equal(
		    rotor_image_boot_record_read(theirs, v.info.boot_record_size, &record),
		    ROTOR_OK);
		assert_int_equal(record.sw_type.len, 5);
		assert_memory_equal(record.sw_type.data, "AppFW", 5);
		assert_int_equal(record.version.len, 5);
		assert_memory_equal(record.version.data, "1.2.3", 5);
		assert_int_equal(record.hash_alg, cases[i].hash);
		assert_memory_equal(record.measurement.data, zeros, record.measurement.len);
		assert_int_equal(rotor_image_boot_record_write(
				     image_backends[0], &image_keys[cases[i].key], cases[i].hash,
				     &v.info.version, "AppFW", own, sizeof(own), &own_len),
				 ROTOR_OK);
		assert_int_equal(own_len, v.info.boot_record_size);
		assert_memory_equal(own, theirs, own_len);
		for (size_t cap = 0; cap < own_len; cap++) {
			size_t none;
			assert_int_equal(rotor_image_boot_record_read(theirs, cap, &record),
					 ROTOR_ERR_FORMAT);
			assert_int_equal(rotor_image_boot_record_write(
					     image_backends[0], &image_keys[cases[i].key],
					     cases[i].hash, &v.info.version, "AppFW", own, cap,
					     &none),
					 ROTOR_ERR_SPACE);
		}
		free(image);
	}
}

static void malformed_boot_records_are_refused(void **state)
{
	/* a5 | 01 65 AppFW | 04 65 1.2.3 | 05 58 20 … at 17 | 06 66 SHA256 at 49 | 02 58 20 … at 60 */
	static const struct {
		size_t at;
		uint8_t value;
	} cases[] = {
	    {0, 0xa4},  /* four fields */
	    {0, 0xa6},  /* six */
	    {0, 0x85},  /* an array */
	    {0, 0xbf},  /* of indefinite length */
	    {1, 2},     /* another field first */
	    {2, 0x45},  /* bytes in place of text */
	    {2, 0x64},  /* too short */
	    {3, 0x0a},  /* a line feed */
	    {5, 0x80},  /* not ASCII */
	    {8, 1},     /* the type twice */
	    {10, 0x1b}, /* an escape in the version */
	    {15, 6},    /* the fields in another order */
	    {16, 0x59}, /* a length not in its shortest form */
	    {17, 0x1f}, /* a signer of 31 bytes */
	    {50, 5},    /* a field that is not due */
	    {52, 's'},  /* "sHA256" */
	    {55, '3'},  /* "SHA356" */
	    {58, 4},    /* another last field */
	    {60, 0x1f}, /* a byte that is left over */
	    {60, 0x21}, /* a byte too few */
	};
	struct rotor_image_version version = {1, 2, 3, 0};
	struct rotor_image_boot_record read;
	uint8_t record[ROTOR_IMAGE_BOOT_RECORD_MAX];
	struct image_maker m;
	size_t len;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ECDSA_P256);
	assert_int_equal(rotor_image_boot_record_write(m.crypto, &m.key.public_key,
						       ROTOR_HASH_SHA256, &version, "AppFW", record,
						       sizeof(record), &len),
			 ROTOR_OK);
	m.spec.boot_record.data = record;
	m.spec.boot_record.len = len;
	maker_make(&m);
	assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_ACCEPTED);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t was = record[cases[i].at];
		record[cases[i].at] = cases[i].value;
		if (rotor_image_boot_record_read(record, len, &read) != ROTOR_ERR_FORMAT)
			fail_msg("case %zu is read", i);
		maker_make(&m);
		assert_int_equal(maker_refusal(&m), ROTOR_IMAGE_TLV_BAD_VALUE);
		record[cases[i].at] = was;
	}
	m.spec.boot_record.len = sizeof(record) + 1;
	assert_int_equal(rotor_image_write_header(&m.spec, 1, m.image, sizeof(m.image), &len),
			 ROTOR_ERR_ARGUMENT);
}

static void a_boot_record_takes_a_short_printable_type(void **state)
{
	static const struct {
		const char *type;
		enum rotor_status status;
	} cases[] = {
	    {"", ROTOR_OK},
	    {"twelve chars", ROTOR_OK},
	    {"thirteen char", ROTOR_ERR_ARGUMENT},
	    {"tab\t", ROTOR_ERR_ARGUMENT},
	    {"\xc3\xa9", ROTOR_ERR_ARGUMENT},
	};
	static const struct rotor_image_version version = {255, 255, 65535, 7};
	struct rotor_image_boot_record record;
	uint8_t out[ROTOR_IMAGE_BOOT_RECORD_MAX];
	struct image_maker m;
	size_t len;
	(void)state;
	maker_begin(&m, image_backends[0], ROTOR_SIG_ED25519);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		assert_int_equal(
		    rotor_image_boot_record_write(m.crypto, &m.key.public_key, ROTOR_HASH_SHA512,
						  &version, cases[i].type, out, sizeof(out), &len),
		    cases[i].status);
		if (cases[i].status)
			continue;
		assert_int_equal(rotor_image_boot_record_read(out, len, &record), ROTOR_OK);
		assert_int_equal(record.version.len, strlen("255.255.65535"));
	}
	assert_int_equal(rotor_image_boot_record_write(m.crypto, &m.key.public_key, ROTOR_HASH_NONE,
						       &version, "", out, sizeof(out), &len),
			 ROTOR_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(images_of_every_kind_are_accepted_by_the_hash_of_the_key_in_the_fuses),
	    cmocka_unit_test(what_is_measured_is_sha_384_whatever_the_image_is_hashed_with),
	    cmocka_unit_test(key_hashes_of_a_policy_may_be_of_any_algorithm),
	    cmocka_unit_test(a_key_hash_of_no_algorithm_is_an_error_and_no_match),
	    cmocka_unit_test(an_image_with_only_the_hash_of_its_key_needs_one_who_holds_the_key),
	    cmocka_unit_test(
		only_the_pairs_of_key_and_hash_that_the_format_has_are_written_or_read),
	    cmocka_unit_test(parts_of_different_kinds_do_not_go_together),
	    cmocka_unit_test(a_signature_that_cannot_be_checked_is_named),
	    cmocka_unit_test(an_rsa_key_stands_in_an_image_in_one_form),
	    cmocka_unit_test(boot_records_are_read_and_written_as_imgtool_has_them),
	    cmocka_unit_test(malformed_boot_records_are_refused),
	    cmocka_unit_test(a_boot_record_takes_a_short_printable_type),
	};
	return cmocka_run_group_tests(tests, image_load_keys, NULL);
}
