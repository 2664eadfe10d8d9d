/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in: put together from their packets, handed out, kept
 * (DSP0236 1.3.1, 8.7 to 8.9).
 *
 * A message under way is known by source EID, destination EID, tag, tag owner
 * and physical source. Only a packet with all five equal can touch it: another
 * peer cannot end or replace it, and a request is never mixed with an answer.
 */
#include <string.h>

#include "mctp/core.h"

struct rotor_mctp_slot *rotor_mctp_find(const struct rotor_mctp *m,
					const struct rotor_mctp_arrival *a, uint32_t mask)
{
	for (unsigned i = 0; i < m->config.slot_count; i++) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (((slot->key ^ a->header) & mask) == 0 && slot->phys == a->phys)
			return slot;
	}
	return NULL;
}

enum rotor_mctp_drop rotor_mctp_end(struct rotor_mctp_slot *slot, enum rotor_mctp_drop reason)
{
	slot->state = SLOT_FREE;
	slot->key = KEY_NONE;
	return reason;
}

void rotor_mctp_expire_slots(struct rotor_mctp *m)
{
	for (unsigned i = 0; i < m->config.slot_count; i++) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->state == SLOT_RECEIVING && m->now >= slot->deadline)
			m->counters.dropped[rotor_mctp_end(slot, ROTOR_MCTP_DROP_TIMEOUT)]++;
	}
}

/* A free slot for the peer at phys, if it may have one; else *reason says why not. */
static struct rotor_mctp_slot *new_slot(struct rotor_mctp *m, rotor_mctp_phys phys,
					enum rotor_mctp_drop *reason)
{
	struct rotor_mctp_slot *found = NULL;
	uint8_t used = 0;

	for (unsigned i = m->config.slot_count; i-- != 0;) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->state == SLOT_FREE)
			found = slot;
		else if (slot->phys == phys)
			used++;
	}
	*reason = ROTOR_MCTP_DROP_NO_SLOT;
	if (used >= m->config.slots_per_source) {
		*reason = ROTOR_MCTP_DROP_QUOTA;
		found = NULL;
	}
	return found;
}

enum rotor_mctp_drop rotor_mctp_deliver(struct rotor_mctp *m, rotor_mctp_phys phys, uint32_t header,
					uint8_t type, uint8_t *body, size_t len)
{
	const struct rotor_mctp_message_info info = {
	    .peer = HEADER_SOURCE(header),
	    .own = HEADER_DESTINATION(header),
	    .phys = phys,
	    .tag = HEADER_TAG(header),
	    .tag_owner = (header & FLAG_TO) != 0,
	    .type = type & TYPE_MASK,
	    .integrity = (type & TYPE_IC) != 0,
	};
	struct rotor_mctp_pending *request;

	if (info.tag_owner) {
		m->counters.rx_messages++;
		m->config.on_message(m->config.ctx, &info, body, len);
		return KEPT;
	}
	request = rotor_mctp_match_request(m, phys, header, type);
	if (request == NULL)
		return ROTOR_MCTP_DROP_UNSOLICITED;
	m->counters.rx_messages++;
	request->state = PENDING_FREE;
	request->on.response(request->ctx, ROTOR_OK, &info, body, len);
	return KEPT;
}

/* The first of several packets takes a slot. */
static enum rotor_mctp_drop open_slot(struct rotor_mctp *m, const struct rotor_mctp_arrival *a)
{
	size_t n = a->len - 1; /* without the type byte */
	struct rotor_mctp_slot *slot;
	enum rotor_mctp_drop reason;

	if (a->len < ROTOR_MCTP_UNIT_BASELINE)
		return ROTOR_MCTP_DROP_UNIT;
	if (n > m->config.buffer_size)
		return ROTOR_MCTP_DROP_TOO_LONG;
	rotor_mctp_expire_slots(m);
	slot = new_slot(m, a->phys, &reason);
	if (slot == NULL)
		return reason;
	slot->state = SLOT_RECEIVING;
	slot->key = header_next(a->header & KEY_MASK);
	slot->phys = a->phys;
	slot->unit = (uint8_t)a->len;
	slot->type = *a->payload;
	slot->at = slot->buffer + n;
	slot->room = m->config.buffer_size - n;
	m->recent = slot;
	slot->deadline = m->now + m->config.reassembly_ms;
	memcpy(slot->buffer, a->payload + 1, n);
	return KEPT;
}

enum rotor_mctp_drop rotor_mctp_start(struct rotor_mctp *m, const struct rotor_mctp_arrival *a)
{
	uint8_t type = *a->payload;
	struct rotor_mctp_slot *slot = rotor_mctp_find(m, a, MESSAGE_MASK);

	if (slot != NULL)
		m->counters.dropped[rotor_mctp_end(slot, ROTOR_MCTP_DROP_RESTARTED)]++;
	if (a->header & FLAG_EOM)
		return rotor_mctp_deliver(m, a->phys, a->header, type, a->payload + 1, a->len - 1);
	if (!(a->header & FLAG_TO)) {
		/* Refused before it can occupy a slot; granted the time to come in. */
		struct rotor_mctp_pending *request =
		    rotor_mctp_match_request(m, a->phys, a->header, type);

		if (request == NULL)
			return ROTOR_MCTP_DROP_UNSOLICITED;
		if (request->deadline < m->now + m->config.reassembly_ms)
			request->deadline = m->now + m->config.reassembly_ms;
	}
	return open_slot(m, a);
}

enum rotor_mctp_drop rotor_mctp_complete(struct rotor_mctp *m, struct rotor_mctp_slot *slot,
					 uint32_t header)
{
	enum rotor_mctp_drop reason;

	slot->state = SLOT_DELIVERING;
	slot->key = KEY_NONE;
	reason = rotor_mctp_deliver(m, slot->phys, header, slot->type, slot->buffer,
				    m->config.buffer_size - slot->room);
	if (slot->state == SLOT_DELIVERING)
		slot->state = SLOT_FREE;
	return reason;
}

/* ---- messages kept beyond their callback ---- */

static struct rotor_mctp_slot *slot_of(const struct rotor_mctp *m, const uint8_t *body)
{
	for (unsigned i = 0; i < m->config.slot_count; i++) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];
		uintptr_t offset = (uintptr_t)body - (uintptr_t)slot->buffer;

		if (offset < m->config.buffer_size &&
		    (slot->state == SLOT_DELIVERING || slot->state == SLOT_HELD))
			return slot;
	}
	return NULL;
}

uint8_t *rotor_mctp_hold(struct rotor_mctp *m, const struct rotor_mctp_message_info *info,
			 uint8_t *body, size_t len)
{
	struct rotor_mctp_slot *slot = slot_of(m, body);
	enum rotor_mctp_drop reason;

	if (slot == NULL) {
		slot = len <= m->config.buffer_size ? new_slot(m, info->phys, &reason) : NULL;
		if (slot == NULL)
			return NULL;
		slot->phys = info->phys;
		memcpy(slot->buffer, body, len);
		body = slot->buffer;
	}
	slot->state = SLOT_HELD;
	return body;
}

void rotor_mctp_release(struct rotor_mctp *m, const uint8_t *body)
{
	struct rotor_mctp_slot *slot = slot_of(m, body);

	if (slot != NULL && slot->state == SLOT_HELD)
		slot->state = SLOT_FREE;
}
