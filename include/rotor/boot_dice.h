/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Identity by DICE: the device secret and the measurement of the next stage
 * give that stage's key, and a certificate that says what was measured.
 *
 *     device secret ── HKDF ──▶ device identity key (DeviceID): the same for the device's life
 *                   └─ HKDF ──▶ CDI(image hash, security version, configuration) ──▶ runtime key
 *
 * Nothing else goes in: not the slot, not a counter, not the time. So the same
 * image has the same key and, with a deterministic signature, the same
 * certificate, byte for byte, in either slot and at every boot.
 *
 * The certificate of the runtime key carries TCG's DiceTcbInfo (DICE
 * Attestation Architecture 1.1, section 6.1.1), not critical.
 */
#ifndef ROTOR_BOOT_DICE_H
#define ROTOR_BOOT_DICE_H

#include "rotor/boot.h"
#include "rotor/crypto.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Validity of what the boot stage certifies: it has no clock (RFC 5280, 4.1.2.5 gives the last moment this meaning). */
#define ROTOR_DICE_NOT_BEFORE "20260101000000Z"
#define ROTOR_DICE_NOT_AFTER  "99991231235959Z"

/** Algorithm of every key of this module. */
#define ROTOR_DICE_SIG_ALG ROTOR_SIG_ECDSA_P384

/** What a DiceTcbInfo says. Empty views and a zero hash_alg are "absent"; views point where they were read from. */
struct rotor_dice_tcb_info {
	struct rotor_bytes vendor;  /**< UTF-8 */
	struct rotor_bytes model;   /**< UTF-8 */
	struct rotor_bytes version; /**< UTF-8 */
	bool has_svn;
	uint64_t svn;
	enum rotor_hash_alg
	    fwid_alg; /**< of the first FWID; ROTOR_HASH_NONE if there is none of a known kind */
	struct rotor_bytes fwid; /**< its digest */
};

/** Writes a DiceTcbInfo (vendor, model, version, svn, fwids; DER). @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_dice_tcb_info_write(const struct rotor_dice_tcb_info *info,
							     uint8_t *der, size_t cap, size_t *len);
/** Reads one, strictly; fields that rotor does not use are passed over. @return ROTOR_OK, ROTOR_ERR_FORMAT */
ROTOR_MUST_CHECK enum rotor_status rotor_dice_tcb_info_read(const uint8_t *der, size_t len,
							    struct rotor_dice_tcb_info *out);

/** What the runtime's identity is made of, besides the secret. */
struct rotor_dice_measurement {
	uint8_t digest[ROTOR_BOOT_DIGEST_SIZE];        /**< image hash */
	uint32_t security_version;                     /**< of the image */
	uint8_t config_digest[ROTOR_BOOT_DIGEST_SIZE]; /**< rotor_boot_config_digest */
};

/**
 * Derives the device identity key. The caller wipes @p key.
 * @return ROTOR_OK, ROTOR_ERR_CRYPTO, ROTOR_ERR_UNSUPPORTED
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_dice_identity_key(const struct rotor_crypto *crypto,
			const uint8_t secret[ROTOR_BOOT_SECRET_SIZE], struct rotor_soft_key *key);
/** Derives the runtime's key from secret and measurement. The caller wipes @p key. */
ROTOR_MUST_CHECK enum rotor_status rotor_dice_runtime_key(
    const struct rotor_crypto *crypto, const uint8_t secret[ROTOR_BOOT_SECRET_SIZE],
    const struct rotor_dice_measurement *measurement, struct rotor_soft_key *key);

/**
 * Certifies the runtime's key with the device identity key: subject "rotor runtime", EKU of an SPDM responder, TcbInfo.
 * @param identity_cert the device identity certificate, whose subject becomes the issuer and whose key must be @p identity
 * @param tcb_info DER of the DiceTcbInfo
 * @param job zeroed on the first call
 * @return ROTOR_OK, ROTOR_PENDING (call again, same arguments), ROTOR_ERR_UNTRUSTED (the certificate is of another key or
 *         may not certify), ROTOR_ERR_FORMAT, ROTOR_ERR_SPACE, ROTOR_ERR_CRYPTO
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_dice_certify_runtime(const struct rotor_crypto *crypto, struct rotor_soft_key *identity,
			   struct rotor_bytes identity_cert, const struct rotor_public_key *runtime,
			   struct rotor_bytes tcb_info, struct rotor_crypto_job *job, uint8_t *der,
			   size_t cap, size_t *len);

/**
 * Provisioning, on the device: derives the identity key from @p secret and writes a certificate request for it; the key
 * is wiped before this returns.
 * @param subject_cn common name that is asked for, 1 to 64 bytes
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_dice_identity_request(const struct rotor_crypto *crypto,
			    const uint8_t secret[ROTOR_BOOT_SECRET_SIZE], const char *subject_cn,
			    uint8_t *der, size_t cap, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
