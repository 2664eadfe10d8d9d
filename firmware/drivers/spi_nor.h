/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SPI NOR flash chip by its common commands (JEDEC): 24-bit addresses, sectors of 4 KiB, pages of 256 bytes. Erase and
 * program are started and then asked for: the caller gets ROTOR_PENDING while the chip is busy, and never waits.
 */
#ifndef ROTOR_FIRMWARE_SPI_NOR_H
#define ROTOR_FIRMWARE_SPI_NOR_H

#include "rotor/boot.h"

#define SPI_NOR_SECTOR 4096
#define SPI_NOR_PAGE   256

/* The bus that the chip is on. */
struct spi_bus {
	void (*select)(const struct spi_bus *bus, bool on);
	void (*write)(const struct spi_bus *bus, const uint8_t *bytes, size_t len);
	void (*read)(const struct spi_bus *bus, uint8_t *bytes, size_t len);
	uintptr_t registers, window; /* the bus driver's own */
	uint8_t cs;                  /* likewise: which of the bus's chips */
};

struct spi_nor {
	const struct spi_bus *bus;
	uint32_t size; /* of the chip */
	/* the operation that is under way */
	uint8_t command; /* 0: none */
	uint32_t offset;
	size_t len, done;
};

/* The port for rotor's boot module; `ctx` is a struct spi_nor. */
extern const struct rotor_flash_ops spi_nor_ops;

/* Whether a chip answers, and holds so many bytes. */
bool spi_nor_present(struct spi_nor *nor);

#endif
