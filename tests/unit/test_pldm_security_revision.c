/* SPDX-License-Identifier: Apache-2.0 */
/* The delayed update of the security revision (DSP0267 1.3): the device's answers, the agent's care, and both together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/pldm_pair.h"

#define HOUR     (UINT64_C(3600) * 1000)
#define STRANGER 0x0b02

static struct pldm_pair pair; /* large */
static uint8_t reply[64];
static size_t reply_len;

static const struct rotor_pldm_component_name named = {10, 0x0101, 0};

/* ---- the device ---- */

/* A command as it is sent: UpdateSecurityRevision, or one without payload. */
static size_t build(uint8_t *msg, size_t cap, uint8_t instance, uint8_t command)
{
	static const struct rotor_pldm_request_update request = {
	    .max_transfer = 64, .component_count = 1, .max_outstanding = 1};
	struct rotor_writer w = rotor_writer(msg, cap);

	rotor_pldm_request_begin(&w, instance, ROTOR_PLDM_TYPE_FWUP, command);
	if (command == ROTOR_PLDM_UPDATE_SECURITY_REVISION)
		rotor_pldm_component_name_encode(&w, &named);
	else if (command == ROTOR_PLDM_REQUEST_UPDATE)
		rotor_pldm_request_update_encode(&w, &request);
	return w.len;
}

/* The completion code; 0xff: the answer is pending, 0xfe: there is none. */
static uint8_t send(uint32_t peer, uint8_t instance, uint8_t command)
{
	uint8_t msg[64];
	const size_t len = build(msg, sizeof(msg), instance, command);
	const enum rotor_status status = rotor_pldm_fd_request(
	    &pair.device.fd, peer, msg, len, reply, sizeof(reply), &reply_len, pair.now);

	if (status == ROTOR_PENDING)
		return 0xff;
	assert_int_equal(status, ROTOR_OK);
	return reply_len == 0 ? 0xfe : reply[3];
}

static void what_the_device_says_decides_the_answer(void **state)
{
	static const struct {
		enum rotor_status status;
		uint8_t completion;
	} cases[] = {
	    {ROTOR_OK, ROTOR_PLDM_SUCCESS},
	    {ROTOR_ERR_DENIED, ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED},
	    {ROTOR_ERR_NOT_FOUND, ROTOR_PLDM_ERROR_INVALID_DATA},
	    {ROTOR_ERR_IO, ROTOR_PLDM_ERROR},
	};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		pldm_pair_init(&pair, 10, 0);
		pair.device.fail_revision = cases[i].status;
		assert_int_equal(send(STRANGER, 1, ROTOR_PLDM_UPDATE_SECURITY_REVISION),
				 cases[i].completion);
		assert_int_equal(reply_len, 4);
		assert_int_equal(pair.device.fd.state, ROTOR_PLDM_IDLE);
		assert_int_equal(pair.device.fd.work, ROTOR_PLDM_FD_NONE);
		assert_int_equal(pair.device.activated, 0);
		assert_int_equal(rotor_pldm_fd_deadline(&pair.device.fd), ROTOR_NEVER);
	}
	/* policy is asked before */
	pldm_pair_init(&pair, 10, 0);
	pair.device.refuse = true;
	assert_int_equal(send(STRANGER, 1, ROTOR_PLDM_UPDATE_SECURITY_REVISION), ROTOR_PLDM_ERROR);
	assert_int_equal(pair.device.revisions, 0);
	assert_int_equal(pair.device.fd.counters.denied, 1);
}

static void what_is_no_component_s_name_is_refused_unasked(void **state)
{
	uint8_t msg[16];
	const size_t right = build(msg, sizeof(msg), 1, ROTOR_PLDM_UPDATE_SECURITY_REVISION);

	(void)state;
	assert_int_equal(right, 8);
	for (size_t len = 3; len <= right + 1; len++) {
		if (len == right)
			continue;
		pldm_pair_init(&pair, 10, 0);
		assert_int_equal(rotor_pldm_fd_request(&pair.device.fd, STRANGER, msg, len, reply,
						       sizeof(reply), &reply_len, pair.now),
				 ROTOR_OK);
		assert_int_equal(reply[3], ROTOR_PLDM_ERROR_INVALID_LENGTH);
		assert_int_equal(pair.device.revisions, 0);
	}
}

static void one_that_takes_time_is_answered_once_and_nothing_comes_between(void **state)
{
	uint32_t peer;

	(void)state;
	for (int fails = 0; fails < 2; fails++) {
		struct rotor_pldm_fd *fd = &pair.device.fd;

		pldm_pair_init(&pair, 10, 0);
		pair.device.pend = 3;
		pair.device.fail_revision = fails ? ROTOR_ERR_DENIED : ROTOR_OK;
		assert_int_equal(send(STRANGER, 7, ROTOR_PLDM_UPDATE_SECURITY_REVISION), 0xff);
		assert_int_equal(rotor_pldm_fd_deadline(fd), 0);
		/* its retry waits with it, a second one is too early, and so is an update */
		assert_int_equal(send(STRANGER, 7, ROTOR_PLDM_UPDATE_SECURITY_REVISION), 0xfe);
		assert_int_equal(send(STRANGER, 8, ROTOR_PLDM_UPDATE_SECURITY_REVISION),
				 ROTOR_PLDM_ERROR_NOT_READY);
		assert_int_equal(send(PLDM_PAIR_PEER, 1, ROTOR_PLDM_REQUEST_UPDATE),
				 ROTOR_PLDM_RETRY_REQUEST_UPDATE);
		assert_int_equal(send(PLDM_PAIR_PEER, 2, ROTOR_PLDM_CANCEL_UPDATE),
				 ROTOR_PLDM_NOT_IN_UPDATE_MODE);
		assert_int_equal(send(PLDM_PAIR_PEER, 3, ROTOR_PLDM_GET_STATUS), 0);
		assert_int_equal(fd->state, ROTOR_PLDM_IDLE);
		while (rotor_pldm_fd_answer(fd, reply, sizeof(reply), &reply_len, &peer) ==
		       ROTOR_ERR_NOT_FOUND)
			rotor_pldm_fd_poll(fd, pair.now);
		assert_int_equal(reply_len, 4);
		assert_int_equal(reply[0], 7);
		assert_int_equal(reply[2], ROTOR_PLDM_UPDATE_SECURITY_REVISION);
		assert_int_equal(reply[3],
				 fails ? ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED : 0);
		assert_int_equal(peer, STRANGER);
		assert_int_equal(pair.device.revisions, 1);
		assert_int_equal(pair.device.activated, 0);
		assert_int_equal(rotor_pldm_fd_deadline(fd), ROTOR_NEVER);
		/* a retry that comes late gets the same, and nothing is done again */
		assert_int_equal(send(STRANGER, 7, ROTOR_PLDM_UPDATE_SECURITY_REVISION), reply[3]);
		assert_int_equal(pair.device.revisions, 1);
		/* then an update may begin */
		assert_int_equal(send(PLDM_PAIR_PEER, 4, ROTOR_PLDM_REQUEST_UPDATE), 0);
	}
}

static void it_costs_the_owner_of_an_update_nothing_that_was_remembered(void **state)
{
	(void)state;
	pldm_pair_init(&pair, 10, 0);
	assert_int_equal(send(PLDM_PAIR_PEER, 1, ROTOR_PLDM_REQUEST_UPDATE), 0);
	assert_int_equal(send(STRANGER, 1, ROTOR_PLDM_UPDATE_SECURITY_REVISION),
			 ROTOR_PLDM_ERROR_NOT_READY);
	assert_int_equal(send(PLDM_PAIR_PEER, 1, ROTOR_PLDM_REQUEST_UPDATE), 0);
	assert_int_equal(pair.device.requests, 1);
	/* and the owner itself has to end its update first */
	assert_int_equal(send(PLDM_PAIR_PEER, 2, ROTOR_PLDM_UPDATE_SECURITY_REVISION),
			 ROTOR_PLDM_INVALID_STATE_FOR_COMMAND);
	assert_int_equal(pair.device.revisions, 0);
}

static void agents_of_old_read_version_1_1_and_do_not_see_the_command(void **state)
{
	static const uint8_t version[] = {0x81, 0, 0x03, 0, 0, 0, 0, 1, 5};
	static const struct {
		uint32_t version;
		uint8_t completion;
		bool has_it;
	} cases[] = {
	    {ROTOR_PLDM_VERSION(1, 1, 0), 0, false},
	    {ROTOR_PLDM_VERSION(1, 3, 0), 0, true},
	    {ROTOR_PLDM_VERSION(1, 2, 0), ROTOR_PLDM_INVALID_VERSION_IN_REQUEST_DATA, false},
	};
	static const uint32_t want[] = {ROTOR_PLDM_VERSION(1, 1, 0), ROTOR_PLDM_VERSION(1, 3, 0)};
	struct rotor_pldm_get_version_resp resp;
	uint32_t versions[4];
	size_t count;

	(void)state;
	pldm_pair_init(&pair, 10, 0);
	assert_int_equal(rotor_pldm_fd_request(&pair.device.fd, STRANGER, version, sizeof(version),
					       reply, sizeof(reply), &reply_len, pair.now),
			 ROTOR_OK);
	assert_int_equal(reply[3], 0);
	assert_int_equal(rotor_pldm_get_version_resp_decode(
			     (struct rotor_bytes){&reply[4], reply_len - 4}, &resp),
			 ROTOR_OK);
	assert_int_equal(rotor_pldm_versions_decode(resp.part, versions, 4, &count), ROTOR_OK);
	assert_int_equal(count, ROTOR_COUNT_OF(want));
	assert_memory_equal(versions, want, sizeof(want));
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		const struct rotor_pldm_get_commands_req req = {5, cases[i].version};
		uint8_t msg[16];
		struct rotor_writer w = rotor_writer(msg, sizeof(msg));

		rotor_pldm_request_begin(&w, 2, 0, ROTOR_PLDM_GET_COMMANDS);
		rotor_pldm_get_commands_req_encode(&w, &req);
		assert_int_equal(rotor_pldm_fd_request(&pair.device.fd, STRANGER, msg, w.len, reply,
						       sizeof(reply), &reply_len, pair.now),
				 ROTOR_OK);
		assert_int_equal(reply[3], cases[i].completion);
		if (cases[i].completion == 0) {
			assert_int_equal(reply_len, 4 + 32);
			assert_int_equal(
			    rotor_pldm_bit(&reply[4], ROTOR_PLDM_UPDATE_SECURITY_REVISION),
			    cases[i].has_it);
			assert_true(rotor_pldm_bit(&reply[4], ROTOR_PLDM_REQUEST_UPDATE));
		}
	}
}

/* ---- the agent ---- */

/* The agent's next request is answered with this payload. */
static void script(uint8_t command, const uint8_t *payload, size_t len)
{
	uint8_t sent[ROTOR_PLDM_FWUP_REQUEST_MAX], msg[64];
	size_t sent_len;

	assert_int_equal(
	    rotor_pldm_ua_next_request(&pair.ua, pair.now, sent, sizeof(sent), &sent_len),
	    ROTOR_OK);
	assert_int_equal(sent[2], command);
	msg[0] = sent[0] & 0x1f;
	msg[1] = sent[1];
	msg[2] = sent[2];
	memcpy(&msg[3], payload, len);
	rotor_pldm_ua_response(&pair.ua, msg, 3 + len, pair.now);
}

static void answers_are_explained(void **state)
{
	static const struct {
		uint8_t payload[2];
		size_t len;
		enum rotor_status status;
		const char *text;
	} cases[] = {
	    {{0}, 1, ROTOR_OK, "no failure"},
	    {{0, 0},
	     2,
	     ROTOR_ERR_LENGTH,
	     "the device's answer to UpdateSecurityRevision cannot be used: wrong length"},
	    {{ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED},
	     1,
	     ROTOR_ERR_PEER,
	     "the device answered UpdateSecurityRevision with "
	     "UPDATE_SECURITY_REVISION_NOT_PERMITTED (0x95): none waits, or the firmware has not "
	     "confirmed itself"},
	    {{ROTOR_PLDM_INVALID_STATE_FOR_COMMAND},
	     1,
	     ROTOR_ERR_PEER,
	     "the device answered UpdateSecurityRevision with INVALID_STATE_FOR_COMMAND (0x84): an "
	     "update is under way"},
	    {{ROTOR_PLDM_ERROR_INVALID_DATA},
	     1,
	     ROTOR_ERR_PEER,
	     "the device answered UpdateSecurityRevision with ERROR_INVALID_DATA (0x02): the "
	     "device "
	     "has no such component"},
	    {{ROTOR_PLDM_ERROR},
	     1,
	     ROTOR_ERR_PEER,
	     "the device answered UpdateSecurityRevision with ERROR (0x01)"},
	};
	char text[ROTOR_PLDM_UA_FAILURE_TEXT];

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		pldm_pair_init(&pair, 10, 0);
		assert_int_equal(rotor_pldm_ua_update_security_revision(&pair.ua, &named, pair.now),
				 ROTOR_OK);
		assert_int_equal(pair.ua.status, ROTOR_PENDING);
		script(ROTOR_PLDM_UPDATE_SECURITY_REVISION, cases[i].payload, cases[i].len);
		assert_int_equal(pair.ua.status, cases[i].status);
		assert_string_equal(
		    rotor_pldm_ua_failure_text(&pair.ua.failure, text, sizeof(text)),
		    cases[i].text);
	}
}

static void a_device_that_does_not_have_the_command_is_not_asked(void **state)
{
	char text[ROTOR_PLDM_UA_FAILURE_TEXT];

	(void)state;
	pldm_pair_init(&pair, 10, 0);
	assert_int_equal(rotor_pldm_ua_discover(&pair.ua, pair.now), ROTOR_OK);
	assert_int_equal(pldm_pair_run(&pair, HOUR), ROTOR_OK);
	pair.ua.found.fwup_commands.bits[4] = 0; /* as a device of version 1.1 */
	assert_int_equal(rotor_pldm_ua_update_security_revision(&pair.ua, &named, pair.now),
			 ROTOR_OK);
	assert_int_equal(pair.ua.status, ROTOR_ERR_UNSUPPORTED);
	assert_string_equal(rotor_pldm_ua_failure_text(&pair.ua.failure, text, sizeof(text)),
			    "the device has no UpdateSecurityRevision");
	assert_int_equal(pair.device.revisions, 0);
}

/* ---- both ---- */

static void any_one_message_of_it_may_be_lost(void **state)
{
	(void)state;
	for (unsigned pend = 0; pend < 3; pend++) {
		for (unsigned lose = 0; lose < 4; lose++) {
			pldm_pair_init(&pair, 10, 0);
			pair.device.pend = pend;
			pair.lose_at = lose;
			assert_int_equal(
			    rotor_pldm_ua_update_security_revision(&pair.ua, &named, pair.now),
			    ROTOR_OK);
			assert_int_equal(pldm_pair_run(&pair, HOUR), ROTOR_OK);
			assert_int_equal(pair.device.revisions, 1);
			assert_int_equal(pair.lost, lose == 1 || lose == 2);
		}
	}
}

static void a_device_that_would_not_wait_is_not_updated(void **state)
{
	char text[ROTOR_PLDM_UA_FAILURE_TEXT];

	(void)state;
	for (int honoured = 0; honoured < 2; honoured++) {
		pldm_pair_init(&pair, 100, 0);
		pair.components[0].options =
		    ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION | ROTOR_PLDM_OPTION_FORCE;
		pair.device.options = honoured ? ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION : 0;
		assert_int_equal(rotor_pldm_ua_update(&pair.ua, &pair.plan, pair.now), ROTOR_OK);
		assert_int_equal(pldm_pair_run(&pair, HOUR),
				 honoured ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED);
		assert_int_equal(pair.device.activated, honoured);
		assert_int_equal(pair.device.cancels_whole, !honoured);
		assert_int_equal(pair.ua.failure.kind,
				 honoured ? ROTOR_PLDM_UA_FAILED_NOT : ROTOR_PLDM_UA_FAILED_OPTION);
		assert_string_equal(
		    rotor_pldm_ua_failure_text(&pair.ua.failure, text, sizeof(text)),
		    honoured ? "no failure"
			     : "the device does not delay the update of the security revision");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_the_device_says_decides_the_answer),
	    cmocka_unit_test(what_is_no_component_s_name_is_refused_unasked),
	    cmocka_unit_test(one_that_takes_time_is_answered_once_and_nothing_comes_between),
	    cmocka_unit_test(it_costs_the_owner_of_an_update_nothing_that_was_remembered),
	    cmocka_unit_test(agents_of_old_read_version_1_1_and_do_not_see_the_command),
	    cmocka_unit_test(answers_are_explained),
	    cmocka_unit_test(a_device_that_does_not_have_the_command_is_not_asked),
	    cmocka_unit_test(any_one_message_of_it_may_be_lost),
	    cmocka_unit_test(a_device_that_would_not_wait_is_not_updated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
