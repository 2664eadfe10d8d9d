/* SPDX-License-Identifier: Apache-2.0 */
/* Making of the development PKI. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "host/pki.h"
#include "rotor/boot_image.h"
#include "rotor/host_file.h"
#include "rotor/host_pki.h"

#define PATH_SIZE 4096
/* IEEE 802.1AR's "no expiry", for what devices carry. */
#define NO_EXPIRY          "99991231235959Z"
#define AGENT_YEARS        20
#define SECONDS_A_DAY      86400L
#define EKU_SPDM_REQUESTER "1.3.6.1.4.1.412.274.4"

/* One key of the PKI, and what its certificate says; without a name it has none. */
struct member {
	const char *key_file, *public_file, *cert_file;
	const char *name;
	const char *constraints, *usage, *extended_usage;
	int issuer; /* index of a member before it; its own for a root */
	bool expires;
};

enum { IMAGE, RELEASE, DEVICE_ROOT, DEVICE_CA, AGENT_ROOT, AGENT, MEMBERS };

#define CA_USAGE "critical,keyCertSign,cRLSign"

static const struct member members[MEMBERS] = {
    [IMAGE] = {.key_file = ROTOR_PKI_IMAGE_KEY, .public_file = ROTOR_PKI_IMAGE_PUBLIC},
    [RELEASE] = {.key_file = ROTOR_PKI_RELEASE_KEY, .public_file = ROTOR_PKI_RELEASE_PUBLIC},
    [DEVICE_ROOT] = {.key_file = ROTOR_PKI_DEVICE_ROOT_KEY,
		     .cert_file = ROTOR_PKI_DEVICE_ROOT_CERT,
		     .name = "rotor development device root",
		     .issuer = DEVICE_ROOT,
		     .constraints = "critical,CA:TRUE",
		     .usage = CA_USAGE},
    /* it certifies device identities, which certify what the device runs */
    [DEVICE_CA] = {.key_file = ROTOR_PKI_DEVICE_CA_KEY,
		   .cert_file = ROTOR_PKI_DEVICE_CA_CERT,
		   .name = "rotor development device CA",
		   .issuer = DEVICE_ROOT,
		   .constraints = "critical,CA:TRUE,pathlen:1",
		   .usage = CA_USAGE},
    [AGENT_ROOT] = {.key_file = ROTOR_PKI_AGENT_ROOT_KEY,
		    .cert_file = ROTOR_PKI_AGENT_ROOT_CERT,
		    .name = "rotor development agent root",
		    .issuer = AGENT_ROOT,
		    .constraints = "critical,CA:TRUE,pathlen:0",
		    .usage = CA_USAGE},
    [AGENT] = {.key_file = ROTOR_PKI_AGENT_KEY,
	       .cert_file = ROTOR_PKI_AGENT_CERT,
	       .name = "rotor development agent",
	       .issuer = AGENT_ROOT,
	       .constraints = "critical,CA:FALSE",
	       .usage = "critical,digitalSignature",
	       .extended_usage = EKU_SPDM_REQUESTER,
	       .expires = true},
};

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;
	bool done;

	if (!value)
		return true;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	done = extension && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return done;
}

static bool set_serial(X509 *cert)
{
	uint8_t serial[16];
	ASN1_INTEGER *number;
	BIGNUM *bn;
	bool done;

	/* positive and of full length, 126 random bits (RFC 5280, 4.1.2.2) */
	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return false;
	serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
	bn = BN_bin2bn(serial, sizeof(serial), NULL);
	number = bn ? BN_to_ASN1_INTEGER(bn, NULL) : NULL;
	done = number && X509_set_serialNumber(cert, number) == 1;
	ASN1_INTEGER_free(number);
	BN_free(bn);
	return done;
}

static bool set_validity(X509 *cert, bool expires)
{
	if (!X509_gmtime_adj(X509_getm_notBefore(cert), -SECONDS_A_DAY))
		return false;
	if (!expires)
		return ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), NO_EXPIRY) == 1;
	return X509_gmtime_adj(X509_getm_notAfter(cert), SECONDS_A_DAY * 365 * AGENT_YEARS) != NULL;
}

/*
 * The leftmost 160 bits of SHA-384 of the key (RFC 7093, method 2): as rotor's own certificates name their issuer. With
 * OpenSSL's usual SHA-1 a device's certificate would not be found to be issued by the identity made here.
 */
static bool add_key_identifier(X509 *cert)
{
	ASN1_OCTET_STRING *identifier = ASN1_OCTET_STRING_new();
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len;
	bool done;

	done = identifier && X509_pubkey_digest(cert, EVP_sha384(), digest, &len) == 1 &&
	       ASN1_OCTET_STRING_set(identifier, digest, 20) == 1 &&
	       X509_add1_ext_i2d(cert, NID_subject_key_identifier, identifier, 0, 0) == 1;
	ASN1_OCTET_STRING_free(identifier);
	return done;
}

X509 *pki_certify(const struct pki_template *t)
{
	X509 *cert = X509_new();
	X509 *issuer = t->issuer ? t->issuer : cert;

	if (cert && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	    set_validity(cert, t->expires) && X509_set_pubkey(cert, t->key) &&
	    X509_set_subject_name(cert, t->subject) &&
	    X509_set_issuer_name(cert, t->issuer ? X509_get_subject_name(t->issuer) : t->subject) &&
	    add_extension(cert, issuer, NID_basic_constraints, t->constraints) &&
	    add_extension(cert, issuer, NID_key_usage, t->usage) &&
	    add_extension(cert, issuer, NID_ext_key_usage, t->extended_usage) &&
	    add_key_identifier(cert) &&
	    add_extension(cert, issuer, NID_authority_key_identifier, "keyid:always") &&
	    X509_sign(cert, t->issuer_key, EVP_sha384()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static X509 *certify_member(const struct member *m, EVP_PKEY *key, EVP_PKEY *issuer_key,
			    X509 *issuer)
{
	X509_NAME *subject = X509_NAME_new();
	struct pki_template t = {.key = key,
				 .issuer_key = issuer_key,
				 .issuer = issuer,
				 .subject = subject,
				 .constraints = m->constraints,
				 .usage = m->usage,
				 .extended_usage = m->extended_usage,
				 .expires = m->expires};
	X509 *cert = NULL;

	if (subject && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
						  (const uint8_t *)m->name, -1, -1, 0))
		cert = pki_certify(&t);
	X509_NAME_free(subject);
	return cert;
}

/* Writes what stands in a memory BIO, and erases it. */
static enum rotor_status write_bio(const char *path, BIO *bio, unsigned mode)
{
	enum rotor_status status;
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);

	if (len <= 0)
		return ROTOR_ERR_CRYPTO;
	status = rotor_file_write(path, data, (size_t)len, mode);
	rotor_wipe(data, (size_t)len);
	return status;
}

/* Something of PEM form goes to a file of its own. */
enum what { PRIVATE_KEY, PUBLIC_KEY, CERTIFICATE };

static enum rotor_status write_pem_file(const char *path, enum what what, EVP_PKEY *key, X509 *cert,
					X509 *second)
{
	enum rotor_status status = ROTOR_ERR_CRYPTO;
	BIO *bio;
	int done;

	bio = BIO_new(BIO_s_mem());
	if (!bio)
		return ROTOR_ERR_CRYPTO;
	if (what == PRIVATE_KEY)
		done = PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	else if (what == PUBLIC_KEY)
		done = PEM_write_bio_PUBKEY(bio, key);
	else
		done =
		    PEM_write_bio_X509(bio, cert) && (!second || PEM_write_bio_X509(bio, second));
	if (done == 1)
		status = write_bio(path, bio,
				   what == PRIVATE_KEY ? ROTOR_FILE_PRIVATE : ROTOR_FILE_PUBLIC);
	BIO_free(bio);
	return status;
}

static enum rotor_status write_pem(const char *dir, const char *file, enum what what, EVP_PKEY *key,
				   X509 *cert, X509 *second)
{
	char path[PATH_SIZE];

	if (!file)
		return ROTOR_OK;
	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
		return ROTOR_ERR_SPACE;
	return write_pem_file(path, what, key, cert, second);
}

static enum rotor_status write_member(const char *dir, const struct member *m, EVP_PKEY *key,
				      X509 *cert, const char **file)
{
	enum rotor_status status;

	*file = m->key_file;
	status = write_pem(dir, m->key_file, PRIVATE_KEY, key, NULL, NULL);
	if (status)
		return status;
	*file = m->public_file;
	status = write_pem(dir, m->public_file, PUBLIC_KEY, key, NULL, NULL);
	if (status)
		return status;
	*file = m->cert_file;
	return write_pem(dir, m->cert_file, CERTIFICATE, NULL, cert, NULL);
}

/* Whether a file of the PKI is there already. */
static bool exists(const char *dir, const char *file)
{
	char path[PATH_SIZE];

	if (!file || snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
		return false;
	return access(path, F_OK) == 0;
}

static const char *find_existing(const char *dir)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		if (exists(dir, members[i].key_file))
			return members[i].key_file;
		if (exists(dir, members[i].public_file))
			return members[i].public_file;
		if (exists(dir, members[i].cert_file))
			return members[i].cert_file;
	}
	return exists(dir, ROTOR_PKI_AGENT_CHAIN) ? ROTOR_PKI_AGENT_CHAIN : NULL;
}

enum rotor_status rotor_pki_create(const char *dir, bool force, const char **file)
{
	EVP_PKEY *keys[MEMBERS] = {0};
	X509 *certs[MEMBERS] = {0};
	enum rotor_status status = ROTOR_OK;
	size_t i;

	*file = ".";
	status = rotor_file_mkdir(dir, 0700);
	if (status)
		return status;
	if (!force) {
		*file = find_existing(dir);
		if (*file)
			return ROTOR_ERR_BUSY;
	}
	/* everything is made before the first file is written */
	for (i = 0; i < MEMBERS && !status; i++) {
		const struct member *m = &members[i];

		*file = m->key_file;
		keys[i] = EVP_EC_gen("P-384");
		if (!keys[i])
			status = ROTOR_ERR_CRYPTO;
		else if (m->name)
			certs[i] = certify_member(m, keys[i], keys[m->issuer], certs[m->issuer]);
		if (m->name && !certs[i])
			status = ROTOR_ERR_CRYPTO;
	}
	for (i = 0; i < MEMBERS && !status; i++)
		status = write_member(dir, &members[i], keys[i], certs[i], file);
	if (!status) {
		*file = ROTOR_PKI_AGENT_CHAIN;
		status = write_pem(dir, ROTOR_PKI_AGENT_CHAIN, CERTIFICATE, NULL, certs[AGENT_ROOT],
				   certs[AGENT]);
	}
	for (i = 0; i < MEMBERS; i++) {
		EVP_PKEY_free(keys[i]);
		X509_free(certs[i]);
	}
	ERR_clear_error();
	return status;
}

/* ---- one key ---- */

static EVP_PKEY *generate(enum rotor_sig_alg alg)
{
	switch (alg) {
	case ROTOR_SIG_ECDSA_P256:
		return EVP_EC_gen("P-256");
	case ROTOR_SIG_ECDSA_P384:
		return EVP_EC_gen("P-384");
	case ROTOR_SIG_RSA3072_PSS:
		return EVP_RSA_gen(3072);
	case ROTOR_SIG_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	default:
		return NULL;
	}
}

enum rotor_status rotor_pki_create_image_key(const char *key_path, const char *public_path,
					     enum rotor_sig_alg alg, bool force)
{
	enum rotor_status status;
	EVP_PKEY *key;

	if (rotor_image_hash_of(alg) == ROTOR_HASH_NONE)
		return ROTOR_ERR_UNSUPPORTED;
	if (!force && (access(key_path, F_OK) == 0 || access(public_path, F_OK) == 0))
		return ROTOR_ERR_BUSY;
	key = generate(alg);
	status = key ? write_pem_file(key_path, PRIVATE_KEY, key, NULL, NULL) : ROTOR_ERR_CRYPTO;
	if (!status)
		status = write_pem_file(public_path, PUBLIC_KEY, key, NULL, NULL);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return status;
}
