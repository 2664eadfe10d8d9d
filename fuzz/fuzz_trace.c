/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace: any packets, any key log. The input is a sequence of records, each a length byte (in steps of one, 255 means
 * that the next two bytes are the length) and a packet; a record whose packet begins with "SPDM " is a line of a key log.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void need(bool condition)
{
	if (!condition) {
		abort();
	}
}

/* Text for a terminal: no control characters but the separators of the fields. */
static void check_text(const char *text, size_t len)
{
	need(strlen(text) == len);
	for (size_t i = 0; i < len; i++) {
		need((unsigned char)text[i] >= 0x20 || text[i] == '\n');
	}
}

static void look(void *ctx, const struct rotor_trace_line *line)
{
	static char text[ROTOR_TRACE_LINE_MAX];
	(void)ctx;
	size_t n = rotor_trace_line_text(line, 0, true, text, sizeof(text));
	check_text(text, n);
	n = rotor_trace_line_json(line, text, sizeof(text));
	need(n > 0);
	check_text(text, n);
	need(line->field_count <= ROTOR_TRACE_FIELDS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct rotor_trace trace;
	uint64_t time_us = 0;
	rotor_trace_init(&trace, &rotor_crypto_openssl, look, NULL);
	struct rotor_reader r = rotor_reader(data, len);
	while (r.left) {
		size_t n = rotor_read_u8(&r);
		if (n == 255) {
			n = rotor_read_u16le(&r);
		}
		n = n < r.left ? n : r.left;
		struct rotor_bytes packet = rotor_read_view(&r, n);
		if (n > 5 && memcmp(packet.data, "SPDM ", 5) == 0) {
			enum rotor_status status =
			    rotor_trace_keylog_line(&trace, (const char *)packet.data, packet.len);
			(void)status;
		} else {
			rotor_trace_packet(&trace, time_us += 100, packet.data, packet.len);
		}
	}
	rotor_trace_finish(&trace);
	return 0;
}
