/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations of another implementation, read from end to end: every message decoded and encoded again to the same
 * bytes, every transcript rebuilt, every signature and MAC verified, every record opened. The transcripts and the key
 * schedule are built here from plain concatenation; rotor's own run beside them and must give the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/crypto.h"
#include "rotor/spdm_messages_any.h"
#include "rotor/wire.h"
#include "spdm/key_schedule.h"
#include "spdm/transcript.h"
#include "support/spdm_capture.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

/* A transcript: the bytes themselves. */
struct bytes {
	size_t len;
	uint8_t data[8192];
};

static void append(struct bytes *b, const uint8_t *data, size_t len)
{
	assert_true(len <= sizeof(b->data) - b->len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* One side's certificate chains, as they come in portions, by slot. */
struct chains {
	struct bytes slots[8];
};

struct counts {
	unsigned messages, inner, signatures, records, hmacs, secrets;
};

struct keys {
	uint8_t key[32], iv[12];
	uint64_t sequence;
	uint8_t secret[64];
};

enum side { REQUESTER, RESPONDER };

struct reading {
	const char *name;
	uint8_t version;
	struct rotor_spdm_algorithms algorithms;
	struct rotor_spdm_sizes sizes;
	uint32_t requester_flags, responder_flags;
	enum rotor_hash_alg hash;
	struct bytes a, b, c, l; /* VCA; certificates; challenge; measurements */
	struct rotor_spdm_digests digests;
	struct bytes digests_bytes;
	struct chains chains[2]; /* by side */
	uint8_t slot[2];         /* last asked for, by side that answers */
	/* session */
	unsigned sessions;
	bool in_session, established;
	uint32_t session_id;
	uint8_t key_slot;
	uint8_t dhe[64], handshake[64], master[64];
	struct bytes k; /* TH from KEY_EXCHANGE on, VCA and Ct before it */
	struct bytes session_l;
	struct keys keys[2]; /* by sender */
	struct counts counts;
	/* rotor's own, by backend */
	struct rotor_spdm_transcript transcript[2];
	struct rotor_spdm_session session[2];
};

static struct reading now; /* large, and one at a time */

/* ---- crypto, by both backends, which must agree ---- */

static void digest_of(const uint8_t *data, size_t len, uint8_t *digest)
{
	struct rotor_bytes part = {data, len};
	uint8_t other[64];
	assert_int_equal(rotor_hash_parts(backends[0], now.hash, &part, 1, digest), ROTOR_OK);
	assert_int_equal(rotor_hash_parts(backends[1], now.hash, &part, 1, other), ROTOR_OK);
	assert_memory_equal(digest, other, rotor_hash_size(now.hash));
}

static void hmac_of(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
		    uint8_t *mac)
{
	struct rotor_bytes part = {data, len};
	uint8_t other[64];
	assert_int_equal(backends[0]->hmac(now.hash, key, key_len, &part, 1, mac), ROTOR_OK);
	assert_int_equal(backends[1]->hmac(now.hash, key, key_len, &part, 1, other), ROTOR_OK);
	assert_memory_equal(mac, other, rotor_hash_size(now.hash));
}

/* HKDF-Expand of DSP0274's BinConcat(length, version, label, context). */
static void expand(const uint8_t *secret, const char *label, const uint8_t *context, uint8_t *out,
		   size_t out_len)
{
	uint8_t info[128];
	struct rotor_writer w = rotor_writer(info, sizeof(info));
	rotor_write_u16le(&w, (uint16_t)out_len);
	rotor_write_bytes(&w, now.version == ROTOR_SPDM_V12 ? "spdm1.2 " : "spdm1.3 ", 8);
	rotor_write_bytes(&w, label, strlen(label));
	if (context) {
		rotor_write_bytes(&w, context, now.sizes.hash);
	}
	struct rotor_bytes bytes = {info, w.len};
	assert_int_equal(
	    rotor_hkdf_expand(backends[0], now.hash, secret, now.sizes.hash, bytes, out, out_len),
	    ROTOR_OK);
}

/* A signature over a transcript, made in the context of "who what", with the leaf key of a chain. */
static void check_signature(const struct bytes *transcript, enum rotor_spdm_signed what,
			    const char *context, struct rotor_bytes chain_bytes,
			    enum rotor_sig_alg alg, struct rotor_bytes signature)
{
	uint8_t combined[100 + 64] = {0};
	uint8_t digest[64];
	const char *prefix =
	    now.version == ROTOR_SPDM_V12 ? "dmtf-spdm-v1.2.*" : "dmtf-spdm-v1.3.*";
	for (int i = 0; i < 4; i++) {
		memcpy(combined + 16 * i, prefix, 16);
	}
	memcpy(combined + 100 - strlen(context), context, strlen(context));
	digest_of(transcript->data, transcript->len, combined + 100);
	digest_of(combined, 100 + now.sizes.hash, digest);
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		uint8_t own[64];
		memcpy(own, combined + 100, now.sizes.hash);
		assert_int_equal(
		    rotor_spdm_signed_digest(backends[i], now.version, now.hash, what, own),
		    ROTOR_OK);
		assert_memory_equal(own, digest, now.sizes.hash);
	}

	struct rotor_spdm_cert_chain chain;
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	size_t count;
	assert_int_equal(rotor_spdm_decode_cert_chain(chain_bytes, now.sizes.hash, &chain),
			 ROTOR_OK);
	assert_int_equal(rotor_cert_split(chain.certs, certs, ROTOR_COUNT_OF(certs), &count),
			 ROTOR_OK);
	assert_true(count > 0);
	uint8_t root_hash[64];
	digest_of(certs[0].data, certs[0].len, root_hash);
	assert_int_equal(chain.root_hash.len, now.sizes.hash);
	assert_memory_equal(chain.root_hash.data, root_hash, now.sizes.hash);
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		const struct rotor_crypto *crypto = backends[i];
		struct rotor_cert leaf;
		enum rotor_status status;
		struct rotor_crypto_job job = {0};
		const struct rotor_bytes *last = &certs[count - 1];
		assert_int_equal(crypto->cert_parse(last->data, last->len, &leaf), ROTOR_OK);
		assert_int_equal(leaf.key.alg, alg);
		do {
			status = crypto->verify(&job, &leaf.key, now.hash, digest, signature.data,
						signature.len);
		} while (status == ROTOR_PENDING);
		assert_int_equal(status, ROTOR_OK);
		/* One bit of the transcript less, and it must not be genuine. */
		digest[0] ^= 1;
		do {
			status = crypto->verify(&job, &leaf.key, now.hash, digest, signature.data,
						signature.len);
		} while (status == ROTOR_PENDING);
		assert_int_equal(status, ROTOR_ERR_VERIFY);
		digest[0] ^= 1;
	}
	now.counts.signatures++;
}

static struct rotor_bytes chain_of(enum side side, uint8_t slot)
{
	const struct bytes *b = &now.chains[side].slots[slot & 7];
	struct rotor_bytes view = {b->data, b->len};
	return view;
}

/* ---- rotor's own transcripts ---- */

static void run(enum rotor_spdm_running kind, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		struct rotor_spdm_transcript *t = &now.transcript[i];
		assert_int_equal(rotor_spdm_running_add(backends[i], now.hash, t, &t->kind,
							&t->running, kind, data, len),
				 ROTOR_OK);
	}
}

/* What is signed now: the running hashes must be of the same bytes. */
static void check_running(const struct bytes *transcript)
{
	uint8_t want[64], own[64];
	digest_of(transcript->data, transcript->len, want);
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		struct rotor_spdm_transcript *t = &now.transcript[i];
		assert_int_equal(rotor_spdm_running_digest(backends[i], &t->running, own),
				 ROTOR_OK);
		assert_memory_equal(own, want, now.sizes.hash);
		rotor_spdm_transcript_drop(backends[i], t);
	}
}

/* ---- every message ---- */

/* Decodes, encodes again, compares. */
static void decode(const struct rotor_spdm_sizes *sizes, struct rotor_bytes msg,
		   struct rotor_spdm_any *any)
{
	static uint8_t again[8192];
	enum rotor_status status = rotor_spdm_decode_any(sizes, msg.data, msg.len, any);
	if (status != ROTOR_OK) {
		fail_msg("%s: %s of %zu bytes: %s", now.name,
			 rotor_spdm_code_name(msg.len > 1 ? msg.data[1] : 0), msg.len,
			 rotor_status_string(status));
	}
	struct rotor_writer w = rotor_writer(again, sizeof(again));
	size_t len;
	assert_int_equal(rotor_spdm_encode_any(&w, any), ROTOR_OK);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, msg.len);
	assert_memory_equal(again, msg.data, len);
	now.counts.messages++;
}

static void take_algorithms(const struct rotor_spdm_negotiation *m)
{
	assert_int_equal(rotor_spdm_algorithms_from(m, &now.algorithms), ROTOR_OK);
	rotor_spdm_sizes_from(&now.algorithms, &now.sizes);
	now.hash = rotor_spdm_hash_alg(&now.algorithms);
	assert_true(now.hash != ROTOR_HASH_NONE);
	now.sizes.clear_handshake =
	    now.requester_flags & now.responder_flags & ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
}

static void take_portion(enum side side, const struct rotor_spdm_certificate *m)
{
	struct bytes *chain = &now.chains[side].slots[now.slot[side] & 7];
	append(chain, m->portion.data, m->portion.len);
}

static void take_digests(const struct rotor_spdm_digests *m, struct rotor_bytes msg)
{
	now.digests_bytes.len = 0;
	append(&now.digests_bytes, msg.data, msg.len);
	assert_int_equal(
	    rotor_spdm_decode_digests(&now.sizes, now.digests_bytes.data, msg.len, &now.digests),
	    ROTOR_OK);
	assert_int_equal(m->digests.len, now.digests.digests.len);
}

static void take_blocks(const struct rotor_spdm_measurements *m)
{
	uint8_t again[4096];
	struct rotor_writer w = rotor_writer(again, sizeof(again));
	struct rotor_spdm_block block;
	struct rotor_bytes rest = m->record;
	enum rotor_status status;
	assert_int_equal(rotor_spdm_check_record(m->record, m->block_count), ROTOR_OK);
	while ((status = rotor_spdm_next_block(&rest, &block)) == ROTOR_OK) {
		assert_true(block.dmtf);
		rotor_spdm_encode_block(&w, &block);
	}
	size_t len;
	assert_int_equal(status, ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, m->record.len);
	assert_memory_equal(again, m->record.data, len);
}

static void check_measurements(struct bytes *l, struct rotor_bytes msg,
			       const struct rotor_spdm_measurements *m)
{
	take_blocks(m);
	append(l, msg.data, msg.len - m->signature.len);
	if (m->signature.len) {
		static struct bytes l1;
		l1.len = 0;
		append(&l1, now.a.data, now.a.len);
		append(&l1, l->data, l->len);
		if (!now.in_session) {
			run(ROTOR_SPDM_RUNNING_L, msg.data, msg.len - m->signature.len);
			check_running(&l1);
		}
		check_signature(&l1, ROTOR_SPDM_SIGNED_MEASUREMENTS,
				"responder-measurements signing",
				chain_of(RESPONDER, m->slot_info & 0x0F),
				rotor_spdm_sig_alg(&now.algorithms), m->signature);
		l->len = 0;
	}
}

static void check_challenge_auth(struct rotor_bytes msg, const struct rotor_spdm_challenge_auth *m)
{
	append(&now.c, msg.data, msg.len - m->signature.len);
	static struct bytes m1;
	m1.len = 0;
	append(&m1, now.a.data, now.a.len);
	append(&m1, now.b.data, now.b.len);
	append(&m1, now.c.data, now.c.len);
	run(ROTOR_SPDM_RUNNING_M, msg.data, msg.len - m->signature.len);
	check_running(&m1);
	uint8_t slot = m->attributes & 0x0F;
	check_signature(&m1, ROTOR_SPDM_SIGNED_CHALLENGE_AUTH, "responder-challenge_auth signing",
			chain_of(RESPONDER, slot), rotor_spdm_sig_alg(&now.algorithms),
			m->signature);
	struct rotor_bytes digest = rotor_spdm_digest_of_slot(&now.digests, slot);
	assert_int_equal(digest.len, m->cert_chain_hash.len);
	assert_memory_equal(digest.data, m->cert_chain_hash.data, digest.len);
	now.b.len = now.c.len = 0;
}

/* ---- sessions ---- */

static void check_secret(const char *key, unsigned n, const uint8_t *secret)
{
	uint8_t recorded[64];
	assert_int_equal(capture_secret(now.name, key, n, recorded, sizeof(recorded)),
			 now.sizes.hash);
	assert_memory_equal(recorded, secret, now.sizes.hash);
	now.counts.secrets++;
}

static void set_secret(struct keys *k, const uint8_t *secret)
{
	memcpy(k->secret, secret, now.sizes.hash);
	expand(secret, "key", NULL, k->key, sizeof(k->key));
	expand(secret, "iv", NULL, k->iv, sizeof(k->iv));
	k->sequence = 0;
}

/* The HMAC over the transcript so far, under a side's finished key. */
static void check_verify_data(enum side side, struct rotor_bytes verify_data)
{
	uint8_t finished[64], th[64], mac[64];
	expand(now.keys[side].secret, "finished", NULL, finished, now.sizes.hash);
	digest_of(now.k.data, now.k.len, th);
	hmac_of(finished, now.sizes.hash, th, now.sizes.hash, mac);
	assert_int_equal(verify_data.len, now.sizes.hash);
	assert_memory_equal(verify_data.data, mac, now.sizes.hash);
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		const struct rotor_spdm_session *s = &now.session[i];
		assert_int_equal(rotor_spdm_verify_data(backends[i], s,
							side == REQUESTER ? s->request_secret
									  : s->response_secret,
							th, mac),
				 ROTOR_OK);
		assert_memory_equal(verify_data.data, mac, now.sizes.hash);
	}
	now.counts.hmacs++;
}

static void take_opaque(uint8_t version, struct rotor_bytes opaque)
{
	uint8_t again[256];
	struct rotor_writer w = rotor_writer(again, sizeof(again));
	struct rotor_spdm_opaque it;
	struct rotor_spdm_opaque_element e;
	enum rotor_status status;
	size_t len;
	assert_int_equal(rotor_spdm_opaque_open(&it, version, opaque), ROTOR_OK);
	rotor_spdm_encode_opaque_header(&w, version, it.left);
	while ((status = rotor_spdm_opaque_next(&it, &e)) == ROTOR_OK) {
		rotor_spdm_encode_opaque_element(&w, &e);
	}
	assert_int_equal(status, ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, opaque.len);
	assert_memory_equal(again, opaque.data, len);
}

static void begin_session(struct rotor_bytes msg, const struct rotor_spdm_key_exchange *m)
{
	uint8_t ct[64];
	uint16_t versions[8];
	size_t count = ROTOR_COUNT_OF(versions);
	struct rotor_bytes chain = chain_of(RESPONDER, m->slot);
	digest_of(chain.data, chain.len, ct);
	struct rotor_bytes digest = rotor_spdm_digest_of_slot(&now.digests, m->slot);
	assert_int_equal(digest.len, now.sizes.hash);
	assert_memory_equal(digest.data, ct, digest.len);
	now.k.len = 0;
	append(&now.k, now.a.data, now.a.len);
	append(&now.k, ct, now.sizes.hash);
	append(&now.k, msg.data, msg.len);
	now.key_slot = m->slot;
	now.session_id = m->session_id;
	assert_int_equal(
	    rotor_spdm_decode_secured_versions(m->version, m->opaque, versions, &count), ROTOR_OK);
	assert_true(count >= 1);
	take_opaque(m->version, m->opaque);
}

/* rotor's key schedule has the same secrets and keys. */
static void check_session_keys(const uint8_t *th, const uint8_t *dhe, size_t dhe_len)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		struct rotor_spdm_session *s = &now.session[i];
		if (dhe) {
			memset(s, 0, sizeof(*s));
			s->info.version = now.version;
			s->info.session_id = now.session_id;
			rotor_spdm_suite_from(&now.algorithms, &s->suite);
			assert_int_equal(
			    rotor_spdm_handshake_keys(backends[i], s, dhe, dhe_len, th, NULL, NULL),
			    ROTOR_OK);
		} else {
			assert_int_equal(rotor_spdm_data_keys(backends[i], s, th, NULL, NULL),
					 ROTOR_OK);
		}
		assert_memory_equal(s->request.key, now.keys[REQUESTER].key, 32);
		assert_memory_equal(s->request.iv, now.keys[REQUESTER].iv, 12);
		assert_memory_equal(s->response.key, now.keys[RESPONDER].key, 32);
		assert_memory_equal(s->response.iv, now.keys[RESPONDER].iv, 12);
		assert_memory_equal(s->request_secret, now.keys[REQUESTER].secret, now.sizes.hash);
		assert_memory_equal(s->response_secret, now.keys[RESPONDER].secret, now.sizes.hash);
	}
}

static void derive_handshake(void)
{
	uint8_t th1[64], zeros[64] = {0}, secret[64];
	char key[32];
	snprintf(key, sizeof(key), "DHE_secret[%u]", now.sessions);
	size_t n = capture_secret(now.name, key, 0, now.dhe, sizeof(now.dhe));
	hmac_of(zeros, now.sizes.hash, now.dhe, n, now.handshake);
	check_secret("handshake_secret", now.sessions, now.handshake);
	digest_of(now.k.data, now.k.len, th1);
	expand(now.handshake, "req hs data", th1, secret, now.sizes.hash);
	check_secret("request_handshake_secret", now.sessions, secret);
	set_secret(&now.keys[REQUESTER], secret);
	expand(now.handshake, "rsp hs data", th1, secret, now.sizes.hash);
	check_secret("response_handshake_secret", now.sessions, secret);
	set_secret(&now.keys[RESPONDER], secret);
	check_session_keys(th1, now.dhe, n);
}

static void derive_data(void)
{
	uint8_t th2[64], salt[64], zeros[64] = {0}, secret[64];
	expand(now.handshake, "derived", NULL, salt, now.sizes.hash);
	hmac_of(salt, now.sizes.hash, zeros, now.sizes.hash, now.master);
	check_secret("master_secret", now.sessions, now.master);
	digest_of(now.k.data, now.k.len, th2);
	expand(now.master, "req app data", th2, secret, now.sizes.hash);
	check_secret("request_data_secret", now.sessions, secret);
	set_secret(&now.keys[REQUESTER], secret);
	expand(now.master, "rsp app data", th2, secret, now.sizes.hash);
	check_secret("response_data_secret", now.sessions, secret);
	set_secret(&now.keys[RESPONDER], secret);
	check_session_keys(th2, NULL, 0);
	expand(now.master, "exp master", th2, secret, now.sizes.hash);
	check_secret("export_master_secret", now.sessions, secret);
}

static void begin_session_rsp(struct rotor_bytes msg, const struct rotor_spdm_key_exchange_rsp *m)
{
	uint16_t selected;
	size_t tail = m->signature.len + m->verify_data.len;
	append(&now.k, msg.data, msg.len - tail);
	check_signature(&now.k, ROTOR_SPDM_SIGNED_KEY_EXCHANGE_RSP,
			"responder-key_exchange_rsp signing", chain_of(RESPONDER, now.key_slot),
			rotor_spdm_sig_alg(&now.algorithms), m->signature);
	append(&now.k, m->signature.data, m->signature.len);
	now.session_id |= (uint32_t)m->session_id << 16;
	assert_int_equal(rotor_spdm_decode_secured_selected(m->version, m->opaque, &selected),
			 ROTOR_OK);
	assert_true(selected >= 0x1000 && selected <= 0x1300);
	take_opaque(m->version, m->opaque);

	/* The HMAC in this message is no part of TH1, but of what FINISH signs. */
	derive_handshake();
	check_verify_data(RESPONDER, m->verify_data);
	append(&now.k, m->verify_data.data, m->verify_data.len);
	now.in_session = true;
	now.established = false;
	now.session_l.len = 0;
}

static void check_finish(struct rotor_bytes msg, const struct rotor_spdm_finish *m)
{
	if (m->has_signature) {
		uint8_t cm[64];
		struct rotor_bytes chain = chain_of(REQUESTER, m->req_slot);
		digest_of(chain.data, chain.len, cm);
		append(&now.k, cm, now.sizes.hash);
	}
	append(&now.k, msg.data, 4);
	if (m->has_signature) {
		check_signature(&now.k, ROTOR_SPDM_SIGNED_FINISH, "requester-finish signing",
				chain_of(REQUESTER, m->req_slot),
				rotor_spdm_req_sig_alg(&now.algorithms), m->signature);
		append(&now.k, m->signature.data, m->signature.len);
	}
	check_verify_data(REQUESTER, m->verify_data);
	append(&now.k, m->verify_data.data, m->verify_data.len);
}

/* rotor opens the same record to the same bytes, in place, and not a second time. */
static void check_record_open(enum side sender, struct rotor_bytes record, struct rotor_bytes data)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		static uint8_t copy[8192];
		struct rotor_spdm_session *s = &now.session[i];
		struct rotor_spdm_record_keys *keys =
		    sender == REQUESTER ? &s->request : &s->response;
		struct rotor_spdm_record_counters counters = {0};
		struct rotor_bytes message;
		uint8_t type;
		for (int again = 0; again < 2; again++) {
			assert_true(record.len <= sizeof(copy));
			memcpy(copy, record.data, record.len);
			enum rotor_status status =
			    rotor_spdm_record_open(backends[i], s->suite.aead, keys, now.session_id,
						   copy, record.len, &type, &message, &counters);
			assert_int_equal(status, again ? ROTOR_ERR_DENIED : ROTOR_OK);
			assert_int_equal(counters.repeated, again);
			if (!again) {
				assert_int_equal(type, data.data[0]);
				assert_int_equal(message.len, data.len - 1);
				assert_memory_equal(message.data, data.data + 1, message.len);
			}
		}
	}
}

static void update_key(enum side side)
{
	uint8_t next[64];
	expand(now.keys[side].secret, "traffic upd", NULL, next, now.sizes.hash);
	set_secret(&now.keys[side], next);
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		struct rotor_spdm_session *s = &now.session[i];
		assert_int_equal(rotor_spdm_record_keys_derive(
				     backends[i], now.version, now.hash, s->suite.aead, next,
				     side == REQUESTER ? &s->request : &s->response),
				 ROTOR_OK);
	}
}

/* Opens a record by plain means; the application data, behind its length, goes to out. */
static struct rotor_bytes open_record(enum side sender, struct rotor_bytes record, uint8_t *out,
				      size_t cap)
{
	struct keys *k = &now.keys[sender];
	struct rotor_reader r = rotor_reader(record.data, record.len);
	assert_int_equal(rotor_read_u32le(&r), now.session_id);
	assert_int_equal(rotor_read_u16le(&r), k->sequence & 0xFFFF);
	uint16_t len = rotor_read_u16le(&r);
	assert_int_equal(len, r.left);
	assert_true(len >= 18 && len - 16u <= cap);
	uint8_t iv[12];
	memcpy(iv, k->iv, sizeof(iv));
	for (int i = 0; i < 8; i++) {
		iv[i] ^= (uint8_t)(k->sequence >> 8 * i);
	}
	k->sequence++;
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		assert_int_equal(backends[i]->aead_open(ROTOR_AEAD_AES256_GCM, k->key, iv,
							record.data, 8, r.at, len - 16u,
							r.at + len - 16, out),
				 ROTOR_OK);
	}
	struct rotor_reader plain = rotor_reader(out, len - 16u);
	uint16_t n = rotor_read_u16le(&plain);
	struct rotor_bytes data = rotor_read_view(&plain, n);
	assert_int_equal(data.len, n);
	check_record_open(sender, record, data);
	now.counts.records++;
	return data;
}

/* ---- one message of any kind ---- */

static void read_message(enum side sender, struct rotor_bytes msg);

/* A message inside another: requests come from the responder. */
static void read_encapsulated(struct rotor_bytes msg)
{
	struct rotor_spdm_any any;
	struct rotor_spdm_sizes sizes = rotor_spdm_sizes_encapsulated(&now.sizes);
	decode(&sizes, msg, &any);
	now.counts.inner++;
	switch (any.header.code) {
	case ROTOR_SPDM_GET_CERTIFICATE:
		now.slot[REQUESTER] = any.u.get_certificate.slot;
		if (any.u.get_certificate.offset == 0) {
			now.chains[REQUESTER].slots[now.slot[REQUESTER] & 7].len = 0;
		}
		break;
	case ROTOR_SPDM_CERTIFICATE:
		take_portion(REQUESTER, &any.u.certificate);
		break;
	default:
		break;
	}
}

static void read_vca(struct rotor_bytes msg, const struct rotor_spdm_any *any)
{
	append(&now.a, msg.data, msg.len);
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		assert_int_equal(rotor_spdm_vca_add(&now.transcript[i], msg.data, msg.len),
				 ROTOR_OK);
	}
	switch (any->header.code) {
	case ROTOR_SPDM_GET_CAPABILITIES:
		now.requester_flags = any->u.capabilities.flags;
		break;
	case ROTOR_SPDM_CAPABILITIES:
		now.responder_flags = any->u.capabilities.flags;
		break;
	case ROTOR_SPDM_NEGOTIATE_ALGORITHMS:
		now.version = any->header.version;
		break;
	case ROTOR_SPDM_ALGORITHMS:
		take_algorithms(&any->u.negotiation);
		break;
	default:
		break;
	}
}

static void read_certificates(struct rotor_bytes msg, const struct rotor_spdm_any *any)
{
	if (!now.in_session) {
		append(&now.b, msg.data, msg.len);
		run(ROTOR_SPDM_RUNNING_M, msg.data, msg.len);
	}
	if (any->header.code == ROTOR_SPDM_DIGESTS) {
		take_digests(&any->u.digests, msg);
	} else if (any->header.code == ROTOR_SPDM_GET_CERTIFICATE) {
		now.slot[RESPONDER] = any->u.get_certificate.slot;
		if (any->u.get_certificate.offset == 0) {
			now.chains[RESPONDER].slots[now.slot[RESPONDER] & 7].len = 0;
		}
	} else if (any->header.code == ROTOR_SPDM_CERTIFICATE) {
		take_portion(RESPONDER, &any->u.certificate);
	}
}

static void read_attestation(struct rotor_bytes msg, const struct rotor_spdm_any *any)
{
	struct bytes *l = now.in_session ? &now.session_l : &now.l;
	switch (any->header.code) {
	case ROTOR_SPDM_CHALLENGE:
		now.sizes.summary = any->u.challenge.summary != ROTOR_SPDM_SUMMARY_NONE;
		append(&now.c, msg.data, msg.len);
		run(ROTOR_SPDM_RUNNING_M, msg.data, msg.len);
		break;
	case ROTOR_SPDM_CHALLENGE_AUTH:
		check_challenge_auth(msg, &any->u.challenge_auth);
		break;
	case ROTOR_SPDM_GET_MEASUREMENTS:
		now.b.len = now.c.len = 0;
		now.sizes.signature =
		    any->u.get_measurements.attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE;
		append(l, msg.data, msg.len);
		if (!now.in_session) {
			run(ROTOR_SPDM_RUNNING_L, msg.data, msg.len);
		}
		break;
	case ROTOR_SPDM_MEASUREMENTS:
		check_measurements(l, msg, &any->u.measurements);
		break;
	default:
		break;
	}
}

static void read_session(struct rotor_bytes msg, const struct rotor_spdm_any *any)
{
	switch (any->header.code) {
	case ROTOR_SPDM_KEY_EXCHANGE:
		now.sizes.summary = any->u.key_exchange.summary != ROTOR_SPDM_SUMMARY_NONE;
		begin_session(msg, &any->u.key_exchange);
		break;
	case ROTOR_SPDM_KEY_EXCHANGE_RSP:
		begin_session_rsp(msg, &any->u.key_exchange_rsp);
		break;
	case ROTOR_SPDM_FINISH:
		check_finish(msg, &any->u.finish);
		break;
	case ROTOR_SPDM_FINISH_RSP:
		append(&now.k, msg.data, msg.len);
		derive_data();
		now.established = true;
		break;
	case ROTOR_SPDM_ENCAPSULATED_REQUEST:
	case ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE:
		read_encapsulated(any->u.encapsulated.inner);
		break;
	case ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK:
		if (any->u.encapsulated_ack.payload_type == ROTOR_SPDM_ENCAP_PRESENT) {
			read_encapsulated(any->u.encapsulated_ack.inner);
		}
		break;
	case ROTOR_SPDM_KEY_UPDATE:
		if (any->header.param1 != ROTOR_SPDM_KEY_UPDATE_VERIFY) {
			update_key(REQUESTER);
		}
		if (any->header.param1 == ROTOR_SPDM_KEY_UPDATE_ALL) {
			update_key(RESPONDER);
		}
		break;
	case ROTOR_SPDM_END_SESSION_ACK:
		now.in_session = false;
		now.sessions++;
		break;
	default:
		break;
	}
}

static void read_message(enum side sender, struct rotor_bytes msg)
{
	struct rotor_spdm_any any;
	decode(&now.sizes, msg, &any);
	assert_int_equal(ROTOR_SPDM_IS_REQUEST(any.header.code), sender == REQUESTER);
	for (size_t i = 0; sender == REQUESTER && i < ROTOR_COUNT_OF(backends); i++) {
		rotor_spdm_transcript_request(backends[i], &now.transcript[i], now.in_session,
					      any.header.code);
	}
	switch (any.header.code) {
	case ROTOR_SPDM_GET_VERSION:
	case ROTOR_SPDM_VERSION:
	case ROTOR_SPDM_GET_CAPABILITIES:
	case ROTOR_SPDM_CAPABILITIES:
	case ROTOR_SPDM_NEGOTIATE_ALGORITHMS:
	case ROTOR_SPDM_ALGORITHMS:
		read_vca(msg, &any);
		break;
	case ROTOR_SPDM_GET_DIGESTS:
	case ROTOR_SPDM_DIGESTS:
	case ROTOR_SPDM_GET_CERTIFICATE:
	case ROTOR_SPDM_CERTIFICATE:
		read_certificates(msg, &any);
		break;
	default:
		read_attestation(msg, &any);
		read_session(msg, &any);
		break;
	}
}

static void read_conversation(const char *name)
{
	static struct capture c;
	capture_load(&c, name);
	memset(&now, 0, sizeof(now));
	now.name = name;
	for (size_t i = 0; i < c.count; i++) {
		enum side sender = i % 2 ? RESPONDER : REQUESTER;
		if (c.messages[i].type == 5) {
			read_message(sender, c.messages[i].body);
			continue;
		}
		static uint8_t plain[8192];
		assert_int_equal(c.messages[i].type, 6);
		assert_true(now.in_session);
		struct rotor_bytes data =
		    open_record(sender, c.messages[i].body, plain, sizeof(plain));
		assert_true(data.len >= 1);
		if (data.data[0] == 5) {
			struct rotor_bytes msg = {data.data + 1, data.len - 1};
			read_message(sender, msg);
		}
	}
	capture_free(&c);
	for (size_t i = 0; i < ROTOR_COUNT_OF(backends); i++) {
		rotor_spdm_transcript_reset(backends[i], &now.transcript[i]);
		rotor_spdm_session_erase(backends[i], &now.session[i]);
	}
	print_message("%s: %u messages (%u encapsulated), %u signatures, %u records, %u HMACs, "
		      "%u secrets\n",
		      name, now.counts.messages, now.counts.inner, now.counts.signatures,
		      now.counts.records, now.counts.hmacs, now.counts.secrets);
}

/* ---- what must come out ---- */

static const struct conversation {
	const char *name;
	struct counts counts;
} conversations[] = {
    {"03-v12-p256-sha256-attest", {.messages = 22, .signatures = 2}},
    {"04-v12-p384-sha384-attest", {.messages = 22, .signatures = 2}},
    {"13-v13-p384-sha384-attest", {.messages = 22, .signatures = 2}},
    {"32-v12-p384-keyex-secp384r1-aes256gcm",
     {.messages = 58, .signatures = 6, .records = 36, .hmacs = 4, .secrets = 14}},
    {"36-v13-p384-keyex-secp384r1-aes256gcm",
     {.messages = 58, .signatures = 6, .records = 36, .hmacs = 4, .secrets = 14}},
    {"53-v12-p384-keyex-mutauth-w_encap",
     {.messages = 60, .inner = 8, .signatures = 7, .records = 28, .hmacs = 4, .secrets = 14}},
};

static void every_conversation_is_read_to_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(conversations); i++) {
		read_conversation(conversations[i].name);
		assert_memory_equal(&now.counts, &conversations[i].counts, sizeof(now.counts));
	}
}

static void the_fields_are_what_was_sent(void **state)
{
	(void)state;
	static struct capture c;
	struct rotor_spdm_any any;
	capture_load(&c, conversations[0].name);
	memset(&now, 0, sizeof(now));
	now.name = conversations[0].name;

	decode(&now.sizes, c.messages[1].body, &any);
	assert_int_equal(any.u.version.count, 1);
	assert_int_equal(rotor_spdm_version_entry(&any.u.version, 0), 0x1200);

	decode(&now.sizes, c.messages[3].body, &any);
	assert_int_equal(any.u.capabilities.ct_exponent, 0);
	assert_int_equal(any.u.capabilities.flags,
			 ROTOR_SPDM_CAP_CACHE | ROTOR_SPDM_CAP_CERT | ROTOR_SPDM_CAP_CHAL |
			     ROTOR_SPDM_CAP_MEAS_SIG | ROTOR_SPDM_CAP_MEAS_FRESH);
	assert_int_equal(any.u.capabilities.data_transfer_size, 0x1200);
	assert_int_equal(any.u.capabilities.max_message_size, 0x1200);

	decode(&now.sizes, c.messages[4].body, &any);
	assert_int_equal(any.u.negotiation.measurement_spec, ROTOR_SPDM_MEAS_SPEC_DMTF);
	assert_int_equal(any.u.negotiation.other_params, ROTOR_SPDM_OPAQUE_FMT1);
	assert_int_equal(any.u.negotiation.base_asym, ROTOR_SPDM_ASYM_ECDSA_P256);
	assert_int_equal(any.u.negotiation.base_hash, ROTOR_SPDM_HASH_SHA256);
	assert_int_equal(any.u.negotiation.table_count, 4);

	decode(&now.sizes, c.messages[5].body, &any);
	assert_int_equal(any.u.negotiation.measurement_hash, ROTOR_SPDM_MEAS_HASH_SHA256);
	take_algorithms(&any.u.negotiation);
	assert_int_equal(now.sizes.hash, 32);
	assert_int_equal(now.sizes.sig, 64);

	decode(&now.sizes, c.messages[7].body, &any);
	assert_int_equal(any.u.digests.provisioned_slots, 0x03);
	assert_int_equal(any.u.digests.digests.len, 64);

	decode(&now.sizes, c.messages[8].body, &any);
	assert_int_equal(any.u.get_certificate.slot, 0);
	assert_int_equal(any.u.get_certificate.offset, 0);
	assert_int_equal(any.u.get_certificate.length, 0x11f8);
	decode(&now.sizes, c.messages[9].body, &any);
	assert_int_equal(any.u.certificate.portion.len, 0x5ae);
	assert_int_equal(any.u.certificate.remainder_len, 0);

	decode(&now.sizes, c.messages[12].body, &any);
	assert_int_equal(any.u.challenge.slot, 0);
	assert_int_equal(any.u.challenge.summary, ROTOR_SPDM_SUMMARY_ALL);
	assert_null(any.u.challenge.context);
	now.sizes.summary = true;
	decode(&now.sizes, c.messages[13].body, &any);
	assert_int_equal(any.u.challenge_auth.slot_mask, 0x03);
	assert_int_equal(any.u.challenge_auth.summary_hash.len, 32);
	assert_int_equal(any.u.challenge_auth.signature.len, 64);

	decode(&now.sizes, c.messages[20].body, &any);
	assert_int_equal(any.u.get_measurements.attributes, ROTOR_SPDM_MEAS_ATTR_SIGNATURE);
	assert_int_equal(any.u.get_measurements.operation, ROTOR_SPDM_MEAS_OP_ALL);
	now.sizes.signature = true;
	decode(&now.sizes, c.messages[21].body, &any);
	assert_int_equal(any.u.measurements.block_count, 8);
	struct rotor_spdm_block block;
	struct rotor_bytes record = any.u.measurements.record;
	assert_int_equal(rotor_spdm_next_block(&record, &block), ROTOR_OK);
	assert_int_equal(block.index, 1);
	assert_int_equal(block.type, ROTOR_SPDM_MEAS_ROM);
	assert_false(block.raw);
	assert_int_equal(block.value.len, 32);
	capture_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_fields_are_what_was_sent),
	    cmocka_unit_test(every_conversation_is_read_to_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
