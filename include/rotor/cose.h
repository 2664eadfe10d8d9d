/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Signed bytes as rotor's own formats have them: COSE_Sign1 (RFC 9052, 4.2),
 * tagged, with ES384, in deterministic encoding:
 *
 *     18([ << {1: -35, 4: kid} >>, {}, payload, signature ])
 *
 * kid is the first 8 bytes of SHA-384 over the signer's SubjectPublicKeyInfo.
 * Each format has its own external_aad, so that what was signed as one is
 * nothing as another.
 */
#ifndef ROTOR_COSE_H
#define ROTOR_COSE_H

#include <stddef.h>
#include <stdint.h>

#include "rotor/crypto.h"
#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a message with a payload of 24 to 255 bytes, the payload not counted. */
#define ROTOR_COSE_SIGN1_OVERHEAD 118

/**
 * Reads a message and believes it only if one of @p signers signed it.
 * @param job     zeroed on the first call; call again with the same arguments while ROTOR_PENDING
 * @param aad     external_aad
 * @param signers public keys that are trusted; others than P-384 are passed over
 * @param payload filled only on ROTOR_OK; points into @p message
 * @return ROTOR_OK; ROTOR_PENDING; ROTOR_ERR_FORMAT (not such a message); ROTOR_ERR_UNSUPPORTED (another algorithm);
 *         ROTOR_ERR_UNTRUSTED (signed by no key of @p signers); ROTOR_ERR_VERIFY (such a key is named, but the signature is wrong)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_cose_sign1_open(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
		      struct rotor_bytes message, struct rotor_bytes aad,
		      const struct rotor_public_key *signers, size_t signer_count,
		      struct rotor_bytes *payload);

/**
 * Writes and signs a message.
 * @param signer_key the public key of @p signer (P-384)
 * @return ROTOR_OK; ROTOR_PENDING; ROTOR_ERR_SPACE; ROTOR_ERR_ARGUMENT (another algorithm); or the signer's error
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_cose_sign1_write(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
		       struct rotor_bytes payload, struct rotor_bytes aad,
		       const struct rotor_signer *signer, const struct rotor_public_key *signer_key,
		       uint8_t *out, size_t cap, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
