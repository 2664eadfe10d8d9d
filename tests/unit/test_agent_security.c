/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent reads of security version and floor in a device's measurements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rotor/agent_verifier.h"
#include "rotor/boot_measurement.h"
#include "rotor/spdm_messages.h"

#define RAW (ROTOR_MEASURE_TYPE_FREEFORM | ROTOR_MEASURE_TYPE_RAW)

/* A block as it stands in a record; a number of @p len bytes. */
static void put(struct rotor_writer *w, uint8_t index, uint8_t type, uint8_t value, size_t len)
{
	rotor_write_u8(w, index);
	rotor_write_u8(w, 1); /* DMTF's specification of measurements */
	rotor_write_u16le(w, (uint16_t)(3 + len));
	rotor_write_u8(w, type);
	rotor_write_u16le(w, (uint16_t)len);
	for (size_t i = 0; i < len; i++) {
		rotor_write_u8(w, i == 0 ? value : 0);
	}
}

static void both_numbers_are_read_or_nothing_is_said(void **state)
{
	static const struct {
		uint8_t version, floor;
		uint8_t version_type, floor_type;
		size_t version_len, floor_len; /* 0: no such block */
		bool said, held;               /* held: if it is said */
	} cases[] = {
	    {2, 1, RAW, RAW, 8, 8, true, true},
	    {2, 2, RAW, RAW, 8, 8, true, false},
	    {2, 3, RAW, RAW, 8, 8, true, false}, /* a recovery image may be below the floor */
	    {0, 0, RAW, RAW, 8, 8, true, false},
	    {2, 1, RAW, RAW, 0, 8, false, false},
	    {2, 1, RAW, RAW, 8, 0, false, false},
	    {2, 1, RAW, RAW, 4, 8, false, false},
	    {2, 1, RAW, RAW, 8, 9, false, false},
	    {2, 1, RAW, RAW, 8, 1, false, false},
	    {2, 1, ROTOR_MEASURE_TYPE_FREEFORM, RAW, 8, 8, false, false}, /* a digest */
	    {2, 1, RAW, ROTOR_MEASURE_TYPE_FREEFORM, 8, 8, false, false},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t record[128];
		struct rotor_writer w = rotor_writer(record, sizeof(record));
		struct rotor_agent_security security;
		put(&w, ROTOR_MEASURE_SLOT, RAW, 1, 1);
		if (cases[i].version_len) {
			put(&w, ROTOR_MEASURE_SECURITY_VERSION, cases[i].version_type,
			    cases[i].version, cases[i].version_len);
		}
		if (cases[i].floor_len) {
			put(&w, ROTOR_MEASURE_FLOOR, cases[i].floor_type, cases[i].floor,
			    cases[i].floor_len);
		}
		bool said =
		    rotor_agent_security_read((struct rotor_bytes){record, w.len}, &security);
		if (said != cases[i].said) {
			fail_msg("case %zu", i);
		}
		if (said) {
			assert_int_equal(security.version, cases[i].version);
			assert_int_equal(security.floor, cases[i].floor);
			assert_int_equal(security.held, cases[i].held);
		}
		/* cut anywhere, it is a record without a whole block at its end */
		for (size_t cut = 0; cut < w.len; cut++) {
			(void)rotor_agent_security_read((struct rotor_bytes){record, cut},
							&security);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_numbers_are_read_or_nothing_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
