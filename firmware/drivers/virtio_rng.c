/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtio_rng.h"

#include <string.h>

enum {
	MAGIC = 0x00,
	VERSION = 0x04,
	DEVICE = 0x08,
	DRIVER_FEATURES = 0x20,
	DRIVER_FEATURES_SEL = 0x24,
	QUEUE_SEL = 0x30,
	QUEUE_NUM_MAX = 0x34,
	QUEUE_NUM = 0x38,
	QUEUE_READY = 0x44,
	QUEUE_NOTIFY = 0x50,
	STATUS = 0x70,
	QUEUE_DESCRIPTOR = 0x80,
	QUEUE_AVAILABLE = 0x90,
	QUEUE_USED = 0xa0,
};

#define MAGIC_VALUE    0x74726976u /* "virt" */
#define VERSION_1      2u          /* of the transport: not the legacy one */
#define DEVICE_ENTROPY 4u

#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER      2u
#define STATUS_DRIVER_OK   4u
#define STATUS_FEATURES_OK 8u

/* In the second word of the features: this is no legacy driver. */
#define FEATURE_VERSION_1 1u
#define DESCRIPTOR_WRITE  2u
#define NO_INTERRUPT      1u

/* Looks at the queue before the device is taken to be broken: some seconds under emulation. */
#define PATIENCE 50000000u

static volatile uint32_t *reg(uintptr_t base, unsigned offset)
{
	return (volatile uint32_t *)(base + offset);
}

static void give_address(uintptr_t base, unsigned offset, const volatile void *memory)
{
	*reg(base, offset) = (uint32_t)(uintptr_t)memory;
	*reg(base, offset + 4) = 0;
}

static bool start(struct virtio_rng *rng, uintptr_t base)
{
	memset(rng, 0, sizeof(*rng));
	*reg(base, STATUS) = 0;
	*reg(base, STATUS) = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
	*reg(base, DRIVER_FEATURES_SEL) = 0;
	*reg(base, DRIVER_FEATURES) = 0;
	*reg(base, DRIVER_FEATURES_SEL) = 1;
	*reg(base, DRIVER_FEATURES) = FEATURE_VERSION_1;
	*reg(base, STATUS) = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
	if (!(*reg(base, STATUS) & STATUS_FEATURES_OK)) {
		return false;
	}
	*reg(base, QUEUE_SEL) = 0;
	if (*reg(base, QUEUE_NUM_MAX) == 0) {
		return false;
	}
	rng->descriptor.address = (uint32_t)(uintptr_t)rng->buffer;
	rng->descriptor.len = sizeof(rng->buffer);
	rng->descriptor.flags = DESCRIPTOR_WRITE;
	rng->available.flags = NO_INTERRUPT;
	*reg(base, QUEUE_NUM) = 1;
	give_address(base, QUEUE_DESCRIPTOR, &rng->descriptor);
	give_address(base, QUEUE_AVAILABLE, &rng->available);
	give_address(base, QUEUE_USED, &rng->used);
	*reg(base, QUEUE_READY) = 1;
	*reg(base, STATUS) =
	    STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK;
	rng->base = base;
	return true;
}

bool virtio_rng_start(struct virtio_rng *rng, uintptr_t base, unsigned count, uint32_t step)
{
	for (unsigned i = 0; i < count; i++, base += step) {
		if (*reg(base, MAGIC) == MAGIC_VALUE && *reg(base, VERSION) == VERSION_1 &&
		    *reg(base, DEVICE) == DEVICE_ENTROPY) {
			return start(rng, base);
		}
	}
	return false;
}

/* One buffer goes to the device and comes back. What it says of it is not believed unseen. */
static bool fill(struct virtio_rng *rng)
{
	const volatile uint16_t *index = &rng->used.index;
	uint32_t looks = 0;
	rng->asked++;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	rng->available.index = rng->asked;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*reg(rng->base, QUEUE_NOTIFY) = 0;
	while (*index != rng->asked) {
		if (++looks == PATIENCE) {
			return false;
		}
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	uint32_t len = rng->used.len;
	if (rng->used.id != 0 || len == 0 || len > sizeof(rng->buffer)) {
		return false;
	}
	rng->have = len;
	return true;
}

size_t virtio_rng_take(struct virtio_rng *rng, uint8_t *bytes, size_t len)
{
	if (rng->base != 0 && rng->have == 0 && !fill(rng)) {
		rng->base = 0; /* where its buffer is now, nobody knows: it is not used again */
	}
	if (rng->base == 0) {
		return 0;
	}
	size_t n = len < rng->have ? len : rng->have;
	rng->have -= (uint32_t)n;
	memcpy(bytes, rng->buffer + rng->have, n);
	memset(rng->buffer + rng->have, 0, n);
	return n;
}
