/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in, messages put together, each handed to its protocol. */
#include <string.h>

#include "rotor/mctp.h"
#include "trace/protocols.h"

#define INTEGRITY 0x80

void rotor_trace_init(struct rotor_trace *t, const struct rotor_crypto *crypto,
		      rotor_trace_sink *sink, void *ctx)
{
	t->crypto = crypto;
	t->sink = sink;
	t->ctx = ctx;
	t->counters = (struct rotor_trace_counters){0};
	t->session_count = 0;
	for (size_t i = 0; i < ROTOR_TRACE_SLOTS; i++) {
		t->slots[i].used = false;
	}
	for (size_t i = 0; i < ROTOR_TRACE_CONNECTIONS; i++) {
		t->connections[i].used = false;
	}
}

const char *rotor_trace_protocol_name(enum rotor_trace_protocol protocol)
{
	static const char *const names[] = {
	    [ROTOR_TRACE_MCTP] = "MCTP",       [ROTOR_TRACE_CONTROL] = "control",
	    [ROTOR_TRACE_PLDM] = "PLDM",       [ROTOR_TRACE_SPDM] = "SPDM",
	    [ROTOR_TRACE_SECURED] = "secured",
	};
	return (size_t)protocol < ROTOR_COUNT_OF(names) ? names[protocol] : "unknown";
}

void trace_oddity(struct rotor_trace *t, const struct place *at, const char *name,
		  const char *summary, struct rotor_bytes bytes)
{
	struct out o;
	out_open(&o, t, at, ROTOR_TRACE_MCTP, name, bytes.len);
	o.line.problem = true;
	out_summary(&o);
	out_str(&o, summary);
	out_field_bytes(&o, "bytes", bytes);
	out_close(&o);
}

void trace_message(struct rotor_trace *t, const struct place *at, uint8_t type,
		   struct rotor_bytes body)
{
	switch (type & (uint8_t)~INTEGRITY) {
	case ROTOR_MCTP_TYPE_CONTROL:
		trace_control(t, at, body);
		break;
	case ROTOR_MCTP_TYPE_PLDM:
		trace_pldm(t, at, body);
		break;
	case ROTOR_MCTP_TYPE_SPDM:
		trace_spdm(t, at, body, false);
		break;
	case ROTOR_MCTP_TYPE_SECURED:
		trace_secured(t, at, body);
		break;
	default: {
		struct out o;
		out_open(&o, t, at, ROTOR_TRACE_MCTP, "message", body.len);
		out_summary(&o);
		out_str(&o, "type ");
		out_hex(&o, type, 2);
		out_field_bytes(&o, "bytes", body);
		out_close(&o);
		break;
	}
	}
}

static void complete(struct rotor_trace *t, const struct place *at, const uint8_t *bytes,
		     size_t len)
{
	struct rotor_bytes body = {bytes + 1, len - 1};
	t->counters.messages++;
	trace_message(t, at, bytes[0], body);
}

static void abandon(struct rotor_trace *t, struct rotor_trace_slot *s, const char *why)
{
	struct place at = {.time_us = s->time_us,
			   .source = s->source,
			   .destination = s->destination,
			   .packets = s->packets};
	struct rotor_bytes bytes = {s->bytes, s->len};
	s->used = false;
	t->counters.incomplete++;
	trace_oddity(t, &at, "incomplete message", why, bytes);
}

static uint8_t tag_of(const struct rotor_mctp_header *h)
{
	return (uint8_t)(h->tag | (h->tag_owner ? 0x08 : 0));
}

static struct rotor_trace_slot *find_slot(struct rotor_trace *t, const struct rotor_mctp_header *h)
{
	for (size_t i = 0; i < ROTOR_TRACE_SLOTS; i++) {
		struct rotor_trace_slot *s = &t->slots[i];
		if (s->used && s->source == h->source && s->destination == h->destination &&
		    s->tag == tag_of(h)) {
			return s;
		}
	}
	return NULL;
}

/* A free slot; if there is none, that of the message which has waited longest. */
static struct rotor_trace_slot *take_slot(struct rotor_trace *t)
{
	struct rotor_trace_slot *oldest = &t->slots[0];
	for (size_t i = 0; i < ROTOR_TRACE_SLOTS; i++) {
		struct rotor_trace_slot *s = &t->slots[i];
		if (!s->used) {
			return s;
		}
		if (s->time_us < oldest->time_us) {
			oldest = s;
		}
	}
	abandon(t, oldest, "too many messages at the same time");
	return oldest;
}

static bool add(struct rotor_trace_slot *s, uint64_t time_us, const uint8_t *payload, size_t len)
{
	if (len > sizeof(s->bytes) - s->len) {
		return false;
	}
	memcpy(s->bytes + s->len, payload, len);
	s->len += len;
	s->packets++;
	s->sequence = (uint8_t)((s->sequence + 1) & 3);
	s->time_us = time_us;
	return true;
}

static void start_message(struct rotor_trace *t, const struct rotor_mctp_header *h,
			  uint64_t time_us, const uint8_t *payload, size_t len)
{
	struct rotor_trace_slot *s = find_slot(t, h);
	if (s) {
		abandon(t, s, "begun again");
	}
	if (h->eom) {
		struct place at = {.time_us = time_us,
				   .source = h->source,
				   .destination = h->destination,
				   .packets = 1};
		complete(t, &at, payload, len);
		return;
	}
	s = take_slot(t);
	s->used = true;
	s->source = h->source;
	s->destination = h->destination;
	s->tag = tag_of(h);
	s->sequence = h->sequence;
	s->packets = 0;
	s->len = 0;
	if (!add(s, time_us, payload, len)) {
		abandon(t, s, "too long");
	}
}

static void continue_message(struct rotor_trace *t, const struct rotor_mctp_header *h,
			     uint64_t time_us, const uint8_t *payload, size_t len)
{
	struct rotor_trace_slot *s = find_slot(t, h);
	struct place at = {
	    .time_us = time_us, .source = h->source, .destination = h->destination, .packets = 1};
	if (!s) {
		struct rotor_bytes bytes = {payload, len};
		trace_oddity(t, &at, "stray packet", "continues no message", bytes);
	} else if (s->sequence != h->sequence) {
		abandon(t, s, "a packet is missing or repeated");
	} else if (!add(s, time_us, payload, len)) {
		abandon(t, s, "too long");
	} else if (h->eom) {
		at.packets = s->packets;
		s->used = false;
		complete(t, &at, s->bytes, s->len);
	}
}

/*
 * Captures of DMTF's emulators have whole messages behind this header: no version, no EIDs, start and end of message.
 */
static bool is_emulators(const uint8_t *packet, size_t len)
{
	static const uint8_t header[ROTOR_MCTP_HEADER_SIZE] = {0, 0, 0, 0xC0};
	return len > sizeof(header) && memcmp(packet, header, sizeof(header)) == 0;
}

void rotor_trace_packet(struct rotor_trace *t, uint64_t time_us, const uint8_t *packet, size_t len)
{
	struct rotor_mctp_header h = {0};
	struct place at = {.time_us = time_us, .packets = 1};
	t->counters.packets++;
	if (is_emulators(packet, len)) {
		h.som = h.eom = true;
	} else if (rotor_mctp_header_decode(packet, len, &h) != ROTOR_OK ||
		   len == ROTOR_MCTP_HEADER_SIZE) {
		struct rotor_bytes bytes = {packet, len};
		t->counters.malformed++;
		trace_oddity(t, &at, "broken packet",
			     len > ROTOR_MCTP_HEADER_SIZE ? "header version is not 1" : "too short",
			     bytes);
		return;
	}
	packet += ROTOR_MCTP_HEADER_SIZE;
	len -= ROTOR_MCTP_HEADER_SIZE;
	if (h.som) {
		start_message(t, &h, time_us, packet, len);
	} else {
		continue_message(t, &h, time_us, packet, len);
	}
}

void rotor_trace_finish(struct rotor_trace *t)
{
	for (size_t i = 0; i < ROTOR_TRACE_SLOTS; i++) {
		if (t->slots[i].used) {
			abandon(t, &t->slots[i], "the capture ends before it");
		}
	}
	rotor_wipe(t->sessions, t->session_count * sizeof(t->sessions[0]));
	t->session_count = 0;
}
