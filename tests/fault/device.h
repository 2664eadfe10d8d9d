/* SPDX-License-Identifier: Apache-2.0 */
/* A provisioned device for the victim: flash, fuses and execution memory as plain arrays, and images for it. */
#ifndef ROTOR_FAULT_DEVICE_H
#define ROTOR_FAULT_DEVICE_H

#include "rotor/boot_stage.h"
#include "rotor/boot_update.h"

#define FLASH_MAX 131072
#define IMAGE_MAX 4096
#define KEYS      2

struct image {
	uint8_t bytes[IMAGE_MAX];
	size_t len;
	uint32_t signature_at; /* of the signature TLV's value */
};

/* How an image differs from a good one: version 1.0.0, security version 2, signed by the first key of the fuses. */
struct image_wish {
	uint8_t signer;             /* 0, 1: a key of the fuses; STRANGER: none */
	uint8_t seed;               /* of the body */
	enum rotor_image_kind kind; /* settings: name an anchor of their own, and revoke a key */
	uint32_t security_version;
	bool other_vendor, other_class, no_ids;
	/* A second key TLV after the first: the hash of a key that the device trusts. */
	bool second_key;
};
#define STRANGER 2

struct device {
	struct rotor_flash_layout layout;
	struct rotor_flash flash;
	struct rotor_fuses fuses;
	struct rotor_ram ram;
	uint8_t flash_bytes[FLASH_MAX];
	uint8_t ram_bytes[IMAGE_MAX];
	/* fuses */
	uint8_t secret[ROTOR_BOOT_SECRET_SIZE];
	uint32_t floor;
	uint8_t key_hash[KEYS][ROTOR_BOOT_DIGEST_SIZE];
	bool revoked[KEYS];
	bool locked;
	/* a fault of the memory, not of an instruction: what is read back from the sealed copy */
	bool flip_copy;
	const struct image *other_copy;
	struct rotor_soft_key key[3]; /* of images, and the stranger's */
	struct rotor_boot_stage stage;
	struct rotor_boot_handoff handoff;
	struct rotor_boot_update update;
	uint8_t work[ROTOR_BOOT_WORK_SIZE];
};

/* Ends the victim if its own preparations fail. */
void must(bool holds, const char *what);

/* Provisions a device with empty slots. */
void device_init(struct device *d);
/* Provisions it again with these policy bits (enum rotor_boot_policy). */
void device_policy(struct device *d, uint32_t policy);
void device_make_image(const struct device *d, const struct image_wish *wish, struct image *out);
/* Puts the hash of the (changed) body where the image keeps it, and leaves the signature as it was. */
void device_fix_hash(struct image *image);
void device_put_image(struct device *d, enum rotor_boot_slot_id slot, const struct image *image);
/* Puts it where the settings in force are. */
void device_put_settings(struct device *d, const struct image *image);
/* The boot record says that slot A is in @p state, and that slot B is empty, or is pending with an image of @p kind. */
void device_slots(struct device *d, enum rotor_boot_state state, bool pending,
		  enum rotor_image_kind kind);
/* What the flash says. */
void device_record(struct device *d, struct rotor_boot_record *record);
/* From reset to the verdict of the boot stage. */
void device_prepare_boot(struct device *d);
/* Boots and writes @p image into slot B, all but its verification. */
void device_receive(struct device *d, enum rotor_image_kind kind, const struct image *image);

#endif
