/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes as Mbed TLS names them. */
#ifndef ROTOR_CRYPTO_MBEDTLS_MD_H
#define ROTOR_CRYPTO_MBEDTLS_MD_H

#include <mbedtls/md.h>

#include "rotor/crypto.h"

/* MBEDTLS_MD_NONE for a hash that is not known. */
mbedtls_md_type_t rotor_mbedtls_md_type(enum rotor_hash_alg alg);

#endif
