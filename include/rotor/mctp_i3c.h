/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * MCTP over I3C (DSP0233 1.0): each packet is one private transfer, with a packet error code behind it.
 * @code
 *   on the wire: dynamic address of the target << 1 | read
 *   MCTP packet: transport header and payload
 *   PEC: CRC-8 over all of the above, the address byte included
 * @endcode
 * The controller of the bus writes to targets. A target that has a packet asks with an in-band interrupt, whose mandatory
 * byte is ROTOR_I3C_MDB, and the controller reads it. This does no I/O:
 * @code
 * if (rotor_i3c_next_transfer(&b, &t, now))
 *         // controller: write t.frame to t.address; target: have it ready to be read, and raise the interrupt
 * rotor_i3c_transfer_done(&b, ok, now);
 * ...
 * rotor_i3c_receive(&b, address, frame, len, now);   // controller: read from there; target: written to it
 * @endcode
 */
#ifndef ROTOR_MCTP_I3C_H
#define ROTOR_MCTP_I3C_H

#include "rotor/mctp.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Mandatory data byte of the interrupt that says that there is a packet. */
#define ROTOR_I3C_MDB 0xae
/** Device characteristics register of a target that speaks MCTP. */
#define ROTOR_I3C_DCR 0xcc
/** To a target: the physical address of the bus's controller. */
#define ROTOR_I3C_CONTROLLER 0
/** Bytes behind each packet. */
#define ROTOR_I3C_TAIL 1
/** The largest frame that this sends. */
#define ROTOR_I3C_FRAME_MAX (ROTOR_MCTP_HEADER_SIZE + ROTOR_MCTP_UNIT_MAX + ROTOR_I3C_TAIL)

/** Why a frame was discarded. */
enum rotor_i3c_drop {
	ROTOR_I3C_DROP_LENGTH, /**< too short for a packet */
	ROTOR_I3C_DROP_PEC,    /**< packet error code wrong */
	ROTOR_I3C_DROP_COUNT,
};

/** A short lower-case English phrase for a drop reason; never NULL. */
const char *rotor_i3c_drop_string(enum rotor_i3c_drop reason);

struct rotor_i3c_counters {
	uint32_t rx_frames;  /**< frames handed in */
	uint32_t tx_packets; /**< packets delivered */
	uint32_t tx_failed;  /**< packets whose transfer failed, or that have no such address */
	uint32_t dropped[ROTOR_I3C_DROP_COUNT];
};

/** One transfer that is to be made now. */
struct rotor_i3c_transfer {
	uint8_t address; /**< 7-bit dynamic address: of the target to write to, or the own one */
	const uint8_t *frame; /**< packet and PEC; valid until transfer_done */
	size_t len;
};

/** An endpoint on a bus. Fields are private but the counters. */
struct rotor_i3c {
	struct rotor_mctp *mctp;
	uint8_t address; /* of a target; 0: the controller */
	bool busy;       /* a transfer is with the host */
	struct rotor_i3c_counters counters;
	uint8_t frame[ROTOR_I3C_FRAME_MAX];
};

/**
 * Joins the endpoint @p m, already initialised, to a bus.
 * @param address the own dynamic address of a target, ROTOR_I3C_CONTROLLER for the bus's controller
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT: no 7-bit address
 */
ROTOR_MUST_CHECK enum rotor_status rotor_i3c_init(struct rotor_i3c *b, struct rotor_mctp *m,
						  uint8_t address);
/** A target has been given another dynamic address. What is with the host goes with the old one. @return as rotor_i3c_init() */
enum rotor_status rotor_i3c_set_address(struct rotor_i3c *b, uint8_t address);

/**
 * Takes a frame, PEC included: the controller one that it has read from the target @p address, a target one that was written
 * to it (@p address does not matter). Hands the packet to the endpoint, whose callbacks may be called.
 * @param frame may be changed
 * @return ROTOR_OK; ROTOR_ERR_LENGTH, ROTOR_ERR_VERIFY (PEC): counted
 */
enum rotor_status rotor_i3c_receive(struct rotor_i3c *b, uint8_t address, uint8_t *frame,
				    size_t len, rotor_ms now);

/** The transfer to be made now, if any. One at a time: false until rotor_i3c_transfer_done(). */
bool rotor_i3c_next_transfer(struct rotor_i3c *b, struct rotor_i3c_transfer *out, rotor_ms now);
/** How the transfer ended; one that failed is not made again, and its message ends with ROTOR_ERR_IO. */
void rotor_i3c_transfer_done(struct rotor_i3c *b, bool delivered, rotor_ms now);

#ifdef __cplusplus
}
#endif

#endif
