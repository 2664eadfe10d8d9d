/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations with every algorithm that can be negotiated: attestation in the clear, a session with both sides
 * authenticated, application data. With each pair of backends, every value that both have is there at least once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/spdm_pair.h"

/* What a conversation is to agree on. */
struct suite {
	enum rotor_sig_alg sig, req_sig;
	enum rotor_hash_alg hash;
	enum rotor_kex_alg kex;
	enum rotor_aead_alg aead;
	uint8_t version;
};

/* The one that the pair under way is made for. */
static struct suite now;

static void tune(struct spdm_pair *p)
{
	p->agent_config.hashes = ROTOR_BIT(now.hash);
	p->agent_config.kexes = ROTOR_BIT(now.kex);
	p->agent_config.aeads = ROTOR_BIT(now.aead);
}

static struct spdm_pair *pair_for(const struct suite *suite, const struct rotor_crypto *agent,
				  const struct rotor_crypto *device)
{
	const struct pair_wish wish = {
	    .version = suite->version,
	    .sig = suite->sig,
	    .req_sig = suite->req_sig,
	    .agent = agent,
	    .device = device,
	    .device_buffer = 2600,
	    .agent_buffer = 3000,
	    .tune = tune,
	};
	now = *suite;
	return pair_new(&wish);
}

static void converse(const struct suite *suite, const struct rotor_crypto *agent,
		     const struct rotor_crypto *device)
{
	struct spdm_pair *p = pair_for(suite, agent, device);
	struct rotor_spdm_requester *q = &p->q;
	pair_identify(p);
	const struct rotor_spdm_suite *agreed = &q->peer.suite;
	assert_int_equal(q->peer.version, suite->version);
	assert_int_equal(agreed->sig, suite->sig);
	assert_int_equal(agreed->req_sig, suite->req_sig);
	assert_int_equal(agreed->hash, suite->hash);
	assert_int_equal(agreed->measurement_hash, suite->hash);
	assert_int_equal(agreed->kex, suite->kex);
	assert_int_equal(agreed->aead, suite->aead);
	assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_ALL)),
			 ROTOR_OK);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_measurements(q, false, ROTOR_SPDM_MEAS_OP_ALL, true,
							     false, p->record, sizeof(p->record))),
	    ROTOR_OK);
	assert_int_equal(q->measurements.count, PAIR_BLOCKS);
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(q, ROTOR_SPDM_SUMMARY_TCB)),
			 ROTOR_OK);
	assert_true(p->info.mutual);
	assert_memory_equal(p->secrets[0], p->secrets[1], sizeof(p->secrets[0]));
	assert_true(pair_app_to_device(p, 1, "question", 8));
	assert_true(pair_app_to_agent(p, 1, "answer", 6));
	assert_memory_equal(p->agent_app.bytes, "answer", 6);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_measurements(q, true, ROTOR_SPDM_MEAS_OP_ALL, true,
							     false, p->record, sizeof(p->record))),
	    ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
	assert_int_equal(p->r.counters.records.forged, 0);
	assert_int_equal(q->counters.records.forged, 0);
	pair_delete(p);
}

/* The values of a mask, one a call, over and over. */
static unsigned nth(uint32_t mask, unsigned n)
{
	unsigned count = 0;
	for (unsigned i = 0; i < 32; i++)
		count += mask >> i & 1;
	assert_true(count > 0);
	n %= count;
	for (unsigned i = 0;; i++) {
		if ((mask >> i & 1) && n-- == 0)
			return i;
	}
}

static unsigned count_of(uint32_t mask)
{
	return mask ? 1 + count_of(mask & (mask - 1)) : 0;
}

static void converse_in_all(const struct rotor_crypto *agent, const struct rotor_crypto *device,
			    unsigned sigs, unsigned hashes, unsigned kexes, unsigned aeads)
{
	uint32_t sig = agent->sigs & device->sigs, hash = agent->hashes & device->hashes;
	uint32_t kex = agent->kexes & device->kexes, aead = agent->aeads & device->aeads;
	/* As many as there should be: a backend that loses one would pass otherwise. */
	assert_int_equal(count_of(sig), sigs);
	assert_int_equal(count_of(hash), hashes);
	assert_int_equal(count_of(kex), kexes);
	assert_int_equal(count_of(aead), aeads);
	for (unsigned i = 0; i < sigs; i++) { /* of signatures there are the most */
		const struct suite suite = {
		    .sig = (enum rotor_sig_alg)nth(sig, i),
		    .req_sig = (enum rotor_sig_alg)nth(sig, i + 4),
		    .hash = (enum rotor_hash_alg)nth(hash, i),
		    .kex = (enum rotor_kex_alg)nth(kex, i),
		    .aead = (enum rotor_aead_alg)nth(aead, i),
		    .version = i % 2 ? ROTOR_SPDM_V12 : ROTOR_SPDM_V13,
		};
		converse(&suite, agent, device);
	}
}

static void every_algorithm_of_openssl_is_spoken(void **state)
{
	(void)state;
	converse_in_all(&rotor_crypto_openssl, &rotor_crypto_openssl, 11, 6, 6, 3);
}

static void every_algorithm_of_mbedtls_is_spoken_by_a_device(void **state)
{
	(void)state;
	converse_in_all(&rotor_crypto_openssl, &rotor_crypto_mbedtls, 9, 3, 6, 3);
}

static void every_algorithm_of_mbedtls_is_spoken_by_an_agent(void **state)
{
	(void)state;
	converse_in_all(&rotor_crypto_mbedtls, &rotor_crypto_openssl, 9, 3, 6, 3);
}

/* ---- signatures that are wrong by a bit ---- */

static size_t flip_from_end; /* which byte of CHALLENGE_AUTH */

static bool flip(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg, size_t len)
{
	(void)p;
	if (!to_device && !secured && msg[1] == ROTOR_SPDM_CHALLENGE_AUTH)
		msg[len - flip_from_end] ^= 0x10;
	return true;
}

static void a_signature_wrong_by_a_bit_is_refused(void **state)
{
	(void)state;
	for (unsigned alg = 1; alg < 32; alg++) {
		const struct suite suite = {.sig = (enum rotor_sig_alg)alg,
					    .req_sig = ROTOR_SIG_ECDSA_P384,
					    .hash = ROTOR_HASH_SHA384,
					    .kex = ROTOR_KEX_SECP384R1,
					    .aead = ROTOR_AEAD_AES256_GCM,
					    .version = ROTOR_SPDM_V13};
		size_t size = rotor_sig_size((enum rotor_sig_alg)alg);
		if (!(rotor_crypto_openssl.sigs & ROTOR_BIT(alg)))
			continue;
		/* The last byte, the first, and one of the nonce, which it is made over. */
		const size_t places[] = {1, size, size + 20};
		for (size_t i = 0; i < ROTOR_COUNT_OF(places); i++) {
			struct spdm_pair *p =
			    pair_for(&suite, &rotor_crypto_openssl, &rotor_crypto_openssl);
			pair_identify(p);
			flip_from_end = places[i];
			p->line = flip;
			assert_int_not_equal(pair_do(p, rotor_spdm_requester_challenge(
							    &p->q, ROTOR_SPDM_SUMMARY_NONE)),
					     ROTOR_OK);
			assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_SIGNATURE);
			pair_delete(p);
		}
	}
}

/* ---- who selects what ---- */

static const struct rotor_spdm_preferences *wanted;

static void offer_all(struct spdm_pair *p)
{
	p->agent_config.hashes = 0;
	p->agent_config.sigs = 0;
	p->agent_config.kexes = 0;
	p->agent_config.aeads = 0;
	p->device_config.prefer = wanted;
}

static void a_responder_selects_what_it_prefers(void **state)
{
	(void)state;
	static const uint8_t hashes[] = {ROTOR_HASH_SHA3_512, ROTOR_HASH_SHA512, ROTOR_HASH_SHA256,
					 0};
	static const uint8_t kexes[] = {ROTOR_KEX_FFDHE3072, ROTOR_KEX_SECP256R1, 0};
	static const uint8_t aeads[] = {ROTOR_AEAD_CHACHA20_POLY1305, 0};
	static const struct rotor_spdm_preferences ours = {
	    .order = {[ROTOR_SPDM_FAMILY_HASH] = hashes,
		      [ROTOR_SPDM_FAMILY_DHE] = kexes,
		      [ROTOR_SPDM_FAMILY_AEAD] = aeads}};
	const struct {
		const struct rotor_crypto *device;
		const struct rotor_spdm_preferences *prefer;
		enum rotor_hash_alg hash;
		enum rotor_kex_alg kex;
		enum rotor_aead_alg aead;
	} rows[] = {
	    {&rotor_crypto_openssl, NULL, ROTOR_HASH_SHA384, ROTOR_KEX_SECP384R1,
	     ROTOR_AEAD_AES256_GCM},
	    {&rotor_crypto_openssl, &ours, ROTOR_HASH_SHA3_512, ROTOR_KEX_FFDHE3072,
	     ROTOR_AEAD_CHACHA20_POLY1305},
	    /* What the backend lacks cannot be preferred. */
	    {&rotor_crypto_mbedtls, &ours, ROTOR_HASH_SHA512, ROTOR_KEX_FFDHE3072,
	     ROTOR_AEAD_CHACHA20_POLY1305},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		wanted = rows[i].prefer;
		struct spdm_pair *p = pair_new(&(struct pair_wish){
		    .device = rows[i].device, .tune = offer_all, .device_buffer = 2600});
		pair_session(p);
		assert_int_equal(p->q.peer.suite.sig, ROTOR_SIG_ECDSA_P384);
		assert_int_equal(p->q.peer.suite.hash, rows[i].hash);
		assert_int_equal(p->q.peer.suite.kex, rows[i].kex);
		assert_int_equal(p->q.peer.suite.aead, rows[i].aead);
		pair_delete(p);
	}
}

static void only_ed25519(struct spdm_pair *p)
{
	p->agent_config.sigs = ROTOR_BIT(ROTOR_SIG_ED25519);
}

static void only_sha3(struct spdm_pair *p)
{
	p->agent_config.hashes = ROTOR_BIT(ROTOR_HASH_SHA3_384);
}

static void refuse_all_hashes(struct spdm_pair *p)
{
	static const uint8_t none[] = {0};
	static const struct rotor_spdm_preferences nothing = {
	    .order = {[ROTOR_SPDM_FAMILY_HASH] = none}};
	p->device_config.prefer = &nothing;
}

static void nothing_in_common_is_no_connection(void **state)
{
	(void)state;
	static void (*const tunes[])(struct spdm_pair *) = {only_ed25519, only_sha3,
							    refuse_all_hashes};
	for (size_t i = 0; i < ROTOR_COUNT_OF(tunes); i++) {
		struct spdm_pair *p = pair_new(&(struct pair_wish){.tune = tunes[i]});
		assert_int_not_equal(pair_do(p, rotor_spdm_requester_connect(&p->q)), ROTOR_OK);
		assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_PEER_ERROR);
		assert_int_equal(p->q.result.peer_error, ROTOR_SPDM_ERROR_INVALID_REQUEST);
		pair_delete(p);
	}
}

static void raw_only(struct spdm_pair *p)
{
	static const struct rotor_spdm_preferences raw = {.raw_measurements = true};
	p->device_config.prefer = &raw;
}

static void a_device_may_have_raw_measurements_only(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(&(struct pair_wish){.tune = raw_only});
	struct rotor_spdm_requester *q = &p->q;
	pair_identify(p);
	assert_true(q->peer.suite.dmtf_measurements);
	assert_int_equal(q->peer.suite.measurement_hash, ROTOR_HASH_NONE);
	assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_ALL)),
			 ROTOR_OK);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_measurements(q, false, ROTOR_SPDM_MEAS_OP_ALL, true,
							     false, p->record, sizeof(p->record))),
	    ROTOR_OK);
	assert_int_equal(q->measurements.count, PAIR_BLOCKS);
	pair_delete(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_algorithm_of_openssl_is_spoken),
	    cmocka_unit_test(every_algorithm_of_mbedtls_is_spoken_by_a_device),
	    cmocka_unit_test(every_algorithm_of_mbedtls_is_spoken_by_an_agent),
	    cmocka_unit_test(a_signature_wrong_by_a_bit_is_refused),
	    cmocka_unit_test(a_responder_selects_what_it_prefers),
	    cmocka_unit_test(nothing_in_common_is_no_connection),
	    cmocka_unit_test(a_device_may_have_raw_measurements_only),
	};
	return cmocka_run_group_tests_name("spdm_suites", tests, NULL, NULL);
}
