/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "device.h"
#include "inject.h"

#define BREAKPOINT 0xcc
#define TRAP_FLAG  0x100

extern const char __executable_start, etext; /* the linker's: where the code is */

static struct fault fault;
static unsigned hits;
static bool happened;
static uint8_t original;
/* A call whose answer is to be wrong: where it comes back to, and on which stack. */
static uintptr_t return_at;
static uint8_t return_original;
static greg_t return_stack;

static bool tracing;
static uintptr_t trace_from, trace_to, trace_last;
static uint32_t *trace_counts;

static uint8_t swap_byte(uintptr_t at, uint8_t byte)
{
	uint8_t *code = (uint8_t *)at;
	uint8_t was = *code;
	*code = byte;
	return was;
}

static void step(greg_t *r, bool on)
{
	r[REG_EFL] = on ? r[REG_EFL] | TRAP_FLAG : r[REG_EFL] & ~(greg_t)TRAP_FLAG;
}

/* Runs the instruction itself; the breakpoint comes back after it, or for good not. */
static void let_run(greg_t *r)
{
	(void)swap_byte(fault.at, original);
	step(r, hits != fault.hit);
}

static void at_breakpoint(greg_t *r)
{
	r[REG_RIP] = (greg_t)fault.at;
	hits++;
	if (fault.hit != 0 && hits != fault.hit) {
		let_run(r);
		return;
	}
	happened = true;
	switch (fault.model) {
	case FAULT_SKIP:
		r[REG_RIP] += fault.len;
		break;
	case FAULT_JUMP:
		r[REG_RIP] = (greg_t)fault.target;
		break;
	case FAULT_ZERO:
	case FAULT_ONES:
		/* Calls within calls are told apart by the stack. */
		if (return_at == 0) {
			return_at = fault.at + fault.len;
			return_stack = r[REG_RSP];
			return_original = swap_byte(return_at, BREAKPOINT);
		}
		let_run(r);
		return;
	case FAULT_NEVER:
		let_run(r);
		return;
	}
	if (fault.hit != 0) {
		(void)swap_byte(fault.at, original);
	}
}

static void at_return(greg_t *r)
{
	r[REG_RIP] = (greg_t)return_at;
	(void)swap_byte(return_at, return_original);
	return_at = 0;
	if (r[REG_RSP] == return_stack) {
		r[REG_RAX] = fault.model == FAULT_ZERO ? 0 : -1;
	}
}

static void trace_step(greg_t *r)
{
	uintptr_t at = (uintptr_t)r[REG_RIP];
	/* A string instruction stops after each of its rounds. */
	if (at != trace_last && at >= trace_from && at < trace_to) {
		trace_counts[at - trace_from]++;
	}
	trace_last = at;
	step(r, tracing);
}

static void handler(int number, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t at = (uintptr_t)r[REG_RIP];
	(void)number;
	if (trace_counts != NULL) {
		trace_step(r);
	} else if (info->si_code == TRAP_TRACE) {
		if (at != fault.at) {
			(void)swap_byte(fault.at, BREAKPOINT);
			step(r, false);
		}
	} else if (return_at != 0 && at - 1 == return_at) {
		at_return(r);
	} else if (at - 1 == fault.at) {
		at_breakpoint(r);
	} else {
		_exit(3); /* the fault led into a breakpoint that is none of ours: a crash */
	}
}

void inject_init(void)
{
	static uint8_t stack[16384];
	const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)&__executable_start / page * page;
	must(sigaltstack(&alternate, NULL) == 0 && sigaction(SIGTRAP, &action, NULL) == 0 &&
		 mprotect((void *)from, (uintptr_t)&etext - from,
			  PROT_READ | PROT_WRITE | PROT_EXEC) == 0,
	     "this system lets no process write to its own code");
}

void inject_arm(const struct fault *f)
{
	fault = *f;
	hits = 0;
	happened = false;
	original = swap_byte(fault.at, BREAKPOINT);
}

bool inject_disarm(void)
{
	(void)swap_byte(fault.at, original);
	return happened;
}

void inject_trace(uintptr_t from, uintptr_t to, uint32_t *counts)
{
	trace_from = from;
	trace_to = to;
	trace_counts = counts;
	tracing = true;
	__asm__ volatile("int3");
}

void inject_trace_end(void)
{
	tracing = false;
}
