/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Mbed TLS 2.28 backend: hashes, MACs, AEAD, random bytes, and what it has. Its elliptic curves are in mbedtls_ec.c. It has
 * neither SHA-3 nor EdDSA.
 * Certificates are read and checked by rotor's own x509_*.c: Mbed TLS's path check asks the C library for the time of
 * day, which opens files.
 */
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#if defined(MBEDTLS_CHACHAPOLY_C)
#include <mbedtls/chachapoly.h>
#endif
#if defined(MBEDTLS_SHA256_C)
#include <mbedtls/sha256.h>
#endif
#include <mbedtls/sha512.h>
#include <string.h>

#include "crypto/mbedtls_dh.h"
#include "crypto/mbedtls_ec.h"
#include "crypto/mbedtls_md.h"
#include "crypto/mbedtls_random.h"
#include "crypto/mbedtls_rsa.h"
#include "crypto/mbedtls_work.h"

/* ---- hashes ---- */

_Static_assert(sizeof(mbedtls_sha512_context) <= sizeof(((struct rotor_hash *)0)->opaque),
	       "ROTOR_HASH_STORAGE is too small for Mbed TLS");

/* A running hash: alg says which member it is. */
union hash_state {
#if defined(MBEDTLS_SHA256_C)
	mbedtls_sha256_context sha256;
#endif
	mbedtls_sha512_context sha512;
};

static union hash_state *state_of(struct rotor_hash *h)
{
	return (union hash_state *)(void *)h->opaque;
}

/* A family of hashes; all zeros where it is not built in. */
struct hash_ops {
	int (*start)(union hash_state *state);
	int (*update)(union hash_state *state, const void *data, size_t len);
	int (*finish)(union hash_state *state, uint8_t *digest);
};

#if defined(MBEDTLS_SHA256_C)
static int sha256_start(union hash_state *state)
{
	mbedtls_sha256_init(&state->sha256);
	return mbedtls_sha256_starts_ret(&state->sha256, 0);
}

static int sha256_update(union hash_state *state, const void *data, size_t len)
{
	return mbedtls_sha256_update_ret(&state->sha256, data, len);
}

static int sha256_finish(union hash_state *state, uint8_t *digest)
{
	return mbedtls_sha256_finish_ret(&state->sha256, digest);
}
#endif

static int sha384_start(union hash_state *state)
{
	mbedtls_sha512_init(&state->sha512);
	return mbedtls_sha512_starts_ret(&state->sha512, 1);
}

static int sha512_start(union hash_state *state)
{
	mbedtls_sha512_init(&state->sha512);
	return mbedtls_sha512_starts_ret(&state->sha512, 0);
}

static int sha512_update(union hash_state *state, const void *data, size_t len)
{
	return mbedtls_sha512_update_ret(&state->sha512, data, len);
}

static int sha512_finish(union hash_state *state, uint8_t *digest)
{
	return mbedtls_sha512_finish_ret(&state->sha512, digest);
}

static const struct hash_ops hash_table[] = {
#if defined(MBEDTLS_SHA256_C)
    [ROTOR_HASH_SHA256] = {sha256_start, sha256_update, sha256_finish},
#endif
    [ROTOR_HASH_SHA384] = {sha384_start, sha512_update, sha512_finish},
    [ROTOR_HASH_SHA512] = {sha512_start, sha512_update, sha512_finish},
};

static enum rotor_status hash_start(struct rotor_hash *h, enum rotor_hash_alg alg)
{
	if ((size_t)alg >= sizeof(hash_table) / sizeof(hash_table[0]) || !hash_table[alg].start) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	int error = hash_table[alg].start(state_of(h));
	h->alg = error ? ROTOR_HASH_NONE : alg;
	return error ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

static enum rotor_status hash_update(struct rotor_hash *h, const void *data, size_t len)
{
	if (h->alg == ROTOR_HASH_NONE) {
		return ROTOR_ERR_STATE;
	}
	if (len == 0) {
		return ROTOR_OK;
	}
	return hash_table[h->alg].update(state_of(h), data, len) ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

static void hash_release(struct rotor_hash *h)
{
	rotor_wipe(h, sizeof(*h));
}

static enum rotor_status hash_finish(struct rotor_hash *h, uint8_t *digest)
{
	uint8_t full[ROTOR_HASH_MAX]; /* SHA-384 is written with 64 bytes by some builds */
	if (h->alg == ROTOR_HASH_NONE) {
		return ROTOR_ERR_STATE;
	}
	int error = hash_table[h->alg].finish(state_of(h), full);
	memcpy(digest, full, rotor_hash_size(h->alg));
	rotor_wipe(full, sizeof(full));
	hash_release(h);
	return error ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

static enum rotor_status hash_clone(struct rotor_hash *to, const struct rotor_hash *from)
{
	if (from->alg == ROTOR_HASH_NONE) {
		return ROTOR_ERR_STATE;
	}
	*to = *from; /* the contexts point nowhere */
	return ROTOR_OK;
}

/* ---- HMAC ---- */

static enum rotor_status hmac(enum rotor_hash_alg alg, const uint8_t *key, size_t key_len,
			      const struct rotor_bytes *parts, size_t part_count, uint8_t *mac)
{
	const mbedtls_md_info_t *info = mbedtls_md_info_from_type(rotor_mbedtls_md_type(alg));
	mbedtls_md_context_t md;
	if (!info) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	mbedtls_md_init(&md);
	int error = mbedtls_md_setup(&md, info, 1);
	if (!error) {
		error = mbedtls_md_hmac_starts(&md, key, key_len);
	}
	for (size_t i = 0; !error && i < part_count; i++) {
		if (parts[i].len) {
			error = mbedtls_md_hmac_update(&md, parts[i].data, parts[i].len);
		}
	}
	if (!error) {
		error = mbedtls_md_hmac_finish(&md, mac);
	}
	mbedtls_md_free(&md);
	return error ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

/* ---- AEAD ---- */

#if ROTOR_CRYPTO_CHACHA && defined(MBEDTLS_CHACHAPOLY_C)
#define HAVE_CHACHA 1
#else
#define HAVE_CHACHA 0
#endif

#if HAVE_CHACHA
static enum rotor_status chacha_seal(const uint8_t *key, const uint8_t *iv, struct rotor_bytes aad,
				     struct rotor_bytes plain, uint8_t *cipher, uint8_t *tag)
{
	mbedtls_chachapoly_context chacha;
	mbedtls_chachapoly_init(&chacha);
	int error = mbedtls_chachapoly_setkey(&chacha, key);
	if (!error) {
		error = mbedtls_chachapoly_encrypt_and_tag(&chacha, plain.len, iv, aad.data,
							   aad.len, plain.data, cipher, tag);
	}
	mbedtls_chachapoly_free(&chacha);
	return error ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

static enum rotor_status chacha_open(const uint8_t *key, const uint8_t *iv, struct rotor_bytes aad,
				     struct rotor_bytes cipher, const uint8_t *tag, uint8_t *plain)
{
	mbedtls_chachapoly_context chacha;
	mbedtls_chachapoly_init(&chacha);
	int error = mbedtls_chachapoly_setkey(&chacha, key);
	if (!error) {
		error = mbedtls_chachapoly_auth_decrypt(&chacha, cipher.len, iv, aad.data, aad.len,
							tag, cipher.data, plain);
	}
	mbedtls_chachapoly_free(&chacha);
	if (!error) {
		return ROTOR_OK;
	}
	rotor_wipe(plain, cipher.len);
	return error == MBEDTLS_ERR_CHACHAPOLY_AUTH_FAILED ? ROTOR_ERR_VERIFY : ROTOR_ERR_CRYPTO;
}
#endif

static enum rotor_status gcm_start(mbedtls_gcm_context *gcm, enum rotor_aead_alg alg,
				   const uint8_t *key)
{
	size_t size = rotor_aead_key_size(alg);
	mbedtls_gcm_init(gcm);
	if (size == 0 || alg > ROTOR_AEAD_AES256_GCM) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	int error = mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, key, (unsigned)size * 8);
	return error ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

static enum rotor_status aead_seal(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				   const uint8_t *aad, size_t aad_len, const uint8_t *plain,
				   size_t len, uint8_t *cipher, uint8_t *tag)
{
#if HAVE_CHACHA
	if (alg == ROTOR_AEAD_CHACHA20_POLY1305) {
		return chacha_seal(key, iv, (struct rotor_bytes){aad, aad_len},
				   (struct rotor_bytes){plain, len}, cipher, tag);
	}
#endif
	mbedtls_gcm_context gcm;
	enum rotor_status status = gcm_start(&gcm, alg, key);
	if (status == ROTOR_OK &&
	    mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, len, iv, ROTOR_AEAD_IV_SIZE, aad,
				      aad_len, plain, cipher, ROTOR_AEAD_TAG_SIZE, tag)) {
		status = ROTOR_ERR_CRYPTO;
	}
	mbedtls_gcm_free(&gcm);
	return status;
}

static enum rotor_status aead_open(enum rotor_aead_alg alg, const uint8_t *key, const uint8_t *iv,
				   const uint8_t *aad, size_t aad_len, const uint8_t *cipher,
				   size_t len, const uint8_t *tag, uint8_t *plain)
{
#if HAVE_CHACHA
	if (alg == ROTOR_AEAD_CHACHA20_POLY1305) {
		return chacha_open(key, iv, (struct rotor_bytes){aad, aad_len},
				   (struct rotor_bytes){cipher, len}, tag, plain);
	}
#endif
	mbedtls_gcm_context gcm;
	enum rotor_status status = gcm_start(&gcm, alg, key);
	if (status == ROTOR_OK) {
		int error =
		    mbedtls_gcm_auth_decrypt(&gcm, len, iv, ROTOR_AEAD_IV_SIZE, aad, aad_len, tag,
					     ROTOR_AEAD_TAG_SIZE, cipher, plain);
		if (error) {
			status = error == MBEDTLS_ERR_GCM_AUTH_FAILED ? ROTOR_ERR_VERIFY
								      : ROTOR_ERR_CRYPTO;
			rotor_wipe(plain, len);
		}
	}
	mbedtls_gcm_free(&gcm);
	return status;
}

/* ---- keys ---- */

#if HAVE_RSA
static bool is_rsa(enum rotor_sig_alg alg)
{
	return alg >= ROTOR_SIG_RSA2048_PSS && alg <= ROTOR_SIG_RSA4096_PKCS1;
}
#endif

static enum rotor_status verify(struct rotor_crypto_job *job, const struct rotor_public_key *key,
				enum rotor_hash_alg hash, const uint8_t *digest, const uint8_t *sig,
				size_t sig_len)
{
#if HAVE_RSA
	if (is_rsa(key->alg)) {
		return rotor_mbedtls_rsa_verify(key, hash, digest, sig, sig_len);
	}
#endif
	return rotor_mbedtls_verify(job, key, hash, digest, sig, sig_len);
}

static enum rotor_status key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				    const uint8_t *secret)
{
#if HAVE_RSA
	if (is_rsa(alg)) {
		return rotor_mbedtls_rsa_import(key, alg, secret);
	}
#endif
	return rotor_mbedtls_key_import(key, alg, secret);
}

static enum rotor_status key_sign(struct rotor_crypto_job *job, const struct rotor_soft_key *key,
				  enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig)
{
#if HAVE_RSA
	if (is_rsa(key->alg)) {
		return rotor_mbedtls_rsa_sign(key, hash, digest, sig);
	}
#endif
	return rotor_mbedtls_key_sign(job, key, hash, digest, sig);
}

#if HAVE_FFDHE
#define KEX_GENERATE kex_generate
#define KEX_AGREE    kex_agree
static enum rotor_status kex_generate(struct rotor_crypto_job *job, struct rotor_kex *k,
				      enum rotor_kex_alg alg, uint8_t *public_out)
{
	return alg >= ROTOR_KEX_FFDHE2048 ? rotor_mbedtls_dh_generate(k, alg, public_out)
					  : rotor_mbedtls_kex_generate(job, k, alg, public_out);
}

static enum rotor_status kex_agree(struct rotor_crypto_job *job, struct rotor_kex *k,
				   const uint8_t *peer, uint8_t *secret)
{
	return k->alg >= ROTOR_KEX_FFDHE2048 ? rotor_mbedtls_dh_agree(k, peer, secret)
					     : rotor_mbedtls_kex_agree(job, k, peer, secret);
}
#else
#define KEX_GENERATE rotor_mbedtls_kex_generate
#define KEX_AGREE    rotor_mbedtls_kex_agree
#endif

/* ---- certificates ---- */

static enum rotor_status cert_parse(const uint8_t *der, size_t len, struct rotor_cert *out)
{
	struct rotor_x509 x509;
	enum rotor_status status = rotor_x509_read(der, len, &x509);
	rotor_x509_drop_key(&x509.cert, rotor_crypto_mbedtls.sigs);
	if (status == ROTOR_OK && rotor_ecdsa_size(x509.cert.key.alg)) {
		status = rotor_mbedtls_check_public(&x509.cert.key);
	}
	*out = x509.cert;
	return status;
}

/* A walk under way, and what it began with. */
struct chain {
	struct work work;
	struct rotor_x509_walk walk;
	bool begun;
	size_t cert_count, anchor_count;
	struct rotor_bytes first, last, anchor;
};

static void chain_forget(struct work *work)
{
	struct chain *chain = (struct chain *)(void *)work;
	rotor_mbedtls_work_end(&chain->walk.job);
}

static bool same_place(struct rotor_bytes a, struct rotor_bytes b)
{
	return a.data == b.data && a.len == b.len;
}

static enum rotor_status chain_verify(struct rotor_crypto_job *job, const struct rotor_bytes *certs,
				      size_t cert_count, const struct rotor_bytes *anchors,
				      size_t anchor_count, rotor_time now)
{
	bool running = job->state != NULL;
	if (cert_count == 0) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct chain *chain = (struct chain *)(void *)rotor_mbedtls_work(
	    job, WORK_CHAIN, sizeof(struct chain), chain_forget);
	if (!chain) {
		return running ? ROTOR_ERR_ARGUMENT : ROTOR_ERR_CRYPTO;
	}
	const struct rotor_bytes anchor = anchor_count ? anchors[0] : (struct rotor_bytes){NULL, 0};
	if (!chain->begun) {
		chain->begun = true;
		chain->cert_count = cert_count;
		chain->anchor_count = anchor_count;
		chain->first = certs[0];
		chain->last = certs[cert_count - 1];
		chain->anchor = anchor;
	}
	enum rotor_status status = ROTOR_ERR_ARGUMENT; /* another chain's job */
	if (chain->cert_count == cert_count && chain->anchor_count == anchor_count &&
	    same_place(chain->first, certs[0]) && same_place(chain->last, certs[cert_count - 1]) &&
	    same_place(chain->anchor, anchor)) {
		status = rotor_x509_walk(&rotor_crypto_mbedtls, &chain->walk, certs, cert_count,
					 anchors, anchor_count, now);
	}
	if (status != ROTOR_PENDING) {
		rotor_mbedtls_work_end(job);
	}
	return status;
}

/* What a build of the library can lack. */
#if defined(MBEDTLS_SHA256_C)
#define SHA256_BIT ROTOR_BIT(ROTOR_HASH_SHA256)
#else
#define SHA256_BIT 0u
#endif
#if defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
#define P256_SIG_BIT ROTOR_BIT(ROTOR_SIG_ECDSA_P256)
#define P256_KEX_BIT ROTOR_BIT(ROTOR_KEX_SECP256R1)
#else
#define P256_SIG_BIT 0u
#define P256_KEX_BIT 0u
#endif
#if HAVE_P521
#define P521_SIG_BIT ROTOR_BIT(ROTOR_SIG_ECDSA_P521)
#define P521_KEX_BIT ROTOR_BIT(ROTOR_KEX_SECP521R1)
#else
#define P521_SIG_BIT 0u
#define P521_KEX_BIT 0u
#endif
#define RSA_BITS(bits)                                                                             \
	(HAVE_RSA && ROTOR_RSA_BITS_MAX >= (bits)                                                  \
	     ? ROTOR_BIT(ROTOR_SIG_RSA##bits##_PSS) | ROTOR_BIT(ROTOR_SIG_RSA##bits##_PKCS1)       \
	     : 0u)
#define FFDHE_BITS                                                                                 \
	(HAVE_FFDHE ? ROTOR_BIT(ROTOR_KEX_FFDHE2048) | ROTOR_BIT(ROTOR_KEX_FFDHE3072) |            \
			  ROTOR_BIT(ROTOR_KEX_FFDHE4096)                                           \
		    : 0u)
#define CHACHA_BIT (HAVE_CHACHA ? ROTOR_BIT(ROTOR_AEAD_CHACHA20_POLY1305) : 0u)

const struct rotor_crypto rotor_crypto_mbedtls = {
    .name = "Mbed TLS",
    .hashes = SHA256_BIT | ROTOR_BIT(ROTOR_HASH_SHA384) | ROTOR_BIT(ROTOR_HASH_SHA512),
    .sigs = P256_SIG_BIT | ROTOR_BIT(ROTOR_SIG_ECDSA_P384) | P521_SIG_BIT | RSA_BITS(2048) |
	    RSA_BITS(3072) | RSA_BITS(4096),
    .kexes = P256_KEX_BIT | ROTOR_BIT(ROTOR_KEX_SECP384R1) | P521_KEX_BIT | FFDHE_BITS,
    .aeads = ROTOR_BIT(ROTOR_AEAD_AES128_GCM) | ROTOR_BIT(ROTOR_AEAD_AES256_GCM) | CHACHA_BIT,
    .hash_start = hash_start,
    .hash_update = hash_update,
    .hash_finish = hash_finish,
    .hash_clone = hash_clone,
    .hash_release = hash_release,
    .hmac = hmac,
    .aead_seal = aead_seal,
    .aead_open = aead_open,
    .random = rotor_mbedtls_random,
    .job_cancel = rotor_mbedtls_work_end,
    .verify = verify,
    .kex_generate = KEX_GENERATE,
    .kex_agree = KEX_AGREE,
    .key_import = key_import,
    .key_derive = rotor_mbedtls_key_derive,
    .key_sign = key_sign,
    .key_sign_deterministic = true,
    .cert_parse = cert_parse,
    .chain_verify = chain_verify,
};
