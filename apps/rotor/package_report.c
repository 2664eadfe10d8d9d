/* SPDX-License-Identifier: Apache-2.0 */
/* What a package says, for people and as events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "package_report.h"
#include "rotor/pldm_block_map.h"

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

/* The block maps that a device's package data begins with. */
static void report_maps(struct rotor_cli *cli, const struct rotor_package_record *record,
			uint16_t index)
{
	struct rotor_bytes input = record->package_data;
	struct rotor_block_map_reader reader;
	enum rotor_block_map_event event;
	enum rotor_status status;
	struct cli_report r;

	rotor_block_map_reader_init(&reader);
	do {
		status = rotor_block_map_next(&reader, &input, &event);
		if (status || event != ROTOR_BLOCK_MAP_BEGIN)
			continue;
		cli_report_begin(&r, "block map of component identifier {identifier}");
		cli_report_uint(&r, NULL, "record", index);
		cli_report_bool(&r, NULL, "downstream", record->downstream);
		cli_report_uint(&r, NULL, "classification", reader.map.classification);
		cli_report_uint(&r, NULL, "identifier", reader.map.identifier);
		cli_report_uint(&r, "image size", "image_size", reader.map.image_size);
		cli_report_uint(&r, "blocks", "blocks", rotor_block_map_count(&reader.map));
		cli_report_uint(&r, "block size", "block_size", 1u << reader.map.block_shift);
		cli_report_uint(&r, "hash length", "hash_length", reader.map.hash_size);
		cli_report_uint(&r, "map size", "size", rotor_block_map_size(&reader.map));
		cli_report_end(&r, cli, "package.block_map");
	} while (!status && event != ROTOR_BLOCK_MAP_MORE && event != ROTOR_BLOCK_MAP_REST);
	if (!status)
		status = rotor_block_map_end(&reader);
	if (status)
		rotor_event(&cli->events, ROTOR_WARNING, "package.block_map_bad",
			    ROTOR_SAY("the package data begins with a block map that cannot be "
				      "used: {reason}"),
			    ROTOR_UINT("record", index),
			    ROTOR_STRING("reason", rotor_status_string(status)));
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
	if (record->downstream && record->option_flags & ROTOR_PACKAGE_MIN_VERSION)
		cli_report_number_hex(&r, "minimum stamp", "minimum_stamp", record->min_stamp);
	cli_report_uint(&r, record->package_data.len ? "package data" : NULL, "package_data_size",
			record->package_data.len);
	cli_report_uint(&r, record->manifest.len ? "reference manifest" : NULL,
			"reference_manifest_size", record->manifest.len);
	cli_report_end(&r, cli, record->downstream ? "package.downstream" : "package.device");
	report_maps(cli, record, index);
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

void package_report(struct rotor_cli *cli, const char *file, const struct rotor_package *package,
		    const char *heading, const char *event)
{
	enum rotor_status found;
	struct rotor_package_component carrier;
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
	found = rotor_package_signature_find(package, &carrier);
	if (found != ROTOR_ERR_NOT_FOUND)
		cli_report_string(&r, "signature", "signature",
				  found ? "carried, but misplaced" : "carried");
	cli_report_end(&r, cli, event);
	if (package->unclaimed)
		rotor_event(&cli->events, ROTOR_WARNING, "package.unclaimed",
			    ROTOR_SAY("{bytes} bytes of the payload belong to no component"),
			    ROTOR_UINT("bytes", package->unclaimed));
}

void package_report_tables(struct rotor_cli *cli, const struct rotor_package *package)
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
