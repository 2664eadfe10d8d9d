/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/fuses.h"

#include <string.h>

/* ---- what an operation does ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void blow_floor(struct sim_fuses *f, uint32_t floor, const struct sim_tear *tear)
{
	uint32_t old = f->floor;
	if (tear == NULL || tear->kind == SIM_TEAR_DONE) {
		f->floor = floor > old ? floor : old;
		f->floor_weak = f->floor_weak > f->floor ? f->floor_weak : 0;
		return;
	}
	f->floor = least(old + (tear->at & 0xffff), floor);
	f->floor_weak = f->floor_weak > f->floor ? f->floor_weak : 0;
	if (tear->kind == SIM_TEAR_WEAK || tear->kind == SIM_TEAR_WEAK_REST) {
		f->floor_weak = least(old + (tear->at >> 16), floor);
		f->pattern = tear->pattern;
		f->pattern_by_boot = tear->kind == SIM_TEAR_WEAK_REST;
	}
}

void sim_fuses_apply(struct sim_fuses *f, const struct sim_op *op, const struct sim_tear *tear)
{
	if (tear != NULL && tear->kind == SIM_TEAR_BEFORE) {
		return;
	}
	if (op->kind == SIM_OP_FLOOR) {
		blow_floor(f, op->offset, tear);
	} else if (op->kind == SIM_OP_REVOKE) {
		bool weak = tear != NULL && tear->kind == SIM_TEAR_WEAK;
		f->revoked_weak[op->offset] = weak;
		f->revoked[op->offset] = !weak;
		f->pattern = weak ? tear->pattern : f->pattern;
		f->pattern_by_boot = f->pattern_by_boot && !weak;
	}
}

/* ---- the port ---- */

static bool waits(struct sim_fuses *f)
{
	if (f->pending_left > 0) {
		f->pending_left--;
		return true;
	}
	f->pending_left = f->pending;
	return false;
}

static bool weak_is_blown(struct sim_fuses *f)
{
	if (f->pattern_by_boot) {
		return sim_weak_value(f->pattern, f->weak_reads > 0 ? f->weak_reads - 1 : 0, 0,
				      1) != 0;
	}
	return sim_weak_value(f->pattern, f->weak_reads++, 0, 1) != 0;
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
	if (waits(f)) {
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
	if (waits(f)) {
		return ROTOR_PENDING;
	}
	*floor = f->floor;
	if (f->floor_weak != 0 && weak_is_blown(f)) {
		*floor = f->floor_weak;
	}
	return ROTOR_OK;
}

/* Fuses that are blown for certain are not blown again, weak ones are. */
static enum rotor_status raise_floor(void *ctx, uint32_t floor)
{
	struct sim_fuses *f = ctx;
	const struct sim_op op = {.kind = SIM_OP_FLOOR, .offset = floor};
	struct sim_tear tear;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (waits(f)) {
		return ROTOR_PENDING;
	}
	if (floor > f->floor) {
		bool torn = sim_power_spend(f->power, &op, &tear);
		/* A cut that says nothing of fuses leaves them all or none. */
		if (torn && tear.kind == SIM_TEAR_CLEAN && f->power->exact == NULL) {
			tear.kind = SIM_TEAR_BEFORE;
		}
		sim_fuses_apply(f, &op, torn ? &tear : NULL);
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
	if (waits(f)) {
		return ROTOR_PENDING;
	}
	if (f->revoked[index] || (f->revoked_weak[index] && weak_is_blown(f))) {
		return ROTOR_ERR_DENIED;
	}
	memcpy(hash, f->key_hash[index], ROTOR_BOOT_DIGEST_SIZE);
	return ROTOR_OK;
}

static enum rotor_status revoke_key(void *ctx, size_t index)
{
	struct sim_fuses *f = ctx;
	const struct sim_op op = {.kind = SIM_OP_REVOKE, .offset = (uint32_t)index};
	struct sim_tear tear;
	if (f->power->off) {
		return ROTOR_ERR_IO;
	}
	if (f->locked) {
		return ROTOR_ERR_DENIED;
	}
	if (index >= f->key_count) {
		return ROTOR_ERR_NOT_FOUND;
	}
	if (waits(f)) {
		return ROTOR_PENDING;
	}
	if (!f->revoked[index]) {
		bool torn = sim_power_spend(f->power, &op, &tear);
		if (torn && tear.kind == SIM_TEAR_CLEAN) {
			tear.kind = SIM_TEAR_BEFORE;
		}
		sim_fuses_apply(f, &op, torn ? &tear : NULL);
	}
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
	f->weak_reads += f->pattern_by_boot ? 1 : 0;
}

void sim_fuses_copy(struct sim_fuses *to, const struct sim_fuses *from)
{
	memcpy(to->secret, from->secret, sizeof(to->secret));
	memcpy(to->key_hash, from->key_hash, sizeof(to->key_hash));
	memcpy(to->revoked, from->revoked, sizeof(to->revoked));
	memcpy(to->revoked_weak, from->revoked_weak, sizeof(to->revoked_weak));
	to->pattern_by_boot = from->pattern_by_boot;
	to->key_count = from->key_count;
	to->floor = from->floor;
	to->floor_weak = from->floor_weak;
	to->pattern = from->pattern;
}
