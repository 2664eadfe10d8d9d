/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage's steps, shared by the files that implement them. */
#ifndef BOOT_STAGE_H
#define BOOT_STAGE_H

#include "rotor/boot_stage.h"

enum stage_step {
	STEP_FLOOR = 0,
	STEP_KEYS,
	STEP_CONFIG,
	STEP_LOAD_RECORD,
	STEP_RENEW, /* the record's other copy */
	STEP_CHOOSE,
	STEP_STORE_RECORD, /* then s->then */
	STEP_VERIFY_FLASH,
	STEP_TRY,
	STEP_COPY_BEGIN,
	STEP_COPY_READ,
	STEP_COPY_WRITE,
	STEP_SEAL,
	STEP_VERIFY_COPY,
	STEP_RAISE_FLOOR,
	STEP_SECRET,
	STEP_KEYS_DERIVE,
	STEP_CERTIFICATES,
	STEP_CERTIFY,
	STEP_LOCK,
	STEP_DONE,
	STEP_FAILED,
	STEP_COUNT
};

/* A step does a piece of work and moves s->step on. ROTOR_OK: go on; ROTOR_PENDING: again; else the boot has failed. */
typedef enum rotor_status stage_step_fn(struct rotor_boot_stage *s, struct rotor_boot_handoff *out);

/* choosing a slot, and its record (stage_choose.c) */
stage_step_fn stage_load_record, stage_renew, stage_choose, stage_store_record, stage_try;
/*
 * s->slot cannot be started: says so, and has the next one chosen. The record is told too, if the image in flash is to
 * blame and not the copy, a read or the backend.
 */
void stage_refuse(struct rotor_boot_stage *s, enum rotor_image_refusal refusal, bool in_flash);

/* an image (stage_image.c) */
stage_step_fn stage_verify_flash, stage_copy_begin, stage_copy_read, stage_copy_write, stage_seal,
    stage_verify_copy;
/* Begins the verification of s->slot in flash. */
enum rotor_status stage_begin_image(struct rotor_boot_stage *s);

/* measurement and identity (stage_identity.c) */
stage_step_fn stage_secret, stage_derive, stage_certificates, stage_certify;

/* Tells the listener. */
void stage_tell(const struct rotor_boot_stage *s, enum rotor_boot_event event, uint32_t value);
/* The record's word on s->slot; NULL for the recovery image. */
struct rotor_boot_slot *stage_slot(struct rotor_boot_stage *s, struct rotor_boot_record *record);
/* Wipes what is secret. */
void stage_wipe(struct rotor_boot_stage *s);

#endif
