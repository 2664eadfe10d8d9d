/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the endpoints of a bus and giving them EIDs (DSP0236 1.3.1, 8.17 and 12). */
#include <string.h>

#include "rotor/mctp_bus_owner.h"

#define ADDRESS_FIRST 0x08
#define ADDRESS_COUNT (0x77 - ADDRESS_FIRST + 1)
#define TIMEOUT_MS    250
#define TRIES         4
#define QUEUE_FULL_MS 5
#define INSTANCE_MASK 0x1f
#define NO_HINT       ROTOR_MCTP_PHYS_ROUTE

/* What is asked of the endpoint at the current address, in this order. */
enum step {
	STEP_NEXT = 0, /* go to the next address */
	STEP_GET_EID,
	STEP_UUID,
	STEP_SET_EID,
	STEP_VERSIONS,
	STEP_TYPES,
	STEP_COUNT,
};

static const uint8_t step_command[STEP_COUNT] = {
    [STEP_GET_EID] = ROTOR_MCTP_GET_ENDPOINT_ID,
    [STEP_UUID] = ROTOR_MCTP_GET_ENDPOINT_UUID,
    [STEP_SET_EID] = ROTOR_MCTP_SET_ENDPOINT_ID,
    [STEP_VERSIONS] = ROTOR_MCTP_GET_VERSION_SUPPORT,
    [STEP_TYPES] = ROTOR_MCTP_GET_MESSAGE_TYPE_SUPPORT,
};

/* ---- events ---- */

static void tell(const struct rotor_mctp_bus_owner *o, struct rotor_mctp_owner_event *event)
{
	if (o->config.on_event != NULL)
		o->config.on_event(o->config.ctx, event);
}

static struct rotor_mctp_owner_event about(const struct rotor_mctp_bus_owner *o,
					   enum rotor_mctp_owner_event_kind kind)
{
	struct rotor_mctp_owner_event event = {.kind = kind};

	event.phys = o->current.phys;
	event.eid = o->current.eid;
	event.command = step_command[o->step];
	event.instance = o->instance;
	event.tries = o->tries;
	return event;
}

/* ---- which EIDs are whose ---- */

static bool same_uuid(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, ROTOR_MCTP_UUID_SIZE) == 0;
}

/* The entry of the table that the current endpoint is to replace, or NULL. */
static struct rotor_mctp_found *old_entry(const struct rotor_mctp_bus_owner *o)
{
	for (size_t i = 0; o->searching && i < o->found_count; i++) {
		struct rotor_mctp_found *found = &o->config.found[i];

		if (found->has_uuid && same_uuid(found->uuid, o->wanted_uuid))
			return found;
	}
	return NULL;
}

/* Not to be given to the current endpoint: no EID to assign, ours, or another's. */
static bool taken(const struct rotor_mctp_bus_owner *o, uint8_t eid)
{
	const struct rotor_mctp_found *old = old_entry(o);

	if (eid < ROTOR_MCTP_EID_FIRST || eid > ROTOR_MCTP_EID_LAST ||
	    eid == rotor_mctp_eid(o->mctp))
		return true;
	for (size_t i = 0; i < o->found_count; i++) {
		if (&o->config.found[i] != old && o->config.found[i].eid == eid)
			return true;
	}
	return false;
}

/* The EID that is kept for a known UUID, or 0. */
static uint8_t known_eid(const struct rotor_mctp_bus_owner *o, const uint8_t *uuid)
{
	for (size_t i = 0; i < o->config.known_count; i++) {
		if (same_uuid(o->config.known[i].uuid, uuid))
			return o->config.known[i].eid;
	}
	return 0;
}

/* May be given to an endpoint that no EID belongs to. */
static bool in_pool(const struct rotor_mctp_bus_owner *o, uint8_t eid)
{
	if (eid < o->config.pool_first || eid > o->config.pool_last || taken(o, eid))
		return false;
	for (size_t i = 0; i < o->config.known_count; i++) {
		if (o->config.known[i].eid == eid)
			return false;
	}
	return true;
}

/* The EID that the current endpoint is to have, 0 if there is none for it. */
static uint8_t choose_eid(const struct rotor_mctp_bus_owner *o)
{
	const struct rotor_mctp_found *now = &o->current;
	const struct rotor_mctp_found *old = old_entry(o);
	uint8_t known = now->has_uuid ? known_eid(o, now->uuid) : 0;

	if (!taken(o, known))
		return known;
	if (old != NULL && !taken(o, old->eid))
		return old->eid;
	if (in_pool(o, now->endpoint.eid))
		return now->endpoint.eid;
	for (unsigned eid = o->config.pool_first; eid <= o->config.pool_last; eid++) {
		if (in_pool(o, (uint8_t)eid))
			return (uint8_t)eid;
	}
	return 0;
}

/* ---- the steps ---- */

/* Prepares the request of a step; poll sends it. */
static void begin(struct rotor_mctp_bus_owner *o, enum step step)
{
	struct rotor_mctp_control_header header = {.request = true};
	struct rotor_writer w = rotor_writer(o->request, sizeof(o->request));
	size_t len = 0;

	o->step = (uint8_t)step;
	o->tries = 0;
	o->instance = (o->instance + 1) & INSTANCE_MASK;
	header.instance = o->instance;
	header.command = step_command[step];
	rotor_mctp_control_header_write(&w, &header);
	if (step == STEP_SET_EID) {
		struct rotor_mctp_set_eid_request set = {ROTOR_MCTP_SET_EID, o->wanted_eid};

		rotor_mctp_set_eid_request_write(&w, &set);
	} else if (step == STEP_VERSIONS) {
		rotor_write_u8(&w, ROTOR_MCTP_VERSION_OF_BASE);
	}
	if (rotor_writer_end(&w, &len) == ROTOR_OK)
		o->request_len = (uint8_t)len;
}

static void finish(struct rotor_mctp_bus_owner *o, enum rotor_status status)
{
	struct rotor_mctp_owner_event event = {.kind = ROTOR_MCTP_OWNER_DONE, .status = status};

	o->step = STEP_NEXT;
	o->status = status;
	tell(o, &event);
}

/* The current endpoint is complete, or as complete as it gets. */
static void close_entry(struct rotor_mctp_bus_owner *o, enum rotor_status status)
{
	struct rotor_mctp_owner_event event;
	struct rotor_mctp_found *place = old_entry(o);

	if (o->current.status == ROTOR_OK)
		o->current.status = status;
	if (place == NULL && o->found_count < o->config.found_max)
		place = &o->config.found[o->found_count++];
	if (place == NULL) {
		o->overflow = true;
	} else {
		if (place->eid != o->current.eid && o->searching)
			rotor_mctp_route_remove(o->mctp, place->eid);
		*place = o->current;
		event = about(o, ROTOR_MCTP_OWNER_FOUND);
		event.found = place;
		event.status = place->status;
		tell(o, &event);
	}
	o->step = STEP_NEXT;
	if (o->searching)
		finish(o, place == NULL ? ROTOR_ERR_SPACE : place->status);
}

/* The current endpoint has this EID from now on. */
static void settle(struct rotor_mctp_bus_owner *o, uint8_t eid)
{
	o->current.eid = eid;
	if (eid != 0 && rotor_mctp_route_set(o->mctp, eid, o->current.phys) != ROTOR_OK)
		o->current.status = ROTOR_ERR_SPACE;
	begin(o, STEP_VERSIONS);
}

/* It stays with the EID it has, if that can be. */
static void settle_as_is(struct rotor_mctp_bus_owner *o, enum rotor_status problem)
{
	uint8_t eid = o->current.endpoint.eid;

	o->current.status = problem;
	settle(o, taken(o, eid) ? 0 : eid);
}

static void have_uuid(struct rotor_mctp_bus_owner *o)
{
	uint8_t eid = o->current.endpoint.eid;

	if (o->searching && (!o->current.has_uuid || !same_uuid(o->current.uuid, o->wanted_uuid))) {
		o->step = STEP_NEXT;
		return;
	}
	if (!o->config.owner) {
		settle_as_is(o, eid == 0        ? ROTOR_ERR_STATE
				: taken(o, eid) ? ROTOR_ERR_DENIED
						: ROTOR_OK);
		return;
	}
	o->wanted_eid = choose_eid(o);
	if (o->wanted_eid == 0)
		settle_as_is(o, ROTOR_ERR_SPACE);
	else if (o->wanted_eid == eid)
		settle(o, eid);
	else
		begin(o, STEP_SET_EID);
}

/* ---- the answers; each returns false if the message is not what it should be ---- */

static bool answer_get_eid(struct rotor_mctp_bus_owner *o, uint8_t completion,
			   struct rotor_reader *r)
{
	if (completion != ROTOR_MCTP_SUCCESS) {
		if (o->searching)
			o->step = STEP_NEXT;
		else
			close_entry(o, ROTOR_ERR_PEER);
		return true;
	}
	if (rotor_mctp_get_eid_answer_decode(r, &o->current.endpoint) != ROTOR_OK)
		return false;
	begin(o, STEP_UUID);
	return true;
}

static bool answer_uuid(struct rotor_mctp_bus_owner *o, uint8_t completion, struct rotor_reader *r)
{
	if (completion == ROTOR_MCTP_SUCCESS) {
		if (rotor_mctp_uuid_answer_decode(r, o->current.uuid) != ROTOR_OK)
			return false;
		o->current.has_uuid = true;
	}
	have_uuid(o);
	return true;
}

static bool answer_set_eid(struct rotor_mctp_bus_owner *o, uint8_t completion,
			   struct rotor_reader *r)
{
	struct rotor_mctp_set_eid_answer set = {0};

	if (completion == ROTOR_MCTP_SUCCESS &&
	    rotor_mctp_set_eid_answer_decode(r, &set) != ROTOR_OK)
		return false;
	if (completion == ROTOR_MCTP_SUCCESS && !set.rejected && set.eid == o->wanted_eid) {
		o->current.assigned = true;
		settle(o, set.eid);
		return true;
	}
	if (completion == ROTOR_MCTP_SUCCESS)
		o->current.endpoint.eid = set.eid;
	settle_as_is(o, ROTOR_ERR_DENIED);
	return true;
}

static bool answer_versions(struct rotor_mctp_bus_owner *o, uint8_t completion,
			    struct rotor_reader *r)
{
	if (completion == ROTOR_MCTP_SUCCESS &&
	    rotor_mctp_versions_answer_decode(r, &o->current.versions) != ROTOR_OK)
		return false;
	begin(o, STEP_TYPES);
	return true;
}

static bool answer_types(struct rotor_mctp_bus_owner *o, uint8_t completion, struct rotor_reader *r)
{
	if (completion == ROTOR_MCTP_SUCCESS &&
	    rotor_mctp_types_answer_decode(r, &o->current.types) != ROTOR_OK)
		return false;
	close_entry(o, ROTOR_OK);
	return true;
}

static bool (*const step_answer[STEP_COUNT])(struct rotor_mctp_bus_owner *o, uint8_t completion,
					     struct rotor_reader *r) = {
    [STEP_GET_EID] = answer_get_eid,   [STEP_UUID] = answer_uuid,   [STEP_SET_EID] = answer_set_eid,
    [STEP_VERSIONS] = answer_versions, [STEP_TYPES] = answer_types,
};

/* A message that answers the step's request. */
static bool take_answer(struct rotor_mctp_bus_owner *o, const uint8_t *body, size_t len)
{
	struct rotor_reader r = rotor_reader(body, len);
	struct rotor_mctp_control_header header;
	struct rotor_mctp_owner_event event = about(o, ROTOR_MCTP_OWNER_ANSWERED);

	rotor_mctp_control_header_read(&r, &header);
	if (rotor_reader_status(&r) != ROTOR_OK || header.request || header.datagram ||
	    header.instance != o->instance || header.command != step_command[o->step])
		return false;
	event.completion = header.completion;
	event.body.data = r.at;
	event.body.len = r.left;
	tell(o, &event);
	return step_answer[o->step](o, header.completion, &r);
}

/* All tries are used up, or (at the first step) nobody is there. */
static void give_up(struct rotor_mctp_bus_owner *o, enum rotor_status status)
{
	bool absent = o->step == STEP_GET_EID && status == ROTOR_ERR_IO;
	struct rotor_mctp_owner_event event =
	    about(o, absent ? ROTOR_MCTP_OWNER_ABSENT : ROTOR_MCTP_OWNER_SILENT);

	event.status = status;
	tell(o, &event);
	if (o->step == STEP_GET_EID || (o->searching && o->step == STEP_UUID))
		o->step = STEP_NEXT;
	else
		close_entry(o, status);
}

static void on_response(void *ctx, enum rotor_status status,
			const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	struct rotor_mctp_bus_owner *o = ctx;

	(void)info;
	o->waiting = false;
	o->not_before = 0;
	if (status == ROTOR_OK) {
		if (take_answer(o, body, len))
			return;
		status = ROTOR_ERR_TIMEOUT; /* as good as none */
	}
	if (o->tries >= o->config.tries || (o->step == STEP_GET_EID && status == ROTOR_ERR_IO))
		give_up(o, status);
}

/* ---- driving ---- */

/* Goes to the next candidate address; false if there is none. */
static bool next_address(struct rotor_mctp_bus_owner *o)
{
	rotor_mctp_phys phys;

	if (o->hint != NO_HINT && !o->hint_asked) {
		o->hint_asked = true;
		phys = o->hint;
	} else {
		do {
			if (o->next_address >= o->config.address_count)
				return false;
			phys = o->config.addresses != NULL
				   ? o->config.addresses[o->next_address]
				   : (rotor_mctp_phys)(ADDRESS_FIRST + o->next_address);
			o->next_address++;
		} while (phys == o->config.own_address || phys == o->hint);
	}
	memset(&o->current, 0, sizeof(o->current));
	o->current.phys = phys;
	begin(o, STEP_GET_EID);
	return true;
}

static void send(struct rotor_mctp_bus_owner *o, rotor_ms now)
{
	struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_CONTROL};
	struct rotor_mctp_owner_event event;

	message.probe = o->step == STEP_GET_EID;
	message.body.data = o->request;
	message.body.len = o->request_len;
	if (rotor_mctp_request(o->mctp, o->current.eid, o->current.phys, &message,
			       o->config.timeout_ms, on_response, o) != ROTOR_OK) {
		o->not_before = now + QUEUE_FULL_MS;
		return;
	}
	o->waiting = true;
	o->tries++;
	event = about(o, ROTOR_MCTP_OWNER_SENT);
	event.request = message.body;
	tell(o, &event);
}

void rotor_mctp_bus_owner_poll(struct rotor_mctp_bus_owner *o, rotor_ms now)
{
	if (o->status != ROTOR_PENDING || o->waiting || now < o->not_before)
		return;
	if (o->step == STEP_NEXT && !next_address(o)) {
		finish(o, o->searching  ? ROTOR_ERR_NOT_FOUND
			  : o->overflow ? ROTOR_ERR_SPACE
					: ROTOR_OK);
		return;
	}
	send(o, now);
}

rotor_ms rotor_mctp_bus_owner_deadline(const struct rotor_mctp_bus_owner *o)
{
	return o->status == ROTOR_PENDING && !o->waiting ? o->not_before : ROTOR_NEVER;
}

enum rotor_status rotor_mctp_bus_owner_init(struct rotor_mctp_bus_owner *o, struct rotor_mctp *m,
					    const struct rotor_mctp_bus_owner_config *config)
{
	memset(o, 0, sizeof(*o));
	o->mctp = m;
	o->config = *config;
	o->status = ROTOR_ERR_STATE;
	if (o->config.addresses == NULL)
		o->config.address_count = ADDRESS_COUNT;
	if (o->config.pool_first == 0 && o->config.pool_last == 0) {
		o->config.pool_first = ROTOR_MCTP_EID_FIRST;
		o->config.pool_last = ROTOR_MCTP_EID_LAST;
	}
	if (o->config.timeout_ms == 0)
		o->config.timeout_ms = TIMEOUT_MS;
	if (o->config.tries == 0)
		o->config.tries = TRIES;
	if (config->found == NULL || config->found_max == 0 ||
	    (config->known == NULL && config->known_count != 0) ||
	    o->config.pool_first < ROTOR_MCTP_EID_FIRST ||
	    o->config.pool_last > ROTOR_MCTP_EID_LAST || o->config.pool_first > o->config.pool_last)
		return ROTOR_ERR_ARGUMENT;
	return ROTOR_OK;
}

void rotor_mctp_bus_owner_stop(struct rotor_mctp_bus_owner *o)
{
	rotor_mctp_cancel(o->mctp, o);
	o->waiting = false;
	o->status = ROTOR_ERR_STATE;
}

static void start(struct rotor_mctp_bus_owner *o, rotor_mctp_phys hint, bool searching,
		  rotor_ms now)
{
	rotor_mctp_bus_owner_stop(o);
	o->next_address = 0;
	o->hint = hint;
	o->hint_asked = false;
	o->searching = searching;
	o->overflow = false;
	o->step = STEP_NEXT;
	o->not_before = 0;
	o->status = ROTOR_PENDING;
	rotor_mctp_bus_owner_poll(o, now);
}

void rotor_mctp_bus_owner_scan(struct rotor_mctp_bus_owner *o, rotor_ms now)
{
	for (size_t i = 0; i < o->found_count; i++)
		rotor_mctp_route_remove(o->mctp, o->config.found[i].eid);
	o->found_count = 0;
	start(o, NO_HINT, false, now);
}

void rotor_mctp_bus_owner_find(struct rotor_mctp_bus_owner *o,
			       const uint8_t uuid[ROTOR_MCTP_UUID_SIZE], rotor_mctp_phys hint,
			       rotor_ms now)
{
	memcpy(o->wanted_uuid, uuid, ROTOR_MCTP_UUID_SIZE);
	start(o, hint, true, now);
}

/* ---- results ---- */

enum rotor_status rotor_mctp_bus_owner_status(const struct rotor_mctp_bus_owner *o)
{
	return o->status;
}

const struct rotor_mctp_found *rotor_mctp_bus_owner_found(const struct rotor_mctp_bus_owner *o,
							  size_t *count)
{
	*count = o->found_count;
	return o->config.found;
}

const struct rotor_mctp_found *
rotor_mctp_bus_owner_by_uuid(const struct rotor_mctp_bus_owner *o,
			     const uint8_t uuid[ROTOR_MCTP_UUID_SIZE])
{
	for (size_t i = 0; i < o->found_count; i++) {
		if (o->config.found[i].has_uuid && same_uuid(o->config.found[i].uuid, uuid))
			return &o->config.found[i];
	}
	return NULL;
}

const struct rotor_mctp_found *rotor_mctp_bus_owner_by_eid(const struct rotor_mctp_bus_owner *o,
							   uint8_t eid)
{
	for (size_t i = 0; eid != 0 && i < o->found_count; i++) {
		if (o->config.found[i].eid == eid)
			return &o->config.found[i];
	}
	return NULL;
}

bool rotor_mctp_found_supports(const struct rotor_mctp_found *found, uint8_t type)
{
	size_t n = found->types.count;

	if (n > ROTOR_MCTP_FOUND_TYPES)
		n = ROTOR_MCTP_FOUND_TYPES;
	for (size_t i = 0; i < n; i++) {
		if (found->types.types[i] == type)
			return true;
	}
	return false;
}
