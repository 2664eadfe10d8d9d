/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a chain of certificates from its anchor to its leaf (RFC 5280, 6.1, as far as rotor uses it). */
#include "crypto/x509.h"
#include "rotor/der.h"

#if ROTOR_RSA_BITS_MAX
static enum rotor_status check_rsa(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
				   const struct rotor_signed *what)
{
	uint8_t digest[ROTOR_HASH_MAX];
	struct rotor_public_key key = *what->key;
	enum rotor_hash_alg hash = what->algorithm->hash;
	key.alg = rotor_sig_key(key.alg);
	if (key.alg < ROTOR_SIG_RSA2048_PSS || key.alg > ROTOR_SIG_RSA4096_PSS) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (what->algorithm->scheme == X509_RSA_PKCS1) {
		key.alg =
		    (enum rotor_sig_alg)(key.alg - ROTOR_SIG_RSA2048_PSS + ROTOR_SIG_RSA2048_PKCS1);
	}
	enum rotor_status status = rotor_hash_parts(crypto, hash, &what->body, 1, digest);
	return status == ROTOR_OK ? crypto->verify(job, &key, hash, digest, what->signature.data,
						   what->signature.len)
				  : status;
}
#endif

#if ROTOR_CRYPTO_EDDSA
static enum rotor_status check_eddsa(const struct rotor_crypto *crypto,
				     struct rotor_crypto_job *job, const struct rotor_signed *what)
{
	enum rotor_sig_alg alg =
	    what->algorithm->scheme == X509_ED25519 ? ROTOR_SIG_ED25519 : ROTOR_SIG_ED448;
	if (what->key->alg != alg || !crypto->verify_message) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	return crypto->verify_message(job, what->key, what->body, what->signature.data,
				      what->signature.len);
}
#endif

static enum rotor_status check_ecdsa(const struct rotor_crypto *crypto,
				     struct rotor_crypto_job *job, const struct rotor_signed *what)
{
	uint8_t digest[ROTOR_HASH_MAX];
	uint8_t sig[2 * ROTOR_SCALAR_MAX];
	enum rotor_sig_alg alg = what->key->alg;
	enum rotor_hash_alg hash = what->algorithm->hash;
	if (!rotor_ecdsa_size(alg)) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	enum rotor_status status =
	    rotor_ecdsa_from_der(alg, what->signature.data, what->signature.len, sig);
	if (status == ROTOR_OK) {
		status = rotor_hash_parts(crypto, hash, &what->body, 1, digest);
	}
	if (status == ROTOR_OK) {
		status = crypto->verify(job, what->key, hash, digest, sig, rotor_sig_size(alg));
	}
	return status == ROTOR_ERR_FORMAT ? ROTOR_ERR_VERIFY : status;
}

enum rotor_status rotor_x509_check_signature(const struct rotor_crypto *crypto,
					     struct rotor_crypto_job *job,
					     const struct rotor_signed *what)
{
	if (!what->algorithm) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	switch (what->algorithm->scheme) {
#if ROTOR_RSA_BITS_MAX
	case X509_RSA_PKCS1:
	case X509_RSA_PSS:
		return check_rsa(crypto, job, what);
#endif
#if ROTOR_CRYPTO_EDDSA
	case X509_ED25519:
	case X509_ED448:
		return check_eddsa(crypto, job, what);
#endif
	default:
		return check_ecdsa(crypto, job, what);
	}
}

/* Whether subject carries a signature made with issuer's key. */
static enum rotor_status check_signature(const struct rotor_crypto *crypto,
					 struct rotor_crypto_job *job,
					 const struct rotor_x509 *subject,
					 const struct rotor_x509 *issuer)
{
	const struct rotor_signed what = {
	    .key = &issuer->cert.key,
	    .body = subject->tbs,
	    .algorithm = subject->algorithm,
	    .signature = subject->signature,
	};
	return rotor_x509_check_signature(crypto, job, &what);
}

static bool in_time(const struct rotor_cert *cert, rotor_time now)
{
	return now == ROTOR_TIME_UNKNOWN ||
	       (ROTOR_CERT_TIMES && cert->not_before <= now && now <= cert->not_after);
}

static bool may_issue(const struct rotor_cert *cert)
{
	return cert->is_ca && (!cert->has_key_usage || cert->may_certify);
}

/* Takes the path length of an issuer into the budget of CAs that may still follow it. */
static void limit_path(struct rotor_x509_walk *walk, const struct rotor_x509 *issuer)
{
	if (issuer->path_len != X509_NO_PATH_LEN &&
	    (walk->path_budget == X509_NO_PATH_LEN || issuer->path_len < walk->path_budget)) {
		walk->path_budget = issuer->path_len;
	}
}

/* Finds who vouches for the first certificate. */
static enum rotor_status find_anchor(const struct rotor_crypto *crypto,
				     struct rotor_x509_walk *walk, const struct rotor_x509 *first,
				     const struct rotor_bytes *anchors, size_t anchor_count,
				     rotor_time now)
{
	struct rotor_x509 anchor;
	walk->path_budget = X509_NO_PATH_LEN;
	for (size_t i = 0; i < anchor_count; i++) {
		if (rotor_bytes_equal(anchors[i], first->cert.der)) {
			walk->first_is_anchor = true;
			return in_time(&first->cert, now) ? ROTOR_OK : ROTOR_ERR_VERIFY;
		}
	}
	for (; walk->next_anchor < anchor_count; walk->next_anchor++) {
		const struct rotor_bytes *der = &anchors[walk->next_anchor];
		if (rotor_x509_read(der->data, der->len, &anchor) != ROTOR_OK ||
		    !rotor_bytes_equal(anchor.cert.subject, first->cert.issuer)) {
			continue;
		}
		enum rotor_status status = check_signature(crypto, &walk->job, first, &anchor);
		if (status == ROTOR_ERR_VERIFY) {
			continue; /* another one of that name */
		}
		if (status == ROTOR_OK) {
			bool ok = may_issue(&anchor.cert) && in_time(&anchor.cert, now) &&
				  in_time(&first->cert, now);
			limit_path(walk, &anchor);
			status = ok ? ROTOR_OK : ROTOR_ERR_VERIFY;
		}
		return status;
	}
	return ROTOR_ERR_UNTRUSTED;
}

/* Takes one step, from certs[walk->done - 1], which is found good, to the next. */
static enum rotor_status check_next(const struct rotor_crypto *crypto, struct rotor_x509_walk *walk,
				    const struct rotor_x509 *issuer,
				    const struct rotor_x509 *subject, rotor_time now)
{
	if (!rotor_bytes_equal(subject->cert.issuer, issuer->cert.subject) ||
	    !may_issue(&issuer->cert) || !in_time(&subject->cert, now)) {
		return ROTOR_ERR_VERIFY;
	}
	return check_signature(crypto, &walk->job, subject, issuer);
}

/* Whether another CA may stand below those before it; an anchor itself does not count. */
static bool spend_path(struct rotor_x509_walk *walk, const struct rotor_x509 *ca)
{
	bool is_anchor = walk->done == 0 && walk->first_is_anchor;
	bool self_issued = rotor_bytes_equal(ca->cert.issuer, ca->cert.subject);
	if (!is_anchor && !self_issued && walk->path_budget != X509_NO_PATH_LEN) {
		if (walk->path_budget == 0) {
			return false;
		}
		walk->path_budget--;
	}
	limit_path(walk, ca);
	return true;
}

enum rotor_status rotor_x509_walk(const struct rotor_crypto *crypto, struct rotor_x509_walk *walk,
				  const struct rotor_bytes *certs, size_t cert_count,
				  const struct rotor_bytes *anchors, size_t anchor_count,
				  rotor_time now)
{
	struct rotor_x509 issuer;
	struct rotor_x509 subject;
	if (cert_count == 0) {
		return ROTOR_ERR_ARGUMENT;
	}
	while (walk->done < cert_count) {
		const struct rotor_bytes *der = &certs[walk->done];
		enum rotor_status status = rotor_x509_read(der->data, der->len, &subject);
		if (status == ROTOR_OK && walk->done == 0) {
			status = find_anchor(crypto, walk, &subject, anchors, anchor_count, now);
		} else if (status == ROTOR_OK) {
			status = rotor_x509_read(der[-1].data, der[-1].len, &issuer);
			if (status == ROTOR_OK) {
				status = check_next(crypto, walk, &issuer, &subject, now);
			}
		}
		if (status == ROTOR_OK && walk->done + 1 < cert_count &&
		    !spend_path(walk, &subject)) {
			status = ROTOR_ERR_VERIFY;
		}
		if (status != ROTOR_OK) {
			return status;
		}
		walk->done++;
	}
	return ROTOR_OK;
}
