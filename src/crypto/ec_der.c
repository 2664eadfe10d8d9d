/* SPDX-License-Identifier: Apache-2.0 */
/* DER forms of elliptic-curve signatures; where certificates end in a chain. */
#include "rotor/crypto.h"

#include <string.h>

#include "rotor/der.h"

enum rotor_status rotor_ecdsa_to_der(enum rotor_sig_alg alg, const uint8_t *raw, uint8_t *der,
				     size_t cap, size_t *len)
{
	size_t size = rotor_ecdsa_size(alg);
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
	size_t size = rotor_ecdsa_size(alg);
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
