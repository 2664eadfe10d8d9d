/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What both roles of SPDM share: the algorithms that a connection has agreed on, certificate slots, the rules for a leaf
 * certificate (DSP0274).
 *
 * rotor speaks SPDM 1.0 to 1.3 over MCTP (DSP0275, DSP0276), and 1.4 for attestation. The cores here
 * neither send nor receive: they take and give whole SPDM messages, without the
 * MCTP message-type byte in front, and secured records (DSP0277) likewise. The
 * caller says of each message which of the two it is: MCTP type 5 or 6.
 *
 * - rotor/spdm_messages.h: every message as a plain structure, encode and decode;
 * - rotor/spdm_session.h: secured records and session secrets;
 * - rotor/spdm_responder.h: the device's side;
 * - rotor/spdm_requester.h: the agent's side.
 */
#ifndef ROTOR_SPDM_H
#define ROTOR_SPDM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/config.h"
#include "rotor/crypto.h"
#include "rotor/spdm_messages.h"
#include "rotor/status.h"
#include "rotor/time.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The most versions that a side can offer: each once. */
#define ROTOR_SPDM_VERSIONS_MAX 5

/** MCTP message types that carry SPDM (DSP0239). Also the first byte inside a record (DSP0276). */
#define ROTOR_SPDM_MCTP_TYPE         5
#define ROTOR_SPDM_MCTP_TYPE_SECURED 6

/** What NEGOTIATE_ALGORITHMS and ALGORITHMS agreed on. NONE where nothing was selected. */
struct rotor_spdm_suite {
	enum rotor_hash_alg hash; /**< BaseHash: transcripts, certificate digests, key schedule */
	enum rotor_hash_alg measurement_hash; /**< of DMTF measurement digests */
	enum rotor_sig_alg sig;               /**< BaseAsym: what the responder signs with */
	enum rotor_sig_alg req_sig;           /**< ReqBaseAsym: what the requester signs with */
	enum rotor_kex_alg kex;               /**< DHE group */
	enum rotor_aead_alg aead;             /**< AEAD suite */
	bool dmtf_measurements;               /**< measurement specification DMTF was selected */
	bool opaque_general;                  /**< OpaqueDataFmt1 (1.2 and later) was selected */
	bool multi_key;                       /**< the responder has several keys (1.3) */
	bool req_multi_key;                   /**< the requester has several keys (1.3) */
	bool clear_handshake;                 /**< both have HANDSHAKE_IN_THE_CLEAR_CAP */
	bool mac_only;                        /**< sessions authenticate, but do not encrypt */
};

/** A hash that runs along with a conversation. All zeros is "none". */
struct rotor_spdm_running_hash {
	struct rotor_hash hash;
	uint8_t kind; /**< of which transcript */
};

/**
 * What a connection has to remember of its messages. VCA (GET_VERSION to ALGORITHMS) is kept as it is, since the hash is
 * agreed on at its end; the rest runs into a hash. M1/M2 (for CHALLENGE) and L1/L2 (for MEASUREMENTS) never live at the
 * same time: what adds to one drops the other. Fields are the cores' own.
 */
struct rotor_spdm_transcript {
	uint8_t vca[ROTOR_SPDM_VCA_MAX];
	uint16_t vca_len;
	uint8_t
	    version; /**< SPDM version that was agreed on: which transcripts begin with VCA; 0: as from 1.2 on */
	struct rotor_spdm_running_hash running;
};

/** combined_spdm_prefix: what stands in front of a transcript's digest where a signature is made (DSP0274 1.2, "Signing"). */
#define ROTOR_SPDM_SIGNING_PREFIX_SIZE 100
/** Room for what is signed: a digest of prefix and digest, or for EdDSA the two themselves. */
#define ROTOR_SPDM_TO_SIGN_MAX                                                                     \
	(ROTOR_CRYPTO_EDDSA ? ROTOR_SPDM_SIGNING_PREFIX_SIZE + ROTOR_HASH_MAX : ROTOR_HASH_MAX)

/** Which end of a conversation. */
enum rotor_spdm_role {
	ROTOR_SPDM_REQUESTER,
	ROTOR_SPDM_RESPONDER,
};

/** A certificate slot of one's own. All pointers stay valid as long as the role that was given them. */
struct rotor_spdm_slot {
	/**
	 * DER certificates, root first, leaf last, end to end; the SPDM header in front is added by rotor. Of a key that is
	 * provisioned without certificates: the public key in the form that the other side has it in (a
	 * SubjectPublicKeyInfo, say), whose digest stands for the chain's.
	 */
	struct rotor_bytes chain;
	/** Signs with the leaf's key; NULL means that the slot is empty. */
	const struct rotor_signer *signer;
	/* The rest only where keys are told of: multi-key connections, GET_KEY_PAIR_INFO (1.3). */
	uint8_t key_pair;   /**< KeyPairID, from 1 */
	uint8_t model;      /**< enum rotor_spdm_cert_model */
	uint16_t key_usage; /**< ROTOR_SPDM_KEY_USE_… */
};

/** A peer's public key that was provisioned without a certificate. */
struct rotor_spdm_peer_key {
	struct rotor_public_key key;
	struct rotor_bytes form; /**< the bytes that its digest is of, as both sides have them */
};

/** A key that both sides know. */
struct rotor_spdm_psk {
	struct rotor_bytes
	    hint; /**< what the requester calls it; empty: what is meant without a hint */
	struct rotor_bytes key;
};

/** Size of the header in front of the certificates of an SPDM chain: Length, Reserved, RootHash (DSP0274, 10.6). */
#define ROTOR_SPDM_CHAIN_HEADER_MAX (4 + ROTOR_HASH_MAX)

/** Why a leaf certificate may not speak in SPDM. */
enum rotor_spdm_leaf {
	ROTOR_SPDM_LEAF_GOOD,
	ROTOR_SPDM_LEAF_IS_CA,       /**< basicConstraints cA is set */
	ROTOR_SPDM_LEAF_CANNOT_SIGN, /**< keyUsage without digitalSignature */
	ROTOR_SPDM_LEAF_WRONG_ROLE, /**< an SPDM extended key usage is present, but not this role's */
	ROTOR_SPDM_LEAF_WRONG_KEY, /**< the key is not of the algorithm agreed on */
};

/**
 * Checks the rules of DSP0274 1.3.0, 10.6.1 (leaf certificate) that every chain verifier leaves to SPDM.
 * @param alg what the key must be for
 */
ROTOR_MUST_CHECK enum rotor_spdm_leaf rotor_spdm_leaf_check(const struct rotor_cert *leaf,
							    enum rotor_spdm_role role,
							    enum rotor_sig_alg alg);
/** A short English phrase for @p reason; never NULL. */
const char *rotor_spdm_leaf_string(enum rotor_spdm_leaf reason);

#ifdef __cplusplus
}
#endif

#endif
