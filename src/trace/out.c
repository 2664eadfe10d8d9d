/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/out.h"

/* Runs up to this long are shown whole: the longest digest. */
#define WHOLE_MAX  64
#define BEGINNING  16
#define QUOTED_MAX 64

void out_open(struct out *o, struct rotor_trace *t, const struct place *at,
	      enum rotor_trace_protocol protocol, const char *name, size_t size)
{
	o->t = t;
	o->text = trace_text(t->text, sizeof(t->text));
	o->line = (struct rotor_trace_line){
	    .time_us = at->time_us,
	    .source = at->source,
	    .destination = at->destination,
	    .depth = at->depth,
	    .protocol = protocol,
	    .packets = at->packets,
	    .size = size,
	    .name = name,
	    .summary = "",
	    .fields = t->fields,
	};
}

/* Ends the text before, and begins one behind its zero; an empty one if there is no room for any. */
static const char *begin(struct out *o)
{
	struct text *x = &o->text;
	size_t used = x->len + 1;
	if (used + 1 >= x->cap) {
		x->full = true;
		return "";
	}
	*x = trace_text(x->at + used, x->cap - used);
	return x->at;
}

void out_summary(struct out *o)
{
	o->line.summary = begin(o);
}

void out_field(struct out *o, const char *name)
{
	if (o->line.field_count == ROTOR_TRACE_FIELDS_MAX) {
		o->text.full = true; /* it, and what is put into it, is left out */
		return;
	}
	struct rotor_trace_field *f = &o->t->fields[o->line.field_count++];
	f->name = name;
	f->text = begin(o);
}

void out_malformed(struct out *o, enum rotor_status status)
{
	o->line.problem = true;
	o->t->counters.malformed++;
	out_field_str(o, "problem", rotor_status_string(status));
}

void out_close(struct out *o)
{
	o->t->sink(o->t->ctx, &o->line);
}

void out_str(struct out *o, const char *s)
{
	trace_put(&o->text, s);
}

void out_dec(struct out *o, uint64_t value)
{
	trace_put_dec(&o->text, value, 0, ' ');
}

void out_hex(struct out *o, uint64_t value, unsigned digits)
{
	trace_put(&o->text, "0x");
	trace_put_hex(&o->text, value, digits);
}

void out_bytes(struct out *o, struct rotor_bytes bytes)
{
	size_t shown = bytes.len > WHOLE_MAX ? BEGINNING : bytes.len;
	for (size_t i = 0; i < shown; i++) {
		trace_put_hex(&o->text, bytes.data[i], 2);
	}
	if (shown < bytes.len) {
		trace_put(&o->text, "… (");
		trace_put_dec(&o->text, bytes.len, 0, ' ');
		trace_put(&o->text, " bytes)");
	}
}

void out_foreign(struct out *o, struct rotor_bytes text)
{
	trace_put(&o->text, "\"");
	for (size_t i = 0; i < text.len && i < QUOTED_MAX; i++) {
		char c = (char)text.data[i];
		if (text.data[i] >= 0x20 && text.data[i] < 0x7F && c != '\\' && c != '"') {
			trace_put_n(&o->text, &c, 1);
		} else {
			trace_put(&o->text, "\\x");
			trace_put_hex(&o->text, text.data[i], 2);
		}
	}
	trace_put(&o->text, text.len > QUOTED_MAX ? "…\"" : "\"");
}

void out_field_str(struct out *o, const char *name, const char *s)
{
	out_field(o, name);
	out_str(o, s);
}

void out_field_dec(struct out *o, const char *name, uint64_t value)
{
	out_field(o, name);
	out_dec(o, value);
}

void out_field_hex(struct out *o, const char *name, uint64_t value, unsigned digits)
{
	out_field(o, name);
	out_hex(o, value, digits);
}

void out_field_bytes(struct out *o, const char *name, struct rotor_bytes bytes)
{
	out_field(o, name);
	out_bytes(o, bytes);
}
