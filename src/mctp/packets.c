/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens with every packet, in and out. All that happens only once in a
 * message is elsewhere, so that compilers keep this short.
 */
#include <string.h>

#include "mctp/core.h"

/* The short way of a packet in: one in the middle of the message that the last one belonged to. */
void rotor_mctp_receive(struct rotor_mctp *m, rotor_mctp_phys phys, uint8_t *packet, size_t len,
			rotor_ms now)
{
	struct rotor_mctp_slot *slot = m->recent;
	size_t n = len - ROTOR_MCTP_HEADER_SIZE;
	enum rotor_mctp_drop reason;

	m->counters.rx_packets++;
	/* A slot's unit is at least 64, so that the header is there; its key has no end of message. */
	if (slot != NULL && n == slot->unit && slot->key == (header_load(packet) & KEY_MASK) &&
	    slot->phys == phys && n <= slot->room && now < slot->deadline) {
		uint8_t *to = slot->at;

		slot->at = to + n;
		slot->room -= n;
		slot->key = header_next(slot->key);
		memcpy(to, packet + ROTOR_MCTP_HEADER_SIZE, n);
		return;
	}
	reason = rotor_mctp_take(m, phys, packet, len, now);
	if (reason != KEPT)
		m->counters.dropped[reason]++;
}

size_t rotor_mctp_next_packet(struct rotor_mctp *m, uint8_t *buf, size_t cap,
			      struct rotor_mctp_packet_out *out)
{
	struct rotor_mctp_pending *entry = m->next;
	uint8_t *to = buf + ROTOR_MCTP_HEADER_SIZE;
	const uint8_t *from;
	size_t n = m->config.unit;
	uint32_t header;

	if (m->in_flight || cap < ROTOR_MCTP_HEADER_SIZE + n)
		return 0;
	if (ROTOR_MCTP_BRIDGE && m->bridge != NULL) {
		n = rotor_mctp_bridge_next(m->bridge, buf, cap, out);
		if (n != 0)
			return n;
		n = m->config.unit;
	}
	if (entry == NULL) {
		if (m->queued == 0)
			return 0;
		m->next = entry = rotor_mctp_choose(m);
	}
	m->current = entry;
	m->in_flight = true;
	*out = entry->out;
	header = entry->header;
	entry->header = header_next(header);
	if (header & FLAG_SOM) {
		*to++ = entry->type;
		n--;
	}
	if (entry->body.len <= n) {
		n = entry->body.len;
		header |= FLAG_EOM;
	}
	header_store(buf, header);
	from = entry->body.data;
	entry->body.data += n;
	entry->body.len -= n;
	memcpy(to, from, n);
	return (size_t)(to - buf) + n;
}

void rotor_mctp_packet_done(struct rotor_mctp *m, bool delivered, rotor_ms now)
{
	struct rotor_mctp_pending *entry = m->current;

	if (!m->in_flight)
		return;
	m->in_flight = false;
	m->counters.tx_packets += delivered;
	if (ROTOR_MCTP_BRIDGE && m->bridge != NULL && m->bridge->flying != NULL) {
		m->now = now;
		rotor_mctp_bridge_done(m->bridge, delivered);
		return;
	}
	if (entry == NULL)
		return; /* cancelled meanwhile */
	if (delivered && entry->body.len != 0)
		return;
	m->now = now;
	m->queued--;
	m->next = NULL;
	m->current = NULL;
	if (!delivered) {
		m->counters.tx_failed++;
		rotor_mctp_finish(entry, ROTOR_ERR_IO);
		return;
	}
	m->counters.tx_messages++;
	if (entry->request) {
		entry->state = PENDING_AWAITING;
		entry->deadline += now;
		return;
	}
	rotor_mctp_finish(entry, ROTOR_OK);
}
