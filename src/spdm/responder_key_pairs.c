/* SPDX-License-Identifier: Apache-2.0 */
/* GET_KEY_PAIR_INFO, SET_KEY_PAIR_INFO. */
#include "spdm/responder.h"

static bool one_bit_or_none(uint32_t bits)
{
	return !(bits & (bits - 1));
}

static enum rotor_status get(const struct rotor_spdm_key_pairs *config, uint8_t version, uint8_t id,
			     struct rotor_spdm_key_pair_info *out)
{
	*out = (struct rotor_spdm_key_pair_info){0};
	enum rotor_status st = ROTOR_ERR_NOT_FOUND;
	if (id && id <= config->count)
		st = config->get(config->ctx, id, out);
	out->version = version;
	out->total = config->count;
	out->key_pair = id;
	return st;
}

static enum rotor_status on_get(struct rotor_spdm_responder *r, const struct rotor_spdm_request *q)
{
	struct rotor_spdm_get_key_pair_info m;
	struct rotor_spdm_key_pair_info out;
	if (rotor_spdm_decode_get_key_pair_info(q->msg, q->len, &m) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	enum rotor_status st = get(q->config, q->c->version, m.key_pair, &out);
	if (st != ROTOR_OK)
		return rotor_spdm_responder_refuse(r, st);
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_key_pair_info(&w, &out);
	return rotor_spdm_responder_built(r, &w);
}

/* Whether what is asked is within what the key pair can do; 0, or the error. */
static uint8_t check(const struct rotor_spdm_key_pair_info *is,
		     const struct rotor_spdm_set_key_pair_info *m)
{
	uint16_t can = is->capabilities;
	bool fits = m->operation <= ROTOR_SPDM_KEY_PAIR_OP_GENERATE;
	if (m->operation == ROTOR_SPDM_KEY_PAIR_OP_ERASE)
		fits = can & ROTOR_SPDM_KEY_PAIR_ERASABLE;
	if (m->operation == ROTOR_SPDM_KEY_PAIR_OP_GENERATE)
		fits = can & ROTOR_SPDM_KEY_PAIR_GENERATE;
	if (m->usage &&
	    (!(can & ROTOR_SPDM_KEY_PAIR_KEY_USAGE) || (m->usage & ~is->usage_capabilities)))
		fits = false;
	if (m->asym && (!(can & ROTOR_SPDM_KEY_PAIR_ASYM_ALGO) || !one_bit_or_none(m->asym) ||
			(m->asym & ~is->asym_capabilities)))
		fits = false;
	if (m->slots && m->slots != is->slots && !(can & ROTOR_SPDM_KEY_PAIR_CERT_ASSOC))
		fits = false;
	if (!one_bit_or_none(m->slots) && !(can & ROTOR_SPDM_KEY_PAIR_SHAREABLE))
		fits = false;
	if (!fits)
		return ROTOR_SPDM_ERROR_INVALID_REQUEST;
	/* A key that certificates are for stays as it is; one that is to be made must be of some kind. */
	if (m->operation != ROTOR_SPDM_KEY_PAIR_OP_CHANGE && is->slots)
		return ROTOR_SPDM_ERROR_OPERATION_FAILED;
	if (m->operation == ROTOR_SPDM_KEY_PAIR_OP_GENERATE && !m->asym && !is->asym)
		return ROTOR_SPDM_ERROR_OPERATION_FAILED;
	return 0;
}

static enum rotor_status on_set(struct rotor_spdm_responder *r, const struct rotor_spdm_request *q)
{
	const struct rotor_spdm_key_pairs *config = q->config;
	struct rotor_spdm_set_key_pair_info m;
	struct rotor_spdm_key_pair_info is;
	if (rotor_spdm_decode_set_key_pair_info(q->msg, q->len, &m) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	enum rotor_status st = get(config, q->c->version, m.key_pair, &is);
	uint8_t error = st == ROTOR_OK ? check(&is, &m) : 0;
	if (error)
		return rotor_spdm_responder_error(r, error);
	if (st == ROTOR_OK)
		st = config->set(config->ctx, q->session ? &q->session->info : NULL, &m);
	if (st != ROTOR_OK)
		return rotor_spdm_responder_refuse(r, st);
	return rotor_spdm_responder_header(r, q, ROTOR_SPDM_SET_KEY_PAIR_INFO_ACK, 0, 0);
}

static uint32_t capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	const struct rotor_spdm_key_pairs *pairs = config;
	(void)r;
	return ROTOR_SPDM_CAP_GET_KEY_PAIR_INFO |
	       (pairs->set ? ROTOR_SPDM_CAP_SET_KEY_PAIR_INFO : 0);
}

static const struct rotor_spdm_rule rules[] = {
    {ROTOR_SPDM_GET_KEY_PAIR_INFO, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, 0,
     ROTOR_SPDM_CAP_GET_KEY_PAIR_INFO, on_get},
    {ROTOR_SPDM_SET_KEY_PAIR_INFO, IN_NEGOTIATED, AT_CLEAR | AT_ESTABLISHED, RULE_EXACT,
     ROTOR_SPDM_CAP_SET_KEY_PAIR_INFO, on_set},
};
const struct rotor_spdm_feature rotor_spdm_key_pairs_feature = {
    .rules = rules,
    .rule_count = ROTOR_COUNT_OF(rules),
    .capabilities = capabilities,
};
