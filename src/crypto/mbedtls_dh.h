/* SPDX-License-Identifier: Apache-2.0 */
/* Key exchange in finite fields, of the Mbed TLS backend. As the functions of struct rotor_crypto, and never pending. */
#ifndef ROTOR_CRYPTO_MBEDTLS_DH_H
#define ROTOR_CRYPTO_MBEDTLS_DH_H

#include <mbedtls/version.h>

#include "rotor/crypto.h"

/* Whether there are such groups: rotor has room for them, and the library has them. */
#if ROTOR_CRYPTO_FFDHE && defined(MBEDTLS_DHM_C)
#define HAVE_FFDHE 1
#else
#define HAVE_FFDHE 0
#endif

enum rotor_status rotor_mbedtls_dh_generate(struct rotor_kex *k, enum rotor_kex_alg alg,
					    uint8_t *public_out);
enum rotor_status rotor_mbedtls_dh_agree(struct rotor_kex *k, const uint8_t *peer, uint8_t *secret);

#endif
