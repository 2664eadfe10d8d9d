/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power supply of a simulated chip: it counts what changes something, can
 * fail at any of that, before it, after it or inside it, and keeps the list of
 * what the code under test did wrong.
 */
#ifndef ROTOR_SIM_POWER_H
#define ROTOR_SIM_POWER_H

#include <stdbool.h>
#include <stdint.h>

/* ---- operations ---- */

enum sim_op_kind {
	SIM_OP_ERASE,   /* one sector */
	SIM_OP_PROGRAM, /* whole units, inside one sector */
	SIM_OP_FLOOR,   /* fuses of the security floor are blown */
	SIM_OP_REVOKE,  /* the fuse that revokes an image key is blown */
};

/* Something that changes what the chip remembers. */
struct sim_op {
	enum sim_op_kind kind;
	uint32_t offset;     /* in flash; FLOOR: how high; REVOKE: which key */
	uint32_t len;        /* of a program or an erase, in bytes */
	const uint8_t *data; /* of a program */
};

/* ---- how an operation ends when the power fails in it ---- */

enum sim_tear_kind {
	SIM_TEAR_BEFORE, /* nothing of it has happened */
	SIM_TEAR_CLEAN,  /* the bytes before `at` are done, the others as they were */
	SIM_TEAR_LOW,    /* and of byte `at` the lower half */
	SIM_TEAR_HIGH,   /* or the upper half */
	SIM_TEAR_WEAK,   /* the bits of byte `at` that were to change are neither */
	SIM_TEAR_WEAK_REST, /* so are those of all bytes from `at` to the end of the unit (program), of the sector (erase) */
	SIM_TEAR_DONE, /* all of it has happened, and nobody was told */
	SIM_TEAR_DUD, /* the power stays, but byte `at` of a program that is reported done was not written */
	SIM_TEAR_KINDS
};

/*
 * A weak bit reads as it was or as it was to become, until it is erased or blown again. All weak bits that one read
 * meets answer alike, as a pattern says: its bit k, for the k-th such read since the power came on, is 1 if that read
 * finds the new value; the last of the four goes for all that follow. SIM_WEAK_NOISE: every bit by itself, at every read.
 */
#define SIM_WEAK_PATTERNS 16
#define SIM_WEAK_NOISE    16

struct sim_tear {
	enum sim_tear_kind kind;
	uint32_t
	    at; /* byte of the operation. FLOOR: fuses blown, and in the upper half the weak one */
	uint8_t pattern; /* of WEAK, WEAK_REST: 1 to 14, or SIM_WEAK_NOISE */
};

/* What a read of weak bits finds. @param read its number, from 0. @return the bits of @p mask that are new */
uint8_t sim_weak_value(uint8_t pattern, uint32_t read, uint32_t offset, uint8_t mask);

/* ---- the supply ---- */

struct sim_power {
	unsigned long operations; /* so far */
	unsigned long cut_at;     /* at this one (from 1; 0: never) the power goes */
	unsigned tear;            /* of that operation: done to tear / SIM_TEAR_WHOLE */
	const struct sim_tear
	    *exact; /* if not NULL: how it ends, in place of `tear`; DUD does not cut */
	bool off;   /* from then on everything answers ROTOR_ERR_IO */
	/* Told of every operation before it happens; may be NULL. */
	void (*before)(void *ctx, const struct sim_op *op);
	void *ctx;
	unsigned faults;   /* rules that were broken */
	const char *fault; /* the first */
};
#define SIM_TEAR_WHOLE 8

/* The power comes (back) on: counts and cut are reset, listener and faults stay. */
void sim_power_on(struct sim_power *power);
/* A rule was broken. */
void sim_power_fault(struct sim_power *power, const char *what);
/*
 * Counts an operation, and says what becomes of it. @return true if it is torn, as *tear says, and (but for DUD) the
 * power is off afterwards.
 */
bool sim_power_spend(struct sim_power *power, const struct sim_op *op, struct sim_tear *tear);

#endif
