/* SPDX-License-Identifier: Apache-2.0 */
/* The responder's frame: peers, retries, slow work, answers in the clear and in records. */
#include <string.h>

#include "spdm/responder.h"

/* ---- answers ---- */

size_t rotor_spdm_responder_room(const struct rotor_spdm_responder *r,
				 const struct rotor_spdm_connection *c)
{
	size_t room = r->buffer_size - ROTOR_SPDM_RECORD_HEADROOM - ROTOR_SPDM_RECORD_TAILROOM;
	return c->max_message && c->max_message < room ? c->max_message : room;
}

struct rotor_writer rotor_spdm_responder_writer(struct rotor_spdm_responder *r,
						const struct rotor_spdm_connection *c)
{
	return rotor_writer(rotor_spdm_responder_answer(r), rotor_spdm_responder_room(r, c));
}

enum rotor_status rotor_spdm_responder_built(struct rotor_spdm_responder *r,
					     const struct rotor_spdm_connection *c,
					     const struct rotor_writer *w)
{
	size_t len;
	if (rotor_writer_end(w, &len) != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE, 0);
	r->work.at = (uint16_t)len;
	return ROTOR_OK;
}

static size_t write_error(uint8_t version, uint8_t *to, size_t cap, uint8_t error, uint8_t data)
{
	static const uint8_t zeros[4];
	struct rotor_writer w = rotor_writer(to, cap);
	const struct rotor_spdm_error_message m = {
	    .version = version ? version : ROTOR_SPDM_V10,
	    .error = error,
	    .data = data,
	    /* The size that would have been needed is not told. */
	    .extended = {zeros, error == ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE ? 4 : 0},
	};
	size_t len;
	rotor_spdm_encode_error(&w, &m);
	return rotor_writer_end(&w, &len) == ROTOR_OK ? len : 0;
}

enum rotor_status rotor_spdm_responder_error(struct rotor_spdm_responder *r,
					     const struct rotor_spdm_connection *c, uint8_t error,
					     uint8_t data)
{
	r->counters.errors++;
	r->work.at = (uint16_t)write_error(c->version, rotor_spdm_responder_answer(r),
					   rotor_spdm_responder_room(r, c), error, data);
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_responder_fail(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_connection *c, uint8_t error)
{
	r->work.after = ROTOR_SPDM_AFTER_END_FAILED;
	return rotor_spdm_responder_error(r, c, error, 0);
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

/* A short ERROR that does not touch the buffer, to a request that is not worked on. */
static void give_small_error(struct rotor_spdm_responder *r, uint8_t version,
			     struct rotor_spdm_session *session, uint32_t peer, uint32_t token,
			     uint8_t error, struct rotor_spdm_out *out)
{
	uint8_t *at = r->small + ROTOR_SPDM_RECORD_HEADROOM;
	size_t len = write_error(
	    version, at, sizeof(r->small) - ROTOR_SPDM_RECORD_HEADROOM - ROTOR_SPDM_RECORD_TAILROOM,
	    error, 0);
	struct rotor_bytes record = {at, len};
#if ROTOR_SPDM_SESSIONS > 0
	if (session &&
	    rotor_spdm_record_seal(r->config->crypto, session->suite.aead, &session->response,
				   session->info.session_id, ROTOR_SPDM_MCTP_TYPE, r->small,
				   sizeof(r->small), len, &record) != ROTOR_OK)
		return;
#endif
	give(out, peer, token, session != NULL, record.data, record.len);
}

/* The answer stands in the buffer: seals it if need be, gives it out, does what comes after it. */
static void complete(struct rotor_spdm_responder *r, rotor_ms now, struct rotor_spdm_out *out)
{
	struct rotor_spdm_connection *c = &r->connections[r->work.connection];
	uint8_t after = r->work.after;
	struct rotor_bytes bytes = {rotor_spdm_responder_answer(r), r->work.at};
	r->work.step = ROTOR_SPDM_STEP_NONE;
	r->work.after = ROTOR_SPDM_AFTER_NOTHING;
	r->answer.valid = false;
#if ROTOR_SPDM_SESSIONS > 0
	struct rotor_spdm_session *s = &r->sessions[r->work.session];
	if (r->work.secured &&
	    rotor_spdm_record_seal(r->config->crypto, s->suite.aead, &s->response,
				   s->info.session_id, ROTOR_SPDM_MCTP_TYPE, r->buffer,
				   r->buffer_size, bytes.len, &bytes) != ROTOR_OK) {
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_EXHAUSTED);
		return;
	}
#endif
	if (!bytes.len)
		return;
	r->answer.valid = true;
	r->answer.secured = r->work.secured;
	r->answer.exact =
	    r->answer.exact || r->work.secured || rotor_spdm_responder_exact(r->work.code);
	r->answer.peer = c->peer;
	r->answer.request_print = r->work.print;
	r->answer.request_len = r->work.len;
	r->answer.request_time = r->work.time;
	r->answer.len = (uint16_t)bytes.len;
	give(out, c->peer, r->work.token, r->work.secured, bytes.data, bytes.len);
#if ROTOR_SPDM_SESSIONS > 0
	if (after == ROTOR_SPDM_AFTER_ESTABLISH)
		rotor_spdm_session_establish(r, s, now);
	else if (after == ROTOR_SPDM_AFTER_END)
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_REQUESTED);
	else if (after == ROTOR_SPDM_AFTER_END_FAILED)
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_HANDSHAKE_FAILED);
#else
	(void)after;
	(void)now;
#endif
}

/* Goes on with the request under way until it has an answer or has to wait. */
static void go_on(struct rotor_spdm_responder *r, enum rotor_status st, rotor_ms now,
		  struct rotor_spdm_out *out)
{
	struct rotor_spdm_connection *c = &r->connections[r->work.connection];
	/* Each pass is a step further; a step that has to wait says so and keeps its number. */
	while (st == ROTOR_PENDING && r->work.step != ROTOR_SPDM_STEP_NONE) {
		uint8_t step = r->work.step;
		if (step <= ROTOR_SPDM_STEP_SIGN_MEASUREMENTS)
			st = rotor_spdm_attest_work(r, c);
#if ROTOR_SPDM_SESSIONS > 0
		else if (step == ROTOR_SPDM_STEP_AUTHORISE)
			st = rotor_spdm_encap_work(r, c);
		else
			st = rotor_spdm_session_work(r, c);
#endif
		if (st == ROTOR_PENDING && r->work.step == step)
			return;
	}
	complete(r, now, out);
}

/* ---- requests ---- */

static struct rotor_spdm_connection *find(struct rotor_spdm_responder *r, uint32_t peer)
{
	for (size_t i = 0; i < ROTOR_SPDM_CONNECTIONS; i++) {
		if (r->connections[i].used && r->connections[i].peer == peer)
			return &r->connections[i];
	}
	return NULL;
}

static bool has_session(const struct rotor_spdm_responder *r, uint32_t peer)
{
#if ROTOR_SPDM_SESSIONS > 0
	for (size_t i = 0; i < ROTOR_SPDM_SESSIONS; i++) {
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
	for (size_t i = 0; i < ROTOR_SPDM_CONNECTIONS; i++) {
		struct rotor_spdm_connection *c = &r->connections[i];
		if (!c->used) {
			best = c;
			break;
		}
		if (!has_session(r, c->peer) && (!best || c->last_used < best->last_used))
			best = c;
	}
	if (!best)
		return NULL;
	if (best->used)
		r->counters.evicted++;
	rotor_spdm_transcript_reset(r->config->crypto, &best->transcript);
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

static bool same_as_answered(const struct rotor_spdm_responder *r, uint32_t peer, bool secured,
			     uint32_t print, size_t len, rotor_ms now)
{
	return r->answer.valid && r->answer.peer == peer && r->answer.secured == secured &&
	       r->answer.request_print == print && r->answer.request_len == len &&
	       (r->answer.exact || now - r->answer.request_time >= ROTOR_SPDM_RETRY_MS);
}

struct arrival {
	uint32_t peer, token, print;
	bool secured;
	size_t len;
	rotor_ms now;
};

/* Whether the arrival is dealt with by an answer given before, or by the work under way. */
static bool is_retry(struct rotor_spdm_responder *r, const struct arrival *a,
		     struct rotor_spdm_out *out)
{
	if (r->work.step != ROTOR_SPDM_STEP_NONE) {
		const struct rotor_spdm_connection *c = &r->connections[r->work.connection];
		if (c->peer == a->peer && r->work.secured == a->secured &&
		    r->work.print == a->print && r->work.len == a->len) {
			r->work.token = a->token; /* the later one is the one still waited for */
			r->counters.repeated++;
			return true;
		}
		return false;
	}
	if (!same_as_answered(r, a->peer, a->secured, a->print, a->len, a->now))
		return false;
	r->counters.retries++;
	give(out, a->peer, a->token, a->secured,
	     a->secured ? r->buffer : rotor_spdm_responder_answer(r), r->answer.len);
	return true;
}

static void take(struct rotor_spdm_responder *r, const struct arrival *a,
		 struct rotor_spdm_connection *c, struct rotor_spdm_session *session,
		 const uint8_t *msg, size_t len, struct rotor_spdm_out *out)
{
	struct rotor_spdm_request q = {
	    .c = c, .session = session, .msg = msg, .len = len, .now = a->now};
	if (rotor_spdm_peek(msg, len, &q.header) != ROTOR_OK ||
	    !ROTOR_SPDM_IS_REQUEST(q.header.code)) {
		r->counters.no_answer++;
		return;
	}
	r->counters.requests++;
	if (r->work.step != ROTOR_SPDM_STEP_NONE) {
		r->counters.busy++;
		give_small_error(r, c ? c->version : 0, session, a->peer, a->token,
				 ROTOR_SPDM_ERROR_BUSY, out);
		return;
	}
	if (!c && q.header.code == ROTOR_SPDM_GET_VERSION) {
		c = admit(r, a->peer);
		q.c = c;
		if (!c) {
			r->counters.busy++;
			give_small_error(r, 0, NULL, a->peer, a->token, ROTOR_SPDM_ERROR_BUSY, out);
			return;
		}
	}
	if (!c) {
		r->counters.errors++;
		give_small_error(r, 0, NULL, a->peer, a->token, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST,
				 out);
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
	r->work.secured = session != NULL;
	r->work.code = q.header.code;
	r->work.token = a->token;
	r->work.print = a->print;
	r->work.len = (uint32_t)a->len;
	r->work.time = a->now;
	go_on(r, rotor_spdm_responder_dispatch(r, &q), a->now, out);
}

#if ROTOR_SPDM_SESSIONS > 0
static struct rotor_spdm_session *find_session(struct rotor_spdm_responder *r, uint32_t id)
{
	for (size_t i = 0; i < ROTOR_SPDM_SESSIONS; i++) {
		struct rotor_spdm_session *s = &r->sessions[i];
		if (s->state >= ROTOR_SPDM_SESSION_HANDSHAKING && s->info.session_id == id)
			return s;
	}
	return NULL;
}

static void take_record(struct rotor_spdm_responder *r, const struct arrival *a, uint8_t *msg,
			size_t len, struct rotor_spdm_out *out)
{
	uint32_t id;
	struct rotor_spdm_session *s = NULL;
	if (rotor_spdm_record_session(msg, len, &id) == ROTOR_OK)
		s = find_session(r, id);
	struct rotor_spdm_connection *c = find(r, a->peer);
	if (!s || !c || s->info.peer != a->peer) {
		r->counters.unknown_session++;
		give_small_error(r, c ? c->version : 0, NULL, a->peer, a->token,
				 ROTOR_SPDM_ERROR_DECRYPT_ERROR, out);
		return;
	}
	uint8_t type;
	struct rotor_bytes inner;
	enum rotor_status st =
	    rotor_spdm_record_open(r->config->crypto, s->suite.aead, &s->request, id, msg, len,
				   &type, &inner, &r->counters.records);
	if (st == ROTOR_ERR_STATE)
		rotor_spdm_session_end(r, s, ROTOR_SPDM_END_EXHAUSTED);
	if (st != ROTOR_OK)
		return;
	if (s->state == ROTOR_SPDM_SESSION_ESTABLISHED && s->heartbeat_s)
		s->deadline = a->now + 2000u * s->heartbeat_s;
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
	const struct arrival a = {.peer = peer,
				  .token = token,
				  .print = print_of(secured, msg, len),
				  .secured = secured,
				  .len = len,
				  .now = now};
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
	for (size_t i = 0; i < ROTOR_SPDM_SESSIONS; i++) {
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
	if (r->work.step != ROTOR_SPDM_STEP_NONE)
		go_on(r, ROTOR_PENDING, now, out);
}

rotor_ms rotor_spdm_responder_deadline(const struct rotor_spdm_responder *r)
{
	rotor_ms at = ROTOR_NEVER;
	if (r->work.step != ROTOR_SPDM_STEP_NONE)
		return 0;
#if ROTOR_SPDM_SESSIONS > 0
	for (size_t i = 0; i < ROTOR_SPDM_SESSIONS; i++) {
		const struct rotor_spdm_session *s = &r->sessions[i];
		if (s->state >= ROTOR_SPDM_SESSION_HANDSHAKING && s->deadline < at)
			at = s->deadline;
	}
#endif
	return at;
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
	if (!config->crypto || !config->ops || !config->ops->measurement ||
	    !config->version_count || config->version_count > 2 || !config->slot_count ||
	    config->slot_count > ROTOR_SPDM_SLOT_COUNT || !config->slots[0].signer)
		return ROTOR_ERR_ARGUMENT;
	for (size_t i = 0; i < config->version_count; i++) {
		if (config->versions[i] < ROTOR_SPDM_V12 || config->versions[i] > ROTOR_SPDM_V13)
			return ROTOR_ERR_UNSUPPORTED;
	}
	if (config->need_mutual_auth && !config->ask_mutual_auth)
		return ROTOR_ERR_ARGUMENT;
#if ROTOR_SPDM_SESSIONS > 0
	if (config->ask_mutual_auth && (!chain || !chain_size))
		return ROTOR_ERR_ARGUMENT;
	r->handshake.chain = chain;
	r->handshake.chain_size = chain_size;
	r->next_session = 1;
#else
	(void)chain;
	(void)chain_size;
	if (config->ask_mutual_auth)
		return ROTOR_ERR_ARGUMENT;
#endif
	return ROTOR_OK;
}

void rotor_spdm_responder_deinit(struct rotor_spdm_responder *r)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	crypto->job_cancel(&r->work.job);
	for (size_t i = 0; i < ROTOR_SPDM_CONNECTIONS; i++)
		rotor_spdm_transcript_reset(crypto, &r->connections[i].transcript);
#if ROTOR_SPDM_SESSIONS > 0
	for (size_t i = 0; i < ROTOR_SPDM_SESSIONS; i++)
		crypto->hash_release(&r->sessions[i].hash);
#endif
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
	for (size_t i = 0; i < ROTOR_SPDM_SESSIONS; i++) {
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
	if (r->work.step != ROTOR_SPDM_STEP_NONE && r->work.secured &&
	    s == &r->sessions[r->work.session]) {
		/* A request of this session is being worked on: it gets no answer. */
		r->config->crypto->job_cancel(&r->work.job);
		r->work.step = ROTOR_SPDM_STEP_NONE;
	}
	rotor_spdm_session_end(r, s, ROTOR_SPDM_END_REQUESTED);
}
#endif
