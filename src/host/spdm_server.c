/* SPDX-License-Identifier: Apache-2.0 */
/* The two ends of a conversation on a stream: who listens and who connects. */
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rotor/host_spdm_socket.h"

static const struct rotor_bytes nothing = {NULL, 0};

/* ---- the side that answers ---- */

void rotor_spdm_server_init(struct rotor_spdm_server *s, int listener)
{
	memset(s, 0, sizeof(*s));
	s->listener = listener;
	rotor_spdm_socket_init(&s->peer, -1);
}

void rotor_spdm_server_close(struct rotor_spdm_server *s)
{
	rotor_spdm_socket_close(&s->peer);
	if (s->listener >= 0)
		close(s->listener);
	s->listener = -1;
}

static void lose_peer(struct rotor_spdm_server *s)
{
	rotor_spdm_socket_close(&s->peer);
	s->ends = false;
}

/* One peer at a time: another one is sent away. */
static void admit(struct rotor_spdm_server *s)
{
	int fd;
	while ((fd = rotor_spdm_socket_accept(s->listener)) >= 0) {
		if (s->peer.fd >= 0) {
			close(fd);
			s->turned_away++;
			continue;
		}
		rotor_spdm_socket_init(&s->peer, fd);
		s->peers++;
	}
}

/* An answer that is not a message. A peer that has not taken the last one loses its stream. */
static void reply(struct rotor_spdm_server *s, uint32_t command, struct rotor_bytes payload)
{
	if (rotor_spdm_socket_send(&s->peer, command, -1, payload) != ROTOR_OK) {
		s->dropped++;
		lose_peer(s);
	}
}

/* What the server answers by itself. */
static void command(struct rotor_spdm_server *s, const struct rotor_spdm_packet *packet)
{
	static const char hello[] = ROTOR_SPDM_SOCKET_HELLO_SERVER;
	switch (packet->command) {
	case ROTOR_SPDM_SOCKET_TEST:
		reply(s, ROTOR_SPDM_SOCKET_TEST,
		      (struct rotor_bytes){(const uint8_t *)hello, sizeof(hello)});
		break;
	case ROTOR_SPDM_SOCKET_SHUTDOWN:
		s->ends = s->shuts = true;
		reply(s, packet->command, nothing);
		break;
	case ROTOR_SPDM_SOCKET_CONTINUE:
		s->ends = true;
		reply(s, packet->command, nothing);
		break;
	default:
		if (s->command && s->command(s->ctx, packet->command, packet->payload)) {
			reply(s, packet->command, nothing);
			break;
		}
		s->unknown++;
		s->ends = true;
		reply(s, ROTOR_SPDM_SOCKET_UNKNOWN, nothing);
		break;
	}
}

/* @return whether it is a message that can be given out */
static bool message(struct rotor_spdm_server *s, const struct rotor_spdm_packet *packet,
		    uint8_t *type, uint8_t **body, size_t *len)
{
	if (packet->transport != ROTOR_SPDM_SOCKET_MCTP || packet->payload.len == 0) {
		s->other_transport++;
		lose_peer(s);
		return false;
	}
	/* The payload stands in the server's own buffer. */
	*body = s->peer.in + ROTOR_SPDM_SOCKET_HEAD + 1;
	*len = packet->payload.len - 1;
	*type = packet->payload.data[0];
	return true;
}

/* After the last answer has left. @return whether the server is to end */
static bool leave(struct rotor_spdm_server *s)
{
	if (s->peer.fd >= 0 && rotor_spdm_socket_flush(&s->peer) == ROTOR_PENDING)
		return false;
	if (s->ends)
		lose_peer(s);
	return s->shuts;
}

enum rotor_spdm_server_event rotor_spdm_server_serve(struct rotor_spdm_server *s, uint8_t *type,
						     uint8_t **body, size_t *len)
{
	struct rotor_spdm_packet packet;
	for (;;) {
		if (leave(s))
			return ROTOR_SPDM_SERVER_SHUTDOWN;
		if (s->peer.fd < 0)
			admit(s);
		if (s->peer.fd < 0)
			return ROTOR_SPDM_SERVER_NOTHING;
		enum rotor_status status =
		    s->ends ? ROTOR_PENDING : rotor_spdm_socket_receive(&s->peer, &packet);
		if (status == ROTOR_PENDING) {
			/* Only now is it sure that the peer has not gone before the next one came. */
			admit(s);
			return ROTOR_SPDM_SERVER_NOTHING;
		}
		if (status != ROTOR_OK) {
			s->too_long += status == ROTOR_ERR_LENGTH;
			lose_peer(s);
		} else if (packet.command != ROTOR_SPDM_SOCKET_NORMAL) {
			command(s, &packet);
		} else if (message(s, &packet, type, body, len)) {
			return ROTOR_SPDM_SERVER_MESSAGE;
		}
	}
}

void rotor_spdm_server_answer(struct rotor_spdm_server *s, uint8_t type, struct rotor_bytes body)
{
	if (s->peer.fd < 0 ||
	    rotor_spdm_socket_send(&s->peer, ROTOR_SPDM_SOCKET_NORMAL, type, body) != ROTOR_OK)
		s->dropped++;
}

void rotor_spdm_server_watch(const struct rotor_spdm_server *s, struct pollfd fds[2])
{
	fds[0] = (struct pollfd){.fd = s->listener, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = s->peer.fd, .events = rotor_spdm_socket_events(&s->peer)};
}

/* ---- the side that asks ---- */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Sends a packet and waits for the answer. */
static enum rotor_status exchange(struct rotor_spdm_socket *s, uint32_t what,
				  struct rotor_bytes payload, int timeout_ms,
				  struct rotor_spdm_packet *answer)
{
	int64_t end = now_ms() + timeout_ms;
	enum rotor_status status = rotor_spdm_socket_send(s, what, -1, payload);
	while (status == ROTOR_OK) {
		status = rotor_spdm_socket_flush(s);
		if (status == ROTOR_ERR_IO)
			return status;
		status = rotor_spdm_socket_receive(s, answer);
		if (status != ROTOR_PENDING)
			return status;
		int64_t left = end - now_ms();
		struct pollfd wait = {.fd = s->fd, .events = rotor_spdm_socket_events(s)};
		if (left <= 0)
			return ROTOR_ERR_TIMEOUT;
		(void)poll(&wait, 1, (int)left);
		status = ROTOR_OK;
	}
	return status;
}

enum rotor_status rotor_spdm_client_open(struct rotor_spdm_socket *s, const char *where,
					 int timeout_ms)
{
	static const char hello[] = ROTOR_SPDM_SOCKET_HELLO_CLIENT;
	struct rotor_spdm_packet answer;
	int fd;
	rotor_spdm_socket_init(s, -1);
	enum rotor_status status = rotor_spdm_socket_connect(where, &fd);
	if (status != ROTOR_OK)
		return status;
	rotor_spdm_socket_init(s, fd);
	status = exchange(s, ROTOR_SPDM_SOCKET_TEST,
			  (struct rotor_bytes){(const uint8_t *)hello, sizeof(hello)}, timeout_ms,
			  &answer);
	/* What the greeting says is up to the other end. */
	if (status == ROTOR_OK && answer.command != ROTOR_SPDM_SOCKET_TEST)
		status = ROTOR_ERR_FORMAT;
	if (status != ROTOR_OK)
		rotor_spdm_socket_close(s);
	return status;
}

void rotor_spdm_client_close(struct rotor_spdm_socket *s, enum rotor_spdm_client_end end,
			     int timeout_ms)
{
	struct rotor_spdm_packet answer;
	uint32_t what = end == ROTOR_SPDM_CLIENT_SHUTDOWN ? ROTOR_SPDM_SOCKET_SHUTDOWN
							  : ROTOR_SPDM_SOCKET_CONTINUE;
	if (s->fd < 0)
		return;
	/* Answers to what was asked before may still come; it does not matter whether the echo does. */
	enum rotor_status status = exchange(s, what, nothing, timeout_ms, &answer);
	while (status == ROTOR_OK && answer.command != what) {
		struct pollfd wait = {.fd = s->fd, .events = POLLIN};
		if (poll(&wait, 1, timeout_ms) <= 0)
			break;
		status = rotor_spdm_socket_receive(s, &answer);
		status = status == ROTOR_PENDING ? ROTOR_OK : status;
	}
	rotor_spdm_socket_close(s);
}
