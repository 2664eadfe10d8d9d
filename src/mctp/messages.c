/* SPDX-License-Identifier: Apache-2.0 */
/* Whole messages in and out, for who leaves packets to others. */
#include "rotor/mctp_messages.h"

#include "mctp/core.h"

bool rotor_mctp_next_message(struct rotor_mctp *m, struct rotor_mctp_message_out *out)
{
	struct rotor_mctp_pending *entry;

	if (m->in_flight || m->queued == 0)
		return false;
	entry = rotor_mctp_choose(m);
	m->current = entry;
	m->in_flight = true;
	out->destination = HEADER_DESTINATION(entry->header);
	out->phys = entry->out.phys;
	out->tag = HEADER_TAG(entry->header);
	out->tag_owner = (entry->header & FLAG_TO) != 0;
	out->request = entry->request;
	out->probe = entry->out.probe;
	out->type = entry->type;
	out->body = entry->body;
	return true;
}

void rotor_mctp_message_done(struct rotor_mctp *m, bool delivered, rotor_ms now)
{
	if (m->current != NULL)
		m->current->body.len = 0; /* the last packet was in it, and all the others */
	rotor_mctp_packet_done(m, delivered, now);
}

void rotor_mctp_message_later(struct rotor_mctp *m)
{
	m->in_flight = false;
	m->current = NULL;
}

bool rotor_mctp_awaits(const struct rotor_mctp *m, uint8_t destination, rotor_mctp_phys phys,
		       uint8_t tag)
{
	for (uint8_t i = 0; i < m->config.pending_count; i++) {
		const struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state != PENDING_FREE && entry->request && entry->out.phys == phys &&
		    HEADER_DESTINATION(entry->header) == destination &&
		    HEADER_TAG(entry->header) == tag)
			return true;
	}
	return false;
}

void rotor_mctp_receive_message(struct rotor_mctp *m, const struct rotor_mctp_message_info *info,
				uint8_t *body, size_t len, rotor_ms now)
{
	/* What the header of its packets was. */
	uint32_t header = (uint32_t)info->own << DESTINATION_SHIFT |
			  (uint32_t)info->peer << SOURCE_SHIFT | (info->tag & TAG_MASK) |
			  (info->tag_owner ? FLAG_TO : 0);
	uint8_t type = (uint8_t)((info->type & TYPE_MASK) | (info->integrity ? TYPE_IC : 0));
	enum rotor_mctp_drop reason;

	m->now = now;
	m->counters.rx_packets++;
	if (info->own != m->config.eid && info->own != ROTOR_MCTP_EID_NULL &&
	    info->own != ROTOR_MCTP_EID_BROADCAST)
		reason = ROTOR_MCTP_DROP_DESTINATION;
	else if (info->peer == ROTOR_MCTP_EID_BROADCAST)
		reason = ROTOR_MCTP_DROP_SOURCE;
	else
		reason = rotor_mctp_deliver(m, info->phys, header, type, body, len);
	if (reason != KEPT)
		m->counters.dropped[reason]++;
}
