/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What not every SPDM requester does: operations that are linked if they are called, and pieces that are linked if the
 * configuration names them (struct rotor_spdm_requester_config.pieces). They are driven as those of
 * rotor/spdm_requester.h, and answer as those do.
 *
 * Arguments given as a structure of rotor/spdm_messages*.h are taken without their version, and must stay as they are
 * until the operation has ended. @c secured means: inside the session. What comes back stands in the requester's
 * @c answer, within the buffer that the caller gave. An ERROR ResetRequired ends an operation as any other ERROR does
 * (ROTOR_SPDM_FAIL_PEER_ERROR, result.peer_error); the device has then kept what it was asked for, and finishes it when it
 * starts again.
 */
#ifndef ROTOR_SPDM_REQUESTER_MORE_H
#define ROTOR_SPDM_REQUESTER_MORE_H

#include "rotor/spdm_messages_chunk.h"
#include "rotor/spdm_messages_manage.h"
#include "rotor/spdm_messages_psk.h"
#include "rotor/spdm_requester.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- sessions from a pre-shared key (DSP0274, PSK_EXCHANGE, PSK_FINISH) ---- */

/** Offers such sessions (PSK_CAP). No configuration. */
extern const struct rotor_spdm_requester_piece rotor_spdm_requester_psk;

/**
 * PSK_EXCHANGE and, if the responder has a context of its own, PSK_FINISH. Sets session. Needs a connection to which both
 * sides brought PSK_CAP, and no chain. If it fails, no session is left.
 * @param psk must stay until the operation has ended
 * @param summary_type ROTOR_SPDM_SUMMARY_…
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_start_psk_session(struct rotor_spdm_requester *q,
				       const struct rotor_spdm_psk *psk, uint8_t summary_type);

/* ---- KEY_UPDATE ---- */

/** Offers KEY_UPDATE (KEY_UPD_CAP), and answers the responder's when it is asked for (rotor_spdm_requester_serve). */
extern const struct rotor_spdm_requester_piece rotor_spdm_requester_key_update;

/**
 * KEY_UPDATE: of this side's key, or of both, and the new keys are verified. An ERROR in answer to the first of the two
 * messages leaves the session with the keys that it had; any other failure ends the session.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_update_keys(struct rotor_spdm_requester *q,
								    bool all);

/* ---- chunks (1.2) ---- */

/** Messages larger than one transfer, either way (CHUNK_CAP). Configuration: struct rotor_spdm_requester_chunks. */
extern const struct rotor_spdm_requester_piece rotor_spdm_requester_chunk;

/** Room for them: the caller's, one for each requester. */
struct rotor_spdm_requester_chunks {
	uint8_t *request; /**< where requests are built */
	size_t request_size;
	uint8_t *response; /**< where answers are put together */
	size_t response_size;
};

/* ---- basic mutual authentication, of peers before 1.2 (CHALLENGE by encapsulation) ---- */

/**
 * Answers a responder that asks for this side's CHALLENGE_AUTH after its own (CHAL_CAP, with offer_mutual_auth and
 * own given). Deprecated by DSP0274 since 1.2; without this piece such a wish is not heeded. Configuration:
 * struct rotor_spdm_requester_basic.
 */
extern const struct rotor_spdm_requester_piece rotor_spdm_requester_basic_mutual;

struct rotor_spdm_requester_basic {
	bool authenticated; /**< set when the responder has heard it out after the last CHALLENGE */
	/* private */
	bool running;
	uint8_t nonce[ROTOR_SPDM_NONCE_SIZE];
	uint8_t context[ROTOR_SPDM_CONTEXT_SIZE];
	uint8_t to_sign[ROTOR_SPDM_TO_SIGN_MAX];
	uint8_t signature[ROTOR_SIGNATURE_MAX];
};

/* ---- certificates and keys of the device ---- */

/** GET_CSR (1.2). answer: the request, PKCS #10. Of 1.3 on, peer_error_data of ResetRequired is the tracking tag. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_get_csr(struct rotor_spdm_requester *q,
								bool secured,
								const struct rotor_spdm_get_csr *m,
								uint8_t *buffer, size_t size);
/** SET_CERTIFICATE (1.2); with m->erase the slot is emptied (1.3). m->chain is as SPDM carries it, with its header. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_set_certificate(struct rotor_spdm_requester *q, bool secured,
				     const struct rotor_spdm_set_certificate *m);
/** GET_KEY_PAIR_INFO (1.3). @param out set if it succeeds; its views are in @p buffer */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_get_key_pair_info(struct rotor_spdm_requester *q, bool secured,
				       uint8_t key_pair, struct rotor_spdm_key_pair_info *out,
				       uint8_t *buffer, size_t size);
/** SET_KEY_PAIR_INFO (1.3). */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_set_key_pair_info(struct rotor_spdm_requester *q, bool secured,
				       const struct rotor_spdm_set_key_pair_info *m);

/* ---- what a device tells of itself ---- */

/** GET_MEASUREMENT_EXTENSION_LOG (1.3) until the log is whole. answer: the log; rotor_spdm_mel_open() */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_get_mel(struct rotor_spdm_requester *q,
								bool secured, uint8_t *buffer,
								size_t size);
/**
 * GET_ENDPOINT_INFO (1.3). answer: the information.
 * @param with_signature asks for one, over a fresh nonce, with the key that is believed
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_get_endpoint_info(struct rotor_spdm_requester *q, bool secured,
				       uint8_t subcode, bool with_signature, uint8_t *buffer,
				       size_t size);
/** VENDOR_DEFINED_REQUEST. answer: the payload of the response, which must be of the same vendor. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_vendor_defined(struct rotor_spdm_requester *q, bool secured,
				    const struct rotor_spdm_vendor_defined *m, uint8_t *buffer,
				    size_t size);

/* ---- events (1.3), in a session ---- */

/** Takes events (EVENT_CAP) that come with rotor_spdm_requester_serve. Configuration: struct rotor_spdm_requester_events. */
extern const struct rotor_spdm_requester_piece rotor_spdm_requester_event_piece;

struct rotor_spdm_requester_events {
	/** One event; called for each of a SEND_EVENT whose whole form is good. @p item is valid during the call. */
	void (*event)(void *ctx, uint32_t session_id, const struct rotor_spdm_event_item *item);
	void *ctx;
};

/** GET_SUPPORTED_EVENT_TYPES. answer: the groups; rotor_spdm_event_group_next() */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_get_event_types(struct rotor_spdm_requester *q, uint8_t *buffer, size_t size);
/** SUBSCRIBE_EVENT_TYPES. @param m group_count 0 unsubscribes */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_subscribe(struct rotor_spdm_requester *q,
			       const struct rotor_spdm_event_types *m);

#ifdef __cplusplus
}
#endif

#endif
