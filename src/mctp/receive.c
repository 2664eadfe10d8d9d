/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets in: what is accepted, and how messages are put together from it
 * (DSP0236 1.3.1, 8.7 to 8.9).
 *
 * A message under way is known by source EID, destination EID, tag, tag owner
 * and physical source. Only a packet with all five equal can touch it: another
 * peer cannot end or replace it, and a request is never mixed with an answer.
 */
#include <string.h>

#include "mctp/core.h"

/* A packet that was accepted; DROP_COUNT stands for "nothing dropped". */
#define KEPT ROTOR_MCTP_DROP_COUNT

struct packet {
	rotor_mctp_phys phys;
	uint8_t destination;
	uint8_t source;
	uint8_t flags;
	uint8_t *payload;
	size_t len; /* of the payload, not 0 */
	rotor_ms now;
};

static void drop(struct rotor_mctp *m, enum rotor_mctp_drop reason)
{
	m->counters.dropped[reason]++;
}

static enum rotor_mctp_drop end(struct rotor_mctp_slot *slot, enum rotor_mctp_drop reason)
{
	slot->state = SLOT_FREE;
	return reason;
}

void rotor_mctp_expire_slots(struct rotor_mctp *m, rotor_ms now)
{
	for (uint8_t i = 0; i < m->config.slot_count; i++) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->state == SLOT_RECEIVING && now >= slot->deadline)
			drop(m, end(slot, ROTOR_MCTP_DROP_TIMEOUT));
	}
}

rotor_ms rotor_mctp_slots_deadline(const struct rotor_mctp *m)
{
	rotor_ms earliest = ROTOR_NEVER;

	for (uint8_t i = 0; i < m->config.slot_count; i++) {
		const struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->state == SLOT_RECEIVING && slot->deadline < earliest)
			earliest = slot->deadline;
	}
	return earliest;
}

static struct rotor_mctp_slot *find_slot(const struct rotor_mctp *m, const struct packet *p)
{
	uint8_t key = p->flags & KEY_MASK;

	for (uint8_t i = 0; i < m->config.slot_count; i++) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->state == SLOT_RECEIVING && slot->source == p->source &&
		    slot->flags == key && slot->destination == p->destination &&
		    slot->phys == p->phys)
			return slot;
	}
	return NULL;
}

/* A free slot for the peer at phys, if it may have one; else *reason says why not. */
static struct rotor_mctp_slot *new_slot(struct rotor_mctp *m, rotor_mctp_phys phys,
					enum rotor_mctp_drop *reason)
{
	struct rotor_mctp_slot *found = NULL;
	uint8_t used = 0;

	for (uint8_t i = 0; i < m->config.slot_count; i++) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->state == SLOT_FREE)
			found = slot;
		else if (slot->phys == phys)
			used++;
	}
	*reason = ROTOR_MCTP_DROP_NO_SLOT;
	if (used >= m->config.slots_per_source && m->config.slot_count != 0) {
		*reason = ROTOR_MCTP_DROP_QUOTA;
		return NULL;
	}
	return found;
}

/* Hands a whole message to whom it belongs. */
static enum rotor_mctp_drop
deliver(struct rotor_mctp *m, const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	struct rotor_mctp_pending *request;
	rotor_mctp_on_response *on_response;

	if (info->tag_owner) {
		m->counters.rx_messages++;
		m->config.on_message(m->config.ctx, info, body, len);
		return KEPT;
	}
	request = rotor_mctp_match_request(m, info);
	if (request == NULL)
		return ROTOR_MCTP_DROP_UNSOLICITED;
	m->counters.rx_messages++;
	on_response = request->on_response;
	request->state = PENDING_FREE;
	on_response(request->ctx, ROTOR_OK, info, body, len);
	return KEPT;
}

static void describe(struct rotor_mctp_message_info *info, const struct packet *p, uint8_t type)
{
	info->peer = p->source;
	info->own = p->destination;
	info->phys = p->phys;
	info->tag = p->flags & TAG_MASK;
	info->tag_owner = (p->flags & FLAG_TO) != 0;
	info->type = type & TYPE_MASK;
	info->integrity = (type & TYPE_IC) != 0;
}

/* The first of several packets takes a slot. */
static enum rotor_mctp_drop open_slot(struct rotor_mctp *m, const struct packet *p)
{
	struct rotor_mctp_slot *slot;
	enum rotor_mctp_drop reason;

	if (p->len < ROTOR_MCTP_UNIT_BASELINE)
		return ROTOR_MCTP_DROP_UNIT;
	if (p->len - 1 > m->config.buffer_size)
		return ROTOR_MCTP_DROP_TOO_LONG;
	rotor_mctp_expire_slots(m, p->now);
	slot = new_slot(m, p->phys, &reason);
	if (slot == NULL)
		return reason;
	slot->state = SLOT_RECEIVING;
	slot->source = p->source;
	slot->destination = p->destination;
	slot->flags = p->flags & KEY_MASK;
	slot->sequence = (uint8_t)((p->flags >> SEQUENCE_SHIFT) + 1) & SEQUENCE_MASK;
	slot->unit = (uint8_t)p->len;
	slot->phys = p->phys;
	slot->type = p->payload[0];
	slot->len = (uint32_t)(p->len - 1);
	slot->deadline = p->now + m->config.reassembly_ms;
	memcpy(slot->buffer, p->payload + 1, p->len - 1);
	return KEPT;
}

static enum rotor_mctp_drop first_packet(struct rotor_mctp *m, const struct packet *p)
{
	struct rotor_mctp_slot *slot = find_slot(m, p);
	struct rotor_mctp_message_info info;

	if (slot != NULL)
		drop(m, end(slot, ROTOR_MCTP_DROP_RESTARTED));
	describe(&info, p, p->payload[0]);
	if (p->flags & FLAG_EOM)
		return deliver(m, &info, p->payload + 1, p->len - 1);
	if (!info.tag_owner) {
		/* Refused before it can occupy a slot; granted the time to come in. */
		struct rotor_mctp_pending *request = rotor_mctp_match_request(m, &info);

		if (request == NULL)
			return ROTOR_MCTP_DROP_UNSOLICITED;
		if (request->deadline < p->now + m->config.reassembly_ms)
			request->deadline = p->now + m->config.reassembly_ms;
	}
	return open_slot(m, p);
}

static enum rotor_mctp_drop next_packet(struct rotor_mctp *m, const struct packet *p)
{
	struct rotor_mctp_slot *slot = find_slot(m, p);
	struct rotor_mctp_message_info info;
	enum rotor_mctp_drop reason;

	if (slot == NULL)
		return ROTOR_MCTP_DROP_UNEXPECTED;
	if (p->now >= slot->deadline)
		return end(slot, ROTOR_MCTP_DROP_TIMEOUT);
	if ((p->flags >> SEQUENCE_SHIFT & SEQUENCE_MASK) != slot->sequence)
		return end(slot, ROTOR_MCTP_DROP_SEQUENCE);
	/* Every packet is as large as the first, but the last may be smaller. */
	if (p->len > slot->unit || (p->len < slot->unit && !(p->flags & FLAG_EOM)))
		return end(slot, ROTOR_MCTP_DROP_UNIT);
	if (p->len > m->config.buffer_size - slot->len)
		return end(slot, ROTOR_MCTP_DROP_TOO_LONG);
	memcpy(slot->buffer + slot->len, p->payload, p->len);
	slot->len += (uint32_t)p->len;
	slot->sequence = (slot->sequence + 1) & SEQUENCE_MASK;
	if (!(p->flags & FLAG_EOM))
		return KEPT;
	slot->state = SLOT_DELIVERING;
	describe(&info, p, slot->type);
	reason = deliver(m, &info, slot->buffer, slot->len);
	if (slot->state == SLOT_DELIVERING)
		slot->state = SLOT_FREE;
	return reason;
}

void rotor_mctp_receive(struct rotor_mctp *m, rotor_mctp_phys phys, uint8_t *packet, size_t len,
			rotor_ms now)
{
	struct packet p;
	enum rotor_mctp_drop reason;

	m->counters.rx_packets++;
	if (len <= ROTOR_MCTP_HEADER_SIZE || len > ROTOR_MCTP_HEADER_SIZE + UINT8_MAX) {
		drop(m, ROTOR_MCTP_DROP_LENGTH);
		return;
	}
	p.phys = phys;
	p.destination = packet[1];
	p.source = packet[2];
	p.flags = packet[3];
	p.payload = packet + ROTOR_MCTP_HEADER_SIZE;
	p.len = len - ROTOR_MCTP_HEADER_SIZE;
	p.now = now;
	if ((packet[0] & HEADER_VERSION_MASK) != HEADER_VERSION)
		reason = ROTOR_MCTP_DROP_VERSION;
	else if (p.destination != m->config.eid && p.destination != ROTOR_MCTP_EID_NULL &&
		 p.destination != ROTOR_MCTP_EID_BROADCAST)
		reason = ROTOR_MCTP_DROP_DESTINATION;
	else if (p.source == ROTOR_MCTP_EID_BROADCAST)
		reason = ROTOR_MCTP_DROP_SOURCE;
	else if (p.flags & FLAG_SOM)
		reason = first_packet(m, &p);
	else
		reason = next_packet(m, &p);
	if (reason != KEPT)
		drop(m, reason);
}

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

	if (slot != NULL) {
		slot->state = SLOT_HELD;
		return body;
	}
	slot = len <= m->config.buffer_size ? new_slot(m, info->phys, &reason) : NULL;
	if (slot == NULL)
		return NULL;
	slot->state = SLOT_HELD;
	slot->phys = info->phys;
	memcpy(slot->buffer, body, len);
	return slot->buffer;
}

void rotor_mctp_release(struct rotor_mctp *m, const uint8_t *body)
{
	struct rotor_mctp_slot *slot = slot_of(m, body);

	if (slot != NULL && slot->state == SLOT_HELD)
		slot->state = SLOT_FREE;
}
