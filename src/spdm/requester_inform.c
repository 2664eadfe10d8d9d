/* SPDX-License-Identifier: Apache-2.0 */
/* What a device tells of itself besides: GET_MEASUREMENT_EXTENSION_LOG, GET_ENDPOINT_INFO, VENDOR_DEFINED_REQUEST. */
#include <string.h>

#include "rotor/spdm_requester_more.h"
#include "spdm/requester.h"

/* Appends to the caller's buffer. @return false if that failed the operation */
static bool append(struct rotor_spdm_requester *q, struct rotor_bytes bytes)
{
	if (bytes.len > q->op.out_size - q->op.out_len) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SPACE, ROTOR_ERR_SPACE, ROTOR_OK);
		return false;
	}
	if (bytes.len)
		memcpy(q->op.out + q->op.out_len, bytes.data, bytes.len);
	q->op.out_len += bytes.len;
	return true;
}

static void finish(struct rotor_spdm_requester *q)
{
	q->answer = (struct rotor_bytes){q->op.out, q->op.out_len};
	rotor_spdm_requester_done(q);
}

static enum rotor_status begin(struct rotor_spdm_requester *q,
			       const struct rotor_spdm_requester_step *step, bool secured,
			       uint8_t *buffer, size_t size)
{
	enum rotor_status st = rotor_spdm_requester_begin_in(q, step, secured);
	if (st != ROTOR_OK)
		return st;
	q->op.out = buffer;
	q->op.out_size = size;
	return ROTOR_OK;
}

/* ---- GET_MEASUREMENT_EXTENSION_LOG ---- */

/* MEASUREMENT_EXTENSION_LOG's header: two lengths of four bytes after the usual one. */
#define MEL_HEADER 12

static const struct rotor_spdm_requester_step step_mel;

static void build_get_mel(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	if (!rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_MEL))
		return;
	size_t length = q->config->data_transfer_size ? q->config->data_transfer_size
						      : rotor_spdm_requester_room(q);
	length -= MEL_HEADER;
	if (q->op.out_len && length > q->op.remainder)
		length = q->op.remainder;
	const struct rotor_spdm_get_mel m = {
	    .version = q->peer.version,
	    .offset = (uint32_t)q->op.out_len,
	    .length = (uint32_t)length,
	};
	q->op.inner_length = m.length;
	rotor_spdm_encode_get_mel(w, &m);
}

static void handle_mel(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_mel m;
	enum rotor_status st = rotor_spdm_decode_mel(msg, len, &m);
	if (st == ROTOR_OK && (m.portion.len > q->op.inner_length ||
			       (!m.portion.len && (m.remainder_len || q->op.out_len))))
		st = ROTOR_ERR_FORMAT;
	/* The log may have grown meanwhile, but not shrunk. */
	if (st == ROTOR_OK && q->op.out_len &&
	    (uint64_t)m.portion.len + m.remainder_len < q->op.remainder)
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	if (!append(q, m.portion))
		return;
	q->op.remainder = m.remainder_len;
	if (m.remainder_len > q->op.out_size - q->op.out_len)
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SPACE, ROTOR_ERR_SPACE, ROTOR_OK);
	else if (m.remainder_len)
		rotor_spdm_requester_step(q, &step_mel);
	else
		finish(q);
}

static const struct rotor_spdm_requester_step step_mel = {
    .request = ROTOR_SPDM_GET_MEASUREMENT_EXTENSION_LOG,
    .response = ROTOR_SPDM_MEASUREMENT_EXTENSION_LOG,
    .build = build_get_mel,
    .handle = handle_mel,
};

enum rotor_status rotor_spdm_requester_get_mel(struct rotor_spdm_requester *q, bool secured,
					       uint8_t *buffer, size_t size)
{
	return begin(q, &step_mel, secured, buffer, size);
}

/* ---- GET_ENDPOINT_INFO ---- */

static const struct rotor_spdm_requester_step step_endpoint_verify;

static bool wants_signature(const struct rotor_spdm_requester *q)
{
	return q->op.attributes & ROTOR_SPDM_EP_INFO_SIGNATURE;
}

static void build_get_endpoint_info(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	if (!rotor_spdm_requester_capable(q, wants_signature(q) ? ROTOR_SPDM_CAP_EP_INFO_SIG
								: ROTOR_SPDM_CAP_EP_INFO) ||
	    (wants_signature(q) && !rotor_spdm_requester_may_use(q, ROTOR_SPDM_KEY_USE_EP_INFO)) ||
	    !rotor_spdm_requester_nonce(q))
		return;
	const struct rotor_spdm_get_endpoint_info m = {
	    .version = q->peer.version,
	    .subcode = q->op.operation,
	    .slot = wants_signature(q) ? q->chain.slot & 0x0f : 0,
	    .attributes = q->op.attributes,
	    .nonce = wants_signature(q) ? q->op.nonce : NULL,
	};
	rotor_spdm_encode_get_endpoint_info(w, &m);
}

/* IL1/IL2 are VCA, the request and the answer up to its signature. */
static enum rotor_status to_verify(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	const struct rotor_bytes parts[] = {
	    {q->transcript.vca, q->transcript.vca_len},
	    {rotor_spdm_requester_plain(q), q->op.plain_len},
	    {msg, len},
	};
	enum rotor_status st = rotor_hash_parts(crypto, q->peer.suite.hash, parts, 3, q->op.digest);
	if (st == ROTOR_OK)
		st = rotor_spdm_to_sign(crypto, q->peer.version, q->peer.suite.hash,
					q->peer.suite.sig, ROTOR_SPDM_SIGNED_ENDPOINT_INFO,
					q->op.digest);
	return st;
}

static void handle_endpoint_info(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->peer.suite);
	struct rotor_spdm_endpoint_info m;
	sizes.signature = wants_signature(q);
	enum rotor_status st = rotor_spdm_decode_endpoint_info(&sizes, msg, len, &m);
	if (st == ROTOR_OK && sizes.signature &&
	    !rotor_spdm_requester_same_slot(m.slot, q->chain.slot))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	if (!append(q, m.info))
		return;
	if (!sizes.signature) {
		finish(q);
		return;
	}
	st = to_verify(q, msg, len - sizes.sig);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	memcpy(q->op.signature, m.signature.data, sizes.sig);
	rotor_spdm_requester_step(q, &step_endpoint_verify);
}

static enum rotor_status work_endpoint_verify(struct rotor_spdm_requester *q)
{
	enum rotor_status st = rotor_spdm_requester_verify(q);
	if (st == ROTOR_OK)
		finish(q);
	return st;
}

static const struct rotor_spdm_requester_step step_endpoint_verify = {
    .request = ROTOR_SPDM_GET_ENDPOINT_INFO,
    .work = work_endpoint_verify,
};
static const struct rotor_spdm_requester_step step_endpoint_info = {
    .request = ROTOR_SPDM_GET_ENDPOINT_INFO,
    .response = ROTOR_SPDM_ENDPOINT_INFO,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_get_endpoint_info,
    .handle = handle_endpoint_info,
};

enum rotor_status rotor_spdm_requester_get_endpoint_info(struct rotor_spdm_requester *q,
							 bool secured, uint8_t subcode,
							 bool with_signature, uint8_t *buffer,
							 size_t size)
{
	if (with_signature && !rotor_spdm_requester_believed(q))
		return ROTOR_ERR_STATE;
	enum rotor_status st = begin(q, &step_endpoint_info, secured, buffer, size);
	if (st != ROTOR_OK)
		return st;
	q->op.operation = subcode;
	q->op.attributes = with_signature ? ROTOR_SPDM_EP_INFO_SIGNATURE : 0;
	return ROTOR_OK;
}

/* ---- VENDOR_DEFINED_REQUEST ---- */

static void build_vendor_defined(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	struct rotor_spdm_vendor_defined m = *(const struct rotor_spdm_vendor_defined *)q->op.args;
	m.version = q->peer.version;
	m.code = ROTOR_SPDM_VENDOR_DEFINED_REQUEST;
	rotor_spdm_encode_vendor_defined(w, &m);
}

static void handle_vendor_defined(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	const struct rotor_spdm_vendor_defined *asked = q->op.args;
	struct rotor_spdm_vendor_defined m;
	enum rotor_status st = rotor_spdm_decode_vendor_defined(msg, len, &m);
	if (st == ROTOR_OK &&
	    (m.standard_id != asked->standard_id || m.vendor_id.len != asked->vendor_id.len ||
	     (m.vendor_id.len &&
	      memcmp(m.vendor_id.data, asked->vendor_id.data, m.vendor_id.len) != 0)))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK)
		rotor_spdm_requester_malformed(q, st);
	else if (append(q, m.payload))
		finish(q);
}

static const struct rotor_spdm_requester_step step_vendor_defined = {
    .request = ROTOR_SPDM_VENDOR_DEFINED_REQUEST,
    .response = ROTOR_SPDM_VENDOR_DEFINED_RESPONSE,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_vendor_defined,
    .handle = handle_vendor_defined,
};

enum rotor_status rotor_spdm_requester_vendor_defined(struct rotor_spdm_requester *q, bool secured,
						      const struct rotor_spdm_vendor_defined *m,
						      uint8_t *buffer, size_t size)
{
	enum rotor_status st = begin(q, &step_vendor_defined, secured, buffer, size);
	if (st == ROTOR_OK)
		q->op.args = m;
	return st;
}
