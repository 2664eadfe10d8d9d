/* SPDX-License-Identifier: Apache-2.0 */
/* Key exchange in finite fields, of the OpenSSL backend. As the functions of struct rotor_crypto, and never pending. */
#ifndef ROTOR_CRYPTO_OPENSSL_DH_H
#define ROTOR_CRYPTO_OPENSSL_DH_H

#include "rotor/crypto.h"

enum rotor_status rotor_openssl_dh_generate(struct rotor_kex *k, enum rotor_kex_alg alg,
					    uint8_t *public_out);
enum rotor_status rotor_openssl_dh_agree(struct rotor_kex *k, const uint8_t *peer, uint8_t *secret);

#endif
