/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transcript.h"

#include <string.h>

#include "spdm/versions.h"

void rotor_spdm_transcript_drop(const struct rotor_crypto *crypto, struct rotor_spdm_transcript *t)
{
	rotor_spdm_running_drop(crypto, &t->running);
}

void rotor_spdm_transcript_reset(const struct rotor_crypto *crypto, struct rotor_spdm_transcript *t)
{
	rotor_spdm_transcript_drop(crypto, t);
	t->vca_len = 0;
	t->version = 0;
}

enum rotor_status rotor_spdm_vca_add(struct rotor_spdm_transcript *t, const void *bytes, size_t len)
{
	if (len > sizeof(t->vca) - t->vca_len)
		return ROTOR_ERR_SPACE;
	memcpy(t->vca + t->vca_len, bytes, len);
	t->vca_len = (uint16_t)(t->vca_len + len);
	return ROTOR_OK;
}

/* The requests that come in the place of CHALLENGE, and so make what was heard for it void. */
static bool ends_m(uint8_t code)
{
	static const uint8_t codes[] = {
	    ROTOR_SPDM_GET_MEASUREMENTS, ROTOR_SPDM_KEY_EXCHANGE,
	    ROTOR_SPDM_FINISH,           ROTOR_SPDM_PSK_EXCHANGE,
	    ROTOR_SPDM_PSK_FINISH,       ROTOR_SPDM_KEY_UPDATE,
	    ROTOR_SPDM_HEARTBEAT,        ROTOR_SPDM_GET_ENCAPSULATED_REQUEST,
	    ROTOR_SPDM_END_SESSION,      ROTOR_SPDM_GET_MEASUREMENT_EXTENSION_LOG,
	};
	return memchr(codes, code, sizeof(codes)) != NULL;
}

void rotor_spdm_transcript_request(const struct rotor_crypto *crypto,
				   struct rotor_spdm_transcript *t, bool secured, uint8_t code)
{
	bool drop = false;
	if (t->running.kind == ROTOR_SPDM_RUNNING_L)
		drop = !secured && code != ROTOR_SPDM_GET_MEASUREMENTS;
	if (t->running.kind == ROTOR_SPDM_RUNNING_M)
		drop = ends_m(code);
	/* What only carries other messages, or asks for an answer again, is no part of any conversation. */
	if (code == ROTOR_SPDM_RESPOND_IF_READY || code == ROTOR_SPDM_CHUNK_SEND ||
	    code == ROTOR_SPDM_CHUNK_GET)
		drop = false;
	if (drop)
		rotor_spdm_transcript_drop(crypto, t);
}

void rotor_spdm_running_drop(const struct rotor_crypto *crypto,
			     struct rotor_spdm_running_hash *running)
{
	crypto->hash_release(&running->hash);
	running->kind = ROTOR_SPDM_RUNNING_NONE;
}

enum rotor_status rotor_spdm_running_add(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
					 const struct rotor_spdm_transcript *vca,
					 struct rotor_spdm_running_hash *running,
					 enum rotor_spdm_running kind, const void *bytes,
					 size_t len)
{
	enum rotor_status st = ROTOR_OK;
	if (running->kind != kind) {
		rotor_spdm_running_drop(crypto, running);
		st = crypto->hash_start(&running->hash, alg);
		bool later = kind == ROTOR_SPDM_RUNNING_L || kind == ROTOR_SPDM_RUNNING_MUTUAL;
		if (st == ROTOR_OK && (!later || rotor_spdm_version_l_has_vca(vca->version)))
			st = crypto->hash_update(&running->hash, vca->vca, vca->vca_len);
		running->kind = (uint8_t)kind;
	}
	if (st == ROTOR_OK)
		st = crypto->hash_update(&running->hash, bytes, len);
	if (st != ROTOR_OK)
		rotor_spdm_running_drop(crypto, running);
	return st;
}

enum rotor_status rotor_spdm_running_digest(const struct rotor_crypto *crypto,
					    const struct rotor_spdm_running_hash *running,
					    uint8_t *digest)
{
	struct rotor_hash copy = {0};
	enum rotor_status st = crypto->hash_clone(&copy, &running->hash);
	if (st == ROTOR_OK)
		st = crypto->hash_finish(&copy, digest);
	crypto->hash_release(&copy);
	return st;
}

/*
 * combined_spdm_prefix: four times "dmtf-spdm-v1.x.*", then the context at the end of a field of 36 bytes, zeros before it.
 * Every context ends in " signing".
 */
static void write_prefix(uint8_t version, enum rotor_spdm_signed what,
			 uint8_t prefix[ROTOR_SPDM_SIGNING_PREFIX_SIZE])
{
	static const char *const contexts[] = {
	    [ROTOR_SPDM_SIGNED_CHALLENGE_AUTH] = "responder-challenge_auth",
	    [ROTOR_SPDM_SIGNED_MEASUREMENTS] = "responder-measurements",
	    [ROTOR_SPDM_SIGNED_KEY_EXCHANGE_RSP] = "responder-key_exchange_rsp",
	    [ROTOR_SPDM_SIGNED_FINISH] = "requester-finish",
	    [ROTOR_SPDM_SIGNED_ENDPOINT_INFO] = "responder-endpoint_info",
	    [ROTOR_SPDM_SIGNED_REQ_CHALLENGE_AUTH] = "requester-challenge_auth",
	    [ROTOR_SPDM_SIGNED_REQ_ENDPOINT_INFO] = "requester-endpoint_info",
	};
	memset(prefix, 0, ROTOR_SPDM_SIGNING_PREFIX_SIZE);
	for (size_t i = 0; i < 4; i++) {
		memcpy(prefix + 16 * i, "dmtf-spdm-v1.x.*", 16);
		prefix[16 * i + 13] = (uint8_t)('0' + (version & 0x0f));
	}
	uint8_t *end = prefix + ROTOR_SPDM_SIGNING_PREFIX_SIZE - 8;
	size_t len = strlen(contexts[what]);
	memcpy(end, " signing", 8);
	memcpy(end - len, contexts[what], len);
}

enum rotor_status rotor_spdm_signed_digest(const struct rotor_crypto *crypto, uint8_t version,
					   enum rotor_hash_alg alg, enum rotor_spdm_signed what,
					   uint8_t *digest)
{
	uint8_t prefix[ROTOR_SPDM_SIGNING_PREFIX_SIZE];
	if (!rotor_spdm_version_signs_prefix(version))
		return ROTOR_OK;
	write_prefix(version, what, prefix);
	const struct rotor_bytes parts[] = {{prefix, sizeof(prefix)},
					    {digest, rotor_hash_size(alg)}};
	uint8_t out[ROTOR_HASH_MAX];
	enum rotor_status st = rotor_hash_parts(crypto, alg, parts, 2, out);
	memcpy(digest, out, rotor_hash_size(alg));
	return st;
}

#if ROTOR_CRYPTO_EDDSA
enum rotor_status rotor_spdm_to_sign(const struct rotor_crypto *crypto, uint8_t version,
				     enum rotor_hash_alg alg, enum rotor_sig_alg sig,
				     enum rotor_spdm_signed what, uint8_t *bytes)
{
	if (!rotor_sig_is_eddsa(sig))
		return rotor_spdm_signed_digest(crypto, version, alg, what, bytes);
	memmove(bytes + ROTOR_SPDM_SIGNING_PREFIX_SIZE, bytes, rotor_hash_size(alg));
	write_prefix(version, what, bytes);
	return ROTOR_OK;
}

static struct rotor_bytes message_of(enum rotor_hash_alg alg, const uint8_t *bytes)
{
	return (struct rotor_bytes){bytes, ROTOR_SPDM_SIGNING_PREFIX_SIZE + rotor_hash_size(alg)};
}

enum rotor_status rotor_spdm_sign(const struct rotor_signer *signer, struct rotor_crypto_job *job,
				  enum rotor_hash_alg alg, const uint8_t *bytes, uint8_t *signature)
{
	if (!rotor_sig_is_eddsa(signer->alg))
		return signer->sign(signer, job, alg, bytes, signature);
	return signer->sign_message
		   ? signer->sign_message(signer, job, message_of(alg, bytes), signature)
		   : ROTOR_ERR_UNSUPPORTED;
}

enum rotor_status rotor_spdm_verify(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
				    const struct rotor_public_key *key, enum rotor_hash_alg alg,
				    const uint8_t *bytes, const uint8_t *signature)
{
	size_t len = rotor_sig_size(key->alg);
	if (!rotor_sig_is_eddsa(key->alg))
		return crypto->verify(job, key, alg, bytes, signature, len);
	return crypto->verify_message
		   ? crypto->verify_message(job, key, message_of(alg, bytes), signature, len)
		   : ROTOR_ERR_UNSUPPORTED;
}
#endif

struct rotor_spdm_sizes rotor_spdm_suite_sizes(const struct rotor_spdm_suite *s)
{
	return (struct rotor_spdm_sizes){
	    .hash = (uint16_t)rotor_hash_size(s->hash),
	    .sig = (uint16_t)rotor_sig_size(s->sig),
	    .req_sig = (uint16_t)rotor_sig_size(s->req_sig),
	    .exchange = (uint16_t)rotor_kex_public_size(s->kex),
	    .multi_key = s->multi_key,
	    .clear_handshake = s->clear_handshake,
	};
}

void rotor_spdm_suite_from(const struct rotor_spdm_algorithms *a, struct rotor_spdm_suite *s)
{
	*s = (struct rotor_spdm_suite){
	    .hash = rotor_spdm_hash_alg(a),
	    .measurement_hash = rotor_spdm_measurement_hash_alg(a),
	    .sig = rotor_spdm_sig_alg(a),
	    .req_sig = rotor_spdm_req_sig_alg(a),
	    .kex = rotor_spdm_kex_alg(a),
	    .aead = rotor_spdm_aead_alg(a),
	    .dmtf_measurements = (a->measurement_spec & ROTOR_SPDM_MEAS_SPEC_DMTF) != 0,
	    .opaque_general = (a->other_params & ROTOR_SPDM_OPAQUE_MASK) == ROTOR_SPDM_OPAQUE_FMT1,
	};
}

/* Whether a side has several keys in this connection: it always has, or the other side took what it offered. */
static bool several_keys(uint32_t flags, uint8_t other_params)
{
	return (flags & ROTOR_SPDM_CAP_MULTI_KEY_ONLY) ||
	       ((flags & ROTOR_SPDM_CAP_MULTI_KEY_NEG) &&
		(other_params & ROTOR_SPDM_MULTI_KEY_BIT));
}

void rotor_spdm_suite_agree(struct rotor_spdm_suite *s, uint32_t requester, uint32_t responder,
			    uint8_t asked, uint8_t selected)
{
	uint32_t both = requester & responder;
	s->multi_key = ROTOR_SPDM_MULTI_KEY && several_keys(responder, asked);
	s->req_multi_key = ROTOR_SPDM_MULTI_KEY && several_keys(requester, selected);
	s->clear_handshake =
	    ROTOR_SPDM_CLEAR_HANDSHAKE && (both & ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR);
	s->mac_only = ROTOR_SPDM_PLAIN_RECORDS && (both & ROTOR_SPDM_CAP_MAC) &&
		      !(both & ROTOR_SPDM_CAP_ENCRYPT);
}
