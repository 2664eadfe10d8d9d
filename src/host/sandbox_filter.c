/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which system calls a sandboxed runtime may make. Everything that is not
 * listed fails with EPERM, so that the C library can do without; what only an
 * attacker asks for kills. Calls are listed by name: libseccomp knows their
 * numbers on each machine, and which of them a machine has not.
 */
#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>

/* What a statically linked program needs to read, write, wait and end. */
static const char *const allowed[] = {
    "read",
    "write",
    "readv",
    "writev",
    "pread64",
    "pwrite64",
    "lseek",
    "fdatasync",
    "fsync",
    "fstat",
    "close",
    "recvfrom",
    "sendto",
    "recvmsg",
    "sendmsg",
    "poll",
    "ppoll",
    "clock_gettime",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "getrandom",
    "brk",
    "munmap",
    "mremap",
    "madvise",
    "exit",
    "exit_group",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "restart_syscall",
    "arch_prctl",
    "set_tid_address",
    "set_robust_list",
    "rseq",
    "futex",
    "getpid",
    "gettid",
    "sched_yield",
};

/* No honest runtime reaches into another process or into the kernel. */
static const char *const deadly[] = {
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "pidfd_open",
    "kcmp",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "init_module",
    "finit_module",
    "kexec_load",
    "kexec_file_load",
    "mount",
    "setns",
    "unshare",
};

#ifdef ROTOR_SANITIZED
/*
 * A sanitizer build is dynamically linked: its loader finds and maps libraries,
 * and the sanitizer looks at its own process, with descriptors above 2 that it
 * gets by dup. Tests of such builds show that
 * nothing can be written, connected or started, not that nothing can be read.
 */
static const char *const sanitizer[] = {
    "newfstatat", "stat",       "lstat",       "statx",   "access",      "faccessat",
    "faccessat2", "readlink",   "readlinkat",  "getcwd",  "sigaltstack", "sched_getaffinity",
    "sysinfo",    "uname",      "getuid",      "geteuid", "getgid",      "getegid",
    "getppid",    "getdents64", "personality", "prctl",   "getrlimit",   "setrlimit",
    "mmap",       "mprotect",   "prlimit64",   "tgkill",  "dup",
};
#endif

static int add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int call = seccomp_syscall_resolve_name(names[i]);
		/* Negative: this machine has no such call, so nobody can make it. */
		int error = call < 0 ? 0 : seccomp_rule_add(filter, action, call, 0);
		if (error)
			return error;
	}
	return 0;
}

#define ADD_ALL(filter, action, names)                                                             \
	add_all(filter, action, names, sizeof(names) / sizeof((names)[0]))

/* Argument @argument has the value @value. */
static struct scmp_arg_cmp is(unsigned argument, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value};
}

/* Those bits of argument @argument that @mask has are @value. */
static struct scmp_arg_cmp masked(unsigned argument, scmp_datum_t mask, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){
	    .arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

/* Calls that are allowed with some arguments only. */
static int add_conditional(scmp_filter_ctx f, int image)
{
	int error = 0;
	if (!error) /* the start itself; its descriptor is closed by it */
		error = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(execveat), 2,
					 is(0, (scmp_datum_t)image), is(4, AT_EMPTY_PATH));
	if (!error)
		error = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, is(1, F_GETFD));
	if (!error)
		error = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, is(1, F_GETFL));
#ifdef ROTOR_SANITIZED
	static const struct {
		const char *name;
		unsigned flags; /* which argument they are */
	} opens[] = {{"openat", 2}, {"open", 1}};
	for (size_t i = 0; i < 2 && !error; i++) {
		int call = seccomp_syscall_resolve_name(opens[i].name);
		if (call >= 0)
			error = seccomp_rule_add(
			    f, SCMP_ACT_ALLOW, call, 1,
			    masked(opens[i].flags, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
	}
#else
	if (!error) /* limits may be read, not set */
		error =
		    seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, is(0, 0), is(2, 0));
	if (!error) /* no memory becomes executable */
		error =
		    seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, masked(2, PROT_EXEC, 0));
	if (!error)
		error = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
					 masked(2, PROT_EXEC, 0));
#endif
	return error;
}

int sandbox_filter(int image)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return ENOMEM;
	int error = ADD_ALL(filter, SCMP_ACT_ALLOW, allowed);
	if (!error)
		error = ADD_ALL(filter, SCMP_ACT_KILL_PROCESS, deadly);
	if (!error)
		error = add_conditional(filter, image);
#ifdef ROTOR_SANITIZED
	if (!error)
		error = ADD_ALL(filter, SCMP_ACT_ALLOW, sanitizer);
#endif
	if (!error)
		error = seccomp_load(filter); /* sets no_new_privs */
	seccomp_release(filter);
	return error < 0 ? -error : error;
}
