/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to the virtual bus and claiming an address: the part of its client that opens and waits. */
#include "rotor/host_bus.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rotor/host_loop.h"

enum { REPLY_MS = 2000 };

enum rotor_status rotor_bus_connect_only(const char *path, int *fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	*fd = -1;
	size_t len = strlen(path);
	if (len == 0 || len >= sizeof(address.sun_path))
		return ROTOR_ERR_ARGUMENT;
	memcpy(address.sun_path, path, len + 1);
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (s < 0)
		return ROTOR_ERR_IO;
	/* A Unix socket connects at once or, with a full backlog, when the bus next accepts:
	 * blocking here, and non-blocking by MSG_DONTWAIT everywhere else, needs no state. */
	if (connect(s, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		enum rotor_status status =
		    errno == ENOENT || errno == ECONNREFUSED ? ROTOR_ERR_NOT_FOUND : ROTOR_ERR_IO;
		close(s);
		return status;
	}
	*fd = s;
	return ROTOR_OK;
}

static enum rotor_status status_of_code(uint8_t code)
{
	switch (code) {
	case ROTOR_BUS_ACK:
		return ROTOR_OK;
	case ROTOR_BUS_TAKEN:
	case ROTOR_BUS_LIMIT:
		return ROTOR_ERR_BUSY;
	case ROTOR_BUS_RESERVED:
		return ROTOR_ERR_ARGUMENT;
	default:
		return ROTOR_ERR_UNSUPPORTED;
	}
}

/* Sends a request without sequence number and waits for its reply. */
static enum rotor_status ask(int fd, const uint8_t *request, size_t len, uint8_t reply_type,
			     enum rotor_bus_code *code)
{
	if (code)
		*code = ROTOR_BUS_ACK;
	if (send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		return ROTOR_ERR_IO;
	rotor_ms end = rotor_loop_now() + REPLY_MS;
	for (;;) {
		rotor_ms now = rotor_loop_now();
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int n = now < end ? poll(&p, 1, (int)(end - now)) : 0;
		if (n < 0 && errno != EINTR)
			return ROTOR_ERR_IO;
		if (n == 0)
			return ROTOR_ERR_TIMEOUT;
		uint8_t reply[ROTOR_BUS_PACKET_MAX];
		ssize_t got = n < 0 ? -1 : recv(fd, reply, sizeof(reply), MSG_DONTWAIT);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < ROTOR_BUS_HEADER_SIZE || reply[0] != ROTOR_BUS_VERSION)
			return ROTOR_ERR_IO;
		if (reply[1] != reply_type && reply[1] != ROTOR_BUS_TYPE_ERROR)
			return ROTOR_ERR_STATE;
		if (code)
			*code = (enum rotor_bus_code)reply[4];
		return status_of_code(reply[4]);
	}
}

enum rotor_status rotor_bus_claim(int fd, uint8_t address, enum rotor_bus_code *code)
{
	const uint8_t request[] = {ROTOR_BUS_VERSION, ROTOR_BUS_TYPE_CLAIM, 0, 0, 0, address};
	return ask(fd, request, sizeof(request), ROTOR_BUS_TYPE_CLAIMED, code);
}

enum rotor_status rotor_bus_monitor(int fd, enum rotor_bus_code *code)
{
	const uint8_t request[] = {ROTOR_BUS_VERSION, ROTOR_BUS_TYPE_MONITOR, 0, 0, 0};
	return ask(fd, request, sizeof(request), ROTOR_BUS_TYPE_MONITORING, code);
}

enum rotor_status rotor_bus_connect(const char *path, uint8_t address, int *fd,
				    enum rotor_bus_code *code)
{
	if (code)
		*code = ROTOR_BUS_ACK;
	enum rotor_status status = rotor_bus_connect_only(path, fd);
	if (status == ROTOR_OK)
		status = rotor_bus_claim(*fd, address, code);
	if (status != ROTOR_OK && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return status;
}
