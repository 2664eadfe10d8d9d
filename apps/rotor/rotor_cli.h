/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands of `rotor` share: one file per command (cmd_NAME.c), one line per command in main.c's table.
 *
 * A command parses its arguments with argp, says what it does through cli->events, and returns an exit code:
 *
 *	static const struct argp argp = {options, parse, "FILE", "What it does.", cli_children, NULL, NULL};
 *	int cmd_x(struct rotor_cli *cli, int argc, char **argv)
 *	{
 *		struct arguments a = {.cli = cli};
 *		cli_parse(&argp, argc, argv, &a);	(exits with 2 on wrong usage, with 0 after --help)
 *		...
 *		return cli_fail(cli, ROTOR_ERR_IO, "what went wrong", "what to do next");
 *	}
 *
 * The first member of the arguments must be the struct rotor_cli pointer, and the parser must hand it on to the common
 * options (--json, --quiet, --verbose) with cli_init_children(state) on ARGP_KEY_INIT.
 */
#ifndef ROTOR_CLI_H
#define ROTOR_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/crypto.h"
#include "rotor/host_events.h"
#include "rotor/status.h"

/* Exit codes, the same for every command. */
enum cli_exit {
	CLI_DONE = 0,   /* it did what was asked */
	CLI_FAILED = 1, /* refused or failed; the reason is on standard error */
	CLI_USAGE = 2,  /* the command line is wrong */
};

struct rotor_cli {
	struct rotor_events events;
	/* the one backend of the administrator's side */
	const struct rotor_crypto *crypto;
};

struct cli_command {
	const char *name;
	const char *summary; /* one line of help, no full stop */
	int (*run)(struct rotor_cli *cli, int argc, char **argv);
};

/* The common options; cli_children is set as .children of a command's argp that has no other children. */
extern const struct argp cli_common_argp;
extern const struct argp_child cli_children[];
/* On ARGP_KEY_INIT: hands the struct rotor_cli, first member of the input, to the common options. */
void cli_init_children(struct argp_state *state);
/* Parses; input is the command's arguments. Exits the program on --help and on wrong usage. */
void cli_parse(const struct argp *argp, int argc, char **argv, void *input);
/* The same for a command whose other words have to do with the options before them. */
void cli_parse_in_order(const struct argp *argp, int argc, char **argv, void *input);
/*
 * Runs one of a group of commands by argv[1] ("rotor image" → sign, show, verify), with argv[0] of the called command
 * replaced by its full name. Answers --help with the list.
 */
int cli_dispatch(struct rotor_cli *cli, const struct cli_command *commands, size_t count,
		 const char *doc, int argc, char **argv);

/*
 * What is the same for all devices of a product, and measured: options for whoever makes them or says what they will
 * measure. A command that takes them has cli_product_children, and hands its struct on with cli_init_product on
 * ARGP_KEY_INIT.
 */
struct cli_product {
	const char *vendor_name, *model_name;
	uint32_t policy; /* enum rotor_boot_policy bits */
	uint16_t confirm_seconds;
};
extern const struct argp_child cli_product_children[];
/* The defaults, for the command line to change. */
struct cli_product cli_product_default(void);
void cli_init_product(struct argp_state *state, struct cli_product *product);

/* Says that the command failed; next may be NULL. Returns CLI_FAILED. */
int cli_fail(struct rotor_cli *cli, const char *what, const char *next);
/* "PATH: phrase of the status". Returns CLI_FAILED. */
int cli_fail_file(struct rotor_cli *cli, const char *path, enum rotor_status status);

/* Numbers in C notation up to max. */
bool cli_number(const char *text, uint64_t max, uint64_t *value);
/*
 * A UUID as text or 32 hex digits; any other text is a name, made a UUID of version 5 in @ns (RFC 4122, 4.3), as imgtool
 * does: vendor names in the DNS name space, class names in that of their vendor. @ns NULL: names are refused.
 */
bool cli_uuid(const char *text, const uint8_t ns[16], uint8_t out[16]);
extern const uint8_t cli_uuid_dns[16];
/* Lower-case text form, 36 characters and a NUL. */
void cli_uuid_text(const uint8_t uuid[16], char out[37]);
/* Lower-case hex digits and a NUL. */
void cli_hex(const uint8_t *bytes, size_t len, char *out);

/* A file that is read in place; as source of an image or of a package. */
struct cli_file {
	int fd;
	uint64_t size;
};
/* Opens a regular file for reading; on failure says so and returns false. */
bool cli_file_open(struct rotor_cli *cli, const char *path, struct cli_file *file);
void cli_file_close(struct cli_file *file);
/* The .read of struct rotor_image_source and of struct rotor_package_source; ctx is a struct cli_file. */
enum rotor_status cli_file_read32(void *ctx, uint32_t offset, void *buf, size_t len);
enum rotor_status cli_file_read64(void *ctx, uint64_t offset, void *buf, size_t len);

/*
 * One thing described by many fields: one event in JSON, a heading and one line a field for people. Absent values
 * (NULL) are null in JSON and no line in text. Strings are copied.
 */
struct cli_report {
	struct rotor_field fields[48];
	size_t count;
	char say[4096];
	char pool[8192];
	size_t pool_len;
};
void cli_report_begin(struct cli_report *r, const char *heading);
void cli_report_string(struct cli_report *r, const char *label, const char *key, const char *value);
void cli_report_uint(struct cli_report *r, const char *label, const char *key, uint64_t value);
void cli_report_number_hex(struct cli_report *r, const char *label, const char *key,
			   uint64_t value);
void cli_report_bool(struct cli_report *r, const char *label, const char *key, bool value);
/* bytes must live until the report ends. */
void cli_report_bytes(struct cli_report *r, const char *label, const char *key,
		      const uint8_t *bytes, size_t len);
void cli_report_end(struct cli_report *r, struct rotor_cli *cli, const char *event);

/* The commands. */
int cmd_keys(struct rotor_cli *cli, int argc, char **argv);
int cmd_image(struct rotor_cli *cli, int argc, char **argv);
int cmd_manifest(struct rotor_cli *cli, int argc, char **argv);
int cmd_settings(struct rotor_cli *cli, int argc, char **argv);
int cmd_package(struct rotor_cli *cli, int argc, char **argv);
int cmd_provision(struct rotor_cli *cli, int argc, char **argv);
int cmd_discover(struct rotor_cli *cli, int argc, char **argv);
int cmd_inventory(struct rotor_cli *cli, int argc, char **argv);
int cmd_attest(struct rotor_cli *cli, int argc, char **argv);
int cmd_spdm(struct rotor_cli *cli, int argc, char **argv);
int cmd_cancel(struct rotor_cli *cli, int argc, char **argv);
int cmd_update(struct rotor_cli *cli, int argc, char **argv);
int cmd_security_revision(struct rotor_cli *cli, int argc, char **argv);
int cmd_endpoint(struct rotor_cli *cli, int argc, char **argv);
int cmd_trace(struct rotor_cli *cli, int argc, char **argv);

#endif
