/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Secure sessions: the key schedule of DSP0274 (12, "Key schedule") and the
 * secured records of DSP0277 as MCTP carries them (DSP0276).
 *
 * A record is: session ID (4), sequence number (2), length of what follows (2),
 * then encrypted: length of the application data (2) and the application data,
 * whose first byte is an MCTP message type; then the tag (16). The first 8 bytes
 * are authenticated. In a session that only authenticates, the application data
 * follows the first 8 bytes as it is, without that length, and is authenticated too. All integers are little-endian; the 64-bit sequence number,
 * of which the record carries the low 16 bits, is XORed into the IV, least
 * significant byte first (DSP0277 1.2; 1.1 leaves the order open, and this is
 * what its other users do).
 *
 * Loss, repetition and disorder have one answer. Each direction counts its
 * records from 0 and never uses a number twice. A receiver takes the expected
 * number or, because the number is authenticated, one that is at most
 * ROTOR_SPDM_SEQUENCE_WINDOW - 1 ahead, and expects the following one next: so a
 * lost record costs that record alone, and nothing is ever accepted twice or
 * out of order. Any other number, or a wrong tag, discards the record, counts
 * it, and leaves the session as it was. A peer that insists on every number
 * refuses the gap; the session then ends and is made anew. At the end of the
 * number space the session ends.
 */
#ifndef ROTOR_SPDM_SESSION_H
#define ROTOR_SPDM_SESSION_H

#include "rotor/spdm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that a record puts in front of a message: the 8-byte header, the length, the message-type byte. */
#define ROTOR_SPDM_RECORD_HEADROOM 11
/** Bytes that a record puts behind a message: the tag. */
#define ROTOR_SPDM_RECORD_TAILROOM ROTOR_AEAD_TAG_SIZE
/** Largest message that a record can hold. */
#define ROTOR_SPDM_RECORD_MESSAGE_MAX (0xffff - 3 - ROTOR_SPDM_RECORD_TAILROOM)

/** One direction's keys. */
struct rotor_spdm_record_keys {
	uint64_t sequence; /**< of the next record to send, or to expect */
	bool mac_only;     /**< records are authenticated, but not encrypted */
	uint8_t key[ROTOR_AEAD_KEY_MAX];
	uint8_t iv[ROTOR_AEAD_IV_SIZE];
};

/** Why records were discarded. */
struct rotor_spdm_record_counters {
	uint32_t malformed; /**< too short, lengths that do not agree, bytes left over */
	uint32_t
	    repeated; /**< a sequence number outside the window: a repetition, or too far ahead */
	uint32_t forged;  /**< the tag is wrong */
	uint32_t skipped; /**< records never seen, before one that was accepted */
};

/**
 * Seals a message into a record, in place.
 * @param buffer holds the message at offset ROTOR_SPDM_RECORD_HEADROOM
 * @param cap size of the buffer, at least HEADROOM + @p len + TAILROOM
 * @param type MCTP message type of the message
 * @param record set to the record (within @p buffer, not always at its start)
 * @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_STATE (sequence numbers are used up), ROTOR_ERR_CRYPTO
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_record_seal(const struct rotor_crypto *crypto, enum rotor_aead_alg aead,
		       struct rotor_spdm_record_keys *keys, uint32_t session_id, uint8_t type,
		       uint8_t *buffer, size_t cap, size_t len, struct rotor_bytes *record);
/**
 * Opens a record, in place.
 * @param type set to the MCTP message type inside
 * @param message set to the message inside (within @p record), without its type byte
 * @param counters may be NULL
 * @return ROTOR_OK; ROTOR_ERR_LENGTH, ROTOR_ERR_DENIED (sequence number), ROTOR_ERR_VERIFY (tag): counted, the keys'
 *         state unchanged; ROTOR_ERR_STATE (sequence numbers are used up)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_record_open(const struct rotor_crypto *crypto, enum rotor_aead_alg aead,
		       struct rotor_spdm_record_keys *keys, uint32_t session_id, uint8_t *record,
		       size_t len, uint8_t *type, struct rotor_bytes *message,
		       struct rotor_spdm_record_counters *counters);
/**
 * Whether a record can only be one of the first under a new key, and not the next under @p old: for KEY_UPDATE, where the
 * sequence number tells which key to take, since a record is opened in place and cannot be tried twice.
 */
bool rotor_spdm_record_begins(const uint8_t *record, size_t len,
			      const struct rotor_spdm_record_keys *old);
/** The session ID of a record. @return ROTOR_OK, ROTOR_ERR_LENGTH */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_record_session(const uint8_t *record, size_t len,
							     uint32_t *session_id);

/** The secrets of one phase of a session, as they are handed to a key log. */
struct rotor_spdm_secrets {
	uint32_t session_id;
	uint8_t version; /**< SPDM version, e.g. ROTOR_SPDM_V12 */
	bool data;       /**< false: handshake secrets; true: application data secrets */
	struct rotor_spdm_suite suite;
	struct rotor_bytes request;  /**< request-direction secret, one digest */
	struct rotor_bytes response; /**< response-direction secret, one digest */
};

/**
 * Derives the key and IV of one direction from its secret (bin_str5, bin_str6), sequence number 0: for readers of a
 * capture as well as for both roles.
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_record_keys_derive(const struct rotor_crypto *crypto, uint8_t version,
			      enum rotor_hash_alg hash, enum rotor_aead_alg aead,
			      const uint8_t *secret, struct rotor_spdm_record_keys *keys);
/** Derives a FINISH or KEY_EXCHANGE_RSP HMAC key (bin_str7) from a handshake secret. @param key one digest */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_finished_key_derive(const struct rotor_crypto *crypto, uint8_t version,
			       enum rotor_hash_alg hash, const uint8_t *secret, uint8_t *key);

/** Why a session ended. */
enum rotor_spdm_session_end {
	ROTOR_SPDM_END_REQUESTED,         /**< END_SESSION, or the local side's own word */
	ROTOR_SPDM_END_RESET,             /**< the peer began a new connection (GET_VERSION) */
	ROTOR_SPDM_END_HANDSHAKE_TIMEOUT, /**< FINISH did not come in time */
	ROTOR_SPDM_END_IDLE,              /**< no record in twice the heartbeat period */
	ROTOR_SPDM_END_HANDSHAKE_FAILED, /**< a wrong FINISH, or the peer's chain was not accepted */
	ROTOR_SPDM_END_EXHAUSTED,        /**< no sequence numbers left */
	ROTOR_SPDM_END_REPLACED, /**< it was one-sided, and all were in use when a peer came that authenticates itself */
	ROTOR_SPDM_END_ERROR, /**< the local crypto backend or configuration failed */
};
/** A short English phrase for @p reason; never NULL. */
const char *rotor_spdm_session_end_string(enum rotor_spdm_session_end reason);

/** What others may know of a session. */
struct rotor_spdm_session_info {
	uint32_t session_id;
	uint32_t
	    peer; /**< opaque address of the other end, as given by the caller (an EID); 0 at a requester */
	uint8_t version; /**< SPDM version */
	bool mutual;     /**< both ends are authenticated */
	bool psk;        /**< it came from a pre-shared key, which both ends have shown to know */
	/**
	 * Who the peer is: the digest (suite.hash, identity_len bytes) of its leaf certificate. At a responder only if
	 * mutual; else identity_len is 0.
	 */
	uint8_t identity[ROTOR_HASH_MAX];
	uint8_t identity_len;
};

enum rotor_spdm_session_state {
	ROTOR_SPDM_SESSION_NONE,
	ROTOR_SPDM_SESSION_STARTING, /**< KEY_EXCHANGE is being worked on: there are no keys yet */
	ROTOR_SPDM_SESSION_HANDSHAKING, /**< KEY_EXCHANGE_RSP is out, FINISH is not yet accepted */
	ROTOR_SPDM_SESSION_ESTABLISHED,
};

#define ROTOR_SPDM_UPDATED 0x80
/** One session; both roles keep theirs in this. All zeros is "none". Fields are the cores' own. */
struct rotor_spdm_session {
	enum rotor_spdm_session_state state;
	struct rotor_spdm_session_info info;
	struct rotor_spdm_suite suite;
	struct rotor_spdm_running_hash running; /**< TH while handshaking, then L1/L2 */
	uint8_t
	    secret[ROTOR_HASH_MAX]; /**< handshake secret, then the master secret until FINISH */
	uint8_t
	    request_secret[ROTOR_HASH_MAX]; /**< request-direction secret of the current phase */
	uint8_t response_secret[ROTOR_HASH_MAX];
	struct rotor_spdm_record_keys request;  /**< requester to responder */
	struct rotor_spdm_record_keys response; /**< responder to requester */
	struct rotor_spdm_record_keys
	    next; /**< of the requester, while KEY_UPDATE waits for their first use */
	rotor_ms deadline;
	uint8_t heartbeat_s;
	uint8_t policy; /**< ROTOR_SPDM_POLICY_… */
	/**
	 * The requester's KEY_UPDATE: its operation, until the new keys are verified; 0: none. With ROTOR_SPDM_UPDATED set:
	 * a record under the new key has come.
	 */
	uint8_t updating;
	uint8_t update_tag;
	uint8_t own_update, own_tag; /**< the same asked for by this side */
};

#ifdef __cplusplus
}
#endif

#endif
