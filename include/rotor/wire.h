/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Bounds-checked cursors over bytes: the one way in which rotor reads and
 * writes a wire format. A cursor's error is sticky: after the first read or
 * write that does not fit, every further one does nothing (reads give zero),
 * and the error is found at the end, once.
 *
 * A reader never changes bytes and a writer never reads them back, so the two
 * are different types. Neither owns its buffer.
 *
 * @code
 * struct rotor_reader r = rotor_reader(msg, len);
 * out->version = rotor_read_u8(&r);
 * out->flags = rotor_read_u32le(&r);
 * return rotor_reader_end(&r);
 * @endcode
 */
#ifndef ROTOR_WIRE_H
#define ROTOR_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ROTOR_MUST_CHECK __attribute__((warn_unused_result))
#else
#define ROTOR_MUST_CHECK
#endif

/** A run of bytes that somebody else owns. @c data may be NULL only if @c len is 0. */
struct rotor_bytes {
	const uint8_t *data;
	size_t len;
};

/** Number of elements of an array. */
#define ROTOR_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- reading ---- */

struct rotor_reader {
	const uint8_t *at; /**< next byte */
	size_t left;       /**< bytes from @c at to the end */
	bool failed;       /**< sticky: something did not fit */
};

/** A reader over @p len bytes at @p data, which must outlive it. */
static inline struct rotor_reader rotor_reader(const void *data, size_t len)
{
	struct rotor_reader r = {(const uint8_t *)data, len, false};
	return r;
}

/** One byte, or an integer of 2, 3, 4 or 8 bytes in little- (le) or big-endian (be) order; 0 once failed. */
uint8_t rotor_read_u8(struct rotor_reader *r);
uint16_t rotor_read_u16le(struct rotor_reader *r);
uint32_t rotor_read_u24le(struct rotor_reader *r);
uint32_t rotor_read_u32le(struct rotor_reader *r);
uint64_t rotor_read_u64le(struct rotor_reader *r);
uint16_t rotor_read_u16be(struct rotor_reader *r);
uint32_t rotor_read_u32be(struct rotor_reader *r);

/** The next @p n bytes, in place (not copied), or NULL if they are not there. */
const uint8_t *rotor_read_bytes(struct rotor_reader *r, size_t n);
/** The next @p n bytes as a view; an empty view once failed. */
struct rotor_bytes rotor_read_view(struct rotor_reader *r, size_t n);
/** All bytes that are left, as a view. */
struct rotor_bytes rotor_read_rest(struct rotor_reader *r);
/** Copies the next @p n bytes to @p to; once failed, fills @p to with zeros. */
void rotor_read_copy(struct rotor_reader *r, void *to, size_t n);
/** Passes over @p n bytes. */
void rotor_read_skip(struct rotor_reader *r, size_t n);
/** A reader over the next @p n bytes, which this one passes over; a failed reader if they are not there. */
struct rotor_reader rotor_read_sub(struct rotor_reader *r, size_t n);
/** Marks the reader as failed, for a length that only the caller can judge. */
void rotor_reader_fail(struct rotor_reader *r);

/** ROTOR_OK if all reads fitted (bytes may be left), else ROTOR_ERR_LENGTH. */
ROTOR_MUST_CHECK enum rotor_status rotor_reader_status(const struct rotor_reader *r);
/** ROTOR_OK if all reads fitted and no byte is left, else ROTOR_ERR_LENGTH. */
ROTOR_MUST_CHECK enum rotor_status rotor_reader_end(const struct rotor_reader *r);

/* ---- writing ---- */

struct rotor_writer {
	uint8_t *base; /**< start of the buffer */
	size_t cap;    /**< its size */
	size_t len;    /**< bytes written */
	bool failed;   /**< sticky: something did not fit */
};

/** A writer into @p cap bytes at @p buf, which must outlive it. */
static inline struct rotor_writer rotor_writer(void *buf, size_t cap)
{
	struct rotor_writer w = {(uint8_t *)buf, cap, 0, false};
	return w;
}

/** One byte, or an integer of 2, 3, 4 or 8 bytes in little- (le) or big-endian (be) order. */
void rotor_write_u8(struct rotor_writer *w, uint8_t value);
void rotor_write_u16le(struct rotor_writer *w, uint16_t value);
/** The low 24 bits of @p value; fails the writer if it is larger. */
void rotor_write_u24le(struct rotor_writer *w, uint32_t value);
void rotor_write_u32le(struct rotor_writer *w, uint32_t value);
void rotor_write_u64le(struct rotor_writer *w, uint64_t value);
void rotor_write_u16be(struct rotor_writer *w, uint16_t value);
void rotor_write_u32be(struct rotor_writer *w, uint32_t value);
/** Copies @p n bytes from @p from, which must not overlap the buffer. */
void rotor_write_bytes(struct rotor_writer *w, const void *from, size_t n);
/** @p n zero bytes. */
void rotor_write_zeros(struct rotor_writer *w, size_t n);
/** Room for @p n bytes that the caller fills in place; NULL if they do not fit. */
uint8_t *rotor_write_reserve(struct rotor_writer *w, size_t n);
/** Overwrites two bytes written before at @p offset (a length known only later). */
void rotor_write_patch_u16le(struct rotor_writer *w, size_t offset, uint16_t value);
/** The same with four bytes. */
void rotor_write_patch_u32le(struct rotor_writer *w, size_t offset, uint32_t value);

/** ROTOR_OK and the number of bytes in @p len if all writes fitted, else ROTOR_ERR_SPACE and 0. */
ROTOR_MUST_CHECK enum rotor_status rotor_writer_end(const struct rotor_writer *w, size_t *len);

/* ---- check values that wire formats use ---- */

/**
 * CRC-8, polynomial 0x07, as SMBus packet error code (SMBus 3.2, 6.4.1).
 * @param crc 0 to start, or the result over the bytes before.
 */
uint8_t rotor_crc8(uint8_t crc, const void *data, size_t len);
/**
 * CRC-16 of CCITT as MCTP's serial binding uses it (DSP0253): reflected
 * polynomial 0x8408, not complemented at the end.
 * @param crc 0xffff to start, or the result over the bytes before.
 */
uint16_t rotor_crc16(uint16_t crc, const void *data, size_t len);
/**
 * CRC-32 of IEEE 802.3 (reflected 0xEDB88320, complemented), as PLDM uses it
 * (DSP0240 and DSP0267).
 * @param crc 0 to start, or the result over the bytes before.
 */
uint32_t rotor_crc32(uint32_t crc, const void *data, size_t len);

#ifdef __cplusplus
}
#endif

#endif
