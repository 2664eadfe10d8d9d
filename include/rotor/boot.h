/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Boot: what the boot stage and the update side of the runtime stand on: the
 * ports to flash, fuses and execution memory, and how the flash is divided.
 *
 * The other headers of the module, each with one subject:
 *  - boot_record.h       which slot holds what, kept twice in flash;
 *  - boot_store.h        certificates and device configuration in flash;
 *  - boot_image.h        MCUboot images;
 *  - boot_proof.h        that a decision was taken, besides a status that says so;
 *  - boot_verdict.h      why an update was refused, as its agent is told;
 *  - boot_update.h       the runtime's side: write, verify, activate, confirm;
 *  - boot_stage.h        the boot stage: pick, verify, copy, measure, hand over;
 *  - boot_measurement.h  the log of measurements;
 *  - boot_dice.h         keys and certificates from secret and measurement;
 *  - boot_handoff.h      what the boot stage gives to the runtime.
 *
 * Every operation of a port may answer ROTOR_PENDING: nothing is wrong, call
 * again with the same arguments (the buffer stays valid meanwhile).
 */
#ifndef ROTOR_BOOT_H
#define ROTOR_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/config.h"
#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Size of every digest in this module: SHA-384. */
#define ROTOR_BOOT_DIGEST_SIZE 48
/** Size of the device secret in the fuses. */
#define ROTOR_BOOT_SECRET_SIZE 48
/** Room for a version as text, "255.255.65535+4294967295" and a final NUL. */
#define ROTOR_BOOT_VERSION_SIZE 28
/** Size of a UUID (RFC 4122 byte order). */
#define ROTOR_BOOT_UUID_SIZE 16

/* ---- slots ---- */

enum rotor_boot_slot_id {
	ROTOR_BOOT_SLOT_A = 0,
	ROTOR_BOOT_SLOT_B = 1,
	/** The recovery image: bootable, but not in the boot record and no target of an ordinary update. */
	ROTOR_BOOT_SLOT_RECOVERY = 2,
	ROTOR_BOOT_SLOT_NONE = 0xff,
};

/** Number of slots that the boot record speaks of: A and B. */
#define ROTOR_BOOT_SLOTS 2

/** "slot A", "slot B", "recovery", "none"; never NULL. */
const char *rotor_boot_slot_name(enum rotor_boot_slot_id slot);

/* ---- flash ---- */

/** All sizes in bytes. Offsets in flash count from 0. */
struct rotor_flash_geometry {
	uint32_t size;   /**< of the whole flash, a multiple of @c sector */
	uint32_t sector; /**< erase unit, a multiple of @c unit */
	uint32_t unit;   /**< program unit, a power of two, at most ROTOR_BOOT_PAGE_MAX */
};

/**
 * Flash operations. Erased bytes read 0xff; a program unit is programmed once
 * between two erases. Each returns ROTOR_OK, ROTOR_PENDING or ROTOR_ERR_IO.
 * The callers in this module never leave the flash or break its alignment.
 */
struct rotor_flash_ops {
	enum rotor_status (*read)(void *ctx, uint32_t offset, void *buf, size_t len);
	/** Erases one sector. @param offset a multiple of the sector size */
	enum rotor_status (*erase)(void *ctx, uint32_t offset);
	/** @param offset, len multiples of the program unit; never across a sector's end */
	enum rotor_status (*program)(void *ctx, uint32_t offset, const void *data, size_t len);
};

struct rotor_flash {
	const struct rotor_flash_ops *ops;
	void *ctx;
	struct rotor_flash_geometry geometry;
};

/** Reads with bounds checked. @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_ARGUMENT (beyond the end), ROTOR_ERR_IO */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_flash_read(const struct rotor_flash *flash,
							 uint32_t offset, void *buf, size_t len);
/** Erases the sector at @p offset, bounds and alignment checked. */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_flash_erase(const struct rotor_flash *flash,
							  uint32_t offset);
/** Programs whole units inside one sector, bounds and alignment checked. */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_flash_program(const struct rotor_flash *flash,
							    uint32_t offset, const void *data,
							    size_t len);

/* ---- how the flash is divided ---- */

struct rotor_flash_region {
	uint32_t offset; /**< a multiple of the sector size */
	uint32_t size;   /**< a multiple of the sector size, not 0 */
};

enum rotor_flash_region_id {
	ROTOR_REGION_LAYOUT = 0, /**< the descriptor of this layout; always at offset 0 */
	ROTOR_REGION_RECORD_A,   /**< first copy of the boot record */
	ROTOR_REGION_RECORD_B,   /**< second copy */
	ROTOR_REGION_SLOT_A,
	ROTOR_REGION_SLOT_B,
	ROTOR_REGION_RECOVERY,
	ROTOR_REGION_CERTIFICATES, /**< device identity chain, a boot store */
	ROTOR_REGION_CONFIG,       /**< identifiers, names, trust anchors, policy: a boot store */
	ROTOR_REGION_SETTINGS,     /**< blank, or the signed settings that replace those anchors */
	ROTOR_REGION_COUNT
};

struct rotor_flash_layout {
	struct rotor_flash_geometry geometry;
	struct rotor_flash_region region[ROTOR_REGION_COUNT];
};

/** Size of an encoded layout, before padding to the program unit. */
#define ROTOR_FLASH_LAYOUT_SIZE (4 + 4 + 12 + 8 * ROTOR_REGION_COUNT + 4)

/**
 * A layout for a flash of unlimited size: as many sectors as they need (one, usually) for the descriptor
 * and the two records, 16 KiB (rounded up) each for the two stores and the settings, the slots
 * and the recovery region as asked (rounded up to sectors).
 * geometry.size becomes the size that is needed.
 * @param recovery_size 0 for a recovery region of one sector, empty
 * @return ROTOR_OK, ROTOR_ERR_ARGUMENT (sizes that cannot be)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_flash_layout_make(uint32_t sector, uint32_t unit,
							   uint32_t slot_size,
							   uint32_t recovery_size,
							   struct rotor_flash_layout *out);
/** Whether sizes and alignment hold, and no two regions overlap or leave the flash. */
ROTOR_MUST_CHECK enum rotor_status
rotor_flash_layout_check(const struct rotor_flash_layout *layout);
/** Writes the descriptor. @param len ROTOR_FLASH_LAYOUT_SIZE */
ROTOR_MUST_CHECK enum rotor_status
rotor_flash_layout_encode(const struct rotor_flash_layout *layout, uint8_t *buf, size_t cap,
			  size_t *len);
/**
 * Reads and checks a descriptor; bytes after it are not looked at.
 * @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED (version), ROTOR_ERR_VERIFY (check value)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_flash_layout_decode(const uint8_t *buf, size_t len,
							     struct rotor_flash_layout *out);
/** The region of a slot; NULL for ROTOR_BOOT_SLOT_NONE. */
const struct rotor_flash_region *rotor_flash_slot_region(const struct rotor_flash_layout *layout,
							 enum rotor_boot_slot_id slot);

/**
 * Whether a runtime may erase or program these bytes: all of them in one slot or in one copy of the boot record. The
 * layout, the identity certificates and the configuration are for the factory alone, the recovery image and the settings
 * for the boot stage: who could change them could plant trust anchors that outlive the firmware, or leave a device that
 * cannot start.
 */
bool rotor_flash_runtime_may_write(const struct rotor_flash_layout *layout, uint32_t offset,
				   uint32_t len);

/* ---- fuses: the boot stage alone has this port ---- */

/**
 * What is written once and kept apart from the flash. Each returns ROTOR_OK,
 * ROTOR_PENDING, ROTOR_ERR_IO, or what is said below; after lock,
 * ROTOR_ERR_DENIED except for read_floor and raise_floor.
 */
struct rotor_fuse_ops {
	enum rotor_status (*read_secret)(void *ctx, uint8_t secret[ROTOR_BOOT_SECRET_SIZE]);
	/** The security floor: no image in slot A or B with a lower security version may run. */
	enum rotor_status (*read_floor)(void *ctx, uint32_t *floor);
	/**
	 * Raises the floor, durably. A value not above the present floor is ROTOR_OK and does not change what read_floor
	 * says; but fuses up to that value that a cut may have left half blown are then blown for certain.
	 */
	enum rotor_status (*raise_floor)(void *ctx, uint32_t floor);
	/**
	 * Hash (SHA-384 over SubjectPublicKeyInfo) of the image key at @p index, counted from 0.
	 * @return ROTOR_ERR_NOT_FOUND after the last one; ROTOR_ERR_DENIED if this one is revoked
	 */
	enum rotor_status (*read_key_hash)(void *ctx, size_t index,
					   uint8_t hash[ROTOR_BOOT_DIGEST_SIZE]);
	/**
	 * Revokes the image key at @p index, durably and for ever: read_key_hash answers ROTOR_ERR_DENIED for it from then
	 * on. ROTOR_OK if it is revoked already; but a fuse that a cut may have left half blown is then blown for certain.
	 * @return ROTOR_ERR_NOT_FOUND if there is no such key
	 */
	enum rotor_status (*revoke_key)(void *ctx, size_t index);
	/** Shuts secret and key hashes until the next reset. Called before the runtime starts. */
	enum rotor_status (*lock)(void *ctx);
};

struct rotor_fuses {
	const struct rotor_fuse_ops *ops;
	void *ctx;
};

/* ---- memory that an image runs from ---- */

/** Which bytes of an image are the program. All in bytes from the image's start. */
struct rotor_ram_image {
	uint32_t size;        /**< whole image: header, body, trailing TLVs */
	uint32_t body_offset; /**< header size */
	uint32_t body_size;   /**< what is executed */
};

/**
 * Execution memory. The whole image is copied and read back by offset in the
 * image; no write or read crosses a border between header, body and TLVs, so
 * an implementation may keep the body apart from the rest. The order is begin,
 * write from the start to the end, seal, read. Each returns ROTOR_OK,
 * ROTOR_PENDING, ROTOR_ERR_IO, ROTOR_ERR_SPACE (begin).
 */
struct rotor_ram_ops {
	/** Drops what was there and makes room. */
	enum rotor_status (*begin)(void *ctx, const struct rotor_ram_image *image);
	enum rotor_status (*write)(void *ctx, uint32_t offset, const void *data, size_t len);
	/** From here on nobody can change the copy. */
	enum rotor_status (*seal)(void *ctx);
	enum rotor_status (*read)(void *ctx, uint32_t offset, void *buf, size_t len);
};

struct rotor_ram {
	const struct rotor_ram_ops *ops;
	void *ctx;
};

#ifdef __cplusplus
}
#endif

#endif
