/* SPDX-License-Identifier: Apache-2.0 */
/* For people: the SPDM messages of pre-shared keys, of chunks, and those that provision and inform. */
#include "trace/protocols.h"

static void field_view(struct out *o, const char *name, struct rotor_bytes view)
{
	if (view.len) {
		out_field_bytes(o, name, view);
	}
}

static void field_nonce(struct out *o, const uint8_t *nonce)
{
	if (nonce) {
		out_field_bytes(o, "nonce", (struct rotor_bytes){nonce, ROTOR_SPDM_NONCE_SIZE});
	}
}

/* ---- sessions from a pre-shared key ---- */

static void show_psk_exchange(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_psk_exchange *m = &any->u.psk_exchange;
	out_summary(o);
	out_str(o, m->hint.len ? "with a hint" : "without a hint");
	out_field_hex(o, "requester session ID", m->session_id, 4);
	out_field_hex(o, "policy", m->policy, 2);
	field_view(o, "hint", m->hint);
	field_view(o, "context", m->context);
	field_view(o, "opaque data", m->opaque);
}

static void show_psk_exchange_rsp(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_psk_exchange_rsp *m = &any->u.psk_exchange_rsp;
	out_summary(o);
	out_str(o, m->context.len ? "with context" : "without context");
	out_field_hex(o, "responder session ID", m->session_id, 4);
	out_field_dec(o, "heartbeat period", m->heartbeat_period);
	field_view(o, "measurement summary", m->summary_hash);
	field_view(o, "context", m->context);
	field_view(o, "opaque data", m->opaque);
	field_view(o, "verify data", m->verify_data);
}

static void show_psk_finish(struct out *o, const struct rotor_spdm_any *any)
{
	field_view(o, "opaque data", any->u.psk_finish.opaque);
	field_view(o, "verify data", any->u.psk_finish.verify_data);
}

/* ---- chunks ---- */

static void show_chunk(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_chunk *m = &any->u.chunk;
	out_summary(o);
	out_str(o, "chunk ");
	out_dec(o, m->sequence);
	out_str(o, ", ");
	out_dec(o, m->chunk.len);
	out_str(o, " bytes");
	if (!m->sequence) {
		out_str(o, " of ");
		out_dec(o, m->large_size);
	}
	out_str(o, m->attributes & ROTOR_SPDM_CHUNK_LAST ? ", the last" : "");
	out_field_dec(o, "handle", m->handle);
	field_view(o, "chunk", m->chunk);
}

static void show_chunk_send_ack(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_chunk_send_ack *m = &any->u.chunk_send_ack;
	out_summary(o);
	out_str(o, "chunk ");
	out_dec(o, m->sequence);
	out_str(o, m->attributes & ROTOR_SPDM_CHUNK_EARLY_ERROR ? ", given up" : "");
	out_field_dec(o, "handle", m->handle);
}

static void show_chunk_get(struct out *o, const struct rotor_spdm_any *any)
{
	out_summary(o);
	out_str(o, "chunk ");
	out_dec(o, any->u.chunk_get.sequence);
	out_field_dec(o, "handle", any->u.chunk_get.handle);
}

/* ---- certificates and keys ---- */

static const char *model_name(uint8_t model)
{
	static const char *const names[] = {"no certificate", "device certificate",
					    "alias certificate", "generic certificate"};
	return model < ROTOR_COUNT_OF(names) ? names[model] : "reserved";
}

static void show_get_csr(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_get_csr *m = &any->u.get_csr;
	if (m->version >= ROTOR_SPDM_V13) {
		out_summary(o);
		out_str(o, "key pair ");
		out_dec(o, m->key_pair);
		out_str(o, ", ");
		out_str(o, model_name(m->attributes & ROTOR_SPDM_CERT_MODEL_MASK));
		out_field_dec(o, "tracking tag",
			      m->attributes >> ROTOR_SPDM_CSR_TAG_SHIFT & ROTOR_SPDM_CSR_TAG_MASK);
		out_field_hex(o, "attributes", m->attributes, 2);
	}
	field_view(o, "requester info", m->requester_info);
	field_view(o, "opaque data", m->opaque);
}

static void show_csr(struct out *o, const struct rotor_spdm_any *any)
{
	out_summary(o);
	out_dec(o, any->u.csr.csr.len);
	out_str(o, " bytes");
	field_view(o, "CSR", any->u.csr.csr);
}

static void show_set_certificate(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_set_certificate *m = &any->u.set_certificate;
	out_summary(o);
	out_str(o, "slot ");
	out_dec(o, m->slot);
	if (m->erase) {
		out_str(o, ", erase");
	} else {
		out_str(o, ", ");
		out_dec(o, m->chain.len);
		out_str(o, " bytes");
	}
	if (m->version >= ROTOR_SPDM_V13) {
		out_field_str(o, "model", model_name(m->model));
		out_field_dec(o, "key pair", m->key_pair);
	}
	field_view(o, "chain", m->chain);
}

static void show_slot_param(struct out *o, const struct rotor_spdm_any *any)
{
	out_summary(o);
	out_str(o, "slot ");
	out_dec(o, any->header.param1 & 0x0F);
}

static void show_get_key_pair_info(struct out *o, const struct rotor_spdm_any *any)
{
	out_summary(o);
	out_str(o, "key pair ");
	out_dec(o, any->u.get_key_pair_info.key_pair);
}

static void show_key_pair_info(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_key_pair_info *m = &any->u.key_pair_info;
	out_summary(o);
	out_str(o, "key pair ");
	out_dec(o, m->key_pair);
	out_str(o, " of ");
	out_dec(o, m->total);
	out_field_hex(o, "capabilities", m->capabilities, 4);
	out_field_hex(o, "usage capabilities", m->usage_capabilities, 4);
	out_field_hex(o, "usage", m->usage, 4);
	out_field_hex(o, "algorithm capabilities", m->asym_capabilities, 8);
	out_field_hex(o, "algorithm", m->asym, 8);
	out_field_hex(o, "slots", m->slots, 2);
	field_view(o, "public key info", m->public_key_info);
	field_view(o, "post-quantum capabilities", m->pqc_capabilities);
	field_view(o, "post-quantum algorithm", m->pqc);
}

static void show_set_key_pair_info(struct out *o, const struct rotor_spdm_any *any)
{
	static const char *const names[] = {", change", ", erase", ", generate"};
	const struct rotor_spdm_set_key_pair_info *m = &any->u.set_key_pair_info;
	out_summary(o);
	out_str(o, "key pair ");
	out_dec(o, m->key_pair);
	out_str(o, m->operation < ROTOR_COUNT_OF(names) ? names[m->operation] : ", reserved");
	out_field_hex(o, "usage", m->usage, 4);
	out_field_hex(o, "algorithm", m->asym, 8);
	out_field_hex(o, "slots", m->slots, 2);
	field_view(o, "post-quantum algorithm", m->pqc);
}

/* ---- what an endpoint tells of itself ---- */

static void show_get_mel(struct out *o, const struct rotor_spdm_any *any)
{
	out_summary(o);
	out_dec(o, any->u.get_mel.length);
	out_str(o, " bytes from ");
	out_dec(o, any->u.get_mel.offset);
}

static void show_mel(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_mel *m = &any->u.mel;
	out_summary(o);
	out_dec(o, m->portion.len);
	out_str(o, " bytes, ");
	out_dec(o, m->remainder_len);
	out_str(o, " to come");
	field_view(o, "portion", m->portion);
}

static void show_get_endpoint_info(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_get_endpoint_info *m = &any->u.get_endpoint_info;
	out_summary(o);
	out_str(o, m->subcode == ROTOR_SPDM_EP_INFO_DEVICE_CLASS ? "device class" : "reserved");
	out_str(o, m->nonce ? ", signed" : "");
	out_field_dec(o, "slot", m->slot);
	field_nonce(o, m->nonce);
}

static void show_endpoint_info(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_endpoint_info *m = &any->u.endpoint_info;
	out_summary(o);
	out_dec(o, m->info.len);
	out_str(o, m->signature.len ? " bytes, signed" : " bytes");
	out_field_dec(o, "slot", m->slot);
	field_nonce(o, m->nonce);
	field_view(o, "information", m->info);
	field_view(o, "signature", m->signature);
}

static void show_event_types(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_event_types *m = &any->u.event_types;
	struct rotor_bytes groups = m->groups;
	struct rotor_spdm_event_group g;
	enum rotor_status status;
	out_summary(o);
	out_dec(o, m->group_count);
	out_str(o, m->group_count == 1 ? " group" : " groups");
	while ((status = rotor_spdm_event_group_next(&groups, &g)) == ROTOR_OK) {
		out_field(o, "group");
		out_str(o, "registry ");
		out_dec(o, g.registry);
		out_str(o, g.attributes & ROTOR_SPDM_EVENT_GROUP_ALL ? ", all types" : ", types");
		for (unsigned i = 0; i < g.type_count; i++) {
			out_str(o, " ");
			out_dec(o, rotor_spdm_event_group_type(&g, i));
		}
	}
	if (status != ROTOR_ERR_NOT_FOUND) {
		out_malformed(o, status);
	}
}

static void show_send_event(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_send_event *m = &any->u.send_event;
	struct rotor_bytes events = m->events;
	struct rotor_spdm_event_item e;
	out_summary(o);
	out_dec(o, m->count);
	out_str(o, m->count == 1 ? " event" : " events");
	while (rotor_spdm_event_next(&events, &e) == ROTOR_OK) {
		out_field(o, "event");
		out_dec(o, e.instance);
		out_str(o, ", registry ");
		out_dec(o, e.registry);
		out_str(o, ", type ");
		out_dec(o, e.type);
		out_str(o, ", ");
		out_bytes(o, e.detail);
	}
}

static const struct {
	uint8_t code;
	void (*show)(struct out *o, const struct rotor_spdm_any *any);
} shows[] = {
    {ROTOR_SPDM_PSK_EXCHANGE, show_psk_exchange},
    {ROTOR_SPDM_PSK_EXCHANGE_RSP, show_psk_exchange_rsp},
    {ROTOR_SPDM_PSK_FINISH, show_psk_finish},
    {ROTOR_SPDM_CHUNK_SEND, show_chunk},
    {ROTOR_SPDM_CHUNK_RESPONSE, show_chunk},
    {ROTOR_SPDM_CHUNK_SEND_ACK, show_chunk_send_ack},
    {ROTOR_SPDM_CHUNK_GET, show_chunk_get},
    {ROTOR_SPDM_GET_CSR, show_get_csr},
    {ROTOR_SPDM_CSR, show_csr},
    {ROTOR_SPDM_SET_CERTIFICATE, show_set_certificate},
    {ROTOR_SPDM_SET_CERTIFICATE_RSP, show_slot_param},
    {ROTOR_SPDM_GET_KEY_PAIR_INFO, show_get_key_pair_info},
    {ROTOR_SPDM_KEY_PAIR_INFO, show_key_pair_info},
    {ROTOR_SPDM_SET_KEY_PAIR_INFO, show_set_key_pair_info},
    {ROTOR_SPDM_GET_MEASUREMENT_EXTENSION_LOG, show_get_mel},
    {ROTOR_SPDM_MEASUREMENT_EXTENSION_LOG, show_mel},
    {ROTOR_SPDM_GET_ENDPOINT_INFO, show_get_endpoint_info},
    {ROTOR_SPDM_ENDPOINT_INFO, show_endpoint_info},
    {ROTOR_SPDM_SUPPORTED_EVENT_TYPES, show_event_types},
    {ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES, show_event_types},
    {ROTOR_SPDM_SEND_EVENT, show_send_event},
};

void trace_spdm_show_more(struct out *o, const struct rotor_spdm_any *m)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(shows); i++) {
		if (shows[i].code == m->header.code) {
			shows[i].show(o, m);
			return;
		}
	}
}
