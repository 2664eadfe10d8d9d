/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions from a pre-shared key: PSK_EXCHANGE, PSK_FINISH. */
#include <string.h>

#include "rotor/spdm_requester_more.h"
#include "spdm/key_schedule.h"
#include "spdm/requester.h"

static const struct rotor_spdm_requester_step step_finish;

static void build_exchange(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_spdm_psk *psk = q->op.args;
	uint8_t opaque[64];
	size_t opaque_len = 0;
	if (!rotor_spdm_requester_session_possible(q, ROTOR_SPDM_CAP_PSK))
		return;
	enum rotor_status st =
	    rotor_spdm_requester_new_session(q, opaque, sizeof(opaque), &opaque_len);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	/* HANDSHAKE_IN_THE_CLEAR is of KEY_EXCHANGE alone. */
	q->session.suite.clear_handshake = false;
	q->session.info.psk = true;
	const struct rotor_spdm_psk_exchange m = {
	    .version = q->peer.version,
	    .summary = q->op.summary,
	    .policy = q->session.policy,
	    .session_id = (uint16_t)q->session.info.session_id,
	    .hint = psk->hint,
	    .context = {q->op.nonce, sizeof(q->op.nonce)},
	    .opaque = {opaque, opaque_len},
	};
	rotor_spdm_encode_psk_exchange(w, &m);
}

/* Handshake keys, and whether the responder has them, too. */
static enum rotor_status open_handshake(struct rotor_spdm_requester *q,
					struct rotor_bytes verify_data, bool *mac_good)
{
	const struct rotor_spdm_psk *psk = q->op.args;
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_running_digest(crypto, &s->running, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_psk_extract(crypto, q->peer.version, s->suite.hash, psk->key,
					    s->secret);
	if (st == ROTOR_OK)
		st = rotor_spdm_psk_keys(crypto, s, th, q->config->secrets, q->config->ctx);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->response_secret, th, mac);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, verify_data.data, verify_data.len);
	*mac_good = st == ROTOR_OK && rotor_secret_equal(mac, verify_data.data, verify_data.len);
	return st;
}

static void handle_exchange_rsp(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->peer.suite);
	struct rotor_spdm_psk_exchange_rsp m;
	bool mac_good = false;
	sizes.summary = q->op.summary != ROTOR_SPDM_SUMMARY_NONE;
	enum rotor_status st = rotor_spdm_decode_psk_exchange_rsp(&sizes, msg, len, &m);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_check_secured(q, m.opaque);
	/* Whether it has a context is what it said in CAPABILITIES. */
	bool context = q->peer.capabilities & ROTOR_SPDM_CAP_PSK_WITH_CONTEXT;
	if (st == ROTOR_OK && context != (m.context.len != 0))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	q->session.info.session_id |= (uint32_t)m.session_id << 16;
	q->session.heartbeat_s = m.heartbeat_period;
	st = rotor_spdm_requester_add_th(q, rotor_spdm_requester_plain(q), q->op.plain_len);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, msg, len - m.verify_data.len);
	if (st == ROTOR_OK)
		st = open_handshake(q, m.verify_data, &mac_good);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	if (!mac_good) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_HMAC, ROTOR_ERR_VERIFY, ROTOR_OK);
		return;
	}
	q->session.state = ROTOR_SPDM_SESSION_HANDSHAKING;
	q->op.secured = true;
	if (context)
		rotor_spdm_requester_step(q, &step_finish);
	else
		rotor_spdm_requester_establish(q);
}

static void build_finish(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	struct rotor_spdm_psk_finish m = {.version = q->peer.version};
	size_t size = rotor_hash_size(s->suite.hash), at = w->len;
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	rotor_spdm_encode_psk_finish(w, &m);
	enum rotor_status st = rotor_spdm_requester_add_th(q, w->base + at, w->len - at);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->running, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->request_secret, th, mac);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, mac, size);
	if (st != ROTOR_OK)
		rotor_spdm_requester_local(q, st);
	else
		rotor_write_bytes(w, mac, size);
}

static void handle_finish_rsp(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_psk_finish_rsp m;
	enum rotor_status st = rotor_spdm_decode_psk_finish_rsp(msg, len, &m);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	st = rotor_spdm_requester_add_th(q, msg, len);
	if (st != ROTOR_OK)
		rotor_spdm_requester_local(q, st);
	else
		rotor_spdm_requester_establish(q);
}

static const struct rotor_spdm_requester_step step_finish = {
    .request = ROTOR_SPDM_PSK_FINISH,
    .response = ROTOR_SPDM_PSK_FINISH_RSP,
    .build = build_finish,
    .handle = handle_finish_rsp,
};
static const struct rotor_spdm_requester_step step_exchange = {
    .request = ROTOR_SPDM_PSK_EXCHANGE,
    .response = ROTOR_SPDM_PSK_EXCHANGE_RSP,
    .build = build_exchange,
    .handle = handle_exchange_rsp,
};

enum rotor_status rotor_spdm_requester_start_psk_session(struct rotor_spdm_requester *q,
							 const struct rotor_spdm_psk *psk,
							 uint8_t summary_type)
{
	if (!psk->key.len)
		return ROTOR_ERR_ARGUMENT;
	if (q->session.state != ROTOR_SPDM_SESSION_NONE)
		return ROTOR_ERR_STATE;
	enum rotor_status st = rotor_spdm_requester_begin_in(q, &step_exchange, false);
	if (st != ROTOR_OK)
		return st;
	q->op.args = psk;
	q->op.summary = summary_type;
	q->mutual = false;
	return ROTOR_OK;
}

const struct rotor_spdm_requester_piece rotor_spdm_requester_psk = {
    .capabilities = ROTOR_SPDM_CAP_PSK_NO_CONTEXT,
};
