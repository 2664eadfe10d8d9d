/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * MCTP bridge (DSP0236 1.3.1, clause 9): joins the endpoints of several buses,
 * and forwards each packet for another EID to the bus where that one is.
 *
 * Every port is an ordinary endpoint (rotor/mctp.h) with its binding; all have
 * the same EID. What arrives for that EID is handled by the endpoint where it
 * arrived. Packets for others are kept in a pool until the binding of the other
 * port takes them, in turn with that endpoint's own: nothing else changes for
 * bindings and for who sends. With a bridge, rotor_mctp_route_set(), _remove()
 * and _find() of a port's endpoint use the bridge's table.
 *
 * A packet is forwarded only
 * - from an EID that the table has at the address and port it came from,
 * - to an EID that the table has at another port,
 * - if it is no larger than that port carries: bridges do not fragment.
 *
 * Hostile peers: no source may have more than its share of the pool; what a
 * broken port does not take is discarded in time; an address that does not
 * acknowledge gets a probe's few tries only, until it answers again, so that
 * it holds up nobody behind the same port for long.
 */
#ifndef ROTOR_MCTP_BRIDGE_H
#define ROTOR_MCTP_BRIDGE_H

#include "rotor/mctp_control.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of a routing-table entry (DSP0236 1.3.1, 12.11 and 12.12). */
enum rotor_mctp_route_kind {
	ROTOR_MCTP_ROUTE_ENDPOINT = 0,
	/** A bridge, whose EID is the first, and the endpoints behind it. */
	ROTOR_MCTP_ROUTE_BRIDGE_AND_ENDPOINTS = 1,
	/** A bridge alone. */
	ROTOR_MCTP_ROUTE_BRIDGE = 2,
	/** Endpoints behind a bridge, which is at the entry's address. */
	ROTOR_MCTP_ROUTE_ENDPOINTS = 3,
};

/** Physical transport binding identifiers (DSP0239). */
enum rotor_mctp_binding {
	ROTOR_MCTP_BINDING_SMBUS = 0x01,
	ROTOR_MCTP_BINDING_PCIE = 0x02,
	ROTOR_MCTP_BINDING_USB = 0x03,
	ROTOR_MCTP_BINDING_KCS = 0x04,
	ROTOR_MCTP_BINDING_SERIAL = 0x05,
	ROTOR_MCTP_BINDING_I3C = 0x06,
	ROTOR_MCTP_BINDING_VENDOR = 0xff,
};

/** One entry of the table: these EIDs are reached there. Zeroed is free. */
struct rotor_mctp_bridge_route {
	uint8_t first; /**< EID; 0: free entry */
	uint8_t last;  /**< EID, @c first or greater */
	uint8_t port;  /**< index in config.ports */
	uint8_t kind;  /**< enum rotor_mctp_route_kind */
	rotor_mctp_phys phys;
	bool fixed;  /**< static: rotor_mctp_bridge_route_remove() only takes it away */
	bool silent; /**< the last packet to there was not acknowledged */
};

/** A packet on its way through the bridge; the caller only provides the memory. */
struct rotor_mctp_bridge_packet {
	uint8_t len; /* 0: free */
	uint8_t port;
	rotor_mctp_phys phys;
	uint32_t order;
	rotor_ms due; /* too old from then on */
	uint8_t bytes[ROTOR_MCTP_HEADER_SIZE + ROTOR_MCTP_UNIT_MAX];
};

/** A bus that the bridge is on. */
struct rotor_mctp_bridge_port {
	struct rotor_mctp *mctp; /**< initialised; on one port of one bridge only */
	uint8_t binding;         /**< enum rotor_mctp_binding, for Get Routing Table Entries */
	uint8_t medium;          /**< physical medium identifier (DSP0239), likewise */
	/** Bytes of a physical address in control messages: 1 on SMBus (the address in bits 7 to 1), 0 on a line, 2 on PCIe. */
	uint8_t address_size;
	rotor_mctp_phys own; /**< the bridge's own address, for Resolve Endpoint ID */
	uint8_t unit;        /**< largest payload that the port carries; 0: the endpoint's unit */
	/* private */
	struct rotor_mctp_bridge *bridge;
	struct rotor_mctp_bridge_packet *flying; /* with the binding */
	bool forwarded;                          /* the last one was; the endpoint's turn */
};

/** Why a packet was not forwarded. */
enum rotor_mctp_bridge_drop {
	ROTOR_MCTP_BRIDGE_DROP_FORGED,   /**< its source is not where it came from */
	ROTOR_MCTP_BRIDGE_DROP_NO_ROUTE, /**< nobody knows the destination */
	ROTOR_MCTP_BRIDGE_DROP_SAME_BUS, /**< the destination is where it came from */
	ROTOR_MCTP_BRIDGE_DROP_TOO_LONG, /**< larger than the other port carries */
	ROTOR_MCTP_BRIDGE_DROP_QUOTA,    /**< its source has its share of the pool in use */
	ROTOR_MCTP_BRIDGE_DROP_FULL,     /**< the pool is full */
	ROTOR_MCTP_BRIDGE_DROP_LATE,     /**< the other port did not take it in time */
	ROTOR_MCTP_BRIDGE_DROP_LOST,     /**< not acknowledged, or the rest of such a message */
	ROTOR_MCTP_BRIDGE_DROP_COUNT,
};

/** A short lower-case English phrase for a drop reason; never NULL. */
const char *rotor_mctp_bridge_drop_string(enum rotor_mctp_bridge_drop reason);

struct rotor_mctp_bridge_counters {
	uint32_t forwarded; /**< packets that a binding delivered */
	uint32_t dropped[ROTOR_MCTP_BRIDGE_DROP_COUNT];
};

/** The struct is copied; the memory it points to is not. */
struct rotor_mctp_bridge_config {
	struct rotor_mctp_bridge_port *ports;
	uint8_t port_count;
	/** The port where the bus owner of this bridge is: only there EIDs and routes are accepted. port_count: nowhere, the
	 *  bridge is the top of its network. */
	uint8_t upstream;
	struct rotor_mctp_bridge_route *routes;
	uint8_t route_count;
	struct rotor_mctp_bridge_packet *packets;
	uint8_t packet_count;
	/** Most packets of one source EID in the pool; 0: half of it. */
	uint8_t packets_per_source;
	/** How long a packet may wait for its port, in ms; 0: ROTOR_MCTP_BRIDGE_KEEP_MS. */
	uint32_t keep_ms;
	/** EIDs wanted for the endpoints of the other ports. */
	uint8_t pool_wanted;
	/** Told that a pool has come (Allocate Endpoint IDs); may be NULL. */
	void (*on_pool)(void *ctx, uint8_t first, uint8_t count);
	void *ctx;
};

struct rotor_mctp_bridge {
	struct rotor_mctp_bridge_config config;
	struct rotor_mctp_bridge_counters counters; /**< readable */
	struct rotor_mctp_pool pool;                /**< readable */
	uint32_t next_order;
};

/**
 * Starts a bridge in memory of any content, and joins the ports' endpoints to it.
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT: the configuration is incomplete or out of range;
 *         ROTOR_ERR_UNSUPPORTED: built without bridges (ROTOR_MCTP_BRIDGE 0).
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_mctp_bridge_init(struct rotor_mctp_bridge *b, const struct rotor_mctp_bridge_config *config);

/** Sets the EID of all ports. @return as rotor_mctp_set_eid() */
enum rotor_status rotor_mctp_bridge_set_eid(struct rotor_mctp_bridge *b, uint8_t eid);

/**
 * Enters a route, and replaces the one of the same EIDs, if there is one. Of entries that overlap the one with
 * the fewest EIDs counts: so EIDs 8 to 254 at the bus owner's address are a default route.
 * @return ROTOR_OK; ROTOR_ERR_SPACE: the table is full; ROTOR_ERR_ARGUMENT: no such port, or EIDs that cannot be.
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_mctp_bridge_route_set(struct rotor_mctp_bridge *b,
			    const struct rotor_mctp_bridge_route *route);
/** Removes the route of exactly these EIDs, if there is one. */
void rotor_mctp_bridge_route_remove(struct rotor_mctp_bridge *b, uint8_t first, uint8_t last);
/** Where an EID is. @return the entry, valid until the table is changed; NULL: nobody knows */
struct rotor_mctp_bridge_route *rotor_mctp_bridge_route_find(const struct rotor_mctp_bridge *b,
							     uint8_t eid);

/** Discards packets that have waited for too long. */
void rotor_mctp_bridge_poll(struct rotor_mctp_bridge *b, rotor_ms now);
/** When rotor_mctp_bridge_poll() next has something to do, or ROTOR_NEVER. */
rotor_ms rotor_mctp_bridge_deadline(const struct rotor_mctp_bridge *b);

/**
 * The control commands of a bridge: Resolve Endpoint ID, Allocate Endpoint IDs, Routing Information Update, Get Routing
 * Table Entries, Query Hop (DSP0236 1.3.1, 12.9 to 12.12 and 12.17). For rotor_mctp_control_config.more of a port's responder; that
 * one's config.pool is the bridge's.
 * @param port struct rotor_mctp_bridge_port, of a bridge that has started
 */
rotor_mctp_control_more rotor_mctp_bridge_command;

#ifdef __cplusplus
}
#endif

#endif
