/* SPDX-License-Identifier: Apache-2.0 */
/* Requester and responder against each other: what works, in both versions and suites, with slow crypto and lost messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/pending_crypto.h"
#include "support/spdm_pair.h"

/* The whole of it: attestation in the clear, a session, application data, attestation in the session, its end. */
static void whole(const struct pair_wish *wish, pair_line *line)
{
	struct spdm_pair *p = pair_new(wish);
	p->line = line;
	struct rotor_spdm_requester *q = &p->q;
	pair_identify(p);
	assert_int_equal(q->chain.cert_count, CHAIN_DEPTH);
	assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_ALL)),
			 ROTOR_OK);
	assert_int_equal(q->challenge.summary_type, ROTOR_SPDM_SUMMARY_ALL);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_measurements(q, false, ROTOR_SPDM_MEAS_OP_ALL, true,
							     false, p->record, sizeof(p->record))),
	    ROTOR_OK);
	assert_true(q->measurements.is_signed);
	assert_int_equal(q->measurements.count, PAIR_BLOCKS);

	assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(q, ROTOR_SPDM_SUMMARY_TCB)),
			 ROTOR_OK);
	assert_int_equal(p->established, 1);
	assert_memory_equal(p->secrets[0], p->secrets[1], sizeof(p->secrets[0]));
	bool mutual = !p->wish.no_mutual && !p->wish.device_never_asks;
	assert_int_equal(p->info.mutual, mutual);
	struct rotor_spdm_session_info info;
	assert_true(rotor_spdm_requester_session(q, &info));
	assert_int_equal(info.mutual, mutual);
	assert_int_equal(info.session_id, p->info.session_id);
	assert_int_equal(p->info.identity_len, mutual ? rotor_hash_size(q->peer.suite.hash) : 0);

	pair_line *cut = p->line;
	p->line = NULL; /* application data is the application's to retry */
	assert_true(pair_app_to_device(p, 1, "PLDM request", 12));
	assert_int_equal(p->device_app.type, 1);
	assert_memory_equal(p->device_app.bytes, "PLDM request", 12);
	assert_int_equal(p->device_app.session.mutual, mutual);
	assert_true(pair_app_to_agent(p, 1, "PLDM answer", 11));
	assert_true(pair_app_to_agent(p, 1, "the device's own request", 24));
	assert_memory_equal(p->agent_app.bytes, "the device's own request", 24);
	p->line = cut;

	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_measurements(q, true, ROTOR_SPDM_MEAS_OP_ALL, true,
							     true, p->record, sizeof(p->record))),
	    ROTOR_OK);
	if (p->wish.heartbeat_s)
		assert_int_equal(pair_do(p, rotor_spdm_requester_heartbeat(q)), ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
	assert_int_equal(p->ended, 1);
	assert_int_equal(p->end_reason, ROTOR_SPDM_END_REQUESTED);
	assert_false(rotor_spdm_requester_session(q, NULL));
	assert_int_equal(p->r.counters.records.forged, 0);
	assert_int_equal(q->counters.records.forged, 0);
	assert_true(p->events > 20);
	if (line)
		assert_true(q->counters.retries > 5);
	pair_delete(p);
}

static void attests_and_makes_sessions_in_both_versions_and_suites(void **state)
{
	(void)state;
	static const uint8_t versions[] = {ROTOR_SPDM_V12, ROTOR_SPDM_V13};
	static const enum rotor_sig_alg sigs[] = {ROTOR_SIG_ECDSA_P384, ROTOR_SIG_ECDSA_P256};
	for (unsigned v = 0; v < 2; v++) {
		for (unsigned s = 0; s < 2; s++) {
			struct pair_wish wish = {.version = versions[v], .sig = sigs[s]};
			whole(&wish, NULL);
			wish.no_mutual = true;
			wish.heartbeat_s = 30;
			whole(&wish, NULL);
		}
	}
}

static void the_backends_may_change_places(void **state)
{
	(void)state;
	const struct pair_wish wish = {.agent = &rotor_crypto_mbedtls,
				       .device = &rotor_crypto_openssl,
				       .device_never_asks = true};
	whole(&wish, NULL);
}

static void the_highest_common_version_is_taken(void **state)
{
	(void)state;
	static const struct {
		uint8_t agent, device, common;
	} cases[] = {
	    {0, 0, ROTOR_SPDM_V13},
	    {ROTOR_SPDM_V12, 0, ROTOR_SPDM_V12},
	    {0, ROTOR_SPDM_V12, ROTOR_SPDM_V12},
	    {ROTOR_SPDM_V13, ROTOR_SPDM_V12, 0},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct spdm_pair *p = pair_new(&(struct pair_wish){
		    .version = cases[i].agent, .device_version = cases[i].device});
		enum rotor_status st = pair_do(p, rotor_spdm_requester_connect(&p->q));
		assert_int_equal(st, cases[i].common ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED);
		assert_int_equal(p->q.peer.version, cases[i].common);
		if (!cases[i].common)
			assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_NO_VERSION);
		pair_delete(p);
	}
}

static void slow_crypto_on_either_side_changes_nothing(void **state)
{
	(void)state;
	struct pair_wish wish = {.device = pending_crypto(&rotor_crypto_mbedtls, 3)};
	whole(&wish, NULL);
	wish = (struct pair_wish){.agent = pending_crypto(&rotor_crypto_openssl, 2),
				  .version = ROTOR_SPDM_V12};
	whole(&wish, NULL);
}

static bool lose_every_other(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg,
			     size_t len)
{
	(void)secured;
	(void)msg;
	(void)len;
	return to_device ? p->to_device % 2 == 0 : true;
}

static bool lose_every_other_answer(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg,
				    size_t len)
{
	(void)secured;
	(void)msg;
	(void)len;
	return to_device ? true : p->to_agent % 2 == 0;
}

static bool lose_a_third_of_all(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg,
				size_t len)
{
	(void)secured;
	(void)msg;
	(void)len;
	(void)to_device;
	return (p->to_device + p->to_agent) % 3 != 0;
}

static void lost_requests_and_lost_answers_are_asked_for_again(void **state)
{
	(void)state;
	static pair_line *const lines[] = {lose_every_other, lose_every_other_answer,
					   lose_a_third_of_all};
	for (size_t i = 0; i < ROTOR_COUNT_OF(lines); i++) {
		struct pair_wish wish = {.version = ROTOR_SPDM_V12, .heartbeat_s = 60};
		whole(&wish, lines[i]);
		wish.version = ROTOR_SPDM_V13;
		wish.device = pending_crypto(&rotor_crypto_mbedtls, 2);
		whole(&wish, lines[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(attests_and_makes_sessions_in_both_versions_and_suites),
	    cmocka_unit_test(the_backends_may_change_places),
	    cmocka_unit_test(the_highest_common_version_is_taken),
	    cmocka_unit_test(slow_crypto_on_either_side_changes_nothing),
	    cmocka_unit_test(lost_requests_and_lost_answers_are_asked_for_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
