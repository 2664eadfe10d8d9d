/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs from registers, so that the compiler knows nothing of them and keeps all that they can lead to.
 */
#include "port.h"

extern void main_loop(void);
void reset(void);

#define REGISTER(n) (*(volatile uint32_t *)(UINT32_C(0x40000000) + 4 * (n)))

static uint8_t buffer[300];

size_t port_receive(uint8_t **bytes)
{
	size_t n = REGISTER(0) % sizeof(buffer);

	for (size_t i = 0; i < n; i++)
		buffer[i] = (uint8_t)REGISTER(1);
	*bytes = buffer;
	return n;
}

bool port_send(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		REGISTER(2) = bytes[i];
	return REGISTER(3) != 0;
}

rotor_ms port_now(void)
{
	return REGISTER(4);
}

uint32_t port_number(void)
{
	return REGISTER(5);
}

void reset(void)
{
	main_loop();
	for (;;)
		;
}

/* The table's other entries are not needed to be counted. */
extern const uint8_t stack_top[];
__attribute__((used, section(".vectors"))) static const struct {
	const uint8_t *stack;
	void (*reset)(void);
} vectors = {stack_top, reset};
