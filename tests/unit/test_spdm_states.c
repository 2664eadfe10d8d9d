/* SPDX-License-Identifier: Apache-2.0 */
/* What the responder answers in which state, to several peers, in time; and how long the requester waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/pending_crypto.h"
#include "support/spdm_pair.h"

/* ---- every request in every state ---- */

enum place { FRESH, VERSIONED, CAPABLE, NEGOTIATED_CLEAR, HANDSHAKE, ESTABLISHED, PLACES };

/* Where a request is legal, as a mask of places; written again here on purpose. */
static unsigned legal(uint8_t code)
{
	switch (code) {
	case ROTOR_SPDM_GET_VERSION:
		return 1u << FRESH | 1u << VERSIONED | 1u << CAPABLE | 1u << NEGOTIATED_CLEAR;
	case ROTOR_SPDM_GET_CAPABILITIES:
		return 1u << VERSIONED;
	case ROTOR_SPDM_NEGOTIATE_ALGORITHMS:
		return 1u << CAPABLE;
	case ROTOR_SPDM_GET_DIGESTS:
	case ROTOR_SPDM_GET_CERTIFICATE:
	case ROTOR_SPDM_GET_MEASUREMENTS:
		return 1u << NEGOTIATED_CLEAR | 1u << ESTABLISHED;
	case ROTOR_SPDM_CHALLENGE:
	case ROTOR_SPDM_KEY_EXCHANGE:
		return 1u << NEGOTIATED_CLEAR;
	case ROTOR_SPDM_GET_ENCAPSULATED_REQUEST:
	case ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE:
		return 1u << NEGOTIATED_CLEAR | 1u << HANDSHAKE | 1u << ESTABLISHED;
	case ROTOR_SPDM_FINISH:
		return 1u << HANDSHAKE;
	case ROTOR_SPDM_HEARTBEAT:
	case ROTOR_SPDM_END_SESSION:
		return 1u << ESTABLISHED;
	default:
		return 0;
	}
}

/* Sends a request of @p code, in the clear or in a record, and gives the answer's code and error. */
static void ask(struct spdm_pair *p, enum place place, uint8_t version, uint8_t code, size_t len,
		uint8_t *answer_code, uint8_t *error)
{
	uint8_t buffer[160] = {0}, answer[PAIR_MESSAGE_MAX];
	uint8_t *msg = buffer + ROTOR_SPDM_RECORD_HEADROOM;
	bool in_session = place >= HANDSHAKE, secured = false;
	struct rotor_bytes out = {msg, len};
	struct rotor_spdm_session *s = &p->q.session;
	msg[0] = version;
	msg[1] = code;
	p->now += 1000; /* not a retry of the one before */
	if (in_session)
		assert_int_equal(rotor_spdm_record_seal(p->agent_config.crypto, s->suite.aead,
							&s->request, s->info.session_id,
							ROTOR_SPDM_MCTP_TYPE, buffer,
							sizeof(buffer), len, &out),
				 ROTOR_OK);
	size_t n = pair_ask(p, PAIR_AGENT_EID, in_session, out.data, out.len, answer, &secured);
	assert_true(n >= 4);
	assert_int_equal(secured, in_session);
	struct rotor_bytes m = {answer, n};
	if (in_session) {
		uint8_t type;
		assert_int_equal(rotor_spdm_record_open(p->agent_config.crypto, s->suite.aead,
							&s->response, s->info.session_id, answer, n,
							&type, &m, NULL),
				 ROTOR_OK);
		assert_int_equal(type, ROTOR_SPDM_MCTP_TYPE);
	}
	*answer_code = m.data[1];
	*error = m.data[1] == ROTOR_SPDM_ERROR ? m.data[2] : 0;
}

static bool supported(uint8_t code)
{
	return legal(code) != 0;
}

/* All request codes but those that would leave the place, as bare headers and with a body of zeros. */
static void ask_everything(struct spdm_pair *p, enum place place, uint8_t version)
{
	static const size_t lengths[] = {4, 100};
	for (unsigned code = 0x80; code <= 0xff; code++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(lengths); i++) {
			uint8_t answer, error;
			bool is_legal = legal((uint8_t)code) & 1u << place;
			if (code == ROTOR_SPDM_GET_VERSION ||
			    (code == ROTOR_SPDM_END_SESSION && place == ESTABLISHED))
				continue;
			ask(p, place, version, (uint8_t)code, lengths[i], &answer, &error);
			if (is_legal && answer != ROTOR_SPDM_ERROR)
				continue; /* a good answer */
			assert_int_equal(answer, ROTOR_SPDM_ERROR);
			if (place == FRESH)
				assert_int_equal(error, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
			else if (!supported((uint8_t)code))
				assert_int_equal(error, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST);
			else if (!is_legal && place == NEGOTIATED_CLEAR &&
				 (legal((uint8_t)code) & (1u << HANDSHAKE | 1u << ESTABLISHED)))
				assert_int_equal(error, ROTOR_SPDM_ERROR_SESSION_REQUIRED);
			else if (!is_legal)
				assert_int_equal(error, ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST);
			else
				assert_true(error == ROTOR_SPDM_ERROR_INVALID_REQUEST ||
					    error == ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST ||
					    error == ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS);
		}
	}
	if (place == NEGOTIATED_CLEAR || place >= HANDSHAKE) {
		/* Another version than the one agreed on. */
		uint8_t answer, error;
		ask(p, place, version ^ 1, ROTOR_SPDM_GET_DIGESTS, 4, &answer, &error);
		assert_int_equal(error, ROTOR_SPDM_ERROR_VERSION_MISMATCH);
	}
}

/* Stops before the n-th message to the device, where the test does its own asking. */
struct stop {
	unsigned at;
	enum place place;
	uint8_t version;
	bool done;
};

static bool ask_there(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg, size_t len)
{
	struct stop *stop = p->line_data;
	(void)msg;
	(void)len;
	if (!to_device || stop->done)
		return !stop->done;
	if (stop->place == HANDSHAKE ? !secured : p->to_device != stop->at)
		return true;
	stop->done = true;
	ask_everything(p, stop->place, stop->version);
	return false;
}

static void every_request_is_answered_in_every_state(void **state)
{
	(void)state;
	static const uint8_t versions[] = {ROTOR_SPDM_V12, ROTOR_SPDM_V13};
	for (unsigned v = 0; v < 2; v++) {
		struct pair_wish wish = {.version = versions[v], .heartbeat_s = 200};
		for (unsigned place = FRESH; place <= CAPABLE; place++) {
			struct spdm_pair *p = pair_new(&wish);
			struct stop stop = {place + 1, (enum place)place, versions[v], false};
			p->line = ask_there;
			p->line_data = &stop;
			assert_int_equal(pair_do(p, rotor_spdm_requester_connect(&p->q)),
					 ROTOR_ERR_TIMEOUT);
			assert_true(stop.done);
			pair_delete(p);
		}
		struct spdm_pair *p = pair_new(&wish);
		struct stop stop = {0, HANDSHAKE, versions[v], false};
		pair_identify(p);
		ask_everything(p, NEGOTIATED_CLEAR, versions[v]);
		p->line = ask_there;
		p->line_data = &stop;
		assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)),
				 ROTOR_ERR_TIMEOUT);
		assert_true(stop.done);
		p->line = NULL;
		pair_session(p);
		ask_everything(p, ESTABLISHED, versions[v]);
		assert_int_equal(pair_do(p, rotor_spdm_requester_end_session(&p->q)), ROTOR_OK);
		pair_delete(p);
	}
}

static void what_is_no_request_is_counted_and_not_answered(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(NULL);
	uint8_t answer[PAIR_MESSAGE_MAX];
	static const uint8_t bad[][4] = {{0x10, 0x04, 0, 0}, {0x12, 0x7f, 1, 0}};
	assert_int_equal(pair_ask(p, 5, false, bad[0], 0, answer, NULL), 0);
	assert_int_equal(pair_ask(p, 5, false, bad[0], 3, answer, NULL), 0);
	assert_int_equal(pair_ask(p, 5, false, bad[0], 4, answer, NULL), 0);
	assert_int_equal(pair_ask(p, 5, false, bad[1], 4, answer, NULL), 0);
	assert_int_equal(p->r.counters.no_answer, 4);
	/* A record of no session is answered in the clear, so that its sender need not wait. */
	assert_int_equal(pair_ask(p, 5, true, bad[1], 4, answer, NULL), 4);
	assert_int_equal(answer[2], ROTOR_SPDM_ERROR_DECRYPT_ERROR);
	assert_int_equal(p->r.counters.unknown_session, 1);
	pair_delete(p);
}

/* ---- several peers ---- */

static void a_second_verifier_does_not_touch_the_session(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(NULL);
	static const uint8_t get_version[] = {0x10, ROTOR_SPDM_GET_VERSION, 0, 0};
	uint8_t answer[PAIR_MESSAGE_MAX];
	pair_session(p);
	for (uint32_t peer = 11; peer < 15; peer++) {
		assert_int_equal(pair_ask(p, peer, false, get_version, 4, answer, NULL), 10);
		assert_int_equal(answer[1], ROTOR_SPDM_VERSION);
		assert_true(pair_app_to_device(p, 1, "still here", 10));
	}
	/* They took the other connection from each other, not the one with the session. */
	assert_int_equal(p->r.counters.evicted, 3);
	assert_int_equal(p->ended, 0);
	/* A record of that session under another address is not that session's. */
	uint8_t buffer[64];
	struct rotor_bytes record;
	assert_int_equal(rotor_spdm_requester_seal(&p->q, 1, buffer, sizeof(buffer), 4, &record),
			 ROTOR_OK);
	pair_ask(p, 14, true, record.data, record.len, answer, NULL);
	assert_int_equal(p->r.counters.unknown_session, 1);
	/* The session's own peer ends it by beginning again. */
	assert_int_equal(pair_ask(p, PAIR_AGENT_EID, false, get_version, 4, answer, NULL), 10);
	assert_int_equal(p->ended, 1);
	assert_int_equal(p->end_reason, ROTOR_SPDM_END_RESET);
	pair_delete(p);
}

static void a_second_session_is_refused_while_one_is_up(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(NULL);
	pair_session(p);
	/* The agent forgets, the device does not. */
	rotor_spdm_requester_drop_session(&p->q);
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)), ROTOR_ERR_PEER);
	assert_int_equal(p->q.result.peer_error, ROTOR_SPDM_ERROR_SESSION_LIMIT_EXCEEDED);
	pair_session(p); /* a new connection makes room */
	assert_int_equal(p->established, 2);
	pair_delete(p);
}

static void others_are_told_to_wait_while_a_signature_is_made(void **state)
{
	(void)state;
	struct spdm_pair *p =
	    pair_new(&(struct pair_wish){.device = pending_crypto(&rotor_crypto_mbedtls, 0)});
	static const uint8_t get_version[] = {0x10, ROTOR_SPDM_GET_VERSION, 0, 0};
	struct rotor_spdm_message m;
	struct rotor_spdm_out out;
	uint8_t copy[256];
	pair_session(p);
	pending_crypto(&rotor_crypto_mbedtls, 3);
	assert_int_equal(rotor_spdm_requester_challenge(&p->q, 0), ROTOR_OK);
	assert_true(rotor_spdm_requester_next(&p->q, p->now, &m));
	size_t len = m.bytes.len;
	memcpy(copy, m.bytes.data, len);
	rotor_spdm_responder_receive(&p->r, PAIR_AGENT_EID, 1, false, copy, len, p->now, &out);
	assert_int_equal(out.kind, ROTOR_SPDM_OUT_NOTHING);
	assert_int_equal(rotor_spdm_responder_deadline(&p->r), 0);
	/* Another peer, and another request of the same peer. */
	memcpy(copy, get_version, 4);
	for (uint32_t peer = PAIR_AGENT_EID; peer <= PAIR_AGENT_EID + 1; peer++) {
		rotor_spdm_responder_receive(&p->r, peer, 2, false, copy, 4, p->now, &out);
		assert_int_equal(out.kind, ROTOR_SPDM_OUT_RESPONSE);
		assert_int_equal(out.peer, peer);
		assert_int_equal(out.token, 2);
		assert_int_equal(out.bytes.data[2], ROTOR_SPDM_ERROR_BUSY);
	}
	/* The same request again is the one being worked on; its answer goes to the later token. */
	memcpy(copy, m.bytes.data, len);
	rotor_spdm_responder_receive(&p->r, PAIR_AGENT_EID, 3, false, copy, len, p->now, &out);
	assert_int_equal(out.kind, ROTOR_SPDM_OUT_NOTHING);
	assert_int_equal(p->r.counters.repeated, 1);
	/* Application data goes on, both ways. */
	assert_true(pair_app_to_device(p, 1, "go on", 5));
	assert_true(pair_app_to_agent(p, 1, "go on", 5));
	unsigned polls = 0;
	do {
		rotor_spdm_responder_poll(&p->r, p->now, &out);
		polls++;
	} while (out.kind == ROTOR_SPDM_OUT_NOTHING);
	assert_true(polls >= 3);
	assert_int_equal(out.token, 3);
	assert_int_equal(out.bytes.data[1], ROTOR_SPDM_CHALLENGE_AUTH);
	rotor_spdm_requester_cancel(&p->q);
	assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_CANCELLED);
	pair_delete(p);
}

/* ---- time ---- */

static void sessions_end_in_time(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(&(struct pair_wish){.heartbeat_s = 5});
	struct rotor_spdm_out out;
	pair_session(p);
	assert_true(rotor_spdm_responder_deadline(&p->r) <= p->now + 10000);
	assert_true(rotor_spdm_requester_heartbeat_due(&p->q) <= p->now + 2500);
	p->now += 9000;
	assert_int_equal(pair_do(p, rotor_spdm_requester_heartbeat(&p->q)), ROTOR_OK);
	p->now += 9000;
	rotor_spdm_responder_poll(&p->r, p->now, &out);
	assert_int_equal(p->ended, 0);
	p->now += 1100;
	rotor_spdm_responder_poll(&p->r, p->now, &out);
	assert_int_equal(p->ended, 1);
	assert_int_equal(p->end_reason, ROTOR_SPDM_END_IDLE);
	assert_true(rotor_spdm_responder_deadline(&p->r) == ROTOR_NEVER);
	assert_int_equal(pair_do(p, rotor_spdm_requester_heartbeat(&p->q)), ROTOR_ERR_TIMEOUT);
	pair_delete(p);
}

static bool lose_records(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg,
			 size_t len)
{
	(void)p;
	(void)to_device;
	(void)msg;
	(void)len;
	return !secured;
}

static void a_half_open_session_is_forgotten(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(NULL);
	struct rotor_spdm_out out;
	pair_identify(p);
	p->line = lose_records;
	rotor_ms before = p->now;
	assert_int_equal(pair_do(p, rotor_spdm_requester_start_session(&p->q, 0)),
			 ROTOR_ERR_TIMEOUT);
	assert_int_equal(p->r.sessions[0].state, ROTOR_SPDM_SESSION_HANDSHAKING);
	p->now = before + ROTOR_SPDM_HANDSHAKE_MS + 1000;
	rotor_spdm_responder_poll(&p->r, p->now, &out);
	assert_int_equal(p->r.sessions[0].state, ROTOR_SPDM_SESSION_NONE);
	assert_int_equal(p->ended, 0); /* it never was one */
	pair_delete(p);
}

static void a_silent_device_is_given_up(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(NULL);
	struct rotor_spdm_message m;
	assert_int_equal(rotor_spdm_requester_connect(&p->q), ROTOR_OK);
	assert_int_equal(rotor_spdm_requester_connect(&p->q), ROTOR_ERR_BUSY);
	unsigned sent = 0;
	while (rotor_spdm_requester_status(&p->q) == ROTOR_PENDING) {
		sent += rotor_spdm_requester_next(&p->q, p->now, &m);
		if (rotor_spdm_requester_deadline(&p->q) != ROTOR_NEVER)
			p->now = rotor_spdm_requester_deadline(&p->q);
	}
	assert_int_equal(sent, 4);
	assert_int_equal(p->q.result.fail, ROTOR_SPDM_FAIL_TIMEOUT);
	assert_int_equal(p->q.result.request, ROTOR_SPDM_GET_VERSION);
	pair_delete(p);
}

static void a_device_that_is_not_ready_is_asked_later(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(NULL);
	struct rotor_spdm_message m;
	pair_identify(p);
	uint8_t not_ready[] = {p->q.peer.version,
			       ROTOR_SPDM_ERROR,
			       ROTOR_SPDM_ERROR_RESPONSE_NOT_READY,
			       0,
			       17 /* 131 ms */,
			       ROTOR_SPDM_CHALLENGE,
			       0x55,
			       5};
	uint8_t busy[] = {p->q.peer.version, ROTOR_SPDM_ERROR, ROTOR_SPDM_ERROR_BUSY, 0};
	assert_int_equal(rotor_spdm_requester_challenge(&p->q, 0), ROTOR_OK);
	assert_true(rotor_spdm_requester_next(&p->q, p->now, &m));
	assert_false(
	    rotor_spdm_requester_receive(&p->q, false, not_ready, sizeof(not_ready), p->now, &m));
	rotor_ms later = rotor_spdm_requester_deadline(&p->q);
	assert_true(later >= p->now + 131 && later < p->now + 200);
	assert_false(rotor_spdm_requester_next(&p->q, p->now, &m));
	p->now = later;
	assert_true(rotor_spdm_requester_next(&p->q, p->now, &m));
	const uint8_t ask_again[] = {p->q.peer.version, ROTOR_SPDM_RESPOND_IF_READY,
				     ROTOR_SPDM_CHALLENGE, 0x55};
	assert_int_equal(m.bytes.len, 4);
	assert_memory_equal(m.bytes.data, ask_again, 4);
	rotor_spdm_requester_cancel(&p->q);

	pair_identify(p);
	assert_int_equal(rotor_spdm_requester_challenge(&p->q, 0), ROTOR_OK);
	assert_true(rotor_spdm_requester_next(&p->q, p->now, &m));
	rotor_spdm_requester_receive(&p->q, false, busy, sizeof(busy), p->now, &m);
	assert_int_equal(pair_run(p), ROTOR_OK);
	assert_int_equal(p->q.counters.busy, 2);
	pair_delete(p);
}

static void a_delayed_answer_is_still_signed_over_its_own_request(void **state)
{
	(void)state;
	struct spdm_pair *p = pair_new(NULL);
	struct rotor_spdm_message m;
	uint8_t answer[2048];
	uint8_t blocks[1024];
	pair_identify(p);
	uint8_t not_ready[] = {p->q.peer.version,
			       ROTOR_SPDM_ERROR,
			       ROTOR_SPDM_ERROR_RESPONSE_NOT_READY,
			       0,
			       10,
			       ROTOR_SPDM_GET_MEASUREMENTS,
			       0x55,
			       5};
	/* The signature covers this one too. */
	assert_int_equal(pair_do(p, rotor_spdm_requester_get_measurements(
					&p->q, false, 1, false, false, blocks, sizeof(blocks))),
			 ROTOR_OK);
	assert_int_equal(rotor_spdm_requester_get_measurements(&p->q, false, ROTOR_SPDM_MEAS_OP_ALL,
							       true, false, blocks, sizeof(blocks)),
			 ROTOR_OK);
	assert_true(rotor_spdm_requester_next(&p->q, p->now, &m));
	/* The device has its answer at once; it only comes to the agent later. */
	size_t len = pair_ask(p, PAIR_AGENT_EID, false, m.bytes.data, m.bytes.len, answer, NULL);
	assert_int_equal(answer[1], ROTOR_SPDM_MEASUREMENTS);
	rotor_spdm_requester_receive(&p->q, false, not_ready, sizeof(not_ready), p->now, &m);
	p->now = rotor_spdm_requester_deadline(&p->q);
	assert_true(rotor_spdm_requester_next(&p->q, p->now, &m));
	assert_int_equal(m.bytes.data[1], ROTOR_SPDM_RESPOND_IF_READY);
	rotor_spdm_requester_receive(&p->q, false, answer, len, p->now, &m);
	while (rotor_spdm_requester_status(&p->q) == ROTOR_PENDING)
		assert_false(rotor_spdm_requester_next(&p->q, p->now, &m));
	assert_int_equal(rotor_spdm_requester_status(&p->q), ROTOR_OK);
	assert_true(p->q.measurements.is_signed);
	pair_delete(p);
}

/* GET_CAPABILITIES chooses the version even if nothing else is right with it: the ERROR is of that version. */
static void an_error_is_of_the_version_that_was_asked_for(void **state)
{
	(void)state;
	static const struct {
		uint8_t version, answer, error;
	} rows[] = {
	    {ROTOR_SPDM_V12, ROTOR_SPDM_V12, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {ROTOR_SPDM_V13, ROTOR_SPDM_V13, ROTOR_SPDM_ERROR_INVALID_REQUEST},
	    {0x19, ROTOR_SPDM_V10, ROTOR_SPDM_ERROR_VERSION_MISMATCH},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		static const uint8_t get_version[] = {ROTOR_SPDM_V10, ROTOR_SPDM_GET_VERSION, 0, 0};
		/* DataTransferSize 41: one less than the least */
		uint8_t ask[20] = {rows[i].version,
				   ROTOR_SPDM_GET_CAPABILITIES, [12] = 41, [16] = 41};
		struct spdm_pair *p = pair_new(&(struct pair_wish){0});
		uint8_t answer[PAIR_MESSAGE_MAX];
		bool secured;
		assert_true(
		    pair_ask(p, 7, false, get_version, sizeof(get_version), answer, &secured) > 4);
		assert_int_equal(pair_ask(p, 7, false, ask, sizeof(ask), answer, &secured), 4);
		assert_int_equal(answer[0], rows[i].answer);
		assert_int_equal(answer[1], ROTOR_SPDM_ERROR);
		assert_int_equal(answer[2], rows[i].error);
		/* Nothing is chosen for good: the other version may still be asked for. */
		ask[0] = ROTOR_SPDM_V12;
		ask[12] = ask[16] = 42;
		assert_int_equal(pair_ask(p, 7, false, ask, sizeof(ask), answer, &secured), 20);
		assert_int_equal(answer[0], ROTOR_SPDM_V12);
		assert_int_equal(answer[1], ROTOR_SPDM_CAPABILITIES);
		pair_delete(p);
	}
}

/* What the requester could do if rotor could it too is no fault of its request. */
static void capabilities_beyond_rotors_are_passed_over(void **state)
{
	(void)state;
	static const uint8_t get_version[] = {ROTOR_SPDM_V10, ROTOR_SPDM_GET_VERSION, 0, 0};
	static const struct {
		uint8_t chunk_byte;
		uint8_t code;
	} rows[] = {{0x02, ROTOR_SPDM_CAPABILITIES}, {0x00, ROTOR_SPDM_ERROR}};
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		/* CHUNK_CAP is bit 17; a message may be larger than a transfer only with it */
		const uint8_t ask[20] = {
		    ROTOR_SPDM_V14,
		    ROTOR_SPDM_GET_CAPABILITIES, [10] = rows[i].chunk_byte, [12] = 42, [17] = 16};
		struct spdm_pair *p =
		    pair_new(&(struct pair_wish){.device_version = ROTOR_SPDM_V14});
		uint8_t answer[PAIR_MESSAGE_MAX];
		bool secured;
		assert_true(
		    pair_ask(p, 7, false, get_version, sizeof(get_version), answer, &secured) > 4);
		assert_true(pair_ask(p, 7, false, ask, sizeof(ask), answer, &secured) >= 4);
		assert_int_equal(answer[1], rows[i].code);
		pair_delete(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(capabilities_beyond_rotors_are_passed_over),
	    cmocka_unit_test(an_error_is_of_the_version_that_was_asked_for),
	    cmocka_unit_test(every_request_is_answered_in_every_state),
	    cmocka_unit_test(what_is_no_request_is_counted_and_not_answered),
	    cmocka_unit_test(a_second_verifier_does_not_touch_the_session),
	    cmocka_unit_test(a_second_session_is_refused_while_one_is_up),
	    cmocka_unit_test(others_are_told_to_wait_while_a_signature_is_made),
	    cmocka_unit_test(sessions_end_in_time),
	    cmocka_unit_test(a_half_open_session_is_forgotten),
	    cmocka_unit_test(a_silent_device_is_given_up),
	    cmocka_unit_test(a_device_that_is_not_ready_is_asked_later),
	    cmocka_unit_test(a_delayed_answer_is_still_signed_over_its_own_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
