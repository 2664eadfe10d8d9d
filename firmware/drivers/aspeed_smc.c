/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/aspeed_smc.h"

#define CONFIG           0x00
#define CONFIG_WRITE(cs) (1u << (16 + (cs)))
#define CE_CONTROL(cs)   (0x10u + 4u * (cs))
/* User mode, with the chip selected or released. */
#define CE_SELECTED 3u
#define CE_RELEASED 7u

static volatile uint32_t *reg(const struct spi_bus *bus, unsigned offset)
{
	return (volatile uint32_t *)(bus->registers + offset);
}

void aspeed_smc_start(const struct spi_bus *bus)
{
	*reg(bus, CONFIG) |= CONFIG_WRITE(bus->cs);
	*reg(bus, CE_CONTROL(bus->cs)) = CE_RELEASED;
}

void aspeed_smc_select(const struct spi_bus *bus, bool on)
{
	*reg(bus, CE_CONTROL(bus->cs)) = on ? CE_SELECTED : CE_RELEASED;
}

void aspeed_smc_write(const struct spi_bus *bus, const uint8_t *bytes, size_t len)
{
	volatile uint8_t *window = (volatile uint8_t *)bus->window;
	for (size_t i = 0; i < len; i++) {
		*window = bytes[i];
	}
}

void aspeed_smc_read(const struct spi_bus *bus, uint8_t *bytes, size_t len)
{
	volatile uint8_t *window = (volatile uint8_t *)bus->window;
	for (size_t i = 0; i < len; i++) {
		bytes[i] = *window;
	}
}
