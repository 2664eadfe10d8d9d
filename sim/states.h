/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chip remembers while it has no power, and which of these states have
 * been gone on from already.
 *
 * A life depends only on what it reads: fuses, beliefs, and the sectors that it
 * reads or programs before it erases them. So a life that went well from one
 * state goes the same way from every other that has the same in those sectors,
 * whatever the torn rest holds. Each result is kept with the set of sectors it
 * depended on, and looked up by what they hold.
 */
#ifndef ROTOR_SIM_STATES_H
#define ROTOR_SIM_STATES_H

#include "sim/story.h"

#define SIM_SECTORS_MAX 256
#define SIM_SETS_MAX    512

/* ---- sets of sectors ---- */

struct sim_set {
	uint64_t word[SIM_SECTORS_MAX / 64];
};

static inline bool sim_set_has(const struct sim_set *set, size_t sector)
{
	return (set->word[sector / 64] >> sector % 64 & 1) != 0;
}

static inline void sim_set_add(struct sim_set *set, size_t sector)
{
	set->word[sector / 64] |= UINT64_C(1) << sector % 64;
}

/* a |= b without c */
static inline void sim_set_join(struct sim_set *a, const struct sim_set *b, const struct sim_set *c)
{
	for (size_t i = 0; i < SIM_SECTORS_MAX / 64; i++) {
		a->word[i] |= b->word[i] & ~c->word[i];
	}
}

/* ---- states ---- */

struct sim_state {
	struct sim_flash flash;
	struct sim_fuses fuses;
	struct sim_power power;          /* of no use; ports want one */
	uint64_t value[SIM_SECTORS_MAX]; /* of each sector's content */
	uint64_t sum[SIM_SETS_MAX];      /* over the sectors of each known set */
	size_t sums;                     /* how many are worked out */
};

bool sim_state_init(struct sim_state *s, const struct sim_world *w);
void sim_state_free(struct sim_state *s);
void sim_state_copy(struct sim_state *to, const struct sim_state *from);
/* From and to the chip; what stands in flash is valued anew, or what was counted since the cut is forgotten. */
void sim_state_take(struct sim_state *s, const struct sim_world *w);
void sim_state_give(const struct sim_state *s, struct sim_world *w);
/* A torn or a whole operation is done to a state. */
void sim_state_apply(struct sim_state *s, const struct sim_op *op, const struct sim_tear *tear);

struct sim_known;

/*
 * Makes @p to what @p from becomes if @p op, torn so, is done to it. @p to was made from @p from by this before, with an
 * operation on the same sector, or is a copy of it.
 */
void sim_state_tear(struct sim_state *to, struct sim_state *from, const struct sim_known *known,
		    const struct sim_op *op, const struct sim_tear *tear);

/* ---- what is known ---- */

struct sim_known {
	struct sim_set set[SIM_SETS_MAX]; /* set 0: all sectors */
	size_t sets;
	uint64_t *key;
	size_t count, cap;
};

void sim_known_init(struct sim_known *known);
void sim_known_free(struct sim_known *known);
/*
 * Whether the lives from @p s in @p context (a number that stands for all but flash and fuses) are known.
 * @return the sectors that they depend on, or NULL
 */
const struct sim_set *sim_known_find(const struct sim_known *known, struct sim_state *s,
				     uint64_t context);
/* Notes that they are, and depend on @p set. */
void sim_known_add(struct sim_known *known, struct sim_state *s, uint64_t context,
		   const struct sim_set *set);
/* Notes a state as a whole. @return whether it is new */
bool sim_known_whole(struct sim_known *known, struct sim_state *s, uint64_t context);

#endif
