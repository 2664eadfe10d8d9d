/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elliptic curves of the OpenSSL backend. What a peer's bytes make OpenSSL put into the thread's error queue is taken out
 * again, so that no later user of OpenSSL takes it for its own.
 */
#include "crypto/openssl_ec.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <string.h>

/* Room for a DER signature of the largest curve. */
#define SIG_DER_MAX (2 * ROTOR_SCALAR_MAX + 16)
#define POINT_MAX   (1 + 2 * ROTOR_SCALAR_MAX)

static const struct curve {
	const char *name;
	int nid;
} curves[] = {
    [ROTOR_SIG_ECDSA_P256] = {"prime256v1", NID_X9_62_prime256v1},
    [ROTOR_SIG_ECDSA_P384] = {"secp384r1", NID_secp384r1},
    [ROTOR_SIG_ECDSA_P521] = {"secp521r1", NID_secp521r1},
};

static enum rotor_sig_alg curve_of_kex(enum rotor_kex_alg alg)
{
	switch (alg) {
	case ROTOR_KEX_SECP256R1:
		return ROTOR_SIG_ECDSA_P256;
	case ROTOR_KEX_SECP384R1:
		return ROTOR_SIG_ECDSA_P384;
	case ROTOR_KEX_SECP521R1:
		return ROTOR_SIG_ECDSA_P521;
	default:
		return ROTOR_SIG_NONE;
	}
}

/* A key of raw parts; the secret may be NULL. NULL if they make none, as when the point is off the curve. */
static EVP_PKEY *make_key(enum rotor_sig_alg alg, const uint8_t *raw_public, const uint8_t *secret)
{
	size_t size = rotor_ecdsa_size(alg);
	uint8_t point[POINT_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *d = secret ? BN_secure_new() : NULL;
	OSSL_PARAM *params = NULL;
	ERR_set_mark();
	memcpy(point + 1, raw_public, 2 * size);
	bool ok =
	    ctx && build &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curves[alg].name,
					    0) &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size);
	if (ok && secret) {
		ok = d && BN_bin2bn(secret, (int)size, d) &&
		     OSSL_PARAM_BLD_push_BN_pad(build, OSSL_PKEY_PARAM_PRIV_KEY, d, size);
	}
	params = ok ? OSSL_PARAM_BLD_to_param(build) : NULL;
	if (!params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &pkey, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			      params) <= 0) {
		pkey = NULL;
	}
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_clear_free(d);
	EVP_PKEY_CTX_free(ctx);
	ERR_pop_to_mark();
	return pkey;
}

enum rotor_status rotor_openssl_check_public(const struct rotor_public_key *key)
{
	size_t size = 2 * rotor_ecdsa_size(key->alg);
	if (size == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	EVP_PKEY *pkey = key->len == size ? make_key(key->alg, key->bytes, NULL) : NULL;
	EVP_PKEY_free(pkey);
	return pkey ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

enum rotor_status rotor_openssl_verify(struct rotor_crypto_job *job,
				       const struct rotor_public_key *key, enum rotor_hash_alg hash,
				       const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	(void)job;
	uint8_t der[SIG_DER_MAX];
	size_t der_len;
	if (rotor_sig_size(key->alg) == 0 || rotor_hash_size(hash) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (sig_len != rotor_sig_size(key->alg) || key->len != rotor_sig_public_size(key->alg) ||
	    rotor_ecdsa_to_der(key->alg, sig, der, sizeof(der), &der_len)) {
		return ROTOR_ERR_VERIFY;
	}
	ERR_set_mark();
	EVP_PKEY *pkey = make_key(key->alg, key->bytes, NULL);
	EVP_PKEY_CTX *ctx = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_verify_init(ctx) > 0 &&
		  EVP_PKEY_verify(ctx, der, der_len, digest, rotor_hash_size(hash)) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_pop_to_mark();
	return ok ? ROTOR_OK : ROTOR_ERR_VERIFY;
}

/* The public key of secret scalar d, raw, if d is from 1 to n - 1: else ROTOR_ERR_FORMAT. */
static enum rotor_status public_of(enum rotor_sig_alg alg, const BIGNUM *d, uint8_t *raw)
{
	size_t size = rotor_ecdsa_size(alg);
	uint8_t bytes[POINT_MAX];
	enum rotor_status status = ROTOR_ERR_CRYPTO;
	EC_GROUP *group = EC_GROUP_new_by_curve_name(curves[alg].nid);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	if (point && (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0)) {
		status = ROTOR_ERR_FORMAT;
	} else if (point && EC_POINT_mul(group, point, d, NULL, NULL, NULL) &&
		   EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, bytes,
				      sizeof(bytes), NULL) == 1 + 2 * size) {
		memcpy(raw, bytes + 1, 2 * size);
		status = ROTOR_OK;
	}
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return status;
}

static enum rotor_status complete_key(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				      const BIGNUM *d)
{
	size_t size = rotor_ecdsa_size(alg);
	enum rotor_status status = public_of(alg, d, key->public_key.bytes);
	if (status == ROTOR_OK && BN_bn2binpad(d, key->secret, (int)size) != (int)size) {
		status = ROTOR_ERR_CRYPTO;
	}
	key->crypto = &rotor_crypto_openssl;
	key->alg = alg;
	key->public_key.alg = alg;
	key->public_key.len = (uint16_t)(2 * size);
	if (status != ROTOR_OK) {
		rotor_wipe(key, sizeof(*key));
	}
	return status;
}

enum rotor_status rotor_openssl_key_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *secret)
{
	size_t size = rotor_ecdsa_size(alg);
	memset(key, 0, sizeof(*key));
	if (size == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	BIGNUM *d = BN_bin2bn(secret, (int)size, NULL);
	enum rotor_status status = d ? complete_key(key, alg, d) : ROTOR_ERR_CRYPTO;
	BN_clear_free(d);
	return status;
}

enum rotor_status rotor_openssl_key_derive(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *seed, size_t seed_len)
{
	size_t size = rotor_ecdsa_size(alg);
	enum rotor_status status = ROTOR_ERR_CRYPTO;
	memset(key, 0, sizeof(*key));
	if (size == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (seed_len < size + 8 || seed_len > UINT16_MAX) {
		return ROTOR_ERR_ARGUMENT;
	}
	EC_GROUP *group = EC_GROUP_new_by_curve_name(curves[alg].nid);
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *d = BN_bin2bn(seed, (int)seed_len, NULL);
	BIGNUM *m = group ? BN_dup(EC_GROUP_get0_order(group)) : NULL;
	if (d) {
		BN_set_flags(d, BN_FLG_CONSTTIME);
	}
	/* d = (seed mod (n - 1)) + 1 */
	if (d && m && ctx && BN_sub_word(m, 1) && BN_mod(d, d, m, ctx) && BN_add_word(d, 1)) {
		status = complete_key(key, alg, d);
	}
	BN_clear_free(d);
	BN_free(m);
	BN_CTX_free(ctx);
	EC_GROUP_free(group);
	return status;
}

enum rotor_status rotor_openssl_key_sign(struct rotor_crypto_job *job,
					 const struct rotor_soft_key *key, enum rotor_hash_alg hash,
					 const uint8_t *digest, uint8_t *sig)
{
	(void)job;
	uint8_t der[SIG_DER_MAX];
	size_t der_len = sizeof(der);
	if (rotor_sig_size(key->alg) == 0 || rotor_hash_size(hash) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	EVP_PKEY *pkey = make_key(key->alg, key->public_key.bytes, key->secret);
	EVP_PKEY_CTX *ctx = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_sign_init(ctx) > 0 &&
		  EVP_PKEY_sign(ctx, der, &der_len, digest, rotor_hash_size(hash)) > 0 &&
		  rotor_ecdsa_from_der(key->alg, der, der_len, sig) == ROTOR_OK;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

enum rotor_status rotor_openssl_kex_generate(struct rotor_crypto_job *job, struct rotor_kex *k,
					     enum rotor_kex_alg alg, uint8_t *public_out)
{
	(void)job;
	size_t size = rotor_kex_secret_size(alg);
	if (size == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	uint8_t point[POINT_MAX];
	size_t point_len = 0;
	BIGNUM *d = NULL;
	EVP_PKEY *pkey = EVP_EC_gen(curves[curve_of_kex(alg)].name);
	bool ok = pkey && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) > 0 &&
		  BN_bn2binpad(d, k->secret, (int)size) == (int)size &&
		  EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point,
						  sizeof(point), &point_len) > 0 &&
		  point_len == 1 + 2 * size && point[0] == POINT_CONVERSION_UNCOMPRESSED;
	if (ok) {
		memcpy(public_out, point + 1, 2 * size);
	} else {
		rotor_wipe(k->secret, sizeof(k->secret));
	}
	k->alg = ok ? alg : ROTOR_KEX_NONE;
	BN_clear_free(d);
	EVP_PKEY_free(pkey);
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

enum rotor_status rotor_openssl_kex_agree(struct rotor_crypto_job *job, struct rotor_kex *k,
					  const uint8_t *peer, uint8_t *secret)
{
	(void)job;
	struct rotor_soft_key own;
	size_t secret_len = rotor_kex_secret_size(k->alg);
	enum rotor_sig_alg alg = curve_of_kex(k->alg);
	if (secret_len == 0) {
		return ROTOR_ERR_STATE;
	}
	EVP_PKEY *peer_key = make_key(alg, peer, NULL);
	if (!peer_key) {
		return ROTOR_ERR_FORMAT;
	}
	EVP_PKEY *key = NULL;
	if (rotor_openssl_key_import(&own, alg, k->secret) == ROTOR_OK) {
		key = make_key(alg, own.public_key.bytes, own.secret);
	}
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_derive_init(ctx) > 0 &&
		  EVP_PKEY_derive_set_peer(ctx, peer_key) > 0 &&
		  EVP_PKEY_derive(ctx, secret, &secret_len) > 0 &&
		  secret_len == rotor_kex_secret_size(k->alg);
	rotor_wipe(&own, sizeof(own));
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	EVP_PKEY_free(peer_key);
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}
