/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What a responder can do beyond attestation and sessions. A device links what its configuration names
 * (struct rotor_spdm_responder_config.features), and nothing of the rest:
 * @code
 * static struct rotor_spdm_chunks chunks = {.buffer = large, .size = sizeof(large)};
 * static const struct rotor_spdm_feature_use features[] = {
 *         {&rotor_spdm_key_update, NULL},
 *         {&rotor_spdm_chunking, &chunks},
 * };
 * @endcode
 *
 * What a feature asks of the device is a function in its configuration. Such a function answers
 * - ROTOR_OK;
 * - ROTOR_PENDING where it says so: it is called again, with the same arguments but without the request (NULL), until it
 *   has another answer; what it needs of the request it takes at the first call;
 * - anything else: the request is answered with an ERROR. ROTOR_ERR_DENIED gives UnexpectedRequest, ROTOR_ERR_BUSY Busy,
 *   ROTOR_ERR_UNSUPPORTED UnsupportedRequest, ROTOR_ERR_STATE ResetRequired, ROTOR_ERR_SPACE ResponseTooLarge; ARGUMENT,
 *   LENGTH, FORMAT, VERIFY, UNTRUSTED and NOT_FOUND InvalidRequest; all others OperationFailed (Unspecified before 1.3).
 *
 * @p session is the session that a request came in, or NULL if it came in the clear: who may do what is the device's to
 * say, not SPDM's.
 */
#ifndef ROTOR_SPDM_FEATURES_H
#define ROTOR_SPDM_FEATURES_H

#include "rotor/spdm_messages_chunk.h"
#include "rotor/spdm_messages_manage.h"
#include "rotor/spdm_responder.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- KEY_UPDATE (1.1) ---- */

/** New keys for a session that goes on, asked for by the requester. No configuration. */
extern const struct rotor_spdm_feature rotor_spdm_key_update;
/** A new key for what this side sends, asked for by this side. No configuration; needs rotor_spdm_key_update too. */
extern const struct rotor_spdm_feature rotor_spdm_own_key_update;
/**
 * Wishes a new key for what this side sends in a session. It is asked for (KEY_UPDATE, encapsulated) when the requester
 * next asks for encapsulated requests, which it must be able to do (ENCAP_CAP).
 * @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (no such session), ROTOR_ERR_BUSY (an update is under way)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_responder_update_key(struct rotor_spdm_responder *r,
								   uint32_t session_id);

/* ---- CHUNK_SEND and CHUNK_GET (1.2) ---- */

/**
 * Messages in pieces: requests that are longer than what this side takes in one piece (config.data_transfer_size), and
 * answers that are longer than what the requester takes. One such message at a time: a new one, of whichever peer, takes
 * the place of the one before. An answer is built whole, so it is bounded by the responder's buffer too.
 */
struct rotor_spdm_chunks {
	uint8_t *buffer; /**< the caller's, for one large message */
	size_t size;     /**< told as MaxSPDMmsgSize, if it is more than one piece */
	/* private from here */
	uint32_t peer, session_id;
	uint8_t mode, handle;
	bool last;         /**< of a request: its last chunk is being answered */
	uint32_t sequence; /**< of the next chunk */
	size_t len, done;
};
/** Configuration: struct rotor_spdm_chunks. */
extern const struct rotor_spdm_feature rotor_spdm_chunking;

/* ---- RESPOND_IF_READY ---- */

/**
 * A request that takes long is answered ERROR ResponseNotReady, and the requester asks again (RESPOND_IF_READY), instead of
 * waiting for the answer within CT.
 */
struct rotor_spdm_ready {
	uint8_t rd_exponent; /**< ready in about 2^this microseconds */
	uint8_t rdtm; /**< the answer is kept for 2^(rd_exponent + this) microseconds after */
	/* private from here */
	uint8_t ticket;
};
/** Configuration: struct rotor_spdm_ready. */
extern const struct rotor_spdm_feature rotor_spdm_respond_if_ready;

/* ---- PSK_EXCHANGE and PSK_FINISH (1.1) ---- */

struct rotor_spdm_psk_config {
	/**
	 * The responder adds a context of its own, and the requester answers with PSK_FINISH: only then does each side know
	 * that the other is there now. Without, a session is established at once, and the requester has shown that it knows
	 * the key only when its first record has come.
	 */
	bool with_context;
	const struct rotor_spdm_psk *keys;
	size_t key_count;
	/**
	 * For keys in hardware, instead of @c keys: HMAC over the key with DSP0274's Salt_0 (zeros before 1.3, ones from 1.3;
	 * a digest long). @param secret one digest. @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (the hint is not known)
	 */
	enum rotor_status (*extract)(void *ctx, uint8_t version, enum rotor_hash_alg hash,
				     struct rotor_bytes hint, uint8_t *secret);
	void *ctx;
};
/** Configuration: const struct rotor_spdm_psk_config. */
extern const struct rotor_spdm_feature rotor_spdm_psk_sessions;

/* ---- basic mutual authentication (CHALLENGE; deprecated by 1.2) ---- */

/** The requester authenticates itself outside of a session after CHALLENGE_AUTH, by encapsulated requests. */
struct rotor_spdm_basic_mutual {
	/**
	 * It has: its chain was accepted (ops.authorise_peer, or anchors) and its signature is good.
	 * @param leaf digest of its leaf certificate, with the hash that was agreed on
	 */
	void (*authenticated)(void *ctx, uint32_t peer, struct rotor_bytes leaf);
	void *ctx;
	/* private from here */
	struct rotor_hash hash;
	bool running, asked;
	uint8_t digest[ROTOR_SPDM_TO_SIGN_MAX], signature[ROTOR_SIGNATURE_MAX];
};
/** Configuration: struct rotor_spdm_basic_mutual. Needs config.ask_mutual_auth and a buffer for the chain. */
extern const struct rotor_spdm_feature rotor_spdm_challenge_mutual;

/* ---- GET_CSR (1.2) ---- */

struct rotor_spdm_csr_request {
	const struct rotor_spdm_session_info *session;
	uint8_t key_pair; /**< 0 before 1.3 */
	uint8_t model;    /**< enum rotor_spdm_cert_model; 0 before 1.3 */
	uint8_t tag;      /**< CSRTrackingTag: 0, or of an earlier request that needed a reset */
	bool overwrite;   /**< an earlier request that waits for its reset may be dropped */
	struct rotor_bytes
	    requester_info; /**< a CertificationRequestInfo to take attributes from, DER; may be empty */
	struct rotor_bytes opaque;
};
struct rotor_spdm_csr_config {
	/**
	 * Writes a certificate signing request for the device's key. May be pending.
	 * @param tag set, with ROTOR_ERR_STATE, to the tracking tag (1 to 7) to ask with after the reset
	 */
	enum rotor_status (*csr)(void *ctx, struct rotor_crypto_job *job,
				 const struct rotor_spdm_csr_request *request, uint8_t *out,
				 size_t cap, size_t *len, uint8_t *tag);
	bool reset; /**< CERT_INSTALL_RESET_CAP: it takes a reset */
	void *ctx;
};
/** Configuration: const struct rotor_spdm_csr_config. */
extern const struct rotor_spdm_feature rotor_spdm_get_csr_feature;

/* ---- SET_CERTIFICATE (1.2) ---- */

struct rotor_spdm_set_cert_request {
	const struct rotor_spdm_session_info *session;
	uint8_t slot, model, key_pair;
	bool erase;
	/**
	 * Without @c erase: certificates, root first. Header and form are checked, and that each is signed by the one before
	 * and the leaf may speak for a responder with the algorithm that was agreed on; not whose key it is of.
	 */
	struct rotor_bytes certs;
	const struct rotor_cert *leaf;
};
struct rotor_spdm_set_cert_config {
	/**
	 * Installs or erases. The slots of the responder's configuration are the device's to change. May be pending, and is
	 * then called again with the request.
	 */
	enum rotor_status (*set)(void *ctx, struct rotor_crypto_job *job,
				 const struct rotor_spdm_set_cert_request *request);
	/** SET_CERTIFICATE in the clear, and of slot 0, is possible (a trusted environment); else it needs a session. */
	bool in_clear;
	/** CERT_INSTALL_RESET_CAP: what was set holds from the next reset, and the answer says so (ERROR ResetRequired). */
	bool reset;
	void *ctx;
	uint8_t *buffer; /**< for the chain while it is checked and installed */
	size_t size;
	/* private from here */
	uint8_t slot, model, key_pair;
	bool erase, checked;
	size_t len;
	uint32_t session_id;
};
/** Configuration: struct rotor_spdm_set_cert_config. */
extern const struct rotor_spdm_feature rotor_spdm_set_certificate_feature;

/* ---- GET_KEY_PAIR_INFO, SET_KEY_PAIR_INFO (1.3) ---- */

struct rotor_spdm_key_pairs {
	uint8_t count; /**< key pairs have the IDs 1 to this */
	/** Tells of one: all of @p out but version, total and key_pair. */
	enum rotor_status (*get)(void *ctx, uint8_t id, struct rotor_spdm_key_pair_info *out);
	/**
	 * Changes, erases or generates one. What is asked is within what @c get says that can be; may be NULL, and then
	 * SET_KEY_PAIR_INFO is not offered. May not be pending.
	 */
	enum rotor_status (*set)(void *ctx, const struct rotor_spdm_session_info *session,
				 const struct rotor_spdm_set_key_pair_info *request);
	void *ctx;
};
/** Configuration: const struct rotor_spdm_key_pairs. */
extern const struct rotor_spdm_feature rotor_spdm_key_pairs_feature;

/* ---- GET_MEASUREMENT_EXTENSION_LOG (1.3) ---- */

struct rotor_spdm_mel_config {
	/** The whole log, in DMTF's form (rotor_spdm_encode_mel_header and _entry). Stays valid until the next call. */
	enum rotor_status (*log)(void *ctx, struct rotor_bytes *out);
	void *ctx;
};
/** Configuration: const struct rotor_spdm_mel_config. */
extern const struct rotor_spdm_feature rotor_spdm_mel_feature;

/* ---- GET_ENDPOINT_INFO (1.3) ---- */

struct rotor_spdm_endpoint_config {
	struct rotor_bytes device_class; /**< DeviceClassIdentifier, as ENDPOINT_INFO carries it */
	bool can_sign;                   /**< EP_INFO_CAP with signature */
};
/** Configuration: const struct rotor_spdm_endpoint_config. */
extern const struct rotor_spdm_feature rotor_spdm_endpoint_info_feature;

/* ---- events (1.3) ---- */

struct rotor_spdm_events {
	/** What the device tells of; DMTF's group with EventLost must be among them. */
	const struct rotor_spdm_event_group *groups;
	uint8_t group_count;
	/**
	 * A requester subscribes: @p types has groups and types that are all in @c groups, or none to unsubscribe.
	 */
	enum rotor_status (*subscribe)(void *ctx, const struct rotor_spdm_session_info *session,
				       const struct rotor_spdm_event_types *types);
	/**
	 * The next event that a session is to be told of (SEND_EVENT, encapsulated, when the requester asks for such).
	 * @param all the session was made with the policy that all events go to it
	 * @return ROTOR_OK: @p out is set, its bytes valid until the next call; ROTOR_ERR_NOT_FOUND: none
	 */
	enum rotor_status (*next)(void *ctx, const struct rotor_spdm_session_info *session,
				  bool all, struct rotor_spdm_event_item *out);
	/** The requester has acknowledged the event that was given last. */
	void (*acknowledged)(void *ctx, const struct rotor_spdm_session_info *session);
	void *ctx;
};
/** Configuration: const struct rotor_spdm_events. */
extern const struct rotor_spdm_feature rotor_spdm_events_feature;

/* ---- VENDOR_DEFINED ---- */

struct rotor_spdm_vendor_config {
	/**
	 * Answers a request of any registry and vendor; ROTOR_ERR_UNSUPPORTED if it is not known. May not be pending.
	 * @param out room for the payload of the answer
	 */
	enum rotor_status (*handle)(void *ctx, const struct rotor_spdm_session_info *session,
				    const struct rotor_spdm_vendor_defined *request, uint8_t *out,
				    size_t cap, size_t *len);
	void *ctx;
};
/** Configuration: const struct rotor_spdm_vendor_config. */
extern const struct rotor_spdm_feature rotor_spdm_vendor_feature;

#ifdef __cplusplus
}
#endif

#endif
