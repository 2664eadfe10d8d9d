/* SPDX-License-Identifier: Apache-2.0 */
#include "arch.h"

#define MPU_TYPE ARCH_REG(0xe000ed90)
#define MPU_CTRL ARCH_REG(0xe000ed94)
#define MPU_RNR  ARCH_REG(0xe000ed98)
#define MPU_RBAR ARCH_REG(0xe000ed9c)
#define MPU_RASR ARCH_REG(0xe000eda0)

#define RASR_ENABLE 1u
#define RASR_XN     (1u << 28)
#define RASR_AP(ap) ((uint32_t)(ap) << 24)
/* Normal memory, not cached (there is no cache); device memory, shareable. */
#define RASR_NORMAL (1u << 19)
#define RASR_DEVICE (1u << 16 | 1u << 18)

/* Privileged code alone runs here, so the unprivileged get the same. */
static const uint32_t attributes[] = {
    [ARCH_NONE] = RASR_AP(0) | RASR_XN | RASR_NORMAL,
    [ARCH_READ] = RASR_AP(6) | RASR_XN | RASR_NORMAL,
    [ARCH_READ_WRITE] = RASR_AP(3) | RASR_XN | RASR_NORMAL,
    [ARCH_EXECUTE] = RASR_AP(6) | RASR_NORMAL,
    [ARCH_DEVICE] = RASR_AP(3) | RASR_XN | RASR_DEVICE,
};

void arch_protect(const struct arch_region *regions, unsigned count)
{
	unsigned have = MPU_TYPE >> 8 & 0xff;
	if (count > have) {
		arch_reset_chip(); /* what cannot be protected does not run */
	}
	__asm volatile("dmb");
	MPU_CTRL = 0;
	for (unsigned i = 0; i < have; i++) {
		MPU_RNR = i;
		MPU_RASR = 0;
		if (i < count) {
			uint32_t log2 = 31u - (uint32_t)__builtin_clz(regions[i].size);
			MPU_RBAR = regions[i].base;
			MPU_RASR = attributes[regions[i].access] | (log2 - 1) << 1 | RASR_ENABLE;
		}
	}
	MPU_CTRL = 1; /* on; no default map for privileged code; off in hard faults */
	__asm volatile("dsb\n\tisb");
}
