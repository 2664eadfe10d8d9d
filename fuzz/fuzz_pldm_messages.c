/* SPDX-License-Identifier: Apache-2.0 */
/* PLDM messages: whatever is decoded comes out as it went in. */
#include <stdlib.h>
#include <string.h>

#include "support/pldm_recode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[70000];
	struct rotor_writer w = rotor_writer(out, sizeof(out));
	size_t len;

	if (size > 65535 || pldm_recode(data, size, &w) != ROTOR_OK) {
		return 0;
	}
	if (rotor_writer_end(&w, &len) != ROTOR_OK || len != size || memcmp(out, data, size) != 0) {
		abort();
	}
	return 0;
}
