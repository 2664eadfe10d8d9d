/* SPDX-License-Identifier: Apache-2.0 */
/* rotor-bus as a process of its own, and its client: who gets what, whose turn it is, and what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rotor/host_bus.h"
#include "rotor/wire.h"

enum { MASTER = 0x10, OTHER = 0x11, TARGET = 0x1d, NOBODY = 0x2a };

struct bus {
	char dir[32];
	char path[48];
	pid_t pid;
};

/* Starts a bus with up to three options; returns when it listens. */
static void start(struct bus *bus, const char *a, const char *b, const char *c)
{
	int ready[2];
	strcpy(bus->dir, "/tmp/rotor-bus-XXXXXX");
	assert_non_null(mkdtemp(bus->dir));
	snprintf(bus->path, sizeof(bus->path), "%s/bus", bus->dir);
	assert_int_equal(pipe(ready), 0);
	char number[16];
	snprintf(number, sizeof(number), "%d", ready[1]);
	bus->pid = fork();
	if (bus->pid == 0) {
		close(ready[0]);
		if (!freopen("/dev/null", "w", stdout))
			_exit(126);
		execl(ROTOR_BUS_PROGRAM, "rotor-bus", "--socket", bus->path, "--ready-fd", number,
		      a, b, c, (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	char byte;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static void stop(struct bus *bus)
{
	int status;
	struct stat st;
	assert_int_equal(kill(bus->pid, SIGTERM), 0);
	assert_int_equal(waitpid(bus->pid, &status, 0), bus->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(stat(bus->path, &st), -1);
	assert_int_equal(rmdir(bus->dir), 0);
}

static int join(const struct bus *bus, uint8_t address)
{
	int fd = -1;
	assert_int_equal(rotor_bus_connect(bus->path, address, &fd, NULL), ROTOR_OK);
	return fd;
}

static uint8_t buffer[ROTOR_BUS_PACKET_MAX];

static enum rotor_status next(int fd, struct rotor_bus_event *event)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	if (poll(&p, 1, 5000) != 1)
		return ROTOR_ERR_TIMEOUT;
	return rotor_bus_receive(fd, buffer, sizeof(buffer), event);
}

static struct rotor_bus_event expect(int fd, enum rotor_bus_event_type type)
{
	struct rotor_bus_event event;
	assert_int_equal(next(fd, &event), ROTOR_OK);
	assert_int_equal(event.type, type);
	return event;
}

/* A transfer with a right packet error code. */
static size_t make(uint8_t *t, uint8_t to, uint8_t fill)
{
	const uint8_t head[] = {(uint8_t)(to << 1), 0x0f, 4, MASTER << 1 | 1, fill, fill, fill};
	memcpy(t, head, sizeof(head));
	t[sizeof(head)] = rotor_crc8(0, head, sizeof(head));
	return sizeof(head) + 1;
}

static void send_to(int fd, uint16_t sequence, uint8_t to)
{
	uint8_t t[16];
	size_t len = make(t, to, (uint8_t)sequence);
	assert_int_equal(rotor_bus_send(fd, sequence, t, len), ROTOR_OK);
}

/* As a target does: takes a delivery, checks its packet error code, answers. */
static bool serve_one(int fd)
{
	struct rotor_bus_event e = expect(fd, ROTOR_BUS_DELIVERY);
	bool good = rotor_crc8(0, e.transfer, e.len - 1) == e.transfer[e.len - 1];
	assert_int_equal(rotor_bus_answer(fd, e.sequence, good), ROTOR_OK);
	return good;
}

static enum rotor_bus_code result_of(int fd, uint16_t sequence)
{
	struct rotor_bus_event e = expect(fd, ROTOR_BUS_RESULT);
	assert_int_equal(e.sequence, sequence);
	return e.code;
}

static void an_address_belongs_to_one_client(void **state)
{
	struct bus bus;
	enum rotor_bus_code code;
	int second = 5;
	(void)state;
	start(&bus, NULL, NULL, NULL);
	int first = join(&bus, TARGET);
	assert_int_equal(rotor_bus_connect(bus.path, TARGET, &second, &code), ROTOR_ERR_BUSY);
	assert_int_equal(code, ROTOR_BUS_TAKEN);
	assert_int_equal(second, -1);
	assert_int_equal(rotor_bus_connect_only(bus.path, &second), ROTOR_OK);
	assert_int_equal(rotor_bus_claim(second, TARGET, &code), ROTOR_ERR_BUSY);
	/* a refused claim leaves the client on the bus */
	assert_int_equal(rotor_bus_claim(second, OTHER, &code), ROTOR_OK);
	assert_int_equal(rotor_bus_claim(second, OTHER, &code), ROTOR_OK);
	close(first);
	/* the bus may see the hang-up after the next claim: ask until it has */
	enum rotor_status status = ROTOR_ERR_BUSY;
	for (int i = 0; i < 1000 && status == ROTOR_ERR_BUSY; i++)
		status = rotor_bus_claim(second, TARGET, &code);
	assert_int_equal(status, ROTOR_OK);
	close(second);
	stop(&bus);
}

static void reserved_addresses_are_refused(void **state)
{
	static const uint8_t reserved[] = {0x00, 0x07, 0x08, 0x0c, 0x61, 0x78, 0x7f, 0x80, 0xff};
	struct bus bus;
	enum rotor_bus_code code;
	int fd;
	(void)state;
	start(&bus, NULL, NULL, NULL);
	assert_int_equal(rotor_bus_connect_only(bus.path, &fd), ROTOR_OK);
	for (size_t i = 0; i < ROTOR_COUNT_OF(reserved); i++) {
		assert_int_equal(rotor_bus_claim(fd, reserved[i], &code), ROTOR_ERR_ARGUMENT);
		assert_int_equal(code, ROTOR_BUS_RESERVED);
	}
	for (uint8_t i = 0; i < ROTOR_BUS_CLAIMS_MAX; i++)
		assert_int_equal(rotor_bus_claim(fd, (uint8_t)(0x20 + i), &code), ROTOR_OK);
	assert_int_equal(rotor_bus_claim(fd, 0x30, &code), ROTOR_ERR_BUSY);
	assert_int_equal(code, ROTOR_BUS_LIMIT);
	close(fd);
	stop(&bus);
}

static void a_transfer_arrives_and_its_answer_comes_back(void **state)
{
	struct bus bus;
	(void)state;
	start(&bus, NULL, NULL, NULL);
	int master = join(&bus, MASTER), target = join(&bus, TARGET);
	uint8_t t[16];
	size_t len = make(t, TARGET, 0xa5);
	assert_int_equal(rotor_bus_send(master, 0xfffe, t, len), ROTOR_OK);
	struct rotor_bus_event e = expect(target, ROTOR_BUS_DELIVERY);
	assert_int_equal(e.len, len);
	assert_memory_equal(e.transfer, t, len);
	assert_int_equal(rotor_bus_answer(target, e.sequence, true), ROTOR_OK);
	assert_int_equal(result_of(master, 0xfffe), ROTOR_BUS_ACK);
	/* and the other way: the target is a master, too */
	send_to(target, 1, MASTER);
	assert_true(serve_one(master));
	assert_int_equal(result_of(target, 1), ROTOR_BUS_ACK);
	/* nobody is at that address */
	send_to(master, 2, NOBODY);
	assert_int_equal(result_of(master, 2), ROTOR_BUS_NACK_ABSENT);
	/* a wrong packet error code travels unchanged, and the target refuses it */
	t[len - 1] ^= 0x40;
	assert_int_equal(rotor_bus_send(master, 3, t, len), ROTOR_OK);
	assert_false(serve_one(target));
	assert_int_equal(result_of(master, 3), ROTOR_BUS_NACK_REFUSED);
	close(master);
	close(target);
	stop(&bus);
}

static void the_longest_transfer_passes_and_the_client_checks_lengths(void **state)
{
	struct bus bus;
	uint8_t t[ROTOR_BUS_TRANSFER_MAX + 1];
	(void)state;
	start(&bus, NULL, NULL, NULL);
	int fd = join(&bus, TARGET);
	memset(t, 0x55, sizeof(t));
	t[0] = TARGET << 1;
	assert_int_equal(rotor_bus_send(fd, 1, t, sizeof(t)), ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_bus_send(fd, 1, t, 1), ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_bus_send(fd, 1, t, ROTOR_BUS_TRANSFER_MAX), ROTOR_OK);
	struct rotor_bus_event e = expect(fd, ROTOR_BUS_DELIVERY); /* to itself */
	assert_int_equal(e.len, ROTOR_BUS_TRANSFER_MAX);
	assert_memory_equal(e.transfer, t, e.len);
	assert_int_equal(rotor_bus_receive(fd, buffer, sizeof(buffer), &e), ROTOR_PENDING);
	assert_int_equal(rotor_bus_receive(fd, buffer, 8, &e), ROTOR_ERR_ARGUMENT);
	t[0] |= 1;
	assert_int_equal(rotor_bus_send(fd, 1, t, 8), ROTOR_ERR_ARGUMENT);
	close(fd);
	stop(&bus);
}

static void a_target_that_dies_or_is_silent_has_refused(void **state)
{
	struct bus bus;
	(void)state;
	start(&bus, NULL, NULL, NULL);
	int master = join(&bus, MASTER), target = join(&bus, TARGET);
	send_to(master, 1, TARGET);
	expect(target, ROTOR_BUS_DELIVERY);
	close(target);
	assert_int_equal(result_of(master, 1), ROTOR_BUS_NACK_TIMEOUT);

	target = join(&bus, TARGET);
	send_to(master, 2, TARGET);
	send_to(master, 3, TARGET);
	struct rotor_bus_event late = expect(target, ROTOR_BUS_DELIVERY);
	assert_int_equal(result_of(master, 2), ROTOR_BUS_NACK_TIMEOUT);
	/* the answer that comes too late is not taken for the next delivery's */
	assert_int_equal(rotor_bus_answer(target, late.sequence, false), ROTOR_OK);
	assert_true(serve_one(target));
	assert_int_equal(result_of(master, 3), ROTOR_BUS_ACK);
	/* nor is an answer of somebody who was not asked */
	int other = join(&bus, OTHER);
	send_to(master, 4, TARGET);
	struct rotor_bus_event e = expect(target, ROTOR_BUS_DELIVERY);
	assert_int_equal(rotor_bus_answer(other, e.sequence, false), ROTOR_OK);
	assert_int_equal(rotor_bus_claim(other, 0x33, NULL), ROTOR_OK); /* it has been read */
	assert_int_equal(rotor_bus_answer(target, e.sequence, true), ROTOR_OK);
	assert_int_equal(result_of(master, 4), ROTOR_BUS_ACK);
	close(master);
	close(target);
	close(other);
	stop(&bus);
}

static void a_sender_that_leaves_takes_its_queue_along(void **state)
{
	struct bus bus;
	(void)state;
	start(&bus, NULL, NULL, NULL);
	int master = join(&bus, MASTER), other = join(&bus, OTHER), target = join(&bus, TARGET);
	for (uint16_t i = 0; i < 4; i++)
		send_to(master, i, TARGET);
	struct rotor_bus_event e = expect(target, ROTOR_BUS_DELIVERY);
	uint16_t sequence = e.sequence;
	close(master);
	/* wait until the bus has seen it go: its address is free again */
	while (rotor_bus_claim(other, MASTER, NULL) == ROTOR_ERR_BUSY)
		;
	send_to(other, 77, TARGET);
	assert_int_equal(rotor_bus_answer(target, sequence, true), ROTOR_OK);
	e = expect(target, ROTOR_BUS_DELIVERY);
	assert_int_equal(e.transfer[4], 77);
	assert_int_equal(rotor_bus_answer(target, e.sequence, true), ROTOR_OK);
	assert_int_equal(result_of(other, 77), ROTOR_BUS_ACK);
	close(other);
	close(target);
	stop(&bus);
}

static void a_flood_is_bounded_and_starves_nobody(void **state)
{
	enum { FLOOD = 100 };
	struct bus bus;
	(void)state;
	start(&bus, NULL, NULL, NULL);
	int flooder = join(&bus, MASTER), other = join(&bus, OTHER), target = join(&bus, TARGET);
	for (uint16_t i = 0; i < FLOOD; i++)
		send_to(flooder, i, TARGET);
	/* one is under way, eight wait, the others are told so at once */
	for (uint16_t i = 0; i < FLOOD - ROTOR_BUS_QUEUE_MAX - 1; i++) {
		struct rotor_bus_event e = expect(flooder, ROTOR_BUS_RESULT);
		assert_int_equal(e.code, ROTOR_BUS_BUSY);
	}
	send_to(other, 200, TARGET);
	send_to(other, 201, TARGET);
	assert_int_equal(rotor_bus_claim(other, 0x33, NULL), ROTOR_OK); /* they have been read */
	/* turns: flooder (under way), other, flooder, other, then the rest of the flood */
	uint8_t order[ROTOR_BUS_QUEUE_MAX + 3];
	for (size_t i = 0; i < sizeof(order); i++) {
		struct rotor_bus_event e = expect(target, ROTOR_BUS_DELIVERY);
		order[i] = e.transfer[4];
		assert_int_equal(rotor_bus_answer(target, e.sequence, true), ROTOR_OK);
	}
	assert_int_equal(order[0], 0);
	assert_int_equal(order[1], 200);
	assert_true(order[2] < FLOOD);
	assert_int_equal(order[3], 201);
	for (size_t i = 5; i < sizeof(order); i++)
		assert_true(order[i] < FLOOD && order[i] > order[i - 1]);
	assert_int_equal(result_of(other, 200), ROTOR_BUS_ACK);
	assert_int_equal(result_of(other, 201), ROTOR_BUS_ACK);
	for (size_t i = 0; i < ROTOR_BUS_QUEUE_MAX + 1; i++)
		assert_int_equal(expect(flooder, ROTOR_BUS_RESULT).code, ROTOR_BUS_ACK);
	close(flooder);
	close(other);
	close(target);
	stop(&bus);
}

static void a_client_that_never_reads_is_cut_off(void **state)
{
	struct bus bus;
	(void)state;
	start(&bus, NULL, NULL, NULL);
	int deaf = join(&bus, MASTER), other = join(&bus, OTHER);
	uint8_t t[16];
	size_t len = make(t, NOBODY, 0);
	enum rotor_status status = ROTOR_OK;
	for (long i = 0; i < 1000000 && status != ROTOR_ERR_IO; i++)
		status = rotor_bus_send(deaf, 0, t, len);
	assert_int_equal(status, ROTOR_ERR_IO);
	send_to(other, 1, NOBODY);
	assert_int_equal(result_of(other, 1), ROTOR_BUS_NACK_ABSENT);
	close(deaf);
	close(other);
	stop(&bus);
}

static void malformed_packets_end_the_connection(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum rotor_bus_code code;
		bool stays;
	} cases[] = {
	    {"\1", 1, ROTOR_BUS_MALFORMED, false},
	    {"\1\3\0\0", 4, ROTOR_BUS_MALFORMED, false},
	    {"\2\1\0\0\0\x10", 6, ROTOR_BUS_VERSION_MISMATCH, false},
	    {"\1\1\0\0\0", 5, ROTOR_BUS_MALFORMED, false},            /* claim of nothing */
	    {"\1\1\0\0\0\x10\x11", 7, ROTOR_BUS_MALFORMED, false},    /* claim of two */
	    {"\1\1\0\0\1\x10", 6, ROTOR_BUS_MALFORMED, false},        /* with a code */
	    {"\1\2\0\0\0\0", 6, ROTOR_BUS_MALFORMED, false},          /* monitor with a body */
	    {"\1\3\0\0\0\x3a", 6, ROTOR_BUS_MALFORMED, false},        /* write of an address only */
	    {"\1\3\0\0\0\x3b\1\2", 8, ROTOR_BUS_MALFORMED, false},    /* write with the read bit */
	    {"\1\3\0\0\2\x3a\1\2", 8, ROTOR_BUS_MALFORMED, false},    /* write with a code */
	    {"\1\6\0\0\0\0", 6, ROTOR_BUS_MALFORMED, false},          /* answer with a body */
	    {"\1\4\0\0\0\x3b", 6, ROTOR_BUS_UNSUPPORTED, true},       /* read */
	    {"\1\5\0\0\0\x3a\1\x3b", 8, ROTOR_BUS_UNSUPPORTED, true}, /* write, then read */
	    {"\1\x83\0\0\0", 5, ROTOR_BUS_UNSUPPORTED, true},         /* what only the bus says */
	    {"\1\0\0\0\0", 5, ROTOR_BUS_UNSUPPORTED, true},
	};
	static const uint8_t huge[4096] = {1, 3, 0, 0, 0, 0x3a};
	struct bus bus;
	struct rotor_bus_event e;
	(void)state;
	start(&bus, NULL, NULL, NULL);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases) + 1; i++) {
		bool last = i == ROTOR_COUNT_OF(cases);
		const void *bytes = last ? (const void *)huge : cases[i].bytes;
		size_t len = last ? sizeof(huge) : cases[i].len;
		int fd;
		assert_int_equal(rotor_bus_connect_only(bus.path, &fd), ROTOR_OK);
		assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
		e = expect(fd, ROTOR_BUS_ERROR);
		assert_int_equal(e.code, last ? ROTOR_BUS_MALFORMED : cases[i].code);
		if (!last && cases[i].stays) {
			send_to(fd, 5, NOBODY);
			assert_int_equal(result_of(fd, 5), ROTOR_BUS_NACK_ABSENT);
		} else {
			assert_int_equal(next(fd, &e), ROTOR_ERR_NOT_FOUND);
		}
		close(fd);
	}
	stop(&bus);
}

/* Sends @count transfers and writes what became of each: '.', 'D' dropped, 'C' corrupted. */
static void faults(const char *seed, char *history, int count)
{
	struct bus bus;
	char option[32];
	snprintf(option, sizeof(option), "--seed=%s", seed);
	start(&bus, "--drop=0.3", "--corrupt=0.3", option);
	int master = join(&bus, MASTER), target = join(&bus, TARGET);
	for (int i = 0; i < count; i++) {
		send_to(master, (uint16_t)i, TARGET);
		struct pollfd p[] = {{.fd = target, .events = POLLIN},
				     {.fd = master, .events = POLLIN}};
		assert_true(poll(p, 2, 5000) > 0);
		bool good = true, seen = p[0].revents != 0;
		if (seen)
			good = serve_one(target);
		enum rotor_bus_code code = result_of(master, (uint16_t)i);
		assert_int_equal(code, !seen  ? ROTOR_BUS_NACK_LOST
				       : good ? ROTOR_BUS_ACK
					      : ROTOR_BUS_NACK_REFUSED);
		history[i] = !seen ? 'D' : good ? '.' : 'C';
	}
	history[count] = '\0';
	close(master);
	close(target);
	stop(&bus);
}

static void faults_repeat_with_their_seed(void **state)
{
	char first[101], again[101], other[101];
	(void)state;
	faults("7", first, 100);
	faults("7", again, 100);
	faults("8", other, 100);
	assert_string_equal(first, again);
	assert_string_not_equal(first, other);
	assert_non_null(strchr(first, 'D'));
	assert_non_null(strchr(first, 'C'));
	assert_non_null(strchr(first, '.'));
}

static void a_monitor_sees_each_transfer_and_its_bit_times(void **state)
{
	struct bus bus;
	int monitor;
	(void)state;
	start(&bus, "--rate=1M", NULL, NULL);
	int master = join(&bus, MASTER), target = join(&bus, TARGET);
	assert_int_equal(rotor_bus_connect_only(bus.path, &monitor), ROTOR_OK);
	assert_int_equal(rotor_bus_monitor(monitor, NULL), ROTOR_OK);
	assert_int_equal(rotor_bus_monitor(monitor, NULL), ROTOR_OK);
	uint64_t bits = 0;
	for (uint16_t i = 0; i < 10; i++) {
		bool absent = i == 3;
		send_to(master, i, absent ? NOBODY : TARGET);
		if (!absent)
			assert_true(serve_one(target));
		assert_int_equal(result_of(master, i),
				 absent ? ROTOR_BUS_NACK_ABSENT : ROTOR_BUS_ACK);
		struct rotor_bus_event e = expect(monitor, ROTOR_BUS_SEEN);
		assert_int_equal(e.sequence, i + 1);
		assert_int_equal(e.code, absent ? ROTOR_BUS_NACK_ABSENT : ROTOR_BUS_ACK);
		assert_int_equal(e.len, 8);
		assert_int_equal(e.transfer[4], i);
		/* start, stop, nine bits a byte; nobody there: the address byte alone */
		bits += absent ? 11 : 8 * 9 + 2;
		assert_true(e.bit_times == bits);
	}
	close(master);
	close(target);
	close(monitor);
	stop(&bus);
}

static int run_bus(const char *const *arguments)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(126);
		char *argv[8] = {NULL};
		for (size_t i = 0; i < 7 && arguments[i]; i++)
			argv[i] = strdup(arguments[i]);
		execv(ROTOR_BUS_PROGRAM, argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void the_command_line_is_checked(void **state)
{
	static const struct {
		const char *arguments[7];
		int code;
	} cases[] = {
	    {{"rotor-bus", "--help"}, 0},
	    {{"rotor-bus"}, 2},
	    {{"rotor-bus", "--socket", "/tmp/x", "more"}, 2},
	    {{"rotor-bus", "--unheard-of"}, 2},
	    {{"rotor-bus", "--socket", "/tmp/x", "--rate", "50k"}, 2},
	    {{"rotor-bus", "--socket", "/tmp/x", "--drop", "1.5"}, 2},
	    {{"rotor-bus", "--socket", "/tmp/x", "--drop", "x"}, 2},
	    {{"rotor-bus", "--socket", "/tmp/x", "--corrupt", "nan"}, 2},
	    {{"rotor-bus", "--socket", "/tmp/x", "--seed", "-1"}, 2},
	    {{"rotor-bus", "--socket", "/tmp/x", "--ready-fd", "x"}, 2},
	    {{"rotor-bus", "--socket", "/nonexistent/bus"}, 1},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++)
		assert_int_equal(run_bus(cases[i].arguments), cases[i].code);
}

static void a_socket_in_use_is_left_alone_and_a_left_over_one_is_replaced(void **state)
{
	struct bus bus;
	int status;
	(void)state;
	start(&bus, NULL, NULL, NULL);
	const char *const again[] = {"rotor-bus", "--socket", bus.path, NULL};
	assert_int_equal(run_bus(again), 1);
	close(join(&bus, TARGET)); /* the first one still works */
	assert_int_equal(kill(bus.pid, SIGKILL), 0);
	assert_int_equal(waitpid(bus.pid, &status, 0), bus.pid);
	int fd;
	assert_int_equal(rotor_bus_connect(bus.path, TARGET, &fd, NULL), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(fd, -1);
	/* the dead one's socket lies in the directory: start there again */
	struct bus second;
	start(&second, NULL, NULL, NULL);
	stop(&second);
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	bus.pid = fork();
	if (bus.pid == 0) {
		dup2(ready[1], STDOUT_FILENO);
		execl(ROTOR_BUS_PROGRAM, "rotor-bus", "--socket", bus.path, (char *)NULL);
		_exit(127);
	}
	char line[8] = {0};
	assert_int_equal(read(ready[0], line, sizeof(line)), 6);
	assert_string_equal(line, "ready\n");
	close(ready[0]);
	close(ready[1]);
	close(join(&bus, TARGET));
	stop(&bus);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char path[300];
	int fd = 7;
	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(rotor_bus_connect_only(path, &fd), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_bus_connect_only("", &fd), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_bus_connect_only("/nonexistent/bus", &fd), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(fd, -1);
}

/* What a hostile or broken bus might send to a client. */
static void the_client_takes_only_what_the_protocol_allows(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum rotor_status status;
	} cases[] = {
	    {"\1\x83\7\0\0", 5, ROTOR_OK},
	    {"\1\x83\7\0", 4, ROTOR_ERR_LENGTH},
	    {"\2\x83\7\0\0", 5, ROTOR_ERR_FORMAT},
	    {"\1\x83\7\0\0\0", 6, ROTOR_ERR_LENGTH},
	    {"\1\x84\7\0\0", 5, ROTOR_ERR_FORMAT},
	    {"\1\x86\7\0\0\x3a", 6, ROTOR_ERR_LENGTH},
	    {"\1\x86\7\0\0\x3a\1", 7, ROTOR_OK},
	    {"\1\x87\7\0\0\1\2\3\4\5\6\7\x8\x3a", 14, ROTOR_ERR_LENGTH},
	    {"\1\x87\7\0\0\1\2\3\4\5\6\7\x8\x3a\1", 15, ROTOR_OK},
	    {"\1\x87\7\0\0\1\2\3", 8, ROTOR_ERR_LENGTH},
	    {"\1\x8f\7\0\x31", 5, ROTOR_OK},
	};
	static const uint8_t huge[ROTOR_BUS_PACKET_MAX + 1] = {1, 0x86};
	int pair[2];
	struct rotor_bus_event e;
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		assert_int_equal(send(pair[0], cases[i].bytes, cases[i].len, 0), cases[i].len);
		assert_int_equal(next(pair[1], &e), cases[i].status);
		if (cases[i].status == ROTOR_OK)
			assert_int_equal(e.sequence, 7);
	}
	assert_int_equal(send(pair[0], huge, sizeof(huge), 0), sizeof(huge));
	assert_int_equal(next(pair[1], &e), ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_bus_receive(pair[1], buffer, sizeof(buffer), &e), ROTOR_PENDING);
	/* nobody reads: the socket fills up, and says so */
	enum rotor_status status = ROTOR_OK;
	for (int i = 0; i < 100000 && status == ROTOR_OK; i++)
		status = rotor_bus_answer(pair[1], 0, true);
	assert_int_equal(status, ROTOR_PENDING);
	close(pair[0]);
	assert_int_equal(rotor_bus_answer(pair[1], 0, true), ROTOR_ERR_IO);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_address_belongs_to_one_client),
	    cmocka_unit_test(reserved_addresses_are_refused),
	    cmocka_unit_test(a_transfer_arrives_and_its_answer_comes_back),
	    cmocka_unit_test(the_longest_transfer_passes_and_the_client_checks_lengths),
	    cmocka_unit_test(a_target_that_dies_or_is_silent_has_refused),
	    cmocka_unit_test(a_sender_that_leaves_takes_its_queue_along),
	    cmocka_unit_test(a_flood_is_bounded_and_starves_nobody),
	    cmocka_unit_test(a_client_that_never_reads_is_cut_off),
	    cmocka_unit_test(malformed_packets_end_the_connection),
	    cmocka_unit_test(faults_repeat_with_their_seed),
	    cmocka_unit_test(a_monitor_sees_each_transfer_and_its_bit_times),
	    cmocka_unit_test(the_command_line_is_checked),
	    cmocka_unit_test(a_socket_in_use_is_left_alone_and_a_left_over_one_is_replaced),
	    cmocka_unit_test(a_path_that_is_too_long_is_refused),
	    cmocka_unit_test(the_client_takes_only_what_the_protocol_allows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
