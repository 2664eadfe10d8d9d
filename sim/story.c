/* SPDX-License-Identifier: Apache-2.0 */
/* The stories that are told, and the one that follows every cut. */
#include "sim/story.h"

const struct sim_life sim_recovery[] = {
    {SIM_GOAL_SETTLE, SIM_NO_IMAGE}, {SIM_GOAL_SETTLE, SIM_NO_IMAGE}, {SIM_GOAL_UPDATE, SIM_NEXT},
    {SIM_GOAL_SETTLE, SIM_NO_IMAGE}, {SIM_GOAL_SETTLE, SIM_NO_IMAGE}, {SIM_GOAL_NONE, SIM_NO_IMAGE},
};

/* ---- what was before ---- */

/* Slot A runs the old image, confirmed; slot B is as @p other says and holds @p image, if any. */
static bool settled(struct sim_world *w, enum rotor_boot_state other, enum rotor_boot_reason reason,
		    enum sim_image_id image, bool newest_in_b)
{
	struct rotor_boot_record record = {.active = ROTOR_BOOT_SLOT_A};
	record.slot[ROTOR_BOOT_SLOT_A].state = ROTOR_BOOT_CONFIRMED;
	sim_world_describe(w, SIM_OLD, &record.slot[ROTOR_BOOT_SLOT_A]);
	sim_world_put_image(w, ROTOR_BOOT_SLOT_A, SIM_OLD);
	record.slot[ROTOR_BOOT_SLOT_B].state = other;
	record.slot[ROTOR_BOOT_SLOT_B].reason = reason;
	if (image != SIM_NO_IMAGE) {
		sim_world_put_image(w, ROTOR_BOOT_SLOT_B, image);
		if (other == ROTOR_BOOT_CONFIRMED) {
			sim_world_describe(w, image, &record.slot[ROTOR_BOOT_SLOT_B]);
		}
	}
	return sim_world_put_record(w, &record, newest_in_b);
}

static bool once_updated(struct sim_world *w)
{
	return settled(w, ROTOR_BOOT_CONFIRMED, ROTOR_BOOT_REASON_NONE, SIM_PREVIOUS, true);
}

static bool other_copy(struct sim_world *w)
{
	return settled(w, ROTOR_BOOT_CONFIRMED, ROTOR_BOOT_REASON_NONE, SIM_PREVIOUS, false);
}

static bool from_the_factory(struct sim_world *w)
{
	return settled(w, ROTOR_BOOT_EMPTY, ROTOR_BOOT_REASON_NONE, SIM_NO_IMAGE, true);
}

/* Slot B holds something that is not what was signed. */
static bool other_is_bad(struct sim_world *w)
{
	bool good = settled(w, ROTOR_BOOT_BAD, ROTOR_BOOT_REASON_DIGEST, SIM_PREVIOUS, true);
	w->flash.bytes[w->layout.region[ROTOR_REGION_SLOT_B].offset + 100] ^= 0x41;
	return good;
}

/* ---- the table ---- */

#define UPDATE_AND_TWO_BOOTS                                                                       \
	{                                                                                          \
		{SIM_GOAL_UPDATE, SIM_NEW}, {SIM_GOAL_SETTLE, SIM_NO_IMAGE},                       \
		{                                                                                  \
			SIM_GOAL_SETTLE, SIM_NO_IMAGE                                              \
		}                                                                                  \
	}

const struct sim_story sim_stories[] = {
    {
	.name = "again",
	.what = "an update of a device that has had one before",
	.security_version = {1, 2, 3, 1},
	.before = once_updated,
	.lives = UPDATE_AND_TWO_BOOTS,
    },
    {
	.name = "first",
	.what = "the first update: the other slot is blank",
	.security_version = {1, 2, 3, 1},
	.before = from_the_factory,
	.lives = UPDATE_AND_TWO_BOOTS,
    },
    {
	.name = "swapped",
	.what = "the newest copy of the record is copy A, not copy B",
	.security_version = {1, 2, 3, 1},
	.before = other_copy,
	.lives = UPDATE_AND_TWO_BOOTS,
    },
    {
	.name = "bad",
	.what = "the other slot holds a damaged image",
	.security_version = {1, 2, 3, 1},
	.before = other_is_bad,
	.lives = UPDATE_AND_TWO_BOOTS,
    },
    {
	.name = "same",
	.what = "the security version does not rise",
	.security_version = {1, 1, 1, 1},
	.before = once_updated,
	.lives = UPDATE_AND_TWO_BOOTS,
    },
    {
	.name = "floor",
	.what = "the security version rises by several",
	.security_version = {1, 4, 6, 1},
	.before = once_updated,
	.lives = UPDATE_AND_TWO_BOOTS,
    },
    {
	.name = "revert",
	.what = "the new image hangs and never confirms itself",
	.security_version = {1, 2, 3, 1},
	.new_hangs = true,
	.before = once_updated,
	.lives = UPDATE_AND_TWO_BOOTS,
    },
    {
	.name = "cancel",
	.what = "an update is cancelled half-way, then begun again",
	.security_version = {1, 2, 3, 1},
	.before = once_updated,
	.lives = {{SIM_GOAL_CANCEL, SIM_NEW},
		  {SIM_GOAL_SETTLE, SIM_NO_IMAGE},
		  {SIM_GOAL_SETTLE, SIM_NO_IMAGE}},
    },
    {.name = NULL},
};
