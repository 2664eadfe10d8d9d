/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What the boot stage hands to the runtime it starts, through a mailbox, once.
 * It holds the runtime's private key: whoever has encoded, sent or decoded one
 * wipes it (rotor_wipe).
 */
#ifndef ROTOR_BOOT_HANDOFF_H
#define ROTOR_BOOT_HANDOFF_H

#include "rotor/boot.h"
#include "rotor/boot_image.h"
#include "rotor/boot_measurement.h"
#include "rotor/crypto.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Who said whom a device trusts as agent. */
enum rotor_boot_anchors_source {
	ROTOR_BOOT_ANCHORS_NONE = 0, /**< nobody is trusted: the settings in force are damaged */
	ROTOR_BOOT_ANCHORS_FACTORY = 1,
	ROTOR_BOOT_ANCHORS_SETTINGS = 2, /**< a signed settings component */
};

/** All that the runtime learns from the boot stage. */
struct rotor_boot_handoff {
	enum rotor_boot_slot_id slot; /**< what runs */
	bool
	    trial; /**< not confirmed: it is expected to confirm itself, or the next boot goes back */
	uint8_t tries_left;      /**< further starts it has if on trial */
	uint32_t security_floor; /**< in the fuses at this boot */
	struct rotor_image_version version;
	uint32_t security_version; /**< of what runs */
	uint8_t device_uuid[ROTOR_BOOT_UUID_SIZE];
	uint8_t vendor_id[ROTOR_BOOT_UUID_SIZE];
	uint8_t class_id[ROTOR_BOOT_UUID_SIZE];
	uint32_t policy;          /**< enum rotor_boot_policy bits (boot_store.h) */
	uint16_t confirm_seconds; /**< that policy gives firmware on trial; never 0 */
	/** Where the anchors of agents in force stand in flash: rotor_boot_anchors_read(). */
	enum rotor_boot_anchors_source anchors_source;
	uint32_t anchors_offset, anchors_len;
	/** Of the settings in force; all zeros if there are none. */
	struct rotor_image_version settings_version;
	/** Hashes of the image keys in force, for the check of an update before it is activated. */
	uint8_t key_hash[ROTOR_BOOT_KEYS_MAX][ROTOR_BOOT_DIGEST_SIZE];
	uint8_t key_hash_count;
	struct rotor_flash_layout layout;
	struct rotor_measurement_log measurements;
	/** The runtime's private key, ROTOR_DICE_SIG_ALG: a scalar, for rotor_crypto.key_import. Secret. */
	uint8_t key[ROTOR_PRIVATE_KEY_MAX];
	uint8_t key_len;
	/** DER certificates one after another: root … device identity, runtime. */
	uint8_t chain[ROTOR_BOOT_CHAIN_MAX];
	uint16_t chain_len;
};

/**
 * Reads the anchors in force and holds them against what the boot stage measured (ROTOR_MEASURE_ANCHORS), so that
 * flash which has changed since gives no anchors.
 * @param buf of @p cap bytes; the views in @p anchors point into it. It keeps the same address while pending
 * @param anchors room for ROTOR_BOOT_ANCHORS_MAX
 * @param count 0 unless ROTOR_OK; 0 too if nobody is trusted
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_IO, ROTOR_ERR_SPACE, ROTOR_ERR_VERIFY (not what was measured), or what
 *         rotor_store_open() says
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_boot_anchors_read(const struct rotor_crypto *crypto, const struct rotor_flash *flash,
			const struct rotor_boot_handoff *h, uint8_t *buf, size_t cap,
			struct rotor_bytes *anchors, size_t *count);

/** Largest encoding. */
#define ROTOR_BOOT_HANDOFF_MAX                                                                     \
	(256 + ROTOR_FLASH_LAYOUT_SIZE + ROTOR_BOOT_KEYS_MAX * ROTOR_BOOT_DIGEST_SIZE +            \
	 ROTOR_MEASUREMENTS_MAX * (4 + ROTOR_MEASUREMENT_VALUE_MAX) + ROTOR_BOOT_CHAIN_MAX)

/** Writes a handoff, at most ROTOR_BOOT_HANDOFF_MAX bytes. @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_handoff_encode(const struct rotor_boot_handoff *h,
							     uint8_t *buf, size_t cap, size_t *len);
/** Reads exactly one. @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED (version), ROTOR_ERR_SPACE, ROTOR_ERR_VERIFY */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_handoff_decode(const uint8_t *buf, size_t len,
							     struct rotor_boot_handoff *out);

#ifdef __cplusplus
}
#endif

#endif
