/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the RISC-V boards share, as both programs have it: start, interrupts, tick, and the calls of the machine layer.
 *
 * ROM stage and runtime run in supervisor mode. Below them, in machine mode, is a small layer that is part of the ROM
 * (machine/): it alone changes the memory protection, feeds the watchdog, takes every fault and resets. Physical memory
 * protection binds machine mode only by entries that are locked, and what is locked stays so until the reset; but
 * supervisor mode is bound by every entry, and reaches none of them.
 */
#ifndef ROTOR_FIRMWARE_RISCV32_H
#define ROTOR_FIRMWARE_RISCV32_H

#include <stddef.h>
#include <stdint.h>

/* A device register. */
#define ARCH_REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
/* "ret", twice: what tests try to execute. */
#define ARCH_RETURN 0x80828082u

/* ---- interrupts ---- */

/* Runs with interrupts off. */
typedef void arch_handler(void);
/* Interrupts of the platform's controller go to `handler`. */
void arch_interrupts_start(arch_handler *handler);

/* ---- clock: `time` counts with a frequency of the board's ---- */

uint64_t arch_time(void);
/* An interrupt every millisecond, which ends arch_wait(). */
void arch_tick_start(uint32_t hz);
/* Milliseconds since arch_tick_start(). */
uint64_t arch_ticks(void);
void arch_wait(void);

/* ---- calls of the machine layer; each is an `ecall` with its number in a7 ---- */

enum arch_call {
	ARCH_CALL_RESET,   /* does not return */
	ARCH_CALL_LOADING, /* ROM stage: memory protection while an image is loaded */
	ARCH_CALL_SEALED,  /* ROM stage: the code memory read-only */
	ARCH_CALL_LEAVE, /* ROM stage: its memory is wiped, and the runtime started; does not return */
	ARCH_CALL_WATCHDOG_START, /* a0: milliseconds */
	ARCH_CALL_WATCHDOG_FEED,
	ARCH_CALL_ENTROPY, /* returns in a0 how many bytes have come, in a1 to a4 these */
	ARCH_CALL_COUNT
};

/* Bytes that ARCH_CALL_ENTROPY brings at most. */
#define ARCH_ENTROPY_CHUNK 16

void arch_call(enum arch_call call, uint32_t argument);
_Noreturn void arch_call_last(enum arch_call call);
/* @return how many bytes there are: up to ARCH_ENTROPY_CHUNK; 0 if the generator does not work */
size_t arch_call_entropy(uint8_t bytes[ARCH_ENTROPY_CHUNK]);

#endif
