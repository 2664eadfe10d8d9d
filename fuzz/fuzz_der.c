/* SPDX-License-Identifier: Apache-2.0 */
/* The DER reader and what stands on it: signatures, public keys, chains. What is accepted is written back the same. */
#include <stdlib.h>
#include <string.h>

#include "rotor/crypto.h"
#include "rotor/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition) {
		abort();
	}
}

static void walk(struct rotor_reader r, unsigned depth)
{
	while (r.left && depth) {
		struct rotor_reader as_bits = r;
		struct rotor_reader as_uint = r;
		uint8_t tag;
		uint8_t unused;
		struct rotor_bytes content = rotor_der_read_any(&r, &tag);
		(void)rotor_der_read_bits(&as_bits, tag, &unused);
		require(unused <= 7);
		(void)rotor_der_read_uint(&as_uint, tag);
		if (tag & 0x20) {
			walk(rotor_reader(content.data, content.len), depth - 1);
		}
	}
}

static void signature(enum rotor_sig_alg alg, const uint8_t *data, size_t size)
{
	uint8_t raw[ROTOR_SIGNATURE_MAX];
	uint8_t der[ROTOR_SIGNATURE_MAX + 16];
	size_t len;
	if (rotor_ecdsa_from_der(alg, data, size, raw) == ROTOR_OK) {
		require(rotor_ecdsa_to_der(alg, raw, der, sizeof(der), &len) == ROTOR_OK);
		require(len == size && memcmp(der, data, len) == 0);
	}
}

static void public_key(const uint8_t *data, size_t size)
{
	struct rotor_public_key key;
	uint8_t der[ROTOR_SPKI_MAX];
	size_t len;
	if (rotor_spki_read(data, size, &key) == ROTOR_OK) {
		require(rotor_spki_write(&key, der, sizeof(der), &len) == ROTOR_OK);
		require(len == size && memcmp(der, data, len) == 0);
	}
	if (rotor_rsa_public_read(data, size, &key) == ROTOR_OK) {
		require(rotor_rsa_public_write(&key, der, sizeof(der), &len) == ROTOR_OK);
		require(len == size && memcmp(der, data, len) == 0);
	}
}

static void chain(const uint8_t *data, size_t size)
{
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	const struct rotor_bytes whole = {data, size};
	size_t count;
	size_t total = 0;
	if (rotor_cert_split(whole, certs, ROTOR_COUNT_OF(certs), &count) == ROTOR_OK) {
		for (size_t i = 0; i < count; i++) {
			total += certs[i].len;
		}
		require(total == size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_bytes name = {data, size};
	walk(rotor_reader(data, size), 8);
	signature(ROTOR_SIG_ECDSA_P256, data, size);
	signature(ROTOR_SIG_ECDSA_P384, data, size);
	signature(ROTOR_SIG_ECDSA_P521, data, size);
	public_key(data, size);
	chain(data, size);
	(void)rotor_name_common_name(name);
	return 0;
}
