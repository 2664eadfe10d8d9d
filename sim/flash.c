/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/flash.h"

#include <stdlib.h>
#include <string.h>

static uint32_t sector_of(const struct sim_flash *f, uint32_t offset)
{
	return offset / f->port.geometry.sector;
}

/* ---- what an operation does ---- */

static void set_units(struct sim_flash *f, uint32_t offset, uint32_t len, uint8_t used)
{
	uint32_t unit = f->port.geometry.unit;
	uint32_t first = offset / unit;
	memset(f->used + first, used, (offset + len + unit - 1) / unit - first);
}

static void make_weak(struct sim_flash *f, uint32_t offset, uint8_t mask, uint8_t pattern)
{
	f->weak[offset] = mask;
	f->pattern[sector_of(f, offset)] = pattern;
}

/* The byte at which an operation was torn, and for WEAK_REST those after it: from what they were to `to`. */
static void tear_byte(struct sim_flash *f, uint32_t offset, uint8_t to, const struct sim_tear *tear)
{
	uint8_t changes = f->bytes[offset] ^ to;
	switch (tear->kind) {
	case SIM_TEAR_LOW:
		f->bytes[offset] ^= changes & 0x0f;
		break;
	case SIM_TEAR_HIGH:
		f->bytes[offset] ^= changes & 0xf0;
		break;
	case SIM_TEAR_WEAK:
	case SIM_TEAR_WEAK_REST:
		if (changes != 0) {
			make_weak(f, offset, changes, tear->pattern);
		}
		break;
	default:
		break;
	}
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void erase_sector(struct sim_flash *f, const struct sim_op *op, const struct sim_tear *tear)
{
	uint32_t done = op->len;
	if (tear != NULL && tear->kind == SIM_TEAR_BEFORE) {
		return;
	}
	if (tear != NULL && tear->kind != SIM_TEAR_DONE && tear->kind != SIM_TEAR_DUD) {
		uint32_t last = tear->kind == SIM_TEAR_WEAK_REST ? op->len : tear->at + 1;
		done = least(tear->at, op->len);
		for (uint32_t i = done; i < last && i < op->len; i++) {
			tear_byte(f, op->offset + i, 0xff, tear);
		}
	}
	memset(f->bytes + op->offset, 0xff, done);
	memset(f->weak + op->offset, 0, done);
	/* What was not erased to its end is not blank anywhere. */
	set_units(f, op->offset, op->len, done < op->len);
	if (done == op->len) {
		f->pattern[sector_of(f, op->offset)] = 0;
	}
}

static void program(struct sim_flash *f, const struct sim_op *op, const struct sim_tear *tear)
{
	uint32_t unit = f->port.geometry.unit;
	uint32_t done = op->len, touched = op->len, skipped = UINT32_MAX;
	if (tear != NULL && tear->kind == SIM_TEAR_BEFORE) {
		return;
	}
	if (tear != NULL && tear->kind == SIM_TEAR_DUD) {
		skipped = tear->at;
	} else if (tear != NULL && tear->kind != SIM_TEAR_DONE) {
		uint32_t last = tear->at + 1;
		if (tear->kind == SIM_TEAR_WEAK_REST) {
			last = (tear->at / unit + 1) * unit;
		}
		done = least(tear->at, op->len);
		touched = tear->kind == SIM_TEAR_CLEAN ? done : least(last, op->len);
		for (uint32_t i = done; i < touched; i++) {
			uint32_t offset = op->offset + i;
			tear_byte(f, offset, f->bytes[offset] & op->data[i], tear);
		}
	}
	for (uint32_t i = 0; i < done; i++) {
		if (i != skipped) {
			f->bytes[op->offset + i] &= op->data[i];
		}
	}
	if (touched > 0) {
		set_units(f, op->offset, touched, 1);
	}
}

void sim_flash_apply(struct sim_flash *f, const struct sim_op *op, const struct sim_tear *tear)
{
	if (op->kind == SIM_OP_ERASE) {
		erase_sector(f, op, tear);
	} else if (op->kind == SIM_OP_PROGRAM) {
		program(f, op, tear);
	}
}

void sim_flash_peek(const struct sim_flash *f, uint32_t offset, void *buf, size_t len, bool new_way)
{
	uint8_t *out = buf;
	memcpy(out, f->bytes + offset, len);
	for (size_t i = 0; new_way && i < len; i++) {
		out[i] ^= f->weak[offset + i];
	}
}

/* ---- the port ---- */

static uint64_t time_of(const struct sim_flash *f, char op, size_t len)
{
	uint64_t us = op == 'e' ? f->erase_us : op == 'p' ? f->program_us * ((len + 255) / 256) : 0;
	return f->clock != NULL ? *f->clock + us : 0;
}

/* Answers true while the operation is to be pending, and sees that it is the same one that is asked again. */
static bool waits(struct sim_flash *f, char op, uint32_t offset, const void *data, size_t len)
{
	if (f->busy) {
		if (f->op != op || f->offset != offset || f->data != data || f->len != len) {
			sim_power_fault(
			    f->power,
			    "another flash operation was asked for while one was pending");
		}
	} else {
		f->pending_left = f->pending;
		f->until = time_of(f, op, len);
		f->op = op;
		f->offset = offset;
		f->data = data;
		f->len = len;
	}
	f->busy = f->pending_left > 0 || (f->clock != NULL && *f->clock < f->until);
	if (f->pending_left > 0) {
		f->pending_left--;
	}
	return f->busy;
}

/* What is not inside the flash is not done at all. */
static bool inside(struct sim_flash *f, uint32_t offset, size_t len)
{
	uint32_t size = f->port.geometry.size;
	bool good = offset <= size && len <= size - offset;
	if (!good) {
		sim_power_fault(f->power, "an operation leaves the flash");
	}
	return good;
}

static void touch(struct sim_flash *f, uint32_t offset, size_t len)
{
	for (size_t s = sector_of(f, offset);
	     len > 0 && s <= (offset + len - 1) / f->port.geometry.sector; s++) {
		f->touched[s] |= !f->fresh[s];
	}
}

/* All weak bits that this read meets answer alike, or each as noise. */
static void read_weak(struct sim_flash *f, uint32_t offset, uint8_t *buf, size_t len)
{
	bool met = false;
	for (size_t i = 0; i < len; i++) {
		uint32_t at = offset + (uint32_t)i;
		if (f->weak[at] != 0) {
			met = true;
			buf[i] ^= sim_weak_value(f->pattern[sector_of(f, at)], f->weak_reads, at,
						 f->weak[at]);
		}
	}
	f->weak_reads += met;
}

static bool any_weak(const struct sim_flash *f, uint32_t offset, size_t len)
{
	for (size_t s = sector_of(f, offset);
	     len > 0 && s <= (offset + len - 1) / f->port.geometry.sector; s++) {
		if (f->pattern[s] != 0) {
			return true;
		}
	}
	return false;
}

static enum rotor_status flash_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct sim_flash *f = ctx;
	if (f->power->off || !inside(f, offset, len)) {
		return ROTOR_ERR_IO;
	}
	if (waits(f, 'r', offset, buf, len)) {
		return ROTOR_PENDING;
	}
	touch(f, offset, len);
	memcpy(buf, f->bytes + offset, len);
	if (any_weak(f, offset, len)) {
		read_weak(f, offset, buf, len);
	}
	return ROTOR_OK;
}

static enum rotor_status flash_erase(void *ctx, uint32_t offset)
{
	struct sim_flash *f = ctx;
	uint32_t sector = f->port.geometry.sector;
	if (f->power->off || !inside(f, offset, sector)) {
		return ROTOR_ERR_IO;
	}
	if (waits(f, 'e', offset, NULL, 0)) {
		return ROTOR_PENDING;
	}
	if (offset % sector != 0) {
		sim_power_fault(f->power, "an erase does not begin at a sector");
		return ROTOR_ERR_IO;
	}
	const struct sim_op op = {.kind = SIM_OP_ERASE, .offset = offset, .len = sector};
	struct sim_tear tear;
	bool torn = sim_power_spend(f->power, &op, &tear);
	sim_flash_apply(f, &op, torn ? &tear : NULL);
	f->fresh[sector_of(f, offset)] = 1;
	f->erases++;
	return f->power->off ? ROTOR_ERR_IO : ROTOR_OK;
}

static void check_program(struct sim_flash *f, uint32_t offset, const uint8_t *data, size_t len)
{
	const struct rotor_flash_geometry *g = &f->port.geometry;
	if (len == 0 || offset % g->unit != 0 || len % g->unit != 0) {
		sim_power_fault(f->power, "a program is not of whole units");
		return;
	}
	if (offset / g->sector != (offset + len - 1) / g->sector) {
		sim_power_fault(f->power, "a program crosses the end of a sector");
	}
	for (size_t unit = offset / g->unit; unit < (offset + len) / g->unit; unit++) {
		if (f->used[unit]) {
			sim_power_fault(f->power, "a unit is programmed twice without an erase");
		}
	}
	for (size_t i = 0; i < len; i++) {
		if ((f->bytes[offset + i] & data[i]) != data[i]) {
			sim_power_fault(f->power, "a program sets bits that only an erase can set");
			return;
		}
	}
}

static enum rotor_status flash_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct sim_flash *f = ctx;
	if (f->power->off || !inside(f, offset, len)) {
		return ROTOR_ERR_IO;
	}
	if (waits(f, 'p', offset, data, len)) {
		return ROTOR_PENDING;
	}
	check_program(f, offset, data, len);
	touch(f, offset, len);
	if (offset >= f->fail_from && offset < f->fail_to) {
		return ROTOR_ERR_IO;
	}
	const struct sim_op op = {
	    .kind = SIM_OP_PROGRAM, .offset = offset, .len = (uint32_t)len, .data = data};
	struct sim_tear tear;
	bool torn = sim_power_spend(f->power, &op, &tear);
	sim_flash_apply(f, &op, torn ? &tear : NULL);
	f->programs++;
	return f->power->off ? ROTOR_ERR_IO : ROTOR_OK;
}

static const struct rotor_flash_ops flash_ops = {
    .read = flash_read, .erase = flash_erase, .program = flash_program};

/* ---- making, filling, copying ---- */

size_t sim_flash_sectors(const struct sim_flash *f)
{
	return f->port.geometry.size / f->port.geometry.sector;
}

bool sim_flash_init(struct sim_flash *f, struct sim_power *power,
		    const struct rotor_flash_geometry *geometry)
{
	*f = (struct sim_flash){.port = {.ops = &flash_ops, .ctx = f, .geometry = *geometry},
				.power = power};
	size_t sectors = sim_flash_sectors(f);
	f->bytes = malloc(geometry->size);
	f->used = calloc(geometry->size / geometry->unit, 1);
	f->weak = calloc(geometry->size, 1);
	f->pattern = calloc(sectors, 1);
	f->touched = calloc(sectors, 1);
	f->fresh = calloc(sectors, 1);
	if (!f->bytes || !f->used || !f->weak || !f->pattern || !f->touched || !f->fresh) {
		sim_flash_free(f);
		return false;
	}
	memset(f->bytes, 0xff, geometry->size);
	return true;
}

void sim_flash_free(struct sim_flash *f)
{
	free(f->bytes);
	free(f->used);
	free(f->weak);
	free(f->pattern);
	free(f->touched);
	free(f->fresh);
	f->bytes = f->used = f->weak = f->pattern = f->touched = f->fresh = NULL;
}

void sim_flash_reset(struct sim_flash *f)
{
	f->busy = false;
	f->weak_reads = 0;
	memset(f->touched, 0, sim_flash_sectors(f));
	memset(f->fresh, 0, sim_flash_sectors(f));
}

void sim_flash_put(struct sim_flash *f, const struct rotor_flash_region *region, const void *data,
		   size_t len)
{
	struct sim_op op = {.kind = SIM_OP_ERASE, .len = f->port.geometry.sector};
	for (op.offset = region->offset; op.offset < region->offset + region->size;
	     op.offset += op.len) {
		sim_flash_apply(f, &op, NULL);
	}
	op = (struct sim_op){
	    .kind = SIM_OP_PROGRAM, .offset = region->offset, .len = (uint32_t)len, .data = data};
	sim_flash_apply(f, &op, NULL);
}

void sim_flash_copy(struct sim_flash *to, const struct sim_flash *from)
{
	const struct rotor_flash_geometry *g = &from->port.geometry;
	memcpy(to->bytes, from->bytes, g->size);
	memcpy(to->used, from->used, g->size / g->unit);
	memcpy(to->weak, from->weak, g->size);
	memcpy(to->pattern, from->pattern, sim_flash_sectors(from));
}

void sim_flash_copy_sector(struct sim_flash *to, const struct sim_flash *from, uint32_t offset)
{
	const struct rotor_flash_geometry *g = &from->port.geometry;
	uint32_t s = sector_of(from, offset), at = s * g->sector;
	memcpy(to->bytes + at, from->bytes + at, g->sector);
	memcpy(to->used + at / g->unit, from->used + at / g->unit, g->sector / g->unit);
	memcpy(to->weak + at, from->weak + at, g->sector);
	to->pattern[s] = from->pattern[s];
}
