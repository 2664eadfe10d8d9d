/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and keys of the device: GET_CSR, SET_CERTIFICATE, GET_KEY_PAIR_INFO, SET_KEY_PAIR_INFO. */
#include <string.h>

#include "rotor/spdm_requester_more.h"
#include "spdm/requester.h"

/* Copies what came into the caller's buffer. @return false if that failed the operation */
static bool keep(struct rotor_spdm_requester *q, struct rotor_bytes *bytes)
{
	if (bytes->len > q->op.out_size - q->op.out_len) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SPACE, ROTOR_ERR_SPACE, ROTOR_OK);
		return false;
	}
	uint8_t *to = q->op.out + q->op.out_len;
	if (bytes->len)
		memcpy(to, bytes->data, bytes->len);
	q->op.out_len += bytes->len;
	bytes->data = to;
	return true;
}

/* ---- GET_CSR ---- */

static void build_get_csr(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	struct rotor_spdm_get_csr m = *(const struct rotor_spdm_get_csr *)q->op.args;
	if (!rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_CSR))
		return;
	m.version = q->peer.version;
	rotor_spdm_encode_get_csr(w, &m);
}

static void handle_csr(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_csr m;
	enum rotor_status st = rotor_spdm_decode_csr(msg, len, &m);
	if (st == ROTOR_OK && !m.csr.len)
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	if (!keep(q, &m.csr))
		return;
	q->answer = m.csr;
	rotor_spdm_requester_done(q);
}

static const struct rotor_spdm_requester_step step_csr = {
    .request = ROTOR_SPDM_GET_CSR,
    .response = ROTOR_SPDM_CSR,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_get_csr,
    .handle = handle_csr,
};

enum rotor_status rotor_spdm_requester_get_csr(struct rotor_spdm_requester *q, bool secured,
					       const struct rotor_spdm_get_csr *m, uint8_t *buffer,
					       size_t size)
{
	enum rotor_status st = rotor_spdm_requester_begin_in(q, &step_csr, secured);
	if (st != ROTOR_OK)
		return st;
	q->op.args = m;
	q->op.out = buffer;
	q->op.out_size = size;
	return ROTOR_OK;
}

/* ---- SET_CERTIFICATE ---- */

static void build_set_certificate(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	struct rotor_spdm_set_certificate m =
	    *(const struct rotor_spdm_set_certificate *)q->op.args;
	if (!rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_SET_CERT))
		return;
	m.version = q->peer.version;
	rotor_spdm_encode_set_certificate(w, &m);
}

static void handle_set_certificate_rsp(struct rotor_spdm_requester *q, const uint8_t *msg,
				       size_t len)
{
	const struct rotor_spdm_set_certificate *asked = q->op.args;
	struct rotor_spdm_header m;
	if (!rotor_spdm_requester_header(q, msg, len, &m))
		return;
	if ((m.param1 & 0x0f) != asked->slot) {
		rotor_spdm_requester_malformed(q, ROTOR_OK);
		return;
	}
	/* What was known of that slot is no longer so. */
	q->digests.slots &= (uint8_t) ~(1u << asked->slot);
	if (q->chain.slot == asked->slot)
		memset(&q->chain, 0, sizeof(q->chain));
	rotor_spdm_requester_done(q);
}

static const struct rotor_spdm_requester_step step_set_certificate = {
    .request = ROTOR_SPDM_SET_CERTIFICATE,
    .response = ROTOR_SPDM_SET_CERTIFICATE_RSP,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_set_certificate,
    .handle = handle_set_certificate_rsp,
};

enum rotor_status rotor_spdm_requester_set_certificate(struct rotor_spdm_requester *q, bool secured,
						       const struct rotor_spdm_set_certificate *m)
{
	if (m->slot >= ROTOR_SPDM_SLOT_COUNT || m->erase == (m->chain.len != 0))
		return ROTOR_ERR_ARGUMENT;
	enum rotor_status st = rotor_spdm_requester_begin_in(q, &step_set_certificate, secured);
	if (st == ROTOR_OK)
		q->op.args = m;
	return st;
}

/* ---- key pairs ---- */

static void build_get_key_pair_info(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_spdm_get_key_pair_info m = {.version = q->peer.version,
						       .key_pair = q->op.operation};
	if (rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_GET_KEY_PAIR_INFO))
		rotor_spdm_encode_get_key_pair_info(w, &m);
}

static void handle_key_pair_info(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_key_pair_info m;
	struct rotor_spdm_key_pair_info *out = q->op.result;
	enum rotor_status st = rotor_spdm_decode_key_pair_info(msg, len, &m);
	/* A selection is one of what is possible. */
	if (st == ROTOR_OK &&
	    (m.key_pair != q->op.operation || m.key_pair > m.total ||
	     (m.asym & (m.asym - 1)) != 0 || (m.asym & ~m.asym_capabilities) != 0))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	if (!keep(q, &m.public_key_info) || !keep(q, &m.pqc_capabilities) || !keep(q, &m.pqc))
		return;
	*out = m;
	rotor_spdm_requester_done(q);
}

static const struct rotor_spdm_requester_step step_key_pair_info = {
    .request = ROTOR_SPDM_GET_KEY_PAIR_INFO,
    .response = ROTOR_SPDM_KEY_PAIR_INFO,
    .build = build_get_key_pair_info,
    .handle = handle_key_pair_info,
};

enum rotor_status rotor_spdm_requester_get_key_pair_info(struct rotor_spdm_requester *q,
							 bool secured, uint8_t key_pair,
							 struct rotor_spdm_key_pair_info *out,
							 uint8_t *buffer, size_t size)
{
	if (!key_pair)
		return ROTOR_ERR_ARGUMENT;
	enum rotor_status st = rotor_spdm_requester_begin_in(q, &step_key_pair_info, secured);
	if (st != ROTOR_OK)
		return st;
	memset(out, 0, sizeof(*out));
	q->op.operation = key_pair;
	q->op.result = out;
	q->op.out = buffer;
	q->op.out_size = size;
	return ROTOR_OK;
}

static void build_set_key_pair_info(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	struct rotor_spdm_set_key_pair_info m =
	    *(const struct rotor_spdm_set_key_pair_info *)q->op.args;
	if (!rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_SET_KEY_PAIR_INFO))
		return;
	m.version = q->peer.version;
	rotor_spdm_encode_set_key_pair_info(w, &m);
}

static void handle_set_key_pair_info_ack(struct rotor_spdm_requester *q, const uint8_t *msg,
					 size_t len)
{
	struct rotor_spdm_header m;
	if (rotor_spdm_requester_header(q, msg, len, &m))
		rotor_spdm_requester_done(q);
}

static const struct rotor_spdm_requester_step step_set_key_pair_info = {
    .request = ROTOR_SPDM_SET_KEY_PAIR_INFO,
    .response = ROTOR_SPDM_SET_KEY_PAIR_INFO_ACK,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_set_key_pair_info,
    .handle = handle_set_key_pair_info_ack,
};

enum rotor_status
rotor_spdm_requester_set_key_pair_info(struct rotor_spdm_requester *q, bool secured,
				       const struct rotor_spdm_set_key_pair_info *m)
{
	if (!m->key_pair || m->operation > ROTOR_SPDM_KEY_PAIR_OP_GENERATE)
		return ROTOR_ERR_ARGUMENT;
	enum rotor_status st = rotor_spdm_requester_begin_in(q, &step_set_key_pair_info, secured);
	if (st == ROTOR_OK)
		q->op.args = m;
	return st;
}
