/* SPDX-License-Identifier: Apache-2.0 */
/* All cuts of a story, and all second ones. */
#include <stdlib.h>
#include <string.h>

#include "sim/campaign.h"
#include "sim/mix.h"

/* Lives that a hanging image may take until the device is rid of it. */
#define PATIENCE 6

/* Where a story stands: before a life. */
struct place {
	unsigned life;
	struct sim_state *state;
	struct sim_belief belief;
	unsigned cuts;     /* that are still to come */
	unsigned ops;      /* operations since the beginning, or the last cut */
	unsigned patience; /* used up */
};

static struct sim_set explore(struct sim_campaign *c, const struct place *at);

/* ---- storage ---- */

static struct sim_state *borrow(struct sim_campaign *c)
{
	if (c->pool_used == SIM_POOL || (c->pool_used == c->pool_made &&
					 !sim_state_init(&c->pool[c->pool_made++], &c->world))) {
		abort();
	}
	return &c->pool[c->pool_used++];
}

static void give_back(struct sim_campaign *c, unsigned count)
{
	c->pool_used -= count;
}

/* ---- what a life depends on ---- */

static uint64_t context_of(const struct place *at)
{
	uint64_t h = sim_mix(at->life | at->cuts << 8 | at->patience << 16);
	h = sim_mix(h + at->belief.stage + ((uint64_t)at->belief.current << 8) +
		    ((uint64_t)at->belief.candidate << 16));
	return sim_mix(h + at->belief.floor);
}

static void add_region(struct sim_set *set, const struct sim_campaign *c,
		       enum rotor_flash_region_id id)
{
	const struct rotor_flash_region *region = &c->world.layout.region[id];
	uint32_t sector = c->world.layout.geometry.sector;
	for (uint32_t at = 0; at < region->size; at += sector) {
		sim_set_add(set, (region->offset + at) / sector);
	}
}

/* The sectors that the life just played depended on; the onlooker reads the record too. */
static struct sim_set touched(const struct sim_campaign *c)
{
	struct sim_set set = {{0}};
	for (size_t i = 0; i < sim_flash_sectors(&c->world.flash); i++) {
		if (c->world.flash.touched[i]) {
			sim_set_add(&set, i);
		}
	}
	add_region(&set, c, ROTOR_REGION_RECORD_A);
	add_region(&set, c, ROTOR_REGION_RECORD_B);
	return set;
}

/* ---- playing ---- */

static bool play(struct sim_campaign *c, const struct place *at)
{
	struct sim_run *r = &c->run;
	sim_state_give(at->state, &c->world);
	r->belief = at->belief;
	c->counts.lives++;
	return sim_life_run(r, &c->life[at->life]);
}

/* What comes after a life that went well, if anything does. @return the sectors that it depends on */
static struct sim_set go_on(struct sim_campaign *c, const struct place *at, bool reached,
			    size_t ops)
{
	struct sim_set set = {{0}};
	struct place next = *at;
	next.belief = c->run.belief;
	next.ops += (unsigned)ops;
	if (reached || c->life[at->life].goal == SIM_GOAL_SETTLE) {
		next.life++;
		next.patience = 0;
	} else if (++next.patience == PATIENCE) {
		c->run.broken = SIM_UPDATABLE;
		memcpy(c->run.why, "it hangs for ever", sizeof("it hangs for ever"));
		sim_campaign_failed(c);
		return set;
	}
	if (next.life == c->recovery && c->path_len == 0) {
		next.cuts = 0;
		c->counts.operations = next.ops;
	}
	if (c->life[next.life].goal == SIM_GOAL_NONE) {
		return set;
	}
	next.state = borrow(c);
	sim_state_take(next.state, &c->world);
	const struct sim_set *known = sim_known_find(&c->known, next.state, context_of(&next));
	set = known != NULL ? *known : explore(c, &next);
	give_back(c, 1);
	return set;
}

/* ---- cutting ---- */

/* Goes on from what one cut left. @return the sectors that what follows depends on */
static struct sim_set after_cut(struct sim_campaign *c, const struct place *at,
				struct sim_state *torn, const struct sim_belief *belief)
{
	const struct place next = {
	    .life = c->recovery,
	    .state = torn,
	    .belief = sim_belief_after_cut(belief, &c->world, &torn->flash),
	    .cuts = at->cuts - 1,
	};
	uint64_t context = context_of(&next);
	if (c->path_len == 1) {
		c->counts.single++;
		c->counts.states += sim_known_whole(&c->whole, torn, 0);
	} else {
		c->counts.twice++;
	}
	const struct sim_set *known = sim_known_find(&c->known, torn, context);
	return known != NULL ? *known : explore(c, &next);
}

/* Every tear of one operation. @param base the state before it; @param fresh sectors that the life has erased */
static void cut_operation(struct sim_campaign *c, const struct place *at, struct sim_state *base,
			  const struct sim_traced *traced, const struct sim_set *fresh,
			  struct sim_set *set)
{
	struct sim_tears *tears = &c->tears[c->path_len];
	struct sim_cut *cut = &c->path[c->path_len];
	struct sim_state *torn = borrow(c);
	sim_tears_of(tears, &traced->op, c->geometry->unit, base->fuses.floor,
		     c->detail[c->path_len]);
	sim_state_copy(torn, base);
	c->path_len++;
	for (size_t i = 0; i < tears->count && !(c->stop && c->counts.broken); i++) {
		cut->tear = tears->tear[i];
		sim_state_tear(torn, base, &c->known, &traced->op, &cut->tear);
		struct sim_set more = after_cut(c, at, torn, &traced->belief);
		sim_set_join(set, &more, fresh);
	}
	c->path_len--;
	give_back(c, 1);
}

/* The last byte of a program that matters, and the first, are not written, and nobody says so. */
static void write_dud(struct sim_campaign *c, const struct place *at,
		      const struct sim_traced *traced, unsigned number)
{
	struct sim_cut *cut = &c->path[c->path_len];
	uint32_t last = traced->op.len;
	while (last > 0 && traced->op.data[last - 1] == 0xff) {
		last--;
	}
	if (last == 0) {
		return;
	}
	cut->op = at->ops + number;
	cut->tear = (struct sim_tear){.kind = SIM_TEAR_DUD, .at = last - 1};
	c->path_len++;
	c->counts.duds++;
	sim_state_give(at->state, &c->world);
	c->world.power.cut_at = number;
	c->world.power.exact = &cut->tear;
	c->run.belief = at->belief;
	c->run.dud = true;
	bool reached = sim_life_run(&c->run, &c->life[at->life]);
	c->run.dud = false;
	if (c->run.failed) {
		sim_campaign_failed(c);
	} else {
		const struct place from = {.life = at->life, .state = at->state};
		(void)go_on(c, &from, reached, 0);
	}
	c->path_len--;
}

static struct sim_set cut_life(struct sim_campaign *c, const struct place *at,
			       const struct sim_trace *trace)
{
	struct sim_set set = {{0}}, fresh = {{0}};
	struct sim_state *base = borrow(c);
	sim_state_copy(base, at->state);
	for (size_t i = 0; i < trace->count; i++) {
		const struct sim_traced *traced = &trace->ops[i];
		c->path[c->path_len].op = at->ops + (unsigned)i + 1;
		cut_operation(c, at, base, traced, &fresh, &set);
		if (c->path_len == 0 && at->cuts == 1 && traced->op.kind == SIM_OP_PROGRAM) {
			write_dud(c, at, traced, (unsigned)i + 1);
		}
		sim_state_apply(base, &traced->op, NULL);
		if (traced->op.kind == SIM_OP_ERASE) {
			sim_set_add(&fresh, traced->op.offset / c->geometry->sector);
		}
	}
	give_back(c, 1);
	return set;
}

/* Whether the life at @p at is to be cut. */
static bool is_cut(const struct sim_campaign *c, const struct place *at)
{
	return at->cuts > 0 && (c->path_len == 0 || at->life < c->recovery + c->cut_lives);
}

/* Plays a life, cuts it, and goes on. @return the sectors that all of that depends on */
static struct sim_set explore(struct sim_campaign *c, const struct place *at)
{
	struct sim_set all, fresh = {{0}};
	memset(&all, 0xff, sizeof(all));
	bool reached = play(c, at);
	if (c->run.failed) {
		sim_campaign_failed(c);
		return all;
	}
	struct sim_trace trace = c->run.trace;
	c->run.trace = (struct sim_trace){0};
	struct sim_set set = touched(c);
	for (size_t i = 0; i < sim_flash_sectors(&c->world.flash); i++) {
		if (c->world.flash.fresh[i]) {
			sim_set_add(&fresh, i);
		}
	}
	unsigned long broken = c->counts.broken;
	struct sim_set more = go_on(c, at, reached, trace.count);
	sim_set_join(&set, &more, &fresh);
	if (is_cut(c, at)) {
		static const struct sim_set none;
		more = cut_life(c, at, &trace);
		sim_set_join(&set, &more, &none);
	}
	sim_trace_free(&trace);
	if (broken == c->counts.broken) {
		sim_known_add(&c->known, at->state, context_of(at), &set);
	}
	return set;
}

void sim_campaign_run(struct sim_campaign *c)
{
	struct place start = {.state = &c->start, .belief = c->run.belief, .cuts = 1};
	c->detail[0] = c->single;
	(void)explore(c, &start);
	struct sim_counts counts = c->counts;
	if (c->pairs && !(c->stop && c->counts.broken)) {
		/* The first cuts of pairs have been counted, as far as they are looked at so closely. */
		start.cuts = 2;
		c->detail[0] = c->first;
		c->detail[1] = c->second;
		(void)explore(c, &start);
		c->counts.single = counts.single;
		c->counts.duds = counts.duds;
	}
	memcpy(c->counts.checks, c->run.checks, sizeof(c->counts.checks));
}
