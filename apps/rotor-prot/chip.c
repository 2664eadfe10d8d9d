/* SPDX-License-Identifier: Apache-2.0 */
#include "chip.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rotor/crypto.h"
#include "rotor/host_sandbox.h"

/* ---- fuses ---- */

static bool all_zero(const uint8_t *bytes, size_t len)
{
	uint8_t any = 0;
	for (size_t i = 0; i < len; i++) {
		any |= bytes[i];
	}
	return any == 0;
}

static enum rotor_status read_secret(void *ctx, uint8_t secret[ROTOR_BOOT_SECRET_SIZE])
{
	struct chip *chip = ctx;
	if (chip->fuses_locked) {
		return ROTOR_ERR_DENIED;
	}
	enum rotor_status status =
	    rotor_fuses_read(&chip->fuse_file, CHIP_FUSE_SECRET, secret, ROTOR_BOOT_SECRET_SIZE);
	/* A chip without a secret would have everybody's identity. */
	if (status == ROTOR_OK && all_zero(secret, ROTOR_BOOT_SECRET_SIZE)) {
		return ROTOR_ERR_STATE;
	}
	return status;
}

static enum rotor_status read_floor(void *ctx, uint32_t *floor)
{
	struct chip *chip = ctx;
	uint8_t unary[CHIP_FUSE_FLOOR_MAX / 8];
	enum rotor_status status =
	    rotor_fuses_read(&chip->fuse_file, CHIP_FUSE_FLOOR, unary, sizeof(unary));
	/* The highest blown bit counts, so that a torn write can only leave the floor too high, never too low. */
	*floor = 0;
	for (uint32_t bit = 0; status == ROTOR_OK && bit < CHIP_FUSE_FLOOR_MAX; bit++) {
		if (unary[bit / 8] & 1u << bit % 8) {
			*floor = bit + 1;
		}
	}
	return status;
}

static enum rotor_status raise_floor(void *ctx, uint32_t floor)
{
	struct chip *chip = ctx;
	uint32_t present = 0;
	uint8_t unary[CHIP_FUSE_FLOOR_MAX / 8] = {0};
	enum rotor_status status = read_floor(ctx, &present);
	if (status != ROTOR_OK || floor <= present) {
		return status;
	}
	if (floor > CHIP_FUSE_FLOOR_MAX) {
		return ROTOR_ERR_SPACE;
	}
	for (uint32_t bit = 0; bit < floor; bit++) {
		unary[bit / 8] |= (uint8_t)(1u << bit % 8);
	}
	return rotor_fuses_blow(&chip->fuse_file, CHIP_FUSE_FLOOR, unary, sizeof(unary));
}

static enum rotor_status read_key_hash(void *ctx, size_t index,
				       uint8_t hash[ROTOR_BOOT_DIGEST_SIZE])
{
	struct chip *chip = ctx;
	uint8_t revoked = 0xff;
	if (chip->fuses_locked) {
		return ROTOR_ERR_DENIED;
	}
	if (index >= CHIP_FUSE_KEY_COUNT) {
		return ROTOR_ERR_NOT_FOUND;
	}
	enum rotor_status status = rotor_fuses_read(
	    &chip->fuse_file, CHIP_FUSE_KEYS + (uint32_t)index * ROTOR_BOOT_DIGEST_SIZE, hash,
	    ROTOR_BOOT_DIGEST_SIZE);
	if (status == ROTOR_OK) {
		status = rotor_fuses_read(&chip->fuse_file, CHIP_FUSE_REVOKED, &revoked, 1);
	}
	if (status == ROTOR_OK && all_zero(hash, ROTOR_BOOT_DIGEST_SIZE)) {
		return ROTOR_ERR_NOT_FOUND;
	}
	return status == ROTOR_OK && revoked & 1u << index ? ROTOR_ERR_DENIED : status;
}

static enum rotor_status revoke_key(void *ctx, size_t index)
{
	struct chip *chip = ctx;
	uint8_t hash[ROTOR_BOOT_DIGEST_SIZE];
	uint8_t revoked = 0;
	enum rotor_status status = read_key_hash(ctx, index, hash);
	if (chip->fuses_locked || status != ROTOR_OK) {
		/* Denied without the lock: it is revoked already. */
		return !chip->fuses_locked && status == ROTOR_ERR_DENIED ? ROTOR_OK : status;
	}
	status = rotor_fuses_read(&chip->fuse_file, CHIP_FUSE_REVOKED, &revoked, 1);
	if (status == ROTOR_OK) {
		revoked |= (uint8_t)(1u << index);
		status = rotor_fuses_blow(&chip->fuse_file, CHIP_FUSE_REVOKED, &revoked, 1);
	}
	return status;
}

static enum rotor_status lock(void *ctx)
{
	struct chip *chip = ctx;
	chip->fuses_locked = true;
	return ROTOR_OK;
}

static const struct rotor_fuse_ops fuse_ops = {
    .read_secret = read_secret,
    .read_floor = read_floor,
    .raise_floor = raise_floor,
    .read_key_hash = read_key_hash,
    .revoke_key = revoke_key,
    .lock = lock,
};

/* ---- execution memory ---- */

static void ram_drop(struct chip_ram *ram)
{
	free(ram->copy);
	free(ram->edges);
	if (ram->body) {
		rotor_sealed_unmap(ram->body, ram->body_len);
	}
	if (ram->executable >= 0) {
		close(ram->executable);
	}
	*ram = (struct chip_ram){.executable = -1};
}

static enum rotor_status ram_begin(void *ctx, const struct rotor_ram_image *image)
{
	struct chip_ram *ram = ctx;
	ram_drop(ram);
	if (image->body_offset > image->size ||
	    image->body_size > image->size - image->body_offset) {
		return ROTOR_ERR_ARGUMENT;
	}
	ram->image = *image;
	ram->copy = calloc(1, image->size);
	return ram->copy ? ROTOR_OK : ROTOR_ERR_SPACE;
}

static enum rotor_status ram_write(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct chip_ram *ram = ctx;
	if (!ram->copy || offset > ram->image.size || len > ram->image.size - offset) {
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(ram->copy + offset, data, len);
	return ROTOR_OK;
}

/* The body goes into a memory file that nobody can change any more; only that is run, and only that is read back. */
static enum rotor_status ram_seal(void *ctx)
{
	struct chip_ram *ram = ctx;
	const struct rotor_ram_image *image = &ram->image;
	if (!ram->copy) {
		return ROTOR_ERR_STATE;
	}
	enum rotor_status status = rotor_sealed_create(
	    "rotor-runtime", ram->copy + image->body_offset, image->body_size, &ram->executable);
	if (status == ROTOR_OK) {
		status = rotor_sealed_map(ram->executable, &ram->body, &ram->body_len);
	}
	ram->edges = ram->copy;
	memset(ram->edges + image->body_offset, 0, image->body_size);
	ram->copy = NULL;
	return status;
}

static enum rotor_status ram_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct chip_ram *ram = ctx;
	const struct rotor_ram_image *image = &ram->image;
	if (!ram->body || offset > image->size || len > image->size - offset) {
		return ROTOR_ERR_ARGUMENT;
	}
	/* No read crosses a border (rotor/boot.h), so its first byte says where it belongs. */
	bool in_body =
	    offset >= image->body_offset && offset - image->body_offset < image->body_size;
	if (!in_body) {
		memcpy(buf, ram->edges + offset, len);
		return ROTOR_OK;
	}
	uint32_t at = offset - image->body_offset;
	if (len > image->body_size - at) {
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(buf, ram->body + at, len);
	return ROTOR_OK;
}

static const struct rotor_ram_ops ram_ops = {
    .begin = ram_begin, .write = ram_write, .seal = ram_seal, .read = ram_read};

/* ---- the whole ---- */

void chip_close(struct chip *chip)
{
	ram_drop(&chip->ram_state);
	if (chip->flash_file.fd >= 0) {
		rotor_flash_file_close(&chip->flash_file);
	}
	if (chip->fuse_file.fd >= 0) {
		rotor_fuses_close(&chip->fuse_file);
	}
	if (chip->has_behind) {
		rotor_flash_file_close(&chip->behind_file);
	}
}

enum rotor_status chip_put_behind(struct chip *chip, const char *path, const char **what)
{
	*what = "cannot make the flash file of the chip behind";
	enum rotor_status status = rotor_flash_file_create(path, CHIP_BEHIND_SIZE);
	if (status == ROTOR_OK || status == ROTOR_ERR_BUSY) {
		*what = "cannot open the flash file of the chip behind";
		status = rotor_flash_file_open(&chip->behind_file, path, false);
	}
	chip->has_behind = status == ROTOR_OK;
	if (status == ROTOR_OK && chip->behind_file.size % (2 * chip->behind_file.sector) != 0) {
		*what = "the flash of the chip behind has no two equal banks";
		status = ROTOR_ERR_LENGTH;
	}
	rotor_flash_file_port(&chip->behind_file, &chip->behind);
	return status;
}

void chip_reset(struct chip *chip)
{
	chip->fuses_locked = false;
	ram_drop(&chip->ram_state);
}

enum rotor_status chip_open(struct chip *chip, const char *flash_path, const char *fuse_path,
			    const char **what)
{
	uint8_t descriptor[ROTOR_FLASH_LAYOUT_SIZE];
	*chip = (struct chip){.ram_state.executable = -1, .flash_file.fd = -1, .fuse_file.fd = -1};
	*what = "cannot open the fuse file";
	enum rotor_status status = rotor_fuses_open(&chip->fuse_file, fuse_path);
	if (status == ROTOR_OK) {
		*what = "cannot open the flash file";
		status = rotor_flash_file_open(&chip->flash_file, flash_path, false);
	}
	if (status == ROTOR_OK) {
		*what = "the flash file has no valid layout: was the device provisioned?";
		status =
		    rotor_flash_file_read(&chip->flash_file, 0, descriptor, sizeof(descriptor));
	}
	if (status == ROTOR_OK) {
		status = rotor_flash_layout_decode(descriptor, sizeof(descriptor), &chip->layout);
	}
	if (status == ROTOR_OK && chip->layout.geometry.size != chip->flash_file.size) {
		status = ROTOR_ERR_LENGTH;
	}
	if (status == ROTOR_OK) {
		status = rotor_flash_file_geometry(&chip->flash_file, chip->layout.geometry.sector,
						   chip->layout.geometry.unit);
	}
	rotor_flash_file_port(&chip->flash_file, &chip->flash);
	chip->fuses = (struct rotor_fuses){&fuse_ops, chip};
	chip->ram = (struct rotor_ram){&ram_ops, &chip->ram_state};
	if (status != ROTOR_OK) {
		chip_close(chip);
	}
	return status;
}

enum rotor_status chip_manufacture(const char *flash_path, const char *fuse_path,
				   const struct rotor_flash_layout *layout,
				   const struct rotor_crypto *crypto,
				   const struct rotor_image_key_hash *keys, size_t key_count,
				   const char **what)
{
	struct rotor_flash_file flash = {.fd = -1};
	struct rotor_fuse_file fuses = {.fd = -1};
	uint8_t fuse_bits[CHIP_FUSE_SIZE] = {0};
	uint8_t descriptor[ROTOR_FLASH_LAYOUT_SIZE];
	size_t len = 0;

	*what = "more image keys than the fuses hold, or not SHA-384";
	if (key_count > CHIP_FUSE_KEY_COUNT) {
		return ROTOR_ERR_SPACE;
	}
	for (size_t i = 0; i < key_count; i++) {
		if (keys[i].alg != ROTOR_HASH_SHA384) {
			return ROTOR_ERR_UNSUPPORTED;
		}
		memcpy(fuse_bits + CHIP_FUSE_KEYS + i * ROTOR_BOOT_DIGEST_SIZE, keys[i].hash,
		       ROTOR_BOOT_DIGEST_SIZE);
	}
	*what = "cannot draw the device secret";
	enum rotor_status status =
	    crypto->random(fuse_bits + CHIP_FUSE_SECRET, ROTOR_BOOT_SECRET_SIZE);
	if (status == ROTOR_OK) {
		*what = "cannot make the flash file";
		status = rotor_flash_file_create(flash_path, layout->geometry.size);
	}
	if (status == ROTOR_OK) {
		status = rotor_flash_file_open(&flash, flash_path, true);
	}
	if (status == ROTOR_OK) {
		status = rotor_flash_layout_encode(layout, descriptor, sizeof(descriptor), &len);
	}
	if (status == ROTOR_OK) {
		status = rotor_flash_file_program(&flash, 0, descriptor, len);
	}
	if (status == ROTOR_OK) {
		*what = "cannot make the fuse file";
		status = rotor_fuses_create(fuse_path, CHIP_FUSE_SIZE);
	}
	if (status == ROTOR_OK) {
		status = rotor_fuses_open(&fuses, fuse_path);
	}
	if (status == ROTOR_OK) {
		status = rotor_fuses_blow(&fuses, 0, fuse_bits, sizeof(fuse_bits));
	}
	rotor_wipe(fuse_bits, sizeof(fuse_bits));
	if (flash.fd >= 0) {
		rotor_flash_file_close(&flash);
	}
	if (fuses.fd >= 0) {
		rotor_fuses_close(&fuses);
	}
	return status;
}
