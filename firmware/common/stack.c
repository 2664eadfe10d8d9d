/* SPDX-License-Identifier: Apache-2.0 */
#include "stack.h"

#define PAINT 0x5aa5c33cu
/* Left unpainted below the frame of stack_paint(). */
#define MARGIN 64

extern uint32_t arch_stack_start[], arch_stack_end[];

void stack_paint(uint32_t *start)
{
	uint32_t *end = (uint32_t *)((uintptr_t)__builtin_frame_address(0) - MARGIN);
	for (volatile uint32_t *at = start; at < end; at++) {
		*at = PAINT;
	}
}

size_t stack_size(void)
{
	return (size_t)((uintptr_t)arch_stack_end - (uintptr_t)arch_stack_start);
}

size_t stack_used(void)
{
	const volatile uint32_t *at = arch_stack_start;
	while (at < arch_stack_end && *at == PAINT) {
		at++;
	}
	return (size_t)((uintptr_t)arch_stack_end - (uintptr_t)at);
}
