/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Health tests of a noise source, SP 800-90B section 4.4: what a device reads from its random number hardware goes through
 * here before a generator is seeded with it. Samples are bytes.
 *
 * Both tests fail a good source once in 2^30 samples or less. With H bits of min-entropy in a sample:
 *
 *     H                                                1    2    3    4    5    6    7    8
 *     repetition count (4.4.1), 1 + ceil(30 / H)      31   16   11    9    7    6    6    5   alike in a row fail
 *     adaptive proportion (4.4.2), window of 512     325  190  114   71   46   31   22   16   as the window's first fail
 *
 * The second is 1 + the least k for which no more than k of 512 samples are as the first one, each with probability 2^-H,
 * with a probability of at least 1 - 2^-30.
 */
#ifndef ROTOR_ENTROPY_H
#define ROTOR_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Samples that the start-up test takes, and throws away (SP 800-90B, 4.3, requirement 10). */
#define ROTOR_ENTROPY_STARTUP 1024
/** Samples of a window of the adaptive proportion test. */
#define ROTOR_ENTROPY_WINDOW 512

/** A noise source. */
struct rotor_entropy_source {
	/**
	 * Takes one raw sample, before any conditioning. It waits for the hardware if it must, for a bounded time.
	 * @return ROTOR_OK, or what is wrong with the hardware
	 */
	enum rotor_status (*sample)(void *ctx, uint8_t *sample);
	void *ctx;
	/** Min-entropy of a sample that is claimed for it (SP 800-90B, 3.1.3), rounded down: 1 to 8 bits. */
	uint8_t bits;
};

/** Why a source is no longer believed. */
enum rotor_entropy_fault {
	ROTOR_ENTROPY_GOOD = 0,
	ROTOR_ENTROPY_NO_SAMPLE,  /**< the source's function failed */
	ROTOR_ENTROPY_REPETITION, /**< too many samples alike in a row */
	ROTOR_ENTROPY_PROPORTION, /**< too many samples alike in a window */
};

/** A source under test. All fields are private, but @p fault may be read. */
struct rotor_entropy {
	struct rotor_entropy_source source;
	enum rotor_entropy_fault fault;
	uint16_t run_limit, window_limit; /* cutoffs */
	uint16_t run;                     /* samples alike up to now; 0: none yet */
	uint16_t window_left; /* samples that the window still takes; 0: the next one begins one */
	uint16_t window_alike;
	uint8_t last, window_first;
};

/**
 * Begins with a source: the start-up test. Takes as long as ROTOR_ENTROPY_STARTUP samples take.
 * @param source copied
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT: no function, or @c bits not from 1 to 8; ROTOR_ERR_CRYPTO: it failed
 */
ROTOR_MUST_CHECK enum rotor_status rotor_entropy_start(struct rotor_entropy *e,
						       const struct rotor_entropy_source *source);
/**
 * Takes samples, each of which has passed the tests. One failure is for good: nothing but another start ends it.
 * @param out all zeros unless all @p count samples passed
 * @return ROTOR_OK; ROTOR_ERR_STATE: not started; ROTOR_ERR_CRYPTO: the source has failed, now or before
 */
ROTOR_MUST_CHECK enum rotor_status rotor_entropy_read(struct rotor_entropy *e, uint8_t *out,
						      size_t count);
/** How many samples of this source hold @p bits of min-entropy. */
size_t rotor_entropy_samples(const struct rotor_entropy *e, size_t bits);

#ifdef __cplusplus
}
#endif

#endif
