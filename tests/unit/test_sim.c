/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator itself: its flash and fuses keep their rules, and what it makes of a cut is what a cut makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/campaign.h"
#include "sim/memo.h"

#define SECTOR 64
#define UNIT   8

static struct sim_power power;
static struct sim_flash flash;
static const struct rotor_flash *port;

static void set_up(void)
{
	static const struct rotor_flash_geometry geometry = {4 * SECTOR, SECTOR, UNIT};
	power = (struct sim_power){0};
	assert_true(sim_flash_init(&flash, &power, &geometry));
	port = &flash.port;
}

static enum rotor_status erase(uint32_t offset)
{
	return port->ops->erase(port->ctx, offset);
}

static enum rotor_status program(uint32_t offset, const void *data, size_t len)
{
	return port->ops->program(port->ctx, offset, data, len);
}

static uint8_t read_byte(uint32_t offset)
{
	uint8_t byte = 0;
	assert_int_equal(port->ops->read(port->ctx, offset, &byte, 1), ROTOR_OK);
	return byte;
}

/* ---- rules ---- */

static void a_broken_rule_is_noted_and_not_the_end(void **state)
{
	(void)state;
	static const uint8_t ones[2 * UNIT] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const struct {
		uint32_t offset, len;
		bool twice;
	} cases[] = {
	    {3, UNIT, false},                 /* not at a unit */
	    {0, UNIT - 1, false},             /* not a whole one */
	    {0, 0, false},                    /* none */
	    {SECTOR - UNIT, 2 * UNIT, false}, /* across the end of a sector */
	    {0, UNIT, true},                  /* again without an erase */
	};
	set_up();
	assert_int_equal(program(0, ones, UNIT), ROTOR_OK);
	assert_int_equal(erase(0), ROTOR_OK);
	assert_int_equal(program(0, ones, UNIT), ROTOR_OK);
	assert_int_equal(power.faults, 0);
	sim_flash_free(&flash);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		set_up();
		(void)program(cases[i].offset, ones, cases[i].len);
		if (cases[i].twice) {
			assert_int_equal(power.faults, 0);
			(void)program(cases[i].offset, ones, cases[i].len);
		}
		assert_true(power.faults > 0);
		assert_non_null(power.fault);
		sim_flash_free(&flash);
	}
	set_up();
	assert_int_equal(erase(1), ROTOR_ERR_IO);
	assert_int_equal(erase(4 * SECTOR), ROTOR_ERR_IO);
	assert_int_equal(power.faults, 2);
	sim_flash_free(&flash);
}

/* ---- tears ---- */

/* Program 0xa5 over two units of blanks; bytes 6 to 9 afterwards, read the first time. */
static void a_program_is_torn_at_its_byte(void **state)
{
	(void)state;
	static const struct {
		struct sim_tear tear;
		uint8_t expected[4];
		bool second_used;
	} cases[] = {
	    {{SIM_TEAR_BEFORE, 0, 0}, {0xff, 0xff, 0xff, 0xff}, false},
	    {{SIM_TEAR_CLEAN, 8, 0}, {0xa5, 0xa5, 0xff, 0xff}, false},
	    {{SIM_TEAR_CLEAN, 9, 0}, {0xa5, 0xa5, 0xa5, 0xff}, true},
	    {{SIM_TEAR_LOW, 7, 0}, {0xa5, 0xf5, 0xff, 0xff}, false},
	    {{SIM_TEAR_HIGH, 8, 0}, {0xa5, 0xa5, 0xaf, 0xff}, true},
	    {{SIM_TEAR_WEAK, 7, 1}, {0xa5, 0xa5, 0xff, 0xff}, false},
	    {{SIM_TEAR_WEAK_REST, 6, 1}, {0xa5, 0xa5, 0xff, 0xff}, false},
	    {{SIM_TEAR_WEAK_REST, 6, 2}, {0xff, 0xff, 0xff, 0xff}, false},
	    {{SIM_TEAR_DONE, 0, 0}, {0xa5, 0xa5, 0xa5, 0xa5}, true},
	    {{SIM_TEAR_DUD, 8, 0}, {0xa5, 0xa5, 0xff, 0xa5}, true},
	};
	uint8_t data[2 * UNIT], back[4];
	memset(data, 0xa5, sizeof(data));
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		set_up();
		power.cut_at = 1;
		power.exact = &cases[i].tear;
		bool on = cases[i].tear.kind == SIM_TEAR_DUD;
		assert_int_equal(program(SECTOR, data, sizeof(data)), on ? ROTOR_OK : ROTOR_ERR_IO);
		assert_int_equal(power.off, !on);
		sim_power_on(&power);
		assert_int_equal(port->ops->read(port->ctx, SECTOR + 6, back, sizeof(back)),
				 ROTOR_OK);
		assert_memory_equal(back, cases[i].expected, sizeof(back));
		assert_int_equal(flash.used[SECTOR / UNIT + 1], cases[i].second_used);
		sim_flash_free(&flash);
	}
}

static void a_sector_that_was_not_erased_to_its_end_must_be_erased_again(void **state)
{
	(void)state;
	static const struct sim_tear tear = {SIM_TEAR_CLEAN, SECTOR / 2, 0};
	uint8_t zeros[SECTOR] = {0};
	set_up();
	assert_int_equal(program(0, zeros, sizeof(zeros)), ROTOR_OK);
	power.cut_at = 2;
	power.exact = &tear;
	assert_int_equal(erase(0), ROTOR_ERR_IO);
	sim_power_on(&power);
	assert_int_equal(read_byte(SECTOR / 2 - 1), 0xff);
	assert_int_equal(read_byte(SECTOR / 2), 0);
	(void)program(0, zeros, UNIT);
	assert_int_equal(power.faults, 1);
	assert_int_equal(erase(0), ROTOR_OK);
	assert_int_equal(program(0, zeros, UNIT), ROTOR_OK);
	assert_int_equal(power.faults, 1);
	sim_flash_free(&flash);
}

static void weak_bits_read_as_their_pattern_says_until_they_are_erased(void **state)
{
	(void)state;
	static const struct sim_tear tear = {SIM_TEAR_WEAK, 0,
					     0x6}; /* old, new, new, old and old ever after */
	static const uint8_t expected[] = {0xff, 0x0f, 0x0f, 0xff, 0xff, 0xff};
	const uint8_t data[UNIT] = {0x0f};
	set_up();
	power.cut_at = 1;
	power.exact = &tear;
	assert_int_equal(program(0, data, sizeof(data)), ROTOR_ERR_IO);
	sim_power_on(&power);
	for (size_t i = 0; i < ROTOR_COUNT_OF(expected); i++) {
		assert_int_equal(read_byte(SECTOR), 0xff); /* is no read of weak bits */
		assert_int_equal(read_byte(0), expected[i]);
	}
	assert_int_equal(erase(0), ROTOR_OK);
	flash.weak_reads = 1;
	assert_int_equal(read_byte(0), 0xff);
	sim_flash_free(&flash);
}

/* ---- fuses ---- */

static void fuses_are_torn_too(void **state)
{
	(void)state;
	static const struct {
		struct sim_tear tear;
		uint32_t first, second; /* the floor as it is read */
	} cases[] = {
	    {{SIM_TEAR_BEFORE, 0, 0}, 2, 2},          {{SIM_TEAR_CLEAN, 1, 0}, 3, 3},
	    {{SIM_TEAR_CLEAN, 2, 0}, 4, 4},           {{SIM_TEAR_WEAK, 3u << 16, 1}, 5, 2},
	    {{SIM_TEAR_WEAK, 3u << 16 | 1, 2}, 3, 5}, {{SIM_TEAR_DONE, 0, 0}, 5, 5},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct sim_fuses fuses;
		uint32_t floor = 0;
		power = (struct sim_power){.cut_at = 1, .exact = &cases[i].tear};
		sim_fuses_init(&fuses, &power);
		fuses.floor = 2;
		const struct rotor_fuses *f = &fuses.port;
		assert_int_equal(f->ops->raise_floor(f->ctx, 5), ROTOR_ERR_IO);
		sim_power_on(&power);
		assert_int_equal(f->ops->read_floor(f->ctx, &floor), ROTOR_OK);
		assert_int_equal(floor, cases[i].first);
		assert_int_equal(f->ops->read_floor(f->ctx, &floor), ROTOR_OK);
		assert_int_equal(floor, cases[i].second);
		/* blown again, it is certain */
		assert_int_equal(f->ops->raise_floor(f->ctx, 5), ROTOR_OK);
		assert_int_equal(fuses.floor_weak, 0);
		assert_int_equal(f->ops->raise_floor(f->ctx, 4), ROTOR_OK);
		assert_int_equal(f->ops->read_floor(f->ctx, &floor), ROTOR_OK);
		assert_int_equal(floor, 5);
	}
}

static void a_revocation_is_torn_and_done_again(void **state)
{
	(void)state;
	static const struct sim_tear tear = {SIM_TEAR_WEAK, 0, 1};
	struct sim_fuses fuses;
	uint8_t hash[ROTOR_BOOT_DIGEST_SIZE];
	power = (struct sim_power){.cut_at = 1, .exact = &tear};
	sim_fuses_init(&fuses, &power);
	fuses.key_count = 2;
	const struct rotor_fuses *f = &fuses.port;
	assert_int_equal(f->ops->revoke_key(f->ctx, 2), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(f->ops->revoke_key(f->ctx, 1), ROTOR_ERR_IO);
	sim_power_on(&power);
	assert_int_equal(f->ops->read_key_hash(f->ctx, 1, hash), ROTOR_ERR_DENIED);
	assert_int_equal(f->ops->read_key_hash(f->ctx, 1, hash), ROTOR_OK);
	assert_int_equal(f->ops->revoke_key(f->ctx, 1), ROTOR_OK);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(f->ops->read_key_hash(f->ctx, 1, hash), ROTOR_ERR_DENIED);
	}
	assert_int_equal(f->ops->read_key_hash(f->ctx, 0, hash), ROTOR_OK);
}

/* ---- campaigns ---- */

static void an_identifier_is_read_as_it_is_written(void **state)
{
	(void)state;
	static const char *const good[] = {
	    "256x16:again",
	    "4096x256:revert:1.0.before",
	    "512x8:floor:15.65537.weak-0110:3.0.done",
	    "1024x256:cancel:7.192.rest-noise:9.12.low",
	    "256x16:same:4.207.dud",
	};
	static const char *const bad[] = {
	    "",
	    "256x16",
	    "256x16:nothing",
	    "300x16:again",
	    "256x16:again:",
	    "256x16:again:0.0.done",
	    "256x16:again:1.0.gone",
	    "256x16:again:1.0.weak",
	    "256x16:again:1.0.weak-012",
	    "256x16:again:1.0.done:",
	    "256x16:again:1.0.done!",
	    "256x16:again:1",
	    "256x16:again:1.0.done:1.0.done:1.0.done:1.0.done",
	};
	const struct sim_geometry *geometry;
	const struct sim_story *story;
	static struct sim_campaign c;
	for (size_t i = 0; i < ROTOR_COUNT_OF(good); i++) {
		char text[SIM_ID_TEXT];
		assert_true(sim_campaign_parse(good[i], &geometry, &story, c.path, &c.path_len));
		c.geometry = geometry;
		c.story = story;
		assert_string_equal(sim_campaign_id(&c, text), good[i]);
	}
	for (size_t i = 0; i < ROTOR_COUNT_OF(bad); i++) {
		assert_false(sim_campaign_parse(bad[i], &geometry, &story, c.path, &c.path_len));
	}
}

/* Every operation of an update is cut for real, at one place each, and compared with what a campaign makes of it. */
static void what_a_cut_leaves_is_what_a_campaign_makes_of_it(void **state)
{
	(void)state;
	static struct sim_campaign c;
	static struct sim_state before, made, real;
	struct sim_tears tears = {0};
	unsigned cuts = 0;
	assert_true(sim_campaign_init(&c, &sim_geometries[0], &sim_stories[0]));
	assert_true(sim_state_init(&before, &c.world) && sim_state_init(&made, &c.world) &&
		    sim_state_init(&real, &c.world));
	sim_state_give(&c.start, &c.world);
	for (unsigned life = 0; life < c.recovery; life++) {
		struct sim_belief belief = c.run.belief;
		sim_state_take(&before, &c.world);
		sim_state_give(&before, &c.world);
		sim_life_run(&c.run, &c.life[life]);
		assert_false(c.run.failed);
		struct sim_trace trace = c.run.trace;
		struct sim_belief after = c.run.belief;
		c.run.trace = (struct sim_trace){0};
		for (size_t i = 0; i < trace.count; i++) {
			sim_state_copy(&made, &before);
			for (size_t k = 0; k < i; k++) {
				sim_state_apply(&made, &trace.ops[k].op, NULL);
			}
			sim_tears_of(&tears, &trace.ops[i].op, 16, made.fuses.floor, SIM_COARSE);
			const struct sim_tear *tear = &tears.tear[(i * 7 + 1) % tears.count];
			sim_state_apply(&made, &trace.ops[i].op, tear);
			sim_state_give(&before, &c.world);
			c.world.power.cut_at = i + 1;
			c.world.power.exact = tear;
			c.run.belief = belief;
			sim_life_run(&c.run, &c.life[life]);
			assert_true(c.world.power.off);
			sim_state_take(&real, &c.world);
			assert_memory_equal(real.value, made.value, sizeof(real.value));
			assert_int_equal(real.fuses.floor, made.fuses.floor);
			assert_int_equal(real.fuses.floor_weak, made.fuses.floor_weak);
			cuts++;
		}
		/* and on to the next life */
		for (size_t k = 0; k < trace.count; k++) {
			sim_state_apply(&before, &trace.ops[k].op, NULL);
		}
		sim_state_give(&before, &c.world);
		c.run.belief = after;
		sim_trace_free(&trace);
	}
	print_message("%u cuts compared\n", cuts);
	assert_true(cuts > 20);
	sim_tears_free(&tears);
	sim_state_free(&before);
	sim_state_free(&made);
	sim_state_free(&real);
	sim_campaign_free(&c);
	sim_memo_forget();
}

/* Without what a state's life depends on, none may be taken for another. */
static void a_state_is_known_by_what_its_life_reads(void **state)
{
	(void)state;
	static struct sim_campaign c;
	static struct sim_state other;
	struct sim_set set = {{0}};
	assert_true(sim_campaign_init(&c, &sim_geometries[0], &sim_stories[0]));
	assert_true(sim_state_init(&other, &c.world));
	sim_state_copy(&other, &c.start);
	sim_set_add(&set, 1);
	sim_known_add(&c.known, &c.start, 1, &set);
	assert_non_null(sim_known_find(&c.known, &c.start, 1));
	assert_null(sim_known_find(&c.known, &c.start, 2));
	const struct sim_op elsewhere = {.kind = SIM_OP_ERASE, .offset = 2 * 256, .len = 256};
	sim_state_apply(&other, &elsewhere, NULL);
	assert_non_null(sim_known_find(&c.known, &other, 1));
	const struct sim_op here = {.kind = SIM_OP_ERASE, .offset = 256, .len = 256};
	sim_state_apply(&other, &here, NULL);
	assert_null(sim_known_find(&c.known, &other, 1));
	sim_state_copy(&other, &c.start);
	other.fuses.floor++;
	assert_null(sim_known_find(&c.known, &other, 1));
	sim_state_free(&other);
	sim_campaign_free(&c);
	sim_memo_forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_broken_rule_is_noted_and_not_the_end),
	    cmocka_unit_test(a_program_is_torn_at_its_byte),
	    cmocka_unit_test(a_sector_that_was_not_erased_to_its_end_must_be_erased_again),
	    cmocka_unit_test(weak_bits_read_as_their_pattern_says_until_they_are_erased),
	    cmocka_unit_test(fuses_are_torn_too),
	    cmocka_unit_test(a_revocation_is_torn_and_done_again),
	    cmocka_unit_test(an_identifier_is_read_as_it_is_written),
	    cmocka_unit_test(what_a_cut_leaves_is_what_a_campaign_makes_of_it),
	    cmocka_unit_test(a_state_is_known_by_what_its_life_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
