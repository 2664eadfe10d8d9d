/* SPDX-License-Identifier: Apache-2.0 */
#include "device/updater.h"

#include <string.h>

#include "device/policy.h"
#include "rotor/boot_measurement.h"
#include "rotor/boot_verdict.h"

/* Starts that new firmware gets to confirm itself. */
#define SECONDS_TO_RESTART 5

void device_updater_describe(struct rotor_device *d)
{
	const struct rotor_boot_handoff *h = d->config.handoff;
	struct rotor_writer w = rotor_writer(d->vendor_descriptor, sizeof(d->vendor_descriptor));
	rotor_write_u8(&w, ROTOR_PLDM_STRING_ASCII);
	rotor_write_u8(&w, sizeof(DEVICE_VENDOR_TITLE) - 1);
	rotor_write_bytes(&w, DEVICE_VENDOR_TITLE, sizeof(DEVICE_VENDOR_TITLE) - 1);
	rotor_write_bytes(&w, h->vendor_id, sizeof(h->vendor_id));
	d->descriptors[0] = (struct rotor_pldm_descriptor){ROTOR_PLDM_DESCRIPTOR_UUID,
							   {h->class_id, sizeof(h->class_id)}};
	d->descriptors[1] = (struct rotor_pldm_descriptor){ROTOR_PLDM_DESCRIPTOR_VENDOR,
							   {d->vendor_descriptor, w.len}};
	(void)rotor_image_version_string(&h->version, d->version);
}

/* A version as one number that grows with it, for ComponentComparisonStamp. */
static uint32_t stamp_of(const struct rotor_image_version *v)
{
	return (uint32_t)v->major << 24 | (uint32_t)v->minor << 16 | v->revision;
}

static struct rotor_pldm_string ascii(const char *text)
{
	size_t len = strlen(text);
	struct rotor_pldm_string none = {ROTOR_PLDM_STRING_UNKNOWN, {NULL, 0}};
	struct rotor_pldm_string string = {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)text, len}};
	return len ? string : none;
}

/* Version of what waits for the next boot; empty if nothing does. */
static const char *pending_version(const struct rotor_device *d)
{
	const struct rotor_boot_record *record = &d->update.recorder.record;
	for (size_t i = 0; i < ROTOR_BOOT_SLOTS; i++) {
		if (record->slot[i].state == ROTOR_BOOT_PENDING) {
			return record->slot[i].version;
		}
	}
	return "";
}

static bool authorise(void *ctx, uint8_t command, uint32_t peer)
{
	struct rotor_device *d = ctx;
	(void)peer;
	bool allowed = device_policy_allows(d->config.handoff->policy,
					    (enum device_channel)d->channel, command);
	if (!allowed && d->config.log) {
		d->config.log(d->config.ctx, "refused an update command",
			      d->channel == DEVICE_CHANNEL_CLEAR
				  ? "it came outside a session"
				  : "the agent has not authenticated itself");
	}
	return allowed;
}

static void parameters(void *ctx, struct rotor_pldm_parameters *out)
{
	struct rotor_device *d = ctx;
	out->capabilities = ROTOR_PLDM_CAPABILITY_SECURITY_REVISION;
	out->component_count = 1;
	out->active = ascii(d->version);
	out->pending = ascii(pending_version(d));
}

static void component(void *ctx, uint16_t n, struct rotor_pldm_component_parameters *out)
{
	struct rotor_device *d = ctx;
	(void)n;
	memset(out, 0, sizeof(*out));
	out->classification = ROTOR_PLDM_CLASS_FIRMWARE;
	out->identifier = DEVICE_COMPONENT_IDENTIFIER;
	out->active.stamp = stamp_of(&d->config.handoff->version);
	out->active.text = ascii(d->version);
	out->pending.text = ascii(pending_version(d));
	out->activation_methods = ROTOR_PLDM_ACTIVATION_SELF_CONTAINED;
	out->capabilities = ROTOR_PLDM_COMPONENT_SECURITY_REVISION;
	if (d->config.handoff->security_floor < d->config.handoff->security_version) {
		out->capabilities |= ROTOR_PLDM_COMPONENT_SECURITY_REVISION_NOT_LATEST;
	}
}

static uint8_t request_update(void *ctx, const struct rotor_pldm_request_update *req)
{
	struct rotor_device *d = ctx;
	(void)req;
	/* The other slot is the way back until what runs has confirmed itself. */
	if (d->start == ROTOR_DEVICE_CRIPPLED) {
		return ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE;
	}
	return d->start == ROTOR_DEVICE_RUNNING ? ROTOR_PLDM_SUCCESS
						: ROTOR_PLDM_RETRY_REQUEST_UPDATE;
}

static uint8_t check(void *ctx, const struct rotor_pldm_component *component_asked,
		     uint32_t *options_enabled)
{
	struct rotor_device *d = ctx;
	uint32_t stamp = stamp_of(&d->config.handoff->version);
	uint32_t honoured = ROTOR_PLDM_OPTION_FORCE | ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION;
	bool force = component_asked->options & ROTOR_PLDM_OPTION_FORCE;
	if (component_asked->classification != ROTOR_PLDM_CLASS_FIRMWARE ||
	    component_asked->identifier != DEVICE_COMPONENT_IDENTIFIER) {
		return ROTOR_PLDM_COMPONENT_NOT_SUPPORTED;
	}
	if (component_asked->size > rotor_boot_update_capacity(&d->update)) {
		return ROTOR_PLDM_COMPONENT_CONFLICT;
	}
	*options_enabled = component_asked->options & honoured;
	if (component_asked->stamp == ROTOR_PLDM_STAMP_NONE || force) {
		return ROTOR_PLDM_COMPONENT_OK;
	}
	if (component_asked->stamp == stamp) {
		return ROTOR_PLDM_COMPONENT_STAMP_IDENTICAL;
	}
	return component_asked->stamp < stamp ? ROTOR_PLDM_COMPONENT_STAMP_LOWER
					      : ROTOR_PLDM_COMPONENT_OK;
}

static enum rotor_status begin(void *ctx, const struct rotor_pldm_component *component_asked)
{
	struct rotor_device *d = ctx;
	if (device_updater_poll(d)) {
		return ROTOR_PENDING;
	}
	d->delay = component_asked->options & ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION;
	return rotor_boot_update_begin(&d->update, component_asked->size);
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
	if (status == ROTOR_PENDING) {
		uint32_t done = rotor_image_verifier_progress(&d->update.verifier);
		result->progress =
		    d->update.size ? (uint8_t)((uint64_t)done * 100 / d->update.size) : 0;
	} else if (status != ROTOR_OK) {
		enum rotor_boot_verdict verdict = d->update.refusal == ROTOR_IMAGE_ACCEPTED
						      ? ROTOR_VERDICT_LENGTH
						      : rotor_boot_verdict_of(d->update.refusal);
		/* The one verdict for which the specification has a code of its own, since 1.3. */
		result->code = verdict == ROTOR_VERDICT_SECURITY_VERSION
				   ? ROTOR_PLDM_RESULT_SECURITY_REVISION
				   : (uint8_t)(ROTOR_PLDM_VERIFY_VENDOR_FIRST + verdict);
		if (d->config.log) {
			d->config.log(d->config.ctx, "refused the new image",
				      rotor_boot_verdict_string(verdict));
		}
	}
	return status;
}

/* The image stands in its slot already: there is nothing to move. */
static enum rotor_status apply(void *ctx, struct rotor_pldm_fd_result *result)
{
	(void)ctx;
	(void)result;
	return ROTOR_OK;
}

static enum rotor_status activate(void *ctx, bool self_contained, uint16_t *seconds)
{
	struct rotor_device *d = ctx;
	*seconds = self_contained ? SECONDS_TO_RESTART : 0;
	rotor_boot_update_hold_floor(&d->update, d->delay);
	return rotor_boot_update_activate(&d->update);
}

static void activated(void *ctx, bool self_contained)
{
	struct rotor_device *d = ctx;
	d->activated = self_contained;
}

void device_raise_floor(struct rotor_device *d)
{
	struct rotor_boot_handoff *h = d->config.handoff;
	uint8_t floor[sizeof(uint64_t)];
	struct rotor_writer w = rotor_writer(floor, sizeof(floor));
	d->config.confirmed(d->config.ctx);
	if (rotor_boot_update_floor_held(&d->update) || h->security_floor >= h->security_version) {
		return;
	}
	/* What comes next is held to it from here on, not only from the next boot, and verifiers are told so. */
	h->security_floor = h->security_version;
	rotor_write_u64le(&w, h->security_floor);
	(void)rotor_measurement_change(&h->measurements, ROTOR_MEASURE_FLOOR, floor, sizeof(floor));
}

static enum rotor_status update_security_revision(void *ctx,
						  const struct rotor_pldm_component_name *named)
{
	struct rotor_device *d = ctx;
	if (named->classification != ROTOR_PLDM_CLASS_FIRMWARE ||
	    named->identifier != DEVICE_COMPONENT_IDENTIFIER || named->index != 0) {
		return ROTOR_ERR_NOT_FOUND;
	}
	/* What is on trial may yet go back, and what does not wait is in force. */
	if (d->start != ROTOR_DEVICE_RUNNING || !rotor_boot_update_floor_held(&d->update)) {
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
	if (d->aborting && rotor_boot_update_abort(&d->update) != ROTOR_PENDING) {
		d->aborting = false;
	}
	return d->aborting;
}

const struct rotor_pldm_fd_ops device_updater_ops = {
    .authorise = authorise,
    .parameters = parameters,
    .component = component,
    .request_update = request_update,
    .check = check,
    .begin = begin,
    .write = write,
    .transfer_end = transfer_end,
    .verify = verify,
    .apply = apply,
    .activate = activate,
    .activated = activated,
    .update_security_revision = update_security_revision,
    .cancel = cancel,
};
