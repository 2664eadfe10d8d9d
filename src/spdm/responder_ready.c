/* SPDX-License-Identifier: Apache-2.0 */
/* ERROR ResponseNotReady and RESPOND_IF_READY. */
#include "spdm/responder.h"

#if ROTOR_SPDM_RESPOND_IF_READY_FEATURE

static size_t slow(struct rotor_spdm_responder *r, const struct rotor_spdm_connection *c,
		   rotor_ms now, uint8_t *to, size_t cap, void *config)
{
	struct rotor_spdm_ready *ready = config;
	struct rotor_writer w = rotor_writer(to, cap);
	/* A later question for the same work is told the same. */
	if (!r->work.told)
		r->work.ticket = ++ready->ticket;
	uint64_t wait = UINT64_C(1) << (ready->rd_exponent & 0x1f);
	r->work.ready_until = now + ((wait / 1000 + 1) << (ready->rdtm & 0x0f));
	const struct rotor_spdm_error_message m = {
	    .version = c->version,
	    .error = ROTOR_SPDM_ERROR_RESPONSE_NOT_READY,
	    .rd_exponent = ready->rd_exponent,
	    .request_code = r->work.code,
	    .token = r->work.ticket,
	    .rdtm = ready->rdtm,
	};
	rotor_spdm_encode_error(&w, &m);
	return w.failed ? 0 : w.len;
}

/* Only questions for something else than what is worked on come here. */
static enum rotor_status on_respond_if_ready(struct rotor_spdm_responder *r,
					     const struct rotor_spdm_request *q)
{
	struct rotor_spdm_header h;
	bool fits = rotor_spdm_decode_header_only(q->msg, q->len, &h) == ROTOR_OK;
	return rotor_spdm_responder_error(r, fits ? ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST
						  : ROTOR_SPDM_ERROR_INVALID_REQUEST);
}

static const struct rotor_spdm_rule rules[] = {
    {ROTOR_SPDM_RESPOND_IF_READY, IN_NEGOTIATED, AT_CLEAR | AT_SESSION, 0, 0, on_respond_if_ready},
};
const struct rotor_spdm_feature rotor_spdm_respond_if_ready = {
    .rules = rules,
    .rule_count = ROTOR_COUNT_OF(rules),
    .slow = slow,
};

#endif
