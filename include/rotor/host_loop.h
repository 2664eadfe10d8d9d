/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The event loop of the Linux programs: file descriptors, one deadline a
 * source, signals; one thread, monotonic milliseconds, nothing allocated.
 *
 * A source is a struct of the caller, which must live until it is removed. It
 * has a descriptor (or none: -1), a deadline (or none: ROTOR_NEVER), or both.
 * A callback may add and remove any source, itself included, and may change
 * deadlines at any time.
 *
 * @code
 * struct rotor_loop loop;
 * rotor_loop_init(&loop);
 * struct rotor_source bus = {.fd = fd, .ready = on_bus, .due = on_time, .user = agent};
 * rotor_loop_add(&loop, &bus, ROTOR_LOOP_READ);
 * bus.deadline = rotor_agent_deadline(agent);
 * rotor_loop_run(&loop);      // until rotor_loop_stop()
 * @endcode
 */
#ifndef ROTOR_HOST_LOOP_H
#define ROTOR_HOST_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"
#include "rotor/time.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a source waits for, and what has happened. */
enum {
	ROTOR_LOOP_READ = 1,
	ROTOR_LOOP_WRITE = 2,
	/** Only in what has happened: the other end is gone. Reported whether asked for or not. */
	ROTOR_LOOP_HANGUP = 4,
};

struct rotor_loop;

struct rotor_source {
	/* set by the caller before rotor_loop_add() */
	int fd; /**< descriptor, or -1 for a timer only; not owned */
	rotor_ms
	    deadline; /**< when to call due(); ROTOR_NEVER for no deadline. May be changed at any time. */
	/** The descriptor is ready; @p happened is a set of ROTOR_LOOP_... */
	void (*ready)(struct rotor_source *source, unsigned happened);
	/** The deadline has come. It has been set to ROTOR_NEVER before the call. */
	void (*due)(struct rotor_source *source, rotor_ms now);
	void *user; /**< the caller's */

	/* the loop's */
	struct rotor_loop *loop;
	struct rotor_source *next;
	unsigned wanted;
};

struct rotor_loop {
	int epoll;
	struct rotor_source *sources;
	struct rotor_source *walk; /**< next one to look at while deadlines are served */
	bool stopped;
	int exit_code;
	/* signals */
	struct rotor_source signals;
	void (*on_signal)(struct rotor_loop *loop, int signal, void *user);
	void *signal_user;
	sigset_t signal_set;
	/* ready list of the turn in progress, so that a removed source is not called */
	void *turn;
	int turn_len;
};

/** The monotonic clock now, in milliseconds. */
rotor_ms rotor_loop_now(void);

/** @return ROTOR_ERR_IO if the system has no epoll descriptor to give. */
enum rotor_status rotor_loop_init(struct rotor_loop *loop);
/** Forgets all sources (their descriptors stay open) and gives back the loop's own descriptors. */
void rotor_loop_done(struct rotor_loop *loop);

/**
 * Adds @p source, waiting for @p wanted (ROTOR_LOOP_READ, ROTOR_LOOP_WRITE, both or 0).
 * @return ROTOR_ERR_STATE if it is in a loop already, ROTOR_ERR_IO if its descriptor cannot be waited for.
 */
enum rotor_status rotor_loop_add(struct rotor_loop *loop, struct rotor_source *source,
				 unsigned wanted);
/** Changes what @p source waits for. */
enum rotor_status rotor_loop_want(struct rotor_source *source, unsigned wanted);
/** Takes @p source out of its loop; no callback of it runs afterwards. Harmless if it is in none. */
void rotor_loop_remove(struct rotor_source *source);

/**
 * Has @p signals (ended by 0) delivered to @p on_signal in the loop instead of
 * interrupting the program; they stay blocked until rotor_loop_done(). Once per loop.
 */
enum rotor_status
rotor_loop_signals(struct rotor_loop *loop, const int *signals,
		   void (*on_signal)(struct rotor_loop *loop, int signal, void *user), void *user);

/**
 * One turn: waits for the first event, or until the first deadline, or until
 * @p until (ROTOR_NEVER: no limit), and serves what has come.
 */
enum rotor_status rotor_loop_turn(struct rotor_loop *loop, rotor_ms until);
/** Turns until rotor_loop_stop(); @return the exit code given there, or 1 if waiting fails. */
int rotor_loop_run(struct rotor_loop *loop);
/** Ends rotor_loop_run() after the callback in progress. */
void rotor_loop_stop(struct rotor_loop *loop, int exit_code);

#ifdef __cplusplus
}
#endif

#endif
