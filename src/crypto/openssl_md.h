/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes as OpenSSL names them. */
#ifndef ROTOR_CRYPTO_OPENSSL_MD_H
#define ROTOR_CRYPTO_OPENSSL_MD_H

#include <openssl/evp.h>

#include "rotor/crypto.h"

/* NULL for a hash that is not known. */
const EVP_MD *rotor_openssl_md(enum rotor_hash_alg alg);

#endif
