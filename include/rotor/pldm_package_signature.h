/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Signatures of whole firmware update packages.
 *
 * DSP0267 has none: what a device trusts is the signature of each image. One
 * over the package lets an agent refuse it before it touches any device, with
 * everything that no image's signature covers: for which devices it is, in
 * which order, with which options and package data.
 *
 * A signature is a COSE_Sign1 message (rotor/cose.h) by a release key. It is
 * a file beside the package, over all of its bytes; or it is carried in the
 * package as its last component, which no device record lists, so that every
 * other reader finds a good package with one image that nobody gets.
 * docs/package.md has both formats.
 */
#ifndef ROTOR_PLDM_PACKAGE_SIGNATURE_H
#define ROTOR_PLDM_PACKAGE_SIGNATURE_H

#include "rotor/crypto.h"
#include "rotor/pldm_package.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a signature, always. */
#define ROTOR_PACKAGE_SIGNATURE_SIZE 174
/** What announces a carried signature: a component of this classification (vendor-defined in DSP0267) … */
#define ROTOR_PACKAGE_SIGNATURE_CLASSIFICATION 0x8000u
/** … this identifier … */
#define ROTOR_PACKAGE_SIGNATURE_IDENTIFIER 0x5347u
/** … and this version string (ASCII). */
#define ROTOR_PACKAGE_SIGNATURE_VERSION "rotor package signature"

enum rotor_package_signature_kind {
	/** over every byte of the file */
	ROTOR_PACKAGE_SIGNATURE_DETACHED = 0,
	/** over every byte but the header's checksums, which are over the signature too, and the signature itself */
	ROTOR_PACKAGE_SIGNATURE_CARRIED = 1,
};

/** The component that announces and carries a signature; offset is not set. */
struct rotor_package_component rotor_package_signature_component(void);

/**
 * Looks for a carried signature.
 * @return ROTOR_OK; ROTOR_ERR_NOT_FOUND (none is announced); ROTOR_ERR_FORMAT (one is, but it is not the end of the package, is
 *         of another size, or a record lists it)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_package_signature_find(const struct rotor_package *package,
			     struct rotor_package_component *out);

/** A running digest of a package. */
struct rotor_package_digest {
	const struct rotor_crypto *crypto;
	const struct rotor_package *package;
	struct rotor_hash hash;
	uint64_t offset;
	uint64_t skip_from, skip_to; /**< not covered */
	uint64_t end;
};

/** Starts. @return ROTOR_OK; as rotor_package_signature_find() for a carried one; ROTOR_ERR_CRYPTO, ROTOR_ERR_UNSUPPORTED */
ROTOR_MUST_CHECK enum rotor_status
rotor_package_digest_init(struct rotor_package_digest *d, const struct rotor_crypto *crypto,
			  const struct rotor_package *package,
			  enum rotor_package_signature_kind kind);
/**
 * Reads and hashes up to @p len bytes (not 0), with @p buf as room for them.
 * @param digest SHA-384, 48 bytes, set with ROTOR_OK
 * @return ROTOR_PENDING (call again), ROTOR_OK, ROTOR_ERR_IO, ROTOR_ERR_CRYPTO; but for ROTOR_PENDING it is over
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_package_digest_step(struct rotor_package_digest *d, void *buf, size_t len, uint8_t *digest);

/**
 * Signs a digest.
 * @param job zeroed on the first call; call again with the same arguments while ROTOR_PENDING
 * @param out ROTOR_PACKAGE_SIGNATURE_SIZE bytes
 * @return ROTOR_OK; ROTOR_PENDING; ROTOR_ERR_ARGUMENT (a key that is not P-384); or the signer's error
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_package_signature_write(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
			      enum rotor_package_signature_kind kind, const uint8_t *digest,
			      const struct rotor_signer *signer,
			      const struct rotor_public_key *signer_key, uint8_t *out);
/**
 * Whether @p signature is of this kind, by one of @p signers, and of this digest.
 * @return ROTOR_OK; ROTOR_PENDING; ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED (no such signature); ROTOR_ERR_UNTRUSTED (by nobody
 *         trusted); ROTOR_ERR_VERIFY (wrong, or of another package)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_package_signature_verify(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
			       struct rotor_bytes signature, enum rotor_package_signature_kind kind,
			       const uint8_t *digest, const struct rotor_public_key *signers,
			       size_t signer_count);

#ifdef __cplusplus
}
#endif

#endif
