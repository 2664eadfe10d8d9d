/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates as the two halves of the development PKI make them. */
#ifndef HOST_PKI_H
#define HOST_PKI_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/* What a certificate is to say; extensions in OpenSSL's configuration syntax, NULL for none. */
struct pki_template {
	EVP_PKEY *key;
	EVP_PKEY *issuer_key;
	X509 *issuer; /* NULL: self-signed */
	const X509_NAME *subject;
	const char *constraints, *usage, *extended_usage;
	bool expires;
};

/* A signed certificate with key identifiers and a random serial number, or NULL. */
X509 *pki_certify(const struct pki_template *t);

#endif
