/* SPDX-License-Identifier: Apache-2.0 */
/* FINISH, HEARTBEAT, END_SESSION. */
#include <string.h>

#include "spdm/key_schedule.h"
#include "spdm/requester.h"

static const struct rotor_spdm_requester_step step_finish;

/* ---- FINISH ---- */

/* Whether this side speaks with its provisioned key; else with its chain. */
static bool by_key(const struct rotor_spdm_requester *q)
{
	return q->op.req_slot == ROTOR_SPDM_SLOT_PROVISIONED_NIBBLE;
}

static uint8_t slot_of_finish(const struct rotor_spdm_requester *q)
{
	if (!q->mutual)
		return 0;
	return by_key(q) ? ROTOR_SPDM_SLOT_PROVISIONED : q->op.req_slot;
}

/* Begins FINISH's part of TH and sets what is signed, if both sides are to be authenticated. */
static enum rotor_status begin_finish(struct rotor_spdm_requester *q)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	const struct rotor_spdm_finish m = {
	    .version = q->peer.version, .has_signature = q->mutual, .req_slot = slot_of_finish(q)};
	uint8_t bytes[ROTOR_SPDM_HEADER_SIZE + 2], digest[ROTOR_HASH_MAX];
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));
	enum rotor_hash_alg hash = q->peer.suite.hash;
	enum rotor_status st = ROTOR_OK;
	rotor_spdm_encode_finish(&w, &m);
	if (q->mutual) {
		st = by_key(q)
			 ? rotor_hash_parts(crypto, hash, &q->config->own_key.chain, 1, digest)
			 : rotor_spdm_chain_digest(crypto, hash, q->config->own.chain, digest);
		if (st == ROTOR_OK)
			st = rotor_spdm_requester_add_th(q, digest, rotor_hash_size(hash));
	}
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, bytes, w.len);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &q->session.running, q->op.digest);
	if (st == ROTOR_OK && q->mutual)
		st = rotor_spdm_to_sign(crypto, q->peer.version, hash, q->peer.suite.req_sig,
					ROTOR_SPDM_SIGNED_FINISH, q->op.digest);
	return st;
}

static enum rotor_status work_finish_sign(struct rotor_spdm_requester *q)
{
	enum rotor_status st = ROTOR_OK;
	if (!q->op.begun) {
		st = begin_finish(q);
		q->op.begun = true;
	}
	if (st == ROTOR_OK && q->mutual) {
		const struct rotor_signer *signer =
		    by_key(q) ? q->config->own_key.signer : q->config->own.signer;
		st = rotor_spdm_sign(signer, &q->op.job, q->peer.suite.hash, q->op.digest,
				     q->op.signature);
		if (st == ROTOR_PENDING)
			return st;
		if (st == ROTOR_OK)
			st = rotor_spdm_requester_add_th(q, q->op.signature,
							 rotor_sig_size(q->peer.suite.req_sig));
	}
	if (st != ROTOR_OK)
		rotor_spdm_requester_local(q, st);
	else
		rotor_spdm_requester_step(q, &step_finish);
	return ROTOR_OK;
}

static void build_finish(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	size_t size = rotor_hash_size(s->suite.hash);
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_running_digest(crypto, &s->running, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->request_secret, th, mac);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, mac, size);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	const struct rotor_spdm_finish m = {
	    .version = q->peer.version,
	    .has_signature = q->mutual,
	    .req_slot = slot_of_finish(q),
	    .signature = {q->op.signature, q->mutual ? rotor_sig_size(q->peer.suite.req_sig) : 0},
	    .verify_data = {mac, size},
	};
	rotor_spdm_encode_finish(w, &m);
}

/* FINISH_RSP of a handshake in the clear shows that the responder has the keys. */
static bool check_verify_data(struct rotor_spdm_requester *q, struct rotor_bytes verify_data)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_running_digest(crypto, &s->running, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->response_secret, th, mac);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, verify_data.data, verify_data.len);
	if (st != ROTOR_OK)
		rotor_spdm_requester_local(q, st);
	else if (!rotor_secret_equal(mac, verify_data.data, verify_data.len))
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_HMAC, ROTOR_ERR_VERIFY, ROTOR_OK);
	return q->op.step != NULL;
}

static void handle_finish_rsp(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->peer.suite);
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	struct rotor_spdm_finish_rsp m;
	enum rotor_status st = rotor_spdm_decode_finish_rsp(&sizes, msg, len, &m);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	st = rotor_spdm_requester_add_th(q, msg, len - m.verify_data.len);
	/* Who the responder is: its leaf, or the form of its provisioned key. */
	if (st == ROTOR_OK && q->chain.slot == ROTOR_SPDM_SLOT_PROVISIONED)
		memcpy(s->info.identity, q->chain.digest, sizes.hash);
	else if (st == ROTOR_OK)
		st = rotor_hash_parts(crypto, s->suite.hash, &q->chain.leaf.der, 1,
				      s->info.identity);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	if (m.verify_data.len && !check_verify_data(q, m.verify_data))
		return;
	s->info.identity_len = (uint8_t)sizes.hash;
	rotor_spdm_requester_establish(q);
}

const struct rotor_spdm_requester_step rotor_spdm_step_finish_sign = {
    .request = ROTOR_SPDM_FINISH,
    .work = work_finish_sign,
};
static const struct rotor_spdm_requester_step step_finish = {
    .request = ROTOR_SPDM_FINISH,
    .response = ROTOR_SPDM_FINISH_RSP,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_finish,
    .handle = handle_finish_rsp,
};

/* ---- inside the session ---- */

static void build_heartbeat(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	rotor_spdm_requester_put_header(q, w, ROTOR_SPDM_HEARTBEAT, 0, 0);
}

static void handle_heartbeat_ack(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_header m;
	if (rotor_spdm_requester_header(q, msg, len, &m))
		rotor_spdm_requester_done(q);
}

const struct rotor_spdm_requester_step rotor_spdm_step_heartbeat = {
    .request = ROTOR_SPDM_HEARTBEAT,
    .response = ROTOR_SPDM_HEARTBEAT_ACK,
    .flags = ROTOR_SPDM_R_FRESH,
    .build = build_heartbeat,
    .handle = handle_heartbeat_ack,
};

static void build_end_session(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	rotor_spdm_requester_put_header(q, w, ROTOR_SPDM_END_SESSION, 0, 0);
}

static void handle_end_session_ack(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_header m;
	if (!rotor_spdm_requester_header(q, msg, len, &m))
		return;
	rotor_spdm_requester_done(q);
	rotor_spdm_requester_drop_session(q);
}

const struct rotor_spdm_requester_step rotor_spdm_step_end_session = {
    .request = ROTOR_SPDM_END_SESSION,
    .response = ROTOR_SPDM_END_SESSION_ACK,
    .flags = ROTOR_SPDM_R_SESSION,
    .build = build_end_session,
    .handle = handle_end_session_ack,
};
