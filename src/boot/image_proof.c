/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of a verdict on an image: what the verifier has checked is checked once more, as boot/harden.h says. */
#include "boot/harden.h"
#include "boot/image.h"

unsigned image_signature_checks(const struct rotor_image_policy *policy)
{
	return policy->signature_checks > 1 ? policy->signature_checks : 1;
}

void image_prove_signature(struct rotor_image_verifier *v, enum rotor_status answer)
{
	harden_pass(&v->proof, harden_is(SHARE_SIGNATURE, answer, ROTOR_OK));
}

/* Whether one hash of the policy is that of the key that the signature was checked with, hashed anew. */
static uint32_t match_hash(const struct rotor_image_verifier *v,
			   const struct rotor_image_key_hash *known)
{
	struct rotor_image_key_hash used = {ROTOR_HASH_NONE, {0}};

	if (image_spki_hash(v->crypto, &v->key, known->alg, &used) != ROTOR_OK)
		return 0;
	return harden_equal(SHARE_SIGNER, known->hash, used.hash, rotor_hash_size(known->alg));
}

/* SHARE_SIGNER if the key that the signature was checked with is one that the policy names. */
static uint32_t find_signer(const struct rotor_image_verifier *v)
{
	const struct rotor_image_policy *policy = v->policy;
	uint32_t answer = 0;
	size_t i;

	for (i = 0; i < policy->key_hash_count && answer != SHARE_SIGNER; i++)
		answer = match_hash(v, &policy->key_hashes[i]);
	for (i = 0; i < policy->key_count && answer != SHARE_SIGNER; i++)
		if (policy->keys[i].len == v->key.len && policy->keys[i].alg == v->key.alg)
			answer = harden_equal(SHARE_SIGNER, policy->keys[i].bytes, v->key.bytes,
					      v->key.len);
	return answer;
}

/* An identifier that the image states is compared; one that it does not state must be optional. */
static uint32_t judge_id(const struct rotor_image_verifier *v, uint32_t share, uint32_t seen,
			 const uint8_t *stated, const uint8_t *wanted)
{
	unsigned flags = v->policy->flags;

	if ((flags & ROTOR_IMAGE_IDS_IGNORED) != 0)
		return share;
	if ((v->seen & seen) != 0)
		return harden_equal(share, stated, wanted, ROTOR_IMAGE_ID_SIZE);
	return harden_is(share, flags & ROTOR_IMAGE_IDS_OPTIONAL, ROTOR_IMAGE_IDS_OPTIONAL);
}

/* Firmware states no kind; the others must have stated theirs. */
static uint32_t judge_kind(const struct rotor_image_verifier *v)
{
	enum rotor_image_kind wanted = v->policy->kind;
	uint32_t stated = (v->seen & IMAGE_SEEN_KIND) != 0 ? IMAGE_SEEN_KIND : 0;
	uint32_t must_state = wanted != ROTOR_IMAGE_FIRMWARE ? IMAGE_SEEN_KIND : 0;

	return harden_is(SHARE_KIND, stated + v->info.kind, must_state + wanted);
}

void image_prove_claims(struct rotor_image_verifier *v)
{
	const struct rotor_image_policy *policy = v->policy;
	const struct rotor_image_info *info = &v->info;
	uint32_t ceiling = policy->security_ceiling != 0 ? policy->security_ceiling : UINT32_MAX;

	harden_pass(&v->proof, harden_equal(SHARE_DIGEST, info->hash, v->expected_hash,
					    rotor_hash_size(info->hash_alg)));
	harden_pass(&v->proof, find_signer(v));
	harden_pass(&v->proof,
		    harden_at_least(SHARE_FLOOR, v->counter_again, policy->security_floor));
	harden_pass(&v->proof, harden_at_least(SHARE_CEILING, ceiling, info->security_counter));
	harden_pass(&v->proof, judge_kind(v));
	harden_pass(&v->proof, judge_id(v, SHARE_VENDOR, IMAGE_SEEN_VENDOR, info->vendor_id,
					policy->vendor_id));
	harden_pass(&v->proof,
		    judge_id(v, SHARE_CLASS, IMAGE_SEEN_CLASS, info->class_id, policy->class_id));
}

uint32_t rotor_image_verifier_accepted(const struct rotor_image_verifier *v)
{
	if (!v->policy)
		return ~ROTOR_PROVEN;
	return harden_complete(&v->proof, image_signature_checks(v->policy) * SHARE_SIGNATURE +
					      SHARE_DIGEST + SHARE_SIGNER + SHARE_FLOOR +
					      SHARE_CEILING + SHARE_VENDOR + SHARE_CLASS +
					      SHARE_KIND);
}
