/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP over a serial line: frames in a stream that is cut anywhere, and one that is damaged anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/mctp_serial.h"
#include "support/mctp_node.h"

/* Get Endpoint ID and its answer, as seen on a line between Linux and libmctp. */
static const uint8_t ask[] = {0x7e, 0x01, 0x07, 0x01, 0x09, 0x08, 0xc8,
			      0x00, 0x80, 0x02, 0x0e, 0xb2, 0x7e};
static const uint8_t answer[] = {0x7e, 0x01, 0x0b, 0x01, 0x08, 0x09, 0xc0, 0x00, 0x00,
				 0x02, 0x00, 0x09, 0x00, 0x00, 0x92, 0xb1, 0x7e};

/* ---- an encoder that shares nothing with the library's ---- */

/* CRC bit by bit: x^16 + x^12 + x^5 + 1, bits of a byte from the lowest. */
static uint16_t fcs_of(const uint8_t *data, size_t len)
{
	uint16_t remainder = 0xffff;

	for (size_t bit = 0; bit < len * 8; bit++) {
		unsigned in = data[bit / 8] >> bit % 8 & 1U;
		unsigned out = remainder & 1U;

		remainder = (uint16_t)(remainder >> 1 ^ (in != out ? 0x8408U : 0));
	}
	return remainder;
}

static size_t encode(const uint8_t *packet, size_t len, uint8_t *out)
{
	uint8_t body[2 + 255] = {0x01, (uint8_t)len};
	size_t n = 0;
	uint16_t fcs;

	memcpy(body + 2, packet, len);
	fcs = fcs_of(body, 2 + len);
	out[n++] = 0x7e;
	out[n++] = 0x01;
	out[n++] = (uint8_t)len;
	for (size_t i = 0; i < len; i++) {
		if (packet[i] == 0x7e || packet[i] == 0x7d) {
			out[n++] = 0x7d;
			out[n++] = packet[i] == 0x7e ? 0x5e : 0x5d;
		} else {
			out[n++] = packet[i];
		}
	}
	out[n++] = (uint8_t)(fcs >> 8);
	out[n++] = (uint8_t)fcs;
	out[n++] = 0x7e;
	return n;
}

/* ---- a line's end that hears ---- */

static struct mctp_node node;
static struct rotor_serial line;

static int start(void **state)
{
	(void)state;
	node_start(&node, 9, ROTOR_SERIAL_PHYS, 0);
	assert_int_equal(rotor_serial_init(&line, &node.m), ROTOR_OK);
	return 0;
}

static void restart(void)
{
	(void)start(NULL);
}

static unsigned drops(void)
{
	unsigned sum = 0;

	for (size_t i = 0; i < ROTOR_SERIAL_DROP_COUNT; i++)
		sum += line.counters.dropped[i];
	return sum;
}

/* Hands bytes in from memory of their own size, so that the sanitizer sees who reads beyond them. */
static void hear(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	rotor_serial_receive(&line, copy, len, 0);
	free(copy);
}

/* A packet of one message to the node, n bytes in all: header, type 5, then these bytes. */
static size_t make_packet(uint8_t *packet, size_t n, uint8_t fill)
{
	static const uint8_t head[] = {0x01, 0x09, 0x08, 0xc8, 0x05};

	memset(packet, fill, n);
	memcpy(packet, head, sizeof(head));
	return n;
}

static void frames_seen_on_the_wire_are_read(void **state)
{
	(void)state;
	hear(ask, sizeof(ask));
	assert_int_equal(node.messages, 1);
	assert_int_equal(node.info.peer, 8);
	assert_int_equal(node.info.phys, ROTOR_SERIAL_PHYS);
	assert_int_equal(node.info.type, 0);
	assert_int_equal(node.len, 2);
	assert_int_equal(line.counters.rx_frames, 1);
	hear(answer, sizeof(answer)); /* for EID 8: a good frame, and the endpoint's to drop */
	assert_int_equal(line.counters.rx_frames, 2);
	assert_int_equal(node.m.counters.dropped[ROTOR_MCTP_DROP_DESTINATION], 1);
	assert_int_equal(drops(), 0);
	assert_int_equal(line.counters.rx_noise, 0);
}

static void frames_seen_on_the_wire_are_written(void **state)
{
	static const uint8_t body[] = {0x80, 0x02},
			     answered[] = {0x00, 0x02, 0x00, 0x09, 0x00, 0x00};
	struct rotor_mctp_message m = {.type = 0, .body = {body, sizeof(body)}};
	struct rotor_mctp_message_info info = {.peer = 9, .own = 8, .tag = 0, .tag_owner = true};
	uint8_t out[ROTOR_SERIAL_FRAME_MAX];

	(void)state;
	assert_int_equal(rotor_mctp_set_eid(&node.m, 8), ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&node.m, 9, ROTOR_SERIAL_PHYS, &m, NULL, NULL), ROTOR_OK);
	assert_true(rotor_serial_sending(&line));
	assert_int_equal(rotor_serial_send(&line, out, sizeof(out), 0), sizeof(ask));
	assert_memory_equal(out, ask, sizeof(ask));
	assert_false(rotor_serial_sending(&line));
	m.body = (struct rotor_bytes){answered, sizeof(answered)};
	info.peer = 8;
	info.own = 9;
	assert_int_equal(rotor_mctp_respond(&node.m, &info, &m, NULL, NULL), ROTOR_OK);
	assert_int_equal(rotor_serial_send(&line, out, sizeof(out), 0), sizeof(answer));
	assert_memory_equal(out, answer, sizeof(answer));
	assert_int_equal(line.counters.tx_frames, 2);
}

static void the_fcs_is_that_of_the_frames_seen(void **state)
{
	(void)state;
	assert_int_equal(fcs_of(ask + 1, sizeof(ask) - 4), 0x0eb2);
	assert_int_equal(fcs_of(answer + 1, sizeof(answer) - 4), 0x92b1);
}

/* ---- in pieces ---- */

/* Two frames with escapes, the flags between them shared or not, cut at every two places. */
static void a_stream_may_be_cut_anywhere(void **state)
{
	uint8_t packet[40], bytes[200];
	size_t len = 0;

	(void)state;
	make_packet(packet, sizeof(packet), 0x7e);
	packet[20] = 0x7d;
	len += encode(packet, 30, bytes);
	for (size_t shared = 0; shared < 2; shared++) {
		size_t end = len - shared;

		end += encode(packet, sizeof(packet), bytes + end);
		for (size_t a = 0; a <= end; a++) {
			for (size_t b = a; b <= end; b++) {
				restart();
				hear(bytes, a);
				hear(bytes + a, b - a);
				hear(bytes + b, end - b);
				assert_int_equal(line.counters.rx_frames, 2);
				assert_int_equal(node.messages, 2);
				assert_int_equal(node.len, sizeof(packet) - 5);
				assert_memory_equal(node.body, packet + 5, sizeof(packet) - 5);
				assert_int_equal(drops() + line.counters.rx_noise, 0);
			}
		}
	}
}

static void every_packet_length_fits_or_is_refused(void **state)
{
	uint8_t packet[255], bytes[520];

	(void)state;
	for (size_t n = 0; n <= sizeof(packet); n++) {
		bool fits = n >= ROTOR_MCTP_HEADER_SIZE && n <= ROTOR_SERIAL_PACKET_MAX;

		restart();
		memset(packet, 0x11, sizeof(packet));
		hear(bytes, encode(packet, n, bytes));
		assert_int_equal(line.counters.rx_frames, fits);
		assert_int_equal(line.counters.dropped[ROTOR_SERIAL_DROP_LENGTH], !fits);
		/* What follows a refused count may look like more frames. */
		assert_true(fits ? drops() == 0 : drops() != 0);
		hear(ask, sizeof(ask));
		assert_int_equal(line.counters.rx_frames, fits + 1);
	}
}

/* Every byte of a packet in turn, and all of them, are of those that are escaped. */
static void escapes_may_stand_anywhere(void **state)
{
	static const uint8_t special[] = {0x7e, 0x7d, 0x5e, 0x5d, 0x20};
	uint8_t packet[ROTOR_SERIAL_PACKET_MAX], bytes[ROTOR_SERIAL_FRAME_MAX];

	(void)state;
	for (size_t at = 5; at <= sizeof(packet); at++) {
		for (size_t k = 0; k < ROTOR_COUNT_OF(special); k++) {
			bool all = at == sizeof(packet);

			restart();
			make_packet(packet, sizeof(packet), all ? special[k] : 0x33);
			if (!all)
				packet[at] = special[k];
			hear(bytes, encode(packet, sizeof(packet), bytes));
			assert_int_equal(node.messages, 1);
			assert_int_equal(node.len, sizeof(packet) - 5);
			assert_memory_equal(node.body, packet + 5, sizeof(packet) - 5);
		}
	}
}

/* What is escaped beyond need is understood: some senders protect XON and XOFF so. */
static void needless_escapes_are_understood(void **state)
{
	uint8_t bytes[sizeof(ask) + 1];

	(void)state;
	memcpy(bytes, ask, 8);
	bytes[8] = 0x7d;
	bytes[9] = ask[8] ^ 0x20;
	memcpy(bytes + 10, ask + 9, sizeof(ask) - 9);
	hear(bytes, sizeof(bytes));
	assert_int_equal(node.messages, 1);
	assert_int_equal(node.body[0], 0x80);
}

/* The check value itself is never escaped, whatever its bytes are. */
static void the_fcs_is_not_escaped(void **state)
{
	static const uint16_t wanted[] = {0x7e7e, 0x7d7d, 0x7e7d, 0x7d7e, 0x7e01, 0x017e, 0x7d5e};
	uint8_t packet[8], body[2 + sizeof(packet)] = {0x01, sizeof(packet)};
	uint8_t bytes[40], out[ROTOR_SERIAL_FRAME_MAX];

	(void)state;
	for (size_t k = 0; k < ROTOR_COUNT_OF(wanted); k++) {
		struct rotor_mctp_message m = {.type = 5, .body = {packet + 5, 3}};
		bool found = false;
		size_t len;

		make_packet(packet, sizeof(packet), 0);
		for (uint32_t v = 0; v < 1U << 24 && !found; v++) {
			packet[5] = (uint8_t)v;
			packet[6] = (uint8_t)(v >> 8);
			packet[7] = (uint8_t)(v >> 16);
			memcpy(body + 2, packet, sizeof(packet));
			found = rotor_crc16(0xffff, body, sizeof(body)) == wanted[k];
		}
		assert_true(found);
		restart();
		len = encode(packet, sizeof(packet), bytes);
		assert_int_equal(bytes[len - 3], wanted[k] >> 8);
		hear(bytes, len);
		hear(bytes, len);
		assert_int_equal(node.messages, 2);
		assert_int_equal(drops() + line.counters.rx_noise, 0);
		assert_int_equal(rotor_mctp_set_eid(&node.m, 8), ROTOR_OK);
		assert_int_equal(rotor_mctp_send(&node.m, 9, 0, &m, NULL, NULL), ROTOR_OK);
		assert_int_equal(rotor_serial_send(&line, out, sizeof(out), 0), len);
		assert_memory_equal(out, bytes, len);
	}
}

/* ---- damage ---- */

/* What is sent in the tests of damage: one that is damaged, and one that is not. */
static uint8_t first[24], second[16];
static uint8_t stream[100];
static size_t first_len, stream_len;

static void make_stream(void)
{
	make_packet(first, sizeof(first), 0x55);
	first[7] = 0x7e;
	first[8] = 0x7d;
	first[9] = 0x01; /* after a flag out of damage this looks like the beginning of a frame */
	first[10] = 0x08;
	first[23] = 0x7e;
	make_packet(second, sizeof(second), 0xa7);
	first_len = encode(first, sizeof(first), stream);
	stream_len = first_len + encode(second, sizeof(second), stream + first_len);
}

/* The second frame arrives; the first not at all, or whole; nothing else does. */
static void only_what_was_sent_arrives(const uint8_t *bytes, size_t len, size_t at)
{
	restart();
	hear(bytes, len);
	if (node.messages == 0 || node.messages > 2 || node.messages != line.counters.rx_frames ||
	    node.len != sizeof(second) - 5 || memcmp(node.body, second + 5, node.len) != 0)
		fail_msg("damage at %zu", at);
	/* A flag or two without anything are no fault. */
	if (node.messages == 1 && len > stream_len - first_len + 2 &&
	    drops() + line.counters.rx_noise == 0)
		fail_msg("damage at %zu is not counted", at);
}

static void every_damaged_byte_costs_one_frame(void **state)
{
	uint8_t bytes[sizeof(stream)];

	(void)state;
	make_stream();
	for (size_t at = 0; at < first_len; at++) {
		for (unsigned value = 0; value < 256; value++) {
			if (value == stream[at])
				continue;
			memcpy(bytes, stream, stream_len);
			bytes[at] = (uint8_t)value;
			only_what_was_sent_arrives(bytes, stream_len, at);
			assert_int_equal(node.messages, 1);
		}
	}
}

static void lost_bytes_cost_one_frame(void **state)
{
	uint8_t bytes[sizeof(stream)];

	(void)state;
	make_stream();
	for (size_t n = 1; n < first_len; n++) {
		for (size_t at = 0; at + n <= first_len; at++) {
			memcpy(bytes, stream, at);
			memcpy(bytes + at, stream + at + n, stream_len - at - n);
			only_what_was_sent_arrives(bytes, stream_len - n, at);
		}
	}
}

static void repeated_and_inserted_bytes_cost_one_frame(void **state)
{
	uint8_t bytes[sizeof(stream) + 1];

	(void)state;
	make_stream();
	for (size_t at = 0; at <= first_len; at++) {
		for (unsigned value = 0; value < 256; value++) {
			memcpy(bytes, stream, at);
			bytes[at] = (uint8_t)value;
			memcpy(bytes + at + 1, stream + at, stream_len - at);
			only_what_was_sent_arrives(bytes, stream_len + 1, at);
		}
	}
}

static void two_damaged_bytes_cost_one_frame(void **state)
{
	uint8_t bytes[sizeof(stream)];

	(void)state;
	make_stream();
	for (size_t a = 0; a < first_len; a++) {
		for (size_t b = a + 1; b < first_len; b++) {
			for (unsigned bit = 0; bit < 64; bit++) {
				memcpy(bytes, stream, stream_len);
				bytes[a] ^= (uint8_t)(1U << bit % 8);
				bytes[b] ^= (uint8_t)(1U << bit / 8);
				only_what_was_sent_arrives(bytes, stream_len, a);
			}
		}
	}
}

/* How each fault is counted. */
static const struct {
	const char *what;
	uint8_t bytes[24];
	size_t len;
	enum rotor_serial_drop reason;
} faults[] = {
    {"revision 0", {0x7e, 0x00}, 2, ROTOR_SERIAL_DROP_REVISION},
    {"revision 2", {0x7e, 0x02}, 2, ROTOR_SERIAL_DROP_REVISION},
    {"an escaped revision", {0x7e, 0x7d}, 2, ROTOR_SERIAL_DROP_REVISION},
    {"no bytes", {0x7e, 0x01, 0x00}, 3, ROTOR_SERIAL_DROP_LENGTH},
    {"less than a header", {0x7e, 0x01, 0x03}, 3, ROTOR_SERIAL_DROP_LENGTH},
    {"more than a packet", {0x7e, 0x01, 0x45}, 3, ROTOR_SERIAL_DROP_LENGTH},
    {"more than more", {0x7e, 0x01, 0xff}, 3, ROTOR_SERIAL_DROP_LENGTH},
    {"a flag for a count", {0x7e, 0x01, 0x7e}, 3, ROTOR_SERIAL_DROP_LENGTH},
    {"escape and flag", {0x7e, 0x01, 0x05, 0x01, 0x7d, 0x7e}, 6, ROTOR_SERIAL_DROP_ESCAPE},
    {"escape and escape", {0x7e, 0x01, 0x05, 0x01, 0x7d, 0x7d}, 6, ROTOR_SERIAL_DROP_ESCAPE},
    {"a flag in the middle", {0x7e, 0x01, 0x05, 0x01, 0x7e}, 5, ROTOR_SERIAL_DROP_CUT},
    {"a wrong FCS",
     {0x7e, 0x01, 0x07, 0x01, 0x09, 0x08, 0xc8, 0x00, 0x80, 0x02, 0x0e, 0xb3, 0x7e},
     13,
     ROTOR_SERIAL_DROP_FCS},
    {"the FCS of RFC 1662",
     {0x7e, 0x01, 0x07, 0x01, 0x09, 0x08, 0xc8, 0x00, 0x80, 0x02, 0xf1, 0x4d, 0x7e},
     13,
     ROTOR_SERIAL_DROP_FCS},
    {"the FCS low byte first",
     {0x7e, 0x01, 0x07, 0x01, 0x09, 0x08, 0xc8, 0x00, 0x80, 0x02, 0xb2, 0x0e, 0x7e},
     13,
     ROTOR_SERIAL_DROP_FCS},
    {"no last flag",
     {0x7e, 0x01, 0x07, 0x01, 0x09, 0x08, 0xc8, 0x00, 0x80, 0x02, 0x0e, 0xb2, 0x00},
     13,
     ROTOR_SERIAL_DROP_END},
};

static void each_fault_is_counted_as_what_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(faults); i++) {
		restart();
		hear(faults[i].bytes, faults[i].len);
		if (line.counters.dropped[faults[i].reason] != 1 || drops() != 1 ||
		    node.messages != 0)
			fail_msg("%s", faults[i].what);
		hear(ask, sizeof(ask));
		if (node.messages != 1)
			fail_msg("after %s", faults[i].what);
	}
	for (int reason = 0; reason < ROTOR_SERIAL_DROP_COUNT; reason++) {
		assert_string_not_equal(rotor_serial_drop_string((enum rotor_serial_drop)reason),
					"unknown reason");
	}
	assert_string_equal(rotor_serial_drop_string(ROTOR_SERIAL_DROP_COUNT), "unknown reason");
}

static void a_frame_inside_a_frame_is_the_one_that_counts(void **state)
{
	(void)state;
	for (size_t at = 1; at < sizeof(ask); at++) {
		restart();
		hear(ask, at);
		hear(ask, sizeof(ask));
		/* A lone flag is no frame; and a frame that lacks only its last flag ends with the other's first. */
		bool whole = at == sizeof(ask) - 1;
		assert_int_equal(node.messages, whole ? 2 : 1);
		assert_int_equal(drops(), at == 1 || whole ? 0 : 1);
	}
}

static void what_is_no_frame_is_passed_over(void **state)
{
	static const uint8_t noise[] = {0x00, 0x01, 0x7d, 0x5e, 0xff, 0x55};

	(void)state;
	hear(noise, sizeof(noise));
	assert_int_equal(line.counters.rx_noise, sizeof(noise));
	hear(ask, sizeof(ask));
	hear(noise, sizeof(noise));
	hear(ask, sizeof(ask));
	assert_int_equal(node.messages, 2);
	assert_int_equal(line.counters.rx_frames, 2);
}

/* Whatever is sent without end, a frame that follows is received. */
static void a_stream_without_end_fills_nothing(void **state)
{
	static const uint8_t patterns[][4] = {
	    {0x7e, 0x7e, 0x7e, 0x7e}, {0x7d, 0x7d, 0x7d, 0x7d}, {0x7e, 0x01, 0x44, 0x7d},
	    {0x01, 0x44, 0x01, 0x44}, {0x7e, 0x01, 0x44, 0x00}, {0x00, 0x00, 0x00, 0x00},
	    {0x7d, 0x5e, 0x7d, 0x5d}, {0xff, 0xff, 0xff, 0xff}, {0x01, 0x01, 0x01, 0x01},
	};

	(void)state;
	for (size_t k = 0; k < ROTOR_COUNT_OF(patterns); k++) {
		for (size_t begun = 0; begun < 4; begun++) {
			restart();
			hear(ask, begun);
			for (unsigned i = 0; i < 500; i++)
				hear(patterns[k], 4);
			assert_int_equal(node.messages, 0);
			/* The first may only end what has begun. */
			hear(ask, sizeof(ask));
			hear(ask, sizeof(ask));
			assert_in_range(node.messages, 1, 2);
		}
	}
}

static void a_receiver_that_ran_over_gives_its_frame_up(void **state)
{
	(void)state;
	rotor_serial_lost(&line);
	assert_int_equal(drops(), 0);
	hear(ask, 6);
	rotor_serial_lost(&line);
	assert_int_equal(line.counters.dropped[ROTOR_SERIAL_DROP_LOST], 1);
	hear(ask + 8, sizeof(ask) - 8);
	hear(ask, sizeof(ask));
	assert_int_equal(node.messages, 1);
	assert_int_equal(drops(), 1);
}

/* ---- out ---- */

static struct mctp_result result;

/* All that the line has to send, in pieces of cap bytes. */
static size_t drain(uint8_t *bytes, size_t size, size_t cap)
{
	size_t len = 0, n;

	while ((n = rotor_serial_send(&line, bytes + len, cap < size - len ? cap : size - len,
				      0)) != 0)
		len += n;
	assert_false(rotor_serial_sending(&line));
	return len;
}

static void it_is_sent_alike_in_pieces_of_any_size(void **state)
{
	static uint8_t body[500], whole[2000], pieces[2000];
	struct rotor_mctp_message m = {.type = 5, .body = {body, sizeof(body)}};
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i % 7 == 0 ? 0x7d + i % 2 : i);
	for (size_t cap = 1; cap <= 2 * ROTOR_SERIAL_FRAME_MAX; cap++) {
		restart();
		assert_int_equal(rotor_mctp_send(&node.m, 20, 0, &m, NULL, NULL), ROTOR_OK);
		if (cap == 1) {
			len = drain(whole, sizeof(whole), cap);
			continue;
		}
		assert_int_equal(drain(pieces, sizeof(pieces), cap), len);
		assert_memory_equal(pieces, whole, len);
	}
	assert_int_equal(line.counters.tx_frames, 8);
}

static void a_frame_is_never_longer_than_said(void **state)
{
	uint8_t body[63], out[2 * ROTOR_SERIAL_FRAME_MAX];
	struct rotor_mctp_message m = {.type = 0x7e, .body = {body, sizeof(body)}};

	(void)state;
	memset(body, 0x7e, sizeof(body));
	assert_int_equal(rotor_mctp_set_eid(&node.m, 0x7e), ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&node.m, 0x7d, 0, &m, NULL, NULL), ROTOR_OK);
	/* All but the header's version and flags are escaped. */
	assert_int_equal(rotor_serial_send(&line, out, sizeof(out), 0), ROTOR_SERIAL_FRAME_MAX - 2);
}

static void a_packet_is_sent_when_its_last_byte_is(void **state)
{
	static const uint8_t body[3] = {1, 2, 3};
	struct rotor_mctp_message m = {.type = 5, .body = {body, sizeof(body)}};
	uint8_t c;

	(void)state;
	memset(&result, 0, sizeof(result));
	assert_int_equal(rotor_mctp_send(&node.m, 20, 0, &m, result_sent, &result), ROTOR_OK);
	for (size_t i = 0; i < 8 + 5; i++) {
		assert_int_equal(rotor_serial_send(&line, &c, 1, 0), 1);
		assert_int_equal(result.calls, 0);
		assert_true(rotor_serial_sending(&line));
	}
	assert_int_equal(rotor_serial_send(&line, &c, 1, 0), 1);
	assert_int_equal(c, ROTOR_SERIAL_FLAG);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_OK);
	assert_false(rotor_serial_sending(&line));
	assert_int_equal(rotor_serial_send(&line, &c, 1, 0), 0);
}

/* A message that is cancelled in the middle of a packet: the frame is finished, so that the line stays in order. */
static void a_cancelled_message_ends_with_its_frame(void **state)
{
	static const uint8_t body[100];
	struct rotor_mctp_message m = {.type = 5, .body = {body, sizeof(body)}};
	uint8_t out[400];
	size_t n;

	(void)state;
	memset(&result, 0, sizeof(result));
	assert_int_equal(rotor_mctp_send(&node.m, 20, 0, &m, result_sent, &result), ROTOR_OK);
	assert_int_equal(rotor_serial_send(&line, out, 10, 0), 10);
	rotor_mctp_cancel(&node.m, &result);
	assert_true(rotor_serial_sending(&line));
	n = 10 + rotor_serial_send(&line, out + 10, sizeof(out) - 10, 0);
	assert_int_equal(n, 74);
	assert_int_equal(out[n - 1], ROTOR_SERIAL_FLAG);
	assert_int_equal(result.calls, 0);
	hear(out, n);
	assert_int_equal(line.counters.rx_frames, 1);
}

static void another_address_is_nobody_s(void **state)
{
	static const uint8_t body[3];
	struct rotor_mctp_message m = {.type = 5, .body = {body, sizeof(body)}};
	uint8_t out[100];

	(void)state;
	memset(&result, 0, sizeof(result));
	assert_int_equal(rotor_mctp_send(&node.m, 20, 0x1d, &m, result_sent, &result), ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&node.m, 20, 0, &m, NULL, NULL), ROTOR_OK);
	assert_int_equal(rotor_serial_send(&line, out, sizeof(out), 0), 14);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_int_equal(line.counters.tx_given_up, 1);
}

static void a_new_line_begins_with_a_whole_frame(void **state)
{
	static uint8_t body[100] = {0x7e};
	struct rotor_mctp_message m = {.type = 5, .body = {body, sizeof(body)}};
	struct rotor_mctp_message short_one = {.type = 5, .body = {body, 3}};
	uint8_t out[200];

	(void)state;
	rotor_serial_reset(&line, 0);
	assert_int_equal(line.counters.tx_given_up, 0);
	memset(&result, 0, sizeof(result));
	assert_int_equal(rotor_mctp_send(&node.m, 20, 0, &m, result_sent, &result), ROTOR_OK);
	assert_int_equal(rotor_mctp_send(&node.m, 20, 0, &short_one, NULL, NULL), ROTOR_OK);
	hear(ask, 5);
	/* In the middle of an escape. */
	assert_int_equal(rotor_serial_send(&line, out, 9, 0), 9);
	assert_int_equal(out[8], ROTOR_SERIAL_ESCAPE);
	rotor_serial_reset(&line, 7);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_int_equal(line.counters.tx_given_up, 1);
	assert_int_equal(line.counters.dropped[ROTOR_SERIAL_DROP_LOST], 1);
	assert_int_equal(rotor_serial_send(&line, out, sizeof(out), 7), 15);
	assert_int_equal(out[0], ROTOR_SERIAL_FLAG);
	assert_int_equal(out[1], ROTOR_SERIAL_REVISION);
	hear(ask, sizeof(ask));
	assert_int_equal(node.messages, 1);
}

/* ---- both ends ---- */

static void messages_cross_the_line_both_ways(void **state)
{
	static struct mctp_node far;
	static struct rotor_serial far_line;
	static uint8_t body[4000];
	struct rotor_mctp_message m = {.type = 6, .body = {body, sizeof(body)}};
	uint8_t bytes[50];
	size_t n;
	unsigned cap = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 31 + (i >> 8));
	node_start(&far, 20, ROTOR_SERIAL_PHYS, 0);
	assert_int_equal(rotor_serial_init(&far_line, &far.m), ROTOR_OK);
	memset(&result, 0, sizeof(result));
	assert_int_equal(rotor_mctp_request(&node.m, 20, 0, &m, 100, result_response, &result),
			 ROTOR_OK);
	while ((n = rotor_serial_send(&line, bytes, 1 + cap++ % sizeof(bytes), 0)) != 0)
		rotor_serial_receive(&far_line, bytes, n, 0);
	assert_int_equal(far.messages, 1);
	assert_int_equal(far.len, sizeof(body));
	assert_memory_equal(far.body, body, sizeof(body));
	assert_int_equal(rotor_mctp_respond(&far.m, &far.info, &m, NULL, NULL), ROTOR_OK);
	while ((n = rotor_serial_send(&far_line, bytes, 1 + cap++ % sizeof(bytes), 0)) != 0)
		rotor_serial_receive(&line, bytes, n, 0);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.len, sizeof(body));
	assert_memory_equal(result.body, body, sizeof(body));
	assert_int_equal(line.counters.rx_frames, 63);
	assert_int_equal(drops(), 0);
}

/* Somebody who only looks sees each packet once, as it was sent. */
static void a_listener_sees_the_packets(void **state)
{
	struct rotor_bytes packet;
	unsigned seen = 0;

	(void)state;
	make_stream();
	assert_int_equal(rotor_serial_init(&line, NULL), ROTOR_OK);
	for (size_t i = 0; i < stream_len; i++) {
		if (!rotor_serial_listen(&line, stream[i], &packet))
			continue;
		seen++;
		assert_int_equal(i, seen == 1 ? first_len - 1 : stream_len - 1);
		assert_int_equal(packet.len, seen == 1 ? sizeof(first) : sizeof(second));
		assert_memory_equal(packet.data, seen == 1 ? first : second, packet.len);
	}
	assert_int_equal(seen, 2);
	assert_int_equal(line.counters.rx_frames, 2);
}

static void another_transmission_unit_is_refused(void **state)
{
	(void)state;
	node_start(&node, 9, ROTOR_SERIAL_PHYS, 65);
	assert_int_equal(rotor_serial_init(&line, &node.m), ROTOR_ERR_ARGUMENT);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, start)
	const struct CMUnitTest tests[] = {
	    TEST(frames_seen_on_the_wire_are_read),
	    TEST(frames_seen_on_the_wire_are_written),
	    TEST(the_fcs_is_that_of_the_frames_seen),
	    TEST(a_stream_may_be_cut_anywhere),
	    TEST(every_packet_length_fits_or_is_refused),
	    TEST(escapes_may_stand_anywhere),
	    TEST(needless_escapes_are_understood),
	    TEST(the_fcs_is_not_escaped),
	    TEST(every_damaged_byte_costs_one_frame),
	    TEST(lost_bytes_cost_one_frame),
	    TEST(repeated_and_inserted_bytes_cost_one_frame),
	    TEST(two_damaged_bytes_cost_one_frame),
	    TEST(each_fault_is_counted_as_what_it_is),
	    TEST(a_frame_inside_a_frame_is_the_one_that_counts),
	    TEST(what_is_no_frame_is_passed_over),
	    TEST(a_stream_without_end_fills_nothing),
	    TEST(a_receiver_that_ran_over_gives_its_frame_up),
	    TEST(it_is_sent_alike_in_pieces_of_any_size),
	    TEST(a_frame_is_never_longer_than_said),
	    TEST(a_packet_is_sent_when_its_last_byte_is),
	    TEST(a_cancelled_message_ends_with_its_frame),
	    TEST(another_address_is_nobody_s),
	    TEST(a_new_line_begins_with_a_whole_frame),
	    TEST(messages_cross_the_line_both_ways),
	    TEST(a_listener_sees_the_packets),
	    TEST(another_transmission_unit_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
