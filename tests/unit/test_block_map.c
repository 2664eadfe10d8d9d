/* SPDX-License-Identifier: Apache-2.0 */
/* Block maps: what is written is read again in pieces of any size; what is no map is told apart from a broken one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/pldm_block_map.h"

#define BLOCKS 5

/* 5 blocks of 256 bytes, the last of 76: classification 10, identifier 1. */
static const struct rotor_block_map small = {
    .classification = 10,
    .identifier = 1,
    .image_size = 1100,
    .hash = ROTOR_HASH_SHA384,
    .hash_size = 8,
    .block_shift = 8,
};

static const uint8_t small_header[ROTOR_BLOCK_MAP_HEADER_SIZE] = {
    'R', 'B', 'M', 'P', 1, 2, 8, 8, 10, 0, 1, 0, 0x4c, 0x04, 0, 0,
};

/* Hash n of a test's map is all bytes n + 1. */
static size_t write_map(uint8_t *out, size_t cap, const struct rotor_block_map *map)
{
	struct rotor_writer w = rotor_writer(out, cap);
	uint8_t digest[ROTOR_HASH_MAX];
	size_t len;

	assert_int_equal(rotor_block_map_write_begin(&w, map), ROTOR_OK);
	for (uint32_t i = 0; i < rotor_block_map_count(map); i++) {
		memset(digest, (int)i + 1, sizeof(digest));
		rotor_block_map_write_hash(&w, map, digest);
	}
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, rotor_block_map_size(map));
	return len;
}

struct outcome {
	enum rotor_status status, end;
	unsigned begun, hashes;
	bool rest;
	struct rotor_block_map last;
};

/* Reads data in pieces of at most so many bytes, each in memory of its own. */
static struct outcome read_in_pieces(const uint8_t *data, size_t len, size_t piece)
{
	struct rotor_block_map_reader reader;
	enum rotor_block_map_event event;
	struct outcome o = {0};

	rotor_block_map_reader_init(&reader);
	for (size_t at = 0; at < len && o.status == ROTOR_OK; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		uint8_t *copy = malloc(n);
		struct rotor_bytes input = {copy, n};

		memcpy(copy, data + at, n);
		do {
			o.status = rotor_block_map_next(&reader, &input, &event);
			if (o.status)
				break;
			if (event == ROTOR_BLOCK_MAP_BEGIN) {
				o.begun++;
				o.last = reader.map;
			}
			if (event == ROTOR_BLOCK_MAP_HASH) {
				assert_int_equal(reader.digest[0], reader.index + 1);
				assert_int_equal(reader.digest[reader.map.hash_size - 1],
						 reader.index + 1);
				o.hashes++;
			}
			o.rest = o.rest || event == ROTOR_BLOCK_MAP_REST;
		} while (event != ROTOR_BLOCK_MAP_MORE && event != ROTOR_BLOCK_MAP_REST);
		assert_true(o.status || event == ROTOR_BLOCK_MAP_REST || input.len == 0);
		free(copy);
	}
	o.end = rotor_block_map_end(&reader);
	return o;
}

static void a_map_is_laid_out_as_documented(void **state)
{
	(void)state;
	uint8_t out[256];

	assert_int_equal(write_map(out, sizeof(out), &small), ROTOR_BLOCK_MAP_HEADER_SIZE + 40);
	assert_memory_equal(out, small_header, sizeof(small_header));
	assert_int_equal(rotor_block_map_count(&small), BLOCKS);
	assert_int_equal(rotor_block_map_block_size(&small, 0), 256);
	assert_int_equal(rotor_block_map_block_size(&small, BLOCKS - 1), 76);
	assert_int_equal(rotor_block_map_block_size(&small, BLOCKS), 0);
}

static void sizes_at_the_edges_are_right(void **state)
{
	(void)state;
	static const struct {
		uint32_t image_size;
		uint8_t shift;
		uint32_t count, last;
	} cases[] = {
	    {1, 8, 1, 1},
	    {255, 8, 1, 255},
	    {256, 8, 1, 256},
	    {257, 8, 2, 1},
	    {1u << 20, 12, 256, 4096},
	    {UINT32_MAX, 24, 256, (1u << 24) - 1},
	    {UINT32_MAX, 8, 1u << 24, 255},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_block_map map = small;

		map.image_size = cases[i].image_size;
		map.block_shift = cases[i].shift;
		assert_int_equal(rotor_block_map_count(&map), cases[i].count);
		assert_int_equal(rotor_block_map_block_size(&map, cases[i].count - 1),
				 cases[i].last);
		assert_int_equal(rotor_block_map_size(&map), 16 + 8ull * cases[i].count);
	}
	assert_int_equal(rotor_block_map_count(&(struct rotor_block_map){.block_shift = 8}), 0);
}

static void maps_are_read_in_pieces_of_any_size(void **state)
{
	(void)state;
	struct rotor_block_map second = small;
	uint8_t data[512];
	size_t len = write_map(data, sizeof(data), &small);

	second.identifier = 2;
	second.hash = ROTOR_HASH_SHA256;
	second.hash_size = 32;
	second.image_size = 512;
	len += write_map(data + len, sizeof(data) - len, &second);
	for (size_t piece = 1; piece <= len; piece++) {
		struct outcome o = read_in_pieces(data, len, piece);

		assert_int_equal(o.status, ROTOR_OK);
		assert_int_equal(o.end, ROTOR_OK);
		assert_int_equal(o.begun, 2);
		assert_int_equal(o.hashes, BLOCKS + 2);
		assert_false(o.rest);
		assert_int_equal(o.last.classification, second.classification);
		assert_int_equal(o.last.identifier, second.identifier);
		assert_int_equal(o.last.image_size, second.image_size);
		assert_int_equal(o.last.block_shift, second.block_shift);
		assert_int_equal(o.last.hash, second.hash);
		assert_int_equal(o.last.hash_size, second.hash_size);
	}
}

static void what_stands_behind_the_maps_is_left_alone(void **state)
{
	(void)state;
	static const char others[] = "REST of the maker's own";
	uint8_t data[256];
	size_t len = write_map(data, sizeof(data), &small);

	memcpy(data + len, others, sizeof(others));
	for (size_t piece = 1; piece <= len + sizeof(others); piece++) {
		struct outcome o = read_in_pieces(data, len + sizeof(others), piece);

		assert_int_equal(o.status, ROTOR_OK);
		assert_int_equal(o.end, ROTOR_OK);
		assert_int_equal(o.hashes, BLOCKS);
		assert_true(o.rest);
	}
	/* package data without any map, also too short for one */
	for (size_t n = 0; n <= sizeof(others); n++) {
		struct outcome o = read_in_pieces((const uint8_t *)others, n, n ? n : 1);

		assert_int_equal(o.status, ROTOR_OK);
		assert_int_equal(o.end, ROTOR_OK);
		assert_int_equal(o.begun, 0);
		assert_int_equal(o.rest, n >= 4);
	}
}

static void a_map_cut_anywhere_is_found_out(void **state)
{
	(void)state;
	uint8_t data[256];
	size_t len = write_map(data, sizeof(data), &small);

	for (size_t n = 0; n < len; n++) {
		struct outcome o = read_in_pieces(data, n, 7);

		assert_int_equal(o.status, ROTOR_OK);
		/* up to the fourth byte it could be anything */
		assert_int_equal(o.end, n < 4 ? ROTOR_OK : ROTOR_ERR_LENGTH);
	}
}

static void headers_that_no_map_has_are_refused_for_good(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		uint8_t value;
		enum rotor_status status;
	} cases[] = {
	    {4, 0, ROTOR_ERR_UNSUPPORTED},   {4, 2, ROTOR_ERR_UNSUPPORTED},
	    {5, 0, ROTOR_ERR_UNSUPPORTED},   {5, 4, ROTOR_ERR_UNSUPPORTED},
	    {5, 255, ROTOR_ERR_UNSUPPORTED}, {6, 7, ROTOR_ERR_FORMAT},
	    {6, 33, ROTOR_ERR_FORMAT},       {6, 0, ROTOR_ERR_FORMAT},
	    {7, 7, ROTOR_ERR_FORMAT},        {7, 25, ROTOR_ERR_FORMAT},
	    {7, 255, ROTOR_ERR_FORMAT},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_block_map_reader reader;
		enum rotor_block_map_event event;
		uint8_t data[256];
		size_t len = write_map(data, sizeof(data), &small);
		struct rotor_bytes input = {data, len};
		struct outcome o;

		data[cases[i].at] = cases[i].value;
		o = read_in_pieces(data, len, 5);
		assert_int_equal(o.status, cases[i].status);
		assert_int_equal(o.end, cases[i].status);
		assert_int_equal(o.begun, 0);
		rotor_block_map_reader_init(&reader);
		for (int again = 0; again < 3; again++)
			assert_int_equal(rotor_block_map_next(&reader, &input, &event),
					 cases[i].status);
	}
	/* an empty image */
	uint8_t empty[ROTOR_BLOCK_MAP_HEADER_SIZE];
	memcpy(empty, small_header, sizeof(empty));
	empty[12] = empty[13] = 0;
	assert_int_equal(read_in_pieces(empty, sizeof(empty), 16).status, ROTOR_ERR_FORMAT);
}

static void a_map_is_made_to_fit(void **state)
{
	(void)state;
	static const struct {
		uint32_t image_size;
		size_t budget;
		uint8_t hash_size, shift;
		enum rotor_status status;
	} cases[] = {
	    {1u << 20, 65535, 32, 12, ROTOR_OK},   /* 256 blocks, 8 KiB */
	    {16u << 20, 65535, 12, 12, ROTOR_OK},  /* 4096 blocks of 16 bytes are just too many */
	    {16u << 20, 65552, 16, 12, ROTOR_OK},  /* … and with their header they do fit here */
	    {32u << 20, 65552, 8, 12, ROTOR_OK},   /* 8192 blocks */
	    {32u << 20, 65551, 12, 13, ROTOR_OK},  /* fewer blocks have longer hashes again */
	    {UINT32_MAX, 65535, 12, 20, ROTOR_OK}, /* 4096 blocks of 1 MiB */
	    {UINT32_MAX, 16 + 256 * 8, 8, 24, ROTOR_OK},
	    {UINT32_MAX, 16 + 256 * 8 - 1, 0, 0, ROTOR_ERR_SPACE},
	    {1, 48, 32, 12, ROTOR_OK},
	    {1, 24, 8, 12, ROTOR_OK},
	    {1, 23, 0, 0, ROTOR_ERR_SPACE},
	    {1, 0, 0, 0, ROTOR_ERR_SPACE},
	    {0, 65535, 0, 0, ROTOR_ERR_ARGUMENT},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_block_map map = small, before;

		map.image_size = cases[i].image_size;
		map.hash_size = 32;
		map.block_shift = 12;
		before = map;
		assert_int_equal(rotor_block_map_fit(&map, cases[i].budget), cases[i].status);
		if (cases[i].status) {
			assert_memory_equal(&map, &before, sizeof(map));
			continue;
		}
		assert_int_equal(map.hash_size, cases[i].hash_size);
		assert_int_equal(map.block_shift, cases[i].shift);
		assert_true(rotor_block_map_size(&map) <= cases[i].budget);
	}
}

static void what_cannot_be_a_map_is_not_written(void **state)
{
	(void)state;
	uint8_t out[64];
	struct rotor_writer w = rotor_writer(out, sizeof(out));
	struct rotor_block_map map = small;

	map.hash = ROTOR_HASH_NONE;
	assert_int_equal(rotor_block_map_write_begin(&w, &map), ROTOR_ERR_ARGUMENT);
	map = small;
	map.hash_size = 7;
	assert_int_equal(rotor_block_map_write_begin(&w, &map), ROTOR_ERR_ARGUMENT);
	map = small;
	map.block_shift = 25;
	assert_int_equal(rotor_block_map_write_begin(&w, &map), ROTOR_ERR_ARGUMENT);
	map = small;
	map.image_size = 0;
	assert_int_equal(rotor_block_map_write_begin(&w, &map), ROTOR_ERR_ARGUMENT);
	assert_int_equal(w.len, 0);
	/* no room: the writer says so */
	w = rotor_writer(out, ROTOR_BLOCK_MAP_HEADER_SIZE - 1);
	assert_int_equal(rotor_block_map_write_begin(&w, &small), ROTOR_OK);
	assert_true(w.failed);
}

static void a_device_says_that_it_takes_maps(void **state)
{
	uint8_t data[ROTOR_BLOCK_MAP_OFFER_SIZE], shift = 0;
	struct rotor_pldm_descriptor d = {ROTOR_PLDM_DESCRIPTOR_VENDOR, {data, sizeof(data)}};
	(void)state;
	for (unsigned wanted = 0; wanted < 256; wanted++) {
		rotor_block_map_offer(data, (uint8_t)wanted);
		bool good =
		    wanted >= ROTOR_BLOCK_MAP_SHIFT_MIN && wanted <= ROTOR_BLOCK_MAP_SHIFT_MAX;
		assert_int_equal(rotor_pldm_descriptor_check(&d), ROTOR_OK);
		assert_int_equal(rotor_block_map_offered(&d, &shift), good);
		assert_int_equal(shift, wanted);
	}
	rotor_block_map_offer(data, 12);
	/* each byte counts, but for the last, and so do type and length */
	for (size_t i = 0; i + 1 < sizeof(data); i++) {
		data[i] ^= 1;
		assert_false(rotor_block_map_offered(&d, &shift));
		data[i] ^= 1;
	}
	d.data.len--;
	assert_false(rotor_block_map_offered(&d, &shift));
	d.data.len++;
	d.type = ROTOR_PLDM_DESCRIPTOR_UUID;
	assert_false(rotor_block_map_offered(&d, &shift));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_device_says_that_it_takes_maps),
	    cmocka_unit_test(a_map_is_laid_out_as_documented),
	    cmocka_unit_test(sizes_at_the_edges_are_right),
	    cmocka_unit_test(maps_are_read_in_pieces_of_any_size),
	    cmocka_unit_test(what_stands_behind_the_maps_is_left_alone),
	    cmocka_unit_test(a_map_cut_anywhere_is_found_out),
	    cmocka_unit_test(headers_that_no_map_has_are_refused_for_good),
	    cmocka_unit_test(a_map_is_made_to_fit),
	    cmocka_unit_test(what_cannot_be_a_map_is_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
