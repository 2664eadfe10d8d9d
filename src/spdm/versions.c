/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/versions.h"

/* The flags that each version brought. */
#define CAPS_10 UINT32_C(0x0000003F)
#define CAPS_11 UINT32_C(0x0001FFC0)
#define CAPS_12 UINT32_C(0x003E0000)
#define CAPS_13 UINT32_C(0x3FC00000)
/* Of 1.4 what a verifier needs. */
#define CAPS_ATTEST                                                                                \
	(CAPS_10 | ROTOR_SPDM_CAP_PUB_KEY_ID | ROTOR_SPDM_CAP_ALIAS_CERT | ROTOR_SPDM_CAP_MULTI_KEY)

uint32_t rotor_spdm_version_capabilities(uint8_t version, uint32_t flags)
{
	uint32_t have = CAPS_10;
	if (rotor_spdm_since(version, ROTOR_SPDM_V11))
		have |= CAPS_11;
	if (rotor_spdm_since(version, ROTOR_SPDM_V12))
		have |= CAPS_12;
	if (rotor_spdm_since(version, ROTOR_SPDM_V13))
		have |= CAPS_13;
	if (rotor_spdm_since(version, ROTOR_SPDM_V14))
		have = CAPS_ATTEST;
	return flags & have;
}

uint32_t rotor_spdm_version_algorithms(uint8_t version, enum rotor_spdm_family family,
				       uint32_t bits)
{
	/* What 1.2 added: SM2 and EdDSA, SM3, SM2 again, SM4-GCM. */
	static const uint16_t before_12[] = {
	    [ROTOR_SPDM_FAMILY_ASYM] = 0x01FF,    [ROTOR_SPDM_FAMILY_HASH] = 0x3F,
	    [ROTOR_SPDM_FAMILY_MEAS_HASH] = 0x7F, [ROTOR_SPDM_FAMILY_DHE] = 0x3F,
	    [ROTOR_SPDM_FAMILY_AEAD] = 0x07,
	};
	if (!rotor_spdm_since(version, ROTOR_SPDM_V12) &&
	    (size_t)family < ROTOR_COUNT_OF(before_12))
		return bits & before_12[family];
	return bits;
}

uint8_t rotor_spdm_version_error(uint8_t version, uint8_t error)
{
	if (!rotor_spdm_since(version, ROTOR_SPDM_V12) &&
	    error >= ROTOR_SPDM_ERROR_SESSION_REQUIRED &&
	    error <= ROTOR_SPDM_ERROR_REQUEST_TOO_LARGE)
		return ROTOR_SPDM_ERROR_UNSPECIFIED;
	if (rotor_spdm_since(version, ROTOR_SPDM_V13))
		return error;
	if (error == ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS)
		return ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST;
	if (error == ROTOR_SPDM_ERROR_INVALID_POLICY || error == ROTOR_SPDM_ERROR_OPERATION_FAILED)
		return ROTOR_SPDM_ERROR_UNSPECIFIED;
	return error;
}
