/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages out: the queue, fragments made on demand, and the requests that
 * wait for their answers (DSP0236 1.3.1, 8.1 tags; 8.7 to 8.9).
 */
#include <string.h>

#include "mctp/core.h"

static size_t message_len(const struct rotor_mctp_message *message)
{
	return 1 + message->prefix.len + message->body.len;
}

/* Copies an entry, filled in by the caller, to a free place at the end of the queue. */
static enum rotor_status enqueue(struct rotor_mctp *m, struct rotor_mctp_pending *entry,
				 const struct rotor_mctp_message *message, void *ctx)
{
	entry->state = PENDING_QUEUED;
	entry->message = *message;
	entry->ctx = ctx;
	entry->order = m->next_order;
	for (uint8_t i = 0; i < m->config.pending_count; i++) {
		if (m->config.pending[i].state == PENDING_FREE) {
			m->config.pending[i] = *entry;
			m->next_order++;
			m->queued++;
			return ROTOR_OK;
		}
	}
	return ROTOR_ERR_BUSY;
}

enum rotor_status rotor_mctp_respond(struct rotor_mctp *m,
				     const struct rotor_mctp_message_info *info,
				     const struct rotor_mctp_message *message,
				     rotor_mctp_on_sent *on_sent, void *ctx)
{
	struct rotor_mctp_pending entry = {0};

	if (!info->tag_owner)
		return ROTOR_ERR_ARGUMENT;
	entry.destination = info->peer;
	entry.source = info->own;
	if (info->own == ROTOR_MCTP_EID_NULL || info->own == ROTOR_MCTP_EID_BROADCAST)
		entry.source = m->config.eid;
	entry.flags = info->tag;
	entry.phys = info->phys;
	entry.on_sent = on_sent;
	return enqueue(m, &entry, message, ctx);
}

/* Where a new message goes, and a tag that no other of ours uses towards there. */
static enum rotor_status address(struct rotor_mctp *m, struct rotor_mctp_pending *entry,
				 uint8_t destination, rotor_mctp_phys phys)
{
	unsigned used = 0;
	uint8_t tag = m->next_tag;

	entry->destination = destination;
	entry->source = m->config.eid;
	entry->phys = phys;
	if (phys == ROTOR_MCTP_PHYS_ROUTE) {
		enum rotor_status status = rotor_mctp_route_find(m, destination, &entry->phys);

		if (status != ROTOR_OK)
			return status;
	}
	for (uint8_t i = 0; i < m->config.pending_count; i++) {
		const struct rotor_mctp_pending *other = &m->config.pending[i];

		if (other->state != PENDING_FREE && (other->flags & FLAG_TO) &&
		    (other->destination == destination || other->phys == entry->phys))
			used |= 1U << (other->flags & TAG_MASK);
	}
	if (used == (1U << (TAG_MASK + 1)) - 1)
		return ROTOR_ERR_BUSY;
	while (used >> tag & 1U)
		tag = (tag + 1) & TAG_MASK;
	/* The next one starts behind it, so that a late answer does not meet its tag in use again. */
	m->next_tag = (tag + 1) & TAG_MASK;
	entry->flags = tag | FLAG_TO;
	return ROTOR_OK;
}

enum rotor_status rotor_mctp_send(struct rotor_mctp *m, uint8_t destination, rotor_mctp_phys phys,
				  const struct rotor_mctp_message *message,
				  rotor_mctp_on_sent *on_sent, void *ctx)
{
	struct rotor_mctp_pending entry = {0};
	enum rotor_status status = address(m, &entry, destination, phys);

	if (status != ROTOR_OK)
		return status;
	entry.on_sent = on_sent;
	return enqueue(m, &entry, message, ctx);
}

enum rotor_status rotor_mctp_request(struct rotor_mctp *m, uint8_t destination,
				     rotor_mctp_phys phys, const struct rotor_mctp_message *message,
				     uint32_t timeout_ms, rotor_mctp_on_response *on_response,
				     void *ctx)
{
	struct rotor_mctp_pending entry = {0};
	enum rotor_status status;

	if (destination == ROTOR_MCTP_EID_BROADCAST || on_response == NULL)
		return ROTOR_ERR_ARGUMENT;
	status = address(m, &entry, destination, phys);
	if (status != ROTOR_OK)
		return status;
	entry.request = true;
	entry.timeout = timeout_ms;
	entry.on_response = on_response;
	return enqueue(m, &entry, message, ctx);
}

void rotor_mctp_cancel(struct rotor_mctp *m, const void *ctx)
{
	for (uint8_t i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state == PENDING_FREE || entry->ctx != ctx)
			continue;
		if (entry->state == PENDING_QUEUED)
			m->queued--;
		if (entry == m->current)
			m->current = NULL;
		entry->state = PENDING_FREE;
	}
}

bool rotor_mctp_sending(const struct rotor_mctp *m)
{
	return m->queued != 0;
}

/* Control messages first, then the oldest. */
static struct rotor_mctp_pending *choose(struct rotor_mctp *m)
{
	struct rotor_mctp_pending *best = NULL;
	bool best_control = false;

	for (uint8_t i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];
		bool control = entry->message.type == ROTOR_MCTP_TYPE_CONTROL;

		if (entry->state != PENDING_QUEUED || (best_control && !control))
			continue;
		if (best == NULL || (control && !best_control) ||
		    best->order - entry->order < UINT32_MAX / 2) {
			best = entry;
			best_control = control;
		}
	}
	return best;
}

/* Copies n bytes of the message from offset at on: type byte, prefix, body. */
static void copy_out(const struct rotor_mctp_message *message, size_t at, uint8_t *to, size_t n)
{
	size_t prefix_end = 1 + message->prefix.len;

	if (at == 0) {
		*to++ = message->type;
		at = 1;
		n--;
	}
	if (at < prefix_end) {
		size_t k = prefix_end - at < n ? prefix_end - at : n;

		memcpy(to, message->prefix.data + (at - 1), k);
		to += k;
		at += k;
		n -= k;
	}
	if (n != 0)
		memcpy(to, message->body.data + (at - prefix_end), n);
}

size_t rotor_mctp_next_packet(struct rotor_mctp *m, uint8_t *buf, size_t cap,
			      struct rotor_mctp_packet_out *out)
{
	struct rotor_mctp_pending *entry = m->current;
	uint8_t flags;
	size_t n;

	if (m->in_flight != 0 || m->queued == 0 ||
	    cap < (size_t)ROTOR_MCTP_HEADER_SIZE + m->config.unit)
		return 0;
	if (entry == NULL || m->queued != 1)
		m->current = entry = choose(m);
	flags = (uint8_t)(entry->flags | entry->sequence << SEQUENCE_SHIFT);
	if (entry->sent == 0)
		flags |= FLAG_SOM;
	n = message_len(&entry->message) - entry->sent;
	if (n > m->config.unit)
		n = m->config.unit;
	else
		flags |= FLAG_EOM;
	buf[0] = HEADER_VERSION;
	buf[1] = entry->destination;
	buf[2] = entry->source;
	buf[3] = flags;
	copy_out(&entry->message, entry->sent, buf + ROTOR_MCTP_HEADER_SIZE, n);
	m->in_flight = (uint32_t)n;
	out->phys = entry->phys;
	out->probe = entry->message.probe;
	return n + ROTOR_MCTP_HEADER_SIZE;
}

/* Takes an entry out of the table and tells its owner how it ended. */
static void finish(struct rotor_mctp_pending *entry, enum rotor_status status)
{
	entry->state = PENDING_FREE;
	if (entry->request)
		entry->on_response(entry->ctx, status, NULL, NULL, 0);
	else if (entry->on_sent != NULL)
		entry->on_sent(entry->ctx, status);
}

void rotor_mctp_packet_done(struct rotor_mctp *m, bool delivered, rotor_ms now)
{
	struct rotor_mctp_pending *entry = m->current;
	uint32_t n = m->in_flight;

	m->in_flight = 0;
	if (n == 0)
		return;
	if (delivered)
		m->counters.tx_packets++;
	if (entry == NULL)
		return; /* cancelled meanwhile */
	if (!delivered) {
		m->counters.tx_failed++;
		m->queued--;
		m->current = NULL;
		finish(entry, ROTOR_ERR_IO);
		return;
	}
	entry->sent += n;
	entry->sequence = (entry->sequence + 1) & SEQUENCE_MASK;
	if (entry->sent != message_len(&entry->message))
		return;
	m->counters.tx_messages++;
	m->queued--;
	m->current = NULL;
	if (!entry->request) {
		finish(entry, ROTOR_OK);
		return;
	}
	entry->state = PENDING_AWAITING;
	entry->deadline = now + entry->timeout;
}

/* ---- requests that wait ---- */

struct rotor_mctp_pending *rotor_mctp_match_request(struct rotor_mctp *m,
						    const struct rotor_mctp_message_info *info)
{
	for (uint8_t i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state != PENDING_AWAITING || entry->phys != info->phys ||
		    (entry->flags & TAG_MASK) != info->tag || entry->source != info->own)
			continue;
		if (entry->destination != ROTOR_MCTP_EID_NULL && entry->destination != info->peer)
			continue;
		if ((entry->message.type & TYPE_MASK) == info->type)
			return entry;
	}
	return NULL;
}

void rotor_mctp_expire_requests(struct rotor_mctp *m, rotor_ms now)
{
	for (uint8_t i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state == PENDING_AWAITING && now >= entry->deadline) {
			m->counters.request_timeouts++;
			finish(entry, ROTOR_ERR_TIMEOUT);
		}
	}
}

rotor_ms rotor_mctp_requests_deadline(const struct rotor_mctp *m)
{
	rotor_ms earliest = ROTOR_NEVER;

	for (uint8_t i = 0; i < m->config.pending_count; i++) {
		const struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state == PENDING_AWAITING && entry->deadline < earliest)
			earliest = entry->deadline;
	}
	return earliest;
}
