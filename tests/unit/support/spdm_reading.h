/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorded conversation read from end to end. Transcripts, key schedule and records are built here from plain
 * concatenation and libcrypto (support/spdm_oracle.h), whatever the algorithm; rotor's own run beside them wherever a
 * backend has the algorithm, and must give the same. Any difference fails the test.
 */
#ifndef ROTOR_TEST_SPDM_READING_H
#define ROTOR_TEST_SPDM_READING_H

#include "rotor/crypto.h"
#include "rotor/spdm.h"
#include "rotor/spdm_messages_any.h"
#include "rotor/spdm_session.h"
#include "spdm/transcript.h"

#define READING_BACKENDS 2

/** Bytes, as they come together. */
struct reading_bytes {
	size_t len;
	uint8_t data[20000];
};

enum reading_side { REQUESTER, RESPONDER };

/** What was read, and how much of it rotor's backends have read too. */
struct reading_counts {
	unsigned messages; /**< each decoded, and encoded again to the same bytes */
	unsigned inner; /**< of them, inside another: encapsulated, or put together from chunks */
	unsigned signatures; /**< verified; and refused with one bit of the transcript changed */
	unsigned requests;   /**< certificate requests, whose own signatures are right */
	unsigned records;    /**< opened */
	unsigned hmacs;      /**< of handshakes, verified */
	unsigned secrets;    /**< derived, and found to be what was logged */
};

struct reading_keys {
	uint8_t key[32], iv[12];
	uint64_t sequence;
	uint8_t secret[64];
};

struct reading {
	const char *name;
	uint8_t version;
	struct rotor_spdm_algorithms algorithms;
	struct rotor_spdm_sizes sizes;
	uint32_t flags[2]; /**< capabilities, by side */
	uint8_t other_params[2];
	struct reading_bytes a, b, c, l; /* VCA; certificates; challenge; measurements */
	struct reading_bytes encap_b, encap_c,
	    endpoint; /* of encapsulated requests; of GET_ENDPOINT_INFO */
	struct rotor_spdm_digests digests;
	struct reading_bytes digests_bytes;
	struct reading_bytes chains[2][8]; /* by side, by slot: as SPDM carries them */
	uint8_t slot[2];                   /* last asked for, by side that answers */
	uint8_t provisioned[2][256];       /* public keys known beforehand, DER */
	size_t provisioned_len[2];
	/* a large message, as its chunks come */
	struct reading_bytes large;
	/* session */
	unsigned sessions;
	bool in_session, psk;
	uint32_t session_id;
	uint8_t key_slot;
	uint8_t handshake[64], master[64];
	struct reading_bytes k; /* TH from KEY_EXCHANGE on, with what stands before it */
	struct reading_bytes session_l;
	struct reading_keys keys[2]; /* by sender */
	struct reading_counts counts;
	/* rotor's own, by backend */
	struct reading_counts rotor[READING_BACKENDS];
	struct rotor_spdm_suite suite;
	struct rotor_spdm_transcript transcript[READING_BACKENDS];
	struct rotor_spdm_session session[READING_BACKENDS];
};

/** The one that is being read: large, and one at a time. */
extern struct reading now;
extern const struct rotor_crypto *const reading_backends[READING_BACKENDS];

/** Reads spdm/NAME.pcap; the result is in now. */
void reading_run(const char *name);
/** The same message by message, with reading_message(), for a conversation that is no recording. */
void reading_begin(const char *name);
void reading_end(void);

/* ---- between the files of the reader ---- */

void reading_append(struct reading_bytes *b, const uint8_t *data, size_t len);
/** Decodes, encodes again, compares, counts. */
void reading_decode(const struct rotor_spdm_sizes *sizes, struct rotor_bytes msg,
		    struct rotor_spdm_any *any);
/** One message; @p secured: it came in a record. */
void reading_message(enum reading_side sender, bool secured, struct rotor_bytes msg);
struct rotor_bytes reading_chain(enum reading_side side, uint8_t slot);

/* spdm_reading_check.c */
void reading_hash(const uint8_t *data, size_t len, uint8_t *digest);
/**
 * Verifies a signature over a transcript, by the leaf of @p slot of @p side or its provisioned key; then that it is
 * not genuine with one bit changed. Rotor's backends have to agree.
 */
void reading_signature(const struct reading_bytes *transcript, enum rotor_spdm_signed what,
		       enum reading_side side, uint8_t slot, struct rotor_bytes signature);
/** Rotor's running hashes of the clear conversation: what is added, and what they are of when a signature comes. */
void reading_rotor_add(enum rotor_spdm_running kind, const uint8_t *data, size_t len);
void reading_rotor_running(const struct reading_bytes *transcript);

/* spdm_reading_session.c */
void reading_session_message(enum reading_side sender, struct rotor_bytes msg,
			     const struct rotor_spdm_any *any);
void reading_update_key(enum reading_side side);
/** Opens a record into @p out. @return the application data */
struct rotor_bytes reading_record(enum reading_side sender, struct rotor_bytes record, uint8_t *out,
				  size_t cap);

#endif
