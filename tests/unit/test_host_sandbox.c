/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox, seen from inside: three descriptors, nothing to open, nothing to start, no life after the parent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rotor/host_file.h"
#include "rotor/host_sandbox.h"

#ifdef ROTOR_SANITIZED
/* dynamically linked, with a loader and a sanitizer that read files and set limits */
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

struct setup {
	struct rotor_sandbox box;
	int bus, mailbox; /* our ends */
};

static void set_up(struct setup *s)
{
	uint8_t *program;
	size_t len;
	int bus[2], mailbox[2];
	char name[] = "/tmp/rotor-flash-XXXXXX";
	assert_int_equal(rotor_file_read(ROTOR_PROBE_PROGRAM, 64u << 20, &program, &len), ROTOR_OK);
	assert_int_equal(rotor_sealed_create("probe", program, len, &s->box.image), ROTOR_OK);
	free(program);
	s->box.flash = mkstemp(name); /* without close-on-exec, as the others */
	assert_true(s->box.flash >= 0);
	unlink(name);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, bus), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, mailbox), 0);
	s->box.bus = bus[0];
	s->bus = bus[1];
	s->box.mailbox = mailbox[0];
	s->mailbox = mailbox[1];
	s->box.name = "probe";
}

static void close_box(struct setup *s)
{
	close(s->box.image);
	close(s->box.flash);
	close(s->box.bus);
	close(s->box.mailbox);
}

static void tear_down(struct setup *s)
{
	close_box(s);
	close(s->bus);
	close(s->mailbox);
}

/* One line of the probe's; false at the end. */
static bool hear(struct setup *s, char *what, long *result)
{
	char line[80] = {0};
	struct pollfd p = {.fd = s->mailbox, .events = POLLIN};
	assert_int_equal(poll(&p, 1, 10000), 1);
	ssize_t n = recv(s->mailbox, line, sizeof(line) - 1, 0);
	if (n <= 0)
		return false;
	assert_int_equal(sscanf(line, "%39s %ld", what, result), 2);
	return strcmp(what, "end") != 0;
}

static long expected(const char *what)
{
	static const struct {
		const char *what;
		long plain, sanitized;
	} all[] = {
	    {"descriptors", 345, 345},  {"environment", 0, 1},
	    {"arguments", 1, 1},        {"open-write", EPERM, EPERM},
	    {"open-read", EPERM, 0},    {"open-proc", EPERM, EPERM},
	    {"socket", EPERM, EPERM},   {"connect", EPERM, EPERM},
	    {"memfd", EPERM, EPERM},    {"dup", EPERM, 0},
	    {"dupfd", EPERM, EPERM},    {"unlink", EPERM, EPERM},
	    {"fork", EPERM, EPERM},     {"exec", EPERM, EPERM},
	    {"execveat", EPERM, EPERM}, {"kill", EPERM, EPERM},
	    {"limit", EPERM, EPERM},    {"wx", EPERM, 0},
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i].what, what) == 0)
			return SANITIZED ? all[i].sanitized : all[i].plain;
	}
	return 0; /* the work of a runtime */
}

static int end_of(pid_t child)
{
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void the_child_holds_three_descriptors_and_can_open_no_other(void **state)
{
	struct setup s;
	char what[40], text[8] = {0};
	long result;
	int heard = 0;
	pid_t child;
	(void)state;
	set_up(&s);
	assert_int_equal(ftruncate(s.box.flash, 4096), 0);
	assert_int_equal(rotor_sandbox_start(&s.box, &child), ROTOR_OK);
	for (; hear(&s, what, &result); heard++) {
		if (result != expected(what))
			fail_msg("%s: %ld instead of %ld", what, result, expected(what));
	}
	assert_int_equal(heard, 25);
	/* what it wrote is in the flash, what it sent on the bus */
	assert_int_equal(pread(s.box.flash, text, 7, 0), 7);
	assert_string_equal(text, "written");
	assert_int_equal(recv(s.bus, text, sizeof(text), 0), 5);
	assert_int_equal(send(s.mailbox, "go", 2, 0), 2);
	int status = end_of(child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	tear_down(&s);
}

static void tracing_kills(void **state)
{
	struct setup s;
	char what[40];
	long result;
	pid_t child;
	(void)state;
	set_up(&s);
	assert_int_equal(rotor_sandbox_start(&s.box, &child), ROTOR_OK);
	while (hear(&s, what, &result))
		;
	assert_int_equal(send(s.mailbox, "trace", 5, 0), 5);
	int status = end_of(child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
	tear_down(&s);
}

static void the_child_dies_with_its_parent(void **state)
{
	struct setup s;
	char what[40];
	long result;
	(void)state;
	set_up(&s);
	pid_t chip = fork();
	if (chip == 0) {
		pid_t child;
		if (rotor_sandbox_start(&s.box, &child) != ROTOR_OK)
			_exit(1);
		close_box(&s);
		close(s.mailbox);
		pause();
		_exit(0);
	}
	while (hear(&s, what, &result))
		;
	assert_string_equal(what, "end");
	close_box(&s);
	assert_int_equal(kill(chip, SIGKILL), 0); /* a power cut */
	end_of(chip);
	/* the last holder of the other end is gone */
	assert_false(hear(&s, what, &result));
	close(s.bus);
	close(s.mailbox);
}

static void what_is_no_executable_is_refused(void **state)
{
	struct setup s;
	pid_t child = 1;
	int text;
	(void)state;
	set_up(&s);
	close(s.box.image);
	assert_int_equal(rotor_sealed_create("text", "not a program", 13, &text), ROTOR_OK);
	s.box.image = text;
	assert_int_equal(rotor_sandbox_start(&s.box, &child), ROTOR_ERR_FORMAT);
	assert_int_equal(child, -1);
	s.box.bus = -1;
	assert_int_equal(rotor_sandbox_start(&s.box, &child), ROTOR_ERR_IO);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left behind */
	tear_down(&s);
}

static void sealed_memory_cannot_be_changed(void **state)
{
	const uint8_t *data;
	size_t len;
	int fd;
	(void)state;
	assert_int_equal(rotor_sealed_create("image", "verified", 8, &fd), ROTOR_OK);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 100), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_true(mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	assert_int_equal(rotor_sealed_map(fd, &data, &len), ROTOR_OK);
	assert_int_equal(len, 8);
	assert_memory_equal(data, "verified", 8);
	rotor_sealed_unmap(data, len);
	rotor_sealed_unmap(NULL, 0);
	close(fd);
	/* what is not sealed is not taken for it */
	fd = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(rotor_sealed_map(fd, &data, &len), ROTOR_ERR_STATE);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
	assert_int_equal(rotor_sealed_map(fd, &data, &len), ROTOR_ERR_STATE);
	close(fd);
	assert_int_equal(rotor_sealed_create("empty", NULL, 0, &fd), ROTOR_OK);
	assert_int_equal(rotor_sealed_map(fd, &data, &len), ROTOR_ERR_LENGTH);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_child_holds_three_descriptors_and_can_open_no_other),
	    cmocka_unit_test(tracing_kills),
	    cmocka_unit_test(the_child_dies_with_its_parent),
	    cmocka_unit_test(what_is_no_executable_is_refused),
	    cmocka_unit_test(sealed_memory_cannot_be_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
