/* SPDX-License-Identifier: Apache-2.0 */
/* Downstream devices: listed in parts of any size, and updated through the device before them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/pldm_fwup_data.h"
#include "support/pldm_pair.h"

#define HOUR 3600000

static struct pldm_pair p;
static uint8_t store[65536];

static void begin(uint16_t count)
{
	pldm_pair_init(&p, 2000, 0);
	p.device.downstream = count;
	p.device.generation = 0xfffe;
}

static enum rotor_status list(size_t cap)
{
	assert_int_equal(rotor_pldm_ua_downstream(&p.ua, store, cap, p.now), ROTOR_OK);
	return pldm_pair_run(&p, HOUR);
}

/* The lists are those of the device. */
static void assert_listed(uint16_t count)
{
	const struct rotor_pldm_downstream_part *ids = &p.ua.downstream_identifiers;
	const struct rotor_pldm_downstream_part *parameters = &p.ua.downstream_parameters;
	struct rotor_reader id_reader = rotor_reader(ids->area.data, ids->area.len);
	struct rotor_reader reader = rotor_reader(parameters->area.data, parameters->area.len);
	assert_int_equal(p.ua.status, ROTOR_OK);
	assert_int_equal(p.ua.downstream.count, count);
	assert_int_equal(p.ua.downstream.max, 200);
	assert_int_equal(p.ua.downstream.capabilities, ROTOR_PLDM_DOWNSTREAM_ATTACH);
	assert_int_equal(ids->count, count);
	assert_int_equal(parameters->count, count);
	assert_int_equal(parameters->capabilities, count != 0 ? 0x200 : 0);
	for (uint16_t n = 0; n < count; n++) {
		struct rotor_pldm_downstream_identifiers id;
		struct rotor_pldm_downstream_parameters of;
		struct rotor_pldm_descriptor descriptors[2];
		assert_int_equal(rotor_pldm_downstream_identifiers_read(&id_reader, &id), ROTOR_OK);
		assert_int_equal(id.index, 16 + n);
		assert_int_equal(rotor_pldm_descriptors_read(id.area, id.count, descriptors, 2),
				 ROTOR_OK);
		assert_int_equal(descriptors[0].type, ROTOR_PLDM_DESCRIPTOR_UUID);
		assert_int_equal(descriptors[0].data.data[15], n);
		assert_int_equal(rotor_pldm_downstream_parameters_read(&reader, &of), ROTOR_OK);
		assert_int_equal(of.index, 16 + n);
		assert_int_equal(of.active.stamp, n);
		assert_int_equal(of.active.text.text.len, 6);
		assert_int_equal(of.active.text.text.data[5], 'a' + n % 26);
		assert_int_equal(of.pending.text.text.len, p.device.pending_version ? 6 : 0);
	}
	assert_int_equal(rotor_reader_end(&id_reader), ROTOR_OK);
	assert_int_equal(rotor_reader_end(&reader), ROTOR_OK);
}

static void lists_come_in_as_many_parts_as_they_need(void **state)
{
	static const uint16_t counts[] = {0, 1, 2, 70, 200};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(counts); i++) {
		for (unsigned lose = 0; lose < 5; lose++) {
			begin(counts[i]);
			p.device.pending_version = lose % 2 != 0;
			p.lose_every = lose == 0 ? 0 : 2 + lose;
			assert_int_equal(list(sizeof(store)), ROTOR_OK);
			assert_listed(counts[i]);
		}
	}
}

/* ---- the device alone ---- */

static uint8_t out[2048];
static size_t out_len;

static uint8_t ask(uint8_t command, uint32_t handle, uint8_t operation, size_t cut, size_t cap)
{
	uint8_t msg[16];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	const struct rotor_pldm_part_req req = {handle, operation};
	rotor_pldm_request_begin(&w, 3, ROTOR_PLDM_TYPE_FWUP, command);
	rotor_pldm_part_req_encode(&w, &req);
	assert_int_equal(
	    rotor_pldm_fd_request(&p.device.fd, 77, msg, w.len - cut, out, cap, &out_len, p.now),
	    ROTOR_OK);
	return out[3];
}

static void parts_of_any_size_hold_whole_devices(void **state)
{
	static const uint8_t commands[] = {ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS,
					   ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS};
	(void)state;
	for (size_t c = 0; c < ROTOR_COUNT_OF(commands); c++) {
		for (size_t cap = 64; cap < 400; cap += 7) {
			const bool identifiers =
			    commands[c] == ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS;
			uint32_t handle = 5;
			uint8_t operation = ROTOR_PLDM_GET_FIRST_PART;
			unsigned devices = 0, parts = 0;
			struct rotor_pldm_part part;
			begin(7);
			do {
				struct rotor_pldm_downstream_part found;
				assert_int_equal(ask(commands[c], handle, operation, 0, cap), 0);
				assert_true(out_len <= cap);
				assert_int_equal(
				    rotor_pldm_part_decode(
					(struct rotor_bytes){out + 4, out_len - 4}, &part),
				    ROTOR_OK);
				assert_int_equal((part.flag & ROTOR_PLDM_START) != 0, parts == 0);
				assert_int_equal(identifiers
						     ? rotor_pldm_downstream_identifiers_decode(
							   part.data, &found)
						     : rotor_pldm_downstream_parameters_decode(
							   part.data, &found),
						 ROTOR_OK);
				assert_true(found.count != 0);
				devices += found.count;
				parts++;
				handle = part.next;
				operation = ROTOR_PLDM_GET_NEXT_PART;
			} while ((part.flag & ROTOR_PLDM_END) == 0);
			assert_int_equal(devices, 7);
			assert_int_equal(part.next, 0);
		}
	}
}

static void what_is_not_a_place_of_the_list_is_refused(void **state)
{
	static const struct {
		uint32_t handle;
		uint8_t operation, cut;
		uint16_t cap;
		uint8_t completion;
	} cases[] = {
	    {0xfffe0006, ROTOR_PLDM_GET_NEXT_PART, 0, 2048, 0},
	    {0xfffe0007, ROTOR_PLDM_GET_NEXT_PART, 0, 2048, ROTOR_PLDM_INVALID_TRANSFER_HANDLE},
	    {0xfffe0000, ROTOR_PLDM_GET_NEXT_PART, 0, 2048, ROTOR_PLDM_INVALID_TRANSFER_HANDLE},
	    {0xfffeffff, ROTOR_PLDM_GET_NEXT_PART, 0, 2048, ROTOR_PLDM_INVALID_TRANSFER_HANDLE},
	    {0xfffd0006, ROTOR_PLDM_GET_NEXT_PART, 0, 2048,
	     ROTOR_PLDM_DOWNSTREAM_DEVICE_LIST_CHANGED},
	    {0, 2, 0, 2048, ROTOR_PLDM_INVALID_TRANSFER_OPERATION},
	    {0, ROTOR_PLDM_GET_FIRST_PART, 1, 2048, ROTOR_PLDM_ERROR_INVALID_LENGTH},
	    {0, ROTOR_PLDM_GET_FIRST_PART, 0, 40, ROTOR_PLDM_ERROR}, /* no device fits */
	};
	(void)state;
	begin(7);
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		assert_int_equal(ask(ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS, cases[i].handle,
				     cases[i].operation, cases[i].cut, cases[i].cap),
				 cases[i].completion);
		assert_int_equal(ask(ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS, cases[i].handle,
				     cases[i].operation, cases[i].cut, cases[i].cap),
				 cases[i].completion);
		assert_true(out_len == 4 || cases[i].completion == 0);
	}
	assert_int_equal(ask(ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES, 0, 0, 0, 2048),
			 ROTOR_PLDM_ERROR_INVALID_LENGTH);
}

/* ---- a list that changes ---- */

static unsigned changes;

static void change(struct pldm_pair *pair, bool to_device, const uint8_t *msg, size_t len)
{
	if (to_device && len > 7 && msg[2] == ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS &&
	    msg[7] == ROTOR_PLDM_GET_NEXT_PART && changes != 0) {
		changes--;
		pair->device.generation++;
		pair->device.downstream++;
	}
}

static void a_list_that_changes_is_read_again(void **state)
{
	(void)state;
	/* The answers' room makes parts of some 100 devices. */
	begin(150);
	p.watch = change;
	changes = 3;
	assert_int_equal(list(sizeof(store)), ROTOR_OK);
	assert_listed(153);
	begin(150);
	p.watch = change;
	changes = 4;
	assert_int_equal(list(sizeof(store)), ROTOR_ERR_PEER);
	assert_int_equal(p.ua.failure.kind, ROTOR_PLDM_UA_FAILED_COMPLETION);
	assert_int_equal(p.ua.failure.code, ROTOR_PLDM_DOWNSTREAM_DEVICE_LIST_CHANGED);
}

static void what_does_not_fit_the_store_is_not_kept(void **state)
{
	(void)state;
	begin(10);
	assert_int_equal(list(100), ROTOR_ERR_SPACE);
	begin(0);
	assert_int_equal(list(0), ROTOR_OK);
	assert_listed(0);
}

static void a_device_without_the_commands_is_not_asked(void **state)
{
	(void)state;
	begin(3);
	assert_int_equal(rotor_pldm_ua_discover(&p.ua, p.now), ROTOR_OK);
	assert_int_equal(pldm_pair_run(&p, HOUR), ROTOR_OK);
	assert_true(
	    rotor_pldm_bit(p.ua.found.fwup_commands.bits, ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES));
	p.ua.found.fwup_commands.bits[0] &= (uint8_t) ~(1u << ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES);
	const unsigned carried = p.carried;
	assert_int_equal(list(sizeof(store)), ROTOR_OK);
	assert_int_equal(p.carried, carried);
	assert_int_equal(p.ua.downstream.count, 0);
	assert_false(p.ua.downstream.supported);
}

/* ---- the agent and answers that cannot be ---- */

static void respond(uint8_t completion, const void *payload, size_t len)
{
	uint8_t msg[64], answer[600];
	size_t msg_len;
	assert_int_equal(rotor_pldm_ua_next_request(&p.ua, p.now, msg, sizeof(msg), &msg_len),
			 ROTOR_OK);
	answer[0] = msg[0] & 0x1f;
	answer[1] = msg[1];
	answer[2] = msg[2];
	answer[3] = completion;
	if (len != 0)
		memcpy(answer + 4, payload, len);
	rotor_pldm_ua_response(&p.ua, answer, 4 + len, p.now);
}

static void answers_that_cannot_be_end_the_reading(void **state)
{
	static const struct {
		const char *of;
		uint8_t bytes[40];
		size_t len;
	} devices[] =
	    {
		{"short", {1, 1, 0, 1, 0, 0, 0, 0}, 8},
		{"long", {1, 1, 0, 1, 0, 0, 0, 0, 0, 0}, 10},
		{"neither supported nor not", {2, 1, 0, 1, 0, 0, 0, 0, 0}, 9},
		{"more than there may be", {1, 2, 0, 1, 0, 0, 0, 0, 0}, 9},
	    },
	  parts[] = {
	      {"no part", {0, 0, 0, 0, 5}, 5},
	      {"no start", {0, 0, 0, 0, 4, 9, 0, 0, 0, 1, 0, 16, 0, 1, 0xff, 0x7f, 2, 0, 7, 7}, 20},
	      {"no device", {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, 11},
	      {"two of one",
	       {0,    0, 0, 0, 5, 18, 0, 0, 0,    2,    0, 16, 0, 1, 0xff,
		0x7f, 2, 0, 7, 7, 17, 0, 1, 0xff, 0x7f, 2, 0,  7, 7},
	       29},
	      {"one less than the length",
	       {0, 0, 0, 0, 5, 10, 0, 0, 0, 1, 0, 16, 0, 1, 0xff, 0x7f, 2, 0, 7, 7},
	       20},
	      {"one more than the length",
	       {0, 0, 0, 0, 5, 8, 0, 0, 0, 1, 0, 16, 0, 1, 0xff, 0x7f, 2, 0, 7, 7},
	       20},
	      {"a descriptor past the end",
	       {0, 0, 0, 0, 5, 9, 0, 0, 0, 1, 0, 16, 0, 1, 0xff, 0x7f, 3, 0, 7, 7},
	       20},
	      {"no descriptor", {0, 0, 0, 0, 5, 3, 0, 0, 0, 1, 0, 16, 0, 0}, 14},
	      {"an index out of range",
	       {0, 0, 0, 0, 5, 9, 0, 0, 0, 1, 0, 0, 0x10, 1, 0xff, 0x7f, 2, 0, 7, 7},
	       20},
	  };
	static const uint8_t one[] = {1, 1, 0, 1, 0, 0, 0, 0, 0};
	static const uint8_t good[] = {0, 0,  0, 0, 5,    9,    0, 0, 0, 1,
				       0, 16, 0, 1, 0xff, 0x7f, 2, 0, 7, 7};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(devices); i++) {
		begin(0);
		assert_int_equal(rotor_pldm_ua_downstream(&p.ua, store, sizeof(store), p.now),
				 ROTOR_OK);
		respond(0, devices[i].bytes, devices[i].len);
		if (p.ua.failure.kind != ROTOR_PLDM_UA_FAILED_RESPONSE)
			fail_msg("%s", devices[i].of);
	}
	for (size_t i = 0; i < ROTOR_COUNT_OF(parts); i++) {
		begin(0);
		assert_int_equal(rotor_pldm_ua_downstream(&p.ua, store, sizeof(store), p.now),
				 ROTOR_OK);
		respond(0, one, sizeof(one));
		respond(0, parts[i].bytes, parts[i].len);
		if (p.ua.failure.kind != ROTOR_PLDM_UA_FAILED_RESPONSE)
			fail_msg("%s", parts[i].of);
	}
	/* The list of parameters is another one than that of identifiers. */
	begin(0);
	assert_int_equal(rotor_pldm_ua_downstream(&p.ua, store, sizeof(store), p.now), ROTOR_OK);
	respond(0, one, sizeof(one));
	respond(0, good, sizeof(good));
	assert_int_equal(p.ua.step, ROTOR_PLDM_UA_DOWNSTREAM_PARAMETERS);
	respond(0, good, sizeof(good));
	assert_int_equal(p.ua.failure.kind, ROTOR_PLDM_UA_FAILED_RESPONSE);
}

/* ---- updates ---- */

static void plan_downstream(uint16_t count)
{
	static const struct rotor_pldm_component chips[2] = {
	    {ROTOR_PLDM_CLASS_DOWNSTREAM,
	     16,
	     0,
	     9,
	     {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)"2", 1}},
	     2000,
	     0},
	    {ROTOR_PLDM_CLASS_DOWNSTREAM,
	     17,
	     0,
	     9,
	     {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)"2", 1}},
	     500,
	     0},
	};
	memcpy(p.components, chips, sizeof(chips));
	p.plan.downstream = true;
	p.plan.count = count;
}

static void devices_behind_it_are_updated_like_components(void **state)
{
	(void)state;
	for (uint16_t count = 1; count <= 2; count++) {
		for (unsigned lose = 0; lose < 8; lose++) {
			begin(2);
			plan_downstream(count);
			p.lose_every = lose == 0 ? 0 : 3 + lose;
			assert_int_equal(rotor_pldm_ua_update(&p.ua, &p.plan, p.now), ROTOR_OK);
			assert_int_equal(pldm_pair_run(&p, HOUR), ROTOR_OK);
			assert_int_equal(p.device.downstream_requests, 1);
			assert_int_equal(p.device.requests, 0);
			assert_int_equal(p.device.applies, count);
			assert_int_equal(p.device.activations, 1);
			if (count == 1)
				assert_true(pldm_pair_flash_right(&p, 0));
		}
	}
}

static void a_refusal_is_told_and_changes_nothing(void **state)
{
	static const struct {
		uint8_t completion;
		enum rotor_pldm_ua_failure_kind kind;
	} cases[] = {
	    {ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE, ROTOR_PLDM_UA_FAILED_COMPLETION},
	    {ROTOR_PLDM_ERROR, ROTOR_PLDM_UA_FAILED_COMPLETION},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		begin(2);
		plan_downstream(1);
		p.device.refuse_downstream = cases[i].completion;
		assert_int_equal(rotor_pldm_ua_update(&p.ua, &p.plan, p.now), ROTOR_OK);
		assert_int_equal(pldm_pair_run(&p, HOUR), ROTOR_ERR_PEER);
		assert_int_equal(p.ua.failure.kind, cases[i].kind);
		assert_int_equal(p.ua.failure.command, ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE);
		assert_int_equal(p.device.fd.state, ROTOR_PLDM_IDLE);
		assert_int_equal(p.device.cancels_whole, 0);
	}
	/* Not authorised: as for RequestUpdate. */
	begin(2);
	plan_downstream(1);
	p.device.refuse = true;
	assert_int_equal(rotor_pldm_ua_update(&p.ua, &p.plan, p.now), ROTOR_OK);
	assert_int_equal(pldm_pair_run(&p, HOUR), ROTOR_ERR_PEER);
	assert_int_equal(p.ua.failure.code, ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE);
	assert_int_equal(p.device.downstream_requests, 0);
	/* One that is not there. */
	begin(1);
	plan_downstream(2);
	assert_int_equal(rotor_pldm_ua_update(&p.ua, &p.plan, p.now), ROTOR_OK);
	assert_int_equal(pldm_pair_run(&p, HOUR), ROTOR_ERR_PEER);
	assert_int_equal(p.ua.failure.kind, ROTOR_PLDM_UA_FAILED_COMPONENT);
	assert_int_equal(p.ua.failure.component, 1);
}

static uint8_t pass(uint8_t flag)
{
	static const struct rotor_pldm_component chip = {
	    .classification = ROTOR_PLDM_CLASS_DOWNSTREAM, .identifier = 16};
	static uint8_t instance;
	uint8_t msg[64];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	rotor_pldm_request_begin(&w, instance++ % 32, ROTOR_PLDM_TYPE_FWUP,
				 ROTOR_PLDM_PASS_COMPONENT_TABLE);
	rotor_pldm_pass_component_encode(&w, flag, &chip);
	assert_int_equal(
	    rotor_pldm_fd_request(&p.device.fd, 77, msg, w.len, out, sizeof(out), &out_len, p.now),
	    ROTOR_OK);
	return out[3];
}

static void request(uint32_t max_transfer, uint8_t outstanding, size_t cut, uint8_t completion)
{
	const struct rotor_pldm_request_downstream req = {max_transfer, outstanding, 0};
	uint8_t msg[16];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	rotor_pldm_request_begin(&w, 1, ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE);
	rotor_pldm_request_downstream_encode(&w, &req);
	assert_int_equal(rotor_pldm_fd_request(&p.device.fd, 77, msg, w.len - cut, out, sizeof(out),
					       &out_len, p.now),
			 ROTOR_OK);
	assert_int_equal(out[3], completion);
}

static void the_table_ends_where_it_says_and_has_room(void **state)
{
	(void)state;
	begin(1);
	request(31, 1, 0, ROTOR_PLDM_ERROR_INVALID_DATA);
	request(32, 0, 0, ROTOR_PLDM_ERROR_INVALID_DATA);
	request(32, 1, 1, ROTOR_PLDM_ERROR_INVALID_LENGTH);
	assert_int_equal(p.device.fd.state, ROTOR_PLDM_IDLE);
	request(32, 1, 0, 0);
	assert_int_equal(p.device.fd.state, ROTOR_PLDM_LEARN_COMPONENTS);
	assert_int_equal(pass(ROTOR_PLDM_MIDDLE), ROTOR_PLDM_ERROR_INVALID_DATA);
	assert_int_equal(pass(ROTOR_PLDM_START), 0);
	assert_int_equal(pass(ROTOR_PLDM_START), ROTOR_PLDM_ERROR_INVALID_DATA);
	for (unsigned n = 2; n < ROTOR_PLDM_FD_COMPONENTS_MAX; n++)
		assert_int_equal(pass(ROTOR_PLDM_MIDDLE), 0);
	assert_int_equal(pass(ROTOR_PLDM_MIDDLE), ROTOR_PLDM_ERROR_INVALID_DATA);
	assert_int_equal(pass(ROTOR_PLDM_END), 0);
	assert_int_equal(p.device.fd.state, ROTOR_PLDM_READY_XFER);
	assert_int_equal(p.device.fd.table_count, ROTOR_PLDM_FD_COMPONENTS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_come_in_as_many_parts_as_they_need),
	    cmocka_unit_test(parts_of_any_size_hold_whole_devices),
	    cmocka_unit_test(what_is_not_a_place_of_the_list_is_refused),
	    cmocka_unit_test(a_list_that_changes_is_read_again),
	    cmocka_unit_test(what_does_not_fit_the_store_is_not_kept),
	    cmocka_unit_test(a_device_without_the_commands_is_not_asked),
	    cmocka_unit_test(answers_that_cannot_be_end_the_reading),
	    cmocka_unit_test(devices_behind_it_are_updated_like_components),
	    cmocka_unit_test(a_refusal_is_told_and_changes_nothing),
	    cmocka_unit_test(the_table_ends_where_it_says_and_has_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
