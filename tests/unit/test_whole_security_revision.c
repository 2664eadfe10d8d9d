/* SPDX-License-Identifier: Apache-2.0 */
/* The security floor that waits: an update asks for it, boots leave it, UpdateSecurityRevision ends it, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/policy.h"
#include "support/whole.h"

/* The floor that the device is delivered with, and the security version that the update brings. */
#define OLD 1
#define NEW 5

static const struct image_wish newer = {.minor = 1, .seed = 9, .security_version = NEW};
static const struct image_wish older = {.minor = 2, .seed = 8, .security_version = NEW - 1};
static const struct rotor_pldm_component_name firmware = {ROTOR_PLDM_CLASS_FIRMWARE, 1, 0};
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

static void assert_refused(struct whole_agent *agent, enum rotor_status status, const char *why)
{
	assert_int_not_equal(status, ROTOR_OK);
	assert_string_equal(whole_why(agent), why);
}

/* Makes room among what is known to be good: what runs now, and what comes. */
static void know_only_the_last(void)
{
	struct rotor_bytes last = w->known_good[w->trust.known_good_count - 1];
	memmove(w->manifests[0], last.data, last.len);
	w->known_good[0] = (struct rotor_bytes){w->manifests[0], last.len};
	w->trust.known_good_count = 1;
}

static void start_update(const struct image_wish *wish, bool delay)
{
	struct boot_image image;
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	boot_make_image(&w->chip, wish, &image);
	whole_pack(w, &image, wish, NULL);
	config.package = &w->package.package;
	config.delay_security_revision = delay;
	know_only_the_last();
	whole_know(w, &image, wish);
	whole_start_with(bmc, &config);
}

static enum rotor_status update(const struct image_wish *wish, bool delay)
{
	start_update(wish, delay);
	return whole_run(bmc);
}

/* What an agent is told: by signed measurements, and by the inventory in the clear. */
static void assert_told(uint64_t version, uint64_t floor)
{
	struct rotor_agent_security security;
	struct rotor_pldm_parameters parameters;
	struct rotor_pldm_component_parameters component;
	struct rotor_reader table;
	must(bmc, whole_do(bmc, ROTOR_AGENT_ATTEST));
	assert_true(rotor_agent_security_read(bmc->job.spdm.measurements.record, &security));
	assert_int_equal(security.version, version);
	assert_int_equal(security.floor, floor);
	assert_int_equal(security.held, floor < version);
	must(bmc, whole_do(bmc, ROTOR_AGENT_INVENTORY));
	assert_int_equal(rotor_pldm_parameters_decode(bmc->job.ua.parameters, &parameters, &table),
			 ROTOR_OK);
	assert_int_equal(rotor_pldm_component_parameters_read(&table, &component), ROTOR_OK);
	assert_int_equal(parameters.capabilities, ROTOR_PLDM_CAPABILITY_SECURITY_REVISION);
	assert_int_equal(
	    component.capabilities,
	    ROTOR_PLDM_COMPONENT_SECURITY_REVISION |
		(floor < version ? ROTOR_PLDM_COMPONENT_SECURITY_REVISION_NOT_LATEST : 0));
}

/* UpdateSecurityRevision as it comes to the firmware device, without an agent's care before it. @return completion code */
static uint8_t command(enum device_channel channel, const struct rotor_pldm_component_name *name)
{
	static uint8_t instance;
	uint8_t msg[16], answer[16];
	struct rotor_writer writer = rotor_writer(msg, sizeof(msg));
	size_t len = 0;
	uint32_t peer;
	instance = (uint8_t)((instance + 1) % ROTOR_PLDM_INSTANCES);
	rotor_pldm_request_begin(&writer, instance, ROTOR_PLDM_TYPE_FWUP,
				 ROTOR_PLDM_UPDATE_SECURITY_REVISION);
	rotor_pldm_component_name_encode(&writer, name);
	w->device.channel = (uint8_t)channel;
	enum rotor_status status = rotor_pldm_fd_request(&w->device.fd, 99, msg, writer.len, answer,
							 sizeof(answer), &len, w->now);
	while (status == ROTOR_PENDING || status == ROTOR_ERR_NOT_FOUND) {
		rotor_pldm_fd_poll(&w->device.fd, w->now);
		status = rotor_pldm_fd_answer(&w->device.fd, answer, sizeof(answer), &len, &peer);
	}
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(len, 4);
	return answer[3];
}

/* ---- tests ---- */

static void the_floor_waits_over_boots_until_the_agent_says_so(void **state)
{
	struct rotor_boot_record record;
	(void)state;
	begin(NULL);
	assert_told(1, OLD);
	must(bmc, update(&newer, true));
	assert_int_equal(w->confirmations, 1);
	for (unsigned boots = 0; boots < 3; boots++) {
		assert_int_equal(w->chip.fuses.floor, OLD);
		boot_get_record(&w->chip, &record);
		assert_int_equal(record.slot[ROTOR_BOOT_SLOT_B].state, ROTOR_BOOT_CONFIRMED);
		assert_true(record.slot[ROTOR_BOOT_SLOT_B].floor_held);
		assert_told(NEW, OLD);
		whole_boot(w);
		assert_false(w->chip.handoff.trial);
	}
	/* An agent that has not asked for the delay may end it all the same: both belong to the same operator. */
	must(bmc, whole_do(bmc, ROTOR_AGENT_SECURITY_REVISION));
	assert_int_equal(w->chip.fuses.floor, NEW);
	/* The job has measured again, and closed its session. */
	struct rotor_agent_security security;
	assert_true(rotor_agent_security_read(bmc->job.spdm.measurements.record, &security));
	assert_int_equal(security.floor, NEW);
	assert_false(security.held);
	whole_run_for(w, 100);
	assert_true(whole_said(w, "session ended: ended as asked"));
	boot_get_record(&w->chip, &record);
	assert_false(record.slot[ROTOR_BOOT_SLOT_B].floor_held);
	assert_told(NEW, NEW);
	whole_boot(w);
	assert_int_equal(w->chip.fuses.floor, NEW);
	assert_told(NEW, NEW);
	/* And now what is older is refused. */
	assert_refused(bmc, update(&older, false),
		       "updating: VerifyComplete of component 0: security revision error (0x10): "
		       "the image's security version is below the device's security floor");
	assert_int_equal(w->chip.handoff.version.minor, 1);
}

static void until_then_what_is_older_but_above_the_floor_is_taken(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	must(bmc, update(&newer, true));
	must(bmc, update(&older, true));
	assert_int_equal(w->chip.handoff.version.minor, 2);
	assert_int_equal(w->chip.fuses.floor, OLD);
	/* What is held belongs to what runs: the floor rises to that, not to what had run. */
	must(bmc, whole_do(bmc, ROTOR_AGENT_SECURITY_REVISION));
	assert_int_equal(w->chip.fuses.floor, NEW - 1);
}

static void an_update_that_does_not_ask_is_not_held(void **state)
{
	struct image_wish next = {.minor = 3, .security_version = NEW + 1};
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	must(bmc, update(&newer, true));
	assert_int_equal(w->chip.fuses.floor, OLD);
	must(bmc, update(&next, false));
	assert_int_equal(w->chip.fuses.floor, NEW + 1);
	assert_told(NEW + 1, NEW + 1);
}

static void where_nothing_waits_the_agent_asks_for_nothing(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	assert_refused(bmc, whole_do(bmc, ROTOR_AGENT_SECURITY_REVISION),
		       "updating the security revision: no security revision waits to be updated");
	assert_int_equal(bmc->job.failure.fault, ROTOR_AGENT_FAULT_NOTHING_WAITS);
	must(bmc, update(&newer, true));
	must(bmc, whole_do(bmc, ROTOR_AGENT_SECURITY_REVISION));
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_SECURITY_REVISION), ROTOR_OK);
	assert_int_equal(bmc->job.failure.fault, ROTOR_AGENT_FAULT_NOTHING_WAITS);
}

static void the_floor_of_firmware_that_nobody_knows_is_not_raised(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	must(bmc, update(&newer, true));
	w->trust.known_good_count = 1; /* the first firmware only */
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_SECURITY_REVISION), ROTOR_ERR_UNTRUSTED);
	assert_int_equal(w->chip.fuses.floor, OLD);
}

static void the_device_refuses_what_it_must_whoever_asks(void **state)
{
	static const struct {
		enum device_channel channel;
		struct rotor_pldm_component_name name;
		uint8_t completion;
	} cases[] = {
	    {DEVICE_CHANNEL_CLEAR, {ROTOR_PLDM_CLASS_FIRMWARE, 1, 0}, ROTOR_PLDM_ERROR},
	    {DEVICE_CHANNEL_SESSION, {ROTOR_PLDM_CLASS_FIRMWARE, 1, 0}, ROTOR_PLDM_ERROR},
	    {DEVICE_CHANNEL_MUTUAL,
	     {ROTOR_PLDM_CLASS_FIRMWARE, 2, 0},
	     ROTOR_PLDM_ERROR_INVALID_DATA},
	    {DEVICE_CHANNEL_MUTUAL, {1, 1, 0}, ROTOR_PLDM_ERROR_INVALID_DATA},
	    /* settings have no floor */
	    {DEVICE_CHANNEL_MUTUAL,
	     {ROTOR_PLDM_CLASS_CONFIGURATION, ROTOR_DEVICE_COMPONENT_SETTINGS, 0},
	     ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED},
	    {DEVICE_CHANNEL_MUTUAL,
	     {ROTOR_PLDM_CLASS_FIRMWARE, 1, 1},
	     ROTOR_PLDM_ERROR_INVALID_DATA},
	    {DEVICE_CHANNEL_MUTUAL, {ROTOR_PLDM_CLASS_FIRMWARE, 1, 0}, ROTOR_PLDM_SUCCESS},
	    /* twice */
	    {DEVICE_CHANNEL_MUTUAL,
	     {ROTOR_PLDM_CLASS_FIRMWARE, 1, 0},
	     ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED},
	};
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	/* nothing waits */
	whole_run_for(w, 100);
	assert_int_equal(command(DEVICE_CHANNEL_MUTUAL, &firmware),
			 ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED);
	must(bmc, update(&newer, true));
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		assert_int_equal(w->chip.fuses.floor,
				 i <= 6 ? OLD : NEW); /* until the one that succeeds */
		assert_int_equal(command(cases[i].channel, &cases[i].name), cases[i].completion);
	}
	assert_int_equal(w->chip.fuses.floor, NEW);
	assert_true(whole_said(w, "refused an update command: it came outside a session"));
	assert_true(
	    whole_said(w, "refused an update command: the agent has not authenticated itself"));
}

static void firmware_on_trial_has_nothing_to_update(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true});
	start_update(&newer, true);
	while (w->boots < 2) {
		whole_run_for(w, 1);
	}
	assert_true(w->chip.handoff.trial);
	assert_int_not_equal(w->device.start, ROTOR_DEVICE_RUNNING);
	assert_int_equal(command(DEVICE_CHANNEL_MUTUAL, &firmware),
			 ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED);
	must(bmc, whole_run(bmc));
	assert_int_equal(w->chip.fuses.floor, OLD);
	/* nor has one whose flash fails */
	w->device.start = ROTOR_DEVICE_CRIPPLED;
	assert_int_equal(command(DEVICE_CHANNEL_MUTUAL, &firmware),
			 ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED);
}

static void during_an_update_the_floor_stays_where_it_is(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true, .second = true});
	must(bmc, update(&newer, true));
	bmc->stop_at_data = 1;
	start_update(&older, false);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	/* the device has one session, and that is the updater's */
	assert_int_not_equal(whole_do(second, ROTOR_AGENT_SECURITY_REVISION), ROTOR_OK);
	assert_int_equal(w->chip.fuses.floor, OLD);
	assert_int_equal(command(DEVICE_CHANNEL_MUTUAL, &firmware), ROTOR_PLDM_ERROR_NOT_READY);
	must(bmc, whole_run(bmc));
	assert_int_equal(w->chip.fuses.floor, NEW - 1);
}

static void an_agent_without_an_identity_is_refused(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.quick = true, .second = true});
	must(bmc, update(&newer, true));
	w->wish.agent_has_no_identity = true;
	assert_refused(bmc, whole_do(bmc, ROTOR_AGENT_SECURITY_REVISION),
		       "updating the security revision: the device answered UpdateSecurityRevision "
		       "with ERROR (0x01)");
	assert_int_equal(w->chip.fuses.floor, OLD);
}

/*
 * The power goes inside each operation that the command costs: the floor is the old or the new one, and in the end, whether
 * or not the agent has to ask again, it is the new one.
 */
static void a_cut_while_it_is_carried_out_leaves_the_old_floor_or_the_new_one(void **state)
{
	unsigned cuts = 0;
	bool done = false;
	(void)state;
	for (unsigned cut = 1; !done; cut++) {
		begin(&(struct whole_wish){.quick = true});
		must(bmc, update(&newer, true));
		whole_boot(w);
		whole_start(bmc, ROTOR_AGENT_SECURITY_REVISION);
		/* The step before, which writes nothing: the command itself may be carried out in one go. */
		while (!bmc->told[ROTOR_AGENT_STEP_INVENTORY]) {
			whole_run_for(w, 1);
		}
		w->chip.power.operations = 0;
		w->chip.power.cut_at = cut;
		w->chip.power.tear = cut % (SIM_TEAR_WHOLE + 1);
		enum rotor_status status = whole_run(bmc);
		done = !w->chip.power.off && w->boots == 3;
		w->chip.power.cut_at = 0;
		cuts += !done;
		whole_run_for(w, 1000);
		assert_true(w->on);
		assert_true(w->chip.fuses.floor == OLD || w->chip.fuses.floor == NEW);
		assert_int_equal(w->chip.handoff.version.minor, 1);
		if (status == ROTOR_OK) {
			assert_int_equal(w->chip.fuses.floor, NEW);
		}
		whole_boot(w);
		if (w->chip.fuses.floor == OLD) {
			must(bmc, whole_do(bmc, ROTOR_AGENT_SECURITY_REVISION));
		}
		assert_int_equal(w->chip.fuses.floor, NEW);
	}
	assert_true(cuts >= 3); /* erase, program, fuses */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(the_floor_waits_over_boots_until_the_agent_says_so, end),
	    cmocka_unit_test_teardown(until_then_what_is_older_but_above_the_floor_is_taken, end),
	    cmocka_unit_test_teardown(an_update_that_does_not_ask_is_not_held, end),
	    cmocka_unit_test_teardown(where_nothing_waits_the_agent_asks_for_nothing, end),
	    cmocka_unit_test_teardown(the_floor_of_firmware_that_nobody_knows_is_not_raised, end),
	    cmocka_unit_test_teardown(the_device_refuses_what_it_must_whoever_asks, end),
	    cmocka_unit_test_teardown(firmware_on_trial_has_nothing_to_update, end),
	    cmocka_unit_test_teardown(during_an_update_the_floor_stays_where_it_is, end),
	    cmocka_unit_test_teardown(an_agent_without_an_identity_is_refused, end),
	    cmocka_unit_test_teardown(
		a_cut_while_it_is_carried_out_leaves_the_old_floor_or_the_new_one, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
