/* SPDX-License-Identifier: Apache-2.0 */
/* RSA of the Mbed TLS backend. It does not yield: a signature takes its time. Empty where HAVE_RSA is 0. */
#include "crypto/mbedtls_rsa.h"

#if HAVE_RSA

#include <mbedtls/rsa.h>
#include <string.h>

#include "crypto/mbedtls_md.h"
#include "crypto/mbedtls_random.h"

#define EXPONENT_SIZE 4

/* Bytes of a key's modulus, which is also that of a signature; 0 for what is no RSA. */
static size_t modulus_size(enum rotor_sig_alg alg)
{
	return rotor_sig_key(alg) >= ROTOR_SIG_RSA2048_PSS &&
		       rotor_sig_key(alg) <= ROTOR_SIG_RSA4096_PSS
		   ? rotor_sig_size(alg)
		   : 0;
}

static bool is_pss(enum rotor_sig_alg alg)
{
	return rotor_sig_key(alg) == alg;
}

static void init(mbedtls_rsa_context *rsa, enum rotor_sig_alg alg, mbedtls_md_type_t md)
{
	mbedtls_rsa_init(rsa, is_pss(alg) ? MBEDTLS_RSA_PKCS_V21 : MBEDTLS_RSA_PKCS_V15, (int)md);
}

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
	(void)ctx;
	return rotor_mbedtls_random(out, len) ? MBEDTLS_ERR_RSA_RNG_FAILED : 0;
}

/* 0 if the signature is genuine, of either padding. */
static int check(mbedtls_rsa_context *rsa, enum rotor_sig_alg alg, mbedtls_md_type_t md,
		 const uint8_t *digest, size_t digest_len, const uint8_t *sig)
{
	if (!is_pss(alg)) {
		return mbedtls_rsa_rsassa_pkcs1_v15_verify(rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, md,
							   (unsigned int)digest_len, digest, sig);
	}
	return mbedtls_rsa_rsassa_pss_verify_ext(rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, md,
						 (unsigned int)digest_len, digest, md,
						 (int)digest_len, sig);
}

enum rotor_status rotor_mbedtls_rsa_verify(const struct rotor_public_key *key,
					   enum rotor_hash_alg hash, const uint8_t *digest,
					   const uint8_t *sig, size_t sig_len)
{
	mbedtls_md_type_t md = rotor_mbedtls_md_type(hash);
	size_t size = modulus_size(key->alg);
	mbedtls_rsa_context rsa;
	if (md == MBEDTLS_MD_NONE || size == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (key->len != size + EXPONENT_SIZE || sig_len != size) {
		return ROTOR_ERR_VERIFY;
	}
	init(&rsa, key->alg, md);
	enum rotor_status status = ROTOR_OK;
	if (mbedtls_rsa_import_raw(&rsa, key->bytes, size, NULL, 0, NULL, 0, NULL, 0,
				   key->bytes + size, EXPONENT_SIZE)) {
		status = ROTOR_ERR_CRYPTO;
	} else if (mbedtls_rsa_complete(&rsa) || mbedtls_rsa_check_pubkey(&rsa) ||
		   mbedtls_rsa_get_len(&rsa) != size ||
		   check(&rsa, key->alg, md, digest, rotor_hash_size(hash), sig)) {
		status = ROTOR_ERR_VERIFY;
	}
	mbedtls_rsa_free(&rsa);
	return status;
}

/* Always ended by mbedtls_rsa_free(), which erases. */
static enum rotor_status load_private(mbedtls_rsa_context *rsa, enum rotor_sig_alg alg,
				      mbedtls_md_type_t md, const uint8_t *secret)
{
	size_t size = modulus_size(alg);
	init(rsa, alg, md);
	if (mbedtls_rsa_import_raw(rsa, NULL, 0, secret, size / 2, secret + size / 2, size / 2,
				   NULL, 0, secret + size, EXPONENT_SIZE)) {
		return ROTOR_ERR_CRYPTO;
	}
	return mbedtls_rsa_complete(rsa) || mbedtls_rsa_check_privkey(rsa) ||
		       mbedtls_rsa_get_len(rsa) != size
		   ? ROTOR_ERR_FORMAT
		   : ROTOR_OK;
}

enum rotor_status rotor_mbedtls_rsa_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					   const uint8_t *secret)
{
	struct rotor_public_key *own = &key->public_key;
	size_t size = modulus_size(alg);
	mbedtls_rsa_context rsa;
	memset(key, 0, sizeof(*key));
	if (size == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	enum rotor_status status = load_private(&rsa, alg, MBEDTLS_MD_SHA256, secret);
	if (status == ROTOR_OK &&
	    mbedtls_rsa_export_raw(&rsa, own->bytes, size, NULL, 0, NULL, 0, NULL, 0,
				   own->bytes + size, EXPONENT_SIZE)) {
		status = ROTOR_ERR_CRYPTO;
	}
	mbedtls_rsa_free(&rsa);
	if (status != ROTOR_OK) {
		rotor_wipe(key, sizeof(*key));
		return status;
	}
	key->crypto = &rotor_crypto_mbedtls;
	key->alg = alg;
	memcpy(key->secret, secret, size + EXPONENT_SIZE);
	own->alg = alg;
	own->len = (uint16_t)(size + EXPONENT_SIZE);
	return ROTOR_OK;
}

enum rotor_status rotor_mbedtls_rsa_sign(const struct rotor_soft_key *key, enum rotor_hash_alg hash,
					 const uint8_t *digest, uint8_t *sig)
{
	mbedtls_md_type_t md = rotor_mbedtls_md_type(hash);
	unsigned digest_len = (unsigned)rotor_hash_size(hash);
	mbedtls_rsa_context rsa;
	if (md == MBEDTLS_MD_NONE || modulus_size(key->alg) == 0) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	enum rotor_status status = load_private(&rsa, key->alg, md, key->secret);
	int error = 0;
	if (status == ROTOR_OK && is_pss(key->alg)) {
		error = mbedtls_rsa_rsassa_pss_sign_ext(&rsa, random_bytes, NULL, md, digest_len,
							digest, (int)digest_len, sig);
	} else if (status == ROTOR_OK) {
		error = mbedtls_rsa_rsassa_pkcs1_v15_sign(
		    &rsa, random_bytes, NULL, MBEDTLS_RSA_PRIVATE, md, digest_len, digest, sig);
	}
	mbedtls_rsa_free(&rsa);
	return status != ROTOR_OK || error ? ROTOR_ERR_CRYPTO : ROTOR_OK;
}

#endif
