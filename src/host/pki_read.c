/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of keys and certificates from files, and the certifying of devices. */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "host/pki.h"
#include "rotor/host_file.h"
#include "rotor/host_pki.h"

#define FILE_MAX 65536

/* A file as a read-only BIO over *data, which the caller erases and frees. */
static enum rotor_status open_file(const char *path, uint8_t **data, size_t *len, BIO **bio)
{
	enum rotor_status status = rotor_file_read(path, FILE_MAX, data, len);

	*bio = NULL;
	if (status)
		return status;
	*bio = BIO_new_mem_buf(*data, (int)*len);
	if (*bio)
		return ROTOR_OK;
	free(*data);
	*data = NULL;
	return ROTOR_ERR_CRYPTO;
}

static void close_file(uint8_t *data, size_t len, BIO *bio)
{
	BIO_free(bio);
	if (data)
		rotor_wipe(data, len);
	free(data);
	ERR_clear_error();
}

/* An encrypted key is refused, not asked a password for. */
static int no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static enum rotor_status read_pkey(const char *path, EVP_PKEY **key)
{
	enum rotor_status status;
	uint8_t *data;
	size_t len;
	BIO *bio;

	status = open_file(path, &data, &len, &bio);
	if (status)
		return status;
	*key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	if (!*key && BIO_reset(bio) == 1)
		*key = d2i_PrivateKey_bio(bio, NULL);
	close_file(data, len, bio);
	return *key ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

static enum rotor_sig_alg rsa_of_bits(int bits)
{
	switch (bits) {
	case 2048:
		return ROTOR_SIG_RSA2048_PSS;
	case 3072:
		return ROTOR_SIG_RSA3072_PSS;
	case 4096:
		return ROTOR_SIG_RSA4096_PSS;
	default:
		return ROTOR_SIG_NONE;
	}
}

static enum rotor_sig_alg kind_of(const EVP_PKEY *key)
{
	char group[32] = "";
	size_t len;

	if (EVP_PKEY_is_a(key, "ED25519"))
		return ROTOR_SIG_ED25519;
	if (EVP_PKEY_is_a(key, "ED448"))
		return ROTOR_SIG_ED448;
	if (EVP_PKEY_is_a(key, "RSA"))
		return rsa_of_bits(EVP_PKEY_get_bits(key));
	if (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &len) != 1)
		return ROTOR_SIG_NONE;
	if (strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0)
		return ROTOR_SIG_ECDSA_P256;
	if (strcmp(group, "secp384r1") == 0 || strcmp(group, "P-384") == 0)
		return ROTOR_SIG_ECDSA_P384;
	if (strcmp(group, "secp521r1") == 0 || strcmp(group, "P-521") == 0)
		return ROTOR_SIG_ECDSA_P521;
	return ROTOR_SIG_NONE;
}

/* A number of the key as len big-endian bytes. */
static bool take_number(const EVP_PKEY *key, const char *name, uint8_t *out, int len)
{
	BIGNUM *bn = NULL;
	bool ok = EVP_PKEY_get_bn_param(key, name, &bn) == 1 && BN_bn2binpad(bn, out, len) == len;

	BN_clear_free(bn);
	return ok;
}

/* The private key in rotor's raw form. */
static bool take_secret(const EVP_PKEY *key, enum rotor_sig_alg alg, uint8_t *out)
{
	size_t len = rotor_sig_private_size(alg);
	int prime = (int)rotor_sig_size(alg) / 2;

	if (len == 0)
		return false;
	if (rotor_sig_is_eddsa(alg))
		return EVP_PKEY_get_raw_private_key(key, out, &len) == 1;
	if (rotor_ecdsa_size(alg))
		return take_number(key, OSSL_PKEY_PARAM_PRIV_KEY, out, (int)len);
	return take_number(key, OSSL_PKEY_PARAM_RSA_FACTOR1, out, prime) &&
	       take_number(key, OSSL_PKEY_PARAM_RSA_FACTOR2, out + prime, prime) &&
	       take_number(key, OSSL_PKEY_PARAM_RSA_E, out + 2 * prime, (int)len - 2 * prime);
}

enum rotor_status rotor_pki_read_private(const char *path, const struct rotor_crypto *crypto,
					 struct rotor_soft_key *key)
{
	uint8_t secret[ROTOR_PRIVATE_KEY_MAX];
	enum rotor_status status;
	enum rotor_sig_alg alg;
	EVP_PKEY *pkey;

	memset(key, 0, sizeof(*key));
	status = read_pkey(path, &pkey);
	if (status)
		return status;
	alg = kind_of(pkey);
	if (!(crypto->sigs & ROTOR_BIT(alg)))
		status = ROTOR_ERR_UNSUPPORTED;
	else if (!take_secret(pkey, alg, secret))
		status = ROTOR_ERR_FORMAT;
	else
		status = crypto->key_import(key, alg, secret);
	rotor_wipe(secret, sizeof(secret));
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return status;
}

/* The key of whatever the file holds first: a public key, a certificate or a private key. */
static EVP_PKEY *any_key(BIO *bio)
{
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
	X509 *cert;

	if (key)
		return key;
	(void)BIO_reset(bio);
	cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	if (cert) {
		key = X509_get_pubkey(cert);
		X509_free(cert);
		return key;
	}
	(void)BIO_reset(bio);
	key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	if (key)
		return key;
	(void)BIO_reset(bio);
	return d2i_PUBKEY_bio(bio, NULL);
}

enum rotor_status rotor_pki_read_public(const char *path, struct rotor_public_key *key)
{
	enum rotor_status status;
	uint8_t *data, *spki = NULL;
	EVP_PKEY *pkey;
	size_t len;
	int spki_len;
	BIO *bio;

	memset(key, 0, sizeof(*key));
	status = open_file(path, &data, &len, &bio);
	if (status)
		return status;
	pkey = any_key(bio);
	close_file(data, len, bio);
	if (!pkey)
		return ROTOR_ERR_FORMAT;
	if (kind_of(pkey) == ROTOR_SIG_NONE) {
		status = ROTOR_ERR_UNSUPPORTED;
	} else {
		spki_len = i2d_PUBKEY(pkey, &spki);
		status =
		    spki_len > 0 ? rotor_spki_read(spki, (size_t)spki_len, key) : ROTOR_ERR_CRYPTO;
	}
	OPENSSL_free(spki);
	EVP_PKEY_free(pkey);
	return status;
}

/* Appends a certificate's DER. */
static enum rotor_status append_cert(X509 *cert, uint8_t *der, size_t cap, size_t *len)
{
	int size = i2d_X509(cert, NULL);
	uint8_t *at = der + *len;

	if (size <= 0)
		return ROTOR_ERR_CRYPTO;
	if ((size_t)size > cap - *len)
		return ROTOR_ERR_SPACE;
	*len += (size_t)size;
	return i2d_X509(cert, &at) == size ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

/* Certificates in DER, end to end. */
static enum rotor_status read_der_certs(const uint8_t *data, size_t size, uint8_t *der, size_t cap,
					size_t *len)
{
	const uint8_t *at = data;
	enum rotor_status status = size ? ROTOR_OK : ROTOR_ERR_FORMAT;

	while (!status && at < data + size) {
		X509 *cert = d2i_X509(NULL, &at, data + size - at);

		status = cert ? append_cert(cert, der, cap, len) : ROTOR_ERR_FORMAT;
		X509_free(cert);
	}
	return status;
}

enum rotor_status rotor_pki_read_certs(const char *path, uint8_t *der, size_t cap, size_t *len)
{
	enum rotor_status status;
	uint8_t *data;
	size_t size;
	X509 *cert;
	BIO *bio;

	*len = 0;
	status = open_file(path, &data, &size, &bio);
	if (status)
		return status;
	while (!status && (cert = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL) {
		status = append_cert(cert, der, cap, len);
		X509_free(cert);
	}
	if (!status && *len == 0)
		status = read_der_certs(data, size, der, cap, len);
	close_file(data, size, bio);
	if (status)
		*len = 0;
	return status;
}

static enum rotor_status read_cert(const char *path, X509 **cert)
{
	enum rotor_status status;
	uint8_t *data;
	size_t len;
	BIO *bio;

	status = open_file(path, &data, &len, &bio);
	if (status)
		return status;
	*cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	close_file(data, len, bio);
	return *cert ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

/* The request, if it is whole and its own key signed it. */
static enum rotor_status read_request(const uint8_t *csr, size_t csr_len, X509_REQ **request)
{
	const uint8_t *at = csr;
	EVP_PKEY *key;

	*request = csr_len <= FILE_MAX ? d2i_X509_REQ(NULL, &at, (long)csr_len) : NULL;
	if (!*request || at != csr + csr_len)
		return ROTOR_ERR_FORMAT;
	key = X509_REQ_get0_pubkey(*request);
	if (!key)
		return ROTOR_ERR_FORMAT;
	if (kind_of(key) != ROTOR_SIG_ECDSA_P384)
		return ROTOR_ERR_UNSUPPORTED;
	return X509_REQ_verify(*request, key) == 1 ? ROTOR_OK : ROTOR_ERR_VERIFY;
}

enum rotor_status rotor_pki_certify_device(const uint8_t *csr, size_t csr_len,
					   const char *ca_key_path, const char *ca_cert_path,
					   uint8_t *der, size_t cap, size_t *len)
{
	X509 *ca = NULL, *cert = NULL;
	X509_REQ *request = NULL;
	EVP_PKEY *ca_key = NULL;
	enum rotor_status status;

	*len = 0;
	status = read_request(csr, csr_len, &request);
	if (!status)
		status = read_pkey(ca_key_path, &ca_key);
	if (!status)
		status = read_cert(ca_cert_path, &ca);
	if (!status && X509_check_private_key(ca, ca_key) != 1)
		status = ROTOR_ERR_FORMAT;
	if (!status) {
		struct pki_template t = {.key = X509_REQ_get0_pubkey(request),
					 .issuer_key = ca_key,
					 .issuer = ca,
					 .subject = X509_REQ_get_subject_name(request),
					 .constraints = "critical,CA:TRUE,pathlen:0",
					 .usage = "critical,keyCertSign"};

		cert = pki_certify(&t);
		status = cert ? append_cert(cert, der, cap, len) : ROTOR_ERR_CRYPTO;
	}
	X509_free(cert);
	X509_free(ca);
	X509_REQ_free(request);
	EVP_PKEY_free(ca_key);
	ERR_clear_error();
	return status;
}
