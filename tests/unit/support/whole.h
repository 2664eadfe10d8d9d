/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole world in one process and in virtual time: a device that was booted by the real boot stage, up to two agents,
 * and an SMBus segment between them on which every transfer can be lost, refused, damaged or delayed; or, with one
 * agent, a serial line, on which a transfer is some bytes of the stream.
 *
 * Nothing sleeps: time goes on by a millisecond a transfer, and to the next deadline when nobody has anything to do.
 */
#ifndef ROTOR_TEST_WHOLE_H
#define ROTOR_TEST_WHOLE_H

#include "rotor/agent.h"
#include "rotor/device.h"
#include "rotor/mctp_serial.h"
#include "rotor/mctp_smbus.h"
#include "support/boot_device.h"

/* Who is on the bus; also the index in counters. */
enum whole_node { WHOLE_BMC, WHOLE_SECOND, WHOLE_DEVICE, WHOLE_NODES };
#define WHOLE_BMC_EID    10
#define WHOLE_SECOND_EID 11
#define WHOLE_DEVICE_EID 20

/* A root and a leaf that an agent shows to devices. */
struct whole_identity {
	struct rotor_soft_key root, leaf;
	struct rotor_signer signer;
	struct rotor_bytes root_cert;
	uint8_t chain[2048];
	size_t chain_len;
};

/* Images of one package. */
#define WHOLE_PARTS_MAX 3

/* An update package in memory. */
struct whole_package {
	struct rotor_package package;
	uint8_t header[8192];
	uint8_t bytes[8192 + WHOLE_PARTS_MAX * DEVICE_IMAGE_MAX];
	size_t len;
	uint8_t manifest[ROTOR_REFERENCE_MAX];
	size_t manifest_len;
	uint8_t map[8192];
};

enum whole_map {
	WHOLE_MAP_GOOD,
	WHOLE_MAP_LIES, /* hashes of the body's blocks are those of the first image's */
	WHOLE_MAP_OTHER_COMPONENT,
	WHOLE_MAP_OTHER_SIZE, /* of a shorter image */
	WHOLE_MAP_CUT,        /* it ends in the middle */
	WHOLE_MAP_GARBAGE,    /* its header is none */
};

/* How a package differs from one that is right for the device. */
struct whole_package_wish {
	bool other_device;      /* its descriptors are another product's */
	bool other_component;   /* its component is one that the device does not have */
	bool manifest_stranger; /* its reference values are signed by a key that nobody trusts */
	bool manifest_wrong;    /* they are signed well, but are not this image's */
	bool no_manifest;
	bool map;                /* a block map of the image is its package data */
	enum whole_map map_wish; /* how that map differs from a good one */
	bool stamp;              /* the comparison stamp is to be used */
	bool longer;             /* the component is said to be longer than a slot */
};

/* What becomes of a transfer. */
enum whole_fate {
	WHOLE_PASS,
	WHOLE_LOSE,    /* acknowledged, and nobody takes it */
	WHOLE_NACK,    /* not acknowledged; a line has no such thing */
	WHOLE_CORRUPT, /* a bit changes on the way */
	WHOLE_DELAY,   /* it takes 50 ms */
	WHOLE_REPEAT,  /* it comes twice */
	WHOLE_SHORTEN, /* a byte of it is lost */
};

struct whole;

struct whole_agent {
	struct whole *whole;
	bool there;
	enum whole_node node;
	struct rotor_agent_bus bus;
	struct rotor_agent_job job;
	struct whole_identity identity;
	/* What the job told. */
	unsigned told[ROTOR_AGENT_STEP_COUNT], done[ROTOR_AGENT_STEP_COUNT];
	unsigned requests_for_data, pldm_messages;
	uint32_t bytes_asked; /* in those requests */
	unsigned
	    data_out_of_order; /* requests for data that did not begin where the one before ended */
	uint32_t data_next;
	char text[ROTOR_AGENT_FAILURE_TEXT];
	/* Stops the world, once, when this many requests for data were seen; 0: never. */
	unsigned stop_at_data;
};

struct whole_wish {
	const struct rotor_crypto *device; /* NULL: Mbed TLS, for the boot stage too */
	const struct rotor_crypto *agent;  /* NULL: OpenSSL */
	uint32_t policy;                   /* enum rotor_boot_policy bits */
	uint8_t version;                   /* the only SPDM version that agents offer; 0: both */
	bool agent_has_no_identity;
	bool agent_is_stranger;
	bool second;           /* there is a second agent */
	bool quick;            /* OpenSSL on both sides: where it does not matter which */
	bool line;             /* a serial line instead of the bus */
	uint32_t sector, unit; /* of the flash; 0: 256 and 16 */
	uint32_t first_size;   /* of the body of the first image; 0: 700 */
	bool behind;           /* there is a chip behind the device, that runs 1.0.0 */
};

struct whole {
	struct whole_wish wish;
	struct boot_device chip;
	struct rotor_device device;
	struct rotor_smbus smbus[WHOLE_NODES]; /* or: */
	struct rotor_serial line[WHOLE_NODES];
	bool on;
	rotor_ms on_at; /* while off: when it comes on */
	rotor_ms boot_ms;
	bool reset_asked;
	unsigned boots, confirmations;
	struct rotor_bytes anchors[ROTOR_BOOT_ANCHORS_MAX]; /* of agents, that the device trusts */
	size_t anchor_count;
	uint8_t settings[ROTOR_BOOT_STORE_MAX];
	const struct rotor_crypto *device_crypto;
	struct sim_flash behind; /* the flash of the chip behind the device */
	struct sim_power behind_power;
	struct rotor_device_downstream downstream;
	unsigned behind_resets;

	struct whole_agent agent[2];
	struct rotor_soft_key release_key;
	struct rotor_bytes roots[1];
	struct rotor_public_key signers[1];
	struct rotor_bytes known_good[2];
	uint8_t manifests[2][ROTOR_REFERENCE_MAX];
	struct rotor_agent_trust trust;

	struct boot_image first; /* what the device was delivered with: 1.0.0 */
	struct whole_package package;

	rotor_ms now;
	unsigned transfers; /* on the bus so far */
	unsigned from[WHOLE_NODES], to[WHOLE_NODES];
	struct {
		bool busy;
		bool lost;
		rotor_ms due;
		uint8_t frame[ROTOR_SMBUS_FRAME_MAX];
		size_t len;
		uint8_t address;
	} flight[WHOLE_NODES];
	/* Says what becomes of transfer number w->transfers (from 1); NULL: all pass. */
	enum whole_fate (*fate)(struct whole *w, enum whole_node from);
	unsigned every;    /* for the fate functions below */
	unsigned cut_at;   /* the device loses power at this transfer; 0: never */
	unsigned spins;    /* polls in a row with which nothing came about */
	char log[64][160]; /* what the device said */
	unsigned log_count;
	bool stop;
};

/* Makes a world and boots the device. */
struct whole *whole_new(const struct whole_wish *wish);
void whole_delete(struct whole *w);
/* Power goes, and comes back at once: the boot stage runs, a new runtime starts. */
void whole_boot(struct whole *w);
/* Power goes now; it comes back after `ms`. */
void whole_cut(struct whole *w, rotor_ms ms);

/* Makes an image and a package with it, in w->package. */
void whole_make_package(struct whole *w, const struct image_wish *image,
			const struct whole_package_wish *wish);
/* One component of a package, and how it was made. */
struct whole_part {
	const struct boot_image *image;
	const struct image_wish *wish;
};
/* A package with several images, in this order; its reference values and its map are of the first. */
void whole_pack_parts(struct whole *w, const struct whole_part *parts, size_t count,
		      const struct whole_package_wish *wish);
/* The same with an image at hand. */
void whole_pack(struct whole *w, const struct boot_image *image,
		const struct image_wish *image_wish, const struct whole_package_wish *wish);
/* Adds the reference values of an image to what agents know to be good. */
void whole_know(struct whole *w, const struct boot_image *image, const struct image_wish *wish);

/* Starts a job; the test fails if it cannot be started. */
void whole_start(struct whole_agent *a, enum rotor_agent_kind kind);
void whole_start_with(struct whole_agent *a, const struct rotor_agent_job_config *config);
/* The usual configuration of a job. */
struct rotor_agent_job_config whole_job(struct whole_agent *a, enum rotor_agent_kind kind);
/* Runs the world until the agent's job has ended or w->stop is set. @return the job's status */
enum rotor_status whole_run(struct whole_agent *a);
/* Starts a job and runs it to its end. */
enum rotor_status whole_do(struct whole_agent *a, enum rotor_agent_kind kind);
/* Runs the world for some time. */
void whole_run_for(struct whole *w, rotor_ms ms);
/* Why the agent's job failed, in words. */
const char *whole_why(struct whole_agent *a);
/* Whether the device has said that, in any of its lives. */
bool whole_said(const struct whole *w, const char *text);

/* Fates of every w->every-th transfer. */
enum whole_fate whole_lose(struct whole *w, enum whole_node from);
enum whole_fate whole_nack(struct whole *w, enum whole_node from);
enum whole_fate whole_corrupt(struct whole *w, enum whole_node from);
enum whole_fate whole_delay(struct whole *w, enum whole_node from);
enum whole_fate whole_repeat(struct whole *w, enum whole_node from);
enum whole_fate whole_shorten(struct whole *w, enum whole_node from);

#endif
