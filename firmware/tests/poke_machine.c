/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware that does one thing which the machine layer of the RISC-V boards must stop, or must survive: POKE says which.
 * tests/poke.c has what every board must stop.
 */
#include "arch.h"
#include "board.h"
#include "console.h"
#include "memory.h"
#include "runtime.h"

enum {
	UNSEAL = 1,
	CHANGE_PROTECTION,
	READ_STAGE,
	READ_MACHINE,
	START_GENERATOR,
	STOP_WATCHDOG,
	LEAVE_AS_A_GUEST,
	HANG_DEAF
};

/*
 * Goes on as a guest of the hypervisor extension, and calls from there: what the processor remembers of that must not
 * be in the way of the next start.
 */
static void leave_as_a_guest(void)
{
	uint32_t at;
	__asm volatile("csrs 0x600, %1\n\t" /* hstatus.SPV: back to a guest */
		       "csrs sstatus, %2\n\t"
		       "la %0, 1f\n\t"
		       "csrw sepc, %0\n\t"
		       "sret\n"
		       "1:\tecall"
		       : "=&r"(at)
		       : "r"(1u << 7), "r"(1u << 8));
}

/* Hangs with its own interrupts off. */
static _Noreturn void hang_deaf(void)
{
	/* a second start, with more time than anybody waits, must not help */
	board_watchdog_start(UINT32_MAX);
	__asm volatile("csrw sie, zero\n\t"
		       "csrw sstatus, zero");
	for (;;) {
		__asm volatile("");
	}
}

void runtime_started(void)
{
	uint32_t value = 0;
	console_print("poke: now\n", NULL);
	switch (POKE) {
	case UNSEAL:
		arch_call(ARCH_CALL_LOADING, 0);
		break;
	case CHANGE_PROTECTION:
		__asm volatile("csrw pmpcfg0, zero");
		break;
	case READ_STAGE:
		value = *(volatile uint32_t *)MEMORY_STAGE;
		break;
	case READ_MACHINE:
		value = *(volatile uint32_t *)MEMORY_MACHINE;
		break;
	case START_GENERATOR:
		*(volatile uint32_t *)MEMORY_GENERATOR = 0;
		break;
	case STOP_WATCHDOG:
		*(volatile uint32_t *)MEMORY_WATCHDOG = UINT32_MAX;
		break;
	case LEAVE_AS_A_GUEST:
		leave_as_a_guest();
		break;
	default:
		hang_deaf();
	}
	console_print("poke: nothing stopped it\n", value ? "" : NULL, NULL);
}
