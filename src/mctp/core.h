/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the endpoint core share. */
#ifndef ROTOR_SRC_MCTP_CORE_H
#define ROTOR_SRC_MCTP_CORE_H

#include "rotor/mctp.h"

/* Fourth byte of the transport header (DSP0236 1.3.1, figure 4). */
#define FLAG_SOM       0x80
#define FLAG_EOM       0x40
#define SEQUENCE_SHIFT 4
#define SEQUENCE_MASK  0x03
#define FLAG_TO        0x08
#define TAG_MASK       0x07
#define KEY_MASK       (FLAG_TO | TAG_MASK)

#define HEADER_VERSION      0x01
#define HEADER_VERSION_MASK 0x0f

/* First body byte: message type and integrity-check bit. */
#define TYPE_MASK 0x7f
#define TYPE_IC   0x80

enum slot_state {
	SLOT_FREE = 0,
	SLOT_RECEIVING,
	SLOT_DELIVERING, /* its message is in a callback */
	SLOT_HELD,
};

enum pending_state {
	PENDING_FREE = 0,
	PENDING_QUEUED,   /* not sent whole */
	PENDING_AWAITING, /* a request that has left */
};

/* The request that waits for a message like this, or NULL. */
struct rotor_mctp_pending *rotor_mctp_match_request(struct rotor_mctp *m,
						    const struct rotor_mctp_message_info *info);
/* Ends reassemblies or requests whose time is over, and the earliest of their deadlines. */
void rotor_mctp_expire_slots(struct rotor_mctp *m, rotor_ms now);
void rotor_mctp_expire_requests(struct rotor_mctp *m, rotor_ms now);
rotor_ms rotor_mctp_slots_deadline(const struct rotor_mctp *m);
rotor_ms rotor_mctp_requests_deadline(const struct rotor_mctp *m);

#endif
