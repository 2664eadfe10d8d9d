/* SPDX-License-Identifier: Apache-2.0 */
/* Signed reference values: COSE_Sign1 over a CBOR map. */
#include "rotor/agent_reference.h"

#include <string.h>

#include "rotor/cbor.h"
#include "rotor/cose.h"

#define FORMAT_VERSION 1

/* Keys of the payload's map, in the order in which they stand. */
enum payload_key {
	KEY_FORMAT = 0,
	KEY_VENDOR_ID,
	KEY_CLASS_ID,
	KEY_VERSION,
	KEY_SECURITY_VERSION,
	KEY_VALUES,
	KEY_COUNT,
};

/* A manifest is nothing but a manifest: no external_aad. */
static const struct rotor_bytes no_aad;

static bool values_are_plausible(const struct rotor_reference *ref)
{
	if (ref->vendor_id.len != 16 || ref->class_id.len != 16 || !ref->value_count) {
		return false;
	}
	for (size_t i = 0; i < ref->value_count; i++) {
		const struct rotor_reference_value *v = &ref->values[i];
		/* Ascending, so that no index stands twice. */
		if (!v->value.len || !v->index || v->index > 0xef ||
		    (i && v->index <= ref->values[i - 1].index)) {
			return false;
		}
	}
	return true;
}

/* The values' array; false if an entry is not [index, type, value]. */
static bool read_values(struct rotor_reader *r, struct rotor_reference *ref)
{
	bool shape = true;
	for (size_t i = 0; i < ref->value_count; i++) {
		struct rotor_reference_value *v = &ref->values[i];
		shape = shape && rotor_cbor_read_head(r, ROTOR_CBOR_ARRAY) == 3;
		uint64_t index = rotor_cbor_read_uint(r);
		uint64_t type = rotor_cbor_read_uint(r);
		v->value = rotor_cbor_read_bytes(r);
		shape = shape && index <= UINT8_MAX && type <= UINT8_MAX;
		v->index = (uint8_t)index;
		v->type = (uint8_t)type;
	}
	return shape;
}

static enum rotor_status read_payload(struct rotor_bytes payload, struct rotor_reference *out)
{
	struct rotor_reader r = rotor_reader(payload.data, payload.len);
	struct rotor_reference ref = {0};
	uint64_t keys[KEY_COUNT];
	size_t pairs = rotor_cbor_read_head(&r, ROTOR_CBOR_MAP);
	keys[KEY_FORMAT] = rotor_cbor_read_uint(&r);
	uint64_t format = rotor_cbor_read_uint(&r);
	keys[KEY_VENDOR_ID] = rotor_cbor_read_uint(&r);
	ref.vendor_id = rotor_cbor_read_bytes(&r);
	keys[KEY_CLASS_ID] = rotor_cbor_read_uint(&r);
	ref.class_id = rotor_cbor_read_bytes(&r);
	keys[KEY_VERSION] = rotor_cbor_read_uint(&r);
	ref.version = rotor_cbor_read_text(&r);
	keys[KEY_SECURITY_VERSION] = rotor_cbor_read_uint(&r);
	ref.security_version = rotor_cbor_read_uint(&r);
	keys[KEY_VALUES] = rotor_cbor_read_uint(&r);
	ref.value_count = rotor_cbor_read_head(&r, ROTOR_CBOR_ARRAY);
	if (rotor_reader_status(&r) != ROTOR_OK || pairs != KEY_COUNT) {
		return ROTOR_ERR_FORMAT;
	}
	if (format != FORMAT_VERSION || ref.value_count > ROTOR_REFERENCE_VALUES_MAX) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	bool shape = read_values(&r, &ref);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		shape = shape && keys[i] == i;
	}
	if (rotor_reader_end(&r) != ROTOR_OK || !shape || !values_are_plausible(&ref)) {
		return ROTOR_ERR_FORMAT;
	}
	*out = ref;
	return ROTOR_OK;
}

enum rotor_status rotor_reference_open(const struct rotor_crypto *crypto,
				       struct rotor_crypto_job *job, struct rotor_bytes manifest,
				       const struct rotor_public_key *signers, size_t signer_count,
				       struct rotor_reference *out)
{
	struct rotor_bytes payload;
	if (manifest.len > ROTOR_REFERENCE_MAX) {
		return ROTOR_ERR_LENGTH;
	}
	enum rotor_status status =
	    rotor_cose_sign1_open(crypto, job, manifest, no_aad, signers, signer_count, &payload);
	return status == ROTOR_OK ? read_payload(payload, out) : status;
}

static void write_payload(struct rotor_writer *w, const struct rotor_reference *ref)
{
	rotor_cbor_write_head(w, ROTOR_CBOR_MAP, KEY_COUNT);
	rotor_cbor_write_uint(w, KEY_FORMAT);
	rotor_cbor_write_uint(w, FORMAT_VERSION);
	rotor_cbor_write_uint(w, KEY_VENDOR_ID);
	rotor_cbor_write_bytes(w, ref->vendor_id);
	rotor_cbor_write_uint(w, KEY_CLASS_ID);
	rotor_cbor_write_bytes(w, ref->class_id);
	rotor_cbor_write_uint(w, KEY_VERSION);
	rotor_cbor_write_head(w, ROTOR_CBOR_TEXT, ref->version.len);
	rotor_write_bytes(w, ref->version.data, ref->version.len);
	rotor_cbor_write_uint(w, KEY_SECURITY_VERSION);
	rotor_cbor_write_uint(w, ref->security_version);
	rotor_cbor_write_uint(w, KEY_VALUES);
	rotor_cbor_write_head(w, ROTOR_CBOR_ARRAY, ref->value_count);
	for (size_t i = 0; i < ref->value_count; i++) {
		rotor_cbor_write_head(w, ROTOR_CBOR_ARRAY, 3);
		rotor_cbor_write_uint(w, ref->values[i].index);
		rotor_cbor_write_uint(w, ref->values[i].type);
		rotor_cbor_write_bytes(w, ref->values[i].value);
	}
}

enum rotor_status rotor_reference_write(const struct rotor_crypto *crypto,
					struct rotor_crypto_job *job,
					const struct rotor_reference *reference,
					const struct rotor_signer *signer,
					const struct rotor_public_key *signer_key, uint8_t *out,
					size_t cap, size_t *len)
{
	uint8_t payload[ROTOR_REFERENCE_MAX];
	struct rotor_bytes body = {payload, 0};

	*len = 0;
	if (reference->value_count > ROTOR_REFERENCE_VALUES_MAX ||
	    !values_are_plausible(reference)) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_writer w = rotor_writer(payload, sizeof(payload));
	write_payload(&w, reference);
	enum rotor_status status = rotor_writer_end(&w, &body.len);
	if (status != ROTOR_OK) {
		return status;
	}
	return rotor_cose_sign1_write(crypto, job, body, no_aad, signer, signer_key, out, cap, len);
}
