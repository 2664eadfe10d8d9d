/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Who on this machine has a device in hand: a file that its holder locks and describes itself in. What a holder that died
 * has written there is told to the next one.
 *
 * It keeps programs of one user out of each other's way, nothing more: that no two agents update a device at once is the
 * device's own business. Claims are in the folder that the environment variable ROTOR_RUNTIME_DIR names, or in /run/rotor (root),
 * $XDG_RUNTIME_DIR/rotor, or else /tmp/rotor-UID.
 */
#ifndef ROTOR_HOST_CLAIM_H
#define ROTOR_HOST_CLAIM_H

#include <stddef.h>

#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that hold any description, its NUL included. */
#define ROTOR_CLAIM_TEXT 512

/** A claim. All zeros: none is held. Fields are private. */
struct rotor_claim {
	int folder, file; /* descriptors + 1; 0: none */
	char name[64];
};

/**
 * Claims a device.
 * @param name of it, for a file: letters, digits and '-'
 * @param words what the holder has written, if it is held; what an earlier one has left, if it died; else empty
 * @return ROTOR_OK; ROTOR_ERR_BUSY: somebody has it; ROTOR_ERR_ARGUMENT (not such a name), ROTOR_ERR_DENIED (the folder for
 *         claims is not this user's alone), ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_claim_take(struct rotor_claim *claim, const char *name,
						    char words[ROTOR_CLAIM_TEXT]);
/** Says what the holder is doing: who finds the device claimed reads it. Nothing happens without a claim. */
void rotor_claim_say(const struct rotor_claim *claim, const char *words);
/** Gives it back; harmless without one. */
void rotor_claim_release(struct rotor_claim *claim);

#ifdef __cplusplus
}
#endif

#endif
