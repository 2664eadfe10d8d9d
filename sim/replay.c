/* SPDX-License-Identifier: Apache-2.0 */
/* A story with the cuts that somebody names, or that a seed chooses. */
#include <string.h>

#include "sim/campaign.h"
#include "sim/mix.h"

/* Power cycles that a story may have. */
#define LIVES_MAX 64

/* What is left when a life that was played is cut at its operation @p number, from 1. */
static void cut_back(struct sim_campaign *c, struct sim_state *state, unsigned number,
		     const struct sim_tear *tear)
{
	const struct sim_trace *trace = &c->run.trace;
	for (unsigned i = 0; i + 1 < number; i++) {
		sim_state_apply(state, &trace->ops[i].op, NULL);
	}
	const struct sim_traced *last = &trace->ops[number - 1];
	sim_state_apply(state, &last->op, tear);
	c->run.belief = sim_belief_after_cut(&last->belief, &c->world, &state->flash);
	sim_state_give(state, &c->world);
}

static void arm_dud(struct sim_campaign *c, const struct sim_cut *cut, unsigned ops)
{
	c->run.dud = cut != NULL && cut->tear.kind == SIM_TEAR_DUD && cut->op > ops;
	if (c->run.dud) {
		c->world.power.cut_at = cut->op - ops;
		c->world.power.exact = &cut->tear;
	}
}

/* Whether the story goes on after a life; *life becomes the next. */
static bool next_life(const struct sim_campaign *c, unsigned *life, bool reached)
{
	if (reached || c->life[*life].goal == SIM_GOAL_SETTLE) {
		(*life)++;
	}
	return c->life[*life].goal != SIM_GOAL_NONE;
}

/* ---- at random ---- */

struct dice {
	uint64_t state;
	struct sim_tears tears;
};

static uint32_t roll(struct dice *d, uint32_t sides)
{
	d->state += UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(sim_mix(d->state) % sides);
}

/* One of the ways to tear an operation; at any byte of it, not only where a list looks. */
static struct sim_tear choose(struct dice *d, const struct sim_op *op, uint32_t unit,
			      uint32_t floor)
{
	sim_tears_of(&d->tears, op, unit, floor, SIM_COARSE);
	struct sim_tear tear = d->tears.tear[roll(d, (uint32_t)d->tears.count)];
	if (op->len > 0 && tear.kind != SIM_TEAR_BEFORE && tear.kind != SIM_TEAR_DONE) {
		tear.at = roll(d, op->len);
	}
	return tear;
}

/* ---- playing ---- */

/*
 * Plays c->path. @param dice if not NULL, chooses how the last cut is torn when it is reached.
 */
static bool play(struct sim_campaign *c, struct dice *dice)
{
	struct sim_state *state = &c->pool[0];
	struct sim_run *r = &c->run;
	unsigned life = 0, ops = 0, done = 0;
	if (c->pool_made == 0 && !sim_state_init(&c->pool[c->pool_made++], &c->world)) {
		return false;
	}
	sim_state_give(&c->start, &c->world);
	r->belief = (struct sim_belief){
	    .stage = SIM_SETTLED, .current = SIM_OLD, .candidate = SIM_NO_IMAGE};
	r->said_ops = 0;
	for (unsigned lives = 0; lives < LIVES_MAX; lives++) {
		struct sim_cut *cut = done < c->path_len ? &c->path[done] : NULL;
		sim_state_take(state, &c->world);
		sim_state_give(state, &c->world);
		arm_dud(c, cut, ops);
		c->next_cut = cut != NULL && !r->dud ? cut->op : 0;
		bool reached = sim_life_run(r, &c->life[life]);
		unsigned count = (unsigned)r->trace.count;
		bool here = cut != NULL && cut->op > ops && cut->op - ops <= count;
		c->counts.lives++;
		done += here;
		if (here && !r->dud) {
			if (dice != NULL && done == c->path_len) {
				cut->tear = choose(dice, &r->trace.ops[cut->op - ops - 1].op,
						   c->geometry->unit, state->fuses.floor);
			}
			cut_back(c, state, cut->op - ops, &cut->tear);
			life = c->recovery;
			ops = 0;
			r->failed = false;
			r->said_ops = 0;
			continue;
		}
		r->dud = false;
		ops += count;
		bool more = next_life(c, &life, reached);
		/* Of the story, or of what follows the last cut. */
		if (c->path_len > 0 || life <= c->recovery) {
			c->counts.operations = ops;
		}
		if (r->failed || !more) {
			break;
		}
	}
	return !r->failed && done == c->path_len;
}

bool sim_campaign_replay(struct sim_campaign *c)
{
	return play(c, NULL);
}

/* One pair of cuts: the second somewhere in what follows the first. */
static void pair(struct sim_campaign *c, struct dice *dice, unsigned operations)
{
	c->path_len = 1;
	c->path[0].op = 1 + roll(dice, operations);
	bool good = play(c, dice);
	c->counts.single++;
	if (good) {
		c->path_len = 2;
		c->path[1].op = 1 + roll(dice, (uint32_t)c->counts.operations);
		good = play(c, dice);
		c->counts.twice++;
	}
	if (!good) {
		sim_campaign_failed(c);
	}
}

void sim_campaign_random(struct sim_campaign *c, uint64_t seed, unsigned count)
{
	struct dice dice = {.state = sim_mix_bytes(seed, c->story->name, strlen(c->story->name))};
	c->path_len = 0;
	if (!play(c, NULL)) {
		sim_campaign_failed(c);
		return;
	}
	unsigned operations = (unsigned)c->counts.operations;
	for (unsigned i = 0; i < count && c->counts.broken == 0; i++) {
		pair(c, &dice, operations);
	}
	c->counts.operations = operations;
	memcpy(c->counts.checks, c->run.checks, sizeof(c->counts.checks));
	sim_tears_free(&dice.tears);
}
