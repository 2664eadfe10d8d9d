/* SPDX-License-Identifier: Apache-2.0 */
/* What not every requester does, against the responder's features: key updates, chunks, provisioning, events and the rest. */
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

static const uint8_t all[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12, ROTOR_SPDM_V13};

static void all_versions(struct spdm_pair *p)
{
	memcpy(p->device_config.versions, all, sizeof(all));
	p->device_config.version_count = sizeof(all);
}

static void features(struct spdm_pair *p, const struct rotor_spdm_feature_use *list, size_t count)
{
	all_versions(p);
	p->device_config.features = list;
	p->device_config.feature_count = (uint8_t)count;
}

static void pieces(struct spdm_pair *p, const struct rotor_spdm_requester_use *list, size_t count)
{
	p->agent_config.pieces = list;
	p->agent_config.piece_count = (uint8_t)count;
}

static struct spdm_pair *pair_of(void (*tune)(struct spdm_pair *p), uint8_t version)
{
	return pair_new(&(struct pair_wish){
	    .tune = tune, .version = version, .sessions = 2, .heartbeat_s = 10});
}

static bool lose_every_other(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg,
			     size_t len)
{
	(void)secured;
	(void)msg;
	(void)len;
	return !to_device || p->to_device % 2 == 0;
}

static bool lose_answers(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg,
			 size_t len)
{
	(void)secured;
	(void)msg;
	(void)len;
	return to_device || p->to_agent % 2 == 0;
}

/* ---- KEY_UPDATE ---- */

static const struct rotor_spdm_feature_use update_features[] = {{&rotor_spdm_key_update, NULL},
								{&rotor_spdm_own_key_update, NULL}};
static const struct rotor_spdm_requester_use update_pieces[] = {
    {&rotor_spdm_requester_key_update, NULL}};

static void updates(struct spdm_pair *p)
{
	features(p, update_features, 2);
	pieces(p, update_pieces, 1);
}

static void updates_mac_only(struct spdm_pair *p)
{
	updates(p);
	p->agent_config.privacy = ROTOR_SPDM_MAC_ONLY;
}

static void only_the_agent_updates(struct spdm_pair *p)
{
	all_versions(p);
	pieces(p, update_pieces, 1);
}

/* Both directions work, and not under keys that they have had before. */
static void talk(struct spdm_pair *p, struct rotor_spdm_record_keys before[2], bool request_changed,
		 bool response_changed)
{
	struct rotor_spdm_session *s = &p->q.session;
	size_t size = sizeof(s->request.key);
	assert_int_equal(memcmp(before[0].key, s->request.key, size) != 0, request_changed);
	assert_int_equal(memcmp(before[1].key, s->response.key, size) != 0, response_changed);
	assert_true(pair_app_to_device(p, 1, "request", 7));
	assert_true(pair_app_to_agent(p, 1, "answer", 6));
	assert_int_equal(p->r.counters.records.forged, 0);
	assert_int_equal(p->q.counters.records.forged, 0);
	before[0] = s->request;
	before[1] = s->response;
}

static void keys_are_updated(void **state)
{
	(void)state;
	static pair_line *const lines[] = {NULL, lose_every_other, lose_answers};
	for (size_t i = 0; i < 4 * ROTOR_COUNT_OF(lines); i++) {
		uint8_t version = (uint8_t)(ROTOR_SPDM_V11 + i % 4 % 3);
		struct spdm_pair *p = pair_of(i % 4 == 3 ? updates_mac_only : updates, version);
		struct rotor_spdm_requester *q = &p->q;
		pair_session(p);
		struct rotor_spdm_record_keys keys[2] = {q->session.request, q->session.response};
		talk(p, keys, false, false);
		for (unsigned k = 0; k < 3; k++) {
			p->line = lines[i / 4];
			assert_int_equal(pair_do(p, rotor_spdm_requester_update_keys(q, false)),
					 ROTOR_OK);
			p->line = NULL;
			talk(p, keys, true, false);
			p->line = lines[i / 4];
			assert_int_equal(pair_do(p, rotor_spdm_requester_update_keys(q, true)),
					 ROTOR_OK);
			p->line = NULL;
			talk(p, keys, true, true);
		}
		assert_int_equal(pair_do(p, rotor_spdm_requester_heartbeat(q)), ROTOR_OK);
		assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
		pair_delete(p);
	}
}

static void the_device_updates_its_own_key(void **state)
{
	(void)state;
	static pair_line *const lines[] = {NULL, lose_every_other, lose_answers};
	for (size_t i = 0; i < 3 * ROTOR_COUNT_OF(lines); i++) {
		struct spdm_pair *p = pair_of(updates, (uint8_t)(ROTOR_SPDM_V11 + i % 3));
		struct rotor_spdm_requester *q = &p->q;
		pair_session(p);
		struct rotor_spdm_record_keys keys[2] = {q->session.request, q->session.response};
		for (unsigned k = 0; k < 3; k++) {
			/* Nothing to be done is no failure. */
			assert_int_equal(pair_do(p, rotor_spdm_requester_serve(q, true)), ROTOR_OK);
			assert_int_equal(rotor_spdm_responder_update_key(&p->r, p->info.session_id),
					 ROTOR_OK);
			p->line = lines[i / 3];
			assert_int_equal(pair_do(p, rotor_spdm_requester_serve(q, true)), ROTOR_OK);
			p->line = NULL;
			assert_int_equal(q->session.updating, 0);
			talk(p, keys, false, true);
		}
		assert_int_equal(pair_do(p, rotor_spdm_requester_update_keys(q, true)), ROTOR_OK);
		talk(p, keys, true, true);
		pair_delete(p);
	}
}

static void an_update_must_be_offered_by_both(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_of(only_the_agent_updates, ROTOR_SPDM_V12);
	struct rotor_spdm_requester *q = &p->q;
	assert_int_equal(rotor_spdm_requester_update_keys(q, false), ROTOR_ERR_STATE);
	pair_session(p);
	assert_int_equal(pair_do(p, rotor_spdm_requester_update_keys(q, false)),
			 ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_NO_CAPABILITY);
	/* Nothing was asked, so nothing is lost. */
	assert_true(rotor_spdm_requester_session(q, NULL));
	pair_delete(p);
}

static bool lose_all(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg, size_t len)
{
	(void)p;
	(void)secured;
	(void)msg;
	(void)len;
	return !to_device;
}

static void an_update_without_an_answer_ends_the_session(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_of(updates, ROTOR_SPDM_V12);
	pair_session(p);
	p->line = lose_all;
	assert_int_equal(pair_do(p, rotor_spdm_requester_update_keys(&p->q, true)),
			 ROTOR_ERR_TIMEOUT);
	assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_TIMEOUT);
	assert_int_equal(p->q.session.state, ROTOR_SPDM_SESSION_NONE);
	pair_delete(p);
}

/* ---- chunks ---- */

static uint8_t device_chunk[4096], request_chunk[4096], response_chunk[4096];
static struct rotor_spdm_chunks device_chunks;
static struct rotor_spdm_requester_chunks agent_chunks;
static struct rotor_spdm_csr_config csr_config;
static struct rotor_spdm_set_cert_config set_config;
static struct rotor_spdm_vendor_config vendor_config;
static struct rotor_spdm_feature_use chunk_features[] = {
    {&rotor_spdm_chunking, &device_chunks}, {&rotor_spdm_vendor_feature, &vendor_config}};
static const struct rotor_spdm_requester_use chunk_pieces[] = {
    {&rotor_spdm_requester_chunk, &agent_chunks}};

/* Answers with what it was asked, backwards. */
static enum rotor_status backwards(void *ctx, const struct rotor_spdm_session_info *session,
				   const struct rotor_spdm_vendor_defined *request, uint8_t *out,
				   size_t cap, size_t *len)
{
	(void)ctx;
	(void)session;
	if (request->standard_id != ROTOR_SPDM_REGISTRY_IANA)
		return ROTOR_ERR_UNSUPPORTED;
	if (request->payload.len > cap)
		return ROTOR_ERR_SPACE;
	for (size_t i = 0; i < request->payload.len; i++)
		out[i] = request->payload.data[request->payload.len - 1 - i];
	*len = request->payload.len;
	return ROTOR_OK;
}

static void chunks(struct spdm_pair *p)
{
	features(p, chunk_features, 2);
	pieces(p, chunk_pieces, 1);
	device_chunks =
	    (struct rotor_spdm_chunks){.buffer = device_chunk, .size = sizeof(device_chunk)};
	agent_chunks = (struct rotor_spdm_requester_chunks){request_chunk, sizeof(request_chunk),
							    response_chunk, sizeof(response_chunk)};
	vendor_config = (struct rotor_spdm_vendor_config){.handle = backwards};
	p->device_config.data_transfer_size = 96;
	p->agent_config.data_transfer_size = 96;
}

/* Not so many that a handshake takes longer than a device allows for it. */
static bool lose_a_few(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg, size_t len)
{
	(void)secured;
	(void)msg;
	(void)len;
	return (to_device ? p->to_device : p->to_agent) % 29 != 0;
}

static void attestation_and_sessions_go_in_chunks(void **state)
{
	(void)state;
	static pair_line *const lines[] = {NULL, lose_a_few};
	for (size_t i = 0; i < 2 * ROTOR_COUNT_OF(lines); i++) {
		struct spdm_pair *p =
		    pair_new(&(struct pair_wish){.tune = chunks,
						 .version = (uint8_t)(ROTOR_SPDM_V12 + i % 2),
						 .device_buffer = 4000});
		struct rotor_spdm_requester *q = &p->q;
		p->line = lines[i / 2];
		pair_identify(p);
		assert_int_equal(q->peer.data_transfer_size, 96);
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_ALL)),
		    ROTOR_OK);
		assert_int_equal(pair_do(p, rotor_spdm_requester_get_measurements(
						q, false, ROTOR_SPDM_MEAS_OP_ALL, true, false,
						p->record, sizeof(p->record))),
				 ROTOR_OK);
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_start_session(q, ROTOR_SPDM_SUMMARY_TCB)),
		    ROTOR_OK);
		assert_int_equal(pair_do(p, rotor_spdm_requester_get_measurements(
						q, true, ROTOR_SPDM_MEAS_OP_ALL, true, false,
						p->record, sizeof(p->record))),
				 ROTOR_OK);
		assert_true(q->measurements.is_signed);
		assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
		pair_delete(p);
	}
}

static void chunks_and_1_4(struct spdm_pair *p)
{
	static const uint8_t with_14[] = {ROTOR_SPDM_V12, ROTOR_SPDM_V14};
	chunks(p);
	memcpy(p->device_config.versions, with_14, sizeof(with_14));
	p->device_config.version_count = sizeof(with_14);
}

/* Of 1.4 there is attestation only: chunks are not offered then, nor more than goes in one piece. */
static void chunks_are_not_offered_in_1_4(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_of(chunks_and_1_4, ROTOR_SPDM_V14);
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(&p->q)), ROTOR_OK);
	assert_int_equal(p->q.peer.version, ROTOR_SPDM_V14);
	assert_int_equal(p->q.peer.capabilities & ROTOR_SPDM_CAP_CHUNK, 0);
	pair_delete(p);
}

static void messages_of_every_length_go_in_chunks(void **state)
{
	(void)state;
	static uint8_t text[3000], answer[3000];
	static const uint8_t vendor[] = {1, 2, 3, 4};
	struct spdm_pair *p = pair_new(&(struct pair_wish){.tune = chunks, .device_buffer = 4000});
	struct rotor_spdm_requester *q = &p->q;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7 + i / 256);
	pair_session(p);
	for (size_t len = 0; len < sizeof(text); len += len < 400 ? 1 : 311) {
		const struct rotor_spdm_vendor_defined m = {.standard_id = ROTOR_SPDM_REGISTRY_IANA,
							    .vendor_id = {vendor, 4},
							    .payload = {text, len}};
		assert_int_equal(pair_do(p, rotor_spdm_requester_vendor_defined(
						q, len % 2, &m, answer, sizeof(answer))),
				 ROTOR_OK);
		assert_int_equal(q->answer.len, len);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(answer[i], text[len - 1 - i]);
	}
	/* More than there is room for, on this side and on that one. */
	const struct rotor_spdm_vendor_defined large = {.standard_id = ROTOR_SPDM_REGISTRY_IANA,
							.vendor_id = {vendor, 4},
							.payload = {text, sizeof(text)}};
	assert_int_equal(pair_do(p, rotor_spdm_requester_vendor_defined(q, false, &large, answer,
									sizeof(text) - 1)),
			 ROTOR_ERR_SPACE);
	agent_chunks.response_size = 2000;
	assert_int_equal(pair_do(p, rotor_spdm_requester_vendor_defined(q, false, &large, answer,
									sizeof(answer))),
			 ROTOR_ERR_SPACE);
	assert_int_equal(q->result.fail, ROTOR_SPDM_FAIL_SPACE);
	agent_chunks.request_size = 2000;
	assert_int_equal(pair_do(p, rotor_spdm_requester_vendor_defined(q, false, &large, answer,
									sizeof(answer))),
			 ROTOR_ERR_SPACE);
	/* The session lives on. */
	assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(q)), ROTOR_OK);
	pair_delete(p);
}

static void vendor_messages_are_of_one_vendor(void **state)
{
	(void)state;
	uint8_t answer[64];
	for (size_t i = 0; i < sizeof(all); i++) {
		struct spdm_pair *p = pair_of(chunks, all[i]);
		struct rotor_spdm_requester *q = &p->q;
		p->device_config.data_transfer_size = 0;
		p->agent_config.data_transfer_size = 0;
		struct rotor_spdm_vendor_defined m = {.standard_id = ROTOR_SPDM_REGISTRY_IANA,
						      .vendor_id = {(const uint8_t *)"vend", 4},
						      .payload = {(const uint8_t *)"abc", 3}};
		assert_int_equal(rotor_spdm_requester_vendor_defined(q, false, &m, answer, 3),
				 ROTOR_ERR_STATE);
		pair_identify(p);
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_vendor_defined(q, false, &m, answer, 3)),
		    ROTOR_OK);
		assert_memory_equal(answer, "cba", 3);
		m.standard_id = ROTOR_SPDM_REGISTRY_DMTF;
		m.vendor_id.len = 0;
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_vendor_defined(q, false, &m, answer, 3)),
		    ROTOR_ERR_PEER);
		assert_int_equal(q->result.peer_error, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
		pair_delete(p);
	}
}

/* ---- ResponseNotReady ---- */

static struct rotor_spdm_ready ready;
static const struct rotor_spdm_feature_use ready_features[] = {
    {&rotor_spdm_respond_if_ready, &ready}};

static void not_ready(struct spdm_pair *p)
{
	ready = (struct rotor_spdm_ready){.rd_exponent = 13, .rdtm = 8};
	features(p, ready_features, 1);
}

static void what_is_not_ready_is_asked_for_later(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(all); i++) {
		struct spdm_pair *p = pair_new(
		    &(struct pair_wish){.tune = not_ready,
					.version = all[i],
					.device = pending_crypto(&rotor_crypto_mbedtls, 3)});
		struct rotor_spdm_requester *q = &p->q;
		pair_identify(p);
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_ALL)),
		    ROTOR_OK);
		assert_true(q->counters.busy > 0);
		if (all[i] > ROTOR_SPDM_V10) {
			assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(q, 0)),
					 ROTOR_OK);
			assert_int_equal(pair_do(p, rotor_spdm_requester_get_measurements(
							q, true, ROTOR_SPDM_MEAS_OP_ALL, true,
							false, p->record, sizeof(p->record))),
					 ROTOR_OK);
		}
		pair_delete(p);
	}
}

/* ---- basic mutual authentication ---- */

static struct rotor_spdm_basic_mutual device_basic;
static struct rotor_spdm_requester_basic agent_basic;
static const struct rotor_spdm_feature_use basic_features[] = {
    {&rotor_spdm_challenge_mutual, &device_basic}};
static const struct rotor_spdm_requester_use basic_pieces[] = {
    {&rotor_spdm_requester_basic_mutual, &agent_basic}};
static unsigned heard;

static void agent_authenticated(void *ctx, uint32_t peer, struct rotor_bytes leaf)
{
	const struct spdm_pair *p = ctx;
	uint8_t digest[ROTOR_HASH_MAX];
	const struct rotor_bytes der = {p->agent_der[1],
					p->agent_config.own.chain.len - p->anchor.len};
	assert_int_equal(peer, PAIR_AGENT_EID);
	assert_int_equal(
	    rotor_hash_parts(&rotor_crypto_openssl, ROTOR_HASH_SHA384, &der, 1, digest), ROTOR_OK);
	assert_memory_equal(digest, leaf.data, leaf.len);
	heard++;
}

static void basic(struct spdm_pair *p)
{
	features(p, basic_features, 1);
	pieces(p, basic_pieces, 1);
	device_basic =
	    (struct rotor_spdm_basic_mutual){.authenticated = agent_authenticated, .ctx = p};
	memset(&agent_basic, 0, sizeof(agent_basic));
	heard = 0;
}

static void basic_not_named(struct spdm_pair *p)
{
	basic(p);
	p->agent_config.piece_count = 0;
}

static void both_sides_are_challenged(void **state)
{
	(void)state;
	static pair_line *const lines[] = {NULL, lose_every_other, lose_answers};
	for (size_t i = 0; i < 4 * ROTOR_COUNT_OF(lines); i++) {
		struct pair_wish wish = {.tune = basic,
					 .version = (uint8_t)(ROTOR_SPDM_V11 + i % 3)};
		if (i % 4 == 3)
			wish.agent = pending_crypto(&rotor_crypto_openssl, 2);
		struct spdm_pair *p = pair_new(&wish);
		struct rotor_spdm_requester *q = &p->q;
		pair_identify(p);
		for (unsigned k = 1; k < 3; k++) {
			p->line = lines[i / 4];
			assert_int_equal(
			    pair_do(p, rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_TCB)),
			    ROTOR_OK);
			p->line = NULL;
			assert_true(agent_basic.authenticated);
			assert_int_equal(heard, k);
		}
		/* And there may be a session after it. */
		assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(q, 0)), ROTOR_OK);
		pair_delete(p);
	}
}

static void a_wish_for_it_is_not_heeded_without_the_piece(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_of(basic_not_named, ROTOR_SPDM_V11);
	pair_identify(p);
	assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(&p->q, 0)), ROTOR_OK);
	assert_int_equal(heard, 0);
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)), ROTOR_OK);
	pair_delete(p);
}

static void a_stranger_does_not_pass(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(
	    &(struct pair_wish){.tune = basic, .version = ROTOR_SPDM_V12, .stranger = true});
	pair_identify(p);
	assert_int_equal(pair_do(p, rotor_spdm_requester_challenge(&p->q, 0)), ROTOR_ERR_DENIED);
	assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_REFUSED);
	assert_false(agent_basic.authenticated);
	assert_int_equal(heard, 0);
	pair_delete(p);
}

/* ---- certificates and keys ---- */

static struct {
	bool reset, erased, installed;
	unsigned slot;
	uint16_t usage;
} shop;

static enum rotor_status make_csr(void *ctx, struct rotor_crypto_job *job,
				  const struct rotor_spdm_csr_request *request, uint8_t *out,
				  size_t cap, size_t *len, uint8_t *tag)
{
	(void)ctx;
	(void)job;
	if (shop.reset && !request->tag) {
		*tag = 5;
		return ROTOR_ERR_STATE;
	}
	assert_true(request->opaque.len <= cap);
	memcpy(out, request->opaque.data, request->opaque.len);
	*len = request->opaque.len;
	return ROTOR_OK;
}

static enum rotor_status set(void *ctx, struct rotor_crypto_job *job,
			     const struct rotor_spdm_set_cert_request *request)
{
	(void)ctx;
	(void)job;
	shop.erased = request->erase;
	shop.installed = !request->erase;
	shop.slot = request->slot;
	return ROTOR_OK;
}

static enum rotor_status get_pair(void *ctx, uint8_t id, struct rotor_spdm_key_pair_info *out)
{
	static const uint8_t info[] = {0x30, 0x02, 0x06, 0x00};
	(void)ctx;
	*out = (struct rotor_spdm_key_pair_info){
	    .capabilities = ROTOR_SPDM_KEY_PAIR_KEY_USAGE,
	    .usage_capabilities = ROTOR_SPDM_KEY_USE_MEAS | ROTOR_SPDM_KEY_USE_KEY_EX,
	    .usage = shop.usage,
	    .asym_capabilities = ROTOR_SPDM_KEY_PAIR_P384 | ROTOR_SPDM_KEY_PAIR_P256,
	    .asym = ROTOR_SPDM_KEY_PAIR_P384,
	    .slots = (uint8_t)(1u << (id - 1)),
	    .public_key_info = {info, sizeof(info)},
	};
	return ROTOR_OK;
}

static enum rotor_status set_pair(void *ctx, const struct rotor_spdm_session_info *session,
				  const struct rotor_spdm_set_key_pair_info *request)
{
	(void)ctx;
	(void)session;
	shop.usage = request->usage;
	return ROTOR_OK;
}

static struct rotor_spdm_key_pairs pairs_config;
static uint8_t set_buffer[4096];
static const struct rotor_spdm_feature_use shop_features[] = {
    {&rotor_spdm_chunking, &device_chunks},
    {&rotor_spdm_get_csr_feature, &csr_config},
    {&rotor_spdm_set_certificate_feature, &set_config},
    {&rotor_spdm_key_pairs_feature, &pairs_config},
};

static void provisioned(struct spdm_pair *p)
{
	chunks(p);
	p->device_config.features = shop_features;
	p->device_config.feature_count = ROTOR_COUNT_OF(shop_features);
	p->device_config.alias_certificates = false;
	memset(&shop, 0, sizeof(shop));
	csr_config = (struct rotor_spdm_csr_config){.csr = make_csr};
	set_config = (struct rotor_spdm_set_cert_config){
	    .set = set, .in_clear = true, .buffer = set_buffer, .size = sizeof(set_buffer)};
	pairs_config = (struct rotor_spdm_key_pairs){.count = 2, .get = get_pair, .set = set_pair};
}

static void provisioned_with_reset(struct spdm_pair *p)
{
	provisioned(p);
	shop.reset = true;
	csr_config.reset = true;
	set_config.reset = true;
}

static struct spdm_pair *shop_pair(void (*tune)(struct spdm_pair *p), uint8_t version)
{
	struct spdm_pair *p =
	    pair_new(&(struct pair_wish){.tune = tune, .version = version, .device_buffer = 4000});
	pair_identify(p);
	return p;
}

static void a_request_for_a_certificate_is_got(void **state)
{
	(void)state;
	static uint8_t text[700], csr[800];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)i;
	struct rotor_spdm_get_csr m = {.opaque = {text, sizeof(text)}};
	for (uint8_t version = ROTOR_SPDM_V12; version <= ROTOR_SPDM_V13; version++) {
		struct spdm_pair *p = shop_pair(provisioned, version);
		struct rotor_spdm_requester *q = &p->q;
		m.key_pair = version == ROTOR_SPDM_V13;
		m.attributes = version == ROTOR_SPDM_V13 ? ROTOR_SPDM_CERT_MODEL_DEVICE : 0;
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_get_csr(q, false, &m, csr, sizeof(csr))),
		    ROTOR_OK);
		assert_int_equal(q->answer.len, sizeof(text));
		assert_memory_equal(csr, text, sizeof(text));
		assert_int_equal(pair_do(p, rotor_spdm_requester_get_csr(q, false, &m, csr, 699)),
				 ROTOR_ERR_SPACE);
		pair_delete(p);
	}
	/* A device that must start anew says with which tag to come again. */
	struct spdm_pair *p = shop_pair(provisioned_with_reset, ROTOR_SPDM_V13);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_csr(&p->q, false, &m, csr, sizeof(csr))),
	    ROTOR_ERR_PEER);
	assert_int_equal(p->q.result.peer_error, ROTOR_SPDM_ERROR_RESET_REQUIRED);
	assert_int_equal(p->q.result.peer_error_data, 5);
	m.attributes |= 5 << ROTOR_SPDM_CSR_TAG_SHIFT;
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_csr(&p->q, false, &m, csr, sizeof(csr))), ROTOR_OK);
	pair_delete(p);
}

static void a_certificate_is_set_and_erased(void **state)
{
	(void)state;
	for (uint8_t version = ROTOR_SPDM_V12; version <= ROTOR_SPDM_V13; version++) {
		struct spdm_pair *p = shop_pair(provisioned, version);
		struct rotor_spdm_requester *q = &p->q;
		static uint8_t chain[PAIR_CHAIN_MAX];
		struct rotor_spdm_set_certificate m = {.slot = 0,
						       .chain = {chain, q->chain.spdm.len}};
		memcpy(chain, q->chain.spdm.data, q->chain.spdm.len);
		if (version == ROTOR_SPDM_V13) {
			m.key_pair = 1;
			m.model = ROTOR_SPDM_CERT_MODEL_DEVICE;
		}
		assert_int_equal(pair_do(p, rotor_spdm_requester_set_certificate(q, false, &m)),
				 ROTOR_OK);
		assert_true(shop.installed);
		/* What was believed of that slot no longer is. */
		assert_int_equal(rotor_spdm_requester_challenge(q, 0), ROTOR_ERR_STATE);
		chain[m.chain.len - 1] ^= 1;
		assert_int_equal(pair_do(p, rotor_spdm_requester_set_certificate(q, false, &m)),
				 ROTOR_ERR_PEER);
		assert_int_equal(q->result.peer_error, ROTOR_SPDM_ERROR_INVALID_REQUEST);
		m.erase = true;
		assert_int_equal(rotor_spdm_requester_set_certificate(q, false, &m),
				 ROTOR_ERR_ARGUMENT);
		m.chain.len = 0;
		if (version == ROTOR_SPDM_V13) {
			assert_int_equal(
			    pair_do(p, rotor_spdm_requester_set_certificate(q, false, &m)),
			    ROTOR_OK);
			assert_true(shop.erased);
		}
		pair_delete(p);
	}
}

static void key_pairs_are_told_of_and_changed(void **state)
{
	(void)state;
	uint8_t buffer[64];
	struct rotor_spdm_key_pair_info info;
	struct spdm_pair *p = shop_pair(provisioned, ROTOR_SPDM_V13);
	struct rotor_spdm_requester *q = &p->q;
	assert_int_equal(
	    rotor_spdm_requester_get_key_pair_info(q, false, 0, &info, buffer, sizeof(buffer)),
	    ROTOR_ERR_ARGUMENT);
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_key_pair_info(q, false, 2, &info,
									   buffer, sizeof(buffer))),
			 ROTOR_OK);
	assert_int_equal(info.total, 2);
	assert_int_equal(info.key_pair, 2);
	assert_int_equal(info.slots, 2);
	assert_int_equal(info.asym, ROTOR_SPDM_KEY_PAIR_P384);
	assert_int_equal(info.public_key_info.len, 4);
	assert_ptr_equal(info.public_key_info.data, buffer);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_key_pair_info(q, false, 1, &info, buffer, 3)),
	    ROTOR_ERR_SPACE);
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_key_pair_info(q, false, 3, &info,
									   buffer, sizeof(buffer))),
			 ROTOR_ERR_PEER);
	const struct rotor_spdm_set_key_pair_info change = {
	    .key_pair = 2, .usage = ROTOR_SPDM_KEY_USE_MEAS, .slots = 2};
	assert_int_equal(pair_do(p, rotor_spdm_requester_set_key_pair_info(q, false, &change)),
			 ROTOR_OK);
	assert_int_equal(shop.usage, ROTOR_SPDM_KEY_USE_MEAS);
	const struct rotor_spdm_set_key_pair_info erase = {
	    .operation = ROTOR_SPDM_KEY_PAIR_OP_ERASE, .key_pair = 2};
	assert_int_equal(pair_do(p, rotor_spdm_requester_set_key_pair_info(q, false, &erase)),
			 ROTOR_ERR_PEER);
	pair_delete(p);
	p = shop_pair(provisioned, ROTOR_SPDM_V12);
	assert_int_equal(pair_do(p, rotor_spdm_requester_set_key_pair_info(&p->q, false, &change)),
			 ROTOR_ERR_UNSUPPORTED);
	pair_delete(p);
}

/* ---- what a device tells of itself ---- */

static uint8_t mel[1500];
static size_t mel_len;

static enum rotor_status log_of(void *ctx, struct rotor_bytes *out)
{
	(void)ctx;
	*out = (struct rotor_bytes){mel, mel_len};
	return ROTOR_OK;
}

static struct rotor_spdm_mel_config mel_config = {.log = log_of};
static struct rotor_spdm_endpoint_config endpoint_config;
static const struct rotor_spdm_feature_use inform_features[] = {
    {&rotor_spdm_mel_feature, &mel_config},
    {&rotor_spdm_endpoint_info_feature, &endpoint_config},
};
static const uint8_t device_class[] = {1, 0, 0, 0, 8, 0, 4, 'r', 'o', 't', 'o', 'r', 0, 0};

static void informs(struct spdm_pair *p)
{
	features(p, inform_features, 2);
	endpoint_config = (struct rotor_spdm_endpoint_config){
	    .device_class = {device_class, sizeof(device_class)}, .can_sign = true};
}

static void informs_unsigned(struct spdm_pair *p)
{
	informs(p);
	endpoint_config.can_sign = false;
}

static void make_log(unsigned entries)
{
	static const uint8_t value[20];
	struct rotor_writer w = rotor_writer(mel, sizeof(mel));
	rotor_spdm_encode_mel_header(&w, entries, entries * (ROTOR_SPDM_MEL_ENTRY_SIZE + 20));
	for (unsigned i = 0; i < entries; i++) {
		const struct rotor_spdm_mel_entry m = {.index = i + 1,
						       .measurement = 1,
						       .type = ROTOR_SPDM_MEAS_FIRMWARE,
						       .value = {value, sizeof(value)}};
		rotor_spdm_encode_mel_entry(&w, &m);
	}
	assert_false(w.failed);
	mel_len = w.len;
}

static void the_extension_log_is_read_to_its_end(void **state)
{
	(void)state;
	uint8_t buffer[1500];
	for (unsigned entries = 0; entries < 48; entries += 9) {
		make_log(entries);
		struct spdm_pair *p = pair_of(informs, ROTOR_SPDM_V13);
		struct rotor_spdm_requester *q = &p->q;
		p->agent_config.data_transfer_size = 450;
		pair_session(p);
		for (unsigned secured = 0; secured < 2; secured++) {
			struct rotor_bytes list;
			uint32_t count;
			assert_int_equal(pair_do(p, rotor_spdm_requester_get_mel(q, secured, buffer,
										 sizeof(buffer))),
					 ROTOR_OK);
			assert_int_equal(q->answer.len, mel_len);
			assert_memory_equal(q->answer.data, mel, mel_len);
			assert_int_equal(rotor_spdm_mel_open(q->answer, &list, &count), ROTOR_OK);
			assert_int_equal(count, entries);
		}
		assert_int_equal(
		    pair_do(p, rotor_spdm_requester_get_mel(q, false, buffer, mel_len - 1)),
		    ROTOR_ERR_SPACE);
		pair_delete(p);
	}
}

static void endpoint_information_may_be_signed(void **state)
{
	(void)state;
	uint8_t buffer[64];
	struct spdm_pair *p = pair_of(informs, ROTOR_SPDM_V13);
	struct rotor_spdm_requester *q = &p->q;
	assert_int_equal(pair_do(p, rotor_spdm_requester_connect(q)), ROTOR_OK);
	assert_int_equal(rotor_spdm_requester_get_endpoint_info(
			     q, false, ROTOR_SPDM_EP_INFO_DEVICE_CLASS, true, buffer, 64),
			 ROTOR_ERR_STATE);
	pair_session(p);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pair_do(p, rotor_spdm_requester_get_endpoint_info(
						q, i & 1, ROTOR_SPDM_EP_INFO_DEVICE_CLASS, i & 2,
						buffer, sizeof(buffer))),
				 ROTOR_OK);
		assert_int_equal(q->answer.len, sizeof(device_class));
		assert_memory_equal(q->answer.data, device_class, sizeof(device_class));
	}
	pair_delete(p);
	p = pair_of(informs_unsigned, ROTOR_SPDM_V13);
	pair_identify(p);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_endpoint_info(
			   &p->q, false, ROTOR_SPDM_EP_INFO_DEVICE_CLASS, true, buffer, 64)),
	    ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_endpoint_info(
			   &p->q, false, ROTOR_SPDM_EP_INFO_DEVICE_CLASS, false, buffer, 64)),
	    ROTOR_OK);
	pair_delete(p);
}

/* ---- events ---- */

static struct {
	unsigned to_tell, told, acknowledged, subscribed;
	uint16_t types[8];
} news;

static enum rotor_status subscribe(void *ctx, const struct rotor_spdm_session_info *session,
				   const struct rotor_spdm_event_types *types)
{
	(void)ctx;
	(void)session;
	news.subscribed = types->group_count;
	return ROTOR_OK;
}

static enum rotor_status next_event(void *ctx, const struct rotor_spdm_session_info *session,
				    bool every, struct rotor_spdm_event_item *out)
{
	static const uint8_t detail[] = {1};
	(void)ctx;
	(void)session;
	if (news.acknowledged == news.to_tell || (!news.subscribed && !every))
		return ROTOR_ERR_NOT_FOUND;
	*out = (struct rotor_spdm_event_item){.instance = news.acknowledged,
					      .registry = ROTOR_SPDM_REGISTRY_DMTF,
					      .type = ROTOR_SPDM_EVENT_CERTIFICATE_CHANGED,
					      .detail = {detail, sizeof(detail)}};
	return ROTOR_OK;
}

static void acknowledged(void *ctx, const struct rotor_spdm_session_info *session)
{
	(void)ctx;
	(void)session;
	news.acknowledged++;
}

static void take_event(void *ctx, uint32_t session_id, const struct rotor_spdm_event_item *item)
{
	const struct spdm_pair *p = ctx;
	assert_int_equal(session_id, p->info.session_id);
	assert_int_equal(item->instance, news.told);
	assert_int_equal(item->detail.len, 1);
	news.types[news.told++] = item->type;
}

static const uint8_t type_list[] = {1, 0, 0, 0, 4, 0, 0, 0};
static const struct rotor_spdm_event_group event_groups[] = {{
    .registry = ROTOR_SPDM_REGISTRY_DMTF,
    .type_count = 2,
    .group_version = ROTOR_SPDM_EVENT_GROUP_VERSION,
    .types = {type_list, sizeof(type_list)},
}};
static struct rotor_spdm_events events_config;
static struct rotor_spdm_requester_events agent_events;
static const struct rotor_spdm_feature_use event_features[] = {
    {&rotor_spdm_events_feature, &events_config}};
static const struct rotor_spdm_requester_use event_pieces[] = {
    {&rotor_spdm_requester_event_piece, &agent_events}};

static void tells_news(struct spdm_pair *p)
{
	features(p, event_features, 1);
	pieces(p, event_pieces, 1);
	memset(&news, 0, sizeof(news));
	events_config = (struct rotor_spdm_events){.groups = event_groups,
						   .group_count = 1,
						   .subscribe = subscribe,
						   .next = next_event,
						   .acknowledged = acknowledged};
	agent_events = (struct rotor_spdm_requester_events){.event = take_event, .ctx = p};
}

static void tells_all_news(struct spdm_pair *p)
{
	tells_news(p);
	p->agent_config.session_policy = ROTOR_SPDM_POLICY_EVENT_ALL;
}

static void events_are_subscribed_and_told(void **state)
{
	(void)state;
	uint8_t buffer[128], subscription[64];
	struct spdm_pair *p = pair_of(tells_news, ROTOR_SPDM_V13);
	struct rotor_spdm_requester *q = &p->q;
	assert_int_equal(rotor_spdm_requester_get_event_types(q, buffer, 128), ROTOR_ERR_STATE);
	pair_session(p);
	assert_int_equal(
	    pair_do(p, rotor_spdm_requester_get_event_types(q, buffer, sizeof(buffer))), ROTOR_OK);
	struct rotor_bytes list = q->answer;
	struct rotor_spdm_event_group group;
	assert_int_equal(rotor_spdm_event_group_next(&list, &group), ROTOR_OK);
	assert_int_equal(group.type_count, 2);
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_event_types(q, buffer, 5)),
			 ROTOR_ERR_SPACE);

	news.to_tell = 3;
	assert_int_equal(pair_do(p, rotor_spdm_requester_serve(q, true)), ROTOR_OK);
	assert_int_equal(news.told, 0);
	struct rotor_writer w = rotor_writer(subscription, sizeof(subscription));
	rotor_spdm_encode_event_group(&w, &group);
	struct rotor_spdm_event_types m = {.group_count = 1, .groups = {subscription, w.len}};
	assert_int_equal(pair_do(p, rotor_spdm_requester_subscribe(q, &m)), ROTOR_OK);
	assert_int_equal(news.subscribed, 1);
	assert_int_equal(pair_do(p, rotor_spdm_requester_serve(q, true)), ROTOR_OK);
	assert_int_equal(news.told, 3);
	assert_int_equal(news.acknowledged, 3);
	assert_int_equal(news.types[2], ROTOR_SPDM_EVENT_CERTIFICATE_CHANGED);
	m = (struct rotor_spdm_event_types){.group_count = 0};
	assert_int_equal(pair_do(p, rotor_spdm_requester_subscribe(q, &m)), ROTOR_OK);
	assert_int_equal(news.subscribed, 0);
	pair_delete(p);
}

static void a_session_may_have_all_events(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_of(tells_all_news, ROTOR_SPDM_V13);
	pair_session(p);
	news.to_tell = 2;
	assert_int_equal(pair_do(p, rotor_spdm_requester_serve(&p->q, true)), ROTOR_OK);
	assert_int_equal(news.told, 2);
	pair_delete(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_are_updated),
	    cmocka_unit_test(the_device_updates_its_own_key),
	    cmocka_unit_test(an_update_must_be_offered_by_both),
	    cmocka_unit_test(an_update_without_an_answer_ends_the_session),
	    cmocka_unit_test(attestation_and_sessions_go_in_chunks),
	    cmocka_unit_test(chunks_are_not_offered_in_1_4),
	    cmocka_unit_test(messages_of_every_length_go_in_chunks),
	    cmocka_unit_test(vendor_messages_are_of_one_vendor),
	    cmocka_unit_test(what_is_not_ready_is_asked_for_later),
	    cmocka_unit_test(both_sides_are_challenged),
	    cmocka_unit_test(a_wish_for_it_is_not_heeded_without_the_piece),
	    cmocka_unit_test(a_stranger_does_not_pass),
	    cmocka_unit_test(a_request_for_a_certificate_is_got),
	    cmocka_unit_test(a_certificate_is_set_and_erased),
	    cmocka_unit_test(key_pairs_are_told_of_and_changed),
	    cmocka_unit_test(the_extension_log_is_read_to_its_end),
	    cmocka_unit_test(endpoint_information_may_be_signed),
	    cmocka_unit_test(events_are_subscribed_and_told),
	    cmocka_unit_test(a_session_may_have_all_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
