/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An endpoint with control responder is fed packets of several sources, lets
 * time pass, asks, answers, holds and cancels, as the input says.
 *
 * Input: operations of one byte (lower four bits what, upper four bits whence)
 * with their arguments; a packet is a length byte and that many bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "rotor/mctp_control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 2, PENDING = 3, BUFFER = 300 };

static struct rotor_mctp m;
static struct rotor_mctp_control control;
static struct rotor_mctp_slot slots[SLOTS];
static struct rotor_mctp_pending pending[PENDING];
static uint8_t buffers[SLOTS * BUFFER];
static uint8_t *held;
static bool hold_next;
static unsigned sum; /* of all bytes handed out, so that they are read */
static int context[4];

static const uint8_t body[200];

static void read_all(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += bytes[i];
}

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *bytes,
		       size_t len)
{
	struct rotor_mctp_message answer = {.type = info->type, .body = {body, len % sizeof(body)}};

	(void)ctx;
	read_all(bytes, len);
	if (info->type == ROTOR_MCTP_TYPE_CONTROL) {
		rotor_mctp_control_message(&control, info, bytes, len);
		return;
	}
	if (hold_next && held == NULL)
		held = rotor_mctp_hold(&m, info, bytes, len);
	hold_next = false;
	(void)rotor_mctp_respond(&m, info, &answer, NULL, NULL);
	memset(bytes, 0x5a, len);
}

static void on_response(void *ctx, enum rotor_status status,
			const struct rotor_mctp_message_info *info, uint8_t *bytes, size_t len)
{
	(void)ctx;
	if ((status == ROTOR_OK) != (info != NULL))
		abort();
	read_all(bytes, len);
}

static void check(void)
{
	unsigned queued = 0;

	for (size_t i = 0; i < PENDING; i++)
		queued += pending[i].state == 1;
	if (queued != m.queued || rotor_mctp_sending(&m) != (queued != 0))
		abort();
	for (size_t i = 0; i < SLOTS; i++) {
		if (slots[i].buffer != buffers + i * BUFFER ||
		    (slots[i].state == 1 &&
		     (size_t)(slots[i].at - slots[i].buffer) + slots[i].room != BUFFER))
			abort();
	}
}

static void start(void)
{
	static const uint32_t versions[] = {ROTOR_MCTP_VERSION2(1, 0)};
	static const struct rotor_mctp_type_support types[] = {{ROTOR_MCTP_TYPE_PLDM, versions, 1}};
	static const struct rotor_mctp_vendor_support vendors[] = {{1, 412, 1}};
	const struct rotor_mctp_config config = {
	    .slots = slots,
	    .slot_count = SLOTS,
	    .buffers = buffers,
	    .buffer_size = BUFFER,
	    .pending = pending,
	    .pending_count = PENDING,
	    .on_message = on_message,
	};
	const struct rotor_mctp_control_config control_config = {
	    .uuid = body, .types = types, .type_count = 1, .vendors = vendors, .vendor_count = 1};

	held = NULL;
	hold_next = false;
	if (rotor_mctp_init(&m, &config) != ROTOR_OK ||
	    rotor_mctp_control_init(&control, &m, &control_config) != ROTOR_OK)
		abort();
}

static void send(bool delivered, rotor_ms now)
{
	uint8_t packet[ROTOR_MCTP_HEADER_SIZE + ROTOR_MCTP_UNIT_BASELINE];
	struct rotor_mctp_packet_out out;
	size_t n = rotor_mctp_next_packet(&m, packet, sizeof(packet), &out);

	read_all(packet, n);
	if (n != 0)
		rotor_mctp_packet_done(&m, delivered, now);
}

static void receive(struct rotor_reader *r, unsigned from, rotor_ms now)
{
	struct rotor_bytes packet = rotor_read_view(r, rotor_read_u8(r));
	uint8_t *copy = malloc(packet.len + 1);

	if (copy == NULL)
		abort();
	if (packet.len != 0)
		memcpy(copy, packet.data, packet.len);
	rotor_mctp_receive(&m, (rotor_mctp_phys)from, copy, packet.len, now);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_reader r = rotor_reader(data, size);
	struct rotor_mctp_message message = {.type = 5, .body = {body, sizeof(body)}};
	rotor_ms now = 0;

	start();
	while (r.left != 0 && !r.failed) {
		uint8_t op = rotor_read_u8(&r);
		unsigned arg = op >> 4;

		switch (op & 15) {
		case 0:
			now += (rotor_ms)arg * 500;
			rotor_mctp_poll(&m, now);
			break;
		case 1:
			(void)rotor_mctp_request(&m, (uint8_t)arg, (rotor_mctp_phys)arg, &message,
						 arg * 100, on_response, &context[arg % 4]);
			break;
		case 2:
			send(arg != 15, now);
			break;
		case 3:
			hold_next = true;
			break;
		case 4:
			rotor_mctp_release(&m, held);
			held = NULL;
			break;
		case 5:
			rotor_mctp_cancel(&m, &context[arg % 4]);
			break;
		default:
			receive(&r, arg, now);
			break;
		}
		check();
		(void)rotor_mctp_deadline(&m);
	}
	return 0;
}
