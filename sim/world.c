/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world.h"

#include <string.h>

/* Rounds in a row that bring nothing about: more is a loop that waits for what does not come. */
#define SPINS_MAX 2000
/* The longest that a power cycle may take, in virtual time. */
#define LIFE_MS (60 * 60 * 1000)

/* ---- what is told ---- */

static void tell(struct sim_world *w, enum sim_told what, const char *text)
{
	if (w->told != NULL) {
		w->told(w->ctx, what, NULL, text);
	}
}

static void on_boot_event(void *ctx, const struct rotor_boot_event_info *info)
{
	struct sim_world *w = ctx;
	if (w->told != NULL) {
		w->told(w->ctx, SIM_TOLD_BOOT, info, rotor_boot_event_name(info->event));
	}
}

static void on_activation(void *ctx, bool answered)
{
	tell(ctx, answered ? SIM_TOLD_ANSWERED : SIM_TOLD_ASKED, NULL);
}

static void on_log(void *ctx, const char *what, const char *detail)
{
	(void)detail;
	tell(ctx, SIM_TOLD_LOG, what);
}

static void on_confirmed(void *ctx)
{
	struct sim_world *w = ctx;
	tell(w, SIM_TOLD_CONFIRMED, NULL);
	do {
		w->floor_status = rotor_boot_stage_confirmed(&w->stage);
	} while (w->floor_status == ROTOR_PENDING);
}

static void on_reset(void *ctx)
{
	struct sim_world *w = ctx;
	w->reset_asked = true;
}

/* ---- power ---- */

enum rotor_status sim_world_boot(struct sim_world *w)
{
	struct rotor_boot_stage_config config = {
	    .crypto = w->crypto,
	    .flash = &w->flash.port,
	    .layout = &w->layout,
	    .fuses = &w->fuses.port,
	    .ram = &w->ram.port,
	    .event = on_boot_event,
	    .event_ctx = w,
	};
	memset(config.stage_digest, 0xb0, sizeof(config.stage_digest));
	sim_world_stop(w);
	sim_fuses_reset(&w->fuses);
	w->flash.busy = false;
	w->ram.sealed = false;
	w->reset_asked = false;
	w->floor_status = ROTOR_OK;
	enum rotor_status status = rotor_boot_stage_init(&w->stage, &config);
	return status == ROTOR_OK ? rotor_boot_stage_run(&w->stage, &w->handoff) : status;
}

enum rotor_status sim_world_start(struct sim_world *w)
{
	const struct rotor_device_config config = {
	    .crypto = w->crypto,
	    .flash = &w->flash.port,
	    .handoff = &w->handoff,
	    .confirmed = on_confirmed,
	    .reset = on_reset,
	    .log = on_log,
	    .ctx = w,
	};
	sim_agent_init(&w->agent, ROTOR_SMBUS_UNIT, w->now);
	w->agent.activation = on_activation;
	w->agent.ctx = w;
	const struct rotor_smbus_config smbus = {.address = SIM_DEVICE_ADDRESS};
	enum rotor_status status = rotor_device_init(&w->device, &config, w->now);
	w->on = status == ROTOR_OK;
	return w->on ? rotor_smbus_init(&w->smbus, rotor_device_endpoint(&w->device), &smbus)
		     : status;
}

void sim_world_stop(struct sim_world *w)
{
	if (w->on) {
		rotor_device_deinit(&w->device);
		w->on = false;
	}
}

enum sim_image_id sim_world_runs(const struct sim_world *w)
{
	for (unsigned i = 0; w->ram.sealed && i < SIM_IMAGES; i++) {
		if (w->ram.image.size == w->image[i].len &&
		    memcmp(w->ram.bytes, w->image[i].bytes, w->image[i].len) == 0) {
			return (enum sim_image_id)i;
		}
	}
	return SIM_NO_IMAGE;
}

/* ---- the bus ---- */

static bool from_agent(struct sim_world *w)
{
	struct rotor_smbus_transfer t;
	uint8_t frame[ROTOR_SMBUS_FRAME_MAX];
	if (!rotor_smbus_next_transfer(&w->agent.smbus, &t, w->now)) {
		return false;
	}
	memcpy(frame, t.frame, t.len);
	bool acked = t.address == SIM_DEVICE_ADDRESS &&
		     rotor_smbus_receive(&w->smbus, frame, t.len, w->now) == ROTOR_OK;
	rotor_smbus_transfer_done(&w->agent.smbus, acked, w->now);
	return true;
}

static bool from_device(struct sim_world *w)
{
	struct rotor_smbus_transfer t;
	uint8_t frame[ROTOR_SMBUS_FRAME_MAX];
	if (!rotor_smbus_next_transfer(&w->smbus, &t, w->now)) {
		return false;
	}
	memcpy(frame, t.frame, t.len);
	bool acked = t.address == SIM_AGENT_ADDRESS &&
		     rotor_smbus_receive(&w->agent.smbus, frame, t.len, w->now) == ROTOR_OK;
	rotor_smbus_transfer_done(&w->smbus, acked, w->now);
	return true;
}

static bool idle(const struct sim_world *w)
{
	bool starting = w->device.start < ROTOR_DEVICE_RUNNING;
	return !starting && w->agent.ua.status != ROTOR_PENDING && !w->device.aborting;
}

/* To the next moment at which somebody has something to do. */
static void pass_time(struct sim_world *w)
{
	rotor_ms device = rotor_device_deadline(&w->device);
	rotor_ms smbus = rotor_smbus_deadline(&w->smbus);
	rotor_ms next = sim_agent_deadline(&w->agent);
	next = device < next ? device : next;
	next = smbus < next ? smbus : next;
	if (next > w->now) {
		w->now = next == ROTOR_NEVER ? w->now + 1 : next;
	}
}

void sim_world_serve(struct sim_world *w)
{
	rotor_ms until = w->now + LIFE_MS;
	for (unsigned spins = 0; spins < SPINS_MAX && w->now < until; spins++) {
		bool moved = sim_agent_poll(&w->agent, w->now);
		moved |= from_agent(w);
		rotor_device_poll(&w->device, w->now);
		moved |= !w->power.off && from_device(w);
		if (w->power.off || w->reset_asked || (!moved && idle(w))) {
			return;
		}
		if (moved) {
			spins = 0;
		} else {
			pass_time(w);
		}
	}
}
