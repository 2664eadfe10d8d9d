/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier of images: one small step a poll, each stage named in enum rotor_image_stage. */
#include <string.h>

#include "boot/harden.h"
#include "boot/image.h"

/* Longest value that is looked at; of longer ones only the length is checked. */
#define TLV_VALUE_MAX  (ROTOR_IMAGE_WORK_MIN - IMAGE_TLV_HEADER_SIZE)
#define ACCEPTED_FLAGS (ROTOR_IMAGE_F_RAM_LOAD | ROTOR_IMAGE_F_ROM_FIXED)

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
	struct rotor_reader r = rotor_reader(v->work, IMAGE_TLV_HEADER_SIZE);
	uint16_t magic = rotor_read_u16le(&r);
	uint16_t total = rotor_read_u16le(&r);
	uint64_t end = (uint64_t)v->offset + total;

	v->end = v->offset;
	if (!protected_area && magic == IMAGE_TLV_PROTECTED_INFO_MAGIC)
		return ROTOR_IMAGE_PROTECTED_MISMATCH;
	if (magic != (protected_area ? IMAGE_TLV_PROTECTED_INFO_MAGIC : IMAGE_TLV_INFO_MAGIC))
		return ROTOR_IMAGE_BAD_TLV_MAGIC;
	if (protected_area && total != v->info.protected_size)
		return ROTOR_IMAGE_PROTECTED_MISMATCH;
	if (total < IMAGE_TLV_HEADER_SIZE)
		return ROTOR_IMAGE_TLV_OVERRUN;
	v->end = (uint32_t)end;
	v->offset += IMAGE_TLV_HEADER_SIZE;
	return check_total(v, end, ROTOR_IMAGE_TLV_OVERRUN);
}

static enum rotor_status do_area(struct rotor_image_verifier *v)
{
	bool protected_area = v->stage == ROTOR_IMAGE_STAGE_PROTECTED_INFO;
	enum rotor_status status;

	if (protected_area && v->info.protected_size < IMAGE_TLV_HEADER_SIZE)
		return conclude(v, ROTOR_IMAGE_PROTECTED_MISMATCH);
	if (v->source.size - v->offset < IMAGE_TLV_HEADER_SIZE)
		return conclude(v, ROTOR_IMAGE_TLV_OVERRUN);
	status = fetch(v, v->offset, IMAGE_TLV_HEADER_SIZE);
	if (status)
		return status;
	v->stage = protected_area ? ROTOR_IMAGE_STAGE_PROTECTED_ENTRY : ROTOR_IMAGE_STAGE_ENTRY;
	return go_on(v, parse_area(v, protected_area));
}

static enum rotor_image_refusal begin_hash(struct rotor_image_verifier *v)
{
	enum rotor_image_refusal refusal;
	enum rotor_status status;

	v->info.total_size = v->end;
	if (!(v->seen & IMAGE_SEEN_HASH))
		return ROTOR_IMAGE_HASH_MISSING;
	if (v->trust) {
		refusal = image_check_signer(v);
		if (refusal)
			return refusal;
		if (v->info.has_dependency &&
		    !(v->policy->flags & ROTOR_IMAGE_DEPENDENCIES_IGNORED))
			return ROTOR_IMAGE_DEPENDENCY;
	} else if (v->info.sig_tlv == ROTOR_IMAGE_TLV_ECDSA && rotor_ecdsa_size(v->key.alg)) {
		v->info.sig_alg = v->key.alg;
	}
	status = v->crypto->hash_start(&v->hash, v->info.hash_alg);
	if (!status && v->info.hash_alg != ROTOR_HASH_SHA384)
		status = v->crypto->hash_start(&v->measure, ROTOR_HASH_SHA384);
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
	struct image_tlv t;

	if (left == 0)
		return end_area(v);
	if (left < IMAGE_TLV_HEADER_SIZE)
		return conclude(v, ROTOR_IMAGE_TLV_OVERRUN);
	status = fetch(v, v->offset, piece);
	if (status)
		return status;
	r = rotor_reader(v->work, piece);
	t.type = rotor_read_u16le(&r);
	t.len = rotor_read_u16le(&r);
	if (t.len > left - IMAGE_TLV_HEADER_SIZE)
		return conclude(v, ROTOR_IMAGE_TLV_OVERRUN);
	t.offset = v->offset + IMAGE_TLV_HEADER_SIZE;
	t.value = t.len <= TLV_VALUE_MAX ? v->work + IMAGE_TLV_HEADER_SIZE : NULL;
	v->offset += IMAGE_TLV_HEADER_SIZE + (uint32_t)t.len;
	return go_on(v, image_take_tlv(v, &t));
}

static enum rotor_status add_to_hashes(struct rotor_image_verifier *v, size_t len)
{
	enum rotor_status status = v->crypto->hash_update(&v->hash, v->work, len);

	if (!status && v->info.hash_alg != ROTOR_HASH_SHA384)
		status = v->crypto->hash_update(&v->measure, v->work, len);
	return status;
}

static enum rotor_status finish_hashes(struct rotor_image_verifier *v)
{
	enum rotor_status status = v->crypto->hash_finish(&v->hash, v->info.hash);

	if (status)
		return status;
	if (v->info.hash_alg != ROTOR_HASH_SHA384)
		return v->crypto->hash_finish(&v->measure, v->info.measurement);
	memcpy(v->info.measurement, v->info.hash, sizeof(v->info.measurement));
	return ROTOR_OK;
}

static enum rotor_status do_hash(struct rotor_image_verifier *v)
{
	uint32_t left = v->end - v->offset;
	size_t piece = left < v->work_len ? left : v->work_len;
	enum rotor_status status = fetch(v, v->offset, piece);

	if (status)
		return status;
	if (add_to_hashes(v, piece) != ROTOR_OK)
		return conclude(v, ROTOR_IMAGE_CRYPTO_FAILED);
	v->offset += (uint32_t)piece;
	if (v->offset < v->end)
		return ROTOR_PENDING;
	if (finish_hashes(v) != ROTOR_OK)
		return conclude(v, ROTOR_IMAGE_CRYPTO_FAILED);
	if (memcmp(v->info.hash, v->expected_hash, rotor_hash_size(v->info.hash_alg)) != 0)
		return conclude(v, ROTOR_IMAGE_HASH_MISMATCH);
	if (!v->trust)
		return conclude(v, ROTOR_IMAGE_ACCEPTED);
	v->stage = ROTOR_IMAGE_STAGE_SIGNATURE;
	return ROTOR_PENDING;
}

/* The claims of an image whose signature is genuine, judged twice. */
static enum rotor_image_refusal judge_claims(struct rotor_image_verifier *v)
{
	enum rotor_image_refusal refusal = image_check_claims(v);

	image_prove_claims(v);
	if (refusal == ROTOR_IMAGE_ACCEPTED && rotor_image_verifier_accepted(v) != ROTOR_PROVEN)
		return ROTOR_IMAGE_FAULT;
	return refusal;
}

static enum rotor_status do_signature(struct rotor_image_verifier *v)
{
	enum rotor_status status =
	    v->crypto->verify(&v->job, &v->key, v->info.hash_alg, v->info.hash, v->sig, v->sig_len);

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
	v->crypto->hash_release(&v->measure);
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
