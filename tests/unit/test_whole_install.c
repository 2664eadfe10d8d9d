/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole agent and a whole device: what an update brings besides firmware, when new firmware may keep its place, and what
 * the device notices of what does not run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/spdm_messages.h"
#include "support/whole.h"

static struct whole *w;
static struct whole_agent *bmc;
static const struct image_wish second_version = {.minor = 1, .seed = 2, .security_version = 2};

static void begin(const struct whole_wish *wish)
{
	if (w) {
		whole_delete(w);
	}
	w = whole_new(wish);
	bmc = &w->agent[0];
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
		print_message("%s\n", whole_why(bmc));
	}
	assert_int_equal(status, ROTOR_OK);
}

static struct rotor_boot_slot slot(enum rotor_boot_slot_id id)
{
	struct rotor_boot_record record;
	boot_get_record(&w->chip, &record);
	return record.slot[id];
}

/* ---- what is not firmware ---- */

static void pack_settings(struct rotor_bytes first, struct rotor_bytes second, uint8_t minor)
{
	uint8_t body[2048];
	size_t len;
	const struct rotor_boot_settings settings = {.anchor = {first, second},
						     .anchor_count = second.len ? 2 : 1};
	assert_int_equal(rotor_boot_settings_encode(&settings, body, sizeof(body), &len), ROTOR_OK);
	const struct image_wish wish = {
	    .kind = ROTOR_IMAGE_SETTINGS, .body = body, .size = (uint32_t)len, .minor = minor};
	whole_make_package(w, &wish, &(struct whole_package_wish){.no_manifest = true});
}

static void settings_say_which_agents_are_trusted_from_then_on(void **state)
{
	const struct rotor_bytes none = {NULL, 0};
	(void)state;
	begin(&(struct whole_wish){.second = true, .quick = true});
	struct whole_agent *other = &w->agent[1];
	struct rotor_bytes ours = w->anchors[0];
	/* both agents stand under one root; a stranger's is another */
	struct rotor_bytes theirs = {w->chip.root, w->chip.root_len};
	pack_settings(ours, theirs, 1);
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(w->boots, 2);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_A);
	assert_int_equal(w->anchor_count, 2);
	assert_int_equal(slot(ROTOR_BOOT_SLOT_B).state, ROTOR_BOOT_EMPTY);
	assert_int_equal(bmc->told[ROTOR_AGENT_STEP_ARRIVED], 1);
	/* the same again: not newer */
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_non_null(strstr(whole_why(bmc), "not newer than those in force"));
	assert_int_equal(w->boots, 2);
	/* an agent that writes itself out is not let in again, nor is the other one */
	pack_settings(theirs, none, 2);
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_int_equal(bmc->job.failure.step, ROTOR_AGENT_STEP_SESSION);
	assert_int_equal(w->boots, 3);
	assert_int_equal(w->anchor_count, 1);
	whole_make_package(w, &second_version, NULL);
	assert_int_not_equal(whole_do(other, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_int_equal(w->boots, 3);
	/* though whoever wants to know what runs is told */
	must(whole_do(bmc, ROTOR_AGENT_ATTEST));
}

static void a_recovery_image_is_replaced_by_an_update(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	const struct image_wish wish = {
	    .kind = ROTOR_IMAGE_RECOVERY, .minor = 4, .seed = 7, .security_version = 1};
	struct boot_image recovery;
	boot_make_image(&w->chip, &wish, &recovery);
	whole_pack(w, &recovery, &wish, &(struct whole_package_wish){.no_manifest = true});
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_A);
	assert_memory_equal(w->chip.flash.bytes +
				w->chip.layout.region[ROTOR_REGION_RECOVERY].offset,
			    recovery.bytes, recovery.len);
	/* both slots go bad: it runs, and brings firmware back, and nothing else */
	memset(w->chip.flash.bytes + w->chip.layout.region[ROTOR_REGION_SLOT_A].offset, 0, 64);
	whole_boot(w);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_RECOVERY);
	whole_know(w, &recovery, &wish);
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_int_equal(bmc->job.failure.fault, ROTOR_AGENT_FAULT_COMPONENT);
	whole_make_package(w, &second_version, NULL);
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_not_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_RECOVERY);
	assert_int_equal(w->chip.handoff.version.minor, 1);
}

/* ---- when new firmware may keep its place ---- */

static void an_agents_session_is_what_new_firmware_waits_for_where_policy_says_so(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.policy = ROTOR_BOOT_POLICY_CONFIRM_BY_SESSION, .quick = true});
	whole_make_package(w, &second_version, NULL);
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	whole_run_for(w, 100);
	assert_int_equal(w->boots, 2);
	assert_int_equal(w->confirmations, 1);
	assert_int_equal(slot(ROTOR_BOOT_SLOT_B).state, ROTOR_BOOT_CONFIRMED);
	assert_int_equal(w->chip.fuses.floor, 2);
	whole_run_for(w, (rotor_ms)(ROTOR_BOOT_CONFIRM_SECONDS + 10) * 1000);
	assert_int_equal(w->boots, 2);
}

/* New firmware in slot B, on trial, and nobody who speaks with it. */
static void start_trial(uint32_t policy)
{
	struct boot_image image;
	begin(&(struct whole_wish){.policy = policy, .quick = true});
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	record.slot[1] = (struct rotor_boot_slot){.state = ROTOR_BOOT_PENDING, .tries_left = 1};
	boot_make_image(&w->chip, &second_version, &image);
	boot_put_image(&w->chip, ROTOR_BOOT_SLOT_B, &image);
	boot_put_record(&w->chip, &record);
	whole_boot(w);
	whole_know(w, &image, &second_version);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_B);
}

static void without_one_in_time_the_old_firmware_comes_back(void **state)
{
	(void)state;
	start_trial(ROTOR_BOOT_POLICY_CONFIRM_BY_SESSION);
	whole_run_for(w, (rotor_ms)(ROTOR_BOOT_CONFIRM_SECONDS - 1) * 1000);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_B);
	assert_int_equal(slot(ROTOR_BOOT_SLOT_B).state, ROTOR_BOOT_TRIAL);
	whole_run_for(w, 10000);
	assert_true(
	    whole_said(w, "no agent has opened a session in time: back to the old firmware"));
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_A);
	assert_int_equal(slot(ROTOR_BOOT_SLOT_B).state, ROTOR_BOOT_BAD);
	assert_int_equal(slot(ROTOR_BOOT_SLOT_B).reason, ROTOR_BOOT_REASON_NOT_CONFIRMED);
	assert_int_equal(w->confirmations, 0);
	assert_int_equal(w->chip.fuses.floor, 1);
	/* why can be read from afar */
	must(whole_do(bmc, ROTOR_AGENT_ATTEST));
	struct rotor_bytes blocks = bmc->job.spdm.measurements.record;
	struct rotor_spdm_block block = {0};
	while (block.index != ROTOR_MEASURE_SLOTS) {
		assert_int_equal(rotor_spdm_next_block(&blocks, &block), ROTOR_OK);
	}
	assert_int_equal(block.value.len, ROTOR_BOOT_SLOTS_MEASURED);
	assert_int_equal(block.value.data[2], ROTOR_BOOT_BAD);
	assert_int_equal(block.value.data[3], ROTOR_BOOT_REASON_NOT_CONFIRMED);
}

static void attestation_alone_is_no_proof_and_takes_no_update(void **state)
{
	(void)state;
	start_trial(ROTOR_BOOT_POLICY_CONFIRM_BY_SESSION);
	must(whole_do(bmc, ROTOR_AGENT_ATTEST));
	must(whole_do(bmc, ROTOR_AGENT_INVENTORY));
	assert_int_equal(slot(ROTOR_BOOT_SLOT_B).state, ROTOR_BOOT_TRIAL);
	assert_int_equal(w->confirmations, 0);
}

static void without_that_policy_it_confirms_itself(void **state)
{
	(void)state;
	start_trial(0);
	whole_run_for(w, 100);
	assert_int_equal(slot(ROTOR_BOOT_SLOT_B).state, ROTOR_BOOT_CONFIRMED);
	assert_int_equal(w->confirmations, 1);
}

/* ---- what does not run ---- */

static void damage_to_what_does_not_run_is_reported(void **state)
{
	(void)state;
	static const struct {
		enum rotor_flash_region_id region;
		const char *said;
	} cases[] = {
	    {ROTOR_REGION_SLOT_A,
	     "the image in the other slot cannot be used: hash or signature wrong"},
	    {ROTOR_REGION_RECOVERY, "the recovery image cannot be used"},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		begin(&(struct whole_wish){.quick = true});
		const struct image_wish wish = {.kind = ROTOR_IMAGE_RECOVERY, .seed = 7};
		struct boot_image recovery;
		boot_make_image(&w->chip, &wish, &recovery);
		boot_put_image(&w->chip, ROTOR_BOOT_SLOT_RECOVERY, &recovery);
		const struct image_wish second = {.minor = 1, .seed = 2};
		whole_make_package(w, &second, NULL);
		must(whole_do(bmc, ROTOR_AGENT_UPDATE));
		whole_run_for(w, 1000);
		assert_false(whole_said(w, cases[i].said));
		w->chip.flash.bytes[w->chip.layout.region[cases[i].region].offset + 300] ^= 1;
		whole_run_for(w, (rotor_ms)ROTOR_DEVICE_SCRUB_MS + 1000);
		assert_true(whole_said(w, cases[i].said));
		assert_int_equal(slot(ROTOR_BOOT_SLOT_A).state,
				 i == 0 ? ROTOR_BOOT_BAD : ROTOR_BOOT_CONFIRMED);
		/* and the device goes on */
		struct boot_image now;
		boot_make_image(&w->chip, &second, &now);
		whole_know(w, &now, &second);
		must(whole_do(bmc, ROTOR_AGENT_ATTEST));
		whole_make_package(w, &second_version, NULL);
		must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_say_which_agents_are_trusted_from_then_on),
	    cmocka_unit_test(a_recovery_image_is_replaced_by_an_update),
	    cmocka_unit_test(an_agents_session_is_what_new_firmware_waits_for_where_policy_says_so),
	    cmocka_unit_test(without_one_in_time_the_old_firmware_comes_back),
	    cmocka_unit_test(attestation_alone_is_no_proof_and_takes_no_update),
	    cmocka_unit_test(without_that_policy_it_confirms_itself),
	    cmocka_unit_test(damage_to_what_does_not_run_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
