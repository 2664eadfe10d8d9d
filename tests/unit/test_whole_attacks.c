/* SPDX-License-Identifier: Apache-2.0 */
/* A whole agent and a whole device, and somebody who means them harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/pldm_fwup.h"
#include "rotor/spdm_messages.h"
#include "support/whole.h"

static const struct image_wish second_version = {.minor = 1, .seed = 9, .size = 3000};
static struct whole *w;
static struct whole_agent *bmc;

static void begin(const struct whole_wish *wish)
{
	w = whole_new(wish);
	bmc = &w->agent[WHOLE_BMC];
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

/* ---- what comes back after the restart ---- */

/* Another device of the same maker, with the same UUID, runs just the firmware that the update brings. */
static void another_genuine_device_that_comes_back_is_noticed(void **state)
{
	(void)state;
	begin(NULL); /* the maker's root must come out the same again */
	whole_make_package(w, &second_version, NULL);
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	while (w->on && rotor_agent_job_status(&bmc->job) == ROTOR_PENDING) {
		whole_run_for(w, 1);
	}
	assert_true(bmc->told[ROTOR_AGENT_STEP_UPDATE] == 1);
	memset(w->chip.fuses.secret, 0x77, sizeof(w->chip.fuses.secret));
	boot_device_certify(&w->chip);
	(void)whole_run(bmc);
	assert_string_equal(whole_why(bmc),
			    "judging the new firmware: another device came back: its device "
			    "certificate is not that of the device that was updated");
	assert_int_equal(bmc->job.failure.fault, ROTOR_AGENT_FAULT_OTHER_IDENTITY);
}

/* The new firmware never confirms itself, and the old one, known to be good, is not taken for it. */
static void the_old_firmware_is_not_taken_for_the_new_one(void **state)
{
	struct boot_image image;
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	boot_make_image(&w->chip, &second_version, &image);
	whole_pack(w, &image, &second_version, &(struct whole_package_wish){.no_manifest = true});
	whole_know(w, &image, &second_version);
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	while (w->on && rotor_agent_job_status(&bmc->job) == ROTOR_PENDING) {
		whole_run_for(w, 1);
	}
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	record.slot[ROTOR_BOOT_SLOT_B].state = ROTOR_BOOT_BAD;
	record.slot[ROTOR_BOOT_SLOT_B].reason = ROTOR_BOOT_REASON_NOT_CONFIRMED;
	boot_put_record(&w->chip, &record);
	assert_int_equal(whole_run(bmc), ROTOR_ERR_UNTRUSTED);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_A);
	assert_int_equal(bmc->job.failure.verdict, ROTOR_AGENT_OTHER_VERSION);
}

/* ---- others on the bus ---- */

/* Somebody at `address` writes an SPDM or PLDM message to the device, with an EID of their choice. */
static void inject(uint8_t address, uint8_t eid, uint8_t type, const uint8_t *body, size_t len)
{
	uint8_t frame[ROTOR_SMBUS_FRAME_MAX];
	uint8_t *packet = frame + ROTOR_SMBUS_HEAD;
	const uint8_t header[] = {0x01, WHOLE_DEVICE_EID, eid, 0xc8, type};
	memcpy(packet, header, sizeof(header));
	memcpy(packet + sizeof(header), body, len);
	size_t frame_len = rotor_smbus_frame(frame, sizeof(header) + len, 0x1d, address);
	assert_int_equal(rotor_smbus_receive(&w->smbus[WHOLE_DEVICE], frame, frame_len, w->now),
			 ROTOR_OK);
}

static const uint8_t get_version[] = {0x10, ROTOR_SPDM_GET_VERSION, 0, 0};

static void a_borrowed_eid_ends_nobody_s_session(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	whole_make_package(w, &second_version, NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	inject(0x33, WHOLE_BMC_EID, ROTOR_MCTP_TYPE_SPDM, get_version, sizeof(get_version));
	whole_run_for(w, 20);
	assert_int_equal(whole_run(bmc), ROTOR_OK);
	assert_false(whole_said(w, "session ended: the peer began a new connection"));
}

/* CancelUpdate with the owner's EID, from the owner's address even, in the clear. */
static void a_command_outside_the_session_changes_no_update(void **state)
{
	static const uint8_t cancel[] = {0x85, ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_CANCEL_UPDATE};
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	whole_make_package(w, &second_version, NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	inject(0x10, WHOLE_BMC_EID, ROTOR_MCTP_TYPE_PLDM, cancel, sizeof(cancel));
	whole_run_for(w, 20);
	assert_true(whole_said(w, "refused an update command: it came outside a session"));
	assert_int_equal(whole_run(bmc), ROTOR_OK);
}

/* The session ends just while the activation is being written: the device restarts all the same. */
static void an_activation_without_a_session_for_its_answer_is_carried_out(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	boot_device_pending(&w->chip, 3);
	whole_make_package(w, &second_version, NULL);
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	while (!w->device.answer_due && rotor_agent_job_status(&bmc->job) == ROTOR_PENDING) {
		whole_run_for(w, 1);
	}
	assert_true(w->device.answer_due);
	inject(0x10, WHOLE_BMC_EID, ROTOR_MCTP_TYPE_SPDM, get_version, sizeof(get_version));
	whole_run_for(w, 1000);
	assert_true(whole_said(w, "session ended: the peer began a new connection"));
	assert_int_equal(w->boots, 2);
	assert_int_equal(w->chip.handoff.version.minor, 1);
}

/* The only session is held by somebody who has not said who it is. */
static void a_one_sided_session_gives_way_to_the_agent(void **state)
{
	struct whole_agent *second;
	(void)state;
	begin(&(struct whole_wish){.quick = true, .second = true});
	second = &w->agent[WHOLE_SECOND];
	whole_make_package(w, &second_version, NULL);
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_DISCOVER), ROTOR_OK);
	struct rotor_agent_job_config config = whole_job(second, ROTOR_AGENT_UPDATE);
	config.own = (struct rotor_spdm_slot){0};
	whole_start_with(second, &config);
	while (!second->done[ROTOR_AGENT_STEP_SESSION]) {
		whole_run_for(w, 1);
		assert_int_equal(rotor_agent_job_status(&second->job), ROTOR_PENDING);
	}
	second->there = false;
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_true(
	    whole_said(w, "session ended: it gave way to a peer that authenticates itself"));
}

/* ---- a hostile device ---- */

/* What says that it is the device but comes from another address is not looked at. */
static void the_agent_hears_its_device_from_its_device_s_address_only(void **state)
{
	static const uint8_t heartbeat[] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t frame[ROTOR_SMBUS_FRAME_MAX];
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	whole_make_package(w, &second_version, NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	const uint8_t header[] = {0x01, WHOLE_BMC_EID, WHOLE_DEVICE_EID, 0xc8,
				  ROTOR_MCTP_TYPE_SECURED};
	memcpy(frame + ROTOR_SMBUS_HEAD, header, sizeof(header));
	memcpy(frame + ROTOR_SMBUS_HEAD + sizeof(header), heartbeat, sizeof(heartbeat));
	size_t len = rotor_smbus_frame(frame, sizeof(header) + sizeof(heartbeat), 0x10, 0x33);
	assert_int_equal(rotor_smbus_receive(&w->smbus[WHOLE_BMC], frame, len, w->now), ROTOR_OK);
	assert_int_equal(bmc->bus.unclaimed, 1);
	assert_int_equal(whole_run(bmc), ROTOR_OK);
}

/* However it comes about that the session is gone: the update does not go on without it. */
static void an_update_never_goes_on_in_the_clear(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true, .policy = ROTOR_BOOT_POLICY_CLEAR_UPDATE});
	whole_make_package(w, &second_version, NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	unsigned heard = bmc->requests_for_data;
	rotor_spdm_requester_drop_session(&bmc->job.spdm);
	static const uint8_t get_data[] = {
	    0x85, ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_REQUEST_FIRMWARE_DATA, 0, 0, 0, 0, 32, 0, 0, 0};
	uint8_t frame[ROTOR_SMBUS_FRAME_MAX];
	const uint8_t header[] = {0x01, WHOLE_BMC_EID, WHOLE_DEVICE_EID, 0xc8,
				  ROTOR_MCTP_TYPE_PLDM};
	memcpy(frame + ROTOR_SMBUS_HEAD, header, sizeof(header));
	memcpy(frame + ROTOR_SMBUS_HEAD + sizeof(header), get_data, sizeof(get_data));
	size_t len = rotor_smbus_frame(frame, sizeof(header) + sizeof(get_data), 0x10, 0x1d);
	assert_int_equal(rotor_smbus_receive(&w->smbus[WHOLE_BMC], frame, len, w->now), ROTOR_OK);
	assert_int_equal(bmc->requests_for_data, heard);
	/* It goes on in a session made anew, or not at all. */
	bmc->stop_at_data = 0;
	assert_int_equal(whole_run(bmc), ROTOR_OK);
	assert_int_equal(bmc->told[ROTOR_AGENT_STEP_RESUME], 1);
	assert_int_equal(bmc->job.replies_dropped, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, end)
	const struct CMUnitTest tests[] = {
	    TEST(another_genuine_device_that_comes_back_is_noticed),
	    TEST(the_old_firmware_is_not_taken_for_the_new_one),
	    TEST(a_borrowed_eid_ends_nobody_s_session),
	    TEST(a_command_outside_the_session_changes_no_update),
	    TEST(an_activation_without_a_session_for_its_answer_is_carried_out),
	    TEST(a_one_sided_session_gives_way_to_the_agent),
	    TEST(the_agent_hears_its_device_from_its_device_s_address_only),
	    TEST(an_update_never_goes_on_in_the_clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
