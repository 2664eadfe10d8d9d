/* SPDX-License-Identifier: Apache-2.0 */
/* Every fault ends in a reset; what happened is left for the next start to tell. */
#include "arch.h"
#include "board.h"

void arch_fault(void);
__attribute__((used)) _Noreturn void arch_fault_record(const uint32_t *frame);

/* Off before the record is written: the fault may be one of the protection. */
#define MPU_CTRL       ARCH_REG(0xe000ed94)
#define CFSR           ARCH_REG(0xe000ed28)
#define MMFAR          ARCH_REG(0xe000ed34)
#define BFAR           ARCH_REG(0xe000ed38)
#define ICSR           ARCH_REG(0xe000ed04)
#define CFSR_MMARVALID (1u << 7)
#define CFSR_STACKING  (1u << 4 | 1u << 12) /* the frame could not be stored: the stack is full */

extern uint8_t arch_stack_end[];

/* On a stack of its own: the fault may be that the stack is full. */
__attribute__((naked)) void arch_fault(void)
{
	__asm volatile("mrs r0, msp\n"
		       "ldr r1, =arch_stack_end\n"
		       "mov sp, r1\n"
		       "b arch_fault_record\n");
}

_Noreturn void arch_fault_record(const uint32_t *frame)
{
	uint32_t status = CFSR;
	MPU_CTRL = 0;
	__asm volatile("dsb\n\tisb");
	board_last_fault = (struct board_fault){
	    .magic = BOARD_FAULT_MAGIC,
	    .kind = ICSR & 0x1ff,
	    .status = status,
	    .address = status & CFSR_MMARVALID ? MMFAR : BFAR,
	};
	if (!(status & CFSR_STACKING)) {
		board_last_fault.pc = frame[6];
		board_last_fault.lr = frame[5];
	}
	arch_reset_chip();
}
