/* SPDX-License-Identifier: Apache-2.0 */
/* The elliptic-curve half of the Mbed TLS backend. Each function is the one of that name in struct rotor_crypto. */
#ifndef ROTOR_CRYPTO_MBEDTLS_EC_H
#define ROTOR_CRYPTO_MBEDTLS_EC_H

#include <mbedtls/ecp.h>

#include "crypto/x509.h"

/* Whether there is P-521: rotor has room for it, and the library has it. */
#if ROTOR_CRYPTO_P521 && defined(MBEDTLS_ECP_DP_SECP521R1_ENABLED)
#define HAVE_P521 1
#else
#define HAVE_P521 0
#endif

enum rotor_status rotor_mbedtls_verify(struct rotor_crypto_job *job,
				       const struct rotor_public_key *key, enum rotor_hash_alg hash,
				       const uint8_t *digest, const uint8_t *sig, size_t sig_len);
enum rotor_status rotor_mbedtls_kex_generate(struct rotor_crypto_job *job, struct rotor_kex *k,
					     enum rotor_kex_alg alg, uint8_t *public_out);
enum rotor_status rotor_mbedtls_kex_agree(struct rotor_crypto_job *job, struct rotor_kex *k,
					  const uint8_t *peer, uint8_t *secret);
enum rotor_status rotor_mbedtls_key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *secret);
enum rotor_status rotor_mbedtls_key_derive(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *seed, size_t seed_len);
enum rotor_status rotor_mbedtls_key_sign(struct rotor_crypto_job *job,
					 const struct rotor_soft_key *key, enum rotor_hash_alg hash,
					 const uint8_t *digest, uint8_t *sig);
/** ROTOR_OK if the key is a point on its curve, ROTOR_ERR_FORMAT if not, ROTOR_ERR_CRYPTO without memory. */
enum rotor_status rotor_mbedtls_check_public(const struct rotor_public_key *key);
/** Gives back what is kept of the curves from one operation to the next. */
void rotor_mbedtls_ec_forget(void);

#endif
