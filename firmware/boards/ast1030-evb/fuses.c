/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ast1030-evb: what stands for the fuses. QEMU's machine has none that could be blown, so they are in two places:
 *  - device secret and key hashes, which never change, in a page of the ROM's own memory: a section of the ELF
 *    file, which is loaded anew at each reset as if the fuses were read then. Shutting them is wiping that page.
 *  - floor and revocations, which are blown in the field, in a second flash chip on a controller of its own (SPI1). The
 *    runtime is not linked with this file, and its memory protection shuts the controller away.
 */
#include "board.h"
#include "drivers/aspeed_smc.h"

#define SPI1        0x7e630000
#define SPI1_WINDOW 0x90000000
#define CHIP_SIZE   (1u << 20)

__attribute__((section(".otp"), used)) volatile uint8_t board_otp[BOARD_OTP_SIZE] = {0};

static const struct spi_bus spi1 = {.select = aspeed_smc_select,
				    .write = aspeed_smc_write,
				    .read = aspeed_smc_read,
				    .registers = SPI1,
				    .window = SPI1_WINDOW};
static struct spi_nor chip = {.bus = &spi1, .size = CHIP_SIZE};
const struct rotor_flash board_fuse_chip = {
    .ops = &spi_nor_ops, .ctx = &chip, .geometry = {CHIP_SIZE, SPI_NOR_SECTOR, SPI_NOR_PAGE}};

bool board_fuse_chip_start(void)
{
	aspeed_smc_start(&spi1);
	return spi_nor_present(&chip);
}
