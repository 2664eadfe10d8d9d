/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults in this process's own machine code (x86-64, Linux): a breakpoint on the instruction, and a handler that does the
 * wrong thing in its place. Counts executed instructions by single steps.
 */
#ifndef ROTOR_FAULT_INJECT_H
#define ROTOR_FAULT_INJECT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_model {
	FAULT_SKIP = 's',  /* the instruction is passed over */
	FAULT_JUMP = 'j',  /* the conditional jump is taken, whatever the flags say */
	FAULT_ZERO = 'z',  /* the call answers 0 (ROTOR_OK), whatever was answered */
	FAULT_ONES = 'o',  /* the call answers all ones */
	FAULT_NEVER = 'n', /* nothing is done: the control */
};

struct fault {
	enum fault_model model;
	uintptr_t at;     /* of the instruction */
	unsigned len;     /* its length in bytes */
	unsigned hit;     /* at which execution, from 1; 0: at each */
	uintptr_t target; /* of a jump */
};

/* Makes the code writable and installs the handler; once. */
void inject_init(void);
/* From here on the fault happens. */
void inject_arm(const struct fault *fault);
/* Until here. @return whether it happened */
bool inject_disarm(void);

/* Counts executions from @p from to before @p to, in counts[address - from], until inject_trace_end(). */
void inject_trace(uintptr_t from, uintptr_t to, uint32_t *counts);
void inject_trace_end(void);

#endif
