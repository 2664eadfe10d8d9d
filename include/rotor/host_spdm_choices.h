/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What a command line says of SPDM: versions, algorithms, bytes.
 */
#ifndef ROTOR_HOST_SPDM_CHOICES_H
#define ROTOR_HOST_SPDM_CHOICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/crypto.h"
#include "rotor/spdm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Algorithms that are chosen, as masks of ROTOR_BIT(); 0: no choice was made among those. */
struct rotor_spdm_choice {
	uint32_t hashes, sigs, kexes, aeads;
};

/** A list of names as ALGORITHMS is shown with them ("SHA-384,ECDSA_P384,secp384r1,AES-256-GCM"). @return false: an unknown one */
bool rotor_spdm_parse_algorithms(const char *text, struct rotor_spdm_choice *choice);
/** The backend with nothing but what was chosen: for a responder, which offers what its backend has. */
struct rotor_crypto rotor_spdm_choose_from(const struct rotor_crypto *crypto,
					   const struct rotor_spdm_choice *choice);
/** A list of versions ("1.2,1.3"), in any order, kept rising. @return false: an unknown one, or none */
bool rotor_spdm_parse_versions(const char *text, uint8_t versions[ROTOR_SPDM_VERSIONS_MAX],
			       uint8_t *count);
/** Bytes in hexadecimal digits, at least one and at most @p cap. @return false: they are not */
bool rotor_spdm_parse_hex(const char *text, uint8_t *to, size_t cap, struct rotor_bytes *out);

#ifdef __cplusplus
}
#endif

#endif
