/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs between the emulated chip (the parent process) and its runtime (the
 * child) over two of the three descriptors that the child has: the flash bus and
 * the mailbox. Both are SOCK_SEQPACKET sockets, one message a packet, integers
 * little-endian. On real hardware the first is a flash controller and the second
 * a few registers.
 *
 * Flash: a request is op (1), which flash (1), 2 zero bytes, offset (4), length (4), then the data
 * of a program; the reply is status (1, enum rotor_status), 3 zero bytes, then
 * the data of a read. Requests are answered in order, one at a time.
 *
 * Mailbox: type (1), then its content.
 */
#ifndef ROTOR_PROT_CHIPWIRE_H
#define ROTOR_PROT_CHIPWIRE_H

#include <stddef.h>
#include <stdint.h>

#include "rotor/boot.h"

#define CHIP_FLASH_HEADER 12
#define CHIP_FLASH_REPLY  4
#define CHIP_FLASH_DATA   4096
#define CHIP_FLASH_PACKET (CHIP_FLASH_HEADER + CHIP_FLASH_DATA)
#define CHIP_MAILBOX_MAX  16384
#define CHIP_MAILBOX_TEXT 512
/* How often a runtime feeds the watchdog, at the latest. */
#define CHIP_FEED_MS 500

enum chip_flash_op {
	CHIP_FLASH_READ = 1,
	CHIP_FLASH_ERASE = 2,
	CHIP_FLASH_PROGRAM = 3,
};

/* Which flash: the device's own, or that of the chip behind it. */
enum chip_flash_select { CHIP_FLASH_OWN = 0, CHIP_FLASH_BEHIND = 1 };

struct chip_flash_request {
	uint8_t op;     /* enum chip_flash_op */
	uint8_t select; /* enum chip_flash_select */
	uint32_t offset;
	uint32_t len;
	struct rotor_bytes data; /* program only */
};

enum chip_mail {
	/*
	 * chip to runtime, once: the SMBus address that the pins strap, 0 if there is a serial line instead (1); size, sector and
	 * program unit of the flash of the chip behind it (4 each), zeros if there is none; the encoded struct rotor_boot_handoff
	 */
	CHIP_MAIL_HANDOFF = 0x01,
	/* runtime to chip */
	CHIP_MAIL_CONFIRMED = 0x81,  /* this firmware has proved itself: the floor may rise */
	CHIP_MAIL_RESET = 0x82,      /* please reset; a text says why */
	CHIP_MAIL_LOG = 0x83,        /* a line for the console */
	CHIP_MAIL_LAMP = 0x84,       /* what the status lamp does, as text */
	CHIP_MAIL_ALIVE = 0x85,      /* feeds the watchdog */
	CHIP_MAIL_CHIP_RESET = 0x86, /* the chip behind it has new firmware: start that */
};

/* Reads a request. ROTOR_ERR_FORMAT for an unknown op, ROTOR_ERR_LENGTH if the data does not fit the length. */
enum rotor_status chip_flash_request_decode(const uint8_t *packet, size_t len,
					    struct chip_flash_request *out);
/* Writes a request (with its data); the packet's length in *len. */
enum rotor_status chip_flash_request_encode(const struct chip_flash_request *request,
					    uint8_t *packet, size_t cap, size_t *len);

/* Bytes of CHIP_MAIL_HANDOFF before the handoff. */
#define CHIP_HANDOFF_HEADER (2 + 3 * 4)

/* The runtime's flash: ops over `fd`, each pending until the chip has answered. Both flashes share it: one operation at a time. */
struct chip_flash_client {
	int fd;
	/* the request that waits for its answer */
	uint8_t op, select;
	uint32_t offset;
	uint32_t len;
	uint8_t packet[CHIP_FLASH_PACKET];
};

/* One of the flashes over it. */
struct chip_flash {
	struct chip_flash_client *client;
	enum chip_flash_select select;
};

/* A flash port for rotor's boot module. `flash` and `client` must outlive it. */
struct rotor_flash chip_flash_port(struct chip_flash *flash, struct chip_flash_client *client,
				   enum chip_flash_select select,
				   const struct rotor_flash_geometry *geometry);

#endif
