/* SPDX-License-Identifier: Apache-2.0 */
/* RSA of the Mbed TLS backend. Each function is the one of that name in struct rotor_crypto. */
#ifndef ROTOR_CRYPTO_MBEDTLS_RSA_H
#define ROTOR_CRYPTO_MBEDTLS_RSA_H

#include <mbedtls/version.h>

#include "rotor/crypto.h"

/* Whether there is RSA: rotor has room for it, and the library has it. */
#if ROTOR_RSA_BITS_MAX && defined(MBEDTLS_RSA_C) && defined(MBEDTLS_PKCS1_V15) &&                  \
    defined(MBEDTLS_PKCS1_V21)
#define HAVE_RSA 1
#else
#define HAVE_RSA 0
#endif

enum rotor_status rotor_mbedtls_rsa_verify(const struct rotor_public_key *key,
					   enum rotor_hash_alg hash, const uint8_t *digest,
					   const uint8_t *sig, size_t sig_len);
enum rotor_status rotor_mbedtls_rsa_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *secret);
enum rotor_status rotor_mbedtls_rsa_sign(const struct rotor_soft_key *key, enum rotor_hash_alg hash,
					 const uint8_t *digest, uint8_t *sig);

#endif
