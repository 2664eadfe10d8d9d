/* SPDX-License-Identifier: Apache-2.0 */
/* What the PLDM firmware device asks for, done with the boot module's update slot. */
#ifndef ROTOR_DEVICE_UPDATER_H
#define ROTOR_DEVICE_UPDATER_H

#include "rotor/device.h"

/* The device has one component, its firmware. */
#define DEVICE_COMPONENT_IDENTIFIER 0x0001
#define DEVICE_VENDOR_TITLE         "vendor"

/* The ops table; its context is the struct rotor_device. */
extern const struct rotor_pldm_fd_ops device_updater_ops;

/* Fills in the descriptors by which packages find the device: class identifier, then vendor identifier. */
void device_updater_describe(struct rotor_device *d);
/* What runs is confirmed: the boot stage is told, and unless the floor is held, what comes next is held to it. */
void device_raise_floor(struct rotor_device *d);
/* Goes on with an abort that is pending. True while there is one. */
bool device_updater_poll(struct rotor_device *d);

#endif
