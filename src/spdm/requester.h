/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the requester share. */
#ifndef ROTOR_SPDM_REQUESTER_PRIVATE_H
#define ROTOR_SPDM_REQUESTER_PRIVATE_H

#include "rotor/spdm_requester.h"
#include "spdm/transcript.h"

/*
 * What an operation is at. A step either sends a request and waits for its answer, or does slow work. Steps lie in the
 * file that has their functions, and name each other, so that what nobody begins is not linked.
 */
struct rotor_spdm_requester_step {
	uint8_t request, response; /**< response 0: a work step of that request */
	uint8_t flags;
	/** Writes the request. */
	void (*build)(struct rotor_spdm_requester *q, struct rotor_writer *w);
	/** Takes the answer. */
	void (*handle)(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len);
	/** Goes on with slow work. @return ROTOR_PENDING: not done yet */
	enum rotor_status (*work)(struct rotor_spdm_requester *q);
};
#define ROTOR_SPDM_R_SLOW      1u /* the responder signs, verifies or agrees on keys before it answers */
#define ROTOR_SPDM_R_CONNECT   2u  /* there is no connection if it fails */
#define ROTOR_SPDM_R_HANDSHAKE 4u  /* the session under way is gone if it fails */
#define ROTOR_SPDM_R_SESSION   8u  /* the established session is gone if it fails */
#define ROTOR_SPDM_R_FRESH     16u /* a retry in a session goes as a new record */
#define ROTOR_SPDM_R_NO_ANSWER 32u /* … and if it fails in any other way than by an ERROR */

/* The steps that others go to. */
extern const struct rotor_spdm_requester_step rotor_spdm_step_version, rotor_spdm_step_digests,
    rotor_spdm_step_certificate, rotor_spdm_step_chain, rotor_spdm_step_challenge,
    rotor_spdm_step_measurements, rotor_spdm_step_kex_generate, rotor_spdm_step_finish_sign,
    rotor_spdm_step_encap_get, rotor_spdm_step_encap_deliver, rotor_spdm_step_heartbeat,
    rotor_spdm_step_end_session;

/** A piece: all but the capabilities may be NULL. */
struct rotor_spdm_requester_piece {
	uint32_t capabilities; /**< what it adds to GET_CAPABILITIES */
	enum rotor_status (*init)(void *config);
	/** The responder may ask this (a request's code; 0: nothing), encapsulated. */
	uint8_t answers;
	/**
	 * Takes such a request, whose header is checked and whose parameters are in op.inner_param1 and 2.
	 * @return ROTOR_OK: @c answer follows; ROTOR_PENDING: after @c work; else it is answered ERROR InvalidRequest
	 */
	enum rotor_status (*ask)(struct rotor_spdm_requester *q, void *config, const uint8_t *msg,
				 size_t len);
	/** Slow work before the answer. @return ROTOR_OK; ROTOR_PENDING; else ERROR Unspecified is answered */
	enum rotor_status (*work)(struct rotor_spdm_requester *q, void *config);
	void (*answer)(struct rotor_spdm_requester *q, void *config, struct rotor_writer *w);
	/** CHALLENGE_AUTH asks for a basic mutual authentication: prepares for the requests that follow. */
	void (*challenged)(struct rotor_spdm_requester *q, void *config);
	/** Encapsulated messages, either way, that no piece answers itself. */
	enum rotor_status (*heard)(struct rotor_spdm_requester *q, void *config, const uint8_t *msg,
				   size_t len);
	/* ---- chunks ---- */
	/** Where requests are built that may be sent in chunks. */
	uint8_t *(*room)(void *config, size_t *size);
	/** Largest whole message that is taken in chunks. */
	size_t (*most)(const void *config);
	/** Writes CHUNK_SEND or CHUNK_GET. */
	void (*chunk_write)(struct rotor_spdm_requester *q, void *config, struct rotor_writer *w);
	/**
	 * Takes the answer to it.
	 * @param inner set to the whole answer, if it is there
	 * @return ROTOR_OK (an answer if @p inner is not empty, else the next chunk is due), or what is wrong
	 */
	enum rotor_status (*chunk_take)(struct rotor_spdm_requester *q, void *config,
					const uint8_t *msg, size_t len, struct rotor_bytes *inner);
};
/** The use of the piece for which @p wanted is true; NULL if there is none. */
const struct rotor_spdm_requester_use *
rotor_spdm_requester_find(const struct rotor_spdm_requester *q,
			  bool (*wanted)(const struct rotor_spdm_requester_piece *piece));

/** The request of this step, in plaintext. */
static inline uint8_t *rotor_spdm_requester_plain(struct rotor_spdm_requester *q)
{
	return q->op.plain;
}
/** Room for a message in the buffer. */
size_t rotor_spdm_requester_room(const struct rotor_spdm_requester *q);
/** Begins an operation. @return ROTOR_OK, ROTOR_ERR_BUSY */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_begin(struct rotor_spdm_requester *q,
			   const struct rotor_spdm_requester_step *step);
/**
 * The same for what can be asked in a session or in the clear. @return also ROTOR_ERR_STATE
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_begin_in(struct rotor_spdm_requester *q,
			      const struct rotor_spdm_requester_step *step, bool secured);
/** Goes to another step of the same operation. */
void rotor_spdm_requester_step(struct rotor_spdm_requester *q,
			       const struct rotor_spdm_requester_step *step);
/** The operation has succeeded. */
void rotor_spdm_requester_done(struct rotor_spdm_requester *q);
/** The operation has failed; what its step says is gone then is forgotten. */
void rotor_spdm_requester_fail(struct rotor_spdm_requester *q, enum rotor_spdm_fail fail,
			       enum rotor_status status, enum rotor_status cause);
/** An answer that does not parse, or breaks the specification. */
void rotor_spdm_requester_malformed(struct rotor_spdm_requester *q, enum rotor_status cause);
/** This side's own crypto backend or signer failed. */
void rotor_spdm_requester_local(struct rotor_spdm_requester *q, enum rotor_status cause);
/** Whether the responder offers one of @p flags; if not, the operation has failed. */
bool rotor_spdm_requester_capable(struct rotor_spdm_requester *q, uint32_t flags);
/** Decodes an answer that is a header only. @return false if that failed the operation */
bool rotor_spdm_requester_header(struct rotor_spdm_requester *q, const uint8_t *msg, size_t len,
				 struct rotor_spdm_header *out);
/** Writes a request that is a header only. */
void rotor_spdm_requester_put_header(struct rotor_spdm_requester *q, struct rotor_writer *w,
				     uint8_t code, uint8_t param1, uint8_t param2);
/** Tells of an SPDM message. */
void rotor_spdm_requester_event(struct rotor_spdm_requester *q, bool sent, bool encapsulated,
				const uint8_t *msg, size_t len);
/** What this side can do, as GET_CAPABILITIES of @p version tells it. */
uint32_t rotor_spdm_requester_capabilities(const struct rotor_spdm_requester *q, uint8_t version);
/** Adds the request of this step and @p len bytes of its answer to a running transcript. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_record(struct rotor_spdm_requester *q,
							       enum rotor_spdm_running kind,
							       const uint8_t *msg, size_t len);
/** Sets op.digest to what a signature over the running transcript is made over, and ends the transcript. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_close(struct rotor_spdm_requester *q,
							      enum rotor_spdm_signed what);
/** Verifies op.signature over op.digest with the responder's key: ROTOR_OK, ROTOR_PENDING, or failed already. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_verify(struct rotor_spdm_requester *q);
/** Whether there is a chain or key that is believed. */
bool rotor_spdm_requester_believed(const struct rotor_spdm_requester *q);
/** The believed key may be used so (ROTOR_SPDM_KEY_USE_…); if not, the operation has failed. */
bool rotor_spdm_requester_may_use(struct rotor_spdm_requester *q, uint16_t usage);
/** Whether a slot in four bits of an answer is the one that was asked for. */
bool rotor_spdm_requester_same_slot(uint8_t nibble, uint8_t slot);
/** Fresh random bytes for a request (op.nonce, op.context). @return false if that failed the operation */
bool rotor_spdm_requester_nonce(struct rotor_spdm_requester *q);

/* requester_vca.c */
/** Ends what there was, as connect does. */
void rotor_spdm_requester_forget(struct rotor_spdm_requester *q);

/* requester_session.c */
/** Adds to the session's transcript. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_add_th(struct rotor_spdm_requester *q,
							       const void *bytes, size_t len);
/**
 * Begins a session of the suite agreed on with a fresh half of a session ID, and writes the opaque data of its request.
 * @return ROTOR_OK, or what the backend says
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_requester_new_session(struct rotor_spdm_requester *q,
								    uint8_t *opaque, size_t cap,
								    size_t *len);
/** Whether sessions can be had, privacy as configured; if not, the operation has failed. */
bool rotor_spdm_requester_session_possible(struct rotor_spdm_requester *q, uint32_t exchange);
/** The secured-message version that was selected. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_requester_check_secured(const struct rotor_spdm_requester *q, struct rotor_bytes opaque);
/** The data keys take over, from the transcript as it is; the session is established, the operation done. */
void rotor_spdm_requester_establish(struct rotor_spdm_requester *q);

#endif
