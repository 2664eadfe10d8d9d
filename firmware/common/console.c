/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "board.h"

static void print(const char *text)
{
	for (; *text; text++) {
		char c = *text == '\n' || (*text >= 0x20 && *text <= 0x7e) ? *text : '.';
		if (c == '\n') {
			board_console("\r", 1);
		}
		board_console(&c, 1);
	}
}

void console_print(const char *first, ...)
{
	va_list more;
	va_start(more, first);
	for (const char *text = first; text; text = va_arg(more, const char *)) {
		print(text);
	}
	va_end(more);
}

const char *console_decimal(uint32_t value, char text[CONSOLE_NUMBER])
{
	char *at = text + CONSOLE_NUMBER - 1;
	*at = 0;
	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	return at;
}

const char *console_hex(uint32_t value, char text[CONSOLE_NUMBER])
{
	char *at = text + CONSOLE_NUMBER - 1;
	*at = 0;
	do {
		*--at = "0123456789abcdef"[value % 16];
		value /= 16;
	} while (value);
	*--at = 'x';
	*--at = '0';
	return at;
}

void console_last_fault(void)
{
	struct board_fault fault = board_last_fault;
	char n[5][CONSOLE_NUMBER];
	memset(&board_last_fault, 0, sizeof(board_last_fault));
	if (fault.magic == BOARD_FAULT_MAGIC) {
		bool hung = fault.kind == BOARD_FAULT_WATCHDOG;
		console_print("fault: the last start ended by ",
			      hung ? "the watchdog" : "exception ",
			      hung ? "" : console_decimal(fault.kind, n[0]), ": pc ",
			      console_hex(fault.pc, n[1]), ", lr ", console_hex(fault.lr, n[2]),
			      ", status ", console_hex(fault.status, n[3]), ", address ",
			      console_hex(fault.address, n[4]), "\n", NULL);
	}
}
