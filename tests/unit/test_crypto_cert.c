/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: what is written is read alike by both backends; chains hold or are refused alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/x509.h"
#include "rotor/der.h"
#include "support/pending_crypto.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

#define CERT_CAP 1024
#define DEPTH    4

/* A chain of certificates: [0] is the root. */
struct chain {
	struct rotor_soft_key keys[DEPTH];
	uint8_t der[DEPTH][CERT_CAP];
	struct rotor_bytes certs[DEPTH];
	struct rotor_cert parsed[DEPTH];
};

static const char *const names[DEPTH] = {"root", "intermediate", "device identity", "alias"};

static struct rotor_soft_key key_from(const struct rotor_crypto *crypto, enum rotor_sig_alg alg,
				      uint8_t fill)
{
	struct rotor_soft_key key;
	uint8_t seed[64];
	memset(seed, fill, sizeof(seed));
	assert_int_equal(crypto->key_derive(&key, alg, seed, sizeof(seed)), ROTOR_OK);
	return key;
}

/* 2026-01-01, within every certificate's validity unless a test changes it. */
#define NOW INT64_C(1767225600)

/* What one test changes in the certificate at one place of an otherwise right chain. */
struct change {
	size_t at;
	const char *not_before, *not_after;
	bool not_ca;
	int path_len; /* 1 more than the limit; 0: as many as there are */
};

static void write_cert(const struct rotor_crypto *crypto, struct chain *c, size_t i,
		       enum rotor_sig_alg alg, const struct change *change)
{
	static const uint8_t tcb_info[] = {0x30, 0x03, 0x80, 0x01, 'x'};
	struct rotor_crypto_job job = {0};
	size_t parent = i ? i - 1 : 0;
	size_t len;
	c->keys[i] = key_from(crypto, alg, (uint8_t)(i + 1));
	struct rotor_signer signer = rotor_soft_signer(&c->keys[parent]);
	struct rotor_cert_template t = {
	    .subject_cn = names[i],
	    .not_before = "20240101000000Z",
	    .not_after = i == DEPTH - 1 ? "99991231235959Z" : "20491231235959Z",
	    .key = &c->keys[i].public_key,
	    .issuer_key = &c->keys[parent].public_key,
	    .is_ca = i < DEPTH - 1,
	    .path_len = (uint8_t)(DEPTH - 2 - i),
	    .spdm_responder = i == DEPTH - 1,
	};
	if (i) {
		t.issuer = c->parsed[parent].subject;
	}
	if (i == DEPTH - 1) {
		t.tcb_info.data = tcb_info;
		t.tcb_info.len = sizeof(tcb_info);
	}
	if (change && change->at == i) {
		t.not_before = change->not_before ? change->not_before : t.not_before;
		t.not_after = change->not_after ? change->not_after : t.not_after;
		t.is_ca = t.is_ca && !change->not_ca;
		t.path_len = change->path_len ? (uint8_t)(change->path_len - 1) : t.path_len;
	}
	assert_int_equal(rotor_cert_write(crypto, &t, &signer, &job, c->der[i], CERT_CAP, &len),
			 ROTOR_OK);
	c->certs[i].data = c->der[i];
	c->certs[i].len = len;
	assert_int_equal(crypto->cert_parse(c->der[i], len, &c->parsed[i]), ROTOR_OK);
}

static void make_chain(const struct rotor_crypto *crypto, struct chain *c, enum rotor_sig_alg alg,
		       const struct change *change)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < DEPTH; i++) {
		write_cert(crypto, c, i, alg, change);
	}
}

static enum rotor_status verify(const struct rotor_crypto *crypto, const struct rotor_bytes *certs,
				size_t count, const struct rotor_bytes *anchors, size_t anchors_n,
				rotor_time now)
{
	struct rotor_crypto_job job = {0};
	return crypto->chain_verify(&job, certs, count, anchors, anchors_n, now);
}

static void a_chain_written_by_either_holds_in_both(void **state)
{
	(void)state;
	static const enum rotor_sig_alg algs[] = {ROTOR_SIG_ECDSA_P256, ROTOR_SIG_ECDSA_P384};
	for (size_t w = 0; w < ROTOR_COUNT_OF(backends); w++) {
		for (size_t a = 0; a < ROTOR_COUNT_OF(algs); a++) {
			struct chain c;
			make_chain(backends[w], &c, algs[a], NULL);
			for (size_t r = 0; r < ROTOR_COUNT_OF(backends); r++) {
				assert_int_equal(verify(backends[r], c.certs, DEPTH, c.certs, 1,
							ROTOR_TIME_UNKNOWN),
						 ROTOR_OK);
				assert_int_equal(
				    verify(backends[r], c.certs + 1, DEPTH - 1, c.certs, 1, NOW),
				    ROTOR_OK);
			}
		}
	}
}

/* ---- one certificate ---- */

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	for (size_t w = 0; w < ROTOR_COUNT_OF(backends); w++) {
		struct chain c;
		make_chain(backends[w], &c, ROTOR_SIG_ECDSA_P384, NULL);
		for (size_t r = 0; r < ROTOR_COUNT_OF(backends); r++) {
			for (size_t i = 0; i < DEPTH; i++) {
				bool leaf = i == DEPTH - 1;
				struct rotor_cert cert;
				assert_int_equal(
				    backends[r]->cert_parse(c.der[i], c.certs[i].len, &cert),
				    ROTOR_OK);
				assert_ptr_equal(cert.der.data, c.der[i]);
				assert_int_equal(cert.der.len, c.certs[i].len);
				struct rotor_bytes cn = rotor_name_common_name(cert.subject);
				assert_int_equal(cn.len, strlen(names[i]));
				assert_memory_equal(cn.data, names[i], cn.len);
				cn = rotor_name_common_name(cert.issuer);
				assert_memory_equal(cn.data, names[i ? i - 1 : 0], cn.len);
				assert_memory_equal(&cert.key, &c.keys[i].public_key,
						    sizeof(cert.key));
				assert_true(cert.not_before == INT64_C(1704067200));
				assert_true(cert.not_after ==
					    (leaf ? INT64_C(253402300799) : INT64_C(2524607999)));
				assert_int_equal(cert.is_ca, !leaf);
				assert_true(cert.has_key_usage);
				assert_int_equal(cert.may_certify, !leaf);
				assert_int_equal(cert.may_sign, leaf);
				assert_int_equal(cert.spdm_responder, leaf);
				assert_false(cert.spdm_requester);
				assert_int_equal(cert.tcb_info.len, leaf ? 5 : 0);
			}
		}
	}
}

static void openssl_itself_reads_what_is_written(void **state)
{
	(void)state;
	struct chain c;
	make_chain(&rotor_crypto_mbedtls, &c, ROTOR_SIG_ECDSA_P384, NULL);
	for (size_t i = 0; i < DEPTH; i++) {
		const unsigned char *at = c.der[i];
		X509 *x509 = d2i_X509(NULL, &at, (long)c.certs[i].len);
		assert_non_null(x509);
		BIO *text = BIO_new(BIO_s_mem());
		assert_true(X509_print(text, x509));
		char *data;
		long len = BIO_get_mem_data(text, &data);
		assert_true(len > 0);
		uint32_t flags = X509_get_extension_flags(x509);
		assert_false(flags & (EXFLAG_INVALID | EXFLAG_CRITICAL));
		assert_int_equal(!!(flags & EXFLAG_CA), i < DEPTH - 1);
		assert_int_equal(X509_get_pathlen(x509),
				 i < DEPTH - 1 ? (long)(DEPTH - 2 - i) : -1);
		assert_int_equal(ASN1_STRING_length(X509_get0_subject_key_id(x509)), 20);
		assert_int_equal(ASN1_STRING_length(X509_get0_authority_key_id(x509)), 20);
		assert_int_equal(ASN1_STRING_length(X509_get0_serialNumber(x509)), 20);
		assert_int_equal(ASN1_STRING_type(X509_get0_serialNumber(x509)), V_ASN1_INTEGER);
		assert_int_equal(X509_get_ext_count(x509), i < DEPTH - 1 ? 4 : 6);
		/* Encoded by OpenSSL, it is the same again. */
		unsigned char *again = NULL;
		assert_int_equal(i2d_X509(x509, &again), c.certs[i].len);
		assert_memory_equal(again, c.der[i], c.certs[i].len);
		OPENSSL_free(again);
		BIO_free(text);
		X509_free(x509);
	}
}

static void a_deterministic_signer_writes_the_same_bytes_twice(void **state)
{
	(void)state;
	struct chain one;
	struct chain two;
	make_chain(&rotor_crypto_mbedtls, &one, ROTOR_SIG_ECDSA_P384, NULL);
	/* Also if every signature takes its time. */
	static struct rotor_crypto_job job;
	const struct rotor_crypto *slow = pending_crypto(&rotor_crypto_mbedtls, 2);
	make_chain(&rotor_crypto_mbedtls, &two, ROTOR_SIG_ECDSA_P384, NULL);
	for (size_t i = 0; i < DEPTH; i++) {
		assert_int_equal(one.certs[i].len, two.certs[i].len);
		assert_memory_equal(one.der[i], two.der[i], one.certs[i].len);
	}
	struct rotor_soft_key key = key_from(slow, ROTOR_SIG_ECDSA_P384, 1);
	struct rotor_signer signer = rotor_soft_signer(&key);
	const struct rotor_cert_template t = {
	    .subject_cn = names[0],
	    .not_before = "20240101000000Z",
	    .not_after = "20491231235959Z",
	    .key = &key.public_key,
	    .issuer_key = &key.public_key,
	    .is_ca = true,
	    .path_len = DEPTH - 2,
	};
	uint8_t der[CERT_CAP];
	size_t len;
	enum rotor_status status;
	unsigned calls = 0;
	do {
		status = rotor_cert_write(slow, &t, &signer, &job, der, sizeof(der), &len);
		calls++;
	} while (status == ROTOR_PENDING);
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(calls, 3);
	assert_int_equal(len, one.certs[0].len);
	assert_memory_equal(der, one.der[0], len);
	for (size_t cap = 0; cap < len; cap++) {
		size_t none = 1;
		pending_crypto(&rotor_crypto_mbedtls, 0);
		if (cap % 7 == 0 || len - cap < 8) {
			assert_int_equal(rotor_cert_write(slow, &t, &signer, &job, der, cap, &none),
					 ROTOR_ERR_SPACE);
			assert_int_equal(none, 0);
		}
	}
}

static void what_cannot_be_written_is_refused(void **state)
{
	(void)state;
	const struct rotor_crypto *crypto = &rotor_crypto_mbedtls;
	struct rotor_soft_key key = key_from(crypto, ROTOR_SIG_ECDSA_P384, 1);
	struct rotor_signer signer = rotor_soft_signer(&key);
	struct rotor_crypto_job job = {0};
	uint8_t der[CERT_CAP];
	char long_name[66];
	size_t len;
	memset(long_name, 'n', 65);
	long_name[65] = 0;
	const struct {
		const char *cn, *from, *to;
		enum rotor_status status;
	} cases[] = {
	    {long_name + 1, "20240101000000Z", "99991231235959Z", ROTOR_OK},
	    {long_name, "20240101000000Z", "99991231235959Z", ROTOR_ERR_ARGUMENT},
	    {"", "20240101000000Z", "99991231235959Z", ROTOR_ERR_ARGUMENT},
	    {NULL, "20240101000000Z", "99991231235959Z", ROTOR_ERR_ARGUMENT},
	    {"a", "240101000000Z", "99991231235959Z", ROTOR_ERR_ARGUMENT},
	    {"a", "20240101000000Z", "99991231235959+", ROTOR_ERR_ARGUMENT},
	    {"a", "20240101000000Z", NULL, ROTOR_ERR_ARGUMENT},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		const struct rotor_cert_template t = {
		    .subject_cn = cases[i].cn,
		    .not_before = cases[i].from,
		    .not_after = cases[i].to,
		    .key = &key.public_key,
		    .issuer_key = &key.public_key,
		};
		assert_int_equal(
		    rotor_cert_write(crypto, &t, &signer, &job, der, sizeof(der), &len),
		    cases[i].status);
	}
	assert_int_equal(
	    rotor_csr_write(crypto, "", &key.public_key, &signer, &job, der, sizeof(der), &len),
	    ROTOR_ERR_ARGUMENT);
}

static void requests_are_written_and_read(void **state)
{
	(void)state;
	for (size_t w = 0; w < ROTOR_COUNT_OF(backends); w++) {
		struct rotor_soft_key key = key_from(backends[w], ROTOR_SIG_ECDSA_P384, 9);
		struct rotor_signer signer = rotor_soft_signer(&key);
		struct rotor_crypto_job job = {0};
		struct rotor_public_key read;
		struct rotor_bytes subject;
		uint8_t der[CERT_CAP];
		size_t len;
		assert_int_equal(rotor_csr_write(backends[w], "PRoT 1", &key.public_key, &signer,
						 &job, der, sizeof(der), &len),
				 ROTOR_OK);
		const unsigned char *at = der;
		X509_REQ *req = d2i_X509_REQ(NULL, &at, (long)len);
		assert_non_null(req);
		assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
		X509_REQ_free(req);
		for (size_t r = 0; r < ROTOR_COUNT_OF(backends); r++) {
			assert_int_equal(
			    rotor_csr_read(backends[r], &job, der, len, &read, &subject), ROTOR_OK);
			assert_memory_equal(&read, &key.public_key, sizeof(read));
			struct rotor_bytes cn = rotor_name_common_name(subject);
			assert_int_equal(cn.len, 6);
			assert_memory_equal(cn.data, "PRoT 1", 6);
			for (size_t n = 0; n < len; n++) {
				assert_int_equal(
				    rotor_csr_read(backends[r], &job, der, n, &read, &subject),
				    ROTOR_ERR_FORMAT);
			}
			for (size_t n = 0; n < len; n += 11) {
				der[n] ^= 1;
				assert_int_not_equal(
				    rotor_csr_read(backends[r], &job, der, len, &read, &subject),
				    ROTOR_OK);
				der[n] ^= 1;
			}
		}
	}
}

static void a_truncated_certificate_is_refused(void **state)
{
	(void)state;
	struct chain c;
	struct rotor_cert cert;
	make_chain(&rotor_crypto_mbedtls, &c, ROTOR_SIG_ECDSA_P256, NULL);
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		uint8_t *der = c.der[DEPTH - 1];
		size_t len = c.certs[DEPTH - 1].len;
		for (size_t n = 0; n < len; n++) {
			assert_int_equal(backends[b]->cert_parse(der, n, &cert), ROTOR_ERR_FORMAT);
		}
		der[len] = 0;
		assert_int_equal(backends[b]->cert_parse(der, len + 1, &cert), ROTOR_ERR_FORMAT);
	}
}

static void both_backends_read_a_damaged_certificate_alike(void **state)
{
	(void)state;
	struct chain c;
	make_chain(&rotor_crypto_mbedtls, &c, ROTOR_SIG_ECDSA_P256, NULL);
	uint8_t *der = c.der[DEPTH - 1];
	size_t len = c.certs[DEPTH - 1].len;
	for (size_t i = 0; i < len; i++) {
		for (unsigned bit = 0; bit < 8; bit += 3) {
			struct rotor_cert by[2];
			der[i] ^= (uint8_t)(1U << bit);
			enum rotor_status openssl = backends[0]->cert_parse(der, len, &by[0]);
			enum rotor_status mbedtls = backends[1]->cert_parse(der, len, &by[1]);
			/* OpenSSL looks into names and extensions that rotor passes over. */
			if (openssl == ROTOR_OK || mbedtls != ROTOR_OK) {
				assert_int_equal(openssl, mbedtls);
				assert_memory_equal(&by[0].key, &by[1].key, sizeof(by[0].key));
			}
			der[i] ^= (uint8_t)(1U << bit);
		}
	}
}

/* ---- chains ---- */

/* Replaces bytes in the signed part of certificate i and signs it anew. */
static void patch_and_sign(const struct rotor_crypto *crypto, struct chain *c, size_t i,
			   const char *find, const char *replace, size_t n)
{
	struct rotor_x509 x509;
	struct rotor_crypto_job job = {0};
	struct rotor_soft_key *issuer = &c->keys[i ? i - 1 : 0];
	uint8_t digest[ROTOR_HASH_MAX], raw[ROTOR_SIGNATURE_MAX], sig[128], out[CERT_CAP];
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
	assert_int_equal(crypto->key_sign(&job, issuer, ROTOR_HASH_SHA384, digest, raw), ROTOR_OK);
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
		struct change change;
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
			make_chain(backends[b], &c, ROTOR_SIG_ECDSA_P384, &cases[i].change);
			/* The root sent along, and left out. */
			for (size_t from = 0; from < 2; from++) {
				if (verify(backends[b], c.certs + from, DEPTH - from, c.certs, 1,
					   NOW) != cases[i].at_now ||
				    verify(backends[b], c.certs + from, DEPTH - from, c.certs, 1,
					   ROTOR_TIME_UNKNOWN) != cases[i].without_clock) {
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
			make_chain(backends[b], &c, ROTOR_SIG_ECDSA_P384, NULL);
			patch_and_sign(backends[b], &c, cases[i].at, cases[i].find,
				       cases[i].replace, cases[i].n);
			enum rotor_status status =
			    verify(backends[b], c.certs, DEPTH, c.certs, 1, NOW);
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
		size_t order[DEPTH + 1], count, anchor;
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
		make_chain(backends[b], &c, ROTOR_SIG_ECDSA_P384, NULL);
		for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
			struct rotor_bytes certs[DEPTH + 1];
			for (size_t n = 0; n < cases[i].count; n++) {
				certs[n] = c.certs[cases[i].order[n]];
			}
			enum rotor_status status = verify(backends[b], certs, cases[i].count,
							  &c.certs[cases[i].anchor], 1, NOW);
			if (status != cases[i].status) {
				fail_msg("%s: %s: %s", backends[b]->name, cases[i].what,
					 rotor_status_string(status));
			}
		}
		assert_int_equal(verify(backends[b], c.certs, 0, c.certs, 1, NOW),
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
		make_chain(backends[b], &ours, ROTOR_SIG_ECDSA_P384, NULL);
		/* The same names, other keys. */
		make_chain(backends[b], &theirs, ROTOR_SIG_ECDSA_P256, NULL);
		const struct rotor_bytes none = {rubbish, sizeof(rubbish)};
		const struct rotor_bytes anchors[] = {none, theirs.certs[0], ours.certs[0]};
		for (size_t from = 0; from < 2; from++) {
			const struct rotor_bytes *certs = ours.certs + from;
			size_t n = DEPTH - from;
			assert_int_equal(verify(backends[b], certs, n, anchors, 0, NOW),
					 ROTOR_ERR_UNTRUSTED);
			assert_int_equal(verify(backends[b], certs, n, anchors, 1, NOW),
					 ROTOR_ERR_UNTRUSTED);
			assert_int_equal(verify(backends[b], certs, n, anchors, 2, NOW),
					 ROTOR_ERR_UNTRUSTED);
			assert_int_equal(verify(backends[b], certs, n, anchors, 3, NOW), ROTOR_OK);
		}
		/* A link of a stranger's in the middle. */
		struct rotor_bytes mixed[DEPTH];
		memcpy(mixed, ours.certs, sizeof(mixed));
		mixed[2] = theirs.certs[2];
		assert_int_equal(verify(backends[b], mixed, DEPTH, &ours.certs[0], 1, NOW),
				 ROTOR_ERR_VERIFY);
	}
}

static void a_flipped_bit_or_byte_too_many_breaks_a_chain(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		struct chain c;
		make_chain(backends[b], &c, ROTOR_SIG_ECDSA_P384, NULL);
		uint8_t root[CERT_CAP];
		memcpy(root, c.der[0], c.certs[0].len);
		const struct rotor_bytes anchor = {root, c.certs[0].len};
		for (size_t i = 0; i < DEPTH; i++) {
			uint8_t *der = c.der[i];
			size_t len = c.certs[i].len;
			der[len - 1] ^= 1; /* in the signature */
			assert_int_equal(verify(backends[b], c.certs, DEPTH, &anchor, 1, NOW),
					 i ? ROTOR_ERR_VERIFY : ROTOR_ERR_UNTRUSTED);
			der[len - 1] ^= 1;
			c.certs[i].len++;
			der[len] = 0;
			assert_int_equal(verify(backends[b], c.certs, DEPTH, &anchor, 1, NOW),
					 ROTOR_ERR_FORMAT);
			c.certs[i].len = len - 1;
			assert_int_equal(verify(backends[b], c.certs, DEPTH, &anchor, 1, NOW),
					 ROTOR_ERR_FORMAT);
			c.certs[i].len = len;
			for (size_t at = 0; at < len; at += 29) {
				der[at] ^= 4;
				assert_int_not_equal(
				    verify(backends[b], c.certs, DEPTH, &anchor, 1, NOW), ROTOR_OK);
				der[at] ^= 4;
			}
		}
		assert_int_equal(verify(backends[b], c.certs, DEPTH, &anchor, 1, NOW), ROTOR_OK);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

/* A walk whose verifications are pending goes on where it was. */
static void a_walk_can_be_pending_at_every_link(void **state)
{
	(void)state;
	struct chain c;
	make_chain(&rotor_crypto_mbedtls, &c, ROTOR_SIG_ECDSA_P384, NULL);
	const struct rotor_crypto *slow = pending_crypto(&rotor_crypto_mbedtls, 2);
	for (size_t from = 0; from < 2; from++) {
		struct rotor_x509_walk walk = {0};
		unsigned pending = 0;
		enum rotor_status status;
		while ((status = rotor_x509_walk(slow, &walk, c.certs + from, DEPTH - from, c.certs,
						 1, NOW)) == ROTOR_PENDING) {
			pending++;
		}
		assert_int_equal(status, ROTOR_OK);
		assert_int_equal(pending, 2 * (DEPTH - 1));
	}
}

/* ---- certificates that others wrote ---- */

static EVP_PKEY *openssl_key(int bits)
{
	return bits ? EVP_RSA_gen((unsigned)bits) : EVP_EC_gen("P-384");
}

/* A self-signed CA made by OpenSSL. @return its size */
static size_t foreign_root(EVP_PKEY *key, const EVP_MD *md, uint8_t *der)
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
	assert_non_null(X509_time_adj_ex(X509_getm_notBefore(x509), 0, 0, &(time_t){NOW - 100}));
	assert_non_null(X509_time_adj_ex(X509_getm_notAfter(x509), 0, 0, &(time_t){NOW + 100}));
	assert_true(X509_set_pubkey(x509, key));
	X509_EXTENSION *ca =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_add_ext(x509, ca, -1));
	X509_EXTENSION_free(ca);
	assert_true(X509_sign(x509, key, md));
	unsigned char *at = der;
	int len = i2d_X509(x509, &at);
	assert_in_range(len, 1, CERT_CAP);
	X509_free(x509);
	return (size_t)len;
}

/* A leaf below a foreign root, signed with md. @return its size */
static size_t foreign_leaf(const uint8_t *root, size_t root_len, EVP_PKEY *key, const EVP_MD *md,
			   uint8_t *der)
{
	const unsigned char *from = root;
	X509 *issuer = d2i_X509(NULL, &from, (long)root_len);
	X509 *x509 = X509_dup(issuer);
	X509_EXTENSION_free(X509_delete_ext(x509, 0));
	assert_true(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "OU", MBSTRING_ASC,
					       (const unsigned char *)"leaf", -1, -1, 0));
	assert_true(X509_sign(x509, key, md));
	unsigned char *at = der;
	int len = i2d_X509(x509, &at);
	assert_in_range(len, 1, CERT_CAP);
	X509_free(issuer);
	X509_free(x509);
	return (size_t)len;
}

static void foreign_certificates_are_judged_by_their_algorithms(void **state)
{
	(void)state;
	static const struct {
		int rsa_bits;
		const char *md;
		enum rotor_status status;
	} cases[] = {
	    {0, "SHA256", ROTOR_OK},
	    {0, "SHA384", ROTOR_OK},
	    {0, "SHA512", ROTOR_OK},
	    {0, "SHA1", ROTOR_ERR_UNSUPPORTED},
	    {2048, "SHA256", ROTOR_ERR_UNSUPPORTED},
	    {2048, "SHA1", ROTOR_ERR_UNSUPPORTED},
	    {2048, "MD5", ROTOR_ERR_UNSUPPORTED},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t der[2][CERT_CAP];
		EVP_PKEY *key = openssl_key(cases[i].rsa_bits);
		const EVP_MD *md = EVP_get_digestbyname(cases[i].md);
		struct rotor_bytes certs[2];
		certs[0].data = der[0];
		certs[0].len = foreign_root(key, md, der[0]);
		certs[1].data = der[1];
		certs[1].len = foreign_leaf(der[0], certs[0].len, key, md, der[1]);
		for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
			struct rotor_cert cert;
			assert_int_equal(backends[b]->cert_parse(der[0], certs[0].len, &cert),
					 ROTOR_OK);
			assert_true(cert.is_ca);
			assert_false(cert.has_key_usage);
			assert_true(cert.not_before == NOW - 100);
			assert_int_equal(cert.key.alg,
					 cases[i].rsa_bits ? ROTOR_SIG_NONE : ROTOR_SIG_ECDSA_P384);
			assert_int_equal(verify(backends[b], certs, 2, certs, 1, NOW),
					 cases[i].status);
			assert_int_equal(verify(backends[b], certs, 2, certs, 1, NOW + 101),
					 ROTOR_ERR_VERIFY);
		}
		EVP_PKEY_free(key);
	}
}

/* ---- splitting ---- */

static void a_chain_is_split_into_its_certificates(void **state)
{
	(void)state;
	static const uint8_t bytes[] = {0x30, 0x01, 0xaa, 0x30, 0x00, 0x30, 0x02, 0xbb, 0xcc};
	struct rotor_bytes certs[3];
	size_t count;
	assert_int_equal(
	    rotor_cert_split((struct rotor_bytes){bytes, sizeof(bytes)}, certs, 3, &count),
	    ROTOR_OK);
	assert_int_equal(count, 3);
	assert_ptr_equal(certs[1].data, bytes + 3);
	assert_int_equal(certs[1].len, 2);
	assert_int_equal(certs[2].len, 4);
	assert_int_equal(
	    rotor_cert_split((struct rotor_bytes){bytes, sizeof(bytes)}, certs, 2, &count),
	    ROTOR_ERR_SPACE);
	assert_int_equal(count, 0);
	for (size_t n = 0; n < sizeof(bytes); n++) {
		bool at_end = n == 3 || n == 5;
		assert_int_equal(rotor_cert_split((struct rotor_bytes){bytes, n}, certs, 3, &count),
				 at_end ? ROTOR_OK : ROTOR_ERR_FORMAT);
	}
	static const uint8_t set[] = {0x30, 0x00, 0x31, 0x00};
	assert_int_equal(rotor_cert_split((struct rotor_bytes){set, sizeof(set)}, certs, 3, &count),
			 ROTOR_ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_chain_written_by_either_holds_in_both),
	    cmocka_unit_test(what_is_written_is_read_back),
	    cmocka_unit_test(openssl_itself_reads_what_is_written),
	    cmocka_unit_test(a_deterministic_signer_writes_the_same_bytes_twice),
	    cmocka_unit_test(what_cannot_be_written_is_refused),
	    cmocka_unit_test(requests_are_written_and_read),
	    cmocka_unit_test(a_truncated_certificate_is_refused),
	    cmocka_unit_test(both_backends_read_a_damaged_certificate_alike),
	    cmocka_unit_test(a_chain_with_a_wrong_certificate_is_refused),
	    cmocka_unit_test(a_rightly_signed_certificate_may_still_be_wrong),
	    cmocka_unit_test(certificates_in_the_wrong_places_are_refused),
	    cmocka_unit_test(strangers_are_not_trusted),
	    cmocka_unit_test(a_flipped_bit_or_byte_too_many_breaks_a_chain),
	    cmocka_unit_test(a_walk_can_be_pending_at_every_link),
	    cmocka_unit_test(foreign_certificates_are_judged_by_their_algorithms),
	    cmocka_unit_test(a_chain_is_split_into_its_certificates),
	};
	return cmocka_run_group_tests_name("crypto_cert", tests, NULL, NULL);
}
