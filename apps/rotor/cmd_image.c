/* SPDX-License-Identifier: Apache-2.0 */
/* rotor image: MCUboot images signed, shown and verified. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/boot_image.h"
#include "rotor/host_file.h"
#include "rotor/host_pki.h"
#include "rotor_cli.h"

#define BODY_MAX  (256u << 20)
#define KEYS_MAX  8
#define WORK_SIZE 65536

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
};

struct arguments {
	struct rotor_cli *cli;
	const char *files[2];
	size_t file_count, files_wanted;
	const char *keys[KEYS_MAX];
	size_t key_count;
	const char *vendor, *class;
	bool has_version;
	struct rotor_image_spec spec;
	uint32_t floor;
};

#define ID_HELP "UUID, or a name from which one is made as imgtool does"

static const struct argp_option sign_options[] = {
    {"key", OPTION_KEY, "FILE", 0, "Private key (PEM, P-384 or P-256)", 1},
    {"version", OPTION_VERSION, "VERSION", 0, "Major.minor.revision+build, as 1.2.3+4", 0},
    {"security-version", OPTION_SECURITY_VERSION, "N", 0,
     "Security counter: devices refuse images below their floor", 0},
    {"vendor-id", OPTION_VENDOR, "ID", 0, "Vendor identifier: " ID_HELP, 0},
    {"class-id", OPTION_CLASS, "ID", 0, "Device class identifier: " ID_HELP, 0},
    {"kind", OPTION_KIND, "KIND", 0,
     "What it is for: firmware (default), recovery (runs when both slots are bad) or settings "
     "(signed configuration)",
     0},
    {"header-size", OPTION_HEADER_SIZE, "N", 0, "Size of the header, padded (default 32)", 0},
    {"load-address", OPTION_LOAD_ADDRESS, "N", 0, "Address to load to (default 0)", 0},
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
     "What it must be for: firmware (default), recovery or settings", 0},
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
	argp_error(state, "--kind: `%s' is not firmware, recovery or settings", name);
	return ROTOR_IMAGE_FIRMWARE;
}

/* Class names live in the name space of their vendor, so both are read when all options are known. */
static void take_ids(struct arguments *a, struct argp_state *state)
{
	a->spec.has_vendor_id = a->vendor != NULL;
	a->spec.has_class_id = a->class != NULL;
	if (a->vendor && !cli_uuid(a->vendor, cli_uuid_dns, a->spec.vendor_id))
		argp_error(state, "--vendor-id: `%s' is no UUID and no name", a->vendor);
	if (a->class && !cli_uuid(a->class, a->vendor ? a->spec.vendor_id : NULL, a->spec.class_id))
		argp_error(state, "--class-id: `%s' is no UUID%s", a->class,
			   a->vendor ? "" : "; a name needs --vendor-id too");
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_KEY:
		if (a->key_count == KEYS_MAX)
			argp_error(state, "more than %d keys", KEYS_MAX);
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
	case OPTION_HEADER_SIZE:
		a->spec.header_size = (uint16_t)number(state, "--header-size", value, UINT16_MAX);
		if (a->spec.header_size < ROTOR_IMAGE_HEADER_SIZE)
			argp_error(state, "--header-size: at least 32");
		return 0;
	case OPTION_LOAD_ADDRESS:
		a->spec.load_address = number(state, "--load-address", value, UINT32_MAX);
		a->spec.flags = ROTOR_IMAGE_F_RAM_LOAD;
		return 0;
	case OPTION_KIND:
		a->spec.kind = kind_named(state, value);
		return 0;
	case OPTION_KEY_HASH:
		a->spec.key_hash_only = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;

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

static const char *hash_name(enum rotor_hash_alg alg)
{
	switch (alg) {
	case ROTOR_HASH_SHA256:
		return "SHA-256";
	case ROTOR_HASH_SHA384:
		return "SHA-384";
	case ROTOR_HASH_SHA512:
		return "SHA-512";
	default:
		return NULL;
	}
}

static const char *sig_name(enum rotor_sig_alg alg)
{
	switch (alg) {
	case ROTOR_SIG_ECDSA_P256:
		return "ECDSA P-256";
	case ROTOR_SIG_ECDSA_P384:
		return "ECDSA P-384";
	default:
		return NULL;
	}
}

static void report_id(struct cli_report *r, const char *label, const char *key, bool present,
		      const uint8_t *id)
{
	char text[37];

	cli_uuid_text(id, text);
	cli_report_string(r, label, key, present ? text : NULL);
}

static void report(struct rotor_cli *cli, const char *file, const struct rotor_image_info *info,
		   const char *heading, const char *event)
{
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	struct cli_report r;

	rotor_image_version_string(&info->version, version);
	cli_report_begin(&r, heading);
	cli_report_string(&r, NULL, "file", file);
	cli_report_string(&r, "kind", "kind", rotor_image_kind_string(info->kind));
	cli_report_string(&r, "version", "version", version);
	if (info->has_security_counter)
		cli_report_uint(&r, "security version", "security_version", info->security_counter);
	report_id(&r, "vendor id", "vendor_id", info->has_vendor_id, info->vendor_id);
	report_id(&r, "class id", "class_id", info->has_class_id, info->class_id);
	cli_report_uint(&r, "header size", "header_size", info->body_offset);
	cli_report_uint(&r, "body size", "body_size", info->body_size);
	cli_report_uint(&r, "whole size", "size", info->total_size);
	cli_report_number_hex(&r, "load address", "load_address", info->load_address);
	cli_report_string(&r, "hash", "hash_algorithm", hash_name(info->hash_alg));
	cli_report_bytes(&r, "measurement", "measurement", info->hash,
			 rotor_hash_size(info->hash_alg));
	cli_report_string(&r, "signature", "signature_algorithm", sig_name(info->sig_alg));
	if (info->key_hash.alg != ROTOR_HASH_NONE)
		cli_report_bytes(&r, "key hash", "key_hash", info->key_hash.hash,
				 rotor_hash_size(info->key_hash.alg));
	cli_report_bool(&r, "carries its key", "public_key", info->has_public_key);
	cli_report_end(&r, cli, event);
}

static int refuse(struct rotor_cli *cli, const char *file, enum rotor_image_refusal refusal)
{
	rotor_fail_with(&cli->events, "{file}: image refused: {reason}", NULL,
			ROTOR_STRING("file", file),
			ROTOR_STRING("reason", rotor_image_refusal_string(refusal)));
	return CLI_FAILED;
}

/* Inspects (policy NULL) or verifies a file. Returns an exit code; the information is in v->info. */
static int examine(struct rotor_cli *cli, const char *path, const struct rotor_image_policy *policy,
		   struct rotor_image_verifier *v)
{
	static uint8_t work[WORK_SIZE];
	struct rotor_image_source source = {.read = cli_file_read32};
	struct cli_file file;
	enum rotor_status status;

	if (!cli_file_open(cli, path, &file))
		return CLI_FAILED;
	source.ctx = &file;
	/* an image cannot be larger; what follows it is of no interest */
	source.size = file.size > UINT32_MAX ? UINT32_MAX : (uint32_t)file.size;
	status = policy
		     ? rotor_image_verifier_init(v, cli->crypto, &source, policy, work, WORK_SIZE)
		     : rotor_image_inspector_init(v, cli->crypto, &source, work, WORK_SIZE);
	if (!status)
		status = rotor_image_verifier_run(v);
	cli_file_close(&file);
	return status ? refuse(cli, path, v->refusal) : CLI_DONE;
}

static const struct argp show_argp = {
    NULL,
    parse,
    "FILE",
    "Shows what an image says of itself. Its structure and hash are checked, its signature is not.",
    cli_children,
    NULL,
    NULL};

static int image_show(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli, .files_wanted = 1};
	struct rotor_image_verifier v;

	cli_parse(&show_argp, argc, argv, &a);
	if (examine(cli, a.files[0], NULL, &v) != CLI_DONE)
		return CLI_FAILED;
	report(cli, a.files[0], &v.info, "{file}: well-formed image, signature not checked",
	       "image.show");
	return CLI_DONE;
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

static int image_verify(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli, .files_wanted = 1};
	struct rotor_public_key keys[KEYS_MAX];
	struct rotor_image_policy policy = {.keys = keys};
	struct rotor_image_verifier v;
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
	if (examine(cli, a.files[0], &policy, &v) != CLI_DONE)
		return CLI_FAILED;
	report(cli, a.files[0], &v.info, "{file}: image verified", "image.verified");
	return CLI_DONE;
}

/* ---- sign ---- */

static const struct argp sign_argp = {
    sign_options,
    parse,
    "IN OUT",
    "Makes a signed image OUT of the program IN: header, program, protected identifiers and "
    "security version, hash, "
    "public key and signature.\v"
    "--key and --version are needed. A device refuses images without the identifiers that it was "
    "provisioned "
    "with.",
    cli_children,
    NULL,
    NULL};

/* What was just made must be what a device accepts. */
static enum rotor_image_refusal check_result(const struct rotor_cli *cli,
					     const struct rotor_public_key *key,
					     const struct rotor_image_spec *spec,
					     const uint8_t *image, size_t len,
					     struct rotor_image_info *info)
{
	struct rotor_image_policy policy = {.keys = key,
					    .key_count = 1,
					    .kind = spec->kind,
					    .security_floor = spec->security_counter,
					    .flags = ROTOR_IMAGE_IDS_OPTIONAL};
	static uint8_t work[WORK_SIZE];
	struct rotor_image_memory memory;
	struct rotor_image_source source = rotor_image_memory(&memory, image, (uint32_t)len);
	struct rotor_image_verifier v;

	memcpy(policy.vendor_id, spec->vendor_id, ROTOR_IMAGE_ID_SIZE);
	memcpy(policy.class_id, spec->class_id, ROTOR_IMAGE_ID_SIZE);
	if (rotor_image_verifier_init(&v, cli->crypto, &source, &policy, work, WORK_SIZE))
		return ROTOR_IMAGE_CRYPTO_FAILED;
	(void)!rotor_image_verifier_run(&v);
	*info = v.info;
	return v.refusal;
}

static int sign_body(struct arguments *a, struct rotor_soft_key *key, const uint8_t *body,
		     size_t body_len)
{
	size_t cap = body_len + a->spec.header_size + ROTOR_IMAGE_TRAILER_MAX +
		     rotor_image_protected_size(&a->spec);
	struct rotor_signer signer = rotor_soft_signer(key);
	enum rotor_image_refusal refusal;
	struct rotor_image_info info;
	enum rotor_status status;
	uint8_t *image = malloc(cap);
	size_t len;

	if (!image)
		return cli_fail(a->cli, "not enough memory", NULL);
	status = rotor_image_write(&a->spec, a->cli->crypto, body, (uint32_t)body_len, &signer,
				   &key->public_key, image, cap, &len);
	if (status) {
		free(image);
		return cli_fail_file(a->cli, a->files[0], status);
	}
	refusal = check_result(a->cli, &key->public_key, &a->spec, image, len, &info);
	if (refusal) {
		free(image);
		return refuse(a->cli, a->files[1], refusal);
	}
	status = rotor_file_write(a->files[1], image, len, ROTOR_FILE_PUBLIC);
	free(image);
	if (status)
		return cli_fail_file(a->cli, a->files[1], status);
	report(a->cli, a->files[1], &info, "{file}: image signed", "image.signed");
	return CLI_DONE;
}

static int image_sign(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli, .files_wanted = 2};
	struct rotor_soft_key key;
	enum rotor_status status;
	uint8_t *body;
	size_t len;
	int code;

	a.spec.header_size = ROTOR_IMAGE_HEADER_SIZE;
	cli_parse(&sign_argp, argc, argv, &a);
	if (a.key_count != 1 || !a.has_version) {
		fprintf(stderr, "%s: one --key and a --version are needed\n", argv[0]);
		return CLI_USAGE;
	}
	status = rotor_file_read(a.files[0], BODY_MAX, &body, &len);
	if (status)
		return cli_fail_file(cli, a.files[0], status);
	if (len == 0) {
		free(body);
		return cli_fail_file(cli, a.files[0], ROTOR_ERR_LENGTH);
	}
	status = rotor_pki_read_private(a.keys[0], cli->crypto, &key);
	code = status ? cli_fail_file(cli, a.keys[0], status) : sign_body(&a, &key, body, len);
	rotor_wipe(&key, sizeof(key));
	free(body);
	return code;
}

static const struct cli_command commands[] = {
    {"sign", "make a signed image of a program", image_sign},
    {"show", "show what an image says of itself", image_show},
    {"verify", "verify an image with public keys", image_verify},
};

int cmd_image(struct rotor_cli *cli, int argc, char **argv)
{
	return cli_dispatch(cli, commands, sizeof(commands) / sizeof(commands[0]), NULL, argc,
			    argv);
}
