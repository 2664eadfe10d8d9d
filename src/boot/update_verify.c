/* SPDX-License-Identifier: Apache-2.0 */
/* What was written is verified, activated and, after the reboot, confirmed. */
#include <string.h>

#include "boot/harden.h"
#include "boot/update.h"
#include "rotor/boot_store.h"

static enum rotor_status read_region(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct rotor_boot_update *u = ctx;
	enum rotor_status status =
	    rotor_boot_flash_read(u->config.flash, u->region->offset + offset, buf, len);
	u->flash_pending = status == ROTOR_PENDING;
	return status;
}

/* Whose images these are, for a verifier: signed by the keys of the fuses. */
static void begin_policy(const struct rotor_boot_handoff *h, enum rotor_image_kind kind,
			 uint32_t floor, struct rotor_image_key_hash hashes[ROTOR_BOOT_KEYS_MAX],
			 struct rotor_image_policy *policy)
{
	for (size_t i = 0; i < h->key_hash_count; i++) {
		hashes[i].alg = ROTOR_HASH_SHA384;
		memcpy(hashes[i].hash, h->key_hash[i], ROTOR_BOOT_DIGEST_SIZE);
	}
	*policy = (struct rotor_image_policy){
	    .key_hashes = hashes,
	    .key_hash_count = h->key_hash_count,
	    .kind = kind,
	    .security_floor = floor,
	    .security_ceiling = ROTOR_BOOT_FLOOR_MAX,
	};
}

/* The same policy as the boot stage's: what passes here passes there. */
static void own_policy(struct rotor_boot_update *u, enum rotor_image_kind kind, uint32_t floor)
{
	const struct rotor_boot_handoff *h = u->config.handoff;
	begin_policy(h, kind, floor, u->key_hash, &u->policy);
	if ((h->policy & ROTOR_BOOT_POLICY_ANY_PRODUCT) != 0) {
		u->policy.flags = ROTOR_IMAGE_IDS_OPTIONAL;
	}
	memcpy(u->policy.vendor_id, h->vendor_id, sizeof(u->policy.vendor_id));
	memcpy(u->policy.class_id, h->class_id, sizeof(u->policy.class_id));
}

void rotor_boot_downstream_policy(const struct rotor_boot_handoff *h,
				  const struct rotor_boot_downstream *chip,
				  struct rotor_image_key_hash hashes[ROTOR_BOOT_KEYS_MAX],
				  struct rotor_image_policy *policy)
{
	begin_policy(h, ROTOR_IMAGE_DOWNSTREAM, chip->floor, hashes, policy);
	/* Where any product's firmware may run, another chip's still may not. */
	memcpy(policy->vendor_id, chip->vendor_id, sizeof(policy->vendor_id));
	memcpy(policy->class_id, chip->class_id, sizeof(policy->class_id));
}

enum rotor_status update_begin_verification(struct rotor_boot_update *u,
					    const struct rotor_flash_region *region, uint32_t size,
					    enum rotor_image_kind kind, uint32_t floor)
{
	if (ROTOR_DOWNSTREAM && kind == ROTOR_IMAGE_DOWNSTREAM) {
		rotor_boot_downstream_policy(u->config.handoff, u->downstream, u->key_hash,
					     &u->policy);
	} else {
		own_policy(u, kind, floor);
	}
	u->region = region;
	u->source = (struct rotor_image_source){.read = read_region, .ctx = u, .size = size};
	return rotor_image_verifier_init(&u->verifier, u->config.crypto, &u->source, &u->policy,
					 u->config.work, u->config.work_len);
}

/* The boot stage asks the same again; here the agent hears of it before it restarts the device. */
static bool settings_are_newer(const struct rotor_boot_update *u)
{
	const struct rotor_boot_handoff *h = u->config.handoff;
	return u->kind != ROTOR_IMAGE_SETTINGS ||
	       h->anchors_source != ROTOR_BOOT_ANCHORS_SETTINGS ||
	       rotor_image_version_compare(&u->verifier.info.version, &h->settings_version) > 0;
}

/* What verify held the image to: settings have versions of their own, a chip has a floor of its own. */
static uint32_t floor_of(const struct rotor_boot_update *u)
{
	if (ROTOR_DOWNSTREAM && u->kind == ROTOR_IMAGE_DOWNSTREAM) {
		return u->downstream->floor;
	}
	return u->kind == ROTOR_IMAGE_SETTINGS ? 0 : u->config.handoff->security_floor;
}

#define TOTAL_ACTIVATE (SHARE_RECEIVED + SHARE_WHOLE + SHARE_KEYS + SHARE_FUSED_FLOOR + SHARE_IDS)

/* The verifier's own proof, and what it could not know: whether it was given the policy that it should be. */
static void prove(struct rotor_boot_update *u)
{
	const struct rotor_boot_handoff *h = u->config.handoff;
	bool any_product = (h->policy & ROTOR_BOOT_POLICY_ANY_PRODUCT) != 0 &&
			   !(ROTOR_DOWNSTREAM && u->kind == ROTOR_IMAGE_DOWNSTREAM);
	harden_begin(&u->proof);
	harden_pass(
	    &u->proof,
	    harden_is(SHARE_RECEIVED, rotor_image_verifier_accepted(&u->verifier), ROTOR_PROVEN));
	harden_pass(&u->proof, harden_is(SHARE_WHOLE, u->verifier.info.total_size, u->size));
	harden_pass(&u->proof, harden_at_least(SHARE_FUSED_FLOOR, u->verifier.info.security_counter,
					       floor_of(u)));
	/* Behind the keys of the policy stand the image's own claims. */
	harden_pass(&u->proof,
		    harden_is(SHARE_KEYS, (uint32_t)u->policy.key_hash_count, h->key_hash_count));
	harden_pass(&u->proof, harden_is(SHARE_IDS, u->policy.flags,
					 any_product ? ROTOR_IMAGE_IDS_OPTIONAL : 0));
}

enum rotor_status rotor_boot_update_verify(struct rotor_boot_update *u)
{
	enum rotor_status status;
	if (u->state == ROTOR_BOOT_UPDATE_VERIFIED) {
		return ROTOR_OK;
	}
	if (u->state == ROTOR_BOOT_UPDATE_RECEIVED && !u->confirming) {
		status =
		    update_begin_verification(u, update_region(u), u->size, u->kind, floor_of(u));
		if (status != ROTOR_OK) {
			return status;
		}
		/* The boot stage has two verifications, in flash and of the copy. Here there is one. */
		u->policy.signature_checks = 2;
		u->state = ROTOR_BOOT_UPDATE_VERIFYING;
	}
	if (u->state != ROTOR_BOOT_UPDATE_VERIFYING) {
		return ROTOR_ERR_STATE;
	}
	status = rotor_image_verifier_poll(&u->verifier);
	if (status == ROTOR_PENDING) {
		return status;
	}
	u->refusal = u->verifier.refusal;
	if (status != ROTOR_OK) {
		u->verdict = rotor_boot_verdict_of(u->refusal);
	} else if (u->verifier.info.total_size != u->size) {
		u->verdict = ROTOR_VERDICT_LENGTH;
		status = ROTOR_ERR_LENGTH;
	} else if (!settings_are_newer(u)) {
		u->verdict = ROTOR_VERDICT_OLD_SETTINGS;
		status = ROTOR_ERR_DENIED;
	}
	prove(u);
	u->state = status == ROTOR_OK ? ROTOR_BOOT_UPDATE_VERIFIED : ROTOR_BOOT_UPDATE_REFUSED;
	return status;
}

void rotor_boot_update_hold_floor(struct rotor_boot_update *u, bool hold)
{
	u->hold_floor = hold;
}

bool rotor_boot_update_proven(const struct rotor_boot_update *u)
{
	return u->state == ROTOR_BOOT_UPDATE_VERIFIED &&
	       harden_complete(&u->proof, TOTAL_ACTIVATE) == ROTOR_PROVEN;
}

enum rotor_status rotor_boot_update_activate(struct rotor_boot_update *u)
{
	if (ROTOR_DOWNSTREAM && u->kind == ROTOR_IMAGE_DOWNSTREAM) {
		return ROTOR_ERR_STATE; /* the boot stage has no business with it */
	}
	if (u->state == ROTOR_BOOT_UPDATE_ACTIVATED) {
		return ROTOR_OK;
	}
	if (u->state == ROTOR_BOOT_UPDATE_VERIFIED && !u->confirming) {
		if (harden_complete(&u->proof, TOTAL_ACTIVATE) != ROTOR_PROVEN) {
			u->refusal = ROTOR_IMAGE_FAULT;
			u->state = ROTOR_BOOT_UPDATE_REFUSED;
			return ROTOR_ERR_VERIFY;
		}
		struct rotor_boot_slot *slot = update_change(u, ROTOR_BOOT_PENDING);
		slot->kind = u->kind;
		if (u->kind == ROTOR_IMAGE_FIRMWARE) {
			slot->tries_left = u->config.tries;
			slot->floor_held = u->hold_floor;
		}
		slot->image_size = u->verifier.info.total_size;
		slot->security_version = u->verifier.info.security_counter;
		memcpy(slot->digest, u->verifier.info.measurement, sizeof(slot->digest));
		(void)rotor_image_version_string(&u->verifier.info.version, slot->version);
		u->state = ROTOR_BOOT_UPDATE_ACTIVATING;
	}
	if (u->state != ROTOR_BOOT_UPDATE_ACTIVATING) {
		return ROTOR_ERR_STATE;
	}
	enum rotor_status status = update_store(u, ROTOR_BOOT_UPDATE_ACTIVATED);
	if (status != ROTOR_OK && status != ROTOR_PENDING) {
		/* What is in flash is still good, and another attempt is legal. */
		u->state = ROTOR_BOOT_UPDATE_VERIFIED;
	}
	return status;
}

/* ---- after the reboot ---- */

static void make_confirmed(struct rotor_boot_update *u, enum rotor_boot_slot_id running)
{
	u->next = u->recorder.record;
	struct rotor_boot_slot *slot = &u->next.slot[running];
	struct rotor_boot_slot *other = &u->next.slot[1 - (unsigned)running];
	slot->state = ROTOR_BOOT_CONFIRMED;
	slot->reason = ROTOR_BOOT_REASON_NONE;
	slot->tries_left = 0;
	u->next.active = running;
	/* Both were on trial because the record had been lost; one has proved itself. */
	if (other->state == ROTOR_BOOT_PENDING || other->state == ROTOR_BOOT_TRIAL) {
		*other = (struct rotor_boot_slot){.state = ROTOR_BOOT_EMPTY};
	}
}

/* Whether flash or record are at work for a step of an update. */
static bool record_busy(const struct rotor_boot_update *u)
{
	return !u->recorder.loaded || u->flash_pending || u->erasing ||
	       u->state == ROTOR_BOOT_UPDATE_BEGINNING || u->state == ROTOR_BOOT_UPDATE_VERIFYING ||
	       u->state == ROTOR_BOOT_UPDATE_ACTIVATING || u->state == ROTOR_BOOT_UPDATE_ABORTING;
}

enum rotor_status update_store_running(struct rotor_boot_update *u)
{
	enum rotor_status status = rotor_boot_recorder_store(&u->recorder, &u->next);
	u->confirming = status == ROTOR_PENDING;
	return status;
}

enum rotor_status rotor_boot_update_confirm(struct rotor_boot_update *u)
{
	enum rotor_boot_slot_id running = u->config.handoff->slot;
	if (!u->on_trial || (unsigned)running >= ROTOR_BOOT_SLOTS) {
		return ROTOR_OK;
	}
	if (!u->confirming && update_stop_scrub(u) == ROTOR_PENDING) {
		return ROTOR_PENDING;
	}
	if (record_busy(u)) {
		return ROTOR_ERR_STATE;
	}
	if (!u->confirming) {
		if (u->recorder.record.slot[running].state != ROTOR_BOOT_TRIAL) {
			return ROTOR_ERR_STATE;
		}
		make_confirmed(u, running);
	}
	enum rotor_status status = update_store_running(u);
	if (status == ROTOR_OK) {
		u->on_trial = false;
	}
	return status;
}

bool rotor_boot_update_floor_held(const struct rotor_boot_update *u)
{
	enum rotor_boot_slot_id running = u->config.handoff->slot;
	return (unsigned)running < ROTOR_BOOT_SLOTS && u->recorder.loaded &&
	       u->recorder.record.slot[running].floor_held;
}

enum rotor_status rotor_boot_update_release_floor(struct rotor_boot_update *u)
{
	if (!u->confirming && update_stop_scrub(u) == ROTOR_PENDING) {
		return ROTOR_PENDING;
	}
	if (u->on_trial || record_busy(u)) {
		return ROTOR_ERR_STATE;
	}
	if (!rotor_boot_update_floor_held(u)) {
		return ROTOR_OK;
	}
	if (!u->confirming) {
		u->next = u->recorder.record;
		u->next.slot[u->config.handoff->slot].floor_held = false;
	}
	return update_store_running(u);
}
