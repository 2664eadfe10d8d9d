/* SPDX-License-Identifier: Apache-2.0 */
/* The device's start, and its watch over what does not run. */
#ifndef ROTOR_DEVICE_START_H
#define ROTOR_DEVICE_START_H

#include "rotor/device.h"

/* One step. */
void device_start_poll(struct rotor_device *d);
/* When the next one is due. */
rotor_ms device_start_deadline(const struct rotor_device *d);

#endif
