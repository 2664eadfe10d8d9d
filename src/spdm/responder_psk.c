/* SPDX-License-Identifier: Apache-2.0 */
/* PSK_EXCHANGE and PSK_FINISH: sessions from a key that both sides know. */
#include <string.h>

#include "rotor/spdm_messages_psk.h"
#include "spdm/key_schedule.h"
#include "spdm/responder.h"
#include "spdm/secured_version.h"

#if ROTOR_SPDM_SESSIONS > 0

#define CONTEXT_SIZE 32

/* The handshake secret of the key that the requester means. */
static enum rotor_status extract(const struct rotor_spdm_responder *r,
				 const struct rotor_spdm_connection *c,
				 const struct rotor_spdm_psk_config *config,
				 struct rotor_bytes hint, uint8_t *secret)
{
	if (config->extract)
		return config->extract(config->ctx, c->version, c->suite.hash, hint, secret);
	for (size_t i = 0; i < config->key_count; i++) {
		const struct rotor_spdm_psk *k = &config->keys[i];
		if (k->hint.len == hint.len &&
		    (!hint.len || memcmp(k->hint.data, hint.data, hint.len) == 0))
			return rotor_spdm_psk_extract(r->config->crypto, c->version, c->suite.hash,
						      k->key, secret);
	}
	return ROTOR_ERR_NOT_FOUND;
}

/* What is wrong with a PSK_EXCHANGE before anything is done for it; 0 if nothing is. */
static uint8_t check(const struct rotor_spdm_request *q, struct rotor_spdm_psk_exchange *m,
		     uint16_t *secured)
{
	if (q->c->suite.aead == ROTOR_AEAD_NONE)
		return ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST;
	/* A requester that adds nothing of its own would get the same keys each time. */
	if (rotor_spdm_decode_psk_exchange(q->msg, q->len, m) != ROTOR_OK || !m->context.len ||
	    !rotor_spdm_responder_summary_ok(q->c, m->summary))
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	*secured = rotor_spdm_choose_secured(q->c->version, m->opaque);
	return *secured ? 0 : ROTOR_SPDM_ERROR_INVALID_REQUEST;
}

/* PSK_EXCHANGE_RSP but for its verify data, for which there is room. */
static enum rotor_status build(struct rotor_spdm_responder *r, const struct rotor_spdm_request *q,
			       const struct rotor_spdm_psk_exchange *m,
			       struct rotor_spdm_session *s, uint16_t secured)
{
	const struct rotor_spdm_psk_config *config = q->config;
	struct rotor_spdm_connection *c = q->c;
	struct rotor_bytes summary;
	uint8_t digest[ROTOR_HASH_MAX], context[CONTEXT_SIZE], opaque[32];
	size_t size = rotor_hash_size(c->suite.hash), opaque_len = 0;
	struct rotor_writer ow = rotor_writer(opaque, sizeof(opaque));
	rotor_spdm_encode_secured_selected(&ow, c->version, secured);
	enum rotor_status st = rotor_writer_end(&ow, &opaque_len);
	if (st == ROTOR_OK)
		st = r->config->crypto->random(context, sizeof(context));
	if (st == ROTOR_OK)
		st = rotor_spdm_responder_summary(r, c, m->summary, digest, &summary);
	if (st != ROTOR_OK)
		return st;
	const struct rotor_spdm_psk_exchange_rsp out = {
	    .version = c->version,
	    .heartbeat_period = s->heartbeat_s,
	    .session_id = (uint16_t)(s->info.session_id >> 16),
	    .summary_hash = summary,
	    .context = {context, config->with_context ? sizeof(context) : 0},
	    .opaque = {opaque, opaque_len},
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_psk_exchange_rsp(&w, &out);
	r->work.at = (uint16_t)w.len;
	rotor_write_zeros(&w, size);
	return w.failed ? ROTOR_ERR_SPACE : ROTOR_OK;
}

/* The handshake's keys and the verify data; without a context that is all. */
static enum rotor_status seal(struct rotor_spdm_responder *r, const struct rotor_spdm_request *q,
			      struct rotor_spdm_session *s)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	uint8_t th[ROTOR_HASH_MAX];
	uint8_t *end = rotor_spdm_responder_answer(r) + r->work.at;
	size_t size = rotor_hash_size(q->c->suite.hash);
	enum rotor_status st = rotor_spdm_add_th(r, q->c, s, q->msg, q->len);
	if (st == ROTOR_OK)
		st = rotor_spdm_add_th(r, q->c, s, rotor_spdm_responder_answer(r), r->work.at);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->running, th);
	if (st == ROTOR_OK)
		st = rotor_spdm_psk_keys(crypto, s, th, r->config->ops->secrets, r->config->ctx);
	if (st == ROTOR_OK)
		st = rotor_spdm_verify_data(crypto, s, s->response_secret, th, end);
	if (st == ROTOR_OK)
		st = rotor_spdm_add_th(r, q->c, s, end, size);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(crypto, &s->running, r->work.digest);
	r->work.at = (uint16_t)(r->work.at + size);
	return st;
}

static enum rotor_status on_psk_exchange(struct rotor_spdm_responder *r,
					 const struct rotor_spdm_request *q)
{
	const struct rotor_spdm_psk_config *config = q->config;
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_psk_exchange m;
	struct rotor_spdm_session *s = NULL;
	uint16_t secured;
	uint8_t error = check(q, &m, &secured);
	if (!error)
		s = rotor_spdm_session_new(r, c, m.session_id, false, &error);
	if (!s)
		return rotor_spdm_responder_error(r, error);
	s->suite.clear_handshake = false; /* which is for exchanged keys only */
	s->info.psk = true;
	s->policy = m.policy;
	enum rotor_status st = extract(r, c, config, m.hint, s->secret);
	if (st == ROTOR_OK)
		st = build(r, q, &m, s, secured);
	if (st == ROTOR_OK)
		st = seal(r, q, s);
	if (st != ROTOR_OK) {
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_ERROR);
		return rotor_spdm_responder_refuse(r, st);
	}
	s->state = ROTOR_SPDM_SESSION_HANDSHAKING;
	s->deadline = r->work.request.time + ROTOR_SPDM_HANDSHAKE_MS;
	if (!config->with_context)
		r->work.after = ROTOR_SPDM_AFTER_ESTABLISH;
	return ROTOR_OK;
}

static enum rotor_status on_psk_finish(struct rotor_spdm_responder *r,
				       const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_session *s = q->session;
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&c->suite);
	struct rotor_spdm_psk_finish m;
	if (!s->info.psk)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	if (rotor_spdm_decode_psk_finish(&sizes, q->msg, q->len, &m) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	enum rotor_status st = rotor_spdm_add_th(r, c, s, q->msg, q->len - sizes.hash);
	if (st == ROTOR_OK)
		st = rotor_spdm_check_verify_data(r, c, s, m.verify_data.data);
	const struct rotor_spdm_psk_finish_rsp out = {.version = c->version};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_psk_finish_rsp(&w, &out);
	if (st == ROTOR_OK)
		st = rotor_spdm_add_th(r, c, s, rotor_spdm_responder_answer(r), w.len);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_digest(r->config->crypto, &s->running, r->work.digest);
	if (st != ROTOR_OK)
		return rotor_spdm_responder_fail(r, st == ROTOR_ERR_VERIFY
							? ROTOR_SPDM_ERROR_DECRYPT_ERROR
							: ROTOR_SPDM_ERROR_UNSPECIFIED);
	r->work.after = ROTOR_SPDM_AFTER_ESTABLISH;
	return rotor_spdm_responder_built(r, &w);
}

static enum rotor_status init(struct rotor_spdm_responder *r, void *config)
{
	(void)config;
	uint8_t first[2];
	/* What is answered must not repeat itself after a reset, even to a requester that repeats itself. */
	enum rotor_status st = r->config->crypto->random(first, sizeof(first));
	r->next_session = (uint16_t)(first[0] | first[1] << 8);
	return st == ROTOR_OK && !r->config->session_count ? ROTOR_ERR_ARGUMENT : st;
}

static uint32_t capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	const struct rotor_spdm_psk_config *psk = config;
	if (!r->config->crypto->aeads)
		return 0;
	return psk->with_context ? ROTOR_SPDM_CAP_PSK_WITH_CONTEXT : ROTOR_SPDM_CAP_PSK_NO_CONTEXT;
}

static const struct rotor_spdm_rule rules[] = {
    {ROTOR_SPDM_PSK_EXCHANGE, IN_NEGOTIATED, AT_CLEAR, RULE_EXACT | RULE_BOTH, ROTOR_SPDM_CAP_PSK,
     on_psk_exchange},
    {ROTOR_SPDM_PSK_FINISH, IN_NEGOTIATED, AT_HANDSHAKE, RULE_BOTH, ROTOR_SPDM_CAP_PSK,
     on_psk_finish},
};
const struct rotor_spdm_feature rotor_spdm_psk_sessions = {
    .rules = rules,
    .rule_count = ROTOR_COUNT_OF(rules),
    .init = init,
    .capabilities = capabilities,
};

#endif
