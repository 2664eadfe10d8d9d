/* SPDX-License-Identifier: Apache-2.0 */
/* The control commands that an endpoint answers (DSP0236 1.3.1, 12). */
#include <string.h>

#include "mctp/control.h"

/* Offset of the completion code in an answer. */
#define COMPLETION_AT 2

struct call {
	struct rotor_writer out;  /* behind the completion code */
	struct rotor_reader args; /* of the length that the table says */
	struct rotor_mctp_control *control;
	const struct rotor_mctp_message_info *info;
};

/* Versions of the base specification, and of its control protocol, that rotor speaks. */
static const uint32_t base_versions[] = {
    ROTOR_MCTP_VERSION2(1, 0),
    ROTOR_MCTP_VERSION2(1, 1),
    ROTOR_MCTP_VERSION2(1, 2),
    ROTOR_MCTP_VERSION(1, 3, 1),
};
static const struct rotor_mctp_type_support base = {ROTOR_MCTP_TYPE_CONTROL, base_versions,
						    ROTOR_COUNT_OF(base_versions)};

static bool assignable(uint8_t eid)
{
	return eid >= ROTOR_MCTP_EID_FIRST && eid <= ROTOR_MCTP_EID_LAST;
}

static enum rotor_mctp_completion set_endpoint_id(struct call *c)
{
	const struct rotor_mctp_control_config *config = &c->control->config;
	struct rotor_mctp_set_eid_request request;
	struct rotor_mctp_set_eid_answer answer = {0};

	if (rotor_mctp_set_eid_request_decode(&c->args, &request) != ROTOR_OK)
		return ROTOR_MCTP_ERROR_INVALID_LENGTH;
	if (request.operation == ROTOR_MCTP_SET_DISCOVERED) {
		if (!config->has_discovered)
			return ROTOR_MCTP_ERROR_INVALID_DATA;
	} else {
		if (request.operation == ROTOR_MCTP_RESET_EID)
			request.eid = config->static_eid;
		if (!assignable(request.eid))
			return ROTOR_MCTP_ERROR_INVALID_DATA;
		answer.rejected =
		    config->accept_eid != NULL &&
		    !config->accept_eid(config->ctx, c->info,
					request.operation == ROTOR_MCTP_FORCE_EID, request.eid);
		if (!answer.rejected) {
			(void)rotor_mctp_set_eid(c->control->mctp, request.eid);
			if (config->on_eid != NULL)
				config->on_eid(config->ctx, request.eid);
		}
	}
	c->control->discovered |= !answer.rejected;
	answer.eid = rotor_mctp_eid(c->control->mctp);
	if (ROTOR_MCTP_BRIDGE && config->pool != NULL) {
		answer.allocation = config->pool->count != 0 ? SET_POOL_GIVEN : SET_POOL_WANTED;
		answer.pool_size = config->pool->wanted;
	}
	rotor_mctp_set_eid_answer_write(&c->out, &answer);
	return ROTOR_MCTP_SUCCESS;
}

static enum rotor_mctp_completion get_endpoint_id(struct call *c)
{
	const struct rotor_mctp_control_config *config = &c->control->config;
	struct rotor_mctp_get_eid_answer answer = {0};

	answer.eid = rotor_mctp_eid(c->control->mctp);
	answer.bridge = ROTOR_MCTP_BRIDGE && config->pool != NULL;
	answer.medium = config->medium;
	if (config->static_eid != 0)
		answer.id_type =
		    answer.eid == config->static_eid ? ID_TYPE_STATIC_EQUAL : ID_TYPE_STATIC_DIFFER;
	rotor_mctp_get_eid_answer_write(&c->out, &answer);
	return ROTOR_MCTP_SUCCESS;
}

static enum rotor_mctp_completion get_uuid(struct call *c)
{
	if (c->control->config.uuid == NULL)
		return ROTOR_MCTP_ERROR_UNSUPPORTED_CMD;
	rotor_write_bytes(&c->out, c->control->config.uuid, ROTOR_MCTP_UUID_SIZE);
	return ROTOR_MCTP_SUCCESS;
}

static enum rotor_mctp_completion get_version_support(struct call *c)
{
	const struct rotor_mctp_control_config *config = &c->control->config;
	uint8_t type = rotor_read_u8(&c->args);
	const struct rotor_mctp_type_support *support = NULL;

	if (type == ROTOR_MCTP_VERSION_OF_BASE || type == ROTOR_MCTP_TYPE_CONTROL)
		support = &base;
	for (unsigned i = 0; i < config->type_count; i++) {
		if (config->types[i].type == type)
			support = &config->types[i];
	}
	if (support == NULL || support->version_count == 0)
		return ROTOR_MCTP_ERROR_TYPE_NOT_SUPPORTED;
	rotor_write_u8(&c->out, support->version_count);
	for (unsigned i = 0; i < support->version_count; i++)
		rotor_write_u32be(&c->out, support->versions[i]);
	return ROTOR_MCTP_SUCCESS;
}

static enum rotor_mctp_completion get_message_type_support(struct call *c)
{
	const struct rotor_mctp_control_config *config = &c->control->config;

	/* The control protocol itself is not listed: who asks has just used it (12.7). */
	rotor_write_u8(&c->out, config->type_count);
	for (unsigned i = 0; i < config->type_count; i++)
		rotor_write_u8(&c->out, config->types[i].type);
	return ROTOR_MCTP_SUCCESS;
}

static enum rotor_mctp_completion get_vendor_support(struct call *c)
{
	const struct rotor_mctp_control_config *config = &c->control->config;
	uint8_t selector = rotor_read_u8(&c->args);
	struct rotor_mctp_vendor_answer answer;

	if (selector >= config->vendor_count)
		return ROTOR_MCTP_ERROR_INVALID_DATA;
	answer.next =
	    selector + 1 < config->vendor_count ? (uint8_t)(selector + 1) : VENDOR_NO_MORE;
	answer.format = config->vendors[selector].format;
	answer.vendor = config->vendors[selector].vendor;
	answer.numbering = config->vendors[selector].numbering;
	rotor_mctp_vendor_answer_write(&c->out, &answer);
	return ROTOR_MCTP_SUCCESS;
}

/* Every command that is supported, by its number, and the length of its request after the header. */
static const struct {
	uint8_t args_len;
	enum rotor_mctp_completion (*answer)(struct call *c);
} commands[] = {
    [ROTOR_MCTP_SET_ENDPOINT_ID] = {2, set_endpoint_id},
    [ROTOR_MCTP_GET_ENDPOINT_ID] = {0, get_endpoint_id},
    [ROTOR_MCTP_GET_ENDPOINT_UUID] = {0, get_uuid},
    [ROTOR_MCTP_GET_VERSION_SUPPORT] = {1, get_version_support},
    [ROTOR_MCTP_GET_MESSAGE_TYPE_SUPPORT] = {0, get_message_type_support},
    [ROTOR_MCTP_GET_VENDOR_SUPPORT] = {1, get_vendor_support},
};

static enum rotor_mctp_completion answer(struct call *c, uint8_t command)
{
	const struct rotor_mctp_control_config *config = &c->control->config;

	if (command >= ROTOR_COUNT_OF(commands) || commands[command].answer == NULL)
		return ROTOR_MCTP_BRIDGE && config->more != NULL
			   ? config->more(config->more_ctx, c->info, command, &c->args, &c->out)
			   : ROTOR_MCTP_ERROR_UNSUPPORTED_CMD;
	if (c->args.left != commands[command].args_len)
		return ROTOR_MCTP_ERROR_INVALID_LENGTH;
	return commands[command].answer(c);
}

enum rotor_status rotor_mctp_control_init(struct rotor_mctp_control *c, struct rotor_mctp *m,
					  const struct rotor_mctp_control_config *config)
{
	memset(c, 0, sizeof(*c));
	c->mctp = m;
	c->config = *config;
	if ((config->types == NULL && config->type_count != 0) ||
	    (config->vendors == NULL && config->vendor_count != 0) ||
	    (config->static_eid != 0 && !assignable(config->static_eid)))
		return ROTOR_ERR_ARGUMENT;
	return ROTOR_OK;
}

static void reply_sent(void *ctx, enum rotor_status status)
{
	struct rotor_mctp_control_reply *reply = ctx;

	(void)status; /* the endpoint has counted it, and the peer will ask again */
	reply->busy = false;
}

/* Answers a request. Gives the counter of what has become of it. */
static uint32_t *take(struct call *c)
{
	struct rotor_mctp_control_counters *counters = &c->control->counters;
	struct rotor_mctp_control_reply *reply = c->control->replies;
	struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_CONTROL};
	uint8_t first = rotor_read_u8(&c->args);
	uint8_t command = rotor_read_u8(&c->args);
	enum rotor_mctp_completion completion;

	if (c->args.failed)
		return &counters->too_short;
	if ((first & (CONTROL_RQ | CONTROL_D)) != CONTROL_RQ || !c->info->tag_owner ||
	    c->info->integrity || c->info->own == ROTOR_MCTP_EID_BROADCAST)
		return &counters->not_ours;
	for (; reply->busy; reply++) {
		if (reply == &c->control->replies[ROTOR_MCTP_CONTROL_ANSWERS - 1])
			return &counters->busy;
	}
	c->out = rotor_writer(reply->bytes, sizeof(reply->bytes));
	rotor_write_u8(&c->out, first & CONTROL_INSTANCE_MASK);
	rotor_write_u8(&c->out, command);
	rotor_write_u8(&c->out, ROTOR_MCTP_SUCCESS);
	completion = answer(c, command);
	if (completion == ROTOR_MCTP_SUCCESS &&
	    rotor_writer_end(&c->out, &message.body.len) != ROTOR_OK)
		completion = ROTOR_MCTP_ERROR; /* configured with more than fits */
	if (completion != ROTOR_MCTP_SUCCESS) {
		counters->refused++;
		message.body.len = COMPLETION_AT + 1;
	}
	reply->bytes[COMPLETION_AT] = (uint8_t)completion;
	message.body.data = reply->bytes;
	if (rotor_mctp_respond(c->control->mctp, c->info, &message, reply_sent, reply) != ROTOR_OK)
		return &counters->busy;
	reply->busy = true;
	return &counters->answered;
}

void rotor_mctp_control_message(struct rotor_mctp_control *c,
				const struct rotor_mctp_message_info *info, const uint8_t *body,
				size_t len)
{
	struct call call;

	call.control = c;
	call.info = info;
	call.args = rotor_reader(body, len);
	(*take(&call))++;
}
