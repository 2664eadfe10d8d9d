/* SPDX-License-Identifier: Apache-2.0 */
/* GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS. */
#include <string.h>

#include "spdm/requester.h"
#include "spdm/versions.h"

static const struct rotor_spdm_requester_step step_capabilities, step_algorithms;

void rotor_spdm_requester_forget(struct rotor_spdm_requester *q)
{
	rotor_spdm_requester_drop_session(q);
	rotor_spdm_transcript_reset(q->config->crypto, &q->transcript);
	q->connected = false;
	q->window = false;
	q->told = false;
	memset(&q->peer, 0, sizeof(q->peer));
	memset(&q->digests, 0, sizeof(q->digests));
	memset(&q->chain, 0, sizeof(q->chain));
	memset(&q->challenge, 0, sizeof(q->challenge));
	memset(&q->measurements, 0, sizeof(q->measurements));
}

uint32_t rotor_spdm_requester_capabilities(const struct rotor_spdm_requester *q, uint8_t version)
{
	const struct rotor_spdm_requester_config *config = q->config;
	uint32_t flags = 0;
	for (size_t i = 0; i < config->piece_count; i++)
		flags |= config->pieces[i].piece->capabilities;
	if (config->crypto->kexes && config->crypto->aeads)
		flags |= ROTOR_SPDM_CAP_KEY_EX;
	if (flags & (ROTOR_SPDM_CAP_KEY_EX | ROTOR_SPDM_CAP_PSK))
		flags |= ROTOR_SPDM_CAP_MAC | ROTOR_SPDM_CAP_HBEAT;
	else
		flags &= ~ROTOR_SPDM_CAP_KEY_UPD;
	if ((flags & ROTOR_SPDM_CAP_MAC) && config->privacy != ROTOR_SPDM_MAC_ONLY)
		flags |= ROTOR_SPDM_CAP_ENCRYPT;
	if ((flags & ROTOR_SPDM_CAP_KEY_EX) && config->clear_handshake)
		flags |= ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR;
	if (config->offer_mutual_auth && config->own.signer && config->own_multi_key)
		flags |= ROTOR_SPDM_CAP_MULTI_KEY_ONLY;
	if (config->offer_mutual_auth)
		flags |= ROTOR_SPDM_CAP_MUT_AUTH |
			 (config->own.signer ? ROTOR_SPDM_CAP_CERT | ROTOR_SPDM_CAP_ENCAP
					     : ROTOR_SPDM_CAP_PUB_KEY_ID);
	else
		flags &= ~ROTOR_SPDM_CAP_CHAL;
	return rotor_spdm_version_capabilities(version, flags);
}

/* Adds request and answer to VCA. @return false if that failed the operation */
static bool remember(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	if (rotor_spdm_vca_add(&q->transcript, rotor_spdm_requester_plain(q), q->op.plain_len) ==
		ROTOR_OK &&
	    rotor_spdm_vca_add(&q->transcript, msg, len) == ROTOR_OK)
		return true;
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SPACE, ROTOR_ERR_SPACE, ROTOR_OK);
	return false;
}

static void unsupported(struct rotor_spdm_requester *q, enum rotor_spdm_fail fail)
{
	rotor_spdm_requester_fail(q, fail, ROTOR_ERR_UNSUPPORTED, ROTOR_OK);
}

static void build_get_version(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_spdm_header m = {.version = ROTOR_SPDM_V10,
					    .code = ROTOR_SPDM_GET_VERSION};
	(void)q;
	rotor_spdm_encode_header(w, &m);
}

static void handle_version(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_version m;
	enum rotor_status st = rotor_spdm_decode_version(msg, len, &m);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	uint8_t best = 0;
	for (unsigned i = 0; i < m.count; i++) {
		uint16_t entry = rotor_spdm_version_entry(&m, i);
		for (size_t k = 0; k < q->config->version_count; k++) {
			/* An alpha version (low nibble) is not the version itself. */
			if (entry >> 8 == q->config->versions[k] && !(entry & 0x0f) &&
			    q->config->versions[k] > best)
				best = q->config->versions[k];
		}
	}
	if (!best) {
		unsupported(q, ROTOR_SPDM_FAIL_NO_VERSION);
		return;
	}
	if (!remember(q, msg, len))
		return;
	q->peer.version = best;
	q->transcript.version = best;
	rotor_spdm_requester_step(q, &step_capabilities);
}

static void build_get_capabilities(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	uint32_t size = q->config->data_transfer_size;
	if (!size)
		size = (uint32_t)rotor_spdm_requester_room(q);
	size_t whole = size;
	uint32_t flags = rotor_spdm_requester_capabilities(q, q->peer.version);
	bool chunks = flags & ROTOR_SPDM_CAP_CHUNK;
	for (size_t i = 0; chunks && i < q->config->piece_count; i++) {
		const struct rotor_spdm_requester_use *use = &q->config->pieces[i];
		if (use->piece->most && use->piece->most(use->config) > whole)
			whole = use->piece->most(use->config);
	}
	const struct rotor_spdm_capabilities m = {
	    .version = q->peer.version,
	    .code = ROTOR_SPDM_GET_CAPABILITIES,
	    .ct_exponent = q->config->ct_exponent,
	    .flags = flags,
	    .data_transfer_size = size,
	    .max_message_size = (uint32_t)whole,
	};
	rotor_spdm_encode_capabilities(w, &m);
}

/* Whether CAPABILITIES does not contradict itself; values that are reserved contradict. */
static bool consistent(const struct rotor_spdm_capabilities *m)
{
	static const uint32_t fields[] = {ROTOR_SPDM_CAP_MEAS, ROTOR_SPDM_CAP_PSK,
					  ROTOR_SPDM_CAP_EP_INFO, ROTOR_SPDM_CAP_MULTI_KEY};
	uint32_t flags = rotor_spdm_version_capabilities(m->version, m->flags);
	for (size_t i = 0; i < ROTOR_COUNT_OF(fields); i++) {
		if ((flags & fields[i]) == fields[i])
			return false;
	}
	return m->version < ROTOR_SPDM_V12 ||
	       (m->data_transfer_size >= ROTOR_SPDM_DATA_TRANSFER_MIN &&
		m->max_message_size >= m->data_transfer_size);
}

static void handle_capabilities(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_capabilities m;
	enum rotor_status st = rotor_spdm_decode_capabilities(msg, len, &m);
	if (st == ROTOR_OK && !consistent(&m))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	q->peer.ct_exponent = m.ct_exponent;
	q->peer.capabilities = rotor_spdm_version_capabilities(q->peer.version, m.flags);
	if (!remember(q, msg, len))
		return;
	/* Zero, before 1.2: no limit but the transport's. */
	q->peer.data_transfer_size = m.data_transfer_size;
	q->peer.max_message = m.max_message_size;
	rotor_spdm_requester_step(q, &step_algorithms);
}

static uint32_t offer(enum rotor_spdm_family family, uint32_t configured, uint32_t backend)
{
	return rotor_spdm_algorithm_bits(family, configured ? configured & backend : backend);
}

static void add(const struct rotor_spdm_requester *q, struct rotor_spdm_negotiation *m,
		enum rotor_spdm_alg_type type, enum rotor_spdm_family family, uint32_t bits)
{
	rotor_spdm_table_add(
	    m, type, (uint16_t)rotor_spdm_version_algorithms(q->peer.version, family, bits));
}

/* What NEGOTIATE_ALGORITHMS says; ALGORITHMS must stay within it. */
static void offered(const struct rotor_spdm_requester *q, struct rotor_spdm_negotiation *m)
{
	const struct rotor_spdm_requester_config *config = q->config;
	const struct rotor_crypto *crypto = config->crypto;
	uint32_t own = rotor_spdm_requester_capabilities(q, q->peer.version);
	uint32_t both = own & q->peer.capabilities;
	*m = (struct rotor_spdm_negotiation){
	    .version = q->peer.version,
	    .code = ROTOR_SPDM_NEGOTIATE_ALGORITHMS,
	    .measurement_spec = ROTOR_SPDM_MEAS_SPEC_DMTF,
	    .other_params = q->peer.version >= ROTOR_SPDM_V12 ? ROTOR_SPDM_OPAQUE_FMT1 : 0,
	    .base_asym = rotor_spdm_version_algorithms(
		q->peer.version, ROTOR_SPDM_FAMILY_ASYM,
		offer(ROTOR_SPDM_FAMILY_ASYM, config->sigs, crypto->sigs)),
	    .base_hash = rotor_spdm_version_algorithms(
		q->peer.version, ROTOR_SPDM_FAMILY_HASH,
		offer(ROTOR_SPDM_FAMILY_HASH, config->hashes, crypto->hashes)),
	};
	if (!(q->peer.capabilities & ROTOR_SPDM_CAP_MEAS))
		m->measurement_spec = 0;
	/* A responder that has several keys always must be asked; one that may have is if the configuration says so. */
	if ((q->peer.capabilities & ROTOR_SPDM_CAP_MULTI_KEY_ONLY) ||
	    ((q->peer.capabilities & ROTOR_SPDM_CAP_MULTI_KEY_NEG) && config->multi_key))
		m->other_params |= ROTOR_SPDM_MULTI_KEY_BIT;
	if (q->peer.capabilities & ROTOR_SPDM_CAP_MEL)
		m->mel_spec = ROTOR_SPDM_MEL_SPEC_DMTF;
	bool exchange = both & ROTOR_SPDM_CAP_KEY_EX;
	bool psk = (own & ROTOR_SPDM_CAP_PSK) && (q->peer.capabilities & ROTOR_SPDM_CAP_PSK);
	if (exchange)
		add(q, m, ROTOR_SPDM_ALG_DHE, ROTOR_SPDM_FAMILY_DHE,
		    offer(ROTOR_SPDM_FAMILY_DHE, config->kexes, crypto->kexes));
	if (exchange || psk)
		add(q, m, ROTOR_SPDM_ALG_AEAD, ROTOR_SPDM_FAMILY_AEAD,
		    offer(ROTOR_SPDM_FAMILY_AEAD, config->aeads, crypto->aeads));
	if (both & ROTOR_SPDM_CAP_MUT_AUTH) {
		const struct rotor_signer *signer =
		    config->own.signer ? config->own.signer : config->own_key.signer;
		add(q, m, ROTOR_SPDM_ALG_REQ_ASYM, ROTOR_SPDM_FAMILY_ASYM,
		    rotor_spdm_algorithm_bit(ROTOR_SPDM_FAMILY_ASYM, signer->alg));
	}
	if (exchange || psk)
		rotor_spdm_table_add(m, ROTOR_SPDM_ALG_KEY_SCHEDULE, ROTOR_SPDM_KEY_SCHEDULE_SPDM);
}

static void build_negotiate(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	struct rotor_spdm_negotiation m;
	offered(q, &m);
	rotor_spdm_encode_negotiation(w, &m);
}

static void handle_algorithms(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_negotiation m, mine;
	struct rotor_spdm_algorithms a;
	enum rotor_status st = rotor_spdm_decode_negotiation(msg, len, &m);
	if (st == ROTOR_OK && m.code != ROTOR_SPDM_ALGORITHMS)
		st = ROTOR_ERR_FORMAT;
	if (st == ROTOR_OK)
		st = rotor_spdm_algorithms_from(&m, &a);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	offered(q, &mine);
	/* The bit of several keys is the requester's own in the answer. */
	uint32_t own = rotor_spdm_requester_capabilities(q, q->peer.version);
	uint8_t asked = mine.other_params;
	mine.other_params &= ROTOR_SPDM_OPAQUE_MASK;
	if (own & ROTOR_SPDM_CAP_MULTI_KEY)
		mine.other_params |= ROTOR_SPDM_MULTI_KEY_BIT;
	bool within = !(a.base_asym & ~mine.base_asym) && !(a.base_hash & ~mine.base_hash) &&
		      !(a.measurement_spec & ~mine.measurement_spec) &&
		      !(a.other_params & ~mine.other_params) && !(a.mel_spec & ~mine.mel_spec);
	static const enum rotor_spdm_alg_type types[] = {ROTOR_SPDM_ALG_DHE, ROTOR_SPDM_ALG_AEAD,
							 ROTOR_SPDM_ALG_REQ_ASYM,
							 ROTOR_SPDM_ALG_KEY_SCHEDULE};
	for (size_t i = 0; i < ROTOR_COUNT_OF(types); i++)
		within = within && !(rotor_spdm_table_bits(&m, types[i]) &
				     ~rotor_spdm_table_bits(&mine, types[i]));
	rotor_spdm_suite_from(&a, &q->peer.suite);
	rotor_spdm_suite_agree(&q->peer.suite, own, q->peer.capabilities, asked, a.other_params);
	if (!a.key_schedule)
		q->peer.suite.kex = ROTOR_KEX_NONE;
	if (!within || q->peer.suite.hash == ROTOR_HASH_NONE ||
	    q->peer.suite.sig == ROTOR_SIG_NONE) {
		unsupported(q, ROTOR_SPDM_FAIL_NO_ALGORITHM);
		return;
	}
	if (!remember(q, msg, len))
		return;
	q->connected = true;
	q->window = true;
	rotor_spdm_requester_done(q);
}

static const struct rotor_spdm_requester_step step_algorithms = {
    .request = ROTOR_SPDM_NEGOTIATE_ALGORITHMS,
    .response = ROTOR_SPDM_ALGORITHMS,
    .flags = ROTOR_SPDM_R_CONNECT,
    .build = build_negotiate,
    .handle = handle_algorithms,
};
static const struct rotor_spdm_requester_step step_capabilities = {
    .request = ROTOR_SPDM_GET_CAPABILITIES,
    .response = ROTOR_SPDM_CAPABILITIES,
    .flags = ROTOR_SPDM_R_CONNECT,
    .build = build_get_capabilities,
    .handle = handle_capabilities,
};
const struct rotor_spdm_requester_step rotor_spdm_step_version = {
    .request = ROTOR_SPDM_GET_VERSION,
    .response = ROTOR_SPDM_VERSION,
    .flags = ROTOR_SPDM_R_CONNECT,
    .build = build_get_version,
    .handle = handle_version,
};
