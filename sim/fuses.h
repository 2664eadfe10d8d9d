/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuses: the device secret, the hashes of the image keys and which are revoked,
 * and the security floor in single bits, of which the highest that is blown
 * counts. Power that fails while several are blown leaves any of them blown,
 * and one of them weak.
 */
#ifndef ROTOR_SIM_FUSES_H
#define ROTOR_SIM_FUSES_H

#include "rotor/boot.h"
#include "sim/power.h"

#define SIM_KEYS_MAX 8

struct sim_fuses {
	struct rotor_fuses port;
	struct sim_power *power;
	/* What they remember. */
	uint8_t secret[ROTOR_BOOT_SECRET_SIZE];
	uint8_t key_hash[SIM_KEYS_MAX][ROTOR_BOOT_DIGEST_SIZE];
	size_t key_count;
	bool revoked[SIM_KEYS_MAX];
	bool revoked_weak[SIM_KEYS_MAX]; /* reads as revoked or not */
	uint32_t floor;                  /* the highest that is blown for certain */
	uint32_t floor_weak;             /* a higher one that reads as blown or not; 0: none */
	uint8_t pattern;                 /* how weak ones read (sim_weak_value) */
	bool pattern_by_boot;            /* they read the same way in the whole of a power cycle */
	uint32_t weak_reads;             /* since they were torn; or power cycles */
	/* The rest is of this power cycle. */
	bool locked;
	unsigned pending, pending_left;
};

void sim_fuses_init(struct sim_fuses *f, struct sim_power *power);
/* What a reset does to the fuses: they can be read again. */
void sim_fuses_reset(struct sim_fuses *f);
/* Makes @p to remember what @p from does. */
void sim_fuses_copy(struct sim_fuses *to, const struct sim_fuses *from);
/*
 * Blows fuses as far as @p tear says; NULL: all. A torn floor: CLEAN, WEAK (each read by itself) or WEAK_REST (each power
 * cycle by itself); the lower 16 bits of tear->at say how many
 * fuses above the old floor the highest blown one is, the upper 16 of WEAK the same of the weak one.
 */
void sim_fuses_apply(struct sim_fuses *f, const struct sim_op *op, const struct sim_tear *tear);

#endif
