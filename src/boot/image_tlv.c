/* SPDX-License-Identifier: Apache-2.0 */
/* The TLVs that the verifier of images knows: where each may stand, how long it is, what is taken from it. */
#include <string.h>

#include "boot/image.h"

#define SIGNATURE_DER_MIN     8
#define SIGNATURE_DER_MAX     (2 * ROTOR_SCALAR_MAX + 16)
#define DEPENDENCY_SIZE       12
#define SECURITY_COUNTER_SIZE 4

/* What is known of each type. A repeatable one has no seen bit. */
struct tlv_rule {
	uint16_t type;
	bool protected_area;
	uint16_t seen;
	uint16_t min_len, max_len;
	enum rotor_image_refusal (*take)(struct rotor_image_verifier *v, const struct image_tlv *t);
};

static enum rotor_image_refusal take_hash(struct rotor_image_verifier *v, const struct image_tlv *t)
{
	v->info.hash_alg = t->type == ROTOR_IMAGE_TLV_SHA256   ? ROTOR_HASH_SHA256
			   : t->type == ROTOR_IMAGE_TLV_SHA384 ? ROTOR_HASH_SHA384
							       : ROTOR_HASH_SHA512;
	memcpy(v->expected_hash, t->value, t->len);
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_key_hash(struct rotor_image_verifier *v,
					      const struct image_tlv *t)
{
	v->info.key_hash.alg = t->len == 32   ? ROTOR_HASH_SHA256
			       : t->len == 48 ? ROTOR_HASH_SHA384
			       : t->len == 64 ? ROTOR_HASH_SHA512
					      : ROTOR_HASH_NONE;
	if (v->info.key_hash.alg == ROTOR_HASH_NONE)
		return ROTOR_IMAGE_TLV_BAD_LENGTH;
	memcpy(v->info.key_hash.hash, t->value, t->len);
	return ROTOR_IMAGE_ACCEPTED;
}

/* A key of another kind is judged once the kind of signature is known: alg stays ROTOR_SIG_NONE. */
static enum rotor_image_refusal take_public_key(struct rotor_image_verifier *v,
						const struct image_tlv *t)
{
	v->info.has_public_key = true;
	if (!t->value || image_key_read(t->value, t->len, &v->key) != ROTOR_OK)
		memset(&v->key, 0, sizeof(v->key));
	else if (rotor_image_key_hash(v->crypto, &v->key, &v->info.key_hash) != ROTOR_OK)
		return ROTOR_IMAGE_CRYPTO_FAILED;
	return ROTOR_IMAGE_ACCEPTED;
}

/* Which of the curves an ECDSA signature is of is known when its key is. */
static enum rotor_image_refusal take_signature(struct rotor_image_verifier *v,
					       const struct image_tlv *t)
{
	v->info.sig_tlv = (uint8_t)t->type;
	if (t->type == ROTOR_IMAGE_TLV_ED25519)
		v->info.sig_alg = ROTOR_SIG_ED25519;
	else if (t->type == ROTOR_IMAGE_TLV_RSA3072 && rotor_sig_size(ROTOR_SIG_RSA3072_PSS))
		v->info.sig_alg = ROTOR_SIG_RSA3072_PSS;
	else if (t->type != ROTOR_IMAGE_TLV_ECDSA)
		return ROTOR_IMAGE_ACCEPTED;
	v->sig_len = t->len;
	memcpy(v->sig, t->value, t->len);
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_pure(struct rotor_image_verifier *v, const struct image_tlv *t)
{
	(void)t;
	v->info.sig_pure = true;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_counter(struct rotor_image_verifier *v,
					     const struct image_tlv *t)
{
	struct rotor_reader r = rotor_reader(t->value, t->len);

	v->info.has_security_counter = true;
	v->info.security_counter = rotor_read_u32le(&r);
	/* For the proof, by other code: a reading that was passed over leaves whatever stood in its place. */
	v->counter_again = (uint32_t)t->value[3] << 24 | (uint32_t)t->value[2] << 16 |
			   (uint32_t)t->value[1] << 8 | t->value[0];
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_vendor(struct rotor_image_verifier *v,
					    const struct image_tlv *t)
{
	v->info.has_vendor_id = true;
	memcpy(v->info.vendor_id, t->value, ROTOR_IMAGE_ID_SIZE);
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_class(struct rotor_image_verifier *v,
					   const struct image_tlv *t)
{
	v->info.has_class_id = true;
	memcpy(v->info.class_id, t->value, ROTOR_IMAGE_ID_SIZE);
	return ROTOR_IMAGE_ACCEPTED;
}

/* rotor makes its own measurements; whoever hands this one on must get one that is well-formed. */
static enum rotor_image_refusal take_boot_record(struct rotor_image_verifier *v,
						 const struct image_tlv *t)
{
	struct rotor_image_boot_record record;

	if (rotor_image_boot_record_read(t->value, t->len, &record) != ROTOR_OK)
		return ROTOR_IMAGE_TLV_BAD_VALUE;
	v->info.has_boot_record = true;
	v->info.boot_record_offset = t->offset;
	v->info.boot_record_size = t->len;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_kind(struct rotor_image_verifier *v, const struct image_tlv *t)
{
	struct rotor_reader r = rotor_reader(t->value, t->len);
	uint8_t kind = rotor_read_u8(&r);

	if (kind == ROTOR_IMAGE_FIRMWARE || kind > ROTOR_IMAGE_DOWNSTREAM)
		return ROTOR_IMAGE_TLV_BAD_VALUE;
	v->info.kind = (enum rotor_image_kind)kind;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_dependency(struct rotor_image_verifier *v,
						const struct image_tlv *t)
{
	(void)t;
	v->info.has_dependency = true;
	return ROTOR_IMAGE_ACCEPTED;
}

/* Values up to ROTOR_IMAGE_WORK_MIN - IMAGE_TLV_HEADER_SIZE are there to be looked at. */
static const struct tlv_rule rules[] = {
    {ROTOR_IMAGE_TLV_KEYHASH, false, IMAGE_SEEN_KEY, 32, 64, take_key_hash},
    {ROTOR_IMAGE_TLV_PUBKEY, false, IMAGE_SEEN_KEY, 32, 1024, take_public_key},
    {ROTOR_IMAGE_TLV_SHA256, false, IMAGE_SEEN_HASH, 32, 32, take_hash},
    {ROTOR_IMAGE_TLV_SHA384, false, IMAGE_SEEN_HASH, 48, 48, take_hash},
    {ROTOR_IMAGE_TLV_SHA512, false, IMAGE_SEEN_HASH, 64, 64, take_hash},
    {ROTOR_IMAGE_TLV_RSA2048, false, IMAGE_SEEN_SIGNATURE, 256, 256, take_signature},
    {ROTOR_IMAGE_TLV_ECDSA, false, IMAGE_SEEN_SIGNATURE, SIGNATURE_DER_MIN, SIGNATURE_DER_MAX,
     take_signature},
    {ROTOR_IMAGE_TLV_RSA3072, false, IMAGE_SEEN_SIGNATURE, 384, 384, take_signature},
    {ROTOR_IMAGE_TLV_ED25519, false, IMAGE_SEEN_SIGNATURE, 64, 64, take_signature},
    {ROTOR_IMAGE_TLV_SIG_PURE, false, IMAGE_SEEN_PURE, 0, 4, take_pure},
    {ROTOR_IMAGE_TLV_DEPENDENCY, true, 0, DEPENDENCY_SIZE, DEPENDENCY_SIZE, take_dependency},
    {ROTOR_IMAGE_TLV_SECURITY_COUNTER, true, IMAGE_SEEN_COUNTER, SECURITY_COUNTER_SIZE,
     SECURITY_COUNTER_SIZE, take_counter},
    {ROTOR_IMAGE_TLV_BOOT_RECORD, true, IMAGE_SEEN_BOOT_RECORD, 1, ROTOR_IMAGE_BOOT_RECORD_MAX,
     take_boot_record},
    {ROTOR_IMAGE_TLV_VENDOR_ID, true, IMAGE_SEEN_VENDOR, ROTOR_IMAGE_ID_SIZE, ROTOR_IMAGE_ID_SIZE,
     take_vendor},
    {ROTOR_IMAGE_TLV_CLASS_ID, true, IMAGE_SEEN_CLASS, ROTOR_IMAGE_ID_SIZE, ROTOR_IMAGE_ID_SIZE,
     take_class},
    {ROTOR_IMAGE_TLV_KIND, true, IMAGE_SEEN_KIND, 1, 1, take_kind},
};

enum rotor_image_refusal image_take_tlv(struct rotor_image_verifier *v, const struct image_tlv *t)
{
	bool protected_area = v->stage == ROTOR_IMAGE_STAGE_PROTECTED_ENTRY;
	const struct tlv_rule *rule = NULL;
	size_t i;

	for (i = 0; i < ROTOR_COUNT_OF(rules) && !rule; i++)
		if (rules[i].type == t->type)
			rule = &rules[i];
	if (!rule)
		return ROTOR_IMAGE_TLV_UNKNOWN;
	if (rule->protected_area != protected_area)
		return protected_area ? ROTOR_IMAGE_TLV_MISPLACED : ROTOR_IMAGE_TLV_UNPROTECTED;
	if (t->len < rule->min_len || t->len > rule->max_len)
		return ROTOR_IMAGE_TLV_BAD_LENGTH;
	if (v->seen & rule->seen)
		return ROTOR_IMAGE_TLV_DUPLICATE;
	v->seen |= rule->seen;
	return rule->take(v, t);
}
