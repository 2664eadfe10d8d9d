/* SPDX-License-Identifier: Apache-2.0 */
/* What was decided is asked again, of the fuses and of the configuration itself, before anything is started. */
#include "boot/harden.h"
#include "boot/stage.h"

/* What must have been passed before the floor is raised and keys are made, and before the copy is started. */
#define TOTAL_IMAGE                                                                                \
	(SHARE_IN_FLASH + SHARE_IN_COPY + SHARE_SAME + SHARE_MEASURED + SHARE_FUSED_FLOOR +        \
	 SHARE_FUSED_KEY + SHARE_POLICY + SHARE_IDS)
#define TOTAL_START                                                                                \
	(TOTAL_IMAGE + SHARE_LOCKED + SHARE_NO_SECRET + SHARE_NO_IDENTITY + SHARE_NO_RUNTIME)

enum rotor_status stage_check_floor(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_fuses *fuses = s->config.fuses;
	uint32_t floor = UINT32_MAX;
	enum rotor_status status = fuses->ops->read_floor(fuses->ctx, &floor);
	if (status != ROTOR_OK) {
		return status;
	}
	if (s->slot == ROTOR_BOOT_SLOT_RECOVERY) {
		floor = 0;
	}
	harden_pass(&s->proof,
		    harden_at_least(SHARE_FUSED_FLOOR, s->image.security_counter, floor));
	s->fuse_index = 0;
	s->step = STEP_CHECK_KEY;
	return ROTOR_OK;
}

/* The key that signed the image is searched in the fuses. One that is not found leaves the proof incomplete. */
enum rotor_status stage_check_key(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_fuses *fuses = s->config.fuses;
	uint8_t hash[ROTOR_BOOT_DIGEST_SIZE] = {0};
	enum rotor_status status = fuses->ops->read_key_hash(fuses->ctx, s->fuse_index, hash);
	if (status == ROTOR_ERR_NOT_FOUND) {
		s->step = STEP_CHECK_PRODUCT;
		return ROTOR_OK;
	}
	if (status != ROTOR_OK && status != ROTOR_ERR_DENIED) {
		return status;
	}
	uint32_t answer = harden_equal(SHARE_FUSED_KEY, hash, s->image.key_hash.hash, sizeof(hash));
	if (answer == SHARE_FUSED_KEY) {
		/* A revoked one is DENIED. */
		harden_pass(&s->proof, harden_is(answer, status, ROTOR_OK));
		s->step = STEP_CHECK_PRODUCT;
	}
	s->fuse_index++;
	return ROTOR_OK;
}

enum rotor_status stage_check_product(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	struct rotor_boot_config again;
	struct rotor_bytes items;
	enum rotor_status status =
	    rotor_store_read(s->config.flash, &s->config.layout->region[ROTOR_REGION_CONFIG],
			     ROTOR_STORE_CONFIG, s->store, sizeof(s->store), &items);
	if (status == ROTOR_OK) {
		status = rotor_boot_config_decode(s->store, sizeof(s->store), &again);
	}
	if (status != ROTOR_OK) {
		return status;
	}
	bool any_product = (again.policy & ROTOR_BOOT_POLICY_ANY_PRODUCT) != 0;
	harden_pass(&s->proof, harden_is(SHARE_POLICY, again.policy, s->device.policy));
	harden_pass(&s->proof, harden_is(SHARE_IDS, s->policy.flags,
					 any_product ? ROTOR_IMAGE_IDS_OPTIONAL : 0));
	if (harden_complete(&s->proof, TOTAL_IMAGE) != ROTOR_PROVEN) {
		stage_tell(s, ROTOR_BOOT_EVENT_FAULT, 0);
		stage_refuse(s, ROTOR_IMAGE_FAULT, false);
		return ROTOR_OK;
	}
	s->step = STEP_RAISE_FLOOR;
	return ROTOR_OK;
}

enum rotor_status stage_lock(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	stage_wipe(s);
	enum rotor_status status = s->config.fuses->ops->lock(s->config.fuses->ctx);
	if (status == ROTOR_OK) {
		s->step = STEP_PROVE;
	}
	return status;
}

/* The fuses are locked if they refuse the secret. Should they give it, it is wiped with the rest and nothing starts. */
enum rotor_status stage_prove(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_fuses *fuses = s->config.fuses;
	enum rotor_status status = fuses->ops->read_secret(fuses->ctx, s->secret);
	if (status == ROTOR_PENDING) {
		return status;
	}
	stage_wipe(s);
	harden_pass(&s->proof, harden_is(SHARE_LOCKED, status, ROTOR_ERR_DENIED));
	harden_pass(&s->proof, harden_zero(SHARE_NO_SECRET, s->secret, sizeof(s->secret)));
	harden_pass(&s->proof, harden_zero(SHARE_NO_IDENTITY, &s->identity, sizeof(s->identity)));
	harden_pass(&s->proof, harden_zero(SHARE_NO_RUNTIME, &s->runtime, sizeof(s->runtime)));
	if (rotor_boot_stage_accepted(s) != ROTOR_PROVEN) {
		stage_tell(s, ROTOR_BOOT_EVENT_FAULT, 0);
		return ROTOR_ERR_VERIFY;
	}
	s->step = STEP_DONE;
	s->result = ROTOR_OK;
	return ROTOR_OK;
}

uint32_t rotor_boot_stage_accepted(const struct rotor_boot_stage *s)
{
	return harden_complete(&s->proof, TOTAL_START);
}
