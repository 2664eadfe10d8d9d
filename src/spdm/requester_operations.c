/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that a caller may begin, and when; words for how they fail. */
#include <string.h>

#include "spdm/requester.h"

enum rotor_status rotor_spdm_requester_connect(struct rotor_spdm_requester *q)
{
	enum rotor_status st = rotor_spdm_requester_begin(q, &rotor_spdm_step_version);
	if (st == ROTOR_OK)
		rotor_spdm_requester_forget(q);
	return st;
}

enum rotor_status rotor_spdm_requester_get_digests(struct rotor_spdm_requester *q)
{
	return rotor_spdm_requester_begin_in(q, &rotor_spdm_step_digests, false);
}

enum rotor_status rotor_spdm_requester_get_certificate(struct rotor_spdm_requester *q, uint8_t slot,
						       uint8_t *buffer, size_t size)
{
	if (slot >= ROTOR_SPDM_SLOT_COUNT || !buffer || !size)
		return ROTOR_ERR_ARGUMENT;
	enum rotor_status st =
	    rotor_spdm_requester_begin_in(q, &rotor_spdm_step_certificate, false);
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
	enum rotor_status st = rotor_spdm_requester_begin(q, &rotor_spdm_step_chain);
	if (st != ROTOR_OK)
		return st;
	memset(&q->chain, 0, sizeof(q->chain));
	q->op.slot = slot;
	q->chain.spdm = chain;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_requester_use_key(struct rotor_spdm_requester *q,
					       const struct rotor_spdm_peer_key *key)
{
	if (!q->connected)
		return ROTOR_ERR_STATE;
	if (q->op.step)
		return ROTOR_ERR_BUSY;
	if (!(q->peer.capabilities & ROTOR_SPDM_CAP_PUB_KEY_ID) ||
	    rotor_sig_key(key->key.alg) != rotor_sig_key(q->peer.suite.sig))
		return ROTOR_ERR_UNSUPPORTED;
	memset(&q->chain, 0, sizeof(q->chain));
	enum rotor_status st =
	    rotor_hash_parts(q->config->crypto, q->peer.suite.hash, &key->form, 1, q->chain.digest);
	if (st != ROTOR_OK)
		return st;
	q->chain.slot = ROTOR_SPDM_SLOT_PROVISIONED;
	q->chain.leaf.key = key->key;
	q->chain.leaf.key.alg = q->peer.suite.sig; /* which says the padding of an RSA key */
	q->chain.believed = true;
	return ROTOR_OK;
}

bool rotor_spdm_requester_believed(const struct rotor_spdm_requester *q)
{
	return q->connected && q->chain.believed;
}

enum rotor_status rotor_spdm_requester_challenge(struct rotor_spdm_requester *q,
						 uint8_t summary_type)
{
	if (!rotor_spdm_requester_believed(q))
		return ROTOR_ERR_STATE;
	enum rotor_status st = rotor_spdm_requester_begin(q, &rotor_spdm_step_challenge);
	if (st == ROTOR_OK)
		q->op.summary = summary_type;
	return st;
}

enum rotor_status rotor_spdm_requester_get_measurements(struct rotor_spdm_requester *q,
							bool secured, uint8_t operation,
							bool with_signature, bool raw,
							uint8_t *buffer, size_t size)
{
	if (with_signature && !rotor_spdm_requester_believed(q))
		return ROTOR_ERR_STATE;
	enum rotor_status st =
	    rotor_spdm_requester_begin_in(q, &rotor_spdm_step_measurements, secured);
	if (st != ROTOR_OK)
		return st;
	memset(&q->measurements, 0, sizeof(q->measurements));
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
	if (!rotor_spdm_requester_believed(q) || q->session.state != ROTOR_SPDM_SESSION_NONE)
		return ROTOR_ERR_STATE;
	enum rotor_status st = rotor_spdm_requester_begin(q, &rotor_spdm_step_kex_generate);
	if (st != ROTOR_OK)
		return st;
	q->op.summary = summary_type;
	q->mutual = false;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_requester_serve(struct rotor_spdm_requester *q, bool secured)
{
	return rotor_spdm_requester_begin_in(q, &rotor_spdm_step_encap_get, secured);
}

enum rotor_status rotor_spdm_requester_heartbeat(struct rotor_spdm_requester *q)
{
	if (!q->session.heartbeat_s)
		return ROTOR_ERR_STATE;
	return rotor_spdm_requester_begin_in(q, &rotor_spdm_step_heartbeat, true);
}

enum rotor_status rotor_spdm_requester_end_session(struct rotor_spdm_requester *q)
{
	return rotor_spdm_requester_begin_in(q, &rotor_spdm_step_end_session, true);
}

enum rotor_status rotor_spdm_requester_switch_session(struct rotor_spdm_requester *q,
						      struct rotor_spdm_session *other)
{
	if (q->op.step)
		return ROTOR_ERR_BUSY;
	struct rotor_spdm_session present = q->session;
	q->session = *other;
	*other = present;
	rotor_wipe(&present, sizeof(present));
	return ROTOR_OK;
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
	    [ROTOR_SPDM_FAIL_KEY_USE] = "the slot's key is not for this use",
	};
	return (size_t)fail < ROTOR_COUNT_OF(texts) && texts[fail] ? texts[fail] : "unknown";
}
