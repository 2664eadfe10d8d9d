/* SPDX-License-Identifier: Apache-2.0 */
/* One image: verified in flash, copied, sealed, verified again as it will run. */
#include <string.h>

#include "boot/harden.h"
#include "boot/stage.h"

/* ---- where the verifier reads from ---- */

static enum rotor_status read_region(void *ctx, uint32_t offset, void *buf, size_t len)
{
	const struct rotor_boot_stage *s = ctx;
	return rotor_boot_flash_read(s->config.flash, s->region->offset + offset, buf, len);
}

/* How much of @p len bytes at @p offset lies before the next border between header, body and TLVs. */
static size_t up_to_border(const struct rotor_ram_image *image, uint32_t offset, size_t len)
{
	uint32_t end = image->size;
	if (offset < image->body_offset) {
		end = image->body_offset;
	} else if (offset < image->body_offset + image->body_size) {
		end = image->body_offset + image->body_size;
	}
	return len < end - offset ? len : end - offset;
}

/* Pieces that were read stay read while a later one is pending: s->at counts them. */
static enum rotor_status read_copy(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct rotor_boot_stage *s = ctx;
	const struct rotor_ram *ram = s->config.ram;
	while (s->at < len) {
		uint32_t from = offset + s->at;
		size_t n = up_to_border(&s->ram_image, from, len - s->at);
		enum rotor_status status =
		    ram->ops->read(ram->ctx, from, (uint8_t *)buf + s->at, n);
		if (status != ROTOR_OK) {
			return status;
		}
		s->at += (uint32_t)n;
	}
	s->at = 0;
	return ROTOR_OK;
}

/* ---- verification ---- */

enum rotor_status stage_begin_verification(struct rotor_boot_stage *s,
					   const struct rotor_image_source *source,
					   enum rotor_image_kind kind, uint32_t floor)
{
	s->source = *source;
	s->policy = (struct rotor_image_policy){
	    .key_hashes = s->key_hash,
	    .key_hash_count = s->key_hash_count,
	    .kind = kind,
	    .security_floor = floor,
	    .security_ceiling = ROTOR_BOOT_FLOOR_MAX,
	};
	if ((s->device.policy & ROTOR_BOOT_POLICY_ANY_PRODUCT) != 0) {
		s->policy.flags = ROTOR_IMAGE_IDS_OPTIONAL;
	}
	memcpy(s->policy.vendor_id, s->device.vendor_id, sizeof(s->policy.vendor_id));
	memcpy(s->policy.class_id, s->device.class_id, sizeof(s->policy.class_id));
	return rotor_image_verifier_init(&s->verifier, s->config.crypto, &s->source, &s->policy,
					 s->work, sizeof(s->work));
}

enum rotor_status stage_begin_region(struct rotor_boot_stage *s,
				     const struct rotor_flash_region *region,
				     enum rotor_image_kind kind, uint32_t floor)
{
	const struct rotor_image_source source = {
	    .read = read_region, .ctx = s, .size = region->size};
	s->region = region;
	return stage_begin_verification(s, &source, kind, floor);
}

/* The floor does not hold back the way out of two bad slots: an image of that kind runs nowhere else. */
static enum rotor_image_kind slot_kind(const struct rotor_boot_stage *s)
{
	return s->slot == ROTOR_BOOT_SLOT_RECOVERY ? ROTOR_IMAGE_RECOVERY : ROTOR_IMAGE_FIRMWARE;
}

static uint32_t slot_floor(const struct rotor_boot_stage *s)
{
	return s->slot == ROTOR_BOOT_SLOT_RECOVERY ? 0 : s->floor;
}

enum rotor_status stage_begin_image(struct rotor_boot_stage *s)
{
	s->step = STEP_VERIFY_FLASH;
	harden_begin(&s->proof);
	return stage_begin_region(s, rotor_flash_slot_region(s->config.layout, s->slot),
				  slot_kind(s), slot_floor(s));
}

enum rotor_image_refusal stage_refusal(const struct rotor_boot_stage *s)
{
	return s->verifier.refusal == ROTOR_IMAGE_ACCEPTED ? ROTOR_IMAGE_CRYPTO_FAILED
							   : s->verifier.refusal;
}

/* The verifier's own proof becomes a share of the boot's. Nothing of this verification is left for the next to use. */
static void prove_verdict(struct rotor_boot_stage *s, uint32_t share)
{
	harden_pass(&s->proof,
		    harden_is(share, rotor_image_verifier_accepted(&s->verifier), ROTOR_PROVEN));
	memset(&s->verifier, 0, sizeof(s->verifier));
	memset(&s->source, 0, sizeof(s->source));
}

enum rotor_status stage_verify_flash(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_image_verifier_poll(&s->verifier);
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status != ROTOR_OK) {
		stage_refuse(s, stage_refusal(s), true);
		return ROTOR_OK;
	}
	s->image = s->verifier.info;
	prove_verdict(s, SHARE_IN_FLASH);
	stage_tell(s, ROTOR_BOOT_EVENT_VERIFIED, s->image.total_size);
	s->step = STEP_TRY;
	return ROTOR_OK;
}

/* ---- the copy ---- */

/* The image does not fit execution memory, or cannot be read again: another one may. */
static enum rotor_status pass_over(struct rotor_boot_stage *s, enum rotor_image_refusal refusal)
{
	stage_refuse(s, refusal, false);
	return ROTOR_OK;
}

enum rotor_status stage_copy_begin(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	s->ram_image = (struct rotor_ram_image){
	    .size = s->image.total_size,
	    .body_offset = s->image.body_offset,
	    .body_size = s->image.body_size,
	};
	enum rotor_status status = s->config.ram->ops->begin(s->config.ram->ctx, &s->ram_image);
	if (status == ROTOR_OK) {
		s->at = 0;
		s->step = STEP_COPY_READ;
	}
	return status == ROTOR_ERR_SPACE ? pass_over(s, ROTOR_IMAGE_TOO_LARGE) : status;
}

enum rotor_status stage_copy_read(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	s->chunk = up_to_border(&s->ram_image, s->at, sizeof(s->work));
	enum rotor_status status = read_region(s, s->at, s->work, s->chunk);
	if (status == ROTOR_OK) {
		s->step = STEP_COPY_WRITE;
	} else if (status != ROTOR_PENDING) {
		return pass_over(s, ROTOR_IMAGE_READ_FAILED);
	}
	return status;
}

enum rotor_status stage_copy_write(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_ram *ram = s->config.ram;
	enum rotor_status status = ram->ops->write(ram->ctx, s->at, s->work, s->chunk);
	if (status == ROTOR_OK) {
		s->at += (uint32_t)s->chunk;
		s->step = s->at < s->ram_image.size ? STEP_COPY_READ : STEP_SEAL;
	}
	return status;
}

enum rotor_status stage_seal(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = s->config.ram->ops->seal(s->config.ram->ctx);
	if (status != ROTOR_OK) {
		return status;
	}
	stage_tell(s, ROTOR_BOOT_EVENT_COPIED, s->ram_image.size);
	s->at = 0;
	s->step = STEP_VERIFY_COPY;
	const struct rotor_image_source source = {
	    .read = read_copy, .ctx = s, .size = s->ram_image.size};
	return stage_begin_verification(s, &source, slot_kind(s), slot_floor(s));
}

/* What is measured from here on is the copy, and it must be what was verified in flash. */
enum rotor_status stage_verify_copy(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = rotor_image_verifier_poll(&s->verifier);
	if (status == ROTOR_PENDING) {
		return status;
	}
	const struct rotor_image_info *copy = &s->verifier.info;
	if (status == ROTOR_OK &&
	    (copy->total_size != s->ram_image.size ||
	     copy->body_offset != s->ram_image.body_offset ||
	     copy->body_size != s->ram_image.body_size ||
	     memcmp(copy->measurement, s->image.measurement, ROTOR_BOOT_DIGEST_SIZE) != 0)) {
		s->verifier.refusal = ROTOR_IMAGE_HASH_MISMATCH;
		status = ROTOR_ERR_VERIFY;
	}
	if (status != ROTOR_OK) {
		stage_refuse(s, stage_refusal(s), false);
		return ROTOR_OK;
	}
	harden_pass(&s->proof,
		    harden_equal(SHARE_SAME, copy->hash, s->image.hash, sizeof(copy->hash)));
	harden_pass(&s->proof, harden_equal(SHARE_MEASURED, copy->measurement, s->image.measurement,
					    ROTOR_BOOT_DIGEST_SIZE));
	s->image = *copy;
	prove_verdict(s, SHARE_IN_COPY);
	stage_tell(s, ROTOR_BOOT_EVENT_COPY_VERIFIED, s->ram_image.size);
	s->step = STEP_CHECK_FLOOR;
	return ROTOR_OK;
}
