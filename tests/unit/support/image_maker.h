/* SPDX-License-Identifier: Apache-2.0 */
/* Images for tests: imgtool's, read from files, and rotor's own, made to order; and the verdict on either. */
#ifndef ROTOR_TEST_IMAGE_MAKER_H
#define ROTOR_TEST_IMAGE_MAKER_H

#include "rotor/boot_image.h"

#define MAKER_BODY_SIZE 5000
#define MAKER_KEYS      4

extern const struct rotor_crypto *const image_backends[2];

/** The keys that imgtool signed with (tests/vectors/images/keys), and their hashes as fuses have them. */
extern struct rotor_public_key image_keys[MAKER_KEYS];
extern struct rotor_image_key_hash image_key_hashes[MAKER_KEYS];
/** Reads them: the set-up of a test group. */
int image_load_keys(void **state);

/** Trusts those keys and compares no identifiers. */
struct rotor_image_policy image_lenient_policy(void);
/** Verifies, or inspects if @p policy is NULL, to the verdict. */
enum rotor_status image_judge(struct rotor_image_verifier *v, const struct rotor_crypto *crypto,
			      const struct rotor_image_policy *policy, const uint8_t *data,
			      size_t len);
/** The file tests/vectors/images/NAME, allocated. */
uint8_t *image_vector(const char *name, size_t *len);
/** Whether a backend has what @p alg takes. */
bool image_backend_has(size_t backend, enum rotor_sig_alg alg);

/** One image of rotor's own with all that it was made of. */
struct image_maker {
	const struct rotor_crypto *crypto;
	struct rotor_soft_key key;
	struct rotor_signer signer;
	struct rotor_image_key_hash hash;
	struct rotor_image_spec spec;
	struct rotor_image_policy policy; /**< accepts it by the hash of its key */
	uint8_t image[MAKER_BODY_SIZE + 1500];
	size_t len;
};

/** A good image of version 1.2.3+4, security version 5, with identifiers, signed with a key of @p alg. */
void maker_begin(struct image_maker *m, const struct rotor_crypto *crypto, enum rotor_sig_alg alg);
/** Makes it again after a change of its spec. */
void maker_make(struct image_maker *m);
/** What becomes of it under m->policy. */
enum rotor_image_refusal maker_refusal(const struct image_maker *m);

#endif
