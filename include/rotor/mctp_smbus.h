/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * MCTP over SMBus/I2C (DSP0237 1.2): each packet is one SMBus block write with
 * packet error code, and both ends are masters when they send.
 *
 * On the wire, and in every frame of this interface:
 * @code
 *   destination address << 1 | 0
 *   command code 0x0F
 *   byte count: source address byte + MCTP packet
 *   source address << 1 | 1
 *   MCTP packet: transport header and payload
 *   PEC: CRC-8 over all of the above
 * @endcode
 * A driver that puts the address on the wire itself is given frame + 1.
 *
 * struct rotor_smbus joins an endpoint to a bus. It does no I/O: the host makes
 * one transfer at a time and reports how it ended.
 *
 * @code
 * if (rotor_smbus_next_transfer(&b, &xfer, now))
 *         start_write(xfer.address, xfer.frame, xfer.len);   // may take its time
 * ...
 * rotor_smbus_transfer_done(&b, acked, now);
 * @endcode
 */
#ifndef ROTOR_MCTP_SMBUS_H
#define ROTOR_MCTP_SMBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/mctp.h"

#ifdef __cplusplus
extern "C" {
#endif

/** SMBus command code of MCTP (DSP0237 1.2, 6.3). */
#define ROTOR_SMBUS_COMMAND 0x0f
/** Frame bytes before the MCTP packet. */
#define ROTOR_SMBUS_HEAD 4
/** Frame bytes after it (the PEC). */
#define ROTOR_SMBUS_TAIL 1
/** Largest transmission unit: the byte count covers source address and packet header too. */
#define ROTOR_SMBUS_UNIT_MAX (255 - 1 - ROTOR_MCTP_HEADER_SIZE)
/** Size of the largest frame with ROTOR_SMBUS_UNIT bytes of payload. */
#define ROTOR_SMBUS_FRAME_MAX                                                                      \
	(ROTOR_SMBUS_HEAD + ROTOR_MCTP_HEADER_SIZE + ROTOR_SMBUS_UNIT + ROTOR_SMBUS_TAIL)

/* ---- frame codec ---- */

/** Why a frame was discarded. */
enum rotor_smbus_drop {
	ROTOR_SMBUS_DROP_ADDRESS, /**< not written to the own address */
	ROTOR_SMBUS_DROP_LENGTH, /**< byte count and length of the transfer do not agree, or too short for a packet */
	ROTOR_SMBUS_DROP_COMMAND, /**< another command code: not MCTP */
	ROTOR_SMBUS_DROP_SOURCE,  /**< lowest bit of the source address byte not 1 */
	ROTOR_SMBUS_DROP_PEC,     /**< packet error code wrong */
	ROTOR_SMBUS_DROP_COUNT,
};

/** A short lower-case English phrase for a drop reason; never NULL. */
const char *rotor_smbus_drop_string(enum rotor_smbus_drop reason);

/**
 * Puts the frame around a packet that already lies at @p frame +
 * ROTOR_SMBUS_HEAD, with room for the PEC behind it.
 * @param packet_len MCTP packet, header included: at most 254.
 * @return the frame's length, or 0 if @p packet_len or an address (7 bits) is
 *         out of range.
 */
size_t rotor_smbus_frame(uint8_t *frame, size_t packet_len, uint8_t destination, uint8_t source);

/** A decoded frame; the packet lies within the frame. */
struct rotor_smbus_decoded {
	uint8_t destination; /**< 7-bit address */
	uint8_t source;      /**< 7-bit address */
	size_t offset;       /**< of the MCTP packet in the frame */
	size_t len;          /**< of the MCTP packet */
};

/**
 * Checks a frame, PEC included (its destination address is reported, not
 * judged).
 * @param reason why not, if ROTOR_OK is not returned; may be NULL.
 * @return ROTOR_OK; ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT or ROTOR_ERR_VERIFY (PEC).
 */
enum rotor_status rotor_smbus_decode(const uint8_t *frame, size_t len,
				     struct rotor_smbus_decoded *out,
				     enum rotor_smbus_drop *reason);

/* ---- binding ---- */

struct rotor_smbus_config {
	/** Own 7-bit address, 0x08 to 0x77. */
	uint8_t address;
	/** Transfers of one packet before it is given up; 0: ROTOR_SMBUS_TRIES. */
	uint8_t tries;
	/** Wait after a transfer that failed, doubled after each further one; 0: ROTOR_SMBUS_BACKOFF_MS. */
	uint16_t backoff_ms;
};

struct rotor_smbus_counters {
	uint32_t rx_frames;                       /**< frames handed in */
	uint32_t tx_transfers;                    /**< transfers made, repeats included */
	uint32_t tx_nacked;                       /**< transfers that failed */
	uint32_t tx_given_up;                     /**< packets that no transfer could deliver */
	uint32_t dropped[ROTOR_SMBUS_DROP_COUNT]; /**< frames discarded, by reason */
};

/** One block write that is to be made now. */
struct rotor_smbus_transfer {
	uint8_t address; /**< 7-bit destination */
	const uint8_t
	    *frame; /**< whole frame, address byte first, PEC last; valid until transfer_done */
	size_t len;
};

struct rotor_smbus {
	struct rotor_mctp *mctp;
	struct rotor_smbus_config config;
	struct rotor_smbus_counters counters;
	rotor_ms not_before; /* of the next try */
	uint16_t frame_len;  /* 0: no packet taken from the endpoint */
	uint8_t tries;       /* made with it */
	bool busy;           /* a transfer is with the host */
	bool probe;
	uint8_t frame[ROTOR_SMBUS_FRAME_MAX];
};

/**
 * Joins the endpoint @p m, already initialised, to a bus.
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT: bad address, or the endpoint's
 *         transmission unit exceeds ROTOR_SMBUS_UNIT.
 */
enum rotor_status rotor_smbus_init(struct rotor_smbus *b, struct rotor_mctp *m,
				   const struct rotor_smbus_config *config);

/**
 * Takes a frame that was written to the own address and hands its packet to
 * the endpoint (whose callbacks may be called).
 * @return ROTOR_OK if it was a good frame: the host acknowledges it;
 *         otherwise counted, and not to be acknowledged where the bus still
 *         allows that (SMBus 3.2, 6.4.2: NACK of a bad PEC).
 */
enum rotor_status rotor_smbus_receive(struct rotor_smbus *b, uint8_t *frame, size_t len,
				      rotor_ms now);

/**
 * The transfer to be made now, if any: the next packet, or a repeat whose wait
 * is over. One at a time: false until rotor_smbus_transfer_done().
 */
bool rotor_smbus_next_transfer(struct rotor_smbus *b, struct rotor_smbus_transfer *out,
			       rotor_ms now);

/**
 * How the transfer ended.
 * @param acked every byte was acknowledged. If not (NACK, lost arbitration,
 *        error), the same frame is sent again later, up to config.tries, a
 *        probe up to ROTOR_SMBUS_PROBE_TRIES.
 */
void rotor_smbus_transfer_done(struct rotor_smbus *b, bool acked, rotor_ms now);

/**
 * When rotor_smbus_next_transfer() will have something, as far as time decides:
 * the end of a wait, or ROTOR_NEVER. (New messages show in rotor_mctp_sending().)
 */
rotor_ms rotor_smbus_deadline(const struct rotor_smbus *b);

#ifdef __cplusplus
}
#endif

#endif
