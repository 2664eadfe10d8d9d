/* SPDX-License-Identifier: Apache-2.0 */
/* KEY_EXCHANGE, FINISH, HEARTBEAT, END_SESSION. */
#include <string.h>

#include "spdm/key_schedule.h"
#include "spdm/requester.h"
#include "spdm/secured_version.h"

static void malformed(struct rotor_spdm_requester *q, enum rotor_status cause)
{
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_MALFORMED, ROTOR_ERR_FORMAT, cause);
}

static void local(struct rotor_spdm_requester *q, enum rotor_status cause)
{
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_LOCAL, ROTOR_ERR_CRYPTO, cause);
}

static enum rotor_status add_th(struct rotor_spdm_requester *q, const void *bytes, size_t len)
{
	return rotor_spdm_running_add(q->config->crypto, q->peer.suite.hash, &q->transcript,
				      &q->session.hash_kind, &q->session.hash,
				      ROTOR_SPDM_RUNNING_TH, bytes, len);
}

/* ---- KEY_EXCHANGE ---- */

enum rotor_status rotor_spdm_work_kex_generate(struct rotor_spdm_requester *q)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	uint32_t need = ROTOR_SPDM_CAP_KEY_EX | ROTOR_SPDM_CAP_ENCRYPT | ROTOR_SPDM_CAP_MAC;
	if ((q->peer.capabilities & need) != need || q->peer.suite.kex == ROTOR_KEX_NONE ||
	    q->peer.suite.aead == ROTOR_AEAD_NONE) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_NO_CAPABILITY, ROTOR_ERR_UNSUPPORTED,
					  ROTOR_OK);
		return ROTOR_OK;
	}
	enum rotor_status st =
	    crypto->kex_generate(&q->op.job, &q->op.kex, q->peer.suite.kex, q->op.exchange);
	if (st == ROTOR_PENDING)
		return st;
	if (st != ROTOR_OK)
		local(q, st);
	else
		rotor_spdm_requester_step(q, ROTOR_SPDM_R_KEX);
	return ROTOR_OK;
}

void rotor_spdm_build_key_exchange(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	uint8_t id[2], opaque[64];
	struct rotor_writer ow = rotor_writer(opaque, sizeof(opaque));
	size_t opaque_len = 0;
	rotor_spdm_offer_secured(&ow, q->peer.version);
	enum rotor_status st = rotor_writer_end(&ow, &opaque_len);
	if (st == ROTOR_OK)
		st = q->config->crypto->random(q->op.nonce, sizeof(q->op.nonce));
	if (st == ROTOR_OK)
		st = q->config->crypto->random(id, sizeof(id));
	if (st != ROTOR_OK) {
		local(q, st);
		return;
	}
	rotor_spdm_session_erase(q->config->crypto, &q->session);
	q->session.state = ROTOR_SPDM_SESSION_STARTING;
	q->session.suite = q->peer.suite;
	q->session.info.version = q->peer.version;
	q->session.info.session_id = id[0] | (uint32_t)id[1] << 8;
	const struct rotor_spdm_key_exchange m = {
	    .version = q->peer.version,
	    .summary = q->op.summary,
	    .slot = q->chain.slot,
	    .session_id = (uint16_t)q->session.info.session_id,
	    .random = q->op.nonce,
	    .exchange = {q->op.exchange, rotor_kex_public_size(q->peer.suite.kex)},
	    .opaque = {opaque, opaque_len},
	};
	rotor_spdm_encode_key_exchange(w, &m);
}

/* What KEY_EXCHANGE_RSP says that can be wrong before any signature is looked at. */
static enum rotor_status check_rsp(const struct rotor_spdm_requester *q,
				   const struct rotor_spdm_key_exchange_rsp *m)
{
	uint16_t secured = 0;
	enum rotor_status st =
	    rotor_spdm_decode_secured_selected(q->peer.version, m->opaque, &secured);
	if (st != ROTOR_OK)
		return st;
	if (!rotor_spdm_secured_known(secured))
		return ROTOR_ERR_UNSUPPORTED;
	switch (m->mut_auth) {
	case 0:
		return ROTOR_OK;
	case ROTOR_SPDM_MUT_AUTH_PLAIN:
	case ROTOR_SPDM_MUT_AUTH_ENCAP:
	case ROTOR_SPDM_MUT_AUTH_DIGESTS:
		break;
	default:
		return ROTOR_ERR_FORMAT;
	}
	/* Asked for what was not offered, or for a slot that is not there. */
	if (!q->config->offer_mutual_auth || q->peer.suite.req_sig == ROTOR_SIG_NONE)
		return ROTOR_ERR_FORMAT;
	return (m->req_slot & 0x0f) == 0 ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_spdm_handle_key_exchange_rsp(struct rotor_spdm_requester *q, const uint8_t *msg,
					size_t len)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->peer.suite);
	struct rotor_spdm_key_exchange_rsp m;
	sizes.summary = q->op.summary != ROTOR_SPDM_SUMMARY_NONE;
	enum rotor_status st = rotor_spdm_decode_key_exchange_rsp(&sizes, msg, len, &m);
	if (st == ROTOR_OK)
		st = check_rsp(q, &m);
	if (st != ROTOR_OK) {
		malformed(q, st);
		return;
	}
	if (!m.mut_auth && q->config->need_mutual_auth) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_NO_MUTUAL_AUTH, ROTOR_ERR_DENIED,
					  ROTOR_OK);
		return;
	}
	size_t body = len - sizes.sig - sizes.hash;
	st = add_th(q, q->chain.digest, sizes.hash);
	if (st == ROTOR_OK)
		st = add_th(q, rotor_spdm_requester_plain(q), q->op.plain_len);
	if (st == ROTOR_OK)
		st = add_th(q, msg, body);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(q->config->crypto, &q->session.hash, q->op.digest);
	if (st == ROTOR_OK)
		st = rotor_spdm_to_sign(q->config->crypto, q->peer.version, q->peer.suite.hash,
					q->peer.suite.sig, ROTOR_SPDM_SIGNED_KEY_EXCHANGE_RSP,
					q->op.digest);
	if (st == ROTOR_OK)
		st = add_th(q, m.signature.data, sizes.sig);
	if (st != ROTOR_OK) {
		local(q, st);
		return;
	}
	memcpy(q->op.signature, m.signature.data, sizes.sig);
	memcpy(q->op.verify_data, m.verify_data.data, sizes.hash);
	memcpy(q->op.peer_exchange, m.exchange.data, m.exchange.len);
	q->op.mut_auth = m.mut_auth;
	q->session.info.session_id |= (uint32_t)m.session_id << 16;
	q->session.heartbeat_s = m.heartbeat_period;
	rotor_spdm_requester_step(q, ROTOR_SPDM_R_KEX_VERIFY);
}

enum rotor_status rotor_spdm_work_kex_verify(struct rotor_spdm_requester *q)
{
	enum rotor_status st = rotor_spdm_requester_verify(q);
	if (st == ROTOR_OK)
		rotor_spdm_requester_step(q, ROTOR_SPDM_R_KEX_AGREE);
	return st;
}

/* The shared secret is there: handshake keys, verify data. */
static enum rotor_status open_handshake(struct rotor_spdm_requester *q, bool *mac_good)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	size_t size = rotor_hash_size(s->suite.hash);
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_running_digest(crypto, &s->hash, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_handshake_keys(crypto, s, q->op.shared,
					       rotor_kex_secret_size(s->suite.kex), th,
					       q->config->secrets, q->config->ctx);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->response_secret, th, mac);
	if (st == ROTOR_OK)
		st = add_th(q, q->op.verify_data, size);
	*mac_good = st == ROTOR_OK && rotor_secret_equal(mac, q->op.verify_data, size);
	return st;
}

enum rotor_status rotor_spdm_work_kex_agree(struct rotor_spdm_requester *q)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	bool mac_good = false;
	enum rotor_status st =
	    crypto->kex_agree(&q->op.job, &q->op.kex, q->op.peer_exchange, q->op.shared);
	if (st == ROTOR_PENDING)
		return st;
	if (st == ROTOR_ERR_FORMAT) {
		malformed(q, st);
		return ROTOR_OK;
	}
	if (st == ROTOR_OK)
		st = open_handshake(q, &mac_good);
	if (st != ROTOR_OK) {
		local(q, st);
		return ROTOR_OK;
	}
	if (!mac_good) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_HMAC, ROTOR_ERR_VERIFY, ROTOR_OK);
		return ROTOR_OK;
	}
	rotor_wipe(q->op.shared, sizeof(q->op.shared));
	rotor_wipe(&q->op.kex, sizeof(q->op.kex));
	q->session.state = ROTOR_SPDM_SESSION_HANDSHAKING;
	q->op.secured = true;
	q->mutual = q->op.mut_auth != 0;
	switch (q->op.mut_auth) {
	case ROTOR_SPDM_MUT_AUTH_ENCAP:
		rotor_spdm_requester_step(q, ROTOR_SPDM_R_ENCAP_GET);
		break;
	case ROTOR_SPDM_MUT_AUTH_DIGESTS:
		/* GET_DIGESTS is implied, with request ID 0. */
		q->op.inner = ROTOR_SPDM_GET_DIGESTS;
		q->op.request_id = 0;
		rotor_spdm_requester_step(q, ROTOR_SPDM_R_ENCAP_DELIVER);
		break;
	default:
		rotor_spdm_requester_step(q, ROTOR_SPDM_R_FINISH_SIGN);
	}
	return ROTOR_OK;
}

/* ---- FINISH ---- */

/* Begins FINISH's part of TH and signs it, if both sides are to be authenticated. */
static enum rotor_status begin_finish(struct rotor_spdm_requester *q)
{
	const struct rotor_spdm_header header = {
	    .version = q->peer.version, .code = ROTOR_SPDM_FINISH, .param1 = q->mutual ? 1 : 0};
	const struct rotor_crypto *crypto = q->config->crypto;
	uint8_t bytes[ROTOR_SPDM_HEADER_SIZE], digest[ROTOR_HASH_MAX];
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));
	enum rotor_hash_alg hash = q->peer.suite.hash;
	enum rotor_status st = ROTOR_OK;
	rotor_spdm_encode_header(&w, &header);
	if (q->mutual) {
		st = rotor_spdm_chain_digest(crypto, hash, q->config->own.chain, digest);
		if (st == ROTOR_OK)
			st = add_th(q, digest, rotor_hash_size(hash));
	}
	if (st == ROTOR_OK)
		st = add_th(q, bytes, sizeof(bytes));
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &q->session.hash, q->op.digest);
	if (st == ROTOR_OK && q->mutual)
		st =
		    rotor_spdm_to_sign(crypto, q->peer.version, hash, q->peer.suite.req_sig,
				       ROTOR_SPDM_SIGNED_FINISH, q->op.digest);
	return st;
}

enum rotor_status rotor_spdm_work_finish_sign(struct rotor_spdm_requester *q)
{
	enum rotor_status st = ROTOR_OK;
	if (!q->op.begun) {
		st = begin_finish(q);
		q->op.begun = true;
	}
	if (st == ROTOR_OK && q->mutual) {
		const struct rotor_signer *signer = q->config->own.signer;
		st = rotor_spdm_sign(signer, &q->op.job, q->peer.suite.hash, q->op.digest,
				     q->op.signature);
		if (st == ROTOR_PENDING)
			return st;
		if (st == ROTOR_OK)
			st = add_th(q, q->op.signature, rotor_sig_size(q->peer.suite.req_sig));
	}
	if (st != ROTOR_OK)
		local(q, st);
	else
		rotor_spdm_requester_step(q, ROTOR_SPDM_R_FINISH);
	return ROTOR_OK;
}

void rotor_spdm_build_finish(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	size_t size = rotor_hash_size(s->suite.hash);
	uint8_t th[ROTOR_HASH_MAX], mac[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_running_digest(crypto, &s->hash, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->request_secret, th, mac);
	if (st == ROTOR_OK)
		st = add_th(q, mac, size);
	if (st != ROTOR_OK) {
		local(q, st);
		return;
	}
	const struct rotor_spdm_finish m = {
	    .version = q->peer.version,
	    .has_signature = q->mutual,
	    .signature = {q->op.signature, q->mutual ? rotor_sig_size(q->peer.suite.req_sig) : 0},
	    .verify_data = {mac, size},
	};
	rotor_spdm_encode_finish(w, &m);
}

void rotor_spdm_handle_finish_rsp(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->peer.suite);
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_session *s = &q->session;
	struct rotor_spdm_finish_rsp m;
	uint8_t th[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_spdm_decode_finish_rsp(&sizes, msg, len, &m);
	if (st != ROTOR_OK) {
		malformed(q, st);
		return;
	}
	st = add_th(q, msg, len);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->hash, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_data_keys(crypto, s, th, q->config->secrets, q->config->ctx);
	if (st == ROTOR_OK)
		st = rotor_hash_parts(crypto, s->suite.hash, &q->chain.leaf.der, 1,
				      s->info.identity);
	if (st != ROTOR_OK) {
		local(q, st);
		return;
	}
	crypto->hash_release(&s->hash);
	s->hash_kind = ROTOR_SPDM_RUNNING_NONE;
	s->info.identity_len = (uint8_t)sizes.hash;
	s->info.mutual = q->mutual;
	s->state = ROTOR_SPDM_SESSION_ESTABLISHED;
	rotor_spdm_requester_done(q);
}

/* ---- inside the session ---- */

static void build_header(struct rotor_spdm_requester *q, struct rotor_writer *w, uint8_t code)
{
	const struct rotor_spdm_header m = {.version = q->peer.version, .code = code};
	rotor_spdm_encode_header(w, &m);
}

static bool header_good(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_header m;
	enum rotor_status st = rotor_spdm_decode_header_only(msg, len, &m);
	if (st != ROTOR_OK)
		malformed(q, st);
	return st == ROTOR_OK;
}

void rotor_spdm_build_heartbeat(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	build_header(q, w, ROTOR_SPDM_HEARTBEAT);
}

void rotor_spdm_handle_heartbeat_ack(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	if (header_good(q, msg, len))
		rotor_spdm_requester_done(q);
}

void rotor_spdm_build_end_session(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	build_header(q, w, ROTOR_SPDM_END_SESSION);
}

void rotor_spdm_handle_end_session_ack(struct rotor_spdm_requester *q, const uint8_t *msg,
				       size_t len)
{
	if (!header_good(q, msg, len))
		return;
	rotor_spdm_requester_done(q);
	rotor_spdm_requester_drop_session(q);
}
