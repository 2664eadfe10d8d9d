/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key exchange in the finite fields of RFC 7919, of the OpenSSL backend. What a peer's bytes make OpenSSL put into the thread's
 * error queue is taken out again. Empty without these groups.
 */
#include "crypto/openssl_dh.h"

#if ROTOR_CRYPTO_FFDHE

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

/* OpenSSL's name of the group; NULL for what is none. */
static const char *name_of(enum rotor_kex_alg alg)
{
	switch (alg) {
	case ROTOR_KEX_FFDHE2048:
		return "ffdhe2048";
	case ROTOR_KEX_FFDHE3072:
		return "ffdhe3072";
	case ROTOR_KEX_FFDHE4096:
		return "ffdhe4096";
	default:
		return NULL;
	}
}

/* A number of the key, padded to the size of the prime. */
static bool take(const EVP_PKEY *key, const char *name, uint8_t *out, size_t size)
{
	BIGNUM *n = NULL;
	bool ok = EVP_PKEY_get_bn_param(key, name, &n) > 0 &&
		  BN_bn2binpad(n, out, (int)size) == (int)size;
	BN_clear_free(n);
	return ok;
}

enum rotor_status rotor_openssl_dh_generate(struct rotor_kex *k, enum rotor_kex_alg alg,
					    uint8_t *public_out)
{
	size_t size = rotor_kex_public_size(alg);
	const char *name = name_of(alg);
	EVP_PKEY *key = NULL;
	k->alg = ROTOR_KEX_NONE;
	if (!name) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)name,
					     0),
	    OSSL_PARAM_construct_end(),
	};
	bool ok = ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
		  EVP_PKEY_CTX_set_params(ctx, params) > 0 && EVP_PKEY_generate(ctx, &key) > 0 &&
		  take(key, OSSL_PKEY_PARAM_PRIV_KEY, k->secret, size) &&
		  take(key, OSSL_PKEY_PARAM_PUB_KEY, public_out, size);
	if (ok) {
		k->alg = alg;
	} else {
		rotor_wipe(k->secret, sizeof(k->secret));
	}
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

/* A key of one number of the group, the private or the public one. NULL if they make none. */
static EVP_PKEY *make_key(const char *group, const BIGNUM *value, bool is_private)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	bool ok =
	    ctx && build &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) &&
	    OSSL_PARAM_BLD_push_BN(
		build, is_private ? OSSL_PKEY_PARAM_PRIV_KEY : OSSL_PKEY_PARAM_PUB_KEY, value);
	OSSL_PARAM *params = ok ? OSSL_PARAM_BLD_to_param(build) : NULL;
	if (!params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			      params) <= 0) {
		key = NULL;
	}
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* Whether a peer's number is from 2 to p - 2: another would fix the secret (RFC 7919, 5.1). */
static bool in_range(const EVP_PKEY *own, const BIGNUM *y)
{
	BIGNUM *p = NULL;
	bool ok = EVP_PKEY_get_bn_param(own, OSSL_PKEY_PARAM_FFC_P, &p) > 0 && BN_sub_word(p, 1) &&
		  BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, p) < 0;
	BN_free(p);
	return ok;
}

enum rotor_status rotor_openssl_dh_agree(struct rotor_kex *k, const uint8_t *peer, uint8_t *secret)
{
	size_t size = rotor_kex_public_size(k->alg);
	size_t len = size;
	const char *name = name_of(k->alg);
	enum rotor_status status = ROTOR_ERR_CRYPTO;
	if (!name) {
		return ROTOR_ERR_STATE;
	}
	ERR_set_mark();
	BIGNUM *x = BN_bin2bn(k->secret, (int)size, BN_secure_new());
	BIGNUM *y = BN_bin2bn(peer, (int)size, NULL);
	EVP_PKEY *own = x ? make_key(name, x, true) : NULL;
	EVP_PKEY *peer_key = NULL;
	if (own && y) {
		peer_key = in_range(own, y) ? make_key(name, y, false) : NULL;
		status = peer_key ? ROTOR_OK : ROTOR_ERR_FORMAT;
	}
	EVP_PKEY_CTX *ctx = status == ROTOR_OK ? EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL) : NULL;
	if (status == ROTOR_OK &&
	    (!ctx || EVP_PKEY_derive_init(ctx) <= 0 || EVP_PKEY_CTX_set_dh_pad(ctx, 1) <= 0)) {
		status = ROTOR_ERR_CRYPTO;
	}
	if (status == ROTOR_OK && EVP_PKEY_derive_set_peer(ctx, peer_key) <= 0) {
		status = ROTOR_ERR_FORMAT; /* not in the subgroup of prime order */
	}
	if (status == ROTOR_OK && (EVP_PKEY_derive(ctx, secret, &len) <= 0 || len != size)) {
		status = ROTOR_ERR_CRYPTO;
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer_key);
	EVP_PKEY_free(own);
	BN_free(y);
	BN_clear_free(x);
	ERR_pop_to_mark();
	return status;
}

#endif
