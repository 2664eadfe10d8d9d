/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Basic mutual authentication: after CHALLENGE_AUTH the requester asks for encapsulated requests, which are GET_DIGESTS,
 * GET_CERTIFICATE (responder_encap.c) and, here, CHALLENGE.
 */
#include <string.h>

#include "spdm/responder.h"

#if ROTOR_SPDM_SESSIONS > 0 && ROTOR_SPDM_CHALLENGE_MUTUAL_FEATURE

static void drop(struct rotor_spdm_responder *r, struct rotor_spdm_basic_mutual *b)
{
	r->config->crypto->hash_release(&b->hash);
	b->running = false;
	b->asked = false;
}

static bool challenged(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
		       void *config)
{
	struct rotor_spdm_basic_mutual *b = config;
	const struct rotor_crypto *crypto = r->config->crypto;
	uint32_t need = ROTOR_SPDM_CAP_MUT_AUTH | ROTOR_SPDM_CAP_ENCAP | ROTOR_SPDM_CAP_CERT |
			ROTOR_SPDM_CAP_CHAL;
	for (size_t i = 0; i < r->config->session_count; i++) {
		if (r->sessions[i].state == ROTOR_SPDM_SESSION_HANDSHAKING)
			return false; /* which has the place where a chain is kept */
	}
	if ((c->capabilities & need) != need || c->suite.req_sig == ROTOR_SIG_NONE)
		return false;
	drop(r, b);
	rotor_spdm_handshake_forget(r);
	/* M1/M2 the other way round: VCA (from 1.2), then what is said encapsulated. */
	enum rotor_status st = crypto->hash_start(&b->hash, c->suite.hash);
	if (st == ROTOR_OK && rotor_spdm_version_l_has_vca(c->version))
		st = crypto->hash_update(&b->hash, c->transcript.vca, c->transcript.vca_len);
	if (st != ROTOR_OK)
		return false;
	b->running = true;
	for (size_t i = 0; i < rotor_spdm_feature_count(r); i++) {
		if (r->config->features[i].config == config)
			r->handshake.basic = &r->config->features[i];
	}
	r->handshake.encap = ROTOR_SPDM_ENCAP_START;
	r->encap.peer = c->peer;
	return true;
}

static enum rotor_status heard(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			       void *config, const uint8_t *bytes, size_t len)
{
	struct rotor_spdm_basic_mutual *b = config;
	(void)c;
	return b->running ? r->config->crypto->hash_update(&b->hash, bytes, len) : ROTOR_ERR_STATE;
}

/* The chain is accepted: whether the requester has its key. */
static bool ask(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
		struct rotor_spdm_session *s, void *config, struct rotor_writer *w)
{
	struct rotor_spdm_basic_mutual *b = config;
	static const uint8_t context[ROTOR_SPDM_CONTEXT_SIZE];
	uint8_t nonce[ROTOR_SPDM_NONCE_SIZE];
	if (s || !b->running || b->asked || !r->handshake.basic || r->encap.peer != c->peer ||
	    r->handshake.encap != ROTOR_SPDM_ENCAP_ACCEPTED ||
	    r->config->crypto->random(nonce, sizeof(nonce)) != ROTOR_OK)
		return false;
	const struct rotor_spdm_challenge m = {
	    .version = c->version, .nonce = nonce, .context = context};
	rotor_spdm_encode_challenge(w, &m);
	b->asked = true;
	return !w->failed && heard(r, c, config, w->base, w->len) == ROTOR_OK;
}

static enum rotor_status take(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			      struct rotor_spdm_session *s, void *config, struct rotor_bytes inner)
{
	struct rotor_spdm_basic_mutual *b = config;
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&c->suite);
	struct rotor_spdm_challenge_auth m;
	(void)s;
	sizes = rotor_spdm_sizes_encapsulated(&sizes);
	if (!b->running ||
	    rotor_spdm_decode_challenge_auth(&sizes, inner.data, inner.len, &m) != ROTOR_OK ||
	    m.version != c->version || (m.attributes & 0x0f) != 0 ||
	    !rotor_secret_equal(m.cert_chain_hash.data, r->handshake.chain_digest, sizes.hash) ||
	    heard(r, c, config, inner.data, inner.len - sizes.sig) != ROTOR_OK ||
	    r->config->crypto->hash_finish(&b->hash, b->digest) != ROTOR_OK ||
	    rotor_spdm_to_sign(r->config->crypto, c->version, c->suite.hash, c->suite.req_sig,
			       ROTOR_SPDM_SIGNED_REQ_CHALLENGE_AUTH, b->digest) != ROTOR_OK) {
		drop(r, b);
		return ROTOR_ERR_VERIFY;
	}
	memcpy(b->signature, m.signature.data, sizes.sig);
	return ROTOR_PENDING;
}

static enum rotor_status work(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			      void *config)
{
	struct rotor_spdm_basic_mutual *b = config;
	enum rotor_status st =
	    rotor_spdm_verify(r->config->crypto, &r->work.job, &r->handshake.peer_key,
			      c->suite.hash, b->digest, b->signature);
	if (st == ROTOR_PENDING)
		return st;
	if (st == ROTOR_OK && b->authenticated)
		b->authenticated(
		    b->ctx, c->peer,
		    (struct rotor_bytes){r->handshake.identity, rotor_hash_size(c->suite.hash)});
	drop(r, b);
	uint8_t acked = r->encap.id;
	rotor_spdm_handshake_forget(r);
	if (st != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_RESPONSE_CODE);
	return rotor_spdm_encap_next(r, c, NULL, acked);
}

static void reset(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c, void *config)
{
	struct rotor_spdm_basic_mutual *b = config;
	if (!b->running || r->encap.peer != c->peer)
		return;
	drop(r, b);
	rotor_spdm_handshake_forget(r);
}

static enum rotor_status init(struct rotor_spdm_responder *r, void *config)
{
	struct rotor_spdm_basic_mutual *b = config;
	memset(&b->hash, 0, sizeof(b->hash));
	b->running = false;
	b->asked = false;
	return r->config->ask_mutual_auth && r->handshake.chain ? ROTOR_OK : ROTOR_ERR_ARGUMENT;
}

const struct rotor_spdm_feature rotor_spdm_challenge_mutual = {
    .init = init,
    .work = work,
    .reset = reset,
    .challenged = challenged,
    .heard = heard,
    .encap_request = ask,
    .encap_response = take,
};

#endif
