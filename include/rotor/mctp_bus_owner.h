/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Discovery of the endpoints of one bus, and assignment of their EIDs
 * (DSP0236 1.3.1, 8.17 and 12), as a state machine that does no I/O: it sends
 * its requests through a struct rotor_mctp and is driven by poll and by that
 * endpoint's callbacks.
 *
 * For each candidate address in turn: Get Endpoint ID, Get Endpoint UUID, Set
 * Endpoint ID (bus owner only, and only if the endpoint does not have its EID
 * already), Get MCTP Version Support, Get Message Type Support. A request that
 * the binding cannot deliver means that nobody is there; one without an answer
 * is sent again with the same instance ID. A route is entered in the endpoint's
 * table for each endpoint found that has an EID.
 *
 * A probe is a write to whatever sits at the address: on a real bus give the
 * list of addresses where MCTP endpoints are known to be.
 */
#ifndef ROTOR_MCTP_BUS_OWNER_H
#define ROTOR_MCTP_BUS_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/mctp_control.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An endpoint found. */
struct rotor_mctp_found {
	rotor_mctp_phys phys; /**< physical address */
	uint8_t eid;          /**< its EID now; 0: none, see @c status */
	bool assigned;        /**< this bus owner gave it the EID in this scan */
	bool has_uuid;
	uint8_t uuid[ROTOR_MCTP_UUID_SIZE];
	struct rotor_mctp_get_eid_answer endpoint; /**< its first answer, before any assignment */
	struct rotor_mctp_versions_answer
	    versions; /**< of the base protocol; count 0 if it would not tell */
	struct rotor_mctp_types_answer types; /**< message types; count 0 if it would not tell */
	/** ROTOR_OK; ROTOR_ERR_TIMEOUT or ROTOR_ERR_IO: stopped answering half-way;
	 *  ROTOR_ERR_PEER: refused to tell its EID; ROTOR_ERR_SPACE: no EID left, or
	 *  the route table is full; ROTOR_ERR_DENIED: it refused the EID chosen for it,
	 *  or (join) its EID is that of another; ROTOR_ERR_STATE: (join) it has no EID yet. */
	enum rotor_status status;
};

/** True if the endpoint said that it supports message type @p type. */
bool rotor_mctp_found_supports(const struct rotor_mctp_found *found, uint8_t type);

/** An EID that belongs to a UUID. */
struct rotor_mctp_uuid_eid {
	uint8_t uuid[ROTOR_MCTP_UUID_SIZE];
	uint8_t eid;
};

/** What happens, for narration. */
enum rotor_mctp_owner_event_kind {
	ROTOR_MCTP_OWNER_SENT, /**< a request was queued: phys, eid (destination), command, tries */
	ROTOR_MCTP_OWNER_ANSWERED, /**< its answer: command, completion, body (after the completion code) */
	ROTOR_MCTP_OWNER_ABSENT, /**< nobody acknowledged at phys */
	ROTOR_MCTP_OWNER_SILENT, /**< no valid answer after all tries: phys, command */
	ROTOR_MCTP_OWNER_FOUND,  /**< an endpoint is complete: found */
	ROTOR_MCTP_OWNER_DONE,   /**< the scan is over: status as rotor_mctp_bus_owner_status() */
};

struct rotor_mctp_owner_event {
	enum rotor_mctp_owner_event_kind kind;
	rotor_mctp_phys phys;
	uint8_t eid;
	uint8_t command;
	uint8_t instance;
	uint8_t tries;              /**< which try, from 1 */
	uint8_t completion;         /**< of an answer */
	struct rotor_bytes request; /**< sent: the message after the type byte */
	struct rotor_bytes body;    /**< answered: the message after the completion code */
	const struct rotor_mctp_found *found;
	enum rotor_status status;
};

/** All pointers are kept. */
struct rotor_mctp_bus_owner_config {
	/** Assign EIDs. False: join a bus that another one owns, and only look. */
	bool owner;
	/** Candidate physical addresses in the order to be asked; NULL: all that SMBus has, 0x08 to 0x77. */
	const rotor_mctp_phys *addresses;
	size_t address_count;
	/** The own address, which is passed over; ROTOR_MCTP_PHYS_ROUTE: none. */
	rotor_mctp_phys own_address;
	/** EIDs that belong to known UUIDs; come before all else. May be NULL. */
	const struct rotor_mctp_uuid_eid *known;
	size_t known_count;
	/** EIDs to be given to others, first to last; both 0: ROTOR_MCTP_EID_FIRST to ROTOR_MCTP_EID_LAST. */
	uint8_t pool_first;
	uint8_t pool_last;
	/** Result table. */
	struct rotor_mctp_found *found;
	size_t found_max;
	/** Time for an answer, in ms, and number of tries; 0: 250 and 4. */
	uint32_t timeout_ms;
	uint8_t tries;
	/** Told of every step; may be NULL. Must not call into this bus owner. */
	void (*on_event)(void *ctx, const struct rotor_mctp_owner_event *event);
	void *ctx;
};

struct rotor_mctp_bus_owner {
	struct rotor_mctp *mctp;
	struct rotor_mctp_bus_owner_config config;
	enum rotor_status status;
	size_t found_count;
	size_t next_address;  /* index of the next candidate */
	rotor_mctp_phys hint; /* to be asked first; ROTOR_MCTP_PHYS_ROUTE: none */
	bool hint_asked;
	bool searching; /* for wanted_uuid only */
	bool overflow;  /* an endpoint found no place in the table */
	bool waiting;   /* a request is with the endpoint */
	uint8_t step;   /* enum of bus_owner.c */
	uint8_t instance;
	uint8_t tries;      /* of the step's request */
	uint8_t wanted_eid; /* to be assigned */
	uint8_t request_len;
	uint8_t request[4];
	rotor_ms not_before; /* of the next request */
	uint8_t wanted_uuid[ROTOR_MCTP_UUID_SIZE];
	struct rotor_mctp_found current; /* being filled in */
};

/** Prepares a bus owner on the endpoint @p m. @return ROTOR_OK or ROTOR_ERR_ARGUMENT. */
enum rotor_status rotor_mctp_bus_owner_init(struct rotor_mctp_bus_owner *o, struct rotor_mctp *m,
					    const struct rotor_mctp_bus_owner_config *config);

/** Empties the result table, removes the routes of what was in it, and starts a scan of all
 *  candidate addresses. Ends one that runs. */
void rotor_mctp_bus_owner_scan(struct rotor_mctp_bus_owner *o, rotor_ms now);

/**
 * Looks for one endpoint again, by UUID, as after its reboot: first at
 * @p hint (ROTOR_MCTP_PHYS_ROUTE: no hint), then at each candidate address,
 * until it is found. Its entry in the result table is replaced or added; others
 * met on the way are left as they are. As bus owner, it is given its EID back:
 * the known one of its UUID, else the one in its old entry.
 * One pass: rotor_mctp_bus_owner_status() is then the entry's status (ROTOR_OK) or
 * ROTOR_ERR_NOT_FOUND, and the caller, who knows how long a reboot may take,
 * starts the next.
 */
void rotor_mctp_bus_owner_find(struct rotor_mctp_bus_owner *o,
			       const uint8_t uuid[ROTOR_MCTP_UUID_SIZE], rotor_mctp_phys hint,
			       rotor_ms now);

/** Ends a scan without result; no more callbacks come. */
void rotor_mctp_bus_owner_stop(struct rotor_mctp_bus_owner *o);

/** Does what is next; to be called after the endpoint was driven and at the deadline. */
void rotor_mctp_bus_owner_poll(struct rotor_mctp_bus_owner *o, rotor_ms now);
/** When poll has something to do by itself: now (0), later, or ROTOR_NEVER while an answer is awaited. */
rotor_ms rotor_mctp_bus_owner_deadline(const struct rotor_mctp_bus_owner *o);

/**
 * ROTOR_PENDING while scanning; ROTOR_OK: done; of a find, see there; ROTOR_ERR_SPACE: more endpoints than places in the result
 * table; ROTOR_ERR_STATE: nothing started.
 */
enum rotor_status rotor_mctp_bus_owner_status(const struct rotor_mctp_bus_owner *o);

/** The result table (in the caller's memory) and its filled length. */
const struct rotor_mctp_found *rotor_mctp_bus_owner_found(const struct rotor_mctp_bus_owner *o,
							  size_t *count);
/** The entry with this UUID, or NULL. */
const struct rotor_mctp_found *
rotor_mctp_bus_owner_by_uuid(const struct rotor_mctp_bus_owner *o,
			     const uint8_t uuid[ROTOR_MCTP_UUID_SIZE]);
/** The entry with this EID, or NULL. */
const struct rotor_mctp_found *rotor_mctp_bus_owner_by_eid(const struct rotor_mctp_bus_owner *o,
							   uint8_t eid);

#ifdef __cplusplus
}
#endif

#endif
