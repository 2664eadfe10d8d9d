/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware that starts and then stands still, without ending: for the watchdog. */
#include <poll.h>

enum { MAILBOX = 5 };

int main(void)
{
	for (;;) {
		struct pollfd wait = {.fd = MAILBOX, .events = 0};
		(void)poll(&wait, 1, 1000);
		if (wait.revents)
			return 1; /* the chip has lost power */
	}
}
