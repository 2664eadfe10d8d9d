/* SPDX-License-Identifier: Apache-2.0 */
/* One power cycle, watched: what happened, and whether all that must hold held. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mix.h"
#include "sim/story.h"

static const char *const invariant_names[SIM_INVARIANTS] = {
    [SIM_BOOTS] = "the device boots",
    [SIM_VERIFIED] = "what runs is a signed image",
    [SIM_ABOVE_FLOOR] = "never a slot below the floor",
    [SIM_RIGHT_VERSION] = "the right version runs",
    [SIM_FLOOR_KEPT] = "the floor never falls",
    [SIM_FLOOR_EARNED] = "the floor is never above what is confirmed",
    [SIM_FLOOR_FOLLOWS] = "the floor follows what is confirmed",
    [SIM_IDENTITY] = "identity key and chain are the same",
    [SIM_RULES] = "flash rules are kept",
    [SIM_MARKED] = "no startable slot is written",
    [SIM_REMEMBERED] = "a failed trial is remembered",
    [SIM_UPDATABLE] = "an update succeeds",
};

const char *sim_invariant_name(enum sim_invariant invariant)
{
	return (unsigned)invariant < SIM_INVARIANTS ? invariant_names[invariant] : "unknown";
}

static const char *name_of(unsigned image)
{
	static const char *const names[SIM_IMAGES + 1] = {"the old image",  "the new image",
							  "the next image", "the previous image",
							  "the last image", "no image"};
	return names[image < SIM_IMAGES ? image : SIM_IMAGES];
}

/* ---- saying and checking ---- */

static void say(struct sim_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct sim_run *r, const char *format, ...)
{
	char text[200];
	va_list args;
	if (r->say == NULL) {
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	r->say(r->ctx, r->said_ops + r->trace.count, text);
}

static void check(struct sim_run *r, enum sim_invariant invariant, bool holds, const char *format,
		  ...) __attribute__((format(printf, 4, 5)));
static void check(struct sim_run *r, enum sim_invariant invariant, bool holds, const char *format,
		  ...)
{
	va_list args;
	r->checks[invariant]++;
	if (holds || r->failed) {
		return;
	}
	r->failed = true;
	r->broken = invariant;
	va_start(args, format);
	vsnprintf(r->why, sizeof(r->why), format, args);
	va_end(args);
	say(r, "BROKEN: %s: %s", sim_invariant_name(invariant), r->why);
}

/* ---- every operation ---- */

static bool startable(const struct rotor_boot_slot *slot)
{
	return slot->state == ROTOR_BOOT_PENDING || slot->state == ROTOR_BOOT_TRIAL ||
	       slot->state == ROTOR_BOOT_CONFIRMED;
}

static void check_flash_op(struct sim_run *r, const struct sim_op *op)
{
	const struct sim_world *w = r->world;
	for (unsigned slot = 0; slot < ROTOR_BOOT_SLOTS; slot++) {
		const struct rotor_flash_region *region =
		    rotor_flash_slot_region(&w->layout, (enum rotor_boot_slot_id)slot);
		if (op->offset < region->offset || op->offset - region->offset >= region->size) {
			continue;
		}
		for (int new_way = 0; new_way < 2; new_way++) {
			struct rotor_boot_record record;
			bool known = sim_read_record(w, &w->flash, new_way != 0, &record);
			check(r, SIM_MARKED, known && !startable(&record.slot[slot]),
			      "%s is written while the record calls it %s",
			      rotor_boot_slot_name((enum rotor_boot_slot_id)slot),
			      known ? rotor_boot_state_name(record.slot[slot].state) : "unknown");
		}
	}
}

/* The floor may rise to the security version of what is confirmed, whoever says so and however the record is read. */
static void check_floor_op(struct sim_run *r, uint32_t floor)
{
	const struct sim_world *w = r->world;
	uint32_t earned = w->image[r->belief.current].security_version;
	if (r->belief.candidate < SIM_IMAGES && sim_surely_confirmed(w, r->belief.candidate)) {
		earned = w->image[r->belief.candidate].security_version;
	}
	check(r, SIM_FLOOR_EARNED, floor <= earned, "the floor rises to %u, and %u is confirmed",
	      (unsigned)floor, (unsigned)earned);
}

static void keep(struct sim_trace *trace, const struct sim_op *op, const struct sim_belief *belief)
{
	if (trace->count == trace->cap) {
		size_t cap = trace->cap ? 2 * trace->cap : 64;
		struct sim_traced *ops = realloc(trace->ops, cap * sizeof(*ops));
		if (ops == NULL) {
			abort();
		}
		trace->ops = ops;
		trace->cap = cap;
	}
	struct sim_traced *kept = &trace->ops[trace->count++];
	*kept = (struct sim_traced){.op = *op, .belief = *belief};
	if (op->data != NULL) {
		uint8_t *data = malloc(op->len);
		if (data == NULL) {
			abort();
		}
		memcpy(data, op->data, op->len);
		kept->op.data = data;
	}
}

static void before_op(void *ctx, const struct sim_op *op)
{
	struct sim_run *r = ctx;
	keep(&r->trace, op, &r->belief);
	switch (op->kind) {
	case SIM_OP_ERASE:
		say(r, "erase   0x%05x, %u bytes", (unsigned)op->offset, (unsigned)op->len);
		check_flash_op(r, op);
		break;
	case SIM_OP_PROGRAM:
		say(r, "program 0x%05x, %u bytes", (unsigned)op->offset, (unsigned)op->len);
		check_flash_op(r, op);
		break;
	case SIM_OP_FLOOR:
		say(r, "fuses   floor to %u", (unsigned)op->offset);
		check_floor_op(r, op->offset);
		break;
	case SIM_OP_REVOKE:
		say(r, "fuses   image key %u revoked", (unsigned)op->offset);
		break;
	}
	if (r->world->power.operations + 1 == r->world->power.cut_at) {
		r->dud_in_boot = r->booting;
	}
}

/* ---- what is told ---- */

static void on_told(void *ctx, enum sim_told what, const struct rotor_boot_event_info *boot,
		    const char *text)
{
	struct sim_run *r = ctx;
	struct sim_belief *b = &r->belief;
	switch (what) {
	case SIM_TOLD_BOOT:
		say(r, "boot stage: %s (%s)", text, rotor_boot_slot_name(boot->slot));
		if (boot->event == ROTOR_BOOT_EVENT_REVERTED) {
			r->reverted |= (uint8_t)(1u << boot->slot);
		}
		if (boot->event == ROTOR_BOOT_EVENT_TRYING && b->candidate != SIM_NO_IMAGE &&
		    b->stage != SIM_SETTLED) {
			b->stage = SIM_TRYING;
		}
		break;
	case SIM_TOLD_ASKED:
		say(r, "agent: ActivateFirmware");
		b->stage = SIM_ASKED;
		break;
	case SIM_TOLD_ANSWERED:
		say(r, "device: ActivateFirmware answered");
		b->stage = SIM_ACKED;
		break;
	case SIM_TOLD_CONFIRMED:
		say(r, "device: confirmed");
		b->current = r->handed;
		b->candidate = SIM_NO_IMAGE;
		b->stage = SIM_SETTLED;
		break;
	case SIM_TOLD_LOG:
		say(r, "device: %s", text);
		break;
	}
}

/* ---- the handover ---- */

static void check_identity(struct sim_run *r, unsigned image)
{
	const struct rotor_boot_handoff *h = &r->world->handoff;
	uint64_t identity =
	    sim_mix_bytes(sim_mix_bytes(1, h->key, h->key_len), h->chain, h->chain_len);
	if (r->identity[image] == 0) {
		r->identity[image] = identity;
	}
	check(r, SIM_IDENTITY, h->chain_len > 0 && r->identity[image] == identity,
	      "key or chain of %s has changed", name_of(image));
}

static void check_floor(struct sim_run *r)
{
	const struct sim_world *w = r->world;
	uint32_t floor = w->handoff.security_floor;
	uint32_t confirmed = w->image[r->belief.current].security_version;
	check(r, SIM_ABOVE_FLOOR, w->handoff.security_version >= floor,
	      "security version %u runs, and the floor is %u",
	      (unsigned)w->handoff.security_version, (unsigned)floor);
	check(r, SIM_FLOOR_KEPT, floor >= r->belief.floor, "it is %u and has been %u",
	      (unsigned)floor, (unsigned)r->belief.floor);
	check(r, SIM_FLOOR_EARNED, floor <= confirmed, "it is %u, and %u is confirmed",
	      (unsigned)floor, (unsigned)confirmed);
	if (!w->handoff.trial && !r->dud) {
		check(r, SIM_FLOOR_FOLLOWS, floor == confirmed, "it is %u, and %u is confirmed",
		      (unsigned)floor, (unsigned)confirmed);
	}
	r->belief.floor = floor > r->belief.floor ? floor : r->belief.floor;
}

static void check_reverted(struct sim_run *r)
{
	for (unsigned slot = 0; slot < ROTOR_BOOT_SLOTS; slot++) {
		for (int new_way = 0; new_way < 2 && (r->reverted >> slot & 1) != 0; new_way++) {
			struct rotor_boot_record record;
			bool known =
			    sim_read_record(r->world, &r->world->flash, new_way != 0, &record);
			check(r, SIM_REMEMBERED,
			      known && record.slot[slot].state == ROTOR_BOOT_BAD &&
				  record.slot[slot].reason == ROTOR_BOOT_REASON_NOT_CONFIRMED,
			      "the record calls %s %s",
			      rotor_boot_slot_name((enum rotor_boot_slot_id)slot),
			      known ? rotor_boot_state_name(record.slot[slot].state) : "unknown");
		}
	}
}

/* Judges what was booted, and settles on it: from here on it is no longer one of two. */
static void check_handover(struct sim_run *r, unsigned allowed)
{
	struct sim_world *w = r->world;
	struct sim_belief *b = &r->belief;
	enum sim_image_id image = sim_world_runs(w);
	bool known = image != SIM_NO_IMAGE && w->handoff.slot != ROTOR_BOOT_SLOT_RECOVERY;
	say(r, "%s runs from %s%s, floor %u", name_of(image), rotor_boot_slot_name(w->handoff.slot),
	    w->handoff.trial ? ", on trial" : "", (unsigned)w->handoff.security_floor);
	check(r, SIM_VERIFIED, known, "what was booted is %s", name_of(image));
	if (!known) {
		return;
	}
	r->handed = (uint8_t)image;
	if (r->dud_in_boot) {
		/* A start that cannot be counted does not happen; the next boot may count it. */
		allowed |= 1u << b->current;
	}
	check(r, SIM_RIGHT_VERSION, (allowed >> image & 1) != 0, "%s runs", name_of(image));
	if (image == (enum sim_image_id)b->current) {
		if (!r->dud_in_boot) {
			b->candidate = SIM_NO_IMAGE;
			b->stage = SIM_SETTLED;
		}
	} else if (w->handoff.trial) {
		b->stage = SIM_TRYING;
	} else {
		b->current = (uint8_t)image;
		b->candidate = SIM_NO_IMAGE;
		b->stage = SIM_SETTLED;
	}
	check_identity(r, image);
	check_floor(r);
	if (!r->dud_in_boot) {
		check_reverted(r);
	}
}

/* ---- a life ---- */

static void update(struct sim_run *r, enum sim_image_id image, bool cancel)
{
	struct sim_world *w = r->world;
	static const uint8_t minor[SIM_IMAGES] = {1, 2, 3, 0, 4};
	if (image == (enum sim_image_id)r->belief.current) {
		image = SIM_LAST;
	}
	const struct sim_payload payload = {w->image[image].bytes, w->image[image].len,
					    minor[image]};
	r->belief.candidate = (uint8_t)image;
	r->belief.stage = SIM_SETTLED;
	say(r, "agent: begins an update to %s", name_of(image));
	enum rotor_status status =
	    sim_agent_update(&w->agent, &payload, cancel ? payload.len / 2 : 0, w->now);
	if (status == ROTOR_OK) {
		sim_world_serve(w);
		status = w->agent.ua.status;
	}
	if (r->dud) {
		say(r, "agent: the update ends: %s", rotor_status_string(status));
	} else if (cancel) {
		say(r, "agent: has cancelled it");
		check(r, SIM_UPDATABLE, w->agent.ua.failure.kind == ROTOR_PLDM_UA_FAILED_CANCELLED,
		      "an update could not be cancelled");
	} else {
		check(r, SIM_UPDATABLE, status == ROTOR_OK && w->reset_asked,
		      "it ended in step \"%s\" with failure %u",
		      rotor_pldm_ua_step_name(w->agent.ua.failure.step),
		      (unsigned)w->agent.ua.failure.kind);
	}
}

/* The runtime, from its first poll to the reset. */
static void run_device(struct sim_run *r, const struct sim_life *life)
{
	struct sim_world *w = r->world;
	enum rotor_status status = sim_world_start(w);
	if (status == ROTOR_OK) {
		sim_world_serve(w);
	}
	bool running = status == ROTOR_OK && w->device.start == ROTOR_DEVICE_RUNNING &&
		       w->floor_status == ROTOR_OK;
	if (!r->dud) {
		check(r, SIM_UPDATABLE, running, "the device does not come up");
	}
	if (running && life->goal == SIM_GOAL_CANCEL) {
		update(r, life->image, true);
	}
	if (running && (life->goal == SIM_GOAL_UPDATE || life->goal == SIM_GOAL_CANCEL)) {
		update(r, life->image, false);
	}
	uint32_t earned = w->image[r->belief.current].security_version;
	check(r, SIM_FLOOR_EARNED, w->fuses.floor <= earned && w->fuses.floor_weak <= earned,
	      "it is %u, and %u is confirmed", (unsigned)w->fuses.floor, (unsigned)earned);
}

static void forget(struct sim_trace *trace)
{
	for (size_t i = 0; i < trace->count; i++) {
		free((void *)(uintptr_t)trace->ops[i].op.data);
	}
	trace->count = 0;
}

void sim_trace_free(struct sim_trace *trace)
{
	forget(trace);
	free(trace->ops);
	*trace = (struct sim_trace){0};
}

bool sim_life_run(struct sim_run *r, const struct sim_life *life)
{
	struct sim_world *w = r->world;
	bool hangs = false;
	forget(&r->trace);
	r->failed = r->dud_in_boot = false;
	r->reverted = 0;
	w->power.before = before_op;
	w->power.ctx = r;
	w->power.faults = 0;
	w->ram.faults = 0;
	w->told = on_told;
	w->ctx = r;
	unsigned allowed = sim_belief_allows(&r->belief, w, &w->flash);
	say(r, "power on");
	r->booting = true;
	enum rotor_status status = sim_world_boot(w);
	r->booting = false;
	check(r, SIM_BOOTS, status == ROTOR_OK, "the boot stage says: %s",
	      rotor_status_string(status));
	if (status == ROTOR_OK) {
		check_handover(r, allowed);
		hangs = w->handoff.trial && r->handed < SIM_IMAGES && w->image[r->handed].hangs;
	}
	if (status == ROTOR_OK && !r->failed && !hangs) {
		run_device(r, life);
	}
	sim_world_stop(w);
	check(r, SIM_RULES, w->power.faults == 0 && w->ram.faults == 0, "%s",
	      w->power.faults ? w->power.fault
	      : w->ram.faults ? w->ram.fault
			      : "");
	r->said_ops += r->trace.count;
	return !hangs;
}
