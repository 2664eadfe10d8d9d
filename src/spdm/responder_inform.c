/* SPDX-License-Identifier: Apache-2.0 */
/* GET_MEASUREMENT_EXTENSION_LOG, GET_ENDPOINT_INFO, VENDOR_DEFINED. */
#include <string.h>

#include "spdm/responder.h"

/* ---- GET_MEASUREMENT_EXTENSION_LOG ---- */

#define MEL_HEADER 12 /* of the message, before the portion */

static enum rotor_status on_get_mel(struct rotor_spdm_responder *r,
				    const struct rotor_spdm_request *q)
{
	const struct rotor_spdm_mel_config *config = q->config;
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_get_mel m;
	struct rotor_bytes log = {NULL, 0};
	if (rotor_spdm_decode_get_mel(q->msg, q->len, &m) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	enum rotor_status st = config->log(config->ctx, &log);
	if (st != ROTOR_OK)
		return rotor_spdm_responder_refuse(r, st);
	if (m.offset >= log.len)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	size_t len = log.len - m.offset;
	if (len > m.length)
		len = m.length;
	size_t most = rotor_spdm_responder_transfer(r, c) - MEL_HEADER;
	if (len > most)
		len = most;
	const struct rotor_spdm_mel out = {
	    .version = c->version,
	    .remainder_len = (uint32_t)(log.len - m.offset - len),
	    .portion = {log.data + m.offset, len},
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_mel(&w, &out);
	return rotor_spdm_responder_built(r, &w);
}

static uint32_t mel_capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	(void)r;
	(void)config;
	return ROTOR_SPDM_CAP_MEL;
}

static const struct rotor_spdm_rule mel_rules[] = {
    {ROTOR_SPDM_GET_MEASUREMENT_EXTENSION_LOG, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, 0,
     ROTOR_SPDM_CAP_MEL, on_get_mel},
};
const struct rotor_spdm_feature rotor_spdm_mel_feature = {
    .rules = mel_rules,
    .rule_count = ROTOR_COUNT_OF(mel_rules),
    .capabilities = mel_capabilities,
};

/* ---- GET_ENDPOINT_INFO ---- */

static enum rotor_status sign_info(struct rotor_spdm_responder *r,
				   const struct rotor_spdm_request *q, uint8_t slot)
{
	/* IL1/IL2: VCA, this request, this answer. */
	struct rotor_spdm_running_hash running = {0};
	if (rotor_spdm_responder_record(r, q, &running, ROTOR_SPDM_RUNNING_L) == ROTOR_OK)
		return rotor_spdm_responder_begin_sign(r, q, &running, slot,
						       ROTOR_SPDM_SIGNED_ENDPOINT_INFO);
	return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
}

static enum rotor_status on_get_endpoint_info(struct rotor_spdm_responder *r,
					      const struct rotor_spdm_request *q)
{
	const struct rotor_spdm_endpoint_config *config = q->config;
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_get_endpoint_info m;
	uint8_t nonce[ROTOR_SPDM_NONCE_SIZE];
	if (rotor_spdm_decode_get_endpoint_info(q->msg, q->len, &m) != ROTOR_OK ||
	    m.subcode != ROTOR_SPDM_EP_INFO_DEVICE_CLASS)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	uint8_t slot = rotor_spdm_slot_of_nibble(m.slot);
	if (m.nonce && !config->can_sign)
		return rotor_spdm_responder_error_with(r, ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST,
						       q->header.code);
	if (m.nonce && !rotor_spdm_responder_slot_for(r, c, slot, ROTOR_SPDM_KEY_USE_EP_INFO))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	if (r->config->crypto->random(nonce, sizeof(nonce)) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	const struct rotor_spdm_endpoint_info out = {
	    .version = c->version,
	    .slot = m.nonce ? m.slot : 0,
	    .nonce = m.nonce ? nonce : NULL,
	    .info = config->device_class,
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_endpoint_info(&w, &out);
	size_t at = w.len;
	if (m.nonce)
		rotor_write_zeros(&w, rotor_sig_size(c->suite.sig));
	enum rotor_status st = rotor_spdm_responder_built(r, &w);
	if (w.failed || !m.nonce)
		return st;
	r->work.at = (uint16_t)at;
	r->answer.exact = true;
	return sign_info(r, q, slot);
}

static uint32_t endpoint_capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	const struct rotor_spdm_endpoint_config *endpoint = config;
	(void)r;
	return endpoint->can_sign ? ROTOR_SPDM_CAP_EP_INFO_SIG : ROTOR_SPDM_CAP_EP_INFO_NO_SIG;
}

static const struct rotor_spdm_rule endpoint_rules[] = {
    {ROTOR_SPDM_GET_ENDPOINT_INFO, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, 0,
     ROTOR_SPDM_CAP_EP_INFO, on_get_endpoint_info},
};
const struct rotor_spdm_feature rotor_spdm_endpoint_info_feature = {
    .rules = endpoint_rules,
    .rule_count = ROTOR_COUNT_OF(endpoint_rules),
    .capabilities = endpoint_capabilities,
};

/* ---- VENDOR_DEFINED ---- */

static enum rotor_status on_vendor_defined(struct rotor_spdm_responder *r,
					   const struct rotor_spdm_request *q)
{
	const struct rotor_spdm_vendor_config *config = q->config;
	struct rotor_spdm_vendor_defined m;
	if (rotor_spdm_decode_vendor_defined(q->msg, q->len, &m) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	struct rotor_spdm_vendor_defined out = m;
	out.code = ROTOR_SPDM_VENDOR_DEFINED_RESPONSE;
	out.payload = (struct rotor_bytes){NULL, 0};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_vendor_defined(&w, &out);
	/* The payload is made in place, behind its length, which is put right. */
	size_t at = w.len, len = 0;
	if (w.failed)
		return rotor_spdm_responder_built(r, &w);
	enum rotor_status st = config->handle(config->ctx, q->session ? &q->session->info : NULL,
					      &m, w.base + at, w.cap - at, &len);
	if (st == ROTOR_OK && (len > w.cap - at || (!m.large && len > UINT16_MAX)))
		st = ROTOR_ERR_SPACE;
	if (st != ROTOR_OK)
		return rotor_spdm_responder_refuse(r, st);
	if (m.large)
		rotor_write_patch_u32le(&w, at - 4, (uint32_t)len);
	else
		rotor_write_patch_u16le(&w, at - 2, (uint16_t)len);
	(void)rotor_write_reserve(&w, len);
	return rotor_spdm_responder_built(r, &w);
}

static const struct rotor_spdm_rule vendor_rules[] = {
    {ROTOR_SPDM_VENDOR_DEFINED_REQUEST, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, 0, 0,
     on_vendor_defined},
};
const struct rotor_spdm_feature rotor_spdm_vendor_feature = {
    .rules = vendor_rules,
    .rule_count = ROTOR_COUNT_OF(vendor_rules),
};
