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
	STEP_SETTINGS_READ,
	STEP_SETTINGS_VERIFY,
	STEP_INSTALL_FIND,
	STEP_INSTALL_VERIFY,
	STEP_INSTALL_SETTINGS,
	STEP_INSTALL_STILL_BOOTS, /* the other slot, confirmed, without the keys to be revoked */
	STEP_INSTALL_STILL_RECOVERS,
	STEP_INSTALL_ERASE,
	STEP_INSTALL_READ,
	STEP_INSTALL_PROGRAM,
	STEP_INSTALL_CHECK,
	STEP_INSTALL_REVOKE,
	STEP_INSTALL_BLOW,
	STEP_INSTALL_DONE,
	STEP_RESTART, /* what was read before may not hold any more */
	STEP_CHOOSE,
	STEP_STORE_RECORD, /* then s->then */
	STEP_VERIFY_FLASH,
	STEP_TRY,
	STEP_COPY_BEGIN,
	STEP_COPY_READ,
	STEP_COPY_WRITE,
	STEP_SEAL,
	STEP_VERIFY_COPY,
	STEP_CHECK_FLOOR,
	STEP_CHECK_KEY,
	STEP_CHECK_PRODUCT,
	STEP_RAISE_FLOOR,
	STEP_SECRET,
	STEP_KEYS_DERIVE,
	STEP_CERTIFICATES,
	STEP_CERTIFY,
	STEP_LOCK,
	STEP_PROVE,
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

/* Has the record written with s->slot bad; then comes @p then. */
void stage_mark_bad(struct rotor_boot_stage *s, enum rotor_boot_reason reason,
		    enum stage_step then);

/* the settings in force (stage_settings.c) */
stage_step_fn stage_settings_read, stage_settings_verify;

/* what a slot holds for another place (stage_install.c) */
stage_step_fn stage_install_find, stage_install_verify, stage_install_settings,
    stage_install_still_boots, stage_install_still_recovers, stage_install_erase,
    stage_install_read, stage_install_program, stage_install_check, stage_install_revoke,
    stage_install_blow, stage_install_done;

/* an image (stage_image.c) */
stage_step_fn stage_verify_flash, stage_copy_begin, stage_copy_read, stage_copy_write, stage_seal,
    stage_verify_copy;
/* Begins the verification of s->slot in flash. */
enum rotor_status stage_begin_image(struct rotor_boot_stage *s);
/* Begins the verification of an image of @p kind, by the keys and identifiers of this device. */
enum rotor_status stage_begin_verification(struct rotor_boot_stage *s,
					   const struct rotor_image_source *source,
					   enum rotor_image_kind kind, uint32_t floor);
/* The same of what stands in a region. */
enum rotor_status stage_begin_region(struct rotor_boot_stage *s,
				     const struct rotor_flash_region *region,
				     enum rotor_image_kind kind, uint32_t floor);
/* The reason of the verifier's verdict; one that names none is the backend's. */
enum rotor_image_refusal stage_refusal(const struct rotor_boot_stage *s);

/* what was decided is asked again (stage_check.c) */
stage_step_fn stage_check_floor, stage_check_key, stage_check_product, stage_lock, stage_prove;

/* measurement and identity (stage_identity.c) */
stage_step_fn stage_secret, stage_derive, stage_certificates, stage_certify;

/* Tells the listener. */
void stage_tell(const struct rotor_boot_stage *s, enum rotor_boot_event event, uint32_t value);
/* Tells it of an image that was refused. */
void stage_tell_refused(const struct rotor_boot_stage *s, enum rotor_boot_event event,
			enum rotor_image_refusal refusal);
/* The record's word on s->slot; NULL for the recovery image. */
struct rotor_boot_slot *stage_slot(struct rotor_boot_stage *s, struct rotor_boot_record *record);
/* Wipes what is secret. */
void stage_wipe(struct rotor_boot_stage *s);

#endif
