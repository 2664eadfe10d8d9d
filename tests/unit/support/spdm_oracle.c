/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "support/spdm_oracle.h"

static const EVP_MD *md_of(uint32_t hash)
{
	switch (hash) {
	case 0x01:
		return EVP_sha256();
	case 0x02:
		return EVP_sha384();
	case 0x04:
		return EVP_sha512();
	case 0x08:
		return EVP_sha3_256();
	case 0x10:
		return EVP_sha3_384();
	case 0x20:
		return EVP_sha3_512();
	default:
		fail_msg("no hash has the bit 0x%x", hash);
		return NULL;
	}
}

void oracle_hash(uint32_t hash, const uint8_t *data, size_t len, uint8_t *digest)
{
	unsigned size = 0;
	assert_int_equal(EVP_Digest(data, len, digest, &size, md_of(hash), NULL), 1);
}

void oracle_hmac(uint32_t hash, const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
		 uint8_t *mac)
{
	unsigned size = 0;
	assert_non_null(HMAC(md_of(hash), key, (int)key_len, data, len, mac, &size));
}

void oracle_expand(uint32_t hash, const uint8_t *secret, const uint8_t *info, size_t info_len,
		   uint8_t *out, size_t len)
{
	uint8_t block[64 + 256 + 1], mac[64];
	size_t size = (size_t)EVP_MD_get_size(md_of(hash)), have = 0;
	assert_true(info_len <= 256);
	for (uint8_t counter = 1; len; counter++) {
		memcpy(block, mac, have);
		memcpy(block + have, info, info_len);
		block[have + info_len] = counter;
		oracle_hmac(hash, secret, size, block, have + info_len + 1, mac);
		have = size;
		size_t n = len < size ? len : size;
		memcpy(out, mac, n);
		out += n;
		len -= n;
	}
}

/* ---- signatures ---- */

static const struct scheme {
	uint32_t bit;
	size_t half; /* of r and s; 0: not ECDSA */
	int padding; /* of RSA; 0: not RSA */
	bool eddsa;
} schemes[] = {
    {0x001, 0, RSA_PKCS1_PADDING, false},
    {0x002, 0, RSA_PKCS1_PSS_PADDING, false},
    {0x004, 0, RSA_PKCS1_PADDING, false},
    {0x008, 0, RSA_PKCS1_PSS_PADDING, false},
    {0x010, 32, 0, false},
    {0x020, 0, RSA_PKCS1_PADDING, false},
    {0x040, 0, RSA_PKCS1_PSS_PADDING, false},
    {0x080, 48, 0, false},
    {0x100, 66, 0, false},
    {0x400, 0, 0, true},
    {0x800, 0, 0, true},
};

static const struct scheme *scheme_of(uint32_t asym)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(schemes); i++) {
		if (schemes[i].bit == asym)
			return &schemes[i];
	}
	fail_msg("no signature scheme has the bit 0x%x", asym);
	return NULL;
}

/* r and s as DER. @return its size */
static size_t der_of(struct rotor_bytes raw, size_t half, uint8_t *der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	assert_int_equal(raw.len, 2 * half);
	assert_int_equal(ECDSA_SIG_set0(sig, BN_bin2bn(raw.data, (int)half, NULL),
					BN_bin2bn(raw.data + half, (int)half, NULL)),
			 1);
	int len = i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
	assert_true(len > 0);
	return (size_t)len;
}

bool oracle_verify(uint32_t asym, uint32_t hash, struct rotor_bytes spki,
		   struct rotor_bytes message, struct rotor_bytes signature)
{
	const struct scheme *scheme = scheme_of(asym);
	const uint8_t *at = spki.data;
	uint8_t der[160];
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *options = NULL;
	assert_non_null(key);
	if (scheme->half)
		signature = (struct rotor_bytes){der, der_of(signature, scheme->half, der)};
	assert_int_equal(
	    EVP_DigestVerifyInit(ctx, &options, scheme->eddsa ? NULL : md_of(hash), NULL, key), 1);
	if (scheme->padding)
		assert_true(EVP_PKEY_CTX_set_rsa_padding(options, scheme->padding) > 0);
	if (scheme->padding == RSA_PKCS1_PSS_PADDING)
		assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) > 0);
	int good = EVP_DigestVerify(ctx, signature.data, signature.len, message.data, message.len);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good == 1;
}

size_t oracle_spki(struct rotor_bytes certificate, uint8_t *spki, size_t cap)
{
	const uint8_t *at = certificate.data;
	X509 *cert = d2i_X509(NULL, &at, (long)certificate.len);
	assert_non_null(cert);
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(X509_get0_pubkey(cert), &der);
	assert_true(len > 0 && (size_t)len <= cap);
	memcpy(spki, der, (size_t)len);
	OPENSSL_free(der);
	X509_free(cert);
	return (size_t)len;
}

bool oracle_csr(struct rotor_bytes csr)
{
	const uint8_t *at = csr.data;
	X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)csr.len);
	bool good = request && at == csr.data + csr.len &&
		    X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1;
	X509_REQ_free(request);
	return good;
}

/* ---- records ---- */

bool oracle_open(uint16_t aead, const uint8_t *key, const uint8_t iv[12], struct rotor_bytes aad,
		 struct rotor_bytes sealed, uint8_t *out)
{
	const EVP_CIPHER *cipher = aead == 1   ? EVP_aes_128_gcm()
				   : aead == 2 ? EVP_aes_256_gcm()
				   : aead == 4 ? EVP_chacha20_poly1305()
					       : NULL;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t tag[16];
	int n = 0;
	assert_non_null(cipher);
	assert_true(sealed.len >= sizeof(tag));
	size_t len = sealed.len - sizeof(tag);
	memcpy(tag, sealed.data + len, sizeof(tag));
	assert_int_equal(EVP_DecryptInit_ex(ctx, cipher, NULL, key, iv), 1);
	assert_int_equal(EVP_DecryptUpdate(ctx, NULL, &n, aad.data, (int)aad.len), 1);
	assert_int_equal(EVP_DecryptUpdate(ctx, out, &n, sealed.data, (int)len), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag), 1);
	int good = EVP_DecryptFinal_ex(ctx, out + len, &n);
	EVP_CIPHER_CTX_free(ctx);
	return good == 1;
}
