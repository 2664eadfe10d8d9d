/* SPDX-License-Identifier: Apache-2.0 */
#include "uart.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rotor/host_line.h"
#include "rotor/host_spdm_socket.h"

enum { LISTENER, PEER, WIRE };

static void close_one(int *fd)
{
	if (*fd >= 0) {
		close(*fd);
	}
	*fd = -1;
}

/* What follows a prefix; NULL: it begins otherwise. */
static const char *after(const char *where, const char *prefix)
{
	size_t len = strlen(prefix);
	return strncmp(where, prefix, len) == 0 ? where + len : NULL;
}

enum rotor_status uart_open(struct uart *u, const char *where)
{
	const char *tcp = after(where, ROTOR_LINE_TCP);
	*u = (struct uart){.listener = -1, .peer = -1, .wire = -1};
	u->socket = after(where, ROTOR_LINE_UNIX);
	if (u->socket) {
		return rotor_line_listen(u->socket, &u->listener);
	}
	return tcp ? rotor_spdm_socket_listen(tcp, &u->listener, NULL)
		   : rotor_line_open(where, &u->peer);
}

void uart_close(struct uart *u)
{
	if (u->listener >= 0 && u->socket) {
		(void)unlink(u->socket);
	}
	close_one(&u->listener);
	close_one(&u->peer);
	close_one(&u->wire);
}

/* ---- bytes ---- */

static bool is_empty(const struct uart_way *way)
{
	return way->at == way->len;
}

/* Fetches bytes if there are none on their way. @return false: that end is gone */
static bool fetch(struct uart_way *way, int from)
{
	if (!is_empty(way)) {
		return true;
	}
	way->at = way->len = 0;
	enum rotor_status status = rotor_line_read(from, way->bytes, sizeof(way->bytes), &way->len);
	return status == ROTOR_OK || status == ROTOR_PENDING;
}

/* Delivers them; to nobody, they are lost. @return false: that end is gone */
static bool deliver(struct uart_way *way, int to)
{
	size_t n = 0;
	if (to < 0) {
		way->at = way->len;
	}
	if (is_empty(way)) {
		return true;
	}
	enum rotor_status status =
	    rotor_line_write(to, way->bytes + way->at, way->len - way->at, &n);
	way->at += n;
	return status == ROTOR_OK || status == ROTOR_PENDING;
}

/* ---- the outer side ---- */

/* Whether a peer has closed; what it has sent before may still be there. */
static bool has_gone(int peer)
{
	struct pollfd p = {.fd = peer};
	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

/* One peer at a time: another one is sent away; but one that comes when the last has gone waits until all is carried in. */
static void admit(struct uart *u)
{
	u->waiting = u->peer >= 0 && has_gone(u->peer);
	if (u->waiting) {
		return;
	}
	int fd = rotor_spdm_socket_accept(u->listener);
	if (fd >= 0 && u->peer >= 0) {
		close(fd);
	} else if (fd >= 0) {
		u->peer = fd;
	}
}

/* @return false: it was a terminal, and will not come back */
static bool lose_peer(struct uart *u)
{
	close_one(&u->peer);
	u->waiting = false;
	return u->listener >= 0;
}

/* ---- the runtime's side ---- */

bool uart_plug(struct uart *u, int *theirs)
{
	int fds[2];
	uart_unplug(u);
	/* Nobody was there to hear what has come meanwhile. */
	for (unsigned i = 0; i < 64 && u->peer >= 0; i++) {
		if (!fetch(&u->in, u->peer)) {
			(void)lose_peer(u);
		}
		if (is_empty(&u->in)) {
			break;
		}
		u->in.at = u->in.len;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0) {
		return false;
	}
	u->wire = fds[0];
	*theirs = fds[1];
	return true;
}

void uart_unplug(struct uart *u)
{
	close_one(&u->wire);
	u->in.at = u->in.len = 0;
	u->out.at = u->out.len = 0;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void uart_flush(struct uart *u, int ms)
{
	int64_t end = now_ms() + ms;
	while (u->wire >= 0 && u->peer >= 0) {
		if (!fetch(&u->out, u->wire) || is_empty(&u->out)) {
			return;
		}
		if (!deliver(&u->out, u->peer)) {
			return;
		}
		struct pollfd room = {.fd = u->peer, .events = POLLOUT};
		int64_t left = end - now_ms();
		if (!is_empty(&u->out) && (left <= 0 || poll(&room, 1, (int)left) <= 0)) {
			return;
		}
	}
}

/* ---- both ---- */

void uart_watch(const struct uart *u, struct pollfd fds[UART_FDS])
{
	/* Who cannot get rid of what he has been given is given no more. */
	short peer = (short)((is_empty(&u->in) ? POLLIN : 0) | (is_empty(&u->out) ? 0 : POLLOUT));
	short wire = (short)((is_empty(&u->out) ? POLLIN : 0) | (is_empty(&u->in) ? 0 : POLLOUT));
	fds[LISTENER] = (struct pollfd){.fd = u->waiting ? -1 : u->listener, .events = POLLIN};
	/* Nothing wanted of it: that it has gone is early enough to know when there is room for what it has left. */
	fds[PEER] = (struct pollfd){.fd = peer ? u->peer : -1, .events = peer};
	fds[WIRE] = (struct pollfd){.fd = u->wire, .events = wire};
}

bool uart_serve(struct uart *u, const struct pollfd fds[UART_FDS])
{
	if (u->peer >= 0 && fds[PEER].revents &&
	    (!fetch(&u->in, u->peer) || !deliver(&u->out, u->peer)) && !lose_peer(u)) {
		return false;
	}
	/* That the runtime is gone is seen at its mailbox. */
	if (u->wire >= 0 && fds[WIRE].revents && !fetch(&u->out, u->wire)) {
		close_one(&u->wire);
	}
	(void)deliver(&u->in, u->wire);
	if (!deliver(&u->out, u->peer) && !lose_peer(u)) {
		return false;
	}
	if (fds[LISTENER].revents) {
		admit(u);
	}
	return true;
}
