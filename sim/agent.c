/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/agent.h"

#include <stdio.h>
#include <string.h>

#define EID       10
#define ANSWER_MS 10000

/* ---- what the PLDM half asks ---- */

static enum rotor_status read_payload(void *ctx, uint16_t component, uint32_t offset, uint8_t *buf,
				      size_t len)
{
	struct sim_agent *a = ctx;
	(void)component;
	memcpy(buf, a->payload.bytes + offset, len);
	return ROTOR_OK;
}

static void on_event(void *ctx, const struct rotor_pldm_ua_event *event)
{
	struct sim_agent *a = ctx;
	bool sent = event->kind == ROTOR_PLDM_UA_EVENT_SENT;
	bool answered = event->kind == ROTOR_PLDM_UA_EVENT_ANSWERED;
	if ((sent || answered) && event->command == ROTOR_PLDM_ACTIVATE_FIRMWARE &&
	    event->type == ROTOR_PLDM_TYPE_FWUP &&
	    (sent || event->completion == ROTOR_PLDM_SUCCESS)) {
		a->activation(a->ctx, answered);
	}
}

/* ---- messages ---- */

static void reply_sent(void *ctx, enum rotor_status status)
{
	struct sim_reply *reply = ctx;
	(void)status;
	reply->sending = false;
}

/* A request of the device. */
static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	struct sim_agent *a = ctx;
	size_t reply_len = 0, place = 0;
	while (place < SIM_AGENT_REPLIES && a->replies[place].sending) {
		place++;
	}
	struct sim_reply *reply = &a->replies[place];
	if (info->type != ROTOR_MCTP_TYPE_PLDM || place == SIM_AGENT_REPLIES ||
	    rotor_pldm_ua_request(&a->ua, body, len, reply->bytes, sizeof(reply->bytes), &reply_len,
				  rotor_mctp_now(&a->mctp)) != ROTOR_OK ||
	    reply_len == 0) {
		return;
	}
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM,
						   .body = {reply->bytes, reply_len}};
	reply->sending =
	    rotor_mctp_respond(&a->mctp, info, &message, reply_sent, reply) == ROTOR_OK;
}

static void on_response(void *ctx, enum rotor_status status,
			const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	struct sim_agent *a = ctx;
	(void)info;
	a->request_sending = false;
	if (status == ROTOR_OK) {
		rotor_pldm_ua_response(&a->ua, body, len, rotor_mctp_now(&a->mctp));
	}
}

void sim_agent_init(struct sim_agent *a, uint8_t unit, rotor_ms now)
{
	static const struct rotor_pldm_ua_ops ops = {.read = read_payload, .event = on_event};
	memset(a, 0, sizeof(*a));
	const struct rotor_mctp_config mctp = {
	    .eid = EID,
	    .unit = unit,
	    .slots = a->slots,
	    .slot_count = ROTOR_COUNT_OF(a->slots),
	    .buffers = a->buffers[0],
	    .buffer_size = sizeof(a->buffers[0]),
	    .pending = a->pending,
	    .pending_count = ROTOR_COUNT_OF(a->pending),
	    .on_message = on_message,
	    .ctx = a,
	};
	const struct rotor_smbus_config smbus = {.address = SIM_AGENT_ADDRESS};
	rotor_pldm_ua_init(&a->ua, NULL, &ops, a);
	(void)rotor_mctp_init(&a->mctp, &mctp);
	rotor_mctp_poll(&a->mctp, now);
	(void)rotor_smbus_init(&a->smbus, &a->mctp, &smbus);
}

enum rotor_status sim_agent_update(struct sim_agent *a, const struct sim_payload *payload,
				   uint32_t cancel_at, rotor_ms now)
{
	a->payload = *payload;
	a->cancel_at = cancel_at;
	int len = snprintf(a->version, sizeof(a->version), "1.%u.0", payload->minor);
	const struct rotor_pldm_string version = {ROTOR_PLDM_STRING_ASCII,
						  {(const uint8_t *)a->version, (size_t)len}};
	a->component = (struct rotor_pldm_component){
	    .classification = ROTOR_PLDM_CLASS_FIRMWARE,
	    .identifier = 1,
	    .stamp = ROTOR_PLDM_STAMP_NONE,
	    .version = version,
	    .size = payload->len,
	};
	a->plan = (struct rotor_pldm_ua_plan){
	    .components = &a->component,
	    .count = 1,
	    .version = version,
	    .max_transfer = 4096,
	    .max_outstanding = SIM_AGENT_REPLIES,
	    .self_contained = true,
	    .activate = true,
	    .take_over = true,
	};
	return rotor_pldm_ua_update(&a->ua, &a->plan, now);
}

bool sim_agent_poll(struct sim_agent *a, rotor_ms now)
{
	size_t len = 0;
	rotor_mctp_poll(&a->mctp, now);
	if (a->cancel_at != 0 && a->ua.done >= a->cancel_at &&
	    rotor_pldm_ua_cancel(&a->ua, now) == ROTOR_OK) {
		a->cancel_at = 0;
	}
	if (a->request_sending ||
	    rotor_pldm_ua_next_request(&a->ua, now, a->request, sizeof(a->request), &len) !=
		ROTOR_OK) {
		return false;
	}
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM,
						   .body = {a->request, len}};
	a->request_sending = rotor_mctp_request(&a->mctp, ROTOR_MCTP_EID_NULL, SIM_DEVICE_ADDRESS,
						&message, ANSWER_MS, on_response, a) == ROTOR_OK;
	return true;
}

rotor_ms sim_agent_deadline(const struct sim_agent *a)
{
	rotor_ms first = rotor_pldm_ua_deadline(&a->ua);
	rotor_ms mctp = rotor_mctp_deadline(&a->mctp), smbus = rotor_smbus_deadline(&a->smbus);
	first = mctp < first ? mctp : first;
	return smbus < first ? smbus : first;
}
