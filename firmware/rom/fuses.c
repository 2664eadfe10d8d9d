/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuses for boards that have none which could be blown: a page of the ROM's own memory (board_otp) and a flash chip
 * (board_fuse_chip), as board.h says. Both have the layout of rotor-prot's fuse file, each with its own part of it; in the
 * chip the bits are inverted.
 */
#include <string.h>

#include "board.h"

#define FUSE_SECRET    0
#define FUSE_FLOOR     64
#define FUSE_FLOOR_MAX 256
#define FUSE_KEYS      128
#define FUSE_KEY_COUNT 4
#define FUSE_REVOKED   320

_Static_assert(FUSE_FLOOR_MAX >= ROTOR_BOOT_FLOOR_MAX, "every accepted floor can be blown");
_Static_assert(FUSE_KEYS + FUSE_KEY_COUNT * ROTOR_BOOT_DIGEST_SIZE <= FUSE_REVOKED &&
		   FUSE_REVOKED < BOARD_OTP_SIZE,
	       "nothing overlaps");

static bool locked;
/* Of an operation that is pending: the chip wants the same bytes again. */
static uint8_t unary[FUSE_FLOOR_MAX / 8];

/* @return as the operations of the chip; ROTOR_ERR_IO if there is none */
static enum rotor_status start_chip(void)
{
	static bool started;
	started = started || board_fuse_chip_start();
	return started ? ROTOR_OK : ROTOR_ERR_IO;
}

static enum rotor_status program(uint32_t offset, const uint8_t *bits, size_t len)
{
	enum rotor_status status = start_chip();
	return status == ROTOR_OK
		   ? board_fuse_chip.ops->program(board_fuse_chip.ctx, offset, bits, len)
		   : status;
}

static enum rotor_status read_blown(uint32_t offset, uint8_t *bits, size_t len)
{
	enum rotor_status status = start_chip();
	if (status == ROTOR_OK) {
		status = board_fuse_chip.ops->read(board_fuse_chip.ctx, offset, bits, len);
	}
	for (size_t i = 0; status == ROTOR_OK && i < len; i++) {
		bits[i] = (uint8_t)~bits[i];
	}
	return status;
}

static enum rotor_status read_secret(void *ctx, uint8_t secret[ROTOR_BOOT_SECRET_SIZE])
{
	uint8_t any = 0;
	(void)ctx;
	if (locked) {
		return ROTOR_ERR_DENIED;
	}
	for (size_t i = 0; i < ROTOR_BOOT_SECRET_SIZE; i++) {
		secret[i] = board_otp[FUSE_SECRET + i];
		any |= secret[i];
	}
	/* A chip without a secret would have everybody's identity. */
	return any ? ROTOR_OK : ROTOR_ERR_STATE;
}

static enum rotor_status read_floor(void *ctx, uint32_t *floor)
{
	uint8_t bits[FUSE_FLOOR_MAX / 8];
	(void)ctx;
	*floor = 0;
	enum rotor_status status = read_blown(FUSE_FLOOR, bits, sizeof(bits));
	/* The highest blown bit counts, so that a torn write can only leave the floor too high, never too low. */
	for (uint32_t bit = 0; status == ROTOR_OK && bit < FUSE_FLOOR_MAX; bit++) {
		if (bits[bit / 8] & 1u << bit % 8) {
			*floor = bit + 1;
		}
	}
	return status;
}

static enum rotor_status raise_floor(void *ctx, uint32_t floor)
{
	uint32_t present = 0;
	enum rotor_status status = read_floor(ctx, &present);
	if (status != ROTOR_OK) {
		return status;
	}
	if (floor > FUSE_FLOOR_MAX) {
		return ROTOR_ERR_SPACE;
	}
	if (present > floor) {
		floor = present; /* and what a cut has left half blown is blown for certain */
	}
	if (floor == 0) {
		return ROTOR_OK;
	}
	memset(unary, 0xff, sizeof(unary));
	for (uint32_t bit = 0; bit < floor; bit++) {
		unary[bit / 8] &= (uint8_t) ~(1u << bit % 8);
	}
	return program(FUSE_FLOOR, unary, sizeof(unary));
}

static enum rotor_status read_key_hash(void *ctx, size_t index,
				       uint8_t hash[ROTOR_BOOT_DIGEST_SIZE])
{
	uint8_t any = 0;
	uint8_t revoked = 0xff;
	(void)ctx;
	if (locked) {
		return ROTOR_ERR_DENIED;
	}
	if (index >= FUSE_KEY_COUNT) {
		return ROTOR_ERR_NOT_FOUND;
	}
	for (size_t i = 0; i < ROTOR_BOOT_DIGEST_SIZE; i++) {
		hash[i] = board_otp[FUSE_KEYS + index * ROTOR_BOOT_DIGEST_SIZE + i];
		any |= hash[i];
	}
	if (!any) {
		return ROTOR_ERR_NOT_FOUND;
	}
	enum rotor_status status = read_blown(FUSE_REVOKED, &revoked, 1);
	return status == ROTOR_OK && revoked & 1u << index ? ROTOR_ERR_DENIED : status;
}

static enum rotor_status revoke_key(void *ctx, size_t index)
{
	uint8_t hash[ROTOR_BOOT_DIGEST_SIZE];
	enum rotor_status status = read_key_hash(ctx, index, hash);
	if (locked || (status != ROTOR_OK && status != ROTOR_ERR_DENIED)) {
		return status;
	}
	uint8_t bits = (uint8_t) ~(1u << index);
	return program(FUSE_REVOKED, &bits, 1);
}

static enum rotor_status lock(void *ctx)
{
	(void)ctx;
	for (size_t i = 0; i < BOARD_OTP_SIZE; i++) {
		board_otp[i] = 0;
	}
	locked = true;
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

const struct rotor_fuses board_fuses = {&fuse_ops, NULL};
