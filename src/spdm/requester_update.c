/* SPDX-License-Identifier: Apache-2.0 */
/* KEY_UPDATE, in both directions. */
#include <string.h>

#include "rotor/spdm_requester_more.h"
#include "spdm/key_schedule.h"
#include "spdm/requester.h"

static const struct rotor_spdm_requester_step step_verify;

/* Prepares the responder's next key: it takes over with the first record under it. */
static enum rotor_status expect_new(struct rotor_spdm_requester *q, uint8_t operation)
{
	struct rotor_spdm_session *s = &q->session;
	memcpy(s->secret, s->response_secret, sizeof(s->secret));
	enum rotor_status st = rotor_spdm_update_key(q->config->crypto, s, s->secret, &s->next);
	s->updating = st == ROTOR_OK ? operation : 0;
	return st;
}

/* ---- of this side ---- */

static void build(struct rotor_spdm_requester *q, struct rotor_writer *w, uint8_t operation)
{
	q->session.update_tag = q->tags++;
	rotor_spdm_requester_put_header(q, w, ROTOR_SPDM_KEY_UPDATE, operation,
					q->session.update_tag);
}

static void build_update(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	if (!rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_KEY_UPD))
		return;
	enum rotor_status st = ROTOR_OK;
	/* The answer to "all" comes under the new key. */
	if (q->op.operation == ROTOR_SPDM_KEY_UPDATE_ALL)
		st = expect_new(q, q->op.operation);
	if (st != ROTOR_OK)
		rotor_spdm_requester_local(q, st);
	else
		build(q, w, q->op.operation);
}

/* @return false if that failed the operation */
static bool acknowledged(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len,
			 uint8_t operation)
{
	struct rotor_spdm_header m;
	if (!rotor_spdm_requester_header(q, msg, len, &m))
		return false;
	/* Under the old key it would be "one" that was understood. */
	if (m.param1 == operation && m.param2 == q->session.update_tag && !q->session.updating)
		return true;
	rotor_spdm_requester_malformed(q, ROTOR_OK);
	return false;
}

static void handle_update_ack(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_session *s = &q->session;
	if (!acknowledged(q, msg, len, q->op.operation))
		return;
	enum rotor_status st =
	    rotor_spdm_update_key(q->config->crypto, s, s->request_secret, &s->request);
	if (st != ROTOR_OK)
		rotor_spdm_requester_local(q, st);
	else
		rotor_spdm_requester_step(q, &step_verify);
}

static void build_verify(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	build(q, w, ROTOR_SPDM_KEY_UPDATE_VERIFY);
}

static void handle_verify_ack(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	if (acknowledged(q, msg, len, ROTOR_SPDM_KEY_UPDATE_VERIFY))
		rotor_spdm_requester_done(q);
}

static const struct rotor_spdm_requester_step step_verify = {
    .request = ROTOR_SPDM_KEY_UPDATE,
    .response = ROTOR_SPDM_KEY_UPDATE_ACK,
    .flags = ROTOR_SPDM_R_SESSION,
    .build = build_verify,
    .handle = handle_verify_ack,
};
static const struct rotor_spdm_requester_step step_update = {
    .request = ROTOR_SPDM_KEY_UPDATE,
    .response = ROTOR_SPDM_KEY_UPDATE_ACK,
    .flags = ROTOR_SPDM_R_NO_ANSWER,
    .build = build_update,
    .handle = handle_update_ack,
};

enum rotor_status rotor_spdm_requester_update_keys(struct rotor_spdm_requester *q, bool all)
{
	enum rotor_status st = rotor_spdm_requester_begin_in(q, &step_update, true);
	if (st == ROTOR_OK)
		q->op.operation = all ? ROTOR_SPDM_KEY_UPDATE_ALL : ROTOR_SPDM_KEY_UPDATE_ONE;
	return st;
}

/* ---- of the responder, which asks by encapsulation ---- */

static enum rotor_status ask(struct rotor_spdm_requester *q, void *config, const uint8_t *msg,
			     size_t len)
{
	struct rotor_spdm_header m;
	(void)config;
	enum rotor_status st = rotor_spdm_decode_header_only(msg, len, &m);
	if (st != ROTOR_OK)
		return st;
	if (!q->op.secured || q->session.state != ROTOR_SPDM_SESSION_ESTABLISHED)
		return ROTOR_ERR_STATE;
	switch (m.param1) {
	case ROTOR_SPDM_KEY_UPDATE_ONE:
		return q->session.updating ? ROTOR_ERR_STATE : expect_new(q, m.param1);
	case ROTOR_SPDM_KEY_UPDATE_VERIFY:
		/* That it came under the new key is what it shows. */
		return q->session.updating ? ROTOR_ERR_STATE : ROTOR_OK;
	default:
		return ROTOR_ERR_UNSUPPORTED;
	}
}

static void answer(struct rotor_spdm_requester *q, void *config, struct rotor_writer *w)
{
	(void)config;
	rotor_spdm_requester_put_header(q, w, ROTOR_SPDM_KEY_UPDATE_ACK, q->op.inner_param1,
					q->op.inner_param2);
}

const struct rotor_spdm_requester_piece rotor_spdm_requester_key_update = {
    .capabilities = ROTOR_SPDM_CAP_KEY_UPD | ROTOR_SPDM_CAP_ENCAP,
    .answers = ROTOR_SPDM_KEY_UPDATE,
    .ask = ask,
    .answer = answer,
};
