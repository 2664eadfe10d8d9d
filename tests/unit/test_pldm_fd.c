/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware device alone: every command in every state, peers, retries, timers, the agent's odd answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/pldm_fwup_data.h"
#include "support/generated_doc.h"
#include "support/pldm_device.h"

#define AGENT     0x0a01
#define STRANGER  0x0b02
#define SIZE      100
#define META_DATA 20

static struct pldm_device dev; /* large */
static rotor_ms now;
static uint8_t instance;
static uint8_t reply[512];
static size_t reply_len;
static bool has_meta_data;
static uint8_t outstanding = 1; /* requests that the agent allows at once */

/* ---- an agent that does as it is told ---- */

static enum rotor_status send_raw(uint32_t peer, const void *msg, size_t len)
{
	return rotor_pldm_fd_request(&dev.fd, peer, msg, len, reply, sizeof(reply), &reply_len,
				     now);
}

static void build(struct rotor_writer *w, uint8_t command)
{
	static const struct rotor_pldm_component component = {
	    10,   0x0101, 0, 0x00010100, {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)"1.1.0", 5}},
	    SIZE, 0};
	const struct rotor_pldm_request_update request = {
	    .max_transfer = 64, .component_count = 1, .max_outstanding = outstanding};

	rotor_pldm_request_begin(w, instance, ROTOR_PLDM_TYPE_FWUP, command);
	switch (command) {
	case ROTOR_PLDM_REQUEST_UPDATE:
		rotor_pldm_request_update_encode(w, &request);
		break;
	case ROTOR_PLDM_PASS_COMPONENT_TABLE:
		rotor_pldm_pass_component_encode(w, ROTOR_PLDM_START_AND_END, &component);
		break;
	case ROTOR_PLDM_UPDATE_COMPONENT:
		rotor_pldm_update_component_encode(w, &component);
		break;
	case ROTOR_PLDM_ACTIVATE_FIRMWARE:
		rotor_pldm_activate_encode(w, true);
		break;
	case ROTOR_PLDM_ACTIVATE_PENDING_IMAGE:
	case ROTOR_PLDM_UPDATE_SECURITY_REVISION: {
		static const struct rotor_pldm_component_name name = {10, 0x0101, 0};

		rotor_pldm_component_name_encode(w, &name);
		break;
	}
	case ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE: {
		static const struct rotor_pldm_request_downstream behind = {64, 1, 0};

		rotor_pldm_request_downstream_encode(w, &behind);
		break;
	}
	case ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS:
	case ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS:
	case ROTOR_PLDM_GET_DEVICE_META_DATA: {
		const struct rotor_pldm_part_req req = {0, ROTOR_PLDM_GET_FIRST_PART};

		rotor_pldm_part_req_encode(w, &req);
		break;
	}
	default:
		break;
	}
}

/* Sends a command with a new instance ID. @return its completion code; 0xff: the answer is pending, 0xfe: none */
static uint8_t command_from(uint32_t peer, uint8_t command)
{
	uint8_t msg[ROTOR_PLDM_FWUP_REQUEST_MAX];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	enum rotor_status status;
	size_t len;

	instance = (uint8_t)((instance + 1) % 32);
	build(&w, command);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	status = send_raw(peer, msg, len);
	if (status == ROTOR_PENDING) {
		assert_int_equal(reply_len, 0);
		return 0xff;
	}
	assert_int_equal(status, ROTOR_OK);
	if (reply_len == 0)
		return 0xfe;
	assert_true(reply_len >= 4);
	assert_int_equal(reply[0], instance);
	assert_int_equal(reply[1], ROTOR_PLDM_TYPE_FWUP);
	assert_int_equal(reply[2], command);
	return reply[3];
}

static uint8_t command(uint8_t cmd)
{
	return command_from(AGENT, cmd);
}

static uint8_t asked[64];
static size_t asked_len;

/* What the device asks now: the command, 0 for nothing. The message stays in @c asked. */
static uint8_t device_asks(void)
{
	uint32_t peer;

	rotor_pldm_fd_poll(&dev.fd, now);
	if (rotor_pldm_fd_next_request(&dev.fd, now, asked, sizeof(asked), &asked_len, &peer) !=
	    ROTOR_OK)
		return 0;
	assert_int_equal(peer, AGENT);
	assert_int_equal(asked[1], ROTOR_PLDM_TYPE_FWUP);
	return asked[2];
}

/* Answers what the device asked last. */
static void answer_from(uint32_t peer, uint8_t completion, size_t data_len)
{
	uint8_t msg[512] = {0};

	msg[0] = asked[0] & 0x1f;
	msg[1] = asked[1];
	msg[2] = asked[2];
	msg[3] = completion;
	memset(&msg[4], 0x5a, data_len);
	rotor_pldm_fd_response(&dev.fd, peer, msg, 4 + data_len, now);
}

static void answer(uint8_t completion, size_t data_len)
{
	answer_from(AGENT, completion, data_len);
}

static uint32_t asked_length(void)
{
	return asked[7] | (uint32_t)asked[8] << 8;
}

static void status_is(enum rotor_pldm_state state, enum rotor_pldm_state previous, uint8_t aux,
		      uint8_t aux_status, uint8_t progress, uint8_t reason)
{
	struct rotor_pldm_status status;

	assert_int_equal(command_from(STRANGER, ROTOR_PLDM_GET_STATUS), ROTOR_PLDM_SUCCESS);
	assert_int_equal(
	    rotor_pldm_status_decode((struct rotor_bytes){&reply[4], reply_len - 4}, &status),
	    ROTOR_OK);
	assert_int_equal(status.state, state);
	assert_int_equal(status.previous, previous);
	assert_int_equal(status.aux_state, aux);
	assert_int_equal(status.aux_status, aux_status);
	assert_int_equal(status.progress, progress);
	assert_int_equal(status.reason, reason);
}

static void fresh(void)
{
	pldm_device_init(&dev);
	if (has_meta_data)
		pldm_device_has_meta_data(&dev, META_DATA);
	now = 5000;
	instance = 0;
}

/* Gives the device its data back, all at once. */
static void give_back(void)
{
	uint8_t msg[4 + ROTOR_PLDM_PART_HEAD + META_DATA];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_pldm_part part = {.flag = ROTOR_PLDM_START_AND_END};

	assert_int_equal(device_asks(), ROTOR_PLDM_GET_META_DATA);
	rotor_write_u8(&w, asked[0] & 0x1f);
	rotor_write_u8(&w, asked[1]);
	rotor_write_u8(&w, asked[2]);
	rotor_write_u8(&w, ROTOR_PLDM_SUCCESS);
	rotor_pldm_part_head_encode(&w, &part);
	for (unsigned i = 0; i < META_DATA; i++)
		rotor_write_u8(&w, (uint8_t)(3 * i));
	rotor_pldm_fd_response(&dev.fd, AGENT, msg, w.len, now);
}

/* Brings a fresh device to a state. */
static void bring_to(enum rotor_pldm_state state)
{
	fresh();
	if (state == ROTOR_PLDM_IDLE)
		return;
	assert_int_equal(command(ROTOR_PLDM_REQUEST_UPDATE), 0);
	if (state == ROTOR_PLDM_LEARN_COMPONENTS)
		return;
	assert_int_equal(command(ROTOR_PLDM_PASS_COMPONENT_TABLE), 0);
	if (state == ROTOR_PLDM_READY_XFER)
		return;
	assert_int_equal(command(ROTOR_PLDM_UPDATE_COMPONENT), 0);
	if (state == ROTOR_PLDM_DOWNLOAD)
		return;
	for (uint8_t cmd = device_asks(); cmd == ROTOR_PLDM_REQUEST_FIRMWARE_DATA;
	     cmd = device_asks())
		answer(ROTOR_PLDM_SUCCESS, asked_length());
	assert_int_equal(asked[2], ROTOR_PLDM_TRANSFER_COMPLETE);
	if (state == ROTOR_PLDM_VERIFY)
		dev.pend = 1000000;
	answer(ROTOR_PLDM_SUCCESS, 0);
	if (state == ROTOR_PLDM_VERIFY)
		return;
	assert_int_equal(device_asks(), ROTOR_PLDM_VERIFY_COMPLETE);
	if (state == ROTOR_PLDM_APPLY)
		dev.pend = 1000000;
	answer(ROTOR_PLDM_SUCCESS, 0);
	if (has_meta_data)
		give_back();
	if (state == ROTOR_PLDM_APPLY)
		return;
	assert_int_equal(device_asks(), ROTOR_PLDM_APPLY_COMPLETE);
	answer(ROTOR_PLDM_SUCCESS, 0);
	assert_int_equal(dev.fd.state, ROTOR_PLDM_READY_XFER);
	dev.pend = 1000000;
	assert_int_equal(command(ROTOR_PLDM_ACTIVATE_FIRMWARE), 0xff);
	assert_int_equal(dev.fd.state, ROTOR_PLDM_ACTIVATE);
}

/* ---- tests ---- */

/* Every command in every state: the table written a second time, from the specification's side. */
static void every_command_in_every_state_has_its_answer(void **state)
{
	(void)state;
	has_meta_data = true;
	for (int s = 0; s < ROTOR_PLDM_STATES; s++) {
		for (unsigned cmd = 0; cmd < 256; cmd++) {
			uint8_t want = ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD;
			const bool idle = s == ROTOR_PLDM_IDLE;
			uint8_t got;

			switch (cmd) {
			case ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS:
			case ROTOR_PLDM_GET_FIRMWARE_PARAMETERS:
			case ROTOR_PLDM_GET_STATUS:
			case ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES:
			case ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS:
			case ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS:
				want = ROTOR_PLDM_SUCCESS;
				break;
			case ROTOR_PLDM_REQUEST_UPDATE:
			case ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE:
				want =
				    idle ? ROTOR_PLDM_SUCCESS : ROTOR_PLDM_ALREADY_IN_UPDATE_MODE;
				break;
			case ROTOR_PLDM_GET_DEVICE_META_DATA:
			case ROTOR_PLDM_PASS_COMPONENT_TABLE:
				want = s == ROTOR_PLDM_LEARN_COMPONENTS
					   ? ROTOR_PLDM_SUCCESS
					   : ROTOR_PLDM_INVALID_STATE_FOR_COMMAND;
				break;
			case ROTOR_PLDM_UPDATE_COMPONENT:
				want = s == ROTOR_PLDM_READY_XFER
					   ? ROTOR_PLDM_SUCCESS
					   : ROTOR_PLDM_INVALID_STATE_FOR_COMMAND;
				break;
			case ROTOR_PLDM_ACTIVATE_FIRMWARE: /* nothing has been applied yet */
				want = s == ROTOR_PLDM_READY_XFER
					   ? ROTOR_PLDM_INCOMPLETE_UPDATE
					   : ROTOR_PLDM_INVALID_STATE_FOR_COMMAND;
				break;
			case ROTOR_PLDM_CANCEL_UPDATE_COMPONENT:
				want = s == ROTOR_PLDM_DOWNLOAD || s == ROTOR_PLDM_VERIFY ||
					       s == ROTOR_PLDM_APPLY
					   ? ROTOR_PLDM_SUCCESS
					   : ROTOR_PLDM_INVALID_STATE_FOR_COMMAND;
				break;
			case ROTOR_PLDM_CANCEL_UPDATE:
				want = s != ROTOR_PLDM_ACTIVATE
					   ? ROTOR_PLDM_SUCCESS
					   : ROTOR_PLDM_INVALID_STATE_FOR_COMMAND;
				break;
			case ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET:
			case ROTOR_PLDM_ACTIVATE_PENDING_IMAGE:
			case ROTOR_PLDM_UPDATE_SECURITY_REVISION:
				want = idle ? ROTOR_PLDM_SUCCESS
					    : ROTOR_PLDM_INVALID_STATE_FOR_COMMAND;
				break;
			default:
				break;
			}
			if (idle && cmd >= ROTOR_PLDM_GET_DEVICE_META_DATA &&
			    want != ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD &&
			    cmd != ROTOR_PLDM_GET_STATUS &&
			    cmd != ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE &&
			    cmd != ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET &&
			    cmd != ROTOR_PLDM_ACTIVATE_PENDING_IMAGE &&
			    cmd != ROTOR_PLDM_UPDATE_SECURITY_REVISION)
				want = ROTOR_PLDM_NOT_IN_UPDATE_MODE;
			bring_to((enum rotor_pldm_state)s);
			assert_int_equal(dev.fd.state, s);
			got = command((uint8_t)cmd);
			if (got != want)
				fail_msg("command 0x%02x in state %d: 0x%02x, not 0x%02x", cmd, s,
					 got, want);
			/* what was refused changed nothing */
			if (want != ROTOR_PLDM_SUCCESS)
				assert_int_equal(dev.fd.state, s);
		}
	}
	has_meta_data = false;
}

/* The same as a document, docs/pldm-states.md: written anew with ROTOR_WRITE_DOCS in the environment, else compared. */
static void the_table_in_the_documents_is_what_the_device_does(void **state)
{
	static char text[16384];
	size_t len = 0;

	(void)state;
	has_meta_data = true;
	len += (size_t)snprintf(
	    text, sizeof(text), "%s",
	    "# What the firmware device answers, command by command and state by state\n\n"
	    "Written by `test_pldm_fd`, which fails if it is not what the device does. The "
	    "commands are complete, and from the "
	    "update's owner;\nof another agent all that would change something are refused "
	    "(`rotor/pldm_fd.h`). \"done\": the "
	    "command is carried out. \"-\": it is\nnot supported (ERROR_UNSUPPORTED_PLDM_CMD); so "
	    "are those that only devices "
	    "send.\n\n| command |");
	for (uint8_t s = 0; s < ROTOR_PLDM_STATES; s++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %s |",
					rotor_pldm_state_name(s));
	len += (size_t)snprintf(text + len, sizeof(text) - len,
				"\n|---|---|---|---|---|---|---|---|\n");
	for (uint8_t cmd = 1; cmd <= ROTOR_PLDM_UPDATE_SECURITY_REVISION; cmd++) {
		const char *name = rotor_pldm_command_name(ROTOR_PLDM_TYPE_FWUP, cmd);

		if (strcmp(name, "unknown command") == 0)
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "| %s |", name);
		for (int s = 0; s < ROTOR_PLDM_STATES; s++) {
			uint8_t got;

			bring_to((enum rotor_pldm_state)s);
			got = command(cmd);
			name = rotor_pldm_completion_name(ROTOR_PLDM_TYPE_FWUP, cmd, got);
			if (got == ROTOR_PLDM_SUCCESS)
				name = "done";
			else if (got == ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD)
				name = "-";
			len += (size_t)snprintf(text + len, sizeof(text) - len, " %s |", name);
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len, "\n");
	}
	has_meta_data = false;
	assert_true(len < sizeof(text) - 1);
	generated_doc("pldm-states.md", text);
}

static void a_stranger_may_look_but_not_touch(void **state)
{
	static const uint8_t commands[] = {
	    ROTOR_PLDM_REQUEST_UPDATE,           ROTOR_PLDM_PASS_COMPONENT_TABLE,
	    ROTOR_PLDM_UPDATE_COMPONENT,         ROTOR_PLDM_ACTIVATE_FIRMWARE,
	    ROTOR_PLDM_CANCEL_UPDATE_COMPONENT,  ROTOR_PLDM_CANCEL_UPDATE,
	    ROTOR_PLDM_UPDATE_SECURITY_REVISION,
	};

	(void)state;
	for (int s = ROTOR_PLDM_LEARN_COMPONENTS; s < ROTOR_PLDM_STATES; s++) {
		bring_to((enum rotor_pldm_state)s);
		for (size_t i = 0; i < ROTOR_COUNT_OF(commands); i++) {
			assert_int_equal(command_from(STRANGER, commands[i]),
					 i == 0 ? ROTOR_PLDM_ALREADY_IN_UPDATE_MODE
						: ROTOR_PLDM_ERROR_NOT_READY);
			assert_int_equal(dev.fd.state, s);
		}
		assert_int_equal(dev.fd.counters.foreign, ROTOR_COUNT_OF(commands));
		assert_int_equal(command_from(STRANGER, ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS), 0);
		assert_int_equal(command_from(STRANGER, ROTOR_PLDM_GET_FIRMWARE_PARAMETERS), 0);
		assert_int_equal(command_from(STRANGER, ROTOR_PLDM_GET_STATUS), 0);
	}
	/* nor may it answer for the agent */
	bring_to(ROTOR_PLDM_DOWNLOAD);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	answer_from(STRANGER, ROTOR_PLDM_SUCCESS, asked_length());
	assert_int_equal(dev.fd.received, 0);
	assert_int_equal(dev.fd.counters.unexpected_response, 1);
}

static void policy_is_asked_before_anything_changes(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_IDLE);
	dev.refuse = true;
	assert_int_equal(command(ROTOR_PLDM_REQUEST_UPDATE), ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE);
	assert_int_equal(dev.requests, 0);
	assert_int_equal(command(ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS), 0);
	bring_to(ROTOR_PLDM_READY_XFER);
	dev.refuse = true;
	assert_int_equal(command(ROTOR_PLDM_UPDATE_COMPONENT), ROTOR_PLDM_ERROR);
	assert_int_equal(command(ROTOR_PLDM_CANCEL_UPDATE), ROTOR_PLDM_ERROR);
	assert_int_equal(dev.fd.state, ROTOR_PLDM_READY_XFER);
	assert_int_equal(dev.fd.counters.denied, 2);
}

static void a_repeated_request_is_answered_again_and_done_once(void **state)
{
	uint8_t msg[ROTOR_PLDM_FWUP_REQUEST_MAX], first[64];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	size_t len, first_len;

	(void)state;
	bring_to(ROTOR_PLDM_READY_XFER);
	instance = 9;
	build(&w, ROTOR_PLDM_UPDATE_COMPONENT);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(send_raw(AGENT, msg, len), ROTOR_OK);
	memcpy(first, reply, reply_len);
	first_len = reply_len;
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(send_raw(AGENT, msg, len), ROTOR_OK);
		assert_int_equal(reply_len, first_len);
		assert_memory_equal(reply, first, first_len);
	}
	assert_int_equal(dev.begins, 1);
	assert_int_equal(dev.fd.counters.repeated, 3);
	/* with another instance ID it is another request */
	assert_int_equal(command(ROTOR_PLDM_UPDATE_COMPONENT),
			 ROTOR_PLDM_INVALID_STATE_FOR_COMMAND);
	/* and a stranger's same bytes are not the agent's */
	assert_int_equal(send_raw(STRANGER, msg, len), ROTOR_OK);
	assert_int_equal(reply[3], ROTOR_PLDM_ERROR_NOT_READY);

	/* CancelUpdate: the device is in IDLE by then, and the answer is the same */
	w = rotor_writer(msg, sizeof(msg));
	instance = 11;
	build(&w, ROTOR_PLDM_CANCEL_UPDATE);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(send_raw(AGENT, msg, len), ROTOR_OK);
	assert_int_equal(send_raw(AGENT, msg, len), ROTOR_OK);
	assert_int_equal(reply[3], ROTOR_PLDM_SUCCESS);
	assert_int_equal(reply_len, 13);
	assert_int_equal(dev.cancels_whole, 1);
}

static void an_activation_that_takes_time_is_answered_once_it_is_durable(void **state)
{
	uint8_t out[64];
	size_t len;
	uint32_t peer;

	(void)state;
	bring_to(ROTOR_PLDM_ACTIVATE);
	assert_int_equal(rotor_pldm_fd_deadline(&dev.fd), 0);
	status_is(ROTOR_PLDM_ACTIVATE, ROTOR_PLDM_READY_XFER, ROTOR_PLDM_AUX_IN_PROGRESS, 0, 101,
		  0);
	/* the retry gets no answer of its own */
	{
		const uint8_t saved = instance;
		uint8_t msg[8];
		struct rotor_writer w = rotor_writer(msg, sizeof(msg));

		instance = dev.fd.last[0];
		build(&w, ROTOR_PLDM_ACTIVATE_FIRMWARE);
		assert_int_equal(send_raw(AGENT, msg, w.len), ROTOR_OK);
		assert_int_equal(reply_len, 0);
		assert_int_equal(dev.fd.counters.busy, 1);
		instance = saved;
	}
	/* nor does another command disturb it */
	assert_int_equal(command(ROTOR_PLDM_CANCEL_UPDATE), ROTOR_PLDM_INVALID_STATE_FOR_COMMAND);
	assert_int_equal(rotor_pldm_fd_answer(&dev.fd, out, sizeof(out), &len, &peer),
			 ROTOR_ERR_NOT_FOUND);
	assert_int_equal(dev.activated, 0);
	dev.pending = 0;
	rotor_pldm_fd_poll(&dev.fd, now);
	assert_int_equal(dev.activations, 1);
	assert_int_equal(dev.activated, 0);
	assert_int_equal(rotor_pldm_fd_deadline(&dev.fd), 0);
	assert_int_equal(rotor_pldm_fd_answer(&dev.fd, out, sizeof(out), &len, &peer), ROTOR_OK);
	assert_int_equal(peer, AGENT);
	assert_int_equal(len, 6);
	assert_int_equal(out[2], ROTOR_PLDM_ACTIVATE_FIRMWARE);
	assert_int_equal(out[3], ROTOR_PLDM_SUCCESS);
	assert_int_equal(out[4], 30);
	assert_int_equal(dev.activated, 1);
	assert_int_equal(rotor_pldm_fd_answer(&dev.fd, out, sizeof(out), &len, &peer),
			 ROTOR_ERR_NOT_FOUND);
	status_is(ROTOR_PLDM_IDLE, ROTOR_PLDM_ACTIVATE, ROTOR_PLDM_AUX_NOT_APPLICABLE, 0, 101,
		  ROTOR_PLDM_REASON_ACTIVATE_FIRMWARE);

	/* and one that fails leaves the device where it was */
	bring_to(ROTOR_PLDM_ACTIVATE);
	dev.pending = 0;
	dev.fail_activate = ROTOR_ERR_IO;
	rotor_pldm_fd_poll(&dev.fd, now);
	assert_int_equal(rotor_pldm_fd_answer(&dev.fd, out, sizeof(out), &len, &peer), ROTOR_OK);
	assert_int_equal(len, 4);
	assert_int_equal(out[3], ROTOR_PLDM_ERROR);
	assert_int_equal(dev.activated, 0);
	assert_int_equal(dev.fd.state, ROTOR_PLDM_READY_XFER);
}

static void a_request_is_sent_again_with_its_instance_id_and_a_late_answer_counts(void **state)
{
	uint8_t first;

	(void)state;
	bring_to(ROTOR_PLDM_DOWNLOAD);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	first = asked[0];
	assert_int_equal(device_asks(), 0);
	now += ROTOR_PLDM_FD_T2_DEFAULT - 1;
	assert_int_equal(device_asks(), 0);
	now += 1;
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	assert_int_equal(asked[0], first);
	assert_int_equal(dev.fd.counters.retries, 1);
	/* the timer counts from when it really left, with what is queued before its answer */
	rotor_pldm_fd_sent(&dev.fd, now + 500, 700);
	now += ROTOR_PLDM_FD_T2_DEFAULT + 1199;
	assert_int_equal(device_asks(), 0);
	answer(ROTOR_PLDM_SUCCESS, 64); /* to the first try, perhaps */
	assert_int_equal(dev.fd.received, 64);
	answer(ROTOR_PLDM_SUCCESS, 64); /* and to the second one */
	assert_int_equal(dev.fd.received, 64);
	assert_int_equal(dev.fd.counters.unexpected_response, 1);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	assert_int_not_equal(asked[0], first);
	assert_int_equal(asked[3], 64);
	assert_int_equal(asked_length(), 36);
	answer(ROTOR_PLDM_SUCCESS, 36);
	assert_int_equal(dev.fd.received, SIZE);
	assert_int_equal(device_asks(), ROTOR_PLDM_TRANSFER_COMPLETE);
}

static void less_than_the_baseline_is_never_asked_for(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_DOWNLOAD);
	dev.fd.transfer_size = 80; /* 100 = 80 + 20 */
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	answer(ROTOR_PLDM_SUCCESS, 80);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	assert_int_equal(asked_length(), 32);
	answer(ROTOR_PLDM_SUCCESS, 20); /* not what was asked for */
	assert_int_equal(dev.fd.counters.bad_response, 1);
	answer(ROTOR_PLDM_SUCCESS, 33);
	assert_int_equal(dev.fd.counters.bad_response, 2);
	answer(ROTOR_PLDM_SUCCESS, 32);
	assert_int_equal(dev.fd.received, SIZE);
	for (unsigned i = 0; i < SIZE; i++)
		assert_int_equal(dev.written[i], 1);
	assert_int_equal(dev.written[SIZE], 0);
	assert_false(dev.out_of_bounds);
}

/* ---- several requests at once ---- */

/* A download of 100 bytes in blocks of 32, 32, 32 and 32, the last padded. */
static void bring_to_download(uint8_t allowed, uint8_t buffers)
{
	outstanding = allowed;
	bring_to(ROTOR_PLDM_READY_XFER);
	outstanding = 1;
	pldm_device_buffers(&dev, buffers);
	dev.fd.transfer_size = 32;
	assert_int_equal(command(ROTOR_PLDM_UPDATE_COMPONENT), 0);
}

static uint8_t asks[8];

/* All that the device asks now: the offsets' low bytes in @c asks, instance IDs in @c ids. @return how many */
static unsigned ask_all(uint8_t ids[8])
{
	unsigned n = 0;

	while (device_asks() == ROTOR_PLDM_REQUEST_FIRMWARE_DATA) {
		assert_true(n < 8);
		asks[n] = asked[3];
		ids[n++] = asked[0];
	}
	return n;
}

/* Answers the request with that instance ID with bytes that say so. */
static void answer_id(uint8_t id, uint8_t completion, uint8_t fill)
{
	uint8_t msg[36] = {id & 0x1f, ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_REQUEST_FIRMWARE_DATA,
			   completion};

	memset(&msg[4], fill, 32);
	rotor_pldm_fd_response(&dev.fd, AGENT, msg,
			       completion == ROTOR_PLDM_SUCCESS ? sizeof(msg) : 4, now);
}

static void both_sides_bound_how_many_requests_are_out(void **state)
{
	static const struct {
		uint8_t allowed, buffers;
		unsigned out;
	} cases[] = {{1, 4, 1}, {2, 4, 2}, {4, 2, 2}, {255, 3, 3}, {4, 4, 4}, {4, 0, 1}};
	uint8_t ids[8];

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		bring_to_download(cases[i].allowed, cases[i].buffers);
		assert_int_equal(ask_all(ids), cases[i].out);
		for (unsigned n = 0; n < cases[i].out; n++) {
			assert_int_equal(asks[n], 32 * n);
			for (unsigned m = 0; m < n; m++)
				assert_int_not_equal(ids[n], ids[m]);
		}
		/* one answered, one more asked for, until the image's end */
		answer_id(ids[0], ROTOR_PLDM_SUCCESS, 1);
		assert_int_equal(ask_all(ids), cases[i].out < 4 ? 1 : 0);
	}
}

static void answers_may_come_in_any_order_and_are_written_in_that_of_the_image(void **state)
{
	static const uint8_t orders[][4] = {
	    {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 0, 3, 1}, {3, 0, 1, 2}};
	uint8_t ids[8];

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(orders); i++) {
		bool here[4] = {false};

		bring_to_download(4, 4);
		assert_int_equal(ask_all(ids), 4);
		for (unsigned n = 0; n < 4; n++) {
			unsigned whole = 0;

			answer_id(ids[orders[i][n]], ROTOR_PLDM_SUCCESS,
				  (uint8_t)(orders[i][n] + 1));
			here[orders[i][n]] = true;
			while (whole < 4 && here[whole])
				whole++;
			assert_int_equal(dev.fd.received, whole == 4 ? SIZE : 32 * whole);
			/* twice is once */
			answer_id(ids[orders[i][n]], ROTOR_PLDM_SUCCESS, 9);
		}
		assert_int_equal(dev.fd.counters.unexpected_response, 4);
		for (unsigned at = 0; at < SIZE; at++) {
			assert_int_equal(dev.flash[0][at], at / 32 + 1);
			assert_int_equal(dev.written[at], 1);
		}
		assert_int_equal(device_asks(), ROTOR_PLDM_TRANSFER_COMPLETE);
	}
}

static void the_next_block_is_asked_for_while_the_last_is_written(void **state)
{
	uint8_t ids[8];

	(void)state;
	bring_to_download(1, 2);
	assert_int_equal(ask_all(ids), 1);
	dev.pend = 1000;
	answer_id(ids[0], ROTOR_PLDM_SUCCESS, 1);
	assert_int_equal(dev.fd.received, 0);
	assert_int_equal(ask_all(ids), 1);
	assert_int_equal(asks[0], 32);
	/* it waits for its turn, and there is no buffer for a third */
	answer_id(ids[0], ROTOR_PLDM_SUCCESS, 2);
	assert_int_equal(ask_all(ids), 0);
	assert_int_equal(dev.fd.received, 0);
	dev.pending = 0;
	dev.pend = 0;
	assert_int_equal(ask_all(ids), 1);
	assert_int_equal(dev.fd.received, 64);
	assert_int_equal(asks[0], 64);
	assert_int_equal(dev.flash[0][0], 1);
	assert_int_equal(dev.flash[0][63], 2);
}

static void only_what_was_lost_is_asked_for_again(void **state)
{
	uint8_t ids[8], again[8];

	(void)state;
	bring_to_download(2, 4);
	assert_int_equal(ask_all(ids), 2);
	now += ROTOR_PLDM_FD_T2_DEFAULT - 1;
	answer_id(ids[1], ROTOR_PLDM_SUCCESS, 2);
	assert_int_equal(ask_all(again), 1);
	assert_int_equal(asks[0], 64);
	/* the line was busy with the other answer until now */
	now += ROTOR_PLDM_FD_T2_DEFAULT - 1;
	assert_int_equal(ask_all(again), 0);
	now += 1;
	assert_int_equal(ask_all(again), 2);
	assert_int_equal(asks[0], 0);
	assert_int_equal(again[0], ids[0]);
	assert_int_equal(dev.fd.counters.retries, 2);
	answer_id(ids[0], ROTOR_PLDM_SUCCESS, 1);
	assert_int_equal(dev.fd.received, 64);
}

static void one_block_that_cannot_be_had_ends_the_transfer_whatever_else_is_under_way(void **state)
{
	uint8_t ids[8];

	(void)state;
	bring_to_download(4, 4);
	assert_int_equal(ask_all(ids), 4);
	dev.pend = 1000;
	answer_id(ids[0], ROTOR_PLDM_SUCCESS, 1);
	answer_id(ids[1], ROTOR_PLDM_SUCCESS, 2);
	answer_id(ids[2], ROTOR_PLDM_DATA_OUT_OF_RANGE, 0);
	assert_int_equal(device_asks(), ROTOR_PLDM_TRANSFER_COMPLETE);
	assert_int_equal(asked[3], ROTOR_PLDM_TRANSFER_ABORTED);
	answer_id(ids[3], ROTOR_PLDM_SUCCESS, 4);
	assert_int_equal(dev.fd.counters.unexpected_response, 1);
	dev.pending = 0;
	assert_int_equal(device_asks(), 0);
	assert_int_equal(dev.fd.received, 0);
	assert_int_equal(dev.written[0], 0);
	/* and the next try begins anew */
	answer(ROTOR_PLDM_SUCCESS, 0);
	dev.pend = 0;
	assert_int_equal(command(ROTOR_PLDM_CANCEL_UPDATE_COMPONENT), 0);
	assert_int_equal(command(ROTOR_PLDM_UPDATE_COMPONENT), 0);
	assert_int_equal(ask_all(ids), 4);
	assert_int_equal(asks[0], 0);
}

static void a_block_that_is_not_ready_is_asked_for_again_alone(void **state)
{
	uint8_t ids[8], again[8];

	(void)state;
	bring_to_download(2, 2);
	assert_int_equal(ask_all(ids), 2);
	answer_id(ids[0], ROTOR_PLDM_RETRY_REQUEST_FW_DATA, 0);
	answer_id(ids[1], ROTOR_PLDM_SUCCESS, 2);
	assert_int_equal(ask_all(again), 0);
	now += ROTOR_PLDM_FD_T2_DEFAULT;
	assert_int_equal(ask_all(again), 1);
	assert_int_equal(asks[0], 0);
	assert_int_not_equal(again[0], ids[0]);
	answer_id(again[0], ROTOR_PLDM_SUCCESS, 1);
	assert_int_equal(dev.fd.received, 64);
}

static void when_the_link_is_back_all_that_was_out_is_asked_for_again(void **state)
{
	uint8_t ids[8], again[8];

	(void)state;
	bring_to_download(3, 3);
	assert_int_equal(ask_all(ids), 3);
	rotor_pldm_fd_link(&dev.fd, false, now);
	now += 60000;
	assert_int_equal(ask_all(again), 0);
	rotor_pldm_fd_link(&dev.fd, true, now);
	assert_int_equal(ask_all(again), 3);
	assert_memory_equal(ids, again, 3);
}

static void retries_end_and_then_the_transfer_fails_with_timeout(void **state)
{
	unsigned sent = 0;

	(void)state;
	bring_to(ROTOR_PLDM_DOWNLOAD);
	while (device_asks() == ROTOR_PLDM_REQUEST_FIRMWARE_DATA) {
		sent++;
		now += ROTOR_PLDM_FD_T2_DEFAULT;
	}
	assert_int_equal(sent, 1 + ROTOR_PLDM_FD_RETRIES_DEFAULT);
	assert_int_equal(asked[2], ROTOR_PLDM_TRANSFER_COMPLETE);
	assert_int_equal(asked[3], ROTOR_PLDM_RESULT_TIMEOUT);
	status_is(ROTOR_PLDM_DOWNLOAD, ROTOR_PLDM_READY_XFER, ROTOR_PLDM_AUX_FAILED,
		  ROTOR_PLDM_AUX_STATUS_TIMEOUT, 0, 0);
	for (int i = 0; i < ROTOR_PLDM_FD_RETRIES_DEFAULT; i++) {
		now += ROTOR_PLDM_FD_T2_DEFAULT;
		assert_int_equal(device_asks(), ROTOR_PLDM_TRANSFER_COMPLETE);
	}
	now += ROTOR_PLDM_FD_T2_DEFAULT;
	assert_int_equal(device_asks(), 0);
	assert_int_equal(dev.fd.counters.gave_up, 2);
	/* the agent may still cancel the component and try again */
	assert_int_equal(command(ROTOR_PLDM_CANCEL_UPDATE_COMPONENT), 0);
	status_is(ROTOR_PLDM_READY_XFER, ROTOR_PLDM_DOWNLOAD, ROTOR_PLDM_AUX_NOT_APPLICABLE, 0, 101,
		  0);
	assert_int_equal(command(ROTOR_PLDM_UPDATE_COMPONENT), 0);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
}

static void an_agent_that_is_not_ready_is_asked_again_later(void **state)
{
	uint8_t first;

	(void)state;
	bring_to(ROTOR_PLDM_DOWNLOAD);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	first = asked[0];
	answer(ROTOR_PLDM_RETRY_REQUEST_FW_DATA, 0);
	assert_int_equal(device_asks(), 0);
	now += ROTOR_PLDM_FD_T2_DEFAULT;
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	assert_int_not_equal(asked[0], first); /* the first one was answered: this is a new one */
	answer(ROTOR_PLDM_SUCCESS, 64);
	assert_int_equal(dev.fd.received, 64);
}

static void an_agent_that_refuses_data_ends_the_transfer(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_DOWNLOAD);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	answer(ROTOR_PLDM_ERROR, 0);
	assert_int_equal(device_asks(), ROTOR_PLDM_TRANSFER_COMPLETE);
	assert_int_equal(asked[3], ROTOR_PLDM_TRANSFER_ABORTED);
	answer(ROTOR_PLDM_SUCCESS, 0);
	assert_int_equal(device_asks(), 0);
	status_is(ROTOR_PLDM_DOWNLOAD, ROTOR_PLDM_READY_XFER, ROTOR_PLDM_AUX_FAILED,
		  ROTOR_PLDM_AUX_STATUS_GENERIC_ERROR, 0, 0);
	assert_int_equal(command(ROTOR_PLDM_UPDATE_COMPONENT),
			 ROTOR_PLDM_INVALID_STATE_FOR_COMMAND);
	assert_int_equal(command(ROTOR_PLDM_CANCEL_UPDATE_COMPONENT), 0);
	assert_int_equal(dev.cancels, 1);
}

static void an_agent_that_does_not_acknowledge_is_waited_for(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_VERIFY);
	dev.pending = 0;
	dev.pend = 0;
	assert_int_equal(device_asks(), ROTOR_PLDM_VERIFY_COMPLETE);
	answer(ROTOR_PLDM_ERROR_NOT_READY, 0);
	assert_int_equal(device_asks(), 0);
	now += ROTOR_PLDM_FD_T2_DEFAULT;
	assert_int_equal(device_asks(), ROTOR_PLDM_VERIFY_COMPLETE);
	answer(ROTOR_PLDM_COMMAND_NOT_EXPECTED, 0);
	assert_int_equal(device_asks(), 0);
	status_is(ROTOR_PLDM_VERIFY, ROTOR_PLDM_DOWNLOAD, ROTOR_PLDM_AUX_FAILED,
		  ROTOR_PLDM_AUX_STATUS_GENERIC_ERROR, 101, 0);
}

static void the_status_tells_progress_and_vendor_codes(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_DOWNLOAD);
	status_is(ROTOR_PLDM_DOWNLOAD, ROTOR_PLDM_READY_XFER, ROTOR_PLDM_AUX_IN_PROGRESS, 0, 0, 0);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	answer(ROTOR_PLDM_SUCCESS, 64);
	status_is(ROTOR_PLDM_DOWNLOAD, ROTOR_PLDM_READY_XFER, ROTOR_PLDM_AUX_IN_PROGRESS, 0, 64, 0);
	bring_to(ROTOR_PLDM_VERIFY);
	dev.progress = 40;
	rotor_pldm_fd_poll(&dev.fd, now);
	status_is(ROTOR_PLDM_VERIFY, ROTOR_PLDM_DOWNLOAD, ROTOR_PLDM_AUX_IN_PROGRESS, 0, 40, 0);
	dev.pending = 0;
	dev.fail_verify = ROTOR_ERR_VERIFY;
	dev.code = ROTOR_PLDM_VERIFY_VENDOR_FIRST + 5;
	assert_int_equal(device_asks(), ROTOR_PLDM_VERIFY_COMPLETE);
	assert_int_equal(asked[3], 0x95);
	status_is(ROTOR_PLDM_VERIFY, ROTOR_PLDM_DOWNLOAD, ROTOR_PLDM_AUX_FAILED, 0x95, 40, 0);
	bring_to(ROTOR_PLDM_APPLY);
	status_is(ROTOR_PLDM_APPLY, ROTOR_PLDM_VERIFY, ROTOR_PLDM_AUX_IN_PROGRESS, 0, 101, 0);
	dev.pending = 0;
	dev.other_activation = 0x10;
	assert_int_equal(device_asks(), ROTOR_PLDM_APPLY_COMPLETE);
	assert_int_equal(asked[3], ROTOR_PLDM_APPLY_SUCCESS_OTHER_ACTIVATION);
	assert_int_equal(asked[4], 0x10);
	status_is(ROTOR_PLDM_APPLY, ROTOR_PLDM_VERIFY, ROTOR_PLDM_AUX_SUCCESSFUL, 0, 101, 0);
}

static void a_silent_agent_loses_the_update_after_t1(void **state)
{
	(void)state;
	for (int s = ROTOR_PLDM_LEARN_COMPONENTS; s <= ROTOR_PLDM_APPLY; s++) {
		bring_to((enum rotor_pldm_state)s);
		dev.pending = 0;
		dev.pend = 0;
		rotor_pldm_fd_link(&dev.fd, false, now);
		rotor_pldm_fd_poll(&dev.fd, now);
		assert_true(rotor_pldm_fd_deadline(&dev.fd) >= now + ROTOR_PLDM_FD_T1_DEFAULT);
		now += ROTOR_PLDM_FD_T1_DEFAULT - 1;
		rotor_pldm_fd_poll(&dev.fd, now);
		assert_int_equal(dev.fd.state, s);
		/* a stranger's questions are no sign of life */
		assert_int_equal(command_from(STRANGER, ROTOR_PLDM_GET_STATUS), 0);
		now += 1;
		rotor_pldm_fd_poll(&dev.fd, now);
		status_is(ROTOR_PLDM_IDLE, (enum rotor_pldm_state)s, ROTOR_PLDM_AUX_NOT_APPLICABLE,
			  0, 101, (uint8_t)(ROTOR_PLDM_REASON_TIMEOUT_LEARN_COMPONENTS + s - 1));
		assert_int_equal(dev.cancels_whole, 1);
		assert_int_equal(rotor_pldm_fd_deadline(&dev.fd), ROTOR_NEVER);
		assert_int_equal(command_from(STRANGER, ROTOR_PLDM_REQUEST_UPDATE), 0);
	}
}

static void the_agents_questions_keep_the_update_alive(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_READY_XFER);
	for (int i = 0; i < 5; i++) {
		now += ROTOR_PLDM_FD_T1_DEFAULT - 1;
		rotor_pldm_fd_poll(&dev.fd, now);
		assert_int_equal(command(ROTOR_PLDM_GET_STATUS), 0);
	}
	assert_int_equal(dev.fd.state, ROTOR_PLDM_READY_XFER);
}

static void while_the_device_works_the_agent_is_not_late(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_VERIFY);
	now += 10 * ROTOR_PLDM_FD_T1_DEFAULT;
	rotor_pldm_fd_poll(&dev.fd, now);
	assert_int_equal(dev.fd.state, ROTOR_PLDM_VERIFY);
	dev.pending = 0;
	assert_int_equal(device_asks(), ROTOR_PLDM_VERIFY_COMPLETE);
}

static void without_a_link_nothing_is_sent_and_nothing_is_lost(void **state)
{
	uint8_t first;

	(void)state;
	bring_to(ROTOR_PLDM_DOWNLOAD);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	first = asked[0];
	rotor_pldm_fd_link(&dev.fd, false, now);
	now += 60000;
	assert_int_equal(device_asks(), 0);
	rotor_pldm_fd_link(&dev.fd, true, now);
	assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	assert_int_equal(asked[0], first);
	answer(ROTOR_PLDM_SUCCESS, 64);
	assert_int_equal(dev.fd.received, 64);
}

static void a_cancelled_component_can_be_started_again(void **state)
{
	(void)state;
	for (int s = ROTOR_PLDM_DOWNLOAD; s <= ROTOR_PLDM_APPLY; s++) {
		bring_to((enum rotor_pldm_state)s);
		assert_int_equal(command(ROTOR_PLDM_CANCEL_UPDATE_COMPONENT), 0);
		assert_int_equal(dev.cancels, 1);
		dev.pend = 0;
		assert_int_equal(device_asks(), 0);
		assert_int_equal(command(ROTOR_PLDM_ACTIVATE_FIRMWARE),
				 ROTOR_PLDM_INCOMPLETE_UPDATE);
		assert_int_equal(command(ROTOR_PLDM_UPDATE_COMPONENT), 0);
		assert_int_equal(device_asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
		assert_int_equal(asked[3], 0);
	}
}

static void the_component_table_must_be_what_was_announced(void **state)
{
	static const struct rotor_pldm_component component = {10, 0x0101, 0, 1, {1, {NULL, 0}},
							      0,  0};
	static const struct {
		uint16_t announced;
		uint8_t flags[3];
		uint8_t completions[3];
	} cases[] = {
	    {1, {ROTOR_PLDM_START}, {2}},
	    {1, {ROTOR_PLDM_END}, {2}},
	    {1, {ROTOR_PLDM_MIDDLE}, {2}},
	    {1, {ROTOR_PLDM_START_AND_END, ROTOR_PLDM_START_AND_END}, {0, 0x84}},
	    {2, {ROTOR_PLDM_START_AND_END}, {2}},
	    {2, {ROTOR_PLDM_START, ROTOR_PLDM_START, ROTOR_PLDM_END}, {0, 2, 0}},
	    {2, {ROTOR_PLDM_START, ROTOR_PLDM_MIDDLE, ROTOR_PLDM_END}, {0, 2, 0}},
	    {3, {ROTOR_PLDM_START, ROTOR_PLDM_END, ROTOR_PLDM_MIDDLE}, {0, 2, 0}},
	    {3, {ROTOR_PLDM_START, ROTOR_PLDM_MIDDLE, ROTOR_PLDM_END}, {0, 0, 0}},
	    {3, {ROTOR_PLDM_START, ROTOR_PLDM_MIDDLE, ROTOR_PLDM_MIDDLE}, {0, 0, 2}},
	};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t msg[64];
		struct rotor_writer w = rotor_writer(msg, sizeof(msg));
		const struct rotor_pldm_request_update req = {
		    .max_transfer = 64,
		    .component_count = cases[i].announced,
		    .max_outstanding = 1,
		};

		fresh();
		rotor_pldm_request_begin(&w, 1, 5, ROTOR_PLDM_REQUEST_UPDATE);
		rotor_pldm_request_update_encode(&w, &req);
		assert_int_equal(send_raw(AGENT, msg, w.len), ROTOR_OK);
		assert_int_equal(reply[3], 0);
		for (unsigned n = 0; n < 3 && cases[i].flags[n] != 0; n++) {
			w = rotor_writer(msg, sizeof(msg));
			rotor_pldm_request_begin(&w, (uint8_t)(2 + n), 5,
						 ROTOR_PLDM_PASS_COMPONENT_TABLE);
			rotor_pldm_pass_component_encode(&w, cases[i].flags[n], &component);
			assert_int_equal(send_raw(AGENT, msg, w.len), ROTOR_OK);
			assert_int_equal(reply[3], cases[i].completions[n]);
		}
	}
}

static void a_component_that_was_not_in_the_table_is_refused(void **state)
{
	struct rotor_pldm_component component = {
	    10,
	    0x0101,
	    0,
	    0x00010100,
	    {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)"1.1.1", 5}},
	    SIZE,
	    ROTOR_PLDM_OPTION_FORCE};
	uint8_t msg[64];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));

	(void)state;
	bring_to(ROTOR_PLDM_READY_XFER);
	rotor_pldm_request_begin(&w, 20, 5, ROTOR_PLDM_UPDATE_COMPONENT);
	rotor_pldm_update_component_encode(&w, &component);
	assert_int_equal(send_raw(AGENT, msg, w.len), ROTOR_OK);
	assert_int_equal(reply[3], ROTOR_PLDM_SUCCESS);
	assert_int_equal(reply[4], 1);
	assert_int_equal(reply[5], ROTOR_PLDM_COMPONENT_NOT_IN_TABLE);
	assert_int_equal(reply[6], 0);
	assert_int_equal(dev.fd.state, ROTOR_PLDM_READY_XFER);
	/* as it was in the table, it is taken, and the option that the device honours is said */
	component.version.text.data = (const uint8_t *)"1.1.0";
	w = rotor_writer(msg, sizeof(msg));
	rotor_pldm_request_begin(&w, 21, 5, ROTOR_PLDM_UPDATE_COMPONENT);
	rotor_pldm_update_component_encode(&w, &component);
	assert_int_equal(send_raw(AGENT, msg, w.len), ROTOR_OK);
	assert_int_equal(reply[4], 0);
	assert_int_equal(reply[6], 1);
	assert_int_equal(dev.fd.state, ROTOR_PLDM_DOWNLOAD);
}

static void more_components_than_there_is_room_for_are_refused_at_once(void **state)
{
	uint8_t msg[64];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_pldm_request_update req = {
	    .max_transfer = 64,
	    .component_count = ROTOR_PLDM_FD_COMPONENTS_MAX + 1,
	    .max_outstanding = 1,
	};

	(void)state;
	fresh();
	rotor_pldm_request_begin(&w, 1, 5, ROTOR_PLDM_REQUEST_UPDATE);
	rotor_pldm_request_update_encode(&w, &req);
	assert_int_equal(send_raw(AGENT, msg, w.len), ROTOR_OK);
	assert_int_equal(reply[3], ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE);
}

static void the_agents_limit_and_the_buffers_both_hold(void **state)
{
	(void)state;
	bring_to(ROTOR_PLDM_LEARN_COMPONENTS);
	assert_int_equal(dev.fd.transfer_size, 64); /* the agent's; the buffer has 1024 */
	fresh();
	dev.config.buffer_size = 40;
	assert_int_equal(command(ROTOR_PLDM_REQUEST_UPDATE), 0);
	assert_int_equal(dev.fd.transfer_size, 40);
}

static void what_is_no_proper_request_is_dropped_and_counted(void **state)
{
	static const struct {
		uint8_t bytes[4];
		size_t len;
	} cases[] = {
	    {{0x80, 0x05}, 2},       {{0x80}, 1}, {{0}, 0}, {{0x80, 0x45, 0x1b}, 3},
	    {{0xa0, 0x05, 0x1b}, 3},
	};
	static const uint8_t datagram[] = {0xc0, 0x05, 0x1b}, response[] = {0x00, 0x05, 0x1b, 0x00};

	(void)state;
	fresh();
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		assert_int_equal(send_raw(AGENT, cases[i].bytes, cases[i].len), ROTOR_OK);
		assert_int_equal(reply_len, 0);
		rotor_pldm_fd_response(&dev.fd, AGENT, cases[i].bytes, cases[i].len, now);
	}
	assert_int_equal(dev.fd.counters.bad_header, 10);
	assert_int_equal(send_raw(AGENT, datagram, sizeof(datagram)), ROTOR_OK);
	assert_int_equal(reply_len, 0);
	assert_int_equal(dev.fd.counters.datagrams, 1);
	assert_int_equal(send_raw(AGENT, response, sizeof(response)), ROTOR_OK);
	assert_int_equal(reply_len, 0);
	assert_int_equal(dev.fd.counters.not_request, 1);
	rotor_pldm_fd_response(&dev.fd, AGENT, response, sizeof(response), now);
	assert_int_equal(dev.fd.counters.unexpected_response, 1);
	assert_false(rotor_pldm_is_request(response, 4));
	assert_true(rotor_pldm_is_request(datagram, 3));
	assert_false(rotor_pldm_is_request(NULL, 0));
}

static void wrong_lengths_and_values_are_answered_and_change_nothing(void **state)
{
	static const struct {
		enum rotor_pldm_state state;
		const uint8_t bytes[24];
		size_t len;
		uint8_t completion;
	} cases[] = {
	    {ROTOR_PLDM_IDLE, {0x80, 5, 0x01, 0}, 4, 3},
	    {ROTOR_PLDM_IDLE, {0x80, 5, 0x02, 0}, 4, 3},
	    {ROTOR_PLDM_IDLE, {0x80, 5, 0x1b, 0}, 4, 3},
	    {ROTOR_PLDM_IDLE, {0x80, 5, 0x10}, 3, 3},
	    {ROTOR_PLDM_IDLE, {0x80, 5, 0x10, 16, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0}, 14, 2},
	    {ROTOR_PLDM_IDLE, {0x80, 5, 0x10, 64, 0, 0, 0, 1, 0, 1, 0, 0, 9, 0}, 14, 2},
	    {ROTOR_PLDM_LEARN_COMPONENTS, {0x80, 5, 0x13, 5, 10, 0}, 6, 3},
	    {ROTOR_PLDM_LEARN_COMPONENTS, {0x80, 5, 0x1d, 1}, 4, 3},
	    {ROTOR_PLDM_READY_XFER, {0x80, 5, 0x14, 10, 0}, 5, 3},
	    {ROTOR_PLDM_READY_XFER, {0x80, 5, 0x1a}, 3, 3},
	    {ROTOR_PLDM_READY_XFER, {0x80, 5, 0x1a, 2}, 4, 2},
	    {ROTOR_PLDM_DOWNLOAD, {0x80, 5, 0x1c, 2}, 4, 3},
	    {ROTOR_PLDM_IDLE, {0x80, 2, 0x01}, 3, 0x20},
	    {ROTOR_PLDM_IDLE, {0x80, 63, 0x01}, 3, 0x20},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x07, 0, 1, 0, 0, 0}, 8, 5},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x06, 0, 0, 0, 0, 0}, 8, 0x84},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x06, 4, 0, 0xf0, 0xf1, 0xf1}, 8, 0x83},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x06, 5, 0, 0xf0, 0xf1}, 7, 3},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x06, 5, 0, 0xf0, 0xf3, 0xf1}, 8, 0},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x02, 0}, 4, 3},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x01, 0}, 4, 2},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x01, 0xff}, 4, 2},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x01}, 3, 3},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x03, 0, 0, 0, 0, 0, 5}, 9, 0x81},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x03, 0, 0, 0, 0, 1, 2}, 9, 0x83},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x03, 0, 0, 0, 0, 1}, 8, 3},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x05, 2, 0, 0xf0, 0xf1, 0xf1}, 8, 0x83},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x05, 5, 0, 0xf0, 0xf1, 0xf9}, 8, 0x84},
	    {ROTOR_PLDM_IDLE, {0x80, 0, 0x05, 5, 0, 0xf0, 0xf1}, 7, 3},
	};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		bring_to(cases[i].state);
		assert_int_equal(send_raw(AGENT, cases[i].bytes, cases[i].len), ROTOR_OK);
		if (reply_len != 4 || reply[3] != cases[i].completion)
			fail_msg("case %zu: 0x%02x, not 0x%02x", i, reply[3], cases[i].completion);
		assert_int_equal(dev.fd.state, cases[i].state);
	}
}

static void the_terminus_id_can_be_set(void **state)
{
	static const uint8_t set[] = {0x81, 0, 0x01, 0x15}, get[] = {0x82, 0, 0x02};

	(void)state;
	fresh();
	assert_int_equal(send_raw(AGENT, set, sizeof(set)), ROTOR_OK);
	assert_int_equal(reply[3], 0);
	assert_int_equal(send_raw(AGENT, get, sizeof(get)), ROTOR_OK);
	assert_int_equal(reply_len, 5);
	assert_int_equal(reply[4], 0x15);
}

static void a_response_that_does_not_fit_is_an_error_and_overflows_nothing(void **state)
{
	static const uint8_t query[] = {0x80, 5, 0x01};
	uint8_t out[64];
	size_t len;

	(void)state;
	fresh();
	for (size_t cap = 0; cap < sizeof(out); cap++) {
		const enum rotor_status status = rotor_pldm_fd_request(
		    &dev.fd, AGENT, query, sizeof(query), out, cap, &len, now);

		if (cap < 16) {
			assert_int_equal(status, ROTOR_ERR_SPACE);
			continue;
		}
		assert_int_equal(status, ROTOR_OK);
		assert_int_equal(out[3], cap < 55 ? ROTOR_PLDM_ERROR : ROTOR_PLDM_SUCCESS);
		assert_int_equal(len, cap < 55 ? 4 : 55);
	}
}

static void a_device_without_a_buffer_is_not_started(void **state)
{
	struct rotor_pldm_fd_config config;

	(void)state;
	fresh();
	config = dev.config;
	config.buffer_size = ROTOR_PLDM_BASELINE_TRANSFER - 1;
	assert_int_equal(rotor_pldm_fd_init(&dev.fd, &config, dev.fd.ops, &dev),
			 ROTOR_ERR_ARGUMENT);
	config.buffer_size = ROTOR_PLDM_BASELINE_TRANSFER;
	assert_int_equal(rotor_pldm_fd_init(&dev.fd, &config, dev.fd.ops, &dev), ROTOR_OK);
	config.buffer_count = ROTOR_PLDM_FD_OUTSTANDING_MAX + 1;
	assert_int_equal(rotor_pldm_fd_init(&dev.fd, &config, dev.fd.ops, &dev),
			 ROTOR_ERR_ARGUMENT);
	config.buffer_count = ROTOR_PLDM_FD_OUTSTANDING_MAX;
	assert_int_equal(rotor_pldm_fd_init(&dev.fd, &config, dev.fd.ops, &dev), ROTOR_OK);
	config.descriptor_count = 0;
	assert_int_equal(rotor_pldm_fd_init(&dev.fd, &config, dev.fd.ops, &dev),
			 ROTOR_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_command_in_every_state_has_its_answer),
	    cmocka_unit_test(the_table_in_the_documents_is_what_the_device_does),
	    cmocka_unit_test(a_stranger_may_look_but_not_touch),
	    cmocka_unit_test(policy_is_asked_before_anything_changes),
	    cmocka_unit_test(a_repeated_request_is_answered_again_and_done_once),
	    cmocka_unit_test(an_activation_that_takes_time_is_answered_once_it_is_durable),
	    cmocka_unit_test(a_request_is_sent_again_with_its_instance_id_and_a_late_answer_counts),
	    cmocka_unit_test(less_than_the_baseline_is_never_asked_for),
	    cmocka_unit_test(both_sides_bound_how_many_requests_are_out),
	    cmocka_unit_test(answers_may_come_in_any_order_and_are_written_in_that_of_the_image),
	    cmocka_unit_test(the_next_block_is_asked_for_while_the_last_is_written),
	    cmocka_unit_test(only_what_was_lost_is_asked_for_again),
	    cmocka_unit_test(
		one_block_that_cannot_be_had_ends_the_transfer_whatever_else_is_under_way),
	    cmocka_unit_test(a_block_that_is_not_ready_is_asked_for_again_alone),
	    cmocka_unit_test(when_the_link_is_back_all_that_was_out_is_asked_for_again),
	    cmocka_unit_test(retries_end_and_then_the_transfer_fails_with_timeout),
	    cmocka_unit_test(an_agent_that_is_not_ready_is_asked_again_later),
	    cmocka_unit_test(an_agent_that_refuses_data_ends_the_transfer),
	    cmocka_unit_test(an_agent_that_does_not_acknowledge_is_waited_for),
	    cmocka_unit_test(the_status_tells_progress_and_vendor_codes),
	    cmocka_unit_test(a_silent_agent_loses_the_update_after_t1),
	    cmocka_unit_test(the_agents_questions_keep_the_update_alive),
	    cmocka_unit_test(while_the_device_works_the_agent_is_not_late),
	    cmocka_unit_test(without_a_link_nothing_is_sent_and_nothing_is_lost),
	    cmocka_unit_test(a_cancelled_component_can_be_started_again),
	    cmocka_unit_test(the_component_table_must_be_what_was_announced),
	    cmocka_unit_test(a_component_that_was_not_in_the_table_is_refused),
	    cmocka_unit_test(more_components_than_there_is_room_for_are_refused_at_once),
	    cmocka_unit_test(the_agents_limit_and_the_buffers_both_hold),
	    cmocka_unit_test(what_is_no_proper_request_is_dropped_and_counted),
	    cmocka_unit_test(wrong_lengths_and_values_are_answered_and_change_nothing),
	    cmocka_unit_test(the_terminus_id_can_be_set),
	    cmocka_unit_test(a_response_that_does_not_fit_is_an_error_and_overflows_nothing),
	    cmocka_unit_test(a_device_without_a_buffer_is_not_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
