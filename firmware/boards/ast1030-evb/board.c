/* SPDX-License-Identifier: Apache-2.0 */
/* ast1030-evb: start, clock, UARTs, flash, random numbers, reset, watchdog. What both programs have. */
#include "board.h"

#include "arch.h"
#include "drivers/aspeed_smc.h"
#include "drivers/ns16550.h"
#include "memory.h"
#include "vectors.h"

#define CORE_HZ 200000000u
/* The UARTs' clock is 24 MHz / 13: divided by 16 it is 115200. */
#define DIVISOR_115200 1

#define UART5      0x7e784000 /* console */
#define UART1      0x7e783000 /* line */
#define FMC        0x7e620000
#define FMC_WINDOW 0x80000000
#define FLASH_SIZE (8u << 20)

#define WATCHDOG         0x7e785000
#define WATCHDOG_RELOAD  ARCH_REG(WATCHDOG + 0x04)
#define WATCHDOG_RESTART ARCH_REG(WATCHDOG + 0x08)
#define WATCHDOG_CONTROL ARCH_REG(WATCHDOG + 0x0c)
#define WATCHDOG_MAGIC   0x4755
#define WATCHDOG_ON      0x13 /* enabled, resets the system, counts microseconds */

#define RANDOM_DATA ARCH_REG(0x7e6e2540)

/* ---- UARTs ---- */

static uint8_t rx_bytes[2048], tx_bytes[512];
static struct ns16550 line = {.base = UART1,
			      .stride = 4,
			      .rx = {rx_bytes, sizeof(rx_bytes), 0, 0},
			      .tx = {tx_bytes, sizeof(tx_bytes), 0, 0}};
static struct ns16550 console = {.base = UART5, .stride = 4};

void board_uart1_interrupt(void)
{
	ns16550_interrupt(&line);
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

static const struct spi_bus fmc = {.select = aspeed_smc_select,
				   .write = aspeed_smc_write,
				   .read = aspeed_smc_read,
				   .registers = FMC,
				   .window = FMC_WINDOW};
static struct spi_nor nor = {.bus = &fmc, .size = FLASH_SIZE};
const struct rotor_flash board_flash = {
    .ops = &spi_nor_ops, .ctx = &nor, .geometry = {FLASH_SIZE, SPI_NOR_SECTOR, SPI_NOR_PAGE}};

/* ---- the rest ---- */

void board_start(void)
{
	ns16550_start(&console, DIVISOR_115200);
	ns16550_start(&line, DIVISOR_115200);
	aspeed_smc_start(&fmc);
	arch_tick_start(CORE_HZ);
	arch_interrupt_enable(AST1030_UART1_IRQ);
}

rotor_ms board_now(void)
{
	return arch_ticks();
}

void board_wait(void)
{
	__asm volatile("wfi");
}

/* The generator gives 32 bits at a time, of which a sample is one byte: the rest is not counted on. */
static enum rotor_status sample(void *ctx, uint8_t *out)
{
	(void)ctx;
	*out = (uint8_t)RANDOM_DATA;
	return ROTOR_OK;
}

/* A claim for QEMU's generator, which is the host's; a real board's comes from an assessment of its source. */
const struct rotor_entropy_source board_entropy = {.sample = sample, .bits = 4};

void board_reset(void)
{
	arch_reset_chip();
}

void board_watchdog_start(uint32_t ms)
{
	WATCHDOG_RELOAD = ms * 1000;
	WATCHDOG_RESTART = WATCHDOG_MAGIC;
	WATCHDOG_CONTROL = WATCHDOG_ON;
}

void board_watchdog_feed(void)
{
	WATCHDOG_RESTART = WATCHDOG_MAGIC;
}
