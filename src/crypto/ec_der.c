/* SPDX-License-Identifier: Apache-2.0 */
/* DER forms of elliptic-curve signatures and public keys; where certificates end in a chain. */
#include "rotor/crypto.h"

#include <string.h>

#include "rotor/der.h"

enum rotor_status rotor_ecdsa_to_der(enum rotor_sig_alg alg, const uint8_t *raw, uint8_t *der,
				     size_t cap, size_t *len)
{
	size_t size = rotor_sig_private_size(alg);
	*len = 0;
	if (size == 0) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_writer w = rotor_writer(der, cap);
	size_t seq = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
	rotor_der_write_magnitude(&w, ROTOR_DER_INTEGER, raw, size);
	rotor_der_write_magnitude(&w, ROTOR_DER_INTEGER, raw + size, size);
	rotor_der_end(&w, seq);
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_ecdsa_from_der(enum rotor_sig_alg alg, const uint8_t *der, size_t len,
				       uint8_t *raw)
{
	size_t size = rotor_sig_private_size(alg);
	struct rotor_reader r = rotor_reader(der, len);
	struct rotor_reader seq = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	struct rotor_bytes parts[2];
	for (size_t i = 0; i < 2; i++) {
		parts[i] = rotor_der_read_magnitude(&seq, ROTOR_DER_INTEGER);
		if (parts[i].len > size) {
			rotor_reader_fail(&seq);
		}
	}
	if (size == 0 || rotor_reader_end(&seq) || rotor_reader_end(&r)) {
		return ROTOR_ERR_FORMAT;
	}
	memset(raw, 0, 2 * size);
	for (size_t i = 0; i < 2; i++) {
		memcpy(raw + (i + 1) * size - parts[i].len, parts[i].data, parts[i].len);
	}
	return ROTOR_OK;
}

/* ---- SubjectPublicKeyInfo ---- */

static const uint8_t oid_ec_public_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t oid_p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_p384[] = {0x2b, 0x81, 0x04, 0x00, 0x22};

#define UNCOMPRESSED_POINT 0x04

static const struct {
	enum rotor_sig_alg alg;
	struct rotor_bytes oid;
} curves[] = {
    {ROTOR_SIG_ECDSA_P256, {oid_p256, sizeof(oid_p256)}},
    {ROTOR_SIG_ECDSA_P384, {oid_p384, sizeof(oid_p384)}},
};

enum rotor_status rotor_spki_write(const struct rotor_public_key *key, uint8_t *der, size_t cap,
				   size_t *len)
{
	struct rotor_bytes curve = {0};
	*len = 0;
	for (size_t i = 0; i < ROTOR_COUNT_OF(curves); i++) {
		if (curves[i].alg == key->alg) {
			curve = curves[i].oid;
		}
	}
	if (curve.len == 0 || key->len != rotor_sig_public_size(key->alg)) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_writer w = rotor_writer(der, cap);
	size_t spki = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
	size_t algorithm = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
	rotor_der_write(&w, ROTOR_DER_OID, oid_ec_public_key, sizeof(oid_ec_public_key));
	rotor_der_write(&w, ROTOR_DER_OID, curve.data, curve.len);
	rotor_der_end(&w, algorithm);
	size_t bits = rotor_der_begin(&w, ROTOR_DER_BIT_STRING);
	rotor_write_u8(&w, 0);
	rotor_write_u8(&w, UNCOMPRESSED_POINT);
	rotor_write_bytes(&w, key->bytes, key->len);
	rotor_der_end(&w, bits);
	rotor_der_end(&w, spki);
	return rotor_writer_end(&w, len);
}

/* The algorithm that an AlgorithmIdentifier's content names, ROTOR_SIG_NONE if it is not built in. */
static enum rotor_sig_alg curve_of(struct rotor_reader *algorithm)
{
	const struct rotor_bytes ec = {oid_ec_public_key, sizeof(oid_ec_public_key)};
	if (!rotor_bytes_equal(rotor_der_read(algorithm, ROTOR_DER_OID), ec) ||
	    !rotor_der_next_is(algorithm, ROTOR_DER_OID)) {
		return ROTOR_SIG_NONE;
	}
	struct rotor_bytes oid = rotor_der_read(algorithm, ROTOR_DER_OID);
	for (size_t i = 0; i < ROTOR_COUNT_OF(curves); i++) {
		if (rotor_bytes_equal(oid, curves[i].oid) && algorithm->left == 0) {
			return curves[i].alg;
		}
	}
	return ROTOR_SIG_NONE;
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
	enum rotor_sig_alg alg = curve_of(&algorithm);
	if (rotor_reader_status(&algorithm)) {
		return ROTOR_ERR_FORMAT;
	}
	if (alg == ROTOR_SIG_NONE) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (bits.len != 1 + rotor_sig_public_size(alg) || bits.data[0] != UNCOMPRESSED_POINT) {
		return ROTOR_ERR_FORMAT;
	}
	key->alg = alg;
	key->len = (uint16_t)(bits.len - 1);
	memcpy(key->bytes, bits.data + 1, key->len);
	return ROTOR_OK;
}

/* ---- chains ---- */

enum rotor_status rotor_cert_split(struct rotor_bytes chain, struct rotor_bytes *certs, size_t cap,
				   size_t *count)
{
	struct rotor_reader r = rotor_reader(chain.data, chain.len);
	size_t n = 0;
	*count = 0;
	while (r.left && n < cap) {
		certs[n++] = rotor_der_read_element(&r, ROTOR_DER_SEQUENCE);
	}
	if (rotor_reader_status(&r) || n == 0) {
		return ROTOR_ERR_FORMAT;
	}
	if (r.left) {
		return ROTOR_ERR_SPACE;
	}
	*count = n;
	return ROTOR_OK;
}
