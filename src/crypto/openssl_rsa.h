/* SPDX-License-Identifier: Apache-2.0 */
/* RSA of the OpenSSL backend. Each function is the one of that name in struct rotor_crypto. */
#ifndef ROTOR_CRYPTO_OPENSSL_RSA_H
#define ROTOR_CRYPTO_OPENSSL_RSA_H

#include "rotor/crypto.h"

enum rotor_status rotor_openssl_rsa_verify(const struct rotor_public_key *key,
					   enum rotor_hash_alg hash, const uint8_t *digest,
					   const uint8_t *sig, size_t sig_len);
enum rotor_status rotor_openssl_rsa_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *secret);
enum rotor_status rotor_openssl_rsa_sign(const struct rotor_soft_key *key, enum rotor_hash_alg hash,
					 const uint8_t *digest, uint8_t *sig);

#endif
