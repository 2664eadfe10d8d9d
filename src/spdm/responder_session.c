/* SPDX-License-Identifier: Apache-2.0 */
/* KEY_EXCHANGE, FINISH, HEARTBEAT, END_SESSION. */
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
	r->config->crypto->hash_release(&s->hash);
	s->hash_kind = ROTOR_SPDM_RUNNING_NONE;
	rotor_spdm_handshake_forget(r);
	s->state = ROTOR_SPDM_SESSION_ESTABLISHED;
	s->deadline = s->heartbeat_s ? now + 2000u * s->heartbeat_s : ROTOR_NEVER;
	if (r->config->ops->session_established)
		r->config->ops->session_established(r->config->ctx, &s->info);
}

bool rotor_spdm_mutual_possible(const struct rotor_spdm_responder *r,
				const struct rotor_spdm_connection *c)
{
	uint32_t need = ROTOR_SPDM_CAP_MUT_AUTH | ROTOR_SPDM_CAP_ENCAP | ROTOR_SPDM_CAP_CERT;
	return r->config->ask_mutual_auth && (c->capabilities & need) == need &&
	       c->suite.req_sig != ROTOR_SIG_NONE;
}

static enum rotor_status add_th(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
				struct rotor_spdm_session *s, const void *bytes, size_t len)
{
	return rotor_spdm_running_add(r->config->crypto, c->suite.hash, &c->transcript,
				      &s->hash_kind, &s->hash, ROTOR_SPDM_RUNNING_TH, bytes, len);
}

/* ---- KEY_EXCHANGE ---- */

/* A session to use; an unfinished handshake of the same peer gives way. NULL and an error code if there is none. */
static struct rotor_spdm_session *vacant(struct rotor_spdm_responder *r,
					 const struct rotor_spdm_connection *c, uint8_t *error)
{
	struct rotor_spdm_session *found = NULL;
	for (size_t i = 0; i < ROTOR_SPDM_SESSIONS; i++) {
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
	for (size_t i = 0; i < ROTOR_SPDM_SESSIONS && !found && rotor_spdm_mutual_possible(r, c);
	     i++) {
		if (!r->sessions[i].info.mutual) {
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
		bool used = half == 0;
		for (size_t i = 0; i < ROTOR_SPDM_SESSIONS; i++)
			used |= r->sessions[i].state != ROTOR_SPDM_SESSION_NONE &&
				(r->sessions[i].info.session_id & 0xffff0000u) == half;
		if (!used)
			return half | requester_half;
	}
}

/* Offset of the exchange data in KEY_EXCHANGE_RSP: header, session ID, MutAuthRequested, slot, random. */
#define EXCHANGE_AT (4 + 2 + 1 + 1 + ROTOR_SPDM_NONCE_SIZE)

static enum rotor_status build_key_exchange_rsp(struct rotor_spdm_responder *r,
						const struct rotor_spdm_request *q,
						const struct rotor_spdm_key_exchange *m,
						struct rotor_spdm_session *s, uint16_t secured)
{
	struct rotor_spdm_connection *c = q->c;
	uint8_t summary[ROTOR_HASH_MAX], random[ROTOR_SPDM_NONCE_SIZE], opaque[32];
	size_t size = rotor_hash_size(c->suite.hash);
	enum rotor_status st = r->config->crypto->random(random, sizeof(random));
	if (st == ROTOR_OK && m->summary != ROTOR_SPDM_SUMMARY_NONE)
		st = rotor_spdm_responder_summary(r, c, m->summary, summary);
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
	    .mut_auth = r->handshake.encap != ROTOR_SPDM_ENCAP_OFF ? ROTOR_SPDM_MUT_AUTH_ENCAP : 0,
	    .random = random,
	    /* A place holder of the right size: the key is made straight into the message. */
	    .exchange = {r->handshake.peer_exchange, rotor_kex_public_size(c->suite.kex)},
	    .summary_hash = {summary, m->summary != ROTOR_SPDM_SUMMARY_NONE ? size : 0},
	    .opaque = {opaque, opaque_len},
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r, c);
	rotor_spdm_encode_key_exchange_rsp(&w, &out);
	size_t at = w.len;
	rotor_write_zeros(&w, rotor_sig_size(c->suite.sig) + size);
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
	if (!(c->capabilities & ROTOR_SPDM_CAP_KEY_EX))
		return ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST;
	if (c->suite.kex == ROTOR_KEX_NONE || c->suite.aead == ROTOR_AEAD_NONE)
		return ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST;
	if (r->config->need_mutual_auth && !rotor_spdm_mutual_possible(r, c))
		return ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST;
	if (rotor_spdm_decode_key_exchange(&sizes, q->msg, q->len, m) != ROTOR_OK ||
	    !rotor_spdm_responder_slot(r, c, m->slot) ||
	    !rotor_spdm_responder_summary_ok(c, m->summary))
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	*secured = rotor_spdm_choose_secured(c->version, m->opaque);
	return *secured ? 0 : ROTOR_SPDM_ERROR_INVALID_REQUEST;
}

enum rotor_status rotor_spdm_on_key_exchange(struct rotor_spdm_responder *r,
					     const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_key_exchange m;
	uint16_t secured;
	uint8_t error = check_key_exchange(r, q, &m, &secured);
	if (error)
		return rotor_spdm_responder_error(r, c, error, 0);
	struct rotor_spdm_session *s = vacant(r, c, &error);
	if (!s)
		return rotor_spdm_responder_error(r, c, error, 0);
	rotor_spdm_handshake_forget(r);
	s->state = ROTOR_SPDM_SESSION_STARTING;
	s->suite = c->suite;
	s->heartbeat_s = (c->capabilities & ROTOR_SPDM_CAP_HBEAT) ? r->config->heartbeat_s : 0;
	s->info.session_id = new_session_id(r, m.session_id);
	s->info.peer = c->peer;
	s->info.version = c->version;
	if (rotor_spdm_mutual_possible(r, c))
		r->handshake.encap = ROTOR_SPDM_ENCAP_START;
	memcpy(r->handshake.peer_exchange, m.exchange.data, m.exchange.len);
	r->work.session = (uint8_t)(s - r->sessions);
	r->work.slot = m.slot;

	uint8_t chain[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_responder_chain_digest(r, c, m.slot, chain);
	if (st == ROTOR_OK)
		st = add_th(r, c, s, chain, rotor_hash_size(c->suite.hash));
	if (st == ROTOR_OK)
		st = add_th(r, c, s, q->msg, q->len);
	if (st == ROTOR_OK)
		st = build_key_exchange_rsp(r, q, &m, s, secured);
	if (st != ROTOR_OK) {
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_ERROR);
		return rotor_spdm_responder_error(r, c,
						  st == ROTOR_ERR_SPACE
						      ? ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE
						      : ROTOR_SPDM_ERROR_UNSPECIFIED,
						  0);
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
	enum rotor_status st = add_th(r, c, s, end, sig);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->hash, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_handshake_keys(crypto, s, r->handshake.shared,
					       rotor_kex_secret_size(c->suite.kex), th,
					       r->config->ops->secrets, r->config->ctx);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->response_secret, th, end + sig);
	if (st == ROTOR_OK)
		st = add_th(r, c, s, end + sig, size);
	rotor_wipe(r->handshake.shared, sizeof(r->handshake.shared));
	r->work.at = (uint16_t)(r->work.at + sig + size);
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
		st = add_th(r, c, s, msg, r->work.at);
		if (st == ROTOR_OK)
			st = rotor_spdm_running_digest(crypto, &s->hash, r->work.digest);
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

/* ---- FINISH ---- */

enum rotor_status rotor_spdm_on_finish(struct rotor_spdm_responder *r,
				       const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_session *s = q->session;
	const struct rotor_crypto *crypto = r->config->crypto;
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&c->suite);
	struct rotor_spdm_finish m;
	bool mutual = r->handshake.encap != ROTOR_SPDM_ENCAP_OFF;
	if (mutual && r->handshake.encap != ROTOR_SPDM_ENCAP_ACCEPTED)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST, 0);
	if (rotor_spdm_decode_finish(&sizes, q->msg, q->len, &m) != ROTOR_OK ||
	    m.has_signature != mutual || (mutual && m.req_slot != 0))
		return rotor_spdm_responder_fail(r, c, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	size_t size = sizes.hash;
	enum rotor_status st = ROTOR_OK;
	if (mutual)
		st = add_th(r, c, s, r->handshake.chain_digest, size);
	if (st == ROTOR_OK)
		st = add_th(r, c, s, q->msg, ROTOR_SPDM_HEADER_SIZE);
	if (mutual && st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->hash, r->work.digest);
	if (mutual && st == ROTOR_OK)
		st = rotor_spdm_to_sign(crypto, c->version, c->suite.hash, c->suite.req_sig,
					ROTOR_SPDM_SIGNED_FINISH, r->work.digest);
	if (st != ROTOR_OK)
		return rotor_spdm_responder_fail(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED);
	if (mutual)
		memcpy(r->handshake.signature, m.signature.data, m.signature.len);
	memcpy(r->handshake.verify_data, m.verify_data.data, size);
	r->work.step = ROTOR_SPDM_STEP_VERIFY_FINISH;
	return ROTOR_PENDING;
}

/* The signature, if there is one, is good: checks the verify data and answers. */
static enum rotor_status accept_finish(struct rotor_spdm_responder *r,
				       struct rotor_spdm_connection *c,
				       struct rotor_spdm_session *s)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	size_t size = rotor_hash_size(c->suite.hash);
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	bool mutual = r->handshake.encap == ROTOR_SPDM_ENCAP_ACCEPTED;
	enum rotor_status st = ROTOR_OK;
	if (mutual)
		st = add_th(r, c, s, r->handshake.signature, rotor_sig_size(c->suite.req_sig));
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->hash, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->request_secret, th, mac);
	if (st == ROTOR_OK && !rotor_secret_equal(mac, r->handshake.verify_data, size))
		st = ROTOR_ERR_VERIFY;
	if (st != ROTOR_OK)
		return st;
	const struct rotor_spdm_finish_rsp m = {.version = c->version};
	struct rotor_writer w = rotor_spdm_responder_writer(r, c);
	rotor_spdm_encode_finish_rsp(&w, &m);
	(void)rotor_spdm_responder_built(r, c, &w);
	st = add_th(r, c, s, mac, size);
	if (st == ROTOR_OK)
		st = add_th(r, c, s, rotor_spdm_responder_answer(r), r->work.at);
	/* TH2: the data keys are made from it once the answer is sealed. */
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->hash, r->work.digest);
	if (st != ROTOR_OK)
		return st;
	s->info.mutual = mutual;
	r->work.after = ROTOR_SPDM_AFTER_ESTABLISH;
	return ROTOR_OK;
}

static enum rotor_status finish_work(struct rotor_spdm_responder *r,
				     struct rotor_spdm_connection *c, struct rotor_spdm_session *s)
{
	if (r->handshake.encap == ROTOR_SPDM_ENCAP_ACCEPTED) {
		enum rotor_status st = rotor_spdm_verify(
		    r->config->crypto, &r->work.job, &r->handshake.peer_key, c->suite.hash,
		    r->work.digest, r->handshake.signature);
		if (st != ROTOR_OK)
			return st;
	}
	return accept_finish(r, c, s);
}

enum rotor_status rotor_spdm_session_work(struct rotor_spdm_responder *r,
					  struct rotor_spdm_connection *c)
{
	struct rotor_spdm_session *s = &r->sessions[r->work.session];
	enum rotor_status st;
	if (r->work.step == ROTOR_SPDM_STEP_VERIFY_FINISH) {
		st = finish_work(r, c, s);
		if (st == ROTOR_OK || st == ROTOR_PENDING)
			return st;
		return rotor_spdm_responder_fail(r, c,
						 st == ROTOR_ERR_VERIFY
						     ? ROTOR_SPDM_ERROR_DECRYPT_ERROR
						     : ROTOR_SPDM_ERROR_UNSPECIFIED);
	}
	st = key_exchange_work(r, c, s);
	if (st == ROTOR_PENDING)
		return st;
	if (st == ROTOR_OK) {
		s->state = ROTOR_SPDM_SESSION_HANDSHAKING;
		s->deadline = r->work.time + ROTOR_SPDM_HANDSHAKE_MS;
		return ROTOR_OK;
	}
	rotor_spdm_session_end(r, s, ROTOR_SPDM_END_HANDSHAKE_FAILED);
	return rotor_spdm_responder_error(r, c,
					  st == ROTOR_ERR_FORMAT ? ROTOR_SPDM_ERROR_INVALID_REQUEST
								 : ROTOR_SPDM_ERROR_UNSPECIFIED,
					  0);
}

/* ---- inside the session ---- */

static enum rotor_status answer_header(struct rotor_spdm_responder *r,
				       const struct rotor_spdm_request *q, uint8_t code)
{
	struct rotor_spdm_header header;
	if (rotor_spdm_decode_header_only(q->msg, q->len, &header) != ROTOR_OK)
		return rotor_spdm_responder_error(r, q->c, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
	header = (struct rotor_spdm_header){.version = q->c->version, .code = code};
	struct rotor_writer w = rotor_spdm_responder_writer(r, q->c);
	rotor_spdm_encode_header(&w, &header);
	return rotor_spdm_responder_built(r, q->c, &w);
}

enum rotor_status rotor_spdm_on_heartbeat(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q)
{
	if (!q->session->heartbeat_s)
		return rotor_spdm_responder_error(r, q->c, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST, 0);
	return answer_header(r, q, ROTOR_SPDM_HEARTBEAT_ACK);
}

enum rotor_status rotor_spdm_on_end_session(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q)
{
	enum rotor_status st = answer_header(r, q, ROTOR_SPDM_END_SESSION_ACK);
	if (rotor_spdm_responder_answer(r)[1] == ROTOR_SPDM_END_SESSION_ACK)
		r->work.after = ROTOR_SPDM_AFTER_END;
	return st;
}

#endif
