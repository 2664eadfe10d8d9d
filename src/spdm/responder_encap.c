/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encapsulated requests (DSP0274, "Encapsulated request flow"): the responder asks the requester for its DIGESTS and
 * CERTIFICATE and judges the chain, so that it can authenticate itself; and it makes the requests of features.
 */
#include <string.h>

#include "spdm/responder.h"

#if ROTOR_SPDM_SESSIONS > 0

/* DELIVER_ENCAPSULATED_RESPONSE's header and CERTIFICATE's, which come before a portion. */
#define PORTION_OVERHEAD (4 + 8)

/* Whose the authentication under way is if it makes no session; else NULL. */
static const struct rotor_spdm_feature_use *basic(const struct rotor_spdm_responder *r)
{
	return ROTOR_SPDM_CHALLENGE_MUTUAL_FEATURE ? r->handshake.basic : NULL;
}

static enum rotor_status refuse(struct rotor_spdm_responder *r, bool malformed)
{
	uint8_t error =
	    malformed ? ROTOR_SPDM_ERROR_INVALID_RESPONSE_CODE : ROTOR_SPDM_ERROR_INVALID_POLICY;
	if (basic(r)) {
		rotor_spdm_handshake_forget(r);
		return rotor_spdm_responder_error(r, error);
	}
	return rotor_spdm_responder_fail(r, error);
}

/* The feature that a basic mutual authentication is of learns what is said in it. */
static enum rotor_status heard(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			       const uint8_t *bytes, size_t len)
{
	const struct rotor_spdm_feature_use *use = basic(r);
	return use ? use->feature->heard(r, c, use->config, bytes, len) : ROTOR_OK;
}

/* Whether a request belongs to the authentication under way. */
static bool of_handshake(const struct rotor_spdm_responder *r, const struct rotor_spdm_request *q)
{
	if (basic(r))
		return !q->session && r->encap.peer == q->c->peer;
	return q->session && q->session->state == ROTOR_SPDM_SESSION_HANDSHAKING;
}

/* ENCAPSULATED_RESPONSE_ACK with another request, or without if @p inner_len is 0. */
static enum rotor_status acknowledge(struct rotor_spdm_responder *r,
				     struct rotor_spdm_connection *c, uint8_t acked,
				     const uint8_t *inner, size_t inner_len)
{
	const struct rotor_spdm_encapsulated_ack m = {
	    .version = c->version,
	    .request_id = inner_len ? r->encap.id : 0,
	    .payload_type = inner_len ? ROTOR_SPDM_ENCAP_PRESENT : ROTOR_SPDM_ENCAP_ABSENT,
	    .ack_request_id = acked,
	    .inner = {inner, inner_len},
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_encapsulated_ack(&w, &m);
	return rotor_spdm_responder_built(r, &w);
}

/* Has the features say what they want to ask; sets who waits for the answer. */
static size_t next_of_features(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			       struct rotor_spdm_session *s, uint8_t *inner, size_t cap)
{
	r->encap.use = NULL;
	for (size_t i = 0; i < rotor_spdm_feature_count(r); i++) {
		const struct rotor_spdm_feature_use *use = &r->config->features[i];
		struct rotor_writer w = rotor_writer(inner, cap);
		if (!use->feature->encap_request ||
		    !use->feature->encap_request(r, c, s, use->config, &w) || w.failed)
			continue;
		r->encap.use = use;
		r->encap.peer = c->peer;
		r->encap.session_id = s ? s->info.session_id : 0;
		r->encap.id++;
		return w.len;
	}
	return 0;
}

enum rotor_status rotor_spdm_encap_next(struct rotor_spdm_responder *r,
					struct rotor_spdm_connection *c,
					struct rotor_spdm_session *s, uint8_t acked)
{
	uint8_t inner[ROTOR_SPDM_ENCAP_REQUEST_MAX];
	size_t len = next_of_features(r, c, s, inner, sizeof(inner));
	return acknowledge(r, c, acked, inner, len);
}

enum rotor_status rotor_spdm_on_get_encapsulated(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_header header;
	uint8_t inner[ROTOR_SPDM_ENCAP_REQUEST_MAX];
	size_t len = 0;
	if (rotor_spdm_decode_header_only(q->msg, q->len, &header) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	if (of_handshake(r, q)) {
		if (r->handshake.encap == ROTOR_SPDM_ENCAP_START) {
			struct rotor_writer w = rotor_writer(inner, sizeof(inner));
			header =
			    (struct rotor_spdm_header){c->version, ROTOR_SPDM_GET_DIGESTS, 0, 0};
			rotor_spdm_encode_header(&w, &header);
			len = w.len;
			r->encap.id = 1;
			r->handshake.encap = ROTOR_SPDM_ENCAP_DIGESTS;
		}
	} else {
		len = next_of_features(r, c, q->session, inner, sizeof(inner));
	}
	if (!len || heard(r, c, inner, len) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS);
	const struct rotor_spdm_encapsulated m = {
	    .version = c->version,
	    .code = ROTOR_SPDM_ENCAPSULATED_REQUEST,
	    .request_id = r->encap.id,
	    .inner = {inner, len},
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_encapsulated(&w, &m);
	return rotor_spdm_responder_built(r, &w);
}

/* Asks for the next portion of the requester's chain. */
static enum rotor_status ask_portion(struct rotor_spdm_responder *r,
				     struct rotor_spdm_connection *c, uint8_t acked)
{
	size_t most = rotor_spdm_responder_own_transfer(r);
	size_t len = r->handshake.chain_size - r->handshake.chain_len;
	if (most <= PORTION_OVERHEAD || !len)
		return refuse(r, false);
	if (len > most - PORTION_OVERHEAD)
		len = most - PORTION_OVERHEAD;
	if (len > UINT16_MAX)
		len = UINT16_MAX;
	const struct rotor_spdm_get_certificate m = {
	    .version = c->version,
	    .slot = 0,
	    .offset = (uint16_t)r->handshake.chain_len,
	    .length = (uint16_t)len,
	};
	uint8_t inner[8];
	struct rotor_writer w = rotor_writer(inner, sizeof(inner));
	rotor_spdm_encode_get_certificate(&w, &m);
	r->encap.id++;
	r->handshake.encap = ROTOR_SPDM_ENCAP_CERTIFICATE;
	if (heard(r, c, inner, w.len) != ROTOR_OK)
		return refuse(r, false);
	return acknowledge(r, c, acked, inner, w.len);
}

/* The chain is whole: is it the one of DIGESTS, and may its leaf speak? Takes its key and who it is. */
static enum rotor_status take_leaf(struct rotor_spdm_responder *r,
				   const struct rotor_spdm_connection *c,
				   struct rotor_spdm_session *s)
{
	uint8_t identity[ROTOR_HASH_MAX];
	const struct rotor_crypto *crypto = r->config->crypto;
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	struct rotor_bytes chain = {r->handshake.chain, r->handshake.chain_len};
	size_t count, size = rotor_hash_size(c->suite.hash);
	struct rotor_cert leaf;
	uint8_t digest[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_hash_parts(crypto, c->suite.hash, &chain, 1, digest);
	if (st == ROTOR_OK && !rotor_secret_equal(digest, r->handshake.chain_digest, size))
		st = ROTOR_ERR_VERIFY;
	if (st == ROTOR_OK)
		st = rotor_spdm_chain_parse(crypto, c->suite.hash, chain, certs, &count, &leaf);
	if (st == ROTOR_OK && rotor_spdm_leaf_check(&leaf, ROTOR_SPDM_REQUESTER,
						    c->suite.req_sig) != ROTOR_SPDM_LEAF_GOOD)
		st = ROTOR_ERR_DENIED;
	if (st == ROTOR_OK)
		st = rotor_hash_parts(crypto, c->suite.hash, &certs[count - 1], 1, identity);
	if (st != ROTOR_OK)
		return st;
	memcpy(r->handshake.identity, identity, size);
	if (s) {
		memcpy(s->info.identity, identity, size);
		s->info.identity_len = (uint8_t)size;
	}
	r->handshake.peer_key = leaf.key;
#if ROTOR_RSA_BITS_MAX
	r->handshake.peer_key.alg = c->suite.req_sig; /* which says the padding */
#endif
	return ROTOR_OK;
}

static enum rotor_status on_digests(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
				    struct rotor_spdm_session *s,
				    const struct rotor_spdm_encapsulated *m)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&c->suite);
	struct rotor_spdm_digests digests;
	sizes = rotor_spdm_sizes_encapsulated(&sizes);
	sizes.multi_key = rotor_spdm_req_multi_key(&c->suite);
	struct rotor_bytes digest = {NULL, 0};
	if (rotor_spdm_decode_digests(&sizes, m->inner.data, m->inner.len, &digests) == ROTOR_OK &&
	    digests.version == c->version)
		digest = rotor_spdm_digest_of_slot(&digests, 0);
	if (!digest.data || digest.len != sizes.hash)
		return refuse(r, true);
	/* Of several keys, what was said of them belongs to the session's transcript. */
	if (s && rotor_spdm_req_multi_key(&c->suite) &&
	    rotor_spdm_add_th(r, c, s, m->inner.data, m->inner.len) != ROTOR_OK)
		return refuse(r, false);
	memcpy(r->handshake.chain_digest, digest.data, digest.len);
	r->handshake.chain_len = 0;
	return ask_portion(r, c, m->request_id);
}

static enum rotor_status on_certificate(struct rotor_spdm_responder *r,
					struct rotor_spdm_connection *c,
					struct rotor_spdm_session *s,
					const struct rotor_spdm_encapsulated *m)
{
	struct rotor_spdm_certificate cert;
	if (rotor_spdm_decode_certificate(m->inner.data, m->inner.len, &cert) != ROTOR_OK ||
	    cert.version != c->version || cert.slot != 0 || !cert.portion.len ||
	    cert.portion.len > r->handshake.chain_size - r->handshake.chain_len)
		return refuse(r, true);
	memcpy(r->handshake.chain + r->handshake.chain_len, cert.portion.data, cert.portion.len);
	r->handshake.chain_len += cert.portion.len;
	if (cert.remainder_len)
		return ask_portion(r, c, m->request_id);
	enum rotor_status st = take_leaf(r, c, s);
	if (st != ROTOR_OK)
		return refuse(r, st != ROTOR_ERR_DENIED);
	r->work.step = ROTOR_SPDM_STEP_AUTHORISE;
	return ROTOR_PENDING;
}

/* An answer to what a feature has asked. */
static enum rotor_status to_feature(struct rotor_spdm_responder *r,
				    const struct rotor_spdm_request *q,
				    const struct rotor_spdm_encapsulated *m)
{
	const struct rotor_spdm_feature_use *use = r->encap.use;
	enum rotor_status st =
	    use->feature->encap_response(r, q->c, q->session, use->config, m->inner);
	r->encap.use = NULL;
	if (st == ROTOR_PENDING) {
		r->work.use = use;
		r->work.step = ROTOR_SPDM_STEP_FEATURE;
		return st;
	}
	if (st != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_RESPONSE_CODE);
	return rotor_spdm_encap_next(r, q->c, q->session, m->request_id);
}

enum rotor_status rotor_spdm_on_deliver_encapsulated(struct rotor_spdm_responder *r,
						     const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_encapsulated m;
	uint8_t waits = of_handshake(r, q) ? r->handshake.encap : ROTOR_SPDM_ENCAP_OFF;
	bool chain = waits == ROTOR_SPDM_ENCAP_DIGESTS || waits == ROTOR_SPDM_ENCAP_CERTIFICATE;
	bool feature = r->encap.use && r->encap.peer == c->peer &&
		       r->encap.session_id == (q->session ? q->session->info.session_id : 0);
	if (!chain && !feature)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	if (rotor_spdm_decode_encapsulated(q->msg, q->len, &m) != ROTOR_OK ||
	    m.request_id != r->encap.id)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	if (!chain)
		return to_feature(r, q, &m);
	if (heard(r, c, m.inner.data, m.inner.len) != ROTOR_OK)
		return refuse(r, false);
	return waits == ROTOR_SPDM_ENCAP_DIGESTS ? on_digests(r, c, q->session, &m)
						 : on_certificate(r, c, q->session, &m);
}

enum rotor_status rotor_spdm_encap_work(struct rotor_spdm_responder *r,
					struct rotor_spdm_connection *c)
{
	const struct rotor_spdm_responder_config *config = r->config;
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	struct rotor_spdm_cert_chain parts;
	size_t count = 0;
	struct rotor_bytes chain = {r->handshake.chain, r->handshake.chain_len};
	enum rotor_status st =
	    rotor_spdm_decode_cert_chain(chain, rotor_hash_size(c->suite.hash), &parts);
	if (st == ROTOR_OK)
		st = rotor_cert_split(parts.certs, certs, ROTOR_COUNT_OF(certs), &count);
	if (st == ROTOR_OK && config->ops->authorise_peer)
		st = config->ops->authorise_peer(config->ctx, &r->work.job, certs, count);
	else if (st == ROTOR_OK)
		st = config->crypto->chain_verify(&r->work.job, certs, count, config->anchors,
						  config->anchor_count, ROTOR_TIME_UNKNOWN);
	if (st == ROTOR_PENDING)
		return st;
	if (st != ROTOR_OK)
		return refuse(r, false);
	r->handshake.encap = ROTOR_SPDM_ENCAP_ACCEPTED;
	/* A basic authentication goes on with a question of its own. */
	return rotor_spdm_encap_next(r, c, basic(r) ? NULL : &r->sessions[r->work.session],
				     r->encap.id);
}

#endif
