/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/states.h"

#include <stdlib.h>
#include <string.h>

#include "sim/mix.h"

/* ---- states ---- */

static uint64_t value_of(const struct sim_flash *f, size_t sector)
{
	const struct rotor_flash_geometry *g = &f->port.geometry;
	size_t at = sector * g->sector, units = g->sector / g->unit;
	uint64_t h = sim_mix_bytes(sector + 1, f->bytes + at, g->sector);
	h = sim_mix_bytes(h, f->used + sector * units, units);
	if (f->pattern[sector] != 0) {
		h = sim_mix_bytes(h ^ f->pattern[sector], f->weak + at, g->sector);
	}
	return h;
}

bool sim_state_init(struct sim_state *s, const struct sim_world *w)
{
	memset(s, 0, sizeof(*s));
	sim_fuses_init(&s->fuses, &s->power);
	return sim_flash_sectors(&w->flash) <= SIM_SECTORS_MAX &&
	       sim_flash_init(&s->flash, &s->power, &w->flash.port.geometry);
}

void sim_state_free(struct sim_state *s)
{
	sim_flash_free(&s->flash);
}

void sim_state_copy(struct sim_state *to, const struct sim_state *from)
{
	sim_flash_copy(&to->flash, &from->flash);
	sim_fuses_copy(&to->fuses, &from->fuses);
	to->flash.weak_reads = from->flash.weak_reads;
	to->fuses.weak_reads = from->fuses.weak_reads;
	memcpy(to->value, from->value, sizeof(to->value));
	memcpy(to->sum, from->sum, from->sums * sizeof(to->sum[0]));
	to->sums = from->sums;
}

/* Reads of weak bits count only while there are any. */
static void settle_counts(struct sim_state *s)
{
	bool weak = false;
	for (size_t i = 0; i < sim_flash_sectors(&s->flash); i++) {
		weak |= s->flash.pattern[i] != 0;
	}
	s->flash.weak_reads = weak ? s->flash.weak_reads : 0;
	if (s->fuses.floor_weak == 0) {
		s->fuses.weak_reads = 0;
	}
}

void sim_state_take(struct sim_state *s, const struct sim_world *w)
{
	sim_flash_copy(&s->flash, &w->flash);
	sim_fuses_copy(&s->fuses, &w->fuses);
	s->flash.weak_reads = w->flash.weak_reads;
	s->fuses.weak_reads = w->fuses.weak_reads;
	for (size_t i = 0; i < sim_flash_sectors(&s->flash); i++) {
		s->value[i] = value_of(&s->flash, i);
	}
	s->sums = 0;
	settle_counts(s);
}

void sim_state_give(const struct sim_state *s, struct sim_world *w)
{
	sim_flash_copy(&w->flash, &s->flash);
	sim_fuses_copy(&w->fuses, &s->fuses);
	sim_power_on(&w->power);
	sim_flash_reset(&w->flash);
	sim_fuses_reset(&w->fuses);
	w->flash.weak_reads = s->flash.weak_reads;
	w->fuses.weak_reads = s->fuses.weak_reads;
}

void sim_state_apply(struct sim_state *s, const struct sim_op *op, const struct sim_tear *tear)
{
	if (op->kind == SIM_OP_FLOOR || op->kind == SIM_OP_REVOKE) {
		sim_fuses_apply(&s->fuses, op, tear);
	} else {
		size_t sector = op->offset / s->flash.port.geometry.sector;
		sim_flash_apply(&s->flash, op, tear);
		s->value[sector] = value_of(&s->flash, sector);
		s->sums = 0;
	}
	s->flash.weak_reads = s->fuses.weak_reads = 0;
}

/* ---- what is known ---- */

void sim_known_init(struct sim_known *known)
{
	memset(known, 0, sizeof(*known));
	known->sets = 1;
	memset(&known->set[0], 0xff, sizeof(known->set[0]));
	known->cap = 1 << 16;
	known->key = calloc(known->cap, sizeof(known->key[0]));
	if (known->key == NULL) {
		abort();
	}
}

void sim_known_free(struct sim_known *known)
{
	free(known->key);
	known->key = NULL;
}

static uint64_t sum_of(const struct sim_state *s, const struct sim_set *set)
{
	uint64_t sum = 0;
	size_t sectors = sim_flash_sectors(&s->flash);
	for (size_t i = 0; i < sectors; i++) {
		sum += sim_set_has(set, i) ? s->value[i] : 0;
	}
	return sum;
}

static uint64_t context_of(const struct sim_state *s, uint64_t context)
{
	uint64_t h = sim_mix(context + s->fuses.floor);
	h = sim_mix(h + s->fuses.floor_weak + ((uint64_t)s->flash.weak_reads << 32));
	h = sim_mix(h + s->fuses.weak_reads);
	if (s->fuses.floor_weak != 0) {
		h = sim_mix(h + s->fuses.pattern + (s->fuses.pattern_by_boot ? 256 : 0));
	}
	return sim_mix_bytes(h, s->fuses.revoked, sizeof(s->fuses.revoked));
}

/* The place of a key, or where it would be; 0 is no key. */
static size_t place_of(const struct sim_known *known, uint64_t key)
{
	size_t at = key & (known->cap - 1);
	while (known->key[at] != 0 && known->key[at] != key) {
		at = (at + 1) & (known->cap - 1);
	}
	return at;
}

static void grow(struct sim_known *known)
{
	struct sim_known larger = {.cap = known->cap * 2};
	larger.key = calloc(larger.cap, sizeof(larger.key[0]));
	if (larger.key == NULL) {
		abort();
	}
	for (size_t i = 0; i < known->cap; i++) {
		if (known->key[i] != 0) {
			larger.key[place_of(&larger, known->key[i])] = known->key[i];
		}
	}
	free(known->key);
	known->key = larger.key;
	known->cap = larger.cap;
}

static bool insert(struct sim_known *known, uint64_t key)
{
	size_t at = place_of(known, key);
	if (known->key[at] == key) {
		return false;
	}
	known->key[at] = key;
	if (++known->count * 2 > known->cap) {
		grow(known);
	}
	return true;
}

static uint64_t key_of(uint64_t context, size_t set, uint64_t sum)
{
	return sim_mix(sim_mix(context + set) ^ sum) | 1;
}

/* Works the sums out that have been asked for since. */
static void add_up(struct sim_state *s, const struct sim_known *known)
{
	for (; s->sums < known->sets; s->sums++) {
		s->sum[s->sums] = sum_of(s, &known->set[s->sums]);
	}
}

void sim_state_tear(struct sim_state *to, struct sim_state *from, const struct sim_known *known,
		    const struct sim_op *op, const struct sim_tear *tear)
{
	to->flash.weak_reads = to->fuses.weak_reads = 0;
	if (op->kind == SIM_OP_FLOOR || op->kind == SIM_OP_REVOKE) {
		sim_fuses_copy(&to->fuses, &from->fuses);
		sim_fuses_apply(&to->fuses, op, tear);
		return;
	}
	size_t sector = op->offset / from->flash.port.geometry.sector;
	add_up(from, known);
	sim_flash_copy_sector(&to->flash, &from->flash, op->offset);
	sim_flash_apply(&to->flash, op, tear);
	to->value[sector] = value_of(&to->flash, sector);
	for (to->sums = 0; to->sums < from->sums; to->sums++) {
		uint64_t change = to->value[sector] - from->value[sector];
		bool has = sim_set_has(&known->set[to->sums], sector);
		to->sum[to->sums] = from->sum[to->sums] + (has ? change : 0);
	}
}

const struct sim_set *sim_known_find(const struct sim_known *known, struct sim_state *s,
				     uint64_t context)
{
	add_up(s, known);
	context = context_of(s, context);
	for (size_t i = 0; i < known->sets; i++) {
		uint64_t key = key_of(context, i, s->sum[i]);
		if (known->key[place_of(known, key)] == key) {
			return &known->set[i];
		}
	}
	return NULL;
}

void sim_known_add(struct sim_known *known, struct sim_state *s, uint64_t context,
		   const struct sim_set *set)
{
	size_t i = 0;
	while (i < known->sets && memcmp(&known->set[i], set, sizeof(*set)) != 0) {
		i++;
	}
	if (i == known->sets && i < SIM_SETS_MAX) {
		known->set[known->sets++] = *set;
	} else if (i == known->sets) {
		i = 0; /* no room for another set: as if it depended on everything */
	}
	(void)insert(known, key_of(context_of(s, context), i, sum_of(s, &known->set[i])));
}

bool sim_known_whole(struct sim_known *known, struct sim_state *s, uint64_t context)
{
	add_up(s, known);
	/* A set of its own number, so that it is never taken for a result. */
	return insert(known, key_of(context_of(s, context), SIM_SETS_MAX, s->sum[0]));
}
