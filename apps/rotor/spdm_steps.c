/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of `rotor spdm`: what each asks of the requester, and what it says of the answer. */
#include <stdlib.h>
#include <string.h>

#include "rotor/pldm.h"
#include "rotor/spdm_requester_more.h"
#include "spdm_client.h"

/* ---- connection and attestation ---- */

static bool summary_of(const char *argument, uint8_t *summary)
{
	static const struct {
		const char *name;
		uint8_t type;
	} types[] = {{"none", ROTOR_SPDM_SUMMARY_NONE},
		     {"tcb", ROTOR_SPDM_SUMMARY_TCB},
		     {"all", ROTOR_SPDM_SUMMARY_ALL}};
	for (size_t i = 0; i < ROTOR_COUNT_OF(types); i++) {
		if (strcmp(argument ? argument : "none", types[i].name) == 0) {
			*summary = types[i].type;
			return true;
		}
	}
	return false;
}

static enum rotor_status begin_connect(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT : rotor_spdm_requester_connect(&c->q);
}

static void report_connect(struct spdm_client *c)
{
	const struct rotor_spdm_peer *p = &c->q.peer;
	rotor_event(&c->cli->events, ROTOR_INFO, "spdm.connected",
		    ROTOR_SAY("SPDM {spdm}, capabilities {capabilities}"),
		    ROTOR_STRING("spdm", rotor_spdm_version_name(p->version)),
		    ROTOR_HEX("capabilities", p->capabilities),
		    ROTOR_UINT("data_transfer_size", p->data_transfer_size),
		    ROTOR_UINT("max_message_size", p->max_message));
}

static enum rotor_status begin_digests(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT : rotor_spdm_requester_get_digests(&c->q);
}

static void report_digests(struct spdm_client *c)
{
	rotor_event(&c->cli->events, ROTOR_INFO, "spdm.digests",
		    ROTOR_SAY("slots with a chain: {slots}"),
		    ROTOR_HEX("slots", c->q.digests.slots));
}

static enum rotor_status begin_certificate(struct spdm_client *c, const char *argument)
{
	uint64_t slot = 0;
	if (argument && !cli_number(argument, ROTOR_SPDM_SLOT_COUNT - 1, &slot)) {
		return ROTOR_ERR_ARGUMENT;
	}
	return rotor_spdm_requester_get_certificate(&c->q, (uint8_t)slot, c->peer_chain,
						    sizeof(c->peer_chain));
}

static void report_certificate(struct spdm_client *c)
{
	const struct rotor_spdm_chain *chain = &c->q.chain;
	rotor_event(
	    &c->cli->events, ROTOR_INFO, "spdm.certificate",
	    ROTOR_SAY("slot {slot}: a chain of {certificates} certificates to a trusted root"),
	    ROTOR_UINT("slot", chain->slot), ROTOR_UINT("certificates", chain->cert_count),
	    ROTOR_BYTES("leaf", chain->leaf.der.data, chain->leaf.der.len));
}

static enum rotor_status begin_challenge(struct spdm_client *c, const char *argument)
{
	uint8_t summary;
	return summary_of(argument, &summary) ? rotor_spdm_requester_challenge(&c->q, summary)
					      : ROTOR_ERR_ARGUMENT;
}

/* Words with commas: a block's index, "all" (the default) or "count"; "raw", "signed", "session". */
static enum rotor_status begin_measure(struct spdm_client *c, const char *argument)
{
	char copy[64] = "";
	char *rest = NULL;
	bool raw = false, with_signature = false, in_session = false;
	uint64_t operation = ROTOR_SPDM_MEAS_OP_ALL;
	if (argument && strlen(argument) >= sizeof(copy)) {
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(copy, argument ? argument : "", argument ? strlen(argument) + 1 : 1);
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		if (strcmp(word, "raw") == 0) {
			raw = true;
		} else if (strcmp(word, "signed") == 0) {
			with_signature = true;
		} else if (strcmp(word, "session") == 0) {
			in_session = true;
		} else if (strcmp(word, "count") == 0) {
			operation = ROTOR_SPDM_MEAS_OP_COUNT;
		} else if (strcmp(word, "all") != 0 && !cli_number(word, 0xfe, &operation)) {
			return ROTOR_ERR_ARGUMENT;
		}
	}
	return rotor_spdm_requester_get_measurements(&c->q, in_session, (uint8_t)operation,
						     with_signature, raw, c->blocks,
						     sizeof(c->blocks));
}

static void report_measure(struct spdm_client *c)
{
	const struct rotor_spdm_measured *m = &c->q.measurements;
	struct rotor_bytes record = m->record;
	struct rotor_spdm_block block;
	rotor_event(&c->cli->events, ROTOR_INFO, "spdm.measurements",
		    m->is_signed ? ROTOR_SAY("measurements: {count}, signed")
				 : ROTOR_SAY("measurements: {count}, not signed"),
		    ROTOR_UINT("count", m->count), ROTOR_BOOL("signed", m->is_signed));
	while (rotor_spdm_next_block(&record, &block) == ROTOR_OK) {
		rotor_event(&c->cli->events, ROTOR_INFO, "measurement",
			    ROTOR_SAY("measurement {index} ({name}): {value}"),
			    ROTOR_HEX("index", block.index),
			    ROTOR_STRING("name", rotor_spdm_measurement_type_name(block.type)),
			    ROTOR_BOOL("raw", block.raw),
			    ROTOR_BYTES("value", block.value.data, block.value.len));
	}
}

/* ---- sessions ---- */

static enum rotor_status begin_session(struct spdm_client *c, const char *argument)
{
	uint8_t summary;
	return summary_of(argument, &summary) ? rotor_spdm_requester_start_session(&c->q, summary)
					      : ROTOR_ERR_ARGUMENT;
}

static void report_session(struct spdm_client *c)
{
	struct rotor_spdm_session_info info = {0};
	(void)rotor_spdm_requester_session(&c->q, &info);
	rotor_event(&c->cli->events, ROTOR_INFO, "session.established",
		    info.mutual ? ROTOR_SAY("session {session}: both sides are authenticated")
				: ROTOR_SAY("session {session}: the responder is authenticated"),
		    ROTOR_HEX("session", info.session_id), ROTOR_BOOL("mutual", info.mutual));
}

static enum rotor_status begin_heartbeat(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT : rotor_spdm_requester_heartbeat(&c->q);
}

static enum rotor_status begin_end(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT : rotor_spdm_requester_end_session(&c->q);
}

/* GetTID, in the session: done when it returns. */
static enum rotor_status begin_pldm(struct spdm_client *c, const char *argument)
{
	uint8_t request[16];
	size_t len = 0;
	struct rotor_writer w = rotor_writer(request, sizeof(request));
	struct rotor_pldm_message msg;
	if (argument) {
		return ROTOR_ERR_ARGUMENT;
	}
	rotor_pldm_request_begin(&w, 0, ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_GET_TID);
	enum rotor_status status = rotor_writer_end(&w, &len);
	if (status == ROTOR_OK) {
		status = spdm_client_exchange(c, 1, request, len);
	}
	if (status == ROTOR_OK) {
		status = rotor_pldm_open(c->app, c->app_len, &msg);
	}
	if (status == ROTOR_OK && (msg.header.request || msg.completion != ROTOR_PLDM_SUCCESS)) {
		status = ROTOR_ERR_PEER;
	}
	return status;
}

static enum rotor_status begin_psk_session(struct spdm_client *c, const char *argument)
{
	uint8_t summary;
	return summary_of(argument, &summary)
		   ? rotor_spdm_requester_start_psk_session(&c->q, &c->psk, summary)
		   : ROTOR_ERR_ARGUMENT;
}

static enum rotor_status begin_key_update(struct spdm_client *c, const char *argument)
{
	bool all = argument && strcmp(argument, "all") == 0;
	if (argument && !all && strcmp(argument, "own") != 0) {
		return ROTOR_ERR_ARGUMENT;
	}
	return rotor_spdm_requester_update_keys(&c->q, all);
}

/* "session" or nothing: where a step is done. */
static bool place_of(const char *argument, bool *in_session)
{
	*in_session = argument && strcmp(argument, "session") == 0;
	return !argument || *in_session;
}

static enum rotor_status begin_serve(struct spdm_client *c, const char *argument)
{
	bool in_session;
	return place_of(argument, &in_session) ? rotor_spdm_requester_serve(&c->q, in_session)
					       : ROTOR_ERR_ARGUMENT;
}

/* ---- certificates, keys, and what a device tells of itself ---- */

static enum rotor_status begin_csr(struct spdm_client *c, const char *argument)
{
	bool in_session;
	memset(&c->asked, 0, sizeof(c->asked));
	if (c->q.peer.suite.multi_key) {
		c->asked.csr.key_pair = 1;
		c->asked.csr.attributes = ROTOR_SPDM_CERT_MODEL_DEVICE;
	}
	return place_of(argument, &in_session)
		   ? rotor_spdm_requester_get_csr(&c->q, in_session, &c->asked.csr, c->blocks,
						  sizeof(c->blocks))
		   : ROTOR_ERR_ARGUMENT;
}

static void report_csr(struct spdm_client *c)
{
	rotor_event(&c->cli->events, ROTOR_INFO, "spdm.csr",
		    ROTOR_SAY("a certificate request of {size} bytes"),
		    ROTOR_UINT("size", c->q.answer.len),
		    ROTOR_BYTES("request", c->q.answer.data, c->q.answer.len));
}

/* Gives a slot the chain that is believed. */
static enum rotor_status begin_set_certificate(struct spdm_client *c, const char *argument)
{
	uint64_t slot = 0;
	char *comma = NULL;
	char copy[16];
	if (!argument || strlen(argument) >= sizeof(copy)) {
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(copy, argument, strlen(argument) + 1);
	comma = strchr(copy, ',');
	bool in_session = comma && strcmp(comma + 1, "session") == 0;
	if (comma) {
		*comma = 0;
	}
	if ((comma && !in_session) || !cli_number(copy, ROTOR_SPDM_SLOT_COUNT - 1, &slot)) {
		return ROTOR_ERR_ARGUMENT;
	}
	memset(&c->asked, 0, sizeof(c->asked));
	c->asked.set_certificate.slot = (uint8_t)slot;
	c->asked.set_certificate.chain = c->q.chain.spdm;
	if (c->q.peer.suite.multi_key) {
		c->asked.set_certificate.model = ROTOR_SPDM_CERT_MODEL_DEVICE;
		c->asked.set_certificate.key_pair = 1;
	}
	return rotor_spdm_requester_set_certificate(&c->q, in_session, &c->asked.set_certificate);
}

static enum rotor_status begin_key_pair(struct spdm_client *c, const char *argument)
{
	uint64_t id = 1;
	if (argument && !cli_number(argument, 255, &id)) {
		return ROTOR_ERR_ARGUMENT;
	}
	return rotor_spdm_requester_get_key_pair_info(&c->q, false, (uint8_t)id, &c->key_pair,
						      c->blocks, sizeof(c->blocks));
}

static void report_key_pair(struct spdm_client *c)
{
	rotor_event(
	    &c->cli->events, ROTOR_INFO, "spdm.key_pair",
	    ROTOR_SAY("key pair {id} of {total}: algorithm {algorithm}, uses {usage}, slots "
		      "{slots}"),
	    ROTOR_UINT("id", c->key_pair.key_pair), ROTOR_UINT("total", c->key_pair.total),
	    ROTOR_HEX("algorithm", c->key_pair.asym), ROTOR_HEX("usage", c->key_pair.usage),
	    ROTOR_HEX("slots", c->key_pair.slots));
}

static enum rotor_status begin_mel(struct spdm_client *c, const char *argument)
{
	bool in_session;
	return place_of(argument, &in_session)
		   ? rotor_spdm_requester_get_mel(&c->q, in_session, c->blocks, sizeof(c->blocks))
		   : ROTOR_ERR_ARGUMENT;
}

static void report_mel(struct spdm_client *c)
{
	struct rotor_bytes entries;
	struct rotor_spdm_mel_entry entry;
	uint32_t count = 0;
	if (rotor_spdm_mel_open(c->q.answer, &entries, &count) != ROTOR_OK) {
		return;
	}
	while (rotor_spdm_mel_next(&entries, &entry) == ROTOR_OK) {
		rotor_event(&c->cli->events, ROTOR_INFO, "spdm.mel",
			    ROTOR_SAY("log entry {number}, of measurement {index}: {value}"),
			    ROTOR_UINT("number", entry.index),
			    ROTOR_HEX("index", entry.measurement),
			    ROTOR_BYTES("value", entry.value.data, entry.value.len));
	}
}

static enum rotor_status begin_endpoint_info(struct spdm_client *c, const char *argument)
{
	bool with_signature = argument && strcmp(argument, "signed") == 0;
	if (argument && !with_signature) {
		return ROTOR_ERR_ARGUMENT;
	}
	return rotor_spdm_requester_get_endpoint_info(&c->q, false, ROTOR_SPDM_EP_INFO_DEVICE_CLASS,
						      with_signature, c->blocks, sizeof(c->blocks));
}

static enum rotor_status begin_event_types(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT
			: rotor_spdm_requester_get_event_types(&c->q, c->blocks, sizeof(c->blocks));
}

static void report_answer(struct spdm_client *c)
{
	rotor_event(&c->cli->events, ROTOR_INFO, "spdm.answer", ROTOR_SAY("{answer}"),
		    ROTOR_BYTES("answer", c->q.answer.data, c->q.answer.len));
}

/* To nobody in particular: of IANA's registry, number 0; who echoes, echoes. */
static enum rotor_status begin_vendor(struct spdm_client *c, const char *argument)
{
	static const uint8_t number[4];
	if (!argument || strlen(argument) > 200) {
		return ROTOR_ERR_ARGUMENT;
	}
	memset(&c->asked, 0, sizeof(c->asked));
	c->asked.vendor.code = ROTOR_SPDM_VENDOR_DEFINED_REQUEST;
	c->asked.vendor.standard_id = ROTOR_SPDM_REGISTRY_IANA;
	c->asked.vendor.vendor_id = (struct rotor_bytes){number, sizeof(number)};
	c->asked.vendor.payload = (struct rotor_bytes){(const uint8_t *)argument, strlen(argument)};
	return rotor_spdm_requester_vendor_defined(&c->q, false, &c->asked.vendor, c->blocks,
						   sizeof(c->blocks));
}

/* Believes the key that was provisioned: done when it returns. */
static enum rotor_status begin_key(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT : rotor_spdm_requester_use_key(&c->q, &c->peer_key);
}

/* ---- all of them ---- */

static const struct spdm_step steps[] = {
    {"connect", begin_connect, report_connect, false},
    {"digests", begin_digests, report_digests, false},
    {"certificate", begin_certificate, report_certificate, false},
    {"key", begin_key, NULL, true},
    {"challenge", begin_challenge, NULL, false},
    {"measure", begin_measure, report_measure, false},
    {"session", begin_session, report_session, false},
    {"psk-session", begin_psk_session, report_session, false},
    {"heartbeat", begin_heartbeat, NULL, false},
    {"key-update", begin_key_update, NULL, false},
    {"serve", begin_serve, NULL, false},
    {"pldm", begin_pldm, NULL, true},
    {"end", begin_end, NULL, false},
    {"csr", begin_csr, report_csr, false},
    {"set-certificate", begin_set_certificate, NULL, false},
    {"key-pair", begin_key_pair, report_key_pair, false},
    {"mel", begin_mel, report_mel, false},
    {"endpoint-info", begin_endpoint_info, report_answer, false},
    {"event-types", begin_event_types, report_answer, false},
    {"vendor", begin_vendor, report_answer, false},
};

const struct spdm_step *spdm_step_of(const char *text, const char **argument)
{
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	*argument = equals ? equals + 1 : NULL;
	for (size_t i = 0; i < ROTOR_COUNT_OF(steps); i++) {
		if (strlen(steps[i].name) == len && memcmp(steps[i].name, text, len) == 0) {
			return &steps[i];
		}
	}
	return NULL;
}
