/* SPDX-License-Identifier: Apache-2.0 */
/* Package data in parts, from an agent that does it well and from those that do not; and blocks that are not asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/pldm_fwup_data.h"
#include "support/pldm_device.h"

#define AGENT UINT32_C(1)
#define SIZE  30 /* of the package data that RequestUpdate announces */
#define IMAGE 1000

static struct pldm_device dev;
static rotor_ms now;
static uint8_t instance, asked[64];
static size_t asked_len;

static uint8_t tell(uint8_t command)
{
	static const struct rotor_pldm_request_update update = {.max_transfer = 64,
								.component_count = 1,
								.max_outstanding = 2,
								.package_data_size = SIZE};
	static const struct rotor_pldm_component component = {
	    .classification = 10, .identifier = 0x0101, .size = IMAGE};
	uint8_t msg[128], out[512];
	size_t len;
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	instance = (uint8_t)((instance + 1) % 32);
	rotor_pldm_request_begin(&w, instance, ROTOR_PLDM_TYPE_FWUP, command);
	if (command == ROTOR_PLDM_REQUEST_UPDATE)
		rotor_pldm_request_update_encode(&w, &update);
	else if (command == ROTOR_PLDM_PASS_COMPONENT_TABLE)
		rotor_pldm_pass_component_encode(&w, ROTOR_PLDM_START_AND_END, &component);
	else if (command == ROTOR_PLDM_UPDATE_COMPONENT)
		rotor_pldm_update_component_encode(&w, &component);
	assert_int_equal(
	    rotor_pldm_fd_request(&dev.fd, AGENT, msg, w.len, out, sizeof(out), &len, now),
	    ROTOR_OK);
	if (command == ROTOR_PLDM_REQUEST_UPDATE && out[3] == 0)
		assert_int_equal(out[6], dev.ops.package_data != NULL);
	return out[3];
}

/* What the device asks now, its pending work done; 0: nothing. */
static uint8_t asks(void)
{
	uint32_t peer;
	asked_len = 0;
	for (unsigned i = 0; i < 50; i++)
		rotor_pldm_fd_poll(&dev.fd, now);
	if (rotor_pldm_fd_next_request(&dev.fd, now, asked, sizeof(asked), &asked_len, &peer) !=
	    ROTOR_OK)
		return 0;
	return asked[2];
}

static void answer(uint8_t completion, const void *payload, size_t len)
{
	uint8_t msg[1200] = {asked[0] & 0x1f, asked[1], asked[2], completion};
	if (len != 0)
		memcpy(msg + 4, payload, len);
	rotor_pldm_fd_response(&dev.fd, AGENT, msg, 4 + len, now);
}

static void part(uint32_t next, uint8_t flag, size_t len)
{
	uint8_t payload[1100];
	struct rotor_writer w = rotor_writer(payload, sizeof(payload));
	const struct rotor_pldm_part head = {.next = next, .flag = flag};
	rotor_pldm_part_head_encode(&w, &head);
	memset(payload + w.len, 'p', len);
	answer(0, payload, w.len + len);
}

/* The update goes on to its end, whatever became of the package data. @return bytes that were asked for */
static uint32_t finish(void)
{
	uint32_t bytes = 0;
	uint8_t data[64] = {0};
	assert_int_equal(tell(ROTOR_PLDM_PASS_COMPONENT_TABLE), 0);
	assert_int_equal(tell(ROTOR_PLDM_UPDATE_COMPONENT), 0);
	for (uint8_t command; (command = asks()) != 0;) {
		if (command == ROTOR_PLDM_REQUEST_FIRMWARE_DATA) {
			bytes += asked[7];
			answer(0, data, asked[7]);
		} else {
			answer(0, NULL, 0);
		}
	}
	assert_int_equal(dev.fd.state, ROTOR_PLDM_READY_XFER);
	assert_int_equal(dev.fd.applied, 1);
	assert_int_equal(dev.fd.received, IMAGE);
	assert_false(dev.out_of_bounds);
	for (size_t i = 0; i < IMAGE; i++)
		assert_int_equal(dev.written[i], 1);
	return bytes;
}

static void begin(unsigned pend)
{
	pldm_device_init(&dev);
	pldm_device_wants_package(&dev);
	pldm_device_buffers(&dev, 2);
	dev.pend = pend;
	now = 1;
	assert_int_equal(tell(ROTOR_PLDM_REQUEST_UPDATE), 0);
}

static void parts_come_in_order(void **state)
{
	static const struct {
		uint8_t lens[4];
	} cases[] = {{{SIZE}}, {{10, 20}}, {{1, 1, 28}}, {{10, 10, 9, 1}}};
	(void)state;
	for (size_t c = 0; c < ROTOR_COUNT_OF(cases); c++) {
		uint32_t at = 0;
		begin((unsigned)c);
		for (size_t i = 0; i < 4 && cases[c].lens[i] != 0; i++) {
			const size_t len = cases[c].lens[i];
			uint8_t flag = at == 0 ? ROTOR_PLDM_START : 0;
			assert_int_equal(asks(), ROTOR_PLDM_GET_PACKAGE_DATA);
			assert_int_equal(asked_len, 3 + 5);
			assert_int_equal(asked[7], at == 0 ? ROTOR_PLDM_GET_FIRST_PART
							   : ROTOR_PLDM_GET_NEXT_PART);
			assert_int_equal(asked[3], at == 0 ? 0 : 0x40 + i);
			at += (uint32_t)len;
			flag |= at == SIZE ? ROTOR_PLDM_END : 0;
			part(0x41 + (uint32_t)i, flag != 0 ? flag : ROTOR_PLDM_MIDDLE, len);
		}
		assert_int_equal(asks(), 0);
		assert_int_equal(dev.package_len, SIZE);
		assert_true(dev.package_ended);
		assert_int_equal(finish(), IMAGE);
	}
}

static void what_is_wrong_with_a_part_ends_the_data_and_not_the_update(void **state)
{
	static const struct {
		uint8_t completion, flag;
		uint16_t len;
	} first[] = {
	    {ROTOR_PLDM_NO_PACKAGE_DATA, 0, 0},
	    {ROTOR_PLDM_ERROR, 0, 0},
	    {0, ROTOR_PLDM_START, 0},                /* empty */
	    {0, ROTOR_PLDM_START, SIZE},             /* all, and no end */
	    {0, ROTOR_PLDM_START_AND_END, SIZE - 1}, /* an end before it */
	    {0, ROTOR_PLDM_START_AND_END, SIZE + 1}, /* more than was announced */
	    {0, ROTOR_PLDM_START, 1025},             /* more than a buffer */
	    {0, ROTOR_PLDM_MIDDLE, 10},              /* no start */
	    {0, ROTOR_PLDM_END, SIZE},
	    {0, 0, 10}, /* a flag that does not exist */
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(first); i++) {
		begin(0);
		assert_int_equal(asks(), ROTOR_PLDM_GET_PACKAGE_DATA);
		if (first[i].completion != 0)
			answer(first[i].completion, NULL, 0);
		else
			part(1, first[i].flag, first[i].len);
		assert_int_equal(asks(), 0);
		assert_int_equal(dev.package_len, 0);
		(void)finish();
	}
	/* The second one begins again; or the device has had enough. */
	begin(0);
	assert_int_equal(asks(), ROTOR_PLDM_GET_PACKAGE_DATA);
	part(1, ROTOR_PLDM_START, 10);
	assert_int_equal(asks(), ROTOR_PLDM_GET_PACKAGE_DATA);
	part(1, ROTOR_PLDM_START, 10);
	assert_int_equal(asks(), 0);
	(void)finish();
	begin(0);
	dev.fail_package = ROTOR_ERR_NOT_FOUND;
	assert_int_equal(asks(), ROTOR_PLDM_GET_PACKAGE_DATA);
	part(1, ROTOR_PLDM_START, 10);
	assert_int_equal(asks(), 0);
	(void)finish();
}

static void
an_agent_that_is_not_ready_is_asked_again_and_one_that_is_gone_is_not_for_ever(void **state)
{
	(void)state;
	begin(0);
	assert_int_equal(asks(), ROTOR_PLDM_GET_PACKAGE_DATA);
	answer(ROTOR_PLDM_ERROR_NOT_READY, NULL, 0);
	assert_int_equal(asks(), 0);
	now += ROTOR_PLDM_FD_T2_DEFAULT;
	assert_int_equal(asks(), ROTOR_PLDM_GET_PACKAGE_DATA);
	part(0, ROTOR_PLDM_START_AND_END, SIZE);
	assert_int_equal(asks(), 0);
	(void)finish();

	begin(0);
	unsigned times = 0;
	while (asks() == ROTOR_PLDM_GET_PACKAGE_DATA) {
		times++;
		now += ROTOR_PLDM_FD_T2_DEFAULT;
	}
	assert_int_equal(times, 1 + ROTOR_PLDM_FD_RETRIES_DEFAULT);
	assert_int_equal(dev.fd.state, ROTOR_PLDM_LEARN_COMPONENTS);
	(void)finish();
}

static void an_agent_may_go_on_before_the_end(void **state)
{
	(void)state;
	/* While a part is out: it does not come any more. While one is looked at: that is finished before the slot is erased. */
	begin(0);
	assert_int_equal(asks(), ROTOR_PLDM_GET_PACKAGE_DATA);
	(void)finish();
	assert_int_equal(dev.parts, 0);
	begin(40);
	assert_int_equal(asks(), ROTOR_PLDM_GET_PACKAGE_DATA);
	part(1, ROTOR_PLDM_START, 10);
	assert_int_equal(tell(ROTOR_PLDM_PASS_COMPONENT_TABLE), 0);
	assert_int_equal(tell(ROTOR_PLDM_UPDATE_COMPONENT), 0);
	assert_int_equal(dev.begins, 0);
	assert_int_equal(rotor_pldm_fd_deadline(&dev.fd), 0);
	dev.pend = 0;
	assert_int_equal(asks(), ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	assert_int_equal(dev.parts, 1);
	assert_int_equal(dev.begins, 1);
}

static void a_device_that_wants_none_is_not_waited_for(void **state)
{
	(void)state;
	pldm_device_init(&dev);
	now = 1;
	assert_int_equal(tell(ROTOR_PLDM_REQUEST_UPDATE), 0);
	assert_int_equal(asks(), 0);
	(void)finish();
}

static void what_is_there_is_not_asked_for(void **state)
{
	(void)state;
	for (uint32_t run = 32; run <= 1024; run += 31) {
		for (unsigned pend = 0; pend < 3; pend++) {
			uint32_t there = 0;
			begin(pend);
			dev.has_every = run;
			for (uint32_t i = 0; i < IMAGE; i++)
				there += i / run % 2;
			const uint32_t bytes = finish();
			assert_int_equal(dev.taken, there);
			/* A request is at least 32 bytes long. */
			assert_true(bytes >= IMAGE - there);
			assert_true(bytes <= IMAGE - there + 32 * (IMAGE / run + 2));
		}
	}
}

static void parts_are_chosen_by_handle(void **state)
{
	static const struct {
		uint32_t handle;
		uint8_t operation;
		uint32_t most;
		uint8_t completion;
		uint32_t offset, len, next;
		uint8_t flag;
	} cases[] = {
	    {9, ROTOR_PLDM_GET_FIRST_PART, 30, 0, 0, 30, 0, ROTOR_PLDM_START_AND_END},
	    {0, ROTOR_PLDM_GET_FIRST_PART, 29, 0, 0, 29, 29, ROTOR_PLDM_START},
	    {29, ROTOR_PLDM_GET_NEXT_PART, 29, 0, 29, 1, 0, ROTOR_PLDM_END},
	    {10, ROTOR_PLDM_GET_NEXT_PART, 10, 0, 10, 10, 20, ROTOR_PLDM_MIDDLE},
	    {30, ROTOR_PLDM_GET_NEXT_PART, 10, ROTOR_PLDM_INVALID_TRANSFER_HANDLE, 30, 0, 0, 0},
	    {UINT32_MAX, ROTOR_PLDM_GET_NEXT_PART, 10, ROTOR_PLDM_INVALID_TRANSFER_HANDLE, 0, 0, 0,
	     0},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t bytes[8];
		struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));
		const struct rotor_pldm_part_req out = {cases[i].handle, cases[i].operation};
		struct rotor_pldm_part_req req;
		struct rotor_pldm_part chosen;
		uint32_t offset;
		rotor_pldm_part_req_encode(&w, &out);
		assert_int_equal(
		    rotor_pldm_part_req_decode((struct rotor_bytes){bytes, w.len}, &req), ROTOR_OK);
		assert_int_equal(
		    rotor_pldm_part_req_decode((struct rotor_bytes){bytes, w.len - 1}, &req),
		    ROTOR_ERR_LENGTH);
		assert_int_equal(
		    rotor_pldm_part_choose(&out, SIZE, cases[i].most, &chosen, &offset),
		    cases[i].completion);
		if (cases[i].completion != 0)
			continue;
		assert_int_equal(offset, cases[i].offset);
		assert_int_equal(chosen.data.len, cases[i].len);
		assert_int_equal(chosen.next, cases[i].next);
		assert_int_equal(chosen.flag, cases[i].flag);
	}
	struct rotor_pldm_part_req req;
	static const uint8_t other[] = {0, 0, 0, 0, 2};
	assert_int_equal(rotor_pldm_part_req_decode((struct rotor_bytes){other, 5}, &req),
			 ROTOR_ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parts_come_in_order),
	    cmocka_unit_test(what_is_wrong_with_a_part_ends_the_data_and_not_the_update),
	    cmocka_unit_test(
		an_agent_that_is_not_ready_is_asked_again_and_one_that_is_gone_is_not_for_ever),
	    cmocka_unit_test(an_agent_may_go_on_before_the_end),
	    cmocka_unit_test(a_device_that_wants_none_is_not_waited_for),
	    cmocka_unit_test(what_is_there_is_not_asked_for),
	    cmocka_unit_test(parts_are_chosen_by_handle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
