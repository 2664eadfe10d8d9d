/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chip with everything on it: simulated flash, fuses and execution memory,
 * the real boot stage, the real device, and an agent that updates it over a bus
 * that loses nothing. Time is a number. Nothing here judges.
 */
#ifndef ROTOR_SIM_WORLD_H
#define ROTOR_SIM_WORLD_H

#include "rotor/boot_stage.h"
#include "rotor/device.h"
#include "sim/agent.h"
#include "sim/flash.h"
#include "sim/fuses.h"
#include "sim/ram.h"

/* What the flash is like. */
struct sim_geometry {
	const char *name;
	uint32_t sector, unit;
	uint32_t slot; /* bytes of a slot */
	uint32_t body; /* bytes of a program, roughly */
};

/* The images of a story. */
enum sim_image_id {
	SIM_OLD,      /* 1.1.0: what the device runs at first */
	SIM_NEW,      /* 1.2.0: what it is updated to */
	SIM_NEXT,     /* 1.3.0: what it is updated to when all is over */
	SIM_PREVIOUS, /* 1.0.0: what it ran before */
	SIM_LAST,     /* 1.4.0: what it is updated to if it runs 1.3.0 already */
	SIM_IMAGES,
	SIM_NO_IMAGE = SIM_IMAGES,
};

struct sim_image {
	uint8_t *bytes;
	uint32_t len;
	uint8_t digest[ROTOR_BOOT_DIGEST_SIZE];
	uint32_t security_version;
	bool hangs; /* it starts and is never heard of */
};

enum sim_told {
	SIM_TOLD_BOOT,     /* the boot stage said something: boot */
	SIM_TOLD_ASKED,    /* ActivateFirmware is on its way to the device */
	SIM_TOLD_ANSWERED, /* and was answered with success */
	SIM_TOLD_CONFIRMED, /* the runtime says that it is confirmed, durably; the boot stage hears of it next */
	SIM_TOLD_LOG, /* the runtime said `text` */
};

struct sim_world {
	const struct rotor_crypto *crypto;
	struct sim_power power;
	struct sim_flash flash;
	struct sim_fuses fuses;
	struct sim_ram ram;
	struct rotor_flash_layout layout;
	struct sim_image image[SIM_IMAGES];
	struct rotor_boot_stage stage;
	struct rotor_boot_handoff handoff;
	struct rotor_device device;
	struct rotor_smbus smbus; /* the device's */
	struct sim_agent agent;
	rotor_ms now;
	bool on, reset_asked;
	enum rotor_status floor_status; /* what the boot stage answered to the confirmation */
	void (*told)(void *ctx, enum sim_told what, const struct rotor_boot_event_info *boot,
		     const char *text);
	void *ctx;
};

/* ---- making one (factory.c) ---- */

/*
 * A provisioned chip: certificates, configuration, image keys, floor 1; both slots and both copies of the record erased.
 * @p security_version says which each image has. @return false if something of it failed
 */
bool sim_world_init(struct sim_world *w, const struct sim_geometry *geometry,
		    const uint32_t security_version[SIM_IMAGES]);
void sim_world_free(struct sim_world *w);
void sim_world_put_image(struct sim_world *w, enum rotor_boot_slot_id slot,
			 enum sim_image_id image);
/* Describes an image to a slot of the record. */
void sim_world_describe(const struct sim_world *w, enum sim_image_id image,
			struct rotor_boot_slot *slot);
/* Writes both copies of the record; there was none before. */
bool sim_world_put_record(struct sim_world *w, const struct rotor_boot_record *record,
			  bool newest_in_b);

/* ---- living in it (world.c) ---- */

/* Power on: the boot stage from its first line. ROTOR_OK: what it chose is in w->ram, w->handoff is filled in. */
enum rotor_status sim_world_boot(struct sim_world *w);
/* Starts the runtime that was booted. */
enum rotor_status sim_world_start(struct sim_world *w);
/* Lets device and agent go on until the power is off, a reset is asked for, or nobody has anything to do. */
void sim_world_serve(struct sim_world *w);
/* The end of a power cycle: all that is not remembered is lost. */
void sim_world_stop(struct sim_world *w);
/* The image in execution memory; SIM_NO_IMAGE if it is none of the story's. */
enum sim_image_id sim_world_runs(const struct sim_world *w);

#endif
