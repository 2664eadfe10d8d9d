/* SPDX-License-Identifier: Apache-2.0 */
/* Stores in flash, the layout descriptor and DiceTcbInfo; the first byte says which. */
#include <stdlib.h>
#include <string.h>

#include "rotor/boot_dice.h"
#include "rotor/boot_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void inside(struct rotor_bytes view, const uint8_t *data, size_t size)
{
	require(view.len == 0 ||
		(view.data >= data && view.len <= size && view.data + view.len <= data + size));
}

static void try_config(const uint8_t *data, size_t size)
{
	struct rotor_boot_config config;
	uint8_t digest[ROTOR_BOOT_DIGEST_SIZE];
	if (rotor_boot_config_decode(data, size, &config) != ROTOR_OK) {
		return;
	}
	inside(config.vendor_name, data, size);
	inside(config.model_name, data, size);
	require(config.anchor_count <= ROTOR_BOOT_ANCHORS_MAX);
	for (size_t i = 0; i < config.anchor_count; i++) {
		inside(config.anchor[i], data, size);
	}
	require(rotor_boot_config_digest(&rotor_crypto_mbedtls, &config, digest) == ROTOR_OK);
}

static void try_settings(const uint8_t *data, size_t size)
{
	struct rotor_boot_settings settings;
	uint8_t digest[ROTOR_BOOT_DIGEST_SIZE];
	if (rotor_boot_settings_decode(data, size, &settings) != ROTOR_OK) {
		return;
	}
	require(settings.anchor_count > 0 && settings.anchor_count <= ROTOR_BOOT_ANCHORS_MAX);
	for (size_t i = 0; i < settings.anchor_count; i++) {
		inside(settings.anchor[i], data, size);
	}
	for (size_t i = 0; i < settings.revoked_count; i++) {
		inside(settings.revoked[i], data, size);
		require(settings.revoked[i].len == ROTOR_BOOT_DIGEST_SIZE);
	}
	require(rotor_boot_anchors_digest(&rotor_crypto_mbedtls, settings.anchor,
					  settings.anchor_count, digest) == ROTOR_OK);
}

static void try_certificates(const uint8_t *data, size_t size)
{
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	size_t count;
	if (rotor_boot_certificates_decode(data, size, certs, ROTOR_COUNT_OF(certs), &count) !=
	    ROTOR_OK) {
		return;
	}
	for (size_t i = 0; i < count; i++) {
		inside(certs[i], data, size);
	}
}

static void try_layout(const uint8_t *data, size_t size)
{
	struct rotor_flash_layout layout;
	uint8_t again[ROTOR_FLASH_LAYOUT_SIZE];
	size_t len;
	if (rotor_flash_layout_decode(data, size, &layout) == ROTOR_OK) {
		require(rotor_flash_layout_encode(&layout, again, sizeof(again), &len) == ROTOR_OK);
		require(memcmp(again, data, len) == 0);
	}
}

static void try_tcb_info(const uint8_t *data, size_t size)
{
	struct rotor_dice_tcb_info info, back;
	static uint8_t again[4096];
	size_t len;
	if (size > 2048 || rotor_dice_tcb_info_read(data, size, &info) != ROTOR_OK) {
		return;
	}
	inside(info.vendor, data, size);
	inside(info.model, data, size);
	inside(info.version, data, size);
	inside(info.fwid, data, size);
	require(rotor_dice_tcb_info_write(&info, again, sizeof(again), &len) == ROTOR_OK);
	require(rotor_dice_tcb_info_read(again, len, &back) == ROTOR_OK);
	require(back.svn == info.svn && back.fwid_alg == info.fwid_alg);
}

/* Tries a copy with a right check value at @p at, so that this is no obstacle. */
static void with_check(const uint8_t *data, size_t size, size_t at,
		       void (*fn)(const uint8_t *, size_t))
{
	static uint8_t copy[8192];
	if (size < at + 4 || size > sizeof(copy)) {
		return;
	}
	memcpy(copy, data, size);
	uint32_t crc = rotor_crc32(0, copy, at);
	struct rotor_writer w = rotor_writer(copy + at, 4);
	if (at == 12) {
		/* a store: as long as the input */
		struct rotor_writer length = rotor_writer(copy + 8, 4);
		rotor_write_u32le(&length, (uint32_t)(size - ROTOR_STORE_OVERHEAD));
		crc = rotor_crc32(0, copy, at);
		crc = rotor_crc32(crc, copy + at + 4, size - at - 4);
	}
	rotor_write_u32le(&w, crc);
	fn(copy, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0) {
		return 0;
	}
	uint8_t which = *data++ % 5;
	size--;
	switch (which) {
	case 0:
		try_config(data, size);
		with_check(data, size, 12, try_config);
		break;
	case 1:
		try_certificates(data, size);
		with_check(data, size, 12, try_certificates);
		break;
	case 2:
		try_layout(data, size);
		with_check(data, size, ROTOR_FLASH_LAYOUT_SIZE - 4, try_layout);
		break;
	case 3:
		try_tcb_info(data, size);
		break;
	default:
		try_settings(data, size);
		with_check(data, size, 12, try_settings);
	}
	return 0;
}
