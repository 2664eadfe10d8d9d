/* SPDX-License-Identifier: Apache-2.0 */
/* The update agent's requests: one operation is a walk through steps, each with one command or a time of waiting. */
#include "pldm/ua_internal.h"

#include <string.h>

const uint8_t rotor_pldm_ua_types[ROTOR_PLDM_UA_TYPES] = {ROTOR_PLDM_TYPE_BASE,
							  ROTOR_PLDM_TYPE_FWUP};

static rotor_ms or_default(rotor_ms value, rotor_ms otherwise)
{
	return value != 0 ? value : otherwise;
}

void rotor_pldm_ua_init(struct rotor_pldm_ua *ua, const struct rotor_pldm_ua_config *config,
			const struct rotor_pldm_ua_ops *ops, void *ctx)
{
	struct rotor_pldm_ua_config *c = &ua->config;

	memset(ua, 0, sizeof(*ua));
	if (config != NULL)
		*c = *config;
	c->timeout = or_default(c->timeout, ROTOR_PLDM_UA_TIMEOUT_DEFAULT);
	c->busy = or_default(c->busy, ROTOR_PLDM_UA_BUSY_DEFAULT);
	c->t2 = or_default(c->t2, ROTOR_PLDM_UA_T2_DEFAULT);
	c->t3 = or_default(c->t3, ROTOR_PLDM_UA_T3_DEFAULT);
	c->status_interval = or_default(c->status_interval, ROTOR_PLDM_UA_STATUS_DEFAULT);
	if (c->retries == 0)
		c->retries = ROTOR_PLDM_UA_RETRIES_DEFAULT;
	ua->ops = ops;
	ua->ctx = ctx;
	ua->link_up = true;
	ua->instance = ROTOR_PLDM_INSTANCES - 1;
}

/* ---- telling ---- */

static void emit(const struct rotor_pldm_ua *ua, const struct rotor_pldm_ua_event *event)
{
	if (ua->ops->event != NULL)
		ua->ops->event(ua->ctx, event);
}

void rotor_pldm_ua_tell(const struct rotor_pldm_ua *ua, enum rotor_pldm_ua_event_kind kind,
			const void *msg, size_t len)
{
	struct rotor_pldm_ua_event event = {
	    .kind = kind,
	    .message = {msg, len},
	    .component = ua->component,
	    .done = ua->done,
	};
	struct rotor_pldm_message opened;

	if (len != 0 && rotor_pldm_open(msg, len, &opened) == ROTOR_OK) {
		event.type = opened.header.type;
		event.command = opened.header.command;
		event.completion = opened.completion;
	}
	if (ua->plan != NULL && ua->component < ua->plan->count)
		event.total = ua->plan->components[ua->component].size;
	emit(ua, &event);
}

/* ---- steps ---- */

bool rotor_pldm_ua_step_waits(enum rotor_pldm_ua_step step)
{
	return step == ROTOR_PLDM_UA_PACKAGE_DATA || step == ROTOR_PLDM_UA_DOWNLOAD ||
	       step == ROTOR_PLDM_UA_VERIFY || step == ROTOR_PLDM_UA_APPLY;
}

/* The command that a step sends; 0 for a step that waits. */
static uint8_t step_command(const struct rotor_pldm_ua *ua, enum rotor_pldm_ua_step step)
{
	static const uint8_t commands[] = {
	    [ROTOR_PLDM_UA_GET_TID] = ROTOR_PLDM_GET_TID,
	    [ROTOR_PLDM_UA_GET_TYPES] = ROTOR_PLDM_GET_TYPES,
	    [ROTOR_PLDM_UA_GET_VERSION] = ROTOR_PLDM_GET_VERSION,
	    [ROTOR_PLDM_UA_GET_COMMANDS] = ROTOR_PLDM_GET_COMMANDS,
	    [ROTOR_PLDM_UA_IDENTIFIERS] = ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS,
	    [ROTOR_PLDM_UA_PARAMETERS] = ROTOR_PLDM_GET_FIRMWARE_PARAMETERS,
	    [ROTOR_PLDM_UA_DOWNSTREAM] = ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES,
	    [ROTOR_PLDM_UA_DOWNSTREAM_IDENTIFIERS] = ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS,
	    [ROTOR_PLDM_UA_DOWNSTREAM_PARAMETERS] = ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS,
	    [ROTOR_PLDM_UA_TAKE_OVER] = ROTOR_PLDM_CANCEL_UPDATE,
	    [ROTOR_PLDM_UA_REQUEST_UPDATE] = ROTOR_PLDM_REQUEST_UPDATE,
	    [ROTOR_PLDM_UA_META_DATA] = ROTOR_PLDM_GET_DEVICE_META_DATA,
	    [ROTOR_PLDM_UA_PASS_TABLE] = ROTOR_PLDM_PASS_COMPONENT_TABLE,
	    [ROTOR_PLDM_UA_UPDATE_COMPONENT] = ROTOR_PLDM_UPDATE_COMPONENT,
	    [ROTOR_PLDM_UA_ACTIVATE] = ROTOR_PLDM_ACTIVATE_FIRMWARE,
	    [ROTOR_PLDM_UA_CANCEL] = ROTOR_PLDM_CANCEL_UPDATE,
	    [ROTOR_PLDM_UA_STATUS] = ROTOR_PLDM_GET_STATUS,
	    [ROTOR_PLDM_UA_SECURITY_REVISION] = ROTOR_PLDM_UPDATE_SECURITY_REVISION,
	    [ROTOR_PLDM_UA_ACTIVATE_PENDING] = ROTOR_PLDM_ACTIVATE_PENDING_IMAGE,
	};

	if (step == ROTOR_PLDM_UA_REQUEST_UPDATE && ua->plan != NULL && ua->plan->downstream)
		return ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE;
	if (step == ROTOR_PLDM_UA_ACTIVATE_PENDING && ua->named_set)
		return ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET;
	return commands[step];
}

/* A new request, with a new instance ID, to be sent at @p due. */
void rotor_pldm_ua_ask(struct rotor_pldm_ua *ua, uint8_t command, rotor_ms due)
{
	ua->waiting = true;
	ua->command = command;
	ua->command_type =
	    ua->step <= ROTOR_PLDM_UA_GET_COMMANDS ? ROTOR_PLDM_TYPE_BASE : ROTOR_PLDM_TYPE_FWUP;
	ua->instance = (uint8_t)((ua->instance + 1) % ROTOR_PLDM_INSTANCES);
	ua->tries = 0;
	ua->due = due;
}

void rotor_pldm_ua_ask_status(struct rotor_pldm_ua *ua, rotor_ms now)
{
	ua->status_query = true;
	rotor_pldm_ua_ask(ua, ROTOR_PLDM_GET_STATUS, now);
}

void rotor_pldm_ua_rearm(struct rotor_pldm_ua *ua, rotor_ms now)
{
	const bool asks =
	    ua->step == ROTOR_PLDM_UA_DOWNLOAD || ua->step == ROTOR_PLDM_UA_PACKAGE_DATA;

	ua->status_at = now + ua->config.status_interval;
	ua->give_up_at = now + (asks ? ua->config.t2 : ua->config.t3);
}

void rotor_pldm_ua_enter(struct rotor_pldm_ua *ua, enum rotor_pldm_ua_step step, rotor_ms now)
{
	const bool changed = ua->step != step;

	ua->step = step;
	ua->waiting = false;
	ua->status_query = false;
	ua->busy_count = 0;
	ua->failed_count = 0;
	if (rotor_pldm_ua_step_waits(step))
		rotor_pldm_ua_rearm(ua, now);
	else
		rotor_pldm_ua_ask(ua, step_command(ua, step), now);
	if (changed)
		rotor_pldm_ua_tell(ua, ROTOR_PLDM_UA_EVENT_STEP, NULL, 0);
}

void rotor_pldm_ua_end(struct rotor_pldm_ua *ua, enum rotor_status status)
{
	ua->status = status;
	ua->step = ROTOR_PLDM_UA_NONE;
	ua->waiting = false;
	ua->status_query = false;
	ua->failing = false;
	rotor_pldm_ua_tell(ua, ROTOR_PLDM_UA_EVENT_ENDED, NULL, 0);
}

static enum rotor_status status_of(enum rotor_pldm_ua_failure_kind kind)
{
	switch (kind) {
	case ROTOR_PLDM_UA_FAILED_TIMEOUT:
	case ROTOR_PLDM_UA_FAILED_NO_DATA:
	case ROTOR_PLDM_UA_FAILED_NO_CHANGE:
		return ROTOR_ERR_TIMEOUT;
	case ROTOR_PLDM_UA_FAILED_RESPONSE:
		return ROTOR_ERR_FORMAT;
	case ROTOR_PLDM_UA_FAILED_CANCELLED:
		return ROTOR_ERR_DENIED;
	case ROTOR_PLDM_UA_FAILED_UNSUPPORTED:
		return ROTOR_ERR_UNSUPPORTED;
	default:
		return ROTOR_ERR_PEER;
	}
}

/* Whether the device is, as far as is known, in update mode because of this agent. */
static bool in_update(const struct rotor_pldm_ua *ua, enum rotor_pldm_ua_failure_kind kind,
		      uint8_t command)
{
	if (ua->plan == NULL || kind == ROTOR_PLDM_UA_FAILED_LOST)
		return false;
	if (ua->step < ROTOR_PLDM_UA_REQUEST_UPDATE || ua->step > ROTOR_PLDM_UA_ACTIVATE)
		return false;
	/* A refused RequestUpdate leaves the device as it was. */
	return (command != ROTOR_PLDM_REQUEST_UPDATE &&
		command != ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE) ||
	       kind != ROTOR_PLDM_UA_FAILED_COMPLETION;
}

void rotor_pldm_ua_fail(struct rotor_pldm_ua *ua, enum rotor_pldm_ua_failure_kind kind,
			uint8_t command, uint8_t code, enum rotor_status status, rotor_ms now)
{
	const bool tell_device = in_update(ua, kind, command);

	ua->failure.kind = kind;
	ua->failure.step = ua->step;
	ua->failure.type =
	    ua->step <= ROTOR_PLDM_UA_GET_COMMANDS ? ROTOR_PLDM_TYPE_BASE : ROTOR_PLDM_TYPE_FWUP;
	ua->failure.command = command;
	ua->failure.code = code;
	ua->failure.component = ua->component;
	ua->failure.status = status != ROTOR_OK ? status : status_of(kind);
	if (!tell_device) {
		rotor_pldm_ua_end(ua, ua->failure.status);
		return;
	}
	ua->failing = true;
	rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_CANCEL, now);
	/* To a device that does not answer it is said once. */
	if (kind == ROTOR_PLDM_UA_FAILED_TIMEOUT)
		ua->tries = ua->config.retries;
}

/* ---- operations ---- */

static enum rotor_status begin(struct rotor_pldm_ua *ua, enum rotor_pldm_ua_step step, rotor_ms now)
{
	if (ua->status == ROTOR_PENDING)
		return ROTOR_ERR_BUSY;
	ua->status = ROTOR_PENDING;
	memset(&ua->failure, 0, sizeof(ua->failure));
	ua->plan = NULL;
	ua->component = 0;
	ua->done = 0;
	ua->sub = 0;
	ua->accepted = 0;
	ua->meta_size = 0;
	ua->meta_len = 0;
	ua->part_next = false;
	ua->took_over = false;
	ua->not_functioning = 0;
	ua->served_valid = false;
	rotor_pldm_ua_enter(ua, step, now);
	return ROTOR_OK;
}

enum rotor_status rotor_pldm_ua_discover(struct rotor_pldm_ua *ua, rotor_ms now)
{
	return begin(ua, ROTOR_PLDM_UA_GET_TID, now);
}

enum rotor_status rotor_pldm_ua_inventory(struct rotor_pldm_ua *ua, void *store, size_t cap,
					  rotor_ms now)
{
	const enum rotor_status status = begin(ua, ROTOR_PLDM_UA_IDENTIFIERS, now);

	if (status == ROTOR_OK) {
		ua->store = store;
		ua->store_cap = cap;
		ua->store_len = 0;
		memset(&ua->identifiers, 0, sizeof(ua->identifiers));
		memset(&ua->parameters, 0, sizeof(ua->parameters));
	}
	return status;
}

enum rotor_status rotor_pldm_ua_downstream(struct rotor_pldm_ua *ua, void *store, size_t cap,
					   rotor_ms now)
{
	const enum rotor_status status = begin(ua, ROTOR_PLDM_UA_DOWNSTREAM, now);

	if (status != ROTOR_OK)
		return status;
	ua->store = store;
	ua->store_cap = cap;
	ua->list_changes = 0;
	rotor_pldm_ua_downstream_clear(ua);
	if (rotor_pldm_bit(ua->found.types.bits, ROTOR_PLDM_TYPE_BASE) &&
	    !rotor_pldm_bit(ua->found.fwup_commands.bits, ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES))
		rotor_pldm_ua_end(ua, ROTOR_OK);
	return ROTOR_OK;
}

static bool plan_valid(const struct rotor_pldm_ua_plan *plan)
{
	if (plan == NULL || plan->components == NULL || plan->count == 0 ||
	    plan->count > ROTOR_PLDM_UA_COMPONENTS_MAX ||
	    plan->max_transfer < ROTOR_PLDM_BASELINE_TRANSFER ||
	    plan->package_data.len > UINT16_MAX ||
	    !rotor_pldm_string_valid(plan->version.type, plan->version.text.len))
		return false;
	for (uint16_t i = 0; i < plan->count; i++) {
		const struct rotor_pldm_component *c = &plan->components[i];

		if (c->size == 0 || !rotor_pldm_string_valid(c->version.type, c->version.text.len))
			return false;
	}
	return true;
}

enum rotor_status rotor_pldm_ua_update(struct rotor_pldm_ua *ua,
				       const struct rotor_pldm_ua_plan *plan, rotor_ms now)
{
	enum rotor_status status;

	if (!plan_valid(plan))
		return ROTOR_ERR_ARGUMENT;
	status = begin(ua, ROTOR_PLDM_UA_REQUEST_UPDATE, now);
	if (status != ROTOR_OK)
		return status;
	/* What was discovered, if it was, says whether the device can. */
	if (rotor_pldm_bit(ua->found.types.bits, ROTOR_PLDM_TYPE_BASE) &&
	    !rotor_pldm_bit(ua->found.types.bits, ROTOR_PLDM_TYPE_FWUP)) {
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_UNSUPPORTED, ROTOR_PLDM_REQUEST_UPDATE,
				   0, ROTOR_OK, now);
		return ROTOR_OK;
	}
	ua->plan = plan;
	ua->command = step_command(ua, ua->step); /* the plan says by which */
	return ROTOR_OK;
}

enum rotor_status rotor_pldm_ua_get_status(struct rotor_pldm_ua *ua, rotor_ms now)
{
	return begin(ua, ROTOR_PLDM_UA_STATUS, now);
}

enum rotor_status rotor_pldm_ua_cancel(struct rotor_pldm_ua *ua, rotor_ms now)
{
	if (ua->status != ROTOR_PENDING)
		return begin(ua, ROTOR_PLDM_UA_CANCEL, now);
	if (ua->plan == NULL || ua->step == ROTOR_PLDM_UA_CANCEL)
		return ROTOR_ERR_BUSY;
	rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_CANCELLED, ROTOR_PLDM_CANCEL_UPDATE, 0,
			   ROTOR_OK, now);
	return ROTOR_OK;
}

/* An operation of one command, which a device that was discovered without it is not asked. */
static void single(struct rotor_pldm_ua *ua, rotor_ms now)
{
	ua->command = step_command(ua, ua->step);
	if (rotor_pldm_bit(ua->found.types.bits, ROTOR_PLDM_TYPE_BASE) &&
	    !rotor_pldm_bit(ua->found.fwup_commands.bits, ua->command))
		rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_UNSUPPORTED, ua->command, 0, ROTOR_OK,
				   now);
}

enum rotor_status rotor_pldm_ua_update_security_revision(
    struct rotor_pldm_ua *ua, const struct rotor_pldm_component_name *component, rotor_ms now)
{
	const enum rotor_status status = begin(ua, ROTOR_PLDM_UA_SECURITY_REVISION, now);

	if (status != ROTOR_OK)
		return status;
	ua->named = *component;
	single(ua, now);
	return ROTOR_OK;
}

enum rotor_status rotor_pldm_ua_activate_pending(struct rotor_pldm_ua *ua,
						 const struct rotor_pldm_component_name *component,
						 rotor_ms now)
{
	const enum rotor_status status = begin(ua, ROTOR_PLDM_UA_ACTIVATE_PENDING, now);

	if (status != ROTOR_OK)
		return status;
	ua->named_set = component == NULL;
	if (component != NULL)
		ua->named = *component;
	ua->activation_time = 0;
	single(ua, now);
	return ROTOR_OK;
}

void rotor_pldm_ua_abort(struct rotor_pldm_ua *ua)
{
	if (ua->status != ROTOR_PENDING)
		return;
	ua->failure.kind = ROTOR_PLDM_UA_FAILED_CANCELLED;
	ua->failure.step = ua->step;
	ua->failure.status = ROTOR_ERR_DENIED;
	rotor_pldm_ua_end(ua, ROTOR_ERR_DENIED);
}

/* ---- sending ---- */

static uint8_t table_flag(uint16_t at, uint16_t count)
{
	uint8_t flag = at == 0 ? ROTOR_PLDM_START : 0;

	if (at + 1 == count)
		flag |= ROTOR_PLDM_END;
	return flag != 0 ? flag : ROTOR_PLDM_MIDDLE;
}

static void encode_part_request(const struct rotor_pldm_ua *ua, struct rotor_writer *w)
{
	const struct rotor_pldm_part_req req = {ua->part_next ? ua->part_handle : 0,
						ua->part_next ? ROTOR_PLDM_GET_NEXT_PART
							      : ROTOR_PLDM_GET_FIRST_PART};

	rotor_pldm_part_req_encode(w, &req);
}

static void encode_update_request(const struct rotor_pldm_ua *ua, struct rotor_writer *w)
{
	const struct rotor_pldm_ua_plan *plan = ua->plan;

	switch (ua->command) {
	case ROTOR_PLDM_REQUEST_UPDATE: {
		const struct rotor_pldm_request_update req = {
		    .max_transfer = plan->max_transfer,
		    .component_count = plan->count,
		    .max_outstanding = plan->max_outstanding != 0 ? plan->max_outstanding : 1,
		    .package_data_size = (uint16_t)plan->package_data.len,
		    .version = plan->version,
		};

		rotor_pldm_request_update_encode(w, &req);
		break;
	}
	case ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE: {
		const struct rotor_pldm_request_downstream req = {
		    .max_transfer = plan->max_transfer,
		    .max_outstanding = plan->max_outstanding != 0 ? plan->max_outstanding : 1,
		    .package_data_size = (uint16_t)plan->package_data.len,
		};

		rotor_pldm_request_downstream_encode(w, &req);
		break;
	}
	case ROTOR_PLDM_GET_DEVICE_META_DATA:
		encode_part_request(ua, w);
		break;
	case ROTOR_PLDM_PASS_COMPONENT_TABLE:
		rotor_pldm_pass_component_encode(w, table_flag(ua->sub, plan->count),
						 &plan->components[ua->sub]);
		break;
	case ROTOR_PLDM_UPDATE_COMPONENT:
		rotor_pldm_update_component_encode(w, &plan->components[ua->component]);
		break;
	case ROTOR_PLDM_ACTIVATE_FIRMWARE:
		rotor_pldm_activate_encode(w, plan->self_contained);
		break;
	default:
		break;
	}
}

static void encode_request(const struct rotor_pldm_ua *ua, struct rotor_writer *w)
{
	const uint8_t type = rotor_pldm_ua_types[ua->sub % ROTOR_PLDM_UA_TYPES];

	rotor_pldm_request_begin(w, ua->instance, ua->command_type, ua->command);
	if (ua->command_type == ROTOR_PLDM_TYPE_FWUP) {
		if (ua->plan != NULL)
			encode_update_request(ua, w);
		else if (ua->command == ROTOR_PLDM_UPDATE_SECURITY_REVISION ||
			 ua->command == ROTOR_PLDM_ACTIVATE_PENDING_IMAGE)
			rotor_pldm_component_name_encode(w, &ua->named);
		else if (ua->step == ROTOR_PLDM_UA_DOWNSTREAM_IDENTIFIERS ||
			 ua->step == ROTOR_PLDM_UA_DOWNSTREAM_PARAMETERS)
			encode_part_request(ua, w);
	} else if (ua->command == ROTOR_PLDM_GET_VERSION) {
		const struct rotor_pldm_get_version_req req = {0, ROTOR_PLDM_GET_FIRST_PART, type};

		rotor_pldm_get_version_req_encode(w, &req);
	} else if (ua->command == ROTOR_PLDM_GET_COMMANDS) {
		const struct rotor_pldm_get_commands_req req = {type, type == ROTOR_PLDM_TYPE_BASE
									  ? ua->found.base_version
									  : ua->found.fwup_version};

		rotor_pldm_get_commands_req_encode(w, &req);
	}
}

/* No answer, retries included. */
static void timed_out(struct rotor_pldm_ua *ua, rotor_ms now)
{
	ua->counters.timeouts++;
	ua->waiting = false;
	if (ua->status_query && rotor_pldm_ua_step_waits(ua->step)) {
		/* A device may be too busy to tell; whether it has died, UA_T2 and UA_T3 say. */
		ua->status_query = false;
		ua->status_at = now + ua->config.status_interval;
		return;
	}
	if (ua->failing) {
		rotor_pldm_ua_end(ua, ua->failure.status);
		return;
	}
	rotor_pldm_ua_fail(ua, ROTOR_PLDM_UA_FAILED_TIMEOUT, ua->command, 0, ROTOR_OK, now);
}

static void run_timers(struct rotor_pldm_ua *ua, rotor_ms now)
{
	if (rotor_pldm_ua_step_waits(ua->step)) {
		if (now >= ua->give_up_at && ua->step == ROTOR_PLDM_UA_PACKAGE_DATA) {
			/* It does not want the rest. */
			rotor_pldm_ua_enter(ua, ROTOR_PLDM_UA_PASS_TABLE, now);
		} else if (now >= ua->give_up_at) {
			const bool download = ua->step == ROTOR_PLDM_UA_DOWNLOAD;

			rotor_pldm_ua_fail(ua,
					   download ? ROTOR_PLDM_UA_FAILED_NO_DATA
						    : ROTOR_PLDM_UA_FAILED_NO_CHANGE,
					   0, 0, ROTOR_OK, now);
		} else if (!ua->waiting && now >= ua->status_at) {
			rotor_pldm_ua_ask_status(ua, now);
		}
	}
	if (ua->waiting && now >= ua->due && ua->tries > ua->config.retries)
		timed_out(ua, now);
}

enum rotor_status rotor_pldm_ua_next_request(struct rotor_pldm_ua *ua, rotor_ms now, uint8_t *out,
					     size_t cap, size_t *len)
{
	struct rotor_writer w = rotor_writer(out, cap);
	enum rotor_status status;

	*len = 0;
	if (ua->status != ROTOR_PENDING || !ua->link_up)
		return ROTOR_ERR_NOT_FOUND;
	run_timers(ua, now);
	if (!ua->waiting || now < ua->due)
		return ROTOR_ERR_NOT_FOUND;
	encode_request(ua, &w);
	status = rotor_writer_end(&w, len);
	if (status != ROTOR_OK)
		return status;
	ua->counters.sent++;
	if (ua->tries != 0)
		ua->counters.retries++;
	rotor_pldm_ua_tell(
	    ua, ua->tries != 0 ? ROTOR_PLDM_UA_EVENT_RETRY : ROTOR_PLDM_UA_EVENT_SENT, out, *len);
	ua->tries++;
	ua->due = now + ua->config.timeout;
	return ROTOR_OK;
}

void rotor_pldm_ua_sent(struct rotor_pldm_ua *ua, rotor_ms now)
{
	if (ua->waiting && ua->tries != 0)
		ua->due = now + ua->config.timeout;
}

rotor_ms rotor_pldm_ua_deadline(const struct rotor_pldm_ua *ua)
{
	rotor_ms at = ROTOR_NEVER;

	if (ua->status != ROTOR_PENDING || !ua->link_up)
		return ROTOR_NEVER;
	if (rotor_pldm_ua_step_waits(ua->step)) {
		at = ua->give_up_at;
		if (!ua->waiting && ua->status_at < at)
			at = ua->status_at;
	}
	if (ua->waiting && ua->due < at)
		at = ua->due;
	return at;
}

void rotor_pldm_ua_link(struct rotor_pldm_ua *ua, bool up, rotor_ms now)
{
	const bool back = up && !ua->link_up;

	ua->link_up = up;
	if (!back || ua->status != ROTOR_PENDING)
		return;
	if (rotor_pldm_ua_step_waits(ua->step))
		rotor_pldm_ua_rearm(ua, now);
	if (ua->waiting) {
		ua->due = now;
		if (ua->tries > 1)
			ua->tries = 1;
	} else {
		rotor_pldm_ua_ask_status(ua, now);
	}
}
