/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "spdm/key_schedule.h"
#include "spdm/transcript.h"
#include "support/spdm_peer.h"

static const uint8_t nonce[ROTOR_SPDM_NONCE_SIZE] = {0x5a, 1, 2, 3};
static const uint8_t context[ROTOR_SPDM_CONTEXT_SIZE] = {9, 8, 7, 6, 5, 4, 3, 2};

static const struct rotor_crypto *crypto_of(const struct spdm_peer *q)
{
	return q->p->agent_config.crypto;
}

void peer_init(struct spdm_peer *q, struct spdm_pair *p, uint8_t version)
{
	memset(q, 0, sizeof(*q));
	q->p = p;
	q->eid = PAIR_AGENT_EID;
	q->version = version;
	q->flags = PEER_FLAGS;
	q->transfer = PAIR_MESSAGE_MAX;
	q->max_message = PAIR_MESSAGE_MAX;
	q->other_params = ROTOR_SPDM_OPAQUE_FMT1;
}

void peer_add(struct peer_text *text, const void *bytes, size_t len)
{
	assert_true(len <= sizeof(text->bytes) - text->len);
	if (len)
		memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

void peer_hash(const struct spdm_peer *q, const struct peer_text *text, const void *more,
	       size_t more_len, uint8_t *digest)
{
	const struct rotor_bytes parts[] = {
	    {q->a.bytes, q->a.len}, {text->bytes, text->len}, {more, more_len}};
	assert_int_equal(
	    rotor_hash_parts(crypto_of(q), q->suite.hash, parts, ROTOR_COUNT_OF(parts), digest),
	    ROTOR_OK);
}

/* What is signed: before 1.2 the transcript's digest itself. Written again here on purpose. */
void peer_to_be_signed(const struct spdm_peer *q, const char *text, uint8_t *digest)
{
	uint8_t prefix[100] = {0};
	size_t size = rotor_hash_size(q->suite.hash);
	if (q->version < ROTOR_SPDM_V12)
		return;
	for (unsigned i = 0; i < 4; i++) {
		memcpy(prefix + 16 * i, "dmtf-spdm-v1.0.*", 16);
		prefix[16 * i + 13] = (uint8_t)('0' + (q->version & 15));
	}
	memcpy(prefix + 100 - strlen(text), text, strlen(text));
	const struct rotor_bytes parts[] = {{prefix, 100}, {digest, size}};
	uint8_t out[ROTOR_HASH_MAX];
	assert_int_equal(rotor_hash_parts(crypto_of(q), q->suite.hash, parts, 2, out), ROTOR_OK);
	memcpy(digest, out, size);
}

void peer_check_signature(const struct spdm_peer *q, const uint8_t *digest, const char *text,
			  const uint8_t *sig)
{
	struct rotor_crypto_job job = {0};
	uint8_t signed_digest[ROTOR_HASH_MAX];
	enum rotor_status st;
	memcpy(signed_digest, digest, rotor_hash_size(q->suite.hash));
	peer_to_be_signed(q, text, signed_digest);
	do {
		st = crypto_of(q)->verify(
		    &job, &q->p->device_chain.keys[CHAIN_DEPTH - 1].public_key, q->suite.hash,
		    signed_digest, sig, rotor_sig_size(q->suite.sig));
	} while (st == ROTOR_PENDING);
	assert_int_equal(st, ROTOR_OK);
}

/* ---- asking ---- */

uint8_t peer_ask(struct spdm_peer *q, const void *msg, size_t len)
{
	uint8_t buffer[PAIR_MESSAGE_MAX + 64];
	struct rotor_bytes out = {msg, len}, in;
	struct rotor_spdm_session *s = &q->session;
	q->p->now += 1000; /* not a retry of the one before */
	if (q->secured) {
		memcpy(buffer + ROTOR_SPDM_RECORD_HEADROOM, msg, len);
		assert_int_equal(rotor_spdm_record_seal(crypto_of(q), s->suite.aead, &s->request,
							s->info.session_id, ROTOR_SPDM_MCTP_TYPE,
							buffer, sizeof(buffer), len, &out),
				 ROTOR_OK);
	}
	q->len =
	    pair_ask(q->p, q->eid, q->secured, out.data, out.len, q->answer, &q->answer_secured);
	assert_true(q->len >= ROTOR_SPDM_HEADER_SIZE);
	if (q->answer_secured) {
		uint8_t type;
		assert_int_equal(rotor_spdm_record_open(crypto_of(q), s->suite.aead, &s->response,
							s->info.session_id, q->answer, q->len,
							&type, &in, NULL),
				 ROTOR_OK);
		assert_int_equal(type, ROTOR_SPDM_MCTP_TYPE);
		memmove(q->answer, in.data, in.len);
		q->len = in.len;
	}
	return q->answer[1] == ROTOR_SPDM_ERROR ? q->answer[2] : 0;
}

uint8_t peer_ask_writer(struct spdm_peer *q, const struct rotor_writer *w)
{
	size_t len;
	assert_int_equal(rotor_writer_end(w, &len), ROTOR_OK);
	return peer_ask(q, w->base, len);
}

uint8_t peer_ask_header(struct spdm_peer *q, uint8_t code, uint8_t param1, uint8_t param2)
{
	const uint8_t msg[] = {code == ROTOR_SPDM_GET_VERSION ? ROTOR_SPDM_V10 : q->version, code,
			       param1, param2};
	return peer_ask(q, msg, sizeof(msg));
}

/* A request and its answer into a transcript. */
static void keep(struct spdm_peer *q, struct peer_text *text, const struct rotor_writer *w)
{
	peer_add(text, w->base, w->len);
	peer_add(text, q->answer, q->len);
}

/* ---- connection ---- */

static uint8_t negotiate(struct spdm_peer *q)
{
	uint8_t msg[128], error;
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	struct rotor_spdm_negotiation n = {
	    .version = q->version,
	    .code = ROTOR_SPDM_NEGOTIATE_ALGORITHMS,
	    .measurement_spec = ROTOR_SPDM_MEAS_SPEC_DMTF,
	    .other_params = q->version >= ROTOR_SPDM_V12 ? q->other_params : 0,
	    .mel_spec = q->version >= ROTOR_SPDM_V13 ? ROTOR_SPDM_MEL_SPEC_DMTF : 0,
	    .base_asym = ROTOR_SPDM_ASYM_ECDSA_P256 | ROTOR_SPDM_ASYM_ECDSA_P384,
	    .base_hash = ROTOR_SPDM_HASH_SHA256 | ROTOR_SPDM_HASH_SHA384,
	};
	if (q->version >= ROTOR_SPDM_V11) {
		rotor_spdm_table_add(&n, ROTOR_SPDM_ALG_DHE, ROTOR_SPDM_DHE_SECP384R1);
		rotor_spdm_table_add(&n, ROTOR_SPDM_ALG_AEAD, ROTOR_SPDM_AEAD_AES256_GCM);
		rotor_spdm_table_add(&n, ROTOR_SPDM_ALG_REQ_ASYM, ROTOR_SPDM_ASYM_ECDSA_P384);
		rotor_spdm_table_add(&n, ROTOR_SPDM_ALG_KEY_SCHEDULE, ROTOR_SPDM_KEY_SCHEDULE_SPDM);
	}
	rotor_spdm_encode_negotiation(&w, &n);
	error = peer_ask_writer(q, &w);
	if (error)
		return error;
	keep(q, &q->a, &w);
	struct rotor_spdm_algorithms a;
	assert_int_equal(rotor_spdm_decode_negotiation(q->answer, q->len, &n), ROTOR_OK);
	assert_int_equal(rotor_spdm_algorithms_from(&n, &a), ROTOR_OK);
	rotor_spdm_suite_from(&a, &q->suite);
	rotor_spdm_suite_agree(&q->suite, q->flags, q->device_flags, q->other_params,
			       n.other_params);
	q->sizes = rotor_spdm_suite_sizes(&q->suite);
	return 0;
}

uint8_t peer_connect(struct spdm_peer *q)
{
	uint8_t msg[64], error;
	struct rotor_spdm_version v;
	q->a.len = q->b.len = q->l.len = q->th.len = 0;
	q->secured = false;
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_header get_version = {ROTOR_SPDM_V10, ROTOR_SPDM_GET_VERSION, 0, 0};
	rotor_spdm_encode_header(&w, &get_version);
	error = peer_ask_writer(q, &w);
	if (error)
		return error;
	keep(q, &q->a, &w);
	assert_int_equal(rotor_spdm_decode_version(q->answer, q->len, &v), ROTOR_OK);
	w = rotor_writer(msg, sizeof(msg));
	struct rotor_spdm_capabilities c = {
	    .version = q->version,
	    .code = ROTOR_SPDM_GET_CAPABILITIES,
	    .ct_exponent = 10,
	    .flags = q->flags,
	    .data_transfer_size = q->transfer,
	    .max_message_size = q->max_message,
	};
	rotor_spdm_encode_capabilities(&w, &c);
	error = peer_ask_writer(q, &w);
	if (error)
		return error;
	keep(q, &q->a, &w);
	assert_int_equal(rotor_spdm_decode_capabilities(q->answer, q->len, &c), ROTOR_OK);
	assert_int_equal(c.version, q->version);
	q->device_flags = c.flags;
	if (q->version < ROTOR_SPDM_V11)
		q->flags = 0;
	return negotiate(q);
}

/* ---- attestation ---- */

uint8_t peer_digests(struct spdm_peer *q)
{
	uint8_t msg[4];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	struct rotor_spdm_digests d;
	const struct rotor_spdm_header h = {q->version, ROTOR_SPDM_GET_DIGESTS, 0, 0};
	rotor_spdm_encode_header(&w, &h);
	uint8_t error = peer_ask_writer(q, &w);
	if (error)
		return error;
	assert_int_equal(rotor_spdm_decode_digests(&q->sizes, q->answer, q->len, &d), ROTOR_OK);
	if (!q->secured)
		keep(q, &q->b, &w);
	return 0;
}

uint8_t peer_certificate(struct spdm_peer *q, uint8_t slot)
{
	struct rotor_spdm_get_certificate m = {.version = q->version, .slot = slot, .length = 600};
	struct rotor_spdm_certificate c;
	do {
		uint8_t msg[16];
		struct rotor_writer w = rotor_writer(msg, sizeof(msg));
		rotor_spdm_encode_get_certificate(&w, &m);
		uint8_t error = peer_ask_writer(q, &w);
		if (error)
			return error;
		assert_int_equal(rotor_spdm_decode_certificate(q->answer, q->len, &c), ROTOR_OK);
		assert_int_equal(c.slot, slot);
		if (!q->secured)
			keep(q, &q->b, &w);
		m.offset += (uint32_t)c.portion.len;
	} while (c.remainder_len);
	return 0;
}

uint8_t peer_challenge(struct spdm_peer *q, uint8_t slot, uint8_t summary)
{
	uint8_t msg[64], digest[ROTOR_HASH_MAX];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_challenge m = {.version = q->version,
					       .slot = slot,
					       .summary = summary,
					       .nonce = nonce,
					       .context = context};
	struct rotor_spdm_challenge_auth a;
	rotor_spdm_encode_challenge(&w, &m);
	uint8_t error = peer_ask_writer(q, &w);
	if (error)
		return error;
	q->sizes.summary = summary != ROTOR_SPDM_SUMMARY_NONE;
	assert_int_equal(rotor_spdm_decode_challenge_auth(&q->sizes, q->answer, q->len, &a),
			 ROTOR_OK);
	assert_int_equal(a.attributes & 15, slot & 15);
	peer_add(&q->b, msg, w.len);
	peer_add(&q->b, q->answer, q->len - a.signature.len);
	peer_hash(q, &q->b, NULL, 0, digest);
	peer_check_signature(q, digest, "responder-challenge_auth signing", a.signature.data);
	q->b.len = 0;
	return 0;
}

uint8_t peer_measure(struct spdm_peer *q, uint8_t attributes, uint8_t operation, uint8_t slot)
{
	uint8_t msg[64], digest[ROTOR_HASH_MAX];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_spdm_get_measurements m = {.version = q->version,
						      .attributes = attributes,
						      .operation = operation,
						      .nonce = nonce,
						      .slot = slot,
						      .context = context};
	struct rotor_spdm_measurements a;
	rotor_spdm_encode_get_measurements(&w, &m);
	uint8_t error = peer_ask_writer(q, &w);
	q->b.len = 0;
	if (error) {
		q->l.len = 0;
		return error;
	}
	q->sizes.signature = attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE;
	assert_int_equal(rotor_spdm_decode_measurements(&q->sizes, q->answer, q->len, &a),
			 ROTOR_OK);
	assert_int_equal(rotor_spdm_check_record(a.record, a.block_count), ROTOR_OK);
	peer_add(&q->l, msg, w.len);
	peer_add(&q->l, q->answer, q->len - a.signature.len);
	if (!q->sizes.signature)
		return 0;
	assert_int_equal(a.slot_info & 15, slot);
	const struct rotor_bytes l = {q->l.bytes, q->l.len};
	if (q->version >= ROTOR_SPDM_V12)
		peer_hash(q, &q->l, NULL, 0, digest);
	else
		assert_int_equal(rotor_hash_parts(crypto_of(q), q->suite.hash, &l, 1, digest),
				 ROTOR_OK);
	peer_check_signature(q, digest, "responder-measurements signing", a.signature.data);
	q->l.len = 0;
	return 0;
}

/* ---- sessions ---- */

static void device_chain_digest(const struct spdm_peer *q, uint8_t slot, uint8_t *digest)
{
	const struct rotor_spdm_responder_config *config = &q->p->device_config;
	if (slot == ROTOR_SPDM_SLOT_PROVISIONED)
		assert_int_equal(rotor_hash_parts(crypto_of(q), q->suite.hash,
						  &config->provisioned->chain, 1, digest),
				 ROTOR_OK);
	else
		assert_int_equal(rotor_spdm_chain_digest(crypto_of(q), q->suite.hash,
							 config->slots[slot].chain, digest),
				 ROTOR_OK);
}

void peer_chain_digest(const struct spdm_peer *q, uint8_t *digest)
{
	assert_int_equal(rotor_spdm_chain_digest(crypto_of(q), q->suite.hash,
						 q->p->agent_config.own.chain, digest),
			 ROTOR_OK);
}

static size_t offer(const struct spdm_peer *q, uint8_t *opaque, size_t cap)
{
	static const uint16_t list[] = {0x1100, 0x1200};
	struct rotor_writer w = rotor_writer(opaque, cap);
	rotor_spdm_encode_secured_versions(&w, q->version, list, 2);
	return w.len;
}

/* The handshake's keys from TH1; checks the device's verify data, if it comes here. */
static void handshake_keys(struct spdm_peer *q, const uint8_t *shared, struct rotor_bytes verify)
{
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	peer_hash(q, &q->th, NULL, 0, th);
	assert_int_equal(rotor_spdm_handshake_keys(crypto_of(q), &q->session, shared,
						   rotor_kex_secret_size(q->suite.kex), th, NULL,
						   NULL),
			 ROTOR_OK);
	if (!verify.len)
		return;
	assert_int_equal(
	    rotor_spdm_verify_data(crypto_of(q), &q->session, q->session.response_secret, th, mac),
	    ROTOR_OK);
	assert_memory_equal(mac, verify.data, verify.len);
	peer_add(&q->th, verify.data, verify.len);
}

uint8_t peer_key_exchange(struct spdm_peer *q, uint8_t slot, uint8_t summary, uint8_t policy,
			  struct rotor_bytes digests)
{
	uint8_t msg[512], opaque[64], exchange[ROTOR_KEX_PUBLIC_MAX], shared[ROTOR_KEX_SECRET_MAX];
	uint8_t digest[ROTOR_HASH_MAX];
	struct rotor_crypto_job job = {0};
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	struct rotor_spdm_key_exchange_rsp a;
	while (crypto_of(q)->kex_generate(&job, &q->kex, ROTOR_KEX_SECP384R1, exchange) ==
	       ROTOR_PENDING)
		;
	const struct rotor_spdm_key_exchange m = {
	    .version = q->version,
	    .summary = summary,
	    .slot = slot,
	    .session_id = 0x1234,
	    .policy = policy,
	    .random = nonce,
	    .exchange = {exchange, rotor_kex_public_size(ROTOR_KEX_SECP384R1)},
	    .opaque = {opaque, offer(q, opaque, sizeof(opaque))}};
	rotor_spdm_encode_key_exchange(&w, &m);
	q->secured = false;
	q->b.len = 0;
	uint8_t error = peer_ask_writer(q, &w);
	if (error)
		return error;
	q->sizes.summary = summary != ROTOR_SPDM_SUMMARY_NONE;
	assert_int_equal(rotor_spdm_decode_key_exchange_rsp(&q->sizes, q->answer, q->len, &a),
			 ROTOR_OK);
	uint16_t secured;
	assert_int_equal(rotor_spdm_decode_secured_selected(q->version, a.opaque, &secured),
			 ROTOR_OK);
	q->th.len = 0;
	peer_add(&q->th, digests.data, digests.len);
	device_chain_digest(q, slot, digest);
	peer_add(&q->th, digest, rotor_hash_size(q->suite.hash));
	peer_add(&q->th, msg, w.len);
	size_t verify = q->suite.clear_handshake ? 0 : q->sizes.hash;
	peer_add(&q->th, q->answer, q->len - a.signature.len - verify);
	peer_hash(q, &q->th, NULL, 0, digest);
	peer_check_signature(q, digest, "responder-key_exchange_rsp signing", a.signature.data);
	peer_add(&q->th, a.signature.data, a.signature.len);
	q->mut_auth = a.mut_auth;
	q->heartbeat = a.heartbeat_period;
	memset(&q->session, 0, sizeof(q->session));
	q->session.suite = q->suite;
	q->session.info.version = q->version;
	q->session.info.session_id = (uint32_t)a.session_id << 16 | 0x1234;
	while (crypto_of(q)->kex_agree(&job, &q->kex, a.exchange.data, shared) == ROTOR_PENDING)
		;
	handshake_keys(q, shared, a.verify_data);
	q->secured = !q->suite.clear_handshake;
	return 0;
}

static void sign(struct spdm_peer *q, uint8_t *digest, uint8_t *sig)
{
	const struct rotor_signer *signer = q->p->agent_config.own.signer;
	struct rotor_crypto_job job = {0};
	enum rotor_status st;
	peer_to_be_signed(q, "requester-finish signing", digest);
	do {
		st = signer->sign(signer, &job, q->suite.hash, digest, sig);
	} while (st == ROTOR_PENDING);
	assert_int_equal(st, ROTOR_OK);
}

uint8_t peer_finish(struct spdm_peer *q, uint8_t req_slot, const uint8_t *chain_digest)
{
	uint8_t msg[256], digest[ROTOR_HASH_MAX], sig[ROTOR_SIGNATURE_MAX], mac[ROTOR_HASH_MAX];
	const struct rotor_crypto *crypto = crypto_of(q);
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	struct rotor_spdm_finish m = {
	    .version = q->version, .has_signature = chain_digest != NULL, .req_slot = req_slot};
	if (chain_digest)
		peer_add(&q->th, chain_digest, q->sizes.hash);
	rotor_spdm_encode_finish(&w, &m);
	peer_add(&q->th, msg, w.len);
	if (chain_digest) {
		peer_hash(q, &q->th, NULL, 0, digest);
		sign(q, digest, sig);
		rotor_write_bytes(&w, sig, q->sizes.req_sig);
		peer_add(&q->th, sig, q->sizes.req_sig);
	}
	peer_hash(q, &q->th, NULL, 0, digest);
	assert_int_equal(
	    rotor_spdm_verify_data(crypto, &q->session, q->session.request_secret, digest, mac),
	    ROTOR_OK);
	rotor_write_bytes(&w, mac, q->sizes.hash);
	peer_add(&q->th, mac, q->sizes.hash);
	uint8_t error = peer_ask_writer(q, &w);
	if (error)
		return error;
	struct rotor_spdm_finish_rsp a;
	assert_int_equal(rotor_spdm_decode_finish_rsp(&q->sizes, q->answer, q->len, &a), ROTOR_OK);
	assert_int_equal(q->answer_secured, !q->suite.clear_handshake);
	peer_add(&q->th, q->answer, q->len - a.verify_data.len);
	if (a.verify_data.len) {
		peer_hash(q, &q->th, NULL, 0, digest);
		assert_int_equal(rotor_spdm_verify_data(crypto, &q->session,
							q->session.response_secret, digest, mac),
				 ROTOR_OK);
		assert_memory_equal(mac, a.verify_data.data, q->sizes.hash);
		peer_add(&q->th, mac, q->sizes.hash);
	}
	peer_hash(q, &q->th, NULL, 0, digest);
	assert_int_equal(rotor_spdm_data_keys(crypto, &q->session, digest, NULL, NULL), ROTOR_OK);
	q->secured = true;
	return 0;
}

/* The answer to an encapsulated request. */
static size_t answer_inner(struct spdm_peer *q, struct rotor_bytes request, uint8_t *to, size_t cap)
{
	struct rotor_writer w = rotor_writer(to, cap);
	uint8_t digest[ROTOR_HASH_MAX], header[ROTOR_SPDM_CHAIN_HEADER_MAX];
	struct rotor_spdm_get_certificate get;
	struct rotor_bytes certs = q->p->agent_config.own.chain;
	if (request.data[1] == ROTOR_SPDM_GET_DIGESTS) {
		peer_chain_digest(q, digest);
		const struct rotor_spdm_digests d = {.version = q->version,
						     .supported_slots = 1,
						     .provisioned_slots = 1,
						     .digests = {digest, q->sizes.hash}};
		rotor_spdm_encode_digests(&w, &d);
		if (q->suite.req_multi_key) {
			rotor_write_u8(&w, 1);
			rotor_write_u8(&w, ROTOR_SPDM_CERT_MODEL_DEVICE);
			rotor_write_u16le(&w, ROTOR_SPDM_KEY_USE_KEY_EX);
			peer_add(&q->th, to, w.len);
		}
		return w.len;
	}
	assert_int_equal(rotor_spdm_decode_get_certificate(request.data, request.len, &get),
			 ROTOR_OK);
	size_t header_len = rotor_spdm_chain_header(crypto_of(q), q->suite.hash, certs, header);
	size_t total = header_len + certs.len;
	size_t len = total - get.offset < get.length ? total - get.offset : get.length;
	uint8_t portion[PAIR_CHAIN_MAX];
	rotor_spdm_chain_portion(header, header_len, certs, get.offset, portion, len);
	const struct rotor_spdm_certificate c = {.version = q->version,
						 .remainder_len =
						     (uint32_t)(total - get.offset - len),
						 .portion = {portion, len}};
	rotor_spdm_encode_certificate(&w, &c);
	return w.len;
}

/* The request in an answer to GET_ENCAPSULATED_REQUEST or DELIVER_ENCAPSULATED_RESPONSE. */
static struct rotor_bytes next_inner(struct spdm_peer *q, bool first, uint8_t *id)
{
	struct rotor_spdm_encapsulated e;
	struct rotor_spdm_encapsulated_ack ack;
	if (first) {
		assert_int_equal(rotor_spdm_decode_encapsulated(q->answer, q->len, &e), ROTOR_OK);
		*id = e.request_id;
		return e.inner;
	}
	assert_int_equal(rotor_spdm_decode_encapsulated_ack(q->answer, q->len, &ack), ROTOR_OK);
	if (q->version >= ROTOR_SPDM_V12)
		assert_int_equal(ack.ack_request_id, *id);
	*id = ack.request_id;
	return ack.inner;
}

/* Answers encapsulated requests until there is none, or one of @p stop, which is left in @p request. */
static uint8_t converse(struct spdm_peer *q, bool implied_digests, uint8_t stop,
			struct peer_text *said, struct rotor_bytes *request, uint8_t *id)
{
	uint8_t inner[PAIR_MESSAGE_MAX], msg[PAIR_MESSAGE_MAX];
	static const uint8_t get_digests[] = {0, ROTOR_SPDM_GET_DIGESTS, 0, 0};
	*request = (struct rotor_bytes){get_digests, sizeof(get_digests)};
	*id = 0;
	if (!implied_digests) {
		uint8_t error = peer_ask_header(q, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0);
		if (error)
			return error;
		*request = next_inner(q, true, id);
	}
	while (request->len && request->data[1] != stop) {
		struct rotor_writer w = rotor_writer(msg, sizeof(msg));
		struct rotor_spdm_encapsulated deliver = {
		    .version = q->version,
		    .code = ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE,
		    .request_id = *id};
		if (said)
			peer_add(said, request->data, request->len);
		deliver.inner =
		    (struct rotor_bytes){inner, answer_inner(q, *request, inner, sizeof(inner))};
		if (said)
			peer_add(said, inner, deliver.inner.len);
		rotor_spdm_encode_encapsulated(&w, &deliver);
		uint8_t error = peer_ask_writer(q, &w);
		if (error)
			return error;
		*request = next_inner(q, false, id);
	}
	return 0;
}

uint8_t peer_encapsulated(struct spdm_peer *q, bool implied_digests)
{
	struct rotor_bytes request;
	uint8_t id;
	return converse(q, implied_digests, 0, NULL, &request, &id);
}

void peer_encapsulated_until(struct spdm_peer *q, uint8_t stop, struct peer_text *said,
			     struct rotor_bytes *request, uint8_t *id)
{
	assert_int_equal(converse(q, false, stop, said, request, id), 0);
	assert_true(request->len > 0);
}

void peer_session(struct spdm_peer *q)
{
	assert_int_equal(
	    peer_key_exchange(q, 0, ROTOR_SPDM_SUMMARY_NONE, 0, (struct rotor_bytes){NULL, 0}), 0);
	assert_int_equal(q->mut_auth, 0);
	assert_int_equal(peer_finish(q, 0, NULL), 0);
}
