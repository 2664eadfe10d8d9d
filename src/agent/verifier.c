/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent accepts as good evidence: the one place where that is decided. */
#include "rotor/agent_verifier.h"

#include <string.h>

#include "rotor/boot_dice.h"
#include "rotor/boot_measurement.h"
#include "rotor/spdm_messages.h"

/* Blocks below this index are the trusted computing base (rotor/boot_measurement.h). */
#define FIRST_OUTSIDE_TCB 0x10

const char *rotor_agent_verdict_string(enum rotor_agent_verdict verdict)
{
	static const char *const strings[ROTOR_AGENT_VERDICT_COUNT] = {
	    [ROTOR_AGENT_TRUSTED] = "trusted",
	    [ROTOR_AGENT_NOT_SIGNED] = "the measurements are not signed",
	    [ROTOR_AGENT_MALFORMED] = "the measurements are malformed",
	    [ROTOR_AGENT_UNKNOWN] = "no known-good firmware has these measurements",
	    [ROTOR_AGENT_NOT_EXPECTED] = "the measurements are not those of the expected firmware",
	    [ROTOR_AGENT_SUMMARY_WRONG] =
		"the summary in CHALLENGE_AUTH does not fit the measurements",
	    [ROTOR_AGENT_CERTIFICATE_WRONG] =
		"the certificate of the device's key is not that of the measured firmware",
	    [ROTOR_AGENT_REFERENCE_BAD] =
		"the expected reference values are not signed by a trusted release key",
	    [ROTOR_AGENT_OTHER_VERSION] =
		"known-good firmware runs, but what the update brought is not in its place",
	    [ROTOR_AGENT_BACKEND_FAILED] = "the cryptographic backend failed",
	};
	return (unsigned int)verdict < ROTOR_AGENT_VERDICT_COUNT ? strings[verdict]
								 : "unknown verdict";
}

/* Whether the certificate that a chain begins with is one that is trusted by its digest. */
static bool root_by_digest(const struct rotor_crypto *crypto, const struct rotor_agent_trust *trust,
			   const struct rotor_bytes *root)
{
	static const enum rotor_hash_alg hashes[] = {ROTOR_HASH_SHA256, ROTOR_HASH_SHA384,
						     ROTOR_HASH_SHA512};
	for (size_t h = 0; h < ROTOR_COUNT_OF(hashes) && trust->root_digest_count; h++) {
		uint8_t digest[ROTOR_HASH_MAX];
		if (rotor_hash_parts(crypto, hashes[h], root, 1, digest) != ROTOR_OK) {
			continue;
		}
		for (size_t i = 0; i < trust->root_digest_count; i++) {
			const struct rotor_bytes *known = &trust->root_digests[i];
			if (known->len == rotor_hash_size(hashes[h]) &&
			    memcmp(known->data, digest, known->len) == 0) {
				return true;
			}
		}
	}
	return false;
}

enum rotor_status rotor_agent_check_chain(const struct rotor_crypto *crypto,
					  struct rotor_crypto_job *job,
					  const struct rotor_agent_trust *trust,
					  const struct rotor_bytes *certs, size_t cert_count)
{
	if (cert_count && root_by_digest(crypto, trust, certs)) {
		return crypto->chain_verify(job, certs, cert_count, certs, 1, trust->now);
	}
	return crypto->chain_verify(job, certs, cert_count, trust->roots, trust->root_count,
				    trust->now);
}

static bool same_bytes(struct rotor_bytes a, struct rotor_bytes b)
{
	return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

/*
 * Whether the record's trusted blocks are exactly the manifest's: none is missing, none differs, none is there that
 * the manifest does not name. `differs` is set to the first that is not.
 */
static bool record_fits(struct rotor_bytes record, const struct rotor_reference *ref,
			uint8_t *differs)
{
	struct rotor_spdm_block block;
	size_t next = 0;
	while (rotor_spdm_next_block(&record, &block) == ROTOR_OK) {
		if (block.index >= FIRST_OUTSIDE_TCB) {
			continue;
		}
		*differs = block.index;
		if (next == ref->value_count || !block.dmtf) {
			return false;
		}
		const struct rotor_reference_value *v = &ref->values[next++];
		uint8_t type = (uint8_t)(block.type | (block.raw ? ROTOR_SPDM_MEAS_RAW_BIT : 0));
		if (block.index != v->index || type != v->type ||
		    !same_bytes(block.value, v->value)) {
			return false;
		}
	}
	if (next < ref->value_count) {
		*differs = ref->values[next].index;
		return false;
	}
	return true;
}

/* MeasurementSummaryHash: the digest of the whole blocks of the trusted computing base (DSP0274, CHALLENGE_AUTH). */
static enum rotor_status summary_of(const struct rotor_crypto *crypto, enum rotor_hash_alg hash,
				    struct rotor_bytes record, uint8_t *digest)
{
	struct rotor_hash h = {0};
	struct rotor_spdm_block block;
	enum rotor_status status = crypto->hash_start(&h, hash);
	struct rotor_bytes rest = record;
	while (status == ROTOR_OK) {
		const uint8_t *start = rest.data;
		if (rotor_spdm_next_block(&rest, &block) != ROTOR_OK) {
			break;
		}
		if (block.index < FIRST_OUTSIDE_TCB) {
			status = crypto->hash_update(&h, start, (size_t)(rest.data - start));
		}
	}
	if (status == ROTOR_OK) {
		return crypto->hash_finish(&h, digest);
	}
	crypto->hash_release(&h);
	return status;
}

/* Whether the leaf's TcbInfo names the firmware that was measured. */
static bool certificate_fits(const struct rotor_cert *leaf, struct rotor_bytes record)
{
	struct rotor_dice_tcb_info tcb;
	struct rotor_spdm_block block;
	bool digest_seen = false;
	if (rotor_dice_tcb_info_read(leaf->tcb_info.data, leaf->tcb_info.len, &tcb) != ROTOR_OK) {
		return false;
	}
	while (rotor_spdm_next_block(&record, &block) == ROTOR_OK) {
		if (block.index == ROTOR_MEASURE_FIRMWARE) {
			digest_seen = same_bytes(block.value, tcb.fwid);
		} else if (block.index == ROTOR_MEASURE_SECURITY_VERSION) {
			struct rotor_reader r = rotor_reader(block.value.data, block.value.len);
			uint64_t svn = rotor_read_u64le(&r);
			if (rotor_reader_end(&r) != ROTOR_OK || !tcb.has_svn || svn != tcb.svn) {
				return false;
			}
		}
	}
	return digest_seen;
}

/* A raw value of 8 bytes, as rotor's devices measure numbers. */
static bool read_number(const struct rotor_spdm_block *block, uint64_t *out)
{
	struct rotor_reader r = rotor_reader(block->value.data, block->value.len);
	*out = rotor_read_u64le(&r);
	return block->raw && rotor_reader_end(&r) == ROTOR_OK;
}

bool rotor_agent_security_read(struct rotor_bytes record, struct rotor_agent_security *out)
{
	struct rotor_spdm_block block;
	bool has_version = false, has_floor = false;
	memset(out, 0, sizeof(*out));
	while (rotor_spdm_next_block(&record, &block) == ROTOR_OK) {
		if (block.index == ROTOR_MEASURE_SECURITY_VERSION) {
			has_version = read_number(&block, &out->version);
		} else if (block.index == ROTOR_MEASURE_FLOOR) {
			has_floor = read_number(&block, &out->floor);
		}
	}
	out->held = out->floor < out->version;
	return has_version && has_floor;
}

/* What must hold whatever firmware it is: signed, well-formed, and all three witnesses agree. */
static enum rotor_agent_verdict consistent(const struct rotor_crypto *crypto,
					   const struct rotor_agent_evidence *e)
{
	uint8_t digest[ROTOR_HASH_MAX];
	if (!e->measured->is_signed) {
		return ROTOR_AGENT_NOT_SIGNED;
	}
	if (rotor_spdm_check_record(e->measured->record, e->measured->count) != ROTOR_OK) {
		return ROTOR_AGENT_MALFORMED;
	}
	if (summary_of(crypto, e->hash, e->measured->record, digest) != ROTOR_OK) {
		return ROTOR_AGENT_BACKEND_FAILED;
	}
	if (e->challenge &&
	    (e->challenge->summary_type != ROTOR_SPDM_SUMMARY_TCB ||
	     memcmp(digest, e->challenge->summary, rotor_hash_size(e->hash)) != 0)) {
		return ROTOR_AGENT_SUMMARY_WRONG;
	}
	return certificate_fits(&e->chain->leaf, e->measured->record)
		   ? ROTOR_AGENT_TRUSTED
		   : ROTOR_AGENT_CERTIFICATE_WRONG;
}

enum rotor_status rotor_agent_judge(struct rotor_agent_verifier *v,
				    const struct rotor_crypto *crypto,
				    const struct rotor_agent_trust *trust,
				    const struct rotor_agent_evidence *evidence,
				    const struct rotor_bytes *expected,
				    struct rotor_agent_judgement *out)
{
	const struct rotor_bytes *manifests = expected ? expected : trust->known_good;
	size_t count = expected ? 1 : trust->known_good_count;
	uint8_t differs = 0;

	memset(out, 0, sizeof(*out));
	out->verdict = consistent(crypto, evidence);
	if (out->verdict != ROTOR_AGENT_TRUSTED) {
		return ROTOR_OK;
	}
	out->verdict = expected ? ROTOR_AGENT_REFERENCE_BAD : ROTOR_AGENT_UNKNOWN;
	for (; v->at < count; v->at++) {
		struct rotor_reference reference;
		enum rotor_status status =
		    rotor_reference_open(crypto, &v->job, manifests[v->at], trust->signers,
					 trust->signer_count, &reference);
		if (status == ROTOR_PENDING) {
			return status;
		}
		/* A manifest that nobody trusted has signed says nothing; the others are still asked. */
		if (status != ROTOR_OK) {
			continue;
		}
		bool fits = record_fits(evidence->measured->record, &reference, &differs);
		if (fits || expected) {
			out->verdict = fits ? ROTOR_AGENT_TRUSTED : ROTOR_AGENT_NOT_EXPECTED;
			out->known_good = v->at;
			out->reference = reference;
			out->differs = fits ? 0 : differs;
			break;
		}
	}
	v->at = 0;
	return ROTOR_OK;
}
