/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is played on a simulated chip, and what must hold whatever happens to
 * the power: stories (an update, with what was before it), the lives they are
 * made of, and the beliefs of an onlooker who sees the agent's messages and
 * what is in flash.
 */
#ifndef ROTOR_SIM_STORY_H
#define ROTOR_SIM_STORY_H

#include "sim/world.h"

/* ---- lives: from power on to a reset ---- */

enum sim_goal {
	SIM_GOAL_NONE,   /* the end of a list */
	SIM_GOAL_SETTLE, /* boots, and confirms itself if it is on trial */
	SIM_GOAL_UPDATE, /* and then takes an update up to the reset that activates it */
	SIM_GOAL_CANCEL, /* and before that one that is cancelled half-way */
};

struct sim_life {
	enum sim_goal goal;
	enum sim_image_id image; /* of an update */
};

#define SIM_LIVES_MAX 8

/* ---- stories ---- */

struct sim_story {
	const char *name;
	const char *what;
	uint32_t security_version[SIM_IMAGES];
	bool new_hangs; /* the new image never confirms itself */
	/* What the device has been through: puts images and record. */
	bool (*before)(struct sim_world *w);
	struct sim_life lives[SIM_LIVES_MAX];
};

/* The table, ended by an entry without a name. */
extern const struct sim_story sim_stories[];
/* What is done after every cut, to the end: boot, boot, another update, boot, boot. */
extern const struct sim_life sim_recovery[];

/* ---- what must hold ---- */

enum sim_invariant {
	SIM_BOOTS,         /* the boot stage starts something */
	SIM_VERIFIED,      /* and that is an image that was signed, byte for byte */
	SIM_ABOVE_FLOOR,   /* its security version is not below the floor */
	SIM_RIGHT_VERSION, /* it is the version that must run, or one of the two that may */
	SIM_FLOOR_KEPT,    /* the floor never falls */
	SIM_FLOOR_EARNED,  /* and never rises above what has confirmed itself */
	SIM_FLOOR_FOLLOWS, /* but rises to that */
	SIM_IDENTITY,      /* the same image has the same key and the same chain as ever */
	SIM_RULES,         /* no rule of flash or execution memory is broken */
	SIM_MARKED, /* no byte of a slot changes while the record says that the slot can be started */
	SIM_REMEMBERED, /* a slot that did not confirm itself is bad from then on, and the record says why */
	SIM_UPDATABLE, /* an update succeeds */
	SIM_INVARIANTS
};

/* A short name, as in the list of counts. */
const char *sim_invariant_name(enum sim_invariant invariant);

/* ---- beliefs ---- */

enum sim_stage {
	SIM_SETTLED, /* the current image must run */
	SIM_ASKED,   /* activation was asked for and not answered */
	SIM_ACKED,   /* it was answered: the candidate must be tried */
	SIM_TRYING, /* the boot stage has begun to try it, or it runs on trial: the record says what comes next */
	SIM_MUST,   /* after a cut: the candidate must run */
	SIM_UNSURE, /* after a cut inside what decides: either may run, and then stays */
};

struct sim_belief {
	uint8_t stage;
	uint8_t current;   /* enum sim_image_id: confirmed last */
	uint8_t candidate; /* what it is being updated to, or SIM_NO_IMAGE */
	uint32_t floor;    /* the highest that was seen */
};

/* Which images may run, as bits of enum sim_image_id, when the power comes on in this state of flash. */
unsigned sim_belief_allows(const struct sim_belief *b, const struct sim_world *w,
			   const struct sim_flash *flash);
/* What to believe when it comes on after a cut that left this state. */
struct sim_belief sim_belief_after_cut(const struct sim_belief *b, const struct sim_world *w,
				       const struct sim_flash *flash);

/* The record as the onlooker reads it, weak bits the old or the new way. @return false if no copy is good */
bool sim_read_record(const struct sim_world *w, const struct sim_flash *flash, bool new_way,
		     struct rotor_boot_record *record);
/* Whether the record says, however it is read, that an image is confirmed. */
bool sim_surely_confirmed(const struct sim_world *w, unsigned image);

/* ---- running ---- */

/* An operation of a life, and what was believed when it began. */
struct sim_traced {
	struct sim_op op;
	struct sim_belief belief;
};

struct sim_trace {
	struct sim_traced *ops;
	size_t count, cap;
};

struct sim_run {
	struct sim_world *world;
	struct sim_belief belief;
	struct sim_trace trace;               /* of the life that was run last */
	unsigned long checks[SIM_INVARIANTS]; /* so many times each was looked at */
	bool failed;                          /* one did not hold in that life: */
	enum sim_invariant broken;
	char why[160];
	/* What each image was identified by at first. */
	uint64_t identity[SIM_IMAGES];
	/* Says what happens, with the number of the operation; NULL: does not. */
	void (*say)(void *ctx, unsigned long op, const char *text);
	void *ctx;
	unsigned long said_ops; /* operations of the lives before */
	bool dud,
	    dud_in_boot; /* a write of this life fails without a word; while the boot stage ran */
	bool booting;
	uint8_t handed; /* enum sim_image_id: what runs in this life */
	uint8_t
	    reverted; /* bits: slots that did not confirm themselves, says the boot stage in this life */
};

/*
 * Lives one life in r->world, whose flash and fuses say what was before. Afterwards they say what is then, r->belief
 * is what to believe, and r->failed whether an invariant was broken. @return whether the goal was reached: an image that
 * hangs must be got rid of before a device can be updated.
 */
bool sim_life_run(struct sim_run *r, const struct sim_life *life);
void sim_trace_free(struct sim_trace *trace);

#endif
