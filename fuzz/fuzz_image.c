/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an image. With bit 0 of the first byte the hash is always zeros and every signature verifies, so that
 * what stands behind them is reached; bit 1 inspects instead of verifying. Bits 2 and 3 relax the policy.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/boot_image.h"

struct file {
	const uint8_t *data;
	size_t len;
	unsigned turn;
};

static enum rotor_status file_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct file *f = ctx;

	if (offset > f->len || len > f->len - offset)
		abort();
	if (++f->turn % 2)
		return ROTOR_PENDING;
	memcpy(buf, f->data + offset, len);
	return ROTOR_OK;
}

static enum rotor_status zero_finish(struct rotor_hash *h, uint8_t *digest)
{
	memset(digest, 0, rotor_hash_size(h->alg));
	rotor_crypto_openssl.hash_release(h);
	return ROTOR_OK;
}

static enum rotor_status any_verify(struct rotor_crypto_job *job,
				    const struct rotor_public_key *key, enum rotor_hash_alg hash,
				    const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	(void)job;
	(void)hash;
	(void)digest;
	(void)sig;
	return key->alg != ROTOR_SIG_NONE && sig_len == rotor_sig_size(key->alg) ? ROTOR_OK
										 : ROTOR_ERR_VERIFY;
}

/* A key hash of zeros is known too, for images that carry only a hash. */
static const struct rotor_image_key_hash known[] = {{ROTOR_HASH_SHA384, {0}}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_crypto crypto = rotor_crypto_openssl;
	struct rotor_image_policy policy = {.key_hashes = known, .key_hash_count = 1};
	struct rotor_public_key key = {.alg = ROTOR_SIG_ECDSA_P384, .len = 96};
	struct file file = {data + 1, size ? size - 1 : 0, 0};
	struct rotor_image_source source = {file_read, &file, (uint32_t)file.len};
	struct rotor_image_verifier v;
	uint8_t work[ROTOR_IMAGE_WORK_MIN];
	size_t i;

	if (size == 0)
		return 0;
	if (data[0] & 1) {
		crypto.hash_finish = zero_finish;
		crypto.verify = any_verify;
		/* whatever key stands in the image is trusted */
		for (i = 1; i + 120 <= size; i++)
			if (rotor_spki_read(data + i, 120, &key) == ROTOR_OK)
				break;
		policy.keys = &key;
		policy.key_count = 1;
	}
	policy.flags = (data[0] & 4 ? ROTOR_IMAGE_IDS_IGNORED : 0u) |
		       (data[0] & 8 ? ROTOR_IMAGE_DEPENDENCIES_IGNORED : 0u);
	if (data[0] & 2) {
		if (rotor_image_inspector_init(&v, &crypto, &source, work, sizeof(work)))
			abort();
	} else if (rotor_image_verifier_init(&v, &crypto, &source, &policy, work, sizeof(work))) {
		abort();
	}
	if (rotor_image_verifier_run(&v) == ROTOR_OK &&
	    (v.refusal != ROTOR_IMAGE_ACCEPTED || v.info.total_size > file.len ||
	     v.info.body_offset + v.info.body_size + v.info.protected_size >= v.info.total_size))
		abort();
	return 0;
}
