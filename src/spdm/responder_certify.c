/* SPDX-License-Identifier: Apache-2.0 */
/* GET_CSR and SET_CERTIFICATE. */
#include <string.h>

#include "spdm/responder.h"

/* ---- GET_CSR ---- */

#define CSR_HEADER 8 /* of the message, before the request for a certificate */

/* Asks the device, or asks it again. */
static enum rotor_status make_csr(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
				  const struct rotor_spdm_csr_config *config,
				  const struct rotor_spdm_csr_request *request)
{
	uint8_t *out = rotor_spdm_responder_answer(r);
	size_t room = rotor_spdm_responder_room(r, c), len = 0;
	uint8_t tag = 0;
	enum rotor_status st = config->csr(config->ctx, &r->work.job, request, out + CSR_HEADER,
					   room - CSR_HEADER, &len, &tag);
	if (st == ROTOR_PENDING) {
		r->work.step = ROTOR_SPDM_STEP_FEATURE;
		return st;
	}
	if (st == ROTOR_ERR_STATE && config->reset)
		return rotor_spdm_responder_error_with(r, ROTOR_SPDM_ERROR_RESET_REQUIRED, tag);
	if (st == ROTOR_OK && (len > room - CSR_HEADER || len > UINT16_MAX))
		st = ROTOR_ERR_SPACE;
	if (st != ROTOR_OK)
		return rotor_spdm_responder_refuse(r, st);
	const struct rotor_spdm_csr m = {.version = c->version};
	struct rotor_writer w = rotor_writer(out, CSR_HEADER);
	rotor_spdm_encode_csr(&w, &m);
	rotor_write_patch_u16le(&w, 4, (uint16_t)len);
	r->work.at = (uint16_t)(CSR_HEADER + len);
	return ROTOR_OK;
}

static enum rotor_status on_get_csr(struct rotor_spdm_responder *r,
				    const struct rotor_spdm_request *q)
{
	struct rotor_spdm_get_csr m;
	bool fits = rotor_spdm_decode_get_csr(q->msg, q->len, &m) == ROTOR_OK;
	/* Of several keys, the one that is meant must be said. */
	if (!fits || (rotor_spdm_multi_key(&q->c->suite) && !m.key_pair))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	const struct rotor_spdm_csr_request request = {
	    .session = q->session ? &q->session->info : NULL,
	    .key_pair = m.key_pair,
	    .model = m.attributes & ROTOR_SPDM_CERT_MODEL_MASK,
	    .tag = m.attributes >> ROTOR_SPDM_CSR_TAG_SHIFT & ROTOR_SPDM_CSR_TAG_MASK,
	    .overwrite = m.attributes & ROTOR_SPDM_CSR_OVERWRITE,
	    .requester_info = m.requester_info,
	    .opaque = m.opaque,
	};
	return make_csr(r, q->c, q->config, &request);
}

static enum rotor_status csr_work(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
				  void *config)
{
	return make_csr(r, c, config, NULL);
}

static uint32_t csr_capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	const struct rotor_spdm_csr_config *csr = config;
	(void)r;
	return ROTOR_SPDM_CAP_CSR | (csr->reset ? ROTOR_SPDM_CAP_CERT_INSTALL_RESET : 0);
}

static const struct rotor_spdm_rule csr_rules[] = {
    {ROTOR_SPDM_GET_CSR, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, 0, ROTOR_SPDM_CAP_CSR,
     on_get_csr},
};
const struct rotor_spdm_feature rotor_spdm_get_csr_feature = {
    .rules = csr_rules,
    .rule_count = ROTOR_COUNT_OF(csr_rules),
    .capabilities = csr_capabilities,
    .work = csr_work,
};

/* ---- SET_CERTIFICATE ---- */

/* The session that the request came in; NULL also if it is gone meanwhile. */
static const struct rotor_spdm_session_info *info_by_id(const struct rotor_spdm_responder *r,
							uint32_t id)
{
#if ROTOR_SPDM_SESSIONS > 0
	for (size_t i = 0; id && i < r->config->session_count; i++) {
		if (r->sessions[i].info.session_id == id)
			return &r->sessions[i].info;
	}
#else
	(void)r;
	(void)id;
#endif
	return NULL;
}

/*
 * Whether the chain in the buffer is one: its form, its leaf, and its signatures from the root down, for which it takes
 * its own root's word: whom to believe is the verifiers' matter.
 */
static enum rotor_status check_chain(struct rotor_spdm_responder *r,
				     const struct rotor_spdm_connection *c,
				     const struct rotor_spdm_set_cert_config *config,
				     struct rotor_bytes *certs, struct rotor_cert *leaf)
{
	struct rotor_bytes list[ROTOR_CERT_CHAIN_DEPTH_MAX];
	const struct rotor_bytes chain = {config->buffer, config->len};
	size_t count;
	enum rotor_status st =
	    rotor_spdm_chain_parse(r->config->crypto, c->suite.hash, chain, list, &count, leaf);
	if (st == ROTOR_OK &&
	    rotor_spdm_leaf_check(leaf, ROTOR_SPDM_RESPONDER, c->suite.sig) != ROTOR_SPDM_LEAF_GOOD)
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK)
		return st;
	const uint8_t *end = list[count - 1].data + list[count - 1].len;
	*certs = (struct rotor_bytes){list[0].data, (size_t)(end - list[0].data)};
	if (config->checked)
		return ROTOR_OK;
	return r->config->crypto->chain_verify(&r->work.job, list, count, list, 1,
					       ROTOR_TIME_UNKNOWN);
}

static enum rotor_status set_work(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
				  void *ctx)
{
	struct rotor_spdm_set_cert_config *config = ctx;
	struct rotor_bytes certs = {NULL, 0};
	struct rotor_cert leaf;
	enum rotor_status st = config->erase ? ROTOR_OK : check_chain(r, c, config, &certs, &leaf);
	if (st == ROTOR_PENDING)
		return st;
	/* What does not verify is as malformed as what does not parse. */
	if (st != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	config->checked = true;
	const struct rotor_spdm_set_cert_request request = {
	    .session = info_by_id(r, config->session_id),
	    .slot = config->slot,
	    .model = config->model,
	    .key_pair = config->key_pair,
	    .erase = config->erase,
	    .certs = certs,
	    .leaf = config->erase ? NULL : &leaf,
	};
	st = config->set(config->ctx, &r->work.job, &request);
	if (st == ROTOR_PENDING)
		return st;
	if (st != ROTOR_OK)
		return rotor_spdm_responder_refuse(r, st);
	if (config->reset)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_RESET_REQUIRED);
	const struct rotor_spdm_header m = {c->version, ROTOR_SPDM_SET_CERTIFICATE_RSP,
					    config->slot, 0};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_header(&w, &m);
	return rotor_spdm_responder_built(r, &w);
}

static enum rotor_status on_set_certificate(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q)
{
	struct rotor_spdm_set_cert_config *config = q->config;
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_set_certificate m;
	if (rotor_spdm_decode_set_certificate(q->msg, q->len, &m) != ROTOR_OK ||
	    m.slot >= ROTOR_SPDM_SLOT_COUNT ||
	    (rotor_spdm_multi_key(&c->suite) && !m.erase && !m.key_pair) ||
	    (!m.erase && !m.chain.len))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	/* Slot 0 is the manufacturer's. */
	if (!config->in_clear && (!q->session || m.slot == 0))
		return rotor_spdm_responder_error(r, q->session
							 ? ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST
							 : ROTOR_SPDM_ERROR_SESSION_REQUIRED);
	if (m.chain.len > config->size)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_REQUEST_TOO_LARGE);
	if (m.chain.len)
		memcpy(config->buffer, m.chain.data, m.chain.len);
	config->len = m.chain.len;
	config->slot = m.slot;
	config->model = m.model;
	config->key_pair = m.key_pair;
	config->erase = m.erase;
	config->checked = false;
	config->session_id = rotor_spdm_responder_work_session(r);
	r->work.step = ROTOR_SPDM_STEP_FEATURE;
	return ROTOR_PENDING;
}

static enum rotor_status set_init(struct rotor_spdm_responder *r, void *ctx)
{
	const struct rotor_spdm_set_cert_config *config = ctx;
	(void)r;
	return config->set && config->buffer ? ROTOR_OK : ROTOR_ERR_ARGUMENT;
}

static uint32_t set_capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	const struct rotor_spdm_set_cert_config *set = config;
	(void)r;
	return ROTOR_SPDM_CAP_SET_CERT | (set->reset ? ROTOR_SPDM_CAP_CERT_INSTALL_RESET : 0);
}

static const struct rotor_spdm_rule set_rules[] = {
    {ROTOR_SPDM_SET_CERTIFICATE, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, RULE_EXACT,
     ROTOR_SPDM_CAP_SET_CERT, on_set_certificate},
};
const struct rotor_spdm_feature rotor_spdm_set_certificate_feature = {
    .rules = set_rules,
    .rule_count = ROTOR_COUNT_OF(set_rules),
    .init = set_init,
    .capabilities = set_capabilities,
    .work = set_work,
};
