/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence: what a witness keeps of a conversation proves the same again, on either backend; and every byte of it counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/spdm_evidence.h"
#include "support/pending_crypto.h"
#include "support/spdm_pair.h"

static struct rotor_spdm_witness witness;
static uint8_t challenge_room[8192], measurement_room[4096];

static void on_event(void *ctx, const struct rotor_spdm_event *event)
{
	(void)ctx;
	rotor_spdm_witness_event(&witness, event);
}

static struct spdm_pair *begin_with(const struct pair_wish *wish, size_t challenge_size,
				    size_t measurement_size)
{
	struct spdm_pair *p = pair_new(wish);
	p->agent_config.event = on_event;
	rotor_spdm_witness_init(&witness, challenge_room, challenge_size, measurement_room,
				measurement_size);
	return p;
}

static struct spdm_pair *begin(const struct pair_wish *wish)
{
	return begin_with(wish, sizeof(challenge_room), sizeof(measurement_room));
}

static void challenge(struct spdm_pair *p)
{
	assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(&p->q, ROTOR_SPDM_SUMMARY_TCB)),
			 ROTOR_OK);
}

static void measure(struct spdm_pair *p, uint8_t operation, bool with_signature)
{
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_measurements(
					&p->q, false, operation, with_signature, false, p->record,
					sizeof(p->record))),
			 ROTOR_OK);
}

static void attest(struct spdm_pair *p)
{
	pair_identify(p);
	challenge(p);
	measure(p, ROTOR_SPDM_MEAS_OP_ALL, true);
}

static enum rotor_status check(const struct rotor_crypto *crypto,
			       const struct rotor_spdm_evidence *e, struct rotor_spdm_proof *proof,
			       enum rotor_spdm_flaw *flaw)
{
	struct rotor_spdm_evidence_check c = {0};
	enum rotor_status status;
	do {
		status = rotor_spdm_evidence_check(&c, crypto, e, proof, flaw);
	} while (status == ROTOR_PENDING);
	return status;
}

/* What was proved is what the requester itself has found. */
static void assert_same(const struct rotor_spdm_requester *q, const struct rotor_spdm_proof *proof)
{
	size_t digest = rotor_hash_size(q->peer.suite.hash);
	assert_int_equal(proof->peer.version, q->peer.version);
	assert_int_equal(proof->peer.capabilities, q->peer.capabilities);
	assert_memory_equal(&proof->peer.suite, &q->peer.suite, sizeof(q->peer.suite));
	assert_int_equal(proof->chain.slot, q->chain.slot);
	assert_int_equal(proof->chain.cert_count, q->chain.cert_count);
	assert_memory_equal(proof->chain.digest, q->chain.digest, digest);
	assert_int_equal(proof->chain.leaf.key.alg, q->chain.leaf.key.alg);
	assert_int_equal(proof->challenge.summary_type, q->challenge.summary_type);
	assert_memory_equal(proof->challenge.summary, q->challenge.summary, digest);
	assert_true(proof->measurements.is_signed);
	assert_int_equal(proof->measurements.count, q->measurements.count);
	assert_int_equal(proof->measurements.record.len, q->measurements.record.len);
	assert_memory_equal(proof->measurements.record.data, q->measurements.record.data,
			    q->measurements.record.len);
	assert_memory_equal(proof->measurements.requester_nonce, q->measurements.requester_nonce,
			    ROTOR_SPDM_NONCE_SIZE);
	assert_memory_equal(proof->measurements.responder_nonce, q->measurements.responder_nonce,
			    ROTOR_SPDM_NONCE_SIZE);
}

static const struct row {
	uint8_t version;
	enum rotor_sig_alg sig;
} rows[] = {
    {ROTOR_SPDM_V12, ROTOR_SIG_ECDSA_P384},    {ROTOR_SPDM_V12, ROTOR_SIG_ECDSA_P256},
    {ROTOR_SPDM_V13, ROTOR_SIG_ECDSA_P384},    {ROTOR_SPDM_V13, ROTOR_SIG_ECDSA_P256},
    {ROTOR_SPDM_V12, ROTOR_SIG_RSA2048_PKCS1}, {ROTOR_SPDM_V13, ROTOR_SIG_RSA2048_PSS},
    {ROTOR_SPDM_V13, ROTOR_SIG_ED25519},       {ROTOR_SPDM_V10, ROTOR_SIG_ECDSA_P256},
    {ROTOR_SPDM_V11, ROTOR_SIG_ECDSA_P384},    {ROTOR_SPDM_V14, ROTOR_SIG_ECDSA_P384},
};

static void what_is_kept_proves_the_same_again(void **state)
{
	(void)state;
	static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl,
							      &rotor_crypto_mbedtls};
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		const struct pair_wish wish = {.version = rows[i].version,
					       .device_version = rows[i].version,
					       .sig = rows[i].sig,
					       .device = &rotor_crypto_openssl,
					       .device_buffer = PAIR_MESSAGE_MAX};
		struct spdm_pair *p = begin(&wish);
		struct rotor_spdm_evidence e;
		attest(p);
		assert_int_equal(rotor_spdm_witness_evidence(&witness, p->q.chain.spdm, &e),
				 ROTOR_OK);
		for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
			struct rotor_spdm_proof proof;
			enum rotor_spdm_flaw flaw;
			/* A backend without the algorithm does not understand the leaf's key. */
			bool has = backends[b]->sigs & ROTOR_BIT(rows[i].sig);
			assert_int_equal(check(backends[b], &e, &proof, &flaw),
					 has ? ROTOR_OK : ROTOR_ERR_VERIFY);
			assert_int_equal(flaw, has ? ROTOR_SPDM_FLAW_NONE : ROTOR_SPDM_FLAW_LEAF);
			if (has)
				assert_same(&p->q, &proof);
		}
		pair_delete(p);
	}
}

static void slow_crypto_is_waited_for(void **state)
{
	(void)state;
	struct spdm_pair *p = begin(&(struct pair_wish){0});
	struct rotor_spdm_evidence e;
	struct rotor_spdm_proof proof;
	enum rotor_spdm_flaw flaw;
	attest(p);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, p->q.chain.spdm, &e), ROTOR_OK);
	struct rotor_spdm_evidence_check c = {0};
	unsigned turns = 0;
	const struct rotor_crypto *slow = pending_crypto(&rotor_crypto_openssl, 2);
	while (rotor_spdm_evidence_check(&c, slow, &e, &proof, &flaw) == ROTOR_PENDING)
		turns++;
	assert_true(turns >= 2);
	assert_int_equal(flaw, ROTOR_SPDM_FLAW_NONE);
	assert_same(&p->q, &proof);
	pair_delete(p);
}

/* ---- every byte counts ---- */

/* Flips each bit position once somewhere in every byte; nothing may still be proved. */
static void flip(struct rotor_spdm_evidence *e, struct rotor_bytes view, const char *what)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)view.data;
	struct rotor_spdm_proof proof;
	enum rotor_spdm_flaw flaw;
	for (size_t i = 0; i < view.len; i++) {
		uint8_t bit = (uint8_t)(1u << i % 8);
		bytes[i] ^= bit;
		if (check(&rotor_crypto_openssl, e, &proof, &flaw) != ROTOR_ERR_VERIFY ||
		    flaw == ROTOR_SPDM_FLAW_NONE || flaw == ROTOR_SPDM_FLAW_BACKEND)
			fail_msg("%s, byte %zu of %zu: flaw %d", what, i, view.len, flaw);
		assert_false(proof.measurements.is_signed);
		assert_int_equal(proof.chain.cert_count, 0);
		bytes[i] ^= bit;
	}
}

static void every_byte_of_evidence_counts(void **state)
{
	(void)state;
	const struct pair_wish wish = {.version = ROTOR_SPDM_V13, .sig = ROTOR_SIG_ECDSA_P256};
	struct spdm_pair *p = begin(&wish);
	struct rotor_spdm_evidence e;
	struct rotor_spdm_proof proof;
	enum rotor_spdm_flaw flaw;
	uint8_t chain[PAIR_CHAIN_MAX];
	attest(p);
	/* The requester's own copy stays whole. */
	assert_true(p->q.chain.spdm.len <= sizeof(chain));
	memcpy(chain, p->q.chain.spdm.data, p->q.chain.spdm.len);
	assert_int_equal(rotor_spdm_witness_evidence(
			     &witness, (struct rotor_bytes){chain, p->q.chain.spdm.len}, &e),
			 ROTOR_OK);
	for (size_t i = 0; i < ROTOR_SPDM_EVIDENCE_VCA; i++)
		flip(&e, e.vca[i], "VCA");
	for (size_t i = 0; i < e.challenge.count; i++)
		flip(&e, e.challenge.at[i], "CHALLENGE");
	for (size_t i = 0; i < e.measurement.count; i++)
		flip(&e, e.measurement.at[i], "MEASUREMENTS");
	flip(&e, e.challenge_signature, "signature of CHALLENGE_AUTH");
	flip(&e, e.measurement_signature, "signature of MEASUREMENTS");
	flip(&e, e.chain, "chain");
	assert_int_equal(check(&rotor_crypto_openssl, &e, &proof, &flaw), ROTOR_OK);
	pair_delete(p);
}

/* ---- pieces that do not belong together ---- */

static struct rotor_spdm_evidence whole, other; /* of two conversations with the same device */
static uint8_t other_challenge[8192], other_measurement[4096], other_vca[ROTOR_SPDM_VCA_MAX];
static uint8_t scratch[8192];

static void shorten(struct rotor_bytes *view)
{
	view->len--;
}

static void lengthen(struct rotor_bytes *view)
{
	memcpy(scratch, view->data, view->len);
	scratch[view->len] = 0;
	*view = (struct rotor_bytes){scratch, view->len + 1};
}

static void other_measurement_taken(struct rotor_spdm_evidence *e)
{
	e->measurement = other.measurement;
}

static void other_signature_taken(struct rotor_spdm_evidence *e)
{
	e->measurement_signature = other.measurement_signature;
}

static void other_challenge_taken(struct rotor_spdm_evidence *e)
{
	e->challenge = other.challenge;
}

static void signatures_swapped(struct rotor_spdm_evidence *e)
{
	struct rotor_bytes first = e->challenge_signature;
	e->challenge_signature = e->measurement_signature;
	e->measurement_signature = first;
}

static void signature_short(struct rotor_spdm_evidence *e)
{
	shorten(&e->measurement_signature);
}

static void signature_long(struct rotor_spdm_evidence *e)
{
	lengthen(&e->challenge_signature);
}

static void signature_missing(struct rotor_spdm_evidence *e)
{
	e->challenge_signature.len = 0;
}

static void vca_reordered(struct rotor_spdm_evidence *e)
{
	struct rotor_bytes first = e->vca[2];
	e->vca[2] = e->vca[4];
	e->vca[4] = first;
}

static void vca_message_empty(struct rotor_spdm_evidence *e)
{
	e->vca[3].len = 0;
}

static void algorithms_long(struct rotor_spdm_evidence *e)
{
	lengthen(&e->vca[5]);
}

static void challenge_missing(struct rotor_spdm_evidence *e)
{
	e->challenge.count = 0;
}

static void challenge_odd(struct rotor_spdm_evidence *e)
{
	e->challenge.count--;
}

static void challenge_without_answer(struct rotor_spdm_evidence *e)
{
	e->challenge.count -= 2;
}

static void digests_left_out(struct rotor_spdm_evidence *e)
{
	memmove(e->challenge.at, e->challenge.at + 2,
		(e->challenge.count - 2) * sizeof(e->challenge.at[0]));
	e->challenge.count -= 2;
}

static void measurement_added(struct rotor_spdm_evidence *e)
{
	e->measurement.at[2] = e->measurement.at[0];
	e->measurement.at[3] = e->measurement.at[1];
	e->measurement.count = 4;
}

static void measurement_unasked(struct rotor_spdm_evidence *e)
{
	e->measurement.at[0] = e->measurement.at[1];
	e->measurement.count = 1;
}

static void measurements_long(struct rotor_spdm_evidence *e)
{
	lengthen(&e->measurement.at[1]);
}

static void chain_missing(struct rotor_spdm_evidence *e)
{
	e->chain.len = 0;
}

static void chain_short(struct rotor_spdm_evidence *e)
{
	shorten(&e->chain);
}

static void boundary_moved(struct rotor_spdm_evidence *e)
{
	/* The same bytes in the transcript, cut at another place. */
	memcpy(scratch, e->vca[0].data, e->vca[0].len);
	memcpy(scratch + e->vca[0].len, e->vca[1].data, e->vca[1].len);
	size_t len = e->vca[1].len;
	e->vca[0] = (struct rotor_bytes){scratch, 5};
	e->vca[1] = (struct rotor_bytes){scratch + 5, len - 1};
}

static const struct wrong {
	void (*make)(struct rotor_spdm_evidence *e);
	enum rotor_spdm_flaw flaw;
} wrongs[] = {
    {other_measurement_taken, ROTOR_SPDM_FLAW_MEASUREMENT_SIGNATURE},
    {other_signature_taken, ROTOR_SPDM_FLAW_MEASUREMENT_SIGNATURE},
    {other_challenge_taken, ROTOR_SPDM_FLAW_CHALLENGE_SIGNATURE},
    {signatures_swapped, ROTOR_SPDM_FLAW_CHALLENGE_SIGNATURE},
    {signature_short, ROTOR_SPDM_FLAW_MEASUREMENT_SIGNATURE},
    {signature_long, ROTOR_SPDM_FLAW_CHALLENGE_SIGNATURE},
    {signature_missing, ROTOR_SPDM_FLAW_CHALLENGE_SIGNATURE},
    {vca_reordered, ROTOR_SPDM_FLAW_VCA},
    {vca_message_empty, ROTOR_SPDM_FLAW_VCA},
    {algorithms_long, ROTOR_SPDM_FLAW_VCA},
    {challenge_missing, ROTOR_SPDM_FLAW_CHALLENGE},
    {challenge_odd, ROTOR_SPDM_FLAW_CHALLENGE},
    {challenge_without_answer, ROTOR_SPDM_FLAW_CHALLENGE},
    {digests_left_out, ROTOR_SPDM_FLAW_CHALLENGE_SIGNATURE},
    {measurement_added, ROTOR_SPDM_FLAW_MEASUREMENT},
    {measurement_unasked, ROTOR_SPDM_FLAW_MEASUREMENT},
    {measurements_long, ROTOR_SPDM_FLAW_MEASUREMENT},
    {chain_missing, ROTOR_SPDM_FLAW_CHAIN},
    {chain_short, ROTOR_SPDM_FLAW_CHAIN},
    {boundary_moved, ROTOR_SPDM_FLAW_VCA},
};

static void pieces_must_belong_together(void **state)
{
	(void)state;
	struct spdm_pair *p = begin(&(struct pair_wish){0});
	struct rotor_spdm_proof proof;
	enum rotor_spdm_flaw flaw;
	attest(p);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, p->q.chain.spdm, &whole), ROTOR_OK);
	/* Moved away, so that a second conversation can be kept beside it. */
	memcpy(other_challenge, challenge_room, sizeof(challenge_room));
	memcpy(other_measurement, measurement_room, sizeof(measurement_room));
	memcpy(other_vca, witness.vca_bytes, sizeof(other_vca));
	static struct rotor_spdm_witness first;
	first = witness;
	first.challenge.bytes = other_challenge;
	first.measurement.bytes = other_measurement;
	first.vca.bytes = other_vca;
	assert_int_equal(rotor_spdm_witness_evidence(&first, p->q.chain.spdm, &other), ROTOR_OK);
	attest(p);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, p->q.chain.spdm, &whole), ROTOR_OK);
	assert_int_equal(check(&rotor_crypto_openssl, &other, &proof, &flaw), ROTOR_OK);
	assert_int_equal(check(&rotor_crypto_openssl, &whole, &proof, &flaw), ROTOR_OK);
	for (size_t i = 0; i < ROTOR_COUNT_OF(wrongs); i++) {
		struct rotor_spdm_evidence e = whole;
		wrongs[i].make(&e);
		enum rotor_status status = check(&rotor_crypto_openssl, &e, &proof, &flaw);
		if (status != ROTOR_ERR_VERIFY || flaw != wrongs[i].flaw)
			fail_msg("row %zu: %s", i, rotor_spdm_flaw_string(flaw));
	}
	pair_delete(p);
}

/* ---- the witness ---- */

static void there_is_no_evidence_before_both_signatures(void **state)
{
	(void)state;
	struct spdm_pair *p = begin(&(struct pair_wish){0});
	struct rotor_spdm_evidence e;
	struct rotor_spdm_proof proof;
	enum rotor_spdm_flaw flaw;
	struct rotor_bytes chain;
	assert_int_equal(rotor_spdm_witness_evidence(&witness, (struct rotor_bytes){NULL, 0}, &e),
			 ROTOR_ERR_STATE);
	pair_identify(p);
	chain = p->q.chain.spdm;
	challenge(p);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, chain, &e), ROTOR_ERR_STATE);
	measure(p, ROTOR_SPDM_MEAS_OP_ALL, false);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, chain, &e), ROTOR_ERR_STATE);
	/* Signed now, but over two requests, of which the check takes one alone. */
	measure(p, ROTOR_SPDM_MEAS_OP_ALL, true);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, chain, &e), ROTOR_OK);
	assert_int_equal(e.measurement.count, 4);
	assert_int_equal(check(&rotor_crypto_openssl, &e, &proof, &flaw), ROTOR_ERR_VERIFY);
	assert_int_equal(flaw, ROTOR_SPDM_FLAW_MEASUREMENT);
	/* The next one begins anew. */
	measure(p, ROTOR_SPDM_MEAS_OP_ALL, true);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, chain, &e), ROTOR_OK);
	assert_int_equal(check(&rotor_crypto_openssl, &e, &proof, &flaw), ROTOR_OK);
	/* One block alone is no attestation. */
	measure(p, 1, true);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, chain, &e), ROTOR_OK);
	assert_int_equal(check(&rotor_crypto_openssl, &e, &proof, &flaw), ROTOR_ERR_VERIFY);
	assert_int_equal(flaw, ROTOR_SPDM_FLAW_MEASUREMENT);
	/* A new connection, and all is forgotten. */
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(&p->q)), ROTOR_OK);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, chain, &e), ROTOR_ERR_STATE);
	pair_delete(p);
}

static void what_happens_in_a_session_is_passed_over(void **state)
{
	(void)state;
	struct spdm_pair *p = begin(&(struct pair_wish){0});
	struct rotor_spdm_evidence e;
	struct rotor_spdm_proof proof;
	enum rotor_spdm_flaw flaw;
	attest(p);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_start_session(&p->q, ROTOR_SPDM_SUMMARY_NONE)),
	    ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_measurements(
					&p->q, true, ROTOR_SPDM_MEAS_OP_ALL, true, false, p->record,
					sizeof(p->record))),
			 ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(&p->q)), ROTOR_OK);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, p->q.chain.spdm, &e), ROTOR_OK);
	assert_int_equal(check(&rotor_crypto_openssl, &e, &proof, &flaw), ROTOR_OK);
	pair_delete(p);
}

static bool drop_third(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg, size_t len)
{
	(void)to_device;
	(void)secured;
	(void)msg;
	(void)len;
	return (p->to_device + p->to_agent) % 3 != 2;
}

static void lost_messages_are_kept_once(void **state)
{
	(void)state;
	struct spdm_pair *p = begin(&(struct pair_wish){0});
	struct rotor_spdm_evidence e;
	struct rotor_spdm_proof proof;
	enum rotor_spdm_flaw flaw;
	p->line = drop_third;
	attest(p);
	assert_true(p->q.counters.retries > 2);
	assert_int_equal(rotor_spdm_witness_evidence(&witness, p->q.chain.spdm, &e), ROTOR_OK);
	assert_int_equal(check(&rotor_crypto_openssl, &e, &proof, &flaw), ROTOR_OK);
	assert_same(&p->q, &proof);
	pair_delete(p);
}

static void what_does_not_fit_is_no_evidence(void **state)
{
	(void)state;
	static const struct {
		size_t challenge, measurement;
	} sizes[] = {{0, 4096}, {100, 4096}, {8192, 0}, {8192, 100}};
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
		struct spdm_pair *p =
		    begin_with(&(struct pair_wish){0}, sizes[i].challenge, sizes[i].measurement);
		struct rotor_spdm_evidence e;
		attest(p);
		assert_int_equal(rotor_spdm_witness_evidence(&witness, p->q.chain.spdm, &e),
				 ROTOR_ERR_SPACE);
		pair_delete(p);
	}
}

static void every_flaw_has_words(void **state)
{
	(void)state;
	for (int i = 0; i < ROTOR_SPDM_FLAW_COUNT; i++) {
		assert_non_null(rotor_spdm_flaw_string((enum rotor_spdm_flaw)i));
		assert_string_not_equal(rotor_spdm_flaw_string((enum rotor_spdm_flaw)i),
					"unknown flaw");
	}
	assert_string_equal(rotor_spdm_flaw_string(ROTOR_SPDM_FLAW_COUNT), "unknown flaw");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_kept_proves_the_same_again),
	    cmocka_unit_test(slow_crypto_is_waited_for),
	    cmocka_unit_test(every_byte_of_evidence_counts),
	    cmocka_unit_test(pieces_must_belong_together),
	    cmocka_unit_test(there_is_no_evidence_before_both_signatures),
	    cmocka_unit_test(what_happens_in_a_session_is_passed_over),
	    cmocka_unit_test(lost_messages_are_kept_once),
	    cmocka_unit_test(what_does_not_fit_is_no_evidence),
	    cmocka_unit_test(every_flaw_has_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
