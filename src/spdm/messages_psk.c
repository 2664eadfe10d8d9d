/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of sessions from a pre-shared key. */
#include "rotor/spdm_messages_psk.h"
#include "spdm/messages_internal.h"

enum rotor_status rotor_spdm_decode_psk_exchange(const uint8_t *msg, size_t len,
						 struct rotor_spdm_psk_exchange *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_PSK_EXCHANGE, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->summary = h.param1;
	out->policy = rotor_spdm_since(h.version, ROTOR_SPDM_V12) ? h.param2 : 0;
	out->session_id = rotor_read_u16le(&r);
	uint16_t hint = rotor_read_u16le(&r);
	uint16_t context = rotor_read_u16le(&r);
	uint16_t opaque = rotor_read_u16le(&r);
	if (opaque > OPAQUE_MAX) {
		rotor_reader_fail(&r);
	}
	out->hint = rotor_read_view(&r, hint);
	out->context = rotor_read_view(&r, context);
	out->opaque = rotor_read_view(&r, opaque);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_psk_exchange(struct rotor_writer *w, const struct rotor_spdm_psk_exchange *m)
{
	if (m->hint.len > UINT16_MAX || m->context.len > UINT16_MAX || m->opaque.len > OPAQUE_MAX) {
		spdm_writer_fail(w);
		return;
	}
	spdm_put_header(w, m->version, ROTOR_SPDM_PSK_EXCHANGE, m->summary,
			rotor_spdm_since(m->version, ROTOR_SPDM_V12) ? m->policy : 0);
	rotor_write_u16le(w, m->session_id);
	rotor_write_u16le(w, (uint16_t)m->hint.len);
	rotor_write_u16le(w, (uint16_t)m->context.len);
	rotor_write_u16le(w, (uint16_t)m->opaque.len);
	spdm_put_view(w, m->hint);
	spdm_put_view(w, m->context);
	spdm_put_view(w, m->opaque);
}

enum rotor_status rotor_spdm_decode_psk_exchange_rsp(const struct rotor_spdm_sizes *sizes,
						     const uint8_t *msg, size_t len,
						     struct rotor_spdm_psk_exchange_rsp *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_PSK_EXCHANGE_RSP, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->heartbeat_period = h.param1;
	out->session_id = rotor_read_u16le(&r);
	rotor_read_skip(&r, 2);
	uint16_t context = rotor_read_u16le(&r);
	uint16_t opaque = rotor_read_u16le(&r);
	if (opaque > OPAQUE_MAX) {
		rotor_reader_fail(&r);
	}
	out->summary_hash = rotor_read_view(&r, sizes->summary ? sizes->hash : 0);
	out->context = rotor_read_view(&r, context);
	out->opaque = rotor_read_view(&r, opaque);
	out->verify_data = rotor_read_view(&r, sizes->hash);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_psk_exchange_rsp(struct rotor_writer *w,
					const struct rotor_spdm_psk_exchange_rsp *m)
{
	if (m->context.len > UINT16_MAX || m->opaque.len > OPAQUE_MAX) {
		spdm_writer_fail(w);
		return;
	}
	spdm_put_header(w, m->version, ROTOR_SPDM_PSK_EXCHANGE_RSP, m->heartbeat_period, 0);
	rotor_write_u16le(w, m->session_id);
	rotor_write_u16le(w, 0);
	rotor_write_u16le(w, (uint16_t)m->context.len);
	rotor_write_u16le(w, (uint16_t)m->opaque.len);
	spdm_put_view(w, m->summary_hash);
	spdm_put_view(w, m->context);
	spdm_put_view(w, m->opaque);
	spdm_put_view(w, m->verify_data);
}

enum rotor_status rotor_spdm_decode_psk_finish(const struct rotor_spdm_sizes *sizes,
					       const uint8_t *msg, size_t len,
					       struct rotor_spdm_psk_finish *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_PSK_FINISH, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->opaque = spdm_get_opaque_v14(&r, h.version);
	out->verify_data = rotor_read_view(&r, sizes->hash);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_psk_finish(struct rotor_writer *w, const struct rotor_spdm_psk_finish *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_PSK_FINISH, 0, 0);
	spdm_put_opaque_v14(w, m->version, m->opaque);
	spdm_put_view(w, m->verify_data);
}

enum rotor_status rotor_spdm_decode_psk_finish_rsp(const uint8_t *msg, size_t len,
						   struct rotor_spdm_psk_finish_rsp *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_PSK_FINISH_RSP, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->opaque = spdm_get_opaque_v14(&r, h.version);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_psk_finish_rsp(struct rotor_writer *w,
				      const struct rotor_spdm_psk_finish_rsp *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_PSK_FINISH_RSP, 0, 0);
	spdm_put_opaque_v14(w, m->version, m->opaque);
}
