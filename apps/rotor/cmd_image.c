/* SPDX-License-Identifier: Apache-2.0 */
/* rotor image: MCUboot images signed (image_sign.c), shown and verified. */
#include <stdio.h>
#include <string.h>

#include "image_cli.h"
#include "rotor/host_pki.h"

#define SIGNER_SECONDS_MAX 86400

enum {
	OPTION_KEY = 'k',
	OPTION_VERSION = 0x100,
	OPTION_SECURITY_VERSION,
	OPTION_VENDOR,
	OPTION_CLASS,
	OPTION_HEADER_SIZE,
	OPTION_LOAD_ADDRESS,
	OPTION_KEY_HASH,
	OPTION_FLOOR,
	OPTION_KIND,
	OPTION_HASH,
	OPTION_BOOT_RECORD,
	OPTION_SIGNER,
	OPTION_PUBLIC_KEY,
	OPTION_SIGNER_TIMEOUT,
};

#define ID_HELP "UUID, or a name from which one is made as imgtool does"

static const struct argp_option sign_options[] = {
    {"key", OPTION_KEY, "FILE", 0, "Private key (PEM: P-384, P-256, RSA-3072 or Ed25519)", 1},
    {"signer", OPTION_SIGNER, "CMD", 0,
     "In place of --key: a command that signs, run by the shell; see below", 1},
    {"public-key", OPTION_PUBLIC_KEY, "FILE", 0,
     "With --signer: public key or certificate (PEM) that its signatures must verify with", 1},
    {"signer-timeout", OPTION_SIGNER_TIMEOUT, "SECONDS", 0,
     "How long the signer may take (default 120)", 1},
    {"version", OPTION_VERSION, "VERSION", 0, "Major.minor.revision+build, as 1.2.3+4", 0},
    {"security-version", OPTION_SECURITY_VERSION, "N", 0,
     "Security counter: devices refuse images below their floor", 0},
    {"vendor-id", OPTION_VENDOR, "ID", 0, "Vendor identifier: " ID_HELP, 0},
    {"class-id", OPTION_CLASS, "ID", 0, "Device class identifier: " ID_HELP, 0},
    {"kind", OPTION_KIND, "KIND", 0,
     "What it is for: firmware (default), recovery (runs when both slots are bad), settings "
     "(signed configuration) or downstream (of a chip behind the device, whose identifiers it has)",
     0},
    {"header-size", OPTION_HEADER_SIZE, "N", 0, "Size of the header, padded (default 32)", 0},
    {"load-address", OPTION_LOAD_ADDRESS, "N", 0, "Address to load to (default 0)", 0},
    {"hash", OPTION_HASH, "HASH", 0,
     "sha256, sha384 or sha512; each key has its own, only Ed25519 has a choice: sha256 (default) "
     "or sha512",
     0},
    {"boot-record", OPTION_BOOT_RECORD, "TYPE", 0,
     "Put in a boot record for MCUboot's measured boot: software type, at most 12 characters", 0},
    {"key-hash", OPTION_KEY_HASH, NULL, 0,
     "Put in only the hash of the public key, for a boot loader that holds the key; rotor's does "
     "not",
     0},
    {0},
};

static const struct argp_option verify_options[] = {
    {"key", OPTION_KEY, "FILE", 0, "Public key, certificate or private key (PEM); may be repeated",
     0},
    {"security-floor", OPTION_FLOOR, "N", 0, "Lowest security version accepted (default 0)", 0},
    {"vendor-id", OPTION_VENDOR, "ID", 0, "Vendor identifier that it must have", 0},
    {"class-id", OPTION_CLASS, "ID", 0, "Device class identifier that it must have", 0},
    {"kind", OPTION_KIND, "KIND", 0,
     "What it must be for: firmware (default), recovery, settings or downstream", 0},
    {0},
};

/* A number for an option, or wrong usage. */
static uint32_t number(struct argp_state *state, const char *what, const char *value, uint32_t max)
{
	uint64_t n = 0;

	if (!cli_number(value, max, &n))
		argp_error(state, "%s: `%s' is no number from 0 to %lu", what, value,
			   (unsigned long)max);
	return (uint32_t)n;
}

static enum rotor_image_kind kind_named(struct argp_state *state, const char *name)
{
	const char *known;
	int kind;

	for (kind = 0; (known = rotor_image_kind_string((enum rotor_image_kind)kind)); kind++)
		if (strcmp(name, known) == 0)
			return (enum rotor_image_kind)kind;
	argp_error(state, "--kind: `%s' is not firmware, recovery, settings or downstream", name);
	return ROTOR_IMAGE_FIRMWARE;
}

static enum rotor_hash_alg hash_named(struct argp_state *state, const char *name)
{
	static const char *const names[] = {
	    [ROTOR_HASH_SHA256] = "sha256",
	    [ROTOR_HASH_SHA384] = "sha384",
	    [ROTOR_HASH_SHA512] = "sha512",
	};

	for (size_t i = ROTOR_HASH_SHA256; i < ROTOR_COUNT_OF(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum rotor_hash_alg)i;
	argp_error(state, "--hash: `%s' is not sha256, sha384 or sha512", name);
	return ROTOR_HASH_NONE;
}

/* Class names live in the name space of their vendor, so both are read when all options are known. */
static void take_ids(struct image_arguments *a, struct argp_state *state)
{
	a->spec.has_vendor_id = a->vendor != NULL;
	a->spec.has_class_id = a->class != NULL;
	if (a->vendor && !cli_uuid(a->vendor, cli_uuid_dns, a->spec.vendor_id))
		argp_error(state, "--vendor-id: `%s' is no UUID and no name", a->vendor);
	if (a->class && !cli_uuid(a->class, a->vendor ? a->spec.vendor_id : NULL, a->spec.class_id))
		argp_error(state, "--class-id: `%s' is no UUID%s", a->class,
			   a->vendor ? "" : "; a name needs --vendor-id too");
}

/* What belongs to signing alone. */
static error_t parse_sign_option(int key, char *value, struct argp_state *state)
{
	struct image_arguments *a = state->input;

	switch (key) {
	case OPTION_HEADER_SIZE:
		a->spec.header_size = (uint16_t)number(state, "--header-size", value, UINT16_MAX);
		if (a->spec.header_size < ROTOR_IMAGE_HEADER_SIZE)
			argp_error(state, "--header-size: at least 32");
		return 0;
	case OPTION_LOAD_ADDRESS:
		a->spec.load_address = number(state, "--load-address", value, UINT32_MAX);
		a->spec.flags = ROTOR_IMAGE_F_RAM_LOAD;
		return 0;
	case OPTION_KEY_HASH:
		a->spec.key_hash_only = true;
		return 0;
	case OPTION_HASH:
		a->spec.hash_alg = hash_named(state, value);
		return 0;
	case OPTION_BOOT_RECORD:
		a->boot_record = value;
		return 0;
	case OPTION_SIGNER:
		a->signer = value;
		return 0;
	case OPTION_PUBLIC_KEY:
		a->public_key = value;
		return 0;
	case OPTION_SIGNER_TIMEOUT:
		a->signer_seconds = number(state, "--signer-timeout", value, SIGNER_SECONDS_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct image_arguments *a = state->input;

	switch (key) {
	case OPTION_KEY:
		if (a->key_count == IMAGE_KEYS_MAX)
			argp_error(state, "more than %d keys", IMAGE_KEYS_MAX);
		a->keys[a->key_count++] = value;
		return 0;
	case OPTION_VERSION:
		if (rotor_image_version_parse(value, &a->spec.version) != ROTOR_OK)
			argp_error(state, "--version: `%s' is not like 1.2.3 or 1.2.3+4", value);
		a->has_version = true;
		return 0;
	case OPTION_SECURITY_VERSION:
		a->spec.security_counter = number(state, "--security-version", value, UINT32_MAX);
		a->spec.has_security_counter = true;
		return 0;
	case OPTION_FLOOR:
		a->floor = number(state, "--security-floor", value, UINT32_MAX);
		return 0;
	case OPTION_VENDOR:
		a->vendor = value;
		return 0;
	case OPTION_CLASS:
		a->class = value;
		return 0;
	case OPTION_KIND:
		a->spec.kind = kind_named(state, value);
		return 0;
	default:
		return parse_sign_option(key, value, state);
	}
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct image_arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		return 0;
	case ARGP_KEY_ARG:
		if (a->file_count == a->files_wanted)
			argp_usage(state);
		a->files[a->file_count++] = value;
		return 0;
	case ARGP_KEY_END:
		if (a->file_count < a->files_wanted)
			argp_error(state, "a file name is missing");
		take_ids(a, state);
		return 0;
	default:
		return parse_option(key, value, state);
	}
}

/* ---- show ---- */

/*
 * Inspects (policy NULL) or verifies a file, and says what it is or why not. Returns an exit code.
 */
static int examine(struct rotor_cli *cli, const char *path, const struct rotor_image_policy *policy,
		   const char *heading, const char *event)
{
	static uint8_t work[IMAGE_WORK_SIZE];
	struct rotor_image_source source = {.read = cli_file_read32};
	struct rotor_image_verifier v;
	struct cli_file file;
	enum rotor_status status;

	if (!cli_file_open(cli, path, &file))
		return CLI_FAILED;
	source.ctx = &file;
	/* an image cannot be larger; what follows it is of no interest */
	source.size = file.size > UINT32_MAX ? UINT32_MAX : (uint32_t)file.size;
	status =
	    policy ? rotor_image_verifier_init(&v, cli->crypto, &source, policy, work, sizeof(work))
		   : rotor_image_inspector_init(&v, cli->crypto, &source, work, sizeof(work));
	if (!status)
		status = rotor_image_verifier_run(&v);
	if (!status)
		image_report(cli, path, &v.info, &source, heading, event);
	cli_file_close(&file);
	return status ? image_refuse(cli, path, &v) : CLI_DONE;
}

static const struct argp show_argp = {
    NULL,
    parse,
    "FILE",
    "Shows what an image says of itself. Its structure and hash are checked, its signature is not.",
    cli_children,
    NULL,
    NULL};

static int show(struct rotor_cli *cli, int argc, char **argv)
{
	struct image_arguments a = {.cli = cli, .files_wanted = 1};

	cli_parse(&show_argp, argc, argv, &a);
	return examine(cli, a.files[0], NULL, "{file}: well-formed image, signature not checked",
		       "image.show");
}

/* ---- verify ---- */

static const struct argp verify_argp = {
    verify_options,
    parse,
    "FILE",
    "Verifies an image as a device does: structure, hash, signature by one of the given keys, "
    "security version and, if "
    "given, identifiers. At least one --key is needed.",
    cli_children,
    NULL,
    NULL};

static int verify(struct rotor_cli *cli, int argc, char **argv)
{
	struct image_arguments a = {.cli = cli, .files_wanted = 1};
	struct rotor_public_key keys[IMAGE_KEYS_MAX];
	struct rotor_image_policy policy = {.keys = keys};
	enum rotor_status status;

	cli_parse(&verify_argp, argc, argv, &a);
	if (a.key_count == 0 || a.spec.has_vendor_id != a.spec.has_class_id) {
		fprintf(stderr, "%s: %s\n", argv[0],
			a.key_count ? "--vendor-id and --class-id go together"
				    : "--key is missing");
		return CLI_USAGE;
	}
	for (size_t i = 0; i < a.key_count; i++) {
		status = rotor_pki_read_public(a.keys[i], &keys[i]);
		if (status)
			return cli_fail_file(cli, a.keys[i], status);
	}
	policy.key_count = a.key_count;
	policy.security_floor = a.floor;
	policy.kind = a.spec.kind;
	policy.flags = ROTOR_IMAGE_DEPENDENCIES_IGNORED;
	if (a.spec.has_vendor_id) {
		memcpy(policy.vendor_id, a.spec.vendor_id, ROTOR_IMAGE_ID_SIZE);
		memcpy(policy.class_id, a.spec.class_id, ROTOR_IMAGE_ID_SIZE);
	} else {
		policy.flags |= ROTOR_IMAGE_IDS_IGNORED;
	}
	return examine(cli, a.files[0], &policy, "{file}: image verified", "image.verified");
}

/* ---- sign ---- */

static const struct argp sign_argp = {
    sign_options,
    parse,
    "IN OUT",
    "Makes a signed image OUT of the program IN: header, program, protected identifiers and "
    "security version, hash, "
    "public key and signature.\v"
    "--version is needed, and --key or --signer. A device refuses images without the identifiers "
    "that it was provisioned with.\n\n"
    "A signer gets the digest, raw, on standard input; ROTOR_SIGN_ALGORITHM (ecdsa-p256, "
    "ecdsa-p384, rsa3072-pss or ed25519), ROTOR_SIGN_HASH (sha256 …) and ROTOR_SIGN_DIGEST (hex) "
    "in its environment. It writes the signature and nothing else to standard output: ECDSA in DER "
    "or r then s, RSA-PSS with a salt as long as the digest, Ed25519 over the digest. The "
    "signature is verified before OUT is written.",
    cli_children,
    NULL,
    NULL};

static int sign(struct rotor_cli *cli, int argc, char **argv)
{
	struct image_arguments a = {.cli = cli, .files_wanted = 2};
	const char *wrong = NULL;

	a.spec.header_size = ROTOR_IMAGE_HEADER_SIZE;
	cli_parse(&sign_argp, argc, argv, &a);
	if (!a.has_version)
		wrong = "--version is missing";
	else if (a.key_count + (a.signer ? 1 : 0) != 1)
		wrong = "one --key or one --signer is needed";
	else if (!a.signer != !a.public_key)
		wrong = "--signer and --public-key go together";
	if (wrong) {
		fprintf(stderr, "%s: %s\n", argv[0], wrong);
		return CLI_USAGE;
	}
	return image_sign(&a);
}

static const struct cli_command commands[] = {
    {"sign", "make a signed image of a program", sign},
    {"show", "show what an image says of itself", show},
    {"verify", "verify an image with public keys", verify},
};

int cmd_image(struct rotor_cli *cli, int argc, char **argv)
{
	return cli_dispatch(cli, commands, sizeof(commands) / sizeof(commands[0]), NULL, argc,
			    argv);
}
