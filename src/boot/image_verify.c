/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier of images: one small step a poll, each stage named in enum rotor_image_stage. */
#include <string.h>

#include "boot/harden.h"
#include "boot/image_verify.h"

#define TLV_INFO_MAGIC           0x6907
#define TLV_PROTECTED_INFO_MAGIC 0x6908
#define TLV_HEADER_SIZE          4
/* Longest value that is looked at; of longer ones only the length is checked. */
#define TLV_VALUE_MAX (ROTOR_IMAGE_WORK_MIN - TLV_HEADER_SIZE)

#define ACCEPTED_FLAGS        (ROTOR_IMAGE_F_RAM_LOAD | ROTOR_IMAGE_F_ROM_FIXED)
#define SIGNATURE_DER_MIN     8
#define DEPENDENCY_SIZE       12
#define SECURITY_COUNTER_SIZE 4

struct tlv {
	uint16_t type;
	uint16_t len;
	/* NULL for a value longer than TLV_VALUE_MAX */
	const uint8_t *value;
};

/* What is known of each type. A repeatable one has no seen bit. */
struct tlv_rule {
	uint16_t type;
	bool protected_area;
	uint16_t seen;
	uint16_t min_len, max_len;
	enum rotor_image_refusal (*take)(struct rotor_image_verifier *v, const struct tlv *t);
};

static enum rotor_image_refusal take_hash(struct rotor_image_verifier *v, const struct tlv *t)
{
	v->info.hash_alg = t->type == ROTOR_IMAGE_TLV_SHA256   ? ROTOR_HASH_SHA256
			   : t->type == ROTOR_IMAGE_TLV_SHA384 ? ROTOR_HASH_SHA384
							       : ROTOR_HASH_SHA512;
	memcpy(v->expected_hash, t->value, t->len);
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_key_hash(struct rotor_image_verifier *v, const struct tlv *t)
{
	v->info.key_hash.alg = t->len == 32   ? ROTOR_HASH_SHA256
			       : t->len == 48 ? ROTOR_HASH_SHA384
			       : t->len == 64 ? ROTOR_HASH_SHA512
					      : ROTOR_HASH_NONE;
	if (v->info.key_hash.alg == ROTOR_HASH_NONE)
		return ROTOR_IMAGE_TLV_BAD_LENGTH;
	memcpy(v->info.key_hash.hash, t->value, t->len);
	v->key_hash_from_tlv = true;
	return ROTOR_IMAGE_ACCEPTED;
}

/* A key of another kind is judged once the kind of signature is known: alg stays ROTOR_SIG_NONE. */
static enum rotor_image_refusal take_public_key(struct rotor_image_verifier *v, const struct tlv *t)
{
	if (!t->value || rotor_spki_read(t->value, t->len, &v->key) != ROTOR_OK)
		memset(&v->key, 0, sizeof(v->key));
	else if (rotor_image_key_hash(v->crypto, &v->key, &v->info.key_hash) != ROTOR_OK)
		return ROTOR_IMAGE_CRYPTO_FAILED;
	v->info.has_public_key = true;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_signature(struct rotor_image_verifier *v, const struct tlv *t)
{
	v->sig_type = (uint8_t)t->type;
	if (t->type != ROTOR_IMAGE_TLV_ECDSA)
		return ROTOR_IMAGE_ACCEPTED;
	v->sig_len = t->len;
	memcpy(v->sig_der, t->value, t->len);
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_counter(struct rotor_image_verifier *v, const struct tlv *t)
{
	struct rotor_reader r = rotor_reader(t->value, t->len);

	v->info.has_security_counter = true;
	v->info.security_counter = rotor_read_u32le(&r);
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_vendor(struct rotor_image_verifier *v, const struct tlv *t)
{
	v->info.has_vendor_id = true;
	memcpy(v->info.vendor_id, t->value, ROTOR_IMAGE_ID_SIZE);
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_class(struct rotor_image_verifier *v, const struct tlv *t)
{
	v->info.has_class_id = true;
	memcpy(v->info.class_id, t->value, ROTOR_IMAGE_ID_SIZE);
	return ROTOR_IMAGE_ACCEPTED;
}

/* A boot record (CBOR, for a boot loader that hands it on) is covered by the hash; rotor makes its own. */
static enum rotor_image_refusal take_boot_record(struct rotor_image_verifier *v,
						 const struct tlv *t)
{
	(void)t;
	v->info.has_boot_record = true;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_kind(struct rotor_image_verifier *v, const struct tlv *t)
{
	struct rotor_reader r = rotor_reader(t->value, t->len);
	uint8_t kind = rotor_read_u8(&r);

	if (kind != ROTOR_IMAGE_RECOVERY && kind != ROTOR_IMAGE_SETTINGS)
		return ROTOR_IMAGE_TLV_BAD_VALUE;
	v->info.kind = (enum rotor_image_kind)kind;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_dependency(struct rotor_image_verifier *v, const struct tlv *t)
{
	(void)t;
	v->info.has_dependency = true;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal take_nothing(struct rotor_image_verifier *v, const struct tlv *t)
{
	(void)v;
	(void)t;
	return ROTOR_IMAGE_ACCEPTED;
}

static const struct tlv_rule rules[] = {
    {ROTOR_IMAGE_TLV_KEYHASH, false, SEEN_KEY, 32, 64, take_key_hash},
    {ROTOR_IMAGE_TLV_PUBKEY, false, SEEN_KEY, 32, 1024, take_public_key},
    {ROTOR_IMAGE_TLV_SHA256, false, SEEN_HASH, 32, 32, take_hash},
    {ROTOR_IMAGE_TLV_SHA384, false, SEEN_HASH, 48, 48, take_hash},
    {ROTOR_IMAGE_TLV_SHA512, false, SEEN_HASH, 64, 64, take_hash},
    {ROTOR_IMAGE_TLV_RSA2048, false, SEEN_SIGNATURE, 256, 256, take_signature},
    {ROTOR_IMAGE_TLV_ECDSA, false, SEEN_SIGNATURE, SIGNATURE_DER_MIN, ROTOR_SIGNATURE_MAX + 16,
     take_signature},
    {ROTOR_IMAGE_TLV_RSA3072, false, SEEN_SIGNATURE, 384, 384, take_signature},
    {ROTOR_IMAGE_TLV_ED25519, false, SEEN_SIGNATURE, 64, 64, take_signature},
    {ROTOR_IMAGE_TLV_SIG_PURE, false, SEEN_PURE, 0, 4, take_nothing},
    {ROTOR_IMAGE_TLV_DEPENDENCY, true, 0, DEPENDENCY_SIZE, DEPENDENCY_SIZE, take_dependency},
    {ROTOR_IMAGE_TLV_SECURITY_COUNTER, true, SEEN_COUNTER, SECURITY_COUNTER_SIZE,
     SECURITY_COUNTER_SIZE, take_counter},
    {ROTOR_IMAGE_TLV_BOOT_RECORD, true, SEEN_BOOT_RECORD, 1, UINT16_MAX, take_boot_record},
    {ROTOR_IMAGE_TLV_VENDOR_ID, true, SEEN_VENDOR, ROTOR_IMAGE_ID_SIZE, ROTOR_IMAGE_ID_SIZE,
     take_vendor},
    {ROTOR_IMAGE_TLV_CLASS_ID, true, SEEN_CLASS, ROTOR_IMAGE_ID_SIZE, ROTOR_IMAGE_ID_SIZE,
     take_class},
    {ROTOR_IMAGE_TLV_KIND, true, SEEN_KIND, 1, 1, take_kind},
};

static uint32_t covered_size(const struct rotor_image_verifier *v)
{
	return v->info.body_offset + v->info.body_size + v->info.protected_size;
}

static enum rotor_status conclude(struct rotor_image_verifier *v, enum rotor_image_refusal refusal)
{
	rotor_image_verifier_cancel(v);
	v->stage = ROTOR_IMAGE_STAGE_DONE;
	v->refusal = refusal;
	return rotor_image_refusal_status(refusal);
}

/* Either the stage goes on, or this is the verdict. */
static enum rotor_status go_on(struct rotor_image_verifier *v, enum rotor_image_refusal refusal)
{
	return refusal == ROTOR_IMAGE_ACCEPTED ? ROTOR_PENDING : conclude(v, refusal);
}

/* Reads into the work buffer. What the caller asks for was checked to be inside the source. */
static enum rotor_status fetch(struct rotor_image_verifier *v, uint32_t offset, size_t len)
{
	enum rotor_status status = v->source.read(v->source.ctx, offset, v->work, len);

	if (status == ROTOR_OK || status == ROTOR_PENDING)
		return status;
	return conclude(v, ROTOR_IMAGE_READ_FAILED);
}

static enum rotor_image_refusal check_total(const struct rotor_image_verifier *v, uint64_t end,
					    enum rotor_image_refusal overrun)
{
	if (end > v->source.size)
		return overrun;
	if (v->policy && v->policy->max_size && end > v->policy->max_size)
		return ROTOR_IMAGE_TOO_LARGE;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal parse_header(struct rotor_image_verifier *v)
{
	struct rotor_reader r = rotor_reader(v->work, ROTOR_IMAGE_HEADER_SIZE);
	uint32_t magic = rotor_read_u32le(&r);
	struct rotor_image_info *info = &v->info;

	info->load_address = rotor_read_u32le(&r);
	info->body_offset = rotor_read_u16le(&r);
	info->protected_size = rotor_read_u16le(&r);
	info->body_size = rotor_read_u32le(&r);
	info->flags = rotor_read_u32le(&r);
	info->version.major = rotor_read_u8(&r);
	info->version.minor = rotor_read_u8(&r);
	info->version.revision = rotor_read_u16le(&r);
	info->version.build = rotor_read_u32le(&r);
	if (magic != ROTOR_IMAGE_MAGIC)
		return ROTOR_IMAGE_BAD_MAGIC;
	if (info->body_offset < ROTOR_IMAGE_HEADER_SIZE)
		return ROTOR_IMAGE_BAD_HEADER_SIZE;
	if (info->flags & ~ACCEPTED_FLAGS)
		return ROTOR_IMAGE_BAD_FLAGS;
	if (info->body_size == 0)
		return ROTOR_IMAGE_BODY_EMPTY;
	return check_total(v, (uint64_t)info->body_offset + info->body_size + info->protected_size,
			   ROTOR_IMAGE_BODY_OVERRUN);
}

static enum rotor_status do_header(struct rotor_image_verifier *v)
{
	enum rotor_image_refusal refusal;
	enum rotor_status status;

	if (v->source.size < ROTOR_IMAGE_HEADER_SIZE)
		return conclude(v, ROTOR_IMAGE_TOO_SHORT);
	status = fetch(v, 0, ROTOR_IMAGE_HEADER_SIZE);
	if (status)
		return status;
	refusal = parse_header(v);
	v->offset = v->info.body_offset + v->info.body_size;
	v->stage =
	    v->info.protected_size ? ROTOR_IMAGE_STAGE_PROTECTED_INFO : ROTOR_IMAGE_STAGE_INFO;
	return go_on(v, refusal);
}

static enum rotor_image_refusal parse_area(struct rotor_image_verifier *v, bool protected_area)
{
	struct rotor_reader r = rotor_reader(v->work, TLV_HEADER_SIZE);
	uint16_t magic = rotor_read_u16le(&r);
	uint16_t total = rotor_read_u16le(&r);

	v->end = v->offset;
	if (!protected_area && magic == TLV_PROTECTED_INFO_MAGIC)
		return ROTOR_IMAGE_PROTECTED_MISMATCH;
	if (magic != (protected_area ? TLV_PROTECTED_INFO_MAGIC : TLV_INFO_MAGIC))
		return ROTOR_IMAGE_BAD_TLV_MAGIC;
	if (protected_area && total != v->info.protected_size)
		return ROTOR_IMAGE_PROTECTED_MISMATCH;
	if (total < TLV_HEADER_SIZE)
		return ROTOR_IMAGE_TLV_OVERRUN;
	v->end = v->offset + total;
	v->offset += TLV_HEADER_SIZE;
	return check_total(v, v->end, ROTOR_IMAGE_TLV_OVERRUN);
}

static enum rotor_status do_area(struct rotor_image_verifier *v)
{
	bool protected_area = v->stage == ROTOR_IMAGE_STAGE_PROTECTED_INFO;
	enum rotor_status status;

	if (protected_area && v->info.protected_size < TLV_HEADER_SIZE)
		return conclude(v, ROTOR_IMAGE_PROTECTED_MISMATCH);
	if (v->source.size - v->offset < TLV_HEADER_SIZE)
		return conclude(v, ROTOR_IMAGE_TLV_OVERRUN);
	status = fetch(v, v->offset, TLV_HEADER_SIZE);
	if (status)
		return status;
	v->stage = protected_area ? ROTOR_IMAGE_STAGE_PROTECTED_ENTRY : ROTOR_IMAGE_STAGE_ENTRY;
	return go_on(v, parse_area(v, protected_area));
}

static enum rotor_image_refusal take_entry(struct rotor_image_verifier *v, const struct tlv *t)
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

/*
 * What must hold before it is worth while to hash: a signature of a supported kind by a trusted key. What the image
 * says of itself (identifiers, counter) is judged after the signature, so that those refusals speak of true claims.
 */
static enum rotor_image_refusal find_key(struct rotor_image_verifier *v)
{
	const struct rotor_image_policy *policy = v->policy;
	struct rotor_image_key_hash held;
	size_t i;

	for (i = 0; i < policy->key_count; i++) {
		if (rotor_image_key_hash(v->crypto, &policy->keys[i], &held) != ROTOR_OK)
			return ROTOR_IMAGE_CRYPTO_FAILED;
		if (held.alg == v->info.key_hash.alg &&
		    memcmp(held.hash, v->info.key_hash.hash, sizeof(held.hash)) == 0) {
			v->key = policy->keys[i];
			return ROTOR_IMAGE_ACCEPTED;
		}
	}
	for (i = 0; i < policy->key_hash_count; i++) {
		const struct rotor_image_key_hash *known = &policy->key_hashes[i];

		if (known->alg == v->info.key_hash.alg &&
		    memcmp(known->hash, v->info.key_hash.hash, rotor_hash_size(known->alg)) == 0)
			return v->info.has_public_key ? ROTOR_IMAGE_ACCEPTED
						      : ROTOR_IMAGE_KEY_MISSING;
	}
	return ROTOR_IMAGE_KEY_UNKNOWN;
}

static enum rotor_image_refusal check_signer(struct rotor_image_verifier *v)
{
	enum rotor_image_refusal refusal;

	if (!(v->seen & SEEN_SIGNATURE))
		return ROTOR_IMAGE_SIGNATURE_MISSING;
	if (v->sig_type != ROTOR_IMAGE_TLV_ECDSA || (v->seen & SEEN_PURE))
		return ROTOR_IMAGE_SIGNATURE_UNSUPPORTED;
	if (!(v->seen & SEEN_KEY))
		return ROTOR_IMAGE_KEY_MISSING;
	if (v->info.has_public_key && v->key.alg == ROTOR_SIG_NONE)
		return ROTOR_IMAGE_KEY_MALFORMED;
	refusal = find_key(v);
	if (refusal)
		return refusal;
	v->info.sig_alg = v->key.alg;
	if (rotor_image_hash_of(v->key.alg) != v->info.hash_alg ||
	    !(v->crypto->sigs & ROTOR_BIT(v->key.alg)))
		return ROTOR_IMAGE_SIGNATURE_UNSUPPORTED;
	if (rotor_ecdsa_from_der(v->key.alg, v->sig_der, v->sig_len, v->sig) != ROTOR_OK)
		return ROTOR_IMAGE_SIGNATURE_MALFORMED;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_image_refusal begin_hash(struct rotor_image_verifier *v)
{
	enum rotor_image_refusal refusal;
	enum rotor_status status;

	v->info.total_size = v->end;
	if (!(v->seen & SEEN_HASH))
		return ROTOR_IMAGE_HASH_MISSING;
	if (v->trust) {
		refusal = check_signer(v);
		if (refusal)
			return refusal;
		if (v->info.has_dependency &&
		    !(v->policy->flags & ROTOR_IMAGE_DEPENDENCIES_IGNORED))
			return ROTOR_IMAGE_DEPENDENCY;
	} else {
		v->info.sig_alg = v->key.alg;
	}
	status = v->crypto->hash_start(&v->hash, v->info.hash_alg);
	if (status == ROTOR_ERR_UNSUPPORTED)
		return ROTOR_IMAGE_SIGNATURE_UNSUPPORTED;
	if (status)
		return ROTOR_IMAGE_CRYPTO_FAILED;
	v->offset = 0;
	v->end = covered_size(v);
	v->stage = ROTOR_IMAGE_STAGE_HASH;
	return ROTOR_IMAGE_ACCEPTED;
}

static enum rotor_status end_area(struct rotor_image_verifier *v)
{
	if (v->stage == ROTOR_IMAGE_STAGE_PROTECTED_ENTRY) {
		v->stage = ROTOR_IMAGE_STAGE_INFO;
		return ROTOR_PENDING;
	}
	return go_on(v, begin_hash(v));
}

static enum rotor_status do_entry(struct rotor_image_verifier *v)
{
	uint32_t left = v->end - v->offset;
	size_t piece = left < ROTOR_IMAGE_WORK_MIN ? left : ROTOR_IMAGE_WORK_MIN;
	struct rotor_reader r;
	enum rotor_status status;
	struct tlv t;

	if (left == 0)
		return end_area(v);
	if (left < TLV_HEADER_SIZE)
		return conclude(v, ROTOR_IMAGE_TLV_OVERRUN);
	status = fetch(v, v->offset, piece);
	if (status)
		return status;
	r = rotor_reader(v->work, piece);
	t.type = rotor_read_u16le(&r);
	t.len = rotor_read_u16le(&r);
	if (t.len > left - TLV_HEADER_SIZE)
		return conclude(v, ROTOR_IMAGE_TLV_OVERRUN);
	t.value = t.len <= TLV_VALUE_MAX ? v->work + TLV_HEADER_SIZE : NULL;
	v->offset += TLV_HEADER_SIZE + (uint32_t)t.len;
	return go_on(v, take_entry(v, &t));
}

static enum rotor_status do_hash(struct rotor_image_verifier *v)
{
	uint32_t left = v->end - v->offset;
	size_t piece = left < v->work_len ? left : v->work_len;
	enum rotor_status status = fetch(v, v->offset, piece);

	if (status)
		return status;
	if (v->crypto->hash_update(&v->hash, v->work, piece) != ROTOR_OK)
		return conclude(v, ROTOR_IMAGE_CRYPTO_FAILED);
	v->offset += (uint32_t)piece;
	if (v->offset < v->end)
		return ROTOR_PENDING;
	if (v->crypto->hash_finish(&v->hash, v->info.hash) != ROTOR_OK)
		return conclude(v, ROTOR_IMAGE_CRYPTO_FAILED);
	if (memcmp(v->info.hash, v->expected_hash, rotor_hash_size(v->info.hash_alg)) != 0)
		return conclude(v, ROTOR_IMAGE_HASH_MISMATCH);
	if (!v->trust)
		return conclude(v, ROTOR_IMAGE_ACCEPTED);
	v->stage = ROTOR_IMAGE_STAGE_SIGNATURE;
	return ROTOR_PENDING;
}

/* The claims of an image that is genuine, against the policy. */
static enum rotor_image_refusal check_claims(const struct rotor_image_verifier *v)
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

/* The claims of an image whose signature is genuine, judged twice. */
static enum rotor_image_refusal judge_claims(struct rotor_image_verifier *v)
{
	enum rotor_image_refusal refusal = check_claims(v);

	image_prove_claims(v);
	if (refusal == ROTOR_IMAGE_ACCEPTED && rotor_image_verifier_accepted(v) != ROTOR_PROVEN)
		return ROTOR_IMAGE_FAULT;
	return refusal;
}

static enum rotor_status do_signature(struct rotor_image_verifier *v)
{
	enum rotor_status status = v->crypto->verify(
	    &v->job, &v->key, v->info.hash_alg, v->info.hash, v->sig, rotor_sig_size(v->key.alg));

	if (status == ROTOR_PENDING)
		return ROTOR_PENDING;
	image_prove_signature(v, status);
	v->signature_checks++;
	switch (status) {
	case ROTOR_OK:
		if (v->signature_checks < image_signature_checks(v->policy))
			return ROTOR_PENDING;
		return conclude(v, judge_claims(v));
	case ROTOR_ERR_UNSUPPORTED:
		return conclude(v, ROTOR_IMAGE_SIGNATURE_UNSUPPORTED);
	case ROTOR_ERR_CRYPTO:
	case ROTOR_ERR_IO:
		return conclude(v, ROTOR_IMAGE_CRYPTO_FAILED);
	default:
		return conclude(v, ROTOR_IMAGE_SIGNATURE_WRONG);
	}
}

enum rotor_status rotor_image_inspector_init(struct rotor_image_verifier *v,
					     const struct rotor_crypto *crypto,
					     const struct rotor_image_source *source, void *work,
					     size_t work_len)
{
	memset(v, 0, sizeof(*v));
	if (!crypto || !source || !source->read || !work || work_len < ROTOR_IMAGE_WORK_MIN)
		return ROTOR_ERR_ARGUMENT;
	v->crypto = crypto;
	v->source = *source;
	v->work = work;
	v->work_len = work_len;
	v->stage = ROTOR_IMAGE_STAGE_HEADER;
	return ROTOR_OK;
}

enum rotor_status rotor_image_verifier_init(struct rotor_image_verifier *v,
					    const struct rotor_crypto *crypto,
					    const struct rotor_image_source *source,
					    const struct rotor_image_policy *policy, void *work,
					    size_t work_len)
{
	enum rotor_status status = rotor_image_inspector_init(v, crypto, source, work, work_len);

	if (status)
		return status;
	if (!policy) {
		v->stage = ROTOR_IMAGE_STAGE_IDLE;
		return ROTOR_ERR_ARGUMENT;
	}
	v->policy = policy;
	v->trust = true;
	harden_begin(&v->proof);
	return ROTOR_OK;
}

enum rotor_status rotor_image_verifier_poll(struct rotor_image_verifier *v)
{
	switch (v->stage) {
	case ROTOR_IMAGE_STAGE_HEADER:
		return do_header(v);
	case ROTOR_IMAGE_STAGE_PROTECTED_INFO:
	case ROTOR_IMAGE_STAGE_INFO:
		return do_area(v);
	case ROTOR_IMAGE_STAGE_PROTECTED_ENTRY:
	case ROTOR_IMAGE_STAGE_ENTRY:
		return do_entry(v);
	case ROTOR_IMAGE_STAGE_HASH:
		return do_hash(v);
	case ROTOR_IMAGE_STAGE_SIGNATURE:
		return do_signature(v);
	case ROTOR_IMAGE_STAGE_DONE:
		return rotor_image_refusal_status(v->refusal);
	default:
		return ROTOR_ERR_STATE;
	}
}

void rotor_image_verifier_cancel(struct rotor_image_verifier *v)
{
	if (v->stage == ROTOR_IMAGE_STAGE_IDLE || v->stage == ROTOR_IMAGE_STAGE_DONE)
		return;
	v->crypto->hash_release(&v->hash);
	v->crypto->job_cancel(&v->job);
	v->stage = ROTOR_IMAGE_STAGE_IDLE;
}

uint32_t rotor_image_verifier_progress(const struct rotor_image_verifier *v)
{
	if (v->stage < ROTOR_IMAGE_STAGE_HASH)
		return 0;
	return v->stage == ROTOR_IMAGE_STAGE_HASH ? v->offset : covered_size(v);
}

enum rotor_status rotor_image_verifier_run(struct rotor_image_verifier *v)
{
	enum rotor_status status;

	do
		status = rotor_image_verifier_poll(v);
	while (status == ROTOR_PENDING);
	return status;
}
