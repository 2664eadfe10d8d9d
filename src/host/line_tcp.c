/* SPDX-License-Identifier: Apache-2.0 */
/* Serial lines over TCP, for development: the bytes of the line and nothing else. */
#include "host/line_tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long somebody may take to answer. */
#define CONNECT_MS 5000

/* "HOST:PORT", where HOST may be an IPv6 address in brackets. */
static bool split(const char *where, char *host, size_t host_cap, const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t len = colon ? (size_t)(colon - where) : 0;

	if (len >= 2 && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	}
	if (!colon || len == 0 || len >= host_cap || colon[1] == 0)
		return false;
	memcpy(host, where, len);
	host[len] = 0;
	*port = colon + 1;
	return true;
}

static enum rotor_status resolve(const char *where, struct addrinfo **found)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	char host[256];
	const char *port;

	if (!split(where, host, sizeof(host), &port))
		return ROTOR_ERR_ARGUMENT;
	int error = getaddrinfo(host, port, &hints, found);
	if (error == 0)
		return ROTOR_OK;
	return error == EAI_SERVICE ? ROTOR_ERR_ARGUMENT : ROTOR_ERR_NOT_FOUND;
}

/* What is sent goes at once: a frame is waited for. */
static int new_socket(const struct addrinfo *a)
{
	int on = 1;
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			a->ai_protocol);

	if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static bool is_connected(int fd, const struct addrinfo *a)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t len = sizeof(error);

	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		return true;
	return errno == EINPROGRESS && poll(&wait, 1, CONNECT_MS) == 1 &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
}

static bool is_listening(int fd, const struct addrinfo *a)
{
	int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 4) == 0;
}

static enum rotor_status open_first(const char *where,
				    bool (*open_one)(int fd, const struct addrinfo *a), int *fd)
{
	struct addrinfo *found = NULL;
	enum rotor_status status = resolve(where, &found);

	*fd = -1;
	for (const struct addrinfo *a = found; status == ROTOR_OK && a && *fd < 0; a = a->ai_next) {
		*fd = new_socket(a);
		if (*fd >= 0 && !open_one(*fd, a)) {
			close(*fd);
			*fd = -1;
		}
	}
	if (found)
		freeaddrinfo(found);
	return status;
}

enum rotor_status line_tcp_connect(const char *where, int *fd)
{
	enum rotor_status status = open_first(where, is_connected, fd);

	return status == ROTOR_OK && *fd < 0 ? ROTOR_ERR_NOT_FOUND : status;
}

enum rotor_status line_tcp_listen(const char *where, int *fd)
{
	enum rotor_status status = open_first(where, is_listening, fd);

	return status == ROTOR_OK && *fd < 0 ? ROTOR_ERR_BUSY : status;
}
