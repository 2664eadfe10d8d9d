/* SPDX-License-Identifier: Apache-2.0 */
/* RISC-V's platform-level interrupt controller, as one context of one hart has it. */
#ifndef ROTOR_FIRMWARE_PLIC_H
#define ROTOR_FIRMWARE_PLIC_H

#include <stdint.h>

struct plic {
	uintptr_t base;
	unsigned context; /* of the hart's mode */
};

/* Takes interrupts of any priority above 0; none is enabled. @param sources the highest number that the controller has */
void plic_start(const struct plic *plic, unsigned sources);
void plic_enable(const struct plic *plic, unsigned source);
/* The next interrupt that waits; 0 if none does. It is out of the way until it is completed. */
unsigned plic_claim(const struct plic *plic);
void plic_complete(const struct plic *plic, unsigned source);

#endif
