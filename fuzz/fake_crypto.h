/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crypto backend without secrets, for fuzzing: everything is quick and repeats, every signature and certificate is
 * good, the shared secret is always the same, a tag is the sum of what it covers. So a fuzzer reaches what lies behind
 * the checks.
 */
#ifndef ROTOR_FUZZ_FAKE_CRYPTO_H
#define ROTOR_FUZZ_FAKE_CRYPTO_H

#include <string.h>

#include "rotor/crypto.h"

static uint32_t fake_mix(uint32_t sum, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ data[i]) * UINT32_C(16777619);
	return sum;
}

static void fake_spread(uint32_t sum, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sum = sum * UINT32_C(1664525) + UINT32_C(1013904223);
		out[i] = (uint8_t)(sum >> 24);
	}
}

static enum rotor_status fake_hash_start(struct rotor_hash *h, enum rotor_hash_alg alg)
{
	h->alg = alg;
	h->opaque[0] = UINT32_C(2166136261);
	return ROTOR_OK;
}

static enum rotor_status fake_hash_update(struct rotor_hash *h, const void *data, size_t len)
{
	if (h->alg == ROTOR_HASH_NONE)
		return ROTOR_ERR_STATE;
	h->opaque[0] = fake_mix((uint32_t)h->opaque[0], data, len);
	return ROTOR_OK;
}

static void fake_hash_release(struct rotor_hash *h)
{
	h->alg = ROTOR_HASH_NONE;
}

static enum rotor_status fake_hash_finish(struct rotor_hash *h, uint8_t *digest)
{
	if (h->alg == ROTOR_HASH_NONE)
		return ROTOR_ERR_STATE;
	fake_spread((uint32_t)h->opaque[0], digest, rotor_hash_size(h->alg));
	fake_hash_release(h);
	return ROTOR_OK;
}

static enum rotor_status fake_hash_clone(struct rotor_hash *to, const struct rotor_hash *from)
{
	*to = *from;
	return ROTOR_OK;
}

static enum rotor_status fake_hmac(enum rotor_hash_alg alg, const uint8_t *key, size_t key_len,
				   const struct rotor_bytes *parts, size_t part_count, uint8_t *mac)
{
	uint32_t sum = fake_mix(1, key, key_len);
	for (size_t i = 0; i < part_count; i++)
		sum = fake_mix(sum, parts[i].data, parts[i].len);
	fake_spread(sum, mac, rotor_hash_size(alg));
	return ROTOR_OK;
}

static void fake_tag(const uint8_t *iv, const uint8_t *aad, size_t aad_len, const uint8_t *text,
		     size_t len, uint8_t *tag)
{
	uint32_t sum = fake_mix(fake_mix(3, iv, ROTOR_AEAD_IV_SIZE), aad, aad_len);
	fake_spread(fake_mix(sum, text, len), tag, ROTOR_AEAD_TAG_SIZE);
}

static enum rotor_status fake_seal(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				   const uint8_t *aad, size_t aad_len, const uint8_t *plain,
				   size_t len, uint8_t *cipher, uint8_t *tag)
{
	(void)alg;
	(void)key;
	if (cipher != plain)
		memmove(cipher, plain, len);
	fake_tag(iv, aad, aad_len, cipher, len, tag);
	return ROTOR_OK;
}

/* A tag of sixteen times 0xAA is right for everything. */
static enum rotor_status fake_open(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				   const uint8_t *aad, size_t aad_len, const uint8_t *cipher,
				   size_t len, const uint8_t *tag, uint8_t *plain)
{
	uint8_t good[ROTOR_AEAD_TAG_SIZE], any[ROTOR_AEAD_TAG_SIZE];
	(void)alg;
	(void)key;
	memset(any, 0xaa, sizeof(any));
	fake_tag(iv, aad, aad_len, cipher, len, good);
	if (memcmp(tag, good, sizeof(good)) != 0 && memcmp(tag, any, sizeof(any)) != 0) {
		memset(plain, 0, len);
		return ROTOR_ERR_VERIFY;
	}
	if (cipher != plain)
		memmove(plain, cipher, len);
	return ROTOR_OK;
}

static enum rotor_status fake_random(uint8_t *out, size_t len)
{
	fake_spread(77, out, len);
	return ROTOR_OK;
}

/* A job that is pending once, so that work is left and taken up again. */
static enum rotor_status fake_once(struct rotor_crypto_job *job)
{
	static uint8_t mark;
	if (!job->state) {
		job->state = &mark;
		return ROTOR_PENDING;
	}
	job->state = NULL;
	return ROTOR_OK;
}

static void fake_job_cancel(struct rotor_crypto_job *job)
{
	job->state = NULL;
}

static enum rotor_status fake_verify(struct rotor_crypto_job *job,
				     const struct rotor_public_key *key, enum rotor_hash_alg hash,
				     const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	(void)key;
	(void)hash;
	(void)digest;
	enum rotor_status st = fake_once(job);
	return st == ROTOR_OK && sig_len && sig[0] == 0xff ? ROTOR_ERR_VERIFY : st;
}

static enum rotor_status fake_kex_generate(struct rotor_crypto_job *job, struct rotor_kex *k,
					   enum rotor_kex_alg alg, uint8_t *public_out)
{
	k->alg = alg;
	memset(public_out, 0x11, rotor_kex_public_size(alg));
	return fake_once(job);
}

static enum rotor_status fake_kex_agree(struct rotor_crypto_job *job, struct rotor_kex *k,
					const uint8_t *peer, uint8_t *secret)
{
	if (peer[0] == 0xff)
		return ROTOR_ERR_FORMAT;
	memset(secret, 0x22, rotor_kex_secret_size(k->alg));
	return fake_once(job);
}

static enum rotor_status fake_cert_parse(const uint8_t *der, size_t len, struct rotor_cert *out)
{
	memset(out, 0, sizeof(*out));
	out->der = (struct rotor_bytes){der, len};
	out->issuer = out->subject = out->der;
	out->key.alg = ROTOR_SIG_ECDSA_P384;
	out->key.len = 96;
	return len > 3 ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

static enum rotor_status fake_chain_verify(struct rotor_crypto_job *job,
					   const struct rotor_bytes *certs, size_t cert_count,
					   const struct rotor_bytes *anchors, size_t anchor_count,
					   rotor_time now)
{
	(void)certs;
	(void)anchors;
	(void)anchor_count;
	(void)now;
	return cert_count ? fake_once(job) : ROTOR_ERR_UNTRUSTED;
}

static enum rotor_status fake_sign(const struct rotor_signer *self, struct rotor_crypto_job *job,
				   enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig)
{
	(void)hash;
	(void)digest;
	memset(sig, 0x33, rotor_sig_size(self->alg));
	return fake_once(job);
}

static const struct rotor_crypto fake_crypto = {
    .name = "fake",
    .hashes = ROTOR_BIT(ROTOR_HASH_SHA256) | ROTOR_BIT(ROTOR_HASH_SHA384),
    .sigs = ROTOR_BIT(ROTOR_SIG_ECDSA_P256) | ROTOR_BIT(ROTOR_SIG_ECDSA_P384),
    .kexes = ROTOR_BIT(ROTOR_KEX_SECP256R1) | ROTOR_BIT(ROTOR_KEX_SECP384R1),
    .aeads = ROTOR_BIT(ROTOR_AEAD_AES128_GCM) | ROTOR_BIT(ROTOR_AEAD_AES256_GCM),
    .hash_start = fake_hash_start,
    .hash_update = fake_hash_update,
    .hash_finish = fake_hash_finish,
    .hash_clone = fake_hash_clone,
    .hash_release = fake_hash_release,
    .hmac = fake_hmac,
    .aead_seal = fake_seal,
    .aead_open = fake_open,
    .random = fake_random,
    .job_cancel = fake_job_cancel,
    .verify = fake_verify,
    .kex_generate = fake_kex_generate,
    .kex_agree = fake_kex_agree,
    .cert_parse = fake_cert_parse,
    .chain_verify = fake_chain_verify,
};

static const struct rotor_signer fake_signer = {.alg = ROTOR_SIG_ECDSA_P384, .sign = fake_sign};

/* Two DER sequences: what passes for a chain of certificates. */
static const uint8_t fake_chain[] = {0x30, 4, 1, 2, 3, 4, 0x30, 5, 5, 6, 7, 8, 9};

#endif
