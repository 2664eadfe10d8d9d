/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The proof of a security decision. A status is one small number, and a fault
 * that makes the processor skip one instruction can make it ROTOR_OK. So what
 * decides whether an image is started or activated also keeps a proof: a sum
 * to which each check adds its own share, computed from what it looked at, and
 * the complement of that sum. It is complete only if every check was made and
 * every one of them held. docs/boot.md says what this withstands and what not.
 */
#ifndef ROTOR_BOOT_PROOF_H
#define ROTOR_BOOT_PROOF_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How far a decision has come. Fields are private; all zeros proves nothing. */
struct rotor_proof {
	uint32_t passed, mirror;
};

/** What the functions that judge a proof answer if it is complete. Every other answer means that it is not. */
#define ROTOR_PROVEN UINT32_C(0x4617edaa)

#ifdef __cplusplus
}
#endif

#endif
