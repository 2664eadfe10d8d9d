/* SPDX-License-Identifier: Apache-2.0 */
/* The 16550 UART, with FIFOs, as most SoCs have it. */
#ifndef ROTOR_FIRMWARE_NS16550_H
#define ROTOR_FIRMWARE_NS16550_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/ring.h"

struct ns16550 {
	uintptr_t base;
	unsigned stride; /* bytes from one register to the next; each is accessed as a word if 4 */
	struct ring rx, tx; /* rx.size 0: nothing is received, and no interrupt is used */
	volatile uint32_t lost;
};

/* 8N1 at the input clock divided by 16 and `divisor`; FIFOs on. */
void ns16550_start(struct ns16550 *u, unsigned divisor);
/* What its interrupt calls. */
void ns16550_interrupt(struct ns16550 *u);
size_t ns16550_read(struct ns16550 *u, uint8_t *buf, size_t cap);
size_t ns16550_write(struct ns16550 *u, const uint8_t *bytes, size_t len);
/* Everything written has left, the shift register included. */
bool ns16550_idle(const struct ns16550 *u);
/* Without interrupts: writes as long as the UART takes it at once or soon; the rest is dropped. */
void ns16550_print(const struct ns16550 *u, const char *text, size_t len);

#endif
