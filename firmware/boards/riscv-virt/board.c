/* SPDX-License-Identifier: Apache-2.0 */
/* riscv-virt: start, clock, UARTs, flash, random numbers, reset, watchdog. What both programs have. */
#include "board.h"

#include "arch.h"
#include "drivers/cfi_flash.h"
#include "drivers/ns16550.h"
#include "drivers/plic.h"
#include "memory.h"

#define CLOCK_HZ 10000000u
/* The UARTs' clocks, 3.6864 and 1.8432 MHz, divided by 16 and this: 230400 and 115200. */
#define LINE_DIVISOR    1
#define CONSOLE_DIVISOR 1

#define UART_IRQ 10
#define IRQS     95

#define SECTOR (256u << 10)

/* ---- UARTs ---- */

static uint8_t rx_bytes[2048], tx_bytes[512];
static struct ns16550 line = {.base = VIRT_UART,
			      .stride = 1,
			      .rx = {rx_bytes, sizeof(rx_bytes), 0, 0},
			      .tx = {tx_bytes, sizeof(tx_bytes), 0, 0}};
static struct ns16550 console = {.base = VIRT_CONSOLE, .stride = 1};
/* Supervisor mode of the only hart. */
static const struct plic plic = {.base = VIRT_PLIC, .context = 1};

static void interrupt(void)
{
	unsigned source;
	while ((source = plic_claim(&plic)) != 0) {
		if (source == UART_IRQ) {
			ns16550_interrupt(&line);
		}
		plic_complete(&plic, source);
	}
}

void board_console(const char *text, size_t len)
{
	ns16550_print(&console, text, len);
}

size_t board_line_read(uint8_t *buf, size_t cap)
{
	return ns16550_read(&line, buf, cap);
}

size_t board_line_room(void)
{
	return line.tx.size - ring_used(&line.tx);
}

size_t board_line_write(const uint8_t *bytes, size_t len)
{
	return ns16550_write(&line, bytes, len);
}

bool board_line_idle(void)
{
	return ns16550_idle(&line);
}

uint32_t board_line_lost(void)
{
	return line.lost;
}

/* ---- flash ---- */

static struct cfi_flash bank = {.base = VIRT_FLASH, .sector = SECTOR};
const struct rotor_flash board_flash = {
    .ops = &cfi_flash_ops, .ctx = &bank, .geometry = {VIRT_BANK_SIZE, SECTOR, CFI_FLASH_PAGE}};

/* ---- the rest ---- */

void board_start(void)
{
	ns16550_start(&console, CONSOLE_DIVISOR);
	plic_start(&plic, IRQS);
	ns16550_start(&line, LINE_DIVISOR);
	plic_enable(&plic, UART_IRQ);
	(void)cfi_flash_start(&bank);
	arch_tick_start(CLOCK_HZ);
	arch_interrupts_start(interrupt);
}

rotor_ms board_now(void)
{
	return arch_ticks();
}

void board_wait(void)
{
	arch_wait();
}

/* A call brings some bytes, of which each is a sample. */
static enum rotor_status sample(void *ctx, uint8_t *out)
{
	static uint8_t bytes[ARCH_ENTROPY_CHUNK];
	static size_t have;
	(void)ctx;
	if (have == 0) {
		have = arch_call_entropy(bytes);
	}
	if (have == 0) {
		return ROTOR_ERR_IO;
	}
	*out = bytes[--have];
	bytes[have] = 0;
	return ROTOR_OK;
}

/* A claim for QEMU's generator, which is the host's; a real board's comes from an assessment of its source. */
const struct rotor_entropy_source board_entropy = {.sample = sample, .bits = 4};

void board_reset(void)
{
	arch_call_last(ARCH_CALL_RESET);
}

void board_watchdog_start(uint32_t ms)
{
	arch_call(ARCH_CALL_WATCHDOG_START, ms);
}

void board_watchdog_feed(void)
{
	arch_call(ARCH_CALL_WATCHDOG_FEED, 0);
}

/* ---- memory protection: the machine layer's tables; here it is only asked for ---- */

void board_protect(enum board_protection protection)
{
	switch (protection) {
	case BOARD_PROTECT_LOADING:
		arch_call(ARCH_CALL_LOADING, 0);
		break;
	case BOARD_PROTECT_SEALED:
		arch_call(ARCH_CALL_SEALED, 0);
		break;
	case BOARD_PROTECT_RUNTIME:
		/* In force since the ROM stage was left, and nothing in the runtime could change it. */
		break;
	}
}

void board_hand_over(void)
{
	arch_call_last(ARCH_CALL_LEAVE);
}
