/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/sim_flash.h"

/* ---- power ---- */

void sim_power_on(struct sim_power *power)
{
	power->operations = 0;
	power->cut_at = 0;
	power->off = false;
}

/* How much of an operation happens, in parts of SIM_TEAR_WHOLE. */
static unsigned spend(struct sim_power *power)
{
	if (power->off) {
		return 0;
	}
	if (++power->operations == power->cut_at) {
		power->off = true;
		return power->tear;
	}
	return SIM_TEAR_WHOLE;
}

/* ---- flash ---- */

/* Answers true while the operation is to be pending, and checks that it is the same one that is asked again. */
static bool flash_waits(struct sim_flash *f, char op, uint32_t offset, const void *data, size_t len)
{
	if (f->busy) {
		assert_int_equal(f->op, op);
		assert_int_equal(f->offset, offset);
		assert_ptr_equal(f->data, data);
		assert_int_equal(f->len, len);
	} else {
		f->pending_left = f->pending;
		f->op = op;
		f->offset = offset;
		f->data = data;
		f->len = len;
	}
	f->busy = f->pending_left > 0;
	if (f->busy) {
		f->pending_left--;
	}
	return f->busy;
}

static enum rotor_status flash_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct sim_flash *f = ctx;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (flash_waits(f, 'r', offset, buf, len)) {
		return ROTOR_PENDING;
	}
	assert_true(offset + len <= f->port.geometry.size);
	memcpy(buf, f->bytes + offset, len);
	return ROTOR_OK;
}

static enum rotor_status flash_erase(void *ctx, uint32_t offset)
{
	struct sim_flash *f = ctx;
	const struct rotor_flash_geometry *g = &f->port.geometry;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (flash_waits(f, 'e', offset, NULL, 0)) {
		return ROTOR_PENDING;
	}
	assert_int_equal(offset % g->sector, 0);
	size_t done = (size_t)g->sector * spend(f->power) / SIM_TEAR_WHOLE;
	memset(f->bytes + offset, 0xff, done);
	memset(f->programmed + offset / g->unit, 0, g->sector / g->unit);
	f->erases++;
	return f->power->off ? ROTOR_ERR_IO : ROTOR_OK;
}

static enum rotor_status flash_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct sim_flash *f = ctx;
	const struct rotor_flash_geometry *g = &f->port.geometry;
	const uint8_t *from = data;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (flash_waits(f, 'p', offset, data, len)) {
		return ROTOR_PENDING;
	}
	assert_int_equal(offset % g->unit, 0);
	assert_int_equal(len % g->unit, 0);
	assert_true(offset / g->sector == (offset + len - 1) / g->sector);
	if (offset >= f->fail_from && offset < f->fail_to) {
		return ROTOR_ERR_IO;
	}
	for (size_t unit = offset / g->unit; unit < (offset + len) / g->unit; unit++) {
		assert_false(f->programmed[unit]);
		f->programmed[unit] = 1;
	}
	size_t done = len * spend(f->power) / SIM_TEAR_WHOLE;
	for (size_t i = 0; i < done; i++) {
		assert_int_equal(f->bytes[offset + i] & from[i], from[i]);
		f->bytes[offset + i] &= from[i];
	}
	f->programs++;
	return f->power->off ? ROTOR_ERR_IO : ROTOR_OK;
}

static const struct rotor_flash_ops flash_ops = {
    .read = flash_read, .erase = flash_erase, .program = flash_program};

void sim_flash_init(struct sim_flash *f, struct sim_power *power,
		    const struct rotor_flash_geometry *geometry)
{
	*f = (struct sim_flash){.port = {.ops = &flash_ops, .ctx = f, .geometry = *geometry},
				.power = power};
	f->bytes = malloc(geometry->size);
	f->programmed = calloc(geometry->size / geometry->unit, 1);
	assert_non_null(f->bytes);
	assert_non_null(f->programmed);
	memset(f->bytes, 0xff, geometry->size);
}

void sim_flash_free(struct sim_flash *f)
{
	free(f->bytes);
	free(f->programmed);
}

void sim_flash_put(struct sim_flash *f, const struct rotor_flash_region *region, const void *data,
		   size_t len)
{
	const struct rotor_flash_geometry *g = &f->port.geometry;
	assert_true(len <= region->size);
	memset(f->bytes + region->offset, 0xff, region->size);
	memset(f->programmed + region->offset / g->unit, 0, region->size / g->unit);
	memcpy(f->bytes + region->offset, data, len);
	memset(f->programmed + region->offset / g->unit, 1, (len + g->unit - 1) / g->unit);
}

/* ---- fuses ---- */

static bool fuses_wait(struct sim_fuses *f)
{
	if (f->pending_left > 0) {
		f->pending_left--;
		return true;
	}
	f->pending_left = f->pending;
	return false;
}

static enum rotor_status read_secret(void *ctx, uint8_t secret[ROTOR_BOOT_SECRET_SIZE])
{
	struct sim_fuses *f = ctx;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (f->locked) {
		return ROTOR_ERR_DENIED;
	}
	if (fuses_wait(f)) {
		return ROTOR_PENDING;
	}
	memcpy(secret, f->secret, sizeof(f->secret));
	return ROTOR_OK;
}

static enum rotor_status read_floor(void *ctx, uint32_t *floor)
{
	struct sim_fuses *f = ctx;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (fuses_wait(f)) {
		return ROTOR_PENDING;
	}
	*floor = f->floor;
	return ROTOR_OK;
}

static enum rotor_status raise_floor(void *ctx, uint32_t floor)
{
	struct sim_fuses *f = ctx;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (fuses_wait(f)) {
		return ROTOR_PENDING;
	}
	if (spend(f->power) == SIM_TEAR_WHOLE && floor > f->floor) {
		f->floor = floor;
	}
	return f->power->off ? ROTOR_ERR_IO : ROTOR_OK;
}

static enum rotor_status read_key_hash(void *ctx, size_t index,
				       uint8_t hash[ROTOR_BOOT_DIGEST_SIZE])
{
	struct sim_fuses *f = ctx;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (f->locked) {
		return ROTOR_ERR_DENIED;
	}
	if (index >= f->key_count) {
		return ROTOR_ERR_NOT_FOUND;
	}
	if (fuses_wait(f)) {
		return ROTOR_PENDING;
	}
	if (f->revoked[index]) {
		return ROTOR_ERR_DENIED;
	}
	memcpy(hash, f->key_hash[index], ROTOR_BOOT_DIGEST_SIZE);
	return ROTOR_OK;
}

static enum rotor_status revoke_key(void *ctx, size_t index)
{
	struct sim_fuses *f = ctx;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (f->locked) {
		return ROTOR_ERR_DENIED;
	}
	if (index >= f->key_count) {
		return ROTOR_ERR_NOT_FOUND;
	}
	if (fuses_wait(f)) {
		return ROTOR_PENDING;
	}
	f->revoked[index] = f->revoked[index] || spend(f->power) == SIM_TEAR_WHOLE;
	return f->power->off ? ROTOR_ERR_IO : ROTOR_OK;
}

static enum rotor_status lock(void *ctx)
{
	struct sim_fuses *f = ctx;
	f->locked = true;
	return f->power->off ? ROTOR_ERR_IO : ROTOR_OK;
}

static const struct rotor_fuse_ops fuse_ops = {
    .read_secret = read_secret,
    .read_floor = read_floor,
    .raise_floor = raise_floor,
    .read_key_hash = read_key_hash,
    .revoke_key = revoke_key,
    .lock = lock,
};

void sim_fuses_init(struct sim_fuses *f, struct sim_power *power)
{
	*f = (struct sim_fuses){.port = {.ops = &fuse_ops, .ctx = f}, .power = power};
}

void sim_fuses_reset(struct sim_fuses *f)
{
	f->locked = false;
	f->pending_left = f->pending;
}

/* ---- execution memory ---- */

static bool ram_waits(struct sim_ram *ram)
{
	if (ram->pending_left > 0) {
		ram->pending_left--;
		return true;
	}
	ram->pending_left = ram->pending;
	return false;
}

static enum rotor_status ram_begin(void *ctx, const struct rotor_ram_image *image)
{
	struct sim_ram *ram = ctx;
	if (ram_waits(ram)) {
		return ROTOR_PENDING;
	}
	free(ram->bytes);
	ram->bytes = calloc(1, image->size);
	assert_non_null(ram->bytes);
	ram->image = *image;
	ram->written = 0;
	ram->sealed = false;
	return ROTOR_OK;
}

/* A piece lies in the header, in the body or in the TLVs, not in two of them. */
static void check_borders(const struct sim_ram *ram, uint32_t offset, size_t len)
{
	uint32_t body = ram->image.body_offset, tlvs = body + ram->image.body_size;
	assert_true(len > 0 && offset + len <= ram->image.size);
	assert_false(offset < body && offset + len > body);
	assert_false(offset < tlvs && offset + len > tlvs);
}

static enum rotor_status ram_write(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct sim_ram *ram = ctx;
	if (ram_waits(ram)) {
		return ROTOR_PENDING;
	}
	assert_false(ram->sealed);
	assert_int_equal(offset, ram->written);
	check_borders(ram, offset, len);
	memcpy(ram->bytes + offset, data, len);
	ram->written += (uint32_t)len;
	return ROTOR_OK;
}

static enum rotor_status ram_seal(void *ctx)
{
	struct sim_ram *ram = ctx;
	if (ram_waits(ram)) {
		return ROTOR_PENDING;
	}
	assert_int_equal(ram->written, ram->image.size);
	if (ram->flip) {
		ram->bytes[ram->image.body_offset + ram->image.body_size / 2] ^= 0x10;
	}
	ram->sealed = true;
	return ROTOR_OK;
}

static enum rotor_status ram_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct sim_ram *ram = ctx;
	if (ram_waits(ram)) {
		return ROTOR_PENDING;
	}
	assert_true(ram->sealed);
	check_borders(ram, offset, len);
	memcpy(buf, ram->bytes + offset, len);
	return ROTOR_OK;
}

static const struct rotor_ram_ops ram_ops = {
    .begin = ram_begin, .write = ram_write, .seal = ram_seal, .read = ram_read};

void sim_ram_init(struct sim_ram *ram)
{
	*ram = (struct sim_ram){.port = {.ops = &ram_ops, .ctx = ram}};
}

void sim_ram_free(struct sim_ram *ram)
{
	free(ram->bytes);
	ram->bytes = NULL;
}
