/* SPDX-License-Identifier: Apache-2.0 */
/* Which request is legal in which state, and the answer to every other. */
#include "spdm/responder.h"

/* clang-format off */
static const struct rotor_spdm_rule rules[] = {
	{ROTOR_SPDM_GET_VERSION, IN_ANY, AT_CLEAR, 0, 0, rotor_spdm_on_get_version},
	{ROTOR_SPDM_GET_CAPABILITIES, IN_VERSION, AT_CLEAR, RULE_EXACT, 0, rotor_spdm_on_get_capabilities},
	{ROTOR_SPDM_NEGOTIATE_ALGORITHMS, IN_CAPABILITIES, AT_CLEAR, RULE_EXACT, 0, rotor_spdm_on_negotiate},
	{ROTOR_SPDM_GET_DIGESTS, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, 0, ROTOR_SPDM_CAP_CERT, rotor_spdm_on_get_digests},
	{ROTOR_SPDM_GET_CERTIFICATE, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, 0, ROTOR_SPDM_CAP_CERT, rotor_spdm_on_get_certificate},
	{ROTOR_SPDM_CHALLENGE, IN_NEGOTIATED, AT_CLEAR, RULE_EXACT, ROTOR_SPDM_CAP_CHAL, rotor_spdm_on_challenge},
	{ROTOR_SPDM_GET_MEASUREMENTS, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, 0, ROTOR_SPDM_CAP_MEAS, rotor_spdm_on_get_measurements},
#if ROTOR_SPDM_SESSIONS > 0
	{ROTOR_SPDM_KEY_EXCHANGE, IN_NEGOTIATED, AT_CLEAR, RULE_EXACT | RULE_BOTH, ROTOR_SPDM_CAP_KEY_EX, rotor_spdm_on_key_exchange},
	{ROTOR_SPDM_FINISH, IN_NEGOTIATED, AT_HANDSHAKE, RULE_EXACT | RULE_BOTH, ROTOR_SPDM_CAP_KEY_EX, rotor_spdm_on_finish},
	{ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, IN_NEGOTIATED, AT_CLEAR | AT_SESSION, 0, ROTOR_SPDM_CAP_ENCAP, rotor_spdm_on_get_encapsulated},
	{ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE, IN_NEGOTIATED, AT_CLEAR | AT_SESSION, RULE_EXACT, ROTOR_SPDM_CAP_ENCAP, rotor_spdm_on_deliver_encapsulated},
	{ROTOR_SPDM_HEARTBEAT, IN_NEGOTIATED, AT_ESTABLISHED, RULE_BOTH, ROTOR_SPDM_CAP_HBEAT, rotor_spdm_on_heartbeat},
	{ROTOR_SPDM_END_SESSION, IN_NEGOTIATED, AT_ESTABLISHED, 0, ROTOR_SPDM_CAP_KEY_EX | ROTOR_SPDM_CAP_PSK, rotor_spdm_on_end_session},
#endif
};
/* clang-format on */

static const struct rotor_spdm_rule *find(const struct rotor_spdm_rule *list, size_t count,
					  uint8_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].code == code)
			return &list[i];
	}
	return NULL;
}

/* The rule of a code, and whose it is: NULL if it is the responder's own. */
static const struct rotor_spdm_rule *rule_of(const struct rotor_spdm_responder *r, uint8_t code,
					     const struct rotor_spdm_feature_use **use)
{
	const struct rotor_spdm_rule *rule = find(rules, ROTOR_COUNT_OF(rules), code);
	*use = NULL;
	for (size_t i = 0; i < rotor_spdm_feature_count(r) && !rule; i++) {
		*use = &r->config->features[i];
		rule = find((*use)->feature->rules, (*use)->feature->rule_count, code);
	}
	return rule;
}

bool rotor_spdm_responder_exact(const struct rotor_spdm_responder *r, uint8_t code)
{
	const struct rotor_spdm_feature_use *use;
	const struct rotor_spdm_rule *rule = rule_of(r, code, &use);
	return rule && rule->flags & RULE_EXACT;
}

/* Whether both sides, or this one, can do what a rule needs. */
static bool supported(const struct rotor_spdm_responder *r, const struct rotor_spdm_connection *c,
		      const struct rotor_spdm_rule *rule)
{
	uint32_t have = rule->flags & RULE_BOTH && c->state >= ROTOR_SPDM_AFTER_CAPABILITIES
			    ? rotor_spdm_responder_agreed(r, c)
			    : rotor_spdm_responder_capabilities(r, c->version);
	return !rule->needs || (rule->needs & have);
}

/* Where a request came in; of one in the clear that belongs to a handshake, finds the session. */
static unsigned place_of(struct rotor_spdm_responder *r, struct rotor_spdm_request *q,
			 const struct rotor_spdm_rule *rule)
{
#if ROTOR_SPDM_SESSIONS > 0
	if (ROTOR_SPDM_CLEAR_HANDSHAKE && !q->session && rule->where & AT_HANDSHAKE)
		q->session = rotor_spdm_session_in_clear(r, q->c);
	if (q->session) {
		r->work.session = (uint8_t)(q->session - r->sessions);
		return q->session->state == ROTOR_SPDM_SESSION_ESTABLISHED ? AT_ESTABLISHED
									   : AT_HANDSHAKE;
	}
#else
	(void)r;
	(void)q;
	(void)rule;
#endif
	return AT_CLEAR;
}

#if ROTOR_SPDM_SESSIONS > 0
/* While a requester's new key waits for its first use, nothing else may come; and L1/L2 end with any other request. */
static bool in_order(struct rotor_spdm_responder *r, const struct rotor_spdm_request *q)
{
	struct rotor_spdm_session *s = q->session;
	if (s && s->state == ROTOR_SPDM_SESSION_ESTABLISHED &&
	    q->header.code != ROTOR_SPDM_GET_MEASUREMENTS &&
	    q->header.code != ROTOR_SPDM_RESPOND_IF_READY &&
	    q->header.code != ROTOR_SPDM_CHUNK_SEND && q->header.code != ROTOR_SPDM_CHUNK_GET) {
		rotor_spdm_running_drop(r->config->crypto, &s->running);
	}
	return !s || !s->updating || q->header.code == ROTOR_SPDM_KEY_UPDATE;
}
#endif

enum rotor_status rotor_spdm_responder_dispatch(struct rotor_spdm_responder *r,
						struct rotor_spdm_request *q)
{
	const struct rotor_spdm_feature_use *use;
	const struct rotor_spdm_rule *rule = rule_of(r, q->header.code, &use);
	struct rotor_spdm_connection *c = q->c;
	uint8_t version = c->version;
	if (q->header.code == ROTOR_SPDM_GET_VERSION)
		version = ROTOR_SPDM_V10;
	else if (c->state < ROTOR_SPDM_AFTER_CAPABILITIES)
		version = q->header.version; /* GET_CAPABILITIES chooses it */
	if (q->header.version != version)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_VERSION_MISMATCH);
	if (!rule || !supported(r, c, rule))
		return rotor_spdm_responder_error_with(r, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST,
						       q->header.code);
	if (!(rule->states & 1u << c->state))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	unsigned place = place_of(r, q, rule);
	if (!(rule->where & place))
		return rotor_spdm_responder_error(r, place == AT_CLEAR
							 ? ROTOR_SPDM_ERROR_SESSION_REQUIRED
							 : ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	rotor_spdm_transcript_request(r->config->crypto, &c->transcript, r->work.request.secured,
				      q->header.code);
#if ROTOR_SPDM_SESSIONS > 0
	if (!in_order(r, q))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
#endif
	if (c->state >= ROTOR_SPDM_NEGOTIATED && q->header.code != ROTOR_SPDM_GET_DIGESTS)
		c->window = false;
	r->work.use = use;
	q->config = use ? use->config : NULL;
	return rule->handle(r, q);
}
