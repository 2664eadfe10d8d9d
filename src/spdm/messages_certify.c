/* SPDX-License-Identifier: Apache-2.0 */
/* The messages that provision certificates and keys. */
#include "rotor/spdm_messages_manage.h"
#include "spdm/messages_internal.h"

#define SLOT_MASK   0x0F
#define MODEL_SHIFT 4
#define ERASE       0x80

/* ---- GET_CSR and CSR ---- */

enum rotor_status rotor_spdm_decode_get_csr(const uint8_t *msg, size_t len,
					    struct rotor_spdm_get_csr *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_GET_CSR, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	bool keys = rotor_spdm_since(h.version, ROTOR_SPDM_V13);
	out->version = h.version;
	out->key_pair = keys ? h.param1 : 0;
	out->attributes = keys ? h.param2 : 0;
	uint16_t info = rotor_read_u16le(&r);
	uint16_t opaque = rotor_read_u16le(&r);
	if (opaque > OPAQUE_MAX) {
		rotor_reader_fail(&r);
	}
	out->requester_info = rotor_read_view(&r, info);
	out->opaque = rotor_read_view(&r, opaque);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_get_csr(struct rotor_writer *w, const struct rotor_spdm_get_csr *m)
{
	if (m->requester_info.len > UINT16_MAX || m->opaque.len > OPAQUE_MAX) {
		spdm_writer_fail(w);
		return;
	}
	bool keys = rotor_spdm_since(m->version, ROTOR_SPDM_V13);
	spdm_put_header(w, m->version, ROTOR_SPDM_GET_CSR, keys ? m->key_pair : 0,
			keys ? m->attributes : 0);
	rotor_write_u16le(w, (uint16_t)m->requester_info.len);
	rotor_write_u16le(w, (uint16_t)m->opaque.len);
	spdm_put_view(w, m->requester_info);
	spdm_put_view(w, m->opaque);
}

enum rotor_status rotor_spdm_decode_csr(const uint8_t *msg, size_t len, struct rotor_spdm_csr *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_CSR, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	uint16_t size = rotor_read_u16le(&r);
	rotor_read_skip(&r, 2);
	out->csr = rotor_read_view(&r, size);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_csr(struct rotor_writer *w, const struct rotor_spdm_csr *m)
{
	if (m->csr.len > UINT16_MAX) {
		spdm_writer_fail(w);
		return;
	}
	spdm_put_header(w, m->version, ROTOR_SPDM_CSR, 0, 0);
	rotor_write_u16le(w, (uint16_t)m->csr.len);
	rotor_write_u16le(w, 0);
	spdm_put_view(w, m->csr);
}

/* ---- SET_CERTIFICATE ---- */

enum rotor_status rotor_spdm_decode_set_certificate(const uint8_t *msg, size_t len,
						    struct rotor_spdm_set_certificate *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_SET_CERTIFICATE, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	struct rotor_spdm_set_certificate m = {.version = h.version, .slot = h.param1 & SLOT_MASK};
	if (rotor_spdm_since(h.version, ROTOR_SPDM_V13)) {
		m.model = h.param1 >> MODEL_SHIFT & ROTOR_SPDM_CERT_MODEL_MASK;
		m.erase = h.param1 & ERASE;
		m.key_pair = h.param2;
	}
	m.chain = rotor_read_rest(&r);
	*out = m;
	return m.erase && m.chain.len ? ROTOR_ERR_LENGTH : rotor_reader_end(&r);
}

void rotor_spdm_encode_set_certificate(struct rotor_writer *w,
				       const struct rotor_spdm_set_certificate *m)
{
	uint8_t param1 = m->slot & SLOT_MASK;
	bool keys = rotor_spdm_since(m->version, ROTOR_SPDM_V13);
	if (keys) {
		param1 |= (uint8_t)((m->model & ROTOR_SPDM_CERT_MODEL_MASK) << MODEL_SHIFT);
		param1 |= m->erase ? ERASE : 0;
	}
	if (m->erase && (!keys || m->chain.len)) {
		spdm_writer_fail(w);
	}
	spdm_put_header(w, m->version, ROTOR_SPDM_SET_CERTIFICATE, param1, keys ? m->key_pair : 0);
	spdm_put_view(w, m->chain);
}

/* ---- key pairs ---- */

/* A length of one byte and the bytes, which only 1.4 has. */
static struct rotor_bytes get_pqc(struct rotor_reader *r, uint8_t version)
{
	uint8_t len = rotor_spdm_since(version, ROTOR_SPDM_V14) ? rotor_read_u8(r) : 0;
	return rotor_read_view(r, len);
}

static void put_pqc(struct rotor_writer *w, uint8_t version, struct rotor_bytes pqc)
{
	if (pqc.len > (rotor_spdm_since(version, ROTOR_SPDM_V14) ? UINT8_MAX : 0)) {
		spdm_writer_fail(w);
	}
	if (rotor_spdm_since(version, ROTOR_SPDM_V14)) {
		rotor_write_u8(w, (uint8_t)pqc.len);
		spdm_put_view(w, pqc);
	}
}

enum rotor_status rotor_spdm_decode_get_key_pair_info(const uint8_t *msg, size_t len,
						      struct rotor_spdm_get_key_pair_info *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_GET_KEY_PAIR_INFO, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->key_pair = rotor_read_u8(&r);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_get_key_pair_info(struct rotor_writer *w,
					 const struct rotor_spdm_get_key_pair_info *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_GET_KEY_PAIR_INFO, 0, 0);
	rotor_write_u8(w, m->key_pair);
}

enum rotor_status rotor_spdm_decode_key_pair_info(const uint8_t *msg, size_t len,
						  struct rotor_spdm_key_pair_info *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_KEY_PAIR_INFO, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->total = rotor_read_u8(&r);
	out->key_pair = rotor_read_u8(&r);
	out->capabilities = rotor_read_u16le(&r);
	out->usage_capabilities = rotor_read_u16le(&r);
	out->usage = rotor_read_u16le(&r);
	out->asym_capabilities = rotor_read_u32le(&r);
	out->asym = rotor_read_u32le(&r);
	uint16_t info = rotor_read_u16le(&r);
	out->slots = rotor_read_u8(&r);
	out->public_key_info = rotor_read_view(&r, info);
	out->pqc_capabilities = get_pqc(&r, h.version);
	out->pqc = get_pqc(&r, h.version);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_key_pair_info(struct rotor_writer *w,
				     const struct rotor_spdm_key_pair_info *m)
{
	if (m->public_key_info.len > UINT16_MAX) {
		spdm_writer_fail(w);
	}
	spdm_put_header(w, m->version, ROTOR_SPDM_KEY_PAIR_INFO, 0, 0);
	rotor_write_u8(w, m->total);
	rotor_write_u8(w, m->key_pair);
	rotor_write_u16le(w, m->capabilities);
	rotor_write_u16le(w, m->usage_capabilities);
	rotor_write_u16le(w, m->usage);
	rotor_write_u32le(w, m->asym_capabilities);
	rotor_write_u32le(w, m->asym);
	rotor_write_u16le(w, (uint16_t)m->public_key_info.len);
	rotor_write_u8(w, m->slots);
	spdm_put_view(w, m->public_key_info);
	put_pqc(w, m->version, m->pqc_capabilities);
	put_pqc(w, m->version, m->pqc);
}

enum rotor_status rotor_spdm_decode_set_key_pair_info(const uint8_t *msg, size_t len,
						      struct rotor_spdm_set_key_pair_info *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_SET_KEY_PAIR_INFO, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	struct rotor_spdm_set_key_pair_info m = {.version = h.version, .operation = h.param1};
	m.key_pair = rotor_read_u8(&r);
	if (m.operation != ROTOR_SPDM_KEY_PAIR_OP_ERASE) {
		rotor_read_skip(&r, 1);
		m.usage = rotor_read_u16le(&r);
		m.asym = rotor_read_u32le(&r);
		m.slots = rotor_read_u8(&r);
		m.pqc = get_pqc(&r, h.version);
	}
	*out = m;
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_set_key_pair_info(struct rotor_writer *w,
					 const struct rotor_spdm_set_key_pair_info *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_SET_KEY_PAIR_INFO, m->operation, 0);
	rotor_write_u8(w, m->key_pair);
	if (m->operation != ROTOR_SPDM_KEY_PAIR_OP_ERASE) {
		rotor_write_u8(w, 0);
		rotor_write_u16le(w, m->usage);
		rotor_write_u32le(w, m->asym);
		rotor_write_u8(w, m->slots);
		put_pqc(w, m->version, m->pqc);
	}
}
