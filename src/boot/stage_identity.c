/* SPDX-License-Identifier: Apache-2.0 */
/* What was verified is measured, and gets its key and certificate. */
#include <string.h>

#include "boot/stage.h"

/* ---- the handoff without key and chain ---- */

static enum rotor_status measure(const struct rotor_boot_stage *s, bool trial,
				 struct rotor_measurement_log *log)
{
	uint8_t slots[ROTOR_BOOT_SLOTS_MEASURED];
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	size_t version_len = rotor_image_version_string(&s->image.version, version);
	uint8_t security_version[8], floor[8];
	const uint8_t slot = (uint8_t)s->slot, on_trial = trial ? 1 : 0;
	struct rotor_writer w = rotor_writer(security_version, sizeof(security_version));
	rotor_write_u64le(&w, s->image.security_counter);
	w = rotor_writer(floor, sizeof(floor));
	rotor_write_u64le(&w, s->floor);
	rotor_boot_record_measure(&s->recorder.record, slots);

	const struct {
		uint8_t index, type;
		const void *value;
		size_t len;
	} entries[] = {
	    {ROTOR_MEASURE_BOOT_STAGE, ROTOR_MEASURE_TYPE_IMMUTABLE_CODE, s->config.stage_digest,
	     ROTOR_BOOT_DIGEST_SIZE},
	    {ROTOR_MEASURE_FIRMWARE, ROTOR_MEASURE_TYPE_MUTABLE_FIRMWARE, s->image.hash,
	     ROTOR_BOOT_DIGEST_SIZE},
	    {ROTOR_MEASURE_SECURITY_VERSION,
	     ROTOR_MEASURE_TYPE_SECURITY_VERSION | ROTOR_MEASURE_TYPE_RAW, security_version,
	     sizeof(security_version)},
	    {ROTOR_MEASURE_VERSION, ROTOR_MEASURE_TYPE_VERSION | ROTOR_MEASURE_TYPE_RAW, version,
	     version_len},
	    {ROTOR_MEASURE_CONFIG, ROTOR_MEASURE_TYPE_FIRMWARE_CONFIG, s->config_digest,
	     ROTOR_BOOT_DIGEST_SIZE},
	    {ROTOR_MEASURE_SLOT, ROTOR_MEASURE_TYPE_FREEFORM | ROTOR_MEASURE_TYPE_RAW, &slot, 1},
	    {ROTOR_MEASURE_TRIAL, ROTOR_MEASURE_TYPE_FREEFORM | ROTOR_MEASURE_TYPE_RAW, &on_trial,
	     1},
	    {ROTOR_MEASURE_FLOOR, ROTOR_MEASURE_TYPE_FREEFORM | ROTOR_MEASURE_TYPE_RAW, floor,
	     sizeof(floor)},
	    {ROTOR_MEASURE_ANCHORS, ROTOR_MEASURE_TYPE_FIRMWARE_CONFIG, s->settings.anchors_digest,
	     ROTOR_BOOT_DIGEST_SIZE},
	    {ROTOR_MEASURE_SLOTS, ROTOR_MEASURE_TYPE_FREEFORM | ROTOR_MEASURE_TYPE_RAW, slots,
	     sizeof(slots)},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(entries); i++) {
		enum rotor_status status = rotor_measurement_add(
		    log, entries[i].index, entries[i].type, entries[i].value, entries[i].len);
		if (status != ROTOR_OK) {
			return status;
		}
	}
	return ROTOR_OK;
}

static enum rotor_status describe(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	const struct rotor_boot_slot *slot = stage_slot(s, &s->recorder.record);
	memset(out, 0, sizeof(*out));
	out->slot = s->slot;
	out->trial = slot != NULL && slot->state != ROTOR_BOOT_CONFIRMED;
	out->tries_left = out->trial ? slot->tries_left : 0;
	out->security_floor = s->floor;
	out->version = s->image.version;
	out->security_version = s->image.security_counter;
	out->policy = s->device.policy;
	out->confirm_seconds =
	    s->device.confirm_seconds != 0 ? s->device.confirm_seconds : ROTOR_BOOT_CONFIRM_SECONDS;
	out->anchors_source = s->settings.source;
	out->anchors_offset = s->settings.offset;
	out->anchors_len = s->settings.len;
	out->settings_version = s->settings.version;
	out->layout = *s->config.layout;
	memcpy(out->device_uuid, s->device.device_uuid, sizeof(out->device_uuid));
	memcpy(out->vendor_id, s->device.vendor_id, sizeof(out->vendor_id));
	memcpy(out->class_id, s->device.class_id, sizeof(out->class_id));
	for (size_t i = 0; i < s->key_hash_count; i++) {
		memcpy(out->key_hash[i], s->key_hash[i].hash, ROTOR_BOOT_DIGEST_SIZE);
	}
	out->key_hash_count = (uint8_t)s->key_hash_count;
	return measure(s, out->trial, &out->measurements);
}

/* ---- keys ---- */

enum rotor_status stage_secret(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	(void)out;
	const struct rotor_fuses *fuses = s->config.fuses;
	enum rotor_status status = fuses->ops->read_secret(fuses->ctx, s->secret);
	if (status == ROTOR_OK) {
		s->step = STEP_KEYS_DERIVE;
	}
	return status;
}

static enum rotor_status write_tcb_info(struct rotor_boot_stage *s)
{
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	size_t version_len = rotor_image_version_string(&s->image.version, version);
	const struct rotor_dice_tcb_info info = {
	    .vendor = s->device.vendor_name,
	    .model = s->device.model_name,
	    .version = {(const uint8_t *)version, version_len},
	    .has_svn = true,
	    .svn = s->image.security_counter,
	    .fwid_alg = ROTOR_HASH_SHA384,
	    .fwid = {s->image.hash, ROTOR_BOOT_DIGEST_SIZE},
	};
	return rotor_dice_tcb_info_write(&info, s->tcb_info, sizeof(s->tcb_info), &s->tcb_info_len);
}

enum rotor_status stage_derive(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	const struct rotor_crypto *crypto = s->config.crypto;
	struct rotor_dice_measurement m = {.security_version = s->image.security_counter};
	memcpy(m.digest, s->image.hash, sizeof(m.digest));
	memcpy(m.config_digest, s->config_digest, sizeof(m.config_digest));

	enum rotor_status status = describe(s, out);
	if (status == ROTOR_OK) {
		stage_tell(s, ROTOR_BOOT_EVENT_MEASURED, out->measurements.count);
		status = rotor_dice_identity_key(crypto, s->secret, &s->identity);
	}
	if (status == ROTOR_OK) {
		status = rotor_dice_runtime_key(crypto, s->secret, &m, &s->runtime);
	}
	rotor_wipe(s->secret, sizeof(s->secret));
	if (status == ROTOR_OK) {
		status = write_tcb_info(s);
	}
	if (status == ROTOR_OK) {
		s->step = STEP_CERTIFICATES;
	}
	return status;
}

/* ---- chain ---- */

enum rotor_status stage_certificates(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	struct rotor_bytes items, cert;
	size_t count = 0;
	enum rotor_status status =
	    rotor_store_read(s->config.flash, &s->config.layout->region[ROTOR_REGION_CERTIFICATES],
			     ROTOR_STORE_CERTIFICATES, s->store, sizeof(s->store), &items);
	if (status != ROTOR_OK) {
		return status;
	}
	struct rotor_writer w = rotor_writer(out->chain, sizeof(out->chain));
	while (rotor_store_find(items, ROTOR_STORE_CERTIFICATE, count, &cert) == ROTOR_OK) {
		rotor_write_bytes(&w, cert.data, cert.len);
		s->identity_cert = cert;
		count++;
	}
	if (count == 0) {
		return ROTOR_ERR_UNTRUSTED;
	}
	s->step = STEP_CERTIFY;
	return rotor_writer_end(&w, &s->chain_len);
}

enum rotor_status stage_certify(struct rotor_boot_stage *s, struct rotor_boot_handoff *out)
{
	size_t len = 0;
	enum rotor_status status = rotor_dice_certify_runtime(
	    s->config.crypto, &s->identity, s->identity_cert, &s->runtime.public_key,
	    (struct rotor_bytes){s->tcb_info, s->tcb_info_len}, &s->job, out->chain + s->chain_len,
	    sizeof(out->chain) - s->chain_len, &len);
	if (status != ROTOR_OK) {
		return status;
	}
	out->chain_len = (uint16_t)(s->chain_len + len);
	out->key_len = (uint8_t)rotor_sig_private_size(ROTOR_DICE_SIG_ALG);
	memcpy(out->key, s->runtime.secret, out->key_len);
	stage_tell(s, ROTOR_BOOT_EVENT_IDENTITY, out->chain_len);
	s->step = STEP_LOCK;
	return ROTOR_OK;
}
