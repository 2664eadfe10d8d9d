/* SPDX-License-Identifier: Apache-2.0 */
/* KEY_UPDATE that this side wishes: an encapsulated request. */
#include "spdm/key_schedule.h"
#include "spdm/responder.h"

#if ROTOR_SPDM_SESSIONS > 0

/* What this side's own update waits for (session.own_update). */
enum { NOTHING, WANTED, ASKED, ACKNOWLEDGED, VERIFYING };

enum rotor_status rotor_spdm_responder_update_key(struct rotor_spdm_responder *r,
						  uint32_t session_id)
{
	for (size_t i = 0; i < r->config->session_count; i++) {
		struct rotor_spdm_session *s = &r->sessions[i];
		if (s->state != ROTOR_SPDM_SESSION_ESTABLISHED || s->info.session_id != session_id)
			continue;
		if (s->own_update != NOTHING)
			return ROTOR_ERR_BUSY;
		s->own_update = WANTED;
		return ROTOR_OK;
	}
	return ROTOR_ERR_NOT_FOUND;
}

static bool ask(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
		struct rotor_spdm_session *s, void *config, struct rotor_writer *w)
{
	(void)config;
	if (!s || !(rotor_spdm_responder_agreed(r, c) & ROTOR_SPDM_CAP_KEY_UPD) ||
	    (s->own_update != WANTED && s->own_update != ACKNOWLEDGED))
		return false;
	bool verify = s->own_update == ACKNOWLEDGED;
	const struct rotor_spdm_header h = {
	    c->version, ROTOR_SPDM_KEY_UPDATE,
	    verify ? ROTOR_SPDM_KEY_UPDATE_VERIFY : ROTOR_SPDM_KEY_UPDATE_ONE, s->own_tag};
	rotor_spdm_encode_header(w, &h);
	s->own_update = verify ? VERIFYING : ASKED;
	return true;
}

static enum rotor_status take(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			      struct rotor_spdm_session *s, void *config, struct rotor_bytes inner)
{
	struct rotor_spdm_header h;
	bool verify = s->own_update == VERIFYING;
	uint8_t operation = verify ? ROTOR_SPDM_KEY_UPDATE_VERIFY : ROTOR_SPDM_KEY_UPDATE_ONE;
	(void)config;
	s->own_update = NOTHING;
	if (rotor_spdm_decode_header_only(inner.data, inner.len, &h) != ROTOR_OK ||
	    h.version != c->version || h.code != ROTOR_SPDM_KEY_UPDATE_ACK ||
	    h.param1 != operation || h.param2 != s->own_tag)
		return ROTOR_ERR_FORMAT;
	s->own_tag++;
	if (verify)
		return ROTOR_OK;
	/* The requester has it: what goes out next, the question whether it works, is under it. */
	s->own_update = ACKNOWLEDGED;
	return rotor_spdm_update_key(r->config->crypto, s, s->response_secret, &s->response);
}

static uint32_t capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	(void)r;
	(void)config;
	return ROTOR_SPDM_CAP_KEY_UPD | ROTOR_SPDM_CAP_ENCAP;
}

const struct rotor_spdm_feature rotor_spdm_own_key_update = {
    .capabilities = capabilities,
    .encap_request = ask,
    .encap_response = take,
};

#endif
