/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware that does one thing which the memory protection must stop: POKE says which. */
#include "arch.h"
#include "board.h"
#include "console.h"
#include "memory.h"
#include "runtime.h"

enum { WRITE_CODE = 1, EXECUTE_DATA, READ_ROM, READ_FUSES, OVERFLOW };

static volatile bool more = true;

/* Not inlined, and not a loop: every call takes a frame. */
__attribute__((noinline)) static uint32_t deeper(volatile uint32_t *above)
{
	volatile uint32_t frame[64];
	frame[0] = *above + 1;
	return more ? deeper(frame) + frame[0] : 0;
}

void runtime_started(void)
{
	static uint32_t data[8] = {ARCH_RETURN, ARCH_RETURN};
	uint32_t value = 0;
	console_print("poke: now\n", NULL);
	switch (POKE) {
	case WRITE_CODE:
		*(volatile uint32_t *)(MEMORY_CODE + 0x100) = 0;
		break;
	case EXECUTE_DATA:
		((void (*)(void))((uintptr_t)data | 1))();
		break;
	case READ_ROM:
		value = *(volatile uint32_t *)MEMORY_OTP;
		break;
	case READ_FUSES:
		value = *(volatile uint32_t *)MEMORY_FUSES;
		break;
	default:
		value = deeper(&value);
		break;
	}
	console_print("poke: nothing stopped it\n", value ? "" : NULL, NULL);
}
