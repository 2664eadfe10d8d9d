/* SPDX-License-Identifier: Apache-2.0 */
/* Requester and responder when something is wrong: who is refused, what is forged; and what another implementation said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/spdm_capture.h"
#include "support/spdm_pair.h"

/* ---- who is refused ---- */

static void a_requester_without_a_trusted_certificate_gets_no_session(void **state)
{
	(void)state;
	static const uint8_t versions[] = {ROTOR_SPDM_V12, ROTOR_SPDM_V13};
	for (unsigned i = 0; i < 2; i++) {
		struct spdm_pair *p =
		    pair_new(&(struct pair_wish){.stranger = true, .version = versions[i]});
		pair_identify(p);
		assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)),
				 ROTOR_ERR_DENIED);
		assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_REFUSED);
		assert_int_equal(p->q.result.peer_error, versions[i] == ROTOR_SPDM_V12
							     ? ROTOR_SPDM_ERROR_UNSPECIFIED
							     : ROTOR_SPDM_ERROR_INVALID_POLICY);
		assert_int_equal(p->q.result.request, ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE);
		assert_int_equal(p->established, 0);
		assert_false(rotor_spdm_requester_session(&p->q, NULL));
		assert_int_equal(p->r.sessions[0].state, ROTOR_SPDM_SESSION_NONE);
		pair_delete(p);
	}
}

static void a_device_may_insist_on_mutual_authentication(void **state)
{
	(void)state;
	struct spdm_pair *p =
	    pair_new(&(struct pair_wish){.no_mutual = true, .device_needs_mutual = true});
	pair_identify(p);
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)), ROTOR_ERR_PEER);
	assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_PEER_ERROR);
	assert_int_equal(p->q.result.peer_error, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	pair_delete(p);
}

static void an_agent_may_insist_on_mutual_authentication(void **state)
{
	(void)state;
	struct spdm_pair *p =
	    pair_new(&(struct pair_wish){.need_mutual = true, .device_never_asks = true});
	pair_identify(p);
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)),
			 ROTOR_ERR_DENIED);
	assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_NO_MUTUAL_AUTH);
	/* The half-open session does not stand in the way of the next one. */
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)),
			 ROTOR_ERR_DENIED);
	pair_delete(p);
}

static void a_device_that_is_not_trusted_is_not_asked_further(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(&(struct pair_wish){.agent_trusts_nobody = true});
	struct rotor_spdm_requester *q = &p->q;
	assert_int_equal(rotor_spdm_requester_get_digests(q), ROTOR_ERR_STATE);
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(q)), ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_certificate(q, 0, p->chain_buffer,
									 sizeof(p->chain_buffer))),
			 ROTOR_ERR_UNTRUSTED);
	assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_UNTRUSTED);
	assert_int_equal(rotor_spdm_requester_challenge(q, 0), ROTOR_ERR_STATE);
	assert_int_equal(rotor_spdm_requester_start_session(q, 0), ROTOR_ERR_STATE);
	assert_int_equal(rotor_spdm_requester_get_measurements(q, false, 0xff, true, false,
							       p->record, sizeof(p->record)),
			 ROTOR_ERR_STATE);
	pair_delete(p);
}

static void a_chain_from_before_is_used_only_if_it_is_the_one_announced(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(NULL);
	struct rotor_spdm_requester *q = &p->q;
	pair_identify(p);
	struct rotor_bytes chain = q->chain.spdm;
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(q)), ROTOR_OK);
	assert_int_equal(rotor_spdm_requester_use_certificate(q, 0, chain), ROTOR_ERR_STATE);
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_digests(q)), ROTOR_OK);
	unsigned sent = p->to_device;
	assert_int_equal(pair_do(p, rotor_spdm_requester_use_certificate(q, 0, chain)), ROTOR_OK);
	assert_int_equal(p->to_device, sent);
	assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_TCB)),
			 ROTOR_OK);
	p->chain_buffer[chain.len - 1] ^= 1;
	assert_int_equal(pair_do(p, rotor_spdm_requester_use_certificate(q, 0, chain)),
			 ROTOR_ERR_VERIFY);
	assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_CHAIN_DIGEST);
	pair_delete(p);
}

/* ---- forgeries ---- */

struct flip {
	unsigned message, bit;
	bool to_device;
};

static bool flip_one(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg, size_t len)
{
	const struct flip *f = p->line_data;
	(void)secured;
	unsigned n = to_device ? p->to_device : p->to_agent;
	if (to_device == f->to_device && n == f->message)
		msg[f->bit / 8 % len] ^= (uint8_t)(1u << f->bit % 8);
	return true;
}

/* All of attestation and a handshake. @return whether it came to its end */
static bool attest_and_session(struct spdm_pair *p)
{
	struct rotor_spdm_requester *q = &p->q;
	return pair_do(p, rotor_spdm_requester_connect(q)) == ROTOR_OK &&
	       pair_do(p, rotor_spdm_requester_get_digests(q)) == ROTOR_OK &&
	       pair_do(p, rotor_spdm_requester_get_certificate(
			      q, 0, p->chain_buffer, sizeof(p->chain_buffer))) == ROTOR_OK &&
	       pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_ALL)) == ROTOR_OK &&
	       pair_do(p, rotor_spdm_requester_get_measurements(q, false, 0xff, true, false,
								p->record, sizeof(p->record))) ==
		   ROTOR_OK &&
	       pair_do(p, rotor_spdm_requester_start_session(q, ROTOR_SPDM_SUMMARY_NONE)) ==
		   ROTOR_OK;
}

static void a_flipped_bit_never_passes_for_the_truth(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(NULL);
	assert_true(attest_and_session(p));
	unsigned count[2] = {p->to_agent, p->to_device};
	struct rotor_spdm_challenge_result truth = p->q.challenge;
	uint8_t record[sizeof(p->record)];
	size_t record_len = p->q.measurements.record.len;
	memcpy(record, p->record, record_len);
	unsigned passed = 0, refused = 0;
	uint32_t dice = 12345;
	p->line = flip_one;
	for (unsigned d = 0; d < 2; d++) {
		for (unsigned i = 0; i < count[d] * 5; i++) {
			dice = dice * 1664525 + 1013904223;
			struct flip f = {1 + i / 5, dice >> 8, d == 1};
			p->line_data = &f;
			p->to_device = p->to_agent = 0;
			if (!attest_and_session(p)) {
				refused++;
				continue;
			}
			/* It did no harm (a retry healed it): then everything is as it really is. */
			passed++;
			assert_memory_equal(&p->q.challenge, &truth, sizeof(truth));
			assert_int_equal(p->q.measurements.record.len, record_len);
			assert_memory_equal(p->record, record, record_len);
			assert_memory_equal(p->secrets[0], p->secrets[1], sizeof(p->secrets[0]));
		}
	}
	assert_true(refused > passed);
	pair_delete(p);
}

static bool repeat_and_disorder(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg,
				size_t len)
{
	/* Each record comes to the device three times. */
	uint8_t copy[2048], answer[PAIR_MESSAGE_MAX];
	if (to_device && secured && len <= sizeof(copy)) {
		memcpy(copy, msg, len);
		pair_ask(p, PAIR_AGENT_EID, true, copy, len, answer, NULL);
		pair_ask(p, PAIR_AGENT_EID, true, copy, len, answer, NULL);
	}
	return true;
}

static void repeated_records_are_answered_once_and_taken_once(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(&(struct pair_wish){.heartbeat_s = 50});
	p->line = repeat_and_disorder;
	pair_session(p);
	assert_int_equal(pair_do(p, rotor_spdm_requester_heartbeat(&p->q)), ROTOR_OK);
	assert_true(p->r.counters.retries > 4);
	/* An application record that comes twice is taken once: by the first of the three. */
	unsigned before = p->r.counters.records.repeated;
	assert_false(pair_app_to_device(p, 1, "once", 4));
	assert_int_equal(p->r.counters.records.repeated, before + 2);
	assert_int_equal(p->established, 1);
	pair_delete(p);
}

/* ---- what another implementation said ---- */

static const char *const recorded[] = {"04-v12-p384-sha384-attest", "13-v13-p384-sha384-attest",
				       "32-v12-p384-keyex-secp384r1-aes256gcm",
				       "36-v13-p384-keyex-secp384r1-aes256gcm",
				       "53-v12-p384-keyex-mutauth-w_encap"};

static void the_requests_of_another_implementation_are_answered(void **state)
{
	(void)state;
	static struct capture c;
	for (size_t i = 0; i < ROTOR_COUNT_OF(recorded); i++) {
		struct spdm_pair *p = pair_new(NULL);
		uint8_t answer[PAIR_MESSAGE_MAX];
		unsigned asked = 0;
		capture_load(&c, recorded[i]);
		for (size_t k = 0; k < c.count && c.messages[k].type == ROTOR_SPDM_MCTP_TYPE; k++) {
			struct rotor_bytes m = c.messages[k].body;
			if (!ROTOR_SPDM_IS_REQUEST(m.data[1]))
				continue;
			p->now += 1000;
			size_t n = pair_ask(p, PAIR_AGENT_EID, false, m.data, m.len, answer, NULL);
			assert_true(n >= 4);
			/* Their chain and their measurements are other than ours: offsets and indices may be past the end. */
			if (answer[1] == ROTOR_SPDM_ERROR &&
			    (m.data[1] == ROTOR_SPDM_GET_CERTIFICATE ||
			     m.data[1] == ROTOR_SPDM_GET_MEASUREMENTS)) {
				assert_int_equal(answer[2], ROTOR_SPDM_ERROR_INVALID_REQUEST);
				continue;
			}
			assert_int_equal(answer[1], m.data[1] & 0x7f);
			asked++;
		}
		assert_true(asked >= 6);
		capture_free(&c);
		pair_delete(p);
	}
}

/* Answers with what was recorded; false when there is no more. */
static bool answer_recorded(struct spdm_pair *p, const struct capture *c, size_t *at)
{
	struct rotor_spdm_message m;
	uint8_t copy[4096];
	while (rotor_spdm_requester_status(&p->q) == ROTOR_PENDING) {
		if (!rotor_spdm_requester_next(&p->q, p->now, &m))
			continue;
		/* The next answer to a request of this code. */
		while (*at < c->count && c->messages[*at].body.data[1] != (m.bytes.data[1] & 0x7f))
			(*at)++;
		if (*at == c->count)
			return false;
		memcpy(copy, c->messages[*at].body.data, c->messages[*at].body.len);
		rotor_spdm_requester_receive(&p->q, false, copy, c->messages[*at].body.len, p->now,
					     &m);
		(*at)++;
	}
	return true;
}

static void the_answers_of_another_implementation_are_understood(void **state)
{
	(void)state;
	static struct capture c;
	/* The recording whose requester offered the algorithms that ours offers. */
	struct spdm_pair *p = pair_new(NULL);
	struct rotor_spdm_requester *q = &p->q;
	size_t at = 0;
	capture_load(&c, "53-v12-p384-keyex-mutauth-w_encap");
	assert_int_equal(rotor_spdm_requester_connect(q), ROTOR_OK);
	assert_true(answer_recorded(p, &c, &at));
	assert_int_equal(q->result.status, ROTOR_OK);
	assert_int_equal(q->peer.version, ROTOR_SPDM_V12);
	assert_int_equal(q->peer.suite.hash, ROTOR_HASH_SHA384);
	assert_int_equal(q->peer.suite.kex, ROTOR_KEX_SECP384R1);
	assert_int_equal(rotor_spdm_requester_get_digests(q), ROTOR_OK);
	assert_true(answer_recorded(p, &c, &at));
	assert_int_equal(q->result.status, ROTOR_OK);
	/* A portion longer than was asked for is not taken. */
	assert_int_equal(
	    rotor_spdm_requester_get_certificate(q, 0, p->chain_buffer, sizeof(p->chain_buffer)),
	    ROTOR_OK);
	size_t again = at;
	assert_true(answer_recorded(p, &c, &again));
	assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_MALFORMED);
	pair_delete(p);

	p = pair_new(&(struct pair_wish){.agent_buffer = 4200});
	q = &p->q;
	at = 0;
	assert_int_equal(rotor_spdm_requester_connect(q), ROTOR_OK);
	assert_true(answer_recorded(p, &c, &at));
	assert_int_equal(rotor_spdm_requester_get_digests(q), ROTOR_OK);
	assert_true(answer_recorded(p, &c, &at));
	assert_int_equal(
	    rotor_spdm_requester_get_certificate(q, 0, p->chain_buffer, sizeof(p->chain_buffer)),
	    ROTOR_OK);
	assert_true(answer_recorded(p, &c, &at));
	/* All is well with the chain, only nobody trusts it. */
	assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_UNTRUSTED);
	capture_free(&c);
	pair_delete(p);
}

/* ---- a requester that vanishes ---- */

struct vanish {
	unsigned left; /* messages, either way, that still come through */
};

static bool vanish_in_time(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg,
			   size_t len)
{
	struct vanish *v = p->line_data;
	(void)to_device;
	(void)secured;
	(void)msg;
	(void)len;
	if (!v->left)
		return false;
	v->left--;
	return true;
}

/*
 * In the middle of each exchange, with or without its answer: after the time of a handshake nothing of it is left but the
 * state of the connection, and whoever comes next, the same requester or another, gets all that there is.
 */
static void a_requester_that_vanishes_is_in_nobodys_way(void **state)
{
	(void)state;
	static const uint32_t others[] = {PAIR_AGENT_EID, 77};
	static const struct pair_wish wishes[] = {{.sessions = 2},
						  {.no_mutual = true, .sessions = 2}};
	for (size_t w = 0; w < ROTOR_COUNT_OF(wishes); w++) {
		struct spdm_pair *p = pair_new(&wishes[w]);
		assert_true(attest_and_session(p));
		unsigned messages = p->to_device + p->to_agent;
		assert_true(messages >= 18);
		for (unsigned m = 1; m < messages; m++) {
			struct vanish v = {m};
			struct rotor_spdm_out out;
			unsigned established = p->established;
			p->line = vanish_in_time;
			p->line_data = &v;
			assert_false(attest_and_session(p));
			p->line = NULL;
			p->now += ROTOR_SPDM_HANDSHAKE_MS + 1;
			while (rotor_spdm_responder_deadline(&p->r) <= p->now)
				rotor_spdm_responder_poll(&p->r, p->now, &out);
			for (size_t i = 0; i < 2; i++)
				assert_true(p->r.sessions[i].state == ROTOR_SPDM_SESSION_NONE ||
					    p->r.sessions[i].state ==
						ROTOR_SPDM_SESSION_ESTABLISHED);
			/* A session that never was one is not told of; only the last message's loss leaves a new one. */
			assert_int_equal(p->established - established, m == messages - 1);
			for (size_t i = 0; i < ROTOR_COUNT_OF(others); i++) {
				rotor_spdm_requester_drop_session(&p->q);
				p->peer = others[i];
				assert_true(attest_and_session(p));
				assert_memory_equal(p->secrets[0], p->secrets[1],
						    sizeof(p->secrets[0]));
			}
			p->peer = PAIR_AGENT_EID;
		}
		pair_delete(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_requester_without_a_trusted_certificate_gets_no_session),
	    cmocka_unit_test(a_device_may_insist_on_mutual_authentication),
	    cmocka_unit_test(an_agent_may_insist_on_mutual_authentication),
	    cmocka_unit_test(a_device_that_is_not_trusted_is_not_asked_further),
	    cmocka_unit_test(a_chain_from_before_is_used_only_if_it_is_the_one_announced),
	    cmocka_unit_test(a_flipped_bit_never_passes_for_the_truth),
	    cmocka_unit_test(repeated_records_are_answered_once_and_taken_once),
	    cmocka_unit_test(a_requester_that_vanishes_is_in_nobodys_way),
	    cmocka_unit_test(the_requests_of_another_implementation_are_answered),
	    cmocka_unit_test(the_answers_of_another_implementation_are_understood),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
