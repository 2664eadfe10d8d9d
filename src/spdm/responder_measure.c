/* SPDX-License-Identifier: Apache-2.0 */
/* GET_MEASUREMENTS, and the summaries of measurements in other messages. */
#include <string.h>

#include "spdm/responder.h"

static enum rotor_status measurement(const struct rotor_spdm_responder *r,
				     const struct rotor_spdm_connection *c, unsigned position,
				     struct rotor_spdm_own_measurement *m)
{
	*m = (struct rotor_spdm_own_measurement){0};
	return r->config->ops->measurement(r->config->ctx, position, c->suite.measurement_hash, m);
}

static void write_block(struct rotor_writer *w, const struct rotor_spdm_own_measurement *m,
			bool raw)
{
	raw = raw && m->raw.data;
	const struct rotor_spdm_block block = {
	    .index = m->index,
	    .spec = ROTOR_SPDM_MEAS_SPEC_DMTF,
	    .dmtf = true,
	    .type = m->type & 0x7f,
	    .raw = raw || (m->type & ROTOR_SPDM_MEAS_RAW_BIT),
	    .value = raw ? m->raw : m->value,
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
					       uint8_t *digest, struct rotor_bytes *summary)
{
	*summary = (struct rotor_bytes){NULL, 0};
	if (type == ROTOR_SPDM_SUMMARY_NONE)
		return ROTOR_OK;
	*summary = (struct rotor_bytes){digest, rotor_hash_size(c->suite.hash)};
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
 * Writes the blocks that a request asks for behind the eight bytes that come before the record.
 * @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (no such index), or the device's error
 */
static enum rotor_status write_record(const struct rotor_spdm_responder *r,
				      const struct rotor_spdm_connection *c,
				      const struct rotor_spdm_get_measurements *q,
				      struct rotor_writer *w, uint8_t *blocks, uint8_t *total)
{
	uint8_t operation = q->operation;
	bool raw = rotor_spdm_since(c->version, ROTOR_SPDM_V12) &&
		   (q->attributes & ROTOR_SPDM_MEAS_ATTR_RAW);
	struct rotor_spdm_own_measurement m;
	enum rotor_status st;
	*blocks = 0;
	*total = 0;
	while ((st = measurement(r, c, *total, &m)) == ROTOR_OK &&
	       *total < ROTOR_SPDM_MEAS_OP_ALL - 1) {
		(*total)++;
		if (operation == m.index || operation == ROTOR_SPDM_MEAS_OP_ALL) {
			write_block(w, &m, raw);
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
	enum rotor_status st = write_record(r, c, m, &w, &blocks, &total);
	if (st == ROTOR_ERR_NOT_FOUND)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	uint8_t nonce[ROTOR_SPDM_NONCE_SIZE];
	if (st == ROTOR_OK)
		st = r->config->crypto->random(nonce, sizeof(nonce));
	if (st != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	size_t record_len = w.len - MEASUREMENTS_HEADER;
	rotor_write_bytes(&w, nonce, sizeof(nonce));
	rotor_write_u16le(&w, 0); /* no opaque data */
	if (m->context)
		rotor_write_bytes(&w, m->context, ROTOR_SPDM_CONTEXT_SIZE);
	if (w.failed)
		return rotor_spdm_responder_built(r, &w);
	/* The record stands in place already, so the header is filled in by hand. */
	struct rotor_writer head = rotor_writer(msg, MEASUREMENTS_HEADER);
	rotor_write_u8(&head, c->version);
	rotor_write_u8(&head, ROTOR_SPDM_MEASUREMENTS);
	rotor_write_u8(&head, m->operation == ROTOR_SPDM_MEAS_OP_COUNT ? total : 0);
	rotor_write_u8(&head, sign ? m->slot & 0x0f : 0);
	rotor_write_u8(&head, blocks);
	rotor_write_u24le(&head, (uint32_t)record_len);
	return rotor_spdm_responder_built(r, &w);
}

/* What is wrong with a request; 0 if nothing is. */
static uint8_t check(const struct rotor_spdm_responder *r, const struct rotor_spdm_request *q,
		     struct rotor_spdm_get_measurements *m)
{
	if (!q->c->suite.dmtf_measurements)
		return ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST;
	if (rotor_spdm_decode_get_measurements(q->msg, q->len, m) != ROTOR_OK)
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	if ((m->attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE) &&
	    !rotor_spdm_responder_slot_for(r, q->c, rotor_spdm_slot_of_nibble(m->slot),
					   ROTOR_SPDM_KEY_USE_MEAS))
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	return 0;
}

enum rotor_status rotor_spdm_on_get_measurements(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q)
{
	struct rotor_spdm_get_measurements m = {0};
	struct rotor_spdm_running_hash *running =
	    q->session ? &q->session->running : &q->c->transcript.running;
	uint8_t error = check(r, q, &m);
	enum rotor_status st =
	    error
		? rotor_spdm_responder_error_with(
		      r, error, error == ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST ? q->header.code : 0)
		: build_measurements(r, q, &m);
	if (rotor_spdm_responder_refused(r)) {
		/* An ERROR makes L1/L2 void. */
		rotor_spdm_running_drop(r->config->crypto, running);
		return st;
	}
	if (rotor_spdm_responder_record(r, q, running, ROTOR_SPDM_RUNNING_L) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	if (!(m.attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE))
		return ROTOR_OK;
	r->answer.exact = true;
	return rotor_spdm_responder_begin_sign(r, q, running, rotor_spdm_slot_of_nibble(m.slot),
					       ROTOR_SPDM_SIGNED_MEASUREMENTS);
}
