/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages out: the queue, and the requests that wait for their answers (DSP0236 1.3.1, 8.1 tags; 8.7 to 8.9).
 */
#include <string.h>

#include "mctp/core.h"

/* Control messages are numbered as if they had come this much earlier than all others that wait. */
#define CONTROL_AHEAD (UINT32_MAX / 4)

/* A free entry, or NULL; and the tags that messages and requests of ours use towards a peer. */
static struct rotor_mctp_pending *survey(const struct rotor_mctp *m, rotor_mctp_phys phys,
					 uint32_t header, unsigned *tags)
{
	struct rotor_mctp_pending *place = NULL;

	*tags = 0;
	for (unsigned i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state == PENDING_FREE)
			place = entry;
		else if ((entry->header & FLAG_TO) &&
			 (entry->out.phys == phys ||
			  HEADER_DESTINATION(entry->header ^ header) == 0))
			*tags |= 1U << HEADER_TAG(entry->header);
	}
	return place;
}

/*
 * Queues a message with this header; the entry's callback is the caller's to set. With FLAG_TO the tag is chosen here, one
 * that no other of ours uses towards there. The search starts behind the last one, so that a late answer does not meet
 * its tag in use again. NULL: no place, or no tag.
 */
static struct rotor_mctp_pending *enqueue(struct rotor_mctp *m, rotor_mctp_phys phys,
					  uint32_t header, const struct rotor_mctp_message *message,
					  void *ctx)
{
	unsigned used;
	struct rotor_mctp_pending *entry = survey(m, phys, header, &used);

	if (entry == NULL)
		return NULL;
	if (header & FLAG_TO) {
		unsigned tag = m->next_tag;

		if (used == (1U << (TAG_MASK + 1)) - 1)
			return NULL;
		while (used >> tag & 1U)
			tag = (tag + 1) & TAG_MASK;
		m->next_tag = (tag + 1) & TAG_MASK;
		header |= tag;
	}
	entry->state = PENDING_QUEUED;
	entry->request = false;
	entry->type = message->type;
	entry->out.phys = phys;
	entry->out.probe = message->probe;
	entry->header = HEADER_VERSION | header | FLAG_SOM;
	entry->order = m->next_order++;
	if (message->type == ROTOR_MCTP_TYPE_CONTROL)
		entry->order -= CONTROL_AHEAD;
	entry->body = message->body;
	if (entry->body.data == NULL)
		entry->body.data = &entry->type; /* never NULL */
	entry->ctx = ctx;
	m->next = m->queued++ == 0 ? entry : NULL;
	return entry;
}

static uint32_t header_between(uint8_t destination, uint8_t source, uint32_t flags)
{
	return (uint32_t)destination << DESTINATION_SHIFT | (uint32_t)source << SOURCE_SHIFT |
	       flags;
}

enum rotor_status rotor_mctp_respond(struct rotor_mctp *m,
				     const struct rotor_mctp_message_info *info,
				     const struct rotor_mctp_message *message,
				     rotor_mctp_on_sent *on_sent, void *ctx)
{
	uint8_t own = info->own;
	struct rotor_mctp_pending *entry;

	if (!info->tag_owner)
		return ROTOR_ERR_ARGUMENT;
	if (own == ROTOR_MCTP_EID_NULL || own == ROTOR_MCTP_EID_BROADCAST)
		own = m->config.eid;
	entry = enqueue(m, info->phys, header_between(info->peer, own, info->tag), message, ctx);
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
	if (phys == ROTOR_MCTP_PHYS_ROUTE &&
	    rotor_mctp_route_find(m, destination, &phys) != ROTOR_OK)
		return ROTOR_ERR_NOT_FOUND;
	*entry =
	    enqueue(m, phys, header_between(destination, m->config.eid, FLAG_TO), message, ctx);
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
	for (unsigned i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state == PENDING_FREE || entry->ctx != ctx)
			continue;
		if (entry->state == PENDING_QUEUED)
			m->queued--;
		if (entry == m->current)
			m->current = NULL;
		m->next = NULL;
		entry->state = PENDING_FREE;
	}
}

bool rotor_mctp_sending(const struct rotor_mctp *m)
{
	return m->queued != 0 ||
	       (ROTOR_MCTP_BRIDGE && m->bridge != NULL && rotor_mctp_bridge_waiting(m->bridge));
}

struct rotor_mctp_pending *rotor_mctp_choose(struct rotor_mctp *m)
{
	struct rotor_mctp_pending *best = NULL;

	for (unsigned i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state == PENDING_QUEUED &&
		    (best == NULL || best->order - entry->order < UINT32_MAX / 2))
			best = entry;
	}
	return best;
}

void rotor_mctp_finish(struct rotor_mctp_pending *entry, enum rotor_status status)
{
	entry->state = PENDING_FREE;
	if (entry->request)
		entry->on.response(entry->ctx, status, NULL, NULL, 0);
	else if (entry->on.sent != NULL)
		entry->on.sent(entry->ctx, status);
}

/* ---- requests that wait ---- */

struct rotor_mctp_pending *rotor_mctp_match_request(const struct rotor_mctp *m,
						    rotor_mctp_phys phys, uint32_t header,
						    uint8_t type)
{
	for (unsigned i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];
		uint8_t asked = HEADER_DESTINATION(entry->header);

		if (entry->state == PENDING_AWAITING && entry->out.phys == phys &&
		    HEADER_TAG(entry->header ^ header) == 0 &&
		    HEADER_SOURCE(entry->header) == HEADER_DESTINATION(header) &&
		    (asked == ROTOR_MCTP_EID_NULL || asked == HEADER_SOURCE(header)) &&
		    ((entry->type ^ type) & TYPE_MASK) == 0)
			return entry;
	}
	return NULL;
}

void rotor_mctp_expire_requests(struct rotor_mctp *m)
{
	for (unsigned i = 0; i < m->config.pending_count; i++) {
		struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state == PENDING_AWAITING && m->now >= entry->deadline) {
			m->counters.request_timeouts++;
			rotor_mctp_finish(entry, ROTOR_ERR_TIMEOUT);
		}
	}
}
