/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The one interface to cryptography. A backend (OpenSSL, Mbed TLS, a device's
 * own engine) fills in a constant struct rotor_crypto; every core is handed a
 * pointer to one, so that two backends can stand in one process and each can
 * be checked against the other.
 *
 * Everything that may be slow on a small device (sign, verify, key generation,
 * key agreement, checking a certificate chain) takes a job and may answer
 * ROTOR_PENDING: the caller then calls again, with the same arguments and the
 * same job, when it next has time. Hashes, MACs, HKDF, AEAD and random bytes
 * answer at once.
 *
 * Raw forms, everywhere in rotor:
 *  - ECDSA public key: X then Y, each padded to the curve's size, big-endian;
 *  - ECDSA signature: r then s, likewise (as SPDM sends it);
 *  - ECDSA private key: the scalar, padded, big-endian;
 *  - ECDH exchange data: X then Y; shared secret: X (SP 800-56A);
 *  - finite-field exchange data and shared secret: padded to the size of the prime, big-endian (RFC 7919);
 *  - EdDSA keys and signatures: as RFC 8032 writes them;
 *  - RSA public key: modulus, then exponent in 4 bytes, both big-endian; private key: the two primes, then that
 *    exponent; signature: as RFC 8017 writes it.
 * DER forms appear only in images and certificates (rotor_ecdsa_*_der, rotor_spki_*, rotor_rsa_public_*).
 */
#ifndef ROTOR_CRYPTO_H
#define ROTOR_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/config.h"
#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- algorithms; ROTOR_BIT(alg) is its bit in a backend's masks ---- */

#define ROTOR_BIT(alg) (UINT32_C(1) << (alg))

enum rotor_hash_alg {
	ROTOR_HASH_NONE = 0,
	ROTOR_HASH_SHA256,
	ROTOR_HASH_SHA384,
	ROTOR_HASH_SHA512,
	ROTOR_HASH_SHA3_256,
	ROTOR_HASH_SHA3_384,
	ROTOR_HASH_SHA3_512,
};

enum rotor_sig_alg {
	ROTOR_SIG_NONE = 0,
	ROTOR_SIG_ECDSA_P256,
	ROTOR_SIG_ECDSA_P384,
	ROTOR_SIG_ECDSA_P521,
	/** RSASSA-PSS: MGF1 with the hash of the digest, a salt as long as it. Exponent from 65537. */
	ROTOR_SIG_RSA2048_PSS,
	ROTOR_SIG_RSA3072_PSS,
	ROTOR_SIG_RSA4096_PSS,
	/** RSASSA-PKCS1-v1_5, with the same keys. */
	ROTOR_SIG_RSA2048_PKCS1,
	ROTOR_SIG_RSA3072_PKCS1,
	ROTOR_SIG_RSA4096_PKCS1,
	/**
	 * EdDSA (RFC 8032), Ed448 with an empty context. It signs messages, not digests: rotor_crypto.verify_message and
	 * rotor_signer.sign_message. Where a digest is given instead, the digest is the message, as MCUboot signs images.
	 */
	ROTOR_SIG_ED25519,
	ROTOR_SIG_ED448,
};

enum rotor_kex_alg {
	ROTOR_KEX_NONE = 0,
	ROTOR_KEX_SECP256R1,
	ROTOR_KEX_SECP384R1,
	ROTOR_KEX_SECP521R1,
	ROTOR_KEX_FFDHE2048,
	ROTOR_KEX_FFDHE3072,
	ROTOR_KEX_FFDHE4096,
};

enum rotor_aead_alg {
	ROTOR_AEAD_NONE = 0,
	ROTOR_AEAD_AES128_GCM,
	ROTOR_AEAD_AES256_GCM,
	ROTOR_AEAD_CHACHA20_POLY1305,
};

/** IV and tag sizes of every AEAD above, in bytes. */
#define ROTOR_AEAD_IV_SIZE  12
#define ROTOR_AEAD_TAG_SIZE 16
/** Largest AEAD key, in bytes. */
#define ROTOR_AEAD_KEY_MAX 32

/* Sizes. Algorithms that are not built in count as unknown. */
/** Digest size in bytes; 0 for an unknown algorithm. */
size_t rotor_hash_size(enum rotor_hash_alg alg);
/** Raw signature, public key and private key sizes in bytes; 0 for an unknown algorithm. */
size_t rotor_sig_size(enum rotor_sig_alg alg);
/** @see rotor_sig_size */
size_t rotor_sig_public_size(enum rotor_sig_alg alg);
/** @see rotor_sig_size */
size_t rotor_sig_private_size(enum rotor_sig_alg alg);
/** Bytes of a coordinate or a scalar of ECDSA's curve; 0 for any other algorithm. */
size_t rotor_ecdsa_size(enum rotor_sig_alg alg);
/** Whether what is signed is a message, of any length, and not a digest. */
static inline bool rotor_sig_is_eddsa(enum rotor_sig_alg alg)
{
	return ROTOR_CRYPTO_EDDSA && alg >= ROTOR_SIG_ED25519 && alg <= ROTOR_SIG_ED448;
}
/**
 * What keys of an algorithm are read as, and are equal in: an RSA key may sign with either padding, and is read as one for
 * RSASSA-PSS. Of such a key, alg may be changed to the other.
 */
static inline enum rotor_sig_alg rotor_sig_key(enum rotor_sig_alg alg)
{
	if (ROTOR_RSA_BITS_MAX && alg >= ROTOR_SIG_RSA2048_PKCS1 && alg <= ROTOR_SIG_RSA4096_PKCS1)
		return (enum rotor_sig_alg)(alg - ROTOR_SIG_RSA2048_PKCS1 + ROTOR_SIG_RSA2048_PSS);
	return alg;
}
/** The same key's algorithm with the padding of PKCS #1 v1.5, if it is an RSA key for PSS; any other is itself. */
static inline enum rotor_sig_alg rotor_sig_pkcs1(enum rotor_sig_alg alg)
{
	if (ROTOR_RSA_BITS_MAX && alg >= ROTOR_SIG_RSA2048_PSS && alg <= ROTOR_SIG_RSA4096_PSS)
		return (enum rotor_sig_alg)(alg - ROTOR_SIG_RSA2048_PSS + ROTOR_SIG_RSA2048_PKCS1);
	return alg;
}
/** Exchange data and shared secret sizes in bytes; 0 for an unknown algorithm. */
size_t rotor_kex_public_size(enum rotor_kex_alg alg);
/** @see rotor_kex_public_size */
size_t rotor_kex_secret_size(enum rotor_kex_alg alg);
/** Key size in bytes; 0 for an unknown algorithm. */
size_t rotor_aead_key_size(enum rotor_aead_alg alg);

/* ---- storage that the caller owns ---- */

/**
 * A running hash. All zeros is "not running". Between hash_start and
 * hash_finish or hash_release it may hold a backend's memory.
 */
struct rotor_hash {
	enum rotor_hash_alg alg;
	uint64_t opaque[(ROTOR_HASH_STORAGE + 7) / 8];
};

/** A slow operation under way. All zeros is "none". @see rotor_crypto.job_cancel */
struct rotor_crypto_job {
	void *state;
};

struct rotor_public_key {
	enum rotor_sig_alg alg;
	uint16_t len;
	uint8_t bytes[ROTOR_PUBLIC_KEY_MAX];
};

/**
 * A private key that can only sign. Whoever provides it (software below, or
 * hardware) fills in the function; cores never see the secret.
 */
struct rotor_signer {
	enum rotor_sig_alg alg;
	/**
	 * Signs @p digest.
	 * @param sig room for rotor_sig_size(alg) bytes, the raw signature
	 * @return ROTOR_OK, ROTOR_PENDING (call again, same arguments), ROTOR_ERR_CRYPTO, ROTOR_ERR_IO
	 */
	enum rotor_status (*sign)(const struct rotor_signer *self, struct rotor_crypto_job *job,
				  enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig);
#if ROTOR_CRYPTO_EDDSA
	/** Signs @p message with an EdDSA key, else as sign. NULL where @c alg is another. */
	enum rotor_status (*sign_message)(const struct rotor_signer *self,
					  struct rotor_crypto_job *job, struct rotor_bytes message,
					  uint8_t *sig);
#endif
	void *ctx;
};

/** A private key held in memory: made by rotor_crypto.key_import or key_derive, erased with rotor_wipe(). */
struct rotor_soft_key {
	const struct rotor_crypto *crypto;
	enum rotor_sig_alg alg;
	uint8_t secret[ROTOR_PRIVATE_KEY_MAX];
	struct rotor_public_key public_key;
};

/** An ephemeral key-exchange key. All zeros is "none"; erased with rotor_wipe(). */
struct rotor_kex {
	enum rotor_kex_alg alg;
	uint8_t secret[ROTOR_KEX_SECRET_MAX];
};

/* ---- certificates ---- */

/**
 * Seconds since 1970-01-01 UTC; ROTOR_TIME_UNKNOWN where there is no clock: validity is then not checked. In a build
 * without ROTOR_CERT_TIMES certificates' times are not read, and nothing is valid at any other time.
 */
typedef int64_t rotor_time;
#define ROTOR_TIME_UNKNOWN INT64_MIN

/** What rotor needs to know of one X.509 certificate. Views point into the DER that was parsed. */
struct rotor_cert {
	struct rotor_bytes der;     /**< the whole certificate */
	struct rotor_bytes issuer;  /**< issuer Name, DER */
	struct rotor_bytes subject; /**< subject Name, DER */
	struct rotor_public_key
	    key; /**< alg ROTOR_SIG_NONE if of a kind that the backend lacks. @see rotor_sig_key */
	rotor_time not_before, not_after;
	bool is_ca;                  /**< basicConstraints cA */
	bool has_key_usage;          /**< the extension is present */
	bool may_sign;               /**< keyUsage digitalSignature */
	bool may_certify;            /**< keyUsage keyCertSign */
	bool spdm_responder;         /**< EKU id-DMTF-eku-responder-auth 1.3.6.1.4.1.412.274.3 */
	bool spdm_requester;         /**< EKU id-DMTF-eku-requester-auth 1.3.6.1.4.1.412.274.4 */
	struct rotor_bytes tcb_info; /**< value of TCG DICE TcbInfo 2.23.133.5.4.1, or empty */
};

/* ---- the backend ---- */

struct rotor_crypto {
	const char *name; /**< "OpenSSL", "Mbed TLS", … */

	/** What the backend has, as masks of ROTOR_BIT(). What it lacks is not offered to any peer. */
	uint32_t hashes, sigs, kexes, aeads;

	/** Starts a hash. @return ROTOR_OK, ROTOR_ERR_UNSUPPORTED, ROTOR_ERR_CRYPTO */
	enum rotor_status (*hash_start)(struct rotor_hash *h, enum rotor_hash_alg alg);
	/** Adds bytes. @return ROTOR_OK, ROTOR_ERR_STATE (not running), ROTOR_ERR_CRYPTO */
	enum rotor_status (*hash_update)(struct rotor_hash *h, const void *data, size_t len);
	/** Gives the digest (rotor_hash_size(alg) bytes) and releases @p h. */
	enum rotor_status (*hash_finish)(struct rotor_hash *h, uint8_t *digest);
	/** Makes @p to (not running) a copy of the running @p from; each ends by itself. */
	enum rotor_status (*hash_clone)(struct rotor_hash *to, const struct rotor_hash *from);
	/** Forgets a hash without a result; does nothing if it is not running. */
	void (*hash_release)(struct rotor_hash *h);

	/** HMAC over the concatenation of @p parts. @param mac rotor_hash_size(alg) bytes; may not overlap the inputs */
	enum rotor_status (*hmac)(enum rotor_hash_alg alg, const uint8_t *key, size_t key_len,
				  const struct rotor_bytes *parts, size_t part_count, uint8_t *mac);

	/**
	 * Encrypts @p len bytes from @p plain to @p cipher (the same address is allowed, other overlap is not)
	 * and writes ROTOR_AEAD_TAG_SIZE bytes of tag.
	 */
	enum rotor_status (*aead_seal)(enum rotor_aead_alg alg, const uint8_t *key,
				       const uint8_t *iv, const uint8_t *aad, size_t aad_len,
				       const uint8_t *plain, size_t len, uint8_t *cipher,
				       uint8_t *tag);
	/** The reverse. @return ROTOR_ERR_VERIFY if the tag is wrong, with @p plain erased. */
	enum rotor_status (*aead_open)(enum rotor_aead_alg alg, const uint8_t *key,
				       const uint8_t *iv, const uint8_t *aad, size_t aad_len,
				       const uint8_t *cipher, size_t len, const uint8_t *tag,
				       uint8_t *plain);

	/** Random bytes fit for keys and nonces. */
	enum rotor_status (*random)(uint8_t *out, size_t len);

	/** Drops a job that was left pending, with whatever memory it holds. */
	void (*job_cancel)(struct rotor_crypto_job *job);

	/**
	 * Verifies a raw signature over a digest; of EdDSA, one over the digest as message.
	 * @return ROTOR_OK only if it is genuine; ROTOR_ERR_VERIFY; ROTOR_PENDING; ROTOR_ERR_UNSUPPORTED
	 */
	enum rotor_status (*verify)(struct rotor_crypto_job *job,
				    const struct rotor_public_key *key, enum rotor_hash_alg hash,
				    const uint8_t *digest, const uint8_t *sig, size_t sig_len);

#if ROTOR_CRYPTO_EDDSA
	/** Verifies an EdDSA signature over a message. NULL if the backend has no EdDSA. @return as verify */
	enum rotor_status (*verify_message)(struct rotor_crypto_job *job,
					    const struct rotor_public_key *key,
					    struct rotor_bytes message, const uint8_t *sig,
					    size_t sig_len);
	/** Signs a message with an EdDSA key. NULL if the backend has no EdDSA. Use through rotor_soft_signer(). */
	enum rotor_status (*key_sign_message)(struct rotor_crypto_job *job,
					      const struct rotor_soft_key *key,
					      struct rotor_bytes message, uint8_t *sig);
#endif

	/** Makes an ephemeral key. @param public_out rotor_kex_public_size(alg) bytes. May be pending. */
	enum rotor_status (*kex_generate)(struct rotor_crypto_job *job, struct rotor_kex *k,
					  enum rotor_kex_alg alg, uint8_t *public_out);
	/**
	 * Agrees on a secret with a peer's exchange data, which is checked to be a point on the curve, or in a finite
	 * field a number from 2 to p - 2.
	 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_FORMAT (not a valid point or number)
	 */
	enum rotor_status (*kex_agree)(struct rotor_crypto_job *job, struct rotor_kex *k,
				       const uint8_t *peer, uint8_t *secret);

	/**
	 * Takes a raw private key, computes the public key.
	 * @return ROTOR_OK, ROTOR_ERR_FORMAT (a scalar of 0, or not less than n; primes that are none of a key of that size),
	 *         ROTOR_ERR_UNSUPPORTED
	 */
	enum rotor_status (*key_import)(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					const uint8_t *secret);
	/**
	 * Derives an ECDSA private key from at least (key size + 8) uniformly random bytes:
	 * d = (seed mod (n - 1)) + 1, FIPS 186-5 A.2.1 ("extra random bits"). The same seed gives the same key
	 * in every backend. @return ROTOR_OK, ROTOR_ERR_ARGUMENT (seed too short), ROTOR_ERR_UNSUPPORTED
	 */
	enum rotor_status (*key_derive)(struct rotor_soft_key *key, enum rotor_sig_alg alg,
					const uint8_t *seed, size_t seed_len);
	/**
	 * Signs with a soft key; ECDSA is deterministic (RFC 6979) where key_sign_deterministic says so.
	 * Use through rotor_soft_signer().
	 */
	enum rotor_status (*key_sign)(struct rotor_crypto_job *job,
				      const struct rotor_soft_key *key, enum rotor_hash_alg hash,
				      const uint8_t *digest, uint8_t *sig);
	bool key_sign_deterministic;

	/**
	 * Parses one certificate. Unknown critical extensions are refused.
	 * @return ROTOR_OK, ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED
	 */
	enum rotor_status (*cert_parse)(const uint8_t *der, size_t len, struct rotor_cert *out);
	/**
	 * Checks a chain: @p certs[0] is byte for byte one of @p anchors, or is signed by one of them; each further one is
	 * signed by the one before it; CA flags, path lengths, key usage and (if @p now is known) validity hold.
	 * SPDM's own rules for the leaf are the caller's.
	 * Names are compared byte for byte. Signatures are ECDSA, RSASSA or EdDSA, hashes SHA-2 or SHA-3, as the backend has them.
	 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_UNTRUSTED (no anchor vouches), ROTOR_ERR_VERIFY (a signature, date or
	 *         constraint is wrong), ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED (an algorithm or a critical extension)
	 */
	enum rotor_status (*chain_verify)(struct rotor_crypto_job *job,
					  const struct rotor_bytes *certs, size_t cert_count,
					  const struct rotor_bytes *anchors, size_t anchor_count,
					  rotor_time now);
};

/** The backends of this build. Each is in a library of its own: link what you name. */
extern const struct rotor_crypto rotor_crypto_openssl;
extern const struct rotor_crypto rotor_crypto_mbedtls;

/* ---- built on a backend, the same for all ---- */

/** Digest of the concatenation of @p parts. @param digest rotor_hash_size(alg) bytes */
ROTOR_MUST_CHECK enum rotor_status rotor_hash_parts(const struct rotor_crypto *crypto,
						    enum rotor_hash_alg alg,
						    const struct rotor_bytes *parts,
						    size_t part_count, uint8_t *digest);

/** HKDF-Extract (RFC 5869, 2.2). An empty salt means a run of zeros. @param prk one digest */
ROTOR_MUST_CHECK enum rotor_status rotor_hkdf_extract(const struct rotor_crypto *crypto,
						      enum rotor_hash_alg alg,
						      struct rotor_bytes salt,
						      struct rotor_bytes ikm, uint8_t *prk);
/** HKDF-Expand (RFC 5869, 2.3). @p out_len at most 255 digests. */
ROTOR_MUST_CHECK enum rotor_status rotor_hkdf_expand(const struct rotor_crypto *crypto,
						     enum rotor_hash_alg alg, const uint8_t *prk,
						     size_t prk_len, struct rotor_bytes info,
						     uint8_t *out, size_t out_len);

/** A signer that uses @p key, which must outlive it. */
struct rotor_signer rotor_soft_signer(struct rotor_soft_key *key);

/** Raw ECDSA signature to DER (Ecdsa-Sig-Value, RFC 3279 2.2.3). @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_ecdsa_to_der(enum rotor_sig_alg alg, const uint8_t *raw,
						      uint8_t *der, size_t cap, size_t *len);
/** DER to raw, strictly: minimal integers, no trailing bytes. @return ROTOR_OK, ROTOR_ERR_FORMAT */
ROTOR_MUST_CHECK enum rotor_status rotor_ecdsa_from_der(enum rotor_sig_alg alg, const uint8_t *der,
							size_t len, uint8_t *raw);

/** Room for any key's SubjectPublicKeyInfo, in bytes. */
#define ROTOR_SPKI_MAX (ROTOR_PUBLIC_KEY_MAX + 40)
/** Writes SubjectPublicKeyInfo (RFC 5480, 8017, 8410) of @p key. @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_spki_write(const struct rotor_public_key *key,
						    uint8_t *der, size_t cap, size_t *len);
/**
 * Reads SubjectPublicKeyInfo of a key of a kind built in (EC: uncompressed point).
 * @return ROTOR_OK, ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED (a key of another kind; @p key is all zeros)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spki_read(const uint8_t *der, size_t len,
						   struct rotor_public_key *key);
#if ROTOR_RSA_BITS_MAX
/** Writes RSAPublicKey (RFC 8017, A.1.1), MCUboot's form of an RSA key. @return as rotor_spki_write() */
ROTOR_MUST_CHECK enum rotor_status rotor_rsa_public_write(const struct rotor_public_key *key,
							  uint8_t *der, size_t cap, size_t *len);
/** Reads RSAPublicKey. @return as rotor_spki_read() */
ROTOR_MUST_CHECK enum rotor_status rotor_rsa_public_read(const uint8_t *der, size_t len,
							 struct rotor_public_key *key);
#endif

/**
 * Splits concatenated DER certificates (SPDM's chain without its header) into views.
 * @return ROTOR_OK, ROTOR_ERR_FORMAT (not DER sequences end to end), ROTOR_ERR_SPACE (more than @p cap)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_cert_split(struct rotor_bytes chain, struct rotor_bytes *certs, size_t cap, size_t *count);

/** What a certificate that rotor writes itself says. Names are a single commonName, UTF-8. */
struct rotor_cert_template {
	struct rotor_bytes
	    issuer; /**< issuer Name, DER: the subject of the issuer's certificate; empty: self-issued */
	const char *subject_cn; /**< subject common name, 1 to 64 bytes */
	const char *not_before,
	    *not_after; /**< "YYYYMMDDhhmmssZ"; GeneralizedTime or UTCTime is chosen as RFC 5280 says */
	const struct rotor_public_key *key; /**< the subject's key */
	const struct rotor_public_key
	    *issuer_key; /**< for the authority key identifier; also the signer's */
	bool is_ca;
	uint8_t path_len;            /**< used if is_ca */
	bool spdm_responder;         /**< adds the EKU of an SPDM responder */
	struct rotor_bytes tcb_info; /**< value of TcbInfo (not critical), or empty */
};

/**
 * Writes and signs an X.509 v3 certificate (RFC 5280). Serial number and key identifiers come from the public key, so
 * that the same template and a deterministic signer give the same bytes.
 * @param job all zeros on the first call; ROTOR_PENDING means call again with the same arguments
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT (a name or time that cannot be written), or the
 *         signer's error
 */
ROTOR_MUST_CHECK enum rotor_status rotor_cert_write(const struct rotor_crypto *crypto,
						    const struct rotor_cert_template *t,
						    const struct rotor_signer *issuer,
						    struct rotor_crypto_job *job, uint8_t *der,
						    size_t cap, size_t *len);
/** Writes a PKCS #10 certificate request (RFC 2986) for @p key with @p subject_cn. */
ROTOR_MUST_CHECK enum rotor_status
rotor_csr_write(const struct rotor_crypto *crypto, const char *subject_cn,
		const struct rotor_public_key *key, const struct rotor_signer *signer,
		struct rotor_crypto_job *job, uint8_t *der, size_t cap, size_t *len);

/**
 * Reads a PKCS #10 request and checks that its own key signed it. Its attributes are not looked at.
 * @param subject the subject Name, DER, as a view into @p der; see rotor_name_common_name()
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED (its key or algorithm), ROTOR_ERR_VERIFY
 */
ROTOR_MUST_CHECK enum rotor_status rotor_csr_read(const struct rotor_crypto *crypto,
						  struct rotor_crypto_job *job, const uint8_t *der,
						  size_t len, struct rotor_public_key *key,
						  struct rotor_bytes *subject);

/** The (last) common name in a Name in DER, UTF-8 or printable text not ended by 0; empty if there is none. */
struct rotor_bytes rotor_name_common_name(struct rotor_bytes name);

/** Whether two secrets are equal, in time that depends on @p len alone. */
ROTOR_MUST_CHECK bool rotor_secret_equal(const void *a, const void *b, size_t len);
/** Erases a secret; the compiler does not remove it. */
void rotor_wipe(void *secret, size_t len);

#ifdef __cplusplus
}
#endif

#endif
