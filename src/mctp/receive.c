/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in: which are accepted, and which message each belongs to. */
#include <string.h>

#include "mctp/core.h"

/* A packet that continues the message in a slot. */
static enum rotor_mctp_drop append(struct rotor_mctp *m, struct rotor_mctp_slot *slot,
				   const struct rotor_mctp_arrival *a)
{
	if (m->now >= slot->deadline)
		return rotor_mctp_end(slot, ROTOR_MCTP_DROP_TIMEOUT);
	/* Every packet is as large as the first, but the last may be smaller. */
	if (a->len > slot->unit || (a->len != slot->unit && !(a->header & FLAG_EOM)))
		return rotor_mctp_end(slot, ROTOR_MCTP_DROP_UNIT);
	if (a->len > slot->room)
		return rotor_mctp_end(slot, ROTOR_MCTP_DROP_TOO_LONG);
	memcpy(slot->at, a->payload, a->len);
	slot->at += a->len;
	slot->room -= a->len;
	slot->key = header_next(slot->key);
	m->recent = slot;
	return a->header & FLAG_EOM ? rotor_mctp_complete(m, slot, a->header) : KEPT;
}

enum rotor_mctp_drop rotor_mctp_take(struct rotor_mctp *m, rotor_mctp_phys phys, uint8_t *packet,
				     size_t len, rotor_ms now)
{
	struct rotor_mctp_arrival a;
	struct rotor_mctp_slot *slot;
	uint8_t destination;

	m->now = now;
	a.payload = packet + ROTOR_MCTP_HEADER_SIZE;
	a.len = len - ROTOR_MCTP_HEADER_SIZE;
	a.phys = phys;
	if (a.len - 1 >= UINT8_MAX)
		return ROTOR_MCTP_DROP_LENGTH;
	a.header = header_load(packet);
	destination = HEADER_DESTINATION(a.header);
	if ((a.header & VERSION_MASK) != HEADER_VERSION)
		return ROTOR_MCTP_DROP_VERSION;
	if (destination != m->config.eid && destination != ROTOR_MCTP_EID_NULL &&
	    destination != ROTOR_MCTP_EID_BROADCAST) {
		if (!ROTOR_MCTP_BRIDGE || m->bridge == NULL)
			return ROTOR_MCTP_DROP_DESTINATION;
		rotor_mctp_bridge_forward(m->bridge, &a);
		return KEPT;
	}
	if (HEADER_SOURCE(a.header) == ROTOR_MCTP_EID_BROADCAST)
		return ROTOR_MCTP_DROP_SOURCE;
	if (a.header & FLAG_SOM)
		return rotor_mctp_start(m, &a);
	slot = rotor_mctp_find(m, &a, KEY_MASK & ~FLAG_EOM);
	if (slot != NULL)
		return append(m, slot, &a);
	slot = rotor_mctp_find(m, &a, MESSAGE_MASK);
	return slot != NULL ? rotor_mctp_end(slot, ROTOR_MCTP_DROP_SEQUENCE)
			    : ROTOR_MCTP_DROP_UNEXPECTED;
}
