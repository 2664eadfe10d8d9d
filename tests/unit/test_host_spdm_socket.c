/* SPDX-License-Identifier: Apache-2.0 */
/* SPDM over TCP: packets in a stream cut anywhere, what a server answers by itself, peers that come and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rotor/host_spdm_socket.h"

/* GET_VERSION as DMTF's requester sends it, and a greeting. */
static const uint8_t get_version[] = {0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00,
				      0x00, 0x00, 0x05, 0x05, 0x10, 0x84, 0x00, 0x00};
static const uint8_t client_hello[] = {0x00, 0x00, 0xde, 0xad, 0x00, 0x00, 0x00, 0x01, 0x00,
				       0x00, 0x00, 0x0e, 'C',  'l',  'i',  'e',  'n',  't',
				       ' ',  'H',  'e',  'l',  'l',  'o',  '!',  0x00};
static const uint8_t server_hello[] = {0x00, 0x00, 0xde, 0xad, 0x00, 0x00, 0x00, 0x01, 0x00,
				       0x00, 0x00, 0x0e, 'S',  'e',  'r',  'v',  'e',  'r',
				       ' ',  'H',  'e',  'l',  'l',  'o',  '!',  0x00};

static struct rotor_spdm_socket one;
static struct rotor_spdm_server server;
static uint8_t scratch[ROTOR_SPDM_SOCKET_MAX + 64];

/* ---- packets ---- */

/* Takes a stream in pieces of @p piece bytes, each in memory of its own. @return packets; the last one in *packet */
static unsigned take(const uint8_t *stream, size_t len, size_t piece,
		     struct rotor_spdm_packet *packet)
{
	unsigned packets = 0;
	while (len) {
		size_t n = piece < len ? piece : len, used = 0;
		uint8_t *copy = malloc(n);
		assert_non_null(copy);
		memcpy(copy, stream, n);
		enum rotor_status status = rotor_spdm_socket_take(&one, copy, n, &used, packet);
		free(copy);
		assert_true(status == ROTOR_OK || status == ROTOR_PENDING);
		assert_true(used > 0 && used <= n);
		if (status == ROTOR_PENDING)
			assert_int_equal(used, n);
		packets += status == ROTOR_OK;
		stream += used;
		len -= used;
	}
	return packets;
}

static void a_packet_is_read_wherever_the_stream_is_cut(void **state)
{
	(void)state;
	struct rotor_spdm_packet packet;
	for (size_t piece = 1; piece <= sizeof(get_version); piece++) {
		rotor_spdm_socket_init(&one, -1);
		assert_int_equal(take(get_version, sizeof(get_version), piece, &packet), 1);
		assert_int_equal(packet.command, ROTOR_SPDM_SOCKET_NORMAL);
		assert_int_equal(packet.transport, ROTOR_SPDM_SOCKET_MCTP);
		assert_int_equal(packet.payload.len, 5);
		assert_memory_equal(packet.payload.data, get_version + 12, 5);
	}
}

static void packets_follow_each_other(void **state)
{
	(void)state;
	uint8_t stream[3 * sizeof(get_version) + 12 + sizeof(client_hello)] = {0};
	struct rotor_spdm_packet packet;
	size_t len = 0;
	memcpy(stream, get_version, sizeof(get_version));
	len += sizeof(get_version);
	stream[len + 2] = stream[len + 3] = 0xff; /* an empty one */
	len += 12;
	memcpy(stream + len, client_hello, sizeof(client_hello));
	len += sizeof(client_hello);
	for (size_t piece = 1; piece <= len; piece++) {
		rotor_spdm_socket_init(&one, -1);
		assert_int_equal(take(stream, len, piece, &packet), 3);
		assert_int_equal(packet.command, ROTOR_SPDM_SOCKET_TEST);
		assert_int_equal(packet.payload.len, sizeof(ROTOR_SPDM_SOCKET_HELLO_CLIENT));
		assert_string_equal((const char *)packet.payload.data,
				    ROTOR_SPDM_SOCKET_HELLO_CLIENT);
	}
}

static void the_longest_payload_is_taken_and_no_longer_one(void **state)
{
	(void)state;
	static const struct {
		uint32_t length;
		enum rotor_status status;
	} rows[] = {
	    {ROTOR_SPDM_SOCKET_MAX, ROTOR_PENDING},
	    {ROTOR_SPDM_SOCKET_MAX + 1, ROTOR_ERR_LENGTH},
	    {UINT32_MAX, ROTOR_ERR_LENGTH},
	    {UINT32_MAX - 11, ROTOR_ERR_LENGTH},
	};
	struct rotor_spdm_packet packet;
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		uint8_t head[12] = {0, 0, 0, 1, 0, 0, 0, 1};
		size_t used;
		for (int b = 0; b < 4; b++)
			head[8 + b] = (uint8_t)(rows[i].length >> (24 - 8 * b));
		rotor_spdm_socket_init(&one, -1);
		assert_int_equal(rotor_spdm_socket_take(&one, head, sizeof(head), &used, &packet),
				 rows[i].status);
	}
	rotor_spdm_socket_init(&one, -1);
	memset(scratch, 0x5a, sizeof(scratch));
	static const uint8_t head[12] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0};
	memcpy(scratch, head, sizeof(head));
	assert_int_equal(take(scratch, 12 + ROTOR_SPDM_SOCKET_MAX, 4000, &packet), 1);
	assert_int_equal(packet.payload.len, ROTOR_SPDM_SOCKET_MAX);
	assert_int_equal(packet.payload.data[ROTOR_SPDM_SOCKET_MAX - 1], 0x5a);
}

/* ---- a stream ---- */

static int other; /* the far end of `one`, or of a server's peer */

static void connect_one(void)
{
	int fds[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	rotor_spdm_socket_init(&one, fds[0]);
	other = fds[1];
}

static size_t read_all(int fd, uint8_t *to, size_t cap)
{
	size_t len = 0;
	ssize_t got;
	while (len < cap && (got = recv(fd, to + len, cap - len, MSG_DONTWAIT)) > 0)
		len += (size_t)got;
	return len;
}

static void packets_are_written_as_others_write_them(void **state)
{
	(void)state;
	static const uint8_t body[] = {0x10, 0x84, 0x00, 0x00};
	connect_one();
	assert_int_equal(rotor_spdm_socket_send(&one, ROTOR_SPDM_SOCKET_NORMAL, 5,
						(struct rotor_bytes){body, sizeof(body)}),
			 ROTOR_OK);
	assert_int_equal(read_all(other, scratch, sizeof(scratch)), sizeof(get_version));
	assert_memory_equal(scratch, get_version, sizeof(get_version));
	assert_int_equal(
	    rotor_spdm_socket_send(
		&one, ROTOR_SPDM_SOCKET_TEST, -1,
		(struct rotor_bytes){(const uint8_t *)ROTOR_SPDM_SOCKET_HELLO_CLIENT, 14}),
	    ROTOR_OK);
	assert_int_equal(read_all(other, scratch, sizeof(scratch)), sizeof(client_hello));
	assert_memory_equal(scratch, client_hello, sizeof(client_hello));
	rotor_spdm_socket_close(&one);
	assert_int_equal(one.fd, -1);
	close(other);
}

static void a_packet_waits_for_room(void **state)
{
	(void)state;
	int small = 4096;
	struct rotor_bytes body = {scratch, ROTOR_SPDM_SOCKET_MAX};
	struct rotor_bytes longer = {scratch, ROTOR_SPDM_SOCKET_MAX + 1};
	static uint8_t got[2 * (12 + ROTOR_SPDM_SOCKET_MAX)];
	size_t len = 0;
	connect_one();
	assert_int_equal(setsockopt(one.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	for (size_t i = 0; i < sizeof(scratch); i++)
		scratch[i] = (uint8_t)(i * 7);
	assert_int_equal(rotor_spdm_socket_send(&one, ROTOR_SPDM_SOCKET_NORMAL, -1, longer),
			 ROTOR_ERR_SPACE);
	assert_int_equal(rotor_spdm_socket_send(&one, ROTOR_SPDM_SOCKET_NORMAL, 5, body),
			 ROTOR_ERR_SPACE);
	assert_int_equal(rotor_spdm_socket_events(&one), POLLIN);
	assert_int_equal(rotor_spdm_socket_send(&one, ROTOR_SPDM_SOCKET_NORMAL, -1, body),
			 ROTOR_OK);
	assert_int_equal(rotor_spdm_socket_events(&one), POLLIN | POLLOUT);
	assert_int_equal(rotor_spdm_socket_send(&one, ROTOR_SPDM_SOCKET_NORMAL, -1, body),
			 ROTOR_ERR_BUSY);
	while (rotor_spdm_socket_flush(&one) == ROTOR_PENDING)
		len += read_all(other, got + len, sizeof(got) - len);
	len += read_all(other, got + len, sizeof(got) - len);
	assert_int_equal(len, 12 + ROTOR_SPDM_SOCKET_MAX);
	assert_memory_equal(got + 12, scratch, ROTOR_SPDM_SOCKET_MAX);
	close(other);
	assert_int_equal(rotor_spdm_socket_send(&one, ROTOR_SPDM_SOCKET_NORMAL, -1, body),
			 ROTOR_ERR_IO);
	rotor_spdm_socket_close(&one);
}

/* ---- a server ---- */

static char where[32];

static int start_server(void **state)
{
	(void)state;
	int listener;
	uint16_t port = 0;
	assert_int_equal(rotor_spdm_socket_listen("127.0.0.1:0", &listener, &port), ROTOR_OK);
	assert_true(port != 0);
	snprintf(where, sizeof(where), "127.0.0.1:%u", port);
	rotor_spdm_server_init(&server, listener);
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	rotor_spdm_server_close(&server);
	return 0;
}

static int dial(void)
{
	int fd;
	assert_int_equal(rotor_spdm_socket_connect(where, &fd), ROTOR_OK);
	return fd;
}

/* Waits until one of the server's descriptors has something, then serves. */
static enum rotor_spdm_server_event serve(uint8_t *type, uint8_t **body, size_t *len)
{
	struct pollfd fds[2];
	rotor_spdm_server_watch(&server, fds);
	assert_true(poll(fds, 2, 10000) > 0);
	return rotor_spdm_server_serve(&server, type, body, len);
}

/* Waits for so many bytes. */
static void expect(int fd, const uint8_t *bytes, size_t len)
{
	uint8_t got[64];
	size_t n = 0;
	assert_true(len <= sizeof(got));
	while (n < len) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		assert_int_equal(poll(&wait, 1, 10000), 1);
		size_t more = read_all(fd, got + n, len - n);
		assert_true(more > 0);
		n += more;
	}
	assert_memory_equal(got, bytes, len);
}

static bool is_closed(int fd)
{
	uint8_t byte;
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	return poll(&wait, 1, 10000) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) <= 0;
}

/* What the server answers by itself, and what becomes of the stream and of the server then. */
static void what_is_not_a_message_is_answered(void **state)
{
	(void)state;
	static const struct row {
		uint8_t command[4];
		enum rotor_spdm_server_event event;
		bool closed;
		uint32_t unknown;
		uint8_t answer[12];
	} rows[] = {
	    {{0x00, 0x00, 0xff, 0xfd},
	     ROTOR_SPDM_SERVER_NOTHING,
	     true,
	     0,
	     {0, 0, 0xff, 0xfd, 0, 0, 0, 1, 0, 0, 0, 0}},
	    {{0x00, 0x00, 0x12, 0x34},
	     ROTOR_SPDM_SERVER_NOTHING,
	     true,
	     1,
	     {0, 0, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0}},
	    {{0x00, 0x00, 0xff, 0xff},
	     ROTOR_SPDM_SERVER_NOTHING,
	     true,
	     2,
	     {0, 0, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0}},
	    {{0x00, 0x00, 0xff, 0xfe},
	     ROTOR_SPDM_SERVER_SHUTDOWN,
	     true,
	     2,
	     {0, 0, 0xff, 0xfe, 0, 0, 0, 1, 0, 0, 0, 0}},
	};
	uint8_t type, *body;
	size_t len;
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		uint8_t packet[12] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
		int fd = dial();
		memcpy(packet, rows[i].command, 4);
		assert_int_equal(send(fd, client_hello, sizeof(client_hello), 0),
				 sizeof(client_hello));
		assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
		expect(fd, server_hello, sizeof(server_hello));
		assert_int_equal(send(fd, packet, sizeof(packet), 0), sizeof(packet));
		assert_int_equal(serve(&type, &body, &len), rows[i].event);
		expect(fd, rows[i].answer, sizeof(rows[i].answer));
		assert_int_equal(is_closed(fd), rows[i].closed);
		assert_int_equal(server.unknown, rows[i].unknown);
		assert_int_equal(server.peers, i + 1);
		close(fd);
	}
}

static bool takes_8001(void *ctx, uint32_t command, struct rotor_bytes payload)
{
	unsigned *taken = ctx;
	assert_int_equal(payload.len, 4);
	assert_int_equal(payload.data[3], 0x12);
	(*taken)++;
	return command == ROTOR_SPDM_SOCKET_UPDATE_KEY;
}

/* The owner's commands are echoed without payload, and the stream goes on; others are unknown as ever. */
static void the_owner_may_take_commands(void **state)
{
	(void)state;
	uint8_t ask[] = {0, 0, 0x80, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0xff, 0xff, 1, 0x12};
	static const uint8_t echo[] = {0, 0, 0x80, 1, 0, 0, 0, 1, 0, 0, 0, 0};
	static const uint8_t unknown[] = {0, 0, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0};
	uint8_t type, *body;
	size_t len;
	unsigned taken = 0;
	int fd = dial();
	server.command = takes_8001;
	server.ctx = &taken;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(send(fd, ask, sizeof(ask), 0), sizeof(ask));
		assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
		expect(fd, echo, sizeof(echo));
	}
	ask[3] = 2;
	assert_int_equal(send(fd, ask, sizeof(ask), 0), sizeof(ask));
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
	expect(fd, unknown, sizeof(unknown));
	assert_true(is_closed(fd));
	assert_int_equal(taken, 3);
	close(fd);
}

static void messages_are_given_out_and_answered(void **state)
{
	(void)state;
	static const uint8_t version[] = {0x10, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x12};
	static const uint8_t wire[] = {0, 0,    0,    1,    0, 0, 0, 1, 0, 0,   0,
				       9, 0x05, 0x10, 0x04, 0, 0, 0, 1, 0, 0x12};
	uint8_t type = 0, *body = NULL;
	size_t len = 0;
	int fd = dial();
	/* One byte at a time, it may take many turns. */
	assert_int_equal(send(fd, get_version, 7, 0), 7);
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
	assert_int_equal(send(fd, get_version + 7, sizeof(get_version) - 7, 0),
			 sizeof(get_version) - 7);
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_MESSAGE);
	assert_int_equal(type, 5);
	assert_int_equal(len, 4);
	assert_memory_equal(body, get_version + 13, 4);
	body[0] = 0xff; /* it is the receiver's to change */
	rotor_spdm_server_answer(&server, 5, (struct rotor_bytes){version, sizeof(version)});
	expect(fd, wire, sizeof(wire));
	/* A peer that has gone gets no answer. */
	assert_int_equal(send(fd, get_version, sizeof(get_version), 0), sizeof(get_version));
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_MESSAGE);
	close(fd);
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
	rotor_spdm_server_answer(&server, 5, (struct rotor_bytes){version, sizeof(version)});
	assert_int_equal(server.dropped, 1);
}

static void one_peer_at_a_time(void **state)
{
	(void)state;
	uint8_t type, *body;
	size_t len;
	int first = dial();
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
	int second = dial();
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
	assert_true(is_closed(second));
	assert_int_equal(server.turned_away, 1);
	close(second);
	/* The first one is still served; when it has gone, another one may come. */
	assert_int_equal(send(first, get_version, sizeof(get_version), 0), sizeof(get_version));
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_MESSAGE);
	close(first);
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
	second = dial();
	assert_int_equal(send(second, get_version, sizeof(get_version), 0), sizeof(get_version));
	assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_MESSAGE);
	close(second);
}

/* What ends a stream at once, and the counter that says why. */
static void streams_that_make_no_sense_are_closed(void **state)
{
	(void)state;
	static const struct row {
		uint8_t packet[13];
		size_t len;
		uint32_t other_transport, too_long;
	} rows[] = {
	    {{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 5}, 13, 1, 0}, /* no transport */
	    {{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 5}, 13, 2, 0}, /* PCI DOE */
	    {{0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1, 5}, 13, 3, 0}, /* TCP */
	    {{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0}, 12, 4, 0},    /* without a type byte */
	    {{0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1}, 12, 4, 1},
	};
	uint8_t type, *body;
	size_t len;
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		int fd = dial();
		assert_int_equal(send(fd, rows[i].packet, rows[i].len, 0), rows[i].len);
		assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
		/* accept and data may come in two turns */
		while (server.peer.fd >= 0)
			assert_int_equal(serve(&type, &body, &len), ROTOR_SPDM_SERVER_NOTHING);
		assert_true(is_closed(fd));
		assert_int_equal(server.other_transport, rows[i].other_transport);
		assert_int_equal(server.too_long, rows[i].too_long);
		close(fd);
	}
}

/* ---- a client ---- */

/* A server in a process of its own: says what it is told to say to a greeting. */
static pid_t start_impostor(const uint8_t *answer, size_t len)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		uint8_t hello[sizeof(client_hello)];
		struct pollfd wait = {.fd = server.listener, .events = POLLIN};
		if (poll(&wait, 1, 10000) != 1)
			_exit(1);
		int fd = accept(server.listener, NULL, NULL);
		if (fd < 0 || recv(fd, hello, sizeof(hello), MSG_WAITALL) != sizeof(hello) ||
		    memcmp(hello, client_hello, sizeof(hello)) != 0)
			_exit(1);
		if (len && send(fd, answer, len, 0) != (ssize_t)len)
			_exit(1);
		/* until the client gives up */
		while (recv(fd, hello, sizeof(hello), 0) > 0)
			;
		_exit(0);
	}
	return pid;
}

static void the_greeting_must_be_answered(void **state)
{
	(void)state;
	static const uint8_t other_command[12] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0};
	static const struct row {
		const uint8_t *answer;
		size_t len;
		int timeout_ms;
		enum rotor_status status;
	} rows[] = {
	    {server_hello, sizeof(server_hello), 10000, ROTOR_OK},
	    {other_command, sizeof(other_command), 10000, ROTOR_ERR_FORMAT},
	    {NULL, 0, 20, ROTOR_ERR_TIMEOUT},
	    {server_hello, 20, 20, ROTOR_ERR_TIMEOUT},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		int how = -1;
		pid_t pid = start_impostor(rows[i].answer, rows[i].len);
		assert_int_equal(rotor_spdm_client_open(&one, where, rows[i].timeout_ms),
				 rows[i].status);
		assert_int_equal(one.fd >= 0, rows[i].status == ROTOR_OK);
		rotor_spdm_socket_close(&one);
		assert_int_equal(waitpid(pid, &how, 0), pid);
		assert_int_equal(how, 0);
	}
}

/* A whole life with a real server, in a process of its own. */
static void a_client_takes_leave(void **state)
{
	(void)state;
	static const enum rotor_spdm_client_end ends[] = {ROTOR_SPDM_CLIENT_CONTINUE,
							  ROTOR_SPDM_CLIENT_SHUTDOWN};
	int how = -1;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		enum rotor_spdm_server_event event = ROTOR_SPDM_SERVER_NOTHING;
		uint8_t type, *body;
		size_t len;
		while (event == ROTOR_SPDM_SERVER_NOTHING || event == ROTOR_SPDM_SERVER_MESSAGE) {
			struct pollfd fds[2];
			rotor_spdm_server_watch(&server, fds);
			if (poll(fds, 2, 10000) <= 0)
				_exit(1);
			event = rotor_spdm_server_serve(&server, &type, &body, &len);
			if (event ==
			    ROTOR_SPDM_SERVER_MESSAGE) /* twice: the client leaves meanwhile */
				rotor_spdm_server_answer(&server, type,
							 (struct rotor_bytes){body, len});
		}
		_exit(event == ROTOR_SPDM_SERVER_SHUTDOWN && server.peers == 2 ? 0 : 2);
	}
	for (size_t i = 0; i < ROTOR_COUNT_OF(ends); i++) {
		assert_int_equal(rotor_spdm_client_open(&one, where, 10000), ROTOR_OK);
		assert_int_equal(rotor_spdm_socket_send(&one, ROTOR_SPDM_SOCKET_NORMAL, 6,
							(struct rotor_bytes){get_version, 8}),
				 ROTOR_OK);
		/* The answer to that comes before the echo. */
		rotor_spdm_client_close(&one, ends[i], 10000);
		assert_int_equal(one.fd, -1);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(how, 0);
}

/* ---- addresses ---- */

static void addresses_are_host_and_port(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  "2323",
					  ":2323",
					  "localhost",
					  "localhost:",
					  "127.0.0.1:65536",
					  "127.0.0.1:-1",
					  "127.0.0.1:23x",
					  "127.0.0.1: 23",
					  "::1:2323",
					  "[::1]2323",
					  "[::1:2323",
					  "[]:2323"};
	int fd;
	for (size_t i = 0; i < ROTOR_COUNT_OF(bad); i++) {
		assert_int_equal(rotor_spdm_socket_connect(bad[i], &fd), ROTOR_ERR_ARGUMENT);
		assert_int_equal(rotor_spdm_socket_listen(bad[i], &fd, NULL), ROTOR_ERR_ARGUMENT);
		assert_int_equal(fd, -1);
	}
	/* Somebody listens there already; nobody does any more. */
	assert_int_equal(rotor_spdm_socket_listen(where, &fd, NULL), ROTOR_ERR_BUSY);
	rotor_spdm_server_close(&server);
	assert_int_equal(rotor_spdm_socket_connect(where, &fd), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_spdm_client_open(&one, where, 1000), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_packet_is_read_wherever_the_stream_is_cut),
	    cmocka_unit_test(packets_follow_each_other),
	    cmocka_unit_test(the_longest_payload_is_taken_and_no_longer_one),
	    cmocka_unit_test(packets_are_written_as_others_write_them),
	    cmocka_unit_test(a_packet_waits_for_room),
	    cmocka_unit_test_setup_teardown(what_is_not_a_message_is_answered, start_server,
					    stop_server),
	    cmocka_unit_test_setup_teardown(the_owner_may_take_commands, start_server, stop_server),
	    cmocka_unit_test_setup_teardown(messages_are_given_out_and_answered, start_server,
					    stop_server),
	    cmocka_unit_test_setup_teardown(one_peer_at_a_time, start_server, stop_server),
	    cmocka_unit_test_setup_teardown(streams_that_make_no_sense_are_closed, start_server,
					    stop_server),
	    cmocka_unit_test_setup_teardown(the_greeting_must_be_answered, start_server,
					    stop_server),
	    cmocka_unit_test_setup_teardown(a_client_takes_leave, start_server, stop_server),
	    cmocka_unit_test_setup_teardown(addresses_are_host_and_port, start_server, stop_server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
