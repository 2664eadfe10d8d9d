/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSA and Ed25519 of the OpenSSL backend. What a stranger's bytes make OpenSSL put into the thread's error queue is taken
 * out again.
 */
#include "crypto/openssl_image_keys.h"
#include "crypto/openssl_md.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

/* ---- RSA ---- */

#if ROTOR_RSA_BITS_MAX
#define MODULUS_SIZE  384
#define PRIME_SIZE    192
#define EXPONENT_SIZE 4

/* A key of its numbers; d may be NULL. NULL if they make none. */
static EVP_PKEY *make_rsa(const BIGNUM *n, const BIGNUM *e, const BIGNUM *d)
{
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	bool ok = ctx && build && n && e &&
		  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
		  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) &&
		  (!d || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_D, d));
	OSSL_PARAM *params = ok ? OSSL_PARAM_BLD_to_param(build) : NULL;
	if (!params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &pkey, d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) <=
		0) {
		pkey = NULL;
	}
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *rsa_public(const struct rotor_public_key *key)
{
	BIGNUM *n = BN_bin2bn(key->bytes, MODULUS_SIZE, NULL);
	BIGNUM *e = BN_bin2bn(key->bytes + MODULUS_SIZE, EXPONENT_SIZE, NULL);
	EVP_PKEY *pkey = make_rsa(n, e, NULL);
	BN_free(n);
	BN_free(e);
	return pkey;
}

/* n = p q and d = 1 / e mod (p - 1)(q - 1); false if that is no key. */
static bool complete_rsa(BIGNUM *p, BIGNUM *q, const BIGNUM *e, BIGNUM *n, BIGNUM *d)
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *phi = BN_secure_new();
	bool ok = ctx && phi && BN_mul(n, p, q, ctx) && BN_num_bits(n) == 8 * MODULUS_SIZE &&
		  BN_is_odd(n) && BN_cmp(p, q) != 0 && BN_sub_word(p, 1) && BN_sub_word(q, 1) &&
		  BN_mul(phi, p, q, ctx);
	if (ok) {
		BN_set_flags(phi, BN_FLG_CONSTTIME);
		ok = BN_mod_inverse(d, e, phi, ctx) != NULL;
	}
	BN_clear_free(phi);
	BN_CTX_free(ctx);
	return ok;
}

/* The key pair of a raw private key, and its modulus. */
static EVP_PKEY *rsa_private(const uint8_t *secret, uint8_t modulus[MODULUS_SIZE])
{
	BIGNUM *p = BN_bin2bn(secret, PRIME_SIZE, BN_secure_new());
	BIGNUM *q = BN_bin2bn(secret + PRIME_SIZE, PRIME_SIZE, BN_secure_new());
	BIGNUM *e = BN_bin2bn(secret + 2 * PRIME_SIZE, EXPONENT_SIZE, NULL);
	BIGNUM *n = BN_new();
	BIGNUM *d = BN_secure_new();
	bool ok = p && q && e && n && d && complete_rsa(p, q, e, n, d) &&
		  BN_bn2binpad(n, modulus, MODULUS_SIZE) == MODULUS_SIZE;
	EVP_PKEY *pkey = ok ? make_rsa(n, e, d) : NULL;
	BN_clear_free(p);
	BN_clear_free(q);
	BN_clear_free(d);
	BN_free(e);
	BN_free(n);
	return pkey;
}

/* MGF1 takes the hash of the digest where nothing else is said. */
static bool set_pss(EVP_PKEY_CTX *ctx, enum rotor_hash_alg hash)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, rotor_openssl_md(hash)) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

static bool verify_rsa(const struct rotor_public_key *key, enum rotor_hash_alg hash,
		       const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	EVP_PKEY *pkey = rsa_public(key);
	EVP_PKEY_CTX *ctx = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_verify_init(ctx) > 0 && set_pss(ctx, hash) &&
		  EVP_PKEY_verify(ctx, sig, sig_len, digest, rotor_hash_size(hash)) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

static bool sign_rsa(const struct rotor_soft_key *key, enum rotor_hash_alg hash,
		     const uint8_t *digest, uint8_t *sig)
{
	uint8_t modulus[MODULUS_SIZE];
	size_t len = MODULUS_SIZE;
	EVP_PKEY *pkey = rsa_private(key->secret, modulus);
	EVP_PKEY_CTX *ctx = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_sign_init(ctx) > 0 && set_pss(ctx, hash) &&
		  EVP_PKEY_sign(ctx, sig, &len, digest, rotor_hash_size(hash)) > 0 &&
		  len == MODULUS_SIZE;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

static bool import_rsa(struct rotor_soft_key *key, const uint8_t *secret)
{
	EVP_PKEY *pkey = rsa_private(secret, key->public_key.bytes);
	EVP_PKEY_free(pkey);
	memcpy(key->public_key.bytes + MODULUS_SIZE, secret + 2 * PRIME_SIZE, EXPONENT_SIZE);
	return pkey != NULL;
}
#endif

/* ---- Ed25519 ---- */

static bool verify_ed25519(const struct rotor_public_key *key, enum rotor_hash_alg hash,
			   const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	EVP_PKEY *pkey =
	    EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, key->bytes, key->len);
	EVP_MD_CTX *ctx = pkey ? EVP_MD_CTX_new() : NULL;
	bool ok = ctx && EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) > 0 &&
		  EVP_DigestVerify(ctx, sig, sig_len, digest, rotor_hash_size(hash)) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

static bool sign_ed25519(const struct rotor_soft_key *key, enum rotor_hash_alg hash,
			 const uint8_t *digest, uint8_t *sig)
{
	size_t len = rotor_sig_size(key->alg);
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, key->secret,
							 rotor_sig_private_size(key->alg));
	EVP_MD_CTX *ctx = pkey ? EVP_MD_CTX_new() : NULL;
	bool ok = ctx && EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) > 0 &&
		  EVP_DigestSign(ctx, sig, &len, digest, rotor_hash_size(hash)) > 0 &&
		  len == rotor_sig_size(key->alg);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok;
}

static bool import_ed25519(struct rotor_soft_key *key, const uint8_t *secret)
{
	size_t len = rotor_sig_public_size(key->alg);
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, secret,
							 rotor_sig_private_size(key->alg));
	bool ok = pkey && EVP_PKEY_get_raw_public_key(pkey, key->public_key.bytes, &len) > 0 &&
		  len == rotor_sig_public_size(key->alg);
	EVP_PKEY_free(pkey);
	return ok;
}

/* ---- both ---- */

static const struct kind {
	bool (*verify)(const struct rotor_public_key *key, enum rotor_hash_alg hash,
		       const uint8_t *digest, const uint8_t *sig, size_t sig_len);
	bool (*import)(struct rotor_soft_key *key, const uint8_t *secret);
	bool (*sign)(const struct rotor_soft_key *key, enum rotor_hash_alg hash,
		     const uint8_t *digest, uint8_t *sig);
} kinds[] = {
#if ROTOR_RSA_BITS_MAX
    [ROTOR_SIG_RSA3072_PSS] = {verify_rsa, import_rsa, sign_rsa},
#endif
    [ROTOR_SIG_ED25519] = {verify_ed25519, import_ed25519, sign_ed25519},
};

static const struct kind *kind_of(enum rotor_sig_alg alg)
{
	return (unsigned)alg < ROTOR_COUNT_OF(kinds) && kinds[alg].verify ? &kinds[alg] : NULL;
}

enum rotor_status rotor_openssl_image_verify(const struct rotor_public_key *key,
					     enum rotor_hash_alg hash, const uint8_t *digest,
					     const uint8_t *sig, size_t sig_len)
{
	const struct kind *kind = kind_of(key->alg);
	if (kind == NULL || rotor_hash_size(hash) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (key->len != rotor_sig_public_size(key->alg) || sig_len != rotor_sig_size(key->alg)) {
		return ROTOR_ERR_VERIFY;
	}
	ERR_set_mark();
	bool ok = kind->verify(key, hash, digest, sig, sig_len);
	ERR_pop_to_mark();
	return ok ? ROTOR_OK : ROTOR_ERR_VERIFY;
}

enum rotor_status rotor_openssl_image_key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
						 const uint8_t *secret)
{
	const struct kind *kind = kind_of(alg);
	memset(key, 0, sizeof(*key));
	if (kind == NULL) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	key->crypto = &rotor_crypto_openssl;
	key->alg = alg;
	key->public_key.alg = alg;
	key->public_key.len = (uint16_t)rotor_sig_public_size(alg);
	memcpy(key->secret, secret, rotor_sig_private_size(alg));
	ERR_set_mark();
	bool ok = kind->import(key, secret);
	ERR_pop_to_mark();
	if (!ok) {
		rotor_wipe(key, sizeof(*key));
	}
	return ok ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

enum rotor_status rotor_openssl_image_key_sign(const struct rotor_soft_key *key,
					       enum rotor_hash_alg hash, const uint8_t *digest,
					       uint8_t *sig)
{
	const struct kind *kind = kind_of(key->alg);
	if (kind == NULL || rotor_hash_size(hash) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	ERR_set_mark();
	bool ok = kind->sign(key, hash, digest, sig);
	ERR_pop_to_mark();
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}
