/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into a test, this has it run with the crypto backend of devices, which computes in the smallest steps that the
 * build says. Its memory is the heap's, so that the address sanitizer watches it.
 */
#include <mbedtls/platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "rotor/crypto_mbedtls.h"
#include "support/boot_device.h"

static enum rotor_status sample(void *ctx, uint8_t *out)
{
	(void)ctx;
	return getrandom(out, 1, 0) == 1 ? ROTOR_OK : ROTOR_ERR_IO;
}

__attribute__((constructor)) static void begin(void)
{
	static const struct rotor_entropy_source source = {.sample = sample, .bits = 8};
	boot_quick_base = &rotor_crypto_mbedtls;
	mbedtls_platform_set_calloc_free(calloc, free);
	if (rotor_crypto_mbedtls_random_start(&source) != ROTOR_OK ||
	    rotor_crypto_mbedtls_set_steps(ROTOR_TEST_STEPS) != ROTOR_OK) {
		fprintf(stderr, "this is not the crypto backend of devices\n");
		exit(1);
	}
}
