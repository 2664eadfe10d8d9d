/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bridge under peers that do anything: the input is a list of steps, each a byte that says what happens at which port
 * and bytes that say with what. Packets are forwarded unchanged or counted, none is lost track of, and the pool is empty
 * in the end.
 */
#include <stdlib.h>
#include <string.h>

#include "rotor/mctp_bridge.h"

#define PORTS   3
#define PACKETS 6
#define OWN     9

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct rotor_mctp m;
	struct rotor_mctp_slot slots[2];
	struct rotor_mctp_pending pending[4];
	uint8_t buffers[2 * 300];
	struct rotor_mctp_control control;
	bool flying;
} node[PORTS];
static struct rotor_mctp_bridge bridge;
static struct rotor_mctp_bridge_port ports[PORTS];
static struct rotor_mctp_bridge_route routes[10];
static struct rotor_mctp_bridge_packet packets[PACKETS];
static rotor_ms now;

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	if (info->type == ROTOR_MCTP_TYPE_CONTROL)
		rotor_mctp_control_message(ctx, info, body, len);
}

static void on_eid(void *ctx, uint8_t eid)
{
	require(rotor_mctp_bridge_set_eid(ctx, eid) == ROTOR_OK);
}

static void start(void)
{
	static const uint8_t units[PORTS] = {64, 250, 64};
	static const uint8_t bindings[PORTS] = {ROTOR_MCTP_BINDING_SMBUS, ROTOR_MCTP_BINDING_PCIE,
						ROTOR_MCTP_BINDING_SERIAL};
	static const uint8_t sizes[PORTS] = {1, 2, 0};
	const struct rotor_mctp_bridge_config config = {.ports = ports,
							.port_count = PORTS,
							.routes = routes,
							.route_count = ROTOR_COUNT_OF(routes),
							.packets = packets,
							.packet_count = PACKETS,
							.pool_wanted = 8};

	for (uint8_t i = 0; i < PORTS; i++) {
		const struct rotor_mctp_config endpoint = {.eid = OWN,
							   .unit = units[i],
							   .slots = node[i].slots,
							   .slot_count = 2,
							   .buffers = node[i].buffers,
							   .buffer_size = 300,
							   .pending = node[i].pending,
							   .pending_count = 4,
							   .on_message = on_message,
							   .ctx = &node[i].control};

		require(rotor_mctp_init(&node[i].m, &endpoint) == ROTOR_OK);
		node[i].flying = false;
		ports[i] = (struct rotor_mctp_bridge_port){.mctp = &node[i].m,
							   .binding = bindings[i],
							   .address_size = sizes[i],
							   .own = 0x20};
	}
	require(rotor_mctp_bridge_init(&bridge, &config) == ROTOR_OK);
	for (uint8_t i = 0; i < PORTS; i++) {
		const struct rotor_mctp_control_config answers = {.pool = &bridge.pool,
								  .on_eid = on_eid,
								  .ctx = &bridge,
								  .more = rotor_mctp_bridge_command,
								  .more_ctx = &ports[i]};

		require(rotor_mctp_control_init(&node[i].control, &node[i].m, &answers) ==
			ROTOR_OK);
		for (uint8_t n = 0; n < 2; n++)
			require(rotor_mctp_route_set(&node[i].m, (uint8_t)(10 + 2 * i + n), n) ==
				ROTOR_OK);
	}
}

/* Packets of the pool. */
static unsigned kept(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < PACKETS; i++)
		sum += packets[i].len != 0;
	return sum;
}

static unsigned gone(void)
{
	unsigned sum = bridge.counters.forwarded;

	for (unsigned i = 0; i < ROTOR_MCTP_BRIDGE_DROP_COUNT; i++)
		sum += bridge.counters.dropped[i];
	return sum;
}

static void receive(uint8_t at, rotor_mctp_phys phys, struct rotor_bytes raw)
{
	const unsigned before = gone() + kept();
	const uint8_t own = rotor_mctp_eid(&node[at].m);
	uint8_t *packet = malloc(raw.len + 1);
	bool foreign;

	require(packet != NULL);
	if (raw.len != 0)
		memcpy(packet, raw.data, raw.len);
	foreign = raw.len > 4 && raw.len < 4 + 256 && (packet[0] & 0x0f) == 1 && packet[1] != 0 &&
		  packet[1] != 0xff && packet[1] != own && packet[2] != 0xff;
	rotor_mctp_receive(&node[at].m, phys, packet, raw.len, now);
	/* Every packet for another is kept or counted, and no other is. */
	require(gone() + kept() >= before + foreign);
	free(packet);
}

static void send(uint8_t at)
{
	uint8_t out[ROTOR_MCTP_HEADER_SIZE + ROTOR_MCTP_UNIT_MAX];
	struct rotor_mctp_packet_out to;
	const size_t len = rotor_mctp_next_packet(&node[at].m, out, sizeof(out), &to);

	require(len <= sizeof(out));
	require(len == 0 || !node[at].flying);
	if (len != 0)
		node[at].flying = true;
}

static void done(uint8_t at, bool delivered)
{
	if (node[at].flying)
		rotor_mctp_packet_done(&node[at].m, delivered, now);
	node[at].flying = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_reader r = rotor_reader(data, size);

	now = 1;
	start();
	while (r.left != 0) {
		const uint8_t step = rotor_read_u8(&r), with = rotor_read_u8(&r);
		const uint8_t at = (uint8_t)((step >> 3) % PORTS);

		switch (step & 7) {
		case 0:
			now += with;
			rotor_mctp_bridge_poll(&bridge, now);
			rotor_mctp_poll(&node[at].m, now);
			break;
		case 1:
			rotor_mctp_route_remove(&node[at].m, with);
			break;
		case 2:
			(void)rotor_mctp_route_set(&node[at].m, with, step >> 5);
			break;
		case 3:
			send(at);
			break;
		case 4:
			done(at, (with & 1) != 0);
			break;
		default:
			receive(at, step >> 6 & 1, rotor_read_view(&r, with));
			break;
		}
		require(rotor_mctp_bridge_deadline(&bridge) == ROTOR_NEVER || kept() != 0);
	}
	for (uint8_t i = 0; i < PORTS; i++)
		done(i, true);
	rotor_mctp_bridge_poll(&bridge, now + ROTOR_MCTP_BRIDGE_KEEP_MS);
	require(kept() == 0);
	for (uint8_t i = 0; i < PORTS; i++)
		require(ports[i].flying == NULL);
	return 0;
}
