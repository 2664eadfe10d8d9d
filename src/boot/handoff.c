/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot stage hands to the runtime, as bytes. */
#include <string.h>

#include "rotor/boot_handoff.h"

#define HANDOFF_MAGIC   UINT32_C(0x4f485452) /* "RTHO" */
#define HANDOFF_VERSION 2

static bool slot_sane(enum rotor_boot_slot_id slot)
{
	return slot == ROTOR_BOOT_SLOT_A || slot == ROTOR_BOOT_SLOT_B ||
	       slot == ROTOR_BOOT_SLOT_RECOVERY;
}

static bool source_sane(enum rotor_boot_anchors_source source)
{
	return source == ROTOR_BOOT_ANCHORS_NONE || source == ROTOR_BOOT_ANCHORS_FACTORY ||
	       source == ROTOR_BOOT_ANCHORS_SETTINGS;
}

static void write_version(struct rotor_writer *w, const struct rotor_image_version *v)
{
	rotor_write_u8(w, v->major);
	rotor_write_u8(w, v->minor);
	rotor_write_u16le(w, v->revision);
	rotor_write_u32le(w, v->build);
}

static void read_version(struct rotor_reader *r, struct rotor_image_version *v)
{
	v->major = rotor_read_u8(r);
	v->minor = rotor_read_u8(r);
	v->revision = rotor_read_u16le(r);
	v->build = rotor_read_u32le(r);
}

static void write_layout(struct rotor_writer *w, const struct rotor_flash_layout *layout)
{
	size_t len = 0;
	uint8_t *at = rotor_write_reserve(w, ROTOR_FLASH_LAYOUT_SIZE);
	if (at != NULL &&
	    rotor_flash_layout_encode(layout, at, ROTOR_FLASH_LAYOUT_SIZE, &len) != ROTOR_OK) {
		w->failed = true;
	}
}

enum rotor_status rotor_boot_handoff_encode(const struct rotor_boot_handoff *h, uint8_t *buf,
					    size_t cap, size_t *len)
{
	if (!slot_sane(h->slot) || !source_sane(h->anchors_source) || h->confirm_seconds == 0 ||
	    h->key_hash_count > ROTOR_BOOT_KEYS_MAX || h->key_len > ROTOR_PRIVATE_KEY_MAX ||
	    h->chain_len > ROTOR_BOOT_CHAIN_MAX || h->measurements.count > ROTOR_MEASUREMENTS_MAX) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_writer w = rotor_writer(buf, cap);
	rotor_write_u32le(&w, HANDOFF_MAGIC);
	rotor_write_u16le(&w, HANDOFF_VERSION);
	rotor_write_u8(&w, (uint8_t)h->slot);
	rotor_write_u8(&w, h->trial ? 1 : 0);
	rotor_write_u8(&w, h->tries_left);
	rotor_write_u32le(&w, h->security_floor);
	write_version(&w, &h->version);
	rotor_write_u32le(&w, h->security_version);
	rotor_write_bytes(&w, h->device_uuid, ROTOR_BOOT_UUID_SIZE);
	rotor_write_bytes(&w, h->vendor_id, ROTOR_BOOT_UUID_SIZE);
	rotor_write_bytes(&w, h->class_id, ROTOR_BOOT_UUID_SIZE);
	rotor_write_u32le(&w, h->policy);
	rotor_write_u16le(&w, h->confirm_seconds);
	rotor_write_u8(&w, (uint8_t)h->anchors_source);
	rotor_write_u32le(&w, h->anchors_offset);
	rotor_write_u32le(&w, h->anchors_len);
	write_version(&w, &h->settings_version);
	rotor_write_u8(&w, h->key_hash_count);
	rotor_write_bytes(&w, h->key_hash, (size_t)h->key_hash_count * ROTOR_BOOT_DIGEST_SIZE);
	write_layout(&w, &h->layout);
	rotor_measurement_log_write(&h->measurements, &w);
	rotor_write_u8(&w, h->key_len);
	rotor_write_bytes(&w, h->key, h->key_len);
	rotor_write_u16le(&w, h->chain_len);
	rotor_write_bytes(&w, h->chain, h->chain_len);
	return rotor_writer_end(&w, len);
}

/* The fixed part; false if a field has a value that cannot be. */
static bool read_state(struct rotor_reader *r, struct rotor_boot_handoff *out)
{
	out->slot = (enum rotor_boot_slot_id)rotor_read_u8(r);
	uint8_t trial = rotor_read_u8(r);
	out->trial = trial == 1;
	out->tries_left = rotor_read_u8(r);
	out->security_floor = rotor_read_u32le(r);
	read_version(r, &out->version);
	out->security_version = rotor_read_u32le(r);
	rotor_read_copy(r, out->device_uuid, ROTOR_BOOT_UUID_SIZE);
	rotor_read_copy(r, out->vendor_id, ROTOR_BOOT_UUID_SIZE);
	rotor_read_copy(r, out->class_id, ROTOR_BOOT_UUID_SIZE);
	out->policy = rotor_read_u32le(r);
	out->confirm_seconds = rotor_read_u16le(r);
	out->anchors_source = (enum rotor_boot_anchors_source)rotor_read_u8(r);
	out->anchors_offset = rotor_read_u32le(r);
	out->anchors_len = rotor_read_u32le(r);
	read_version(r, &out->settings_version);
	out->key_hash_count = rotor_read_u8(r);
	if (!slot_sane(out->slot) || !source_sane(out->anchors_source) || trial > 1 ||
	    out->confirm_seconds == 0 || out->key_hash_count > ROTOR_BOOT_KEYS_MAX) {
		out->key_hash_count = 0;
		return false;
	}
	rotor_read_copy(r, out->key_hash, (size_t)out->key_hash_count * ROTOR_BOOT_DIGEST_SIZE);
	return true;
}

static enum rotor_status read_layout(struct rotor_reader *r, struct rotor_flash_layout *out)
{
	struct rotor_bytes view = rotor_read_view(r, ROTOR_FLASH_LAYOUT_SIZE);
	return rotor_flash_layout_decode(view.data, view.len, out);
}

static enum rotor_status read_key_and_chain(struct rotor_reader *r, struct rotor_boot_handoff *out)
{
	out->key_len = rotor_read_u8(r);
	if (out->key_len > sizeof(out->key)) {
		return ROTOR_ERR_FORMAT;
	}
	rotor_read_copy(r, out->key, out->key_len);
	out->chain_len = rotor_read_u16le(r);
	if (out->chain_len > sizeof(out->chain)) {
		return ROTOR_ERR_SPACE;
	}
	rotor_read_copy(r, out->chain, out->chain_len);
	return rotor_reader_end(r);
}

enum rotor_status rotor_boot_handoff_decode(const uint8_t *buf, size_t len,
					    struct rotor_boot_handoff *out)
{
	memset(out, 0, sizeof(*out));
	struct rotor_reader r = rotor_reader(buf, len);
	uint32_t magic = rotor_read_u32le(&r);
	uint16_t version = rotor_read_u16le(&r);
	enum rotor_status status = rotor_reader_status(&r);
	if (status == ROTOR_OK && magic != HANDOFF_MAGIC) {
		status = ROTOR_ERR_FORMAT;
	}
	if (status == ROTOR_OK && version != HANDOFF_VERSION) {
		status = ROTOR_ERR_UNSUPPORTED;
	}
	if (status == ROTOR_OK && !read_state(&r, out)) {
		status = ROTOR_ERR_FORMAT;
	}
	if (status == ROTOR_OK) {
		status = rotor_reader_status(&r);
	}
	if (status == ROTOR_OK) {
		status = read_layout(&r, &out->layout);
	}
	if (status == ROTOR_OK) {
		status = rotor_measurement_log_read(&r, &out->measurements);
	}
	if (status == ROTOR_OK) {
		status = read_key_and_chain(&r, out);
	}
	if (status != ROTOR_OK) {
		rotor_wipe(out, sizeof(*out));
	}
	return status;
}
