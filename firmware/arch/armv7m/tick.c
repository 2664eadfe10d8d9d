/* SPDX-License-Identifier: Apache-2.0 */
#include "arch.h"

#define SYST_CSR ARCH_REG(0xe000e010)
#define SYST_RVR ARCH_REG(0xe000e014)
#define SYST_CVR ARCH_REG(0xe000e018)

static volatile uint32_t ticks; /* low word; the high one is below */
static volatile uint32_t ticks_high;

void arch_tick(void);

void arch_tick(void)
{
	if (++ticks == 0) {
		ticks_high++;
	}
}

void arch_tick_start(uint32_t hz)
{
	SYST_RVR = hz / 1000 - 1;
	SYST_CVR = 0;
	SYST_CSR = 7; /* core clock, interrupt, on */
}

uint64_t arch_ticks(void)
{
	uint32_t high;
	uint32_t low;
	do {
		high = ticks_high;
		low = ticks;
	} while (high != ticks_high);
	return (uint64_t)high << 32 | low;
}
