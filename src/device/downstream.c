/* SPDX-License-Identifier: Apache-2.0 */
#include "device/downstream.h"

#if ROTOR_DOWNSTREAM

#include <string.h>

#include "device/components.h"
#include "device/messages.h"

/* DownstreamDeviceIndex of the one chip. */
#define INDEX 0

enum rotor_status device_downstream_init(struct rotor_device *d)
{
	const struct rotor_device_downstream *chip = d->config.downstream;
	if (!chip) {
		return ROTOR_OK;
	}
	struct rotor_boot_chip_config config = {
	    .crypto = d->config.crypto,
	    .flash = chip->flash,
	    .handoff = d->config.handoff,
	    .update = &d->update,
	    /* Nothing is verified while firmware data is waiting to be written. */
	    .work = d->transfer,
	    .work_len = ROTOR_BOOT_WORK_SIZE,
	};
	memcpy(config.vendor_id, chip->vendor_id, sizeof(config.vendor_id));
	memcpy(config.class_id, chip->class_id, sizeof(config.class_id));
	device_components_descriptors(d->chip_descriptors, d->chip_vendor, chip->class_id,
				      chip->vendor_id);
	return rotor_boot_chip_init(&d->chip, &config);
}

/* ---- what it runs ---- */

static bool may_look(const struct rotor_device *d)
{
	return d->config.downstream && d->start == ROTOR_DEVICE_RUNNING &&
	       d->fd.state == ROTOR_PLDM_IDLE && !d->aborting && !d->scrubbing &&
	       (d->chip.state == ROTOR_BOOT_CHIP_UNSEEN ||
		d->chip.state == ROTOR_BOOT_CHIP_LOOKING);
}

bool device_downstream_busy(const struct rotor_device *d)
{
	return may_look(d);
}

/* What the chip runs, as text for the inventory. */
static void describe(struct rotor_device *d)
{
	d->chip_version[0] = '\0';
	if (d->chip.active != ROTOR_BOOT_CHIP_NO_BANK) {
		(void)rotor_image_version_string(&d->chip.version, d->chip_version);
	}
}

bool device_downstream_poll(struct rotor_device *d)
{
	if (!may_look(d)) {
		return false;
	}
	if (rotor_boot_chip_look(&d->chip) != ROTOR_OK) {
		return true;
	}
	describe(d);
	if (d->chip.active == ROTOR_BOOT_CHIP_NO_BANK) {
		DEVICE_SAY(d, "the chip behind this device has no valid firmware", NULL);
	}
	return false;
}

/* ---- inventory ---- */

uint16_t device_downstream_list(void *ctx, struct rotor_pldm_downstream *out)
{
	(void)ctx;
	out->supported = true;
	out->count = out->max = 1;
	return 1; /* it is soldered on */
}

void device_downstream_device(void *ctx, uint16_t n, struct rotor_pldm_fd_downstream *out)
{
	struct rotor_device *d = ctx;
	(void)n;
	out->descriptors = d->chip_descriptors;
	out->descriptor_count = ROTOR_COUNT_OF(d->chip_descriptors);
	out->parameters.index = INDEX;
	out->parameters.active.text = device_components_text(d->chip_version);
	out->parameters.active.stamp =
	    d->chip_version[0] ? device_components_stamp(&d->chip.version) : ROTOR_PLDM_STAMP_NONE;
	out->parameters.activation_methods = ROTOR_PLDM_ACTIVATION_SELF_CONTAINED;
}

/* ---- its update ---- */

uint8_t device_downstream_check(struct rotor_device *d, const struct rotor_pldm_component *asked,
				uint32_t *options_enabled)
{
	if (asked->classification != ROTOR_PLDM_CLASS_DOWNSTREAM || asked->identifier != INDEX) {
		return ROTOR_PLDM_COMPONENT_NOT_SUPPORTED;
	}
	if (asked->size > rotor_boot_chip_capacity(&d->chip)) {
		return ROTOR_PLDM_COMPONENT_CONFLICT;
	}
	*options_enabled = asked->options & ROTOR_PLDM_OPTION_FORCE;
	return *options_enabled || !d->chip_version[0]
		   ? ROTOR_PLDM_COMPONENT_OK
		   : device_components_compare(asked->stamp, &d->chip.version);
}

enum rotor_status device_downstream_activate(struct rotor_device *d)
{
	enum rotor_status status = rotor_boot_chip_activate(&d->chip);
	if (status == ROTOR_PENDING || status == ROTOR_ERR_STATE) {
		return status;
	}
	describe(d);
	/* What has been copied is of no use here, and is never to be taken for this device's own. */
	d->aborting = true;
	return status;
}

#endif
