/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A campaign: one story on one geometry, cut at every operation in every way,
 * and cut again in what follows. A story is played once and its operations are
 * kept; what a cut leaves is then made of them, and only what comes after is
 * played.
 */
#ifndef ROTOR_SIM_CAMPAIGN_H
#define ROTOR_SIM_CAMPAIGN_H

#include <stdio.h>

#include "sim/states.h"
#include "sim/tears.h"

#define SIM_CUTS_MAX 3
/* Recursion: lives of a story and of what follows each cut; each needs up to three states. */
#define SIM_POOL 128

extern const struct sim_geometry sim_geometries[];
/* For cuts at random. */
extern const struct sim_geometry sim_large_geometry;

/* A cut: the operation (from 1, counted from the story's beginning, then from the cut before), and how it was torn. */
struct sim_cut {
	unsigned op;
	struct sim_tear tear;
};

struct sim_counts {
	unsigned long operations;    /* of the story */
	unsigned long single, twice; /* cuts tried: first ones, second ones */
	unsigned long states;        /* that first cuts left, each counted once */
	unsigned long duds;          /* writes that failed without a word */
	unsigned long lives;         /* that were played */
	unsigned long checks[SIM_INVARIANTS];
	unsigned long broken;
};

struct sim_campaign {
	const struct sim_geometry *geometry;
	const struct sim_story *story;
	struct sim_world world;
	struct sim_run run;
	struct sim_life life[2 * SIM_LIVES_MAX]; /* the story's, then sim_recovery */
	unsigned recovery;                       /* where that begins */
	enum sim_detail
	    single; /* how closely first cuts are looked at that are not followed by a second */
	bool pairs; /* whether there are second cuts: */
	enum sim_detail first, second;
	unsigned cut_lives; /* of the lives after a first cut, how many are cut again */
	bool stop;          /* at the first failure */
	struct sim_known known, whole;
	struct sim_state start;
	struct sim_state pool[SIM_POOL];
	unsigned pool_made, pool_used;
	enum sim_detail detail[SIM_CUTS_MAX]; /* of the first cuts, and so on */
	struct sim_tears tears[SIM_CUTS_MAX];
	struct sim_cut path[SIM_CUTS_MAX];
	unsigned path_len;
	unsigned
	    next_cut; /* in a replay: the operation at which the power goes in this life, or later; 0: never */
	struct sim_counts counts;
	/* Told of every failure; @p id replays it. */
	void (*failure)(void *ctx, const char *id, const char *invariant, const char *why);
	void *ctx;
};

/* Makes the chip and puts it where the story begins. @return false if that failed */
bool sim_campaign_init(struct sim_campaign *c, const struct sim_geometry *geometry,
		       const struct sim_story *story);
void sim_campaign_free(struct sim_campaign *c);
/* All cuts. */
void sim_campaign_run(struct sim_campaign *c);
/* @p count pairs of cuts chosen by @p seed. */
void sim_campaign_random(struct sim_campaign *c, uint64_t seed, unsigned count);
/* The cuts of c->path, from power on to the end of what follows; r->say tells. @return whether all invariants held */
bool sim_campaign_replay(struct sim_campaign *c);

/* ---- identifiers ---- */

#define SIM_ID_TEXT 160
/* "256x16:again:17.128.low:3.0.done" of c->path. @return @p text */
char *sim_campaign_id(const struct sim_campaign *c, char text[SIM_ID_TEXT]);
/* Reads an identifier. @return false if it is none */
bool sim_campaign_parse(const char *id, const struct sim_geometry **geometry,
			const struct sim_story **story, struct sim_cut path[SIM_CUTS_MAX],
			unsigned *path_len);

/* Counts the failure of the run, and tells of it. */
void sim_campaign_failed(struct sim_campaign *c);

#endif
