/* SPDX-License-Identifier: Apache-2.0 */
/* GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS. */
#include "spdm/requester.h"
#include "spdm/versions.h"

uint32_t rotor_spdm_requester_capabilities(const struct rotor_spdm_requester *q)
{
	const struct rotor_spdm_requester_config *config = q->config;
	uint32_t flags = 0;
	if (config->crypto->kexes && config->crypto->aeads)
		flags |= ROTOR_SPDM_CAP_ENCRYPT | ROTOR_SPDM_CAP_MAC | ROTOR_SPDM_CAP_KEY_EX |
			 ROTOR_SPDM_CAP_HBEAT;
	if (config->offer_mutual_auth)
		flags |= ROTOR_SPDM_CAP_CERT | ROTOR_SPDM_CAP_MUT_AUTH | ROTOR_SPDM_CAP_ENCAP;
	return flags;
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

static void malformed(struct rotor_spdm_requester *q, enum rotor_status cause)
{
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_MALFORMED, ROTOR_ERR_FORMAT, cause);
}

static void unsupported(struct rotor_spdm_requester *q, enum rotor_spdm_fail fail)
{
	rotor_spdm_requester_fail(q, fail, ROTOR_ERR_UNSUPPORTED, ROTOR_OK);
}

void rotor_spdm_build_get_version(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	const struct rotor_spdm_header m = {.version = ROTOR_SPDM_V10,
					    .code = ROTOR_SPDM_GET_VERSION};
	(void)q;
	rotor_spdm_encode_header(w, &m);
}

void rotor_spdm_handle_version(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_version m;
	enum rotor_status st = rotor_spdm_decode_version(msg, len, &m);
	if (st != ROTOR_OK) {
		malformed(q, st);
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
	rotor_spdm_requester_step(q, ROTOR_SPDM_R_CAPABILITIES);
}

void rotor_spdm_build_get_capabilities(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	uint32_t size = q->config->data_transfer_size;
	if (!size)
		size = (uint32_t)rotor_spdm_requester_room(q);
	const struct rotor_spdm_capabilities m = {
	    .version = q->peer.version,
	    .code = ROTOR_SPDM_GET_CAPABILITIES,
	    .ct_exponent = q->config->ct_exponent,
	    .flags = rotor_spdm_requester_capabilities(q),
	    .data_transfer_size = size,
	    .max_message_size = size,
	};
	rotor_spdm_encode_capabilities(w, &m);
}

void rotor_spdm_handle_capabilities(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_capabilities m;
	enum rotor_status st = rotor_spdm_decode_capabilities(msg, len, &m);
	if (st == ROTOR_OK && (m.data_transfer_size < ROTOR_SPDM_DATA_TRANSFER_MIN ||
			       m.max_message_size < m.data_transfer_size))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		malformed(q, st);
		return;
	}
	q->peer.ct_exponent = m.ct_exponent;
	q->peer.capabilities = m.flags;
	if (!remember(q, msg, len))
		return;
	q->peer.data_transfer_size = m.data_transfer_size;
	q->peer.max_message = m.max_message_size;
	rotor_spdm_requester_step(q, ROTOR_SPDM_R_ALGORITHMS);
}

static uint32_t offer(enum rotor_spdm_family family, uint32_t configured, uint32_t backend)
{
	return rotor_spdm_algorithm_bits(family, configured ? configured & backend : backend);
}

/* What NEGOTIATE_ALGORITHMS says; ALGORITHMS must stay within it. */
static void offered(const struct rotor_spdm_requester *q, struct rotor_spdm_negotiation *m)
{
	const struct rotor_spdm_requester_config *config = q->config;
	const struct rotor_crypto *crypto = config->crypto;
	uint32_t both = rotor_spdm_requester_capabilities(q) & q->peer.capabilities;
	*m = (struct rotor_spdm_negotiation){
	    .version = q->peer.version,
	    .code = ROTOR_SPDM_NEGOTIATE_ALGORITHMS,
	    .measurement_spec = ROTOR_SPDM_MEAS_SPEC_DMTF,
	    .other_params = ROTOR_SPDM_OPAQUE_FMT1,
	    .base_asym = rotor_spdm_version_algorithms(
		q->peer.version, ROTOR_SPDM_FAMILY_ASYM,
		offer(ROTOR_SPDM_FAMILY_ASYM, config->sigs, crypto->sigs)),
	    .base_hash = offer(ROTOR_SPDM_FAMILY_HASH, config->hashes, crypto->hashes),
	};
	if (!(q->peer.capabilities & ROTOR_SPDM_CAP_MEAS))
		m->measurement_spec = 0;
	if (!(both & ROTOR_SPDM_CAP_KEY_EX))
		return;
	rotor_spdm_table_add(m, ROTOR_SPDM_ALG_DHE,
			     (uint16_t)offer(ROTOR_SPDM_FAMILY_DHE, config->kexes, crypto->kexes));
	rotor_spdm_table_add(m, ROTOR_SPDM_ALG_AEAD,
			     (uint16_t)offer(ROTOR_SPDM_FAMILY_AEAD, config->aeads, crypto->aeads));
	if (both & ROTOR_SPDM_CAP_MUT_AUTH)
		rotor_spdm_table_add(m, ROTOR_SPDM_ALG_REQ_ASYM,
				     (uint16_t)rotor_spdm_version_algorithms(
					 q->peer.version, ROTOR_SPDM_FAMILY_ASYM,
					 rotor_spdm_algorithm_bit(ROTOR_SPDM_FAMILY_ASYM,
								  config->own.signer->alg)));
	rotor_spdm_table_add(m, ROTOR_SPDM_ALG_KEY_SCHEDULE, ROTOR_SPDM_KEY_SCHEDULE_SPDM);
}

void rotor_spdm_build_negotiate(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	struct rotor_spdm_negotiation m;
	offered(q, &m);
	rotor_spdm_encode_negotiation(w, &m);
}

void rotor_spdm_handle_algorithms(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_negotiation m, mine;
	struct rotor_spdm_algorithms a;
	enum rotor_status st = rotor_spdm_decode_negotiation(msg, len, &m);
	if (st == ROTOR_OK && m.code != ROTOR_SPDM_ALGORITHMS)
		st = ROTOR_ERR_FORMAT;
	if (st == ROTOR_OK)
		st = rotor_spdm_algorithms_from(&m, &a);
	if (st != ROTOR_OK) {
		malformed(q, st);
		return;
	}
	offered(q, &mine);
	bool within = !(a.base_asym & ~mine.base_asym) && !(a.base_hash & ~mine.base_hash) &&
		      !(a.measurement_spec & ~mine.measurement_spec) &&
		      !(a.other_params & ~mine.other_params);
	static const enum rotor_spdm_alg_type types[] = {ROTOR_SPDM_ALG_DHE, ROTOR_SPDM_ALG_AEAD,
							 ROTOR_SPDM_ALG_REQ_ASYM,
							 ROTOR_SPDM_ALG_KEY_SCHEDULE};
	for (size_t i = 0; i < ROTOR_COUNT_OF(types); i++)
		within = within && !(rotor_spdm_table_bits(&m, types[i]) &
				     ~rotor_spdm_table_bits(&mine, types[i]));
	rotor_spdm_suite_from(&a, &q->peer.suite);
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
	rotor_spdm_requester_done(q);
}
