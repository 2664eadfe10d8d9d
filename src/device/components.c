/* SPDX-License-Identifier: Apache-2.0 */
#include "device/components.h"

#include "device/downstream.h"
#include "device/known_blocks.h"

#include <string.h>

#define VENDOR_TITLE "vendor"

/* The component identifiers are part of the device's interface: packages name them. */
static const struct row {
	uint16_t classification, identifier;
	enum rotor_image_kind kind;
} rows[] = {
    {ROTOR_PLDM_CLASS_FIRMWARE, ROTOR_DEVICE_COMPONENT_FIRMWARE, ROTOR_IMAGE_FIRMWARE},
    {ROTOR_PLDM_CLASS_CONFIGURATION, ROTOR_DEVICE_COMPONENT_SETTINGS, ROTOR_IMAGE_SETTINGS},
    {ROTOR_PLDM_CLASS_FIRMWARE, ROTOR_DEVICE_COMPONENT_RECOVERY, ROTOR_IMAGE_RECOVERY},
};

/* The recovery image exists to bring firmware back, and does nothing else. */
static uint16_t row_count(const struct rotor_device *d)
{
	return d->config.handoff->slot == ROTOR_BOOT_SLOT_RECOVERY ? 1 : ROTOR_COUNT_OF(rows);
}

enum rotor_image_kind device_component_kind(uint16_t identifier)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		if (rows[i].identifier == identifier) {
			return rows[i].kind;
		}
	}
	return ROTOR_IMAGE_FIRMWARE;
}

/* ---- inventory ---- */

void device_components_descriptors(struct rotor_pldm_descriptor out[2],
				   uint8_t vendor[ROTOR_DEVICE_VENDOR_DESCRIPTOR],
				   const uint8_t class_id[ROTOR_BOOT_UUID_SIZE],
				   const uint8_t vendor_id[ROTOR_BOOT_UUID_SIZE])
{
	struct rotor_writer w = rotor_writer(vendor, ROTOR_DEVICE_VENDOR_DESCRIPTOR);
	rotor_write_u8(&w, ROTOR_PLDM_STRING_ASCII);
	rotor_write_u8(&w, sizeof(VENDOR_TITLE) - 1);
	rotor_write_bytes(&w, VENDOR_TITLE, sizeof(VENDOR_TITLE) - 1);
	rotor_write_bytes(&w, vendor_id, ROTOR_BOOT_UUID_SIZE);
	out[0] = (struct rotor_pldm_descriptor){ROTOR_PLDM_DESCRIPTOR_UUID,
						{class_id, ROTOR_BOOT_UUID_SIZE}};
	out[1] = (struct rotor_pldm_descriptor){ROTOR_PLDM_DESCRIPTOR_VENDOR, {vendor, w.len}};
}

void device_components_describe(struct rotor_device *d)
{
	const struct rotor_boot_handoff *h = d->config.handoff;
	device_components_descriptors(d->descriptors, d->vendor_descriptor, h->class_id,
				      h->vendor_id);
#if ROTOR_PLDM_FD_LESS
	device_blocks_offer(d);
#endif
	(void)rotor_image_version_string(&h->version, d->version);
}

uint32_t device_components_stamp(const struct rotor_image_version *v)
{
	return (uint32_t)v->major << 24 | (uint32_t)v->minor << 16 | v->revision;
}

struct rotor_pldm_string device_components_text(const char *text)
{
	size_t len = strlen(text);
	struct rotor_pldm_string none = {ROTOR_PLDM_STRING_UNKNOWN, {NULL, 0}};
	struct rotor_pldm_string string = {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)text, len}};
	return len ? string : none;
}

/* Version of what waits for the next boot; empty if nothing does. */
static const char *pending_version(const struct rotor_device *d, enum rotor_image_kind kind)
{
	const struct rotor_boot_record *record = &d->update.recorder.record;
	for (size_t i = 0; i < ROTOR_BOOT_SLOTS; i++) {
		if (record->slot[i].state == ROTOR_BOOT_PENDING && record->slot[i].kind == kind) {
			return record->slot[i].version;
		}
	}
	return "";
}

void device_components_parameters(void *ctx, struct rotor_pldm_parameters *out)
{
	struct rotor_device *d = ctx;
	out->capabilities = ROTOR_PLDM_CAPABILITY_SECURITY_REVISION;
	out->component_count = row_count(d);
	out->active = device_components_text(d->version);
	out->pending = device_components_text(pending_version(d, ROTOR_IMAGE_FIRMWARE));
}

/* The version in place, or NULL if there is none that is known; @p text is then empty. */
static const struct rotor_image_version *version_of(struct rotor_device *d,
						    enum rotor_image_kind kind, const char **text)
{
	const struct rotor_boot_handoff *h = d->config.handoff;
	*text = "";
	switch (kind) {
	case ROTOR_IMAGE_FIRMWARE:
		*text = d->version;
		return &h->version;
	case ROTOR_IMAGE_SETTINGS:
		if (h->anchors_source != ROTOR_BOOT_ANCHORS_SETTINGS) {
			return NULL;
		}
		(void)rotor_image_version_string(&h->settings_version, d->settings_version);
		*text = d->settings_version;
		return &h->settings_version;
	case ROTOR_IMAGE_DOWNSTREAM:
		break; /* of no component of this device */
	case ROTOR_IMAGE_RECOVERY:
		/* Until it has been looked at, what it states; the boot stage verified it when it came. */
		if (d->update.recovery_health != ROTOR_BOOT_HEALTH_SOUND &&
		    (d->update.recovery_health != ROTOR_BOOT_HEALTH_UNKNOWN ||
		     !d->update.recovery_stated)) {
			return NULL;
		}
		(void)rotor_image_version_string(&d->update.recovery_version, d->recovery_version);
		*text = d->recovery_version;
		return &d->update.recovery_version;
	}
	return NULL;
}

/* Only firmware has a floor; with the recovery image running there is none that could wait. */
static uint32_t firmware_capabilities(const struct rotor_boot_handoff *h)
{
	bool waits = h->security_floor < h->security_version && h->slot != ROTOR_BOOT_SLOT_RECOVERY;
	return ROTOR_PLDM_COMPONENT_SECURITY_REVISION |
	       (waits ? ROTOR_PLDM_COMPONENT_SECURITY_REVISION_NOT_LATEST : 0);
}

void device_components_component(void *ctx, uint16_t n, struct rotor_pldm_component_parameters *out)
{
	struct rotor_device *d = ctx;
	const struct row *row = &rows[n];
	const char *text;
	memset(out, 0, sizeof(*out));
	if (row->kind == ROTOR_IMAGE_FIRMWARE) {
		out->capabilities = firmware_capabilities(d->config.handoff);
	}
	const struct rotor_image_version *version = version_of(d, row->kind, &text);
	out->classification = row->classification;
	out->identifier = row->identifier;
	out->active.stamp = version ? device_components_stamp(version) : ROTOR_PLDM_STAMP_NONE;
	out->active.text = device_components_text(text);
	out->pending.text = device_components_text(pending_version(d, row->kind));
	out->activation_methods = ROTOR_PLDM_ACTIVATION_SELF_CONTAINED;
}

/* ---- what is offered ---- */

static const struct row *find(const struct rotor_device *d, uint16_t classification,
			      uint16_t identifier)
{
	for (size_t i = 0; i < row_count(d); i++) {
		if (rows[i].classification == classification && rows[i].identifier == identifier) {
			return &rows[i];
		}
	}
	return NULL;
}

bool device_component_exists(const struct rotor_device *d,
			     const struct rotor_pldm_component_name *name)
{
	return name->index == 0 && find(d, name->classification, name->identifier) != NULL;
}

uint8_t device_components_compare(uint32_t asked, const struct rotor_image_version *version)
{
	const uint32_t own = device_components_stamp(version);
	if (asked == ROTOR_PLDM_STAMP_NONE || asked > own) {
		return ROTOR_PLDM_COMPONENT_OK;
	}
	return asked == own ? ROTOR_PLDM_COMPONENT_STAMP_IDENTICAL
			    : ROTOR_PLDM_COMPONENT_STAMP_LOWER;
}

static uint8_t compare(struct rotor_device *d, const struct row *row, uint32_t asked)
{
	const char *text;
	const struct rotor_image_version *version = version_of(d, row->kind, &text);
	return version != NULL ? device_components_compare(asked, version)
			       : ROTOR_PLDM_COMPONENT_OK;
}

uint8_t device_components_check(void *ctx, const struct rotor_pldm_component *asked,
				uint32_t *options_enabled)
{
	struct rotor_device *d = ctx;
#if ROTOR_DOWNSTREAM
	if (d->to_chip) {
		return device_downstream_check(d, asked, options_enabled);
	}
#endif
	const struct row *row = find(d, asked->classification, asked->identifier);
	bool force = asked->options & ROTOR_PLDM_OPTION_FORCE;
	if (row == NULL) {
		return ROTOR_PLDM_COMPONENT_NOT_SUPPORTED;
	}
	/* All of them come in through the one slot that does not run: one component an update. */
	if ((d->update_component != 0 && d->update_component != row->identifier) ||
	    asked->size > rotor_boot_update_capacity(&d->update, row->kind)) {
		return ROTOR_PLDM_COMPONENT_CONFLICT;
	}
	/* What has no floor raises none, now or later. */
	*options_enabled =
	    asked->options & (ROTOR_PLDM_OPTION_FORCE | ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION);
	uint8_t code = force ? ROTOR_PLDM_COMPONENT_OK : compare(d, row, asked->stamp);
	if (code == ROTOR_PLDM_COMPONENT_OK) {
		d->update_component = row->identifier;
	}
	return code;
}
