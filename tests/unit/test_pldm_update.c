/* SPDX-License-Identifier: Apache-2.0 */
/* Update agent and firmware device against each other: whole updates, with all that can go wrong between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/pldm_pair.h"

#define HOUR ((rotor_ms)3600 * 1000)

static struct pldm_pair pair; /* large */

static void assert_updated(const struct pldm_pair *p)
{
	assert_int_equal(p->ua.status, ROTOR_OK);
	assert_int_equal(p->ua.failure.kind, ROTOR_PLDM_UA_FAILED_NOT);
	for (unsigned i = 0; i < p->plan.count; i++)
		assert_true(pldm_pair_flash_right(p, i));
	assert_int_equal(p->device.begins, p->plan.count);
	assert_int_equal(p->device.verifies, p->plan.count);
	assert_int_equal(p->device.applies, p->plan.count);
	assert_int_equal(p->device.activations, 1);
	assert_int_equal(p->device.activated, 1);
	assert_int_equal(p->device.fd.state, ROTOR_PLDM_IDLE);
	assert_int_equal(p->device.fd.reason, ROTOR_PLDM_REASON_ACTIVATE_FIRMWARE);
	assert_int_equal(p->ua.activation_time, 30);
	assert_false(p->bad_event);
}

/* ends with failure, the device back in IDLE without activation */
static void assert_refused(const struct pldm_pair *p, enum rotor_pldm_ua_failure_kind kind,
			   uint8_t command, uint8_t code)
{
	assert_int_not_equal(p->ua.status, ROTOR_OK);
	assert_int_not_equal(p->ua.status, ROTOR_PENDING);
	assert_int_equal(p->ua.failure.kind, kind);
	assert_int_equal(p->ua.failure.command, command);
	assert_int_equal(p->ua.failure.code, code);
	assert_int_equal(p->device.activated, 0);
	assert_int_equal(p->device.fd.state, ROTOR_PLDM_IDLE);
}

static void start(struct pldm_pair *p, uint32_t size0, uint32_t size1)
{
	pldm_pair_init(p, size0, size1);
	assert_int_equal(rotor_pldm_ua_update(&p->ua, &p->plan, p->now), ROTOR_OK);
}

static void images_of_every_awkward_size_arrive_whole(void **state)
{
	static const uint32_t sizes[] = {
	    1,    2,    31,   32,   33,   63,   64,   65,    100,   1023,  1024,  1025,  1055, 1056,
	    1057, 2048, 4096, 5000, 8191, 8192, 9999, 16384, 32767, 65535, 65536, 65537, 70000};
	static const uint32_t transfers[] = {32, 33, 64, 250, 1024, 4096};

	(void)state;
	for (size_t t = 0; t < ROTOR_COUNT_OF(transfers); t++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
			pldm_pair_init(&pair, sizes[i], 0);
			pair.plan.max_transfer = transfers[t];
			assert_int_equal(rotor_pldm_ua_update(&pair.ua, &pair.plan, pair.now),
					 ROTOR_OK);
			(void)pldm_pair_run(&pair, HOUR);
			assert_updated(&pair);
			/* nothing was lost, so nothing was said twice */
			assert_int_equal(pair.device.fd.counters.retries, 0);
			assert_int_equal(pair.ua.counters.retries, 0);
		}
	}
}

static void every_size_up_to_two_hundred_arrives_whole(void **state)
{
	(void)state;
	for (uint32_t size = 1; size <= 200; size++) {
		start(&pair, size, 201 - size);
		pair.plan.max_transfer = 32 + size % 7;
		(void)pldm_pair_run(&pair, HOUR);
		assert_updated(&pair);
	}
}

static void two_components_are_updated_in_order(void **state)
{
	(void)state;
	start(&pair, 5000, 33);
	(void)pldm_pair_run(&pair, HOUR);
	assert_updated(&pair);
	assert_true(pair.device.self_contained);
	assert_true(pair.events[ROTOR_PLDM_UA_EVENT_PROGRESS] >= 6);
	assert_int_equal(pair.events[ROTOR_PLDM_UA_EVENT_ENDED], 1);
}

static void an_operation_may_be_pending_for_long(void **state)
{
	(void)state;
	start(&pair, 5000, 33);
	pair.device.pend = 7;
	(void)pldm_pair_run(&pair, HOUR);
	assert_updated(&pair);
	assert_true(pair.late_answer); /* ActivateFirmware waited for the pending mark */
}

static void a_slow_verification_is_watched_and_waited_for(void **state)
{
	(void)state;
	start(&pair, 500, 0);
	while (pair.ua.step != ROTOR_PLDM_UA_DOWNLOAD ||
	       pair.device.fd.work != ROTOR_PLDM_FD_REPORT)
		assert_true(pldm_pair_step(&pair));
	pair.device.pend = 60000; /* polled once a millisecond */
	pair.device.progress = 40;
	while (pair.ua.step != ROTOR_PLDM_UA_APPLY)
		assert_true(pldm_pair_step(&pair));
	assert_int_equal(pair.ua.device.progress, 40);
	pair.device.pend = 0;
	(void)pldm_pair_run(&pair, HOUR);
	assert_updated(&pair);
	assert_true(pair.events[ROTOR_PLDM_UA_EVENT_STATUS] > 5);
}

static void any_one_message_may_be_lost(void **state)
{
	unsigned messages;

	(void)state;
	start(&pair, 3000, 33);
	(void)pldm_pair_run(&pair, HOUR);
	messages = pair.carried;
	assert_true(messages > 20);
	for (unsigned at = 1; at <= messages; at++) {
		for (unsigned pend = 0; pend < 3; pend += 2) {
			start(&pair, 3000, 33);
			pair.lose_at = at;
			pair.device.pend = pend;
			(void)pldm_pair_run(&pair, HOUR);
			assert_updated(&pair);
			assert_int_equal(pair.lost, 1);
		}
	}
}

static void one_message_in_every_few_may_be_lost(void **state)
{
	(void)state;
	for (unsigned every = 3; every < 12; every++) {
		start(&pair, 20000, 333);
		pair.lose_every = every;
		pair.plan.max_outstanding = 1 + every % 4;
		pldm_device_buffers(&pair.device, (uint8_t)(every % 5));
		pair.device.pend = every % 3;
		(void)pldm_pair_run(&pair, HOUR);
		assert_updated(&pair);
		assert_true(pair.lost > 2);
	}
}

static void an_image_that_cannot_be_read_yet_is_asked_for_again(void **state)
{
	(void)state;
	start(&pair, 3000, 0);
	pair.read_pending = 3;
	(void)pldm_pair_run(&pair, HOUR);
	assert_updated(&pair);
}

static void what_the_device_refuses_is_told_precisely(void **state)
{
	(void)state;

	start(&pair, 3000, 33);
	pair.device.refuse = true;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_COMPLETION, ROTOR_PLDM_REQUEST_UPDATE,
		       ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE);

	start(&pair, 3000, 33);
	pair.device.check_table = ROTOR_PLDM_COMPONENT_VERSION_LOWER;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_COMPONENT, ROTOR_PLDM_PASS_COMPONENT_TABLE,
		       ROTOR_PLDM_COMPONENT_VERSION_LOWER);

	start(&pair, 3000, 33);
	pair.device.check_update = ROTOR_PLDM_COMPONENT_STAMP_LOWER;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_COMPONENT, ROTOR_PLDM_UPDATE_COMPONENT,
		       ROTOR_PLDM_COMPONENT_STAMP_LOWER);
	assert_int_equal(pair.ua.failure.component, 0);

	start(&pair, 3000, 33);
	pair.device.fail_begin = ROTOR_ERR_IO;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_RESULT, ROTOR_PLDM_TRANSFER_COMPLETE,
		       ROTOR_PLDM_TRANSFER_ABORTED);

	start(&pair, 3000, 33);
	pair.device.fail_write = ROTOR_ERR_IO;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_RESULT, ROTOR_PLDM_TRANSFER_COMPLETE,
		       ROTOR_PLDM_TRANSFER_ABORTED);

	start(&pair, 3000, 33);
	pair.device.fail_end = ROTOR_ERR_IO;
	pair.device.code = ROTOR_PLDM_TRANSFER_IMAGE_CORRUPT;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_RESULT, ROTOR_PLDM_TRANSFER_COMPLETE,
		       ROTOR_PLDM_TRANSFER_IMAGE_CORRUPT);

	start(&pair, 3000, 33);
	pair.device.fail_verify = ROTOR_ERR_VERIFY;
	pair.device.code = ROTOR_PLDM_VERIFY_SECURITY_CHECKS_FAILED;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_RESULT, ROTOR_PLDM_VERIFY_COMPLETE,
		       ROTOR_PLDM_VERIFY_SECURITY_CHECKS_FAILED);

	start(&pair, 3000, 33);
	pair.device.fail_apply = ROTOR_ERR_IO;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_RESULT, ROTOR_PLDM_APPLY_COMPLETE,
		       ROTOR_PLDM_RESULT_GENERIC_ERROR);

	start(&pair, 3000, 33);
	pair.device.fail_activate = ROTOR_ERR_DENIED;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_COMPLETION, ROTOR_PLDM_ACTIVATE_FIRMWARE,
		       ROTOR_PLDM_SELF_CONTAINED_ACTIVATION_NOT_PERMITTED);

	start(&pair, 3000, 33);
	pair.fail_read = ROTOR_ERR_IO;
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_READ, ROTOR_PLDM_REQUEST_FIRMWARE_DATA, 0);
	assert_int_equal(pair.ua.status, ROTOR_ERR_IO);
}

static void a_changed_activation_method_is_still_success(void **state)
{
	(void)state;
	start(&pair, 3000, 33);
	pair.device.other_activation = ROTOR_PLDM_ACTIVATION_DC_CYCLE;
	(void)pldm_pair_run(&pair, HOUR);
	assert_updated(&pair);
}

static void a_device_that_wants_time_is_given_time(void **state)
{
	(void)state;
	start(&pair, 3000, 33);
	pair.device.refuse_request = ROTOR_PLDM_RETRY_REQUEST_UPDATE;
	for (unsigned i = 0; i < 10; i++)
		(void)pldm_pair_step(&pair);
	assert_true(pair.device.requests >= 2);
	pair.device.refuse_request = ROTOR_PLDM_SUCCESS;
	(void)pldm_pair_run(&pair, HOUR);
	assert_updated(&pair);
}

static void an_update_can_be_cancelled_at_any_message(void **state)
{
	unsigned messages;

	(void)state;
	start(&pair, 3000, 33);
	(void)pldm_pair_run(&pair, HOUR);
	messages = pair.carried;
	for (unsigned at = 0; at < messages - 2; at++) {
		start(&pair, 3000, 33);
		pair.device.pend = at % 3;
		while (pair.ua.status == ROTOR_PENDING && pair.carried < at)
			(void)pldm_pair_step(&pair);
		if (pair.ua.status != ROTOR_PENDING || pair.device.fd.state == ROTOR_PLDM_ACTIVATE)
			continue;
		assert_int_equal(rotor_pldm_ua_cancel(&pair.ua, pair.now), ROTOR_OK);
		(void)pldm_pair_run(&pair, HOUR);
		assert_int_equal(pair.ua.failure.kind, ROTOR_PLDM_UA_FAILED_CANCELLED);
		if (pair.device.fd.state == ROTOR_PLDM_IDLE)
			continue;
		/* only while the device writes its pending mark it is too late */
		assert_int_equal(pair.device.fd.state, ROTOR_PLDM_ACTIVATE);
	}
}

/* What a cancelled update has broken, the device says and the agent keeps: asked to cancel, or after a failure. */
static void components_that_a_cancelled_update_leaves_broken_are_told(void **state)
{
	static const uint64_t broken[] = {0, 1, 2, UINT64_C(0x8000000000000001)};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		start(&pair, 3000, 33);
		pair.device.broken = broken[i];
		while (pair.ua.step != ROTOR_PLDM_UA_DOWNLOAD)
			assert_true(pldm_pair_step(&pair));
		assert_int_equal(rotor_pldm_ua_cancel(&pair.ua, pair.now), ROTOR_OK);
		(void)pldm_pair_run(&pair, HOUR);
		assert_int_equal(pair.ua.failure.kind, ROTOR_PLDM_UA_FAILED_CANCELLED);
		assert_true(pair.ua.not_functioning == broken[i]);

		start(&pair, 3000, 33);
		pair.device.broken = broken[i];
		pair.fail_read = ROTOR_ERR_IO;
		(void)pldm_pair_run(&pair, HOUR);
		assert_int_equal(pair.ua.failure.kind, ROTOR_PLDM_UA_FAILED_READ);
		assert_true(pair.ua.not_functioning == broken[i]);
		/* the next operation begins without that */
		assert_int_equal(rotor_pldm_ua_get_status(&pair.ua, pair.now), ROTOR_OK);
		assert_true(pair.ua.not_functioning == 0);
	}
}

static void the_link_may_go_and_come_back_at_any_message(void **state)
{
	unsigned messages;

	(void)state;
	start(&pair, 3000, 33);
	(void)pldm_pair_run(&pair, HOUR);
	messages = pair.carried;
	for (unsigned at = 1; at < messages; at++) {
		start(&pair, 3000, 33);
		pair.device.pend = at % 2;
		while (pair.carried < at)
			(void)pldm_pair_step(&pair);
		if (pair.ua.status != ROTOR_PENDING)
			continue;
		/* the message after the one that was carried is lost with the link */
		pair.cut = true;
		rotor_pldm_ua_link(&pair.ua, false, pair.now);
		rotor_pldm_fd_link(&pair.device.fd, false, pair.now);
		for (unsigned i = 0; i < 20 && pair.now < 40000; i++)
			(void)pldm_pair_step(&pair);
		pair.now += 30000;
		pair.cut = false;
		rotor_pldm_ua_link(&pair.ua, true, pair.now);
		rotor_pldm_fd_link(&pair.device.fd, true, pair.now);
		(void)pldm_pair_run(&pair, HOUR);
		assert_updated(&pair);
	}
}

static void a_link_gone_for_too_long_ends_the_update(void **state)
{
	(void)state;
	start(&pair, 30000, 0);
	while (pair.ua.step != ROTOR_PLDM_UA_DOWNLOAD || pair.carried < 12)
		assert_true(pldm_pair_step(&pair));
	rotor_pldm_ua_link(&pair.ua, false, pair.now);
	rotor_pldm_fd_link(&pair.device.fd, false, pair.now);
	while (pldm_pair_step(&pair))
		;
	assert_int_equal(pair.device.fd.state, ROTOR_PLDM_IDLE);
	assert_int_equal(pair.device.fd.reason, ROTOR_PLDM_REASON_TIMEOUT_DOWNLOAD);
	assert_int_equal(pair.ua.status, ROTOR_PENDING);
	rotor_pldm_ua_link(&pair.ua, true, pair.now);
	rotor_pldm_fd_link(&pair.device.fd, true, pair.now);
	(void)pldm_pair_run(&pair, HOUR);
	assert_refused(&pair, ROTOR_PLDM_UA_FAILED_LOST, ROTOR_PLDM_GET_STATUS,
		       ROTOR_PLDM_REASON_TIMEOUT_DOWNLOAD);
}

static void a_dead_device_is_given_up(void **state)
{
	static const enum rotor_pldm_ua_step steps[] = {
	    ROTOR_PLDM_UA_REQUEST_UPDATE, ROTOR_PLDM_UA_PASS_TABLE, ROTOR_PLDM_UA_DOWNLOAD,
	    ROTOR_PLDM_UA_VERIFY,         ROTOR_PLDM_UA_APPLY,      ROTOR_PLDM_UA_ACTIVATE};
	static const enum rotor_pldm_ua_failure_kind kinds[] = {
	    ROTOR_PLDM_UA_FAILED_TIMEOUT,   ROTOR_PLDM_UA_FAILED_TIMEOUT,
	    ROTOR_PLDM_UA_FAILED_NO_DATA,   ROTOR_PLDM_UA_FAILED_NO_CHANGE,
	    ROTOR_PLDM_UA_FAILED_NO_CHANGE, ROTOR_PLDM_UA_FAILED_TIMEOUT};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(steps); i++) {
		start(&pair, 3000, 0);
		while (pair.ua.step != steps[i])
			assert_true(pldm_pair_step(&pair));
		pair.cut = true;
		assert_int_equal(pldm_pair_run(&pair, HOUR), ROTOR_ERR_TIMEOUT);
		assert_int_equal(pair.ua.failure.kind, kinds[i]);
		assert_int_equal(pair.ua.failure.step, steps[i]);
	}
}

static void an_update_left_behind_is_taken_over_if_wished(void **state)
{
	struct pldm_pair *p = &pair;

	(void)state;
	for (int wished = 0; wished < 2; wished++) {
		start(p, 30000, 0);
		while (p->ua.step != ROTOR_PLDM_UA_DOWNLOAD || p->carried < 12)
			assert_true(pldm_pair_step(p));
		rotor_pldm_ua_abort(&p->ua); /* the agent's process died */
		assert_int_equal(p->ua.status, ROTOR_ERR_DENIED);
		assert_int_equal(p->device.fd.state, ROTOR_PLDM_DOWNLOAD);
		p->device.begins = 0;
		p->plan.take_over = wished;
		assert_int_equal(rotor_pldm_ua_update(&p->ua, &p->plan, p->now), ROTOR_OK);
		(void)pldm_pair_run(p, HOUR);
		if (wished) {
			assert_updated(p);
			assert_int_equal(p->device.cancels_whole, 1);
		} else {
			assert_int_equal(p->ua.failure.kind, ROTOR_PLDM_UA_FAILED_COMPLETION);
			assert_int_equal(p->ua.failure.code, ROTOR_PLDM_ALREADY_IN_UPDATE_MODE);
			assert_int_equal(p->device.cancels_whole, 0);
		}
	}
}

static void discovery_and_inventory_tell_what_the_device_is(void **state)
{
	struct rotor_pldm_identifiers identifiers;
	struct rotor_pldm_descriptor descriptors[4];
	struct rotor_pldm_parameters parameters;
	struct rotor_pldm_component_parameters component;
	struct rotor_reader table;

	(void)state;
	for (unsigned lose = 0; lose < 17; lose++) {
		pldm_pair_init(&pair, 10, 0);
		pair.lose_at = lose;
		assert_int_equal(rotor_pldm_ua_discover(&pair.ua, pair.now), ROTOR_OK);
		assert_int_equal(
		    rotor_pldm_ua_inventory(&pair.ua, pair.store, sizeof(pair.store), pair.now),
		    ROTOR_ERR_BUSY);
		assert_int_equal(pldm_pair_run(&pair, HOUR), ROTOR_OK);
		assert_int_equal(pair.ua.found.tid, 0);
		assert_int_equal(pair.ua.found.types.bits[0], 0x21);
		assert_int_equal(pair.ua.found.base_version, 0xf1f1f000);
		assert_int_equal(pair.ua.found.fwup_version, 0xf1f3f000);
		assert_int_equal(pair.ua.found.base_commands.bits[0], 0x7e);
		assert_int_equal(pair.ua.found.fwup_commands.bits[2], 0x1d);
		assert_int_equal(pair.ua.found.fwup_commands.bits[4], 0x05);

		assert_int_equal(
		    rotor_pldm_ua_inventory(&pair.ua, pair.store, sizeof(pair.store), pair.now),
		    ROTOR_OK);
		assert_int_equal(pldm_pair_run(&pair, HOUR), ROTOR_OK);
		assert_int_equal(rotor_pldm_identifiers_decode(pair.ua.identifiers, &identifiers),
				 ROTOR_OK);
		assert_int_equal(rotor_pldm_descriptors_read(identifiers.area, identifiers.count,
							     descriptors, 4),
				 ROTOR_OK);
		assert_int_equal(identifiers.count, 3);
		assert_int_equal(
		    rotor_pldm_parameters_decode(pair.ua.parameters, &parameters, &table),
		    ROTOR_OK);
		assert_int_equal(parameters.component_count, 2);
		assert_int_equal(rotor_pldm_component_parameters_read(&table, &component),
				 ROTOR_OK);
		assert_int_equal(component.identifier, 0x0101);
		assert_memory_equal(component.active.text.text.data, "1.0.0", 5);
	}
	/* storage too small is an error, not a truncation */
	assert_int_equal(rotor_pldm_ua_inventory(&pair.ua, pair.store, 40, pair.now), ROTOR_OK);
	assert_int_equal(pldm_pair_run(&pair, HOUR), ROTOR_ERR_SPACE);
}

static void status_and_cancel_can_be_asked_alone(void **state)
{
	(void)state;
	pldm_pair_init(&pair, 10, 0);
	assert_int_equal(rotor_pldm_ua_get_status(&pair.ua, pair.now), ROTOR_OK);
	assert_int_equal(pldm_pair_run(&pair, HOUR), ROTOR_OK);
	assert_int_equal(pair.ua.device.state, ROTOR_PLDM_IDLE);
	assert_int_equal(pair.ua.device.aux_state, ROTOR_PLDM_AUX_NOT_APPLICABLE);
	assert_int_equal(rotor_pldm_ua_cancel(&pair.ua, pair.now), ROTOR_OK);
	assert_int_equal(pldm_pair_run(&pair, HOUR), ROTOR_ERR_PEER);
	assert_int_equal(pair.ua.failure.code, ROTOR_PLDM_NOT_IN_UPDATE_MODE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(images_of_every_awkward_size_arrive_whole),
	    cmocka_unit_test(every_size_up_to_two_hundred_arrives_whole),
	    cmocka_unit_test(two_components_are_updated_in_order),
	    cmocka_unit_test(an_operation_may_be_pending_for_long),
	    cmocka_unit_test(a_slow_verification_is_watched_and_waited_for),
	    cmocka_unit_test(any_one_message_may_be_lost),
	    cmocka_unit_test(one_message_in_every_few_may_be_lost),
	    cmocka_unit_test(an_image_that_cannot_be_read_yet_is_asked_for_again),
	    cmocka_unit_test(what_the_device_refuses_is_told_precisely),
	    cmocka_unit_test(a_changed_activation_method_is_still_success),
	    cmocka_unit_test(a_device_that_wants_time_is_given_time),
	    cmocka_unit_test(an_update_can_be_cancelled_at_any_message),
	    cmocka_unit_test(components_that_a_cancelled_update_leaves_broken_are_told),
	    cmocka_unit_test(the_link_may_go_and_come_back_at_any_message),
	    cmocka_unit_test(a_link_gone_for_too_long_ends_the_update),
	    cmocka_unit_test(a_dead_device_is_given_up),
	    cmocka_unit_test(an_update_left_behind_is_taken_over_if_wished),
	    cmocka_unit_test(discovery_and_inventory_tell_what_the_device_is),
	    cmocka_unit_test(status_and_cancel_can_be_asked_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
