/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a job on a real bus: sockets, clock, narration, capture. */
#include "live.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rotor/host_loop.h"
#include "rotor/host_pki.h"

/* Of the many requests for firmware data only the first are shown; the capture has them all. */
#define DATA_REQUESTS_SHOWN 2

/* ---- narration ---- */

/* Each message on the bus, and inside the session, as the trace reads it: what is shown is what crossed. */
static void on_trace_line(void *ctx, const struct rotor_trace_line *line)
{
	struct live *live = ctx;
	char fields[1024];
	size_t at = 0;
	if (strcmp(line->name, "RequestFirmwareData") == 0 &&
	    live->data_requests++ >= 2 * DATA_REQUESTS_SHOWN) {
		return;
	}
	if (line->protocol == ROTOR_TRACE_SECURED && !line->problem) {
		return; /* what is inside follows */
	}
	for (size_t i = 0; i < line->field_count && at < sizeof(fields) - 2; i++) {
		int n = snprintf(fields + at, sizeof(fields) - at, "%s%s=%s", i ? " " : "",
				 line->fields[i].name, line->fields[i].text);
		at += n > 0 ? (size_t)n : 0;
	}
	fields[at < sizeof(fields) ? at : sizeof(fields) - 1] = 0;
	rotor_event(
	    &live->cli->events, ROTOR_DETAIL, "message",
	    ROTOR_SAY("{source} -> {destination} {protocol} {name} {summary}"),
	    ROTOR_UINT("source", line->source), ROTOR_UINT("destination", line->destination),
	    ROTOR_STRING("protocol", rotor_trace_protocol_name(line->protocol)),
	    ROTOR_STRING("name", line->name), ROTOR_BOOL("request", line->request),
	    ROTOR_BOOL("in_session", line->depth > 0), ROTOR_STRING("summary", line->summary),
	    ROTOR_UINT("size", line->size), ROTOR_UINT("packets", line->packets),
	    ROTOR_STRING("fields", at ? fields : NULL));
}

/* Every packet, as it comes in or has been delivered. */
static void on_packet(void *ctx, const uint8_t *packet, size_t len)
{
	struct live *live = ctx;
	uint64_t now = rotor_pcap_now();
	if (live->options->trace) {
		(void)rotor_pcap_write(&live->pcap, now, packet, len);
	}
	if (live->narrate) {
		rotor_trace_packet(&live->trace, now, packet, len);
	}
}

static void on_secrets(void *ctx, const struct rotor_spdm_secrets *secrets)
{
	struct live *live = ctx;
	char text[ROTOR_TRACE_KEYLOG_TEXT_MAX];
	size_t len = 0;
	if (rotor_trace_keylog_write(secrets, text, sizeof(text), &len) != ROTOR_OK) {
		return;
	}
	if (live->keylog) {
		(void)fwrite(text, 1, len, live->keylog);
		(void)fflush(live->keylog);
	}
	char *rest = NULL;
	for (char *line = strtok_r(text, "\n", &rest); live->narrate && line;
	     line = strtok_r(NULL, "\n", &rest)) {
		/* A line that does not fit any more leaves its session closed in the narration. */
		live->narrate =
		    rotor_trace_keylog_line(&live->trace, line, strlen(line)) == ROTOR_OK;
	}
	rotor_wipe(text, sizeof(text));
}

static void on_event(void *ctx, const struct rotor_agent_event *event)
{
	struct live *live = ctx;
	struct rotor_events *e = &live->cli->events;
	if (live->quiet && event->kind != ROTOR_AGENT_EVENT_OWNER) {
		return;
	}
	if (event->kind == ROTOR_AGENT_EVENT_STEP) {
		rotor_event(e, ROTOR_INFO, "step", ROTOR_SAY("{step} ..."),
			    ROTOR_STRING("step", rotor_agent_step_name(event->step)));
	} else if (event->kind == ROTOR_AGENT_EVENT_STEP_DONE) {
		if (event->step == ROTOR_AGENT_STEP_SCAN) {
			live_report_found(live);
		} else if (event->step == ROTOR_AGENT_STEP_JUDGE ||
			   event->step == ROTOR_AGENT_STEP_JUDGE_NEW) {
			live_report_evidence(live);
		} else if (event->step == ROTOR_AGENT_STEP_FLOOR) {
			live_report_security(live, &live->now);
		}
	} else if (event->kind == ROTOR_AGENT_EVENT_SPDM) {
		rotor_spdm_witness_event(&live->witness, event->spdm);
	} else if (event->kind == ROTOR_AGENT_EVENT_PLDM &&
		   event->pldm->kind == ROTOR_PLDM_UA_EVENT_PROGRESS) {
		rotor_progress(e, "transfer", event->pldm->done, event->pldm->total);
	} else if (event->kind == ROTOR_AGENT_EVENT_OWNER &&
		   event->owner->kind == ROTOR_MCTP_OWNER_FOUND && live->options->bus_owner &&
		   event->owner->found->eid) {
		joint_reach(&live->joint, event->owner->found->eid, event->owner->found->phys);
	}
}

/* ---- opening ---- */

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
	live->job.config.own =
	    (struct rotor_spdm_slot){.chain = {live->chain, len}, .signer = &live->signer};
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

static bool open_link(struct live *live)
{
	const struct live_options *o = live->options;
	if (!joint_open(&live->joint, live->cli, &o->joint)) {
		return false;
	}
	struct rotor_agent_bus_config config = {
	    .eid = joint_eid(&live->joint),
	    .owner = o->bus_owner,
	    .known = o->known,
	    .known_count = o->known_count,
	    .pool_first = o->pool_first,
	    .pool_last = o->pool_last,
	};
	config.address = joint_addresses(&live->joint, &config.addresses, &config.address_count);
	if (o->target_count) {
		config.addresses = o->targets;
		config.address_count = o->target_count;
	}
	enum rotor_status status = rotor_agent_bus_init(&live->bus, &config, rotor_loop_now());
	if (status != ROTOR_OK) {
		cli_fail(live->cli, "the bus cannot be used with these options",
			 rotor_status_string(status));
		return false;
	}
	return joint_join(&live->joint, rotor_agent_bus_endpoint(&live->bus), on_packet, live);
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
	if (!live) {
		cli_fail(cli, "out of memory", NULL);
		return NULL;
	}
	live->cli = cli;
	live->options = o;
	live->narrate = cli->events.mode == ROTOR_EVENTS_JSON || cli->events.verbose;
	rotor_trace_init(&live->trace, cli->crypto, on_trace_line, live);
	rotor_spdm_witness_init(&live->witness, live->witness_challenge,
				sizeof(live->witness_challenge), live->witness_measurement,
				sizeof(live->witness_measurement));
	bool good = (!(needs & LIVE_TRUST) || open_trust(live)) &&
		    (!(needs & LIVE_IDENTITY) || open_identity(live)) && open_chains(live) &&
		    open_capture(live) && open_link(live);
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
	if (live->job.bus) {
		rotor_agent_job_drop(&live->job);
	}
	rotor_trace_finish(&live->trace);
	if (live->options->trace && rotor_pcap_close(&live->pcap) != ROTOR_OK) {
		cli_fail_file(live->cli, live->options->trace, ROTOR_ERR_IO);
	}
	if (live->keylog) {
		fclose(live->keylog);
	}
	joint_close(&live->joint);
	rotor_trust_store_free(&live->store);
	rotor_wipe(live, sizeof(*live));
	free(live);
}

/* ---- running ---- */

static int sleep_for(const struct live *live)
{
	rotor_ms due = rotor_agent_bus_deadline(&live->bus);
	rotor_ms link = joint_deadline(&live->joint);
	rotor_ms now = rotor_loop_now();
	due = link < due ? link : due;
	rotor_ms left = due > now ? due - now : 0;
	return left > 1000 ? 1000 : (int)left;
}

static int fail_job(struct live *live)
{
	char text[ROTOR_AGENT_FAILURE_TEXT];
	const struct rotor_agent_failure *f = &live->job.failure;
	rotor_agent_failure_text(f, text, sizeof(text));
	const char *next = NULL;
	if (f->fault == ROTOR_AGENT_FAULT_VERDICT) {
		live_report_signed(live); /* others may judge it differently */
	}
	if (f->fault == ROTOR_AGENT_FAULT_NO_TARGET) {
		next = live->options->bus_owner ? "run 'rotor discover' to see who is there"
						: "run 'rotor discover' to see who is there; with "
						  "--bus-owner it gives EIDs to "
						  "those who have none";
	} else if (f->fault == ROTOR_AGENT_FAULT_LINK_LOST) {
		next = "the device keeps the firmware that it had confirmed; run the update again";
	} else if (f->fault == ROTOR_AGENT_FAULT_NOTHING_WAITS) {
		next = "it waits after 'rotor update --delay-security-revision'; 'rotor attest' "
		       "says what the floor is now";
	} else if (f->fault == ROTOR_AGENT_FAULT_NOT_BACK) {
		next = live->options->bus_owner
			   ? "see with 'rotor discover' and 'rotor attest' what it runs now"
			   : "after a restart it needs an EID from a bus owner: is there one, or "
			     "should this "
			     "be it (--bus-owner)? 'rotor attest' says what it runs now";
	}
	rotor_fail_with(&live->cli->events, text, next,
			ROTOR_STRING("step", rotor_agent_step_name(f->step)));
	return CLI_FAILED;
}

/* Firmware is asked for by the device: somebody else must not get those requests. */
static bool hears_device(struct live *live, enum rotor_agent_kind kind)
{
	const struct rotor_af_mctp *kernel = live->joint.kernel;
	if (kind != ROTOR_AGENT_UPDATE || !kernel) {
		return true;
	}
	for (size_t i = 0; i < kernel->config.type_count; i++) {
		if (kernel->shared[i] && kernel->types[i] == ROTOR_MCTP_TYPE_SECURED) {
			cli_fail(live->cli,
				 "another program of this machine receives what devices ask for in "
				 "sessions",
				 "let it end first: an update is under way perhaps");
			return false;
		}
	}
	return true;
}

/* Sends, waits and serves once. @return CLI_DONE, or CLI_FAILED after saying why */
static int turn(struct live *live, int ms)
{
	struct pollfd wait[JOINT_FDS];
	joint_watch(&live->joint, wait);
	if (poll(wait, JOINT_FDS, ms) < 0 && errno != EINTR) {
		return cli_fail(live->cli, "cannot wait for the bus", NULL);
	}
	return joint_serve(&live->joint, rotor_loop_now()) == ROTOR_OK ? CLI_DONE
								       : joint_lost(&live->joint);
}

int live_wait(struct live *live, rotor_ms until, const volatile sig_atomic_t *ended)
{
	int code = CLI_DONE;
	while (code == CLI_DONE && !*ended && rotor_loop_now() < until) {
		rotor_agent_bus_poll(&live->bus, rotor_loop_now());
		joint_send(&live->joint, rotor_loop_now());
		rotor_ms now = rotor_loop_now();
		int left = until > now ? (int)(until - now) : 0;
		int due = sleep_for(live);
		code = turn(live, due < left ? due : left);
	}
	return code;
}

int live_run(struct live *live, struct rotor_agent_job_config *config)
{
	static const struct rotor_agent_trust nothing;
	bool has_12 = true;
	bool has_13 = strcmp(live->options->spdm, "1.3") == 0;
	config->crypto = live->cli->crypto;
	config->trust = live->options->trust ? &live->store.trust : &nothing;
	config->versions[0] = ROTOR_SPDM_V12;
	config->versions[1] = ROTOR_SPDM_V13;
	config->version_count = (uint8_t)(has_12 + has_13);
	config->own = live->job.config.own;
	config->chains = live->options->chains ? &live->chains.chains : NULL;
	config->event = on_event;
	config->secrets = live->keylog || live->narrate ? on_secrets : NULL;
	config->ctx = live;
	if (!hears_device(live, config->kind)) {
		return CLI_FAILED;
	}
	enum rotor_status status = rotor_agent_job_start(&live->job, &live->bus, config);
	while (status == ROTOR_OK && rotor_agent_job_status(&live->job) == ROTOR_PENDING) {
		rotor_agent_bus_poll(&live->bus, rotor_loop_now());
		joint_send(&live->joint, rotor_loop_now());
		if (rotor_agent_job_status(&live->job) != ROTOR_PENDING) {
			break;
		}
		if (turn(live, sleep_for(live)) != CLI_DONE) {
			return CLI_FAILED;
		}
	}
	if (status == ROTOR_OK && rotor_agent_job_status(&live->job) == ROTOR_OK) {
		return CLI_DONE;
	}
	if (status != ROTOR_OK) {
		return cli_fail(live->cli, "the job cannot be started",
				rotor_status_string(status));
	}
	return fail_job(live);
}
