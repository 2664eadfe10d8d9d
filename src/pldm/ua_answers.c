/* SPDX-License-Identifier: Apache-2.0 */
/* What the device's answers mean: which step comes next, and which answers are the end. */
#include "pldm/ua_internal.h"

#include <string.h>

/* Most versions of one type that a device may report. */
#define VERSIONS_MAX 16

static void fail_completion(struct rotor_pldm_ua *ua, uint8_t completion, rotor_ms now)
{
	rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_COMPLETION, ua->command, completion, ROTOR_OK,
			   now);
}

void rotor_pldm_ua_fail_response(struct rotor_pldm_ua *ua, enum rotor_status status, rotor_ms now)
{
	ua->counters.malformed++;
	rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_RESPONSE, ua->command, 0, status, now);
}

static void took_version(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	struct rotor_pldm_get_version_resp resp;
	uint32_t versions[VERSIONS_MAX], highest = 0;
	size_t count = 0;
	enum rotor_status status = rotor_pldm_get_version_resp_decode(payload, &resp);

	if (status == ROTOR_OK && resp.flag != ROTOR_PLDM_START_AND_END)
		status = ROTOR_ERR_UNSUPPORTED;
	if (status == ROTOR_OK)
		status = rotor_pldm_versions_decode(resp.part, versions, VERSIONS_MAX, &count);
	if (status != ROTOR_OK) {
		rotor_pldm_ua_fail_response(ua, status, now);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (versions[i] > highest)
			highest = versions[i];
	}
	if (rotor_pldm_ua_types[ua->sub] == ROTOR_PLDM_TYPE_BASE)
		ua->found.base_version = highest;
	else
		ua->found.fwup_version = highest;
}

/* The next type of which the device speaks, in the same step; or @p then. */
static void next_type(struct rotor_pldm_ua *ua, enum rotor_pldm_ua_step then, rotor_ms now)
{
	do {
		ua->sub++;
	} while (ua->sub < ROTOR_PLDM_UA_TYPES &&
		 !rotor_pldm_bit(ua->found.types.bits, rotor_pldm_ua_types[ua->sub]));
	if (ua->sub < ROTOR_PLDM_UA_TYPES) {
		rotor_pldm_ua_enter(ua, ua->step, now);
		return;
	}
	ua->sub = 0;
	if (then == ROTOR_PLDM_UA_NONE)
		rotor_pldm_ua_end(ua, ROTOR_OK);
	else
		rotor_pldm_ua_enter(ua, then, now);
}

static void base_answer(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	struct rotor_pldm_commands *commands;
	enum rotor_status status = ROTOR_OK;

	switch (ua->step) {
	case ROTOR_PLDM_UA_GET_TID:
		status = rotor_pldm_tid_decode(payload, &ua->found.tid);
		if (status == ROTOR_OK)
			rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_GET_TYPES, now);
		break;
	case ROTOR_PLDM_UA_GET_TYPES:
		status = rotor_pldm_types_decode(payload, &ua->found.types);
		if (status == ROTOR_OK &&
		    !rotor_pldm_bit(ua->found.types.bits, ROTOR_PLDM_TYPE_BASE))
			status = ROTOR_ERR_FORMAT;
		if (status == ROTOR_OK)
			rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_GET_VERSION, now);
		break;
	case ROTOR_PLDM_UA_GET_VERSION:
		took_version(ua, payload, now);
		if (ua->status == ROTOR_PENDING)
			next_type(ua, ROTOR_PLDM_UA_GET_COMMANDS, now);
		return;
	default:
		commands = rotor_pldm_ua_types[ua->sub] == ROTOR_PLDM_TYPE_BASE
			       ? &ua->found.base_commands
			       : &ua->found.fwup_commands;
		status = rotor_pldm_commands_decode(payload, commands);
		if (status == ROTOR_OK)
			next_type(ua, ROTOR_PLDM_UA_NONE, now);
		break;
	}
	if (status != ROTOR_OK)
		rotor_pldm_ua_fail_response(ua, status, now);
}

enum rotor_status rotor_pldm_ua_keep(struct rotor_pldm_ua *ua, struct rotor_bytes bytes)
{
	if (bytes.len > ua->store_cap - ua->store_len)
		return ROTOR_ERR_SPACE;
	if (bytes.len != 0)
		memcpy(ua->store + ua->store_len, bytes.data, bytes.len);
	ua->store_len += bytes.len;
	return ROTOR_OK;
}

/* The same for all of a payload. */
static enum rotor_status keep(struct rotor_pldm_ua *ua, struct rotor_bytes payload,
			      struct rotor_bytes *kept)
{
	*kept = (struct rotor_bytes){ua->store + ua->store_len, payload.len};
	return rotor_pldm_ua_keep(ua, payload);
}

static enum rotor_status check_parameters(struct rotor_bytes payload)
{
	struct rotor_pldm_parameters parameters;
	struct rotor_pldm_component_parameters component;
	struct rotor_reader table;
	enum rotor_status status = rotor_pldm_parameters_decode(payload, &parameters, &table);

	for (uint16_t i = 0; status == ROTOR_OK && i < parameters.component_count; i++)
		status = rotor_pldm_component_parameters_read(&table, &component);
	return status == ROTOR_OK ? rotor_reader_end(&table) : status;
}

static void inventory_answer(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	struct rotor_pldm_identifiers identifiers;
	enum rotor_status status;

	if (ua->step == ROTOR_PLDM_UA_IDENTIFIERS) {
		status = rotor_pldm_identifiers_decode(payload, &identifiers);
		if (status == ROTOR_OK)
			status = keep(ua, payload, &ua->identifiers);
		if (status == ROTOR_OK)
			rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_PARAMETERS, now);
	} else {
		status = check_parameters(payload);
		if (status == ROTOR_OK)
			status = keep(ua, payload, &ua->parameters);
		if (status == ROTOR_OK)
			rotor_pldm_ua_end(ua, ROTOR_OK);
	}
	if (status != ROTOR_OK)
		rotor_pldm_ua_fail_response(ua, status, now);
}

/* What follows RequestUpdate and its data. */
static void begin_table(struct rotor_pldm_ua *ua, rotor_ms now)
{
	ua->sub = 0;
	if (ua->meta_len < ua->meta_size)
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_META_DATA, now);
	else if (ua->package_due)
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_PACKAGE_DATA, now);
	else
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_PASS_TABLE, now);
}

static void begun(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	struct rotor_pldm_request_update_resp resp;
	const enum rotor_status status = rotor_pldm_request_update_resp_decode(payload, &resp);

	if (status != ROTOR_OK) {
		rotor_pldm_ua_fail_response(ua, status, now);
		return;
	}
	if (resp.meta_data_size > ua->plan->meta_data_cap) {
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_META_DATA, ua->command, 0,
				   ROTOR_ERR_SPACE, now);
		return;
	}
	ua->meta_size = resp.meta_data_size;
	ua->package_max = resp.get_package_data == ROTOR_PLDM_PACKAGE_DATA_LIMITED
			      ? resp.package_data_max
			      : ROTOR_PLDM_UA_PART_MAX;
	ua->package_due = resp.get_package_data != 0 && ua->plan->package_data.len != 0;
	begin_table(ua, now);
}

/* A part of the device's data: the next one, and never more than it has announced. */
static void keep_meta_data(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	struct rotor_pldm_part part;
	enum rotor_status status = rotor_pldm_part_decode(payload, &part);
	const size_t left = (size_t)ua->meta_size - ua->meta_len;

	if (status == ROTOR_OK && (((part.flag & ROTOR_PLDM_START) != 0) != (ua->meta_len == 0) ||
				   ((part.flag & ROTOR_PLDM_END) != 0) != (part.data.len == left) ||
				   part.data.len > left))
		status = ROTOR_ERR_FORMAT;
	if (status != ROTOR_OK) {
		rotor_pldm_ua_fail_response(ua, status, now);
		return;
	}
	memcpy(ua->plan->meta_data + ua->meta_len, part.data.data, part.data.len);
	ua->meta_len = (uint16_t)(ua->meta_len + part.data.len);
	ua->part_handle = part.next;
	ua->part_next = true;
	begin_table(ua, now);
}

static void next_component(struct rotor_pldm_ua *ua, rotor_ms now)
{
	ua->done = 0;
	/* Even if the step has the same name, it is another component's. */
	rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_UPDATE_COMPONENT, now);
}

static void passed(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	struct rotor_pldm_pass_component_resp resp;
	const enum rotor_status status = rotor_pldm_pass_component_resp_decode(payload, &resp);
	const struct rotor_pldm_component *c = &ua->plan->components[ua->sub];

	if (status != ROTOR_OK) {
		rotor_pldm_ua_fail_response(ua, status, now);
		return;
	}
	if (resp.response == 0) {
		ua->accepted |= UINT32_C(1) << ua->sub;
	} else if ((c->options & ROTOR_PLDM_OPTION_FORCE) == 0) {
		ua->component = ua->sub;
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_COMPONENT,
				   ROTOR_PLDM_PASS_COMPONENT_TABLE, resp.code, ROTOR_OK, now);
		return;
	}
	ua->sub++;
	if (ua->sub < ua->plan->count)
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_PASS_TABLE, now);
	else
		next_component(ua, now);
}

static void component_taken(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	struct rotor_pldm_update_component_resp resp;
	const enum rotor_status status = rotor_pldm_update_component_resp_decode(payload, &resp);
	const uint32_t asked = ua->plan->components[ua->component].options;

	if (status != ROTOR_OK) {
		rotor_pldm_ua_fail_response(ua, status, now);
	} else if (resp.response != 0) {
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_COMPONENT, ROTOR_PLDM_UPDATE_COMPONENT,
				   resp.code, ROTOR_OK, now);
	} else if ((asked & ~resp.options_enabled & ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION) !=
		   0) {
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_OPTION, ROTOR_PLDM_UPDATE_COMPONENT, 0,
				   ROTOR_ERR_UNSUPPORTED, now);
	} else {
		ua->opaque_max = resp.opaque_max;
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_DOWNLOAD, now);
		ua->give_up_at += (rotor_ms)resp.delay * 1000;
	}
}

void rotor_pldm_ua_component_done(struct rotor_pldm_ua *ua, rotor_ms now)
{
	ua->component++;
	if (ua->component < ua->plan->count) {
		next_component(ua, now);
	} else if (ua->plan->activate) {
		ua->component--;
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_ACTIVATE, now);
	} else {
		ua->component--;
		rotor_pldm_ua_end(ua, ROTOR_OK);
	}
}

static void activation_answer(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	const enum rotor_status status =
	    rotor_pldm_activate_resp_decode(payload, &ua->activation_time);

	if (status != ROTOR_OK)
		rotor_pldm_ua_fail_response(ua, status, now);
	else
		rotor_pldm_ua_end(ua, ROTOR_OK);
}

static void update_answer(struct rotor_pldm_ua *ua, struct rotor_bytes payload, rotor_ms now)
{
	switch (ua->step) {
	case ROTOR_PLDM_UA_REQUEST_UPDATE:
		begun(ua, payload, now);
		break;
	case ROTOR_PLDM_UA_META_DATA:
		keep_meta_data(ua, payload, now);
		break;
	case ROTOR_PLDM_UA_PASS_TABLE:
		passed(ua, payload, now);
		break;
	case ROTOR_PLDM_UA_UPDATE_COMPONENT:
		component_taken(ua, payload, now);
		break;
	default:
		activation_answer(ua, payload, now);
		break;
	}
}

/* The device's state against where this agent thinks that it is. */
static void judge_status(struct rotor_pldm_ua *ua, rotor_ms now)
{
	const struct rotor_pldm_status *d = &ua->device;

	if (ua->step == ROTOR_PLDM_UA_ACTIVATE && d->state == ROTOR_PLDM_IDLE &&
	    d->reason == ROTOR_PLDM_REASON_ACTIVATE_FIRMWARE) {
		rotor_pldm_ua_end(ua, ROTOR_OK);
	} else if (d->state == ROTOR_PLDM_IDLE) {
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_LOST, ROTOR_PLDM_GET_STATUS, d->reason,
				   ROTOR_OK, now);
	} else if (ua->step == ROTOR_PLDM_UA_ACTIVATE &&
		   ua->busy_count < ROTOR_PLDM_UA_BUSY_LIMIT) {
		/* It is at it, or has yet to begin. */
		ua->busy_count++;
		rotor_pldm_ua_ask(ua, ROTOR_PLDM_ACTIVATE_FIRMWARE, now + ua->config.busy);
	} else if (ua->step == ROTOR_PLDM_UA_PACKAGE_DATA) {
		if (d->state != ROTOR_PLDM_LEARN_COMPONENTS)
			rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_STATE, ROTOR_PLDM_GET_STATUS,
					   d->state, ROTOR_OK, now);
	} else if (ua->step == ROTOR_PLDM_UA_ACTIVATE || d->state < ROTOR_PLDM_DOWNLOAD ||
		   d->state == ROTOR_PLDM_ACTIVATE) {
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_STATE, ROTOR_PLDM_GET_STATUS, d->state,
				   ROTOR_OK, now);
	} else if (d->aux_state == ROTOR_PLDM_AUX_FAILED) {
		/* Its …Complete, which says more, is on its way; if it does not come, this must do. */
		ua->failed_count++;
		if (ua->failed_count > 1)
			rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_STATE, ROTOR_PLDM_GET_STATUS,
					   d->state, ROTOR_OK, now);
	}
}

static void status_answer(struct rotor_pldm_ua *ua, const struct rotor_pldm_message *msg,
			  rotor_ms now)
{
	enum rotor_status status;

	ua->status_query = false;
	ua->status_at = now + ua->config.status_interval;
	if (msg->completion != ROTOR_PLDM_SUCCESS) {
		if (!rotor_pldm_ua_step_waits(ua->step))
			fail_completion(ua, msg->completion, now);
		return;
	}
	status = rotor_pldm_status_decode(msg->payload, &ua->device);
	if (status != ROTOR_OK) {
		rotor_pldm_ua_fail_response(ua, status, now);
		return;
	}
	rotor_pldm_ua_tell(ua, ROTOR_PLDM_UA_EVENT_STATUS, NULL, 0);
	if (ua->step == ROTOR_PLDM_UA_STATUS)
		rotor_pldm_ua_end(ua, ROTOR_OK);
	else
		judge_status(ua, now);
}

static void cancel_answer(struct rotor_pldm_ua *ua, const struct rotor_pldm_message *msg,
			  rotor_ms now)
{
	struct rotor_pldm_cancel_resp resp = {0};
	enum rotor_status status = ROTOR_OK;

	if (msg->completion == ROTOR_PLDM_SUCCESS)
		status = rotor_pldm_cancel_resp_decode(msg->payload, &resp);
	if (status == ROTOR_OK)
		ua->not_functioning = resp.not_functioning_bitmap;
	if (ua->failing) {
		rotor_pldm_ua_end(ua, ua->failure.status);
	} else if (ua->step == ROTOR_PLDM_UA_TAKE_OVER &&
		   (msg->completion == ROTOR_PLDM_SUCCESS ||
		    msg->completion == ROTOR_PLDM_NOT_IN_UPDATE_MODE)) {
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_REQUEST_UPDATE, now);
	} else if (msg->completion != ROTOR_PLDM_SUCCESS) {
		fail_completion(ua, msg->completion, now);
	} else if (status != ROTOR_OK) {
		rotor_pldm_ua_fail_response(ua, status, now);
	} else {
		rotor_pldm_ua_end(ua, ROTOR_OK);
	}
}

static void security_revision_answer(struct rotor_pldm_ua *ua, struct rotor_bytes payload,
				     rotor_ms now)
{
	if (payload.len != 0)
		rotor_pldm_ua_fail_response(ua, ROTOR_ERR_LENGTH, now);
	else
		rotor_pldm_ua_end(ua, ROTOR_OK);
}

/* Whether the command may succeed if it is asked again a little later. */
static bool is_busy(const struct rotor_pldm_ua *ua, uint8_t completion)
{
	switch (completion) {
	case ROTOR_PLDM_ERROR_NOT_READY:
		return true;
	case ROTOR_PLDM_BUSY_IN_BACKGROUND:
		return ua->command_type == ROTOR_PLDM_TYPE_FWUP;
	case ROTOR_PLDM_RETRY_REQUEST_UPDATE:
		return ua->step == ROTOR_PLDM_UA_REQUEST_UPDATE;
	case ROTOR_PLDM_INVALID_STATE_FOR_COMMAND:
		/* The answer to its ApplyComplete may not have reached the device: it will send that again. */
		return (ua->step == ROTOR_PLDM_UA_UPDATE_COMPONENT && ua->component > 0) ||
		       ua->step == ROTOR_PLDM_UA_ACTIVATE;
	default:
		return false;
	}
}

/* Answers other than SUCCESS that are not the end of the operation. */
static bool recovered(struct rotor_pldm_ua *ua, uint8_t completion, rotor_ms now)
{
	const bool retried = ua->tries > 1;

	if (ua->step == ROTOR_PLDM_UA_UPDATE_COMPONENT && ua->done > 0 &&
	    completion == ROTOR_PLDM_INVALID_STATE_FOR_COMMAND) {
		/* It asks for data already: the first answer was lost and the device does not know retries. */
		rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_DOWNLOAD, now);
		return true;
	}
	if (ua->step == ROTOR_PLDM_UA_PASS_TABLE && ua->sub + 1 == ua->plan->count && retried &&
	    completion == ROTOR_PLDM_INVALID_STATE_FOR_COMMAND) {
		/* Likewise with the table's end. What it said of this component, UpdateComponent will tell. */
		next_component(ua, now);
		return true;
	}
	if (ua->step == ROTOR_PLDM_UA_ACTIVATE && retried &&
	    (completion == ROTOR_PLDM_NOT_IN_UPDATE_MODE ||
	     completion == ROTOR_PLDM_ERROR_NOT_READY)) {
		/* And with the update's: one that is over has no agent any more to listen to. */
		rotor_pldm_ua_ask_status(ua, now);
		return true;
	}
	if (is_busy(ua, completion) && ua->busy_count < ROTOR_PLDM_UA_BUSY_LIMIT) {
		ua->busy_count++;
		rotor_pldm_ua_ask(ua, ua->command, now + ua->config.busy);
		return true;
	}
	if (ua->step == ROTOR_PLDM_UA_REQUEST_UPDATE &&
	    completion == ROTOR_PLDM_ALREADY_IN_UPDATE_MODE) {
		if (ua->plan->take_over && !ua->took_over) {
			ua->took_over = true;
			rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_TAKE_OVER, now);
			return true;
		}
		if (retried) {
			/* By the first try, most likely; if not, the table will be refused. */
			ua->sub = 0;
			rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_PASS_TABLE, now);
			return true;
		}
	}
	if (completion == ROTOR_PLDM_ACTIVATION_NOT_REQUIRED &&
	    (ua->step == ROTOR_PLDM_UA_ACTIVATE || ua->step == ROTOR_PLDM_UA_ACTIVATE_PENDING)) {
		rotor_pldm_ua_end(ua, ROTOR_OK);
		return true;
	}
	return false;
}

static void take_answer(struct rotor_pldm_ua *ua, const struct rotor_pldm_message *msg,
			rotor_ms now)
{
	if (ua->status_query || ua->step == ROTOR_PLDM_UA_STATUS) {
		status_answer(ua, msg, now);
		return;
	}
	if (ua->command == ROTOR_PLDM_CANCEL_UPDATE && ua->command_type == ROTOR_PLDM_TYPE_FWUP) {
		cancel_answer(ua, msg, now);
		return;
	}
	if (ua->step >= ROTOR_PLDM_UA_DOWNSTREAM &&
	    ua->step <= ROTOR_PLDM_UA_DOWNSTREAM_PARAMETERS &&
	    rotor_pldm_ua_downstream_answer(ua, msg, now))
		return;
	if (msg->completion != ROTOR_PLDM_SUCCESS) {
		if (!recovered(ua, msg->completion, now))
			fail_completion(ua, msg->completion, now);
		return;
	}
	if (ua->step <= ROTOR_PLDM_UA_GET_COMMANDS)
		base_answer(ua, msg->payload, now);
	else if (ua->step <= ROTOR_PLDM_UA_PARAMETERS)
		inventory_answer(ua, msg->payload, now);
	else if (ua->step == ROTOR_PLDM_UA_ACTIVATE_PENDING)
		activation_answer(ua, msg->payload, now);
	else if (ua->step == ROTOR_PLDM_UA_SECURITY_REVISION)
		security_revision_answer(ua, msg->payload, now);
	else
		update_answer(ua, msg->payload, now);
}

void rotor_pldm_ua_response(struct rotor_pldm_ua *ua, const void *msg, size_t msg_len, rotor_ms now)
{
	const struct rotor_pldm_header expected = {
	    .instance = ua->instance,
	    .type = ua->command_type,
	    .command = ua->command,
	};
	struct rotor_pldm_message opened;

	if (rotor_pldm_open(msg, msg_len, &opened) != ROTOR_OK || opened.header.request) {
		ua->counters.malformed++;
		return;
	}
	if (ua->status != ROTOR_PENDING || !ua->waiting || ua->tries == 0 ||
	    !rotor_pldm_answers(&opened.header, &expected)) {
		ua->counters.unexpected++;
		return;
	}
	ua->waiting = false;
	rotor_pldm_ua_tell(ua, ROTOR_PLDM_UA_EVENT_ANSWERED, msg, msg_len);
	take_answer(ua, &opened, now);
}
