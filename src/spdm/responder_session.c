/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, and KEY_EXCHANGE, which makes one. */
#include <string.h>

#include "spdm/key_schedule.h"
#include "spdm/responder.h"
#include "spdm/secured_version.h"

#if ROTOR_SPDM_SESSIONS > 0

void rotor_spdm_handshake_forget(struct rotor_spdm_responder *r)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	uint8_t *chain = r->handshake.chain;
	size_t size = r->handshake.chain_size;
	crypto->job_cancel(&r->work.job);
	rotor_wipe(&r->handshake, sizeof(r->handshake));
	r->handshake.chain = chain;
	r->handshake.chain_size = size;
}

void rotor_spdm_session_end(struct rotor_spdm_responder *r, struct rotor_spdm_session *s,
			    enum rotor_spdm_session_end reason)
{
	struct rotor_spdm_session_info info = s->info;
	bool established = s->state == ROTOR_SPDM_SESSION_ESTABLISHED;
	if (!established)
		rotor_spdm_handshake_forget(r);
	for (size_t i = 0; i < rotor_spdm_feature_count(r); i++) {
		const struct rotor_spdm_feature_use *use = &r->config->features[i];
		if (use->feature->session_end)
			use->feature->session_end(r, s, use->config);
	}
	if (r->encap.session_id == info.session_id)
		r->encap.use = NULL;
	rotor_spdm_session_erase(r->config->crypto, s);
	if (established && r->config->ops->session_ended)
		r->config->ops->session_ended(r->config->ctx, &info, reason);
}

void rotor_spdm_session_establish(struct rotor_spdm_responder *r, struct rotor_spdm_session *s,
				  rotor_ms now)
{
	if (rotor_spdm_data_keys(r->config->crypto, s, r->work.digest, r->config->ops->secrets,
				 r->config->ctx) != ROTOR_OK) {
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_ERROR);
		return;
	}
	rotor_spdm_running_drop(r->config->crypto, &s->running);
	rotor_spdm_handshake_forget(r);
	s->state = ROTOR_SPDM_SESSION_ESTABLISHED;
	s->deadline = s->heartbeat_s ? now + 2000u * s->heartbeat_s : ROTOR_NEVER;
	if (r->config->ops->session_established)
		r->config->ops->session_established(r->config->ctx, &s->info);
}

bool rotor_spdm_mutual_possible(const struct rotor_spdm_responder *r,
				const struct rotor_spdm_connection *c)
{
	const struct rotor_spdm_responder_config *config = r->config;
	uint32_t need = ROTOR_SPDM_CAP_MUT_AUTH;
	if (ROTOR_SPDM_PUBLIC_KEYS && config->mutual == ROTOR_SPDM_MUTUAL_KEY)
		return config->ask_mutual_auth && (c->capabilities & need) &&
		       rotor_sig_key(c->suite.req_sig) == rotor_sig_key(config->peer_key->key.alg);
	need |= ROTOR_SPDM_CAP_ENCAP | ROTOR_SPDM_CAP_CERT;
	return config->ask_mutual_auth && (c->capabilities & need) == need &&
	       c->suite.req_sig != ROTOR_SIG_NONE;
}

struct rotor_spdm_session *rotor_spdm_session_in_clear(const struct rotor_spdm_responder *r,
						       const struct rotor_spdm_connection *c)
{
	for (size_t i = 0; i < r->config->session_count; i++) {
		struct rotor_spdm_session *s = &r->sessions[i];
		if (s->state == ROTOR_SPDM_SESSION_HANDSHAKING && s->info.peer == c->peer &&
		    rotor_spdm_clear_handshake(&s->suite))
			return s;
	}
	return NULL;
}

enum rotor_status rotor_spdm_add_th(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
				    struct rotor_spdm_session *s, const void *bytes, size_t len)
{
	return rotor_spdm_running_add(r->config->crypto, c->suite.hash, &c->transcript, &s->running,
				      ROTOR_SPDM_RUNNING_TH, bytes, len);
}

/* A session to use; an unfinished handshake of the same peer gives way. NULL and an error code if there is none. */
static struct rotor_spdm_session *vacant(struct rotor_spdm_responder *r,
					 const struct rotor_spdm_connection *c, bool proves,
					 uint8_t *error)
{
	struct rotor_spdm_session *found = NULL;
	for (size_t i = 0; i < r->config->session_count; i++) {
		struct rotor_spdm_session *s = &r->sessions[i];
		if (s->state == ROTOR_SPDM_SESSION_HANDSHAKING) {
			if (s->info.peer != c->peer) {
				*error = ROTOR_SPDM_ERROR_BUSY;
				return NULL;
			}
			rotor_spdm_session_end(r, s, ROTOR_SPDM_END_HANDSHAKE_FAILED);
		}
		if (s->state == ROTOR_SPDM_SESSION_NONE && !found)
			found = s;
	}
	/* Who has not said who it is does not keep out who will. */
	for (size_t i = 0; i < r->config->session_count && !found && proves; i++) {
		if (!r->sessions[i].info.mutual && !r->sessions[i].info.psk) {
			found = &r->sessions[i];
			rotor_spdm_session_end(r, found, ROTOR_SPDM_END_REPLACED);
		}
	}
	*error = ROTOR_SPDM_ERROR_SESSION_LIMIT_EXCEEDED;
	return found;
}

/* A session ID: the requester's half below the responder's, which is not zero and not in use. */
static uint32_t new_session_id(struct rotor_spdm_responder *r, uint16_t requester_half)
{
	for (;;) {
		uint32_t half = (uint32_t)r->next_session++ << 16;
		bool used = half == 0 || half == 0xffff0000u;
		for (size_t i = 0; i < r->config->session_count; i++)
			used |= r->sessions[i].state != ROTOR_SPDM_SESSION_NONE &&
				(r->sessions[i].info.session_id & 0xffff0000u) == half;
		if (!used)
			return half | requester_half;
	}
}

struct rotor_spdm_session *rotor_spdm_session_new(struct rotor_spdm_responder *r,
						  const struct rotor_spdm_connection *c,
						  uint16_t requester_half, bool proves,
						  uint8_t *error)
{
	struct rotor_spdm_session *s = vacant(r, c, proves, error);
	if (!s)
		return NULL;
	rotor_spdm_handshake_forget(r);
	s->state = ROTOR_SPDM_SESSION_STARTING;
	s->suite = c->suite;
	s->heartbeat_s =
	    (rotor_spdm_responder_agreed(r, c) & ROTOR_SPDM_CAP_HBEAT) ? r->config->heartbeat_s : 0;
	s->info.session_id = new_session_id(r, requester_half);
	s->info.peer = c->peer;
	s->info.version = c->version;
	r->work.session = (uint8_t)(s - r->sessions);
	return s;
}

/* ---- KEY_EXCHANGE ---- */

/* Offset of the exchange data in KEY_EXCHANGE_RSP: header, session ID, MutAuthRequested, slot, random. */
#define EXCHANGE_AT (4 + 2 + 1 + 1 + ROTOR_SPDM_NONCE_SIZE)

/* How the requester is asked to authenticate itself, in the message's terms. */
static uint8_t mut_auth(const struct rotor_spdm_responder *r)
{
	static const uint8_t values[] = {
	    [ROTOR_SPDM_MUTUAL_ENCAP] = ROTOR_SPDM_MUT_AUTH_ENCAP,
	    [ROTOR_SPDM_MUTUAL_DIGESTS] = ROTOR_SPDM_MUT_AUTH_DIGESTS,
	    [ROTOR_SPDM_MUTUAL_KEY] = ROTOR_SPDM_MUT_AUTH_PLAIN,
	};
	return r->handshake.encap == ROTOR_SPDM_ENCAP_OFF ? 0 : values[r->config->mutual];
}

static enum rotor_status build_key_exchange_rsp(struct rotor_spdm_responder *r,
						const struct rotor_spdm_request *q,
						const struct rotor_spdm_key_exchange *m,
						struct rotor_spdm_session *s, uint16_t secured)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_bytes summary;
	uint8_t digest[ROTOR_HASH_MAX], random[ROTOR_SPDM_NONCE_SIZE], opaque[32];
	size_t size = rotor_hash_size(c->suite.hash);
	enum rotor_status st = r->config->crypto->random(random, sizeof(random));
	if (st == ROTOR_OK)
		st = rotor_spdm_responder_summary(r, c, m->summary, digest, &summary);
	struct rotor_writer ow = rotor_writer(opaque, sizeof(opaque));
	size_t opaque_len = 0;
	rotor_spdm_encode_secured_selected(&ow, c->version, secured);
	if (st == ROTOR_OK)
		st = rotor_writer_end(&ow, &opaque_len);
	if (st != ROTOR_OK)
		return st;
	const struct rotor_spdm_key_exchange_rsp out = {
	    .version = c->version,
	    .heartbeat_period = s->heartbeat_s,
	    .session_id = (uint16_t)(s->info.session_id >> 16),
	    .mut_auth = mut_auth(r),
	    .req_slot = r->handshake.slot,
	    .random = random,
	    /* A place holder of the right size: the key is made straight into the message. */
	    .exchange = {r->handshake.peer_exchange, rotor_kex_public_size(c->suite.kex)},
	    .summary_hash = summary,
	    .opaque = {opaque, opaque_len},
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_key_exchange_rsp(&w, &out);
	size_t at = w.len;
	rotor_write_zeros(&w, rotor_sig_size(c->suite.sig) +
				  (rotor_spdm_clear_handshake(&c->suite) ? 0 : size));
	if (w.failed)
		return ROTOR_ERR_SPACE;
	r->work.at = (uint16_t)at;
	return ROTOR_OK;
}

/* What is wrong with a KEY_EXCHANGE before anything is done for it; 0 if nothing is. */
static uint8_t check_key_exchange(const struct rotor_spdm_responder *r,
				  const struct rotor_spdm_request *q,
				  struct rotor_spdm_key_exchange *m, uint16_t *secured)
{
	const struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&c->suite);
	if (c->suite.kex == ROTOR_KEX_NONE || c->suite.aead == ROTOR_AEAD_NONE)
		return ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST;
	if (r->config->need_mutual_auth && !rotor_spdm_mutual_possible(r, c))
		return ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST;
	if (rotor_spdm_decode_key_exchange(&sizes, q->msg, q->len, m) != ROTOR_OK ||
	    !rotor_spdm_responder_slot_for(r, c, m->slot, ROTOR_SPDM_KEY_USE_KEY_EX) ||
	    !rotor_spdm_responder_summary_ok(c, m->summary))
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	*secured = rotor_spdm_choose_secured(c->version, m->opaque);
	return *secured ? 0 : ROTOR_SPDM_ERROR_INVALID_REQUEST;
}

/* Begins the transcript of a session: VCA, of several keys what DIGESTS said of them, the chain, KEY_EXCHANGE. */
static enum rotor_status begin_th(struct rotor_spdm_responder *r,
				  const struct rotor_spdm_request *q, struct rotor_spdm_session *s,
				  uint8_t slot)
{
	struct rotor_spdm_connection *c = q->c;
	uint8_t chain[ROTOR_HASH_MAX];
	enum rotor_status st = ROTOR_OK;
	if (rotor_spdm_multi_key(&c->suite) && c->digests) {
		/* It is written again: it was not kept, and is the same as long as the slots are. */
		struct rotor_writer w = rotor_spdm_responder_writer(r);
		st = rotor_spdm_responder_write_digests(r, c, &w);
		if (st == ROTOR_OK)
			st = rotor_spdm_add_th(r, c, s, rotor_spdm_responder_answer(r), w.len);
	}
	if (st == ROTOR_OK)
		st = rotor_spdm_responder_chain_digest(r, c, slot, chain);
	if (st == ROTOR_OK)
		st = rotor_spdm_add_th(r, c, s, chain, rotor_hash_size(c->suite.hash));
	if (st == ROTOR_OK)
		st = rotor_spdm_add_th(r, c, s, q->msg, q->len);
	return st;
}

/* What the handshake waits for from a requester that is to authenticate itself. */
static void ask_requester(struct rotor_spdm_responder *r, enum rotor_sig_alg alg)
{
	(void)alg;
	if (ROTOR_SPDM_PUBLIC_KEYS && r->config->mutual == ROTOR_SPDM_MUTUAL_KEY) {
		r->handshake.encap = ROTOR_SPDM_ENCAP_ACCEPTED;
		r->handshake.slot = ROTOR_SPDM_SLOT_PROVISIONED_NIBBLE;
		r->handshake.peer_key = r->config->peer_key->key;
		r->handshake.peer_key.alg = alg; /* which says the padding of an RSA key */
	} else if (r->config->mutual == ROTOR_SPDM_MUTUAL_DIGESTS) {
		/* GET_DIGESTS is understood, and its request ID is 0. */
		r->handshake.encap = ROTOR_SPDM_ENCAP_DIGESTS;
		r->encap.id = 0;
	} else {
		r->handshake.encap = ROTOR_SPDM_ENCAP_START;
	}
}

enum rotor_status rotor_spdm_on_key_exchange(struct rotor_spdm_responder *r,
					     const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_key_exchange m;
	uint16_t secured;
	uint8_t error = check_key_exchange(r, q, &m, &secured);
	struct rotor_spdm_session *s = NULL;
	bool mutual = rotor_spdm_mutual_possible(r, c);
	if (!error)
		s = rotor_spdm_session_new(r, c, m.session_id, mutual, &error);
	if (!s)
		return rotor_spdm_responder_error(r, error);
	s->policy = m.policy;
	if (mutual)
		ask_requester(r, c->suite.req_sig);
	memcpy(r->handshake.peer_exchange, m.exchange.data, m.exchange.len);
	r->work.slot = m.slot;
	enum rotor_status st = begin_th(r, q, s, m.slot);
	if (ROTOR_SPDM_PUBLIC_KEYS && st == ROTOR_OK &&
	    r->handshake.encap == ROTOR_SPDM_ENCAP_ACCEPTED)
		st = rotor_hash_parts(r->config->crypto, c->suite.hash, &r->config->peer_key->form,
				      1, r->handshake.chain_digest);
	if (st == ROTOR_OK)
		st = build_key_exchange_rsp(r, q, &m, s, secured);
	if (st != ROTOR_OK) {
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_ERROR);
		return rotor_spdm_responder_error(r, st == ROTOR_ERR_SPACE
							 ? ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE
							 : ROTOR_SPDM_ERROR_UNSPECIFIED);
	}
	r->work.step = ROTOR_SPDM_STEP_KEX_GENERATE;
	return ROTOR_PENDING;
}

/* The signature stands behind the message: adds it, makes the handshake keys, adds the verify data. */
static enum rotor_status seal_key_exchange(struct rotor_spdm_responder *r,
					   struct rotor_spdm_connection *c,
					   struct rotor_spdm_session *s)
{
	uint8_t th[ROTOR_HASH_MAX];
	uint8_t *end = rotor_spdm_responder_answer(r) + r->work.at;
	size_t sig = rotor_sig_size(c->suite.sig), size = rotor_hash_size(c->suite.hash);
	const struct rotor_crypto *crypto = r->config->crypto;
	enum rotor_status st = rotor_spdm_add_th(r, c, s, end, sig);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->running, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_handshake_keys(crypto, s, r->handshake.shared,
					       rotor_kex_secret_size(c->suite.kex), th,
					       r->config->ops->secrets, r->config->ctx);
	rotor_wipe(r->handshake.shared, sizeof(r->handshake.shared));
	r->work.at = (uint16_t)(r->work.at + sig);
	if (st != ROTOR_OK || rotor_spdm_clear_handshake(&c->suite))
		return st; /* in the clear, FINISH_RSP has the verify data */
	st = rotor_spdm_verify_data(crypto, s, s->response_secret, th, end + sig);
	if (st == ROTOR_OK)
		st = rotor_spdm_add_th(r, c, s, end + sig, size);
	r->work.at = (uint16_t)(r->work.at + size);
	return st;
}

/* One step of the key exchange. */
static enum rotor_status key_exchange_work(struct rotor_spdm_responder *r,
					   struct rotor_spdm_connection *c,
					   struct rotor_spdm_session *s)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	uint8_t *msg = rotor_spdm_responder_answer(r);
	enum rotor_status st;
	switch (r->work.step) {
	case ROTOR_SPDM_STEP_KEX_GENERATE:
		st = crypto->kex_generate(&r->work.job, &r->handshake.kex, c->suite.kex,
					  msg + EXCHANGE_AT);
		if (st == ROTOR_OK) {
			r->work.step = ROTOR_SPDM_STEP_KEX_AGREE;
			st = ROTOR_PENDING;
		}
		return st;
	case ROTOR_SPDM_STEP_KEX_AGREE:
		st = crypto->kex_agree(&r->work.job, &r->handshake.kex, r->handshake.peer_exchange,
				       r->handshake.shared);
		if (st != ROTOR_OK)
			return st;
		rotor_wipe(&r->handshake.kex, sizeof(r->handshake.kex));
		st = rotor_spdm_add_th(r, c, s, msg, r->work.at);
		if (st == ROTOR_OK)
			st = rotor_spdm_running_digest(crypto, &s->running, r->work.digest);
		if (st == ROTOR_OK)
			st = rotor_spdm_to_sign(crypto, c->version, c->suite.hash, c->suite.sig,
						ROTOR_SPDM_SIGNED_KEY_EXCHANGE_RSP, r->work.digest);
		if (st == ROTOR_OK) {
			r->work.step = ROTOR_SPDM_STEP_KEX_SIGN;
			st = ROTOR_PENDING;
		}
		return st;
	default:
		st = rotor_spdm_responder_sign(r, c, msg + r->work.at);
		return st == ROTOR_OK ? seal_key_exchange(r, c, s) : st;
	}
}

enum rotor_status rotor_spdm_session_work(struct rotor_spdm_responder *r,
					  struct rotor_spdm_connection *c)
{
	struct rotor_spdm_session *s = &r->sessions[r->work.session];
	enum rotor_status st = key_exchange_work(r, c, s);
	if (st == ROTOR_PENDING)
		return st;
	if (st == ROTOR_OK) {
		s->state = ROTOR_SPDM_SESSION_HANDSHAKING;
		s->deadline = r->work.request.time + ROTOR_SPDM_HANDSHAKE_MS;
		return ROTOR_OK;
	}
	rotor_spdm_session_end(r, s, ROTOR_SPDM_END_HANDSHAKE_FAILED);
	return rotor_spdm_responder_error(r, st == ROTOR_ERR_FORMAT
						 ? ROTOR_SPDM_ERROR_INVALID_REQUEST
						 : ROTOR_SPDM_ERROR_UNSPECIFIED);
}

#endif
