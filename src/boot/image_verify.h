/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier of images, shared by the files that implement it. */
#ifndef BOOT_IMAGE_VERIFY_H
#define BOOT_IMAGE_VERIFY_H

#include "rotor/boot_image.h"

/* Kinds of TLV of which an image has at most one; bits of rotor_image_verifier.seen. */
#define SEEN_HASH        0x01u
#define SEEN_KEY         0x02u
#define SEEN_SIGNATURE   0x04u
#define SEEN_PURE        0x08u
#define SEEN_COUNTER     0x10u
#define SEEN_VENDOR      0x20u
#define SEEN_CLASS       0x40u
#define SEEN_BOOT_RECORD 0x80u
#define SEEN_KIND        0x100u

/* How often the policy has the signature checked. */
unsigned image_signature_checks(const struct rotor_image_policy *policy);
/* Adds to the proof what the backend said of the signature. */
void image_prove_signature(struct rotor_image_verifier *v, enum rotor_status answer);
/* Looks a second time at hash, signer and claims, and adds to the proof what it finds. */
void image_prove_claims(struct rotor_image_verifier *v);

#endif
