/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an agent does with a job that is not the plain one: it is there already, an agent before it has died with it, it is
 * cancelled, somebody else has the device, or it brings more than the device takes at once.
 */
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

static void begin_with(const struct whole_wish *wish)
{
	if (w) {
		whole_delete(w);
	}
	w = whole_new(wish);
	bmc = &w->agent[WHOLE_BMC];
	second = &w->agent[WHOLE_SECOND];
	whole_make_package(w, &second_version, NULL);
}

static void begin(void)
{
	begin_with(&(struct whole_wish){.quick = true});
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

static enum rotor_pldm_state device_state(void)
{
	return w->device.fd.state;
}

/* An agent dies when the device has asked for so many pieces. */
static void die_at_data(unsigned requests)
{
	bmc->stop_at_data = requests;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	rotor_agent_job_drop(&bmc->job);
}

/* ---- what is there already ---- */

static void what_is_there_already_is_not_brought_again(void **state)
{
	(void)state;
	begin();
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.item_count, 1);
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_ARRIVED);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_PRESENT);
	assert_int_equal(bmc->requests_for_data, 0);
	assert_int_equal(bmc->told[ROTOR_AGENT_STEP_UPDATE], 0);
	assert_int_equal(w->boots, 2);
	/* By force it is. */
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	config.force = true;
	whole_start_with(bmc, &config);
	must(bmc, whole_run(bmc));
	assert_int_equal(bmc->done[ROTOR_AGENT_STEP_UPDATE], 1);
	assert_int_equal(w->boots, 3);
}

/* A version proves nothing: other bytes of the same version are there only if the package's reference values say so. */
static void another_image_of_the_same_version_is_not_there(void **state)
{
	const struct image_wish other = {.minor = 1, .seed = 10, .size = 3000};
	(void)state;
	begin();
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	struct boot_image image;
	boot_make_image(&w->chip, &second_version, &image);
	whole_know(w, &image, &second_version);
	whole_make_package(w, &other, NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_ARRIVED);
	assert_int_equal(w->boots, 3);
}

/* ---- after an agent's death ---- */

static void an_agent_that_died_in_the_middle_is_succeeded(void **state)
{
	static const unsigned requests[] = {1, 2};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(requests); i++) {
		begin();
		die_at_data(requests[i]);
		whole_run_for(w, 100);
		must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
		assert_int_equal(w->boots, 2);
		assert_int_equal(w->chip.handoff.version.minor, 1);
	}
}

/* Whenever it dies, the next job brings the device to the new firmware, and no further. */
static void an_agent_may_die_at_any_time(void **state)
{
	unsigned without_data = 0;
	(void)state;
	begin();
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	const rotor_ms all = w->now;
	for (rotor_ms at = 1; at < all; at += 29) {
		begin();
		whole_start(bmc, ROTOR_AGENT_UPDATE);
		whole_run_for(w, at);
		rotor_agent_job_drop(&bmc->job);
		while (!w->on) {
			whole_run_for(w, 1); /* who is not there is not found */
		}
		must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
		without_data += bmc->requests_for_data == 0;
		assert_int_equal(w->boots, 2);
		assert_int_equal(w->chip.handoff.version.minor, 1);
		assert_int_equal(bmc->job.judgement.verdict, ROTOR_AGENT_TRUSTED);
	}
	/* Some died when all was brought already, and what they had brought was not brought again. */
	assert_true(without_data > 0);
}

/* A device that is about to restart is waited for, and judged, before anything is brought to it. */
static void what_an_agent_before_has_activated_is_waited_for(void **state)
{
	(void)state;
	begin();
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	while (!bmc->told[ROTOR_AGENT_STEP_INVENTORY]) {
		whole_run_for(w, 1);
	}
	/* rotor's own devices restart at once */
	w->device.fd.state = ROTOR_PLDM_ACTIVATE;
	w->device.fd.idle_at = w->now + 60000;
	while (!bmc->told[ROTOR_AGENT_STEP_RESTART]) {
		must(bmc, bmc->job.status == ROTOR_PENDING ? ROTOR_OK : bmc->job.status);
		whole_run_for(w, 1);
	}
	assert_int_equal(bmc->told[ROTOR_AGENT_STEP_MATCH], 0);
	whole_run_for(w, 300);
	whole_boot(w);
	must(bmc, whole_run(bmc));
	assert_int_equal(w->boots, 3);
	assert_int_equal(w->chip.handoff.version.minor, 1);
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_ARRIVED);
}

/* A device that loses power in the transfer is found again and gets the rest, in the same job. */
static void a_device_that_restarts_in_the_middle_is_found_again(void **state)
{
	static const rotor_ms away[] = {0, 1000, 3000};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(away); i++) {
		begin();
		bmc->stop_at_data = 2;
		whole_start(bmc, ROTOR_AGENT_UPDATE);
		assert_int_equal(whole_run(bmc), ROTOR_PENDING);
		w->stop = false;
		whole_cut(w, away[i]);
		must(bmc, whole_run(bmc));
		assert_int_equal(bmc->done[ROTOR_AGENT_STEP_RESUME], 1);
		assert_int_equal(w->boots, 3);
		assert_int_equal(w->chip.handoff.version.minor, 1);
		assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_ARRIVED);
	}
}

/* One that restarts again and again is given up. */
static void a_device_that_restarts_all_the_time_is_given_up(void **state)
{
	enum rotor_status status = ROTOR_PENDING;
	unsigned cuts = 0;
	(void)state;
	begin();
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	while (status == ROTOR_PENDING) {
		bmc->stop_at_data = bmc->requests_for_data + 1;
		w->stop = false;
		status = whole_run(bmc);
		if (status == ROTOR_PENDING) {
			whole_cut(w, 100);
			cuts++;
		}
	}
	assert_int_not_equal(status, ROTOR_OK);
	assert_true(cuts > 1 && cuts < 10);
	assert_int_equal(w->chip.handoff.version.minor, 0);
}

/* ---- cancelled ---- */

static void a_cancelled_update_leaves_the_device_as_it_was(void **state)
{
	(void)state;
	begin();
	bmc->stop_at_data = 2;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	assert_int_equal(rotor_agent_job_cancel(&bmc->job), ROTOR_OK);
	w->stop = false;
	assert_int_equal(whole_run(bmc), ROTOR_ERR_DENIED);
	assert_string_equal(whole_why(bmc),
			    "updating: cancelled: the device keeps the firmware that it had");
	assert_int_equal(device_state(), ROTOR_PLDM_IDLE);
	assert_false(rotor_spdm_requester_session(&bmc->job.spdm, NULL));
	assert_int_equal(rotor_agent_job_cancel(&bmc->job), ROTOR_ERR_STATE);
	assert_int_equal(w->boots, 1);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(w->boots, 2);
}

/* Cancelled at any time a job ends soon, and the device runs one of the two, never neither. */
static void a_job_may_be_cancelled_at_any_time(void **state)
{
	unsigned too_late = 0, in_time = 0;
	(void)state;
	begin();
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	const rotor_ms all = w->now;
	for (rotor_ms at = 1; at < all; at += 31) {
		begin();
		whole_start(bmc, ROTOR_AGENT_UPDATE);
		whole_run_for(w, at);
		const enum rotor_status asked = rotor_agent_job_cancel(&bmc->job);
		const enum rotor_status status = whole_run(bmc);
		if (asked == ROTOR_OK) {
			in_time++;
			assert_int_not_equal(status, ROTOR_OK);
			assert_int_equal(bmc->job.failure.fault, ROTOR_AGENT_FAULT_CANCELLED);
			assert_int_equal(device_state(), ROTOR_PLDM_IDLE);
			assert_int_equal(w->boots, 1);
		} else {
			too_late++;
			must(bmc, status);
			assert_int_equal(w->boots, 2);
		}
	}
	assert_true(too_late > 0);
	assert_true(in_time > 0);
}

static void what_was_left_behind_is_cancelled_by_a_job_for_that(void **state)
{
	(void)state;
	begin();
	/* nothing to do is done */
	must(bmc, whole_do(bmc, ROTOR_AGENT_CANCEL));
	assert_int_equal(bmc->job.ua.device.state, ROTOR_PLDM_IDLE);
	die_at_data(2);
	assert_int_equal(device_state(), ROTOR_PLDM_DOWNLOAD);
	must(bmc, whole_do(bmc, ROTOR_AGENT_CANCEL));
	assert_int_equal(bmc->job.ua.device.state, ROTOR_PLDM_DOWNLOAD);
	assert_int_equal(device_state(), ROTOR_PLDM_IDLE);
	assert_int_equal(w->boots, 1);
}

static void nobody_else_may_cancel_it(void **state)
{
	(void)state;
	begin_with(&(struct whole_wish){.second = true, .quick = true});
	die_at_data(2);
	whole_run_for(w, 61000); /* the session ends */
	assert_int_equal(device_state(), ROTOR_PLDM_DOWNLOAD);
	assert_int_not_equal(whole_do(second, ROTOR_AGENT_CANCEL), ROTOR_OK);
	assert_int_equal(second->job.failure.fault, ROTOR_AGENT_FAULT_HELD);
	assert_string_equal(whole_why(second),
			    "cancelling: another agent is updating the device: the device answered "
			    "CancelUpdate with ERROR_NOT_READY (0x04)");
	assert_int_equal(device_state(), ROTOR_PLDM_DOWNLOAD);
}

/* ---- who has the device ---- */

static bool claims;
static unsigned claims_asked;

static bool claim(void *ctx, const struct rotor_mctp_found *device)
{
	(void)ctx;
	claims_asked++;
	assert_int_equal(device->eid, WHOLE_DEVICE_EID);
	assert_true(device->has_uuid);
	return claims;
}

static void one_job_at_a_time_has_a_device(void **state)
{
	static struct rotor_agent_job other;
	struct rotor_agent_job_config config;
	char text[ROTOR_AGENT_FAILURE_TEXT];
	(void)state;
	begin();
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	config.event = NULL;
	assert_int_equal(rotor_agent_job_start(&other, &bmc->bus, &config), ROTOR_OK);
	must(bmc, whole_run(bmc));
	assert_int_equal(rotor_agent_job_status(&other), ROTOR_ERR_BUSY);
	assert_string_equal(rotor_agent_failure_text(&other.failure, text, sizeof(text)),
			    "looking for the device: another job on this machine has the device in "
			    "hand");
	rotor_agent_job_drop(&other);
	assert_int_equal(w->boots, 2);
}

static void somebody_may_object_to_a_job(void **state)
{
	static const enum rotor_agent_kind kinds[] = {
	    ROTOR_AGENT_INVENTORY, ROTOR_AGENT_ATTEST, ROTOR_AGENT_UPDATE,
	    ROTOR_AGENT_SECURITY_REVISION, ROTOR_AGENT_CANCEL};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(kinds); i++) {
		const bool looks_only =
		    kinds[i] == ROTOR_AGENT_INVENTORY || kinds[i] == ROTOR_AGENT_ATTEST;
		begin();
		struct rotor_agent_job_config config = whole_job(bmc, kinds[i]);
		config.claim = claim;
		claims = false;
		claims_asked = 0;
		whole_start_with(bmc, &config);
		assert_int_equal(whole_run(bmc), looks_only ? ROTOR_OK : ROTOR_ERR_BUSY);
		assert_int_equal(claims_asked, looks_only ? 0 : 1);
		if (!looks_only) {
			assert_int_equal(bmc->job.failure.fault, ROTOR_AGENT_FAULT_HELD_HERE);
			assert_int_equal(w->device.spdm.counters.requests, 0);
		}
	}
	claims = true;
	begin();
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	config.claim = claim;
	whole_start_with(bmc, &config);
	must(bmc, whole_run(bmc));
}

/* ---- what an update brings ---- */

static void with_a_map_or_without_a_sequential_agent_is_asked_for_all_in_order(void **state)
{
	const struct image_wish same = {.minor = 1, .seed = 0, .size = 3000};
	(void)state;
	for (unsigned sequential = 0; sequential <= 1; sequential++) {
		begin_with(&(struct whole_wish){.quick = true, .first_size = 3000});
		whole_make_package(w, &same, &(struct whole_package_wish){.map = true});
		struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_UPDATE);
		config.sequential = sequential != 0;
		whole_start_with(bmc, &config);
		must(bmc, whole_run(bmc));
		if (sequential) {
			assert_int_equal(bmc->data_out_of_order, 0);
			assert_true(bmc->bytes_asked >= bmc->job.components[0].size);
		} else {
			assert_true(bmc->data_out_of_order > 0);
			assert_true(bmc->bytes_asked < bmc->job.components[0].size);
		}
	}
}

/* The device takes one component an update: what it refuses for that reason alone comes in another round. */
static void a_package_of_several_components_is_brought_in_rounds(void **state)
{
	const struct image_wish recovery_wish = {
	    .kind = ROTOR_IMAGE_RECOVERY, .minor = 4, .seed = 7, .security_version = 1};
	struct boot_image firmware, recovery;
	(void)state;
	begin();
	boot_make_image(&w->chip, &second_version, &firmware);
	boot_make_image(&w->chip, &recovery_wish, &recovery);
	const struct whole_part parts[] = {{&firmware, &second_version},
					   {&recovery, &recovery_wish}};
	whole_pack_parts(w, parts, ROTOR_COUNT_OF(parts), NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.item_count, 2);
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_ARRIVED);
	assert_int_equal(bmc->job.items[1].state, ROTOR_AGENT_ITEM_ARRIVED);
	assert_int_equal(bmc->done[ROTOR_AGENT_STEP_UPDATE], 2);
	assert_int_equal(w->boots, 3);
	assert_int_equal(w->chip.handoff.version.minor, 1);
	assert_memory_equal(w->chip.flash.bytes +
				w->chip.layout.region[ROTOR_REGION_RECOVERY].offset,
			    recovery.bytes, recovery.len);
	/* Both are there. */
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_PRESENT);
	assert_int_equal(bmc->job.items[1].state, ROTOR_AGENT_ITEM_PRESENT);
	assert_int_equal(w->boots, 3);
}

/* An agent that died between two rounds is succeeded by one that brings the rest. */
static void what_is_left_of_several_components_is_brought_alone(void **state)
{
	const struct image_wish recovery_wish = {
	    .kind = ROTOR_IMAGE_RECOVERY, .minor = 4, .seed = 7, .security_version = 1};
	struct boot_image firmware, recovery;
	(void)state;
	begin();
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	boot_make_image(&w->chip, &second_version, &firmware);
	boot_make_image(&w->chip, &recovery_wish, &recovery);
	const struct whole_part parts[] = {{&firmware, &second_version},
					   {&recovery, &recovery_wish}};
	whole_pack_parts(w, parts, ROTOR_COUNT_OF(parts), NULL);
	must(bmc, whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_PRESENT);
	assert_int_equal(bmc->job.items[1].state, ROTOR_AGENT_ITEM_ARRIVED);
	assert_int_equal(bmc->done[ROTOR_AGENT_STEP_UPDATE], 1);
	assert_int_equal(w->boots, 3);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, end)
	const struct CMUnitTest tests[] = {
	    TEST(what_is_there_already_is_not_brought_again),
	    TEST(another_image_of_the_same_version_is_not_there),
	    TEST(an_agent_that_died_in_the_middle_is_succeeded),
	    TEST(an_agent_may_die_at_any_time),
	    TEST(what_an_agent_before_has_activated_is_waited_for),
	    TEST(a_device_that_restarts_in_the_middle_is_found_again),
	    TEST(a_device_that_restarts_all_the_time_is_given_up),
	    TEST(a_cancelled_update_leaves_the_device_as_it_was),
	    TEST(a_job_may_be_cancelled_at_any_time),
	    TEST(what_was_left_behind_is_cancelled_by_a_job_for_that),
	    TEST(nobody_else_may_cancel_it),
	    TEST(one_job_at_a_time_has_a_device),
	    TEST(somebody_may_object_to_a_job),
	    TEST(with_a_map_or_without_a_sequential_agent_is_asked_for_all_in_order),
	    TEST(a_package_of_several_components_is_brought_in_rounds),
	    TEST(what_is_left_of_several_components_is_brought_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
