/* SPDX-License-Identifier: Apache-2.0 */
/* riscv-virt: what the machine layer needs of the board, and the memory protection of each phase. */
#include "machine/machine.h"

#include "arch.h"
#include "drivers/virtio_rng.h"
#include "memory.h"

#define CLOCK_HZ 10000000u

/* SiFive's test device: a word written there ends the emulation or resets the machine. */
#define TEST       ARCH_REG(0x00100000)
#define TEST_RESET 0x7777u

/* Core-local interruptor: compare register and clock of machine mode. */
#define MTIMECMP_LOW  ARCH_REG(0x02004000)
#define MTIMECMP_HIGH ARCH_REG(0x02004004)

#define VIRTIO       0x10001000
#define VIRTIO_STEP  0x1000
#define VIRTIO_COUNT 8

#define PCI_CONFIG    0x30000000
#define PCI_DEVICES   32
#define PCI_STEP      0x8000
#define PCI_COMMAND   0x04
#define PCI_BAR_0     0x10
#define PCI_IO_ENABLE 1u
#define PCI_SERIAL    0x00021b36u /* QEMU's 16550 on a card */

static struct virtio_rng generator __attribute__((section(".machine_memory")));

/* The machine has one UART, and that is the line: the console is a 16550 on a PCI card, which needs to be given its ports. */
static void find_console(void)
{
	for (uint32_t n = 0; n < PCI_DEVICES; n++) {
		uint32_t config = PCI_CONFIG + n * PCI_STEP;
		if (ARCH_REG(config) == PCI_SERIAL) {
			ARCH_REG(config + PCI_BAR_0) = VIRT_CONSOLE_PORT;
			ARCH_REG(config + PCI_COMMAND) = PCI_IO_ENABLE;
		}
	}
}

void machine_board_start(void)
{
	machine_board_timer(UINT32_MAX);
	find_console();
	(void)virtio_rng_start(&generator, VIRTIO, VIRTIO_COUNT, VIRTIO_STEP);
}

_Noreturn void machine_board_reset(void)
{
	TEST = TEST_RESET;
	for (;;) {
	}
}

void machine_board_timer(uint32_t ms)
{
	uint64_t at = arch_time() + (uint64_t)ms * (CLOCK_HZ / 1000);
	MTIMECMP_LOW = UINT32_MAX; /* never below what it is to be while it is written */
	MTIMECMP_HIGH = (uint32_t)(at >> 32);
	MTIMECMP_LOW = (uint32_t)at;
}

/*
 * The generator is behind the machine layer because it writes its random bytes into memory by itself: whoever could give
 * it an address would write past every protection.
 */
size_t machine_board_entropy(uint8_t *bytes, size_t len)
{
	return virtio_rng_take(&generator, bytes, len);
}

/* ---- memory protection ---- */

#define REGION(what, access)                                                                       \
	{                                                                                          \
		what, what##_SIZE, MACHINE_##access                                                \
	}
#define GUARD(of)                                                                                  \
	{                                                                                          \
		of, MEMORY_GUARD_SIZE, MACHINE_NONE                                                \
	}
#define BANK(which)                                                                                \
	{                                                                                          \
		which, VIRT_BANK_SIZE, MACHINE_READ_WRITE                                          \
	}
/* Interrupt controller, line, console. Not: PCI configuration, random generator, timers, test device, QEMU's fw_cfg. */
#define DEVICES                                                                                    \
	REGION(VIRT_PLIC, READ_WRITE), REGION(VIRT_UART, READ_WRITE),                              \
	    REGION(VIRT_CONSOLE, READ_WRITE)
/* All that the ROM stage has at any time; its fuses are written when they are shut. */
#define STAGE                                                                                      \
	REGION(MEMORY_OTP, READ_WRITE), REGION(MEMORY_ROM, EXECUTE), GUARD(MEMORY_STAGE),          \
	    REGION(MEMORY_STAGE, READ_WRITE), REGION(MEMORY_SHARED, READ_WRITE), DEVICES,          \
	    BANK(VIRT_FLASH), BANK(VIRT_FUSES)

static const struct machine_region loading[] = {STAGE, REGION(MEMORY_CODE, READ_WRITE)};
static const struct machine_region sealed[] = {STAGE, REGION(MEMORY_CODE, READ)};
/* ROM, fuses and the ROM stage's memory are in no entry: out of reach until the reset. */
static const struct machine_region runtime[] = {REGION(MEMORY_CODE, EXECUTE),
						GUARD(MEMORY_DATA),
						REGION(MEMORY_DATA, READ_WRITE),
						REGION(MEMORY_SHARED, READ_WRITE),
						DEVICES,
						BANK(VIRT_FLASH)};

#define TABLE(t)                                                                                   \
	{                                                                                          \
		t, sizeof(t) / sizeof((t)[0])                                                      \
	}
const struct machine_table machine_board_loading = TABLE(loading);
const struct machine_table machine_board_sealed = TABLE(sealed);
const struct machine_table machine_board_runtime = TABLE(runtime);
