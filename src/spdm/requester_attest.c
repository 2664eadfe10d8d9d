/* SPDX-License-Identifier: Apache-2.0 */
/* GET_DIGESTS, GET_CERTIFICATE, CHALLENGE, GET_MEASUREMENTS. */
#include <string.h>

#include "rotor/spdm_messages_manage.h"
#include "spdm/requester.h"

/* CHALLENGE_AUTH's attribute: the requester is to authenticate itself, too. */
#define BASIC_MUTUAL 0x80

static const struct rotor_spdm_requester_step step_challenge_verify, step_measurements_verify;

/* ---- whose key ---- */

bool rotor_spdm_requester_may_use(struct rotor_spdm_requester *q, uint16_t usage)
{
	/* What a key is for is said only in DIGESTS of a multi-key connection. */
	uint8_t slot = q->chain.slot;
	if (!q->peer.suite.multi_key || slot >= ROTOR_SPDM_SLOT_COUNT ||
	    !(q->digests.slots & 1u << slot) || (q->digests.key_usage[slot] & usage))
		return true;
	rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_KEY_USE, ROTOR_ERR_DENIED, ROTOR_OK);
	return false;
}

bool rotor_spdm_requester_same_slot(uint8_t nibble, uint8_t slot)
{
	return (nibble & 0x0f) == (slot & 0x0f);
}

/* ---- GET_DIGESTS ---- */

static void build_get_digests(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	if (rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_CERT))
		rotor_spdm_requester_put_header(q, w, ROTOR_SPDM_GET_DIGESTS, 0, 0);
}

static void take_digests(struct rotor_spdm_requester *q, const struct rotor_spdm_digests *m)
{
	struct rotor_spdm_peer_digests *out = &q->digests;
	size_t at = 0;
	memset(out, 0, sizeof(*out));
	out->slots = m->provisioned_slots;
	out->supported =
	    q->peer.version >= ROTOR_SPDM_V13 ? m->supported_slots : m->provisioned_slots;
	for (uint8_t i = 0; i < ROTOR_SPDM_SLOT_COUNT; i++) {
		struct rotor_bytes digest = rotor_spdm_digest_of_slot(m, i);
		if (!digest.len)
			continue;
		memcpy(out->digest[i], digest.data, digest.len);
		if (q->peer.suite.multi_key) {
			out->key_pair[i] = m->key_pair_ids.data[at];
			out->model[i] = m->cert_infos.data[at];
			out->key_usage[i] = (uint16_t)(m->key_usages.data[2 * at] |
						       m->key_usages.data[2 * at + 1] << 8);
		}
		at++;
	}
}

static void handle_digests(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->peer.suite);
	struct rotor_spdm_digests m;
	enum rotor_status st = rotor_spdm_decode_digests(&sizes, msg, len, &m);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	st = rotor_spdm_requester_record(q, ROTOR_SPDM_RUNNING_M, msg, len);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	q->told = q->told || q->window;
	q->window = false;
	take_digests(q, &m);
	rotor_spdm_requester_done(q);
}

const struct rotor_spdm_requester_step rotor_spdm_step_digests = {
    .request = ROTOR_SPDM_GET_DIGESTS,
    .response = ROTOR_SPDM_DIGESTS,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_get_digests,
    .handle = handle_digests,
};

/* ---- GET_CERTIFICATE ---- */

#define CERTIFICATE_HEADER 8

static void build_get_certificate(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	if (!rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_CERT))
		return;
	if (q->digests.slots && !(q->digests.slots & 1u << q->op.slot)) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_EMPTY_SLOT, ROTOR_ERR_NOT_FOUND,
					  ROTOR_OK);
		return;
	}
	size_t length = rotor_spdm_requester_room(q);
	if (q->config->data_transfer_size)
		length = q->config->data_transfer_size;
	length -= CERTIFICATE_HEADER;
	if (q->op.out_len && length > q->op.remainder)
		length = q->op.remainder;
	const struct rotor_spdm_get_certificate m = {
	    .version = q->peer.version,
	    .slot = q->op.slot,
	    .offset = (uint16_t)q->op.out_len,
	    .length = (uint16_t)(length < UINT16_MAX ? length : UINT16_MAX),
	};
	q->op.inner_length = m.length;
	rotor_spdm_encode_get_certificate(w, &m);
}

static void handle_certificate(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_certificate m;
	enum rotor_status st = rotor_spdm_decode_certificate(msg, len, &m);
	if (st == ROTOR_OK &&
	    (m.slot != q->op.slot || !m.portion.len || m.portion.len > q->op.inner_length))
		st = ROTOR_ERR_FORMAT;
	/* What is left must shrink by just what came. */
	if (st == ROTOR_OK && q->op.out_len && m.portion.len + m.remainder_len != q->op.remainder)
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	if (m.portion.len + m.remainder_len > q->op.out_size - q->op.out_len ||
	    q->op.out_len + m.portion.len + m.remainder_len > UINT16_MAX) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_CHAIN_TOO_LONG, ROTOR_ERR_SPACE,
					  ROTOR_OK);
		return;
	}
	st = rotor_spdm_requester_record(q, ROTOR_SPDM_RUNNING_M, msg, len);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	memcpy(q->op.out + q->op.out_len, m.portion.data, m.portion.len);
	q->op.out_len += m.portion.len;
	q->op.remainder = m.remainder_len;
	if (m.remainder_len) {
		rotor_spdm_requester_step(q, &rotor_spdm_step_certificate);
		return;
	}
	q->chain.spdm = (struct rotor_bytes){q->op.out, q->op.out_len};
	rotor_spdm_requester_step(q, &rotor_spdm_step_chain);
}

const struct rotor_spdm_requester_step rotor_spdm_step_certificate = {
    .request = ROTOR_SPDM_GET_CERTIFICATE,
    .response = ROTOR_SPDM_CERTIFICATE,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_get_certificate,
    .handle = handle_certificate,
};

/* ---- judging the chain ---- */

/* Everything but trust. @return whether the operation goes on */
static bool parse_chain(struct rotor_spdm_requester *q, size_t *count)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	struct rotor_spdm_chain *chain = &q->chain;
	enum rotor_hash_alg hash = q->peer.suite.hash;
	enum rotor_status st = rotor_hash_parts(crypto, hash, &chain->spdm, 1, chain->digest);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return false;
	}
	chain->slot = q->op.slot;
	if ((q->digests.slots & 1u << chain->slot) &&
	    memcmp(chain->digest, q->digests.digest[chain->slot], rotor_hash_size(hash)) != 0) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_CHAIN_DIGEST, ROTOR_ERR_VERIFY,
					  ROTOR_OK);
		return false;
	}
	st = rotor_spdm_chain_parse(crypto, hash, chain->spdm, chain->certs, count, &chain->leaf);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_CHAIN_FORMAT, ROTOR_ERR_FORMAT, st);
		return false;
	}
	enum rotor_spdm_leaf leaf =
	    rotor_spdm_leaf_check(&chain->leaf, ROTOR_SPDM_RESPONDER, q->peer.suite.sig);
	if (leaf != ROTOR_SPDM_LEAF_GOOD) {
		q->result.leaf = leaf;
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_LEAF, ROTOR_ERR_DENIED, ROTOR_OK);
		return false;
	}
	chain->leaf.key.alg = q->peer.suite.sig; /* which says the padding of an RSA key */
	return true;
}

static enum rotor_status work_chain(struct rotor_spdm_requester *q)
{
	size_t count;
	enum rotor_status st = ROTOR_ERR_UNTRUSTED;
	if (!parse_chain(q, &count))
		return ROTOR_OK;
	if (q->config->verify_peer)
		st = q->config->verify_peer(q->config->ctx, &q->op.job, q->chain.certs, count,
					    &q->chain.leaf);
	if (st == ROTOR_PENDING)
		return st;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_UNTRUSTED, ROTOR_ERR_UNTRUSTED, st);
		return ROTOR_OK;
	}
	q->chain.cert_count = count;
	q->chain.believed = true;
	rotor_spdm_requester_done(q);
	return ROTOR_OK;
}

const struct rotor_spdm_requester_step rotor_spdm_step_chain = {
    .request = ROTOR_SPDM_GET_CERTIFICATE,
    .work = work_chain,
};

/* ---- CHALLENGE ---- */

/* Once made they stay the same over retries. */
bool rotor_spdm_requester_nonce(struct rotor_spdm_requester *q)
{
	const struct rotor_crypto *crypto = q->config->crypto;
	enum rotor_status st = crypto->random(q->op.nonce, sizeof(q->op.nonce));
	if (st == ROTOR_OK)
		st = crypto->random(q->op.context, sizeof(q->op.context));
	if (st != ROTOR_OK)
		rotor_spdm_requester_local(q, st);
	return st == ROTOR_OK;
}

static bool context_fits(const struct rotor_spdm_requester *q, const uint8_t *context)
{
	return q->peer.version < ROTOR_SPDM_V13 ||
	       (context && memcmp(context, q->op.context, sizeof(q->op.context)) == 0);
}

static void build_challenge(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	if (!rotor_spdm_requester_capable(q, ROTOR_SPDM_CAP_CHAL) ||
	    !rotor_spdm_requester_may_use(q, ROTOR_SPDM_KEY_USE_CHALLENGE) ||
	    !rotor_spdm_requester_nonce(q))
		return;
	const struct rotor_spdm_challenge m = {
	    .version = q->peer.version,
	    .slot = q->chain.slot,
	    .summary = q->op.summary,
	    .nonce = q->op.nonce,
	    .context = q->op.context,
	};
	rotor_spdm_encode_challenge(w, &m);
}

static void handle_challenge_auth(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->peer.suite);
	struct rotor_spdm_challenge_auth m;
	sizes.summary = q->op.summary != ROTOR_SPDM_SUMMARY_NONE;
	enum rotor_status st = rotor_spdm_decode_challenge_auth(&sizes, msg, len, &m);
	if (st == ROTOR_OK && (!rotor_spdm_requester_same_slot(m.attributes, q->chain.slot) ||
			       !context_fits(q, m.context)))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	if (memcmp(m.cert_chain_hash.data, q->chain.digest, sizes.hash) != 0) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_CHAIN_DIGEST, ROTOR_ERR_VERIFY,
					  ROTOR_OK);
		return;
	}
	st = rotor_spdm_requester_record(q, ROTOR_SPDM_RUNNING_M, msg, len - sizes.sig);
	if (st == ROTOR_OK)
		st = rotor_spdm_requester_close(q, ROTOR_SPDM_SIGNED_CHALLENGE_AUTH);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	memset(&q->challenge, 0, sizeof(q->challenge));
	memcpy(q->op.signature, m.signature.data, sizes.sig);
	if (sizes.summary)
		memcpy(q->op.verify_data, m.summary_hash.data, sizes.hash);
	q->op.mut_auth = m.attributes & BASIC_MUTUAL;
	rotor_spdm_requester_step(q, &step_challenge_verify);
}

static bool is_basic_mutual(const struct rotor_spdm_requester_piece *piece)
{
	return piece->challenged != NULL;
}

static enum rotor_status work_challenge(struct rotor_spdm_requester *q)
{
	enum rotor_status st = rotor_spdm_requester_verify(q);
	if (st != ROTOR_OK)
		return st;
	q->challenge.summary_type = q->op.summary;
	memcpy(q->challenge.summary, q->op.verify_data, sizeof(q->challenge.summary));
	/* A responder that asks for this side's authentication, too, gets it if the configuration says so. */
	const struct rotor_spdm_requester_use *use = rotor_spdm_requester_find(q, is_basic_mutual);
	if (!q->op.mut_auth || !use || !q->config->offer_mutual_auth ||
	    q->peer.suite.req_sig == ROTOR_SIG_NONE) {
		rotor_spdm_requester_done(q);
		return ROTOR_OK;
	}
	use->piece->challenged(q, use->config);
	if (q->op.step)
		rotor_spdm_requester_step(q, &rotor_spdm_step_encap_get);
	return ROTOR_OK;
}

static const struct rotor_spdm_requester_step step_challenge_verify = {
    .request = ROTOR_SPDM_CHALLENGE,
    .work = work_challenge,
};
const struct rotor_spdm_requester_step rotor_spdm_step_challenge = {
    .request = ROTOR_SPDM_CHALLENGE,
    .response = ROTOR_SPDM_CHALLENGE_AUTH,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_challenge,
    .handle = handle_challenge_auth,
};

/* ---- GET_MEASUREMENTS ---- */

static bool wants_signature(const struct rotor_spdm_requester *q)
{
	return (q->op.attributes & ROTOR_SPDM_MEAS_ATTR_SIGNATURE) != 0;
}

static void build_get_measurements(struct rotor_spdm_requester *q, struct rotor_writer *w)
{
	if (!rotor_spdm_requester_capable(q, wants_signature(q) ? ROTOR_SPDM_CAP_MEAS_SIG
								: ROTOR_SPDM_CAP_MEAS) ||
	    (wants_signature(q) && !rotor_spdm_requester_may_use(q, ROTOR_SPDM_KEY_USE_MEAS)) ||
	    !rotor_spdm_requester_nonce(q))
		return;
	const struct rotor_spdm_get_measurements m = {
	    .version = q->peer.version,
	    .attributes = q->op.attributes,
	    .operation = q->op.operation,
	    .nonce = wants_signature(q) ? q->op.nonce : NULL,
	    .slot = wants_signature(q) ? q->chain.slot : 0,
	    .context = q->op.context,
	};
	rotor_spdm_encode_get_measurements(w, &m);
}

/* Whether the blocks are what was asked for. */
static bool blocks_fit(const struct rotor_spdm_requester *q,
		       const struct rotor_spdm_measurements *m)
{
	if (rotor_spdm_check_record(m->record, m->block_count) != ROTOR_OK)
		return false;
	if (q->op.operation == ROTOR_SPDM_MEAS_OP_COUNT)
		return m->block_count == 0;
	if (q->op.operation == ROTOR_SPDM_MEAS_OP_ALL)
		return m->block_count != 0;
	struct rotor_bytes record = m->record;
	struct rotor_spdm_block block;
	return m->block_count == 1 && rotor_spdm_next_block(&record, &block) == ROTOR_OK &&
	       block.index == q->op.operation;
}

static void handle_measurements(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_sizes sizes = rotor_spdm_suite_sizes(&q->peer.suite);
	struct rotor_spdm_measurements m;
	sizes.signature = wants_signature(q);
	enum rotor_status st = rotor_spdm_decode_measurements(&sizes, msg, len, &m);
	if (st == ROTOR_OK && (!blocks_fit(q, &m) || !context_fits(q, m.context) ||
			       (sizes.signature && q->peer.version >= ROTOR_SPDM_V11 &&
				!rotor_spdm_requester_same_slot(m.slot_info, q->chain.slot))))
		st = ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK) {
		rotor_spdm_requester_malformed(q, st);
		return;
	}
	if (m.record.len > q->op.out_size) {
		rotor_spdm_requester_fail(q, ROTOR_SPDM_FAIL_SPACE, ROTOR_ERR_SPACE, ROTOR_OK);
		return;
	}
	st = rotor_spdm_requester_record(q, ROTOR_SPDM_RUNNING_L, msg,
					 len - (sizes.signature ? sizes.sig : 0));
	if (st == ROTOR_OK && sizes.signature)
		st = rotor_spdm_requester_close(q, ROTOR_SPDM_SIGNED_MEASUREMENTS);
	if (st != ROTOR_OK) {
		rotor_spdm_requester_local(q, st);
		return;
	}
	if (m.record.len)
		memcpy(q->op.out, m.record.data, m.record.len);
	struct rotor_spdm_measured *out = &q->measurements;
	out->count = q->op.operation == ROTOR_SPDM_MEAS_OP_COUNT ? m.total : m.block_count;
	out->record = (struct rotor_bytes){q->op.out, m.record.len};
	if (q->peer.version >= ROTOR_SPDM_V12)
		out->content_changed = (m.slot_info >> 4) & 3;
	if (!sizes.signature) {
		rotor_spdm_requester_done(q);
		return;
	}
	memcpy(out->requester_nonce, q->op.nonce, sizeof(out->requester_nonce));
	memcpy(out->responder_nonce, m.nonce, sizeof(out->responder_nonce));
	memcpy(q->op.signature, m.signature.data, sizes.sig);
	rotor_spdm_requester_step(q, &step_measurements_verify);
}

static enum rotor_status work_measurements(struct rotor_spdm_requester *q)
{
	enum rotor_status st = rotor_spdm_requester_verify(q);
	if (st == ROTOR_PENDING)
		return st;
	if (st != ROTOR_OK) {
		/* Nothing unproved is left to be read by mistake. */
		memset(&q->measurements, 0, sizeof(q->measurements));
		return st;
	}
	q->measurements.is_signed = true;
	rotor_spdm_requester_done(q);
	return ROTOR_OK;
}

static const struct rotor_spdm_requester_step step_measurements_verify = {
    .request = ROTOR_SPDM_GET_MEASUREMENTS,
    .work = work_measurements,
};
const struct rotor_spdm_requester_step rotor_spdm_step_measurements = {
    .request = ROTOR_SPDM_GET_MEASUREMENTS,
    .response = ROTOR_SPDM_MEASUREMENTS,
    .flags = ROTOR_SPDM_R_SLOW,
    .build = build_get_measurements,
    .handle = handle_measurements,
};
