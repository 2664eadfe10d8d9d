/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One life of the emulated chip, from power-on to power-off: boot stage, runtime,
 * reset, boot stage … The parent process is the chip; each runtime is a child.
 */
#ifndef ROTOR_PROT_POWER_H
#define ROTOR_PROT_POWER_H

#include "chip.h"
#include "rotor/host_events.h"

struct power_options {
	const char *bus;    /* path of the bus's socket; NULL: there is something else */
	uint8_t address;    /* 7-bit SMBus address, as strapped */
	const char *serial; /* "unix:PATH" to listen at, or a terminal */
	const char *
	    spdm_emu; /* HOST:PORT to listen at for SPDM over TCP; instead of bus and serial line */
	unsigned watchdog_s; /* firmware that does not feed the watchdog for so long is reset */
	uint8_t stage_digest[ROTOR_BOOT_DIGEST_SIZE];
};

/*
 * Runs until SIGTERM or SIGINT (0), or until nothing can be started any more (1).
 * Firmware that dies by itself or hangs is restarted by the watchdog.
 */
int power_run(struct chip *chip, const struct power_options *options, struct rotor_events *events);

#endif
