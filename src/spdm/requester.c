/* SPDX-License-Identifier: Apache-2.0 */
/* The requester's frame: steps of an operation, sending, retries, errors of the peer, records. */
#include <string.h>

#include "spdm/key_schedule.h"
#include "spdm/requester.h"
#include "spdm/versions.h"

/* DSP0274, "Timing": what a responder may take for what needs no signature, in ms. */
#define ST1_MS 100
/* How often ERROR Busy and ResponseNotReady are waited for, and the longest single wait. */
#define WAITS_MAX    64
#define WAIT_MAX_MS  60000
#define BUSY_WAIT_MS 50

/* ---- operations ---- */

static void end_operation(struct rotor_spdm_requester *q)
{
	q->config->crypto->job_cancel(&q->op.job);
	rotor_wipe(&q->op, sizeof(q->op));
}

enum rotor_status rotor_spdm_requester_begin(struct rotor_spdm_requester *q,
					     const struct rotor_spdm_requester_step *step)
{
	if (q->op.step)
		return ROTOR_ERR_BUSY;
	memset(&q->op, 0, sizeof(q->op));
	memset(&q->result, 0, sizeof(q->result));
	q->answer = (struct rotor_bytes){NULL, 0};
	q->result.status = ROTOR_PENDING;
	q->op.step = step;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_requester_begin_in(struct rotor_spdm_requester *q,
						const struct rotor_spdm_requester_step *step,
						bool secured)
{
	if (!q->connected || (secured && q->session.state != ROTOR_SPDM_SESSION_ESTABLISHED))
		return ROTOR_ERR_STATE;
	enum rotor_status st = rotor_spdm_requester_begin(q, step);
	if (st == ROTOR_OK)
		q->op.secured = secured;
	return st;
}

void rotor_spdm_requester_step(struct rotor_spdm_requester *q,
			       const struct rotor_spdm_requester_step *step)
{
	q->op.step = step;
	q->op.built = false;
	q->op.sealed = false;
	q->op.to_send = false;
	q->op.stray = false;
	q->op.begun = false;
	q->op.tries = 0;
	q->op.waits = 0;
	q->op.token = 0;
	memset(&q->op.chunk, 0, sizeof(q->op.chunk));
}

void rotor_spdm_requester_done(struct rotor_spdm_requester *q)
{
	end_operation(q);
	q->result.status = ROTOR_OK;
}

void rotor_spdm_requester_fail(struct rotor_spdm_requester *q, enum rotor_spdm_fail fail,
			       enum rotor_status status, enum rotor_status cause)
{
	unsigned flags = q->op.step->flags;
	bool asked = q->op.built;
	bool handshake = q->session.state == ROTOR_SPDM_SESSION_STARTING ||
			 q->session.state == ROTOR_SPDM_SESSION_HANDSHAKING;
	q->result.status = status;
	q->result.fail = fail;
	q->result.cause = cause;
	q->result.request = q->op.step->request;
	end_operation(q);
	/* Without an ERROR nobody knows which key the responder uses now. */
	bool unsure = (asked && (flags & ROTOR_SPDM_R_NO_ANSWER)) || q->session.updating;
	if (handshake || (flags & ROTOR_SPDM_R_SESSION) ||
	    (unsure && fail != ROTOR_SPDM_FAIL_PEER_ERROR))
		rotor_spdm_requester_drop_session(q);
	if (flags & ROTOR_SPDM_R_CONNECT)
		q->connected = false;
	if (q->session.updating) {
		rotor_wipe(&q->session.next, sizeof(q->session.next));
		rotor_wipe(q->session.secret, sizeof(q->session.secret));
		q->session.updating = 0;
	}
	rotor_spdm_transcript_drop(q->config->crypto, &q->transcript);
}

void rotor_spdm_requester_cancel(struct rotor_spdm_requester *q)
{
	if (q->op.step)
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_CANCELLED, ROTOR_ERR_STATE, ROTOR_OK);
}

void rotor_spdm_requester_drop_session(struct rotor_spdm_requester *q)
{
	rotor_spdm_session_erase(q->config->crypto, &q->session);
}

/* ---- what the steps use ---- */

const struct rotor_spdm_requester_use *
rotor_spdm_requester_find(const struct rotor_spdm_requester *q,
			  bool (*wanted)(const struct rotor_spdm_requester_piece *piece))
{
	for (size_t i = 0; i < q->config->piece_count; i++) {
		if (wanted(q->config->pieces[i].piece))
			return &q->config->pieces[i];
	}
	return NULL;
}

static bool is_chunks(const struct rotor_spdm_requester_piece *piece)
{
	return piece->chunk_write != NULL;
}

/* The piece that sends and takes chunks, if both sides can. */
static const struct rotor_spdm_requester_use *chunks(const struct rotor_spdm_requester *q)
{
	return q->peer.capabilities & ROTOR_SPDM_CAP_CHUNK ? rotor_spdm_requester_find(q, is_chunks)
							   : NULL;
}

void rotor_spdm_requester_malformed(struct rotor_spdm_requester *q, enum rotor_status cause)
{
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_MALFORMED, ROTOR_ERR_FORMAT, cause);
}

void rotor_spdm_requester_local(struct rotor_spdm_requester *q, enum rotor_status cause)
{
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_LOCAL, ROTOR_ERR_CRYPTO, cause);
}

bool rotor_spdm_requester_capable(struct rotor_spdm_requester *q, uint32_t flags)
{
	if (q->peer.capabilities & flags)
		return true;
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_NO_CAPABILITY, ROTOR_ERR_UNSUPPORTED,
				  ROTOR_OK);
	return false;
}

void rotor_spdm_requester_put_header(struct rotor_spdm_requester *q, struct rotor_writer *w,
				     uint8_t code, uint8_t param1, uint8_t param2)
{
	const struct rotor_spdm_header m = {q->peer.version, code, param1, param2};
	rotor_spdm_encode_header(w, &m);
}

bool rotor_spdm_requester_header(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len,
				 struct rotor_spdm_header *out)
{
	enum rotor_status st = rotor_spdm_decode_header_only(msg, len, out);
	if (st != ROTOR_OK)
		rotor_spdm_requester_malformed(q, st);
	return st == ROTOR_OK;
}

size_t rotor_spdm_requester_room(const struct rotor_spdm_requester *q)
{
	return q->buffer_size / 2 - ROTOR_SPDM_RECORD_HEADROOM - ROTOR_SPDM_RECORD_TAILROOM;
}

void rotor_spdm_requester_event(struct rotor_spdm_requester *q, bool sent, bool encapsulated,
				const uint8_t *msg, size_t len)
{
	if (!q->config->event)
		return;
	const struct rotor_spdm_event event = {
	    .sent = sent,
	    .secured = q->op.secured,
	    .retry = sent && q->op.is_retry,
	    .encapsulated = encapsulated,
	    .session_id = q->op.secured ? q->session.info.session_id : 0,
	    .message = {msg, len},
	};
	q->config->event(q->config->ctx, &event);
}

enum rotor_status rotor_spdm_requester_record(struct rotor_spdm_requester *q,
					      enum rotor_spdm_running kind, const uint8_t *msg,
					      size_t len)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_running_hash *running =
	    q->op.secured ? &q->session.running : &q->transcript.running;
	enum rotor_hash_alg alg = q->peer.suite.hash;
	enum rotor_status st =
	    rotor_spdm_running_add(crypto, alg, &q->transcript, running, kind,
				   rotor_spdm_requester_plain(q), q->op.plain_len);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_add(crypto, alg, &q->transcript, running, kind, msg, len);
	return st;
}

enum rotor_status rotor_spdm_requester_close(struct rotor_spdm_requester *q,
					     enum rotor_spdm_signed what)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_running_hash *running =
	    q->op.secured ? &q->session.running : &q->transcript.running;
	enum rotor_status st = crypto->hash_finish(&running->hash, q->op.digest);
	running->kind = ROTOR_SPDM_RUNNING_NONE;
	if (st == ROTOR_OK)
		st = rotor_spdm_to_sign(crypto, q->peer.version, q->peer.suite.hash,
					q->peer.suite.sig, what, q->op.digest);
	return st;
}

enum rotor_status rotor_spdm_requester_verify(struct rotor_spdm_requester *q)
{
	enum rotor_status st = rotor_spdm_verify(q->config->crypto, &q->op.job, &q->chain.leaf.key,
						 q->peer.suite.hash, q->op.digest, q->op.signature);
	if (st != ROTOR_OK && st != ROTOR_PENDING)
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SIGNATURE, ROTOR_ERR_VERIFY, st);
	return st;
}

/* ---- sending ---- */

static rotor_ms timeout_of(const struct rotor_spdm_requester *q)
{
	uint64_t ct =
	    q->peer.ct_exponent < 32 ? (UINT64_C(1) << q->peer.ct_exponent) / 1000 : WAIT_MAX_MS;
	bool slow = q->op.step->flags & ROTOR_SPDM_R_SLOW;
	uint64_t wait = slow && ct > ST1_MS ? ct : ST1_MS;
	return q->config->round_trip_ms + wait;
}

/* Where the request of this step is built, and how long it may be. */
static uint8_t *place(struct rotor_spdm_requester *q, size_t *room)
{
	const struct rotor_spdm_requester_use *use = chunks(q);
	if (use) {
		uint8_t *at = use->piece->room(use->config, room);
		if (q->peer.max_message < *room)
			*room = q->peer.max_message;
		return at;
	}
	*room = rotor_spdm_requester_room(q);
	if (q->peer.data_transfer_size && q->peer.data_transfer_size < *room)
		*room = q->peer.data_transfer_size;
	return q->buffer + ROTOR_SPDM_RECORD_HEADROOM;
}

/* Writes the request of this step. @return false if that failed the operation */
static bool build(struct rotor_spdm_requester *q)
{
	const struct rotor_spdm_requester_step *step = q->op.step;
	size_t room, len;
	q->op.plain = place(q, &room);
	struct rotor_writer w = rotor_writer(q->op.plain, room);
	step->build(q, &w);
	if (!q->op.step)
		return false;
	if (rotor_writer_end(&w, &len) != ROTOR_OK) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SPACE, ROTOR_ERR_SPACE, ROTOR_OK);
		return false;
	}
	q->op.plain_len = len;
	q->op.built = true;
	if (step->request != ROTOR_SPDM_GET_DIGESTS)
		q->window = false;
	rotor_spdm_transcript_request(q->config->crypto, &q->transcript, q->op.secured,
				      step->request);
	if (q->op.secured && q->session.state == ROTOR_SPDM_SESSION_ESTABLISHED &&
	    step->request != ROTOR_SPDM_GET_MEASUREMENTS) {
		rotor_spdm_running_drop(q->config->crypto, &q->session.running);
	}
	return true;
}

/* The message that carries the request, or asks for its answer: at most a transfer long. */
static bool carry(struct rotor_spdm_requester *q, uint8_t *to, size_t *len)
{
	struct rotor_writer w = rotor_writer(to, rotor_spdm_requester_room(q));
	const struct rotor_spdm_requester_use *use = chunks(q);
	size_t transfer = q->peer.data_transfer_size ? q->peer.data_transfer_size : w.cap;
	if (transfer < w.cap)
		w.cap = transfer;
	if (use && !q->op.chunk.mode && q->op.plain_len > w.cap) {
		q->op.chunk.mode = ROTOR_SPDM_CHUNK_SEND;
		q->op.chunk.handle = q->tags++;
	}
	if (q->op.token)
		rotor_spdm_requester_put_header(q, &w, ROTOR_SPDM_RESPOND_IF_READY,
						q->op.step->request, (uint8_t)(q->op.token - 1));
	else if (use && q->op.chunk.mode)
		use->piece->chunk_write(q, use->config, &w);
	else
		rotor_write_bytes(&w, q->op.plain, q->op.plain_len);
	if (rotor_writer_end(&w, len) == ROTOR_OK)
		return true;
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SPACE, ROTOR_ERR_SPACE, ROTOR_OK);
	return false;
}

/* Puts what is to be sent into the second half of the buffer. @return false if that failed the operation */
static bool seal(struct rotor_spdm_requester *q)
{
	size_t half = q->buffer_size / 2, len;
	uint8_t *to = q->buffer + half;
	uint8_t *msg = to + ROTOR_SPDM_RECORD_HEADROOM;
	if (!carry(q, msg, &len))
		return false;
	struct rotor_bytes out = {msg, len};
	if (q->op.secured &&
	    rotor_spdm_record_seal(q->config->crypto, q->session.suite.aead, &q->session.request,
				   q->session.info.session_id, ROTOR_SPDM_MCTP_TYPE, to, half, len,
				   &out) != ROTOR_OK) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_RECORD, ROTOR_ERR_STATE, ROTOR_OK);
		return false;
	}
	q->op.sent_at = (uint16_t)(out.data - q->buffer);
	q->op.sent_len = (uint16_t)out.len;
	q->op.sealed = true;
	return true;
}

static bool send(struct rotor_spdm_requester *q, rotor_ms now, struct rotor_spdm_message *out)
{
	/* What changes nothing goes as a new record: the old one's answer may be out of the window. */
	if (!q->op.sealed || (q->op.step->flags & ROTOR_SPDM_R_FRESH)) {
		if (!seal(q))
			return false;
	}
	q->op.is_retry = q->op.tries > 0;
	q->op.tries++;
	q->op.deadline = now + timeout_of(q);
	q->counters.sent++;
	q->counters.retries += q->op.is_retry;
	if (q->op.secured)
		q->last_sent = now;
	/* Chunks are told of as the message that they carry. */
	if (q->op.chunk.mode != ROTOR_SPDM_CHUNK_GET && !q->op.chunk.sequence)
		rotor_spdm_requester_event(q, true, false, q->op.plain, q->op.plain_len);
	*out = (struct rotor_spdm_message){
	    .secured = q->op.secured,
	    .bytes = {q->buffer + q->op.sent_at, q->op.sent_len},
	};
	return true;
}

bool rotor_spdm_requester_next(struct rotor_spdm_requester *q, rotor_ms now,
			       struct rotor_spdm_message *out)
{
	memset(out, 0, sizeof(*out));
	q->now = now;
	while (q->op.step && q->op.step->work) {
		const struct rotor_spdm_requester_step *step = q->op.step;
		if (step->work(q) == ROTOR_PENDING && q->op.step == step)
			return false;
	}
	if (!q->op.step)
		return false;
	if (!q->op.built) {
		if (!build(q))
			return false;
		return send(q, now, out);
	}
	if (now < q->op.deadline)
		return false;
	if (q->op.tries > q->config->retries) {
		rotor_spdm_requester_fail(
		    q, q->op.stray ? ROTOR_SPDM_FAIL_UNEXPECTED : ROTOR_SPDM_FAIL_TIMEOUT,
		    ROTOR_ERR_TIMEOUT, ROTOR_OK);
		return false;
	}
	return send(q, now, out);
}

rotor_ms rotor_spdm_requester_deadline(const struct rotor_spdm_requester *q)
{
	if (!q->op.step)
		return ROTOR_NEVER;
	if (q->op.step->work || !q->op.built)
		return 0;
	return q->op.deadline;
}

enum rotor_status rotor_spdm_requester_status(const struct rotor_spdm_requester *q)
{
	return q->result.status;
}

/* ---- receiving ---- */

/* Waits, then sends again: as a new record, since the old one was answered. */
static void wait_then_send(struct rotor_spdm_requester *q, rotor_ms now, uint64_t ms)
{
	q->counters.busy++;
	if (++q->op.waits > WAITS_MAX) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_PEER_ERROR, ROTOR_ERR_PEER, ROTOR_OK);
		return;
	}
	q->op.sealed = false;
	q->op.tries = 0;
	q->op.deadline = now + (ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS);
}

/* The chain of this side is judged when its last portion has come. */
static bool is_refusal(const struct rotor_spdm_requester *q)
{
	return q->op.step == &rotor_spdm_step_encap_deliver &&
	       q->op.inner == ROTOR_SPDM_GET_CERTIFICATE && !q->op.remainder;
}

/* Asks for the pieces of an answer that is too large for one message. @return false if that cannot be */
static bool get_chunks(struct rotor_spdm_requester *q, uint8_t handle, rotor_ms now)
{
	if (!chunks(q))
		return false;
	memset(&q->op.chunk, 0, sizeof(q->op.chunk));
	q->op.chunk.mode = ROTOR_SPDM_CHUNK_GET;
	q->op.chunk.handle = handle;
	q->op.token = 0;
	q->op.sealed = false;
	q->op.tries = 0;
	q->op.deadline = now;
	return true;
}

static void on_error(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len, rotor_ms now)
{
	struct rotor_spdm_error_message m;
	if (rotor_spdm_decode_error(msg, len, &m) != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, ROTOR_ERR_FORMAT);
		return;
	}
	if (m.error == ROTOR_SPDM_ERROR_LARGE_RESPONSE && get_chunks(q, m.handle, now))
		return;
	q->result.peer_error = m.error;
	q->result.peer_error_data = m.data;
	if (m.error == ROTOR_SPDM_ERROR_BUSY) {
		wait_then_send(q, now, BUSY_WAIT_MS + q->config->round_trip_ms);
		return;
	}
	if (m.error == ROTOR_SPDM_ERROR_RESPONSE_NOT_READY &&
	    m.request_code == q->op.step->request) {
		/* The token is kept plus one, so that zero can mean "none". */
		q->op.token = (uint16_t)(m.token + 1);
		wait_then_send(q, now,
			       m.rd_exponent < 32 ? (UINT64_C(1) << m.rd_exponent) / 1000 + 1
						  : WAIT_MAX_MS);
		return;
	}
	if (q->op.step == &rotor_spdm_step_encap_get && !q->op.resume &&
	    (m.error == ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST ||
	     m.error == ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS)) {
		rotor_spdm_requester_done(q);
		return;
	}
	bool refused = is_refusal(q);
	rotor_spdm_requester_fail(q, refused ? ROTOR_SPDM_FAIL_REFUSED : ROTOR_SPDM_FAIL_PEER_ERROR,
				  refused ? ROTOR_ERR_DENIED : ROTOR_ERR_PEER, ROTOR_OK);
	/* It has forgotten all that was agreed on. */
	if (m.error == ROTOR_SPDM_ERROR_REQUEST_RESYNCH) {
		q->connected = false;
		rotor_spdm_requester_drop_session(q);
	}
}

/* An answer to the request of this step, whole. */
static void on_response(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len,
			rotor_ms now)
{
	struct rotor_spdm_header header;
	const struct rotor_spdm_requester_step *step = q->op.step;
	uint8_t version = step == &rotor_spdm_step_version ? ROTOR_SPDM_V10 : q->peer.version;
	if (rotor_spdm_peek(msg, len, &header) != ROTOR_OK ||
	    (header.code != ROTOR_SPDM_ERROR && header.code != step->response)) {
		rotor_spdm_requester_malformed(q, ROTOR_ERR_FORMAT);
		return;
	}
	if (header.code == ROTOR_SPDM_ERROR)
		on_error(q, msg, len, now);
	else if (header.version != version)
		rotor_spdm_requester_malformed(q, ROTOR_ERR_FORMAT);
	else
		step->handle(q, msg, len);
}

static uint8_t expected(const struct rotor_spdm_requester *q)
{
	switch (q->op.chunk.mode) {
	case ROTOR_SPDM_CHUNK_SEND:
		return ROTOR_SPDM_CHUNK_SEND_ACK;
	case ROTOR_SPDM_CHUNK_GET:
		return ROTOR_SPDM_CHUNK_RESPONSE;
	default:
		return q->op.step->response;
	}
}

/* The answer to a chunk, or a chunk of the answer. */
static void on_chunk(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len, rotor_ms now)
{
	const struct rotor_spdm_requester_use *use = chunks(q);
	struct rotor_bytes inner = {NULL, 0};
	enum rotor_status st = ROTOR_ERR_STATE;
	if (use)
		st = use->piece->chunk_take(q, use->config, msg, len, &inner);
	if (st == ROTOR_OK && inner.len && inner.len < ROTOR_SPDM_HEADER_SIZE)
		st = ROTOR_ERR_LENGTH;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_fail(
		    q, st == ROTOR_ERR_SPACE ? ROTOR_SPDM_FAIL_SPACE : ROTOR_SPDM_FAIL_MALFORMED,
		    st == ROTOR_ERR_SPACE ? ROTOR_ERR_SPACE : ROTOR_ERR_FORMAT, st);
		return;
	}
	if (inner.len) {
		memset(&q->op.chunk, 0, sizeof(q->op.chunk));
		rotor_spdm_requester_event(q, false, false, inner.data, inner.len);
		on_response(q, inner.data, inner.len, now);
		return;
	}
	q->op.sealed = false;
	q->op.tries = 0;
	q->op.stray = false;
	q->op.deadline = now;
}

static void on_message(struct rotor_spdm_requester *q, bool secured, const uint8_t *msg, size_t len,
		       rotor_ms now)
{
	struct rotor_spdm_header header;
	const struct rotor_spdm_requester_step *step = q->op.step;
	if (!step || !q->op.built || !q->op.tries || q->op.secured != secured || !step->handle ||
	    rotor_spdm_peek(msg, len, &header) != ROTOR_OK) {
		q->counters.unexpected++;
		return;
	}
	if (header.code != ROTOR_SPDM_ERROR && header.code != expected(q)) {
		q->counters.unexpected++;
		q->op.stray = true;
		return;
	}
	q->counters.received++;
	if (q->op.chunk.mode && header.code != ROTOR_SPDM_ERROR) {
		on_chunk(q, msg, len, now);
		return;
	}
	rotor_spdm_requester_event(q, false, false, msg, len);
	on_response(q, msg, len, now);
}

/* Opens a record: under the responder's next key, if it is one of that key's first, which then takes over. */
static bool open_record(struct rotor_spdm_requester *q, uint8_t *record, size_t len, uint8_t *type,
			struct rotor_bytes *inner)
{
	struct rotor_spdm_session *s = &q->session;
	bool next = s->updating && rotor_spdm_record_begins(record, len, &s->response);
	if (rotor_spdm_record_open(q->config->crypto, s->suite.aead, next ? &s->next : &s->response,
				   s->info.session_id, record, len, type, inner,
				   &q->counters.records) != ROTOR_OK)
		return false;
	if (next) {
		s->response = s->next;
		memcpy(s->response_secret, s->secret, sizeof(s->response_secret));
		rotor_wipe(s->secret, sizeof(s->secret));
		rotor_wipe(&s->next, sizeof(s->next));
		s->updating = 0;
	}
	return true;
}

bool rotor_spdm_requester_receive(struct rotor_spdm_requester *q, bool secured, uint8_t *msg,
				  size_t len, rotor_ms now, struct rotor_spdm_message *app)
{
	memset(app, 0, sizeof(*app));
	q->now = now;
	if (!secured) {
		on_message(q, false, msg, len, now);
		return false;
	}
	uint32_t id;
	struct rotor_spdm_session *s = &q->session;
	if (rotor_spdm_record_session(msg, len, &id) != ROTOR_OK ||
	    s->state < ROTOR_SPDM_SESSION_HANDSHAKING || id != s->info.session_id) {
		q->counters.unknown_session++;
		return false;
	}
	uint8_t type;
	struct rotor_bytes inner;
	if (!open_record(q, msg, len, &type, &inner))
		return false;
	if (type == ROTOR_SPDM_MCTP_TYPE) {
		on_message(q, true, inner.data, inner.len, now);
		return false;
	}
	if (s->state != ROTOR_SPDM_SESSION_ESTABLISHED) {
		q->counters.unexpected++;
		return false;
	}
	*app = (struct rotor_spdm_message){.secured = true, .bytes = inner, .app_type = type};
	return true;
}

/* ---- the session ---- */

bool rotor_spdm_requester_session(const struct rotor_spdm_requester *q,
				  struct rotor_spdm_session_info *info)
{
	if (q->session.state != ROTOR_SPDM_SESSION_ESTABLISHED)
		return false;
	if (info)
		*info = q->session.info;
	return true;
}

enum rotor_status rotor_spdm_requester_seal(struct rotor_spdm_requester *q, uint8_t type,
					    uint8_t *buffer, size_t cap, size_t len,
					    struct rotor_bytes *record)
{
	*record = (struct rotor_bytes){NULL, 0};
	if (q->session.state != ROTOR_SPDM_SESSION_ESTABLISHED)
		return ROTOR_ERR_STATE;
	q->last_sent = q->now;
	return rotor_spdm_record_seal(q->config->crypto, q->session.suite.aead, &q->session.request,
				      q->session.info.session_id, type, buffer, cap, len, record);
}

rotor_ms rotor_spdm_requester_heartbeat_due(const struct rotor_spdm_requester *q)
{
	if (q->session.state != ROTOR_SPDM_SESSION_ESTABLISHED || !q->session.heartbeat_s)
		return ROTOR_NEVER;
	return q->last_sent + 500u * q->session.heartbeat_s;
}

enum rotor_status rotor_spdm_requester_init(struct rotor_spdm_requester *q,
					    const struct rotor_spdm_requester_config *config,
					    uint8_t *buffer, size_t buffer_size)
{
	memset(q, 0, sizeof(*q));
	q->config = config;
	q->buffer = buffer;
	q->buffer_size = buffer_size;
	if (buffer_size < ROTOR_SPDM_REQUESTER_BUFFER_MIN || buffer_size > UINT16_MAX)
		return ROTOR_ERR_SPACE;
	if (!config->crypto || !config->version_count ||
	    config->version_count > ROTOR_SPDM_VERSIONS_MAX)
		return ROTOR_ERR_ARGUMENT;
	bool chain = config->own.signer && config->own.chain.len;
	bool key = config->own_key.signer && config->own_key.chain.len;
	if ((config->offer_mutual_auth && !chain && !key) || (chain && key) ||
	    (config->need_mutual_auth && !config->offer_mutual_auth))
		return ROTOR_ERR_ARGUMENT;
	for (size_t i = 0; i < config->version_count; i++) {
		if (!rotor_spdm_version_known(config->versions[i]))
			return ROTOR_ERR_ARGUMENT;
	}
	for (size_t i = 0; i < config->piece_count; i++) {
		const struct rotor_spdm_requester_use *use = &config->pieces[i];
		enum rotor_status st = use->piece->init ? use->piece->init(use->config) : ROTOR_OK;
		if (st != ROTOR_OK)
			return st;
	}
	return ROTOR_OK;
}

void rotor_spdm_requester_deinit(struct rotor_spdm_requester *q)
{
	end_operation(q);
	rotor_spdm_requester_drop_session(q);
	rotor_spdm_transcript_reset(q->config->crypto, &q->transcript);
	rotor_wipe(q, sizeof(*q));
}
