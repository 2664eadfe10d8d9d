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

static void drop(struct rotor_mctp *m, enum rotor_mctp_drop reason)
{
	if (reason != KEPT)
		m->counters.dropped[reason]++;
}

enum rotor_mctp_drop rotor_mctp_end(struct rotor_mctp_slot *slot, enum rotor_mctp_drop reason)
{
	slot->state = SLOT_FREE;
	slot->key = KEY_NONE;
	return reason;
}

void rotor_mctp_expire_slots(struct rotor_mctp *m, rotor_ms now)
{
	for (uint8_t i = 0; i < m->config.slot_count; i++) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->state == SLOT_RECEIVING && now >= slot->deadline)
			drop(m, rotor_mctp_end(slot, ROTOR_MCTP_DROP_TIMEOUT));
	}
}

/* Ends the message that this packet belongs to, whatever its place in it; false if there is none. */
static bool end_same(struct rotor_mctp *m, rotor_mctp_phys phys, uint32_t header,
		     enum rotor_mctp_drop reason)
{
	for (uint8_t i = 0; i < m->config.slot_count; i++) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->state == SLOT_RECEIVING && slot->phys == phys &&
		    ((slot->key ^ header) & KEY_MASK & ~(FLAG_SOM | FLAG_EOM | SEQUENCE_MASK)) ==
			0) {
			drop(m, rotor_mctp_end(slot, reason));
			return true;
		}
	}
	return false;
}

enum rotor_mctp_drop rotor_mctp_astray(struct rotor_mctp *m, rotor_mctp_phys phys, uint32_t header)
{
	return end_same(m, phys, header, ROTOR_MCTP_DROP_SEQUENCE) ? KEPT
								   : ROTOR_MCTP_DROP_UNEXPECTED;
}

/* A free slot for the peer at phys, if it may have one; else *reason says why not. */
static struct rotor_mctp_slot *new_slot(struct rotor_mctp *m, rotor_mctp_phys phys,
					enum rotor_mctp_drop *reason)
{
	struct rotor_mctp_slot *found = NULL;
	uint8_t used = 0;

	for (uint8_t i = m->config.slot_count; i-- != 0;) {
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

enum rotor_mctp_drop rotor_mctp_deliver(struct rotor_mctp *m,
					const struct rotor_mctp_message_info *info, uint8_t *body,
					size_t len)
{
	struct rotor_mctp_pending *request;

	if (info->tag_owner) {
		m->counters.rx_messages++;
		m->config.on_message(m->config.ctx, info, body, len);
		return KEPT;
	}
	request = rotor_mctp_match_request(m, info);
	if (request == NULL)
		return ROTOR_MCTP_DROP_UNSOLICITED;
	m->counters.rx_messages++;
	request->state = PENDING_FREE;
	m->active--;
	request->on.response(request->ctx, ROTOR_OK, info, body, len);
	return KEPT;
}

static void describe(struct rotor_mctp_message_info *info, rotor_mctp_phys phys, uint32_t header,
		     uint8_t type)
{
	info->peer = HEADER_SOURCE(header);
	info->own = HEADER_DESTINATION(header);
	info->phys = phys;
	info->tag = HEADER_TAG(header);
	info->tag_owner = (header & FLAG_TO) != 0;
	info->type = type & TYPE_MASK;
	info->integrity = (type & TYPE_IC) != 0;
}

/* The first of several packets takes a slot. */
static enum rotor_mctp_drop open_slot(struct rotor_mctp *m, rotor_mctp_phys phys,
				      const uint8_t *packet, size_t n, rotor_ms now)
{
	const uint8_t *body = packet + ROTOR_MCTP_HEADER_SIZE;
	struct rotor_mctp_slot *slot;
	enum rotor_mctp_drop reason;

	if (n < ROTOR_MCTP_UNIT_BASELINE)
		return ROTOR_MCTP_DROP_UNIT;
	if (n - 1 > m->config.buffer_size)
		return ROTOR_MCTP_DROP_TOO_LONG;
	rotor_mctp_expire_slots(m, now);
	slot = new_slot(m, phys, &reason);
	if (slot == NULL)
		return reason;
	slot->state = SLOT_RECEIVING;
	slot->key = header_next(header_load(packet) & KEY_MASK);
	slot->phys = phys;
	slot->unit = (uint8_t)n;
	slot->type = *body;
	slot->at = slot->buffer + (n - 1);
	slot->room = m->config.buffer_size - (n - 1);
	m->recent = slot;
	slot->deadline = now + m->config.reassembly_ms;
	memcpy(slot->buffer, body + 1, n - 1);
	return KEPT;
}

enum rotor_mctp_drop rotor_mctp_start(struct rotor_mctp *m, rotor_mctp_phys phys, uint8_t *packet,
				      size_t n, rotor_ms now)
{
	struct rotor_mctp_message_info info;
	uint32_t header = header_load(packet);
	uint8_t *body = packet + ROTOR_MCTP_HEADER_SIZE;

	(void)end_same(m, phys, header, ROTOR_MCTP_DROP_RESTARTED);
	describe(&info, phys, header, *body);
	if (header & FLAG_EOM)
		return rotor_mctp_deliver(m, &info, body + 1, n - 1);
	if (!info.tag_owner) {
		/* Refused before it can occupy a slot; granted the time to come in. */
		struct rotor_mctp_pending *request = rotor_mctp_match_request(m, &info);

		if (request == NULL)
			return ROTOR_MCTP_DROP_UNSOLICITED;
		if (request->deadline < now + m->config.reassembly_ms)
			request->deadline = now + m->config.reassembly_ms;
	}
	return open_slot(m, phys, packet, n, now);
}

enum rotor_mctp_drop rotor_mctp_complete(struct rotor_mctp *m, struct rotor_mctp_slot *slot,
					 uint32_t header)
{
	struct rotor_mctp_message_info info;
	enum rotor_mctp_drop reason;

	slot->state = SLOT_DELIVERING;
	slot->key = KEY_NONE;
	describe(&info, slot->phys, header, slot->type);
	reason = rotor_mctp_deliver(m, &info, slot->buffer, m->config.buffer_size - slot->room);
	if (slot->state == SLOT_DELIVERING)
		slot->state = SLOT_FREE;
	return reason;
}

/* ---- messages kept beyond their callback ---- */

static struct rotor_mctp_slot *slot_of(const struct rotor_mctp *m, const uint8_t *body)
{
	for (uint8_t i = 0; i < m->config.slot_count; i++) {
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
