/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/spi_nor.h"

enum {
	PAGE_PROGRAM = 0x02,
	READ = 0x03,
	READ_STATUS = 0x05,
	WRITE_ENABLE = 0x06,
	SECTOR_ERASE = 0x20,
	READ_ID = 0x9f,
};

#define STATUS_BUSY 0x01

/* One transaction: a command with up to three address bytes, then bytes out or in. */
static void transact(const struct spi_bus *bus, uint8_t command, const uint32_t *address,
		     const uint8_t *out, uint8_t *in, size_t len)
{
	uint8_t head[4] = {command};
	size_t head_len = 1;
	if (address) {
		head[1] = (uint8_t)(*address >> 16);
		head[2] = (uint8_t)(*address >> 8);
		head[3] = (uint8_t)*address;
		head_len = 4;
	}
	bus->select(bus, true);
	bus->write(bus, head, head_len);
	if (out) {
		bus->write(bus, out, len);
	} else if (in) {
		bus->read(bus, in, len);
	}
	bus->select(bus, false);
}

static bool busy(const struct spi_nor *nor)
{
	uint8_t status = 0xff;
	transact(nor->bus, READ_STATUS, NULL, NULL, &status, 1);
	return (status & STATUS_BUSY) != 0;
}

bool spi_nor_present(struct spi_nor *nor)
{
	uint8_t id[3] = {0};
	transact(nor->bus, READ_ID, NULL, NULL, id, sizeof(id));
	/* The third byte is the base-2 logarithm of the size in most makers' parts. */
	return id[0] != 0 && id[0] != 0xff && id[2] >= 16 && id[2] <= 24 &&
	       nor->size == UINT32_C(1) << id[2];
}

static void start(struct spi_nor *nor, uint8_t command, uint32_t offset, const uint8_t *data,
		  size_t len)
{
	transact(nor->bus, WRITE_ENABLE, NULL, NULL, NULL, 0);
	transact(nor->bus, command, &offset, data, NULL, len);
}

/* What is under way must be what is asked for again; anything else waits until the chip is free. */
static bool is_under_way(const struct spi_nor *nor, uint8_t command, uint32_t offset, size_t len)
{
	return nor->command == command && nor->offset == offset && nor->len == len;
}

static enum rotor_status nor_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct spi_nor *nor = ctx;
	if (nor->command && busy(nor)) {
		return ROTOR_PENDING;
	}
	transact(nor->bus, READ, &offset, NULL, buf, len);
	return ROTOR_OK;
}

static enum rotor_status nor_erase(void *ctx, uint32_t offset)
{
	struct spi_nor *nor = ctx;
	if (nor->command && busy(nor)) {
		return ROTOR_PENDING;
	}
	if (is_under_way(nor, SECTOR_ERASE, offset, 0)) {
		nor->command = 0;
		return ROTOR_OK;
	}
	nor->command = SECTOR_ERASE;
	nor->offset = offset;
	nor->len = 0;
	start(nor, SECTOR_ERASE, offset, NULL, 0);
	return ROTOR_PENDING;
}

static enum rotor_status nor_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct spi_nor *nor = ctx;
	if (nor->command && busy(nor)) {
		return ROTOR_PENDING;
	}
	if (!is_under_way(nor, PAGE_PROGRAM, offset, len)) {
		nor->command = PAGE_PROGRAM;
		nor->offset = offset;
		nor->len = len;
		nor->done = 0;
	}
	if (nor->done == len) {
		nor->command = 0;
		return ROTOR_OK;
	}
	size_t page = SPI_NOR_PAGE - (offset + nor->done) % SPI_NOR_PAGE;
	size_t part = len - nor->done < page ? len - nor->done : page;
	start(nor, PAGE_PROGRAM, offset + (uint32_t)nor->done, (const uint8_t *)data + nor->done,
	      part);
	nor->done += part;
	return ROTOR_PENDING;
}

const struct rotor_flash_ops spi_nor_ops = {
    .read = nor_read, .erase = nor_erase, .program = nor_program};
