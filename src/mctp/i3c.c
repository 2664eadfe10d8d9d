/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP over I3C (DSP0233 1.0). */
#include <string.h>

#include "rotor/mctp_i3c.h"

#define ADDRESS_MASK 0x7f
#define FRAME_MIN    (ROTOR_MCTP_HEADER_SIZE + ROTOR_I3C_TAIL)

/* The address byte is on the wire, and not in the frame. */
static uint8_t pec(uint8_t address, bool read, const uint8_t *packet, size_t len)
{
	const uint8_t first = (uint8_t)(address << 1 | read);

	return rotor_crc8(rotor_crc8(0, &first, 1), packet, len);
}

enum rotor_status rotor_i3c_init(struct rotor_i3c *b, struct rotor_mctp *m, uint8_t address)
{
	memset(b, 0, sizeof(*b));
	b->mctp = m;
	return rotor_i3c_set_address(b, address);
}

enum rotor_status rotor_i3c_set_address(struct rotor_i3c *b, uint8_t address)
{
	if (address > ADDRESS_MASK)
		return ROTOR_ERR_ARGUMENT;
	b->address = address;
	return ROTOR_OK;
}

enum rotor_status rotor_i3c_receive(struct rotor_i3c *b, uint8_t address, uint8_t *frame,
				    size_t len, rotor_ms now)
{
	const bool controller = b->address == ROTOR_I3C_CONTROLLER;

	b->counters.rx_frames++;
	if (len < FRAME_MIN) {
		b->counters.dropped[ROTOR_I3C_DROP_LENGTH]++;
		return ROTOR_ERR_LENGTH;
	}
	len -= ROTOR_I3C_TAIL;
	if (frame[len] != pec(controller ? address : b->address, controller, frame, len)) {
		b->counters.dropped[ROTOR_I3C_DROP_PEC]++;
		return ROTOR_ERR_VERIFY;
	}
	rotor_mctp_receive(b->mctp, controller ? address : ROTOR_I3C_CONTROLLER, frame, len, now);
	return ROTOR_OK;
}

/* Whether there is such an address: for a controller a target's, for a target the controller's. */
static bool reaches(const struct rotor_i3c *b, rotor_mctp_phys phys)
{
	if (b->address == ROTOR_I3C_CONTROLLER)
		return phys != ROTOR_I3C_CONTROLLER && phys <= ADDRESS_MASK;
	return phys == ROTOR_I3C_CONTROLLER;
}

bool rotor_i3c_next_transfer(struct rotor_i3c *b, struct rotor_i3c_transfer *out, rotor_ms now)
{
	const bool controller = b->address == ROTOR_I3C_CONTROLLER;
	struct rotor_mctp_packet_out to;
	size_t n;

	if (b->busy)
		return false;
	while ((n = rotor_mctp_next_packet(b->mctp, b->frame, sizeof(b->frame) - ROTOR_I3C_TAIL,
					   &to)) != 0) {
		if (reaches(b, to.phys))
			break;
		b->counters.tx_failed++;
		rotor_mctp_packet_done(b->mctp, false, now);
	}
	if (n == 0)
		return false;
	out->address = controller ? (uint8_t)to.phys : b->address;
	b->frame[n] = pec(out->address, !controller, b->frame, n);
	out->frame = b->frame;
	out->len = n + ROTOR_I3C_TAIL;
	b->busy = true;
	return true;
}

void rotor_i3c_transfer_done(struct rotor_i3c *b, bool delivered, rotor_ms now)
{
	if (!b->busy)
		return;
	b->busy = false;
	if (delivered)
		b->counters.tx_packets++;
	else
		b->counters.tx_failed++;
	rotor_mctp_packet_done(b->mctp, delivered, now);
}
