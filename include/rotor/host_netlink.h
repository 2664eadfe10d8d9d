/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What Linux has to be told of MCTP links, by route netlink: links up, local
 * EIDs, routes and neighbours; and what it knows of them (rtnetlink(7);
 * linux/mctp.h, linux/if_link.h).
 *
 * The first half makes and reads messages in memory; the second speaks to the
 * kernel and waits for its answer, which comes at once. To change anything takes
 * CAP_NET_ADMIN.
 */
#ifndef ROTOR_HOST_NETLINK_H
#define ROTOR_HOST_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that hold any request. */
#define ROTOR_NETLINK_REQUEST_MAX 128
/** Longest physical address that is kept of a link or given to a neighbour. */
#define ROTOR_NETLINK_ADDRESS_MAX 32
/** Longest name of a link, with its NUL. */
#define ROTOR_NETLINK_NAME_MAX 16

/* ---- messages ---- */

/** What can be asked. */
enum rotor_netlink_ask {
	ROTOR_NETLINK_LINKS,      /**< list: every link */
	ROTOR_NETLINK_ADDRESSES,  /**< list: every local EID */
	ROTOR_NETLINK_ROUTES,     /**< list: every route */
	ROTOR_NETLINK_NEIGHBOURS, /**< list: every neighbour */
	ROTOR_NETLINK_LINK_UP,
	ROTOR_NETLINK_ADDRESS_ADD, /**< @c first becomes a local EID of the link */
	ROTOR_NETLINK_ADDRESS_REMOVE,
	ROTOR_NETLINK_ROUTE_ADD, /**< @c first to @c last are reached over the link */
	ROTOR_NETLINK_ROUTE_REMOVE,
	ROTOR_NETLINK_NEIGHBOUR_ADD, /**< @c first is at a physical address of the link */
	ROTOR_NETLINK_NEIGHBOUR_REMOVE,
	ROTOR_NETLINK_ASK_COUNT,
};

/** A request. Lists use none of the fields, the rest @c link and what their names say. */
struct rotor_netlink_request {
	enum rotor_netlink_ask ask;
	unsigned link;       /**< index */
	uint8_t first, last; /**< EIDs; of one alone only @c first counts */
	struct rotor_bytes
	    address; /**< of a neighbour: physical address, up to ROTOR_NETLINK_ADDRESS_MAX bytes */
};

/**
 * Writes a request.
 * @param sequence comes back in what answers it.
 * @param[out] len bytes written; 0 on error.
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT: an EID that cannot be assigned, EIDs in the wrong order, an address that is too
 *         long; ROTOR_ERR_SPACE
 */
enum rotor_status rotor_netlink_write(const struct rotor_netlink_request *request,
				      uint32_t sequence, void *buf, size_t cap, size_t *len);

/** What a message of the kernel is. */
enum rotor_netlink_kind {
	ROTOR_NETLINK_OTHER, /**< something that nobody asked for, or not of MCTP */
	ROTOR_NETLINK_DONE,  /**< a list has ended */
	ROTOR_NETLINK_ERROR, /**< @c error, 0: done */
	ROTOR_NETLINK_LINK,
	ROTOR_NETLINK_ADDRESS,
	ROTOR_NETLINK_ROUTE,
	ROTOR_NETLINK_NEIGHBOUR,
};

struct rotor_netlink_message {
	enum rotor_netlink_kind kind;
	uint32_t sequence; /**< of the request that it answers */
	int error;         /**< errno's values, positive */
	unsigned link;     /**< index */
	/* of a link */
	bool mctp; /**< it carries MCTP */
	bool up;
	char name[ROTOR_NETLINK_NAME_MAX];
	uint32_t mtu;        /**< bytes, transport header included */
	uint32_t network;    /**< MCTP network */
	uint8_t address_len; /**< bytes of a physical address on it; of a neighbour: of its */
	uint8_t address[ROTOR_NETLINK_ADDRESS_MAX];
	/* of an address, route or neighbour */
	uint8_t first, last; /**< EIDs */
	bool local;          /**< of a route: to the kernel itself */
};

/**
 * Reads the next message of what the kernel has sent in one piece.
 * @return ROTOR_OK; ROTOR_ERR_NOT_FOUND: there is no more; ROTOR_ERR_LENGTH or ROTOR_ERR_FORMAT: what is left is no
 *         message, and nothing more can be read
 */
enum rotor_status rotor_netlink_read(struct rotor_reader *r, struct rotor_netlink_message *message);

/* ---- the kernel ---- */

struct rotor_netlink {
	int fd;
	uint32_t sequence;
	int error; /**< errno of the last request that the kernel refused */
};

/** @return ROTOR_ERR_UNSUPPORTED: there is no netlink; ROTOR_ERR_IO */
enum rotor_status rotor_netlink_open(struct rotor_netlink *n);
void rotor_netlink_close(struct rotor_netlink *n);
/**
 * Asks for a list.
 * @param each called with each item of the kind that was asked for.
 * @return ROTOR_OK; ROTOR_ERR_UNSUPPORTED: this kernel has no MCTP; ROTOR_ERR_IO, ROTOR_ERR_FORMAT
 */
enum rotor_status
rotor_netlink_list(struct rotor_netlink *n, enum rotor_netlink_ask ask,
		   void (*each)(void *ctx, const struct rotor_netlink_message *message), void *ctx);
/**
 * Has something changed. That something is there already, or is gone already, is no error.
 * @return ROTOR_OK; ROTOR_ERR_DENIED: CAP_NET_ADMIN is missing; ROTOR_ERR_NOT_FOUND: no such link, or it is none of MCTP;
 *         ROTOR_ERR_UNSUPPORTED; ROTOR_ERR_ARGUMENT; ROTOR_ERR_IO
 */
enum rotor_status rotor_netlink_change(struct rotor_netlink *n,
				       const struct rotor_netlink_request *request);

#ifdef __cplusplus
}
#endif

#endif
