/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secured records. Which session, phase and direction a record belongs to is found by trying: only the right key gives
 * the right tag, and captures do not always tell who sent what.
 */
#include <string.h>

#include "trace/protocols.h"

#define HEADER_SIZE 8

/* What a record says in the clear. */
struct header {
	uint32_t session;
	uint16_t sequence, length;
};

/* The full sequence number whose low 16 bits are @p low and which is nearest to @p expected. */
static uint64_t nearest(uint64_t expected, uint16_t low)
{
	uint64_t full = (expected & ~UINT64_C(0xFFFF)) | low;
	if (full + 0x8000 < expected) {
		full += 0x10000;
	} else if (full > expected + 0x8000 && full > 0xFFFF) {
		full -= 0x10000;
	}
	return full;
}

/* Opens a copy of the record with keys that are taken as they are but for the sequence number. */
static bool open_with(struct rotor_trace *t, const struct rotor_trace_session *s,
		      struct rotor_spdm_record_keys *keys, struct rotor_bytes body, uint8_t *type,
		      struct rotor_bytes *message)
{
	if (body.len > sizeof(t->record)) {
		return false;
	}
	memcpy(t->record, body.data, body.len);
	return rotor_spdm_record_open(t->crypto, s->aead, keys, s->id, t->record, body.len, type,
				      message, NULL) == ROTOR_OK;
}

/* The secret after a key update: HKDF-Expand with "traffic upd" (DSP0274, "Major secrets update"). */
static bool next_secret(struct rotor_trace *t, const struct rotor_trace_session *s,
			const uint8_t *secret, uint8_t *next)
{
	char info[24] = {0};
	struct rotor_writer w = rotor_writer(info, sizeof(info));
	size_t size = rotor_hash_size(s->hash);
	rotor_write_u16le(&w, (uint16_t)size);
	rotor_write_bytes(&w, "spdm", 4);
	rotor_write_bytes(&w, rotor_spdm_version_name(s->version), 3);
	rotor_write_bytes(&w, " traffic upd", 12);
	struct rotor_bytes view = {(const uint8_t *)info, w.len};
	return rotor_hkdf_expand(t->crypto, s->hash, secret, size, view, next, size) == ROTOR_OK;
}

static bool try_update(struct rotor_trace *t, struct rotor_trace_session *s,
		       struct rotor_trace_keys *k, const struct header *h, struct rotor_bytes body,
		       uint8_t *type, struct rotor_bytes *message)
{
	struct rotor_trace_keys next = {.known = true, .ready = true};
	bool opened = next_secret(t, s, k->secret, next.secret) &&
		      rotor_spdm_record_keys_derive(t->crypto, s->version, s->hash, s->aead,
						    next.secret, &next.keys) == ROTOR_OK;
	if (opened) {
		next.keys.sequence = h->sequence;
		opened = open_with(t, s, &next.keys, body, type, message);
	}
	if (opened) {
		*k = next;
	}
	rotor_wipe(&next, sizeof(next));
	return opened;
}

static bool try_keys(struct rotor_trace *t, struct rotor_trace_session *s,
		     struct rotor_trace_keys *k, bool data, const struct header *h,
		     struct rotor_bytes body, uint8_t *type, struct rotor_bytes *message)
{
	if (!k->known) {
		return false;
	}
	if (!k->ready) {
		k->ready = rotor_spdm_record_keys_derive(t->crypto, s->version, s->hash, s->aead,
							 k->secret, &k->keys) == ROTOR_OK;
		if (!k->ready) {
			k->known = false;
			return false;
		}
	}
	struct rotor_spdm_record_keys keys = k->keys;
	keys.sequence = nearest(k->keys.sequence, h->sequence);
	bool opened = open_with(t, s, &keys, body, type, message);
	if (opened) {
		k->keys = keys;
	}
	rotor_wipe(&keys, sizeof(keys));
	return opened || (data && try_update(t, s, k, h, body, type, message));
}

/* Tries every session of that ID, the latest first: an ID may be used again. */
static bool open_record(struct rotor_trace *t, const struct header *h, struct rotor_bytes body,
			uint8_t *type, struct rotor_bytes *message)
{
	for (size_t i = t->session_count; t->crypto && i-- > 0;) {
		struct rotor_trace_session *s = &t->sessions[i];
		for (int phase = 1; s->id == h->session && phase >= 0; phase--) {
			for (int side = 0; side < 2; side++) {
				if (try_keys(t, s, &s->keys[phase][side], phase == 1, h, body, type,
					     message)) {
					return true;
				}
			}
		}
	}
	return false;
}

/* What a record holds. SPDM's own layer of types is that of MCTP; a record within a record is not followed. */
static void show_inside(struct rotor_trace *t, const struct place *at, uint8_t type,
			struct rotor_bytes message)
{
	struct place inside = *at;
	inside.depth++;
	inside.packets = 0;
	if (type == ROTOR_SPDM_MCTP_TYPE_SECURED) {
		trace_oddity(t, &inside, "record within a record", "not opened", message);
	} else {
		trace_message(t, &inside, type, message);
	}
}

void trace_secured(struct rotor_trace *t, const struct place *at, struct rotor_bytes body)
{
	struct rotor_reader r = rotor_reader(body.data, body.len);
	struct header h = {.session = rotor_read_u32le(&r)};
	struct rotor_bytes message = {NULL, 0};
	struct out o;
	uint8_t type = 0;
	bool opened = false;
	h.sequence = rotor_read_u16le(&r);
	h.length = rotor_read_u16le(&r);
	enum rotor_status status = rotor_reader_status(&r);
	if (status == ROTOR_OK && (h.length != r.left || h.length < 2 + ROTOR_AEAD_TAG_SIZE)) {
		status = ROTOR_ERR_LENGTH;
	}
	if (status == ROTOR_OK) {
		opened = open_record(t, &h, body, &type, &message);
	}
	out_open(&o, t, at, ROTOR_TRACE_SECURED, "record", body.len);
	out_summary(&o);
	out_str(&o, "session ");
	out_hex(&o, h.session, 8);
	out_str(&o, ", sequence ");
	out_dec(&o, h.sequence);
	out_str(&o, opened || status != ROTOR_OK ? "" : ", not opened");
	out_field_hex(&o, "session ID", h.session, 8);
	out_field_dec(&o, "sequence", h.sequence);
	out_field_dec(&o, "length", h.length);
	if (status != ROTOR_OK) {
		out_malformed(&o, status);
	} else if (opened) {
		t->counters.opened++;
	} else {
		t->counters.closed++;
		o.line.problem = true;
	}
	out_close(&o);
	if (opened) {
		show_inside(t, at, type, message);
		rotor_wipe(t->record, body.len);
	}
}
