/* SPDX-License-Identifier: Apache-2.0 */
/* SPDM messages for people: summary and fields. */
#include "trace/protocols.h"

static struct rotor_bytes fixed(const uint8_t *bytes, size_t n)
{
	struct rotor_bytes view = {bytes, bytes ? n : 0};
	return view;
}

static void field_nonce(struct out *o, const char *name, const uint8_t *nonce)
{
	if (nonce) {
		out_field_bytes(o, name, fixed(nonce, ROTOR_SPDM_NONCE_SIZE));
	}
}

static void field_context(struct out *o, const uint8_t *context)
{
	if (context) {
		out_field_bytes(o, "requester context", fixed(context, ROTOR_SPDM_CONTEXT_SIZE));
	}
}

static void field_view(struct out *o, const char *name, struct rotor_bytes view)
{
	if (view.len) {
		out_field_bytes(o, name, view);
	}
}

static void put_slot(struct out *o, uint8_t slot)
{
	if (slot == ROTOR_SPDM_SLOT_PROVISIONED || slot == ROTOR_SPDM_SLOT_PROVISIONED_NIBBLE) {
		out_str(o, "provisioned key");
	} else {
		out_str(o, "slot ");
		out_dec(o, slot);
	}
}

static const char *summary_kind(uint8_t kind)
{
	switch (kind) {
	case ROTOR_SPDM_SUMMARY_NONE:
		return "none";
	case ROTOR_SPDM_SUMMARY_TCB:
		return "TCB";
	case ROTOR_SPDM_SUMMARY_ALL:
		return "all";
	default:
		return "reserved";
	}
}

/* "1.2", from a version number entry. */
static void put_entry(struct out *o, uint16_t entry)
{
	out_dec(o, entry >> 12);
	out_str(o, ".");
	out_dec(o, entry >> 8 & 0x0F);
	if (entry >> 4 & 0x0F) {
		out_str(o, ".");
		out_dec(o, entry >> 4 & 0x0F);
	}
}

/* The names of all bits, separated by commas. */
static void put_bits(struct out *o, enum rotor_spdm_family family, uint32_t bits)
{
	bool first = true;
	for (unsigned i = 0; i < 32; i++) {
		if (bits >> i & 1) {
			out_str(o, first ? "" : ", ");
			out_str(o, rotor_spdm_algorithm_name(family, UINT32_C(1) << i));
			first = false;
		}
	}
	out_str(o, first ? "none" : "");
}

static void field_bits(struct out *o, const char *name, enum rotor_spdm_family family,
		       uint32_t bits)
{
	out_field(o, name);
	put_bits(o, family, bits);
}

/* ---- opening a connection ---- */

static void show_version(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_version *m = &any->u.version;
	out_summary(o);
	for (unsigned i = 0; i < m->count; i++) {
		out_str(o, i ? ", " : "");
		put_entry(o, rotor_spdm_version_entry(m, i));
	}
	for (unsigned i = 0; i < m->count; i++) {
		out_field(o, "version");
		put_entry(o, rotor_spdm_version_entry(m, i));
	}
}

static void show_capabilities(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_capabilities *m = &any->u.capabilities;
	out_summary(o);
	out_str(o, rotor_spdm_version_name(m->version));
	if (m->data_transfer_size) {
		out_str(o, ", ");
		out_dec(o, m->data_transfer_size);
		out_str(o, " bytes a transfer");
	}
	out_field_hex(o, "flags", m->flags, 8);
	for (unsigned i = 0; i < 32; i++) {
		if (m->flags >> i & 1) {
			const char *name = rotor_spdm_capability_name(UINT32_C(1) << i);
			out_field_str(o, "capability", name ? name : "reserved");
		}
	}
	out_field_dec(o, "CT exponent", m->ct_exponent);
	if (m->version >= ROTOR_SPDM_V12) {
		out_field_dec(o, "data transfer size", m->data_transfer_size);
		out_field_dec(o, "largest message", m->max_message_size);
	}
	field_view(o, "supported algorithms", m->algorithms);
}

static const struct {
	uint8_t type;
	enum rotor_spdm_family family;
	const char *name;
} table_names[] = {
    {ROTOR_SPDM_ALG_DHE, ROTOR_SPDM_FAMILY_DHE, "key exchange"},
    {ROTOR_SPDM_ALG_AEAD, ROTOR_SPDM_FAMILY_AEAD, "AEAD"},
    {ROTOR_SPDM_ALG_REQ_ASYM, ROTOR_SPDM_FAMILY_ASYM, "requester signature"},
    {ROTOR_SPDM_ALG_KEY_SCHEDULE, ROTOR_SPDM_FAMILY_KEY_SCHEDULE, "key schedule"},
};

static void show_negotiation(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_negotiation *m = &any->u.negotiation;
	out_summary(o);
	put_bits(o, ROTOR_SPDM_FAMILY_ASYM, m->base_asym);
	out_str(o, "; ");
	put_bits(o, ROTOR_SPDM_FAMILY_HASH, m->base_hash);
	for (uint8_t i = 0; i < m->table_count; i++) {
		for (size_t n = 0; n < 2; n++) { /* key exchange and AEAD */
			if (m->tables[i].type == table_names[n].type && m->tables[i].algorithms) {
				out_str(o, "; ");
				put_bits(o, table_names[n].family, m->tables[i].algorithms);
			}
		}
	}
	field_bits(o, "signature", ROTOR_SPDM_FAMILY_ASYM, m->base_asym);
	field_bits(o, "hash", ROTOR_SPDM_FAMILY_HASH, m->base_hash);
	for (uint8_t i = 0; i < m->table_count; i++) {
		for (size_t n = 0; n < ROTOR_COUNT_OF(table_names); n++) {
			if (m->tables[i].type == table_names[n].type) {
				field_bits(o, table_names[n].name, table_names[n].family,
					   m->tables[i].algorithms);
			}
		}
	}
	field_bits(o, "measurement specification", ROTOR_SPDM_FAMILY_MEAS_SPEC,
		   m->measurement_spec);
	if (m->code == ROTOR_SPDM_ALGORITHMS) {
		field_bits(o, "measurement hash", ROTOR_SPDM_FAMILY_MEAS_HASH, m->measurement_hash);
	}
	field_bits(o, "other parameters", ROTOR_SPDM_FAMILY_OTHER_PARAMS, m->other_params);
	field_view(o, "extended signatures", m->ext_asym);
	field_view(o, "extended hashes", m->ext_hash);
}

/* ---- attestation ---- */

static void show_digests(struct out *o, const struct rotor_spdm_any *any)
{
	static const char *const names[ROTOR_SPDM_SLOT_COUNT] = {
	    "slot 0", "slot 1", "slot 2", "slot 3", "slot 4", "slot 5", "slot 6", "slot 7"};
	const struct rotor_spdm_digests *m = &any->u.digests;
	out_summary(o);
	out_str(o, m->provisioned_slots ? "slots" : "no slot");
	for (uint8_t slot = 0; slot < ROTOR_SPDM_SLOT_COUNT; slot++) {
		if (m->provisioned_slots >> slot & 1) {
			out_str(o, " ");
			out_dec(o, slot);
		}
	}
	for (uint8_t slot = 0; slot < ROTOR_SPDM_SLOT_COUNT; slot++) {
		field_view(o, names[slot], rotor_spdm_digest_of_slot(m, slot));
	}
	if (m->version >= ROTOR_SPDM_V13) {
		out_field_hex(o, "supported slots", m->supported_slots, 2);
	}
	field_view(o, "key pair IDs", m->key_pair_ids);
	field_view(o, "certificate infos", m->cert_infos);
	field_view(o, "key usages", m->key_usages);
}

static void show_get_certificate(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_get_certificate *m = &any->u.get_certificate;
	out_summary(o);
	put_slot(o, m->slot);
	out_str(o, ", ");
	out_dec(o, m->length);
	out_str(o, " bytes from ");
	out_dec(o, m->offset);
	out_field_dec(o, "slot", m->slot);
	out_field_dec(o, "offset", m->offset);
	out_field_dec(o, "length", m->length);
}

static void show_certificate(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_certificate *m = &any->u.certificate;
	out_summary(o);
	put_slot(o, m->slot);
	out_str(o, ", ");
	out_dec(o, m->portion.len);
	out_str(o, " bytes, ");
	out_dec(o, m->remainder_len);
	out_str(o, " to come");
	out_field_dec(o, "slot", m->slot);
	out_field_dec(o, "remainder", m->remainder_len);
	out_field_bytes(o, "portion", m->portion);
}

static void show_challenge(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_challenge *m = &any->u.challenge;
	out_summary(o);
	put_slot(o, m->slot);
	out_str(o, ", measurement summary: ");
	out_str(o, summary_kind(m->summary));
	field_nonce(o, "nonce", m->nonce);
	field_context(o, m->context);
}

static void show_challenge_auth(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_challenge_auth *m = &any->u.challenge_auth;
	out_summary(o);
	put_slot(o, m->attributes & 0x0F);
	out_str(o, m->summary_hash.len ? ", signed, with measurement summary" : ", signed");
	out_field_hex(o, "slot mask", m->slot_mask, 2);
	out_field_bytes(o, "certificate chain hash", m->cert_chain_hash);
	field_nonce(o, "nonce", m->nonce);
	field_view(o, "measurement summary", m->summary_hash);
	field_view(o, "opaque data", m->opaque);
	field_context(o, m->context);
	field_view(o, "signature", m->signature);
}

static void show_get_measurements(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_get_measurements *m = &any->u.get_measurements;
	out_summary(o);
	if (m->operation == ROTOR_SPDM_MEAS_OP_COUNT) {
		out_str(o, "how many");
	} else if (m->operation == ROTOR_SPDM_MEAS_OP_ALL) {
		out_str(o, "all");
	} else {
		out_str(o, "index ");
		out_dec(o, m->operation);
	}
	out_str(o, m->attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE ? ", signed" : "");
	out_str(o, m->attributes & ROTOR_SPDM_MEAS_ATTR_RAW ? ", raw" : "");
	out_field_hex(o, "attributes", m->attributes, 2);
	out_field_hex(o, "operation", m->operation, 2);
	if (m->nonce) {
		field_nonce(o, "nonce", m->nonce);
		out_field_dec(o, "slot", m->slot);
	}
	field_context(o, m->context);
}

static void field_block(struct out *o, const struct rotor_spdm_block *b)
{
	out_field(o, "block");
	out_dec(o, b->index);
	out_str(o, ", ");
	if (b->dmtf) {
		out_str(o, rotor_spdm_measurement_type_name(b->type));
		out_str(o, b->raw ? ", raw, " : ", digest, ");
		out_bytes(o, b->value);
	} else {
		out_str(o, "specification ");
		out_hex(o, b->spec, 2);
		out_str(o, ", ");
		out_bytes(o, b->measurement);
	}
}

static void show_measurements(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_measurements *m = &any->u.measurements;
	struct rotor_bytes record = m->record;
	struct rotor_spdm_block b;
	enum rotor_status status;
	out_summary(o);
	if (m->block_count || m->record.len) {
		out_dec(o, m->block_count);
		out_str(o, m->block_count == 1 ? " block" : " blocks");
	} else {
		out_dec(o, m->total);
		out_str(o, " indices");
	}
	out_str(o, m->signature.len ? ", signed" : "");
	while ((status = rotor_spdm_next_block(&record, &b)) == ROTOR_OK) {
		field_block(o, &b);
	}
	if (status != ROTOR_ERR_NOT_FOUND) {
		out_malformed(o, status);
	}
	field_nonce(o, "nonce", m->nonce);
	field_view(o, "opaque data", m->opaque);
	field_context(o, m->context);
	field_view(o, "signature", m->signature);
}

/* ---- sessions ---- */

static void field_opaque_versions(struct out *o, uint8_t version, struct rotor_bytes opaque)
{
	uint16_t list[8];
	size_t count = ROTOR_COUNT_OF(list);
	if (rotor_spdm_decode_secured_versions(version, opaque, list, &count) == ROTOR_OK) {
		out_field(o, "secured-message versions");
		for (size_t i = 0; i < count; i++) {
			out_str(o, i ? ", " : "");
			put_entry(o, list[i]);
		}
	} else if (rotor_spdm_decode_secured_selected(version, opaque, list) == ROTOR_OK) {
		out_field(o, "secured-message version");
		put_entry(o, list[0]);
	} else {
		field_view(o, "opaque data", opaque);
	}
}

static void show_key_exchange(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_key_exchange *m = &any->u.key_exchange;
	out_summary(o);
	put_slot(o, m->slot);
	out_str(o, ", measurement summary: ");
	out_str(o, summary_kind(m->summary));
	out_field_hex(o, "requester session ID", m->session_id, 4);
	out_field_hex(o, "policy", m->policy, 2);
	field_nonce(o, "random", m->random);
	out_field_bytes(o, "exchange data", m->exchange);
	field_opaque_versions(o, m->version, m->opaque);
}

static const char *mut_auth_name(uint8_t mut_auth)
{
	switch (mut_auth) {
	case 0:
		return "none";
	case ROTOR_SPDM_MUT_AUTH_PLAIN:
		return "requested";
	case ROTOR_SPDM_MUT_AUTH_ENCAP:
		return "requested, by encapsulated requests";
	case ROTOR_SPDM_MUT_AUTH_DIGESTS:
		return "requested, digests first";
	default:
		return "reserved";
	}
}

static void show_key_exchange_rsp(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_key_exchange_rsp *m = &any->u.key_exchange_rsp;
	out_summary(o);
	out_str(o, "signed, mutual authentication: ");
	out_str(o, mut_auth_name(m->mut_auth));
	out_field_hex(o, "responder session ID", m->session_id, 4);
	out_field_dec(o, "heartbeat period", m->heartbeat_period);
	out_field_str(o, "mutual authentication", mut_auth_name(m->mut_auth));
	out_field_dec(o, "requester slot", m->req_slot);
	field_nonce(o, "random", m->random);
	out_field_bytes(o, "exchange data", m->exchange);
	field_view(o, "measurement summary", m->summary_hash);
	field_opaque_versions(o, m->version, m->opaque);
	field_view(o, "signature", m->signature);
	field_view(o, "verify data", m->verify_data);
}

static void show_finish(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_finish *m = &any->u.finish;
	out_summary(o);
	if (m->has_signature) {
		out_str(o, "signed by the requester, ");
		put_slot(o, m->req_slot);
		out_field_dec(o, "requester slot", m->req_slot);
		out_field_bytes(o, "signature", m->signature);
	} else {
		out_str(o, "requester not authenticated");
	}
	out_field_bytes(o, "verify data", m->verify_data);
}

static void show_finish_rsp(struct out *o, const struct rotor_spdm_any *any)
{
	field_view(o, "verify data", any->u.finish_rsp.verify_data);
}

static void show_key_update(struct out *o, const struct rotor_spdm_any *any)
{
	static const char *const names[] = {"reserved", "requester's key", "both keys",
					    "verify the new key"};
	uint8_t operation = any->header.param1;
	out_summary(o);
	out_str(o, operation < ROTOR_COUNT_OF(names) ? names[operation] : "reserved");
	out_field_dec(o, "operation", operation);
	out_field_dec(o, "tag", any->header.param2);
}

static void show_end_session(struct out *o, const struct rotor_spdm_any *any)
{
	if (any->header.param1 & ROTOR_SPDM_END_SESSION_CLEAR_STATE) {
		out_summary(o);
		out_str(o, "forget the negotiated state");
	}
}

static void show_encapsulated(struct out *o, const struct rotor_spdm_any *any)
{
	out_field_dec(o, "request ID", any->u.encapsulated.request_id);
}

static void show_encapsulated_ack(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_encapsulated_ack *m = &any->u.encapsulated_ack;
	out_summary(o);
	if (m->payload_type == ROTOR_SPDM_ENCAP_PRESENT) {
		out_str(o, "another request follows");
	} else {
		out_str(o, "done");
	}
	if (m->payload_type == ROTOR_SPDM_ENCAP_REQ_SLOT) {
		out_str(o, ", use requester's ");
		put_slot(o, m->inner.data[0]);
	}
	out_field_dec(o, "request ID", m->request_id);
	out_field_dec(o, "acknowledged request ID", m->ack_request_id);
}

/* ---- others ---- */

static void show_respond_if_ready(struct out *o, const struct rotor_spdm_any *any)
{
	out_summary(o);
	out_str(o, rotor_spdm_code_name(any->header.param1));
	out_field_dec(o, "token", any->header.param2);
}

static void show_vendor_defined(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_vendor_defined *m = &any->u.vendor_defined;
	out_summary(o);
	out_str(o, "registry ");
	out_dec(o, m->standard_id);
	out_str(o, ", ");
	out_dec(o, m->payload.len);
	out_str(o, " bytes");
	field_view(o, "vendor ID", m->vendor_id);
	field_view(o, "payload", m->payload);
}

static void show_error(struct out *o, const struct rotor_spdm_any *any)
{
	const struct rotor_spdm_error_message *m = &any->u.error;
	out_summary(o);
	out_str(o, rotor_spdm_error_name(m->error));
	if (m->error == ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST) {
		out_str(o, ": ");
		out_str(o, rotor_spdm_code_name(m->data));
	}
	out_field_hex(o, "error code", m->error, 2);
	out_field_hex(o, "error data", m->data, 2);
	if (m->error == ROTOR_SPDM_ERROR_RESPONSE_NOT_READY) {
		out_field_str(o, "request", rotor_spdm_code_name(m->request_code));
		out_field_dec(o, "RDT exponent", m->rd_exponent);
		out_field_dec(o, "RDTM", m->rdtm);
		out_field_dec(o, "token", m->token);
	} else if (m->error == ROTOR_SPDM_ERROR_LARGE_RESPONSE) {
		out_field_dec(o, "handle", m->handle);
	}
	field_view(o, "extended data", m->extended);
}

static const struct {
	uint8_t code;
	void (*show)(struct out *o, const struct rotor_spdm_any *any);
} shows[] = {
    {ROTOR_SPDM_VERSION, show_version},
    {ROTOR_SPDM_GET_CAPABILITIES, show_capabilities},
    {ROTOR_SPDM_CAPABILITIES, show_capabilities},
    {ROTOR_SPDM_NEGOTIATE_ALGORITHMS, show_negotiation},
    {ROTOR_SPDM_ALGORITHMS, show_negotiation},
    {ROTOR_SPDM_DIGESTS, show_digests},
    {ROTOR_SPDM_GET_CERTIFICATE, show_get_certificate},
    {ROTOR_SPDM_CERTIFICATE, show_certificate},
    {ROTOR_SPDM_CHALLENGE, show_challenge},
    {ROTOR_SPDM_CHALLENGE_AUTH, show_challenge_auth},
    {ROTOR_SPDM_GET_MEASUREMENTS, show_get_measurements},
    {ROTOR_SPDM_MEASUREMENTS, show_measurements},
    {ROTOR_SPDM_KEY_EXCHANGE, show_key_exchange},
    {ROTOR_SPDM_KEY_EXCHANGE_RSP, show_key_exchange_rsp},
    {ROTOR_SPDM_FINISH, show_finish},
    {ROTOR_SPDM_FINISH_RSP, show_finish_rsp},
    {ROTOR_SPDM_KEY_UPDATE, show_key_update},
    {ROTOR_SPDM_KEY_UPDATE_ACK, show_key_update},
    {ROTOR_SPDM_END_SESSION, show_end_session},
    {ROTOR_SPDM_ENCAPSULATED_REQUEST, show_encapsulated},
    {ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE, show_encapsulated},
    {ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK, show_encapsulated_ack},
    {ROTOR_SPDM_RESPOND_IF_READY, show_respond_if_ready},
    {ROTOR_SPDM_VENDOR_DEFINED_REQUEST, show_vendor_defined},
    {ROTOR_SPDM_VENDOR_DEFINED_RESPONSE, show_vendor_defined},
    {ROTOR_SPDM_ERROR, show_error},
};

void trace_spdm_show(struct out *o, const struct rotor_spdm_any *m)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(shows); i++) {
		if (shows[i].code == m->header.code) {
			shows[i].show(o, m);
			break;
		}
	}
	trace_spdm_show_more(o, m);
	out_field_str(o, "SPDM version", rotor_spdm_version_name(m->header.version));
}
