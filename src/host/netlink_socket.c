/* SPDX-License-Identifier: Apache-2.0 */
/* Route netlink: requests to the kernel, and its answers. */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rotor/host_netlink.h"

/* The kernel fills pieces of up to 32 KiB when it is given the room. */
#define PIECE 32768

enum rotor_status rotor_netlink_open(struct rotor_netlink *n)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};

	*n = (struct rotor_netlink){.fd =
					socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
	if (n->fd < 0)
		return errno == EAFNOSUPPORT ? ROTOR_ERR_UNSUPPORTED : ROTOR_ERR_IO;
	if (bind(n->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		rotor_netlink_close(n);
		return ROTOR_ERR_IO;
	}
	return ROTOR_OK;
}

void rotor_netlink_close(struct rotor_netlink *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

static enum rotor_status status_of(int error)
{
	switch (error) {
	case 0:
		return ROTOR_OK;
	case EPERM:
	case EACCES:
		return ROTOR_ERR_DENIED;
	case ENODEV:
		return ROTOR_ERR_NOT_FOUND;
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
		return ROTOR_ERR_UNSUPPORTED;
	default:
		return ROTOR_ERR_IO;
	}
}

static enum rotor_status ask(struct rotor_netlink *n, const struct rotor_netlink_request *request)
{
	uint8_t bytes[ROTOR_NETLINK_REQUEST_MAX];
	size_t len = 0;
	enum rotor_status status =
	    rotor_netlink_write(request, ++n->sequence, bytes, sizeof(bytes), &len);

	if (status == ROTOR_OK && send(n->fd, bytes, len, 0) != (ssize_t)len)
		status = ROTOR_ERR_IO;
	return status;
}

/* Nobody but the kernel is listened to, whatever anybody sends to this socket. */
static ssize_t receive(const struct rotor_netlink *n, uint8_t *buf, size_t size)
{
	struct sockaddr_nl from = {0};
	struct iovec piece = {.iov_base = buf, .iov_len = size};
	struct msghdr message = {
	    .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &piece, .msg_iovlen = 1};
	ssize_t got;

	do {
		got = recvmsg(n->fd, &message, 0);
	} while ((got < 0 && errno == EINTR) || (got >= 0 && from.nl_pid != 0));
	return got >= 0 && (message.msg_flags & MSG_TRUNC) ? -1 : got;
}

/* Reads answers to the last request to the end of them. */
static enum rotor_status
answers(struct rotor_netlink *n, enum rotor_netlink_kind wanted,
	void (*each)(void *ctx, const struct rotor_netlink_message *message), void *ctx)
{
	static _Thread_local uint8_t buf[PIECE];

	for (;;) {
		struct rotor_netlink_message m;
		enum rotor_status status;
		ssize_t got = receive(n, buf, sizeof(buf));

		if (got <= 0)
			return ROTOR_ERR_IO;
		struct rotor_reader r = rotor_reader(buf, (size_t)got);
		while ((status = rotor_netlink_read(&r, &m)) == ROTOR_OK) {
			if (m.sequence != n->sequence)
				continue;
			if (m.kind == ROTOR_NETLINK_DONE)
				return ROTOR_OK;
			if (m.kind == ROTOR_NETLINK_ERROR) {
				n->error = m.error;
				return status_of(m.error);
			}
			if (m.kind == wanted && each)
				each(ctx, &m);
		}
		if (status != ROTOR_ERR_NOT_FOUND)
			return status;
	}
}

enum rotor_status
rotor_netlink_list(struct rotor_netlink *n, enum rotor_netlink_ask what,
		   void (*each)(void *ctx, const struct rotor_netlink_message *message), void *ctx)
{
	static const enum rotor_netlink_kind kinds[] = {
	    [ROTOR_NETLINK_LINKS] = ROTOR_NETLINK_LINK,
	    [ROTOR_NETLINK_ADDRESSES] = ROTOR_NETLINK_ADDRESS,
	    [ROTOR_NETLINK_ROUTES] = ROTOR_NETLINK_ROUTE,
	    [ROTOR_NETLINK_NEIGHBOURS] = ROTOR_NETLINK_NEIGHBOUR,
	};
	const struct rotor_netlink_request request = {.ask = what};
	enum rotor_status status;

	if ((unsigned)what >= ROTOR_COUNT_OF(kinds))
		return ROTOR_ERR_ARGUMENT;
	status = ask(n, &request);
	return status == ROTOR_OK ? answers(n, kinds[what], each, ctx) : status;
}

enum rotor_status rotor_netlink_change(struct rotor_netlink *n,
				       const struct rotor_netlink_request *request)
{
	enum rotor_status status;

	if (request->ask <= ROTOR_NETLINK_NEIGHBOURS)
		return ROTOR_ERR_ARGUMENT;
	n->error = 0;
	status = ask(n, request);
	if (status == ROTOR_OK)
		status = answers(n, ROTOR_NETLINK_OTHER, NULL, NULL);
	if (status != ROTOR_OK && (n->error == EEXIST || n->error == ENOENT))
		status = ROTOR_OK;
	return status;
}
