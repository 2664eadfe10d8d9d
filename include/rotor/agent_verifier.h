/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The verifier: what an agent accepts as good evidence. Protocol code gathers
 * evidence and checks its signatures; whether the firmware that it speaks of is
 * one to be trusted is decided here and nowhere else.
 */
#ifndef ROTOR_AGENT_VERIFIER_H
#define ROTOR_AGENT_VERIFIER_H

#include <stddef.h>
#include <stdint.h>

#include "rotor/agent_reference.h"
#include "rotor/crypto.h"
#include "rotor/spdm_requester.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a verifier trusts. All arrays are the caller's. */
struct rotor_agent_trust {
	const struct rotor_bytes
	    *roots; /**< DER: certificates that a device's chain must lead to */
	size_t root_count;
	/** Digests of such certificates (SHA-256, SHA-384 or SHA-512, by length); the chain must then bring its root. */
	const struct rotor_bytes *root_digests;
	size_t root_digest_count;
	const struct rotor_public_key
	    *signers; /**< release keys: whose reference values are believed */
	size_t signer_count;
	const struct rotor_bytes *known_good; /**< manifests of firmware that may run */
	size_t known_good_count;
	rotor_time now; /**< for the validity of certificates; ROTOR_TIME_UNKNOWN: not checked */
};

/** What was gathered of a device. Views are the requester's and the caller's buffers. */
struct rotor_agent_evidence {
	const struct rotor_spdm_chain *chain; /**< believed: it leads to a root */
	const struct rotor_spdm_challenge_result
	    *challenge; /**< its signature is verified; NULL: none was made */
	const struct rotor_spdm_measured *measured; /**< likewise, over a fresh nonce */
	enum rotor_hash_alg hash;                   /**< of the connection: of the summary */
};

/** The verdict. */
enum rotor_agent_verdict {
	ROTOR_AGENT_TRUSTED = 0,
	ROTOR_AGENT_NOT_SIGNED,    /**< the measurements are not signed */
	ROTOR_AGENT_MALFORMED,     /**< the measurement record does not parse */
	ROTOR_AGENT_UNKNOWN,       /**< no known-good firmware measures like this */
	ROTOR_AGENT_NOT_EXPECTED,  /**< not the firmware that the update should have brought */
	ROTOR_AGENT_SUMMARY_WRONG, /**< CHALLENGE and MEASUREMENTS do not agree */
	ROTOR_AGENT_CERTIFICATE_WRONG, /**< the key's certificate speaks of other firmware than the measurements */
	ROTOR_AGENT_REFERENCE_BAD, /**< the expected values are not signed by a trusted release key */
	ROTOR_AGENT_OTHER_VERSION, /**< known to be good, but not of the version that the update brought */
	ROTOR_AGENT_BACKEND_FAILED, /**< this side's cryptography failed */
	ROTOR_AGENT_VERDICT_COUNT
};
/** A short English phrase; never NULL. */
const char *rotor_agent_verdict_string(enum rotor_agent_verdict verdict);

/** The result of a judgement. */
struct rotor_agent_judgement {
	enum rotor_agent_verdict verdict;
	/** Which of the known-good manifests fits, if TRUSTED and none was demanded. */
	size_t known_good;
	/** Values of the manifest that fits, or of the one that was demanded. */
	struct rotor_reference reference;
	/** If NOT_EXPECTED: index of the first block that differs or is missing. */
	uint8_t differs;
};

/** Prepares a judgement; zeroed is ready too. Holds what a pending signature check needs. */
struct rotor_agent_verifier {
	struct rotor_crypto_job job;
	size_t at; /* manifest being looked at */
};

/**
 * Judges evidence.
 * @param expected the manifest whose values the device must measure, or NULL: any known-good one
 * @return ROTOR_OK with @p out filled (look at out->verdict); ROTOR_PENDING: call again with the same arguments
 */
ROTOR_MUST_CHECK enum rotor_status rotor_agent_judge(struct rotor_agent_verifier *v,
						     const struct rotor_crypto *crypto,
						     const struct rotor_agent_trust *trust,
						     const struct rotor_agent_evidence *evidence,
						     const struct rotor_bytes *expected,
						     struct rotor_agent_judgement *out);

/** What a device has measured of its security version. */
struct rotor_agent_security {
	uint64_t version; /**< security version of what runs */
	uint64_t
	    floor; /**< the lowest that the device still accepts; outside the trusted computing base */
	bool
	    held; /**< the floor is below what runs: it waits, for a confirmation or for UpdateSecurityRevision */
};
/** Reads it from a record of measurement blocks. @return whether the record has both values */
bool rotor_agent_security_read(struct rotor_bytes record, struct rotor_agent_security *out);

/** Whether a device's certificate chain (root first) leads to a trusted root. @return as rotor_crypto.chain_verify */
ROTOR_MUST_CHECK enum rotor_status rotor_agent_check_chain(const struct rotor_crypto *crypto,
							   struct rotor_crypto_job *job,
							   const struct rotor_agent_trust *trust,
							   const struct rotor_bytes *certs,
							   size_t cert_count);

#ifdef __cplusplus
}
#endif

#endif
