/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that go on: KEY_UPDATE. Long messages: chunks. Slow answers: RESPOND_IF_READY. Sessions from pre-shared keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "spdm/key_schedule.h"
#include "support/pending_crypto.h"
#include "support/spdm_peer.h"

#define NONE   ((struct rotor_bytes){NULL, 0})
#define SIGNED ROTOR_SPDM_MEAS_ATTR_SIGNATURE

static struct spdm_peer peer;

static void all_versions(struct spdm_pair *p)
{
	static const uint8_t versions[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12,
					   ROTOR_SPDM_V13};
	memcpy(p->device_config.versions, versions, sizeof(versions));
	p->device_config.version_count = sizeof(versions);
	p->device_config.ask_mutual_auth = false;
}

static struct spdm_pair *device(void (*tune)(struct spdm_pair *p), uint8_t version)
{
	struct spdm_pair *p =
	    pair_new(&(struct pair_wish){.tune = tune, .sessions = 3, .heartbeat_s = 10});
	peer_init(&peer, p, version);
	return p;
}

/* ---- KEY_UPDATE ---- */

static const struct rotor_spdm_feature_use updating[] = {{&rotor_spdm_key_update, NULL},
							 {&rotor_spdm_own_key_update, NULL}};

static void with_update(struct spdm_pair *p)
{
	all_versions(p);
	p->device_config.features = updating;
	p->device_config.feature_count = 1;
}

/* The same, and it may ask for encapsulated requests. */
static void with_update_and_encap(struct spdm_pair *p)
{
	with_update(p);
	p->device_config.feature_count = 2;
	p->device_config.ask_mutual_auth = true;
	p->device_config.mutual = ROTOR_SPDM_MUTUAL_ENCAP;
}

static uint8_t update(uint8_t operation, uint8_t tag)
{
	return peer_ask_header(&peer, ROTOR_SPDM_KEY_UPDATE, operation, tag);
}

/* The requester's side of an update: what it sends with, what it opens with. */
static void next_request_key(void)
{
	assert_int_equal(rotor_spdm_update_key(peer.p->agent_config.crypto, &peer.session,
					       peer.session.request_secret, &peer.session.request),
			 ROTOR_OK);
}

static void next_response_key(void)
{
	assert_int_equal(rotor_spdm_update_key(peer.p->agent_config.crypto, &peer.session,
					       peer.session.response_secret,
					       &peer.session.response),
			 ROTOR_OK);
}

static void keys_are_updated_again_and_again(void **state)
{
	(void)state;
	for (uint8_t version = ROTOR_SPDM_V11; version <= ROTOR_SPDM_V13; version++) {
		struct spdm_pair *p = device(with_update, version);
		assert_int_equal(peer_connect(&peer), 0);
		peer_session(&peer);
		uint8_t old[ROTOR_HASH_MAX];
		memcpy(old, p->sessions[0].request_secret, sizeof(old));
		for (uint8_t i = 1; i <= 40; i++) {
			uint8_t operation =
			    i % 3 ? ROTOR_SPDM_KEY_UPDATE_ONE : ROTOR_SPDM_KEY_UPDATE_ALL;
			/* Of both keys, the answer is the first under the new one. */
			if (operation == ROTOR_SPDM_KEY_UPDATE_ALL)
				next_response_key();
			assert_int_equal(update(operation, i), 0);
			assert_memory_equal(peer.answer + 1,
					    ((uint8_t[]){ROTOR_SPDM_KEY_UPDATE_ACK, operation, i}),
					    3);
			next_request_key();
			assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_VERIFY, (uint8_t)(i + 1)), 0);
			assert_int_equal(p->sessions[0].updating, 0);
			/* Some sessions are young at the next update, some are not. */
			for (unsigned k = 0; k < i; k++)
				assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0),
						 0);
		}
		assert_memory_not_equal(old, p->sessions[0].request_secret, 48);
		static const uint8_t zeros[sizeof(p->sessions[0].next)];
		assert_memory_equal(&p->sessions[0].next, zeros, sizeof(zeros));
		pair_delete(p);
	}
}

static void an_update_out_of_order_is_refused(void **state)
{
	(void)state;
	struct spdm_pair *p = device(with_update, ROTOR_SPDM_V12);
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_ONE, 1), ROTOR_SPDM_ERROR_SESSION_REQUIRED);
	peer_session(&peer);
	static const uint8_t operations[] = {0, ROTOR_SPDM_KEY_UPDATE_VERIFY, 4, 0xff};
	for (size_t i = 0; i < sizeof(operations); i++)
		assert_int_equal(update(operations[i], 1), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	const uint8_t longer[] = {ROTOR_SPDM_V12, ROTOR_SPDM_KEY_UPDATE, 1, 1, 0};
	assert_int_equal(peer_ask(&peer, longer, sizeof(longer)), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(p->sessions[0].updating, 0);
	/* Begun: another operation, another tag, and anything but KEY_UPDATE are refused. */
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_ONE, 7), 0);
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_ONE, 8), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_ALL, 7), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0),
			 ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	/* A verification under the old key proves nothing. */
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_VERIFY, 7), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	/* The same again as a new record, because the answer was lost, is answered again. */
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_ONE, 7), 0);
	next_request_key();
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_ONE, 9), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_VERIFY, 1), 0);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0), 0);
	pair_delete(p);
}

/* The first record under a new key is lost; the old key does not come back once the new one was used. */
static void a_lost_verification_is_sent_again(void **state)
{
	(void)state;
	struct spdm_pair *p = device(with_update, ROTOR_SPDM_V12);
	uint8_t buffer[64], copy[64], answer[PAIR_MESSAGE_MAX];
	struct rotor_bytes record;
	assert_int_equal(peer_connect(&peer), 0);
	peer_session(&peer);
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_ONE, 1), 0);
	struct rotor_spdm_record_keys old = peer.session.request;
	next_request_key();
	/* Number 0 is lost: number 1 could be the old key's next but one, and is taken for it. */
	peer.session.request.sequence = 0;
	memcpy(buffer + ROTOR_SPDM_RECORD_HEADROOM, "\x12\xe9\3\1", 4);
	assert_int_equal(rotor_spdm_record_seal(p->agent_config.crypto, peer.session.suite.aead,
						&peer.session.request, peer.session.info.session_id,
						ROTOR_SPDM_MCTP_TYPE, buffer, sizeof(buffer), 4,
						&record),
			 ROTOR_OK);
	memcpy(copy, record.data, record.len);
	/* A forgery of it changes nothing. */
	copy[record.len - 1] ^= 1;
	assert_int_equal(pair_ask(p, PAIR_AGENT_EID, true, copy, record.len, answer, NULL), 0);
	assert_int_equal(p->sessions[0].updating, ROTOR_SPDM_KEY_UPDATE_ONE);
	size_t n = pair_ask(p, PAIR_AGENT_EID, true, record.data, record.len, answer, NULL);
	assert_true(n > 0);
	assert_int_equal(p->sessions[0].updating, 0);
	/* And the same bytes again get the same answer. */
	memcpy(copy, buffer, sizeof(copy));
	assert_int_equal(pair_ask(p, PAIR_AGENT_EID, true, record.data, record.len, copy, NULL), n);
	/* Under the old key nothing is opened any more. */
	uint32_t forged = p->r.counters.records.forged + p->r.counters.records.repeated;
	memcpy(buffer + ROTOR_SPDM_RECORD_HEADROOM, "\x12\xe8\0\0", 4);
	assert_int_equal(rotor_spdm_record_seal(p->agent_config.crypto, peer.session.suite.aead,
						&old, peer.session.info.session_id,
						ROTOR_SPDM_MCTP_TYPE, buffer, sizeof(buffer), 4,
						&record),
			 ROTOR_OK);
	p->now += 1000;
	assert_int_equal(pair_ask(p, PAIR_AGENT_EID, true, record.data, record.len, answer, NULL),
			 0);
	assert_int_equal(p->r.counters.records.forged + p->r.counters.records.repeated, forged + 1);
	pair_delete(p);
}

static void updates_need_both_sides(void **state)
{
	(void)state;
	struct spdm_pair *p = device(with_update, ROTOR_SPDM_V12);
	peer.flags &= ~ROTOR_SPDM_CAP_KEY_UPD;
	assert_int_equal(peer_connect(&peer), 0);
	peer_session(&peer);
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_ONE, 1),
			 ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
	pair_delete(p);
	p = device(all_versions, ROTOR_SPDM_V12); /* not linked into this one */
	assert_int_equal(peer_connect(&peer), 0);
	peer_session(&peer);
	assert_int_equal(update(ROTOR_SPDM_KEY_UPDATE_ONE, 1),
			 ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
	pair_delete(p);
}

static uint8_t deliver(uint8_t id, const void *inner, size_t len)
{
	uint8_t msg[64];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_encapsulated m = {.version = peer.version,
						  .code = ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE,
						  .request_id = id,
						  .inner = {inner, len}};
	rotor_spdm_encode_encapsulated(&w, &m);
	return peer_ask_writer(&peer, &w);
}

/* A session with mutual authentication. */
static void mutual_session(void)
{
	uint8_t digest[ROTOR_HASH_MAX];
	assert_int_equal(peer_key_exchange(&peer, 0, 0, 0, NONE), 0);
	assert_int_equal(peer_encapsulated(&peer, false), 0);
	peer_chain_digest(&peer, digest);
	assert_int_equal(peer_finish(&peer, 0, digest), 0);
}

static void the_device_may_wish_a_new_key(void **state)
{
	(void)state;
	for (uint8_t version = ROTOR_SPDM_V11; version <= ROTOR_SPDM_V13; version++) {
		struct spdm_pair *p = device(with_update_and_encap, version);
		struct rotor_spdm_encapsulated e;
		struct rotor_spdm_encapsulated_ack a;
		uint8_t none = version >= ROTOR_SPDM_V13 ? ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS
							 : ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST;
		assert_int_equal(peer_connect(&peer), 0);
		mutual_session();
		uint32_t id = peer.session.info.session_id;
		for (uint8_t round = 0; round < 3; round++) {
			assert_int_equal(
			    peer_ask_header(&peer, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0),
			    none);
			assert_int_equal(rotor_spdm_responder_update_key(&p->r, id), ROTOR_OK);
			assert_int_equal(rotor_spdm_responder_update_key(&p->r, id),
					 ROTOR_ERR_BUSY);
			assert_int_equal(rotor_spdm_responder_update_key(&p->r, id + 1),
					 ROTOR_ERR_NOT_FOUND);
			assert_int_equal(
			    peer_ask_header(&peer, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0), 0);
			assert_int_equal(rotor_spdm_decode_encapsulated(peer.answer, peer.len, &e),
					 ROTOR_OK);
			uint8_t inner[4] = {version, ROTOR_SPDM_KEY_UPDATE,
					    ROTOR_SPDM_KEY_UPDATE_ONE, e.inner.data[3]};
			assert_memory_equal(e.inner.data, inner, 4);
			/* Acknowledged, what comes next is under the new key: the question whether it is known. */
			inner[1] = ROTOR_SPDM_KEY_UPDATE_ACK;
			next_response_key();
			assert_int_equal(deliver(e.request_id, inner, 4), 0);
			assert_int_equal(
			    rotor_spdm_decode_encapsulated_ack(peer.answer, peer.len, &a),
			    ROTOR_OK);
			assert_int_equal(a.payload_type, ROTOR_SPDM_ENCAP_PRESENT);
			assert_int_equal(a.inner.data[2], ROTOR_SPDM_KEY_UPDATE_VERIFY);
			inner[2] = ROTOR_SPDM_KEY_UPDATE_VERIFY;
			inner[3] = a.inner.data[3];
			uint8_t request = a.request_id;
			assert_int_equal(deliver((uint8_t)(request + 1), inner, 4),
					 ROTOR_SPDM_ERROR_INVALID_REQUEST);
			assert_int_equal(deliver(request, inner, 4), 0);
			assert_int_equal(
			    rotor_spdm_decode_encapsulated_ack(peer.answer, peer.len, &a),
			    ROTOR_OK);
			assert_int_equal(a.payload_type, ROTOR_SPDM_ENCAP_ABSENT);
			assert_int_equal(deliver(request, inner, 4),
					 ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
		}
		/* A requester that will not. */
		assert_int_equal(rotor_spdm_responder_update_key(&p->r, id), ROTOR_OK);
		assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0),
				 0);
		const uint8_t no[] = {version, ROTOR_SPDM_ERROR, ROTOR_SPDM_ERROR_BUSY, 0};
		assert_int_equal(deliver(peer.answer[2], no, 4),
				 ROTOR_SPDM_ERROR_INVALID_RESPONSE_CODE);
		assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0), 0);
		pair_delete(p);
	}
}

/* ---- chunks ---- */

static uint8_t large[1200];
static struct rotor_spdm_chunks chunks = {.buffer = large, .size = sizeof(large)};
static uint8_t vendor_heard[1500];
static size_t vendor_len;

/* Answers with as many bytes as the first two of the request say. */
static enum rotor_status vendor(void *ctx, const struct rotor_spdm_session_info *session,
				const struct rotor_spdm_vendor_defined *request, uint8_t *out,
				size_t cap, size_t *len)
{
	(void)ctx;
	(void)session;
	vendor_len = request->payload.len;
	if (vendor_len)
		memcpy(vendor_heard, request->payload.data, vendor_len);
	if (request->standard_id != ROTOR_SPDM_REGISTRY_IANA)
		return ROTOR_ERR_UNSUPPORTED;
	if (vendor_len < 2)
		return ROTOR_ERR_LENGTH;
	*len = (size_t)request->payload.data[0] << 8 | request->payload.data[1];
	if (*len > cap)
		return ROTOR_ERR_SPACE;
	for (size_t i = 0; i < *len; i++)
		out[i] = (uint8_t)i;
	return ROTOR_OK;
}

static const struct rotor_spdm_vendor_config vendor_config = {.handle = vendor};
static struct rotor_spdm_feature_use chunking[] = {{&rotor_spdm_chunking, &chunks},
						   {&rotor_spdm_vendor_feature, NULL}};

static void with_chunks(struct spdm_pair *p)
{
	all_versions(p);
	chunking[1].config = (void *)(uintptr_t)&vendor_config;
	p->device_config.data_transfer_size = 200;
	p->device_config.features = chunking;
	p->device_config.feature_count = 2;
}

static struct spdm_pair *chunked(uint32_t transfer)
{
	struct spdm_pair *p = device(with_chunks, ROTOR_SPDM_V12);
	peer.flags |= ROTOR_SPDM_CAP_CHUNK;
	peer.transfer = transfer;
	peer.max_message = 3000;
	return p;
}

static size_t vendor_request(uint8_t *msg, size_t payload, uint16_t want)
{
	struct rotor_writer w = rotor_writer(msg, 2000);
	static uint8_t bytes[1500];
	memset(bytes, 0x77, sizeof(bytes));
	bytes[0] = (uint8_t)(want >> 8);
	bytes[1] = (uint8_t)want;
	const struct rotor_spdm_vendor_defined m = {.version = peer.version,
						    .code = ROTOR_SPDM_VENDOR_DEFINED_REQUEST,
						    .standard_id = ROTOR_SPDM_REGISTRY_IANA,
						    .vendor_id = {(const uint8_t *)"abcd", 4},
						    .payload = {bytes, payload}};
	rotor_spdm_encode_vendor_defined(&w, &m);
	return w.len;
}

/* One CHUNK_SEND. */
static uint8_t send_chunk(uint8_t handle, uint32_t sequence, bool last, uint32_t total,
			  const uint8_t *bytes, size_t len)
{
	uint8_t msg[256];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_chunk m = {.version = peer.version,
					   .code = ROTOR_SPDM_CHUNK_SEND,
					   .attributes = last ? ROTOR_SPDM_CHUNK_LAST : 0,
					   .handle = handle,
					   .sequence = sequence,
					   .large_size = total,
					   .chunk = {bytes, len}};
	rotor_spdm_encode_chunk(&w, &m);
	return peer_ask_writer(&peer, &w);
}

/* The answer inside a CHUNK_SEND_ACK: its error, or 0. It becomes the peer's answer; none leaves that empty. */
static uint8_t unwrap(bool early)
{
	struct rotor_spdm_chunk_send_ack a;
	assert_int_equal(rotor_spdm_decode_chunk_send_ack(peer.answer, peer.len, &a), ROTOR_OK);
	assert_int_equal(a.attributes, early ? ROTOR_SPDM_CHUNK_EARLY_ERROR : 0);
	memmove(peer.answer, a.inner.data, a.inner.len);
	peer.len = a.inner.len;
	return a.inner.len && peer.answer[1] == ROTOR_SPDM_ERROR ? peer.answer[2] : 0;
}

/* Sends a long request in pieces of 150 bytes. */
static uint8_t send_large(uint8_t handle, const uint8_t *msg, size_t len)
{
	uint32_t sequence = 0;
	for (size_t done = 0; done < len; sequence++) {
		size_t n = len - done < 150 ? len - done : 150;
		assert_int_equal(
		    send_chunk(handle, sequence, done + n == len, (uint32_t)len, msg + done, n), 0);
		done += n;
		uint8_t error = unwrap(false);
		if (done == len)
			return error;
		assert_int_equal(peer.len, 0);
	}
	return 0xff;
}

/* Fetches what an ERROR LargeResponse has announced; it becomes the peer's answer. */
static void fetch_large(size_t transfer)
{
	static uint8_t whole[4096];
	uint8_t handle = peer.answer[4], msg[8];
	size_t len = 0;
	struct rotor_spdm_chunk c = {0};
	for (uint32_t i = 0; !(c.attributes & ROTOR_SPDM_CHUNK_LAST); i++) {
		struct rotor_writer w = rotor_writer(msg, sizeof(msg));
		const struct rotor_spdm_chunk_get m = {peer.version, handle, i};
		rotor_spdm_encode_chunk_get(&w, &m);
		assert_int_equal(peer_ask_writer(&peer, &w), 0);
		assert_true(peer.len <= transfer);
		assert_int_equal(rotor_spdm_decode_chunk(peer.answer, peer.len, &c), ROTOR_OK);
		assert_int_equal(c.handle, handle);
		assert_int_equal(c.sequence, i);
		memcpy(whole + len, c.chunk.data, c.chunk.len);
		len += c.chunk.len;
	}
	memcpy(peer.answer, whole, len);
	peer.len = len;
}

static void long_messages_go_in_pieces(void **state)
{
	(void)state;
	static const struct {
		size_t request;
		uint16_t answer;
	} cases[] = {{100, 10}, {100, 1000}, {1000, 10}, {1000, 1000}, {141, 170}, {500, 169}};
	for (unsigned in_session = 0; in_session < 2; in_session++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
			struct spdm_pair *p = chunked(180);
			static uint8_t msg[2000];
			struct rotor_spdm_vendor_defined v;
			if (in_session)
				peer.transfer = peer.max_message = 1300; /* for the handshake */
			assert_int_equal(peer_connect(&peer), 0);
			if (in_session) {
				peer_session(&peer);
				p->connections[0].transfer = 180;
			}
			size_t len = vendor_request(msg, cases[i].request, cases[i].answer);
			uint8_t error =
			    len > 200 ? send_large(5, msg, len) : peer_ask(&peer, msg, len);
			assert_int_equal(vendor_len, cases[i].request);
			for (size_t k = 2; k < vendor_len; k++)
				assert_int_equal(vendor_heard[k], 0x77);
			if (error) {
				assert_int_equal(error, ROTOR_SPDM_ERROR_LARGE_RESPONSE);
				fetch_large(180);
			}
			assert_int_equal(
			    rotor_spdm_decode_vendor_defined(peer.answer, peer.len, &v), ROTOR_OK);
			assert_int_equal(v.payload.len, cases[i].answer);
			for (size_t k = 0; k < v.payload.len; k++)
				assert_int_equal(v.payload.data[k], k & 0xff);
			/* It is gone, and so are the bytes of it. */
			assert_int_equal(peer_ask(&peer, (uint8_t[]){0x12, 0x86, 0, 1, 0, 0}, 6),
					 ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
			for (size_t k = 0; k < sizeof(large); k++)
				assert_int_equal(large[k], 0);
			pair_delete(p);
		}
	}
}

/* What is signed is the long message, not the pieces. */
static void long_answers_are_part_of_transcripts_whole(void **state)
{
	(void)state;
	struct spdm_pair *p = chunked(100);
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(peer.device_flags & ROTOR_SPDM_CAP_CHUNK, ROTOR_SPDM_CAP_CHUNK);
	assert_int_equal(peer_digests(&peer), 0);
	uint8_t msg[64] = {ROTOR_SPDM_V12, ROTOR_SPDM_CHALLENGE, 0, 1};
	struct rotor_spdm_challenge_auth a;
	uint8_t digest[ROTOR_HASH_MAX];
	assert_int_equal(peer_ask(&peer, msg, 36), ROTOR_SPDM_ERROR_LARGE_RESPONSE);
	fetch_large(100);
	peer.sizes.summary = true;
	assert_int_equal(rotor_spdm_decode_challenge_auth(&peer.sizes, peer.answer, peer.len, &a),
			 ROTOR_OK);
	peer_add(&peer.b, msg, 36);
	peer_add(&peer.b, peer.answer, peer.len - a.signature.len);
	peer_hash(&peer, &peer.b, NULL, 0, digest);
	peer_check_signature(&peer, digest, "responder-challenge_auth signing", a.signature.data);
	/* Certificates come in portions that need no pieces. */
	peer.b.len = 0;
	assert_int_equal(peer_certificate(&peer, 0), 0);
	pair_delete(p);
}

static void pieces_that_do_not_fit_together_are_refused(void **state)
{
	(void)state;
	static uint8_t msg[2000];
	static const struct {
		const char *what;
		uint8_t handle;
		uint32_t sequence;
		bool last;
		uint32_t total;
		size_t len;
		uint8_t error;
	} cases[] = {
	    {"too large", 1, 0, false, 1201, 100, ROTOR_SPDM_ERROR_REQUEST_TOO_LARGE},
	    {"in one piece", 1, 0, true, 100, 100, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {"too small", 1, 0, false, 41, 20, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {"empty", 1, 0, false, 500, 0, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {"more than announced", 1, 0, false, 100, 120, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {"other handle", 2, 1, false, 0, 100, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {"out of order", 1, 2, false, 0, 100, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {"last too early", 1, 1, true, 0, 100, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {"last not marked", 1, 1, false, 0, 150, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {"too much", 1, 1, true, 0, 151, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct spdm_pair *p = chunked(1000);
		vendor_request(msg, 285, 1);
		assert_int_equal(peer_connect(&peer), 0);
		if (cases[i].sequence) {
			assert_int_equal(send_chunk(1, 0, false, 300, msg, 150), 0);
			assert_int_equal(unwrap(false), 0);
		}
		assert_int_equal(send_chunk(cases[i].handle, cases[i].sequence, cases[i].last,
					    cases[i].total, msg + 150, cases[i].len),
				 0);
		if (unwrap(true) != cases[i].error)
			fail_msg("%s", cases[i].what);
		/* The transfer is over, and the next one is not touched by it. */
		assert_int_equal(send_chunk(1, 1, true, 0, msg + 150, 150), 0);
		assert_int_equal(unwrap(true), ROTOR_SPDM_ERROR_INVALID_REQUEST);
		size_t len = vendor_request(msg, 285, 1);
		assert_int_equal(send_large(1, msg, len), 0);
		pair_delete(p);
	}
}

/* What may not be sent in pieces, and what is wrong when it is whole. */
static void a_request_in_pieces_is_judged_like_any_other(void **state)
{
	(void)state;
	static const struct {
		uint8_t version, code;
		bool early;
		uint8_t error;
	} cases[] = {
	    {ROTOR_SPDM_V10, ROTOR_SPDM_GET_VERSION, true, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {ROTOR_SPDM_V12, ROTOR_SPDM_CHUNK_SEND, true, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {ROTOR_SPDM_V12, ROTOR_SPDM_VERSION, true, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {ROTOR_SPDM_V13, ROTOR_SPDM_GET_DIGESTS, true, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {ROTOR_SPDM_V12, ROTOR_SPDM_GET_DIGESTS, false, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {ROTOR_SPDM_V12, ROTOR_SPDM_FINISH, false, ROTOR_SPDM_ERROR_SESSION_REQUIRED},
	    {ROTOR_SPDM_V12, 0xa0, false, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST},
	};
	struct spdm_pair *p = chunked(1000);
	assert_int_equal(peer_connect(&peer), 0);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t msg[160] = {cases[i].version, cases[i].code};
		assert_int_equal(send_chunk(9, 0, false, sizeof(msg), msg, 100), 0);
		assert_int_equal(unwrap(false), 0);
		assert_int_equal(send_chunk(9, 1, true, 0, msg + 100, 60), 0);
		assert_int_equal(unwrap(cases[i].early), cases[i].error);
	}
	pair_delete(p);
}

static void an_answer_in_pieces_is_fetched_in_order_by_who_asked(void **state)
{
	(void)state;
	static uint8_t msg[2000];
	static struct spdm_peer other;
	struct spdm_pair *p = chunked(180);
	assert_int_equal(peer_connect(&peer), 0);
	peer_init(&other, p, ROTOR_SPDM_V12);
	other.eid = 99;
	other.flags |= ROTOR_SPDM_CAP_CHUNK;
	other.transfer = 180;
	assert_int_equal(peer_connect(&other), 0);
	size_t len = vendor_request(msg, 50, 1000);
	static const uint8_t wrong[][6] = {
	    {0x12, 0x86, 0, 0, 0, 0}, /* handle */
	    {0x12, 0x86, 0, 0, 2, 0}, /* sequence */
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(wrong); i++) {
		uint8_t get[6];
		assert_int_equal(peer_ask(&peer, msg, len), ROTOR_SPDM_ERROR_LARGE_RESPONSE);
		memcpy(get, wrong[i], 6);
		get[3] = i ? peer.answer[4] : (uint8_t)(peer.answer[4] + 1);
		assert_int_equal(peer_ask(&other, get, 6), ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
		assert_int_equal(peer_ask(&peer, get, 6), ROTOR_SPDM_ERROR_INVALID_REQUEST);
		get[4] ^= 8; /* the same bytes again would be a retry */
		assert_int_equal(peer_ask(&peer, get, 6), ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	}
	/* Longer than what can be kept. */
	len = vendor_request(msg, 50, 1190);
	assert_int_equal(peer_ask(&peer, msg, len), ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE);
	/* Another's long answer takes the place; GET_VERSION gives it up. */
	len = vendor_request(msg, 50, 1000);
	assert_int_equal(peer_ask(&peer, msg, len), ROTOR_SPDM_ERROR_LARGE_RESPONSE);
	assert_int_equal(peer_ask(&other, msg, len), ROTOR_SPDM_ERROR_LARGE_RESPONSE);
	uint8_t get[6] = {0x12, 0x86, 0, peer.answer[4], 0, 0};
	assert_int_equal(peer_ask(&peer, get, 6), ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	get[3] = other.answer[4];
	assert_int_equal(peer_ask_header(&other, ROTOR_SPDM_GET_VERSION, 0, 0), 0);
	assert_int_equal(chunks.len, 0);
	pair_delete(p);
	/* And nobody gets pieces who has not said that he takes them. */
	p = chunked(180);
	peer.flags &= ~ROTOR_SPDM_CAP_CHUNK;
	peer.max_message = 180;
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(peer_ask(&peer, msg, len), ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE);
	assert_int_equal(peer_ask(&peer, get, 6), ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
	pair_delete(p);
}

/* ---- RESPOND_IF_READY ---- */

static struct rotor_spdm_ready ready = {.rd_exponent = 12, .rdtm = 4};
static const struct rotor_spdm_feature_use readying[] = {{&rotor_spdm_respond_if_ready, &ready}};

static void with_ready(struct spdm_pair *p)
{
	all_versions(p);
	p->device_config.features = readying;
	p->device_config.feature_count = 1;
}

/* One message to the responder and nothing more: no polling. */
static size_t once(struct spdm_pair *p, uint32_t eid, const void *msg, size_t len, uint8_t *answer)
{
	uint8_t copy[256];
	struct rotor_spdm_out out;
	memcpy(copy, msg, len);
	p->now += 10;
	rotor_spdm_responder_receive(&p->r, eid, 1, false, copy, len, p->now, &out);
	if (out.kind != ROTOR_SPDM_OUT_RESPONSE)
		return 0;
	memcpy(answer, out.bytes.data, out.bytes.len);
	return out.bytes.len;
}

static void poll_until_ready(struct spdm_pair *p)
{
	struct rotor_spdm_out out;
	for (unsigned i = 0; i < 50 && rotor_spdm_responder_deadline(&p->r) == 0; i++) {
		rotor_spdm_responder_poll(&p->r, p->now, &out);
		assert_int_equal(out.kind, ROTOR_SPDM_OUT_NOTHING);
	}
	assert_true(rotor_spdm_responder_deadline(&p->r) > p->now);
}

static struct spdm_pair *slow_device(void)
{
	struct spdm_pair *p = pair_new(&(struct pair_wish){
	    .tune = with_ready, .sessions = 1, .device = pending_crypto(&rotor_crypto_mbedtls, 3)});
	peer_init(&peer, p, ROTOR_SPDM_V12);
	assert_int_equal(peer_connect(&peer), 0);
	return p;
}

static const uint8_t challenge[36] = {ROTOR_SPDM_V12, ROTOR_SPDM_CHALLENGE, 0, 0};

static void who_asks_again_gets_the_answer(void **state)
{
	(void)state;
	struct spdm_pair *p = slow_device();
	uint8_t answer[1300], again[1300], ask[4] = {ROTOR_SPDM_V12, ROTOR_SPDM_RESPOND_IF_READY};
	struct rotor_spdm_error_message e;
	struct rotor_spdm_challenge_auth a;
	size_t len = once(p, PAIR_AGENT_EID, challenge, sizeof(challenge), answer);
	assert_int_equal(rotor_spdm_decode_error(answer, len, &e), ROTOR_OK);
	assert_int_equal(e.error, ROTOR_SPDM_ERROR_RESPONSE_NOT_READY);
	assert_int_equal(e.request_code, ROTOR_SPDM_CHALLENGE);
	assert_int_equal(e.rd_exponent, 12);
	assert_int_equal(e.rdtm, 4);
	ask[2] = e.request_code;
	ask[3] = e.token;
	/* Too early: the same is said again, with the same token. */
	assert_int_equal(once(p, PAIR_AGENT_EID, ask, 4, again), len);
	assert_memory_equal(answer, again, len);
	/* So it is when the request itself comes again. */
	assert_int_equal(once(p, PAIR_AGENT_EID, challenge, sizeof(challenge), again), len);
	assert_memory_equal(answer, again, len);
	/* Another token, another peer. */
	ask[3]++;
	once(p, PAIR_AGENT_EID, ask, 4, again);
	assert_int_equal(again[2], ROTOR_SPDM_ERROR_BUSY);
	ask[3]--;
	once(p, 77, ask, 4, again);
	assert_int_equal(again[2], ROTOR_SPDM_ERROR_BUSY);
	poll_until_ready(p);
	once(p, 77, ask, 4, again);
	assert_int_equal(again[2], ROTOR_SPDM_ERROR_BUSY);
	len = once(p, PAIR_AGENT_EID, ask, 4, answer);
	assert_int_equal(rotor_spdm_decode_challenge_auth(&peer.sizes, answer, len, &a), ROTOR_OK);
	assert_int_equal(p->connections[0].state, ROTOR_SPDM_AUTHENTICATED);
	/* The transcript has neither the ERROR nor the question. */
	uint8_t digest[ROTOR_HASH_MAX];
	peer_add(&peer.b, challenge, sizeof(challenge));
	peer_add(&peer.b, answer, len - a.signature.len);
	peer_hash(&peer, &peer.b, NULL, 0, digest);
	peer_check_signature(&peer, digest, "responder-challenge_auth signing", a.signature.data);
	/* Lost on its way: asked for once more. */
	assert_int_equal(once(p, PAIR_AGENT_EID, ask, 4, again), len);
	assert_memory_equal(answer, again, len);
	/* And then there is nothing left. */
	assert_int_equal(peer_digests(&peer), 0);
	assert_true(once(p, PAIR_AGENT_EID, ask, 4, again) == 4);
	assert_int_equal(again[2], ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	pair_delete(p);
}

static void who_does_not_ask_in_time_gets_nothing(void **state)
{
	(void)state;
	struct spdm_pair *p = slow_device();
	uint8_t answer[1300], ask[4] = {ROTOR_SPDM_V12, ROTOR_SPDM_RESPOND_IF_READY};
	struct rotor_spdm_out out;
	once(p, PAIR_AGENT_EID, challenge, sizeof(challenge), answer);
	ask[2] = ROTOR_SPDM_CHALLENGE;
	ask[3] = answer[6];
	poll_until_ready(p);
	p->now = rotor_spdm_responder_deadline(&p->r);
	rotor_spdm_responder_poll(&p->r, p->now, &out);
	assert_int_equal(out.kind, ROTOR_SPDM_OUT_NOTHING);
	once(p, PAIR_AGENT_EID, ask, 4, answer);
	assert_int_equal(answer[2], ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(p->connections[0].state, ROTOR_SPDM_NEGOTIATED);
	/* Who asks for something else does not want it any more. */
	once(p, PAIR_AGENT_EID, challenge, sizeof(challenge), answer);
	poll_until_ready(p);
	const uint8_t digests[4] = {ROTOR_SPDM_V12, ROTOR_SPDM_GET_DIGESTS, 0, 0};
	once(p, PAIR_AGENT_EID, digests, 4, answer);
	assert_int_equal(answer[1], ROTOR_SPDM_DIGESTS);
	pair_delete(p);
}

/* ---- pre-shared keys ---- */

static const struct rotor_spdm_psk keys[] = {
    {{(const uint8_t *)"one", 3}, {(const uint8_t *)"the first key", 13}},
    {{NULL, 0}, {(const uint8_t *)"what is meant without a hint", 28}},
};
static struct rotor_spdm_psk_config psk = {.keys = keys, .key_count = 2};
static const struct rotor_spdm_feature_use psks[] = {{&rotor_spdm_psk_sessions, &psk}};

static void with_psk(struct spdm_pair *p)
{
	all_versions(p);
	p->device_config.clear_handshake = true; /* which is not for these */
	p->device_config.features = psks;
	p->device_config.feature_count = 1;
}

/* PSK_EXCHANGE. Sets the handshake's keys, and checks the device's verify data. */
static uint8_t psk_exchange(struct rotor_bytes hint, struct rotor_bytes key)
{
	uint8_t msg[256], opaque[64], th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	static const uint16_t versions[] = {0x1100};
	static const uint8_t context[32] = {3, 1, 4};
	const struct rotor_crypto *crypto = peer.p->agent_config.crypto;
	struct rotor_writer w = rotor_writer(opaque, sizeof(opaque));
	rotor_spdm_encode_secured_versions(&w, peer.version, versions, 1);
	const struct rotor_spdm_psk_exchange m = {.version = peer.version,
						  .summary = ROTOR_SPDM_SUMMARY_ALL,
						  .session_id = 0x4321,
						  .hint = hint,
						  .context = {context, 32},
						  .opaque = {opaque, w.len}};
	struct rotor_spdm_psk_exchange_rsp a;
	w = rotor_writer(msg, sizeof(msg));
	rotor_spdm_encode_psk_exchange(&w, &m);
	peer.secured = false;
	uint8_t error = peer_ask_writer(&peer, &w);
	if (error)
		return error;
	peer.sizes.summary = true;
	assert_int_equal(rotor_spdm_decode_psk_exchange_rsp(&peer.sizes, peer.answer, peer.len, &a),
			 ROTOR_OK);
	assert_int_equal(a.context.len, psk.with_context ? 32 : 0);
	peer.th.len = 0;
	peer_add(&peer.th, msg, w.len);
	peer_add(&peer.th, peer.answer, peer.len - a.verify_data.len);
	peer_hash(&peer, &peer.th, NULL, 0, th);
	struct rotor_spdm_session *s = &peer.session;
	memset(s, 0, sizeof(*s));
	s->suite = peer.suite;
	s->info.version = peer.version;
	s->info.session_id = (uint32_t)a.session_id << 16 | 0x4321;
	/* HMAC with the salt: zeros, from 1.3 on ones. */
	uint8_t salt[48];
	memset(salt, peer.version >= ROTOR_SPDM_V13 ? 0xff : 0, sizeof(salt));
	assert_int_equal(crypto->hmac(peer.suite.hash, salt, sizeof(salt), &key, 1, s->secret),
			 ROTOR_OK);
	assert_int_equal(rotor_spdm_psk_keys(crypto, s, th, NULL, NULL), ROTOR_OK);
	assert_int_equal(rotor_spdm_verify_data(crypto, s, s->response_secret, th, mac), ROTOR_OK);
	assert_memory_equal(mac, a.verify_data.data, a.verify_data.len);
	peer_add(&peer.th, mac, a.verify_data.len);
	return 0;
}

static void psk_data_keys(void)
{
	uint8_t th[ROTOR_HASH_MAX];
	peer_hash(&peer, &peer.th, NULL, 0, th);
	assert_int_equal(
	    rotor_spdm_data_keys(peer.p->agent_config.crypto, &peer.session, th, NULL, NULL),
	    ROTOR_OK);
	peer.secured = true;
}

static uint8_t psk_finish(uint8_t flip)
{
	uint8_t msg[128], th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_psk_finish m = {.version = peer.version};
	peer.secured = true;
	rotor_spdm_encode_psk_finish(&w, &m);
	peer_add(&peer.th, msg, w.len);
	peer_hash(&peer, &peer.th, NULL, 0, th);
	assert_int_equal(rotor_spdm_verify_data(peer.p->agent_config.crypto, &peer.session,
						peer.session.request_secret, th, mac),
			 ROTOR_OK);
	mac[5] ^= flip;
	rotor_write_bytes(&w, mac, 48);
	peer_add(&peer.th, mac, 48);
	uint8_t error = peer_ask_writer(&peer, &w);
	if (error)
		return error;
	assert_int_equal(peer.len, 4);
	peer_add(&peer.th, peer.answer, 4);
	psk_data_keys();
	return 0;
}

static void sessions_come_from_a_key_that_both_know(void **state)
{
	(void)state;
	for (unsigned with = 0; with < 2; with++) {
		for (uint8_t version = ROTOR_SPDM_V11; version <= ROTOR_SPDM_V13; version++) {
			psk.with_context = with;
			struct spdm_pair *p = device(with_psk, version);
			peer.flags |= ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
			assert_int_equal(peer_connect(&peer), 0);
			assert_int_equal(peer.device_flags & ROTOR_SPDM_CAP_PSK,
					 with ? ROTOR_SPDM_CAP_PSK_WITH_CONTEXT
					      : ROTOR_SPDM_CAP_PSK_NO_CONTEXT);
			for (size_t i = 0; i < 2; i++) {
				assert_int_equal(psk_exchange(keys[i].hint, keys[i].key), 0);
				assert_int_equal(p->established, with ? i : i + 1);
				if (with)
					assert_int_equal(psk_finish(0), 0);
				else
					psk_data_keys();
				assert_int_equal(p->established, i + 1);
				assert_true(p->info.psk && !p->info.mutual);
				assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0),
						 0);
				assert_int_equal(peer_measure(&peer, SIGNED, 1, 0), 0);
			}
			assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_END_SESSION, 0, 0), 0);
			pair_delete(p);
		}
	}
}

static enum rotor_status in_hardware(void *ctx, uint8_t version, enum rotor_hash_alg hash,
				     struct rotor_bytes hint, uint8_t *secret)
{
	const struct rotor_crypto *crypto = ctx;
	if (hint.len != 3)
		return ROTOR_ERR_NOT_FOUND;
	return rotor_spdm_psk_extract(crypto, version, hash, keys[0].key, secret);
}

static void what_is_wrong_with_a_pre_shared_key(void **state)
{
	(void)state;
	psk.with_context = true;
	struct spdm_pair *p = device(with_psk, ROTOR_SPDM_V12);
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(psk_exchange((struct rotor_bytes){(const uint8_t *)"two", 3}, keys[0].key),
			 ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(p->sessions[0].state, ROTOR_SPDM_SESSION_NONE);
	/* A requester that adds nothing of its own; one without an offer of secured messages; too short. */
	static const uint8_t bare[12] = {0x12, ROTOR_SPDM_PSK_EXCHANGE};
	for (size_t n = 4; n <= 12; n++)
		assert_int_equal(peer_ask(&peer, bare, n), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	/* A wrong MAC ends the handshake. */
	assert_int_equal(psk_exchange(keys[0].hint, keys[0].key), 0);
	assert_int_equal(psk_finish(1), ROTOR_SPDM_ERROR_DECRYPT_ERROR);
	assert_int_equal(p->sessions[0].state, ROTOR_SPDM_SESSION_NONE);
	assert_int_equal(p->established, 0);
	/* FINISH is the other kind's; nothing comes before PSK_FINISH; and too late is too late. */
	assert_int_equal(psk_exchange(keys[0].hint, keys[0].key), 0);
	peer.secured = true;
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_FINISH, 0, 0),
			 ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_HEARTBEAT, 0, 0),
			 ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_PSK_FINISH, 0, 0),
			 ROTOR_SPDM_ERROR_INVALID_REQUEST);
	p->now += ROTOR_SPDM_HANDSHAKE_MS;
	struct rotor_spdm_out out;
	rotor_spdm_responder_poll(&p->r, p->now, &out);
	assert_int_equal(psk_finish(0), ROTOR_SPDM_ERROR_DECRYPT_ERROR);
	/* In the session of an exchanged key, PSK_FINISH is nothing. */
	peer.secured = false;
	peer.suite.clear_handshake = false;
	assert_int_equal(peer_key_exchange(&peer, 0, 0, 0, NONE), 0);
	assert_int_equal(peer_ask_header(&peer, ROTOR_SPDM_PSK_FINISH, 0, 0),
			 ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	pair_delete(p);
	/* A key that is not in memory. */
	psk.extract = in_hardware;
	psk.ctx = (void *)(uintptr_t)&rotor_crypto_mbedtls;
	p = device(with_psk, ROTOR_SPDM_V13);
	assert_int_equal(peer_connect(&peer), 0);
	assert_int_equal(psk_exchange(NONE, keys[1].key), ROTOR_SPDM_ERROR_INVALID_REQUEST);
	assert_int_equal(psk_exchange(keys[0].hint, keys[0].key), 0);
	assert_int_equal(psk_finish(0), 0);
	psk.extract = NULL;
	pair_delete(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_are_updated_again_and_again),
	    cmocka_unit_test(an_update_out_of_order_is_refused),
	    cmocka_unit_test(a_lost_verification_is_sent_again),
	    cmocka_unit_test(updates_need_both_sides),
	    cmocka_unit_test(the_device_may_wish_a_new_key),
	    cmocka_unit_test(long_messages_go_in_pieces),
	    cmocka_unit_test(long_answers_are_part_of_transcripts_whole),
	    cmocka_unit_test(pieces_that_do_not_fit_together_are_refused),
	    cmocka_unit_test(a_request_in_pieces_is_judged_like_any_other),
	    cmocka_unit_test(an_answer_in_pieces_is_fetched_in_order_by_who_asked),
	    cmocka_unit_test(who_asks_again_gets_the_answer),
	    cmocka_unit_test(who_does_not_ask_in_time_gets_nothing),
	    cmocka_unit_test(sessions_come_from_a_key_that_both_know),
	    cmocka_unit_test(what_is_wrong_with_a_pre_shared_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
