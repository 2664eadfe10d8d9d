/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP over a serial line (DSP0253 1.0): frames out of a stream of bytes, and into one. */
#include <string.h>

#include "rotor/mctp_serial.h"

#define ESCAPE_XOR 0x20
#define FCS_START  0xffff
#define FCS_SIZE   2
/* Of a frame without its first flag. */
#define AT_REVISION 0
#define AT_COUNT    1
#define AT_PACKET   2

enum rotor_status rotor_serial_init(struct rotor_serial *s, struct rotor_mctp *m)
{
	memset(s, 0, sizeof(*s));
	s->mctp = m;
	return m == NULL || m->config.unit == ROTOR_MCTP_UNIT_BASELINE ? ROTOR_OK
								       : ROTOR_ERR_ARGUMENT;
}

/* ---- in ---- */

/* No fault. */
#define FINE ROTOR_SERIAL_DROP_COUNT

/* What comes next is a frame without its first flag, or with it: one flag may end a frame and begin another. */
static void begin(struct rotor_serial *s, bool flag)
{
	s->rx_in_frame = flag;
	s->rx_escaped = false;
	s->rx_len = 0;
}

/* A byte of the packet, put right in *c if it was escaped. @return what is wrong with it */
static enum rotor_serial_drop take_packet_byte(struct rotor_serial *s, uint8_t *c)
{
	if (s->rx_escaped) {
		if (*c == ROTOR_SERIAL_FLAG || *c == ROTOR_SERIAL_ESCAPE)
			return ROTOR_SERIAL_DROP_ESCAPE;
		s->rx_escaped = false;
		*c ^= ESCAPE_XOR;
		return FINE;
	}
	s->rx_escaped = *c == ROTOR_SERIAL_ESCAPE;
	return *c == ROTOR_SERIAL_FLAG ? ROTOR_SERIAL_DROP_CUT : FINE;
}

/* Any byte but the one behind the FCS. */
static void gather(struct rotor_serial *s, uint8_t c)
{
	bool flag = c == ROTOR_SERIAL_FLAG;
	size_t at = s->rx_len;
	enum rotor_serial_drop wrong = FINE;

	if (!s->rx_in_frame || (flag && at == AT_REVISION)) {
		s->counters.rx_noise += !flag;
		s->rx_in_frame = flag;
		return;
	}
	if (at == AT_REVISION) {
		if (c != ROTOR_SERIAL_REVISION)
			wrong = ROTOR_SERIAL_DROP_REVISION;
	} else if (at == AT_COUNT) {
		if (c < ROTOR_MCTP_HEADER_SIZE || c > ROTOR_SERIAL_PACKET_MAX)
			wrong = ROTOR_SERIAL_DROP_LENGTH;
	} else if (at < AT_PACKET + (size_t)s->rx[AT_COUNT]) {
		wrong = take_packet_byte(s, &c);
	}
	if (wrong != FINE) {
		s->counters.dropped[wrong]++;
		begin(s, flag);
	} else if (!s->rx_escaped) {
		s->rx[at] = c;
		s->rx_len++;
	}
}

/* The byte behind the FCS. @return whether the frame is good */
static bool end(struct rotor_serial *s, uint8_t c)
{
	size_t len = AT_PACKET + s->rx[AT_COUNT];
	const uint8_t *fcs = s->rx + len;
	uint8_t again[FCS_SIZE + 1] = {fcs[0], fcs[1], c};
	bool good = rotor_crc16(FCS_START, s->rx, len) == (fcs[0] << 8 | fcs[1]);

	if (good && c == ROTOR_SERIAL_FLAG) {
		s->counters.rx_frames++;
		begin(s, true);
		return true;
	}
	s->counters
	    .dropped[c == ROTOR_SERIAL_FLAG ? ROTOR_SERIAL_DROP_FCS : ROTOR_SERIAL_DROP_END]++;
	/* Perhaps bytes are missing, and this is the beginning of the next frame already. */
	begin(s, false);
	for (size_t i = 0; i < sizeof(again); i++)
		gather(s, again[i]);
	return false;
}

/* @return whether it ends a good frame, whose bytes are in rx until the next one */
static bool take(struct rotor_serial *s, uint8_t c)
{
	if (s->rx_in_frame && s->rx_len > AT_COUNT &&
	    s->rx_len == AT_PACKET + s->rx[AT_COUNT] + FCS_SIZE)
		return end(s, c);
	gather(s, c);
	return false;
}

void rotor_serial_receive(struct rotor_serial *s, const uint8_t *bytes, size_t len, rotor_ms now)
{
	for (size_t i = 0; i < len; i++) {
		if (take(s, bytes[i]))
			rotor_mctp_receive(s->mctp, ROTOR_SERIAL_PHYS, s->rx + AT_PACKET,
					   s->rx[AT_COUNT], now);
	}
}

bool rotor_serial_listen(struct rotor_serial *s, uint8_t byte, struct rotor_bytes *packet)
{
	if (!take(s, byte))
		return false;
	packet->data = s->rx + AT_PACKET;
	packet->len = s->rx[AT_COUNT];
	return true;
}

void rotor_serial_lost(struct rotor_serial *s)
{
	if (s->rx_len != 0)
		s->counters.dropped[ROTOR_SERIAL_DROP_LOST]++;
	begin(s, false);
}

/* ---- out ---- */

static void finish(struct rotor_serial *s, bool sent, rotor_ms now)
{
	s->tx_len = 0;
	if (sent)
		s->counters.tx_frames++;
	else
		s->counters.tx_given_up++;
	rotor_mctp_packet_done(s->mctp, sent, now);
}

/* Takes the next packet from the endpoint; those for addresses that a line has not are given up. @return false: none */
static bool take_packet(struct rotor_serial *s, rotor_ms now)
{
	struct rotor_mctp_packet_out out;
	uint8_t *body = s->tx + 1;
	uint16_t fcs;
	size_t n;

	while ((n = rotor_mctp_next_packet(s->mctp, body + AT_PACKET, ROTOR_SERIAL_PACKET_MAX,
					   &out)) != 0) {
		if (out.phys != ROTOR_SERIAL_PHYS) {
			finish(s, false, now);
			continue;
		}
		s->tx[0] = ROTOR_SERIAL_FLAG;
		body[AT_REVISION] = ROTOR_SERIAL_REVISION;
		body[AT_COUNT] = (uint8_t)n;
		n += AT_PACKET;
		fcs = rotor_crc16(FCS_START, body, n);
		body[n] = (uint8_t)(fcs >> 8);
		body[n + 1] = (uint8_t)fcs;
		body[n + FCS_SIZE] = ROTOR_SERIAL_FLAG;
		s->tx_len = (uint8_t)(1 + n + FCS_SIZE + 1);
		s->tx_at = 0;
		return true;
	}
	return false;
}

/* The next byte of the frame. */
static uint8_t give(struct rotor_serial *s)
{
	size_t of_packet = (size_t)s->tx_at - 1 - AT_PACKET; /* if it is less than the byte count */
	uint8_t c = s->tx[s->tx_at];

	if (of_packet < s->tx[1 + AT_COUNT] &&
	    (c == ROTOR_SERIAL_FLAG || c == ROTOR_SERIAL_ESCAPE)) {
		s->tx_escaped = !s->tx_escaped;
		if (s->tx_escaped)
			return ROTOR_SERIAL_ESCAPE;
		c ^= ESCAPE_XOR;
	}
	s->tx_at++;
	return c;
}

size_t rotor_serial_send(struct rotor_serial *s, uint8_t *out, size_t cap, rotor_ms now)
{
	size_t n = 0;

	while (n < cap && (s->tx_len != 0 || take_packet(s, now))) {
		out[n++] = give(s);
		if (s->tx_at == s->tx_len)
			finish(s, true, now);
	}
	return n;
}

bool rotor_serial_sending(const struct rotor_serial *s)
{
	return s->tx_len != 0 || rotor_mctp_sending(s->mctp);
}

void rotor_serial_reset(struct rotor_serial *s, rotor_ms now)
{
	rotor_serial_lost(s);
	s->tx_escaped = false;
	if (s->tx_len != 0)
		finish(s, false, now);
}
