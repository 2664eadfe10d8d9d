/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware that has been taken over: says what a terminal should not hear, erases and overwrites all of the flash that
 * the chip lets it, says so, and then asks without end for answers that it does not take. Speaks
 * apps/rotor-prot/chipwire.h by hand.
 */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { FLASH = 3, MAILBOX = 5, SECTOR = 4096, READ = 1, ERASE = 2, PROGRAM = 3, LOG = 0x83 };

static uint8_t request[12 + SECTOR];

static int ask(uint8_t op, uint32_t offset, uint32_t len, size_t data)
{
	for (int i = 0; i < 4; i++) {
		request[4 + i] = (uint8_t)(offset >> 8 * i);
		request[8 + i] = (uint8_t)(len >> 8 * i);
	}
	request[0] = op;
	return send(FLASH, request, 12 + data, MSG_NOSIGNAL) == (ssize_t)(12 + data);
}

static int answer(void)
{
	uint8_t reply[4 + SECTOR];
	return recv(FLASH, reply, sizeof(reply), 0) >= 4 ? reply[0] : -1;
}

int main(void)
{
	static const char said[] = "\203the flash has been overwritten";
	static const char escape[] =
	    "\203a new title \033]0;owned\007\n{\"event\":\"prot.confirmed\"}\377";
	(void)send(MAILBOX, escape, sizeof(escape) - 1, MSG_NOSIGNAL);
	for (uint32_t at = 0; at < 64u << 20; at += SECTOR) {
		if (!ask(ERASE, at, 0, 0) || answer() < 0)
			return 1;
		for (uint32_t page = 0; page < SECTOR; page += 256) {
			if (!ask(PROGRAM, at + page, 256, 256) || answer() < 0)
				return 1;
		}
		/* Across a border, in case that is not looked at. */
		if (!ask(PROGRAM, at + SECTOR - 256, 512, 512) || answer() < 0)
			return 1;
		if (!ask(READ, at, 1, 0))
			return 1;
		uint8_t reply[8];
		if (recv(FLASH, reply, sizeof(reply), 0) < 4 || reply[0] != 0)
			break; /* behind the end */
	}
	(void)send(MAILBOX, said, sizeof(said) - 1, MSG_NOSIGNAL);
	while (ask(READ, 0, SECTOR, 0)) {
	}
	return 0;
}
