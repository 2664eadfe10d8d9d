/* SPDX-License-Identifier: Apache-2.0 */
/* A bridge between an SMBus segment and a line: what it forwards, what it does not, and its control commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/mctp_bridge.h"
#include "support/mctp_node.h"

#define AGENT_EID  8
#define BRIDGE_EID 9
#define DEVICE_EID 20
#define OTHER_EID  30

#define AGENT_PHYS  0x10
#define BRIDGE_PHYS 0x20
#define OTHER_PHYS  0x31
#define LINE_PHYS   0

#define PACKETS 8

/* The agent and another endpoint on the SMBus segment (port 0), the device on the line (port 1). */
static struct mctp_node agent, other, device, port[2];
static struct rotor_mctp_bridge bridge;
static struct rotor_mctp_bridge_port ports[2];
static struct rotor_mctp_bridge_route routes[8];
static struct rotor_mctp_bridge_packet packets[PACKETS];
static struct rotor_mctp_control control[2];
static struct mctp_result result;
/* Packets for the device that its line refuses. */
static unsigned refuse, probes;
static struct {
	unsigned calls;
	uint8_t first, count;
} pool;

static void on_pool(void *ctx, uint8_t first, uint8_t count)
{
	assert_ptr_equal(ctx, &pool);
	pool.calls++;
	pool.first = first;
	pool.count = count;
}

static void on_eid(void *ctx, uint8_t eid)
{
	assert_int_equal(rotor_mctp_bridge_set_eid(ctx, eid), ROTOR_OK);
}

static void route(uint8_t first, uint8_t last, uint8_t at, rotor_mctp_phys phys, uint8_t kind)
{
	const struct rotor_mctp_bridge_route entry = {
	    .first = first, .last = last, .port = at, .phys = phys, .kind = kind};

	assert_int_equal(rotor_mctp_bridge_route_set(&bridge, &entry), ROTOR_OK);
}

static int start(void **state)
{
	const struct rotor_mctp_bridge_config config = {
	    .ports = ports,
	    .port_count = 2,
	    .upstream = 0,
	    .routes = routes,
	    .route_count = ROTOR_COUNT_OF(routes),
	    .packets = packets,
	    .packet_count = PACKETS,
	    .packets_per_source = PACKETS / 2,
	    .pool_wanted = 4,
	    .on_pool = on_pool,
	    .ctx = &pool,
	};

	(void)state;
	node_start(&agent, AGENT_EID, AGENT_PHYS, 64);
	node_start(&other, OTHER_EID, OTHER_PHYS, 64);
	node_start(&device, DEVICE_EID, LINE_PHYS, 64);
	node_start(&port[0], BRIDGE_EID, BRIDGE_PHYS, 200);
	node_start(&port[1], BRIDGE_EID, LINE_PHYS, 64);
	ports[0] = (struct rotor_mctp_bridge_port){.mctp = &port[0].m,
						   .binding = ROTOR_MCTP_BINDING_SMBUS,
						   .medium = 4,
						   .address_size = 1,
						   .own = BRIDGE_PHYS};
	ports[1] = (struct rotor_mctp_bridge_port){
	    .mctp = &port[1].m, .binding = ROTOR_MCTP_BINDING_SERIAL, .medium = 0x20};
	memset(packets, 0xa5, sizeof(packets));
	assert_int_equal(rotor_mctp_bridge_init(&bridge, &config), ROTOR_OK);
	for (unsigned i = 0; i < 2; i++) {
		const struct rotor_mctp_control_config answers = {
		    .pool = &bridge.pool,
		    .on_eid = on_eid,
		    .ctx = &bridge,
		    .more = rotor_mctp_bridge_command,
		    .more_ctx = &ports[i],
		};

		assert_int_equal(rotor_mctp_control_init(&control[i], &port[i].m, &answers),
				 ROTOR_OK);
	}
	route(AGENT_EID, AGENT_EID, 0, AGENT_PHYS, ROTOR_MCTP_ROUTE_ENDPOINT);
	route(OTHER_EID, OTHER_EID, 0, OTHER_PHYS, ROTOR_MCTP_ROUTE_ENDPOINT);
	route(DEVICE_EID, DEVICE_EID, 1, LINE_PHYS, ROTOR_MCTP_ROUTE_ENDPOINT);
	memset(&result, 0, sizeof(result));
	memset(&pool, 0, sizeof(pool));
	refuse = 0;
	probes = 0;
	return 0;
}

/* ---- the buses ---- */

/* Moves a node's next packet to whoever is at its address on the bus. */
static bool move(struct mctp_node *from, struct mctp_node *const *bus, rotor_ms now)
{
	uint8_t buf[ROTOR_MCTP_HEADER_SIZE + ROTOR_MCTP_UNIT_MAX];
	struct rotor_mctp_packet_out out;
	const size_t n = rotor_mctp_next_packet(&from->m, buf, sizeof(buf), &out);
	bool acked = false;

	if (n == 0)
		return false;
	probes += out.probe;
	if (from == &port[1] && refuse != 0) {
		refuse--;
		rotor_mctp_packet_done(&from->m, false, now);
		return true;
	}
	for (; *bus != NULL; bus++) {
		if (*bus != from && (*bus)->phys == out.phys) {
			acked = true;
			rotor_mctp_receive(&(*bus)->m, from->phys, buf, n, now);
		}
	}
	rotor_mctp_packet_done(&from->m, acked, now);
	return true;
}

static void run(rotor_ms now)
{
	struct mctp_node *const segment[] = {&agent, &other, &port[0], NULL};
	struct mctp_node *const line[] = {&port[1], &device, NULL};
	bool moved;

	do {
		moved = false;
		for (unsigned i = 0; segment[i] != NULL; i++)
			moved |= move(segment[i], segment, now);
		for (unsigned i = 0; line[i] != NULL; i++)
			moved |= move(line[i], line, now);
	} while (moved);
}

static uint8_t body[1000];

static void ask(struct mctp_node *from, uint8_t to, rotor_mctp_phys phys, size_t len)
{
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM,
						   .body = {body, len}};

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7 + len);
	assert_int_equal(
	    rotor_mctp_request(&from->m, to, phys, &message, 1000, result_response, &result),
	    ROTOR_OK);
}

static unsigned drops(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < ROTOR_MCTP_BRIDGE_DROP_COUNT; i++)
		sum += bridge.counters.dropped[i];
	return sum;
}

#define DROPPED(reason) bridge.counters.dropped[ROTOR_MCTP_BRIDGE_DROP_##reason]

/* ---- forwarding ---- */

static void messages_cross_in_both_directions(void **state)
{
	static const size_t lengths[] = {0, 1, 62, 63, 64, 127, 128, 256};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(lengths); i++) {
		const size_t len = lengths[i];
		const struct rotor_mctp_message answer = {.type = ROTOR_MCTP_TYPE_PLDM,
							  .body = {device.body, len}};

		memset(&result, 0, sizeof(result));
		device.messages = 0;
		ask(&agent, DEVICE_EID, BRIDGE_PHYS, len);
		run(1);
		assert_int_equal(device.messages, 1);
		assert_int_equal(device.len, len);
		assert_memory_equal(device.body, body, len);
		assert_int_equal(device.info.peer, AGENT_EID);
		assert_int_equal(device.info.own, DEVICE_EID);
		assert_int_equal(rotor_mctp_respond(&device.m, &device.info, &answer, NULL, NULL),
				 ROTOR_OK);
		run(2);
		assert_int_equal(result.calls, 1);
		assert_int_equal(result.status, ROTOR_OK);
		assert_int_equal(result.info.peer, DEVICE_EID);
		assert_int_equal(result.len, len);
		assert_memory_equal(result.body, body, len);
	}
	assert_int_equal(drops(), 0);
	assert_int_equal(port[0].messages + port[1].messages, 0);
	/* Every packet in each direction: of 64 bytes, with the type before the body. */
	assert_int_equal(bridge.counters.forwarded, 2 * (1 + 1 + 1 + 1 + 2 + 2 + 3 + 5));
	assert_int_equal(rotor_mctp_bridge_deadline(&bridge), ROTOR_NEVER);
}

static void what_is_for_the_bridge_stays_there(void **state)
{
	const struct rotor_mctp_message none = {.type = ROTOR_MCTP_TYPE_PLDM};

	(void)state;
	ask(&agent, BRIDGE_EID, BRIDGE_PHYS, 100);
	ask(&agent, ROTOR_MCTP_EID_NULL, BRIDGE_PHYS, 100);
	assert_int_equal(
	    rotor_mctp_send(&agent.m, ROTOR_MCTP_EID_BROADCAST, BRIDGE_PHYS, &none, NULL, NULL),
	    ROTOR_OK);
	run(1);
	assert_int_equal(port[0].messages, 3);
	ask(&device, BRIDGE_EID, LINE_PHYS, 100);
	run(1);
	assert_int_equal(port[1].messages, 1);
	assert_int_equal(drops(), 0);
	assert_int_equal(bridge.counters.forwarded, 0);
}

/* One packet as from there, and why it is not forwarded. */
static const struct {
	const char *what;
	uint8_t port;
	rotor_mctp_phys phys;
	uint8_t destination, source;
	uint8_t len;
	enum rotor_mctp_bridge_drop reason; /* COUNT: it is forwarded */
} judged[] = {
    {"as it should be", 0, AGENT_PHYS, DEVICE_EID, AGENT_EID, 64, ROTOR_MCTP_BRIDGE_DROP_COUNT},
    {"back", 1, LINE_PHYS, AGENT_EID, DEVICE_EID, 64, ROTOR_MCTP_BRIDGE_DROP_COUNT},
    {"from another address", 0, OTHER_PHYS, DEVICE_EID, AGENT_EID, 64,
     ROTOR_MCTP_BRIDGE_DROP_FORGED},
    {"from another bus", 1, LINE_PHYS, DEVICE_EID, AGENT_EID, 64, ROTOR_MCTP_BRIDGE_DROP_FORGED},
    {"from the device's EID on the segment", 0, AGENT_PHYS, OTHER_EID, DEVICE_EID, 64,
     ROTOR_MCTP_BRIDGE_DROP_FORGED},
    {"from an EID that nobody has", 0, AGENT_PHYS, DEVICE_EID, 77, 64,
     ROTOR_MCTP_BRIDGE_DROP_FORGED},
    {"from the null EID", 0, AGENT_PHYS, DEVICE_EID, 0, 64, ROTOR_MCTP_BRIDGE_DROP_FORGED},
    {"from the bridge's own EID", 0, AGENT_PHYS, DEVICE_EID, BRIDGE_EID, 64,
     ROTOR_MCTP_BRIDGE_DROP_FORGED},
    {"to an EID that nobody has", 0, AGENT_PHYS, 77, AGENT_EID, 64,
     ROTOR_MCTP_BRIDGE_DROP_NO_ROUTE},
    {"to a reserved EID", 0, AGENT_PHYS, 3, AGENT_EID, 64, ROTOR_MCTP_BRIDGE_DROP_NO_ROUTE},
    {"to the same bus", 0, AGENT_PHYS, OTHER_EID, AGENT_EID, 64, ROTOR_MCTP_BRIDGE_DROP_SAME_BUS},
    {"to itself", 0, AGENT_PHYS, AGENT_EID, AGENT_EID, 64, ROTOR_MCTP_BRIDGE_DROP_SAME_BUS},
    {"larger than the line carries", 0, AGENT_PHYS, DEVICE_EID, AGENT_EID, 65,
     ROTOR_MCTP_BRIDGE_DROP_TOO_LONG},
    {"larger, to the segment", 1, LINE_PHYS, AGENT_EID, DEVICE_EID, 200,
     ROTOR_MCTP_BRIDGE_DROP_COUNT},
    {"too large for the segment", 1, LINE_PHYS, AGENT_EID, DEVICE_EID, 201,
     ROTOR_MCTP_BRIDGE_DROP_TOO_LONG},
};

static void packets_are_judged(void **state)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(judged); i++) {
		const enum rotor_mctp_bridge_drop reason = judged[i].reason;
		bool waits;

		start(state);
		node_packet(&port[judged[i].port], judged[i].phys, judged[i].destination,
			    judged[i].source, 0xc8, 1, judged[i].len, 1);
		waits = rotor_mctp_sending(&port[!judged[i].port].m);
		if (waits != (reason == ROTOR_MCTP_BRIDGE_DROP_COUNT))
			print_error("%s\n", judged[i].what);
		assert_int_equal(waits, reason == ROTOR_MCTP_BRIDGE_DROP_COUNT);
		assert_int_equal(drops(), !waits);
		if (!waits)
			assert_int_equal(bridge.counters.dropped[reason], 1);
		assert_int_equal(node_drops(&port[judged[i].port]), 0);
	}
}

static void a_packet_is_not_changed(void **state)
{
	uint8_t packet[4 + 64], out[4 + 64];
	struct rotor_mctp_packet_out to;

	(void)state;
	for (size_t i = 0; i < sizeof(packet); i++)
		packet[i] = (uint8_t)(i + 100);
	packet[0] = 0xa1; /* reserved bits too */
	packet[1] = DEVICE_EID;
	packet[2] = AGENT_EID;
	packet[3] = 0x2d;
	rotor_mctp_receive(&port[0].m, AGENT_PHYS, packet, sizeof(packet), 1);
	assert_int_equal(rotor_mctp_next_packet(&port[1].m, out, sizeof(out) - 1, &to), 0);
	assert_int_equal(rotor_mctp_next_packet(&port[1].m, out, sizeof(out), &to), sizeof(packet));
	assert_int_equal(to.phys, LINE_PHYS);
	assert_memory_equal(out, packet, sizeof(packet));
}

/* ---- hostile peers ---- */

static void a_flood_leaves_room_for_others(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		node_packet(&port[0], OTHER_PHYS, DEVICE_EID, OTHER_EID, 0xc8, 1, 64, 1);
	assert_int_equal(DROPPED(QUOTA), 100 - PACKETS / 2);
	ask(&agent, DEVICE_EID, BRIDGE_PHYS, 100);
	run(1);
	assert_int_equal(device.info.peer, AGENT_EID);
	assert_int_equal(device.len, 100);
	assert_memory_equal(device.body, body, 100);
	assert_int_equal(drops(), 100 - PACKETS / 2);
}

static void a_full_pool_takes_no_more(void **state)
{
	(void)state;
	route(31, 31, 0, 0x41, ROTOR_MCTP_ROUTE_ENDPOINT);
	for (unsigned i = 0; i < PACKETS / 2; i++) {
		node_packet(&port[0], OTHER_PHYS, DEVICE_EID, OTHER_EID, 0xc8, 1, 64, 1);
		node_packet(&port[0], AGENT_PHYS, DEVICE_EID, AGENT_EID, 0xc8, 1, 64, 1);
	}
	assert_int_equal(drops(), 0);
	node_packet(&port[0], 0x41, DEVICE_EID, 31, 0xc8, 1, 64, 1);
	assert_int_equal(DROPPED(FULL), 1);
	run(1);
	assert_int_equal(bridge.counters.forwarded, PACKETS);
}

static void what_waits_too_long_is_discarded(void **state)
{
	uint8_t out[68];
	struct rotor_mctp_packet_out to;

	(void)state;
	node_packet(&port[0], AGENT_PHYS, DEVICE_EID, AGENT_EID, 0x88, 1, 64, 100);
	node_packet(&port[0], AGENT_PHYS, DEVICE_EID, AGENT_EID, 0x18, 1, 64, 110);
	/* The one that the binding has is not taken away from it. */
	assert_int_equal(rotor_mctp_next_packet(&port[1].m, out, sizeof(out), &to), 68);
	assert_int_equal(rotor_mctp_bridge_deadline(&bridge), 110 + ROTOR_MCTP_BRIDGE_KEEP_MS);
	rotor_mctp_bridge_poll(&bridge, 109 + ROTOR_MCTP_BRIDGE_KEEP_MS);
	assert_int_equal(drops(), 0);
	rotor_mctp_bridge_poll(&bridge, 110 + ROTOR_MCTP_BRIDGE_KEEP_MS);
	assert_int_equal(DROPPED(LATE), 1);
	assert_int_equal(rotor_mctp_bridge_deadline(&bridge), ROTOR_NEVER);
	rotor_mctp_packet_done(&port[1].m, true, 1000);
	assert_int_equal(bridge.counters.forwarded, 1);
	assert_false(rotor_mctp_sending(&port[1].m));
}

static void the_rest_of_a_lost_message_is_not_sent(void **state)
{
	(void)state;
	/* Three packets of one message, and one of another with the same tag of the device's answers. */
	node_packet(&port[0], AGENT_PHYS, DEVICE_EID, AGENT_EID, 0x8a, 1, 64, 1);
	node_packet(&port[0], AGENT_PHYS, DEVICE_EID, AGENT_EID, 0x1a, 1, 64, 1);
	node_packet(&port[0], OTHER_PHYS, DEVICE_EID, OTHER_EID, 0xca, 1, 64, 1);
	node_packet(&port[0], AGENT_PHYS, DEVICE_EID, AGENT_EID, 0x6a, 1, 64, 1);
	refuse = 1;
	run(1);
	assert_int_equal(DROPPED(LOST), 3);
	assert_int_equal(drops(), 3);
	assert_int_equal(bridge.counters.forwarded, 1);
	assert_int_equal(device.info.peer, OTHER_EID);
}

static void who_does_not_acknowledge_is_probed(void **state)
{
	(void)state;
	refuse = 2;
	for (unsigned i = 0; i < 4; i++)
		node_packet(&port[0], AGENT_PHYS, DEVICE_EID, AGENT_EID, (uint8_t)(0xc8 | i), 1, 64,
			    1);
	run(1);
	/* The first as usual; the second and third as probes, until one is taken. */
	assert_int_equal(probes, 2);
	assert_int_equal(DROPPED(LOST), 2);
	assert_int_equal(bridge.counters.forwarded, 2);
}

static void the_bridge_and_its_endpoint_take_turns(void **state)
{
	static const uint8_t expected[] = {AGENT_EID,  BRIDGE_EID, AGENT_EID,
					   BRIDGE_EID, AGENT_EID,  BRIDGE_EID};
	uint8_t out[68];
	struct rotor_mctp_packet_out to;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		node_packet(&port[0], AGENT_PHYS, DEVICE_EID, AGENT_EID, (uint8_t)(0xc8 | i), 1, 64,
			    1);
	ask(&port[1], DEVICE_EID, LINE_PHYS, 150); /* three packets */
	for (unsigned i = 0; i < ROTOR_COUNT_OF(expected); i++) {
		assert_true(rotor_mctp_sending(&port[1].m));
		assert_int_not_equal(rotor_mctp_next_packet(&port[1].m, out, sizeof(out), &to), 0);
		assert_int_equal(rotor_mctp_next_packet(&port[1].m, out, sizeof(out), &to), 0);
		assert_int_equal(out[2], expected[i]);
		rotor_mctp_packet_done(&port[1].m, true, 1);
	}
	assert_false(rotor_mctp_sending(&port[1].m));
}

/* ---- the table ---- */

static void the_narrowest_route_counts(void **state)
{
	const struct rotor_mctp_bridge_route wrong[] = {
	    {.first = 7, .last = 7},
	    {.first = 8, .last = 255},
	    {.first = 9, .last = 8},
	    {.first = 8, .last = 8, .port = 2},
	};
	const struct rotor_mctp_bridge_route one = {.first = 200, .last = 200};

	(void)state;
	route(8, 254, 0, 0x40, ROTOR_MCTP_ROUTE_ENDPOINTS);
	route(100, 109, 1, LINE_PHYS, ROTOR_MCTP_ROUTE_ENDPOINTS);
	route(104, 104, 0, 0x50, ROTOR_MCTP_ROUTE_ENDPOINT);
	assert_int_equal(rotor_mctp_bridge_route_find(&bridge, AGENT_EID)->phys, AGENT_PHYS);
	assert_int_equal(rotor_mctp_bridge_route_find(&bridge, 99)->phys, 0x40);
	assert_int_equal(rotor_mctp_bridge_route_find(&bridge, 103)->port, 1);
	assert_int_equal(rotor_mctp_bridge_route_find(&bridge, 104)->phys, 0x50);
	route(104, 104, 0, 0x51, ROTOR_MCTP_ROUTE_ENDPOINT);
	assert_int_equal(rotor_mctp_bridge_route_find(&bridge, 104)->phys, 0x51);
	rotor_mctp_bridge_route_remove(&bridge, 104, 105); /* no such entry */
	assert_int_equal(rotor_mctp_bridge_route_find(&bridge, 104)->phys, 0x51);
	rotor_mctp_bridge_route_remove(&bridge, 104, 104);
	assert_int_equal(rotor_mctp_bridge_route_find(&bridge, 104)->port, 1);
	for (size_t i = 0; i < ROTOR_COUNT_OF(wrong); i++)
		assert_int_equal(rotor_mctp_bridge_route_set(&bridge, &wrong[i]),
				 ROTOR_ERR_ARGUMENT);
	for (uint8_t eid = 120; eid < 123; eid++)
		route(eid, eid, 0, 1, ROTOR_MCTP_ROUTE_ENDPOINT);
	assert_int_equal(rotor_mctp_bridge_route_set(&bridge, &one), ROTOR_ERR_SPACE);
	rotor_mctp_bridge_route_remove(&bridge, 0, 0);
	assert_int_equal(rotor_mctp_bridge_route_set(&bridge, &one), ROTOR_ERR_SPACE);
}

static void the_endpoint_s_routes_are_the_bridge_s(void **state)
{
	rotor_mctp_phys phys = 0;
	const struct rotor_mctp_bridge_route fixed = {
	    .first = 51, .last = 51, .port = 1, .fixed = true};

	(void)state;
	assert_int_equal(rotor_mctp_route_find(&port[0].m, AGENT_EID, &phys), ROTOR_OK);
	assert_int_equal(phys, AGENT_PHYS);
	/* The device is not on that bus. */
	assert_int_equal(rotor_mctp_route_find(&port[0].m, DEVICE_EID, &phys), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_mctp_route_set(&port[1].m, 50, LINE_PHYS), ROTOR_OK);
	assert_int_equal(rotor_mctp_route_set(&port[1].m, 0, LINE_PHYS), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_mctp_bridge_route_find(&bridge, 50)->port, 1);
	rotor_mctp_route_remove(&port[0].m, 50); /* another bus's */
	assert_non_null(rotor_mctp_bridge_route_find(&bridge, 50));
	rotor_mctp_route_remove(&port[1].m, 50);
	assert_null(rotor_mctp_bridge_route_find(&bridge, 50));
	assert_int_equal(rotor_mctp_bridge_route_set(&bridge, &fixed), ROTOR_OK);
	rotor_mctp_route_remove(&port[1].m, 51);
	assert_non_null(rotor_mctp_bridge_route_find(&bridge, 51));
	/* Requests of the bridge itself find their way. */
	ask(&port[1], DEVICE_EID, ROTOR_MCTP_PHYS_ROUTE, 10);
	run(1);
	assert_int_equal(device.info.peer, BRIDGE_EID);
}

/* ---- control ---- */

/* Another bridge at 0x60, EID 60, with endpoints 61 to 69; and 70 to 72, told by themselves. */
static void routes_behind(void)
{
	route(60, 69, 0, 0x60, ROTOR_MCTP_ROUTE_BRIDGE_AND_ENDPOINTS);
	route(70, 72, 0, 0x60, ROTOR_MCTP_ROUTE_ENDPOINTS);
}

/* In this order, each with the state that those before have left: the request after the type byte, and the answer. */
static const struct {
	const char *what;
	uint8_t port;
	uint8_t request[20];
	size_t request_len;
	uint8_t answer[64];
	size_t answer_len;
} table[] = {
    {"get EID: a bridge", 0, {0x80, 2}, 2, {0, 2, 0, 9, 0x10, 0}, 6},
    {"set EID: it wants a pool", 0, {0x80, 1, 0, 9}, 4, {0, 1, 0, 0x01, 9, 4}, 6},
    {"resolve: on the same bus", 0, {0x80, 7, AGENT_EID}, 3, {0, 7, 0, AGENT_EID, 0x20}, 5},
    {"resolve: on the other bus", 0, {0x80, 7, DEVICE_EID}, 3, {0, 7, 0, 9, 0x40}, 5},
    {"resolve: the bridge itself", 0, {0x80, 7, 9}, 3, {0, 7, 0, 9, 0x40}, 5},
    {"resolve: from the line, without addresses", 1, {0x80, 7, AGENT_EID}, 3, {0, 7, 0, 9}, 4},
    {"resolve: from the line, the device", 1, {0x80, 7, 20}, 3, {0, 7, 0, 20}, 4},
    {"resolve: another bridge", 0, {0x80, 7, 60}, 3, {0, 7, 0, 60, 0xc0}, 5},
    {"resolve: behind another bridge", 0, {0x80, 7, 65}, 3, {0, 7, 0, 60, 0xc0}, 5},
    {"resolve: behind it, told by itself", 0, {0x80, 7, 71}, 3, {0, 7, 0, 60, 0xc0}, 5},
    {"resolve: nobody", 0, {0x80, 7, 77}, 3, {0, 7, 2}, 3},
    {"resolve: the null EID", 0, {0x80, 7, 0}, 3, {0, 7, 2}, 3},
    {"resolve: one byte less", 0, {0x80, 7}, 2, {0, 7, 3}, 3},
    {"resolve: one byte more", 0, {0x80, 7, 8, 0}, 4, {0, 7, 3}, 3},

    {"query hop: the line", 0, {0x80, 15, 20, 1}, 4, {0, 15, 0, 0, 1, 200, 0, 64, 0}, 9},
    {"query hop: from the line", 1, {0x80, 15, 8, 5}, 4, {0, 15, 0, 0, 5, 64, 0, 200, 0}, 9},
    {"query hop: behind a bridge", 1, {0x80, 15, 65, 5}, 4, {0, 15, 0, 60, 5, 64, 0, 200, 0}, 9},
    {"query hop: the bridge", 0, {0x80, 15, 9, 5}, 4, {0, 15, 0, 0, 5, 200, 0, 200, 0}, 9},
    {"query hop: nobody", 0, {0x80, 15, 77, 1}, 4, {0, 15, 2}, 3},
    {"query hop: one byte less", 0, {0x80, 15, 20}, 3, {0, 15, 3}, 3},

    {"allocation: none", 0, {0x80, 8, 2, 0, 0}, 5, {0, 8, 0, 0, 0, 0}, 6},
    {"allocate: not from downstream", 1, {0x80, 8, 0, 4, 40}, 5, {0, 8, 0, 1, 0, 0}, 6},
    {"force: not from downstream either", 1, {0x80, 8, 1, 4, 40}, 5, {0, 8, 0, 1, 0, 0}, 6},
    {"allocate: nothing", 0, {0x80, 8, 0, 0, 40}, 5, {0, 8, 2}, 3},
    {"allocate: reserved EIDs", 0, {0x80, 8, 0, 4, 7}, 5, {0, 8, 2}, 3},
    {"allocate: beyond the last EID", 0, {0x80, 8, 0, 4, 252}, 5, {0, 8, 2}, 3},
    {"allocate: with its own", 0, {0x80, 8, 0, 2, 8}, 5, {0, 8, 2}, 3},
    {"allocate: no such operation", 0, {0x80, 8, 3, 4, 40}, 5, {0, 8, 2}, 3},
    {"allocate: one byte less", 0, {0x80, 8, 0, 4}, 4, {0, 8, 3}, 3},
    {"allocate", 0, {0x80, 8, 0, 4, 40}, 5, {0, 8, 0, 0, 4, 40}, 6},
    {"allocate: the same again", 0, {0x80, 8, 0, 4, 40}, 5, {0, 8, 0, 0, 4, 40}, 6},
    {"allocate: others", 0, {0x80, 8, 0, 4, 44}, 5, {0, 8, 0, 1, 4, 40}, 6},
    {"set EID: it has a pool", 0, {0x80, 1, 0, 9}, 4, {0, 1, 0, 0x02, 9, 4}, 6},
    {"force: others", 0, {0x80, 8, 0xfd, 3, 251}, 5, {0, 8, 0, 0, 3, 251}, 6},
    {"allocation: those", 1, {0x80, 8, 2, 0, 0}, 5, {0, 8, 0, 0, 3, 251}, 6},

    {"update: not from downstream", 1, {0x80, 9, 1, 0, 1, 90}, 6, {0, 9, 2}, 3},
    {"update: an EID of its own pool", 0, {0x80, 9, 1, 0, 1, 252, 0x70}, 7, {0, 9, 2}, 3},
    {"update: a range over it", 0, {0x80, 9, 1, 3, 10, 243, 0x70}, 7, {0, 9, 2}, 3},
    {"update: a reserved EID", 0, {0x80, 9, 1, 0, 1, 7, 0x70}, 7, {0, 9, 2}, 3},
    {"update: no EIDs", 0, {0x80, 9, 1, 0, 0, 90, 0x70}, 7, {0, 9, 2}, 3},
    {"update: beyond the last EID", 0, {0x80, 9, 1, 0, 9, 250, 0x70}, 7, {0, 9, 2}, 3},
    {"update: no such kind", 0, {0x80, 9, 1, 4, 1, 90, 0x70}, 7, {0, 9, 2}, 3},
    {"update: fewer entries than it says", 0, {0x80, 9, 2, 0, 1, 90, 0x70}, 7, {0, 9, 3}, 3},
    {"update: more than it says", 0, {0x80, 9, 0, 0, 1, 90, 0x70}, 7, {0, 9, 3}, 3},
    {"update: no count", 0, {0x80, 9}, 2, {0, 9, 3}, 3},
    {"of these nothing was entered", 0, {0x80, 7, 90}, 3, {0, 7, 2}, 3},
    {"update: two, one of them itself",
     0,
     {0x80, 9, 2, 0, 1, 9, 0x40, 0, 1, 90, 0x70},
     11,
     {0, 9, 0},
     3},
    {"it was entered", 0, {0x80, 7, 90}, 3, {0, 7, 0, 90, 0x70}, 5},
    {"update: the table is full",
     0,
     {0x80, 9, 3, 0, 1, 91, 0x72, 0, 1, 92, 0x74, 0, 1, 93, 0x76},
     15,
     {0, 9, 1},
     3},

    {"entries: as many as fit",
     0,
     {0x80, 10, 0},
     3,
     {0,  10, 0,    0xff, 8,             /* */
      1,  8,  0x00, 1,    4,    1, 0x20, /* the agent */
      1,  30, 0x00, 1,    4,    1, 0x62, /* */
      1,  20, 0x01, 5,    0x20, 0,       /* the device */
      10, 60, 0x40, 1,    4,    1, 0xc0, /* */
      3,  70, 0xc0, 1,    4,    1, 0xc0, /* */
      1,  90, 0x00, 1,    4,    1, 0x70, /* */
      1,  91, 0x00, 1,    4,    1, 0x72, /* */
      1,  92, 0x00, 1,    4,    1, 0x74},
     60},
    {"entries: from the third",
     0,
     {0x80, 10, 6},
     3,
     {0, 10, 0, 0xff, 2, 1, 91, 0x00, 1, 4, 1, 0x72, 1, 92, 0x00, 1, 4, 1, 0x74},
     19},
    {"entries: none from there", 0, {0x80, 10, 200}, 3, {0, 10, 0, 0xff, 0}, 5},
    {"entries: one byte less", 0, {0x80, 10}, 2, {0, 10, 3}, 3},

    {"a command that nobody knows", 0, {0x80, 0x15}, 2, {0, 0x15, 5}, 3},
    {"a transport's own command", 0, {0x80, 0xf0}, 2, {0, 0xf0, 5}, 3},
};

static void control_commands(void **state)
{
	(void)state;
	routes_behind();
	for (size_t i = 0; i < ROTOR_COUNT_OF(table); i++) {
		const uint8_t at = table[i].port;
		const struct rotor_mctp_message_info info = {.peer = at ? DEVICE_EID : AGENT_EID,
							     .own = BRIDGE_EID,
							     .phys = at ? LINE_PHYS : AGENT_PHYS,
							     .tag_owner = true};
		uint8_t packet[4 + 200];
		struct rotor_mctp_packet_out out;
		size_t n;

		rotor_mctp_control_message(&control[at], &info, table[i].request,
					   table[i].request_len);
		n = rotor_mctp_next_packet(&port[at].m, packet, sizeof(packet), &out);
		rotor_mctp_packet_done(&port[at].m, true, 0);
		if (n != 5 + table[i].answer_len ||
		    memcmp(packet + 5, table[i].answer, table[i].answer_len) != 0)
			print_error("%s\n", table[i].what);
		assert_int_equal(n, 5 + table[i].answer_len);
		assert_memory_equal(packet + 5, table[i].answer, table[i].answer_len);
	}
	assert_int_equal(pool.calls, 3);
	assert_int_equal(pool.first, 251);
	assert_int_equal(pool.count, 3);
}

static void long_tables_come_in_parts(void **state)
{
	static struct rotor_mctp_bridge_route many[40];
	struct rotor_mctp_bridge_config config = bridge.config;
	uint8_t handle = 0, next = 8;

	(void)state;
	config.routes = many;
	config.route_count = ROTOR_COUNT_OF(many);
	assert_int_equal(rotor_mctp_bridge_init(&bridge, &config), ROTOR_OK);
	for (uint8_t i = 0; i < 38; i++)
		route((uint8_t)(8 + i), (uint8_t)(8 + i), 0, i, ROTOR_MCTP_ROUTE_ENDPOINT);
	rotor_mctp_bridge_route_remove(&bridge, 20, 20); /* a gap */
	while (handle != 0xff) {
		uint8_t out[64];
		struct rotor_reader args = rotor_reader(&handle, 1);
		struct rotor_writer w = rotor_writer(out, 60);

		assert_int_equal(rotor_mctp_bridge_command(&ports[0], NULL,
							   ROTOR_MCTP_GET_ROUTING_TABLE_ENTRIES,
							   &args, &w),
				 ROTOR_MCTP_SUCCESS);
		assert_int_equal(w.len, 2 + 7 * out[1]);
		for (unsigned i = 0; i < out[1]; i++, next++) {
			next += next == 20;
			assert_int_equal(out[2 + 7 * i + 1], next);
		}
		handle = out[0];
	}
	assert_int_equal(next, 8 + 38);
}

static void the_eid_is_set_everywhere(void **state)
{
	static const uint8_t set[] = {0x80, 1, 0, 33};
	const struct rotor_mctp_message_info info = {
	    .peer = AGENT_EID, .phys = AGENT_PHYS, .tag_owner = true};

	(void)state;
	rotor_mctp_control_message(&control[0], &info, set, sizeof(set));
	assert_int_equal(rotor_mctp_eid(&port[0].m), 33);
	assert_int_equal(rotor_mctp_eid(&port[1].m), 33);
	assert_int_equal(rotor_mctp_bridge_set_eid(&bridge, 255), ROTOR_ERR_ARGUMENT);
}

static void bad_configurations_are_refused(void **state)
{
	const struct rotor_mctp_bridge_config good = bridge.config;
	struct rotor_mctp_bridge_config c;

	(void)state;
	c = good;
	c.port_count = 1;
	assert_int_equal(rotor_mctp_bridge_init(&bridge, &c), ROTOR_ERR_ARGUMENT);
	c = good;
	c.ports = NULL;
	assert_int_equal(rotor_mctp_bridge_init(&bridge, &c), ROTOR_ERR_ARGUMENT);
	c = good;
	c.upstream = 3;
	assert_int_equal(rotor_mctp_bridge_init(&bridge, &c), ROTOR_ERR_ARGUMENT);
	c = good;
	c.route_count = 0;
	assert_int_equal(rotor_mctp_bridge_init(&bridge, &c), ROTOR_ERR_ARGUMENT);
	c = good;
	c.packets = NULL;
	assert_int_equal(rotor_mctp_bridge_init(&bridge, &c), ROTOR_ERR_ARGUMENT);
	ports[1].address_size = 3;
	assert_int_equal(rotor_mctp_bridge_init(&bridge, &good), ROTOR_ERR_ARGUMENT);
	ports[1].address_size = 0;
	ports[1].mctp = NULL;
	assert_int_equal(rotor_mctp_bridge_init(&bridge, &good), ROTOR_ERR_ARGUMENT);
}

static void every_drop_has_its_word(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROTOR_MCTP_BRIDGE_DROP_COUNT; i++)
		assert_string_not_equal(rotor_mctp_bridge_drop_string(i), "unknown reason");
	assert_string_equal(rotor_mctp_bridge_drop_string(ROTOR_MCTP_BRIDGE_DROP_COUNT),
			    "unknown reason");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(messages_cross_in_both_directions, start),
	    cmocka_unit_test_setup(what_is_for_the_bridge_stays_there, start),
	    cmocka_unit_test_setup(packets_are_judged, start),
	    cmocka_unit_test_setup(a_packet_is_not_changed, start),
	    cmocka_unit_test_setup(a_flood_leaves_room_for_others, start),
	    cmocka_unit_test_setup(a_full_pool_takes_no_more, start),
	    cmocka_unit_test_setup(what_waits_too_long_is_discarded, start),
	    cmocka_unit_test_setup(the_rest_of_a_lost_message_is_not_sent, start),
	    cmocka_unit_test_setup(who_does_not_acknowledge_is_probed, start),
	    cmocka_unit_test_setup(the_bridge_and_its_endpoint_take_turns, start),
	    cmocka_unit_test_setup(the_narrowest_route_counts, start),
	    cmocka_unit_test_setup(the_endpoint_s_routes_are_the_bridge_s, start),
	    cmocka_unit_test_setup(control_commands, start),
	    cmocka_unit_test_setup(long_tables_come_in_parts, start),
	    cmocka_unit_test_setup(the_eid_is_set_everywhere, start),
	    cmocka_unit_test_setup(bad_configurations_are_refused, start),
	    cmocka_unit_test_setup(every_drop_has_its_word, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
