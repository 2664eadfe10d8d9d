/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The boot stage: picks what to run, verifies it in flash, copies it, seals the
 * copy, verifies the copy, measures, derives the runtime's key and certificate,
 * and hands over. What was checked is what runs.
 *
 * Order of choice: a slot that is pending or on trial with starts left; the
 * slot confirmed last; the other slot if confirmed; the recovery image. A slot
 * that fails is marked bad with its reason and the next is taken.
 *
 * Before that it installs what a slot holds for another place: a new recovery
 * image, or settings (anchors of agents, keys to revoke). It alone writes there.
 */
#ifndef ROTOR_BOOT_STAGE_H
#define ROTOR_BOOT_STAGE_H

#include "rotor/boot.h"
#include "rotor/boot_dice.h"
#include "rotor/boot_handoff.h"
#include "rotor/boot_image.h"
#include "rotor/boot_record.h"
#include "rotor/boot_store.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rotor_boot_event {
	ROTOR_BOOT_EVENT_RECORD_LOST, /**< neither copy of the boot record is valid; a first record is assumed */
	ROTOR_BOOT_EVENT_RECORD_FAILED, /**< the record could not be written for slot, which is passed over in this boot */
	ROTOR_BOOT_EVENT_FLOOR_RAISED, /**< value: the new security floor */
	ROTOR_BOOT_EVENT_FLOOR_FAILED, /**< value: the floor that the fuses did not take; tried again at each boot */
	ROTOR_BOOT_EVENT_TRYING, /**< slot; value: starts that remain if it does not confirm itself */
	ROTOR_BOOT_EVENT_CHOSEN,   /**< slot is confirmed, or is the recovery image */
	ROTOR_BOOT_EVENT_REVERTED, /**< slot did not confirm itself in its tries and is bad now */
	ROTOR_BOOT_EVENT_REFUSED,  /**< slot's image was refused; refusal says why */
	ROTOR_BOOT_EVENT_VERIFIED, /**< slot's image is genuine, in flash */
	ROTOR_BOOT_EVENT_COPIED,   /**< the copy is sealed; value: bytes */
	ROTOR_BOOT_EVENT_COPY_VERIFIED,
	ROTOR_BOOT_EVENT_MEASURED,
	ROTOR_BOOT_EVENT_IDENTITY, /**< key and certificate made; value: bytes of the chain */
	ROTOR_BOOT_EVENT_FAULT, /**< an instruction went wrong: what was checked is not proven, and slot is not started */
	ROTOR_BOOT_EVENT_INSTALLED, /**< what was in slot is in its place now; value: enum rotor_image_kind */
	ROTOR_BOOT_EVENT_INSTALL_FAILED, /**< its place could not be written; tried again at the next boot */
	ROTOR_BOOT_EVENT_SETTINGS_REFUSED, /**< settings in slot; value: enum rotor_boot_reason */
	ROTOR_BOOT_EVENT_SETTINGS_LOST, /**< those in force are damaged, or lost while others were installed: no agent is trusted; refusal */
	ROTOR_BOOT_EVENT_KEY_REVOKED, /**< value: index of the image key in the fuses; said again of one that reads so already */
	ROTOR_BOOT_EVENT_FAILED, /**< nothing can be started; status says why */
	ROTOR_BOOT_EVENT_COUNT
};

/** A short lower-case English phrase; never NULL. */
const char *rotor_boot_event_name(enum rotor_boot_event event);

struct rotor_boot_event_info {
	enum rotor_boot_event event;
	enum rotor_boot_slot_id slot;
	uint32_t value;
	enum rotor_image_refusal refusal;
	enum rotor_status status;
};

struct rotor_boot_stage_config {
	const struct rotor_crypto *crypto; /**< key_sign_deterministic must be true */
	const struct rotor_flash *flash;
	const struct rotor_flash_layout *layout;
	const struct rotor_fuses *fuses;
	const struct rotor_ram *ram;
	uint8_t stage_digest[ROTOR_BOOT_DIGEST_SIZE]; /**< SHA-384 of the boot stage's own code */
	/** Told as things happen; may be NULL. */
	void (*event)(void *ctx, const struct rotor_boot_event_info *info);
	void *event_ctx;
};

/** Room for a name of the configuration. */
#define ROTOR_BOOT_NAME_MAX 64

/** The settings in force, or none. */
struct rotor_boot_settings_state {
	bool in_force;
	struct rotor_image_version version;
	uint8_t measurement[ROTOR_BOOT_DIGEST_SIZE];
	/* of the anchors in force, whoever they come from */
	enum rotor_boot_anchors_source source;
	uint32_t offset, len; /**< in flash, of the store that they stand in */
	uint8_t anchors_digest[ROTOR_BOOT_DIGEST_SIZE];
};

/** One boot. Fields are private. About 9 KiB with the default limits. */
struct rotor_boot_stage {
	struct rotor_boot_stage_config config;
	struct rotor_boot_recorder recorder;
	struct rotor_boot_record next; /**< while the record is being changed */
	uint8_t step;
	uint8_t then; /**< step after the record is written */
	uint8_t fuse_index;
	bool confirm_loaded;
	bool slot_failed[3]; /**< of this boot: not to be taken again */
	enum rotor_boot_slot_id slot;
	uint32_t floor;
	uint32_t at;
	size_t chunk;
	struct rotor_image_key_hash key_hash[ROTOR_BOOT_KEYS_MAX];
	size_t key_hash_count;
	const struct rotor_flash_region *region; /**< that the verifier reads */
	struct rotor_image_memory memory;        /**< settings, in @c store */
	struct rotor_boot_settings_state settings;
	struct rotor_image_policy policy;
	struct rotor_image_source source;
	struct rotor_image_verifier verifier;
	struct rotor_image_info image; /**< what was verified in flash */
	struct rotor_proof proof;      /**< of all that was checked of s->slot */
	struct rotor_ram_image ram_image;
	uint8_t secret[ROTOR_BOOT_SECRET_SIZE];
	struct rotor_soft_key identity, runtime;
	struct rotor_crypto_job job;
	struct rotor_boot_config device; /**< its names are the next two; it has no anchors */
	uint8_t vendor_name[ROTOR_BOOT_NAME_MAX];
	uint8_t model_name[ROTOR_BOOT_NAME_MAX];
	uint8_t config_digest[ROTOR_BOOT_DIGEST_SIZE];
	struct rotor_bytes identity_cert; /**< in @c store */
	size_t chain_len;
	uint8_t tcb_info[ROTOR_BOOT_TCB_INFO_MAX];
	size_t tcb_info_len;
	uint8_t store[ROTOR_BOOT_STORE_MAX]; /**< configuration, then settings, then certificates */
	uint8_t work[ROTOR_BOOT_WORK_SIZE];
	enum rotor_status result;
};

/** Prepares a boot. @return ROTOR_OK, ROTOR_ERR_ARGUMENT (ports missing, layout wrong), ROTOR_ERR_UNSUPPORTED (crypto) */
ROTOR_MUST_CHECK enum rotor_status
rotor_boot_stage_init(struct rotor_boot_stage *s, const struct rotor_boot_stage_config *config);

/**
 * Does a piece of the boot. When it answers ROTOR_OK, and rotor_boot_stage_accepted() ROTOR_PROVEN, the sealed copy in the
 * RAM port is to be started with @p out, and the fuses are locked; the secrets that the stage held are wiped, and the
 * caller wipes @p out once it is delivered, or at once if one of the two answers is another.
 * @return ROTOR_OK, ROTOR_PENDING (call again), ROTOR_ERR_NOT_FOUND (nothing bootable), ROTOR_ERR_UNTRUSTED (no identity
 *         certificate for this device's key), ROTOR_ERR_VERIFY (a fault was detected), ROTOR_ERR_IO and others: nothing
 *         may be started
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_stage_poll(struct rotor_boot_stage *s,
							 struct rotor_boot_handoff *out);
/** Polls to the end: for a boot stage that has nothing else to do. Never answers ROTOR_PENDING. */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_stage_run(struct rotor_boot_stage *s,
							struct rotor_boot_handoff *out);

/**
 * The proof that goes with ROTOR_OK: image verified in flash and as copied, the two the same; floor, image keys and
 * configuration asked a second time; fuses locked; secrets wiped. To be asked besides the status, which one skipped
 * instruction can forge.
 * @return ROTOR_PROVEN if the copy may be started; any other value otherwise
 */
ROTOR_MUST_CHECK uint32_t rotor_boot_stage_accepted(const struct rotor_boot_stage *s);

/**
 * The runtime says that it has confirmed itself, or that a held floor is released: reads the boot record, and if it
 * agrees that what was started is confirmed now, raises the security floor to that image's security version, unless the
 * record says that the floor is held. A cut before this is made good at the next boot, which does the same before it
 * starts a confirmed slot. Does nothing for the recovery image.
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_STATE (nothing was started, or the record does not say confirmed), ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_stage_confirmed(struct rotor_boot_stage *s);

#ifdef __cplusplus
}
#endif

#endif
