/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the machine layer: into supervisor mode, and out of it. */
#ifndef ROTOR_FIRMWARE_RISCV32_ENTRY_H
#define ROTOR_FIRMWARE_RISCV32_ENTRY_H

#include <stdint.h>

/* What machine_trap() saves: the registers that a C function may change. */
struct machine_frame {
	uint32_t ra, t0, t1, t2, a[8], t3, t4, t5, t6;
};

/* Starts the program at `entry` in supervisor mode, with nothing in its registers. */
_Noreturn void machine_enter(uint32_t entry);
_Noreturn void machine_clean_and_return(void);
/* Where every trap into machine mode arrives. */
void machine_trap(void);

#endif
