/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP over USB (DSP0283). */
#include <string.h>

#include "rotor/mctp_usb.h"

#define LENGTH_HIGH 0x1f /* above are reserved bits */

enum rotor_status rotor_usb_init(struct rotor_usb *u, struct rotor_mctp *m)
{
	memset(u, 0, sizeof(*u));
	u->mctp = m;
	return m->config.unit <= ROTOR_USB_UNIT_MAX ? ROTOR_OK : ROTOR_ERR_ARGUMENT;
}

void rotor_usb_receive(struct rotor_usb *u, uint8_t *transfer, size_t len, rotor_ms now)
{
	uint8_t *at = transfer;
	size_t left = len, n;

	u->counters.rx_transfers++;
	while (left != 0) {
		if (left < ROTOR_USB_HEAD || at[0] != ROTOR_USB_ID >> 8 ||
		    at[1] != (ROTOR_USB_ID & 0xff)) {
			u->counters.dropped[ROTOR_USB_DROP_ID]++;
			return;
		}
		n = (size_t)(at[2] & LENGTH_HIGH) << 8 | at[3];
		if (n <= ROTOR_USB_HEAD + ROTOR_MCTP_HEADER_SIZE || n > left) {
			u->counters.dropped[ROTOR_USB_DROP_LENGTH]++;
			return;
		}
		u->counters.rx_packets++;
		rotor_mctp_receive(u->mctp, ROTOR_USB_PHYS, at + ROTOR_USB_HEAD, n - ROTOR_USB_HEAD,
				   now);
		at += n;
		left -= n;
	}
}

size_t rotor_usb_next_transfer(struct rotor_usb *u, uint8_t *out, size_t cap, rotor_ms now)
{
	struct rotor_mctp_packet_out to;
	size_t n;

	if (u->busy || cap <= ROTOR_USB_HEAD)
		return 0;
	if (cap > ROTOR_USB_FRAME_MAX)
		cap = ROTOR_USB_FRAME_MAX;
	while ((n = rotor_mctp_next_packet(u->mctp, out + ROTOR_USB_HEAD, cap - ROTOR_USB_HEAD,
					   &to)) != 0) {
		if (to.phys == ROTOR_USB_PHYS)
			break;
		u->counters.tx_failed++;
		rotor_mctp_packet_done(u->mctp, false, now);
	}
	if (n == 0)
		return 0;
	n += ROTOR_USB_HEAD;
	out[0] = ROTOR_USB_ID >> 8;
	out[1] = ROTOR_USB_ID & 0xff;
	out[2] = 0;
	out[3] = (uint8_t)n;
	u->busy = true;
	return n;
}

void rotor_usb_transfer_done(struct rotor_usb *u, bool delivered, rotor_ms now)
{
	if (!u->busy)
		return;
	u->busy = false;
	if (delivered)
		u->counters.tx_packets++;
	else
		u->counters.tx_failed++;
	rotor_mctp_packet_done(u->mctp, delivered, now);
}
