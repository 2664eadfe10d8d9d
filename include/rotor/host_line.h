/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Serial lines: terminals, and stream sockets that stand for one, as QEMU makes
 * them of an emulated UART. A line is a stream of bytes and nothing else.
 * Over TCP it is for development: nobody is kept from it, and what crosses it can be read.
 */
#ifndef ROTOR_HOST_LINE_H
#define ROTOR_HOST_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Before a path: the line is a Unix socket. */
#define ROTOR_LINE_UNIX "unix:"
/** Before HOST:PORT (an IPv6 address in brackets): the line is a TCP connection. Anything else is the path of a terminal. */
#define ROTOR_LINE_TCP "tcp:"

/* ---- opening (not for a sandboxed runtime) ---- */

/**
 * Opens a line for its own use: connects to a socket, or opens a terminal and sets it to 115200 baud, 8 data bits, no
 * parity, 1 stop bit, no flow control, every byte as it is. What a terminal had waiting is thrown away.
 * @param where "unix:PATH", "tcp:HOST:PORT" or the path of a terminal.
 * @param[out] fd does not block, close-on-exec; -1 on error.
 * @return ROTOR_ERR_NOT_FOUND: nothing is or listens there; ROTOR_ERR_ARGUMENT: the path is empty or too long;
 *         ROTOR_ERR_UNSUPPORTED: it is no terminal; ROTOR_ERR_BUSY: another process has the terminal for itself;
 *         ROTOR_ERR_DENIED; ROTOR_ERR_IO
 */
enum rotor_status rotor_line_open(const char *where, int *fd);
/**
 * Listens at a Unix socket for whoever is the other end, one connection at a time. A socket that was left there by a
 * process that died is replaced; the new one is made for its owner alone. (Over TCP: rotor_spdm_socket_listen().)
 * @param path without "unix:".
 * @param[out] fd does not block, close-on-exec; -1 on error.
 * @return ROTOR_ERR_BUSY: somebody listens there, or it is another file; ROTOR_ERR_ARGUMENT, ROTOR_ERR_IO
 */
enum rotor_status rotor_line_listen(const char *path, int *fd);

/* ---- on an open line (never blocks, opens nothing) ---- */

/**
 * Reads what is there.
 * @param[out] len bytes read, more than 0 with ROTOR_OK.
 * @return ROTOR_PENDING: nothing is there now; ROTOR_ERR_NOT_FOUND: the other end has closed; ROTOR_ERR_IO
 */
enum rotor_status rotor_line_read(int fd, void *buf, size_t cap, size_t *len);
/**
 * Writes as much as there is room for.
 * @param[out] len bytes written, more than 0 with ROTOR_OK.
 * @return ROTOR_PENDING: no room now; ROTOR_ERR_IO: the line is gone
 */
enum rotor_status rotor_line_write(int fd, const void *bytes, size_t n, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
