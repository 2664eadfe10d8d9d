/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of package headers. */
#include <string.h>

#include "pldm/package_parse.h"

static bool string_ok(const struct rotor_pldm_string *s)
{
	return rotor_pldm_string_valid(s->type, s->text.len);
}

static bool record_ok(const struct rotor_package_spec *spec, const struct rotor_package_record *r)
{
	return r->descriptor_count > 0 && string_ok(&r->version) &&
	       r->applicable.len == spec->bitmap_bits / 8u && r->package_data.len <= UINT16_MAX &&
	       (r->manifest.len == 0 || spec->revision >= PACKAGE_HAS_MANIFEST);
}

static bool spec_ok(const struct rotor_package_spec *spec)
{
	size_t i;

	if (spec->revision < 1 || spec->revision > ROTOR_PACKAGE_REVISION_MAX ||
	    !string_ok(&spec->version) || spec->bitmap_bits == 0 || spec->bitmap_bits % 8 != 0 ||
	    spec->component_count == 0 || spec->component_count > spec->bitmap_bits ||
	    spec->device_count == 0 || spec->device_count > UINT8_MAX ||
	    spec->downstream_count > UINT8_MAX ||
	    (spec->downstream_count && spec->revision < PACKAGE_HAS_DOWNSTREAM))
		return false;
	for (i = 0; i < spec->device_count; i++)
		if (!record_ok(spec, &spec->devices[i]))
			return false;
	for (i = 0; i < spec->downstream_count; i++)
		if (!record_ok(spec, &spec->downstreams[i]))
			return false;
	for (i = 0; i < spec->component_count; i++) {
		const struct rotor_package_component *c = &spec->components[i];

		if (c->size == 0 || !string_ok(&c->version) ||
		    (c->opaque.len && spec->revision < PACKAGE_HAS_OPAQUE))
			return false;
	}
	return true;
}

static void write_view(struct rotor_writer *w, struct rotor_bytes bytes)
{
	if (bytes.len)
		rotor_write_bytes(w, bytes.data, bytes.len);
}

static void write_string_head(struct rotor_writer *w, const struct rotor_pldm_string *s)
{
	rotor_write_u8(w, s->type);
	rotor_write_u8(w, (uint8_t)s->text.len);
}

static void write_record(struct rotor_writer *w, uint8_t revision, bool downstream,
			 const struct rotor_package_record *r)
{
	size_t start = w->len;

	rotor_write_u16le(w, 0);
	rotor_write_u8(w, r->descriptor_count);
	rotor_write_u32le(w, r->option_flags);
	write_string_head(w, &r->version);
	rotor_write_u16le(w, (uint16_t)r->package_data.len);
	if (revision >= PACKAGE_HAS_MANIFEST)
		rotor_write_u32le(w, (uint32_t)r->manifest.len);
	write_view(w, r->applicable);
	write_view(w, r->version.text);
	if (downstream && r->option_flags & ROTOR_PACKAGE_MIN_VERSION)
		rotor_write_u32le(w, r->min_stamp);
	write_view(w, r->descriptors);
	write_view(w, r->package_data);
	write_view(w, r->manifest);
	if (w->len - start > UINT16_MAX)
		w->failed = true;
	rotor_write_patch_u16le(w, start, (uint16_t)(w->len - start));
}

/* Returns the offset behind the image. */
static uint64_t write_component(struct rotor_writer *w, uint8_t revision,
				const struct rotor_package_component *c, uint64_t offset)
{
	rotor_write_u16le(w, c->classification);
	rotor_write_u16le(w, c->identifier);
	rotor_write_u32le(w, c->comparison_stamp);
	rotor_write_u16le(w, c->options);
	rotor_write_u16le(w, c->activation);
	rotor_write_u32le(w, (uint32_t)offset);
	rotor_write_u32le(w, c->size);
	write_string_head(w, &c->version);
	write_view(w, c->version.text);
	if (revision >= PACKAGE_HAS_OPAQUE) {
		rotor_write_u32le(w, (uint32_t)c->opaque.len);
		write_view(w, c->opaque);
	}
	return offset + c->size;
}

/* Bytes that the component table and the checksums take. */
static size_t tail_size(const struct rotor_package_spec *spec)
{
	size_t size = 2 + (spec->revision >= PACKAGE_HAS_MANIFEST ? 8 : 4);
	size_t i;

	for (i = 0; i < spec->component_count; i++) {
		size += 22 + spec->components[i].version.text.len;
		if (spec->revision >= PACKAGE_HAS_OPAQUE)
			size += 4 + spec->components[i].opaque.len;
	}
	return size;
}

enum rotor_status rotor_package_write_header(const struct rotor_package_spec *spec, uint8_t *out,
					     size_t cap, size_t *len)
{
	struct rotor_writer w = rotor_writer(out, cap);
	uint64_t offset;
	size_t i;

	*len = 0;
	if (!spec_ok(spec))
		return ROTOR_ERR_ARGUMENT;
	rotor_write_bytes(&w, package_identifiers[spec->revision - 1], ROTOR_PACKAGE_UUID_SIZE);
	rotor_write_u8(&w, spec->revision);
	rotor_write_u16le(&w, 0);
	rotor_package_time_write(&w, &spec->release_time);
	rotor_write_u16le(&w, spec->bitmap_bits);
	write_string_head(&w, &spec->version);
	write_view(&w, spec->version.text);
	rotor_write_u8(&w, (uint8_t)spec->device_count);
	for (i = 0; i < spec->device_count; i++)
		write_record(&w, spec->revision, false, &spec->devices[i]);
	if (spec->revision >= PACKAGE_HAS_DOWNSTREAM) {
		rotor_write_u8(&w, (uint8_t)spec->downstream_count);
		for (i = 0; i < spec->downstream_count; i++)
			write_record(&w, spec->revision, true, &spec->downstreams[i]);
	}
	offset = w.len + tail_size(spec);
	if (w.failed || offset > ROTOR_PACKAGE_HEADER_MAX)
		return ROTOR_ERR_SPACE;
	rotor_write_patch_u16le(&w, ROTOR_PACKAGE_UUID_SIZE + 1, (uint16_t)offset);
	rotor_write_u16le(&w, (uint16_t)spec->component_count);
	for (i = 0; i < spec->component_count; i++) {
		spec->components[i].offset = (uint32_t)offset;
		offset = write_component(&w, spec->revision, &spec->components[i], offset);
		if (offset > UINT32_MAX)
			return ROTOR_ERR_ARGUMENT;
	}
	if (!w.failed)
		rotor_write_u32le(&w, rotor_crc32(0, w.base, w.len));
	if (spec->revision >= PACKAGE_HAS_MANIFEST)
		rotor_write_u32le(&w, spec->payload_checksum);
	return rotor_writer_end(&w, len);
}
