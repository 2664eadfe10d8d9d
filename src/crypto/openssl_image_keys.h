/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSA and Ed25519 of the OpenSSL backend: keys that sign images and nothing else. Each function is the one of that name in
 * struct rotor_crypto.
 */
#ifndef ROTOR_CRYPTO_OPENSSL_IMAGE_KEYS_H
#define ROTOR_CRYPTO_OPENSSL_IMAGE_KEYS_H

#include "rotor/crypto.h"

enum rotor_status rotor_openssl_image_verify(const struct rotor_public_key *key,
					     enum rotor_hash_alg hash, const uint8_t *digest,
					     const uint8_t *sig, size_t sig_len);
enum rotor_status rotor_openssl_image_key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
						 const uint8_t *secret);
enum rotor_status rotor_openssl_image_key_sign(const struct rotor_soft_key *key,
					       enum rotor_hash_alg hash, const uint8_t *digest,
					       uint8_t *sig);

#endif
