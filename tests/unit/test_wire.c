/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors: what fits is read and written exactly; what does not fit sticks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/wire.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static void reads_each_width(void **state)
{
	(void)state;
	struct rotor_reader r = rotor_reader(bytes, sizeof(bytes));
	assert_int_equal(rotor_read_u8(&r), 1);
	assert_int_equal(rotor_read_u16le(&r), 0x0302);
	assert_int_equal(rotor_read_u24le(&r), 0x060504);
	assert_int_equal(rotor_read_u32be(&r), 0x0708090a);
	assert_int_equal(rotor_reader_end(&r), ROTOR_OK);

	r = rotor_reader(bytes, sizeof(bytes));
	assert_true(rotor_read_u64le(&r) == UINT64_C(0x0807060504030201));
	assert_int_equal(rotor_read_u16be(&r), 0x090a);
	r = rotor_reader(bytes, sizeof(bytes));
	assert_int_equal(rotor_read_u32le(&r), 0x04030201);
	assert_int_equal(rotor_reader_status(&r), ROTOR_OK);
	assert_int_equal(rotor_reader_end(&r), ROTOR_ERR_LENGTH);
}

static void a_failed_reader_stays_failed(void **state)
{
	(void)state;
	struct rotor_reader r = rotor_reader(bytes, 3);
	uint8_t copy[4] = {9, 9, 9, 9};
	assert_int_equal(rotor_read_u32le(&r), 0);
	assert_int_equal(rotor_read_u8(&r), 0);
	assert_null(rotor_read_bytes(&r, 0));
	rotor_read_copy(&r, copy, sizeof(copy));
	assert_memory_equal(copy, "\0\0\0\0", 4);
	assert_int_equal(rotor_read_rest(&r).len, 0);
	assert_int_equal(rotor_reader_status(&r), ROTOR_ERR_LENGTH);
	r = rotor_reader(bytes, 3);
	rotor_read_skip(&r, SIZE_MAX);
	assert_int_equal(rotor_reader_status(&r), ROTOR_ERR_LENGTH);
}

static void a_sub_reader_ends_where_it_was_told(void **state)
{
	(void)state;
	struct rotor_reader r = rotor_reader(bytes, sizeof(bytes));
	struct rotor_reader sub = rotor_read_sub(&r, 2);
	assert_int_equal(rotor_read_u16le(&sub), 0x0201);
	assert_int_equal(rotor_reader_end(&sub), ROTOR_OK);
	assert_int_equal(rotor_read_u8(&sub), 0);
	assert_int_equal(rotor_reader_end(&sub), ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_read_u8(&r), 3);
	sub = rotor_read_sub(&r, 100);
	assert_int_equal(rotor_reader_status(&sub), ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_reader_status(&r), ROTOR_ERR_LENGTH);
}

static void writes_each_width(void **state)
{
	(void)state;
	uint8_t buf[32];
	size_t len = 0;
	struct rotor_writer w = rotor_writer(buf, sizeof(buf));
	rotor_write_u8(&w, 1);
	rotor_write_u16le(&w, 0x0302);
	rotor_write_u24le(&w, 0x060504);
	rotor_write_u32be(&w, 0x0708090a);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, sizeof(bytes));
	assert_memory_equal(buf, bytes, sizeof(bytes));

	w = rotor_writer(buf, sizeof(buf));
	rotor_write_u64le(&w, UINT64_C(0x0807060504030201));
	rotor_write_u16be(&w, 0);
	rotor_write_u32le(&w, 0);
	rotor_write_patch_u16le(&w, 8, 0x0a09);
	rotor_write_patch_u32le(&w, 10, 0xddccbbaa);
	rotor_write_zeros(&w, 2);
	rotor_write_bytes(&w, bytes, 1);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, 17);
	assert_memory_equal(buf, bytes, 10);
	assert_memory_equal(buf + 10, "\xaa\xbb\xcc\xdd\0\0\x01", 7);
}

static void a_failed_writer_stays_failed(void **state)
{
	(void)state;
	uint8_t buf[4] = {0};
	size_t len = 7;
	struct rotor_writer w = rotor_writer(buf, 3);
	rotor_write_u32le(&w, 0xffffffff);
	rotor_write_u8(&w, 1);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);
	assert_int_equal(len, 0);
	assert_memory_equal(buf, "\0\0\0\0", 4);
	w = rotor_writer(buf, 4);
	rotor_write_u24le(&w, 0x1000000);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);
	w = rotor_writer(buf, 4);
	rotor_write_u16le(&w, 0);
	rotor_write_patch_u16le(&w, 1, 0);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);
}

static void check_values_match_their_published_ones(void **state)
{
	(void)state;
	/* The check values over "123456789" that the catalogues of CRCs give. */
	assert_int_equal(rotor_crc8(0, "123456789", 9), 0xf4);
	assert_int_equal(rotor_crc16(0xffff, "123456789", 9), 0x6f91);
	assert_int_equal(rotor_crc16(rotor_crc16(0xffff, "1234", 4), "56789", 5), 0x6f91);
	assert_int_equal(rotor_crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(rotor_crc32(rotor_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(rotor_crc8(rotor_crc8(0, "1234", 4), "56789", 5), 0xf4);
}

static void every_status_has_a_phrase(void **state)
{
	(void)state;
	for (int s = ROTOR_OK; s <= ROTOR_ERR_NOT_FOUND; s++) {
		assert_string_not_equal(rotor_status_string((enum rotor_status)s),
					"unknown status");
	}
	assert_string_equal(rotor_status_string((enum rotor_status)999), "unknown status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_each_width),
	    cmocka_unit_test(a_failed_reader_stays_failed),
	    cmocka_unit_test(a_sub_reader_ends_where_it_was_told),
	    cmocka_unit_test(writes_each_width),
	    cmocka_unit_test(a_failed_writer_stays_failed),
	    cmocka_unit_test(check_values_match_their_published_ones),
	    cmocka_unit_test(every_status_has_a_phrase),
	};
	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
