/* SPDX-License-Identifier: Apache-2.0 */
/* The responder's encapsulated requests, which the requester answers inside the handshake's session. */
#include <string.h>

#include "spdm/requester.h"

/* DELIVER_ENCAPSULATED_RESPONSE's header and CERTIFICATE's, which come before a portion. */
#define DELIVER_HEADER     4
#define CERTIFICATE_HEADER 8
/* A responder that asks without end is not waited for. */
#define ROUNDS_MAX 200

static void malformed(struct rotor_spdm_requester *q, enum rotor_status cause)
{
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_MALFORMED, ROTOR_ERR_FORMAT, cause);
}

void rotor_spdm_build_get_encapsulated(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_spdm_header m = {.version = q->peer.version,
					    .code = ROTOR_SPDM_GET_ENCAPSULATED_REQUEST};
	rotor_spdm_encode_header(w, &m);
}

/* Notes what is asked, to be answered by the next DELIVER_ENCAPSULATED_RESPONSE. */
static void note(struct rotor_spdm_requester *q, uint8_t request_id, struct rotor_bytes inner)
{
	struct rotor_spdm_header header;
	struct rotor_spdm_get_certificate m = {0};
	enum rotor_status st = rotor_spdm_peek(inner.data, inner.len, &header);
	if (st == ROTOR_OK && header.version != q->peer.version)
		st = ROTOR_ERR_FORMAT;
	if (st == ROTOR_OK && header.code == ROTOR_SPDM_GET_CERTIFICATE)
		st = rotor_spdm_decode_get_certificate(inner.data, inner.len, &m);
	if (st == ROTOR_OK && ++q->op.rounds > ROUNDS_MAX)
		st = ROTOR_ERR_BUSY;
	if (st != ROTOR_OK) {
		malformed(q, st);
		return;
	}
	rotor_spdm_requester_event(q, false, true, inner.data, inner.len);
	q->op.request_id = request_id;
	q->op.inner = header.code;
	q->op.inner_slot = m.slot;
	q->op.inner_offset = m.offset;
	q->op.inner_length = m.length;
	rotor_spdm_requester_step(q, ROTOR_SPDM_R_ENCAP_DELIVER);
}

void rotor_spdm_handle_encapsulated_request(struct rotor_spdm_requester *q, const uint8_t *msg,
					    size_t len)
{
	struct rotor_spdm_encapsulated m;
	enum rotor_status st = rotor_spdm_decode_encapsulated(msg, len, &m);
	if (st != ROTOR_OK) {
		malformed(q, st);
		return;
	}
	note(q, m.request_id, m.inner);
}

/* ---- the answers ---- */

static void refuse(struct rotor_spdm_requester *q, struct rotor_writer *w, uint8_t error,
		   uint8_t data)
{
	const struct rotor_spdm_error_message m = {
	    .version = q->peer.version, .error = error, .data = data};
	rotor_spdm_encode_error(w, &m);
}

static void answer_digests(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	uint8_t digest[ROTOR_HASH_MAX];
	enum rotor_hash_alg hash = q->peer.suite.hash;
	if (rotor_spdm_chain_digest(q->config->crypto, hash, q->config->own.chain, digest) !=
	    ROTOR_OK) {
		refuse(q, w, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
		return;
	}
	const struct rotor_spdm_digests m = {
	    .version = q->peer.version,
	    .supported_slots = 1,
	    .provisioned_slots = 1,
	    .digests = {digest, rotor_hash_size(hash)},
	};
	rotor_spdm_encode_digests(w, &m);
}

static void answer_certificate(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	struct rotor_bytes certs = q->config->own.chain;
	uint8_t header[ROTOR_SPDM_CHAIN_HEADER_MAX];
	size_t header_len =
	    rotor_spdm_chain_header(q->config->crypto, q->peer.suite.hash, certs, header);
	size_t total = header_len + certs.len, room = w->cap - w->len;
	if (!header_len || q->op.inner_slot != 0 || q->op.inner_offset >= total ||
	    room <= CERTIFICATE_HEADER) {
		refuse(q, w, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
		return;
	}
	size_t len = total - q->op.inner_offset;
	if (len > q->op.inner_length)
		len = q->op.inner_length;
	if (len > room - CERTIFICATE_HEADER)
		len = room - CERTIFICATE_HEADER;
	q->op.remainder = (uint16_t)(total - q->op.inner_offset - len);
	const struct rotor_spdm_certificate m = {
	    .version = q->peer.version,
	    .slot = 0,
	    .remainder_len = q->op.remainder,
	};
	size_t at = w->len;
	rotor_spdm_encode_certificate(w, &m);
	rotor_write_patch_u16le(w, at + 4, (uint16_t)len);
	uint8_t *portion = rotor_write_reserve(w, len);
	if (portion)
		rotor_spdm_chain_portion(header, header_len, certs, q->op.inner_offset, portion,
					 len);
}

void rotor_spdm_build_deliver(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_spdm_header m = {.version = q->peer.version,
					    .code = ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE,
					    .param1 = q->op.request_id};
	rotor_spdm_encode_header(w, &m);
	if (q->op.inner == ROTOR_SPDM_GET_DIGESTS)
		answer_digests(q, w);
	else if (q->op.inner == ROTOR_SPDM_GET_CERTIFICATE)
		answer_certificate(q, w);
	else
		refuse(q, w, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST, q->op.inner);
	if (!w->failed)
		rotor_spdm_requester_event(q, true, true, w->base + DELIVER_HEADER,
					   w->len - DELIVER_HEADER);
}

void rotor_spdm_handle_encapsulated_ack(struct rotor_spdm_requester *q, const uint8_t *msg,
					size_t len)
{
	struct rotor_spdm_encapsulated_ack m;
	enum rotor_status st = rotor_spdm_decode_encapsulated_ack(msg, len, &m);
	if (st == ROTOR_OK && m.ack_request_id != q->op.request_id)
		st = ROTOR_ERR_FORMAT;
	if (st == ROTOR_OK && m.payload_type == ROTOR_SPDM_ENCAP_PRESENT) {
		note(q, m.request_id, m.inner);
		return;
	}
	/* This side has one slot. */
	if (st == ROTOR_OK && m.payload_type == ROTOR_SPDM_ENCAP_REQ_SLOT &&
	    (m.inner.len != 1 || m.inner.data[0] != 0))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		malformed(q, st);
		return;
	}
	rotor_spdm_requester_step(q, ROTOR_SPDM_R_FINISH_SIGN);
}
