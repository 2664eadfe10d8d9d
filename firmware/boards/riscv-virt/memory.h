/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory map of QEMU's RISC-V machine `virt`, for the linker scripts and the memory protection: sizes are powers of two,
 * and each region is aligned to its size.
 */
#ifndef ROTOR_RISCV_VIRT_MEMORY_H
#define ROTOR_RISCV_VIRT_MEMORY_H

/* The ROM stage, with the machine layer: stands for mask ROM. */
#define MEMORY_ROM      0x80000000
#define MEMORY_ROM_SIZE 0x00040000
/* Its last page stands for one-time-programmable fuses: device secret and key hashes. */
#define MEMORY_OTP      0x8003f000
#define MEMORY_OTP_SIZE 0x00001000
/* Data and stack of the ROM stage; the first page is the guard below the stack. */
#define MEMORY_STAGE      0x80040000
#define MEMORY_STAGE_SIZE 0x00010000
/* What the ROM stage leaves for the runtime. */
#define MEMORY_MAILBOX      0x80050000
#define MEMORY_MAILBOX_SIZE 0x00002000
/* What the machine layer leaves of a fault for the next start. */
#define MEMORY_FAULT      0x80052000
#define MEMORY_FAULT_SIZE 0x00000020
/* The two above, as one region. */
#define MEMORY_SHARED      0x80050000
#define MEMORY_SHARED_SIZE 0x00004000
/* The machine layer's own data and stack, which nothing else reaches. */
#define MEMORY_MACHINE      0x80054000
#define MEMORY_MACHINE_SIZE 0x00001000
/* The verified copy: body of the image. */
#define MEMORY_CODE      0x80080000
#define MEMORY_CODE_SIZE 0x00080000
/* Data and stack of the runtime; the first page is the guard below the stack. */
#define MEMORY_DATA      0x80100000
#define MEMORY_DATA_SIZE 0x00020000
/* The first page of each data region, which no access may reach. The stack is the next thing, and grows down to it. */
#define MEMORY_GUARD_SIZE 0x1000
#define MEMORY_STACK_SIZE 0x4000

/* Of the machine. */
#define VIRT_PLIC      0x0c000000
#define VIRT_PLIC_SIZE 0x00400000
#define VIRT_UART      0x10000000
#define VIRT_UART_SIZE 0x00001000
#define VIRT_FLASH     0x20000000 /* bank 0: slots, records, certificates */
#define VIRT_FUSES     0x22000000 /* bank 1: stands for fuses that are blown in the field */
#define VIRT_BANK_SIZE 0x02000000
/* Where the machine layer puts the console's UART: a port of the PCI bus, of which this page is part. */
#define VIRT_CONSOLE      0x03001000
#define VIRT_CONSOLE_SIZE 0x00001000
#define VIRT_CONSOLE_PORT 0x1000

/* What the runtime must not reach, for tests: the fuses, the generator that writes memory by itself, the watchdog's timer. */
#define MEMORY_FUSES     VIRT_FUSES
#define MEMORY_GENERATOR 0x10001000
#define MEMORY_WATCHDOG  0x02004000

#endif
