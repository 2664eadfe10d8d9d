/* SPDX-License-Identifier: Apache-2.0 */
/* The messages that open a connection: version, capabilities, algorithms. */
#include "spdm/messages_internal.h"

/* ---- VERSION ---- */

enum rotor_status rotor_spdm_decode_version(const uint8_t *msg, size_t len,
					    struct rotor_spdm_version *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_VERSION, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	rotor_read_skip(&r, 1);
	out->count = rotor_read_u8(&r);
	out->entries = rotor_read_view(&r, 2 * (size_t)out->count);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_version(struct rotor_writer *w, const struct rotor_spdm_version *m)
{
	if (m->entries.len != 2 * (size_t)m->count) {
		spdm_writer_fail(w);
		return;
	}
	spdm_put_header(w, m->version, ROTOR_SPDM_VERSION, 0, 0);
	rotor_write_u8(w, 0);
	rotor_write_u8(w, m->count);
	spdm_put_view(w, m->entries);
}

uint16_t rotor_spdm_version_entry(const struct rotor_spdm_version *m, unsigned i)
{
	struct rotor_reader r = rotor_reader(m->entries.data, m->entries.len);
	rotor_read_skip(&r, 2 * (size_t)i);
	return rotor_read_u16le(&r);
}

/* ---- GET_CAPABILITIES and CAPABILITIES ---- */

enum rotor_status rotor_spdm_decode_capabilities(const uint8_t *msg, size_t len,
						 struct rotor_spdm_capabilities *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	bool request = !ROTOR_SPDM_REQUESTER_CODECS || (len > 1 && ROTOR_SPDM_IS_REQUEST(msg[1]));
	enum rotor_status status = spdm_begin(
	    &r, msg, len, request ? ROTOR_SPDM_GET_CAPABILITIES : ROTOR_SPDM_CAPABILITIES, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	struct rotor_spdm_capabilities m = {.version = h.version, .code = h.code};
	if (rotor_spdm_since(h.version, ROTOR_SPDM_V13)) {
		m.param1 = h.param1;
	}
	if (rotor_spdm_since(h.version, ROTOR_SPDM_V11) || !request) {
		rotor_read_skip(&r, 1);
		m.ct_exponent = rotor_read_u8(&r);
		m.ext_flags = rotor_read_u16le(&r);
		m.flags = rotor_read_u32le(&r);
	}
	if (!rotor_spdm_since(h.version, ROTOR_SPDM_V14)) {
		m.ext_flags = 0; /* reserved there, and so ignored */
	}
	if (rotor_spdm_since(h.version, ROTOR_SPDM_V12)) {
		m.data_transfer_size = rotor_read_u32le(&r);
		m.max_message_size = rotor_read_u32le(&r);
	}
	if (!request && m.param1 & ROTOR_SPDM_CAP_PARAM1_ALGORITHMS) {
		m.algorithms = rotor_read_rest(&r);
		if (!m.algorithms.len) {
			rotor_reader_fail(&r);
		}
	}
	*out = m;
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_capabilities(struct rotor_writer *w, const struct rotor_spdm_capabilities *m)
{
	bool request = ROTOR_SPDM_REQUESTER_CODECS && m->code == ROTOR_SPDM_GET_CAPABILITIES;
	bool block = rotor_spdm_since(m->version, ROTOR_SPDM_V13) && !request &&
		     m->param1 & ROTOR_SPDM_CAP_PARAM1_ALGORITHMS;
	if (block != (m->algorithms.len > 0)) {
		spdm_writer_fail(w);
	}
	spdm_put_header(w, m->version, m->code,
			rotor_spdm_since(m->version, ROTOR_SPDM_V13) ? m->param1 : 0, 0);
	if (rotor_spdm_since(m->version, ROTOR_SPDM_V11) || !request) {
		rotor_write_u8(w, 0);
		rotor_write_u8(w, m->ct_exponent);
		rotor_write_u16le(w,
				  rotor_spdm_since(m->version, ROTOR_SPDM_V14) ? m->ext_flags : 0);
		rotor_write_u32le(w, m->flags);
	}
	if (rotor_spdm_since(m->version, ROTOR_SPDM_V12)) {
		rotor_write_u32le(w, m->data_transfer_size);
		rotor_write_u32le(w, m->max_message_size);
	}
	spdm_put_view(w, m->algorithms);
}

/* ---- NEGOTIATE_ALGORITHMS and ALGORITHMS ---- */

#define EXT_SIZE      4  /* an extended algorithm */
#define FIXED_TABLE   2  /* bytes of a structure table's fixed part: all types so far */
#define FIRST_TYPE    2  /* types 0 and 1 are not tables */
#define NEGOTIATE_V10 64 /* longest request in 1.0 */

static enum rotor_status read_tables(struct rotor_reader *r, uint8_t count,
				     struct rotor_spdm_negotiation *out)
{
	if (count > ROTOR_SPDM_ALG_TABLES_MAX) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	unsigned last = FIRST_TYPE - 1;
	for (uint8_t i = 0; i < count; i++) {
		struct rotor_spdm_alg_table *t = &out->tables[i];
		t->type = rotor_read_u8(r);
		uint8_t counts = rotor_read_u8(r);
		t->algorithms = rotor_read_u16le(r);
		t->ext = rotor_read_view(r, (counts & 0x0Fu) * (size_t)EXT_SIZE);
		if (rotor_reader_status(r) != ROTOR_OK) {
			return ROTOR_ERR_LENGTH;
		}
		if (t->type <= last || counts >> 4 != FIXED_TABLE) {
			return ROTOR_ERR_FORMAT;
		}
		last = t->type;
	}
	out->table_count = count;
	return ROTOR_OK;
}

/* All behind the header (or a block's first two bytes); total is the size that the Length field must name. */
static enum rotor_status read_body(struct rotor_reader *r, uint8_t tables, size_t total,
				   struct rotor_spdm_negotiation *m)
{
	bool request = !ROTOR_SPDM_REQUESTER_CODECS || m->code == ROTOR_SPDM_NEGOTIATE_ALGORITHMS;
	uint16_t length = rotor_read_u16le(r);
	m->measurement_spec = rotor_read_u8(r);
	m->other_params = rotor_read_u8(r);
	if (!request) {
		m->measurement_hash = rotor_read_u32le(r);
	}
	m->base_asym = rotor_read_u32le(r);
	m->base_hash = rotor_read_u32le(r);
	m->pqc_asym = rotor_read_u32le(r);
	rotor_read_skip(r, 7);
	uint8_t mel_before = rotor_read_u8(r);
	uint8_t ext_asym = rotor_read_u8(r);
	uint8_t ext_hash = rotor_read_u8(r);
	rotor_read_skip(r, 1);
	uint8_t mel_behind = rotor_read_u8(r);
	m->mel_spec = request ? mel_behind : mel_before;
	m->ext_asym = rotor_read_view(r, ext_asym * (size_t)EXT_SIZE);
	m->ext_hash = rotor_read_view(r, ext_hash * (size_t)EXT_SIZE);
	/* What a version does not have is reserved there, and so ignored. */
	if (!rotor_spdm_since(m->version, ROTOR_SPDM_V12)) {
		m->other_params = 0;
	}
	if (!rotor_spdm_since(m->version, ROTOR_SPDM_V13)) {
		m->other_params &= ROTOR_SPDM_OPAQUE_MASK;
		m->mel_spec = 0;
	}
	if (!rotor_spdm_since(m->version, ROTOR_SPDM_V14)) {
		m->pqc_asym = 0;
	}
	enum rotor_status status =
	    read_tables(r, rotor_spdm_since(m->version, ROTOR_SPDM_V11) ? tables : 0, m);
	if (status != ROTOR_OK) {
		return status;
	}
	status = rotor_reader_end(r);
	return status == ROTOR_OK && length != total ? ROTOR_ERR_FORMAT : status;
}

enum rotor_status rotor_spdm_decode_negotiation(const uint8_t *msg, size_t len,
						struct rotor_spdm_negotiation *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	bool request = !ROTOR_SPDM_REQUESTER_CODECS || (len > 1 && ROTOR_SPDM_IS_REQUEST(msg[1]));
	enum rotor_status status = spdm_begin(
	    &r, msg, len, request ? ROTOR_SPDM_NEGOTIATE_ALGORITHMS : ROTOR_SPDM_ALGORITHMS, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	*out = (struct rotor_spdm_negotiation){.version = h.version, .code = h.code};
	size_t most =
	    !rotor_spdm_since(h.version, ROTOR_SPDM_V11) ? NEGOTIATE_V10 : ROTOR_SPDM_NEGOTIATE_MAX;
	if (request && len > most) {
		return ROTOR_ERR_FORMAT;
	}
	return read_body(&r, h.param1, len, out);
}

enum rotor_status rotor_spdm_decode_algorithms_block(uint8_t version, struct rotor_bytes block,
						     struct rotor_spdm_negotiation *out)
{
	struct rotor_reader r = rotor_reader(block.data, block.len);
	uint8_t tables = rotor_read_u8(&r);
	rotor_read_skip(&r, 1);
	*out = (struct rotor_spdm_negotiation){.version = version,
					       .code = ROTOR_SPDM_NEGOTIATE_ALGORITHMS};
	return read_body(&r, tables, block.len, out);
}

/* start: where the message or block began, for the Length field. */
static void write_body(struct rotor_writer *w, size_t start, const struct rotor_spdm_negotiation *m)
{
	bool request = ROTOR_SPDM_REQUESTER_CODECS && m->code == ROTOR_SPDM_NEGOTIATE_ALGORITHMS;
	size_t length_at = w->len;
	rotor_write_u16le(w, 0);
	rotor_write_u8(w, m->measurement_spec);
	rotor_write_u8(w, m->other_params);
	if (!request) {
		rotor_write_u32le(w, m->measurement_hash);
	}
	rotor_write_u32le(w, m->base_asym);
	rotor_write_u32le(w, m->base_hash);
	rotor_write_u32le(w, rotor_spdm_since(m->version, ROTOR_SPDM_V14) ? m->pqc_asym : 0);
	rotor_write_zeros(w, 7);
	rotor_write_u8(w, request ? 0 : m->mel_spec);
	rotor_write_u8(w, (uint8_t)(m->ext_asym.len / EXT_SIZE));
	rotor_write_u8(w, (uint8_t)(m->ext_hash.len / EXT_SIZE));
	rotor_write_u8(w, 0);
	rotor_write_u8(w, request ? m->mel_spec : 0);
	spdm_put_view(w, m->ext_asym);
	spdm_put_view(w, m->ext_hash);
	for (uint8_t i = 0; i < m->table_count && i < ROTOR_SPDM_ALG_TABLES_MAX; i++) {
		const struct rotor_spdm_alg_table *t = &m->tables[i];
		rotor_write_u8(w, t->type);
		rotor_write_u8(w, (uint8_t)(FIXED_TABLE << 4 | (t->ext.len / EXT_SIZE & 0x0F)));
		rotor_write_u16le(w, t->algorithms);
		spdm_put_view(w, t->ext);
	}
	if (!w->failed) {
		rotor_write_patch_u16le(w, length_at, (uint16_t)(w->len - start));
	}
}

void rotor_spdm_encode_negotiation(struct rotor_writer *w, const struct rotor_spdm_negotiation *m)
{
	size_t start = w->len;
	spdm_put_header(w, m->version, m->code, m->table_count, 0);
	write_body(w, start, m);
}

void rotor_spdm_encode_algorithms_block(struct rotor_writer *w,
					const struct rotor_spdm_negotiation *m)
{
	size_t start = w->len;
	rotor_write_u8(w, m->table_count);
	rotor_write_u8(w, 0);
	write_body(w, start, m);
}

uint16_t rotor_spdm_table_bits(const struct rotor_spdm_negotiation *m,
			       enum rotor_spdm_alg_type type)
{
	for (uint8_t i = 0; i < m->table_count; i++) {
		if (m->tables[i].type == type) {
			return m->tables[i].algorithms;
		}
	}
	return 0;
}

void rotor_spdm_table_add(struct rotor_spdm_negotiation *m, enum rotor_spdm_alg_type type,
			  uint16_t bits)
{
	if (bits && m->table_count < ROTOR_SPDM_ALG_TABLES_MAX) {
		m->tables[m->table_count++] =
		    (struct rotor_spdm_alg_table){.type = (uint8_t)type, .algorithms = bits};
	}
}
