/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: erased so that the compiler keeps it, compared in constant time. */
#include <string.h>

#include "rotor/crypto.h"

bool rotor_secret_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t difference = 0;
	for (size_t i = 0; i < len; i++) {
		difference |= (uint8_t)(x[i] ^ y[i]);
	}
	return difference == 0;
}

void rotor_wipe(void *secret, size_t len)
{
#if defined(__GNUC__)
	memset(secret, 0, len);
	/* To the compiler somebody reads it here, so that the zeros must be there. */
	__asm__ volatile("" : : "r"(secret) : "memory");
#else
	volatile uint8_t *at = secret;
	for (size_t i = 0; i < len; i++) {
		at[i] = 0;
	}
#endif
}
