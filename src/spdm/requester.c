/* SPDX-License-Identifier: Apache-2.0 */
/* The requester's frame: steps of an operation, sending, retries, errors of the peer, records. */
#include <string.h>

#include "spdm/key_schedule.h"
#include "spdm/requester.h"

/* DSP0274, "Timing": what a responder may take for what needs no signature, in ms. */
#define ST1_MS 100
/* How often ERROR Busy and ResponseNotReady are waited for, and the longest single wait. */
#define WAITS_MAX    64
#define WAIT_MAX_MS  60000
#define BUSY_WAIT_MS 50

/* ---- the table of steps ---- */

struct rule {
	uint8_t request, response;
	bool slow; /* the responder signs, verifies or agrees on keys before it answers */
	rotor_spdm_build_fn *build;
	rotor_spdm_handle_fn *handle;
	rotor_spdm_work_fn *work;
};

/* clang-format off */
static const struct rule rules[ROTOR_SPDM_R_COUNT] = {
	[ROTOR_SPDM_R_VERSION] = {ROTOR_SPDM_GET_VERSION, ROTOR_SPDM_VERSION, false, rotor_spdm_build_get_version, rotor_spdm_handle_version, NULL},
	[ROTOR_SPDM_R_CAPABILITIES] = {ROTOR_SPDM_GET_CAPABILITIES, ROTOR_SPDM_CAPABILITIES, false, rotor_spdm_build_get_capabilities, rotor_spdm_handle_capabilities, NULL},
	[ROTOR_SPDM_R_ALGORITHMS] = {ROTOR_SPDM_NEGOTIATE_ALGORITHMS, ROTOR_SPDM_ALGORITHMS, false, rotor_spdm_build_negotiate, rotor_spdm_handle_algorithms, NULL},
	[ROTOR_SPDM_R_DIGESTS] = {ROTOR_SPDM_GET_DIGESTS, ROTOR_SPDM_DIGESTS, true, rotor_spdm_build_get_digests, rotor_spdm_handle_digests, NULL},
	[ROTOR_SPDM_R_CERTIFICATE] = {ROTOR_SPDM_GET_CERTIFICATE, ROTOR_SPDM_CERTIFICATE, true, rotor_spdm_build_get_certificate, rotor_spdm_handle_certificate, NULL},
	[ROTOR_SPDM_R_CHAIN] = {ROTOR_SPDM_GET_CERTIFICATE, 0, false, NULL, NULL, rotor_spdm_work_chain},
	[ROTOR_SPDM_R_CHALLENGE] = {ROTOR_SPDM_CHALLENGE, ROTOR_SPDM_CHALLENGE_AUTH, true, rotor_spdm_build_challenge, rotor_spdm_handle_challenge_auth, NULL},
	[ROTOR_SPDM_R_CHALLENGE_VERIFY] = {ROTOR_SPDM_CHALLENGE, 0, false, NULL, NULL, rotor_spdm_work_challenge},
	[ROTOR_SPDM_R_MEASUREMENTS] = {ROTOR_SPDM_GET_MEASUREMENTS, ROTOR_SPDM_MEASUREMENTS, true, rotor_spdm_build_get_measurements, rotor_spdm_handle_measurements, NULL},
	[ROTOR_SPDM_R_MEASUREMENTS_VERIFY] = {ROTOR_SPDM_GET_MEASUREMENTS, 0, false, NULL, NULL, rotor_spdm_work_measurements},
	[ROTOR_SPDM_R_KEX_GENERATE] = {ROTOR_SPDM_KEY_EXCHANGE, 0, false, NULL, NULL, rotor_spdm_work_kex_generate},
	[ROTOR_SPDM_R_KEX] = {ROTOR_SPDM_KEY_EXCHANGE, ROTOR_SPDM_KEY_EXCHANGE_RSP, true, rotor_spdm_build_key_exchange, rotor_spdm_handle_key_exchange_rsp, NULL},
	[ROTOR_SPDM_R_KEX_VERIFY] = {ROTOR_SPDM_KEY_EXCHANGE, 0, false, NULL, NULL, rotor_spdm_work_kex_verify},
	[ROTOR_SPDM_R_KEX_AGREE] = {ROTOR_SPDM_KEY_EXCHANGE, 0, false, NULL, NULL, rotor_spdm_work_kex_agree},
	[ROTOR_SPDM_R_ENCAP_GET] = {ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, ROTOR_SPDM_ENCAPSULATED_REQUEST, false, rotor_spdm_build_get_encapsulated, rotor_spdm_handle_encapsulated_request, NULL},
	[ROTOR_SPDM_R_ENCAP_DELIVER] = {ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, true, rotor_spdm_build_deliver, rotor_spdm_handle_encapsulated_ack, NULL},
	[ROTOR_SPDM_R_FINISH_SIGN] = {ROTOR_SPDM_FINISH, 0, false, NULL, NULL, rotor_spdm_work_finish_sign},
	[ROTOR_SPDM_R_FINISH] = {ROTOR_SPDM_FINISH, ROTOR_SPDM_FINISH_RSP, true, rotor_spdm_build_finish, rotor_spdm_handle_finish_rsp, NULL},
	[ROTOR_SPDM_R_HEARTBEAT] = {ROTOR_SPDM_HEARTBEAT, ROTOR_SPDM_HEARTBEAT_ACK, false, rotor_spdm_build_heartbeat, rotor_spdm_handle_heartbeat_ack, NULL},
	[ROTOR_SPDM_R_END_SESSION] = {ROTOR_SPDM_END_SESSION, ROTOR_SPDM_END_SESSION_ACK, false, rotor_spdm_build_end_session, rotor_spdm_handle_end_session_ack, NULL},
};
/* clang-format on */

static bool in_handshake(uint8_t step)
{
	return step >= ROTOR_SPDM_R_KEX_GENERATE && step <= ROTOR_SPDM_R_FINISH;
}

/* ---- operations ---- */

static void end_operation(struct rotor_spdm_requester *q)
{
	q->config->crypto->job_cancel(&q->op.job);
	rotor_wipe(&q->op, sizeof(q->op));
}

void rotor_spdm_requester_step(struct rotor_spdm_requester *q, enum rotor_spdm_rstep step)
{
	q->op.step = (uint8_t)step;
	q->op.built = false;
	q->op.sealed = false;
	q->op.to_send = false;
	q->op.stray = false;
	q->op.begun = false;
	q->op.tries = 0;
	q->op.waits = 0;
	q->op.token = 0;
}

void rotor_spdm_requester_done(struct rotor_spdm_requester *q)
{
	end_operation(q);
	q->result.status = ROTOR_OK;
}

void rotor_spdm_requester_fail(struct rotor_spdm_requester *q, enum rotor_spdm_fail fail,
			       enum rotor_status status, enum rotor_status cause)
{
	uint8_t step = q->op.step;
	q->result.status = status;
	q->result.fail = fail;
	q->result.cause = cause;
	q->result.request = rules[step].request;
	end_operation(q);
	if (in_handshake(step) || step == ROTOR_SPDM_R_END_SESSION)
		rotor_spdm_requester_drop_session(q);
	if (step <= ROTOR_SPDM_R_ALGORITHMS)
		q->connected = false;
	rotor_spdm_transcript_drop(q->config->crypto, &q->transcript);
}

void rotor_spdm_requester_cancel(struct rotor_spdm_requester *q)
{
	if (q->op.step != ROTOR_SPDM_R_IDLE)
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_CANCELLED, ROTOR_ERR_STATE, ROTOR_OK);
}

void rotor_spdm_requester_drop_session(struct rotor_spdm_requester *q)
{
	rotor_spdm_session_erase(q->config->crypto, &q->session);
}

/* ---- what the steps use ---- */

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
	uint8_t *at = q->op.secured ? &q->session.hash_kind : &q->transcript.kind;
	struct rotor_hash *hash = q->op.secured ? &q->session.hash : &q->transcript.running;
	enum rotor_hash_alg alg = q->peer.suite.hash;
	enum rotor_status st =
	    rotor_spdm_running_add(crypto, alg, &q->transcript, at, hash, kind,
				   rotor_spdm_requester_plain(q), q->op.plain_len);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_add(crypto, alg, &q->transcript, at, hash, kind, msg, len);
	return st;
}

enum rotor_status rotor_spdm_requester_close(struct rotor_spdm_requester *q,
					     enum rotor_spdm_signed what)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_hash *hash = q->op.secured ? &q->session.hash : &q->transcript.running;
	*(q->op.secured ? &q->session.hash_kind : &q->transcript.kind) = ROTOR_SPDM_RUNNING_NONE;
	enum rotor_status st = crypto->hash_finish(hash, q->op.digest);
	if (st == ROTOR_OK)
		st = rotor_spdm_to_sign(crypto, q->peer.version, q->peer.suite.hash,
					q->peer.suite.sig, what, q->op.digest);
	return st;
}

enum rotor_status rotor_spdm_requester_verify(struct rotor_spdm_requester *q)
{
	enum rotor_status st =
	    rotor_spdm_verify(q->config->crypto, &q->op.job, &q->chain.leaf.key, q->peer.suite.hash,
			      q->op.digest, q->op.signature);
	if (st != ROTOR_OK && st != ROTOR_PENDING)
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SIGNATURE, ROTOR_ERR_VERIFY, st);
	return st;
}

/* ---- sending ---- */

static rotor_ms timeout_of(const struct rotor_spdm_requester *q)
{
	uint64_t ct =
	    q->peer.ct_exponent < 32 ? (UINT64_C(1) << q->peer.ct_exponent) / 1000 : WAIT_MAX_MS;
	uint64_t wait = rules[q->op.step].slow && ct > ST1_MS ? ct : ST1_MS;
	return q->config->round_trip_ms + wait;
}

/* Writes the request of this step. @return false if that failed the operation */
static bool build(struct rotor_spdm_requester *q)
{
	uint8_t *plain = rotor_spdm_requester_plain(q);
	size_t room = rotor_spdm_requester_room(q), len;
	if (q->peer.data_transfer_size && q->peer.data_transfer_size < room)
		room = q->peer.data_transfer_size;
	struct rotor_writer w = rotor_writer(plain, room);
	const struct rule *rule = &rules[q->op.step];
	rule->build(q, &w);
	if (q->op.step == ROTOR_SPDM_R_IDLE)
		return false;
	if (rotor_writer_end(&w, &len) != ROTOR_OK) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SPACE, ROTOR_ERR_SPACE, ROTOR_OK);
		return false;
	}
	q->op.plain_len = (uint16_t)len;
	q->op.built = true;
	rotor_spdm_transcript_request(q->config->crypto, &q->transcript, q->op.secured,
				      rule->request);
	if (q->op.secured && q->session.state == ROTOR_SPDM_SESSION_ESTABLISHED &&
	    rule->request != ROTOR_SPDM_GET_MEASUREMENTS) {
		q->config->crypto->hash_release(&q->session.hash);
		q->session.hash_kind = ROTOR_SPDM_RUNNING_NONE;
	}
	return true;
}

/* Puts what is to be sent into the second half of the buffer. @return false if that failed the operation */
static bool seal(struct rotor_spdm_requester *q)
{
	size_t half = q->buffer_size / 2;
	uint8_t *to = q->buffer + half;
	uint8_t *msg = to + ROTOR_SPDM_RECORD_HEADROOM;
	size_t len = q->op.plain_len;
	memcpy(msg, rotor_spdm_requester_plain(q), len);
	if (q->op.token) {
		const struct rotor_spdm_header m = {.version = q->peer.version,
						    .code = ROTOR_SPDM_RESPOND_IF_READY,
						    .param1 = rules[q->op.step].request,
						    .param2 = (uint8_t)(q->op.token - 1)};
		struct rotor_writer w = rotor_writer(msg, ROTOR_SPDM_HEADER_SIZE);
		rotor_spdm_encode_header(&w, &m);
		len = w.len;
	}
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
	/* A heartbeat changes nothing, so it goes as a new record: the old one's answer may be out of the window. */
	if (!q->op.sealed || q->op.step == ROTOR_SPDM_R_HEARTBEAT) {
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
	rotor_spdm_requester_event(q, true, false, rotor_spdm_requester_plain(q), q->op.plain_len);
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
	while (q->op.step != ROTOR_SPDM_R_IDLE && rules[q->op.step].work) {
		uint8_t step = q->op.step;
		if (rules[step].work(q) == ROTOR_PENDING && q->op.step == step)
			return false;
	}
	if (q->op.step == ROTOR_SPDM_R_IDLE)
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
	if (q->op.step == ROTOR_SPDM_R_IDLE)
		return ROTOR_NEVER;
	if (rules[q->op.step].work || !q->op.built)
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

static void on_error(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len, rotor_ms now)
{
	struct rotor_spdm_error_message m;
	if (rotor_spdm_decode_error(msg, len, &m) != ROTOR_OK) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_MALFORMED, ROTOR_ERR_FORMAT, ROTOR_OK);
		return;
	}
	q->result.peer_error = m.error;
	q->result.peer_error_data = m.data;
	if (m.error == ROTOR_SPDM_ERROR_BUSY) {
		wait_then_send(q, now, BUSY_WAIT_MS + q->config->round_trip_ms);
		return;
	}
	if (m.error == ROTOR_SPDM_ERROR_RESPONSE_NOT_READY &&
	    m.request_code == rules[q->op.step].request) {
		/* The token is kept plus one, so that zero can mean "none". */
		q->op.token = (uint16_t)(m.token + 1);
		wait_then_send(q, now,
			       m.rd_exponent < 32 ? (UINT64_C(1) << m.rd_exponent) / 1000 + 1
						  : WAIT_MAX_MS);
		return;
	}
	/* The chain is judged when its last portion has come. */
	bool refused = q->op.step == ROTOR_SPDM_R_ENCAP_DELIVER &&
		       q->op.inner == ROTOR_SPDM_GET_CERTIFICATE && !q->op.remainder;
	rotor_spdm_requester_fail(q, refused ? ROTOR_SPDM_FAIL_REFUSED : ROTOR_SPDM_FAIL_PEER_ERROR,
				  refused ? ROTOR_ERR_DENIED : ROTOR_ERR_PEER, ROTOR_OK);
}

static void on_message(struct rotor_spdm_requester *q, bool secured, const uint8_t *msg, size_t len,
		       rotor_ms now)
{
	struct rotor_spdm_header header;
	const struct rule *rule = &rules[q->op.step];
	if (!q->op.built || !q->op.tries || q->op.secured != secured || !rule->handle ||
	    rotor_spdm_peek(msg, len, &header) != ROTOR_OK) {
		q->counters.unexpected++;
		return;
	}
	if (header.code != ROTOR_SPDM_ERROR && header.code != rule->response) {
		q->counters.unexpected++;
		q->op.stray = true;
		return;
	}
	q->counters.received++;
	rotor_spdm_requester_event(q, false, false, msg, len);
	if (header.code == ROTOR_SPDM_ERROR) {
		on_error(q, msg, len, now);
		return;
	}
	uint8_t version = q->op.step == ROTOR_SPDM_R_VERSION ? ROTOR_SPDM_V10 : q->peer.version;
	if (header.version != version) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_MALFORMED, ROTOR_ERR_FORMAT, ROTOR_OK);
		return;
	}
	rule->handle(q, msg, len);
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
	if (rotor_spdm_record_open(q->config->crypto, s->suite.aead, &s->response, id, msg, len,
				   &type, &inner, &q->counters.records) != ROTOR_OK)
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
	if (!config->crypto || !config->version_count || config->version_count > 2)
		return ROTOR_ERR_ARGUMENT;
	if ((config->offer_mutual_auth && (!config->own.signer || !config->own.chain.len)) ||
	    (config->need_mutual_auth && !config->offer_mutual_auth))
		return ROTOR_ERR_ARGUMENT;
	for (size_t i = 0; i < config->version_count; i++) {
		if (config->versions[i] < ROTOR_SPDM_V12 || config->versions[i] > ROTOR_SPDM_V13)
			return ROTOR_ERR_ARGUMENT;
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
