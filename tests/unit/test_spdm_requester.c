/* SPDX-License-Identifier: Apache-2.0 */
/* The requester in every version and every way to attest and to make a session, against the responder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/spdm_features.h"
#include "rotor/spdm_requester_more.h"
#include "support/pending_crypto.h"
#include "support/spdm_pair.h"

/* ---- how the two differ from the usual ---- */

static const uint8_t all[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12, ROTOR_SPDM_V13,
			      ROTOR_SPDM_V14};

static void all_versions(struct spdm_pair *p)
{
	memcpy(p->device_config.versions, all, sizeof(all));
	p->device_config.version_count = sizeof(all);
	if (p->wish.version)
		return;
	memcpy(p->agent_config.versions, all, sizeof(all));
	p->agent_config.version_count = sizeof(all);
}

static struct spdm_pair *pair_of(void (*tune)(struct spdm_pair *p), uint8_t version)
{
	return pair_new(&(struct pair_wish){.tune = tune ? tune : all_versions,
					    .version = version,
					    .sessions = 3,
					    .heartbeat_s = 10});
}

static enum rotor_status measure(struct spdm_pair *p, bool secured, uint8_t operation,
				 bool with_signature, bool raw)
{
	return pair_do(p, rotor_spdm_requester_get_measurements(&p->q, secured, operation,
								with_signature, raw, p->record,
								sizeof(p->record)));
}

/* ---- attestation ---- */

static void each_version_attests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(all); i++) {
		struct spdm_pair *p = pair_of(NULL, all[i]);
		struct rotor_spdm_requester *q = &p->q;
		pair_identify(p);
		assert_int_equal(q->peer.version, all[i]);
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_ALL)),
		    ROTOR_OK);
		/* Again with nothing in front of it. */
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_NONE)),
		    ROTOR_OK);
		assert_int_equal(measure(p, false, ROTOR_SPDM_MEAS_OP_ALL, true, false), ROTOR_OK);
		assert_true(q->measurements.is_signed);
		assert_int_equal(q->measurements.count, PAIR_BLOCKS);
		/* What was said before belongs to the next signature. */
		assert_int_equal(measure(p, false, ROTOR_SPDM_MEAS_OP_COUNT, false, false),
				 ROTOR_OK);
		assert_int_equal(q->measurements.count, PAIR_BLOCKS);
		for (uint8_t k = 0; k < PAIR_BLOCKS; k++) {
			assert_int_equal(measure(p, false, (uint8_t)(2 * k + 1),
						 k == PAIR_BLOCKS - 1, all[i] >= ROTOR_SPDM_V12),
					 ROTOR_OK);
			assert_int_equal(q->measurements.count, 1);
		}
		assert_true(q->measurements.is_signed);
		pair_delete(p);
	}
}

static void the_highest_version_of_all_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(all); i++) {
		struct spdm_pair *p = pair_of(NULL, 0);
		p->agent_config.version_count = (uint8_t)(i + 1);
		assert_int_equal(pair_do(p, rotor_spdm_requester_connect(&p->q)), ROTOR_OK);
		assert_int_equal(p->q.peer.version, all[i]);
		/* There are sessions in 1.1 to 1.3. */
		bool sessions = all[i] >= ROTOR_SPDM_V11 && all[i] <= ROTOR_SPDM_V13;
		assert_int_equal(p->q.peer.suite.kex != ROTOR_KEX_NONE, sessions);
		assert_int_equal((p->q.peer.capabilities & ROTOR_SPDM_CAP_KEY_EX) != 0, sessions);
		pair_delete(p);
	}
}

static struct rotor_spdm_slot slots[ROTOR_SPDM_SLOT_COUNT];

static void many_slots(struct spdm_pair *p)
{
	all_versions(p);
	for (size_t i = 0; i < ROTOR_SPDM_SLOT_COUNT; i++) {
		slots[i] = (struct rotor_spdm_slot){
		    .chain = p->slot.chain,
		    .signer = i == 3 ? NULL : p->slot.signer,
		    .key_pair = (uint8_t)(i + 1),
		    .model = ROTOR_SPDM_CERT_MODEL_ALIAS,
		    .key_usage = i == 2 ? ROTOR_SPDM_KEY_USE_CHALLENGE
					: ROTOR_SPDM_KEY_USE_KEY_EX | ROTOR_SPDM_KEY_USE_MEAS,
		};
	}
	p->device_config.slots = slots;
	p->device_config.slot_count = ROTOR_SPDM_SLOT_COUNT;
}

static enum rotor_status certificate(struct spdm_pair *p, uint8_t slot)
{
	return pair_do(p, rotor_spdm_requester_get_certificate(&p->q, slot, p->chain_buffer,
							       sizeof(p->chain_buffer)));
}

static void every_slot_can_be_used(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_of(many_slots, ROTOR_SPDM_V12);
	struct rotor_spdm_requester *q = &p->q;
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(q)), ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_digests(q)), ROTOR_OK);
	assert_int_equal(q->digests.slots, 0xf7);
	for (uint8_t slot = 0; slot < ROTOR_SPDM_SLOT_COUNT; slot++) {
		if (slot == 3) {
			assert_int_equal(certificate(p, slot), ROTOR_ERR_NOT_FOUND);
			assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_EMPTY_SLOT);
			assert_int_equal(pair_do(p, rotor_spdm_requester_get_digests(q)), ROTOR_OK);
			continue;
		}
		assert_int_equal(certificate(p, slot), ROTOR_OK);
		assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(q, 0)), ROTOR_OK);
		assert_int_equal(measure(p, false, 1, true, false), ROTOR_OK);
		if (slot != 0 && slot != 7)
			continue;
		assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(q, 0)), ROTOR_OK);
		assert_int_equal(measure(p, true, ROTOR_SPDM_MEAS_OP_ALL, true, false), ROTOR_OK);
		assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
	}
	assert_int_equal(rotor_spdm_requester_get_certificate(q, 8, p->chain_buffer, 10),
			 ROTOR_ERR_ARGUMENT);
	pair_delete(p);
}

/* ---- keys ---- */

static struct rotor_spdm_slot provisioned;
static struct rotor_spdm_peer_key peer_key;
static const uint8_t public_key_form[] = "the public key as both sides have it";

static void provisioned_key(struct spdm_pair *p)
{
	all_versions(p);
	provisioned = (struct rotor_spdm_slot){.chain = {public_key_form, sizeof(public_key_form)},
					       .signer = p->slot.signer};
	p->device_config.slot_count = 0;
	p->device_config.provisioned = &provisioned;
	p->device_config.ask_mutual_auth = false;
}

static void a_provisioned_key_needs_no_certificates(void **state)
{
	(void)state;
	for (uint8_t version = ROTOR_SPDM_V11; version <= ROTOR_SPDM_V14; version++) {
		struct spdm_pair *p = pair_of(provisioned_key, version);
		struct rotor_spdm_requester *q = &p->q;
		struct rotor_spdm_peer_key key = {
		    .key = p->device_chain.keys[CHAIN_DEPTH - 1].public_key,
		    .form = {public_key_form, sizeof(public_key_form)}};
		assert_int_equal(rotor_spdm_requester_use_key(q, &key), ROTOR_ERR_STATE);
		assert_int_equal(pair_do(p, rotor_spdm_requester_connect(q)), ROTOR_OK);
		assert_int_equal(rotor_spdm_requester_challenge(q, 0), ROTOR_ERR_STATE);
		assert_int_equal(pair_do(p, rotor_spdm_requester_get_digests(q)),
				 ROTOR_ERR_UNSUPPORTED);
		assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_NO_CAPABILITY);
		key.key.alg = ROTOR_SIG_ECDSA_P256;
		assert_int_equal(rotor_spdm_requester_use_key(q, &key), ROTOR_ERR_UNSUPPORTED);
		key.key.alg = ROTOR_SIG_ECDSA_P384;
		assert_int_equal(rotor_spdm_requester_use_key(q, &key), ROTOR_OK);
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_TCB)),
		    ROTOR_OK);
		assert_int_equal(measure(p, false, ROTOR_SPDM_MEAS_OP_ALL, true, false), ROTOR_OK);
		if (version < ROTOR_SPDM_V14)
			assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(q, 0)),
					 ROTOR_OK);
		/* Another form of the key is another identity. */
		key.form.len--;
		assert_int_equal(rotor_spdm_requester_use_key(q, &key), ROTOR_OK);
		assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(q, 0)),
				 ROTOR_ERR_VERIFY);
		assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_CHAIN_DIGEST);
		pair_delete(p);
	}
	/* A device that has none does not take one. */
	struct spdm_pair *p = pair_of(NULL, ROTOR_SPDM_V12);
	struct rotor_spdm_peer_key key = {.key = p->device_chain.keys[2].public_key,
					  .form = {public_key_form, 4}};
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(&p->q)), ROTOR_OK);
	assert_int_equal(rotor_spdm_requester_use_key(&p->q, &key), ROTOR_ERR_UNSUPPORTED);
	pair_delete(p);
}

static enum rotor_status get_pair(void *ctx, uint8_t id, struct rotor_spdm_key_pair_info *out)
{
	(void)ctx;
	(void)id;
	(void)out;
	return ROTOR_ERR_NOT_FOUND;
}

/* Who has several keys must be able to tell of them. */
static struct rotor_spdm_key_pairs key_pairs = {.count = 8, .get = get_pair};
static const struct rotor_spdm_feature_use key_features[] = {
    {&rotor_spdm_key_pairs_feature, &key_pairs}};

static void keys_if_asked(struct spdm_pair *p)
{
	many_slots(p);
	p->device_config.features = key_features;
	p->device_config.feature_count = 1;
	p->device_config.keys = ROTOR_SPDM_KEYS_IF_ASKED;
	p->agent_config.multi_key = true;
}

static void keys_not_asked(struct spdm_pair *p)
{
	keys_if_asked(p);
	p->agent_config.multi_key = false;
}

static void keys_always(struct spdm_pair *p)
{
	keys_not_asked(p);
	p->device_config.keys = ROTOR_SPDM_KEYS_ALWAYS;
}

static void of_several_keys_each_has_its_use(void **state)
{
	(void)state;
	static const struct {
		void (*tune)(struct spdm_pair *p);
		bool several;
	} cases[] = {{keys_if_asked, true}, {keys_not_asked, false}, {keys_always, true}};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		/* With DIGESTS right after ALGORITHMS, and with it later: it belongs to the session's transcript or not. */
		for (unsigned later = 0; later < 2; later++) {
			struct spdm_pair *p = pair_of(cases[i].tune, ROTOR_SPDM_V13);
			struct rotor_spdm_requester *q = &p->q;
			assert_int_equal(pair_do(p, rotor_spdm_requester_connect(q)), ROTOR_OK);
			assert_int_equal(q->peer.suite.multi_key, cases[i].several);
			if (later)
				assert_int_equal(measure(p, false, 1, false, false), ROTOR_OK);
			assert_int_equal(pair_do(p, rotor_spdm_requester_get_digests(q)), ROTOR_OK);
			assert_int_equal(q->digests.key_pair[7], cases[i].several ? 8 : 0);
			assert_int_equal(q->digests.key_usage[2],
					 cases[i].several ? ROTOR_SPDM_KEY_USE_CHALLENGE : 0);
			assert_int_equal(certificate(p, 2), ROTOR_OK);
			assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(q, 0)),
					 ROTOR_OK);
			enum rotor_status st = cases[i].several ? ROTOR_ERR_DENIED : ROTOR_OK;
			assert_int_equal(measure(p, false, 1, true, false), st);
			assert_int_equal(q->result.fail, cases[i].several ? ROTOR_SPDM_FAIL_KEY_USE
									  : ROTOR_SPDM_FAIL_NONE);
			assert_int_equal(certificate(p, 7), ROTOR_OK);
			assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(q, 0)),
					 ROTOR_OK);
			assert_int_equal(p->established, 1);
			pair_delete(p);
		}
	}
}

/* ---- sessions ---- */

static void by_digests(struct spdm_pair *p)
{
	all_versions(p);
	p->device_config.mutual = ROTOR_SPDM_MUTUAL_DIGESTS;
}

static void by_key(struct spdm_pair *p)
{
	all_versions(p);
	peer_key = (struct rotor_spdm_peer_key){.key = p->agent_keys[1].public_key,
						.form = {public_key_form, 11}};
	p->device_config.mutual = ROTOR_SPDM_MUTUAL_KEY;
	p->device_config.peer_key = &peer_key;
	p->agent_config.own_key =
	    (struct rotor_spdm_slot){.chain = peer_key.form, .signer = p->agent_config.own.signer};
	p->agent_config.own = (struct rotor_spdm_slot){.signer = NULL};
}

static void one_sided(struct spdm_pair *p)
{
	all_versions(p);
	p->device_config.ask_mutual_auth = false;
}

static void not_offered(struct spdm_pair *p)
{
	all_versions(p);
	p->agent_config.offer_mutual_auth = false;
}

static void clear(struct spdm_pair *p)
{
	p->device_config.clear_handshake = true;
	p->agent_config.clear_handshake = true;
}

static void clear_by_encapsulation(struct spdm_pair *p)
{
	all_versions(p);
	clear(p);
}

static void clear_by_digests(struct spdm_pair *p)
{
	by_digests(p);
	clear(p);
}

static void clear_by_key(struct spdm_pair *p)
{
	by_key(p);
	clear(p);
}

static void clear_one_sided(struct spdm_pair *p)
{
	one_sided(p);
	clear(p);
}

static void clear_not_offered(struct spdm_pair *p)
{
	one_sided(p);
	p->device_config.clear_handshake = true;
}

static void device_mac_only(struct spdm_pair *p)
{
	one_sided(p);
	p->device_config.mac_only = true;
	p->agent_config.privacy = ROTOR_SPDM_IF_POSSIBLE;
}

static void agent_mac_only(struct spdm_pair *p)
{
	all_versions(p);
	p->agent_config.privacy = ROTOR_SPDM_MAC_ONLY;
}

static void own_keys(struct spdm_pair *p)
{
	all_versions(p);
	p->agent_config.own_multi_key = true;
	p->agent_config.own.key_pair = 1;
	p->agent_config.own.model = ROTOR_SPDM_CERT_MODEL_GENERIC;
	p->agent_config.own.key_usage = ROTOR_SPDM_KEY_USE_KEY_EX;
}

static void own_keys_by_digests(struct spdm_pair *p)
{
	own_keys(p);
	p->device_config.mutual = ROTOR_SPDM_MUTUAL_DIGESTS;
}

static void clear_own_keys(struct spdm_pair *p)
{
	own_keys(p);
	clear(p);
}

static const struct way {
	void (*tune)(struct spdm_pair *p);
	bool mutual, clear, mac_only;
} ways[] = {
    {all_versions, true, false, false},    {by_digests, true, false, false},
    {by_key, true, false, false},          {one_sided, false, false, false},
    {not_offered, false, false, false},    {clear_by_encapsulation, true, true, false},
    {clear_by_digests, true, true, false}, {clear_by_key, true, true, false},
    {clear_one_sided, false, true, false}, {clear_not_offered, false, false, false},
    {device_mac_only, false, false, true}, {agent_mac_only, true, false, true},
    {own_keys, true, false, false},        {own_keys_by_digests, true, false, false},
    {clear_own_keys, true, true, false},
};

static void use_session(struct spdm_pair *p, const struct way *way)
{
	struct rotor_spdm_requester *q = &p->q;
	struct rotor_spdm_session_info info;
	assert_true(rotor_spdm_requester_session(q, &info));
	assert_int_equal(p->established, 1);
	assert_int_equal(info.mutual, way->mutual);
	assert_int_equal(p->info.mutual, way->mutual);
	assert_int_equal(info.identity_len, rotor_hash_size(q->peer.suite.hash));
	assert_int_equal(q->peer.suite.clear_handshake, way->clear);
	assert_int_equal(q->session.request.mac_only, way->mac_only);
	assert_memory_equal(p->secrets[0], p->secrets[1], sizeof(p->secrets[0]));
	assert_true(pair_app_to_device(p, 1, "request", 7));
	assert_true(pair_app_to_agent(p, 1, "answer", 6));
	assert_memory_equal(p->agent_app.bytes, "answer", 6);
	assert_int_equal(measure(p, true, ROTOR_SPDM_MEAS_OP_ALL, true, false), ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_heartbeat(q)), ROTOR_OK);
	assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
	assert_int_equal(p->ended, 1);
}

static bool lose_every_other(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg,
			     size_t len)
{
	(void)secured;
	(void)msg;
	(void)len;
	return !to_device || p->to_device % 2 == 0;
}

static void sessions_are_made_in_every_way(void **state)
{
	(void)state;
	for (uint8_t version = ROTOR_SPDM_V11; version <= ROTOR_SPDM_V13; version++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(ways); i++) {
			struct spdm_pair *p = pair_of(ways[i].tune, version);
			struct rotor_spdm_requester *q = &p->q;
			pair_identify(p);
			p->line = version == ROTOR_SPDM_V12 ? lose_every_other : NULL;
			assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(
							q, ROTOR_SPDM_SUMMARY_TCB)),
					 ROTOR_OK);
			p->line = NULL;
			assert_int_equal(q->peer.suite.req_multi_key,
					 version >= ROTOR_SPDM_V13 &&
					     p->agent_config.own_multi_key);
			use_session(p, &ways[i]);
			pair_delete(p);
		}
	}
}

static void slow_crypto_changes_no_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(ways); i++) {
		struct spdm_pair *p =
		    pair_new(&(struct pair_wish){.tune = ways[i].tune,
						 .version = ROTOR_SPDM_V13,
						 .agent = pending_crypto(&rotor_crypto_openssl, 2),
						 .heartbeat_s = 10});
		pair_session(p);
		use_session(p, &ways[i]);
		pair_delete(p);
	}
}

static void needs_privacy(struct spdm_pair *p)
{
	device_mac_only(p);
	p->agent_config.privacy = ROTOR_SPDM_ENCRYPTED;
}

static void a_session_without_encryption_must_be_wished(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_of(needs_privacy, ROTOR_SPDM_V13);
	pair_identify(p);
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)),
			 ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_NO_CAPABILITY);
	assert_int_equal(p->q.session.state, ROTOR_SPDM_SESSION_NONE);
	pair_delete(p);
}

static void there_are_no_sessions_before_1_1_and_none_yet_in_1_4(void **state)
{
	(void)state;
	static const uint8_t versions[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V14};
	for (size_t i = 0; i < 2; i++) {
		struct spdm_pair *p = pair_of(NULL, versions[i]);
		pair_identify(p);
		assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)),
				 ROTOR_ERR_UNSUPPORTED);
		assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_NO_CAPABILITY);
		pair_delete(p);
	}
}

static void several_sessions_live_on_one_connection(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_of(all_versions, ROTOR_SPDM_V13);
	struct rotor_spdm_requester *q = &p->q;
	struct rotor_spdm_session others[2] = {0};
	uint32_t ids[3];
	pair_identify(p);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(q, 0)), ROTOR_OK);
		ids[i] = q->session.info.session_id;
		if (i == 2)
			break;
		assert_int_equal(rotor_spdm_requester_start_session(q, 0), ROTOR_ERR_STATE);
		assert_int_equal(rotor_spdm_requester_switch_session(q, &others[i]), ROTOR_OK);
		assert_false(rotor_spdm_requester_session(q, NULL));
	}
	assert_true(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
	for (unsigned i = 0; i < 6; i++) {
		uint32_t id = q->session.info.session_id;
		assert_int_equal(measure(p, true, ROTOR_SPDM_MEAS_OP_ALL, i & 1, false), ROTOR_OK);
		assert_true(pair_app_to_device(p, 1, "request", 7));
		assert_int_equal(p->device_app.session.session_id, id);
		assert_int_equal(rotor_spdm_requester_heartbeat(q), ROTOR_OK);
		assert_int_equal(rotor_spdm_requester_switch_session(q, &others[0]),
				 ROTOR_ERR_BUSY);
		assert_int_equal(pair_run(p), ROTOR_OK);
		assert_int_equal(rotor_spdm_requester_switch_session(q, &others[i & 1]), ROTOR_OK);
	}
	/* One ends, the others live on. */
	p->info.session_id = q->session.info.session_id;
	assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(rotor_spdm_requester_switch_session(q, &others[i]), ROTOR_OK);
		assert_int_equal(pair_do(p, rotor_spdm_requester_heartbeat(q)), ROTOR_OK);
		p->info.session_id = q->session.info.session_id;
		assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
	}
	assert_int_equal(p->r.counters.records.forged, 0);
	assert_int_equal(q->counters.unknown_session, 0);
	pair_delete(p);
}

/* ---- pre-shared keys ---- */

static const struct rotor_spdm_psk device_keys[] = {
    {.hint = {(const uint8_t *)"first", 5}, .key = {(const uint8_t *)"first secret", 12}},
    {.hint = {(const uint8_t *)"second", 6}, .key = {(const uint8_t *)"second secret", 13}},
};
static struct rotor_spdm_psk_config psk_config;
static struct rotor_spdm_feature_use psk_features[] = {
    {&rotor_spdm_psk_sessions, &psk_config},
};
static const struct rotor_spdm_requester_use psk_pieces[] = {{&rotor_spdm_requester_psk, NULL}};

static void psk_without_context(struct spdm_pair *p)
{
	all_versions(p);
	psk_config = (struct rotor_spdm_psk_config){.keys = device_keys, .key_count = 2};
	p->device_config.features = psk_features;
	p->device_config.feature_count = 1;
	p->agent_config.pieces = psk_pieces;
	p->agent_config.piece_count = 1;
}

static void psk_with_context(struct spdm_pair *p)
{
	psk_without_context(p);
	psk_config.with_context = true;
}

static void psk_and_clear(struct spdm_pair *p)
{
	psk_with_context(p);
	clear(p);
}

static void psk_mac_only(struct spdm_pair *p)
{
	psk_with_context(p);
	p->agent_config.privacy = ROTOR_SPDM_MAC_ONLY;
}

static void a_key_that_both_know_makes_a_session(void **state)
{
	(void)state;
	static void (*const tunes[])(struct spdm_pair * p) = {psk_without_context, psk_with_context,
							      psk_and_clear, psk_mac_only};
	for (uint8_t version = ROTOR_SPDM_V11; version <= ROTOR_SPDM_V13; version++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(tunes); i++) {
			struct spdm_pair *p = pair_of(tunes[i], version);
			struct rotor_spdm_requester *q = &p->q;
			assert_int_equal(pair_do(p, rotor_spdm_requester_connect(q)), ROTOR_OK);
			p->line = i ? lose_every_other : NULL;
			assert_int_equal(
			    pair_do(p, rotor_spdm_requester_start_psk_session(
					   q, &device_keys[i & 1], ROTOR_SPDM_SUMMARY_ALL)),
			    ROTOR_OK);
			p->line = NULL;
			struct rotor_spdm_session_info info;
			assert_true(rotor_spdm_requester_session(q, &info));
			assert_true(info.psk);
			assert_false(info.mutual);
			assert_int_equal(info.identity_len, 0);
			assert_memory_equal(p->secrets[0], p->secrets[1], sizeof(p->secrets[0]));
			assert_int_equal(q->session.request.mac_only, i == 3);
			assert_true(pair_app_to_device(p, 1, "request", 7));
			assert_true(pair_app_to_agent(p, 1, "answer", 6));
			assert_int_equal(measure(p, true, ROTOR_SPDM_MEAS_OP_ALL, false, false),
					 ROTOR_OK);
			assert_int_equal(pair_do(p, rotor_spdm_requester_heartbeat(q)), ROTOR_OK);
			assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
			pair_delete(p);
		}
	}
}

static void a_wrong_key_makes_none(void **state)
{
	(void)state;
	const struct rotor_spdm_psk wrong = {.hint = device_keys[0].hint,
					     .key = device_keys[1].key};
	const struct rotor_spdm_psk unknown = {.hint = {(const uint8_t *)"third", 5},
					       .key = device_keys[1].key};
	const struct rotor_spdm_psk empty = {.hint = device_keys[0].hint};
	struct spdm_pair *p = pair_of(psk_with_context, ROTOR_SPDM_V13);
	struct rotor_spdm_requester *q = &p->q;
	assert_int_equal(rotor_spdm_requester_start_psk_session(q, &wrong, 0), ROTOR_ERR_STATE);
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(q)), ROTOR_OK);
	assert_int_equal(rotor_spdm_requester_start_psk_session(q, &empty, 0), ROTOR_ERR_ARGUMENT);
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_psk_session(q, &wrong, 0)),
			 ROTOR_ERR_VERIFY);
	assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_HMAC);
	assert_int_equal(q->result.request, ROTOR_SPDM_PSK_EXCHANGE);
	assert_int_equal(q->session.state, ROTOR_SPDM_SESSION_NONE);
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_psk_session(q, &unknown, 0)),
			 ROTOR_ERR_PEER);
	assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_PEER_ERROR);
	assert_int_equal(q->session.state, ROTOR_SPDM_SESSION_NONE);
	/* The connection is as it was. */
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_psk_session(q, &device_keys[0], 0)),
			 ROTOR_OK);
	/* One session at a time. */
	assert_int_equal(rotor_spdm_requester_start_psk_session(q, &device_keys[0], 0),
			 ROTOR_ERR_STATE);
	pair_delete(p);
	/* A device that has no such sessions is not asked. */
	p = pair_of(NULL, ROTOR_SPDM_V13);
	p->agent_config.pieces = psk_pieces;
	p->agent_config.piece_count = 1;
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(&p->q)), ROTOR_OK);
	unsigned sent = p->to_device;
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_start_psk_session(&p->q, &device_keys[0], 0)),
	    ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_NO_CAPABILITY);
	assert_int_equal(p->to_device, sent);
	pair_delete(p);
}

/* ---- configurations ---- */

static void configurations_that_contradict_themselves_are_refused(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_of(NULL, 0);
	const struct rotor_spdm_requester_config good = p->agent_config;
	static const struct rotor_spdm_requester_use no_buffers[] = {
	    {&rotor_spdm_requester_chunk, NULL}};
	for (unsigned i = 0; i < 8; i++) {
		struct rotor_spdm_requester_config c = good;
		switch (i) {
		case 0:
			c.version_count = 0;
			break;
		case 1:
			c.version_count = 6;
			break;
		case 2:
			c.versions[2] = 0x15;
			break;
		case 3:
			c.own.signer = NULL;
			break;
		case 4:
			c.own_key = c.own;
			break;
		case 5:
			c.offer_mutual_auth = false;
			c.need_mutual_auth = true;
			break;
		case 6:
			c.pieces = no_buffers;
			c.piece_count = 1;
			break;
		default:
			c.crypto = NULL;
			break;
		}
		struct rotor_spdm_requester q;
		assert_int_equal(rotor_spdm_requester_init(&q, &c, p->agent_buffer, 2000),
				 ROTOR_ERR_ARGUMENT);
	}
	pair_delete(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_version_attests),
	    cmocka_unit_test(the_highest_version_of_all_is_taken),
	    cmocka_unit_test(every_slot_can_be_used),
	    cmocka_unit_test(a_provisioned_key_needs_no_certificates),
	    cmocka_unit_test(of_several_keys_each_has_its_use),
	    cmocka_unit_test(sessions_are_made_in_every_way),
	    cmocka_unit_test(slow_crypto_changes_no_way),
	    cmocka_unit_test(a_session_without_encryption_must_be_wished),
	    cmocka_unit_test(there_are_no_sessions_before_1_1_and_none_yet_in_1_4),
	    cmocka_unit_test(several_sessions_live_on_one_connection),
	    cmocka_unit_test(a_key_that_both_know_makes_a_session),
	    cmocka_unit_test(a_wrong_key_makes_none),
	    cmocka_unit_test(configurations_that_contradict_themselves_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
