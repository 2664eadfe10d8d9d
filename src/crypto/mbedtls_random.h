/* SPDX-License-Identifier: Apache-2.0 */
/* Where the Mbed TLS backend's random bytes come from. On a system from mbedtls_random.c, on a device from mbedtls_drbg.c. */
#ifndef ROTOR_CRYPTO_MBEDTLS_RANDOM_H
#define ROTOR_CRYPTO_MBEDTLS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"

/** @p len bytes fit for keys. @return ROTOR_OK or ROTOR_ERR_CRYPTO (there are none) */
enum rotor_status rotor_mbedtls_random(uint8_t *out, size_t len);
/** Gives back the memory that a generator holds; a device must start it again. */
void rotor_mbedtls_random_forget(void);

#endif
