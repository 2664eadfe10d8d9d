/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * DER (ITU-T X.690) on top of the cursors of rotor/wire.h, for the few ASN.1
 * structures that rotor reads and writes itself: certificates, ECDSA signatures,
 * public keys, TCG DICE TcbInfo.
 *
 * Reading is strict: one-byte tags only (tag numbers up to 30), definite lengths
 * in their shortest form, integers in theirs. What is not so fails the reader,
 * which sticks, and is found once at the end. Nothing is copied.
 *
 * @code
 * struct rotor_reader r = rotor_reader(der, len);
 * struct rotor_reader seq = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
 * uint64_t version = rotor_der_read_uint(&seq, ROTOR_DER_INTEGER);
 * if (rotor_der_next_is(&seq, ROTOR_DER_CONTEXT(3))) {
 *         name = rotor_der_read(&seq, ROTOR_DER_CONTEXT(3));
 * }
 * if (rotor_reader_end(&seq) || rotor_reader_end(&r)) {
 *         return ROTOR_ERR_FORMAT;
 * }
 * @endcode
 *
 * Writing goes forwards; an element whose length is not known beforehand is
 * opened with rotor_der_begin() and closed with rotor_der_end().
 */
#ifndef ROTOR_DER_H
#define ROTOR_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- tags ---- */

#define ROTOR_DER_BOOLEAN          0x01
#define ROTOR_DER_INTEGER          0x02
#define ROTOR_DER_BIT_STRING       0x03
#define ROTOR_DER_OCTET_STRING     0x04
#define ROTOR_DER_NULL             0x05
#define ROTOR_DER_OID              0x06
#define ROTOR_DER_UTF8_STRING      0x0c
#define ROTOR_DER_PRINTABLE_STRING 0x13
#define ROTOR_DER_UTC_TIME         0x17
#define ROTOR_DER_GENERALIZED_TIME 0x18
#define ROTOR_DER_SEQUENCE         0x30
#define ROTOR_DER_SET              0x31
/** Context-specific tag @p n (0 to 30), primitive: an IMPLICIT tag of a primitive type. */
#define ROTOR_DER_CONTEXT(n) ((uint8_t)(0x80 | (n)))
/** Context-specific tag @p n (0 to 30), constructed: an EXPLICIT tag, or IMPLICIT of SEQUENCE or SET. */
#define ROTOR_DER_CONTEXT_CONSTRUCTED(n) ((uint8_t)(0xa0 | (n)))

/* ---- reading ---- */

/** Whether a byte is left and it is @p tag: for OPTIONAL and DEFAULT fields. */
bool rotor_der_next_is(const struct rotor_reader *r, uint8_t tag);
/** The content of the next element, which must have @p tag; empty and the reader failed if it has not. */
struct rotor_bytes rotor_der_read(struct rotor_reader *r, uint8_t tag);
/** The content of the next element, whatever its tag, which goes to @p tag (0 once failed). */
struct rotor_bytes rotor_der_read_any(struct rotor_reader *r, uint8_t *tag);
/** The next element whole, tag and length included; it must have @p tag. */
struct rotor_bytes rotor_der_read_element(struct rotor_reader *r, uint8_t tag);
/** A reader over the content of the next element; a failed reader if it has not @p tag. */
struct rotor_reader rotor_der_enter(struct rotor_reader *r, uint8_t tag);

/** A BOOLEAN (00 or ff, X.690 11.1) under @p tag; false once failed. */
bool rotor_der_read_bool(struct rotor_reader *r, uint8_t tag);
/** An INTEGER from 0 to 2^64 - 1 under @p tag; 0 once failed. */
uint64_t rotor_der_read_uint(struct rotor_reader *r, uint8_t tag);
/** An INTEGER that is not negative, of any size: its big-endian magnitude without a leading zero byte (zero is one 00). */
struct rotor_bytes rotor_der_read_magnitude(struct rotor_reader *r, uint8_t tag);
/**
 * A BIT STRING under @p tag: its bytes, first bit in the highest place. @param unused bits of the last byte that do not
 * count (0 to 7; they are zero); NULL means there must be none
 */
struct rotor_bytes rotor_der_read_bits(struct rotor_reader *r, uint8_t tag, uint8_t *unused);

/** Whether two views hold the same bytes (an OID, a Name). */
bool rotor_bytes_equal(struct rotor_bytes a, struct rotor_bytes b);

/* ---- writing ---- */

/**
 * Opens an element; what is written up to the matching rotor_der_end() is its content.
 * @return the mark that rotor_der_end() wants
 */
size_t rotor_der_begin(struct rotor_writer *w, uint8_t tag);
/** Closes the element opened at @p mark, innermost first. Its content moves up if its length needs more than one byte. */
void rotor_der_end(struct rotor_writer *w, size_t mark);

/** A primitive element with @p len bytes of content. */
void rotor_der_write(struct rotor_writer *w, uint8_t tag, const void *content, size_t len);
/** A BOOLEAN under @p tag. */
void rotor_der_write_bool(struct rotor_writer *w, uint8_t tag, bool value);
/** An INTEGER under @p tag. */
void rotor_der_write_uint(struct rotor_writer *w, uint8_t tag, uint64_t value);
/** An INTEGER of @p len big-endian bytes (leading zeros allowed, none at all is 0), made minimal and positive. */
void rotor_der_write_magnitude(struct rotor_writer *w, uint8_t tag, const uint8_t *bytes,
			       size_t len);
/** A BIT STRING of @p len bytes, of whose last byte the low @p unused bits (0 to 7, zero) do not count. */
void rotor_der_write_bits(struct rotor_writer *w, uint8_t tag, const uint8_t *bytes, size_t len,
			  uint8_t unused);

#ifdef __cplusplus
}
#endif

#endif
