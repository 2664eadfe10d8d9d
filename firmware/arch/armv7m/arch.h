/* SPDX-License-Identifier: Apache-2.0 */
/* What the ARMv7-M boards share: start, faults, memory protection unit, interrupts, tick. */
#ifndef ROTOR_FIRMWARE_ARMV7M_H
#define ROTOR_FIRMWARE_ARMV7M_H

#include <stdint.h>

/* A device register. */
#define ARCH_REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
/* "bx lr", twice: what tests try to execute. */
#define ARCH_RETURN 0x47704770u

/* ---- memory protection unit ---- */

enum arch_access {
	ARCH_NONE,       /* every access faults */
	ARCH_READ,       /* data, read only */
	ARCH_READ_WRITE, /* data */
	ARCH_EXECUTE,    /* code: read and execute */
	ARCH_DEVICE,     /* registers: read and write, in order */
};

struct arch_region {
	uint32_t base; /* a multiple of the size */
	uint32_t size; /* a power of two, at least 32 */
	enum arch_access access;
};

/* Replaces all regions; of two that overlap the later one counts. What is in none cannot be reached. */
void arch_protect(const struct arch_region *regions, unsigned count);

/* ---- interrupts ---- */

void arch_interrupt_enable(unsigned number);
/* Interrupts of the board; a weak handler that faults stands in for those that it has none for. */
typedef void arch_handler(void);

/* ---- tick ---- */

/* An interrupt every millisecond from a core clock of `hz`. */
void arch_tick_start(uint32_t hz);
uint64_t arch_ticks(void);

/* ---- end ---- */

_Noreturn void arch_reset_chip(void);
/* Turns interrupts off, wipes memory from `wipe` up to `wipe_end`, and starts the program whose vector table is at `entry`. */
_Noreturn void arch_jump(uint32_t entry, uint32_t wipe, uint32_t wipe_end);

#endif
