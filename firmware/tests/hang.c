/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware that hangs before it has proved itself: the watchdog must reset it, and the boot stage go back. */
#include "runtime.h"

void runtime_started(void)
{
	for (;;) {
		__asm volatile("");
	}
}
