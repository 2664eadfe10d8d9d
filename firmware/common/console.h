/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for people. */
#ifndef ROTOR_FIRMWARE_CONSOLE_H
#define ROTOR_FIRMWARE_CONSOLE_H

#include <stdint.h>

/* Prints all strings up to a NULL; what is not printable, but a line's end, is shown as a dot. */
void console_print(const char *first, ...);
/* Room for any number in decimal or hexadecimal, with its NUL. */
#define CONSOLE_NUMBER 12
/* Writes a number. @return text */
const char *console_decimal(uint32_t value, char text[CONSOLE_NUMBER]);
const char *console_hex(uint32_t value, char text[CONSOLE_NUMBER]);
/* Says why the last start ended, if a fault ended it, and forgets it. */
void console_last_fault(void);

#endif
