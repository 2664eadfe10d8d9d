/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest device: a boot stage, and the firmware that it starts, a loop around the device library. On a chip these
 * are two programs (the boot stage in ROM, the firmware in a slot); here the one calls the other, so that both can be
 * read in one file. port.c is the board.
 */
#include <string.h>

#include "port.h"
#include "rotor/boot_stage.h"
#include "rotor/device.h"
#include "rotor/mctp_serial.h"

/* Everything is static, as on a microcontroller: the library allocates nothing. */
static struct port board;
static struct rotor_boot_stage stage;
static struct rotor_boot_handoff handoff;
static struct rotor_device device;
static struct rotor_serial line;
static uint8_t anchor_store[ROTOR_BOOT_STORE_MAX];
static struct rotor_bytes anchors[ROTOR_BOOT_ANCHORS_MAX];
static bool reset_asked;

/* The firmware has found itself sound. The boot stage, which alone may blow fuses, raises the security floor. */
static void on_confirmed(void *ctx)
{
	(void)ctx;
	enum rotor_status status;
	do {
		status = rotor_boot_stage_confirmed(&stage);
	} while (status == ROTOR_PENDING);
	port_log("confirmed", rotor_status_string(status));
}

/* An update is in its slot and the agent knows it: what is left is to start it. */
static void on_reset(void *ctx)
{
	(void)ctx;
	reset_asked = true;
}

static void on_log(void *ctx, const char *what, const char *detail)
{
	(void)ctx;
	port_log(what, detail);
}

/* Chooses a slot, verifies, copies, measures it, and makes its key and certificate: all of that is in the handoff. */
static bool boot(void)
{
	struct rotor_boot_stage_config config = {
	    .crypto = &rotor_crypto_mbedtls,
	    .flash = &board.flash,
	    .layout = &board.layout,
	    .fuses = &board.fuses,
	    .ram = &board.ram,
	};
	memcpy(config.stage_digest, board.stage_digest, sizeof(config.stage_digest));
	port_reset();
	enum rotor_status status = rotor_boot_stage_init(&stage, &config);
	if (status == ROTOR_OK) {
		status = rotor_boot_stage_run(&stage, &handoff);
	}
	/* The status alone is not enough: one skipped instruction could forge it. */
	if (status != ROTOR_OK || rotor_boot_stage_accepted(&stage) != ROTOR_PROVEN) {
		rotor_wipe(&handoff, sizeof(handoff));
		port_log("nothing can be started", rotor_status_string(status));
		return false;
	}
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	(void)rotor_image_version_string(&handoff.version, version);
	port_log("started firmware", version);
	return true; /* a chip jumps into the verified copy here */
}

/* What the firmware does for the rest of its life. Nothing in the loop blocks but the sleep at its end. */
static void serve(void)
{
	uint8_t bytes[256];
	size_t len;
	reset_asked = false;
	while (!reset_asked) {
		while ((len = port_read(bytes, sizeof(bytes))) > 0) {
			rotor_serial_receive(&line, bytes, len, port_now());
		}
		rotor_device_poll(&device, port_now());
		while ((len = rotor_serial_send(&line, bytes, sizeof(bytes), port_now())) > 0) {
			port_write(bytes, len);
		}
		/* A deadline of 0 says: there is more to do at once. */
		if (!reset_asked) {
			port_sleep(rotor_device_deadline(&device));
		}
	}
}

static bool start(void)
{
	size_t anchor_count = 0;
	enum rotor_status status;
	/* Whom the device takes updates from. If that cannot be read, it trusts nobody, and still attests. */
	do {
		status = rotor_boot_anchors_read(&rotor_crypto_mbedtls, &board.flash, &handoff,
						 anchor_store, sizeof(anchor_store), anchors,
						 &anchor_count);
	} while (status == ROTOR_PENDING);
	struct rotor_device_config config = {
	    .crypto = &rotor_crypto_mbedtls,
	    .flash = &board.flash,
	    .handoff = &handoff,
	    .anchors = anchors,
	    .anchor_count = anchor_count,
	    .confirmed = on_confirmed,
	    .reset = on_reset,
	    .log = on_log,
	};
	status = rotor_device_init(&device, &config, port_now());
	/* The device has an MCTP endpoint; what carries its packets is the board's choice. */
	if (status == ROTOR_OK) {
		status = rotor_serial_init(&line, rotor_device_endpoint(&device));
	}
	return status == ROTOR_OK;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		port_log("usage", "example-device FLASH FUSES SOCKET");
		return 2;
	}
	if (!port_open(&board, argv[1], argv[2], argv[3])) {
		return 1;
	}
	while (boot() && start()) {
		serve();
		rotor_device_deinit(&device); /* erases all secrets */
		port_log("reset", NULL);
	}
	return 1;
}
