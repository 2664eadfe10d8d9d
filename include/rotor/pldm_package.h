/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Firmware update packages (DSP0267 1.3.0, "Firmware update package"): a
 * header that says for which devices the images are, and the images.
 *
 * Format revisions 1 to 4 (DSP0267 1.0, 1.1, 1.2, 1.3) are read and written.
 * Revision 2 adds downstream device records, 3 opaque data of components, 4
 * reference manifests and a checksum over the payload.
 *
 * The header is at most 65,535 bytes: the reader takes it whole into a buffer
 * that the caller owns, checks every field of it, and all that it hands out
 * afterwards are views of that buffer. Images are never held: they are read in
 * pieces from the source, and so is the payload checksum computed.
 *
 * Refused although others accept it: images that overlap or stand in the
 * header, empty images, applicable-component bits past the component count,
 * records without descriptors or with a descriptor that does not fit its type,
 * two records for the same device.
 */
#ifndef ROTOR_PLDM_PACKAGE_H
#define ROTOR_PLDM_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/config.h"
#include "rotor/pldm_descriptor.h"
#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A buffer of this size holds any package header. */
#define ROTOR_PACKAGE_HEADER_MAX   65535
#define ROTOR_PACKAGE_REVISION_MAX 4
#define ROTOR_PACKAGE_UUID_SIZE    16
/** Most components that a bitmap can name. */
#define ROTOR_PACKAGE_COMPONENTS_MAX 65528
/** Bytes of PackageReleaseDateTime. */
#define ROTOR_PACKAGE_TIME_SIZE 13

/** Where a package is read from. */
struct rotor_package_source {
	/** Reads exactly @p len bytes at @p offset; never asked beyond @c size. @return ROTOR_OK, ROTOR_ERR_IO */
	enum rotor_status (*read)(void *ctx, uint64_t offset, void *buf, size_t len);
	void *ctx;
	uint64_t size; /**< of the whole package, in bytes */
};

/** The fields of a package that a refusal can be about. */
enum rotor_package_field {
	ROTOR_PACKAGE_FIELD_NONE = 0,
	ROTOR_PACKAGE_FIELD_IDENTIFIER,
	ROTOR_PACKAGE_FIELD_REVISION,
	ROTOR_PACKAGE_FIELD_HEADER_SIZE,
	ROTOR_PACKAGE_FIELD_RELEASE_TIME,
	ROTOR_PACKAGE_FIELD_BITMAP_LENGTH,
	ROTOR_PACKAGE_FIELD_VERSION,
	ROTOR_PACKAGE_FIELD_DEVICE_COUNT,
	ROTOR_PACKAGE_FIELD_DOWNSTREAM_COUNT,
	ROTOR_PACKAGE_FIELD_RECORD_LENGTH,
	ROTOR_PACKAGE_FIELD_DESCRIPTOR_COUNT,
	ROTOR_PACKAGE_FIELD_OPTION_FLAGS,
	ROTOR_PACKAGE_FIELD_SET_VERSION,
	ROTOR_PACKAGE_FIELD_APPLICABLE,
	ROTOR_PACKAGE_FIELD_MIN_STAMP,
	ROTOR_PACKAGE_FIELD_DESCRIPTOR,
	ROTOR_PACKAGE_FIELD_PACKAGE_DATA,
	ROTOR_PACKAGE_FIELD_MANIFEST,
	ROTOR_PACKAGE_FIELD_COMPONENT_COUNT,
	ROTOR_PACKAGE_FIELD_COMPONENT,
	ROTOR_PACKAGE_FIELD_COMPONENT_OFFSET,
	ROTOR_PACKAGE_FIELD_COMPONENT_SIZE,
	ROTOR_PACKAGE_FIELD_COMPONENT_VERSION,
	ROTOR_PACKAGE_FIELD_OPAQUE,
	ROTOR_PACKAGE_FIELD_HEADER_CHECKSUM,
	ROTOR_PACKAGE_FIELD_PAYLOAD_CHECKSUM,
	ROTOR_PACKAGE_FIELD_PAYLOAD,
	ROTOR_PACKAGE_FIELD_COUNT,
};

/** Why a field was refused. */
enum rotor_package_refusal {
	ROTOR_PACKAGE_ACCEPTED = 0,
	ROTOR_PACKAGE_READ_FAILED, /**< the source failed */
	ROTOR_PACKAGE_NO_ROOM, /**< header larger than the caller's buffer, or a compile-time limit */
	ROTOR_PACKAGE_CUT_OFF,       /**< the file ends before it */
	ROTOR_PACKAGE_NOT_A_PACKAGE, /**< not an identifier of DSP0267 */
	ROTOR_PACKAGE_UNKNOWN_VALUE, /**< of a revision that is not built in, or that contradicts the identifier */
	ROTOR_PACKAGE_BAD_VALUE, /**< a value that the specification does not allow */
	ROTOR_PACKAGE_OVERRUN,   /**< runs past the record or header that holds it */
	ROTOR_PACKAGE_LEFTOVER,  /**< bytes are left after the last field */
	ROTOR_PACKAGE_CHECKSUM_WRONG,
	ROTOR_PACKAGE_IN_HEADER, /**< an image that begins inside the header */
	ROTOR_PACKAGE_OVERLAP,   /**< an image that shares bytes with another */
	ROTOR_PACKAGE_EMPTY,     /**< nothing where there must be something */
	ROTOR_PACKAGE_DUPLICATE, /**< a record with exactly the descriptors of an earlier one */
	ROTOR_PACKAGE_REFUSAL_COUNT,
};

/** Where and why a package was refused. */
struct rotor_package_fault {
	enum rotor_package_refusal refusal;
	enum rotor_package_field field;
	uint64_t
	    offset; /**< of the field in the package, or of the end of the file if it was cut off */
	uint16_t index; /**< of the record or component it stands in; 0 elsewhere */
};

/** The name that DSP0267 gives the field; never NULL. */
const char *rotor_package_field_name(enum rotor_package_field field);
/** A short lower-case English phrase; never NULL. */
const char *rotor_package_refusal_string(enum rotor_package_refusal refusal);
/** The status that goes with a refusal. */
enum rotor_status rotor_package_refusal_status(enum rotor_package_refusal refusal);

/** PackageReleaseDateTime, a PLDM timestamp104 (DSP0240). Carried, not judged. */
struct rotor_package_time {
	int16_t utc_offset; /**< minutes */
	uint32_t microsecond;
	uint8_t second, minute, hour, day, month;
	uint16_t year;
	uint8_t resolution;
};

/** Takes a timestamp104 apart; fails the reader if it is not there. */
struct rotor_package_time rotor_package_time_read(struct rotor_reader *r);
/** Writes a timestamp104. */
void rotor_package_time_write(struct rotor_writer *w, const struct rotor_package_time *t);

/** A package whose header was read and found good. Views point into the caller's header buffer. */
struct rotor_package {
	struct rotor_package_source source;
	struct rotor_bytes header; /**< all of it, checksums included */
	uint8_t revision;          /**< PackageHeaderFormatRevision, 1 to 4 */
	uint8_t identifier[ROTOR_PACKAGE_UUID_SIZE];
	struct rotor_package_time release_time;
	struct rotor_pldm_string version;
	uint16_t bitmap_bits; /**< ComponentBitmapBitLength */
	uint16_t device_count;
	uint16_t downstream_count;
	uint16_t component_count;
	struct rotor_bytes devices, downstreams,
	    components; /**< the three tables, without their counts */
	uint32_t header_checksum;
	uint32_t payload_checksum; /**< revision 4 */
	uint64_t unclaimed; /**< payload bytes that belong to no image (allowed, worth a warning) */
};

/** Bit of DeviceUpdateOptionFlags: go on with further components after a failure. */
#define ROTOR_PACKAGE_CONTINUE_AFTER_FAILURE 0x00000001u
/** Bit of a downstream record's UpdateOptionFlags: a minimum version for self-contained activation is given. */
#define ROTOR_PACKAGE_MIN_VERSION 0x00000001u

/** One firmware device record, or one downstream device record. */
struct rotor_package_record {
	bool downstream;
	uint8_t descriptor_count;
	uint32_t option_flags;
	/** ComponentImageSetVersionString; of a downstream record the minimum version for self-contained activation. */
	struct rotor_pldm_string version;
	uint32_t min_stamp;             /**< downstream, with ROTOR_PACKAGE_MIN_VERSION; else 0 */
	struct rotor_bytes applicable;  /**< bitmap_bits / 8 bytes; @see rotor_package_applies() */
	struct rotor_bytes descriptors; /**< walk with rotor_pldm_descriptor_read() */
	struct rotor_bytes package_data;
	struct rotor_bytes manifest; /**< ReferenceManifestData, revision 4 */
};

/** Bits of ComponentOptions. */
#define ROTOR_PACKAGE_COMPONENT_FORCE 0x0001u
#define ROTOR_PACKAGE_COMPONENT_STAMP 0x0002u /**< the comparison stamp is to be used */

/** One component image. */
struct rotor_package_component {
	uint16_t classification;
	uint16_t identifier;
	uint32_t comparison_stamp;
	uint16_t options;
	uint16_t activation; /**< RequestedComponentActivationMethod */
	uint32_t offset;     /**< ComponentLocationOffset: from the start of the package */
	uint32_t size;
	struct rotor_pldm_string version;
	struct rotor_bytes opaque; /**< revision 3 and up */
};

/**
 * Reads a package's header and checks all of it, and where the images stand. The payload is not read.
 * @param header buffer for the header, the package's as long as it is used; ROTOR_PACKAGE_HEADER_MAX is enough
 * @param fault set if it is refused; may be NULL
 * @return ROTOR_OK, ROTOR_ERR_IO, ROTOR_ERR_SPACE, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED,
 *         ROTOR_ERR_VERIFY (checksum)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_package_open(struct rotor_package *package,
						      const struct rotor_package_source *source,
						      uint8_t *header, size_t cap,
						      struct rotor_package_fault *fault);

/** Record of a device by index, from 0. @return ROTOR_OK, ROTOR_ERR_NOT_FOUND */
ROTOR_MUST_CHECK enum rotor_status rotor_package_device(const struct rotor_package *package,
							uint16_t index,
							struct rotor_package_record *out);
/** Record of a downstream device by index, likewise. */
ROTOR_MUST_CHECK enum rotor_status rotor_package_downstream(const struct rotor_package *package,
							    uint16_t index,
							    struct rotor_package_record *out);
/** Component by index, likewise. */
ROTOR_MUST_CHECK enum rotor_status rotor_package_component(const struct rotor_package *package,
							   uint16_t index,
							   struct rotor_package_component *out);

/** Whether @p record lists component @p index; false past the bitmap. */
bool rotor_package_applies(const struct rotor_package_record *record, uint16_t index);

/**
 * Whether a device is one that @p record speaks of: all descriptors of the record are among the device's
 * (DSP0267: the device may have more).
 */
bool rotor_package_record_matches(const struct rotor_package_record *record,
				  const struct rotor_pldm_descriptor *device, size_t device_count);
/** The first firmware device record that matches. @return ROTOR_OK, ROTOR_ERR_NOT_FOUND */
ROTOR_MUST_CHECK enum rotor_status rotor_package_find(const struct rotor_package *package,
						      const struct rotor_pldm_descriptor *device,
						      size_t device_count, uint16_t *index,
						      struct rotor_package_record *out);
/** The first downstream device record that matches, likewise. */
ROTOR_MUST_CHECK enum rotor_status
rotor_package_find_downstream(const struct rotor_package *package,
			      const struct rotor_pldm_descriptor *device, size_t device_count,
			      uint16_t *index, struct rotor_package_record *out);

/**
 * Reads a piece of an image.
 * @param offset from the start of the image; offset + len must be within the image
 * @return ROTOR_OK, ROTOR_ERR_ARGUMENT (outside the image), ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_package_read(const struct rotor_package *package,
		   const struct rotor_package_component *component, uint32_t offset, void *buf,
		   size_t len);

/** A running check of the payload. */
struct rotor_package_payload_check {
	const struct rotor_package *package;
	uint64_t offset; /**< next byte of the package to read */
	uint32_t crc;
};

/** Starts a check of the payload against PackagePayloadChecksum. */
void rotor_package_payload_check_init(struct rotor_package_payload_check *check,
				      const struct rotor_package *package);
/**
 * Reads and sums up to @p len bytes, with @p buf as room for them.
 * @return ROTOR_PENDING (call again), ROTOR_OK (it matches; at once if the revision has no payload checksum),
 *         ROTOR_ERR_VERIFY, ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_package_payload_check_step(struct rotor_package_payload_check *check, void *buf, size_t len);

/* ---- writing ---- */

/**
 * What a package is to say. Offsets of components are not read but set: images follow the header in order, without
 * gaps. Each record's applicable bitmap must have bitmap_bits / 8 bytes; its descriptors are as
 * rotor_pldm_descriptor_write() writes them, and descriptor_count says how many.
 */
struct rotor_package_spec {
	uint8_t revision; /**< 1 to 4 */
	struct rotor_package_time release_time;
	struct rotor_pldm_string version;
	uint16_t bitmap_bits; /**< a multiple of 8, at least component_count */
	const struct rotor_package_record *devices;
	size_t device_count; /**< 1 to 255 */
	const struct rotor_package_record *downstreams;
	size_t downstream_count; /**< up to 255; revision 2 and up */
	struct rotor_package_component *components;
	size_t component_count;
	/** rotor_crc32() over all images in order; revision 4. */
	uint32_t payload_checksum;
};

/**
 * Writes the header; the images are the caller's to append.
 * @return ROTOR_OK, ROTOR_ERR_SPACE (buffer, or more than a header can be), ROTOR_ERR_ARGUMENT (something that the
 *         revision has no field for, a string or bitmap of wrong length, images beyond 4 GiB)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_package_write_header(const struct rotor_package_spec *spec,
							      uint8_t *out, size_t cap,
							      size_t *len);

#ifdef __cplusplus
}
#endif

#endif
