/* SPDX-License-Identifier: Apache-2.0 */
/* The messages that carry larger ones in pieces. */
#include "rotor/spdm_messages_chunk.h"
#include "spdm/messages_internal.h"

/* ChunkSeqNo has grown from 16 bits to 32 in 1.4, in some messages over reserved bytes. */
static uint32_t get_sequence(struct rotor_reader *r, uint8_t version, size_t reserved)
{
	if (rotor_spdm_since(version, ROTOR_SPDM_V14)) {
		return rotor_read_u32le(r);
	}
	uint16_t sequence = rotor_read_u16le(r);
	rotor_read_skip(r, reserved);
	return sequence;
}

static void put_sequence(struct rotor_writer *w, uint8_t version, uint32_t sequence,
			 size_t reserved)
{
	if (rotor_spdm_since(version, ROTOR_SPDM_V14)) {
		rotor_write_u32le(w, sequence);
		return;
	}
	if (sequence > UINT16_MAX) {
		spdm_writer_fail(w);
	}
	rotor_write_u16le(w, (uint16_t)sequence);
	rotor_write_zeros(w, reserved);
}

enum rotor_status rotor_spdm_decode_chunk(const uint8_t *msg, size_t len,
					  struct rotor_spdm_chunk *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	bool request = !ROTOR_SPDM_REQUESTER_CODECS || (len > 1 && ROTOR_SPDM_IS_REQUEST(msg[1]));
	enum rotor_status status = spdm_begin(
	    &r, msg, len, request ? ROTOR_SPDM_CHUNK_SEND : ROTOR_SPDM_CHUNK_RESPONSE, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->code = h.code;
	out->attributes = h.param1;
	out->handle = h.param2;
	out->sequence = get_sequence(&r, h.version, 2);
	uint32_t size = rotor_read_u32le(&r);
	out->large_size = out->sequence ? 0 : rotor_read_u32le(&r);
	out->chunk = rotor_read_view(&r, size);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_chunk(struct rotor_writer *w, const struct rotor_spdm_chunk *m)
{
	if (m->chunk.len > UINT32_MAX) {
		spdm_writer_fail(w);
	}
	spdm_put_header(w, m->version, m->code, m->attributes, m->handle);
	put_sequence(w, m->version, m->sequence, 2);
	rotor_write_u32le(w, (uint32_t)m->chunk.len);
	if (!m->sequence) {
		rotor_write_u32le(w, m->large_size);
	}
	spdm_put_view(w, m->chunk);
}

enum rotor_status rotor_spdm_decode_chunk_send_ack(const uint8_t *msg, size_t len,
						   struct rotor_spdm_chunk_send_ack *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_CHUNK_SEND_ACK, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->attributes = h.param1;
	out->handle = h.param2;
	out->sequence = get_sequence(&r, h.version, 0);
	out->inner = rotor_read_rest(&r);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_chunk_send_ack(struct rotor_writer *w,
				      const struct rotor_spdm_chunk_send_ack *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_CHUNK_SEND_ACK, m->attributes, m->handle);
	put_sequence(w, m->version, m->sequence, 0);
	spdm_put_view(w, m->inner);
}

enum rotor_status rotor_spdm_decode_chunk_get(const uint8_t *msg, size_t len,
					      struct rotor_spdm_chunk_get *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_CHUNK_GET, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->handle = h.param2;
	out->sequence = get_sequence(&r, h.version, 0);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_chunk_get(struct rotor_writer *w, const struct rotor_spdm_chunk_get *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_CHUNK_GET, 0, m->handle);
	put_sequence(w, m->version, m->sequence, 0);
}
