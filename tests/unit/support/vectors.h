/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of the recorded files under tests/vectors. */
#ifndef ROTOR_TEST_VECTORS_H
#define ROTOR_TEST_VECTORS_H

#include <stddef.h>
#include <stdint.h>

/** The whole file tests/vectors/NAME, allocated; the test fails if it cannot be read. free() it. */
uint8_t *vector_file(const char *name, size_t *len);

/** Bytes from a run of hex digits; the test fails on anything else. @return the number of bytes */
size_t vector_hex(const char *hex, uint8_t *out, size_t cap);

#endif
