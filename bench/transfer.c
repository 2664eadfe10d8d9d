/* SPDX-License-Identifier: Apache-2.0 */
/* A whole device and an agent on a bus timed by the bit, with a flash that takes its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/bench.h"
#include "sim/agent.h"
#include "sim/bus.h"
#include "support/whole.h"

#define ERASE_US   45000
#define PROGRAM_US 700
/* What the processor is given when it is busy by itself. */
#define WORK_US 20
/* Of flash and maps. */
#define BLOCK 4096

struct run {
	struct bench_transfer *t;
	struct whole *w;
	struct sim_bus bus;
	struct sim_agent clear;
	uint64_t began, ended, bits, bytes;
	uint32_t cut_at; /* bytes received, at which power goes; 0: never */
	bool over, cut;
};

static struct rotor_pldm_ua *ua_of(struct run *r)
{
	return r->t->session ? &r->w->agent[WHOLE_BMC].job.ua : &r->clear.ua;
}

static uint64_t agent_deadline(struct run *r)
{
	rotor_ms at;
	if (r->t->session) {
		rotor_ms bus = rotor_agent_bus_deadline(&r->w->agent[WHOLE_BMC].bus);
		rotor_ms smbus = rotor_smbus_deadline(&r->w->smbus[WHOLE_BMC]);
		at = bus < smbus ? bus : smbus;
	} else {
		at = sim_agent_deadline(&r->clear);
	}
	return at >= UINT64_MAX / 1000 ? UINT64_MAX : at * 1000;
}

/* When something happens next: a transfer ends, the flash is done, or a timer has come. */
static uint64_t next(struct run *r)
{
	const struct rotor_device *d = &r->w->device;
	rotor_ms device = rotor_device_deadline(d);
	rotor_ms smbus = rotor_smbus_deadline(&r->w->smbus[WHOLE_DEVICE]);
	uint64_t at = agent_deadline(r), bus = sim_bus_deadline(&r->bus);
	const struct sim_flash *f = &r->w->chip.flash;
	device = device < smbus ? device : smbus;
	if (device < UINT64_MAX / 1000 && device * 1000 < at) {
		at = device * 1000;
	}
	if (at <= r->bus.now_us) {
		at = r->bus.now_us + WORK_US;
		/* It polls the flash, which is not done before. */
		if (f->busy && f->until > at) {
			at = f->until;
		}
	}
	return bus < at ? bus : at;
}

static void watch(struct run *r)
{
	const struct rotor_pldm_fd *fd = &r->w->device.fd;
	bool transferring = ua_of(r)->step == ROTOR_PLDM_UA_DOWNLOAD;
	if (!r->began && fd->counters.sent > 0 && r->w->on) {
		r->began = r->bus.now_us;
		r->bits = r->bus.bits;
		r->bytes = r->bus.bytes;
	}
	if (r->began && !r->ended && !transferring && ua_of(r)->step > ROTOR_PLDM_UA_DOWNLOAD) {
		r->ended = r->bus.now_us;
		r->bits = r->bus.bits - r->bits;
		r->bytes = r->bus.bytes - r->bytes;
		r->t->requests = fd->counters.sent;
		r->t->retries = fd->counters.retries;
		r->over = true;
	}
	r->cut = r->cut_at != 0 && fd->received >= r->cut_at;
}

static bool failed(struct run *r)
{
	return r->t->session ? rotor_agent_job_status(&r->w->agent[WHOLE_BMC].job) != ROTOR_PENDING
			     : r->clear.ua.status != ROTOR_PENDING;
}

static void play(struct run *r)
{
	while (!r->over && !r->cut && !failed(r)) {
		r->w->now = r->bus.now_us / 1000;
		rotor_device_poll(&r->w->device, r->w->now);
		if (r->t->session) {
			rotor_agent_bus_poll(&r->w->agent[WHOLE_BMC].bus, r->w->now);
		} else {
			(void)sim_agent_poll(&r->clear, r->w->now);
		}
		watch(r);
		if (!sim_bus_poll(&r->bus)) {
			r->bus.now_us = next(r);
		}
	}
}

static void activation(void *ctx, bool answered)
{
	(void)ctx;
	(void)answered;
}

/* What the device runs, but for every 50th block. */
static const uint8_t *patched(const struct whole *w, uint32_t size)
{
	static uint8_t body[DEVICE_IMAGE_MAX];
	memcpy(body, w->first.bytes + 64, size);
	for (uint32_t at = 10 * BLOCK; at < size; at += 50 * BLOCK) {
		body[at] ^= 0x55;
	}
	return body;
}

/* Power goes half-way, and comes back at once; the agent begins anew. */
static void interrupt(struct run *r, uint32_t size)
{
	struct whole_agent *agent = &r->w->agent[WHOLE_BMC];
	r->cut_at = size / 2;
	play(r);
	r->t->again = agent->bytes_asked;
	r->cut_at = 0;
	r->cut = r->over = false;
	r->began = r->ended = 0;
	/* The start is not what is measured: its flash takes no time. */
	struct sim_flash *f = &r->w->chip.flash;
	f->busy = false;
	f->erase_us = f->program_us = 0;
	whole_boot(r->w);
	f->erase_us = ERASE_US;
	f->program_us = PROGRAM_US;
	whole_start(agent, ROTOR_AGENT_UPDATE);
	play(r);
	r->t->again += agent->bytes_asked;
}

void bench_transfer(struct bench_transfer *t)
{
	static struct run run;
	static struct boot_image image;
	static const struct whole_package_wish with_map = {.map = true};
	const struct whole_wish wish = {
	    .policy = t->session ? 0 : ROTOR_BOOT_POLICY_CLEAR_UPDATE,
	    .quick = true,
	    .sector = 4096,
	    .unit = 256,
	    .first_size = t->patch ? t->size : 0,
	};
	struct image_wish new_image = {.minor = 1, .size = t->size, .security_version = 2};
	memset(&run, 0, sizeof(run));
	run.t = t;
	run.w = whole_new(&wish);
	struct whole *w = run.w;
	new_image.body = t->patch ? patched(w, t->size) : NULL;
	boot_make_image(&w->chip, &new_image, &image);
	w->chip.flash.clock = &run.bus.now_us;
	w->chip.flash.erase_us = ERASE_US;
	w->chip.flash.program_us = PROGRAM_US;
	run.bus.hz = t->hz;
	run.bus.now_us = w->now * 1000;
	run.bus.node[0] = &w->smbus[WHOLE_DEVICE];
	const struct sim_payload payload = {image.bytes, (uint32_t)image.len, 1};
	if (t->session) {
		whole_pack(w, &image, &new_image, t->patch || t->interrupted ? &with_map : NULL);
		run.bus.node[1] = &w->smbus[WHOLE_BMC];
		whole_start(&w->agent[WHOLE_BMC], ROTOR_AGENT_UPDATE);
	} else {
		/* The device's start needs the flash, and an agent that does not ask too early. */
		sim_agent_init(&run.clear, t->unit, w->now);
		run.clear.activation = activation;
		run.bus.node[1] = &run.clear.smbus;
		assert_int_equal(sim_agent_update(&run.clear, &payload, 0, w->now), ROTOR_OK);
	}
	if (t->interrupted) {
		interrupt(&run, t->size);
		t->again -= (uint32_t)image.len < t->again ? (uint32_t)image.len : t->again;
	} else {
		play(&run);
	}
	t->image = (uint32_t)image.len;
	t->us = run.ended - run.began;
	t->bus_bits = run.bits;
	t->bus_bytes = run.bytes;
	t->good = run.over && w->device.fd.received == image.len &&
		  memcmp(w->chip.flash.bytes + w->chip.layout.region[ROTOR_REGION_SLOT_B].offset,
			 image.bytes, image.len) == 0;
	whole_delete(w);
}
