/* SPDX-License-Identifier: Apache-2.0 */
/* An endpoint whose packets somebody else makes: whole messages out and in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/mctp_messages.h"
#include "support/mctp_node.h"

static struct mctp_node node;
static struct mctp_result result;
static uint8_t pattern[300];

static int start(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 5 + 1);
	node_start(&node, 10, 0x10, 0);
	memset(&result, 0, sizeof(result));
	return 0;
}

static struct rotor_mctp_message message(uint8_t type, size_t len)
{
	struct rotor_mctp_message m = {.type = type, .body = {pattern, len}};

	return m;
}

static struct rotor_mctp_message_info from(uint8_t peer, rotor_mctp_phys phys, uint8_t tag,
					   bool tag_owner)
{
	struct rotor_mctp_message_info info = {.peer = peer,
					       .own = 10,
					       .phys = phys,
					       .tag = tag,
					       .tag_owner = tag_owner,
					       .type = ROTOR_MCTP_TYPE_SPDM};

	return info;
}

/* All of it is shown, and once. */
static void a_message_is_handed_over_whole(void **state)
{
	static const size_t sizes[] = {0, 1, 63, 64, 200, 300};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
		struct rotor_mctp_message m = message(0x85, sizes[i]);
		struct rotor_mctp_message_out out;

		assert_int_equal(rotor_mctp_send(&node.m, 20, 0x1d, &m, result_sent, &result),
				 ROTOR_OK);
		assert_true(rotor_mctp_next_message(&node.m, &out));
		assert_int_equal(out.destination, 20);
		assert_int_equal(out.phys, 0x1d);
		assert_int_equal(out.type, 0x85);
		assert_true(out.tag_owner);
		assert_false(out.request);
		assert_int_equal(out.body.len, sizes[i]);
		if (sizes[i])
			assert_ptr_equal(out.body.data, m.body.data);
		/* one at a time */
		struct rotor_mctp_message_out other;
		assert_false(rotor_mctp_next_message(&node.m, &other));
		assert_int_equal(result.calls, i);
		rotor_mctp_message_done(&node.m, true, 0);
		assert_int_equal(result.calls, i + 1);
		assert_int_equal(result.status, ROTOR_OK);
		assert_false(rotor_mctp_next_message(&node.m, &out));
	}
	assert_int_equal(node.m.counters.tx_messages, ROTOR_COUNT_OF(sizes));
	assert_false(rotor_mctp_sending(&node.m));
}

static void control_goes_first(void **state)
{
	struct rotor_mctp_message first = message(ROTOR_MCTP_TYPE_PLDM, 200);
	struct rotor_mctp_message second = message(ROTOR_MCTP_TYPE_CONTROL, 2);
	struct rotor_mctp_message_out out;

	(void)state;
	assert_int_equal(rotor_mctp_send(&node.m, 20, 1, &first, NULL, NULL), ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&node.m, 20, 1, &second, NULL, NULL), ROTOR_OK);
	assert_true(rotor_mctp_next_message(&node.m, &out));
	assert_int_equal(out.type, ROTOR_MCTP_TYPE_CONTROL);
	rotor_mctp_message_done(&node.m, true, 0);
	assert_true(rotor_mctp_next_message(&node.m, &out));
	assert_int_equal(out.type, ROTOR_MCTP_TYPE_PLDM);
	assert_int_equal(out.body.len, 200);
}

static void what_is_put_back_comes_again_unless_cancelled(void **state)
{
	struct rotor_mctp_message m = message(ROTOR_MCTP_TYPE_SPDM, 100);
	struct rotor_mctp_message_out out;

	(void)state;
	assert_int_equal(rotor_mctp_request(&node.m, 20, 7, &m, 100, result_response, &result),
			 ROTOR_OK);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(rotor_mctp_next_message(&node.m, &out));
		assert_int_equal(out.body.len, 100);
		rotor_mctp_message_later(&node.m);
		assert_true(rotor_mctp_sending(&node.m));
	}
	assert_true(rotor_mctp_awaits(&node.m, 20, 7, out.tag));
	rotor_mctp_cancel(&node.m, &result);
	assert_false(rotor_mctp_awaits(&node.m, 20, 7, out.tag));
	assert_false(rotor_mctp_next_message(&node.m, &out));
	assert_int_equal(result.calls, 0);
}

static void one_cancelled_while_it_is_handed_over_is_forgotten(void **state)
{
	struct rotor_mctp_message m = message(ROTOR_MCTP_TYPE_SPDM, 100);
	struct rotor_mctp_message_out out;

	(void)state;
	assert_int_equal(rotor_mctp_request(&node.m, 20, 7, &m, 100, result_response, &result),
			 ROTOR_OK);
	assert_true(rotor_mctp_next_message(&node.m, &out));
	rotor_mctp_cancel(&node.m, &result);
	rotor_mctp_message_done(&node.m, true, 0);
	assert_int_equal(result.calls, 0);
	assert_false(rotor_mctp_next_message(&node.m, &out));
}

static void what_cannot_be_handed_over_fails(void **state)
{
	struct rotor_mctp_message m = message(ROTOR_MCTP_TYPE_SPDM, 100);
	struct rotor_mctp_message_out out;

	(void)state;
	assert_int_equal(rotor_mctp_request(&node.m, 20, 7, &m, 100, result_response, &result),
			 ROTOR_OK);
	assert_true(rotor_mctp_next_message(&node.m, &out));
	rotor_mctp_message_done(&node.m, false, 5);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_false(rotor_mctp_awaits(&node.m, 20, 7, out.tag));
	assert_int_equal(node.m.counters.tx_failed, 1);
}

/* An answer counts only from whom was asked, with the tag of the request, of its type, to who asked. */
static void an_answer_finds_its_request_and_nothing_else_does(void **state)
{
	struct rotor_mctp_message m = message(ROTOR_MCTP_TYPE_SPDM, 10);
	struct rotor_mctp_message_out out;
	uint8_t body[] = {1, 2, 3};

	(void)state;
	assert_int_equal(rotor_mctp_request(&node.m, 20, 7, &m, 100, result_response, &result),
			 ROTOR_OK);
	assert_true(rotor_mctp_next_message(&node.m, &out));
	assert_true(out.request);
	rotor_mctp_message_done(&node.m, true, 1000);
	const struct rotor_mctp_message_info good = from(20, 7, out.tag, false);
	struct rotor_mctp_message_info wrong[5] = {good, good, good, good, good};
	wrong[0].peer = 21;
	wrong[1].phys = 8;
	wrong[2].tag = (out.tag + 1) & 7;
	wrong[3].type = ROTOR_MCTP_TYPE_PLDM;
	wrong[4].own = ROTOR_MCTP_EID_NULL;
	for (size_t i = 0; i < ROTOR_COUNT_OF(wrong); i++)
		rotor_mctp_receive_message(&node.m, &wrong[i], body, sizeof(body), 1001);
	assert_int_equal(result.calls, 0);
	assert_int_equal(node.m.counters.dropped[ROTOR_MCTP_DROP_UNSOLICITED],
			 ROTOR_COUNT_OF(wrong));
	assert_true(rotor_mctp_awaits(&node.m, 20, 7, out.tag));
	rotor_mctp_receive_message(&node.m, &good, body, sizeof(body), 1002);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.len, sizeof(body));
	assert_memory_equal(result.body, body, sizeof(body));
	assert_false(rotor_mctp_awaits(&node.m, 20, 7, out.tag));
	/* once */
	rotor_mctp_receive_message(&node.m, &good, body, sizeof(body), 1003);
	assert_int_equal(result.calls, 1);
	assert_int_equal(node.messages, 0);
}

static void a_request_times_out(void **state)
{
	struct rotor_mctp_message m = message(ROTOR_MCTP_TYPE_SPDM, 10);
	struct rotor_mctp_message_out out;

	(void)state;
	assert_int_equal(rotor_mctp_request(&node.m, 20, 7, &m, 100, result_response, &result),
			 ROTOR_OK);
	assert_true(rotor_mctp_next_message(&node.m, &out));
	rotor_mctp_message_done(&node.m, true, 1000);
	assert_int_equal(rotor_mctp_deadline(&node.m), 1100);
	rotor_mctp_poll(&node.m, 1100);
	assert_int_equal(result.status, ROTOR_ERR_TIMEOUT);
	assert_false(rotor_mctp_awaits(&node.m, 20, 7, out.tag));
}

static void a_request_of_a_peer_is_handed_out_held_and_answered(void **state)
{
	struct rotor_mctp_message_info info = from(20, 7, 3, true);
	struct rotor_mctp_message m = message(ROTOR_MCTP_TYPE_SPDM, 60);
	struct rotor_mctp_message_out out;
	uint8_t body[250];

	(void)state;
	memset(body, 0x5a, sizeof(body));
	node.hold = true;
	rotor_mctp_receive_message(&node.m, &info, body, sizeof(body), 42);
	assert_int_equal(node.messages, 1);
	assert_int_equal(node.len, sizeof(body));
	assert_int_equal(node.at, 42);
	assert_non_null(node.held);
	memset(body, 0, sizeof(body));
	assert_int_equal(node.held[249], 0x5a);
	assert_int_equal(rotor_mctp_respond(&node.m, &info, &m, NULL, NULL), ROTOR_OK);
	assert_true(rotor_mctp_next_message(&node.m, &out));
	assert_false(out.tag_owner);
	assert_false(out.request);
	assert_int_equal(out.tag, 3);
	assert_int_equal(out.destination, 20);
	assert_int_equal(out.phys, 7);
}

static void what_is_not_for_this_endpoint_is_counted(void **state)
{
	static const struct {
		uint8_t peer, own;
		enum rotor_mctp_drop reason;
	} cases[] = {
	    {20, 11, ROTOR_MCTP_DROP_DESTINATION},
	    {0xff, 10, ROTOR_MCTP_DROP_SOURCE},
	    {0xff, 0, ROTOR_MCTP_DROP_SOURCE},
	};
	uint8_t body[] = {1};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_mctp_message_info info = from(cases[i].peer, 7, 0, true);
		uint32_t before = node.m.counters.dropped[cases[i].reason];

		info.own = cases[i].own;
		rotor_mctp_receive_message(&node.m, &info, body, sizeof(body), 0);
		assert_int_equal(node.m.counters.dropped[cases[i].reason], before + 1);
	}
	assert_int_equal(node.messages, 0);
	for (unsigned own = 0; own <= 0xff; own += 0xff) {
		struct rotor_mctp_message_info info = from(20, 7, 0, true);

		info.own = (uint8_t)own;
		rotor_mctp_receive_message(&node.m, &info, body, sizeof(body), 0);
	}
	assert_int_equal(node.messages, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_message_is_handed_over_whole, start),
	    cmocka_unit_test_setup(control_goes_first, start),
	    cmocka_unit_test_setup(what_is_put_back_comes_again_unless_cancelled, start),
	    cmocka_unit_test_setup(one_cancelled_while_it_is_handed_over_is_forgotten, start),
	    cmocka_unit_test_setup(what_cannot_be_handed_over_fails, start),
	    cmocka_unit_test_setup(an_answer_finds_its_request_and_nothing_else_does, start),
	    cmocka_unit_test_setup(a_request_times_out, start),
	    cmocka_unit_test_setup(a_request_of_a_peer_is_handed_out_held_and_answered, start),
	    cmocka_unit_test_setup(what_is_not_for_this_endpoint_is_counted, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
