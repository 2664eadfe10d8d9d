/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing a serial line, whether it is a socket or a terminal. */
#include "rotor/host_line.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static bool is_full(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

enum rotor_status rotor_line_read(int fd, void *buf, size_t cap, size_t *len)
{
	ssize_t got;
	*len = 0;
	do {
		got = recv(fd, buf, cap, MSG_DONTWAIT);
		if (got < 0 && errno == ENOTSOCK)
			got = read(fd, buf, cap);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && is_full(errno))
		return ROTOR_PENDING;
	/* A terminal whose other end is gone fails with EIO. */
	if (got == 0 || (got < 0 && (errno == ECONNRESET || errno == EIO)))
		return ROTOR_ERR_NOT_FOUND;
	if (got < 0)
		return ROTOR_ERR_IO;
	*len = (size_t)got;
	return ROTOR_OK;
}

enum rotor_status rotor_line_write(int fd, const void *bytes, size_t n, size_t *len)
{
	ssize_t put;
	*len = 0;
	do {
		put = send(fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (put < 0 && errno == ENOTSOCK)
			put = write(fd, bytes, n);
	} while (put < 0 && errno == EINTR);
	if (put == 0 || (put < 0 && is_full(errno)))
		return ROTOR_PENDING;
	if (put < 0)
		return ROTOR_ERR_IO;
	*len = (size_t)put;
	return ROTOR_OK;
}
