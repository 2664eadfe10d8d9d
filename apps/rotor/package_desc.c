/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "package_json.h"
#include "rotor_cli.h"

#define NO_COMPARISON_STAMP UINT32_C(0xffffffff)

/* ---- components ---- */

/* DSP0267, ComponentClassification */
static const char *const classifications[] = {
    "unknown",          "other",           "driver",           "configuration-software",
    "application",      "instrumentation", "firmware-or-bios", "diagnostic",
    "operating-system", "middleware",      "firmware",         "bios",
    "support-pack",     "software-bundle",
};

/* Bits of RequestedComponentActivationMethod */
static const char *const activations[] = {
    "automatic",     "self-contained", "medium-specific-reset",
    "system-reboot", "dc-power-cycle", "ac-power-cycle",
};

static bool load_activation(struct package_desc *desc, json_t *item, const char *where,
			    uint16_t *out)
{
	json_t *list = json_object_get(item, "activation"), *entry;
	uint64_t bits = 0, bit = 0;
	char name[40];
	size_t i;

	if (json_is_array(list)) {
		json_array_foreach(list, i, entry)
		{
			snprintf(name, sizeof(name), "activation[%zu]", i);
			if (!desc_choice(desc, entry, where, name, activations,
					 ROTOR_COUNT_OF(activations), 15, &bit))
				return false;
			bits |= UINT64_C(1) << bit;
		}
	} else if (list &&
		   !desc_choice(desc, list, where, "activation", NULL, 0, UINT16_MAX, &bits)) {
		return false;
	}
	*out = (uint16_t)bits;
	return true;
}

static bool load_component(struct package_desc *desc, json_t *item, const char *where,
			   struct rotor_package_component *c, struct package_input *image)
{
	static const char *const keys[] = {
	    "file",  "identifier",       "classification", "version", "activation",
	    "force", "comparison_stamp", "options",        "opaque",  "opaque_file",
	    NULL};
	uint64_t options, classification = 10, identifier = 0, stamp = NO_COMPARISON_STAMP;
	json_t *kind = json_object_get(item, "classification");
	bool force = false;

	if (!desc_only(desc, item, where, keys) || !desc_input(desc, item, where, "file", image) ||
	    !desc_number(desc, item, where, "identifier", true, UINT16_MAX, &identifier) ||
	    !desc_string(desc, item, where, "version", &c->version) ||
	    !load_activation(desc, item, where, &c->activation) ||
	    !desc_bool(desc, item, where, "force", &force) ||
	    !desc_number(desc, item, where, "comparison_stamp", false, UINT32_MAX, &stamp) ||
	    !desc_bytes(desc, item, where, "opaque", ROTOR_PACKAGE_HEADER_MAX, &c->opaque))
		return false;
	if (kind && !desc_choice(desc, kind, where, "classification", classifications,
				 ROTOR_COUNT_OF(classifications), UINT16_MAX, &classification))
		return false;
	if (c->opaque.len && desc->spec.revision < 3)
		return desc_fail(desc, "%s.opaque needs revision 3 or 4", where);
	c->classification = (uint16_t)classification;
	c->identifier = (uint16_t)identifier;
	c->comparison_stamp = (uint32_t)stamp;
	options = (force ? ROTOR_PACKAGE_COMPONENT_FORCE : 0) |
		  (json_object_get(item, "comparison_stamp") ? ROTOR_PACKAGE_COMPONENT_STAMP : 0);
	if (!desc_number(desc, item, where, "options", false, UINT16_MAX, &options))
		return false;
	c->options = (uint16_t)options;
	c->size = image->size;
	return true;
}

/* ---- the whole ---- */

/* All of the field, as it stands in the package. */
static bool load_raw_time(struct package_desc *desc, json_t *item, struct rotor_package_time *out)
{
	static const char *const keys[] = {"hex", NULL};
	struct rotor_bytes raw = {0};
	struct rotor_reader r;

	if (!desc_only(desc, item, "release_time", keys) ||
	    !desc_hex(desc, item, "release_time", "hex", true, &raw))
		return false;
	r = rotor_reader(raw.data, raw.len);
	*out = rotor_package_time_read(&r);
	return rotor_reader_end(&r) == ROTOR_OK ||
	       desc_fail(desc, "release_time.hex must be 13 bytes");
}

static bool load_time(struct package_desc *desc, json_t *root, struct rotor_package_time *out)
{
	json_t *item = json_object_get(root, "release_time");
	const char *text = json_string_value(item);
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds = (uint64_t)time(NULL);
	struct tm tm = {0};
	const char *end;
	time_t now;

	if (json_is_object(item))
		return load_raw_time(desc, item, out);
	if (item) {
		end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;
		if (!end || *end)
			return desc_fail(desc,
					 "release_time must be like \"2026-03-01T12:00:00Z\"");
	} else {
		/* so that a build can be repeated to the byte */
		if (epoch && !cli_number(epoch, INT32_MAX, &seconds))
			return desc_fail(desc, "SOURCE_DATE_EPOCH is no number of seconds");
		now = (time_t)seconds;
		gmtime_r(&now, &tm);
	}
	out->second = (uint8_t)tm.tm_sec;
	out->minute = (uint8_t)tm.tm_min;
	out->hour = (uint8_t)tm.tm_hour;
	out->day = (uint8_t)tm.tm_mday;
	out->month = (uint8_t)(tm.tm_mon + 1);
	out->year = (uint16_t)(tm.tm_year + 1900);
	return true;
}

static bool load_components(struct package_desc *desc, json_t *list, bool sign)
{
	size_t count = json_array_size(list), i;
	struct rotor_package_component *components;
	char where[64];
	json_t *item;

	/* the bitmap's length is 16 bits, and a multiple of 8 */
	if (count == 0 || count + sign > ROTOR_PACKAGE_COMPONENTS_MAX)
		return desc_fail(desc, "components must be a list of components");
	components = desc_alloc(desc, (count + 1) * sizeof(*components));
	desc->images = desc_alloc(desc, (count + 1) * sizeof(*desc->images));
	if (!components || !desc->images)
		return false;
	desc->described = count;
	desc->spec.components = components;
	desc->spec.component_count = count + sign;
	json_array_foreach(list, i, item)
	{
		snprintf(where, sizeof(where), "components[%zu]", i);
		if (!load_component(desc, item, where, &components[i], &desc->images[i]))
			return false;
	}
	/* its input has no path */
	if (sign)
		components[count] = rotor_package_signature_component();
	return true;
}

static bool load_bitmap(struct package_desc *desc, json_t *root)
{
	uint64_t bits = (desc->spec.component_count + 7) / 8 * 8;

	if (!desc_number(desc, root, "package", "bitmap_bits", false, UINT16_MAX, &bits))
		return false;
	if (bits % 8 != 0 || bits < desc->spec.component_count)
		return desc_fail(desc, "package.bitmap_bits must be a multiple of 8, and a bit for "
				       "each component");
	desc->spec.bitmap_bits = (uint16_t)bits;
	return true;
}

static bool load_root(struct package_desc *desc, json_t *root, bool sign)
{
	static const char *const keys[] = {
	    "version",    "revision",    "release_time",       "devices",
	    "components", "bitmap_bits", "downstream_devices", NULL};
	json_t *lists[2] = {json_object_get(root, "devices"),
			    json_object_get(root, "downstream_devices")};
	uint64_t revision = ROTOR_PACKAGE_REVISION_MAX;
	struct rotor_package_record *records[2];

	if (!desc_only(desc, root, "the description", keys) ||
	    !desc_number(desc, root, "package", "revision", false, ROTOR_PACKAGE_REVISION_MAX,
			 &revision) ||
	    !desc_string(desc, root, "package", "version", &desc->spec.version) ||
	    !load_time(desc, root, &desc->spec.release_time))
		return false;
	if (revision == 0)
		return desc_fail(desc, "package.revision must be a number from 1 to 4");
	desc->spec.revision = (uint8_t)revision;
	if (!load_components(desc, json_object_get(root, "components"), sign) ||
	    !load_bitmap(desc, root) ||
	    !desc_devices(desc, lists[0], false, &records[0], &desc->spec.device_count) ||
	    !desc_devices(desc, lists[1], true, &records[1], &desc->spec.downstream_count))
		return false;
	desc->spec.devices = records[0];
	desc->spec.downstreams = records[1];
	return desc_block_maps(desc, lists, records);
}

bool package_desc_load(struct package_desc *desc, struct rotor_cli *cli, const char *path,
		       bool sign)
{
	json_error_t error;
	json_t *root;
	bool done;

	memset(desc, 0, sizeof(*desc));
	desc->path = path;
	desc->cli = cli;
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return error.line > 0 ? desc_fail(desc, "line %d: %s", error.line, error.text)
				      : desc_fail(desc, "%s", error.text);
	done = load_root(desc, root, sign);
	json_decref(root);
	return done;
}
