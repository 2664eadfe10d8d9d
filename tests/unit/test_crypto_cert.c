/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and requests: what is written is read alike by both backends. */
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

#include "support/cert_chain.h"
#include "support/pending_crypto.h"
#include "support/to_end.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

/* ---- one certificate ---- */

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	for (size_t w = 0; w < ROTOR_COUNT_OF(backends); w++) {
		struct chain c;
		chain_make(backends[w], &c, ROTOR_SIG_ECDSA_P384, NULL);
		for (size_t r = 0; r < ROTOR_COUNT_OF(backends); r++) {
			for (size_t i = 0; i < CHAIN_DEPTH; i++) {
				bool leaf = i == CHAIN_DEPTH - 1;
				struct rotor_cert cert;
				assert_int_equal(
				    backends[r]->cert_parse(c.der[i], c.certs[i].len, &cert),
				    ROTOR_OK);
				assert_ptr_equal(cert.der.data, c.der[i]);
				assert_int_equal(cert.der.len, c.certs[i].len);
				struct rotor_bytes cn = rotor_name_common_name(cert.subject);
				assert_int_equal(cn.len, strlen(chain_names[i]));
				assert_memory_equal(cn.data, chain_names[i], cn.len);
				cn = rotor_name_common_name(cert.issuer);
				assert_memory_equal(cn.data, chain_names[i ? i - 1 : 0], cn.len);
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
	chain_make(&rotor_crypto_mbedtls, &c, ROTOR_SIG_ECDSA_P384, NULL);
	for (size_t i = 0; i < CHAIN_DEPTH; i++) {
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
		assert_int_equal(!!(flags & EXFLAG_CA), i < CHAIN_DEPTH - 1);
		assert_int_equal(X509_get_pathlen(x509),
				 i < CHAIN_DEPTH - 1 ? (long)(CHAIN_DEPTH - 2 - i) : -1);
		assert_int_equal(ASN1_STRING_length(X509_get0_subject_key_id(x509)), 20);
		assert_int_equal(ASN1_STRING_length(X509_get0_authority_key_id(x509)), 20);
		assert_int_equal(ASN1_STRING_length(X509_get0_serialNumber(x509)), 20);
		assert_int_equal(ASN1_STRING_type(X509_get0_serialNumber(x509)), V_ASN1_INTEGER);
		assert_int_equal(X509_get_ext_count(x509), i < CHAIN_DEPTH - 1 ? 4 : 6);
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
	chain_make(&rotor_crypto_mbedtls, &one, ROTOR_SIG_ECDSA_P384, NULL);
	/* Also if every signature takes its time. */
	static struct rotor_crypto_job job;
	const struct rotor_crypto *slow = pending_crypto(&rotor_crypto_mbedtls, 2);
	chain_make(&rotor_crypto_mbedtls, &two, ROTOR_SIG_ECDSA_P384, NULL);
	for (size_t i = 0; i < CHAIN_DEPTH; i++) {
		assert_int_equal(one.certs[i].len, two.certs[i].len);
		assert_memory_equal(one.der[i], two.der[i], one.certs[i].len);
	}
	struct rotor_soft_key key = chain_key(slow, ROTOR_SIG_ECDSA_P384, 1);
	struct rotor_signer signer = rotor_soft_signer(&key);
	const struct rotor_cert_template t = {
	    .subject_cn = chain_names[0],
	    .not_before = "20240101000000Z",
	    .not_after = "20491231235959Z",
	    .key = &key.public_key,
	    .issuer_key = &key.public_key,
	    .is_ca = true,
	    .path_len = CHAIN_DEPTH - 2,
	};
	uint8_t der[CHAIN_CERT_CAP];
	size_t len;
	enum rotor_status status;
	unsigned calls = 0;
	do {
		status = rotor_cert_write(slow, &t, &signer, &job, der, sizeof(der), &len);
		calls++;
	} while (status == ROTOR_PENDING);
	assert_int_equal(status, ROTOR_OK);
	assert_true(calls >= 3);
	assert_int_equal(len, one.certs[0].len);
	assert_memory_equal(der, one.der[0], len);
	for (size_t cap = 0; cap < len; cap++) {
		size_t none = 1;
		pending_crypto(&rotor_crypto_mbedtls, 0);
		if (cap % 7 == 0 || len - cap < 8) {
			SETTLE(status, rotor_cert_write(slow, &t, &signer, &job, der, cap, &none));
			assert_int_equal(status, ROTOR_ERR_SPACE);
			assert_int_equal(none, 0);
		}
	}
}

static void what_cannot_be_written_is_refused(void **state)
{
	(void)state;
	const struct rotor_crypto *crypto = &rotor_crypto_mbedtls;
	struct rotor_soft_key key = chain_key(crypto, ROTOR_SIG_ECDSA_P384, 1);
	struct rotor_signer signer = rotor_soft_signer(&key);
	struct rotor_crypto_job job = {0};
	uint8_t der[CHAIN_CERT_CAP];
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
		enum rotor_status status;
		SETTLE(status, rotor_cert_write(crypto, &t, &signer, &job, der, sizeof(der), &len));
		assert_int_equal(status, cases[i].status);
	}
	assert_int_equal(
	    rotor_csr_write(crypto, "", &key.public_key, &signer, &job, der, sizeof(der), &len),
	    ROTOR_ERR_ARGUMENT);
}

static void requests_are_written_and_read(void **state)
{
	(void)state;
	for (size_t w = 0; w < ROTOR_COUNT_OF(backends); w++) {
		struct rotor_soft_key key = chain_key(backends[w], ROTOR_SIG_ECDSA_P384, 9);
		struct rotor_signer signer = rotor_soft_signer(&key);
		struct rotor_crypto_job job = {0};
		struct rotor_public_key read;
		struct rotor_bytes subject;
		uint8_t der[CHAIN_CERT_CAP];
		size_t len;
		enum rotor_status status;
		SETTLE(status, rotor_csr_write(backends[w], "PRoT 1", &key.public_key, &signer,
					       &job, der, sizeof(der), &len));
		assert_int_equal(status, ROTOR_OK);
		const unsigned char *at = der;
		X509_REQ *req = d2i_X509_REQ(NULL, &at, (long)len);
		assert_non_null(req);
		assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
		X509_REQ_free(req);
		for (size_t r = 0; r < ROTOR_COUNT_OF(backends); r++) {
			SETTLE(status,
			       rotor_csr_read(backends[r], &job, der, len, &read, &subject));
			assert_int_equal(status, ROTOR_OK);
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
				SETTLE(status, rotor_csr_read(backends[r], &job, der, len, &read,
							      &subject));
				assert_int_not_equal(status, ROTOR_OK);
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
	chain_make(&rotor_crypto_mbedtls, &c, ROTOR_SIG_ECDSA_P256, NULL);
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		uint8_t *der = c.der[CHAIN_DEPTH - 1];
		size_t len = c.certs[CHAIN_DEPTH - 1].len;
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
	chain_make(&rotor_crypto_mbedtls, &c, ROTOR_SIG_ECDSA_P256, NULL);
	uint8_t *der = c.der[CHAIN_DEPTH - 1];
	size_t len = c.certs[CHAIN_DEPTH - 1].len;
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
	    cmocka_unit_test(what_is_written_is_read_back),
	    cmocka_unit_test(openssl_itself_reads_what_is_written),
	    cmocka_unit_test(a_deterministic_signer_writes_the_same_bytes_twice),
	    cmocka_unit_test(what_cannot_be_written_is_refused),
	    cmocka_unit_test(requests_are_written_and_read),
	    cmocka_unit_test(a_truncated_certificate_is_refused),
	    cmocka_unit_test(both_backends_read_a_damaged_certificate_alike),
	    cmocka_unit_test(a_chain_is_split_into_its_certificates),
	};
	return cmocka_run_group_tests_name("crypto_cert", tests, NULL, NULL);
}
