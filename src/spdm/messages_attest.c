/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of attestation: digests, certificates, challenge, measurements. */
#include "spdm/messages_internal.h"

#define SLOT_MASK 0x0F
#define LARGE     0x80 /* param1 of GET_CERTIFICATE and CERTIFICATE, from 1.4 */

/* ---- DIGESTS ---- */

static size_t slots_in(uint8_t mask)
{
	size_t n = 0;
	for (; mask; mask &= (uint8_t)(mask - 1)) {
		n++;
	}
	return n;
}

enum rotor_status rotor_spdm_decode_digests(const struct rotor_spdm_sizes *sizes,
					    const uint8_t *msg, size_t len,
					    struct rotor_spdm_digests *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_DIGESTS, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	struct rotor_spdm_digests m = {.version = h.version, .provisioned_slots = h.param2};
	size_t slots = slots_in(h.param2);
	m.digests = rotor_read_view(&r, slots * sizes->hash);
	if (rotor_spdm_since(h.version, ROTOR_SPDM_V13)) {
		m.supported_slots = h.param1;
		if (sizes->multi_key) {
			m.key_pair_ids = rotor_read_view(&r, slots);
			m.cert_infos = rotor_read_view(&r, slots);
			m.key_usages = rotor_read_view(&r, 2 * slots);
		}
	}
	*out = m;
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_digests(struct rotor_writer *w, const struct rotor_spdm_digests *m)
{
	uint8_t supported = rotor_spdm_since(m->version, ROTOR_SPDM_V13) ? m->supported_slots : 0;
	spdm_put_header(w, m->version, ROTOR_SPDM_DIGESTS, supported, m->provisioned_slots);
	spdm_put_view(w, m->digests);
	spdm_put_view(w, m->key_pair_ids);
	spdm_put_view(w, m->cert_infos);
	spdm_put_view(w, m->key_usages);
}

struct rotor_bytes rotor_spdm_digest_of_slot(const struct rotor_spdm_digests *m, uint8_t slot)
{
	struct rotor_bytes digest = {NULL, 0};
	size_t slots = slots_in(m->provisioned_slots);
	if (slot < ROTOR_SPDM_SLOT_COUNT && m->provisioned_slots >> slot & 1) {
		size_t before = slots_in((uint8_t)(m->provisioned_slots & ((1u << slot) - 1)));
		digest.len = m->digests.len / slots;
		digest.data = m->digests.data + before * digest.len;
	}
	return digest;
}

/* ---- GET_CERTIFICATE and CERTIFICATE ---- */

enum rotor_status rotor_spdm_decode_get_certificate(const uint8_t *msg, size_t len,
						    struct rotor_spdm_get_certificate *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_GET_CERTIFICATE, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->slot = h.param1 & SLOT_MASK;
	out->attributes = rotor_spdm_since(h.version, ROTOR_SPDM_V13) ? h.param2 : 0;
	out->large = rotor_spdm_since(h.version, ROTOR_SPDM_V14) && h.param1 & LARGE;
	out->offset = rotor_read_u16le(&r);
	out->length = rotor_read_u16le(&r);
	if (out->large) {
		out->offset = rotor_read_u32le(&r);
		out->length = rotor_read_u32le(&r);
	}
	return rotor_reader_end(&r);
}

/* Two lengths of 16 bits, or, in their place empty, of 32 bits behind. */
static void put_lengths(struct rotor_writer *w, uint8_t version, bool large, size_t a, size_t b)
{
	size_t most = large ? UINT32_MAX : UINT16_MAX;
	if (a > most || b > most || (large && !rotor_spdm_since(version, ROTOR_SPDM_V14))) {
		spdm_writer_fail(w);
	}
	rotor_write_u16le(w, large ? 0 : (uint16_t)a);
	rotor_write_u16le(w, large ? 0 : (uint16_t)b);
	if (large) {
		rotor_write_u32le(w, (uint32_t)a);
		rotor_write_u32le(w, (uint32_t)b);
	}
}

void rotor_spdm_encode_get_certificate(struct rotor_writer *w,
				       const struct rotor_spdm_get_certificate *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_GET_CERTIFICATE,
			(uint8_t)((m->slot & SLOT_MASK) | (m->large ? LARGE : 0)), m->attributes);
	put_lengths(w, m->version, m->large, m->offset, m->length);
}

enum rotor_status rotor_spdm_decode_certificate(const uint8_t *msg, size_t len,
						struct rotor_spdm_certificate *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_CERTIFICATE, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->slot = h.param1 & SLOT_MASK;
	out->attributes = rotor_spdm_since(h.version, ROTOR_SPDM_V13) ? h.param2 : 0;
	out->large = rotor_spdm_since(h.version, ROTOR_SPDM_V14) && h.param1 & LARGE;
	uint32_t portion = rotor_read_u16le(&r);
	out->remainder_len = rotor_read_u16le(&r);
	if (out->large) {
		portion = rotor_read_u32le(&r);
		out->remainder_len = rotor_read_u32le(&r);
	}
	out->portion = rotor_read_view(&r, portion);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_certificate(struct rotor_writer *w, const struct rotor_spdm_certificate *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_CERTIFICATE,
			(uint8_t)((m->slot & SLOT_MASK) | (m->large ? LARGE : 0)), m->attributes);
	put_lengths(w, m->version, m->large, m->portion.len, m->remainder_len);
	spdm_put_view(w, m->portion);
}

enum rotor_status rotor_spdm_decode_cert_chain(struct rotor_bytes chain, size_t hash_size,
					       struct rotor_spdm_cert_chain *out)
{
	struct rotor_reader r = rotor_reader(chain.data, chain.len);
	uint16_t length = rotor_read_u16le(&r);
	rotor_read_skip(&r, 2);
	out->root_hash = rotor_read_view(&r, hash_size);
	out->certs = rotor_read_rest(&r);
	if (length != chain.len) {
		rotor_reader_fail(&r);
	}
	return rotor_reader_status(&r);
}

void rotor_spdm_encode_cert_chain(struct rotor_writer *w, const struct rotor_spdm_cert_chain *m)
{
	size_t length = 4 + m->root_hash.len + m->certs.len;
	if (length > UINT16_MAX) {
		spdm_writer_fail(w);
	}
	rotor_write_u16le(w, (uint16_t)length);
	rotor_write_u16le(w, 0);
	spdm_put_view(w, m->root_hash);
	spdm_put_view(w, m->certs);
}

/* ---- CHALLENGE and CHALLENGE_AUTH ---- */

enum rotor_status rotor_spdm_decode_challenge(const uint8_t *msg, size_t len,
					      struct rotor_spdm_challenge *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_CHALLENGE, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->slot = h.param1;
	out->summary = h.param2;
	out->nonce = rotor_read_bytes(&r, ROTOR_SPDM_NONCE_SIZE);
	out->context = spdm_get_context(&r, h.version);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_challenge(struct rotor_writer *w, const struct rotor_spdm_challenge *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_CHALLENGE, m->slot, m->summary);
	spdm_put_fixed(w, m->nonce, ROTOR_SPDM_NONCE_SIZE);
	spdm_put_context(w, m->version, m->context);
}

enum rotor_status rotor_spdm_decode_challenge_auth(const struct rotor_spdm_sizes *sizes,
						   const uint8_t *msg, size_t len,
						   struct rotor_spdm_challenge_auth *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_CHALLENGE_AUTH, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->attributes = h.param1;
	out->slot_mask = h.param2;
	out->cert_chain_hash = rotor_read_view(&r, sizes->hash);
	out->nonce = rotor_read_bytes(&r, ROTOR_SPDM_NONCE_SIZE);
	out->summary_hash = rotor_read_view(&r, sizes->summary ? sizes->hash : 0);
	out->opaque = spdm_get_opaque(&r);
	out->context = spdm_get_context(&r, h.version);
	out->signature = rotor_read_view(&r, sizes->sig);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_challenge_auth(struct rotor_writer *w,
				      const struct rotor_spdm_challenge_auth *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_CHALLENGE_AUTH, m->attributes, m->slot_mask);
	spdm_put_view(w, m->cert_chain_hash);
	spdm_put_fixed(w, m->nonce, ROTOR_SPDM_NONCE_SIZE);
	spdm_put_view(w, m->summary_hash);
	spdm_put_opaque(w, m->opaque);
	spdm_put_context(w, m->version, m->context);
	spdm_put_view(w, m->signature);
}

/* ---- GET_MEASUREMENTS and MEASUREMENTS ---- */

enum rotor_status rotor_spdm_decode_get_measurements(const uint8_t *msg, size_t len,
						     struct rotor_spdm_get_measurements *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_GET_MEASUREMENTS, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	struct rotor_spdm_get_measurements m = {
	    .version = h.version, .attributes = h.param1, .operation = h.param2};
	if (h.param1 & ROTOR_SPDM_MEAS_ATTR_SIGNATURE) {
		m.nonce = rotor_read_bytes(&r, ROTOR_SPDM_NONCE_SIZE);
		if (rotor_spdm_since(h.version, ROTOR_SPDM_V11)) {
			m.slot = rotor_read_u8(&r) & SLOT_MASK;
		}
	}
	m.context = spdm_get_context(&r, h.version);
	*out = m;
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_get_measurements(struct rotor_writer *w,
					const struct rotor_spdm_get_measurements *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_GET_MEASUREMENTS, m->attributes, m->operation);
	if (m->attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE) {
		spdm_put_fixed(w, m->nonce, ROTOR_SPDM_NONCE_SIZE);
		if (rotor_spdm_since(m->version, ROTOR_SPDM_V11)) {
			rotor_write_u8(w, m->slot & SLOT_MASK);
		}
	}
	spdm_put_context(w, m->version, m->context);
}

enum rotor_status rotor_spdm_decode_measurements(const struct rotor_spdm_sizes *sizes,
						 const uint8_t *msg, size_t len,
						 struct rotor_spdm_measurements *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_MEASUREMENTS, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->total = h.param1;
	out->slot_info = rotor_spdm_since(h.version, ROTOR_SPDM_V11) ? h.param2 : 0;
	out->block_count = rotor_read_u8(&r);
	uint32_t record_len = rotor_read_u24le(&r);
	out->record = rotor_read_view(&r, record_len);
	out->nonce = rotor_read_bytes(&r, ROTOR_SPDM_NONCE_SIZE);
	out->opaque = spdm_get_opaque(&r);
	out->context = spdm_get_context(&r, h.version);
	out->signature = rotor_read_view(&r, sizes->signature ? sizes->sig : 0);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_measurements(struct rotor_writer *w, const struct rotor_spdm_measurements *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_MEASUREMENTS, m->total, m->slot_info);
	rotor_write_u8(w, m->block_count);
	if (m->record.len > 0xFFFFFF) {
		spdm_writer_fail(w);
	}
	rotor_write_u24le(w, (uint32_t)(m->record.len & 0xFFFFFF));
	spdm_put_view(w, m->record);
	spdm_put_fixed(w, m->nonce, ROTOR_SPDM_NONCE_SIZE);
	spdm_put_opaque(w, m->opaque);
	spdm_put_context(w, m->version, m->context);
	spdm_put_view(w, m->signature);
}

/* ---- measurement blocks ---- */

#define DMTF_HEADER_SIZE 3

enum rotor_status rotor_spdm_next_block(struct rotor_bytes *record, struct rotor_spdm_block *out)
{
	if (!record->len) {
		return ROTOR_ERR_NOT_FOUND;
	}
	struct rotor_reader r = rotor_reader(record->data, record->len);
	struct rotor_spdm_block b = {.index = rotor_read_u8(&r)};
	b.spec = rotor_read_u8(&r);
	uint16_t size = rotor_read_u16le(&r);
	b.measurement = rotor_read_view(&r, size);
	if (rotor_reader_status(&r) != ROTOR_OK) {
		return ROTOR_ERR_LENGTH;
	}
	if (b.index == 0 || b.index == 0xFF) {
		return ROTOR_ERR_FORMAT;
	}
	if (b.spec == ROTOR_SPDM_MEAS_SPEC_DMTF) {
		struct rotor_reader d = rotor_reader(b.measurement.data, b.measurement.len);
		uint8_t type = rotor_read_u8(&d);
		uint16_t value = rotor_read_u16le(&d);
		b.value = rotor_read_view(&d, value);
		if (rotor_reader_end(&d) != ROTOR_OK) {
			return ROTOR_ERR_FORMAT;
		}
		b.dmtf = true;
		b.raw = type & ROTOR_SPDM_MEAS_RAW_BIT;
		b.type = type & (uint8_t)~ROTOR_SPDM_MEAS_RAW_BIT;
	}
	*out = b;
	record->data = r.at;
	record->len = r.left;
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_check_record(struct rotor_bytes record, uint8_t block_count)
{
	struct rotor_spdm_block b;
	unsigned last = 0;
	for (uint8_t i = 0; i < block_count; i++) {
		enum rotor_status status = rotor_spdm_next_block(&record, &b);
		if (status != ROTOR_OK) {
			return status == ROTOR_ERR_NOT_FOUND ? ROTOR_ERR_LENGTH : status;
		}
		if (b.index <= last) {
			return ROTOR_ERR_FORMAT;
		}
		last = b.index;
	}
	return record.len ? ROTOR_ERR_LENGTH : ROTOR_OK;
}

void rotor_spdm_encode_block(struct rotor_writer *w, const struct rotor_spdm_block *m)
{
	if (m->value.len > UINT16_MAX - DMTF_HEADER_SIZE) {
		spdm_writer_fail(w);
	}
	rotor_write_u8(w, m->index);
	rotor_write_u8(w, ROTOR_SPDM_MEAS_SPEC_DMTF);
	rotor_write_u16le(w, (uint16_t)(DMTF_HEADER_SIZE + m->value.len));
	rotor_write_u8(w, (uint8_t)(m->type | (m->raw ? ROTOR_SPDM_MEAS_RAW_BIT : 0)));
	rotor_write_u16le(w, (uint16_t)m->value.len);
	spdm_put_view(w, m->value);
}
