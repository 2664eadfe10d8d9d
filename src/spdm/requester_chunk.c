/* SPDX-License-Identifier: Apache-2.0 */
/* Messages larger than a transfer: requests go in CHUNK_SENDs, answers are fetched with CHUNK_GETs. */
#include <string.h>

#include "rotor/spdm_requester_more.h"
#include "spdm/requester.h"

static enum rotor_status init(void *config)
{
	const struct rotor_spdm_requester_chunks *c = config;
	return c && c->request && c->response &&
		       c->request_size >= ROTOR_SPDM_REQUESTER_BUFFER_MIN &&
		       c->response_size >= ROTOR_SPDM_DATA_TRANSFER_MIN
		   ? ROTOR_OK
		   : ROTOR_ERR_ARGUMENT;
}

static uint8_t *room(void *config, size_t *size)
{
	struct rotor_spdm_requester_chunks *c = config;
	*size = c->request_size;
	return c->request;
}

static size_t most(const void *config)
{
	const struct rotor_spdm_requester_chunks *c = config;
	return c->response_size;
}

/* How many bytes the next CHUNK_SEND carries. */
static size_t portion(const struct rotor_spdm_requester *q, size_t cap)
{
	size_t head =
	    ROTOR_SPDM_CHUNK_HEADER_SIZE + (q->op.chunk.sequence ? 0 : ROTOR_SPDM_CHUNK_SIZE_SIZE);
	size_t left = q->op.plain_len - q->op.chunk.at;
	return cap - head < left ? cap - head : left;
}

static void chunk_write(struct rotor_spdm_requester *q, void *config, struct rotor_writer *w)
{
	(void)config;
	if (q->op.chunk.mode == ROTOR_SPDM_CHUNK_GET) {
		const struct rotor_spdm_chunk_get m = {
		    .version = q->peer.version,
		    .handle = q->op.chunk.handle,
		    .sequence = q->op.chunk.sequence,
		};
		rotor_spdm_encode_chunk_get(w, &m);
		return;
	}
	/* total: of this chunk, until it is acknowledged. */
	size_t len = portion(q, w->cap);
	q->op.chunk.total = (uint32_t)len;
	const struct rotor_spdm_chunk m = {
	    .version = q->peer.version,
	    .code = ROTOR_SPDM_CHUNK_SEND,
	    .attributes = q->op.chunk.at + len == q->op.plain_len ? ROTOR_SPDM_CHUNK_LAST : 0,
	    .handle = q->op.chunk.handle,
	    .sequence = q->op.chunk.sequence,
	    .large_size = (uint32_t)q->op.plain_len,
	    .chunk = {q->op.plain + q->op.chunk.at, len},
	};
	rotor_spdm_encode_chunk(w, &m);
}

static enum rotor_status take_ack(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len,
				  struct rotor_bytes *inner)
{
	struct rotor_spdm_chunk_send_ack m;
	enum rotor_status st = rotor_spdm_decode_chunk_send_ack(msg, len, &m);
	if (st != ROTOR_OK)
		return st;
	if (m.version != q->peer.version || m.handle != q->op.chunk.handle ||
	    m.sequence != q->op.chunk.sequence)
		return ROTOR_ERR_FORMAT;
	bool early = m.attributes & ROTOR_SPDM_CHUNK_EARLY_ERROR;
	q->op.chunk.at += q->op.chunk.total;
	bool last = q->op.chunk.at == q->op.plain_len;
	/* An answer is in the last one, or an ERROR in any; nothing in others. */
	if ((early || last) != (m.inner.len != 0) ||
	    (early && (m.inner.len < 2 || m.inner.data[1] != ROTOR_SPDM_ERROR)))
		return ROTOR_ERR_FORMAT;
	*inner = m.inner;
	q->op.chunk.sequence++;
	return ROTOR_OK;
}

static enum rotor_status take_chunk(struct rotor_spdm_requester *q,
				    const struct rotor_spdm_requester_chunks *c, const uint8_t *msg,
				    size_t len, struct rotor_bytes *inner)
{
	struct rotor_spdm_chunk m;
	enum rotor_status st = rotor_spdm_decode_chunk(msg, len, &m);
	if (st != ROTOR_OK)
		return st;
	if (m.version != q->peer.version || m.code != ROTOR_SPDM_CHUNK_RESPONSE ||
	    m.handle != q->op.chunk.handle || m.sequence != q->op.chunk.sequence || !m.chunk.len)
		return ROTOR_ERR_FORMAT;
	if (!m.sequence) {
		if (m.large_size < ROTOR_SPDM_HEADER_SIZE)
			return ROTOR_ERR_FORMAT;
		if (m.large_size > c->response_size)
			return ROTOR_ERR_SPACE;
		q->op.chunk.total = m.large_size;
	}
	if (m.chunk.len > q->op.chunk.total - q->op.chunk.at)
		return ROTOR_ERR_FORMAT;
	memcpy(c->response + q->op.chunk.at, m.chunk.data, m.chunk.len);
	q->op.chunk.at += (uint32_t)m.chunk.len;
	bool last = q->op.chunk.at == q->op.chunk.total;
	if (last != ((m.attributes & ROTOR_SPDM_CHUNK_LAST) != 0))
		return ROTOR_ERR_FORMAT;
	if (last)
		*inner = (struct rotor_bytes){c->response, q->op.chunk.total};
	q->op.chunk.sequence++;
	return ROTOR_OK;
}

static enum rotor_status chunk_take(struct rotor_spdm_requester *q, void *config,
				    const uint8_t *msg, size_t len, struct rotor_bytes *inner)
{
	return q->op.chunk.mode == ROTOR_SPDM_CHUNK_GET ? take_chunk(q, config, msg, len, inner)
							: take_ack(q, msg, len, inner);
}

const struct rotor_spdm_requester_piece rotor_spdm_requester_chunk = {
    .capabilities = ROTOR_SPDM_CAP_CHUNK,
    .init = init,
    .room = room,
    .most = most,
    .chunk_write = chunk_write,
    .chunk_take = chunk_take,
};
