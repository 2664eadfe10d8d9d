/* SPDX-License-Identifier: Apache-2.0 */
/* The two stores of a device: its configuration and its certificates. */
#include <string.h>

#include "boot/store.h"

#define NAME_MAX_LEN 64

/* ---- configuration ---- */

enum rotor_status rotor_boot_config_encode(const struct rotor_boot_config *config, uint8_t *buf,
					   size_t cap, size_t *len)
{
	if (config->vendor_name.len > NAME_MAX_LEN || config->model_name.len > NAME_MAX_LEN ||
	    config->anchor_count > ROTOR_BOOT_ANCHORS_MAX) {
		return ROTOR_ERR_ARGUMENT;
	}
	const uint8_t policy[4] = {(uint8_t)config->policy, (uint8_t)(config->policy >> 8),
				   (uint8_t)(config->policy >> 16),
				   (uint8_t)(config->policy >> 24)};
	const uint8_t seconds[2] = {(uint8_t)config->confirm_seconds,
				    (uint8_t)(config->confirm_seconds >> 8)};
	struct rotor_store_writer s = rotor_store_begin(ROTOR_STORE_CONFIG, buf, cap);
	rotor_store_add(&s, ROTOR_STORE_DEVICE_UUID, config->device_uuid, ROTOR_BOOT_UUID_SIZE);
	rotor_store_add(&s, ROTOR_STORE_VENDOR_ID, config->vendor_id, ROTOR_BOOT_UUID_SIZE);
	rotor_store_add(&s, ROTOR_STORE_CLASS_ID, config->class_id, ROTOR_BOOT_UUID_SIZE);
	rotor_store_add(&s, ROTOR_STORE_POLICY, policy, sizeof(policy));
	rotor_store_add(&s, ROTOR_STORE_CONFIRM_SECONDS, seconds, sizeof(seconds));
	rotor_store_add(&s, ROTOR_STORE_VENDOR_NAME, config->vendor_name.data,
			config->vendor_name.len);
	rotor_store_add(&s, ROTOR_STORE_MODEL_NAME, config->model_name.data,
			config->model_name.len);
	for (size_t i = 0; i < config->anchor_count; i++) {
		rotor_store_add(&s, ROTOR_STORE_AGENT_ANCHOR, config->anchor[i].data,
				config->anchor[i].len);
	}
	return rotor_store_end(&s, len);
}

static enum rotor_status take_uuid(struct rotor_bytes items, enum rotor_store_item item,
				   uint8_t uuid[ROTOR_BOOT_UUID_SIZE])
{
	struct rotor_bytes value;
	if (rotor_store_find(items, item, 0, &value) != ROTOR_OK) {
		return ROTOR_ERR_NOT_FOUND;
	}
	if (value.len != ROTOR_BOOT_UUID_SIZE) {
		return ROTOR_ERR_FORMAT;
	}
	memcpy(uuid, value.data, ROTOR_BOOT_UUID_SIZE);
	return ROTOR_OK;
}

/* A name that is absent is empty, and still points somewhere: it is copied. */
static enum rotor_status take_name(struct rotor_bytes items, enum rotor_store_item item,
				   struct rotor_bytes *name)
{
	if (rotor_store_find(items, item, 0, name) != ROTOR_OK) {
		*name = (struct rotor_bytes){items.data, 0};
	}
	return name->len <= NAME_MAX_LEN ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

/* Policy that is absent is the strictest, a time that is absent the default. */
static enum rotor_status take_policy(struct rotor_bytes items, struct rotor_boot_config *out)
{
	struct rotor_bytes value;
	if (rotor_store_find(items, ROTOR_STORE_POLICY, 0, &value) == ROTOR_OK) {
		struct rotor_reader r = rotor_reader(value.data, value.len);
		out->policy = rotor_read_u32le(&r);
		if (rotor_reader_end(&r) != ROTOR_OK) {
			return ROTOR_ERR_FORMAT;
		}
	}
	if (rotor_store_find(items, ROTOR_STORE_CONFIRM_SECONDS, 0, &value) == ROTOR_OK) {
		struct rotor_reader r = rotor_reader(value.data, value.len);
		out->confirm_seconds = rotor_read_u16le(&r);
		if (rotor_reader_end(&r) != ROTOR_OK) {
			return ROTOR_ERR_FORMAT;
		}
	}
	return ROTOR_OK;
}

enum rotor_status store_take(struct rotor_bytes items, enum rotor_store_item item,
			     struct rotor_bytes *out, size_t cap, size_t *count)
{
	struct rotor_bytes value;
	*count = 0;
	while (rotor_store_find(items, item, *count, &value) == ROTOR_OK) {
		if (*count == cap) {
			return ROTOR_ERR_SPACE;
		}
		out[(*count)++] = value;
	}
	return ROTOR_OK;
}

enum rotor_status rotor_boot_config_decode(const uint8_t *buf, size_t len,
					   struct rotor_boot_config *out)
{
	struct rotor_bytes items;
	*out = (struct rotor_boot_config){0};
	enum rotor_status status = rotor_store_open(ROTOR_STORE_CONFIG, buf, len, &items);
	if (status == ROTOR_OK) {
		status = take_uuid(items, ROTOR_STORE_DEVICE_UUID, out->device_uuid);
	}
	if (status == ROTOR_OK) {
		status = take_uuid(items, ROTOR_STORE_VENDOR_ID, out->vendor_id);
	}
	if (status == ROTOR_OK) {
		status = take_uuid(items, ROTOR_STORE_CLASS_ID, out->class_id);
	}
	if (status == ROTOR_OK) {
		status = take_policy(items, out);
	}
	if (status == ROTOR_OK) {
		status = take_name(items, ROTOR_STORE_VENDOR_NAME, &out->vendor_name);
	}
	if (status == ROTOR_OK) {
		status = take_name(items, ROTOR_STORE_MODEL_NAME, &out->model_name);
	}
	if (status == ROTOR_OK) {
		status = store_take(items, ROTOR_STORE_AGENT_ANCHOR, out->anchor,
				    ROTOR_BOOT_ANCHORS_MAX, &out->anchor_count);
	}
	return status;
}

enum rotor_status rotor_boot_config_digest(const struct rotor_crypto *crypto,
					   const struct rotor_boot_config *config,
					   uint8_t digest[ROTOR_BOOT_DIGEST_SIZE])
{
	static const uint8_t label[] = {'r', 'o', 't', 'o', 'r', ' ', 'c', 'o',
					'n', 'f', 'i', 'g', ' ', '2', 0};
	uint8_t numbers[10];
	struct rotor_writer w = rotor_writer(numbers, sizeof(numbers));
	rotor_write_u32be(&w, config->policy);
	rotor_write_u16be(&w, config->confirm_seconds);
	rotor_write_u16be(&w, (uint16_t)config->vendor_name.len);
	rotor_write_u16be(&w, (uint16_t)config->model_name.len);
	if (config->vendor_name.len > NAME_MAX_LEN || config->model_name.len > NAME_MAX_LEN) {
		return ROTOR_ERR_ARGUMENT;
	}
	const struct rotor_bytes parts[] = {
	    {label, sizeof(label)},
	    {config->vendor_id, ROTOR_BOOT_UUID_SIZE},
	    {config->class_id, ROTOR_BOOT_UUID_SIZE},
	    {numbers, sizeof(numbers)},
	    config->vendor_name,
	    config->model_name,
	};
	return rotor_hash_parts(crypto, ROTOR_HASH_SHA384, parts, ROTOR_COUNT_OF(parts), digest);
}

/* ---- certificates ---- */

enum rotor_status rotor_boot_certificates_encode(const struct rotor_bytes *certs, size_t count,
						 uint8_t *buf, size_t cap, size_t *len)
{
	if (count == 0 || count >= ROTOR_CERT_CHAIN_DEPTH_MAX) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_store_writer s = rotor_store_begin(ROTOR_STORE_CERTIFICATES, buf, cap);
	for (size_t i = 0; i < count; i++) {
		rotor_store_add(&s, ROTOR_STORE_CERTIFICATE, certs[i].data, certs[i].len);
	}
	return rotor_store_end(&s, len);
}

enum rotor_status rotor_boot_certificates_decode(const uint8_t *buf, size_t len,
						 struct rotor_bytes *certs, size_t cap,
						 size_t *count)
{
	struct rotor_bytes items;
	*count = 0;
	enum rotor_status status = rotor_store_open(ROTOR_STORE_CERTIFICATES, buf, len, &items);
	if (status == ROTOR_OK) {
		status = store_take(items, ROTOR_STORE_CERTIFICATE, certs, cap, count);
	}
	return status == ROTOR_OK && *count == 0 ? ROTOR_ERR_NOT_FOUND : status;
}
