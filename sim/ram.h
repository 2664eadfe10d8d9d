/* SPDX-License-Identifier: Apache-2.0 */
/* Execution memory: written in order, sealed, read. What it held before is gone with the power. */
#ifndef ROTOR_SIM_RAM_H
#define ROTOR_SIM_RAM_H

#include "rotor/boot.h"

struct sim_ram {
	struct rotor_ram port;
	uint8_t *bytes;
	struct rotor_ram_image image;
	uint32_t written;
	bool sealed;
	unsigned pending, pending_left;
	bool flip;         /* a bit of the body changes between write and seal */
	unsigned faults;   /* rules of the port that were broken */
	const char *fault; /* the first */
};

void sim_ram_init(struct sim_ram *ram);
void sim_ram_free(struct sim_ram *ram);

#endif
