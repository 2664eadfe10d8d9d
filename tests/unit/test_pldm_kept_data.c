/* SPDX-License-Identifier: Apache-2.0 */
/* Data beside the image, agent and device together: the device's own that the agent keeps, and a component's opaque data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/pldm_fwup_data.h"
#include "support/pldm_pair.h"

#define IMAGE 3000
#define HOUR  3600000

static struct pldm_pair p;
static uint8_t store[UINT16_MAX];
static uint8_t opaque[70000];
static struct rotor_bytes opaque_data[2];

/* How often each command was seen. */
static unsigned seen[256];

static void watch(struct pldm_pair *pair, bool to_device, const uint8_t *msg, size_t len)
{
	(void)pair;
	(void)to_device;
	if (len > 2 && (msg[0] & 0x80) != 0)
		seen[msg[2]]++;
}

static void begin(uint16_t meta_size, size_t opaque_size)
{
	pldm_pair_init(&p, IMAGE, 500);
	memset(seen, 0, sizeof(seen));
	memset(store, 0, sizeof(store));
	p.watch = watch;
	if (meta_size != 0)
		pldm_device_has_meta_data(&p.device, meta_size);
	p.plan.meta_data = store;
	p.plan.meta_data_cap = sizeof(store);
	for (size_t i = 0; i < sizeof(opaque); i++)
		opaque[i] = (uint8_t)(5 * i);
	if (opaque_size != 0) {
		pldm_device_wants_opaque_data(&p.device);
		opaque_data[0] = (struct rotor_bytes){opaque, opaque_size};
		opaque_data[1] = (struct rotor_bytes){opaque, 0};
		p.plan.opaque_data = opaque_data;
		p.components[0].options = ROTOR_PLDM_OPTION_OPAQUE_DATA;
	}
}

static enum rotor_status run(void)
{
	assert_int_equal(rotor_pldm_ua_update(&p.ua, &p.plan, p.now), ROTOR_OK);
	return pldm_pair_run(&p, HOUR);
}

static void assert_updated(void)
{
	assert_int_equal(p.ua.status, ROTOR_OK);
	assert_true(pldm_pair_flash_right(&p, 0));
	assert_true(pldm_pair_flash_right(&p, 1));
	assert_false(p.device.out_of_bounds);
	assert_false(p.device.wrong_bytes);
}

static void the_agent_keeps_the_devices_data_and_gives_them_back(void **state)
{
	static const uint16_t sizes[] = {1, 31, 1019, 1020, 1024, 5000, UINT16_MAX};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
		for (unsigned lose = 0; lose < 7; lose++) {
			begin(sizes[i], 0);
			p.device.pend = lose % 3;
			p.lose_every = lose == 0 ? 0 : 4 + lose;
			assert_int_equal(run(), ROTOR_OK);
			assert_updated();
			assert_int_equal(p.device.meta_back, sizes[i]);
			assert_true(p.device.meta_ended);
			/* Before the last component is applied, and not before the first. */
			assert_int_equal(p.device.applies, 2);
		}
	}
}

static void a_device_without_data_is_not_asked(void **state)
{
	(void)state;
	begin(0, 0);
	assert_int_equal(run(), ROTOR_OK);
	assert_updated();
	assert_int_equal(seen[ROTOR_PLDM_GET_DEVICE_META_DATA], 0);
	assert_int_equal(seen[ROTOR_PLDM_GET_META_DATA], 0);
	assert_int_equal(seen[ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA], 0);
}

static void a_device_whose_data_cannot_be_kept_is_not_updated(void **state)
{
	char text[ROTOR_PLDM_UA_FAILURE_TEXT];
	(void)state;
	begin(100, 0);
	p.plan.meta_data_cap = 99;
	assert_int_equal(run(), ROTOR_ERR_SPACE);
	assert_int_equal(p.ua.failure.kind, ROTOR_PLDM_UA_FAILED_META_DATA);
	assert_non_null(strstr(rotor_pldm_ua_failure_text(&p.ua.failure, text, sizeof(text)),
			       "more data to be kept"));
	assert_int_equal(p.device.fd.state, ROTOR_PLDM_IDLE);
	assert_int_equal(p.device.begins, 0);
}

static void a_device_that_does_not_get_its_data_back_applies_nothing(void **state)
{
	(void)state;
	begin(100, 0);
	p.device.fail_meta = ROTOR_ERR_FORMAT;
	assert_int_equal(run(), ROTOR_ERR_PEER);
	assert_int_equal(p.ua.failure.kind, ROTOR_PLDM_UA_FAILED_RESULT);
	assert_int_equal(p.ua.failure.command, ROTOR_PLDM_APPLY_COMPLETE);
	assert_int_equal(p.ua.failure.code, ROTOR_PLDM_RESULT_GENERIC_ERROR);
	assert_int_equal(p.device.applies, 1); /* the first component's */
	assert_int_equal(p.device.activations, 0);
}

static void opaque_data_come_before_the_image(void **state)
{
	static const size_t sizes[] = {1, 1023, 1024, 1025, 70000};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
		for (unsigned lose = 0; lose < 7; lose++) {
			begin(0, sizes[i]);
			p.device.pend = lose % 3;
			p.lose_every = lose == 0 ? 0 : 4 + lose;
			assert_int_equal(run(), ROTOR_OK);
			assert_updated();
			assert_int_equal(p.device.opaque_len, sizes[i]);
			assert_true(p.device.opaque_ended);
		}
	}
	/* Together with all else that comes in parts. */
	begin(4000, 4000);
	pldm_device_wants_package(&p.device);
	p.plan.package_data = (struct rotor_bytes){opaque, 3000};
	assert_int_equal(run(), ROTOR_OK);
	assert_updated();
	assert_int_equal(p.device.package_len, 3000);
	assert_int_equal(p.device.opaque_len, 4000);
	assert_int_equal(p.device.meta_back, 4000);
}

static void a_device_that_does_not_want_opaque_data_does_not_get_them(void **state)
{
	(void)state;
	/* It says that it does not; and one that says so without taking them. */
	begin(0, 100);
	p.device.options = 0;
	assert_int_equal(run(), ROTOR_OK);
	assert_int_equal(seen[ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA], 0);
	begin(0, 100);
	p.device.ops.opaque_data = NULL;
	assert_int_equal(run(), ROTOR_OK);
	assert_int_equal(seen[ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA], 0);
	assert_updated();
}

static void opaque_data_that_are_wrong_end_the_transfer(void **state)
{
	(void)state;
	begin(0, 100);
	p.device.fail_opaque = ROTOR_ERR_FORMAT;
	assert_int_equal(run(), ROTOR_ERR_PEER);
	assert_int_equal(p.ua.failure.command, ROTOR_PLDM_TRANSFER_COMPLETE);
	assert_int_equal(p.ua.failure.code, ROTOR_PLDM_TRANSFER_ABORTED_OPAQUE_DATA);
	assert_int_equal(p.device.begins, 0);
	/* Announced, and then there are none. */
	begin(0, 100);
	opaque_data[0].len = 0;
	assert_int_equal(run(), ROTOR_ERR_PEER);
	assert_int_equal(p.ua.failure.code, ROTOR_PLDM_TRANSFER_ABORTED_OPAQUE_DATA);
	assert_int_equal(p.device.begins, 0);
}

/* ---- the agent alone: what it answers, and what it does not believe ---- */

static uint8_t serve(uint8_t command, uint32_t handle, uint8_t operation, size_t cut)
{
	uint8_t msg[16], out[2048];
	size_t len;
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_pldm_part_req req = {handle, operation};
	rotor_pldm_request_begin(&w, 1, ROTOR_PLDM_TYPE_FWUP, command);
	rotor_pldm_part_req_encode(&w, &req);
	assert_int_equal(
	    rotor_pldm_ua_request(&p.ua, msg, w.len - cut, out, sizeof(out), &len, p.now),
	    ROTOR_OK);
	assert_true(out[3] == 0 || len == 4);
	return out[3];
}

static void run_to(enum rotor_pldm_ua_step step)
{
	assert_int_equal(rotor_pldm_ua_update(&p.ua, &p.plan, p.now), ROTOR_OK);
	while (p.ua.step != step) {
		assert_int_equal(p.ua.status, ROTOR_PENDING);
		assert_true(pldm_pair_step(&p));
	}
}

static void the_agent_gives_in_their_time_and_only_what_there_is(void **state)
{
	static const struct {
		uint8_t command, operation, cut;
		uint32_t handle;
		enum rotor_pldm_ua_step step;
		uint8_t completion;
	} cases[] = {
	    {ROTOR_PLDM_GET_META_DATA, 1, 0, 0, ROTOR_PLDM_UA_PASS_TABLE,
	     ROTOR_PLDM_COMMAND_NOT_EXPECTED},
	    {ROTOR_PLDM_GET_META_DATA, 1, 0, 0, ROTOR_PLDM_UA_DOWNLOAD, 0},
	    {ROTOR_PLDM_GET_META_DATA, 0, 0, 99, ROTOR_PLDM_UA_APPLY, 0},
	    {ROTOR_PLDM_GET_META_DATA, 0, 0, 100, ROTOR_PLDM_UA_APPLY,
	     ROTOR_PLDM_INVALID_TRANSFER_HANDLE},
	    {ROTOR_PLDM_GET_META_DATA, 2, 0, 0, ROTOR_PLDM_UA_APPLY,
	     ROTOR_PLDM_INVALID_TRANSFER_OPERATION},
	    {ROTOR_PLDM_GET_META_DATA, 1, 1, 0, ROTOR_PLDM_UA_APPLY,
	     ROTOR_PLDM_ERROR_INVALID_LENGTH},
	    {ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, 1, 0, 0, ROTOR_PLDM_UA_PASS_TABLE,
	     ROTOR_PLDM_COMMAND_NOT_EXPECTED},
	    {ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, 1, 0, 0, ROTOR_PLDM_UA_DOWNLOAD, 0},
	    {ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, 0, 0, 50, ROTOR_PLDM_UA_DOWNLOAD,
	     ROTOR_PLDM_INVALID_TRANSFER_HANDLE},
	    {ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, 1, 0, 0, ROTOR_PLDM_UA_VERIFY,
	     ROTOR_PLDM_COMMAND_NOT_EXPECTED},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		begin(100, 50);
		run_to(cases[i].step);
		assert_int_equal(
		    serve(cases[i].command, cases[i].handle, cases[i].operation, cases[i].cut),
		    cases[i].completion);
	}
	/* Of a component that has none; of a device that gave none; and when nothing goes on at all. */
	begin(0, 50);
	opaque_data[0].len = 0;
	run_to(ROTOR_PLDM_UA_DOWNLOAD);
	assert_int_equal(serve(ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, 0, 1, 0),
			 ROTOR_PLDM_NO_OPAQUE_DATA);
	assert_int_equal(serve(ROTOR_PLDM_GET_META_DATA, 0, 1, 0), ROTOR_PLDM_COMMAND_NOT_EXPECTED);
	begin(0, 0);
	assert_int_equal(serve(ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, 0, 1, 0),
			 ROTOR_PLDM_COMMAND_NOT_EXPECTED);
	assert_int_equal(serve(ROTOR_PLDM_GET_META_DATA, 0, 1, 0), ROTOR_PLDM_COMMAND_NOT_EXPECTED);
}

static void parts_that_cannot_be_are_not_kept(void **state)
{
	static const struct {
		uint8_t completion, flag;
		uint16_t len;
		enum rotor_pldm_ua_failure_kind kind;
	} cases[] = {
	    {ROTOR_PLDM_NO_DEVICE_METADATA, 0, 0, ROTOR_PLDM_UA_FAILED_COMPLETION},
	    {0, ROTOR_PLDM_START, 0, ROTOR_PLDM_UA_FAILED_RESPONSE},
	    {0, ROTOR_PLDM_START, 100, ROTOR_PLDM_UA_FAILED_RESPONSE},
	    {0, ROTOR_PLDM_START_AND_END, 99, ROTOR_PLDM_UA_FAILED_RESPONSE},
	    {0, ROTOR_PLDM_START_AND_END, 101, ROTOR_PLDM_UA_FAILED_RESPONSE},
	    {0, ROTOR_PLDM_START, 101, ROTOR_PLDM_UA_FAILED_RESPONSE},
	    {0, ROTOR_PLDM_MIDDLE, 10, ROTOR_PLDM_UA_FAILED_RESPONSE},
	    {0, ROTOR_PLDM_END, 100, ROTOR_PLDM_UA_FAILED_RESPONSE},
	    {0, 7, 100, ROTOR_PLDM_UA_FAILED_RESPONSE},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t msg[64], answer[256];
		size_t len;
		struct rotor_writer w = rotor_writer(answer, sizeof(answer));
		const struct rotor_pldm_part part = {.next = 1, .flag = cases[i].flag};
		begin(100, 0);
		run_to(ROTOR_PLDM_UA_META_DATA);
		assert_int_equal(rotor_pldm_ua_next_request(&p.ua, p.now, msg, sizeof(msg), &len),
				 ROTOR_OK);
		assert_int_equal(msg[2], ROTOR_PLDM_GET_DEVICE_META_DATA);
		assert_int_equal(msg[7], ROTOR_PLDM_GET_FIRST_PART);
		rotor_write_u8(&w, msg[0] & 0x1f);
		rotor_write_u8(&w, msg[1]);
		rotor_write_u8(&w, msg[2]);
		rotor_write_u8(&w, cases[i].completion);
		if (cases[i].completion == 0) {
			rotor_pldm_part_head_encode(&w, &part);
			memset(answer + w.len, 0xee, cases[i].len);
			w.len += cases[i].len;
		}
		rotor_pldm_ua_response(&p.ua, answer, w.len, p.now);
		assert_int_equal(p.ua.failure.kind, cases[i].kind);
		for (size_t n = 0; n < 200; n++)
			assert_int_equal(store[n], 0);
		/* The device is told. */
		(void)pldm_pair_run(&p, HOUR);
		assert_int_equal(p.device.fd.state, ROTOR_PLDM_IDLE);
	}
}

/* ---- the device alone ---- */

static uint8_t ask_device(uint32_t handle, uint8_t operation, size_t cut, size_t cap, size_t *len)
{
	uint8_t msg[16], out[2048];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_pldm_part_req req = {handle, operation};
	rotor_pldm_request_begin(&w, 3, ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_GET_DEVICE_META_DATA);
	rotor_pldm_part_req_encode(&w, &req);
	assert_int_equal(rotor_pldm_fd_request(&p.device.fd, PLDM_PAIR_PEER, msg, w.len - cut, out,
					       cap, len, p.now),
			 ROTOR_OK);
	return out[3];
}

static void the_device_gives_its_data_in_parts_that_fit(void **state)
{
	size_t len;
	(void)state;
	begin(2000, 0);
	run_to(ROTOR_PLDM_UA_META_DATA);
	assert_int_equal(ask_device(0, ROTOR_PLDM_GET_FIRST_PART, 0, 2048, &len), 0);
	assert_int_equal(len, 4 + ROTOR_PLDM_PART_HEAD + 1024); /* as RequestUpdate allows */
	assert_int_equal(ask_device(0, ROTOR_PLDM_GET_FIRST_PART, 0, 512, &len), 0);
	assert_int_equal(len, 512);
	assert_int_equal(ask_device(1999, ROTOR_PLDM_GET_NEXT_PART, 0, 512, &len), 0);
	assert_int_equal(len, 4 + ROTOR_PLDM_PART_HEAD + 1);
	assert_int_equal(ask_device(2000, ROTOR_PLDM_GET_NEXT_PART, 0, 512, &len),
			 ROTOR_PLDM_INVALID_TRANSFER_HANDLE);
	assert_int_equal(ask_device(0, 2, 0, 512, &len), ROTOR_PLDM_INVALID_TRANSFER_OPERATION);
	assert_int_equal(ask_device(0, 1, 1, 512, &len), ROTOR_PLDM_ERROR_INVALID_LENGTH);
	begin(0, 0);
	run_to(ROTOR_PLDM_UA_PASS_TABLE);
	assert_int_equal(ask_device(0, 1, 0, 512, &len), ROTOR_PLDM_NO_DEVICE_METADATA);
}

static void the_commands_are_listed_where_they_are(void **state)
{
	(void)state;
	begin(0, 0);
	assert_int_equal(rotor_pldm_ua_discover(&p.ua, p.now), ROTOR_OK);
	assert_int_equal(pldm_pair_run(&p, HOUR), ROTOR_OK);
	assert_true(rotor_pldm_bit(p.ua.found.fwup_commands.bits, ROTOR_PLDM_GET_DEVICE_META_DATA));
	assert_true(rotor_pldm_bit(p.ua.found.base_commands.bits, ROTOR_PLDM_SELECT_VERSION));
	assert_false(
	    rotor_pldm_bit(p.ua.found.base_commands.bits, ROTOR_PLDM_GET_DEVICE_META_DATA));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_agent_keeps_the_devices_data_and_gives_them_back),
	    cmocka_unit_test(a_device_without_data_is_not_asked),
	    cmocka_unit_test(a_device_whose_data_cannot_be_kept_is_not_updated),
	    cmocka_unit_test(a_device_that_does_not_get_its_data_back_applies_nothing),
	    cmocka_unit_test(opaque_data_come_before_the_image),
	    cmocka_unit_test(a_device_that_does_not_want_opaque_data_does_not_get_them),
	    cmocka_unit_test(opaque_data_that_are_wrong_end_the_transfer),
	    cmocka_unit_test(the_agent_gives_in_their_time_and_only_what_there_is),
	    cmocka_unit_test(parts_that_cannot_be_are_not_kept),
	    cmocka_unit_test(the_device_gives_its_data_in_parts_that_fit),
	    cmocka_unit_test(the_commands_are_listed_where_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
