/* SPDX-License-Identifier: Apache-2.0 */
/* Which slot is to be started, and what the boot record says of it. */
#include <string.h>

#include "boot/stage.h"

enum rotor_status stage_load_record(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_boot_recorder_load(&s->recorder);
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status != ROTOR_OK) {
		/* Nothing is known, so nothing is confirmed: both slots are on trial. */
		stage_tell(s, ROTOR_BOOT_EVENT_RECORD_LOST, 0);
		rotor_boot_record_first(&s->recorder.record, ROTOR_BOOT_TRIES);
		s->recorder.record.slot[ROTOR_BOOT_SLOT_B] =
		    s->recorder.record.slot[ROTOR_BOOT_SLOT_A];
		s->step = STEP_SETTINGS_READ;
		return ROTOR_OK;
	}
	s->next = s->recorder.record;
	s->at = 0; /* copies written so far */
	s->step = STEP_RENEW;
	return ROTOR_OK;
}

/*
 * What one copy alone says may read otherwise at the next boot, if a cut left it so: it is written into the other one, and
 * that into the first, until both are firm and say the same, before anything is made of it. A flash that cannot do that is
 * no reason not to start what is confirmed.
 */
enum rotor_status stage_renew(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_boot_recorder_store(&s->recorder, &s->next);
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status == ROTOR_OK && !s->recorder.agreed && s->at < ROTOR_BOOT_SLOTS) {
		s->at++;
		return ROTOR_OK;
	}
	if (!s->recorder.agreed) {
		stage_tell(s, ROTOR_BOOT_EVENT_RECORD_FAILED, 0);
	}
	s->step = STEP_SETTINGS_READ;
	return ROTOR_OK;
}

/* The first slot of firmware with one of two states, the one that was not confirmed last before the other. */
static enum rotor_boot_slot_id with_state(const struct rotor_boot_stage *s, bool active_first,
					  enum rotor_boot_state one, enum rotor_boot_state other)
{
	const struct rotor_boot_record *record = &s->recorder.record;
	bool b_first = (record->active == ROTOR_BOOT_SLOT_B) == active_first &&
		       record->active != ROTOR_BOOT_SLOT_NONE;
	for (unsigned i = 0; i < ROTOR_BOOT_SLOTS; i++) {
		unsigned slot = b_first ? 1 - i : i;
		enum rotor_boot_state state = record->slot[slot].state;
		if ((state == one || state == other) && !s->slot_failed[slot] &&
		    record->slot[slot].kind == ROTOR_IMAGE_FIRMWARE) {
			return (enum rotor_boot_slot_id)slot;
		}
	}
	return ROTOR_BOOT_SLOT_NONE;
}

static enum rotor_boot_slot_id best(const struct rotor_boot_stage *s)
{
	enum rotor_boot_slot_id slot = with_state(s, false, ROTOR_BOOT_PENDING, ROTOR_BOOT_TRIAL);
	if (slot == ROTOR_BOOT_SLOT_NONE) {
		slot = with_state(s, true, ROTOR_BOOT_CONFIRMED, ROTOR_BOOT_CONFIRMED);
	}
	if (slot == ROTOR_BOOT_SLOT_NONE && !s->slot_failed[ROTOR_BOOT_SLOT_RECOVERY]) {
		slot = ROTOR_BOOT_SLOT_RECOVERY;
	}
	return slot;
}

void stage_mark_bad(struct rotor_boot_stage *s, enum rotor_boot_reason reason, enum stage_step then)
{
	s->next = s->recorder.record;
	struct rotor_boot_slot *slot = stage_slot(s, &s->next);
	slot->state = ROTOR_BOOT_BAD;
	slot->reason = reason;
	slot->tries_left = 0;
	slot->floor_held = false;
	s->then = (uint8_t)then;
	s->step = STEP_STORE_RECORD;
}

enum rotor_status stage_choose(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	s->slot = best(s);
	if (s->slot == ROTOR_BOOT_SLOT_NONE) {
		return ROTOR_ERR_NOT_FOUND;
	}
	const struct rotor_boot_slot *slot = stage_slot(s, &s->recorder.record);
	bool untried = slot != NULL && slot->state != ROTOR_BOOT_CONFIRMED;
	if (untried && slot->tries_left == 0) {
		stage_tell(s, ROTOR_BOOT_EVENT_REVERTED, 0);
		stage_mark_bad(s, ROTOR_BOOT_REASON_NOT_CONFIRMED, STEP_CHOOSE);
		return ROTOR_OK;
	}
	return stage_begin_image(s);
}

enum rotor_status stage_store_record(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_boot_recorder_store(&s->recorder, &s->next);
	if (status == ROTOR_OK) {
		s->step = s->then;
	} else if (status != ROTOR_PENDING) {
		/* A start that cannot be counted must not happen; a confirmed slot needs no record to be written. */
		stage_tell(s, ROTOR_BOOT_EVENT_RECORD_FAILED, 0);
		s->slot_failed[s->slot] = true;
		/* What was installed is in its place all the same, and is read there. */
		s->step = s->then == STEP_RESTART ? STEP_RESTART : STEP_CHOOSE;
		status = ROTOR_OK;
	}
	return status;
}

/* The image in flash is genuine. If it is not confirmed, this start is counted before it runs. */
enum rotor_status stage_try(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_boot_slot *now = stage_slot(s, &s->recorder.record);
	if (now == NULL || now->state == ROTOR_BOOT_CONFIRMED) {
		stage_tell(s, ROTOR_BOOT_EVENT_CHOSEN, 0);
		s->step = STEP_COPY_BEGIN;
		return ROTOR_OK;
	}
	s->next = s->recorder.record;
	struct rotor_boot_slot *slot = stage_slot(s, &s->next);
	*slot = (struct rotor_boot_slot){
	    .state = ROTOR_BOOT_TRIAL,
	    .tries_left = (uint8_t)(now->tries_left - 1),
	    .floor_held = now->floor_held,
	    .image_size = s->image.total_size,
	    .security_version = s->image.security_counter,
	};
	memcpy(slot->digest, s->image.measurement, sizeof(slot->digest));
	(void)rotor_image_version_string(&s->image.version, slot->version);
	stage_tell(s, ROTOR_BOOT_EVENT_TRYING, slot->tries_left);
	s->then = STEP_COPY_BEGIN;
	s->step = STEP_STORE_RECORD;
	return ROTOR_OK;
}

/* ---- refusal ---- */

void stage_refuse(struct rotor_boot_stage *s, enum rotor_image_refusal refusal, bool in_flash)
{
	stage_tell_refused(s, ROTOR_BOOT_EVENT_REFUSED, refusal);
	s->slot_failed[s->slot] = true;
	enum rotor_boot_reason reason = rotor_boot_reason_of(refusal);
	if (in_flash && stage_slot(s, &s->next) != NULL && reason != ROTOR_BOOT_REASON_NONE) {
		stage_mark_bad(s, reason, STEP_CHOOSE);
	} else {
		s->step = STEP_CHOOSE;
	}
}
