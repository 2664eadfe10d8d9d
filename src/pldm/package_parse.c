/* SPDX-License-Identifier: Apache-2.0 */
/* Records and components of a package header, field by field. */
#include <string.h>

#include "pldm/package_parse.h"

struct package_parse package_parse(const struct rotor_package *package, struct rotor_bytes area)
{
	struct package_parse p;

	memset(&p, 0, sizeof(p));
	p.base = package->header.data;
	p.r = rotor_reader(area.data, area.len);
	p.revision = package->revision;
	p.bitmap_bits = package->bitmap_bits;
	p.component_count = package->component_count;
	return p;
}

bool package_parse_failed(const struct package_parse *p)
{
	return p->fault.refusal != ROTOR_PACKAGE_ACCEPTED;
}

void package_refuse(struct package_parse *p, enum rotor_package_refusal refusal,
		    enum rotor_package_field field, const uint8_t *where)
{
	if (package_parse_failed(p))
		return;
	p->fault.refusal = refusal;
	p->fault.field = field;
	p->fault.offset = (uint64_t)(where - p->base);
	p->fault.index = p->index;
	rotor_reader_fail(&p->r);
}

/* Whether the next n bytes are there; if not, the field overruns what holds it. */
static bool has(struct package_parse *p, enum rotor_package_field field, size_t n)
{
	if (package_parse_failed(p))
		return false;
	if (p->r.left >= n)
		return true;
	package_refuse(p, ROTOR_PACKAGE_OVERRUN, field, p->r.at);
	return false;
}

uint8_t package_u8(struct package_parse *p, enum rotor_package_field field)
{
	return has(p, field, 1) ? rotor_read_u8(&p->r) : 0;
}

uint16_t package_u16(struct package_parse *p, enum rotor_package_field field)
{
	return has(p, field, 2) ? rotor_read_u16le(&p->r) : 0;
}

uint32_t package_u32(struct package_parse *p, enum rotor_package_field field)
{
	return has(p, field, 4) ? rotor_read_u32le(&p->r) : 0;
}

struct rotor_bytes package_bytes(struct package_parse *p, enum rotor_package_field field,
				 size_t len)
{
	struct rotor_bytes none = {NULL, 0};

	return has(p, field, len) ? rotor_read_view(&p->r, len) : none;
}

uint8_t package_string_head(struct package_parse *p, enum rotor_package_field field,
			    struct rotor_pldm_string *out)
{
	const uint8_t *where = p->r.at;
	uint8_t len;

	memset(out, 0, sizeof(*out));
	out->type = package_u8(p, field);
	len = package_u8(p, field);
	if (!package_parse_failed(p) && !rotor_pldm_string_valid(out->type, len))
		package_refuse(p, ROTOR_PACKAGE_BAD_VALUE, field, where);
	return len;
}

static struct rotor_bytes parse_applicable(struct package_parse *p)
{
	const uint8_t *where = p->r.at;
	struct rotor_bytes bits =
	    package_bytes(p, ROTOR_PACKAGE_FIELD_APPLICABLE, p->bitmap_bits / 8u);
	size_t i;

	for (i = p->component_count; i < bits.len * 8; i++)
		if (bits.data[i / 8] >> (i % 8) & 1)
			package_refuse(p, ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_APPLICABLE,
				       where);
	return bits;
}

static struct rotor_bytes parse_descriptors(struct package_parse *p, unsigned count)
{
	struct rotor_bytes area = {p->r.at, 0};
	struct rotor_pldm_descriptor d;
	const uint8_t *where;
	unsigned i;

	for (i = 0; i < count && !package_parse_failed(p); i++) {
		where = p->r.at;
		if (rotor_pldm_descriptor_read(&p->r, &d) != ROTOR_OK)
			package_refuse(
			    p, p->r.failed ? ROTOR_PACKAGE_OVERRUN : ROTOR_PACKAGE_BAD_VALUE,
			    ROTOR_PACKAGE_FIELD_DESCRIPTOR, where);
		else if (i == 0 && !rotor_pldm_descriptor_is_initial(d.type))
			package_refuse(p, ROTOR_PACKAGE_BAD_VALUE, ROTOR_PACKAGE_FIELD_DESCRIPTOR,
				       where);
	}
	if (package_parse_failed(p))
		area.data = NULL;
	else
		area.len = (size_t)(p->r.at - area.data);
	return area;
}

static void parse_record_content(struct package_parse *p, struct rotor_package_record *out)
{
	const uint8_t *count_at = p->r.at;
	uint32_t manifest_len = 0;
	uint16_t data_len;
	uint8_t version_len;

	out->descriptor_count = package_u8(p, ROTOR_PACKAGE_FIELD_DESCRIPTOR_COUNT);
	if (!package_parse_failed(p) && out->descriptor_count == 0)
		package_refuse(p, ROTOR_PACKAGE_EMPTY, ROTOR_PACKAGE_FIELD_DESCRIPTOR_COUNT,
			       count_at);
	out->option_flags = package_u32(p, ROTOR_PACKAGE_FIELD_OPTION_FLAGS);
	version_len = package_string_head(p, ROTOR_PACKAGE_FIELD_SET_VERSION, &out->version);
	data_len = package_u16(p, ROTOR_PACKAGE_FIELD_PACKAGE_DATA);
	if (p->revision >= PACKAGE_HAS_MANIFEST)
		manifest_len = package_u32(p, ROTOR_PACKAGE_FIELD_MANIFEST);
	out->applicable = parse_applicable(p);
	out->version.text = package_bytes(p, ROTOR_PACKAGE_FIELD_SET_VERSION, version_len);
	if (out->downstream && out->option_flags & ROTOR_PACKAGE_MIN_VERSION)
		out->min_stamp = package_u32(p, ROTOR_PACKAGE_FIELD_MIN_STAMP);
	out->descriptors = parse_descriptors(p, out->descriptor_count);
	out->package_data = package_bytes(p, ROTOR_PACKAGE_FIELD_PACKAGE_DATA, data_len);
	out->manifest = package_bytes(p, ROTOR_PACKAGE_FIELD_MANIFEST, manifest_len);
}

void package_parse_record(struct package_parse *p, bool downstream,
			  struct rotor_package_record *out)
{
	const uint8_t *where = p->r.at;
	struct rotor_reader outer;
	uint16_t length = package_u16(p, ROTOR_PACKAGE_FIELD_RECORD_LENGTH);

	memset(out, 0, sizeof(*out));
	out->downstream = downstream;
	if (package_parse_failed(p))
		return;
	if (length < 2 || length - 2u > p->r.left) {
		package_refuse(p, length < 2 ? ROTOR_PACKAGE_BAD_VALUE : ROTOR_PACKAGE_OVERRUN,
			       ROTOR_PACKAGE_FIELD_RECORD_LENGTH, where);
		return;
	}
	outer = p->r;
	p->r = rotor_read_sub(&outer, length - 2u);
	parse_record_content(p, out);
	if (!package_parse_failed(p) && p->r.left)
		package_refuse(p, ROTOR_PACKAGE_LEFTOVER, ROTOR_PACKAGE_FIELD_RECORD_LENGTH, where);
	p->r = outer;
}

void package_parse_component(struct package_parse *p, struct rotor_package_component *out)
{
	uint8_t version_len;
	uint32_t opaque_len;

	memset(out, 0, sizeof(*out));
	out->classification = package_u16(p, ROTOR_PACKAGE_FIELD_COMPONENT);
	out->identifier = package_u16(p, ROTOR_PACKAGE_FIELD_COMPONENT);
	out->comparison_stamp = package_u32(p, ROTOR_PACKAGE_FIELD_COMPONENT);
	out->options = package_u16(p, ROTOR_PACKAGE_FIELD_COMPONENT);
	out->activation = package_u16(p, ROTOR_PACKAGE_FIELD_COMPONENT);
	out->offset = package_u32(p, ROTOR_PACKAGE_FIELD_COMPONENT_OFFSET);
	out->size = package_u32(p, ROTOR_PACKAGE_FIELD_COMPONENT_SIZE);
	version_len = package_string_head(p, ROTOR_PACKAGE_FIELD_COMPONENT_VERSION, &out->version);
	out->version.text = package_bytes(p, ROTOR_PACKAGE_FIELD_COMPONENT_VERSION, version_len);
	if (p->revision >= PACKAGE_HAS_OPAQUE) {
		opaque_len = package_u32(p, ROTOR_PACKAGE_FIELD_OPAQUE);
		out->opaque = package_bytes(p, ROTOR_PACKAGE_FIELD_OPAQUE, opaque_len);
	}
}
