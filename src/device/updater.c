/* SPDX-License-Identifier: Apache-2.0 */
#include "device/updater.h"

#include <string.h>

#include "device/components.h"
#include "device/downstream.h"
#include "device/known_blocks.h"
#include "device/messages.h"
#include "device/policy.h"
#include "rotor/boot_verdict.h"

/* Starts that new firmware gets to confirm itself. */
#define SECONDS_TO_RESTART 5

static bool authorise(void *ctx, uint8_t command, uint32_t peer)
{
	struct rotor_device *d = ctx;
	(void)peer;
	bool allowed = device_policy_allows(d->config.handoff->policy,
					    (enum device_channel)d->channel, command);
	if (!allowed) {
		DEVICE_SAY(d, "refused an update command",
			   d->channel == DEVICE_CHANNEL_CLEAR
			       ? "it came outside a session"
			       : "the agent has not authenticated itself");
	}
	return allowed;
}

/* An update begins, of the device or of the chip behind it. */
static uint8_t begin_update(struct rotor_device *d, bool to_chip)
{
	/* The other slot is the way back until what runs has confirmed itself. */
	if (d->start == ROTOR_DEVICE_CRIPPLED) {
		return ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE;
	}
	if (d->start != ROTOR_DEVICE_RUNNING || device_downstream_busy(d)) {
		return ROTOR_PLDM_RETRY_REQUEST_UPDATE;
	}
#if ROTOR_PLDM_FD_LESS
	/* A look at what does not run reads into the buffers that package data come to. */
	if (d->update.state == ROTOR_BOOT_UPDATE_SCRUBBING &&
	    rotor_boot_update_abort(&d->update) == ROTOR_PENDING) {
		return ROTOR_PLDM_RETRY_REQUEST_UPDATE;
	}
	device_blocks_forget(d);
#endif
	d->update_component = 0;
	d->to_chip = to_chip;
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t request_update(void *ctx, const struct rotor_pldm_request_update *req)
{
	(void)req;
	return begin_update(ctx, false);
}

#if ROTOR_DOWNSTREAM
static uint8_t request_downstream(void *ctx, const struct rotor_pldm_request_downstream *req)
{
	struct rotor_device *d = ctx;
	(void)req;
	/* The recovery image brings firmware back, and does nothing else. */
	return d->config.handoff->slot == ROTOR_BOOT_SLOT_RECOVERY
		   ? ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE
		   : begin_update(d, true);
}
#endif

static enum rotor_image_kind kind_of(const struct rotor_device *d, uint16_t identifier)
{
	return d->to_chip ? ROTOR_IMAGE_DOWNSTREAM : device_component_kind(identifier);
}

static enum rotor_status begin(void *ctx, const struct rotor_pldm_component *component_asked)
{
	struct rotor_device *d = ctx;
	if (device_updater_poll(d)) {
		return ROTOR_PENDING;
	}
	enum rotor_image_kind kind = kind_of(d, component_asked->identifier);
	d->delay = component_asked->options & ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION;
#if ROTOR_PLDM_FD_LESS
	device_blocks_begin(d, kind, component_asked->size);
#endif
	return rotor_boot_update_begin(&d->update, kind, component_asked->size);
}

static enum rotor_status write(void *ctx, uint32_t offset, const uint8_t *data, size_t len)
{
	struct rotor_device *d = ctx;
	return rotor_boot_update_write(&d->update, offset, data, len);
}

static enum rotor_status transfer_end(void *ctx, struct rotor_pldm_fd_result *result)
{
	struct rotor_device *d = ctx;
	(void)result;
	return rotor_boot_update_finish(&d->update);
}

static enum rotor_status verify(void *ctx, struct rotor_pldm_fd_result *result)
{
	struct rotor_device *d = ctx;
	enum rotor_status status = rotor_boot_update_verify(&d->update);
#if ROTOR_PLDM_FD_LESS
	if (status != ROTOR_PENDING) {
		device_blocks_verified(d, status == ROTOR_OK);
	}
#endif
	if (status == ROTOR_PENDING) {
		uint32_t done = rotor_image_verifier_progress(&d->update.verifier);
		result->progress =
		    d->update.size ? (uint8_t)((uint64_t)done * 100 / d->update.size) : 0;
	} else if (status != ROTOR_OK) {
		/* The one verdict for which the specification has a code of its own, since 1.3. */
		result->code = d->update.verdict == ROTOR_VERDICT_SECURITY_VERSION
				   ? ROTOR_PLDM_RESULT_SECURITY_REVISION
				   : (uint8_t)(ROTOR_PLDM_VERIFY_VENDOR_FIRST + d->update.verdict);
		DEVICE_SAY(d, "refused the new image",
			   rotor_boot_verdict_string(d->update.verdict));
	}
	return status;
}

/*
 * Firmware stands in its slot already, and what is for another place of this device is put there by the boot stage. To the
 * chip behind it the device itself brings what it is to run.
 */
static enum rotor_status apply(void *ctx, struct rotor_pldm_fd_result *result)
{
#if ROTOR_DOWNSTREAM
	struct rotor_device *d = ctx;
	if (d->to_chip) {
		return rotor_boot_chip_copy(&d->chip, &result->progress);
	}
#endif
	(void)ctx;
	(void)result;
	return ROTOR_OK;
}

static enum rotor_status activate(void *ctx, bool self_contained, uint16_t *seconds)
{
	struct rotor_device *d = ctx;
#if ROTOR_DOWNSTREAM
	if (d->to_chip) {
		*seconds = 0;
		return device_downstream_activate(d);
	}
#endif
	*seconds = self_contained ? SECONDS_TO_RESTART : 0;
	rotor_boot_update_hold_floor(&d->update, d->delay);
	return rotor_boot_update_activate(&d->update);
}

static void activated(void *ctx, bool self_contained)
{
	struct rotor_device *d = ctx;
	d->activated = self_contained && !d->to_chip;
#if ROTOR_DOWNSTREAM
	if (d->to_chip && d->config.downstream->reset) {
		d->config.downstream->reset(d->config.downstream->ctx);
	}
#endif
}

void device_raise_floor(struct rotor_device *d)
{
	struct rotor_boot_handoff *h = d->config.handoff;
	d->config.confirmed(d->config.ctx);
	/* What comes next is held to it from here on, not only from the next boot, and verifiers are told so. */
	if (!rotor_boot_update_floor_held(&d->update) && h->security_floor < h->security_version) {
		h->security_floor = h->security_version;
	}
}

static enum rotor_status update_security_revision(void *ctx,
						  const struct rotor_pldm_component_name *named)
{
	struct rotor_device *d = ctx;
	if (!device_component_exists(d, named)) {
		return ROTOR_ERR_NOT_FOUND;
	}
	/* What is on trial may yet go back, and what does not wait is in force. */
	if (device_component_kind(named->identifier) != ROTOR_IMAGE_FIRMWARE ||
	    d->start != ROTOR_DEVICE_RUNNING || !rotor_boot_update_floor_held(&d->update)) {
		return ROTOR_ERR_DENIED;
	}
	if (device_updater_poll(d)) {
		return ROTOR_PENDING;
	}
	enum rotor_status status = rotor_boot_update_release_floor(&d->update);
	if (status == ROTOR_OK) {
		device_raise_floor(d);
	}
	return status;
}

static void cancel(void *ctx, bool whole)
{
	struct rotor_device *d = ctx;
	(void)whole;
	d->aborting = true;
}

bool device_updater_poll(struct rotor_device *d)
{
#if ROTOR_DOWNSTREAM
	/* The copy reads from the slot, so it goes first. */
	if (d->aborting && rotor_boot_chip_abort(&d->chip) == ROTOR_PENDING) {
		return true;
	}
#endif
	if (d->aborting && rotor_boot_update_abort(&d->update) != ROTOR_PENDING) {
		d->aborting = false;
	}
	return d->aborting;
}

void device_updater_ahead(struct rotor_device *d)
{
	bool stays = false;
#if ROTOR_PLDM_FD_LESS
	stays = !d->update.erasing && device_blocks_stay(d, d->update.erased);
#endif
	/* If the flash fails, the next write says so. */
	d->erasing = !d->aborting && !stays && d->fd.state == ROTOR_PLDM_DOWNLOAD &&
		     d->fd.work == ROTOR_PLDM_FD_FETCH &&
		     rotor_boot_update_erase_ahead(&d->update) == ROTOR_PENDING;
}

const struct rotor_pldm_fd_ops device_updater_ops = {
    .authorise = authorise,
    .parameters = device_components_parameters,
    .component = device_components_component,
    .request_update = request_update,
    .check = device_components_check,
    .begin = begin,
    .write = write,
    .transfer_end = transfer_end,
    .verify = verify,
    .apply = apply,
    .activate = activate,
    .activated = activated,
    .update_security_revision = update_security_revision,
    .cancel = cancel,
#if ROTOR_DOWNSTREAM
    .downstream_list = device_downstream_list,
    .downstream_device = device_downstream_device,
    .request_downstream = request_downstream,
#endif
#if ROTOR_PLDM_FD_LESS
    .package_data = device_blocks_map,
    .has = device_blocks_has,
    .take = device_blocks_take,
#endif
};
