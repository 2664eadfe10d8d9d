/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio entropy device behind a memory-mapped transport (virtio 1.x, sections 4.2 and 5.4), without interrupts: one
 * buffer is given out, and looked at until it comes back. The device writes into memory by itself, where the processor's
 * memory protection does not see it.
 */
#ifndef ROTOR_FIRMWARE_VIRTIO_RNG_H
#define ROTOR_FIRMWARE_VIRTIO_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTIO_RNG_BUFFER 64

struct virtio_rng {
	uintptr_t base; /* 0: none was found */
	/* Shared with the device: one queue with room for one buffer. */
	struct {
		uint32_t address, address_high, len;
		uint16_t flags, next;
	} descriptor __attribute__((aligned(16)));
	struct {
		uint16_t flags, index, ring;
	} available;
	struct {
		uint16_t flags, index;
		uint32_t id, len;
	} used __attribute__((aligned(4)));
	uint8_t buffer[VIRTIO_RNG_BUFFER];
	uint16_t asked; /* buffers given out, as the queue counts them */
	uint32_t have;  /* bytes of the buffer that are not taken yet */
};

/* Looks for the device at `count` places, `step` bytes apart, from `base` on, and starts it. @return whether it is there */
bool virtio_rng_start(struct virtio_rng *rng, uintptr_t base, unsigned count, uint32_t step);
/* Takes at most `len` bytes, each once. @return how many; 0 if none come */
size_t virtio_rng_take(struct virtio_rng *rng, uint8_t *bytes, size_t len);

#endif
