/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519 and Ed448 of the OpenSSL backend. What a stranger's bytes make OpenSSL put into the thread's error queue is taken
 * out again. Empty without EdDSA.
 */
#include "crypto/openssl_eddsa.h"

#if ROTOR_CRYPTO_EDDSA

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

/* OpenSSL's name of the algorithm; NULL for what is no EdDSA. */
static const char *name_of(enum rotor_sig_alg alg)
{
	return alg == ROTOR_SIG_ED25519 ? "ED25519" : alg == ROTOR_SIG_ED448 ? "ED448" : NULL;
}

enum rotor_status rotor_openssl_verify_message(struct rotor_crypto_job *job,
					       const struct rotor_public_key *key,
					       struct rotor_bytes message, const uint8_t *sig,
					       size_t sig_len)
{
	(void)job;
	const char *name = name_of(key->alg);
	if (!name) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (key->len != rotor_sig_public_size(key->alg) || sig_len != rotor_sig_size(key->alg)) {
		return ROTOR_ERR_VERIFY;
	}
	ERR_set_mark();
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key_ex(NULL, name, NULL, key->bytes, key->len);
	EVP_MD_CTX *ctx = pkey ? EVP_MD_CTX_new() : NULL;
	bool ok = ctx && EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) > 0 &&
		  EVP_DigestVerify(ctx, sig, sig_len, message.data, message.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_pop_to_mark();
	return ok ? ROTOR_OK : ROTOR_ERR_VERIFY;
}

static EVP_PKEY *private_key(enum rotor_sig_alg alg, const uint8_t *secret)
{
	return EVP_PKEY_new_raw_private_key_ex(NULL, name_of(alg), NULL, secret,
					       rotor_sig_private_size(alg));
}

enum rotor_status rotor_openssl_key_sign_message(struct rotor_crypto_job *job,
						 const struct rotor_soft_key *key,
						 struct rotor_bytes message, uint8_t *sig)
{
	(void)job;
	size_t len = rotor_sig_size(key->alg);
	if (!name_of(key->alg)) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	ERR_set_mark();
	EVP_PKEY *pkey = private_key(key->alg, key->secret);
	EVP_MD_CTX *ctx = pkey ? EVP_MD_CTX_new() : NULL;
	bool ok = ctx && EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) > 0 &&
		  EVP_DigestSign(ctx, sig, &len, message.data, message.len) > 0 &&
		  len == rotor_sig_size(key->alg);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_pop_to_mark();
	return ok ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

enum rotor_status rotor_openssl_eddsa_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					     const uint8_t *secret)
{
	size_t len = rotor_sig_public_size(alg);
	memset(key, 0, sizeof(*key));
	if (!name_of(alg)) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	ERR_set_mark();
	EVP_PKEY *pkey = private_key(alg, secret);
	bool ok = pkey && EVP_PKEY_get_raw_public_key(pkey, key->public_key.bytes, &len) > 0 &&
		  len == rotor_sig_public_size(alg);
	EVP_PKEY_free(pkey);
	ERR_pop_to_mark();
	if (!ok) {
		rotor_wipe(key, sizeof(*key));
		return ROTOR_ERR_CRYPTO; /* every string of that length is a key */
	}
	key->crypto = &rotor_crypto_openssl;
	key->alg = alg;
	key->public_key.alg = alg;
	key->public_key.len = (uint16_t)len;
	memcpy(key->secret, secret, rotor_sig_private_size(alg));
	return ROTOR_OK;
}

#endif
