/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * MCTP base protocol (DSP0236 1.3.1): one endpoint on one bus. A bridge is several of them (rotor/mctp_bridge.h).
 *
 * The endpoint core does no I/O. A binding (rotor/mctp_smbus.h) hands it the
 * packets that arrive and pulls from it the packets that are to go:
 *
 * @code
 * rotor_mctp_receive(&m, phys, packet, len, now);        // from the binding
 * while ((n = rotor_mctp_next_packet(&m, buf, cap, &out)) != 0) {
 *         ... transfer it ...
 *         rotor_mctp_packet_done(&m, ok, now);            // before the next one
 * }
 * rotor_mctp_poll(&m, now);                              // at rotor_mctp_deadline(&m)
 * @endcode
 *
 * Complete messages come out of rotor_mctp_receive() through callbacks: an
 * answer to a request of ours goes to the callback given with the request,
 * everything else with the tag-owner bit set (requests and datagrams of peers)
 * to config.on_message. The control protocol is not built in: pass messages of
 * type ROTOR_MCTP_TYPE_CONTROL on to rotor/mctp_control.h.
 *
 * All storage is the caller's. Message bodies are never copied on the way out
 * (the sender's buffers are referenced until the last packet is away) and once
 * on the way in; a message of one packet is handed out where it lies.
 *
 * Callbacks may call back into the endpoint (send, request, hold, cancel, set
 * the EID), but not rotor_mctp_receive(), rotor_mctp_next_packet(),
 * rotor_mctp_packet_done() or rotor_mctp_poll().
 */
#ifndef ROTOR_MCTP_H
#define ROTOR_MCTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/config.h"
#include "rotor/status.h"
#include "rotor/time.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- numbers (DSP0236 1.3.1, 8.1 and 8.2; DSP0239) ---- */

/** Bytes of the MCTP transport header before each packet's payload. */
#define ROTOR_MCTP_HEADER_SIZE 4
/** Baseline transmission unit: the payload bytes of a packet that everybody must accept. */
#define ROTOR_MCTP_UNIT_BASELINE 64
/** Largest transmission unit of this implementation. */
#define ROTOR_MCTP_UNIT_MAX 254

/** "Whoever is at this physical address"; also the source EID of who has none. */
#define ROTOR_MCTP_EID_NULL 0x00
/** First EID that may be assigned; 1 to 7 are reserved. */
#define ROTOR_MCTP_EID_FIRST 0x08
/** Last EID that may be assigned. */
#define ROTOR_MCTP_EID_LAST 0xfe
/** Everybody. */
#define ROTOR_MCTP_EID_BROADCAST 0xff

/** Message types (DSP0239, table 1). */
enum rotor_mctp_type {
	ROTOR_MCTP_TYPE_CONTROL = 0x00,
	ROTOR_MCTP_TYPE_PLDM = 0x01,
	ROTOR_MCTP_TYPE_SPDM = 0x05,
	ROTOR_MCTP_TYPE_SECURED = 0x06,
	ROTOR_MCTP_TYPE_VENDOR_PCI = 0x7e,
	ROTOR_MCTP_TYPE_VENDOR_IANA = 0x7f,
};

/** A physical address of the binding (SMBus: the 7-bit address). */
typedef uint16_t rotor_mctp_phys;
/** As a destination: look the EID up in the route table. */
#define ROTOR_MCTP_PHYS_ROUTE 0xffff

/* ---- packet header codec (DSP0236 1.3.1, 8.1) ---- */

struct rotor_mctp_header {
	uint8_t destination; /**< EID */
	uint8_t source;      /**< EID */
	bool som;            /**< start of message */
	bool eom;            /**< end of message */
	uint8_t sequence;    /**< 0 to 3 */
	bool tag_owner;      /**< the source chose the tag: a request or a datagram */
	uint8_t tag;         /**< 0 to 7 */
};

/**
 * Reads the transport header of a packet.
 * @return ROTOR_OK; ROTOR_ERR_LENGTH if there are fewer than four bytes;
 *         ROTOR_ERR_UNSUPPORTED if the header version is not 1. The reserved
 *         bits before the version are ignored.
 */
enum rotor_status rotor_mctp_header_decode(const uint8_t *packet, size_t len,
					   struct rotor_mctp_header *out);
/** Writes the four header bytes. Fields are cut to their widths. */
void rotor_mctp_header_encode(const struct rotor_mctp_header *header,
			      uint8_t out[ROTOR_MCTP_HEADER_SIZE]);

/* ---- messages ---- */

/** What is known about a message that has come in. */
struct rotor_mctp_message_info {
	uint8_t peer;         /**< source EID, 0 if the sender has none */
	uint8_t own;          /**< destination EID as sent: ours, null or broadcast */
	rotor_mctp_phys phys; /**< physical address it came from, and the answer goes to */
	uint8_t tag;          /**< 0 to 7 */
	bool tag_owner; /**< true: a request or datagram; false: the answer to a request of ours */
	uint8_t type;   /**< message type without the integrity bit */
	bool integrity; /**< the IC bit: a message integrity check ends the body, unchecked */
};

/**
 * A message that is to go out. The bytes that @c body shows are
 * not copied: they stay the caller's and must not change until the message has
 * left (its callback) or was cancelled. The struct itself is copied.
 */
struct rotor_mctp_message {
	uint8_t type; /**< message type; with 0x80 if the body ends in an integrity check */
	bool probe;   /**< nobody may be there: the binding gives up soon after a NACK */
	struct rotor_bytes body; /**< the bytes after the type byte; may be empty */
};

/**
 * A request or datagram of a peer.
 * @param body the bytes after the type byte. The callee may change them in
 *        place. They are valid until it returns, unless it takes them over with
 *        rotor_mctp_hold().
 */
typedef void rotor_mctp_on_message(void *ctx, const struct rotor_mctp_message_info *info,
				   uint8_t *body, size_t len);

/**
 * A message of ours has left, or will not.
 * @param status ROTOR_OK: the binding took the last packet; ROTOR_ERR_IO: it
 *        could not deliver one, and the rest was not sent.
 * The message's bytes are the caller's again.
 */
typedef void rotor_mctp_on_sent(void *ctx, enum rotor_status status);

/**
 * A request of ours has ended, in one of these ways, once:
 * ROTOR_OK with the answer in @p info, @p body and @p len (as in
 * rotor_mctp_on_message); ROTOR_ERR_TIMEOUT: no whole answer in time;
 * ROTOR_ERR_IO: it could not be delivered. With an error @p info and @p body
 * are NULL. The request's bytes are the caller's again (an answer can come
 * only after the last packet has left).
 */
typedef void rotor_mctp_on_response(void *ctx, enum rotor_status status,
				    const struct rotor_mctp_message_info *info, uint8_t *body,
				    size_t len);

/* ---- counters ---- */

/** Why a packet, or the message being put together from packets, was discarded. */
enum rotor_mctp_drop {
	ROTOR_MCTP_DROP_LENGTH,      /**< packet without payload, or shorter than a header */
	ROTOR_MCTP_DROP_VERSION,     /**< header version not 1 */
	ROTOR_MCTP_DROP_DESTINATION, /**< for another EID */
	ROTOR_MCTP_DROP_SOURCE,      /**< source EID is broadcast */
	ROTOR_MCTP_DROP_UNEXPECTED,  /**< no message under way that this packet continues */
	ROTOR_MCTP_DROP_SEQUENCE,    /**< message ended: packet sequence number not the next */
	ROTOR_MCTP_DROP_UNIT, /**< message ended: fragment below 64 bytes, or of another size than the first */
	ROTOR_MCTP_DROP_TOO_LONG,    /**< message ended: larger than a slot */
	ROTOR_MCTP_DROP_NO_SLOT,     /**< every reassembly slot is in use */
	ROTOR_MCTP_DROP_QUOTA,       /**< the sender has its share of the slots in use */
	ROTOR_MCTP_DROP_UNSOLICITED, /**< an answer that nobody asked this endpoint for */
	ROTOR_MCTP_DROP_RESTARTED,   /**< message ended: its sender started it again */
	ROTOR_MCTP_DROP_TIMEOUT,     /**< message ended: not complete in time */
	ROTOR_MCTP_DROP_COUNT,
};

/** A short lower-case English phrase for a drop reason; never NULL. */
const char *rotor_mctp_drop_string(enum rotor_mctp_drop reason);

struct rotor_mctp_counters {
	uint32_t rx_packets;                     /**< packets handed in */
	uint32_t rx_messages;                    /**< messages handed out */
	uint32_t tx_packets;                     /**< packets that the binding delivered */
	uint32_t tx_messages;                    /**< messages that left whole */
	uint32_t tx_failed;                      /**< messages that the binding could not deliver */
	uint32_t request_timeouts;               /**< requests without an answer */
	uint32_t dropped[ROTOR_MCTP_DROP_COUNT]; /**< discards by reason */
};

/* ---- the endpoint ---- */

/** State of one reassembly; the caller only provides the memory. */
struct rotor_mctp_slot {
	uint32_t key; /* what the header of the next packet must be */
	rotor_mctp_phys phys;
	uint8_t state;
	uint8_t unit; /* payload bytes of the first packet */
	uint8_t type;
	uint8_t *buffer;
	uint8_t *at; /* where the next packet goes */
	size_t room; /* bytes left from there */
	rotor_ms deadline;
};

/** Where a packet goes. */
struct rotor_mctp_packet_out {
	rotor_mctp_phys phys; /**< physical address */
	bool probe;           /**< see rotor_mctp_message.probe */
};

/** One message on its way out, or one request waiting for its answer; the caller only provides the memory. */
struct rotor_mctp_pending {
	uint8_t state;
	bool request;
	uint8_t type;
	struct rotor_mctp_packet_out out;
	uint32_t header; /* of its next packet */
	uint32_t order;
	struct rotor_bytes body; /* what of it is not yet in a packet */
	union {
		rotor_mctp_on_sent *sent;
		rotor_mctp_on_response *response;
	} on;
	void *ctx;
	rotor_ms deadline; /* of a request's answer; before: the time it has */
};

/** One entry of the route table; zeroed is free. */
struct rotor_mctp_route {
	uint8_t eid;
	rotor_mctp_phys phys;
};

/** All that an endpoint is told at the start. The struct is copied; the memory it points to is not. */
struct rotor_mctp_config {
	/** Own EID, or 0 until a bus owner assigns one. */
	uint8_t eid;
	/** Payload bytes of the packets sent, ROTOR_MCTP_UNIT_BASELINE to ROTOR_MCTP_UNIT_MAX; 0: baseline. */
	uint8_t unit;
	/** Reassembly slots. Messages of one packet need none. */
	struct rotor_mctp_slot *slots;
	uint8_t slot_count;
	/** Most slots that one physical address may have in use (held ones included);
	 *  0: all but one, or the only one. */
	uint8_t slots_per_source;
	/** slot_count times buffer_size bytes; a message (without type byte) up to buffer_size can be received. */
	uint8_t *buffers;
	size_t buffer_size;
	/** Messages on their way out plus requests waiting for answers. */
	struct rotor_mctp_pending *pending;
	uint8_t pending_count;
	/** Route table, EID to physical address; may be NULL with 0 (answers need no route). */
	struct rotor_mctp_route *routes;
	uint8_t route_count;
	/** A message must be complete this long after its first packet; 0: ROTOR_MCTP_REASSEMBLY_MS. */
	uint32_t reassembly_ms;
	rotor_mctp_on_message *on_message;
	void *ctx;
};

struct rotor_mctp {
	uint8_t queued; /* messages in config.pending that are not yet sent whole */
	uint8_t next_tag;
	bool in_flight; /* a packet is with the binding */
	struct rotor_mctp_config config;
	rotor_ms now;                    /* of the last call that may have called back */
	struct rotor_mctp_pending *next; /* to be sent from next; NULL: to be chosen */
	struct rotor_mctp_pending
	    *current;                   /* whose packet is with the binding; NULL if cancelled */
	struct rotor_mctp_slot *recent; /* that the last packet went to */
	struct rotor_mctp_bridge_port *bridge; /* NULL: on one bus only (rotor/mctp_bridge.h) */
	uint32_t next_order;
	struct rotor_mctp_counters counters;
};

/**
 * Starts an endpoint in memory of any content.
 * @return ROTOR_OK, or ROTOR_ERR_ARGUMENT if the configuration is incomplete
 *         or out of range.
 */
enum rotor_status rotor_mctp_init(struct rotor_mctp *m, const struct rotor_mctp_config *config);

/** Own EID, 0 if none. */
uint8_t rotor_mctp_eid(const struct rotor_mctp *m);
/** Sets the own EID: 0 or 8 to 254. Messages under way keep the EID they were started with. */
enum rotor_status rotor_mctp_set_eid(struct rotor_mctp *m, uint8_t eid);

/**
 * Enters or replaces a route: @p eid is reached at @p phys.
 * @return ROTOR_OK; ROTOR_ERR_SPACE if the table is full; ROTOR_ERR_ARGUMENT
 *         for the null or broadcast EID.
 */
enum rotor_status rotor_mctp_route_set(struct rotor_mctp *m, uint8_t eid, rotor_mctp_phys phys);
/** Removes the route to @p eid, if there is one. */
void rotor_mctp_route_remove(struct rotor_mctp *m, uint8_t eid);
/** Finds the route to @p eid. @return ROTOR_OK or ROTOR_ERR_NOT_FOUND. */
enum rotor_status rotor_mctp_route_find(const struct rotor_mctp *m, uint8_t eid,
					rotor_mctp_phys *phys);

/* ---- packets in ---- */

/**
 * Takes one packet (transport header and payload, nothing of the binding).
 * May call config.on_message or a request's callback before it returns. What
 * is wrong with the packet is counted, not returned: nobody could act on it.
 * @param phys physical address it came from.
 * @param packet may be changed by whom a message is handed out to.
 */
void rotor_mctp_receive(struct rotor_mctp *m, rotor_mctp_phys phys, uint8_t *packet, size_t len,
			rotor_ms now);

/**
 * Keeps a message beyond its callback. To be called in the callback, with the
 * body it was given (or the end part of it).
 * @return the body, valid until rotor_mctp_release(): the same bytes, or a
 *         copy in a free slot if the message was a single packet; NULL if there
 *         is none or it does not fit. A held message occupies a reassembly slot.
 */
uint8_t *rotor_mctp_hold(struct rotor_mctp *m, const struct rotor_mctp_message_info *info,
			 uint8_t *body, size_t len);
/** Gives a held message's slot back. @param body as returned by rotor_mctp_hold(), or within it. */
void rotor_mctp_release(struct rotor_mctp *m, const uint8_t *body);

/* ---- messages out ---- */

/**
 * Answers a message: same tag with the tag-owner bit clear, to the EID and
 * physical address it came from, from the EID it was sent to (from the own EID
 * now if it was sent to the null or broadcast EID).
 * @param on_sent may be NULL if nobody needs to know.
 * @return ROTOR_OK: queued; ROTOR_ERR_BUSY: no free place, try again after a
 *         packet has left; ROTOR_ERR_ARGUMENT: @p info is itself an answer.
 */
enum rotor_status rotor_mctp_respond(struct rotor_mctp *m,
				     const struct rotor_mctp_message_info *info,
				     const struct rotor_mctp_message *message,
				     rotor_mctp_on_sent *on_sent, void *ctx);

/**
 * Sends a message that wants no answer (tag-owner bit set).
 * @param destination EID, null and broadcast allowed.
 * @param phys where it is, or ROTOR_MCTP_PHYS_ROUTE.
 * @return as rotor_mctp_respond(); ROTOR_ERR_NOT_FOUND: no route.
 */
enum rotor_status rotor_mctp_send(struct rotor_mctp *m, uint8_t destination, rotor_mctp_phys phys,
				  const struct rotor_mctp_message *message,
				  rotor_mctp_on_sent *on_sent, void *ctx);

/**
 * Sends a request and waits for its answer. A tag is chosen that is not in use
 * towards this peer. As the answer counts only a message of the same type, with
 * that tag and the tag-owner bit clear, from the same physical address and (if
 * @p destination is not null) the same EID, addressed to the EID that asked.
 * Nothing is sent again: who wants a retry makes a new request.
 * @param destination EID; not broadcast.
 * @param phys where it is, or ROTOR_MCTP_PHYS_ROUTE.
 * @param timeout_ms from the moment the last packet has left; while an answer
 *        is coming in, its reassembly time is granted.
 * @param on_response called once, never from within this function.
 * @return ROTOR_OK: queued; ROTOR_ERR_BUSY: no free place or all eight tags
 *         towards this peer in use; ROTOR_ERR_NOT_FOUND: no route;
 *         ROTOR_ERR_ARGUMENT.
 */
enum rotor_status rotor_mctp_request(struct rotor_mctp *m, uint8_t destination,
				     rotor_mctp_phys phys, const struct rotor_mctp_message *message,
				     uint32_t timeout_ms, rotor_mctp_on_response *on_response,
				     void *ctx);

/**
 * Forgets every message and request that was given the callback context @p ctx;
 * their callbacks are not called any more and their bytes are the caller's
 * again. A message half sent ends there; the receiver's timeout clears it.
 */
void rotor_mctp_cancel(struct rotor_mctp *m, const void *ctx);

/** True while a message waits to be sent or is being sent. */
bool rotor_mctp_sending(const struct rotor_mctp *m);

/* ---- packets out ---- */

/**
 * Makes the next packet, if there is one and none is with the binding. Control
 * messages go before all others, between two packets of them; otherwise first
 * come, first sent.
 * @param buf room for the packet; the binding keeps head- and tailroom around
 *        it, so that it need not be copied again.
 * @param cap size of @p buf, at least ROTOR_MCTP_HEADER_SIZE + config.unit.
 * @return the packet's length, 0 if there is nothing to send (or @p cap is too
 *         small). After a packet, rotor_mctp_packet_done() must come first.
 */
size_t rotor_mctp_next_packet(struct rotor_mctp *m, uint8_t *buf, size_t cap,
			      struct rotor_mctp_packet_out *out);

/**
 * The binding has delivered the packet, or given up on it (which ends its
 * message with ROTOR_ERR_IO). May call the message's callback.
 */
void rotor_mctp_packet_done(struct rotor_mctp *m, bool delivered, rotor_ms now);

/* ---- time ---- */

/** Ends reassemblies and requests whose time is over. */
void rotor_mctp_poll(struct rotor_mctp *m, rotor_ms now);
/** When rotor_mctp_poll() next has something to do, or ROTOR_NEVER. */
rotor_ms rotor_mctp_deadline(const struct rotor_mctp *m);
/**
 * The time, for callbacks, which are not given it: @p now of the call that the callback is made in. Outside of callbacks:
 * of the last rotor_mctp_poll() or a later call; 0 if there was none.
 */
rotor_ms rotor_mctp_now(const struct rotor_mctp *m);

#ifdef __cplusplus
}
#endif

#endif
