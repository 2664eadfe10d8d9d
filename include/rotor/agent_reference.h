/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Reference values: what a device is expected to measure when it runs one
 * version of its firmware, signed by whoever releases that firmware.
 *
 * The manifest is a COSE_Sign1 message (RFC 9052, 4.2) with ES384 over a CBOR
 * map; docs/reference-manifest.md has the format. An update package carries it
 * as ReferenceManifestData (DSP0267 1.3), a verifier's trust store holds the
 * same bytes, and both believe it only under the signature of a release key.
 */
#ifndef ROTOR_AGENT_REFERENCE_H
#define ROTOR_AGENT_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "rotor/crypto.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Most measurements that one manifest may name. */
#ifndef ROTOR_REFERENCE_VALUES_MAX
#define ROTOR_REFERENCE_VALUES_MAX 16
#endif
/** Largest manifest that is read, in bytes. */
#ifndef ROTOR_REFERENCE_MAX
#define ROTOR_REFERENCE_MAX 4096
#endif

/** One expected measurement block, as DSP0274 numbers and types it. */
struct rotor_reference_value {
	uint8_t index; /**< measurement index, 1 to 0xEF */
	uint8_t type;  /**< DMTFSpecMeasurementValueType, bit 7 set for a raw bit stream */
	struct rotor_bytes value; /**< the digest or the raw value */
};

/** A manifest's content. Views point into the bytes that were read. */
struct rotor_reference {
	struct rotor_bytes vendor_id; /**< 16 bytes, as the image's vendor identifier */
	struct rotor_bytes class_id;  /**< 16 bytes, as the image's class identifier */
	struct rotor_bytes version;   /**< text, without a terminator */
	uint64_t security_version;
	size_t value_count;
	struct rotor_reference_value values[ROTOR_REFERENCE_VALUES_MAX];
};

/**
 * Reads a manifest and believes it only if one of @p signers signed it.
 * @param job      zeroed on the first call; call again with the same arguments while ROTOR_PENDING
 * @param signers  public release keys that are trusted (P-384)
 * @param out      filled only on ROTOR_OK; its views point into @p manifest
 * @return ROTOR_OK; ROTOR_PENDING; ROTOR_ERR_LENGTH or ROTOR_ERR_FORMAT (not such a manifest);
 *         ROTOR_ERR_UNSUPPORTED (another algorithm or format version); ROTOR_ERR_UNTRUSTED (signed by no key of
 *         @p signers); ROTOR_ERR_VERIFY (a trusted key is named, but the signature is wrong)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_reference_open(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
		     struct rotor_bytes manifest, const struct rotor_public_key *signers,
		     size_t signer_count, struct rotor_reference *out);

/**
 * Writes and signs a manifest.
 * @param signer_key the public key of @p signer (P-384); its digest names the signer in the manifest
 * @return ROTOR_OK; ROTOR_PENDING; ROTOR_ERR_SPACE; ROTOR_ERR_ARGUMENT; or the signer's error
 */
ROTOR_MUST_CHECK enum rotor_status rotor_reference_write(const struct rotor_crypto *crypto,
							 struct rotor_crypto_job *job,
							 const struct rotor_reference *reference,
							 const struct rotor_signer *signer,
							 const struct rotor_public_key *signer_key,
							 uint8_t *out, size_t cap, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
