/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * An endpoint whose packets somebody else makes: an operating system with MCTP
 * sockets, say, which fragments, reassembles and routes by itself. What carries
 * whole messages takes the place of a binding; whoever uses the endpoint (control
 * protocol, bus owner, device, agent) sees no difference.
 *
 * @code
 * rotor_mctp_receive_message(&m, &info, body, len, now);   // instead of rotor_mctp_receive()
 * while (rotor_mctp_next_message(&m, &out)) {              // instead of rotor_mctp_next_packet()
 *         ... hand it over ...
 *         rotor_mctp_message_done(&m, ok, now);             // instead of rotor_mctp_packet_done()
 * }
 * rotor_mctp_poll(&m, now);                                // as ever
 * @endcode
 *
 * The rules of callbacks are those of rotor/mctp.h. An endpoint has either a
 * binding or this, not both.
 */
#ifndef ROTOR_MCTP_MESSAGES_H
#define ROTOR_MCTP_MESSAGES_H

#include "rotor/mctp.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A whole message on its way out. */
struct rotor_mctp_message_out {
	uint8_t destination;  /**< EID; 0: whoever is at @c phys */
	rotor_mctp_phys phys; /**< physical address, as the sender or the route table said it */
	uint8_t tag;          /**< 0 to 7 */
	bool tag_owner;       /**< true: a request or datagram; false: an answer */
	bool request;         /**< an answer to it is waited for, which is to carry @c tag */
	bool probe;           /**< nobody may be there */
	uint8_t type;         /**< message type, with 0x80 if the body ends in an integrity check */
	struct rotor_bytes body; /**< the bytes after the type byte; may be empty */
};

/**
 * The next message that is to go out: of control messages the oldest, else of all. To be handed over, or put back, before
 * anything else is called: its sender may cancel it.
 * @param[out] out what to send.
 * @return false if there is none, or one has not been done with.
 */
bool rotor_mctp_next_message(struct rotor_mctp *m, struct rotor_mctp_message_out *out);

/** The message has been handed over, or could not be (ROTOR_ERR_IO for its sender). May call its callback. */
void rotor_mctp_message_done(struct rotor_mctp *m, bool delivered, rotor_ms now);

/** The message cannot be handed over now: it goes back to those that wait, with all of it still to be sent. */
void rotor_mctp_message_later(struct rotor_mctp *m);

/**
 * Whether an answer with this tag is still awaited from there, or the request has not been done with: for who keeps
 * something for each request that has left.
 */
bool rotor_mctp_awaits(const struct rotor_mctp *m, uint8_t destination, rotor_mctp_phys phys,
		       uint8_t tag);

/**
 * Takes a whole message for this endpoint. May call config.on_message or a request's callback before it returns.
 * @param info @c own is the EID that it came for, ours, null or broadcast; the tag of an answer is the one that the
 *        request was given in rotor_mctp_next_message(). An answer to nothing is counted, not handed out.
 * @param body the bytes after the type byte; may be changed by whom it is handed out to.
 */
void rotor_mctp_receive_message(struct rotor_mctp *m, const struct rotor_mctp_message_info *info,
				uint8_t *body, size_t len, rotor_ms now);

#ifdef __cplusplus
}
#endif

#endif
