/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a board gives to the example device. On a microcontroller this file stays, and port.c is written anew.
 */
#ifndef PORT_H
#define PORT_H

#include "rotor/boot.h"
#include "rotor/time.h"

struct port {
	struct rotor_flash flash;
	struct rotor_flash_layout layout; /* how the factory has divided it */
	struct rotor_fuses fuses;
	struct rotor_ram ram;
	uint8_t
	    stage_digest[ROTOR_BOOT_DIGEST_SIZE]; /* SHA-384 of the code that cannot be changed */
};

/* Powers the board up; false, with the reason said, if it cannot. */
bool port_open(struct port *port, const char *flash, const char *fuses, const char *line);
/* A reset: fuses open again for the boot stage. What was in execution memory is still there, and is not trusted. */
void port_reset(void);

/* Milliseconds since any moment; never goes back. */
rotor_ms port_now(void);
/* Bytes that have come over the line, at most `cap`; 0: none now. */
size_t port_read(uint8_t *bytes, size_t cap);
/* Sends bytes over the line, all of them. */
void port_write(const uint8_t *bytes, size_t len);
/* Sleeps until something comes over the line, or until `deadline`. On a microcontroller: wait for an interrupt. */
void port_sleep(rotor_ms deadline);
/* A line of text for a console. */
void port_log(const char *what, const char *detail);

#endif
