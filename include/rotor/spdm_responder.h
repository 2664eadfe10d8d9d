/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The SPDM responder: the device's side of attestation and of secure sessions
 * (DSP0274 1.0 to 1.3, attestation also in 1.4; DSP0277).
 *
 * Several peers may talk to it: each has a connection of its own, told apart by
 * an opaque peer number (the MCTP EID), so that a second verifier's GET_VERSION
 * does not touch the session of the update agent. One request is worked on at
 * a time; the others are answered ERROR Busy meanwhile. Records of application
 * data are opened and sealed all the time.
 *
 * A request that comes again because its answer was lost (the same bytes) gets
 * the same answer again and does not touch the transcripts. One with a nonce or
 * in a record is known by its bytes alone; another one counts as a retry only
 * if ROTOR_SPDM_RETRY_MS have passed since the first, and as a new request before.
 * Only the last answer is kept: if another peer was answered in between, a retry
 * counts as a new request.
 *
 * Typical use:
 * @code
 * rotor_spdm_responder_receive(&r, eid, tag, secured, msg, len, now, &out);
 * for (;;) {
 *         switch (out.kind) {
 *         case ROTOR_SPDM_OUT_NOTHING:  break;
 *         case ROTOR_SPDM_OUT_RESPONSE: send(out.peer, out.token, out.secured ? 6 : 5, out.bytes); break;
 *         case ROTOR_SPDM_OUT_APP:      dispatch(out.app_type, out.bytes, &out.session); break;
 *         }
 *         ... later, when rotor_spdm_responder_deadline() has come:
 *         rotor_spdm_responder_poll(&r, now, &out);
 * }
 * @endcode
 */
#ifndef ROTOR_SPDM_RESPONDER_H
#define ROTOR_SPDM_RESPONDER_H

#include "rotor/spdm.h"
#include "rotor/spdm_session.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One measurement block (DSP0274, 10.11.1, DMTF measurement specification). */
struct rotor_spdm_own_measurement {
	uint8_t index; /**< 1 to 0xFE; blocks are given in rising order of index */
	uint8_t type;  /**< DMTFSpecMeasurementValueType; bit 7 set: raw bytes, clear: a digest */
	bool tcb;      /**< part of the TCB summary */
	bool
	    summary; /**< part of the summary of all measurements; false for what changes from boot to boot */
	/** The value; a digest must be of the measurement hash agreed on (see rotor_spdm_responder_ops.measurement). */
	struct rotor_bytes value;
	/** What @c value is a digest of, where the device has it: given to who asks for raw bit streams. Else empty. */
	struct rotor_bytes raw;
};

/**
 * What not every device needs is a feature: a piece that is linked only if the configuration names it. The features that
 * rotor has, and what each needs of the device, stand in rotor/spdm_features.h.
 */
struct rotor_spdm_feature;
struct rotor_spdm_feature_use {
	const struct rotor_spdm_feature *feature;
	void *config; /**< as the feature's description says; NULL if it needs nothing */
};

/** How a requester authenticates itself when a session is made (KEY_EXCHANGE_RSP, MutAuthRequested). */
enum rotor_spdm_mutual {
	ROTOR_SPDM_MUTUAL_ENCAP, /**< by encapsulated requests, of which GET_DIGESTS is the first */
	ROTOR_SPDM_MUTUAL_DIGESTS, /**< the same with an implied GET_DIGESTS, so in one round less */
	ROTOR_SPDM_MUTUAL_KEY,     /**< by its key that was provisioned: config->peer_key */
};

/** What the responder asks of the device. Only @c measurement is needed for attestation. */
struct rotor_spdm_responder_ops {
	/**
	 * The measurement at @p position, counted from 0, without gaps.
	 * @param hash the measurement hash agreed on; a device that has a digest of another kind only answers
	 *        ROTOR_ERR_UNSUPPORTED
	 * @param out the value's bytes stay valid until the next call
	 * @return ROTOR_OK; ROTOR_ERR_NOT_FOUND: position is past the last; other errors: the request is answered ERROR
	 *         Unspecified. May not be pending: a device measures before it answers.
	 */
	enum rotor_status (*measurement)(void *ctx, unsigned position, enum rotor_hash_alg hash,
					 struct rotor_spdm_own_measurement *out);
	/**
	 * Whether to accept a requester with this chain (root first). The chain has been split and its leaf meets
	 * rotor_spdm_leaf_check; nothing else is known. NULL: config anchors and the backend's chain_verify decide.
	 * @param job for slow work, as in rotor/crypto.h
	 * @return ROTOR_OK: accepted; ROTOR_PENDING: call again; anything else: refused
	 */
	enum rotor_status (*authorise_peer)(void *ctx, struct rotor_crypto_job *job,
					    const struct rotor_bytes *certs, size_t cert_count);
	/** A session is established; @p info is valid during the call. May be NULL. */
	void (*session_established)(void *ctx, const struct rotor_spdm_session_info *info);
	/** An established session has ended. May be NULL. */
	void (*session_ended)(void *ctx, const struct rotor_spdm_session_info *info,
			      enum rotor_spdm_session_end reason);
	/** For a key log: off (NULL) in any real device. */
	void (*secrets)(void *ctx, const struct rotor_spdm_secrets *secrets);
};

/** What a responder is; constant, and must outlive it. */
struct rotor_spdm_responder_config {
	const struct rotor_crypto *crypto;
	/** Versions offered, rising, each ROTOR_SPDM_V10 to ROTOR_SPDM_V14; of 1.4 only attestation. */
	uint8_t versions[ROTOR_SPDM_VERSIONS_MAX];
	uint8_t version_count;
	/** One for each peer that may be talked to at a time; the responder's, but for where they are. */
	struct rotor_spdm_connection *connections;
	uint8_t connection_count;
	/** One for each session that may be there at a time, whosever; count 0: no sessions. */
	struct rotor_spdm_session *sessions;
	uint8_t session_count;
	/**
	 * CTExponent: a signature, a key agreement or the check of a requester's chain takes at most 2^this
	 * microseconds (CAPABILITIES). Requesters wait no longer before they ask again.
	 */
	uint8_t ct_exponent;
	/**
	 * HeartbeatPeriod told in KEY_EXCHANGE_RSP, in seconds; a session without any record for twice as long ends.
	 * 0: sessions have no idle limit and HEARTBEAT is not offered.
	 */
	uint8_t heartbeat_s;
	/** Ask requesters that can (MUT_AUTH_CAP, ENCAP_CAP) for their certificate when a session is made. */
	bool ask_mutual_auth;
	/** Refuse KEY_EXCHANGE of requesters that cannot, with ERROR UnexpectedRequest. */
	bool need_mutual_auth;
	/** How it is asked for. */
	enum rotor_spdm_mutual mutual;
	/** ALIAS_CERT_CAP: slots carry the alias certificate model. */
	bool alias_certificates;
	/** HANDSHAKE_IN_THE_CLEAR_CAP: FINISH and what comes before it is not encrypted, if the requester agrees. */
	bool clear_handshake;
	/** Without ENCRYPT_CAP: sessions authenticate what they carry, and hide nothing. */
	bool mac_only;
	/**
	 * MULTI_KEY_CAP (1.3): each slot says which key it is of and what that may be used for. Needs
	 * rotor_spdm_key_pairs_feature.
	 */
	enum { ROTOR_SPDM_ONE_KEY, ROTOR_SPDM_KEYS_IF_ASKED, ROTOR_SPDM_KEYS_ALWAYS } keys;
	/** Of the device's measurements; ROTOR_HASH_NONE: the same as the base hash that is agreed on. */
	enum rotor_hash_alg measurement_hash;
#if ROTOR_SPDM_PREFERENCES
	/** Which algorithms are selected of those that a requester offers; NULL: rotor's own order. */
	const struct rotor_spdm_preferences *prefer;
#endif
	/** Largest whole SPDM message told in CAPABILITIES (DataTransferSize, MaxSPDMmsgSize); 0: what the buffer allows. */
	uint32_t data_transfer_size;
	/** Slots by number. Number 0 must have a signer, unless there is a provisioned key. */
	const struct rotor_spdm_slot *slots;
	uint8_t slot_count;
	/** PUB_KEY_ID_CAP: a key that requesters have without certificates (slot 0xFF); or NULL. */
	const struct rotor_spdm_slot *provisioned;
	/** The requester's key that was provisioned here, for ROTOR_SPDM_MUTUAL_KEY; or NULL. */
	const struct rotor_spdm_peer_key *peer_key;
	/** Root certificates (DER) that requesters may descend from, for the default of ops.authorise_peer. */
	const struct rotor_bytes *anchors;
	size_t anchor_count;
	const struct rotor_spdm_responder_ops *ops;
	void *ctx; /**< given to ops */
	/** Features beyond attestation and sessions. */
	const struct rotor_spdm_feature_use *features;
	uint8_t feature_count;
};

/**
 * Least room for messages: every fixed-size answer with P-384. Larger algorithms need more: KEY_EXCHANGE_RSP has exchange data,
 * signature, two digests and about 100 bytes. An answer that does not fit is ERROR ResponseTooLarge.
 * @see rotor_spdm_responder_init
 */
#define ROTOR_SPDM_RESPONDER_BUFFER_MIN 512

/** What was discarded, or answered with an error, and why. */
struct rotor_spdm_responder_counters {
	uint32_t requests;        /**< SPDM requests seen, clear or inside a session */
	uint32_t errors;          /**< answered with ERROR */
	uint32_t retries;         /**< answered with the same bytes again */
	uint32_t repeated;        /**< the request that is being worked on came again */
	uint32_t busy;            /**< answered ERROR Busy */
	uint32_t no_answer;       /**< too short to be answered, or itself a response */
	uint32_t unknown_session; /**< records for no session of that peer */
	uint32_t
	    unknown_type; /**< records with application data before the session was established */
	uint32_t evicted; /**< connections that made room for another peer */
	struct rotor_spdm_record_counters records;
};

enum rotor_spdm_out_kind {
	ROTOR_SPDM_OUT_NOTHING,  /**< nothing to do now */
	ROTOR_SPDM_OUT_RESPONSE, /**< send @c bytes to @c peer */
	ROTOR_SPDM_OUT_APP,      /**< an application message came in */
};

/** The result of receive or poll. */
struct rotor_spdm_out {
	enum rotor_spdm_out_kind kind;
	uint32_t peer; /**< who is answered, or who sent */
	uint32_t
	    token; /**< the token that came with the request that is answered, or with the message */
	bool secured; /**< RESPONSE: a record (MCTP type 6), else a clear message (type 5) */
	/**
	 * RESPONSE: bytes inside the responder, unchanged until the next receive or poll.
	 * APP: bytes inside the caller's own receive buffer.
	 */
	struct rotor_bytes bytes;
	uint8_t app_type; /**< APP: MCTP message type of @c bytes, e.g. 1 PLDM */
	/** APP: the session it came through. */
	struct rotor_spdm_session_info session;
};

/* ---- the responder itself: storage that the caller provides, fields that the caller leaves alone ---- */

enum rotor_spdm_connection_state {
	ROTOR_SPDM_NOT_STARTED,
	ROTOR_SPDM_AFTER_VERSION,
	ROTOR_SPDM_AFTER_CAPABILITIES,
	ROTOR_SPDM_NEGOTIATED,
	ROTOR_SPDM_AUTHENTICATED,
};

/** One peer. */
struct rotor_spdm_connection {
	bool used;
	enum rotor_spdm_connection_state state;
	uint32_t peer;
	uint32_t last_used; /**< of @c uses, a counter that may wrap */
	uint8_t version;
	bool digests;          /**< GET_DIGESTS came first after ALGORITHMS */
	bool window;           /**< and still may */
	uint32_t capabilities; /**< the requester's */
	uint32_t
	    transfer; /**< largest message that the requester takes in one piece; 0: no limit */
	uint32_t max_message; /**< in several */
	struct rotor_spdm_suite suite;
	struct rotor_spdm_transcript transcript;
};

/** What is kept of a request, to answer it and to know it again. */
struct rotor_spdm_arrival {
	uint32_t peer, token;
	uint32_t print, len; /**< of its bytes */
	rotor_ms time;
	bool secured;
};

struct rotor_spdm_responder {
	const struct rotor_spdm_responder_config *config;
	uint8_t *buffer; /**< the message being built; then the last answer */
	size_t buffer_size;
	uint8_t small[48]; /**< short answers while the buffer is in use */
	uint32_t uses;
	size_t large;         /**< longest message that can be taken and given in pieces; 0: none */
	uint8_t large_handle; /**< of the last one given */
	struct rotor_spdm_connection *connections;
	struct rotor_spdm_responder_counters counters;
	/** The last answer, in the buffer. */
	struct {
		bool valid;
		bool exact; /**< the same request again can only be a retry */
		uint16_t at, len;
		struct rotor_spdm_arrival request;
	} answer;
	/** The request being worked on. */
	struct {
		uint8_t step;   /**< 0: none */
		bool told;      /**< the requester knows that it has to ask for the answer */
		uint8_t ticket; /**< with this (RESPOND_IF_READY's token) */
		rotor_ms ready_until;
		const struct rotor_spdm_feature_use
		    *use;           /**< who goes on, if it is a feature's step */
		uint8_t connection; /**< index */
		uint8_t session;    /**< index, if secured or a session is being made */
		uint8_t code;
		uint8_t slot;
		uint8_t after; /**< what happens once the answer is complete */
		struct rotor_spdm_arrival request;
		uint16_t at; /**< length of the answer so far */
		struct rotor_crypto_job job;
		uint8_t digest[ROTOR_SPDM_TO_SIGN_MAX]; /**< to be signed or verified */
	} work;
#if ROTOR_SPDM_SESSIONS > 0
	struct rotor_spdm_session *sessions;
	uint16_t next_session;
	/** The encapsulated request that an answer is awaited for. */
	struct {
		uint8_t id;
		uint32_t peer, session_id; /**< 0: in the clear */
		const struct rotor_spdm_feature_use
		    *use; /**< whose it is; NULL: the handshake's, or nobody's */
	} encap;
	/** The handshake under way: one at a time. */
	struct {
		uint8_t encap; /**< what the encapsulated conversation waits for */
		uint8_t slot;  /**< the requester's */
		const struct rotor_spdm_feature_use
		    *basic;     /**< whose it is if there is no session */
		uint8_t *chain; /**< the requester's chain, as it comes */
		size_t chain_size, chain_len;
		struct rotor_kex kex;
		uint8_t peer_exchange[ROTOR_KEX_PUBLIC_MAX];
		uint8_t shared[ROTOR_KEX_SECRET_MAX];
		uint8_t chain_digest[ROTOR_HASH_MAX];
		uint8_t identity[ROTOR_HASH_MAX]; /**< digest of the leaf */
		uint8_t signature[ROTOR_SIGNATURE_MAX];
		uint8_t verify_data[ROTOR_HASH_MAX];
		struct rotor_public_key peer_key;
	} handshake;
#endif
};

/**
 * Prepares a responder.
 * @param buffer for messages; it bounds the longest answer to @p buffer_size - 27 bytes
 * @param buffer_size at least ROTOR_SPDM_RESPONDER_BUFFER_MIN
 * @param chain for the certificate chain of a requester that authenticates itself; NULL and 0 if
 *        config->ask_mutual_auth is false
 * @return ROTOR_OK, ROTOR_ERR_ARGUMENT (the configuration contradicts itself), ROTOR_ERR_SPACE,
 *         ROTOR_ERR_UNSUPPORTED (a version that is not known)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_responder_init(struct rotor_spdm_responder *r,
			  const struct rotor_spdm_responder_config *config, uint8_t *buffer,
			  size_t buffer_size, uint8_t *chain, size_t chain_size);
/** Forgets everything, erases all secrets; session_ended is not called. */
void rotor_spdm_responder_deinit(struct rotor_spdm_responder *r);

/**
 * Takes one message.
 * @param peer who sent it (the source EID); answers go there
 * @param token handed back with the answer (the MCTP tag, say)
 * @param secured false: a clear SPDM message (MCTP type 5), true: a record (type 6)
 * @param msg the message without its MCTP type byte; a record is opened in place. Not needed after the call, but for
 *        @p out->bytes of an APP result.
 */
void rotor_spdm_responder_receive(struct rotor_spdm_responder *r, uint32_t peer, uint32_t token,
				  bool secured, uint8_t *msg, size_t len, rotor_ms now,
				  struct rotor_spdm_out *out);
/**
 * Goes on with slow work and with timeouts. Call when rotor_spdm_responder_deadline() has come.
 * @param out RESPONSE or NOTHING
 */
void rotor_spdm_responder_poll(struct rotor_spdm_responder *r, rotor_ms now,
			       struct rotor_spdm_out *out);
/** When poll is to be called: 0 if work is waiting, a time, or ROTOR_NEVER. */
rotor_ms rotor_spdm_responder_deadline(const struct rotor_spdm_responder *r);

/**
 * Seals an application message (an answer to a PLDM command, or the device's own request) into a record of an
 * established session. @see rotor_spdm_record_seal for the buffer
 * @return ROTOR_OK; ROTOR_ERR_NOT_FOUND: there is no such session; and as rotor_spdm_record_seal
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_responder_seal(struct rotor_spdm_responder *r, uint32_t session_id, uint8_t type,
			  uint8_t *buffer, size_t cap, size_t len, struct rotor_bytes *record);
/** Says whether a session is established, and what it is. @param info may be NULL */
bool rotor_spdm_responder_session(const struct rotor_spdm_responder *r, uint32_t session_id,
				  struct rotor_spdm_session_info *info);
/** Ends a session from this side: its keys are erased, session_ended is called; nothing is sent. */
void rotor_spdm_responder_end_session(struct rotor_spdm_responder *r, uint32_t session_id);

#ifdef __cplusplus
}
#endif

#endif
