/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/plic.h"

#define ENABLE         0x2000
#define ENABLE_STEP    0x80
#define THRESHOLD      0x200000
#define THRESHOLD_STEP 0x1000
#define CLAIM          4 /* beside the threshold */

static volatile uint32_t *reg(const struct plic *plic, uint32_t offset)
{
	return (volatile uint32_t *)(plic->base + offset);
}

static volatile uint32_t *enable(const struct plic *plic, unsigned source)
{
	return reg(plic, ENABLE + plic->context * ENABLE_STEP + source / 32 * 4);
}

static volatile uint32_t *threshold(const struct plic *plic, uint32_t offset)
{
	return reg(plic, THRESHOLD + plic->context * THRESHOLD_STEP + offset);
}

void plic_start(const struct plic *plic, unsigned sources)
{
	for (unsigned source = 0; source <= sources; source += 32) {
		*enable(plic, source) = 0;
	}
	for (unsigned source = 1; source <= sources; source++) {
		*reg(plic, source * 4) = 0;
	}
	*threshold(plic, 0) = 0;
}

void plic_enable(const struct plic *plic, unsigned source)
{
	/* The priority last: what waits already is looked at when it is written; QEMU's controller does so then alone. */
	*enable(plic, source) |= 1u << source % 32;
	*reg(plic, source * 4) = 1;
}

unsigned plic_claim(const struct plic *plic)
{
	return *threshold(plic, CLAIM);
}

void plic_complete(const struct plic *plic, unsigned source)
{
	*threshold(plic, CLAIM) = source;
}
