/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime: the firmware of the emulated platform root of trust. It is started
 * by the boot stage with three descriptors (flash, bus, mailbox), can open nothing,
 * and runs the device library until it is reset.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "chipwire.h"
#include "rotor/boot_handoff.h"
#include "rotor/device.h"
#include "rotor/host_link.h"

/* The descriptors that the chip gives (rotor/host_sandbox.h). */
enum { FLASH_FD = 3, BUS_FD = 4, MAILBOX_FD = 5 };

/* How long to sleep at most while a flash operation is under way. */
#define FLASH_WAIT_MS 20
/* How long the last answer may take to leave before a reset. */
#define RESET_MS 1000

/* What the status lamp of this build of the firmware does: where two versions are told apart at a glance. */
#ifndef ROTOR_RUNTIME_LAMP
#error "ROTOR_RUNTIME_LAMP says what the lamp of this firmware does"
#endif

/* The chip behind this one: vendor "rotor.example", class "demo chip", as `rotor image sign` makes UUIDs of them. */
static const uint8_t behind_vendor[ROTOR_BOOT_UUID_SIZE] = {
    0x03, 0x37, 0x81, 0xde, 0x96, 0x71, 0x53, 0x95, 0xb7, 0x53, 0xc4, 0x7f, 0xba, 0x9c, 0x58, 0x40};
static const uint8_t behind_class[ROTOR_BOOT_UUID_SIZE] = {
    0x90, 0x39, 0x87, 0x59, 0x9f, 0x1c, 0x52, 0x70, 0xa9, 0xf2, 0x16, 0xe3, 0x28, 0x98, 0xca, 0x62};

/* Everything is static, as on a microcontroller. */
static struct {
	struct rotor_boot_handoff handoff;
	struct chip_flash_client flash_client;
	struct chip_flash own, behind;
	struct rotor_flash flash, behind_flash;
	struct rotor_flash_geometry behind_geometry; /* size 0: there is no chip behind */
	struct rotor_device_downstream downstream;
	uint8_t anchor_store[ROTOR_BOOT_STORE_MAX];
	struct rotor_bytes anchor[ROTOR_BOOT_ANCHORS_MAX];
	size_t anchor_count;
	struct rotor_device device;
	struct rotor_link link;
	rotor_ms feed_at;
	rotor_ms reset_by; /* a reset is wanted, by then at the latest; 0: none */
	uint8_t address;   /* as the chip's pins strap it; 0: the bus is a serial line */
} me;

static rotor_ms now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (rotor_ms)t.tv_sec * 1000 + (rotor_ms)t.tv_nsec / 1000000;
}

/* One message to the chip. The mailbox is a queue of packets; if it is full or gone, so is the chip's interest. */
static void mail(enum chip_mail type, const char *text, const char *more)
{
	uint8_t packet[CHIP_MAILBOX_TEXT];
	size_t len = 0;
	struct rotor_writer w = rotor_writer(packet, sizeof(packet));
	rotor_write_u8(&w, (uint8_t)type);
	rotor_write_bytes(&w, text, strlen(text));
	if (more) {
		rotor_write_bytes(&w, ": ", 2);
		rotor_write_bytes(&w, more, strlen(more));
	}
	if (rotor_writer_end(&w, &len) == ROTOR_OK) {
		(void)send(MAILBOX_FD, packet, len, MSG_NOSIGNAL);
	}
}

static _Noreturn void die(const char *why)
{
	mail(CHIP_MAIL_LOG, "fatal", why);
	exit(1);
}

static void on_confirmed(void *ctx)
{
	(void)ctx;
	mail(CHIP_MAIL_CONFIRMED, "", NULL);
}

static void on_reset(void *ctx)
{
	(void)ctx;
	me.reset_by = now_ms() + RESET_MS;
}

static void on_log(void *ctx, const char *what, const char *detail)
{
	(void)ctx;
	mail(CHIP_MAIL_LOG, what, detail);
}

static void on_behind_reset(void *ctx)
{
	(void)ctx;
	mail(CHIP_MAIL_CHIP_RESET, "", NULL);
}

static void receive_handoff(void)
{
	static uint8_t packet[CHIP_MAILBOX_MAX];
	ssize_t got;
	do {
		got = recv(MAILBOX_FD, packet, sizeof(packet), 0);
	} while (got < 0 && errno == EINTR);
	if (got < CHIP_HANDOFF_HEADER || packet[0] != CHIP_MAIL_HANDOFF) {
		die("no handoff from the boot stage");
	}
	struct rotor_reader r = rotor_reader(packet + 1, CHIP_HANDOFF_HEADER - 1);
	me.address = rotor_read_u8(&r);
	me.behind_geometry.size = rotor_read_u32le(&r);
	me.behind_geometry.sector = rotor_read_u32le(&r);
	me.behind_geometry.unit = rotor_read_u32le(&r);
	enum rotor_status status = rotor_boot_handoff_decode(
	    packet + CHIP_HANDOFF_HEADER, (size_t)got - CHIP_HANDOFF_HEADER, &me.handoff);
	rotor_wipe(packet, sizeof(packet));
	if (status != ROTOR_OK) {
		die("the handoff of the boot stage is not valid");
	}
}

/* Without anchors no agent is trusted: the device still attests. */
static void read_anchors(void)
{
	enum rotor_status status;
	while ((status = rotor_boot_anchors_read(&rotor_crypto_mbedtls, &me.flash, &me.handoff,
						 me.anchor_store, sizeof(me.anchor_store),
						 me.anchor, &me.anchor_count)) == ROTOR_PENDING) {
		struct pollfd wait = {.fd = FLASH_FD, .events = POLLIN};
		if (poll(&wait, 1, -1) < 0 && errno != EINTR) {
			die("cannot wait for the flash");
		}
	}
	if (status != ROTOR_OK) {
		mail(CHIP_MAIL_LOG, "the anchors in flash cannot be used: no agent is trusted",
		     rotor_status_string(status));
	}
}

/* The chip resets at once: what the device believes to be sent has to be out by then, but nobody waits for a peer for ever. */
static void ask_for_reset(void)
{
	if (me.reset_by && (!rotor_link_draining(&me.link) || now_ms() >= me.reset_by)) {
		me.reset_by = 0;
		mail(CHIP_MAIL_RESET, "reset asked for", NULL);
	}
}

/* The loop feeds the watchdog, and nothing else does: if it stands still, the chip resets. */
static void feed(void)
{
	rotor_ms now = now_ms();
	if (now >= me.feed_at) {
		mail(CHIP_MAIL_ALIVE, "", NULL);
		me.feed_at = now + CHIP_FEED_MS;
	}
}

/* Milliseconds to sleep: until the next deadline, or until something comes. */
static int sleep_for(void)
{
	rotor_ms due = rotor_device_deadline(&me.device);
	rotor_ms link = rotor_link_deadline(&me.link);
	rotor_ms now = now_ms();
	due = link < due ? link : due;
	due = due < me.feed_at ? due : me.feed_at;
	if (me.reset_by && me.reset_by < due) {
		due = me.reset_by;
	}
	if (due > now) {
		return (int)(due - now);
	}
	return me.flash_client.op ? FLASH_WAIT_MS : 0;
}

static enum rotor_status join(void)
{
	struct rotor_mctp *endpoint = rotor_device_endpoint(&me.device);
	return me.address ? rotor_link_bus(&me.link, BUS_FD, endpoint, me.address)
			  : rotor_link_serial(&me.link, BUS_FD, endpoint);
}

int main(void)
{
	receive_handoff();
	me.flash_client.fd = FLASH_FD;
	me.flash =
	    chip_flash_port(&me.own, &me.flash_client, CHIP_FLASH_OWN, &me.handoff.layout.geometry);
	me.behind_flash =
	    chip_flash_port(&me.behind, &me.flash_client, CHIP_FLASH_BEHIND, &me.behind_geometry);
	me.downstream.flash = &me.behind_flash;
	me.downstream.reset = on_behind_reset;
	memcpy(me.downstream.vendor_id, behind_vendor, sizeof(behind_vendor));
	memcpy(me.downstream.class_id, behind_class, sizeof(behind_class));
	read_anchors();
	struct rotor_device_config config = {
	    .crypto = &rotor_crypto_mbedtls,
	    .flash = &me.flash,
	    .handoff = &me.handoff,
	    .anchors = me.anchor,
	    .anchor_count = me.anchor_count,
	    .downstream = me.behind_geometry.size ? &me.downstream : NULL,
	    .confirmed = on_confirmed,
	    .reset = on_reset,
	    .log = on_log,
	};
	if (rotor_device_init(&me.device, &config, now_ms()) != ROTOR_OK || join() != ROTOR_OK) {
		die("the device cannot start");
	}
	mail(CHIP_MAIL_LAMP, ROTOR_RUNTIME_LAMP, NULL);
	for (;;) {
		if (rotor_link_serve(&me.link, now_ms()) != ROTOR_OK) {
			die("the bus is gone");
		}
		rotor_device_poll(&me.device, now_ms());
		rotor_link_send(&me.link, now_ms());
		ask_for_reset();
		feed();
		struct pollfd wait[] = {
		    {.fd = BUS_FD, .events = rotor_link_events(&me.link)},
		    {.fd = FLASH_FD, .events = me.flash_client.op ? POLLIN : 0},
		    {.fd = MAILBOX_FD, .events = 0},
		};
		if (poll(wait, ROTOR_COUNT_OF(wait), sleep_for()) < 0 && errno != EINTR) {
			die("cannot wait");
		}
		if (wait[2].revents & (POLLHUP | POLLERR)) {
			return 1; /* the chip has lost power */
		}
	}
}
