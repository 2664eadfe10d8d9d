/* SPDX-License-Identifier: Apache-2.0 */
/*
 * riscv-virt: what stands for the fuses. QEMU's machine has none that could be blown, so they are in two places:
 *  - device secret and key hashes, which never change, in the last page of the ROM's own memory: a section of the ELF
 *    file, which is loaded anew at each reset as if the fuses were read then. Shutting them is wiping that page.
 *  - floor and revocations, which are blown in the field, in the second flash bank. The runtime is not linked with this
 *    file, and the memory protection does not let it reach the bank.
 */
#include "board.h"
#include "drivers/cfi_flash.h"
#include "memory.h"

#define SECTOR (256u << 10)

__attribute__((section(".otp"), used)) volatile uint8_t board_otp[BOARD_OTP_SIZE] = {0};

static struct cfi_flash bank = {.base = VIRT_FUSES, .sector = SECTOR};
const struct rotor_flash board_fuse_chip = {
    .ops = &cfi_flash_ops, .ctx = &bank, .geometry = {VIRT_BANK_SIZE, SECTOR, CFI_FLASH_PAGE}};

bool board_fuse_chip_start(void)
{
	return cfi_flash_start(&bank);
}
