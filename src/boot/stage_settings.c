/* SPDX-License-Identifier: Apache-2.0 */
/* The settings in force: whom the device trusts as agents, if not whom the factory named. */
#include <string.h>

#include "boot/harden.h"
#include "boot/stage.h"

static bool is_blank(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != 0xff) {
			return false;
		}
	}
	return true;
}

static uint32_t blank_again(const uint8_t header[ROTOR_IMAGE_HEADER_SIZE])
{
	uint8_t blank[ROTOR_IMAGE_HEADER_SIZE];
	memset(blank, 0xff, sizeof(blank));
	return harden_equal(SHARE_BLANK, header, blank, sizeof(blank));
}

/* Nobody is trusted until the settings have shown that they are genuine. */
static enum rotor_status trust_nobody(struct rotor_boot_stage *s)
{
	s->settings = (struct rotor_boot_settings_state){.source = ROTOR_BOOT_ANCHORS_NONE};
	return rotor_boot_anchors_digest(s->config.crypto, NULL, 0, s->settings.anchors_digest);
}

/* Settings wait in a slot, and this boot could not install them: what is blank may have been erased for them. */
static bool install_failed(const struct rotor_boot_stage *s)
{
	bool failed = false;
	for (unsigned i = 0; i < ROTOR_BOOT_SLOTS; i++) {
		const struct rotor_boot_slot *slot = &s->recorder.record.slot[i];
		failed = failed || (s->slot_failed[i] && slot->state == ROTOR_BOOT_PENDING &&
				    slot->kind == ROTOR_IMAGE_SETTINGS);
	}
	return failed;
}

/* The boot goes on without settings. New ones may wait to take the place of those that are damaged. */
static enum rotor_status lose(struct rotor_boot_stage *s, enum rotor_image_refusal refusal)
{
	stage_tell_refused(s, ROTOR_BOOT_EVENT_SETTINGS_LOST, refusal);
	s->step = STEP_INSTALL_FIND;
	return trust_nobody(s);
}

/* Read once, whole: what is verified is what is read from then on. */
enum rotor_status stage_settings_read(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_flash_region *place = &s->config.layout->region[ROTOR_REGION_SETTINGS];
	uint32_t len = place->size < sizeof(s->store) ? place->size : (uint32_t)sizeof(s->store);
	enum rotor_status status =
	    rotor_boot_flash_read(s->config.flash, place->offset, s->store, len);
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status != ROTOR_OK) {
		return lose(s, ROTOR_IMAGE_READ_FAILED);
	}
	if (is_blank(s->store, ROTOR_IMAGE_HEADER_SIZE)) {
		/* The factory's anchors stay in force: that is asked twice. */
		bool certain = blank_again(s->store) == SHARE_BLANK && !install_failed(s);
		s->step = STEP_INSTALL_FIND;
		return certain ? ROTOR_OK : lose(s, ROTOR_IMAGE_BAD_MAGIC);
	}
	const struct rotor_image_source source = rotor_image_memory(&s->memory, s->store, len);
	s->step = STEP_SETTINGS_VERIFY;
	status = trust_nobody(s);
	return status == ROTOR_OK ? stage_begin_verification(s, &source, ROTOR_IMAGE_SETTINGS, 0)
				  : status;
}

static enum rotor_status put_in_force(struct rotor_boot_stage *s)
{
	const struct rotor_image_info *image = &s->verifier.info;
	const struct rotor_flash_region *place = &s->config.layout->region[ROTOR_REGION_SETTINGS];
	struct rotor_boot_settings settings;
	enum rotor_status status =
	    rotor_boot_settings_decode(s->store + image->body_offset, image->body_size, &settings);
	if (status == ROTOR_OK) {
		status =
		    rotor_boot_anchors_digest(s->config.crypto, settings.anchor,
					      settings.anchor_count, s->settings.anchors_digest);
	}
	if (status == ROTOR_OK) {
		s->settings.in_force = true;
		s->settings.version = image->version;
		s->settings.source = ROTOR_BOOT_ANCHORS_SETTINGS;
		s->settings.offset = place->offset + image->body_offset;
		s->settings.len = image->body_size;
		memcpy(s->settings.measurement, image->measurement, ROTOR_BOOT_DIGEST_SIZE);
	}
	return status;
}

enum rotor_status stage_settings_verify(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_image_verifier_poll(&s->verifier);
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status == ROTOR_OK) {
		/* Asked for by its proof too: whom it names may install what runs. */
		status = rotor_image_verifier_accepted(&s->verifier) == ROTOR_PROVEN
			     ? put_in_force(s)
			     : ROTOR_ERR_VERIFY;
	}
	if (status != ROTOR_OK) {
		return lose(s, stage_refusal(s));
	}
	s->step = STEP_INSTALL_FIND;
	return ROTOR_OK;
}
