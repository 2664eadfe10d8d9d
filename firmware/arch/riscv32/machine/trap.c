/* SPDX-License-Identifier: Apache-2.0 */
/* What comes up from supervisor mode: calls, which are answered, and faults, which end in a reset. */
#include <stdbool.h>
#include <string.h>

#include "arch.h"
#include "board.h"
#include "machine/entry.h"
#include "machine/machine.h"
#include "memory.h"
#include "rotor/crypto.h"

#define CAUSE_CALL         9u
#define CAUSE_TIMER        0x80000007u
#define MSTATUS_MPP        (3u << 11)
#define MSTATUS_MPP_NORMAL (1u << 11)

__attribute__((used)) void machine_trapped(struct machine_frame *frame);

/* In the layer's own memory, which supervisor mode never reaches. */
static struct {
	bool runtime; /* the ROM stage has been left */
	uint32_t watchdog_ms;
} state __attribute__((section(".machine_memory")));

/* The stack of supervisor mode may be what is wrong: this one is the layer's own. */
__attribute__((naked, aligned(4), used)) void machine_trap(void)
{
	__asm volatile("csrrw sp, mscratch, sp\n"
		       "addi sp, sp, -64\n"
		       "sw ra, 0(sp)\n\tsw t0, 4(sp)\n\tsw t1, 8(sp)\n\tsw t2, 12(sp)\n"
		       "sw a0, 16(sp)\n\tsw a1, 20(sp)\n\tsw a2, 24(sp)\n\tsw a3, 28(sp)\n"
		       "sw a4, 32(sp)\n\tsw a5, 36(sp)\n\tsw a6, 40(sp)\n\tsw a7, 44(sp)\n"
		       "sw t3, 48(sp)\n\tsw t4, 52(sp)\n\tsw t5, 56(sp)\n\tsw t6, 60(sp)\n"
		       "mv a0, sp\n"
		       "call machine_trapped\n"
		       "lw ra, 0(sp)\n\tlw t0, 4(sp)\n\tlw t1, 8(sp)\n\tlw t2, 12(sp)\n"
		       "lw a0, 16(sp)\n\tlw a1, 20(sp)\n\tlw a2, 24(sp)\n\tlw a3, 28(sp)\n"
		       "lw a4, 32(sp)\n\tlw a5, 36(sp)\n\tlw a6, 40(sp)\n\tlw a7, 44(sp)\n"
		       "lw t3, 48(sp)\n\tlw t4, 52(sp)\n\tlw t5, 56(sp)\n\tlw t6, 60(sp)\n"
		       "addi sp, sp, 64\n"
		       "csrrw sp, mscratch, sp\n"
		       "mret\n");
}

_Static_assert(sizeof(struct machine_frame) == 64, "as machine_trap() saves it");

static uint32_t read_cause(void)
{
	uint32_t value;
	__asm volatile("csrr %0, mcause" : "=r"(value));
	return value;
}

static _Noreturn void record(const struct machine_frame *frame)
{
	uint32_t cause = read_cause();
	struct board_fault fault = {.magic = BOARD_FAULT_MAGIC,
				    .kind = cause == CAUSE_TIMER ? BOARD_FAULT_WATCHDOG : cause,
				    .lr = frame->ra};
	__asm volatile("csrr %0, mepc\n\t"
		       "csrr %1, mstatus\n\t"
		       "csrr %2, mtval"
		       : "=r"(fault.pc), "=r"(fault.status), "=r"(fault.address));
	board_last_fault = fault;
	machine_board_reset();
}

/* ---- calls ---- */

typedef void call_fn(struct machine_frame *frame);

static void call_reset(struct machine_frame *frame)
{
	(void)frame;
	machine_board_reset();
}

/*
 * After ARCH_CALL_SEALED this makes the code memory writable again: another image is to be tried, which will be sealed and
 * verified like the first. Only the ROM stage can ask for it; from ARCH_CALL_LEAVE on nothing can.
 */
static void call_loading(struct machine_frame *frame)
{
	(void)frame;
	machine_protect(machine_board_loading.regions, machine_board_loading.count);
}

static void call_sealed(struct machine_frame *frame)
{
	(void)frame;
	machine_protect(machine_board_sealed.regions, machine_board_sealed.count);
}

static void call_leave(struct machine_frame *frame)
{
	(void)frame;
	state.runtime = true;
	machine_protect(machine_board_runtime.regions, machine_board_runtime.count);
	rotor_wipe((void *)MEMORY_STAGE, MEMORY_STAGE_SIZE);
	machine_enter(MEMORY_CODE);
}

static void call_watchdog_start(struct machine_frame *frame)
{
	/* Started once: later calls would be a way to stop it. */
	if (state.watchdog_ms == 0) {
		state.watchdog_ms = frame->a[0];
	}
	machine_board_timer(state.watchdog_ms);
}

static void call_watchdog_feed(struct machine_frame *frame)
{
	(void)frame;
	if (state.watchdog_ms != 0) {
		machine_board_timer(state.watchdog_ms);
	}
}

static void call_entropy(struct machine_frame *frame)
{
	uint8_t bytes[ARCH_ENTROPY_CHUNK] = {0};
	frame->a[0] = machine_board_entropy(bytes, sizeof(bytes));
	memcpy(&frame->a[1], bytes, sizeof(bytes));
	rotor_wipe(bytes, sizeof(bytes));
}

static const struct {
	call_fn *fn;
	bool stage_only; /* a runtime that calls it has a fault */
} calls[ARCH_CALL_COUNT] = {
    [ARCH_CALL_RESET] = {call_reset, false},
    [ARCH_CALL_LOADING] = {call_loading, true},
    [ARCH_CALL_SEALED] = {call_sealed, true},
    [ARCH_CALL_LEAVE] = {call_leave, true},
    [ARCH_CALL_WATCHDOG_START] = {call_watchdog_start, false},
    [ARCH_CALL_WATCHDOG_FEED] = {call_watchdog_feed, false},
    [ARCH_CALL_ENTROPY] = {call_entropy, false},
};

void machine_trapped(struct machine_frame *frame)
{
	uint32_t pc;
	uint32_t status;
	uint32_t number = frame->a[7];
	__asm volatile("csrr %0, mepc\n\t"
		       "csrr %1, mstatus"
		       : "=r"(pc), "=r"(status));
	if ((status & MSTATUS_MPP) != MSTATUS_MPP_NORMAL) {
		machine_board_reset(); /* this layer's own fault */
	}
	if (read_cause() != CAUSE_CALL || number >= ARCH_CALL_COUNT ||
	    (calls[number].stage_only && state.runtime)) {
		record(frame);
	}
	calls[number].fn(frame);
	__asm volatile("csrw mepc, %0" ::"r"(pc + 4)); /* behind the call */
}
