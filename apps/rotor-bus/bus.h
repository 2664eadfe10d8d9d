/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual segment's parts: clients, who bring and answer transfers, and the segment, which carries one at a time. */
#ifndef ROTOR_BUS_BUS_H
#define ROTOR_BUS_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rotor/host_bus.h"
#include "rotor/host_loop.h"

enum { CLIENTS_MAX = 120, MONITORS_MAX = 4 };

struct options {
	const char *socket;
	uint32_t rate;  /* bits a second; 0: as fast as it goes */
	double drop;    /* probability */
	double corrupt; /* probability */
	uint64_t seed;  /* of the faults */
	int ready_fd;   /* or -1 */
	bool verbose;
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };
enum options_result options_parse(int argc, char **argv, struct options *options);

struct transfer {
	uint16_t sequence; /* the sender's */
	uint16_t len;
	uint8_t bytes[ROTOR_BUS_TRANSFER_MAX];
};

struct client {
	struct rotor_source source;
	struct bus *bus;
	struct client *next; /* in the order in which they connected */
	uint8_t addresses[ROTOR_BUS_CLAIMS_MAX];
	unsigned address_count;
	bool monitor;
	bool doomed; /* to be disconnected at the end of the callback in progress */
	/* a ring of waiting transfers */
	struct transfer queue[ROTOR_BUS_QUEUE_MAX];
	unsigned head, count;
};

enum segment_state {
	SEGMENT_IDLE,
	SEGMENT_PACING,  /* the bits of the transfer are on their way */
	SEGMENT_WAITING, /* for the target's answer */
};

struct segment {
	enum segment_state state;
	struct client *turn;   /* who was served last; NULL: nobody yet */
	struct client *sender; /* NULL if it has gone */
	struct client *target; /* NULL if nobody has the address, or the fault took it */
	struct transfer transfer;
	enum rotor_bus_code code; /* the result if the target need not be asked */
	uint16_t delivery;        /* the bus's number of the delivery */
	uint16_t seen;            /* number of copies to monitors */
	uint64_t random;          /* state of the faults' generator */
	uint64_t end_ns;          /* when the bits of the last transfer ended */
	struct rotor_source pace; /* timerfd */
	struct rotor_source wait; /* deadline of the answer */
};

struct counters {
	uint64_t acknowledged, absent, refused, timeout, dropped; /* transfers, by result */
	uint64_t corrupted;                                       /* carried with a flipped bit */
	uint64_t busy;                                            /* writes refused for the quota */
	uint64_t late_answers;
	uint64_t missed_copies; /* monitors that did not keep up */
	uint64_t unsupported, malformed;
	uint64_t clients, clients_refused, clients_too_slow;
	uint64_t bit_times;
};

struct bus {
	struct options options;
	struct rotor_loop loop;
	struct rotor_source listener;
	struct client *clients;
	unsigned client_count, monitor_count;
	struct client *owner[128]; /* of each address */
	struct segment segment;
	struct counters counters;
};

/* client.c */
void clients_accept(struct bus *bus, int fd);
/* Sends one packet. False if it did not fit or the client is gone. */
bool client_send(struct client *client, enum rotor_bus_type type, uint16_t sequence,
		 enum rotor_bus_code code, const void *body, size_t len);
/* Sends what must not be lost: a client that has no room for it is disconnected. */
void client_tell(struct client *client, enum rotor_bus_type type, uint16_t sequence,
		 enum rotor_bus_code code, const void *body, size_t len);
void clients_free(struct bus *bus);

/* segment.c */
bool segment_init(struct bus *bus);
void segment_done(struct bus *bus);
/* Begins the next transfer, if the segment is idle and one waits. */
void segment_kick(struct bus *bus);
/* The answer of @client to delivery @sequence. */
void segment_answer(struct bus *bus, struct client *client, uint16_t sequence, bool ack);
/* Forgets @client, which is going away. */
void segment_forget(struct bus *bus, struct client *client);

#endif
