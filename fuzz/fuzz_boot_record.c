/* SPDX-License-Identifier: Apache-2.0 */
/* Boot records: one that decodes encodes again to the same bytes. Half of the inputs get a right check value first. */
#include <stdlib.h>
#include <string.h>

#include "rotor/boot_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_record(const uint8_t *data, size_t size)
{
	struct rotor_boot_record record;
	uint8_t again[ROTOR_BOOT_RECORD_SIZE];
	size_t len;
	if (rotor_boot_record_decode(data, size, &record) != ROTOR_OK) {
		return;
	}
	if (rotor_boot_record_encode(&record, again, sizeof(again), &len) != ROTOR_OK ||
	    memcmp(again, data, len) != 0) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_record(data, size);
	if (size >= ROTOR_BOOT_RECORD_SIZE) {
		uint8_t checked[ROTOR_BOOT_RECORD_SIZE];
		memcpy(checked, data, sizeof(checked));
		struct rotor_writer w = rotor_writer(checked + sizeof(checked) - 4, 4);
		rotor_write_u32le(&w, rotor_crc32(0, checked, sizeof(checked) - 4));
		try_record(checked, sizeof(checked));
	}
	return 0;
}
