/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a board provides. A port is one folder, firmware/boards/NAME, with these functions, a memory map (memory.h) and
 * two linker scripts; docs/porting.md says what each must do and how to know that it does.
 *
 * Two programs are built for a board. The ROM stage cannot be changed: it runs the boot stage and hands over. The
 * runtime is what a slot holds. Both link the same drivers, but for the fuses, which the ROM stage alone has.
 */
#ifndef ROTOR_FIRMWARE_BOARD_H
#define ROTOR_FIRMWARE_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/boot.h"
#include "rotor/entropy.h"
#include "rotor/status.h"
#include "rotor/time.h"

/* ---- start, clock ---- */

/*
 * Once in each program, before the rest: UARTs, tick, flash. The hardware is as the last program left it: bytes may be
 * waiting, interrupts pending. Interrupts are on when it returns.
 */
void board_start(void);
/* Milliseconds since board_start(), from a tick that goes on while the processor waits. */
rotor_ms board_now(void);
/* Waits for the next interrupt; the tick is one. */
void board_wait(void);

/* ---- console: for people; what does not fit is dropped, and never waited for by the runtime ---- */

void board_console(const char *text, size_t len);

/* ---- the line to the agent: bytes of the serial binding, received and sent by interrupt ---- */

/* Bytes that have come, at most `cap`. */
size_t board_line_read(uint8_t *buf, size_t cap);
/* Bytes that board_line_write() would take now. */
size_t board_line_room(void);
/* Takes bytes to be sent. @return how many it had room for */
size_t board_line_write(const uint8_t *bytes, size_t len);
/* All bytes taken have left. */
bool board_line_idle(void);
/* Bytes that came while there was no room for them, and were lost. */
uint32_t board_line_lost(void);

/* ---- flash ---- */

/* The chip that holds slots, records and certificates. geometry.size is the chip's. */
extern const struct rotor_flash board_flash;

/* ---- the runtime alone: a chip behind the device, which the device updates (rotor/boot_chip.h) ---- */

/* Its flash, of two banks. */
extern const struct rotor_flash board_downstream;
/* Once, before it is used. @return whether there is one */
bool board_downstream_start(void);

/* ---- entropy ---- */

/* The generator's raw samples; health tests and conditioning are the library's. */
extern const struct rotor_entropy_source board_entropy;

/* ---- reset, watchdog ---- */

/* Resets the chip, ROM stage first. */
_Noreturn void board_reset(void);
/* From here on the chip resets unless it is fed once in `ms` milliseconds. Nothing stops it: there is no function that could. */
void board_watchdog_start(uint32_t ms);
void board_watchdog_feed(void);

/* ---- memory protection: nothing is writable and executable at once ---- */

enum board_protection {
	BOARD_PROTECT_LOADING, /* ROM stage: its code read-only, its data and the code memory writable */
	BOARD_PROTECT_SEALED, /* ROM stage: the code memory read-only until the reset, or until the ROM stage begins with another image */
	BOARD_PROTECT_RUNTIME, /* runtime: the copy executable, the ROM and the fuses out of reach */
};
void board_protect(enum board_protection protection);

/* ---- the ROM stage alone ---- */

/* Device secret, key hashes, floor, revocations. A board that has no fuses takes those of rom/fuses.c ... */
extern const struct rotor_fuses board_fuses;
/* ... which are, for device secret and key hashes, this page of memory, filled at each reset and wiped before the runtime, */
#define BOARD_OTP_SIZE 512
extern volatile uint8_t board_otp[BOARD_OTP_SIZE];
/*
 * and for what is blown in the field a chip where programming only clears bits, at any offset and length; it is never
 * erased, and the runtime neither has a driver for it nor reaches it.
 */
extern const struct rotor_flash board_fuse_chip;
/* Once, before it is used. @return whether it is there */
bool board_fuse_chip_start(void);
/*
 * Leaves the ROM stage: interrupts off, its memory wiped (stack included), then the program at `entry`, the start of the
 * code memory.
 */
_Noreturn void board_hand_over(void);

/* ---- what the last start left behind ---- */

/* Why the runtime or the ROM stage was reset by a fault; in memory that a reset keeps. Untrusted: for the console only. */
struct board_fault {
	uint32_t magic; /* BOARD_FAULT_MAGIC if there is one */
	uint32_t kind;  /* of the architecture, or BOARD_FAULT_WATCHDOG */
	uint32_t pc, lr, status, address;
};
#define BOARD_FAULT_MAGIC 0x464c5452u
/* The watchdog has found the program here; where it is one that can say so. */
#define BOARD_FAULT_WATCHDOG UINT32_MAX
extern struct board_fault board_last_fault;

#endif
