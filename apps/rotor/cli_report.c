/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: many fields of one thing, as one event. */
#include <stdio.h>
#include <string.h>

#include "rotor_cli.h"

#define LABEL_WIDTH 19

static void say(struct cli_report *r, const char *format, const char *a, const char *b)
{
	size_t len = strlen(r->say);

	snprintf(r->say + len, sizeof(r->say) - len, format, LABEL_WIDTH, a, b);
}

/* A field, and its line if it has a label. */
static struct rotor_field *add(struct cli_report *r, enum rotor_field_type type, const char *label,
			       const char *key)
{
	static struct rotor_field spare;
	struct rotor_field *field = &spare;

	if (r->count < sizeof(r->fields) / sizeof(r->fields[0]))
		field = &r->fields[r->count++];
	*field = (struct rotor_field){.type = type, .key = key};
	if (label)
		say(r, "\n     %-*s {%s}", label, key);
	return field;
}

void cli_report_begin(struct cli_report *r, const char *heading)
{
	memset(r, 0, sizeof(*r));
	snprintf(r->say, sizeof(r->say), "%s", heading);
	/* the sentence is complete only at the end */
	r->fields[r->count++] = ROTOR_SAY(r->say);
}

void cli_report_string(struct cli_report *r, const char *label, const char *key, const char *value)
{
	struct rotor_field *field = add(r, ROTOR_FIELD_STRING, value ? label : NULL, key);
	size_t room = sizeof(r->pool) - r->pool_len;

	if (!value || room == 0)
		return;
	field->string = r->pool + r->pool_len;
	snprintf(r->pool + r->pool_len, room, "%s", value);
	r->pool_len += strlen(field->string) + 1;
}

void cli_report_uint(struct cli_report *r, const char *label, const char *key, uint64_t value)
{
	add(r, ROTOR_FIELD_UINT, label, key)->number = value;
}

void cli_report_number_hex(struct cli_report *r, const char *label, const char *key, uint64_t value)
{
	add(r, ROTOR_FIELD_HEX, label, key)->number = value;
}

void cli_report_bool(struct cli_report *r, const char *label, const char *key, bool value)
{
	add(r, ROTOR_FIELD_BOOL, label, key)->number = value;
}

void cli_report_bytes(struct cli_report *r, const char *label, const char *key,
		      const uint8_t *bytes, size_t len)
{
	struct rotor_field *field = add(r, ROTOR_FIELD_BYTES, label, key);

	field->bytes = bytes;
	field->len = len;
}

void cli_report_end(struct cli_report *r, struct rotor_cli *cli, const char *event)
{
	rotor_event_fields(&cli->events, ROTOR_INFO, event, r->fields, r->count);
}
