/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * MCTP over a serial line (DSP0253 1.0): each packet is a frame in a stream of
 * bytes, with one peer at the other end.
 * @code
 *   0x7E
 *   revision 0x01
 *   byte count: of the MCTP packet, before escaping
 *   MCTP packet, in which 0x7D and 0x7E are sent as 0x7D and the byte xor 0x20
 *   FCS: CRC-16 over revision, byte count and packet (rotor_crc16()), high byte first, not escaped
 *   0x7E
 * @endcode
 * RFC 1662, whose framing this is, complements the FCS and escapes it. What is in
 * use (Linux, libmctp) does neither, and this speaks as they do.
 *
 * struct rotor_serial joins an endpoint to a line. It does no I/O and has no
 * timers: the host hands in what has come, in pieces of any size, and takes out
 * what is to be written, in pieces of any size.
 *
 * @code
 * rotor_serial_receive(&s, bytes, len, now);
 * ...
 * while (there is room && (n = rotor_serial_send(&s, buf, room, now)) != 0)
 *         write(buf, n);
 * @endcode
 *
 * Nobody acknowledges anything: a damaged frame is dropped, and only the
 * timeouts of whoever waits for its message find out. Another device on the
 * line is impossible, so the physical address is always 0.
 */
#ifndef ROTOR_MCTP_SERIAL_H
#define ROTOR_MCTP_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/mctp.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Physical address of whoever is at the other end. */
#define ROTOR_SERIAL_PHYS 0
/** Begins and ends a frame. */
#define ROTOR_SERIAL_FLAG 0x7e
/** Announces a byte of the packet that was changed, because it means something else in the stream. */
#define ROTOR_SERIAL_ESCAPE 0x7d
/** The only revision of the binding. */
#define ROTOR_SERIAL_REVISION 0x01
/** Largest MCTP packet: transport header and the baseline transmission unit. */
#define ROTOR_SERIAL_PACKET_MAX (ROTOR_MCTP_HEADER_SIZE + ROTOR_MCTP_UNIT_BASELINE)
/** A frame without flags and escapes: revision, byte count, packet, FCS. */
#define ROTOR_SERIAL_BODY_MAX (2 + ROTOR_SERIAL_PACKET_MAX + 2)
/** Most bytes on the line for one packet: every byte of it escaped. */
#define ROTOR_SERIAL_FRAME_MAX (1 + 2 + 2 * ROTOR_SERIAL_PACKET_MAX + 2 + 1)

/** Why a frame was discarded. */
enum rotor_serial_drop {
	ROTOR_SERIAL_DROP_REVISION, /**< not revision 1, or no frame at all */
	ROTOR_SERIAL_DROP_LENGTH,   /**< byte count too small for a packet, or too large */
	ROTOR_SERIAL_DROP_ESCAPE,   /**< escape before a flag or another escape */
	ROTOR_SERIAL_DROP_CUT,      /**< a flag in the middle of the packet: another frame begins */
	ROTOR_SERIAL_DROP_FCS,      /**< frame check sequence wrong */
	ROTOR_SERIAL_DROP_END,      /**< no flag where the frame should end */
	ROTOR_SERIAL_DROP_LOST, /**< rotor_serial_lost() or rotor_serial_reset() in its middle */
	ROTOR_SERIAL_DROP_COUNT,
};

/** A short lower-case English phrase for a drop reason; never NULL. */
const char *rotor_serial_drop_string(enum rotor_serial_drop reason);

struct rotor_serial_counters {
	uint32_t rx_frames;   /**< good frames, handed to the endpoint */
	uint32_t rx_noise;    /**< bytes outside of frames, flags not counted */
	uint32_t tx_frames;   /**< frames handed out whole */
	uint32_t tx_given_up; /**< packets not sent: no such address, or a reset */
	uint32_t dropped[ROTOR_SERIAL_DROP_COUNT]; /**< frames discarded, by reason */
};

/** One end of a line. Fields are private but the counters. */
struct rotor_serial {
	struct rotor_mctp *mctp;
	bool rx_in_frame; /* a flag has come */
	bool rx_escaped;  /* the next byte is one that was changed */
	uint8_t rx_len;   /* bytes in rx */
	bool tx_escaped;  /* the second half of an escape is next */
	uint8_t tx_len;   /* bytes in tx; 0: no packet taken from the endpoint */
	uint8_t tx_at;    /* of them, the next to be handed out */
	struct rotor_serial_counters counters;
	uint8_t rx[ROTOR_SERIAL_BODY_MAX];
	uint8_t tx[1 + ROTOR_SERIAL_BODY_MAX + 1]; /* with its flags, not yet escaped */
};

/**
 * Joins the endpoint @p m, already initialised, to a line.
 * @param m NULL for somebody who only looks at what passes: rotor_serial_listen().
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT: the endpoint's transmission unit is not the baseline.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_serial_init(struct rotor_serial *s, struct rotor_mctp *m);

/**
 * Takes bytes that have come: parts of frames, several frames, anything. Packets of good frames go to the endpoint (whose
 * callbacks may be called); what is wrong is counted. After a fault the next flag begins a new frame.
 */
void rotor_serial_receive(struct rotor_serial *s, const uint8_t *bytes, size_t len, rotor_ms now);

/**
 * Takes one byte as rotor_serial_receive() does, but gives the packet to the caller: for captures.
 * @param[out] packet the packet of the good frame that @p byte has ended; valid until the next byte.
 * @return whether there is one.
 */
bool rotor_serial_listen(struct rotor_serial *s, uint8_t byte, struct rotor_bytes *packet);

/**
 * Bytes have been lost, as when a receiver ran over or saw a break: the frame that was coming in is given up, where it
 * would only be found wrong later.
 */
void rotor_serial_lost(struct rotor_serial *s);

/**
 * The next bytes to be written, in their order. A packet counts as sent when its last byte has been handed out
 * (rotor_mctp_packet_done()): who resets or closes the line because a message has left first writes out what it was given.
 * @param cap at least 1. With more than a frame, what is urgent waits behind what has been handed out already.
 * @return number of bytes in @p out; less than @p cap if there is no more now, 0 if there is nothing.
 */
size_t rotor_serial_send(struct rotor_serial *s, uint8_t *out, size_t cap, rotor_ms now);

/** True if rotor_serial_send() has something. */
bool rotor_serial_sending(const struct rotor_serial *s);

/**
 * The line was broken and is (or will be) another one: gives up the frame coming in and the packet going out, whose
 * message ends with ROTOR_ERR_IO. Messages that wait go out on the new line.
 */
void rotor_serial_reset(struct rotor_serial *s, rotor_ms now);

#ifdef __cplusplus
}
#endif

#endif
