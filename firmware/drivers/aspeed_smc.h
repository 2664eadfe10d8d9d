/* SPDX-License-Identifier: Apache-2.0 */
/* ASPEED's static memory controller (FMC, SPI1, SPI2) in user mode: bytes to and from the window go to the chip. */
#ifndef ROTOR_FIRMWARE_ASPEED_SMC_H
#define ROTOR_FIRMWARE_ASPEED_SMC_H

#include "drivers/spi_nor.h"

/* Registers, the window of the chip and its number are filled in by the board. */
void aspeed_smc_start(const struct spi_bus *bus);
void aspeed_smc_select(const struct spi_bus *bus, bool on);
void aspeed_smc_write(const struct spi_bus *bus, const uint8_t *bytes, size_t len);
void aspeed_smc_read(const struct spi_bus *bus, uint8_t *bytes, size_t len);

#endif
