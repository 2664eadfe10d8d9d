/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the responder share. */
#ifndef ROTOR_SPDM_RESPONDER_PRIVATE_H
#define ROTOR_SPDM_RESPONDER_PRIVATE_H

#include "rotor/spdm_responder.h"
#include "spdm/transcript.h"

/** A request on its way through a handler. */
struct rotor_spdm_request {
	struct rotor_spdm_connection *c;
	struct rotor_spdm_session *session; /**< NULL if in the clear */
	const uint8_t *msg;
	size_t len;
	struct rotor_spdm_header header;
	rotor_ms now;
};

/** What slow work goes on with (work.step). */
enum rotor_spdm_step {
	ROTOR_SPDM_STEP_NONE,
	ROTOR_SPDM_STEP_SIGN_CHALLENGE,
	ROTOR_SPDM_STEP_SIGN_MEASUREMENTS,
	ROTOR_SPDM_STEP_KEX_GENERATE,
	ROTOR_SPDM_STEP_KEX_AGREE,
	ROTOR_SPDM_STEP_KEX_SIGN,
	ROTOR_SPDM_STEP_AUTHORISE,
	ROTOR_SPDM_STEP_VERIFY_FINISH,
	ROTOR_SPDM_STEP_COUNT,
};

/** What happens once an answer is complete (work.after). */
enum rotor_spdm_after {
	ROTOR_SPDM_AFTER_NOTHING,
	ROTOR_SPDM_AFTER_ESTABLISH,  /**< FINISH_RSP: the data keys take over */
	ROTOR_SPDM_AFTER_END,        /**< END_SESSION_ACK */
	ROTOR_SPDM_AFTER_END_FAILED, /**< an error that ends a handshake */
};

/*
 * A handler gives ROTOR_OK when the answer stands in the buffer (work.at bytes), ROTOR_PENDING when it has set
 * work.step, or makes an ERROR with rotor_spdm_responder_error and gives what that gives.
 */

/** Where an answer is built: a writer over all the room that the answer may take. */
struct rotor_writer rotor_spdm_responder_writer(struct rotor_spdm_responder *r,
						const struct rotor_spdm_connection *c);
/** Room for an answer to @p c. */
size_t rotor_spdm_responder_room(const struct rotor_spdm_responder *r,
				 const struct rotor_spdm_connection *c);
/** The answer's first byte in the buffer. */
static inline uint8_t *rotor_spdm_responder_answer(struct rotor_spdm_responder *r)
{
	return r->buffer + ROTOR_SPDM_RECORD_HEADROOM;
}
/** Ends building: sets work.at. An answer that did not fit becomes ERROR ResponseTooLarge. */
enum rotor_status rotor_spdm_responder_built(struct rotor_spdm_responder *r,
					     const struct rotor_spdm_connection *c,
					     const struct rotor_writer *w);
/** Makes the answer an ERROR. @return ROTOR_OK */
enum rotor_status rotor_spdm_responder_error(struct rotor_spdm_responder *r,
					     const struct rotor_spdm_connection *c, uint8_t error,
					     uint8_t data);
/** Makes the answer an ERROR that ends the handshake. @return ROTOR_OK */
enum rotor_status rotor_spdm_responder_fail(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_connection *c, uint8_t error);

/** What this responder can do, as CAPABILITIES tells it. */
uint32_t rotor_spdm_responder_capabilities(const struct rotor_spdm_responder *r);
/** The slot, if it can speak with what was agreed on; else NULL. */
const struct rotor_spdm_slot *rotor_spdm_responder_slot(const struct rotor_spdm_responder *r,
							const struct rotor_spdm_connection *c,
							uint8_t slot);
/** Digest of a slot's chain. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_responder_chain_digest(const struct rotor_spdm_responder *r,
				  const struct rotor_spdm_connection *c, uint8_t slot,
				  uint8_t *digest);
/** Measurement summary of type TCB or ALL. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_responder_summary(const struct rotor_spdm_responder *r,
			     const struct rotor_spdm_connection *c, uint8_t type, uint8_t *digest);
/** Whether a summary type may be asked for. */
bool rotor_spdm_responder_summary_ok(const struct rotor_spdm_connection *c, uint8_t type);
/** Signs work.digest with work.slot's key. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_responder_sign(struct rotor_spdm_responder *r,
							     const struct rotor_spdm_connection *c,
							     uint8_t *signature);

/* responder_rules.c */
/** Runs a request, or says what is wrong with it. As a handler. */
enum rotor_status rotor_spdm_responder_dispatch(struct rotor_spdm_responder *r,
						const struct rotor_spdm_request *q);
/** Whether the same request in the clear again can only be a retry. */
bool rotor_spdm_responder_exact(uint8_t code);

/* responder_vca.c */
enum rotor_status rotor_spdm_on_get_version(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_get_capabilities(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_negotiate(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q);
/* responder_attest.c */
enum rotor_status rotor_spdm_on_get_digests(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_get_certificate(struct rotor_spdm_responder *r,
						const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_challenge(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_get_measurements(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q);
/** Goes on with a signature over CHALLENGE_AUTH or MEASUREMENTS. */
enum rotor_status rotor_spdm_attest_work(struct rotor_spdm_responder *r,
					 struct rotor_spdm_connection *c);
/* responder_session.c */
#if ROTOR_SPDM_SESSIONS > 0
enum rotor_status rotor_spdm_on_key_exchange(struct rotor_spdm_responder *r,
					     const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_finish(struct rotor_spdm_responder *r,
				       const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_heartbeat(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_end_session(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q);
/** Goes on with a handshake. */
enum rotor_status rotor_spdm_session_work(struct rotor_spdm_responder *r,
					  struct rotor_spdm_connection *c);
/** After FINISH_RSP is sealed: the data keys take over, the session is established. */
void rotor_spdm_session_establish(struct rotor_spdm_responder *r, struct rotor_spdm_session *s,
				  rotor_ms now);
/** Erases a session, telling ops if it was established. */
void rotor_spdm_session_end(struct rotor_spdm_responder *r, struct rotor_spdm_session *s,
			    enum rotor_spdm_session_end reason);
/** Forgets what a handshake left behind. */
void rotor_spdm_handshake_forget(struct rotor_spdm_responder *r);
/** Whether a requester is asked for its certificate. */
bool rotor_spdm_mutual_possible(const struct rotor_spdm_responder *r,
				const struct rotor_spdm_connection *c);
/* responder_encap.c */
enum rotor_status rotor_spdm_on_get_encapsulated(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_deliver_encapsulated(struct rotor_spdm_responder *r,
						     const struct rotor_spdm_request *q);
/** Goes on with the judgement of the requester's chain. */
enum rotor_status rotor_spdm_encap_work(struct rotor_spdm_responder *r,
					struct rotor_spdm_connection *c);

/** What the encapsulated conversation of a handshake waits for (handshake.encap). */
enum rotor_spdm_encap {
	ROTOR_SPDM_ENCAP_OFF,         /**< no mutual authentication */
	ROTOR_SPDM_ENCAP_START,       /**< GET_ENCAPSULATED_REQUEST */
	ROTOR_SPDM_ENCAP_DIGESTS,     /**< the requester's DIGESTS */
	ROTOR_SPDM_ENCAP_CERTIFICATE, /**< the requester's CERTIFICATE */
	ROTOR_SPDM_ENCAP_ACCEPTED,    /**< the chain is accepted: FINISH */
};
#endif

#endif
