/* SPDX-License-Identifier: Apache-2.0 */
/* The control responder: every command, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/mctp_control.h"
#include "support/mctp_node.h"

static struct mctp_node prot;
static struct rotor_mctp_control control;
static bool accept;
static struct {
	unsigned asked;
	bool force;
	uint8_t eid;
	unsigned set;
	uint8_t set_to;
} policy;

static const uint8_t uuid[16] = {0x6b, 0x1f, 0x0c, 0x2e, 0x11, 0x22, 0x43, 0x44,
				 0x85, 0x66, 1,    2,    3,    4,    5,    6};
static const uint32_t pldm_versions[] = {ROTOR_MCTP_VERSION2(1, 0)};
static const uint32_t spdm_versions[] = {ROTOR_MCTP_VERSION2(1, 0), ROTOR_MCTP_VERSION(1, 2, 3)};
static const struct rotor_mctp_type_support types[] = {
    {ROTOR_MCTP_TYPE_PLDM, pldm_versions, 1},
    {ROTOR_MCTP_TYPE_SPDM, spdm_versions, 2},
    {ROTOR_MCTP_TYPE_SECURED, spdm_versions, 1},
};
static const struct rotor_mctp_vendor_support vendors[] = {
    {0, 0x1414, 0x0102},
    {1, 0x12345678, 0x0304},
};

static bool accept_eid(void *ctx, const struct rotor_mctp_message_info *info, bool force,
		       uint8_t eid)
{
	assert_ptr_equal(ctx, &policy);
	assert_non_null(info);
	policy.asked++;
	policy.force = force;
	policy.eid = eid;
	return accept;
}

static void on_eid(void *ctx, uint8_t eid)
{
	assert_ptr_equal(ctx, &policy);
	policy.set++;
	policy.set_to = eid;
}

static void start_with(uint8_t eid, uint8_t static_eid, bool discovered)
{
	const struct rotor_mctp_control_config config = {
	    .uuid = uuid,
	    .types = types,
	    .type_count = ROTOR_COUNT_OF(types),
	    .vendors = vendors,
	    .vendor_count = ROTOR_COUNT_OF(vendors),
	    .static_eid = static_eid,
	    .medium = 0x01,
	    .has_discovered = discovered,
	    .accept_eid = accept_eid,
	    .on_eid = on_eid,
	    .ctx = &policy,
	};

	node_start(&prot, eid, 0x1d, 0);
	memset(&policy, 0, sizeof(policy));
	accept = true;
	assert_int_equal(rotor_mctp_control_init(&control, &prot.m, &config), ROTOR_OK);
}

static int start(void **state)
{
	(void)state;
	start_with(9, 0, false);
	return 0;
}

static const struct rotor_mctp_message_info from_bmc = {
    .peer = 8, .own = 0, .phys = 0x10, .tag = 3, .tag_owner = true};

/* The next packet out, its length in *n; NULL if there is none. */
static const uint8_t *answer_packet(size_t *n)
{
	static uint8_t packet[68];
	struct rotor_mctp_packet_out out;

	*n = rotor_mctp_next_packet(&prot.m, packet, sizeof(packet), &out);
	if (*n == 0)
		return NULL;
	assert_int_equal(out.phys, 0x10);
	rotor_mctp_packet_done(&prot.m, true, 0);
	return packet;
}

/* Every command with fields: the request after the type byte, the answer after it. */
static const struct {
	const char *what;
	uint8_t request[8];
	size_t request_len;
	uint8_t answer[32];
	size_t answer_len;
} table[] = {
    {"set EID", {0x80, 1, 0, 20}, 4, {0, 1, 0, 0x00, 20, 0}, 6},
    {"set EID, reserved bits set", {0xa5, 1, 0xfc, 20}, 4, {5, 1, 0, 0x00, 20, 0}, 6},
    {"force EID", {0x81, 1, 1, 254}, 4, {1, 1, 0, 0x00, 254, 0}, 6},
    {"set first EID", {0x81, 1, 0, 8}, 4, {1, 1, 0, 0x00, 8, 0}, 6},
    {"set EID 0", {0x82, 1, 0, 0}, 4, {2, 1, 2}, 3},
    {"set EID 255", {0x82, 1, 0, 255}, 4, {2, 1, 2}, 3},
    {"set reserved EID", {0x82, 1, 0, 7}, 4, {2, 1, 2}, 3},
    {"force EID 0", {0x82, 1, 1, 0}, 4, {2, 1, 2}, 3},
    {"reset without static EID", {0x82, 1, 2, 0}, 4, {2, 1, 2}, 3},
    {"set discovered where there is no such thing", {0x82, 1, 3, 0}, 4, {2, 1, 2}, 3},
    {"set EID, one byte less", {0x82, 1, 0}, 3, {2, 1, 3}, 3},
    {"set EID, one byte more", {0x82, 1, 0, 20, 0}, 5, {2, 1, 3}, 3},
    {"get EID", {0x83, 2}, 2, {3, 2, 0, 9, 0, 1}, 6},
    {"get EID, one byte more", {0x83, 2, 0}, 3, {3, 2, 3}, 3},
    {"get UUID",
     {0x9f, 3},
     2,
     {0x1f, 3, 0, 0x6b, 0x1f, 0x0c, 0x2e, 0x11, 0x22, 0x43, 0x44, 0x85, 0x66, 1, 2, 3, 4, 5, 6},
     19},
    {"get UUID, one byte more", {0x9f, 3, 0}, 3, {0x1f, 3, 3}, 3},
    {"versions of the base",
     {0x80, 4, 0xff},
     3,
     {0,    4, 0,    4,    0xf1, 0xf0, 0xff, 0,    0xf1, 0xf1,
      0xff, 0, 0xf1, 0xf2, 0xff, 0,    0xf1, 0xf3, 0xf1, 0},
     20},
    {"versions of control",
     {0x80, 4, 0},
     3,
     {0,    4, 0,    4,    0xf1, 0xf0, 0xff, 0,    0xf1, 0xf1,
      0xff, 0, 0xf1, 0xf2, 0xff, 0,    0xf1, 0xf3, 0xf1, 0},
     20},
    {"versions of PLDM", {0x80, 4, 1}, 3, {0, 4, 0, 1, 0xf1, 0xf0, 0xff, 0}, 8},
    {"versions of SPDM",
     {0x80, 4, 5},
     3,
     {0, 4, 0, 2, 0xf1, 0xf0, 0xff, 0, 0xf1, 0xf2, 0xf3, 0},
     12},
    {"versions of what it has not", {0x80, 4, 0x7e}, 3, {0, 4, 0x80}, 3},
    {"versions, one byte less", {0x80, 4}, 2, {0, 4, 3}, 3},
    {"versions, one byte more", {0x80, 4, 0xff, 0}, 4, {0, 4, 3}, 3},
    {"types", {0x80, 5}, 2, {0, 5, 0, 3, 1, 5, 6}, 7},
    {"types, one byte more", {0x80, 5, 1}, 3, {0, 5, 3}, 3},
    {"first vendor", {0x80, 6, 0}, 3, {0, 6, 0, 1, 0, 0x14, 0x14, 1, 2}, 9},
    {"second vendor", {0x80, 6, 1}, 3, {0, 6, 0, 0xff, 1, 0x12, 0x34, 0x56, 0x78, 3, 4}, 11},
    {"third vendor", {0x80, 6, 2}, 3, {0, 6, 2}, 3},
    {"last vendor", {0x80, 6, 0xff}, 3, {0, 6, 2}, 3},
    {"vendor, one byte less", {0x80, 6}, 2, {0, 6, 3}, 3},
    {"vendor, one byte more", {0x80, 6, 0, 0}, 4, {0, 6, 3}, 3},
};

static void every_command_has_its_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(table); i++) {
		const uint8_t *packet;
		size_t n;

		(void)start(NULL);
		/* Twice: a repeated request is answered alike. */
		for (int again = 0; again < 2; again++) {
			rotor_mctp_control_message(&control, &from_bmc, table[i].request,
						   table[i].request_len);
			packet = answer_packet(&n);
			if (packet == NULL || n != 5 + table[i].answer_len ||
			    memcmp(packet + 5, table[i].answer, table[i].answer_len) != 0)
				fail_msg("%s", table[i].what);
			assert_int_equal(packet[1], 8);
			assert_int_equal(packet[2], rotor_mctp_eid(&prot.m));
			assert_int_equal(packet[3], 0xc3);
			assert_int_equal(packet[4], 0);
		}
		assert_int_equal(control.counters.answered, 2);
		assert_int_equal(control.counters.refused, table[i].answer_len == 3 ? 2 : 0);
	}
}

static void other_commands_are_not_supported(void **state)
{
	(void)state;
	for (unsigned command = 0; command < 256; command++) {
		if (command >= 1 && command <= 6)
			continue;
		for (size_t len = 2; len < 8; len++) {
			uint8_t request[8] = {0x87, (uint8_t)command};
			const uint8_t expected[] = {7, (uint8_t)command, 5};
			const uint8_t *packet;
			size_t n;

			rotor_mctp_control_message(&control, &from_bmc, request, len);
			packet = answer_packet(&n);
			assert_non_null(packet);
			assert_int_equal(n, 8);
			assert_memory_equal(packet + 5, expected, 3);
		}
	}
	assert_string_equal(rotor_mctp_command_string(0), "unknown command");
	assert_string_equal(rotor_mctp_command_string(3), "Get Endpoint UUID");
	assert_string_equal(rotor_mctp_command_string(0x14), "Query Supported Interfaces");
	assert_string_equal(rotor_mctp_command_string(0x15), "unknown command");
}

static void the_eid_is_set_as_policy_allows(void **state)
{
	static const uint8_t set[] = {0x80, 1, 0, 20};
	static const uint8_t force[] = {0x80, 1, 1, 21};
	static const uint8_t refused[] = {0, 1, 0, 0x10, 20, 0};
	const uint8_t *packet;
	size_t n;

	(void)state;
	rotor_mctp_control_message(&control, &from_bmc, set, sizeof(set));
	(void)answer_packet(&n);
	assert_int_equal(rotor_mctp_eid(&prot.m), 20);
	assert_int_equal(policy.asked, 1);
	assert_false(policy.force);
	assert_int_equal(policy.set_to, 20);
	accept = false;
	rotor_mctp_control_message(&control, &from_bmc, force, sizeof(force));
	packet = answer_packet(&n);
	assert_int_equal(n, 5 + sizeof(refused));
	assert_memory_equal(packet + 5, refused, sizeof(refused));
	assert_true(policy.force);
	assert_int_equal(policy.eid, 21);
	assert_int_equal(policy.set, 1);
	assert_int_equal(rotor_mctp_eid(&prot.m), 20);
}

static void a_static_eid_is_what_a_reset_restores(void **state)
{
	static const uint8_t set[] = {0x80, 1, 0, 20};
	static const uint8_t reset[] = {0x80, 1, 2, 0};
	static const uint8_t get[] = {0x80, 2};
	static const uint8_t differs[] = {0, 2, 0, 20, 3, 1};
	static const uint8_t equal[] = {0, 2, 0, 30, 2, 1};
	const uint8_t *packet;
	size_t n;

	(void)state;
	start_with(30, 30, false);
	rotor_mctp_control_message(&control, &from_bmc, set, sizeof(set));
	(void)answer_packet(&n);
	rotor_mctp_control_message(&control, &from_bmc, get, sizeof(get));
	packet = answer_packet(&n);
	assert_memory_equal(packet + 5, differs, sizeof(differs));
	rotor_mctp_control_message(&control, &from_bmc, reset, sizeof(reset));
	(void)answer_packet(&n);
	assert_int_equal(rotor_mctp_eid(&prot.m), 30);
	rotor_mctp_control_message(&control, &from_bmc, get, sizeof(get));
	packet = answer_packet(&n);
	assert_memory_equal(packet + 5, equal, sizeof(equal));
}

static void the_discovered_flag_is_set_where_there_is_one(void **state)
{
	static const uint8_t set[] = {0x80, 1, 3, 0};
	static const uint8_t expected[] = {0, 1, 0, 0, 9, 0};
	const uint8_t *packet;
	size_t n;

	(void)state;
	start_with(9, 0, true);
	assert_false(control.discovered);
	rotor_mctp_control_message(&control, &from_bmc, set, sizeof(set));
	packet = answer_packet(&n);
	assert_memory_equal(packet + 5, expected, sizeof(expected));
	assert_true(control.discovered);
	assert_int_equal(policy.asked, 0);
}

/* What gets no answer, by the counter that shows it. */
static void what_is_no_request_is_not_answered(void **state)
{
	static const uint8_t get[] = {0x80, 2};
	static const uint8_t datagram[] = {0xc0, 2};
	static const uint8_t answer[] = {0x00, 2, 0, 9, 0, 1};
	static const uint8_t short_answer[] = {0x00, 2};
	struct rotor_mctp_message_info info = from_bmc;
	size_t n;

	(void)state;
	rotor_mctp_control_message(&control, &from_bmc, datagram, sizeof(datagram));
	rotor_mctp_control_message(&control, &from_bmc, answer, sizeof(answer));
	info.own = ROTOR_MCTP_EID_BROADCAST;
	rotor_mctp_control_message(&control, &info, get, sizeof(get));
	info = from_bmc;
	info.integrity = true;
	rotor_mctp_control_message(&control, &info, get, sizeof(get));
	info = from_bmc;
	info.tag_owner = false;
	rotor_mctp_control_message(&control, &info, get, sizeof(get));
	rotor_mctp_control_message(&control, &from_bmc, short_answer, sizeof(short_answer));
	assert_int_equal(control.counters.not_ours, 6);
	rotor_mctp_control_message(&control, &from_bmc, get, 0);
	rotor_mctp_control_message(&control, &from_bmc, get, 1);
	assert_int_equal(control.counters.too_short, 2);
	assert_null(answer_packet(&n));
	assert_int_equal(control.counters.answered, 0);
}

static void answers_that_have_not_left_are_not_overwritten(void **state)
{
	static const uint8_t get[] = {0x81, 2};
	static const uint8_t types_of[] = {0x82, 5};
	const uint8_t *packet;
	size_t n;

	(void)state;
	rotor_mctp_control_message(&control, &from_bmc, get, sizeof(get));
	rotor_mctp_control_message(&control, &from_bmc, types_of, sizeof(types_of));
	rotor_mctp_control_message(&control, &from_bmc, get, sizeof(get));
	assert_int_equal(control.counters.busy, 1);
	packet = answer_packet(&n);
	assert_int_equal(packet[6], 2);
	packet = answer_packet(&n);
	assert_int_equal(packet[6], 5);
	assert_null(answer_packet(&n));
	rotor_mctp_control_message(&control, &from_bmc, get, sizeof(get));
	assert_non_null(answer_packet(&n));
}

static void little_configured_is_little_offered(void **state)
{
	const struct rotor_mctp_control_config none = {0};
	const struct rotor_mctp_control_config bad_types = {.type_count = 1};
	const struct rotor_mctp_control_config bad_static = {.static_eid = 7};
	static const uint8_t requests[][3] = {{0x80, 3}, {0x80, 5}, {0x80, 6, 0}};
	static const size_t lens[] = {2, 2, 3};
	static const uint8_t answers[][4] = {{0, 3, 5}, {0, 5, 0, 0}, {0, 6, 2}};
	static const size_t answer_lens[] = {3, 4, 3};

	(void)state;
	assert_int_equal(rotor_mctp_control_init(&control, &prot.m, &bad_types),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_mctp_control_init(&control, &prot.m, &bad_static),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_mctp_control_init(&control, &prot.m, &none), ROTOR_OK);
	for (size_t i = 0; i < ROTOR_COUNT_OF(lens); i++) {
		const uint8_t *packet;
		size_t n;

		rotor_mctp_control_message(&control, &from_bmc, requests[i], lens[i]);
		packet = answer_packet(&n);
		assert_int_equal(n, 5 + answer_lens[i]);
		assert_memory_equal(packet + 5, answers[i], answer_lens[i]);
	}
}

static void more_than_fits_is_an_error(void **state)
{
	static const uint8_t get[] = {0x80, 4, 5};
	static const uint32_t many[20];
	static const struct rotor_mctp_type_support type = {5, many, 20};
	const struct rotor_mctp_control_config config = {.types = &type, .type_count = 1};
	static const uint8_t expected[] = {0, 4, 1};
	const uint8_t *packet;
	size_t n;

	(void)state;
	assert_int_equal(rotor_mctp_control_init(&control, &prot.m, &config), ROTOR_OK);
	rotor_mctp_control_message(&control, &from_bmc, get, sizeof(get));
	packet = answer_packet(&n);
	assert_int_equal(n, 8);
	assert_memory_equal(packet + 5, expected, 3);
}

/* ---- codecs of answers: as the responder writes them, and broken ---- */

static void answers_decode_to_their_fields(void **state)
{
	static const uint8_t set[] = {0x11, 20, 3};
	static const uint8_t get[] = {20, 0x12, 0x01};
	static const uint8_t iana[] = {0xff, 1, 0x12, 0x34, 0x56, 0x78, 3, 4};
	static const uint8_t bad_vendor[] = {0xff, 2, 0x12, 0x34, 3, 4};
	struct rotor_mctp_set_eid_answer s;
	struct rotor_mctp_get_eid_answer g;
	struct rotor_mctp_vendor_answer v;
	struct rotor_reader r = rotor_reader(set, sizeof(set));
	struct rotor_writer w;
	uint8_t out[16];

	(void)state;
	assert_int_equal(rotor_mctp_set_eid_answer_decode(&r, &s), ROTOR_OK);
	assert_true(s.rejected);
	assert_int_equal(s.allocation, 1);
	assert_int_equal(s.eid, 20);
	assert_int_equal(s.pool_size, 3);
	w = rotor_writer(out, sizeof(out));
	rotor_mctp_set_eid_answer_write(&w, &s);
	assert_int_equal(w.len, sizeof(set));
	assert_memory_equal(out, set, sizeof(set));

	r = rotor_reader(get, sizeof(get));
	assert_int_equal(rotor_mctp_get_eid_answer_decode(&r, &g), ROTOR_OK);
	assert_int_equal(g.eid, 20);
	assert_true(g.bridge);
	assert_int_equal(g.id_type, 2);
	assert_int_equal(g.medium, 1);
	w = rotor_writer(out, sizeof(out));
	rotor_mctp_get_eid_answer_write(&w, &g);
	assert_memory_equal(out, get, sizeof(get));

	r = rotor_reader(iana, sizeof(iana));
	assert_int_equal(rotor_mctp_vendor_answer_decode(&r, &v), ROTOR_OK);
	assert_int_equal(v.vendor, 0x12345678);
	assert_int_equal(v.numbering, 0x0304);
	r = rotor_reader(bad_vendor, sizeof(bad_vendor));
	assert_int_equal(rotor_mctp_vendor_answer_decode(&r, &v), ROTOR_ERR_FORMAT);
}

static void lists_longer_than_kept_are_counted(void **state)
{
	uint8_t list[1 + 255 * 4];
	struct rotor_mctp_types_answer t;
	struct rotor_mctp_versions_answer v;

	(void)state;
	for (size_t i = 0; i < sizeof(list); i++)
		list[i] = (uint8_t)i;
	for (unsigned count = 0; count < 256; count++) {
		struct rotor_reader r;

		list[0] = (uint8_t)count;
		r = rotor_reader(list, 1 + count);
		assert_int_equal(rotor_mctp_types_answer_decode(&r, &t), ROTOR_OK);
		assert_int_equal(t.count, count);
		r = rotor_reader(list, 2 + count);
		assert_int_equal(rotor_mctp_types_answer_decode(&r, &t), ROTOR_ERR_LENGTH);
		r = rotor_reader(list, count);
		assert_int_equal(rotor_mctp_types_answer_decode(&r, &t), ROTOR_ERR_LENGTH);
		r = rotor_reader(list, 1 + count * 4);
		assert_int_equal(rotor_mctp_versions_answer_decode(&r, &v), ROTOR_OK);
		assert_int_equal(v.count, count);
		r = rotor_reader(list, count * 4);
		assert_int_equal(rotor_mctp_versions_answer_decode(&r, &v), ROTOR_ERR_LENGTH);
	}
	assert_int_equal(v.versions[0], 0x01020304);
	assert_int_equal(t.types[15], 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_command_has_its_answer),
	    cmocka_unit_test_setup(other_commands_are_not_supported, start),
	    cmocka_unit_test_setup(the_eid_is_set_as_policy_allows, start),
	    cmocka_unit_test(a_static_eid_is_what_a_reset_restores),
	    cmocka_unit_test(the_discovered_flag_is_set_where_there_is_one),
	    cmocka_unit_test_setup(what_is_no_request_is_not_answered, start),
	    cmocka_unit_test_setup(answers_that_have_not_left_are_not_overwritten, start),
	    cmocka_unit_test_setup(little_configured_is_little_offered, start),
	    cmocka_unit_test_setup(more_than_fits_is_an_error, start),
	    cmocka_unit_test(answers_decode_to_their_fields),
	    cmocka_unit_test(lists_longer_than_kept_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
