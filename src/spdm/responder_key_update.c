/* SPDX-License-Identifier: Apache-2.0 */
/* KEY_UPDATE: new keys for a session that goes on. */
#include "spdm/key_schedule.h"
#include "spdm/responder.h"

#if ROTOR_SPDM_SESSIONS > 0

/* Makes the keys that an operation asks for. The requester's come into use with its first record under them. */
static enum rotor_status make_keys(struct rotor_spdm_responder *r, struct rotor_spdm_session *s,
				   uint8_t operation)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	enum rotor_status st = rotor_spdm_update_key(crypto, s, s->request_secret, &s->next);
	/* The answer to it is the first under this side's new key. */
	if (st == ROTOR_OK && operation == ROTOR_SPDM_KEY_UPDATE_ALL)
		st = rotor_spdm_update_key(crypto, s, s->response_secret, &s->response);
	return st;
}

static enum rotor_status on_key_update(struct rotor_spdm_responder *r,
				       const struct rotor_spdm_request *q)
{
	struct rotor_spdm_session *s = q->session;
	struct rotor_spdm_header h;
	bool fits = rotor_spdm_decode_header_only(q->msg, q->len, &h) == ROTOR_OK;
	uint8_t under_way = s->updating & (uint8_t)~ROTOR_SPDM_UPDATED;
	switch (fits ? h.param1 : 0) {
	case ROTOR_SPDM_KEY_UPDATE_ONE:
	case ROTOR_SPDM_KEY_UPDATE_ALL:
		/* The same again, as a new record: the answer was lost. */
		fits = !s->updating || (s->updating == h.param1 && s->update_tag == h.param2);
		if (!fits || s->updating)
			break;
		if (make_keys(r, s, h.param1) != ROTOR_OK) {
			r->work.after = ROTOR_SPDM_AFTER_END;
			return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
		}
		s->updating = h.param1;
		s->update_tag = h.param2;
		break;
	case ROTOR_SPDM_KEY_UPDATE_VERIFY:
		/* It must have come under the new key. */
		fits = under_way && s->updating != under_way;
		if (fits)
			s->updating = 0;
		break;
	default:
		fits = false;
		break;
	}
	if (!fits)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	return rotor_spdm_responder_header(r, q, ROTOR_SPDM_KEY_UPDATE_ACK, h.param1, h.param2);
}

static uint32_t capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	(void)r;
	(void)config;
	return ROTOR_SPDM_CAP_KEY_UPD;
}

static const struct rotor_spdm_rule rules[] = {
    {ROTOR_SPDM_KEY_UPDATE, IN_NEGOTIATED, AT_ESTABLISHED, RULE_BOTH, ROTOR_SPDM_CAP_KEY_UPD,
     on_key_update},
};
const struct rotor_spdm_feature rotor_spdm_key_update = {
    .rules = rules,
    .rule_count = ROTOR_COUNT_OF(rules),
    .capabilities = capabilities,
};

#endif
