/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flash, fuses and execution memory for tests, on one power supply that can
 * be cut at any operation, or inside it.
 */
#ifndef ROTOR_TEST_SIM_FLASH_H
#define ROTOR_TEST_SIM_FLASH_H

#include "rotor/boot.h"

/* Operations that change something are counted; at number cut_at (from 1; 0: never) the power goes. */
struct sim_power {
	unsigned long operations;
	unsigned long cut_at;
	unsigned tear; /* of that operation: done to tear / SIM_TEAR_WHOLE */
	bool off;      /* from then on everything answers ROTOR_ERR_IO */
};
#define SIM_TEAR_WHOLE 8

void sim_power_on(struct sim_power *power);

/* Erase clears to 0xff; a unit is programmed once between erases; breaking a rule fails the test. */
struct sim_flash {
	struct rotor_flash port;
	struct sim_power *power;
	uint8_t *bytes;
	uint8_t *programmed; /* one per unit */
	unsigned pending;    /* times that each operation answers ROTOR_PENDING first */
	unsigned pending_left;
	bool busy; /* an operation was answered ROTOR_PENDING, and this is it: */
	char op;
	uint32_t offset;
	const void *data;
	size_t len;
	unsigned erases, programs;
	uint32_t fail_from, fail_to; /* programs of these offsets answer ROTOR_ERR_IO */
};

void sim_flash_init(struct sim_flash *f, struct sim_power *power,
		    const struct rotor_flash_geometry *geometry);
void sim_flash_free(struct sim_flash *f);
/* Erases and programs without counting, waiting or power: how provisioning fills a flash. */
void sim_flash_put(struct sim_flash *f, const struct rotor_flash_region *region, const void *data,
		   size_t len);

#define SIM_KEYS_MAX 8

struct sim_fuses {
	struct rotor_fuses port;
	struct sim_power *power;
	uint8_t secret[ROTOR_BOOT_SECRET_SIZE];
	uint32_t floor;
	uint8_t key_hash[SIM_KEYS_MAX][ROTOR_BOOT_DIGEST_SIZE];
	bool revoked[SIM_KEYS_MAX];
	size_t key_count;
	bool locked;
	unsigned pending, pending_left;
};

void sim_fuses_init(struct sim_fuses *f, struct sim_power *power);
/* What a reset does to the fuses: they can be read again. */
void sim_fuses_reset(struct sim_fuses *f);

struct sim_ram {
	struct rotor_ram port;
	uint8_t *bytes;
	struct rotor_ram_image image;
	uint32_t written;
	bool sealed;
	unsigned pending, pending_left;
	bool flip; /* a bit of the body changes between write and seal */
};

void sim_ram_init(struct sim_ram *ram);
void sim_ram_free(struct sim_ram *ram);

#endif
