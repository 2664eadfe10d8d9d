/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue of bytes between an interrupt and the loop: one side puts, the other takes, and neither needs a lock. The size
 * is a power of two.
 */
#ifndef ROTOR_FIRMWARE_RING_H
#define ROTOR_FIRMWARE_RING_H

#include <stdbool.h>
#include <stdint.h>

struct ring {
	uint8_t *bytes;
	uint32_t size;
	volatile uint32_t put, taken; /* counted from the start; they wrap */
};

static inline uint32_t ring_used(const struct ring *r)
{
	return r->put - r->taken;
}

static inline bool ring_put(struct ring *r, uint8_t byte)
{
	if (ring_used(r) == r->size) {
		return false;
	}
	r->bytes[r->put & (r->size - 1)] = byte;
	__atomic_signal_fence(__ATOMIC_RELEASE);
	r->put++;
	return true;
}

static inline bool ring_take(struct ring *r, uint8_t *byte)
{
	if (ring_used(r) == 0) {
		return false;
	}
	*byte = r->bytes[r->taken & (r->size - 1)];
	__atomic_signal_fence(__ATOMIC_RELEASE);
	r->taken++;
	return true;
}

#endif
