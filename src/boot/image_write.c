/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of images, in the pieces of which an image consists. */
#include <string.h>

#include "boot/image.h"

static void write_tlv(struct rotor_writer *w, uint16_t type, const void *value, uint16_t len)
{
	rotor_write_u16le(w, type);
	rotor_write_u16le(w, len);
	rotor_write_bytes(w, value, len);
}

size_t rotor_image_protected_size(const struct rotor_image_spec *spec)
{
	size_t size = 0;

	if (spec->has_security_counter)
		size += IMAGE_TLV_HEADER_SIZE + 4;
	if (spec->has_vendor_id)
		size += IMAGE_TLV_HEADER_SIZE + ROTOR_IMAGE_ID_SIZE;
	if (spec->has_class_id)
		size += IMAGE_TLV_HEADER_SIZE + ROTOR_IMAGE_ID_SIZE;
	if (spec->boot_record.len)
		size += IMAGE_TLV_HEADER_SIZE + spec->boot_record.len;
	if (spec->kind != ROTOR_IMAGE_FIRMWARE)
		size += IMAGE_TLV_HEADER_SIZE + 1;
	return size ? size + IMAGE_TLV_HEADER_SIZE : 0;
}

enum rotor_status rotor_image_write_header(const struct rotor_image_spec *spec, uint32_t body_size,
					   uint8_t *out, size_t cap, size_t *len)
{
	struct rotor_writer w = rotor_writer(out, cap);

	*len = 0;
	if (spec->header_size < ROTOR_IMAGE_HEADER_SIZE || body_size == 0 ||
	    !rotor_image_kind_string(spec->kind) ||
	    spec->boot_record.len > ROTOR_IMAGE_BOOT_RECORD_MAX ||
	    spec->flags & ~(ROTOR_IMAGE_F_RAM_LOAD | ROTOR_IMAGE_F_ROM_FIXED))
		return ROTOR_ERR_ARGUMENT;
	rotor_write_u32le(&w, ROTOR_IMAGE_MAGIC);
	rotor_write_u32le(&w, spec->load_address);
	rotor_write_u16le(&w, spec->header_size);
	rotor_write_u16le(&w, (uint16_t)rotor_image_protected_size(spec));
	rotor_write_u32le(&w, body_size);
	rotor_write_u32le(&w, spec->flags);
	rotor_write_u8(&w, spec->version.major);
	rotor_write_u8(&w, spec->version.minor);
	rotor_write_u16le(&w, spec->version.revision);
	rotor_write_u32le(&w, spec->version.build);
	rotor_write_u32le(&w, 0);
	rotor_write_zeros(&w, (size_t)spec->header_size - ROTOR_IMAGE_HEADER_SIZE);
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_image_write_protected(const struct rotor_image_spec *spec, uint8_t *out,
					      size_t cap, size_t *len)
{
	struct rotor_writer w = rotor_writer(out, cap);
	size_t size = rotor_image_protected_size(spec);

	*len = 0;
	if (size == 0)
		return ROTOR_OK;
	rotor_write_u16le(&w, IMAGE_TLV_PROTECTED_INFO_MAGIC);
	rotor_write_u16le(&w, (uint16_t)size);
	if (spec->has_security_counter) {
		rotor_write_u16le(&w, ROTOR_IMAGE_TLV_SECURITY_COUNTER);
		rotor_write_u16le(&w, 4);
		rotor_write_u32le(&w, spec->security_counter);
	}
	if (spec->boot_record.len)
		write_tlv(&w, ROTOR_IMAGE_TLV_BOOT_RECORD, spec->boot_record.data,
			  (uint16_t)spec->boot_record.len);
	if (spec->has_vendor_id)
		write_tlv(&w, ROTOR_IMAGE_TLV_VENDOR_ID, spec->vendor_id, ROTOR_IMAGE_ID_SIZE);
	if (spec->has_class_id)
		write_tlv(&w, ROTOR_IMAGE_TLV_CLASS_ID, spec->class_id, ROTOR_IMAGE_ID_SIZE);
	if (spec->kind != ROTOR_IMAGE_FIRMWARE) {
		rotor_write_u16le(&w, ROTOR_IMAGE_TLV_KIND);
		rotor_write_u16le(&w, 1);
		rotor_write_u8(&w, (uint8_t)spec->kind);
	}
	return rotor_writer_end(&w, len);
}

/* The image's hash; ROTOR_HASH_NONE if the key can have none such. */
static enum rotor_hash_alg hash_of(const struct rotor_image_spec *spec,
				   const struct rotor_public_key *key)
{
	enum rotor_hash_alg alg =
	    spec->hash_alg == ROTOR_HASH_NONE ? rotor_image_hash_of(key->alg) : spec->hash_alg;

	return rotor_image_hash_fits(key->alg, alg) ? alg : ROTOR_HASH_NONE;
}

static void write_hash(struct rotor_writer *w, enum rotor_hash_alg alg, const uint8_t *digest)
{
	uint16_t type = alg == ROTOR_HASH_SHA256   ? ROTOR_IMAGE_TLV_SHA256
			: alg == ROTOR_HASH_SHA384 ? ROTOR_IMAGE_TLV_SHA384
						   : ROTOR_IMAGE_TLV_SHA512;

	write_tlv(w, type, digest, (uint16_t)rotor_hash_size(alg));
}

static enum rotor_status write_key(struct rotor_writer *w, const struct rotor_image_spec *spec,
				   const struct rotor_crypto *crypto,
				   const struct rotor_public_key *key)
{
	uint8_t der[ROTOR_SPKI_MAX];
	struct rotor_image_key_hash hash;
	enum rotor_status status;
	size_t len;

	if (spec->key_hash_only) {
		status = image_mcuboot_key_hash(crypto, key, hash_of(spec, key), &hash);
		if (status)
			return status;
		write_tlv(w, ROTOR_IMAGE_TLV_KEYHASH, hash.hash,
			  (uint16_t)rotor_hash_size(hash.alg));
		return ROTOR_OK;
	}
	status = image_key_write(key, der, sizeof(der), &len);
	if (status)
		return status;
	write_tlv(w, ROTOR_IMAGE_TLV_PUBKEY, der, (uint16_t)len);
	return ROTOR_OK;
}

static enum rotor_status write_signature(struct rotor_writer *w, enum rotor_sig_alg alg,
					 const uint8_t *sig)
{
	uint8_t der[2 * ROTOR_SCALAR_MAX + 16];
	enum rotor_status status;
	size_t len;

	if (rotor_ecdsa_size(alg) == 0) {
		write_tlv(
		    w, alg == ROTOR_SIG_ED25519 ? ROTOR_IMAGE_TLV_ED25519 : ROTOR_IMAGE_TLV_RSA3072,
		    sig, (uint16_t)rotor_sig_size(alg));
		return ROTOR_OK;
	}
	status = rotor_ecdsa_to_der(alg, sig, der, sizeof(der), &len);
	if (status)
		return status;
	write_tlv(w, ROTOR_IMAGE_TLV_ECDSA, der, (uint16_t)len);
	return ROTOR_OK;
}

enum rotor_status
rotor_image_write_trailer(const struct rotor_image_spec *spec, const struct rotor_crypto *crypto,
			  const uint8_t *digest, const struct rotor_signer *signer,
			  const struct rotor_public_key *key, struct rotor_crypto_job *job,
			  uint8_t *out, size_t cap, size_t *len)
{
	enum rotor_hash_alg alg = hash_of(spec, key);
	struct rotor_writer w = rotor_writer(out, cap);
	uint8_t sig[ROTOR_SIGNATURE_MAX];
	enum rotor_status status;

	*len = 0;
	if (alg == ROTOR_HASH_NONE)
		return ROTOR_ERR_UNSUPPORTED;
	if (signer->alg != key->alg)
		return ROTOR_ERR_ARGUMENT;
	status = signer->sign(signer, job, alg, digest, sig);
	if (status)
		return status;
	rotor_write_u16le(&w, IMAGE_TLV_INFO_MAGIC);
	rotor_write_u16le(&w, 0);
	write_hash(&w, alg, digest);
	status = write_key(&w, spec, crypto, key);
	if (status)
		return status;
	status = write_signature(&w, key->alg, sig);
	if (status)
		return status;
	rotor_write_patch_u16le(&w, 2, (uint16_t)w.len);
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_image_write(const struct rotor_image_spec *spec,
				    const struct rotor_crypto *crypto, const void *body,
				    uint32_t body_size, const struct rotor_signer *signer,
				    const struct rotor_public_key *key, uint8_t *out, size_t cap,
				    size_t *len)
{
	struct rotor_crypto_job job = {0};
	uint8_t digest[ROTOR_HASH_MAX];
	struct rotor_bytes covered;
	enum rotor_status status;
	size_t at, n;

	*len = 0;
	status = rotor_image_write_header(spec, body_size, out, cap, &at);
	if (status)
		return status;
	if (cap - at < body_size)
		return ROTOR_ERR_SPACE;
	memcpy(out + at, body, body_size);
	at += body_size;
	status = rotor_image_write_protected(spec, out + at, cap - at, &n);
	if (status)
		return status;
	at += n;
	covered.data = out;
	covered.len = at;
	status = rotor_hash_parts(crypto, hash_of(spec, key), &covered, 1, digest);
	if (status)
		return status;
	do
		status = rotor_image_write_trailer(spec, crypto, digest, signer, key, &job,
						   out + at, cap - at, &n);
	while (status == ROTOR_PENDING);
	if (status)
		return status;
	*len = at + n;
	return ROTOR_OK;
}
