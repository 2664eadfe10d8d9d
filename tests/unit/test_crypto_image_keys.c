/* SPDX-License-Identifier: Apache-2.0 */
/* RSA and Ed25519, which sign images: every backend agrees with the specifications and with the other, or says that it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/crypto.h"
#include "rotor/host_pki.h"
#include "support/vectors.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

static const struct {
	enum rotor_sig_alg alg;
	const char *name;
} kinds[] = {
    {ROTOR_SIG_RSA3072_PSS, "rsa3072"},
    {ROTOR_SIG_ED25519, "ed25519"},
};

static const enum rotor_hash_alg hashes[] = {ROTOR_HASH_SHA256, ROTOR_HASH_SHA384,
					     ROTOR_HASH_SHA512};

static struct rotor_soft_key load(const struct rotor_crypto *crypto, size_t kind)
{
	struct rotor_soft_key key;
	char path[200];
	snprintf(path, sizeof(path), "%s/images/keys/%s.priv.pem", ROTOR_VECTORS, kinds[kind].name);
	assert_int_equal(rotor_pki_read_private(path, crypto, &key), ROTOR_OK);
	return key;
}

static bool has(size_t backend, size_t kind)
{
	return backends[backend]->sigs & ROTOR_BIT(kinds[kind].alg);
}

struct signed_digest {
	struct rotor_public_key key;
	enum rotor_hash_alg hash;
	uint8_t digest[ROTOR_HASH_MAX];
	uint8_t sig[ROTOR_SIGNATURE_MAX];
	size_t sig_len;
};

static struct signed_digest sign(const struct rotor_crypto *crypto, size_t kind,
				 enum rotor_hash_alg hash)
{
	struct signed_digest s = {.hash = hash};
	struct rotor_soft_key key = load(crypto, kind);
	struct rotor_signer signer = rotor_soft_signer(&key);
	struct rotor_crypto_job job = {0};
	memset(s.digest, 0x3c, sizeof(s.digest));
	s.key = key.public_key;
	s.sig_len = rotor_sig_size(key.alg);
	assert_int_equal(signer.alg, kinds[kind].alg);
	assert_int_equal(signer.sign(&signer, &job, hash, s.digest, s.sig), ROTOR_OK);
	return s;
}

static enum rotor_status check(const struct rotor_crypto *crypto, const struct signed_digest *s)
{
	struct rotor_crypto_job job = {0};
	return crypto->verify(&job, &s->key, s->hash, s->digest, s->sig, s->sig_len);
}

static void ed25519_matches_rfc_8032(void **state)
{
	/* 7.1, TEST SHA(abc): the message is a digest */
	static const char secret[] =
	    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42";
	static const char public_key[] =
	    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf";
	static const char expected[] =
	    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
	    "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704";
	static const struct rotor_bytes abc = {(const uint8_t *)"abc", 3};
	const struct rotor_crypto *crypto = &rotor_crypto_openssl;
	uint8_t raw[32], want[64], digest[64], sig[64];
	struct rotor_crypto_job job = {0};
	struct rotor_soft_key key;
	(void)state;
	vector_hex(secret, raw, sizeof(raw));
	assert_int_equal(crypto->key_import(&key, ROTOR_SIG_ED25519, raw), ROTOR_OK);
	vector_hex(public_key, want, sizeof(want));
	assert_int_equal(key.public_key.len, 32);
	assert_memory_equal(key.public_key.bytes, want, 32);
	assert_int_equal(rotor_hash_parts(crypto, ROTOR_HASH_SHA512, &abc, 1, digest), ROTOR_OK);
	assert_int_equal(crypto->key_sign(&job, &key, ROTOR_HASH_SHA512, digest, sig), ROTOR_OK);
	vector_hex(expected, want, sizeof(want));
	assert_memory_equal(sig, want, sizeof(sig));
}

static void every_backend_takes_what_another_signed_and_nothing_that_was_changed(void **state)
{
	(void)state;
	for (size_t k = 0; k < ROTOR_COUNT_OF(kinds); k++) {
		for (size_t n = 0; n < ROTOR_COUNT_OF(backends) * ROTOR_COUNT_OF(hashes); n++) {
			size_t signer = n % ROTOR_COUNT_OF(backends);
			if (!has(signer, k))
				continue;
			struct signed_digest s = sign(backends[signer], k, hashes[n / 2]);
			for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
				if (!has(b, k))
					continue;
				assert_int_equal(check(backends[b], &s), ROTOR_OK);
				for (size_t at = 0; at < s.sig_len; at += 13) {
					s.sig[at] ^= 0x10;
					assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
					s.sig[at] ^= 0x10;
				}
				s.digest[rotor_hash_size(s.hash) - 1] ^= 1;
				assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
				s.digest[rotor_hash_size(s.hash) - 1] ^= 1;
				s.key.bytes[20] ^= 1;
				assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
				s.key.bytes[20] ^= 1;
				s.sig_len--;
				assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
				s.sig_len++;
				s.key.len--;
				assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
				s.key.len++;
				enum rotor_hash_alg hash = s.hash;
				s.hash = hash == ROTOR_HASH_SHA256 ? ROTOR_HASH_SHA384
								   : ROTOR_HASH_SHA256;
				assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
				s.hash = ROTOR_HASH_NONE;
				assert_int_equal(check(backends[b], &s), ROTOR_ERR_UNSUPPORTED);
				s.hash = hash;
			}
		}
	}
}

static void what_a_backend_lacks_it_says(void **state)
{
	uint8_t secret[ROTOR_PRIVATE_KEY_MAX] = {1}, seed[80] = {1};
	(void)state;
	assert_true(has(0, 0) && has(0, 1) && has(1, 0) && !has(1, 1));
	struct signed_digest s = sign(backends[0], 1, ROTOR_HASH_SHA256);
	assert_int_equal(check(backends[1], &s), ROTOR_ERR_UNSUPPORTED);
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t k = 0; k < ROTOR_COUNT_OF(kinds); k++) {
			struct rotor_soft_key key;
			struct rotor_crypto_job job = {0};
			assert_int_equal(
			    backends[b]->key_derive(&key, kinds[k].alg, seed, sizeof(seed)),
			    ROTOR_ERR_UNSUPPORTED);
			if (has(b, k))
				continue;
			assert_int_equal(backends[b]->key_import(&key, kinds[k].alg, secret),
					 ROTOR_ERR_UNSUPPORTED);
			key = load(backends[0], k);
			assert_int_equal(
			    backends[b]->key_sign(&job, &key, ROTOR_HASH_SHA256, s.digest, s.sig),
			    ROTOR_ERR_UNSUPPORTED);
		}
	}
}

static void primes_that_make_no_key_are_refused(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		const struct rotor_soft_key good = load(backends[b], 0);
		static const struct {
			size_t at, len;
		} zeros[] = {
		    {0, 192},   /* p = 0 */
		    {0, 100},   /* p too small */
		    {192, 100}, /* q too small */
		    {191, 1},   /* p even */
		    {387, 1},   /* e even */
		    {384, 4},   /* e = 0 */
		};
		uint8_t secret[ROTOR_PRIVATE_KEY_MAX];
		struct rotor_soft_key key;
		for (size_t i = 0; i <= ROTOR_COUNT_OF(zeros); i++) {
			memcpy(secret, good.secret, sizeof(secret));
			if (i == ROTOR_COUNT_OF(zeros))
				memcpy(secret, secret + 192, 192); /* p = q */
			else
				memset(secret + zeros[i].at, 0, zeros[i].len);
			if (backends[b]->key_import(&key, ROTOR_SIG_RSA3072_PSS, secret) !=
			    ROTOR_ERR_FORMAT)
				fail_msg("case %zu with %s", i, backends[b]->name);
		}
		assert_int_equal(backends[b]->key_import(&key, ROTOR_SIG_RSA3072_PSS, good.secret),
				 ROTOR_OK);
		assert_memory_equal(&key, &good, sizeof(key));
	}
}

/* ---- DER ---- */

static void public_keys_in_der_are_read_and_written_as_others_do(void **state)
{
	(void)state;
	for (size_t k = 0; k < ROTOR_COUNT_OF(kinds); k++) {
		const struct rotor_soft_key key = load(backends[0], k);
		struct rotor_public_key back;
		uint8_t der[ROTOR_SPKI_MAX];
		char path[200];
		size_t len, theirs_len, none;
		/* imgtool writes RSAPublicKey for RSA, SubjectPublicKeyInfo for the others */
		bool rsa = kinds[k].alg == ROTOR_SIG_RSA3072_PSS;
		snprintf(path, sizeof(path), "images/keys/%s.pub.der", kinds[k].name);
		uint8_t *theirs = vector_file(path, &theirs_len);
		assert_int_equal(
		    rsa ? rotor_rsa_public_write(&key.public_key, der, sizeof(der), &len)
			: rotor_spki_write(&key.public_key, der, sizeof(der), &len),
		    ROTOR_OK);
		assert_int_equal(len, theirs_len);
		assert_memory_equal(der, theirs, len);
		assert_int_equal(rsa ? rotor_rsa_public_read(theirs, theirs_len, &back)
				     : rotor_spki_read(theirs, theirs_len, &back),
				 ROTOR_OK);
		assert_memory_equal(&back, &key.public_key, sizeof(back));
		free(theirs);

		assert_int_equal(rotor_spki_write(&key.public_key, der, sizeof(der), &len),
				 ROTOR_OK);
		assert_int_equal(rotor_spki_read(der, len, &back), ROTOR_OK);
		assert_memory_equal(&back, &key.public_key, sizeof(back));
		for (size_t n = 0; n < len; n++) {
			uint8_t out[ROTOR_SPKI_MAX];
			assert_int_equal(rotor_spki_read(der, n, &back), ROTOR_ERR_FORMAT);
			assert_int_equal(rotor_spki_write(&key.public_key, out, n, &none),
					 ROTOR_ERR_SPACE);
		}
		snprintf(path, sizeof(path), "%s/images/keys/%s.pub.pem", ROTOR_VECTORS,
			 kinds[k].name);
		assert_int_equal(rotor_pki_read_public(path, &back), ROTOR_OK);
		assert_memory_equal(&back, &key.public_key, sizeof(back));
	}
}

static void rsa_keys_of_other_sizes_and_malformed_ones_are_told_apart(void **state)
{
	/* RSAPublicKey: 30 82 018a, 02 82 0181 00 and 384 bytes from 9, 02 03 010001 from 393 */
	static const struct {
		size_t at;
		uint8_t value;
		enum rotor_status status;
	} cases[] = {
	    {0, 0x31, ROTOR_ERR_FORMAT},      /* no SEQUENCE */
	    {3, 0x8b, ROTOR_ERR_FORMAT},      /* longer than there is */
	    {8, 0x01, ROTOR_ERR_UNSUPPORTED}, /* 3073 bits */
	    {8, 0x80, ROTOR_ERR_FORMAT},      /* negative */
	    {9, 0x40, ROTOR_ERR_FORMAT},      /* a leading 00 that is not needed */
	    {392, 0x10, ROTOR_ERR_FORMAT},    /* an even modulus */
	    {397, 0x02, ROTOR_ERR_FORMAT},    /* an even exponent */
	    {395, 0x81, ROTOR_ERR_FORMAT},    /* a negative exponent */
	    {395, 0x00, ROTOR_ERR_FORMAT},    /* not minimal */
	};
	static const uint8_t small[] = {0x30, 0x06, 0x02, 0x01, 0x23, 0x02, 0x01, 0x03};
	struct rotor_public_key key;
	size_t len;
	uint8_t *der = vector_file("images/keys/rsa3072.pub.der", &len);
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t was = der[cases[i].at];
		der[cases[i].at] = cases[i].value;
		enum rotor_status status = rotor_rsa_public_read(der, len, &key);
		if (status != cases[i].status)
			fail_msg("case %zu: %s", i, rotor_status_string(status));
		assert_int_equal(key.alg, ROTOR_SIG_NONE);
		der[cases[i].at] = was;
	}
	/* an exponent of 3: 02 01 03 in place of 02 03 010001 */
	der[3] -= 2;
	der[394] = 1;
	der[395] = 3;
	assert_int_equal(rotor_rsa_public_read(der, len - 2, &key), ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(rotor_rsa_public_read(small, sizeof(small), &key), ROTOR_ERR_UNSUPPORTED);
	free(der);
}

static void the_algorithm_of_a_public_key_is_said_in_one_way(void **state)
{
	uint8_t der[ROTOR_SPKI_MAX];
	struct rotor_public_key back;
	size_t len;
	(void)state;
	/* 30 82 01a2 | 30 0d 06 09 … 05 00 | 03 82 018f 00 … */
	struct rotor_public_key rsa = load(backends[0], 0).public_key;
	assert_int_equal(rotor_spki_write(&rsa, der, sizeof(der), &len), ROTOR_OK);
	der[17] = 0x04; /* an OCTET STRING in place of NULL */
	assert_int_equal(rotor_spki_read(der, len, &back), ROTOR_ERR_UNSUPPORTED);
	der[17] = 0x05;
	der[12] ^= 1; /* another OID */
	assert_int_equal(rotor_spki_read(der, len, &back), ROTOR_ERR_UNSUPPORTED);
	rsa.len--;
	assert_int_equal(rotor_spki_write(&rsa, der, sizeof(der), &len), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_rsa_public_write(&rsa, der, sizeof(der), &len), ROTOR_ERR_ARGUMENT);

	/* 30 2a | 30 05 06 03 2b 65 70 | 03 21 00 … */
	struct rotor_public_key ed = load(backends[0], 1).public_key;
	assert_int_equal(rotor_spki_write(&ed, der, sizeof(der), &len), ROTOR_OK);
	der[8] = 0x71; /* Ed448, whose keys are longer */
	assert_int_equal(rotor_spki_read(der, len, &back), ROTOR_ERR_FORMAT);
	der[8] = 0x6f; /* X448 */
	assert_int_equal(rotor_spki_read(der, len, &back), ROTOR_ERR_UNSUPPORTED);
	der[8] = 0x70;
	der[1]--;
	der[10]--; /* a key of 31 bytes */
	assert_int_equal(rotor_spki_read(der, len - 1, &back), ROTOR_ERR_FORMAT);
	assert_int_equal(rotor_rsa_public_write(&ed, der, sizeof(der), &len), ROTOR_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ed25519_matches_rfc_8032),
	    cmocka_unit_test(every_backend_takes_what_another_signed_and_nothing_that_was_changed),
	    cmocka_unit_test(what_a_backend_lacks_it_says),
	    cmocka_unit_test(primes_that_make_no_key_are_refused),
	    cmocka_unit_test(public_keys_in_der_are_read_and_written_as_others_do),
	    cmocka_unit_test(rsa_keys_of_other_sizes_and_malformed_ones_are_told_apart),
	    cmocka_unit_test(the_algorithm_of_a_public_key_is_said_in_one_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
