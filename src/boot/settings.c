/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: the anchors of agents and the image keys to revoke, and the digest of anchors. */
#include <string.h>

#include "boot/store.h"
#include "rotor/boot_handoff.h"

enum rotor_status rotor_boot_settings_encode(const struct rotor_boot_settings *settings,
					     uint8_t *buf, size_t cap, size_t *len)
{
	if (settings->anchor_count == 0 || settings->anchor_count > ROTOR_BOOT_ANCHORS_MAX ||
	    settings->revoked_count > ROTOR_BOOT_KEYS_MAX) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_store_writer s = rotor_store_begin(ROTOR_STORE_SETTINGS, buf, cap);
	for (size_t i = 0; i < settings->anchor_count; i++) {
		rotor_store_add(&s, ROTOR_STORE_AGENT_ANCHOR, settings->anchor[i].data,
				settings->anchor[i].len);
	}
	for (size_t i = 0; i < settings->revoked_count; i++) {
		if (settings->revoked[i].len != ROTOR_BOOT_DIGEST_SIZE) {
			return ROTOR_ERR_ARGUMENT;
		}
		rotor_store_add(&s, ROTOR_STORE_REVOKED_KEY, settings->revoked[i].data,
				settings->revoked[i].len);
	}
	return rotor_store_end(&s, len);
}

/* What is not understood is refused: half of what somebody signed is not what they signed. */
static bool nothing_else(struct rotor_bytes items)
{
	struct rotor_reader r = rotor_reader(items.data, items.len);
	while (r.left > 0 && !r.failed) {
		uint16_t type = rotor_read_u16le(&r);
		rotor_read_skip(&r, rotor_read_u16le(&r));
		if (type != ROTOR_STORE_AGENT_ANCHOR && type != ROTOR_STORE_REVOKED_KEY) {
			return false;
		}
	}
	return true;
}

enum rotor_status rotor_boot_settings_decode(const uint8_t *buf, size_t len,
					     struct rotor_boot_settings *out)
{
	struct rotor_bytes items;
	*out = (struct rotor_boot_settings){0};
	enum rotor_status status = rotor_store_open(ROTOR_STORE_SETTINGS, buf, len, &items);
	if (status == ROTOR_OK && !nothing_else(items)) {
		status = ROTOR_ERR_FORMAT;
	}
	if (status == ROTOR_OK) {
		status = store_take(items, ROTOR_STORE_AGENT_ANCHOR, out->anchor,
				    ROTOR_BOOT_ANCHORS_MAX, &out->anchor_count);
	}
	if (status == ROTOR_OK) {
		status = store_take(items, ROTOR_STORE_REVOKED_KEY, out->revoked,
				    ROTOR_BOOT_KEYS_MAX, &out->revoked_count);
	}
	for (size_t i = 0; status == ROTOR_OK && i < out->revoked_count; i++) {
		if (out->revoked[i].len != ROTOR_BOOT_DIGEST_SIZE) {
			status = ROTOR_ERR_FORMAT;
		}
	}
	for (size_t i = 0; status == ROTOR_OK && i < out->anchor_count; i++) {
		if (out->anchor[i].len == 0) {
			status = ROTOR_ERR_FORMAT;
		}
	}
	return status == ROTOR_OK && out->anchor_count == 0 ? ROTOR_ERR_NOT_FOUND : status;
}

enum rotor_status rotor_boot_anchors_digest(const struct rotor_crypto *crypto,
					    const struct rotor_bytes *anchors, size_t count,
					    uint8_t digest[ROTOR_BOOT_DIGEST_SIZE])
{
	static const uint8_t label[] = {'r', 'o', 't', 'o', 'r', ' ', 'a', 'n',
					'c', 'h', 'o', 'r', 's', ' ', '1', 0};
	uint8_t length[ROTOR_BOOT_ANCHORS_MAX][4];
	struct rotor_bytes parts[1 + 2 * ROTOR_BOOT_ANCHORS_MAX] = {{label, sizeof(label)}};
	if (count > ROTOR_BOOT_ANCHORS_MAX) {
		return ROTOR_ERR_ARGUMENT;
	}
	for (size_t i = 0; i < count; i++) {
		struct rotor_writer w = rotor_writer(length[i], sizeof(length[i]));
		rotor_write_u32be(&w, (uint32_t)anchors[i].len);
		parts[1 + 2 * i] = (struct rotor_bytes){length[i], sizeof(length[i])};
		parts[2 + 2 * i] = anchors[i];
	}
	return rotor_hash_parts(crypto, ROTOR_HASH_SHA384, parts, 1 + 2 * count, digest);
}

enum rotor_status rotor_boot_anchors_read(const struct rotor_crypto *crypto,
					  const struct rotor_flash *flash,
					  const struct rotor_boot_handoff *h, uint8_t *buf,
					  size_t cap, struct rotor_bytes *anchors, size_t *count)
{
	const struct rotor_flash_region place = {h->anchors_offset, h->anchors_len};
	const struct rotor_measurement *measured =
	    rotor_measurement_find(&h->measurements, ROTOR_MEASURE_ANCHORS);
	enum rotor_store_kind kind = h->anchors_source == ROTOR_BOOT_ANCHORS_SETTINGS
					 ? ROTOR_STORE_SETTINGS
					 : ROTOR_STORE_CONFIG;
	uint8_t digest[ROTOR_BOOT_DIGEST_SIZE];
	struct rotor_bytes items;
	size_t found = 0;
	*count = 0;
	if (h->anchors_source == ROTOR_BOOT_ANCHORS_NONE) {
		return ROTOR_OK;
	}
	enum rotor_status status = rotor_store_read(flash, &place, kind, buf, cap, &items);
	if (status == ROTOR_OK) {
		status = store_take(items, ROTOR_STORE_AGENT_ANCHOR, anchors,
				    ROTOR_BOOT_ANCHORS_MAX, &found);
	}
	if (status == ROTOR_OK) {
		status = rotor_boot_anchors_digest(crypto, anchors, found, digest);
	}
	if (status == ROTOR_OK && (measured == NULL || measured->len != sizeof(digest) ||
				   memcmp(measured->value, digest, sizeof(digest)) != 0)) {
		status = ROTOR_ERR_VERIFY;
	}
	if (status == ROTOR_OK) {
		*count = found;
	}
	return status;
}
