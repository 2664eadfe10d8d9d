/* SPDX-License-Identifier: Apache-2.0 */
/* DER forms of public keys: SubjectPublicKeyInfo of every kind that is built in, and RSAPublicKey. */
#include <string.h>

#include "rotor/crypto.h"
#include "rotor/der.h"

static const uint8_t oid_ec_public_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t oid_p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_p384[] = {0x2b, 0x81, 0x04, 0x00, 0x22};
#if ROTOR_CRYPTO_P521
static const uint8_t oid_p521[] = {0x2b, 0x81, 0x04, 0x00, 0x23};
#endif
#if ROTOR_CRYPTO_EDDSA
static const uint8_t oid_ed25519[] = {0x2b, 0x65, 0x70};
static const uint8_t oid_ed448[] = {0x2b, 0x65, 0x71};
#endif
#if ROTOR_RSA_BITS_MAX
static const uint8_t oid_rsa_encryption[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
#endif

#define UNCOMPRESSED_POINT 0x04
#define ANY_RSA            ROTOR_SIG_RSA2048_PSS

/* What an AlgorithmIdentifier says of each kind of key. RSA keys of all sizes are of one kind here. */
static const struct kind {
	enum rotor_sig_alg alg;
	struct rotor_bytes oid;
	/* the parameters, if they are an OID: the curve */
	struct rotor_bytes curve;
	/* the parameters, if they are NULL */
	bool null;
} kinds[] = {
    {ROTOR_SIG_ECDSA_P256,
     {oid_ec_public_key, sizeof(oid_ec_public_key)},
     {oid_p256, sizeof(oid_p256)},
     false},
    {ROTOR_SIG_ECDSA_P384,
     {oid_ec_public_key, sizeof(oid_ec_public_key)},
     {oid_p384, sizeof(oid_p384)},
     false},
#if ROTOR_CRYPTO_P521
    {ROTOR_SIG_ECDSA_P521,
     {oid_ec_public_key, sizeof(oid_ec_public_key)},
     {oid_p521, sizeof(oid_p521)},
     false},
#endif
#if ROTOR_CRYPTO_EDDSA
    {ROTOR_SIG_ED25519, {oid_ed25519, sizeof(oid_ed25519)}, {NULL, 0}, false},
    {ROTOR_SIG_ED448, {oid_ed448, sizeof(oid_ed448)}, {NULL, 0}, false},
#endif
#if ROTOR_RSA_BITS_MAX
    {ANY_RSA, {oid_rsa_encryption, sizeof(oid_rsa_encryption)}, {NULL, 0}, true},
#endif
};

/* ---- RSAPublicKey ---- */

#if ROTOR_RSA_BITS_MAX
#define EXPONENT_SIZE 4
#define EXPONENT_MIN  65537

static bool is_rsa(enum rotor_sig_alg alg)
{
	return rotor_sig_key(alg) >= ROTOR_SIG_RSA2048_PSS &&
	       rotor_sig_key(alg) <= ROTOR_SIG_RSA4096_PSS;
}

/* The algorithm of keys with a modulus of so many bytes. */
static enum rotor_sig_alg rsa_of(size_t modulus)
{
	for (unsigned alg = ROTOR_SIG_RSA2048_PSS; alg <= ROTOR_SIG_RSA4096_PSS; alg++) {
		if (modulus && rotor_sig_size((enum rotor_sig_alg)alg) == modulus) {
			return (enum rotor_sig_alg)alg;
		}
	}
	return ROTOR_SIG_NONE;
}

static void write_rsa(struct rotor_writer *w, const struct rotor_public_key *key)
{
	size_t modulus = key->len - EXPONENT_SIZE;
	size_t sequence = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	rotor_der_write_magnitude(w, ROTOR_DER_INTEGER, key->bytes, modulus);
	rotor_der_write_magnitude(w, ROTOR_DER_INTEGER, key->bytes + modulus, EXPONENT_SIZE);
	rotor_der_end(w, sequence);
}

enum rotor_status rotor_rsa_public_write(const struct rotor_public_key *key, uint8_t *der,
					 size_t cap, size_t *len)
{
	*len = 0;
	if (!is_rsa(key->alg) || key->len != rotor_sig_public_size(key->alg)) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_writer w = rotor_writer(der, cap);
	write_rsa(&w, key);
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_rsa_public_read(const uint8_t *der, size_t len,
					struct rotor_public_key *key)
{
	struct rotor_reader r = rotor_reader(der, len);
	struct rotor_reader sequence = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	struct rotor_bytes modulus = rotor_der_read_magnitude(&sequence, ROTOR_DER_INTEGER);
	struct rotor_bytes exponent = rotor_der_read_magnitude(&sequence, ROTOR_DER_INTEGER);
	memset(key, 0, sizeof(*key));
	if (rotor_reader_end(&sequence) || rotor_reader_end(&r) || modulus.len == 0) {
		return ROTOR_ERR_FORMAT;
	}
	uint32_t e = 0;
	for (size_t i = 0; i < exponent.len && exponent.len <= EXPONENT_SIZE; i++) {
		e = e << 8 | exponent.data[i];
	}
	size_t size = modulus.len;
	key->alg = rsa_of(size);
	if (key->alg == ROTOR_SIG_NONE || !(modulus.data[0] & 0x80) || e < EXPONENT_MIN) {
		key->alg = ROTOR_SIG_NONE;
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (!(modulus.data[size - 1] & 1) || !(e & 1)) {
		key->alg = ROTOR_SIG_NONE;
		return ROTOR_ERR_FORMAT;
	}
	key->len = (uint16_t)(size + EXPONENT_SIZE);
	memcpy(key->bytes, modulus.data, size);
	memcpy(key->bytes + key->len - exponent.len, exponent.data, exponent.len);
	return ROTOR_OK;
}
#endif

/* ---- SubjectPublicKeyInfo ---- */

static void write_algorithm(struct rotor_writer *w, const struct kind *kind)
{
	size_t algorithm = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	rotor_der_write(w, ROTOR_DER_OID, kind->oid.data, kind->oid.len);
	if (kind->curve.len) {
		rotor_der_write(w, ROTOR_DER_OID, kind->curve.data, kind->curve.len);
	}
	if (kind->null) {
		rotor_der_write(w, ROTOR_DER_NULL, NULL, 0);
	}
	rotor_der_end(w, algorithm);
}

static void write_key(struct rotor_writer *w, const struct rotor_public_key *key)
{
	size_t bits = rotor_der_begin(w, ROTOR_DER_BIT_STRING);
	rotor_write_u8(w, 0);
#if ROTOR_RSA_BITS_MAX
	if (is_rsa(key->alg)) {
		write_rsa(w, key);
		rotor_der_end(w, bits);
		return;
	}
#endif
	if (rotor_ecdsa_size(key->alg)) {
		rotor_write_u8(w, UNCOMPRESSED_POINT);
	}
	rotor_write_bytes(w, key->bytes, key->len);
	rotor_der_end(w, bits);
}

enum rotor_status rotor_spki_write(const struct rotor_public_key *key, uint8_t *der, size_t cap,
				   size_t *len)
{
	const struct kind *kind = NULL;
	enum rotor_sig_alg alg = key->alg;
	*len = 0;
#if ROTOR_RSA_BITS_MAX
	alg = is_rsa(alg) ? ANY_RSA : alg;
#endif
	for (size_t i = 0; i < ROTOR_COUNT_OF(kinds); i++) {
		if (kinds[i].alg == alg) {
			kind = &kinds[i];
		}
	}
	if (kind == NULL || key->len != rotor_sig_public_size(key->alg)) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_writer w = rotor_writer(der, cap);
	size_t spki = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
	write_algorithm(&w, kind);
	write_key(&w, key);
	rotor_der_end(&w, spki);
	return rotor_writer_end(&w, len);
}

/* The algorithm that an AlgorithmIdentifier's content names, ROTOR_SIG_NONE if it is not built in. */
static enum rotor_sig_alg kind_of(struct rotor_reader *algorithm)
{
	struct rotor_bytes oid = rotor_der_read(algorithm, ROTOR_DER_OID);
	struct rotor_bytes curve = {NULL, 0};
	bool null = rotor_der_next_is(algorithm, ROTOR_DER_NULL);
	if (rotor_der_next_is(algorithm, ROTOR_DER_OID)) {
		curve = rotor_der_read(algorithm, ROTOR_DER_OID);
	} else if (null && rotor_der_read(algorithm, ROTOR_DER_NULL).len != 0) {
		rotor_reader_fail(algorithm);
	}
	for (size_t i = 0; i < ROTOR_COUNT_OF(kinds); i++) {
		if (rotor_bytes_equal(oid, kinds[i].oid) &&
		    rotor_bytes_equal(curve, kinds[i].curve) && null == kinds[i].null &&
		    algorithm->left == 0) {
			return kinds[i].alg;
		}
	}
	return ROTOR_SIG_NONE;
}

/* The content of the BIT STRING. */
static enum rotor_status read_key(enum rotor_sig_alg alg, struct rotor_bytes bits,
				  struct rotor_public_key *key)
{
#if ROTOR_RSA_BITS_MAX
	if (alg == ANY_RSA) {
		return rotor_rsa_public_read(bits.data, bits.len, key);
	}
#endif
	size_t head = rotor_ecdsa_size(alg) ? 1 : 0;
	if (bits.len != head + rotor_sig_public_size(alg) ||
	    (head && bits.data[0] != UNCOMPRESSED_POINT)) {
		return ROTOR_ERR_FORMAT;
	}
	key->alg = alg;
	key->len = (uint16_t)(bits.len - head);
	memcpy(key->bytes, bits.data + head, key->len);
	return ROTOR_OK;
}

enum rotor_status rotor_spki_read(const uint8_t *der, size_t len, struct rotor_public_key *key)
{
	struct rotor_reader r = rotor_reader(der, len);
	struct rotor_reader spki = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	struct rotor_reader algorithm = rotor_der_enter(&spki, ROTOR_DER_SEQUENCE);
	struct rotor_bytes bits = rotor_der_read_bits(&spki, ROTOR_DER_BIT_STRING, NULL);
	memset(key, 0, sizeof(*key));
	if (rotor_reader_end(&spki) || rotor_reader_end(&r)) {
		return ROTOR_ERR_FORMAT;
	}
	enum rotor_sig_alg alg = kind_of(&algorithm);
	if (rotor_reader_status(&algorithm)) {
		return ROTOR_ERR_FORMAT;
	}
	return alg == ROTOR_SIG_NONE ? ROTOR_ERR_UNSUPPORTED : read_key(alg, bits, key);
}
