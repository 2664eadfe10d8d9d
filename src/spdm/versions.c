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

/* From 1.0 on, one a version. */
static const uint32_t capabilities[] = {
    CAPS_10,
    CAPS_10 | CAPS_11,
    CAPS_10 | CAPS_11 | CAPS_12,
    CAPS_10 | CAPS_11 | CAPS_12 | CAPS_13,
    CAPS_ATTEST,
};

bool rotor_spdm_version_known(uint8_t version)
{
	return version >= ROTOR_SPDM_VERSION_MIN && version <= ROTOR_SPDM_VERSION_MAX;
}

uint32_t rotor_spdm_version_capabilities(uint8_t version, uint32_t flags)
{
	return rotor_spdm_version_known(version) ? flags & capabilities[version - ROTOR_SPDM_V10]
						 : 0;
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
	static const struct {
		uint8_t error, since, before;
	} table[] = {
	    {ROTOR_SPDM_ERROR_SESSION_REQUIRED, ROTOR_SPDM_V12, ROTOR_SPDM_ERROR_UNSPECIFIED},
	    {ROTOR_SPDM_ERROR_RESET_REQUIRED, ROTOR_SPDM_V12, ROTOR_SPDM_ERROR_UNSPECIFIED},
	    {ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE, ROTOR_SPDM_V12, ROTOR_SPDM_ERROR_UNSPECIFIED},
	    {ROTOR_SPDM_ERROR_REQUEST_TOO_LARGE, ROTOR_SPDM_V12, ROTOR_SPDM_ERROR_UNSPECIFIED},
	    {ROTOR_SPDM_ERROR_INVALID_POLICY, ROTOR_SPDM_V13, ROTOR_SPDM_ERROR_UNSPECIFIED},
	    {ROTOR_SPDM_ERROR_OPERATION_FAILED, ROTOR_SPDM_V13, ROTOR_SPDM_ERROR_UNSPECIFIED},
	    {ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS, ROTOR_SPDM_V13,
	     ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(table); i++) {
		if (table[i].error == error && version < table[i].since)
			return table[i].before;
	}
	return error;
}

bool rotor_spdm_version_l_has_vca(uint8_t version)
{
	return !version || rotor_spdm_since(version, ROTOR_SPDM_V12);
}

bool rotor_spdm_version_signs_prefix(uint8_t version)
{
	return rotor_spdm_since(version, ROTOR_SPDM_V12);
}
