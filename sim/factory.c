/* SPDX-License-Identifier: Apache-2.0 */
/* What a factory does to a chip, and the images that it will meet. */
#include <stdlib.h>
#include <string.h>

#include "sim/memo.h"
#include "sim/world.h"

static const uint8_t vendor_id[ROTOR_BOOT_UUID_SIZE] = "a vendor's name";
static const uint8_t class_id[ROTOR_BOOT_UUID_SIZE] = "a product class";

/* Keys and certificates of the factory; made once for each world. */
struct factory {
	struct rotor_soft_key image, root;
	uint8_t root_cert[1024];
	size_t root_len;
};

static bool make_key(const struct rotor_crypto *crypto, uint8_t fill, struct rotor_soft_key *key)
{
	uint8_t seed[56];
	memset(seed, fill, sizeof(seed));
	return crypto->key_derive(key, ROTOR_DICE_SIG_ALG, seed, sizeof(seed)) == ROTOR_OK;
}

static bool certify(const struct rotor_crypto *crypto, struct factory *f, const char *name,
		    struct rotor_bytes issuer, const struct rotor_public_key *key, uint8_t *der,
		    size_t cap, size_t *len)
{
	const struct rotor_signer signer = rotor_soft_signer(&f->root);
	struct rotor_crypto_job job = {0};
	const struct rotor_cert_template t = {
	    .issuer = issuer,
	    .subject_cn = name,
	    .not_before = ROTOR_DICE_NOT_BEFORE,
	    .not_after = ROTOR_DICE_NOT_AFTER,
	    .key = key,
	    .issuer_key = &f->root.public_key,
	    .is_ca = true,
	    .path_len = 3,
	};
	return rotor_cert_write(crypto, &t, &signer, &job, der, cap, len) == ROTOR_OK;
}

static bool put_certificates(struct sim_world *w, struct factory *f)
{
	uint8_t identity[1024], store[ROTOR_BOOT_STORE_MAX];
	size_t identity_len = 0, len = 0;
	struct rotor_soft_key key;
	struct rotor_cert root;
	if (rotor_dice_identity_key(w->crypto, w->fuses.secret, &key) != ROTOR_OK ||
	    !certify(w->crypto, f, "factory", (struct rotor_bytes){NULL, 0}, &f->root.public_key,
		     f->root_cert, sizeof(f->root_cert), &f->root_len) ||
	    w->crypto->cert_parse(f->root_cert, f->root_len, &root) != ROTOR_OK ||
	    !certify(w->crypto, f, "device", root.subject, &key.public_key, identity,
		     sizeof(identity), &identity_len)) {
		return false;
	}
	const struct rotor_bytes certs[] = {{f->root_cert, f->root_len}, {identity, identity_len}};
	bool good = rotor_boot_certificates_encode(certs, ROTOR_COUNT_OF(certs), store,
						   sizeof(store), &len) == ROTOR_OK;
	if (good) {
		sim_flash_put(&w->flash, &w->layout.region[ROTOR_REGION_CERTIFICATES], store, len);
	}
	return good;
}

static bool put_config(struct sim_world *w)
{
	uint8_t store[ROTOR_BOOT_STORE_MAX];
	size_t len = 0;
	struct rotor_boot_config config = {
	    .vendor_name = {(const uint8_t *)"Vendor", 6},
	    .model_name = {(const uint8_t *)"Model", 5},
	    .policy = ROTOR_BOOT_POLICY_CLEAR_UPDATE,
	};
	memset(config.device_uuid, 0xd0, sizeof(config.device_uuid));
	memcpy(config.vendor_id, vendor_id, sizeof(vendor_id));
	memcpy(config.class_id, class_id, sizeof(class_id));
	bool good = rotor_boot_config_encode(&config, store, sizeof(store), &len) == ROTOR_OK;
	if (good) {
		sim_flash_put(&w->flash, &w->layout.region[ROTOR_REGION_CONFIG], store, len);
	}
	return good;
}

/* ---- images ---- */

static const uint8_t minor_of[SIM_IMAGES] = {
    [SIM_OLD] = 1, [SIM_NEW] = 2, [SIM_NEXT] = 3, [SIM_PREVIOUS] = 0, [SIM_LAST] = 4};

static bool make_image(struct sim_world *w, struct factory *f, unsigned id, uint32_t body_size)
{
	struct sim_image *image = &w->image[id];
	const struct rotor_signer signer = rotor_soft_signer(&f->image);
	struct rotor_image_spec spec = {
	    .version = {1, minor_of[id], 0, 0},
	    .header_size = 64,
	    .has_security_counter = true,
	    .has_vendor_id = true,
	    .has_class_id = true,
	    .security_counter = image->security_version,
	};
	memcpy(spec.vendor_id, vendor_id, sizeof(vendor_id));
	memcpy(spec.class_id, class_id, sizeof(class_id));
	/* No two images of the same length, and none that ends with a unit. */
	body_size += 7 * id;
	size_t cap = body_size + 1024, len = 0;
	uint8_t *body = malloc(body_size);
	image->bytes = malloc(cap);
	bool good = body != NULL && image->bytes != NULL;
	for (uint32_t i = 0; good && i < body_size; i++) {
		body[i] = (uint8_t)(i * 7 + id * 31 + (i >> 8));
	}
	good = good && rotor_image_write(&spec, w->crypto, body, body_size, &signer,
					 &f->image.public_key, image->bytes, cap, &len) == ROTOR_OK;
	free(body);
	image->len = (uint32_t)len;
	struct rotor_image_memory memory;
	const struct rotor_image_source source =
	    rotor_image_memory(&memory, image->bytes, image->len);
	struct rotor_image_verifier v;
	uint8_t work[1024];
	good = good &&
	       rotor_image_inspector_init(&v, w->crypto, &source, work, sizeof(work)) == ROTOR_OK &&
	       rotor_image_verifier_run(&v) == ROTOR_OK;
	if (good) {
		memcpy(image->digest, v.info.hash, sizeof(image->digest));
	}
	return good;
}

void sim_world_put_image(struct sim_world *w, enum rotor_boot_slot_id slot, enum sim_image_id image)
{
	sim_flash_put(&w->flash, rotor_flash_slot_region(&w->layout, slot), w->image[image].bytes,
		      w->image[image].len);
}

void sim_world_describe(const struct sim_world *w, enum sim_image_id image,
			struct rotor_boot_slot *slot)
{
	const struct rotor_image_version version = {1, minor_of[image], 0, 0};
	slot->image_size = w->image[image].len;
	slot->security_version = w->image[image].security_version;
	memcpy(slot->digest, w->image[image].digest, sizeof(slot->digest));
	(void)rotor_image_version_string(&version, slot->version);
}

static bool put_copy(struct sim_world *w, const struct rotor_boot_record *record, bool b)
{
	uint8_t bytes[4 * ROTOR_BOOT_PAGE_MAX];
	uint32_t unit = w->layout.geometry.unit, room = rotor_boot_record_room(unit);
	uint32_t seal = (ROTOR_BOOT_SEAL_SIZE + unit - 1) / unit * unit;
	size_t len = 0;
	memset(bytes, 0xff, sizeof(bytes));
	if (room > sizeof(bytes) ||
	    rotor_boot_record_encode(record, bytes, sizeof(bytes), &len) != ROTOR_OK) {
		return false;
	}
	memset(bytes + room - 2 * seal, 0, ROTOR_BOOT_SEAL_SIZE);
	memset(bytes + room - seal, 0, ROTOR_BOOT_SEAL_SIZE);
	sim_flash_put(&w->flash,
		      &w->layout.region[b ? ROTOR_REGION_RECORD_B : ROTOR_REGION_RECORD_A], bytes,
		      room);
	return true;
}

/* Byte by byte, and not by the code under test. */
bool sim_world_put_record(struct sim_world *w, const struct rotor_boot_record *record,
			  bool newest_in_b)
{
	struct rotor_boot_record older = *record, newest = *record;
	older.sequence = 7;
	newest.sequence = 8;
	return put_copy(w, &older, !newest_in_b) && put_copy(w, &newest, newest_in_b);
}

/* ---- the whole ---- */

static bool provision(struct sim_world *w, struct factory *f, uint32_t body_size)
{
	struct rotor_image_key_hash hash;
	memset(w->fuses.secret, 0x5e, sizeof(w->fuses.secret));
	w->fuses.floor = 1;
	bool good = make_key(w->crypto, 0x11, &f->image) && make_key(w->crypto, 0x33, &f->root) &&
		    rotor_image_key_hash(w->crypto, &f->image.public_key, &hash) == ROTOR_OK;
	if (good) {
		memcpy(w->fuses.key_hash[0], hash.hash, ROTOR_BOOT_DIGEST_SIZE);
		w->fuses.key_count = 1;
	}
	good = good && put_certificates(w, f) && put_config(w);
	for (unsigned i = 0; good && i < SIM_IMAGES; i++) {
		good = make_image(w, f, i, body_size);
	}
	return good;
}

bool sim_world_init(struct sim_world *w, const struct sim_geometry *geometry,
		    const uint32_t security_version[SIM_IMAGES])
{
	struct factory factory;
	memset(w, 0, sizeof(*w));
	w->crypto = sim_memo_crypto();
	w->now = 1000;
	for (unsigned i = 0; i < SIM_IMAGES; i++) {
		w->image[i].security_version = security_version[i];
	}
	w->image[SIM_LAST].security_version = security_version[SIM_NEXT];
	if (rotor_flash_layout_make(geometry->sector, geometry->unit, geometry->slot, 0,
				    &w->layout) != ROTOR_OK ||
	    !sim_flash_init(&w->flash, &w->power, &w->layout.geometry)) {
		return false;
	}
	sim_fuses_init(&w->fuses, &w->power);
	sim_ram_init(&w->ram);
	if (!provision(w, &factory, geometry->body)) {
		sim_world_free(w);
		return false;
	}
	return true;
}

void sim_world_free(struct sim_world *w)
{
	sim_world_stop(w);
	sim_flash_free(&w->flash);
	sim_ram_free(&w->ram);
	for (unsigned i = 0; i < SIM_IMAGES; i++) {
		free(w->image[i].bytes);
	}
}
