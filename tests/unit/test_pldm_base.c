/* SPDX-License-Identifier: Apache-2.0 */
/* PLDM type 0: versions that are selected, transfers in parts, instance IDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/pldm_fwup.h"
#include "rotor/pldm_instances.h"
#include "rotor/pldm_multipart.h"

#define TYPE  7
#define TOTAL 700

static const struct rotor_pldm_support supports[] = {
    {0, ROTOR_PLDM_VERSION(1, 1, 0), {{0x3e}}},
    {5, ROTOR_PLDM_FWUP_VERSION_1_1, {{0x06}}},
    {5, ROTOR_PLDM_FWUP_VERSION_1_3, {{0x06}}},
    {TYPE, ROTOR_PLDM_VERSION(1, 0, 0), {{0x02}}},
};
static struct rotor_pldm_base base;
static struct rotor_pldm_multipart parts;
static uint8_t answer[1024];
static struct rotor_pldm_message answered;

/* ---- data that is given and taken ---- */

static uint8_t taken[TOTAL];
static unsigned closed, closed_whole;
static bool fail_io;

static uint8_t find(void *ctx, uint8_t type, uint32_t context, uint32_t handle, uint32_t *total)
{
	(void)ctx;
	assert_int_equal(type, TYPE);
	if (context != 1)
		return ROTOR_PLDM_ERROR_INVALID_TRANSFER_CONTEXT;
	if (handle != 0x100 && handle != 0x200)
		return ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE;
	*total = handle == 0x100 ? TOTAL : 0;
	return ROTOR_PLDM_SUCCESS;
}

static bool read(void *ctx, uint32_t offset, uint8_t *out, uint32_t len)
{
	(void)ctx;
	assert_true(len != 0 && offset < TOTAL && len <= TOTAL - offset);
	for (uint32_t i = 0; i < len; i++)
		out[i] = (uint8_t)((offset + i) * 5);
	return !fail_io;
}

static bool write(void *ctx, uint32_t offset, const uint8_t *data, uint32_t len)
{
	(void)ctx;
	assert_true(len != 0 && offset < TOTAL && len <= TOTAL - offset);
	memcpy(taken + offset, data, len);
	return !fail_io;
}

static void close(void *ctx, bool whole)
{
	(void)ctx;
	closed++;
	closed_whole += whole;
}

static void fresh(void)
{
	static const struct rotor_pldm_base_extra extras[] = {
	    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_SELECT_VERSION, rotor_pldm_base_select_version, NULL},
	    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_NEGOTIATE_TRANSFER, rotor_pldm_multipart_negotiate,
	     NULL},
	    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_MULTIPART_SEND, rotor_pldm_multipart_send, NULL},
	    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_MULTIPART_RECEIVE, rotor_pldm_multipart_receive,
	     NULL},
	};
	static const struct rotor_pldm_multipart_ops ops = {find, read, find, write, close};

	memset(&base, 0, sizeof(base));
	base.supports = supports;
	base.support_count = ROTOR_COUNT_OF(supports);
	memset(&parts, 0, sizeof(parts));
	parts.ops = &ops;
	parts.types.bits[0] = 1 << TYPE;
	parts.part_max = 512;
	base.extras = extras;
	base.extra_count = ROTOR_COUNT_OF(extras);
	base.extra_ctx = &parts;
	memset(taken, 0, sizeof(taken));
	closed = closed_whole = 0;
	fail_io = false;
}

/* @return the completion code; the payload is in answered */
static uint8_t ask(uint8_t command, const struct rotor_writer *payload)
{
	const struct rotor_pldm_message msg = {
	    .header = {.request = true, .instance = 3, .command = command},
	    .payload = {payload->base, payload->len},
	};
	struct rotor_writer w = rotor_writer(answer, sizeof(answer));
	size_t len;

	assert_false(payload->failed);
	rotor_pldm_base_request(&base, &msg, &w);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(rotor_pldm_open(answer, len, &answered), ROTOR_OK);
	assert_true(rotor_pldm_answers(&answered.header, &msg.header));
	if (answered.completion != ROTOR_PLDM_SUCCESS)
		assert_int_equal(answered.payload.len, 0);
	return answered.completion;
}

/* ---- versions ---- */

static uint8_t select_version(uint8_t type, uint32_t version)
{
	const struct rotor_pldm_get_commands_req req = {type, version};
	uint8_t bytes[8];
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));

	rotor_pldm_get_commands_req_encode(&w, &req);
	return ask(ROTOR_PLDM_SELECT_VERSION, &w);
}

static void a_version_that_is_there_can_be_selected(void **state)
{
	uint8_t byte = 5;
	struct rotor_writer one = rotor_writer(&byte, 1);

	(void)state;
	fresh();
	assert_int_equal(rotor_pldm_base_selected(&base, 5), 0);
	assert_int_equal(select_version(5, ROTOR_PLDM_FWUP_VERSION_1_3), 0);
	assert_int_equal(rotor_pldm_base_selected(&base, 5), ROTOR_PLDM_FWUP_VERSION_1_3);
	assert_int_equal(rotor_pldm_base_selected(&base, 0), 0);
	assert_int_equal(select_version(0, ROTOR_PLDM_VERSION(1, 1, 0)), 0);
	assert_int_equal(select_version(5, ROTOR_PLDM_FWUP_VERSION_1_1), 0);
	assert_int_equal(rotor_pldm_base_selected(&base, 5), ROTOR_PLDM_FWUP_VERSION_1_1);
	/* what is refused changes nothing */
	assert_int_equal(select_version(5, ROTOR_PLDM_VERSION(1, 2, 0)),
			 ROTOR_PLDM_INVALID_VERSION_IN_REQUEST_DATA);
	assert_int_equal(select_version(4, ROTOR_PLDM_FWUP_VERSION_1_1),
			 ROTOR_PLDM_INVALID_TYPE_IN_REQUEST_DATA);
	one.len = 1;
	assert_int_equal(ask(ROTOR_PLDM_SELECT_VERSION, &one), ROTOR_PLDM_ERROR_INVALID_LENGTH);
	assert_int_equal(rotor_pldm_base_selected(&base, 5), ROTOR_PLDM_FWUP_VERSION_1_1);
	assert_int_equal(rotor_pldm_base_selected(&base, 0), ROTOR_PLDM_VERSION(1, 1, 0));
}

static void without_the_extra_commands_they_are_not_there(void **state)
{
	uint8_t none;
	const struct rotor_writer empty = rotor_writer(&none, 0);

	const struct rotor_pldm_get_commands_req base_commands = {0, ROTOR_PLDM_VERSION(1, 1, 0)};
	struct rotor_pldm_commands commands;
	uint8_t bytes[8];
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));

	(void)state;
	rotor_pldm_get_commands_req_encode(&w, &base_commands);
	fresh();
	assert_int_equal(ask(ROTOR_PLDM_GET_COMMANDS, &w), ROTOR_PLDM_SUCCESS);
	assert_int_equal(rotor_pldm_commands_decode(answered.payload, &commands), ROTOR_OK);
	assert_int_equal(commands.bits[0], 0xfe);
	assert_int_equal(commands.bits[1], 0x03);
	base.extra_count = 0;
	assert_int_equal(ask(ROTOR_PLDM_GET_COMMANDS, &w), ROTOR_PLDM_SUCCESS);
	assert_int_equal(rotor_pldm_commands_decode(answered.payload, &commands), ROTOR_OK);
	assert_int_equal(commands.bits[0], 0x3e);
	assert_int_equal(commands.bits[1], 0);
	for (unsigned command = 0; command < 256; command++) {
		if (command == 0 || command >= ROTOR_PLDM_SELECT_VERSION)
			assert_int_equal(ask((uint8_t)command, &empty),
					 ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD);
	}
}

/* ---- parts ---- */

static uint8_t negotiate(uint16_t size, uint8_t types)
{
	struct rotor_pldm_transfer_parameters parameters = {size, {{types}}};
	uint8_t bytes[16];
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));

	rotor_pldm_transfer_parameters_encode(&w, &parameters);
	return ask(ROTOR_PLDM_NEGOTIATE_TRANSFER, &w);
}

static void both_sides_limits_hold_for_parts(void **state)
{
	static const struct {
		uint16_t asked, agreed;
		uint8_t types, both;
	} cases[] = {
	    {4096, 512, 0xff, 1 << TYPE}, {300, 300, 1 << TYPE, 1 << TYPE}, {256, 256, 0x01, 0}};
	struct rotor_pldm_transfer_parameters got;

	(void)state;
	fresh();
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		assert_int_equal(negotiate(cases[i].asked, cases[i].types), 0);
		assert_int_equal(rotor_pldm_transfer_parameters_decode(answered.payload, &got),
				 ROTOR_OK);
		assert_int_equal(got.part_size, cases[i].agreed);
		assert_int_equal(got.types.bits[0], cases[i].both);
		assert_int_equal(parts.part, cases[i].agreed);
	}
	assert_int_equal(negotiate(255, 1 << TYPE), ROTOR_PLDM_ERROR_INVALID_DATA);
	assert_int_equal(parts.part, 256);
}

static uint8_t receive(uint8_t operation, uint32_t handle, uint32_t offset, uint32_t length,
		       struct rotor_pldm_multipart_receive_resp *resp)
{
	const struct rotor_pldm_multipart_receive_req req = {TYPE,   operation, 1,
							     handle, offset,    length};
	uint8_t bytes[32], completion;
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));

	rotor_pldm_multipart_receive_req_encode(&w, &req);
	completion = ask(ROTOR_PLDM_MULTIPART_RECEIVE, &w);
	if (completion == ROTOR_PLDM_SUCCESS)
		assert_int_equal(rotor_pldm_multipart_receive_resp_decode(answered.payload, resp),
				 ROTOR_OK);
	return completion;
}

/* Fetches a section as a requester does, each part twice if @p again. */
static void fetch(uint32_t offset, uint32_t length, uint32_t want, bool again)
{
	struct rotor_pldm_multipart_receive_resp resp = {0};
	uint8_t operation = ROTOR_PLDM_XFER_FIRST_PART;
	uint32_t handle = 0x100, got = 0, crc = 0;

	do {
		assert_int_equal(
		    receive(operation, handle, got == 0 ? offset : 0, got == 0 ? length : 0, &resp),
		    0);
		if (again)
			assert_int_equal(receive(ROTOR_PLDM_XFER_CURRENT_PART, handle, 0, 0, &resp),
					 0);
		assert_int_equal((resp.flag & ROTOR_PLDM_START) != 0, got == 0);
		for (size_t i = 0; i < resp.data.len; i++)
			assert_int_equal(resp.data.data[i], (uint8_t)((offset + got + i) * 5));
		crc = rotor_crc32(crc, resp.data.data, resp.data.len);
		got += (uint32_t)resp.data.len;
		assert_true(got <= want);
		handle = resp.next_handle;
		operation = ROTOR_PLDM_XFER_NEXT_PART;
	} while ((resp.flag & ROTOR_PLDM_END) == 0);
	assert_int_equal(got, want);
	assert_int_equal(handle, 0);
	assert_int_equal(resp.checksum, crc);
	assert_int_equal(receive(ROTOR_PLDM_XFER_NEXT_PART, 0, 0, 0, &resp),
			 ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION);
	assert_int_equal(receive(ROTOR_PLDM_XFER_COMPLETE, 0, 0, 0, &resp), 0);
	assert_int_equal(resp.flag, ROTOR_PLDM_ACKNOWLEDGE_COMPLETION);
	assert_int_equal(receive(ROTOR_PLDM_XFER_CURRENT_PART, 0x100, 0, 0, &resp),
			 ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION);
}

static void data_come_in_parts_whatever_the_section(void **state)
{
	static const uint16_t sizes[] = {256, 300, 350, 512};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
		fresh();
		if (i != 0)
			assert_int_equal(negotiate(sizes[i], 1 << TYPE), 0);
		for (int again = 0; again < 2; again++) {
			fetch(0, 0, TOTAL, again);
			fetch(0, 1, 1, again);
			fetch(100, 0, TOTAL - 100, again);
			fetch(100, 512, 512, again);
			fetch(TOTAL - 1, 1, 1, again);
		}
	}
}

static void wrong_requests_for_parts_are_refused(void **state)
{
	struct rotor_pldm_multipart_receive_resp resp;
	struct rotor_pldm_multipart_receive_req req = {TYPE, 0, 2, 0x100, 0, 0};
	uint8_t bytes[32];
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));

	(void)state;
	fresh();
	rotor_pldm_multipart_receive_req_encode(&w, &req);
	assert_int_equal(ask(ROTOR_PLDM_MULTIPART_RECEIVE, &w),
			 ROTOR_PLDM_ERROR_INVALID_TRANSFER_CONTEXT);
	req.type = 200;
	w = rotor_writer(bytes, sizeof(bytes));
	rotor_pldm_multipart_receive_req_encode(&w, &req);
	assert_int_equal(ask(ROTOR_PLDM_MULTIPART_RECEIVE, &w), ROTOR_PLDM_ERROR_INVALID_PLDM_TYPE);
	w.len--;
	assert_int_equal(ask(ROTOR_PLDM_MULTIPART_RECEIVE, &w), ROTOR_PLDM_ERROR_INVALID_LENGTH);
	assert_int_equal(receive(5, 0x100, 0, 0, &resp),
			 ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION);
	assert_int_equal(receive(ROTOR_PLDM_XFER_NEXT_PART, 0x100, 0, 0, &resp),
			 ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION);
	assert_int_equal(receive(0, 0x300, 0, 0, &resp),
			 ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE);
	assert_int_equal(receive(0, 0x100, TOTAL, 0, &resp),
			 ROTOR_PLDM_ERROR_INVALID_REQUESTED_SECTION_OFFSET);
	assert_int_equal(receive(0, 0x100, 1, TOTAL, &resp),
			 ROTOR_PLDM_ERROR_INVALID_REQUESTED_SECTION_OFFSET);
	assert_int_equal(receive(0, 0x100, UINT32_MAX, UINT32_MAX, &resp),
			 ROTOR_PLDM_ERROR_INVALID_REQUESTED_SECTION_OFFSET);
	/* no bytes at all are one part */
	assert_int_equal(receive(0, 0x200, 0, 0, &resp), 0);
	assert_int_equal(resp.flag, ROTOR_PLDM_START_AND_END);
	assert_int_equal(resp.data.len, 0);
	assert_int_equal(receive(0, 0x100, 0, 0, &resp), 0);
	assert_int_equal(receive(ROTOR_PLDM_XFER_NEXT_PART, 7, 0, 0, &resp),
			 ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE);
	assert_int_equal(receive(ROTOR_PLDM_XFER_CURRENT_PART, 7, 0, 0, &resp),
			 ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE);
	fail_io = true;
	assert_int_equal(receive(ROTOR_PLDM_XFER_CURRENT_PART, 0x100, 0, 0, &resp),
			 ROTOR_PLDM_ERROR);
}

static uint8_t send_part(uint8_t flag, uint32_t handle, uint32_t next, uint32_t at, uint32_t len,
			 uint32_t checksum, struct rotor_pldm_multipart_send_resp *resp)
{
	uint8_t data[600], bytes[700], completion;
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));
	const struct rotor_pldm_multipart_send_req req = {TYPE, flag,  1,           handle,  next,
							  0,    TOTAL, {data, len}, checksum};

	assert_true(len == 0 || read(NULL, at, data, len) || fail_io);
	rotor_pldm_multipart_send_req_encode(&w, &req);
	completion = ask(ROTOR_PLDM_MULTIPART_SEND, &w);
	if (completion == ROTOR_PLDM_SUCCESS)
		assert_int_equal(rotor_pldm_multipart_send_resp_decode(answered.payload, resp),
				 ROTOR_OK);
	return completion;
}

static uint32_t checksum_of_all(void)
{
	uint8_t all[TOTAL];

	assert_true(read(NULL, 0, all, TOTAL));
	return rotor_crc32(0, all, TOTAL);
}

static void data_are_taken_in_parts_and_checked(void **state)
{
	struct rotor_pldm_multipart_send_resp resp = {0};

	(void)state;
	for (int damaged = 0; damaged < 2; damaged++) {
		uint32_t crc;

		fresh();
		crc = checksum_of_all() ^ (uint32_t)damaged;
		assert_int_equal(send_part(ROTOR_PLDM_START, 0x100, 8, 0, 256, 0, &resp), 0);
		assert_int_equal(resp.operation, ROTOR_PLDM_XFER_NEXT_PART);
		assert_int_equal(resp.next_handle, 8);
		assert_int_equal(send_part(ROTOR_PLDM_MIDDLE, 8, 9, 256, 256, 0, &resp), 0);
		assert_int_equal(send_part(ROTOR_PLDM_END, 9, 0, 512, TOTAL - 512, crc, &resp), 0);
		assert_int_equal(resp.operation,
				 damaged ? ROTOR_PLDM_XFER_FIRST_PART : ROTOR_PLDM_XFER_COMPLETE);
		assert_int_equal(closed, 1);
		assert_int_equal(closed_whole, !damaged);
		for (unsigned i = 0; i < TOTAL; i++)
			assert_int_equal(taken[i], (uint8_t)(i * 5));
	}
}

static void wrong_parts_are_not_taken(void **state)
{
	struct rotor_pldm_multipart_send_resp resp;

	(void)state;
	fresh();
	assert_int_equal(send_part(ROTOR_PLDM_MIDDLE, 0x100, 8, 0, 256, 0, &resp),
			 ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION);
	assert_int_equal(send_part(ROTOR_PLDM_START, 0x300, 8, 0, 256, 0, &resp),
			 ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE);
	/* larger than was agreed, longer than the data may be, an end before the end */
	assert_int_equal(send_part(ROTOR_PLDM_START, 0x100, 8, 0, 257, 0, &resp),
			 ROTOR_PLDM_ERROR_INVALID_DATA);
	assert_int_equal(send_part(ROTOR_PLDM_START, 0x200, 8, 0, 256, 0, &resp),
			 ROTOR_PLDM_ERROR_INVALID_REQUESTED_SECTION_OFFSET);
	assert_int_equal(closed, 1);
	assert_int_equal(send_part(ROTOR_PLDM_START_AND_END, 0x100, 8, 0, 256, 0, &resp),
			 ROTOR_PLDM_ERROR_INVALID_DATA);
	assert_int_equal(closed, 2);
	assert_int_equal(send_part(ROTOR_PLDM_START, 0x100, 8, 0, 256, 0, &resp), 0);
	assert_int_equal(send_part(ROTOR_PLDM_MIDDLE, 7, 9, 256, 256, 0, &resp),
			 ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE);
	/* a new one, and new terms, end the one that runs */
	assert_int_equal(send_part(ROTOR_PLDM_START, 0x100, 8, 0, 256, 0, &resp), 0);
	assert_int_equal(closed, 3);
	assert_int_equal(negotiate(256, 1 << TYPE), 0);
	assert_int_equal(closed, 4);
	fail_io = true;
	assert_int_equal(send_part(ROTOR_PLDM_START, 0x100, 8, 0, 256, 0, &resp), ROTOR_PLDM_ERROR);
	assert_int_equal(closed, 5);
	assert_int_equal(closed_whole, 0);
}

/* ---- instance IDs ---- */

static void an_instance_id_is_not_given_twice(void **state)
{
	struct rotor_pldm_instances ids = {0};
	bool seen[ROTOR_PLDM_INSTANCES] = {false};
	uint8_t id = 0;

	(void)state;
	assert_int_equal(rotor_pldm_instances_deadline(&ids), ROTOR_NEVER);
	for (unsigned i = 0; i < ROTOR_PLDM_INSTANCES; i++) {
		assert_int_equal(rotor_pldm_instance_take(&ids, i, &id), ROTOR_OK);
		assert_true(id < ROTOR_PLDM_INSTANCES);
		assert_false(seen[id]);
		seen[id] = true;
	}
	assert_int_equal(rotor_pldm_instance_take(&ids, 40, &id), ROTOR_ERR_BUSY);
	assert_int_equal(rotor_pldm_instances_deadline(&ids), ROTOR_PLDM_INSTANCE_EXPIRY_DEFAULT);
	/* one that was answered is free, and only that one */
	rotor_pldm_instance_release(&ids, 17);
	rotor_pldm_instance_release(&ids, 17);
	assert_int_equal(rotor_pldm_instance_take(&ids, 40, &id), ROTOR_OK);
	assert_int_equal(id, 17);
	assert_int_equal(rotor_pldm_instance_take(&ids, 40, &id), ROTOR_ERR_BUSY);
}

static void instance_ids_expire_unless_they_are_renewed(void **state)
{
	struct rotor_pldm_instances ids = {.quota = 2, .expiry = 100};
	uint8_t first = 0, second = 0, third = 0;

	(void)state;
	assert_int_equal(rotor_pldm_instance_take(&ids, 1000, &first), ROTOR_OK);
	assert_int_equal(rotor_pldm_instance_take(&ids, 1010, &second), ROTOR_OK);
	assert_int_equal(rotor_pldm_instance_take(&ids, 1020, &third), ROTOR_ERR_BUSY);
	assert_true(rotor_pldm_instance_taken(&ids, first, 1099));
	assert_false(rotor_pldm_instance_taken(&ids, first, 1100));
	rotor_pldm_instance_renew(&ids, first, 1050);
	assert_int_equal(rotor_pldm_instances_deadline(&ids), 1110);
	assert_int_equal(rotor_pldm_instance_take(&ids, 1109, &third), ROTOR_ERR_BUSY);
	assert_int_equal(rotor_pldm_instance_take(&ids, 1110, &third), ROTOR_OK);
	/* the one that expired rests while others are free */
	assert_int_not_equal(third, second);
	assert_true(rotor_pldm_instance_taken(&ids, first, 1110));
	assert_false(rotor_pldm_instance_taken(&ids, second, 1110));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_version_that_is_there_can_be_selected),
	    cmocka_unit_test(without_the_extra_commands_they_are_not_there),
	    cmocka_unit_test(both_sides_limits_hold_for_parts),
	    cmocka_unit_test(data_come_in_parts_whatever_the_section),
	    cmocka_unit_test(wrong_requests_for_parts_are_refused),
	    cmocka_unit_test(data_are_taken_in_parts_and_checked),
	    cmocka_unit_test(wrong_parts_are_not_taken),
	    cmocka_unit_test(an_instance_id_is_not_given_twice),
	    cmocka_unit_test(instance_ids_expire_unless_they_are_renewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
