/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/boot_device.h"

#define SLOT_SIZE DEVICE_IMAGE_MAX

static const uint8_t vendor_id[ROTOR_BOOT_UUID_SIZE] = "vendor-id-of-us";
static const uint8_t class_id[ROTOR_BOOT_UUID_SIZE] = "class-id-of-us.";
static const uint8_t other_id[ROTOR_BOOT_UUID_SIZE] = "of another one.";

const struct rotor_crypto *boot_quick_base = &rotor_crypto_openssl;

const struct rotor_crypto *boot_quick_crypto(void)
{
	static struct rotor_crypto quick;
	quick = *boot_quick_base;
	quick.key_sign_deterministic = true;
	return &quick;
}

/* ---- provisioning ---- */

static void derive(const struct boot_device *d, uint8_t fill, struct rotor_soft_key *key)
{
	uint8_t seed[56];
	memset(seed, fill, sizeof(seed));
	assert_int_equal(d->crypto->key_derive(key, ROTOR_SIG_ECDSA_P384, seed, sizeof(seed)),
			 ROTOR_OK);
}

static void certify(const struct boot_device *d, const char *cn, struct rotor_bytes issuer,
		    const struct rotor_public_key *key, uint8_t *der, size_t cap, size_t *len)
{
	struct rotor_soft_key root = d->root_key;
	const struct rotor_signer signer = rotor_soft_signer(&root);
	struct rotor_crypto_job job = {0};
	const struct rotor_cert_template t = {
	    .issuer = issuer,
	    .subject_cn = cn,
	    .not_before = ROTOR_DICE_NOT_BEFORE,
	    .not_after = ROTOR_DICE_NOT_AFTER,
	    .key = key,
	    .issuer_key = &d->root_key.public_key,
	    .is_ca = true,
	    .path_len = 3,
	};
	enum rotor_status status;
	SETTLE(status, rotor_cert_write(d->crypto, &t, &signer, &job, der, cap, len));
	assert_int_equal(status, ROTOR_OK);
}

void boot_device_certify(struct boot_device *d)
{
	uint8_t identity[1024], store[4096];
	size_t identity_len, len;
	struct rotor_soft_key key;
	struct rotor_cert root;
	assert_int_equal(rotor_dice_identity_key(d->crypto, d->fuses.secret, &key), ROTOR_OK);
	certify(d, "test root", (struct rotor_bytes){NULL, 0}, &d->root_key.public_key, d->root,
		sizeof(d->root), &d->root_len);
	assert_int_equal(d->crypto->cert_parse(d->root, d->root_len, &root), ROTOR_OK);
	certify(d, "test device", root.subject, &key.public_key, identity, sizeof(identity),
		&identity_len);
	const struct rotor_bytes certs[] = {{d->root, d->root_len}, {identity, identity_len}};
	assert_int_equal(rotor_boot_certificates_encode(certs, 2, store, sizeof(store), &len),
			 ROTOR_OK);
	sim_flash_put(&d->flash, &d->layout.region[ROTOR_REGION_CERTIFICATES], store, len);
}

void boot_device_policy(struct boot_device *d, uint32_t policy)
{
	uint8_t store[4096];
	size_t len;
	struct rotor_boot_config config = {
	    .vendor_name = {(const uint8_t *)"Vendor", 6},
	    .model_name = {(const uint8_t *)"Model", 5},
	    .policy = policy,
	    .anchor = {{d->root, d->root_len}},
	    .anchor_count = 1,
	};
	memset(config.device_uuid, 0xd0, sizeof(config.device_uuid));
	memcpy(config.vendor_id, vendor_id, sizeof(vendor_id));
	memcpy(config.class_id, class_id, sizeof(class_id));
	assert_int_equal(rotor_boot_config_encode(&config, store, sizeof(store), &len), ROTOR_OK);
	sim_flash_put(&d->flash, &d->layout.region[ROTOR_REGION_CONFIG], store, len);
}

static void add_key(struct boot_device *d, const struct rotor_public_key *key)
{
	struct rotor_image_key_hash hash;
	assert_int_equal(rotor_image_key_hash(d->crypto, key, &hash), ROTOR_OK);
	memcpy(d->fuses.key_hash[d->fuses.key_count++], hash.hash, ROTOR_BOOT_DIGEST_SIZE);
}

void boot_device_second_key(struct boot_device *d)
{
	add_key(d, &d->next_key.public_key);
}

void boot_device_init(struct boot_device *d, const struct rotor_crypto *crypto, uint32_t sector,
		      uint32_t unit)
{
	memset(d, 0, sizeof(*d));
	d->crypto = crypto;
	assert_int_equal(rotor_flash_layout_make(sector, unit, SLOT_SIZE, SLOT_SIZE, &d->layout),
			 ROTOR_OK);
	assert_true(sim_flash_init(&d->flash, &d->power, &d->layout.geometry));
	sim_fuses_init(&d->fuses, &d->power);
	sim_ram_init(&d->ram);
	memset(d->fuses.secret, 0x5e, sizeof(d->fuses.secret));
	d->fuses.floor = 1;
	derive(d, 0x11, &d->image_key);
	derive(d, 0x12, &d->next_key);
	derive(d, 0x22, &d->strange_key);
	derive(d, 0x33, &d->root_key);
	add_key(d, &d->image_key.public_key);
	boot_device_certify(d);
	boot_device_policy(d, 0);
}

void boot_device_free(struct boot_device *d)
{
	if (d->power.faults || d->ram.faults) {
		fail_msg("%s", d->power.faults ? d->power.fault : d->ram.fault);
	}
	sim_flash_free(&d->flash);
	sim_ram_free(&d->ram);
}

void boot_device_pending(struct boot_device *d, unsigned times)
{
	d->flash.pending = times;
	d->fuses.pending = d->fuses.pending_left = times;
	d->ram.pending = d->ram.pending_left = times;
}

/* ---- images and records ---- */

const uint8_t boot_chip_vendor[ROTOR_IMAGE_ID_SIZE] = "maker-of-a-chip";
const uint8_t boot_chip_class[ROTOR_IMAGE_ID_SIZE] = "class-of-a-chip";

void boot_make_image(const struct boot_device *d, const struct image_wish *wish,
		     struct boot_image *out)
{
	uint8_t body[DEVICE_IMAGE_MAX];
	struct rotor_soft_key key = wish->stranger   ? d->strange_key
				    : wish->next_key ? d->next_key
						     : d->image_key;
	const struct rotor_signer signer = rotor_soft_signer(&key);
	uint32_t size = wish->size == 0 ? 700 : wish->size;
	struct rotor_image_spec spec = {
	    .version = {1, wish->minor, 0, 0},
	    .kind = wish->kind,
	    .header_size = 64,
	    .has_security_counter = true,
	    .has_vendor_id = true,
	    .has_class_id = true,
	    .security_counter = wish->security_version == 0 ? 1 : wish->security_version,
	};
	bool chip = (wish->kind == ROTOR_IMAGE_DOWNSTREAM) != wish->other_place;
	memcpy(spec.vendor_id,
	       wish->other_vendor ? other_id
	       : chip             ? boot_chip_vendor
				  : vendor_id,
	       ROTOR_IMAGE_ID_SIZE);
	memcpy(spec.class_id,
	       wish->other_class ? other_id
	       : chip            ? boot_chip_class
				 : class_id,
	       ROTOR_IMAGE_ID_SIZE);
	for (size_t i = 0; i < size; i++) {
		body[i] =
		    wish->body != NULL ? wish->body[i] : (uint8_t)(i * 7 + wish->seed + (i >> 8));
	}
	assert_int_equal(rotor_image_write(&spec, d->crypto, body, size, &signer, &key.public_key,
					   out->bytes, sizeof(out->bytes), &out->len),
			 ROTOR_OK);
	struct rotor_image_memory memory;
	const struct rotor_image_source source =
	    rotor_image_memory(&memory, out->bytes, (uint32_t)out->len);
	struct rotor_image_verifier v;
	uint8_t work[1024];
	assert_int_equal(rotor_image_inspector_init(&v, d->crypto, &source, work, sizeof(work)),
			 ROTOR_OK);
	assert_int_equal(rotor_image_verifier_run(&v), ROTOR_OK);
	memcpy(out->digest, v.info.measurement, sizeof(out->digest));
}

void boot_put_image(struct boot_device *d, enum rotor_boot_slot_id slot,
		    const struct boot_image *image)
{
	sim_flash_put(&d->flash, rotor_flash_slot_region(&d->layout, slot), image->bytes,
		      image->len);
}

void boot_put_copy(struct boot_device *d, unsigned copy, const struct rotor_boot_record *record)
{
	uint8_t bytes[4 * ROTOR_BOOT_PAGE_MAX];
	uint32_t unit = d->layout.geometry.unit, room = rotor_boot_record_room(unit);
	uint32_t seal = (ROTOR_BOOT_SEAL_SIZE + unit - 1) / unit * unit;
	size_t len;
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(rotor_boot_record_encode(record, bytes, sizeof(bytes), &len), ROTOR_OK);
	memset(bytes + room - 2 * seal, 0, ROTOR_BOOT_SEAL_SIZE);
	memset(bytes + room - seal, 0, ROTOR_BOOT_SEAL_SIZE);
	sim_flash_put(&d->flash, &d->layout.region[ROTOR_REGION_RECORD_A + copy], bytes, room);
}

void boot_put_record(struct boot_device *d, const struct rotor_boot_record *record)
{
	struct rotor_boot_record copy = *record;
	for (unsigned i = 0; i < 2; i++) {
		copy.sequence = i + 1;
		boot_put_copy(d, i, &copy);
	}
}

void boot_get_record(struct boot_device *d, struct rotor_boot_record *record)
{
	struct rotor_boot_recorder recorder;
	enum rotor_status status;
	rotor_boot_recorder_init(&recorder, &d->flash.port, &d->layout);
	SETTLE(status, rotor_boot_recorder_load(&recorder));
	assert_int_equal(status, ROTOR_OK);
	*record = recorder.record;
}

struct rotor_boot_record boot_confirmed_record(enum rotor_boot_slot_id slot)
{
	struct rotor_boot_record record = {.active = slot};
	record.slot[slot].state = ROTOR_BOOT_CONFIRMED;
	return record;
}

/* ---- life ---- */

static void note_event(void *ctx, const struct rotor_boot_event_info *info)
{
	struct boot_device *d = ctx;
	assert_true(d->event_count < ROTOR_COUNT_OF(d->event));
	d->event[d->event_count++] = *info;
}

bool boot_device_said(const struct boot_device *d, enum rotor_boot_event event,
		      enum rotor_boot_slot_id slot)
{
	for (size_t i = 0; i < d->event_count; i++) {
		if (d->event[i].event == event && d->event[i].slot == slot) {
			return true;
		}
	}
	return false;
}

enum rotor_status boot_device_boot(struct boot_device *d)
{
	struct rotor_boot_stage_config config = {
	    .crypto = d->crypto,
	    .flash = &d->flash.port,
	    .layout = &d->layout,
	    .fuses = &d->fuses.port,
	    .ram = &d->ram.port,
	    .event = note_event,
	    .event_ctx = d,
	};
	memset(config.stage_digest, 0xb0, sizeof(config.stage_digest));
	sim_fuses_reset(&d->fuses);
	d->flash.busy = false;
	d->event_count = 0;
	assert_int_equal(rotor_boot_stage_init(&d->stage, &config), ROTOR_OK);
	enum rotor_status status = rotor_boot_stage_run(&d->stage, &d->handoff);
	if (status != ROTOR_OK) {
		return status;
	}
	const struct rotor_boot_update_config update = {
	    .crypto = d->crypto,
	    .flash = &d->flash.port,
	    .handoff = &d->handoff,
	    .tries = 2,
	    .work = d->work,
	    .work_len = sizeof(d->work),
	};
	assert_int_equal(rotor_boot_update_init(&d->update, &update), ROTOR_OK);
	SETTLE(status, rotor_boot_update_load(&d->update));
	return status;
}

enum rotor_status boot_device_update(struct boot_device *d, const struct boot_image *image)
{
	return boot_device_update_kind(d, ROTOR_IMAGE_FIRMWARE, image);
}

enum rotor_status boot_device_update_kind(struct boot_device *d, enum rotor_image_kind kind,
					  const struct boot_image *image)
{
	struct rotor_boot_update *u = &d->update;
	enum rotor_status status;
	SETTLE(status, rotor_boot_update_begin(u, kind, (uint32_t)image->len));
	for (uint32_t at = 0; status == ROTOR_OK && at < image->len;) {
		uint32_t len = image->len - at < 300 ? (uint32_t)image->len - at : 300;
		SETTLE(status, rotor_boot_update_write(u, at, image->bytes + at, len));
		at += len;
	}
	if (status == ROTOR_OK) {
		SETTLE(status, rotor_boot_update_finish(u));
	}
	if (status == ROTOR_OK) {
		SETTLE(status, rotor_boot_update_verify(u));
	}
	if (status == ROTOR_OK) {
		rotor_boot_update_hold_floor(u, d->hold_floor);
		SETTLE(status, rotor_boot_update_activate(u));
	}
	return status;
}

enum rotor_status boot_device_confirm(struct boot_device *d)
{
	enum rotor_status status;
	SETTLE(status, rotor_boot_update_confirm(&d->update));
	if (status == ROTOR_OK) {
		SETTLE(status, rotor_boot_stage_confirmed(&d->stage));
	}
	return status;
}
