/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/boot_measurement.h"
#include "support/cert_chain.h"
#include "support/whole.h"

/* Polls in a row that bring nothing about: more is a loop that waits for what does not come. */
#define SPINS_MAX 50000
/* What a delayed transfer takes. */
#define DELAY_MS 50
/* Most bytes of a line that go at once: such that they are seldom whole frames. */
#define PIECE_MAX 60
/* No run takes longer than this, in virtual time. */
#define RUN_MS (30 * 60 * 1000)

static const uint8_t addresses[WHOLE_NODES] = {0x10, 0x11, 0x1d};

/* Joins a node's endpoint to the bus, or to the line. */
static void join(struct whole *w, enum whole_node node, struct rotor_mctp *endpoint)
{
	const struct rotor_smbus_config config = {.address = addresses[node]};
	if (w->wish.line) {
		assert_int_equal(rotor_serial_init(&w->line[node], endpoint), ROTOR_OK);
		return;
	}
	assert_int_equal(rotor_smbus_init(&w->smbus[node], endpoint, &config), ROTOR_OK);
}

/* ---- making it ---- */

static size_t certify(const struct rotor_crypto *crypto, struct whole_identity *id, bool leaf,
		      struct rotor_bytes issuer, uint8_t *der, size_t cap)
{
	const struct rotor_signer signer = rotor_soft_signer(&id->root);
	struct rotor_crypto_job job = {0};
	size_t len = 0;
	const struct rotor_cert_template t = {
	    .issuer = issuer,
	    .subject_cn = leaf ? "agent" : "agent root",
	    .not_before = "20240101000000Z",
	    .not_after = "20491231235959Z",
	    .key = leaf ? &id->leaf.public_key : &id->root.public_key,
	    .issuer_key = &id->root.public_key,
	    .is_ca = !leaf,
	};
	enum rotor_status status;
	SETTLE(status, rotor_cert_write(crypto, &t, &signer, &job, der, cap, &len));
	assert_int_equal(status, ROTOR_OK);
	return len;
}

static void make_identity(struct whole_identity *id, const struct rotor_crypto *crypto,
			  uint8_t root, uint8_t leaf)
{
	struct rotor_cert parsed;
	id->root = chain_key(crypto, ROTOR_SIG_ECDSA_P384, root);
	id->leaf = chain_key(crypto, ROTOR_SIG_ECDSA_P384, leaf);
	size_t len =
	    certify(crypto, id, false, (struct rotor_bytes){NULL, 0}, id->chain, sizeof(id->chain));
	id->root_cert = (struct rotor_bytes){id->chain, len};
	assert_int_equal(crypto->cert_parse(id->chain, len, &parsed), ROTOR_OK);
	id->chain_len = len + certify(crypto, id, true, parsed.subject, id->chain + len,
				      sizeof(id->chain) - len);
	id->signer = rotor_soft_signer(&id->leaf);
}

static void make_agents(struct whole *w, const struct rotor_crypto *crypto)
{
	static const rotor_mctp_phys candidates[] = {0x11, 0x1d};
	static const rotor_mctp_phys other_end = ROTOR_SERIAL_PHYS;
	for (unsigned i = 0; i < 2; i++) {
		struct whole_agent *a = &w->agent[i];
		struct rotor_agent_bus_config config = {
		    .eid = i ? WHOLE_SECOND_EID : WHOLE_BMC_EID,
		    .address = addresses[i],
		    .owner = i == WHOLE_BMC,
		    .addresses = candidates + !w->wish.second,
		    .address_count = 1u + w->wish.second,
		    .pool_first = WHOLE_DEVICE_EID,
		    .pool_last = 30,
		};
		if (w->wish.line) {
			config.address = ROTOR_MCTP_PHYS_ROUTE;
			config.addresses = &other_end;
			config.address_count = 1;
		}
		a->whole = w;
		a->node = (enum whole_node)i;
		a->there = i == WHOLE_BMC || w->wish.second;
		/* One root for both, unless the first is to be a stranger. */
		make_identity(&a->identity, crypto, 70, (uint8_t)(71 + i));
		if (i == WHOLE_SECOND) {
			config.addresses = candidates + 1;
			config.address_count = 1;
		}
		assert_int_equal(rotor_agent_bus_init(&a->bus, &config, w->now), ROTOR_OK);
		join(w, a->node, rotor_agent_bus_endpoint(&a->bus));
	}
	w->anchors[0] = w->agent[WHOLE_SECOND].identity.root_cert;
	if (w->wish.agent_is_stranger) {
		make_identity(&w->agent[WHOLE_BMC].identity, crypto, 80, 81);
	}
}

static void on_behind_reset(void *ctx)
{
	struct whole *w = ctx;
	w->behind_resets++;
}

/* A chip with another geometry than the device's, and firmware in its first bank. */
static void put_chip_behind(struct whole *w)
{
	const struct rotor_flash_geometry geometry = {2 * DEVICE_IMAGE_MAX, 512, 8};
	const struct rotor_flash_region bank = {0, DEVICE_IMAGE_MAX};
	struct boot_image image;
	boot_make_image(&w->chip, &(struct image_wish){.kind = ROTOR_IMAGE_DOWNSTREAM}, &image);
	assert_true(sim_flash_init(&w->behind, &w->behind_power, &geometry));
	sim_flash_put(&w->behind, &bank, image.bytes, image.len);
	w->downstream = (struct rotor_device_downstream){
	    .flash = &w->behind.port, .reset = on_behind_reset, .ctx = w};
	memcpy(w->downstream.vendor_id, boot_chip_vendor, sizeof(w->downstream.vendor_id));
	memcpy(w->downstream.class_id, boot_chip_class, sizeof(w->downstream.class_id));
}

struct whole *whole_new(const struct whole_wish *wish)
{
	static const struct whole_wish usual;
	struct whole *w = calloc(1, sizeof(*w));
	assert_non_null(w);
	w->wish = wish ? *wish : usual;
	assert_false(w->wish.line && w->wish.second);
	w->now = 1000;
	w->boot_ms = 300;
	const struct rotor_crypto *stage =
	    w->wish.quick ? boot_quick_crypto() : &rotor_crypto_mbedtls;
	w->device_crypto = w->wish.device ? w->wish.device : stage;
	boot_device_init(&w->chip, stage, w->wish.sector ? w->wish.sector : 256,
			 w->wish.unit ? w->wish.unit : 16);
	boot_device_policy(&w->chip, w->wish.policy);
	w->release_key = chain_key(&rotor_crypto_openssl, ROTOR_SIG_ECDSA_P384, 90);
	w->roots[0] = (struct rotor_bytes){w->chip.root, w->chip.root_len};
	w->signers[0] = w->release_key.public_key;
	w->trust = (struct rotor_agent_trust){
	    .roots = w->roots,
	    .root_count = 1,
	    .signers = w->signers,
	    .signer_count = 1,
	    .known_good = w->known_good,
	    .now = CHAIN_NOW,
	};
	make_agents(w, w->wish.agent ? w->wish.agent : &rotor_crypto_openssl);

	const struct image_wish first = {.size = w->wish.first_size};
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_make_image(&w->chip, &first, &w->first);
	boot_put_image(&w->chip, ROTOR_BOOT_SLOT_A, &w->first);
	boot_put_record(&w->chip, &record);
	whole_know(w, &w->first, &first);
	if (w->wish.behind) {
		put_chip_behind(w);
	}
	whole_boot(w);
	return w;
}

static void turn_off(struct whole *w)
{
	if (w->on) {
		rotor_device_deinit(&w->device);
	}
	w->on = false;
	w->reset_asked = false;
	w->flight[WHOLE_DEVICE].busy = false;
}

void whole_delete(struct whole *w)
{
	for (unsigned i = 0; i < 2; i++) {
		if (w->agent[i].job.bus) {
			rotor_agent_job_drop(&w->agent[i].job);
		}
	}
	turn_off(w);
	boot_device_free(&w->chip);
	if (w->wish.behind) {
		if (w->behind_power.faults) {
			fail_msg("%s", w->behind_power.fault);
		}
		sim_flash_free(&w->behind);
	}
	free(w);
}

/* ---- the device's life ---- */

static void on_confirmed(void *ctx)
{
	struct whole *w = ctx;
	enum rotor_status status;
	SETTLE(status, rotor_boot_stage_confirmed(&w->chip.stage));
	assert_true(status == ROTOR_OK || w->chip.power.off);
	w->confirmations++;
}

static void on_reset(void *ctx)
{
	struct whole *w = ctx;
	w->reset_asked = true;
}

static void on_log(void *ctx, const char *what, const char *detail)
{
	struct whole *w = ctx;
	if (w->log_count < ROTOR_COUNT_OF(w->log)) {
		snprintf(w->log[w->log_count++], sizeof(w->log[0]), "%s%s%s", what,
			 detail ? ": " : "", detail ? detail : "");
	}
}

/* The anchors of settings, once there are any; until then those of the factory. */
static void read_settings(struct whole *w)
{
	const struct rotor_boot_handoff *h = &w->chip.handoff;
	enum rotor_status status;
	w->anchor_count = 1;
	if (h->anchors_source == ROTOR_BOOT_ANCHORS_SETTINGS) {
		SETTLE(status, rotor_boot_anchors_read(w->device_crypto, &w->chip.flash.port, h,
						       w->settings, sizeof(w->settings), w->anchors,
						       &w->anchor_count));
		assert_int_equal(status, ROTOR_OK);
	}
}

void whole_boot(struct whole *w)
{
	turn_off(w);
	sim_power_on(&w->chip.power);
	if (w->wish.behind) {
		sim_power_on(&w->behind_power);
		sim_flash_reset(&w->behind);
	}
	assert_int_equal(boot_device_boot(&w->chip), ROTOR_OK);
	read_settings(w);
	const struct rotor_device_config config = {
	    .crypto = w->device_crypto,
	    .flash = &w->chip.flash.port,
	    .handoff = &w->chip.handoff,
	    .anchors = w->anchors,
	    .anchor_count = w->anchor_count,
	    .downstream = w->wish.behind ? &w->downstream : NULL,
	    .confirmed = on_confirmed,
	    .reset = on_reset,
	    .log = on_log,
	    .ctx = w,
	};
	assert_int_equal(rotor_device_init(&w->device, &config, w->now), ROTOR_OK);
	join(w, WHOLE_DEVICE, rotor_device_endpoint(&w->device));
	w->on = true;
	w->boots++;
}

void whole_cut(struct whole *w, rotor_ms ms)
{
	turn_off(w);
	w->on_at = w->now + ms;
}

/* ---- packages ---- */

/* What the device will measure of an image, computed as whoever releases the image does. */
static size_t write_manifest(struct whole *w, const struct boot_image *image,
			     const struct image_wish *wish, bool stranger, uint8_t *out)
{
	uint8_t stage[ROTOR_BOOT_DIGEST_SIZE], config_digest[ROTOR_BOOT_DIGEST_SIZE];
	uint8_t svn[8] = {0}, store[ROTOR_BOOT_STORE_MAX];
	struct rotor_bytes items;
	struct rotor_boot_config config;
	char version[32];
	enum rotor_status status;
	SETTLE(status,
	       rotor_store_read(&w->chip.flash.port, &w->chip.layout.region[ROTOR_REGION_CONFIG],
				ROTOR_STORE_CONFIG, store, sizeof(store), &items));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(rotor_boot_config_decode(store, sizeof(store), &config), ROTOR_OK);
	assert_int_equal(rotor_boot_config_digest(&rotor_crypto_openssl, &config, config_digest),
			 ROTOR_OK);
	memset(stage, 0xb0, sizeof(stage));
	svn[0] = (uint8_t)(wish->security_version ? wish->security_version : 1);
	int version_len = snprintf(version, sizeof(version), "1.%u.0", wish->minor);
	const struct rotor_reference reference = {
	    .vendor_id = {config.vendor_id, sizeof(config.vendor_id)},
	    .class_id = {config.class_id, sizeof(config.class_id)},
	    .version = {(const uint8_t *)version, (size_t)version_len},
	    .security_version = svn[0],
	    .value_count = 5,
	    .values = {{1, 0x00, {stage, sizeof(stage)}},
		       {2, 0x01, {image->digest, sizeof(image->digest)}},
		       {3, 0x87, {svn, sizeof(svn)}},
		       {4, 0x86, {(const uint8_t *)version, (size_t)version_len}},
		       {5, 0x03, {config_digest, sizeof(config_digest)}}},
	};
	struct rotor_soft_key key =
	    stranger ? chain_key(&rotor_crypto_openssl, ROTOR_SIG_ECDSA_P384, 99) : w->release_key;
	const struct rotor_signer signer = rotor_soft_signer(&key);
	struct rotor_crypto_job job = {0};
	size_t len = 0;
	assert_int_equal(rotor_reference_write(&rotor_crypto_openssl, &job, &reference, &signer,
					       &key.public_key, out, ROTOR_REFERENCE_MAX, &len),
			 ROTOR_OK);
	return len;
}

void whole_know(struct whole *w, const struct boot_image *image, const struct image_wish *wish)
{
	size_t n = w->trust.known_good_count++;
	assert_true(n < ROTOR_COUNT_OF(w->manifests));
	size_t len = write_manifest(w, image, wish, false, w->manifests[n]);
	w->known_good[n] = (struct rotor_bytes){w->manifests[n], len};
}

static enum rotor_status read_package(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const struct whole_package *p = ctx;
	assert_true(offset + len <= p->len);
	memcpy(buf, p->bytes + offset, len);
	return ROTOR_OK;
}

/* A block map of an image, in blocks of a sector. */
static size_t make_map(const struct whole *w, const struct boot_image *image, enum whole_map wish,
		       uint8_t *bytes, size_t cap)
{
	uint32_t sector = w->chip.layout.geometry.sector;
	struct rotor_block_map map = {
	    .classification = ROTOR_PLDM_CLASS_FIRMWARE,
	    .identifier = wish == WHOLE_MAP_OTHER_COMPONENT ? ROTOR_DEVICE_COMPONENT_RECOVERY
							    : ROTOR_DEVICE_COMPONENT_FIRMWARE,
	    .image_size = (uint32_t)image->len - (wish == WHOLE_MAP_OTHER_SIZE ? sector : 0),
	    .hash = ROTOR_HASH_SHA384,
	    .hash_size = 16,
	};
	struct rotor_writer to = rotor_writer(bytes, cap);
	while (1u << map.block_shift < sector || map.block_shift < ROTOR_BLOCK_MAP_SHIFT_MIN)
		map.block_shift++;
	assert_int_equal(rotor_block_map_write_begin(&to, &map), ROTOR_OK);
	for (uint32_t n = 0; n < rotor_block_map_count(&map); n++) {
		uint8_t digest[ROTOR_HASH_MAX];
		size_t at = (size_t)n << map.block_shift;
		/* Not of the last ones: images end differently, as signatures differ in length. */
		bool lie = wish == WHOLE_MAP_LIES && n > 0 && n + 3 < rotor_block_map_count(&map);
		const struct rotor_bytes block = {(lie ? w->first.bytes : image->bytes) + at,
						  rotor_block_map_block_size(&map, n)};
		assert_int_equal(
		    rotor_hash_parts(&rotor_crypto_openssl, map.hash, &block, 1, digest), ROTOR_OK);
		rotor_block_map_write_hash(&to, &map, digest);
	}
	size_t len;
	assert_int_equal(rotor_writer_end(&to, &len), ROTOR_OK);
	if (wish == WHOLE_MAP_GARBAGE) {
		memset(bytes, 0xa5, ROTOR_BLOCK_MAP_HEADER_SIZE);
	}
	return wish == WHOLE_MAP_CUT ? len / 2 : len;
}

/* The version of an image, as text in `room`. */
static struct rotor_pldm_string version_text(const struct image_wish *wish, char *room, size_t cap)
{
	const int len = snprintf(room, cap, "1.%u.0", wish->minor);
	return (struct rotor_pldm_string){ROTOR_PLDM_STRING_ASCII,
					  {(const uint8_t *)room, (size_t)len}};
}

static struct rotor_package_component component_of(const struct whole_part *part,
						   const struct whole_package_wish *wish,
						   struct rotor_pldm_string version)
{
	static const uint16_t identifiers[] = {
	    [ROTOR_IMAGE_FIRMWARE] = ROTOR_DEVICE_COMPONENT_FIRMWARE,
	    [ROTOR_IMAGE_RECOVERY] = ROTOR_DEVICE_COMPONENT_RECOVERY,
	    [ROTOR_IMAGE_SETTINGS] = ROTOR_DEVICE_COMPONENT_SETTINGS,
	    [ROTOR_IMAGE_DOWNSTREAM] = 0,
	};
	return (struct rotor_package_component){
	    .classification =
		part->wish->kind == ROTOR_IMAGE_SETTINGS
		    ? ROTOR_PLDM_CLASS_CONFIGURATION
		    : ROTOR_PLDM_CLASS_FIRMWARE, /* of a downstream device it says nothing */
	    .identifier = wish->other_component ? 7 : identifiers[part->wish->kind],
	    .comparison_stamp = (uint32_t)1 << 24 | (uint32_t)part->wish->minor << 16,
	    .options = wish->stamp ? ROTOR_PACKAGE_COMPONENT_STAMP : 0,
	    .activation = ROTOR_PLDM_ACTIVATION_SELF_CONTAINED,
	    .size = (uint32_t)part->image->len + (wish->longer ? DEVICE_IMAGE_MAX : 0),
	    .version = version,
	};
}

void whole_pack_parts(struct whole *w, const struct whole_part *parts, size_t count,
		      const struct whole_package_wish *wish)
{
	static const struct whole_package_wish usual;
	struct whole_package *p = &w->package;
	struct rotor_package_component components[WHOLE_PARTS_MAX];
	char version[WHOLE_PARTS_MAX][32];
	uint8_t descriptors[64], class_id[ROTOR_BOOT_UUID_SIZE];
	struct rotor_writer writer = rotor_writer(descriptors, sizeof(descriptors));
	uint8_t chip_descriptors[64], applicable[2] = {0};
	struct rotor_writer chip_writer = rotor_writer(chip_descriptors, sizeof(chip_descriptors));
	const struct boot_image *image = parts[0].image;
	wish = wish ? wish : &usual;
	assert_true(count <= WHOLE_PARTS_MAX);
	memset(p, 0, sizeof(*p));
	memcpy(class_id, "class-id-of-us.", sizeof(class_id));
	class_id[0] ^= wish->other_device;
	const struct rotor_pldm_descriptor descriptor = {ROTOR_PLDM_DESCRIPTOR_UUID,
							 {class_id, sizeof(class_id)}};
	rotor_pldm_descriptor_write(&writer, &descriptor);
	const struct rotor_pldm_descriptor chip_descriptor = {
	    ROTOR_PLDM_DESCRIPTOR_UUID, {boot_chip_class, ROTOR_IMAGE_ID_SIZE}};
	rotor_pldm_descriptor_write(&chip_writer, &chip_descriptor);
	if (!wish->no_manifest) {
		p->manifest_len =
		    write_manifest(w, wish->manifest_wrong ? &w->first : image, parts[0].wish,
				   wish->manifest_stranger, p->manifest);
	}
	uint32_t checksum = 0;
	for (size_t i = 0; i < count; i++) {
		const struct boot_image *part = parts[i].image;
		components[i] = component_of(
		    &parts[i], wish, version_text(parts[i].wish, version[i], sizeof(version[i])));
		checksum = rotor_crc32(checksum, part->bytes, part->len);
		applicable[parts[i].wish->kind == ROTOR_IMAGE_DOWNSTREAM] |= (uint8_t)(1u << i);
	}
	size_t map_len = wish->map ? make_map(w, image, wish->map_wish, p->map, sizeof(p->map)) : 0;
	const bool map_of_chip = parts[0].wish->kind == ROTOR_IMAGE_DOWNSTREAM;
	const struct rotor_package_record record = {
	    .descriptor_count = 1,
	    .version = components[0].version,
	    .applicable = {&applicable[0], 1},
	    .descriptors = {descriptors, writer.len},
	    .manifest = {p->manifest, p->manifest_len},
	    .package_data = {p->map, map_of_chip ? 0 : map_len},
	};
	const struct rotor_package_record downstream = {
	    .downstream = true,
	    .descriptor_count = 1,
	    .applicable = {&applicable[1], 1},
	    .descriptors = {chip_descriptors, chip_writer.len},
	    .package_data = {p->map, map_of_chip ? map_len : 0},
	};
	const struct rotor_package_spec spec = {
	    .revision = 4,
	    .version = components[0].version,
	    .bitmap_bits = 8,
	    .devices = &record,
	    .device_count = 1,
	    .downstreams = &downstream,
	    .downstream_count = applicable[1] != 0,
	    .components = components,
	    .component_count = count,
	    .payload_checksum = checksum,
	};
	assert_int_equal(rotor_package_write_header(&spec, p->bytes, sizeof(p->header), &p->len),
			 ROTOR_OK);
	for (size_t i = 0; i < count; i++) {
		assert_true(p->len + components[i].size <= sizeof(p->bytes));
		memcpy(p->bytes + p->len, parts[i].image->bytes, parts[i].image->len);
		p->len += components[i].size;
	}
	const struct rotor_package_source source = {.read = read_package, .ctx = p, .size = p->len};
	struct rotor_package_fault fault = {0};
	assert_int_equal(
	    rotor_package_open(&p->package, &source, p->header, sizeof(p->header), &fault),
	    ROTOR_OK);
}

void whole_pack(struct whole *w, const struct boot_image *image,
		const struct image_wish *image_wish, const struct whole_package_wish *wish)
{
	whole_pack_parts(w, &(struct whole_part){image, image_wish}, 1, wish);
}

void whole_make_package(struct whole *w, const struct image_wish *image_wish,
			const struct whole_package_wish *wish)
{
	struct boot_image image;
	boot_make_image(&w->chip, image_wish, &image);
	whole_pack(w, &image, image_wish, wish);
}

/* ---- the bus ---- */

static bool fires(const struct whole *w)
{
	return w->every && w->transfers % w->every == 0;
}

enum whole_fate whole_lose(struct whole *w, enum whole_node from)
{
	(void)from;
	return fires(w) ? WHOLE_LOSE : WHOLE_PASS;
}

enum whole_fate whole_nack(struct whole *w, enum whole_node from)
{
	(void)from;
	return fires(w) ? WHOLE_NACK : WHOLE_PASS;
}

enum whole_fate whole_corrupt(struct whole *w, enum whole_node from)
{
	(void)from;
	return fires(w) ? WHOLE_CORRUPT : WHOLE_PASS;
}

enum whole_fate whole_delay(struct whole *w, enum whole_node from)
{
	(void)from;
	return fires(w) ? WHOLE_DELAY : WHOLE_PASS;
}

enum whole_fate whole_repeat(struct whole *w, enum whole_node from)
{
	(void)from;
	return fires(w) ? WHOLE_REPEAT : WHOLE_PASS;
}

enum whole_fate whole_shorten(struct whole *w, enum whole_node from)
{
	(void)from;
	return fires(w) ? WHOLE_SHORTEN : WHOLE_PASS;
}

static bool node_is_there(const struct whole *w, unsigned node)
{
	return node == WHOLE_DEVICE ? w->on : w->agent[node].there;
}

/* Fetches what a node wants to send next. @return whether there is anything */
static bool fetch(struct whole *w, unsigned from)
{
	struct rotor_smbus_transfer t;
	if (w->wish.line) {
		w->flight[from].len =
		    rotor_serial_send(&w->line[from], w->flight[from].frame, PIECE_MAX, w->now);
		return w->flight[from].len != 0;
	}
	if (!rotor_smbus_next_transfer(&w->smbus[from], &t, w->now)) {
		return false;
	}
	assert_true(t.len <= sizeof(w->flight[from].frame));
	memcpy(w->flight[from].frame, t.frame, t.len);
	w->flight[from].len = t.len;
	w->flight[from].address = t.address;
	return true;
}

/* Hands what is in flight to whoever it is for. @return acknowledged */
static bool deliver(struct whole *w, unsigned from)
{
	uint8_t *frame = w->flight[from].frame;
	size_t len = w->flight[from].len;
	for (unsigned node = 0; node < WHOLE_NODES; node++) {
		bool its = w->wish.line ? node != from : addresses[node] == w->flight[from].address;
		if (!its || !node_is_there(w, node)) {
			continue;
		}
		w->to[node]++;
		if (w->flight[from].lost) {
			return true;
		}
		if (w->wish.line) {
			rotor_serial_receive(&w->line[node], frame, len, w->now);
			return true;
		}
		return rotor_smbus_receive(&w->smbus[node], frame, len, w->now) == ROTOR_OK;
	}
	return false;
}

/* The end of a transfer. A line tells nobody. */
static void done(struct whole *w, unsigned from, bool acked)
{
	w->flight[from].busy = false;
	if (!w->wish.line) {
		rotor_smbus_transfer_done(&w->smbus[from], acked, w->now);
	}
}

static void land(struct whole *w, unsigned from)
{
	done(w, from, deliver(w, from));
}

static void meet_fate(struct whole *w, unsigned from, enum whole_fate fate)
{
	uint8_t *frame = w->flight[from].frame;
	size_t at = w->transfers % w->flight[from].len;
	w->flight[from].lost = fate == WHOLE_LOSE;
	switch (fate) {
	case WHOLE_NACK:
		done(w, from, false);
		return;
	case WHOLE_DELAY:
		w->flight[from].due = w->now + DELAY_MS;
		return;
	case WHOLE_CORRUPT:
		frame[at] ^= (uint8_t)(1u << w->transfers % 8);
		break;
	case WHOLE_SHORTEN:
		memmove(frame + at, frame + at + 1, --w->flight[from].len - at);
		break;
	case WHOLE_REPEAT:
		(void)deliver(w, from);
		break;
	default:
		break;
	}
	land(w, from);
}

/* Takes up a node's next transfer. @return whether there was one */
static bool take_off(struct whole *w, unsigned from)
{
	if (!node_is_there(w, from) || w->flight[from].busy || !fetch(w, from)) {
		return false;
	}
	w->now++;
	w->transfers++;
	w->from[from]++;
	if (w->transfers == w->cut_at) {
		whole_cut(w, 500);
		if (from == WHOLE_DEVICE) {
			return true;
		}
	}
	w->flight[from].busy = true;
	meet_fate(w, from, w->fate ? w->fate(w, (enum whole_node)from) : WHOLE_PASS);
	return true;
}

/* ---- time ---- */

static rotor_ms earlier(rotor_ms a, rotor_ms b)
{
	return a < b ? a : b;
}

static rotor_ms next_deadline(const struct whole *w)
{
	rotor_ms due = w->on ? rotor_device_deadline(&w->device) : w->on_at;
	for (unsigned i = 0; i < WHOLE_NODES; i++) {
		if (node_is_there(w, i)) {
			due = earlier(due, w->wish.line ? ROTOR_NEVER
							: rotor_smbus_deadline(&w->smbus[i]));
		}
		if (i != WHOLE_DEVICE && w->agent[i].there) {
			due = earlier(due, rotor_agent_bus_deadline(&w->agent[i].bus));
		}
		if (w->flight[i].busy) {
			due = earlier(due, w->flight[i].due);
		}
	}
	return due;
}

/* Everybody gets a turn. @return whether the bus was used */
static bool turn(struct whole *w)
{
	bool moved = false;
	if (w->on && (w->reset_asked || w->chip.power.off)) {
		whole_cut(w, w->boot_ms);
	}
	if (!w->on && w->now >= w->on_at) {
		whole_boot(w);
	}
	for (unsigned i = 0; i < WHOLE_NODES; i++) {
		if (w->flight[i].busy && w->now >= w->flight[i].due) {
			land(w, i);
			moved = true;
		}
	}
	for (unsigned i = 0; i < WHOLE_NODES; i++) {
		if (!node_is_there(w, i)) {
			continue;
		}
		if (i == WHOLE_DEVICE) {
			rotor_device_poll(&w->device, w->now);
		} else {
			rotor_agent_bus_poll(&w->agent[i].bus, w->now);
		}
		moved |= take_off(w, i);
	}
	return moved;
}

static void run(struct whole *w, const struct whole_agent *a, rotor_ms until)
{
	w->stop = false;
	w->spins = 0;
	while (!w->stop && w->now < until &&
	       (!a || rotor_agent_job_status(&a->job) == ROTOR_PENDING)) {
		if (turn(w)) {
			w->spins = 0;
			continue;
		}
		rotor_ms due = next_deadline(w);
		if (w->reset_asked || w->stop ||
		    (a && rotor_agent_job_status(&a->job) != ROTOR_PENDING)) {
			continue;
		}
		if (a && due == ROTOR_NEVER) {
			fail_msg("everybody waits for ever in step %u", a->job.at);
		}
		if (due <= w->now) {
			w->now++;
			if (++w->spins == SPINS_MAX) {
				fail_msg("somebody is busy with nothing, step %u",
					 a ? a->job.at : 0);
			}
		} else {
			w->now = earlier(due, until);
		}
	}
}

/* ---- jobs ---- */

/* A request for data, which may be the last one for now. */
static void count_data(struct whole_agent *a, struct rotor_bytes message)
{
	struct rotor_pldm_message opened;
	struct rotor_pldm_data_request req;
	assert_int_equal(rotor_pldm_open(message.data, message.len, &opened), ROTOR_OK);
	if (rotor_pldm_data_request_decode(opened.payload, &req) == ROTOR_OK) {
		a->bytes_asked += req.length;
		a->data_out_of_order += req.offset != a->data_next;
		a->data_next = req.offset + req.length;
	}
	if (++a->requests_for_data == a->stop_at_data) {
		a->whole->stop = true;
		a->stop_at_data = 0;
	}
}

static void on_event(void *ctx, const struct rotor_agent_event *event)
{
	struct whole_agent *a = ctx;
	switch (event->kind) {
	case ROTOR_AGENT_EVENT_STEP:
		a->told[event->step]++;
		break;
	case ROTOR_AGENT_EVENT_STEP_DONE:
		a->done[event->step]++;
		break;
	case ROTOR_AGENT_EVENT_PLDM:
		a->pldm_messages++;
		if (event->pldm->kind == ROTOR_PLDM_UA_EVENT_ASKED &&
		    event->pldm->command == ROTOR_PLDM_REQUEST_FIRMWARE_DATA) {
			count_data(a, event->pldm->message);
		}
		break;
	default:
		break;
	}
}

struct rotor_agent_job_config whole_job(struct whole_agent *a, enum rotor_agent_kind kind)
{
	struct whole *w = a->whole;
	struct rotor_agent_job_config config = {
	    .kind = kind,
	    .crypto = w->wish.agent ? w->wish.agent : &rotor_crypto_openssl,
	    .trust = &w->trust,
	    .target = kind == ROTOR_AGENT_DISCOVER ? 0 : WHOLE_DEVICE_EID,
	    .versions = {ROTOR_SPDM_V12, ROTOR_SPDM_V13},
	    .version_count = 2,
	    .package = kind == ROTOR_AGENT_UPDATE ? &w->package.package : NULL,
	    .event = on_event,
	    .ctx = a,
	};
	if (w->wish.version) {
		config.versions[0] = w->wish.version;
		config.version_count = 1;
	}
	if (!w->wish.agent_has_no_identity) {
		config.own = (struct rotor_spdm_slot){
		    .chain = {a->identity.chain, a->identity.chain_len},
		    .signer = &a->identity.signer,
		};
	}
	return config;
}

void whole_start_with(struct whole_agent *a, const struct rotor_agent_job_config *config)
{
	if (a->job.bus) {
		rotor_agent_job_drop(&a->job);
	}
	memset(a->told, 0, sizeof(a->told));
	memset(a->done, 0, sizeof(a->done));
	a->requests_for_data = 0;
	a->bytes_asked = 0;
	a->data_out_of_order = 0;
	a->data_next = 0;
	a->pldm_messages = 0;
	assert_int_equal(rotor_agent_job_start(&a->job, &a->bus, config), ROTOR_OK);
}

void whole_start(struct whole_agent *a, enum rotor_agent_kind kind)
{
	struct rotor_agent_job_config config = whole_job(a, kind);
	whole_start_with(a, &config);
}

enum rotor_status whole_run(struct whole_agent *a)
{
	struct whole *w = a->whole;
	run(w, a, w->now + RUN_MS);
	return rotor_agent_job_status(&a->job);
}

enum rotor_status whole_do(struct whole_agent *a, enum rotor_agent_kind kind)
{
	whole_start(a, kind);
	return whole_run(a);
}

void whole_run_for(struct whole *w, rotor_ms ms)
{
	run(w, NULL, w->now + ms);
}

const char *whole_why(struct whole_agent *a)
{
	return rotor_agent_failure_text(&a->job.failure, a->text, sizeof(a->text));
}

bool whole_said(const struct whole *w, const char *text)
{
	for (unsigned i = 0; i < w->log_count; i++) {
		if (strcmp(w->log[i], text) == 0) {
			return true;
		}
	}
	return false;
}
