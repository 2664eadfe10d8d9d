/* SPDX-License-Identifier: Apache-2.0 */
/* The segment: whose turn it is, what happens to a transfer on the way, and what became of it. */
#include "bus.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "rotor/wire.h"

static const uint64_t second_ns = 1000000000u;

/* splitmix64 (public domain, by Sebastiano Vigna): any seed will do. */
static uint64_t draw(struct segment *s)
{
	s->random += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = s->random;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static bool strikes(uint64_t number, double probability)
{
	return (double)(number >> 11) * 0x1p-53 < probability;
}

/* Three numbers a transfer whatever happens, so that one option's faults do not move the other's. */
static void apply_faults(struct bus *bus)
{
	struct segment *s = &bus->segment;
	uint64_t drop = draw(s), corrupt = draw(s), where = draw(s);
	if (strikes(drop, bus->options.drop)) {
		s->target = NULL;
		s->code = ROTOR_BUS_NACK_LOST;
	} else if (strikes(corrupt, bus->options.corrupt)) {
		uint64_t bit = where % (((uint64_t)s->transfer.len - 1) * 8);
		s->transfer.bytes[1 + bit / 8] ^= (uint8_t)(1u << bit % 8);
		bus->counters.corrupted++;
	}
}

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * second_ns + (uint64_t)t.tv_nsec;
}

static void copy_to_monitors(struct bus *bus, enum rotor_bus_code code)
{
	struct segment *s = &bus->segment;
	uint8_t body[8 + ROTOR_BUS_TRANSFER_MAX];
	size_t len = 0;
	if (bus->monitor_count == 0)
		return;
	struct rotor_writer w = rotor_writer(body, sizeof(body));
	rotor_write_u64le(&w, bus->counters.bit_times);
	rotor_write_bytes(&w, s->transfer.bytes, s->transfer.len);
	if (rotor_writer_end(&w, &len) != ROTOR_OK)
		return;
	s->seen++;
	for (struct client *c = bus->clients; c; c = c->next) {
		if (c->monitor && !c->doomed &&
		    !client_send(c, ROTOR_BUS_TYPE_SEEN, s->seen, code, body, len))
			bus->counters.missed_copies++;
	}
}

static void count(struct counters *c, enum rotor_bus_code code)
{
	switch (code) {
	case ROTOR_BUS_ACK:
		c->acknowledged++;
		break;
	case ROTOR_BUS_NACK_ABSENT:
		c->absent++;
		break;
	case ROTOR_BUS_NACK_LOST:
		c->dropped++;
		break;
	case ROTOR_BUS_NACK_TIMEOUT:
		c->timeout++;
		break;
	default:
		c->refused++;
		break;
	}
}

static void finish(struct bus *bus, enum rotor_bus_code code)
{
	struct segment *s = &bus->segment;
	s->state = SEGMENT_IDLE;
	s->wait.deadline = ROTOR_NEVER;
	count(&bus->counters, code);
	copy_to_monitors(bus, code);
	if (s->sender)
		client_tell(s->sender, ROTOR_BUS_TYPE_RESULT, s->transfer.sequence, code, NULL, 0);
	s->sender = NULL;
	s->target = NULL;
}

/* The bits have passed: the target has the transfer, or nobody has. */
static void deliver(struct bus *bus)
{
	struct segment *s = &bus->segment;
	if (!s->target) {
		finish(bus, s->code);
		return;
	}
	s->delivery++;
	if (!client_send(s->target, ROTOR_BUS_TYPE_DELIVERY, s->delivery, ROTOR_BUS_ACK,
			 s->transfer.bytes, s->transfer.len)) {
		finish(bus, ROTOR_BUS_NACK_REFUSED);
		return;
	}
	s->state = SEGMENT_WAITING;
	s->wait.deadline = rotor_loop_now() + ROTOR_BUS_ANSWER_MS;
}

static bool begin_pacing(struct bus *bus, uint64_t start_ns, uint64_t bits)
{
	struct segment *s = &bus->segment;
	s->end_ns = start_ns + bits * second_ns / bus->options.rate;
	struct itimerspec at = {.it_value = {.tv_sec = (time_t)(s->end_ns / second_ns),
					     .tv_nsec = (long)(s->end_ns % second_ns)}};
	if (timerfd_settime(s->pace.fd, TFD_TIMER_ABSTIME, &at, NULL) != 0)
		return false;
	s->state = SEGMENT_PACING;
	return true;
}

/* The next client with a waiting transfer after the one that was served last. */
static struct client *next_sender(struct bus *bus)
{
	struct client *first = bus->segment.turn ? bus->segment.turn->next : NULL;
	for (struct client *c = first; c; c = c->next) {
		if (c->count && !c->doomed)
			return c;
	}
	for (struct client *c = bus->clients; c && c != first; c = c->next) {
		if (c->count && !c->doomed)
			return c;
	}
	return NULL;
}

static void begin(struct bus *bus, struct client *sender, uint64_t start_ns)
{
	struct segment *s = &bus->segment;
	const struct transfer *t = &sender->queue[sender->head];
	s->turn = sender;
	s->sender = sender;
	s->transfer.sequence = t->sequence;
	s->transfer.len = t->len;
	memcpy(s->transfer.bytes, t->bytes, t->len);
	sender->head = (sender->head + 1) % ROTOR_BUS_QUEUE_MAX;
	sender->count--;
	s->code = ROTOR_BUS_NACK_ABSENT;
	s->target = bus->owner[s->transfer.bytes[0] >> 1];
	if (s->target && s->target->doomed)
		s->target = NULL;
	/* Nobody acknowledges the address: the master stops there. */
	uint64_t bits = (s->target ? (uint64_t)s->transfer.len : 1) * 9 + 2;
	bus->counters.bit_times += bits;
	if (s->target)
		apply_faults(bus);
	if (!bus->options.rate || !begin_pacing(bus, start_ns, bits))
		deliver(bus);
}

/* Bits follow each other without a gap where transfers were waiting already. */
static void carry_on(struct bus *bus, bool was_busy)
{
	struct segment *s = &bus->segment;
	struct client *sender;
	while (s->state == SEGMENT_IDLE && (sender = next_sender(bus))) {
		uint64_t start_ns = 0;
		if (bus->options.rate)
			start_ns = was_busy ? s->end_ns : now_ns();
		begin(bus, sender, start_ns);
		was_busy = true;
	}
}

void segment_kick(struct bus *bus)
{
	carry_on(bus, false);
}

static void pace_ready(struct rotor_source *source, unsigned happened)
{
	struct bus *bus = source->user;
	uint64_t expirations;
	(void)happened;
	if (read(source->fd, &expirations, sizeof(expirations)) != (ssize_t)sizeof(expirations))
		return;
	if (bus->segment.state != SEGMENT_PACING)
		return;
	deliver(bus);
	carry_on(bus, true);
}

static void wait_due(struct rotor_source *source, rotor_ms now)
{
	struct bus *bus = source->user;
	(void)now;
	if (bus->segment.state != SEGMENT_WAITING)
		return;
	finish(bus, ROTOR_BUS_NACK_TIMEOUT);
	carry_on(bus, false);
}

void segment_answer(struct bus *bus, struct client *client, uint16_t sequence, bool ack)
{
	struct segment *s = &bus->segment;
	if (s->state != SEGMENT_WAITING || s->target != client || s->delivery != sequence) {
		bus->counters.late_answers++;
		return;
	}
	finish(bus, ack ? ROTOR_BUS_ACK : ROTOR_BUS_NACK_REFUSED);
	carry_on(bus, true);
}

void segment_forget(struct bus *bus, struct client *client)
{
	struct segment *s = &bus->segment;
	if (s->turn == client) {
		/* The turn passes to whoever came after it: found by the one before it. */
		struct client *before = NULL;
		for (struct client *c = bus->clients; c && c != client->next; c = c->next)
			before = c;
		s->turn = before;
	}
	if (s->sender == client)
		s->sender = NULL;
	if (s->target != client)
		return;
	s->target = NULL;
	s->code = ROTOR_BUS_NACK_TIMEOUT;
	if (s->state == SEGMENT_WAITING)
		finish(bus, ROTOR_BUS_NACK_TIMEOUT);
}

bool segment_init(struct bus *bus)
{
	struct segment *s = &bus->segment;
	s->random = bus->options.seed;
	s->wait =
	    (struct rotor_source){.fd = -1, .deadline = ROTOR_NEVER, .due = wait_due, .user = bus};
	s->pace =
	    (struct rotor_source){.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
				  .deadline = ROTOR_NEVER,
				  .ready = pace_ready,
				  .user = bus};
	return s->pace.fd >= 0 && rotor_loop_add(&bus->loop, &s->wait, 0) == ROTOR_OK &&
	       rotor_loop_add(&bus->loop, &s->pace, ROTOR_LOOP_READ) == ROTOR_OK;
}

void segment_done(struct bus *bus)
{
	struct segment *s = &bus->segment;
	rotor_loop_remove(&s->wait);
	rotor_loop_remove(&s->pace);
	if (s->pace.fd >= 0)
		close(s->pace.fd);
}
