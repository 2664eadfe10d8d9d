/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that runs jobs: one thread for all buses and devices. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "rotor/host_loop.h"

/* ---- signals ---- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* The first signal ends the job in order; the second one the program. */
static void catch_signals(void)
{
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	interrupted = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void cancel_all(struct live *live)
{
	interrupted = 0;
	for (size_t i = 0; i < live->device_count; i++) {
		struct live_device *device = &live->devices[i];
		if (device->ended) {
			continue;
		}
		const bool cancelled = rotor_agent_job_cancel(&device->job) == ROTOR_OK;
		rotor_event(&device->cli.events, ROTOR_WARNING, "cancelling",
			    cancelled
				? ROTOR_SAY("interrupted: cancelling")
				: ROTOR_SAY("too late to cancel: what was activated has to "
					    "prove itself (interrupt again to leave it alone)"),
			    ROTOR_BOOL("cancelled", cancelled));
	}
}

/* ---- buses ---- */

/* Firmware is asked for by the device: somebody else must not get those requests. */
static bool hears_device(const struct live_device *device, enum rotor_agent_kind kind)
{
	const struct rotor_af_mctp *kernel = device->on->joint.kernel;
	if (kind != ROTOR_AGENT_UPDATE || !kernel) {
		return true;
	}
	for (size_t i = 0; i < kernel->config.type_count; i++) {
		if (kernel->shared[i] && kernel->types[i] == ROTOR_MCTP_TYPE_SECURED) {
			rotor_fail(
			    &device->live->cli->events,
			    "another program of this machine receives what devices ask for in "
			    "sessions",
			    "let it end first: an update is under way perhaps");
			return false;
		}
	}
	return true;
}

static rotor_ms due_of(const struct live *live)
{
	rotor_ms due = ROTOR_NEVER;
	for (size_t i = 0; i < live->bus_count; i++) {
		rotor_ms bus = rotor_agent_bus_deadline(&live->buses[i].bus);
		rotor_ms link = joint_deadline(&live->buses[i].joint);
		due = bus < due ? bus : due;
		due = link < due ? link : due;
	}
	return due;
}

static int sleep_for(const struct live *live)
{
	rotor_ms due = due_of(live);
	rotor_ms now = rotor_loop_now();
	rotor_ms left = due > now ? due - now : 0;
	return left > 1000 ? 1000 : (int)left;
}

static void poll_buses(struct live *live)
{
	for (size_t i = 0; i < live->bus_count; i++) {
		rotor_agent_bus_poll(&live->buses[i].bus, rotor_loop_now());
		joint_send(&live->buses[i].joint, rotor_loop_now());
	}
}

/* Waits and serves once. @return CLI_DONE, or CLI_FAILED after saying why */
static int turn(struct live *live, int ms)
{
	struct pollfd wait[JOINT_FDS * LIVE_BUSES_MAX];
	for (size_t i = 0; i < live->bus_count; i++) {
		joint_watch(&live->buses[i].joint, &wait[i * JOINT_FDS]);
	}
	if (poll(wait, live->bus_count * JOINT_FDS, ms) < 0 && errno != EINTR) {
		return cli_fail(live->cli, "cannot wait for the bus", NULL);
	}
	for (size_t i = 0; i < live->bus_count; i++) {
		if (joint_serve(&live->buses[i].joint, rotor_loop_now()) != ROTOR_OK) {
			return joint_lost(&live->buses[i].joint);
		}
	}
	return CLI_DONE;
}

int live_wait(struct live *live, rotor_ms until, const volatile sig_atomic_t *ended)
{
	int code = CLI_DONE;
	while (code == CLI_DONE && !*ended && rotor_loop_now() < until) {
		poll_buses(live);
		rotor_ms now = rotor_loop_now();
		int left = until > now ? (int)(until - now) : 0;
		int due = sleep_for(live);
		code = turn(live, due < left ? due : left);
	}
	return code;
}

/* ---- jobs ---- */

/* Completes what is the same for all jobs, and starts one. */
static int start(struct live_device *device, const struct rotor_agent_job_config *wanted)
{
	static const struct rotor_agent_trust nothing;
	struct live *live = device->live;
	struct rotor_agent_job_config config = *wanted;
	bool has_13 = strcmp(live->options->spdm, "1.3") == 0;
	config.crypto = live->cli->crypto;
	config.trust = live->options->trust ? &live->store.trust : &nothing;
	config.versions[0] = ROTOR_SPDM_V12;
	config.versions[1] = ROTOR_SPDM_V13;
	config.version_count = (uint8_t)(1 + has_13);
	config.own = live->own;
	config.chains = live->options->chains ? &live->chains.chains : NULL;
	config.claim = live_claim;
	config.event = live_event;
	config.secrets = live->keylog || live->narrate ? live_secrets : NULL;
	config.ctx = device;
	if (!hears_device(device, config.kind)) {
		return CLI_FAILED;
	}
	enum rotor_status status = rotor_agent_job_start(&device->job, &device->on->bus, &config);
	return status == ROTOR_OK
		   ? CLI_DONE
		   : cli_fail(live->cli, "the job cannot be started", rotor_status_string(status));
}

/* Takes note of the jobs that have ended. @return whether one still runs */
static bool any_runs(struct live *live)
{
	bool runs = false;
	for (size_t i = 0; i < live->device_count; i++) {
		struct live_device *device = &live->devices[i];
		enum rotor_status status = rotor_agent_job_status(&device->job);
		if (device->ended) {
			continue;
		}
		if (status == ROTOR_PENDING) {
			runs = true;
			continue;
		}
		device->ended = true;
		device->code = status == ROTOR_OK ? CLI_DONE : CLI_FAILED;
		rotor_claim_release(&device->claim);
		if (status != ROTOR_OK) {
			live_failed(device);
		}
	}
	return runs;
}

static int run(struct live *live)
{
	int code = CLI_DONE;
	while (code == CLI_DONE) {
		if (interrupted) {
			cancel_all(live);
		}
		poll_buses(live);
		if (!any_runs(live)) {
			break;
		}
		code = turn(live, sleep_for(live));
	}
	for (size_t i = 0; i < live->device_count && code == CLI_DONE; i++) {
		code = live->devices[i].code;
	}
	return code;
}

static bool may_be_interrupted(enum rotor_agent_kind kind)
{
	return kind == ROTOR_AGENT_UPDATE || kind == ROTOR_AGENT_SECURITY_REVISION ||
	       kind == ROTOR_AGENT_CANCEL;
}

int live_run(struct live *live, struct rotor_agent_job_config *config)
{
	struct live_device *device = &live->devices[0];
	device->ended = false;
	if (may_be_interrupted(config->kind)) {
		catch_signals();
	}
	return start(device, config) == CLI_DONE ? run(live) : CLI_FAILED;
}

int live_run_all(struct live *live, const struct rotor_agent_job_config *config,
		 const struct live_target *targets, size_t count)
{
	if (!live_devices(live, count)) {
		return cli_fail(live->cli, "out of memory", NULL);
	}
	catch_signals();
	for (size_t i = 0; i < count; i++) {
		struct live_device *device = &live->devices[i];
		struct rotor_agent_job_config one = *config;
		one.target = targets[i].eid;
		device->on = &live->buses[targets[i].bus];
		if (count > 1) {
			const bool named = live->bus_count > 1;
			snprintf(device->subject, sizeof(device->subject), "%s%sEID %u",
				 named ? device->on->name : "", named ? " " : "", one.target);
			device->cli.events.subject = device->subject;
			device->cli.events.tty = false; /* lines of several take turns */
		}
		if (start(device, &one) != CLI_DONE) {
			return CLI_FAILED;
		}
	}
	return run(live);
}
