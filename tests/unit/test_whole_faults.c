/* SPDX-License-Identifier: Apache-2.0 */
/* Agents and a device that was really booted, over a bus on which things go wrong, and with power that goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/whole.h"

static const struct image_wish second_version = {.minor = 1, .seed = 9, .size = 3000};
static struct whole *w;
static struct whole_agent *bmc, *second;
static struct boot_image image;

/* A world in which the package and what it brings are known. */
static void begin(const struct whole_wish *wish)
{
	if (w) {
		whole_delete(w);
	}
	w = whole_new(wish);
	bmc = &w->agent[WHOLE_BMC];
	second = &w->agent[WHOLE_SECOND];
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

static void must(struct whole_agent *agent, enum rotor_status status)
{
	if (status != ROTOR_OK) {
		fail_msg("%s (cut or fault at %u)", whole_why(agent),
			 w->cut_at ? w->cut_at : w->every);
	}
}

static void assert_new_firmware_runs(void)
{
	assert_int_equal(w->chip.handoff.version.minor, 1);
	assert_int_equal(bmc->job.judgement.verdict, ROTOR_AGENT_TRUSTED);
	struct rotor_boot_record record;
	boot_get_record(&w->chip, &record);
	assert_int_equal(record.slot[w->chip.handoff.slot].state, ROTOR_BOOT_CONFIRMED);
}

/* ---- the bus ---- */

static void an_update_survives_a_bus_on_which_transfers_go_wrong(void **state)
{
	static const struct {
		enum whole_fate (*fate)(struct whole *w, enum whole_node from);
		unsigned every;
	} cases[] = {
	    {whole_nack, 2},    {whole_nack, 3},     {whole_nack, 7},  {whole_corrupt, 2},
	    {whole_corrupt, 5}, {whole_corrupt, 11}, {whole_delay, 2}, {whole_delay, 9},
	    {whole_lose, 43},   {whole_lose, 53},    {whole_lose, 61}, {whole_lose, 71},
	    {whole_lose, 83},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		begin(&(struct whole_wish){.quick = true});
		w->fate = cases[i].fate;
		w->every = cases[i].every;
		must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
		assert_new_firmware_runs();
	}
}

static unsigned lost_at;

static enum whole_fate lose_one(struct whole *world, enum whole_node from)
{
	(void)from;
	return world->transfers == lost_at ? WHOLE_LOSE : WHOLE_PASS;
}

static void any_one_transfer_may_be_lost(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	unsigned all = w->transfers;
	for (lost_at = 1; lost_at <= all; lost_at += lost_at < all * 2 / 3 ? 3 : 1) {
		begin(&(struct whole_wish){.quick = true});
		w->fate = lose_one;
		w->every = lost_at;
		must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
		assert_new_firmware_runs();
	}
}

static enum whole_fate lose_all_of_the_device(struct whole *world, enum whole_node from)
{
	(void)world;
	return from == WHOLE_DEVICE ? WHOLE_LOSE : WHOLE_PASS;
}

static void a_device_that_falls_silent_is_noticed(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	rotor_ms start = w->now;
	w->fate = lose_all_of_the_device;
	assert_int_equal(whole_run(bmc), ROTOR_ERR_TIMEOUT);
	assert_string_equal(
	    whole_why(bmc),
	    "looking for the device again: the device no longer answers in the session");
	assert_true(w->now - start < 30000);
	w->fate = NULL;
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_new_firmware_runs();
}

static void a_device_that_was_never_there_is_not_found(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	w->boot_ms = 1;
	whole_cut(w, 3600000);
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_ERR_NOT_FOUND);
	assert_string_equal(whole_why(bmc),
			    "looking for the device: no endpoint on the bus has this EID");
}

static void a_device_that_does_not_come_back_is_given_up(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	w->boot_ms = 3600000;
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_ERR_TIMEOUT);
	assert_string_equal(whole_why(bmc),
			    "waiting for the restart: the device did not come back");
}

static void a_device_may_take_long_to_come_back(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	w->boot_ms = 25000;
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_new_firmware_runs();
}

/* ---- power ---- */

static void power_may_go_at_any_transfer(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	unsigned all = w->transfers;
	for (unsigned cut = 1; cut <= all; cut += 7) {
		begin(&(struct whole_wish){.quick = true});
		w->cut_at = cut;
		enum rotor_status status = whole_do(bmc, ROTOR_AGENT_UPDATE);
		whole_run_for(w, 1000);
		assert_true(w->on);
		if (status != ROTOR_OK) {
			must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
		}
		assert_new_firmware_runs();
	}
}

static void power_may_go_inside_any_flash_operation(void **state)
{
	(void)state;
	for (unsigned cut = 1; cut <= 40; cut += 3) {
		begin(&(struct whole_wish){.quick = true});
		w->chip.power.operations = 0;
		w->chip.power.cut_at = cut;
		w->chip.power.tear = cut % SIM_TEAR_WHOLE;
		enum rotor_status status = whole_do(bmc, ROTOR_AGENT_UPDATE);
		whole_run_for(w, 1000);
		assert_true(w->on);
		if (status != ROTOR_OK) {
			must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
		}
		assert_new_firmware_runs();
	}
}

/* ---- sessions ---- */

static void an_owner_who_has_lost_its_session_begins_anew(void **state)
{
	(void)state;
	begin(NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	rotor_agent_job_drop(&bmc->job);
	whole_run_for(w, 1000);
	assert_int_equal(w->device.fd.state, ROTOR_PLDM_DOWNLOAD);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_true(whole_said(w, "session ended: the peer began a new connection"));
	assert_int_equal(w->boots, 2);
	assert_new_firmware_runs();
}

static void nobody_else_takes_an_update_over(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.second = true});
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	/* While the owner's session stands there is no other. */
	assert_int_not_equal(whole_do(second, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_string_equal(whole_why(second),
			    "opening a secure session: KEY_EXCHANGE: the responder answered with "
			    "an error SessionLimitExceeded (0x0a)");
	must(bmc, whole_run(bmc));
	assert_new_firmware_runs();
}

static void nobody_else_takes_over_what_a_lost_owner_has_left(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.second = true});
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	rotor_agent_job_drop(&bmc->job);
	whole_run_for(w, 61000);
	assert_true(whole_said(w, "session ended: nothing came for twice the heartbeat period"));
	assert_int_equal(w->device.fd.state, ROTOR_PLDM_DOWNLOAD);
	whole_start(second, ROTOR_AGENT_UPDATE);
	whole_run_for(w, 5000);
	assert_true(w->device.fd.counters.foreign > 0);
	assert_int_equal(w->device.fd.state, ROTOR_PLDM_DOWNLOAD);
	assert_int_equal(w->device.fd.counters.idle_timeouts, 0);
	/* FD_T1 frees the device, and then it is anybody's who is authenticated. */
	assert_int_not_equal(whole_run(second), ROTOR_OK);
	assert_string_equal(whole_why(second),
			    "updating: another agent is updating the device: the device answered "
			    "CancelUpdate with ERROR_NOT_READY (0x04)");
	whole_run_for(w, 60000);
	assert_int_equal(w->device.fd.counters.idle_timeouts, 1);
	whole_start(second, ROTOR_AGENT_UPDATE);
	while (rotor_agent_job_status(&second->job) == ROTOR_PENDING) {
		whole_run_for(w, 1000);
		whole_start(bmc, ROTOR_AGENT_DISCOVER); /* the bus has an owner */
	}
	must(second, second->job.status);
	assert_int_equal(w->boots, 2);
}

static void the_same_eid_with_another_identity_is_somebody_else(void **state)
{
	(void)state;
	begin(NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	rotor_agent_job_drop(&bmc->job);
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	config.own = (struct rotor_spdm_slot){
	    .chain = {second->identity.chain, second->identity.chain_len},
	    .signer = &second->identity.signer,
	};
	whole_start_with(bmc, &config);
	whole_run_for(w, 5000);
	assert_true(w->device.fd.counters.foreign > 0);
	assert_int_equal(w->device.fd.state, ROTOR_PLDM_DOWNLOAD);
	rotor_agent_job_drop(&bmc->job);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_new_firmware_runs();
}

/* ---- flash that fails ---- */

static void firmware_that_cannot_be_confirmed_is_not_kept(void **state)
{
	(void)state;
	begin(NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	while (w->boots < 2) {
		whole_run_for(w, 1);
		assert_int_equal(rotor_agent_job_status(&bmc->job), ROTOR_PENDING);
	}
	/* From here on the boot record cannot be written. */
	w->chip.flash.fail_from = w->chip.layout.region[ROTOR_REGION_RECORD_A].offset;
	w->chip.flash.fail_to = w->chip.flash.fail_from +
				w->chip.layout.region[ROTOR_REGION_RECORD_A].size +
				w->chip.layout.region[ROTOR_REGION_RECORD_B].size;
	/* It answers, and it waits for better times without turning in circles. */
	whole_run_for(w, 5000);
	assert_int_equal(w->confirmations, 0);
	must(bmc, whole_do(bmc, ROTOR_AGENT_ATTEST));
	assert_true(rotor_device_deadline(&w->device) > w->now);
	struct rotor_agent_job_config again = whole_job(bmc, ROTOR_AGENT_UPDATE);
	again.force = true; /* it is there already, for the time being */
	whole_start_with(bmc, &again);
	assert_int_not_equal(whole_run(bmc), ROTOR_OK);
	assert_string_equal(whole_why(bmc), "updating: the device answered RequestUpdate with "
					    "UNABLE_TO_INITIATE_UPDATE (0x8a)");
	w->chip.flash.fail_from = w->chip.flash.fail_to = 0;
	whole_boot(w);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_A);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_new_firmware_runs();
}

static void a_slot_that_cannot_be_written_fails_the_update_and_no_more(void **state)
{
	(void)state;
	begin(NULL);
	const struct rotor_flash_region *slot = &w->chip.layout.region[ROTOR_REGION_SLOT_B];
	w->chip.flash.fail_from = slot->offset + 1024;
	w->chip.flash.fail_to = slot->offset + slot->size;
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_string_equal(whole_why(bmc), "updating: TransferComplete of component 0: device "
					    "aborted the transfer (0x03)");
	w->chip.flash.fail_from = w->chip.flash.fail_to = 0;
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_new_firmware_runs();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, end)
	const struct CMUnitTest tests[] = {
	    TEST(an_update_survives_a_bus_on_which_transfers_go_wrong),
	    TEST(any_one_transfer_may_be_lost),
	    TEST(a_device_that_falls_silent_is_noticed),
	    TEST(a_device_that_was_never_there_is_not_found),
	    TEST(a_device_that_does_not_come_back_is_given_up),
	    TEST(a_device_may_take_long_to_come_back),
	    TEST(power_may_go_at_any_transfer),
	    TEST(power_may_go_inside_any_flash_operation),
	    TEST(an_owner_who_has_lost_its_session_begins_anew),
	    TEST(nobody_else_takes_an_update_over),
	    TEST(nobody_else_takes_over_what_a_lost_owner_has_left),
	    TEST(the_same_eid_with_another_identity_is_somebody_else),
	    TEST(firmware_that_cannot_be_confirmed_is_not_kept),
	    TEST(a_slot_that_cannot_be_written_fails_the_update_and_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
