/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 and Ed448 of the OpenSSL backend. Each function is the one of that name in struct rotor_crypto. */
#ifndef ROTOR_CRYPTO_OPENSSL_EDDSA_H
#define ROTOR_CRYPTO_OPENSSL_EDDSA_H

#include "rotor/crypto.h"

enum rotor_status rotor_openssl_verify_message(struct rotor_crypto_job *job,
					       const struct rotor_public_key *key,
					       struct rotor_bytes message, const uint8_t *sig,
					       size_t sig_len);
enum rotor_status rotor_openssl_key_sign_message(struct rotor_crypto_job *job,
						 const struct rotor_soft_key *key,
						 struct rotor_bytes message, uint8_t *sig);
enum rotor_status rotor_openssl_eddsa_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					     const uint8_t *secret);

#endif
