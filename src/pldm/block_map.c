/* SPDX-License-Identifier: Apache-2.0 */
/* Block maps, read as a stream and written. */
#include "rotor/pldm_block_map.h"

#include <string.h>

#define MAGIC_SIZE 4
#define VERSION    1

static const uint8_t magic[MAGIC_SIZE] = {'R', 'B', 'M', 'P'};

/* A header's hash algorithm: the place in this list. */
static const enum rotor_hash_alg hashes[] = {
    ROTOR_HASH_NONE,
    ROTOR_HASH_SHA256,
    ROTOR_HASH_SHA384,
    ROTOR_HASH_SHA512,
};

#define HASH_COUNT (sizeof(hashes) / sizeof(hashes[0]))

/* How a header says which hash it is; 0: it cannot. */
static uint8_t hash_number(enum rotor_hash_alg hash)
{
	uint8_t number = HASH_COUNT - 1;

	while (number && hashes[number] != hash)
		number--;
	return number;
}

static bool sound(const struct rotor_block_map *map)
{
	return map->image_size > 0 && hash_number(map->hash) > 0 &&
	       map->hash_size >= ROTOR_BLOCK_MAP_HASH_MIN &&
	       map->hash_size <= ROTOR_BLOCK_MAP_HASH_MAX &&
	       map->hash_size <= rotor_hash_size(map->hash) &&
	       map->block_shift >= ROTOR_BLOCK_MAP_SHIFT_MIN &&
	       map->block_shift <= ROTOR_BLOCK_MAP_SHIFT_MAX;
}

uint32_t rotor_block_map_count(const struct rotor_block_map *map)
{
	return map->image_size ? ((map->image_size - 1) >> map->block_shift) + 1 : 0;
}

uint32_t rotor_block_map_block_size(const struct rotor_block_map *map, uint32_t index)
{
	const uint32_t size = UINT32_C(1) << map->block_shift;
	uint32_t left;

	if (index >= rotor_block_map_count(map))
		return 0;
	left = map->image_size - (index << map->block_shift);
	return left < size ? left : size;
}

uint64_t rotor_block_map_size(const struct rotor_block_map *map)
{
	return ROTOR_BLOCK_MAP_HEADER_SIZE + (uint64_t)rotor_block_map_count(map) * map->hash_size;
}

/* ---- reading ---- */

void rotor_block_map_reader_init(struct rotor_block_map_reader *reader)
{
	memset(reader, 0, sizeof(*reader));
}

static enum rotor_status read_header(struct rotor_block_map_reader *reader)
{
	struct rotor_reader r = rotor_reader(reader->digest, ROTOR_BLOCK_MAP_HEADER_SIZE);
	struct rotor_block_map *map = &reader->map;
	uint8_t version, hash;

	rotor_read_skip(&r, MAGIC_SIZE);
	version = rotor_read_u8(&r);
	hash = rotor_read_u8(&r);
	map->hash_size = rotor_read_u8(&r);
	map->block_shift = rotor_read_u8(&r);
	map->classification = rotor_read_u16le(&r);
	map->identifier = rotor_read_u16le(&r);
	map->image_size = rotor_read_u32le(&r);
	if (version != VERSION || hash == 0 || hash >= HASH_COUNT)
		return ROTOR_ERR_UNSUPPORTED;
	map->hash = hashes[hash];
	if (!sound(map))
		return ROTOR_ERR_FORMAT;
	reader->count = rotor_block_map_count(map);
	reader->next = 0;
	return ROTOR_OK;
}

/* Fills what is at hand up to wanted bytes; whether they are all there. */
static bool hold(struct rotor_block_map_reader *reader, struct rotor_bytes *input, size_t wanted)
{
	size_t n = wanted - reader->held;

	if (n > input->len)
		n = input->len;
	if (n) {
		memcpy(reader->digest + reader->held, input->data, n);
		input->data += n;
		input->len -= n;
		reader->held = (uint8_t)(reader->held + n);
	}
	return reader->held == wanted;
}

/* Between maps: another one, or what is not rotor's. */
static enum rotor_block_map_event next_map(struct rotor_block_map_reader *reader,
					   struct rotor_bytes *input)
{
	if (reader->held < MAGIC_SIZE && !hold(reader, input, MAGIC_SIZE))
		return ROTOR_BLOCK_MAP_MORE;
	if (memcmp(reader->digest, magic, MAGIC_SIZE) != 0) {
		reader->rest = true;
		return ROTOR_BLOCK_MAP_REST;
	}
	if (!hold(reader, input, ROTOR_BLOCK_MAP_HEADER_SIZE))
		return ROTOR_BLOCK_MAP_MORE;
	reader->held = 0;
	reader->failure = read_header(reader);
	return ROTOR_BLOCK_MAP_BEGIN;
}

enum rotor_status rotor_block_map_next(struct rotor_block_map_reader *reader,
				       struct rotor_bytes *input, enum rotor_block_map_event *event)
{
	*event = ROTOR_BLOCK_MAP_MORE;
	if (reader->failure)
		return reader->failure;
	if (reader->rest) {
		*event = ROTOR_BLOCK_MAP_REST;
	} else if (reader->next == reader->count) {
		*event = next_map(reader, input);
	} else if (hold(reader, input, reader->map.hash_size)) {
		reader->held = 0;
		reader->index = reader->next++;
		*event = ROTOR_BLOCK_MAP_HASH;
	}
	if (reader->failure)
		*event = ROTOR_BLOCK_MAP_MORE;
	return reader->failure;
}

enum rotor_status rotor_block_map_end(const struct rotor_block_map_reader *reader)
{
	if (reader->failure || reader->rest)
		return reader->failure;
	/* fewer bytes than would name a map are somebody else's */
	return reader->next == reader->count && reader->held < MAGIC_SIZE ? ROTOR_OK
									  : ROTOR_ERR_LENGTH;
}

/* ---- offered ---- */

void rotor_block_map_offer(uint8_t out[ROTOR_BLOCK_MAP_OFFER_SIZE], uint8_t shift)
{
	struct rotor_writer w = rotor_writer(out, ROTOR_BLOCK_MAP_OFFER_SIZE);

	rotor_write_u8(&w, ROTOR_PLDM_STRING_ASCII);
	rotor_write_u8(&w, sizeof(ROTOR_BLOCK_MAP_TITLE) - 1);
	rotor_write_bytes(&w, ROTOR_BLOCK_MAP_TITLE, sizeof(ROTOR_BLOCK_MAP_TITLE) - 1);
	rotor_write_u8(&w, VERSION);
	rotor_write_u8(&w, shift);
}

bool rotor_block_map_offered(const struct rotor_pldm_descriptor *descriptor, uint8_t *shift)
{
	uint8_t wanted[ROTOR_BLOCK_MAP_OFFER_SIZE];
	const struct rotor_bytes data = descriptor->data;

	if (descriptor->type != ROTOR_PLDM_DESCRIPTOR_VENDOR || data.len != sizeof(wanted))
		return false;
	*shift = data.data[data.len - 1];
	rotor_block_map_offer(wanted, *shift);
	return memcmp(data.data, wanted, sizeof(wanted)) == 0 &&
	       *shift >= ROTOR_BLOCK_MAP_SHIFT_MIN && *shift <= ROTOR_BLOCK_MAP_SHIFT_MAX;
}

/* ---- writing ---- */

enum rotor_status rotor_block_map_fit(struct rotor_block_map *map, size_t budget)
{
	static const uint8_t shorter[] = {16, 12, ROTOR_BLOCK_MAP_HASH_MIN};
	struct rotor_block_map try = *map;
	size_t i;

	if (!sound(map))
		return ROTOR_ERR_ARGUMENT;
	for (; try.block_shift <= ROTOR_BLOCK_MAP_SHIFT_MAX; try.block_shift++) {
		try.hash_size = map->hash_size;
		for (i = 0; i < sizeof(shorter) && rotor_block_map_size(&try) > budget; i++)
			if (shorter[i] < try.hash_size)
				try.hash_size = shorter[i];
		if (rotor_block_map_size(&try) <= budget) {
			*map = try;
			return ROTOR_OK;
		}
	}
	return ROTOR_ERR_SPACE;
}

enum rotor_status rotor_block_map_write_begin(struct rotor_writer *w,
					      const struct rotor_block_map *map)
{
	if (!sound(map))
		return ROTOR_ERR_ARGUMENT;
	rotor_write_bytes(w, magic, MAGIC_SIZE);
	rotor_write_u8(w, VERSION);
	rotor_write_u8(w, hash_number(map->hash));
	rotor_write_u8(w, map->hash_size);
	rotor_write_u8(w, map->block_shift);
	rotor_write_u16le(w, map->classification);
	rotor_write_u16le(w, map->identifier);
	rotor_write_u32le(w, map->image_size);
	return ROTOR_OK;
}

void rotor_block_map_write_hash(struct rotor_writer *w, const struct rotor_block_map *map,
				const uint8_t *digest)
{
	rotor_write_bytes(w, digest, map->hash_size);
}
