/* SPDX-License-Identifier: Apache-2.0 */
/* rotor-bus: one virtual SMBus segment as a process. docs/bus.md is its manual. */
#include "bus.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

static void print_counters(const struct bus *bus)
{
	const struct counters *c = &bus->counters;
	fprintf(stderr,
		"rotor-bus: %" PRIu64 " acknowledged, %" PRIu64 " to nobody, %" PRIu64
		" refused, %" PRIu64 " unanswered, %" PRIu64 " dropped, %" PRIu64
		" corrupted, %" PRIu64 " bit times\n",
		c->acknowledged, c->absent, c->refused, c->timeout, c->dropped, c->corrupted,
		c->bit_times);
	fprintf(stderr,
		"rotor-bus: %" PRIu64 " busy, %" PRIu64 " late answers, %" PRIu64
		" copies missed, %" PRIu64 " unsupported, %" PRIu64 " malformed\n",
		c->busy, c->late_answers, c->missed_copies, c->unsupported, c->malformed);
	fprintf(stderr,
		"rotor-bus: %" PRIu64 " clients, %" PRIu64 " refused, %" PRIu64 " too slow\n",
		c->clients, c->clients_refused, c->clients_too_slow);
}

static int fail(const char *path, const char *what)
{
	fprintf(stderr, "rotor-bus: %s: %s: %s\n", path, what, strerror(errno));
	return -1;
}

/* True if @path is a socket that nobody listens on any more. */
static bool is_left_over(const char *path, const struct sockaddr_un *address)
{
	struct stat st;
	if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return false;
	bool refused = connect(s, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
		       errno == ECONNREFUSED;
	close(s);
	return refused;
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return fail(path, "cannot listen");
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return fail(path, "no socket");
	mode_t old = umask(077); /* whoever may write to the socket is on the bus */
	int bound = bind(s, (const struct sockaddr *)&address, sizeof(address));
	if (bound != 0 && errno == EADDRINUSE) {
		if (is_left_over(path, &address) && unlink(path) == 0)
			bound = bind(s, (const struct sockaddr *)&address, sizeof(address));
		else
			errno = EADDRINUSE;
	}
	int error = errno;
	umask(old);
	errno = error;
	if (bound != 0 || listen(s, BACKLOG) != 0) {
		fail(path, "cannot listen");
		close(s);
		return -1;
	}
	return s;
}

static void listener_ready(struct rotor_source *source, unsigned happened)
{
	(void)happened;
	struct bus *bus = source->user;
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		clients_accept(bus, fd);
}

static void on_signal(struct rotor_loop *loop, int signal, void *user)
{
	if (signal == SIGUSR1)
		print_counters(user);
	else
		rotor_loop_stop(loop, 0);
}

static bool say_ready(const struct options *options)
{
	puts("ready");
	fflush(stdout);
	if (options->ready_fd < 0)
		return true;
	bool said = write(options->ready_fd, "\n", 1) == 1;
	if (!said)
		fprintf(stderr, "rotor-bus: --ready-fd %d: %s\n", options->ready_fd,
			strerror(errno));
	close(options->ready_fd);
	return said;
}

static int run(struct bus *bus)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGUSR1, 0};
	int code = 1;
	bus->listener.user = bus;
	bus->listener.ready = listener_ready;
	bus->listener.deadline = ROTOR_NEVER;
	if (rotor_loop_signals(&bus->loop, signals, on_signal, bus) == ROTOR_OK &&
	    segment_init(bus) &&
	    rotor_loop_add(&bus->loop, &bus->listener, ROTOR_LOOP_READ) == ROTOR_OK) {
		if (say_ready(&bus->options))
			code = rotor_loop_run(&bus->loop);
	} else {
		fprintf(stderr, "rotor-bus: cannot start: %s\n", strerror(errno));
	}
	if (bus->options.verbose)
		print_counters(bus);
	clients_free(bus);
	segment_done(bus);
	return code;
}

int main(int argc, char **argv)
{
	static struct bus bus;
	switch (options_parse(argc, argv, &bus.options)) {
	case OPTIONS_DONE:
		return 0;
	case OPTIONS_WRONG:
		return 2;
	case OPTIONS_RUN:
		break;
	}
	if (rotor_loop_init(&bus.loop) != ROTOR_OK) {
		fprintf(stderr, "rotor-bus: cannot start: %s\n", strerror(errno));
		return 1;
	}
	bus.listener.fd = listen_on(bus.options.socket);
	if (bus.listener.fd < 0)
		return 1;
	int code = run(&bus);
	close(bus.listener.fd);
	unlink(bus.options.socket);
	rotor_loop_done(&bus.loop);
	return code;
}
