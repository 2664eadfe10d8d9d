/* SPDX-License-Identifier: Apache-2.0 */
/* All the ways in which one operation can be torn, and their names. */
#ifndef ROTOR_SIM_TEARS_H
#define ROTOR_SIM_TEARS_H

#include <stddef.h>

#include "sim/power.h"

/* How closely an operation is looked at. */
enum sim_detail {
	SIM_COARSE, /* at the ends of the operation and of its units */
	SIM_FINE, /* programs at every byte, erases at every unit; weak bits in all patterns where the operation ends */
	SIM_ALL,  /* at every byte, in every way */
};

struct sim_tears {
	struct sim_tear *tear;
	size_t count, cap;
};

/* Lists them. @param floor blown before; @p unit of the flash, bytes */
void sim_tears_of(struct sim_tears *list, const struct sim_op *op, uint32_t unit, uint32_t floor,
		  enum sim_detail detail);
void sim_tears_free(struct sim_tears *list);

#define SIM_TEAR_TEXT 32
/* "128.low", "0.before", "255.weak-0110", "255.weak-noise". @return @p text */
char *sim_tear_text(const struct sim_tear *tear, char text[SIM_TEAR_TEXT]);
/* Reads one. @return what follows it, or NULL if it is none */
const char *sim_tear_parse(const char *text, struct sim_tear *tear);

#endif
