/* SPDX-License-Identifier: Apache-2.0 */
/* A signer that is a command: what it is given, what is taken from it, and every way in which it can fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/host_signer.h"
#include "support/image_maker.h"

static const uint8_t digest[ROTOR_HASH_MAX] = {0x00, 0x0a, 0xff};

/* Signs with the key of the table in support/image_maker.c. */
static enum rotor_status run(struct rotor_command_signer *s, size_t key, enum rotor_hash_alg hash,
			     const char *command, uint8_t *sig)
{
	struct rotor_crypto_job job = {0};
	*s = (struct rotor_command_signer){.crypto = image_backends[0],
					   .key = image_keys[key],
					   .command = command,
					   .timeout_ms = ROTOR_COMMAND_SIGNER_MS};
	struct rotor_signer signer = rotor_command_signer(s);
	assert_int_equal(signer.alg, image_keys[key].alg);
	return signer.sign(&signer, &job, hash, digest, sig);
}

/* A command that writes bytes: printf with an escape for each. */
static void write_bytes(char *command, size_t cap, const uint8_t *bytes, size_t len)
{
	size_t at = (size_t)snprintf(command, cap, "printf '");
	for (size_t i = 0; i < len; i++)
		at += (size_t)snprintf(command + at, cap - at, "\\%03o", bytes[i]);
	snprintf(command + at, cap - at, "'");
}

static void a_genuine_signature_is_taken_raw_or_in_der(void **state)
{
	static const struct {
		enum rotor_sig_alg alg;
		enum rotor_hash_alg hash;
	} cases[] = {
	    {ROTOR_SIG_ECDSA_P256, ROTOR_HASH_SHA256},
	    {ROTOR_SIG_ECDSA_P384, ROTOR_HASH_SHA384},
	    {ROTOR_SIG_RSA3072_PSS, ROTOR_HASH_SHA256},
	    {ROTOR_SIG_ED25519, ROTOR_HASH_SHA512},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_command_signer s;
		struct rotor_crypto_job job = {0};
		struct rotor_public_key was;
		struct image_maker m;
		char command[2000];
		uint8_t good[ROTOR_SIGNATURE_MAX], got[ROTOR_SIGNATURE_MAX], der[200];
		size_t size = rotor_sig_size(cases[i].alg), len;
		maker_begin(&m, image_backends[0], cases[i].alg);
		assert_int_equal(m.signer.sign(&m.signer, &job, cases[i].hash, digest, good),
				 ROTOR_OK);
		was = image_keys[i];
		image_keys[i] = m.key.public_key;
		write_bytes(command, sizeof(command), good, size);
		assert_int_equal(run(&s, i, cases[i].hash, command, got), ROTOR_OK);
		assert_string_equal(s.failure, "");
		assert_memory_equal(got, good, size);
		if (rotor_ecdsa_size(cases[i].alg)) {
			assert_int_equal(
			    rotor_ecdsa_to_der(cases[i].alg, good, der, sizeof(der), &len),
			    ROTOR_OK);
			write_bytes(command, sizeof(command), der, len);
			assert_int_equal(run(&s, i, cases[i].hash, command, got), ROTOR_OK);
			assert_memory_equal(got, good, size);
		}
		/* a lie: one bit of it */
		good[size - 1] ^= 1;
		write_bytes(command, sizeof(command), good, size);
		assert_int_equal(run(&s, i, cases[i].hash, command, got), ROTOR_ERR_VERIFY);
		assert_non_null(strstr(s.failure, "does not verify"));
		image_keys[i] = was;
	}
}

static void the_command_gets_digest_and_algorithm(void **state)
{
	static const char *const algorithms[] = {"ecdsa-p256", "ecdsa-p384", "rsa3072-pss",
						 "ed25519"};
	static const enum rotor_hash_alg hashes[] = {ROTOR_HASH_SHA256, ROTOR_HASH_SHA384,
						     ROTOR_HASH_SHA256, ROTOR_HASH_SHA512};
	static const char *const hash_names[] = {"sha256", "sha384", "sha256", "sha512"};
	(void)state;
	setenv("ROTOR_SIGN_HASH", "a lie", 1);
	for (size_t i = 0; i < ROTOR_COUNT_OF(algorithms); i++) {
		struct rotor_command_signer s;
		char command[600], hex[2 * ROTOR_HASH_MAX + 1] = "000aff";
		uint8_t sig[ROTOR_SIGNATURE_MAX];
		memset(hex + 6, '0', 2 * rotor_hash_size(hashes[i]) - 6);
		/* exit code 7 says that all was as it must be */
		snprintf(command, sizeof(command),
			 "test \"$ROTOR_SIGN_ALGORITHM/$ROTOR_SIGN_HASH\" = %s/%s && "
			 "test $ROTOR_SIGN_DIGEST = %s && "
			 "test \"$(od -An -v -tx1 | tr -d ' \\n')\" = %s && exit 7",
			 algorithms[i], hash_names[i], hex, hex);
		assert_int_equal(run(&s, i, hashes[i], command, sig), ROTOR_ERR_IO);
		assert_string_equal(s.failure, "the signer failed with exit code 7");
	}
	unsetenv("ROTOR_SIGN_HASH");
}

static void every_failure_has_its_reason(void **state)
{
	static const struct {
		const char *command;
		enum rotor_status status;
		const char *reason;
	} cases[] = {
	    {"true", ROTOR_ERR_FORMAT, "wrote no signature"},
	    {"exec <&-; true", ROTOR_ERR_FORMAT, "wrote no signature"},
	    {"false", ROTOR_ERR_IO, "exit code 1"},
	    {"/no/such/command 2>/dev/null", ROTOR_ERR_IO, "exit code 127"},
	    {"kill -9 $$", ROTOR_ERR_IO, "signal 9"},
	    {"head -c 63 /dev/zero", ROTOR_ERR_FORMAT, "wrote 63 bytes"},
	    {"head -c 65 /dev/zero", ROTOR_ERR_FORMAT, "wrote 65 bytes"},
	    {"head -c 64 /dev/zero", ROTOR_ERR_VERIFY, "does not verify"},
	    {"cat", ROTOR_ERR_FORMAT, "wrote 32 bytes"},
	    {"head -c 500000 /dev/zero", ROTOR_ERR_FORMAT, "at least 1024 bytes"},
	    {"head -c 64 /dev/zero; exit 3", ROTOR_ERR_IO, "exit code 3"},
	};
	struct rotor_command_signer s;
	uint8_t sig[ROTOR_SIGNATURE_MAX];
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		enum rotor_status status = run(&s, 0, ROTOR_HASH_SHA256, cases[i].command, sig);
		if (status != cases[i].status || !strstr(s.failure, cases[i].reason))
			fail_msg("%s: %s: %s", cases[i].command, rotor_status_string(status),
				 s.failure);
	}
	assert_int_equal(run(&s, 0, ROTOR_HASH_NONE, "true", sig), ROTOR_ERR_ARGUMENT);
}

/* Whether it hangs while writing, or after having closed its output. */
static void a_command_that_hangs_is_ended(void **state)
{
	static const char *const commands[] = {"exec sleep 1000", "exec >&-; exec sleep 1000",
					       "exec cat /dev/zero"};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(commands); i++) {
		struct rotor_command_signer s = {.crypto = image_backends[0],
						 .key = image_keys[0],
						 .command = commands[i],
						 .timeout_ms = 50};
		struct rotor_signer signer = rotor_command_signer(&s);
		struct rotor_crypto_job job = {0};
		uint8_t sig[ROTOR_SIGNATURE_MAX];
		assert_int_equal(signer.sign(&signer, &job, ROTOR_HASH_SHA256, digest, sig),
				 ROTOR_ERR_TIMEOUT);
		assert_string_equal(s.failure, "the signer did not end within 50 ms");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_genuine_signature_is_taken_raw_or_in_der),
	    cmocka_unit_test(the_command_gets_digest_and_algorithm),
	    cmocka_unit_test(every_failure_has_its_reason),
	    cmocka_unit_test(a_command_that_hangs_is_ended),
	};
	return cmocka_run_group_tests(tests, image_load_keys, NULL);
}
