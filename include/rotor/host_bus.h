/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Client of rotor-bus, the virtual SMBus segment. docs/bus.md describes the
 * protocol; this header is its C form.
 *
 * A client is only a connected SOCK_SEQPACKET socket: there is no state here,
 * nothing is allocated, and every buffer is the caller's. A process that was
 * handed such a socket (the emulated device's runtime) uses the second half of
 * this header alone, which needs send, recv and poll and opens nothing.
 *
 * A transfer is one SMBus write as it stands on the wire: the first byte is
 * the address byte (7-bit address shifted left by one, bit 0 clear for a
 * write), the last one the packet error code. Bus and client pass it on as it
 * is; the endpoints make and check the packet error code.
 *
 * The life of one transfer:
 * @code
 * master                          bus                          target
 * rotor_bus_send(seq 7)     →
 *                                 ROTOR_BUS_DELIVERY (seq 41) →
 *                                                         rotor_bus_answer(41, ack)
 *                           ←  ROTOR_BUS_RESULT (seq 7)
 * @endcode
 */
#ifndef ROTOR_HOST_BUS_H
#define ROTOR_HOST_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the protocol, the first byte of every packet. */
#define ROTOR_BUS_VERSION 1
/** Bytes before a packet's body: version, type, sequence (2, little-endian), code. */
#define ROTOR_BUS_HEADER_SIZE 5
/**
 * Longest transfer: address, command, byte count, 255 bytes, packet error code
 * (SMBus 3.2, 6.5.7, block write).
 */
#define ROTOR_BUS_TRANSFER_MAX 259
/** Longest packet in either direction: a monitor's copy of the longest transfer. */
#define ROTOR_BUS_PACKET_MAX (ROTOR_BUS_HEADER_SIZE + 8 + ROTOR_BUS_TRANSFER_MAX)
/** Transfers that one client may have waiting; one more is answered ROTOR_BUS_BUSY. */
#define ROTOR_BUS_QUEUE_MAX 8
/** Addresses that one client may hold. */
#define ROTOR_BUS_CLAIMS_MAX 8
/** A target that has not answered after so many milliseconds has refused the transfer. */
#define ROTOR_BUS_ANSWER_MS 500

/** Packet types, second byte of a packet. */
enum rotor_bus_type {
	/* from a client */
	ROTOR_BUS_TYPE_CLAIM = 0x01,
	ROTOR_BUS_TYPE_MONITOR = 0x02,
	ROTOR_BUS_TYPE_WRITE = 0x03,
	ROTOR_BUS_TYPE_READ = 0x04,       /**< reserved: answered unsupported */
	ROTOR_BUS_TYPE_WRITE_READ = 0x05, /**< reserved: answered unsupported */
	ROTOR_BUS_TYPE_ANSWER = 0x06,
	/* from the bus */
	ROTOR_BUS_TYPE_CLAIMED = 0x81,
	ROTOR_BUS_TYPE_MONITORING = 0x82,
	ROTOR_BUS_TYPE_RESULT = 0x83,
	ROTOR_BUS_TYPE_DELIVERY = 0x86,
	ROTOR_BUS_TYPE_SEEN = 0x87,
	ROTOR_BUS_TYPE_ERROR = 0x8f,
};

/** What became of a transfer or request, fifth byte of a packet. */
enum rotor_bus_code {
	/** Acknowledged; request granted. */
	ROTOR_BUS_ACK = 0x00,
	/** Not acknowledged: nobody has that address. */
	ROTOR_BUS_NACK_ABSENT = 0x01,
	/** Not acknowledged: the target refused it (its packet error code was wrong, it has no room). */
	ROTOR_BUS_NACK_REFUSED = 0x02,
	/** Not acknowledged: the target did not answer in ROTOR_BUS_ANSWER_MS, or went away. */
	ROTOR_BUS_NACK_TIMEOUT = 0x03,
	/** Not acknowledged: lost on the way by an injected fault. The target never saw it. */
	ROTOR_BUS_NACK_LOST = 0x04,
	/** Not taken: the client has ROTOR_BUS_QUEUE_MAX transfers waiting already. */
	ROTOR_BUS_BUSY = 0x10,
	/** Claim refused: another client has that address. */
	ROTOR_BUS_TAKEN = 0x20,
	/** Claim refused: the address is reserved by I2C or SMBus, or is not a 7-bit address. */
	ROTOR_BUS_RESERVED = 0x21,
	/** Claim or monitor refused: the client, or the bus, has as many as it can have. */
	ROTOR_BUS_LIMIT = 0x22,
	/** The packet type is reserved or unknown; nothing else happened. */
	ROTOR_BUS_UNSUPPORTED = 0x30,
	/** The packet is malformed; the bus disconnects. */
	ROTOR_BUS_MALFORMED = 0x31,
	/** The packet is of another protocol version; the bus disconnects. */
	ROTOR_BUS_VERSION_MISMATCH = 0x32,
};

/** A short English phrase for @p code; never NULL. */
const char *rotor_bus_code_string(enum rotor_bus_code code);

/** True for an address that no client may claim (I2C's reserved ranges, SMBus host, alert response, default address). */
bool rotor_bus_address_reserved(uint8_t address);

/* ---- connecting (blocking; not for a sandboxed runtime) ---- */

/**
 * Connects to the bus at @p path and claims @p address.
 * @param path file system path of the socket.
 * @param address 7-bit address to claim.
 * @param[out] fd the connected socket, close-on-exec. -1 on error. (Its blocking mode does not matter: no function here relies on it.)
 * @param[out] code why a claim was refused; may be NULL. ROTOR_BUS_ACK if the bus was not reached.
 * @return ROTOR_ERR_NOT_FOUND if nothing listens there, ROTOR_ERR_BUSY if the
 *         address is taken, ROTOR_ERR_ARGUMENT if it is reserved or the path is too long,
 *         ROTOR_ERR_TIMEOUT if the bus does not answer within two seconds, else ROTOR_ERR_IO.
 */
enum rotor_status rotor_bus_connect(const char *path, uint8_t address, int *fd,
				    enum rotor_bus_code *code);
/**
 * Connects without claiming anything: enough to send, not to be a target.
 * Errors and @p fd as rotor_bus_connect().
 */
enum rotor_status rotor_bus_connect_only(const char *path, int *fd);
/**
 * Claims one more address. Waits up to two seconds for the reply. Must not be called while
 * transfers are in flight: any other packet that arrives meanwhile is ROTOR_ERR_STATE.
 */
enum rotor_status rotor_bus_claim(int fd, uint8_t address, enum rotor_bus_code *code);
/** Asks for a copy (ROTOR_BUS_SEEN) of every transfer on the segment. Waits like rotor_bus_claim(). */
enum rotor_status rotor_bus_monitor(int fd, enum rotor_bus_code *code);

/* ---- on a connected socket (never blocks, opens nothing) ---- */

/**
 * Hands a transfer to the bus.
 * @param sequence the caller's number for it, given back with the result.
 * @param transfer the bytes on the wire, address byte first.
 * @return ROTOR_PENDING if the socket is full (poll for POLLOUT, send again),
 *         ROTOR_ERR_LENGTH if @p len is less than 2 or more than ROTOR_BUS_TRANSFER_MAX,
 *         ROTOR_ERR_ARGUMENT if bit 0 of the address byte is set (a read),
 *         ROTOR_ERR_IO if the bus is gone.
 */
enum rotor_status rotor_bus_send(int fd, uint16_t sequence, const void *transfer, size_t len);

enum rotor_bus_event_type {
	/** A transfer for an address of ours: answer it with rotor_bus_answer(). */
	ROTOR_BUS_DELIVERY,
	/** What became of a transfer of ours. */
	ROTOR_BUS_RESULT,
	/** A transfer between others (monitors only). */
	ROTOR_BUS_SEEN,
	/** The bus refused a packet of ours: see @c code. */
	ROTOR_BUS_ERROR,
};

struct rotor_bus_event {
	enum rotor_bus_event_type type;
	/** DELIVERY: the bus's number, to be given to rotor_bus_answer(). Else the number given with the request. */
	uint16_t sequence;
	/** RESULT, SEEN, ERROR: what became of it. */
	enum rotor_bus_code code;
	/** DELIVERY, SEEN: the bytes on the wire, address byte first; inside the caller's buffer. */
	uint8_t *transfer;
	size_t len;
	/** SEEN: bit times that the segment had carried when this transfer ended. */
	uint64_t bit_times;
};

/**
 * Receives one packet.
 * @param buf the caller's buffer of at least ROTOR_BUS_PACKET_MAX bytes; @p event points into it.
 * @return ROTOR_OK with @p event filled; ROTOR_PENDING if nothing is there (poll for POLLIN);
 *         ROTOR_ERR_NOT_FOUND if the bus has closed the connection; ROTOR_ERR_FORMAT or
 *         ROTOR_ERR_LENGTH for a packet that is not of this protocol (skipped); ROTOR_ERR_IO otherwise.
 */
enum rotor_status rotor_bus_receive(int fd, void *buf, size_t size, struct rotor_bus_event *event);

/**
 * Acknowledges or refuses a delivery. The bus waits ROTOR_BUS_ANSWER_MS for it, and carries nothing else meanwhile.
 * @return ROTOR_PENDING if the socket is full (answer again later), ROTOR_ERR_IO if the bus is gone.
 */
enum rotor_status rotor_bus_answer(int fd, uint16_t sequence, bool ack);

#ifdef __cplusplus
}
#endif

#endif
