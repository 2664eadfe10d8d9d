/* SPDX-License-Identifier: Apache-2.0 */
/* The vector table: the processor's own exceptions, then the board's interrupts. */
#include "arch.h"
#include "vectors.h"

extern uint32_t arch_stack_end[];

_Noreturn void arch_reset(void);
void arch_fault(void);
void arch_tick(void);

/* Read by the processor: the first word is the stack pointer. */
__attribute__((section(".vectors"), used))
arch_handler *const arch_vectors[16 + BOARD_INTERRUPTS] = {
    (arch_handler *)(uintptr_t)arch_stack_end,
    arch_reset,
    arch_fault, /* NMI */
    arch_fault, /* HardFault */
    arch_fault, /* MemManage */
    arch_fault, /* BusFault */
    arch_fault, /* UsageFault */
    [11] = arch_fault,
    [12] = arch_fault,
    [14] = arch_fault,
    [15] = arch_tick,
    BOARD_VECTORS,
};
