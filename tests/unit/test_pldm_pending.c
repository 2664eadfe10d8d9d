/* SPDX-License-Identifier: Apache-2.0 */
/* Images that an update has left pending: ActivatePendingComponentImageSet and ActivatePendingComponentImage, in both roles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/pldm_pair.h"

#define HOUR  3600000
#define AGENT 77

static struct pldm_pair p;
static const struct rotor_pldm_component_name image = {10, 0x0101, 0}, other = {10, 0x0303, 0};

static enum rotor_status activate(const struct rotor_pldm_component_name *name)
{
	assert_int_equal(rotor_pldm_ua_activate_pending(&p.ua, name, p.now), ROTOR_OK);
	return pldm_pair_run(&p, HOUR);
}

static void each_is_carried_out_once_and_the_device_restarts_then(void **state)
{
	(void)state;
	for (unsigned one = 0; one < 2; one++) {
		for (unsigned pend = 0; pend < 3; pend++) {
			for (unsigned lose = 0; lose < 5; lose++) {
				pldm_pair_init(&p, 10, 0);
				p.device.pend = pend;
				p.lose_at = lose;
				assert_int_equal(activate(one ? &image : NULL), ROTOR_OK);
				assert_int_equal(p.device.sets, 1 - one);
				assert_int_equal(p.device.images, one);
				assert_int_equal(p.device.activated, 1);
				assert_true(p.device.self_contained);
				assert_int_equal(p.ua.activation_time, 7);
				assert_int_equal(p.device.fd.state, ROTOR_PLDM_IDLE);
				assert_int_equal(p.late_answer, pend != 0);
			}
		}
	}
}

static void what_the_device_says_is_told(void **state)
{
	static const struct {
		enum rotor_status says;
		uint8_t completion;
		bool well;
	} cases[] = {
	    {ROTOR_ERR_STATE, ROTOR_PLDM_ACTIVATION_NOT_REQUIRED, true},
	    {ROTOR_ERR_DENIED, ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_NOT_PERMITTED, false},
	    {ROTOR_ERR_IO, ROTOR_PLDM_ERROR, false},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		for (unsigned pend = 0; pend < 2; pend++) {
			pldm_pair_init(&p, 10, 0);
			p.device.pend = pend;
			p.device.fail_pending = cases[i].says;
			assert_int_equal(activate(NULL), cases[i].well ? ROTOR_OK : ROTOR_ERR_PEER);
			assert_int_equal(p.ua.failure.code,
					 cases[i].well ? 0 : cases[i].completion);
			assert_int_equal(p.device.activated, 0);
		}
	}
	pldm_pair_init(&p, 10, 0);
	assert_int_equal(activate(&other), ROTOR_ERR_PEER);
	assert_int_equal(p.ua.failure.code, ROTOR_PLDM_ERROR_INVALID_DATA);
	pldm_pair_init(&p, 10, 0);
	p.device.refuse = true;
	assert_int_equal(activate(NULL), ROTOR_ERR_PEER);
	assert_int_equal(p.device.sets, 0);
}

static void a_device_without_the_command_is_not_asked(void **state)
{
	char text[ROTOR_PLDM_UA_FAILURE_TEXT];
	(void)state;
	pldm_pair_init(&p, 10, 0);
	p.device.config.base_extra_count = 0;
	p.device.fd.base.extra_count = 0;
	assert_int_equal(rotor_pldm_ua_discover(&p.ua, p.now), ROTOR_OK);
	assert_int_equal(pldm_pair_run(&p, HOUR), ROTOR_OK);
	const unsigned carried = p.carried;
	assert_int_equal(activate(NULL), ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(p.carried, carried);
	assert_string_equal(rotor_pldm_ua_failure_text(&p.ua.failure, text, sizeof(text)),
			    "the device has no ActivatePendingComponentImageSet");
	assert_int_equal(activate(&image), ROTOR_ERR_UNSUPPORTED);
}

static uint8_t ask(uint8_t command, size_t cut, uint32_t peer)
{
	static uint8_t instance;
	uint8_t msg[16], out[64];
	size_t len;
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	rotor_pldm_request_begin(&w, instance++ % 32, ROTOR_PLDM_TYPE_FWUP, command);
	if (command == ROTOR_PLDM_ACTIVATE_PENDING_IMAGE)
		rotor_pldm_component_name_encode(&w, &image);
	if (command == ROTOR_PLDM_REQUEST_UPDATE) {
		const struct rotor_pldm_request_update req = {
		    .max_transfer = 64, .component_count = 1, .max_outstanding = 1};
		rotor_pldm_request_update_encode(&w, &req);
	}
	const enum rotor_status status = rotor_pldm_fd_request(&p.device.fd, peer, msg, w.len - cut,
							       out, sizeof(out), &len, p.now);
	if (status == ROTOR_PENDING)
		return 0xff;
	assert_int_equal(status, ROTOR_OK);
	return out[3];
}

/* While an answer is due nothing else begins, and nobody else's command is carried out. */
static void nothing_begins_before_it_is_answered(void **state)
{
	uint8_t out[64];
	size_t len;
	uint32_t peer;
	(void)state;
	pldm_pair_init(&p, 10, 0);
	p.device.pend = 3;
	assert_int_equal(ask(ROTOR_PLDM_ACTIVATE_PENDING_IMAGE, 1, AGENT),
			 ROTOR_PLDM_ERROR_INVALID_LENGTH);
	assert_int_equal(ask(ROTOR_PLDM_ACTIVATE_PENDING_IMAGE, 0, AGENT), 0xff);
	assert_int_equal(ask(ROTOR_PLDM_REQUEST_UPDATE, 0, AGENT + 1),
			 ROTOR_PLDM_RETRY_REQUEST_UPDATE);
	assert_int_equal(ask(ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET, 0, AGENT + 1),
			 ROTOR_PLDM_ERROR_NOT_READY);
	assert_int_equal(ask(ROTOR_PLDM_GET_STATUS, 0, AGENT + 1), 0);
	for (unsigned i = 0; i < 5; i++)
		rotor_pldm_fd_poll(&p.device.fd, p.now);
	assert_int_equal(p.device.activated, 0); /* not before the answer has left */
	assert_int_equal(rotor_pldm_fd_answer(&p.device.fd, out, sizeof(out), &len, &peer),
			 ROTOR_OK);
	assert_int_equal(peer, AGENT);
	assert_int_equal(len, 6);
	assert_int_equal(out[2], ROTOR_PLDM_ACTIVATE_PENDING_IMAGE);
	assert_int_equal(out[3], 0);
	assert_int_equal(p.device.activated, 1);
	assert_int_equal(p.device.images, 1);
	assert_int_equal(p.device.sets, 0);
	p.device.pend = 0;
	assert_int_equal(ask(ROTOR_PLDM_REQUEST_UPDATE, 0, AGENT + 1), 0);
	assert_int_equal(ask(ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET, 0, AGENT + 1),
			 ROTOR_PLDM_INVALID_STATE_FOR_COMMAND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_is_carried_out_once_and_the_device_restarts_then),
	    cmocka_unit_test(what_the_device_says_is_told),
	    cmocka_unit_test(a_device_without_the_command_is_not_asked),
	    cmocka_unit_test(nothing_begins_before_it_is_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
