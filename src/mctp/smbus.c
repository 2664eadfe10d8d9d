/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP over SMBus (DSP0237 1.2): frames, and the packet that is on its way. */
#include <string.h>

#include "rotor/mctp_smbus.h"

#define ADDRESS_FIRST   0x08
#define ADDRESS_LAST    0x77
#define FRAME_MIN       (ROTOR_SMBUS_HEAD + ROTOR_MCTP_HEADER_SIZE + ROTOR_SMBUS_TAIL)
#define BACKOFF_DOUBLES 6 /* the wait grows up to 64-fold */

size_t rotor_smbus_frame(uint8_t *frame, size_t packet_len, uint8_t destination, uint8_t source)
{
	size_t len = ROTOR_SMBUS_HEAD + packet_len;

	if (packet_len + 1 > UINT8_MAX || destination > 0x7f || source > 0x7f)
		return 0;
	frame[0] = (uint8_t)(destination << 1);
	frame[1] = ROTOR_SMBUS_COMMAND;
	frame[2] = (uint8_t)(packet_len + 1);
	frame[3] = (uint8_t)(source << 1 | 1);
	frame[len] = rotor_crc8(0, frame, len);
	return len + ROTOR_SMBUS_TAIL;
}

/* What is wrong with a frame; DROP_COUNT: nothing. */
static enum rotor_smbus_drop judge(const uint8_t *frame, size_t len)
{
	if (len >= 2 && frame[1] != ROTOR_SMBUS_COMMAND)
		return ROTOR_SMBUS_DROP_COMMAND;
	/* The count is of all that lies between it and the PEC. */
	if (len < FRAME_MIN || frame[2] != len - (ROTOR_SMBUS_HEAD - 1) - ROTOR_SMBUS_TAIL)
		return ROTOR_SMBUS_DROP_LENGTH;
	if (frame[len - 1] != rotor_crc8(0, frame, len - 1))
		return ROTOR_SMBUS_DROP_PEC;
	if ((frame[0] & 1) != 0)
		return ROTOR_SMBUS_DROP_ADDRESS;
	return (frame[3] & 1) != 0 ? ROTOR_SMBUS_DROP_COUNT : ROTOR_SMBUS_DROP_SOURCE;
}

enum rotor_status rotor_smbus_decode(const uint8_t *frame, size_t len,
				     struct rotor_smbus_decoded *out, enum rotor_smbus_drop *reason)
{
	enum rotor_smbus_drop wrong = judge(frame, len);

	if (wrong != ROTOR_SMBUS_DROP_COUNT) {
		if (reason != NULL)
			*reason = wrong;
		return wrong == ROTOR_SMBUS_DROP_PEC      ? ROTOR_ERR_VERIFY
		       : wrong == ROTOR_SMBUS_DROP_LENGTH ? ROTOR_ERR_LENGTH
							  : ROTOR_ERR_FORMAT;
	}
	out->destination = frame[0] >> 1;
	out->source = frame[3] >> 1;
	out->offset = ROTOR_SMBUS_HEAD;
	out->len = len - ROTOR_SMBUS_HEAD - ROTOR_SMBUS_TAIL;
	return ROTOR_OK;
}

enum rotor_status rotor_smbus_init(struct rotor_smbus *b, struct rotor_mctp *m,
				   const struct rotor_smbus_config *config)
{
	memset(b, 0, sizeof(*b));
	b->mctp = m;
	b->config = *config;
	if (b->config.tries == 0)
		b->config.tries = ROTOR_SMBUS_TRIES;
	if (b->config.backoff_ms == 0)
		b->config.backoff_ms = ROTOR_SMBUS_BACKOFF_MS;
	if (config->address < ADDRESS_FIRST || config->address > ADDRESS_LAST ||
	    m->config.unit > ROTOR_SMBUS_UNIT)
		return ROTOR_ERR_ARGUMENT;
	return ROTOR_OK;
}

enum rotor_status rotor_smbus_receive(struct rotor_smbus *b, uint8_t *frame, size_t len,
				      rotor_ms now)
{
	struct rotor_smbus_decoded decoded;
	enum rotor_smbus_drop reason = ROTOR_SMBUS_DROP_ADDRESS;
	enum rotor_status status = rotor_smbus_decode(frame, len, &decoded, &reason);

	b->counters.rx_frames++;
	if (status == ROTOR_OK && decoded.destination != b->config.address)
		status = ROTOR_ERR_NOT_FOUND;
	if (status != ROTOR_OK) {
		b->counters.dropped[reason]++;
		return status;
	}
	rotor_mctp_receive(b->mctp, decoded.source, frame + decoded.offset, decoded.len, now);
	return ROTOR_OK;
}

static void finish(struct rotor_smbus *b, bool delivered, rotor_ms now)
{
	b->frame_len = 0;
	if (!delivered)
		b->counters.tx_given_up++;
	rotor_mctp_packet_done(b->mctp, delivered, now);
}

/* Takes the next packet from the endpoint, framed; those that no address fits are given up. */
static void take_packet(struct rotor_smbus *b, rotor_ms now)
{
	struct rotor_mctp_packet_out out;
	size_t n;

	while (b->frame_len == 0) {
		n = rotor_mctp_next_packet(b->mctp, b->frame + ROTOR_SMBUS_HEAD,
					   ROTOR_MCTP_HEADER_SIZE + ROTOR_SMBUS_UNIT, &out);
		if (n == 0)
			return;
		if (out.phys <= 0x7f)
			b->frame_len = (uint16_t)rotor_smbus_frame(b->frame, n, (uint8_t)out.phys,
								   b->config.address);
		b->tries = 0;
		b->probe = out.probe;
		b->not_before = now;
		if (b->frame_len == 0)
			finish(b, false, now);
	}
}

bool rotor_smbus_next_transfer(struct rotor_smbus *b, struct rotor_smbus_transfer *out,
			       rotor_ms now)
{
	if (b->busy)
		return false;
	take_packet(b, now);
	if (b->frame_len == 0 || now < b->not_before)
		return false;
	b->busy = true;
	b->counters.tx_transfers++;
	out->address = b->frame[0] >> 1;
	out->frame = b->frame;
	out->len = b->frame_len;
	return true;
}

void rotor_smbus_transfer_done(struct rotor_smbus *b, bool acked, rotor_ms now)
{
	uint8_t limit = b->probe ? ROTOR_SMBUS_PROBE_TRIES : b->config.tries;

	if (!b->busy)
		return;
	b->busy = false;
	if (acked) {
		finish(b, true, now);
		return;
	}
	b->counters.tx_nacked++;
	b->not_before = now + ((uint32_t)b->config.backoff_ms
			       << (b->tries < BACKOFF_DOUBLES ? b->tries : BACKOFF_DOUBLES));
	if (++b->tries >= limit)
		finish(b, false, now);
}

rotor_ms rotor_smbus_deadline(const struct rotor_smbus *b)
{
	return b->frame_len != 0 && !b->busy ? b->not_before : ROTOR_NEVER;
}
