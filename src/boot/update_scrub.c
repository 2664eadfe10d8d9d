/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what does not run could still run: the other slot and the recovery image, looked at while there is time. */
#include "boot/update.h"

enum scrub_step {
	SCRUB_OTHER = 0,
	SCRUB_MARK, /* the other slot is bad, and the record is being told */
	SCRUB_RECOVERY,
};

static void begin_recovery(struct rotor_boot_update *u)
{
	const struct rotor_boot_handoff *h = u->config.handoff;
	const struct rotor_flash_region *place = &h->layout.region[ROTOR_REGION_RECOVERY];
	u->scrub_step = SCRUB_RECOVERY;
	if (h->slot == ROTOR_BOOT_SLOT_RECOVERY) {
		/* It runs: the boot stage has just verified it. */
		u->recovery_health = ROTOR_BOOT_HEALTH_SOUND;
		u->recovery_version = h->version;
		u->state = ROTOR_BOOT_UPDATE_IDLE;
		return;
	}
	if (update_begin_verification(u, place, place->size, ROTOR_IMAGE_RECOVERY, 0) != ROTOR_OK) {
		u->state = ROTOR_BOOT_UPDATE_IDLE;
	}
}

static void begin_other(struct rotor_boot_update *u)
{
	const struct rotor_boot_handoff *h = u->config.handoff;
	enum rotor_boot_slot_id other = rotor_boot_update_target(u);
	const struct rotor_boot_slot *slot = &u->recorder.record.slot[other];
	const struct rotor_flash_region *place = rotor_flash_slot_region(&h->layout, other);
	u->state = ROTOR_BOOT_UPDATE_SCRUBBING;
	u->scrub_step = SCRUB_OTHER;
	u->target = other;
	if (slot->state == ROTOR_BOOT_CONFIRMED &&
	    update_begin_verification(u, place, place->size, ROTOR_IMAGE_FIRMWARE,
				      h->security_floor) == ROTOR_OK) {
		return;
	}
	u->other_health =
	    slot->state == ROTOR_BOOT_BAD ? ROTOR_BOOT_HEALTH_DAMAGED : ROTOR_BOOT_HEALTH_ABSENT;
	begin_recovery(u);
}

static enum rotor_boot_health health_of(enum rotor_image_refusal refusal)
{
	if (refusal == ROTOR_IMAGE_ACCEPTED) {
		return ROTOR_BOOT_HEALTH_SOUND;
	}
	/* Whole, but left behind by the floor, as is meant to be. */
	if (refusal == ROTOR_IMAGE_SECURITY_VERSION_LOW) {
		return ROTOR_BOOT_HEALTH_ABSENT;
	}
	return rotor_boot_reason_of(refusal) == ROTOR_BOOT_REASON_NONE ? ROTOR_BOOT_HEALTH_UNKNOWN
								       : ROTOR_BOOT_HEALTH_DAMAGED;
}

static enum rotor_status mark(struct rotor_boot_update *u)
{
	enum rotor_status status = rotor_boot_recorder_store(&u->recorder, &u->next);
	if (status == ROTOR_OK) {
		begin_recovery(u);
	} else if (status != ROTOR_PENDING) {
		u->state = ROTOR_BOOT_UPDATE_IDLE;
	}
	return status;
}

static void conclude(struct rotor_boot_update *u)
{
	enum rotor_image_refusal refusal = u->verifier.refusal;
	enum rotor_boot_health health = health_of(refusal);
	if (u->scrub_step == SCRUB_OTHER) {
		u->other_health = health;
		if (health != ROTOR_BOOT_HEALTH_DAMAGED) {
			begin_recovery(u);
			return;
		}
		struct rotor_boot_slot *slot = update_change(u, ROTOR_BOOT_BAD);
		slot->reason = rotor_boot_reason_of(refusal);
		u->scrub_step = SCRUB_MARK;
		return;
	}
	bool absent = refusal == ROTOR_IMAGE_BAD_MAGIC && u->config.work[0] == 0xff;
	u->recovery_health = absent ? ROTOR_BOOT_HEALTH_ABSENT : health;
	u->recovery_version = u->verifier.info.version;
	u->state = ROTOR_BOOT_UPDATE_IDLE;
}

enum rotor_status rotor_boot_update_scrub(struct rotor_boot_update *u)
{
	if (u->state == ROTOR_BOOT_UPDATE_IDLE && u->recorder.loaded && !u->confirming) {
		begin_other(u);
	} else if (u->state != ROTOR_BOOT_UPDATE_SCRUBBING || u->confirming) {
		return ROTOR_ERR_STATE;
	} else if (u->scrub_step == SCRUB_MARK) {
		enum rotor_status status = mark(u);
		if (status != ROTOR_OK) {
			return status;
		}
	} else if (rotor_image_verifier_poll(&u->verifier) != ROTOR_PENDING) {
		conclude(u);
	}
	return u->state == ROTOR_BOOT_UPDATE_SCRUBBING ? ROTOR_PENDING : ROTOR_OK;
}

enum rotor_status update_stop_scrub(struct rotor_boot_update *u)
{
	/* Nor does anything else begin while a comparison that was given up still reads. */
	if (u->state != ROTOR_BOOT_UPDATE_RECEIVING && update_settle_read(u) == ROTOR_PENDING) {
		return ROTOR_PENDING;
	}
	if (u->state != ROTOR_BOOT_UPDATE_SCRUBBING) {
		return ROTOR_OK;
	}
	if (u->scrub_step == SCRUB_MARK) {
		/* A change of the record that is under way must be finished before another. */
		if (mark(u) == ROTOR_PENDING) {
			return ROTOR_PENDING;
		}
	}
	if (u->flash_pending && rotor_image_verifier_poll(&u->verifier) == ROTOR_PENDING &&
	    u->flash_pending) {
		return ROTOR_PENDING;
	}
	rotor_image_verifier_cancel(&u->verifier);
	u->flash_pending = false;
	u->state = ROTOR_BOOT_UPDATE_IDLE;
	return ROTOR_OK;
}
