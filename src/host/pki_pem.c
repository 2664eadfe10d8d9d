/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate chains as PEM text, and back. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "rotor/host_pki.h"

/* Nothing here is encrypted: nobody is asked a password. */
static int no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

/* What a BIO in memory holds, as text. */
static enum rotor_status text_of(BIO *bio, char **text)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	*text = len >= 0 ? malloc((size_t)len + 1) : NULL;
	if (!*text)
		return ROTOR_ERR_CRYPTO;
	if (len)
		memcpy(*text, data, (size_t)len);
	(*text)[len] = 0;
	return ROTOR_OK;
}

static enum rotor_status write_cert(BIO *bio, struct rotor_bytes der)
{
	const uint8_t *at = der.data;
	X509 *cert = der.len <= ROTOR_PKI_CHAIN_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
	enum rotor_status status = ROTOR_ERR_FORMAT;
	if (cert && at == der.data + der.len)
		status = PEM_write_bio_X509(bio, cert) == 1 ? ROTOR_OK : ROTOR_ERR_CRYPTO;
	X509_free(cert);
	return status;
}

enum rotor_status rotor_pki_certs_to_pem(const struct rotor_bytes *certs, size_t count, char **text)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum rotor_status status = bio ? ROTOR_OK : ROTOR_ERR_CRYPTO;
	*text = NULL;
	for (size_t i = 0; i < count && status == ROTOR_OK; i++)
		status = write_cert(bio, certs[i]);
	if (status == ROTOR_OK)
		status = text_of(bio, text);
	BIO_free(bio);
	ERR_clear_error();
	return status;
}

enum rotor_status rotor_pki_certs_from_pem(const char *text, uint8_t *der, size_t cap, size_t *len)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	enum rotor_status status = bio ? ROTOR_OK : ROTOR_ERR_CRYPTO;
	X509 *cert;
	*len = 0;
	while (status == ROTOR_OK &&
	       (cert = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL) {
		uint8_t *at = der + *len;
		int size = i2d_X509(cert, NULL);
		if (size <= 0)
			status = ROTOR_ERR_CRYPTO;
		else if ((size_t)size > cap - *len)
			status = ROTOR_ERR_SPACE;
		else
			*len += (size_t)i2d_X509(cert, &at);
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error();
	if (status == ROTOR_OK && *len == 0)
		status = ROTOR_ERR_FORMAT;
	return status;
}
