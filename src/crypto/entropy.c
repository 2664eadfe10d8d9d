/* SPDX-License-Identifier: Apache-2.0 */
/* Health tests of a noise source (SP 800-90B, 4.4). */
#include "rotor/entropy.h"

#include <string.h>

#include "rotor/crypto.h"

/* By bits of min-entropy in a sample; entropy.h says how they come about, and a test computes them again. */
static const struct {
	uint16_t run, window;
} cutoffs[] = {
    [1] = {31, 325}, [2] = {16, 190}, [3] = {11, 114}, [4] = {9, 71},
    [5] = {7, 46},   [6] = {6, 31},   [7] = {6, 22},   [8] = {5, 16},
};

/* SP 800-90B, 4.4.1. @return whether the sample passes */
static bool repetition_passes(struct rotor_entropy *e, uint8_t sample)
{
	e->run = e->run != 0 && sample == e->last ? (uint16_t)(e->run + 1) : 1;
	e->last = sample;
	return e->run < e->run_limit;
}

/* SP 800-90B, 4.4.2. */
static bool proportion_passes(struct rotor_entropy *e, uint8_t sample)
{
	if (e->window_left == 0) {
		e->window_first = sample;
		e->window_alike = 1;
		e->window_left = ROTOR_ENTROPY_WINDOW - 1;
		return true;
	}
	e->window_left--;
	if (sample == e->window_first) {
		e->window_alike++;
	}
	return e->window_alike < e->window_limit;
}

/* One sample through the tests; e->fault says how it went. */
static uint8_t take(struct rotor_entropy *e)
{
	uint8_t sample = 0;
	if (e->source.sample(e->source.ctx, &sample) != ROTOR_OK) {
		e->fault = ROTOR_ENTROPY_NO_SAMPLE;
	} else if (!repetition_passes(e, sample)) {
		e->fault = ROTOR_ENTROPY_REPETITION;
	} else if (!proportion_passes(e, sample)) {
		e->fault = ROTOR_ENTROPY_PROPORTION;
	}
	return sample;
}

enum rotor_status rotor_entropy_start(struct rotor_entropy *e,
				      const struct rotor_entropy_source *source)
{
	memset(e, 0, sizeof(*e));
	if (!source->sample || source->bits == 0 || source->bits >= ROTOR_COUNT_OF(cutoffs)) {
		return ROTOR_ERR_ARGUMENT;
	}
	e->source = *source;
	e->run_limit = cutoffs[source->bits].run;
	e->window_limit = cutoffs[source->bits].window;
	for (size_t i = 0; i < ROTOR_ENTROPY_STARTUP && e->fault == ROTOR_ENTROPY_GOOD; i++) {
		(void)take(e);
	}
	return e->fault == ROTOR_ENTROPY_GOOD ? ROTOR_OK : ROTOR_ERR_CRYPTO;
}

enum rotor_status rotor_entropy_read(struct rotor_entropy *e, uint8_t *out, size_t count)
{
	if (!e->source.sample) {
		memset(out, 0, count);
		return ROTOR_ERR_STATE;
	}
	for (size_t i = 0; i < count && e->fault == ROTOR_ENTROPY_GOOD; i++) {
		out[i] = take(e);
	}
	if (e->fault != ROTOR_ENTROPY_GOOD) {
		rotor_wipe(out, count);
		return ROTOR_ERR_CRYPTO;
	}
	return ROTOR_OK;
}

size_t rotor_entropy_samples(const struct rotor_entropy *e, size_t bits)
{
	return e->source.bits ? (bits + e->source.bits - 1) / e->source.bits : 0;
}
