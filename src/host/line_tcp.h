/* SPDX-License-Identifier: Apache-2.0 */
/* Serial lines over TCP: the part of rotor_line_open() and rotor_line_listen() for "tcp:HOST:PORT". */
#ifndef ROTOR_SRC_HOST_LINE_TCP_H
#define ROTOR_SRC_HOST_LINE_TCP_H

#include "rotor/status.h"

/* @where is "HOST:PORT". Errors of rotor_line_open(). */
enum rotor_status line_tcp_connect(const char *where, int *fd);
/* Errors of rotor_line_listen(). */
enum rotor_status line_tcp_listen(const char *where, int *fd);

#endif
