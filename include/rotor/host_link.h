/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * An MCTP endpoint joined to a descriptor: to the virtual SMBus segment
 * (rotor/host_bus.h), where it has an address, or to a serial line
 * (rotor/host_line.h), where there is one peer. What an agent and the emulated
 * device have in common below the endpoint.
 *
 * Nothing here waits, opens or allocates; a sandboxed runtime may use it.
 * @code
 * rotor_link_serial(&link, fd, endpoint);
 * for (;;) {
 *         if (rotor_link_serve(&link, now) != ROTOR_OK)  the other end is gone
 *         poll whoever has the endpoint
 *         rotor_link_send(&link, now);
 *         poll(fd, rotor_link_events(&link)) until rotor_link_deadline(&link) or that of the endpoint's owner
 * }
 * @endcode
 */
#ifndef ROTOR_HOST_LINK_H
#define ROTOR_HOST_LINK_H

#include "rotor/host_bus.h"
#include "rotor/mctp_serial.h"
#include "rotor/mctp_smbus.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that are handed to a line at once. Small, so that what is urgent does not wait long behind them. */
#define ROTOR_LINK_PIECE 160

/** Fields are private but @c seen, @c ctx and the counters of the bindings. */
struct rotor_link {
	int fd;      /**< not owned */
	bool serial; /**< a serial line; else the bus */
	/** Shown every MCTP packet that comes in whole or has been delivered, in their order; NULL: nobody looks. */
	void (*seen)(void *ctx, const uint8_t *packet, size_t len);
	void *ctx;

	struct rotor_smbus smbus;
	bool in_flight; /* a transfer of ours is with the bus */
	uint16_t sequence;

	struct rotor_serial line;
	struct rotor_serial heard, sent; /* listeners, for seen */
	size_t out_at, out_len;          /* what of `out` is still to be written */
	uint8_t out[ROTOR_LINK_PIECE];
};

/**
 * Joins an endpoint to the bus.
 * @param fd as rotor_bus_connect() gave it, with @p address claimed.
 * @return ROTOR_OK; errors of rotor_smbus_init()
 */
ROTOR_MUST_CHECK enum rotor_status rotor_link_bus(struct rotor_link *link, int fd,
						  struct rotor_mctp *endpoint, uint8_t address);
/**
 * Joins an endpoint to a serial line.
 * @param fd a connected stream socket, or a terminal that does not block.
 * @return ROTOR_OK; errors of rotor_serial_init()
 */
ROTOR_MUST_CHECK enum rotor_status rotor_link_serial(struct rotor_link *link, int fd,
						     struct rotor_mctp *endpoint);
/** Takes all that has come. @return ROTOR_OK; ROTOR_ERR_NOT_FOUND or ROTOR_ERR_IO: bus or line are gone */
enum rotor_status rotor_link_serve(struct rotor_link *link, rotor_ms now);
/** Sends what the endpoint has to send, as far as there is room. What fails shows in the next rotor_link_serve(). */
void rotor_link_send(struct rotor_link *link, rotor_ms now);
/** Whether something that the endpoint believes to be sent has not left yet. */
bool rotor_link_draining(const struct rotor_link *link);
/** What to poll the descriptor for: POLLIN, perhaps POLLOUT. */
short rotor_link_events(const struct rotor_link *link);
/** When rotor_link_send() is next needed, as far as time decides, or ROTOR_NEVER. */
rotor_ms rotor_link_deadline(const struct rotor_link *link);

#ifdef __cplusplus
}
#endif

#endif
