/* SPDX-License-Identifier: Apache-2.0 */
/* What the certificate reader, writer and path check share with each other and with the backends. */
#ifndef ROTOR_CRYPTO_X509_H
#define ROTOR_CRYPTO_X509_H

#include "rotor/crypto.h"

/** No path length constraint. */
#define X509_NO_PATH_LEN (-1)

/** A certificate with what a path check needs besides struct rotor_cert. */
struct rotor_x509 {
	struct rotor_cert cert;
	struct rotor_bytes tbs; /**< what is signed */
	enum rotor_hash_alg
	    sig_hash; /**< of ecdsa-with-SHA2; ROTOR_HASH_NONE for any other algorithm */
	struct rotor_bytes signature; /**< Ecdsa-Sig-Value, DER */
	int path_len;                 /**< pathLenConstraint, or X509_NO_PATH_LEN */
};

/**
 * Reads one certificate without any library: structure, fields and extensions (RFC 5280), not its signature, nor that the key
 * is a point on its curve. Views point into @p der.
 * @return ROTOR_OK, ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED (an unknown critical extension)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_x509_read(const uint8_t *der, size_t len,
						   struct rotor_x509 *out);

/** The hash of an ecdsa-with-SHA2 AlgorithmIdentifier (RFC 5758, 3.2), given whole; else ROTOR_HASH_NONE. */
enum rotor_hash_alg rotor_x509_sig_hash(struct rotor_bytes algorithm);

/** What carries a signature: a certificate's or a request's body, and the key that should have made it. */
struct rotor_signed {
	const struct rotor_public_key *key;
	struct rotor_bytes body;
	enum rotor_hash_alg hash;
	struct rotor_bytes signature; /**< Ecdsa-Sig-Value, DER */
};

/** @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_VERIFY, ROTOR_ERR_UNSUPPORTED, ROTOR_ERR_CRYPTO */
ROTOR_MUST_CHECK enum rotor_status rotor_x509_check_signature(const struct rotor_crypto *crypto,
							      struct rotor_crypto_job *job,
							      const struct rotor_signed *what);

/** How far a path check has come; all zeros to start. */
struct rotor_x509_walk {
	size_t done; /**< certificates that are found good */
	size_t next_anchor;
	bool first_is_anchor;
	int path_budget; /**< CAs that may still follow; X509_NO_PATH_LEN: any number */
	struct rotor_crypto_job job;
};

/**
 * rotor_crypto.chain_verify on top of rotor_crypto.verify and hashing alone. It needs no memory, no clock and no system
 * call, and lets verify be pending.
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_x509_walk(const struct rotor_crypto *crypto, struct rotor_x509_walk *walk,
		const struct rotor_bytes *certs, size_t cert_count,
		const struct rotor_bytes *anchors, size_t anchor_count, rotor_time now);

#endif
