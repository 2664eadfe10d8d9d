/* SPDX-License-Identifier: Apache-2.0 */
/* A device that asks only for what it does not have: blocks of what runs, and of what came before it lost power. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/whole.h"

/* Of the test flash, and so of the maps. */
#define BLOCK 256
#define BODY  3000

static struct whole *w;
static struct whole_agent *bmc;
static uint8_t body[BODY];
static const struct image_wish new_version = {.minor = 1, .size = BODY, .body = body};
static const struct whole_package_wish with_map = {.map = true};

/* Makes the package, of an image that is known to be good. */
static void pack(const struct image_wish *wish, const struct whole_package_wish *package)
{
	static struct boot_image image;
	boot_make_image(&w->chip, wish, &image);
	whole_pack(w, &image, wish, package);
	whole_know(w, &image, wish);
}

/* The device's first image is as long as the new one, which differs from it in @p changes blocks of its body. */
static void begin(unsigned changes, const struct whole_package_wish *package)
{
	if (w) {
		whole_delete(w);
	}
	w = whole_new(&(struct whole_wish){.quick = true, .first_size = BODY});
	bmc = &w->agent[WHOLE_BMC];
	memcpy(body, w->first.bytes + 64, BODY);
	for (unsigned i = 0; i < changes; i++) {
		body[BLOCK * (2 + 3 * i)] ^= 0x55;
	}
	if (package) {
		pack(&new_version, package);
	}
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

static void must(enum rotor_status status)
{
	if (status != ROTOR_OK) {
		fail_msg("%s (cut at %u)", whole_why(bmc), w->cut_at);
	}
}

static void assert_new_firmware_runs(void)
{
	assert_int_equal(w->chip.handoff.version.minor, 1);
	assert_int_equal(bmc->job.judgement.verdict, ROTOR_AGENT_TRUSTED);
}

/* What differs for certain: the header, and the TLVs with hash and signature, which may begin in any block. */
#define ALWAYS (BLOCK + 3 * BLOCK)

static void only_what_is_new_is_asked_for(void **state)
{
	(void)state;
	/* The map is the package's, or, as the device says that it takes one, the agent's. */
	static const struct whole_package_wish without = {0};
	for (unsigned changes = 0; changes <= 3; changes++) {
		for (unsigned made = 0; made <= 1; made++) {
			begin(changes, made ? &without : &with_map);
			must(whole_do(bmc, ROTOR_AGENT_UPDATE));
			assert_new_firmware_runs();
			assert_true(bmc->bytes_asked >= (changes + 1) * BLOCK);
			assert_true(bmc->bytes_asked <= changes * BLOCK + ALWAYS);
		}
	}
	/* Without a map everything is. */
	begin(1, NULL);
	pack(&new_version, NULL);
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	config.sequential = true;
	whole_start_with(bmc, &config);
	must(whole_run(bmc));
	assert_new_firmware_runs();
	assert_true(bmc->bytes_asked >= BODY);
}

/* A device that does not say so is offered no map that is not in its package. */
static void no_map_is_made_for_a_device_that_takes_none(void **state)
{
	(void)state;
	begin(1, NULL);
	pack(&new_version, NULL);
	w->device.map_descriptor[sizeof(w->device.map_descriptor) - 2]++; /* another layout */
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_new_firmware_runs();
	assert_true(bmc->bytes_asked >= BODY);
	assert_int_equal(bmc->job.plan.package_data.len, 0);
}

static void a_map_of_something_else_is_passed_over(void **state)
{
	static const struct whole_package_wish others[] = {
	    {.map = true, .map_wish = WHOLE_MAP_OTHER_COMPONENT},
	    {.map = true, .map_wish = WHOLE_MAP_OTHER_SIZE},
	    {.map = true, .map_wish = WHOLE_MAP_CUT},
	    {.map = true, .map_wish = WHOLE_MAP_GARBAGE},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(others); i++) {
		begin(1, &others[i]);
		must(whole_do(bmc, ROTOR_AGENT_UPDATE));
		assert_new_firmware_runs();
		/* What a map that is cut off has said so far still holds. */
		assert_true(bmc->bytes_asked >=
			    (others[i].map_wish == WHOLE_MAP_CUT ? BLOCK : BODY));
	}
}

/* A map that is wrong brings a wrong image, which is refused; the next try asks for everything. */
static void a_map_that_lies_costs_one_try(void **state)
{
	static const struct whole_package_wish lies = {.map = true, .map_wish = WHOLE_MAP_LIES};
	(void)state;
	begin(1, &lies);
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_non_null(strstr(whole_why(bmc), "its hash does not match"));
	assert_int_equal(w->chip.handoff.version.minor, 0);
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_new_firmware_runs();
	assert_true(bmc->bytes_asked >= BODY);
}

/* Power goes at every transfer, and again: what was in flash is not asked for again. */
static void what_came_before_a_power_cut_is_kept(void **state)
{
	static const struct image_wish other = {.minor = 1, .size = BODY, .seed = 77};
	unsigned resumed = 0, tries = 0;
	(void)state;
	begin(0, NULL);
	pack(&other, &with_map);
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_true(bmc->bytes_asked >= BODY); /* nothing of it was there */
	unsigned all = w->transfers;
	for (unsigned cut = 1; cut <= all; cut += 9) {
		begin(0, NULL);
		pack(&other, tries++ % 2 ? &with_map : NULL);
		w->cut_at = cut;
		enum rotor_status status = whole_do(bmc, ROTOR_AGENT_UPDATE);
		whole_run_for(w, 1000);
		assert_true(w->on);
		if (status != ROTOR_OK) {
			uint32_t before = bmc->bytes_asked;
			must(whole_do(bmc, ROTOR_AGENT_UPDATE));
			resumed += before >= 2 * BLOCK && bmc->bytes_asked < BODY;
		}
		assert_new_firmware_runs();
	}
	assert_true(resumed > 6);
}

/* The same at every operation of the flash, torn in every way. */
static void torn_blocks_are_asked_for_again(void **state)
{
	(void)state;
	for (unsigned cut = 1; cut <= 60; cut += 2) {
		begin(2, &with_map);
		w->chip.power.operations = 0;
		w->chip.power.cut_at = cut;
		w->chip.power.tear = cut % SIM_TEAR_WHOLE;
		enum rotor_status status = whole_do(bmc, ROTOR_AGENT_UPDATE);
		whole_run_for(w, 1000);
		assert_true(w->on);
		if (status != ROTOR_OK) {
			must(whole_do(bmc, ROTOR_AGENT_UPDATE));
		}
		assert_new_firmware_runs();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(only_what_is_new_is_asked_for, end),
	    cmocka_unit_test_teardown(no_map_is_made_for_a_device_that_takes_none, end),
	    cmocka_unit_test_teardown(a_map_of_something_else_is_passed_over, end),
	    cmocka_unit_test_teardown(a_map_that_lies_costs_one_try, end),
	    cmocka_unit_test_teardown(what_came_before_a_power_cut_is_kept, end),
	    cmocka_unit_test_teardown(torn_blocks_are_asked_for_again, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
