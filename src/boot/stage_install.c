/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a slot holds for another place: a new recovery image, or settings. It is verified where it is, copied to its
 * place, verified there, and the slot is emptied. The slot stays pending until all is done, and each piece may be done
 * twice: a power cut anywhere has the whole begun again at the next boot, before any firmware runs.
 */
#include <string.h>

#include "boot/stage.h"

static const struct rotor_flash_region *place_of(const struct rotor_boot_stage *s)
{
	bool recovery = s->recorder.record.slot[s->slot].kind == ROTOR_IMAGE_RECOVERY;
	return &s->config.layout->region[recovery ? ROTOR_REGION_RECOVERY : ROTOR_REGION_SETTINGS];
}

/* A new recovery image is held to the floor once, when it comes; the one in place never again. */
static uint32_t floor_of(const struct rotor_boot_stage *s, enum rotor_image_kind kind)
{
	return kind == ROTOR_IMAGE_RECOVERY ? s->floor : 0;
}

enum rotor_status stage_install_find(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	for (unsigned i = 0; i < ROTOR_BOOT_SLOTS; i++) {
		const struct rotor_boot_slot *slot = &s->recorder.record.slot[i];
		if (slot->state == ROTOR_BOOT_PENDING && slot->kind != ROTOR_IMAGE_FIRMWARE &&
		    !s->slot_failed[i]) {
			s->slot = (enum rotor_boot_slot_id)i;
			s->step = STEP_INSTALL_VERIFY;
			return stage_begin_region(
			    s, rotor_flash_slot_region(s->config.layout, s->slot), slot->kind,
			    floor_of(s, slot->kind));
		}
	}
	s->slot = ROTOR_BOOT_SLOT_NONE;
	s->step = STEP_CHOOSE;
	return ROTOR_OK;
}

/* ---- refusal and failure ---- */

static void refuse_image(struct rotor_boot_stage *s, enum rotor_image_refusal refusal)
{
	enum rotor_boot_reason reason = rotor_boot_reason_of(refusal);
	stage_tell_refused(s, ROTOR_BOOT_EVENT_REFUSED, refusal);
	s->slot_failed[s->slot] = true;
	if (reason == ROTOR_BOOT_REASON_NONE) {
		s->step = STEP_INSTALL_FIND;
	} else {
		stage_mark_bad(s, reason, STEP_RESTART);
	}
}

static enum rotor_status refuse_settings(struct rotor_boot_stage *s, enum rotor_boot_reason reason)
{
	stage_tell(s, ROTOR_BOOT_EVENT_SETTINGS_REFUSED, (uint32_t)reason);
	s->slot_failed[s->slot] = true;
	stage_mark_bad(s, reason, STEP_RESTART);
	return ROTOR_OK;
}

/* The flash or the fuses are to blame: the slot stays pending, and the next boot tries again. */
static enum rotor_status give_up(struct rotor_boot_stage *s)
{
	stage_tell(s, ROTOR_BOOT_EVENT_INSTALL_FAILED, 0);
	s->slot_failed[s->slot] = true;
	s->step = STEP_RESTART;
	return ROTOR_OK;
}

static enum rotor_status unless_pending(struct rotor_boot_stage *s, enum rotor_status status)
{
	return status == ROTOR_OK || status == ROTOR_PENDING ? status : give_up(s);
}

/* ---- verification ---- */

enum rotor_status stage_install_verify(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_image_verifier_poll(&s->verifier);
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status != ROTOR_OK) {
		refuse_image(s, stage_refusal(s));
		return ROTOR_OK;
	}
	if (rotor_image_verifier_accepted(&s->verifier) != ROTOR_PROVEN) {
		refuse_image(s, ROTOR_IMAGE_FAULT);
		return ROTOR_OK;
	}
	s->image = s->verifier.info;
	bool settings = s->image.kind == ROTOR_IMAGE_SETTINGS;
	if (s->image.total_size > place_of(s)->size ||
	    (settings && s->image.total_size > sizeof(s->store))) {
		refuse_image(s, ROTOR_IMAGE_TOO_LARGE);
		return ROTOR_OK;
	}
	stage_tell(s, ROTOR_BOOT_EVENT_VERIFIED, s->image.total_size);
	s->at = 0;
	s->step = settings ? STEP_INSTALL_SETTINGS : STEP_INSTALL_ERASE;
	return ROTOR_OK;
}

/* ---- settings ---- */

/* Whether a key is to be revoked, by its SHA-384. */
static bool names_key(const struct rotor_boot_settings *settings, const uint8_t *hash)
{
	for (size_t i = 0; i < settings->revoked_count; i++) {
		if (memcmp(settings->revoked[i].data, hash, ROTOR_BOOT_DIGEST_SIZE) == 0) {
			return true;
		}
	}
	return false;
}

/* Drops the keys that are to be revoked: what is judged from here on is judged without them. @return whether there are any */
static bool drop_keys(struct rotor_boot_stage *s, const struct rotor_boot_settings *settings)
{
	size_t total = s->key_hash_count, kept = 0;
	for (size_t i = 0; i < total; i++) {
		if (!names_key(settings, s->key_hash[i].hash)) {
			s->key_hash[kept++] = s->key_hash[i];
		}
	}
	s->key_hash_count = kept;
	return kept < total;
}

/* Whether s->store holds, byte for byte, what was verified in the slot. */
static bool same_as_verified(struct rotor_boot_stage *s)
{
	uint8_t digest[ROTOR_BOOT_DIGEST_SIZE];
	const struct rotor_bytes covered = {s->store, s->image.body_offset + s->image.body_size +
							  s->image.protected_size};
	return rotor_hash_parts(s->config.crypto, ROTOR_HASH_SHA384, &covered, 1, digest) ==
		   ROTOR_OK &&
	       memcmp(digest, s->image.measurement, sizeof(digest)) == 0;
}

static enum rotor_status begin_copy(struct rotor_boot_stage *s)
{
	bool there = s->settings.in_force && memcmp(s->settings.measurement, s->image.measurement,
						    ROTOR_BOOT_DIGEST_SIZE) == 0;
	s->at = s->fuse_index = 0;
	s->step = there ? STEP_INSTALL_REVOKE : STEP_INSTALL_ERASE;
	return ROTOR_OK;
}

enum rotor_status stage_install_settings(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	struct rotor_boot_settings settings;
	const struct rotor_flash_region *slot = rotor_flash_slot_region(s->config.layout, s->slot);
	enum rotor_status status =
	    rotor_boot_flash_read(s->config.flash, slot->offset, s->store, s->image.total_size);
	if (status != ROTOR_OK) {
		return unless_pending(s, status);
	}
	if (!same_as_verified(s) ||
	    rotor_boot_settings_decode(s->store + s->image.body_offset, s->image.body_size,
				       &settings) != ROTOR_OK) {
		return refuse_settings(s, ROTOR_BOOT_REASON_FORMAT);
	}
	bool again =
	    memcmp(s->settings.measurement, s->image.measurement, ROTOR_BOOT_DIGEST_SIZE) == 0;
	if (s->settings.in_force && !again &&
	    rotor_image_version_compare(&s->image.version, &s->settings.version) <= 0) {
		return refuse_settings(s, ROTOR_BOOT_REASON_OLD_SETTINGS);
	}
	if (names_key(&settings, s->image.key_hash.hash)) {
		return refuse_settings(s, ROTOR_BOOT_REASON_KEY_IN_USE);
	}
	if (!drop_keys(s, &settings)) {
		return begin_copy(s);
	}
	/* A device that cannot boot any more is worse than a key that is still trusted. */
	enum rotor_boot_slot_id other =
	    s->slot == ROTOR_BOOT_SLOT_A ? ROTOR_BOOT_SLOT_B : ROTOR_BOOT_SLOT_A;
	if (s->recorder.record.slot[other].state != ROTOR_BOOT_CONFIRMED) {
		return refuse_settings(s, ROTOR_BOOT_REASON_KEY_IN_USE);
	}
	s->step = STEP_INSTALL_STILL_BOOTS;
	return stage_begin_region(s, rotor_flash_slot_region(s->config.layout, other),
				  ROTOR_IMAGE_FIRMWARE, s->floor);
}

/* What must go on without the keys does not. If it could not even be read, nobody knows. */
static enum rotor_status still_needed(struct rotor_boot_stage *s)
{
	return rotor_boot_reason_of(stage_refusal(s)) == ROTOR_BOOT_REASON_NONE
		   ? give_up(s)
		   : refuse_settings(s, ROTOR_BOOT_REASON_KEY_IN_USE);
}

enum rotor_status stage_install_still_boots(struct rotor_boot_stage *s,
					    struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_image_verifier_poll(&s->verifier);
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status != ROTOR_OK) {
		return still_needed(s);
	}
	s->step = STEP_INSTALL_STILL_RECOVERS;
	return stage_begin_region(s, &s->config.layout->region[ROTOR_REGION_RECOVERY],
				  ROTOR_IMAGE_RECOVERY, 0);
}

/* A recovery region without an image is not made worse. */
enum rotor_status stage_install_still_recovers(struct rotor_boot_stage *s,
					       struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_image_verifier_poll(&s->verifier);
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status != ROTOR_OK && stage_refusal(s) != ROTOR_IMAGE_BAD_MAGIC) {
		return still_needed(s);
	}
	return begin_copy(s);
}

/*
 * Looks for the next key to revoke. One that reads as revoked is revoked again: if a cut left its fuse half blown, it may
 * read otherwise at the next boot, when the settings that named it are done with.
 */
enum rotor_status stage_install_revoke(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_fuses *fuses = s->config.fuses;
	struct rotor_boot_settings settings;
	uint8_t hash[ROTOR_BOOT_DIGEST_SIZE];
	enum rotor_status status = fuses->ops->read_key_hash(fuses->ctx, s->fuse_index, hash);
	if (status == ROTOR_ERR_NOT_FOUND) {
		s->step = STEP_INSTALL_DONE;
		return ROTOR_OK;
	}
	bool revoked = status == ROTOR_ERR_DENIED;
	if (status == ROTOR_OK) {
		/* They stand where they were read before they were copied. */
		status = rotor_boot_settings_decode(s->store + s->image.body_offset,
						    s->image.body_size, &settings);
	}
	if (status != ROTOR_OK && !revoked) {
		return unless_pending(s, status);
	}
	if (revoked || names_key(&settings, hash)) {
		s->step = STEP_INSTALL_BLOW;
	} else {
		s->fuse_index++;
	}
	return ROTOR_OK;
}

enum rotor_status stage_install_blow(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_fuses *fuses = s->config.fuses;
	enum rotor_status status = fuses->ops->revoke_key(fuses->ctx, s->fuse_index);
	if (status == ROTOR_OK) {
		stage_tell(s, ROTOR_BOOT_EVENT_KEY_REVOKED, s->fuse_index++);
		s->step = STEP_INSTALL_REVOKE;
	}
	return unless_pending(s, status);
}

enum rotor_status stage_install_done(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	stage_tell(s, ROTOR_BOOT_EVENT_INSTALLED, (uint32_t)s->recorder.record.slot[s->slot].kind);
	s->next = s->recorder.record;
	s->next.slot[s->slot] = (struct rotor_boot_slot){.state = ROTOR_BOOT_EMPTY};
	s->then = STEP_RESTART;
	s->step = STEP_STORE_RECORD;
	return ROTOR_OK;
}

/* ---- the copy ---- */

enum rotor_status stage_install_erase(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status =
	    rotor_boot_flash_erase(s->config.flash, place_of(s)->offset + s->at);
	if (status == ROTOR_OK) {
		s->step = STEP_INSTALL_READ;
	}
	return unless_pending(s, status);
}

/* A piece that one program operation takes: whole units, and not across a sector's end. */
static size_t piece_of(const struct rotor_boot_stage *s)
{
	const struct rotor_flash_geometry *g = &s->config.flash->geometry;
	size_t left = s->image.total_size - s->at;
	size_t room = g->sector - s->at % g->sector;
	size_t piece = left < room ? left : room;
	return piece < ROTOR_BOOT_PAGE_MAX ? piece : ROTOR_BOOT_PAGE_MAX;
}

enum rotor_status stage_install_read(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_flash_region *slot = rotor_flash_slot_region(s->config.layout, s->slot);
	s->chunk = piece_of(s);
	enum rotor_status status =
	    rotor_boot_flash_read(s->config.flash, slot->offset + s->at, s->work, s->chunk);
	if (status == ROTOR_OK) {
		s->step = STEP_INSTALL_PROGRAM;
	}
	return unless_pending(s, status);
}

enum rotor_status stage_install_program(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_flash_geometry *g = &s->config.flash->geometry;
	const struct rotor_flash_region *place = place_of(s);
	size_t len = (s->chunk + g->unit - 1) / g->unit * g->unit;
	memset(s->work + s->chunk, 0xff, len - s->chunk);
	enum rotor_status status =
	    rotor_boot_flash_program(s->config.flash, place->offset + s->at, s->work, len);
	if (status != ROTOR_OK) {
		return unless_pending(s, status);
	}
	s->at += (uint32_t)s->chunk;
	if (s->at < s->image.total_size) {
		s->step = s->at % g->sector == 0 ? STEP_INSTALL_ERASE : STEP_INSTALL_READ;
		return ROTOR_OK;
	}
	enum rotor_image_kind kind = s->recorder.record.slot[s->slot].kind;
	s->step = STEP_INSTALL_CHECK;
	return stage_begin_region(s, place, kind, floor_of(s, kind));
}

enum rotor_status stage_install_check(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_image_verifier_poll(&s->verifier);
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status != ROTOR_OK || memcmp(s->verifier.info.measurement, s->image.measurement,
					 ROTOR_BOOT_DIGEST_SIZE) != 0) {
		return give_up(s);
	}
	s->step = s->image.kind == ROTOR_IMAGE_SETTINGS ? STEP_INSTALL_REVOKE : STEP_INSTALL_DONE;
	return ROTOR_OK;
}
