/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of the OpenSSL backend. rotor's own reader and path check decide first, so that both backends say the same;
 * then OpenSSL must agree, so that a mistake in rotor's alone lets nothing through here.
 */
#include "crypto/openssl_x509.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "crypto/openssl_ec.h"

/* One whole certificate; NULL if OpenSSL does not take it as such. */
static X509 *load(struct rotor_bytes der)
{
	const unsigned char *at = der.data;
	X509 *x509 = der.len <= LONG_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
	if (x509 && at != der.data + der.len) {
		X509_free(x509);
		x509 = NULL;
	}
	return x509;
}

enum rotor_status rotor_openssl_cert_parse(const uint8_t *der, size_t len, struct rotor_cert *out)
{
	struct rotor_x509 read;
	enum rotor_status status = rotor_x509_read(der, len, &read);
	rotor_x509_drop_key(&read.cert, rotor_crypto_openssl.sigs);
	if (status == ROTOR_OK && rotor_ecdsa_size(read.cert.key.alg)) {
		status = rotor_openssl_check_public(&read.cert.key);
	}
	*out = read.cert;
	if (status != ROTOR_OK) {
		return status;
	}
	ERR_set_mark();
	X509 *x509 = load(read.cert.der);
	uint32_t flags = x509 ? X509_get_extension_flags(x509) : EXFLAG_INVALID;
	X509_free(x509);
	ERR_pop_to_mark();
	if (flags & EXFLAG_INVALID) {
		return ROTOR_ERR_FORMAT;
	}
	return flags & EXFLAG_CRITICAL ? ROTOR_ERR_UNSUPPORTED : ROTOR_OK;
}

/* Adds certificates to a stack that frees them; false if one is not taken. */
static bool load_all(STACK_OF(X509) * stack, const struct rotor_bytes *certs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		X509 *x509 = load(certs[i]);
		if (!x509 || !sk_X509_push(stack, x509)) {
			X509_free(x509);
			return false;
		}
	}
	return true;
}

/* Trusts the anchor and nothing else; one that OpenSSL does not take can vouch for nobody. */
static bool fill_store(X509_STORE *store, struct rotor_bytes anchor)
{
	X509 *x509 = load(anchor);
	bool ok = !x509 || X509_STORE_add_cert(store, x509);
	X509_free(x509);
	return ok;
}

static enum rotor_status ask_openssl(const struct rotor_bytes *certs, size_t cert_count,
				     struct rotor_bytes anchor)
{
	enum rotor_status status = ROTOR_ERR_CRYPTO;
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *issuers = sk_X509_new_null();
	X509 *leaf = load(certs[cert_count - 1]);
	if (!leaf || (issuers && !load_all(issuers, certs, cert_count - 1))) {
		status = ROTOR_ERR_FORMAT;
	} else if (store && ctx && issuers && fill_store(store, anchor) &&
		   X509_STORE_CTX_init(ctx, store, leaf, issuers)) {
		/*
		 * An anchor need not be a root. The dates are the walk's business: OpenSSL takes
		 * a certificate to be expired in the very second of its notAfter.
		 */
		X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx),
					    X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
		status = X509_verify_cert(ctx) == 1 ? ROTOR_OK : ROTOR_ERR_VERIFY;
	}
	X509_free(leaf);
	sk_X509_pop_free(issuers, X509_free);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return status;
}

enum rotor_status rotor_openssl_chain_verify(struct rotor_crypto_job *job,
					     const struct rotor_bytes *certs, size_t cert_count,
					     const struct rotor_bytes *anchors, size_t anchor_count,
					     rotor_time now)
{
	(void)job;
	struct rotor_x509_walk walk = {0};
	enum rotor_status status = rotor_x509_walk(&rotor_crypto_openssl, &walk, certs, cert_count,
						   anchors, anchor_count, now);
	if (status != ROTOR_OK) {
		return status;
	}
	/*
	 * One anchor at a time: of several with one name, and no key identifiers below them, OpenSSL would try the first
	 * alone, and a root that has been renewed under its old name would vouch for nobody.
	 */
	ERR_set_mark();
	status = ROTOR_ERR_VERIFY;
	for (size_t i = 0; i < anchor_count && status == ROTOR_ERR_VERIFY; i++) {
		status = ask_openssl(certs, cert_count, anchors[i]);
	}
	ERR_pop_to_mark();
	return status;
}
