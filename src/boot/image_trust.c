/* SPDX-License-Identifier: Apache-2.0 */
/* Whom and what the verifier of images believes: the key against the policy, then what the image says of itself. */
#include <string.h>

#include "boot/image.h"

/* The whole key, if the policy holds it: the image's own, or the one whose hash the image carries. */
static enum rotor_image_refusal find_held_key(struct rotor_image_verifier *v)
{
	const struct rotor_image_policy *policy = v->policy;
	struct rotor_image_key_hash held;
	size_t i;

	for (i = 0; i < policy->key_count; i++) {
		const struct rotor_public_key *key = &policy->keys[i];

		if (v->info.has_public_key) {
			if (key->alg == v->key.alg && key->len == v->key.len &&
			    memcmp(key->bytes, v->key.bytes, key->len) == 0)
				return ROTOR_IMAGE_ACCEPTED;
			continue;
		}
		if (image_mcuboot_key_hash(v->crypto, key, v->info.key_hash.alg, &held) != ROTOR_OK)
			return ROTOR_IMAGE_CRYPTO_FAILED;
		if (memcmp(held.hash, v->info.key_hash.hash, sizeof(held.hash)) == 0) {
			v->key = *key;
			return ROTOR_IMAGE_ACCEPTED;
		}
	}
	return ROTOR_IMAGE_KEY_UNKNOWN;
}

/* One hash of the policy against the image's key, or against the hash that it carries in place of it. */
static enum rotor_image_refusal match_hash(const struct rotor_image_verifier *v,
					   const struct rotor_image_key_hash *known)
{
	struct rotor_image_key_hash own = v->info.key_hash;

	if (v->info.has_public_key &&
	    image_spki_hash(v->crypto, &v->key, known->alg, &own) != ROTOR_OK)
		return ROTOR_IMAGE_CRYPTO_FAILED;
	if (own.alg != known->alg ||
	    memcmp(own.hash, known->hash, rotor_hash_size(known->alg)) != 0)
		return ROTOR_IMAGE_KEY_UNKNOWN;
	return v->info.has_public_key ? ROTOR_IMAGE_ACCEPTED : ROTOR_IMAGE_KEY_MISSING;
}

static enum rotor_image_refusal find_key(struct rotor_image_verifier *v)
{
	enum rotor_image_refusal refusal = find_held_key(v);
	size_t i;

	for (i = 0; i < v->policy->key_hash_count && refusal == ROTOR_IMAGE_KEY_UNKNOWN; i++)
		refusal = match_hash(v, &v->policy->key_hashes[i]);
	return refusal;
}

/* Hash, key and signature are of kinds that go together; and an ECDSA signature is made raw. */
static enum rotor_image_refusal check_algorithms(struct rotor_image_verifier *v)
{
	uint8_t raw[2 * ROTOR_SCALAR_MAX];
	size_t size = rotor_ecdsa_size(v->key.alg);
	bool ecdsa = v->info.sig_tlv == ROTOR_IMAGE_TLV_ECDSA;

	if (ecdsa ? size == 0 : v->key.alg != v->info.sig_alg)
		return ROTOR_IMAGE_ALGORITHMS_MISMATCH;
	v->info.sig_alg = v->key.alg;
	if (!rotor_image_hash_fits(v->key.alg, v->info.hash_alg))
		return ROTOR_IMAGE_ALGORITHMS_MISMATCH;
	if (!(v->crypto->sigs & ROTOR_BIT(v->key.alg)))
		return ROTOR_IMAGE_SIGNATURE_UNSUPPORTED;
	if (!ecdsa)
		return ROTOR_IMAGE_ACCEPTED;
	if (rotor_ecdsa_from_der(v->key.alg, v->sig, v->sig_len, raw) != ROTOR_OK)
		return ROTOR_IMAGE_SIGNATURE_MALFORMED;
	v->sig_len = 2 * size;
	memcpy(v->sig, raw, v->sig_len);
	return ROTOR_IMAGE_ACCEPTED;
}

enum rotor_image_refusal image_check_signer(struct rotor_image_verifier *v)
{
	enum rotor_image_refusal refusal;

	if (!(v->seen & IMAGE_SEEN_SIGNATURE))
		return ROTOR_IMAGE_SIGNATURE_MISSING;
	if (v->seen & IMAGE_SEEN_PURE)
		return ROTOR_IMAGE_SIGNATURE_PURE;
	if (v->info.sig_tlv != ROTOR_IMAGE_TLV_ECDSA &&
	    (v->info.sig_alg == ROTOR_SIG_NONE || !(v->crypto->sigs & ROTOR_BIT(v->info.sig_alg))))
		return ROTOR_IMAGE_SIGNATURE_UNSUPPORTED;
	if (!(v->seen & IMAGE_SEEN_KEY))
		return ROTOR_IMAGE_KEY_MISSING;
	if (v->info.has_public_key && v->key.alg == ROTOR_SIG_NONE)
		return ROTOR_IMAGE_KEY_MALFORMED;
	refusal = find_key(v);
	return refusal ? refusal : check_algorithms(v);
}

/* Judged after the signature, so that these refusals speak of true claims. */
enum rotor_image_refusal image_check_claims(const struct rotor_image_verifier *v)
{
	const struct rotor_image_policy *policy = v->policy;
	const struct rotor_image_info *info = &v->info;
	bool required = !(policy->flags & ROTOR_IMAGE_IDS_OPTIONAL);

	if (info->kind != policy->kind)
		return ROTOR_IMAGE_KIND_MISMATCH;
	if (info->security_counter < policy->security_floor)
		return ROTOR_IMAGE_SECURITY_VERSION_LOW;
	if (policy->security_ceiling && info->security_counter > policy->security_ceiling)
		return ROTOR_IMAGE_SECURITY_VERSION_HIGH;
	if (policy->flags & ROTOR_IMAGE_IDS_IGNORED)
		return ROTOR_IMAGE_ACCEPTED;
	if (!info->has_vendor_id && required)
		return ROTOR_IMAGE_VENDOR_MISSING;
	if (info->has_vendor_id &&
	    memcmp(info->vendor_id, policy->vendor_id, ROTOR_IMAGE_ID_SIZE) != 0)
		return ROTOR_IMAGE_VENDOR_MISMATCH;
	if (!info->has_class_id && required)
		return ROTOR_IMAGE_CLASS_MISSING;
	if (info->has_class_id &&
	    memcmp(info->class_id, policy->class_id, ROTOR_IMAGE_ID_SIZE) != 0)
		return ROTOR_IMAGE_CLASS_MISMATCH;
	return ROTOR_IMAGE_ACCEPTED;
}
