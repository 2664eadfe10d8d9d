/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Classic pcap files of MCTP packets: link type 291 (LINKTYPE_MCTP), one MCTP
 * packet a record (transport header and payload, no binding's framing),
 * microsecond timestamps.
 *
 * The reader takes files of either byte order, microseconds or nanoseconds,
 * and trusts none of their fields: a record is never longer than
 * ROTOR_PCAP_PACKET_MAX, and the first fault ends the reading.
 */
#ifndef ROTOR_HOST_PCAP_H
#define ROTOR_HOST_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rotor/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** LINKTYPE_MCTP. */
#define ROTOR_PCAP_LINKTYPE_MCTP 291
/** Longest record that is written or read, in bytes (a whole message of an emulator's capture is one record). */
#define ROTOR_PCAP_PACKET_MAX 65540

/* ---- writing ---- */

struct rotor_pcap_writer {
	FILE *file;
	bool failed; /**< sticky: a write failed; found by rotor_pcap_close() */
	uint64_t packets;
};

/**
 * Creates (or truncates) @p path, readable by its owner only, and writes the file header.
 * Each record is flushed, so that a capture can be followed while it grows.
 */
enum rotor_status rotor_pcap_create(struct rotor_pcap_writer *w, const char *path);
/** The same on an open stream, which the writer owns from here on. */
enum rotor_status rotor_pcap_create_file(struct rotor_pcap_writer *w, FILE *file);
/**
 * Adds one MCTP packet.
 * @param time_us microseconds since 1970-01-01 UTC; see rotor_pcap_now().
 * @return ROTOR_ERR_LENGTH if @p len is more than ROTOR_PCAP_PACKET_MAX, ROTOR_ERR_IO if a write failed now or before.
 */
enum rotor_status rotor_pcap_write(struct rotor_pcap_writer *w, uint64_t time_us,
				   const void *packet, size_t len);
/** Closes the file. @return ROTOR_ERR_IO if any write failed. Harmless on a zeroed or closed writer. */
enum rotor_status rotor_pcap_close(struct rotor_pcap_writer *w);
/** The wall clock now, in microseconds since 1970-01-01 UTC. */
uint64_t rotor_pcap_now(void);

/* ---- reading ---- */

struct rotor_pcap_packet {
	uint64_t time_us;
	const uint8_t *data; /**< inside the caller's buffer, or inside the memory that is read */
	size_t len;
};

struct rotor_pcap_reader {
	FILE *file;        /**< what is read, or NULL: */
	const uint8_t *at; /**< ... memory */
	size_t left;
	uint8_t *buf; /**< the caller's, when a file is read */
	size_t size;
	bool big_endian;
	bool nanoseconds;
	uint64_t packets;         /**< records read so far */
	enum rotor_status status; /**< sticky: the first fault */
};

/**
 * Starts reading a file; reads and checks its header.
 * @param buf where each packet is put, e.g. of ROTOR_PCAP_PACKET_MAX bytes; a longer record is ROTOR_ERR_SPACE.
 * @return ROTOR_ERR_FORMAT if this is no pcap file, ROTOR_ERR_UNSUPPORTED for another link type,
 *         version or pcapng, ROTOR_ERR_LENGTH if it ends within its header.
 */
enum rotor_status rotor_pcap_read_file(struct rotor_pcap_reader *r, FILE *file, void *buf,
				       size_t size);
/** The same for a file in memory, which must outlive the reader; packets are given in place. */
enum rotor_status rotor_pcap_read_memory(struct rotor_pcap_reader *r, const void *data, size_t len);
/**
 * The next packet.
 * @return ROTOR_OK; ROTOR_ERR_NOT_FOUND at the end of the file; ROTOR_ERR_LENGTH if the file
 *         ends within a record; ROTOR_ERR_FORMAT for a record that contradicts itself (longer than the
 *         original or than ROTOR_PCAP_PACKET_MAX, cut short by the capturer, fraction of a second too large);
 *         ROTOR_ERR_SPACE; ROTOR_ERR_IO. Errors are sticky.
 */
enum rotor_status rotor_pcap_next(struct rotor_pcap_reader *r, struct rotor_pcap_packet *packet);

#ifdef __cplusplus
}
#endif

#endif
