/* SPDX-License-Identifier: Apache-2.0 */
/* What only the crypto backend of devices has: steps, memory that ends, an arena, random bytes of its own. */
#include <mbedtls/platform.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/mbedtls_ec.h"
#include "rotor/crypto_mbedtls.h"
#include "support/cert_chain.h"
#include "support/to_end.h"
#include "support/vectors.h"

static const struct rotor_crypto *const crypto = &rotor_crypto_mbedtls;

/* ---- memory that is counted, and can end ---- */

static long blocks;        /* that are out */
static long until_refusal; /* allocations that still succeed; negative: all */

static void *counted_calloc(size_t n, size_t size)
{
	if (until_refusal == 0) {
		return NULL;
	}
	if (until_refusal > 0) {
		until_refusal--;
	}
	void *p = calloc(n, size);
	blocks += p != NULL;
	return p;
}

static void counted_free(void *p)
{
	blocks -= p != NULL;
	free(p);
}

/* ---- a noise source that can break ---- */

struct noise {
	uint64_t state;
	bool stuck;
};

static struct noise noise = {.state = 7};

static enum rotor_status noise_sample(void *ctx, uint8_t *out)
{
	struct noise *n = ctx;
	n->state = n->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	*out = n->stuck ? 0 : (uint8_t)(n->state >> 56);
	return ROTOR_OK;
}

static const struct rotor_entropy_source source = {noise_sample, &noise, 6};

/* ---- the operations ---- */

static struct chain chain;
static struct rotor_soft_key key;
static struct rotor_signer signer;
static uint8_t digest[48], good_sig[96], peer[96];

/* Everything that one operation reads and writes; all of it stays where it is between calls. */
static struct rotor_crypto_job job;
static struct rotor_kex kex;
static uint8_t sig[96], shared[48], own_public[96];

static enum rotor_status do_verify(void)
{
	return crypto->verify(&job, &key.public_key, ROTOR_HASH_SHA384, digest, good_sig, 96);
}

static enum rotor_status do_sign(void)
{
	return signer.sign(&signer, &job, ROTOR_HASH_SHA384, digest, sig);
}

static enum rotor_status do_generate(void)
{
	return crypto->kex_generate(&job, &kex, ROTOR_KEX_SECP384R1, own_public);
}

static enum rotor_status do_agree(void)
{
	return crypto->kex_agree(&job, &kex, peer, shared);
}

static enum rotor_status do_chain(void)
{
	return crypto->chain_verify(&job, chain.certs, CHAIN_DEPTH, chain.certs, 1,
				    ROTOR_TIME_UNKNOWN);
}

static const struct {
	const char *name;
	enum rotor_status (*call)(void);
	unsigned steps; /* small enough for many stops, large enough for the time that it takes */
} operations[] = {
    {"verify", do_verify, 150},         {"sign", do_sign, 150},
    {"kex_generate", do_generate, 150}, {"kex_agree", do_agree, 150},
    {"chain_verify", do_chain, 1000},
};

static void prepare(void)
{
	struct rotor_kex other = {0};
	memset(&job, 0, sizeof(job));
	memset(&kex, 0, sizeof(kex));
	memset(sig, 0, sizeof(sig));
	memset(shared, 0, sizeof(shared));
	assert_int_equal(kex_generate_to_end(crypto, &kex, ROTOR_KEX_SECP384R1, own_public),
			 ROTOR_OK);
	assert_int_equal(kex_generate_to_end(crypto, &other, ROTOR_KEX_SECP384R1, peer), ROTOR_OK);
}

static int set_up(void **state)
{
	(void)state;
	mbedtls_platform_set_calloc_free(counted_calloc, counted_free);
	until_refusal = -1;
	noise = (struct noise){.state = 7};
	assert_int_equal(rotor_crypto_mbedtls_random_start(&source), ROTOR_OK);
	assert_int_equal(rotor_crypto_mbedtls_set_steps(0), ROTOR_OK);
	chain_make(crypto, &chain, ROTOR_SIG_ECDSA_P384, NULL);
	key = chain.keys[0];
	signer = rotor_soft_signer(&key);
	memset(digest, 0x35, sizeof(digest));
	assert_int_equal(sign_to_end(&signer, ROTOR_HASH_SHA384, digest, good_sig), ROTOR_OK);
	prepare();
	return 0;
}

static void steps_are_small_and_their_sum_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(operations); i++) {
		unsigned calls[3] = {0};
		static const unsigned steps[3] = {0, 2000, 400};
		for (size_t s = 0; s < 3; s++) {
			enum rotor_status status;
			prepare();
			assert_int_equal(rotor_crypto_mbedtls_set_steps(steps[s]), ROTOR_OK);
			do {
				status = operations[i].call();
				calls[s]++;
			} while (status == ROTOR_PENDING);
			assert_int_equal(rotor_crypto_mbedtls_set_steps(0), ROTOR_OK);
			assert_int_equal(status, ROTOR_OK);
			assert_null(job.state);
		}
		assert_int_equal(calls[0], 1);
		assert_true(calls[1] > 1);
		assert_true(calls[2] > calls[1]);
	}
	do_sign();
	assert_memory_equal(sig, good_sig, sizeof(sig));
}

static void a_job_is_cancelled_at_any_call_and_nothing_is_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(operations); i++) {
		enum rotor_status status = ROTOR_PENDING;
		for (unsigned after = 1; status == ROTOR_PENDING; after++) {
			prepare();
			long before = blocks;
			assert_int_equal(rotor_crypto_mbedtls_set_steps(operations[i].steps),
					 ROTOR_OK);
			for (unsigned n = 0; n < after && (n == 0 || status == ROTOR_PENDING);
			     n++) {
				status = operations[i].call();
			}
			assert_int_equal(status == ROTOR_PENDING, job.state != NULL);
			crypto->job_cancel(&job);
			assert_null(job.state);
			crypto->job_cancel(&job);
			assert_int_equal(rotor_crypto_mbedtls_set_steps(0), ROTOR_OK);
			assert_int_equal(blocks, before);
		}
		assert_int_equal(status, ROTOR_OK);
	}
}

/* What is half done ends in one call when steps are switched off. */
static void steps_can_be_switched_off_in_the_middle(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(operations); i++) {
		prepare();
		assert_int_equal(rotor_crypto_mbedtls_set_steps(operations[i].steps), ROTOR_OK);
		for (unsigned n = 0; n < 3; n++) {
			assert_int_equal(operations[i].call(), ROTOR_PENDING);
		}
		assert_int_equal(rotor_crypto_mbedtls_set_steps(0), ROTOR_OK);
		assert_int_equal(operations[i].call(), ROTOR_OK);
		assert_null(job.state);
	}
}

static void a_job_does_not_go_on_with_other_input(void **state)
{
	(void)state;
	struct {
		size_t operation;
		uint8_t *at; /* a byte of its input */
	} inputs[] = {
	    {0, &key.public_key.bytes[7]},
	    {0, &digest[0]},
	    {0, &good_sig[95]},
	    {1, &key.secret[47]},
	    {1, &digest[47]},
	    {3, &kex.secret[0]},
	    {3, &peer[3]},
	};
	long before = blocks;
	for (size_t i = 0; i < ROTOR_COUNT_OF(inputs); i++) {
		enum rotor_status (*call)(void) = operations[inputs[i].operation].call;
		prepare();
		assert_int_equal(rotor_crypto_mbedtls_set_steps(100), ROTOR_OK);
		assert_int_equal(call(), ROTOR_PENDING);
		*inputs[i].at ^= 1;
		assert_int_equal(call(), ROTOR_ERR_ARGUMENT);
		*inputs[i].at ^= 1;
		assert_null(job.state);
		assert_int_equal(blocks, before);
		assert_int_equal(rotor_crypto_mbedtls_set_steps(0), ROTOR_OK);
	}
	/* Nor does one operation go on with another's job, or one chain with another's. */
	for (size_t i = 0; i < ROTOR_COUNT_OF(operations); i++) {
		for (size_t j = 0; j < ROTOR_COUNT_OF(operations); j++) {
			prepare();
			if (i == j || (i == 2 && j == 3)) {
				continue; /* an agreement needs a key, which a generation takes away */
			}
			assert_int_equal(rotor_crypto_mbedtls_set_steps(100), ROTOR_OK);
			assert_int_equal(operations[i].call(), ROTOR_PENDING);
			assert_int_equal(operations[j].call(), ROTOR_ERR_ARGUMENT);
			assert_null(job.state);
			assert_int_equal(blocks, before);
			assert_int_equal(rotor_crypto_mbedtls_set_steps(0), ROTOR_OK);
		}
	}
	assert_int_equal(rotor_crypto_mbedtls_set_steps(100), ROTOR_OK);
	assert_int_equal(do_chain(), ROTOR_PENDING);
	assert_int_equal(crypto->chain_verify(&job, chain.certs, CHAIN_DEPTH - 1, chain.certs, 1,
					      ROTOR_TIME_UNKNOWN),
			 ROTOR_ERR_ARGUMENT);
	assert_null(job.state);
	assert_int_equal(rotor_crypto_mbedtls_set_steps(0), ROTOR_OK);
	assert_int_equal(blocks, before);
}

/* Two operations on one curve at a time, in every order of their first and last calls. */
static void two_jobs_run_beside_each_other(void **state)
{
	(void)state;
	for (unsigned head_start = 0; head_start < 40; head_start += 3) {
		struct rotor_crypto_job other = {0};
		uint8_t other_sig[96];
		enum rotor_status status[2] = {ROTOR_PENDING, ROTOR_PENDING};
		prepare();
		rotor_mbedtls_ec_forget(); /* both compute the curve's table */
		long before = blocks;
		assert_int_equal(rotor_crypto_mbedtls_set_steps(200), ROTOR_OK);
		for (unsigned n = 0; status[0] == ROTOR_PENDING || status[1] == ROTOR_PENDING;
		     n++) {
			if (status[0] == ROTOR_PENDING) {
				status[0] = do_verify();
			}
			if (n >= head_start && status[1] == ROTOR_PENDING) {
				status[1] = signer.sign(&signer, &other, ROTOR_HASH_SHA384, digest,
							other_sig);
			}
		}
		assert_int_equal(rotor_crypto_mbedtls_set_steps(0), ROTOR_OK);
		assert_int_equal(status[0], ROTOR_OK);
		assert_int_equal(status[1], ROTOR_OK);
		assert_memory_equal(other_sig, good_sig, sizeof(other_sig));
		rotor_mbedtls_ec_forget();
		assert_int_equal(blocks, before);
	}
}

/* Memory that ends at any allocation: an error that says so, never a verdict, and nothing is left. */
static void no_memory_is_no_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(operations); i++) {
		for (unsigned steps = 0; steps <= 2000; steps += 2000) {
			enum rotor_status status;
			long allowed = 0;
			do {
				prepare();
				rotor_mbedtls_ec_forget(); /* the curve's table needs memory too */
				long before = blocks;
				assert_int_equal(rotor_crypto_mbedtls_set_steps(steps), ROTOR_OK);
				until_refusal = allowed;
				SETTLE(status, operations[i].call());
				until_refusal = -1;
				assert_int_equal(rotor_crypto_mbedtls_set_steps(0), ROTOR_OK);
				if (status != ROTOR_OK) {
					assert_int_equal(status, ROTOR_ERR_CRYPTO);
				}
				assert_null(job.state);
				rotor_mbedtls_ec_forget();
				assert_int_equal(blocks, before);
				allowed += allowed < 60 ? 1 : 1 + allowed / 3;
			} while (status != ROTOR_OK);
		}
	}
}

/* ---- the arena ---- */

static void an_arena_holds_what_it_must_and_says_how_much(void **state)
{
	(void)state;
	static _Alignas(8) uint8_t arena[32768];
	assert_int_equal(rotor_crypto_mbedtls_arena_peak(), 0);
	assert_int_equal(rotor_crypto_mbedtls_arena(arena, 100), ROTOR_ERR_SPACE);
	/* Too small, then large enough, at odd addresses too. */
	bool enough = false;
	for (size_t size = 2048; !enough; size += 1501) {
		assert_true(size < sizeof(arena));
		assert_int_equal(rotor_crypto_mbedtls_arena(arena + size % 3, size), ROTOR_OK);
		enough = rotor_crypto_mbedtls_random_start(&source) == ROTOR_OK;
		for (size_t i = 0; enough && i < ROTOR_COUNT_OF(operations); i++) {
			enum rotor_status status;
			if (i == 3) {
				continue; /* the generation has left no key for it */
			}
			SETTLE(status, operations[i].call());
			assert_true(status == ROTOR_OK || status == ROTOR_ERR_CRYPTO);
			enough = status == ROTOR_OK;
		}
		if (enough) {
			size_t peak = rotor_crypto_mbedtls_arena_peak();
			assert_true(peak > 4096 && peak <= size);
			assert_int_equal(do_verify(), ROTOR_OK);
			assert_int_equal(rotor_crypto_mbedtls_arena_peak(), peak);
		}
	}
	/* Nothing is left in it, nor is there any more. */
	assert_int_equal(rotor_crypto_mbedtls_arena(NULL, 0), ROTOR_OK);
	for (size_t i = 0; i < sizeof(arena); i++) {
		assert_int_equal(arena[i], 0);
	}
	assert_int_equal(rotor_crypto_mbedtls_arena_peak(), 0);
	assert_int_equal(do_sign(), ROTOR_ERR_CRYPTO);
	assert_int_equal(rotor_crypto_mbedtls_random_start(&source), ROTOR_ERR_CRYPTO);
}

/* ---- random bytes ---- */

static void random_bytes_are_those_of_the_specification(void **state)
{
	(void)state;
	/*
	 * SP 800-90A, 10.1.2, over the noise above, worked out with another implementation: 80 bytes, then 2100, then the
	 * first 32 after the generator has been seeded again, at its request number 1025.
	 */
	static const char first[] =
	    "cccb1ba73f0e7c77a2aee83710b13230450200a8d55256c5a315ac39da5ce95ab4580deeb822315bdcd36d"
	    "7a35"
	    "9fa9ae7657609f12c06c690efc8a40c9ea0a13e744eecd14529e71caf70aa1486c846a";
	static const char long_digest[] = "8d38f054ad834fd931c25cd7fd596522bc093854fac63d31f21e845e"
					  "bc5ab19af80a9a131a5f9cde0a2b9edd9d"
					  "2dc45e";
	static const char again[] =
	    "ff8800b24856c509ce0cf7992cd1dc5062754cbba85440758c03789b2940da12";
	uint8_t out[2100], want[80], hash[48];
	noise = (struct noise){.state = 7};
	assert_int_equal(rotor_crypto_mbedtls_random_start(&source), ROTOR_OK);
	vector_hex(first, want, sizeof(want));
	assert_int_equal(crypto->random(out, 80), ROTOR_OK);
	assert_memory_equal(out, want, 80);
	const struct rotor_bytes all = {out, sizeof(out)};
	assert_int_equal(crypto->random(out, sizeof(out)), ROTOR_OK);
	assert_int_equal(rotor_hash_parts(crypto, ROTOR_HASH_SHA384, &all, 1, hash), ROTOR_OK);
	vector_hex(long_digest, want, sizeof(want));
	assert_memory_equal(hash, want, sizeof(hash));
	for (unsigned requests = 4; requests < 1024; requests++) {
		assert_int_equal(crypto->random(out, 1), ROTOR_OK);
	}
	vector_hex(again, want, sizeof(want));
	assert_int_equal(crypto->random(out, 32), ROTOR_OK);
	assert_memory_equal(out, want, 32);
}

static void after_a_failure_nothing_random_is_had(void **state)
{
	(void)state;
	static const uint8_t zeros[64];
	uint8_t out[64];
	unsigned requests = 0;
	struct rotor_soft_key other;
	assert_int_equal(rotor_crypto_mbedtls_random_start(&source), ROTOR_OK);
	noise.stuck = true;
	/* It is noticed when the source is asked the next time, no later than after so many requests. */
	while (crypto->random(out, sizeof(out)) == ROTOR_OK) {
		assert_true(++requests <= 1024);
	}
	assert_memory_equal(out, zeros, sizeof(out));
	assert_int_equal(rotor_crypto_mbedtls_random_fault(), ROTOR_ENTROPY_REPETITION);
	noise.stuck = false; /* too late */
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(crypto->random(out, 1), ROTOR_ERR_CRYPTO);
		assert_int_equal(do_sign(), ROTOR_ERR_CRYPTO);
		assert_int_equal(do_agree(), ROTOR_ERR_CRYPTO);
		assert_int_equal(do_generate(), ROTOR_ERR_CRYPTO);
		assert_int_equal(crypto->key_import(&other, ROTOR_SIG_ECDSA_P384, key.secret),
				 ROTOR_ERR_CRYPTO);
		assert_null(job.state);
		/* What needs none goes on. */
		assert_int_equal(do_verify(), ROTOR_OK);
		assert_int_equal(do_chain(), ROTOR_OK);
		kex.alg = ROTOR_KEX_SECP384R1; /* as it was */
	}
	/* A start that fails leaves nothing either. */
	noise.stuck = true;
	assert_int_equal(rotor_crypto_mbedtls_random_start(&source), ROTOR_ERR_CRYPTO);
	assert_int_equal(crypto->random(out, 1), ROTOR_ERR_CRYPTO);
	noise.stuck = false;
	assert_int_equal(rotor_crypto_mbedtls_random_start(&source), ROTOR_OK);
	assert_int_equal(crypto->random(out, 1), ROTOR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(steps_are_small_and_their_sum_is_the_same, set_up),
	    cmocka_unit_test_setup(a_job_is_cancelled_at_any_call_and_nothing_is_left, set_up),
	    cmocka_unit_test_setup(steps_can_be_switched_off_in_the_middle, set_up),
	    cmocka_unit_test_setup(a_job_does_not_go_on_with_other_input, set_up),
	    cmocka_unit_test_setup(two_jobs_run_beside_each_other, set_up),
	    cmocka_unit_test_setup(no_memory_is_no_verdict, set_up),
	    cmocka_unit_test_setup(an_arena_holds_what_it_must_and_says_how_much, set_up),
	    cmocka_unit_test_setup(random_bytes_are_those_of_the_specification, set_up),
	    cmocka_unit_test_setup(after_a_failure_nothing_random_is_had, set_up),
	};
	return cmocka_run_group_tests_name("device_crypto", tests, NULL, NULL);
}
