/* SPDX-License-Identifier: Apache-2.0 */
/* FINISH, HEARTBEAT, END_SESSION. */
#include <string.h>

#include "spdm/key_schedule.h"
#include "spdm/responder.h"

#if ROTOR_SPDM_SESSIONS > 0

/* What is wrong with a FINISH; 0 if nothing is. */
static uint8_t check(const struct rotor_spdm_responder *r, const struct rotor_spdm_request *q,
		     struct rotor_spdm_finish *m)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->c->suite);
	bool mutual = r->handshake.encap != ROTOR_SPDM_ENCAP_OFF;
	if (rotor_spdm_decode_finish(&sizes, q->msg, q->len, m) != ROTOR_OK ||
	    m->has_signature != mutual)
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	if (mutual &&
	    rotor_spdm_slot_of_nibble(m->req_slot) != rotor_spdm_slot_of_nibble(r->handshake.slot))
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	return 0;
}

enum rotor_status rotor_spdm_on_finish(struct rotor_spdm_responder *r,
				       const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_session *s = q->session;
	const struct rotor_crypto *crypto = r->config->crypto;
	struct rotor_spdm_finish m;
	bool mutual = r->handshake.encap != ROTOR_SPDM_ENCAP_OFF;
	if (s->info.psk || (mutual && r->handshake.encap != ROTOR_SPDM_ENCAP_ACCEPTED))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	uint8_t error = check(r, q, &m);
	if (error)
		return rotor_spdm_responder_error(r, error); /* and it may come again */
	size_t size = rotor_hash_size(c->suite.hash);
	enum rotor_status st = ROTOR_OK;
	if (mutual)
		st = rotor_spdm_add_th(r, c, s, r->handshake.chain_digest, size);
	/* All that comes before the signature, and before the verify data. */
	size_t before = q->len - size - (mutual ? rotor_sig_size(c->suite.req_sig) : 0);
	if (st == ROTOR_OK)
		st = rotor_spdm_add_th(r, c, s, q->msg, before);
	if (mutual && st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->running, r->work.digest);
	if (mutual && st == ROTOR_OK)
		st = rotor_spdm_to_sign(crypto, c->version, c->suite.hash, c->suite.req_sig,
					ROTOR_SPDM_SIGNED_FINISH, r->work.digest);
	if (st != ROTOR_OK)
		return rotor_spdm_responder_fail(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	if (mutual)
		memcpy(r->handshake.signature, m.signature.data, m.signature.len);
	memcpy(r->handshake.verify_data, m.verify_data.data, size);
	r->work.step = ROTOR_SPDM_STEP_VERIFY_FINISH;
	return ROTOR_PENDING;
}

enum rotor_status rotor_spdm_check_verify_data(struct rotor_spdm_responder *r,
					       struct rotor_spdm_connection *c,
					       struct rotor_spdm_session *s,
					       const uint8_t *verify_data)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	size_t size = rotor_hash_size(c->suite.hash);
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_running_digest(crypto, &s->running, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->request_secret, th, mac);
	if (st == ROTOR_OK && !rotor_secret_equal(mac, verify_data, size))
		st = ROTOR_ERR_VERIFY;
	if (st == ROTOR_OK)
		st = rotor_spdm_add_th(r, c, s, mac, size);
	return st;
}

/* The signature, if there is one, is good: checks the verify data and answers. */
static enum rotor_status accept_finish(struct rotor_spdm_responder *r,
				       struct rotor_spdm_connection *c,
				       struct rotor_spdm_session *s)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	size_t size = rotor_hash_size(c->suite.hash);
	uint8_t th[ROTOR_HASH_MAX];
	bool mutual = r->handshake.encap == ROTOR_SPDM_ENCAP_ACCEPTED;
	enum rotor_status st = ROTOR_OK;
	if (mutual)
		st = rotor_spdm_add_th(r, c, s, r->handshake.signature,
				       rotor_sig_size(c->suite.req_sig));
	if (st == ROTOR_OK)
		st = rotor_spdm_check_verify_data(r, c, s, r->handshake.verify_data);
	if (st != ROTOR_OK)
		return st;
	const struct rotor_spdm_finish_rsp m = {.version = c->version};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_finish_rsp(&w, &m);
	st = rotor_spdm_add_th(r, c, s, rotor_spdm_responder_answer(r), w.len);
	if (rotor_spdm_clear_handshake(&c->suite)) {
		uint8_t *mac = rotor_write_reserve(&w, size);
		if (st == ROTOR_OK)
			st = mac ? rotor_spdm_running_digest(crypto, &s->running, th)
				 : ROTOR_ERR_SPACE;
		if (st == ROTOR_OK)
			st = rotor_spdm_verify_data(crypto, s, s->response_secret, th, mac);
		if (st == ROTOR_OK)
			st = rotor_spdm_add_th(r, c, s, mac, size);
	}
	(void)rotor_spdm_responder_built(r, &w);
	/* TH2: the data keys are made from it once the answer is sealed. */
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->running, r->work.digest);
	if (st != ROTOR_OK)
		return st;
	s->info.mutual = mutual;
	r->work.after = ROTOR_SPDM_AFTER_ESTABLISH;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_finish_work(struct rotor_spdm_responder *r,
					 struct rotor_spdm_connection *c)
{
	struct rotor_spdm_session *s = &r->sessions[r->work.session];
	enum rotor_status st = ROTOR_OK;
	if (r->handshake.encap == ROTOR_SPDM_ENCAP_ACCEPTED)
		st = rotor_spdm_verify(r->config->crypto, &r->work.job, &r->handshake.peer_key,
				       c->suite.hash, r->work.digest, r->handshake.signature);
	if (st == ROTOR_OK)
		st = accept_finish(r, c, s);
	if (st == ROTOR_OK || st == ROTOR_PENDING)
		return st;
	return rotor_spdm_responder_fail(r, st == ROTOR_ERR_VERIFY ? ROTOR_SPDM_ERROR_DECRYPT_ERROR
								   : ROTOR_SPDM_ERROR_UNSPECIFIED);
}

/* ---- inside the session ---- */

static bool header_only(const struct rotor_spdm_request *q)
{
	struct rotor_spdm_header header;
	return rotor_spdm_decode_header_only(q->msg, q->len, &header) == ROTOR_OK;
}

enum rotor_status rotor_spdm_on_heartbeat(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q)
{
	if (!header_only(q))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	return rotor_spdm_responder_header(r, q, ROTOR_SPDM_HEARTBEAT_ACK, 0, 0);
}

enum rotor_status rotor_spdm_on_end_session(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q)
{
	if (!header_only(q))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	/* Whether negotiated state is kept over a reset does not matter without CACHE_CAP: it never is. */
	r->work.after = ROTOR_SPDM_AFTER_END;
	return rotor_spdm_responder_header(r, q, ROTOR_SPDM_END_SESSION_ACK, 0, 0);
}

#endif
