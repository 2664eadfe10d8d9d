/* SPDX-License-Identifier: Apache-2.0 */
/* What of the device can be updated, and what there is of it now: its PLDM inventory. */
#ifndef ROTOR_DEVICE_COMPONENTS_H
#define ROTOR_DEVICE_COMPONENTS_H

#include "rotor/device.h"

/* Fills in the descriptors by which packages find the device: class identifier, then vendor identifier. */
void device_components_describe(struct rotor_device *d);
/* The same of any device: @p vendor is what the second of them is made of. */
void device_components_descriptors(struct rotor_pldm_descriptor out[2],
				   uint8_t vendor[ROTOR_DEVICE_VENDOR_DESCRIPTOR],
				   const uint8_t class_id[ROTOR_BOOT_UUID_SIZE],
				   const uint8_t vendor_id[ROTOR_BOOT_UUID_SIZE]);
/* A version as one number that grows with it, for ComponentComparisonStamp. */
uint32_t device_components_stamp(const struct rotor_image_version *v);
/* A text for the inventory; empty: none is known. */
struct rotor_pldm_string device_components_text(const char *text);
/* Whether a stamp that an agent offers is higher than that of a version: enum rotor_pldm_component_code. */
uint8_t device_components_compare(uint32_t asked, const struct rotor_image_version *version);
/* What an update of the component with this identifier holds. */
enum rotor_image_kind device_component_kind(uint16_t identifier);

/* Whether the device has the component that an agent names. */
bool device_component_exists(const struct rotor_device *d,
			     const struct rotor_pldm_component_name *name);

/* Ops of the firmware device; their context is the struct rotor_device. */
void device_components_parameters(void *ctx, struct rotor_pldm_parameters *out);
void device_components_component(void *ctx, uint16_t n,
				 struct rotor_pldm_component_parameters *out);
uint8_t device_components_check(void *ctx, const struct rotor_pldm_component *asked,
				uint32_t *options_enabled);

#endif
