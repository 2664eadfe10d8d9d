/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP over I3C: a controller and a target, and frames that are not for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/mctp_i3c.h"
#include "support/mctp_node.h"

#define TARGET 0x1d

static struct mctp_node bmc, prot;
static struct rotor_i3c controller, target;
static struct mctp_result result;

static int start(void **state)
{
	(void)state;
	node_start(&bmc, 8, ROTOR_I3C_CONTROLLER, 200);
	node_start(&prot, 9, TARGET, 64);
	assert_int_equal(rotor_i3c_init(&controller, &bmc.m, ROTOR_I3C_CONTROLLER), ROTOR_OK);
	assert_int_equal(rotor_i3c_init(&target, &prot.m, TARGET), ROTOR_OK);
	memset(&result, 0, sizeof(result));
	return 0;
}

static bool move(struct rotor_i3c *from, struct rotor_i3c *to)
{
	struct rotor_i3c_transfer t, none;
	uint8_t frame[ROTOR_I3C_FRAME_MAX];

	if (!rotor_i3c_next_transfer(from, &t, 1))
		return false;
	assert_false(rotor_i3c_next_transfer(from, &none, 1));
	/* Whoever it goes to or comes from: it is the target's address that is on the wire. */
	assert_int_equal(t.address, TARGET);
	memcpy(frame, t.frame, t.len);
	assert_int_equal(rotor_i3c_receive(to, TARGET, frame, t.len, 1), ROTOR_OK);
	rotor_i3c_transfer_done(from, true, 1);
	return true;
}

static void a_request_is_answered(void **state)
{
	static uint8_t body[600];
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM,
						   .body = {body, sizeof(body)}};

	(void)state;
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 3);
	assert_int_equal(
	    rotor_mctp_request(&bmc.m, 9, TARGET, &message, 1000, result_response, &result),
	    ROTOR_OK);
	while (move(&controller, &target)) {
	}
	assert_int_equal(prot.len, sizeof(body));
	assert_memory_equal(prot.body, body, sizeof(body));
	assert_int_equal(prot.info.phys, ROTOR_I3C_CONTROLLER);
	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &message, NULL, NULL), ROTOR_OK);
	while (move(&target, &controller)) {
	}
	assert_int_equal(result.status, ROTOR_OK);
	assert_int_equal(result.len, sizeof(body));
	assert_int_equal(controller.counters.tx_packets, 4);
	assert_int_equal(target.counters.tx_packets, 10);
	assert_int_equal(target.counters.rx_frames, 4);
}

/* The code is of the address byte too: the same packet written and read has two. */
static void the_code_is_as_specified(void **state)
{
	static const uint8_t written[] = {0x3a, 0x01, 9, 8, 0xc8, 0x00, 0x80, 0x02};
	static const uint8_t read[] = {0x3b, 0x01, 8, 9, 0xc8, 0x00, 0x80, 0x02};
	static const uint8_t body[2] = {0x80, 0x02};
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_CONTROL,
						   .body = {body, 2}};
	struct rotor_i3c_transfer t;

	(void)state;
	assert_int_equal(rotor_mctp_send(&bmc.m, 9, TARGET, &message, NULL, NULL), ROTOR_OK);
	assert_true(rotor_i3c_next_transfer(&controller, &t, 1));
	assert_int_equal(t.len, 8);
	assert_memory_equal(t.frame, written + 1, 7);
	assert_int_equal(t.frame[7], rotor_crc8(0, written, sizeof(written)));
	assert_int_equal(rotor_mctp_send(&prot.m, 8, ROTOR_I3C_CONTROLLER, &message, NULL, NULL),
			 ROTOR_OK);
	assert_true(rotor_i3c_next_transfer(&target, &t, 1));
	assert_memory_equal(t.frame, read + 1, 7);
	assert_int_equal(t.frame[7], rotor_crc8(0, read, sizeof(read)));
}

static void broken_frames_are_counted(void **state)
{
	static const uint8_t wire[] = {0x3a, 0x01, 9, 8, 0xc8, 0x01, 0x55};
	uint8_t frame[7];

	(void)state;
	memcpy(frame, wire + 1, 6);
	frame[6] = rotor_crc8(0, wire, sizeof(wire));
	for (size_t len = 0; len < 5; len++)
		assert_int_equal(rotor_i3c_receive(&target, 0, frame, len, 1), ROTOR_ERR_LENGTH);
	for (unsigned bit = 0; bit < 56; bit++) {
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(rotor_i3c_receive(&target, 0, frame, 7, 1), ROTOR_ERR_VERIFY);
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* It was written: read, or by another target, it has another code. */
	assert_int_equal(rotor_i3c_receive(&controller, TARGET, frame, 7, 1), ROTOR_ERR_VERIFY);
	assert_int_equal(rotor_i3c_set_address(&target, TARGET + 1), ROTOR_OK);
	assert_int_equal(rotor_i3c_receive(&target, 0, frame, 7, 1), ROTOR_ERR_VERIFY);
	assert_int_equal(rotor_i3c_set_address(&target, TARGET), ROTOR_OK);
	assert_int_equal(prot.messages, 0);
	assert_int_equal(rotor_i3c_receive(&target, 0, frame, 7, 1), ROTOR_OK);
	assert_int_equal(prot.messages, 1);
	assert_int_equal(target.counters.dropped[ROTOR_I3C_DROP_LENGTH], 5);
	assert_int_equal(target.counters.dropped[ROTOR_I3C_DROP_PEC], 57);
}

static void what_fails_is_said(void **state)
{
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM};
	static const rotor_mctp_phys nowhere[] = {ROTOR_I3C_CONTROLLER, 0x80};
	struct rotor_i3c_transfer t;

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(nowhere); i++) {
		assert_int_equal(
		    rotor_mctp_send(&bmc.m, 9, nowhere[i], &message, result_sent, &result),
		    ROTOR_OK);
		assert_false(rotor_i3c_next_transfer(&controller, &t, 1));
		assert_int_equal(result.status, ROTOR_ERR_IO);
	}
	/* A target writes to nobody but the controller. */
	assert_int_equal(rotor_mctp_send(&prot.m, 10, 0x20, &message, result_sent, &result),
			 ROTOR_OK);
	assert_false(rotor_i3c_next_transfer(&target, &t, 1));
	assert_int_equal(result.status, ROTOR_ERR_IO);
	rotor_i3c_transfer_done(&controller, true, 1); /* of none */
	assert_int_equal(rotor_mctp_send(&bmc.m, 9, TARGET, &message, result_sent, &result),
			 ROTOR_OK);
	assert_true(rotor_i3c_next_transfer(&controller, &t, 1));
	rotor_i3c_transfer_done(&controller, false, 1);
	assert_int_equal(result.calls, 4);
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_int_equal(controller.counters.tx_failed, 3);
	assert_int_equal(rotor_i3c_init(&target, &prot.m, 0x80), ROTOR_ERR_ARGUMENT);
	assert_string_not_equal(rotor_i3c_drop_string(ROTOR_I3C_DROP_LENGTH), "unknown reason");
	assert_string_not_equal(rotor_i3c_drop_string(ROTOR_I3C_DROP_PEC), "unknown reason");
	assert_string_equal(rotor_i3c_drop_string(ROTOR_I3C_DROP_COUNT), "unknown reason");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_request_is_answered, start),
	    cmocka_unit_test_setup(the_code_is_as_specified, start),
	    cmocka_unit_test_setup(broken_frames_are_counted, start),
	    cmocka_unit_test_setup(what_fails_is_said, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
