/* SPDX-License-Identifier: Apache-2.0 */
/* The boot record as bytes. */
#include <string.h>

#include "rotor/boot_record.h"

#define RECORD_MAGIC   UINT32_C(0x43525452) /* "RTRC" */
#define RECORD_VERSION 2
/* Bits of a slot's flags; the others are reserved. */
#define FLAG_FLOOR_HELD 0x01u
#define KIND_SHIFT      4
#define FLAGS_KNOWN     (FLAG_FLOOR_HELD | 3u << KIND_SHIFT)

static const char *const state_names[ROTOR_BOOT_STATE_COUNT] = {
    [ROTOR_BOOT_EMPTY] = "empty",         [ROTOR_BOOT_RECEIVING] = "receiving",
    [ROTOR_BOOT_PENDING] = "pending",     [ROTOR_BOOT_TRIAL] = "trial",
    [ROTOR_BOOT_CONFIRMED] = "confirmed", [ROTOR_BOOT_BAD] = "bad",
};

static const char *const reason_names[ROTOR_BOOT_REASON_COUNT] = {
    [ROTOR_BOOT_REASON_NONE] = "no reason",
    [ROTOR_BOOT_REASON_FORMAT] = "not a usable image",
    [ROTOR_BOOT_REASON_DIGEST] = "hash or signature wrong",
    [ROTOR_BOOT_REASON_UNTRUSTED] = "signing key not trusted",
    [ROTOR_BOOT_REASON_PRODUCT] = "image of another product",
    [ROTOR_BOOT_REASON_FLOOR] = "security version that the floor does not allow",
    [ROTOR_BOOT_REASON_NOT_CONFIRMED] = "did not confirm itself",
    [ROTOR_BOOT_REASON_OLD_SETTINGS] = "not newer than the settings in force",
    [ROTOR_BOOT_REASON_KEY_IN_USE] = "would revoke an image key that is in use",
};

const char *rotor_boot_state_name(enum rotor_boot_state state)
{
	return (unsigned)state < ROTOR_BOOT_STATE_COUNT ? state_names[state] : "unknown";
}

const char *rotor_boot_reason_name(enum rotor_boot_reason reason)
{
	return (unsigned)reason < ROTOR_BOOT_REASON_COUNT ? reason_names[reason] : "unknown";
}

enum rotor_boot_reason rotor_boot_reason_of(enum rotor_image_refusal refusal)
{
	switch (refusal) {
	case ROTOR_IMAGE_READ_FAILED:
	case ROTOR_IMAGE_CRYPTO_FAILED:
	case ROTOR_IMAGE_FAULT:
		return ROTOR_BOOT_REASON_NONE;
	case ROTOR_IMAGE_HASH_MISMATCH:
	case ROTOR_IMAGE_SIGNATURE_WRONG:
		return ROTOR_BOOT_REASON_DIGEST;
	case ROTOR_IMAGE_SIGNATURE_MISSING:
	case ROTOR_IMAGE_KEY_MISSING:
	case ROTOR_IMAGE_KEY_UNKNOWN:
		return ROTOR_BOOT_REASON_UNTRUSTED;
	case ROTOR_IMAGE_VENDOR_MISSING:
	case ROTOR_IMAGE_VENDOR_MISMATCH:
	case ROTOR_IMAGE_CLASS_MISSING:
	case ROTOR_IMAGE_CLASS_MISMATCH:
	case ROTOR_IMAGE_KIND_MISMATCH:
		return ROTOR_BOOT_REASON_PRODUCT;
	case ROTOR_IMAGE_SECURITY_VERSION_LOW:
	case ROTOR_IMAGE_SECURITY_VERSION_HIGH:
		return ROTOR_BOOT_REASON_FLOOR;
	default:
		return ROTOR_BOOT_REASON_FORMAT;
	}
}

static bool active_sane(enum rotor_boot_slot_id active)
{
	return active == ROTOR_BOOT_SLOT_A || active == ROTOR_BOOT_SLOT_B ||
	       active == ROTOR_BOOT_SLOT_NONE;
}

/* Only firmware is ever tried or confirmed. */
static bool kind_sane(const struct rotor_boot_slot *s)
{
	bool passing = s->state == ROTOR_BOOT_RECEIVING || s->state == ROTOR_BOOT_PENDING ||
		       s->state == ROTOR_BOOT_BAD;
	return s->kind == ROTOR_IMAGE_FIRMWARE ||
	       (passing && (s->kind == ROTOR_IMAGE_RECOVERY || s->kind == ROTOR_IMAGE_SETTINGS));
}

/* A reason belongs to a bad slot, tries to one that may still be tried, a held floor to one that may run. */
static bool slot_sane(const struct rotor_boot_slot *s)
{
	bool firmware = s->kind == ROTOR_IMAGE_FIRMWARE;
	bool has_tries =
	    (s->state == ROTOR_BOOT_PENDING && firmware) || s->state == ROTOR_BOOT_TRIAL;
	bool may_run = has_tries || s->state == ROTOR_BOOT_CONFIRMED;
	return (unsigned)s->state < ROTOR_BOOT_STATE_COUNT &&
	       (unsigned)s->reason < ROTOR_BOOT_REASON_COUNT &&
	       (s->state == ROTOR_BOOT_BAD) == (s->reason != ROTOR_BOOT_REASON_NONE) &&
	       kind_sane(s) && (has_tries || s->tries_left == 0) && (may_run || !s->floor_held) &&
	       s->version[sizeof(s->version) - 1] == 0;
}

static void write_slot(struct rotor_writer *w, const struct rotor_boot_slot *s)
{
	size_t text = strlen(s->version);
	rotor_write_u8(w, (uint8_t)s->state);
	rotor_write_u8(w, (uint8_t)s->reason);
	rotor_write_u8(w, s->tries_left);
	rotor_write_u8(
	    w, (uint8_t)((s->floor_held ? FLAG_FLOOR_HELD : 0) | (unsigned)s->kind << KIND_SHIFT));
	rotor_write_u32le(w, s->image_size);
	rotor_write_u32le(w, s->security_version);
	rotor_write_bytes(w, s->digest, sizeof(s->digest));
	rotor_write_bytes(w, s->version, text);
	rotor_write_zeros(w, sizeof(s->version) - text);
}

static bool read_slot(struct rotor_reader *r, struct rotor_boot_slot *s)
{
	*s = (struct rotor_boot_slot){0};
	s->state = (enum rotor_boot_state)rotor_read_u8(r);
	s->reason = (enum rotor_boot_reason)rotor_read_u8(r);
	s->tries_left = rotor_read_u8(r);
	uint8_t flags = rotor_read_u8(r);
	s->floor_held = (flags & FLAG_FLOOR_HELD) != 0;
	s->kind = (enum rotor_image_kind)(flags >> KIND_SHIFT & 3u);
	s->image_size = rotor_read_u32le(r);
	s->security_version = rotor_read_u32le(r);
	rotor_read_copy(r, s->digest, sizeof(s->digest));
	rotor_read_copy(r, s->version, sizeof(s->version));
	if ((flags & ~FLAGS_KNOWN) != 0 || !slot_sane(s)) {
		return false;
	}
	for (size_t i = strlen(s->version); i < sizeof(s->version); i++) {
		if (s->version[i] != 0) {
			return false;
		}
	}
	return true;
}

enum rotor_status rotor_boot_record_encode(const struct rotor_boot_record *record, uint8_t *buf,
					   size_t cap, size_t *len)
{
	if (!active_sane(record->active)) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_writer w = rotor_writer(buf, cap);
	rotor_write_u32le(&w, RECORD_MAGIC);
	rotor_write_u16le(&w, RECORD_VERSION);
	rotor_write_u16le(&w, ROTOR_BOOT_RECORD_SIZE);
	rotor_write_u32le(&w, record->sequence);
	rotor_write_u8(&w, (uint8_t)record->active);
	rotor_write_zeros(&w, 3);
	for (size_t i = 0; i < ROTOR_BOOT_SLOTS; i++) {
		if (!slot_sane(&record->slot[i])) {
			return ROTOR_ERR_ARGUMENT;
		}
		write_slot(&w, &record->slot[i]);
	}
	if (!w.failed) {
		rotor_write_u32le(&w, rotor_crc32(0, buf, w.len));
	}
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_boot_record_decode(const uint8_t *buf, size_t len,
					   struct rotor_boot_record *out)
{
	struct rotor_reader r = rotor_reader(buf, len);
	*out = (struct rotor_boot_record){.active = ROTOR_BOOT_SLOT_NONE};
	uint32_t magic = rotor_read_u32le(&r);
	uint16_t version = rotor_read_u16le(&r);
	uint16_t size = rotor_read_u16le(&r);
	out->sequence = rotor_read_u32le(&r);
	out->active = (enum rotor_boot_slot_id)rotor_read_u8(&r);
	bool good = rotor_read_u24le(&r) == 0 && active_sane(out->active) && out->sequence != 0;
	for (size_t i = 0; i < ROTOR_BOOT_SLOTS; i++) {
		good = read_slot(&r, &out->slot[i]) && good;
	}
	uint32_t check = rotor_read_u32le(&r);
	if (rotor_reader_status(&r) != ROTOR_OK) {
		return ROTOR_ERR_LENGTH;
	}
	if (magic != RECORD_MAGIC) {
		return ROTOR_ERR_FORMAT;
	}
	if (version != RECORD_VERSION || size != ROTOR_BOOT_RECORD_SIZE) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (check != rotor_crc32(0, buf, ROTOR_BOOT_RECORD_SIZE - 4)) {
		return ROTOR_ERR_VERIFY;
	}
	return good ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_boot_record_measure(const struct rotor_boot_record *record,
			       uint8_t out[ROTOR_BOOT_SLOTS_MEASURED])
{
	for (size_t i = 0; i < ROTOR_BOOT_SLOTS; i++) {
		out[2 * i] = (uint8_t)record->slot[i].state;
		out[2 * i + 1] = (uint8_t)record->slot[i].reason;
	}
}

void rotor_boot_record_first(struct rotor_boot_record *record, uint8_t tries)
{
	*record = (struct rotor_boot_record){.active = ROTOR_BOOT_SLOT_NONE};
	record->slot[ROTOR_BOOT_SLOT_A].state = ROTOR_BOOT_PENDING;
	record->slot[ROTOR_BOOT_SLOT_A].tries_left = tries;
}
