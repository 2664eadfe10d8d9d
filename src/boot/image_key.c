/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of images: their form in MCUboot's TLVs, their hashes, and which hash an image has with them. */
#include <string.h>

#include "boot/image.h"

enum rotor_hash_alg rotor_image_hash_of(enum rotor_sig_alg alg)
{
	bool known =
	    alg == ROTOR_SIG_ECDSA_P256 || alg == ROTOR_SIG_RSA3072_PSS || alg == ROTOR_SIG_ED25519;

	if (alg == ROTOR_SIG_ECDSA_P384)
		return ROTOR_HASH_SHA384;
	return known && rotor_sig_size(alg) ? ROTOR_HASH_SHA256 : ROTOR_HASH_NONE;
}

bool rotor_image_hash_fits(enum rotor_sig_alg alg, enum rotor_hash_alg hash)
{
	if (hash == ROTOR_HASH_NONE)
		return false;
	return hash == rotor_image_hash_of(alg) ||
	       (alg == ROTOR_SIG_ED25519 && hash == ROTOR_HASH_SHA512);
}

enum rotor_status image_key_write(const struct rotor_public_key *key, uint8_t *der, size_t cap,
				  size_t *len)
{
#if ROTOR_RSA_BITS_MAX
	if (key->alg == ROTOR_SIG_RSA3072_PSS)
		return rotor_rsa_public_write(key, der, cap, len);
#endif
	return rotor_spki_write(key, der, cap, len);
}

enum rotor_status image_key_read(const uint8_t *der, size_t len, struct rotor_public_key *key)
{
	enum rotor_status status = rotor_spki_read(der, len, key);

#if ROTOR_RSA_BITS_MAX
	if (status)
		status = rotor_rsa_public_read(der, len, key);
	else if (key->alg == ROTOR_SIG_RSA3072_PSS) /* no boot loader of MCUboot's would find it */
		status = ROTOR_ERR_FORMAT;
#endif
	/* a kind that signs no images */
	if (!status && rotor_image_hash_of(key->alg) == ROTOR_HASH_NONE)
		status = ROTOR_ERR_UNSUPPORTED;
	if (status)
		memset(key, 0, sizeof(*key));
	return status;
}

static enum rotor_status hash_bytes(const struct rotor_crypto *crypto, struct rotor_bytes der,
				    enum rotor_hash_alg alg, struct rotor_image_key_hash *out)
{
	memset(out, 0, sizeof(*out));
	out->alg = alg;
	return rotor_hash_parts(crypto, alg, &der, 1, out->hash);
}

enum rotor_status image_mcuboot_key_hash(const struct rotor_crypto *crypto,
					 const struct rotor_public_key *key,
					 enum rotor_hash_alg alg, struct rotor_image_key_hash *out)
{
	uint8_t der[ROTOR_SPKI_MAX];
	struct rotor_bytes part = {der, 0};
	enum rotor_status status = image_key_write(key, der, sizeof(der), &part.len);

	return status ? status : hash_bytes(crypto, part, alg, out);
}

enum rotor_status image_spki_hash(const struct rotor_crypto *crypto,
				  const struct rotor_public_key *key, enum rotor_hash_alg alg,
				  struct rotor_image_key_hash *out)
{
	uint8_t der[ROTOR_SPKI_MAX];
	struct rotor_bytes part = {der, 0};
	enum rotor_status status = rotor_spki_write(key, der, sizeof(der), &part.len);

	return status ? status : hash_bytes(crypto, part, alg, out);
}

enum rotor_status rotor_image_key_hash(const struct rotor_crypto *crypto,
				       const struct rotor_public_key *key,
				       struct rotor_image_key_hash *out)
{
	return image_spki_hash(crypto, key, ROTOR_HASH_SHA384, out);
}
