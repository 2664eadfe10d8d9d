/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chip's UART: a wire to the runtime on one side; on the other a terminal, or a socket at which one peer at a time
 * may connect. It carries bytes. While no runtime runs, or no peer is there, they are lost, as on a real line.
 */
#ifndef ROTOR_PROT_UART_H
#define ROTOR_PROT_UART_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"

/* Bytes on their way in one direction. */
struct uart_way {
	uint8_t bytes[4096];
	size_t at, len;
};

struct uart {
	int listener; /* -1: a terminal */
	int peer;     /* -1: nobody */
	bool
	    waiting; /* the next peer is there, and what the last one has left is still to be carried in */
	int wire; /* the chip's end; -1: no runtime */
	struct uart_way in, out;
	const char *socket; /* its path, to be removed */
};

/* Opens the outer side: a socket to listen at, or a terminal. Errors of rotor_line_listen() and rotor_line_open(). */
enum rotor_status uart_open(struct uart *u, const char *where);
/* The end of it; also of one that is all -1. */
void uart_close(struct uart *u);
/* Makes the wire for a new runtime, whose end is *theirs. What has come before is forgotten. */
bool uart_plug(struct uart *u, int *theirs);
/* Carries out what the runtime has written so far, as far as the peer takes it within `ms`. */
void uart_flush(struct uart *u, int ms);
/* The runtime is gone. */
void uart_unplug(struct uart *u);

/* What to poll for, and what to do then. */
#define UART_FDS 3
void uart_watch(const struct uart *u, struct pollfd fds[UART_FDS]);
/* false: the terminal is gone. */
bool uart_serve(struct uart *u, const struct pollfd fds[UART_FDS]);

#endif
