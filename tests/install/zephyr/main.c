/* SPDX-License-Identifier: Apache-2.0 */
/* An application of the module: the library's limits are those of its configuration, and its backend draws keys. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <zephyr/random/random.h>

#include "rotor/crypto.h"
#ifdef WITH_DEVICE
#include "rotor/boot_stage.h"
#include "rotor/device.h"

static struct rotor_boot_stage stage;
static struct rotor_boot_handoff handoff;
static struct rotor_device device;
#endif

int sys_csrand_get(void *dst, size_t len)
{
	return getrandom(dst, len, 0) == (ssize_t)len ? 0 : -1;
}

int main(void)
{
	uint8_t a[32];
	uint8_t b[32];
#ifdef WITH_DEVICE
	/* Without ports neither starts; that both are there, whole, is what is looked at. */
	struct rotor_boot_stage_config stage_config = {0};
	struct rotor_device_config config = {0};
	if (rotor_boot_stage_init(&stage, &stage_config) == ROTOR_OK ||
	    rotor_boot_stage_run(&stage, &handoff) == ROTOR_OK ||
	    rotor_device_init(&device, &config, 0) == ROTOR_OK) {
		return 1;
	}
	printf("transfer %d\n", ROTOR_DEVICE_TRANSFER_MAX);
#endif
	printf("rsa %d\n", ROTOR_RSA_BITS_MAX);
	return rotor_crypto_mbedtls.random(a, sizeof(a)) == ROTOR_OK &&
		       rotor_crypto_mbedtls.random(b, sizeof(b)) == ROTOR_OK &&
		       memcmp(a, b, sizeof(a)) != 0
		   ? 0
		   : 1;
}
