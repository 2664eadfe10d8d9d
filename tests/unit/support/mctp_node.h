/* SPDX-License-Identifier: Apache-2.0 */
/* An MCTP endpoint with its storage, which notes what it is handed, for tests. */
#ifndef TESTS_UNIT_SUPPORT_MCTP_NODE_H
#define TESTS_UNIT_SUPPORT_MCTP_NODE_H

#include "rotor/mctp.h"

#define NODE_SLOTS   3
#define NODE_PENDING 10
#define NODE_BUFFER  4200

struct mctp_node {
	struct rotor_mctp m;
	rotor_mctp_phys phys;
	struct rotor_mctp_slot slots[NODE_SLOTS];
	struct rotor_mctp_pending pending[NODE_PENDING];
	struct rotor_mctp_route routes[4];
	uint8_t buffers[NODE_SLOTS * NODE_BUFFER];
	/* What on_message was given last. */
	unsigned messages;
	struct rotor_mctp_message_info info;
	rotor_ms at; /* the time, as the endpoint said it */
	uint8_t body[NODE_BUFFER];
	size_t len;
	bool hold; /* hold the next message */
	uint8_t *held;
};

/* A node of that EID and address; unit 0 is the baseline. */
void node_start(struct mctp_node *node, uint8_t eid, rotor_mctp_phys phys, uint8_t unit);

/* The same with all but storage as given. */
void node_start_with(struct mctp_node *node, rotor_mctp_phys phys,
		     const struct rotor_mctp_config *config);

/* Moves packets between the two, by physical address, until nobody has one to send. Packets for
 * nobody are not delivered. Gives the number of packets moved. */
unsigned nodes_run(struct mctp_node *a, struct mctp_node *b, rotor_ms now);

/* What a request's callback was given; &result is its context. */
struct mctp_result {
	unsigned calls;
	enum rotor_status status;
	struct rotor_mctp_message_info info;
	uint8_t body[NODE_BUFFER];
	size_t len;
};

rotor_mctp_on_response result_response;
rotor_mctp_on_sent result_sent;

/* Hands in one packet: fields of the header, then n bytes counting up from first. */
void node_packet(struct mctp_node *node, rotor_mctp_phys phys, uint8_t destination, uint8_t source,
		 uint8_t flags, uint8_t first, size_t n, rotor_ms now);

/* Sum of all discards, to show that there were no others. */
unsigned node_drops(const struct mctp_node *node);

#endif
