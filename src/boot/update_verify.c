/* SPDX-License-Identifier: Apache-2.0 */
/* What was written is verified, activated and, after the reboot, confirmed. */
#include <string.h>

#include "boot/update.h"
#include "rotor/boot_store.h"

static enum rotor_status read_target(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct rotor_boot_update *u = ctx;
	enum rotor_status status =
	    rotor_boot_flash_read(u->config.flash, update_region(u)->offset + offset, buf, len);
	u->flash_pending = status == ROTOR_PENDING;
	return status;
}

/* The same policy as the boot stage's: what passes here passes there. */
static enum rotor_status begin_verification(struct rotor_boot_update *u)
{
	const struct rotor_boot_handoff *h = u->config.handoff;
	for (size_t i = 0; i < h->key_hash_count; i++) {
		u->key_hash[i].alg = ROTOR_HASH_SHA384;
		memcpy(u->key_hash[i].hash, h->key_hash[i], ROTOR_BOOT_DIGEST_SIZE);
	}
	u->policy = (struct rotor_image_policy){
	    .key_hashes = u->key_hash,
	    .key_hash_count = h->key_hash_count,
	    .security_floor = h->security_floor,
	    .security_ceiling = ROTOR_BOOT_FLOOR_MAX,
	};
	if ((h->policy & ROTOR_BOOT_POLICY_ANY_PRODUCT) != 0) {
		u->policy.flags = ROTOR_IMAGE_IDS_OPTIONAL;
	}
	memcpy(u->policy.vendor_id, h->vendor_id, sizeof(u->policy.vendor_id));
	memcpy(u->policy.class_id, h->class_id, sizeof(u->policy.class_id));
	u->source = (struct rotor_image_source){.read = read_target, .ctx = u, .size = u->size};
	return rotor_image_verifier_init(&u->verifier, u->config.crypto, &u->source, &u->policy,
					 u->work, sizeof(u->work));
}

enum rotor_status rotor_boot_update_verify(struct rotor_boot_update *u)
{
	enum rotor_status status;
	if (u->state == ROTOR_BOOT_UPDATE_VERIFIED) {
		return ROTOR_OK;
	}
	if (u->state == ROTOR_BOOT_UPDATE_RECEIVED) {
		status = begin_verification(u);
		if (status != ROTOR_OK) {
			return status;
		}
		u->state = ROTOR_BOOT_UPDATE_VERIFYING;
	}
	if (u->state != ROTOR_BOOT_UPDATE_VERIFYING) {
		return ROTOR_ERR_STATE;
	}
	status = rotor_image_verifier_poll(&u->verifier);
	if (status == ROTOR_PENDING) {
		return status;
	}
	u->image = u->verifier.info;
	u->refusal = u->verifier.refusal;
	if (status == ROTOR_OK && u->image.total_size != u->size) {
		status = ROTOR_ERR_LENGTH;
	}
	u->state = status == ROTOR_OK ? ROTOR_BOOT_UPDATE_VERIFIED : ROTOR_BOOT_UPDATE_REFUSED;
	return status;
}

enum rotor_status rotor_boot_update_activate(struct rotor_boot_update *u)
{
	if (u->state == ROTOR_BOOT_UPDATE_ACTIVATED) {
		return ROTOR_OK;
	}
	if (u->state == ROTOR_BOOT_UPDATE_VERIFIED && !u->confirming) {
		struct rotor_boot_slot *slot = update_change(u, ROTOR_BOOT_PENDING);
		slot->tries_left = u->config.tries;
		slot->image_size = u->image.total_size;
		slot->security_version = u->image.security_counter;
		memcpy(slot->digest, u->image.measurement, sizeof(slot->digest));
		(void)rotor_image_version_string(&u->image.version, slot->version);
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

enum rotor_status rotor_boot_update_confirm(struct rotor_boot_update *u)
{
	enum rotor_boot_slot_id running = u->config.handoff->slot;
	if (!u->on_trial || (unsigned)running >= ROTOR_BOOT_SLOTS) {
		return ROTOR_OK;
	}
	if (!u->recorder.loaded || u->state == ROTOR_BOOT_UPDATE_BEGINNING ||
	    u->state == ROTOR_BOOT_UPDATE_ACTIVATING || u->state == ROTOR_BOOT_UPDATE_ABORTING) {
		return ROTOR_ERR_STATE;
	}
	if (!u->confirming) {
		if (u->recorder.record.slot[running].state != ROTOR_BOOT_TRIAL) {
			return ROTOR_ERR_STATE;
		}
		make_confirmed(u, running);
		u->confirming = true;
	}
	enum rotor_status status = rotor_boot_recorder_store(&u->recorder, &u->next);
	if (status == ROTOR_PENDING) {
		return status;
	}
	u->confirming = false;
	if (status == ROTOR_OK) {
		u->on_trial = false;
	}
	return status;
}
