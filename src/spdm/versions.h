/* SPDX-License-Identifier: Apache-2.0 */
/* In what the versions of SPDM differ, but for layouts, which the codecs know. */
#ifndef ROTOR_SPDM_VERSIONS_H
#define ROTOR_SPDM_VERSIONS_H

#include "rotor/spdm.h"

/**
 * Whether @p version is @p since or later. Decided when compiled where the build has no version on the other side, so
 * not for the messages that come before a version is agreed on.
 */
static inline bool rotor_spdm_since(uint8_t version, uint8_t since)
{
	return ROTOR_SPDM_VERSION_MIN >= since ||
	       (ROTOR_SPDM_VERSION_MAX >= since && version >= since);
}

/** Whether both roles can speak it. Of 1.4 that is attestation only. */
static inline bool rotor_spdm_version_known(uint8_t version)
{
	return version >= ROTOR_SPDM_VERSION_MIN && version <= ROTOR_SPDM_VERSION_MAX;
}
/** Of capability flags, those that @p version has and rotor speaks in it. */
uint32_t rotor_spdm_version_capabilities(uint8_t version, uint32_t flags);
/** Of bits of a family of algorithms, those that @p version has. */
uint32_t rotor_spdm_version_algorithms(uint8_t version, enum rotor_spdm_family family,
				       uint32_t bits);
/** An error code that @p version has: @p error, or what comes nearest. */
uint8_t rotor_spdm_version_error(uint8_t version, uint8_t error);
/** Whether L1/L2 begin with VCA, as every other transcript does (from 1.2, which is also taken for 0). */
static inline bool rotor_spdm_version_l_has_vca(uint8_t version)
{
	return !version || rotor_spdm_since(version, ROTOR_SPDM_V12);
}
/** Whether a signature is over a prefix and the transcript's digest (from 1.2), or over the transcript itself. */
static inline bool rotor_spdm_version_signs_prefix(uint8_t version)
{
	return rotor_spdm_since(version, ROTOR_SPDM_V12);
}

#endif
