/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Decoding for people: captured MCTP packets become lines of a ladder, one a
 * message, with its protocol, its name, a summary and named fields. Messages
 * inside others (a secured record, an encapsulated SPDM message) follow as
 * lines of their own, one step deeper.
 *
 * The trace drives nothing and trusts nothing: what it cannot read it shows as
 * such and goes on. It does no I/O and allocates nothing; packets come in with
 * their time, lines go out through a callback. docs/trace.md describes the
 * text form and the key log.
 *
 * @code
 * static struct rotor_trace t;              // large: see ROTOR_TRACE_… in rotor/config.h
 * rotor_trace_init(&t, &rotor_crypto_openssl, print, NULL);
 * while (... a line of the key log ...)
 *         status = rotor_trace_keylog_line(&t, line, len);
 * while (... a packet ...)
 *         rotor_trace_packet(&t, time_us, packet, len);
 * rotor_trace_finish(&t);
 * @endcode
 */
#ifndef ROTOR_TRACE_H
#define ROTOR_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/config.h"
#include "rotor/crypto.h"
#include "rotor/spdm_messages.h"
#include "rotor/spdm_session.h"
#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what comes out ---- */

enum rotor_trace_protocol {
	ROTOR_TRACE_MCTP, /**< packets that are no message: broken, incomplete, of an unknown type */
	ROTOR_TRACE_CONTROL, /**< MCTP control */
	ROTOR_TRACE_PLDM,
	ROTOR_TRACE_SPDM,
	ROTOR_TRACE_SECURED, /**< a secured record of SPDM; what is inside follows if the key log opens it */
};

/** A named field of a message; both strings are UTF-8 without control characters. */
struct rotor_trace_field {
	const char *name;
	const char *text;
};

/** One message. All pointers are valid only during the callback. */
struct rotor_trace_line {
	uint64_t time_us; /**< of its last packet, as given */
	uint8_t source;   /**< EID */
	uint8_t destination;
	uint8_t
	    depth; /**< 0 on the bus, 1 inside a record or an encapsulating message, and so on */
	enum rotor_trace_protocol protocol;
	bool request;        /**< a request (else a response), as far as the protocol says */
	bool problem;        /**< malformed, incomplete, not opened: the summary says what */
	uint32_t packets;    /**< packets that carried it; 0 if depth is not 0 */
	size_t size;         /**< bytes of the message, the MCTP message-type byte not counted */
	const char *name;    /**< "GET_VERSION", "RequestFirmwareData" */
	const char *summary; /**< the essence in a few words; may be empty */
	const struct rotor_trace_field *fields;
	size_t field_count;
};

typedef void rotor_trace_sink(void *ctx, const struct rotor_trace_line *line);

/** "MCTP", "control", "PLDM", "SPDM", "secured". */
const char *rotor_trace_protocol_name(enum rotor_trace_protocol protocol);

/* ---- state, all of it the trace's own ---- */

struct rotor_trace_slot {
	bool used;
	uint8_t source, destination, tag; /* tag with the tag-owner bit */
	uint8_t sequence;                 /* expected next */
	uint32_t packets;
	uint64_t time_us;
	size_t len;
	uint8_t bytes[ROTOR_TRACE_MESSAGE_MAX];
};

/* One direction of one phase of a session. */
struct rotor_trace_keys {
	bool known;
	bool ready; /* keys are derived */
	uint8_t secret[ROTOR_HASH_MAX];
	struct rotor_spdm_record_keys keys;
};

struct rotor_trace_session {
	uint32_t id;
	uint8_t version;
	enum rotor_hash_alg hash;
	enum rotor_aead_alg aead;
	struct rotor_trace_keys keys[2][2]; /* handshake, data; request, response */
};

/* What two endpoints agreed on, as far as it was seen. */
struct rotor_trace_connection {
	bool used;
	uint8_t a, b; /* their EIDs, the lower first */
	bool agreed;
	struct rotor_spdm_sizes sizes;
	uint32_t requester_flags, responder_flags;
	bool requester_multi_key, responder_multi_key;
};

struct rotor_trace_counters {
	uint32_t packets;
	uint32_t messages;   /**< messages put together, those inside others not counted */
	uint32_t malformed;  /**< messages, inner ones too, that could not be read to their end */
	uint32_t incomplete; /**< messages whose packets did not all come */
	uint32_t opened;     /**< secured records opened */
	uint32_t closed;     /**< secured records for which there was no key that fits */
};

struct rotor_trace {
	const struct rotor_crypto *crypto;
	rotor_trace_sink *sink;
	void *ctx;
	struct rotor_trace_counters counters;
	struct rotor_trace_slot slots[ROTOR_TRACE_SLOTS];
	struct rotor_trace_connection connections[ROTOR_TRACE_CONNECTIONS];
	struct rotor_trace_session sessions[ROTOR_TRACE_SESSIONS];
	size_t session_count;
	struct rotor_trace_field fields[ROTOR_TRACE_FIELDS_MAX];
	char text[ROTOR_TRACE_TEXT_MAX];
	uint8_t record[ROTOR_TRACE_MESSAGE_MAX]; /* a record while it is opened */
};

/* ---- use ---- */

/** @param crypto opens secured records; may be NULL: none is opened then */
void rotor_trace_init(struct rotor_trace *t, const struct rotor_crypto *crypto,
		      rotor_trace_sink *sink, void *ctx);
/**
 * Takes one packet: MCTP transport header and payload, nothing of the binding.
 * A capture whose packets are whole messages, longer than a transmission unit, is read too.
 */
void rotor_trace_packet(struct rotor_trace *t, uint64_t time_us, const uint8_t *packet, size_t len);
/** Shows what is still incomplete, and erases the secrets. The counters stay. */
void rotor_trace_finish(struct rotor_trace *t);

/* ---- the key log ---- */

/**
 * Takes one line of a key log, with or without its line end. Empty lines and those that begin with # say nothing. All
 * lines must come before the packets that they open.
 * @return ROTOR_OK; ROTOR_ERR_FORMAT; ROTOR_ERR_SPACE (more than ROTOR_TRACE_SESSIONS sessions)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_trace_keylog_line(struct rotor_trace *t, const char *line,
							   size_t len);
/** Room for what rotor_trace_keylog_write() writes. */
#define ROTOR_TRACE_KEYLOG_TEXT_MAX (3 * (48 + 2 * ROTOR_HASH_MAX))
/**
 * Writes the key log's lines for the secrets of one phase of a session, each ended by a newline.
 * @param text room for @p cap characters; zero-terminated. Erase it after use.
 * @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT (an algorithm that has no name)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_trace_keylog_write(const struct rotor_spdm_secrets *secrets, char *text, size_t cap,
			 size_t *len);

/* ---- forms of a line ---- */

/** Room that is enough for any line in either form below, the fields included. */
#define ROTOR_TRACE_LINE_MAX (3 * ROTOR_TRACE_TEXT_MAX)

/**
 * The line of the ladder: time since @p start_us in seconds, EIDs with an arrow, protocol, name, summary. No newline.
 * @param details also the fields, each on a line of its own (separated, not ended, by newlines)
 * @param text zero-terminated; cut short if @p cap is too small
 * @return the number of characters without the zero
 */
size_t rotor_trace_line_text(const struct rotor_trace_line *line, uint64_t start_us, bool details,
			     char *text, size_t cap);
/** The line as one JSON object, without newline. @return its length, or 0 if @p cap is too small */
size_t rotor_trace_line_json(const struct rotor_trace_line *line, char *text, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
