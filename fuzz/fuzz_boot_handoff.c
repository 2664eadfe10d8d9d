/* SPDX-License-Identifier: Apache-2.0 */
/* The handoff from boot stage to runtime: one that decodes encodes again to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "rotor/boot_handoff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rotor_boot_handoff handoff;
	static uint8_t again[ROTOR_BOOT_HANDOFF_MAX];
	size_t len;
	if (rotor_boot_handoff_decode(data, size, &handoff) != ROTOR_OK) {
		return 0;
	}
	if (rotor_flash_layout_check(&handoff.layout) != ROTOR_OK ||
	    rotor_boot_handoff_encode(&handoff, again, sizeof(again), &len) != ROTOR_OK ||
	    len != size || memcmp(again, data, size) != 0) {
		abort();
	}
	return 0;
}
