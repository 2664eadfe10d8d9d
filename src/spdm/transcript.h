/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transcripts of DSP0274: what is hashed for which signature, and when it
 * is dropped. Both roles follow these rules, each with what it sent and got.
 */
#ifndef ROTOR_SPDM_TRANSCRIPT_H
#define ROTOR_SPDM_TRANSCRIPT_H

#include "rotor/spdm.h"

/** What a running hash is of. */
enum rotor_spdm_running {
	ROTOR_SPDM_RUNNING_NONE,
	ROTOR_SPDM_RUNNING_M, /**< M1/M2: VCA, then GET_DIGESTS and GET_CERTIFICATE exchanges (B), then CHALLENGE (C) */
	ROTOR_SPDM_RUNNING_L,  /**< L1/L2: VCA, then GET_MEASUREMENTS exchanges */
	ROTOR_SPDM_RUNNING_TH, /**< of a session */
	/** M1/M2 of a requester's own authentication: VCA, then what was encapsulated (as L1/L2, VCA only from 1.2 on) */
	ROTOR_SPDM_RUNNING_MUTUAL,
};

/** Forgets everything of a connection. */
void rotor_spdm_transcript_reset(const struct rotor_crypto *crypto,
				 struct rotor_spdm_transcript *t);
/** Adds to VCA. @return ROTOR_OK, ROTOR_ERR_SPACE */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_vca_add(struct rotor_spdm_transcript *t,
						      const void *bytes, size_t len);
/** Drops what a request of @p code makes void (DSP0274, "CHALLENGE_AUTH signature", "MEASUREMENTS signature"). */
void rotor_spdm_transcript_request(const struct rotor_crypto *crypto,
				   struct rotor_spdm_transcript *t, bool secured, uint8_t code);
/** Drops the running hash of a connection. */
void rotor_spdm_transcript_drop(const struct rotor_crypto *crypto, struct rotor_spdm_transcript *t);

/**
 * Adds to a running hash, which begins with VCA (L1/L2 only from 1.2 on): drops it first if it is of another kind, and
 * after a failure.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_running_add(const struct rotor_crypto *crypto,
							  enum rotor_hash_alg alg,
							  const struct rotor_spdm_transcript *vca,
							  struct rotor_spdm_running_hash *running,
							  enum rotor_spdm_running kind,
							  const void *bytes, size_t len);
/** Forgets what a running hash has taken. */
void rotor_spdm_running_drop(const struct rotor_crypto *crypto,
			     struct rotor_spdm_running_hash *running);
/** The digest so far; the hash runs on. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_running_digest(const struct rotor_crypto *crypto,
			  const struct rotor_spdm_running_hash *running, uint8_t *digest);

/** Who signs what: picks the context string of a signature. */
enum rotor_spdm_signed {
	ROTOR_SPDM_SIGNED_CHALLENGE_AUTH,
	ROTOR_SPDM_SIGNED_MEASUREMENTS,
	ROTOR_SPDM_SIGNED_KEY_EXCHANGE_RSP,
	ROTOR_SPDM_SIGNED_FINISH,
	ROTOR_SPDM_SIGNED_ENDPOINT_INFO,
	ROTOR_SPDM_SIGNED_REQ_CHALLENGE_AUTH, /**< by the requester, in a basic mutual authentication */
	ROTOR_SPDM_SIGNED_REQ_ENDPOINT_INFO,
};
/**
 * The digest that a signature is made over, from a transcript's digest (DSP0274, "Signature generation": from 1.2 on with
 * combined_spdm_prefix). @p digest is replaced.
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_signed_digest(const struct rotor_crypto *crypto, uint8_t version,
			 enum rotor_hash_alg alg, enum rotor_spdm_signed what, uint8_t *digest);

/**
 * What rotor_spdm_sign() and rotor_spdm_verify() take, from a transcript's digest: the digest above, or for EdDSA, which signs
 * messages, combined_spdm_prefix and transcript digest as they are. Ed448 has an empty context: OpenSSL before 3.2 knows no
 * other, and DMTF's own implementation, which names the context string of the signature there, drops it in its OpenSSL
 * backend; the string is in the prefix too.
 * @param bytes ROTOR_SPDM_TO_SIGN_MAX, with the digest at the start; replaced
 */
#if ROTOR_CRYPTO_EDDSA
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_to_sign(const struct rotor_crypto *crypto,
						      uint8_t version, enum rotor_hash_alg alg,
						      enum rotor_sig_alg sig,
						      enum rotor_spdm_signed what, uint8_t *bytes);
/** Signs it; as rotor_signer.sign. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_sign(const struct rotor_signer *signer,
						   struct rotor_crypto_job *job,
						   enum rotor_hash_alg alg, const uint8_t *bytes,
						   uint8_t *signature);
/** Verifies a signature of the size that the key's algorithm has; as rotor_crypto.verify. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_verify(const struct rotor_crypto *crypto,
						     struct rotor_crypto_job *job,
						     const struct rotor_public_key *key,
						     enum rotor_hash_alg alg, const uint8_t *bytes,
						     const uint8_t *signature);
#else
static inline enum rotor_status rotor_spdm_to_sign(const struct rotor_crypto *crypto,
						   uint8_t version, enum rotor_hash_alg alg,
						   enum rotor_sig_alg sig,
						   enum rotor_spdm_signed what, uint8_t *bytes)
{
	(void)sig;
	return rotor_spdm_signed_digest(crypto, version, alg, what, bytes);
}
static inline enum rotor_status rotor_spdm_sign(const struct rotor_signer *signer,
						struct rotor_crypto_job *job,
						enum rotor_hash_alg alg, const uint8_t *bytes,
						uint8_t *signature)
{
	return signer->sign(signer, job, alg, bytes, signature);
}
static inline enum rotor_status rotor_spdm_verify(const struct rotor_crypto *crypto,
						  struct rotor_crypto_job *job,
						  const struct rotor_public_key *key,
						  enum rotor_hash_alg alg, const uint8_t *bytes,
						  const uint8_t *signature)
{
	return crypto->verify(job, key, alg, bytes, signature, rotor_sig_size(key->alg));
}
#endif

/* ---- certificate chains ---- */

/** The header of a chain: 4 bytes and the root's digest. @return its size, or 0 if @p certs is no chain */
size_t rotor_spdm_chain_header(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
			       struct rotor_bytes certs,
			       uint8_t header[ROTOR_SPDM_CHAIN_HEADER_MAX]);
/** The digest of a chain as SPDM carries it: of header and certificates. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_chain_digest(const struct rotor_crypto *crypto,
							   enum rotor_hash_alg alg,
							   struct rotor_bytes certs,
							   uint8_t *digest);
/** Copies @p len bytes from @p offset of header and certificates; the caller has checked that they are there. */
void rotor_spdm_chain_portion(const uint8_t *header, size_t header_len, struct rotor_bytes certs,
			      size_t offset, uint8_t *to, size_t len);

/**
 * Takes a chain that a peer sent apart: header, certificates, leaf. The root's digest in the header must be the first
 * certificate's if that is self-issued (a chain may begin below its root).
 * @param certs room for ROTOR_CERT_CHAIN_DEPTH_MAX
 * @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT, ROTOR_ERR_VERIFY (root digest), ROTOR_ERR_UNSUPPORTED
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_chain_parse(const struct rotor_crypto *crypto,
							  enum rotor_hash_alg alg,
							  struct rotor_bytes chain,
							  struct rotor_bytes *certs, size_t *count,
							  struct rotor_cert *leaf);

/* What may have been agreed on, as far as the build has it. */
static inline bool rotor_spdm_multi_key(const struct rotor_spdm_suite *s)
{
	return ROTOR_SPDM_MULTI_KEY && s->multi_key;
}
static inline bool rotor_spdm_req_multi_key(const struct rotor_spdm_suite *s)
{
	return ROTOR_SPDM_MULTI_KEY && s->req_multi_key;
}
static inline bool rotor_spdm_clear_handshake(const struct rotor_spdm_suite *s)
{
	return ROTOR_SPDM_CLEAR_HANDSHAKE && s->clear_handshake;
}

/** Sizes for the codecs, from what was agreed on; what a request asks for (summary, signature) is false. */
struct rotor_spdm_sizes rotor_spdm_suite_sizes(const struct rotor_spdm_suite *s);
/** What an ALGORITHMS message selects, in rotor's terms. */
void rotor_spdm_suite_from(const struct rotor_spdm_algorithms *a, struct rotor_spdm_suite *s);
/**
 * What follows from the capabilities of both sides, after rotor_spdm_suite_from.
 * @param asked OtherParamsSupport of NEGOTIATE_ALGORITHMS; @param selected OtherParamsSelection of ALGORITHMS
 */
void rotor_spdm_suite_agree(struct rotor_spdm_suite *s, uint32_t requester, uint32_t responder,
			    uint8_t asked, uint8_t selected);

#endif
