/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in: which are accepted, and the way of one that continues a message. */
#include <string.h>

#include "mctp/core.h"

static bool expects(const struct rotor_mctp_slot *slot, uint32_t header, rotor_mctp_phys phys)
{
	return slot->key == (header & KEY_MASK) && slot->phys == phys;
}

/* The slot whose next packet has this header and physical source. */
static struct rotor_mctp_slot *expecting(struct rotor_mctp *m, uint32_t header,
					 rotor_mctp_phys phys)
{
	for (uint8_t i = 0; i < m->config.slot_count; i++) {
		if (expects(&m->config.slots[i], header, phys))
			return m->recent = &m->config.slots[i];
	}
	return NULL;
}

/* A packet that no slot expects: a new message, or something wrong. */
static void other_packet(struct rotor_mctp *m, rotor_mctp_phys phys, uint8_t *packet, size_t n,
			 rotor_ms now)
{
	enum rotor_mctp_drop reason = KEPT;
	uint32_t header = header_load(packet);
	uint8_t destination = HEADER_DESTINATION(header);

	if ((header & VERSION_MASK) != HEADER_VERSION)
		reason = ROTOR_MCTP_DROP_VERSION;
	else if (destination != m->config.eid && destination != ROTOR_MCTP_EID_NULL &&
		 destination != ROTOR_MCTP_EID_BROADCAST)
		reason = ROTOR_MCTP_DROP_DESTINATION;
	else if (HEADER_SOURCE(header) == ROTOR_MCTP_EID_BROADCAST)
		reason = ROTOR_MCTP_DROP_SOURCE;
	else if (header & FLAG_SOM)
		reason = rotor_mctp_start(m, phys, packet, n, now);
	else
		reason = rotor_mctp_astray(m, phys, header);
	rotor_mctp_drop(m, reason);
}

/* Why a packet with n bytes of payload cannot continue its message, if so. */
static inline enum rotor_mctp_drop misfit(const struct rotor_mctp_slot *slot, uint32_t header,
					  size_t n, rotor_ms now)
{
	if (now >= slot->deadline)
		return ROTOR_MCTP_DROP_TIMEOUT;
	/* Every packet is as large as the first, but the last may be smaller. */
	if (n != slot->unit && (n > slot->unit || !(header & FLAG_EOM)))
		return ROTOR_MCTP_DROP_UNIT;
	return n > slot->room ? ROTOR_MCTP_DROP_TOO_LONG : KEPT;
}

void rotor_mctp_receive(struct rotor_mctp *m, rotor_mctp_phys phys, uint8_t *packet, size_t len,
			rotor_ms now)
{
	size_t n = len - ROTOR_MCTP_HEADER_SIZE;
	struct rotor_mctp_slot *slot;
	enum rotor_mctp_drop reason;
	uint32_t header;
	uint8_t *to;

	m->counters.rx_packets++;
	if (n - 1 >= UINT8_MAX) {
		rotor_mctp_drop(m, ROTOR_MCTP_DROP_LENGTH);
		return;
	}
	header = header_load(packet);
	slot = m->recent;
	if (slot == NULL || !expects(slot, header, phys)) {
		slot = expecting(m, header, phys);
		if (slot == NULL) {
			other_packet(m, phys, packet, n, now);
			return;
		}
	}
	reason = misfit(slot, header, n, now);
	if (reason != KEPT) {
		rotor_mctp_drop(m, rotor_mctp_end(slot, reason));
		return;
	}
	if (header & FLAG_EOM) {
		rotor_mctp_complete(m, slot, packet, n);
		return;
	}
	to = slot->at;
	slot->at = to + n;
	slot->room -= n;
	slot->key = header_next(header & KEY_MASK);
	memcpy(to, packet + ROTOR_MCTP_HEADER_SIZE, n);
}
