/* SPDX-License-Identifier: Apache-2.0 */
/* ast1030-evb: which memory may be read, written, executed, and when. */
#include "arch.h"
#include "board.h"
#include "memory.h"

/*
 * The guard below each stack is the read-only memory before its region: the end of the ROM, the code. It is there because
 * the stacks stand lowest, and it needs no region of its own.
 */
#define ROM                                                                                        \
	{                                                                                          \
		MEMORY_ROM, MEMORY_ROM_SIZE, ARCH_EXECUTE                                          \
	}
#define OTP                                                                                        \
	{                                                                                          \
		MEMORY_OTP, MEMORY_OTP_SIZE, ARCH_READ_WRITE                                       \
	} /* "written" when it is shut */
#define STAGE                                                                                      \
	{                                                                                          \
		MEMORY_STAGE, MEMORY_STAGE_SIZE, ARCH_READ_WRITE                                   \
	}
/* Mailbox and fault record. */
#define SHARED                                                                                     \
	{                                                                                          \
		MEMORY_MAILBOX, 0x4000, ARCH_READ_WRITE                                            \
	}
#define CODE(a)                                                                                    \
	{                                                                                          \
		MEMORY_CODE, MEMORY_CODE_SIZE, a                                                   \
	}
#define DATA                                                                                       \
	{                                                                                          \
		MEMORY_DATA, MEMORY_DATA_SIZE, ARCH_READ_WRITE                                     \
	}
#define GUARD                                                                                      \
	{                                                                                          \
		(uint32_t)(uintptr_t) arch_stack_guard, MEMORY_GUARD_SIZE, ARCH_NONE               \
	}
#define DEVICES                                                                                    \
	{                                                                                          \
		0x7e600000, 0x00200000, ARCH_DEVICE                                                \
	}
#define WINDOWS                                                                                    \
	{                                                                                          \
		0x80000000, 0x20000000, ARCH_DEVICE                                                \
	} /* FMC and SPI1 */
/* The runtime has the chips of one controller: its own, and the one behind. The controller of the fuses is out of reach. */
#define FMC_WINDOW                                                                                 \
	{                                                                                          \
		0x80000000, 0x10000000, ARCH_DEVICE                                                \
	}
#define SPI1                                                                                       \
	{                                                                                          \
		0x7e630000, 0x00010000, ARCH_NONE                                                  \
	}

void board_protect(enum board_protection protection)
{
	const struct arch_region loading[] = {ROM,     OTP,    STAGE, SHARED, CODE(ARCH_READ_WRITE),
					      DEVICES, WINDOWS};
	const struct arch_region sealed[] = {ROM,     OTP,    STAGE, SHARED, CODE(ARCH_READ),
					     DEVICES, WINDOWS};
	const struct arch_region runtime[] = {CODE(ARCH_EXECUTE), DATA, SHARED, DEVICES, SPI1,
					      FMC_WINDOW};
	switch (protection) {
	case BOARD_PROTECT_LOADING:
		arch_protect(loading, sizeof(loading) / sizeof(loading[0]));
		break;
	case BOARD_PROTECT_SEALED:
		arch_protect(sealed, sizeof(sealed) / sizeof(sealed[0]));
		break;
	case BOARD_PROTECT_RUNTIME:
		arch_protect(runtime, sizeof(runtime) / sizeof(runtime[0]));
		break;
	}
}

/* The code can be executed, and still not be written. */
void board_hand_over(void)
{
	static const struct arch_region leaving[] = {ROM,  STAGE,  SHARED, CODE(ARCH_EXECUTE),
						     DATA, DEVICES};
	arch_protect(leaving, sizeof(leaving) / sizeof(leaving[0]));
	arch_jump(MEMORY_CODE, MEMORY_STAGE, MEMORY_STAGE + MEMORY_STAGE_SIZE);
}
