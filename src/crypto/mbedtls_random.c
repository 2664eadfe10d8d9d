/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bytes from the kernel's generator, straight. Mbed TLS's own entropy pool would fall back to opening
 * /dev/urandom, which the emulated device's runtime may not do.
 */
#include "crypto/mbedtls_random.h"

#include <errno.h>
#include <sys/random.h>

enum rotor_status rotor_mbedtls_random(uint8_t *out, size_t len)
{
	size_t done = 0;
	while (done < len) {
		ssize_t n = getrandom(out + done, len - done, 0);
		if (n > 0) {
			done += (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			return ROTOR_ERR_CRYPTO;
		}
	}
	return ROTOR_OK;
}

void rotor_mbedtls_random_forget(void)
{
	/* the kernel's needs nothing here */
}
