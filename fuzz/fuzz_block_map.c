/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as block maps. The first byte is the size of the pieces; the outcome must not depend on it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/pldm_block_map.h"

struct outcome {
	enum rotor_status status, end;
	uint32_t begun, hashes, sum;
	bool rest;
};

static struct outcome run(const uint8_t *data, size_t len, size_t piece)
{
	struct rotor_block_map_reader reader;
	enum rotor_block_map_event event;
	struct outcome o;

	memset(&o, 0, sizeof(o));
	rotor_block_map_reader_init(&reader);
	for (size_t at = 0; at < len && !o.status && !o.rest; at += piece) {
		struct rotor_bytes input = {data + at, len - at < piece ? len - at : piece};

		do {
			o.status = rotor_block_map_next(&reader, &input, &event);
			o.rest = event == ROTOR_BLOCK_MAP_REST;
			o.begun += event == ROTOR_BLOCK_MAP_BEGIN;
			if (event != ROTOR_BLOCK_MAP_HASH)
				continue;
			o.hashes++;
			o.sum = rotor_crc32(o.sum, reader.digest, reader.map.hash_size);
			if (rotor_block_map_block_size(&reader.map, reader.index) == 0)
				abort();
		} while (event != ROTOR_BLOCK_MAP_MORE && event != ROTOR_BLOCK_MAP_REST);
		if (!o.status && !o.rest && input.len)
			abort();
	}
	o.end = rotor_block_map_end(&reader);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, pieces;

	if (size < 2)
		return 0;
	whole = run(data + 1, size - 1, size - 1);
	pieces = run(data + 1, size - 1, data[0] ? data[0] : 256);
	if (memcmp(&whole, &pieces, sizeof(whole)) != 0)
		abort();
	return 0;
}
