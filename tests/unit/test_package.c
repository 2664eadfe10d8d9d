/* SPDX-License-Identifier: Apache-2.0 */
/* Packages: those of two other writers are read with the fields their makers gave; broken ones are refused in place. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "rotor/pldm_package.h"
#include "support/vectors.h"

struct file {
	uint8_t *data;
	size_t len;
	uint64_t fail_from; /* reads at or past this offset fail; 0: none do */
};

static enum rotor_status file_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const struct file *f = ctx;
	assert_true(offset <= f->len && len <= f->len - offset);
	if (f->fail_from && offset + len > f->fail_from)
		return ROTOR_ERR_IO;
	memcpy(buf, f->data + offset, len);
	return ROTOR_OK;
}

static uint8_t header[ROTOR_PACKAGE_HEADER_MAX];

static enum rotor_status open_file(struct rotor_package *package, struct file *f,
				   struct rotor_package_fault *fault)
{
	struct rotor_package_source source = {file_read, f, f->len};
	return rotor_package_open(package, &source, header, sizeof(header), fault);
}

static enum rotor_status check_payload(const struct rotor_package *package)
{
	struct rotor_package_payload_check check;
	enum rotor_status status;
	uint8_t piece[100];

	rotor_package_payload_check_init(&check, package);
	do
		status = rotor_package_payload_check_step(&check, piece, sizeof(piece));
	while (status == ROTOR_PENDING);
	return status;
}

static struct file load(const char *name)
{
	char path[1024];
	struct file f = {0};
	snprintf(path, sizeof(path), "pldm/packages/%s", name);
	f.data = vector_file(path, &f.len);
	return f;
}

/* ---- comparison with the sidecar files ---- */

static void same_bytes(json_t *object, const char *key, struct rotor_bytes bytes)
{
	const char *hex = json_string_value(json_object_get(object, key));
	if (!hex) { /* a field that this revision does not have */
		assert_int_equal(bytes.len, 0);
		return;
	}
	uint8_t *expected = malloc(strlen(hex) / 2 + 1);
	size_t len = vector_hex(hex, expected, strlen(hex) / 2 + 1);
	assert_int_equal(bytes.len, len);
	if (len)
		assert_memory_equal(bytes.data, expected, len);
	free(expected);
}

static void same_number(json_t *object, const char *key, uint64_t value)
{
	assert_true(json_is_integer(json_object_get(object, key)));
	assert_int_equal((uint64_t)json_integer_value(json_object_get(object, key)), value);
}

static void same_descriptors(json_t *expected, const struct rotor_package_record *record)
{
	struct rotor_reader r = rotor_reader(record->descriptors.data, record->descriptors.len);
	assert_int_equal(record->descriptor_count, json_array_size(expected));
	for (size_t i = 0; i < json_array_size(expected); i++) {
		struct rotor_pldm_descriptor d;
		assert_int_equal(rotor_pldm_descriptor_read(&r, &d), ROTOR_OK);
		same_number(json_array_get(expected, i), "type", d.type);
		same_bytes(json_array_get(expected, i), "data", d.data);
	}
	assert_int_equal(rotor_reader_end(&r), ROTOR_OK);
}

static void same_record(json_t *expected, const struct rotor_package_record *record)
{
	same_number(expected, "update_option_flags", record->option_flags);
	same_bytes(expected, "applicable_components", record->applicable);
	same_bytes(expected, "package_data", record->package_data);
	same_bytes(expected, "reference_manifest", record->manifest);
	if (record->downstream) {
		same_number(expected, "min_version_string_type", record->version.type);
		same_number(expected, "min_version_comparison_stamp", record->min_stamp);
		same_bytes(expected, "min_version_string", record->version.text);
	} else {
		same_number(expected, "version_string_type", record->version.type);
		same_bytes(expected, "version_string", record->version.text);
	}
	same_descriptors(json_object_get(expected, "descriptors"), record);
}

static void same_component(json_t *expected, const struct rotor_package_component *c)
{
	same_number(expected, "classification", c->classification);
	same_number(expected, "identifier", c->identifier);
	same_number(expected, "comparison_stamp", c->comparison_stamp);
	same_number(expected, "options", c->options);
	same_number(expected, "requested_activation_method", c->activation);
	same_number(expected, "image_offset", c->offset);
	same_number(expected, "image_size", c->size);
	same_number(expected, "version_string_type", c->version.type);
	same_bytes(expected, "version_string", c->version.text);
	same_bytes(expected, "opaque_data", c->opaque);
}

static void same_package(json_t *expected, const struct rotor_package *package)
{
	struct rotor_bytes identifier = {package->identifier, ROTOR_PACKAGE_UUID_SIZE};
	struct rotor_package_component component;
	struct rotor_package_record record;
	json_t *list, *item;
	size_t i;

	same_bytes(expected, "identifier", identifier);
	same_number(expected, "format_revision", package->revision);
	same_number(expected, "component_bitmap_bit_length", package->bitmap_bits);
	same_number(expected, "version_string_type", package->version.type);
	same_bytes(expected, "version_string", package->version.text);
	list = json_object_get(expected, "firmware_device_records");
	assert_int_equal(package->device_count, json_array_size(list));
	json_array_foreach(list, i, item)
	{
		assert_int_equal(rotor_package_device(package, (uint16_t)i, &record), ROTOR_OK);
		same_record(item, &record);
	}
	/* The other decoder stops at a downstream record without a minimum version: it may have seen fewer. */
	list = json_object_get(expected, "downstream_device_records");
	assert_true(package->downstream_count >= json_array_size(list));
	json_array_foreach(list, i, item)
	{
		assert_int_equal(rotor_package_downstream(package, (uint16_t)i, &record), ROTOR_OK);
		same_record(item, &record);
	}
	list = json_object_get(expected, "components");
	if (strcmp(json_string_value(json_object_get(expected, "verdict")), "accepted") == 0) {
		assert_int_equal(package->component_count, json_array_size(list));
		assert_int_equal(
		    package->downstream_count,
		    json_array_size(json_object_get(expected, "downstream_device_records")));
	}
	json_array_foreach(list, i, item)
	{
		assert_int_equal(rotor_package_component(package, (uint16_t)i, &component),
				 ROTOR_OK);
		same_component(item, &component);
	}
}

static const char *const good[] = {
    "r1-single-iana",
    "r1-multi",
    "r2-single-iana",
    "r2-multi",
    "r2-downstream-one",
    "r2-downstream",
    "r3-single-iana",
    "r3-multi",
    "r3-downstream-one",
    "r3-downstream",
    "r4-single-iana",
    "r4-multi",
    "r4-downstream-one",
    "r4-downstream",
    "r1-nine-components",
    "r3-long-strings",
    "r1-pkgdata",
    "r2-pkgdata",
    "r3-pkgdata",
    "r4-pkgdata",
    "r2-ds-pkgdata",
    "r3-ds-pkgdata",
    "r4-ds-pkgdata",
    "r2-ds-pkgdata-asciitype",
    "r3-ds-pkgdata-asciitype",
    "r4-ds-pkgdata-asciitype",
    "r1-utf8-version",
};

static void packages_of_other_writers_read_as_their_makers_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(good); i++) {
		char name[160];
		struct rotor_package_fault fault;
		struct rotor_package package;
		size_t len;

		snprintf(name, sizeof(name), "%s.fwpkg", good[i]);
		struct file f = load(name);
		if (open_file(&package, &f, &fault) != ROTOR_OK)
			fail_msg("%s: %s %s at %llu", name, rotor_package_field_name(fault.field),
				 rotor_package_refusal_string(fault.refusal),
				 (unsigned long long)fault.offset);
		assert_int_equal(check_payload(&package), ROTOR_OK);
		assert_int_equal(package.unclaimed, 0);
		snprintf(name, sizeof(name), "pldm/packages/%s.json", good[i]);
		char *text = (char *)vector_file(name, &len);
		json_t *root = json_loadb(text, len, 0, NULL);
		assert_non_null(root);
		same_package(json_object_get(root, "libpldm_decode"), &package);
		json_decref(root);
		free(text);
		free(f.data);
	}
}

static void release_time_is_taken_apart(void **state)
{
	(void)state;
	struct file f = load("r4-pkgdata.fwpkg");
	struct rotor_package package;
	assert_int_equal(open_file(&package, &f, NULL), ROTOR_OK);
	assert_int_equal(package.release_time.utc_offset, 60);
	assert_int_equal(package.release_time.microsecond, 789);
	assert_int_equal(package.release_time.second, 56);
	assert_int_equal(package.release_time.minute, 34);
	assert_int_equal(package.release_time.hour, 12);
	assert_int_equal(package.release_time.day, 31);
	assert_int_equal(package.release_time.month, 12);
	assert_int_equal(package.release_time.year, 2025);
	assert_int_equal(package.release_time.resolution, 0x12);
	free(f.data);
}

/* ---- broken files ---- */

struct broken {
	const char *name;
	enum rotor_package_refusal refusal;
	enum rotor_package_field field;
	uint64_t offset;
	uint16_t index;
};

static const struct broken broken[] = {
    {"bitmap-bit-beyond-components", ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_APPLICABLE, 59,
     0},
    {"bitmap-length-16", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_DESCRIPTOR, 66, 0},
    {"bitmap-length-not-multiple-of-8", ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_BITMAP_LENGTH,
     32, 0},
    {"bitmap-length-zero", ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_BITMAP_LENGTH, 32, 0},
    {"comp-count-too-large", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_COMPONENT, 282, 3},
    {"comp-count-zero", ROTOR_PACKAGE_EMPTY, ROTOR_PACKAGE_FIELD_COMPONENT_COUNT, 164, 0},
    {"comp-offset-in-header", ROTOR_PACKAGE_IN_HEADER, ROTOR_PACKAGE_FIELD_COMPONENT_OFFSET, 178,
     0},
    {"comp-offset-past-end", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_COMPONENT_OFFSET, 234, 2},
    {"comp-offset-size-wrap", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_COMPONENT_SIZE, 215, 1},
    {"comp-overlap", ROTOR_PACKAGE_OVERLAP, ROTOR_PACKAGE_FIELD_COMPONENT_OFFSET, 211, 1},
    {"comp-size-past-end", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_COMPONENT_SIZE, 238, 2},
    {"comp-size-zero", ROTOR_PACKAGE_EMPTY, ROTOR_PACKAGE_FIELD_COMPONENT_SIZE, 215, 1},
    {"comp-version-length-overrun", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_COMPONENT_VERSION,
     244, 2},
    {"descriptor-count-too-large", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_DESCRIPTOR, 164, 1},
    {"descriptor-count-zero", ROTOR_PACKAGE_EMPTY, ROTOR_PACKAGE_FIELD_DESCRIPTOR_COUNT, 50, 0},
    {"descriptor-length-overrun", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_DESCRIPTOR, 156, 1},
    {"descriptor-length-wrong-for-type", ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_DESCRIPTOR,
     136, 1},
    {"device-record-count-too-large", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_OPTION_FLAGS, 167,
     2},
    {"device-record-count-zero", ROTOR_PACKAGE_EMPTY, ROTOR_PACKAGE_FIELD_DEVICE_COUNT, 47, 0},
    {"empty", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_IDENTIFIER, 0, 0},
    {"hdr-byte-flipped", ROTOR_PACKAGE_CHECKSUM_WRONG, ROTOR_PACKAGE_FIELD_HEADER_CHECKSUM, 282, 0},
    {"hdr-checksum-wrong", ROTOR_PACKAGE_CHECKSUM_WRONG, ROTOR_PACKAGE_FIELD_HEADER_CHECKSUM, 282,
     0},
    {"header-size-past-end", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_HEADER_SIZE, 1276, 0},
    {"header-size-too-large", ROTOR_PACKAGE_CHECKSUM_WRONG, ROTOR_PACKAGE_FIELD_HEADER_CHECKSUM,
     290, 0},
    {"header-size-too-small-sealed", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_COMPONENT_VERSION,
     244, 2},
    {"header-size-too-small", ROTOR_PACKAGE_CHECKSUM_WRONG, ROTOR_PACKAGE_FIELD_HEADER_CHECKSUM,
     274, 0},
    {"header-size-zero", ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_HEADER_SIZE, 17, 0},
    {"manifest-length-overrun", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_MANIFEST, 99, 0},
    {"opaque-length-overrun", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_OPAQUE, 174, 0},
    {"pkg-version-length-overrun", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_VERSION, 36, 0},
    {"pkgdata-length-overrun", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_PACKAGE_DATA, 86, 0},
    {"record-length-past-end", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_RECORD_LENGTH, 112, 1},
    {"record-length-too-large", ROTOR_PACKAGE_LEFTOVER, ROTOR_PACKAGE_FIELD_RECORD_LENGTH, 48, 0},
    {"record-length-too-small", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_DESCRIPTOR, 94, 0},
    {"record-length-zero", ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_RECORD_LENGTH, 48, 0},
    {"revision-unknown", ROTOR_PACKAGE_UNKNOWN_VALUE, ROTOR_PACKAGE_FIELD_REVISION, 16, 0},
    {"set-version-length-overrun", ROTOR_PACKAGE_OVERRUN, ROTOR_PACKAGE_FIELD_SET_VERSION, 60, 0},
    {"string-type-invalid", ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_VERSION, 34, 0},
    {"truncated-before-version-string", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_HEADER_SIZE, 36,
     0},
    {"truncated-in-component-info", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_HEADER_SIZE, 217, 0},
    {"truncated-in-device-record", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_HEADER_SIZE, 80, 0},
    {"truncated-in-header-checksum", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_HEADER_SIZE, 284,
     0},
    {"truncated-in-payload", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_COMPONENT_SIZE, 238, 2},
    {"truncated-in-uuid", ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_IDENTIFIER, 10, 0},
    {"unknown-uuid", ROTOR_PACKAGE_NOT_A_PACKAGE, ROTOR_PACKAGE_FIELD_IDENTIFIER, 0, 0},
    {"uuid-revision-mismatch", ROTOR_PACKAGE_UNKNOWN_VALUE, ROTOR_PACKAGE_FIELD_REVISION, 16, 0},
    {"vendor-title-overrun", ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_DESCRIPTOR, 94, 0},
};

static void broken_packages_are_refused_with_field_and_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(broken); i++) {
		char name[160];
		struct rotor_package_fault fault;
		struct rotor_package package;

		snprintf(name, sizeof(name), "broken/%s.fwpkg", broken[i].name);
		struct file f = load(name);
		enum rotor_status status = open_file(&package, &f, &fault);
		if (status == ROTOR_OK || fault.refusal != broken[i].refusal ||
		    fault.field != broken[i].field || fault.offset != broken[i].offset ||
		    fault.index != broken[i].index)
			fail_msg("%s: %s: %s at %llu", name, rotor_package_field_name(fault.field),
				 rotor_package_refusal_string(fault.refusal),
				 (unsigned long long)fault.offset);
		assert_int_equal(status, rotor_package_refusal_status(fault.refusal));
		free(f.data);
	}
}

/* Those whose header is good. */
static const struct {
	const char *name;
	enum rotor_status payload;
	uint64_t unclaimed;
} behind_header[] = {
    {"payload-byte-flipped", ROTOR_ERR_VERIFY, 0},
    {"payload-checksum-wrong", ROTOR_ERR_VERIFY, 0},
    {"trailing-bytes-r4", ROTOR_ERR_VERIFY, 4},
    /* without a payload checksum a gap is allowed, and reported */
    {"trailing-bytes", ROTOR_OK, 4},
};

static void trailing_bytes_and_payload_damage_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(behind_header); i++) {
		struct rotor_package package;
		char name[160];

		snprintf(name, sizeof(name), "broken/%s.fwpkg", behind_header[i].name);
		struct file f = load(name);
		assert_int_equal(open_file(&package, &f, NULL), ROTOR_OK);
		assert_int_equal(package.unclaimed, behind_header[i].unclaimed);
		assert_int_equal(check_payload(&package), behind_header[i].payload);
		free(f.data);
	}
}

/* Packages in a folder of the vectors; each must be known. */
static size_t count_packages(const char *folder, bool (*known)(const char *name, size_t len))
{
	char path[1024];
	struct dirent *entry;
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/pldm/packages/%s", ROTOR_VECTORS, folder);
	DIR *dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		const char *end = strstr(entry->d_name, ".fwpkg");

		if (!end)
			continue;
		count++;
		if (!known(entry->d_name, (size_t)(end - entry->d_name)))
			fail_msg("%s/%s has no verdict", path, entry->d_name);
	}
	closedir(dir);
	return count;
}

static bool same_name(const char *table, const char *name, size_t len)
{
	return strlen(table) == len && memcmp(table, name, len) == 0;
}

static bool known_good(const char *name, size_t len)
{
	size_t i = 0;

	while (i < ROTOR_COUNT_OF(good) && !same_name(good[i], name, len))
		i++;
	return i < ROTOR_COUNT_OF(good);
}

static bool known_broken(const char *name, size_t len)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(broken); i++)
		if (same_name(broken[i].name, name, len))
			return true;
	for (size_t i = 0; i < ROTOR_COUNT_OF(behind_header); i++)
		if (same_name(behind_header[i].name, name, len))
			return true;
	return false;
}

static void every_package_of_the_vectors_has_its_verdict(void **state)
{
	(void)state;
	assert_int_equal(count_packages(".", known_good), ROTOR_COUNT_OF(good));
	assert_int_equal(count_packages("broken", known_broken),
			 ROTOR_COUNT_OF(broken) + ROTOR_COUNT_OF(behind_header));
}

static void a_package_cut_at_any_byte_is_refused(void **state)
{
	(void)state;
	static const char *const names[] = {"r1-multi.fwpkg", "r4-downstream.fwpkg"};
	for (size_t i = 0; i < ROTOR_COUNT_OF(names); i++) {
		struct file f = load(names[i]);
		size_t whole = f.len;
		for (f.len = 0; f.len < whole; f.len++) {
			struct rotor_package_fault fault;
			struct rotor_package package;
			assert_int_equal(open_file(&package, &f, &fault), ROTOR_ERR_LENGTH);
			assert_int_equal(fault.refusal, ROTOR_PACKAGE_CUT_OFF);
			assert_true(fault.offset <= whole);
		}
		free(f.data);
	}
}

static void any_changed_header_byte_is_refused(void **state)
{
	(void)state;
	struct file f = load("r4-pkgdata.fwpkg");
	struct rotor_package package;
	/* all but the payload checksum, which is checked with the payload */
	for (size_t at = 0; at < 235 - 4; at++) {
		f.data[at] ^= 0x10;
		assert_int_not_equal(open_file(&package, &f, NULL), ROTOR_OK);
		f.data[at] ^= 0x10;
	}
	free(f.data);
}

static void a_small_buffer_and_a_failing_source_are_told_apart(void **state)
{
	(void)state;
	struct file f = load("r4-multi.fwpkg");
	struct rotor_package_source source = {file_read, &f, f.len};
	struct rotor_package_component component;
	struct rotor_package_fault fault;
	struct rotor_package package;
	uint8_t small[100], piece[300];

	assert_int_equal(rotor_package_open(&package, &source, small, sizeof(small), &fault),
			 ROTOR_ERR_SPACE);
	assert_int_equal(fault.refusal, ROTOR_PACKAGE_NO_ROOM);
	assert_int_equal(rotor_package_open(&package, &source, small, 3, &fault), ROTOR_ERR_SPACE);
	f.fail_from = 1;
	assert_int_equal(open_file(&package, &f, &fault), ROTOR_ERR_IO);
	f.fail_from = 100;
	assert_int_equal(open_file(&package, &f, &fault), ROTOR_ERR_IO);
	f.fail_from = 1100;
	assert_int_equal(open_file(&package, &f, &fault), ROTOR_OK);
	assert_int_equal(check_payload(&package), ROTOR_ERR_IO);
	assert_int_equal(rotor_package_component(&package, 2, &component), ROTOR_OK);
	assert_int_equal(rotor_package_read(&package, &component, 0, piece, 257), ROTOR_ERR_IO);
	f.fail_from = 0;
	assert_int_equal(rotor_package_read(&package, &component, 0, piece, 257), ROTOR_OK);
	assert_memory_equal(piece, f.data + component.offset, 257);
	assert_int_equal(rotor_package_read(&package, &component, 200, piece, 57), ROTOR_OK);
	assert_memory_equal(piece, f.data + component.offset + 200, 57);
	assert_int_equal(rotor_package_read(&package, &component, 200, piece, 58),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_package_read(&package, &component, 258, piece, 0),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_package_component(&package, 3, &component), ROTOR_ERR_NOT_FOUND);
	free(f.data);
}

static void a_device_matches_a_record_whose_descriptors_it_has(void **state)
{
	(void)state;
	static const uint8_t uuid[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
				       0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	static const uint8_t iana[] = {0x47, 0x16, 0x00, 0x00}, other[] = {0x48, 0x16, 0x00, 0x00};
	struct rotor_pldm_descriptor device[3] = {
	    {ROTOR_PLDM_DESCRIPTOR_IANA, {iana, sizeof(iana)}},
	    {ROTOR_PLDM_DESCRIPTOR_UUID, {uuid, sizeof(uuid)}},
	    {ROTOR_PLDM_DESCRIPTOR_PCI_REVISION, {iana, 1}},
	};
	struct file f = load("r4-multi.fwpkg");
	struct rotor_package_record record;
	struct rotor_package package;
	uint16_t index;

	assert_int_equal(open_file(&package, &f, NULL), ROTOR_OK);
	assert_int_equal(rotor_package_find(&package, device, 3, &index, &record), ROTOR_OK);
	assert_int_equal(index, 1);
	assert_true(rotor_package_applies(&record, 1));
	assert_false(rotor_package_applies(&record, 0));
	assert_false(rotor_package_applies(&record, 8));
	assert_int_equal(rotor_package_find(&package, device, 2, &index, &record), ROTOR_OK);
	assert_int_equal(rotor_package_find(&package, device, 1, &index, &record),
			 ROTOR_ERR_NOT_FOUND);
	device[0].data.data = other;
	assert_int_equal(rotor_package_find(&package, device, 3, &index, &record),
			 ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_package_find(&package, NULL, 0, &index, &record),
			 ROTOR_ERR_NOT_FOUND);
	free(f.data);
}

static void a_downstream_device_matches_its_own_kind_of_record(void **state)
{
	(void)state;
	static const uint8_t uuid[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
				       0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	static const uint8_t iana[] = {1, 2, 3, 4}, pci[] = {0xbe, 0xef};
	const struct rotor_pldm_descriptor device[] = {
	    {ROTOR_PLDM_DESCRIPTOR_IANA, {iana, sizeof(iana)}},
	    {ROTOR_PLDM_DESCRIPTOR_PCI_DEVICE, {pci, sizeof(pci)}},
	    {ROTOR_PLDM_DESCRIPTOR_UUID, {uuid, sizeof(uuid)}},
	};
	struct file f = load("r4-ds-pkgdata.fwpkg");
	struct rotor_package_record record;
	struct rotor_package package;
	uint16_t index;

	assert_int_equal(open_file(&package, &f, NULL), ROTOR_OK);
	assert_int_equal(rotor_package_find_downstream(&package, device, 2, &index, &record),
			 ROTOR_OK);
	assert_int_equal(index, 1);
	assert_true(record.downstream);
	assert_int_equal(rotor_package_find_downstream(&package, device, 3, &index, &record),
			 ROTOR_OK);
	assert_int_equal(index, 0);
	assert_int_equal(rotor_package_find_downstream(&package, device, 1, &index, &record),
			 ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_package_find(&package, device, 3, &index, &record),
			 ROTOR_ERR_NOT_FOUND);
	free(f.data);
}

/* ---- writing ---- */

#define RECORDS    4
#define COMPONENTS 9

static void every_package_is_written_again_byte_for_byte(void **state)
{
	(void)state;
	static uint8_t out[ROTOR_PACKAGE_HEADER_MAX];
	for (size_t i = 0; i < ROTOR_COUNT_OF(good); i++) {
		struct rotor_package_record devices[RECORDS], downstreams[RECORDS];
		struct rotor_package_component components[COMPONENTS];
		struct rotor_package package;
		char name[160];
		size_t len;

		snprintf(name, sizeof(name), "%s.fwpkg", good[i]);
		struct file f = load(name);
		assert_int_equal(open_file(&package, &f, NULL), ROTOR_OK);
		struct rotor_package_spec spec = {
		    .revision = package.revision,
		    .release_time = package.release_time,
		    .version = package.version,
		    .bitmap_bits = package.bitmap_bits,
		    .devices = devices,
		    .device_count = package.device_count,
		    .downstreams = downstreams,
		    .downstream_count = package.downstream_count,
		    .components = components,
		    .component_count = package.component_count,
		    .payload_checksum = package.payload_checksum,
		};
		for (uint16_t k = 0; k < package.device_count; k++)
			assert_int_equal(rotor_package_device(&package, k, &devices[k]), ROTOR_OK);
		for (uint16_t k = 0; k < package.downstream_count; k++)
			assert_int_equal(rotor_package_downstream(&package, k, &downstreams[k]),
					 ROTOR_OK);
		for (uint16_t k = 0; k < package.component_count; k++) {
			assert_int_equal(rotor_package_component(&package, k, &components[k]),
					 ROTOR_OK);
			components[k].offset = 0;
		}
		assert_int_equal(rotor_package_write_header(&spec, out, sizeof(out), &len),
				 ROTOR_OK);
		assert_int_equal(len, package.header.len);
		assert_memory_equal(out, f.data, len);
		for (size_t cap = 0; cap < len; cap++)
			assert_int_equal(rotor_package_write_header(&spec, out, cap, &len),
					 ROTOR_ERR_SPACE);
		free(f.data);
	}
}

static struct rotor_bytes view(const void *data, size_t len)
{
	struct rotor_bytes bytes = {data, len};
	return bytes;
}

static void what_a_revision_has_no_field_for_is_not_written(void **state)
{
	(void)state;
	static const uint8_t bits[2] = {1, 0}, descriptor[] = {1, 0, 4, 0, 1, 2, 3, 4};
	uint8_t out[256];
	size_t len;
	const struct rotor_package_record plain = {
	    .descriptor_count = 1, .applicable = view(bits, 1), .descriptors = view(descriptor, 8)};
	struct rotor_package_record record = plain;
	const struct rotor_package_component image = {.size = 4};
	struct rotor_package_component component = image;
	const struct rotor_package_spec base = {.revision = 1,
						.bitmap_bits = 8,
						.devices = &record,
						.device_count = 1,
						.components = &component,
						.component_count = 1};
	struct rotor_package_spec spec = base;
#define REFUSED()                                                                                  \
	do {                                                                                       \
		assert_int_equal(rotor_package_write_header(&spec, out, sizeof(out), &len),        \
				 ROTOR_ERR_ARGUMENT);                                              \
		spec = base;                                                                       \
		record = plain;                                                                    \
		component = image;                                                                 \
	} while (0)

	assert_int_equal(rotor_package_write_header(&spec, out, sizeof(out), &len), ROTOR_OK);
	spec.revision = 0;
	REFUSED();
	spec.revision = 5;
	REFUSED();
	spec.bitmap_bits = 7;
	REFUSED();
	spec.bitmap_bits = 16; /* the record's bitmap is 8 bits long */
	REFUSED();
	spec.component_count = 0;
	REFUSED();
	spec.device_count = 0;
	REFUSED();
	spec.downstreams = &record;
	spec.downstream_count = 1;
	REFUSED();
	record.manifest = view(bits, 1);
	spec.revision = 3;
	REFUSED();
	component.opaque = view(bits, 1);
	spec.revision = 2;
	REFUSED();
	component.size = 0;
	REFUSED();
	component.size = UINT32_MAX;
	REFUSED();
	record.version.text = view(bits, 1); /* a string of type 0 */
	REFUSED();
	record.descriptor_count = 0;
	REFUSED();
}

static void two_records_for_one_device_are_refused(void **state)
{
	(void)state;
	static const uint8_t bits[] = {1};
	/* IANA and PCI device, in either order of the latter two; the last has another number */
	static const uint8_t one[] = {1, 0, 4, 0, 1, 2, 3, 4, 0, 1, 2, 0, 5, 6, 3, 1, 1, 0, 7};
	static const uint8_t turned[] = {1, 0, 4, 0, 1, 2, 3, 4, 3, 1, 1, 0, 7, 0, 1, 2, 0, 5, 6};
	static const uint8_t other[] = {1, 0, 4, 0, 1, 2, 3, 4, 0, 1, 2, 0, 5, 6, 3, 1, 1, 0, 8};
	static const struct {
		const uint8_t *second;
		uint8_t count;
		bool downstream, refused;
	} cases[] = {
	    {one, 3, false, true},  {turned, 3, false, true}, {other, 3, false, false},
	    {one, 2, false, false}, {turned, 3, true, true},  {other, 3, true, false},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		size_t len = cases[i].count == 3 ? sizeof(one) : 14;
		struct rotor_package_record records[2] = {
		    {.descriptor_count = 3,
		     .applicable = view(bits, 1),
		     .descriptors = view(one, sizeof(one))},
		    {.descriptor_count = cases[i].count,
		     .applicable = view(bits, 1),
		     .descriptors = view(cases[i].second, len)}};
		struct rotor_package_component component = {.size = 4};
		struct rotor_package_spec spec = {.revision = 2,
						  .bitmap_bits = 8,
						  .devices = records,
						  .device_count = cases[i].downstream ? 1 : 2,
						  .downstreams = records,
						  .downstream_count = cases[i].downstream ? 2 : 0,
						  .components = &component,
						  .component_count = 1};
		struct rotor_package_fault fault;
		struct rotor_package package;
		uint8_t out[256] = {0};
		struct file f = {out, 0, 0};

		assert_int_equal(rotor_package_write_header(&spec, out, sizeof(out) - 4, &f.len),
				 ROTOR_OK);
		f.len += 4;
		assert_int_equal(open_file(&package, &f, &fault),
				 cases[i].refused ? ROTOR_ERR_FORMAT : ROTOR_OK);
		if (!cases[i].refused)
			continue;
		assert_int_equal(fault.refusal, ROTOR_PACKAGE_DUPLICATE);
		assert_int_equal(fault.field, ROTOR_PACKAGE_FIELD_DESCRIPTOR);
		assert_int_equal(fault.index, 1);
		assert_memory_equal(out + fault.offset, cases[i].second, len);
	}
}

static void words_exist_for_every_field_and_refusal(void **state)
{
	(void)state;
	for (int i = 0; i < ROTOR_PACKAGE_FIELD_COUNT; i++)
		assert_non_null(rotor_package_field_name((enum rotor_package_field)i));
	for (int i = 0; i < ROTOR_PACKAGE_REFUSAL_COUNT; i++) {
		assert_non_null(rotor_package_refusal_string((enum rotor_package_refusal)i));
		assert_int_equal(rotor_package_refusal_status((enum rotor_package_refusal)i) == 0,
				 i == 0);
	}
	assert_non_null(rotor_package_field_name((enum rotor_package_field)1000));
	assert_non_null(rotor_package_refusal_string((enum rotor_package_refusal)1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(packages_of_other_writers_read_as_their_makers_meant),
	    cmocka_unit_test(release_time_is_taken_apart),
	    cmocka_unit_test(broken_packages_are_refused_with_field_and_place),
	    cmocka_unit_test(every_package_of_the_vectors_has_its_verdict),
	    cmocka_unit_test(trailing_bytes_and_payload_damage_are_found),
	    cmocka_unit_test(a_package_cut_at_any_byte_is_refused),
	    cmocka_unit_test(any_changed_header_byte_is_refused),
	    cmocka_unit_test(a_small_buffer_and_a_failing_source_are_told_apart),
	    cmocka_unit_test(a_device_matches_a_record_whose_descriptors_it_has),
	    cmocka_unit_test(a_downstream_device_matches_its_own_kind_of_record),
	    cmocka_unit_test(every_package_is_written_again_byte_for_byte),
	    cmocka_unit_test(what_a_revision_has_no_field_for_is_not_written),
	    cmocka_unit_test(two_records_for_one_device_are_refused),
	    cmocka_unit_test(words_exist_for_every_field_and_refusal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
