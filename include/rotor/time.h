/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Time as the cores see it: a number that the caller hands in. No core reads a
 * clock, so a test can run a day of timeouts in a millisecond.
 */
#ifndef ROTOR_TIME_H
#define ROTOR_TIME_H

#include <stdint.h>

/** Milliseconds since any fixed moment; never goes back. */
typedef uint64_t rotor_ms;

/** A deadline that never comes. */
#define ROTOR_NEVER UINT64_MAX

#endif
