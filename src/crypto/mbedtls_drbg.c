/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mbedtls_random.h"
enum rotor_status rotor_mbedtls_random(uint8_t *out, size_t len){(void)out;(void)len;return ROTOR_ERR_CRYPTO;}
