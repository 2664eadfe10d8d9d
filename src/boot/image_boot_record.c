/* SPDX-License-Identifier: Apache-2.0 */
/* The boot record of an image: a map of CBOR, its fields in the order in which imgtool writes them. */
#include <string.h>

#include "boot/image.h"
#include "rotor/cbor.h"

/* Keys of the map: Arm's PSA Attestation API 1.0. The measurement comes last: MCUboot overwrites the end of the record. */
enum {
	FIELDS = 5,
	SW_TYPE = 1,
	MEASUREMENT_VALUE = 2,
	VERSION = 4,
	SIGNER_ID = 5,
	MEASUREMENT_DESCRIPTION = 6,
};

static const struct {
	enum rotor_hash_alg alg;
	const char *name;
} hashes[] = {
    {ROTOR_HASH_SHA256, "SHA256"},
    {ROTOR_HASH_SHA384, "SHA384"},
    {ROTOR_HASH_SHA512, "SHA512"},
};

static bool printable(struct rotor_bytes text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return false;
	return true;
}

static void read_key(struct rotor_reader *r, uint64_t key)
{
	if (rotor_cbor_read_uint(r) != key)
		rotor_reader_fail(r);
}

static enum rotor_hash_alg hash_named(struct rotor_bytes name)
{
	size_t i;

	for (i = 0; i < ROTOR_COUNT_OF(hashes); i++)
		if (name.len == strlen(hashes[i].name) &&
		    memcmp(name.data, hashes[i].name, name.len) == 0)
			return hashes[i].alg;
	return ROTOR_HASH_NONE;
}

enum rotor_status rotor_image_boot_record_read(const uint8_t *data, size_t len,
					       struct rotor_image_boot_record *out)
{
	struct rotor_reader r = rotor_reader(data, len);
	size_t size;

	memset(out, 0, sizeof(*out));
	if (rotor_cbor_read_head(&r, ROTOR_CBOR_MAP) != FIELDS)
		rotor_reader_fail(&r);
	read_key(&r, SW_TYPE);
	out->sw_type = rotor_cbor_read_text(&r);
	read_key(&r, VERSION);
	out->version = rotor_cbor_read_text(&r);
	read_key(&r, SIGNER_ID);
	out->signer_id = rotor_cbor_read_bytes(&r);
	read_key(&r, MEASUREMENT_DESCRIPTION);
	out->hash_alg = hash_named(rotor_cbor_read_text(&r));
	read_key(&r, MEASUREMENT_VALUE);
	out->measurement = rotor_cbor_read_bytes(&r);
	size = rotor_hash_size(out->hash_alg);
	if (rotor_reader_end(&r) || size == 0 || out->signer_id.len != size ||
	    out->measurement.len != size || out->sw_type.len > ROTOR_IMAGE_SW_TYPE_MAX ||
	    !printable(out->sw_type) || !printable(out->version))
		return ROTOR_ERR_FORMAT;
	return ROTOR_OK;
}

enum rotor_status
rotor_image_boot_record_write(const struct rotor_crypto *crypto, const struct rotor_public_key *key,
			      enum rotor_hash_alg hash, const struct rotor_image_version *version,
			      const char *sw_type, uint8_t *out, size_t cap, size_t *len)
{
	struct rotor_image_version without_build = *version;
	struct rotor_bytes type = {(const uint8_t *)sw_type, strlen(sw_type)};
	struct rotor_writer w = rotor_writer(out, cap);
	char text[ROTOR_IMAGE_VERSION_STRING_SIZE];
	struct rotor_image_key_hash signer;
	struct rotor_bytes view = {signer.hash, rotor_hash_size(hash)};
	enum rotor_status status;
	size_t i = 0;

	*len = 0;
	if (type.len > ROTOR_IMAGE_SW_TYPE_MAX || !printable(type) || view.len == 0)
		return ROTOR_ERR_ARGUMENT;
	status = image_mcuboot_key_hash(crypto, key, hash, &signer);
	if (status)
		return status;
	without_build.build = 0;
	(void)rotor_image_version_string(&without_build, text);
	while (hashes[i].alg != hash)
		i++;
	rotor_cbor_write_head(&w, ROTOR_CBOR_MAP, FIELDS);
	rotor_cbor_write_uint(&w, SW_TYPE);
	rotor_cbor_write_text(&w, sw_type);
	rotor_cbor_write_uint(&w, VERSION);
	rotor_cbor_write_text(&w, text);
	rotor_cbor_write_uint(&w, SIGNER_ID);
	rotor_cbor_write_bytes(&w, view);
	rotor_cbor_write_uint(&w, MEASUREMENT_DESCRIPTION);
	rotor_cbor_write_text(&w, hashes[i].name);
	rotor_cbor_write_uint(&w, MEASUREMENT_VALUE);
	rotor_cbor_write_head(&w, ROTOR_CBOR_BYTES, view.len);
	rotor_write_zeros(&w, view.len);
	return rotor_writer_end(&w, len);
}
