/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cryptography by SPDM's own algorithm bits, straight from libcrypto: what recorded conversations are checked with, and
 * rotor's backends beside it. Every function fails the test if libcrypto does.
 */
#ifndef ROTOR_TEST_SPDM_ORACLE_H
#define ROTOR_TEST_SPDM_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/wire.h"

/** @param hash a bit of BaseHashAlgo */
void oracle_hash(uint32_t hash, const uint8_t *data, size_t len, uint8_t *digest);
void oracle_hmac(uint32_t hash, const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
		 uint8_t *mac);
/** HKDF-Expand (RFC 5869) from a secret of the digest's size. */
void oracle_expand(uint32_t hash, const uint8_t *secret, const uint8_t *info, size_t info_len,
		   uint8_t *out, size_t len);
/**
 * Whether a signature as SPDM writes it is one over a message.
 * @param asym a bit of BaseAsymAlgo
 * @param spki the key, DER
 */
bool oracle_verify(uint32_t asym, uint32_t hash, struct rotor_bytes spki,
		   struct rotor_bytes message, struct rotor_bytes signature);
/** The key of a certificate. @return its size */
size_t oracle_spki(struct rotor_bytes certificate, uint8_t *spki, size_t cap);
/** Whether a PKCS #10 request is signed by its own key. */
bool oracle_csr(struct rotor_bytes csr);
/** @param aead a bit of the AEAD structure. @return whether the tag (16 bytes behind the data) is right */
bool oracle_open(uint16_t aead, const uint8_t *key, const uint8_t iv[12], struct rotor_bytes aad,
		 struct rotor_bytes sealed, uint8_t *out);

#endif
