/* SPDX-License-Identifier: Apache-2.0 */
/* Health tests of a noise source: cutoffs, stuck, biased, failing and good sources. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/entropy.h"

/* A source that can be made bad in one way, from a sample on. */
struct source {
	uint64_t state;
	size_t taken;
	size_t bad_from; /* the samples from this one on are bad */
	unsigned alike;  /* then so many samples in a row are the same */
	unsigned
	    percentage; /* then so many of a hundred samples are 0x5a, but never two in a row */
	bool turned;
	bool broken; /* then there are none */
};

static uint8_t noise(struct source *s)
{
	s->state = s->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint8_t)(s->state >> 56);
}

static enum rotor_status sample(void *ctx, uint8_t *out)
{
	struct source *s = ctx;
	size_t at = s->taken++;
	uint8_t fresh = noise(s);
	bool bad = at >= s->bad_from;
	*out = fresh;
	if (bad && s->broken) {
		return ROTOR_ERR_IO;
	}
	if (bad && at - s->bad_from < s->alike) {
		*out = 0x11;
	} else if (bad && s->percentage) {
		bool turn = !s->turned && noise(s) * 100U / 256 < s->percentage;
		s->turned = turn;
		*out = turn ? 0x5a : (uint8_t)(fresh == 0x5a ? 0 : fresh);
	}
	return ROTOR_OK;
}

static const struct source good = {.state = 7, .bad_from = SIZE_MAX};

static struct rotor_entropy_source of(struct source *s, uint8_t bits)
{
	return (struct rotor_entropy_source){.sample = sample, .ctx = s, .bits = bits};
}

/* 1 + the least k with P(more than k of n, each with probability p) <= alpha. */
static unsigned proportion_cutoff(double p, unsigned n, double alpha)
{
	double tail = 0; /* summed up from the far end: the small terms first */
	for (unsigned k = n; k > 0; k--) {
		tail += exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) +
			    (n - k) * log1p(-p));
		if (tail > alpha) {
			return 1 + k;
		}
	}
	return 1;
}

static void cutoffs_are_those_of_the_specification(void **state)
{
	(void)state;
	const double alpha = ldexp(1, -30);
	for (uint8_t bits = 1; bits <= 8; bits++) {
		struct source s = good;
		struct rotor_entropy e;
		const struct rotor_entropy_source source = of(&s, bits);
		assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_OK);
		assert_int_equal(e.run_limit, 1 + (30 + bits - 1) / bits);
		assert_int_equal(e.window_limit,
				 proportion_cutoff(ldexp(1, -bits), ROTOR_ENTROPY_WINDOW, alpha));
		assert_int_equal(rotor_entropy_samples(&e, 448), (448 + bits - 1) / bits);
	}
}

static void a_good_source_goes_on_for_long(void **state)
{
	(void)state;
	struct source s = good;
	struct rotor_entropy e;
	const struct rotor_entropy_source source = of(&s, 8);
	uint8_t out[64], before[64] = {0};
	assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_OK);
	assert_int_equal(s.taken, ROTOR_ENTROPY_STARTUP);
	for (unsigned i = 0; i < 100000; i++) {
		assert_int_equal(rotor_entropy_read(&e, out, sizeof(out)), ROTOR_OK);
		assert_memory_not_equal(out, before, sizeof(out));
		memcpy(before, out, sizeof(out));
	}
	assert_int_equal(s.taken, ROTOR_ENTROPY_STARTUP + 100000 * sizeof(out));
	assert_int_equal(e.fault, ROTOR_ENTROPY_GOOD);
}

static void as_many_alike_as_may_be_pass_and_one_more_does_not(void **state)
{
	(void)state;
	for (uint8_t bits = 1; bits <= 8; bits++) {
		unsigned limit = 1U + (30U + bits - 1U) / bits;
		for (unsigned more = 0; more < 2; more++) {
			struct source s = good;
			struct rotor_entropy e;
			const struct rotor_entropy_source source = of(&s, bits);
			uint8_t out[200];
			s.bad_from = ROTOR_ENTROPY_STARTUP + 70;
			s.alike = limit - 1 + more;
			assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_OK);
			enum rotor_status status = rotor_entropy_read(&e, out, sizeof(out));
			assert_int_equal(status, more ? ROTOR_ERR_CRYPTO : ROTOR_OK);
			assert_int_equal(e.fault,
					 more ? ROTOR_ENTROPY_REPETITION : ROTOR_ENTROPY_GOOD);
		}
	}
}

static void a_failure_is_for_good_until_the_next_start(void **state)
{
	(void)state;
	static const uint8_t zeros[200];
	struct {
		struct source source;
		enum rotor_entropy_fault fault;
	} cases[] = {
	    {{.state = 7, .bad_from = ROTOR_ENTROPY_STARTUP + 10, .alike = 5},
	     ROTOR_ENTROPY_REPETITION},
	    {{.state = 7, .bad_from = ROTOR_ENTROPY_STARTUP + 10, .broken = true},
	     ROTOR_ENTROPY_NO_SAMPLE},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct source *s = &cases[i].source;
		struct rotor_entropy e;
		const struct rotor_entropy_source source = of(s, 8);
		uint8_t out[sizeof(zeros)];
		assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_OK);
		memset(out, 0xee, sizeof(out));
		assert_int_equal(rotor_entropy_read(&e, out, sizeof(out)), ROTOR_ERR_CRYPTO);
		assert_memory_equal(out, zeros, sizeof(out));
		assert_int_equal(e.fault, cases[i].fault);
		s->bad_from = SIZE_MAX; /* it is well again; nobody asks it */
		size_t taken = s->taken;
		memset(out, 0xee, sizeof(out));
		assert_int_equal(rotor_entropy_read(&e, out, sizeof(out)), ROTOR_ERR_CRYPTO);
		assert_memory_equal(out, zeros, sizeof(out));
		assert_int_equal(s->taken, taken);
		assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_OK);
		assert_int_equal(rotor_entropy_read(&e, out, sizeof(out)), ROTOR_OK);
	}
}

static void a_biased_source_fails_by_its_proportion(void **state)
{
	(void)state;
	static const struct {
		uint8_t bits;
		unsigned
		    percentage; /* of one value: the test sees it in a window that begins with that value */
		bool passes;
	} cases[] = {
	    {8, 1, true},  {8, 10, false}, {6, 3, true},   {6, 20, false},
	    {2, 30, true}, {2, 45, true},  {2, 90, false},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct source s = good;
		struct rotor_entropy e;
		const struct rotor_entropy_source source = of(&s, cases[i].bits);
		uint8_t out[512];
		enum rotor_status status;
		s.bad_from = ROTOR_ENTROPY_STARTUP;
		s.percentage = cases[i].percentage;
		status = rotor_entropy_start(&e, &source);
		for (unsigned n = 0; n < 200 && status == ROTOR_OK; n++) {
			status = rotor_entropy_read(&e, out, sizeof(out));
		}
		assert_int_equal(status, cases[i].passes ? ROTOR_OK : ROTOR_ERR_CRYPTO);
		assert_int_equal(e.fault,
				 cases[i].passes ? ROTOR_ENTROPY_GOOD : ROTOR_ENTROPY_PROPORTION);
	}
}

static void a_bad_source_does_not_start(void **state)
{
	(void)state;
	for (size_t from = 0; from < ROTOR_ENTROPY_STARTUP; from += 31) {
		struct source s = good;
		struct rotor_entropy e;
		const struct rotor_entropy_source source = of(&s, 4);
		uint8_t out = 1;
		s.bad_from = from;
		s.broken = true;
		assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_ERR_CRYPTO);
		assert_int_equal(e.fault, ROTOR_ENTROPY_NO_SAMPLE);
		assert_int_equal(rotor_entropy_read(&e, &out, 1), ROTOR_ERR_CRYPTO);
		assert_int_equal(out, 0);
	}
	/* Stuck from the first sample, whatever is claimed for it. */
	for (uint8_t bits = 1; bits <= 8; bits++) {
		struct source s = {.alike = UINT32_MAX};
		struct rotor_entropy e;
		const struct rotor_entropy_source source = of(&s, bits);
		assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_ERR_CRYPTO);
		assert_int_equal(e.fault, ROTOR_ENTROPY_REPETITION);
		assert_int_equal(s.taken, 1 + (30 + bits - 1) / bits);
	}
}

static void nonsense_is_refused(void **state)
{
	(void)state;
	struct source s = good;
	struct rotor_entropy e;
	uint8_t out = 1;
	struct rotor_entropy_source source = of(&s, 0);
	assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_ERR_ARGUMENT);
	source.bits = 9;
	assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_ERR_ARGUMENT);
	source.bits = 8;
	source.sample = NULL;
	assert_int_equal(rotor_entropy_start(&e, &source), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_entropy_read(&e, &out, 1), ROTOR_ERR_STATE);
	assert_int_equal(out, 0);
	assert_int_equal(rotor_entropy_samples(&e, 448), 0);
	assert_int_equal(s.taken, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cutoffs_are_those_of_the_specification),
	    cmocka_unit_test(a_good_source_goes_on_for_long),
	    cmocka_unit_test(as_many_alike_as_may_be_pass_and_one_more_does_not),
	    cmocka_unit_test(a_failure_is_for_good_until_the_next_start),
	    cmocka_unit_test(a_biased_source_fails_by_its_proportion),
	    cmocka_unit_test(a_bad_source_does_not_start),
	    cmocka_unit_test(nonsense_is_refused),
	};
	return cmocka_run_group_tests_name("entropy", tests, NULL, NULL);
}
