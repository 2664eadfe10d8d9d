/* SPDX-License-Identifier: Apache-2.0 */
/* SPDM messages: each goes out and comes back the same; what is cut, stretched or contradicts itself is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/spdm_messages_any.h"
#include "support/vectors.h"

static const struct rotor_spdm_sizes sizes = {
    .hash = 4, .sig = 6, .req_sig = 5, .exchange = 7, .summary = true, .signature = true};

#define NONCE   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define CONTEXT "c0c1c2c3c4c5c6c7"

/*
 * Messages in hex. shortest: the shortest length at which a shorter form is legal too (0: only the whole is);
 * open: bytes may follow.
 */
static const struct sample {
	const char *what;
	const char *hex;
	size_t shortest;
	bool open;
} samples[] = {
    {"GET_VERSION", "10840000", 0, false},
    {"VERSION",
     "1004000000020011"
     "0012",
     0, false},
    {"GET_CAPABILITIES 1.0", "10e10000", 0, false},
    {"GET_CAPABILITIES 1.1", "11e10000000a0000c6000000", 0, false},
    {"GET_CAPABILITIES 1.2",
     "12e10000000a0000c600000000120000"
     "00200000",
     0, false},
    {"GET_CAPABILITIES 1.3",
     "13e10100000a0000c600000000120000"
     "00200000",
     0, false},
    {"CAPABILITIES 1.0", "10610000000a000017000000", 0, false},
    {"CAPABILITIES 1.2",
     "12610000000a0000f763000000120000"
     "00200000",
     0, false},
    {"NEGOTIATE_ALGORITHMS 1.0", "10e3000020000100900000000300000000000000000000000000000000000000",
     0, false},
    {"NEGOTIATE_ALGORITHMS 1.2",
     "12e3040030000102800000000200000000000000000000000000000000000000"
     "02201000032002000420800005200100",
     0, false},
    {"NEGOTIATE_ALGORITHMS 1.3, extended algorithms",
     "13e30200"
     "3400"
     "0112"
     "80000000"
     "02000000"
     "000000000000000000000000"
     "01010001"
     "0100aabb"
     "0200ccdd"
     "02211000"
     "0300eeff"
     "05200100",
     0, false},
    {"ALGORITHMS 1.2",
     "126304003400010204000000800000000200000000000000000000000000000000000000"
     "02201000032002000420800005200100",
     0, false},
    {"GET_DIGESTS", "12810000", 0, false},
    {"DIGESTS", "120100050102030405060708", 0, false},
    {"GET_CERTIFICATE", "1282010000010002", 0, false},
    {"CERTIFICATE", "1202010004000900aabbccdd", 0, false},
    {"CHALLENGE 1.2", "128300ff" NONCE, 0, false},
    {"CHALLENGE 1.3", "1383ff01" NONCE CONTEXT, 0, false},
    {"CHALLENGE_AUTH 1.2",
     "12030001"
     "01020304" NONCE "0a0b0c0d"
     "0200eeff"
     "010203040506",
     0, false},
    {"CHALLENGE_AUTH 1.3",
     "13030001"
     "01020304" NONCE "0a0b0c0d"
     "0000" CONTEXT "010203040506",
     0, false},
    {"GET_MEASUREMENTS unsigned", "12e00000", 0, false},
    {"GET_MEASUREMENTS 1.0", "10e001ff" NONCE, 0, false},
    {"GET_MEASUREMENTS 1.2", "12e001ff" NONCE "03", 0, false},
    {"GET_MEASUREMENTS 1.3", "13e001ff" NONCE "03" CONTEXT, 0, false},
    {"GET_MEASUREMENTS 1.3 unsigned", "13e002fe" CONTEXT, 0, false},
    {"MEASUREMENTS 1.2",
     "12600012"
     "01"
     "080000"
     "0101040001010000" NONCE "0100ee"
     "010203040506",
     0, false},
    {"MEASUREMENTS 1.3",
     "13600012"
     "01"
     "080000"
     "0101040001010000" NONCE "0000" CONTEXT "010203040506",
     0, false},
    {"KEY_EXCHANGE",
     "12e4ff00ffee0100" NONCE "01020304050607"
     "0200abcd",
     0, false},
    {"KEY_EXCHANGE_RSP",
     "1264140034120203" NONCE "01020304050607"
     "0a0b0c0d"
     "0100ab"
     "010203040506"
     "f1f2f3f4",
     0, false},
    {"FINISH", "12e50000f1f2f3f4", 0, false},
    {"FINISH signed", "12e501020102030405f1f2f3f4", 0, false},
    {"FINISH_RSP", "12650000", 0, false},
    {"HEARTBEAT", "12e80000", 0, false},
    {"HEARTBEAT_ACK", "12680000", 0, false},
    {"KEY_UPDATE", "12e90142", 0, false},
    {"KEY_UPDATE_ACK", "12690142", 0, false},
    {"GET_ENCAPSULATED_REQUEST", "12ea0000", 0, false},
    {"ENCAPSULATED_REQUEST", "126a010012810000", 0, true},
    {"DELIVER_ENCAPSULATED_RESPONSE", "12eb010012010001a1a2a3a4", 8, true},
    {"ENCAPSULATED_RESPONSE_ACK request", "126b02010100000012820000000000ff", 12, true},
    {"ENCAPSULATED_RESPONSE_ACK slot", "126b00020300000001", 0, false},
    {"ENCAPSULATED_RESPONSE_ACK end", "126b000003000000", 0, false},
    {"ENCAPSULATED_RESPONSE_ACK 1.1", "116b020112820000", 0, true},
    {"END_SESSION", "12ec0100", 0, false},
    {"END_SESSION_ACK", "126c0000", 0, false},
    {"RESPOND_IF_READY", "12ff8301", 0, false},
    {"VENDOR_DEFINED_REQUEST",
     "12fe0000"
     "0300"
     "02ab12"
     "0300"
     "010203",
     0, false},
    {"VENDOR_DEFINED_RESPONSE",
     "127e0000"
     "0300"
     "00"
     "0000",
     0, false},
    {"ERROR", "127f0100", 0, true},
    {"ERROR ResponseNotReady", "127f42000a830102", 0, false},
    {"ERROR LargeResponse", "127f0f0007", 0, false},
    {"ERROR vendor", "127fff03aabbcc", 4, true},

    {"PSK_EXCHANGE",
     "12e6ff03ee00"
     "030002000400"
     "a1a2a3"
     "b1b2"
     "c1c2c3c4",
     0, false},
    {"PSK_EXCHANGE, nothing in it", "11e6ff00ee00000000000000", 0, false},
    {"PSK_EXCHANGE_RSP",
     "12661400ee00"
     "000002000100"
     "0a0b0c0d"
     "b1b2"
     "c1"
     "f1f2f3f4",
     0, false},
    {"PSK_FINISH", "12e70000f1f2f3f4", 0, false},
    {"PSK_FINISH_RSP", "12670000", 0, false},

    {"CHUNK_SEND first",
     "12850007"
     "00000000"
     "03000000"
     "50000000"
     "010203",
     0, false},
    {"CHUNK_SEND last",
     "12850107"
     "01000000"
     "02000000"
     "0405",
     0, false},
    {"CHUNK_SEND 1.4",
     "14850107"
     "00000100"
     "02000000"
     "0405",
     0, false},
    {"CHUNK_SEND_ACK", "120500070100", 0, true},
    {"CHUNK_SEND_ACK with an answer", "120501070100127f0100", 6, true},
    {"CHUNK_SEND_ACK 1.4", "1405000701000000", 0, true},
    {"CHUNK_GET", "128600070100", 0, false},
    {"CHUNK_GET 1.4", "1486000701000000", 0, false},
    {"CHUNK_RESPONSE",
     "12060007"
     "00000000"
     "03000000"
     "50000000"
     "010203",
     0, false},

    {"GET_CSR 1.2", "12ed000002000100aabbcc", 0, false},
    {"GET_CSR 1.3", "13ed018b00000000", 0, false},
    {"CSR", "126d000003000000300130", 0, false},
    {"SET_CERTIFICATE 1.2", "12ee03000b0000000102030430", 4, true},
    {"SET_CERTIFICATE 1.3", "13ee23020b0000000102030430", 4, true},
    {"SET_CERTIFICATE erase", "13ee8302", 0, false},
    {"SET_CERTIFICATE_RSP", "126e0300", 0, false},
    {"GET_KEY_PAIR_INFO", "13fc000001", 0, false},
    {"KEY_PAIR_INFO",
     "137c00000201"
     "3f00"
     "0f00"
     "0100"
     "ff010000"
     "10000000"
     "0300"
     "05"
     "300130",
     0, false},
    {"KEY_PAIR_INFO 1.4",
     "147c00000201"
     "3f00"
     "0f00"
     "0100"
     "ff010000"
     "10000000"
     "0000"
     "05"
     "0207000201"
     "00",
     0, false},
    {"SET_KEY_PAIR_INFO", "13fd0200010001001000000005", 0, false},
    {"SET_KEY_PAIR_INFO erase", "13fd010001", 0, false},
    {"SET_KEY_PAIR_INFO 1.4", "14fd02000100010010000000050101", 0, false},
    {"SET_KEY_PAIR_INFO_ACK", "137d0000", 0, false},

    {"GET_MEASUREMENT_EXTENSION_LOG", "13ef000010000000ff000000", 0, false},
    {"MEASUREMENT_EXTENSION_LOG", "136f00000300000010000000010203", 0, false},
    {"GET_ENDPOINT_INFO", "1387010000000000", 0, false},
    {"GET_ENDPOINT_INFO signed", "1387010301000000" NONCE, 0, false},
    {"ENDPOINT_INFO",
     "13070003"
     "00000000" NONCE "02000000"
     "aabb"
     "010203040506",
     0, false},
    {"GET_SUPPORTED_EVENT_TYPES", "13e20000", 0, false},
    {"SUPPORTED_EVENT_TYPES",
     "13620100"
     "0e000000"
     "0000"
     "0100"
     "0100"
     "00000000"
     "01000000",
     0, false},
    {"SUBSCRIBE_EVENT_TYPES",
     "13f00100"
     "0a000000"
     "0000"
     "0000"
     "0100"
     "01000000",
     0, false},
    {"SUBSCRIBE_EVENT_TYPES to none", "13f00000", 0, false},
    {"SUBSCRIBE_EVENT_TYPES_ACK", "13700000", 0, false},
    {"SEND_EVENT",
     "13f10000"
     "02000000"
     "0100000000000000"
     "0300"
     "0400"
     "0100"
     "07"
     "0200000000000000"
     "0302ab12"
     "0100"
     "0000",
     0, false},
    {"EVENT_ACK", "13710000", 0, false},

    {"CAPABILITIES 1.4",
     "14610000000a0100f763000000120000"
     "00200000",
     0, false},
    {"NEGOTIATE_ALGORITHMS 1.4",
     "14e3010024000102800000000200000002000000000000000000000000000000"
     "07200200",
     0, false},
    {"ALGORITHMS 1.4",
     "146300002400010204000000800000000200000002000000"
     "0000000000000000"
     "00000000",
     0, false},
    {"GET_CERTIFICATE 1.4", "1482010010000002", 0, false},
    {"GET_CERTIFICATE 1.4, large", "14828100000000000000010000000200", 0, false},
    {"CERTIFICATE 1.4, large", "14028100000000000300000000000100aabbcc", 0, false},
    {"FINISH 1.4", "14e501020100aa0102030405f1f2f3f4", 0, false},
    {"FINISH_RSP 1.4", "146500000100aa", 0, false},
    {"PSK_FINISH 1.4", "14e700000100aaf1f2f3f4", 0, false},
    {"PSK_FINISH_RSP 1.4", "146700000000", 0, false},
    {"VENDOR_DEFINED_REQUEST 1.4, large",
     "14fe8000"
     "0300"
     "02ab12"
     "0000"
     "03000000"
     "010203",
     0, false},
};

static size_t bytes_of(const struct sample *s, uint8_t *out, size_t cap)
{
	return vector_hex(s->hex, out, cap);
}

/* The same bytes in memory that ends where they end, so that a sanitizer sees every read beyond. */
static enum rotor_status decode_exact(const uint8_t *msg, size_t len, struct rotor_spdm_any *any)
{
	uint8_t *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, msg, len);
	enum rotor_status status = rotor_spdm_decode_any(&sizes, copy, len, any);
	free(copy);
	return status;
}

static void every_message_comes_back_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(samples); i++) {
		uint8_t msg[256], again[256];
		struct rotor_spdm_any any;
		size_t len = bytes_of(&samples[i], msg, sizeof(msg)), again_len = 0;
		if (rotor_spdm_decode_any(&sizes, msg, len, &any) != ROTOR_OK) {
			fail_msg("%s", samples[i].what);
		}
		struct rotor_writer w = rotor_writer(again, sizeof(again));
		assert_int_equal(rotor_spdm_encode_any(&w, &any), ROTOR_OK);
		if (rotor_writer_end(&w, &again_len) != ROTOR_OK || again_len != len ||
		    memcmp(msg, again, len) != 0) {
			fail_msg("%s", samples[i].what);
		}
		/* And into a buffer that is one byte too small, not at all. */
		w = rotor_writer(again, len - 1);
		assert_int_equal(rotor_spdm_encode_any(&w, &any), ROTOR_OK);
		assert_int_equal(rotor_writer_end(&w, &again_len), ROTOR_ERR_SPACE);
	}
}

static void every_code_has_a_sample(void **state)
{
	(void)state;
	const struct rotor_spdm_message_info *info;
	for (size_t n = 0; (info = rotor_spdm_message_info_at(n)) != NULL; n++) {
		assert_ptr_equal(rotor_spdm_message_info(info->code), info);
		bool found = false;
		for (size_t i = 0; i < ROTOR_COUNT_OF(samples); i++) {
			uint8_t msg[256];
			bytes_of(&samples[i], msg, sizeof(msg));
			found = found || msg[1] == info->code;
		}
		if (!found) {
			fail_msg("%s", info->name);
		}
	}
	assert_null(rotor_spdm_message_info(0x00));
	assert_string_equal(rotor_spdm_code_name(0x00), "unknown");
	assert_string_equal(rotor_spdm_code_name(ROTOR_SPDM_KEY_EXCHANGE_RSP), "KEY_EXCHANGE_RSP");
}

static void a_message_cut_short_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(samples); i++) {
		const struct sample *s = &samples[i];
		uint8_t msg[256];
		struct rotor_spdm_any any;
		size_t len = bytes_of(s, msg, sizeof(msg));
		for (size_t n = 0; n < len; n++) {
			enum rotor_status status = decode_exact(msg, n, &any);
			bool legal = s->shortest && n >= s->shortest;
			if ((status == ROTOR_OK) != legal) {
				fail_msg("%s cut to %zu: %d", s->what, n, (int)status);
			}
		}
	}
}

static void bytes_after_the_end_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(samples); i++) {
		uint8_t msg[256] = {0};
		struct rotor_spdm_any any;
		size_t len = bytes_of(&samples[i], msg, sizeof(msg));
		msg[len] = 0;
		enum rotor_status status = decode_exact(msg, len + 1, &any);
		if ((status == ROTOR_OK) != samples[i].open) {
			fail_msg("%s: %d", samples[i].what, (int)status);
		}
	}
}

static void versions_that_are_not_known_are_refused(void **state)
{
	(void)state;
	static const uint8_t versions[] = {0x00, 0x01, 0x0F, 0x15, 0x20, 0x22, 0xFF};
	for (size_t i = 0; i < ROTOR_COUNT_OF(samples); i++) {
		for (size_t v = 0; v < ROTOR_COUNT_OF(versions); v++) {
			uint8_t msg[256];
			struct rotor_spdm_any any;
			size_t len = bytes_of(&samples[i], msg, sizeof(msg));
			msg[0] = versions[v];
			assert_int_equal(decode_exact(msg, len, &any), ROTOR_ERR_UNSUPPORTED);
		}
	}
}

static void a_message_older_than_its_version_is_refused(void **state)
{
	(void)state;
	static const uint8_t key_update[] = {0x10, ROTOR_SPDM_KEY_UPDATE, 1, 0};
	static const uint8_t csr[] = {0x11, ROTOR_SPDM_CSR, 0, 0};
	struct rotor_spdm_any any;
	assert_int_equal(decode_exact(key_update, 4, &any), ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(decode_exact(csr, 4, &any), ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(any.header.code, ROTOR_SPDM_CSR);
}

static void another_code_is_an_argument_error(void **state)
{
	(void)state;
	static const uint8_t msg[64] = {0x12, ROTOR_SPDM_HEARTBEAT};
	struct rotor_spdm_any any;
	const struct rotor_spdm_message_info *info;
	for (size_t n = 0; (info = rotor_spdm_message_info_at(n)) != NULL; n++) {
		if (info->decode == rotor_spdm_message_info(0x84)->decode) {
			continue; /* header-only messages share a decoder, which takes any code */
		}
		assert_int_equal(info->decode(&sizes, msg, sizeof(msg), &any), ROTOR_ERR_ARGUMENT);
	}
}

/* A sample with one field pushed out of bounds. */
static const struct bent {
	const char *what;
	size_t offset, width;
	uint32_t value;
} bents[] = {
    {"VERSION", 5, 1, 3},
    {"VERSION", 5, 1, 1},
    {"VERSION", 5, 1, 255},
    {"NEGOTIATE_ALGORITHMS 1.2", 2, 1, 5},
    {"NEGOTIATE_ALGORITHMS 1.2", 2, 1, 3},
    {"NEGOTIATE_ALGORITHMS 1.2", 2, 1, 255},
    {"NEGOTIATE_ALGORITHMS 1.2", 4, 2, 0x2f},
    {"NEGOTIATE_ALGORITHMS 1.2", 4, 2, 0xffff},
    {"NEGOTIATE_ALGORITHMS 1.2", 28, 1, 1},
    {"NEGOTIATE_ALGORITHMS 1.2", 29, 1, 255},
    {"NEGOTIATE_ALGORITHMS 1.2", 32, 1, 3},    /* the same type twice */
    {"NEGOTIATE_ALGORITHMS 1.2", 32, 1, 5},    /* types that descend */
    {"NEGOTIATE_ALGORITHMS 1.2", 32, 1, 1},    /* no type of a table */
    {"NEGOTIATE_ALGORITHMS 1.2", 33, 1, 0x40}, /* another size of the fixed part */
    {"NEGOTIATE_ALGORITHMS 1.2", 33, 1, 0x21}, /* an extended algorithm that is not there */
    {"NEGOTIATE_ALGORITHMS 1.2", 33, 1, 0x2f},
    {"ALGORITHMS 1.2", 32, 1, 1},
    {"ALGORITHMS 1.2", 4, 2, 0x35},
    {"DIGESTS", 3, 1, 0x07},
    {"DIGESTS", 3, 1, 0x01},
    {"DIGESTS", 3, 1, 0xff},
    {"CERTIFICATE", 4, 2, 5},
    {"CERTIFICATE", 4, 2, 3},
    {"CERTIFICATE", 4, 2, 0xffff},
    {"CHALLENGE_AUTH 1.2", 44, 2, 3},
    {"CHALLENGE_AUTH 1.2", 44, 2, 1},
    {"CHALLENGE_AUTH 1.2", 44, 2, 0xffff},
    {"MEASUREMENTS 1.2", 5, 3, 9},
    {"MEASUREMENTS 1.2", 5, 3, 7},
    {"MEASUREMENTS 1.2", 5, 3, 0xffffff},
    {"MEASUREMENTS 1.2", 48, 2, 2},
    {"MEASUREMENTS 1.2", 48, 2, 0xffff},
    {"KEY_EXCHANGE", 47, 2, 3},
    {"KEY_EXCHANGE", 47, 2, 1},
    {"KEY_EXCHANGE", 47, 2, 0xffff},
    {"KEY_EXCHANGE_RSP", 51, 2, 2},
    {"KEY_EXCHANGE_RSP", 51, 2, 0},
    {"KEY_EXCHANGE_RSP", 51, 2, 0xffff},
    {"FINISH", 2, 1, 1},
    {"FINISH signed", 2, 1, 0},
    {"ENCAPSULATED_RESPONSE_ACK slot", 3, 1, 0},
    {"ENCAPSULATED_RESPONSE_ACK slot", 3, 1, 1},
    {"ENCAPSULATED_RESPONSE_ACK slot", 3, 1, 3},
    {"ENCAPSULATED_RESPONSE_ACK end", 3, 1, 1},
    {"ENCAPSULATED_RESPONSE_ACK end", 3, 1, 2},
    {"VENDOR_DEFINED_REQUEST", 6, 1, 3},
    {"VENDOR_DEFINED_REQUEST", 6, 1, 255},
    {"VENDOR_DEFINED_REQUEST", 9, 2, 4},
    {"VENDOR_DEFINED_REQUEST", 9, 2, 2},
    {"VENDOR_DEFINED_REQUEST", 9, 2, 0xffff},
    {"PSK_EXCHANGE", 6, 2, 4},
    {"PSK_EXCHANGE", 8, 2, 0xffff},
    {"PSK_EXCHANGE", 10, 2, 5},
    {"PSK_EXCHANGE", 10, 2, 1025},
    {"PSK_EXCHANGE_RSP", 8, 2, 1},
    {"PSK_EXCHANGE_RSP", 10, 2, 2},
    {"PSK_EXCHANGE_RSP", 10, 2, 1025},
    {"CHUNK_SEND first", 4, 2, 1}, /* only the first has LargeMessageSize */
    {"CHUNK_SEND first", 8, 4, 4},
    {"CHUNK_SEND last", 4, 2, 0},
    {"CHUNK_SEND last", 8, 4, 0xffffffff},
    {"CHUNK_RESPONSE", 8, 4, 2},
    {"GET_CSR 1.2", 4, 2, 3},
    {"GET_CSR 1.2", 6, 2, 0xffff},
    {"CSR", 4, 2, 2},
    {"CSR", 4, 2, 0xffff},
    {"SET_CERTIFICATE 1.3", 2, 1, 0xa3}, /* erase, and a chain */
    {"KEY_PAIR_INFO", 20, 2, 4},
    {"KEY_PAIR_INFO", 20, 2, 0xffff},
    {"KEY_PAIR_INFO 1.4", 23, 1, 9},
    {"SET_KEY_PAIR_INFO", 2, 1, 1}, /* ERASE carries no parameters */
    {"SET_KEY_PAIR_INFO erase", 2, 1, 0},
    {"SET_KEY_PAIR_INFO 1.4", 13, 1, 2},
    {"MEASUREMENT_EXTENSION_LOG", 4, 4, 4},
    {"MEASUREMENT_EXTENSION_LOG", 4, 4, 0xffffffff},
    {"GET_ENDPOINT_INFO", 4, 1, 1},
    {"GET_ENDPOINT_INFO signed", 4, 1, 0},
    {"ENDPOINT_INFO", 40, 4, 3},
    {"ENDPOINT_INFO", 40, 4, 0xffffffff},
    {"SUPPORTED_EVENT_TYPES", 4, 4, 13},
    {"SUPPORTED_EVENT_TYPES", 4, 4, 0xffffffff},
    {"SUBSCRIBE_EVENT_TYPES", 2, 1, 0}, /* no group, but a list */
    {"SUBSCRIBE_EVENT_TYPES to none", 2, 1, 1},
    {"SEND_EVENT", 4, 4, 1},
    {"SEND_EVENT", 4, 4, 3},
    {"SEND_EVENT", 4, 4, 0xffffffff},
    {"SEND_EVENT", 17, 1, 0xff},
    {"SEND_EVENT", 20, 2, 0xffff},
    {"GET_CERTIFICATE 1.4, large", 2, 1, 1},
    {"CERTIFICATE 1.4, large", 8, 4, 0xffffffff},
    {"FINISH 1.4", 4, 2, 1025},
    {"FINISH_RSP 1.4", 4, 2, 2},
    {"PSK_FINISH_RSP 1.4", 4, 2, 1},
    {"VENDOR_DEFINED_REQUEST 1.4, large", 2, 1, 0},
    {"VENDOR_DEFINED_REQUEST 1.4, large", 11, 4, 0xffffffff},
};

static void a_length_out_of_bounds_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(bents); i++) {
		const struct bent *b = &bents[i];
		const struct sample *s = samples;
		while (strcmp(s->what, b->what) != 0) {
			s++;
			assert_true(s < samples + ROTOR_COUNT_OF(samples));
		}
		uint8_t msg[256];
		struct rotor_spdm_any any;
		size_t len = bytes_of(s, msg, sizeof(msg));
		for (size_t n = 0; n < b->width; n++) {
			msg[b->offset + n] = (uint8_t)(b->value >> 8 * n);
		}
		enum rotor_status status = decode_exact(msg, len, &any);
		if (status != ROTOR_ERR_LENGTH && status != ROTOR_ERR_FORMAT &&
		    status != ROTOR_ERR_UNSUPPORTED) {
			fail_msg("%s at %zu: %d", b->what, b->offset, (int)status);
		}
	}
}

static void an_overlong_negotiation_is_refused(void **state)
{
	(void)state;
	struct rotor_spdm_any any;
	uint8_t msg[256] = {0}, ext[256] = {0};
	size_t len;
	for (int n = 24; n <= 25; n++) { /* 32 bytes and 24 extended algorithms are 128 */
		struct rotor_spdm_negotiation m = {.version = ROTOR_SPDM_V12,
						   .code = ROTOR_SPDM_NEGOTIATE_ALGORITHMS,
						   .ext_asym = {ext, (size_t)n * 4}};
		struct rotor_writer w = rotor_writer(msg, sizeof(msg));
		rotor_spdm_encode_negotiation(&w, &m);
		assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
		assert_int_equal(decode_exact(msg, len, &any),
				 n == 24 ? ROTOR_OK : ROTOR_ERR_FORMAT);
	}
}

static void what_a_version_does_not_have_is_ignored(void **state)
{
	(void)state;
	uint8_t msg[256];
	struct rotor_spdm_any any;
	size_t len =
	    vector_hex("11e301002400011280000000020000000000000000000000000000000000ff0102201000",
		       msg, sizeof(msg));
	assert_int_equal(decode_exact(msg, len, &any), ROTOR_OK);
	assert_int_equal(any.u.negotiation.other_params, 0);
	assert_int_equal(any.u.negotiation.mel_spec, 0);
	assert_int_equal(any.u.negotiation.table_count, 1);
	msg[0] = ROTOR_SPDM_V12;
	assert_int_equal(decode_exact(msg, len, &any), ROTOR_OK);
	assert_int_equal(any.u.negotiation.other_params, ROTOR_SPDM_OPAQUE_FMT1);
	msg[0] = ROTOR_SPDM_V13;
	assert_int_equal(decode_exact(msg, len, &any), ROTOR_OK);
	assert_int_equal(any.u.negotiation.other_params, 0x12);
	assert_int_equal(any.u.negotiation.mel_spec, 1);
	/* Reserved parameters of a request, and a certificate's slot attributes before 1.3. */
	static const uint8_t digests[] = {0x12, ROTOR_SPDM_GET_DIGESTS, 0xAA, 0xBB};
	assert_int_equal(decode_exact(digests, 4, &any), ROTOR_OK);
	len = vector_hex("1282f1ff00010002", msg, sizeof(msg));
	assert_int_equal(decode_exact(msg, len, &any), ROTOR_OK);
	assert_int_equal(any.u.get_certificate.slot, 1);
	assert_int_equal(any.u.get_certificate.attributes, 0);
}

static void the_supported_algorithms_block_is_read(void **state)
{
	(void)state;
	uint8_t block[64], msg[128];
	size_t block_len, len;
	struct rotor_spdm_negotiation m = {.version = ROTOR_SPDM_V13,
					   .code = ROTOR_SPDM_NEGOTIATE_ALGORITHMS,
					   .measurement_spec = 1,
					   .base_asym = ROTOR_SPDM_ASYM_ECDSA_P384,
					   .base_hash = ROTOR_SPDM_HASH_SHA384,
					   .mel_spec = 1};
	rotor_spdm_table_add(&m, ROTOR_SPDM_ALG_DHE, 0x10);
	rotor_spdm_table_add(&m, ROTOR_SPDM_ALG_AEAD, 0);
	rotor_spdm_table_add(&m, ROTOR_SPDM_ALG_KEY_SCHEDULE, 1);
	assert_int_equal(m.table_count, 2);
	struct rotor_writer w = rotor_writer(block, sizeof(block));
	rotor_spdm_encode_algorithms_block(&w, &m);
	assert_int_equal(rotor_writer_end(&w, &block_len), ROTOR_OK);
	struct rotor_spdm_capabilities c = {.version = ROTOR_SPDM_V13,
					    .code = ROTOR_SPDM_CAPABILITIES,
					    .param1 = ROTOR_SPDM_CAP_PARAM1_ALGORITHMS,
					    .algorithms = {block, block_len}};
	w = rotor_writer(msg, sizeof(msg));
	rotor_spdm_encode_capabilities(&w, &c);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);

	struct rotor_spdm_any any;
	struct rotor_spdm_negotiation got;
	assert_int_equal(rotor_spdm_decode_any(&sizes, msg, len, &any), ROTOR_OK);
	struct rotor_bytes view = any.u.capabilities.algorithms;
	assert_int_equal(view.len, block_len);
	assert_int_equal(rotor_spdm_decode_algorithms_block(0x13, view, &got), ROTOR_OK);
	assert_int_equal(got.base_asym, m.base_asym);
	assert_int_equal(got.mel_spec, 1);
	assert_int_equal(rotor_spdm_table_bits(&got, ROTOR_SPDM_ALG_DHE), 0x10);
	assert_int_equal(rotor_spdm_table_bits(&got, ROTOR_SPDM_ALG_AEAD), 0);
	for (size_t n = 0; n < block_len; n++) {
		view.len = n;
		assert_int_not_equal(rotor_spdm_decode_algorithms_block(0x13, view, &got),
				     ROTOR_OK);
	}
	/* Announced, but not there; there, but not announced. */
	assert_int_equal(decode_exact(msg, 20, &any), ROTOR_ERR_LENGTH);
	msg[2] = 0;
	assert_int_equal(decode_exact(msg, len, &any), ROTOR_ERR_LENGTH);
	c.param1 = 0;
	w = rotor_writer(msg, sizeof(msg));
	rotor_spdm_encode_capabilities(&w, &c);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);
}

static void digests_are_found_by_slot(void **state)
{
	(void)state;
	uint8_t msg[64];
	struct rotor_spdm_digests m;
	size_t len = vector_hex("13010f0a"
				"01010101"
				"02020202"
				"1112"
				"0102"
				"01000200",
				msg, sizeof(msg));
	struct rotor_spdm_sizes multi = sizes;
	assert_int_equal(rotor_spdm_decode_digests(&multi, msg, len, &m), ROTOR_ERR_LENGTH);
	multi.multi_key = true;
	assert_int_equal(rotor_spdm_decode_digests(&multi, msg, len, &m), ROTOR_OK);
	assert_int_equal(m.supported_slots, 0x0f);
	assert_memory_equal(rotor_spdm_digest_of_slot(&m, 1).data, "\1\1\1\1", 4);
	assert_memory_equal(rotor_spdm_digest_of_slot(&m, 3).data, "\2\2\2\2", 4);
	assert_int_equal(rotor_spdm_digest_of_slot(&m, 0).len, 0);
	assert_int_equal(rotor_spdm_digest_of_slot(&m, 2).len, 0);
	assert_int_equal(rotor_spdm_digest_of_slot(&m, 7).len, 0);
	assert_int_equal(rotor_spdm_digest_of_slot(&m, 200).len, 0);
	assert_memory_equal(m.key_pair_ids.data, "\x11\x12", 2);
	assert_memory_equal(m.key_usages.data, "\1\0\2\0", 4);
	for (size_t n = 0; n < len; n++) {
		assert_int_equal(rotor_spdm_decode_digests(&multi, msg, n, &m), ROTOR_ERR_LENGTH);
	}
}

static void a_clear_handshake_moves_the_verify_data(void **state)
{
	(void)state;
	struct rotor_spdm_sizes clear = {.hash = 4, .sig = 2, .exchange = 1};
	struct rotor_spdm_key_exchange_rsp rsp;
	struct rotor_spdm_finish_rsp finish;
	uint8_t msg[128];
	size_t len = vector_hex("1264000000000000" NONCE "01"
				"0000"
				"aabb"
				"f1f2f3f4",
				msg, sizeof(msg));
	assert_int_equal(rotor_spdm_decode_key_exchange_rsp(&clear, msg, len, &rsp), ROTOR_OK);
	assert_int_equal(rsp.verify_data.len, 4);
	assert_int_equal(rsp.summary_hash.len, 0);
	clear.clear_handshake = true;
	assert_int_equal(rotor_spdm_decode_key_exchange_rsp(&clear, msg, len, &rsp),
			 ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_spdm_decode_key_exchange_rsp(&clear, msg, len - 4, &rsp), ROTOR_OK);
	len = vector_hex("12650000f1f2f3f4", msg, sizeof(msg));
	assert_int_equal(rotor_spdm_decode_finish_rsp(&clear, msg, len, &finish), ROTOR_OK);
	assert_int_equal(finish.verify_data.len, 4);
	assert_int_equal(rotor_spdm_decode_finish_rsp(&clear, msg, 4, &finish), ROTOR_ERR_LENGTH);
}

static void a_certificate_chain_is_what_its_length_says(void **state)
{
	(void)state;
	uint8_t chain[32], again[32];
	size_t len = vector_hex("0b000000"
				"01020304"
				"300130",
				chain, sizeof(chain));
	struct rotor_spdm_cert_chain m;
	struct rotor_bytes view = {chain, len};
	assert_int_equal(rotor_spdm_decode_cert_chain(view, 4, &m), ROTOR_OK);
	assert_int_equal(m.certs.len, 3);
	struct rotor_writer w = rotor_writer(again, sizeof(again));
	rotor_spdm_encode_cert_chain(&w, &m);
	assert_int_equal(w.len, len);
	assert_memory_equal(again, chain, len);
	for (view.len = 0; view.len < len; view.len++) {
		assert_int_equal(rotor_spdm_decode_cert_chain(view, 4, &m), ROTOR_ERR_LENGTH);
	}
	view.len = len;
	assert_int_equal(rotor_spdm_decode_cert_chain(view, 8, &m), ROTOR_ERR_LENGTH);
	chain[0]++;
	assert_int_equal(rotor_spdm_decode_cert_chain(view, 4, &m), ROTOR_ERR_LENGTH);
}

/* What only 1.4 has may not be asked of the encoder before; what is too long for its length field neither. */
static void what_a_version_cannot_carry_is_not_written(void **state)
{
	(void)state;
	static const uint8_t some[1100];
	const struct rotor_bytes opaque = {some, 1}, too_long = {some, 1025};
	const struct {
		uint8_t code;
		struct rotor_spdm_any any;
	} wrong[] = {
	    {ROTOR_SPDM_FINISH, {.u.finish = {.version = ROTOR_SPDM_V13, .opaque = opaque}}},
	    {ROTOR_SPDM_PSK_FINISH,
	     {.u.psk_finish = {.version = ROTOR_SPDM_V13, .opaque = opaque}}},
	    {ROTOR_SPDM_PSK_EXCHANGE,
	     {.u.psk_exchange = {.version = ROTOR_SPDM_V13, .opaque = too_long}}},
	    {ROTOR_SPDM_PSK_EXCHANGE_RSP,
	     {.u.psk_exchange_rsp = {.version = ROTOR_SPDM_V13, .opaque = too_long}}},
	    {ROTOR_SPDM_CHUNK_GET,
	     {.u.chunk_get = {.version = ROTOR_SPDM_V13, .sequence = 0x10000}}},
	    {ROTOR_SPDM_CHUNK_SEND,
	     {.u.chunk = {.version = ROTOR_SPDM_V13,
			  .code = ROTOR_SPDM_CHUNK_SEND,
			  .sequence = 0x10000}}},
	    {ROTOR_SPDM_GET_CSR, {.u.get_csr = {.version = ROTOR_SPDM_V13, .opaque = too_long}}},
	    {ROTOR_SPDM_SET_CERTIFICATE,
	     {.u.set_certificate = {.version = ROTOR_SPDM_V12, .erase = true}}},
	    {ROTOR_SPDM_SET_CERTIFICATE,
	     {.u.set_certificate = {.version = ROTOR_SPDM_V13, .erase = true, .chain = opaque}}},
	    {ROTOR_SPDM_KEY_PAIR_INFO,
	     {.u.key_pair_info = {.version = ROTOR_SPDM_V13, .pqc = opaque}}},
	    {ROTOR_SPDM_GET_CERTIFICATE,
	     {.u.get_certificate = {.version = ROTOR_SPDM_V13, .large = true}}},
	    {ROTOR_SPDM_GET_CERTIFICATE,
	     {.u.get_certificate = {.version = ROTOR_SPDM_V14, .offset = 0x10000}}},
	    {ROTOR_SPDM_CERTIFICATE,
	     {.u.certificate = {.version = ROTOR_SPDM_V13, .remainder_len = 0x10000}}},
	    {ROTOR_SPDM_VENDOR_DEFINED_REQUEST,
	     {.u.vendor_defined = {.version = ROTOR_SPDM_V13,
				   .code = ROTOR_SPDM_VENDOR_DEFINED_REQUEST,
				   .large = true}}},
	    {ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES,
	     {.u.event_types = {.version = ROTOR_SPDM_V13,
				.code = ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES,
				.groups = opaque}}},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(wrong); i++) {
		uint8_t msg[1200];
		size_t len;
		struct rotor_spdm_any any = wrong[i].any;
		struct rotor_writer w = rotor_writer(msg, sizeof(msg));
		any.header.code = wrong[i].code;
		assert_int_equal(rotor_spdm_encode_any(&w, &any), ROTOR_OK);
		if (rotor_writer_end(&w, &len) != ROTOR_ERR_SPACE) {
			fail_msg("%zu", i);
		}
	}
}

static void a_measurement_extension_log_is_walked(void **state)
{
	(void)state;
	static const struct {
		const char *hex;
		enum rotor_status status;
	} logs[] = {
	    {"00000000000000000000000000000000", ROTOR_OK},
	    {"02000000"
	     "1a000000"
	     "0000000000000000"
	     "0100000001000000890300524f4d"
	     "020000000100000009010041",
	     ROTOR_OK},
	    {"01000000"
	     "1a000000"
	     "0000000000000000"
	     "0100000001000000890300524f4d"
	     "020000000100000009010041",
	     ROTOR_ERR_FORMAT},
	    {"01000000"
	     "0e000000"
	     "0000000000000000"
	     "0100000001000000890400524f4d",
	     ROTOR_ERR_LENGTH},
	    {"01000000"
	     "0f000000"
	     "0000000000000000"
	     "0100000001000000890300524f4d",
	     ROTOR_ERR_LENGTH},
	    {"010000000000000000000000", ROTOR_ERR_LENGTH},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(logs); i++) {
		uint8_t log[128], again[128];
		struct rotor_bytes view = {log, vector_hex(logs[i].hex, log, sizeof(log))}, entries;
		uint32_t count, n = 0;
		struct rotor_spdm_mel_entry e;
		assert_int_equal(rotor_spdm_mel_open(view, &entries, &count), logs[i].status);
		if (logs[i].status != ROTOR_OK)
			continue;
		struct rotor_writer w = rotor_writer(again, sizeof(again));
		rotor_spdm_encode_mel_header(&w, count, (uint32_t)entries.len);
		while (rotor_spdm_mel_next(&entries, &e) == ROTOR_OK) {
			n++;
			assert_int_equal(e.index, n);
			assert_int_equal(e.raw, n == 1);
			assert_int_equal(e.type, ROTOR_SPDM_MEAS_INFORMATIONAL);
			rotor_spdm_encode_mel_entry(&w, &e);
		}
		assert_int_equal(n, count);
		assert_int_equal(w.len, view.len);
		assert_memory_equal(again, log, w.len);
	}
}

static void events_and_their_groups_are_walked(void **state)
{
	(void)state;
	uint8_t msg[128], again[128];
	struct rotor_spdm_event_group g;
	struct rotor_spdm_event_item e;
	struct rotor_bytes view = {msg, vector_hex("0000020001000000000001000000"
						   "04000000"
						   "0302ab1200000100"
						   "01000000",
						   msg, sizeof(msg))};
	struct rotor_writer w = rotor_writer(again, sizeof(again));
	assert_int_equal(rotor_spdm_event_group_next(&view, &g), ROTOR_OK);
	assert_int_equal(g.type_count, 2);
	assert_int_equal(g.group_version, 1);
	assert_int_equal(rotor_spdm_event_group_type(&g, 0), ROTOR_SPDM_EVENT_LOST);
	assert_int_equal(rotor_spdm_event_group_type(&g, 1), ROTOR_SPDM_EVENT_CERTIFICATE_CHANGED);
	rotor_spdm_encode_event_group(&w, &g);
	assert_int_equal(rotor_spdm_event_group_next(&view, &g), ROTOR_OK);
	assert_int_equal(g.registry, ROTOR_SPDM_REGISTRY_PCISIG);
	assert_int_equal(g.vendor.len, 2);
	assert_int_equal(g.attributes, ROTOR_SPDM_EVENT_GROUP_ALL);
	rotor_spdm_encode_event_group(&w, &g);
	assert_int_equal(rotor_spdm_event_group_next(&view, &g), ROTOR_ERR_NOT_FOUND);
	assert_memory_equal(again, msg, w.len);
	for (size_t n = 1; n < 18; n++) {
		view = (struct rotor_bytes){msg, n};
		assert_int_equal(rotor_spdm_event_group_next(&view, &g), ROTOR_ERR_LENGTH);
	}
	view = (struct rotor_bytes){msg,
				    vector_hex("0700000000000000000004000100aa", msg, sizeof(msg))};
	assert_int_equal(rotor_spdm_event_next(&view, &e), ROTOR_OK);
	assert_int_equal(e.instance, 7);
	assert_int_equal(e.type, ROTOR_SPDM_EVENT_CERTIFICATE_CHANGED);
	assert_int_equal(e.detail.len, 1);
	w = rotor_writer(again, sizeof(again));
	rotor_spdm_encode_event(&w, &e);
	assert_memory_equal(again, msg, w.len);
	assert_int_equal(rotor_spdm_event_next(&view, &e), ROTOR_ERR_NOT_FOUND);
	for (size_t n = 1; n < 15; n++) {
		view = (struct rotor_bytes){msg, n};
		assert_int_equal(rotor_spdm_event_next(&view, &e), ROTOR_ERR_LENGTH);
	}
}

static const struct record_case {
	const char *hex;
	uint8_t count;
	enum rotor_status status;
} records[] = {
    {"", 0, ROTOR_OK},
    {"01010400010100aa", 1, ROTOR_OK},
    {"01010400010100aa"
     "fd010300840000",
     2, ROTOR_OK},
    {"0102"
     "0000"
     "02020100aa",
     2, ROTOR_OK}, /* a specification that is not DMTF's is passed over */
    {"01010400010100aa", 0, ROTOR_ERR_LENGTH},
    {"01010400010100aa", 2, ROTOR_ERR_LENGTH},
    {"01010400010100", 1, ROTOR_ERR_LENGTH},
    {"010104", 1, ROTOR_ERR_LENGTH},
    {"0101ffff010100aa", 1, ROTOR_ERR_LENGTH},
    {"01010400010200aa", 1, ROTOR_ERR_FORMAT}, /* the value is longer than its block */
    {"01010400010000aa", 1, ROTOR_ERR_FORMAT}, /* or shorter */
    {"010102000100", 1, ROTOR_ERR_FORMAT},
    {"00010400010100aa", 1, ROTOR_ERR_FORMAT}, /* index 0 */
    {"ff010400010100aa", 1, ROTOR_ERR_FORMAT}, /* index 255 */
    {"02010400010100aa"
     "02010400010100aa",
     2, ROTOR_ERR_FORMAT}, /* the same index twice */
    {"02010400010100aa"
     "01010400010100aa",
     2, ROTOR_ERR_FORMAT}, /* indices that descend */
};

static void measurement_records_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(records); i++) {
		uint8_t bytes[64];
		struct rotor_bytes record = {bytes, 0};
		record.len = vector_hex(records[i].hex, bytes, sizeof(bytes));
		if (rotor_spdm_check_record(record, records[i].count) != records[i].status) {
			fail_msg("record %zu", i);
		}
	}
	uint8_t bytes[64];
	struct rotor_spdm_block b;
	struct rotor_bytes record = {bytes, vector_hex("fd010400840100aa", bytes, sizeof(bytes))};
	assert_int_equal(rotor_spdm_next_block(&record, &b), ROTOR_OK);
	assert_true(b.dmtf && b.raw);
	assert_int_equal(b.type, ROTOR_SPDM_MEAS_MANIFEST);
	assert_int_equal(b.value.len, 1);
	assert_int_equal(rotor_spdm_next_block(&record, &b), ROTOR_ERR_NOT_FOUND);
}

/* ---- opaque data ---- */

static void secured_versions_are_written_and_read(void **state)
{
	(void)state;
	static const uint16_t list[] = {0x1000, 0x1100, 0x1200};
	for (uint8_t version = ROTOR_SPDM_V11; version <= ROTOR_SPDM_V13; version++) {
		uint8_t bytes[64];
		uint16_t got[2], selected;
		size_t count = 2, len;
		struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));
		rotor_spdm_encode_secured_versions(&w, version, list, 3);
		assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
		assert_int_equal(len, version >= ROTOR_SPDM_V12 ? 20 : 24);
		struct rotor_bytes opaque = {bytes, len};
		assert_int_equal(rotor_spdm_decode_secured_versions(version, opaque, got, &count),
				 ROTOR_OK);
		assert_int_equal(count, 2); /* of three, as there is room for two */
		assert_int_equal(got[1], 0x1100);
		assert_int_equal(rotor_spdm_decode_secured_selected(version, opaque, &selected),
				 ROTOR_ERR_NOT_FOUND);
		/* Nothing shorter is accepted, nor the padding left out. */
		for (opaque.len = 1; opaque.len < len; opaque.len++) {
			count = 2;
			assert_int_not_equal(
			    rotor_spdm_decode_secured_versions(version, opaque, got, &count),
			    ROTOR_OK);
			assert_int_equal(count, 0);
		}
		w = rotor_writer(bytes, sizeof(bytes));
		rotor_spdm_encode_secured_selected(&w, version, 0x1200);
		opaque.len = w.len;
		assert_int_equal(rotor_spdm_decode_secured_selected(version, opaque, &selected),
				 ROTOR_OK);
		assert_int_equal(selected, 0x1200);
		/* One more or less element than there is. */
		size_t count_at = version >= ROTOR_SPDM_V12 ? 0 : 5;
		bytes[count_at] = 2;
		assert_int_equal(rotor_spdm_decode_secured_selected(version, opaque, &selected),
				 ROTOR_ERR_LENGTH);
		bytes[count_at] = 0;
		assert_int_equal(rotor_spdm_decode_secured_selected(version, opaque, &selected),
				 ROTOR_ERR_LENGTH);
	}
}

static void opaque_data_is_walked_to_its_end(void **state)
{
	(void)state;
	uint8_t bytes[64];
	uint16_t selected;
	/* A vendor's element (padded by one byte) before the one looked for, and one that only looks like it behind. */
	size_t len = vector_hex("03000000"
				"0302abcd0100ee00"
				"0000"
				"0400"
				"01000012"
				"0000"
				"0400"
				"02000099",
				bytes, sizeof(bytes));
	struct rotor_bytes opaque = {bytes, len};
	assert_int_equal(rotor_spdm_decode_secured_selected(ROTOR_SPDM_V12, opaque, &selected),
			 ROTOR_OK);
	assert_int_equal(selected, 0x1200);
	struct rotor_bytes empty = {NULL, 0};
	assert_int_equal(rotor_spdm_decode_secured_selected(ROTOR_SPDM_V12, empty, &selected),
			 ROTOR_ERR_NOT_FOUND);
	/* 1.1 demands DSP0277's own header. */
	len = vector_hex("46544d4401010000"
			 "0000"
			 "0400"
			 "01000011",
			 bytes, sizeof(bytes));
	opaque.len = len;
	assert_int_equal(rotor_spdm_decode_secured_selected(ROTOR_SPDM_V11, opaque, &selected),
			 ROTOR_OK);
	assert_int_equal(selected, 0x1100);
	bytes[4] = 2;
	assert_int_equal(rotor_spdm_decode_secured_selected(ROTOR_SPDM_V11, opaque, &selected),
			 ROTOR_ERR_FORMAT);
	bytes[4] = 1;
	bytes[0] ^= 1;
	assert_int_equal(rotor_spdm_decode_secured_selected(ROTOR_SPDM_V11, opaque, &selected),
			 ROTOR_ERR_FORMAT);
}

/* ---- algorithms ---- */

static void algorithms_have_sizes_names_and_enums(void **state)
{
	(void)state;
	static const struct {
		enum rotor_spdm_family family;
		uint32_t bit;
		size_t size;
		unsigned alg;
		const char *name;
	} rows[] = {
	    {ROTOR_SPDM_FAMILY_ASYM, 0x001, 256, ROTOR_SIG_RSA2048_PKCS1, "RSASSA_2048"},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x040, 512, ROTOR_SIG_RSA4096_PSS, "RSAPSS_4096"},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x080, 96, ROTOR_SIG_ECDSA_P384, "ECDSA_P384"},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x100, 132, ROTOR_SIG_ECDSA_P521, "ECDSA_P521"},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x200, 64, 0, "SM2_P256"},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x800, 114, ROTOR_SIG_ED448, "Ed448"},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x1000, 0, 0, "unknown"},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x180, 0, 0, "unknown"},
	    {ROTOR_SPDM_FAMILY_HASH, 0x02, 48, ROTOR_HASH_SHA384, "SHA-384"},
	    {ROTOR_SPDM_FAMILY_HASH, 0x10, 48, ROTOR_HASH_SHA3_384, "SHA3-384"},
	    {ROTOR_SPDM_FAMILY_MEAS_HASH, 0x01, 0, 0, "raw bit stream"},
	    {ROTOR_SPDM_FAMILY_MEAS_HASH, 0x04, 48, ROTOR_HASH_SHA384, "SHA-384"},
	    {ROTOR_SPDM_FAMILY_DHE, 0x01, 256, ROTOR_KEX_FFDHE2048, "ffdhe2048"},
	    {ROTOR_SPDM_FAMILY_DHE, 0x10, 96, ROTOR_KEX_SECP384R1, "secp384r1"},
	    {ROTOR_SPDM_FAMILY_AEAD, 0x02, 32, ROTOR_AEAD_AES256_GCM, "AES-256-GCM"},
	    {ROTOR_SPDM_FAMILY_KEY_SCHEDULE, 0x01, 0, 0, "SPDM key schedule"},
	    {ROTOR_SPDM_FAMILY_MEAS_SPEC, 0x01, 0, 0, "DMTF"},
	    {ROTOR_SPDM_FAMILY_OTHER_PARAMS, 0x10, 0, 0, "MultiKeyConn"},
	    {ROTOR_SPDM_FAMILY_OTHER_PARAMS, 0x04, 0, 0, "unknown"},
	    {ROTOR_SPDM_FAMILY_COUNT, 0x01, 0, 0, "unknown"},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		assert_int_equal(rotor_spdm_algorithm_size(rows[i].family, rows[i].bit),
				 rows[i].size);
		assert_int_equal(rotor_spdm_algorithm_alg(rows[i].family, rows[i].bit),
				 rows[i].alg);
		assert_string_equal(rotor_spdm_algorithm_name(rows[i].family, rows[i].bit),
				    rows[i].name);
		if (rows[i].alg) {
			assert_int_equal(rotor_spdm_algorithm_bit(rows[i].family, rows[i].alg),
					 rows[i].bit);
		}
	}
	/* Sizes in SPDM's tables are those of the crypto interface. */
	for (unsigned alg = ROTOR_SIG_ECDSA_P256; alg <= ROTOR_SIG_ED448; alg++) {
		uint32_t bit = rotor_spdm_algorithm_bit(ROTOR_SPDM_FAMILY_ASYM, alg);
		assert_int_equal(rotor_spdm_algorithm_size(ROTOR_SPDM_FAMILY_ASYM, bit),
				 rotor_sig_size((enum rotor_sig_alg)alg));
	}
	assert_int_equal(rotor_spdm_algorithm_bit(ROTOR_SPDM_FAMILY_ASYM, 0), 0);
	assert_int_equal(rotor_spdm_algorithm_bit(ROTOR_SPDM_FAMILY_ASYM, 77), 0);
}

static void the_preferred_algorithm_is_chosen(void **state)
{
	(void)state;
	static const uint8_t p256_first[] = {ROTOR_SIG_ECDSA_P256, ROTOR_SIG_RSA2048_PKCS1,
					     ROTOR_SIG_ECDSA_P384, 0};
	static const uint8_t only_sha3[] = {ROTOR_HASH_SHA3_512, ROTOR_HASH_SHA3_256, 0};
	static const uint8_t nothing[] = {0};
	const uint32_t all = UINT32_MAX;
	const uint32_t sigs = ROTOR_BIT(ROTOR_SIG_ECDSA_P256) | ROTOR_BIT(ROTOR_SIG_ECDSA_P384);
	const struct {
		enum rotor_spdm_family family;
		uint32_t offered, mask;
		const uint8_t *order;
		uint32_t chosen;
	} rows[] = {
	    {ROTOR_SPDM_FAMILY_ASYM, 0xfff, sigs, NULL, 0x080},
	    {ROTOR_SPDM_FAMILY_ASYM, 0xfff, sigs, p256_first, 0x010},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x090, ROTOR_BIT(ROTOR_SIG_ECDSA_P256), NULL, 0x010},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x00f, sigs, NULL, 0},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x00f, all, NULL, 0x008},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x005, all, NULL, 0x004},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x081, all, p256_first, 0x001},
	    {ROTOR_SPDM_FAMILY_ASYM, 0xd00, all, p256_first, 0},
	    {ROTOR_SPDM_FAMILY_ASYM, 0xfff, all, nothing, 0},
	    {ROTOR_SPDM_FAMILY_ASYM, 0x200, all, NULL, 0}, /* SM2 */
	    {ROTOR_SPDM_FAMILY_HASH, 0x3f, all, NULL, 0x02},
	    {ROTOR_SPDM_FAMILY_HASH, 0x05, all, NULL, 0x04},
	    {ROTOR_SPDM_FAMILY_HASH, 0x3f, all, only_sha3, 0x20},
	    {ROTOR_SPDM_FAMILY_HASH, 0x0f, all, only_sha3, 0x08},
	    {ROTOR_SPDM_FAMILY_DHE, 0x0f, all, NULL, 0x08},
	    {ROTOR_SPDM_FAMILY_DHE, 0x07, all, NULL, 0x04},
	    {ROTOR_SPDM_FAMILY_AEAD, 0x0f, all, NULL, 0x02},
	    {ROTOR_SPDM_FAMILY_AEAD, 0x05, all, NULL, 0x04},
	    {ROTOR_SPDM_FAMILY_KEY_SCHEDULE, 1, all, NULL, 0},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		assert_int_equal(rotor_spdm_algorithm_choose(rows[i].family, rows[i].offered,
							     rows[i].mask, rows[i].order),
				 rows[i].chosen);
	}
	const enum rotor_spdm_family asym = ROTOR_SPDM_FAMILY_ASYM;
	assert_int_equal(rotor_spdm_algorithm_bits(asym, ROTOR_BIT(ROTOR_SIG_ECDSA_P384)),
			 ROTOR_SPDM_ASYM_ECDSA_P384);
	assert_int_equal(rotor_spdm_algorithm_bits(asym, 1), 0);
	assert_int_equal(rotor_spdm_algorithm_bits(asym, all), 0xdff);
}

static void a_selection_has_one_bit_a_field(void **state)
{
	(void)state;
	struct rotor_spdm_negotiation m = {.code = ROTOR_SPDM_ALGORITHMS,
					   .measurement_spec = 1,
					   .other_params = ROTOR_SPDM_OPAQUE_FMT1 | 0x10,
					   .measurement_hash = 4,
					   .base_asym = ROTOR_SPDM_ASYM_ECDSA_P384,
					   .base_hash = ROTOR_SPDM_HASH_SHA384};
	rotor_spdm_table_add(&m, ROTOR_SPDM_ALG_DHE, ROTOR_SPDM_DHE_SECP384R1);
	rotor_spdm_table_add(&m, ROTOR_SPDM_ALG_AEAD, ROTOR_SPDM_AEAD_AES256_GCM);
	rotor_spdm_table_add(&m, ROTOR_SPDM_ALG_REQ_ASYM, ROTOR_SPDM_ASYM_ECDSA_P256);
	struct rotor_spdm_algorithms a;
	struct rotor_spdm_sizes s;
	assert_int_equal(rotor_spdm_algorithms_from(&m, &a), ROTOR_OK);
	rotor_spdm_sizes_from(&a, &s);
	assert_int_equal(s.hash, 48);
	assert_int_equal(s.sig, 96);
	assert_int_equal(s.req_sig, 64);
	assert_int_equal(s.exchange, 96);
	s = rotor_spdm_sizes_encapsulated(&s);
	assert_int_equal(s.sig, 64);
	assert_int_equal(s.req_sig, 96);
	assert_int_equal(rotor_spdm_hash_alg(&a), ROTOR_HASH_SHA384);
	assert_int_equal(rotor_spdm_measurement_hash_alg(&a), ROTOR_HASH_SHA384);
	assert_int_equal(rotor_spdm_sig_alg(&a), ROTOR_SIG_ECDSA_P384);
	assert_int_equal(rotor_spdm_req_sig_alg(&a), ROTOR_SIG_ECDSA_P256);
	assert_int_equal(rotor_spdm_kex_alg(&a), ROTOR_KEX_SECP384R1);
	assert_int_equal(rotor_spdm_aead_alg(&a), ROTOR_AEAD_AES256_GCM);

	struct rotor_spdm_negotiation bad = m;
	bad.base_asym |= ROTOR_SPDM_ASYM_ECDSA_P256;
	assert_int_equal(rotor_spdm_algorithms_from(&bad, &a), ROTOR_ERR_FORMAT);
	bad = m;
	bad.tables[1].algorithms = 3;
	assert_int_equal(rotor_spdm_algorithms_from(&bad, &a), ROTOR_ERR_FORMAT);
	bad = m;
	bad.other_params = ROTOR_SPDM_OPAQUE_FMT0 | ROTOR_SPDM_OPAQUE_FMT1;
	assert_int_equal(rotor_spdm_algorithms_from(&bad, &a), ROTOR_ERR_FORMAT);
	bad = m;
	bad.ext_hash = (struct rotor_bytes){(const uint8_t *)"\0\0\0\0", 4};
	assert_int_equal(rotor_spdm_algorithms_from(&bad, &a), ROTOR_ERR_FORMAT);
	bad = m;
	bad.tables[0].ext = bad.ext_asym = (struct rotor_bytes){(const uint8_t *)"\0\0\0\0", 4};
	assert_int_equal(rotor_spdm_algorithms_from(&bad, &a), ROTOR_ERR_FORMAT);
}

static void values_have_names(void **state)
{
	(void)state;
	assert_string_equal(rotor_spdm_error_name(ROTOR_SPDM_ERROR_DECRYPT_ERROR), "DecryptError");
	assert_string_equal(rotor_spdm_error_name(0x02), "reserved");
	assert_string_equal(rotor_spdm_measurement_type_name(1), "mutable firmware");
	assert_string_equal(rotor_spdm_measurement_type_name(99), "reserved");
	assert_string_equal(rotor_spdm_capability_name(ROTOR_SPDM_CAP_MUT_AUTH), "MUT_AUTH_CAP");
	assert_string_equal(rotor_spdm_capability_name(ROTOR_SPDM_CAP_SET_KEY_PAIR_INFO),
			    "SET_KEY_PAIR_INFO_CAP");
	assert_string_equal(rotor_spdm_capability_name(0x80000000), "LARGE_RESP_CAP");
	assert_null(rotor_spdm_capability_name(0));
	assert_null(rotor_spdm_capability_name(3));
	assert_string_equal(rotor_spdm_version_name(0x12), "1.2");
	assert_string_equal(rotor_spdm_version_name(0x1a), "?");
	assert_string_equal(rotor_spdm_version_name(0x22), "?");
}

static void what_contradicts_itself_is_not_written(void **state)
{
	(void)state;
	static uint8_t big[70000];
	static uint8_t buf[80000];
	size_t len;
	struct rotor_spdm_any any = {.header = {ROTOR_SPDM_V13, ROTOR_SPDM_CHALLENGE, 0, 0},
				     .u.challenge = {.version = ROTOR_SPDM_V13, .nonce = big}};
	struct rotor_writer w = rotor_writer(buf, sizeof(buf));
	assert_int_equal(rotor_spdm_encode_any(&w, &any), ROTOR_OK); /* no context */
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);

	struct rotor_spdm_key_exchange k = {
	    .version = ROTOR_SPDM_V12, .random = big, .opaque = {big, 1025}};
	w = rotor_writer(buf, sizeof(buf));
	rotor_spdm_encode_key_exchange(&w, &k);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);

	struct rotor_spdm_certificate c = {.version = ROTOR_SPDM_V12, .portion = {big, 65536}};
	w = rotor_writer(buf, sizeof(buf));
	rotor_spdm_encode_certificate(&w, &c);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);

	struct rotor_spdm_version v = {.version = 0x10, .count = 2, .entries = {big, 2}};
	w = rotor_writer(buf, sizeof(buf));
	rotor_spdm_encode_version(&w, &v);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);

	struct rotor_spdm_block b = {.index = 1, .value = {big, 65533}};
	w = rotor_writer(buf, sizeof(buf));
	rotor_spdm_encode_block(&w, &b);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);

	any.header.code = 0x20;
	w = rotor_writer(buf, sizeof(buf));
	assert_int_equal(rotor_spdm_encode_any(&w, &any), ROTOR_ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_message_comes_back_the_same),
	    cmocka_unit_test(every_code_has_a_sample),
	    cmocka_unit_test(a_message_cut_short_is_refused),
	    cmocka_unit_test(bytes_after_the_end_are_refused),
	    cmocka_unit_test(versions_that_are_not_known_are_refused),
	    cmocka_unit_test(a_message_older_than_its_version_is_refused),
	    cmocka_unit_test(another_code_is_an_argument_error),
	    cmocka_unit_test(a_length_out_of_bounds_is_refused),
	    cmocka_unit_test(an_overlong_negotiation_is_refused),
	    cmocka_unit_test(what_a_version_does_not_have_is_ignored),
	    cmocka_unit_test(the_supported_algorithms_block_is_read),
	    cmocka_unit_test(digests_are_found_by_slot),
	    cmocka_unit_test(a_clear_handshake_moves_the_verify_data),
	    cmocka_unit_test(what_a_version_cannot_carry_is_not_written),
	    cmocka_unit_test(a_measurement_extension_log_is_walked),
	    cmocka_unit_test(events_and_their_groups_are_walked),
	    cmocka_unit_test(a_certificate_chain_is_what_its_length_says),
	    cmocka_unit_test(measurement_records_are_checked),
	    cmocka_unit_test(secured_versions_are_written_and_read),
	    cmocka_unit_test(opaque_data_is_walked_to_its_end),
	    cmocka_unit_test(algorithms_have_sizes_names_and_enums),
	    cmocka_unit_test(the_preferred_algorithm_is_chosen),
	    cmocka_unit_test(a_selection_has_one_bit_a_field),
	    cmocka_unit_test(values_have_names),
	    cmocka_unit_test(what_contradicts_itself_is_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
