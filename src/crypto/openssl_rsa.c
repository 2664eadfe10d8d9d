/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSA of the OpenSSL backend. What a stranger's bytes make OpenSSL put into the thread's error queue is taken out again. Empty
 * without RSA.
 */
#include "crypto/openssl_rsa.h"

#if ROTOR_RSA_BITS_MAX

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/openssl_md.h"

#define EXPONENT_SIZE 4

/* Bytes of a key's modulus, which is also that of a signature; 0 for what is no RSA. */
static size_t modulus_size(enum rotor_sig_alg alg)
{
	return rotor_sig_key(alg) >= ROTOR_SIG_RSA2048_PSS &&
		       rotor_sig_key(alg) <= ROTOR_SIG_RSA4096_PSS
		   ? rotor_sig_size(alg)
		   : 0;
}

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
	size_t size = modulus_size(key->alg);
	BIGNUM *n = BN_bin2bn(key->bytes, (int)size, NULL);
	BIGNUM *e = BN_bin2bn(key->bytes + size, EXPONENT_SIZE, NULL);
	EVP_PKEY *pkey = make_rsa(n, e, NULL);
	BN_free(n);
	BN_free(e);
	return pkey;
}

/* n = p q, of so many bytes, and d = 1 / e mod (p - 1)(q - 1); false if that is no key. */
static bool complete_rsa(size_t size, BIGNUM *p, BIGNUM *q, const BIGNUM *e, BIGNUM *n, BIGNUM *d)
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *phi = BN_secure_new();
	bool ok = ctx && phi && BN_mul(n, p, q, ctx) && BN_num_bits(n) == (int)(8 * size) &&
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
static EVP_PKEY *rsa_private(size_t size, const uint8_t *secret, uint8_t *modulus)
{
	int prime = (int)size / 2;
	BIGNUM *p = BN_bin2bn(secret, prime, BN_secure_new());
	BIGNUM *q = BN_bin2bn(secret + prime, prime, BN_secure_new());
	BIGNUM *e = BN_bin2bn(secret + size, EXPONENT_SIZE, NULL);
	BIGNUM *n = BN_new();
	BIGNUM *d = BN_secure_new();
	bool ok = p && q && e && n && d && complete_rsa(size, p, q, e, n, d) &&
		  BN_bn2binpad(n, modulus, (int)size) == (int)size;
	EVP_PKEY *pkey = ok ? make_rsa(n, e, d) : NULL;
	BN_clear_free(p);
	BN_clear_free(q);
	BN_clear_free(d);
	BN_free(e);
	BN_free(n);
	return pkey;
}

/* Of PSS, MGF1 takes the hash of the digest where nothing else is said. */
static bool set_padding(EVP_PKEY_CTX *ctx, enum rotor_sig_alg alg, enum rotor_hash_alg hash)
{
	bool pss = rotor_sig_key(alg) == alg;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) >
		   0 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, rotor_openssl_md(hash)) > 0 &&
	       (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
}

enum rotor_status rotor_openssl_rsa_verify(const struct rotor_public_key *key,
					   enum rotor_hash_alg hash, const uint8_t *digest,
					   const uint8_t *sig, size_t sig_len)
{
	size_t size = modulus_size(key->alg);
	if (size == 0 || rotor_hash_size(hash) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (key->len != size + EXPONENT_SIZE || sig_len != size) {
		return ROTOR_ERR_VERIFY;
	}
	ERR_set_mark();
	EVP_PKEY *pkey = rsa_public(key);
	EVP_PKEY_CTX *ctx = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_verify_init(ctx) > 0 && set_padding(ctx, key->alg, hash) &&
		  EVP_PKEY_verify(ctx, sig, sig_len, digest, rotor_hash_size(hash)) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_pop_to_mark();
	return ok ? ROTOR_OK : ROTOR_ERR_VERIFY;
}

enum rotor_status rotor_openssl_rsa_sign(const struct rotor_soft_key *key, enum rotor_hash_alg hash,
					 const uint8_t *digest, uint8_t *sig)
{
	uint8_t modulus[ROTOR_RSA_BITS_MAX / 8];
	size_t size = modulus_size(key->alg);
	size_t len = size;
	if (size == 0 || rotor_hash_size(hash) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	ERR_set_mark();
	EVP_PKEY *pkey = rsa_private(size, key->secret, modulus);
	EVP_PKEY_CTX *ctx = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_sign_init(ctx) > 0 && set_padding(ctx, key->alg, hash) &&
		  EVP_PKEY_sign(ctx, sig, &len, digest, rotor_hash_size(hash)) > 0 && len == size;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_pop_to_mark();
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

enum rotor_status rotor_openssl_rsa_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *secret)
{
	size_t size = modulus_size(alg);
	memset(key, 0, sizeof(*key));
	if (size == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	ERR_set_mark();
	EVP_PKEY *pkey = rsa_private(size, secret, key->public_key.bytes);
	EVP_PKEY_free(pkey);
	ERR_pop_to_mark();
	if (!pkey) {
		rotor_wipe(key, sizeof(*key));
		return ROTOR_ERR_FORMAT;
	}
	key->crypto = &rotor_crypto_openssl;
	key->alg = alg;
	key->public_key.alg = alg;
	key->public_key.len = (uint16_t)(size + EXPONENT_SIZE);
	memcpy(key->public_key.bytes + size, secret + size, EXPONENT_SIZE);
	memcpy(key->secret, secret, size + EXPONENT_SIZE);
	return ROTOR_OK;
}

#endif
