/* SPDX-License-Identifier: Apache-2.0 */
/* The responder in every version and every way to attest and to make a session, against a requester made of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/spdm_peer.h"

#define SIGNED ROTOR_SPDM_MEAS_ATTR_SIGNATURE
#define NONE   ((struct rotor_bytes){NULL, 0})

static struct spdm_peer peer;

/* ---- how devices differ from the usual ---- */

static void all_versions(struct spdm_pair *p)
{
	static const uint8_t versions[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12,
					   ROTOR_SPDM_V13, ROTOR_SPDM_V14};
	memcpy(p->device_config.versions, versions, sizeof(versions));
	p->device_config.version_count = sizeof(versions);
}

static struct spdm_pair *device(void (*tune)(struct spdm_pair *p), uint8_t version)
{
	struct spdm_pair *p = pair_new(&(struct pair_wish){
	    .tune = tune ? tune : all_versions, .sessions = 3, .heartbeat_s = 10});
	peer_init(&peer, p, version);
	return p;
}

/* ---- attestation ---- */

static void each_version_attests(void **state)
{
	(void)state;
	for (uint8_t version = ROTOR_SPDM_V10; version <= ROTOR_SPDM_V14; version++) {
		struct spdm_pair *p = device(NULL, version);
		assert_int_equal(peer_connect(&peer), 0);
		assert_int_equal(peer_digests(&peer), 0);
		assert_int_equal(peer_certificate(&peer, 0), 0);
		assert_int_equal(peer_challenge(&peer, 0, ROTOR_SPDM_SUMMARY_ALL), 0);
		assert_int_equal(p->connections[0].state, ROTOR_SPDM_AUTHENTICATED);
		/* Again, with nothing but CHALLENGE: B may be empty. */
		assert_int_equal(peer_challenge(&peer, 0, ROTOR_SPDM_SUMMARY_NONE), 0);
		assert_int_equal(peer_measure(&peer, SIGNED, ROTOR_SPDM_MEAS_OP_ALL, 0), 0);
		pair_delete(p);
	}
}

static void a_signature_covers_every_measurement_since_the_last(void **state)
{
	(void)state;
	for (uint8_t version = ROTOR_SPDM_V10; version <= ROTOR_SPDM_V14; version++) {
		struct spdm_pair *p = device(NULL, version);
		assert_int_equal(peer_connect(&peer), 0);
		assert_int_equal(peer_measure(&peer, 0, ROTOR_SPDM_MEAS_OP_COUNT, 0), 0);
		assert_int_equal(peer.answer[2], PAIR_BLOCKS);
		for (uint8_t i = 0; i < PAIR_BLOCKS; i++)
			assert_int_equal(peer_measure(&peer, 0, (uint8_t)(2 * i + 1), 0), 0);
		assert_int_equal(peer_measure(&peer, SIGNED, 1, 0), 0);
		/* An index that is not there makes what was heard before void. */
		assert_int_equal(peer_measure(&peer, 0, 3, 0), 0);
		assert_int_equal(peer_measure(&peer, 0, 2, 0), ROTOR_SPDM_ERROR_INVALID_REQUEST);
		assert_int_equal(peer_measure(&peer, SIGNED, ROTOR_SPDM_MEAS_OP_ALL, 0), 0);
		/* So does another request in between. */
		assert_int_equal(peer_measure(&peer, 0, 3, 0), 0);
		assert_int_equal(peer_digests(&peer), 0);
		peer.l.len = 0;
		assert_int_equal(peer_measure(&peer, SIGNED, ROTOR_SPDM_MEAS_OP_COUNT, 0), 0);
		pair_delete(p);
	}
}

static void with_raw_values(struct spdm_pair *p)
{
	all_versions(p);
	p->wish.raw = true;
}

static void raw_values_are_given_where_there_are_any(void **state)
{
	(void)state;
	static const struct {
		uint8_t version, attributes;
		bool raw;
	} cases[] = {
	    {ROTOR_SPDM_V11, ROTOR_SPDM_MEAS_ATTR_RAW, false}, /* which does not have the bit */
	    {ROTOR_SPDM_V12, 0, false},
	    {ROTOR_SPDM_V12, ROTOR_SPDM_MEAS_ATTR_RAW, true},
	    {ROTOR_SPDM_V13, ROTOR_SPDM_MEAS_ATTR_RAW | SIGNED, true},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct spdm_pair *p = device(with_raw_values, cases[i].version);
		struct rotor_spdm_measurements m;
		struct rotor_spdm_block b;
		assert_int_equal(peer_connect(&peer), 0);
		assert_int_equal(peer_measure(&peer, cases[i].attributes, 1, 0), 0);
		assert_int_equal(
		    rotor_spdm_decode_measurements(&peer.sizes, peer.answer, peer.len, &m),
		    ROTOR_OK);
		assert_int_equal(rotor_spdm_next_block(&m.record, &b), ROTOR_OK);
		assert_int_equal(b.raw, cases[i].raw);
		assert_int_equal(b.type, ROTOR_SPDM_MEAS_ROM);
		if (cases[i].raw)
			assert_memory_equal(b.value.data, "raw bytes", b.value.len);
		pair_delete(p);
	}
}

/* B and C are dropped by what comes in CHALLENGE's place, and by nothing else. */
static void what_ends_the_transcript_of_a_challenge(void **state)
{
	(void)state;
	static const struct {
		uint8_t code;
		bool ends;
	} cases[] = {
	    {ROTOR_SPDM_GET_MEASUREMENTS, true},
	    {ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, true},
	    {ROTOR_SPDM_GET_CERTIFICATE, false},
	    {ROTOR_SPDM_GET_VERSION, true},
	    {0xa5, false}, /* no request of SPDM */
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct spdm_pair *p = device(NULL, ROTOR_SPDM_V12);
		assert_int_equal(peer_connect(&peer), 0);
		assert_int_equal(peer_digests(&peer), 0);
		assert_int_equal(peer_certificate(&peer, 0), 0);
		if (cases[i].code == ROTOR_SPDM_GET_CERTIFICATE)
			assert_int_equal(peer_certificate(&peer, 0), 0);
		else if (cases[i].code == ROTOR_SPDM_GET_VERSION)
			assert_int_equal(peer_connect(&peer), 0);
		else
			(void)peer_ask_header(&peer, cases[i].code, 0, 0);
		if (cases[i].ends)
			peer.b.len = 0;
		assert_int_equal(peer_challenge(&peer, 0, ROTOR_SPDM_SUMMARY_TCB), 0);
		pair_delete(p);
	}
}

/* ---- versions ---- */

static void one_version_only(struct spdm_pair *p)
{
	p->device_config.versions[0] = ROTOR_SPDM_V12;
	p->device_config.version_count = 1;
}

static void a_device_may_have_one_version_only(void **state)
{
	(void)state;
	for (uint8_t version = ROTOR_SPDM_V10; version <= ROTOR_SPDM_V14 + 1; version++) {
		struct spdm_pair *p = device(one_version_only, version);
		assert_int_equal(peer_connect(&peer),
				 version == ROTOR_SPDM_V12 ? 0 : ROTOR_SPDM_ERROR_VERSION_MISMATCH);
		if (version != ROTOR_SPDM_V12)
			assert_int_equal(p->connections[0].state, ROTOR_SPDM_AFTER_VERSION);
		assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_GET_VERSION, 0, 0), 0);
		assert_int_equal(peer.len, 8);
		assert_int_equal(peer.answer[7], ROTOR_SPDM_V12);
		pair_delete(p);
	}
}

/* What a version does not have, it does not have in any way: flags, requests, error codes. */
static void a_version_has_only_what_is_its_own(void **state)
{
	(void)state;
	static const struct {
		uint8_t version, code, error;
	} cases[] = {
	    {ROTOR_SPDM_V10, ROTOR_SPDM_KEY_EXCHANGE, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST},
	    {ROTOR_SPDM_V10, ROTOR_SPDM_HEARTBEAT, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST},
	    {ROTOR_SPDM_V11, ROTOR_SPDM_HEARTBEAT, ROTOR_SPDM_ERROR_UNSPECIFIED},
	    {ROTOR_SPDM_V12, ROTOR_SPDM_HEARTBEAT, ROTOR_SPDM_ERROR_SESSION_REQUIRED},
	    {ROTOR_SPDM_V12, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST,
	     ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST},
	    {ROTOR_SPDM_V13, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST,
	     ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS},
	    {ROTOR_SPDM_V14, ROTOR_SPDM_KEY_EXCHANGE, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct spdm_pair *p = device(NULL, cases[i].version);
		assert_int_equal(peer_connect(&peer), 0);
		assert_int_equal(peer_ask_header(&peer, cases[i].code, 0, 0), cases[i].error);
		assert_int_equal(p->connections[0].state, ROTOR_SPDM_NEGOTIATED);
		pair_delete(p);
	}
	struct spdm_pair *p = device(NULL, ROTOR_SPDM_V10);
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(peer.device_flags & ~0x3fu, 0);
	pair_delete(p);
	p = device(NULL, ROTOR_SPDM_V11);
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(peer.device_flags & ~0x1ffffu, 0);
	pair_delete(p);
}

static void flags_that_contradict_each_other_are_refused(void **state)
{
	(void)state;
	static const struct {
		uint8_t version;
		uint32_t set, clear;
	} cases[] = {
	    {ROTOR_SPDM_V11, ROTOR_SPDM_CAP_PSK_WITH_CONTEXT, 0},
	    {ROTOR_SPDM_V12, ROTOR_SPDM_CAP_PUB_KEY_ID, 0},
	    {ROTOR_SPDM_V12, 0, ROTOR_SPDM_CAP_ENCRYPT | ROTOR_SPDM_CAP_MAC},
	    {ROTOR_SPDM_V12, 0, ROTOR_SPDM_CAP_KEY_EX | ROTOR_SPDM_CAP_PSK},
	    {ROTOR_SPDM_V13, ROTOR_SPDM_CAP_MULTI_KEY, 0},
	    {ROTOR_SPDM_V13, ROTOR_SPDM_CAP_EP_INFO, 0},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct spdm_pair *p = device(NULL, cases[i].version);
		peer.flags = (peer.flags | cases[i].set) & ~cases[i].clear;
		assert_int_equal(peer_connect(&peer), ROTOR_SPDM_ERROR_INVALID_REQUEST);
		assert_int_equal(p->connections[0].state, ROTOR_SPDM_AFTER_VERSION);
		pair_delete(p);
	}
	static const uint32_t sizes[][2] = {{41, 41}, {0, 0}, {100, 99}, {100, 101}};
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
		struct spdm_pair *p = device(NULL, ROTOR_SPDM_V12);
		peer.transfer = sizes[i][0];
		peer.max_message = sizes[i][1];
		assert_int_equal(peer_connect(&peer), ROTOR_SPDM_ERROR_INVALID_REQUEST);
		pair_delete(p);
	}
}

/* ---- slots ---- */

static struct rotor_spdm_slot slots[ROTOR_SPDM_SLOT_COUNT];

static void many_slots(struct spdm_pair *p)
{
	all_versions(p);
	/* The same key in all; slot 3 is empty, 7 is the last. */
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

static void every_slot_can_be_used(void **state)
{
	(void)state;
	struct spdm_pair *p = device(many_slots, ROTOR_SPDM_V12);
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(peer_digests(&peer), 0);
	assert_int_equal(peer.answer[3], 0xf7);
	for (uint8_t slot = 0; slot < 16; slot++) {
		uint8_t error = slot == 3 || slot > 7 ? ROTOR_SPDM_ERROR_INVALID_REQUEST : 0;
		assert_int_equal(peer_certificate(&peer, slot), error);
		assert_int_equal(peer_challenge(&peer, slot, ROTOR_SPDM_SUMMARY_NONE), error);
		if (error)
			assert_int_equal(peer_digests(&peer), 0);
		assert_int_equal(peer_measure(&peer, SIGNED, 1, slot), error);
	}
	for (uint8_t slot = 0; slot < 8; slot += 7) {
		assert_int_equal(peer_key_exchange(&peer, slot, ROTOR_SPDM_SUMMARY_ALL, 0, NONE),
				 0);
		assert_int_equal(peer_encapsulated(&peer, false), 0);
		uint8_t digest[ROTOR_HASH_MAX];
		peer_chain_digest(&peer, digest);
		assert_int_equal(peer_finish(&peer, 0, digest), 0);
		peer.secured = false;
	}
	pair_delete(p);
}

static struct rotor_spdm_slot provisioned;
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
		struct spdm_pair *p = device(provisioned_key, version);
		assert_int_equal(peer_connect(&peer), 0);
		assert_int_equal(peer.device_flags &
				     (ROTOR_SPDM_CAP_CERT | ROTOR_SPDM_CAP_PUB_KEY_ID),
				 ROTOR_SPDM_CAP_PUB_KEY_ID);
		assert_int_equal(peer_digests(&peer), ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
		assert_int_equal(peer_challenge(&peer, 0, 0), ROTOR_SPDM_ERROR_INVALID_REQUEST);
		assert_int_equal(
		    peer_challenge(&peer, ROTOR_SPDM_SLOT_PROVISIONED, ROTOR_SPDM_SUMMARY_ALL), 0);
		assert_int_equal(peer_measure(&peer, SIGNED, 1, 0),
				 ROTOR_SPDM_ERROR_INVALID_REQUEST);
		assert_int_equal(peer_measure(&peer, SIGNED, ROTOR_SPDM_MEAS_OP_ALL,
					      ROTOR_SPDM_SLOT_PROVISIONED_NIBBLE),
				 0);
		if (version < ROTOR_SPDM_V14) {
			assert_int_equal(peer_key_exchange(&peer, 0, 0, 0, NONE),
					 ROTOR_SPDM_ERROR_INVALID_REQUEST);
			assert_int_equal(
			    peer_key_exchange(&peer, ROTOR_SPDM_SLOT_PROVISIONED, 0, 0, NONE), 0);
			assert_int_equal(peer_finish(&peer, 0, NULL), 0);
		}
		pair_delete(p);
	}
}

static enum rotor_status key_pair(void *ctx, uint8_t id, struct rotor_spdm_key_pair_info *out)
{
	(void)ctx;
	out->usage = id;
	return ROTOR_OK;
}

static struct rotor_spdm_key_pairs key_pairs = {.count = 8, .get = key_pair};
static const struct rotor_spdm_feature_use key_features[] = {
    {&rotor_spdm_key_pairs_feature, &key_pairs}};

static void keys_if_asked(struct spdm_pair *p)
{
	many_slots(p);
	p->device_config.features = key_features;
	p->device_config.feature_count = 1;
	p->device_config.keys = ROTOR_SPDM_KEYS_IF_ASKED;
	p->device_config.ask_mutual_auth = false;
}

static void keys_always(struct spdm_pair *p)
{
	keys_if_asked(p);
	p->device_config.keys = ROTOR_SPDM_KEYS_ALWAYS;
}

static void several_keys_say_what_each_is_for(void **state)
{
	(void)state;
	struct spdm_pair *p = device(keys_if_asked, ROTOR_SPDM_V13);
	struct rotor_spdm_digests d;
	peer.other_params |= ROTOR_SPDM_MULTI_KEY_BIT;
	assert_int_equal(peer_connect(&peer), 0);
	assert_true(peer.sizes.multi_key);
	assert_int_equal(peer_digests(&peer), 0);
	assert_int_equal(rotor_spdm_decode_digests(&peer.sizes, peer.answer, peer.len, &d),
			 ROTOR_OK);
	assert_memory_equal(d.key_pair_ids.data, "\1\2\3\5\6\7\10", 7);
	assert_memory_equal(d.cert_infos.data, "\2\2\2\2\2\2\2", 7);
	assert_memory_equal(d.key_usages.data, "\5\0\5\0\2\0\5\0", 8);
	uint8_t digests[1024];
	size_t digests_len = peer.len;
	memcpy(digests, peer.answer, peer.len);
	assert_int_equal(peer_certificate(&peer, 2), 0);
	assert_int_equal(peer.answer[3], ROTOR_SPDM_CERT_MODEL_ALIAS);
	assert_int_equal(peer_challenge(&peer, 0, 0), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	peer_ask_header(&peer, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0); /* drops B */
	assert_int_equal(peer_measure(&peer, SIGNED, 1, 2), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(peer_challenge(&peer, 2, 0), 0);
	assert_int_equal(peer_measure(&peer, SIGNED, 1, 0), 0);
	assert_int_equal(peer_key_exchange(&peer, 2, 0, 0, NONE), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	/* DIGESTS came right after VCA, so it is part of the session's transcript. */
	assert_int_equal(
	    peer_key_exchange(&peer, 1, 0, 0, (struct rotor_bytes){digests, digests_len}), 0);
	assert_int_equal(peer_finish(&peer, 0, NULL), 0);
	pair_delete(p);
}

static void digests_that_did_not_come_first_are_not_in_the_transcript(void **state)
{
	(void)state;
	struct spdm_pair *p = device(keys_always, ROTOR_SPDM_V13);
	peer.other_params |= ROTOR_SPDM_MULTI_KEY_BIT;
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(peer_certificate(&peer, 0), 0);
	assert_int_equal(peer_digests(&peer), 0);
	assert_int_equal(peer_key_exchange(&peer, 0, 0, 0, NONE), 0);
	assert_int_equal(peer_finish(&peer, 0, NULL), 0);
	pair_delete(p);
}

static void a_connection_of_several_keys_is_asked_for_as_it_is_offered(void **state)
{
	(void)state;
	static const struct {
		void (*tune)(struct spdm_pair *p);
		bool asked;
		uint8_t error;
	} cases[] = {
	    {many_slots, true, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {many_slots, false, 0},
	    {keys_if_asked, false, 0},
	    {keys_if_asked, true, 0},
	    {keys_always, false, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {keys_always, true, 0},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct spdm_pair *p = device(cases[i].tune, ROTOR_SPDM_V13);
		peer.other_params |= cases[i].asked ? ROTOR_SPDM_MULTI_KEY_BIT : 0;
		assert_int_equal(peer_connect(&peer), cases[i].error);
		pair_delete(p);
	}
}

/* ---- sessions ---- */

static struct rotor_spdm_peer_key peer_key;

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
}

static void one_sided(struct spdm_pair *p)
{
	all_versions(p);
	p->device_config.ask_mutual_auth = false;
}

static void clear(struct spdm_pair *p)
{
	all_versions(p);
	p->device_config.clear_handshake = true;
}

static void clear_by_digests(struct spdm_pair *p)
{
	by_digests(p);
	p->device_config.clear_handshake = true;
}

static void clear_one_sided(struct spdm_pair *p)
{
	one_sided(p);
	p->device_config.clear_handshake = true;
}

static void mac_only(struct spdm_pair *p)
{
	one_sided(p);
	p->device_config.mac_only = true;
}

static const struct way {
	void (*tune)(struct spdm_pair *p);
	uint32_t flags; /* more of the requester's */
	uint8_t mut_auth;
	bool multi_key; /* the requester's */
} ways[] = {
    {one_sided, 0, 0, false},
    {all_versions, 0, ROTOR_SPDM_MUT_AUTH_ENCAP, false},
    {by_digests, 0, ROTOR_SPDM_MUT_AUTH_DIGESTS, false},
    {by_key, 0, ROTOR_SPDM_MUT_AUTH_PLAIN, false},
    {clear_one_sided, ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR, 0, false},
    {clear, ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR, ROTOR_SPDM_MUT_AUTH_ENCAP, false},
    {clear_by_digests, ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR, ROTOR_SPDM_MUT_AUTH_DIGESTS, false},
    {clear, 0, ROTOR_SPDM_MUT_AUTH_ENCAP, false}, /* only one side can */
    {mac_only, 0, 0, false},
    {by_digests, ROTOR_SPDM_CAP_MULTI_KEY_ONLY, ROTOR_SPDM_MUT_AUTH_DIGESTS, true},
};

/* KEY_EXCHANGE to FINISH_RSP. */
static uint8_t make_session(const struct way *way)
{
	uint8_t digest[ROTOR_HASH_MAX], *chain = NULL, slot = 0;
	assert_int_equal(peer_key_exchange(&peer, 0, ROTOR_SPDM_SUMMARY_TCB, 0, NONE), 0);
	assert_int_equal(peer.mut_auth, way->mut_auth);
	if (way->mut_auth == ROTOR_SPDM_MUT_AUTH_PLAIN) {
		assert_int_equal(rotor_hash_parts(peer.p->agent_config.crypto, peer.suite.hash,
						  &peer_key.form, 1, digest),
				 ROTOR_OK);
		slot = ROTOR_SPDM_SLOT_PROVISIONED;
		chain = digest;
	} else if (way->mut_auth) {
		assert_int_equal(
		    peer_encapsulated(&peer, way->mut_auth == ROTOR_SPDM_MUT_AUTH_DIGESTS), 0);
		peer_chain_digest(&peer, digest);
		chain = digest;
	}
	return peer_finish(&peer, slot, chain);
}

static void sessions_are_made_in_every_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(ways); i++) {
		uint8_t first = ways[i].multi_key ? ROTOR_SPDM_V13 : ROTOR_SPDM_V11;
		for (uint8_t version = first; version <= ROTOR_SPDM_V13; version++) {
			struct spdm_pair *p = device(ways[i].tune, version);
			peer.flags |= ways[i].flags;
			assert_int_equal(peer_connect(&peer), 0);
			assert_int_equal(peer.suite.mac_only, ways[i].tune == mac_only);
			assert_int_equal(make_session(&ways[i]), 0);
			assert_int_equal(p->established, 1);
			assert_int_equal(p->info.mutual, ways[i].mut_auth != 0);
			assert_int_equal(p->info.identity_len,
					 ways[i].mut_auth > ROTOR_SPDM_MUT_AUTH_PLAIN ? 48 : 0);
			/* Inside it, everything goes on. */
			assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0), 0);
			assert_int_equal(peer_measure(&peer, 0, 1, 0), 0);
			assert_int_equal(peer_measure(&peer, SIGNED, ROTOR_SPDM_MEAS_OP_ALL, 0), 0);
			assert_int_equal(peer_digests(&peer), 0);
			assert_int_equal(peer_certificate(&peer, 0), 0);
			assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_CHALLENGE, 0, 0),
					 ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
			assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_END_SESSION,
							 ROTOR_SPDM_END_SESSION_CLEAR_STATE, 0),
					 0);
			assert_int_equal(p->ended, 1);
			/* The connection is there, and the next session too. */
			peer.secured = false;
			assert_int_equal(make_session(&ways[i]), 0);
			pair_delete(p);
		}
	}
}

/* Everything wrong with a handshake, what it is answered, and that no session comes of it. */
static void a_handshake_that_is_not_right_makes_no_session(void **state)
{
	(void)state;
	static const struct {
		size_t way;
		const char *what;
		uint8_t error;
	} cases[] = {
	    {1, "unsigned", ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {1, "too early", ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST},
	    {1, "other slot", ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {1, "other chain", ROTOR_SPDM_ERROR_DECRYPT_ERROR},
	    {3, "other slot", ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {3, "other chain", ROTOR_SPDM_ERROR_DECRYPT_ERROR},
	    {0, "signed", ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {0, "other transcript", ROTOR_SPDM_ERROR_DECRYPT_ERROR},
	    {4, "other transcript", ROTOR_SPDM_ERROR_DECRYPT_ERROR},
	    {5, "unsigned", ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {6, "too early", ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		const struct way *way = &ways[cases[i].way];
		struct spdm_pair *p = device(way->tune, ROTOR_SPDM_V12);
		uint8_t digest[ROTOR_HASH_MAX], *chain = NULL, slot = 0;
		const char *what = cases[i].what;
		peer.flags |= way->flags;
		assert_int_equal(peer_connect(&peer), 0);
		assert_int_equal(peer_key_exchange(&peer, 0, 0, 0, NONE), 0);
		peer_chain_digest(&peer, digest);
		if (way->mut_auth == ROTOR_SPDM_MUT_AUTH_PLAIN)
			slot = ROTOR_SPDM_SLOT_PROVISIONED;
		else if (way->mut_auth && strcmp(what, "too early") != 0)
			assert_int_equal(
			    peer_encapsulated(&peer, way->mut_auth == ROTOR_SPDM_MUT_AUTH_DIGESTS),
			    0);
		if (way->mut_auth || strcmp(what, "signed") == 0)
			chain = digest;
		if (strcmp(what, "unsigned") == 0)
			chain = NULL;
		if (strcmp(what, "other slot") == 0)
			slot = 1;
		if (strcmp(what, "other chain") == 0)
			digest[0] ^= 1;
		if (strcmp(what, "other transcript") == 0)
			peer_add(&peer.th, "x", 1);
		assert_int_equal(peer_finish(&peer, slot, chain), cases[i].error);
		assert_int_equal(p->established, 0);
		/* What is only malformed may come again; what does not verify ends it. */
		if (cases[i].error != ROTOR_SPDM_ERROR_DECRYPT_ERROR)
			assert_int_equal(p->sessions[0].state, ROTOR_SPDM_SESSION_HANDSHAKING);
		else
			assert_int_equal(p->sessions[0].state, ROTOR_SPDM_SESSION_NONE);
		pair_delete(p);
	}
}

/* In a handshake in the clear there are no records; in another one, FINISH comes in none but one. */
static void a_finish_in_the_wrong_place_is_refused(void **state)
{
	(void)state;
	struct spdm_pair *p = device(clear_one_sided, ROTOR_SPDM_V12);
	peer.flags |= ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(peer_key_exchange(&peer, 0, 0, 0, NONE), 0);
	peer.secured = true;
	struct peer_text th = peer.th;
	assert_int_equal(peer_finish(&peer, 0, NULL), ROTOR_SPDM_ERROR_DECRYPT_ERROR);
	peer.secured = false;
	peer.th = th;
	assert_int_equal(peer_finish(&peer, 0, NULL), 0);
	pair_delete(p);

	p = device(one_sided, ROTOR_SPDM_V12);
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(peer_key_exchange(&peer, 0, 0, 0, NONE), 0);
	peer.secured = false;
	th = peer.th;
	assert_int_equal(peer_finish(&peer, 0, NULL), ROTOR_SPDM_ERROR_SESSION_REQUIRED);
	peer.secured = true;
	peer.th = th;
	assert_int_equal(peer_finish(&peer, 0, NULL), 0);
	pair_delete(p);
}

static void several_sessions_live_beside_each_other(void **state)
{
	(void)state;
	struct spdm_pair *p = device(one_sided, ROTOR_SPDM_V12);
	struct rotor_spdm_session sessions[3];
	assert_int_equal(peer_connect(&peer), 0);
	for (size_t i = 0; i < 3; i++) {
		peer_session(&peer);
		sessions[i] = peer.session;
	}
	assert_int_equal(p->established, 3);
	peer.secured = false;
	assert_int_equal(peer_key_exchange(&peer, 0, 0, 0, NONE),
			 ROTOR_SPDM_ERROR_SESSION_LIMIT_EXCEEDED);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < 3; i++) {
			peer.session = sessions[i];
			peer.secured = true;
			assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0), 0);
			assert_int_equal(peer_measure(&peer, SIGNED, 1, 0), 0);
			sessions[i] = peer.session;
		}
	}
	/* One ends; the others do not. */
	peer.session = sessions[1];
	p->info = sessions[1].info;
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_END_SESSION, 0, 0), 0);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0),
			 ROTOR_SPDM_ERROR_DECRYPT_ERROR);
	peer.session = sessions[2];
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0), 0);
	pair_delete(p);
}

/* Sessions that authenticate only: what goes through them can be read, and not changed. */
static void records_that_are_not_encrypted_are_authenticated(void **state)
{
	(void)state;
	struct spdm_pair *p = device(mac_only, ROTOR_SPDM_V12);
	uint8_t buffer[64], copy[64], answer[PAIR_MESSAGE_MAX];
	struct rotor_bytes record;
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(peer.device_flags & (ROTOR_SPDM_CAP_ENCRYPT | ROTOR_SPDM_CAP_MAC),
			 ROTOR_SPDM_CAP_MAC);
	peer_session(&peer);
	struct rotor_spdm_session *s = &peer.session;
	memcpy(buffer + ROTOR_SPDM_RECORD_HEADROOM, "\x12\xe8\0\0", 4);
	assert_int_equal(rotor_spdm_record_seal(p->agent_config.crypto, s->suite.aead, &s->request,
						s->info.session_id, ROTOR_SPDM_MCTP_TYPE, buffer,
						sizeof(buffer), 4, &record),
			 ROTOR_OK);
	/* Header, type, message, tag; and nothing else. */
	assert_int_equal(record.len, 8 + 1 + 4 + ROTOR_AEAD_TAG_SIZE);
	assert_memory_equal(record.data + 6, "\x15\0\5\x12\xe8\0\0", 7);
	for (size_t i = 8; i < record.len; i++) {
		memcpy(copy, record.data, record.len);
		copy[i] ^= 1;
		assert_int_equal(pair_ask(p, PAIR_AGENT_EID, true, copy, record.len, answer, NULL),
				 0);
	}
	assert_int_equal(p->r.counters.records.forged, record.len - 8);
	memcpy(copy, record.data, record.len);
	assert_true(pair_ask(p, PAIR_AGENT_EID, true, copy, record.len, answer, NULL) > 0);
	pair_delete(p);
}

/* ---- configurations ---- */

static void configurations_that_contradict_themselves_are_refused(void **state)
{
	(void)state;
	struct spdm_pair *p = device(NULL, ROTOR_SPDM_V12);
	const struct rotor_spdm_responder_config good = p->device_config;
	static struct rotor_spdm_responder r;
	uint8_t buffer[ROTOR_SPDM_RESPONDER_BUFFER_MIN], chain[64];
	struct rotor_spdm_responder_config c;
#define REFUSED(change, status)                                                                    \
	do {                                                                                       \
		c = good;                                                                          \
		change;                                                                            \
		assert_int_equal(rotor_spdm_responder_init(&r, &c, buffer, sizeof(buffer), chain,  \
							   sizeof(chain)),                         \
				 status);                                                          \
		rotor_spdm_responder_deinit(&r);                                                   \
	} while (0)
	REFUSED((void)c, ROTOR_OK);
	REFUSED(c.connection_count = 0, ROTOR_ERR_ARGUMENT);
	REFUSED(c.connections = NULL, ROTOR_ERR_ARGUMENT);
	REFUSED(c.sessions = NULL, ROTOR_ERR_ARGUMENT);
	REFUSED(c.session_count = 0,
		ROTOR_ERR_ARGUMENT); /* who asks for authentication needs one */
	REFUSED(c.version_count = 0, ROTOR_ERR_ARGUMENT);
	REFUSED(c.version_count = 6, ROTOR_ERR_ARGUMENT);
	REFUSED(c.versions[1] = 0x20, ROTOR_ERR_UNSUPPORTED);
	REFUSED(c.slot_count = 0, ROTOR_ERR_ARGUMENT);
	REFUSED(c.slot_count = 9, ROTOR_ERR_ARGUMENT);
	REFUSED(c.provisioned = &p->slot, ROTOR_ERR_ARGUMENT); /* and certificates */
	REFUSED(c.mutual = ROTOR_SPDM_MUTUAL_KEY, ROTOR_ERR_ARGUMENT);
	REFUSED(c.keys = ROTOR_SPDM_KEYS_ALWAYS,
		ROTOR_ERR_ARGUMENT); /* but nothing tells of them */
	REFUSED((c.ask_mutual_auth = false, c.need_mutual_auth = true), ROTOR_ERR_ARGUMENT);
#undef REFUSED
	assert_int_equal(
	    rotor_spdm_responder_init(&r, &good, buffer, sizeof(buffer) - 1, chain, sizeof(chain)),
	    ROTOR_ERR_SPACE);
	assert_int_equal(rotor_spdm_responder_init(&r, &good, buffer, sizeof(buffer), NULL, 0),
			 ROTOR_ERR_ARGUMENT);
	pair_delete(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_version_attests),
	    cmocka_unit_test(a_signature_covers_every_measurement_since_the_last),
	    cmocka_unit_test(raw_values_are_given_where_there_are_any),
	    cmocka_unit_test(what_ends_the_transcript_of_a_challenge),
	    cmocka_unit_test(a_device_may_have_one_version_only),
	    cmocka_unit_test(a_version_has_only_what_is_its_own),
	    cmocka_unit_test(flags_that_contradict_each_other_are_refused),
	    cmocka_unit_test(every_slot_can_be_used),
	    cmocka_unit_test(a_provisioned_key_needs_no_certificates),
	    cmocka_unit_test(several_keys_say_what_each_is_for),
	    cmocka_unit_test(digests_that_did_not_come_first_are_not_in_the_transcript),
	    cmocka_unit_test(a_connection_of_several_keys_is_asked_for_as_it_is_offered),
	    cmocka_unit_test(sessions_are_made_in_every_way),
	    cmocka_unit_test(a_handshake_that_is_not_right_makes_no_session),
	    cmocka_unit_test(a_finish_in_the_wrong_place_is_refused),
	    cmocka_unit_test(several_sessions_live_beside_each_other),
	    cmocka_unit_test(records_that_are_not_encrypted_are_authenticated),
	    cmocka_unit_test(configurations_that_contradict_themselves_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
