/* SPDX-License-Identifier: Apache-2.0 */
/* The messages in which an endpoint tells more of itself: measurement extension log, endpoint information, events. */
#include "rotor/spdm_messages_manage.h"
#include "spdm/messages_internal.h"

#define SLOT_MASK 0x0F

/* ---- GET_MEASUREMENT_EXTENSION_LOG ---- */

enum rotor_status rotor_spdm_decode_get_mel(const uint8_t *msg, size_t len,
					    struct rotor_spdm_get_mel *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status =
	    spdm_begin(&r, msg, len, ROTOR_SPDM_GET_MEASUREMENT_EXTENSION_LOG, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->offset = rotor_read_u32le(&r);
	out->length = rotor_read_u32le(&r);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_get_mel(struct rotor_writer *w, const struct rotor_spdm_get_mel *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_GET_MEASUREMENT_EXTENSION_LOG, 0, 0);
	rotor_write_u32le(w, m->offset);
	rotor_write_u32le(w, m->length);
}

enum rotor_status rotor_spdm_decode_mel(const uint8_t *msg, size_t len, struct rotor_spdm_mel *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status =
	    spdm_begin(&r, msg, len, ROTOR_SPDM_MEASUREMENT_EXTENSION_LOG, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	uint32_t portion = rotor_read_u32le(&r);
	out->remainder_len = rotor_read_u32le(&r);
	out->portion = rotor_read_view(&r, portion);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_mel(struct rotor_writer *w, const struct rotor_spdm_mel *m)
{
	if (m->portion.len > UINT32_MAX) {
		spdm_writer_fail(w);
	}
	spdm_put_header(w, m->version, ROTOR_SPDM_MEASUREMENT_EXTENSION_LOG, 0, 0);
	rotor_write_u32le(w, (uint32_t)m->portion.len);
	rotor_write_u32le(w, m->remainder_len);
	spdm_put_view(w, m->portion);
}

enum rotor_status rotor_spdm_mel_open(struct rotor_bytes log, struct rotor_bytes *entries,
				      uint32_t *count)
{
	struct rotor_reader r = rotor_reader(log.data, log.len);
	*count = rotor_read_u32le(&r);
	uint32_t size = rotor_read_u32le(&r);
	rotor_read_skip(&r, 8);
	*entries = rotor_read_view(&r, size);
	if (rotor_reader_end(&r) != ROTOR_OK) {
		return ROTOR_ERR_LENGTH;
	}
	/* The entries are walked, so that whoever goes through them later finds as many as are promised. */
	struct rotor_bytes walk = *entries;
	struct rotor_spdm_mel_entry e;
	enum rotor_status status;
	uint32_t n = 0;
	while ((status = rotor_spdm_mel_next(&walk, &e)) == ROTOR_OK) {
		n++;
	}
	if (status != ROTOR_ERR_NOT_FOUND) {
		return status;
	}
	return n == *count ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

enum rotor_status rotor_spdm_mel_next(struct rotor_bytes *entries, struct rotor_spdm_mel_entry *out)
{
	if (!entries->len) {
		return ROTOR_ERR_NOT_FOUND;
	}
	struct rotor_reader r = rotor_reader(entries->data, entries->len);
	out->index = rotor_read_u32le(&r);
	out->measurement = rotor_read_u8(&r);
	rotor_read_skip(&r, 3);
	uint8_t type = rotor_read_u8(&r);
	out->raw = type & ROTOR_SPDM_MEAS_RAW_BIT;
	out->type = type & (uint8_t)~ROTOR_SPDM_MEAS_RAW_BIT;
	uint16_t size = rotor_read_u16le(&r);
	out->value = rotor_read_view(&r, size);
	*entries = rotor_read_rest(&r);
	return rotor_reader_status(&r);
}

void rotor_spdm_encode_mel_header(struct rotor_writer *w, uint32_t count, uint32_t entries_len)
{
	rotor_write_u32le(w, count);
	rotor_write_u32le(w, entries_len);
	rotor_write_zeros(w, 8);
}

void rotor_spdm_encode_mel_entry(struct rotor_writer *w, const struct rotor_spdm_mel_entry *m)
{
	if (m->value.len > UINT16_MAX) {
		spdm_writer_fail(w);
	}
	rotor_write_u32le(w, m->index);
	rotor_write_u8(w, m->measurement);
	rotor_write_zeros(w, 3);
	rotor_write_u8(w, (uint8_t)(m->type | (m->raw ? ROTOR_SPDM_MEAS_RAW_BIT : 0)));
	rotor_write_u16le(w, (uint16_t)m->value.len);
	spdm_put_view(w, m->value);
}

/* ---- GET_ENDPOINT_INFO ---- */

enum rotor_status rotor_spdm_decode_get_endpoint_info(const uint8_t *msg, size_t len,
						      struct rotor_spdm_get_endpoint_info *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_GET_ENDPOINT_INFO, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->subcode = h.param1;
	out->slot = h.param2 & SLOT_MASK;
	out->attributes = rotor_read_u8(&r);
	rotor_read_skip(&r, 3);
	out->nonce = out->attributes & ROTOR_SPDM_EP_INFO_SIGNATURE
			 ? rotor_read_bytes(&r, ROTOR_SPDM_NONCE_SIZE)
			 : NULL;
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_get_endpoint_info(struct rotor_writer *w,
					 const struct rotor_spdm_get_endpoint_info *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_GET_ENDPOINT_INFO, m->subcode,
			m->slot & SLOT_MASK);
	rotor_write_u8(w, m->attributes);
	rotor_write_zeros(w, 3);
	if (m->attributes & ROTOR_SPDM_EP_INFO_SIGNATURE) {
		spdm_put_fixed(w, m->nonce, ROTOR_SPDM_NONCE_SIZE);
	}
}

enum rotor_status rotor_spdm_decode_endpoint_info(const struct rotor_spdm_sizes *sizes,
						  const uint8_t *msg, size_t len,
						  struct rotor_spdm_endpoint_info *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_ENDPOINT_INFO, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->slot = h.param2 & SLOT_MASK;
	rotor_read_skip(&r, 4);
	out->nonce = sizes->signature ? rotor_read_bytes(&r, ROTOR_SPDM_NONCE_SIZE) : NULL;
	uint32_t size = rotor_read_u32le(&r);
	out->info = rotor_read_view(&r, size);
	out->signature = rotor_read_view(&r, sizes->signature ? sizes->sig : 0);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_endpoint_info(struct rotor_writer *w,
				     const struct rotor_spdm_endpoint_info *m)
{
	if (m->info.len > UINT32_MAX) {
		spdm_writer_fail(w);
	}
	spdm_put_header(w, m->version, ROTOR_SPDM_ENDPOINT_INFO, 0, m->slot & SLOT_MASK);
	rotor_write_u32le(w, 0);
	if (m->nonce) {
		rotor_write_bytes(w, m->nonce, ROTOR_SPDM_NONCE_SIZE);
	}
	rotor_write_u32le(w, (uint32_t)m->info.len);
	spdm_put_view(w, m->info);
	spdm_put_view(w, m->signature);
}

/* ---- events ---- */

enum rotor_status rotor_spdm_decode_event_types(const uint8_t *msg, size_t len,
						struct rotor_spdm_event_types *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	bool request = len > 1 && ROTOR_SPDM_IS_REQUEST(msg[1]);
	enum rotor_status status = spdm_begin(
	    &r, msg, len,
	    request ? ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES : ROTOR_SPDM_SUPPORTED_EVENT_TYPES, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->code = h.code;
	out->group_count = h.param1;
	uint32_t size = request && !h.param1 ? 0 : rotor_read_u32le(&r);
	out->groups = rotor_read_view(&r, size);
	return rotor_reader_end(&r);
}

void rotor_spdm_encode_event_types(struct rotor_writer *w, const struct rotor_spdm_event_types *m)
{
	bool none = m->code == ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES && !m->group_count;
	if (m->groups.len > (none ? 0 : UINT32_MAX)) {
		spdm_writer_fail(w);
	}
	spdm_put_header(w, m->version, m->code, m->group_count, 0);
	if (!none) {
		rotor_write_u32le(w, (uint32_t)m->groups.len);
		spdm_put_view(w, m->groups);
	}
}

static void put_vendor(struct rotor_writer *w, uint8_t registry, struct rotor_bytes vendor)
{
	if (vendor.len > UINT8_MAX) {
		spdm_writer_fail(w);
	}
	rotor_write_u8(w, registry);
	rotor_write_u8(w, (uint8_t)vendor.len);
	spdm_put_view(w, vendor);
}

#define TYPE_SIZE 4 /* EventTypeID, reserved */

enum rotor_status rotor_spdm_event_group_next(struct rotor_bytes *groups,
					      struct rotor_spdm_event_group *out)
{
	if (!groups->len) {
		return ROTOR_ERR_NOT_FOUND;
	}
	struct rotor_reader r = rotor_reader(groups->data, groups->len);
	out->registry = rotor_read_u8(&r);
	uint8_t vendor = rotor_read_u8(&r);
	out->vendor = rotor_read_view(&r, vendor);
	out->type_count = rotor_read_u16le(&r);
	out->group_version = rotor_read_u16le(&r);
	out->attributes = rotor_read_u32le(&r);
	out->types = rotor_read_view(&r, TYPE_SIZE * (size_t)out->type_count);
	*groups = rotor_read_rest(&r);
	return rotor_reader_status(&r);
}

void rotor_spdm_encode_event_group(struct rotor_writer *w, const struct rotor_spdm_event_group *m)
{
	if (m->types.len != TYPE_SIZE * (size_t)m->type_count) {
		spdm_writer_fail(w);
	}
	put_vendor(w, m->registry, m->vendor);
	rotor_write_u16le(w, m->type_count);
	rotor_write_u16le(w, m->group_version);
	rotor_write_u32le(w, m->attributes);
	spdm_put_view(w, m->types);
}

uint16_t rotor_spdm_event_group_type(const struct rotor_spdm_event_group *m, unsigned i)
{
	struct rotor_reader r = rotor_reader(m->types.data, m->types.len);
	rotor_read_skip(&r, TYPE_SIZE * (size_t)i);
	return rotor_read_u16le(&r);
}

enum rotor_status rotor_spdm_decode_send_event(const uint8_t *msg, size_t len,
					       struct rotor_spdm_send_event *out)
{
	struct rotor_reader r;
	struct rotor_spdm_header h;
	enum rotor_status status = spdm_begin(&r, msg, len, ROTOR_SPDM_SEND_EVENT, &h);
	if (status != ROTOR_OK) {
		return status;
	}
	out->version = h.version;
	out->count = rotor_read_u32le(&r);
	out->events = rotor_read_rest(&r);
	/* The list has no length of its own: what it promises is looked for here. */
	struct rotor_bytes walk = out->events;
	struct rotor_spdm_event_item e;
	for (uint32_t i = 0; i < out->count; i++) {
		if (rotor_spdm_event_next(&walk, &e) != ROTOR_OK) {
			return ROTOR_ERR_LENGTH;
		}
	}
	return walk.len ? ROTOR_ERR_LENGTH : rotor_reader_end(&r);
}

void rotor_spdm_encode_send_event(struct rotor_writer *w, const struct rotor_spdm_send_event *m)
{
	spdm_put_header(w, m->version, ROTOR_SPDM_SEND_EVENT, 0, 0);
	rotor_write_u32le(w, m->count);
	spdm_put_view(w, m->events);
}

enum rotor_status rotor_spdm_event_next(struct rotor_bytes *events,
					struct rotor_spdm_event_item *out)
{
	if (!events->len) {
		return ROTOR_ERR_NOT_FOUND;
	}
	struct rotor_reader r = rotor_reader(events->data, events->len);
	out->instance = rotor_read_u32le(&r);
	rotor_read_skip(&r, 4);
	out->registry = rotor_read_u8(&r);
	uint8_t vendor = rotor_read_u8(&r);
	out->vendor = rotor_read_view(&r, vendor);
	out->type = rotor_read_u16le(&r);
	uint16_t detail = rotor_read_u16le(&r);
	out->detail = rotor_read_view(&r, detail);
	*events = rotor_read_rest(&r);
	return rotor_reader_status(&r);
}

void rotor_spdm_encode_event(struct rotor_writer *w, const struct rotor_spdm_event_item *m)
{
	if (m->detail.len > UINT16_MAX) {
		spdm_writer_fail(w);
	}
	rotor_write_u32le(w, m->instance);
	rotor_write_u32le(w, 0);
	put_vendor(w, m->registry, m->vendor);
	rotor_write_u16le(w, m->type);
	rotor_write_u16le(w, (uint16_t)m->detail.len);
	spdm_put_view(w, m->detail);
}
