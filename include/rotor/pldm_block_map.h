/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Block maps: a hash of each block of a component image, carried in the data
 * that a package has for a device (FirmwareDevicePackageData of DSP0267), so
 * that a device can tell, before it asks for the image, which blocks of it the
 * firmware that runs already holds. docs/package.md has the layout.
 *
 * Package data is any number of maps, one a component, and behind them
 * whatever else the device's maker has put there. It comes in pieces of any
 * size (GetPackageData), and is read as a stream: nothing is kept but the
 * hash at hand.
 *
 * A map is believed by nobody: it only saves asking. What a device has put
 * together with it is verified as any other image, and a device that finds
 * that it was misled asks for everything.
 */
#ifndef ROTOR_PLDM_BLOCK_MAP_H
#define ROTOR_PLDM_BLOCK_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/crypto.h"
#include "rotor/pldm_descriptor.h"
#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes before the first hash. */
#define ROTOR_BLOCK_MAP_HEADER_SIZE 16
/** Lengths that a hash may be cut to, in bytes. Below the first two blocks of one image could well share one. */
#define ROTOR_BLOCK_MAP_HASH_MIN 8
/** @see ROTOR_BLOCK_MAP_HASH_MIN */
#define ROTOR_BLOCK_MAP_HASH_MAX 32
/** Blocks are 256 bytes to 16 MiB: binary logarithms. */
#define ROTOR_BLOCK_MAP_SHIFT_MIN 8
/** @see ROTOR_BLOCK_MAP_SHIFT_MIN */
#define ROTOR_BLOCK_MAP_SHIFT_MAX 24

/** What a map says of itself. */
struct rotor_block_map {
	uint16_t classification; /**< ComponentClassification of the image */
	uint16_t identifier;     /**< ComponentIdentifier of the image */
	uint32_t image_size; /**< bytes, not 0; the last block is shorter if it is no multiple */
	enum rotor_hash_alg hash;
	uint8_t hash_size;   /**< leading bytes of a block's digest that the map holds */
	uint8_t block_shift; /**< block size is 1 << block_shift */
};

/** Blocks of the image, which is hashes in the map. */
uint32_t rotor_block_map_count(const struct rotor_block_map *map);
/** Where block @p index begins in the image is index << block_shift; this is its length. 0 past the last. */
uint32_t rotor_block_map_block_size(const struct rotor_block_map *map, uint32_t index);
/** Bytes of the whole map, header included. */
uint64_t rotor_block_map_size(const struct rotor_block_map *map);

/* ---- reading ---- */

enum rotor_block_map_event {
	ROTOR_BLOCK_MAP_MORE = 0, /**< the input is used up: go on with the next piece, or end */
	ROTOR_BLOCK_MAP_BEGIN,    /**< a map begins: reader->map is set */
	ROTOR_BLOCK_MAP_HASH,     /**< reader->digest is the hash of block reader->index */
	ROTOR_BLOCK_MAP_REST,     /**< no further map: the rest of the data is something else */
};

/** A reader of package data. The caller may read @c map, @c index and @c digest. */
struct rotor_block_map_reader {
	struct rotor_block_map map; /**< of the map that was last begun */
	uint32_t index;
	uint8_t digest[ROTOR_BLOCK_MAP_HASH_MAX]; /**< map.hash_size bytes */
	uint32_t next;                            /**< private: hashes given of this map */
	uint32_t count;                           /**< private: hashes that it has */
	uint8_t held;                             /**< private: bytes in digest that wait */
	bool rest;                                /**< private: no further map */
	enum rotor_status failure;                /**< private */
};

void rotor_block_map_reader_init(struct rotor_block_map_reader *reader);
/**
 * Reads on until something is there to be told. Bytes that were read are taken from the front of @p input; call again with
 * what is left of it.
 * @return ROTOR_OK; ROTOR_ERR_UNSUPPORTED (a map of another version, or of a hash that is not known), ROTOR_ERR_FORMAT (lengths
 *         or sizes that a map cannot have): what was told before still holds, but there will be no more of it
 */
ROTOR_MUST_CHECK enum rotor_status rotor_block_map_next(struct rotor_block_map_reader *reader,
							struct rotor_bytes *input,
							enum rotor_block_map_event *event);
/** At the end of the data. @return ROTOR_OK, ROTOR_ERR_LENGTH (in the middle of a map), or what failed before */
ROTOR_MUST_CHECK enum rotor_status rotor_block_map_end(const struct rotor_block_map_reader *reader);

/* ---- agents that make maps themselves ---- */

/**
 * A device that takes maps from any agent says so in its inventory, in a vendor-defined descriptor of this title: its data is
 * the version of the maps' layout and the binary logarithm of the smallest block that the device can use, a byte each.
 */
#define ROTOR_BLOCK_MAP_TITLE "rotor block map"
/** Bytes of that descriptor's data: string type and length, title, these two. */
#define ROTOR_BLOCK_MAP_OFFER_SIZE (2 + sizeof(ROTOR_BLOCK_MAP_TITLE) - 1 + 2)
/** Writes the descriptor's data. @param shift of the smallest block */
void rotor_block_map_offer(uint8_t out[ROTOR_BLOCK_MAP_OFFER_SIZE], uint8_t shift);
/** Whether a descriptor is one, of a layout that is known. @param shift set to that of the smallest block, in the range of maps */
bool rotor_block_map_offered(const struct rotor_pldm_descriptor *descriptor, uint8_t *shift);

/* ---- writing ---- */

/**
 * Fits a map into a number of bytes. On entry hash_size is the longest that is wanted, block_shift the smallest; hashes are
 * shortened first, then blocks made larger.
 * @return ROTOR_OK, ROTOR_ERR_SPACE (no map of this image is so small), ROTOR_ERR_ARGUMENT (not a map)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_block_map_fit(struct rotor_block_map *map, size_t budget);
/** Writes a map's header; rotor_block_map_count() hashes have to follow. @return ROTOR_OK, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_block_map_write_begin(struct rotor_writer *w,
							       const struct rotor_block_map *map);
/** Writes the hash of the next block. @param digest of the block, at full length */
void rotor_block_map_write_hash(struct rotor_writer *w, const struct rotor_block_map *map,
				const uint8_t *digest);

#ifdef __cplusplus
}
#endif

#endif
