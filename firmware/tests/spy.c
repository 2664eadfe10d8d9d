/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware that looks for the device secret in all memory that the processor reaches, and in both flash chips. It turns
 * the memory protection off first, as any privileged code can: what it must not find has to be gone, not just out of reach.
 * Whoever tests with it writes the complement of the secret behind the marker before the image is signed.
 */
#include <string.h>

#include "arch.h"
#include "board.h"
#include "console.h"
#include "drivers/aspeed_smc.h"
#include "memory.h"
#include "runtime.h"

#define SECRET_SIZE ROTOR_BOOT_SECRET_SIZE
#define MPU_CTRL    ARCH_REG(0xe000ed94)

static volatile const struct {
	char marker[16];
	uint8_t complement[SECRET_SIZE];
} spy = {"spy looks for:", {0}};

static uint32_t found;

/* The same bytes, or any eight of them in a row at the start. */
static bool is_secret(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((bytes[i] ^ spy.complement[i]) != 0xff) {
			return false;
		}
	}
	return true;
}

static void look(const char *where, const uint8_t *bytes, size_t len)
{
	char n[CONSOLE_NUMBER];
	for (size_t i = 0; i + 8 <= len; i++) {
		if (is_secret(bytes + i, 8)) {
			found++;
			console_print("spy: the secret is in ", where, " at ",
				      console_hex((uint32_t)i, n), "\n", NULL);
		}
	}
}

static void look_into_flash(const char *where, struct spi_nor *nor)
{
	static uint8_t sector[SPI_NOR_SECTOR + 8];
	for (uint32_t at = 0; at < nor->size; at += SPI_NOR_SECTOR) {
		size_t len = nor->size - at < sizeof(sector) ? nor->size - at : sizeof(sector);
		while (spi_nor_ops.read(nor, at, sector, len) == ROTOR_PENDING) {
		}
		look(where, sector, len);
		board_watchdog_feed();
	}
}

void runtime_started(void)
{
	static const struct spi_bus spi1 = {.select = aspeed_smc_select,
					    .write = aspeed_smc_write,
					    .read = aspeed_smc_read,
					    .registers = 0x7e630000,
					    .window = 0x90000000};
	static struct spi_nor fuses = {.bus = &spi1, .size = 1u << 20};
	char n[CONSOLE_NUMBER];
	MPU_CTRL = 0;
	__asm volatile("dsb\n\tisb");
	look("memory", (const uint8_t *)MEMORY_ROM, MEMORY_ALL_SIZE);
	board_watchdog_feed();
	look_into_flash("the first flash chip", board_flash.ctx);
	aspeed_smc_start(&spi1);
	look_into_flash("the second flash chip", &fuses);
	/* That the looking works: what it looks for, put where it looks. */
	static uint8_t bait[SECRET_SIZE];
	for (size_t i = 0; i < sizeof(bait); i++) {
		bait[i] = spy.complement[i] ^ 0xff;
	}
	uint32_t before = found;
	look("the bait", bait, sizeof(bait));
	console_print("spy: the bait was ", found == before ? "missed" : "found",
		      "; places besides: ", console_decimal(before, n), "\n", NULL);
}
