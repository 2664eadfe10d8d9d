/* SPDX-License-Identifier: Apache-2.0 */
/* The device records of a description. */
#include <stdio.h>
#include <string.h>

#include "package_json.h"
#include "rotor_cli.h"

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

bool desc_applicable(struct package_desc *desc, json_t *list, const char *where,
		     struct rotor_bytes *out)
{
	size_t len = desc->spec.bitmap_bits / 8u, i;
	uint8_t *bits = desc_alloc(desc, len);
	json_t *item;

	if (!bits)
		return false;
	if (list && !json_is_array(list))
		return desc_fail(desc, "%s.components must be a list of component numbers", where);
	/* without a list a device gets all components */
	for (i = 0; !list && i < desc->described; i++)
		bits[i / 8] |= (uint8_t)(1u << (i % 8));
	json_array_foreach(list, i, item)
	{
		json_int_t n = json_is_integer(item) ? json_integer_value(item) : -1;

		if (n < 0 || (uint64_t)n >= desc->described)
			return desc_fail(
			    desc,
			    "%s.components[%zu] must be a number from 0 to %zu: the place of "
			    "a component in the list of components",
			    where, i, desc->described - 1);
		bits[n / 8] |= (uint8_t)(1u << (n % 8));
	}
	out->data = bits;
	out->len = len;
	return true;
}

/* What all records have. */
static bool load_record(struct package_desc *desc, json_t *item, const char *where,
			struct rotor_package_record *record)
{
	if (!load_descriptors(desc, json_object_get(item, "descriptors"), where, record) ||
	    !desc_applicable(desc, json_object_get(item, "components"), where,
			     &record->applicable) ||
	    !desc_bytes(desc, item, where, "package_data", UINT16_MAX, &record->package_data) ||
	    !desc_file(desc, item, where, "reference_manifest", false, ROTOR_PACKAGE_HEADER_MAX,
		       &record->manifest))
		return false;
	if (record->manifest.len && desc->spec.revision < 4)
		return desc_fail(desc, "%s.reference_manifest needs revision 4", where);
	return true;
}

/* The flags that other fields give, unless the field itself does. */
static bool load_flags(struct package_desc *desc, json_t *item, const char *where, uint32_t flags,
		       struct rotor_package_record *record)
{
	uint64_t value = flags;

	if (!desc_number(desc, item, where, "option_flags", false, UINT32_MAX, &value))
		return false;
	record->option_flags = (uint32_t)value;
	return true;
}

static bool load_device(struct package_desc *desc, json_t *item, const char *where,
			struct rotor_package_record *record)
{
	static const char *const keys[] = {
	    "descriptors",        "version",   "components",   "package_data",
	    "package_data_file",  "block_map", "option_flags", "continue_after_failure",
	    "reference_manifest", NULL};
	bool go_on = false;

	return desc_only(desc, item, where, keys) &&
	       desc_string(desc, item, where, "version", &record->version) &&
	       load_record(desc, item, where, record) &&
	       desc_bool(desc, item, where, "continue_after_failure", &go_on) &&
	       load_flags(desc, item, where, go_on ? ROTOR_PACKAGE_CONTINUE_AFTER_FAILURE : 0,
			  record);
}

static bool load_downstream(struct package_desc *desc, json_t *item, const char *where,
			    struct rotor_package_record *record)
{
	static const char *const keys[] = {"descriptors", "minimum_version",    "minimum_stamp",
					   "components",  "package_data",       "package_data_file",
					   "block_map",   "reference_manifest", "option_flags",
					   NULL};
	bool minimum = json_object_get(item, "minimum_stamp") != NULL;
	uint64_t stamp = 0;

	record->downstream = true;
	/* none: an empty text; type 0 would do as well, but libpldm refuses it */
	record->version.type = ROTOR_PLDM_STRING_ASCII;
	if (!desc_only(desc, item, where, keys) || !load_record(desc, item, where, record) ||
	    !desc_number(desc, item, where, "minimum_stamp", false, UINT32_MAX, &stamp))
		return false;
	if (json_object_get(item, "minimum_version") &&
	    !desc_string(desc, item, where, "minimum_version", &record->version))
		return false;
	if (record->version.text.len && !minimum && !json_object_get(item, "option_flags"))
		return desc_fail(desc, "%s.minimum_version needs a minimum_stamp with it", where);
	record->min_stamp = (uint32_t)stamp;
	return load_flags(desc, item, where, minimum ? ROTOR_PACKAGE_MIN_VERSION : 0, record);
}

bool desc_devices(struct package_desc *desc, json_t *list, bool downstream,
		  struct rotor_package_record **records, size_t *count)
{
	const char *name = downstream ? "downstream_devices" : "devices";
	json_t *item;
	char where[64];
	size_t i;

	*count = json_array_size(list);
	*records = NULL;
	if (downstream && !list)
		return true;
	if (*count == 0 || *count > UINT8_MAX)
		return desc_fail(desc, "%s must be a list of 1 to 255 devices", name);
	if (downstream && desc->spec.revision < 2)
		return desc_fail(desc, "%s need revision 2 or higher", name);
	*records = desc_alloc(desc, *count * sizeof(**records));
	if (!*records)
		return false;
	json_array_foreach(list, i, item)
	{
		snprintf(where, sizeof(where), "%s[%zu]", name, i);
		if (downstream ? !load_downstream(desc, item, where, &(*records)[i])
			       : !load_device(desc, item, where, &(*records)[i]))
			return false;
	}
	return true;
}
