/* SPDX-License-Identifier: Apache-2.0 */
/* rotor package: DSP0267 packages created, signed, shown, verified and taken apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "package_cli.h"
#include "package_desc.h"
#include "package_report.h"
#include "rotor/host_file.h"
#include "rotor/host_pki.h"

#define SIGNER_SECONDS_MAX 86400

enum {
	OPTION_KEY = 'k',
	OPTION_SIGNER = 0x500,
	OPTION_PUBLIC_KEY,
	OPTION_SIGNER_TIMEOUT,
	OPTION_DETACHED,
	OPTION_SIGNATURE,
};

#define SIGNER_OPTIONS                                                                             \
	{"key", OPTION_KEY, "FILE", 0, "Sign it with this private release key (PEM, P-384)", 0},   \
	    {"signer",                                                                             \
	     OPTION_SIGNER,                                                                        \
	     "CMD",                                                                                \
	     0,                                                                                    \
	     "In place of --key: a command that signs; 'rotor image sign --help' says how",        \
	     0},                                                                                   \
	    {"public-key",                                                                         \
	     OPTION_PUBLIC_KEY,                                                                    \
	     "FILE",                                                                               \
	     0,                                                                                    \
	     "With --signer: public key (PEM) that its signatures must verify with",               \
	     0},                                                                                   \
	{                                                                                          \
		"signer-timeout", OPTION_SIGNER_TIMEOUT, "SECONDS", 0,                             \
		    "How long the signer may take (default 120)", 0                                \
	}

static const struct argp_option create_options[] = {SIGNER_OPTIONS, {0}};
static const struct argp_option sign_options[] = {
    SIGNER_OPTIONS,
    {"detached", OPTION_DETACHED, NULL, 0,
     "Write the signature alone to OUT, over the package as it is", 0},
    {0}};
static const struct argp_option verify_options[] = {
    {"key", OPTION_KEY, "FILE", 0,
     "Public release key (PEM): the package must be signed by it; may be given several times", 0},
    {"signature", OPTION_SIGNATURE, "FILE", 0, "Detached signature of the package", 0},
    {0}};

static bool add_key(struct package_arguments *a, const char *path)
{
	if (a->key_count == PACKAGE_KEYS_MAX)
		return false;
	a->keys[a->key_count++] = path;
	return true;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct package_arguments *a = state->input;
	uint64_t seconds;

	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		return 0;
	case OPTION_KEY:
		a->signer.key = value;
		if (!add_key(a, value))
			argp_error(state, "too many keys");
		return 0;
	case OPTION_SIGNER:
		a->signer.command = value;
		return 0;
	case OPTION_PUBLIC_KEY:
		a->signer.public_key = value;
		return 0;
	case OPTION_SIGNER_TIMEOUT:
		if (!cli_number(value, SIGNER_SECONDS_MAX, &seconds) || seconds == 0)
			argp_error(state, "--signer-timeout: '%s' is no number of seconds", value);
		a->signer.seconds = (uint32_t)seconds;
		return 0;
	case OPTION_DETACHED:
		a->detached = true;
		return 0;
	case OPTION_SIGNATURE:
		a->signature = value;
		return 0;
	case ARGP_KEY_ARG:
		if (a->file_count == a->files_wanted)
			argp_usage(state);
		a->files[a->file_count++] = value;
		return 0;
	case ARGP_KEY_END:
		if (a->file_count < a->files_wanted)
			argp_error(state, "a file name is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What the options have in common that is wrong; exits then. */
static bool signer_good(struct package_arguments *a, bool wanted)
{
	const char *wrong = cli_signer_wrong(&a->signer, wanted);

	if (!wrong && a->key_count > 1)
		wrong = "one --key or one --signer is needed";
	if (wrong)
		rotor_fail(&a->cli->events, wrong, "see --help");
	return !wrong;
}

/* ---- show, verify ---- */

static struct package_file input;

static const struct argp show_argp = {NULL,
				      parse,
				      "FILE",
				      "Shows for which devices a package is and what it holds. The "
				      "header is checked, the payload is not read.",
				      cli_children,
				      NULL,
				      NULL};

static int package_show(struct rotor_cli *cli, int argc, char **argv)
{
	struct package_arguments a = {.cli = cli, .files_wanted = 1};
	bool good;

	cli_parse(&show_argp, argc, argv, &a);
	good = package_file_open(cli, a.files[0], &input);
	if (good) {
		package_report(cli, a.files[0], &input.package, "{file}: firmware update package",
			       "package.show");
		package_report_tables(cli, &input.package);
	}
	package_file_close(&input);
	return good ? CLI_DONE : CLI_FAILED;
}

static const struct argp verify_argp = {
    verify_options,
    parse,
    "FILE",
    "Checks a whole package: header, tables, places of the images, and both checksums; with --key "
    "also who has signed it. Without, a package may be anybody's: the images in it are signed, and "
    "the device verifies those.",
    cli_children,
    NULL,
    NULL};

/* With keys given a signature is required; a detached one needs keys. */
static int check_signature(struct package_arguments *a, bool *is_signed)
{
	static struct rotor_public_key keys[PACKAGE_KEYS_MAX];
	struct package_trust trust = {keys, a->key_count, a->signature, true};

	*is_signed = false;
	if (!a->key_count)
		return CLI_DONE;
	for (size_t i = 0; i < a->key_count; i++) {
		enum rotor_status status = rotor_pki_read_public(a->keys[i], &keys[i]);

		if (status)
			return cli_fail_file(a->cli, a->keys[i], status);
	}
	return package_file_trust(a->cli, &input, &trust, is_signed);
}

static int package_verify(struct rotor_cli *cli, int argc, char **argv)
{
	struct package_arguments a = {.cli = cli, .files_wanted = 1};
	bool is_signed = false;
	int code = CLI_FAILED;

	cli_parse(&verify_argp, argc, argv, &a);
	if (a.signature && !a.key_count) {
		rotor_fail(&cli->events, "--signature: by whose key? --key is needed",
			   "see --help");
		return CLI_USAGE;
	}
	if (package_file_open(cli, a.files[0], &input))
		code = package_file_check(cli, &input);
	if (code == CLI_DONE)
		code = check_signature(&a, &is_signed);
	if (code == CLI_DONE && is_signed)
		package_signature_good(cli, a.files[0]);
	if (code == CLI_DONE)
		package_report(cli, a.files[0], &input.package,
			       "{file}: package is whole and undamaged", "package.verified");
	package_file_close(&input);
	return code;
}

/* ---- create, sign ---- */

/* What was written is what others will read, and believe. */
static int check_result(struct package_arguments *a, const struct cli_signer *signer,
			const char *heading, const char *event)
{
	const char *path = a->files[1];
	int code = CLI_FAILED;
	bool is_signed = true;

	if (package_file_open(a->cli, path, &input))
		code = package_file_check(a->cli, &input);
	if (code == CLI_DONE && signer) {
		struct package_trust trust = {signer->public_key, 1, NULL, true};

		code = package_file_trust(a->cli, &input, &trust, &is_signed);
	}
	if (code == CLI_DONE)
		package_report(a->cli, path, &input.package, heading, event);
	package_file_close(&input);
	return code;
}

static const struct argp create_argp = {
    create_options,
    parse,
    "DESCRIPTION OUT",
    "Makes a package OUT of the images that DESCRIPTION names, a JSON file; with --key or --signer "
    "it carries a signature:\v"
    "{ \"version\": \"1.2.3\",\n"
    "  \"components\": [\n"
    "    { \"file\": \"firmware.img\", \"identifier\": 1, \"version\": \"1.2.3\" }\n"
    "  ],\n"
    "  \"devices\": [\n"
    "    { \"version\": \"1.2.3\",\n"
    "      \"descriptors\": [ { \"type\": \"iana\", \"value\": 412 } ],\n"
    "      \"reference_manifest\": \"firmware.manifest\" }\n"
    "  ] }\n\n"
    "docs/package.md describes every field. File names are relative to DESCRIPTION. The release "
    "time is now, or "
    "SOURCE_DATE_EPOCH.",
    cli_children,
    NULL,
    NULL};

static int create(struct package_arguments *a, const struct cli_signer *signer)
{
	struct package_desc desc;
	int code = CLI_FAILED;

	if (package_desc_load(&desc, a->cli, a->files[0], signer != NULL))
		code = package_assemble(a->cli, &desc.spec, desc.images, signer, a->files[1]);
	else
		rotor_fail_with(&a->cli->events, "{file}: {reason}",
				"`rotor package create --help' shows an example",
				ROTOR_STRING("file", a->files[0]),
				ROTOR_STRING("reason", desc.error));
	package_desc_free(&desc);
	return code == CLI_DONE
		   ? check_result(a, signer, "{file}: package created", "package.created")
		   : code;
}

static int package_create(struct rotor_cli *cli, int argc, char **argv)
{
	struct package_arguments a = {.cli = cli, .files_wanted = 2};
	struct cli_signer signer;
	int code;

	cli_parse(&create_argp, argc, argv, &a);
	if (!signer_good(&a, false))
		return CLI_USAGE;
	if (!cli_signer_given(&a.signer))
		return create(&a, NULL);
	code = cli_signer_open(cli, &a.signer, &signer);
	if (code == CLI_DONE)
		code = create(&a, &signer);
	cli_signer_close(&signer);
	return code;
}

static const struct argp sign_argp = {
    sign_options,
    parse,
    "PACKAGE OUT",
    "Signs a package with a release key, so that an agent can refuse it before it touches a "
    "device. OUT is the package once more, with the signature as a last component that no device "
    "gets; with --detached, OUT is the signature alone.",
    cli_children,
    NULL,
    NULL};

static int package_sign_command(struct rotor_cli *cli, int argc, char **argv)
{
	struct package_arguments a = {.cli = cli, .files_wanted = 2};
	struct cli_signer signer;
	int code;

	cli_parse(&sign_argp, argc, argv, &a);
	if (!signer_good(&a, true))
		return CLI_USAGE;
	code = cli_signer_open(cli, &a.signer, &signer);
	if (code == CLI_DONE) {
		code = CLI_FAILED;
		if (package_file_open(cli, a.files[0], &input))
			code = package_file_check(cli, &input);
		if (code == CLI_DONE)
			code = package_sign(&a, &signer, &input);
		package_file_close(&input);
	}
	if (code == CLI_DONE && !a.detached)
		code = check_result(&a, &signer, "{file}: package signed", "package.signed");
	cli_signer_close(&signer);
	return code;
}

/* ---- extract ---- */

static const struct argp extract_argp = {
    NULL,
    parse,
    "PACKAGE DIRECTORY",
    "Takes a package apart: images, package data and manifests as files in DIRECTORY, and a "
    "description, package.json, of which 'rotor package create' makes the same package again. The "
    "payload's checksum is checked first.",
    cli_children,
    NULL,
    NULL};

static int package_extract_command(struct rotor_cli *cli, int argc, char **argv)
{
	struct package_arguments a = {.cli = cli, .files_wanted = 2};
	int code = CLI_FAILED;

	cli_parse(&extract_argp, argc, argv, &a);
	if (package_file_open(cli, a.files[0], &input))
		code = package_file_check(cli, &input);
	if (code == CLI_DONE)
		code = package_extract(&a, &input);
	if (code == CLI_DONE)
		package_report(cli, a.files[0], &input.package, "{file}: package taken apart",
			       "package.extracted");
	package_file_close(&input);
	return code;
}

static const struct cli_command commands[] = {
    {"create", "make a package as a JSON description says", package_create},
    {"sign", "sign a package, in it or beside it", package_sign_command},
    {"show", "show for which devices a package is and what it holds", package_show},
    {"verify", "check a whole package, checksums and signature included", package_verify},
    {"extract", "take a package apart into its images and a description", package_extract_command},
};

int cmd_package(struct rotor_cli *cli, int argc, char **argv)
{
	return cli_dispatch(cli, commands, sizeof(commands) / sizeof(commands[0]), NULL, argc,
			    argv);
}
