/* SPDX-License-Identifier: Apache-2.0 */
/* DER is read strictly and written in its one form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/der.h"
#include "support/vectors.h"

static void elements_nest_and_end(void **state)
{
	(void)state;
	/* SEQUENCE { INTEGER 5, [0] "ab", SEQUENCE { BOOLEAN TRUE }, OCTET STRING 2a } */
	static const uint8_t der[] = {0x30, 0x0f, 0x02, 0x01, 0x05, 0x80, 0x02, 'a', 'b',
				      0x30, 0x03, 0x01, 0x01, 0xff, 0x04, 0x01, 0x2a};
	struct rotor_reader r = rotor_reader(der, sizeof(der));
	struct rotor_reader seq = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	uint8_t tag;
	assert_true(rotor_der_next_is(&seq, ROTOR_DER_INTEGER));
	assert_int_equal(rotor_der_read_uint(&seq, ROTOR_DER_INTEGER), 5);
	assert_false(rotor_der_next_is(&seq, ROTOR_DER_CONTEXT(1)));
	struct rotor_bytes ab = rotor_der_read(&seq, ROTOR_DER_CONTEXT(0));
	assert_int_equal(ab.len, 2);
	assert_ptr_equal(ab.data, der + 7);
	struct rotor_reader copy = seq;
	struct rotor_bytes element = rotor_der_read_element(&copy, ROTOR_DER_SEQUENCE);
	assert_ptr_equal(element.data, der + 9);
	assert_int_equal(element.len, 5);
	struct rotor_reader inner = rotor_der_enter(&seq, ROTOR_DER_SEQUENCE);
	assert_true(rotor_der_read_bool(&inner, ROTOR_DER_BOOLEAN));
	assert_int_equal(rotor_reader_end(&inner), ROTOR_OK);
	struct rotor_bytes last = rotor_der_read_any(&seq, &tag);
	assert_int_equal(tag, ROTOR_DER_OCTET_STRING);
	assert_int_equal(last.len, 1);
	assert_false(rotor_der_next_is(&seq, ROTOR_DER_OCTET_STRING));
	assert_int_equal(rotor_reader_end(&seq), ROTOR_OK);
	assert_int_equal(rotor_reader_end(&r), ROTOR_OK);
}

static void a_wrong_tag_fails_the_reader(void **state)
{
	(void)state;
	static const uint8_t der[] = {0x02, 0x01, 0x05, 0x02, 0x01, 0x06};
	struct rotor_reader r = rotor_reader(der, sizeof(der));
	struct rotor_reader sub = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	assert_int_equal(rotor_reader_status(&sub), ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_der_read_uint(&r, ROTOR_DER_INTEGER), 0);
	assert_int_equal(rotor_reader_status(&r), ROTOR_ERR_LENGTH);
	assert_false(rotor_der_next_is(&r, ROTOR_DER_INTEGER));
	assert_int_equal(rotor_der_read_element(&r, ROTOR_DER_INTEGER).len, 0);
}

/* What one reading function says of one encoding. */
struct reading {
	const char *hex;
	bool ok;
	uint64_t value; /* of an integer or boolean; bytes of anything else */
};

static void lengths_have_one_form(void **state)
{
	(void)state;
	static const struct reading cases[] = {
	    {"0400", true, 0},
	    {"04027777", true, 2},
	    {"", false, 0},
	    {"04", false, 0},
	    {"0401", false, 0},
	    {"0480", false, 0},       /* indefinite */
	    {"04800000", false, 0},   /* and ended */
	    {"048101aa", false, 0},   /* one byte would do */
	    {"04820001aa", false, 0}, /* leading zero */
	    {"048100", false, 0},
	    {"0485000000000100", false, 0},
	    {"0484ffffffff00", false, 0},
	    {"0488ffffffffffffffff00", false, 0},
	    {"04ff00", false, 0},
	    {"1f0400", false, 0}, /* a long tag */
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t der[32];
		uint8_t tag;
		size_t len = vector_hex(cases[i].hex, der, sizeof(der));
		struct rotor_reader r = rotor_reader(der, len);
		struct rotor_bytes content = rotor_der_read_any(&r, &tag);
		assert_int_equal(rotor_reader_end(&r) == ROTOR_OK, cases[i].ok);
		assert_int_equal(content.len, cases[i].value);
		assert_int_equal(tag, cases[i].ok ? 4 : 0);
	}
	/* From 128 bytes on, the long form is the one. */
	static uint8_t big[4 + 70000];
	static const size_t sizes[] = {127, 128, 255, 256, 65535, 65536};
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
		static uint8_t content[65536];
		size_t len;
		struct rotor_writer w = rotor_writer(big, sizeof(big));
		rotor_der_write(&w, ROTOR_DER_OCTET_STRING, content, sizes[i]);
		assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
		struct rotor_reader r = rotor_reader(big, len);
		assert_int_equal(rotor_der_read(&r, ROTOR_DER_OCTET_STRING).len, sizes[i]);
		assert_int_equal(rotor_reader_end(&r), ROTOR_OK);
		r = rotor_reader(big, len - 1);
		(void)rotor_der_read(&r, ROTOR_DER_OCTET_STRING);
		assert_int_equal(rotor_reader_end(&r), ROTOR_ERR_LENGTH);
	}
}

static void integers_are_minimal_and_not_negative(void **state)
{
	(void)state;
	static const struct reading cases[] = {
	    {"020100", true, 0},
	    {"02017f", true, 127},
	    {"02020080", true, 128},
	    {"0208ffffffffffffffff", false, 0},
	    {"020900ffffffffffffffff", true, UINT64_MAX},
	    {"0209010000000000000000", false, 0}, /* more than 64 bits */
	    {"0200", false, 0},
	    {"020180", false, 0},
	    {"02020001", false, 0},
	    {"0202007f", false, 0},
	    {"030100", false, 0},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t der[32];
		uint8_t again[32];
		size_t len = vector_hex(cases[i].hex, der, sizeof(der));
		struct rotor_reader r = rotor_reader(der, len);
		assert_true(rotor_der_read_uint(&r, ROTOR_DER_INTEGER) == cases[i].value);
		assert_int_equal(rotor_reader_end(&r) == ROTOR_OK, cases[i].ok);
		if (cases[i].ok) {
			struct rotor_writer w = rotor_writer(again, sizeof(again));
			rotor_der_write_uint(&w, ROTOR_DER_INTEGER, cases[i].value);
			assert_int_equal(w.len, len);
			assert_memory_equal(again, der, len);
		}
	}
}

static void booleans_are_00_or_ff(void **state)
{
	(void)state;
	static const struct reading cases[] = {
	    {"0101ff", true, 1}, {"010100", true, 0},    {"010101", false, 0},
	    {"0100", false, 0},  {"0102ffff", false, 0}, {"0201ff", false, 0},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t der[8];
		size_t len = vector_hex(cases[i].hex, der, sizeof(der));
		struct rotor_reader r = rotor_reader(der, len);
		assert_int_equal(rotor_der_read_bool(&r, ROTOR_DER_BOOLEAN), cases[i].value);
		assert_int_equal(rotor_reader_end(&r) == ROTOR_OK, cases[i].ok);
	}
}

static void bits_that_do_not_count_are_zero(void **state)
{
	(void)state;
	static const struct {
		const char *hex;
		bool some_ok, none_ok; /* with unused bits allowed, and not */
		uint8_t unused;
	} cases[] = {
	    {"03020780", true, false, 7},    {"030207c0", false, false, 0},
	    {"030100", true, true, 0},       {"030107", false, false, 0},
	    {"0300", false, false, 0},       {"030200ff", true, true, 0},
	    {"03020800", false, false, 0},   {"0303010102", true, false, 1},
	    {"0303010101", false, false, 0},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t der[8];
		uint8_t unused = 99;
		size_t len = vector_hex(cases[i].hex, der, sizeof(der));
		struct rotor_reader r = rotor_reader(der, len);
		struct rotor_bytes bits = rotor_der_read_bits(&r, ROTOR_DER_BIT_STRING, &unused);
		assert_int_equal(rotor_reader_end(&r) == ROTOR_OK, cases[i].some_ok);
		assert_int_equal(unused, cases[i].unused);
		assert_int_equal(bits.len, cases[i].some_ok ? len - 3 : 0);
		r = rotor_reader(der, len);
		(void)rotor_der_read_bits(&r, ROTOR_DER_BIT_STRING, NULL);
		assert_int_equal(rotor_reader_end(&r) == ROTOR_OK, cases[i].none_ok);
		if (cases[i].some_ok) {
			uint8_t again[8];
			struct rotor_writer w = rotor_writer(again, sizeof(again));
			rotor_der_write_bits(&w, ROTOR_DER_BIT_STRING, bits.data, bits.len, unused);
			assert_int_equal(w.len, len);
			assert_memory_equal(again, der, len);
		}
	}
}

static void magnitudes_are_written_minimal(void **state)
{
	(void)state;
	static const struct {
		const char *bytes, *der;
	} cases[] = {
	    {"", "020100"},     {"0000", "020100"},     {"0001", "020101"},
	    {"80", "02020080"}, {"007f01", "02027f01"}, {"00ff", "020200ff"},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t bytes[8];
		uint8_t want[8];
		uint8_t got[8];
		size_t n = vector_hex(cases[i].bytes, bytes, sizeof(bytes));
		size_t len = vector_hex(cases[i].der, want, sizeof(want));
		struct rotor_writer w = rotor_writer(got, sizeof(got));
		rotor_der_write_magnitude(&w, ROTOR_DER_INTEGER, bytes, n);
		assert_int_equal(w.len, len);
		assert_memory_equal(got, want, len);
	}
}

/* Writes a structure whose outer element outgrows the short length while its inner ones are open. */
static void write_nested(struct rotor_writer *w)
{
	static const uint8_t filler[150] = {7};
	size_t outer = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	rotor_der_write_bool(w, ROTOR_DER_BOOLEAN, true);
	size_t inner = rotor_der_begin(w, ROTOR_DER_CONTEXT_CONSTRUCTED(3));
	rotor_der_write(w, ROTOR_DER_OCTET_STRING, filler, sizeof(filler));
	rotor_der_end(w, inner);
	size_t empty = rotor_der_begin(w, ROTOR_DER_SET);
	rotor_der_end(w, empty);
	rotor_der_end(w, outer);
}

static void nested_elements_are_written_in_one_pass(void **state)
{
	(void)state;
	uint8_t der[256];
	size_t len;
	struct rotor_writer w = rotor_writer(der, sizeof(der));
	write_nested(&w);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, 3 + 3 + 3 + 3 + 150 + 2);
	struct rotor_reader r = rotor_reader(der, len);
	struct rotor_reader outer = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	assert_true(rotor_der_read_bool(&outer, ROTOR_DER_BOOLEAN));
	struct rotor_reader inner = rotor_der_enter(&outer, ROTOR_DER_CONTEXT_CONSTRUCTED(3));
	struct rotor_bytes filler = rotor_der_read(&inner, ROTOR_DER_OCTET_STRING);
	assert_int_equal(filler.len, 150);
	assert_int_equal(filler.data[0], 7);
	assert_int_equal(rotor_der_read(&outer, ROTOR_DER_SET).len, 0);
	assert_int_equal(rotor_reader_end(&inner), ROTOR_OK);
	assert_int_equal(rotor_reader_end(&outer), ROTOR_OK);
	assert_int_equal(rotor_reader_end(&r), ROTOR_OK);
	for (size_t cap = 0; cap < len; cap++) {
		size_t none;
		w = rotor_writer(der, cap);
		write_nested(&w);
		assert_int_equal(rotor_writer_end(&w, &none), ROTOR_ERR_SPACE);
	}
	w = rotor_writer(der, sizeof(der));
	rotor_der_end(&w, 5); /* was never opened */
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(elements_nest_and_end),
	    cmocka_unit_test(a_wrong_tag_fails_the_reader),
	    cmocka_unit_test(lengths_have_one_form),
	    cmocka_unit_test(integers_are_minimal_and_not_negative),
	    cmocka_unit_test(booleans_are_00_or_ff),
	    cmocka_unit_test(bits_that_do_not_count_are_zero),
	    cmocka_unit_test(magnitudes_are_written_minimal),
	    cmocka_unit_test(nested_elements_are_written_in_one_pass),
	};
	return cmocka_run_group_tests_name("crypto_der", tests, NULL, NULL);
}
