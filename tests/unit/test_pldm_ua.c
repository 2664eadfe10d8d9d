/* SPDX-License-Identifier: Apache-2.0 */
/* The update agent alone, against a device that is a script: odd answers, odd questions, and what it says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/pldm_ua.h"

#define SIZE 5000
#define MAX  256

static struct rotor_pldm_ua ua;
static rotor_ms now;
static uint8_t sent[ROTOR_PLDM_FWUP_REQUEST_MAX];
static size_t sent_len;
static uint8_t reply[4 + MAX + 16];
static size_t reply_len;
static enum rotor_status read_status;

static enum rotor_status read_image(void *ctx, uint16_t component, uint32_t offset, uint8_t *buf,
				    size_t len)
{
	(void)ctx;
	(void)component;
	assert_true(offset < SIZE && len <= SIZE - offset);
	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)((offset + i) % 251 + 1);
	return read_status;
}

static const struct rotor_pldm_ua_ops ops = {.read = read_image};
static struct rotor_pldm_component components[2];
static struct rotor_pldm_ua_plan plan;

static void fresh(void)
{
	static const struct rotor_pldm_component component = {
	    10, 0x0101, 0, 1, {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)"1.1.0", 5}}, SIZE, 0};

	rotor_pldm_ua_init(&ua, NULL, &ops, NULL);
	components[0] = component;
	components[1] = component;
	memset(&plan, 0, sizeof(plan));
	plan.components = components;
	plan.count = 1;
	plan.max_transfer = MAX;
	plan.activate = true;
	now = 100;
	read_status = ROTOR_OK;
}

/* What the agent sends now: the command, or 0. */
static uint8_t agent_sends(void)
{
	if (rotor_pldm_ua_next_request(&ua, now, sent, sizeof(sent), &sent_len) != ROTOR_OK)
		return 0;
	return sent[2];
}

static void answer(const void *payload, size_t len)
{
	uint8_t msg[300] = {sent[0] & 0x1f, sent[1], sent[2]};

	memcpy(&msg[3], payload, len);
	rotor_pldm_ua_response(&ua, msg, 3 + len, now);
}

#define ANSWER(...)                                                                                \
	do {                                                                                       \
		const uint8_t payload[] = {__VA_ARGS__};                                           \
		answer(payload, sizeof(payload));                                                  \
	} while (0)

/* The device asks; its completion code. */
static uint8_t ask(const uint8_t *msg, size_t len)
{
	assert_int_equal(
	    rotor_pldm_ua_request(&ua, msg, len, reply, sizeof(reply), &reply_len, now), ROTOR_OK);
	if (reply_len == 0)
		return 0xff;
	assert_int_equal(reply[0], msg[0] & 0x1f);
	assert_int_equal(reply[2], msg[2]);
	return reply[3];
}

static uint8_t ask_data(uint8_t instance, uint32_t offset, uint32_t length)
{
	uint8_t msg[ROTOR_PLDM_DATA_REQUEST_SIZE];
	const struct rotor_pldm_data_request req = {offset, length};
	size_t len = 0;

	assert_int_equal(
	    rotor_pldm_data_request_message(msg, sizeof(msg) - 1, instance, &req, &len),
	    ROTOR_ERR_SPACE);
	assert_int_equal(rotor_pldm_data_request_message(msg, sizeof(msg), instance, &req, &len),
			 ROTOR_OK);
	return ask(msg, len);
}

static uint8_t tell(uint8_t instance, uint8_t command, uint8_t result)
{
	const uint8_t msg[] = {0x80 | instance, 5, command, result, 0, 0};

	return ask(msg, command == ROTOR_PLDM_APPLY_COMPLETE ? 6 : 4);
}

static void bring_to(enum rotor_pldm_ua_step step)
{
	fresh();
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_OK);
	assert_int_equal(agent_sends(), ROTOR_PLDM_REQUEST_UPDATE);
	if (step == ROTOR_PLDM_UA_REQUEST_UPDATE)
		return;
	ANSWER(0, 0, 0, 0);
	assert_int_equal(agent_sends(), ROTOR_PLDM_PASS_COMPONENT_TABLE);
	if (step == ROTOR_PLDM_UA_PASS_TABLE)
		return;
	ANSWER(0, 0, 0);
	assert_int_equal(agent_sends(), ROTOR_PLDM_UPDATE_COMPONENT);
	if (step == ROTOR_PLDM_UA_UPDATE_COMPONENT)
		return;
	ANSWER(0, 0, 0, 0, 0, 0, 0, 0, 0);
	if (step == ROTOR_PLDM_UA_DOWNLOAD)
		return;
	assert_int_equal(tell(1, ROTOR_PLDM_TRANSFER_COMPLETE, 0), 0);
	if (step == ROTOR_PLDM_UA_VERIFY)
		return;
	assert_int_equal(tell(2, ROTOR_PLDM_VERIFY_COMPLETE, 0), 0);
	if (step == ROTOR_PLDM_UA_APPLY)
		return;
	assert_int_equal(tell(3, ROTOR_PLDM_APPLY_COMPLETE, 0), 0);
	assert_int_equal(agent_sends(), ROTOR_PLDM_ACTIVATE_FIRMWARE);
}

/* After a failure the device is told, and only then the operation ends. */
static void ends_after_cancel(enum rotor_pldm_ua_failure_kind kind, uint8_t code)
{
	assert_int_equal(ua.status, ROTOR_PENDING);
	assert_int_equal(agent_sends(), ROTOR_PLDM_CANCEL_UPDATE);
	ANSWER(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	assert_int_not_equal(ua.status, ROTOR_PENDING);
	assert_int_not_equal(ua.status, ROTOR_OK);
	assert_int_equal(ua.failure.kind, kind);
	assert_int_equal(ua.failure.code, code);
	assert_int_equal(agent_sends(), 0);
	assert_int_equal(rotor_pldm_ua_deadline(&ua), ROTOR_NEVER);
}

static void data_is_given_within_bounds_in_any_order_and_padded(void **state)
{
	static const struct {
		uint32_t offset, length;
		uint8_t completion;
	} cases[] = {
	    {0, 32, 0},
	    {SIZE - 8, 32, 0},
	    {SIZE - 8, 8, 0}, /* less than the baseline at the end */
	    {64, MAX, 0},
	    {0, 1, 0},
	    {0, 0, ROTOR_PLDM_INVALID_TRANSFER_LENGTH},
	    {0, MAX + 1, ROTOR_PLDM_INVALID_TRANSFER_LENGTH},
	    {0, UINT32_MAX, ROTOR_PLDM_INVALID_TRANSFER_LENGTH},
	    {SIZE, 32, ROTOR_PLDM_DATA_OUT_OF_RANGE},
	    {UINT32_MAX, 32, ROTOR_PLDM_DATA_OUT_OF_RANGE},
	    {UINT32_MAX - 15, 32, ROTOR_PLDM_DATA_OUT_OF_RANGE},
	    {SIZE - 1, MAX, 0},
	    {0, 32, 0}, /* again */
	};

	(void)state;
	bring_to(ROTOR_PLDM_UA_DOWNLOAD);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		assert_int_equal(ask_data((uint8_t)i, cases[i].offset, cases[i].length),
				 cases[i].completion);
		if (cases[i].completion != 0) {
			assert_int_equal(reply_len, 4);
			continue;
		}
		assert_int_equal(reply_len, 4 + cases[i].length);
		for (uint32_t n = 0; n < cases[i].length; n++) {
			const uint32_t at = cases[i].offset + n;

			assert_int_equal(reply[4 + n], at < SIZE ? at % 251 + 1 : 0);
		}
	}
	assert_int_equal(ua.status, ROTOR_PENDING);
	assert_int_equal(ua.done, SIZE);
}

static void what_the_device_has_itself_is_done_too(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_UA_DOWNLOAD);
	assert_int_equal(ask_data(1, 0, 64), 0);
	assert_int_equal(ua.done, 64);
	assert_int_equal(tell(2, ROTOR_PLDM_TRANSFER_COMPLETE, 0), 0);
	assert_int_equal(ua.done, SIZE);
	bring_to(ROTOR_PLDM_UA_DOWNLOAD);
	assert_int_equal(ask_data(1, 0, 64), 0);
	assert_int_equal(tell(2, ROTOR_PLDM_TRANSFER_COMPLETE, ROTOR_PLDM_TRANSFER_ABORTED), 0);
	assert_int_equal(ua.done, 64);
}

static void a_truncated_question_is_a_length_error(void **state)
{
	static const uint8_t question[] = {0x81, 5, 0x15, 0, 0, 0, 0, 32, 0, 0, 0, 0};

	(void)state;
	bring_to(ROTOR_PLDM_UA_DOWNLOAD);
	for (size_t len = 3; len <= sizeof(question); len++)
		assert_int_equal(ask(question, len),
				 len == 11 ? 0 : ROTOR_PLDM_ERROR_INVALID_LENGTH);
	for (size_t len = 0; len < 3; len++)
		assert_int_equal(ask(question, len), 0xff);
	assert_int_equal(ua.counters.malformed, 3);
}

static void a_reply_that_does_not_fit_is_an_error(void **state)
{
	static const uint8_t question[] = {0x81, 5, 0x15, 0, 0, 0, 0, 32, 0, 0, 0};
	uint8_t small[35];
	size_t len;

	(void)state;
	bring_to(ROTOR_PLDM_UA_DOWNLOAD);
	assert_int_equal(
	    rotor_pldm_ua_request(&ua, question, sizeof(question), small, sizeof(small), &len, now),
	    ROTOR_OK);
	assert_int_equal(len, 4);
	assert_int_equal(small[3], ROTOR_PLDM_INVALID_TRANSFER_LENGTH);
	assert_int_equal(
	    rotor_pldm_ua_request(&ua, question, sizeof(question), small, 3, &len, now),
	    ROTOR_ERR_SPACE);
}

/* Which of the device's questions is answered COMMAND_NOT_EXPECTED in which step. */
static void questions_out_of_turn_are_not_expected(void **state)
{
	static const struct {
		enum rotor_pldm_ua_step step;
		bool data, transfer, verify, apply;
	} cases[] = {
	    {ROTOR_PLDM_UA_REQUEST_UPDATE, false, false, false, false},
	    {ROTOR_PLDM_UA_PASS_TABLE, false, false, false, false},
	    {ROTOR_PLDM_UA_UPDATE_COMPONENT, true, false, false, false},
	    {ROTOR_PLDM_UA_DOWNLOAD, true, true, false, false},
	    {ROTOR_PLDM_UA_VERIFY, false, false, true, false},
	    {ROTOR_PLDM_UA_APPLY, false, false, false, true},
	    {ROTOR_PLDM_UA_ACTIVATE, false, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		bring_to(cases[i].step);
		assert_int_equal(ask_data(20, 0, 32),
				 cases[i].data ? 0 : ROTOR_PLDM_COMMAND_NOT_EXPECTED);
		bring_to(cases[i].step);
		assert_int_equal(tell(21, ROTOR_PLDM_TRANSFER_COMPLETE, 0),
				 cases[i].transfer ? 0 : ROTOR_PLDM_COMMAND_NOT_EXPECTED);
		bring_to(cases[i].step);
		assert_int_equal(tell(22, ROTOR_PLDM_VERIFY_COMPLETE, 0),
				 cases[i].verify ? 0 : ROTOR_PLDM_COMMAND_NOT_EXPECTED);
		bring_to(cases[i].step);
		assert_int_equal(tell(23, ROTOR_PLDM_APPLY_COMPLETE, 0),
				 cases[i].apply ? 0 : ROTOR_PLDM_COMMAND_NOT_EXPECTED);
	}
	fresh();
	assert_int_equal(ask_data(1, 0, 32), ROTOR_PLDM_COMMAND_NOT_EXPECTED);
	assert_int_equal(tell(1, ROTOR_PLDM_GET_PACKAGE_DATA, 0), ROTOR_PLDM_NO_PACKAGE_DATA);
	assert_int_equal(tell(1, ROTOR_PLDM_GET_META_DATA, 0), ROTOR_PLDM_COMMAND_NOT_EXPECTED);
	assert_int_equal(tell(1, ROTOR_PLDM_GET_STATUS, 0), ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD);
	{
		static const uint8_t base[] = {0x80, 0, 2}, other[] = {0x80, 2, 2},
				     datagram[] = {0xc0, 5, 0x15};

		assert_int_equal(ask(base, 3), ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD);
		assert_int_equal(ask(other, 3), ROTOR_PLDM_ERROR_INVALID_PLDM_TYPE);
		assert_int_equal(ask(datagram, 3), 0xff);
	}
}

static void a_repeated_completion_is_acknowledged_again_and_counts_once(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_UA_VERIFY);
	assert_int_equal(tell(1, ROTOR_PLDM_TRANSFER_COMPLETE, 0), 0);
	assert_int_equal(ua.step, ROTOR_PLDM_UA_VERIFY);
	assert_int_equal(tell(2, ROTOR_PLDM_VERIFY_COMPLETE, 0), 0);
	assert_int_equal(tell(2, ROTOR_PLDM_VERIFY_COMPLETE, 0), 0);
	assert_int_equal(ua.step, ROTOR_PLDM_UA_APPLY);
	assert_int_equal(tell(3, ROTOR_PLDM_APPLY_COMPLETE, 0), 0);
	assert_int_equal(tell(3, ROTOR_PLDM_APPLY_COMPLETE, 0), 0);
	assert_int_equal(ua.step, ROTOR_PLDM_UA_ACTIVATE);
	assert_int_equal(ua.counters.repeated, 3);
	/* a failure that was told is acknowledged again too */
	bring_to(ROTOR_PLDM_UA_VERIFY);
	assert_int_equal(tell(2, ROTOR_PLDM_VERIFY_COMPLETE, 3), 0);
	assert_int_equal(tell(2, ROTOR_PLDM_VERIFY_COMPLETE, 3), 0);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_RESULT, 3);
}

static void a_device_that_asks_before_its_answer_arrives_is_served(void **state)
{
	/* the answer to UpdateComponent is lost; a device that knows no retries refuses the second one */
	(void)state;
	bring_to(ROTOR_PLDM_UA_UPDATE_COMPONENT);
	assert_int_equal(ask_data(1, 0, 64), 0);
	now += ROTOR_PLDM_UA_TIMEOUT_DEFAULT;
	assert_int_equal(agent_sends(), ROTOR_PLDM_UPDATE_COMPONENT);
	ANSWER(ROTOR_PLDM_INVALID_STATE_FOR_COMMAND);
	assert_int_equal(ua.step, ROTOR_PLDM_UA_DOWNLOAD);
	/* or it has finished before the agent asks again */
	bring_to(ROTOR_PLDM_UA_UPDATE_COMPONENT);
	assert_int_equal(ask_data(1, 0, 64), 0);
	assert_int_equal(tell(2, ROTOR_PLDM_TRANSFER_COMPLETE, 0), 0);
	assert_int_equal(ua.step, ROTOR_PLDM_UA_VERIFY);
	ANSWER(0, 0, 0, 0, 0, 0, 0, 0, 0); /* the answer, late */
	assert_int_equal(ua.counters.unexpected, 1);
	assert_int_equal(ua.step, ROTOR_PLDM_UA_VERIFY);
}

static void requests_are_repeated_with_their_instance_id(void **state)
{
	uint8_t first[ROTOR_PLDM_FWUP_REQUEST_MAX];
	size_t first_len;

	(void)state;
	bring_to(ROTOR_PLDM_UA_REQUEST_UPDATE);
	memcpy(first, sent, sent_len);
	first_len = sent_len;
	assert_int_equal(rotor_pldm_ua_deadline(&ua), now + ROTOR_PLDM_UA_TIMEOUT_DEFAULT);
	now += 300;
	rotor_pldm_ua_sent(&ua, now); /* it waited in a queue */
	now += ROTOR_PLDM_UA_TIMEOUT_DEFAULT - 1;
	assert_int_equal(agent_sends(), 0);
	now += 1;
	for (int i = 0; i < ROTOR_PLDM_UA_RETRIES_DEFAULT; i++) {
		assert_int_equal(agent_sends(), ROTOR_PLDM_REQUEST_UPDATE);
		assert_int_equal(sent_len, first_len);
		assert_memory_equal(sent, first, first_len);
		now += ROTOR_PLDM_UA_TIMEOUT_DEFAULT;
	}
	/* a last word to a device that may yet hear it */
	assert_int_equal(agent_sends(), ROTOR_PLDM_CANCEL_UPDATE);
	assert_int_not_equal(sent[0], first[0]);
	now += ROTOR_PLDM_UA_TIMEOUT_DEFAULT;
	assert_int_equal(agent_sends(), 0);
	assert_int_equal(ua.status, ROTOR_ERR_TIMEOUT);
	assert_int_equal(ua.failure.kind, ROTOR_PLDM_UA_FAILED_TIMEOUT);
	assert_int_equal(ua.failure.command, ROTOR_PLDM_REQUEST_UPDATE);
}

static void answers_that_nobody_waits_for_are_dropped(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_UA_REQUEST_UPDATE);
	sent[0] ^= 1; /* another instance */
	ANSWER(0, 0, 0, 0);
	sent[0] ^= 1;
	sent[2] ^= 1; /* another command */
	ANSWER(0, 0, 0, 0);
	sent[2] ^= 1;
	sent[1] = 0; /* another type */
	ANSWER(0, 0, 0, 0);
	sent[1] = 5;
	assert_int_equal(ua.counters.unexpected, 3);
	rotor_pldm_ua_response(&ua, sent, 2, now);
	rotor_pldm_ua_response(&ua, sent, sent_len, now); /* a request */
	assert_int_equal(ua.counters.malformed, 2);
	assert_int_equal(ua.step, ROTOR_PLDM_UA_REQUEST_UPDATE);
	ANSWER(0, 0, 0, 0);
	assert_int_equal(ua.step, ROTOR_PLDM_UA_PASS_TABLE);
}

static void malformed_answers_end_the_update(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_UA_REQUEST_UPDATE);
	ANSWER(0, 0, 0);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_RESPONSE, 0);
	bring_to(ROTOR_PLDM_UA_PASS_TABLE);
	ANSWER(0, 2, 0);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_RESPONSE, 0);
	bring_to(ROTOR_PLDM_UA_UPDATE_COMPONENT);
	ANSWER(0, 0, 0, 0, 0, 0, 0, 0);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_RESPONSE, 0);
	bring_to(ROTOR_PLDM_UA_ACTIVATE);
	ANSWER(0, 0);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_RESPONSE, 0);
}

static void refusals_have_their_codes(void **state)
{
	char text[ROTOR_PLDM_UA_FAILURE_TEXT];

	(void)state;
	bring_to(ROTOR_PLDM_UA_PASS_TABLE);
	ANSWER(0, 1, ROTOR_PLDM_COMPONENT_SECURITY);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_COMPONENT, ROTOR_PLDM_COMPONENT_SECURITY);
	assert_string_equal(
	    rotor_pldm_ua_failure_text(&ua.failure, text, sizeof(text)),
	    "the device refused component 0 in PassComponentTable: security restrictions (0x07)");

	bring_to(ROTOR_PLDM_UA_UPDATE_COMPONENT);
	ANSWER(0, 1, ROTOR_PLDM_COMPONENT_NOT_IN_TABLE, 0, 0, 0, 0, 0, 0);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_COMPONENT, ROTOR_PLDM_COMPONENT_NOT_IN_TABLE);

	bring_to(ROTOR_PLDM_UA_REQUEST_UPDATE);
	ANSWER(ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE);
	assert_int_equal(ua.status, ROTOR_ERR_PEER); /* nothing to cancel */
	assert_string_equal(
	    rotor_pldm_ua_failure_text(&ua.failure, text, sizeof(text)),
	    "the device answered RequestUpdate with UNABLE_TO_INITIATE_UPDATE (0x8a)");

	bring_to(ROTOR_PLDM_UA_VERIFY);
	assert_int_equal(tell(2, ROTOR_PLDM_VERIFY_COMPLETE, ROTOR_PLDM_RESULT_SECURITY_REVISION),
			 0);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_RESULT, ROTOR_PLDM_RESULT_SECURITY_REVISION);
	assert_string_equal(rotor_pldm_ua_failure_text(&ua.failure, text, sizeof(text)),
			    "VerifyComplete of component 0: security revision error (0x10)");

	bring_to(ROTOR_PLDM_UA_DOWNLOAD);
	read_status = ROTOR_ERR_IO;
	assert_int_equal(ask_data(1, 0, 32), ROTOR_PLDM_ERROR);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_READ, 0);
	assert_int_equal(ua.status, ROTOR_ERR_IO);
}

static void every_failure_has_a_text_that_fits(void **state)
{
	char text[ROTOR_PLDM_UA_FAILURE_TEXT];

	(void)state;
	for (int kind = ROTOR_PLDM_UA_FAILED_NOT; kind <= ROTOR_PLDM_UA_FAILED_OPTION; kind++) {
		for (unsigned n = 0; n < 256; n++) {
			const struct rotor_pldm_ua_failure failure = {
			    .kind = (enum rotor_pldm_ua_failure_kind)kind,
			    .step = ROTOR_PLDM_UA_VERIFY,
			    .type = 5,
			    .command = (uint8_t)(n % 40),
			    .code = (uint8_t)n,
			    .component = 65535,
			    .status = ROTOR_ERR_UNTRUSTED,
			};

			(void)rotor_pldm_ua_failure_text(&failure, text, sizeof(text));
			assert_in_range(strlen(text), 5, sizeof(text) - 2);
			(void)rotor_pldm_ua_failure_text(&failure, text, 6);
			assert_in_range(strlen(text), 5, 5);
		}
	}
	for (int step = 0; step <= ROTOR_PLDM_UA_SECURITY_REVISION + 1; step++)
		assert_non_null(rotor_pldm_ua_step_name((enum rotor_pldm_ua_step)step));
}

static void force_goes_past_the_table(void **state)
{
	(void)state;
	fresh();
	components[0].options = ROTOR_PLDM_OPTION_FORCE;
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_OK);
	assert_int_equal(agent_sends(), ROTOR_PLDM_REQUEST_UPDATE);
	ANSWER(0, 0, 0, 0);
	assert_int_equal(agent_sends(), ROTOR_PLDM_PASS_COMPONENT_TABLE);
	ANSWER(0, 1, ROTOR_PLDM_COMPONENT_VERSION_IDENTICAL);
	assert_int_equal(agent_sends(), ROTOR_PLDM_UPDATE_COMPONENT);
}

static void a_device_in_another_state_ends_the_update(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_UA_VERIFY);
	now += ROTOR_PLDM_UA_STATUS_DEFAULT;
	assert_int_equal(agent_sends(), ROTOR_PLDM_GET_STATUS);
	ANSWER(0, ROTOR_PLDM_READY_XFER, ROTOR_PLDM_VERIFY, 3, 0, 101, 0, 0, 0, 0, 0);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_STATE, ROTOR_PLDM_READY_XFER);

	bring_to(ROTOR_PLDM_UA_VERIFY);
	now += ROTOR_PLDM_UA_STATUS_DEFAULT;
	assert_int_equal(agent_sends(), ROTOR_PLDM_GET_STATUS);
	ANSWER(0, ROTOR_PLDM_IDLE, ROTOR_PLDM_VERIFY, 3, 0, 101, 6, 0, 0, 0, 0);
	assert_int_equal(ua.failure.kind, ROTOR_PLDM_UA_FAILED_LOST);
	assert_int_equal(ua.failure.code, 6);
	assert_int_equal(ua.status, ROTOR_ERR_PEER);

	/* one that says that it failed is given a moment to say how */
	bring_to(ROTOR_PLDM_UA_VERIFY);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ua.failure.kind, ROTOR_PLDM_UA_FAILED_NOT);
		now += ROTOR_PLDM_UA_STATUS_DEFAULT;
		assert_int_equal(agent_sends(), ROTOR_PLDM_GET_STATUS);
		ANSWER(0, ROTOR_PLDM_VERIFY, ROTOR_PLDM_DOWNLOAD, 2, 10, 101, 0, 0, 0, 0, 0);
	}
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_STATE, ROTOR_PLDM_VERIFY);

	/* unanswered status questions alone end nothing */
	bring_to(ROTOR_PLDM_UA_VERIFY);
	for (unsigned sent_count = 0; sent_count < 12;) {
		now += 1000;
		if (agent_sends() == ROTOR_PLDM_GET_STATUS)
			sent_count++;
		assert_int_equal(ua.status, ROTOR_PENDING);
	}
	assert_int_equal(tell(2, ROTOR_PLDM_VERIFY_COMPLETE, 0), 0);
	assert_int_equal(ua.step, ROTOR_PLDM_UA_APPLY);
}

static void whether_a_lost_activation_happened_the_status_tells(void **state)
{
	(void)state;
	static const uint8_t says[] = {ROTOR_PLDM_NOT_IN_UPDATE_MODE, ROTOR_PLDM_ERROR_NOT_READY};
	for (int n = 0; n < 4; n++) {
		const int happened = n % 2;
		bring_to(ROTOR_PLDM_UA_ACTIVATE);
		now += ROTOR_PLDM_UA_TIMEOUT_DEFAULT;
		assert_int_equal(agent_sends(), ROTOR_PLDM_ACTIVATE_FIRMWARE);
		ANSWER(says[n / 2]);
		assert_int_equal(agent_sends(), ROTOR_PLDM_GET_STATUS);
		ANSWER(0, ROTOR_PLDM_IDLE, ROTOR_PLDM_ACTIVATE, 3, 0, 101,
		       happened ? ROTOR_PLDM_REASON_ACTIVATE_FIRMWARE : 0, 0, 0, 0, 0);
		assert_int_equal(ua.status, happened ? ROTOR_OK : ROTOR_ERR_PEER);
	}
	bring_to(ROTOR_PLDM_UA_ACTIVATE);
	ANSWER(ROTOR_PLDM_ACTIVATION_NOT_REQUIRED);
	assert_int_equal(ua.status, ROTOR_OK);
	/* Not asked twice, it is busy; and one that has not begun, or is at it, is asked again. */
	bring_to(ROTOR_PLDM_UA_ACTIVATE);
	ANSWER(ROTOR_PLDM_ERROR_NOT_READY);
	now += ROTOR_PLDM_UA_BUSY_DEFAULT;
	assert_int_equal(agent_sends(), ROTOR_PLDM_ACTIVATE_FIRMWARE);
	for (int n = 0; n < 2; n++) {
		now += ROTOR_PLDM_UA_TIMEOUT_DEFAULT;
		assert_int_equal(agent_sends(), ROTOR_PLDM_ACTIVATE_FIRMWARE);
		ANSWER(ROTOR_PLDM_ERROR_NOT_READY);
		assert_int_equal(agent_sends(), ROTOR_PLDM_GET_STATUS);
		ANSWER(0, n == 0 ? ROTOR_PLDM_READY_XFER : ROTOR_PLDM_ACTIVATE, ROTOR_PLDM_APPLY, 3,
		       0, 101, 0, 0, 0, 0, 0);
		assert_int_equal(ua.status, ROTOR_PENDING);
		now += ROTOR_PLDM_UA_BUSY_DEFAULT;
		assert_int_equal(agent_sends(), ROTOR_PLDM_ACTIVATE_FIRMWARE);
	}
	ANSWER(0, 0, 0);
	assert_int_equal(ua.status, ROTOR_OK);
	/* But not for ever, whatever state it says that it is in. */
	for (uint8_t told = ROTOR_PLDM_LEARN_COMPONENTS; told <= ROTOR_PLDM_ACTIVATE; told++) {
		unsigned times = 0;
		bring_to(ROTOR_PLDM_UA_ACTIVATE);
		for (uint8_t sends = 0; sends != ROTOR_PLDM_CANCEL_UPDATE; times++) {
			assert_int_not_equal(rotor_pldm_ua_deadline(&ua), ROTOR_NEVER);
			assert_true(times < 200);
			now = rotor_pldm_ua_deadline(&ua);
			sends = agent_sends();
			if (sends == ROTOR_PLDM_GET_STATUS)
				ANSWER(0, told, ROTOR_PLDM_APPLY, 1, 0, 101, 0, 0, 0, 0, 0);
			else if (sends == ROTOR_PLDM_ACTIVATE_FIRMWARE && ua.tries > 1)
				ANSWER(ROTOR_PLDM_ERROR_NOT_READY);
		}
		ANSWER(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
		assert_int_equal(ua.failure.kind, ROTOR_PLDM_UA_FAILED_STATE);
		assert_int_equal(ua.failure.code, told);
	}
}

/* A device that knows no retries has gone on when the table's last answer was lost. */
static void a_table_that_has_ended_is_not_begun_again(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_UA_PASS_TABLE);
	now += ROTOR_PLDM_UA_TIMEOUT_DEFAULT;
	assert_int_equal(agent_sends(), ROTOR_PLDM_PASS_COMPONENT_TABLE);
	ANSWER(ROTOR_PLDM_INVALID_STATE_FOR_COMMAND);
	assert_int_equal(agent_sends(), ROTOR_PLDM_UPDATE_COMPONENT);
	/* Asked once only, it is in another state for another reason. */
	bring_to(ROTOR_PLDM_UA_PASS_TABLE);
	ANSWER(ROTOR_PLDM_INVALID_STATE_FOR_COMMAND);
	ends_after_cancel(ROTOR_PLDM_UA_FAILED_COMPLETION, ROTOR_PLDM_INVALID_STATE_FOR_COMMAND);
}

static void instance_ids_go_round(void **state)
{
	uint8_t last = 31;

	(void)state;
	fresh();
	for (int i = 0; i < 100; i++) {
		assert_int_equal(rotor_pldm_ua_get_status(&ua, now), ROTOR_OK);
		assert_int_equal(agent_sends(), ROTOR_PLDM_GET_STATUS);
		assert_int_equal(sent[0], 0x80 | (last + 1) % 32);
		last = sent[0] & 0x1f;
		ANSWER(0, 0, 0, 3, 0, 101, 0, 0, 0, 0, 0);
		assert_int_equal(ua.status, ROTOR_OK);
	}
}

static void discovery_believes_nothing_that_cannot_be(void **state)
{
	static const uint8_t types[] = {0, 0x20, 0, 0, 0, 0, 0, 0, 0}; /* type 5 without type 0 */
	static const uint8_t base_only[] = {0, 0x01, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t version[] = {0,    0,    0,    0,    0,    5,    0x00,
					  0xf0, 0xf1, 0xf1, 0xba, 0xbe, 0x9d, 0x53};
	uint8_t bad[sizeof(version)], commands[33] = {0, 0x3e};

	(void)state;
	fresh();
	assert_int_equal(rotor_pldm_ua_discover(&ua, now), ROTOR_OK);
	assert_int_equal(agent_sends(), ROTOR_PLDM_GET_TID);
	assert_int_equal(sent[1], 0);
	ANSWER(0, 7);
	assert_int_equal(ua.found.tid, 7);
	assert_int_equal(agent_sends(), ROTOR_PLDM_GET_TYPES);
	answer(types, sizeof(types));
	assert_int_equal(ua.failure.kind, ROTOR_PLDM_UA_FAILED_RESPONSE);
	assert_int_equal(ua.failure.type, 0);

	for (size_t i = 5; i < sizeof(version); i++) {
		fresh();
		assert_int_equal(rotor_pldm_ua_discover(&ua, now), ROTOR_OK);
		assert_int_equal(agent_sends(), ROTOR_PLDM_GET_TID);
		ANSWER(0, 0);
		assert_int_equal(agent_sends(), ROTOR_PLDM_GET_TYPES);
		answer(base_only, sizeof(base_only));
		assert_int_equal(agent_sends(), ROTOR_PLDM_GET_VERSION);
		memcpy(bad, version, sizeof(bad));
		bad[i] ^= 1; /* flag, version or checksum */
		answer(bad, sizeof(bad));
		assert_int_equal(ua.failure.kind, ROTOR_PLDM_UA_FAILED_RESPONSE);
	}
	/* a device without firmware update is found as such, and not updated */
	fresh();
	assert_int_equal(rotor_pldm_ua_discover(&ua, now), ROTOR_OK);
	assert_int_equal(agent_sends(), ROTOR_PLDM_GET_TID);
	ANSWER(0, 0);
	assert_int_equal(agent_sends(), ROTOR_PLDM_GET_TYPES);
	answer(base_only, sizeof(base_only));
	assert_int_equal(agent_sends(), ROTOR_PLDM_GET_VERSION);
	answer(version, sizeof(version));
	assert_int_equal(agent_sends(), ROTOR_PLDM_GET_COMMANDS);
	answer(commands, sizeof(commands));
	assert_int_equal(ua.status, ROTOR_OK);
	assert_int_equal(ua.found.fwup_version, 0);
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_OK);
	assert_int_equal(ua.status, ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(agent_sends(), 0);
}

static void plans_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	fresh();
	assert_int_equal(rotor_pldm_ua_update(&ua, NULL, now), ROTOR_ERR_ARGUMENT);
	plan.count = 0;
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_ERR_ARGUMENT);
	plan.count = ROTOR_PLDM_UA_COMPONENTS_MAX + 1;
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_ERR_ARGUMENT);
	plan.count = 1;
	plan.max_transfer = 31;
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_ERR_ARGUMENT);
	plan.max_transfer = 32;
	components[0].size = 0;
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_ERR_ARGUMENT);
	components[0].size = 1;
	components[0].version.type = 0;
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_ERR_ARGUMENT);
	components[0].version.text.len = 0;
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_OK);
	assert_int_equal(rotor_pldm_ua_update(&ua, &plan, now), ROTOR_ERR_BUSY);
	assert_int_equal(rotor_pldm_ua_discover(&ua, now), ROTOR_ERR_BUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(data_is_given_within_bounds_in_any_order_and_padded),
	    cmocka_unit_test(what_the_device_has_itself_is_done_too),
	    cmocka_unit_test(a_truncated_question_is_a_length_error),
	    cmocka_unit_test(a_reply_that_does_not_fit_is_an_error),
	    cmocka_unit_test(questions_out_of_turn_are_not_expected),
	    cmocka_unit_test(a_repeated_completion_is_acknowledged_again_and_counts_once),
	    cmocka_unit_test(a_device_that_asks_before_its_answer_arrives_is_served),
	    cmocka_unit_test(requests_are_repeated_with_their_instance_id),
	    cmocka_unit_test(answers_that_nobody_waits_for_are_dropped),
	    cmocka_unit_test(malformed_answers_end_the_update),
	    cmocka_unit_test(refusals_have_their_codes),
	    cmocka_unit_test(every_failure_has_a_text_that_fits),
	    cmocka_unit_test(force_goes_past_the_table),
	    cmocka_unit_test(a_device_in_another_state_ends_the_update),
	    cmocka_unit_test(whether_a_lost_activation_happened_the_status_tells),
	    cmocka_unit_test(a_table_that_has_ended_is_not_begun_again),
	    cmocka_unit_test(instance_ids_go_round),
	    cmocka_unit_test(discovery_believes_nothing_that_cannot_be),
	    cmocka_unit_test(plans_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
