/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMBus frames: the codec, and the binding with an endpoint behind it. A frame
 * that decodes must encode to the same bytes again. Input: frames, each behind
 * a length byte; lengths above 127 first set the last byte to the right PEC.
 */
#include <stdlib.h>
#include <string.h>

#include "rotor/mctp_smbus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rotor_mctp m;
static struct rotor_smbus bus;
static struct rotor_mctp_slot slots[2];
static struct rotor_mctp_pending pending[2];
static uint8_t buffers[2 * 512];

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	static const uint8_t answer_body[100];
	struct rotor_mctp_message answer = {.type = info->type};

	(void)ctx;
	(void)body;
	answer.body.data = answer_body;
	answer.body.len = len % sizeof(answer_body);
	(void)rotor_mctp_respond(&m, info, &answer, NULL, NULL);
}

static void take(uint8_t *frame, size_t len, rotor_ms now)
{
	uint8_t again[ROTOR_SMBUS_HEAD + 255 + ROTOR_SMBUS_TAIL];
	struct rotor_smbus_decoded d;
	enum rotor_smbus_drop reason = ROTOR_SMBUS_DROP_COUNT;
	enum rotor_status status = rotor_smbus_decode(frame, len, &d, &reason);

	if ((status == ROTOR_OK) != (reason == ROTOR_SMBUS_DROP_COUNT))
		abort();
	if (status == ROTOR_OK) {
		memcpy(again + ROTOR_SMBUS_HEAD, frame + d.offset, d.len);
		if (rotor_smbus_frame(again, d.len, d.destination, d.source) != len ||
		    memcmp(again, frame, len) != 0)
			abort();
	}
	(void)rotor_smbus_receive(&bus, frame, len, now);
}

static void run_bus(bool acked, rotor_ms now)
{
	struct rotor_smbus_transfer t;
	struct rotor_smbus_decoded d;

	if (!rotor_smbus_next_transfer(&bus, &t, now))
		return;
	if (rotor_smbus_decode(t.frame, t.len, &d, NULL) != ROTOR_OK || d.destination != t.address)
		abort();
	rotor_smbus_transfer_done(&bus, acked, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rotor_mctp_config config = {
	    .eid = 20,
	    .slots = slots,
	    .slot_count = 2,
	    .buffers = buffers,
	    .buffer_size = 512,
	    .pending = pending,
	    .pending_count = 2,
	    .on_message = on_message,
	};
	const struct rotor_smbus_config bus_config = {.address = 0x1d};
	struct rotor_reader r = rotor_reader(data, size);
	rotor_ms now = 0;

	if (rotor_mctp_init(&m, &config) != ROTOR_OK ||
	    rotor_smbus_init(&bus, &m, &bus_config) != ROTOR_OK)
		abort();
	while (r.left != 0 && !r.failed) {
		uint8_t head = rotor_read_u8(&r);
		size_t len = head & 0x7f;
		const uint8_t *bytes = rotor_read_bytes(&r, len);
		uint8_t *frame;

		if (bytes == NULL)
			break;
		frame = malloc(len + 1);
		if (frame == NULL)
			abort();
		memcpy(frame, bytes, len);
		if (head > 0x7f && len != 0)
			frame[len - 1] = rotor_crc8(0, frame, len - 1);
		take(frame, len, now);
		free(frame);
		now += len;
		run_bus(len % 3 != 0, now);
	}
	return 0;
}
