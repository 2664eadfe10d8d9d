/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/cfi_flash.h"

#include <string.h>

/* The same for each of the two chips. */
#define BOTH(x) ((uint32_t)(x) << 16 | (uint32_t)(x))

enum {
	ERASE = 0x20,
	CLEAR_STATUS = 0x50,
	QUERY = 0x98,
	CONFIRM = 0xd0,
	BUFFERED_PROGRAM = 0xe8,
	READ_ARRAY = 0xff,
};

#define STATUS_READY  0x80u
#define STATUS_FAILED 0x3au /* erase, program, voltage, locked */

/* Words (one for each of the two chips is one) of the query; the command set is the first number after "QRY". */
#define QUERY_ADDRESS 0x55
#define QUERY_TEXT    0x10
#define QUERY_SET     0x13
#define SET_INTEL     1u

static volatile uint32_t *word(const struct cfi_flash *flash, uint32_t offset)
{
	return (volatile uint32_t *)(flash->base + offset);
}

static void command(const struct cfi_flash *flash, uint32_t offset, uint32_t value)
{
	*word(flash, offset & ~UINT32_C(3)) = BOTH(value);
}

bool cfi_flash_start(struct cfi_flash *flash)
{
	command(flash, 0, READ_ARRAY);
	command(flash, 0, CLEAR_STATUS);
	command(flash, QUERY_ADDRESS * 4, QUERY);
	bool there = *word(flash, QUERY_TEXT * 4) == BOTH('Q') &&
		     *word(flash, (QUERY_TEXT + 1) * 4) == BOTH('R') &&
		     *word(flash, (QUERY_TEXT + 2) * 4) == BOTH('Y') &&
		     *word(flash, QUERY_SET * 4) == BOTH(SET_INTEL);
	command(flash, 0, READ_ARRAY);
	flash->doing = CFI_FLASH_NOTHING;
	flash->busy = false;
	return there;
}

/* Whether the chips are busy; once they are not, they are made readable again, and what came of it is kept. */
static bool is_busy(struct cfi_flash *flash)
{
	if (!flash->busy) {
		return false;
	}
	uint32_t status = *word(flash, flash->offset & ~UINT32_C(3));
	if ((status & BOTH(STATUS_READY)) != BOTH(STATUS_READY)) {
		return true;
	}
	command(flash, 0, CLEAR_STATUS);
	command(flash, 0, READ_ARRAY);
	flash->busy = false;
	flash->result = status & BOTH(STATUS_FAILED) ? ROTOR_ERR_IO : ROTOR_OK;
	return false;
}

/* Whether what was begun last is this, which is asked for again. */
static bool is_mine(const struct cfi_flash *flash, enum cfi_flash_doing doing, uint32_t offset,
		    size_t len)
{
	return flash->doing == doing && flash->offset == offset && flash->len == len;
}

static void begin(struct cfi_flash *flash, enum cfi_flash_doing doing, uint32_t offset, size_t len)
{
	flash->doing = doing;
	flash->offset = offset;
	flash->len = len;
	flash->done = 0;
}

static enum rotor_status end(struct cfi_flash *flash)
{
	flash->doing = CFI_FLASH_NOTHING;
	return flash->result;
}

static enum rotor_status flash_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct cfi_flash *flash = ctx;
	if (is_busy(flash)) {
		return ROTOR_PENDING;
	}
	memcpy(buf, (const void *)(flash->base + offset), len);
	return ROTOR_OK;
}

static enum rotor_status flash_erase(void *ctx, uint32_t offset)
{
	struct cfi_flash *flash = ctx;
	if (is_busy(flash)) {
		return ROTOR_PENDING;
	}
	if (is_mine(flash, CFI_FLASH_ERASING, offset, flash->sector)) {
		return end(flash);
	}
	begin(flash, CFI_FLASH_ERASING, offset, flash->sector);
	command(flash, offset, ERASE);
	command(flash, offset, CONFIRM);
	flash->busy = true;
	return ROTOR_PENDING;
}

/*
 * Starts to write a part that does not cross a page. Bits can only be cleared, and those beside the bytes that are meant
 * are to stay as they are: each word is what it was, with the zeros of the new bytes.
 */
static size_t start_page(const struct cfi_flash *flash, uint32_t offset, const uint8_t *data,
			 size_t len)
{
	uint32_t words[CFI_FLASH_PAGE / 4];
	uint32_t first = offset & ~UINT32_C(3);
	size_t part = CFI_FLASH_PAGE - offset % CFI_FLASH_PAGE;
	part = len < part ? len : part;
	uint32_t count = (uint32_t)(offset + part - first + 3) / 4;
	for (uint32_t i = 0; i < count; i++) {
		words[i] = *word(flash, first + 4 * i);
	}
	uint8_t *bytes = (uint8_t *)words + (offset - first);
	for (size_t i = 0; i < part; i++) {
		bytes[i] &= data[i];
	}
	command(flash, first, BUFFERED_PROGRAM);
	command(flash, first, count - 1);
	for (uint32_t i = 0; i < count; i++) {
		*word(flash, first + 4 * i) = words[i];
	}
	command(flash, first, CONFIRM);
	return part;
}

static enum rotor_status flash_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct cfi_flash *flash = ctx;
	if (is_busy(flash)) {
		return ROTOR_PENDING;
	}
	if (!is_mine(flash, CFI_FLASH_PROGRAMMING, offset, len)) {
		begin(flash, CFI_FLASH_PROGRAMMING, offset, len);
	} else if (flash->done == len || flash->result != ROTOR_OK) {
		return end(flash);
	}
	flash->done += start_page(flash, offset + (uint32_t)flash->done,
				  (const uint8_t *)data + flash->done, len - flash->done);
	flash->busy = true;
	return ROTOR_PENDING;
}

const struct rotor_flash_ops cfi_flash_ops = {
    .read = flash_read, .erase = flash_erase, .program = flash_program};
