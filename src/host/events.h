/* SPDX-License-Identifier: Apache-2.0 */
/* The two views of one event: a line for people, a line for programs. */
#ifndef ROTOR_HOST_EVENTS_PRIVATE_H
#define ROTOR_HOST_EVENTS_PRIVATE_H

#include "rotor/host_events.h"

/* "error", "info" ... */
const char *events_severity_name(enum rotor_severity severity);
/* @sentence with each {key} replaced; control characters of strings are shown as '?'. */
void events_write_sentence(FILE *out, const char *sentence, const struct rotor_field *fields,
			   size_t count);
/* One JSON object and a line feed. False if it could not be made or written. */
bool events_write_json(struct rotor_events *e, enum rotor_severity severity, const char *name,
		       const struct rotor_field *fields, size_t count);

#endif
