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

#include "rotor/host_bus.h"
#include "rotor/host_line.h"
#include "rotor/host_loop.h"
#include "rotor/host_pki.h"

/* Of the many requests for firmware data only the first are shown; the capture has them all. */
#define DATA_REQUESTS_SHOWN 2
/* How long a responder behind --spdm-emu may take to answer the greeting. */
#define EMU_HELLO_MS 5000

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

/* Joins the agent's endpoint to the bus. */
static enum rotor_status join_bus(struct live *live)
{
	const struct live_options *o = live->options;
	enum rotor_bus_code code = ROTOR_BUS_ACK;
	enum rotor_status status = rotor_bus_connect(o->bus, o->address, &live->fd, &code);
	if (status != ROTOR_OK) {
		char text[256];
		snprintf(text, sizeof(text), "cannot join the bus at %s with address 0x%02x: %s",
			 o->bus, o->address,
			 code == ROTOR_BUS_ACK ? rotor_status_string(status)
					       : rotor_bus_code_string(code));
		cli_fail(live->cli, text, "is rotor-bus running, and is the address free?");
		return status;
	}
	return rotor_link_bus(&live->link, live->fd, rotor_agent_bus_endpoint(&live->bus),
			      o->address);
}

/* Joins it to a serial line. */
static enum rotor_status join_line(struct live *live)
{
	const char *where = live->options->serial;
	enum rotor_status status = rotor_line_open(where, &live->fd);
	if (status != ROTOR_OK) {
		char text[256];
		snprintf(text, sizeof(text), "cannot open the serial line at %s: %s", where,
			 status == ROTOR_ERR_UNSUPPORTED ? "it is no terminal"
							 : rotor_status_string(status));
		cli_fail(live->cli, text, "is the device on, and does nobody else use its line?");
		return status;
	}
	return rotor_link_serial(&live->link, live->fd, rotor_agent_bus_endpoint(&live->bus));
}

/* Joins it to a line at whose other end a relay has the responder's SPDM. */
static enum rotor_status join_emu(struct live *live)
{
	const char *where = live->options->spdm_emu;
	enum rotor_status status = ROTOR_ERR_SPACE;
	live->relay = calloc(1, sizeof(*live->relay));
	if (live->relay) {
		status = rotor_spdm_relay_to_server(live->relay, where, LIVE_EMU_EID, EMU_HELLO_MS);
	}
	if (status == ROTOR_OK) {
		status = rotor_spdm_relay_plug(live->relay, &live->fd);
	}
	if (status != ROTOR_OK) {
		char text[256];
		snprintf(text, sizeof(text), "cannot reach the responder at %s: %s", where,
			 rotor_status_string(status));
		cli_fail(live->cli, text, "does it listen there, and speak SPDM over TCP?");
		return status;
	}
	return rotor_link_serial(&live->link, live->fd, rotor_agent_bus_endpoint(&live->bus));
}

static enum rotor_status join(struct live *live)
{
	if (live->options->spdm_emu) {
		return join_emu(live);
	}
	return live->options->serial ? join_line(live) : join_bus(live);
}

static bool open_link(struct live *live)
{
	static const rotor_mctp_phys other_end[] = {ROTOR_SERIAL_PHYS};
	const struct live_options *o = live->options;
	struct rotor_agent_bus_config config = {
	    .eid = o->eid,
	    .address = o->address,
	    .owner = o->bus_owner,
	    .addresses = o->target_count ? o->targets : NULL,
	    .address_count = o->target_count,
	    .known = o->known,
	    .known_count = o->known_count,
	    .pool_first = o->pool_first,
	    .pool_last = o->pool_last,
	};
	if (!o->bus) {
		config.address = ROTOR_MCTP_PHYS_ROUTE;
		config.addresses = other_end;
		config.address_count = ROTOR_COUNT_OF(other_end);
	}
	enum rotor_status status = rotor_agent_bus_init(&live->bus, &config, rotor_loop_now());
	if (status != ROTOR_OK) {
		cli_fail(live->cli, "the bus cannot be used with these options",
			 rotor_status_string(status));
		return false;
	}
	status = join(live);
	live->link.seen = on_packet;
	live->link.ctx = live;
	return status == ROTOR_OK;
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
	live->fd = -1;
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
	if (live->fd >= 0) {
		close(live->fd);
	}
	if (live->relay) {
		rotor_spdm_relay_close(live->relay);
		free(live->relay);
	}
	rotor_trust_store_free(&live->store);
	rotor_wipe(live, sizeof(*live));
	free(live);
}

/* ---- running ---- */

static int sleep_for(const struct live *live)
{
	rotor_ms due = rotor_agent_bus_deadline(&live->bus);
	rotor_ms link = rotor_link_deadline(&live->link);
	rotor_ms now = rotor_loop_now();
	due = link < due ? link : due;
	rotor_ms left = due > now ? due - now : 0;
	return left > 1000 ? 1000 : (int)left;
}

/* Waits until something comes or is due. */
static bool wait_for(struct live *live)
{
	struct pollfd wait[1 + ROTOR_SPDM_RELAY_FDS] = {
	    {.fd = live->fd, .events = rotor_link_events(&live->link)}};
	nfds_t count = 1;
	if (live->relay) {
		rotor_spdm_relay_watch(live->relay, wait + 1);
		count = ROTOR_COUNT_OF(wait);
	}
	return poll(wait, count, sleep_for(live)) >= 0 || errno == EINTR;
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

static int lose_link(struct live *live)
{
	if (live->options->spdm_emu) {
		return cli_fail(live->cli, "the responder has closed the connection", NULL);
	}
	if (live->options->serial) {
		return cli_fail(live->cli, "the serial line was closed at the other end",
				"is the device on, and does nobody else use its line?");
	}
	return cli_fail(live->cli, "the bus is gone", "start rotor-bus again");
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
	enum rotor_status status = rotor_agent_job_start(&live->job, &live->bus, config);
	while (status == ROTOR_OK && rotor_agent_job_status(&live->job) == ROTOR_PENDING) {
		rotor_agent_bus_poll(&live->bus, rotor_loop_now());
		rotor_link_send(&live->link, rotor_loop_now());
		if (rotor_agent_job_status(&live->job) != ROTOR_PENDING) {
			break;
		}
		if (!wait_for(live)) {
			return cli_fail(live->cli, "cannot wait for the bus", NULL);
		}
		if ((live->relay &&
		     rotor_spdm_relay_serve(live->relay, rotor_loop_now()) != ROTOR_OK) ||
		    rotor_link_serve(&live->link, rotor_loop_now()) != ROTOR_OK) {
			return lose_link(live);
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
