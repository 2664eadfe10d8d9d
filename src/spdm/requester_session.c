/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a session, and KEY_EXCHANGE. */
#include <string.h>

#include "rotor/spdm_messages_manage.h"
#include "spdm/key_schedule.h"
#include "spdm/requester.h"
#include "spdm/secured_version.h"

static const struct rotor_spdm_requester_step step_kex, step_kex_verify, step_kex_agree;

enum rotor_status rotor_spdm_requester_add_th(struct rotor_spdm_requester *q, const void *bytes,
					      size_t len)
{
	return rotor_spdm_running_add(q->config->crypto, q->peer.suite.hash, &q->transcript,
				      &q->session.running, ROTOR_SPDM_RUNNING_TH, bytes, len);
}

bool rotor_spdm_requester_session_possible(struct rotor_spdm_requester *q, uint32_t exchange)
{
	uint32_t own = rotor_spdm_requester_capabilities(q, q->peer.version);
	uint32_t both = own & q->peer.capabilities;
	bool private = both & ROTOR_SPDM_CAP_ENCRYPT;
	if ((own & exchange) && (q->peer.capabilities & exchange) && (both & ROTOR_SPDM_CAP_MAC) &&
	    (private || q->config->privacy != ROTOR_SPDM_ENCRYPTED) &&
	    q->peer.suite.aead != ROTOR_AEAD_NONE)
		return true;
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_NO_CAPABILITY, ROTOR_ERR_UNSUPPORTED,
				  ROTOR_OK);
	return false;
}

enum rotor_status rotor_spdm_requester_new_session(struct rotor_spdm_requester *q, uint8_t *opaque,
						   size_t cap, size_t *len)
{
	uint8_t id[2];
	struct rotor_writer w = rotor_writer(opaque, cap);
	rotor_spdm_offer_secured(&w, q->peer.version);
	enum rotor_status st = rotor_writer_end(&w, len);
	if (st == ROTOR_OK)
		st = q->config->crypto->random(q->op.nonce, sizeof(q->op.nonce));
	if (st == ROTOR_OK)
		st = q->config->crypto->random(id, sizeof(id));
	if (st != ROTOR_OK)
		return st;
	rotor_spdm_session_erase(q->config->crypto, &q->session);
	q->session.state = ROTOR_SPDM_SESSION_STARTING;
	q->session.suite = q->peer.suite;
	q->session.policy = q->config->session_policy;
	q->session.info.version = q->peer.version;
	q->session.info.session_id = id[0] | (uint32_t)id[1] << 8;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_requester_check_secured(const struct rotor_spdm_requester *q,
						     struct rotor_bytes opaque)
{
	uint16_t secured = 0;
	enum rotor_status st =
	    rotor_spdm_decode_secured_selected(q->peer.version, opaque, &secured);
	if (st == ROTOR_OK && !rotor_spdm_secured_known(secured))
		st = ROTOR_ERR_UNSUPPORTED;
	return st;
}

void rotor_spdm_requester_establish(struct rotor_spdm_requester *q)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	uint8_t th[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_running_digest(crypto, &s->running, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_data_keys(crypto, s, th, q->config->secrets, q->config->ctx);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	rotor_spdm_running_drop(crypto, &s->running);
	s->info.mutual = q->mutual;
	s->state = ROTOR_SPDM_SESSION_ESTABLISHED;
	rotor_spdm_requester_done(q);
}

/* ---- KEY_EXCHANGE ---- */

static enum rotor_status work_kex_generate(struct rotor_spdm_requester *q)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	if (!rotor_spdm_requester_session_possible(q, ROTOR_SPDM_CAP_KEY_EX) ||
	    !rotor_spdm_requester_may_use(q, ROTOR_SPDM_KEY_USE_KEY_EX))
		return ROTOR_OK;
	if (q->peer.suite.kex == ROTOR_KEX_NONE) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_NO_CAPABILITY, ROTOR_ERR_UNSUPPORTED,
					  ROTOR_OK);
		return ROTOR_OK;
	}
	enum rotor_status st =
	    crypto->kex_generate(&q->op.job, &q->op.kex, q->peer.suite.kex, q->op.exchange);
	if (st == ROTOR_PENDING)
		return st;
	if (st != ROTOR_OK)
		rotor_spdm_requester_local(q, st);
	else
		rotor_spdm_requester_step(q, &step_kex);
	return ROTOR_OK;
}

static void build_key_exchange(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	uint8_t opaque[64];
	size_t opaque_len = 0;
	enum rotor_status st =
	    rotor_spdm_requester_new_session(q, opaque, sizeof(opaque), &opaque_len);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	const struct rotor_spdm_key_exchange m = {
	    .version = q->peer.version,
	    .summary = q->op.summary,
	    .slot = q->chain.slot,
	    .session_id = (uint16_t)q->session.info.session_id,
	    .policy = q->session.policy,
	    .random = q->op.nonce,
	    .exchange = {q->op.exchange, rotor_kex_public_size(q->peer.suite.kex)},
	    .opaque = {opaque, opaque_len},
	};
	rotor_spdm_encode_key_exchange(w, &m);
}

/* Whether this side can authenticate itself in the way that KEY_EXCHANGE_RSP asks for. */
static bool can_authenticate(const struct rotor_spdm_requester *q,
			     const struct rotor_spdm_key_exchange_rsp *m)
{
	const struct rotor_spdm_requester_config *config = q->config;
	uint8_t slot = m->req_slot & 0x0f;
	bool chain = config->own.signer && slot == 0;
	bool key = config->own_key.signer && slot == ROTOR_SPDM_SLOT_PROVISIONED_NIBBLE;
	if (!config->offer_mutual_auth || q->peer.suite.req_sig == ROTOR_SIG_NONE)
		return false;
	switch (m->mut_auth) {
	case ROTOR_SPDM_MUT_AUTH_PLAIN:
		return chain || key;
	case ROTOR_SPDM_MUT_AUTH_ENCAP:
	case ROTOR_SPDM_MUT_AUTH_DIGESTS:
		return chain;
	default:
		return false;
	}
}

/* What DIGESTS said of several keys belongs to the transcript if nothing else came before it; just as it was said. */
static enum rotor_status add_digests(struct rotor_spdm_requester *q)
{
	const struct rotor_spdm_peer_digests *d = &q->digests;
	size_t size = rotor_hash_size(q->peer.suite.hash);
	const uint8_t header[] = {q->peer.version, ROTOR_SPDM_DIGESTS, d->supported, d->slots};
	enum rotor_status st = rotor_spdm_requester_add_th(q, header, sizeof(header));
	for (unsigned kind = 0; kind < 4; kind++) {
		for (unsigned i = 0; st == ROTOR_OK && i < ROTOR_SPDM_SLOT_COUNT; i++) {
			const uint8_t usage[] = {(uint8_t)d->key_usage[i],
						 (uint8_t)(d->key_usage[i] >> 8)};
			const struct rotor_bytes parts[] = {{d->digest[i], size},
							    {&d->key_pair[i], 1},
							    {&d->model[i], 1},
							    {usage, sizeof(usage)}};
			if (d->slots & 1u << i)
				st = rotor_spdm_requester_add_th(q, parts[kind].data,
								 parts[kind].len);
		}
	}
	return st;
}

/* TH up to the signature, and what that is over; then the signature. */
static enum rotor_status begin_th(struct rotor_spdm_requester *q, const uint8_t *msg, size_t body,
				  struct rotor_bytes signature)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	enum rotor_status st = ROTOR_OK;
	if (q->peer.suite.multi_key && q->told)
		st = add_digests(q);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, q->chain.digest,
						 rotor_hash_size(q->peer.suite.hash));
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, rotor_spdm_requester_plain(q), q->op.plain_len);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, msg, body);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &q->session.running, q->op.digest);
	if (st == ROTOR_OK)
		st = rotor_spdm_to_sign(crypto, q->peer.version, q->peer.suite.hash,
					q->peer.suite.sig, ROTOR_SPDM_SIGNED_KEY_EXCHANGE_RSP,
					q->op.digest);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, signature.data, signature.len);
	return st;
}

static void handle_key_exchange_rsp(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->peer.suite);
	struct rotor_spdm_key_exchange_rsp m;
	sizes.summary = q->op.summary != ROTOR_SPDM_SUMMARY_NONE;
	enum rotor_status st = rotor_spdm_decode_key_exchange_rsp(&sizes, msg, len, &m);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_check_secured(q, m.opaque);
	if (st == ROTOR_OK && m.mut_auth && !can_authenticate(q, &m))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	if (!m.mut_auth && q->config->need_mutual_auth) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_NO_MUTUAL_AUTH, ROTOR_ERR_DENIED,
					  ROTOR_OK);
		return;
	}
	st = begin_th(q, msg, len - m.signature.len - m.verify_data.len, m.signature);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	memcpy(q->op.signature, m.signature.data, m.signature.len);
	if (m.verify_data.len)
		memcpy(q->op.verify_data, m.verify_data.data, m.verify_data.len);
	memcpy(q->op.peer_exchange, m.exchange.data, m.exchange.len);
	q->op.mut_auth = m.mut_auth;
	q->op.req_slot = m.req_slot & 0x0f;
	q->session.info.session_id |= (uint32_t)m.session_id << 16;
	q->session.heartbeat_s = m.heartbeat_period;
	rotor_spdm_requester_step(q, &step_kex_verify);
}

static enum rotor_status work_kex_verify(struct rotor_spdm_requester *q)
{
	enum rotor_status st = rotor_spdm_requester_verify(q);
	if (st == ROTOR_OK)
		rotor_spdm_requester_step(q, &step_kex_agree);
	return st;
}

/* The shared secret is there: handshake keys; verify data, if it was in KEY_EXCHANGE_RSP. */
static enum rotor_status open_handshake(struct rotor_spdm_requester *q, bool *mac_good)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	size_t size = rotor_hash_size(s->suite.hash);
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_running_digest(crypto, &s->running, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_handshake_keys(crypto, s, q->op.shared,
					       rotor_kex_secret_size(s->suite.kex), th,
					       q->config->secrets, q->config->ctx);
	*mac_good = st == ROTOR_OK;
	if (st != ROTOR_OK || s->suite.clear_handshake)
		return st;
	st = rotor_spdm_verify_data(crypto, s, s->response_secret, th, mac);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_add_th(q, q->op.verify_data, size);
	*mac_good = st == ROTOR_OK && rotor_secret_equal(mac, q->op.verify_data, size);
	return st;
}

/* How the handshake goes on. */
static void after_exchange(struct rotor_spdm_requester *q)
{
	q->session.state = ROTOR_SPDM_SESSION_HANDSHAKING;
	q->op.secured = !q->session.suite.clear_handshake;
	q->mutual = q->op.mut_auth != 0;
	q->op.resume = &rotor_spdm_step_finish_sign;
	switch (q->op.mut_auth) {
	case ROTOR_SPDM_MUT_AUTH_ENCAP:
		rotor_spdm_requester_step(q, &rotor_spdm_step_encap_get);
		break;
	case ROTOR_SPDM_MUT_AUTH_DIGESTS:
		/* GET_DIGESTS is implied, with request ID 0. */
		q->op.inner = ROTOR_SPDM_GET_DIGESTS;
		q->op.request_id = 0;
		rotor_spdm_requester_step(q, &rotor_spdm_step_encap_deliver);
		break;
	default:
		rotor_spdm_requester_step(q, &rotor_spdm_step_finish_sign);
	}
}

static enum rotor_status work_kex_agree(struct rotor_spdm_requester *q)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	bool mac_good = false;
	enum rotor_status st =
	    crypto->kex_agree(&q->op.job, &q->op.kex, q->op.peer_exchange, q->op.shared);
	if (st == ROTOR_PENDING)
		return st;
	if (st == ROTOR_ERR_FORMAT) {
		rotor_spdm_requester_malformed(q, st);
		return ROTOR_OK;
	}
	if (st == ROTOR_OK)
		st = open_handshake(q, &mac_good);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return ROTOR_OK;
	}
	if (!mac_good) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_HMAC, ROTOR_ERR_VERIFY, ROTOR_OK);
		return ROTOR_OK;
	}
	rotor_wipe(q->op.shared, sizeof(q->op.shared));
	rotor_wipe(&q->op.kex, sizeof(q->op.kex));
	after_exchange(q);
	return ROTOR_OK;
}

const struct rotor_spdm_requester_step rotor_spdm_step_kex_generate = {
    .request = ROTOR_SPDM_KEY_EXCHANGE,
    .work = work_kex_generate,
};
static const struct rotor_spdm_requester_step step_kex = {
    .request = ROTOR_SPDM_KEY_EXCHANGE,
    .response = ROTOR_SPDM_KEY_EXCHANGE_RSP,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_key_exchange,
    .handle = handle_key_exchange_rsp,
};
static const struct rotor_spdm_requester_step step_kex_verify = {
    .request = ROTOR_SPDM_KEY_EXCHANGE,
    .work = work_kex_verify,
};
static const struct rotor_spdm_requester_step step_kex_agree = {
    .request = ROTOR_SPDM_KEY_EXCHANGE,
    .work = work_kex_agree,
};
