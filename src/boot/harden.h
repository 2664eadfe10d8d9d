/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Security decisions that survive one skipped instruction.
 *
 * A decision is a proof (rotor/boot_proof.h). Each check answers its share, a number of its own, if what it looked at
 * holds, and some other number if not: the answer is computed from the data, no branch chooses it. harden_pass() adds the
 * answer to the proof, and the decision holds only if the sum comes out as the sum of all shares. So a check that was
 * passed over, cut short, or answered with what a register happened to hold (0, all ones, another check's share) leaves a
 * wrong sum, and so does an addition that was lost.
 *
 * These checks stand beside the ordinary ones, which give a refusal its reason, and do not replace them: they look at the
 * same facts a second time, by other code. What one of the two refuses is refused.
 */
#ifndef BOOT_HARDEN_H
#define BOOT_HARDEN_H

#include <stddef.h>

#include "rotor/boot_proof.h"

/* Shares: any two differ in at least twelve bits. Of an image: */
#define SHARE_DIGEST    UINT32_C(0xe7d80068) /* it hashes to what it says */
#define SHARE_SIGNATURE UINT32_C(0xc963cfe0) /* the backend found the signature genuine */
#define SHARE_SIGNER    UINT32_C(0xc439f34a) /* it was checked with a key of the policy */
#define SHARE_FLOOR     UINT32_C(0xe794ee14) /* its security version is not too low, */
#define SHARE_CEILING   UINT32_C(0x26b563b1) /* nor too high */
#define SHARE_VENDOR    UINT32_C(0x19fcfc64)
#define SHARE_CLASS     UINT32_C(0x92ac3d42)
#define SHARE_KIND      UINT32_C(0x14b044d7)
/* Of a boot: */
#define SHARE_IN_FLASH    UINT32_C(0x1333bc1c) /* the image in flash was accepted */
#define SHARE_IN_COPY     UINT32_C(0x356a4152) /* the copy was */
#define SHARE_SAME        UINT32_C(0xb1852ac8) /* and is the same image, by its hash */
#define SHARE_MEASURED    UINT32_C(0x7a0d7bda) /* and by its measurement */
#define SHARE_FUSED_FLOOR UINT32_C(0x41bc858e) /* the fuses, asked again, do not hold it back, */
#define SHARE_FUSED_KEY   UINT32_C(0x05f9eb87) /* and name its key */
#define SHARE_POLICY      UINT32_C(0x3be4c78b) /* the device's policy, read again, is what it was, */
#define SHARE_IDS         UINT32_C(0xe570d89a) /* and asks for identifiers as the verification did */
#define SHARE_LOCKED      UINT32_C(0x6ed299e4) /* the fuses give no secret any more */
#define SHARE_NO_SECRET   UINT32_C(0x2c1d8728) /* secret and keys are wiped: three of them */
#define SHARE_NO_IDENTITY UINT32_C(0x75187d21)
#define SHARE_NO_RUNTIME  UINT32_C(0x748989b0)
#define SHARE_CONFIRMED   UINT32_C(0x035b7399) /* the slot is confirmed, and its floor not held */
#define SHARE_BLANK       UINT32_C(0xd7210dff) /* there are no settings */
/* Of an update: */
#define SHARE_RECEIVED UINT32_C(0x8ea995cd) /* the image in flash was accepted, */
#define SHARE_WHOLE    UINT32_C(0x17e00e58) /* and is as long as was announced */
#define SHARE_KEYS     UINT32_C(0x6b9a4742) /* no more keys counted than the boot stage named */

/* A new proof, of nothing yet. */
void harden_begin(struct rotor_proof *p);
/* Adds what a check answered. */
void harden_pass(struct rotor_proof *p, uint32_t answer);
/* ROTOR_PROVEN if what was added makes @p total; anything else if not. */
uint32_t harden_complete(const struct rotor_proof *p, uint32_t total);

/* Each answers @p share if it holds, and anything else if not. */

/* @p word is @p wanted. */
uint32_t harden_is(uint32_t share, uint32_t word, uint32_t wanted);
/* @p a is not below @p b. */
uint32_t harden_at_least(uint32_t share, uint32_t a, uint32_t b);
/* The @p len bytes are the same; of no bytes nothing holds. */
uint32_t harden_equal(uint32_t share, const void *a, const void *b, size_t len);
/* All @p len bytes are zero. */
uint32_t harden_zero(uint32_t share, const void *bytes, size_t len);

#endif
