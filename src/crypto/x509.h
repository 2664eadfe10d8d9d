/* SPDX-License-Identifier: Apache-2.0 */
/* What the certificate reader, writer and path check share with each other and with the backends. */
#ifndef ROTOR_CRYPTO_X509_H
#define ROTOR_CRYPTO_X509_H

#include "rotor/crypto.h"

/** No path length constraint. */
#define X509_NO_PATH_LEN (-1)

/** How signatures of certificates are made. With the key that made one, it is a rotor_sig_alg. */
enum rotor_x509_scheme {
	X509_ECDSA,
	X509_RSA_PKCS1,
	X509_RSA_PSS,
	X509_ED25519,
	X509_ED448,
};

/** What an AlgorithmIdentifier of a signature says. */
struct rotor_x509_algorithm {
	enum rotor_x509_scheme scheme;
	enum rotor_hash_alg hash; /**< ROTOR_HASH_NONE for EdDSA */
};

/** Reads a whole AlgorithmIdentifier; NULL for one that is not built in, or malformed. */
const struct rotor_x509_algorithm *rotor_x509_algorithm_read(struct rotor_bytes der);
/** What rotor's own certificates are signed with by a key of @p alg, which is known. */
struct rotor_x509_algorithm rotor_x509_algorithm_for(enum rotor_sig_alg alg);
void rotor_x509_algorithm_write(struct rotor_writer *w, struct rotor_x509_algorithm algorithm);

/** A certificate with what a path check needs besides struct rotor_cert. */
struct rotor_x509 {
	struct rotor_cert cert;
	struct rotor_bytes tbs;                       /**< what is signed */
	const struct rotor_x509_algorithm *algorithm; /**< NULL: unknown */
	struct rotor_bytes signature;                 /**< ECDSA: Ecdsa-Sig-Value, DER; else raw */
	int path_len;                                 /**< pathLenConstraint, or X509_NO_PATH_LEN */
};

/**
 * Reads one certificate without any library: structure, fields and extensions (RFC 5280), not its signature, nor that the key
 * is a point on its curve. Views point into @p der.
 * @return ROTOR_OK, ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED (an unknown critical extension)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_x509_read(const uint8_t *der, size_t len,
						   struct rotor_x509 *out);

/** Forgets a certificate's key if it is of a kind that a backend with these signatures lacks. */
void rotor_x509_drop_key(struct rotor_cert *cert, uint32_t sigs);

/** What carries a signature: a certificate's or a request's body, and the key that should have made it. */
struct rotor_signed {
	const struct rotor_public_key *key;
	struct rotor_bytes body;
	const struct rotor_x509_algorithm *algorithm; /**< NULL: unknown */
	struct rotor_bytes signature;                 /**< ECDSA: Ecdsa-Sig-Value, DER; else raw */
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
