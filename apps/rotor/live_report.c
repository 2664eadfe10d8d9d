/* SPDX-License-Identifier: Apache-2.0 */
/* What discovery found and what a device proved, for people and for JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "live.h"
#include "rotor/boot_dice.h"
#include "rotor/boot_measurement.h"
#include "rotor/spdm_messages.h"

void live_report_found(struct rotor_cli *cli, const struct live_bus *on)
{
	size_t count = 0;
	const struct rotor_mctp_found *found = rotor_mctp_bus_owner_found(&on->bus.owner, &count);
	for (size_t i = 0; i < count; i++) {
		const struct rotor_mctp_found *f = &found[i];
		char uuid[37] = "none";
		char types[128] = "";
		size_t at = 0;
		if (f->has_uuid) {
			cli_uuid_text(f->uuid, uuid);
		}
		for (size_t t = 0; t < f->types.count && t < ROTOR_COUNT_OF(f->types.types) &&
				   at < sizeof(types) - 8;
		     t++) {
			at += (size_t)snprintf(types + at, sizeof(types) - at, "%s%u", t ? "," : "",
					       f->types.types[t]);
		}
		rotor_event(
		    &cli->events, ROTOR_INFO, "endpoint",
		    on->joint.options->serial
			? ROTOR_SAY("endpoint at the other end: EID {eid}, UUID {uuid}, message "
				    "types {types}")
			: ROTOR_SAY("endpoint at address {address}: EID {eid}, UUID {uuid}, "
				    "message types {types}"),
		    ROTOR_HEX("address", f->phys), ROTOR_UINT("eid", f->eid),
		    ROTOR_BOOL("assigned", f->assigned), ROTOR_STRING("uuid", uuid),
		    ROTOR_STRING("types", types),
		    ROTOR_STRING("status", rotor_status_string(f->status)));
	}
	if (count == 0) {
		rotor_event(&cli->events, ROTOR_INFO, "endpoint.none",
			    ROTOR_SAY("no MCTP endpoint answers"));
	}
}

static void report_block(struct rotor_cli *cli, const struct rotor_spdm_block *b)
{
	char text[2 * ROTOR_MEASUREMENT_VALUE_MAX + 1] = "";
	uint64_t number = 0;
	bool is_text = b->index == ROTOR_MEASURE_VERSION;
	bool is_number = b->raw && !is_text && b->value.len <= 8;
	for (size_t i = 0; is_number && i < b->value.len; i++) {
		number |= (uint64_t)b->value.data[i] << 8 * i;
	}
	if (is_text) {
		snprintf(text, sizeof(text), "%.*s", (int)b->value.len,
			 (const char *)b->value.data);
	} else if (is_number) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	} else if (b->value.len <= ROTOR_MEASUREMENT_VALUE_MAX) {
		cli_hex(b->value.data, b->value.len, text);
	}
	rotor_event(&cli->events, ROTOR_INFO, "measurement",
		    ROTOR_SAY("measurement {index} ({name}): {text}"), ROTOR_HEX("index", b->index),
		    ROTOR_STRING("name", rotor_measurement_name(b->index)),
		    ROTOR_UINT("type", b->type), ROTOR_BOOL("raw", b->raw),
		    ROTOR_STRING("text", text), ROTOR_BYTES("value", b->value.data, b->value.len));
}

static void report_key(struct rotor_cli *cli, const struct rotor_spdm_chain *chain)
{
	struct rotor_dice_tcb_info tcb = {0};
	char version[ROTOR_BOOT_VERSION_SIZE] = "";
	if (rotor_dice_tcb_info_read(chain->leaf.tcb_info.data, chain->leaf.tcb_info.len, &tcb) ==
	    ROTOR_OK) {
		snprintf(version, sizeof(version), "%.*s", (int)tcb.version.len,
			 (const char *)tcb.version.data);
	}
	rotor_event(&cli->events, ROTOR_INFO, "identity",
		    ROTOR_SAY("the device's key is certified for firmware {version}, by a chain of "
			      "{certificates} certificates to a trusted root"),
		    ROTOR_STRING("version", version), ROTOR_UINT("certificates", chain->cert_count),
		    ROTOR_BYTES("public_key", chain->leaf.key.bytes, chain->leaf.key.len),
		    ROTOR_BYTES("certificate", chain->leaf.der.data, chain->leaf.der.len));
}

bool report_security(struct rotor_cli *cli, struct rotor_bytes record,
		     struct rotor_agent_security *out)
{
	if (!rotor_agent_security_read(record, out)) {
		return false;
	}
	rotor_event(&cli->events, ROTOR_INFO, "security",
		    out->held
			? ROTOR_SAY("security version {security_version}, floor {floor} (held "
				    "until the security revision is updated, or to rise at the "
				    "next start)")
			: ROTOR_SAY("security version {security_version}, floor {floor}"),
		    ROTOR_UINT("security_version", out->version), ROTOR_UINT("floor", out->floor),
		    ROTOR_BOOL("held", out->held));
	return true;
}

void live_report_security(struct live_device *device, struct rotor_agent_security *out)
{
	struct rotor_agent_security s;
	if (report_security(&device->cli, device->job.spdm.measurements.record, &s)) {
		*out = s;
	}
}

void report_proof(struct rotor_cli *cli, const struct rotor_spdm_chain *chain,
		  const struct rotor_spdm_measured *measured)
{
	struct rotor_bytes record = measured->record;
	struct rotor_spdm_block block;
	report_key(cli, chain);
	while (rotor_spdm_next_block(&record, &block) == ROTOR_OK) {
		report_block(cli, &block);
	}
}

/* What the requester has proved, in the terms of evidence. */
static struct rotor_spdm_proof proof_of(const struct rotor_spdm_requester *q)
{
	return (struct rotor_spdm_proof){.peer = q->peer,
					 .chain = q->chain,
					 .challenge = q->challenge,
					 .measurements = q->measurements};
}

void live_report_signed(struct live_device *device)
{
	const struct rotor_spdm_requester *q = &device->job.spdm;
	struct rotor_spdm_evidence evidence;
	if (device->cli.events.mode != ROTOR_EVENTS_JSON) {
		return;
	}
	enum rotor_status status =
	    rotor_spdm_witness_evidence(&device->witness, q->chain.spdm, &evidence);
	struct rotor_spdm_proof proof = proof_of(q);
	json_t *object = status == ROTOR_OK ? evidence_write(&evidence, &proof) : NULL;
	char *text = object ? json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	if (text) {
		rotor_event(&device->cli.events, ROTOR_INFO, "evidence",
			    ROTOR_JSON("evidence", text));
	} else {
		rotor_event(&device->cli.events, ROTOR_WARNING, "evidence.incomplete",
			    ROTOR_SAY("the evidence cannot be given out: {reason}"),
			    ROTOR_STRING("reason", rotor_status_string(status)));
	}
	free(text);
	json_decref(object);
}

void live_report_evidence(struct live_device *device)
{
	const struct rotor_spdm_requester *q = &device->job.spdm;
	const struct rotor_agent_judgement *j = &device->job.judgement;
	char version[ROTOR_BOOT_VERSION_SIZE] = "";
	live_report_signed(device);
	report_proof(&device->cli, &q->chain, &q->measurements);
	live_report_security(device, &device->attested);
	snprintf(version, sizeof(version), "%.*s", (int)j->reference.version.len,
		 j->reference.version.data ? (const char *)j->reference.version.data : "");
	rotor_event(
	    &device->cli.events, ROTOR_INFO, "attested",
	    ROTOR_SAY("attested with SPDM {spdm}: {verdict}, firmware {version}; signed over a "
		      "fresh nonce"),
	    ROTOR_STRING("spdm", rotor_spdm_version_name(q->peer.version)),
	    ROTOR_STRING("verdict", rotor_agent_verdict_string(j->verdict)),
	    ROTOR_STRING("version", version),
	    ROTOR_UINT("security_version", j->reference.security_version),
	    ROTOR_BYTES("nonce", q->measurements.requester_nonce,
			sizeof(q->measurements.requester_nonce)));
}

static void report_string(const struct rotor_pldm_string *s, char *out, size_t cap)
{
	snprintf(out, cap, "%.*s", (int)s->text.len, s->text.len ? (const char *)s->text.data : "");
}

static void report_descriptors(struct rotor_events *e, const struct rotor_pldm_descriptor *d,
			       uint8_t count, bool downstream, uint16_t index)
{
	for (uint8_t i = 0; i < count; i++) {
		rotor_event(e, ROTOR_INFO, downstream ? "downstream.descriptor" : "descriptor",
			    downstream ? ROTOR_SAY("downstream device {index}: {name}: {data}")
				       : ROTOR_SAY("descriptor {name}: {data}"),
			    ROTOR_UINT("index", index),
			    ROTOR_STRING("name", rotor_pldm_descriptor_name(d[i].type)),
			    ROTOR_HEX("type", d[i].type),
			    ROTOR_BYTES("data", d[i].data.data, d[i].data.len));
	}
}

/* The devices behind this one: who they are, then what they run. */
static void report_downstream(struct live_device *device)
{
	const struct rotor_pldm_ua *ua = &device->job.ua;
	struct rotor_events *e = &device->cli.events;
	struct rotor_bytes area = ua->downstream_identifiers.area;
	struct rotor_reader r = rotor_reader(area.data, area.len);
	for (uint16_t i = 0; i < ua->downstream_identifiers.count; i++) {
		struct rotor_pldm_downstream_identifiers ids;
		struct rotor_pldm_descriptor descriptors[ROTOR_AGENT_DESCRIPTORS_MAX];
		if (rotor_pldm_downstream_identifiers_read(&r, &ids) != ROTOR_OK ||
		    rotor_pldm_descriptors_read(ids.area, ids.count, descriptors,
						ROTOR_COUNT_OF(descriptors)) != ROTOR_OK) {
			return;
		}
		report_descriptors(e, descriptors, ids.count, true, ids.index);
	}
	area = ua->downstream_parameters.area;
	r = rotor_reader(area.data, area.len);
	for (uint16_t i = 0; i < ua->downstream_parameters.count; i++) {
		struct rotor_pldm_downstream_parameters p;
		char active[256], pending[256];
		if (rotor_pldm_downstream_parameters_read(&r, &p) != ROTOR_OK) {
			return;
		}
		report_string(&p.active.text, active, sizeof(active));
		report_string(&p.pending.text, pending, sizeof(pending));
		rotor_event(e, ROTOR_INFO, "downstream",
			    active[0] ? ROTOR_SAY("downstream device {index}: version {version}")
				      : ROTOR_SAY("downstream device {index}: no valid firmware"),
			    ROTOR_UINT("index", p.index), ROTOR_STRING("version", active),
			    ROTOR_STRING("pending", pending), ROTOR_HEX("stamp", p.active.stamp));
	}
}

void live_report_inventory(struct live_device *device)
{
	const struct rotor_agent_job *job = &device->job;
	struct rotor_events *e = &device->cli.events;
	struct rotor_pldm_parameters p;
	struct rotor_reader table;
	char active[256];
	char pending[256];
	char version[ROTOR_PLDM_VERSION_TEXT];
	rotor_event(
	    e, ROTOR_INFO, "pldm", ROTOR_SAY("PLDM terminus {tid}, firmware update {version}"),
	    ROTOR_UINT("tid", job->ua.found.tid),
	    ROTOR_STRING("version", rotor_pldm_version_text(job->ua.found.fwup_version, version)));
	report_descriptors(e, job->descriptors, job->descriptor_count, false, 0);
	if (rotor_pldm_parameters_decode(job->ua.parameters, &p, &table) != ROTOR_OK) {
		return;
	}
	report_string(&p.active, active, sizeof(active));
	report_string(&p.pending, pending, sizeof(pending));
	rotor_event(
	    e, ROTOR_INFO, "firmware", ROTOR_SAY("active image set {active}, pending: {pending}"),
	    ROTOR_STRING("active", active), ROTOR_STRING("pending", pending[0] ? pending : "none"));
	for (uint16_t i = 0; i < p.component_count; i++) {
		struct rotor_pldm_component_parameters c;
		if (rotor_pldm_component_parameters_read(&table, &c) != ROTOR_OK) {
			return;
		}
		bool held = c.capabilities & ROTOR_PLDM_COMPONENT_SECURITY_REVISION_NOT_LATEST;
		report_string(&c.active.text, active, sizeof(active));
		rotor_event(e, ROTOR_INFO, "component",
			    held ? ROTOR_SAY("component {identifier}: version {version}; its "
					     "security revision is held")
				 : ROTOR_SAY("component {identifier}: version {version}"),
			    ROTOR_HEX("classification", c.classification),
			    ROTOR_HEX("identifier", c.identifier), ROTOR_STRING("version", active),
			    ROTOR_HEX("stamp", c.active.stamp),
			    ROTOR_BOOL("security_revision_held", held));
	}
	report_downstream(device);
}

void live_report_status(struct live_device *device)
{
	const struct rotor_pldm_status *status = &device->job.ua.device;
	const bool works = status->progress <= 100 && status->state >= ROTOR_PLDM_DOWNLOAD &&
			   status->state <= ROTOR_PLDM_APPLY;
	rotor_event(&device->cli.events, ROTOR_INFO, "update.status",
		    status->state == ROTOR_PLDM_IDLE
			? ROTOR_SAY("no update under way (the last one ended by: {reason})")
		    : works ? ROTOR_SAY("an update is under way: {state}, {percent} %")
			    : ROTOR_SAY("an update is under way: {state}"),
		    ROTOR_STRING("state", rotor_pldm_state_name(status->state)),
		    ROTOR_STRING("previous", rotor_pldm_state_name(status->previous)),
		    ROTOR_STRING("aux", rotor_pldm_aux_state_name(status->aux_state)),
		    ROTOR_UINT("percent", works ? status->progress : 0),
		    ROTOR_STRING("reason", rotor_pldm_reason_name(status->reason)));
}
