/* SPDX-License-Identifier: Apache-2.0 */
/* A provisioned device on the simulated ports, and images for it. */
#ifndef ROTOR_TEST_BOOT_DEVICE_H
#define ROTOR_TEST_BOOT_DEVICE_H

#include "rotor/boot_stage.h"
#include "rotor/boot_update.h"
#include "sim/flash.h"
#include "sim/fuses.h"
#include "sim/ram.h"
#include "support/to_end.h"

/* Also of a slot. */
#ifndef DEVICE_IMAGE_MAX
#define DEVICE_IMAGE_MAX 4096
#endif

struct boot_image {
	uint8_t bytes[DEVICE_IMAGE_MAX];
	size_t len;
	uint8_t digest[ROTOR_BOOT_DIGEST_SIZE];
};

/* How an image differs from a good one of version 1.0.0, security version 1. */
struct image_wish {
	uint8_t minor;
	uint32_t security_version;
	uint8_t seed;  /* of the body */
	uint32_t size; /* of the body; 0: 700 */
	enum rotor_image_kind kind;
	const uint8_t *body; /* NULL: bytes that follow from the seed */
	bool next_key;       /* signed by the second image key of the fuses */
	bool stranger;       /* signed by a key that the fuses do not name */
	bool other_vendor;
	bool other_class;
	bool
	    other_place; /* with the identifiers of the chip behind the device, or, if it is for that, with the device's */
};

/* Of the chip behind the device, whose images are of kind ROTOR_IMAGE_DOWNSTREAM. */
extern const uint8_t boot_chip_vendor[ROTOR_IMAGE_ID_SIZE];
extern const uint8_t boot_chip_class[ROTOR_IMAGE_ID_SIZE];

struct boot_device {
	const struct rotor_crypto *crypto;
	struct sim_power power;
	struct sim_flash flash;
	struct sim_fuses fuses;
	struct sim_ram ram;
	struct rotor_flash_layout layout;
	struct rotor_soft_key image_key, next_key, strange_key, root_key;
	uint8_t root[1024];
	size_t root_len;
	struct rotor_boot_stage stage;
	struct rotor_boot_handoff handoff;
	struct rotor_boot_update update;
	uint8_t work[ROTOR_BOOT_WORK_SIZE];
	bool hold_floor; /* of updates: the floor is to wait */
	/* What the boot stage said in the last boot. */
	struct rotor_boot_event_info event[64];
	size_t event_count;
};

/* A backend whose signatures are allowed to differ from boot to boot: quicker, where certificates do not matter. */
const struct rotor_crypto *boot_quick_crypto(void);
/* The backend that it stands on. */
extern const struct rotor_crypto *boot_quick_base;

/* Blows the hash of next_key, as the second of the fuses. */
void boot_device_second_key(struct boot_device *d);
/* A flash of sectors of @p sector and units of @p unit bytes, slots of 4 KiB, provisioned, no image. */
void boot_device_init(struct boot_device *d, const struct rotor_crypto *crypto, uint32_t sector,
		      uint32_t unit);
/* Gives it the certificate of the identity that its secret makes. */
void boot_device_certify(struct boot_device *d);
/* Provisions it again with these policy bits (enum rotor_boot_policy). */
void boot_device_policy(struct boot_device *d, uint32_t policy);
void boot_device_free(struct boot_device *d);
/* Makes the answers of all ports pending @p times times. */
void boot_device_pending(struct boot_device *d, unsigned times);

void boot_make_image(const struct boot_device *d, const struct image_wish *wish,
		     struct boot_image *out);
void boot_put_image(struct boot_device *d, enum rotor_boot_slot_id slot,
		    const struct boot_image *image);
/* Writes one copy of the record, 0 or 1, with the sequence number that it has, and seals it twice. */
void boot_put_copy(struct boot_device *d, unsigned copy, const struct rotor_boot_record *record);
/* Writes the record, both copies. */
void boot_put_record(struct boot_device *d, const struct rotor_boot_record *record);
/* What the flash says. */
void boot_get_record(struct boot_device *d, struct rotor_boot_record *record);
/* A record with @p slot confirmed and active, the other empty. */
struct rotor_boot_record boot_confirmed_record(enum rotor_boot_slot_id slot);

/* Reset: the boot stage runs from its first line. On success the runtime's update side is set up and loaded. */
enum rotor_status boot_device_boot(struct boot_device *d);
/* Whether the last boot said @p event of @p slot. */
bool boot_device_said(const struct boot_device *d, enum rotor_boot_event event,
		      enum rotor_boot_slot_id slot);
/* The runtime's update of the other slot, up to and with activation; stops at the first failure. */
enum rotor_status boot_device_update(struct boot_device *d, const struct boot_image *image);
/* The same with what is for another place. */
enum rotor_status boot_device_update_kind(struct boot_device *d, enum rotor_image_kind kind,
					  const struct boot_image *image);
/* The runtime confirms itself, and the boot stage hears of it. */
enum rotor_status boot_device_confirm(struct boot_device *d);

#endif
