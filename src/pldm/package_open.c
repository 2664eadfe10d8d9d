/* SPDX-License-Identifier: Apache-2.0 */
/* Opening of a package: the whole header is read and checked before anything of it is used. */
#include <string.h>

#include "pldm/package_parse.h"

const uint8_t package_identifiers[ROTOR_PACKAGE_REVISION_MAX][ROTOR_PACKAGE_UUID_SIZE] = {
    {0xf0, 0x18, 0x87, 0x8c, 0xcb, 0x7d, 0x49, 0x43, 0x98, 0x00, 0xa0, 0x2f, 0x05, 0x9a, 0xca,
     0x02},
    {0x12, 0x44, 0xd2, 0x64, 0x8d, 0x7d, 0x47, 0x18, 0xa0, 0x30, 0xfc, 0x8a, 0x56, 0x58, 0x7d,
     0x5a},
    {0x31, 0x19, 0xce, 0x2f, 0xe8, 0x0a, 0x4a, 0x99, 0xaf, 0x6d, 0x46, 0xf8, 0xb1, 0x21, 0xf6,
     0xbf},
    {0x7b, 0x29, 0x1c, 0x99, 0x6d, 0xb6, 0x42, 0x08, 0x80, 0x1b, 0x02, 0x02, 0x6e, 0x46, 0x3c,
     0x78},
};

static size_t checksum_size(uint8_t revision)
{
	return revision >= PACKAGE_HAS_MANIFEST ? 8 : 4;
}

static enum rotor_package_field probe_field(uint64_t offset)
{
	if (offset < ROTOR_PACKAGE_UUID_SIZE)
		return ROTOR_PACKAGE_FIELD_IDENTIFIER;
	return offset == ROTOR_PACKAGE_UUID_SIZE ? ROTOR_PACKAGE_FIELD_REVISION
						 : ROTOR_PACKAGE_FIELD_HEADER_SIZE;
}

static struct rotor_package_fault fault_at(enum rotor_package_refusal refusal,
					   enum rotor_package_field field, uint64_t offset)
{
	struct rotor_package_fault fault = {refusal, field, offset, 0};

	return fault;
}

/* Identifier, revision and header size: what is this, and can it be held? */
static struct rotor_package_fault probe(struct rotor_package *package, uint8_t *header, size_t cap)
{
	const uint64_t size = package->source.size;
	struct rotor_reader r = rotor_reader(header, PACKAGE_PROBE_SIZE);
	uint16_t header_size;
	unsigned i = 0;

	if (cap < PACKAGE_PROBE_SIZE)
		return fault_at(ROTOR_PACKAGE_NO_ROOM, ROTOR_PACKAGE_FIELD_NONE, 0);
	if (size < PACKAGE_PROBE_SIZE)
		return fault_at(ROTOR_PACKAGE_CUT_OFF, probe_field(size), size);
	if (package->source.read(package->source.ctx, 0, header, PACKAGE_PROBE_SIZE) != ROTOR_OK)
		return fault_at(ROTOR_PACKAGE_READ_FAILED, ROTOR_PACKAGE_FIELD_IDENTIFIER, 0);
	rotor_read_copy(&r, package->identifier, ROTOR_PACKAGE_UUID_SIZE);
	package->revision = rotor_read_u8(&r);
	header_size = rotor_read_u16le(&r);
	while (i < ROTOR_PACKAGE_REVISION_MAX &&
	       memcmp(package->identifier, package_identifiers[i], ROTOR_PACKAGE_UUID_SIZE) != 0)
		i++;
	if (i == ROTOR_PACKAGE_REVISION_MAX)
		return fault_at(ROTOR_PACKAGE_NOT_A_PACKAGE, ROTOR_PACKAGE_FIELD_IDENTIFIER, 0);
	if (package->revision != i + 1)
		return fault_at(ROTOR_PACKAGE_UNKNOWN_VALUE, ROTOR_PACKAGE_FIELD_REVISION,
				ROTOR_PACKAGE_UUID_SIZE);
	if (header_size < PACKAGE_FIXED_SIZE + checksum_size(package->revision))
		return fault_at(ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_HEADER_SIZE,
				ROTOR_PACKAGE_UUID_SIZE + 1);
	if (header_size > size)
		return fault_at(ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_HEADER_SIZE, size);
	if (header_size > cap)
		return fault_at(ROTOR_PACKAGE_NO_ROOM, ROTOR_PACKAGE_FIELD_HEADER_SIZE,
				ROTOR_PACKAGE_UUID_SIZE + 1);
	package->header.data = header;
	package->header.len = header_size;
	return fault_at(ROTOR_PACKAGE_ACCEPTED, ROTOR_PACKAGE_FIELD_NONE, 0);
}

static struct rotor_package_fault read_header(struct rotor_package *package, uint8_t *header)
{
	const size_t covered = package->header.len - checksum_size(package->revision);
	struct rotor_reader r;

	if (package->source.read(package->source.ctx, 0, header, package->header.len) != ROTOR_OK)
		return fault_at(ROTOR_PACKAGE_READ_FAILED, ROTOR_PACKAGE_FIELD_HEADER_SIZE, 0);
	r = rotor_reader(header + covered, checksum_size(package->revision));
	package->header_checksum = rotor_read_u32le(&r);
	if (package->revision >= PACKAGE_HAS_MANIFEST)
		package->payload_checksum = rotor_read_u32le(&r);
	if (rotor_crc32(0, header, covered) != package->header_checksum)
		return fault_at(ROTOR_PACKAGE_CHECKSUM_WRONG, ROTOR_PACKAGE_FIELD_HEADER_CHECKSUM,
				covered);
	return fault_at(ROTOR_PACKAGE_ACCEPTED, ROTOR_PACKAGE_FIELD_NONE, 0);
}

static void parse_time(struct package_parse *p, struct rotor_package_time *out)
{
	struct rotor_bytes raw =
	    package_bytes(p, ROTOR_PACKAGE_FIELD_RELEASE_TIME, ROTOR_PACKAGE_TIME_SIZE);
	struct rotor_reader r = rotor_reader(raw.data, raw.len);

	*out = rotor_package_time_read(&r);
}

static struct rotor_bytes area_since(const struct package_parse *p, const uint8_t *start)
{
	struct rotor_bytes area = {start, 0};

	area.len = package_parse_failed(p) ? 0 : (size_t)(p->r.at - start);
	return area;
}

static struct rotor_bytes parse_records(struct package_parse *p, bool downstream, uint16_t count)
{
	const uint8_t *start = p->r.at;
	struct rotor_package_record record;

	for (p->index = 0; p->index < count && !package_parse_failed(p); p->index++)
		package_parse_record(p, downstream, &record);
	p->index = 0;
	return area_since(p, start);
}

/* One image's place in the file; the earliest offset that the next may have is returned. */
static void check_place(struct package_parse *p, const struct rotor_package *package,
			const struct rotor_package_component *c, const uint8_t *where)
{
	const uint8_t *offset_at = where + 12, *size_at = where + 16;

	if (package_parse_failed(p))
		return;
	if (c->size == 0)
		package_refuse(p, ROTOR_PACKAGE_EMPTY, ROTOR_PACKAGE_FIELD_COMPONENT_SIZE, size_at);
	else if (c->offset < package->header.len)
		package_refuse(p, ROTOR_PACKAGE_IN_HEADER, ROTOR_PACKAGE_FIELD_COMPONENT_OFFSET,
			       offset_at);
	else if (c->offset >= package->source.size)
		package_refuse(p, ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_COMPONENT_OFFSET,
			       offset_at);
	else if (c->size > package->source.size - c->offset)
		package_refuse(p, ROTOR_PACKAGE_CUT_OFF, ROTOR_PACKAGE_FIELD_COMPONENT_SIZE,
			       size_at);
}

/* Images in ascending order, the usual case, are found apart in one pass; others are compared in pairs. */
static void check_overlap(struct package_parse *p, const struct rotor_package *package)
{
	struct package_parse outer = package_parse(package, package->components), inner;
	struct rotor_package_component a, b;
	const uint8_t *where;
	uint64_t end = 0;
	bool ascending = true;
	uint16_t i, j;

	for (i = 0; i < package->component_count && ascending; i++) {
		package_parse_component(&outer, &a);
		ascending = a.offset >= end;
		end = (uint64_t)a.offset + a.size;
	}
	if (ascending)
		return;
	outer = package_parse(package, package->components);
	for (i = 0; i < package->component_count && !package_parse_failed(p); i++) {
		where = outer.r.at;
		package_parse_component(&outer, &a);
		inner = package_parse(package, package->components);
		for (j = 0; j < i; j++) {
			package_parse_component(&inner, &b);
			if (a.offset < (uint64_t)b.offset + b.size &&
			    b.offset < (uint64_t)a.offset + a.size) {
				p->index = i;
				package_refuse(p, ROTOR_PACKAGE_OVERLAP,
					       ROTOR_PACKAGE_FIELD_COMPONENT_OFFSET, where + 12);
			}
		}
	}
}

static void parse_components(struct package_parse *p, struct rotor_package *package)
{
	struct rotor_package_component component;
	const uint8_t *start = p->r.at, *where;
	uint64_t claimed = 0;

	for (p->index = 0; p->index < package->component_count && !package_parse_failed(p);
	     p->index++) {
		where = p->r.at;
		package_parse_component(p, &component);
		check_place(p, package, &component, where);
		claimed += component.size;
	}
	p->index = 0;
	package->components = area_since(p, start);
	if (package_parse_failed(p))
		return;
	check_overlap(p, package);
	if (!package_parse_failed(p))
		package->unclaimed = package->source.size - package->header.len - claimed;
}

/* A table's count, which may not be 0. */
static uint16_t nonzero(struct package_parse *p, enum rotor_package_field field,
			const uint8_t *where, uint16_t count)
{
	if (!package_parse_failed(p) && count == 0)
		package_refuse(p, ROTOR_PACKAGE_EMPTY, field, where);
	return count;
}

static bool has_descriptor(const struct rotor_package_record *record,
			   const struct rotor_pldm_descriptor *wanted)
{
	struct rotor_reader r = rotor_reader(record->descriptors.data, record->descriptors.len);
	struct rotor_pldm_descriptor d;
	unsigned i;

	for (i = 0; i < record->descriptor_count; i++)
		if (rotor_pldm_descriptor_read(&r, &d) == ROTOR_OK && d.type == wanted->type &&
		    d.data.len == wanted->data.len &&
		    memcmp(d.data.data, wanted->data.data, d.data.len) == 0)
			return true;
	return false;
}

/* Whether two records speak of the same devices; the order of descriptors says nothing. */
static bool same_device(const struct rotor_package_record *a, const struct rotor_package_record *b)
{
	struct rotor_reader r = rotor_reader(a->descriptors.data, a->descriptors.len);
	struct rotor_pldm_descriptor d;
	unsigned i;

	if (a->descriptor_count != b->descriptor_count || a->descriptors.len != b->descriptors.len)
		return false;
	for (i = 0; i < a->descriptor_count; i++)
		if (rotor_pldm_descriptor_read(&r, &d) != ROTOR_OK || !has_descriptor(b, &d))
			return false;
	return true;
}

/* Of two records for one device the second would be passed over, or the two would disagree. */
static void check_duplicates(struct package_parse *p, const struct rotor_package *package,
			     bool downstream)
{
	struct rotor_bytes area = downstream ? package->downstreams : package->devices;
	uint16_t count = downstream ? package->downstream_count : package->device_count;
	struct package_parse outer = package_parse(package, area), inner;
	struct rotor_package_record a, b;
	uint16_t i, j;

	for (i = 0; i < count && !package_parse_failed(p); i++) {
		package_parse_record(&outer, downstream, &a);
		inner = package_parse(package, area);
		for (j = 0; j < i && !package_parse_failed(p); j++) {
			package_parse_record(&inner, downstream, &b);
			if (!same_device(&a, &b))
				continue;
			p->index = i;
			package_refuse(p, ROTOR_PACKAGE_DUPLICATE, ROTOR_PACKAGE_FIELD_DESCRIPTOR,
				       a.descriptors.data);
		}
	}
}

/*
 * The component count, against which bitmaps are judged, stands behind the records: those are passed over first
 * without it, and walked again once it is known.
 */
static void parse_tables(struct package_parse *p, struct rotor_package *package,
			 const uint8_t *bitmap_at)
{
	struct package_parse again;
	const uint8_t *where = p->r.at;
	uint8_t count = package_u8(p, ROTOR_PACKAGE_FIELD_DEVICE_COUNT);

	package->device_count = nonzero(p, ROTOR_PACKAGE_FIELD_DEVICE_COUNT, where, count);
	package->devices = parse_records(p, false, package->device_count);
	if (p->revision >= PACKAGE_HAS_DOWNSTREAM) {
		package->downstream_count = package_u8(p, ROTOR_PACKAGE_FIELD_DOWNSTREAM_COUNT);
		package->downstreams = parse_records(p, true, package->downstream_count);
	}
	where = p->r.at;
	package->component_count = nonzero(p, ROTOR_PACKAGE_FIELD_COMPONENT_COUNT, where,
					   package_u16(p, ROTOR_PACKAGE_FIELD_COMPONENT_COUNT));
	if (!package_parse_failed(p) && package->component_count > package->bitmap_bits)
		package_refuse(p, ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_BITMAP_LENGTH,
			       bitmap_at);
	if (!package_parse_failed(p)) {
		again = package_parse(package, package->devices);
		parse_records(&again, false, package->device_count);
		if (!package_parse_failed(&again)) {
			again = package_parse(package, package->downstreams);
			parse_records(&again, true, package->downstream_count);
		}
		p->fault = again.fault;
	}
	check_duplicates(p, package, false);
	check_duplicates(p, package, true);
	if (!package_parse_failed(p))
		parse_components(p, package);
}

static struct rotor_package_fault parse_header(struct rotor_package *package)
{
	struct rotor_bytes area = {package->header.data,
				   package->header.len - checksum_size(package->revision)};
	struct package_parse p = package_parse(package, area);
	const uint8_t *bitmap_at;
	uint8_t version_len;

	p.component_count = UINT16_MAX;
	rotor_read_skip(&p.r, PACKAGE_PROBE_SIZE);
	parse_time(&p, &package->release_time);
	bitmap_at = p.r.at;
	package->bitmap_bits = package_u16(&p, ROTOR_PACKAGE_FIELD_BITMAP_LENGTH);
	if (package->bitmap_bits == 0 || package->bitmap_bits % 8 != 0)
		package_refuse(&p, ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_BITMAP_LENGTH,
			       bitmap_at);
	p.bitmap_bits = package->bitmap_bits;
	version_len = package_string_head(&p, ROTOR_PACKAGE_FIELD_VERSION, &package->version);
	package->version.text = package_bytes(&p, ROTOR_PACKAGE_FIELD_VERSION, version_len);
	parse_tables(&p, package, bitmap_at);
	if (!package_parse_failed(&p) && p.r.left)
		package_refuse(&p, ROTOR_PACKAGE_LEFTOVER, ROTOR_PACKAGE_FIELD_HEADER_SIZE, p.r.at);
	return p.fault;
}

enum rotor_status rotor_package_open(struct rotor_package *package,
				     const struct rotor_package_source *source, uint8_t *header,
				     size_t cap, struct rotor_package_fault *fault)
{
	struct rotor_package_fault found;

	memset(package, 0, sizeof(*package));
	package->source = *source;
	found = probe(package, header, cap);
	if (!found.refusal)
		found = read_header(package, header);
	if (!found.refusal)
		found = parse_header(package);
	if (fault)
		*fault = found;
	if (found.refusal)
		memset(package, 0, sizeof(*package));
	return rotor_package_refusal_status(found.refusal);
}
