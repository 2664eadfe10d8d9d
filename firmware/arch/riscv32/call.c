/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "arch.h"

void arch_call(enum arch_call call, uint32_t argument)
{
	register uint32_t a0 __asm("a0") = argument;
	register uint32_t a7 __asm("a7") = (uint32_t)call;
	__asm volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
}

_Noreturn void arch_call_last(enum arch_call call)
{
	arch_call(call, 0);
	for (;;) {
	}
}

size_t arch_call_entropy(uint8_t bytes[ARCH_ENTROPY_CHUNK])
{
	register uint32_t a0 __asm("a0") = 0;
	register uint32_t a1 __asm("a1") = 0;
	register uint32_t a2 __asm("a2") = 0;
	register uint32_t a3 __asm("a3") = 0;
	register uint32_t a4 __asm("a4") = 0;
	register uint32_t a7 __asm("a7") = ARCH_CALL_ENTROPY;
	__asm volatile("ecall"
		       : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4)
		       : "r"(a7)
		       : "memory");
	/* Taken out of their registers before anything is called, which may use these. */
	const uint32_t count = a0;
	const uint32_t words[] = {a1, a2, a3, a4};
	_Static_assert(sizeof(words) == ARCH_ENTROPY_CHUNK, "four registers");
	memcpy(bytes, words, sizeof(words));
	return count <= sizeof(words) ? count : 0;
}
