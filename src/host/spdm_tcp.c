/* SPDX-License-Identifier: Apache-2.0 */
/* TCP streams by HOST:PORT. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <fcntl.h>

#include "rotor/host_spdm_socket.h"

#define HOST_MAX 256
#define BACKLOG  4

static enum rotor_status status_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return ROTOR_ERR_NOT_FOUND;
	case ETIMEDOUT:
		return ROTOR_ERR_TIMEOUT;
	case EADDRINUSE:
		return ROTOR_ERR_BUSY;
	case EACCES:
	case EPERM:
		return ROTOR_ERR_DENIED;
	default:
		return ROTOR_ERR_IO;
	}
}

/* Takes HOST:PORT or [HOST]:PORT apart. */
static bool split(const char *where, char host[HOST_MAX], const char **port)
{
	const char *colon = strrchr(where, ':');
	const char *end = colon;
	char *rest = NULL;
	if (!colon || !colon[1])
		return false;
	if (*where == '[') {
		where++;
		end = colon - 1;
		if (end < where || *end != ']')
			return false;
	} else if (memchr(where, ':', (size_t)(colon - where))) {
		return false; /* an IPv6 address needs its brackets */
	}
	size_t len = (size_t)(end - where);
	if (len == 0 || len >= HOST_MAX || colon[1] < '0' || colon[1] > '9' ||
	    strtoul(colon + 1, &rest, 10) > 65535 || *rest)
		return false;
	memcpy(host, where, len);
	host[len] = 0;
	*port = colon + 1;
	return true;
}

static enum rotor_status resolve(const char *where, int flags, struct addrinfo **found)
{
	const struct addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
	char host[HOST_MAX];
	const char *port;
	if (!split(where, host, &port))
		return ROTOR_ERR_ARGUMENT;
	return getaddrinfo(host, port, &hints, found) == 0 ? ROTOR_OK : ROTOR_ERR_NOT_FOUND;
}

/* Small packets go out at once: each is answered before the next one. */
static void set_nodelay(int fd)
{
	int one = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	memset(&address, 0, sizeof(address));
	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return 0;
	return ntohs(address.ss_family == AF_INET6
			 ? ((const struct sockaddr_in6 *)&address)->sin6_port
			 : ((const struct sockaddr_in *)&address)->sin_port);
}

enum rotor_status rotor_spdm_socket_listen(const char *where, int *fd, uint16_t *port)
{
	struct addrinfo *found = NULL;
	int one = 1;
	*fd = -1;
	enum rotor_status status = resolve(where, AI_PASSIVE, &found);
	if (status != ROTOR_OK)
		return status;
	*fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(*fd, found->ai_addr, found->ai_addrlen) != 0 || listen(*fd, BACKLOG) != 0) {
		status = status_of(errno);
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	} else if (port) {
		*port = port_of(*fd);
	}
	freeaddrinfo(found);
	return status;
}

enum rotor_status rotor_spdm_socket_connect(const char *where, int *fd)
{
	struct addrinfo *found = NULL;
	*fd = -1;
	enum rotor_status status = resolve(where, 0, &found);
	if (status != ROTOR_OK)
		return status;
	status = ROTOR_ERR_NOT_FOUND;
	for (const struct addrinfo *a = found; a && *fd < 0; a = a->ai_next) {
		int s = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (s < 0 || connect(s, a->ai_addr, a->ai_addrlen) != 0) {
			status = status_of(errno);
			if (s >= 0)
				close(s);
			continue;
		}
		*fd = s;
	}
	freeaddrinfo(found);
	if (*fd < 0)
		return status;
	set_nodelay(*fd);
	int flags = fcntl(*fd, F_GETFL);
	if (flags < 0 || fcntl(*fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		close(*fd);
		*fd = -1;
		return ROTOR_ERR_IO;
	}
	return ROTOR_OK;
}

int rotor_spdm_socket_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		set_nodelay(fd);
	return fd;
}
