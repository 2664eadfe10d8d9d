/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenSSL 3 backend: hashes, MACs, AEAD, random bytes, and what it has. Keys of each kind have a file of their own, and so
 * have certificates.
 */
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#include "crypto/openssl_dh.h"
#include "crypto/openssl_ec.h"
#include "crypto/openssl_eddsa.h"
#include "crypto/openssl_md.h"
#include "crypto/openssl_rsa.h"
#include "crypto/openssl_x509.h"

/* ---- hashes ---- */

const EVP_MD *rotor_openssl_md(enum rotor_hash_alg alg)
{
	switch (alg) {
	case ROTOR_HASH_SHA256:
		return EVP_sha256();
	case ROTOR_HASH_SHA384:
		return EVP_sha384();
	case ROTOR_HASH_SHA512:
		return EVP_sha512();
#if ROTOR_CRYPTO_SHA3
	case ROTOR_HASH_SHA3_256:
		return EVP_sha3_256();
	case ROTOR_HASH_SHA3_384:
		return EVP_sha3_384();
	case ROTOR_HASH_SHA3_512:
		return EVP_sha3_512();
#endif
	default:
		return NULL;
	}
}

/* A running hash keeps a pointer to OpenSSL's context. */
static EVP_MD_CTX *context_of(const struct rotor_hash *h)
{
	void *ctx;
	memcpy(&ctx, h->opaque, sizeof(ctx));
	return ctx;
}

static void hold(struct rotor_hash *h, enum rotor_hash_alg alg, void *ctx)
{
	memset(h, 0, sizeof(*h));
	h->alg = alg;
	memcpy(h->opaque, &ctx, sizeof(ctx));
}

static enum rotor_status hash_start(struct rotor_hash *h, enum rotor_hash_alg alg)
{
	const EVP_MD *md = rotor_openssl_md(alg);
	if (!md) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx || !EVP_DigestInit_ex(ctx, md, NULL)) {
		EVP_MD_CTX_free(ctx);
		return ROTOR_ERR_CRYPTO;
	}
	hold(h, alg, ctx);
	return ROTOR_OK;
}

static enum rotor_status hash_update(struct rotor_hash *h, const void *data, size_t len)
{
	if (h->alg == ROTOR_HASH_NONE) {
		return ROTOR_ERR_STATE;
	}
	return len == 0 || EVP_DigestUpdate(context_of(h), data, len) ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

static void hash_release(struct rotor_hash *h)
{
	if (h->alg != ROTOR_HASH_NONE) {
		EVP_MD_CTX_free(context_of(h));
	}
	memset(h, 0, sizeof(*h));
}

static enum rotor_status hash_finish(struct rotor_hash *h, uint8_t *digest)
{
	if (h->alg == ROTOR_HASH_NONE) {
		return ROTOR_ERR_STATE;
	}
	bool ok = EVP_DigestFinal_ex(context_of(h), digest, NULL);
	hash_release(h);
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

static enum rotor_status hash_clone(struct rotor_hash *to, const struct rotor_hash *from)
{
	if (from->alg == ROTOR_HASH_NONE) {
		return ROTOR_ERR_STATE;
	}
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx || !EVP_MD_CTX_copy_ex(ctx, context_of(from))) {
		EVP_MD_CTX_free(ctx);
		return ROTOR_ERR_CRYPTO;
	}
	hold(to, from->alg, ctx);
	return ROTOR_OK;
}

/* ---- HMAC ---- */

static enum rotor_status hmac(enum rotor_hash_alg alg, const uint8_t *key, size_t key_len,
			      const struct rotor_bytes *parts, size_t part_count, uint8_t *mac)
{
	const EVP_MD *md = rotor_openssl_md(alg);
	size_t len = rotor_hash_size(alg);
	if (!md) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	char name[16] = {0};
	strncpy(name, EVP_MD_get0_name(md), sizeof(name) - 1);
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
	    OSSL_PARAM_construct_end(),
	};
	static const uint8_t no_key;
	EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = algorithm ? EVP_MAC_CTX_new(algorithm) : NULL;
	bool ok = ctx && EVP_MAC_init(ctx, key_len ? key : &no_key, key_len, params);
	for (size_t i = 0; ok && i < part_count; i++) {
		ok = parts[i].len == 0 || EVP_MAC_update(ctx, parts[i].data, parts[i].len);
	}
	ok = ok && EVP_MAC_final(ctx, mac, &len, len);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(algorithm);
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

/* ---- AEAD ---- */

static const EVP_CIPHER *cipher_of(enum rotor_aead_alg alg)
{
	switch (alg) {
	case ROTOR_AEAD_AES128_GCM:
		return EVP_aes_128_gcm();
	case ROTOR_AEAD_AES256_GCM:
		return EVP_aes_256_gcm();
#if ROTOR_CRYPTO_CHACHA
	case ROTOR_AEAD_CHACHA20_POLY1305:
		return EVP_chacha20_poly1305();
#endif
	default:
		return NULL;
	}
}

/* Keys a context, takes in the AAD and passes len bytes through it. */
static enum rotor_status run_aead(EVP_CIPHER_CTX *ctx, enum rotor_aead_alg alg, int encrypt,
				  const uint8_t *key, const uint8_t *iv, struct rotor_bytes aad,
				  struct rotor_bytes in, uint8_t *out)
{
	const EVP_CIPHER *cipher = cipher_of(alg);
	int n;
	if (!cipher) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (aad.len > INT_MAX || in.len > INT_MAX) {
		return ROTOR_ERR_ARGUMENT;
	}
	bool ok = ctx && EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, NULL) &&
		  (aad.len == 0 || EVP_CipherUpdate(ctx, NULL, &n, aad.data, (int)aad.len)) &&
		  (in.len == 0 || EVP_CipherUpdate(ctx, out, &n, in.data, (int)in.len));
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

static enum rotor_status aead_seal(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				   const uint8_t *aad, size_t aad_len, const uint8_t *plain,
				   size_t len, uint8_t *cipher, uint8_t *tag)
{
	const struct rotor_bytes aad_view = {aad, aad_len};
	const struct rotor_bytes in = {plain, len};
	int n;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	enum rotor_status status = run_aead(ctx, alg, 1, key, iv, aad_view, in, cipher);
	if (status == ROTOR_OK &&
	    (!EVP_CipherFinal_ex(ctx, tag, &n) || /* there is no last block: nothing is written */
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, ROTOR_AEAD_TAG_SIZE, tag) <= 0)) {
		status = ROTOR_ERR_CRYPTO;
	}
	EVP_CIPHER_CTX_free(ctx);
	return status;
}

static enum rotor_status aead_open(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				   const uint8_t *aad, size_t aad_len, const uint8_t *cipher,
				   size_t len, const uint8_t *tag, uint8_t *plain)
{
	const struct rotor_bytes aad_view = {aad, aad_len};
	const struct rotor_bytes in = {cipher, len};
	uint8_t expected[ROTOR_AEAD_TAG_SIZE];
	int n;
	memcpy(expected, tag, sizeof(expected));
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	enum rotor_status status = run_aead(ctx, alg, 0, key, iv, aad_view, in, plain);
	if (status == ROTOR_OK &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(expected), expected) <= 0) {
		status = ROTOR_ERR_CRYPTO;
	}
	if (status == ROTOR_OK && EVP_CipherFinal_ex(ctx, expected, &n) <= 0) {
		status = ROTOR_ERR_VERIFY;
	}
	EVP_CIPHER_CTX_free(ctx);
	if (status != ROTOR_OK && status != ROTOR_ERR_UNSUPPORTED) {
		rotor_wipe(plain, len);
	}
	return status;
}

/* ---- the rest ---- */

static enum rotor_status random_bytes(uint8_t *out, size_t len)
{
	return RAND_priv_bytes_ex(NULL, out, len, 0) == 1 ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

static void job_cancel(struct rotor_crypto_job *job)
{
	job->state = NULL;
}

/* ---- keys ---- */

static enum rotor_status verify(struct rotor_crypto_job *job, const struct rotor_public_key *key,
				enum rotor_hash_alg hash, const uint8_t *digest, const uint8_t *sig,
				size_t sig_len)
{
	if (rotor_ecdsa_size(key->alg)) {
		return rotor_openssl_verify(job, key, hash, digest, sig, sig_len);
	}
#if ROTOR_CRYPTO_EDDSA
	if (rotor_sig_is_eddsa(key->alg) && rotor_hash_size(hash)) {
		const struct rotor_bytes message = {digest, rotor_hash_size(hash)};
		return rotor_openssl_verify_message(job, key, message, sig, sig_len);
	}
#endif
#if ROTOR_RSA_BITS_MAX
	return rotor_openssl_rsa_verify(key, hash, digest, sig, sig_len);
#else
	return ROTOR_ERR_UNSUPPORTED;
#endif
}

static enum rotor_status key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				    const uint8_t *secret)
{
#if ROTOR_CRYPTO_EDDSA
	if (rotor_sig_is_eddsa(alg)) {
		return rotor_openssl_eddsa_import(key, alg, secret);
	}
#endif
#if ROTOR_RSA_BITS_MAX
	if (rotor_ecdsa_size(alg) == 0) {
		return rotor_openssl_rsa_import(key, alg, secret);
	}
#endif
	return rotor_openssl_key_import(key, alg, secret);
}

static enum rotor_status key_sign(struct rotor_crypto_job *job, const struct rotor_soft_key *key,
				  enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig)
{
	if (rotor_ecdsa_size(key->alg)) {
		return rotor_openssl_key_sign(job, key, hash, digest, sig);
	}
#if ROTOR_CRYPTO_EDDSA
	if (rotor_sig_is_eddsa(key->alg) && rotor_hash_size(hash)) {
		const struct rotor_bytes message = {digest, rotor_hash_size(hash)};
		return rotor_openssl_key_sign_message(job, key, message, sig);
	}
#endif
#if ROTOR_RSA_BITS_MAX
	return rotor_openssl_rsa_sign(key, hash, digest, sig);
#else
	return ROTOR_ERR_UNSUPPORTED;
#endif
}

static enum rotor_status kex_generate(struct rotor_crypto_job *job, struct rotor_kex *k,
				      enum rotor_kex_alg alg, uint8_t *public_out)
{
#if ROTOR_CRYPTO_FFDHE
	if (alg >= ROTOR_KEX_FFDHE2048) {
		return rotor_openssl_dh_generate(k, alg, public_out);
	}
#endif
	return rotor_openssl_kex_generate(job, k, alg, public_out);
}

static enum rotor_status kex_agree(struct rotor_crypto_job *job, struct rotor_kex *k,
				   const uint8_t *peer, uint8_t *secret)
{
#if ROTOR_CRYPTO_FFDHE
	if (k->alg >= ROTOR_KEX_FFDHE2048) {
		return rotor_openssl_dh_agree(k, peer, secret);
	}
#endif
	return rotor_openssl_kex_agree(job, k, peer, secret);
}

/* ---- what there is ---- */

#define IF(group, ...) ((group) ? (__VA_ARGS__) : 0u)

#define RSA_BITS(bits)                                                                             \
	IF(ROTOR_RSA_BITS_MAX >= (bits),                                                           \
	   ROTOR_BIT(ROTOR_SIG_RSA##bits##_PSS) | ROTOR_BIT(ROTOR_SIG_RSA##bits##_PKCS1))

const struct rotor_crypto rotor_crypto_openssl = {
    .name = "OpenSSL",
    .hashes =
	ROTOR_BIT(ROTOR_HASH_SHA256) | ROTOR_BIT(ROTOR_HASH_SHA384) | ROTOR_BIT(ROTOR_HASH_SHA512) |
	IF(ROTOR_CRYPTO_SHA3, ROTOR_BIT(ROTOR_HASH_SHA3_256) | ROTOR_BIT(ROTOR_HASH_SHA3_384) |
				  ROTOR_BIT(ROTOR_HASH_SHA3_512)),
    .sigs = ROTOR_BIT(ROTOR_SIG_ECDSA_P256) | ROTOR_BIT(ROTOR_SIG_ECDSA_P384) |
	    IF(ROTOR_CRYPTO_P521, ROTOR_BIT(ROTOR_SIG_ECDSA_P521)) | RSA_BITS(2048) |
	    RSA_BITS(3072) | RSA_BITS(4096) |
	    IF(ROTOR_CRYPTO_EDDSA, ROTOR_BIT(ROTOR_SIG_ED25519) | ROTOR_BIT(ROTOR_SIG_ED448)),
    .kexes =
	ROTOR_BIT(ROTOR_KEX_SECP256R1) | ROTOR_BIT(ROTOR_KEX_SECP384R1) |
	IF(ROTOR_CRYPTO_P521, ROTOR_BIT(ROTOR_KEX_SECP521R1)) |
	IF(ROTOR_CRYPTO_FFDHE, ROTOR_BIT(ROTOR_KEX_FFDHE2048) | ROTOR_BIT(ROTOR_KEX_FFDHE3072) |
				   ROTOR_BIT(ROTOR_KEX_FFDHE4096)),
    .aeads = ROTOR_BIT(ROTOR_AEAD_AES128_GCM) | ROTOR_BIT(ROTOR_AEAD_AES256_GCM) |
	     IF(ROTOR_CRYPTO_CHACHA, ROTOR_BIT(ROTOR_AEAD_CHACHA20_POLY1305)),
    .hash_start = hash_start,
    .hash_update = hash_update,
    .hash_finish = hash_finish,
    .hash_clone = hash_clone,
    .hash_release = hash_release,
    .hmac = hmac,
    .aead_seal = aead_seal,
    .aead_open = aead_open,
    .random = random_bytes,
    .job_cancel = job_cancel,
    .verify = verify,
#if ROTOR_CRYPTO_EDDSA
    .verify_message = rotor_openssl_verify_message,
    .key_sign_message = rotor_openssl_key_sign_message,
#endif
    .kex_generate = kex_generate,
    .kex_agree = kex_agree,
    .key_import = key_import,
    .key_derive = rotor_openssl_key_derive,
    .key_sign = key_sign,
    .key_sign_deterministic = false,
    .cert_parse = rotor_openssl_cert_parse,
    .chain_verify = rotor_openssl_chain_verify,
};
