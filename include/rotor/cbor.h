/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The part of CBOR (RFC 8949) that rotor's signed data uses: unsigned and
 * negative integers, byte and text strings, arrays, maps and tags, in the
 * deterministic encoding of section 4.2.1. Everything else (indefinite
 * lengths, integers not in their shortest form, floats) is refused, so that a
 * value has one encoding.
 *
 * Works on the cursors of rotor/wire.h and shares their sticky error: an item
 * of another kind than the one asked for fails the reader.
 */
#ifndef ROTOR_CBOR_H
#define ROTOR_CBOR_H

#include <stdint.h>

#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Major types, RFC 8949 3.1. */
enum rotor_cbor_type {
	ROTOR_CBOR_UINT = 0,
	ROTOR_CBOR_NEGATIVE = 1,
	ROTOR_CBOR_BYTES = 2,
	ROTOR_CBOR_TEXT = 3,
	ROTOR_CBOR_ARRAY = 4,
	ROTOR_CBOR_MAP = 5,
	ROTOR_CBOR_TAG = 6,
};

/** An unsigned integer. */
uint64_t rotor_cbor_read_uint(struct rotor_reader *r);
/** An integer of either sign that fits 64 bits. */
int64_t rotor_cbor_read_int(struct rotor_reader *r);
/** A byte string, in place. */
struct rotor_bytes rotor_cbor_read_bytes(struct rotor_reader *r);
/** A text string, in place; its UTF-8 is not checked. */
struct rotor_bytes rotor_cbor_read_text(struct rotor_reader *r);
/** The head of an array or map (@p type): the number of items or pairs that follow. */
size_t rotor_cbor_read_head(struct rotor_reader *r, enum rotor_cbor_type type);

/** Writing: the shortest encoding; what does not fit fails the writer. */
void rotor_cbor_write_uint(struct rotor_writer *w, uint64_t value);
/** An integer of either sign. */
void rotor_cbor_write_int(struct rotor_writer *w, int64_t value);
/** A byte string. */
void rotor_cbor_write_bytes(struct rotor_writer *w, struct rotor_bytes value);
/** A text string, given with its terminator, which is not written. */
void rotor_cbor_write_text(struct rotor_writer *w, const char *value);
/** The head of an array, map or tag; its items follow. */
void rotor_cbor_write_head(struct rotor_writer *w, enum rotor_cbor_type type, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif
