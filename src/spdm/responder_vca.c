/* SPDX-License-Identifier: Apache-2.0 */
/* GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS. */
#include <string.h>

#include "spdm/responder.h"

uint32_t rotor_spdm_responder_capabilities(const struct rotor_spdm_responder *r, uint8_t version)
{
	const struct rotor_spdm_responder_config *config = r->config;
	uint32_t flags = ROTOR_SPDM_CAP_CHAL | ROTOR_SPDM_CAP_MEAS_SIG;
	if (config->slot_count)
		flags |= ROTOR_SPDM_CAP_CERT;
	if (ROTOR_SPDM_PUBLIC_KEYS && config->provisioned)
		flags |= ROTOR_SPDM_CAP_PUB_KEY_ID;
	if (config->alias_certificates)
		flags |= ROTOR_SPDM_CAP_ALIAS_CERT;
	if (ROTOR_SPDM_MULTI_KEY && config->keys == ROTOR_SPDM_KEYS_IF_ASKED)
		flags |= ROTOR_SPDM_CAP_MULTI_KEY_NEG;
	if (ROTOR_SPDM_MULTI_KEY && config->keys == ROTOR_SPDM_KEYS_ALWAYS)
		flags |= ROTOR_SPDM_CAP_MULTI_KEY_ONLY;
#if ROTOR_SPDM_SESSIONS > 0
	if (config->session_count && config->crypto->aeads) {
		flags |= ROTOR_SPDM_CAP_MAC;
		if (!ROTOR_SPDM_PLAIN_RECORDS || !config->mac_only)
			flags |= ROTOR_SPDM_CAP_ENCRYPT;
		if (config->crypto->kexes)
			flags |= ROTOR_SPDM_CAP_KEY_EX;
		if (ROTOR_SPDM_CLEAR_HANDSHAKE && config->clear_handshake)
			flags |= ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
		if (config->heartbeat_s)
			flags |= ROTOR_SPDM_CAP_HBEAT;
		if (config->ask_mutual_auth)
			flags |= ROTOR_SPDM_CAP_MUT_AUTH;
		if (config->ask_mutual_auth && config->mutual != ROTOR_SPDM_MUTUAL_KEY)
			flags |= ROTOR_SPDM_CAP_ENCAP;
	}
#endif
	for (size_t i = 0; i < rotor_spdm_feature_count(r); i++) {
		const struct rotor_spdm_feature_use *use = &config->features[i];
		if (use->feature->capabilities)
			flags |= use->feature->capabilities(r, use->config);
	}
	return version ? rotor_spdm_version_capabilities(version, flags) : flags;
}

uint32_t rotor_spdm_responder_agreed(const struct rotor_spdm_responder *r,
				     const struct rotor_spdm_connection *c)
{
	uint32_t own = rotor_spdm_responder_capabilities(r, c->version);
	/* A responder with a context of its own does what a requester asks for with the other value of PSK_CAP. */
	if (ROTOR_SPDM_FEATURES && own & ROTOR_SPDM_CAP_PSK)
		own |= ROTOR_SPDM_CAP_PSK_NO_CONTEXT;
	return c->capabilities & own;
}

/* Adds the request and its answer, which stands in the buffer, to VCA. */
static enum rotor_status remember(struct rotor_spdm_responder *r,
				  const struct rotor_spdm_request *q,
				  enum rotor_spdm_connection_state next)
{
	struct rotor_spdm_transcript *t = &q->c->transcript;
	if (rotor_spdm_responder_answer(r)[1] == ROTOR_SPDM_ERROR)
		return ROTOR_OK; /* it did not fit the requester */
	if (rotor_spdm_vca_add(t, q->msg, q->len) != ROTOR_OK ||
	    rotor_spdm_vca_add(t, rotor_spdm_responder_answer(r), r->work.at) != ROTOR_OK) {
		q->c->state = ROTOR_SPDM_NOT_STARTED;
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_REQUEST_TOO_LARGE);
	}
	q->c->state = next;
	return ROTOR_OK;
}

void rotor_spdm_responder_reset(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c)
{
#if ROTOR_SPDM_SESSIONS > 0
	for (size_t i = 0; c->used && i < r->config->session_count; i++) {
		if (r->sessions[i].state != ROTOR_SPDM_SESSION_NONE &&
		    r->sessions[i].info.peer == c->peer)
			rotor_spdm_session_end(r, &r->sessions[i], ROTOR_SPDM_END_RESET);
	}
	if (r->encap.peer == c->peer)
		r->encap.use = NULL;
#endif
	for (size_t i = 0; i < rotor_spdm_feature_count(r); i++) {
		const struct rotor_spdm_feature_use *use = &r->config->features[i];
		if (use->feature->reset)
			use->feature->reset(r, c, use->config);
	}
	const struct rotor_spdm_connection fresh = {
	    .used = c->used, .peer = c->peer, .last_used = c->last_used};
	rotor_spdm_transcript_reset(r->config->crypto, &c->transcript);
	*c = fresh;
}

enum rotor_status rotor_spdm_on_get_version(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_header header;
	if (rotor_spdm_decode_header_only(q->msg, q->len, &header) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	rotor_spdm_responder_reset(r, c);

	uint8_t entries[2 * ROTOR_SPDM_VERSIONS_MAX];
	for (size_t i = 0; i < r->config->version_count; i++) {
		entries[2 * i] = 0;
		entries[2 * i + 1] = r->config->versions[i];
	}
	const struct rotor_spdm_version m = {
	    .version = ROTOR_SPDM_V10,
	    .count = r->config->version_count,
	    .entries = {entries, 2u * r->config->version_count},
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_version(&w, &m);
	(void)rotor_spdm_responder_built(r, &w);
	return remember(r, q, ROTOR_SPDM_AFTER_VERSION);
}

/* Whether a requester's flags make sense together. */
static bool flags_fit(const struct rotor_spdm_capabilities *m, uint32_t flags)
{
	bool session = (flags & (ROTOR_SPDM_CAP_KEY_EX | ROTOR_SPDM_CAP_PSK)) != 0;
	bool cipher = (flags & (ROTOR_SPDM_CAP_ENCRYPT | ROTOR_SPDM_CAP_MAC)) != 0;
	if (session != cipher)
		return false;
	if (!session && (flags & (ROTOR_SPDM_CAP_HBEAT | ROTOR_SPDM_CAP_KEY_UPD)))
		return false;
	if ((flags & ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR) && !(flags & ROTOR_SPDM_CAP_KEY_EX))
		return false;
	if ((flags & ROTOR_SPDM_CAP_CERT) && (flags & ROTOR_SPDM_CAP_PUB_KEY_ID))
		return false;
	if ((flags & ROTOR_SPDM_CAP_PSK & ROTOR_SPDM_CAP_PSK_WITH_CONTEXT) ||
	    (flags & ROTOR_SPDM_CAP_EP_INFO) == ROTOR_SPDM_CAP_EP_INFO ||
	    (flags & ROTOR_SPDM_CAP_MULTI_KEY) == ROTOR_SPDM_CAP_MULTI_KEY)
		return false; /* values that are reserved */
	if (!rotor_spdm_since(m->version, ROTOR_SPDM_V12))
		return true;
	/* The requester may have chunks in a version in which rotor does not. */
	return m->data_transfer_size >= ROTOR_SPDM_DATA_TRANSFER_MIN &&
	       m->max_message_size >= m->data_transfer_size &&
	       ((m->flags & ROTOR_SPDM_CAP_CHUNK) || m->max_message_size == m->data_transfer_size);
}

enum rotor_status rotor_spdm_on_get_capabilities(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	const struct rotor_spdm_responder_config *config = r->config;
	bool offered = false;
	for (size_t i = 0; i < config->version_count; i++)
		offered |= config->versions[i] == q->header.version;
	if (!offered)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_VERSION_MISMATCH);
	/* Chosen, whatever else is wrong with the request: its ERROR is of that version. */
	c->version = q->header.version;
	c->transcript.version = c->version;
	struct rotor_spdm_capabilities m;
	if (rotor_spdm_decode_capabilities(q->msg, q->len, &m) != ROTOR_OK ||
	    !flags_fit(&m, rotor_spdm_version_capabilities(m.version, m.flags)))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	c->capabilities = rotor_spdm_version_capabilities(m.version, m.flags);
	c->transfer = m.data_transfer_size;
	c->max_message = m.max_message_size;
	size_t size = rotor_spdm_responder_own_transfer(r);
	uint32_t flags = rotor_spdm_responder_capabilities(r, c->version);
	m = (struct rotor_spdm_capabilities){
	    .version = c->version,
	    .code = ROTOR_SPDM_CAPABILITIES,
	    .ct_exponent = config->ct_exponent,
	    .flags = flags,
	    .data_transfer_size = (uint32_t)size,
	    .max_message_size =
		(uint32_t)((flags & ROTOR_SPDM_CAP_CHUNK) && r->large > size ? r->large : size),
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_capabilities(&w, &m);
	(void)rotor_spdm_responder_built(r, &w);
	return remember(r, q, ROTOR_SPDM_AFTER_CAPABILITIES);
}

/* What the slots can sign with, as a backend mask. */
static uint32_t own_signatures(const struct rotor_spdm_responder *r)
{
	uint32_t mask = 0;
	for (size_t i = 0; i < r->config->slot_count; i++) {
		if (r->config->slots[i].signer)
			mask |= ROTOR_BIT(r->config->slots[i].signer->alg);
	}
	if (ROTOR_SPDM_PUBLIC_KEYS && r->config->provisioned)
		mask |= ROTOR_BIT(r->config->provisioned->signer->alg);
	return mask;
}

static uint32_t choose(const struct rotor_spdm_responder *r, uint8_t version,
		       enum rotor_spdm_family family, uint32_t offered, uint32_t mask)
{
	const uint8_t *order = NULL;
#if ROTOR_SPDM_PREFERENCES
	order = r->config->prefer ? r->config->prefer->order[family] : NULL;
#else
	(void)r;
#endif
	return rotor_spdm_algorithm_choose(
	    family, rotor_spdm_version_algorithms(version, family, offered), mask, order);
}

/* The algorithms of sessions, for requesters and responders that can make one. */
static void choose_session(const struct rotor_spdm_responder *r,
			   const struct rotor_spdm_connection *c,
			   const struct rotor_spdm_negotiation *m, struct rotor_spdm_algorithms *a)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	uint32_t both = rotor_spdm_responder_agreed(r, c);
	if ((both & (ROTOR_SPDM_CAP_KEY_EX | ROTOR_SPDM_CAP_PSK)) && (both & ROTOR_SPDM_CAP_MAC)) {
		if (both & ROTOR_SPDM_CAP_KEY_EX)
			a->dhe = (uint16_t)choose(r, c->version, ROTOR_SPDM_FAMILY_DHE,
						  rotor_spdm_table_bits(m, ROTOR_SPDM_ALG_DHE),
						  crypto->kexes);
		a->aead =
		    (uint16_t)choose(r, c->version, ROTOR_SPDM_FAMILY_AEAD,
				     rotor_spdm_table_bits(m, ROTOR_SPDM_ALG_AEAD), crypto->aeads);
		a->key_schedule = rotor_spdm_table_bits(m, ROTOR_SPDM_ALG_KEY_SCHEDULE) &
				  ROTOR_SPDM_KEY_SCHEDULE_SPDM;
	}
	if (both & ROTOR_SPDM_CAP_MUT_AUTH)
		a->req_asym = (uint16_t)choose(r, c->version, ROTOR_SPDM_FAMILY_ASYM,
					       rotor_spdm_table_bits(m, ROTOR_SPDM_ALG_REQ_ASYM),
					       crypto->sigs);
}

/* OtherParamsSelection: the form of opaque data, and whether a requester that asks for it has several keys. */
static uint8_t other_params(const struct rotor_spdm_connection *c,
			    const struct rotor_spdm_negotiation *m)
{
	uint8_t bits = m->other_params & ROTOR_SPDM_OPAQUE_FMT1;
	if (ROTOR_SPDM_MULTI_KEY && c->capabilities & ROTOR_SPDM_CAP_MULTI_KEY_ONLY)
		bits |= ROTOR_SPDM_MULTI_KEY_BIT;
	return bits;
}

/* Whether a request for a multi-key connection contradicts what both have said they can do. */
static bool keys_fit(uint32_t own, uint8_t asked)
{
	bool several = asked & ROTOR_SPDM_MULTI_KEY_BIT;
	if (ROTOR_SPDM_MULTI_KEY && own & ROTOR_SPDM_CAP_MULTI_KEY_ONLY)
		return several;
	return !several || (ROTOR_SPDM_MULTI_KEY && own & ROTOR_SPDM_CAP_MULTI_KEY_NEG);
}

enum rotor_status rotor_spdm_on_negotiate(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_negotiation m;
	uint32_t own = rotor_spdm_responder_capabilities(r, c->version);
	if (rotor_spdm_decode_negotiation(q->msg, q->len, &m) != ROTOR_OK ||
	    !keys_fit(own, m.other_params))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	struct rotor_spdm_algorithms a = {
	    .base_asym =
		choose(r, c->version, ROTOR_SPDM_FAMILY_ASYM, m.base_asym, own_signatures(r)),
	    .base_hash = choose(r, c->version, ROTOR_SPDM_FAMILY_HASH, m.base_hash,
				r->config->crypto->hashes),
	    .measurement_spec = m.measurement_spec & ROTOR_SPDM_MEAS_SPEC_DMTF,
	    .other_params = other_params(c, &m),
	    .mel_spec = own & ROTOR_SPDM_CAP_MEL ? m.mel_spec & ROTOR_SPDM_MEL_SPEC_DMTF : 0,
	};
	if (!a.base_asym || !a.base_hash)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	if (a.measurement_spec)
		a.measurement_hash = rotor_spdm_algorithm_bit(ROTOR_SPDM_FAMILY_MEAS_HASH,
							      r->config->measurement_hash
								  ? r->config->measurement_hash
								  : rotor_spdm_hash_alg(&a));
#if ROTOR_SPDM_PREFERENCES
	if (a.measurement_spec && r->config->prefer && r->config->prefer->raw_measurements)
		a.measurement_hash = ROTOR_SPDM_MEAS_HASH_RAW;
#endif
	choose_session(r, c, &m, &a);
	rotor_spdm_suite_from(&a, &c->suite);
	rotor_spdm_suite_agree(&c->suite, c->capabilities, own, m.other_params, a.other_params);
	if (!a.key_schedule)
		c->suite.aead = ROTOR_AEAD_NONE;

	struct rotor_spdm_negotiation out = {
	    .version = c->version,
	    .code = ROTOR_SPDM_ALGORITHMS,
	    .measurement_spec = a.measurement_spec,
	    .other_params = a.other_params,
	    .mel_spec = a.mel_spec,
	    .measurement_hash = a.measurement_hash,
	    .base_asym = a.base_asym,
	    .base_hash = a.base_hash,
	};
	rotor_spdm_table_add(&out, ROTOR_SPDM_ALG_DHE, a.dhe);
	rotor_spdm_table_add(&out, ROTOR_SPDM_ALG_AEAD, a.aead);
	rotor_spdm_table_add(&out, ROTOR_SPDM_ALG_REQ_ASYM, a.req_asym);
	rotor_spdm_table_add(&out, ROTOR_SPDM_ALG_KEY_SCHEDULE, a.key_schedule);
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_negotiation(&w, &out);
	(void)rotor_spdm_responder_built(r, &w);
	c->window = true;
	return remember(r, q, ROTOR_SPDM_NEGOTIATED);
}
