/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Evidence of an attestation that others can check again: the messages that
 * CHALLENGE_AUTH and MEASUREMENTS sign (transcripts M1 and L1 of DSP0274), the two
 * signatures, and the certificate chain.
 *
 * - struct rotor_spdm_witness keeps those messages while a requester talks;
 * - rotor_spdm_evidence_check() takes evidence apart and verifies both signatures.
 *
 * All that is believed afterwards is decoded from the signed bytes. Whether the
 * chain leads to a root, and what firmware the measurements speak of, is for the
 * caller to judge, as after a conversation of his own. That the evidence is not
 * old he knows only from the nonce.
 */
#ifndef ROTOR_SPDM_EVIDENCE_H
#define ROTOR_SPDM_EVIDENCE_H

#include "rotor/spdm.h"
#include "rotor/spdm_requester.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Messages of VCA: GET_VERSION, VERSION, GET_CAPABILITIES, CAPABILITIES, NEGOTIATE_ALGORITHMS, ALGORITHMS. */
#define ROTOR_SPDM_EVIDENCE_VCA 6
/** Most messages of one transcript behind VCA. */
#define ROTOR_SPDM_EVIDENCE_MESSAGES 96

/** Messages, requests and responses in turn. A signature at the end of the last one is not part of it. */
struct rotor_spdm_messages {
	size_t count;
	struct rotor_bytes at[ROTOR_SPDM_EVIDENCE_MESSAGES];
};

/** Evidence. All views are the caller's. */
struct rotor_spdm_evidence {
	struct rotor_bytes vca[ROTOR_SPDM_EVIDENCE_VCA];
	/** Behind VCA: GET_DIGESTS and GET_CERTIFICATE with their answers, if there were any; CHALLENGE, CHALLENGE_AUTH. */
	struct rotor_spdm_messages challenge;
	struct rotor_bytes challenge_signature;
	/** Behind VCA (which is not signed with them before 1.2): GET_MEASUREMENTS, MEASUREMENTS. */
	struct rotor_spdm_messages measurement;
	struct rotor_bytes measurement_signature;
	/** The chain as SPDM carries it: header, digest of the root, certificates. */
	struct rotor_bytes chain;
};

/* ---- keeping ---- */

/** One transcript as it grows. Fields are private. */
struct rotor_spdm_kept {
	bool whole; /* what ends in a signature has come */
	bool lost;  /* it did not fit */
	size_t len; /* bytes used */
	size_t signature_len;
	uint8_t *bytes;
	size_t size;
	size_t count;
	size_t ends[ROTOR_SPDM_EVIDENCE_MESSAGES]; /* offset behind each message */
};

/**
 * Keeps what is signed in a connection, outside of sessions. Tell it every rotor_spdm_event of the requester, in
 * order. Fields are private.
 */
struct rotor_spdm_witness {
	struct rotor_spdm_kept vca, challenge, measurement;
	struct rotor_spdm_suite suite;
	size_t request_len;
	bool request_lost;
	uint8_t request[1024]; /* sent last */
	uint8_t vca_bytes[ROTOR_SPDM_VCA_MAX];
};

/**
 * Prepares a witness.
 * @param challenge room for M1 without VCA: the whole chain and a little more
 * @param measurement room for L1 without VCA: the whole measurement record and a little more
 */
void rotor_spdm_witness_init(struct rotor_spdm_witness *w, uint8_t *challenge,
			     size_t challenge_size, uint8_t *measurement, size_t measurement_size);
/** Takes one message. Encapsulated ones and those of sessions are passed over. */
void rotor_spdm_witness_event(struct rotor_spdm_witness *w, const struct rotor_spdm_event *event);
/**
 * What has been kept, once both signatures are there.
 * @param chain of the requester, which has believed it
 * @param out views into the witness and @p chain
 * @return ROTOR_OK; ROTOR_ERR_STATE: CHALLENGE_AUTH or signed MEASUREMENTS have not come (or something else came between);
 *         ROTOR_ERR_SPACE: they did not fit
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_witness_evidence(const struct rotor_spdm_witness *w,
							       struct rotor_bytes chain,
							       struct rotor_spdm_evidence *out);

/* ---- checking ---- */

/** What is wrong with evidence. */
enum rotor_spdm_flaw {
	ROTOR_SPDM_FLAW_NONE,
	ROTOR_SPDM_FLAW_VCA, /**< the first six messages are not a negotiation of SPDM 1.0 to 1.3 */
	ROTOR_SPDM_FLAW_ALGORITHMS, /**< what ALGORITHMS selects was not offered, or is not known here */
	ROTOR_SPDM_FLAW_CHAIN,      /**< the certificate chain does not parse */
	ROTOR_SPDM_FLAW_LEAF, /**< its leaf may not speak for a responder, or has another kind of key */
	ROTOR_SPDM_FLAW_CHALLENGE, /**< the CHALLENGE transcript is not one */
	ROTOR_SPDM_FLAW_OTHER_CHAIN, /**< CHALLENGE_AUTH speaks of another chain, or the device sent another one */
	ROTOR_SPDM_FLAW_CHALLENGE_SIGNATURE, /**< CHALLENGE_AUTH is not signed by the leaf's key */
	ROTOR_SPDM_FLAW_MEASUREMENT, /**< the GET_MEASUREMENTS transcript is not one request for all blocks, signed, and its answer */
	ROTOR_SPDM_FLAW_MEASUREMENT_SIGNATURE, /**< MEASUREMENTS is not signed by the leaf's key */
	ROTOR_SPDM_FLAW_BACKEND,               /**< this side's cryptography failed */
	ROTOR_SPDM_FLAW_COUNT
};
/** A short English phrase; never NULL. */
const char *rotor_spdm_flaw_string(enum rotor_spdm_flaw flaw);

/** What evidence says, and, once checked, proves: in the terms of a requester that has had the conversation itself. */
struct rotor_spdm_proof {
	struct rotor_spdm_peer peer;
	struct rotor_spdm_chain chain;
	struct rotor_spdm_challenge_result challenge;
	struct rotor_spdm_measured measurements;
};

/** A check under way; zeroed is ready. Fields are private. */
struct rotor_spdm_evidence_check {
	uint8_t step;
	struct rotor_crypto_job job;
	uint8_t digest[ROTOR_SPDM_TO_SIGN_MAX]; /* that is being verified */
};

/**
 * Checks evidence: every message against the specification, the chain against CHALLENGE_AUTH, both signatures.
 * @param out views into @p evidence
 * @param flaw set if the result is ROTOR_ERR_VERIFY
 * @return ROTOR_OK; ROTOR_PENDING: call again with the same arguments; ROTOR_ERR_VERIFY: look at @p flaw
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_evidence_check(struct rotor_spdm_evidence_check *check,
			  const struct rotor_crypto *crypto,
			  const struct rotor_spdm_evidence *evidence, struct rotor_spdm_proof *out,
			  enum rotor_spdm_flaw *flaw);

#ifdef __cplusplus
}
#endif

#endif
