/* SPDX-License-Identifier: Apache-2.0 */
/* The messages that make a session, and those that carry others inside. */
#include "spdm/messages_internal.h"

/* ---- KEY_EXCHANGE ---- */

enum rotor_status rotor_spdm_decode_key_exchange(const struct rotor_spdm_sizes *sizes,
						 const uint8_t *msg, size_t len,
						 struct rotor_spdm_key_exchange *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_KEY_EXCHANGE, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->summary = h.param1;
	out->slot = h.param2;
	out->session_id = rotor_read_u16le(&r);
	out->policy = rotor_read_u8(&r);
	if (!rotor_spdm_since(h.version, ROTOR_SPDM_V12)) {
		out->policy = 0;
	}
	rotor_read_skip(&r, 1);
	out->random = rotor_read_bytes(&r, ROTOR_SPDM_NONCE_SIZE);
	out->exchange = rotor_read_view(&r, sizes->exchange);
	out->opaque = spdm_get_opaque(&r);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_key_exchange(struct rotor_writer *w, const struct rotor_spdm_key_exchange *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_KEY_EXCHANGE, m->summary, m->slot);
	rotor_write_u16le(w, m->session_id);
	rotor_write_u8(w, rotor_spdm_since(m->version, ROTOR_SPDM_V12) ? m->policy : 0);
	rotor_write_u8(w, 0);
	spdm_put_fixed(w, m->random, ROTOR_SPDM_NONCE_SIZE);
	spdm_put_view(w, m->exchange);
	spdm_put_opaque(w, m->opaque);
}

enum rotor_status rotor_spdm_decode_key_exchange_rsp(const struct rotor_spdm_sizes *sizes,
						     const uint8_t *msg, size_t len,
						     struct rotor_spdm_key_exchange_rsp *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_KEY_EXCHANGE_RSP, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->heartbeat_period = h.param1;
	out->session_id = rotor_read_u16le(&r);
	out->mut_auth = rotor_read_u8(&r);
	out->req_slot = rotor_read_u8(&r) & 0x0F;
	out->random = rotor_read_bytes(&r, ROTOR_SPDM_NONCE_SIZE);
	out->exchange = rotor_read_view(&r, sizes->exchange);
	out->summary_hash = rotor_read_view(&r, sizes->summary ? sizes->hash : 0);
	out->opaque = spdm_get_opaque(&r);
	out->signature = rotor_read_view(&r, sizes->sig);
	out->verify_data = rotor_read_view(&r, sizes->clear_handshake ? 0 : sizes->hash);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_key_exchange_rsp(struct rotor_writer *w,
					const struct rotor_spdm_key_exchange_rsp *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_KEY_EXCHANGE_RSP, m->heartbeat_period, 0);
	rotor_write_u16le(w, m->session_id);
	rotor_write_u8(w, m->mut_auth);
	rotor_write_u8(w, m->req_slot & 0x0F);
	spdm_put_fixed(w, m->random, ROTOR_SPDM_NONCE_SIZE);
	spdm_put_view(w, m->exchange);
	spdm_put_view(w, m->summary_hash);
	spdm_put_opaque(w, m->opaque);
	spdm_put_view(w, m->signature);
	spdm_put_view(w, m->verify_data);
}

/* ---- FINISH ---- */

#define HAS_SIGNATURE 0x01

enum rotor_status rotor_spdm_decode_finish(const struct rotor_spdm_sizes *sizes, const uint8_t *msg,
					   size_t len, struct rotor_spdm_finish *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_FINISH, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->has_signature = h.param1 & HAS_SIGNATURE;
	out->req_slot = h.param2;
	out->opaque = spdm_get_opaque_v14(&r, h.version);
	out->signature = rotor_read_view(&r, out->has_signature ? sizes->req_sig : 0);
	out->verify_data = rotor_read_view(&r, sizes->hash);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_finish(struct rotor_writer *w, const struct rotor_spdm_finish *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_FINISH, m->has_signature ? HAS_SIGNATURE : 0,
			m->req_slot);
	spdm_put_opaque_v14(w, m->version, m->opaque);
	spdm_put_view(w, m->signature);
	spdm_put_view(w, m->verify_data);
}

enum rotor_status rotor_spdm_decode_finish_rsp(const struct rotor_spdm_sizes *sizes,
					       const uint8_t *msg, size_t len,
					       struct rotor_spdm_finish_rsp *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_FINISH_RSP, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->opaque = spdm_get_opaque_v14(&r, h.version);
	out->verify_data = rotor_read_view(&r, sizes->clear_handshake ? sizes->hash : 0);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_finish_rsp(struct rotor_writer *w, const struct rotor_spdm_finish_rsp *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_FINISH_RSP, 0, 0);
	spdm_put_opaque_v14(w, m->version, m->opaque);
	spdm_put_view(w, m->verify_data);
}

/* ---- encapsulated messages ---- */

enum rotor_status rotor_spdm_decode_encapsulated(const uint8_t *msg, size_t len,
						 struct rotor_spdm_encapsulated *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	uint8_t code = len > 1 && ROTOR_SPDM_IS_REQUEST(msg[1])
			   ? ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE
			   : ROTOR_SPDM_ENCAPSULATED_REQUEST;
	enum rotor_status status = spdm_begin(&r, msg, len, code, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->code = h.code;
	out->request_id = h.param1;
	if (r.left < ROTOR_SPDM_HEADER_SIZE) {
		rotor_reader_fail(&r);
	}
	out->inner = rotor_read_rest(&r);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_encapsulated(struct rotor_writer *w, const struct rotor_spdm_encapsulated *m)
{
	spdm_put_header(w, m->version, m->code, m->request_id, 0);
	spdm_put_view(w, m->inner);
}

/* How long the payload of an acknowledgement is allowed to be. */
static enum rotor_status check_payload(uint8_t type, size_t len)
{
	switch (type) {
	case ROTOR_SPDM_ENCAP_ABSENT:
		return len == 0 ? ROTOR_OK : ROTOR_ERR_LENGTH;
	case ROTOR_SPDM_ENCAP_PRESENT:
		return len >= ROTOR_SPDM_HEADER_SIZE ? ROTOR_OK : ROTOR_ERR_LENGTH;
	case ROTOR_SPDM_ENCAP_REQ_SLOT:
		return len == 1 ? ROTOR_OK : ROTOR_ERR_LENGTH;
	default:
		return ROTOR_ERR_FORMAT;
	}
}

enum rotor_status rotor_spdm_decode_encapsulated_ack(const uint8_t *msg, size_t len,
						     struct rotor_spdm_encapsulated_ack *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status =
	    spdm_begin(&r, msg, len, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->request_id = h.param1;
	out->payload_type = h.param2;
	out->ack_request_id = 0;
	if (rotor_spdm_since(h.version, ROTOR_SPDM_V12)) {
		out->ack_request_id = rotor_read_u8(&r);
		rotor_read_skip(&r, 3);
	}
	out->inner = rotor_read_rest(&r);
	status = rotor_reader_end(&r);
	return status == ROTOR_OK ? check_payload(out->payload_type, out->inner.len) : status;
}

void rotor_spdm_encode_encapsulated_ack(struct rotor_writer *w,
					const struct rotor_spdm_encapsulated_ack *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, m->request_id,
			m->payload_type);
	if (rotor_spdm_since(m->version, ROTOR_SPDM_V12)) {
		rotor_write_u8(w, m->ack_request_id);
		rotor_write_zeros(w, 3);
	}
	spdm_put_view(w, m->inner);
}
