/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP over SMBus: frames with their PEC, and transfers that fail and are repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/mctp_smbus.h"
#include "support/mctp_node.h"

/* CRC-8 bit by bit as SMBus 3.2, 6.4.1 describes it, independent of the library's. */
static uint8_t pec(const uint8_t *data, size_t len)
{
	unsigned remainder = 0;

	for (size_t bit = 0; bit < len * 8; bit++) {
		unsigned in = data[bit / 8] >> (7 - bit % 8) & 1U;
		unsigned out = remainder >> 7 & 1U;

		remainder = (remainder << 1 & 0xff) ^ (in != out ? 0x07U : 0);
	}
	return (uint8_t)remainder;
}

/* Get Endpoint ID from address 0x10 to 0x1d, and its answer; PEC worked out by division. */
static const uint8_t ask[] = {0x3a, 0x0f, 0x08, 0x21, 0x01, 0x00,
			      0x0a, 0xc8, 0x00, 0x80, 0x02, 0x92};
static const uint8_t answered[] = {0x20, 0x0f, 0x0c, 0x3b, 0x01, 0x0a, 0x00, 0xc0,
				   0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0xd2};

static void the_pec_is_that_of_smbus(void **state)
{
	/* The check value of CRC-8 with polynomial 0x07 (catalogue of CRCs: CRC-8/SMBUS). */
	static const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};

	(void)state;
	assert_int_equal(pec(digits, sizeof(digits)), 0xf4);
	assert_int_equal(rotor_crc8(0, digits, sizeof(digits)), 0xf4);
	assert_int_equal(pec(ask, sizeof(ask) - 1), ask[sizeof(ask) - 1]);
	assert_int_equal(pec(answered, sizeof(answered) - 1), answered[sizeof(answered) - 1]);
}

static void a_frame_reads_and_writes_alike(void **state)
{
	struct rotor_smbus_decoded d;
	uint8_t frame[sizeof(ask)];

	(void)state;
	assert_int_equal(rotor_smbus_decode(ask, sizeof(ask), &d, NULL), ROTOR_OK);
	assert_int_equal(d.destination, 0x1d);
	assert_int_equal(d.source, 0x10);
	assert_int_equal(d.len, 7);
	memset(frame, 0, sizeof(frame));
	memcpy(frame + ROTOR_SMBUS_HEAD, ask + d.offset, d.len);
	assert_int_equal(rotor_smbus_frame(frame, d.len, d.destination, d.source), sizeof(ask));
	assert_memory_equal(frame, ask, sizeof(ask));
	assert_int_equal(rotor_smbus_decode(answered, sizeof(answered), &d, NULL), ROTOR_OK);
	assert_int_equal(d.destination, 0x10);
	assert_int_equal(d.source, 0x1d);
	assert_int_equal(d.len, 11);
}

static void every_packet_length_fits_or_is_refused(void **state)
{
	uint8_t frame[ROTOR_SMBUS_HEAD + 300];
	struct rotor_smbus_decoded d;

	(void)state;
	for (size_t n = 4; n < 280; n++) {
		size_t len;

		for (size_t i = 0; i < n; i++)
			frame[ROTOR_SMBUS_HEAD + i] = (uint8_t)(i * 3 + n);
		len = rotor_smbus_frame(frame, n, 0x1d, 0x10);
		if (n > 254) {
			assert_int_equal(len, 0);
			continue;
		}
		assert_int_equal(len, n + 5);
		assert_int_equal(frame[len - 1], pec(frame, len - 1));
		assert_int_equal(rotor_smbus_decode(frame, len, &d, NULL), ROTOR_OK);
		assert_int_equal(d.len, n);
	}
	assert_int_equal(rotor_smbus_frame(frame, 10, 0x80, 0x10), 0);
	assert_int_equal(rotor_smbus_frame(frame, 10, 0x10, 0x80), 0);
}

/* The frame ask with one byte changed, its PEC made right again or not. */
static const struct {
	const char *what;
	size_t at;
	uint8_t value;
	bool pec_made_right;
	enum rotor_status status;
	enum rotor_smbus_drop reason;
} bad_frames[] = {
    {"read bit", 0, 0x3b, true, ROTOR_ERR_FORMAT, ROTOR_SMBUS_DROP_ADDRESS},
    {"other command", 1, 0x0e, true, ROTOR_ERR_FORMAT, ROTOR_SMBUS_DROP_COMMAND},
    {"count one more", 2, 0x09, true, ROTOR_ERR_LENGTH, ROTOR_SMBUS_DROP_LENGTH},
    {"count one less", 2, 0x07, true, ROTOR_ERR_LENGTH, ROTOR_SMBUS_DROP_LENGTH},
    {"count zero", 2, 0x00, true, ROTOR_ERR_LENGTH, ROTOR_SMBUS_DROP_LENGTH},
    {"count of no packet", 2, 0x04, true, ROTOR_ERR_LENGTH, ROTOR_SMBUS_DROP_LENGTH},
    {"count too large", 2, 0xff, true, ROTOR_ERR_LENGTH, ROTOR_SMBUS_DROP_LENGTH},
    {"source not marked", 3, 0x20, true, ROTOR_ERR_FORMAT, ROTOR_SMBUS_DROP_SOURCE},
    {"payload changed", 8, 0x01, false, ROTOR_ERR_VERIFY, ROTOR_SMBUS_DROP_PEC},
    {"address changed", 0, 0x38, false, ROTOR_ERR_VERIFY, ROTOR_SMBUS_DROP_PEC},
    {"PEC changed", 11, 0x93, false, ROTOR_ERR_VERIFY, ROTOR_SMBUS_DROP_PEC},
};

static void bad_frames_are_told_apart(void **state)
{
	struct rotor_smbus_decoded d;

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(bad_frames); i++) {
		uint8_t frame[sizeof(ask)];
		enum rotor_smbus_drop reason = ROTOR_SMBUS_DROP_COUNT;

		memcpy(frame, ask, sizeof(ask));
		frame[bad_frames[i].at] = bad_frames[i].value;
		if (bad_frames[i].pec_made_right)
			frame[sizeof(frame) - 1] = pec(frame, sizeof(frame) - 1);
		if (rotor_smbus_decode(frame, sizeof(frame), &d, &reason) != bad_frames[i].status ||
		    reason != bad_frames[i].reason)
			fail_msg("%s", bad_frames[i].what);
		assert_string_not_equal(rotor_smbus_drop_string(reason), "unknown reason");
	}
	for (size_t len = 0; len < sizeof(ask); len++) {
		uint8_t *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, ask, len);
		assert_int_not_equal(rotor_smbus_decode(copy, len, &d, NULL), ROTOR_OK);
		free(copy);
	}
	assert_string_equal(rotor_smbus_drop_string(ROTOR_SMBUS_DROP_COUNT), "unknown reason");
}

static void a_single_bit_error_is_always_seen(void **state)
{
	struct rotor_smbus_decoded d;

	(void)state;
	for (size_t bit = 0; bit < sizeof(ask) * 8; bit++) {
		uint8_t frame[sizeof(ask)];

		memcpy(frame, ask, sizeof(ask));
		frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_not_equal(rotor_smbus_decode(frame, sizeof(frame), &d, NULL), ROTOR_OK);
	}
}

/* ---- binding ---- */

static struct mctp_node bmc, prot;
static struct rotor_smbus bmc_bus, prot_bus;
static struct mctp_result result;

static int start(void **state)
{
	const struct rotor_smbus_config at_bmc = {.address = 0x10, .tries = 4, .backoff_ms = 10};
	const struct rotor_smbus_config at_prot = {.address = 0x1d};

	(void)state;
	node_start(&bmc, 10, 0x10, 0);
	node_start(&prot, 20, 0x1d, 250);
	memset(&result, 0, sizeof(result));
	assert_int_equal(rotor_smbus_init(&bmc_bus, &bmc.m, &at_bmc), ROTOR_OK);
	assert_int_equal(rotor_smbus_init(&prot_bus, &prot.m, &at_prot), ROTOR_OK);
	return 0;
}

/* Carries one transfer; false if there was none to carry now. */
static bool carry(struct rotor_smbus *from, struct rotor_smbus *to, rotor_ms now)
{
	struct rotor_smbus_transfer t;
	uint8_t copy[ROTOR_SMBUS_FRAME_MAX];
	bool acked = false;

	if (!rotor_smbus_next_transfer(from, &t, now))
		return false;
	assert_false(rotor_smbus_next_transfer(from, &t, now));
	assert_int_equal(t.frame[0], t.address << 1);
	if (to != NULL && t.address == to->config.address) {
		memcpy(copy, t.frame, t.len);
		acked = rotor_smbus_receive(to, copy, t.len, now) == ROTOR_OK;
	}
	rotor_smbus_transfer_done(from, acked, now);
	return true;
}

static const uint8_t payload[1000] = {1, 2, 3};

static void messages_cross_the_bus_both_ways(void **state)
{
	struct rotor_mctp_message m = {.type = 5, .body = {payload, sizeof(payload)}};

	(void)state;
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &m, 100, result_response, &result),
			 ROTOR_OK);
	while (carry(&bmc_bus, &prot_bus, 0))
		;
	assert_int_equal(prot.messages, 1);
	assert_int_equal(prot.info.phys, 0x10);
	assert_int_equal(prot.len, sizeof(payload));
	assert_int_equal(bmc_bus.counters.tx_transfers, 16);
	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &m, NULL, NULL), ROTOR_OK);
	while (carry(&prot_bus, &bmc_bus, 0))
		;
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.len, sizeof(payload));
	assert_memory_equal(result.body, payload, sizeof(payload));
	assert_int_equal(prot_bus.counters.tx_transfers, 5);
	assert_true(rotor_smbus_deadline(&bmc_bus) == ROTOR_NEVER);
}

static void a_failed_transfer_is_repeated_after_a_wait(void **state)
{
	struct rotor_mctp_message m = {.type = 1, .body = {payload, 70}};
	static const rotor_ms waits[] = {10, 20, 40};
	rotor_ms now = 1000;

	(void)state;
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, result_sent, &result), ROTOR_OK);
	for (size_t i = 0; i < ROTOR_COUNT_OF(waits); i++) {
		assert_true(carry(&bmc_bus, NULL, now));
		assert_true(rotor_smbus_deadline(&bmc_bus) == now + waits[i]);
		assert_false(carry(&bmc_bus, &prot_bus, now + waits[i] - 1));
		now += waits[i];
	}
	/* The last of four tries is heard, and so is the second packet. */
	assert_true(carry(&bmc_bus, &prot_bus, now));
	assert_true(carry(&bmc_bus, &prot_bus, now));
	assert_false(carry(&bmc_bus, &prot_bus, now));
	assert_int_equal(prot.messages, 1);
	assert_int_equal(result.status, ROTOR_OK);
	assert_int_equal(bmc_bus.counters.tx_nacked, 3);
	assert_int_equal(bmc_bus.counters.tx_given_up, 0);
	assert_int_equal(node_drops(&prot), 0);
}

static void a_packet_is_given_up_after_its_tries(void **state)
{
	struct rotor_mctp_message m = {.type = 1, .body = {payload, 200}};

	(void)state;
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, result_sent, &result), ROTOR_OK);
	for (unsigned i = 0; i < 4; i++)
		assert_true(carry(&bmc_bus, NULL, i * 1000));
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_false(carry(&bmc_bus, &prot_bus, 10000));
	assert_int_equal(bmc_bus.counters.tx_given_up, 1);
	assert_true(rotor_smbus_deadline(&bmc_bus) == ROTOR_NEVER);
	/* A report without a transfer changes nothing. */
	rotor_smbus_transfer_done(&bmc_bus, false, 0);
	assert_int_equal(bmc_bus.counters.tx_nacked, 4);
}

static void a_probe_gives_up_soon(void **state)
{
	struct rotor_mctp_message m = {.type = 0, .probe = true, .body = {payload, 2}};
	unsigned n = 0;

	(void)state;
	assert_int_equal(rotor_mctp_request(&bmc.m, 0, 0x1d, &m, 100, result_response, &result),
			 ROTOR_OK);
	while (result.calls == 0)
		assert_true(carry(&bmc_bus, NULL, 1000 * n++));
	assert_int_equal(n, ROTOR_SMBUS_PROBE_TRIES);
	assert_int_equal(result.status, ROTOR_ERR_IO);
}

static void a_destination_that_smbus_has_not_fails(void **state)
{
	struct rotor_mctp_message m = {.type = 1, .body = {payload, 2}};

	(void)state;
	assert_int_equal(rotor_mctp_send(&bmc.m, 30, 0x180, &m, result_sent, &result), ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, NULL, NULL), ROTOR_OK);
	assert_true(carry(&bmc_bus, &prot_bus, 0));
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_int_equal(prot.messages, 1);
}

static void frames_for_others_are_counted(void **state)
{
	uint8_t frame[sizeof(ask)];

	(void)state;
	memcpy(frame, ask, sizeof(ask));
	assert_int_equal(rotor_smbus_receive(&bmc_bus, frame, sizeof(frame), 0),
			 ROTOR_ERR_NOT_FOUND);
	assert_int_equal(bmc_bus.counters.dropped[ROTOR_SMBUS_DROP_ADDRESS], 1);
	assert_int_equal(rotor_smbus_receive(&prot_bus, frame, sizeof(frame), 0), ROTOR_OK);
	assert_int_equal(prot.messages, 1);
	frame[9] ^= 1;
	assert_int_equal(rotor_smbus_receive(&prot_bus, frame, sizeof(frame), 0), ROTOR_ERR_VERIFY);
	assert_int_equal(prot_bus.counters.dropped[ROTOR_SMBUS_DROP_PEC], 1);
	assert_int_equal(prot.messages, 1);
}

static void a_bad_configuration_is_refused(void **state)
{
	struct rotor_smbus b;
	struct rotor_smbus_config config = {.address = 0x07};

	(void)state;
	assert_int_equal(rotor_smbus_init(&b, &bmc.m, &config), ROTOR_ERR_ARGUMENT);
	config.address = 0x78;
	assert_int_equal(rotor_smbus_init(&b, &bmc.m, &config), ROTOR_ERR_ARGUMENT);
	config.address = 0x77;
	assert_int_equal(rotor_smbus_init(&b, &bmc.m, &config), ROTOR_OK);
	bmc.m.config.unit = 251;
	assert_int_equal(rotor_smbus_init(&b, &bmc.m, &config), ROTOR_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_pec_is_that_of_smbus),
	    cmocka_unit_test(a_frame_reads_and_writes_alike),
	    cmocka_unit_test(every_packet_length_fits_or_is_refused),
	    cmocka_unit_test(bad_frames_are_told_apart),
	    cmocka_unit_test(a_single_bit_error_is_always_seen),
	    cmocka_unit_test_setup(messages_cross_the_bus_both_ways, start),
	    cmocka_unit_test_setup(a_failed_transfer_is_repeated_after_a_wait, start),
	    cmocka_unit_test_setup(a_packet_is_given_up_after_its_tries, start),
	    cmocka_unit_test_setup(a_probe_gives_up_soon, start),
	    cmocka_unit_test_setup(a_destination_that_smbus_has_not_fails, start),
	    cmocka_unit_test_setup(frames_for_others_are_counted, start),
	    cmocka_unit_test_setup(a_bad_configuration_is_refused, start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
