/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "toy_crypto.h"

#define SECTOR    4096
#define BODY_SIZE 700

static const uint8_t vendor_id[ROTOR_BOOT_UUID_SIZE] = "vendor-id-of-us";
static const uint8_t class_id[ROTOR_BOOT_UUID_SIZE] = "class-id-of-us.";
static const uint8_t other_id[ROTOR_BOOT_UUID_SIZE] = "of another one.";

void must(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "victim: %s\n", what);
		exit(2);
	}
}

/* ---- ports ---- */

static enum rotor_status flash_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct device *d = ctx;
	memcpy(buf, d->flash_bytes + offset, len);
	return ROTOR_OK;
}

static enum rotor_status flash_erase(void *ctx, uint32_t offset)
{
	struct device *d = ctx;
	memset(d->flash_bytes + offset, 0xff, SECTOR);
	return ROTOR_OK;
}

static enum rotor_status flash_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct device *d = ctx;
	memcpy(d->flash_bytes + offset, data, len);
	return ROTOR_OK;
}

static enum rotor_status read_secret(void *ctx, uint8_t secret[ROTOR_BOOT_SECRET_SIZE])
{
	const struct device *d = ctx;
	if (d->locked) {
		return ROTOR_ERR_DENIED;
	}
	memcpy(secret, d->secret, sizeof(d->secret));
	return ROTOR_OK;
}

static enum rotor_status read_floor(void *ctx, uint32_t *floor)
{
	const struct device *d = ctx;
	*floor = d->floor;
	return ROTOR_OK;
}

static enum rotor_status raise_floor(void *ctx, uint32_t floor)
{
	struct device *d = ctx;
	d->floor = floor > d->floor ? floor : d->floor;
	return ROTOR_OK;
}

/* A port may fill the buffer and say afterwards that the key is revoked: the worse case of the two. */
static enum rotor_status read_key_hash(void *ctx, size_t index,
				       uint8_t hash[ROTOR_BOOT_DIGEST_SIZE])
{
	const struct device *d = ctx;
	if (d->locked) {
		return ROTOR_ERR_DENIED;
	}
	if (index >= KEYS) {
		return ROTOR_ERR_NOT_FOUND;
	}
	memcpy(hash, d->key_hash[index], ROTOR_BOOT_DIGEST_SIZE);
	return d->revoked[index] ? ROTOR_ERR_DENIED : ROTOR_OK;
}

static enum rotor_status revoke_key(void *ctx, size_t index)
{
	struct device *d = ctx;
	d->revoked[index % KEYS] = true;
	return ROTOR_OK;
}

static enum rotor_status lock(void *ctx)
{
	struct device *d = ctx;
	d->locked = true;
	return ROTOR_OK;
}

static enum rotor_status ram_begin(void *ctx, const struct rotor_ram_image *image)
{
	struct device *d = ctx;
	memset(d->ram_bytes, 0, sizeof(d->ram_bytes));
	return image->size <= sizeof(d->ram_bytes) ? ROTOR_OK : ROTOR_ERR_SPACE;
}

static enum rotor_status ram_write(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct device *d = ctx;
	memcpy(d->ram_bytes + offset, data, len);
	return ROTOR_OK;
}

static enum rotor_status ram_seal(void *ctx)
{
	struct device *d = ctx;
	if (d->flip_copy) {
		d->ram_bytes[100] = 0xff;
	}
	if (d->other_copy != NULL) {
		memcpy(d->ram_bytes, d->other_copy->bytes, d->other_copy->len);
	}
	return ROTOR_OK;
}

static enum rotor_status ram_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	const struct device *d = ctx;
	memcpy(buf, d->ram_bytes + offset, len);
	return ROTOR_OK;
}

static const struct rotor_flash_ops flash_ops = {flash_read, flash_erase, flash_program};
static const struct rotor_fuse_ops fuse_ops = {
    .read_secret = read_secret,
    .read_floor = read_floor,
    .raise_floor = raise_floor,
    .read_key_hash = read_key_hash,
    .revoke_key = revoke_key,
    .lock = lock,
};
static const struct rotor_ram_ops ram_ops = {ram_begin, ram_write, ram_seal, ram_read};

/* ---- provisioning ---- */

static void put(struct device *d, enum rotor_flash_region_id id, const void *data, size_t len)
{
	const struct rotor_flash_region *region = &d->layout.region[id];
	must(len <= region->size, "it does not fit its region");
	memset(d->flash_bytes + region->offset, 0xff, region->size);
	memcpy(d->flash_bytes + region->offset, data, len);
}

static void provision_certificates(struct device *d)
{
	static const uint8_t root_secret[ROTOR_SCALAR_MAX] = {3};
	struct rotor_soft_key root, identity;
	uint8_t der[2][1024], store[4096];
	size_t der_len[2], len;
	struct rotor_cert cert;
	struct rotor_crypto_job job = {0};
	must(toy_crypto.key_import(&root, ROTOR_DICE_SIG_ALG, root_secret) == ROTOR_OK &&
		 rotor_dice_identity_key(&toy_crypto, d->secret, &identity) == ROTOR_OK,
	     "no keys");
	const struct rotor_signer signer = rotor_soft_signer(&root);
	struct rotor_cert_template t = {
	    .subject_cn = "root",
	    .not_before = ROTOR_DICE_NOT_BEFORE,
	    .not_after = ROTOR_DICE_NOT_AFTER,
	    .key = &root.public_key,
	    .issuer_key = &root.public_key,
	    .is_ca = true,
	    .path_len = 3,
	};
	must(rotor_cert_write(&toy_crypto, &t, &signer, &job, der[0], sizeof(der[0]),
			      &der_len[0]) == ROTOR_OK &&
		 toy_crypto.cert_parse(der[0], der_len[0], &cert) == ROTOR_OK,
	     "no root certificate");
	t.issuer = cert.subject;
	t.subject_cn = "device";
	t.key = &identity.public_key;
	must(rotor_cert_write(&toy_crypto, &t, &signer, &job, der[1], sizeof(der[1]),
			      &der_len[1]) == ROTOR_OK,
	     "no identity certificate");
	const struct rotor_bytes certs[] = {{der[0], der_len[0]}, {der[1], der_len[1]}};
	must(rotor_boot_certificates_encode(certs, 2, store, sizeof(store), &len) == ROTOR_OK,
	     "no certificates");
	put(d, ROTOR_REGION_CERTIFICATES, store, len);
}

void device_policy(struct device *d, uint32_t policy)
{
	uint8_t store[4096];
	size_t len;
	struct rotor_boot_config config = {
	    .vendor_name = {(const uint8_t *)"Vendor", 6},
	    .model_name = {(const uint8_t *)"Model", 5},
	    .policy = policy,
	};
	memcpy(config.vendor_id, vendor_id, sizeof(vendor_id));
	memcpy(config.class_id, class_id, sizeof(class_id));
	must(rotor_boot_config_encode(&config, store, sizeof(store), &len) == ROTOR_OK,
	     "no configuration");
	put(d, ROTOR_REGION_CONFIG, store, len);
}

void device_init(struct device *d)
{
	memset(d, 0, sizeof(*d));
	must(rotor_flash_layout_make(SECTOR, 4, IMAGE_MAX, IMAGE_MAX, &d->layout) == ROTOR_OK &&
		 d->layout.geometry.size <= sizeof(d->flash_bytes),
	     "no layout");
	d->flash = (struct rotor_flash){&flash_ops, d, d->layout.geometry};
	d->fuses = (struct rotor_fuses){&fuse_ops, d};
	d->ram = (struct rotor_ram){&ram_ops, d};
	memset(d->flash_bytes, 0xff, sizeof(d->flash_bytes));
	for (size_t i = 0; i < sizeof(d->secret); i++) {
		d->secret[i] = (uint8_t)(0xa0 + i);
	}
	d->floor = 2;
	for (uint8_t i = 0; i < ROTOR_COUNT_OF(d->key); i++) {
		const uint8_t secret[ROTOR_SCALAR_MAX] = {0x11, i};
		struct rotor_image_key_hash hash;
		must(toy_crypto.key_import(&d->key[i], ROTOR_SIG_ECDSA_P384, secret) == ROTOR_OK &&
			 rotor_image_key_hash(&toy_crypto, &d->key[i].public_key, &hash) ==
			     ROTOR_OK,
		     "no image key");
		if (i < KEYS) {
			memcpy(d->key_hash[i], hash.hash, ROTOR_BOOT_DIGEST_SIZE);
		}
	}
	provision_certificates(d);
	device_policy(d, 0);
}

/* ---- images ---- */

static uint16_t u16_at(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

/* Where the unprotected TLVs begin. */
static size_t trailer_of(const struct image *image)
{
	return (size_t)u16_at(image->bytes + 8) + u16_at(image->bytes + 10) +
	       u16_at(image->bytes + 12);
}

/* Offset of the value of the first TLV of @p type, in the unprotected area. */
static size_t find_tlv(const struct image *image, uint8_t type)
{
	size_t at = trailer_of(image) + 4;
	while (at + 4 <= image->len && image->bytes[at] != type) {
		at += 4 + (size_t)u16_at(image->bytes + at + 2);
	}
	must(at + 4 <= image->len, "no such TLV");
	return at + 4;
}

static void add_key_hash(const struct device *d, struct image *image)
{
	size_t info = trailer_of(image);
	size_t at = find_tlv(image, ROTOR_IMAGE_TLV_ECDSA) - 4;
	size_t more = 4 + ROTOR_BOOT_DIGEST_SIZE;
	uint16_t total = (uint16_t)(u16_at(image->bytes + info + 2) + more);
	memmove(image->bytes + at + more, image->bytes + at, image->len - at);
	image->bytes[info + 2] = (uint8_t)total;
	image->bytes[info + 3] = (uint8_t)(total >> 8);
	const uint8_t header[4] = {ROTOR_IMAGE_TLV_KEYHASH, 0, ROTOR_BOOT_DIGEST_SIZE, 0};
	memcpy(image->bytes + at, header, sizeof(header));
	memcpy(image->bytes + at + 4, d->key_hash[0], ROTOR_BOOT_DIGEST_SIZE);
	image->len += more;
}

/* Settings that make a stranger an agent, or a program. */
static size_t make_body(const struct device *d, const struct image_wish *wish,
			uint8_t body[BODY_SIZE])
{
	static const uint8_t anchor[] = "an anchor of a stranger's";
	const struct rotor_boot_settings settings = {
	    .anchor = {{anchor, sizeof(anchor)}},
	    .anchor_count = 1,
	    .revoked = {{d->key_hash[1], ROTOR_BOOT_DIGEST_SIZE}},
	    .revoked_count = 1,
	};
	size_t len = BODY_SIZE;
	for (size_t i = 0; i < BODY_SIZE; i++) {
		body[i] = (uint8_t)(i * 7 + wish->seed + (i >> 8));
	}
	if (wish->kind == ROTOR_IMAGE_SETTINGS) {
		must(rotor_boot_settings_encode(&settings, body, BODY_SIZE, &len) == ROTOR_OK,
		     "no settings");
	}
	return len;
}

void device_make_image(const struct device *d, const struct image_wish *wish, struct image *out)
{
	uint8_t body[BODY_SIZE];
	struct rotor_soft_key key = d->key[wish->signer];
	const struct rotor_signer signer = rotor_soft_signer(&key);
	struct rotor_image_spec spec = {
	    .version = {1, 0, 0, 0},
	    .kind = wish->kind,
	    .header_size = 64,
	    .has_security_counter = true,
	    .has_vendor_id = !wish->no_ids,
	    .has_class_id = !wish->no_ids,
	    .security_counter = wish->security_version == 0 ? 2 : wish->security_version,
	};
	memcpy(spec.vendor_id, wish->other_vendor ? other_id : vendor_id, ROTOR_IMAGE_ID_SIZE);
	memcpy(spec.class_id, wish->other_class ? other_id : class_id, ROTOR_IMAGE_ID_SIZE);
	size_t len = make_body(d, wish, body);
	must(rotor_image_write(&spec, &toy_crypto, body, (uint32_t)len, &signer, &key.public_key,
			       out->bytes, sizeof(out->bytes), &out->len) == ROTOR_OK,
	     "no image");
	if (wish->second_key) {
		add_key_hash(d, out);
	}
	out->signature_at = (uint32_t)find_tlv(out, ROTOR_IMAGE_TLV_ECDSA);
}

void device_fix_hash(struct image *image)
{
	const struct rotor_bytes covered = {image->bytes, trailer_of(image)};
	must(rotor_hash_parts(&toy_crypto, ROTOR_HASH_SHA384, &covered, 1,
			      image->bytes + find_tlv(image, ROTOR_IMAGE_TLV_SHA384)) == ROTOR_OK,
	     "no hash");
}

void device_put_image(struct device *d, enum rotor_boot_slot_id slot, const struct image *image)
{
	put(d, (enum rotor_flash_region_id)(ROTOR_REGION_SLOT_A + (unsigned)slot), image->bytes,
	    image->len);
}

void device_put_settings(struct device *d, const struct image *image)
{
	put(d, ROTOR_REGION_SETTINGS, image->bytes, image->len);
}

/* ---- the record ---- */

void device_slots(struct device *d, enum rotor_boot_state state, bool pending,
		  enum rotor_image_kind kind)
{
	struct rotor_boot_record record = {.active = ROTOR_BOOT_SLOT_A};
	struct rotor_boot_recorder recorder;
	record.slot[ROTOR_BOOT_SLOT_A].state = state;
	record.slot[ROTOR_BOOT_SLOT_A].tries_left = state == ROTOR_BOOT_PENDING ? 2 : 0;
	if (pending) {
		record.slot[ROTOR_BOOT_SLOT_B] =
		    (struct rotor_boot_slot){.state = ROTOR_BOOT_PENDING, .kind = kind};
	}
	memset(d->flash_bytes + d->layout.region[ROTOR_REGION_RECORD_A].offset, 0xff, SECTOR);
	memset(d->flash_bytes + d->layout.region[ROTOR_REGION_RECORD_B].offset, 0xff, SECTOR);
	rotor_boot_recorder_init(&recorder, &d->flash, &d->layout);
	must(rotor_boot_recorder_load(&recorder) == ROTOR_ERR_NOT_FOUND &&
		 rotor_boot_recorder_store(&recorder, &record) == ROTOR_OK,
	     "no record");
}

void device_record(struct device *d, struct rotor_boot_record *record)
{
	struct rotor_boot_recorder recorder;
	rotor_boot_recorder_init(&recorder, &d->flash, &d->layout);
	(void)!rotor_boot_recorder_load(&recorder);
	*record = recorder.record;
}

/* ---- life ---- */

void device_prepare_boot(struct device *d)
{
	const struct rotor_boot_stage_config config = {
	    .crypto = &toy_crypto,
	    .flash = &d->flash,
	    .layout = &d->layout,
	    .fuses = &d->fuses,
	    .ram = &d->ram,
	};
	d->locked = false;
	memset(&d->handoff, 0, sizeof(d->handoff));
	must(rotor_boot_stage_init(&d->stage, &config) == ROTOR_OK, "no boot stage");
}

void device_receive(struct device *d, enum rotor_image_kind kind, const struct image *image)
{
	struct rotor_boot_update *u = &d->update;
	const struct rotor_boot_update_config config = {
	    .crypto = &toy_crypto,
	    .flash = &d->flash,
	    .handoff = &d->handoff,
	    .tries = 2,
	    .work = d->work,
	    .work_len = sizeof(d->work),
	};
	device_prepare_boot(d);
	must(rotor_boot_stage_run(&d->stage, &d->handoff) == ROTOR_OK, "it does not boot");
	must(rotor_boot_update_init(u, &config) == ROTOR_OK &&
		 rotor_boot_update_load(u) == ROTOR_OK &&
		 rotor_boot_update_begin(u, kind, (uint32_t)image->len) == ROTOR_OK &&
		 rotor_boot_update_write(u, 0, image->bytes, image->len) == ROTOR_OK &&
		 rotor_boot_update_finish(u) == ROTOR_OK,
	     "it takes no update");
}
