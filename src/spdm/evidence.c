/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence taken apart: every message decoded, its place in the conversation checked, both signatures verified. */
#include <string.h>

#include "rotor/spdm_evidence.h"
#include "spdm/transcript.h"

const char *rotor_spdm_flaw_string(enum rotor_spdm_flaw flaw)
{
	static const char *const strings[ROTOR_SPDM_FLAW_COUNT] = {
	    [ROTOR_SPDM_FLAW_NONE] = "nothing is wrong",
	    [ROTOR_SPDM_FLAW_VCA] = "the negotiation is not one of a known SPDM version",
	    [ROTOR_SPDM_FLAW_ALGORITHMS] =
		"the algorithms selected were not offered, or are not known",
	    [ROTOR_SPDM_FLAW_CHAIN] = "the certificate chain does not parse",
	    [ROTOR_SPDM_FLAW_LEAF] = "the leaf certificate is not a responder's of that algorithm",
	    [ROTOR_SPDM_FLAW_CHALLENGE] = "the CHALLENGE transcript is malformed",
	    [ROTOR_SPDM_FLAW_OTHER_CHAIN] = "CHALLENGE_AUTH speaks of another certificate chain",
	    [ROTOR_SPDM_FLAW_CHALLENGE_SIGNATURE] = "the signature of CHALLENGE_AUTH is wrong",
	    [ROTOR_SPDM_FLAW_MEASUREMENT] = "the GET_MEASUREMENTS transcript is malformed",
	    [ROTOR_SPDM_FLAW_MEASUREMENT_SIGNATURE] = "the signature of MEASUREMENTS is wrong",
	    [ROTOR_SPDM_FLAW_BACKEND] = "the cryptographic backend failed",
	};
	return (unsigned int)flaw < ROTOR_SPDM_FLAW_COUNT ? strings[flaw] : "unknown flaw";
}

/* ---- VCA ---- */

static bool is_message(struct rotor_bytes msg, uint8_t version, uint8_t code)
{
	struct rotor_spdm_header h;
	return rotor_spdm_peek(msg.data, msg.len, &h) == ROTOR_OK && h.version == version &&
	       h.code == code;
}

static bool read_versions(const struct rotor_bytes *vca, uint8_t version)
{
	struct rotor_spdm_header ask;
	struct rotor_spdm_version m;
	if (rotor_spdm_decode_header_only(vca[0].data, vca[0].len, &ask) != ROTOR_OK ||
	    ask.code != ROTOR_SPDM_GET_VERSION ||
	    rotor_spdm_decode_version(vca[1].data, vca[1].len, &m) != ROTOR_OK)
		return false;
	for (unsigned i = 0; i < m.count; i++) {
		if (rotor_spdm_version_entry(&m, i) >> 8 == version)
			return true;
	}
	return false;
}

static bool read_capabilities(const struct rotor_bytes *vca, struct rotor_spdm_peer *peer)
{
	struct rotor_spdm_capabilities ask, m;
	if (rotor_spdm_decode_capabilities(vca[2].data, vca[2].len, &ask) != ROTOR_OK ||
	    rotor_spdm_decode_capabilities(vca[3].data, vca[3].len, &m) != ROTOR_OK ||
	    ask.code != ROTOR_SPDM_GET_CAPABILITIES || m.code != ROTOR_SPDM_CAPABILITIES ||
	    ask.version != peer->version || m.version != peer->version)
		return false;
	peer->ct_exponent = m.ct_exponent;
	peer->capabilities = m.flags;
	peer->data_transfer_size = m.data_transfer_size;
	peer->max_message = m.max_message_size;
	return true;
}

static enum rotor_spdm_flaw read_algorithms(const struct rotor_bytes *vca,
					    struct rotor_spdm_peer *peer)
{
	struct rotor_spdm_negotiation ask, m;
	struct rotor_spdm_algorithms a;
	if (rotor_spdm_decode_negotiation(vca[4].data, vca[4].len, &ask) != ROTOR_OK ||
	    rotor_spdm_decode_negotiation(vca[5].data, vca[5].len, &m) != ROTOR_OK ||
	    ask.code != ROTOR_SPDM_NEGOTIATE_ALGORITHMS || m.code != ROTOR_SPDM_ALGORITHMS ||
	    ask.version != peer->version || m.version != peer->version)
		return ROTOR_SPDM_FLAW_VCA;
	if (rotor_spdm_algorithms_from(&m, &a) != ROTOR_OK || (a.base_asym & ~ask.base_asym) ||
	    (a.base_hash & ~ask.base_hash) || (a.measurement_spec & ~ask.measurement_spec))
		return ROTOR_SPDM_FLAW_ALGORITHMS;
	rotor_spdm_suite_from(&a, &peer->suite);
	if (peer->suite.hash == ROTOR_HASH_NONE || peer->suite.sig == ROTOR_SIG_NONE)
		return ROTOR_SPDM_FLAW_ALGORITHMS;
	return ROTOR_SPDM_FLAW_NONE;
}

static enum rotor_spdm_flaw read_vca(const struct rotor_bytes *vca, struct rotor_spdm_peer *peer)
{
	struct rotor_spdm_header h;
	if (rotor_spdm_peek(vca[3].data, vca[3].len, &h) != ROTOR_OK)
		return ROTOR_SPDM_FLAW_VCA;
	peer->version = h.version;
	if (!read_versions(vca, peer->version) || !read_capabilities(vca, peer))
		return ROTOR_SPDM_FLAW_VCA;
	return read_algorithms(vca, peer);
}

/* ---- the chain ---- */

static enum rotor_spdm_flaw read_chain(const struct rotor_crypto *crypto, struct rotor_bytes spdm,
				       struct rotor_spdm_proof *out)
{
	struct rotor_spdm_chain *chain = &out->chain;
	enum rotor_hash_alg hash = out->peer.suite.hash;
	chain->spdm = spdm;
	if (rotor_spdm_chain_parse(crypto, hash, spdm, chain->certs, &chain->cert_count,
				   &chain->leaf) != ROTOR_OK) {
		chain->cert_count = 0;
		return ROTOR_SPDM_FLAW_CHAIN;
	}
	if (rotor_spdm_leaf_check(&chain->leaf, ROTOR_SPDM_RESPONDER, out->peer.suite.sig) !=
	    ROTOR_SPDM_LEAF_GOOD)
		return ROTOR_SPDM_FLAW_LEAF;
	chain->leaf.key.alg = out->peer.suite.sig; /* which says the padding of an RSA key */
	return rotor_hash_parts(crypto, hash, &spdm, 1, chain->digest) == ROTOR_OK
		   ? ROTOR_SPDM_FLAW_NONE
		   : ROTOR_SPDM_FLAW_BACKEND;
}

/* ---- the transcripts ---- */

static bool same_context(const uint8_t *asked, const uint8_t *answered)
{
	return !asked || (answered && memcmp(asked, answered, ROTOR_SPDM_CONTEXT_SIZE) == 0);
}

/* What comes before CHALLENGE: any number of these two, each with its answer. What is in them the signature vouches for. */
static bool read_before(const struct rotor_spdm_messages *m, uint8_t version)
{
	for (size_t i = 0; i + 2 < m->count; i += 2) {
		bool digests = is_message(m->at[i], version, ROTOR_SPDM_GET_DIGESTS) &&
			       is_message(m->at[i + 1], version, ROTOR_SPDM_DIGESTS);
		bool certificate = is_message(m->at[i], version, ROTOR_SPDM_GET_CERTIFICATE) &&
				   is_message(m->at[i + 1], version, ROTOR_SPDM_CERTIFICATE);
		if (!digests && !certificate)
			return false;
	}
	return true;
}

static enum rotor_spdm_flaw read_challenge(const struct rotor_spdm_messages *m,
					   struct rotor_spdm_proof *out)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&out->peer.suite);
	struct rotor_spdm_challenge ask;
	struct rotor_spdm_challenge_auth auth;
	uint8_t version = out->peer.version;
	if (m->count < 2 || m->count % 2 || !read_before(m, version))
		return ROTOR_SPDM_FLAW_CHALLENGE;
	const struct rotor_bytes *last = &m->at[m->count - 2];
	if (rotor_spdm_decode_challenge(last[0].data, last[0].len, &ask) != ROTOR_OK)
		return ROTOR_SPDM_FLAW_CHALLENGE;
	sizes.sig = 0;
	sizes.summary = ask.summary != ROTOR_SPDM_SUMMARY_NONE;
	if (rotor_spdm_decode_challenge_auth(&sizes, last[1].data, last[1].len, &auth) !=
		ROTOR_OK ||
	    ask.version != version || auth.version != version ||
	    (auth.attributes & 0x0f) != (ask.slot & 0x0f) ||
	    !same_context(ask.context, auth.context))
		return ROTOR_SPDM_FLAW_CHALLENGE;
	if (memcmp(auth.cert_chain_hash.data, out->chain.digest, sizes.hash) != 0)
		return ROTOR_SPDM_FLAW_OTHER_CHAIN;
	out->chain.slot = ask.slot;
	out->challenge.summary_type = ask.summary;
	if (sizes.summary)
		memcpy(out->challenge.summary, auth.summary_hash.data, sizes.hash);
	return ROTOR_SPDM_FLAW_NONE;
}

static enum rotor_spdm_flaw read_measurement(const struct rotor_spdm_messages *m,
					     struct rotor_spdm_proof *out)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&out->peer.suite);
	struct rotor_spdm_get_measurements ask;
	struct rotor_spdm_measurements answer;
	uint8_t version = out->peer.version;
	if (m->count != 2 ||
	    rotor_spdm_decode_get_measurements(m->at[0].data, m->at[0].len, &ask) != ROTOR_OK)
		return ROTOR_SPDM_FLAW_MEASUREMENT;
	sizes.sig = 0;
	sizes.signature = true;
	if (rotor_spdm_decode_measurements(&sizes, m->at[1].data, m->at[1].len, &answer) !=
		ROTOR_OK ||
	    ask.version != version || answer.version != version ||
	    !(ask.attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE) || !ask.nonce || !answer.nonce ||
	    ask.operation != ROTOR_SPDM_MEAS_OP_ALL || ask.slot != out->chain.slot ||
	    (answer.slot_info & 0x0f) != (ask.slot & 0x0f) ||
	    !same_context(ask.context, answer.context) ||
	    rotor_spdm_check_record(answer.record, answer.block_count) != ROTOR_OK)
		return ROTOR_SPDM_FLAW_MEASUREMENT;
	struct rotor_spdm_measured *to = &out->measurements;
	to->count = answer.block_count;
	to->record = answer.record;
	to->content_changed = (answer.slot_info >> 4) & 3;
	memcpy(to->requester_nonce, ask.nonce, sizeof(to->requester_nonce));
	memcpy(to->responder_nonce, answer.nonce, sizeof(to->responder_nonce));
	return ROTOR_SPDM_FLAW_NONE;
}

/* ---- the signatures ---- */

static enum rotor_status hash_all(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
				  const struct rotor_bytes *vca,
				  const struct rotor_spdm_messages *m, uint8_t *digest)
{
	struct rotor_hash h = {0};
	enum rotor_status status = crypto->hash_start(&h, alg);
	for (size_t i = 0; vca && i < ROTOR_SPDM_EVIDENCE_VCA && status == ROTOR_OK; i++)
		status = crypto->hash_update(&h, vca[i].data, vca[i].len);
	for (size_t i = 0; i < m->count && status == ROTOR_OK; i++)
		status = crypto->hash_update(&h, m->at[i].data, m->at[i].len);
	if (status == ROTOR_OK)
		return crypto->hash_finish(&h, digest);
	crypto->hash_release(&h);
	return status;
}

/* @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_VERIFY; another error: the backend failed */
static enum rotor_status verify(struct rotor_spdm_evidence_check *check,
				const struct rotor_crypto *crypto,
				const struct rotor_spdm_proof *proof, const struct rotor_bytes *vca,
				const struct rotor_spdm_messages *m, enum rotor_spdm_signed what,
				struct rotor_bytes signature)
{
	const struct rotor_spdm_suite *suite = &proof->peer.suite;
	if (signature.len != rotor_sig_size(suite->sig))
		return ROTOR_ERR_VERIFY;
	enum rotor_status status = hash_all(crypto, suite->hash, vca, m, check->digest);
	if (status == ROTOR_OK)
		status = rotor_spdm_to_sign(crypto, proof->peer.version, suite->hash, suite->sig,
					    what, check->digest);
	if (status != ROTOR_OK)
		return ROTOR_ERR_CRYPTO;
	return rotor_spdm_verify(crypto, &check->job, &proof->chain.leaf.key, suite->hash,
				 check->digest, signature.data);
}

static enum rotor_spdm_flaw read_all(const struct rotor_crypto *crypto,
				     const struct rotor_spdm_evidence *e,
				     struct rotor_spdm_proof *out)
{
	enum rotor_spdm_flaw flaw = read_vca(e->vca, &out->peer);
	if (flaw == ROTOR_SPDM_FLAW_NONE)
		flaw = read_chain(crypto, e->chain, out);
	if (flaw == ROTOR_SPDM_FLAW_NONE)
		flaw = read_challenge(&e->challenge, out);
	if (flaw == ROTOR_SPDM_FLAW_NONE)
		flaw = read_measurement(&e->measurement, out);
	return flaw;
}

static enum rotor_spdm_flaw flaw_of(enum rotor_status status, enum rotor_spdm_flaw wrong)
{
	return status == ROTOR_ERR_VERIFY ? wrong : ROTOR_SPDM_FLAW_BACKEND;
}

enum rotor_status rotor_spdm_evidence_check(struct rotor_spdm_evidence_check *check,
					    const struct rotor_crypto *crypto,
					    const struct rotor_spdm_evidence *e,
					    struct rotor_spdm_proof *out,
					    enum rotor_spdm_flaw *flaw)
{
	enum { CHALLENGE, MEASUREMENT };
	enum rotor_status status = ROTOR_OK;
	memset(out, 0, sizeof(*out));
	*flaw = read_all(crypto, e, out);
	if (*flaw == ROTOR_SPDM_FLAW_NONE && check->step == CHALLENGE) {
		status = verify(check, crypto, out, e->vca, &e->challenge,
				ROTOR_SPDM_SIGNED_CHALLENGE_AUTH, e->challenge_signature);
		if (status == ROTOR_OK)
			check->step = MEASUREMENT;
		else if (status != ROTOR_PENDING)
			*flaw = flaw_of(status, ROTOR_SPDM_FLAW_CHALLENGE_SIGNATURE);
	}
	if (*flaw == ROTOR_SPDM_FLAW_NONE && check->step == MEASUREMENT) {
		bool with_vca = out->peer.version >= ROTOR_SPDM_V12;
		status = verify(check, crypto, out, with_vca ? e->vca : NULL, &e->measurement,
				ROTOR_SPDM_SIGNED_MEASUREMENTS, e->measurement_signature);
		if (status != ROTOR_OK && status != ROTOR_PENDING)
			*flaw = flaw_of(status, ROTOR_SPDM_FLAW_MEASUREMENT_SIGNATURE);
	}
	if (*flaw == ROTOR_SPDM_FLAW_NONE && status == ROTOR_PENDING)
		return status;
	check->step = CHALLENGE;
	if (*flaw != ROTOR_SPDM_FLAW_NONE) {
		memset(out, 0, sizeof(*out)); /* nothing unproved is left to be read by mistake */
		return ROTOR_ERR_VERIFY;
	}
	out->measurements.is_signed = true;
	return ROTOR_OK;
}
