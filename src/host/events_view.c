/* SPDX-License-Identifier: Apache-2.0 */
/* An event as a sentence, and as a JSON object. */
#include "host/events.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char digits[] = "0123456789abcdef";

const char *events_severity_name(enum rotor_severity severity)
{
	static const char *const names[] = {
	    [ROTOR_DETAIL] = "detail",   [ROTOR_INFO] = "info",   [ROTOR_STEP] = "step",
	    [ROTOR_WARNING] = "warning", [ROTOR_ERROR] = "error",
	};
	return names[severity];
}

/* ---- sentences ---- */

/* What a peer or a file said must not move the reader's cursor. */
static void write_string(FILE *out, const char *text)
{
	for (; text && *text; text++) {
		unsigned char c = (unsigned char)*text;
		fputc((c < 0x20 && c != '\n') || c == 0x7f ? '?' : c, out);
	}
}

static void write_value(FILE *out, const struct rotor_field *f)
{
	switch (f->type) {
	case ROTOR_FIELD_SAY:
		break;
	case ROTOR_FIELD_STRING:
		write_string(out, f->string);
		break;
	case ROTOR_FIELD_UINT:
		fprintf(out, "%" PRIu64, f->number);
		break;
	case ROTOR_FIELD_INT:
		fprintf(out, "%" PRId64, (int64_t)f->number);
		break;
	case ROTOR_FIELD_HEX:
		fprintf(out, "0x%02" PRIx64, f->number);
		break;
	case ROTOR_FIELD_BOOL:
		fputs(f->number ? "yes" : "no", out);
		break;
	case ROTOR_FIELD_BYTES:
		for (size_t i = 0; i < f->len; i++)
			fprintf(out, "%02x", f->bytes[i]);
		break;
	case ROTOR_FIELD_REAL:
		fprintf(out, "%.3g", f->real);
		break;
	case ROTOR_FIELD_JSON:
		fputs(f->string, out);
		break;
	}
}

static const struct rotor_field *field_named(const struct rotor_field *fields, size_t count,
					     const char *key, size_t len)
{
	for (size_t i = 0; i < count; i++) {
		if (fields[i].type != ROTOR_FIELD_SAY && strncmp(fields[i].key, key, len) == 0 &&
		    fields[i].key[len] == '\0')
			return &fields[i];
	}
	return NULL;
}

void events_write_sentence(FILE *out, const char *sentence, const struct rotor_field *fields,
			   size_t count)
{
	while (*sentence) {
		const char *end = *sentence == '{' ? strchr(sentence, '}') : NULL;
		const struct rotor_field *f = NULL;
		if (end)
			f = field_named(fields, count, sentence + 1, (size_t)(end - sentence) - 1);
		if (f) {
			write_value(out, f);
			sentence = end + 1;
		} else {
			fputc(*sentence++, out);
		}
	}
}

/* ---- JSON ---- */

static json_t *json_hex(const uint8_t *bytes, size_t len)
{
	char *text = malloc(2 * len + 1);
	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	json_t *value = json_stringn(text, 2 * len);
	free(text);
	return value;
}

/* A string that is not UTF-8 (a peer's, a file name's) is shown with its odd bytes as '?'. */
static json_t *json_text(const char *text)
{
	if (!text)
		return json_null();
	json_t *value = json_string(text);
	if (value)
		return value;
	char *copy = strdup(text);
	for (char *c = copy; c && *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	value = copy ? json_string(copy) : NULL;
	free(copy);
	return value;
}

static json_t *json_number(uint64_t number)
{
	if (number <= INT64_MAX)
		return json_integer((json_int_t)number);
	return json_real((double)number);
}

static json_t *json_value(const struct rotor_field *f)
{
	switch (f->type) {
	case ROTOR_FIELD_SAY:
	case ROTOR_FIELD_STRING:
		return json_text(f->string);
	case ROTOR_FIELD_UINT:
	case ROTOR_FIELD_HEX:
		return json_number(f->number);
	case ROTOR_FIELD_INT:
		return json_integer((json_int_t)(int64_t)f->number);
	case ROTOR_FIELD_BOOL:
		return json_boolean(f->number != 0);
	case ROTOR_FIELD_BYTES:
		return json_hex(f->bytes, f->len);
	case ROTOR_FIELD_REAL:
		return json_real(f->real);
	case ROTOR_FIELD_JSON:
		return json_loads(f->string, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	}
	return NULL;
}

static void write_time(char *text, size_t size, uint64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm t;
	gmtime_r(&seconds, &t);
	snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", t.tm_year + 1900, t.tm_mon + 1,
		 t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (unsigned)(wall_ms % 1000));
}

/* The sentence, filled in; not a caller's, if it has a field of that name itself. */
static json_t *json_message(const struct rotor_field *fields, size_t count)
{
	const char *sentence = NULL;
	char *text = NULL;
	size_t size = 0;
	for (size_t i = 0; i < count; i++) {
		if (fields[i].type == ROTOR_FIELD_SAY)
			sentence = fields[i].string;
	}
	FILE *out = sentence && !field_named(fields, count, "message", strlen("message"))
			? open_memstream(&text, &size)
			: NULL;
	if (!out)
		return NULL;
	events_write_sentence(out, sentence, fields, count);
	json_t *message = fclose(out) == 0 ? json_text(text) : NULL;
	free(text);
	return message;
}

bool events_write_json(struct rotor_events *e, enum rotor_severity severity, const char *name,
		       const struct rotor_field *fields, size_t count)
{
	char time[96];
	write_time(time, sizeof(time), e->wall_ms());
	json_t *object = json_object();
	bool good = json_object_set_new(object, "time", json_string(time)) == 0 &&
		    json_object_set_new(object, "event", json_text(name)) == 0 &&
		    json_object_set_new(object, "severity",
					json_string(events_severity_name(severity))) == 0;
	if (e->subject && good)
		good = json_object_set_new(object, "device", json_text(e->subject)) == 0;
	json_t *message = json_message(fields, count);
	if (message && good)
		good = json_object_set_new(object, "message", message) == 0;
	else
		json_decref(message);
	for (size_t i = 0; i < count && good; i++) {
		/* without a value (an infinite number) a key is null, never missing */
		if (fields[i].type != ROTOR_FIELD_SAY) {
			json_t *value = json_value(&fields[i]);
			good = json_object_set_new(object, fields[i].key,
						   value ? value : json_null()) == 0;
		}
	}
	good = good && json_dumpf(object, e->out, JSON_COMPACT | JSON_PRESERVE_ORDER) == 0 &&
	       fputc('\n', e->out) != EOF && fflush(e->out) == 0;
	json_decref(object);
	return good;
}
