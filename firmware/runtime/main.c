/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime: what a slot holds. A loop around struct rotor_device; everything else are drivers. */
#include <string.h>

#include "board.h"
#include "console.h"
#include "crypto_start.h"
#include "mailbox.h"
#include "rotor/boot_handoff.h"
#include "rotor/crypto.h"
#include "rotor/device.h"
#include "rotor/mctp_serial.h"
#include "runtime.h"
#include "stack.h"

/* Bytes moved between the line's queues and the binding at once. */
#define LINE_CHUNK 64
/* How long the answer to ActivateFirmware may take to leave before the reset comes all the same. */
#define DRAIN_MS 2000
/* How often the depth of the stack is looked at. */
#define WATCH_MS 1000

/* Everything is static. */
static struct {
	struct rotor_boot_handoff handoff;
	struct rotor_flash flash;
	uint8_t anchor_store[ROTOR_BOOT_STORE_MAX];
	struct rotor_bytes anchor[ROTOR_BOOT_ANCHORS_MAX];
	size_t anchor_count;
	struct rotor_device device;
	struct rotor_serial serial;
	rotor_ms reset_by; /* ROTOR_NEVER: no reset is asked for */
	rotor_ms watch_at;
	size_t stack_told, arena_told;
	uint32_t lost_told;
} me;

/* ---- what the device asks for ---- */

static void on_confirmed(void *ctx)
{
	(void)ctx;
	/* The boot stage raises the floor when it runs next: it alone can. */
	console_print("confirmed: this firmware has proved itself\n", NULL);
}

static void on_reset(void *ctx)
{
	(void)ctx;
	me.reset_by = board_now() + DRAIN_MS;
}

static void on_downstream_reset(void *ctx)
{
	(void)ctx;
	/* There is nothing behind this chip of the board that could be reset. */
	console_print("the chip behind is reset: it has new firmware\n", NULL);
}

/* The chip behind this one: vendor "rotor.example", class "demo chip", as `rotor image sign` makes UUIDs of them. */
static const struct rotor_device_downstream downstream = {
    .flash = &board_downstream,
    .vendor_id = {0x03, 0x37, 0x81, 0xde, 0x96, 0x71, 0x53, 0x95, 0xb7, 0x53, 0xc4, 0x7f, 0xba,
		  0x9c, 0x58, 0x40},
    .class_id = {0x90, 0x39, 0x87, 0x59, 0x9f, 0x1c, 0x52, 0x70, 0xa9, 0xf2, 0x16, 0xe3, 0x28, 0x98,
		 0xca, 0x62},
    .reset = on_downstream_reset,
};

static void on_log(void *ctx, const char *what, const char *detail)
{
	(void)ctx;
	console_print("firmware: ", what, detail ? ": " : "", detail ? detail : "", "\n", NULL);
}

/* ---- flash: the board's, but for what the factory or the boot stage alone may write ---- */

static enum rotor_status flash_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	(void)ctx;
	return board_flash.ops->read(board_flash.ctx, offset, buf, len);
}

static enum rotor_status flash_erase(void *ctx, uint32_t offset)
{
	(void)ctx;
	return rotor_flash_runtime_may_write(&me.handoff.layout, offset, me.flash.geometry.sector)
		   ? board_flash.ops->erase(board_flash.ctx, offset)
		   : ROTOR_ERR_DENIED;
}

static enum rotor_status flash_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	(void)ctx;
	return len <= UINT32_MAX &&
		       rotor_flash_runtime_may_write(&me.handoff.layout, offset, (uint32_t)len)
		   ? board_flash.ops->program(board_flash.ctx, offset, data, len)
		   : ROTOR_ERR_DENIED;
}

static const struct rotor_flash_ops flash_ops = {
    .read = flash_read, .erase = flash_erase, .program = flash_program};

/* ---- start ---- */

static _Noreturn void die(const char *why, enum rotor_status status)
{
	console_print("fatal: ", why, ": ", rotor_status_string(status), "\n", NULL);
	board_reset();
}

/* Without anchors no agent is trusted: the device still attests. */
static void read_anchors(void)
{
	enum rotor_status status;
	do {
		status = rotor_boot_anchors_read(&rotor_crypto_mbedtls, &me.flash, &me.handoff,
						 me.anchor_store, sizeof(me.anchor_store),
						 me.anchor, &me.anchor_count);
	} while (status == ROTOR_PENDING);
	if (status != ROTOR_OK) {
		on_log(NULL, "the anchors in flash cannot be used: no agent is trusted",
		       rotor_status_string(status));
	}
}

static void start(void)
{
	enum rotor_status status = mailbox_take(&me.handoff);
	if (status != ROTOR_OK) {
		die("the handoff of the boot stage is not valid", status);
	}
	status = crypto_start();
	if (status != ROTOR_OK) {
		die("no randomness", status);
	}
	me.flash = (struct rotor_flash){.ops = &flash_ops, .geometry = me.handoff.layout.geometry};
	read_anchors();
	struct rotor_device_config config = {
	    .crypto = &rotor_crypto_mbedtls,
	    .flash = &me.flash,
	    .handoff = &me.handoff,
	    .anchors = me.anchor,
	    .anchor_count = me.anchor_count,
	    .downstream = board_downstream_start() ? &downstream : NULL,
	    .confirmed = on_confirmed,
	    .reset = on_reset,
	    .log = on_log,
	};
	status = rotor_device_init(&me.device, &config, board_now());
	if (status == ROTOR_OK) {
		status = rotor_serial_init(&me.serial, rotor_device_endpoint(&me.device));
	}
	if (status != ROTOR_OK) {
		die("the device cannot start", status);
	}
	me.reset_by = ROTOR_NEVER;
}

/* ---- the loop ---- */

/* @return whether anything was moved */
static bool serve_line(rotor_ms now)
{
	uint8_t bytes[LINE_CHUNK];
	bool moved = false;
	size_t len = board_line_read(bytes, sizeof(bytes));
	if (len) {
		rotor_serial_receive(&me.serial, bytes, len, now);
		moved = true;
	}
	size_t room = board_line_room();
	len = room ? rotor_serial_send(&me.serial, bytes,
				       room < sizeof(bytes) ? room : sizeof(bytes), now)
		   : 0;
	if (len) {
		(void)board_line_write(bytes, len);
		moved = true;
	}
	return moved;
}

/* Tells how much of stack and arena has been used, and what the line has lost, each time that it is more. */
static void watch(void)
{
	char n[2][CONSOLE_NUMBER];
	size_t stack = stack_used();
	size_t arena = crypto_arena_used();
	uint32_t lost = board_line_lost();
	if (stack > me.stack_told) {
		me.stack_told = stack;
		console_print("stack: used ", console_decimal((uint32_t)stack, n[0]), " of ",
			      console_decimal((uint32_t)stack_size(), n[1]), "\n", NULL);
	}
	if (arena > me.arena_told) {
		me.arena_told = arena;
		console_print("arena: used ", console_decimal((uint32_t)arena, n[0]), " of ",
			      console_decimal((uint32_t)crypto_arena_size(), n[1]), "\n", NULL);
	}
	if (lost > me.lost_told) {
		me.lost_told = lost;
		console_print("line: bytes lost: ", console_decimal(lost, n[0]), "\n", NULL);
	}
}

int main(void)
{
	board_protect(BOARD_PROTECT_RUNTIME);
	board_start();
	console_last_fault();
	start();
	console_print("lamp: ", ROTOR_RUNTIME_LAMP, "\n", NULL);
	runtime_started();
	for (;;) {
		rotor_ms now = board_now();
		bool busy = serve_line(now);
		rotor_device_poll(&me.device, now);
		board_watchdog_feed();
		if (now >= me.watch_at) {
			watch();
			me.watch_at = now + WATCH_MS;
		}
		if (now >= me.reset_by ||
		    (me.reset_by != ROTOR_NEVER && !busy && board_line_idle())) {
			console_print("reset\n", NULL);
			rotor_device_deinit(&me.device);
			board_reset();
		}
		if (!busy && rotor_device_deadline(&me.device) > now) {
			board_wait();
		}
	}
}
