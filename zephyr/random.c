/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes for the Mbed TLS backend from Zephyr's cryptographically secure generator. */
#include "crypto/mbedtls_random.h"

#include <zephyr/random/random.h>

enum rotor_status rotor_mbedtls_random(uint8_t *out, size_t len)
{
	return sys_csrand_get(out, len) == 0 ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}
