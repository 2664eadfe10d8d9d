/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of certificates hold, or are refused, alike in both backends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/x509.h"
#include "rotor/der.h"
#include "support/cert_chain.h"
#include "support/pending_crypto.h"
#include "support/to_end.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

static enum rotor_status verify(const struct rotor_crypto *crypto, const struct rotor_bytes *certs,
				size_t count, const struct rotor_bytes *anchors, size_t anchors_n,
				rotor_time now)
{
	return chain_verify_to_end(crypto, certs, count, anchors, anchors_n, now);
}

static void a_chain_written_by_either_holds_in_both(void **state)
{
	(void)state;
	static const enum rotor_sig_alg algs[] = {
	    ROTOR_SIG_ECDSA_P256,    ROTOR_SIG_ECDSA_P384,    ROTOR_SIG_ECDSA_P521,
	    ROTOR_SIG_RSA2048_PSS,   ROTOR_SIG_RSA3072_PSS,   ROTOR_SIG_RSA4096_PSS,
	    ROTOR_SIG_RSA2048_PKCS1, ROTOR_SIG_RSA3072_PKCS1, ROTOR_SIG_RSA4096_PKCS1,
	    ROTOR_SIG_ED25519,       ROTOR_SIG_ED448};
	for (size_t w = 0; w < ROTOR_COUNT_OF(backends); w++) {
		for (size_t a = 0; a < ROTOR_COUNT_OF(algs); a++) {
			struct chain c;
			if (!(backends[w]->sigs & ROTOR_BIT(algs[a]))) {
				continue;
			}
			chain_make(backends[w], &c, algs[a], NULL);
			for (size_t r = 0; r < ROTOR_COUNT_OF(backends); r++) {
				bool has = backends[r]->sigs & ROTOR_BIT(algs[a]);
				enum rotor_status want = has ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED;
				assert_int_equal(verify(backends[r], c.certs, CHAIN_DEPTH, c.certs,
							1, ROTOR_TIME_UNKNOWN),
						 want);
				assert_int_equal(verify(backends[r], c.certs + 1, CHAIN_DEPTH - 1,
							c.certs, 1, CHAIN_NOW),
						 want);
			}
		}
	}
}

/* ---- chains ---- */

/* Replaces bytes in the signed part of certificate i and signs it anew. */
static void patch_and_sign(const struct rotor_crypto *crypto, struct chain *c, size_t i,
			   const char *find, const char *replace, size_t n)
{
	struct rotor_x509 x509;
	struct rotor_soft_key *issuer = &c->keys[i ? i - 1 : 0];
	uint8_t digest[ROTOR_HASH_MAX], raw[ROTOR_SIGNATURE_MAX], sig[128], out[CHAIN_CERT_CAP];
	unsigned hits = 0;
	size_t sig_len;
	for (size_t at = 0; at + n <= c->certs[i].len; at++) {
		if (memcmp(c->der[i] + at, find, n) == 0) {
			memcpy(c->der[i] + at, replace, n);
			hits++;
		}
	}
	assert_true(hits >= 1);
	(void)!rotor_x509_read(c->der[i], c->certs[i].len, &x509);
	assert_int_equal(rotor_hash_parts(crypto, ROTOR_HASH_SHA384, &x509.tbs, 1, digest),
			 ROTOR_OK);
	const struct rotor_signer signer = rotor_soft_signer(issuer);
	assert_int_equal(sign_to_end(&signer, ROTOR_HASH_SHA384, digest, raw), ROTOR_OK);
	assert_int_equal(rotor_ecdsa_to_der(ROTOR_SIG_ECDSA_P384, raw, sig, sizeof(sig), &sig_len),
			 ROTOR_OK);
	struct rotor_writer w = rotor_writer(out, sizeof(out));
	size_t cert = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
	rotor_write_bytes(&w, x509.tbs.data, x509.tbs.len);
	struct rotor_reader algorithm =
	    rotor_reader(x509.tbs.data + x509.tbs.len, 12); /* an AlgorithmIdentifier's size */
	rotor_write_bytes(&w, algorithm.at, algorithm.left);
	rotor_der_write_bits(&w, ROTOR_DER_BIT_STRING, sig, sig_len, 0);
	rotor_der_end(&w, cert);
	assert_int_equal(rotor_writer_end(&w, &c->certs[i].len), ROTOR_OK);
	memcpy(c->der[i], out, c->certs[i].len);
}

/* Chains that are wrong in what one certificate says. */
static void a_chain_with_a_wrong_certificate_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct chain_change change;
		enum rotor_status at_now, without_clock;
	} cases[] = {
	    {"nothing", {.at = 1}, ROTOR_OK, ROTOR_OK},
	    {"root expired", {.at = 0, .not_after = "20251231235959Z"}, ROTOR_ERR_VERIFY, ROTOR_OK},
	    {"intermediate expired",
	     {.at = 1, .not_after = "20251231235959Z"},
	     ROTOR_ERR_VERIFY,
	     ROTOR_OK},
	    {"leaf expired", {.at = 3, .not_after = "20251231235959Z"}, ROTOR_ERR_VERIFY, ROTOR_OK},
	    {"leaf valid to this second",
	     {.at = 3, .not_after = "20260101000000Z"},
	     ROTOR_OK,
	     ROTOR_OK},
	    {"leaf valid from this second",
	     {.at = 3, .not_before = "20260101000000Z"},
	     ROTOR_OK,
	     ROTOR_OK},
	    {"root not yet valid",
	     {.at = 0, .not_before = "20260101000001Z"},
	     ROTOR_ERR_VERIFY,
	     ROTOR_OK},
	    {"leaf not yet valid",
	     {.at = 3, .not_before = "20260101000001Z"},
	     ROTOR_ERR_VERIFY,
	     ROTOR_OK},
	    {"root no CA", {.at = 0, .not_ca = true}, ROTOR_ERR_VERIFY, ROTOR_ERR_VERIFY},
	    {"intermediate no CA", {.at = 1, .not_ca = true}, ROTOR_ERR_VERIFY, ROTOR_ERR_VERIFY},
	    {"identity no CA", {.at = 2, .not_ca = true}, ROTOR_ERR_VERIFY, ROTOR_ERR_VERIFY},
	    {"root allows one CA", {.at = 0, .path_len = 2}, ROTOR_ERR_VERIFY, ROTOR_ERR_VERIFY},
	    {"root allows no CA", {.at = 0, .path_len = 1}, ROTOR_ERR_VERIFY, ROTOR_ERR_VERIFY},
	    {"intermediate allows no CA",
	     {.at = 1, .path_len = 1},
	     ROTOR_ERR_VERIFY,
	     ROTOR_ERR_VERIFY},
	    {"identity allows more", {.at = 2, .path_len = 9}, ROTOR_OK, ROTOR_OK},
	};
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
			struct chain c;
			chain_make(backends[b], &c, ROTOR_SIG_ECDSA_P384, &cases[i].change);
			/* The root sent along, and left out. */
			for (size_t from = 0; from < 2; from++) {
				if (verify(backends[b], c.certs + from, CHAIN_DEPTH - from, c.certs,
					   1, CHAIN_NOW) != cases[i].at_now ||
				    verify(backends[b], c.certs + from, CHAIN_DEPTH - from, c.certs,
					   1, ROTOR_TIME_UNKNOWN) != cases[i].without_clock) {
					fail_msg("%s: %s", backends[b]->name, cases[i].what);
				}
			}
		}
	}
}

/* Chains in which one certificate was changed and signed again by its rightful issuer. */
static void a_rightly_signed_certificate_may_still_be_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		size_t at;
		const char *find, *replace;
		size_t n;
		enum rotor_status status;
	} cases[] = {
	    {"changed and signed again", 1, "intermediate", "INTERMEDIATE", 0, ROTOR_OK},
	    {"no keyCertSign", 1, "\x03\x02\x02\x04", "\x03\x02\x02\x40", 4, ROTOR_ERR_VERIFY},
	    {"unknown critical extension", 3, "\x55\x1d\x0f", "\x55\x1d\x77", 3,
	     ROTOR_ERR_UNSUPPORTED},
	    {"unknown critical extension of a CA", 1, "\x55\x1d\x0f", "\x55\x1d\x77", 3,
	     ROTOR_ERR_UNSUPPORTED},
	    {"name constraints", 1, "\x55\x1d\x0f", "\x55\x1d\x1e", 3, ROTOR_ERR_UNSUPPORTED},
	    {"an extension twice", 3, "\x55\x1d\x0f", "\x55\x1d\x13", 3, ROTOR_ERR_FORMAT},
	    {"another subject", 1, "intermediate", "intermediat3", 12, ROTOR_ERR_VERIFY},
	    {"ecdsa-with-SHA224", 3, "\xce\x3d\x04\x03\x03", "\xce\x3d\x04\x03\x01", 5,
	     ROTOR_ERR_UNSUPPORTED},
	    {"SHA-256 said, SHA-384 signed", 3, "\xce\x3d\x04\x03\x03", "\xce\x3d\x04\x03\x02", 5,
	     ROTOR_ERR_VERIFY},
	    {"version 2 with extensions", 3, "\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x01", 5,
	     ROTOR_ERR_FORMAT},
	    {"version 4", 3, "\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x03", 5, ROTOR_ERR_FORMAT},
	    {"the 13th month", 3, "240101", "241301", 6, ROTOR_ERR_FORMAT},
	    {"the 30th of February", 3, "240101", "240230", 6, ROTOR_ERR_FORMAT},
	    {"a leap day", 3, "240101", "240229", 6, ROTOR_OK},
	    {"a leap day that is none", 3, "240101", "230229", 6, ROTOR_ERR_FORMAT},
	    {"no seconds", 3, "0000Z", "00Z00", 5, ROTOR_ERR_FORMAT},
	};
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
			struct chain c;
			chain_make(backends[b], &c, ROTOR_SIG_ECDSA_P384, NULL);
			patch_and_sign(backends[b], &c, cases[i].at, cases[i].find,
				       cases[i].replace, cases[i].n);
			enum rotor_status status =
			    verify(backends[b], c.certs, CHAIN_DEPTH, c.certs, 1, CHAIN_NOW);
			if (status != cases[i].status) {
				fail_msg("%s: %s: %s", backends[b]->name, cases[i].what,
					 rotor_status_string(status));
			}
		}
	}
}

static void certificates_in_the_wrong_places_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		size_t order[CHAIN_DEPTH + 1], count, anchor;
		enum rotor_status status;
	} cases[] = {
	    {"right", {0, 1, 2, 3}, 4, 0, ROTOR_OK},
	    {"leaf first", {3, 2, 1, 0}, 4, 0, ROTOR_ERR_UNTRUSTED},
	    {"two change places", {0, 2, 1, 3}, 4, 0, ROTOR_ERR_VERIFY},
	    {"intermediate missing", {0, 2, 3}, 3, 0, ROTOR_ERR_VERIFY},
	    {"identity missing", {0, 1, 3}, 3, 0, ROTOR_ERR_VERIFY},
	    {"intermediate missing below an anchor not sent", {2, 3}, 2, 0, ROTOR_ERR_UNTRUSTED},
	    {"anchor is the intermediate, sent", {1, 2, 3}, 3, 1, ROTOR_OK},
	    {"anchor is the intermediate, not sent", {2, 3}, 2, 1, ROTOR_OK},
	    {"more above the anchor than it vouches for", {0, 1, 2, 3}, 4, 1, ROTOR_ERR_UNTRUSTED},
	    {"anchor is the leaf", {3}, 1, 3, ROTOR_OK},
	    {"anchor is the leaf, chain is whole", {0, 1, 2, 3}, 4, 3, ROTOR_ERR_UNTRUSTED},
	    {"anchor alone", {0}, 1, 0, ROTOR_OK},
	    {"chain ends early", {0, 1}, 2, 0, ROTOR_OK},
	    {"root twice", {0, 0, 1, 2, 3}, 5, 0, ROTOR_OK}, /* self-issued: a link like others */
	    {"intermediate twice", {0, 1, 1, 2, 3}, 5, 0, ROTOR_ERR_VERIFY},
	    {"something after the leaf", {0, 1, 2, 3, 3}, 5, 0, ROTOR_ERR_VERIFY},
	};
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		struct chain c;
		chain_make(backends[b], &c, ROTOR_SIG_ECDSA_P384, NULL);
		for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
			struct rotor_bytes certs[CHAIN_DEPTH + 1];
			for (size_t n = 0; n < cases[i].count; n++) {
				certs[n] = c.certs[cases[i].order[n]];
			}
			enum rotor_status status = verify(backends[b], certs, cases[i].count,
							  &c.certs[cases[i].anchor], 1, CHAIN_NOW);
			if (status != cases[i].status) {
				fail_msg("%s: %s: %s", backends[b]->name, cases[i].what,
					 rotor_status_string(status));
			}
		}
		assert_int_equal(verify(backends[b], c.certs, 0, c.certs, 1, CHAIN_NOW),
				 ROTOR_ERR_ARGUMENT);
	}
}

static void strangers_are_not_trusted(void **state)
{
	(void)state;
	static const uint8_t rubbish[] = {0x30, 0x02, 0x05, 0x00};
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		struct chain ours;
		struct chain theirs;
		chain_make(backends[b], &ours, ROTOR_SIG_ECDSA_P384, NULL);
		/* The same names, other keys. */
		chain_make(backends[b], &theirs, ROTOR_SIG_ECDSA_P256, NULL);
		const struct rotor_bytes none = {rubbish, sizeof(rubbish)};
		const struct rotor_bytes anchors[] = {none, theirs.certs[0], ours.certs[0]};
		for (size_t from = 0; from < 2; from++) {
			const struct rotor_bytes *certs = ours.certs + from;
			size_t n = CHAIN_DEPTH - from;
			assert_int_equal(verify(backends[b], certs, n, anchors, 0, CHAIN_NOW),
					 ROTOR_ERR_UNTRUSTED);
			assert_int_equal(verify(backends[b], certs, n, anchors, 1, CHAIN_NOW),
					 ROTOR_ERR_UNTRUSTED);
			assert_int_equal(verify(backends[b], certs, n, anchors, 2, CHAIN_NOW),
					 ROTOR_ERR_UNTRUSTED);
			assert_int_equal(verify(backends[b], certs, n, anchors, 3, CHAIN_NOW),
					 ROTOR_OK);
		}
		/* A link of a stranger's in the middle. */
		struct rotor_bytes mixed[CHAIN_DEPTH];
		memcpy(mixed, ours.certs, sizeof(mixed));
		mixed[2] = theirs.certs[2];
		assert_int_equal(
		    verify(backends[b], mixed, CHAIN_DEPTH, &ours.certs[0], 1, CHAIN_NOW),
		    ROTOR_ERR_VERIFY);
	}
}

static void a_flipped_bit_or_byte_too_many_breaks_a_chain(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		struct chain c;
		chain_make(backends[b], &c, ROTOR_SIG_ECDSA_P384, NULL);
		uint8_t root[CHAIN_CERT_CAP];
		memcpy(root, c.der[0], c.certs[0].len);
		const struct rotor_bytes anchor = {root, c.certs[0].len};
		for (size_t i = 0; i < CHAIN_DEPTH; i++) {
			uint8_t *der = c.der[i];
			size_t len = c.certs[i].len;
			der[len - 1] ^= 1; /* in the signature */
			assert_int_equal(
			    verify(backends[b], c.certs, CHAIN_DEPTH, &anchor, 1, CHAIN_NOW),
			    i ? ROTOR_ERR_VERIFY : ROTOR_ERR_UNTRUSTED);
			der[len - 1] ^= 1;
			c.certs[i].len++;
			der[len] = 0;
			assert_int_equal(
			    verify(backends[b], c.certs, CHAIN_DEPTH, &anchor, 1, CHAIN_NOW),
			    ROTOR_ERR_FORMAT);
			c.certs[i].len = len - 1;
			assert_int_equal(
			    verify(backends[b], c.certs, CHAIN_DEPTH, &anchor, 1, CHAIN_NOW),
			    ROTOR_ERR_FORMAT);
			c.certs[i].len = len;
			for (size_t at = 0; at < len; at += 67) {
				der[at] ^= 4;
				assert_int_not_equal(verify(backends[b], c.certs, CHAIN_DEPTH,
							    &anchor, 1, CHAIN_NOW),
						     ROTOR_OK);
				der[at] ^= 4;
			}
		}
		assert_int_equal(verify(backends[b], c.certs, CHAIN_DEPTH, &anchor, 1, CHAIN_NOW),
				 ROTOR_OK);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

/* A walk whose verifications are pending goes on where it was. */
static void a_walk_can_be_pending_at_every_link(void **state)
{
	(void)state;
	struct chain c;
	chain_make(&rotor_crypto_mbedtls, &c, ROTOR_SIG_ECDSA_P384, NULL);
	const struct rotor_crypto *slow = pending_crypto(&rotor_crypto_openssl, 2);
	for (size_t from = 0; from < 2; from++) {
		struct rotor_x509_walk walk = {0};
		unsigned pending = 0;
		enum rotor_status status;
		while ((status = rotor_x509_walk(slow, &walk, c.certs + from, CHAIN_DEPTH - from,
						 c.certs, 1, CHAIN_NOW)) == ROTOR_PENDING) {
			pending++;
		}
		assert_int_equal(status, ROTOR_OK);
		assert_int_equal(pending, 2 * (CHAIN_DEPTH - 1));
	}
}

/* ---- certificates that others wrote ---- */

/* What a foreign certificate is signed with, and what rotor makes of it. */
struct foreign {
	const char *type, *group; /* of the key: OpenSSL's names */
	unsigned bits;
	const char *md;   /* NULL: EdDSA has none */
	const char *mgf1; /* PSS, with this in MGF1 */
	int salt;
	enum rotor_sig_alg key; /* as rotor reads it */
	enum rotor_hash_alg hash;
	bool unknown; /* no algorithm of rotor's */
};

static EVP_PKEY *openssl_key(const struct foreign *f)
{
	EVP_PKEY *key = f->bits    ? EVP_RSA_gen(f->bits)
			: f->group ? EVP_EC_gen(f->group)
				   : EVP_PKEY_Q_keygen(NULL, NULL, f->type);
	assert_non_null(key);
	return key;
}

static void sign_foreign(X509 *x509, EVP_PKEY *key, const struct foreign *f)
{
	const EVP_MD *md = f->md ? EVP_get_digestbyname(f->md) : NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	assert_true(EVP_DigestSignInit(ctx, &how, md, NULL, key) > 0);
	if (f->mgf1) {
		assert_true(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) > 0);
		assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, f->salt) > 0);
		assert_true(EVP_PKEY_CTX_set_rsa_mgf1_md(how, EVP_get_digestbyname(f->mgf1)) > 0);
	}
	assert_true(X509_sign_ctx(x509, ctx));
	EVP_MD_CTX_free(ctx);
}

/* A self-signed CA made by OpenSSL. @return its size */
static size_t foreign_root(EVP_PKEY *key, const struct foreign *f, uint8_t *der)
{
	X509 *x509 = X509_new();
	X509_NAME *name = X509_get_subject_name(x509);
	assert_true(X509_set_version(x509, X509_VERSION_3));
	assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x509), 77));
	assert_true(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
					       (const unsigned char *)"Somebody", -1, -1, 0));
	assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					       (const unsigned char *)"Root", -1, -1, 0));
	assert_true(X509_set_issuer_name(x509, name));
	assert_non_null(
	    X509_time_adj_ex(X509_getm_notBefore(x509), 0, 0, &(time_t){CHAIN_NOW - 100}));
	assert_non_null(
	    X509_time_adj_ex(X509_getm_notAfter(x509), 0, 0, &(time_t){CHAIN_NOW + 100}));
	assert_true(X509_set_pubkey(x509, key));
	X509_EXTENSION *ca =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_add_ext(x509, ca, -1));
	X509_EXTENSION_free(ca);
	sign_foreign(x509, key, f);
	unsigned char *at = der;
	int len = i2d_X509(x509, &at);
	assert_in_range(len, 1, CHAIN_CERT_CAP);
	X509_free(x509);
	return (size_t)len;
}

/* A leaf below a foreign root. @return its size */
static size_t foreign_leaf(const uint8_t *root, size_t root_len, EVP_PKEY *key,
			   const struct foreign *f, uint8_t *der)
{
	const unsigned char *from = root;
	X509 *issuer = d2i_X509(NULL, &from, (long)root_len);
	X509 *x509 = X509_dup(issuer);
	X509_EXTENSION_free(X509_delete_ext(x509, 0));
	assert_true(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "OU", MBSTRING_ASC,
					       (const unsigned char *)"leaf", -1, -1, 0));
	sign_foreign(x509, key, f);
	unsigned char *at = der;
	int len = i2d_X509(x509, &at);
	assert_in_range(len, 1, CHAIN_CERT_CAP);
	X509_free(issuer);
	X509_free(x509);
	return (size_t)len;
}

static void foreign_certificates_are_judged_by_their_algorithms(void **state)
{
	(void)state;
	static const struct foreign cases[] = {
	    {.group = "P-256",
	     .md = "SHA256",
	     .key = ROTOR_SIG_ECDSA_P256,
	     .hash = ROTOR_HASH_SHA256},
	    {.group = "P-384",
	     .md = "SHA256",
	     .key = ROTOR_SIG_ECDSA_P384,
	     .hash = ROTOR_HASH_SHA256},
	    {.group = "P-384",
	     .md = "SHA384",
	     .key = ROTOR_SIG_ECDSA_P384,
	     .hash = ROTOR_HASH_SHA384},
	    {.group = "P-384",
	     .md = "SHA512",
	     .key = ROTOR_SIG_ECDSA_P384,
	     .hash = ROTOR_HASH_SHA512},
	    {.group = "P-384", .md = "SHA1", .key = ROTOR_SIG_ECDSA_P384, .unknown = true},
	    {.group = "P-521",
	     .md = "SHA512",
	     .key = ROTOR_SIG_ECDSA_P521,
	     .hash = ROTOR_HASH_SHA512},
	    {.group = "P-384", .md = "SHA3-384", .key = ROTOR_SIG_ECDSA_P384, .unknown = true},
	    {.group = "P-224", .md = "SHA256", .unknown = true},
	    {.bits = 2048, .md = "SHA256", .key = ROTOR_SIG_RSA2048_PSS, .hash = ROTOR_HASH_SHA256},
	    {.bits = 2048, .md = "SHA384", .key = ROTOR_SIG_RSA2048_PSS, .hash = ROTOR_HASH_SHA384},
	    {.bits = 3072, .md = "SHA512", .key = ROTOR_SIG_RSA3072_PSS, .hash = ROTOR_HASH_SHA512},
	    {.bits = 2048,
	     .md = "SHA3-256",
	     .key = ROTOR_SIG_RSA2048_PSS,
	     .hash = ROTOR_HASH_SHA3_256},
	    {.bits = 2048, .md = "SHA1", .key = ROTOR_SIG_RSA2048_PSS, .unknown = true},
	    {.bits = 2048, .md = "MD5", .key = ROTOR_SIG_RSA2048_PSS, .unknown = true},
	    {.bits = 1024, .md = "SHA256", .unknown = true},
	    {.bits = 2048,
	     .md = "SHA256",
	     .mgf1 = "SHA256",
	     .salt = 32,
	     .key = ROTOR_SIG_RSA2048_PSS,
	     .hash = ROTOR_HASH_SHA256},
	    {.bits = 2048,
	     .md = "SHA384",
	     .mgf1 = "SHA384",
	     .salt = 48,
	     .key = ROTOR_SIG_RSA2048_PSS,
	     .hash = ROTOR_HASH_SHA384},
	    {.bits = 2048,
	     .md = "SHA512",
	     .mgf1 = "SHA512",
	     .salt = 64,
	     .key = ROTOR_SIG_RSA2048_PSS,
	     .hash = ROTOR_HASH_SHA512},
	    {.bits = 2048,
	     .md = "SHA256",
	     .mgf1 = "SHA384",
	     .salt = 32,
	     .key = ROTOR_SIG_RSA2048_PSS,
	     .unknown = true},
	    {.bits = 2048,
	     .md = "SHA256",
	     .mgf1 = "SHA256",
	     .salt = 20,
	     .key = ROTOR_SIG_RSA2048_PSS,
	     .unknown = true},
	    {.type = "ED25519", .key = ROTOR_SIG_ED25519},
	    {.type = "ED448", .key = ROTOR_SIG_ED448},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t der[2][CHAIN_CERT_CAP];
		EVP_PKEY *key = openssl_key(&cases[i]);
		struct rotor_bytes certs[2];
		certs[0].data = der[0];
		certs[0].len = foreign_root(key, &cases[i], der[0]);
		certs[1].data = der[1];
		certs[1].len = foreign_leaf(der[0], certs[0].len, key, &cases[i], der[1]);
		for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
			struct rotor_cert cert;
			bool has = backends[b]->sigs & ROTOR_BIT(cases[i].key);
			bool can = has && !cases[i].unknown &&
				   (!cases[i].md || backends[b]->hashes & ROTOR_BIT(cases[i].hash));
			assert_int_equal(backends[b]->cert_parse(der[0], certs[0].len, &cert),
					 ROTOR_OK);
			assert_true(cert.is_ca);
			assert_false(cert.has_key_usage);
			assert_true(cert.not_before == CHAIN_NOW - 100);
			assert_int_equal(cert.key.alg, has ? cases[i].key : ROTOR_SIG_NONE);
			if (verify(backends[b], certs, 2, certs, 1, CHAIN_NOW) !=
			    (can ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED)) {
				fail_msg("%s: case %zu", backends[b]->name, i);
			}
			assert_int_equal(verify(backends[b], certs, 2, certs, 1, CHAIN_NOW + 101),
					 ROTOR_ERR_VERIFY);
			/* the last byte of a signature */
			der[1][certs[1].len - 1] ^= 1;
			assert_int_equal(verify(backends[b], certs, 2, certs, 1, CHAIN_NOW),
					 can ? ROTOR_ERR_VERIFY : ROTOR_ERR_UNSUPPORTED);
			der[1][certs[1].len - 1] ^= 1;
		}
		EVP_PKEY_free(key);
	}
}

/* Roots of one name, and certificates below them that have no key identifiers: each vouches for its own, in any order. */
static void roots_of_one_name_are_told_apart(void **state)
{
	(void)state;
	static const struct foreign p384 = {.group = "P-384", .md = "SHA384"};
	uint8_t der[2][2][CHAIN_CERT_CAP];
	struct rotor_bytes certs[2][2];
	for (size_t i = 0; i < 2; i++) {
		EVP_PKEY *key = openssl_key(&p384);
		certs[i][0].data = der[i][0];
		certs[i][0].len = foreign_root(key, &p384, der[i][0]);
		certs[i][1].data = der[i][1];
		certs[i][1].len = foreign_leaf(der[i][0], certs[i][0].len, key, &p384, der[i][1]);
		EVP_PKEY_free(key);
	}
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < 4; i++) {
			size_t first = i & 1, of = i >> 1;
			const struct rotor_bytes anchors[] = {certs[first][0], certs[!first][0]};
			assert_int_equal(verify(backends[b], certs[of], 2, anchors, 2, CHAIN_NOW),
					 ROTOR_OK);
			assert_int_equal(
			    verify(backends[b], certs[of] + 1, 1, anchors, 2, CHAIN_NOW), ROTOR_OK);
			assert_int_equal(verify(backends[b], certs[of], 2, anchors, 1, CHAIN_NOW) ==
					     ROTOR_OK,
					 of == first);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_chain_written_by_either_holds_in_both),
	    cmocka_unit_test(roots_of_one_name_are_told_apart),
	    cmocka_unit_test(a_chain_with_a_wrong_certificate_is_refused),
	    cmocka_unit_test(a_rightly_signed_certificate_may_still_be_wrong),
	    cmocka_unit_test(certificates_in_the_wrong_places_are_refused),
	    cmocka_unit_test(strangers_are_not_trusted),
	    cmocka_unit_test(a_flipped_bit_or_byte_too_many_breaks_a_chain),
	    cmocka_unit_test(a_walk_can_be_pending_at_every_link),
	    cmocka_unit_test(foreign_certificates_are_judged_by_their_algorithms),
	};
	return cmocka_run_group_tests_name("crypto_chain", tests, NULL, NULL);
}
