/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/machine.h"

#define NAPOT 0x18u

/* The registers have their number in the instruction. */
#define SET_ADDRESS(n) __asm volatile("csrw pmpaddr" #n ", %0" ::"r"(address[n]))
#define SET_CONFIG(n)  __asm volatile("csrw pmpcfg" #n ", %0" ::"r"(config[n]))

void machine_protect(const struct machine_region *regions, unsigned count)
{
	uint32_t address[MACHINE_REGIONS] = {0};
	uint32_t config[MACHINE_REGIONS / 4] = {0};
	if (count > MACHINE_REGIONS) {
		machine_board_reset();
	}
	for (unsigned i = 0; i < count; i++) {
		const struct machine_region *r = &regions[i];
		/* A naturally aligned power of two: the size is coded by the ones below the address. */
		address[i] = r->base >> 2 | (r->size / 8 - 1);
		config[i / 4] |= (NAPOT | (uint32_t)r->access) << i % 4 * 8;
	}
	/* Nothing but this layer runs meanwhile, which no unlocked entry binds. */
	SET_ADDRESS(0);
	SET_ADDRESS(1);
	SET_ADDRESS(2);
	SET_ADDRESS(3);
	SET_ADDRESS(4);
	SET_ADDRESS(5);
	SET_ADDRESS(6);
	SET_ADDRESS(7);
	SET_ADDRESS(8);
	SET_ADDRESS(9);
	SET_ADDRESS(10);
	SET_ADDRESS(11);
	SET_ADDRESS(12);
	SET_ADDRESS(13);
	SET_ADDRESS(14);
	SET_ADDRESS(15);
	SET_CONFIG(0);
	SET_CONFIG(1);
	SET_CONFIG(2);
	SET_CONFIG(3);
	__asm volatile("sfence.vma" ::: "memory");
}
