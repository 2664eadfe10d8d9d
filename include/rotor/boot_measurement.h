/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The log of measurements that the boot stage writes and that SPDM reports:
 * each entry becomes one measurement block of the same index.
 */
#ifndef ROTOR_BOOT_MEASUREMENT_H
#define ROTOR_BOOT_MEASUREMENT_H

#include "rotor/boot.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Indices. Those below 0x10 are the trusted computing base, compared with reference values. */
enum rotor_measurement_index {
	ROTOR_MEASURE_BOOT_STAGE = 1, /**< immutable code: digest of the boot stage */
	ROTOR_MEASURE_FIRMWARE = 2,   /**< mutable firmware: the image hash as MCUboot defines it */
	ROTOR_MEASURE_SECURITY_VERSION = 3, /**< of the image: 8 bytes, little-endian */
	ROTOR_MEASURE_VERSION = 4,          /**< of the image, as text, not terminated */
	ROTOR_MEASURE_CONFIG = 5,           /**< configuration: rotor_boot_config_digest */
	ROTOR_MEASURE_SLOT = 0x10,          /**< one byte, enum rotor_boot_slot_id */
	ROTOR_MEASURE_TRIAL = 0x11, /**< one byte: 1 if the image was on trial at boot, else 0 */
	ROTOR_MEASURE_FLOOR =
	    0x12, /**< security floor: 8 bytes, little-endian; the runtime keeps it up to date */
	ROTOR_MEASURE_ANCHORS =
	    0x13, /**< rotor_boot_anchors_digest of the agents' anchors in force */
	/** State and reason of slot A, then of slot B, one byte each (boot_record.h); the runtime keeps it up to date. */
	ROTOR_MEASURE_SLOTS = 0x14,
};

/**
 * What a value is: encoded as SPDM's DMTFSpecMeasurementValueType (DSP0274 1.2, table "DMTF measurement specification
 * format"), bit 7 set if the value is raw, clear if it is a digest.
 */
enum rotor_measurement_type {
	ROTOR_MEASURE_TYPE_IMMUTABLE_CODE = 0x00,
	ROTOR_MEASURE_TYPE_MUTABLE_FIRMWARE = 0x01,
	ROTOR_MEASURE_TYPE_FIRMWARE_CONFIG = 0x03,
	ROTOR_MEASURE_TYPE_FREEFORM = 0x04,
	ROTOR_MEASURE_TYPE_VERSION = 0x06,
	ROTOR_MEASURE_TYPE_SECURITY_VERSION = 0x07,
	ROTOR_MEASURE_TYPE_RAW = 0x80, /**< the bit */
};

/** Largest value, in bytes. */
#define ROTOR_MEASUREMENT_VALUE_MAX ROTOR_BOOT_DIGEST_SIZE

struct rotor_measurement {
	uint8_t index;
	uint8_t type; /**< enum rotor_measurement_type, with the raw bit */
	bool tcb;     /**< counts for the summary of the trusted computing base */
	uint8_t len;
	uint8_t value[ROTOR_MEASUREMENT_VALUE_MAX];
};

/** Entries in rising order of index. All zeros is an empty log. */
struct rotor_measurement_log {
	uint8_t count;
	struct rotor_measurement entry[ROTOR_MEASUREMENTS_MAX];
};

/**
 * Adds an entry; indices must rise. @c tcb is set for indices below 0x10.
 * @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT (index 0, not rising, or value too long)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_measurement_add(struct rotor_measurement_log *log,
							 uint8_t index, uint8_t type,
							 const void *value, size_t len);
/** The entry with this index, or NULL. */
const struct rotor_measurement *rotor_measurement_find(const struct rotor_measurement_log *log,
						       uint8_t index);
/** A short lower-case English name of an index ("mutable firmware"); "measurement" for others; never NULL. */
const char *rotor_measurement_name(uint8_t index);

/** Appends the log to @p w: count, then index, type, flags (bit 0: TCB), length and value of each. */
void rotor_measurement_log_write(const struct rotor_measurement_log *log, struct rotor_writer *w);
/** Reads it back. @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT (order, flags), ROTOR_ERR_SPACE */
ROTOR_MUST_CHECK enum rotor_status rotor_measurement_log_read(struct rotor_reader *r,
							      struct rotor_measurement_log *log);

#ifdef __cplusplus
}
#endif

#endif
