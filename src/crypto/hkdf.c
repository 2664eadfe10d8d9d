/* SPDX-License-Identifier: Apache-2.0 */
/* What is built on a backend's hash and MAC alone: digests of parts, HKDF, software signers. */
#include "rotor/crypto.h"

#include <string.h>

enum rotor_status rotor_hash_parts(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
				   const struct rotor_bytes *parts, size_t part_count,
				   uint8_t *digest)
{
	struct rotor_hash h = {0};
	enum rotor_status status = crypto->hash_start(&h, alg);
	for (size_t i = 0; status == ROTOR_OK && i < part_count; i++) {
		status = crypto->hash_update(&h, parts[i].data, parts[i].len);
	}
	if (status == ROTOR_OK) {
		return crypto->hash_finish(&h, digest);
	}
	crypto->hash_release(&h);
	return status;
}

enum rotor_status rotor_hkdf_extract(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
				     struct rotor_bytes salt, struct rotor_bytes ikm, uint8_t *prk)
{
	static const uint8_t zeros[ROTOR_HASH_MAX];
	if (rotor_hash_size(alg) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (salt.len == 0) {
		salt.data = zeros;
		salt.len = rotor_hash_size(alg);
	}
	return crypto->hmac(alg, salt.data, salt.len, &ikm, 1, prk);
}

enum rotor_status rotor_hkdf_expand(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
				    const uint8_t *prk, size_t prk_len, struct rotor_bytes info,
				    uint8_t *out, size_t out_len)
{
	size_t size = rotor_hash_size(alg);
	uint8_t block[ROTOR_HASH_MAX];
	enum rotor_status status = ROTOR_OK;
	if (size == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (out_len > 255 * size) {
		return ROTOR_ERR_ARGUMENT;
	}
	size_t done = 0;
	for (uint8_t i = 1; status == ROTOR_OK && done < out_len; i++) {
		uint8_t previous[ROTOR_HASH_MAX];
		memcpy(previous, block, i > 1 ? size : 0);
		const struct rotor_bytes parts[] = {{previous, i > 1 ? size : 0}, info, {&i, 1}};
		status = crypto->hmac(alg, prk, prk_len, parts, ROTOR_COUNT_OF(parts), block);
		rotor_wipe(previous, sizeof(previous));
		size_t n = out_len - done < size ? out_len - done : size;
		if (status == ROTOR_OK) {
			memcpy(out + done, block, n);
			done += n;
		}
	}
	rotor_wipe(block, sizeof(block));
	if (status != ROTOR_OK) {
		rotor_wipe(out, out_len);
	}
	return status;
}

static enum rotor_status soft_sign(const struct rotor_signer *self, struct rotor_crypto_job *job,
				   enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig)
{
	const struct rotor_soft_key *key = self->ctx;
	return key->crypto->key_sign(job, key, hash, digest, sig);
}

#if ROTOR_CRYPTO_EDDSA
static enum rotor_status soft_sign_message(const struct rotor_signer *self,
					   struct rotor_crypto_job *job, struct rotor_bytes message,
					   uint8_t *sig)
{
	const struct rotor_soft_key *key = self->ctx;
	return key->crypto->key_sign_message(job, key, message, sig);
}
#endif

struct rotor_signer rotor_soft_signer(struct rotor_soft_key *key)
{
	struct rotor_signer signer = {.alg = key->alg, .sign = soft_sign, .ctx = key};
#if ROTOR_CRYPTO_EDDSA
	signer.sign_message = rotor_sig_is_eddsa(key->alg) ? soft_sign_message : NULL;
#endif
	return signer;
}
