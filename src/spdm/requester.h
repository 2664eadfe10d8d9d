/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the requester share. */
#ifndef ROTOR_SPDM_REQUESTER_PRIVATE_H
#define ROTOR_SPDM_REQUESTER_PRIVATE_H

#include "rotor/spdm_requester.h"
#include "spdm/transcript.h"

/** What an operation is at. A step either sends a request and waits for its answer, or does slow work. */
enum rotor_spdm_rstep {
	ROTOR_SPDM_R_IDLE,
	ROTOR_SPDM_R_VERSION,
	ROTOR_SPDM_R_CAPABILITIES,
	ROTOR_SPDM_R_ALGORITHMS,
	ROTOR_SPDM_R_DIGESTS,
	ROTOR_SPDM_R_CERTIFICATE,
	ROTOR_SPDM_R_CHAIN, /**< work: judge the chain */
	ROTOR_SPDM_R_CHALLENGE,
	ROTOR_SPDM_R_CHALLENGE_VERIFY, /**< work */
	ROTOR_SPDM_R_MEASUREMENTS,
	ROTOR_SPDM_R_MEASUREMENTS_VERIFY, /**< work */
	ROTOR_SPDM_R_KEX_GENERATE,        /**< work */
	ROTOR_SPDM_R_KEX,
	ROTOR_SPDM_R_KEX_VERIFY, /**< work: the signature of KEY_EXCHANGE_RSP */
	ROTOR_SPDM_R_KEX_AGREE,  /**< work: shared secret, keys, verify data */
	ROTOR_SPDM_R_ENCAP_GET,
	ROTOR_SPDM_R_ENCAP_DELIVER,
	ROTOR_SPDM_R_FINISH_SIGN, /**< work */
	ROTOR_SPDM_R_FINISH,
	ROTOR_SPDM_R_HEARTBEAT,
	ROTOR_SPDM_R_END_SESSION,
	ROTOR_SPDM_R_COUNT,
};

/** The request of this step, in plaintext. */
static inline uint8_t *rotor_spdm_requester_plain(struct rotor_spdm_requester *q)
{
	return q->buffer + ROTOR_SPDM_RECORD_HEADROOM;
}
/** Room for a request. */
size_t rotor_spdm_requester_room(const struct rotor_spdm_requester *q);
/** Goes to another step of the same operation. */
void rotor_spdm_requester_step(struct rotor_spdm_requester *q, enum rotor_spdm_rstep step);
/** The operation has succeeded. */
void rotor_spdm_requester_done(struct rotor_spdm_requester *q);
/** The operation has failed; a handshake's session is forgotten. */
void rotor_spdm_requester_fail(struct rotor_spdm_requester *q, enum rotor_spdm_fail fail,
			       enum rotor_status status, enum rotor_status cause);
/** Tells of an SPDM message. */
void rotor_spdm_requester_event(struct rotor_spdm_requester *q, bool sent, bool encapsulated,
				const uint8_t *msg, size_t len);
/** What this side can do, as GET_CAPABILITIES tells it. */
uint32_t rotor_spdm_requester_capabilities(const struct rotor_spdm_requester *q);
/** Adds the request of this step and @p len bytes of its answer to a running transcript. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_record(struct rotor_spdm_requester *q,
							       enum rotor_spdm_running kind,
							       const uint8_t *msg, size_t len);
/** Sets op.digest to what a signature over the running transcript is made over, and ends the transcript. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_close(struct rotor_spdm_requester *q,
							      enum rotor_spdm_signed what);
/** Verifies op.signature over op.digest with the responder's key: ROTOR_OK, ROTOR_PENDING, or failed already. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_verify(struct rotor_spdm_requester *q);

/* Builders write the request of a step; handlers take its answer; workers go on with slow work (ROTOR_PENDING). */
typedef void rotor_spdm_build_fn(struct rotor_spdm_requester *q, struct rotor_writer *w);
typedef void rotor_spdm_handle_fn(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len);
typedef enum rotor_status rotor_spdm_work_fn(struct rotor_spdm_requester *q);

/* requester_vca.c */
rotor_spdm_build_fn rotor_spdm_build_get_version, rotor_spdm_build_get_capabilities,
    rotor_spdm_build_negotiate;
rotor_spdm_handle_fn rotor_spdm_handle_version, rotor_spdm_handle_capabilities,
    rotor_spdm_handle_algorithms;
/* requester_attest.c */
rotor_spdm_build_fn rotor_spdm_build_get_digests, rotor_spdm_build_get_certificate,
    rotor_spdm_build_challenge, rotor_spdm_build_get_measurements;
rotor_spdm_handle_fn rotor_spdm_handle_digests, rotor_spdm_handle_certificate,
    rotor_spdm_handle_challenge_auth, rotor_spdm_handle_measurements;
rotor_spdm_work_fn rotor_spdm_work_chain, rotor_spdm_work_challenge, rotor_spdm_work_measurements;
/* requester_session.c */
rotor_spdm_build_fn rotor_spdm_build_key_exchange, rotor_spdm_build_finish,
    rotor_spdm_build_heartbeat, rotor_spdm_build_end_session;
rotor_spdm_handle_fn rotor_spdm_handle_key_exchange_rsp, rotor_spdm_handle_finish_rsp,
    rotor_spdm_handle_heartbeat_ack, rotor_spdm_handle_end_session_ack;
rotor_spdm_work_fn rotor_spdm_work_kex_generate, rotor_spdm_work_kex_verify,
    rotor_spdm_work_kex_agree, rotor_spdm_work_finish_sign;
/* requester_encap.c */
rotor_spdm_build_fn rotor_spdm_build_get_encapsulated, rotor_spdm_build_deliver;
rotor_spdm_handle_fn rotor_spdm_handle_encapsulated_request, rotor_spdm_handle_encapsulated_ack;

#endif
