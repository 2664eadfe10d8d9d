/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages out: the queue, fragments made on demand, and the requests that
 * wait for their answers (DSP0236 1.3.1, 8.1 tags; 8.7 to 8.9).
 */
#include <string.h>

#include "mctp/core.h"

/* What a new message is told about where it goes. */
struct target {
	rotor_mctp_phys phys;
	uint8_t destination;
	uint8_t source;
	uint32_t flags; /* tag and tag owner; with FLAG_TO the tag is still to be chosen */
};

/* A free entry, or NULL; and the tags that messages and requests of ours use towards a peer. */
static struct rotor_mctp_pending *survey(const struct rotor_mctp *m, const struct target *to,
					 unsigned *tags)
{
	struct rotor_mctp_pending *entry = m->config.pending;
	struct rotor_mctp_pending *place = NULL;
	unsigned active = m->active;
	unsigned used = 0;

	if (active == m->config.pending_count)
		return NULL;
	for (; active != 0 || place == NULL; entry++) {
		if (entry->state == PENDING_FREE) {
			place = entry;
			continue;
		}
		active--;
		if ((entry->header & FLAG_TO) &&
		    (entry->out.phys == to->phys ||
		     HEADER_DESTINATION(entry->header) == to->destination))
			used |= 1U << HEADER_TAG(entry->header);
	}
	*tags = used;
	return place;
}

/* A tag that no other of ours uses towards there. The search starts behind the last one, so that a
 * late answer does not meet its tag in use again. */
static bool choose_tag(struct rotor_mctp *m, struct target *to, unsigned used)
{
	uint8_t tag = m->next_tag;

	if (used == (1U << (TAG_MASK + 1)) - 1)
		return false;
	while (used >> tag & 1U)
		tag = (tag + 1) & TAG_MASK;
	m->next_tag = (tag + 1) & TAG_MASK;
	to->flags |= tag;
	return true;
}

/* Queues a message; the entry's callback is the caller's to set. NULL: no place, or no tag. */
static struct rotor_mctp_pending *enqueue(struct rotor_mctp *m, struct target *to,
					  const struct rotor_mctp_message *message, void *ctx)
{
	unsigned used = 0;
	struct rotor_mctp_pending *entry = survey(m, to, &used);

	if (entry == NULL || ((to->flags & FLAG_TO) && !choose_tag(m, to, used)))
		return NULL;
	entry->state = PENDING_QUEUED;
	entry->request = false;
	entry->type = message->type;
	entry->out.phys = to->phys;
	entry->out.probe = message->probe;
	entry->header = HEADER_VERSION | (uint32_t)to->destination << DESTINATION_SHIFT |
			(uint32_t)to->source << SOURCE_SHIFT | to->flags | FLAG_SOM;
	entry->order = m->next_order++;
	entry->left = 1 + message->prefix.len + message->body.len;
	entry->now = message->prefix;
	entry->then = message->body;
	entry->ctx = ctx;
	m->active++;
	if (m->queued++ == 0 && !m->in_flight)
		m->current = entry;
	return entry;
}

enum rotor_status rotor_mctp_respond(struct rotor_mctp *m,
				     const struct rotor_mctp_message_info *info,
				     const struct rotor_mctp_message *message,
				     rotor_mctp_on_sent *on_sent, void *ctx)
{
	struct target to = {info->phys, info->peer, info->own, info->tag};
	struct rotor_mctp_pending *entry;

	if (!info->tag_owner)
		return ROTOR_ERR_ARGUMENT;
	if (info->own == ROTOR_MCTP_EID_NULL || info->own == ROTOR_MCTP_EID_BROADCAST)
		to.source = m->config.eid;
	entry = enqueue(m, &to, message, ctx);
	if (entry == NULL)
		return ROTOR_ERR_BUSY;
	entry->on.sent = on_sent;
	return ROTOR_OK;
}

/* Queues a message of which this endpoint owns the tag. */
static enum rotor_status enqueue_own(struct rotor_mctp *m, uint8_t destination,
				     rotor_mctp_phys phys, const struct rotor_mctp_message *message,
				     void *ctx, struct rotor_mctp_pending **entry)
{
	struct target to = {phys, destination, m->config.eid, FLAG_TO};

	if (phys == ROTOR_MCTP_PHYS_ROUTE &&
	    rotor_mctp_route_find(m, destination, &to.phys) != ROTOR_OK)
		return ROTOR_ERR_NOT_FOUND;
	*entry = enqueue(m, &to, message, ctx);
	return *entry != NULL ? ROTOR_OK : ROTOR_ERR_BUSY;
}

enum rotor_status rotor_mctp_send(struct rotor_mctp *m, uint8_t destination, rotor_mctp_phys phys,
				  const struct rotor_mctp_message *message,
				  rotor_mctp_on_sent *on_sent, void *ctx)
{
	struct rotor_mctp_pending *entry;
	enum rotor_status status = enqueue_own(m, destination, phys, message, ctx, &entry);

	if (status == ROTOR_OK)
		entry->on.sent = on_sent;
	return status;
}

enum rotor_status rotor_mctp_request(struct rotor_mctp *m, uint8_t destination,
				     rotor_mctp_phys phys, const struct rotor_mctp_message *message,
				     uint32_t timeout_ms, rotor_mctp_on_response *on_response,
				     void *ctx)
{
	struct rotor_mctp_pending *entry;
	enum rotor_status status;

	if (destination == ROTOR_MCTP_EID_BROADCAST || on_response == NULL)
		return ROTOR_ERR_ARGUMENT;
	status = enqueue_own(m, destination, phys, message, ctx, &entry);
	if (status != ROTOR_OK)
		return status;
	entry->request = true;
	entry->deadline = timeout_ms;
	entry->on.response = on_response;
	return ROTOR_OK;
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
		m->active--;
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
		bool control = entry->type == ROTOR_MCTP_TYPE_CONTROL;

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

/* Copies the next n bytes of a message: what is left of the prefix, then of the body. */
static void copy_parts(struct rotor_mctp_pending *entry, uint8_t *to, size_t n)
{
	size_t k = entry->now.len < n ? entry->now.len : n;

	if (n == 0)
		return;
	if (k != 0)
		memcpy(to, entry->now.data, k);
	if (k != n) {
		/* From here on the body stands in the place of the prefix. */
		entry->now = entry->then;
		memcpy(to + k, entry->now.data, n - k);
		k = n - k;
	}
	entry->now.data += k;
	entry->now.len -= k;
}

size_t rotor_mctp_next_packet(struct rotor_mctp *m, uint8_t *buf, size_t cap,
			      struct rotor_mctp_packet_out *out)
{
	struct rotor_mctp_pending *entry = m->current;
	uint8_t *to = buf + ROTOR_MCTP_HEADER_SIZE;
	size_t n = m->config.unit;
	uint32_t header;

	if (m->in_flight || cap < ROTOR_MCTP_HEADER_SIZE + n)
		return 0;
	if (entry == NULL || m->queued != 1) {
		if (m->queued == 0)
			return 0;
		m->current = entry = choose(m);
	}
	m->in_flight = true;
	*out = entry->out;
	header = entry->header;
	entry->header = header_next(header);
	if (entry->left <= n) {
		n = entry->left;
		header |= FLAG_EOM;
	}
	entry->left -= n;
	header_store(buf, header);
	if (header & FLAG_SOM) {
		*to = entry->type;
		copy_parts(entry, to + 1, n - 1);
	} else if (entry->now.len < n) {
		copy_parts(entry, to, n);
	} else {
		const uint8_t *from = entry->now.data;

		entry->now.data += n;
		entry->now.len -= n;
		memcpy(to, from, n);
	}
	return ROTOR_MCTP_HEADER_SIZE + n;
}

/* Takes an entry out of the table and tells its owner how it ended. */
static void finish(struct rotor_mctp *m, struct rotor_mctp_pending *entry, enum rotor_status status)
{
	entry->state = PENDING_FREE;
	m->active--;
	if (entry->request)
		entry->on.response(entry->ctx, status, NULL, NULL, 0);
	else if (entry->on.sent != NULL)
		entry->on.sent(entry->ctx, status);
}

void rotor_mctp_packet_done(struct rotor_mctp *m, bool delivered, rotor_ms now)
{
	struct rotor_mctp_pending *entry = m->current;

	if (!m->in_flight)
		return;
	m->in_flight = false;
	m->counters.tx_packets += delivered;
	if (entry == NULL)
		return; /* cancelled meanwhile */
	if (delivered && entry->left != 0)
		return;
	m->queued--;
	m->current = NULL;
	if (!delivered) {
		m->counters.tx_failed++;
		finish(m, entry, ROTOR_ERR_IO);
		return;
	}
	m->counters.tx_messages++;
	if (entry->request) {
		entry->state = PENDING_AWAITING;
		entry->deadline += now;
		return;
	}
	finish(m, entry, ROTOR_OK);
}

/* ---- requests that wait ---- */

struct rotor_mctp_pending *rotor_mctp_match_request(struct rotor_mctp *m,
						    const struct rotor_mctp_message_info *info)
{
	for (uint8_t i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state != PENDING_AWAITING || entry->out.phys != info->phys ||
		    HEADER_TAG(entry->header) != info->tag ||
		    HEADER_SOURCE(entry->header) != info->own)
			continue;
		if (HEADER_DESTINATION(entry->header) != ROTOR_MCTP_EID_NULL &&
		    HEADER_DESTINATION(entry->header) != info->peer)
			continue;
		if ((entry->type & TYPE_MASK) == info->type)
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
			finish(m, entry, ROTOR_ERR_TIMEOUT);
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
