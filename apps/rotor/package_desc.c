/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "package_json.h"
#include "rotor_cli.h"

#define COMPONENT_MAX       (256u << 20)
#define NO_COMPARISON_STAMP UINT32_C(0xffffffff)

/* ---- descriptors ---- */

/* Kinds with a name of their own; others are given by number and bytes. */
static const struct descriptor_kind {
	const char *name;
	uint16_t type;
	uint8_t number_size; /* value is a number of so many bytes, little-endian */
} kinds[] = {
    {"pci-vendor", ROTOR_PLDM_DESCRIPTOR_PCI_VENDOR, 2},
    {"iana", ROTOR_PLDM_DESCRIPTOR_IANA, 4},
    {"uuid", ROTOR_PLDM_DESCRIPTOR_UUID, 0},
    {"pci-device", ROTOR_PLDM_DESCRIPTOR_PCI_DEVICE, 2},
    {"pci-subsystem-vendor", ROTOR_PLDM_DESCRIPTOR_PCI_SUBSYSTEM_VENDOR, 2},
    {"pci-subsystem", ROTOR_PLDM_DESCRIPTOR_PCI_SUBSYSTEM, 2},
    {"pci-revision", ROTOR_PLDM_DESCRIPTOR_PCI_REVISION, 1},
    {"vendor", ROTOR_PLDM_DESCRIPTOR_VENDOR, 0},
};

#define DESCRIPTOR_MAX 1024

/* The data of a descriptor that has a name; out has room for DESCRIPTOR_MAX bytes. */
static bool named_data(struct package_desc *desc, json_t *item, const char *where,
		       const struct descriptor_kind *kind, struct rotor_writer *out)
{
	struct rotor_pldm_string title = {0};
	struct rotor_bytes data = {0};
	uint8_t uuid[16];
	uint64_t number = 0;
	const char *text;

	if (kind->type == ROTOR_PLDM_DESCRIPTOR_VENDOR) {
		if (!desc_string(desc, item, where, "title", &title) ||
		    !desc_hex(desc, item, where, "data", true, &data))
			return false;
		rotor_write_u8(out, title.type);
		rotor_write_u8(out, (uint8_t)title.text.len);
		rotor_write_bytes(out, title.text.data, title.text.len);
		rotor_write_bytes(out, data.data, data.len);
		return true;
	}
	if (kind->type == ROTOR_PLDM_DESCRIPTOR_UUID) {
		text = json_string_value(json_object_get(item, "value"));
		if (!text || !cli_uuid(text, NULL, uuid))
			return desc_fail(desc, "%s.value must be a UUID", where);
		rotor_write_bytes(out, uuid, sizeof(uuid));
		return true;
	}
	if (!desc_number(desc, item, where, "value", true,
			 (UINT64_C(1) << (8 * kind->number_size)) - 1, &number))
		return false;
	for (unsigned i = 0; i < kind->number_size; i++)
		rotor_write_u8(out, (uint8_t)(number >> (8 * i)));
	return true;
}

static bool load_descriptor(struct package_desc *desc, json_t *item, const char *where,
			    struct rotor_writer *out)
{
	static const char *const keys[] = {"type", "value", "title", "data", NULL};
	const char *name = json_string_value(json_object_get(item, "type"));
	const struct descriptor_kind *kind = NULL;
	struct rotor_pldm_descriptor d = {0};
	uint8_t data[DESCRIPTOR_MAX];
	struct rotor_writer w = rotor_writer(data, sizeof(data));
	uint64_t type = 0;

	if (!desc_only(desc, item, where, keys))
		return false;
	for (size_t i = 0; name && i < ROTOR_COUNT_OF(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			kind = &kinds[i];
	if (kind) {
		type = kind->type;
		if (!named_data(desc, item, where, kind, &w))
			return false;
		d.data.data = data;
		if (rotor_writer_end(&w, &d.data.len))
			return desc_fail(desc, "%s is too long", where);
	} else if (!desc_number(desc, item, where, "type", true, UINT16_MAX, &type) ||
		   !desc_hex(desc, item, where, "data", true, &d.data)) {
		return false;
	}
	d.type = (uint16_t)type;
	if (rotor_pldm_descriptor_check(&d))
		return desc_fail(desc, "%s has a length that its type does not allow", where);
	rotor_pldm_descriptor_write(out, &d);
	return true;
}

static bool load_descriptors(struct package_desc *desc, json_t *list, const char *where,
			     struct rotor_package_record *record)
{
	size_t count = json_array_size(list), i, len;
	uint8_t *area = desc_alloc(desc, count * (DESCRIPTOR_MAX + 4));
	struct rotor_writer w;
	char name[128];
	json_t *item;

	if (!area)
		return false;
	if (count == 0 || count > UINT8_MAX)
		return desc_fail(desc, "%s.descriptors must be a list of 1 to 255 descriptors",
				 where);
	w = rotor_writer(area, count * (DESCRIPTOR_MAX + 4));
	json_array_foreach(list, i, item)
	{
		snprintf(name, sizeof(name), "%s.descriptors[%zu]", where, i);
		if (!load_descriptor(desc, item, name, &w))
			return false;
		if (i == 0 && !rotor_pldm_descriptor_is_initial((uint16_t)(area[0] | area[1] << 8)))
			return desc_fail(desc,
					 "%s: the first descriptor must say who named the device "
					 "(pci-vendor, iana, uuid …)",
					 name);
	}
	if (rotor_writer_end(&w, &len))
		return desc_fail(desc, "%s.descriptors are too long", where);
	record->descriptor_count = (uint8_t)count;
	record->descriptors.data = area;
	record->descriptors.len = len;
	return true;
}

/* ---- devices ---- */

static bool load_applicable(struct package_desc *desc, json_t *list, const char *where,
			    struct rotor_package_record *record)
{
	size_t len = desc->spec.bitmap_bits / 8u, i;
	uint8_t *bits = desc_alloc(desc, len);
	json_t *item;

	if (!bits)
		return false;
	if (list && (!json_is_array(list) || json_array_size(list) == 0))
		return desc_fail(desc, "%s.components must be a list of component numbers", where);
	/* without a list a device gets all components */
	for (i = 0; !list && i < desc->spec.component_count; i++)
		bits[i / 8] |= (uint8_t)(1u << (i % 8));
	json_array_foreach(list, i, item)
	{
		json_int_t n = json_is_integer(item) ? json_integer_value(item) : -1;

		if (n < 0 || (uint64_t)n >= desc->spec.component_count)
			return desc_fail(
			    desc,
			    "%s.components[%zu] must be a number from 0 to %zu: the place of "
			    "a component in the list of components",
			    where, i, desc->spec.component_count - 1);
		bits[n / 8] |= (uint8_t)(1u << (n % 8));
	}
	record->applicable.data = bits;
	record->applicable.len = len;
	return true;
}

static bool load_device(struct package_desc *desc, json_t *item, const char *where,
			struct rotor_package_record *record)
{
	static const char *const keys[] = {
	    "descriptors",        "version", "components", "package_data", "continue_after_failure",
	    "reference_manifest", NULL};
	bool go_on = false;

	if (!desc_only(desc, item, where, keys) ||
	    !desc_string(desc, item, where, "version", &record->version) ||
	    !load_descriptors(desc, json_object_get(item, "descriptors"), where, record) ||
	    !load_applicable(desc, json_object_get(item, "components"), where, record) ||
	    !desc_hex(desc, item, where, "package_data", false, &record->package_data) ||
	    !desc_file(desc, item, where, "reference_manifest", false, ROTOR_PACKAGE_HEADER_MAX,
		       &record->manifest) ||
	    !desc_bool(desc, item, where, "continue_after_failure", &go_on))
		return false;
	if (record->manifest.len && desc->spec.revision < 4)
		return desc_fail(desc, "%s.reference_manifest needs revision 4", where);
	record->option_flags = go_on ? ROTOR_PACKAGE_CONTINUE_AFTER_FAILURE : 0;
	return true;
}

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
			   struct rotor_package_component *c, struct rotor_bytes *image)
{
	static const char *const keys[] = {
	    "file",  "identifier",       "classification", "version", "activation",
	    "force", "comparison_stamp", "opaque",         NULL};
	uint64_t classification = 10, identifier = 0, stamp = NO_COMPARISON_STAMP;
	json_t *kind = json_object_get(item, "classification");
	bool force = false;

	if (!desc_only(desc, item, where, keys) ||
	    !desc_file(desc, item, where, "file", true, COMPONENT_MAX, image) ||
	    !desc_number(desc, item, where, "identifier", true, UINT16_MAX, &identifier) ||
	    !desc_string(desc, item, where, "version", &c->version) ||
	    !load_activation(desc, item, where, &c->activation) ||
	    !desc_bool(desc, item, where, "force", &force) ||
	    !desc_number(desc, item, where, "comparison_stamp", false, UINT32_MAX, &stamp) ||
	    !desc_hex(desc, item, where, "opaque", false, &c->opaque))
		return false;
	if (kind && !desc_choice(desc, kind, where, "classification", classifications,
				 ROTOR_COUNT_OF(classifications), UINT16_MAX, &classification))
		return false;
	if (c->opaque.len && desc->spec.revision < 3)
		return desc_fail(desc, "%s.opaque needs revision 3 or 4", where);
	c->classification = (uint16_t)classification;
	c->identifier = (uint16_t)identifier;
	c->comparison_stamp = (uint32_t)stamp;
	c->options =
	    (uint16_t)((force ? ROTOR_PACKAGE_COMPONENT_FORCE : 0) |
		       (json_object_get(item, "comparison_stamp") ? ROTOR_PACKAGE_COMPONENT_STAMP
								  : 0));
	c->size = (uint32_t)image->len;
	return true;
}

/* ---- the whole ---- */

static bool load_time(struct package_desc *desc, json_t *root, struct rotor_package_time *out)
{
	const char *text = json_string_value(json_object_get(root, "release_time"));
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds = (uint64_t)time(NULL);
	struct tm tm = {0};
	const char *end;
	time_t now;

	if (text) {
		end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
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

static bool load_components(struct package_desc *desc, json_t *list)
{
	size_t count = json_array_size(list), i;
	struct rotor_package_component *components;
	char where[64];
	json_t *item;

	/* the bitmap's length is 16 bits, and a multiple of 8 */
	if (count == 0 || count > 65528)
		return desc_fail(desc, "components must be a list of components");
	components = desc_alloc(desc, count * sizeof(*components));
	desc->images = desc_alloc(desc, count * sizeof(*desc->images));
	if (!components || !desc->images)
		return false;
	desc->spec.components = components;
	desc->spec.component_count = count;
	desc->spec.bitmap_bits = (uint16_t)((count + 7) / 8 * 8);
	json_array_foreach(list, i, item)
	{
		snprintf(where, sizeof(where), "components[%zu]", i);
		if (!load_component(desc, item, where, &components[i], &desc->images[i]))
			return false;
		desc->spec.payload_checksum = rotor_crc32(
		    desc->spec.payload_checksum, desc->images[i].data, desc->images[i].len);
	}
	return true;
}

static bool load_devices(struct package_desc *desc, json_t *list)
{
	size_t count = json_array_size(list), i;
	struct rotor_package_record *devices;
	char where[64];
	json_t *item;

	if (count == 0 || count > UINT8_MAX)
		return desc_fail(desc, "devices must be a list of 1 to 255 devices");
	devices = desc_alloc(desc, count * sizeof(*devices));
	if (!devices)
		return false;
	desc->spec.devices = devices;
	desc->spec.device_count = count;
	json_array_foreach(list, i, item)
	{
		snprintf(where, sizeof(where), "devices[%zu]", i);
		if (!load_device(desc, item, where, &devices[i]))
			return false;
	}
	return true;
}

static bool load_root(struct package_desc *desc, json_t *root)
{
	static const char *const keys[] = {"version", "revision",   "release_time",
					   "devices", "components", NULL};
	uint64_t revision = ROTOR_PACKAGE_REVISION_MAX;

	if (!desc_only(desc, root, "the description", keys) ||
	    !desc_number(desc, root, "package", "revision", false, ROTOR_PACKAGE_REVISION_MAX,
			 &revision) ||
	    !desc_string(desc, root, "package", "version", &desc->spec.version) ||
	    !load_time(desc, root, &desc->spec.release_time))
		return false;
	if (revision == 0)
		return desc_fail(desc, "package.revision must be a number from 1 to 4");
	desc->spec.revision = (uint8_t)revision;
	return load_components(desc, json_object_get(root, "components")) &&
	       load_devices(desc, json_object_get(root, "devices"));
}

bool package_desc_load(struct package_desc *desc, const char *path)
{
	json_error_t error;
	json_t *root;
	bool done;

	memset(desc, 0, sizeof(*desc));
	desc->path = path;
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return error.line > 0 ? desc_fail(desc, "line %d: %s", error.line, error.text)
				      : desc_fail(desc, "%s", error.text);
	done = load_root(desc, root);
	json_decref(root);
	return done;
}
