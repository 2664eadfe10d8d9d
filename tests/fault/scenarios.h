/* SPDX-License-Identifier: Apache-2.0 */
/* What must not happen, whichever one instruction goes wrong. */
#ifndef ROTOR_FAULT_SCENARIOS_H
#define ROTOR_FAULT_SCENARIOS_H

#include "device.h"

enum outcome {
	OUTCOME_REFUSED,  /* nothing was started or activated */
	OUTCOME_PROPER,   /* what may be started was started, as it should be */
	OUTCOME_ACCEPTED, /* the forbidden thing happened */
};

struct scenario {
	const char *name;
	/* Makes the bad state, before any fault. */
	void (*prepare)(struct device *d, struct image *image);
	/* Runs into it, with the fault. */
	void (*run)(struct device *d);
	/* What came of it. */
	enum outcome (*judge)(struct device *d);
};

/* Ends with a name of NULL. */
extern const struct scenario scenarios[];

#endif
