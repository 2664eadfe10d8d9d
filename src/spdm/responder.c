/* SPDX-License-Identifier: Apache-2.0 */
/* The responder's frame: peers, retries, slow work, answers in the clear and in records. */
#include <string.h>

#include "spdm/key_schedule.h"
#include "spdm/responder.h"

/* Whether anything can be asked for later. */
#define READY ROTOR_SPDM_RESPOND_IF_READY_FEATURE

#define SMALL_ROOM                                                                                 \
	(sizeof(((struct rotor_spdm_responder *)0)->small) - ROTOR_SPDM_RECORD_HEADROOM -          \
	 ROTOR_SPDM_RECORD_TAILROOM)

/* ---- answers ---- */

size_t rotor_spdm_responder_own_transfer(const struct rotor_spdm_responder *r)
{
	return r->config->data_transfer_size
		   ? r->config->data_transfer_size
		   : r->buffer_size - ROTOR_SPDM_RECORD_HEADROOM - ROTOR_SPDM_RECORD_TAILROOM;
}

size_t rotor_spdm_responder_transfer(const struct rotor_spdm_responder *r,
				     const struct rotor_spdm_connection *c)
{
	size_t room = r->buffer_size - ROTOR_SPDM_RECORD_HEADROOM - ROTOR_SPDM_RECORD_TAILROOM;
	return c->transfer && c->transfer < room ? c->transfer : room;
}

size_t rotor_spdm_responder_room(const struct rotor_spdm_responder *r,
				 const struct rotor_spdm_connection *c)
{
	size_t room = rotor_spdm_responder_transfer(r, c);
	if (!ROTOR_SPDM_FEATURES || !r->large ||
	    !(rotor_spdm_responder_agreed(r, c) & ROTOR_SPDM_CAP_CHUNK))
		return room;
	room = r->buffer_size - ROTOR_SPDM_RECORD_HEADROOM - ROTOR_SPDM_RECORD_TAILROOM;
	if (r->large < room)
		room = r->large;
	return c->max_message < room ? c->max_message : room;
}

struct rotor_writer rotor_spdm_responder_writer(struct rotor_spdm_responder *r)
{
	return rotor_writer(rotor_spdm_responder_answer(r),
			    rotor_spdm_responder_room(r, &r->connections[r->work.connection]));
}

enum rotor_status rotor_spdm_responder_built(struct rotor_spdm_responder *r,
					     const struct rotor_writer *w)
{
	size_t len;
	if (rotor_writer_end(w, &len) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE);
	r->work.at = (uint16_t)len;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_responder_header(struct rotor_spdm_responder *r,
					      const struct rotor_spdm_request *q, uint8_t code,
					      uint8_t param1, uint8_t param2)
{
	const struct rotor_spdm_header header = {q->c->version, code, param1, param2};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_header(&w, &header);
	return rotor_spdm_responder_built(r, &w);
}

size_t rotor_spdm_responder_write_error(const struct rotor_spdm_connection *c, uint8_t *to,
					size_t cap, uint8_t error, uint8_t data)
{
	static const uint8_t zeros[4];
	uint8_t version = c && c->version ? c->version : ROTOR_SPDM_V10;
	if (c && c->version)
		error = rotor_spdm_version_error(version, error);
	struct rotor_writer w = rotor_writer(to, cap);
	const struct rotor_spdm_error_message m = {
	    .version = version,
	    .error = error,
	    .data = data,
	    /* The size that would have been needed is not told. */
	    .extended = {zeros, error == ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE ? 4 : 0},
	};
	size_t len;
	rotor_spdm_encode_error(&w, &m);
	return rotor_writer_end(&w, &len) == ROTOR_OK ? len : 0;
}

enum rotor_status rotor_spdm_responder_error_with(struct rotor_spdm_responder *r, uint8_t error,
						  uint8_t data)
{
	const struct rotor_spdm_connection *c = &r->connections[r->work.connection];
	r->counters.errors++;
	r->work.at = (uint16_t)rotor_spdm_responder_write_error(
	    c, rotor_spdm_responder_answer(r), rotor_spdm_responder_transfer(r, c), error, data);
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_responder_error(struct rotor_spdm_responder *r, uint8_t error)
{
	return rotor_spdm_responder_error_with(r, error, 0);
}

enum rotor_status rotor_spdm_responder_fail(struct rotor_spdm_responder *r, uint8_t error)
{
	r->work.after = ROTOR_SPDM_AFTER_END_FAILED;
	return rotor_spdm_responder_error(r, error);
}

static void give(struct rotor_spdm_out *out, uint32_t peer, uint32_t token, bool secured,
		 const uint8_t *bytes, size_t len)
{
	out->kind = ROTOR_SPDM_OUT_RESPONSE;
	out->peer = peer;
	out->token = token;
	out->secured = secured;
	out->bytes = (struct rotor_bytes){bytes, len};
}

/* A short answer that stands in @c small, to a request that is not worked on, or not yet answered. */
static void give_small(struct rotor_spdm_responder *r, struct rotor_spdm_session *session,
		       uint32_t peer, uint32_t token, size_t len, struct rotor_spdm_out *out)
{
	struct rotor_bytes record = {r->small + ROTOR_SPDM_RECORD_HEADROOM, len};
#if ROTOR_SPDM_SESSIONS > 0
	if (session &&
	    rotor_spdm_record_seal(r->config->crypto, session->suite.aead, &session->response,
				   session->info.session_id, ROTOR_SPDM_MCTP_TYPE, r->small,
				   sizeof(r->small), len, &record) != ROTOR_OK)
		return;
#endif
	give(out, peer, token, session != NULL, record.data, record.len);
}

/* The session whose record the request under way came in. */
static struct rotor_spdm_session *work_session(const struct rotor_spdm_responder *r)
{
#if ROTOR_SPDM_SESSIONS > 0
	if (r->work.request.secured)
		return &r->sessions[r->work.session];
#else
	(void)r;
#endif
	return NULL;
}

uint32_t rotor_spdm_responder_work_session(const struct rotor_spdm_responder *r)
{
	const struct rotor_spdm_session *s = work_session(r);
	return s ? s->info.session_id : 0;
}

/* What comes after an answer that has left. */
static void follow(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c, uint8_t after,
		   rotor_ms now)
{
	if (after == ROTOR_SPDM_AFTER_AUTHENTICATED)
		c->state = ROTOR_SPDM_AUTHENTICATED;
#if ROTOR_SPDM_SESSIONS > 0
	struct rotor_spdm_session *s = &r->sessions[r->work.session];
	if (after == ROTOR_SPDM_AFTER_ESTABLISH)
		rotor_spdm_session_establish(r, s, now);
	else if (after == ROTOR_SPDM_AFTER_END)
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_REQUESTED);
	else if (after == ROTOR_SPDM_AFTER_END_FAILED)
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_HANDSHAKE_FAILED);
#else
	(void)r;
	(void)now;
#endif
}

/* The answer stands in the buffer: seals it if need be, gives it out, does what comes after it. */
static void complete(struct rotor_spdm_responder *r, rotor_ms now, struct rotor_spdm_out *out)
{
	struct rotor_spdm_connection *c = &r->connections[r->work.connection];
	for (size_t i = 0; i < rotor_spdm_feature_count(r); i++) {
		const struct rotor_spdm_feature_use *use = &r->config->features[i];
		if (use->feature->complete)
			use->feature->complete(r, c, use->config);
	}
	uint8_t after = r->work.after;
	struct rotor_bytes bytes = {rotor_spdm_responder_answer(r), r->work.at};
	r->work.step = ROTOR_SPDM_STEP_NONE;
	r->work.after = ROTOR_SPDM_AFTER_NOTHING;
	r->answer.valid = false;
#if ROTOR_SPDM_SESSIONS > 0
	struct rotor_spdm_session *s = work_session(r);
	if (s && rotor_spdm_record_seal(r->config->crypto, s->suite.aead, &s->response,
					s->info.session_id, ROTOR_SPDM_MCTP_TYPE, r->buffer,
					r->buffer_size, bytes.len, &bytes) != ROTOR_OK) {
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_EXHAUSTED);
		return;
	}
#endif
	if (!bytes.len)
		return;
	r->answer.valid = true;
	r->answer.request = r->work.request;
	r->answer.exact |= r->work.request.secured || rotor_spdm_responder_exact(r, r->work.code);
	r->answer.at = (uint16_t)(bytes.data - r->buffer);
	r->answer.len = (uint16_t)bytes.len;
	give(out, c->peer, r->work.request.token, r->work.request.secured, bytes.data, bytes.len);
	follow(r, c, after, now);
}

/* One step of slow work. */
static enum rotor_status step_on(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c)
{
	switch (r->work.step) {
	case ROTOR_SPDM_STEP_SIGN:
		return rotor_spdm_attest_work(r, c);
	case ROTOR_SPDM_STEP_FEATURE:
		if (!ROTOR_SPDM_FEATURES)
			return ROTOR_ERR_STATE;
		return r->work.use->feature->work(r, c, r->work.use->config);
#if ROTOR_SPDM_SESSIONS > 0
	case ROTOR_SPDM_STEP_AUTHORISE:
		return rotor_spdm_encap_work(r, c);
	case ROTOR_SPDM_STEP_VERIFY_FINISH:
		return rotor_spdm_finish_work(r, c);
	case ROTOR_SPDM_STEP_KEX_GENERATE:
	case ROTOR_SPDM_STEP_KEX_AGREE:
	case ROTOR_SPDM_STEP_KEX_SIGN:
		return rotor_spdm_session_work(r, c);
#endif
	default:
		return ROTOR_PENDING;
	}
}

/* The requester is told that it has to wait, if a feature does so. */
static void tell_slow(struct rotor_spdm_responder *r, rotor_ms now, struct rotor_spdm_out *out)
{
	struct rotor_spdm_connection *c = &r->connections[r->work.connection];
	size_t len = 0;
	if (r->work.code == ROTOR_SPDM_CHUNK_SEND)
		return; /* its answer belongs into an acknowledgement */
	for (size_t i = 0; i < rotor_spdm_feature_count(r) && !len; i++) {
		const struct rotor_spdm_feature_use *use = &r->config->features[i];
		if (use->feature->slow)
			len = use->feature->slow(r, c, now, r->small + ROTOR_SPDM_RECORD_HEADROOM,
						 SMALL_ROOM, use->config);
	}
	if (!len)
		return;
	r->work.told = true;
	give_small(r, work_session(r), c->peer, r->work.request.token, len, out);
}

/* Goes on with the request under way until it has an answer or has to wait. */
static void go_on(struct rotor_spdm_responder *r, enum rotor_status st, rotor_ms now,
		  struct rotor_spdm_out *out)
{
	struct rotor_spdm_connection *c = &r->connections[r->work.connection];
	/* Each pass is a step further; a step that has to wait says so and keeps its number. */
	while (st == ROTOR_PENDING && r->work.step != ROTOR_SPDM_STEP_NONE) {
		uint8_t step = r->work.step;
		st = step_on(r, c);
		if (st == ROTOR_PENDING && r->work.step == step) {
			if (READY && !r->work.told)
				tell_slow(r, now, out);
			return;
		}
	}
	if (READY && r->work.told)
		r->work.step = ROTOR_SPDM_STEP_READY; /* and the requester will ask */
	else
		complete(r, now, out);
}

void rotor_spdm_responder_give_up(struct rotor_spdm_responder *r)
{
	r->config->crypto->job_cancel(&r->work.job);
	r->work.step = ROTOR_SPDM_STEP_NONE;
}

/* ---- requests ---- */

static struct rotor_spdm_connection *find(struct rotor_spdm_responder *r, uint32_t peer)
{
	for (size_t i = 0; i < r->config->connection_count; i++) {
		if (r->connections[i].used && r->connections[i].peer == peer)
			return &r->connections[i];
	}
	return NULL;
}

static bool has_session(const struct rotor_spdm_responder *r, uint32_t peer)
{
#if ROTOR_SPDM_SESSIONS > 0
	for (size_t i = 0; i < r->config->session_count; i++) {
		if (r->sessions[i].state != ROTOR_SPDM_SESSION_NONE &&
		    r->sessions[i].info.peer == peer)
			return true;
	}
#else
	(void)r;
	(void)peer;
#endif
	return false;
}

/* A connection for a new peer: a free one, or the one longest unused that has no session. */
static struct rotor_spdm_connection *admit(struct rotor_spdm_responder *r, uint32_t peer)
{
	struct rotor_spdm_connection *best = NULL;
	for (size_t i = 0; i < r->config->connection_count; i++) {
		struct rotor_spdm_connection *c = &r->connections[i];
		if (!c->used) {
			best = c;
			break;
		}
		if (!has_session(r, c->peer) &&
		    (!best || r->uses - c->last_used > r->uses - best->last_used))
			best = c;
	}
	if (!best)
		return NULL;
	if (best->used) {
		r->counters.evicted++;
		rotor_spdm_responder_reset(r, best);
	}
	memset(best, 0, sizeof(*best));
	best->used = true;
	best->peer = peer;
	return best;
}

/* What is kept of a request to know it again: of a record its header and tag say everything. */
static uint32_t print_of(bool secured, const uint8_t *msg, size_t len)
{
	if (!secured || len < 32)
		return rotor_crc32(0, msg, len);
	return rotor_crc32(rotor_crc32(0, msg, 8), msg + len - 16, 16);
}

/* Whether two requests are the same, as far as can be told. */
static bool same(const struct rotor_spdm_arrival *a, const struct rotor_spdm_arrival *b)
{
	return a->peer == b->peer && a->print == b->print && a->len == b->len &&
	       a->secured == b->secured;
}

static void give_small_error(struct rotor_spdm_responder *r, const struct rotor_spdm_connection *c,
			     struct rotor_spdm_session *session, const struct rotor_spdm_arrival *a,
			     uint8_t error, struct rotor_spdm_out *out)
{
	size_t len = rotor_spdm_responder_write_error(c, r->small + ROTOR_SPDM_RECORD_HEADROOM,
						      SMALL_ROOM, error, 0);
	if (error == ROTOR_SPDM_ERROR_BUSY)
		r->counters.busy++;
	else
		r->counters.errors++;
	give_small(r, session, a->peer, a->token, len, out);
}

/* Whether the arrival is dealt with by an answer given before, or by the work under way. */
static bool is_retry(struct rotor_spdm_responder *r, const struct rotor_spdm_arrival *a,
		     struct rotor_spdm_out *out)
{
	if (r->work.step != ROTOR_SPDM_STEP_NONE) {
		if (!same(&r->work.request, a))
			return false;
		r->work.request.token = a->token; /* the later one is the one still waited for */
		r->counters.repeated++;
		if (READY && r->work.told)
			tell_slow(r, a->time, out);
		return true;
	}
	if (!r->answer.valid || !same(&r->answer.request, a) ||
	    (!r->answer.exact && a->time - r->answer.request.time < ROTOR_SPDM_RETRY_MS))
		return false;
	r->counters.retries++;
	give(out, a->peer, a->token, a->secured, r->buffer + r->answer.at, r->answer.len);
	return true;
}

/*
 * A request while another is worked on, or is ready and waits to be asked for. Whether it is the question for that one:
 * then it is dealt with.
 */
static bool asks_for_work(struct rotor_spdm_responder *r, const struct rotor_spdm_arrival *a,
			  const struct rotor_spdm_request *q, struct rotor_spdm_out *out)
{
	if (!READY || r->work.step == ROTOR_SPDM_STEP_NONE || !r->work.told ||
	    q->c != &r->connections[r->work.connection] || q->session != work_session(r))
		return false;
	if (q->header.code == ROTOR_SPDM_RESPOND_IF_READY && q->header.version == q->c->version &&
	    q->len == ROTOR_SPDM_HEADER_SIZE && q->header.param1 == r->work.code &&
	    q->header.param2 == r->work.ticket) {
		r->work.request.token = a->token;
		if (r->work.step != ROTOR_SPDM_STEP_READY) {
			tell_slow(r, a->time, out);
			return true;
		}
		/* From here on, this question is what the answer is to. */
		r->work.request = *a;
		r->answer.exact = true;
		complete(r, a->time, out);
		return true;
	}
	/* Who asks for something else does not want it any more. */
	if (r->work.step == ROTOR_SPDM_STEP_READY)
		rotor_spdm_responder_give_up(r);
	return false;
}

static void take(struct rotor_spdm_responder *r, const struct rotor_spdm_arrival *a,
		 struct rotor_spdm_connection *c, struct rotor_spdm_session *session,
		 const uint8_t *msg, size_t len, struct rotor_spdm_out *out)
{
	struct rotor_spdm_request q = {
	    .c = c, .session = session, .msg = msg, .len = len, .now = a->time};
	if (rotor_spdm_peek(msg, len, &q.header) != ROTOR_OK ||
	    !ROTOR_SPDM_IS_REQUEST(q.header.code)) {
		r->counters.no_answer++;
		return;
	}
	r->counters.requests++;
	if (c && asks_for_work(r, a, &q, out))
		return;
	uint8_t error = 0;
	if (r->work.step != ROTOR_SPDM_STEP_NONE) {
		error = ROTOR_SPDM_ERROR_BUSY;
	} else if (!c && q.header.code == ROTOR_SPDM_GET_VERSION) {
		q.c = c = admit(r, a->peer);
		if (!c)
			error = ROTOR_SPDM_ERROR_BUSY;
	} else if (!c) {
		error = ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST;
	}
	if (error) {
		give_small_error(r, c, session, a, error, out);
		return;
	}
	c->last_used = ++r->uses;
	r->answer.valid = false;
	r->answer.exact = false;
	memset(&r->work, 0, sizeof(r->work));
	r->work.connection = (uint8_t)(c - r->connections);
#if ROTOR_SPDM_SESSIONS > 0
	if (session)
		r->work.session = (uint8_t)(session - r->sessions);
#endif
	r->work.code = q.header.code;
	r->work.request = *a;
	go_on(r, rotor_spdm_responder_dispatch(r, &q), a->time, out);
}

#if ROTOR_SPDM_SESSIONS > 0
/* A session that has record keys in use: not while its handshake is in the clear. */
static struct rotor_spdm_session *find_session(struct rotor_spdm_responder *r, uint32_t id)
{
	for (size_t i = 0; i < r->config->session_count; i++) {
		struct rotor_spdm_session *s = &r->sessions[i];
		if (s->info.session_id == id && (s->state == ROTOR_SPDM_SESSION_ESTABLISHED ||
						 (s->state == ROTOR_SPDM_SESSION_HANDSHAKING &&
						  !rotor_spdm_clear_handshake(&s->suite))))
			return s;
	}
	return NULL;
}

/* Opens a record; the first under a key that KEY_UPDATE has announced makes that key the one in use. */
static enum rotor_status open_record(struct rotor_spdm_responder *r, struct rotor_spdm_session *s,
				     uint8_t *msg, size_t len, uint8_t *type,
				     struct rotor_bytes *inner)
{
	struct rotor_spdm_record_keys *keys = &s->request;
	if (s->updating && !(s->updating & ROTOR_SPDM_UPDATED) &&
	    rotor_spdm_record_begins(msg, len, &s->request))
		keys = &s->next;
	enum rotor_status st =
	    rotor_spdm_record_open(r->config->crypto, s->suite.aead, keys, s->info.session_id, msg,
				   len, type, inner, &r->counters.records);
	if (st == ROTOR_OK && keys == &s->next) {
		s->request = s->next;
		s->updating |= ROTOR_SPDM_UPDATED;
		rotor_wipe(&s->next, sizeof(s->next));
	}
	return st;
}

static void take_record(struct rotor_spdm_responder *r, const struct rotor_spdm_arrival *a,
			uint8_t *msg, size_t len, struct rotor_spdm_out *out)
{
	uint32_t id;
	struct rotor_spdm_session *s = NULL;
	if (rotor_spdm_record_session(msg, len, &id) == ROTOR_OK)
		s = find_session(r, id);
	struct rotor_spdm_connection *c = find(r, a->peer);
	if (!s || !c || s->info.peer != a->peer) {
		r->counters.unknown_session++;
		give_small_error(r, c, NULL, a, ROTOR_SPDM_ERROR_DECRYPT_ERROR, out);
		return;
	}
	uint8_t type;
	struct rotor_bytes inner;
	enum rotor_status st = open_record(r, s, msg, len, &type, &inner);
	if (st == ROTOR_ERR_STATE)
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_EXHAUSTED);
	if (st != ROTOR_OK)
		return;
	if (s->state == ROTOR_SPDM_SESSION_ESTABLISHED && s->heartbeat_s)
		s->deadline = a->time + 2000u * s->heartbeat_s;
	if (type == ROTOR_SPDM_MCTP_TYPE) {
		take(r, a, c, s, inner.data, inner.len, out);
		return;
	}
	if (s->state != ROTOR_SPDM_SESSION_ESTABLISHED) {
		r->counters.unknown_type++;
		return;
	}
	c->last_used = ++r->uses;
	out->kind = ROTOR_SPDM_OUT_APP;
	out->peer = a->peer;
	out->token = a->token;
	out->secured = true;
	out->bytes = inner;
	out->app_type = type;
	out->session = s->info;
}
#endif

/* ---- the public face ---- */

void rotor_spdm_responder_receive(struct rotor_spdm_responder *r, uint32_t peer, uint32_t token,
				  bool secured, uint8_t *msg, size_t len, rotor_ms now,
				  struct rotor_spdm_out *out)
{
	memset(out, 0, sizeof(*out));
	if (!len) {
		r->counters.no_answer++;
		return;
	}
	const struct rotor_spdm_arrival a = {.peer = peer,
					     .token = token,
					     .print = print_of(secured, msg, len),
					     .secured = secured,
					     .len = (uint32_t)len,
					     .time = now};
	if (is_retry(r, &a, out))
		return;
	if (!secured) {
		take(r, &a, find(r, peer), NULL, msg, len, out);
		return;
	}
#if ROTOR_SPDM_SESSIONS > 0
	take_record(r, &a, msg, len, out);
#else
	r->counters.unknown_session++;
#endif
}

void rotor_spdm_responder_poll(struct rotor_spdm_responder *r, rotor_ms now,
			       struct rotor_spdm_out *out)
{
	memset(out, 0, sizeof(*out));
#if ROTOR_SPDM_SESSIONS > 0
	for (size_t i = 0; i < r->config->session_count; i++) {
		struct rotor_spdm_session *s = &r->sessions[i];
		bool busy = r->work.step != ROTOR_SPDM_STEP_NONE && r->work.session == i;
		if (s->state < ROTOR_SPDM_SESSION_HANDSHAKING || busy || now < s->deadline)
			continue;
		rotor_spdm_session_end(r, s,
				       s->state == ROTOR_SPDM_SESSION_ESTABLISHED
					   ? ROTOR_SPDM_END_IDLE
					   : ROTOR_SPDM_END_HANDSHAKE_TIMEOUT);
	}
#endif
	if (READY && r->work.step == ROTOR_SPDM_STEP_READY) {
		if (now >= r->work.ready_until)
			rotor_spdm_responder_give_up(r);
	} else if (r->work.step != ROTOR_SPDM_STEP_NONE) {
		go_on(r, ROTOR_PENDING, now, out);
	}
}

rotor_ms rotor_spdm_responder_deadline(const struct rotor_spdm_responder *r)
{
	rotor_ms at = ROTOR_NEVER;
	if (READY && r->work.step == ROTOR_SPDM_STEP_READY)
		at = r->work.ready_until;
	else if (r->work.step != ROTOR_SPDM_STEP_NONE)
		return 0;
#if ROTOR_SPDM_SESSIONS > 0
	for (size_t i = 0; i < r->config->session_count; i++) {
		const struct rotor_spdm_session *s = &r->sessions[i];
		if (s->state >= ROTOR_SPDM_SESSION_HANDSHAKING && s->deadline < at)
			at = s->deadline;
	}
#endif
	return at;
}

/* Whether a configuration makes sense. */
static enum rotor_status check_config(const struct rotor_spdm_responder_config *config)
{
	if (!config->crypto || !config->ops || !config->ops->measurement || !config->connections ||
	    !config->connection_count || !config->version_count ||
	    config->version_count > ROTOR_SPDM_VERSIONS_MAX ||
	    config->slot_count > ROTOR_SPDM_SLOT_COUNT)
		return ROTOR_ERR_ARGUMENT;
	/* Certificates or a provisioned key: SPDM lets nobody say that it has both. */
	if (config->provisioned ? config->slot_count || !config->provisioned->signer
				: !config->slot_count || !config->slots[0].signer)
		return ROTOR_ERR_ARGUMENT;
	for (size_t i = 0; i < config->version_count; i++) {
		if (!rotor_spdm_version_known(config->versions[i]))
			return ROTOR_ERR_UNSUPPORTED;
	}
	if ((!ROTOR_SPDM_FEATURES && config->feature_count) ||
	    (!ROTOR_SPDM_MULTI_KEY && config->keys != ROTOR_SPDM_ONE_KEY) ||
	    (!ROTOR_SPDM_PUBLIC_KEYS && (config->provisioned || config->peer_key)) ||
	    (!ROTOR_SPDM_CLEAR_HANDSHAKE && config->clear_handshake) ||
	    (!ROTOR_SPDM_PLAIN_RECORDS && config->mac_only))
		return ROTOR_ERR_UNSUPPORTED;
	if (config->need_mutual_auth && !config->ask_mutual_auth)
		return ROTOR_ERR_ARGUMENT;
	if (config->session_count && (!config->sessions || !ROTOR_SPDM_SESSIONS))
		return ROTOR_ERR_ARGUMENT;
	if (config->ask_mutual_auth &&
	    (!config->session_count ||
	     (config->mutual == ROTOR_SPDM_MUTUAL_KEY && !config->peer_key)))
		return ROTOR_ERR_ARGUMENT;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_responder_init(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_responder_config *config,
					    uint8_t *buffer, size_t buffer_size, uint8_t *chain,
					    size_t chain_size)
{
	memset(r, 0, sizeof(*r));
	r->config = config;
	r->buffer = buffer;
	r->buffer_size = buffer_size;
	if (buffer_size < ROTOR_SPDM_RESPONDER_BUFFER_MIN || buffer_size > UINT16_MAX)
		return ROTOR_ERR_SPACE;
	enum rotor_status st = check_config(config);
	if (st != ROTOR_OK)
		return st;
	r->connections = config->connections;
	memset(r->connections, 0, config->connection_count * sizeof(r->connections[0]));
#if ROTOR_SPDM_SESSIONS > 0
	if (config->ask_mutual_auth && config->mutual != ROTOR_SPDM_MUTUAL_KEY &&
	    (!chain || !chain_size))
		return ROTOR_ERR_ARGUMENT;
	r->sessions = config->sessions;
	if (config->session_count)
		memset(r->sessions, 0, config->session_count * sizeof(r->sessions[0]));
	r->handshake.chain = chain;
	r->handshake.chain_size = chain_size;
	r->next_session = 1;
#else
	(void)chain;
	(void)chain_size;
#endif
	for (size_t i = 0; i < rotor_spdm_feature_count(r) && st == ROTOR_OK; i++) {
		if (config->features[i].feature->init)
			st = config->features[i].feature->init(r, config->features[i].config);
	}
	/* Who has several keys must tell of them. */
	if (ROTOR_SPDM_MULTI_KEY && config->keys != ROTOR_SPDM_ONE_KEY &&
	    !(rotor_spdm_responder_capabilities(r, 0) & ROTOR_SPDM_CAP_GET_KEY_PAIR_INFO))
		st = ROTOR_ERR_ARGUMENT;
	return st;
}

void rotor_spdm_responder_deinit(struct rotor_spdm_responder *r)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	crypto->job_cancel(&r->work.job);
#if ROTOR_SPDM_SESSIONS > 0
	for (size_t i = 0; r->sessions && i < r->config->session_count; i++)
		rotor_spdm_session_erase(crypto, &r->sessions[i]);
#endif
	for (size_t i = 0; r->connections && i < r->config->connection_count; i++)
		rotor_spdm_responder_reset(r, &r->connections[i]);
	rotor_wipe(r->buffer, r->buffer_size);
	rotor_wipe(r, sizeof(*r));
}

#if ROTOR_SPDM_SESSIONS > 0
enum rotor_status rotor_spdm_responder_seal(struct rotor_spdm_responder *r, uint32_t session_id,
					    uint8_t type, uint8_t *buffer, size_t cap, size_t len,
					    struct rotor_bytes *record)
{
	*record = (struct rotor_bytes){NULL, 0};
	struct rotor_spdm_session *s = find_session(r, session_id);
	if (!s || s->state != ROTOR_SPDM_SESSION_ESTABLISHED)
		return ROTOR_ERR_NOT_FOUND;
	return rotor_spdm_record_seal(r->config->crypto, s->suite.aead, &s->response, session_id,
				      type, buffer, cap, len, record);
}

bool rotor_spdm_responder_session(const struct rotor_spdm_responder *r, uint32_t session_id,
				  struct rotor_spdm_session_info *info)
{
	for (size_t i = 0; i < r->config->session_count; i++) {
		const struct rotor_spdm_session *s = &r->sessions[i];
		if (s->state != ROTOR_SPDM_SESSION_ESTABLISHED || s->info.session_id != session_id)
			continue;
		if (info)
			*info = s->info;
		return true;
	}
	return false;
}

void rotor_spdm_responder_end_session(struct rotor_spdm_responder *r, uint32_t session_id)
{
	struct rotor_spdm_session *s = find_session(r, session_id);
	if (!s)
		return;
	if (r->work.step != ROTOR_SPDM_STEP_NONE && r->work.request.secured &&
	    s == &r->sessions[r->work.session]) {
		/* A request of this session is being worked on: it gets no answer. */
		rotor_spdm_responder_give_up(r);
	}
	rotor_spdm_session_end(r, s, ROTOR_SPDM_END_REQUESTED);
}
#endif
