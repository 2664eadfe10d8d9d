/* SPDX-License-Identifier: Apache-2.0 */
#include "rotor/boot_verdict.h"

enum rotor_boot_verdict rotor_boot_verdict_of(enum rotor_image_refusal refusal)
{
	switch (refusal) {
	case ROTOR_IMAGE_HASH_MISMATCH:
		return ROTOR_VERDICT_DAMAGED;
	case ROTOR_IMAGE_HASH_MISSING:
	case ROTOR_IMAGE_SIGNATURE_MISSING:
	case ROTOR_IMAGE_KEY_MISSING:
		return ROTOR_VERDICT_UNSIGNED;
	case ROTOR_IMAGE_ALGORITHMS_MISMATCH:
	case ROTOR_IMAGE_SIGNATURE_MALFORMED:
	case ROTOR_IMAGE_SIGNATURE_WRONG:
		return ROTOR_VERDICT_SIGNATURE;
	case ROTOR_IMAGE_KEY_MALFORMED:
	case ROTOR_IMAGE_KEY_UNKNOWN:
		return ROTOR_VERDICT_STRANGER;
	case ROTOR_IMAGE_SECURITY_VERSION_LOW:
		return ROTOR_VERDICT_SECURITY_VERSION;
	case ROTOR_IMAGE_VENDOR_MISSING:
	case ROTOR_IMAGE_VENDOR_MISMATCH:
	case ROTOR_IMAGE_CLASS_MISSING:
	case ROTOR_IMAGE_CLASS_MISMATCH:
		return ROTOR_VERDICT_OTHER_PRODUCT;
	case ROTOR_IMAGE_KIND_MISMATCH:
		return ROTOR_VERDICT_OTHER_PURPOSE;
	case ROTOR_IMAGE_BAD_FLAGS:
	case ROTOR_IMAGE_TLV_UNKNOWN:
	case ROTOR_IMAGE_DEPENDENCY:
	case ROTOR_IMAGE_SIGNATURE_UNSUPPORTED:
	case ROTOR_IMAGE_SIGNATURE_PURE:
	case ROTOR_IMAGE_SECURITY_VERSION_HIGH:
		return ROTOR_VERDICT_UNSUPPORTED;
	case ROTOR_IMAGE_READ_FAILED:
	case ROTOR_IMAGE_CRYPTO_FAILED:
	case ROTOR_IMAGE_FAULT:
		return ROTOR_VERDICT_DEVICE;
	case ROTOR_IMAGE_BODY_OVERRUN:
	case ROTOR_IMAGE_TOO_LARGE:
		return ROTOR_VERDICT_LENGTH;
	default:
		return ROTOR_VERDICT_NOT_AN_IMAGE;
	}
}

const char *rotor_boot_verdict_string(enum rotor_boot_verdict verdict)
{
	static const char *const strings[ROTOR_VERDICT_COUNT] = {
	    [ROTOR_VERDICT_NOT_AN_IMAGE] = "not a well-formed firmware image",
	    [ROTOR_VERDICT_LENGTH] = "the image is not as long as was announced",
	    [ROTOR_VERDICT_DAMAGED] = "the image is damaged: its hash does not match",
	    [ROTOR_VERDICT_UNSIGNED] = "the image is not signed",
	    [ROTOR_VERDICT_SIGNATURE] = "the image's signature does not verify",
	    [ROTOR_VERDICT_STRANGER] =
		"the image is signed by a key that the device does not trust",
	    [ROTOR_VERDICT_SECURITY_VERSION] =
		"the image's security version is below the device's security floor",
	    [ROTOR_VERDICT_OTHER_PRODUCT] = "the image is for another product",
	    [ROTOR_VERDICT_UNSUPPORTED] = "the image uses what the device does not support",
	    [ROTOR_VERDICT_DEVICE] = "the device could not read or check its flash",
	    [ROTOR_VERDICT_OTHER_PURPOSE] = "the image is for another purpose",
	    [ROTOR_VERDICT_OLD_SETTINGS] = "the settings are not newer than those in force",
	};
	return (unsigned int)verdict < ROTOR_VERDICT_COUNT ? strings[verdict] : "unknown verdict";
}
