/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What a command says, as one stream of events. Text lines, a progress bar and
 * JSON lines are views of it, so that they cannot disagree.
 *
 * An event has a name ("mctp.endpoint"), a severity, fields, and a sentence
 * for people in which {key} stands for the field of that key:
 * @code
 * rotor_event(e, ROTOR_INFO, "mctp.endpoint",
 *             ROTOR_SAY("Endpoint {eid} answers at address {address}"),
 *             ROTOR_UINT("eid", 20), ROTOR_HEX("address", 0x1d),
 *             ROTOR_BYTES("uuid", uuid, 16));
 * // text: Endpoint 20 answers at address 0x1d
 * // JSON: {"time":"2026-03-01T12:00:00.000Z","event":"mctp.endpoint","severity":"info",
 * //        "message":"Endpoint 20 answers at address 0x1d",
 * //        "eid":20,"address":29,"uuid":"00112233..."}
 * @endcode
 */
#ifndef ROTOR_HOST_EVENTS_H
#define ROTOR_HOST_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rotor/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rotor_events_mode {
	ROTOR_EVENTS_TEXT,  /**< sentences; a progress bar if the stream is a terminal */
	ROTOR_EVENTS_JSON,  /**< one JSON object a line, nothing else on that stream */
	ROTOR_EVENTS_QUIET, /**< nothing but errors, on standard error */
};

enum rotor_severity {
	ROTOR_DETAIL,  /**< shown in text mode only if the stream is verbose; always in JSON */
	ROTOR_INFO,    /**< a line */
	ROTOR_STEP,    /**< begins a step of the work: text mode sets it off as a heading */
	ROTOR_WARNING, /**< a line marked as warning */
	ROTOR_ERROR,   /**< goes to the error stream in text mode; prefer rotor_fail() */
};

enum rotor_field_type {
	ROTOR_FIELD_SAY, /**< the sentence; not a field of the event */
	ROTOR_FIELD_STRING,
	ROTOR_FIELD_UINT,
	ROTOR_FIELD_INT,
	ROTOR_FIELD_HEX, /**< an unsigned number that people read in hexadecimal; a number in JSON */
	ROTOR_FIELD_BOOL,
	ROTOR_FIELD_BYTES, /**< lower-case hexadecimal digits */
	ROTOR_FIELD_REAL,
	ROTOR_FIELD_JSON, /**< a JSON value, as text, that becomes part of the object */
};

struct rotor_field {
	enum rotor_field_type type;
	const char *key; /**< snake_case; "time", "event" and "severity" are taken, and
				  "message" is the sentence unless a field has that key */
	const char
	    *string; /**< SAY, STRING, JSON: UTF-8; NULL is shown as nothing and is null in JSON */
	uint64_t number; /**< UINT, HEX, BOOL; INT as two's complement */
	double real;
	const uint8_t *bytes; /**< BYTES */
	size_t len;
};

#define ROTOR_SAY(text) ((struct rotor_field){.type = ROTOR_FIELD_SAY, .string = (text)})
#define ROTOR_STRING(k, v)                                                                         \
	((struct rotor_field){.type = ROTOR_FIELD_STRING, .key = (k), .string = (v)})
#define ROTOR_UINT(k, v) ((struct rotor_field){.type = ROTOR_FIELD_UINT, .key = (k), .number = (v)})
#define ROTOR_INT(k, v)                                                                            \
	((struct rotor_field){                                                                     \
	    .type = ROTOR_FIELD_INT, .key = (k), .number = (uint64_t)(int64_t)(v)})
#define ROTOR_HEX(k, v) ((struct rotor_field){.type = ROTOR_FIELD_HEX, .key = (k), .number = (v)})
#define ROTOR_BOOL(k, v)                                                                           \
	((struct rotor_field){.type = ROTOR_FIELD_BOOL, .key = (k), .number = (v) ? 1 : 0})
#define ROTOR_BYTES(k, p, n)                                                                       \
	((struct rotor_field){.type = ROTOR_FIELD_BYTES, .key = (k), .bytes = (p), .len = (n)})
#define ROTOR_REAL(k, v) ((struct rotor_field){.type = ROTOR_FIELD_REAL, .key = (k), .real = (v)})
#define ROTOR_JSON(k, v) ((struct rotor_field){.type = ROTOR_FIELD_JSON, .key = (k), .string = (v)})

struct rotor_events {
	enum rotor_events_mode mode;
	FILE *out;
	FILE *err;
	bool verbose; /**< show ROTOR_DETAIL in text mode; set by the caller after init */
	bool colour;  /**< text mode on a terminal (and NO_COLOR is not set) */
	bool tty;     /**< progress as a bar that is redrawn */
	bool failed;  /**< sticky: a write failed */
	/**
	 * What is spoken of, where there are several at once ("EID 20"): lines begin with it, JSON has it as "device". Each of them
	 * has a copy of the stream's struct, with a progress of its own (and no bar). NULL: there is only one. The caller's.
	 */
	const char *subject;

	/* progress shown now */
	char progress[32];
	uint64_t progress_start_ms, progress_drawn_ms;
	uint64_t progress_first; /**< how much was done when it began (a resumed transfer) */
	unsigned progress_percent;
	bool progress_open; /**< a bar stands on the terminal's last line */

	/** Clocks, replaced by tests: monotonic milliseconds, and milliseconds since 1970. */
	uint64_t (*monotonic_ms)(void);
	uint64_t (*wall_ms)(void);
};

/**
 * @param out where events go; must outlive @p e. Errors of text and quiet mode go to stderr
 *        (change @c e->err to have them elsewhere).
 */
void rotor_events_init(struct rotor_events *e, enum rotor_events_mode mode, FILE *out);

/**
 * Says one event: rotor_event(e, severity, "name", ROTOR_SAY("..."), fields ...).
 * At least one field; without a ROTOR_SAY the event is shown in JSON only.
 */
#define rotor_event(e, severity, name, ...)                                                        \
	rotor_event_fields((e), (severity), (name), (const struct rotor_field[]){__VA_ARGS__},     \
			   sizeof((const struct rotor_field[]){__VA_ARGS__}) /                     \
			       sizeof(struct rotor_field))
/** The function behind rotor_event(). Strings need live only until it returns. */
void rotor_event_fields(struct rotor_events *e, enum rotor_severity severity, const char *name,
			const struct rotor_field *fields, size_t count);

/**
 * Says how far a piece of work is. Call it as often as you like: it decides when to show it
 * (a bar redrawn ten times a second, or a line each ten percent, or a JSON event each two percent).
 * @p done equal to @p total ends the bar. A @p name other than the last one begins a new bar.
 * @param done, total in bytes (shown with a rate and the time left); @p total 0 is shown as nothing.
 */
void rotor_progress(struct rotor_events *e, const char *name, uint64_t done, uint64_t total);

/**
 * Says that the command failed: @p what went wrong, and the @p next step the reader can take (NULL: none).
 * Text and quiet mode: on the error stream; JSON: an event "error" with "message" and "next", and @p what
 * besides as one line on the error stream.
 */
void rotor_fail(struct rotor_events *e, const char *what, const char *next);
/** The same with more fields for JSON and for {key} in @p what: rotor_fail_with(e, what, next, fields ...). */
#define rotor_fail_with(e, what, next, ...)                                                        \
	rotor_fail_fields((e), (what), (next), (const struct rotor_field[]){__VA_ARGS__},          \
			  sizeof((const struct rotor_field[]){__VA_ARGS__}) /                      \
			      sizeof(struct rotor_field))
/** What rotor_fail_with() stands for: the fields as an array of @p count. */
void rotor_fail_fields(struct rotor_events *e, const char *what, const char *next,
		       const struct rotor_field *fields, size_t count);

#ifdef __cplusplus
}
#endif

#endif
