/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in: which are accepted, and which message each belongs to. */
#include <string.h>

#include "mctp/core.h"

/* The slot whose next packet has this header and physical source. */
static struct rotor_mctp_slot *expecting(const struct rotor_mctp *m, uint32_t header,
					 rotor_mctp_phys phys)
{
	for (uint8_t i = 0; i < m->config.slot_count; i++) {
		struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->key == (header & KEY_MASK & ~FLAG_EOM) && slot->phys == phys)
			return slot;
	}
	return NULL;
}

/* A packet with n bytes of payload that continues the message in a slot. */
static enum rotor_mctp_drop append(struct rotor_mctp *m, struct rotor_mctp_slot *slot,
				   const uint8_t *packet, size_t n, rotor_ms now)
{
	uint32_t header = header_load(packet);

	if (now >= slot->deadline)
		return rotor_mctp_end(slot, ROTOR_MCTP_DROP_TIMEOUT);
	/* Every packet is as large as the first, but the last may be smaller. */
	if (n > slot->unit || (n != slot->unit && !(header & FLAG_EOM)))
		return rotor_mctp_end(slot, ROTOR_MCTP_DROP_UNIT);
	if (n > slot->room)
		return rotor_mctp_end(slot, ROTOR_MCTP_DROP_TOO_LONG);
	memcpy(slot->at, packet + ROTOR_MCTP_HEADER_SIZE, n);
	slot->at += n;
	slot->room -= n;
	slot->key = header_next(slot->key);
	m->recent = slot;
	return header & FLAG_EOM ? rotor_mctp_complete(m, slot, header) : KEPT;
}

enum rotor_mctp_drop rotor_mctp_take(struct rotor_mctp *m, rotor_mctp_phys phys, uint8_t *packet,
				     size_t len, rotor_ms now)
{
	size_t n = len - ROTOR_MCTP_HEADER_SIZE;
	struct rotor_mctp_slot *slot;
	uint32_t header;
	uint8_t destination;

	m->now = now;
	if (n - 1 >= UINT8_MAX)
		return ROTOR_MCTP_DROP_LENGTH;
	header = header_load(packet);
	destination = HEADER_DESTINATION(header);
	if ((header & VERSION_MASK) != HEADER_VERSION)
		return ROTOR_MCTP_DROP_VERSION;
	if (destination != m->config.eid && destination != ROTOR_MCTP_EID_NULL &&
	    destination != ROTOR_MCTP_EID_BROADCAST)
		return ROTOR_MCTP_DROP_DESTINATION;
	if (HEADER_SOURCE(header) == ROTOR_MCTP_EID_BROADCAST)
		return ROTOR_MCTP_DROP_SOURCE;
	if (header & FLAG_SOM)
		return rotor_mctp_start(m, phys, packet, n, now);
	slot = expecting(m, header, phys);
	if (slot == NULL)
		return rotor_mctp_astray(m, phys, header);
	return append(m, slot, packet, n, now);
}
