/* SPDX-License-Identifier: Apache-2.0 */
/* The chip behind the device, as PLDM's downstream device. */
#ifndef ROTOR_DEVICE_DOWNSTREAM_H
#define ROTOR_DEVICE_DOWNSTREAM_H

#include "rotor/device.h"

#if ROTOR_DOWNSTREAM

/* Prepares it, if the device has one. */
enum rotor_status device_downstream_init(struct rotor_device *d);
/* Looks what the chip runs, while the device is idle. True while that goes on: nothing else may verify meanwhile. */
bool device_downstream_poll(struct rotor_device *d);
/* Whether it has to be polled at once. */
bool device_downstream_busy(const struct rotor_device *d);

/* Ops of the firmware device. */
uint16_t device_downstream_list(void *ctx, struct rotor_pldm_downstream *out);
void device_downstream_device(void *ctx, uint16_t n, struct rotor_pldm_fd_downstream *out);
/* The component of an update of the chip. */
uint8_t device_downstream_check(struct rotor_device *d, const struct rotor_pldm_component *asked,
				uint32_t *options_enabled);
/* Makes the copy what it runs; then the slot that it came through is let go. */
enum rotor_status device_downstream_activate(struct rotor_device *d);

#else

static inline bool device_downstream_poll(const struct rotor_device *d)
{
	(void)d;
	return false;
}
static inline bool device_downstream_busy(const struct rotor_device *d)
{
	(void)d;
	return false;
}

#endif

#endif
