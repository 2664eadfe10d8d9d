/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a job while it runs. */
#include <stdio.h>
#include <string.h>

#include "live.h"
#include "rotor/spdm_messages.h"

/* Of the many requests for firmware data only the first are shown; the capture has them all. */
#define DATA_REQUESTS_SHOWN 2

/* Each message on the bus, and inside the session, as the trace reads it: what is shown is what crossed. */
void live_trace_line(void *ctx, const struct rotor_trace_line *line)
{
	struct live_bus *on = ctx;
	char fields[1024];
	size_t at = 0;
	if (strcmp(line->name, "RequestFirmwareData") == 0 &&
	    on->data_requests++ >= 2 * DATA_REQUESTS_SHOWN) {
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
	    &on->live->cli->events, ROTOR_DETAIL, "message",
	    ROTOR_SAY("{source} -> {destination} {protocol} {name} {summary}"),
	    ROTOR_UINT("source", line->source), ROTOR_UINT("destination", line->destination),
	    ROTOR_STRING("protocol", rotor_trace_protocol_name(line->protocol)),
	    ROTOR_STRING("name", line->name), ROTOR_BOOL("request", line->request),
	    ROTOR_BOOL("in_session", line->depth > 0), ROTOR_STRING("summary", line->summary),
	    ROTOR_UINT("size", line->size), ROTOR_UINT("packets", line->packets),
	    ROTOR_STRING("fields", at ? fields : NULL));
}

/* Every packet, as it comes in or has been delivered. */
void live_packet(void *ctx, const uint8_t *packet, size_t len)
{
	struct live_bus *on = ctx;
	struct live *live = on->live;
	uint64_t now = rotor_pcap_now();
	if (live->options->trace) {
		(void)rotor_pcap_write(&live->pcap, now, packet, len);
	}
	if (live->narrate) {
		rotor_trace_packet(&on->trace, now, packet, len);
	}
}

void live_secrets(void *ctx, const struct rotor_spdm_secrets *secrets)
{
	const struct live_device *device = ctx;
	struct live *live = device->live;
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
		    rotor_trace_keylog_line(&device->on->trace, line, strlen(line)) == ROTOR_OK;
	}
	rotor_wipe(text, sizeof(text));
}

/* ---- what a job tells ---- */

static void step_begins(struct live_device *device, enum rotor_agent_step step)
{
	const char *name = rotor_agent_step_name(step);
	live_claim_step(device, name);
	device->percent = 0;
	rotor_event(&device->cli.events, ROTOR_INFO, "step", ROTOR_SAY("{step} ..."),
		    ROTOR_STRING("step", name));
}

static void step_done(struct live_device *device, enum rotor_agent_step step)
{
	switch (step) {
	case ROTOR_AGENT_STEP_SCAN:
		/* Of one bus it is told once. */
		if (!device->on->told) {
			device->on->told = true;
			live_report_found(device->live->cli, device->on);
		}
		break;
	case ROTOR_AGENT_STEP_JUDGE:
	case ROTOR_AGENT_STEP_JUDGE_NEW:
		live_report_evidence(device);
		break;
	case ROTOR_AGENT_STEP_STATUS:
		/* An idle device is none that anything is to be said of, unless that was the question. */
		if (device->job.config.kind != ROTOR_AGENT_INVENTORY &&
		    device->job.ua.device.state != ROTOR_PLDM_IDLE) {
			live_report_status(device);
		}
		break;
	case ROTOR_AGENT_STEP_FLOOR:
		live_report_security(device, &device->now);
		break;
	default:
		break;
	}
}

/* How far the device is with work of its own. */
static void device_works(struct live_device *device)
{
	const struct rotor_pldm_status *status = &device->job.ua.device;
	const bool works = status->state == ROTOR_PLDM_VERIFY || status->state == ROTOR_PLDM_APPLY;
	if (!works || status->progress > 100 || status->progress <= device->percent) {
		return;
	}
	device->percent = status->progress;
	rotor_event(&device->cli.events, ROTOR_INFO, "device.progress",
		    ROTOR_SAY("the device says: {state}, {percent} %"),
		    ROTOR_STRING("state", rotor_pldm_state_name(status->state)),
		    ROTOR_UINT("percent", status->progress));
}

static void pldm_tells(struct live_device *device, const struct rotor_pldm_ua_event *pldm)
{
	struct rotor_events *e = &device->cli.events;
	const struct rotor_pldm_ua *ua = &device->job.ua;
	switch (pldm->kind) {
	case ROTOR_PLDM_UA_EVENT_PROGRESS:
		rotor_progress(e, "transfer", pldm->done, pldm->total);
		break;
	case ROTOR_PLDM_UA_EVENT_STEP:
		device->percent = 0;
		if (ua->step == ROTOR_PLDM_UA_UPDATE_COMPONENT && ua->plan) {
			const struct rotor_pldm_component *c = &ua->plan->components[ua->component];
			rotor_event(e, ROTOR_INFO, "component.begins",
				    ROTOR_SAY("component {number} of {count}: {size} bytes"),
				    ROTOR_UINT("number", ua->component + 1u),
				    ROTOR_UINT("count", ua->plan->count),
				    ROTOR_HEX("classification", c->classification),
				    ROTOR_HEX("identifier", c->identifier),
				    ROTOR_UINT("size", c->size));
		} else if (ua->step == ROTOR_PLDM_UA_VERIFY || ua->step == ROTOR_PLDM_UA_APPLY ||
			   ua->step == ROTOR_PLDM_UA_ACTIVATE) {
			rotor_event(e, ROTOR_INFO, "update.step", ROTOR_SAY("{step} ..."),
				    ROTOR_STRING("step", rotor_pldm_ua_step_name(ua->step)));
		}
		break;
	case ROTOR_PLDM_UA_EVENT_STATUS:
		device_works(device);
		break;
	case ROTOR_PLDM_UA_EVENT_ENDED:
		if (ua->plan && ua->status == ROTOR_OK) {
			rotor_event(e, ROTOR_INFO, "activation",
				    ROTOR_SAY("activated: the device expects to take {seconds} s"),
				    ROTOR_UINT("seconds", ua->activation_time));
		}
		break;
	default:
		break;
	}
}

void live_event(void *ctx, const struct rotor_agent_event *event)
{
	struct live_device *device = ctx;
	struct live *live = device->live;
	if (live->quiet && event->kind != ROTOR_AGENT_EVENT_OWNER) {
		return;
	}
	switch (event->kind) {
	case ROTOR_AGENT_EVENT_STEP:
		step_begins(device, event->step);
		break;
	case ROTOR_AGENT_EVENT_STEP_DONE:
		step_done(device, event->step);
		break;
	case ROTOR_AGENT_EVENT_SPDM:
		rotor_spdm_witness_event(&device->witness, event->spdm);
		break;
	case ROTOR_AGENT_EVENT_PLDM:
		pldm_tells(device, event->pldm);
		break;
	case ROTOR_AGENT_EVENT_OWNER:
		if (event->owner->kind == ROTOR_MCTP_OWNER_FOUND && live->options->bus_owner &&
		    event->owner->found->eid) {
			joint_reach(&device->on->joint, event->owner->found->eid,
				    event->owner->found->phys);
		}
		break;
	}
}

/* ---- the end ---- */

/* What the reader can do about a failure; NULL: nothing that is not in its text. */
static const char *next_step(const struct live *live, const struct rotor_agent_failure *f)
{
	const bool owner = live->options->bus_owner;
	switch (f->fault) {
	case ROTOR_AGENT_FAULT_NO_TARGET:
		return owner ? "run 'rotor discover' to see who is there"
			     : "run 'rotor discover' to see who is there; with --bus-owner it "
			       "gives EIDs to those who have none";
	case ROTOR_AGENT_FAULT_LINK_LOST:
		return "the device keeps the firmware that it had confirmed; run the update again";
	case ROTOR_AGENT_FAULT_NOTHING_WAITS:
		return "it waits after 'rotor update --delay-security-revision'; 'rotor attest' "
		       "says what the floor is now";
	case ROTOR_AGENT_FAULT_NOT_BACK:
		return owner ? "see with 'rotor discover' and 'rotor attest' what it runs now"
			     : "after a restart it needs an EID from a bus owner: is there one, or "
			       "should this be it (--bus-owner)? 'rotor attest' says what it runs "
			       "now";
	case ROTOR_AGENT_FAULT_HELD_HERE:
		return "let that one end, or end it";
	case ROTOR_AGENT_FAULT_HELD:
		return "'rotor inventory' says how far that is; if its agent is gone, the device "
		       "ends it by itself within two minutes";
	case ROTOR_AGENT_FAULT_SPDM:
		return f->spdm.fail == ROTOR_SPDM_FAIL_PEER_ERROR &&
			       f->spdm.peer_error == ROTOR_SPDM_ERROR_SESSION_LIMIT_EXCEEDED
			   ? "another agent is in a session with the device: 'rotor inventory' "
			     "says whether it is being updated"
			   : NULL;
	default:
		return NULL;
	}
}

/* What a cancelled update has broken. */
static void report_broken(struct live_device *device)
{
	const uint64_t broken = device->job.ua.not_functioning;
	struct rotor_pldm_parameters parameters;
	struct rotor_pldm_component_parameters c;
	struct rotor_reader table;
	if (!broken || rotor_pldm_parameters_decode(device->job.ua.parameters, &parameters,
						    &table) != ROTOR_OK) {
		return;
	}
	for (uint16_t i = 0; i < parameters.component_count && i < 64; i++) {
		if (rotor_pldm_component_parameters_read(&table, &c) != ROTOR_OK) {
			return;
		}
		if (broken >> i & 1) {
			rotor_event(&device->cli.events, ROTOR_WARNING, "component.broken",
				    ROTOR_SAY("the device says that its component {identifier} "
					      "does not work any more: update it again"),
				    ROTOR_HEX("classification", c.classification),
				    ROTOR_HEX("identifier", c.identifier));
		}
	}
}

void live_failed(struct live_device *device)
{
	char text[ROTOR_AGENT_FAILURE_TEXT];
	const struct rotor_agent_failure *f = &device->job.failure;
	rotor_agent_failure_text(f, text, sizeof(text));
	report_broken(device);
	if (f->fault == ROTOR_AGENT_FAULT_VERDICT) {
		live_report_signed(device); /* others may judge it differently */
	}
	rotor_fail_with(&device->cli.events, text, next_step(device->live, f),
			ROTOR_STRING("step", rotor_agent_step_name(f->step)));
}
