/* SPDX-License-Identifier: Apache-2.0 */
/* rotor package: DSP0267 packages created, shown and verified. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "package_desc.h"
#include "rotor/host_file.h"
#include "rotor/pldm_package.h"
#include "rotor_cli.h"

#define PIECE_SIZE 65536

struct arguments {
	struct rotor_cli *cli;
	const char *files[2];
	size_t file_count, files_wanted;
};

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
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- what a package says ---- */

/* A string for people: printable ASCII as it is, UTF-8 too if it is declared, anything else as hex. */
static void string_text(const struct rotor_pldm_string *s, char *out, size_t cap)
{
	bool plain = s->type <= ROTOR_PLDM_STRING_UTF8 && s->text.len < cap;

	for (size_t i = 0; i < s->text.len && plain; i++) {
		uint8_t c = s->text.data[i];

		plain = c >= 0x20 && c != 0x7f && (c < 0x80 || s->type == ROTOR_PLDM_STRING_UTF8);
	}
	if (plain) {
		memcpy(out, s->text.data ? (const char *)s->text.data : "", s->text.len);
		out[s->text.len] = '\0';
	} else if (2 * s->text.len < cap) {
		cli_hex(s->text.data, s->text.len, out);
	} else {
		out[0] = '\0';
	}
}

static void time_text(const struct rotor_package_time *t, char *out, size_t cap)
{
	snprintf(out, cap, "%04u-%02u-%02uT%02u:%02u:%02u%c%02d:%02d", t->year, t->month, t->day,
		 t->hour, t->minute, t->second, t->utc_offset < 0 ? '-' : '+',
		 abs(t->utc_offset) / 60, abs(t->utc_offset) % 60);
}

/* "IANA enterprise ID 47160000, UUID 0011…" */
static void descriptors_text(const struct rotor_package_record *record, char *out, size_t cap)
{
	struct rotor_reader r = rotor_reader(record->descriptors.data, record->descriptors.len);
	struct rotor_pldm_descriptor d;
	size_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < record->descriptor_count; i++) {
		if (rotor_pldm_descriptor_read(&r, &d) != ROTOR_OK)
			return;
		at += (size_t)snprintf(out + at, cap - at, "%s%s ", i ? ", " : "",
				       rotor_pldm_descriptor_name(d.type));
		if (at + 2 * d.data.len + 1 >= cap)
			return;
		cli_hex(d.data.data, d.data.len, out + at);
		at += 2 * d.data.len;
	}
}

static void applicable_text(const struct rotor_package *package,
			    const struct rotor_package_record *record, char *out, size_t cap)
{
	size_t at = 0;

	out[0] = '\0';
	for (uint16_t i = 0; i < package->component_count && at + 8 < cap; i++)
		if (rotor_package_applies(record, i))
			at += (size_t)snprintf(out + at, cap - at, "%s%u", at ? ", " : "", i);
}

static void report_record(struct rotor_cli *cli, const struct rotor_package *package,
			  const struct rotor_package_record *record, uint16_t index)
{
	static char descriptors[4096];
	char version[520], applicable[1024];
	struct cli_report r;

	string_text(&record->version, version, sizeof(version));
	descriptors_text(record, descriptors, sizeof(descriptors));
	applicable_text(package, record, applicable, sizeof(applicable));
	cli_report_begin(&r, record->downstream ? "downstream device {index}" : "device {index}");
	cli_report_uint(&r, NULL, "index", index);
	cli_report_string(&r, "descriptors", "descriptors", descriptors);
	cli_report_string(&r, record->downstream ? "minimum version" : "image set version",
			  "version", version[0] ? version : NULL);
	cli_report_string(&r, "components", "components", applicable);
	cli_report_number_hex(&r, "option flags", "option_flags", record->option_flags);
	cli_report_uint(&r, record->package_data.len ? "package data" : NULL, "package_data_size",
			record->package_data.len);
	cli_report_uint(&r, record->manifest.len ? "reference manifest" : NULL,
			"reference_manifest_size", record->manifest.len);
	cli_report_end(&r, cli, record->downstream ? "package.downstream" : "package.device");
}

static void report_component(struct rotor_cli *cli, const struct rotor_package_component *c,
			     uint16_t index)
{
	char version[520];
	struct cli_report r;

	string_text(&c->version, version, sizeof(version));
	cli_report_begin(&r, "component {index}");
	cli_report_uint(&r, NULL, "index", index);
	cli_report_uint(&r, "classification", "classification", c->classification);
	cli_report_number_hex(&r, "identifier", "identifier", c->identifier);
	cli_report_string(&r, "version", "version", version);
	if (c->options & ROTOR_PACKAGE_COMPONENT_STAMP)
		cli_report_number_hex(&r, "comparison stamp", "comparison_stamp",
				      c->comparison_stamp);
	cli_report_number_hex(&r, "options", "options", c->options);
	cli_report_number_hex(&r, "activation methods", "activation_methods", c->activation);
	cli_report_uint(&r, "offset", "offset", c->offset);
	cli_report_uint(&r, "size", "size", c->size);
	cli_report_uint(&r, c->opaque.len ? "opaque data" : NULL, "opaque_size", c->opaque.len);
	cli_report_end(&r, cli, "package.component");
}

static void report_package(struct rotor_cli *cli, const char *file,
			   const struct rotor_package *package, const char *heading,
			   const char *event)
{
	char version[520], release[40];
	struct cli_report r;

	string_text(&package->version, version, sizeof(version));
	time_text(&package->release_time, release, sizeof(release));
	cli_report_begin(&r, heading);
	cli_report_string(&r, NULL, "file", file);
	cli_report_string(&r, "version", "version", version);
	cli_report_uint(&r, "format revision", "revision", package->revision);
	cli_report_string(&r, "released", "release_time", release);
	cli_report_uint(&r, "header size", "header_size", package->header.len);
	cli_report_uint(&r, "whole size", "size", package->source.size);
	cli_report_uint(&r, "devices", "device_count", package->device_count);
	cli_report_uint(&r, package->downstream_count ? "downstream devices" : NULL,
			"downstream_count", package->downstream_count);
	cli_report_uint(&r, "components", "component_count", package->component_count);
	cli_report_end(&r, cli, event);
	if (package->unclaimed)
		rotor_event(&cli->events, ROTOR_WARNING, "package.unclaimed",
			    ROTOR_SAY("{bytes} bytes of the payload belong to no component"),
			    ROTOR_UINT("bytes", package->unclaimed));
}

static void report_tables(struct rotor_cli *cli, const struct rotor_package *package)
{
	struct rotor_package_component component;
	struct rotor_package_record record;
	uint16_t i;

	for (i = 0; i < package->device_count; i++)
		if (rotor_package_device(package, i, &record) == ROTOR_OK)
			report_record(cli, package, &record, i);
	for (i = 0; i < package->downstream_count; i++)
		if (rotor_package_downstream(package, i, &record) == ROTOR_OK)
			report_record(cli, package, &record, i);
	for (i = 0; i < package->component_count; i++)
		if (rotor_package_component(package, i, &component) == ROTOR_OK)
			report_component(cli, &component, i);
}

/* ---- reading ---- */

static uint8_t header[ROTOR_PACKAGE_HEADER_MAX];

static int refuse(struct rotor_cli *cli, const char *path, const struct rotor_package_fault *fault)
{
	rotor_fail_with(&cli->events, "{file}: package refused: {field} at byte {offset}: {reason}",
			NULL, ROTOR_STRING("file", path),
			ROTOR_STRING("field", rotor_package_field_name(fault->field)),
			ROTOR_UINT("offset", fault->offset),
			ROTOR_STRING("reason", rotor_package_refusal_string(fault->refusal)));
	return CLI_FAILED;
}

/* Opens the package in a file; the file stays open if it is good. */
static bool open_package(struct rotor_cli *cli, const char *path, struct cli_file *file,
			 struct rotor_package *package)
{
	struct rotor_package_source source = {.read = cli_file_read64, .ctx = file};
	struct rotor_package_fault fault;

	if (!cli_file_open(cli, path, file))
		return false;
	source.size = file->size;
	if (rotor_package_open(package, &source, header, sizeof(header), &fault) == ROTOR_OK)
		return true;
	refuse(cli, path, &fault);
	cli_file_close(file);
	return false;
}

/* Sums the payload. */
static int check_payload(struct rotor_cli *cli, const char *path,
			 const struct rotor_package *package)
{
	const struct rotor_package_fault fault = {ROTOR_PACKAGE_CHECKSUM_WRONG,
						  ROTOR_PACKAGE_FIELD_PAYLOAD_CHECKSUM,
						  package->header.len - 4, 0};
	struct rotor_package_payload_check check;
	static uint8_t piece[PIECE_SIZE];
	enum rotor_status status;

	rotor_package_payload_check_init(&check, package);
	do
		status = rotor_package_payload_check_step(&check, piece, sizeof(piece));
	while (status == ROTOR_PENDING);
	if (status == ROTOR_ERR_VERIFY)
		return refuse(cli, path, &fault);
	return status ? cli_fail_file(cli, path, status) : CLI_DONE;
}

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
	struct arguments a = {.cli = cli, .files_wanted = 1};
	struct rotor_package package;
	struct cli_file file;

	cli_parse(&show_argp, argc, argv, &a);
	if (!open_package(cli, a.files[0], &file, &package))
		return CLI_FAILED;
	report_package(cli, a.files[0], &package, "{file}: firmware update package",
		       "package.show");
	report_tables(cli, &package);
	cli_file_close(&file);
	return CLI_DONE;
}

static const struct argp verify_argp = {NULL,
					parse,
					"FILE",
					"Checks a whole package: header, tables, places of the "
					"images, and both checksums. A package is not signed: the "
					"images in it are, and the device verifies those.",
					cli_children,
					NULL,
					NULL};

static int package_verify(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli, .files_wanted = 1};
	struct rotor_package package;
	struct cli_file file;
	int code;

	cli_parse(&verify_argp, argc, argv, &a);
	if (!open_package(cli, a.files[0], &file, &package))
		return CLI_FAILED;
	code = check_payload(cli, a.files[0], &package);
	cli_file_close(&file);
	if (code == CLI_DONE)
		report_package(cli, a.files[0], &package, "{file}: package is whole and undamaged",
			       "package.verified");
	return code;
}

/* ---- create ---- */

static const struct argp create_argp = {
    NULL,
    parse,
    "DESCRIPTION OUT",
    "Makes a package OUT of the images that DESCRIPTION names, a JSON file:\v"
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

/* Header and images in one piece of memory. */
static enum rotor_status assemble(struct package_desc *desc, uint8_t **out, size_t *len)
{
	enum rotor_status status;
	size_t total, at;

	status = rotor_package_write_header(&desc->spec, header, sizeof(header), &at);
	if (status)
		return status;
	total = at;
	for (size_t i = 0; i < desc->spec.component_count; i++)
		total += desc->images[i].len;
	*out = malloc(total);
	if (!*out)
		return ROTOR_ERR_SPACE;
	memcpy(*out, header, at);
	for (size_t i = 0; i < desc->spec.component_count; i++) {
		memcpy(*out + at, desc->images[i].data, desc->images[i].len);
		at += desc->images[i].len;
	}
	*len = total;
	return ROTOR_OK;
}

static int create(struct rotor_cli *cli, struct package_desc *desc, const char *path)
{
	struct rotor_package package;
	enum rotor_status status;
	struct cli_file file;
	uint8_t *out = NULL;
	size_t len = 0;

	status = assemble(desc, &out, &len);
	if (status == ROTOR_ERR_SPACE)
		return cli_fail(cli,
				"the header would be larger than 65535 bytes, or memory is short",
				"a package header holds descriptors, versions, package data and "
				"manifests; make "
				"those smaller");
	if (!status)
		status = rotor_file_write(path, out, len, ROTOR_FILE_PUBLIC);
	free(out);
	if (status)
		return cli_fail_file(cli, path, status);
	/* what was written is what others will read */
	if (!open_package(cli, path, &file, &package))
		return CLI_FAILED;
	report_package(cli, path, &package, "{file}: package created", "package.created");
	cli_file_close(&file);
	return CLI_DONE;
}

static int package_create(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli, .files_wanted = 2};
	struct package_desc desc;
	int code;

	cli_parse(&create_argp, argc, argv, &a);
	if (package_desc_load(&desc, a.files[0])) {
		code = create(cli, &desc, a.files[1]);
	} else {
		rotor_fail_with(&cli->events, "{file}: {reason}",
				"`rotor package create --help' shows an example",
				ROTOR_STRING("file", a.files[0]),
				ROTOR_STRING("reason", desc.error));
		code = CLI_FAILED;
	}
	package_desc_free(&desc);
	return code;
}

static const struct cli_command commands[] = {
    {"create", "make a package as a JSON description says", package_create},
    {"show", "show for which devices a package is and what it holds", package_show},
    {"verify", "check a whole package, checksums included", package_verify},
};

int cmd_package(struct rotor_cli *cli, int argc, char **argv)
{
	return cli_dispatch(cli, commands, sizeof(commands) / sizeof(commands[0]), NULL, argc,
			    argv);
}
