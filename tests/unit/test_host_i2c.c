/* SPDX-License-Identifier: Apache-2.0 */
/* An endpoint on an I2C adapter: two of them on one bus, whose adapter and queues are simulated. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "rotor/host_i2c.h"
#include "support/mctp_node.h"

/* ---- the bus ---- */

enum { BMC, PROT, NODES };
static const uint8_t addresses[NODES] = {0x10, 0x1d};
static struct mctp_node nodes[NODES];
static struct rotor_i2c links[NODES];
static int queues[NODES]; /* the other ends: what is sent there is a message of the queue */
static struct mctp_result result;
static int fail_with;        /* errno of the next transfers */
static unsigned fail_number; /* so many */
static unsigned transfers, seen_packets;
static uint8_t flip; /* is put into a byte on its way */

static void put(int node, const uint8_t *message, size_t len)
{
	assert_int_equal(send(queues[node], message, len, 0), len);
}

static int simulated_write(int adapter, uint8_t address, const uint8_t *bytes, size_t len)
{
	uint8_t message[ROTOR_SMBUS_FRAME_MAX];

	assert_true(adapter >= 0);
	transfers++;
	if (fail_number) {
		fail_number--;
		return fail_with;
	}
	for (int node = 0; node < NODES; node++) {
		if (addresses[node] == address) {
			message[0] = (uint8_t)(address << 1);
			memcpy(message + 1, bytes, len);
			message[len / 2] ^= flip;
			put(node, message, len + 1);
			return 0;
		}
	}
	return ENXIO;
}

static void on_seen(void *ctx, const uint8_t *packet, size_t len)
{
	assert_ptr_equal(ctx, &seen_packets);
	assert_true(len > ROTOR_MCTP_HEADER_SIZE);
	assert_int_equal(packet[0], 1); /* the header's version */
	seen_packets++;
}

static int open_bus(void **state)
{
	(void)state;
	memset(&result, 0, sizeof(result));
	fail_number = transfers = seen_packets = 0;
	flip = 0;
	for (int n = 0; n < NODES; n++) {
		int pair[2];

		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
		node_start(&nodes[n], (uint8_t)(10 + 10 * n), addresses[n], 0);
		queues[n] = pair[1];
		assert_int_equal(rotor_i2c_join(&links[n], open("/dev/null", O_RDWR | O_CLOEXEC),
						pair[0], addresses[n], &nodes[n].m),
				 ROTOR_OK);
		links[n].write = simulated_write;
		links[n].seen = on_seen;
		links[n].ctx = &seen_packets;
		assert_int_equal(rotor_i2c_events(&links[n]), POLLIN);
	}
	return 0;
}

static int close_bus(void **state)
{
	(void)state;
	for (int n = 0; n < NODES; n++) {
		rotor_i2c_close(&links[n]);
		rotor_i2c_close(&links[n]);
		close(queues[n]);
	}
	return 0;
}

static void turn(rotor_ms now)
{
	for (int n = 0; n < NODES; n++) {
		rotor_i2c_send(&links[n], now);
		for (int other = 0; other < NODES; other++)
			assert_int_equal(rotor_i2c_serve(&links[other], now), ROTOR_OK);
	}
}

static void ask(uint8_t eid, uint8_t address, const uint8_t *body, size_t len)
{
	struct rotor_mctp_message m = {.type = ROTOR_MCTP_TYPE_PLDM, .body = {body, len}};

	assert_int_equal(
	    rotor_mctp_request(&nodes[BMC].m, eid, address, &m, 1000, result_response, &result),
	    ROTOR_OK);
}

static void messages_cross_and_are_answered(void **state)
{
	static uint8_t text[1000];
	struct rotor_mctp_message m = {.type = ROTOR_MCTP_TYPE_PLDM, .body = {text, 300}};

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 3);
	ask(20, 0x1d, text, sizeof(text));
	turn(0);
	assert_int_equal(nodes[PROT].messages, 1);
	assert_int_equal(nodes[PROT].len, sizeof(text));
	assert_memory_equal(nodes[PROT].body, text, sizeof(text));
	assert_int_equal(nodes[PROT].info.phys, 0x10);
	assert_int_equal(rotor_mctp_respond(&nodes[PROT].m, &nodes[PROT].info, &m, NULL, NULL),
			 ROTOR_OK);
	turn(1);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_OK);
	assert_int_equal(result.len, 300);
	assert_memory_equal(result.body, text, 300);
	/* every packet was seen where it was sent and where it came */
	assert_int_equal(seen_packets, 2 * transfers);
	assert_int_equal(transfers, (1001 + 63) / 64 + (301 + 63) / 64);
}

static void what_an_adapter_says_is_counted_and_tried_again(void **state)
{
	static const struct {
		int error;
		size_t counter; /* offset */
	} cases[] = {
	    {ENXIO, offsetof(struct rotor_i2c_counters, nacked)},
	    {EREMOTEIO, offsetof(struct rotor_i2c_counters, nacked)},
	    {EAGAIN, offsetof(struct rotor_i2c_counters, lost)},
	    {ETIMEDOUT, offsetof(struct rotor_i2c_counters, timed_out)},
	    {EBUSY, offsetof(struct rotor_i2c_counters, timed_out)},
	    {EIO, offsetof(struct rotor_i2c_counters, failed)},
	    {EINVAL, offsetof(struct rotor_i2c_counters, failed)},
	};
	rotor_ms now = 0;

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint32_t before, after;
		unsigned had = nodes[PROT].messages;

		memcpy(&before, (const uint8_t *)&links[BMC].counters + cases[i].counter, 4);
		fail_with = cases[i].error;
		fail_number = 2;
		ask(20, 0x1d, (const uint8_t *)"x", 1);
		turn(now);
		assert_int_equal(nodes[PROT].messages, had);
		for (unsigned n = 0; n < 2; n++) {
			now = rotor_i2c_deadline(&links[BMC]);
			assert_int_not_equal(now, ROTOR_NEVER);
			turn(now);
		}
		memcpy(&after, (const uint8_t *)&links[BMC].counters + cases[i].counter, 4);
		assert_int_equal(after, before + 2);
		assert_int_equal(nodes[PROT].messages, had + 1);
		rotor_mctp_cancel(&nodes[BMC].m, &result);
	}
}

static void where_nobody_is(void **state)
{
	rotor_ms now = 0;

	(void)state;
	ask(30, 0x33, (const uint8_t *)"x", 1);
	while (result.calls == 0 && now != ROTOR_NEVER) {
		turn(now);
		now = rotor_i2c_deadline(&links[BMC]);
	}
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_int_equal(links[BMC].counters.nacked, transfers);
	assert_int_equal(links[BMC].smbus.counters.tx_given_up, 1);
}

static void what_is_spoiled_on_its_way_is_counted(void **state)
{
	(void)state;
	flip = 0x10;
	ask(20, 0x1d, (const uint8_t *)"hello", 5);
	turn(0);
	assert_int_equal(nodes[PROT].messages, 0);
	assert_int_equal(links[PROT].smbus.counters.dropped[ROTOR_SMBUS_DROP_PEC], 1);
}

static void what_else_is_in_the_queue(void **state)
{
	static uint8_t long_one[ROTOR_SMBUS_FRAME_MAX + 40] = {0x1d << 1};
	static const uint8_t other[] = {0x40 << 1, 0x0f, 1, 2, 3};
	static const uint8_t read_one[] = {0x1d << 1 | 1, 0x0f, 1, 2, 3};
	static const uint8_t short_one[] = {0x1d << 1};
	uint32_t dropped = 0;

	(void)state;
	put(PROT, other, sizeof(other));
	put(PROT, read_one, sizeof(read_one));
	put(PROT, short_one, sizeof(short_one));
	put(PROT, long_one, sizeof(long_one));
	ask(20, 0x1d, (const uint8_t *)"hello", 5);
	turn(0);
	assert_int_equal(links[PROT].counters.not_ours, 2);
	for (size_t i = 0; i < ROTOR_SMBUS_DROP_COUNT; i++)
		dropped += links[PROT].smbus.counters.dropped[i];
	assert_int_equal(dropped, 2);
	/* what follows them is none the worse */
	assert_int_equal(nodes[PROT].messages, 1);
}

static void a_queue_that_is_gone(void **state)
{
	(void)state;
	shutdown(queues[PROT], SHUT_RDWR);
	assert_int_equal(rotor_i2c_serve(&links[PROT], 0), ROTOR_ERR_IO);
}

/* ---- files ---- */

/* As in sysfs: a file, of which each read takes a message from its beginning, and nothing when there is none. */
static void a_queue_that_is_a_file(void **state)
{
	char name[] = "/tmp/rotor-queue-XXXXXX";
	uint8_t frame[ROTOR_SMBUS_FRAME_MAX] = {0};
	uint8_t packet[] = {1, 20, 10, 0xc8, 0x01, 'h', 'i'};
	struct rotor_i2c i2c;
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(rotor_i2c_open(&i2c, "/dev/null", name, 0x1d, &nodes[PROT].m), ROTOR_OK);
	assert_int_equal(rotor_i2c_events(&i2c), POLLPRI);
	assert_int_equal(rotor_i2c_serve(&i2c, 0), ROTOR_OK);
	memcpy(frame + ROTOR_SMBUS_HEAD, packet, sizeof(packet));
	size_t len = rotor_smbus_frame(frame, sizeof(packet), 0x1d, 0x10);
	assert_int_equal(write(fd, frame, len), len);
	/* This file does not forget what was read of it, as a queue does that fills faster than it is read: others get a turn. */
	nodes[PROT].messages = 0;
	assert_int_equal(rotor_i2c_deadline(&i2c), ROTOR_NEVER);
	for (unsigned turns = 1; turns <= 3; turns++) {
		assert_int_equal(rotor_i2c_serve(&i2c, 0), ROTOR_OK);
		assert_int_equal(nodes[PROT].messages, 16 * turns);
		assert_int_equal(rotor_i2c_deadline(&i2c), 0);
	}
	assert_int_equal(nodes[PROT].len, 2);
	assert_memory_equal(nodes[PROT].body, "hi", 2);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(rotor_i2c_serve(&i2c, 0), ROTOR_OK);
	assert_int_equal(nodes[PROT].messages, 48);
	assert_int_equal(rotor_i2c_deadline(&i2c), ROTOR_NEVER);
	rotor_i2c_close(&i2c);
	close(fd);
	unlink(name);
}

static void files_that_are_not_there(void **state)
{
	struct rotor_i2c i2c;

	(void)state;
	assert_int_equal(rotor_i2c_open(&i2c, "/dev/i2c-9999", NULL, 0x10, &nodes[0].m),
			 ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_i2c_open(&i2c, "/dev/null", "/tmp/no/queue", 0x10, &nodes[0].m),
			 ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(rotor_i2c_open(&i2c, "/dev/null", NULL, 0x10, &nodes[0].m),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_i2c_open(&i2c, "/dev/i2c-", NULL, 0x10, &nodes[0].m),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_i2c_open(&i2c, "/dev/i2c-1x", NULL, 0x10, &nodes[0].m),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_i2c_open(&i2c, "/dev/null", "/dev/null", 0x78, &nodes[0].m),
			 ROTOR_ERR_ARGUMENT);
	rotor_i2c_close(&i2c);
	/* an adapter that is none fails its transfers */
	assert_int_equal(rotor_i2c_open(&i2c, "/dev/null", "/dev/null", 0x10, &nodes[BMC].m),
			 ROTOR_OK);
	ask(20, 0x1d, (const uint8_t *)"x", 1);
	rotor_i2c_send(&i2c, 0);
	assert_int_equal(i2c.counters.failed, 1);
	rotor_i2c_close(&i2c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bus, close_bus)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(messages_cross_and_are_answered),
	    TEST(what_an_adapter_says_is_counted_and_tried_again),
	    TEST(where_nobody_is),
	    TEST(what_is_spoiled_on_its_way_is_counted),
	    TEST(what_else_is_in_the_queue),
	    TEST(a_queue_that_is_gone),
	    TEST(a_queue_that_is_a_file),
	    TEST(files_that_are_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
