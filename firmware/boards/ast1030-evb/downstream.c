/* SPDX-License-Identifier: Apache-2.0 */
/* ast1030-evb: the chip behind the device is the second one on the flash controller of the first (FMC). */
#include "board.h"
#include "drivers/aspeed_smc.h"

#define FMC       0x7e620000
#define WINDOW    0x88000000
#define CHIP_SIZE (8u << 20)

static const struct spi_bus fmc = {.select = aspeed_smc_select,
				   .write = aspeed_smc_write,
				   .read = aspeed_smc_read,
				   .registers = FMC,
				   .window = WINDOW,
				   .cs = 1};
static struct spi_nor chip = {.bus = &fmc, .size = CHIP_SIZE};
const struct rotor_flash board_downstream = {
    .ops = &spi_nor_ops, .ctx = &chip, .geometry = {CHIP_SIZE, SPI_NOR_SECTOR, SPI_NOR_PAGE}};

bool board_downstream_start(void)
{
	aspeed_smc_start(&fmc);
	return spi_nor_present(&chip);
}
