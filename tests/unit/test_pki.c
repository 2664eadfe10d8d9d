/* SPDX-License-Identifier: Apache-2.0 */
/* The development PKI: what it makes is what both backends and both sides accept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "rotor/host_file.h"
#include "rotor/host_pki.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};
static char dir[64];

static const char *in_dir(const char *file)
{
	static char paths[4][128];
	static unsigned turn;
	char *path = paths[turn++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", dir, file);
	return path;
}

static int make(void **state)
{
	const char *file;
	(void)state;
	strcpy(dir, "/tmp/rotor-pki-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(rotor_pki_create(dir, false, &file), ROTOR_OK);
	return 0;
}

static const char *const private_files[] = {ROTOR_PKI_IMAGE_KEY,       ROTOR_PKI_RELEASE_KEY,
					    ROTOR_PKI_DEVICE_ROOT_KEY, ROTOR_PKI_DEVICE_CA_KEY,
					    ROTOR_PKI_AGENT_ROOT_KEY,  ROTOR_PKI_AGENT_KEY};
static const char *const public_files[] = {ROTOR_PKI_IMAGE_PUBLIC,     ROTOR_PKI_RELEASE_PUBLIC,
					   ROTOR_PKI_DEVICE_ROOT_CERT, ROTOR_PKI_DEVICE_CA_CERT,
					   ROTOR_PKI_AGENT_ROOT_CERT,  ROTOR_PKI_AGENT_CERT};

static int drop(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(private_files); i++) {
		unlink(in_dir(private_files[i]));
		unlink(in_dir(public_files[i]));
	}
	unlink(in_dir(ROTOR_PKI_AGENT_CHAIN));
	unlink(in_dir("junk.pem"));
	unlink(in_dir("key.pem"));
	unlink(in_dir("key.der"));
	unlink(in_dir("key.pub.der"));
	return rmdir(dir);
}

static void private_keys_are_their_owners_alone_and_match_the_public_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(private_files); i++) {
		struct rotor_public_key public_key, again;
		struct rotor_soft_key key;
		struct stat st;
		assert_int_equal(stat(in_dir(private_files[i]), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(
		    rotor_pki_read_private(in_dir(private_files[i]), backends[i % 2], &key),
		    ROTOR_OK);
		assert_int_equal(key.alg, ROTOR_SIG_ECDSA_P384);
		assert_int_equal(rotor_pki_read_public(in_dir(public_files[i]), &public_key),
				 ROTOR_OK);
		assert_int_equal(rotor_pki_read_public(in_dir(private_files[i]), &again), ROTOR_OK);
		assert_int_equal(public_key.alg, ROTOR_SIG_ECDSA_P384);
		assert_memory_equal(key.public_key.bytes, public_key.bytes, public_key.len);
		assert_memory_equal(again.bytes, public_key.bytes, public_key.len);
	}
}

static void keys_are_not_overwritten_unless_told_to(void **state)
{
	uint8_t before[512], after[512];
	size_t before_len, after_len;
	const char *file = NULL;
	(void)state;
	assert_int_equal(
	    rotor_file_read_into(in_dir(ROTOR_PKI_AGENT_KEY), before, sizeof(before), &before_len),
	    ROTOR_OK);
	assert_int_equal(rotor_pki_create(dir, false, &file), ROTOR_ERR_BUSY);
	assert_string_equal(file, ROTOR_PKI_IMAGE_KEY);
	unlink(in_dir(ROTOR_PKI_IMAGE_KEY));
	assert_int_equal(rotor_pki_create(dir, false, &file), ROTOR_ERR_BUSY);
	assert_string_equal(file, ROTOR_PKI_IMAGE_PUBLIC);
	assert_int_equal(access(in_dir(ROTOR_PKI_IMAGE_KEY), F_OK), -1);
	assert_int_equal(
	    rotor_file_read_into(in_dir(ROTOR_PKI_AGENT_KEY), after, sizeof(after), &after_len),
	    ROTOR_OK);
	assert_int_equal(after_len, before_len);
	assert_memory_equal(after, before, after_len);
	assert_int_equal(rotor_pki_create(dir, true, &file), ROTOR_OK);
	assert_int_equal(
	    rotor_file_read_into(in_dir(ROTOR_PKI_AGENT_KEY), after, sizeof(after), &after_len),
	    ROTOR_OK);
	assert_true(after_len != before_len || memcmp(after, before, after_len) != 0);
	assert_int_equal(rotor_pki_create("/nonexistent/dir", false, &file), ROTOR_ERR_NOT_FOUND);
}

/* Reads a chain and an anchor and checks the one against the other. */
static enum rotor_status check(const struct rotor_crypto *crypto, const uint8_t *chain, size_t len,
			       const char *root_file, struct rotor_cert *leaf)
{
	static uint8_t root[ROTOR_PKI_CHAIN_MAX];
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX], anchor = {root, 0};
	struct rotor_crypto_job job = {0};
	enum rotor_status status;
	size_t count;

	assert_int_equal(rotor_pki_read_certs(in_dir(root_file), root, sizeof(root), &anchor.len),
			 ROTOR_OK);
	assert_int_equal(rotor_cert_split((struct rotor_bytes){chain, len}, certs,
					  ROTOR_COUNT_OF(certs), &count),
			 ROTOR_OK);
	assert_int_equal(crypto->cert_parse(certs[count - 1].data, certs[count - 1].len, leaf),
			 ROTOR_OK);
	do
		status = crypto->chain_verify(&job, certs, count, &anchor, 1, ROTOR_TIME_UNKNOWN);
	while (status == ROTOR_PENDING);
	return status;
}

static void an_agent_is_an_spdm_requester_under_the_agent_root(void **state)
{
	uint8_t chain[ROTOR_PKI_CHAIN_MAX];
	size_t len;
	(void)state;
	assert_int_equal(
	    rotor_pki_read_certs(in_dir(ROTOR_PKI_AGENT_CHAIN), chain, sizeof(chain), &len),
	    ROTOR_OK);
	for (size_t b = 0; b < 2; b++) {
		struct rotor_cert leaf;
		assert_int_equal(check(backends[b], chain, len, ROTOR_PKI_AGENT_ROOT_CERT, &leaf),
				 ROTOR_OK);
		assert_true(leaf.spdm_requester);
		assert_false(leaf.spdm_responder);
		assert_true(leaf.may_sign);
		assert_false(leaf.may_certify);
		assert_false(leaf.is_ca);
		assert_int_equal(check(backends[b], chain, len, ROTOR_PKI_DEVICE_ROOT_CERT, &leaf),
				 ROTOR_ERR_UNTRUSTED);
	}
}

static void a_device_is_certified_to_certify_what_it_runs(void **state)
{
	struct rotor_crypto_job job = {0};
	uint8_t chain[ROTOR_PKI_CHAIN_MAX], csr[1024], seed[56];
	struct rotor_soft_key identity, runtime;
	struct rotor_signer signer;
	struct rotor_cert cert;
	size_t csr_len, len, n;
	(void)state;

	memset(seed, 0x11, sizeof(seed));
	assert_int_equal(
	    backends[1]->key_derive(&identity, ROTOR_SIG_ECDSA_P384, seed, sizeof(seed)), ROTOR_OK);
	seed[0] = 0x12;
	assert_int_equal(
	    backends[1]->key_derive(&runtime, ROTOR_SIG_ECDSA_P384, seed, sizeof(seed)), ROTOR_OK);
	signer = rotor_soft_signer(&identity);
	assert_int_equal(rotor_csr_write(backends[1], "a device", &identity.public_key, &signer,
					 &job, csr, sizeof(csr), &csr_len),
			 ROTOR_OK);
	assert_int_equal(
	    rotor_pki_read_certs(in_dir(ROTOR_PKI_DEVICE_ROOT_CERT), chain, sizeof(chain), &len),
	    ROTOR_OK);
	assert_int_equal(rotor_pki_read_certs(in_dir(ROTOR_PKI_DEVICE_CA_CERT), chain + len,
					      sizeof(chain) - len, &n),
			 ROTOR_OK);
	len += n;
	assert_int_equal(rotor_pki_certify_device(csr, csr_len, in_dir(ROTOR_PKI_DEVICE_CA_KEY),
						  in_dir(ROTOR_PKI_DEVICE_CA_CERT), chain + len,
						  sizeof(chain) - len, &n),
			 ROTOR_OK);
	assert_int_equal(backends[1]->cert_parse(chain + len, n, &cert), ROTOR_OK);
	assert_true(cert.is_ca);
	assert_true(cert.may_certify);
	assert_memory_equal(cert.key.bytes, identity.public_key.bytes, identity.public_key.len);
	len += n;

	/* the device's own work: a certificate for the runtime's key */
	struct rotor_cert_template t = {.issuer = cert.subject,
					.subject_cn = "a runtime",
					.not_before = "20240101000000Z",
					.not_after = "99991231235959Z",
					.key = &runtime.public_key,
					.issuer_key = &identity.public_key,
					.spdm_responder = true};
	assert_int_equal(
	    rotor_cert_write(backends[1], &t, &signer, &job, chain + len, sizeof(chain) - len, &n),
	    ROTOR_OK);
	len += n;
	for (size_t b = 0; b < 2; b++) {
		assert_int_equal(check(backends[b], chain, len, ROTOR_PKI_DEVICE_ROOT_CERT, &cert),
				 ROTOR_OK);
		assert_true(cert.spdm_responder);
	}
}

static void a_request_that_is_damaged_or_of_another_kind_is_refused(void **state)
{
	struct rotor_crypto_job job = {0};
	uint8_t csr[1024], der[2048], seed[56] = {7};
	struct rotor_soft_key key;
	struct rotor_signer signer;
	size_t csr_len, n;
	(void)state;

	assert_int_equal(backends[0]->key_derive(&key, ROTOR_SIG_ECDSA_P384, seed, sizeof(seed)),
			 ROTOR_OK);
	signer = rotor_soft_signer(&key);
	assert_int_equal(rotor_csr_write(backends[0], "a device", &key.public_key, &signer, &job,
					 csr, sizeof(csr), &csr_len),
			 ROTOR_OK);
#define CERTIFY(length, cap)                                                                       \
	rotor_pki_certify_device(csr, length, in_dir(ROTOR_PKI_DEVICE_CA_KEY),                     \
				 in_dir(ROTOR_PKI_DEVICE_CA_CERT), der, cap, &n)
	assert_int_equal(CERTIFY(csr_len, sizeof(der)), ROTOR_OK);
	/* a signature is up to 8 bytes longer or shorter the next time */
	assert_int_equal(CERTIFY(csr_len, n - 8), ROTOR_ERR_SPACE);
	assert_int_equal(n, 0);
	assert_int_equal(CERTIFY(csr_len - 1, sizeof(der)), ROTOR_ERR_FORMAT);
	/* a letter of the name: still a request, but not the one that was signed */
	for (size_t i = 0; i < csr_len - 8; i++) {
		if (memcmp(csr + i, "a device", 8) == 0)
			csr[i] = 'b';
	}
	assert_int_equal(CERTIFY(csr_len, sizeof(der)), ROTOR_ERR_VERIFY);
	csr[0] = 0x31;
	assert_int_equal(CERTIFY(csr_len, sizeof(der)), ROTOR_ERR_FORMAT);

	assert_int_equal(backends[0]->key_derive(&key, ROTOR_SIG_ECDSA_P256, seed, sizeof(seed)),
			 ROTOR_OK);
	signer = rotor_soft_signer(&key);
	assert_int_equal(rotor_csr_write(backends[0], "a device", &key.public_key, &signer, &job,
					 csr, sizeof(csr), &csr_len),
			 ROTOR_OK);
	assert_int_equal(CERTIFY(csr_len, sizeof(der)), ROTOR_ERR_UNSUPPORTED);
}

static void files_that_hold_something_else_are_refused(void **state)
{
	static const char junk[] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
	uint8_t der[4096];
	struct rotor_public_key public_key;
	struct rotor_soft_key key;
	size_t len;
	(void)state;

	assert_int_equal(
	    rotor_file_write(in_dir("junk.pem"), junk, strlen(junk), ROTOR_FILE_PUBLIC), ROTOR_OK);
	assert_int_equal(rotor_pki_read_private(in_dir("junk.pem"), backends[0], &key),
			 ROTOR_ERR_FORMAT);
	assert_int_equal(rotor_pki_read_public(in_dir("junk.pem"), &public_key), ROTOR_ERR_FORMAT);
	assert_int_equal(rotor_pki_read_certs(in_dir("junk.pem"), der, sizeof(der), &len),
			 ROTOR_ERR_FORMAT);
	assert_int_equal(rotor_pki_read_private(in_dir(ROTOR_PKI_IMAGE_PUBLIC), backends[0], &key),
			 ROTOR_ERR_FORMAT);
	assert_int_equal(rotor_pki_read_private(in_dir("none.pem"), backends[0], &key),
			 ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_pki_read_public(in_dir("none.pem"), &public_key),
			 ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_pki_read_certs(in_dir(ROTOR_PKI_AGENT_CHAIN), der, 700, &len),
			 ROTOR_ERR_SPACE);
	assert_int_equal(len, 0);
	/* DER is read too */
	assert_int_equal(rotor_pki_read_certs(in_dir(ROTOR_PKI_AGENT_CERT), der, sizeof(der), &len),
			 ROTOR_OK);
	assert_int_equal(rotor_file_write(in_dir("junk.pem"), der, len, ROTOR_FILE_PUBLIC),
			 ROTOR_OK);
	assert_int_equal(rotor_pki_read_certs(in_dir("junk.pem"), der + 2048, 2048, &len),
			 ROTOR_OK);
	assert_memory_equal(der, der + 2048, len);
}

/* Writes a private and a public key in both forms: key.pem, key.der, key.pub.der. */
static void write_forms(EVP_PKEY *pkey)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	BIO *forms[] = {BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem())};
	static const char *const files[] = {"key.pem", "key.der", "key.pub.der"};
	assert_true(PEM_write_bio_PrivateKey(forms[0], pkey, NULL, NULL, 0, NULL, NULL));
	assert_true(i2d_PKCS8_PRIV_KEY_INFO_bio(forms[1], info));
	assert_true(i2d_PUBKEY_bio(forms[2], pkey));
	for (size_t i = 0; i < ROTOR_COUNT_OF(forms); i++) {
		char *data;
		long len = BIO_get_mem_data(forms[i], &data);
		assert_int_equal(
		    rotor_file_write(in_dir(files[i]), data, (size_t)len, ROTOR_FILE_PRIVATE),
		    ROTOR_OK);
		BIO_free(forms[i]);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
}

static void keys_of_every_kind_are_read_in_pem_and_der(void **state)
{
	static const struct {
		const char *type, *group;
		unsigned bits;
		enum rotor_sig_alg alg;
	} kinds[] = {
	    {"EC", "P-256", 0, ROTOR_SIG_ECDSA_P256},   {"EC", "P-384", 0, ROTOR_SIG_ECDSA_P384},
	    {"EC", "P-521", 0, ROTOR_SIG_ECDSA_P521},   {"EC", "secp256k1", 0, ROTOR_SIG_NONE},
	    {"RSA", NULL, 2048, ROTOR_SIG_RSA2048_PSS}, {"RSA", NULL, 3072, ROTOR_SIG_RSA3072_PSS},
	    {"RSA", NULL, 4096, ROTOR_SIG_RSA4096_PSS}, {"RSA", NULL, 1024, ROTOR_SIG_NONE},
	    {"ED25519", NULL, 0, ROTOR_SIG_ED25519},    {"ED448", NULL, 0, ROTOR_SIG_ED448},
	    {"X25519", NULL, 0, ROTOR_SIG_NONE},
	};
	static const char *const files[] = {"key.pem", "key.der"};
	(void)state;

	for (size_t i = 0; i < ROTOR_COUNT_OF(kinds); i++) {
		EVP_PKEY *pkey = kinds[i].bits    ? EVP_RSA_gen(kinds[i].bits)
				 : kinds[i].group ? EVP_EC_gen(kinds[i].group)
						  : EVP_PKEY_Q_keygen(NULL, NULL, kinds[i].type);
		struct rotor_public_key public_key;
		bool known = kinds[i].alg != ROTOR_SIG_NONE;

		assert_non_null(pkey);
		write_forms(pkey);
		assert_int_equal(rotor_pki_read_public(in_dir("key.pub.der"), &public_key),
				 known ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED);
		assert_int_equal(public_key.alg, kinds[i].alg);
		for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
			bool has = backends[b]->sigs & ROTOR_BIT(kinds[i].alg);

			for (size_t f = 0; f < ROTOR_COUNT_OF(files); f++) {
				struct rotor_soft_key key;

				assert_int_equal(
				    rotor_pki_read_private(in_dir(files[f]), backends[b], &key),
				    has ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED);
				if (!has)
					continue;
				assert_int_equal(key.alg, kinds[i].alg);
				assert_int_equal(key.public_key.len, public_key.len);
				assert_memory_equal(key.public_key.bytes, public_key.bytes,
						    public_key.len);
			}
		}
		EVP_PKEY_free(pkey);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(private_keys_are_their_owners_alone_and_match_the_public_files),
	    cmocka_unit_test(keys_are_not_overwritten_unless_told_to),
	    cmocka_unit_test(an_agent_is_an_spdm_requester_under_the_agent_root),
	    cmocka_unit_test(a_device_is_certified_to_certify_what_it_runs),
	    cmocka_unit_test(a_request_that_is_damaged_or_of_another_kind_is_refused),
	    cmocka_unit_test(files_that_hold_something_else_are_refused),
	    cmocka_unit_test(keys_of_every_kind_are_read_in_pem_and_der),
	};
	return cmocka_run_group_tests(tests, make, drop);
}
