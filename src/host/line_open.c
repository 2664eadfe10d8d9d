/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a serial line: a terminal made raw, or a socket that stands for one. */
#include "rotor/host_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "rotor/host_spdm_socket.h"

#define SPEED B115200

static enum rotor_status status_of(int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
	case ENXIO:
	case ENODEV:
		return ROTOR_ERR_NOT_FOUND;
	case EBUSY:
	case EADDRINUSE:
		return ROTOR_ERR_BUSY;
	case EACCES:
	case EPERM:
		return ROTOR_ERR_DENIED;
	default:
		return ROTOR_ERR_IO;
	}
}

/* ---- sockets ---- */

static bool set_path(struct sockaddr_un *address, const char *path)
{
	size_t len = strlen(path);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (len == 0 || len >= sizeof(address->sun_path))
		return false;
	memcpy(address->sun_path, path, len + 1);
	return true;
}

static enum rotor_status new_socket(const char *path, struct sockaddr_un *address, int *fd)
{
	*fd = -1;
	if (!set_path(address, path))
		return ROTOR_ERR_ARGUMENT;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return *fd < 0 ? ROTOR_ERR_IO : ROTOR_OK;
}

/* Closes it. @return the error that there was before */
static enum rotor_status give_up(int *fd)
{
	enum rotor_status status = status_of(errno);
	close(*fd);
	*fd = -1;
	return status;
}

static enum rotor_status connect_to(const char *path, int *fd)
{
	struct sockaddr_un address;
	enum rotor_status status = new_socket(path, &address, fd);
	if (status == ROTOR_OK &&
	    connect(*fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		/* A full backlog: somebody else is the other end, and others wait. */
		errno = errno == EAGAIN ? EBUSY : errno;
		status = give_up(fd);
	}
	return status;
}

/* A socket that nobody listens at: whoever made it is dead. */
static bool is_left_over(const char *path)
{
	struct stat st;
	int probe = -1;
	if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	enum rotor_status status = connect_to(path, &probe);
	if (status == ROTOR_OK)
		close(probe);
	return status == ROTOR_ERR_NOT_FOUND;
}

enum rotor_status rotor_line_listen(const char *path, int *fd)
{
	struct sockaddr_un address;
	enum rotor_status status = new_socket(path, &address, fd);
	if (status != ROTOR_OK)
		return status;
	mode_t old = umask(077);
	int bound = bind(*fd, (const struct sockaddr *)&address, sizeof(address));
	if (bound != 0 && errno == EADDRINUSE) {
		if (is_left_over(path) && unlink(path) == 0)
			bound = bind(*fd, (const struct sockaddr *)&address, sizeof(address));
		else
			errno = EADDRINUSE;
	}
	int error = errno;
	umask(old);
	errno = error;
	return bound == 0 && listen(*fd, 4) == 0 ? ROTOR_OK : give_up(fd);
}

/* ---- terminals ---- */

static bool make_raw(int fd)
{
	struct termios t;
	if (tcgetattr(fd, &t) != 0)
		return false;
	cfmakeraw(&t);
	t.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return cfsetspeed(&t, SPEED) == 0 && tcsetattr(fd, TCSANOW, &t) == 0 &&
	       tcflush(fd, TCIOFLUSH) == 0;
}

static enum rotor_status open_terminal(const char *path, int *fd)
{
	*fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0)
		return status_of(errno);
	if (!isatty(*fd)) {
		/* Or a terminal that the kernel makes something else of meanwhile (slattach(8), N_MCTP). */
		int discipline = 0;
		bool taken = ioctl(*fd, TIOCGETD, &discipline) == 0;
		close(*fd);
		*fd = -1;
		return taken ? ROTOR_ERR_BUSY : ROTOR_ERR_UNSUPPORTED;
	}
	/* Two who read one line take each other's bytes. */
	if (!make_raw(*fd) || ioctl(*fd, TIOCEXCL) != 0)
		return give_up(fd);
	return ROTOR_OK;
}

/* ---- either ---- */

/* What follows the prefix; NULL: it begins otherwise. */
static const char *after(const char *where, const char *prefix)
{
	size_t len = strlen(prefix);
	return strncmp(where, prefix, len) == 0 ? where + len : NULL;
}

enum rotor_status rotor_line_open(const char *where, int *fd)
{
	*fd = -1;
	if (after(where, ROTOR_LINE_UNIX))
		return connect_to(after(where, ROTOR_LINE_UNIX), fd);
	if (after(where, ROTOR_LINE_TCP))
		return rotor_spdm_socket_connect(after(where, ROTOR_LINE_TCP), fd);
	return *where ? open_terminal(where, fd) : ROTOR_ERR_ARGUMENT;
}
