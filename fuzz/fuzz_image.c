/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an image. With bit 0 of the first byte the hash is always zeros and every signature verifies, so that
 * what stands behind them is reached; bit 1 inspects instead of verifying. Bits 2 and 3 relax the policy, bits 4 and 5 are
 * the kind that it asks for, bit 6 takes the backend that lacks an algorithm.
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

static const struct rotor_crypto *backend;

static enum rotor_status zero_finish(struct rotor_hash *h, uint8_t *digest)
{
	memset(digest, 0, rotor_hash_size(h->alg));
	backend->hash_release(h);
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

/* The first key of any kind that stands in the bytes. */
static void find_key(const uint8_t *data, size_t size, struct rotor_public_key *key)
{
	static const size_t lengths[] = {44, 91, 120, 398};
	size_t i, k;

	for (i = 0; i < size; i++) {
		for (k = 0; k < ROTOR_COUNT_OF(lengths) && lengths[k] <= size - i; k++)
			if (data[i] == 0x30 &&
			    (rotor_spki_read(data + i, lengths[k], key) == ROTOR_OK ||
			     rotor_rsa_public_read(data + i, lengths[k], key) == ROTOR_OK))
				return;
	}
	memset(key, 0, sizeof(*key));
	key->alg = ROTOR_SIG_ECDSA_P384;
	key->len = 96;
}

/* What an accepted image says of itself must hold. */
static void check_info(const struct rotor_image_verifier *v, const struct file *file)
{
	const struct rotor_image_info *info = &v->info;
	struct rotor_image_boot_record record;

	if (v->refusal != ROTOR_IMAGE_ACCEPTED || info->total_size > file->len ||
	    info->body_offset + info->body_size + info->protected_size >= info->total_size)
		abort();
	if (!rotor_image_kind_string(info->kind) ||
	    (v->policy && (info->kind != v->policy->kind || !rotor_image_signature_name(info))))
		abort();
	if (info->has_boot_record &&
	    (info->boot_record_offset + info->boot_record_size > info->total_size ||
	     rotor_image_boot_record_read(file->data + info->boot_record_offset,
					  info->boot_record_size, &record) != ROTOR_OK))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_crypto crypto;
	struct rotor_image_policy policy = {.key_hashes = known, .key_hash_count = 1};
	struct rotor_public_key key;
	struct file file = {data + 1, size ? size - 1 : 0, 0};
	struct rotor_image_source source = {file_read, &file, (uint32_t)file.len};
	struct rotor_image_verifier v;
	uint8_t work[ROTOR_IMAGE_WORK_MIN];

	if (size == 0)
		return 0;
	backend = data[0] & 0x40 ? &rotor_crypto_mbedtls : &rotor_crypto_openssl;
	crypto = *backend;
	if (data[0] & 1) {
		crypto.hash_finish = zero_finish;
		crypto.verify = any_verify;
		/* whatever key stands in the image is trusted */
		find_key(data + 1, size - 1, &key);
		policy.keys = &key;
		policy.key_count = 1;
	}
	policy.flags = (data[0] & 4 ? ROTOR_IMAGE_IDS_IGNORED : 0u) |
		       (data[0] & 8 ? ROTOR_IMAGE_DEPENDENCIES_IGNORED : 0u);
	policy.kind = (enum rotor_image_kind)(data[0] >> 4 & 3);
	if (data[0] & 2) {
		if (rotor_image_inspector_init(&v, &crypto, &source, work, sizeof(work)))
			abort();
	} else if (rotor_image_verifier_init(&v, &crypto, &source, &policy, work, sizeof(work))) {
		abort();
	}
	if (rotor_image_verifier_run(&v) == ROTOR_OK)
		check_info(&v, &file);
	return 0;
}
