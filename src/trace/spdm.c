/* SPDX-License-Identifier: Apache-2.0 */
/* SPDM messages: what two endpoints agree on is followed, so that later messages can be taken apart. */
#include "trace/protocols.h"

struct rotor_trace_connection *trace_connection(struct rotor_trace *t, const struct place *at)
{
	uint8_t a = at->source < at->destination ? at->source : at->destination;
	uint8_t b = at->source < at->destination ? at->destination : at->source;
	struct rotor_trace_connection *c = NULL;
	for (size_t i = 0; i < ROTOR_TRACE_CONNECTIONS; i++) {
		struct rotor_trace_connection *n = &t->connections[i];
		if (n->used && n->a == a && n->b == b) {
			return n;
		}
		if (!n->used && !c) {
			c = n;
		}
	}
	if (!c) {
		c = &t->connections[0];
	}
	*c = (struct rotor_trace_connection){.used = true, .a = a, .b = b};
	return c;
}

static void follow_algorithms(struct rotor_trace_connection *c,
			      const struct rotor_spdm_negotiation *m)
{
	struct rotor_spdm_algorithms a;
	enum rotor_status status = rotor_spdm_algorithms_from(m, &a);
	rotor_spdm_sizes_from(&a, &c->sizes);
	c->agreed = status == ROTOR_OK && c->sizes.hash;
	c->sizes.clear_handshake =
	    c->requester_flags & c->responder_flags & ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
	c->requester_multi_key = c->requester_flags & ROTOR_SPDM_CAP_MULTI_KEY_ONLY ||
				 (c->requester_flags & ROTOR_SPDM_CAP_MULTI_KEY_NEG &&
				  m->other_params & ROTOR_SPDM_MULTI_KEY_BIT);
}

void trace_follow(struct rotor_trace_connection *c, const struct rotor_spdm_any *m)
{
	switch (m->header.code) {
	case ROTOR_SPDM_GET_VERSION:
		*c = (struct rotor_trace_connection){.used = true, .a = c->a, .b = c->b};
		break;
	case ROTOR_SPDM_GET_CAPABILITIES:
		c->requester_flags = m->u.capabilities.flags;
		break;
	case ROTOR_SPDM_CAPABILITIES:
		c->responder_flags = m->u.capabilities.flags;
		break;
	case ROTOR_SPDM_NEGOTIATE_ALGORITHMS:
		c->responder_multi_key = c->responder_flags & ROTOR_SPDM_CAP_MULTI_KEY_ONLY ||
					 (c->responder_flags & ROTOR_SPDM_CAP_MULTI_KEY_NEG &&
					  m->u.negotiation.other_params & ROTOR_SPDM_MULTI_KEY_BIT);
		break;
	case ROTOR_SPDM_ALGORITHMS:
		follow_algorithms(c, &m->u.negotiation);
		break;
	case ROTOR_SPDM_CHALLENGE:
		c->sizes.summary = m->u.challenge.summary != ROTOR_SPDM_SUMMARY_NONE;
		break;
	case ROTOR_SPDM_KEY_EXCHANGE:
		c->sizes.summary = m->u.key_exchange.summary != ROTOR_SPDM_SUMMARY_NONE;
		break;
	case ROTOR_SPDM_PSK_EXCHANGE:
		c->sizes.summary = m->u.psk_exchange.summary != ROTOR_SPDM_SUMMARY_NONE;
		break;
	case ROTOR_SPDM_GET_ENDPOINT_INFO:
		c->sizes.signature =
		    m->u.get_endpoint_info.attributes & ROTOR_SPDM_EP_INFO_SIGNATURE;
		break;
	case ROTOR_SPDM_GET_MEASUREMENTS:
		c->sizes.signature =
		    m->u.get_measurements.attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE;
		break;
	default:
		break;
	}
}

static struct rotor_bytes inner_of(const struct rotor_spdm_any *m)
{
	struct rotor_bytes none = {NULL, 0};
	switch (m->header.code) {
	case ROTOR_SPDM_ENCAPSULATED_REQUEST:
	case ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE:
		return m->u.encapsulated.inner;
	case ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK:
		return m->u.encapsulated_ack.payload_type == ROTOR_SPDM_ENCAP_PRESENT
			   ? m->u.encapsulated_ack.inner
			   : none;
	default:
		return none;
	}
}

/* Whether a message's layout depends on the algorithms. */
static bool needs_algorithms(uint8_t code)
{
	static const uint8_t codes[] = {
	    ROTOR_SPDM_DIGESTS,       ROTOR_SPDM_CHALLENGE_AUTH,   ROTOR_SPDM_MEASUREMENTS,
	    ROTOR_SPDM_KEY_EXCHANGE,  ROTOR_SPDM_KEY_EXCHANGE_RSP, ROTOR_SPDM_FINISH,
	    ROTOR_SPDM_FINISH_RSP,    ROTOR_SPDM_PSK_EXCHANGE_RSP, ROTOR_SPDM_PSK_FINISH,
	    ROTOR_SPDM_ENDPOINT_INFO,
	};
	for (size_t i = 0; i < sizeof(codes); i++) {
		if (codes[i] == code) {
			return true;
		}
	}
	return false;
}

/* What did not decode: its code is shown, and why. */
static void show_failure(struct out *o, const struct rotor_trace_connection *c,
			 const struct rotor_spdm_any *m, struct rotor_bytes body,
			 enum rotor_status status)
{
	if (status == ROTOR_ERR_LENGTH && !c->agreed && needs_algorithms(m->header.code)) {
		out_summary(o);
		out_str(o, "algorithms not known: the capture begins after ALGORITHMS");
		o->line.problem = true;
	} else {
		out_summary(o);
		out_str(o, "malformed");
		out_malformed(o, status);
	}
	out_field_bytes(o, "bytes", body);
}

void trace_spdm(struct rotor_trace *t, const struct place *at, struct rotor_bytes body,
		bool encapsulated)
{
	struct rotor_trace_connection *c = trace_connection(t, at);
	struct rotor_spdm_sizes sizes =
	    encapsulated ? rotor_spdm_sizes_encapsulated(&c->sizes) : c->sizes;
	struct rotor_spdm_any m = {.header = {0, 0, 0, 0}};
	struct out o;
	sizes.multi_key = encapsulated ? c->requester_multi_key : c->responder_multi_key;
	enum rotor_status status = rotor_spdm_decode_any(&sizes, body.data, body.len, &m);
	out_open(&o, t, at, ROTOR_TRACE_SPDM, rotor_spdm_code_name(m.header.code), body.len);
	o.line.request = ROTOR_SPDM_IS_REQUEST(m.header.code);
	if (status != ROTOR_OK) {
		show_failure(&o, c, &m, body, status);
		out_close(&o);
		return;
	}
	trace_spdm_show(&o, &m);
	out_close(&o);
	trace_follow(c, &m);
	struct rotor_bytes inner = inner_of(&m);
	/* One step only: SPDM allows no encapsulation within another. */
	if (inner.len && !encapsulated) {
		struct place inside = *at;
		inside.depth++;
		inside.packets = 0;
		trace_spdm(t, &inside, inner, true);
	}
}
