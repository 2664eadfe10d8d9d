/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: epoll, deadlines by a walk over the sources, signals by a signalfd. */
#include "rotor/host_loop.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { TURN_MAX = 32 };

rotor_ms rotor_loop_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (rotor_ms)t.tv_sec * 1000 + (rotor_ms)t.tv_nsec / 1000000;
}

enum rotor_status rotor_loop_init(struct rotor_loop *loop)
{
	memset(loop, 0, sizeof(*loop));
	loop->signals.fd = -1;
	loop->signals.deadline = ROTOR_NEVER;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll < 0 ? ROTOR_ERR_IO : ROTOR_OK;
}

void rotor_loop_done(struct rotor_loop *loop)
{
	while (loop->sources)
		rotor_loop_remove(loop->sources);
	if (loop->signals.fd >= 0) {
		close(loop->signals.fd);
		loop->signals.fd = -1;
		sigprocmask(SIG_UNBLOCK, &loop->signal_set, NULL);
	}
	if (loop->epoll >= 0)
		close(loop->epoll);
	loop->epoll = -1;
}

static uint32_t epoll_events(unsigned wanted)
{
	return (wanted & ROTOR_LOOP_READ ? (uint32_t)EPOLLIN : 0) |
	       (wanted & ROTOR_LOOP_WRITE ? (uint32_t)EPOLLOUT : 0);
}

enum rotor_status rotor_loop_add(struct rotor_loop *loop, struct rotor_source *source,
				 unsigned wanted)
{
	if (source->loop)
		return ROTOR_ERR_STATE;
	if (source->fd >= 0) {
		struct epoll_event event = {.events = epoll_events(wanted), .data.ptr = source};
		if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->fd, &event) != 0)
			return ROTOR_ERR_IO;
	}
	source->loop = loop;
	source->wanted = wanted;
	source->next = loop->sources;
	loop->sources = source;
	return ROTOR_OK;
}

enum rotor_status rotor_loop_want(struct rotor_source *source, unsigned wanted)
{
	if (!source->loop)
		return ROTOR_ERR_STATE;
	if (source->wanted == wanted || source->fd < 0)
		return ROTOR_OK;
	struct epoll_event event = {.events = epoll_events(wanted), .data.ptr = source};
	if (epoll_ctl(source->loop->epoll, EPOLL_CTL_MOD, source->fd, &event) != 0)
		return ROTOR_ERR_IO;
	source->wanted = wanted;
	return ROTOR_OK;
}

void rotor_loop_remove(struct rotor_source *source)
{
	struct rotor_loop *loop = source->loop;
	if (!loop)
		return;
	if (source->fd >= 0)
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	for (struct rotor_source **at = &loop->sources; *at; at = &(*at)->next) {
		if (*at == source) {
			*at = source->next;
			break;
		}
	}
	if (loop->walk == source)
		loop->walk = source->next;
	struct epoll_event *turn = loop->turn;
	for (int i = 0; i < loop->turn_len; i++) {
		if (turn[i].data.ptr == source)
			turn[i].data.ptr = NULL;
	}
	source->loop = NULL;
	source->next = NULL;
}

static void signals_ready(struct rotor_source *source, unsigned happened)
{
	(void)happened;
	struct rotor_loop *loop = source->loop;
	struct signalfd_siginfo info;
	while (source->loop && read(source->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		loop->on_signal(loop, (int)info.ssi_signo, loop->signal_user);
}

enum rotor_status
rotor_loop_signals(struct rotor_loop *loop, const int *signals,
		   void (*on_signal)(struct rotor_loop *loop, int signal, void *user), void *user)
{
	if (loop->signals.fd >= 0)
		return ROTOR_ERR_STATE;
	sigemptyset(&loop->signal_set);
	for (; *signals; signals++)
		sigaddset(&loop->signal_set, *signals);
	if (sigprocmask(SIG_BLOCK, &loop->signal_set, NULL) != 0)
		return ROTOR_ERR_IO;
	loop->on_signal = on_signal;
	loop->signal_user = user;
	loop->signals.ready = signals_ready;
	loop->signals.fd = signalfd(-1, &loop->signal_set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->signals.fd < 0)
		return ROTOR_ERR_IO;
	return rotor_loop_add(loop, &loop->signals, ROTOR_LOOP_READ);
}

static int time_to_wait(const struct rotor_loop *loop, rotor_ms until)
{
	for (const struct rotor_source *s = loop->sources; s; s = s->next) {
		if (s->deadline < until)
			until = s->deadline;
	}
	if (until == ROTOR_NEVER)
		return -1;
	rotor_ms now = rotor_loop_now();
	if (until <= now)
		return 0;
	return until - now > INT_MAX ? INT_MAX : (int)(until - now);
}

static void serve_ready(struct rotor_loop *loop, struct epoll_event *turn, int n)
{
	loop->turn = turn;
	loop->turn_len = n;
	for (int i = 0; i < n && !loop->stopped; i++) {
		struct rotor_source *source = turn[i].data.ptr;
		if (!source)
			continue;
		uint32_t e = turn[i].events;
		unsigned happened = (e & EPOLLIN ? ROTOR_LOOP_READ : 0) |
				    (e & EPOLLOUT ? ROTOR_LOOP_WRITE : 0) |
				    (e & (EPOLLHUP | EPOLLERR) ? ROTOR_LOOP_HANGUP : 0);
		if (source->ready)
			source->ready(source, happened);
	}
	loop->turn = NULL;
	loop->turn_len = 0;
}

static void serve_deadlines(struct rotor_loop *loop)
{
	rotor_ms now = rotor_loop_now();
	struct rotor_source *source = loop->sources;
	while (source && !loop->stopped) {
		loop->walk = source->next;
		if (source->deadline <= now) {
			source->deadline = ROTOR_NEVER;
			if (source->due)
				source->due(source, now);
		}
		source = loop->walk;
	}
	loop->walk = NULL;
}

enum rotor_status rotor_loop_turn(struct rotor_loop *loop, rotor_ms until)
{
	struct epoll_event turn[TURN_MAX];
	int n = epoll_wait(loop->epoll, turn, TURN_MAX, time_to_wait(loop, until));
	if (n < 0 && errno != EINTR)
		return ROTOR_ERR_IO;
	serve_ready(loop, turn, n < 0 ? 0 : n);
	serve_deadlines(loop);
	return ROTOR_OK;
}

int rotor_loop_run(struct rotor_loop *loop)
{
	loop->stopped = false;
	loop->exit_code = 0;
	while (!loop->stopped) {
		if (rotor_loop_turn(loop, ROTOR_NEVER) != ROTOR_OK)
			return 1;
	}
	return loop->exit_code;
}

void rotor_loop_stop(struct rotor_loop *loop, int exit_code)
{
	loop->stopped = true;
	loop->exit_code = exit_code;
}
