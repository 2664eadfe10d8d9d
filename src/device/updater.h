/* SPDX-License-Identifier: Apache-2.0 */
/* What the PLDM firmware device asks for, done with the boot module's update slot. */
#ifndef ROTOR_DEVICE_UPDATER_H
#define ROTOR_DEVICE_UPDATER_H

#include "rotor/device.h"

/* The ops table; its context is the struct rotor_device. */
extern const struct rotor_pldm_fd_ops device_updater_ops;

/* What runs is confirmed: the boot stage is told, and unless the floor is held, what comes next is held to it. */
void device_raise_floor(struct rotor_device *d);
/* Goes on with an abort that is pending. True while there is one. */
bool device_updater_poll(struct rotor_device *d);
/* Prepares the slot for what comes next while the device waits for it. */
void device_updater_ahead(struct rotor_device *d);

#endif
