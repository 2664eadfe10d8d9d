/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts in supervisor mode. Faults never come here: the machine layer keeps them. */
#include "arch.h"

#define CAUSE_TIMER    0x80000005u
#define CAUSE_EXTERNAL 0x80000009u
#define SIE_TIMER      (1u << 5)
#define SIE_EXTERNAL   (1u << 9)
#define SSTATUS_SIE    (1u << 1)

static arch_handler *external;
static uint32_t period; /* of the tick, in units of `time` */
static uint64_t started;

void arch_trap(void);

/* The compare register of supervisor mode (Sstc) is two words: never below what it is to be while it is written. */
static void tick_at(uint64_t time)
{
	__asm volatile("csrw stimecmp, %0\n\t"
		       "csrw stimecmph, %1\n\t"
		       "csrw stimecmp, %2" ::"r"(UINT32_MAX),
		       "r"((uint32_t)(time >> 32)), "r"((uint32_t)time));
}

__attribute__((interrupt("supervisor"), aligned(4))) void arch_trap(void)
{
	uint32_t cause;
	__asm volatile("csrr %0, scause" : "=r"(cause));
	if (cause == CAUSE_EXTERNAL) {
		external();
	} else if (cause == CAUSE_TIMER) {
		tick_at(arch_time() + period);
	} else {
		arch_call_last(ARCH_CALL_RESET);
	}
}

void arch_interrupts_start(arch_handler *handler)
{
	external = handler;
	__asm volatile("csrs sie, %0\n\t"
		       "csrs sstatus, %1" ::"r"(SIE_EXTERNAL),
		       "r"(SSTATUS_SIE)
		       : "memory");
}

uint64_t arch_time(void)
{
	uint32_t high;
	uint32_t low;
	uint32_t again;
	do {
		__asm volatile("rdtimeh %0\n\t"
			       "rdtime %1\n\t"
			       "rdtimeh %2"
			       : "=r"(high), "=r"(low), "=r"(again));
	} while (high != again);
	return (uint64_t)high << 32 | low;
}

void arch_tick_start(uint32_t hz)
{
	period = hz / 1000;
	started = arch_time();
	tick_at(started + period);
	__asm volatile("csrs sie, %0" ::"r"(SIE_TIMER));
}

uint64_t arch_ticks(void)
{
	return (arch_time() - started) / period;
}

void arch_wait(void)
{
	__asm volatile("wfi" ::: "memory");
}
