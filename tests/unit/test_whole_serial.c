/* SPDX-License-Identifier: Apache-2.0 */
/* An agent and a device that was really booted at the two ends of a serial line, which acknowledges nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/whole.h"

static const struct image_wish second_version = {.minor = 1, .seed = 9, .size = 3000};
static struct whole *w;
static struct whole_agent *bmc;

static void begin(void)
{
	const struct whole_wish wish = {.quick = true, .line = true};
	struct boot_image image;
	if (w) {
		whole_delete(w);
	}
	w = whole_new(&wish);
	bmc = &w->agent[WHOLE_BMC];
	boot_make_image(&w->chip, &second_version, &image);
	whole_pack(w, &image, &second_version, NULL);
	whole_know(w, &image, &second_version);
}

static int end(void **state)
{
	(void)state;
	if (w) {
		whole_delete(w);
	}
	w = NULL;
	return 0;
}

static void must(enum rotor_status status, const char *what, unsigned at)
{
	if (status != ROTOR_OK) {
		fail_msg("%s (%s at %u)", whole_why(bmc), what, at);
	}
}

static void assert_new_firmware_runs(void)
{
	struct rotor_boot_record record;
	assert_int_equal(w->chip.handoff.version.minor, 1);
	assert_int_equal(bmc->job.judgement.verdict, ROTOR_AGENT_TRUSTED);
	boot_get_record(&w->chip, &record);
	assert_int_equal(record.slot[w->chip.handoff.slot].state, ROTOR_BOOT_CONFIRMED);
}

static void everything_works_at_a_line(void **state)
{
	static const enum rotor_agent_kind kinds[] = {ROTOR_AGENT_DISCOVER, ROTOR_AGENT_INVENTORY,
						      ROTOR_AGENT_ATTEST, ROTOR_AGENT_UPDATE};
	(void)state;
	begin();
	for (size_t i = 0; i < ROTOR_COUNT_OF(kinds); i++) {
		must(whole_do(bmc, kinds[i]), "kind", (unsigned)i);
	}
	assert_new_firmware_runs();
	assert_int_equal(w->boots, 2);
	assert_int_equal(bmc->job.device.phys, ROTOR_SERIAL_PHYS);
	for (unsigned node = 0; node < WHOLE_NODES; node++) {
		for (unsigned reason = 0; reason < ROTOR_SERIAL_DROP_COUNT; reason++) {
			assert_int_equal(w->line[node].counters.dropped[reason], 0);
		}
	}
}

/* ---- one fault ---- */

static unsigned fault_at;
static enum whole_fate fault_kind;

static enum whole_fate once(struct whole *world, enum whole_node from)
{
	(void)from;
	return world->transfers == fault_at ? fault_kind : WHOLE_PASS;
}

static const struct {
	enum whole_fate kind;
	const char *name;
	unsigned offset; /* so that each kind strikes elsewhere */
} kinds[] = {
    {WHOLE_LOSE, "bytes lost", 0},
    {WHOLE_SHORTEN, "a byte lost", 4},
    {WHOLE_CORRUPT, "a bit changed", 8},
    {WHOLE_REPEAT, "bytes repeated", 12},
};

static void any_one_fault_is_survived(void **state)
{
	(void)state;
	begin();
	must(whole_do(bmc, ROTOR_AGENT_UPDATE), "nothing", 0);
	unsigned all = w->transfers;
	for (size_t k = 0; k < ROTOR_COUNT_OF(kinds); k++) {
		fault_kind = kinds[k].kind;
		for (fault_at = 1 + kinds[k].offset; fault_at <= all; fault_at += 16) {
			begin();
			w->fate = once;
			must(whole_do(bmc, ROTOR_AGENT_UPDATE), kinds[k].name, fault_at);
			assert_new_firmware_runs();
		}
	}
}

/* ---- many ---- */

/* What fails says why, and leaves a device that is updated as soon as the line is good. */
static void many_faults_end_with_an_update_or_a_reason(void **state)
{
	static const struct {
		enum whole_fate (*fate)(struct whole *w, enum whole_node from);
		unsigned every;
	} cases[] = {
	    {whole_lose, 11},    {whole_lose, 37},    {whole_lose, 97},    {whole_shorten, 7},
	    {whole_shorten, 29}, {whole_shorten, 83}, {whole_corrupt, 13}, {whole_corrupt, 41},
	    {whole_corrupt, 89}, {whole_repeat, 5},   {whole_repeat, 31},  {whole_repeat, 101},
	    {whole_delay, 2},    {whole_delay, 9},
	};
	unsigned good = 0;
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		begin();
		w->fate = cases[i].fate;
		w->every = cases[i].every;
		if (whole_do(bmc, ROTOR_AGENT_UPDATE) == ROTOR_OK) {
			good++;
		} else {
			assert_true(strlen(whole_why(bmc)) > 20);
			w->fate = NULL;
			whole_run_for(w, 60000);
			if (w->chip.handoff.version.minor == 0) {
				must(whole_do(bmc, ROTOR_AGENT_UPDATE), "afterwards",
				     cases[i].every);
			} else {
				must(whole_do(bmc, ROTOR_AGENT_ATTEST), "afterwards",
				     cases[i].every);
			}
		}
		assert_new_firmware_runs();
	}
	assert_true(good >= 6);
}

/* ---- the device is away ---- */

static void power_may_go_at_any_time(void **state)
{
	(void)state;
	begin();
	must(whole_do(bmc, ROTOR_AGENT_UPDATE), "nothing", 0);
	unsigned all = w->transfers;
	for (unsigned cut = 1; cut <= all; cut += 23) {
		begin();
		w->cut_at = cut;
		enum rotor_status status = whole_do(bmc, ROTOR_AGENT_UPDATE);
		whole_run_for(w, 1000);
		assert_true(w->on);
		if (status != ROTOR_OK) {
			must(whole_do(bmc, ROTOR_AGENT_UPDATE), "cut", cut);
		}
		assert_new_firmware_runs();
	}
}

static void a_silent_line_ends_a_search(void **state)
{
	(void)state;
	begin();
	w->boot_ms = 1;
	whole_cut(w, 3600000);
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_DISCOVER), ROTOR_OK);
	assert_int_equal(bmc->bus.owner.found_count, 0);
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_ERR_NOT_FOUND);
}

static void a_device_may_be_away_long_and_babble_when_it_comes_back(void **state)
{
	uint8_t noise[600];
	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++) {
		noise[i] = (uint8_t)(i * 37 ^ i >> 3);
	}
	begin();
	w->boot_ms = 25000;
	whole_make_package(w, &second_version, NULL);
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	while (w->on && rotor_agent_job_status(&bmc->job) == ROTOR_PENDING) {
		whole_run_for(w, 1);
	}
	for (unsigned i = 0; i < 20; i++) {
		rotor_serial_receive(&w->line[WHOLE_BMC], noise, sizeof(noise), w->now);
		whole_run_for(w, 1000);
	}
	must(whole_run(bmc), "babble", 0);
	assert_new_firmware_runs();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, end)
	const struct CMUnitTest tests[] = {
	    TEST(everything_works_at_a_line),
	    TEST(any_one_fault_is_survived),
	    TEST(many_faults_end_with_an_update_or_a_reason),
	    TEST(power_may_go_at_any_time),
	    TEST(a_silent_line_ends_a_search),
	    TEST(a_device_may_be_away_long_and_babble_when_it_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
