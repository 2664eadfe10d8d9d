/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Firmware images in MCUboot's format: header, body, protected TLVs (covered
 * by the hash), TLVs (hash, key, signature). All integers little-endian.
 *
 * @code
 * | header (ih_hdr_size, at least 32) | body (ih_img_size) | protected TLVs | TLVs |
 * \________ hash as MCUboot defines it; SHA-384 of it: the measurement ________/
 * @endcode
 *
 * The reader is a verifier that is driven by polls: it reads the image in
 * small pieces from a source that may be pending (a flash controller), hashes
 * it and checks the signature with a crypto backend that may be pending, and
 * returns after each piece, so that a device goes on answering its bus. It
 * allocates nothing and trusts no byte that it reads.
 *
 * Structure is checked before anything is hashed, and the structure is read
 * before the bytes are hashed: the image must not change between
 * rotor_image_verifier_init() and the verdict. A boot stage gets that by
 * verifying the copy that it runs.
 */
#ifndef ROTOR_BOOT_IMAGE_H
#define ROTOR_BOOT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/boot_proof.h"
#include "rotor/config.h"
#include "rotor/crypto.h"
#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ROTOR_IMAGE_MAGIC       UINT32_C(0x96f3b83d)
#define ROTOR_IMAGE_HEADER_SIZE 32
#define ROTOR_IMAGE_ID_SIZE     16
/** A measurement of rotor's: SHA-384. */
#define ROTOR_IMAGE_MEASUREMENT_SIZE 48

/** ih_flags that rotor accepts; every other bit (encrypted, compressed, not bootable …) is refused. */
#define ROTOR_IMAGE_F_RAM_LOAD  UINT32_C(0x00000020)
#define ROTOR_IMAGE_F_ROM_FIXED UINT32_C(0x00000100)

/** TLV types (MCUboot, bootutil image format). */
enum rotor_image_tlv {
	ROTOR_IMAGE_TLV_KEYHASH = 0x01,
	ROTOR_IMAGE_TLV_PUBKEY = 0x02,
	ROTOR_IMAGE_TLV_SHA256 = 0x10,
	ROTOR_IMAGE_TLV_SHA384 = 0x11,
	ROTOR_IMAGE_TLV_SHA512 = 0x12,
	ROTOR_IMAGE_TLV_RSA2048 = 0x20,
	ROTOR_IMAGE_TLV_ECDSA = 0x22,
	ROTOR_IMAGE_TLV_RSA3072 = 0x23,
	ROTOR_IMAGE_TLV_ED25519 = 0x24,
	ROTOR_IMAGE_TLV_SIG_PURE = 0x25,
	ROTOR_IMAGE_TLV_DEPENDENCY = 0x40,
	ROTOR_IMAGE_TLV_SECURITY_COUNTER = 0x50,
	ROTOR_IMAGE_TLV_BOOT_RECORD = 0x60,
	ROTOR_IMAGE_TLV_VENDOR_ID = 0x74,
	ROTOR_IMAGE_TLV_CLASS_ID = 0x75,
	/** rotor's own, of the range that MCUboot leaves to vendors: one byte, enum rotor_image_kind but for firmware. */
	ROTOR_IMAGE_TLV_KIND = 0x52a0,
};

/**
 * What an image is for. Firmware has no ROTOR_IMAGE_TLV_KIND: there is one way to say it, and images of other tools
 * are firmware. The security floor does not hold for a recovery image, so an image for one place is never taken in another.
 */
enum rotor_image_kind {
	ROTOR_IMAGE_FIRMWARE = 0, /**< a runtime, for slot A or B */
	ROTOR_IMAGE_RECOVERY = 1, /**< the runtime for when both slots are bad */
	ROTOR_IMAGE_SETTINGS = 2, /**< no program: signed configuration */
	ROTOR_IMAGE_DOWNSTREAM =
	    3, /**< firmware of a chip behind this device, with that chip's identifiers */
};

/** "firmware", "recovery", "settings" or "downstream"; NULL for another value. */
const char *rotor_image_kind_string(enum rotor_image_kind kind);

/** Ordered as (major, minor, revision, build). */
struct rotor_image_version {
	uint8_t major, minor;
	uint16_t revision;
	uint32_t build;
};

/** Negative, 0 or positive as @p a is lower than, equal to or higher than @p b. */
int rotor_image_version_compare(const struct rotor_image_version *a,
				const struct rotor_image_version *b);

/** Room for rotor_image_version_string(), final NUL included: "255.255.65535+4294967295". */
#define ROTOR_IMAGE_VERSION_STRING_SIZE 25
/** Writes "1.2.3", or "1.2.3+4" if there is a build number, and a NUL. @return its length without the NUL */
size_t rotor_image_version_string(const struct rotor_image_version *version,
				  char out[ROTOR_IMAGE_VERSION_STRING_SIZE]);
/** Reads "1", "1.2", "1.2.3" or "1.2.3+4". @return ROTOR_OK, ROTOR_ERR_FORMAT */
ROTOR_MUST_CHECK enum rotor_status rotor_image_version_parse(const char *text,
							     struct rotor_image_version *out);

/** Where an image is read from. */
struct rotor_image_source {
	/**
	 * Reads exactly @p len bytes at @p offset; never asked beyond @c size.
	 * @return ROTOR_OK, ROTOR_PENDING (asked again with the same arguments), ROTOR_ERR_IO
	 */
	enum rotor_status (*read)(void *ctx, uint32_t offset, void *buf, size_t len);
	void *ctx;
	/** Bytes that may be read: a file's size, or a slot's. An image may be followed by other bytes. */
	uint32_t size;
};

/** A source over bytes in memory. Set up by rotor_image_memory(); both must outlive the verifier. */
struct rotor_image_memory {
	struct rotor_bytes bytes;
};
/** Makes @p memory a source of @p len bytes at @p data, which must outlive it too. */
struct rotor_image_source rotor_image_memory(struct rotor_image_memory *memory, const void *data,
					     uint32_t len);

/** Why an image was refused. */
enum rotor_image_refusal {
	ROTOR_IMAGE_ACCEPTED = 0,
	/** The source failed, or the crypto backend did; the image may be good. */
	ROTOR_IMAGE_READ_FAILED,
	ROTOR_IMAGE_CRYPTO_FAILED,
	ROTOR_IMAGE_TOO_SHORT,       /**< fewer bytes than a header */
	ROTOR_IMAGE_BAD_MAGIC,       /**< not an MCUboot image */
	ROTOR_IMAGE_BAD_HEADER_SIZE, /**< ih_hdr_size below 32 */
	ROTOR_IMAGE_BAD_FLAGS,       /**< encrypted, compressed, not bootable, or a flag unknown */
	ROTOR_IMAGE_BODY_EMPTY,      /**< ih_img_size is 0 */
	ROTOR_IMAGE_BODY_OVERRUN,    /**< header, body and TLVs do not fit what there is to read */
	ROTOR_IMAGE_TOO_LARGE,       /**< larger than the policy's max_size */
	ROTOR_IMAGE_BAD_TLV_MAGIC,   /**< no TLV area where one must be */
	ROTOR_IMAGE_PROTECTED_MISMATCH, /**< ih_protect_tlv_size and the protected area disagree */
	ROTOR_IMAGE_TLV_OVERRUN,        /**< a TLV area, or an entry, runs past its end */
	ROTOR_IMAGE_TLV_BAD_LENGTH,     /**< a TLV whose length does not fit its type */
	ROTOR_IMAGE_TLV_BAD_VALUE,      /**< a TLV whose value is none of those that its type has */
	ROTOR_IMAGE_TLV_DUPLICATE,      /**< a TLV that may occur once occurs again */
	ROTOR_IMAGE_TLV_UNKNOWN,        /**< a type that rotor does not know */
	ROTOR_IMAGE_TLV_UNPROTECTED,    /**< counter, identifiers … outside the protected area */
	ROTOR_IMAGE_TLV_MISPLACED,      /**< hash, key or signature inside the protected area */
	ROTOR_IMAGE_DEPENDENCY,         /**< depends on another image */
	ROTOR_IMAGE_HASH_MISSING,       /**< no SHA TLV */
	ROTOR_IMAGE_HASH_MISMATCH,      /**< the image is not what was hashed when it was made */
	ROTOR_IMAGE_SIGNATURE_MISSING,  /**< hashed but not signed */
	/** Signed with an algorithm that is not built in; rotor_image_signature_name() names it. */
	ROTOR_IMAGE_SIGNATURE_UNSUPPORTED,
	ROTOR_IMAGE_SIGNATURE_PURE,      /**< signs the image itself, not its hash (TLV SIG_PURE) */
	ROTOR_IMAGE_ALGORITHMS_MISMATCH, /**< hash, key and signature do not go together */
	ROTOR_IMAGE_SIGNATURE_MALFORMED, /**< not a DER ECDSA signature */
	ROTOR_IMAGE_SIGNATURE_WRONG,     /**< does not verify */
	ROTOR_IMAGE_KEY_MISSING, /**< no key TLV, or a known hash whose key is nowhere to be had */
	ROTOR_IMAGE_KEY_MALFORMED,        /**< the PUBKEY TLV is no public key of a kind built in */
	ROTOR_IMAGE_KEY_UNKNOWN,          /**< the key is not among those that the policy names */
	ROTOR_IMAGE_SECURITY_VERSION_LOW, /**< security counter below the floor */
	ROTOR_IMAGE_SECURITY_VERSION_HIGH, /**< security counter above what the floor can be raised to */
	ROTOR_IMAGE_VENDOR_MISSING,
	ROTOR_IMAGE_VENDOR_MISMATCH,
	ROTOR_IMAGE_CLASS_MISSING,
	ROTOR_IMAGE_CLASS_MISMATCH,
	ROTOR_IMAGE_KIND_MISMATCH, /**< made for another purpose than this place */
	/** The checks passed but their proof is not complete: an instruction went wrong; the image may be good. */
	ROTOR_IMAGE_FAULT,
	ROTOR_IMAGE_REFUSAL_COUNT,
};

/** A short lower-case English phrase; never NULL. */
const char *rotor_image_refusal_string(enum rotor_image_refusal refusal);
/** The status that goes with a refusal (ROTOR_OK for ROTOR_IMAGE_ACCEPTED). */
enum rotor_status rotor_image_refusal_status(enum rotor_image_refusal refusal);

/** A key as fuses hold it: the hash of its SubjectPublicKeyInfo, with any hash, whatever the image's own hash is. */
struct rotor_image_key_hash {
	enum rotor_hash_alg alg;
	uint8_t hash[ROTOR_HASH_MAX];
};

/**
 * Computes the hash of @p key for a policy: SHA-384, as rotor's fuses have it.
 * @return ROTOR_OK, ROTOR_ERR_ARGUMENT (no key of a kind built in), ROTOR_ERR_UNSUPPORTED, ROTOR_ERR_CRYPTO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_image_key_hash(const struct rotor_crypto *crypto,
							const struct rotor_public_key *key,
							struct rotor_image_key_hash *out);

/** An image without identifiers is accepted; identifiers that are there must match. */
#define ROTOR_IMAGE_IDS_OPTIONAL 0x01u
/** Identifiers are not compared at all (a tool that has no device to compare with). */
#define ROTOR_IMAGE_IDS_IGNORED 0x02u
/** Dependencies on other images are passed over (a tool); a device that has one image refuses them. */
#define ROTOR_IMAGE_DEPENDENCIES_IGNORED 0x04u

/**
 * What an image must be to be accepted. All zeros accepts nothing.
 * Arrays and keys are the caller's and must outlive the verifier.
 */
struct rotor_image_policy {
	/** Hashes of trusted keys; the image must carry the key itself (PUBKEY TLV). */
	const struct rotor_image_key_hash *key_hashes;
	size_t key_hash_count;
	/** Trusted keys that are held whole; for these a KEYHASH TLV will do too. */
	const struct rotor_public_key *keys;
	size_t key_count;
	/** Must equal the protected identifiers of the image, unless flags say otherwise. */
	uint8_t vendor_id[ROTOR_IMAGE_ID_SIZE];
	uint8_t class_id[ROTOR_IMAGE_ID_SIZE];
	/** What the image must be for. */
	enum rotor_image_kind kind;
	/** Lowest security counter accepted. An image without a counter counts as 0. */
	uint32_t security_floor;
	/** Highest security counter accepted, because the device could not raise its floor to a higher one; 0: any. */
	uint32_t security_ceiling;
	/** Largest total size, header and TLVs included; 0: as large as the source. */
	uint32_t max_size;
	/** ROTOR_IMAGE_IDS_... and ROTOR_IMAGE_DEPENDENCIES_IGNORED. */
	unsigned flags;
	/** How often the backend checks the signature; 0: once. Twice, one wrong answer of the backend accepts nothing. */
	uint8_t signature_checks;
};

/** What an image says of itself. */
struct rotor_image_info {
	struct rotor_image_version version;
	uint32_t load_address;
	uint32_t flags;
	uint32_t body_offset;    /**< = ih_hdr_size */
	uint32_t body_size;      /**< = ih_img_size */
	uint32_t protected_size; /**< bytes of the protected TLV area, 0 if there is none */
	uint32_t total_size;     /**< header to the last TLV */
	enum rotor_hash_alg hash_alg;
	uint8_t hash[ROTOR_HASH_MAX]; /**< as MCUboot defines it: header, body, protected TLVs */
	/** SHA-384 over the same bytes, whatever hash_alg is: what rotor measures. */
	uint8_t measurement[ROTOR_IMAGE_MEASUREMENT_SIZE];
	enum rotor_sig_alg
	    sig_alg;     /**< ROTOR_SIG_NONE if it is not built in, or not known without its key */
	uint8_t sig_tlv; /**< type of the signature's TLV, 0 if it is not signed */
	bool sig_pure;
	/** Of the key that it is signed with: the KEYHASH TLV, or rotor_image_key_hash() of the PUBKEY TLV. */
	struct rotor_image_key_hash key_hash;
	bool has_public_key; /**< it carries the key, not only its hash */
	bool has_security_counter;
	bool has_vendor_id;
	bool has_class_id;
	bool has_boot_record; /**< rotor_image_boot_record_read() reads it: */
	uint16_t boot_record_size;
	uint32_t boot_record_offset; /**< in the image */
	bool has_dependency;
	enum rotor_image_kind kind;
	uint32_t security_counter; /**< 0 if there is none */
	uint8_t vendor_id[ROTOR_IMAGE_ID_SIZE];
	uint8_t class_id[ROTOR_IMAGE_ID_SIZE];
};

/**
 * The signature's algorithm in words: "ECDSA P-384", "Ed25519, pure" …
 * @return NULL if it is not signed
 */
const char *rotor_image_signature_name(const struct rotor_image_info *info);

/**
 * What a boot record (TLV 0x60) holds: a software component of Arm's PSA attestation token, CBOR, for a boot loader that
 * hands it on. rotor only checks and shows it. Views into what was read.
 */
struct rotor_image_boot_record {
	struct rotor_bytes sw_type;     /**< text: printable ASCII, at most 12 characters */
	struct rotor_bytes version;     /**< text: printable ASCII */
	struct rotor_bytes signer_id;   /**< MCUboot's hash of the signing key */
	enum rotor_hash_alg hash_alg;   /**< of signer_id and measurement */
	struct rotor_bytes measurement; /**< zeros in an image: the boot loader fills it in */
};
/** Largest boot record that is read or written, in bytes. */
#define ROTOR_IMAGE_BOOT_RECORD_MAX 192
/** Longest sw_type, in characters. */
#define ROTOR_IMAGE_SW_TYPE_MAX 12
/** Reads one, strictly as imgtool writes it: five fields in its order, shortest forms. @return ROTOR_OK, ROTOR_ERR_FORMAT */
ROTOR_MUST_CHECK enum rotor_status
rotor_image_boot_record_read(const uint8_t *data, size_t len, struct rotor_image_boot_record *out);

enum rotor_image_stage {
	ROTOR_IMAGE_STAGE_IDLE = 0,
	ROTOR_IMAGE_STAGE_HEADER,
	ROTOR_IMAGE_STAGE_PROTECTED_INFO,
	ROTOR_IMAGE_STAGE_PROTECTED_ENTRY,
	ROTOR_IMAGE_STAGE_INFO,
	ROTOR_IMAGE_STAGE_ENTRY,
	ROTOR_IMAGE_STAGE_HASH,
	ROTOR_IMAGE_STAGE_SIGNATURE,
	ROTOR_IMAGE_STAGE_DONE,
};

/** Smallest work buffer of a verifier, in bytes: a TLV entry with a key or signature fits. */
#define ROTOR_IMAGE_WORK_MIN (ROTOR_RSA_BITS_MAX ? 512 : 256)

/** A verification under way. Fields are the library's, but for @c info and @c refusal. */
struct rotor_image_verifier {
	/** Why it was refused; set with the verdict. */
	enum rotor_image_refusal refusal;
	/** What was learned. Trustworthy only after ROTOR_OK; for messages otherwise. */
	struct rotor_image_info info;

	const struct rotor_crypto *crypto;
	const struct rotor_image_policy *policy;
	struct rotor_image_source source;
	uint8_t *work;
	size_t work_len;
	enum rotor_image_stage stage;
	bool trust;
	uint32_t offset; /**< next byte to read */
	uint32_t end;    /**< end of the area being read */
	uint32_t seen;   /**< bit per kind of TLV met */
	struct rotor_public_key key;
	size_t sig_len;
	uint8_t sig[ROTOR_SIGNATURE_MAX + 16]; /**< as in the TLV, later raw */
	uint8_t expected_hash[ROTOR_HASH_MAX];
	uint8_t signature_checks; /**< made so far */
	uint32_t counter_again;   /**< the security counter, read twice */
	struct rotor_proof proof;
	struct rotor_hash hash;
	struct rotor_hash measure; /**< runs besides hash unless that is SHA-384 itself */
	struct rotor_crypto_job job;
};

/**
 * Prepares a verification against @p policy. Nothing is read yet.
 * @param work at least ROTOR_IMAGE_WORK_MIN bytes (more makes fewer reads), the verifier's until the verdict;
 *        one piece of at most this size is read by each poll
 * @return ROTOR_OK, ROTOR_ERR_ARGUMENT
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_image_verifier_init(struct rotor_image_verifier *v, const struct rotor_crypto *crypto,
			  const struct rotor_image_source *source,
			  const struct rotor_image_policy *policy, void *work, size_t work_len);
/**
 * The same without trust: structure and hash are checked, signature, identifiers and floor are not. For tools that
 * show an image; ROTOR_OK from its polls means nothing but "well-formed and undamaged".
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_image_inspector_init(struct rotor_image_verifier *v, const struct rotor_crypto *crypto,
			   const struct rotor_image_source *source, void *work, size_t work_len);

/**
 * Does one piece of work: one read of the source with what follows from it, or one call of the crypto backend.
 * @return ROTOR_PENDING: not finished, call again; ROTOR_OK: accepted, @c info is complete; anything else: refused, the
 *         reason is in @c refusal. The verdict is repeated by further polls.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_image_verifier_poll(struct rotor_image_verifier *v);
/**
 * The proof that goes with ROTOR_OK: that every check was made and every one held. Whoever starts or activates an image
 * asks for it besides the status, which one skipped instruction can forge.
 * @return ROTOR_PROVEN if the image was accepted; any other value otherwise, and always for an inspector
 */
ROTOR_MUST_CHECK uint32_t rotor_image_verifier_accepted(const struct rotor_image_verifier *v);
/** Ends a verification at any time and releases what the backend holds. Does nothing after a verdict. */
void rotor_image_verifier_cancel(struct rotor_image_verifier *v);
/** Bytes hashed so far, for progress; of info.body_offset + info.body_size + info.protected_size. */
uint32_t rotor_image_verifier_progress(const struct rotor_image_verifier *v);

/** Polls to the verdict. Only where nothing else waits to be served (a boot stage, a tool, a test). */
ROTOR_MUST_CHECK enum rotor_status rotor_image_verifier_run(struct rotor_image_verifier *v);

/* ---- writing ---- */

/** What the maker of an image says of it. */
struct rotor_image_spec {
	struct rotor_image_version version;
	uint32_t load_address;
	uint32_t flags;
	uint16_t header_size; /**< at least ROTOR_IMAGE_HEADER_SIZE; the rest is zeros */
	bool has_security_counter;
	bool has_vendor_id;
	bool has_class_id;
	bool key_hash_only; /**< write KEYHASH in place of PUBKEY */
	/** The image's hash; ROTOR_HASH_NONE: rotor_image_hash_of() the key. */
	enum rotor_hash_alg hash_alg;
	/** Written as they are; empty: none. @see rotor_image_boot_record_write */
	struct rotor_bytes boot_record;
	enum rotor_image_kind kind;
	uint32_t security_counter;
	uint8_t vendor_id[ROTOR_IMAGE_ID_SIZE];
	uint8_t class_id[ROTOR_IMAGE_ID_SIZE];
};

/** Bytes of the protected TLV area that @p spec asks for; 0 if none. */
size_t rotor_image_protected_size(const struct rotor_image_spec *spec);
/**
 * Writes the header, padded to spec->header_size. An image is: this, the body, rotor_image_write_protected(),
 * rotor_image_write_trailer(); the digest covers the first three.
 * @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT
 */
ROTOR_MUST_CHECK enum rotor_status rotor_image_write_header(const struct rotor_image_spec *spec,
							    uint32_t body_size, uint8_t *out,
							    size_t cap, size_t *len);
/** Writes the protected TLV area; 0 bytes if there is nothing to say. */
ROTOR_MUST_CHECK enum rotor_status rotor_image_write_protected(const struct rotor_image_spec *spec,
							       uint8_t *out, size_t cap,
							       size_t *len);
/** Largest result of rotor_image_write_trailer(). */
#define ROTOR_IMAGE_TRAILER_MAX (ROTOR_RSA_BITS_MAX ? 1024 : 512)
/**
 * The hash that goes with a key as imgtool has it: SHA-384 with P-384, SHA-256 with the others.
 * @return ROTOR_HASH_NONE if @p alg is of no kind built in
 */
enum rotor_hash_alg rotor_image_hash_of(enum rotor_sig_alg alg);
/** Whether MCUboot's format has the pair: that of rotor_image_hash_of(), and SHA-512 with Ed25519. */
bool rotor_image_hash_fits(enum rotor_sig_alg alg, enum rotor_hash_alg hash);
/**
 * Writes a boot record for an image of @p version signed with @p key, with zeros as measurement, as imgtool does.
 * @param hash the image's hash
 * @param sw_type what the software is: at most ROTOR_IMAGE_SW_TYPE_MAX characters of printable ASCII
 * @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT, ROTOR_ERR_UNSUPPORTED, ROTOR_ERR_CRYPTO
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_image_boot_record_write(const struct rotor_crypto *crypto, const struct rotor_public_key *key,
			      enum rotor_hash_alg hash, const struct rotor_image_version *version,
			      const char *sw_type, uint8_t *out, size_t cap, size_t *len);
/**
 * Signs @p digest (of the hash that @p spec and @p key name) and writes the TLV area: hash, key, signature.
 * @param job zeroed on the first call
 * @return ROTOR_OK, ROTOR_PENDING (call again, same arguments), ROTOR_ERR_SPACE, ROTOR_ERR_UNSUPPORTED, the signer's error
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_image_write_trailer(const struct rotor_image_spec *spec, const struct rotor_crypto *crypto,
			  const uint8_t *digest, const struct rotor_signer *signer,
			  const struct rotor_public_key *key, struct rotor_crypto_job *job,
			  uint8_t *out, size_t cap, size_t *len);
/** Writes a whole image in memory; the body may not overlap @p out. A pending signer is polled. */
ROTOR_MUST_CHECK enum rotor_status
rotor_image_write(const struct rotor_image_spec *spec, const struct rotor_crypto *crypto,
		  const void *body, uint32_t body_size, const struct rotor_signer *signer,
		  const struct rotor_public_key *key, uint8_t *out, size_t cap, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
