/* SPDX-License-Identifier: Apache-2.0 */
/* GET_DIGESTS, GET_CERTIFICATE, CHALLENGE, GET_MEASUREMENTS. */
#include <string.h>

#include "spdm/responder.h"

/* Adds a request and the first @p len bytes of its answer to the transcript of the connection, or of the session. */
static enum rotor_status record(struct rotor_spdm_responder *r, const struct rotor_spdm_request *q,
				enum rotor_spdm_running kind)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	struct rotor_spdm_transcript *t = &q->c->transcript;
	uint8_t *at = q->session ? &q->session->hash_kind : &t->kind;
	struct rotor_hash *hash = q->session ? &q->session->hash : &t->running;
	enum rotor_status st =
	    rotor_spdm_running_add(crypto, q->c->suite.hash, t, at, hash, kind, q->msg, q->len);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_add(crypto, q->c->suite.hash, t, at, hash, kind,
					    rotor_spdm_responder_answer(r), r->work.at);
	return st;
}

/* Replaces the running hash by its digest, ready to be signed. */
static enum rotor_status close_record(struct rotor_spdm_responder *r,
				      const struct rotor_spdm_request *q,
				      enum rotor_spdm_signed what)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	struct rotor_hash *hash = q->session ? &q->session->hash : &q->c->transcript.running;
	*(q->session ? &q->session->hash_kind : &q->c->transcript.kind) = ROTOR_SPDM_RUNNING_NONE;
	enum rotor_status st = crypto->hash_finish(hash, r->work.digest);
	if (st == ROTOR_OK)
		st = rotor_spdm_to_sign(crypto, q->c->version, q->c->suite.hash, q->c->suite.sig, what,
					r->work.digest);
	return st;
}

/* ---- slots ---- */

const struct rotor_spdm_slot *rotor_spdm_responder_slot(const struct rotor_spdm_responder *r,
							const struct rotor_spdm_connection *c,
							uint8_t slot)
{
	if (slot >= r->config->slot_count)
		return NULL;
	const struct rotor_spdm_slot *s = &r->config->slots[slot];
	return s->signer && s->signer->alg == c->suite.sig ? s : NULL;
}

enum rotor_status rotor_spdm_responder_chain_digest(const struct rotor_spdm_responder *r,
						    const struct rotor_spdm_connection *c,
						    uint8_t slot, uint8_t *digest)
{
	return rotor_spdm_chain_digest(r->config->crypto, c->suite.hash,
				       r->config->slots[slot].chain, digest);
}

enum rotor_status rotor_spdm_responder_sign(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_connection *c,
					    uint8_t *signature)
{
	const struct rotor_signer *signer = r->config->slots[r->work.slot].signer;
	return rotor_spdm_sign(signer, &r->work.job, c->suite.hash, r->work.digest, signature);
}

enum rotor_status rotor_spdm_on_get_digests(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_header header;
	if (rotor_spdm_decode_header_only(q->msg, q->len, &header) != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
	uint8_t digests[ROTOR_SPDM_SLOT_COUNT * ROTOR_HASH_MAX];
	size_t size = rotor_hash_size(c->suite.hash);
	struct rotor_spdm_digests m = {
	    .version = c->version,
	    .supported_slots = (uint8_t)((1u << r->config->slot_count) - 1),
	    .digests = {digests, 0},
	};
	for (uint8_t i = 0; i < r->config->slot_count; i++) {
		if (!rotor_spdm_responder_slot(r, c, i))
			continue;
		if (rotor_spdm_responder_chain_digest(r, c, i, digests + m.digests.len) != ROTOR_OK)
			return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
		m.provisioned_slots |= (uint8_t)(1u << i);
		m.digests.len += size;
	}
	struct rotor_writer w = rotor_spdm_responder_writer(r, c);
	rotor_spdm_encode_digests(&w, &m);
	if (w.failed)
		return rotor_spdm_responder_built(r, c, &w);
	(void)rotor_spdm_responder_built(r, c, &w);
	if (!q->session && record(r, q, ROTOR_SPDM_RUNNING_M) != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
	return ROTOR_OK;
}

#define CERTIFICATE_HEADER  8 /* of the message, before the portion */
#define SLOT_SIZE_REQUESTED 0x01

enum rotor_status rotor_spdm_on_get_certificate(struct rotor_spdm_responder *r,
						const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_get_certificate m;
	if (rotor_spdm_decode_get_certificate(q->msg, q->len, &m) != ROTOR_OK ||
	    !rotor_spdm_responder_slot(r, c, m.slot))
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
	struct rotor_bytes certs = r->config->slots[m.slot].chain;
	uint8_t header[ROTOR_SPDM_CHAIN_HEADER_MAX];
	size_t header_len =
	    rotor_spdm_chain_header(r->config->crypto, c->suite.hash, certs, header);
	if (!header_len)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
	size_t total = header_len + certs.len;
	bool size_only = c->version >= ROTOR_SPDM_V13 && (m.attributes & SLOT_SIZE_REQUESTED);
	size_t offset = size_only ? 0 : m.offset;
	if (offset >= total)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
	size_t len = total - offset;
	if (len > m.length)
		len = m.length;
	if (len > rotor_spdm_responder_room(r, c) - CERTIFICATE_HEADER)
		len = rotor_spdm_responder_room(r, c) - CERTIFICATE_HEADER;
	if (size_only)
		len = 0;
	const struct rotor_spdm_certificate out = {
	    .version = c->version,
	    .slot = m.slot,
	    .remainder_len = (uint16_t)(total - offset - len),
	};
	/* The portion is gathered in place, behind an empty message whose length is put right. */
	struct rotor_writer w = rotor_spdm_responder_writer(r, c);
	rotor_spdm_encode_certificate(&w, &out);
	rotor_write_patch_u16le(&w, 4, (uint16_t)len);
	uint8_t *portion = rotor_write_reserve(&w, len);
	if (portion)
		rotor_spdm_chain_portion(header, header_len, certs, offset, portion, len);
	(void)rotor_spdm_responder_built(r, c, &w);
	if (!q->session && record(r, q, ROTOR_SPDM_RUNNING_M) != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
	return ROTOR_OK;
}

/* ---- measurements ---- */

static enum rotor_status measurement(const struct rotor_spdm_responder *r,
				     const struct rotor_spdm_connection *c, unsigned position,
				     struct rotor_spdm_own_measurement *m)
{
	*m = (struct rotor_spdm_own_measurement){0};
	return r->config->ops->measurement(r->config->ctx, position, c->suite.measurement_hash, m);
}

static void write_block(struct rotor_writer *w, const struct rotor_spdm_own_measurement *m)
{
	const struct rotor_spdm_block block = {
	    .index = m->index,
	    .spec = ROTOR_SPDM_MEAS_SPEC_DMTF,
	    .dmtf = true,
	    .type = m->type & 0x7f,
	    .raw = (m->type & ROTOR_SPDM_MEAS_RAW_BIT) != 0,
	    .value = m->value,
	};
	rotor_spdm_encode_block(w, &block);
}

bool rotor_spdm_responder_summary_ok(const struct rotor_spdm_connection *c, uint8_t type)
{
	if (type == ROTOR_SPDM_SUMMARY_NONE)
		return true;
	return c->suite.dmtf_measurements &&
	       (type == ROTOR_SPDM_SUMMARY_TCB || type == ROTOR_SPDM_SUMMARY_ALL);
}

enum rotor_status rotor_spdm_responder_summary(const struct rotor_spdm_responder *r,
					       const struct rotor_spdm_connection *c, uint8_t type,
					       uint8_t *digest)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	struct rotor_hash hash = {0};
	struct rotor_spdm_own_measurement m;
	enum rotor_status st = crypto->hash_start(&hash, c->suite.hash);
	for (unsigned i = 0; st == ROTOR_OK; i++) {
		st = measurement(r, c, i, &m);
		if (st != ROTOR_OK)
			break;
		if (type == ROTOR_SPDM_SUMMARY_TCB ? !m.tcb : !m.summary)
			continue;
		/* A block's seven bytes before its value; the encoder wants room for both. */
		uint8_t head[7];
		struct rotor_writer w = rotor_writer(head, sizeof(head));
		rotor_write_u8(&w, m.index);
		rotor_write_u8(&w, ROTOR_SPDM_MEAS_SPEC_DMTF);
		rotor_write_u16le(&w, (uint16_t)(m.value.len + 3));
		rotor_write_u8(&w, m.type);
		rotor_write_u16le(&w, (uint16_t)m.value.len);
		st = crypto->hash_update(&hash, head, sizeof(head));
		if (st == ROTOR_OK)
			st = crypto->hash_update(&hash, m.value.data, m.value.len);
	}
	if (st == ROTOR_ERR_NOT_FOUND)
		st = crypto->hash_finish(&hash, digest);
	crypto->hash_release(&hash);
	return st;
}

/*
 * Writes the blocks that @p operation asks for behind the eight bytes that come before the record.
 * @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (no such index), or the device's error
 */
static enum rotor_status write_record(const struct rotor_spdm_responder *r,
				      const struct rotor_spdm_connection *c, uint8_t operation,
				      struct rotor_writer *w, uint8_t *blocks, uint8_t *total)
{
	struct rotor_spdm_own_measurement m;
	enum rotor_status st;
	*blocks = 0;
	*total = 0;
	while ((st = measurement(r, c, *total, &m)) == ROTOR_OK &&
	       *total < ROTOR_SPDM_MEAS_OP_ALL - 1) {
		(*total)++;
		if (operation == m.index || operation == ROTOR_SPDM_MEAS_OP_ALL) {
			write_block(w, &m);
			(*blocks)++;
		}
	}
	if (st != ROTOR_OK && st != ROTOR_ERR_NOT_FOUND)
		return st;
	return *blocks || operation == ROTOR_SPDM_MEAS_OP_COUNT ? ROTOR_OK : ROTOR_ERR_NOT_FOUND;
}

#define MEASUREMENTS_HEADER 8 /* of the message, before the record */

static enum rotor_status build_measurements(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q,
					    const struct rotor_spdm_get_measurements *m)
{
	struct rotor_spdm_connection *c = q->c;
	bool sign = (m->attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE) != 0;
	uint8_t *msg = rotor_spdm_responder_answer(r);
	size_t room = rotor_spdm_responder_room(r, c);
	size_t reserve = sign ? rotor_sig_size(c->suite.sig) : 0;
	uint8_t blocks, total;
	struct rotor_writer w = rotor_writer(msg, room > reserve ? room - reserve : 0);
	rotor_write_zeros(&w, MEASUREMENTS_HEADER);
	enum rotor_status st = write_record(r, c, m->operation, &w, &blocks, &total);
	if (st == ROTOR_ERR_NOT_FOUND)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
	uint8_t nonce[ROTOR_SPDM_NONCE_SIZE];
	if (st == ROTOR_OK)
		st = r->config->crypto->random(nonce, sizeof(nonce));
	if (st != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
	size_t record_len = w.len - MEASUREMENTS_HEADER;
	rotor_write_bytes(&w, nonce, sizeof(nonce));
	rotor_write_u16le(&w, 0); /* no opaque data */
	if (c->version >= ROTOR_SPDM_V13)
		rotor_write_bytes(&w, m->context, ROTOR_SPDM_CONTEXT_SIZE);
	if (w.failed)
		return rotor_spdm_responder_built(r, c, &w);
	/* The record stands in place already, so the header is filled in by hand. */
	struct rotor_writer head = rotor_writer(msg, MEASUREMENTS_HEADER);
	rotor_write_u8(&head, c->version);
	rotor_write_u8(&head, ROTOR_SPDM_MEASUREMENTS);
	rotor_write_u8(&head, m->operation == ROTOR_SPDM_MEAS_OP_COUNT ? total : 0);
	rotor_write_u8(&head, sign ? m->slot & 0x0f : 0);
	rotor_write_u8(&head, blocks);
	rotor_write_u24le(&head, (uint32_t)record_len);
	return rotor_spdm_responder_built(r, c, &w);
}

enum rotor_status rotor_spdm_on_get_measurements(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_get_measurements m;
	uint8_t *kind = q->session ? &q->session->hash_kind : &c->transcript.kind;
	struct rotor_hash *hash = q->session ? &q->session->hash : &c->transcript.running;
	bool sign = false;
	enum rotor_status st;
	if (!c->suite.dmtf_measurements) {
		st = rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST,
						ROTOR_SPDM_GET_MEASUREMENTS);
	} else if (rotor_spdm_decode_get_measurements(q->msg, q->len, &m) != ROTOR_OK) {
		st = rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
	} else {
		sign = (m.attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE) != 0;
		if (sign && !rotor_spdm_responder_slot(r, c, m.slot & 0x0f))
			st = rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
		else
			st = build_measurements(r, q, &m);
	}
	if (rotor_spdm_responder_answer(r)[1] == ROTOR_SPDM_ERROR) {
		/* An ERROR makes L1/L2 void. */
		r->config->crypto->hash_release(hash);
		*kind = ROTOR_SPDM_RUNNING_NONE;
		return st;
	}
	if (record(r, q, ROTOR_SPDM_RUNNING_L) != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
	if (!sign)
		return ROTOR_OK;
	r->answer.exact = true;
	if (close_record(r, q, ROTOR_SPDM_SIGNED_MEASUREMENTS) != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
	r->work.slot = m.slot & 0x0f;
	r->work.step = ROTOR_SPDM_STEP_SIGN_MEASUREMENTS;
	return ROTOR_PENDING;
}

/* ---- CHALLENGE ---- */

enum rotor_status rotor_spdm_on_challenge(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_challenge m;
	size_t size = rotor_hash_size(c->suite.hash);
	if (rotor_spdm_decode_challenge(q->msg, q->len, &m) != ROTOR_OK ||
	    !rotor_spdm_responder_slot(r, c, m.slot) ||
	    !rotor_spdm_responder_summary_ok(c, m.summary))
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_INVALID_REQUEST, 0);
	uint8_t chain[ROTOR_HASH_MAX], summary[ROTOR_HASH_MAX], nonce[ROTOR_SPDM_NONCE_SIZE];
	enum rotor_status st = rotor_spdm_responder_chain_digest(r, c, m.slot, chain);
	if (st == ROTOR_OK && m.summary != ROTOR_SPDM_SUMMARY_NONE)
		st = rotor_spdm_responder_summary(r, c, m.summary, summary);
	if (st == ROTOR_OK)
		st = r->config->crypto->random(nonce, sizeof(nonce));
	if (st != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
	uint8_t slots = 0;
	for (uint8_t i = 0; i < r->config->slot_count; i++)
		slots |= (uint8_t)(rotor_spdm_responder_slot(r, c, i) ? 1u << i : 0);
	const struct rotor_spdm_challenge_auth out = {
	    .version = c->version,
	    .attributes = m.slot,
	    .slot_mask = slots,
	    .cert_chain_hash = {chain, size},
	    .nonce = nonce,
	    .summary_hash = {summary, m.summary != ROTOR_SPDM_SUMMARY_NONE ? size : 0},
	    .context = m.context,
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r, c);
	rotor_spdm_encode_challenge_auth(&w, &out);
	size_t at = w.len;
	rotor_write_zeros(&w, rotor_sig_size(c->suite.sig));
	if (w.failed)
		return rotor_spdm_responder_built(r, c, &w);
	r->work.at = (uint16_t)at;
	if (record(r, q, ROTOR_SPDM_RUNNING_M) != ROTOR_OK ||
	    close_record(r, q, ROTOR_SPDM_SIGNED_CHALLENGE_AUTH) != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
	r->work.slot = m.slot;
	r->work.step = ROTOR_SPDM_STEP_SIGN_CHALLENGE;
	return ROTOR_PENDING;
}

enum rotor_status rotor_spdm_attest_work(struct rotor_spdm_responder *r,
					 struct rotor_spdm_connection *c)
{
	enum rotor_status st =
	    rotor_spdm_responder_sign(r, c, rotor_spdm_responder_answer(r) + r->work.at);
	if (st == ROTOR_PENDING)
		return st;
	if (st != ROTOR_OK)
		return rotor_spdm_responder_error(r, c, ROTOR_SPDM_ERROR_UNSPECIFIED, 0);
	r->work.at = (uint16_t)(r->work.at + rotor_sig_size(c->suite.sig));
	if (r->work.step == ROTOR_SPDM_STEP_SIGN_CHALLENGE)
		c->state = ROTOR_SPDM_AUTHENTICATED;
	return ROTOR_OK;
}
