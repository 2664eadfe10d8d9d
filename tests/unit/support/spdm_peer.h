/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A requester made of bytes, for tests of the responder: it says what a test wants, keeps whole transcripts as they went,
 * and checks signatures and MACs over them. It shares codecs and key schedule with the library, but not its transcripts.
 */
#ifndef ROTOR_TEST_SPDM_PEER_H
#define ROTOR_TEST_SPDM_PEER_H

#include "rotor/spdm_features.h"
#include "rotor/spdm_messages_any.h"
#include "support/spdm_pair.h"

/** Bytes of a transcript. */
struct peer_text {
	uint8_t bytes[8192];
	size_t len;
};

struct spdm_peer {
	struct spdm_pair *p;
	uint32_t eid;
	/* What it offers; a test may change these before peer_connect. */
	uint8_t version;
	uint32_t flags;
	uint32_t transfer, max_message;
	uint8_t other_params;
	/* What was agreed on. */
	uint32_t device_flags;
	struct rotor_spdm_suite suite;
	struct rotor_spdm_sizes sizes;
	struct peer_text a, b, l, th;
	/* The session that is made or used. */
	struct rotor_spdm_session session;
	bool secured; /* requests go into the session */
	struct rotor_kex kex;
	uint8_t mut_auth, heartbeat;
	/* The last answer, in plaintext. */
	uint8_t answer[PAIR_MESSAGE_MAX];
	size_t len;
	bool answer_secured;
};

/** Every capability that a requester can have, but for what excludes another. */
#define PEER_FLAGS                                                                                 \
	(ROTOR_SPDM_CAP_CERT | ROTOR_SPDM_CAP_CHAL | ROTOR_SPDM_CAP_ENCRYPT | ROTOR_SPDM_CAP_MAC | \
	 ROTOR_SPDM_CAP_MUT_AUTH | ROTOR_SPDM_CAP_KEY_EX | ROTOR_SPDM_CAP_PSK_NO_CONTEXT |         \
	 ROTOR_SPDM_CAP_ENCAP | ROTOR_SPDM_CAP_HBEAT | ROTOR_SPDM_CAP_KEY_UPD)

/** A requester of @p version that talks to the device of @p p. */
void peer_init(struct spdm_peer *q, struct spdm_pair *p, uint8_t version);

/*
 * Each gives 0 if the answer was good, or the code of the ERROR that came instead. Whatever else is wrong (no answer, an
 * answer that does not parse, a wrong signature or MAC) fails the test.
 */
/** Sends any request; the answer stands in q->answer. */
uint8_t peer_ask(struct spdm_peer *q, const void *msg, size_t len);
/** The same with a header and nothing more. */
uint8_t peer_ask_header(struct spdm_peer *q, uint8_t code, uint8_t param1, uint8_t param2);
/** Sends a message that was encoded, or fails the test if it was not. */
uint8_t peer_ask_writer(struct spdm_peer *q, const struct rotor_writer *w);
/** GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS. */
uint8_t peer_connect(struct spdm_peer *q);
uint8_t peer_digests(struct spdm_peer *q);
/** GET_CERTIFICATE of the whole chain. */
uint8_t peer_certificate(struct spdm_peer *q, uint8_t slot);
/** CHALLENGE, over what has gone into q->b. */
uint8_t peer_challenge(struct spdm_peer *q, uint8_t slot, uint8_t summary);
uint8_t peer_measure(struct spdm_peer *q, uint8_t attributes, uint8_t operation, uint8_t slot);
/** KEY_EXCHANGE. @param digests the DIGESTS message that belongs to the transcript, or empty */
uint8_t peer_key_exchange(struct spdm_peer *q, uint8_t slot, uint8_t summary, uint8_t policy,
			  struct rotor_bytes digests);
/** FINISH, signed if the device asked for it. @param chain_digest of the requester's chain or key, if so */
uint8_t peer_finish(struct spdm_peer *q, uint8_t req_slot, const uint8_t *chain_digest);
/** The requester's answers to encapsulated GET_DIGESTS and GET_CERTIFICATE, until there is no other request. */
uint8_t peer_encapsulated(struct spdm_peer *q, bool implied_digests);
/** The same until a request of @p stop comes, which is left in @p request and @p id. @param said what was encapsulated */
void peer_encapsulated_until(struct spdm_peer *q, uint8_t stop, struct peer_text *said,
			     struct rotor_bytes *request, uint8_t *id);
/** The digest of the requester's chain, as it presents it. */
void peer_chain_digest(const struct spdm_peer *q, uint8_t *digest);
/** A whole session without mutual authentication, and what follows goes into it. */
void peer_session(struct spdm_peer *q);

/** The digest of a transcript that begins with VCA, and perhaps a further part. */
void peer_hash(const struct spdm_peer *q, const struct peer_text *text, const void *more,
	       size_t more_len, uint8_t *digest);
/** Whether @p sig is the device's over a transcript digest, as @p context says. */
void peer_check_signature(const struct spdm_peer *q, const uint8_t *digest, const char *context,
			  const uint8_t *sig);
/** Makes of a transcript's digest what is signed, as @p context says. */
void peer_to_be_signed(const struct spdm_peer *q, const char *context, uint8_t *digest);
/** Adds to a transcript. */
void peer_add(struct peer_text *text, const void *bytes, size_t len);

#endif
