/* SPDX-License-Identifier: Apache-2.0 */
/* Events: what a device can tell, subscriptions, and taking what it tells by encapsulated SEND_EVENTs. */
#include <string.h>

#include "rotor/spdm_requester_more.h"
#include "spdm/requester.h"

/* ---- GET_SUPPORTED_EVENT_TYPES ---- */

static void build_get_types(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	if (rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_EVENT))
		rotor_spdm_requester_put_header(q, w, ROTOR_SPDM_GET_SUPPORTED_EVENT_TYPES, 0, 0);
}

/* Whether there are exactly @p count groups. */
static bool groups_good(struct rotor_bytes groups, unsigned count)
{
	struct rotor_spdm_event_group group;
	enum rotor_status st;
	while ((st = rotor_spdm_event_group_next(&groups, &group)) == ROTOR_OK) {
		if (!count--)
			return false;
	}
	return st == ROTOR_ERR_NOT_FOUND && !count;
}

static void handle_types(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_event_types m;
	enum rotor_status st = rotor_spdm_decode_event_types(msg, len, &m);
	if (st == ROTOR_OK && !groups_good(m.groups, m.group_count))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	if (m.groups.len > q->op.out_size) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SPACE, ROTOR_ERR_SPACE, ROTOR_OK);
		return;
	}
	if (m.groups.len)
		memcpy(q->op.out, m.groups.data, m.groups.len);
	q->answer = (struct rotor_bytes){q->op.out, m.groups.len};
	rotor_spdm_requester_done(q);
}

static const struct rotor_spdm_requester_step step_types = {
    .request = ROTOR_SPDM_GET_SUPPORTED_EVENT_TYPES,
    .response = ROTOR_SPDM_SUPPORTED_EVENT_TYPES,
    .build = build_get_types,
    .handle = handle_types,
};

enum rotor_status rotor_spdm_requester_get_event_types(struct rotor_spdm_requester *q,
						       uint8_t *buffer, size_t size)
{
	enum rotor_status st = rotor_spdm_requester_begin_in(q, &step_types, true);
	if (st != ROTOR_OK)
		return st;
	q->op.out = buffer;
	q->op.out_size = size;
	return ROTOR_OK;
}

/* ---- SUBSCRIBE_EVENT_TYPES ---- */

static void build_subscribe(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	struct rotor_spdm_event_types m = *(const struct rotor_spdm_event_types *)q->op.args;
	if (!rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_EVENT))
		return;
	m.version = q->peer.version;
	m.code = ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES;
	rotor_spdm_encode_event_types(w, &m);
}

static void handle_subscribe_ack(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_header m;
	if (rotor_spdm_requester_header(q, msg, len, &m))
		rotor_spdm_requester_done(q);
}

static const struct rotor_spdm_requester_step step_subscribe = {
    .request = ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES,
    .response = ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES_ACK,
    .build = build_subscribe,
    .handle = handle_subscribe_ack,
};

enum rotor_status rotor_spdm_requester_subscribe(struct rotor_spdm_requester *q,
						 const struct rotor_spdm_event_types *m)
{
	enum rotor_status st = rotor_spdm_requester_begin_in(q, &step_subscribe, true);
	if (st == ROTOR_OK)
		q->op.args = m;
	return st;
}

/* ---- SEND_EVENT ---- */

/* Looks at each event, and, if @p e is given, tells of it. @return whether there are exactly as many as announced */
static bool each(const struct rotor_spdm_send_event *m, const struct rotor_spdm_requester_events *e,
		 uint32_t session_id)
{
	struct rotor_bytes events = m->events;
	struct rotor_spdm_event_item item;
	uint32_t count = 0;
	enum rotor_status st;
	while ((st = rotor_spdm_event_next(&events, &item)) == ROTOR_OK) {
		count++;
		if (e)
			e->event(e->ctx, session_id, &item);
	}
	return st == ROTOR_ERR_NOT_FOUND && count && count == m->count;
}

static enum rotor_status ask(struct rotor_spdm_requester *q, void *config, const uint8_t *msg,
			     size_t len)
{
	struct rotor_spdm_send_event m;
	enum rotor_status st = rotor_spdm_decode_send_event(msg, len, &m);
	if (st != ROTOR_OK)
		return st;
	if (!q->op.secured || !each(&m, NULL, 0))
		return ROTOR_ERR_FORMAT;
	(void)each(&m, config, q->session.info.session_id);
	return ROTOR_OK;
}

static void answer(struct rotor_spdm_requester *q, void *config, struct rotor_writer *w)
{
	(void)config;
	rotor_spdm_requester_put_header(q, w, ROTOR_SPDM_EVENT_ACK, 0, 0);
}

static enum rotor_status init(void *config)
{
	const struct rotor_spdm_requester_events *e = config;
	return e && e->event ? ROTOR_OK : ROTOR_ERR_ARGUMENT;
}

const struct rotor_spdm_requester_piece rotor_spdm_requester_event_piece = {
    .capabilities = ROTOR_SPDM_CAP_EVENT | ROTOR_SPDM_CAP_ENCAP,
    .init = init,
    .answers = ROTOR_SPDM_SEND_EVENT,
    .ask = ask,
    .answer = answer,
};
