/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/mctp_node.h"

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	struct mctp_node *node = ctx;

	assert_true(len <= sizeof(node->body));
	node->messages++;
	node->info = *info;
	node->at = rotor_mctp_now(&node->m);
	node->len = len;
	memcpy(node->body, body, len);
	if (node->hold) {
		node->hold = false;
		node->held = rotor_mctp_hold(&node->m, info, body, len);
	}
}

void node_start_with(struct mctp_node *node, rotor_mctp_phys phys,
		     const struct rotor_mctp_config *config)
{
	struct rotor_mctp_config c = *config;

	memset(node, 0xa5, sizeof(*node));
	node->phys = phys;
	node->messages = 0;
	node->hold = false;
	c.slots = node->slots;
	if (c.slot_count == 0)
		c.slot_count = NODE_SLOTS;
	c.buffers = node->buffers;
	if (c.buffer_size == 0)
		c.buffer_size = NODE_BUFFER;
	c.pending = node->pending;
	if (c.pending_count == 0)
		c.pending_count = NODE_PENDING;
	c.routes = node->routes;
	c.route_count = ROTOR_COUNT_OF(node->routes);
	c.on_message = on_message;
	c.ctx = node;
	assert_int_equal(rotor_mctp_init(&node->m, &c), ROTOR_OK);
}

void node_start(struct mctp_node *node, uint8_t eid, rotor_mctp_phys phys, uint8_t unit)
{
	struct rotor_mctp_config config = {.eid = eid, .unit = unit};

	node_start_with(node, phys, &config);
}

/* Moves one packet, if there is one. It lies in memory of its own size, so that the sanitizer
 * sees who reads beyond it. */
static bool move(struct mctp_node *from, struct mctp_node *to, rotor_ms now)
{
	uint8_t buf[ROTOR_MCTP_HEADER_SIZE + ROTOR_MCTP_UNIT_MAX];
	struct rotor_mctp_packet_out out;
	size_t n = rotor_mctp_next_packet(&from->m, buf, sizeof(buf), &out);
	uint8_t *copy;

	if (n == 0)
		return false;
	rotor_mctp_packet_done(&from->m, true, now);
	if (out.phys != to->phys)
		return true;
	copy = malloc(n);
	assert_non_null(copy);
	memcpy(copy, buf, n);
	rotor_mctp_receive(&to->m, from->phys, copy, n, now);
	free(copy);
	return true;
}

unsigned nodes_run(struct mctp_node *a, struct mctp_node *b, rotor_ms now)
{
	unsigned packets = 0;
	bool moved;

	do {
		moved = false;
		if (move(a, b, now)) {
			moved = true;
			packets++;
		}
		if (move(b, a, now)) {
			moved = true;
			packets++;
		}
	} while (moved);
	return packets;
}

void result_response(void *ctx, enum rotor_status status,
		     const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	struct mctp_result *result = ctx;

	result->calls++;
	result->status = status;
	result->len = len;
	assert_true(len <= sizeof(result->body));
	if (status != ROTOR_OK) {
		assert_null(info);
		assert_null(body);
		return;
	}
	result->info = *info;
	memcpy(result->body, body, len);
}

void result_sent(void *ctx, enum rotor_status status)
{
	struct mctp_result *result = ctx;

	result->calls++;
	result->status = status;
}

void node_packet(struct mctp_node *node, rotor_mctp_phys phys, uint8_t destination, uint8_t source,
		 uint8_t flags, uint8_t first, size_t n, rotor_ms now)
{
	uint8_t *packet = malloc(ROTOR_MCTP_HEADER_SIZE + n);

	assert_non_null(packet);
	packet[0] = 1;
	packet[1] = destination;
	packet[2] = source;
	packet[3] = flags;
	for (size_t i = 0; i < n; i++)
		packet[ROTOR_MCTP_HEADER_SIZE + i] = (uint8_t)(first + i);
	rotor_mctp_receive(&node->m, phys, packet, ROTOR_MCTP_HEADER_SIZE + n, now);
	free(packet);
}

unsigned node_drops(const struct mctp_node *node)
{
	unsigned sum = 0;

	for (size_t i = 0; i < ROTOR_MCTP_DROP_COUNT; i++)
		sum += node->m.counters.dropped[i];
	return sum;
}
