/* SPDX-License-Identifier: Apache-2.0 */
/* Signed reference values: what is written is read, and nothing else is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/agent_reference.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};
static const uint8_t id[16] = {1, 2, 3};
static const uint8_t digest[48] = {7};

static struct rotor_reference good_reference(void)
{
	return (struct rotor_reference){
	    .vendor_id = {id, 16},
	    .class_id = {id, 16},
	    .version = {(const uint8_t *)"1.2.3", 5},
	    .security_version = 4,
	    .value_count = 2,
	    .values = {{1, 0x00, {digest, 48}}, {4, 0x86, {(const uint8_t *)"1.2.3", 5}}},
	};
}

static void make_key(const struct rotor_crypto *crypto, uint8_t seed, struct rotor_soft_key *key)
{
	uint8_t bytes[64];
	memset(bytes, seed, sizeof(bytes));
	assert_int_equal(crypto->key_derive(key, ROTOR_SIG_ECDSA_P384, bytes, sizeof(bytes)),
			 ROTOR_OK);
}

static size_t sign_with(struct rotor_soft_key *key, const struct rotor_reference *ref, uint8_t *out)
{
	struct rotor_signer signer = rotor_soft_signer(key);
	struct rotor_crypto_job job = {0};
	size_t len = 0;
	assert_int_equal(rotor_reference_write(key->crypto, &job, ref, &signer, &key->public_key,
					       out, ROTOR_REFERENCE_MAX, &len),
			 ROTOR_OK);
	return len;
}

static enum rotor_status open_with(const struct rotor_crypto *crypto, const uint8_t *bytes,
				   size_t len, const struct rotor_public_key *signers, size_t count,
				   struct rotor_reference *out)
{
	struct rotor_crypto_job job = {0};
	return rotor_reference_open(crypto, &job, (struct rotor_bytes){bytes, len}, signers, count,
				    out);
}

static void what_is_written_is_read_by_either_backend(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		struct rotor_soft_key key;
		struct rotor_soft_key other;
		struct rotor_reference in = good_reference();
		struct rotor_reference out;
		uint8_t bytes[ROTOR_REFERENCE_MAX];
		make_key(backends[i], 5, &key);
		make_key(backends[i], 6, &other);
		size_t len = sign_with(&key, &in, bytes);
		const struct rotor_public_key signers[] = {other.public_key, key.public_key};
		assert_int_equal(open_with(backends[1 - i], bytes, len, signers, 2, &out),
				 ROTOR_OK);
		assert_int_equal(out.security_version, 4);
		assert_int_equal(out.version.len, 5);
		assert_memory_equal(out.version.data, "1.2.3", 5);
		assert_memory_equal(out.vendor_id.data, id, 16);
		assert_int_equal(out.value_count, 2);
		assert_int_equal(out.values[0].value.len, 48);
		assert_int_equal(out.values[1].index, 4);
		assert_int_equal(out.values[1].type, 0x86);
	}
}

static void only_a_trusted_key_is_believed(void **state)
{
	(void)state;
	struct rotor_soft_key key;
	struct rotor_soft_key other;
	struct rotor_reference in = good_reference();
	struct rotor_reference out;
	uint8_t bytes[ROTOR_REFERENCE_MAX];
	make_key(backends[0], 5, &key);
	make_key(backends[0], 6, &other);
	size_t len = sign_with(&key, &in, bytes);
	assert_int_equal(open_with(backends[0], bytes, len, &other.public_key, 1, &out),
			 ROTOR_ERR_UNTRUSTED);
	assert_int_equal(open_with(backends[0], bytes, len, NULL, 0, &out), ROTOR_ERR_UNTRUSTED);
}

static void no_changed_byte_and_no_cut_is_accepted(void **state)
{
	(void)state;
	struct rotor_soft_key key;
	struct rotor_reference in = good_reference();
	struct rotor_reference out;
	uint8_t bytes[ROTOR_REFERENCE_MAX];
	make_key(backends[0], 5, &key);
	size_t len = sign_with(&key, &in, bytes);
	for (size_t i = 0; i < len; i++) {
		bytes[i] ^= 0x10;
		assert_int_not_equal(open_with(backends[0], bytes, len, &key.public_key, 1, &out),
				     ROTOR_OK);
		bytes[i] ^= 0x10;
		assert_int_not_equal(open_with(backends[0], bytes, i, &key.public_key, 1, &out),
				     ROTOR_OK);
	}
	bytes[len] = 0;
	assert_int_not_equal(open_with(backends[0], bytes, len + 1, &key.public_key, 1, &out),
			     ROTOR_OK);
	assert_int_equal(open_with(backends[0], bytes, len, &key.public_key, 1, &out), ROTOR_OK);
}

static void implausible_values_are_not_signed(void **state)
{
	(void)state;
	struct rotor_soft_key key;
	make_key(backends[0], 5, &key);
	struct rotor_signer signer = rotor_soft_signer(&key);
	struct rotor_reference wrong[7];
	for (size_t i = 0; i < ROTOR_COUNT_OF(wrong); i++)
		wrong[i] = good_reference();
	wrong[0].value_count = 0;
	wrong[1].value_count = ROTOR_REFERENCE_VALUES_MAX + 1;
	wrong[2].values[1].index = 1; /* twice */
	wrong[3].values[0].index = 0;
	wrong[4].values[1].index = 0xf0;
	wrong[5].values[0].value.len = 0;
	wrong[6].vendor_id.len = 15;
	for (size_t i = 0; i < ROTOR_COUNT_OF(wrong); i++) {
		uint8_t bytes[ROTOR_REFERENCE_MAX];
		struct rotor_crypto_job job = {0};
		size_t len = 9;
		assert_int_equal(rotor_reference_write(backends[0], &job, &wrong[i], &signer,
						       &key.public_key, bytes, sizeof(bytes), &len),
				 ROTOR_ERR_ARGUMENT);
		assert_int_equal(len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read_by_either_backend),
	    cmocka_unit_test(only_a_trusted_key_is_believed),
	    cmocka_unit_test(no_changed_byte_and_no_cut_is_accepted),
	    cmocka_unit_test(implausible_values_are_not_signed),
	};
	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
