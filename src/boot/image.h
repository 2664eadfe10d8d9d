/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the image reader and writer share. */
#ifndef ROTOR_BOOT_IMAGE_INTERNAL_H
#define ROTOR_BOOT_IMAGE_INTERNAL_H

#include "rotor/boot_image.h"

#define IMAGE_TLV_INFO_MAGIC           0x6907
#define IMAGE_TLV_PROTECTED_INFO_MAGIC 0x6908
#define IMAGE_TLV_HEADER_SIZE          4

/* Kinds of TLV of which an image has at most one; bits of rotor_image_verifier.seen. */
#define IMAGE_SEEN_HASH        0x01u
#define IMAGE_SEEN_KEY         0x02u
#define IMAGE_SEEN_SIGNATURE   0x04u
#define IMAGE_SEEN_PURE        0x08u
#define IMAGE_SEEN_COUNTER     0x10u
#define IMAGE_SEEN_VENDOR      0x20u
#define IMAGE_SEEN_CLASS       0x40u
#define IMAGE_SEEN_BOOT_RECORD 0x80u
#define IMAGE_SEEN_KIND        0x100u

struct image_tlv {
	uint16_t type;
	uint16_t len;
	uint32_t offset; /* of the value, in the image */
	/* NULL for a value longer than fits ROTOR_IMAGE_WORK_MIN with its header */
	const uint8_t *value;
};

/* Takes one entry of the area that v->stage names: image_tlv.c. */
enum rotor_image_refusal image_take_tlv(struct rotor_image_verifier *v, const struct image_tlv *t);

/* Whether a key that the policy names could have signed: what must hold before it is worth while to hash. */
enum rotor_image_refusal image_check_signer(struct rotor_image_verifier *v);
/* The claims of an image that is genuine, against the policy. */
enum rotor_image_refusal image_check_claims(const struct rotor_image_verifier *v);

/* How often the policy has the signature checked: image_proof.c. */
unsigned image_signature_checks(const struct rotor_image_policy *policy);
/* Adds to the proof what the backend said of the signature. */
void image_prove_signature(struct rotor_image_verifier *v, enum rotor_status answer);
/* Looks a second time at hash, signer and claims, and adds to the proof what it finds. */
void image_prove_claims(struct rotor_image_verifier *v);

/* A key as MCUboot carries it: RSAPublicKey for RSA, SubjectPublicKeyInfo for the others. */
enum rotor_status image_key_write(const struct rotor_public_key *key, uint8_t *der, size_t cap,
				  size_t *len);
/* The reverse: ROTOR_ERR_FORMAT or ROTOR_ERR_UNSUPPORTED leave a key of ROTOR_SIG_NONE. */
enum rotor_status image_key_read(const uint8_t *der, size_t len, struct rotor_public_key *key);
/* MCUboot's hash of a key, over image_key_write(). */
enum rotor_status image_mcuboot_key_hash(const struct rotor_crypto *crypto,
					 const struct rotor_public_key *key,
					 enum rotor_hash_alg alg, struct rotor_image_key_hash *out);
/* A hash of a key as policies have it, over its SubjectPublicKeyInfo. */
enum rotor_status image_spki_hash(const struct rotor_crypto *crypto,
				  const struct rotor_public_key *key, enum rotor_hash_alg alg,
				  struct rotor_image_key_hash *out);

#endif
