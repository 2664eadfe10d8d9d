/* SPDX-License-Identifier: Apache-2.0 */
/* Agents and a device that was really booted, over one bus: what is to end well, and does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/pending_crypto.h"
#include "support/whole.h"

static const struct image_wish second_version = {.minor = 1, .seed = 9, .size = 3000};
static struct whole *w;
static struct whole_agent *bmc, *second;

static void begin(const struct whole_wish *wish)
{
	if (w) {
		whole_delete(w);
	}
	w = whole_new(wish);
	bmc = &w->agent[WHOLE_BMC];
	second = &w->agent[WHOLE_SECOND];
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
		fail_msg("%s", whole_why(agent));
	}
}

/* ---- one job each ---- */

static void a_device_is_found_and_given_an_eid(void **state)
{
	(void)state;
	begin(NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_DISCOVER));
	assert_int_equal(w->device.mctp.config.eid, WHOLE_DEVICE_EID);
	const struct rotor_mctp_found *found =
	    rotor_mctp_bus_owner_by_eid(&bmc->bus.owner, WHOLE_DEVICE_EID);
	assert_non_null(found);
	assert_int_equal(found->phys, 0x1d);
	assert_memory_equal(found->uuid, w->chip.handoff.device_uuid, 16);
	assert_true(rotor_mctp_found_supports(found, ROTOR_MCTP_TYPE_PLDM));
	assert_true(rotor_mctp_found_supports(found, ROTOR_MCTP_TYPE_SPDM));
	assert_true(rotor_mctp_found_supports(found, ROTOR_MCTP_TYPE_SECURED));
}

static void a_device_shows_its_inventory_to_everybody(void **state)
{
	struct rotor_pldm_parameters parameters;
	struct rotor_pldm_component_parameters component;
	struct rotor_reader table;
	(void)state;
	begin(NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_INVENTORY));
	assert_int_equal(bmc->job.descriptor_count, 3);
	assert_int_equal(bmc->job.descriptors[0].type, ROTOR_PLDM_DESCRIPTOR_UUID);
	assert_memory_equal(bmc->job.descriptors[0].data.data, w->chip.handoff.class_id, 16);
	assert_int_equal(rotor_pldm_parameters_decode(bmc->job.ua.parameters, &parameters, &table),
			 ROTOR_OK);
	assert_int_equal(parameters.component_count, 3);
	assert_int_equal(rotor_pldm_component_parameters_read(&table, &component), ROTOR_OK);
	assert_memory_equal(component.active.text.text.data, "1.0.0", 5);
	assert_int_equal(component.active.text.text.len, 5);
	assert_int_equal(component.pending.text.text.len, 0);
	assert_false(rotor_spdm_requester_session(&bmc->job.spdm, NULL));
}

static void a_device_attests_itself(void **state)
{
	static const uint8_t versions[] = {ROTOR_SPDM_V12, ROTOR_SPDM_V13};
	(void)state;
	for (size_t i = 0; i < sizeof(versions); i++) {
		begin(&(struct whole_wish){.version = versions[i]});
		must(bmc, whole_do(bmc, ROTOR_AGENT_ATTEST));
		assert_int_equal(bmc->job.spdm.peer.version, versions[i]);
		assert_int_equal(bmc->job.judgement.verdict, ROTOR_AGENT_TRUSTED);
		assert_int_equal(bmc->job.judgement.known_good, 0);
		assert_int_equal(bmc->job.judgement.reference.security_version, 1);
	}
}

static void assert_updated(void)
{
	assert_int_equal(w->boots, 2);
	assert_int_equal(w->confirmations, 1);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_B);
	assert_int_equal(w->chip.handoff.version.minor, 1);
	assert_int_equal(bmc->job.judgement.verdict, ROTOR_AGENT_TRUSTED);
	assert_int_equal(bmc->job.judgement.reference.version.data[2], '1');
	struct rotor_boot_record record;
	boot_get_record(&w->chip, &record);
	assert_int_equal(record.active, ROTOR_BOOT_SLOT_B);
	assert_int_equal(record.slot[ROTOR_BOOT_SLOT_B].state, ROTOR_BOOT_CONFIRMED);
	assert_int_equal(record.slot[ROTOR_BOOT_SLOT_A].state, ROTOR_BOOT_CONFIRMED);
}

static void an_update_brings_new_firmware_that_attests_itself(void **state)
{
	static const uint8_t versions[] = {ROTOR_SPDM_V12, ROTOR_SPDM_V13};
	(void)state;
	for (size_t i = 0; i < sizeof(versions); i++) {
		begin(&(struct whole_wish){.version = versions[i]});
		whole_make_package(w, &second_version, NULL);
		must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
		assert_updated();
		assert_true(whole_said(w, "session established: both sides are authenticated"));
		/* Each step is told once when it begins and once when it is done. */
		for (unsigned step = 0; step < ROTOR_AGENT_STEP_COUNT; step++) {
			bool twice = (step >= ROTOR_AGENT_STEP_CONNECT &&
				      step <= ROTOR_AGENT_STEP_MEASURE) ||
				     step == ROTOR_AGENT_STEP_SESSION ||
				     step == ROTOR_AGENT_STEP_INVENTORY ||
				     step == ROTOR_AGENT_STEP_DOWNSTREAM;
			unsigned times = step >= ROTOR_AGENT_STEP_RECONNECT ? 0 : twice ? 2 : 1;
			assert_int_equal(bmc->told[step], times);
			assert_int_equal(bmc->done[step], times);
		}
	}
}

static void updates_go_from_slot_to_slot_and_back(void **state)
{
	(void)state;
	begin(NULL);
	struct image_wish wish = second_version;
	for (uint8_t i = 1; i < 4; i++) {
		struct boot_image image;
		wish.minor = i;
		wish.seed = i;
		wish.security_version = i;
		boot_make_image(&w->chip, &wish, &image);
		whole_pack(w, &image, &wish, &(struct whole_package_wish){.stamp = true});
		must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
		assert_int_equal(w->chip.handoff.slot,
				 i % 2 ? ROTOR_BOOT_SLOT_B : ROTOR_BOOT_SLOT_A);
		assert_int_equal(w->chip.fuses.floor, i);
		w->trust.known_good_count = 0;
		whole_know(w, &image, &wish);
	}
}

static void the_same_version_is_taken_only_by_force(void **state)
{
	(void)state;
	begin(NULL);
	const struct image_wish same = {0};
	whole_make_package(w, &same, &(struct whole_package_wish){.stamp = true});
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	config.force = true;
	whole_start_with(bmc, &config);
	must(bmc, whole_run(bmc));
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_B);
}

static void an_unknown_firmware_may_be_replaced_when_that_is_asked_for(void **state)
{
	(void)state;
	begin(NULL);
	w->trust.known_good_count = 0;
	whole_make_package(w, &second_version, NULL);
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	config.accept_unknown = true;
	whole_start_with(bmc, &config);
	must(bmc, whole_run(bmc));
	assert_updated();
}

static void
without_reference_values_in_the_package_the_store_must_know_the_new_firmware(void **state)
{
	struct boot_image image;
	(void)state;
	begin(NULL);
	boot_make_image(&w->chip, &second_version, &image);
	whole_pack(w, &image, &second_version, &(struct whole_package_wish){.no_manifest = true});
	whole_know(w, &image, &second_version);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.judgement.known_good, 1);
}

static void an_agent_without_identity_updates_where_that_is_provisioned(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.agent_has_no_identity = true,
				   .policy = ROTOR_BOOT_POLICY_ONE_SIDED_UPDATE});
	whole_make_package(w, &second_version, NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_updated();
	assert_true(whole_said(w, "session established: the agent has not authenticated itself"));
}

/* ---- slow work ---- */

static void everything_works_when_the_flash_takes_its_time(void **state)
{
	(void)state;
	begin(NULL);
	boot_device_pending(&w->chip, 3);
	whole_make_package(w, &second_version, NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_updated();
}

static void everything_works_when_the_device_s_cryptography_takes_its_time(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.device = pending_crypto(&rotor_crypto_mbedtls, 3)});
	whole_make_package(w, &second_version, NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_updated();
}

static void everything_works_when_the_agent_s_cryptography_takes_its_time(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.agent = pending_crypto(&rotor_crypto_openssl, 3)});
	whole_make_package(w, &second_version, NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_updated();
}

/* ---- links fail, updates do not ---- */

/* The device forgets the session, as after a counter ran out: nobody is told. */
static void forget_session(void)
{
	struct rotor_spdm_session_info info;
	assert_true(rotor_spdm_requester_session(&bmc->job.spdm, &info));
	rotor_spdm_responder_end_session(&w->device.spdm, info.session_id);
}

static void an_update_goes_on_in_a_new_session(void **state)
{
	(void)state;
	for (unsigned losses = 1; losses <= 3; losses++) {
		begin(NULL);
		whole_make_package(w, &second_version, NULL);
		whole_start(bmc, ROTOR_AGENT_UPDATE);
		for (unsigned i = 1; i <= losses; i++) {
			bmc->stop_at_data = i;
			assert_int_equal(whole_run(bmc), ROTOR_PENDING);
			forget_session();
		}
		bmc->stop_at_data = 0;
		must(bmc, whole_run(bmc));
		assert_updated();
		assert_true(bmc->told[ROTOR_AGENT_STEP_RESUME] >= 1);
		assert_true(bmc->told[ROTOR_AGENT_STEP_RESUME] <= losses);
		assert_int_equal(bmc->told[ROTOR_AGENT_STEP_UPDATE], 1);
	}
}

static void an_update_goes_on_when_the_device_has_forgotten_it(void **state)
{
	(void)state;
	begin(NULL);
	whole_make_package(w, &second_version, NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	bmc->stop_at_data = 0;
	whole_cut(w, 1000);
	/* It has restarted, and runs the same firmware: it is begun with anew, in the same job. */
	must(bmc, whole_run(bmc));
	assert_int_equal(bmc->told[ROTOR_AGENT_STEP_RESUME], 1);
	assert_int_equal(bmc->told[ROTOR_AGENT_STEP_UPDATE], 1);
	assert_int_equal(w->chip.handoff.version.minor, 1);
	assert_int_equal(w->boots, 3); /* the cut's, and the update's */
}

static void a_device_that_stays_away_ends_the_update(void **state)
{
	(void)state;
	begin(NULL);
	whole_make_package(w, &second_version, NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	bmc->stop_at_data = 0;
	whole_cut(w, 3600000);
	assert_int_equal(whole_run(bmc), ROTOR_ERR_TIMEOUT);
	assert_int_equal(bmc->job.failure.fault, ROTOR_AGENT_FAULT_LINK_LOST);
	assert_string_equal(whole_why(bmc), "looking for the device again: the device no longer "
					    "answers in the session");
}

static void other_firmware_does_not_go_on_with_an_update(void **state)
{
	(void)state;
	begin(NULL);
	whole_make_package(w, &second_version, NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	bmc->stop_at_data = 0;
	bmc->job.attested.bytes[0] ^= 1;
	forget_session();
	assert_int_equal(whole_run(bmc), ROTOR_ERR_UNTRUSTED);
	assert_int_equal(bmc->job.failure.fault, ROTOR_AGENT_FAULT_CHANGED);
}

/* ---- several agents ---- */

static void another_verifier_attests_the_device_while_it_is_updated(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.second = true});
	whole_make_package(w, &second_version, NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	whole_start(second, ROTOR_AGENT_ATTEST);
	must(second, whole_run(second));
	assert_int_equal(second->job.judgement.verdict, ROTOR_AGENT_TRUSTED);
	must(bmc, whole_run(bmc));
	assert_updated();
	must(second, whole_do(second, ROTOR_AGENT_DISCOVER));
}

static void a_verifier_that_attests_all_the_time_does_not_hinder_an_update(void **state)
{
	unsigned attested = 0;
	(void)state;
	begin(&(struct whole_wish){.second = true});
	struct boot_image image;
	boot_make_image(&w->chip, &second_version, &image);
	whole_pack(w, &image, &second_version, NULL);
	whole_know(w, &image, &second_version);
	must(bmc, whole_do(bmc, ROTOR_AGENT_DISCOVER));
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	whole_start(second, ROTOR_AGENT_ATTEST);
	while (rotor_agent_job_status(&bmc->job) == ROTOR_PENDING) {
		whole_run_for(w, 5);
		if (rotor_agent_job_status(&second->job) != ROTOR_PENDING) {
			/* It fails while the device restarts, and only then. */
			attested += second->job.status == ROTOR_OK;
			whole_start(second, ROTOR_AGENT_ATTEST);
		}
	}
	must(bmc, bmc->job.status);
	assert_updated();
	assert_true(attested > 2);
}

static void an_agent_that_does_not_own_the_bus_updates_when_the_owner_is_awake(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.second = true});
	whole_make_package(w, &second_version, NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_DISCOVER));
	whole_start(second, ROTOR_AGENT_UPDATE);
	while (rotor_agent_job_status(&second->job) == ROTOR_PENDING) {
		whole_run_for(w, 1000);
		whole_start(bmc, ROTOR_AGENT_DISCOVER);
	}
	must(second, second->job.status);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_B);
	assert_int_equal(second->job.judgement.verdict, ROTOR_AGENT_TRUSTED);
}

static void two_jobs_of_one_agent_search_the_bus_one_after_the_other(void **state)
{
	(void)state;
	static struct rotor_agent_job other;
	begin(NULL);
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_DISCOVER);
	whole_start(bmc, ROTOR_AGENT_DISCOVER);
	assert_int_equal(rotor_agent_job_start(&other, &bmc->bus, &config), ROTOR_OK);
	while (rotor_agent_job_status(&other) == ROTOR_PENDING ||
	       rotor_agent_job_status(&bmc->job) == ROTOR_PENDING) {
		whole_run_for(w, 1);
	}
	assert_int_equal(rotor_agent_job_status(&other), ROTOR_OK);
	must(bmc, bmc->job.status);
	/* Each told its step once, though one of them had to wait for its turn. */
	assert_int_equal(bmc->told[ROTOR_AGENT_STEP_SCAN], 2);
	assert_int_equal(bmc->done[ROTOR_AGENT_STEP_SCAN], 2);
	rotor_agent_job_drop(&other);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, end)
	const struct CMUnitTest tests[] = {
	    TEST(a_device_is_found_and_given_an_eid),
	    TEST(a_device_shows_its_inventory_to_everybody),
	    TEST(a_device_attests_itself),
	    TEST(an_update_brings_new_firmware_that_attests_itself),
	    TEST(updates_go_from_slot_to_slot_and_back),
	    TEST(the_same_version_is_taken_only_by_force),
	    TEST(an_unknown_firmware_may_be_replaced_when_that_is_asked_for),
	    TEST(without_reference_values_in_the_package_the_store_must_know_the_new_firmware),
	    TEST(an_agent_without_identity_updates_where_that_is_provisioned),
	    TEST(everything_works_when_the_flash_takes_its_time),
	    TEST(everything_works_when_the_device_s_cryptography_takes_its_time),
	    TEST(everything_works_when_the_agent_s_cryptography_takes_its_time),
	    TEST(an_update_goes_on_in_a_new_session),
	    TEST(an_update_goes_on_when_the_device_has_forgotten_it),
	    TEST(a_device_that_stays_away_ends_the_update),
	    TEST(other_firmware_does_not_go_on_with_an_update),
	    TEST(another_verifier_attests_the_device_while_it_is_updated),
	    TEST(a_verifier_that_attests_all_the_time_does_not_hinder_an_update),
	    TEST(an_agent_that_does_not_own_the_bus_updates_when_the_owner_is_awake),
	    TEST(two_jobs_of_one_agent_search_the_bus_one_after_the_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
