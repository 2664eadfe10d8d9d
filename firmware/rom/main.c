/* SPDX-License-Identifier: Apache-2.0 */
/* The ROM stage: runs the boot stage, and hands over to what it has accepted. */
#include <string.h>

#include "board.h"
#include "console.h"
#include "crypto_start.h"
#include "execution.h"
#include "mailbox.h"
#include "memory.h"
#include "rotor/boot_stage.h"
#include "rotor/crypto.h"
#include "stack.h"

/* Longer than the slowest piece between two feedings, and than the runtime needs to get to its loop. */
#define WATCHDOG_MS 10000

extern const uint8_t rom_measured_end[];

static struct rotor_boot_stage stage;
static struct rotor_boot_handoff handoff;
static struct rotor_flash_layout layout;

static void on_event(void *ctx, const struct rotor_boot_event_info *info)
{
	char value[CONSOLE_NUMBER];
	(void)ctx;
	if (info->event == ROTOR_BOOT_EVENT_REFUSED) {
		console_print("boot: ", rotor_boot_slot_name(info->slot),
			      " refused: ", rotor_image_refusal_string(info->refusal), "\n", NULL);
		return;
	}
	console_print("boot: ", rotor_boot_slot_name(info->slot), ": ",
		      rotor_boot_event_name(info->event), " (", console_decimal(info->value, value),
		      ")\n", NULL);
}

/* SHA-384 of the code and constants of this program, the fuses' page left out: what measurement 1 says. */
static enum rotor_status own_digest(uint8_t digest[ROTOR_BOOT_DIGEST_SIZE])
{
	struct rotor_bytes self = {(const uint8_t *)MEMORY_ROM,
				   (size_t)(rom_measured_end - (const uint8_t *)MEMORY_ROM)};
	return rotor_hash_parts(&rotor_crypto_mbedtls, ROTOR_HASH_SHA384, &self, 1, digest);
}

static enum rotor_status read_layout(void)
{
	uint8_t descriptor[ROTOR_FLASH_LAYOUT_SIZE];
	enum rotor_status status;
	do {
		status = board_flash.ops->read(board_flash.ctx, 0, descriptor, sizeof(descriptor));
	} while (status == ROTOR_PENDING);
	if (status == ROTOR_OK) {
		status = rotor_flash_layout_decode(descriptor, sizeof(descriptor), &layout);
	}
	if (status == ROTOR_OK && layout.geometry.size > board_flash.geometry.size) {
		status = ROTOR_ERR_LENGTH;
	}
	return status;
}

static enum rotor_status boot(void)
{
	struct rotor_flash flash = board_flash;
	struct rotor_boot_stage_config config = {
	    .crypto = &rotor_crypto_mbedtls,
	    .flash = &flash,
	    .layout = &layout,
	    .fuses = &board_fuses,
	    .ram = &execution_memory,
	    .event = on_event,
	};
	enum rotor_status status = crypto_start();
	if (status == ROTOR_OK) {
		status = own_digest(config.stage_digest);
	}
	if (status == ROTOR_OK) {
		status = read_layout();
	}
	if (status == ROTOR_OK) {
		flash.geometry = layout.geometry;
		status = rotor_boot_stage_init(&stage, &config);
	}
	while (status == ROTOR_OK &&
	       (status = rotor_boot_stage_poll(&stage, &handoff)) == ROTOR_PENDING) {
		board_watchdog_feed();
		status = ROTOR_OK;
	}
	if (status == ROTOR_OK && rotor_boot_stage_accepted(&stage) != ROTOR_PROVEN) {
		status = ROTOR_ERR_VERIFY;
	}
	return status;
}

static void tell(void)
{
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	char n[4][CONSOLE_NUMBER];
	(void)rotor_image_version_string(&handoff.version, version);
	console_print("boot: stack: used ", console_decimal((uint32_t)stack_used(), n[0]), " of ",
		      console_decimal((uint32_t)stack_size(), n[1]), "\n", NULL);
	console_print("running firmware ", version, " from ", rotor_boot_slot_name(handoff.slot),
		      " (security version ", console_decimal(handoff.security_version, n[2]),
		      ", floor ", console_decimal(handoff.security_floor, n[3]),
		      ", trial: ", handoff.trial ? "true" : "false", ")\n", NULL);
}

int main(void)
{
	board_start();
	board_watchdog_start(WATCHDOG_MS);
	board_protect(BOARD_PROTECT_LOADING);
	console_print("\nrotor ROM stage\n", NULL);
	console_last_fault();
	enum rotor_status status = boot();
	if (status == ROTOR_OK) {
		tell();
		status = mailbox_put(&handoff);
	}
	rotor_wipe(&handoff, sizeof(handoff));
	if (status == ROTOR_OK && rotor_boot_stage_accepted(&stage) == ROTOR_PROVEN) {
		board_watchdog_feed();
		board_hand_over();
	}
	/* The secret does not stay in memory while nothing runs; the watchdog tries again. */
	(void)board_fuses.ops->lock(board_fuses.ctx);
	rotor_wipe(&stage, sizeof(stage));
	console_print("nothing can be started: ", rotor_status_string(status), "\n", NULL);
	for (;;) {
		board_wait();
	}
}
