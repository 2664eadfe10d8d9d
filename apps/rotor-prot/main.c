/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotor-prot: an emulated platform root of trust. The process is the chip: it
 * holds flash and fuses, runs the boot stage, and starts what is in a slot as a
 * confined child. Killing it is a power cut.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "chip.h"
#include "power.h"
#include "respond.h"
#include "rotor/boot_dice.h"
#include "rotor/crypto.h"
#include "rotor/host_events.h"
#include "rotor/host_file.h"

const char *argp_program_version = "rotor-prot " ROTOR_VERSION;

/* The largest program that is hashed as the boot stage. */
#define SELF_MAX (64u << 20)
/* Limits of the emulated NOR flash. */
#define SLOT_MIN   4096u
#define SECTOR_MAX (1u << 20)

enum {
	OPTION_FLASH = 0x100,
	OPTION_FUSES,
	OPTION_BUS,
	OPTION_SERIAL,
	OPTION_SPDM_EMU,
	OPTION_ADDRESS,
	OPTION_WATCHDOG,
	OPTION_JSON,
	OPTION_SLOT_SIZE,
	OPTION_SECTOR_SIZE,
	OPTION_PROGRAM_UNIT,
	OPTION_KEY_HASH,
	OPTION_CSR,
	OPTION_NAME,
	OPTION_DOWNSTREAM,
};

struct options {
	enum { COMMAND_RUN, COMMAND_MANUFACTURE, COMMAND_DIGEST } command;
	const char *flash, *fuses, *downstream, *bus, *serial, *spdm_emu, *csr, *name;
	uint8_t address;
	unsigned watchdog_s;
	uint32_t slot_size, sector_size, program_unit;
	struct rotor_image_key_hash keys[CHIP_FUSE_KEY_COUNT];
	size_t key_count;
	bool json;
};

static const struct argp_option option_table[] = {
    {"flash", OPTION_FLASH, "FILE", 0, "the flash: slots, boot record, certificates, configuration",
     0},
    {"fuses", OPTION_FUSES, "FILE", 0, "the fuses: device secret, security floor, key hashes", 0},
    {"json", OPTION_JSON, NULL, 0, "events as JSON, one object a line", 0},
    {NULL, 0, NULL, 0, "run:", 1},
    {"bus", OPTION_BUS, "unix:PATH", 0, "the virtual SMBus to join (a socket of rotor-bus), or", 1},
    {"serial", OPTION_SERIAL, "unix:PATH|tcp:HOST:PORT|TTY", 0,
     "a serial line instead of the bus: a socket to listen at, for one peer at a time (TCP: for "
     "development), or a "
     "terminal",
     1},
    {"spdm-emu", OPTION_SPDM_EMU, "HOST:PORT", 0,
     "instead of either, listen for SPDM over TCP as DMTF's emulators speak it; unprotected: use a "
     "loopback address",
     1},
    {"address", OPTION_ADDRESS, "ADDR", 0, "7-bit SMBus address (default 0x1d)", 1},
    {"downstream", OPTION_DOWNSTREAM, "FILE", 0,
     "put a chip behind the device, which the device updates: its flash, two banks; 1 MiB, erased, "
     "if there is no such file",
     1},
    {"watchdog", OPTION_WATCHDOG, "SECONDS", 0,
     "firmware that hangs for so long is reset (default 10)", 1},
    {NULL, 0, NULL, 0, "manufacture:", 2},
    {"slot-size", OPTION_SLOT_SIZE, "BYTES", 0,
     "size of each firmware slot and of the recovery region (default 4194304)", 2},
    {"sector-size", OPTION_SECTOR_SIZE, "BYTES", 0,
     "what the flash erases at once: a power of two, 4096 (default) to 1048576", 2},
    {"program-unit", OPTION_PROGRAM_UNIT, "BYTES", 0,
     "what the flash programs at once: a power of two, 1 to 256 (default)", 2},
    {"image-key-hash", OPTION_KEY_HASH, "HEX", 0,
     "SHA-384 of an image key's SubjectPublicKeyInfo; needed, up to four times", 2},
    {"csr", OPTION_CSR, "FILE", 0, "where to write the certificate request (DER); needed", 2},
    {"name", OPTION_NAME, "TEXT", 0, "common name to ask for (default \"rotor device\")", 2},
    {0}};

static bool parse_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end = NULL;
	unsigned long long value = strtoull(text, &end, 0);
	*out = value;
	return *text && !*end && *text != '-' && value <= max;
}

static bool parse_power_of_two(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t value = 0;
	bool good = parse_number(text, max, &value) && value >= min && (value & (value - 1)) == 0;
	*out = (uint32_t)value;
	return good;
}

static bool parse_hash(const char *text, struct rotor_image_key_hash *out)
{
	out->alg = ROTOR_HASH_SHA384;
	if (strlen(text) != 2 * ROTOR_BOOT_DIGEST_SIZE) {
		return false;
	}
	for (size_t i = 0; i < ROTOR_BOOT_DIGEST_SIZE; i++) {
		char digits[3] = {text[2 * i], text[2 * i + 1], 0};
		char *end = NULL;
		out->hash[i] = (uint8_t)strtoul(digits, &end, 16);
		if (*end || digits[0] == '-' || digits[0] == '+' || digits[0] == ' ') {
			return false;
		}
	}
	return true;
}

static void parse_command(struct options *o, const char *word, struct argp_state *state)
{
	if (strcmp(word, "run") == 0) {
		o->command = COMMAND_RUN;
	} else if (strcmp(word, "manufacture") == 0) {
		o->command = COMMAND_MANUFACTURE;
	} else if (strcmp(word, "digest") == 0) {
		o->command = COMMAND_DIGEST;
	} else {
		argp_error(state, "there is no command '%s'", word);
	}
}

static void check_complete(const struct options *o, struct argp_state *state)
{
	if (o->command != COMMAND_DIGEST && (!o->flash || !o->fuses)) {
		argp_error(state, "--flash and --fuses are needed");
	}
	if (o->command == COMMAND_RUN && !!o->bus + !!o->serial + !!o->spdm_emu != 1) {
		argp_error(state, "one of --bus, --serial and --spdm-emu is needed");
	}
	if (o->command == COMMAND_MANUFACTURE && (!o->csr || !o->key_count)) {
		argp_error(state, "--csr and at least one --image-key-hash are needed");
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	uint64_t number = 0;
	switch (key) {
	case OPTION_FLASH:
		o->flash = arg;
		return 0;
	case OPTION_FUSES:
		o->fuses = arg;
		return 0;
	case OPTION_DOWNSTREAM:
		o->downstream = arg;
		return 0;
	case OPTION_BUS:
		if (strncmp(arg, "unix:", 5) != 0) {
			argp_error(state, "--bus takes unix:PATH");
		}
		o->bus = arg + 5;
		return 0;
	case OPTION_SERIAL:
		o->serial = arg;
		return 0;
	case OPTION_SPDM_EMU:
		o->spdm_emu = arg;
		return 0;
	case OPTION_ADDRESS:
		if (!parse_number(arg, 0x77, &number) || number < 0x08) {
			argp_error(state, "--address takes 0x08 to 0x77");
		}
		o->address = (uint8_t)number;
		return 0;
	case OPTION_WATCHDOG:
		if (!parse_number(arg, 3600, &number) || number == 0) {
			argp_error(state, "--watchdog takes 1 to 3600");
		}
		o->watchdog_s = (unsigned)number;
		return 0;
	case OPTION_JSON:
		o->json = true;
		return 0;
	case OPTION_SLOT_SIZE:
		if (!parse_number(arg, 64u << 20, &number) || number < SLOT_MIN) {
			argp_error(state, "--slot-size takes 4096 to 67108864");
		}
		o->slot_size = (uint32_t)number;
		return 0;
	case OPTION_SECTOR_SIZE:
		if (!parse_power_of_two(arg, ROTOR_FLASH_SECTOR, SECTOR_MAX, &o->sector_size)) {
			argp_error(state, "--sector-size takes a power of two, 4096 to 1048576");
		}
		return 0;
	case OPTION_PROGRAM_UNIT:
		if (!parse_power_of_two(arg, 1, ROTOR_FLASH_PAGE, &o->program_unit)) {
			argp_error(state, "--program-unit takes a power of two, 1 to 256");
		}
		return 0;
	case OPTION_KEY_HASH:
		if (o->key_count == CHIP_FUSE_KEY_COUNT ||
		    !parse_hash(arg, &o->keys[o->key_count])) {
			argp_error(
			    state,
			    "--image-key-hash takes 96 hexadecimal digits, four times at most");
		}
		o->key_count++;
		return 0;
	case OPTION_CSR:
		o->csr = arg;
		return 0;
	case OPTION_NAME:
		o->name = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0) {
			return ARGP_ERR_UNKNOWN;
		}
		parse_command(o, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which command? run, manufacture, digest or respond");
		return 0;
	case ARGP_KEY_SUCCESS:
		check_complete(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse,
    .args_doc = "run|manufacture|digest|respond",
    .doc = "An emulated platform root of trust: boot stage, flash and fuses; the firmware in its "
	   "slots is a real "
	   "program that it starts.\v"
	   "run          power on; the end of the process is a power cut\n"
	   "manufacture  make a new chip: flash and fuse files, a device secret, a certificate "
	   "request; 'rotor provision' calls it and does the rest\n"
	   "respond      no chip, but a plain SPDM responder over TCP, made of certificates and "
	   "keys in files; see 'rotor-prot respond --help'\n"
	   "digest       print the digest of the boot stage (what measurement 1 will say)\n\n"
	   "Exit codes: 0 done, 1 refused or failed, 2 usage.",
};

/* The boot stage of this chip is this program: its digest is what measurement 1 says. */
static enum rotor_status own_digest(uint8_t digest[ROTOR_BOOT_DIGEST_SIZE])
{
	uint8_t *self = NULL;
	size_t len = 0;
	enum rotor_status status = rotor_file_read("/proc/self/exe", SELF_MAX, &self, &len);
	if (status == ROTOR_OK) {
		struct rotor_bytes part = {self, len};
		status =
		    rotor_hash_parts(&rotor_crypto_mbedtls, ROTOR_HASH_SHA384, &part, 1, digest);
		free(self);
	}
	return status;
}

static int fail(struct rotor_events *e, const char *what, enum rotor_status status)
{
	rotor_fail_with(e, "{what}: {reason}", NULL, ROTOR_STRING("what", what),
			ROTOR_STRING("reason", rotor_status_string(status)));
	return 1;
}

static int manufacture(const struct options *o, struct rotor_events *e)
{
	struct rotor_flash_layout layout;
	static struct chip chip;
	uint8_t secret[ROTOR_BOOT_SECRET_SIZE];
	uint8_t request[1024];
	size_t len = 0;
	const char *what = "the sizes of slots, sectors and program unit are not possible";
	enum rotor_status status = rotor_flash_layout_make(o->sector_size, o->program_unit,
							   o->slot_size, o->slot_size, &layout);
	if (status == ROTOR_OK) {
		status = chip_manufacture(o->flash, o->fuses, &layout, &rotor_crypto_mbedtls,
					  o->keys, o->key_count, &what);
	}
	if (status == ROTOR_OK) {
		status = chip_open(&chip, o->flash, o->fuses, &what);
	}
	if (status != ROTOR_OK) {
		return fail(e, what, status);
	}
	what = "cannot make the certificate request";
	status = chip.fuses.ops->read_secret(chip.fuses.ctx, secret);
	if (status == ROTOR_OK) {
		status = rotor_dice_identity_request(&rotor_crypto_mbedtls, secret, o->name,
						     request, sizeof(request), &len);
	}
	rotor_wipe(secret, sizeof(secret));
	chip_close(&chip);
	if (status == ROTOR_OK) {
		what = "cannot write the certificate request";
		status = rotor_file_write(o->csr, request, len, ROTOR_FILE_PUBLIC);
	}
	if (status != ROTOR_OK) {
		return fail(e, what, status);
	}
	rotor_event(e, ROTOR_INFO, "prot.manufactured",
		    ROTOR_SAY("made a chip with {size} bytes of flash; its request is in {csr}"),
		    ROTOR_UINT("size", layout.geometry.size), ROTOR_STRING("csr", o->csr));
	return 0;
}

static int run(const struct options *o, struct rotor_events *e)
{
	static struct chip chip;
	struct power_options power = {.bus = o->bus,
				      .address = o->address,
				      .serial = o->serial,
				      .spdm_emu = o->spdm_emu,
				      .watchdog_s = o->watchdog_s};
	const char *what = NULL;
	enum rotor_status status = own_digest(power.stage_digest);
	if (status != ROTOR_OK) {
		return fail(e, "cannot measure the boot stage", status);
	}
	status = chip_open(&chip, o->flash, o->fuses, &what);
	if (status != ROTOR_OK) {
		return fail(e, what, status);
	}
	if (o->downstream && (status = chip_put_behind(&chip, o->downstream, &what)) != ROTOR_OK) {
		chip_close(&chip);
		return fail(e, what, status);
	}
	int code = power_run(&chip, &power, e);
	chip_close(&chip);
	return code;
}

static int respond(int argc, char **argv)
{
	static char name[] = "rotor-prot respond";
	struct respond_options o;
	struct rotor_events events;
	argv[0] = name;
	respond_parse(&o, argc, argv);
	rotor_events_init(&events, o.json ? ROTOR_EVENTS_JSON : ROTOR_EVENTS_TEXT, stdout);
	return respond_run(&o, &events);
}

int main(int argc, char **argv)
{
	struct options o = {.address = 0x1d,
			    .watchdog_s = 10,
			    .slot_size = 4u << 20,
			    .sector_size = ROTOR_FLASH_SECTOR,
			    .program_unit = ROTOR_FLASH_PAGE,
			    .name = "rotor device"};
	struct rotor_events events;
	argp_err_exit_status = 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && strcmp(argv[1], "respond") == 0) {
		return respond(argc - 1, argv + 1);
	}
	argp_parse(&parser, argc, argv, 0, NULL, &o);
	rotor_events_init(&events, o.json ? ROTOR_EVENTS_JSON : ROTOR_EVENTS_TEXT, stdout);
	if (o.command == COMMAND_MANUFACTURE) {
		return manufacture(&o, &events);
	}
	if (o.command == COMMAND_RUN) {
		return run(&o, &events);
	}
	uint8_t digest[ROTOR_BOOT_DIGEST_SIZE];
	enum rotor_status status = own_digest(digest);
	if (status != ROTOR_OK) {
		return fail(&events, "cannot measure the boot stage", status);
	}
	rotor_event(&events, ROTOR_INFO, "prot.digest", ROTOR_SAY("{digest}"),
		    ROTOR_BYTES("digest", digest, sizeof(digest)));
	return 0;
}
