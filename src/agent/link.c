/* SPDX-License-Identifier: Apache-2.0 */
/* A job's conversation with its device: SPDM and PLDM messages over the bus's endpoint. */
#include <string.h>

#include "agent/parts.h"

/* SPDM and PLDM have timers of their own; the endpoint only has to forget at some time. */
#define ANSWER_MS 30000
/* A round trip of a large message on a slow bus. */
#define ROUND_TRIP_MS 600

static enum rotor_status verify_peer(void *ctx, struct rotor_crypto_job *work,
				     const struct rotor_bytes *certs, size_t cert_count,
				     const struct rotor_cert *leaf)
{
	struct rotor_agent_job *job = ctx;
	(void)leaf;
	return rotor_agent_check_chain(job->config.crypto, work, job->config.trust, certs,
				       cert_count);
}

static void on_spdm_event(void *ctx, const struct rotor_spdm_event *spdm)
{
	struct rotor_agent_event event = {.kind = ROTOR_AGENT_EVENT_SPDM, .spdm = spdm};
	agent_tell(ctx, &event);
}

static void on_secrets(void *ctx, const struct rotor_spdm_secrets *secrets)
{
	struct rotor_agent_job *job = ctx;
	job->config.secrets(job->config.ctx, secrets);
}

static void on_pldm_event(void *ctx, const struct rotor_pldm_ua_event *pldm)
{
	struct rotor_agent_event event = {.kind = ROTOR_AGENT_EVENT_PLDM, .pldm = pldm};
	agent_tell(ctx, &event);
}

enum rotor_status agent_link_init(struct rotor_agent_job *job)
{
	static const struct rotor_pldm_ua_ops ua_ops = {.read = agent_plan_read,
							.event = on_pldm_event};
	job->spdm_config = (struct rotor_spdm_requester_config){
	    .crypto = job->config.crypto,
	    .version_count = job->config.version_count,
	    .ct_exponent = 20,
	    .round_trip_ms = ROUND_TRIP_MS,
	    .retries = 3,
	    .offer_mutual_auth = job->config.own.signer != NULL,
	    .need_mutual_auth = job->config.own.signer != NULL,
	    .own = job->config.own,
	    .verify_peer = verify_peer,
	    .event = on_spdm_event,
	    .secrets = job->config.secrets ? on_secrets : NULL,
	    .ctx = job,
	};
	memcpy(job->spdm_config.versions, job->config.versions, sizeof(job->config.versions));
	job->exchange.job = job;
	rotor_pldm_ua_init(&job->ua, NULL, &ua_ops, job);
	return rotor_spdm_requester_init(&job->spdm, &job->spdm_config, job->spdm_buffer,
					 sizeof(job->spdm_buffer));
}

/* PLDM that changes a device goes through the session or not at all: without one it waits for the step's own answer to that. */
static bool only_secured(const struct rotor_agent_job *job)
{
	return agent_changes_device(job->config.kind) ||
	       rotor_spdm_requester_session(&job->spdm, NULL);
}

/* ---- PLDM in ---- */

static void reply_sent(void *ctx, enum rotor_status status)
{
	struct rotor_agent_reply *reply = ctx;
	(void)status;
	reply->sending = false;
}

static struct rotor_agent_reply *reply_place(struct rotor_agent_job *job)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(job->replies); i++) {
		if (!job->replies[i].sending) {
			return &job->replies[i];
		}
	}
	return NULL;
}

/* Answers a request of the device, in the session if it came through one. */
static void pldm_request(struct rotor_agent_job *job, const struct rotor_mctp_message_info *info,
			 bool secured, struct rotor_bytes request)
{
	struct rotor_agent_reply *reply = reply_place(job);
	size_t len = 0;
	if (!reply || !info->tag_owner) {
		job->replies_dropped++;
		return;
	}
	uint8_t *body = reply->bytes + ROTOR_SPDM_RECORD_HEADROOM;
	size_t room =
	    sizeof(reply->bytes) - ROTOR_SPDM_RECORD_HEADROOM - ROTOR_SPDM_RECORD_TAILROOM;
	if (rotor_pldm_ua_request(&job->ua, request.data, request.len, body, room, &len,
				  agent_now(job)) != ROTOR_OK ||
	    !len) {
		return;
	}
	struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM, .body = {body, len}};
	if (secured) {
		message.type = ROTOR_MCTP_TYPE_SECURED;
		if (rotor_spdm_requester_seal(&job->spdm, ROTOR_MCTP_TYPE_PLDM, reply->bytes,
					      sizeof(reply->bytes), len,
					      &message.body) != ROTOR_OK) {
			job->replies_dropped++;
			return;
		}
	}
	reply->sending =
	    rotor_mctp_respond(&job->bus->mctp, info, &message, reply_sent, reply) == ROTOR_OK;
}

static void pldm_message(struct rotor_agent_job *job, const struct rotor_mctp_message_info *info,
			 bool secured, struct rotor_bytes message)
{
	if (!secured && only_secured(job)) {
		job->replies_dropped++;
		return;
	}
	job->last_heard = agent_now(job);
	if (message.len && message.data[0] & 0x80) {
		pldm_request(job, info, secured, message);
	} else {
		rotor_pldm_ua_response(&job->ua, message.data, message.len, agent_now(job));
	}
}

/* ---- SPDM in ---- */

static void spdm_message(struct rotor_agent_job *job, const struct rotor_mctp_message_info *info,
			 uint8_t *body, size_t len)
{
	struct rotor_spdm_message app;
	bool secured = info->type == ROTOR_MCTP_TYPE_SECURED;
	if (!rotor_spdm_requester_receive(&job->spdm, secured, body, len, agent_now(job), &app)) {
		job->last_heard = agent_now(job);
		return;
	}
	if (app.app_type == ROTOR_MCTP_TYPE_PLDM) {
		pldm_message(job, info, true, app.bytes);
	}
}

void agent_link_message(struct rotor_agent_job *job, const struct rotor_mctp_message_info *info,
			uint8_t *body, size_t len)
{
	if (info->type == ROTOR_MCTP_TYPE_SECURED) {
		spdm_message(job, info, body, len);
	} else if (info->type == ROTOR_MCTP_TYPE_PLDM) {
		pldm_message(job, info, false, (struct rotor_bytes){body, len});
	} else {
		job->replies_dropped++;
	}
}

static void spdm_answered(void *ctx, enum rotor_status status,
			  const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	struct rotor_agent_exchange *exchange = ctx;
	struct rotor_agent_job *job = exchange->job;
	job->exchange.busy = false;
	if (status == ROTOR_OK) {
		spdm_message(job, info, body, len);
	}
}

static void pldm_answered(void *ctx, enum rotor_status status,
			  const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	struct rotor_agent_request *request = ctx;
	request->busy = false;
	if (status != ROTOR_OK) {
		return; /* the update agent's own timer decides */
	}
	if (info->type == ROTOR_MCTP_TYPE_SECURED) {
		spdm_message(request->job, info, body, len);
	} else {
		pldm_message(request->job, info, false, (struct rotor_bytes){body, len});
	}
}

/* ---- out ---- */

static void spdm_send(struct rotor_agent_job *job)
{
	struct rotor_spdm_message out;
	if (rotor_spdm_requester_deadline(&job->spdm) > agent_now(job)) {
		return;
	}
	/* Its time has come, so what was sent before is given up: the bytes may change now. */
	if (job->exchange.busy) {
		rotor_mctp_cancel(&job->bus->mctp, &job->exchange);
		job->exchange.busy = false;
	}
	if (!rotor_spdm_requester_next(&job->spdm, agent_now(job), &out)) {
		return;
	}
	struct rotor_mctp_message message = {
	    .type = out.secured ? ROTOR_MCTP_TYPE_SECURED : ROTOR_MCTP_TYPE_SPDM,
	    .body = out.bytes,
	};
	job->exchange.busy =
	    rotor_mctp_request(&job->bus->mctp, job->device.eid, job->device.phys, &message,
			       ANSWER_MS, spdm_answered, &job->exchange) == ROTOR_OK;
}

/* A place for one more request; a retry may need the one of the try before last. */
static struct rotor_agent_request *request_place(struct rotor_agent_job *job)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(job->requests); i++) {
		if (!job->requests[i].busy) {
			return &job->requests[i];
		}
	}
	rotor_mctp_cancel(&job->bus->mctp, &job->requests[0]);
	job->requests[0].busy = false;
	return &job->requests[0];
}

/* Sends one request of the update agent; false if it has none. */
static bool pldm_send(struct rotor_agent_job *job)
{
	struct rotor_agent_request *place = request_place(job);
	uint8_t *bytes = place->bytes + ROTOR_SPDM_RECORD_HEADROOM;
	size_t len = 0;
	if (rotor_pldm_ua_next_request(&job->ua, agent_now(job), bytes, ROTOR_PLDM_FWUP_REQUEST_MAX,
				       &len) != ROTOR_OK) {
		return false;
	}
	struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM, .body = {bytes, len}};
	enum rotor_status status = ROTOR_OK;
	if (only_secured(job)) {
		message.type = ROTOR_MCTP_TYPE_SECURED;
		status = rotor_spdm_requester_seal(&job->spdm, ROTOR_MCTP_TYPE_PLDM, place->bytes,
						   sizeof(place->bytes), len, &message.body);
	}
	if (status == ROTOR_OK) {
		place->job = job;
		place->busy =
		    rotor_mctp_request(&job->bus->mctp, job->device.eid, job->device.phys, &message,
				       ANSWER_MS, pldm_answered, place) == ROTOR_OK;
	}
	return true;
}

void agent_link_poll(struct rotor_agent_job *job)
{
	spdm_send(job);
	if (rotor_pldm_ua_deadline(&job->ua) <= agent_now(job)) {
		while (pldm_send(job)) {
		}
	}
}

rotor_ms agent_link_deadline(const struct rotor_agent_job *job)
{
	rotor_ms spdm = rotor_spdm_requester_deadline(&job->spdm);
	rotor_ms pldm = rotor_pldm_ua_deadline(&job->ua);
	return spdm < pldm ? spdm : pldm;
}

void agent_link_stop(struct rotor_agent_job *job)
{
	struct rotor_mctp *mctp = &job->bus->mctp;
	rotor_mctp_cancel(mctp, &job->exchange);
	job->exchange.busy = false;
	for (size_t i = 0; i < ROTOR_COUNT_OF(job->replies); i++) {
		rotor_mctp_cancel(mctp, &job->replies[i]);
		job->replies[i].sending = false;
	}
	for (size_t i = 0; i < ROTOR_COUNT_OF(job->requests); i++) {
		rotor_mctp_cancel(mctp, &job->requests[i]);
		job->requests[i].busy = false;
	}
}
