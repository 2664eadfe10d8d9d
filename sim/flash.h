/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flash that keeps its rules: sectors are erased whole, units are programmed
 * whole and once between two erases. Whoever breaks one is noted in the power
 * supply, and what a real part might do is done.
 */
#ifndef ROTOR_SIM_FLASH_H
#define ROTOR_SIM_FLASH_H

#include "rotor/boot.h"
#include "sim/power.h"

struct sim_flash {
	struct rotor_flash port;
	struct sim_power *power;
	/* What it remembers. */
	uint8_t *bytes;
	uint8_t *used;       /* one per unit: not blank, to be erased before it is programmed */
	uint8_t *weak;       /* one per byte: bits that may also read the other way */
	uint8_t *pattern;    /* one per sector: how its weak bits read; 0: there are none */
	uint32_t weak_reads; /* that met weak bits, since it was torn */
	/* The rest is of this power cycle. */
	uint8_t *touched; /* one per sector: read or programmed before it was erased */
	uint8_t *fresh;   /* one per sector: erased */
	unsigned pending; /* times that each operation answers ROTOR_PENDING first */
	unsigned pending_left;
	/*
	 * With a clock an erase and a program (by 256 bytes) answer ROTOR_PENDING until so much of it has passed; without
	 * one (NULL) they take no time.
	 */
	const uint64_t *clock; /* microseconds */
	uint32_t erase_us, program_us;
	uint64_t until; /* the operation under way */
	bool busy;      /* an operation was answered ROTOR_PENDING, and this is it: */
	char op;
	uint32_t offset;
	const void *data;
	size_t len;
	unsigned erases, programs;
	uint32_t fail_from, fail_to; /* programs of these offsets answer ROTOR_ERR_IO */
};

/* An erased flash. @return false if there is no memory */
bool sim_flash_init(struct sim_flash *f, struct sim_power *power,
		    const struct rotor_flash_geometry *geometry);
void sim_flash_free(struct sim_flash *f);
/* The power comes back: nothing is under way, nothing has been touched. */
void sim_flash_reset(struct sim_flash *f);
/* Erases and programs without counting, waiting or power: how provisioning fills a flash. @p len at most the region's size. */
void sim_flash_put(struct sim_flash *f, const struct rotor_flash_region *region, const void *data,
		   size_t len);

size_t sim_flash_sectors(const struct sim_flash *f);
/* Makes @p to, of the same geometry, remember what @p from does. */
void sim_flash_copy(struct sim_flash *to, const struct sim_flash *from);
/* The same of one sector. */
void sim_flash_copy_sector(struct sim_flash *to, const struct sim_flash *from, uint32_t offset);
/* Does an erase or a program as far as @p tear says; NULL: all of it. No rule is checked. */
void sim_flash_apply(struct sim_flash *f, const struct sim_op *op, const struct sim_tear *tear);
/* What stands at @p offset if all weak bits read the old way, or the new one. */
void sim_flash_peek(const struct sim_flash *f, uint32_t offset, void *buf, size_t len,
		    bool new_way);

#endif
