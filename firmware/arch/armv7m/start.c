/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main, and from one program to the next. */
#include <stddef.h>
#include <string.h>

#include "arch.h"
#include "stack.h"

extern uint8_t arch_data_start[], arch_data_end[], arch_data_load[];
extern uint8_t arch_bss_start[], arch_bss_end[];
extern uint32_t arch_stack_start[], arch_stack_end[];

int main(void);
_Noreturn void arch_reset(void);
void arch_fault(void);
void arch_tick(void);

#define VTOR ARCH_REG(0xe000ed08)
/* Turns the faults that can be told apart into exceptions of their own: usage, bus, memory. */
#define SHCSR        ARCH_REG(0xe000ed24)
#define SHCSR_FAULTS (7u << 16)

/* The vector table stands first in each program; the board adds its interrupts (board_vectors). */
extern arch_handler *const arch_vectors[];

_Noreturn void arch_reset(void)
{
	/* The ROM stage has run on this processor before the runtime does. */
	__asm volatile("cpsid i");
	VTOR = (uint32_t)(uintptr_t)arch_vectors;
	memcpy(arch_data_start, arch_data_load, (size_t)(arch_data_end - arch_data_start));
	memset(arch_bss_start, 0, (size_t)(arch_bss_end - arch_bss_start));
	stack_paint(arch_stack_start);
	SHCSR |= SHCSR_FAULTS;
	__asm volatile("cpsie i");
	(void)main();
	arch_reset_chip();
}

_Noreturn void arch_reset_chip(void)
{
	__asm volatile("cpsid i\n\tdsb");
	ARCH_REG(0xe000ed0c) = 0x05fa0004; /* AIRCR: SYSRESETREQ */
	__asm volatile("dsb");
	for (;;) {
	}
}

void arch_interrupt_enable(unsigned number)
{
	ARCH_REG(0xe000e100 + number / 32 * 4) = 1u << number % 32;
}

/* Every register that may hold something of the ROM stage is overwritten; nothing is kept on the stack, which is wiped. */
__attribute__((naked, noinline)) static void jump(uint32_t sp, uint32_t pc, uint32_t wipe,
						  uint32_t wipe_end)
{
	(void)sp;
	(void)pc;
	(void)wipe;
	(void)wipe_end;
	__asm volatile("mov r4, #0\n"
		       "1: cmp r2, r3\n"
		       "bhs 2f\n"
		       "str r4, [r2], #4\n"
		       "b 1b\n"
		       "2: msr msp, r0\n"
		       "mov r5, #0\n"
		       "mov r6, #0\n"
		       "mov r7, #0\n"
		       "mov r8, #0\n"
		       "mov r9, #0\n"
		       "mov r10, #0\n"
		       "mov r11, #0\n"
		       "mov r12, #0\n"
		       "mov lr, #-1\n"
		       "dsb\n"
		       "isb\n"
		       "bx r1\n");
}

_Noreturn void arch_jump(uint32_t entry, uint32_t wipe, uint32_t wipe_end)
{
	__asm volatile("cpsid i");
	ARCH_REG(0xe000e010) =
	    0; /* SysTick off, and what it or an interrupt has left pending forgotten */
	ARCH_REG(0xe000ed04) = 1u << 25;
	for (unsigned i = 0; i < 8; i++) {
		ARCH_REG(0xe000e180 + 4 * i) = UINT32_MAX;
		ARCH_REG(0xe000e280 + 4 * i) = UINT32_MAX;
	}
	VTOR = entry;
	jump(ARCH_REG(entry), ARCH_REG(entry + 4), wipe, wipe_end);
	__builtin_unreachable();
}
