/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bank of two 16-bit NOR flash chips side by side, 32 bits wide, with Intel's command set (CFI command set 1). Every
 * command goes to both chips at once and both must answer. Erase and program are started and then asked for: the caller
 * gets ROTOR_PENDING while the chips are busy, and never waits.
 */
#ifndef ROTOR_FIRMWARE_CFI_FLASH_H
#define ROTOR_FIRMWARE_CFI_FLASH_H

#include <stdbool.h>

#include "rotor/boot.h"

/* What is written at once at most; the chips' write buffers hold more. */
#define CFI_FLASH_PAGE 256

struct cfi_flash {
	uintptr_t base;
	uint32_t sector; /* erase block of the bank: twice that of a chip */
	/* the operation that is under way, or has ended and was not asked for again yet */
	enum cfi_flash_doing { CFI_FLASH_NOTHING, CFI_FLASH_ERASING, CFI_FLASH_PROGRAMMING } doing;
	uint32_t offset;
	size_t len, done;
	bool busy;
	enum rotor_status result; /* of what the chips did last, once they are not busy */
};

/* The port for rotor's boot module; `ctx` is a struct cfi_flash. Any offset and length can be programmed. */
extern const struct rotor_flash_ops cfi_flash_ops;

/* Ends what a reset may have cut, and makes the chips readable. @return whether they are there, with this command set */
bool cfi_flash_start(struct cfi_flash *flash);

#endif
