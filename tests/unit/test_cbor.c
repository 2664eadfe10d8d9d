/* SPDX-License-Identifier: Apache-2.0 */
/* Deterministic CBOR against the examples of RFC 8949, appendix A, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/cbor.h"
#include "support/vectors.h"

static const struct {
	int64_t value;
	const char *hex;
} integers[] = {
    {0, "00"},
    {1, "01"},
    {10, "0a"},
    {23, "17"},
    {24, "1818"},
    {25, "1819"},
    {100, "1864"},
    {1000, "1903e8"},
    {1000000, "1a000f4240"},
    {1000000000000, "1b000000e8d4a51000"},
    {-1, "20"},
    {-10, "29"},
    {-100, "3863"},
    {-1000, "3903e7"},
    {INT64_MAX, "1b7fffffffffffffff"},
    {INT64_MIN, "3b7fffffffffffffff"},
};

static void integers_have_one_encoding(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(integers); i++) {
		uint8_t expected[16];
		uint8_t written[16];
		size_t len = vector_hex(integers[i].hex, expected, sizeof(expected));
		size_t got = 0;
		struct rotor_writer w = rotor_writer(written, sizeof(written));
		rotor_cbor_write_int(&w, integers[i].value);
		assert_int_equal(rotor_writer_end(&w, &got), ROTOR_OK);
		assert_int_equal(got, len);
		assert_memory_equal(written, expected, len);
		struct rotor_reader r = rotor_reader(expected, len);
		assert_true(rotor_cbor_read_int(&r) == integers[i].value);
		assert_int_equal(rotor_reader_end(&r), ROTOR_OK);
		for (size_t cut = 0; cut < len; cut++) {
			r = rotor_reader(expected, cut);
			(void)rotor_cbor_read_int(&r);
			assert_int_equal(rotor_reader_status(&r), ROTOR_ERR_LENGTH);
		}
	}
}

static void other_encodings_are_refused(void **state)
{
	(void)state;
	/* Longer than needed, reserved, indefinite, out of range, another type. */
	const char *refused[] = {"1817",
				 "190018",
				 "1a0000ffff",
				 "1b00000000ffffffff",
				 "1c",
				 "1f",
				 "1b8000000000000000",
				 "3bffffffffffffffff",
				 "40",
				 "f6",
				 "f93c00"};
	for (size_t i = 0; i < ROTOR_COUNT_OF(refused); i++) {
		uint8_t bytes[16];
		size_t len = vector_hex(refused[i], bytes, sizeof(bytes));
		struct rotor_reader r = rotor_reader(bytes, len);
		(void)rotor_cbor_read_int(&r);
		assert_int_equal(rotor_reader_status(&r), ROTOR_ERR_LENGTH);
	}
}

static void strings_and_containers_round_trip(void **state)
{
	(void)state;
	uint8_t buf[64];
	size_t len = 0;
	struct rotor_writer w = rotor_writer(buf, sizeof(buf));
	rotor_cbor_write_head(&w, ROTOR_CBOR_MAP, 2);
	rotor_cbor_write_uint(&w, 1);
	rotor_cbor_write_text(&w, "a");
	rotor_cbor_write_uint(&w, 2);
	rotor_cbor_write_head(&w, ROTOR_CBOR_ARRAY, 1);
	rotor_cbor_write_bytes(&w, (struct rotor_bytes){(const uint8_t *)"\1\2\3\4", 4});
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	uint8_t expected[64];
	size_t expected_len = vector_hex("a20161610281"
					 "4401020304",
					 expected, sizeof(expected));
	assert_int_equal(len, expected_len);
	assert_memory_equal(buf, expected, len);

	struct rotor_reader r = rotor_reader(buf, len);
	assert_int_equal(rotor_cbor_read_head(&r, ROTOR_CBOR_MAP), 2);
	assert_int_equal(rotor_cbor_read_uint(&r), 1);
	struct rotor_bytes text = rotor_cbor_read_text(&r);
	assert_int_equal(text.len, 1);
	assert_memory_equal(text.data, "a", 1);
	assert_int_equal(rotor_cbor_read_uint(&r), 2);
	assert_int_equal(rotor_cbor_read_head(&r, ROTOR_CBOR_ARRAY), 1);
	assert_int_equal(rotor_cbor_read_bytes(&r).len, 4);
	assert_int_equal(rotor_reader_end(&r), ROTOR_OK);
}

static void lengths_past_the_end_are_refused(void **state)
{
	(void)state;
	const char *refused[] = {"44010203", "5bffffffffffffffff", "8301", "bb0000000100000000"};
	for (size_t i = 0; i < ROTOR_COUNT_OF(refused); i++) {
		uint8_t bytes[16];
		size_t len = vector_hex(refused[i], bytes, sizeof(bytes));
		struct rotor_reader r = rotor_reader(bytes, len);
		switch (bytes[0] >> 5) {
		case ROTOR_CBOR_BYTES:
			assert_null(rotor_cbor_read_bytes(&r).data);
			break;
		case ROTOR_CBOR_ARRAY:
			assert_int_equal(rotor_cbor_read_head(&r, ROTOR_CBOR_ARRAY), 0);
			break;
		default:
			assert_int_equal(rotor_cbor_read_head(&r, ROTOR_CBOR_MAP), 0);
			break;
		}
		assert_int_equal(rotor_reader_status(&r), ROTOR_ERR_LENGTH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(integers_have_one_encoding),
	    cmocka_unit_test(other_encodings_are_refused),
	    cmocka_unit_test(strings_and_containers_round_trip),
	    cmocka_unit_test(lengths_past_the_end_are_refused),
	};
	return cmocka_run_group_tests_name("cbor", tests, NULL, NULL);
}
