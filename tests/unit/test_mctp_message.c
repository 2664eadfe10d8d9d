/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP messages between two endpoints: fragments, requests, tags, the order of sending. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/mctp_node.h"

static struct mctp_node bmc;
static struct mctp_node prot;
static struct mctp_result result;
static uint8_t pattern[NODE_BUFFER];

static int start(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 7 + (i >> 8));
	node_start(&bmc, 10, 0x10, 0);
	node_start(&prot, 20, 0x1d, 0);
	memset(&result, 0, sizeof(result));
	return 0;
}

/* A message of one type byte and len bytes of the pattern. */
static struct rotor_mctp_message message(uint8_t type, size_t len)
{
	struct rotor_mctp_message m = {.type = type, .body = {pattern, len}};

	return m;
}

static void fragments_and_reassembles(uint8_t unit, size_t len)
{
	struct rotor_mctp_message m = message(0x7e, len);
	unsigned packets;

	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, result_sent, &result), ROTOR_OK);
	packets = nodes_run(&bmc, &prot, 0);
	assert_int_equal(packets, (len + 1 + unit - 1) / unit);
	assert_int_equal(prot.len, len);
	assert_memory_equal(prot.body, pattern, len);
}

static void every_size_arrives_whole(void **state)
{
	static const uint8_t units[] = {64, 65, 128, 250, 254};

	(void)state;
	for (size_t u = 0; u < ROTOR_COUNT_OF(units); u++) {
		node_start(&bmc, 10, 0x10, units[u]);
		node_start(&prot, 20, 0x1d, 0);
		memset(&result, 0, sizeof(result));
		for (size_t len = 0; len <= NODE_BUFFER; len++)
			fragments_and_reassembles(units[u], len);
		assert_int_equal(prot.messages, NODE_BUFFER + 1);
		assert_int_equal(result.calls, NODE_BUFFER + 1);
		assert_int_equal(result.status, ROTOR_OK);
		assert_int_equal(node_drops(&prot), 0);
		assert_int_equal(bmc.m.counters.tx_messages, NODE_BUFFER + 1);
		assert_int_equal(prot.m.counters.rx_packets, bmc.m.counters.tx_packets);
	}
}

static void a_message_larger_than_a_slot_is_refused(void **state)
{
	struct rotor_mctp_config config = {.eid = 20, .buffer_size = 100};
	struct rotor_mctp_message m = message(1, 100);

	(void)state;
	node_start_with(&prot, 0x1d, &config);
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(prot.messages, 1);
	m = message(1, 101);
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(prot.messages, 1);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_TOO_LONG], 1);
}

static void a_request_is_answered_with_its_tag(void **state)
{
	struct rotor_mctp_message ask = message(5, 300);
	struct rotor_mctp_message answer = message(5, 1000);

	(void)state;
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(prot.messages, 1);
	assert_int_equal(prot.info.peer, 10);
	assert_int_equal(prot.info.own, 20);
	assert_int_equal(prot.info.phys, 0x10);
	assert_int_equal(prot.info.type, 5);
	assert_true(prot.info.tag_owner);
	assert_false(prot.info.integrity);
	assert_int_equal(result.calls, 0);

	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &answer, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 50);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_OK);
	assert_int_equal(result.info.peer, 20);
	assert_int_equal(result.info.tag, prot.info.tag);
	assert_false(result.info.tag_owner);
	assert_int_equal(result.len, 1000);
	assert_memory_equal(result.body, pattern, 1000);
	assert_true(rotor_mctp_deadline(&bmc.m) == ROTOR_NEVER);

	/* The same answer once more is nobody's. */
	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &answer, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 60);
	assert_int_equal(result.calls, 1);
	assert_true(bmc.m.counters.dropped[ROTOR_MCTP_DROP_UNSOLICITED] >= 1);
	assert_int_equal(rotor_mctp_respond(&bmc.m, &result.info, &answer, NULL, NULL),
			 ROTOR_ERR_ARGUMENT);
}

static void both_sides_may_ask_at_once(void **state)
{
	static struct mctp_result other;
	struct rotor_mctp_message ask = message(6, 500);
	struct rotor_mctp_message answer = message(6, 400);
	struct rotor_mctp_message_info info;

	(void)state;
	memset(&other, 0, sizeof(other));
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	assert_int_equal(rotor_mctp_request(&prot.m, 10, 0x10, &ask, 100, result_response, &other),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	/* Same EIDs, same tag; only the tag-owner bit tells request from answer. */
	assert_int_equal(bmc.info.tag, prot.info.tag);
	info = bmc.info;
	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &answer, NULL, NULL), ROTOR_OK);
	assert_int_equal(rotor_mctp_respond(&bmc.m, &info, &answer, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(result.calls, 1);
	assert_int_equal(other.calls, 1);
	assert_int_equal(result.len, 400);
	assert_int_equal(node_drops(&bmc) + node_drops(&prot), 0);
}

/* One packet as the answer to the request that the BMC has just made with tag 0 to EID 20. */
static const struct {
	const char *what;
	rotor_mctp_phys phys;
	uint8_t destination, source, flags, type;
	bool accepted;
} answers[] = {
    {"right", 0x1d, 10, 20, 0xc0, 5, true},
    {"another tag", 0x1d, 10, 20, 0xc1, 5, false},
    {"another source EID", 0x1d, 10, 21, 0xc0, 5, false},
    {"no source EID", 0x1d, 10, 0, 0xc0, 5, false},
    {"another address", 0x1e, 10, 20, 0xc0, 5, false},
    {"another type", 0x1d, 10, 20, 0xc0, 1, false},
    {"to the null EID", 0x1d, 0, 20, 0xc0, 5, false},
    {"right, with a sequence number", 0x1d, 10, 20, 0xe0, 5, true},
    {"right, with integrity check", 0x1d, 10, 20, 0xc0, 0x85, true},
};

static void only_the_one_asked_can_answer(void **state)
{
	struct rotor_mctp_message ask = message(5, 4);

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(answers); i++) {
		(void)start(NULL);
		assert_int_equal(
		    rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
		    ROTOR_OK);
		nodes_run(&bmc, &prot, 0);
		node_packet(&bmc, answers[i].phys, answers[i].destination, answers[i].source,
			    answers[i].flags, answers[i].type, 5, 10);
		if (result.calls != (answers[i].accepted ? 1U : 0U))
			fail_msg("%s", answers[i].what);
		assert_int_equal(bmc.m.counters.dropped[ROTOR_MCTP_DROP_UNSOLICITED],
				 answers[i].accepted ? 0 : 1);
		/* A refused one has not spoilt the request. */
		if (!answers[i].accepted) {
			node_packet(&bmc, 0x1d, 10, 20, 0xc0, 5, 5, 20);
			assert_int_equal(result.calls, 1);
			assert_int_equal(result.status, ROTOR_OK);
		}
	}
}

static void an_unasked_answer_takes_no_slot(void **state)
{
	(void)state;
	node_packet(&bmc, 0x1d, 10, 20, 0x80, 5, 64, 0);
	assert_int_equal(bmc.m.counters.dropped[ROTOR_MCTP_DROP_UNSOLICITED], 1);
	assert_true(rotor_mctp_deadline(&bmc.m) == ROTOR_NEVER);
	node_packet(&bmc, 0x1d, 10, 20, 0x50, 5, 64, 0);
	assert_int_equal(bmc.m.counters.dropped[ROTOR_MCTP_DROP_UNEXPECTED], 1);
}

static void an_answer_before_the_request_has_left_is_nobodys(void **state)
{
	struct rotor_mctp_message ask = message(5, 100);
	struct rotor_mctp_packet_out out;
	uint8_t buf[68];

	(void)state;
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	assert_int_equal(rotor_mctp_next_packet(&bmc.m, buf, sizeof(buf), &out), 68);
	rotor_mctp_packet_done(&bmc.m, true, 0);
	node_packet(&bmc, 0x1d, 10, 20, 0xc0, 5, 5, 0);
	assert_int_equal(bmc.m.counters.dropped[ROTOR_MCTP_DROP_UNSOLICITED], 1);
	assert_int_equal(result.calls, 0);
}

static void a_physical_request_accepts_any_eid_from_there(void **state)
{
	struct rotor_mctp_message ask = message(0, 2);

	(void)state;
	assert_int_equal(rotor_mctp_request(&bmc.m, 0, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(prot.info.own, 0);
	node_packet(&bmc, 0x1e, 10, 20, 0xc0, 0, 5, 1);
	assert_int_equal(result.calls, 0);
	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &ask, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 1);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.info.peer, 20);
}

static void who_has_no_eid_answers_from_none(void **state)
{
	struct rotor_mctp_message ask = message(0, 2);

	(void)state;
	node_start(&prot, 0, 0x1d, 0);
	assert_int_equal(rotor_mctp_request(&bmc.m, 0, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &ask, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 1);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.info.peer, 0);
}

static void an_answer_comes_from_the_eid_that_was_asked(void **state)
{
	struct rotor_mctp_message ask = message(0, 2);

	(void)state;
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(rotor_mctp_set_eid(&prot.m, 30), ROTOR_OK);
	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &ask, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 1);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.info.peer, 20);
	assert_int_equal(rotor_mctp_eid(&prot.m), 30);
}

static void a_request_times_out_after_it_has_left(void **state)
{
	struct rotor_mctp_message ask = message(1, 2);

	(void)state;
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	assert_true(rotor_mctp_deadline(&bmc.m) == ROTOR_NEVER);
	rotor_mctp_poll(&bmc.m, 5000);
	assert_int_equal(result.calls, 0);
	nodes_run(&bmc, &prot, 5000);
	assert_true(rotor_mctp_deadline(&bmc.m) == 5100);
	rotor_mctp_poll(&bmc.m, 5099);
	assert_int_equal(result.calls, 0);
	rotor_mctp_poll(&bmc.m, 5100);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_ERR_TIMEOUT);
	assert_int_equal(bmc.m.counters.request_timeouts, 1);
	/* Its late answer does not count for the next request, which has another tag. */
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	struct rotor_mctp_message_info late = prot.info;
	nodes_run(&bmc, &prot, 5200);
	assert_int_not_equal(late.tag, prot.info.tag);
	assert_int_equal(rotor_mctp_respond(&prot.m, &late, &ask, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 5200);
	assert_int_equal(result.calls, 1);
	assert_int_equal(bmc.m.counters.dropped[ROTOR_MCTP_DROP_UNSOLICITED], 1);
}

static void an_answer_that_is_coming_in_is_waited_for(void **state)
{
	struct rotor_mctp_message ask = message(5, 2);

	(void)state;
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	node_packet(&bmc, 0x1d, 10, 20, 0x80, 5, 64, 99);
	rotor_mctp_poll(&bmc.m, 200);
	assert_int_equal(result.calls, 0);
	node_packet(&bmc, 0x1d, 10, 20, 0x50, 0, 10, 300);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.len, 73);
	/* If it stops half-way, the request ends all the same. */
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 1000);
	node_packet(&bmc, 0x1d, 10, 20, 0x81, 5, 64, 1001);
	rotor_mctp_poll(&bmc.m, 1001 + ROTOR_MCTP_REASSEMBLY_MS);
	assert_int_equal(result.calls, 2);
	assert_int_equal(result.status, ROTOR_ERR_TIMEOUT);
	assert_int_equal(bmc.m.counters.dropped[ROTOR_MCTP_DROP_TIMEOUT], 1);
}

static void a_packet_not_delivered_ends_its_message(void **state)
{
	struct rotor_mctp_message m = message(1, 200);
	struct rotor_mctp_packet_out out;
	uint8_t buf[68];

	(void)state;
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, result_sent, &result), ROTOR_OK);
	assert_int_equal(rotor_mctp_next_packet(&bmc.m, buf, sizeof(buf), &out), 68);
	assert_int_equal(rotor_mctp_next_packet(&bmc.m, buf, sizeof(buf), &out), 0);
	rotor_mctp_packet_done(&bmc.m, true, 0);
	assert_int_equal(rotor_mctp_next_packet(&bmc.m, buf, sizeof(buf), &out), 68);
	rotor_mctp_packet_done(&bmc.m, false, 0);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_int_equal(rotor_mctp_next_packet(&bmc.m, buf, sizeof(buf), &out), 0);
	assert_false(rotor_mctp_sending(&bmc.m));
	rotor_mctp_packet_done(&bmc.m, true, 0);
	assert_int_equal(bmc.m.counters.tx_failed, 1);
	assert_int_equal(bmc.m.counters.tx_packets, 1);

	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &m, 100, result_response, &result),
			 ROTOR_OK);
	assert_int_equal(rotor_mctp_next_packet(&bmc.m, buf, sizeof(buf), &out), 68);
	rotor_mctp_packet_done(&bmc.m, false, 0);
	assert_int_equal(result.calls, 2);
	assert_int_equal(result.status, ROTOR_ERR_IO);
}

/* Takes the next packet of the BMC and delivers it. */
static size_t take(uint8_t buf[68])
{
	struct rotor_mctp_packet_out out;
	size_t n = rotor_mctp_next_packet(&bmc.m, buf, 68, &out);

	if (n != 0)
		rotor_mctp_packet_done(&bmc.m, true, 0);
	return n;
}

static void control_goes_between_the_packets_of_a_long_message(void **state)
{
	struct rotor_mctp_message bulk = message(6, 150);
	struct rotor_mctp_message second = message(1, 10);
	struct rotor_mctp_message control = message(0, 2);
	/* Flags of each packet: bulk, control (third tag), bulk, bulk, second. */
	static const uint8_t expected[] = {0x88, 0xca, 0x18, 0x68, 0xc9};
	uint8_t buf[68];

	(void)state;
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &bulk, NULL, NULL), ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &second, NULL, NULL), ROTOR_OK);
	assert_int_equal(take(buf), 68);
	assert_int_equal(buf[3], expected[0]);
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &control, NULL, NULL), ROTOR_OK);
	for (size_t i = 1; i < sizeof(expected); i++) {
		assert_true(take(buf) != 0);
		assert_int_equal(buf[3], expected[i]);
	}
	assert_int_equal(take(buf), 0);
}

static void tags_run_out_and_come_back(void **state)
{
	struct rotor_mctp_message ask = message(1, 2);
	unsigned seen = 0;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(
		    rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100 + i, result_response, &result),
		    ROTOR_OK);
		nodes_run(&bmc, &prot, 0);
		seen |= 1U << prot.info.tag;
	}
	assert_int_equal(seen, 0xff);
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_ERR_BUSY);
	/* Tags are counted for each peer. */
	assert_int_equal(rotor_mctp_request(&bmc.m, 21, 0x1e, &ask, 100, result_response, &result),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	rotor_mctp_poll(&bmc.m, 102);
	assert_int_equal(result.calls, 4);
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &ask, 100, result_response, &result),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_true(prot.info.tag <= 2);
}

static void the_queue_is_as_long_as_it_was_made(void **state)
{
	struct rotor_mctp_message m = message(1, 2);

	(void)state;
	for (unsigned i = 0; i < NODE_PENDING; i++)
		assert_int_equal(rotor_mctp_send(&bmc.m, (uint8_t)(20 + i),
						 (rotor_mctp_phys)(0x1d + i), &m, NULL, NULL),
				 ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&bmc.m, 99, 0x50, &m, NULL, NULL), ROTOR_ERR_BUSY);
	assert_int_equal(nodes_run(&bmc, &prot, 0), NODE_PENDING);
	assert_int_equal(prot.messages, 1);
	assert_int_equal(rotor_mctp_send(&bmc.m, 99, 0x50, &m, NULL, NULL), ROTOR_OK);
}

static void what_is_cancelled_calls_nobody(void **state)
{
	struct rotor_mctp_message m = message(6, 200);
	struct mctp_result other = {0};
	struct rotor_mctp_packet_out out;
	uint8_t buf[68];

	(void)state;
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, result_sent, &result), ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, result_sent, &other), ROTOR_OK);
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &m, 100, result_response, &result),
			 ROTOR_OK);
	assert_int_equal(rotor_mctp_next_packet(&bmc.m, buf, sizeof(buf), &out), 68);
	/* Its first packet is with the binding. */
	rotor_mctp_cancel(&bmc.m, &result);
	assert_int_equal(rotor_mctp_next_packet(&bmc.m, buf, sizeof(buf), &out), 0);
	rotor_mctp_packet_done(&bmc.m, false, 0);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(result.calls, 0);
	assert_int_equal(other.calls, 1);
	assert_int_equal(prot.messages, 1);
	/* A request that waits. */
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &m, 100, result_response, &result),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	rotor_mctp_cancel(&bmc.m, &result);
	assert_true(rotor_mctp_deadline(&bmc.m) == ROTOR_NEVER);
	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &m, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(result.calls, 0);
}

static void routes_lead_by_eid(void **state)
{
	struct rotor_mctp_message m = message(1, 2);
	rotor_mctp_phys phys = 0;

	(void)state;
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, ROTOR_MCTP_PHYS_ROUTE, &m, NULL, NULL),
			 ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_mctp_route_set(&bmc.m, 0, 0x1d), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_mctp_route_set(&bmc.m, 0xff, 0x1d), ROTOR_ERR_ARGUMENT);
	for (uint8_t i = 0; i < 4; i++)
		assert_int_equal(rotor_mctp_route_set(&bmc.m, 20 + i, 0x1a + i), ROTOR_OK);
	assert_int_equal(rotor_mctp_route_set(&bmc.m, 24, 0x1e), ROTOR_ERR_SPACE);
	assert_int_equal(rotor_mctp_route_set(&bmc.m, 20, 0x1d), ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, ROTOR_MCTP_PHYS_ROUTE, &m, NULL, NULL),
			 ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(prot.messages, 1);
	rotor_mctp_route_remove(&bmc.m, 20);
	assert_int_equal(rotor_mctp_route_find(&bmc.m, 20, &phys), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_mctp_route_find(&bmc.m, 0, &phys), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_mctp_route_find(&bmc.m, 22, &phys), ROTOR_OK);
	assert_int_equal(phys, 0x1c);
	assert_int_equal(
	    rotor_mctp_request(&bmc.m, 20, ROTOR_MCTP_PHYS_ROUTE, &m, 1, result_response, &result),
	    ROTOR_ERR_NOT_FOUND);
}

static void a_held_message_stays_until_released(void **state)
{
	struct rotor_mctp_message m = message(6, 200);
	struct rotor_mctp_message small = message(6, 20);
	uint8_t *first;

	(void)state;
	prot.hold = true;
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	first = prot.held;
	assert_non_null(first);
	prot.hold = true;
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &small, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_non_null(prot.held);
	assert_ptr_not_equal(prot.held, first);
	/* Two of three slots are one sender's share. */
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(prot.messages, 2);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_QUOTA], 1);
	assert_memory_equal(first, pattern, 200);
	assert_memory_equal(prot.held, pattern, 20);
	/* Time does not take them. */
	rotor_mctp_poll(&prot.m, 1000000);
	assert_memory_equal(first, pattern, 200);
	rotor_mctp_release(&prot.m, first + 12);
	assert_int_equal(rotor_mctp_send(&bmc.m, 20, 0x1d, &m, NULL, NULL), ROTOR_OK);
	nodes_run(&bmc, &prot, 0);
	assert_int_equal(prot.messages, 3);
	rotor_mctp_release(&prot.m, prot.held);
	rotor_mctp_release(&prot.m, pattern);
}

static rotor_ms response_at, sent_at;

static void note_response(void *ctx, enum rotor_status status,
			  const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	(void)status;
	(void)info;
	(void)body;
	(void)len;
	response_at = rotor_mctp_now(ctx);
}

static void note_sent(void *ctx, enum rotor_status status)
{
	(void)status;
	sent_at = rotor_mctp_now(ctx);
}

/* Callbacks are not given the time: the endpoint has it, of the call that they are made in. */
static void a_callback_can_ask_for_the_time(void **state)
{
	struct rotor_mctp_message m = message(5, 200);

	(void)state;
	assert_true(rotor_mctp_now(&bmc.m) == 0);
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &m, 100, note_response, &bmc.m),
			 ROTOR_OK);
	(void)nodes_run(&bmc, &prot, 1000);
	assert_true(prot.at == 1000);
	assert_int_equal(rotor_mctp_respond(&prot.m, &prot.info, &m, note_sent, &prot.m), ROTOR_OK);
	(void)nodes_run(&bmc, &prot, 1050);
	assert_true(sent_at == 1050);
	assert_true(response_at == 1050);
	assert_int_equal(rotor_mctp_request(&bmc.m, 20, 0x1d, &m, 100, note_response, &bmc.m),
			 ROTOR_OK);
	(void)nodes_run(&bmc, &prot, 2000);
	rotor_mctp_poll(&bmc.m, 2200);
	assert_true(response_at == 2200);
}

static void a_configuration_that_cannot_work_is_refused(void **state)
{
	struct rotor_mctp_config good = bmc.m.config;
	struct rotor_mctp_config bad;
	struct rotor_mctp m;

	(void)state;
	assert_int_equal(rotor_mctp_init(&m, &good), ROTOR_OK);
#define REFUSED(change)                                                                            \
	do {                                                                                       \
		bad = good;                                                                        \
		change;                                                                            \
		assert_int_equal(rotor_mctp_init(&m, &bad), ROTOR_ERR_ARGUMENT);                   \
	} while (0)
	REFUSED(bad.eid = 1);
	REFUSED(bad.eid = 7);
	REFUSED(bad.eid = 255);
	REFUSED(bad.unit = 63);
	REFUSED(bad.unit = 255);
	REFUSED(bad.slots = NULL);
	REFUSED(bad.buffers = NULL);
	REFUSED(bad.buffer_size = 0);
	REFUSED(bad.pending = NULL);
	REFUSED(bad.pending_count = 0);
	REFUSED(bad.routes = NULL);
	REFUSED(bad.on_message = NULL);
#undef REFUSED
	assert_int_equal(rotor_mctp_set_eid(&m, 7), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_mctp_set_eid(&m, 255), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_mctp_set_eid(&m, 0), ROTOR_OK);
	assert_int_equal(rotor_mctp_set_eid(&m, 254), ROTOR_OK);
	good.slots = NULL;
	good.buffers = NULL;
	good.slot_count = 0;
	good.routes = NULL;
	good.route_count = 0;
	assert_int_equal(rotor_mctp_init(&m, &good), ROTOR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(every_size_arrives_whole, start),
	    cmocka_unit_test_setup(a_message_larger_than_a_slot_is_refused, start),
	    cmocka_unit_test_setup(a_request_is_answered_with_its_tag, start),
	    cmocka_unit_test_setup(both_sides_may_ask_at_once, start),
	    cmocka_unit_test_setup(only_the_one_asked_can_answer, start),
	    cmocka_unit_test_setup(an_unasked_answer_takes_no_slot, start),
	    cmocka_unit_test_setup(an_answer_before_the_request_has_left_is_nobodys, start),
	    cmocka_unit_test_setup(a_physical_request_accepts_any_eid_from_there, start),
	    cmocka_unit_test_setup(who_has_no_eid_answers_from_none, start),
	    cmocka_unit_test_setup(an_answer_comes_from_the_eid_that_was_asked, start),
	    cmocka_unit_test_setup(a_request_times_out_after_it_has_left, start),
	    cmocka_unit_test_setup(an_answer_that_is_coming_in_is_waited_for, start),
	    cmocka_unit_test_setup(a_packet_not_delivered_ends_its_message, start),
	    cmocka_unit_test_setup(control_goes_between_the_packets_of_a_long_message, start),
	    cmocka_unit_test_setup(tags_run_out_and_come_back, start),
	    cmocka_unit_test_setup(the_queue_is_as_long_as_it_was_made, start),
	    cmocka_unit_test_setup(what_is_cancelled_calls_nobody, start),
	    cmocka_unit_test_setup(routes_lead_by_eid, start),
	    cmocka_unit_test_setup(a_held_message_stays_until_released, start),
	    cmocka_unit_test_setup(a_callback_can_ask_for_the_time, start),
	    cmocka_unit_test_setup(a_configuration_that_cannot_work_is_refused, start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
