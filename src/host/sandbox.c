/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed memory files, and a child that runs one of them with three descriptors and nothing else. */
#include "rotor/host_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/sandbox.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* Linux 6.3: where memory files are not executable by default */
#endif

enum {
	SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
	/* Beside the three: closed by the start itself. */
	FD_IMAGE = 6,
	FD_REPORT = 7,
	FD_HIGH = 32,
#ifdef ROTOR_SANITIZED
	FD_LIMIT = 16, /* loader and sanitizer open files for a moment */
#else
	FD_LIMIT = ROTOR_SANDBOX_MAILBOX + 1,
#endif
};

/* ---- sealed memory ---- */

static bool write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

enum rotor_status rotor_sealed_create(const char *name, const void *data, size_t len, int *fd)
{
	*fd = -1;
	int memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (memory < 0 && errno == EINVAL)
		memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory < 0)
		return ROTOR_ERR_IO;
	if (!write_all(memory, data, len) || fcntl(memory, F_ADD_SEALS, SEALS) != 0) {
		close(memory);
		return ROTOR_ERR_IO;
	}
	*fd = memory;
	return ROTOR_OK;
}

enum rotor_status rotor_sealed_map(int fd, const uint8_t **data, size_t *len)
{
	struct stat st;
	*data = NULL;
	*len = 0;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS)
		return ROTOR_ERR_STATE;
	if (fstat(fd, &st) != 0)
		return ROTOR_ERR_IO;
	if (st.st_size <= 0)
		return ROTOR_ERR_LENGTH;
	void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return ROTOR_ERR_IO;
	*data = at;
	*len = (size_t)st.st_size;
	return ROTOR_OK;
}

void rotor_sealed_unmap(const uint8_t *data, size_t len)
{
	if (data)
		munmap((void *)(uintptr_t)data, len);
}

/* ---- the child ---- */

/* Moves the descriptors to their places, via high numbers so that none overwrites another. */
static bool place_descriptors(const struct rotor_sandbox *box, int report)
{
	int from[] = {box->flash, box->bus, box->mailbox, box->image, report};
	static const int to[] = {ROTOR_SANDBOX_FLASH, ROTOR_SANDBOX_BUS, ROTOR_SANDBOX_MAILBOX,
				 FD_IMAGE, FD_REPORT};
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, FD_HIGH);
		if (from[i] < 0)
			return false;
	}
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		int flags = to[i] == FD_IMAGE || to[i] == FD_REPORT ? O_CLOEXEC : 0;
		if (dup3(from[i], to[i], flags) < 0)
			return false;
	}
	return close_range(0, ROTOR_SANDBOX_FLASH - 1, 0) == 0 &&
	       close_range(FD_REPORT + 1, ~0u, 0) == 0;
}

static bool limit(int resource, rlim_t value)
{
	struct rlimit both = {.rlim_cur = value, .rlim_max = value};
	return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

static bool restrict_child(pid_t parent)
{
	sigset_t none;
	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		return false;
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL); /* an ignored signal would stay ignored */
	/* A parent that died before the first line would never be noticed. */
	return getppid() == parent && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, FD_LIMIT);
}

static _Noreturn void run_child(const struct rotor_sandbox *box, pid_t parent, int report)
{
	char name[32];
	size_t len = strnlen(box->name ? box->name : "", sizeof(name) - 1);
	memcpy(name, box->name ? box->name : "", len);
	name[len] = '\0';
	char *argv[] = {name, NULL};
#ifdef ROTOR_SANITIZED
	/* The leak check traces its own process; the filter would kill it. */
	char options[] = "ASAN_OPTIONS=detect_leaks=0:abort_on_error=0";
	char *envp[] = {options, NULL};
#else
	char *envp[] = {NULL};
#endif
	int error = 0;
	if (!place_descriptors(box, report)) {
		error = errno;
	} else {
		report = FD_REPORT;
		if (!restrict_child(parent))
			error = errno ? errno : ECHILD;
		else
			error = sandbox_filter(FD_IMAGE);
	}
	if (error == 0) {
		syscall(SYS_execveat, FD_IMAGE, "", argv, envp, AT_EMPTY_PATH);
		error = errno;
	}
	(void)!write(report, &error, sizeof(error));
	_exit(127);
}

static enum rotor_status status_of(int error)
{
	switch (error) {
	case ENOEXEC:
	case EINVAL:
	case ELIBBAD:
		return ROTOR_ERR_FORMAT;
	case ENOSYS:
		return ROTOR_ERR_UNSUPPORTED;
	default:
		return ROTOR_ERR_IO;
	}
}

/* The report pipe ends without a word when the start has closed it. */
static enum rotor_status await_start(int report, pid_t child)
{
	int error = 0;
	ssize_t n;
	do {
		n = read(report, &error, sizeof(error));
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return ROTOR_OK;
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return n == (ssize_t)sizeof(error) ? status_of(error) : ROTOR_ERR_IO;
}

enum rotor_status rotor_sandbox_start(const struct rotor_sandbox *box, pid_t *pid)
{
	int report[2];
	*pid = -1;
	if (pipe2(report, O_CLOEXEC) != 0)
		return ROTOR_ERR_IO;
	pid_t parent = getpid();
	pid_t child = fork();
	if (child == 0)
		run_child(box, parent, report[1]);
	close(report[1]);
	enum rotor_status status = child < 0 ? ROTOR_ERR_IO : await_start(report[0], child);
	close(report[0]);
	if (status == ROTOR_OK)
		*pid = child;
	return status;
}
