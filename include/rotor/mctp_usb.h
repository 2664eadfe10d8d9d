/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * MCTP over USB (DSP0283): packets in bulk transfers between a host and one device, each behind a header of four bytes.
 * @code
 *   0x1A 0xB4  DMTF's identifier
 *   length     13 bits, most significant byte first, of header and packet; above it reserved bits. In DSP0283 1.0 it is the
 *              second byte only
 *   MCTP packet
 * @endcode
 * A transfer may hold several packets; this sends one in each, which every peer takes, and takes any number. It does no I/O:
 * @code
 * n = rotor_usb_next_transfer(&u, buf, sizeof(buf), now);    // 0: nothing
 * ... bulk OUT (host), bulk IN (device) ...
 * rotor_usb_transfer_done(&u, ok, now);
 * @endcode
 * Another device on the pipe is impossible, so the physical address is always 0.
 */
#ifndef ROTOR_MCTP_USB_H
#define ROTOR_MCTP_USB_H

#include "rotor/mctp.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Physical address of whoever is at the other end. */
#define ROTOR_USB_PHYS 0
/** First two bytes of each packet's header, most significant first. */
#define ROTOR_USB_ID 0x1ab4
/** Bytes before each packet. */
#define ROTOR_USB_HEAD 4
/** Largest transfer (DSP0283 1.0), in bytes. */
#define ROTOR_USB_TRANSFER_MAX 512
/** Largest transmission unit that a peer of 1.0 takes: its length byte covers both headers too. */
#define ROTOR_USB_UNIT_MAX (255 - ROTOR_USB_HEAD - ROTOR_MCTP_HEADER_SIZE)
/** The largest transfer that this sends. */
#define ROTOR_USB_FRAME_MAX 255

/** Why the rest of a transfer was discarded. */
enum rotor_usb_drop {
	ROTOR_USB_DROP_ID,     /**< no header of MCTP where a packet should begin */
	ROTOR_USB_DROP_LENGTH, /**< its length is too small for a packet, or goes beyond the transfer */
	ROTOR_USB_DROP_COUNT,
};

/** A short lower-case English phrase for a drop reason; never NULL. */
const char *rotor_usb_drop_string(enum rotor_usb_drop reason);

struct rotor_usb_counters {
	uint32_t rx_transfers; /**< transfers handed in */
	uint32_t rx_packets;   /**< packets of them, handed to the endpoint */
	uint32_t tx_packets;   /**< packets sent, one a transfer */
	uint32_t tx_failed;    /**< packets whose transfer failed, or that have no such address */
	uint32_t dropped[ROTOR_USB_DROP_COUNT];
};

/** One end of a pipe. Fields are private but the counters. */
struct rotor_usb {
	struct rotor_mctp *mctp;
	bool busy; /* a transfer is with the host */
	struct rotor_usb_counters counters;
};

/** Joins the endpoint @p m, already initialised, to a pipe. @return ROTOR_OK; ROTOR_ERR_ARGUMENT: its unit exceeds ROTOR_USB_UNIT_MAX */
ROTOR_MUST_CHECK enum rotor_status rotor_usb_init(struct rotor_usb *u, struct rotor_mctp *m);

/**
 * Takes a transfer that has come in, and hands its packets to the endpoint (whose callbacks may be called). What is wrong is
 * counted; nothing behind it in this transfer is looked at.
 * @param transfer may be changed
 */
void rotor_usb_receive(struct rotor_usb *u, uint8_t *transfer, size_t len, rotor_ms now);

/**
 * The transfer to be made now. One at a time: 0 until rotor_usb_transfer_done().
 * @param cap ROTOR_USB_FRAME_MAX is enough; no more than that is used
 * @return its length, 0 if there is nothing to send (or @p cap is too small)
 */
size_t rotor_usb_next_transfer(struct rotor_usb *u, uint8_t *out, size_t cap, rotor_ms now);

/** How the transfer ended. USB repeats what was damaged: one that failed is not made again, and its message ends with ROTOR_ERR_IO. */
void rotor_usb_transfer_done(struct rotor_usb *u, bool delivered, rotor_ms now);

#ifdef __cplusplus
}
#endif

#endif
