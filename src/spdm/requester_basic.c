/* SPDX-License-Identifier: Apache-2.0 */
/* Basic mutual authentication: the responder, once challenged, challenges the requester by encapsulated requests. */
#include <string.h>

#include "rotor/spdm_requester_more.h"
#include "spdm/requester.h"

/* CHALLENGE_AUTH without its signature: header, digest, nonce, length of no opaque data, context. */
#define BODY_MAX                                                                                   \
	(ROTOR_SPDM_HEADER_SIZE + ROTOR_HASH_MAX + ROTOR_SPDM_NONCE_SIZE + 2 +                     \
	 ROTOR_SPDM_CONTEXT_SIZE)

static void challenged(struct rotor_spdm_requester *q, void *config)
{
	struct rotor_spdm_requester_basic *b = config;
	(void)q;
	memset(b, 0, sizeof(*b));
	b->running = true;
}

/* Whether the operation under way is a CHALLENGE whose answer asked for more. */
static bool running(const struct rotor_spdm_requester *q,
		    const struct rotor_spdm_requester_basic *b)
{
	return b->running && q->op.mut_auth && !q->op.secured &&
	       q->session.state != ROTOR_SPDM_SESSION_HANDSHAKING;
}

static enum rotor_status heard(struct rotor_spdm_requester *q, void *config, const uint8_t *msg,
			       size_t len)
{
	if (!running(q, config))
		return ROTOR_OK;
	return rotor_spdm_running_add(q->config->crypto, q->peer.suite.hash, &q->transcript,
				      &q->transcript.running, ROTOR_SPDM_RUNNING_MUTUAL, msg, len);
}

static void write_answer(struct rotor_spdm_requester *q, const struct rotor_spdm_requester_basic *b,
			 struct rotor_writer *w, struct rotor_bytes signature)
{
	uint8_t digest[ROTOR_HASH_MAX];
	enum rotor_hash_alg hash = q->peer.suite.hash;
	if (rotor_spdm_chain_digest(q->config->crypto, hash, q->config->own.chain, digest) !=
	    ROTOR_OK) {
		w->failed = true;
		return;
	}
	const struct rotor_spdm_challenge_auth m = {
	    .version = q->peer.version,
	    .attributes = 0,
	    .slot_mask = 1,
	    .cert_chain_hash = {digest, rotor_hash_size(hash)},
	    .nonce = b->nonce,
	    .context = b->context,
	    .signature = signature,
	};
	rotor_spdm_encode_challenge_auth(w, &m);
}

static enum rotor_status ask(struct rotor_spdm_requester *q, void *config, const uint8_t *msg,
			     size_t len)
{
	struct rotor_spdm_requester_basic *b = config;
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_challenge m;
	uint8_t body[BODY_MAX];
	struct rotor_writer w = rotor_writer(body, sizeof(body));
	enum rotor_status st = rotor_spdm_decode_challenge(msg, len, &m);
	if (st != ROTOR_OK)
		return st;
	/* This side has one slot, and no measurements. */
	if (!running(q, b) || !q->config->own.signer || m.slot != 0 ||
	    m.summary != ROTOR_SPDM_SUMMARY_NONE)
		return ROTOR_ERR_STATE;
	if (m.context)
		memcpy(b->context, m.context, sizeof(b->context));
	st = crypto->random(b->nonce, sizeof(b->nonce));
	write_answer(q, b, &w, (struct rotor_bytes){NULL, 0});
	if (st == ROTOR_OK && w.failed)
		st = ROTOR_ERR_SPACE;
	if (st == ROTOR_OK)
		st = heard(q, b, msg, len);
	if (st == ROTOR_OK)
		st = heard(q, b, body, w.len);
	if (st == ROTOR_OK)
		st = crypto->hash_finish(&q->transcript.running.hash, b->to_sign);
	q->transcript.running.kind = ROTOR_SPDM_RUNNING_NONE;
	if (st == ROTOR_OK)
		st = rotor_spdm_to_sign(crypto, q->peer.version, q->peer.suite.hash,
					q->peer.suite.req_sig, ROTOR_SPDM_SIGNED_REQ_CHALLENGE_AUTH,
					b->to_sign);
	return st == ROTOR_OK ? ROTOR_PENDING : st;
}

static enum rotor_status work(struct rotor_spdm_requester *q, void *config)
{
	struct rotor_spdm_requester_basic *b = config;
	return rotor_spdm_sign(q->config->own.signer, &q->op.job, q->peer.suite.hash, b->to_sign,
			       b->signature);
}

static void answer(struct rotor_spdm_requester *q, void *config, struct rotor_writer *w)
{
	struct rotor_spdm_requester_basic *b = config;
	write_answer(q, b, w,
		     (struct rotor_bytes){b->signature, rotor_sig_size(q->peer.suite.req_sig)});
	b->running = false;
	b->authenticated = true;
}

static enum rotor_status init(void *config)
{
	return config ? ROTOR_OK : ROTOR_ERR_ARGUMENT;
}

const struct rotor_spdm_requester_piece rotor_spdm_requester_basic_mutual = {
    .capabilities = ROTOR_SPDM_CAP_CHAL,
    .init = init,
    .answers = ROTOR_SPDM_CHALLENGE,
    .ask = ask,
    .work = work,
    .answer = answer,
    .challenged = challenged,
    .heard = heard,
};
