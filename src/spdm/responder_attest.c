/* SPDX-License-Identifier: Apache-2.0 */
/* GET_DIGESTS, GET_CERTIFICATE, CHALLENGE; slots and their signatures. */
#include <string.h>

#include "spdm/responder.h"

enum rotor_status rotor_spdm_responder_record(struct rotor_spdm_responder *r,
					      const struct rotor_spdm_request *q,
					      struct rotor_spdm_running_hash *running,
					      enum rotor_spdm_running kind)
{
	const struct rotor_crypto *crypto = r->config->crypto;
	struct rotor_spdm_connection *c = q->c;
	enum rotor_status st = rotor_spdm_running_add(crypto, c->suite.hash, &c->transcript,
						      running, kind, q->msg, q->len);
	if (st == ROTOR_OK)
		st = rotor_spdm_running_add(crypto, c->suite.hash, &c->transcript, running, kind,
					    rotor_spdm_responder_answer(r), r->work.at);
	return st;
}

/* The same for M1/M2. */
static enum rotor_status record(struct rotor_spdm_responder *r, const struct rotor_spdm_request *q)
{
	return rotor_spdm_responder_record(r, q, &q->c->transcript.running, ROTOR_SPDM_RUNNING_M);
}

/* ---- slots ---- */

const struct rotor_spdm_slot *rotor_spdm_responder_slot(const struct rotor_spdm_responder *r,
							const struct rotor_spdm_connection *c,
							uint8_t slot)
{
	const struct rotor_spdm_slot *s = NULL;
	if (slot < r->config->slot_count)
		s = &r->config->slots[slot];
	else if (ROTOR_SPDM_PUBLIC_KEYS && slot == ROTOR_SPDM_SLOT_PROVISIONED)
		s = r->config->provisioned;
	return s && s->signer && s->signer->alg == c->suite.sig ? s : NULL;
}

const struct rotor_spdm_slot *rotor_spdm_responder_slot_for(const struct rotor_spdm_responder *r,
							    const struct rotor_spdm_connection *c,
							    uint8_t slot, uint16_t usage)
{
	const struct rotor_spdm_slot *s = rotor_spdm_responder_slot(r, c, slot);
	if (s && rotor_spdm_multi_key(&c->suite) && slot != ROTOR_SPDM_SLOT_PROVISIONED &&
	    !(s->key_usage & usage))
		return NULL;
	return s;
}

uint8_t rotor_spdm_responder_slots(const struct rotor_spdm_responder *r,
				   const struct rotor_spdm_connection *c)
{
	uint8_t slots = 0;
	for (uint8_t i = 0; i < r->config->slot_count; i++)
		slots |= (uint8_t)(rotor_spdm_responder_slot(r, c, i) ? 1u << i : 0);
	return slots;
}

enum rotor_status rotor_spdm_responder_chain_digest(const struct rotor_spdm_responder *r,
						    const struct rotor_spdm_connection *c,
						    uint8_t slot, uint8_t *digest)
{
	if (ROTOR_SPDM_PUBLIC_KEYS && slot == ROTOR_SPDM_SLOT_PROVISIONED)
		return rotor_hash_parts(r->config->crypto, c->suite.hash,
					&r->config->provisioned->chain, 1, digest);
	return rotor_spdm_chain_digest(r->config->crypto, c->suite.hash,
				       r->config->slots[slot].chain, digest);
}

enum rotor_status rotor_spdm_responder_sign(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_connection *c,
					    uint8_t *signature)
{
	const struct rotor_spdm_slot *slot = &r->config->slots[r->work.slot];
	if (ROTOR_SPDM_PUBLIC_KEYS && r->work.slot == ROTOR_SPDM_SLOT_PROVISIONED)
		slot = r->config->provisioned;
	return rotor_spdm_sign(slot->signer, &r->work.job, c->suite.hash, r->work.digest,
			       signature);
}

enum rotor_status rotor_spdm_responder_begin_sign(struct rotor_spdm_responder *r,
						  const struct rotor_spdm_request *q,
						  struct rotor_spdm_running_hash *running,
						  uint8_t slot, enum rotor_spdm_signed what)
{
	struct rotor_spdm_connection *c = q->c;
	enum rotor_status st = r->config->crypto->hash_finish(&running->hash, r->work.digest);
	running->kind = ROTOR_SPDM_RUNNING_NONE;
	if (st == ROTOR_OK)
		st = rotor_spdm_to_sign(r->config->crypto, c->version, c->suite.hash, c->suite.sig,
					what, r->work.digest);
	if (st != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	r->work.slot = slot;
	r->work.step = ROTOR_SPDM_STEP_SIGN;
	return ROTOR_PENDING;
}

enum rotor_status rotor_spdm_attest_work(struct rotor_spdm_responder *r,
					 struct rotor_spdm_connection *c)
{
	enum rotor_status st =
	    rotor_spdm_responder_sign(r, c, rotor_spdm_responder_answer(r) + r->work.at);
	if (st == ROTOR_PENDING)
		return st;
	if (st != ROTOR_OK) {
		r->work.after = ROTOR_SPDM_AFTER_NOTHING;
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	}
	r->work.at = (uint16_t)(r->work.at + rotor_sig_size(c->suite.sig));
	return ROTOR_OK;
}

/* ---- DIGESTS and CERTIFICATE ---- */

enum rotor_status rotor_spdm_responder_write_digests(const struct rotor_spdm_responder *r,
						     const struct rotor_spdm_connection *c,
						     struct rotor_writer *w)
{
	const struct rotor_spdm_slot *slots = r->config->slots;
	uint8_t digests[ROTOR_SPDM_SLOT_COUNT * ROTOR_HASH_MAX];
	size_t size = rotor_hash_size(c->suite.hash);
	struct rotor_spdm_digests m = {
	    .version = c->version,
	    .supported_slots = (uint8_t)((1u << r->config->slot_count) - 1),
	    .provisioned_slots = rotor_spdm_responder_slots(r, c),
	    .digests = {digests, 0},
	};
	for (uint8_t i = 0; i < r->config->slot_count; i++) {
		if (!(m.provisioned_slots >> i & 1))
			continue;
		enum rotor_status st =
		    rotor_spdm_responder_chain_digest(r, c, i, digests + m.digests.len);
		if (st != ROTOR_OK)
			return st;
		m.digests.len += size;
	}
	rotor_spdm_encode_digests(w, &m);
	/* KeyPairID, CertificateInfo and KeyUsageMask of each, all of one kind together. */
	for (unsigned kind = 0; kind < (rotor_spdm_multi_key(&c->suite) ? 3 : 0); kind++) {
		for (uint8_t i = 0; i < r->config->slot_count; i++) {
			if (!(m.provisioned_slots >> i & 1))
				continue;
			if (kind == 2)
				rotor_write_u16le(w, slots[i].key_usage);
			else
				rotor_write_u8(w, kind ? slots[i].model : slots[i].key_pair);
		}
	}
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_on_get_digests(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_header header;
	if (rotor_spdm_decode_header_only(q->msg, q->len, &header) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	if (rotor_spdm_responder_write_digests(r, c, &w) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	(void)rotor_spdm_responder_built(r, &w);
	if (w.failed || q->session)
		return ROTOR_OK;
	c->digests = c->digests || c->window;
	c->window = false;
	if (record(r, q) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	return ROTOR_OK;
}

#define CERTIFICATE_HEADER 8 /* of the message, before the portion */

enum rotor_status rotor_spdm_on_get_certificate(struct rotor_spdm_responder *r,
						const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_get_certificate m;
	if (rotor_spdm_decode_get_certificate(q->msg, q->len, &m) != ROTOR_OK ||
	    !rotor_spdm_responder_slot(r, c, m.slot))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	const struct rotor_spdm_slot *slot = &r->config->slots[m.slot];
	uint8_t header[ROTOR_SPDM_CHAIN_HEADER_MAX];
	size_t header_len =
	    rotor_spdm_chain_header(r->config->crypto, c->suite.hash, slot->chain, header);
	if (!header_len)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	size_t total = header_len + slot->chain.len;
	bool size_only = m.attributes & ROTOR_SPDM_CERT_ATTR_SIZE;
	size_t offset = size_only ? 0 : m.offset;
	if (offset >= total)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	size_t len = total - offset;
	/* Portions are what one message carries: there is no need of chunks for them. */
	size_t most = rotor_spdm_responder_transfer(r, c) - CERTIFICATE_HEADER - (m.large ? 8 : 0);
	if (len > m.length)
		len = m.length;
	if (len > most)
		len = most;
	if (size_only)
		len = 0;
	const struct rotor_spdm_certificate out = {
	    .version = c->version,
	    .slot = m.slot,
	    .attributes = rotor_spdm_multi_key(&c->suite) ? slot->model : 0,
	    .large = m.large,
	    .remainder_len = (uint32_t)(total - offset - len),
	};
	/* The portion is gathered in place, behind an empty message whose length is put right. */
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_certificate(&w, &out);
	if (m.large)
		rotor_write_patch_u32le(&w, 8, (uint32_t)len);
	else
		rotor_write_patch_u16le(&w, 4, (uint16_t)len);
	uint8_t *portion = rotor_write_reserve(&w, len);
	if (portion)
		rotor_spdm_chain_portion(header, header_len, slot->chain, offset, portion, len);
	(void)rotor_spdm_responder_built(r, &w);
	if (!q->session && record(r, q) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	return ROTOR_OK;
}

/* ---- CHALLENGE ---- */

#define BASIC_MUTUAL 0x80

uint8_t rotor_spdm_responder_basic_mutual(struct rotor_spdm_responder *r,
					  struct rotor_spdm_connection *c)
{
	for (size_t i = 0; ROTOR_SPDM_CHALLENGE_MUTUAL_FEATURE && i < rotor_spdm_feature_count(r);
	     i++) {
		const struct rotor_spdm_feature_use *use = &r->config->features[i];
		if (use->feature->challenged && use->feature->challenged(r, c, use->config))
			return BASIC_MUTUAL;
	}
	return 0;
}

enum rotor_status rotor_spdm_on_challenge(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q)
{
	struct rotor_spdm_connection *c = q->c;
	struct rotor_spdm_challenge m;
	size_t size = rotor_hash_size(c->suite.hash);
	if (rotor_spdm_decode_challenge(q->msg, q->len, &m) != ROTOR_OK ||
	    !rotor_spdm_responder_slot_for(r, c, m.slot, ROTOR_SPDM_KEY_USE_CHALLENGE) ||
	    !rotor_spdm_responder_summary_ok(c, m.summary))
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	struct rotor_bytes summary;
	uint8_t chain[ROTOR_HASH_MAX], digest[ROTOR_HASH_MAX], nonce[ROTOR_SPDM_NONCE_SIZE];
	enum rotor_status st = rotor_spdm_responder_chain_digest(r, c, m.slot, chain);
	if (st == ROTOR_OK)
		st = rotor_spdm_responder_summary(r, c, m.summary, digest, &summary);
	if (st == ROTOR_OK)
		st = r->config->crypto->random(nonce, sizeof(nonce));
	if (st != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	const struct rotor_spdm_challenge_auth out = {
	    .version = c->version,
	    .attributes = (uint8_t)((m.slot & 0x0f) | rotor_spdm_responder_basic_mutual(r, c)),
	    .slot_mask = rotor_spdm_responder_slots(r, c),
	    .cert_chain_hash = {chain, size},
	    .nonce = nonce,
	    .summary_hash = summary,
	    .context = m.context,
	};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_challenge_auth(&w, &out);
	size_t at = w.len;
	rotor_write_zeros(&w, rotor_sig_size(c->suite.sig));
	if (w.failed)
		return rotor_spdm_responder_built(r, &w);
	r->work.at = (uint16_t)at;
	if (record(r, q) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_UNSPECIFIED);
	r->work.after = ROTOR_SPDM_AFTER_AUTHENTICATED;
	return rotor_spdm_responder_begin_sign(r, q, &c->transcript.running, m.slot,
					       ROTOR_SPDM_SIGNED_CHALLENGE_AUTH);
}
