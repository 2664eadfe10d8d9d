/* SPDX-License-Identifier: Apache-2.0 */
/* From the first instruction in supervisor mode to main; the same in the ROM stage and in the runtime. */
#include <stddef.h>
#include <string.h>

#include "arch.h"
#include "stack.h"

extern uint8_t arch_data_start[], arch_data_end[], arch_data_load[];
extern uint8_t arch_bss_start[], arch_bss_end[];
extern uint32_t arch_stack_start[];

int main(void);
void arch_start(void);
_Noreturn void arch_begin(void);
void arch_trap(void);

/* Stands first in each program: the machine layer starts the runtime at the start of its memory. */
__attribute__((naked, section(".start"), used)) void arch_start(void)
{
	__asm volatile("la sp, arch_stack_end\n"
		       "j arch_begin\n");
}

__attribute__((used)) _Noreturn void arch_begin(void)
{
	__asm volatile("csrw sie, zero\n\t"
		       "csrw stvec, %0" ::"r"(arch_trap));
	memcpy(arch_data_start, arch_data_load, (size_t)(arch_data_end - arch_data_start));
	memset(arch_bss_start, 0, (size_t)(arch_bss_end - arch_bss_start));
	stack_paint(arch_stack_start);
	(void)main();
	arch_call_last(ARCH_CALL_RESET);
}
