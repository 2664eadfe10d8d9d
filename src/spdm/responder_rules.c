/* SPDX-License-Identifier: Apache-2.0 */
/* Which request is legal in which state, and the answer to every other. */
#include "spdm/responder.h"

/* Connection states, as a mask. */
#define NOT_STARTED  (1u << ROTOR_SPDM_NOT_STARTED)
#define VERSION      (1u << ROTOR_SPDM_AFTER_VERSION)
#define CAPABILITIES (1u << ROTOR_SPDM_AFTER_CAPABILITIES)
#define NEGOTIATED   (1u << ROTOR_SPDM_NEGOTIATED | 1u << ROTOR_SPDM_AUTHENTICATED)
#define ANY          (NOT_STARTED | VERSION | CAPABILITIES | NEGOTIATED)
/* Where: in the clear, in a handshake's session, in an established one. */
#define CLEAR       1u
#define HANDSHAKE   2u
#define ESTABLISHED 4u
#define IN_SESSION  (HANDSHAKE | ESTABLISHED)

struct rule {
	uint8_t code;
	uint8_t states;
	uint8_t where;
	bool exact;     /* in the clear, the same bytes again can only be a retry */
	uint32_t needs; /* own capabilities, all of them; without them UnsupportedRequest */
	enum rotor_status (*handle)(struct rotor_spdm_responder *r,
				    const struct rotor_spdm_request *q);
};

/* clang-format off */
static const struct rule rules[] = {
	{ROTOR_SPDM_GET_VERSION, ANY, CLEAR, false, 0, rotor_spdm_on_get_version},
	{ROTOR_SPDM_GET_CAPABILITIES, VERSION, CLEAR, true, 0, rotor_spdm_on_get_capabilities},
	{ROTOR_SPDM_NEGOTIATE_ALGORITHMS, CAPABILITIES, CLEAR, true, 0, rotor_spdm_on_negotiate},
	{ROTOR_SPDM_GET_DIGESTS, NEGOTIATED, CLEAR | ESTABLISHED, false, ROTOR_SPDM_CAP_CERT, rotor_spdm_on_get_digests},
	{ROTOR_SPDM_GET_CERTIFICATE, NEGOTIATED, CLEAR | ESTABLISHED, false, ROTOR_SPDM_CAP_CERT, rotor_spdm_on_get_certificate},
	{ROTOR_SPDM_CHALLENGE, NEGOTIATED, CLEAR, true, ROTOR_SPDM_CAP_CHAL, rotor_spdm_on_challenge},
	{ROTOR_SPDM_GET_MEASUREMENTS, NEGOTIATED, CLEAR | ESTABLISHED, false, ROTOR_SPDM_CAP_MEAS_SIG, rotor_spdm_on_get_measurements},
#if ROTOR_SPDM_SESSIONS > 0
	{ROTOR_SPDM_KEY_EXCHANGE, NEGOTIATED, CLEAR, true, ROTOR_SPDM_CAP_KEY_EX, rotor_spdm_on_key_exchange},
	{ROTOR_SPDM_FINISH, NEGOTIATED, HANDSHAKE, false, ROTOR_SPDM_CAP_KEY_EX, rotor_spdm_on_finish},
	{ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, NEGOTIATED, IN_SESSION, false, ROTOR_SPDM_CAP_ENCAP, rotor_spdm_on_get_encapsulated},
	{ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE, NEGOTIATED, HANDSHAKE, false, ROTOR_SPDM_CAP_ENCAP, rotor_spdm_on_deliver_encapsulated},
	{ROTOR_SPDM_HEARTBEAT, NEGOTIATED, ESTABLISHED, false, ROTOR_SPDM_CAP_HBEAT, rotor_spdm_on_heartbeat},
	{ROTOR_SPDM_END_SESSION, NEGOTIATED, ESTABLISHED, false, ROTOR_SPDM_CAP_KEY_EX, rotor_spdm_on_end_session},
#endif
};
/* clang-format on */

static const struct rule *rule_of(uint8_t code)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(rules); i++) {
		if (rules[i].code == code)
			return &rules[i];
	}
	return NULL;
}

bool rotor_spdm_responder_exact(uint8_t code)
{
	const struct rule *rule = rule_of(code);
	return rule && rule->exact;
}

enum rotor_status rotor_spdm_responder_dispatch(struct rotor_spdm_responder *r,
						const struct rotor_spdm_request *q)
{
	const struct rule *rule = rule_of(q->header.code);
	const struct rotor_spdm_connection *c = q->c;
	uint8_t version = c->version;
	if (q->header.code == ROTOR_SPDM_GET_VERSION)
		version = ROTOR_SPDM_V10;
	else if (c->state < ROTOR_SPDM_AFTER_CAPABILITIES)
		version = q->header.version; /* GET_CAPABILITIES chooses it */
	if (q->header.version != version)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_VERSION_MISMATCH, 0);
	if (!rule || (rotor_spdm_responder_capabilities(r) & rule->needs) != rule->needs)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST,
						  q->header.code);
	if (!(rule->states & 1u << c->state))
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST, 0);
	unsigned where = CLEAR;
	if (q->session)
		where =
		    q->session->state == ROTOR_SPDM_SESSION_ESTABLISHED ? ESTABLISHED : HANDSHAKE;
	if (!(rule->where & where))
		return rotor_spdm_responder_error(r, c,
						  where == CLEAR
						      ? ROTOR_SPDM_ERROR_SESSION_REQUIRED
						      : ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST,
						  0);
	rotor_spdm_transcript_request(r->config->crypto, &q->c->transcript, q->session != NULL,
				      q->header.code);
#if ROTOR_SPDM_SESSIONS > 0
	if (where == ESTABLISHED && q->header.code != ROTOR_SPDM_GET_MEASUREMENTS) {
		r->config->crypto->hash_release(&q->session->hash);
		q->session->hash_kind = ROTOR_SPDM_RUNNING_NONE;
	}
#endif
	return rule->handle(r, q);
}
