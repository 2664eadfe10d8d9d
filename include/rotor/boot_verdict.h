/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Why a device refused an image, as one number that fits the vendor's range of
 * DSP0267's VerifyResult: what device and agent say to each other beyond the
 * specification's few codes.
 */
#ifndef ROTOR_BOOT_VERDICT_H
#define ROTOR_BOOT_VERDICT_H

#include <stdint.h>

#include "rotor/boot_image.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Values are on the wire (added to 0x90): new ones go to the end. At most 32. */
enum rotor_boot_verdict {
	ROTOR_VERDICT_NOT_AN_IMAGE = 0,     /**< structure, sizes, flags, TLVs */
	ROTOR_VERDICT_LENGTH = 1,           /**< not as long as was announced */
	ROTOR_VERDICT_DAMAGED = 2,          /**< the hash does not match */
	ROTOR_VERDICT_UNSIGNED = 3,         /**< hash or signature is missing */
	ROTOR_VERDICT_SIGNATURE = 4,        /**< the signature does not verify */
	ROTOR_VERDICT_STRANGER = 5,         /**< signed by a key that the device does not trust */
	ROTOR_VERDICT_SECURITY_VERSION = 6, /**< below the security floor */
	ROTOR_VERDICT_OTHER_PRODUCT =
	    7,                         /**< vendor or class identifier is missing or another one */
	ROTOR_VERDICT_UNSUPPORTED = 8, /**< an algorithm or feature that the device does not have */
	ROTOR_VERDICT_DEVICE = 9,      /**< the device's own failure: flash or cryptography */
	ROTOR_VERDICT_OTHER_PURPOSE =
	    10, /**< a recovery image or settings as firmware, or the reverse */
	ROTOR_VERDICT_OLD_SETTINGS = 11, /**< settings that are not newer than those in force */
	ROTOR_VERDICT_COUNT
};

/** The verdict that goes with a refusal. @param refusal not ROTOR_IMAGE_ACCEPTED */
enum rotor_boot_verdict rotor_boot_verdict_of(enum rotor_image_refusal refusal);
/** A short lower-case English phrase for people; never NULL. */
const char *rotor_boot_verdict_string(enum rotor_boot_verdict verdict);

#ifdef __cplusplus
}
#endif

#endif
