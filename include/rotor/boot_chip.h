/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A chip behind this device, which the device updates for it: a flash with two banks, its halves, each with room for one
 * image in rotor's format, of kind ROTOR_IMAGE_DOWNSTREAM, signed by the keys of this device's fuses, with the chip's own
 * identifiers.
 *
 * An image comes in through this device's own slot (rotor/boot_update.h) and is verified there. Then it is copied to the bank
 * that the chip does not run, all but its first page, and compared. Activation programs that page, which makes it an image,
 * and erases the first sector of the other bank. So a power cut at any point leaves a whole image: the old one or the new one; only
 * between the two steps there are both, and then the higher version is what runs (of the same version, bank 0).
 *
 * No image is given to the chip whose security version is below that of the one it runs.
 */
#ifndef ROTOR_BOOT_CHIP_H
#define ROTOR_BOOT_CHIP_H

#include "rotor/boot_update.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ROTOR_BOOT_CHIP_BANKS   2
#define ROTOR_BOOT_CHIP_NO_BANK 0xff
/** So often a bank is looked at of which nothing can be said, before it counts as none. */
#define ROTOR_BOOT_CHIP_LOOKS 3

/** What the module needs. What the pointers show must outlive it. */
struct rotor_boot_chip_config {
	const struct rotor_crypto *crypto;
	/** The chip's: of which each half is a whole number of sectors, and a sector no smaller than the first page. */
	const struct rotor_flash *flash;
	const struct rotor_boot_handoff *handoff;
	struct rotor_boot_update *update; /**< where images come in; its chip is set by init */
	uint8_t vendor_id[ROTOR_IMAGE_ID_SIZE];
	uint8_t class_id[ROTOR_IMAGE_ID_SIZE];
	/** Work buffer of the look, at least ROTOR_IMAGE_WORK_MIN; may be shared with who verifies at other times. */
	void *work;
	size_t work_len;
};

enum rotor_boot_chip_state {
	ROTOR_BOOT_CHIP_UNSEEN = 0, /**< what stands in it is not known, or not any more */
	ROTOR_BOOT_CHIP_LOOKING,
	ROTOR_BOOT_CHIP_READY,  /**< active, version and downstream.floor say what it runs */
	ROTOR_BOOT_CHIP_COPIED, /**< and the other bank waits for its first page */
};

/** Fields are private but those commented. */
struct rotor_boot_chip {
	struct rotor_boot_chip_config config;
	struct rotor_boot_downstream
	    downstream; /**< readable: floor is the security version that it runs */
	enum rotor_boot_chip_state state;   /**< readable */
	uint8_t active;                     /**< readable: the bank that it runs, or NO_BANK */
	struct rotor_image_version version; /**< readable: of that, as the look found it */
	uint8_t step;
	uint8_t looks; /* at this bank, that told nothing of it */
	uint8_t bank;  /* being looked at, or written to */
	uint32_t at;   /* bytes done of the step */
	uint32_t size;
	bool waiting; /* the chip's flash is at work */
	struct rotor_image_info seen[ROTOR_BOOT_CHIP_BANKS];
	bool good[ROTOR_BOOT_CHIP_BANKS];
	struct rotor_image_key_hash key_hash[ROTOR_BOOT_KEYS_MAX];
	struct rotor_image_policy policy;
	struct rotor_image_source source;
	struct rotor_image_verifier verifier;
	uint8_t page[ROTOR_BOOT_PAGE_MAX], other[ROTOR_BOOT_PAGE_MAX];
};

/** Prepares; touches no flash. @return ROTOR_OK, ROTOR_ERR_ARGUMENT (also a flash of another shape) */
ROTOR_MUST_CHECK enum rotor_status
rotor_boot_chip_init(struct rotor_boot_chip *c, const struct rotor_boot_chip_config *config);
/**
 * Looks what the chip runs: verifies both banks, a small piece in each call. Nothing else may be under way. A bank that cannot
 * be read or judged is looked at again, and is none only after ROTOR_BOOT_CHIP_LOOKS.
 * @return ROTOR_OK (READY), ROTOR_PENDING
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_chip_look(struct rotor_boot_chip *c);
/** Bytes that an image for it may have. */
uint32_t rotor_boot_chip_capacity(const struct rotor_boot_chip *c);
/**
 * Copies the image that the update slot has verified to the bank that does not run.
 * @param percent set to how far it is
 * @return ROTOR_OK (COPIED), ROTOR_PENDING, ROTOR_ERR_STATE (not READY), ROTOR_ERR_VERIFY (nothing is verified, or not
 *         provably), ROTOR_ERR_SPACE, ROTOR_ERR_IO (also: what was written reads otherwise)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_chip_copy(struct rotor_boot_chip *c,
							uint8_t *percent);
/**
 * Makes the copy what the chip runs, durably. The caller resets the chip and lets the update slot go; a new look is due.
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_STATE (nothing is copied), ROTOR_ERR_VERIFY, ROTOR_ERR_IO (what it runs
 *         now, a look has to say)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_chip_activate(struct rotor_boot_chip *c);
/** Gives a look or a copy up; what the flash is at is finished first. @return ROTOR_OK, ROTOR_PENDING */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_chip_abort(struct rotor_boot_chip *c);

#ifdef __cplusplus
}
#endif

#endif
