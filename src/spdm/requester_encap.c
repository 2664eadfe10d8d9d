/* SPDX-License-Identifier: Apache-2.0 */
/* The responder's encapsulated requests, which the requester answers. */
#include <string.h>

#include "spdm/requester.h"

/* DELIVER_ENCAPSULATED_RESPONSE's header and CERTIFICATE's, which come before a portion. */
#define DELIVER_HEADER     4
#define CERTIFICATE_HEADER 8
/* A responder that asks without end is not waited for. */
#define ROUNDS_MAX 200

static const struct rotor_spdm_requester_step step_encap_work;

/* Tells the piece that keeps a transcript of its own what is said. @return false if that failed the operation */
static bool heard(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	enum rotor_status st = ROTOR_OK;
	for (size_t i = 0; st == ROTOR_OK && i < q->config->piece_count; i++) {
		const struct rotor_spdm_requester_use *use = &q->config->pieces[i];
		if (use->piece->heard)
			st = use->piece->heard(q, use->config, msg, len);
	}
	if (st != ROTOR_OK)
		rotor_spdm_requester_local(q, st);
	return st == ROTOR_OK;
}

static void build_get_encapsulated(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	/* In a handshake and after CHALLENGE_AUTH, the responder's word is enough. */
	if (!q->op.resume && !q->op.mut_auth &&
	    !rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_ENCAP))
		return;
	rotor_spdm_requester_put_header(q, w, ROTOR_SPDM_GET_ENCAPSULATED_REQUEST, 0, 0);
}

/* Has a piece take the request, if one does. */
static void ask_piece(struct rotor_spdm_requester *q, struct rotor_bytes inner)
{
	q->op.use = NULL;
	for (size_t i = 0; i < q->config->piece_count; i++) {
		if (q->config->pieces[i].piece->answers == q->op.inner)
			q->op.use = &q->config->pieces[i];
	}
	if (!q->op.use)
		return;
	enum rotor_status st = q->op.use->piece->ask(q, q->op.use->config, inner.data, inner.len);
	if (!q->op.step)
		return;
	q->op.refused = st != ROTOR_OK && st != ROTOR_PENDING;
	rotor_spdm_requester_step(q, st == ROTOR_PENDING ? &step_encap_work
							 : &rotor_spdm_step_encap_deliver);
}

static bool answered_here(uint8_t code)
{
	return code == ROTOR_SPDM_GET_DIGESTS || code == ROTOR_SPDM_GET_CERTIFICATE;
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
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	rotor_spdm_requester_event(q, false, true, inner.data, inner.len);
	q->op.request_id = request_id;
	q->op.inner = header.code;
	q->op.inner_param1 = header.param1;
	q->op.inner_param2 = header.param2;
	q->op.inner_offset = m.offset;
	q->op.inner_length = m.length;
	q->op.refused = false;
	rotor_spdm_requester_step(q, &rotor_spdm_step_encap_deliver);
	if (!answered_here(header.code))
		ask_piece(q, inner);
	else if (!heard(q, inner.data, inner.len))
		return;
}

static void handle_encapsulated_request(struct rotor_spdm_requester *q, const uint8_t *msg,
					size_t len)
{
	struct rotor_spdm_encapsulated m;
	enum rotor_status st = rotor_spdm_decode_encapsulated(msg, len, &m);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	note(q, m.request_id, m.inner);
}

static enum rotor_status work_encap(struct rotor_spdm_requester *q)
{
	enum rotor_status st = q->op.use->piece->work(q, q->op.use->config);
	if (st == ROTOR_PENDING)
		return st;
	q->op.refused = st != ROTOR_OK;
	if (q->op.step)
		rotor_spdm_requester_step(q, &rotor_spdm_step_encap_deliver);
	return ROTOR_OK;
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
	if (!q->config->own.signer ||
	    rotor_spdm_chain_digest(q->config->crypto, hash, q->config->own.chain, digest) !=
		ROTOR_OK) {
		refuse(q, w, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
		return;
	}
	const struct rotor_spdm_slot *own = &q->config->own;
	const uint8_t usage[] = {(uint8_t)own->key_usage, (uint8_t)(own->key_usage >> 8)};
	const size_t several = q->peer.suite.req_multi_key ? 1 : 0;
	const struct rotor_spdm_digests m = {
	    .version = q->peer.version,
	    .supported_slots = q->peer.version >= ROTOR_SPDM_V13 ? 1 : 0,
	    .provisioned_slots = 1,
	    .digests = {digest, rotor_hash_size(hash)},
	    .key_pair_ids = {&own->key_pair, several},
	    .cert_infos = {&own->model, several},
	    .key_usages = {usage, 2 * several},
	};
	size_t at = w->len;
	rotor_spdm_encode_digests(w, &m);
	/* Of several keys, what was said of them belongs to the transcript of the session that is being made. */
	if (several && q->session.state == ROTOR_SPDM_SESSION_HANDSHAKING && !w->failed) {
		enum rotor_status st = rotor_spdm_requester_add_th(q, w->base + at, w->len - at);
		if (st != ROTOR_OK)
			rotor_spdm_requester_local(q, st);
	}
}

static void answer_certificate(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	struct rotor_bytes certs = q->config->own.chain;
	uint8_t header[ROTOR_SPDM_CHAIN_HEADER_MAX];
	size_t header_len =
	    rotor_spdm_chain_header(q->config->crypto, q->peer.suite.hash, certs, header);
	size_t total = header_len + certs.len, room = w->cap - w->len;
	if (!header_len || !q->config->own.signer || (q->op.inner_param1 & 0x0f) != 0 ||
	    q->op.inner_offset >= total || room <= CERTIFICATE_HEADER) {
		refuse(q, w, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
		return;
	}
	size_t len = total - q->op.inner_offset;
	if (len > q->op.inner_length)
		len = q->op.inner_length;
	if (len > room - CERTIFICATE_HEADER)
		len = room - CERTIFICATE_HEADER;
	q->op.remainder = (uint32_t)(total - q->op.inner_offset - len);
	const struct rotor_spdm_certificate m = {
	    .version = q->peer.version,
	    .slot = 0,
	    .attributes = q->peer.suite.req_multi_key ? q->config->own.model : 0,
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

static void build_deliver(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_spdm_header m = {.version = q->peer.version,
					    .code = ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE,
					    .param1 = q->op.request_id};
	rotor_spdm_encode_header(w, &m);
	if (q->op.refused)
		refuse(q, w, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
	else if (q->op.inner == ROTOR_SPDM_GET_DIGESTS)
		answer_digests(q, w);
	else if (q->op.inner == ROTOR_SPDM_GET_CERTIFICATE)
		answer_certificate(q, w);
	else if (q->op.use)
		q->op.use->piece->answer(q, q->op.use->config, w);
	else
		refuse(q, w, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST, q->op.inner);
	if (w->failed || !q->op.step)
		return;
	const uint8_t *inner = w->base + DELIVER_HEADER;
	size_t len = w->len - DELIVER_HEADER;
	rotor_spdm_requester_event(q, true, true, inner, len);
	if (answered_here(q->op.inner))
		(void)heard(q, inner, len);
}

/* The responder asks no more. */
static void flow_over(struct rotor_spdm_requester *q)
{
	const struct rotor_spdm_requester_step *resume = q->op.resume;
	if (!resume) {
		rotor_spdm_requester_done(q);
		return;
	}
	q->op.resume = NULL;
	rotor_spdm_requester_step(q, resume);
}

static void handle_encapsulated_ack(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_encapsulated_ack m;
	enum rotor_status st = rotor_spdm_decode_encapsulated_ack(msg, len, &m);
	/* Which request is meant is said from 1.2 on. */
	if (st == ROTOR_OK && q->peer.version >= ROTOR_SPDM_V12 &&
	    m.ack_request_id != q->op.request_id)
		st = ROTOR_ERR_FORMAT;
	if (st == ROTOR_OK && m.payload_type == ROTOR_SPDM_ENCAP_PRESENT) {
		note(q, m.request_id, m.inner);
		return;
	}
	/* A key that the responder has announced must have come into use. */
	if (st == ROTOR_OK && q->session.updating)
		st = ROTOR_ERR_FORMAT;
	/* This side has one slot. */
	if (st == ROTOR_OK && m.payload_type == ROTOR_SPDM_ENCAP_REQ_SLOT &&
	    (m.inner.len != 1 || m.inner.data[0] != 0))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	flow_over(q);
}

const struct rotor_spdm_requester_step rotor_spdm_step_encap_get = {
    .request = ROTOR_SPDM_GET_ENCAPSULATED_REQUEST,
    .response = ROTOR_SPDM_ENCAPSULATED_REQUEST,
    .build = build_get_encapsulated,
    .handle = handle_encapsulated_request,
};
const struct rotor_spdm_requester_step rotor_spdm_step_encap_deliver = {
    .request = ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE,
    .response = ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_deliver,
    .handle = handle_encapsulated_ack,
};
static const struct rotor_spdm_requester_step step_encap_work = {
    .request = ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE,
    .work = work_encap,
};
