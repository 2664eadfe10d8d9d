/* SPDX-License-Identifier: Apache-2.0 */
/* RSA of the Mbed TLS backend: RSASSA-PSS with 3072 bits. Empty where HAVE_RSA is 0. */
#include "crypto/mbedtls_rsa.h"

#if HAVE_RSA

#include <mbedtls/rsa.h>
#include <string.h>

#include "crypto/mbedtls_md.h"
#include "crypto/mbedtls_random.h"

#define MODULUS_SIZE  384
#define PRIME_SIZE    192
#define EXPONENT_SIZE 4

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
	(void)ctx;
	return rotor_mbedtls_random(out, len) ? MBEDTLS_ERR_RSA_RNG_FAILED : 0;
}

enum rotor_status rotor_mbedtls_rsa_verify(const struct rotor_public_key *key,
					   enum rotor_hash_alg hash, const uint8_t *digest,
					   const uint8_t *sig, size_t sig_len)
{
	mbedtls_md_type_t md = rotor_mbedtls_md_type(hash);
	mbedtls_rsa_context rsa;
	if (md == MBEDTLS_MD_NONE) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (key->len != MODULUS_SIZE + EXPONENT_SIZE || sig_len != MODULUS_SIZE) {
		return ROTOR_ERR_VERIFY;
	}
	mbedtls_rsa_init(&rsa, MBEDTLS_RSA_PKCS_V21, (int)md);
	enum rotor_status status = ROTOR_OK;
	if (mbedtls_rsa_import_raw(&rsa, key->bytes, MODULUS_SIZE, NULL, 0, NULL, 0, NULL, 0,
				   key->bytes + MODULUS_SIZE, EXPONENT_SIZE)) {
		status = ROTOR_ERR_CRYPTO;
	} else if (mbedtls_rsa_complete(&rsa) || mbedtls_rsa_check_pubkey(&rsa) ||
		   mbedtls_rsa_get_len(&rsa) != MODULUS_SIZE ||
		   mbedtls_rsa_rsassa_pss_verify_ext(&rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, md,
						     (unsigned int)rotor_hash_size(hash), digest,
						     md, (int)rotor_hash_size(hash), sig)) {
		status = ROTOR_ERR_VERIFY;
	}
	mbedtls_rsa_free(&rsa);
	return status;
}

/* Always ended by mbedtls_rsa_free(), which erases. */
static enum rotor_status load_private(mbedtls_rsa_context *rsa, enum rotor_hash_alg hash,
				      const uint8_t *secret)
{
	mbedtls_rsa_init(rsa, MBEDTLS_RSA_PKCS_V21, (int)rotor_mbedtls_md_type(hash));
	if (mbedtls_rsa_import_raw(rsa, NULL, 0, secret, PRIME_SIZE, secret + PRIME_SIZE,
				   PRIME_SIZE, NULL, 0, secret + 2 * PRIME_SIZE, EXPONENT_SIZE)) {
		return ROTOR_ERR_CRYPTO;
	}
	return mbedtls_rsa_complete(rsa) || mbedtls_rsa_check_privkey(rsa) ||
		       mbedtls_rsa_get_len(rsa) != MODULUS_SIZE
		   ? ROTOR_ERR_FORMAT
		   : ROTOR_OK;
}

enum rotor_status rotor_mbedtls_rsa_import(struct rotor_soft_key *key, const uint8_t *secret)
{
	struct rotor_public_key *own = &key->public_key;
	mbedtls_rsa_context rsa;
	memset(key, 0, sizeof(*key));
	enum rotor_status status = load_private(&rsa, ROTOR_HASH_SHA256, secret);
	if (status == ROTOR_OK &&
	    mbedtls_rsa_export_raw(&rsa, own->bytes, MODULUS_SIZE, NULL, 0, NULL, 0, NULL, 0,
				   own->bytes + MODULUS_SIZE, EXPONENT_SIZE)) {
		status = ROTOR_ERR_CRYPTO;
	}
	mbedtls_rsa_free(&rsa);
	if (status != ROTOR_OK) {
		rotor_wipe(key, sizeof(*key));
		return status;
	}
	key->crypto = &rotor_crypto_mbedtls;
	key->alg = ROTOR_SIG_RSA3072_PSS;
	memcpy(key->secret, secret, 2 * PRIME_SIZE + EXPONENT_SIZE);
	own->alg = key->alg;
	own->len = MODULUS_SIZE + EXPONENT_SIZE;
	return ROTOR_OK;
}

enum rotor_status rotor_mbedtls_rsa_sign(const struct rotor_soft_key *key, enum rotor_hash_alg hash,
					 const uint8_t *digest, uint8_t *sig)
{
	mbedtls_md_type_t md = rotor_mbedtls_md_type(hash);
	mbedtls_rsa_context rsa;
	if (md == MBEDTLS_MD_NONE) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	enum rotor_status status = load_private(&rsa, hash, key->secret);
	if (status == ROTOR_OK &&
	    mbedtls_rsa_rsassa_pss_sign_ext(&rsa, random_bytes, NULL, md,
					    (unsigned int)rotor_hash_size(hash), digest,
					    (int)rotor_hash_size(hash), sig)) {
		status = ROTOR_ERR_CRYPTO;
	}
	mbedtls_rsa_free(&rsa);
	return status == ROTOR_ERR_FORMAT ? ROTOR_ERR_CRYPTO : status;
}

#endif
