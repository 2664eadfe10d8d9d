/* SPDX-License-Identifier: Apache-2.0 */
#include "power.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chipwire.h"
#include "rotor/boot_stage.h"
#include "rotor/crypto.h"
#include "rotor/host_bus.h"
#include "rotor/host_sandbox.h"
#include "rotor/host_spdm_relay.h"
#include "uart.h"

/* Firmware that dies this often in a row without being confirmed or asking for a reset is not started again. */
#define DEATHS_MAX 5
/* A packet of the mailbox or of the flash bus fits this much, with room to spare. */
#define SOCKET_BUFFER (256 * 1024)
/* How long the peer of a serial line may take to take the firmware's last words before a reset. */
#define FLUSH_MS 500

enum outcome {
	OUTCOME_RESET, /* the runtime asked for it */
	OUTCOME_DIED,  /* the runtime ended by itself */
	OUTCOME_HUNG,  /* it has not fed the watchdog */
	OUTCOME_OFF,   /* SIGTERM or SIGINT */
	OUTCOME_BROKEN,
};

struct power {
	struct chip *chip;
	const struct power_options *options;
	struct rotor_events *events;
	struct rotor_boot_stage stage;
	enum rotor_boot_slot_id slot;
	bool trial;  /* what runs has not confirmed itself yet */
	int signals; /* signalfd */
	/* while a runtime runs */
	pid_t pid;
	int flash; /* the chip's ends of the two sockets */
	int mailbox;
	struct uart uart;               /* without a bus */
	struct rotor_spdm_relay *relay; /* at the UART, in place of what is outside */
	bool reset_asked;
	int64_t fed_ms; /* when the watchdog was fed last */
	uint8_t packet[CHIP_FLASH_PACKET];
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- narration ---- */

static void on_boot_event(void *ctx, const struct rotor_boot_event_info *info)
{
	struct power *p = ctx;
	const char *slot = rotor_boot_slot_name(info->slot);
	const char *event = rotor_boot_event_name(info->event);
	if (info->event == ROTOR_BOOT_EVENT_REFUSED) {
		rotor_event(p->events, ROTOR_WARNING, "prot.boot.refused",
			    ROTOR_SAY("boot: {slot} refused: {reason}"), ROTOR_STRING("slot", slot),
			    ROTOR_STRING("reason", rotor_image_refusal_string(info->refusal)));
		return;
	}
	rotor_event(p->events, ROTOR_INFO, "prot.boot", ROTOR_SAY("boot: {slot}: {what} ({value})"),
		    ROTOR_STRING("what", event), ROTOR_STRING("slot", slot),
		    ROTOR_UINT("value", info->value));
}

/* ---- the flash bus ---- */

static enum rotor_status flash_operation(struct power *p, const struct chip_flash_request *request,
					 uint8_t *data)
{
	const bool behind = request->select == CHIP_FLASH_BEHIND;
	const struct rotor_flash *flash = behind ? &p->chip->behind : &p->chip->flash;
	if (request->select > CHIP_FLASH_BEHIND || (behind && !p->chip->has_behind)) {
		return ROTOR_ERR_ARGUMENT;
	}
	uint32_t size = flash->geometry.size;
	uint32_t len = request->op == CHIP_FLASH_ERASE ? flash->geometry.sector : request->len;
	if (request->offset > size || len > size - request->offset) {
		return ROTOR_ERR_ARGUMENT;
	}
	if (request->op != CHIP_FLASH_READ && !behind &&
	    !rotor_flash_runtime_may_write(&p->chip->layout, request->offset, len)) {
		rotor_event(p->events, ROTOR_WARNING, "prot.flash.protected",
			    ROTOR_SAY("flash: a write to a protected region was refused"),
			    ROTOR_HEX("offset", request->offset));
		return ROTOR_ERR_DENIED;
	}
	switch (request->op) {
	case CHIP_FLASH_READ:
		return rotor_boot_flash_read(flash, request->offset, data, request->len);
	case CHIP_FLASH_ERASE:
		return rotor_boot_flash_erase(flash, request->offset);
	default:
		return rotor_boot_flash_program(flash, request->offset, request->data.data,
						request->data.len);
	}
}

/* Serves one request; false when the runtime is gone. */
static bool serve_flash(struct power *p)
{
	uint8_t reply[CHIP_FLASH_REPLY + CHIP_FLASH_DATA] = {0};
	struct chip_flash_request request;
	ssize_t got = recv(p->flash, p->packet, sizeof(p->packet), MSG_DONTWAIT);
	if (got <= 0) {
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	}
	enum rotor_status status = chip_flash_request_decode(p->packet, (size_t)got, &request);
	size_t len = CHIP_FLASH_REPLY;
	if (status == ROTOR_OK) {
		status = flash_operation(p, &request, reply + CHIP_FLASH_REPLY);
		len += status == ROTOR_OK && request.op == CHIP_FLASH_READ ? request.len : 0;
	}
	reply[0] = (uint8_t)status;
	/* A runtime that asks and does not take its answers is stopped: the chip waits for nobody. */
	return send(p->flash, reply, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/* ---- the mailbox ---- */

/* Comes once when firmware on trial has proved itself, and again when a floor that was held is released. */
static void on_confirmed(struct power *p)
{
	enum rotor_status status;
	do {
		status = rotor_boot_stage_confirmed(&p->stage);
	} while (status == ROTOR_PENDING);
	if (status == ROTOR_OK && p->trial) {
		rotor_event(p->events, ROTOR_INFO, "prot.confirmed",
			    ROTOR_SAY("{slot} has confirmed itself"),
			    ROTOR_STRING("slot", rotor_boot_slot_name(p->slot)));
		p->trial = false;
	} else if (status == ROTOR_OK) {
		rotor_event(p->events, ROTOR_INFO, "prot.released",
			    ROTOR_SAY("the security floor of {slot} has been released"),
			    ROTOR_STRING("slot", rotor_boot_slot_name(p->slot)));
	} else {
		rotor_event(p->events, ROTOR_WARNING, "prot.confirm.refused",
			    ROTOR_SAY("confirmation refused: {reason}"),
			    ROTOR_STRING("reason", rotor_status_string(status)));
	}
}

/* Text from the runtime goes to a console: whatever is not printable is shown as a dot. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e) {
			*text = '.';
		}
	}
}

static bool serve_mailbox(struct power *p)
{
	char packet[CHIP_MAILBOX_TEXT + 1] = {0};
	ssize_t got = recv(p->mailbox, packet, sizeof(packet) - 1, MSG_DONTWAIT);
	if (got <= 0) {
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	}
	char *text = packet + 1;
	make_printable(text);
	switch ((uint8_t)packet[0]) {
	case CHIP_MAIL_CONFIRMED:
		on_confirmed(p);
		break;
	case CHIP_MAIL_RESET:
		p->reset_asked = true;
		break;
	case CHIP_MAIL_ALIVE:
		p->fed_ms = now_ms();
		break;
	case CHIP_MAIL_CHIP_RESET:
		rotor_event(p->events, ROTOR_INFO, "prot.downstream.reset",
			    ROTOR_SAY("the chip behind is reset: it has new firmware"),
			    ROTOR_BOOL("present", p->chip->has_behind));
		break;
	case CHIP_MAIL_LOG:
		rotor_event(p->events, ROTOR_INFO, "prot.log", ROTOR_SAY("firmware: {text}"),
			    ROTOR_STRING("text", text));
		break;
	case CHIP_MAIL_LAMP:
		rotor_event(p->events, ROTOR_INFO, "prot.lamp", ROTOR_SAY("lamp: {text}"),
			    ROTOR_STRING("text", text));
		break;
	default:
		rotor_event(p->events, ROTOR_WARNING, "prot.mail.unknown",
			    ROTOR_SAY("firmware sent mail of an unknown kind"),
			    ROTOR_HEX("type", (uint8_t)packet[0]));
		break;
	}
	return true;
}

/* ---- a runtime's life ---- */

static bool socket_pair(int *mine, int *theirs)
{
	int fds[2];
	int size = SOCKET_BUFFER;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		return false;
	}
	(void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	*mine = fds[0];
	*theirs = fds[1];
	return true;
}

static bool send_handoff(struct power *p, struct rotor_boot_handoff *handoff)
{
	static uint8_t packet[CHIP_MAILBOX_MAX];
	size_t len = 0;
	const struct rotor_flash_geometry none = {0, 0, 0};
	const struct rotor_flash_geometry *behind =
	    p->chip->has_behind ? &p->chip->behind.geometry : &none;
	struct rotor_writer w = rotor_writer(packet, CHIP_HANDOFF_HEADER);
	rotor_write_u8(&w, CHIP_MAIL_HANDOFF);
	rotor_write_u8(&w, p->options->bus ? p->options->address : 0);
	rotor_write_u32le(&w, behind->size);
	rotor_write_u32le(&w, behind->sector);
	rotor_write_u32le(&w, behind->unit);
	enum rotor_status status = rotor_boot_handoff_encode(
	    handoff, packet + CHIP_HANDOFF_HEADER, sizeof(packet) - CHIP_HANDOFF_HEADER, &len);
	len += CHIP_HANDOFF_HEADER;
	bool sent = status == ROTOR_OK && send(p->mailbox, packet, len, MSG_NOSIGNAL) >= 0;
	rotor_wipe(packet, sizeof(packet));
	rotor_wipe(handoff, sizeof(*handoff));
	return sent;
}

/* What becomes the runtime's bus descriptor: a connection to the bus, or the wire of the UART. Says why there is none. */
static bool open_bus(struct power *p, int *bus)
{
	enum rotor_bus_code code;
	if (!p->options->bus) {
		bool plugged = p->relay ? rotor_spdm_relay_plug(p->relay, bus) == ROTOR_OK
					: uart_plug(&p->uart, bus);
		if (!plugged) {
			rotor_fail(p->events, "cannot make the wire of the UART", NULL);
		}
		return plugged;
	}
	enum rotor_status status =
	    rotor_bus_connect(p->options->bus, p->options->address, bus, &code);
	if (status != ROTOR_OK) {
		rotor_fail_with(p->events, "cannot join the bus at {bus}: {reason}",
				"start rotor-bus first, and give each device an address of its own",
				ROTOR_STRING("bus", p->options->bus),
				ROTOR_STRING("reason", code == ROTOR_BUS_ACK
							   ? rotor_status_string(status)
							   : rotor_bus_code_string(code)));
	}
	return status == ROTOR_OK;
}

static enum outcome start_runtime(struct power *p, struct rotor_boot_handoff *handoff)
{
	int flash = -1;
	int mailbox = -1;
	int bus = -1;
	enum rotor_status status = ROTOR_OK;
	if (!open_bus(p, &bus)) {
		rotor_wipe(handoff, sizeof(*handoff));
		return OUTCOME_BROKEN;
	}
	if (!socket_pair(&p->flash, &flash) || !socket_pair(&p->mailbox, &mailbox)) {
		status = ROTOR_ERR_IO;
	} else {
		struct rotor_sandbox box = {
		    .image = p->chip->ram_state.executable,
		    .flash = flash,
		    .bus = bus,
		    .mailbox = mailbox,
		    .name = "rotor-runtime",
		};
		status = rotor_sandbox_start(&box, &p->pid);
	}
	/* The runtime alone holds its ends now, so that its end is seen here and on the bus. */
	close(bus);
	close(flash);
	close(mailbox);
	if (status != ROTOR_OK) {
		rotor_wipe(handoff, sizeof(*handoff));
		rotor_fail_with(p->events, "cannot start the firmware: {reason}", NULL,
				ROTOR_STRING("reason", rotor_status_string(status)));
		return OUTCOME_BROKEN;
	}
	return send_handoff(p, handoff) ? OUTCOME_RESET : OUTCOME_DIED;
}

static void stop_runtime(struct power *p)
{
	int how = 0;
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		while (waitpid(p->pid, &how, 0) < 0 && errno == EINTR) {
		}
	}
	p->pid = 0;
	uart_unplug(&p->uart);
	if (p->relay) {
		rotor_spdm_relay_unplug(p->relay);
	}
	if (p->flash >= 0) {
		close(p->flash);
	}
	if (p->mailbox >= 0) {
		close(p->mailbox);
	}
	p->flash = -1;
	p->mailbox = -1;
}

/* Flash, mailbox, signals; the UART's or the relay's stand behind them. */
#define OTHER_FDS 3
_Static_assert(UART_FDS == ROTOR_SPDM_RELAY_FDS, "one of them at a time");

static void watch_line(const struct power *p, struct pollfd fds[UART_FDS])
{
	if (p->relay) {
		rotor_spdm_relay_watch(p->relay, fds);
	} else {
		uart_watch(&p->uart, fds);
	}
}

/* @return OUTCOME_RESET: go on */
static enum outcome serve_line(struct power *p, const struct pollfd fds[UART_FDS])
{
	if (p->relay) {
		/* The tool at the other end may end the device with its conversation. */
		return rotor_spdm_relay_serve(p->relay, (rotor_ms)now_ms()) == ROTOR_OK
			   ? OUTCOME_RESET
			   : OUTCOME_OFF;
	}
	if (!uart_serve(&p->uart, fds)) {
		rotor_fail(p->events, "the serial line is gone", NULL);
		return OUTCOME_BROKEN;
	}
	return OUTCOME_RESET;
}

/* Serves the runtime until it is reset, dies, or the power goes. */
static enum outcome serve_runtime(struct power *p)
{
	p->reset_asked = false;
	p->fed_ms = now_ms();
	for (;;) {
		int64_t left = p->fed_ms + (int64_t)p->options->watchdog_s * 1000 - now_ms();
		if (left <= 0) {
			return OUTCOME_HUNG;
		}
		struct pollfd wait[] = {
		    {.fd = p->flash, .events = POLLIN},
		    {.fd = p->mailbox, .events = POLLIN},
		    {.fd = p->signals, .events = POLLIN},
		    [OTHER_FDS + UART_FDS - 1] = {.fd = -1},
		};
		watch_line(p, wait + OTHER_FDS);
		if (poll(wait, ROTOR_COUNT_OF(wait), (int)left) < 0 && errno != EINTR) {
			return OUTCOME_BROKEN;
		}
		if (wait[2].revents) {
			return OUTCOME_OFF;
		}
		enum outcome line = serve_line(p, wait + OTHER_FDS);
		if (line != OUTCOME_RESET) {
			return line;
		}
		if (wait[1].revents && !serve_mailbox(p)) {
			return p->reset_asked ? OUTCOME_RESET : OUTCOME_DIED;
		}
		if (p->reset_asked) {
			return OUTCOME_RESET;
		}
		if (wait[0].revents && !serve_flash(p)) {
			/* What it said last is still in the mailbox. */
			while (serve_mailbox(p) && !p->reset_asked) {
				struct pollfd rest = {.fd = p->mailbox, .events = POLLIN};
				if (poll(&rest, 1, 0) <= 0) {
					break;
				}
			}
			return p->reset_asked ? OUTCOME_RESET : OUTCOME_DIED;
		}
	}
}

static enum outcome boot_once(struct power *p)
{
	static struct rotor_boot_handoff handoff;
	struct rotor_boot_stage_config config = {
	    .crypto = &rotor_crypto_mbedtls,
	    .flash = &p->chip->flash,
	    .layout = &p->chip->layout,
	    .fuses = &p->chip->fuses,
	    .ram = &p->chip->ram,
	    .event = on_boot_event,
	    .event_ctx = p,
	};
	memcpy(config.stage_digest, p->options->stage_digest, sizeof(config.stage_digest));
	chip_reset(p->chip);
	enum rotor_status status = rotor_boot_stage_init(&p->stage, &config);
	if (status == ROTOR_OK) {
		status = rotor_boot_stage_run(&p->stage, &handoff);
	}
	if (status == ROTOR_OK && rotor_boot_stage_accepted(&p->stage) != ROTOR_PROVEN) {
		rotor_wipe(&handoff, sizeof(handoff));
		status = ROTOR_ERR_VERIFY;
	}
	if (status != ROTOR_OK) {
		rotor_fail_with(p->events, "nothing can be started: {reason}",
				"provision the device again, or write a good image to its flash",
				ROTOR_STRING("reason", rotor_status_string(status)));
		return OUTCOME_BROKEN;
	}
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	(void)rotor_image_version_string(&handoff.version, version);
	p->slot = handoff.slot;
	p->trial = handoff.trial;
	rotor_event(p->events, ROTOR_INFO, "prot.running",
		    ROTOR_SAY("running firmware {version} from {slot} (security version "
			      "{security_version}, floor {floor}, trial: {trial})"),
		    ROTOR_STRING("version", version),
		    ROTOR_STRING("slot", rotor_boot_slot_name(handoff.slot)),
		    ROTOR_UINT("security_version", handoff.security_version),
		    ROTOR_UINT("floor", handoff.security_floor),
		    ROTOR_BOOL("trial", handoff.trial));
	enum outcome outcome = start_runtime(p, &handoff);
	if (outcome == OUTCOME_RESET) {
		outcome = serve_runtime(p);
	}
	if (outcome == OUTCOME_RESET) {
		uart_flush(&p->uart, FLUSH_MS);
	}
	stop_runtime(p);
	return outcome;
}

static bool open_line(struct power *p)
{
	enum rotor_status status = uart_open(&p->uart, p->options->serial);
	if (status != ROTOR_OK) {
		rotor_fail_with(p->events, "cannot open the serial line {line}: {reason}", NULL,
				ROTOR_STRING("line", p->options->serial),
				ROTOR_STRING("reason", rotor_status_string(status)));
		return false;
	}
	rotor_event(p->events, ROTOR_INFO, "prot.line", ROTOR_SAY("serial line at {line}"),
		    ROTOR_STRING("line", p->options->serial));
	return true;
}

static bool open_relay(struct power *p)
{
	static struct rotor_spdm_relay relay;
	const char *where = p->options->spdm_emu;
	uint16_t port = 0;
	int listener = -1;
	enum rotor_status status = rotor_spdm_socket_listen(where, &listener, &port);
	if (status == ROTOR_OK) {
		status = rotor_spdm_relay_to_device(&relay, listener);
	}
	if (status != ROTOR_OK) {
		rotor_fail_with(p->events, "cannot listen at {where}: {reason}", NULL,
				ROTOR_STRING("where", where),
				ROTOR_STRING("reason", rotor_status_string(status)));
		return false;
	}
	p->relay = &relay;
	rotor_event(p->events, ROTOR_INFO, "prot.spdm",
		    ROTOR_SAY("SPDM over TCP at {where}, port {port}"),
		    ROTOR_STRING("where", where), ROTOR_UINT("port", port));
	return true;
}

/* What the runtime's line leads to, when there is no bus. */
static bool open_outside(struct power *p)
{
	if (p->options->bus) {
		return true;
	}
	return p->options->spdm_emu ? open_relay(p) : open_line(p);
}

/* One boot after another. */
static int live(struct power *p)
{
	int deaths = 0;
	for (;;) {
		switch (boot_once(p)) {
		case OUTCOME_RESET:
			deaths = 0;
			rotor_event(p->events, ROTOR_INFO, "prot.reset", ROTOR_SAY("reset"));
			break;
		case OUTCOME_HUNG:
			rotor_event(p->events, ROTOR_WARNING, "prot.hung",
				    ROTOR_SAY("the firmware hangs: the watchdog resets"));
			break;
		case OUTCOME_DIED:
			rotor_event(p->events, ROTOR_WARNING, "prot.died",
				    ROTOR_SAY("the firmware ended by itself: the watchdog resets"));
			if (++deaths == DEATHS_MAX) {
				rotor_fail(p->events, "the firmware keeps dying", NULL);
				return 1;
			}
			break;
		case OUTCOME_OFF:
			return 0;
		default:
			return 1;
		}
	}
}

int power_run(struct chip *chip, const struct power_options *options, struct rotor_events *events)
{
	static struct power p;
	sigset_t set;
	p = (struct power){
	    .chip = chip, .options = options, .events = events, .flash = -1, .mailbox = -1};
	p.uart = (struct uart){.listener = -1, .peer = -1, .wire = -1};
	if (!open_outside(&p)) {
		return 1;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (p.signals < 0) {
		rotor_fail(events, "cannot wait for signals", NULL);
	}
	int code = p.signals < 0 ? 1 : live(&p);
	uart_close(&p.uart);
	return code;
}
