/* SPDX-License-Identifier: Apache-2.0 */
/* Machine mode: from reset to the ROM stage, and from there to the runtime. */
#include <stddef.h>
#include <string.h>

#include "machine/entry.h"
#include "machine/machine.h"

extern uint8_t machine_memory_start[], machine_memory_end[];

void machine_reset(void);
_Noreturn void machine_begin(void);
void arch_start(void);

#define MSTATUS_MPP_SUPERVISOR (1u << 11)
#define MIE_TIMER              (1u << 7)
#define COUNTER_TIME           (1u << 1)
#define ENVCFGH_STCE           (1u << 31)

/* Stands first in the ROM. */
__attribute__((naked, section(".machine_start"), used)) void machine_reset(void)
{
	__asm volatile("csrw mie, zero\n"
		       "la t0, machine_trap\n"
		       "csrw mtvec, t0\n"
		       "la sp, machine_stack_end\n"
		       "j machine_begin\n");
}

__attribute__((used)) _Noreturn void machine_begin(void)
{
	memset(machine_memory_start, 0, (size_t)(machine_memory_end - machine_memory_start));
	/* Faults and the calls stay here; the tick and the devices' interrupts are supervisor mode's own. */
	__asm volatile("csrw medeleg, zero\n\t"
		       "csrw mideleg, %0\n\t"
		       "csrw mcounteren, %1\n\t"
		       "csrw menvcfgh, %2\n\t"
		       "csrw satp, zero" ::"r"(1u << 5 | 1u << 9),
		       "r"(COUNTER_TIME), "r"(ENVCFGH_STCE));
	machine_board_start();
	machine_protect(machine_board_loading.regions, machine_board_loading.count);
	machine_enter((uint32_t)(uintptr_t)arch_start);
}

_Noreturn void machine_enter(uint32_t entry)
{
	/*
	 * No interrupt of the program before is pending for the next one. And where a trap came from is not where this goes:
	 * not every reset clears what the processor remembers of it, in mstatush too (a guest of the hypervisor extension).
	 */
	__asm volatile("csrw sie, zero\n\t"
		       "csrw stimecmp, %0\n\t"
		       "csrw stimecmph, %0\n\t"
		       "csrw stvec, zero\n\t"
		       "csrw sscratch, zero\n\t"
		       "csrw mepc, %1\n\t"
		       "csrw mstatus, %2\n\t"
		       "csrw mstatush, zero\n\t"
		       "csrw mie, %3\n\t"
		       "fence.i" ::"r"(UINT32_MAX),
		       "r"(entry), "r"(MSTATUS_MPP_SUPERVISOR), "r"(MIE_TIMER)
		       : "memory");
	machine_clean_and_return();
}

/* Every register that may hold something of the ROM stage is overwritten. */
__attribute__((naked)) _Noreturn void machine_clean_and_return(void)
{
	__asm volatile("la sp, machine_stack_end\n"
		       "csrw mscratch, sp\n"
		       "li ra, 0\n\tli sp, 0\n\tli gp, 0\n\tli tp, 0\n"
		       "li t0, 0\n\tli t1, 0\n\tli t2, 0\n"
		       "li s0, 0\n\tli s1, 0\n"
		       "li a0, 0\n\tli a1, 0\n\tli a2, 0\n\tli a3, 0\n"
		       "li a4, 0\n\tli a5, 0\n\tli a6, 0\n\tli a7, 0\n"
		       "li s2, 0\n\tli s3, 0\n\tli s4, 0\n\tli s5, 0\n\tli s6, 0\n"
		       "li s7, 0\n\tli s8, 0\n\tli s9, 0\n\tli s10, 0\n\tli s11, 0\n"
		       "li t3, 0\n\tli t4, 0\n\tli t5, 0\n\tli t6, 0\n"
		       "mret\n");
}
