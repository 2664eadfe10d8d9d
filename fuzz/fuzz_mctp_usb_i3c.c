/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes in over USB and I3C, with an endpoint behind each that answers. Input: pieces, each behind a byte that says which
 * binding, and a length byte; an I3C frame of a length above 127 first gets its right packet error code.
 */
#include <stdlib.h>
#include <string.h>

#include "rotor/mctp_i3c.h"
#include "rotor/mctp_usb.h"

#define TARGET 0x1d

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct rotor_mctp m;
	struct rotor_mctp_slot slots[2];
	struct rotor_mctp_pending pending[2];
	uint8_t buffers[2 * 512];
} node[2];
static struct rotor_usb usb;
static struct rotor_i3c i3c;

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	static const uint8_t answer_body[100];
	const struct rotor_mctp_message answer = {.type = info->type,
						  .body = {answer_body, len % 100}};

	(void)body;
	(void)rotor_mctp_respond(ctx, info, &answer, NULL, NULL);
}

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* What goes out comes back in as what it was. */
static void send(void)
{
	uint8_t out[ROTOR_USB_FRAME_MAX];
	struct rotor_i3c_transfer t;
	size_t n = rotor_usb_next_transfer(&usb, out, sizeof(out), 1);

	require(n <= sizeof(out) && (n == 0 || out[3] == n));
	rotor_usb_transfer_done(&usb, n % 2 == 0, 1);
	if (rotor_i3c_next_transfer(&i3c, &t, 1)) {
		require(t.address == TARGET && t.len > 5 && t.len <= ROTOR_I3C_FRAME_MAX);
		rotor_i3c_transfer_done(&i3c, t.len % 2 == 0, 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_reader r = rotor_reader(data, size);

	for (unsigned i = 0; i < 2; i++) {
		const struct rotor_mctp_config config = {.eid = 9,
							 .slots = node[i].slots,
							 .slot_count = 2,
							 .buffers = node[i].buffers,
							 .buffer_size = 512,
							 .pending = node[i].pending,
							 .pending_count = 2,
							 .on_message = on_message,
							 .ctx = &node[i].m};

		require(rotor_mctp_init(&node[i].m, &config) == ROTOR_OK);
	}
	require(rotor_usb_init(&usb, &node[0].m) == ROTOR_OK);
	require(rotor_i3c_init(&i3c, &node[1].m, TARGET) == ROTOR_OK);
	while (r.left != 0) {
		const uint8_t which = rotor_read_u8(&r), len = rotor_read_u8(&r);
		const struct rotor_bytes raw = rotor_read_view(&r, len);
		uint8_t *piece = malloc(raw.len + 1);

		require(piece != NULL);
		if (raw.len != 0)
			memcpy(piece, raw.data, raw.len);
		if (which % 2 == 0) {
			rotor_usb_receive(&usb, piece, raw.len, 1);
		} else {
			if (len > 127 && raw.len > 1) {
				const uint8_t first = TARGET << 1;

				piece[raw.len - 1] =
				    rotor_crc8(rotor_crc8(0, &first, 1), piece, raw.len - 1);
			}
			(void)rotor_i3c_receive(&i3c, 0, piece, raw.len, 1);
		}
		free(piece);
		send();
	}
	return 0;
}
