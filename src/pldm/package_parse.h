/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of a package header's tables, with the place of the first fault. */
#ifndef PLDM_PACKAGE_PARSE_H
#define PLDM_PACKAGE_PARSE_H

#include "rotor/pldm_package.h"

/* Bytes before the version string's own: identifier, revision, size, time, bitmap length, string type and length. */
#define PACKAGE_FIXED_SIZE 36
/* Enough to know what it is and how long its header is. */
#define PACKAGE_PROBE_SIZE 19

/* First revision of DSP0267's package format that has the thing. */
#define PACKAGE_HAS_DOWNSTREAM 2
#define PACKAGE_HAS_OPAQUE     3
#define PACKAGE_HAS_MANIFEST   4

/* PackageHeaderIdentifier of each revision, revision 1 first. */
extern const uint8_t package_identifiers[ROTOR_PACKAGE_REVISION_MAX][ROTOR_PACKAGE_UUID_SIZE];

struct package_parse {
	const uint8_t *base; /* first byte of the package */
	struct rotor_reader r;
	uint8_t revision;
	uint16_t bitmap_bits;
	uint16_t component_count; /* bits past it are refused; UINT16_MAX while it is not known */
	uint16_t index;
	struct rotor_package_fault fault;
};

struct package_parse package_parse(const struct rotor_package *package, struct rotor_bytes area);
bool package_parse_failed(const struct package_parse *p);
/* Notes the first fault; later ones are its consequences. */
void package_refuse(struct package_parse *p, enum rotor_package_refusal refusal,
		    enum rotor_package_field field, const uint8_t *where);

/* One field each; 0 or nothing once something was refused. */
uint8_t package_u8(struct package_parse *p, enum rotor_package_field field);
uint16_t package_u16(struct package_parse *p, enum rotor_package_field field);
uint32_t package_u32(struct package_parse *p, enum rotor_package_field field);
struct rotor_bytes package_bytes(struct package_parse *p, enum rotor_package_field field,
				 size_t len);
/* String type and length; the text stands elsewhere. */
uint8_t package_string_head(struct package_parse *p, enum rotor_package_field field,
			    struct rotor_pldm_string *out);

void package_parse_record(struct package_parse *p, bool downstream,
			  struct rotor_package_record *out);
void package_parse_component(struct package_parse *p, struct rotor_package_component *out);

#endif
