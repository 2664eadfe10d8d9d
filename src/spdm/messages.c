/* SPDX-License-Identifier: Apache-2.0 */
/* Message headers, what all codecs share, ERROR and VENDOR_DEFINED. */
#include "spdm/messages_internal.h"

enum rotor_status rotor_spdm_peek(const uint8_t *msg, size_t len, struct rotor_spdm_header *out)
{
	struct rotor_reader r = rotor_reader(msg, len);
	const uint8_t *at = rotor_read_bytes(&r, ROTOR_SPDM_HEADER_SIZE);
	*out = (struct rotor_spdm_header){0};
	if (!at) {
		return ROTOR_ERR_LENGTH;
	}
	*out = (struct rotor_spdm_header){at[0], at[1], at[2], at[3]};
	return ROTOR_OK;
}

/* VERSION and what leads to it are of 1.0, whatever else is built in. */
static enum rotor_status check_version(uint8_t version)
{
	return version >= ROTOR_SPDM_V10 && version <= ROTOR_SPDM_VERSION_MAX
		   ? ROTOR_OK
		   : ROTOR_ERR_UNSUPPORTED;
}

enum rotor_status spdm_begin(struct rotor_reader *r, const uint8_t *msg, size_t len, uint8_t code,
			     struct rotor_spdm_header *h)
{
	enum rotor_status status = rotor_spdm_peek(msg, len, h);
	*r = rotor_reader(msg, len);
	rotor_read_skip(r, ROTOR_SPDM_HEADER_SIZE);
	if (status == ROTOR_OK && h->code != code) {
		status = ROTOR_ERR_ARGUMENT;
	}
	return status == ROTOR_OK ? check_version(h->version) : status;
}

void spdm_put_header(struct rotor_writer *w, uint8_t version, uint8_t code, uint8_t param1,
		     uint8_t param2)
{
	const uint8_t header[ROTOR_SPDM_HEADER_SIZE] = {version, code, param1, param2};
	rotor_write_bytes(w, header, sizeof(header));
}

void spdm_put_view(struct rotor_writer *w, struct rotor_bytes view)
{
	rotor_write_bytes(w, view.data, view.len);
}

void spdm_writer_fail(struct rotor_writer *w)
{
	w->failed = true;
}

void spdm_put_fixed(struct rotor_writer *w, const uint8_t *bytes, size_t n)
{
	if (bytes) {
		rotor_write_bytes(w, bytes, n);
	} else {
		spdm_writer_fail(w);
	}
}

struct rotor_bytes spdm_get_opaque(struct rotor_reader *r)
{
	uint16_t len = rotor_read_u16le(r);
	if (len > OPAQUE_MAX) {
		rotor_reader_fail(r);
	}
	return rotor_read_view(r, len);
}

void spdm_put_opaque(struct rotor_writer *w, struct rotor_bytes opaque)
{
	if (opaque.len > OPAQUE_MAX) {
		spdm_writer_fail(w);
	}
	rotor_write_u16le(w, (uint16_t)opaque.len);
	spdm_put_view(w, opaque);
}

struct rotor_bytes spdm_get_opaque_v14(struct rotor_reader *r, uint8_t version)
{
	return rotor_spdm_since(version, ROTOR_SPDM_V14) ? spdm_get_opaque(r)
							 : (struct rotor_bytes){NULL, 0};
}

void spdm_put_opaque_v14(struct rotor_writer *w, uint8_t version, struct rotor_bytes opaque)
{
	if (rotor_spdm_since(version, ROTOR_SPDM_V14)) {
		spdm_put_opaque(w, opaque);
	} else if (opaque.len) {
		spdm_writer_fail(w);
	}
}

const uint8_t *spdm_get_context(struct rotor_reader *r, uint8_t version)
{
	return rotor_spdm_since(version, ROTOR_SPDM_V13)
		   ? rotor_read_bytes(r, ROTOR_SPDM_CONTEXT_SIZE)
		   : NULL;
}

void spdm_put_context(struct rotor_writer *w, uint8_t version, const uint8_t *context)
{
	if (rotor_spdm_since(version, ROTOR_SPDM_V13)) {
		spdm_put_fixed(w, context, ROTOR_SPDM_CONTEXT_SIZE);
	}
}

enum rotor_status rotor_spdm_decode_header_only(const uint8_t *msg, size_t len,
						struct rotor_spdm_header *out)
{
	enum rotor_status status = rotor_spdm_peek(msg, len, out);
	if (status == ROTOR_OK) {
		status = check_version(out->version);
	}
	if (status == ROTOR_OK && len != ROTOR_SPDM_HEADER_SIZE) {
		status = ROTOR_ERR_LENGTH;
	}
	return status;
}

void rotor_spdm_encode_header(struct rotor_writer *w, const struct rotor_spdm_header *m)
{
	spdm_put_header(w, m->version, m->code, m->param1, m->param2);
}

/* ---- VENDOR_DEFINED ---- */

#define LARGE 0x80 /* param1, from 1.4 */

enum rotor_status rotor_spdm_decode_vendor_defined(const uint8_t *msg, size_t len,
						   struct rotor_spdm_vendor_defined *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	uint8_t code = len > 1 && !ROTOR_SPDM_IS_REQUEST(msg[1])
			   ? ROTOR_SPDM_VENDOR_DEFINED_RESPONSE
			   : ROTOR_SPDM_VENDOR_DEFINED_REQUEST;
	enum rotor_status status = spdm_begin(&r, msg, len, code, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->code = h.code;
	out->large = rotor_spdm_since(h.version, ROTOR_SPDM_V14) && h.param1 & LARGE;
	out->standard_id = rotor_read_u16le(&r);
	uint8_t id_len = rotor_read_u8(&r);
	out->vendor_id = rotor_read_view(&r, id_len);
	uint32_t payload_len = rotor_read_u16le(&r);
	if (out->large) {
		payload_len = rotor_read_u32le(&r);
	}
	out->payload = rotor_read_view(&r, payload_len);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_vendor_defined(struct rotor_writer *w,
				      const struct rotor_spdm_vendor_defined *m)
{
	if (m->vendor_id.len > UINT8_MAX || m->payload.len > (m->large ? UINT32_MAX : UINT16_MAX) ||
	    (m->large && !rotor_spdm_since(m->version, ROTOR_SPDM_V14))) {
		spdm_writer_fail(w);
		return;
	}
	spdm_put_header(w, m->version, m->code, m->large ? LARGE : 0, 0);
	rotor_write_u16le(w, m->standard_id);
	rotor_write_u8(w, (uint8_t)m->vendor_id.len);
	spdm_put_view(w, m->vendor_id);
	if (m->large) {
		rotor_write_u16le(w, 0);
		rotor_write_u32le(w, (uint32_t)m->payload.len);
	} else {
		rotor_write_u16le(w, (uint16_t)m->payload.len);
	}
	spdm_put_view(w, m->payload);
}

/* ---- ERROR ---- */

#define EXTENDED_MAX 32

enum rotor_status rotor_spdm_decode_error(const uint8_t *msg, size_t len,
					  struct rotor_spdm_error_message *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_ERROR, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	struct rotor_spdm_error_message m = {
	    .version = h.version, .error = h.param1, .data = h.param2};
	switch (m.error) {
	case ROTOR_SPDM_ERROR_RESPONSE_NOT_READY:
		m.rd_exponent = rotor_read_u8(&r);
		m.request_code = rotor_read_u8(&r);
		m.token = rotor_read_u8(&r);
		m.rdtm = rotor_read_u8(&r);
		break;
	case ROTOR_SPDM_ERROR_LARGE_RESPONSE:
		m.handle = rotor_read_u8(&r);
		break;
	default:
		if (r.left > EXTENDED_MAX) {
			rotor_reader_fail(&r);
		}
		m.extended = rotor_read_rest(&r);
		break;
	}
	*out = m;
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_error(struct rotor_writer *w, const struct rotor_spdm_error_message *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_ERROR, m->error, m->data);
	switch (m->error) {
	case ROTOR_SPDM_ERROR_RESPONSE_NOT_READY:
		rotor_write_u8(w, m->rd_exponent);
		rotor_write_u8(w, m->request_code);
		rotor_write_u8(w, m->token);
		rotor_write_u8(w, m->rdtm);
		break;
	case ROTOR_SPDM_ERROR_LARGE_RESPONSE:
		rotor_write_u8(w, m->handle);
		break;
	default:
		if (m->extended.len > EXTENDED_MAX) {
			spdm_writer_fail(w);
		}
		spdm_put_view(w, m->extended);
		break;
	}
}
