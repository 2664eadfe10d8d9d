/* SPDX-License-Identifier: Apache-2.0 */
#include "rotor/boot_stage.h"
#include "rotor/device.h"

/* The preset builds without RSA and large groups, and whoever links its libraries must see the same structures. */
_Static_assert(ROTOR_RSA_BITS_MAX == 0 && ROTOR_CRYPTO_FFDHE == 0,
	       "the limits of the build have come along");

void entry(void);

static struct rotor_boot_stage stage;
static struct rotor_boot_stage_config stage_config = {.crypto = &rotor_crypto_mbedtls};
static struct rotor_boot_handoff handoff;
static struct rotor_device device;
static struct rotor_device_config config = {.crypto = &rotor_crypto_mbedtls};

/* Never run: that it links without anything undefined is what is looked at. */
void entry(void)
{
	if (rotor_boot_stage_init(&stage, &stage_config) == ROTOR_OK &&
	    rotor_boot_stage_run(&stage, &handoff) == ROTOR_OK &&
	    rotor_device_init(&device, &config, 0) == ROTOR_OK) {
		for (;;) {
			rotor_device_poll(&device, 0);
		}
	}
}
