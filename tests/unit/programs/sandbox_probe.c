/* SPDX-License-Identifier: Apache-2.0 */
/* Runs inside the sandbox, tries what must not work, and says through its mailbox what did. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FLASH = 3, BUS = 4, MAILBOX = 5 };

extern char **environ;

static void say(const char *what, long result)
{
	char line[80];
	int len = snprintf(line, sizeof(line), "%s %ld", what, result);
	if (send(MAILBOX, line, (size_t)len, MSG_NOSIGNAL) != len)
		_exit(3);
}

/* 0 if the call worked, else why not */
static long outcome(long result)
{
	return result < 0 ? errno : 0;
}

static void try_to_open(void)
{
	struct sockaddr nowhere = {.sa_family = AF_UNIX};
	say("open-write", outcome(open("/tmp/rotor-probe", O_WRONLY | O_CREAT, 0600)));
	say("open-read", outcome(open("/etc/passwd", O_RDONLY)));
	say("open-proc", outcome(open("/proc/self/fd/3", O_RDWR)));
	say("socket", outcome(socket(AF_UNIX, SOCK_STREAM, 0)));
	say("connect", outcome(connect(BUS, &nowhere, sizeof(nowhere))));
	say("memfd", outcome(memfd_create("x", 0)));
	say("dup", outcome(dup(FLASH)));
	say("dupfd", outcome(fcntl(FLASH, F_DUPFD, 0)));
	say("unlink", outcome(unlink("/tmp/rotor-probe")));
}

static void try_to_start(void)
{
	char *const none[] = {NULL};
	struct rlimit more = {.rlim_cur = 100, .rlim_max = 100};
	say("fork", outcome(syscall(SYS_clone, 0, 0, 0, 0, 0)));
	say("exec", outcome(execve("/bin/true", none, none)));
	say("execveat", outcome(syscall(SYS_execveat, FLASH, "", none, none, AT_EMPTY_PATH)));
	say("kill", outcome(syscall(SYS_kill, 1, 0)));
	say("limit", outcome(setrlimit(RLIMIT_NOFILE, &more)));
	say("wx", outcome((long)(intptr_t)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
					       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
}

/* What a runtime needs. */
static void try_to_work(void)
{
	char page[256];
	struct timespec t;
	struct pollfd p = {.fd = BUS, .events = POLLIN};
	say("pread", outcome(pread(FLASH, page, sizeof(page), 0)));
	say("pwrite", outcome(pwrite(FLASH, "written", 7, 0)));
	say("fdatasync", outcome(fdatasync(FLASH)));
	say("clock", outcome(clock_gettime(CLOCK_MONOTONIC, &t)));
	say("poll", outcome(poll(&p, 1, 0)));
	say("send", outcome(send(BUS, "hello", 5, MSG_NOSIGNAL | MSG_DONTWAIT)));
	say("random", outcome(getentropy(page, 16)));
}

int main(int argc, char **argv)
{
	char order[16] = {0};
	int descriptors = 0, variables = 0;
	/* first of all, before anything else could open one */
	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			descriptors = descriptors * 10 + fd;
	}
	say("descriptors", descriptors);
	while (environ[variables])
		variables++;
	say("environment", variables);
	say("arguments", argc == 1 && strcmp(argv[0], "probe") == 0);
	try_to_open();
	try_to_start();
	try_to_work();
	say("end", 0);
	/* stay until told to go; "trace" is the order to do what kills */
	if (recv(MAILBOX, order, sizeof(order) - 1, 0) > 0 && strcmp(order, "trace") == 0)
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	return 42;
}
