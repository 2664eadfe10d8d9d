/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The runtime's side of an update: write an image into the slot that does not
 * run, verify it there, activate it; and, after the reboot, confirm that it
 * works. A slot also takes in what is for another place, a new recovery image or
 * settings; the boot stage then installs it. Every step may be pending, and the caller goes on serving its bus.
 *
 *     begin → write … write → finish → verify → activate → (reboot) → confirm
 *     any of them → abort
 *
 * The boot record is changed so that no power cut leaves a wrong word: the slot
 * is marked RECEIVING, durably, before its first byte is erased, and PENDING,
 * durably, only after what is in flash has been verified.
 */
#ifndef ROTOR_BOOT_UPDATE_H
#define ROTOR_BOOT_UPDATE_H

#include "rotor/boot.h"
#include "rotor/boot_handoff.h"
#include "rotor/boot_image.h"
#include "rotor/boot_record.h"
#include "rotor/boot_verdict.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rotor_boot_update_state {
	ROTOR_BOOT_UPDATE_IDLE = 0,
	ROTOR_BOOT_UPDATE_BEGINNING,  /**< begin is pending */
	ROTOR_BOOT_UPDATE_RECEIVING,  /**< write and finish are legal */
	ROTOR_BOOT_UPDATE_RECEIVED,   /**< all bytes are in flash: verify is legal */
	ROTOR_BOOT_UPDATE_VERIFYING,  /**< verify is pending */
	ROTOR_BOOT_UPDATE_VERIFIED,   /**< activate is legal */
	ROTOR_BOOT_UPDATE_ACTIVATING, /**< activate is pending */
	ROTOR_BOOT_UPDATE_ACTIVATED,  /**< the next boot tries it */
	ROTOR_BOOT_UPDATE_ABORTING,   /**< abort is pending */
	ROTOR_BOOT_UPDATE_REFUSED,    /**< verification failed: only abort or begin */
	ROTOR_BOOT_UPDATE_SCRUBBING,  /**< no update; what does not run is being checked */
	ROTOR_BOOT_UPDATE_STATE_COUNT
};

struct rotor_boot_update_config {
	const struct rotor_crypto *crypto;
	const struct rotor_flash *flash;
	const struct rotor_boot_handoff
	    *handoff;  /**< layout, running slot, floor, identifiers, image keys, policy */
	uint8_t tries; /**< starts that a new image gets to confirm itself, at least 1 */
	/**
	 * At least ROTOR_IMAGE_WORK_MIN bytes for what is read from flash, a piece of that size by each call that verifies.
	 * The caller may use them for something else from begin's ROTOR_OK to finish, and where no step is pending.
	 */
	uint8_t *work;
	size_t work_len;
};

/** What a scrub knows of an image that does not run. */
enum rotor_boot_health {
	ROTOR_BOOT_HEALTH_UNKNOWN = 0, /**< not looked at yet, or it could not be read */
	ROTOR_BOOT_HEALTH_ABSENT, /**< nothing there that could run: empty, or below the security floor */
	ROTOR_BOOT_HEALTH_SOUND,   /**< it would be accepted */
	ROTOR_BOOT_HEALTH_DAMAGED, /**< it would be refused */
};

/** A chip behind this device whose images come in as this device's own do (ROTOR_IMAGE_DOWNSTREAM). */
struct rotor_boot_downstream {
	uint8_t vendor_id[ROTOR_IMAGE_ID_SIZE]; /**< the chip's own: its images must have them */
	uint8_t class_id[ROTOR_IMAGE_ID_SIZE];
	uint32_t floor; /**< lowest security version of an image that it may be given */
};

/** Fields are private but those commented. */
struct rotor_boot_update {
	struct rotor_boot_update_config config;
	struct rotor_boot_recorder
	    recorder; /**< recorder.record: the boot record, for reports, once loaded */
	enum rotor_boot_update_state state;
	enum rotor_boot_slot_id
	    target; /**< slot of the update under way, or of the last; NONE if none */
	enum rotor_image_kind kind; /**< of the image that was announced */
	/** Why verify refused, and what of it the agent is told. ROTOR_IMAGE_ACCEPTED if nothing is wrong with the image itself. */
	enum rotor_image_refusal refusal;
	enum rotor_boot_verdict verdict;
	struct rotor_proof proof; /**< of what verify found */
	bool on_trial;            /**< what runs has not confirmed itself yet */
	/** The chip for which images of ROTOR_IMAGE_DOWNSTREAM are; set by the caller before begin, NULL: there is none. */
	const struct rotor_boot_downstream *downstream;
	bool hold_floor;    /**< activate marks the slot so that the floor waits */
	uint32_t size;      /**< of the image that was announced */
	uint32_t received;  /**< bytes taken so far, in order */
	uint32_t flushed;   /**< bytes programmed */
	uint32_t erased;    /**< bytes of the slot erased, from its start */
	bool flash_pending; /**< the flash is at work for write, finish or verify */
	bool erasing;       /**< and is erasing, for those or ahead of them */
	size_t taken;       /**< of the write call under way */
	size_t buffered;
	bool reading; /**< the flash reads for compare or copy */
	uint32_t read_at;
	size_t read_len;
	struct rotor_hash block; /**< of the bytes that are being compared */
	uint32_t compared;
	struct rotor_boot_record next;
	bool confirming; /**< confirm or release_floor is pending */
	/** What the last scrub found in the other slot, and in the recovery region. */
	enum rotor_boot_health other_health, recovery_health;
	/** Of the recovery image: what its header states, once loaded; not to be believed unless that is sound. */
	struct rotor_image_version recovery_version;
	bool recovery_stated;
	bool record_read; /**< by the load that is pending */
	uint8_t scrub_step;
	const struct rotor_flash_region *region; /**< that the verifier reads */
	struct rotor_image_key_hash key_hash[ROTOR_BOOT_KEYS_MAX];
	struct rotor_image_policy policy;
	struct rotor_image_source source;
	/** verifier.info: what verify learned of the image in the target slot, until the next begin or scrub. */
	struct rotor_image_verifier verifier;
	uint8_t page[ROTOR_BOOT_PAGE_MAX];
};

/** Prepares; reads nothing. What @p config points to must outlive @p u. @return ROTOR_OK, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status
rotor_boot_update_init(struct rotor_boot_update *u, const struct rotor_boot_update_config *config);
/**
 * Reads the boot record, and the version that the recovery image states; to be finished before anything below.
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_IO (the record)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_load(struct rotor_boot_update *u);

/** The slot that an update would be written to: the one that does not run. From recovery, the one of less worth. */
enum rotor_boot_slot_id rotor_boot_update_target(const struct rotor_boot_update *u);
/** Bytes that an image of @p kind may have. */
uint32_t rotor_boot_update_capacity(const struct rotor_boot_update *u, enum rotor_image_kind kind);

/**
 * Begins an update of @p size bytes: marks the target slot RECEIVING. An update that was going on is forgotten; one
 * that was activated is withdrawn.
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_SPACE (larger than its place), ROTOR_ERR_ARGUMENT (size 0), ROTOR_ERR_DENIED
 *         (what runs is on trial, and the other slot is its way back; or the recovery image runs, which installs
 *         nothing but firmware), ROTOR_ERR_STATE (not loaded, or another step is pending), ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_boot_update_begin(struct rotor_boot_update *u, enum rotor_image_kind kind, uint32_t size);
/**
 * Takes the next bytes, in order, of any length (alignment is this module's business; sectors are erased as they are
 * reached). ROTOR_OK: all taken. After ROTOR_PENDING the same bytes are passed again.
 * @param offset must be the number of bytes taken before (u->received)
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_ARGUMENT (offset, or beyond @c size), ROTOR_ERR_STATE, ROTOR_ERR_IO (the
 *         update is over: only begin and abort are left)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_boot_update_write(struct rotor_boot_update *u, uint32_t offset, const void *data, size_t len);
/**
 * Uses time in which no bytes are to be written: erases sectors that come next, as far as one sector beyond what is
 * written. Other calls wait for an erase that this has left pending.
 * @return ROTOR_OK (nothing left to do for now, or no update is receiving), ROTOR_PENDING, ROTOR_ERR_IO (the update is over:
 *         only begin and abort are left)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_erase_ahead(struct rotor_boot_update *u);

/* ---- what of an image is there already ---- */

/**
 * Whether the flash holds certain bytes: @p len of them at @p offset of the slot that runs, or (@p in_target) of the one that
 * an update would be written to. Between updates only; a scrub ends. After ROTOR_PENDING the same is asked again.
 * @param digest the first @p digest_len bytes of their digest
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_VERIFY (others), ROTOR_ERR_ARGUMENT (beyond the slot), ROTOR_ERR_STATE (an
 *         update's step is pending), ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_compare(struct rotor_boot_update *u,
							     bool in_target, uint32_t offset,
							     uint32_t len, enum rotor_hash_alg hash,
							     const uint8_t *digest,
							     size_t digest_len);
/**
 * Takes the next @p len bytes of the image from the same place of the slot that runs. As rotor_boot_update_write(), with
 * bytes that the device has.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_copy(struct rotor_boot_update *u,
							  uint32_t len);
/**
 * Takes the next @p len bytes of the image as they stand in the target slot. They begin with a sector, end with one or with
 * the image, and no sector of them may have been erased ahead.
 * @return as rotor_boot_update_write(); ROTOR_ERR_ARGUMENT also if one of these does not hold
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_keep(struct rotor_boot_update *u,
							  uint32_t len);

/** All bytes were passed: writes what is buffered. @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_LENGTH (bytes are missing), ROTOR_ERR_STATE, ROTOR_ERR_IO */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_finish(struct rotor_boot_update *u);
/**
 * Verifies what is in flash: structure, hash, signature by a key of the fuses, identifiers, security version against
 * the floor, and that the image is exactly as long as was announced. A small piece in each call.
 * @return ROTOR_OK (u->verifier.info is valid), ROTOR_PENDING, ROTOR_ERR_STATE, or the refusal's status (u->refusal and u->verdict
 *         say why; ROTOR_ERR_LENGTH: bytes after the image; ROTOR_ERR_DENIED: settings not newer than those in force)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_verify(struct rotor_boot_update *u);
/**
 * Whether the security floor is to wait after this update, until rotor_boot_update_release_floor() (DSP0267 1.3, delayed
 * update of the security revision). Called between begin and activate; begin forgets it.
 */
void rotor_boot_update_hold_floor(struct rotor_boot_update *u, bool hold);
/**
 * The policy that holds for a chip behind this device: keys of the fuses, identifiers and floor of the chip. For a verifier
 * of what stands in that chip.
 * @param hashes room for what @p policy points to
 */
void rotor_boot_downstream_policy(const struct rotor_boot_handoff *h,
				  const struct rotor_boot_downstream *chip,
				  struct rotor_image_key_hash hashes[ROTOR_BOOT_KEYS_MAX],
				  struct rotor_image_policy *policy);
/** Whether the image in the target slot was verified, by checks of which none was skipped (as activate asks for its own). */
bool rotor_boot_update_proven(const struct rotor_boot_update *u);
/**
 * Reads from the verified image in the target slot, for a chip behind this device. After ROTOR_PENDING the same is asked again.
 * @param len up to ROTOR_BOOT_PAGE_MAX
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_STATE (nothing is verified), ROTOR_ERR_ARGUMENT (beyond the image), ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_read(struct rotor_boot_update *u,
							  uint32_t offset, void *buf, size_t len);
/**
 * Marks the verified slot PENDING, durably. Not for ROTOR_IMAGE_DOWNSTREAM (ROTOR_ERR_STATE): that is read from here and
 * then aborted.
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_STATE, ROTOR_ERR_VERIFY (what verify found is not proven: a fault was
 *         detected, and only abort and begin are left), ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_activate(struct rotor_boot_update *u);
/**
 * Gives an update up at any step, a pending one included; the target slot becomes EMPTY. ROTOR_OK at once if there is
 * none. A flash operation that is under way is finished first.
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_abort(struct rotor_boot_update *u);

/**
 * Confirms what runs, after its self-test: the record says CONFIRMED, durably. The caller then tells the boot stage,
 * which raises the security floor. ROTOR_OK at once if it is confirmed already, or is the recovery image.
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_STATE (not loaded, or an update's step is pending), ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_confirm(struct rotor_boot_update *u);

/** Whether the floor waits to be raised to the security version of what runs. */
bool rotor_boot_update_floor_held(const struct rotor_boot_update *u);
/**
 * The floor may rise to what runs: the record says so, durably. The caller then tells the boot stage, as after confirm.
 * ROTOR_OK at once if nothing is held.
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_STATE (on trial, not loaded, or another step is pending), ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_release_floor(struct rotor_boot_update *u);

/**
 * Looks, piece by piece, whether what does not run is still good: the other slot if it is confirmed, and the recovery
 * region. A slot that is not is marked BAD, durably, so that no boot relies on it. An update that begins ends this.
 * @return ROTOR_OK (a round is done: other_health, recovery_health), ROTOR_PENDING, ROTOR_ERR_STATE (an update is under way),
 *         ROTOR_ERR_IO (the record could not be written)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_update_scrub(struct rotor_boot_update *u);

#ifdef __cplusplus
}
#endif

#endif
