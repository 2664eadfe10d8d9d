/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A serial line with an endpoint behind it: after any stream at all a good frame
 * is received, and what one end sends another one understands. Input: the first
 * byte says how the rest is cut into pieces, and with its highest bit set that
 * it is messages, each behind a length byte, between two ends; else it is what
 * one end hears.
 */
#include <stdlib.h>
#include <string.h>

#include "rotor/mctp_serial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An endpoint and its end of the line. */
struct side {
	struct rotor_mctp m;
	struct rotor_serial line;
	struct rotor_mctp_slot slots[2];
	struct rotor_mctp_pending pending[4];
	uint8_t buffers[2 * 512];
	unsigned messages;
};

static struct side near, far;

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	static const uint8_t bytes[100] = {0x7e, 0x7d};
	struct side *side = ctx;
	struct rotor_mctp_message answer = {.type = info->type};

	(void)body;
	side->messages++;
	answer.body.data = bytes;
	answer.body.len = len % sizeof(bytes);
	(void)rotor_mctp_respond(&side->m, info, &answer, NULL, NULL);
}

static void start(struct side *side, uint8_t eid)
{
	const struct rotor_mctp_config config = {
	    .eid = eid,
	    .slots = side->slots,
	    .slot_count = 2,
	    .buffers = side->buffers,
	    .buffer_size = 512,
	    .pending = side->pending,
	    .pending_count = 4,
	    .on_message = on_message,
	    .ctx = side,
	};

	side->messages = 0;
	if (rotor_mctp_init(&side->m, &config) != ROTOR_OK ||
	    rotor_serial_init(&side->line, &side->m) != ROTOR_OK)
		abort();
}

/* What a line sends must be understood by another one, whatever the pieces. */
static void carry(struct side *from, struct side *to, size_t cap)
{
	uint8_t *bytes = malloc(cap);
	size_t n;

	if (bytes == NULL)
		abort();
	while ((n = rotor_serial_send(&from->line, bytes, cap, 0)) != 0)
		rotor_serial_receive(&to->line, bytes, n, 0);
	if (rotor_serial_sending(&from->line) || to->line.counters.rx_noise != 0)
		abort();
	for (size_t i = 0; i < ROTOR_SERIAL_DROP_COUNT; i++) {
		if (to->line.counters.dropped[i] != 0)
			abort();
	}
	free(bytes);
}

/* Packets between two good ends. */
static void both_ends(struct rotor_reader r, size_t cap)
{
	while (r.left != 0) {
		uint8_t len = rotor_read_u8(&r);
		struct rotor_mctp_message m = {.type = len & 0x7f};

		m.body = rotor_read_view(&r, len < r.left ? len : r.left);
		if (rotor_mctp_send(&near.m, 20, ROTOR_SERIAL_PHYS, &m, NULL, NULL) != ROTOR_OK)
			abort();
		carry(&near, &far, cap);
		carry(&far, &near, cap);
		if (near.line.counters.rx_frames != far.line.counters.tx_frames ||
		    far.line.counters.rx_frames != near.line.counters.tx_frames)
			abort();
	}
}

/* Any bytes at all; then it must still hear a frame, and send whole ones. */
static void any_stream(struct rotor_reader r, size_t cap)
{
	/* Get Endpoint ID; the first of them may only end what has begun. */
	static const uint8_t good[] = {0x7e, 0x01, 0x07, 0x01, 0x00, 0x08, 0xc8,
				       0x00, 0x80, 0x02, 0x00, 0x00, 0x7e};
	uint8_t frame[sizeof(good)], out[7];
	uint16_t fcs = rotor_crc16(0xffff, good + 1, sizeof(good) - 4);
	uint32_t before;

	while (r.left != 0) {
		struct rotor_bytes piece = rotor_read_view(&r, cap < r.left ? cap : r.left);
		uint8_t *copy = malloc(piece.len);

		if (copy == NULL)
			abort();
		memcpy(copy, piece.data, piece.len);
		rotor_serial_receive(&near.line, copy, piece.len, 0);
		free(copy);
		(void)rotor_serial_send(&near.line, out, sizeof(out), 0);
		if (piece.len % 11 == 3)
			rotor_serial_lost(&near.line);
		if (piece.len % 13 == 5)
			rotor_serial_reset(&near.line, 0);
	}
	memcpy(frame, good, sizeof(good));
	frame[sizeof(frame) - 3] = (uint8_t)(fcs >> 8);
	frame[sizeof(frame) - 2] = (uint8_t)fcs;
	rotor_serial_receive(&near.line, frame, sizeof(frame), 0);
	before = near.line.counters.rx_frames;
	rotor_serial_receive(&near.line, frame, sizeof(frame), 0);
	if (near.line.counters.rx_frames != before + 1)
		abort();
	while (rotor_serial_send(&near.line, out, sizeof(out), 0) != 0)
		;
	if (rotor_serial_sending(&near.line))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_reader r = rotor_reader(data, size);
	uint8_t how = rotor_read_u8(&r);
	size_t cap = 1 + (how & 0x7f);

	start(&near, 8);
	start(&far, 20);
	if (how > 0x7f)
		both_ends(r, cap);
	else
		any_stream(r, cap);
	return 0;
}
