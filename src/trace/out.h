/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a line of the trace comes about: opened, given a summary and fields, closed. What is put into a text goes to
 * whatever was begun last. Text that does not fit is left out, never cut in the middle of a piece.
 */
#ifndef ROTOR_TRACE_OUT_H
#define ROTOR_TRACE_OUT_H

#include "rotor/trace.h"

/* Characters into a buffer, always zero-terminated. */
struct text {
	char *at;
	size_t cap; /* room, the zero included */
	size_t len;
	bool full; /* something did not fit: nothing more is taken */
};
struct text trace_text(char *at, size_t cap);
void trace_put(struct text *x, const char *s);
void trace_put_n(struct text *x, const char *s, size_t n);
void trace_put_repeated(struct text *x, const char *s, size_t times);
/* Decimal, padded on the left to @p width with spaces or zeros. */
void trace_put_dec(struct text *x, uint64_t value, unsigned width, char fill);
void trace_put_hex(struct text *x, uint64_t value, unsigned digits);

/* Where a message was seen. */
struct place {
	uint64_t time_us;
	uint8_t source, destination;
	uint8_t depth;
	uint32_t packets;
};

struct out {
	struct rotor_trace *t;
	struct rotor_trace_line line;
	struct text text;
};

void out_open(struct out *o, struct rotor_trace *t, const struct place *at,
	      enum rotor_trace_protocol protocol, const char *name, size_t size);
/* Begins the summary; to be called before the first field, at most once. */
void out_summary(struct out *o);
/* Begins a field. */
void out_field(struct out *o, const char *name);
/* Marks the line as a problem, and counts it as malformed. */
void out_malformed(struct out *o, enum rotor_status status);
void out_close(struct out *o);

void out_str(struct out *o, const char *s);
void out_dec(struct out *o, uint64_t value);
/* "0x" and at least @p digits digits. */
void out_hex(struct out *o, uint64_t value, unsigned digits);
/* Hex; long runs are shown by their beginning and length. */
void out_bytes(struct out *o, struct rotor_bytes bytes);
/* Somebody else's text: what is not printable ASCII is shown as \xNN, in quotes. */
void out_foreign(struct out *o, struct rotor_bytes text);

/* Fields of one line of code. */
void out_field_str(struct out *o, const char *name, const char *s);
void out_field_dec(struct out *o, const char *name, uint64_t value);
void out_field_hex(struct out *o, const char *name, uint64_t value, unsigned digits);
void out_field_bytes(struct out *o, const char *name, struct rotor_bytes bytes);

#endif
