/* SPDX-License-Identifier: Apache-2.0 */
/* What is open while commands speak to devices: buses, trust, identity, capture. */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "rotor/host_loop.h"
#include "rotor/host_pki.h"

static bool open_identity(struct live *live)
{
	const struct live_options *o = live->options;
	size_t len = 0;
	if (!o->agent_chain) {
		return true;
	}
	enum rotor_status status =
	    rotor_pki_read_certs(o->agent_chain, live->chain, sizeof(live->chain), &len);
	if (status != ROTOR_OK) {
		cli_fail_file(live->cli, o->agent_chain, status);
		return false;
	}
	status = rotor_pki_read_private(o->agent_key, live->cli->crypto, &live->key);
	if (status != ROTOR_OK) {
		cli_fail_file(live->cli, o->agent_key, status);
		return false;
	}
	live->signer = rotor_soft_signer(&live->key);
	live->own = (struct rotor_spdm_slot){.chain = {live->chain, len}, .signer = &live->signer};
	return true;
}

static bool open_trust(struct live *live)
{
	const char *path = NULL;
	enum rotor_status status = rotor_trust_store_read(&live->store, live->options->trust,
							  (rotor_time)time(NULL), &path);
	if (status != ROTOR_OK) {
		cli_fail_file(live->cli, path, status);
		return false;
	}
	return true;
}

static bool open_capture(struct live *live)
{
	const struct live_options *o = live->options;
	if (o->trace) {
		enum rotor_status status = rotor_pcap_create(&live->pcap, o->trace);
		if (status != ROTOR_OK) {
			cli_fail_file(live->cli, o->trace, status);
			return false;
		}
	}
	if (o->keylog) {
		mode_t old = umask(077);
		live->keylog = fopen(o->keylog, "a");
		umask(old);
		if (!live->keylog) {
			cli_fail_file(live->cli, o->keylog, ROTOR_ERR_IO);
			return false;
		}
		rotor_event(
		    &live->cli->events, ROTOR_WARNING, "keylog",
		    ROTOR_SAY(
			"THE SECRETS OF THIS SESSION ARE BEING WRITTEN TO {file}: whoever has it "
			"can read the session"),
		    ROTOR_STRING("file", o->keylog));
	}
	return true;
}

/* ---- buses and devices ---- */

static const char *place_name(const struct joint_options *j)
{
	return j->bus       ? j->bus
	       : j->serial  ? j->serial
	       : j->i2c     ? j->i2c
	       : j->af_mctp ? j->af_mctp
			    : j->spdm_emu;
}

static bool open_bus(struct live *live, struct live_bus *on, const struct joint_options *place)
{
	const struct live_options *o = live->options;
	on->live = live;
	on->name = place_name(place);
	rotor_trace_init(&on->trace, live->cli->crypto, live_trace_line, on);
	if (!joint_open(&on->joint, live->cli, place)) {
		return false;
	}
	struct rotor_agent_bus_config config = {
	    .eid = joint_eid(&on->joint),
	    .owner = o->bus_owner,
	    .known = o->known,
	    .known_count = o->known_count,
	    .pool_first = o->pool_first,
	    .pool_last = o->pool_last,
	};
	config.address = joint_addresses(&on->joint, &config.addresses, &config.address_count);
	if (o->target_count) {
		config.addresses = o->targets;
		config.address_count = o->target_count;
	}
	enum rotor_status status = rotor_agent_bus_init(&on->bus, &config, rotor_loop_now());
	if (status != ROTOR_OK) {
		cli_fail(live->cli, "the bus cannot be used with these options",
			 rotor_status_string(status));
		return false;
	}
	return joint_join(&on->joint, rotor_agent_bus_endpoint(&on->bus), live_packet, on);
}

static bool open_buses(struct live *live)
{
	for (size_t i = 0; i < live->bus_count; i++) {
		if (!open_bus(live, &live->buses[i], live_place(live->options, i))) {
			return false;
		}
	}
	return true;
}

static void start_device(struct live *live, struct live_device *device)
{
	device->live = live;
	device->on = &live->buses[0];
	device->cli = *live->cli;
	rotor_spdm_witness_init(&device->witness, device->witness_challenge,
				sizeof(device->witness_challenge), device->witness_measurement,
				sizeof(device->witness_measurement));
}

bool live_devices(struct live *live, size_t count)
{
	free(live->devices);
	live->devices = calloc(count, sizeof(*live->devices));
	live->device_count = live->devices ? count : 0;
	for (size_t i = 0; i < live->device_count; i++) {
		start_device(live, &live->devices[i]);
	}
	return live->devices != NULL;
}

static bool open_chains(struct live *live)
{
	enum rotor_status status = ROTOR_OK;
	if (live->options->chains) {
		status = rotor_chain_folder_open(&live->chains, live->options->chains);
	}
	if (status != ROTOR_OK) {
		cli_fail_file(live->cli, live->options->chains, status);
	}
	return status == ROTOR_OK;
}

struct live *live_open(struct rotor_cli *cli, const struct live_options *o, int needs)
{
	struct live *live = calloc(1, sizeof(*live));
	struct live_bus *buses = calloc(1 + o->more_count, sizeof(*buses));
	if (!live || !buses) {
		free(live);
		free(buses);
		cli_fail(cli, "out of memory", NULL);
		return NULL;
	}
	live->cli = cli;
	live->options = o;
	live->buses = buses;
	live->bus_count = 1 + o->more_count;
	live->narrate = cli->events.mode == ROTOR_EVENTS_JSON || cli->events.verbose;
	bool good = (live_devices(live, 1) || cli_fail(cli, "out of memory", NULL) == CLI_DONE) &&
		    (!(needs & LIVE_TRUST) || open_trust(live)) &&
		    (!(needs & LIVE_IDENTITY) || open_identity(live)) && open_chains(live) &&
		    open_capture(live) && open_buses(live);
	if (!good) {
		live_close(live);
		return NULL;
	}
	return live;
}

void live_close(struct live *live)
{
	if (!live) {
		return;
	}
	for (size_t i = 0; i < live->device_count; i++) {
		if (live->devices[i].job.bus) {
			rotor_agent_job_drop(&live->devices[i].job);
		}
		rotor_claim_release(&live->devices[i].claim);
		live->cli->events.failed |= live->devices[i].cli.events.failed;
	}
	for (size_t i = 0; i < live->bus_count; i++) {
		if (live->buses[i].live) {
			rotor_trace_finish(&live->buses[i].trace);
		}
		joint_close(&live->buses[i].joint);
	}
	if (live->options->trace && rotor_pcap_close(&live->pcap) != ROTOR_OK) {
		cli_fail_file(live->cli, live->options->trace, ROTOR_ERR_IO);
	}
	if (live->keylog) {
		fclose(live->keylog);
	}
	rotor_trust_store_free(&live->store);
	rotor_wipe(live->devices, live->device_count * sizeof(*live->devices));
	free(live->devices);
	free(live->buses);
	rotor_wipe(live, sizeof(*live));
	free(live);
}
