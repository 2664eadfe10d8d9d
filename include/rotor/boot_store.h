/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Small records in flash that change rarely: the device's certificates and its
 * configuration. A store is a list of typed items under one check value; one
 * region of the flash holds one store.
 *
 * Nothing here is secret, and nothing is believed because it is here: the
 * certificates are checked by whoever receives them, and what the runtime's
 * identity depends on goes into the configuration digest.
 */
#ifndef ROTOR_BOOT_STORE_H
#define ROTOR_BOOT_STORE_H

#include "rotor/boot.h"
#include "rotor/crypto.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rotor_store_kind {
	ROTOR_STORE_CERTIFICATES = 1,
	ROTOR_STORE_CONFIG = 2,
	ROTOR_STORE_SETTINGS = 3,
};

enum rotor_store_item {
	ROTOR_STORE_CERTIFICATE = 1,  /**< DER; repeated, root first, device identity last */
	ROTOR_STORE_DEVICE_UUID = 16, /**< 16 bytes */
	ROTOR_STORE_VENDOR_ID = 17,   /**< 16 bytes */
	ROTOR_STORE_CLASS_ID = 18,    /**< 16 bytes */
	ROTOR_STORE_POLICY = 19,      /**< 4 bytes, little-endian: enum rotor_boot_policy bits */
	ROTOR_STORE_VENDOR_NAME = 20, /**< UTF-8, not terminated */
	ROTOR_STORE_MODEL_NAME = 21,  /**< UTF-8, not terminated */
	ROTOR_STORE_CONFIRM_SECONDS = 22, /**< 2 bytes, little-endian */
	ROTOR_STORE_AGENT_ANCHOR = 32,    /**< DER certificate that vouches for agents; repeated */
	ROTOR_STORE_REVOKED_KEY =
	    33, /**< hash of an image key to revoke, as in the fuses; repeated */
};

/** Policy bits of a device, set at provisioning. All zeros is the strictest. */
enum rotor_boot_policy {
	/** Images without vendor and class identifiers are taken. */
	ROTOR_BOOT_POLICY_ANY_PRODUCT = 1u << 0,
	/** Firmware-update commands are taken outside a session (for agents that have no SPDM). */
	ROTOR_BOOT_POLICY_CLEAR_UPDATE = 1u << 1,
	/** Firmware-update commands are taken in a session in which the agent did not authenticate. */
	ROTOR_BOOT_POLICY_ONE_SIDED_UPDATE = 1u << 2,
	/** Firmware on trial confirms itself only after an agent has opened a mutually authenticated session with it. */
	ROTOR_BOOT_POLICY_CONFIRM_BY_SESSION = 1u << 3,
};

/** Bytes of a store around its items; each item has 4 bytes of its own before its value. */
#define ROTOR_STORE_OVERHEAD 16

/* ---- writing ---- */

struct rotor_store_writer {
	struct rotor_writer w;
};

/** Begins a store in @p buf. */
struct rotor_store_writer rotor_store_begin(enum rotor_store_kind kind, void *buf, size_t cap);
/** Adds an item of at most 65535 bytes. */
void rotor_store_add(struct rotor_store_writer *s, enum rotor_store_item item, const void *value,
		     size_t len);
/** Fills in length and check value. @return ROTOR_OK and the store's size, or ROTOR_ERR_SPACE */
ROTOR_MUST_CHECK enum rotor_status rotor_store_end(struct rotor_store_writer *s, size_t *len);

/* ---- reading ---- */

/**
 * Checks a store that begins at @p buf; bytes after it are not looked at.
 * @param items its items, in place, for rotor_store_find
 * @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT (also another kind), ROTOR_ERR_UNSUPPORTED, ROTOR_ERR_VERIFY
 */
ROTOR_MUST_CHECK enum rotor_status rotor_store_open(enum rotor_store_kind kind, const uint8_t *buf,
						    size_t len, struct rotor_bytes *items);
/** The value of item @p item, occurrence @p index from 0. @return ROTOR_OK, ROTOR_ERR_NOT_FOUND */
ROTOR_MUST_CHECK enum rotor_status rotor_store_find(struct rotor_bytes items,
						    enum rotor_store_item item, size_t index,
						    struct rotor_bytes *value);

/**
 * Reads the store of a region into @p buf and checks it.
 * @param buf of @p cap bytes; keeps the same address while pending
 * @return as rotor_store_open; ROTOR_PENDING, ROTOR_ERR_IO, ROTOR_ERR_SPACE (larger than @p cap)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_store_read(const struct rotor_flash *flash,
						    const struct rotor_flash_region *region,
						    enum rotor_store_kind kind, uint8_t *buf,
						    size_t cap, struct rotor_bytes *items);

/* ---- the two stores ---- */

/** A device's configuration. Views point into the store it was read from. */
struct rotor_boot_config {
	uint8_t device_uuid[ROTOR_BOOT_UUID_SIZE];
	uint8_t vendor_id[ROTOR_BOOT_UUID_SIZE];
	uint8_t class_id[ROTOR_BOOT_UUID_SIZE];
	uint32_t policy; /**< enum rotor_boot_policy bits */
	/** Seconds in which that session must come; 0: ROTOR_BOOT_CONFIRM_SECONDS. Of no meaning without that policy. */
	uint16_t confirm_seconds;
	struct rotor_bytes vendor_name; /**< at most 64 bytes */
	struct rotor_bytes model_name;  /**< at most 64 bytes */
	struct rotor_bytes anchor[ROTOR_BOOT_ANCHORS_MAX];
	size_t anchor_count;
};

/** Writes a configuration store. @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_config_encode(const struct rotor_boot_config *config,
							    uint8_t *buf, size_t cap, size_t *len);
/** Reads one (rotor_store_open included). @return as rotor_store_open; ROTOR_ERR_NOT_FOUND (an identifier is missing) */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_config_decode(const uint8_t *buf, size_t len,
							    struct rotor_boot_config *out);
/**
 * Digest (SHA-384) of what is fixed in a configuration: vendor and class identifiers, names, policy with its time. It is
 * measured and goes into the runtime's identity. Device UUID and trust anchors are left out: the one is not a property of
 * the product, the others can be replaced and are measured apart (rotor_boot_anchors_digest).
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_config_digest(const struct rotor_crypto *crypto,
							    const struct rotor_boot_config *config,
							    uint8_t digest[ROTOR_BOOT_DIGEST_SIZE]);

/* ---- settings ---- */

/**
 * What a signed settings component says: the body of an image of kind ROTOR_IMAGE_SETTINGS. It is all that an update can
 * change of a device's trust; the boot stage installs it (docs/boot.md). Views point into the bytes it was read from.
 */
struct rotor_boot_settings {
	/** Replace all anchors of agents that were in force before. At least one. */
	struct rotor_bytes anchor[ROTOR_BOOT_ANCHORS_MAX];
	size_t anchor_count;
	/** Hashes of image keys to be revoked for ever, ROTOR_BOOT_DIGEST_SIZE bytes each. */
	struct rotor_bytes revoked[ROTOR_BOOT_KEYS_MAX];
	size_t revoked_count;
};

/** Writes the body of a settings component. @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT (no anchor, or too many) */
ROTOR_MUST_CHECK enum rotor_status
rotor_boot_settings_encode(const struct rotor_boot_settings *settings, uint8_t *buf, size_t cap,
			   size_t *len);
/**
 * Reads one (rotor_store_open included), strictly: nothing but anchors and revocations.
 * @return as rotor_store_open; ROTOR_ERR_NOT_FOUND (no anchor), ROTOR_ERR_SPACE (more than fit), ROTOR_ERR_FORMAT
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_settings_decode(const uint8_t *buf, size_t len,
							      struct rotor_boot_settings *out);

/** Digest (SHA-384) of a list of anchors, in its order: what measurement ROTOR_MEASURE_ANCHORS reports. */
ROTOR_MUST_CHECK enum rotor_status
rotor_boot_anchors_digest(const struct rotor_crypto *crypto, const struct rotor_bytes *anchors,
			  size_t count, uint8_t digest[ROTOR_BOOT_DIGEST_SIZE]);

/** Writes a certificates store: root first, device identity last. @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_certificates_encode(const struct rotor_bytes *certs,
								  size_t count, uint8_t *buf,
								  size_t cap, size_t *len);
/** Reads one into views. @return as rotor_store_open; ROTOR_ERR_SPACE (more than @p cap), ROTOR_ERR_NOT_FOUND (none) */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_certificates_decode(const uint8_t *buf, size_t len,
								  struct rotor_bytes *certs,
								  size_t cap, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
