/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine layer: what runs in machine mode, a part of the ROM. It answers the calls of arch.h, takes all faults and
 * the watchdog's interrupt, and is the only code that can change the memory protection. The board has the tables.
 */
#ifndef ROTOR_FIRMWARE_RISCV32_MACHINE_H
#define ROTOR_FIRMWARE_RISCV32_MACHINE_H

#include <stddef.h>
#include <stdint.h>

/* ---- physical memory protection ---- */

enum machine_access {
	MACHINE_NONE = 0,
	MACHINE_READ = 1,
	MACHINE_READ_WRITE = 3, /* data, registers */
	MACHINE_EXECUTE = 5,    /* code: read and execute */
};

struct machine_region {
	uint32_t base; /* a multiple of the size */
	uint32_t size; /* a power of two, at least 8 */
	enum machine_access access;
};

#define MACHINE_REGIONS 16

/* Replaces all entries; of two that overlap the first one counts. What is in none cannot be reached from supervisor mode. */
void machine_protect(const struct machine_region *regions, unsigned count);

/* ---- what the board provides ---- */

struct machine_table {
	const struct machine_region *regions;
	unsigned count;
};

/* Before the ROM stage starts. */
void machine_board_start(void);
/* The memory protection of each phase. */
extern const struct machine_table machine_board_loading, machine_board_sealed,
    machine_board_runtime;
/* Never returns. */
_Noreturn void machine_board_reset(void);
/* Milliseconds until the machine timer's interrupt, counted from now. */
void machine_board_timer(uint32_t ms);
/* Raw bytes of the generator, at most `len`. @return how many; 0 if it does not work */
size_t machine_board_entropy(uint8_t *bytes, size_t len);

#endif
