/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/spdm_capture.h"
#include "support/vectors.h"

#define FILE_HEADER 24
#define LINK_MCTP   291

void capture_load(struct capture *c, const char *name)
{
	char path[128];
	size_t len;
	snprintf(path, sizeof(path), "spdm/%s.pcap", name);
	memset(c, 0, sizeof(*c));
	c->file = vector_file(path, &len);
	struct rotor_reader r = rotor_reader(c->file, len);
	rotor_read_skip(&r, FILE_HEADER - 4);
	assert_int_equal(rotor_read_u32le(&r), LINK_MCTP);
	while (r.left) {
		assert_true(c->count < CAPTURE_MESSAGES);
		struct capture_message *m = &c->messages[c->count++];
		m->time_us = (uint64_t)rotor_read_u32le(&r) * 1000000;
		m->time_us += rotor_read_u32le(&r);
		uint32_t kept = rotor_read_u32le(&r);
		assert_int_equal(rotor_read_u32le(&r), kept);
		m->packet = rotor_read_view(&r, kept);
		struct rotor_reader p = rotor_reader(m->packet.data, m->packet.len);
		rotor_read_skip(&p, 4);
		m->type = rotor_read_u8(&p);
		m->body = rotor_read_rest(&p);
		assert_int_equal(rotor_reader_status(&p), ROTOR_OK);
	}
	assert_int_equal(rotor_reader_end(&r), ROTOR_OK);
}

void capture_free(struct capture *c)
{
	free(c->file);
	c->file = NULL;
}

size_t capture_secret(const char *name, const char *key, size_t n, uint8_t *out, size_t cap)
{
	char path[128];
	char want[64];
	size_t len;
	snprintf(path, sizeof(path), "spdm/secrets/%s.txt", name);
	snprintf(want, sizeof(want), "%s=", key);
	char *text = (char *)vector_file(path, &len);
	text[len] = 0;
	size_t size = 0;
	for (char *line = strtok(text, "\r\n"); line && !size; line = strtok(NULL, "\r\n")) {
		if (strncmp(line, want, strlen(want)) == 0 && n-- == 0) {
			size = vector_hex(line + strlen(want), out, cap);
		}
	}
	free(text);
	if (!size) {
		fail_msg("no %s in %s", key, path);
	}
	return size;
}
