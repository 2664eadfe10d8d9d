/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the responder share. */
#ifndef ROTOR_SPDM_RESPONDER_PRIVATE_H
#define ROTOR_SPDM_RESPONDER_PRIVATE_H

#include "rotor/spdm_features.h"
#include "rotor/spdm_messages_manage.h"
#include "spdm/transcript.h"
#include "spdm/versions.h"

/** A request on its way through a handler. */
struct rotor_spdm_request {
	struct rotor_spdm_connection *c;
	/** The one that it came in, or, of a handshake in the clear, the one that it makes; else NULL. */
	struct rotor_spdm_session *session;
	const uint8_t *msg;
	size_t len;
	struct rotor_spdm_header header;
	rotor_ms now;
	void *config; /**< of the feature that handles it */
};

/* ---- rules and features ---- */

/* Connection states, as a mask. */
#define IN_NOT_STARTED  (1u << ROTOR_SPDM_NOT_STARTED)
#define IN_VERSION      (1u << ROTOR_SPDM_AFTER_VERSION)
#define IN_CAPABILITIES (1u << ROTOR_SPDM_AFTER_CAPABILITIES)
#define IN_NEGOTIATED   (1u << ROTOR_SPDM_NEGOTIATED | 1u << ROTOR_SPDM_AUTHENTICATED)
#define IN_ANY          (IN_NOT_STARTED | IN_VERSION | IN_CAPABILITIES | IN_NEGOTIATED)
/* Where: in the clear, in a handshake's session, in an established one. */
#define AT_CLEAR       1u
#define AT_HANDSHAKE   2u
#define AT_ESTABLISHED 4u
#define AT_SESSION     (AT_HANDSHAKE | AT_ESTABLISHED)
/* Flags. */
#define RULE_EXACT 1u /* in the clear, the same bytes again can only be a retry */
#define RULE_BOTH  2u /* the requester must have the capabilities, too */

/** Where a request is legal, what it needs, and who answers it. */
struct rotor_spdm_rule {
	uint8_t code;
	uint8_t states;
	uint8_t where;
	uint8_t flags;
	uint32_t needs; /**< capabilities, one of them; without it UnsupportedRequest; 0: none */
	/** As "A handler gives …", below. */
	enum rotor_status (*handle)(struct rotor_spdm_responder *r,
				    const struct rotor_spdm_request *q);
};

/** A piece of the responder that is linked only if the configuration names it. All but the rules may be NULL. */
struct rotor_spdm_feature {
	const struct rotor_spdm_rule *rules;
	uint8_t rule_count;
	/** Checks its configuration and begins. */
	enum rotor_status (*init)(struct rotor_spdm_responder *r, void *config);
	/** What it adds to the capabilities that are told. */
	uint32_t (*capabilities)(const struct rotor_spdm_responder *r, const void *config);
	/** Goes on with its slow work (ROTOR_SPDM_STEP_FEATURE); as a handler. */
	enum rotor_status (*work)(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
				  void *config);
	/** A connection begins anew, or is forgotten. */
	void (*reset)(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
		      void *config);
	/** A session ends. */
	void (*session_end)(struct rotor_spdm_responder *r, struct rotor_spdm_session *s,
			    void *config);
	/** An answer of work.at bytes is complete; it may be replaced before it leaves. */
	void (*complete)(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			 void *config);
	/**
	 * The request under way is not answered at once: writes what is answered meanwhile, sets work.ticket and
	 * work.ready_until. @return its length; 0 to let the requester wait
	 */
	size_t (*slow)(struct rotor_spdm_responder *r, const struct rotor_spdm_connection *c,
		       rotor_ms now, uint8_t *to, size_t cap, void *config);
	/** CHALLENGE is answered. @return whether the requester is to authenticate itself, too */
	bool (*challenged)(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			   void *config);
	/** Encapsulated messages of that authentication, either way; needed with @c challenged. */
	enum rotor_status (*heard)(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
				   void *config, const uint8_t *bytes, size_t len);
	/**
	 * Writes the next request to a requester that asks for encapsulated ones, in a session or (NULL) in the clear.
	 * @return whether there is one
	 */
	bool (*encap_request)(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			      struct rotor_spdm_session *s, void *config, struct rotor_writer *w);
	/**
	 * Takes the answer to it.
	 * @return ROTOR_OK; ROTOR_PENDING: its slow work decides; anything else is answered ERROR InvalidResponseCode
	 */
	enum rotor_status (*encap_response)(struct rotor_spdm_responder *r,
					    struct rotor_spdm_connection *c,
					    struct rotor_spdm_session *s, void *config,
					    struct rotor_bytes inner);
};

/** How many features there are: none, and no code for them, where the build has none. */
static inline size_t rotor_spdm_feature_count(const struct rotor_spdm_responder *r)
{
	return ROTOR_SPDM_FEATURES ? r->config->feature_count : 0;
}

/** Runs a request, or says what is wrong with it. As a handler. */
enum rotor_status rotor_spdm_responder_dispatch(struct rotor_spdm_responder *r,
						struct rotor_spdm_request *q);
/** Whether the same request in the clear again can only be a retry. */
bool rotor_spdm_responder_exact(const struct rotor_spdm_responder *r, uint8_t code);
/** What this responder can do: in @p version, or, if it is 0, in any. */
uint32_t rotor_spdm_responder_capabilities(const struct rotor_spdm_responder *r, uint8_t version);
/** What both sides of a connection can do. */
uint32_t rotor_spdm_responder_agreed(const struct rotor_spdm_responder *r,
				     const struct rotor_spdm_connection *c);

/* ---- work and answers ---- */

/** What slow work goes on with (work.step). */
enum rotor_spdm_step {
	ROTOR_SPDM_STEP_NONE,
	ROTOR_SPDM_STEP_SIGN, /**< the answer's end, with work.slot's key */
	ROTOR_SPDM_STEP_KEX_GENERATE,
	ROTOR_SPDM_STEP_KEX_AGREE,
	ROTOR_SPDM_STEP_KEX_SIGN,
	ROTOR_SPDM_STEP_AUTHORISE,
	ROTOR_SPDM_STEP_VERIFY_FINISH,
	ROTOR_SPDM_STEP_FEATURE, /**< work.use goes on */
	ROTOR_SPDM_STEP_READY,   /**< nothing is left but to be asked for the answer */
};

/** What happens once an answer is complete (work.after). */
enum rotor_spdm_after {
	ROTOR_SPDM_AFTER_NOTHING,
	ROTOR_SPDM_AFTER_AUTHENTICATED, /**< CHALLENGE_AUTH */
	ROTOR_SPDM_AFTER_ESTABLISH,     /**< FINISH_RSP: the data keys take over */
	ROTOR_SPDM_AFTER_END,           /**< END_SESSION_ACK */
	ROTOR_SPDM_AFTER_END_FAILED,    /**< an error that ends a handshake */
};

/*
 * A handler gives ROTOR_OK when the answer stands in the buffer (work.at bytes), ROTOR_PENDING when it has set
 * work.step, or makes an ERROR with rotor_spdm_responder_error and gives what that gives.
 */

/** Where an answer is built: a writer over all the room that the answer may take. */
struct rotor_writer rotor_spdm_responder_writer(struct rotor_spdm_responder *r);
/** Room for an answer to @p c in one piece. */
size_t rotor_spdm_responder_transfer(const struct rotor_spdm_responder *r,
				     const struct rotor_spdm_connection *c);
/** Room for an answer to @p c, in pieces if need be and both sides can. */
size_t rotor_spdm_responder_room(const struct rotor_spdm_responder *r,
				 const struct rotor_spdm_connection *c);
/** Largest message in one piece that this side takes, as CAPABILITIES tells. */
size_t rotor_spdm_responder_own_transfer(const struct rotor_spdm_responder *r);
/** The answer's first byte in the buffer. */
static inline uint8_t *rotor_spdm_responder_answer(struct rotor_spdm_responder *r)
{
	return r->buffer + ROTOR_SPDM_RECORD_HEADROOM;
}
/** Whether the answer that stands in the buffer is an ERROR. */
static inline bool rotor_spdm_responder_refused(struct rotor_spdm_responder *r)
{
	return rotor_spdm_responder_answer(r)[1] == ROTOR_SPDM_ERROR;
}
/** Ends building: sets work.at. An answer that did not fit becomes ERROR ResponseTooLarge. */
enum rotor_status rotor_spdm_responder_built(struct rotor_spdm_responder *r,
					     const struct rotor_writer *w);
/** Makes the answer a header only. */
enum rotor_status rotor_spdm_responder_header(struct rotor_spdm_responder *r,
					      const struct rotor_spdm_request *q, uint8_t code,
					      uint8_t param1, uint8_t param2);
/** Makes the answer to the request under way an ERROR, of a code that the connection's version has. @return ROTOR_OK */
enum rotor_status rotor_spdm_responder_error(struct rotor_spdm_responder *r, uint8_t error);
/** The same with data, which few codes have. */
enum rotor_status rotor_spdm_responder_error_with(struct rotor_spdm_responder *r, uint8_t error,
						  uint8_t data);
/** Makes the answer an ERROR that ends the handshake. @return ROTOR_OK */
enum rotor_status rotor_spdm_responder_fail(struct rotor_spdm_responder *r, uint8_t error);
/** Writes an ERROR. @return its length, or 0 */
size_t rotor_spdm_responder_write_error(const struct rotor_spdm_connection *c, uint8_t *to,
					size_t cap, uint8_t error, uint8_t data);
/** ID of the session whose record the request under way came in; 0: it came in the clear. */
uint32_t rotor_spdm_responder_work_session(const struct rotor_spdm_responder *r);
/** Makes the answer an ERROR for what a device's function answered (rotor/spdm_features.h). @return ROTOR_OK */
enum rotor_status rotor_spdm_responder_refuse(struct rotor_spdm_responder *r,
					      enum rotor_status status);
/** Gives up the request that is worked on, without an answer. */
void rotor_spdm_responder_give_up(struct rotor_spdm_responder *r);

/* ---- slots and signatures ---- */

/** The slot (0xFF: the provisioned key), if it can speak with what was agreed on; else NULL. */
const struct rotor_spdm_slot *rotor_spdm_responder_slot(const struct rotor_spdm_responder *r,
							const struct rotor_spdm_connection *c,
							uint8_t slot);
/** The same for one use of its key (ROTOR_SPDM_KEY_USE_…), which matters in a multi-key connection. */
const struct rotor_spdm_slot *rotor_spdm_responder_slot_for(const struct rotor_spdm_responder *r,
							    const struct rotor_spdm_connection *c,
							    uint8_t slot, uint16_t usage);
/** A slot's number from four bits, of which all ones mean the provisioned key. */
static inline uint8_t rotor_spdm_slot_of_nibble(uint8_t nibble)
{
	nibble &= 0x0f;
	return ROTOR_SPDM_PUBLIC_KEYS && nibble == ROTOR_SPDM_SLOT_PROVISIONED_NIBBLE
		   ? ROTOR_SPDM_SLOT_PROVISIONED
		   : nibble;
}
/** Slots that can speak, as a mask. */
uint8_t rotor_spdm_responder_slots(const struct rotor_spdm_responder *r,
				   const struct rotor_spdm_connection *c);
/** Digest of a slot's chain, or of the provisioned key. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_responder_chain_digest(const struct rotor_spdm_responder *r,
				  const struct rotor_spdm_connection *c, uint8_t slot,
				  uint8_t *digest);
/** Writes DIGESTS. @return ROTOR_OK (whether it fits is the writer's matter), or what the backend says */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_responder_write_digests(const struct rotor_spdm_responder *r,
				   const struct rotor_spdm_connection *c, struct rotor_writer *w);
/** Measurement summary of a type: ROTOR_HASH_MAX bytes of room at @p digest, and a view of what is used of it. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_responder_summary(const struct rotor_spdm_responder *r,
			     const struct rotor_spdm_connection *c, uint8_t type, uint8_t *digest,
			     struct rotor_bytes *summary);
/** The bit of CHALLENGE_AUTH that asks for a basic mutual authentication, if a feature wants one; else 0. */
uint8_t rotor_spdm_responder_basic_mutual(struct rotor_spdm_responder *r,
					  struct rotor_spdm_connection *c);
/** Whether a summary type may be asked for. */
bool rotor_spdm_responder_summary_ok(const struct rotor_spdm_connection *c, uint8_t type);
/** Signs work.digest with work.slot's key. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_responder_sign(struct rotor_spdm_responder *r,
							     const struct rotor_spdm_connection *c,
							     uint8_t *signature);
/** Adds a request and what there is of its answer to a running hash. */
enum rotor_status rotor_spdm_responder_record(struct rotor_spdm_responder *r,
					      const struct rotor_spdm_request *q,
					      struct rotor_spdm_running_hash *running,
					      enum rotor_spdm_running kind);
/**
 * Begins to sign: closes a running hash into work.digest and sets the step; the signature follows the work.at bytes of the
 * answer. As a handler.
 */
enum rotor_status rotor_spdm_responder_begin_sign(struct rotor_spdm_responder *r,
						  const struct rotor_spdm_request *q,
						  struct rotor_spdm_running_hash *running,
						  uint8_t slot, enum rotor_spdm_signed what);
/** Goes on with such a signature. */
enum rotor_status rotor_spdm_attest_work(struct rotor_spdm_responder *r,
					 struct rotor_spdm_connection *c);

/* responder_vca.c */
enum rotor_status rotor_spdm_on_get_version(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_get_capabilities(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_negotiate(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q);
/** Forgets what a connection has agreed on, its sessions too; its peer stays. */
void rotor_spdm_responder_reset(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c);
/* responder_attest.c */
enum rotor_status rotor_spdm_on_get_digests(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_get_certificate(struct rotor_spdm_responder *r,
						const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_challenge(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q);
/* responder_measure.c */
enum rotor_status rotor_spdm_on_get_measurements(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q);

#if ROTOR_SPDM_SESSIONS > 0
/* responder_session.c */
enum rotor_status rotor_spdm_on_key_exchange(struct rotor_spdm_responder *r,
					     const struct rotor_spdm_request *q);
/** Goes on with KEY_EXCHANGE. */
enum rotor_status rotor_spdm_session_work(struct rotor_spdm_responder *r,
					  struct rotor_spdm_connection *c);
/**
 * A session to make for @p c, STARTING, with what it has of the connection and of the request.
 * @param proves whether the requester will authenticate itself
 * @return NULL and an error code if there is none
 */
struct rotor_spdm_session *rotor_spdm_session_new(struct rotor_spdm_responder *r,
						  const struct rotor_spdm_connection *c,
						  uint16_t requester_half, bool proves,
						  uint8_t *error);
/** Adds to a session's transcript. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_add_th(struct rotor_spdm_responder *r,
						     struct rotor_spdm_connection *c,
						     struct rotor_spdm_session *s,
						     const void *bytes, size_t len);
/** The data keys take over from work.digest (TH2), the session is established. */
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
/** The session of @p c whose handshake goes on in the clear; NULL if there is none. */
struct rotor_spdm_session *rotor_spdm_session_in_clear(const struct rotor_spdm_responder *r,
						       const struct rotor_spdm_connection *c);
/* responder_finish.c */
enum rotor_status rotor_spdm_on_finish(struct rotor_spdm_responder *r,
				       const struct rotor_spdm_request *q);
/** Checks a requester's verify data over the transcript, and adds it. @return ROTOR_OK, ROTOR_ERR_VERIFY */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_check_verify_data(struct rotor_spdm_responder *r,
								struct rotor_spdm_connection *c,
								struct rotor_spdm_session *s,
								const uint8_t *verify_data);
/** Goes on with FINISH. */
enum rotor_status rotor_spdm_finish_work(struct rotor_spdm_responder *r,
					 struct rotor_spdm_connection *c);
enum rotor_status rotor_spdm_on_heartbeat(struct rotor_spdm_responder *r,
					  const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_end_session(struct rotor_spdm_responder *r,
					    const struct rotor_spdm_request *q);
/* responder_encap.c */
enum rotor_status rotor_spdm_on_get_encapsulated(struct rotor_spdm_responder *r,
						 const struct rotor_spdm_request *q);
enum rotor_status rotor_spdm_on_deliver_encapsulated(struct rotor_spdm_responder *r,
						     const struct rotor_spdm_request *q);
/** The longest request that is encapsulated. */
#define ROTOR_SPDM_ENCAP_REQUEST_MAX 128
/** ENCAPSULATED_RESPONSE_ACK with what features want to ask next, if they do. As a handler. */
enum rotor_status rotor_spdm_encap_next(struct rotor_spdm_responder *r,
					struct rotor_spdm_connection *c,
					struct rotor_spdm_session *s, uint8_t acked);
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
