/* SPDX-License-Identifier: Apache-2.0 */
/* A line as text and as JSON. */
#include "trace/out.h"

#define PROTOCOL_WIDTH 8
#define NAME_WIDTH     30

/* Pads with spaces what was put since @p from to @p width characters; all of it is ASCII. */
static void pad(struct text *x, size_t from, size_t width)
{
	size_t put = x->len - from;
	trace_put_repeated(x, " ", put < width ? width - put : 1);
}

static void put_fields(struct text *x, const struct rotor_trace_line *line)
{
	for (size_t i = 0; i < line->field_count; i++) {
		trace_put(x, "\n");
		trace_put_repeated(x, " ", 28 + 2 * (size_t)line->depth);
		trace_put(x, line->fields[i].name);
		trace_put(x, ": ");
		trace_put(x, line->fields[i].text);
	}
}

size_t rotor_trace_line_text(const struct rotor_trace_line *line, uint64_t start_us, bool details,
			     char *text, size_t cap)
{
	struct text x = trace_text(text, cap);
	uint64_t since = line->time_us > start_us ? line->time_us - start_us : 0;
	if (line->depth == 0) {
		trace_put_dec(&x, since / 1000000, 4, ' ');
		trace_put(&x, ".");
		trace_put_dec(&x, since % 1000000, 6, '0');
		trace_put_dec(&x, line->source, 5, ' ');
		trace_put(&x, " → ");
		size_t from = x.len;
		trace_put_dec(&x, line->destination, 0, ' ');
		pad(&x, from, 5);
	} else {
		trace_put_repeated(&x, " ", 24 + 2 * (size_t)line->depth);
	}
	size_t from = x.len;
	trace_put(&x, rotor_trace_protocol_name(line->protocol));
	pad(&x, from, PROTOCOL_WIDTH);
	from = x.len;
	trace_put(&x, line->name);
	if (line->summary[0] || line->problem) {
		pad(&x, from, line->depth ? NAME_WIDTH - 2 * (size_t)line->depth : NAME_WIDTH);
	}
	trace_put(&x, line->summary);
	if (line->problem) {
		trace_put(&x, line->summary[0] ? " [!]" : "[!]");
	}
	if (line->packets > 1) {
		trace_put(&x, line->summary[0] || line->problem ? " (" : "  (");
		trace_put_dec(&x, line->packets, 0, ' ');
		trace_put(&x, " packets)");
	}
	if (details) {
		put_fields(&x, line);
	}
	return x.len;
}

/* Texts hold no control characters, but quotes and backslashes. */
static void put_json(struct text *x, const char *s)
{
	trace_put(x, "\"");
	for (; *s; s++) {
		if (*s == '"' || *s == '\\') {
			trace_put(x, "\\");
		}
		trace_put_n(x, s, 1);
	}
	trace_put(x, "\"");
}

static void put_number(struct text *x, const char *name, uint64_t value)
{
	trace_put(x, name);
	trace_put_dec(x, value, 0, ' ');
}

size_t rotor_trace_line_json(const struct rotor_trace_line *line, char *text, size_t cap)
{
	struct text x = trace_text(text, cap);
	put_number(&x, "{\"time_us\":", line->time_us);
	put_number(&x, ",\"source\":", line->source);
	put_number(&x, ",\"destination\":", line->destination);
	put_number(&x, ",\"depth\":", line->depth);
	trace_put(&x, ",\"protocol\":");
	put_json(&x, rotor_trace_protocol_name(line->protocol));
	trace_put(&x, ",\"name\":");
	put_json(&x, line->name);
	trace_put(&x, ",\"request\":");
	trace_put(&x, line->request ? "true" : "false");
	trace_put(&x, ",\"problem\":");
	trace_put(&x, line->problem ? "true" : "false");
	put_number(&x, ",\"packets\":", line->packets);
	put_number(&x, ",\"size\":", line->size);
	trace_put(&x, ",\"summary\":");
	put_json(&x, line->summary);
	trace_put(&x, ",\"fields\":[");
	for (size_t i = 0; i < line->field_count; i++) {
		trace_put(&x, i ? ",{\"name\":" : "{\"name\":");
		put_json(&x, line->fields[i].name);
		trace_put(&x, ",\"text\":");
		put_json(&x, line->fields[i].text);
		trace_put(&x, "}");
	}
	trace_put(&x, "]}");
	return x.full ? 0 : x.len;
}
