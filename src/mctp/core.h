/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the endpoint core share. */
#ifndef ROTOR_SRC_MCTP_CORE_H
#define ROTOR_SRC_MCTP_CORE_H

#include "rotor/mctp_bridge.h"

/*
 * The transport header of a packet (DSP0236 1.3.1, figure 4) is handled as one
 * number, its bytes in the order of the wire: so a packet is recognised as the
 * next of its message with one comparison. Compilers make one load of this.
 */
static inline uint32_t header_load(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void header_store(uint8_t *p, uint32_t header)
{
	p[0] = (uint8_t)(header >> 24);
	p[1] = (uint8_t)(header >> 16);
	p[2] = (uint8_t)(header >> 8);
	p[3] = (uint8_t)header;
}

#define HEADER_VERSION    UINT32_C(0x01000000)
#define VERSION_MASK      UINT32_C(0x0f000000) /* above are reserved bits, ignored */
#define DESTINATION_SHIFT 16
#define SOURCE_SHIFT      8
#define FLAG_SOM          UINT32_C(0x80)
#define FLAG_EOM          UINT32_C(0x40)
#define SEQUENCE_MASK     UINT32_C(0x30)
#define SEQUENCE_ONE      UINT32_C(0x10)
#define SEQUENCE_SHIFT    4
#define FLAG_TO           UINT32_C(0x08)
#define TAG_MASK          UINT32_C(0x07)

#define HEADER_DESTINATION(header) ((uint8_t)((header) >> DESTINATION_SHIFT))
#define HEADER_SOURCE(header)      ((uint8_t)((header) >> SOURCE_SHIFT))
#define HEADER_TAG(header)         ((uint8_t)((header)&TAG_MASK))

/* The header of the packet after one with this header. */
static inline uint32_t header_next(uint32_t header)
{
	return (header & ~(FLAG_SOM | SEQUENCE_MASK)) | ((header + SEQUENCE_ONE) & SEQUENCE_MASK);
}

/* First body byte: message type and integrity-check bit. */
#define TYPE_MASK 0x7f
#define TYPE_IC   0x80

enum slot_state {
	SLOT_FREE = 0,
	SLOT_RECEIVING,
	SLOT_DELIVERING, /* its message is in a callback */
	SLOT_HELD,
};

/* Of a header, what a slot's key is compared with: all but the reserved bits. */
#define KEY_MASK UINT32_C(0x0fffffff)
/* The key of a slot that receives nothing: reserved bits, so that no header equals it. */
#define KEY_NONE (~KEY_MASK)
/* What is the same in all packets of one message. */
#define MESSAGE_MASK (KEY_MASK & ~(FLAG_SOM | FLAG_EOM | SEQUENCE_MASK))

enum pending_state {
	PENDING_FREE = 0,
	PENDING_QUEUED,   /* not sent whole */
	PENDING_AWAITING, /* a request that has left */
};

/* "Nothing dropped". */
#define KEPT ROTOR_MCTP_DROP_COUNT

/* A packet that has come in, at the endpoint's time. */
struct rotor_mctp_arrival {
	uint8_t *payload;
	size_t len; /* of the payload */
	uint32_t header;
	rotor_mctp_phys phys;
};

/* receive.c: any packet. */
enum rotor_mctp_drop rotor_mctp_take(struct rotor_mctp *m, rotor_mctp_phys phys, uint8_t *packet,
				     size_t len, rotor_ms now);
/* reassembly.c: the first of a message's packets. */
enum rotor_mctp_drop rotor_mctp_start(struct rotor_mctp *m, const struct rotor_mctp_arrival *a);
/* The slot in which a message is being received whose key is this packet's header in the bits of @p mask; NULL: none. */
struct rotor_mctp_slot *rotor_mctp_find(const struct rotor_mctp *m,
					const struct rotor_mctp_arrival *a, uint32_t mask);
/* Ends a reassembly. Gives the reason back. */
enum rotor_mctp_drop rotor_mctp_end(struct rotor_mctp_slot *slot, enum rotor_mctp_drop reason);
/* The last packet is in its slot. */
enum rotor_mctp_drop rotor_mctp_complete(struct rotor_mctp *m, struct rotor_mctp_slot *slot,
					 uint32_t header);
/* Hands a whole message to whom it belongs. @p header of one of its packets, @p type its first byte */
enum rotor_mctp_drop rotor_mctp_deliver(struct rotor_mctp *m, rotor_mctp_phys phys, uint32_t header,
					uint8_t type, uint8_t *body, size_t len);
/* Ends what has had its time. */
void rotor_mctp_expire_slots(struct rotor_mctp *m);

/* send.c: what to send next, of messages that are queued: control first, then the oldest. */
struct rotor_mctp_pending *rotor_mctp_choose(struct rotor_mctp *m);
/* Takes an entry out of the table and tells its owner how it ended. */
void rotor_mctp_finish(struct rotor_mctp_pending *entry, enum rotor_status status);
/* The request that waits for an answer with this header and type byte, or NULL. */
struct rotor_mctp_pending *rotor_mctp_match_request(const struct rotor_mctp *m,
						    rotor_mctp_phys phys, uint32_t header,
						    uint8_t type);
void rotor_mctp_expire_requests(struct rotor_mctp *m);

/* Which of its bridge's ports this is. */
static inline uint8_t bridge_port_number(const struct rotor_mctp_bridge_port *port)
{
	return (uint8_t)(port - port->bridge->config.ports);
}

/* The largest payload that a port carries. */
static inline uint8_t bridge_port_unit(const struct rotor_mctp_bridge_port *port)
{
	return port->unit != 0 ? port->unit : port->mctp->config.unit;
}

/* bridge.c: a packet that is not for this endpoint. */
void rotor_mctp_bridge_forward(struct rotor_mctp_bridge_port *from,
			       const struct rotor_mctp_arrival *a);
/* As rotor_mctp_next_packet(): 0 if it is the endpoint's turn, or there is nothing. */
size_t rotor_mctp_bridge_next(struct rotor_mctp_bridge_port *port, uint8_t *buf, size_t cap,
			      struct rotor_mctp_packet_out *out);
/* What became of it. */
void rotor_mctp_bridge_done(struct rotor_mctp_bridge_port *port, bool delivered);
bool rotor_mctp_bridge_waiting(const struct rotor_mctp_bridge_port *port);
/* The endpoint's route functions. */
enum rotor_status rotor_mctp_bridge_port_route(struct rotor_mctp_bridge_port *port, uint8_t eid,
					       rotor_mctp_phys phys);
void rotor_mctp_bridge_port_forget(struct rotor_mctp_bridge_port *port, uint8_t eid);
enum rotor_status rotor_mctp_bridge_port_find(const struct rotor_mctp_bridge_port *port,
					      uint8_t eid, rotor_mctp_phys *phys);

#endif
