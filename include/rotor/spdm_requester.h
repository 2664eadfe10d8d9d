/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The SPDM requester: the agent's side of attestation and of secure sessions
 * (DSP0274 1.0 to 1.3, attestation also in 1.4; DSP0277). One struct speaks to one responder.
 *
 * An operation is begun, then driven: send what rotor_spdm_requester_next() gives,
 * hand in what comes, until rotor_spdm_requester_status() is no longer
 * ROTOR_PENDING. Retries and timeouts are inside. One operation at a time;
 * application messages of the session flow besides.
 *
 * Here is what every requester has. What not every one needs (pre-shared keys, key
 * update, chunking, provisioning, events …) stands in rotor/spdm_requester_more.h, and
 * is linked only if it is called or named in the configuration.
 *
 * @code
 * rotor_spdm_requester_connect(&q);
 * while (rotor_spdm_requester_status(&q) == ROTOR_PENDING) {
 *         if (rotor_spdm_requester_next(&q, now, &out))
 *                 send(out.secured ? 6 : 5, out.bytes);
 *         wait for a message, at most until rotor_spdm_requester_deadline(&q);
 *         rotor_spdm_requester_receive(&q, secured, msg, len, now, &app);
 * }
 * @endcode
 *
 * The protocol trusts nobody by itself: whether a certificate chain is believed
 * is the caller's verify_peer.
 *
 * An operation that failed may leave the two transcripts different (the other end
 * may have seen a request whose answer was lost), so begin again with
 * rotor_spdm_requester_connect before the next CHALLENGE or signed measurement.
 * A session that is up outlives failures in the clear, but not connect.
 */
#ifndef ROTOR_SPDM_REQUESTER_H
#define ROTOR_SPDM_REQUESTER_H

#include "rotor/spdm.h"
#include "rotor/spdm_session.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One SPDM message that went or came: for narration and traces of the plaintext. */
struct rotor_spdm_event {
	bool sent;           /**< by this side */
	bool secured;        /**< inside the session */
	bool retry;          /**< the same bytes again */
	bool encapsulated;   /**< a request of the responder, or its answer, unwrapped */
	uint32_t session_id; /**< if secured */
	struct rotor_bytes
	    message; /**< the SPDM message; decode with rotor/spdm_messages.h; valid during the call */
};

struct rotor_spdm_requester;
struct rotor_spdm_requester_step;

/**
 * A piece of the requester that is linked only if the configuration names it: those that rotor has, and what each needs
 * as its configuration, stand in rotor/spdm_requester_more.h.
 */
struct rotor_spdm_requester_piece;
struct rotor_spdm_requester_use {
	const struct rotor_spdm_requester_piece *piece;
	void *config; /**< as the piece's description says; NULL if it needs nothing */
};

/** Whether sessions hide what they carry, or only authenticate it. */
enum rotor_spdm_privacy {
	ROTOR_SPDM_ENCRYPTED,   /**< a responder that cannot encrypt gets no session */
	ROTOR_SPDM_IF_POSSIBLE, /**< a session that only authenticates is taken, too */
	ROTOR_SPDM_MAC_ONLY,    /**< encryption is not offered */
};

/** What a requester is; constant, and must outlive it. */
struct rotor_spdm_requester_config {
	const struct rotor_crypto *crypto;
	/** Versions that are acceptable, rising, each ROTOR_SPDM_V10 to ROTOR_SPDM_V14; of 1.4 only attestation. */
	uint8_t versions[ROTOR_SPDM_VERSIONS_MAX];
	uint8_t version_count;
	/** Algorithms offered, as masks of ROTOR_BIT(); 0 offers all that the backend and rotor's tables have. */
	uint32_t hashes, sigs, kexes, aeads;
	/** CTExponent told to the responder: time of this side's own signatures. */
	uint8_t ct_exponent;
	/** Largest message that this side's transport takes (DataTransferSize); 0: what the buffer allows. */
	uint32_t data_transfer_size;
	/** Round-trip time of the transport in milliseconds, for a largest message; added to DSP0274's ST1 and CT. */
	uint32_t round_trip_ms;
	/** How often a message is sent again before the operation fails. */
	uint8_t retries;
	/** Offer authentication of this side (MUT_AUTH_CAP): own slot or own key must be given. */
	bool offer_mutual_auth;
	/** Fail rotor_spdm_requester_start_session if the responder does not ask for it. */
	bool need_mutual_auth;
	/** HANDSHAKE_IN_THE_CLEAR_CAP: what comes before FINISH is not encrypted, if the responder agrees. */
	bool clear_handshake;
	/** Ask for a connection in which each slot of the responder has a key of its own (1.3), if it can. */
	bool multi_key;
	/** MULTI_KEY_CAP (1.3): own says which key it is of and what that may be used for, and the responder is told. */
	bool own_multi_key;
	/** Whether sessions must be encrypted. */
	enum rotor_spdm_privacy privacy;
	/** Told with KEY_EXCHANGE and PSK_EXCHANGE: ROTOR_SPDM_POLICY_… */
	uint8_t session_policy;
	/** This side's chain and signer; presented as slot 0. */
	struct rotor_spdm_slot own;
	/**
	 * Instead of a chain (PUB_KEY_ID_CAP): a key that the responder has without certificates. chain is its form there.
	 * Used if the responder asks for it; own.chain is to be empty then.
	 */
	struct rotor_spdm_slot own_key;
	/**
	 * Whether to believe the responder's chain (root first); its leaf meets rotor_spdm_leaf_check.
	 * NULL: nothing is believed.
	 * @param job for slow work, as in rotor/crypto.h
	 * @return ROTOR_OK, ROTOR_PENDING (called again), anything else: refused, and the operation fails with
	 *         ROTOR_SPDM_FAIL_UNTRUSTED
	 */
	enum rotor_status (*verify_peer)(void *ctx, struct rotor_crypto_job *job,
					 const struct rotor_bytes *certs, size_t cert_count,
					 const struct rotor_cert *leaf);
	/** Pieces beyond attestation and sessions. */
	const struct rotor_spdm_requester_use *pieces;
	uint8_t piece_count;
	/** May be NULL. */
	void (*event)(void *ctx, const struct rotor_spdm_event *event);
	/** For a key log: NULL unless somebody asked for it loudly. */
	void (*secrets)(void *ctx, const struct rotor_spdm_secrets *secrets);
	void *ctx;
};

/** Why an operation failed, more precisely than its status. */
enum rotor_spdm_fail {
	ROTOR_SPDM_FAIL_NONE,
	ROTOR_SPDM_FAIL_TIMEOUT,    /**< no answer, retries included */
	ROTOR_SPDM_FAIL_PEER_ERROR, /**< ERROR: see peer_error */
	ROTOR_SPDM_FAIL_MALFORMED, /**< an answer that does not parse, or breaks the specification */
	ROTOR_SPDM_FAIL_UNEXPECTED,    /**< a response to something else */
	ROTOR_SPDM_FAIL_NO_VERSION,    /**< no version in common */
	ROTOR_SPDM_FAIL_NO_CAPABILITY, /**< the responder does not offer what the operation needs */
	ROTOR_SPDM_FAIL_NO_ALGORITHM,  /**< no algorithm in common, or one that was not offered */
	ROTOR_SPDM_FAIL_EMPTY_SLOT,    /**< the slot has no certificate chain */
	ROTOR_SPDM_FAIL_CHAIN_TOO_LONG, /**< for the buffer given */
	ROTOR_SPDM_FAIL_CHAIN_FORMAT, /**< the chain's header, or its certificates, do not parse */
	ROTOR_SPDM_FAIL_CHAIN_DIGEST, /**< the chain is not the one of DIGESTS, or changed since */
	ROTOR_SPDM_FAIL_LEAF,         /**< rotor_spdm_leaf_check: see leaf */
	ROTOR_SPDM_FAIL_UNTRUSTED,    /**< verify_peer refused */
	ROTOR_SPDM_FAIL_SIGNATURE,    /**< the signature is wrong */
	ROTOR_SPDM_FAIL_HMAC, /**< KEY_EXCHANGE_RSP's or FINISH_RSP's verify data is wrong */
	ROTOR_SPDM_FAIL_NO_MUTUAL_AUTH, /**< the responder does not ask for what need_mutual_auth needs */
	ROTOR_SPDM_FAIL_RECORD,         /**< a sequence number space is used up */
	ROTOR_SPDM_FAIL_SPACE,          /**< a buffer is too small */
	ROTOR_SPDM_FAIL_LOCAL,          /**< this side's crypto backend or signer failed */
	ROTOR_SPDM_FAIL_REFUSED, /**< the responder refuses this side's certificate chain; peer_error says more */
	ROTOR_SPDM_FAIL_CANCELLED, /**< by rotor_spdm_requester_cancel */
	ROTOR_SPDM_FAIL_KEY_USE, /**< the slot's key is not for this use (multi-key connections) */
};
/** A short English phrase for @p fail; never NULL. */
const char *rotor_spdm_fail_string(enum rotor_spdm_fail fail);

/** The result of the last operation. */
struct rotor_spdm_result {
	enum rotor_status status;  /**< ROTOR_PENDING while it is under way */
	enum rotor_spdm_fail fail; /**< if status is an error */
	uint8_t request;           /**< code of the request that failed */
	uint8_t peer_error;        /**< ERROR's code, if fail is PEER_ERROR */
	uint8_t peer_error_data;   /**< ERROR's data */
	enum rotor_spdm_leaf leaf; /**< if fail is LEAF */
	enum rotor_status cause;   /**< what verify_peer, the backend or a decoder said */
};

/** What the responder told of itself in CAPABILITIES and ALGORITHMS. Valid once connected. */
struct rotor_spdm_peer {
	uint8_t version;
	uint8_t ct_exponent;
	uint32_t capabilities;
	uint32_t data_transfer_size, max_message;
	struct rotor_spdm_suite suite;
};

/** Digests of the responder's slots. */
struct rotor_spdm_peer_digests {
	uint8_t slots;     /**< bit n: slot n has a chain */
	uint8_t supported; /**< 1.3: bit n: slot n exists; before: same as slots */
	uint8_t digest[ROTOR_SPDM_SLOT_COUNT][ROTOR_HASH_MAX];
	/* In multi-key connections (peer.suite.multi_key), of each slot in slots: */
	uint8_t key_pair[ROTOR_SPDM_SLOT_COUNT];
	uint8_t model[ROTOR_SPDM_SLOT_COUNT];      /**< enum rotor_spdm_cert_model */
	uint16_t key_usage[ROTOR_SPDM_SLOT_COUNT]; /**< ROTOR_SPDM_KEY_USE_… */
};

/** The responder's chain that is believed, within the buffer that the caller gave; or its provisioned key. */
struct rotor_spdm_chain {
	uint8_t
	    slot; /**< ROTOR_SPDM_SLOT_PROVISIONED: there is no chain, and of leaf only the key is set */
	bool believed;
	struct rotor_bytes spdm; /**< as SPDM carries it, with its header; empty: none yet */
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	size_t cert_count;
	uint8_t digest[ROTOR_HASH_MAX]; /**< of @c spdm */
	struct rotor_cert leaf;
};

/** What CHALLENGE_AUTH said, after its signature was verified. */
struct rotor_spdm_challenge_result {
	uint8_t summary_type;
	uint8_t summary[ROTOR_HASH_MAX]; /**< suite.hash bytes; zeros if summary_type is NONE */
};

/** What MEASUREMENTS said. */
struct rotor_spdm_measured {
	uint8_t count;             /**< number of blocks */
	struct rotor_bytes record; /**< the measurement blocks, in the caller's buffer */
	bool is_signed;            /**< the signature over all of L1/L2 is verified */
	uint8_t content_changed;   /**< Param2 bits 5:4 */
	uint8_t requester_nonce[32], responder_nonce[32]; /**< if signed: ours, the responder's */
};

/** What came in with rotor_spdm_requester_receive, or goes out. */
struct rotor_spdm_message {
	bool secured;
	struct rotor_bytes bytes;
	uint8_t app_type; /**< of an application message */
};

/** Counters of what came in and was of no use. */
struct rotor_spdm_requester_counters {
	uint32_t sent, retries, received;
	uint32_t unexpected;      /**< answers that nothing waits for */
	uint32_t unknown_session; /**< records of no session */
	uint32_t busy;            /**< ERROR Busy and ResponseNotReady */
	struct rotor_spdm_record_counters records;
};

/** Least room for messages. @see rotor_spdm_requester_init */
#define ROTOR_SPDM_REQUESTER_BUFFER_MIN 1024

/** Storage that the caller provides; of the fields, read the ones up to @c counters after the operations that set them. */
struct rotor_spdm_requester {
	struct rotor_spdm_result result;
	struct rotor_spdm_peer peer;
	struct rotor_spdm_peer_digests digests;
	struct rotor_spdm_chain chain;
	struct rotor_spdm_challenge_result challenge;
	struct rotor_spdm_measured measurements;
	struct rotor_spdm_session session;
	/** What the last operation brought besides, in the caller's buffer; see the operation. */
	struct rotor_bytes answer;
	struct rotor_spdm_requester_counters counters;

	/* private from here */
	const struct rotor_spdm_requester_config *config;
	/**
	 * First half: the request in plaintext, kept for the transcript and for retries (unless it may be sent in chunks:
	 * then it is where the chunks' piece keeps it). Second half: what is sent.
	 */
	uint8_t *buffer;
	size_t buffer_size;
	bool connected;
	bool mutual;  /**< FINISH is signed */
	bool window;  /**< nothing has been asked since ALGORITHMS */
	bool told;    /**< GET_DIGESTS came first after ALGORITHMS */
	uint8_t tags; /**< of KEY_UPDATE and chunks: the next one */
	rotor_ms now, last_sent;
	struct rotor_spdm_transcript transcript;
	struct {
		const struct rotor_spdm_requester_step *step; /**< NULL: nothing is under way */
		const struct rotor_spdm_requester_step
		    *resume;  /**< after encapsulated requests; NULL: done */
		bool built;   /**< the request of this step stands in the buffer */
		bool sealed;  /**< what is sent stands in the buffer */
		bool to_send; /**< and is to be given out */
		bool is_retry;
		bool secured;
		bool stray; /**< something else than the answer came */
		bool begun; /**< a work step's first part is done */
		uint8_t tries, waits;
		uint8_t rounds;                               /**< encapsulated requests so far */
		uint8_t operation, attributes, summary, slot; /**< arguments */
		const void *args;
		void *result;
		uint8_t inner, inner_param1, inner_param2,
		    request_id;                             /**< of an encapsulated request */
		bool refused;                               /**< which is answered ERROR */
		const struct rotor_spdm_requester_use *use; /**< which a piece answers */
		uint32_t inner_offset, inner_length;
		uint16_t token; /**< of RESPOND_IF_READY, plus one */
		uint8_t *plain;
		size_t plain_len;
		uint16_t sent_at, sent_len; /**< in the buffer */
		uint32_t remainder;         /**< of the chain */
		struct {
			uint8_t mode; /**< 0: not in chunks; CHUNK_SEND or CHUNK_GET */
			uint8_t handle;
			uint32_t sequence, at, total;
		} chunk;
		rotor_ms deadline;
		struct rotor_crypto_job job;
		uint8_t *out; /**< the caller's buffer */
		size_t out_size, out_len;
		uint8_t nonce[ROTOR_SPDM_NONCE_SIZE];
		uint8_t context[ROTOR_SPDM_CONTEXT_SIZE];
		uint8_t digest[ROTOR_SPDM_TO_SIGN_MAX]; /**< also: what is signed */
		uint8_t signature[ROTOR_SIGNATURE_MAX];
		uint8_t verify_data[ROTOR_HASH_MAX];
		uint8_t mut_auth, req_slot;
		struct rotor_kex kex;
		uint8_t exchange[ROTOR_KEX_PUBLIC_MAX];
		uint8_t peer_exchange[ROTOR_KEX_PUBLIC_MAX];
		uint8_t shared[ROTOR_KEX_SECRET_MAX];
	} op;
};

/**
 * Prepares a requester.
 * @param buffer for the requests, twice: half of it bounds the longest
 * @param buffer_size at least ROTOR_SPDM_REQUESTER_BUFFER_MIN
 * @return ROTOR_OK, ROTOR_ERR_ARGUMENT, ROTOR_ERR_SPACE
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_init(struct rotor_spdm_requester *q,
			  const struct rotor_spdm_requester_config *config, uint8_t *buffer,
			  size_t buffer_size);
/** Forgets everything, erases all secrets. */
void rotor_spdm_requester_deinit(struct rotor_spdm_requester *q);

/* ---- operations. Each answers ROTOR_OK (begun), or ROTOR_ERR_BUSY (another is under way), ROTOR_ERR_STATE (not in
 * this state), ROTOR_ERR_ARGUMENT; what came of it is in result. ---- */

/** GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS. Ends what there was before, a session included. Sets peer. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_connect(struct rotor_spdm_requester *q);
/** GET_DIGESTS. Sets digests. Needs a connection. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_get_digests(struct rotor_spdm_requester *q);
/**
 * GET_CERTIFICATE until the chain is whole, then the checks: digest as in DIGESTS (if they were got), format, leaf
 * rules, verify_peer. Sets chain.
 * @param buffer for the chain; chain points into it, so it must live as long as the requester
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_get_certificate(struct rotor_spdm_requester *q, uint8_t slot, uint8_t *buffer,
				     size_t size);
/**
 * Takes a chain that the caller has from before instead of asking for it, with the same checks; DIGESTS must have been
 * got, and its digest of that slot must be this chain's. Nothing is sent.
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_use_certificate(struct rotor_spdm_requester *q, uint8_t slot,
				     struct rotor_bytes chain);
/**
 * Believes a key of the responder that was provisioned here, instead of a chain: slot 0xFF, if the responder has
 * PUB_KEY_ID_CAP. Nothing is sent. @param key must live as long as the requester
 * @return ROTOR_OK (done); ROTOR_ERR_STATE (not connected), ROTOR_ERR_UNSUPPORTED (it has no such key, or one of another
 *         algorithm than was agreed on), ROTOR_ERR_BUSY, or what the backend says
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_use_key(struct rotor_spdm_requester *q, const struct rotor_spdm_peer_key *key);
/** CHALLENGE with the chain that is believed. Sets challenge. @param summary_type ROTOR_SPDM_SUMMARY_... */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_challenge(struct rotor_spdm_requester *q,
								  uint8_t summary_type);
/**
 * GET_MEASUREMENTS, inside the session if @p secured. Sets measurements. A signature covers every MEASUREMENTS since
 * the last signed one.
 * @param operation ROTOR_SPDM_MEAS_OP_COUNT, _ALL, or a block's index
 * @param with_signature asks for one, over a fresh nonce; needs a chain that is believed
 * @param raw asks for raw values instead of digests where the device has them
 * @param buffer for the measurement blocks
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_get_measurements(struct rotor_spdm_requester *q, bool secured,
				      uint8_t operation, bool with_signature, bool raw,
				      uint8_t *buffer, size_t size);
/**
 * KEY_EXCHANGE, the responder's encapsulated requests if it asks for mutual authentication, FINISH. Sets session.
 * Needs a chain that is believed. If it fails, no session is left.
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_start_session(struct rotor_spdm_requester *q, uint8_t summary_type);
/**
 * GET_ENCAPSULATED_REQUEST until the responder has no more requests, in the session if @p secured: they are answered by the
 * pieces that the configuration names, any other is refused. That there is none is no failure.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_serve(struct rotor_spdm_requester *q,
							      bool secured);
/** HEARTBEAT in the session. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_heartbeat(struct rotor_spdm_requester *q);
/** END_SESSION. The session is gone afterwards, answer or not. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_end_session(struct rotor_spdm_requester *q);
/** Gives up the operation under way; result is ROTOR_SPDM_FAIL_CANCELLED. A handshake's session is forgotten. */
void rotor_spdm_requester_cancel(struct rotor_spdm_requester *q);
/** Forgets the session without a word to the responder (which is gone, say, because it was reset). */
void rotor_spdm_requester_drop_session(struct rotor_spdm_requester *q);

/**
 * Puts another session in the place of the present one, which goes to the caller: so several live on one connection, one of
 * them used at a time. All zeros is "none", and lets rotor_spdm_requester_start_session make one. A record belongs to the
 * session that rotor_spdm_record_session() tells. connect ends all of them at the responder; who keeps others then drops
 * them, each in its turn (rotor_spdm_requester_drop_session).
 * @param other read and written
 * @return ROTOR_OK, ROTOR_ERR_BUSY: an operation is under way
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_switch_session(struct rotor_spdm_requester *q,
				    struct rotor_spdm_session *other);

/* ---- driving ---- */

/** ROTOR_PENDING while an operation is under way, else its result.status. */
enum rotor_status rotor_spdm_requester_status(const struct rotor_spdm_requester *q);
/**
 * Goes on: slow work, timeouts, retries. Call after begin, after receive, and when the deadline has come.
 * @param out set if there is something to send; bytes are in the requester, unchanged until an answer is received or
 *        next is called again
 * @return whether @p out is to be sent
 */
bool rotor_spdm_requester_next(struct rotor_spdm_requester *q, rotor_ms now,
			       struct rotor_spdm_message *out);
/** When next is to be called: 0 if work is waiting, a time, or ROTOR_NEVER. */
rotor_ms rotor_spdm_requester_deadline(const struct rotor_spdm_requester *q);
/**
 * Takes one message from the responder, without its MCTP type byte; a record is opened in place.
 * @param app set if the message is an application message of the session
 * @return true if @p app was set; false if the message was an answer (or of no use, and counted)
 */
bool rotor_spdm_requester_receive(struct rotor_spdm_requester *q, bool secured, uint8_t *msg,
				  size_t len, rotor_ms now, struct rotor_spdm_message *app);

/* ---- the session ---- */

/** Whether a session is established. @param info may be NULL */
bool rotor_spdm_requester_session(const struct rotor_spdm_requester *q,
				  struct rotor_spdm_session_info *info);
/** Seals an application message. @see rotor_spdm_record_seal. @return also ROTOR_ERR_STATE: there is no session */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_seal(struct rotor_spdm_requester *q,
							     uint8_t type, uint8_t *buffer,
							     size_t cap, size_t len,
							     struct rotor_bytes *record);
/**
 * When a heartbeat must have been sent for the session to stay alive: half the period after the last record sent;
 * ROTOR_NEVER without session or period.
 */
rotor_ms rotor_spdm_requester_heartbeat_due(const struct rotor_spdm_requester *q);

#ifdef __cplusplus
}
#endif

#endif
