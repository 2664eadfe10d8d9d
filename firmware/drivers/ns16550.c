/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/ns16550.h"

enum {
	RBR_THR = 0, /* receive buffer, transmit holding; with DLAB the divisor's low byte */
	IER = 1,     /* interrupt enable; with DLAB the divisor's high byte */
	FCR = 2,
	LCR = 3,
	MCR = 4,
	LSR = 5,
};

#define IER_RX      0x01
#define IER_TX      0x02
#define FCR_ON      0x01
#define FCR_CLEAR   0x06
#define FCR_AT_8    0x80 /* interrupt when 8 bytes have come, or after a pause */
#define LCR_8N1     0x03
#define LCR_DLAB    0x80
#define MCR_RTS_DTR 0x03
#define LSR_DATA    0x01
#define LSR_THRE    0x20 /* FIFO empty */
#define LSR_TEMT    0x40 /* and the shift register */
#define FIFO        16
/* Looks at a full transmitter before a character for the console is dropped. */
#define PATIENCE 20000

static uint8_t get(const struct ns16550 *u, unsigned reg)
{
	uintptr_t at = u->base + reg * u->stride;
	return u->stride == 4 ? (uint8_t) * (volatile uint32_t *)at : *(volatile uint8_t *)at;
}

static void set(const struct ns16550 *u, unsigned reg, uint8_t value)
{
	uintptr_t at = u->base + reg * u->stride;
	if (u->stride == 4) {
		*(volatile uint32_t *)at = value;
	} else {
		*(volatile uint8_t *)at = value;
	}
}

void ns16550_start(struct ns16550 *u, unsigned divisor)
{
	set(u, IER, 0);
	set(u, LCR, LCR_DLAB);
	set(u, RBR_THR, (uint8_t)divisor);
	set(u, IER, (uint8_t)(divisor >> 8));
	set(u, LCR, LCR_8N1);
	set(u, FCR, FCR_ON | FCR_CLEAR | FCR_AT_8);
	set(u, MCR, MCR_RTS_DTR);
	set(u, IER, u->rx.size ? IER_RX : 0);
}

/* Fills the transmit FIFO, which is empty. @return whether there was anything to send */
static bool refill(struct ns16550 *u)
{
	uint8_t byte;
	unsigned n = 0;
	while (n < FIFO && ring_take(&u->tx, &byte)) {
		set(u, RBR_THR, byte);
		n++;
	}
	return n > 0;
}

void ns16550_interrupt(struct ns16550 *u)
{
	while (get(u, LSR) & LSR_DATA) {
		if (!ring_put(&u->rx, get(u, RBR_THR))) {
			u->lost++;
		}
	}
	if (get(u, IER) & IER_TX && get(u, LSR) & LSR_THRE && !refill(u)) {
		set(u, IER, IER_RX);
	}
}

size_t ns16550_read(struct ns16550 *u, uint8_t *buf, size_t cap)
{
	size_t n = 0;
	while (n < cap && ring_take(&u->rx, &buf[n])) {
		n++;
	}
	return n;
}

size_t ns16550_write(struct ns16550 *u, const uint8_t *bytes, size_t len)
{
	size_t n = 0;
	while (n < len && ring_put(&u->tx, bytes[n])) {
		n++;
	}
	if (n) {
		/* The interrupt comes at once if the transmitter is empty, and takes it from there. */
		set(u, IER, IER_RX | IER_TX);
	}
	return n;
}

bool ns16550_idle(const struct ns16550 *u)
{
	return ring_used(&u->tx) == 0 && (get(u, LSR) & LSR_TEMT) != 0;
}

void ns16550_print(const struct ns16550 *u, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned looks = 0;
		while (!(get(u, LSR) & LSR_THRE)) {
			if (++looks == PATIENCE) {
				return;
			}
		}
		set(u, RBR_THR, (uint8_t)text[i]);
	}
}
