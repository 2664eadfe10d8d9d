/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SMBus segment timed by the bit: a byte takes nine bit times (eight and the acknowledgement), start and stop one each.
 * One transfer at a time; the nodes take turns when both want the bus.
 */
#ifndef ROTOR_SIM_BUS_H
#define ROTOR_SIM_BUS_H

#include "rotor/mctp_smbus.h"

#define SIM_BUS_NODES 2

struct sim_bus {
	uint32_t hz;
	struct rotor_smbus *node[SIM_BUS_NODES]; /* the caller's; NULL: not there */
	uint64_t now_us;                         /* set by the caller */
	/* What happened. */
	uint64_t bits, frames, bytes; /* carried so far */
	uint64_t due_us;              /* end of the transfer under way */
	/* Private. */
	bool busy;
	unsigned from; /* whose transfer it is, or was last */
	uint8_t address, frame[ROTOR_SMBUS_FRAME_MAX];
	size_t len;
	uint64_t due_ns;
};

/* Bit times that a frame of @p len bytes takes. */
uint32_t sim_bus_bits(size_t len);
/* Ends the transfer whose time has come, and begins the next one. @return whether anything was done */
bool sim_bus_poll(struct sim_bus *b);
/* When to call that again, in microseconds; UINT64_MAX: when a node has something to send. */
uint64_t sim_bus_deadline(const struct sim_bus *b);

#endif
