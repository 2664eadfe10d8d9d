/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/bus.h"

#include <string.h>

#define BITS_A_BYTE    9
#define START_AND_STOP 2
#define NS_A_SECOND    UINT64_C(1000000000)

uint32_t sim_bus_bits(size_t len)
{
	return (uint32_t)len * BITS_A_BYTE + START_AND_STOP;
}

static rotor_ms now_ms(const struct sim_bus *b)
{
	return b->now_us / 1000;
}

static void end(struct sim_bus *b)
{
	struct rotor_smbus *to = NULL;
	for (unsigned i = 0; i < SIM_BUS_NODES; i++) {
		if (b->node[i] && b->node[i]->config.address == b->address) {
			to = b->node[i];
		}
	}
	bool acked = to && rotor_smbus_receive(to, b->frame, b->len, now_ms(b)) == ROTOR_OK;
	b->busy = false;
	rotor_smbus_transfer_done(b->node[b->from], acked, now_ms(b));
}

static bool begin(struct sim_bus *b)
{
	struct rotor_smbus_transfer t;
	for (unsigned i = 1; i <= SIM_BUS_NODES; i++) {
		unsigned from = (b->from + i) % SIM_BUS_NODES;
		if (b->node[from] && rotor_smbus_next_transfer(b->node[from], &t, now_ms(b))) {
			uint32_t bits = sim_bus_bits(t.len);
			memcpy(b->frame, t.frame, t.len);
			b->len = t.len;
			b->address = t.address;
			/* What follows at once begins where the last one ended, to the bit. */
			if (b->due_ns / 1000 + 1 < b->now_us) {
				b->due_ns = b->now_us * 1000;
			}
			b->due_ns += bits * NS_A_SECOND / b->hz;
			b->due_us = (b->due_ns + 999) / 1000;
			b->bits += bits;
			b->bytes += t.len;
			b->frames++;
			b->from = from;
			b->busy = true;
			return true;
		}
	}
	return false;
}

bool sim_bus_poll(struct sim_bus *b)
{
	if (b->busy && b->now_us >= b->due_us) {
		end(b);
		return true;
	}
	return !b->busy && begin(b);
}

uint64_t sim_bus_deadline(const struct sim_bus *b)
{
	return b->busy ? b->due_us : UINT64_MAX;
}
