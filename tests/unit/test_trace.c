/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures shown to people. The ladders in tests/vectors/trace are what the recorded conversations must look like; run
 * the test with ROTOR_TRACE_WRITE=1 to write them anew, and read the difference before committing it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "rotor/mctp.h"
#include "rotor/mctp_control.h"
#include "rotor/pldm_fwup.h"
#include "rotor/trace.h"
#include "support/spdm_capture.h"
#include "support/vectors.h"

static struct rotor_trace trace; /* large */

/* What came out. */
static struct {
	bool details;
	uint64_t start_us;
	size_t lines, problems, len;
	char text[512 * 1024];
} out;

static void collect(void *ctx, const struct rotor_trace_line *line)
{
	static char text[ROTOR_TRACE_LINE_MAX];
	(void)ctx;
	size_t len = rotor_trace_line_text(line, out.start_us, out.details, text, sizeof(text));
	assert_int_equal(strlen(text), len);
	assert_true(out.len + len + 2 < sizeof(out.text));
	memcpy(out.text + out.len, text, len);
	out.len += len;
	out.text[out.len++] = '\n';
	out.text[out.len] = 0;
	out.lines++;
	out.problems += line->problem;

	/* The same as JSON. */
	len = rotor_trace_line_json(line, text, sizeof(text));
	assert_true(len > 0);
	json_error_t error;
	json_t *json = json_loadb(text, len, 0, &error);
	if (!json) {
		fail_msg("%s: %s", error.text, text);
	}
	assert_string_equal(json_string_value(json_object_get(json, "name")), line->name);
	assert_int_equal(json_integer_value(json_object_get(json, "size")), line->size);
	assert_int_equal(json_array_size(json_object_get(json, "fields")), line->field_count);
	json_decref(json);
}

static void begin(bool details)
{
	memset(&out, 0, sizeof(out));
	out.details = details;
	rotor_trace_init(&trace, &rotor_crypto_openssl, collect, NULL);
}

static void expect(const char *text)
{
	if (!strstr(out.text, text)) {
		fail_msg("no \"%s\" in:\n%s", text, out.text);
	}
}

/* ---- recorded conversations ---- */

static void key_log_of(const char *name, unsigned sessions)
{
	static const char *const keys[2][2] = {
	    {"request_handshake_secret", "response_handshake_secret"},
	    {"request_data_secret", "response_data_secret"}};
	for (unsigned n = 0; n < sessions; n++) {
		for (int data = 0; data < 2; data++) {
			uint8_t request[64], response[64];
			char text[ROTOR_TRACE_KEYLOG_TEXT_MAX];
			size_t len;
			size_t size = capture_secret(name, keys[data][0], n, request, 64);
			capture_secret(name, keys[data][1], n, response, 64);
			struct rotor_spdm_secrets s = {
			    .session_id = 0xFFFFFFFF,
			    .version = strstr(name, "v13") ? ROTOR_SPDM_V13 : ROTOR_SPDM_V12,
			    .data = data,
			    .suite = {.hash = ROTOR_HASH_SHA384, .aead = ROTOR_AEAD_AES256_GCM},
			    .request = {request, size},
			    .response = {response, size}};
			assert_int_equal(rotor_trace_keylog_write(&s, text, sizeof(text), &len),
					 ROTOR_OK);
			for (char *at = text; at < text + len;) {
				size_t n_line = strcspn(at, "\n") + 1;
				assert_int_equal(rotor_trace_keylog_line(&trace, at, n_line),
						 ROTOR_OK);
				at += n_line;
			}
		}
	}
}

static void show_capture(const char *name, bool details, unsigned sessions)
{
	static struct capture c;
	begin(details);
	capture_load(&c, name);
	key_log_of(name, sessions);
	out.start_us = c.messages[0].time_us;
	for (size_t i = 0; i < c.count; i++) {
		rotor_trace_packet(&trace, c.messages[i].time_us, c.messages[i].packet.data,
				   c.messages[i].packet.len);
	}
	rotor_trace_finish(&trace);
	assert_int_equal(trace.counters.packets, c.count);
	assert_int_equal(trace.counters.messages, c.count);
	assert_int_equal(trace.counters.malformed, 0);
	assert_int_equal(trace.counters.incomplete, 0);
	capture_free(&c);
}

static void compare(const char *name)
{
	char file[128], path[1024];
	size_t len;
	snprintf(file, sizeof(file), "trace/%s.txt", name);
	if (getenv("ROTOR_TRACE_WRITE")) {
		snprintf(path, sizeof(path), "%s/%s", ROTOR_VECTORS, file);
		FILE *f = fopen(path, "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(out.text, 1, out.len, f), out.len);
		assert_int_equal(fclose(f), 0);
	}
	char *want = (char *)vector_file(file, &len);
	want[len] = 0;
	const char *a = want;
	const char *b = out.text;
	for (size_t line = 1; *a || *b; line++) {
		size_t na = strcspn(a, "\n"), nb = strcspn(b, "\n");
		if (na != nb || memcmp(a, b, na) != 0) {
			fail_msg("%s, line %zu\nwant %.*s\ngot  %.*s", file, line, (int)na, a,
				 (int)nb, b);
		}
		a += na + (a[na] != 0);
		b += nb + (b[nb] != 0);
	}
	free(want);
}

static void an_attestation_is_shown_with_its_fields(void **state)
{
	(void)state;
	show_capture("03-v12-p256-sha256-attest", true, 0);
	assert_int_equal(out.problems, 0);
	compare("03-v12-p256-sha256-attest");
}

static void a_session_is_opened_with_the_key_log(void **state)
{
	(void)state;
	show_capture("53-v12-p384-keyex-mutauth-w_encap", false, 2);
	assert_int_equal(trace.counters.opened, 28);
	assert_int_equal(trace.counters.closed, 0);
	assert_int_equal(out.problems, 0);
	compare("53-v12-p384-keyex-mutauth-w_encap");
}

static void updated_keys_are_followed(void **state)
{
	static const char *const names[] = {"32-v12-p384-keyex-secp384r1-aes256gcm",
					    "36-v13-p384-keyex-secp384r1-aes256gcm"};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(names); i++) {
		show_capture(names[i], false, 2);
		assert_int_equal(trace.counters.opened, 36);
		assert_int_equal(trace.counters.closed, 0);
		expect("KEY_UPDATE_ACK");
	}
}

static void without_keys_records_stay_closed(void **state)
{
	(void)state;
	show_capture("53-v12-p384-keyex-mutauth-w_encap", false, 0);
	assert_int_equal(trace.counters.opened, 0);
	assert_int_equal(trace.counters.closed, 28);
	assert_int_equal(out.lines, 52);
	expect("session 0xffffffff, sequence 0, not opened [!]");
	/* The first session's keys open no record of the second. */
	show_capture("53-v12-p384-keyex-mutauth-w_encap", false, 1);
	assert_int_equal(trace.counters.opened, 14);
	assert_int_equal(trace.counters.closed, 14);
}

static void a_capture_that_begins_late_is_shown_as_far_as_possible(void **state)
{
	static struct capture c;
	(void)state;
	begin(false);
	capture_load(&c, "03-v12-p256-sha256-attest");
	for (size_t i = 6; i < c.count; i++) {
		rotor_trace_packet(&trace, c.messages[i].time_us, c.messages[i].packet.data,
				   c.messages[i].packet.len);
	}
	expect("GET_DIGESTS");
	expect("algorithms not known");
	assert_int_equal(trace.counters.malformed, 0);
	capture_free(&c);
}

/* ---- packets ---- */

static void packet(uint8_t source, uint8_t destination, uint8_t flags, const char *hex)
{
	uint8_t bytes[300] = {1, destination, source, flags};
	size_t n = vector_hex(hex, bytes + 4, sizeof(bytes) - 4);
	uint8_t *exact = malloc(n + 4);
	assert_non_null(exact);
	memcpy(exact, bytes, n + 4);
	rotor_trace_packet(&trace, 1000000 + 10 * trace.counters.packets, exact, n + 4);
	free(exact);
}

#define SOM    0x80
#define EOM    0x40
#define SEQ(n) ((n) << 4)
#define TO     0x08

static void fragments_are_put_together(void **state)
{
	(void)state;
	begin(false);
	/* Two messages at the same time, told apart by EIDs, and by tag and its owner. */
	packet(10, 20, SOM | TO | SEQ(1) | 3, "0512820000");
	packet(20, 10, SOM | SEQ(3) | 3, "0510040000");
	packet(10, 20, EOM | TO | SEQ(2) | 3, "00000004");
	packet(20, 10, SEQ(0) | 3, "000200");
	packet(20, 10, EOM | SEQ(1) | 3, "110012");
	assert_int_equal(out.lines, 2);
	assert_int_equal(out.problems, 0);
	expect("slot 0, 1024 bytes from 0 (2 packets)");
	expect("1.1, 1.2 (3 packets)");
	assert_int_equal(trace.counters.messages, 2);
}

static void what_is_no_message_is_shown_as_such(void **state)
{
	(void)state;
	begin(false);
	packet(10, 20, SEQ(0) | TO, "05");
	expect("stray packet");
	packet(10, 20, SOM | TO | SEQ(0), "0512");
	packet(10, 20, EOM | TO | SEQ(2), "8400");
	expect("a packet is missing or repeated");
	packet(10, 20, SOM | TO | SEQ(0), "0512");
	packet(10, 20, SOM | EOM | TO | SEQ(0), "0510840000");
	expect("begun again");
	expect("GET_VERSION");
	packet(10, 20, SOM | EOM | TO | SEQ(0), "");
	expect("too short");
	rotor_trace_packet(&trace, 0, (const uint8_t *)"\x02\x14\x0a\xc8\x05", 5);
	expect("header version is not 1");
	rotor_trace_packet(&trace, 0, (const uint8_t *)"", 0);
	packet(10, 20, SOM | EOM | TO | SEQ(0), "7e1414");
	expect("type 0x7e");
	packet(10, 20, SOM | TO | SEQ(0), "0512");
	rotor_trace_finish(&trace);
	expect("the capture ends before it");
	assert_int_equal(trace.counters.incomplete, 3);
	assert_int_equal(trace.counters.malformed, 3);
}

static void open_messages_are_bounded(void **state)
{
	(void)state;
	begin(false);
	for (int i = 0; i <= ROTOR_TRACE_SLOTS; i++) {
		packet((uint8_t)(10 + i), 20, SOM | TO, "0512");
	}
	expect("too many messages at the same time");
	assert_int_equal(trace.counters.incomplete, 1);
}

/* ---- other protocols ---- */

static void control_messages_are_shown(void **state)
{
	(void)state;
	begin(true);
	packet(10, 0, SOM | EOM | TO,
	       "00"
	       "8102");
	packet(0, 10, SOM | EOM,
	       "00"
	       "010200"
	       "000000");
	packet(10, 0, SOM | EOM | TO,
	       "00"
	       "8201"
	       "0014");
	packet(20, 10, SOM | EOM,
	       "00"
	       "020100"
	       "001400");
	packet(10, 20, SOM | EOM | TO,
	       "00"
	       "8303");
	packet(20, 10, SOM | EOM,
	       "00"
	       "030300"
	       "00112233445566778899aabbccddeeff");
	packet(10, 20, SOM | EOM | TO,
	       "00"
	       "8404"
	       "ff");
	packet(20, 10, SOM | EOM,
	       "00"
	       "040400"
	       "01f1f3f100");
	packet(10, 20, SOM | EOM | TO,
	       "00"
	       "8505");
	packet(20, 10, SOM | EOM,
	       "00"
	       "050500"
	       "03010506");
	packet(20, 10, SOM | EOM,
	       "00"
	       "050105");
	assert_int_equal(out.problems, 0);
	expect("Get Endpoint ID");
	expect("set 20");
	expect("accepted, EID is 20");
	expect("00112233-4455-6677-8899-aabbccddeeff");
	expect("base specification");
	expect("1.3.1");
	expect("PLDM, SPDM, secured");
	expect("ERROR_UNSUPPORTED_CMD");
	packet(20, 10, SOM | EOM,
	       "00"
	       "0501");
	packet(20, 10, SOM | EOM,
	       "00"
	       "030300"
	       "0011");
	assert_int_equal(out.problems, 2);
	assert_int_equal(trace.counters.malformed, 2);
}

static void pldm(bool request, uint8_t type, uint8_t command, const char *payload)
{
	char hex[512];
	snprintf(hex, sizeof(hex), "01%02x%02x%02x%s", request ? 0x81 : 0x01, type, command,
		 payload);
	packet(request ? 10 : 20, request ? 20 : 10, SOM | EOM | (request ? TO : 0), hex);
}

static void pldm_messages_are_shown(void **state)
{
	(void)state;
	begin(true);
	pldm(true, 0, ROTOR_PLDM_GET_TID, "");
	pldm(false, 0, ROTOR_PLDM_GET_TID,
	     "00"
	     "01");
	pldm(false, 0, ROTOR_PLDM_GET_TYPES,
	     "00"
	     "2100000000000000");
	pldm(true, 5, ROTOR_PLDM_REQUEST_UPDATE,
	     "00080000"
	     "0100"
	     "02"
	     "0000"
	     "0105"
	     "322e302e30");
	pldm(false, 5, ROTOR_PLDM_REQUEST_UPDATE,
	     "00"
	     "0000"
	     "00");
	pldm(true, 5, ROTOR_PLDM_UPDATE_COMPONENT,
	     "0a00"
	     "0100"
	     "00"
	     "02000000"
	     "00000100"
	     "00000000"
	     "0105"
	     "322e302e30");
	pldm(true, 5, ROTOR_PLDM_REQUEST_FIRMWARE_DATA,
	     "00080000"
	     "00080000");
	pldm(false, 5, ROTOR_PLDM_REQUEST_FIRMWARE_DATA,
	     "00"
	     "deadbeef");
	pldm(true, 5, ROTOR_PLDM_TRANSFER_COMPLETE, "00");
	pldm(false, 5, ROTOR_PLDM_GET_STATUS,
	     "00"
	     "0304"
	     "00"
	     "00"
	     "2a"
	     "00"
	     "00000000");
	pldm(false, 5, ROTOR_PLDM_ACTIVATE_FIRMWARE, "84");
	pldm(true, 5, ROTOR_PLDM_UPDATE_COMPONENT,
	     "0a00"
	     "0200"
	     "00"
	     "02000000"
	     "00000100"
	     "04000000"
	     "0105"
	     "322e302e30");
	pldm(true, 5, ROTOR_PLDM_UPDATE_SECURITY_REVISION,
	     "0a00"
	     "0300"
	     "00");
	pldm(false, 5, ROTOR_PLDM_UPDATE_SECURITY_REVISION, "95");
	assert_int_equal(out.problems, 0);
	expect("TID 1");
	expect("to \"2.0.0\", transfers of 2048 bytes");
	expect("component 0x0001 to \"2.0.0\", 65536 bytes");
	expect("2048 bytes from 2048");
	expect("DOWNLOAD");
	expect("42 %");
	expect("INVALID_STATE_FOR_COMMAND");
	expect("component 0x0002 to \"2.0.0\", 65536 bytes, security revision delayed");
	expect("component 0x0003");
	expect("UPDATE_SECURITY_REVISION_NOT_PERMITTED");
	/* In parts, and of downstream devices. */
	pldm(false, 5, ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES, "00010200080003000000");
	pldm(true, 5, ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS, "0200fe0100");
	pldm(false, 5, ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS,
	     "00"
	     "0200fe0101"
	     "0900000001001000"
	     "01ff7f02000707");
	pldm(false, 5, ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS,
	     "00"
	     "0000000005"
	     "000200000100"
	     "1000"
	     "07000000"
	     "0103"
	     "3230323630313031"
	     "08000000"
	     "0104"
	     "3230323630323032"
	     "0100"
	     "04000000"
	     "312e30"
	     "312e3161");
	pldm(true, 5, ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE, "00040000020a00");
	pldm(false, 5, ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE, "00000001");
	pldm(true, 5, ROTOR_PLDM_GET_META_DATA, "0000000001");
	pldm(false, 5, ROTOR_PLDM_GET_PACKAGE_DATA, "000000000004aabb");
	assert_int_equal(out.problems, 0);
	expect("2 downstream devices");
	expect("the part at 0x01fe0002");
	expect("1 downstream device, the first part, next at 0x01fe0002");
	expect("1 downstream device, all");
	expect("16, active \"1.0\" stamp 0x00000007, pending \"1.1a\" stamp 0x00000008");
	expect("transfers of 1024 bytes");
	expect("the first part");
	expect("2 bytes, the last part");
	/* Cut short, and text that is not for terminals. */
	pldm(true, 5, ROTOR_PLDM_UPDATE_SECURITY_REVISION, "0a000300");
	assert_int_equal(out.problems, 1);
	pldm(true, 5, ROTOR_PLDM_REQUEST_UPDATE,
	     "00080000"
	     "0100"
	     "02"
	     "0000"
	     "0105"
	     "1b5b324a22");
	expect("to \"\\x1b[2J\\x22\"");
	packet(10, 20, SOM | EOM | TO, "0181");
	assert_int_equal(out.problems, 2);
}

static void malformed_spdm_is_shown_with_its_bytes(void **state)
{
	(void)state;
	begin(true);
	packet(10, 20, SOM | EOM | TO,
	       "05"
	       "12e1");
	packet(10, 20, SOM | EOM | TO,
	       "05"
	       "10840000"
	       "ff");
	packet(10, 20, SOM | EOM | TO,
	       "05"
	       "11ed0000"
	       "0000");
	packet(10, 20, SOM | EOM | TO,
	       "05"
	       "12550000");
	packet(10, 20, SOM | EOM | TO,
	       "06"
	       "01020304");
	packet(10, 20, SOM | EOM | TO,
	       "06"
	       "01020304"
	       "0000"
	       "0100"
	       "ff");
	packet(20, 10, SOM | EOM,
	       "05"
	       "127f0782");
	expect("GET_CSR");
	expect("not supported");
	expect("UnsupportedRequest: GET_CERTIFICATE");
	assert_int_equal(trace.counters.malformed, 6);
}

/* ---- key log ---- */

#define SECRET32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const struct {
	const char *line;
	enum rotor_status status;
} key_lines[] = {
    {"", ROTOR_OK},
    {"  \r\n", ROTOR_OK},
    {"# a remark", ROTOR_OK},
    {"SPDM 01020304 suite 1.2 SHA-256 AES-128-GCM", ROTOR_OK},
    {"SPDM 01020304 handshake-request " SECRET32 "\r\n", ROTOR_OK},
    {"SPDM 01020304 data-response " SECRET32, ROTOR_OK},
    {"SPDM 01020305 data-response " SECRET32, ROTOR_ERR_FORMAT}, /* no suite of that session */
    {"SPDM 01020304 data-response " SECRET32 "00", ROTOR_ERR_FORMAT},
    {"SPDM 01020304 data-response", ROTOR_ERR_FORMAT},
    {"SPDM 01020304 data-other " SECRET32, ROTOR_ERR_FORMAT},
    {"SPDM 01020304 data-request " SECRET32 " more", ROTOR_ERR_FORMAT},
    {"SPDM 0102030 suite 1.2 SHA-256 AES-128-GCM", ROTOR_ERR_FORMAT},
    {"SPDM 010203zz suite 1.2 SHA-256 AES-128-GCM", ROTOR_ERR_FORMAT},
    {"SPDM 01020304 suite 1.0 SHA-256 AES-128-GCM", ROTOR_ERR_FORMAT},
    {"SPDM 01020304 suite 1.2 SM3-256 AES-128-GCM", ROTOR_ERR_FORMAT},
    {"SPDM 01020304 suite 1.2 SHA-256 ROT13", ROTOR_ERR_FORMAT},
    {"SPDM 01020304 suite 1.2 SHA-256 AES-128-GCM more", ROTOR_ERR_FORMAT},
    {"SPDM", ROTOR_ERR_FORMAT},
    {"TLS 01020304", ROTOR_ERR_FORMAT},
};

static void key_log_lines_are_checked(void **state)
{
	(void)state;
	begin(false);
	for (size_t i = 0; i < ROTOR_COUNT_OF(key_lines); i++) {
		if (rotor_trace_keylog_line(&trace, key_lines[i].line, strlen(key_lines[i].line)) !=
		    key_lines[i].status) {
			fail_msg("%s", key_lines[i].line);
		}
	}
	assert_int_equal(trace.session_count, 1);
	assert_true(trace.sessions[0].keys[0][0].known && trace.sessions[0].keys[1][1].known);
	for (int i = 1; i < ROTOR_TRACE_SESSIONS; i++) {
		assert_int_equal(
		    rotor_trace_keylog_line(&trace, key_lines[3].line, strlen(key_lines[3].line)),
		    ROTOR_OK);
	}
	assert_int_equal(
	    rotor_trace_keylog_line(&trace, key_lines[3].line, strlen(key_lines[3].line)),
	    ROTOR_ERR_SPACE);
	/* The secrets are gone at the end. */
	rotor_trace_finish(&trace);
	for (size_t i = 0; i < sizeof(trace.sessions); i++) {
		assert_int_equal(((const uint8_t *)trace.sessions)[i], 0);
	}
}

static void key_log_text_fits_or_is_refused(void **state)
{
	(void)state;
	static const uint8_t secret[64];
	char text[ROTOR_TRACE_KEYLOG_TEXT_MAX];
	size_t len;
	struct rotor_spdm_secrets s = {
	    .session_id = 0x1234,
	    .version = ROTOR_SPDM_V13,
	    .suite = {.hash = ROTOR_HASH_SHA512, .aead = ROTOR_AEAD_AES128_GCM},
	    .request = {secret, 64},
	    .response = {secret, 64}};
	assert_int_equal(rotor_trace_keylog_write(&s, text, sizeof(text), &len), ROTOR_OK);
	assert_int_equal(strlen(text), len);
	assert_int_equal(strncmp(text, "SPDM 00001234 suite 1.3 SHA-512 AES-128-GCM\n", 44), 0);
	for (size_t cap = 0; cap <= len; cap++) {
		size_t none;
		assert_int_equal(rotor_trace_keylog_write(&s, text, cap, &none), ROTOR_ERR_SPACE);
		assert_int_equal(none, 0);
	}
	s.request.len = 48;
	assert_int_equal(rotor_trace_keylog_write(&s, text, sizeof(text), &len),
			 ROTOR_ERR_ARGUMENT);
	s.suite.aead = ROTOR_AEAD_NONE;
	assert_int_equal(rotor_trace_keylog_write(&s, text, sizeof(text), &len),
			 ROTOR_ERR_ARGUMENT);
}

static void a_line_that_does_not_fit_is_cut_short(void **state)
{
	(void)state;
	struct rotor_trace_field field = {"name", "a \"text\""};
	struct rotor_trace_line line = {.name = "GET_VERSION",
					.summary = "a \\ summary",
					.protocol = ROTOR_TRACE_SPDM,
					.fields = &field,
					.field_count = 1};
	char text[512];
	size_t whole = rotor_trace_line_text(&line, 0, true, text, sizeof(text));
	size_t json = rotor_trace_line_json(&line, text, sizeof(text));
	for (size_t cap = 1; cap <= whole; cap++) {
		size_t len = rotor_trace_line_text(&line, 0, true, text, cap);
		assert_true(len < cap);
		assert_int_equal(strlen(text), len);
	}
	for (size_t cap = 0; cap <= json; cap++) {
		assert_int_equal(rotor_trace_line_json(&line, text, cap), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_attestation_is_shown_with_its_fields),
	    cmocka_unit_test(a_session_is_opened_with_the_key_log),
	    cmocka_unit_test(updated_keys_are_followed),
	    cmocka_unit_test(without_keys_records_stay_closed),
	    cmocka_unit_test(a_capture_that_begins_late_is_shown_as_far_as_possible),
	    cmocka_unit_test(fragments_are_put_together),
	    cmocka_unit_test(what_is_no_message_is_shown_as_such),
	    cmocka_unit_test(open_messages_are_bounded),
	    cmocka_unit_test(control_messages_are_shown),
	    cmocka_unit_test(pldm_messages_are_shown),
	    cmocka_unit_test(malformed_spdm_is_shown_with_its_bytes),
	    cmocka_unit_test(key_log_lines_are_checked),
	    cmocka_unit_test(key_log_text_fits_or_is_refused),
	    cmocka_unit_test(a_line_that_does_not_fit_is_cut_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
