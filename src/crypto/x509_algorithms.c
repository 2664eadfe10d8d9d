/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AlgorithmIdentifiers of signatures: ECDSA (RFC 5758), RSASSA (RFC 4055, RFC 8017), EdDSA (RFC 8410). Those that have no
 * choices inside are compared whole.
 */
#include <string.h>

#include "crypto/x509.h"
#include "rotor/der.h"

#define WHOLE(text)                                                                                \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

#define ECDSA_WITH_SHA2(n) WHOLE("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" n)
#define SHA2_WITH_RSA(n)   WHOLE("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" n "\x05\x00")
/* Of ECDSA with SHA-3, OpenSSL 3.0 knows the names, but not that they are signatures. */
#define SHA3_WITH_RSA(n) WHOLE("\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03" n "\x05\x00")

static const struct entry {
	struct rotor_bytes der;
	struct rotor_x509_algorithm algorithm;
} known[] = {
    {ECDSA_WITH_SHA2("\x02"), {X509_ECDSA, ROTOR_HASH_SHA256}},
    {ECDSA_WITH_SHA2("\x03"), {X509_ECDSA, ROTOR_HASH_SHA384}},
    {ECDSA_WITH_SHA2("\x04"), {X509_ECDSA, ROTOR_HASH_SHA512}},
#if ROTOR_RSA_BITS_MAX
    {SHA2_WITH_RSA("\x0b"), {X509_RSA_PKCS1, ROTOR_HASH_SHA256}},
    {SHA2_WITH_RSA("\x0c"), {X509_RSA_PKCS1, ROTOR_HASH_SHA384}},
    {SHA2_WITH_RSA("\x0d"), {X509_RSA_PKCS1, ROTOR_HASH_SHA512}},
#if ROTOR_CRYPTO_SHA3
    {SHA3_WITH_RSA("\x0e"), {X509_RSA_PKCS1, ROTOR_HASH_SHA3_256}},
    {SHA3_WITH_RSA("\x0f"), {X509_RSA_PKCS1, ROTOR_HASH_SHA3_384}},
    {SHA3_WITH_RSA("\x10"), {X509_RSA_PKCS1, ROTOR_HASH_SHA3_512}},
#endif
#endif
#if ROTOR_CRYPTO_EDDSA
    {WHOLE("\x30\x05\x06\x03\x2b\x65\x70"), {X509_ED25519, ROTOR_HASH_NONE}},
    {WHOLE("\x30\x05\x06\x03\x2b\x65\x71"), {X509_ED448, ROTOR_HASH_NONE}},
#endif
};

/* ---- RSASSA-PSS, whose parameters say hash and salt ---- */

#if ROTOR_RSA_BITS_MAX
static const struct rotor_bytes oid_pss = WHOLE("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a");
static const struct rotor_bytes oid_mgf1 = WHOLE("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08");

static const struct hash {
	struct rotor_bytes oid;
	struct rotor_x509_algorithm pss; /* with this hash */
} hashes[] = {
    {WHOLE("\x60\x86\x48\x01\x65\x03\x04\x02\x01"), {X509_RSA_PSS, ROTOR_HASH_SHA256}},
    {WHOLE("\x60\x86\x48\x01\x65\x03\x04\x02\x02"), {X509_RSA_PSS, ROTOR_HASH_SHA384}},
    {WHOLE("\x60\x86\x48\x01\x65\x03\x04\x02\x03"), {X509_RSA_PSS, ROTOR_HASH_SHA512}},
#if ROTOR_CRYPTO_SHA3
    {WHOLE("\x60\x86\x48\x01\x65\x03\x04\x02\x08"), {X509_RSA_PSS, ROTOR_HASH_SHA3_256}},
    {WHOLE("\x60\x86\x48\x01\x65\x03\x04\x02\x09"), {X509_RSA_PSS, ROTOR_HASH_SHA3_384}},
    {WHOLE("\x60\x86\x48\x01\x65\x03\x04\x02\x0a"), {X509_RSA_PSS, ROTOR_HASH_SHA3_512}},
#endif
};

/* AlgorithmIdentifier of a hash: its parameters are absent or NULL, which mean the same (RFC 4055, 2.1). NULL: unknown. */
static const struct hash *read_hash(struct rotor_reader *r)
{
	struct rotor_reader seq = rotor_der_enter(r, ROTOR_DER_SEQUENCE);
	struct rotor_bytes oid = rotor_der_read(&seq, ROTOR_DER_OID);
	if (rotor_der_next_is(&seq, ROTOR_DER_NULL) &&
	    rotor_der_read(&seq, ROTOR_DER_NULL).len != 0) {
		rotor_reader_fail(&seq);
	}
	for (size_t i = 0; i < ROTOR_COUNT_OF(hashes) && rotor_reader_end(&seq) == ROTOR_OK; i++) {
		if (rotor_bytes_equal(oid, hashes[i].oid)) {
			return &hashes[i];
		}
	}
	return NULL;
}

/* Takes only what rotor_crypto.verify means by PSS: one hash for all, a salt as long as it, the usual trailer. */
static const struct rotor_x509_algorithm *read_pss(struct rotor_bytes der)
{
	struct rotor_reader whole = rotor_reader(der.data, der.len);
	struct rotor_reader algorithm = rotor_der_enter(&whole, ROTOR_DER_SEQUENCE);
	struct rotor_bytes oid = rotor_der_read(&algorithm, ROTOR_DER_OID);
	struct rotor_reader params = rotor_der_enter(&algorithm, ROTOR_DER_SEQUENCE);
	struct rotor_reader field = rotor_der_enter(&params, ROTOR_DER_CONTEXT_CONSTRUCTED(0));
	const struct hash *hash = read_hash(&field);
	bool ok = rotor_reader_end(&field) == ROTOR_OK && rotor_bytes_equal(oid, oid_pss);
	field = rotor_der_enter(&params, ROTOR_DER_CONTEXT_CONSTRUCTED(1));
	struct rotor_reader mgf = rotor_der_enter(&field, ROTOR_DER_SEQUENCE);
	ok = rotor_bytes_equal(rotor_der_read(&mgf, ROTOR_DER_OID), oid_mgf1) &&
	     read_hash(&mgf) == hash && rotor_reader_end(&mgf) == ROTOR_OK &&
	     rotor_reader_end(&field) == ROTOR_OK && ok;
	field = rotor_der_enter(&params, ROTOR_DER_CONTEXT_CONSTRUCTED(2));
	uint64_t salt = rotor_der_read_uint(&field, ROTOR_DER_INTEGER);
	ok = ok && rotor_reader_end(&field) == ROTOR_OK && rotor_reader_end(&params) == ROTOR_OK &&
	     rotor_reader_end(&algorithm) == ROTOR_OK && rotor_reader_end(&whole) == ROTOR_OK;
	return ok && hash && salt == rotor_hash_size(hash->pss.hash) ? &hash->pss : NULL;
}

static void write_hash(struct rotor_writer *w, enum rotor_hash_alg hash)
{
	size_t seq = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	for (size_t i = 0; i < ROTOR_COUNT_OF(hashes); i++) {
		if (hashes[i].pss.hash == hash) {
			rotor_der_write(w, ROTOR_DER_OID, hashes[i].oid.data, hashes[i].oid.len);
		}
	}
	rotor_der_write(w, ROTOR_DER_NULL, NULL, 0);
	rotor_der_end(w, seq);
}

static void write_pss(struct rotor_writer *w, enum rotor_hash_alg hash)
{
	size_t algorithm = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	rotor_der_write(w, ROTOR_DER_OID, oid_pss.data, oid_pss.len);
	size_t params = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	size_t field = rotor_der_begin(w, ROTOR_DER_CONTEXT_CONSTRUCTED(0));
	write_hash(w, hash);
	rotor_der_end(w, field);
	field = rotor_der_begin(w, ROTOR_DER_CONTEXT_CONSTRUCTED(1));
	size_t mgf = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	rotor_der_write(w, ROTOR_DER_OID, oid_mgf1.data, oid_mgf1.len);
	write_hash(w, hash);
	rotor_der_end(w, mgf);
	rotor_der_end(w, field);
	field = rotor_der_begin(w, ROTOR_DER_CONTEXT_CONSTRUCTED(2));
	rotor_der_write_uint(w, ROTOR_DER_INTEGER, rotor_hash_size(hash));
	rotor_der_end(w, field);
	rotor_der_end(w, params);
	rotor_der_end(w, algorithm);
}
#endif

/* ---- all ---- */

const struct rotor_x509_algorithm *rotor_x509_algorithm_read(struct rotor_bytes der)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(known); i++) {
		if (rotor_bytes_equal(der, known[i].der)) {
			return &known[i].algorithm;
		}
	}
#if ROTOR_RSA_BITS_MAX
	return read_pss(der);
#else
	return NULL;
#endif
}

struct rotor_x509_algorithm rotor_x509_algorithm_for(enum rotor_sig_alg alg)
{
	struct rotor_x509_algorithm algorithm = {X509_ECDSA, ROTOR_HASH_SHA256};
	switch (alg) {
#if ROTOR_RSA_BITS_MAX
	case ROTOR_SIG_RSA2048_PSS:
	case ROTOR_SIG_RSA3072_PSS:
	case ROTOR_SIG_RSA4096_PSS:
		algorithm.scheme = X509_RSA_PSS;
		break;
	case ROTOR_SIG_RSA2048_PKCS1:
	case ROTOR_SIG_RSA3072_PKCS1:
	case ROTOR_SIG_RSA4096_PKCS1:
		algorithm.scheme = X509_RSA_PKCS1;
		break;
#endif
#if ROTOR_CRYPTO_EDDSA
	case ROTOR_SIG_ED25519:
		return (struct rotor_x509_algorithm){X509_ED25519, ROTOR_HASH_NONE};
	case ROTOR_SIG_ED448:
		return (struct rotor_x509_algorithm){X509_ED448, ROTOR_HASH_NONE};
#endif
#if ROTOR_CRYPTO_P521
	case ROTOR_SIG_ECDSA_P521:
		algorithm.hash = ROTOR_HASH_SHA512;
		break;
#endif
	case ROTOR_SIG_ECDSA_P384:
		algorithm.hash = ROTOR_HASH_SHA384;
		break;
	default:
		break;
	}
#if ROTOR_RSA_BITS_MAX
	if (rotor_sig_key(alg) == ROTOR_SIG_RSA3072_PSS) {
		algorithm.hash = ROTOR_HASH_SHA384;
	} else if (rotor_sig_key(alg) == ROTOR_SIG_RSA4096_PSS) {
		algorithm.hash = ROTOR_HASH_SHA512;
	}
#endif
	return algorithm;
}

void rotor_x509_algorithm_write(struct rotor_writer *w, struct rotor_x509_algorithm algorithm)
{
#if ROTOR_RSA_BITS_MAX
	if (algorithm.scheme == X509_RSA_PSS) {
		write_pss(w, algorithm.hash);
		return;
	}
#endif
	for (size_t i = 0; i < ROTOR_COUNT_OF(known); i++) {
		if (known[i].algorithm.scheme == algorithm.scheme &&
		    known[i].algorithm.hash == algorithm.hash) {
			rotor_write_bytes(w, known[i].der.data, known[i].der.len);
		}
	}
}
