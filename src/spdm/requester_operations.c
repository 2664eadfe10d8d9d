/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that a caller may begin, and when; words for how they fail. */
#include <string.h>

#include "spdm/requester.h"

static enum rotor_status begin(struct rotor_spdm_requester *q, enum rotor_spdm_rstep step)
{
	if (q->op.step != ROTOR_SPDM_R_IDLE)
		return ROTOR_ERR_BUSY;
	memset(&q->op, 0, sizeof(q->op));
	memset(&q->result, 0, sizeof(q->result));
	q->result.status = ROTOR_PENDING;
	q->op.step = (uint8_t)step;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_requester_connect(struct rotor_spdm_requester *q)
{
	enum rotor_status st = begin(q, ROTOR_SPDM_R_VERSION);
	if (st != ROTOR_OK)
		return st;
	rotor_spdm_requester_drop_session(q);
	rotor_spdm_transcript_reset(q->config->crypto, &q->transcript);
	q->connected = false;
	memset(&q->peer, 0, sizeof(q->peer));
	memset(&q->digests, 0, sizeof(q->digests));
	memset(&q->chain, 0, sizeof(q->chain));
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_requester_get_digests(struct rotor_spdm_requester *q)
{
	return q->connected ? begin(q, ROTOR_SPDM_R_DIGESTS) : ROTOR_ERR_STATE;
}

enum rotor_status rotor_spdm_requester_get_certificate(struct rotor_spdm_requester *q, uint8_t slot,
						       uint8_t *buffer, size_t size)
{
	if (slot >= ROTOR_SPDM_SLOT_COUNT || !buffer || !size)
		return ROTOR_ERR_ARGUMENT;
	enum rotor_status st = q->connected ? begin(q, ROTOR_SPDM_R_CERTIFICATE) : ROTOR_ERR_STATE;
	if (st != ROTOR_OK)
		return st;
	memset(&q->chain, 0, sizeof(q->chain));
	q->op.slot = slot;
	q->op.out = buffer;
	q->op.out_size = size;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_requester_use_certificate(struct rotor_spdm_requester *q, uint8_t slot,
						       struct rotor_bytes chain)
{
	if (slot >= ROTOR_SPDM_SLOT_COUNT || !chain.len)
		return ROTOR_ERR_ARGUMENT;
	if (!q->connected || !(q->digests.slots & 1u << slot))
		return ROTOR_ERR_STATE;
	enum rotor_status st = begin(q, ROTOR_SPDM_R_CHAIN);
	if (st != ROTOR_OK)
		return st;
	memset(&q->chain, 0, sizeof(q->chain));
	q->op.slot = slot;
	q->chain.spdm = chain;
	return ROTOR_OK;
}

/* Whether there is a chain that verify_peer has accepted. */
static bool believed(const struct rotor_spdm_requester *q)
{
	return q->connected && q->chain.cert_count;
}

enum rotor_status rotor_spdm_requester_challenge(struct rotor_spdm_requester *q,
						 uint8_t summary_type)
{
	enum rotor_status st = believed(q) ? begin(q, ROTOR_SPDM_R_CHALLENGE) : ROTOR_ERR_STATE;
	q->op.summary = st == ROTOR_OK ? summary_type : q->op.summary;
	return st;
}

enum rotor_status rotor_spdm_requester_get_measurements(struct rotor_spdm_requester *q,
							bool secured, uint8_t operation,
							bool with_signature, bool raw,
							uint8_t *buffer, size_t size)
{
	if (!q->connected || (with_signature && !believed(q)) ||
	    (secured && q->session.state != ROTOR_SPDM_SESSION_ESTABLISHED))
		return ROTOR_ERR_STATE;
	enum rotor_status st = begin(q, ROTOR_SPDM_R_MEASUREMENTS);
	if (st != ROTOR_OK)
		return st;
	memset(&q->measurements, 0, sizeof(q->measurements));
	q->op.secured = secured;
	q->op.operation = operation;
	q->op.attributes = (uint8_t)((with_signature ? ROTOR_SPDM_MEAS_ATTR_SIGNATURE : 0) |
				     (raw ? ROTOR_SPDM_MEAS_ATTR_RAW : 0));
	q->op.out = buffer;
	q->op.out_size = size;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_requester_start_session(struct rotor_spdm_requester *q,
						     uint8_t summary_type)
{
	if (!believed(q) || q->session.state != ROTOR_SPDM_SESSION_NONE)
		return ROTOR_ERR_STATE;
	enum rotor_status st = begin(q, ROTOR_SPDM_R_KEX_GENERATE);
	if (st != ROTOR_OK)
		return st;
	q->op.summary = summary_type;
	q->mutual = false;
	return ROTOR_OK;
}

static enum rotor_status begin_in_session(struct rotor_spdm_requester *q,
					  enum rotor_spdm_rstep step)
{
	enum rotor_status st =
	    q->session.state == ROTOR_SPDM_SESSION_ESTABLISHED ? begin(q, step) : ROTOR_ERR_STATE;
	if (st == ROTOR_OK)
		q->op.secured = true;
	return st;
}

enum rotor_status rotor_spdm_requester_heartbeat(struct rotor_spdm_requester *q)
{
	if (!q->session.heartbeat_s)
		return ROTOR_ERR_STATE;
	return begin_in_session(q, ROTOR_SPDM_R_HEARTBEAT);
}

enum rotor_status rotor_spdm_requester_end_session(struct rotor_spdm_requester *q)
{
	return begin_in_session(q, ROTOR_SPDM_R_END_SESSION);
}

const char *rotor_spdm_fail_string(enum rotor_spdm_fail fail)
{
	static const char *const texts[] = {
	    [ROTOR_SPDM_FAIL_NONE] = "no failure",
	    [ROTOR_SPDM_FAIL_TIMEOUT] = "the responder does not answer",
	    [ROTOR_SPDM_FAIL_PEER_ERROR] = "the responder answered with an error",
	    [ROTOR_SPDM_FAIL_MALFORMED] = "the responder's answer is malformed",
	    [ROTOR_SPDM_FAIL_UNEXPECTED] = "the responder answered something else",
	    [ROTOR_SPDM_FAIL_NO_VERSION] = "no SPDM version in common",
	    [ROTOR_SPDM_FAIL_NO_CAPABILITY] = "the responder does not offer what is needed",
	    [ROTOR_SPDM_FAIL_NO_ALGORITHM] = "no algorithm in common, or one that was not offered",
	    [ROTOR_SPDM_FAIL_EMPTY_SLOT] = "the certificate slot is empty",
	    [ROTOR_SPDM_FAIL_CHAIN_TOO_LONG] = "the certificate chain is too long",
	    [ROTOR_SPDM_FAIL_CHAIN_FORMAT] = "the certificate chain is malformed",
	    [ROTOR_SPDM_FAIL_CHAIN_DIGEST] = "the certificate chain is not the one announced",
	    [ROTOR_SPDM_FAIL_LEAF] = "the leaf certificate may not speak in SPDM",
	    [ROTOR_SPDM_FAIL_UNTRUSTED] = "the certificate chain is not trusted",
	    [ROTOR_SPDM_FAIL_SIGNATURE] = "the responder's signature is wrong",
	    [ROTOR_SPDM_FAIL_HMAC] = "the responder's handshake MAC is wrong",
	    [ROTOR_SPDM_FAIL_NO_MUTUAL_AUTH] =
		"the responder does not ask for mutual authentication",
	    [ROTOR_SPDM_FAIL_RECORD] = "the session's sequence numbers are used up",
	    [ROTOR_SPDM_FAIL_SPACE] = "a buffer is too small",
	    [ROTOR_SPDM_FAIL_LOCAL] = "the local crypto or signer failed",
	    [ROTOR_SPDM_FAIL_REFUSED] = "the responder refuses the certificate presented to it",
	    [ROTOR_SPDM_FAIL_CANCELLED] = "cancelled",
	};
	return (size_t)fail < ROTOR_COUNT_OF(texts) && texts[fail] ? texts[fail] : "unknown";
}
