/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What PLDM firmware update messages and package files have in common: version
 * strings and device descriptors (DSP0267 1.3.0, "Descriptor identifier table"
 * and "String type values").
 *
 * A descriptor is a type, a length and that many bytes. A device is known by a
 * set of them, of which the first (the initial descriptor) says who named it.
 * Views point into the bytes that were decoded; the caller keeps those.
 */
#ifndef ROTOR_PLDM_DESCRIPTOR_H
#define ROTOR_PLDM_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- strings ---- */

enum rotor_pldm_string_type {
	ROTOR_PLDM_STRING_UNKNOWN = 0, /**< with length 0: there is no string */
	ROTOR_PLDM_STRING_ASCII = 1,
	ROTOR_PLDM_STRING_UTF8 = 2,
	ROTOR_PLDM_STRING_UTF16 = 3,
	ROTOR_PLDM_STRING_UTF16LE = 4,
	ROTOR_PLDM_STRING_UTF16BE = 5,
};

/** A string as PLDM carries it: a type, and 0 to 255 bytes without a terminator. */
struct rotor_pldm_string {
	uint8_t type; /**< enum rotor_pldm_string_type */
	struct rotor_bytes text;
};

/** Whether @p type is defined and may stand before @p len bytes: type 0 only before none. */
bool rotor_pldm_string_valid(uint8_t type, size_t len);
/** "ASCII", "UTF-8", …; "unknown" for types that are not defined. Never NULL. */
const char *rotor_pldm_string_type_name(uint8_t type);

/* ---- descriptors ---- */

enum rotor_pldm_descriptor_type {
	ROTOR_PLDM_DESCRIPTOR_PCI_VENDOR = 0x0000,
	ROTOR_PLDM_DESCRIPTOR_IANA = 0x0001,
	ROTOR_PLDM_DESCRIPTOR_UUID = 0x0002,
	ROTOR_PLDM_DESCRIPTOR_PNP_VENDOR = 0x0003,
	ROTOR_PLDM_DESCRIPTOR_ACPI_VENDOR = 0x0004,
	ROTOR_PLDM_DESCRIPTOR_IEEE_COMPANY = 0x0005,
	ROTOR_PLDM_DESCRIPTOR_SCSI_VENDOR = 0x0006,
	ROTOR_PLDM_DESCRIPTOR_PCI_DEVICE = 0x0100,
	ROTOR_PLDM_DESCRIPTOR_PCI_SUBSYSTEM_VENDOR = 0x0101,
	ROTOR_PLDM_DESCRIPTOR_PCI_SUBSYSTEM = 0x0102,
	ROTOR_PLDM_DESCRIPTOR_PCI_REVISION = 0x0103,
	ROTOR_PLDM_DESCRIPTOR_PNP_PRODUCT = 0x0104,
	ROTOR_PLDM_DESCRIPTOR_ACPI_PRODUCT = 0x0105,
	ROTOR_PLDM_DESCRIPTOR_MODEL_LONG = 0x0106,
	ROTOR_PLDM_DESCRIPTOR_MODEL_SHORT = 0x0107,
	ROTOR_PLDM_DESCRIPTOR_SCSI_PRODUCT = 0x0108,
	ROTOR_PLDM_DESCRIPTOR_UBM_CONTROLLER = 0x0109,
	ROTOR_PLDM_DESCRIPTOR_EUI64 = 0x010a,
	ROTOR_PLDM_DESCRIPTOR_PCI_REVISION_RANGE = 0x010b,
	ROTOR_PLDM_DESCRIPTOR_VENDOR = 0xffff,
};

/** Bytes of type and length before a descriptor's data. */
#define ROTOR_PLDM_DESCRIPTOR_HEADER 4

struct rotor_pldm_descriptor {
	uint16_t type; /**< enum rotor_pldm_descriptor_type, or one that this build does not know */
	struct rotor_bytes data;
};

/** The data of a vendor-defined descriptor, taken apart. */
struct rotor_pldm_vendor_descriptor {
	struct rotor_pldm_string title;
	struct rotor_bytes data;
};

/** Length of the data that @p type has by specification; 0 if it varies or the type is not known. */
size_t rotor_pldm_descriptor_length(uint16_t type);
/** Whether @p type may be a device's initial (first) descriptor. */
bool rotor_pldm_descriptor_is_initial(uint16_t type);
/** "PCI vendor ID", "UUID", …; "unknown" for types that are not defined. Never NULL. */
const char *rotor_pldm_descriptor_name(uint16_t type);

/**
 * Checks one descriptor: data not empty, of its type's length, a vendor-defined one well-formed.
 * A type that is not known is accepted with any length, as later revisions add types.
 * @return ROTOR_OK, ROTOR_ERR_LENGTH (wrong for the type), ROTOR_ERR_FORMAT (vendor title)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_descriptor_check(const struct rotor_pldm_descriptor *d);

/**
 * Reads and checks the next descriptor.
 * @return as rotor_pldm_descriptor_check(); ROTOR_ERR_LENGTH also if it runs past the end
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_descriptor_read(struct rotor_reader *r,
							      struct rotor_pldm_descriptor *out);
/** Writes a descriptor; fails the writer if it does not fit. The contents are not checked. */
void rotor_pldm_descriptor_write(struct rotor_writer *w, const struct rotor_pldm_descriptor *d);

/** Takes a vendor-defined descriptor apart. @return ROTOR_OK, ROTOR_ERR_FORMAT (another type, a bad title) */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_vendor_descriptor_read(const struct rotor_pldm_descriptor *d,
				  struct rotor_pldm_vendor_descriptor *out);

/**
 * Reads exactly @p count descriptors that fill @p area from end to end; the first must be one that may be initial.
 * @param out room for @p cap
 * @return ROTOR_OK, ROTOR_ERR_SPACE (count > cap), ROTOR_ERR_FORMAT (none, or the first is not an initial one),
 *         ROTOR_ERR_LENGTH (bytes missing or left), or as rotor_pldm_descriptor_check()
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_descriptors_read(struct rotor_bytes area,
							       size_t count,
							       struct rotor_pldm_descriptor *out,
							       size_t cap);

/**
 * Whether a device is one that a package's record speaks of: every descriptor of the record is among the device's
 * (DSP0267: the device may have more). False for an empty record.
 */
bool rotor_pldm_descriptors_match(const struct rotor_pldm_descriptor *record, size_t record_count,
				  const struct rotor_pldm_descriptor *device, size_t device_count);

#ifdef __cplusplus
}
#endif

#endif
