/* SPDX-License-Identifier: Apache-2.0 */
/* Whole messages in and out, for who leaves packets to others. */
#include "rotor/mctp_messages.h"

#include "mctp/core.h"

bool rotor_mctp_next_message(struct rotor_mctp *m, struct rotor_mctp_message_out *out)
{
	struct rotor_mctp_pending *entry;
	size_t prefix;

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
	/* An entry begins with its prefix, if it has one; else with its body. */
	prefix = entry->left - 1 - entry->then.len;
	out->prefix.data = entry->now.data;
	out->prefix.len = prefix;
	out->body = entry->then;
	return true;
}

void rotor_mctp_message_done(struct rotor_mctp *m, bool delivered, rotor_ms now)
{
	if (m->current != NULL)
		m->current->left = 0; /* the last packet was in it, and all the others */
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
	enum rotor_mctp_drop reason = KEPT;

	m->now = now;
	m->counters.rx_packets++;
	if (info->own != m->config.eid && info->own != ROTOR_MCTP_EID_NULL &&
	    info->own != ROTOR_MCTP_EID_BROADCAST)
		reason = ROTOR_MCTP_DROP_DESTINATION;
	else if (info->peer == ROTOR_MCTP_EID_BROADCAST)
		reason = ROTOR_MCTP_DROP_SOURCE;
	else
		reason = rotor_mctp_deliver(m, info, body, len);
	if (reason != KEPT)
		m->counters.dropped[reason]++;
}
