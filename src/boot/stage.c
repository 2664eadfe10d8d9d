/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage from its first line to its last: steps, fuses, failure. */
#include <string.h>

#include "boot/harden.h"
#include "boot/stage.h"

static const char *const event_names[ROTOR_BOOT_EVENT_COUNT] = {
    [ROTOR_BOOT_EVENT_RECORD_LOST] = "boot record lost",
    [ROTOR_BOOT_EVENT_RECORD_FAILED] = "boot record could not be written",
    [ROTOR_BOOT_EVENT_FLOOR_RAISED] = "security floor raised",
    [ROTOR_BOOT_EVENT_FLOOR_FAILED] = "security floor could not be raised",
    [ROTOR_BOOT_EVENT_TRYING] = "trying",
    [ROTOR_BOOT_EVENT_CHOSEN] = "chosen",
    [ROTOR_BOOT_EVENT_REVERTED] = "did not confirm itself",
    [ROTOR_BOOT_EVENT_REFUSED] = "image refused",
    [ROTOR_BOOT_EVENT_VERIFIED] = "image verified in flash",
    [ROTOR_BOOT_EVENT_COPIED] = "image copied and sealed",
    [ROTOR_BOOT_EVENT_COPY_VERIFIED] = "sealed copy verified",
    [ROTOR_BOOT_EVENT_MEASURED] = "measured",
    [ROTOR_BOOT_EVENT_IDENTITY] = "key and certificate derived",
    [ROTOR_BOOT_EVENT_FAULT] = "fault detected",
    [ROTOR_BOOT_EVENT_INSTALLED] = "installed",
    [ROTOR_BOOT_EVENT_INSTALL_FAILED] = "could not be installed",
    [ROTOR_BOOT_EVENT_SETTINGS_REFUSED] = "settings refused",
    [ROTOR_BOOT_EVENT_SETTINGS_LOST] = "settings in force are damaged: no agent is trusted",
    [ROTOR_BOOT_EVENT_KEY_REVOKED] = "image key revoked",
    [ROTOR_BOOT_EVENT_FAILED] = "nothing to start",
};

const char *rotor_boot_event_name(enum rotor_boot_event event)
{
	return (unsigned)event < ROTOR_BOOT_EVENT_COUNT ? event_names[event] : "unknown";
}

void stage_tell(const struct rotor_boot_stage *s, enum rotor_boot_event event, uint32_t value)
{
	const struct rotor_boot_event_info info = {.event = event, .slot = s->slot, .value = value};
	if (s->config.event != NULL) {
		s->config.event(s->config.event_ctx, &info);
	}
}

void stage_tell_refused(const struct rotor_boot_stage *s, enum rotor_boot_event event,
			enum rotor_image_refusal refusal)
{
	const struct rotor_boot_event_info info = {
	    .event = event,
	    .slot = s->slot,
	    .refusal = refusal,
	    .status = rotor_image_refusal_status(refusal),
	};
	if (s->config.event != NULL) {
		s->config.event(s->config.event_ctx, &info);
	}
}

struct rotor_boot_slot *stage_slot(struct rotor_boot_stage *s, struct rotor_boot_record *record)
{
	return (unsigned)s->slot < ROTOR_BOOT_SLOTS ? &record->slot[s->slot] : NULL;
}

void stage_wipe(struct rotor_boot_stage *s)
{
	if (s->job.state != NULL) {
		s->config.crypto->job_cancel(&s->job);
	}
	rotor_wipe(s->secret, sizeof(s->secret));
	rotor_wipe(&s->identity, sizeof(s->identity));
	rotor_wipe(&s->runtime, sizeof(s->runtime));
}

enum rotor_status rotor_boot_stage_init(struct rotor_boot_stage *s,
					const struct rotor_boot_stage_config *config)
{
	memset(s, 0, sizeof(*s));
	s->slot = ROTOR_BOOT_SLOT_NONE;
	s->step = STEP_FAILED;
	s->result = ROTOR_ERR_STATE;
	/* Until the fuses have said what the floor is, it holds everything back. */
	s->floor = UINT32_MAX;
	if (config->crypto == NULL || config->flash == NULL || config->layout == NULL ||
	    config->fuses == NULL || config->ram == NULL ||
	    rotor_flash_layout_check(config->layout) != ROTOR_OK ||
	    config->layout->geometry.size > config->flash->geometry.size) {
		return ROTOR_ERR_ARGUMENT;
	}
	if (!config->crypto->key_sign_deterministic ||
	    (config->crypto->sigs & ROTOR_BIT(ROTOR_DICE_SIG_ALG)) == 0 ||
	    (config->crypto->hashes & ROTOR_BIT(ROTOR_HASH_SHA384)) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	s->config = *config;
	rotor_boot_recorder_init(&s->recorder, config->flash, config->layout);
	s->step = STEP_FLOOR;
	return ROTOR_OK;
}

/* ---- steps with the fuses and the configuration ---- */

static enum rotor_status stage_floor(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_fuses *fuses = s->config.fuses;
	enum rotor_status status = fuses->ops->read_floor(fuses->ctx, &s->floor);
	if (status == ROTOR_OK) {
		s->step = STEP_KEYS;
	}
	return status;
}

/* A revoked key is passed over; so many keys that they do not fit are an error, not a choice among them. */
static enum rotor_status stage_keys(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_fuses *fuses = s->config.fuses;
	uint8_t hash[ROTOR_BOOT_DIGEST_SIZE];
	enum rotor_status status = fuses->ops->read_key_hash(fuses->ctx, s->fuse_index, hash);
	if (status == ROTOR_ERR_NOT_FOUND) {
		s->step = STEP_CONFIG;
		return ROTOR_OK;
	}
	if (status == ROTOR_OK) {
		if (s->key_hash_count == ROTOR_BOOT_KEYS_MAX) {
			return ROTOR_ERR_SPACE;
		}
		struct rotor_image_key_hash *to = &s->key_hash[s->key_hash_count++];
		to->alg = ROTOR_HASH_SHA384;
		memcpy(to->hash, hash, sizeof(hash));
	}
	if (status == ROTOR_OK || status == ROTOR_ERR_DENIED) {
		return ++s->fuse_index == UINT8_MAX ? ROTOR_ERR_SPACE : ROTOR_OK;
	}
	return status;
}

/* The names are kept, since settings and certificates are read over them; of the anchors, their digest. */
static enum rotor_status keep_config(struct rotor_boot_stage *s)
{
	struct rotor_boot_config *c = &s->device;
	const struct rotor_flash_region *place = &s->config.layout->region[ROTOR_REGION_CONFIG];
	memcpy(s->vendor_name, c->vendor_name.data, c->vendor_name.len);
	memcpy(s->model_name, c->model_name.data, c->model_name.len);
	c->vendor_name.data = s->vendor_name;
	c->model_name.data = s->model_name;
	s->settings = (struct rotor_boot_settings_state){
	    .source = ROTOR_BOOT_ANCHORS_FACTORY, .offset = place->offset, .len = place->size};
	enum rotor_status status = rotor_boot_anchors_digest(
	    s->config.crypto, c->anchor, c->anchor_count, s->settings.anchors_digest);
	c->anchor_count = 0;
	return status;
}

static enum rotor_status stage_config(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	struct rotor_bytes items;
	enum rotor_status status =
	    rotor_store_read(s->config.flash, &s->config.layout->region[ROTOR_REGION_CONFIG],
			     ROTOR_STORE_CONFIG, s->store, sizeof(s->store), &items);
	if (status == ROTOR_OK) {
		status = rotor_boot_config_decode(s->store, sizeof(s->store), &s->device);
	}
	if (status == ROTOR_OK) {
		status = rotor_boot_config_digest(s->config.crypto, &s->device, s->config_digest);
	}
	if (status == ROTOR_OK) {
		status = keep_config(s);
	}
	if (status == ROTOR_OK) {
		s->step = STEP_LOAD_RECORD;
	}
	return status;
}

static enum rotor_status stage_restart(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	s->slot = ROTOR_BOOT_SLOT_NONE;
	s->fuse_index = 0;
	s->key_hash_count = 0;
	s->step = STEP_FLOOR;
	return ROTOR_OK;
}

/*
 * Raises the floor to what runs, if that has confirmed itself and its agent did not ask to wait. That the floor reads as
 * it should already does not say that it will at the next boot, if a cut left a fuse half blown: so the port is asked all
 * the same.
 */
static enum rotor_status raise_floor(struct rotor_boot_stage *s)
{
	const struct rotor_boot_slot *slot = stage_slot(s, &s->recorder.record);
	const struct rotor_fuses *fuses = s->config.fuses;
	uint32_t wanted = s->image.security_counter;
	if (slot == NULL || slot->state != ROTOR_BOOT_CONFIRMED || slot->floor_held ||
	    wanted < s->floor) {
		return ROTOR_OK;
	}
	/* A floor that has risen does not fall again, so the record is looked at twice. */
	const volatile struct rotor_boot_slot *again = slot;
	if (harden_is(SHARE_CONFIRMED, (uint32_t)again->state + again->floor_held * 256u,
		      ROTOR_BOOT_CONFIRMED) != SHARE_CONFIRMED) {
		stage_tell(s, ROTOR_BOOT_EVENT_FAULT, 0);
		return ROTOR_ERR_VERIFY;
	}
	enum rotor_status status = fuses->ops->raise_floor(fuses->ctx, wanted);
	if (status == ROTOR_OK && wanted > s->floor) {
		s->floor = wanted;
		stage_tell(s, ROTOR_BOOT_EVENT_FLOOR_RAISED, wanted);
	}
	return status;
}

/*
 * Makes good a cut between a confirmation and the floor that goes with it, or in the fuses themselves. A confirmation that
 * could not be written into both copies of the record raises nothing.
 */
static enum rotor_status stage_raise_floor(struct rotor_boot_stage *s,
					   struct rotor_boot_handoff *out)
{
	(void)out;
	enum rotor_status status = s->recorder.agreed ? raise_floor(s) : ROTOR_OK;
	if (status != ROTOR_OK && status != ROTOR_PENDING) {
		/* Fuses that do not take the floor are no reason to run nothing: what runs is confirmed and genuine. */
		stage_tell(s, ROTOR_BOOT_EVENT_FLOOR_FAILED, s->image.security_counter);
		status = ROTOR_OK;
	}
	if (status == ROTOR_OK) {
		s->step = STEP_SECRET;
	}
	return status;
}

/* ---- running ---- */

static stage_step_fn *const steps[STEP_COUNT] = {
    [STEP_FLOOR] = stage_floor,
    [STEP_KEYS] = stage_keys,
    [STEP_CONFIG] = stage_config,
    [STEP_LOAD_RECORD] = stage_load_record,
    [STEP_RENEW] = stage_renew,
    [STEP_SETTINGS_READ] = stage_settings_read,
    [STEP_SETTINGS_VERIFY] = stage_settings_verify,
    [STEP_INSTALL_FIND] = stage_install_find,
    [STEP_INSTALL_VERIFY] = stage_install_verify,
    [STEP_INSTALL_SETTINGS] = stage_install_settings,
    [STEP_INSTALL_STILL_BOOTS] = stage_install_still_boots,
    [STEP_INSTALL_STILL_RECOVERS] = stage_install_still_recovers,
    [STEP_INSTALL_ERASE] = stage_install_erase,
    [STEP_INSTALL_READ] = stage_install_read,
    [STEP_INSTALL_PROGRAM] = stage_install_program,
    [STEP_INSTALL_CHECK] = stage_install_check,
    [STEP_INSTALL_REVOKE] = stage_install_revoke,
    [STEP_INSTALL_BLOW] = stage_install_blow,
    [STEP_INSTALL_DONE] = stage_install_done,
    [STEP_RESTART] = stage_restart,
    [STEP_CHOOSE] = stage_choose,
    [STEP_STORE_RECORD] = stage_store_record,
    [STEP_VERIFY_FLASH] = stage_verify_flash,
    [STEP_TRY] = stage_try,
    [STEP_COPY_BEGIN] = stage_copy_begin,
    [STEP_COPY_READ] = stage_copy_read,
    [STEP_COPY_WRITE] = stage_copy_write,
    [STEP_SEAL] = stage_seal,
    [STEP_VERIFY_COPY] = stage_verify_copy,
    [STEP_CHECK_FLOOR] = stage_check_floor,
    [STEP_CHECK_KEY] = stage_check_key,
    [STEP_CHECK_PRODUCT] = stage_check_product,
    [STEP_RAISE_FLOOR] = stage_raise_floor,
    [STEP_SECRET] = stage_secret,
    [STEP_KEYS_DERIVE] = stage_derive,
    [STEP_CERTIFICATES] = stage_certificates,
    [STEP_CERTIFY] = stage_certify,
    [STEP_LOCK] = stage_lock,
    [STEP_PROVE] = stage_prove,
};

static void fail(struct rotor_boot_stage *s, struct rotor_boot_handoff *out,
		 enum rotor_status status)
{
	const struct rotor_boot_event_info info = {
	    .event = ROTOR_BOOT_EVENT_FAILED, .slot = s->slot, .status = status};
	rotor_image_verifier_cancel(&s->verifier);
	stage_wipe(s);
	rotor_wipe(&s->proof, sizeof(s->proof));
	rotor_wipe(out, sizeof(*out));
	s->step = STEP_FAILED;
	s->result = status;
	if (s->config.event != NULL) {
		s->config.event(s->config.event_ctx, &info);
	}
}

enum rotor_status rotor_boot_stage_poll(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	if (s->step >= STEP_DONE) {
		return s->result;
	}
	enum rotor_status status = steps[s->step](s, out);
	if (status != ROTOR_OK && status != ROTOR_PENDING) {
		fail(s, out, status);
		return status;
	}
	return s->step == STEP_DONE ? s->result : ROTOR_PENDING;
}

enum rotor_status rotor_boot_stage_run(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	enum rotor_status status;
	do {
		status = rotor_boot_stage_poll(s, out);
	} while (status == ROTOR_PENDING);
	return status;
}

/* ---- afterwards ---- */

enum rotor_status rotor_boot_stage_confirmed(struct rotor_boot_stage *s)
{
	enum rotor_status status;
	if (s->step != STEP_DONE) {
		return ROTOR_ERR_STATE;
	}
	const struct rotor_boot_slot *slot = stage_slot(s, &s->recorder.record);
	if (slot == NULL) {
		return ROTOR_OK;
	}
	if (!s->confirm_loaded) {
		status = rotor_boot_recorder_load(&s->recorder);
		if (status != ROTOR_OK) {
			return status;
		}
		s->confirm_loaded = true;
	}
	if (slot->state != ROTOR_BOOT_CONFIRMED ||
	    memcmp(slot->digest, s->image.measurement, sizeof(slot->digest)) != 0) {
		s->confirm_loaded = false;
		return ROTOR_ERR_STATE;
	}
	status = raise_floor(s);
	if (status != ROTOR_PENDING) {
		s->confirm_loaded = false;
	}
	return status;
}
