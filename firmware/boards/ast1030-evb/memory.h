/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory map of the 768 KiB of SRAM at 0, for the linker scripts and the memory protection unit: sizes are powers of
 * two, and each region is aligned to its size.
 */
#ifndef ROTOR_AST1030_MEMORY_H
#define ROTOR_AST1030_MEMORY_H

#define MEMORY_ALL_SIZE 0x000c0000
/* The ROM stage: stands for mask ROM. */
#define MEMORY_ROM      0x00000000
#define MEMORY_ROM_SIZE 0x00020000
/* A page of it stands for one-time-programmable fuses: device secret and key hashes. */
#define MEMORY_OTP      0x0001e000
#define MEMORY_OTP_SIZE 0x00001000
/* Data and stack of the ROM stage. */
#define MEMORY_STAGE      0x00020000
#define MEMORY_STAGE_SIZE 0x00010000
/* What the ROM stage leaves for the runtime. */
#define MEMORY_MAILBOX      0x00030000
#define MEMORY_MAILBOX_SIZE 0x00002000
/* What a fault handler leaves for the next start. */
#define MEMORY_FAULT      0x00032000
#define MEMORY_FAULT_SIZE 0x00000020
/* The verified copy: body of the image. */
#define MEMORY_CODE      0x00040000
#define MEMORY_CODE_SIZE 0x00040000
/* Data and stack of the runtime. */
#define MEMORY_DATA      0x00080000
#define MEMORY_DATA_SIZE 0x00010000
/* The controller of the chip that stands for fuses, which the runtime must not reach. */
#define MEMORY_FUSES 0x7e630000
/* Each stack, at the lowest end of its data: below it lies memory that is read-only. */
#define MEMORY_STACK_SIZE 0x00002000

#endif
