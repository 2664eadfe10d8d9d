/* SPDX-License-Identifier: Apache-2.0 */
/* CHUNK_SEND and CHUNK_GET: messages that are longer than what goes in one piece. */
#include <string.h>

#include "spdm/responder.h"

enum { NONE, RECEIVING, GIVING };

static void forget(struct rotor_spdm_chunks *k)
{
	/* What was inside a session is not left behind. */
	rotor_wipe(k->buffer, k->len);
	k->mode = NONE;
	k->len = 0;
	k->last = false;
}

/* ---- requests in pieces ---- */

/* CHUNK_SEND_ACK around the @p len bytes that stand in the answer. */
static enum rotor_status wrap(struct rotor_spdm_responder *r, const struct rotor_spdm_connection *c,
			      uint8_t attributes, uint8_t handle, uint32_t sequence, size_t len)
{
	uint8_t *answer = rotor_spdm_responder_answer(r);
	const struct rotor_spdm_chunk_send_ack m = {.version = c->version,
						    .attributes = attributes,
						    .handle = handle,
						    .sequence = sequence};
	memmove(answer + ROTOR_SPDM_CHUNK_ACK_SIZE, answer, len);
	struct rotor_writer w = rotor_writer(answer, ROTOR_SPDM_CHUNK_ACK_SIZE);
	rotor_spdm_encode_chunk_send_ack(&w, &m);
	r->work.at = (uint16_t)(ROTOR_SPDM_CHUNK_ACK_SIZE + len);
	return ROTOR_OK;
}

/* A chunk that does not belong: the transfer ends. */
static enum rotor_status give_up(struct rotor_spdm_responder *r, const struct rotor_spdm_request *q,
				 struct rotor_spdm_chunks *k, const struct rotor_spdm_chunk *m,
				 uint8_t error)
{
	forget(k);
	(void)rotor_spdm_responder_error(r, error);
	return wrap(r, q->c, ROTOR_SPDM_CHUNK_EARLY_ERROR, m->handle, m->sequence, r->work.at);
}

/* What is wrong with a chunk; 0 if nothing is. Begins a transfer with the first one. */
static uint8_t check(const struct rotor_spdm_responder *r, const struct rotor_spdm_request *q,
		     struct rotor_spdm_chunks *k, const struct rotor_spdm_chunk *m)
{
	bool last = m->attributes & ROTOR_SPDM_CHUNK_LAST;
	if (m->sequence == 0) {
		if (m->large_size > k->size)
			return ROTOR_SPDM_ERROR_REQUEST_TOO_LARGE;
		forget(k);
		k->mode = RECEIVING;
		k->peer = q->c->peer;
		k->session_id = rotor_spdm_responder_work_session(r);
		k->handle = m->handle;
		k->sequence = 0;
		k->len = m->large_size;
		k->done = 0;
		/* One chunk would have been a message of its own. */
		if (last || m->large_size < ROTOR_SPDM_DATA_TRANSFER_MIN)
			return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	} else if (k->mode != RECEIVING || k->peer != q->c->peer ||
		   k->session_id != rotor_spdm_responder_work_session(r)) {
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	}
	if (m->handle != k->handle || m->sequence != k->sequence || !m->chunk.len ||
	    m->chunk.len > k->len - k->done || last != (m->chunk.len == k->len - k->done))
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	return 0;
}

/* Whether a request may come in pieces: not what makes the connection that pieces are agreed on in, nor pieces. */
static bool may_be_large(const struct rotor_spdm_request *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_header h;
	return rotor_spdm_peek(msg, len, &h) == ROTOR_OK && ROTOR_SPDM_IS_REQUEST(h.code) &&
	       h.version == q->header.version && h.code != ROTOR_SPDM_GET_VERSION &&
	       h.code != ROTOR_SPDM_GET_CAPABILITIES && h.code != ROTOR_SPDM_NEGOTIATE_ALGORITHMS &&
	       h.code != ROTOR_SPDM_CHUNK_SEND && h.code != ROTOR_SPDM_CHUNK_GET &&
	       h.code != ROTOR_SPDM_RESPOND_IF_READY;
}

static enum rotor_status on_chunk_send(struct rotor_spdm_responder *r,
				       const struct rotor_spdm_request *q)
{
	struct rotor_spdm_chunks *k = q->config;
	struct rotor_spdm_chunk m;
	if (rotor_spdm_decode_chunk(q->msg, q->len, &m) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	uint8_t error = check(r, q, k, &m);
	if (error)
		return give_up(r, q, k, &m, error);
	memcpy(k->buffer + k->done, m.chunk.data, m.chunk.len);
	k->done += m.chunk.len;
	k->sequence++;
	if (k->done < k->len)
		return wrap(r, q->c, 0, m.handle, m.sequence, 0);
	if (!may_be_large(q, k->buffer, k->len))
		return give_up(r, q, k, &m, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	/* The request is whole: its answer goes into the acknowledgement of the last chunk. */
	struct rotor_spdm_request inner = *q;
	inner.msg = k->buffer;
	inner.len = k->len;
	if (!r->work.request.secured)
		inner.session = NULL;
	if (rotor_spdm_peek(inner.msg, inner.len, &inner.header) != ROTOR_OK)
		return give_up(r, q, k, &m, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	k->last = true;
	return rotor_spdm_responder_dispatch(r, &inner);
}

/* ---- answers in pieces ---- */

static enum rotor_status on_chunk_get(struct rotor_spdm_responder *r,
				      const struct rotor_spdm_request *q)
{
	struct rotor_spdm_chunks *k = q->config;
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_chunk_get m;
	if (rotor_spdm_decode_chunk_get(q->msg, q->len, &m) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	if (k->mode != GIVING || k->peer != c->peer ||
	    k->session_id != rotor_spdm_responder_work_session(r))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
	if (m.handle != k->handle || m.sequence != k->sequence) {
		forget(k);
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	}
	size_t most = rotor_spdm_responder_transfer(r, c) - ROTOR_SPDM_CHUNK_HEADER_SIZE -
		      (k->sequence ? 0 : ROTOR_SPDM_CHUNK_SIZE_SIZE);
	size_t len = k->len - k->done < most ? k->len - k->done : most;
	const struct rotor_spdm_chunk out = {
	    .version = c->version,
	    .code = ROTOR_SPDM_CHUNK_RESPONSE,
	    .attributes = k->done + len == k->len ? ROTOR_SPDM_CHUNK_LAST : 0,
	    .handle = k->handle,
	    .sequence = k->sequence,
	    .large_size = (uint32_t)k->len,
	    .chunk = {k->buffer + k->done, len},
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_chunk(&w, &out);
	k->done += len;
	k->sequence++;
	if (k->done == k->len)
		forget(k);
	return rotor_spdm_responder_built(r, &w);
}

/* An answer that does not go in one piece is kept, and the requester told so. */
static void keep(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
		 struct rotor_spdm_chunks *k)
{
	size_t len = r->work.at;
	if (len > k->size) {
		(void)rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE);
		return;
	}
	forget(k);
	memcpy(k->buffer, rotor_spdm_responder_answer(r), len);
	k->mode = GIVING;
	k->peer = c->peer;
	k->session_id = rotor_spdm_responder_work_session(r);
	k->handle = ++r->large_handle;
	k->sequence = 0;
	k->len = len;
	k->done = 0;
	const struct rotor_spdm_error_message m = {
	    .version = c->version, .error = ROTOR_SPDM_ERROR_LARGE_RESPONSE, .handle = k->handle};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_error(&w, &m);
	r->work.at = (uint16_t)w.len;
}

static void complete(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c, void *config)
{
	struct rotor_spdm_chunks *k = config;
	bool last = k->last;
	uint8_t handle = k->handle;
	uint32_t sequence = k->sequence - 1;
	size_t room = rotor_spdm_responder_transfer(r, c) - (last ? ROTOR_SPDM_CHUNK_ACK_SIZE : 0);
	if (last)
		forget(k); /* what is in the buffer has been answered */
	if (r->work.at > room)
		keep(r, c, k);
	if (last)
		(void)wrap(r, c, 0, handle, sequence, r->work.at);
}

/* ---- the feature ---- */

static enum rotor_status init(struct rotor_spdm_responder *r, void *config)
{
	struct rotor_spdm_chunks *k = config;
	if (!k->buffer || k->size < ROTOR_SPDM_DATA_TRANSFER_MIN)
		return ROTOR_ERR_ARGUMENT;
	k->mode = NONE;
	k->len = 0;
	k->last = false;
	r->large = k->size;
	return ROTOR_OK;
}

static void reset(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c, void *config)
{
	struct rotor_spdm_chunks *k = config;
	(void)r;
	if (k->mode != NONE && k->peer == c->peer)
		forget(k);
}

static void session_end(struct rotor_spdm_responder *r, struct rotor_spdm_session *s, void *config)
{
	struct rotor_spdm_chunks *k = config;
	(void)r;
	if (k->mode != NONE && k->session_id == s->info.session_id)
		forget(k);
}

static uint32_t capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	(void)r;
	(void)config;
	return ROTOR_SPDM_CAP_CHUNK;
}

static const struct rotor_spdm_rule rules[] = {
    {ROTOR_SPDM_CHUNK_SEND, IN_NEGOTIATED, AT_CLEAR | AT_SESSION, RULE_EXACT | RULE_BOTH,
     ROTOR_SPDM_CAP_CHUNK, on_chunk_send},
    {ROTOR_SPDM_CHUNK_GET, IN_NEGOTIATED, AT_CLEAR | AT_SESSION, RULE_EXACT | RULE_BOTH,
     ROTOR_SPDM_CAP_CHUNK, on_chunk_get},
};
const struct rotor_spdm_feature rotor_spdm_chunking = {
    .rules = rules,
    .rule_count = ROTOR_COUNT_OF(rules),
    .init = init,
    .capabilities = capabilities,
    .reset = reset,
    .session_end = session_end,
    .complete = complete,
};
