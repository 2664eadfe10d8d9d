/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages out: the queue, and the requests that wait for their answers (DSP0236 1.3.1, 8.1 tags; 8.7 to 8.9).
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
	entry->now = message->prefix.len != 0 ? message->prefix : message->body;
	if (entry->now.len == 0)
		entry->now.data = &entry->type; /* never NULL */
	entry->then = message->body;
	entry->ctx = ctx;
	m->active++;
	m->next = m->queued++ == 0 ? entry : NULL;
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
		m->next = NULL;
		entry->state = PENDING_FREE;
		m->active--;
	}
}

bool rotor_mctp_sending(const struct rotor_mctp *m)
{
	return m->queued != 0;
}

struct rotor_mctp_pending *rotor_mctp_choose(struct rotor_mctp *m)
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

void rotor_mctp_copy_parts(struct rotor_mctp_pending *entry, uint8_t *to, size_t n)
{
	size_t k = entry->now.len;

	memcpy(to, entry->now.data, k);
	entry->now = entry->then; /* the body stands in the place of the prefix from here on */
	memcpy(to + k, entry->now.data, n - k);
	entry->now.data += n - k;
	entry->now.len -= n - k;
}

void rotor_mctp_finish(struct rotor_mctp *m, struct rotor_mctp_pending *entry,
		       enum rotor_status status)
{
	entry->state = PENDING_FREE;
	m->active--;
	if (entry->request)
		entry->on.response(entry->ctx, status, NULL, NULL, 0);
	else if (entry->on.sent != NULL)
		entry->on.sent(entry->ctx, status);
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
			rotor_mctp_finish(m, entry, ROTOR_ERR_TIMEOUT);
		}
	}
}
