/* SPDX-License-Identifier: Apache-2.0 */
/* The bus owner against simulated endpoints on a simulated bus that loses answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/mctp_bus_owner.h"
#include "support/mctp_node.h"

#define DEVICES 3

static struct mctp_node bmc;
static struct rotor_mctp_bus_owner owner;
static struct rotor_mctp_found found[4];
static rotor_ms now;

static struct device {
	struct mctp_node node;
	struct rotor_mctp_control control;
	uint8_t uuid[16];
	bool present;
	bool refuse;              /* refuses the EIDs it is given */
	unsigned lose;            /* answers that will be lost */
	uint8_t mute;             /* command that it never answers */
	bool malformed;           /* answers with one byte too many */
	unsigned requests[16];    /* by command */
	uint8_t last_instance[8]; /* by command */
} devices[DEVICES];

static unsigned events[8];
static unsigned sent_commands;
static uint8_t instances[256]; /* of each request sent */

static bool accept_eid(void *ctx, const struct rotor_mctp_message_info *info, bool force,
		       uint8_t eid)
{
	const struct device *d = ctx;

	(void)info;
	(void)force;
	(void)eid;
	return !d->refuse;
}

static const uint32_t versions[] = {ROTOR_MCTP_VERSION2(1, 0)};
static const struct rotor_mctp_type_support types[] = {{ROTOR_MCTP_TYPE_PLDM, versions, 1},
						       {ROTOR_MCTP_TYPE_SPDM, versions, 1}};

static void start_device(size_t i, uint8_t eid, bool has_uuid)
{
	static const uint8_t addresses[DEVICES] = {0x1d, 0x20, 0x52};
	struct device *d = &devices[i];
	const struct rotor_mctp_control_config config = {
	    .uuid = has_uuid ? d->uuid : NULL,
	    .types = types,
	    .type_count = ROTOR_COUNT_OF(types),
	    .accept_eid = accept_eid,
	    .ctx = d,
	};

	memset(d, 0, sizeof(*d));
	memset(d->uuid, (int)(0xa0 + i), sizeof(d->uuid));
	d->present = true;
	node_start(&d->node, eid, addresses[i], 0);
	assert_int_equal(rotor_mctp_control_init(&d->control, &d->node.m, &config), ROTOR_OK);
}

static void on_event(void *ctx, const struct rotor_mctp_owner_event *event)
{
	assert_ptr_equal(ctx, &owner);
	events[event->kind]++;
	if (event->kind == ROTOR_MCTP_OWNER_SENT) {
		assert_true(event->request.len >= 2);
		assert_int_equal(event->request.data[1], event->command);
		instances[sent_commands++ % 256] = event->instance;
	}
}

static struct rotor_mctp_bus_owner_config owner_config(bool is_owner)
{
	struct rotor_mctp_bus_owner_config config = {
	    .owner = is_owner,
	    .own_address = 0x10,
	    .found = found,
	    .found_max = ROTOR_COUNT_OF(found),
	    .on_event = on_event,
	    .ctx = &owner,
	};

	return config;
}

static int start(void **state)
{
	struct rotor_mctp_bus_owner_config config = owner_config(true);

	(void)state;
	now = 0;
	node_start(&bmc, 10, 0x10, 0);
	for (size_t i = 0; i < DEVICES; i++)
		start_device(i, 0, true);
	memset(events, 0, sizeof(events));
	sent_commands = 0;
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_OK);
	return 0;
}

/* A device takes a request and answers, or not. */
static void device_works(struct device *d, uint8_t *packet, size_t n)
{
	struct rotor_mctp_packet_out out;
	uint8_t answer[80];
	uint8_t command = packet[6];
	size_t len;

	rotor_mctp_receive(&d->node.m, 0x10, packet, n, now);
	if (d->node.messages == 0)
		return;
	d->node.messages = 0;
	d->requests[command & 15]++;
	if (command == d->mute)
		return;
	rotor_mctp_control_message(&d->control, &d->node.info, d->node.body, d->node.len);
	len = rotor_mctp_next_packet(&d->node.m, answer, sizeof(answer), &out);
	assert_true(len != 0);
	rotor_mctp_packet_done(&d->node.m, true, now);
	if (d->lose != 0) {
		d->lose--;
		return;
	}
	if (d->malformed)
		answer[len++] = 0;
	rotor_mctp_receive(&bmc.m, d->node.phys, answer, len, now);
}

/* Moves one packet of the BMC over the bus; false if there is none. */
static bool bus_moves(void)
{
	struct rotor_mctp_packet_out out;
	uint8_t packet[68];
	size_t n = rotor_mctp_next_packet(&bmc.m, packet, sizeof(packet), &out);
	struct device *d = NULL;

	if (n == 0)
		return false;
	for (size_t i = 0; i < DEVICES; i++) {
		if (devices[i].present && devices[i].node.phys == out.phys)
			d = &devices[i];
	}
	rotor_mctp_packet_done(&bmc.m, d != NULL, now);
	if (d != NULL)
		device_works(d, packet, n);
	return true;
}

static enum rotor_status run(void)
{
	for (unsigned i = 0; i < 100000; i++) {
		rotor_ms next;

		if (rotor_mctp_bus_owner_status(&owner) != ROTOR_PENDING)
			return rotor_mctp_bus_owner_status(&owner);
		if (bus_moves()) {
			rotor_mctp_bus_owner_poll(&owner, now);
			continue;
		}
		next = rotor_mctp_bus_owner_deadline(&owner);
		if (rotor_mctp_deadline(&bmc.m) < next)
			next = rotor_mctp_deadline(&bmc.m);
		assert_true(next != ROTOR_NEVER);
		if (next > now)
			now = next;
		rotor_mctp_poll(&bmc.m, now);
		rotor_mctp_bus_owner_poll(&owner, now);
	}
	fail_msg("the scan does not end");
	return ROTOR_ERR_STATE;
}

static enum rotor_status scan(void)
{
	rotor_mctp_bus_owner_scan(&owner, now);
	return run();
}

static void all_are_found_and_given_eids(void **state)
{
	size_t count = 0;
	const struct rotor_mctp_found *list;
	rotor_mctp_phys phys = 0;

	(void)state;
	assert_int_equal(rotor_mctp_bus_owner_status(&owner), ROTOR_ERR_STATE);
	assert_int_equal(scan(), ROTOR_OK);
	list = rotor_mctp_bus_owner_found(&owner, &count);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < 3; i++) {
		uint8_t expected = i == 2 ? 11 : (uint8_t)(8 + i); /* 10 is the owner's */

		assert_int_equal(list[i].eid, expected);
		assert_int_equal(rotor_mctp_eid(&devices[i].node.m), expected);
		assert_true(list[i].assigned);
		assert_true(list[i].has_uuid);
		assert_memory_equal(list[i].uuid, devices[i].uuid, 16);
		assert_int_equal(list[i].phys, devices[i].node.phys);
		assert_int_equal(list[i].status, ROTOR_OK);
		assert_int_equal(list[i].endpoint.eid, 0);
		assert_int_equal(list[i].versions.count, 4);
		assert_int_equal(list[i].versions.versions[3], ROTOR_MCTP_VERSION(1, 3, 1));
		assert_true(rotor_mctp_found_supports(&list[i], ROTOR_MCTP_TYPE_PLDM));
		assert_true(rotor_mctp_found_supports(&list[i], ROTOR_MCTP_TYPE_SPDM));
		assert_false(rotor_mctp_found_supports(&list[i], ROTOR_MCTP_TYPE_SECURED));
		assert_int_equal(rotor_mctp_route_find(&bmc.m, expected, &phys), ROTOR_OK);
		assert_int_equal(phys, devices[i].node.phys);
		for (int command = 1; command <= 5; command++)
			assert_int_equal(devices[i].requests[command], 1);
		assert_ptr_equal(rotor_mctp_bus_owner_by_uuid(&owner, devices[i].uuid), &list[i]);
		assert_ptr_equal(rotor_mctp_bus_owner_by_eid(&owner, expected), &list[i]);
	}
	assert_null(rotor_mctp_bus_owner_by_eid(&owner, 0));
	assert_null(rotor_mctp_bus_owner_by_eid(&owner, 200));
	/* 112 addresses, one of them the own. */
	assert_int_equal(events[ROTOR_MCTP_OWNER_ABSENT], 112 - 1 - 3);
	assert_int_equal(events[ROTOR_MCTP_OWNER_FOUND], 3);
	assert_int_equal(events[ROTOR_MCTP_OWNER_DONE], 1);
	assert_int_equal(events[ROTOR_MCTP_OWNER_SILENT], 0);
	assert_true(now == 0);
}

static void a_second_scan_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(scan(), ROTOR_OK);
	for (size_t i = 0; i < DEVICES; i++) {
		assert_int_equal(devices[i].requests[ROTOR_MCTP_SET_ENDPOINT_ID], 1);
		assert_false(found[i].assigned);
	}
}

static void known_uuids_have_their_eids(void **state)
{
	struct rotor_mctp_uuid_eid known[2];
	struct rotor_mctp_bus_owner_config config = owner_config(true);

	(void)state;
	memcpy(known[0].uuid, devices[2].uuid, 16);
	known[0].eid = 8;
	memcpy(known[1].uuid, devices[0].uuid, 16);
	known[1].eid = 20;
	config.known = known;
	config.known_count = 2;
	/* The first device has an EID already, but not its own; the second has the third one's. */
	start_device(0, 9, true);
	start_device(1, 8, true);
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_OK);
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(found[0].eid, 20);
	assert_int_equal(found[1].eid, 9);
	assert_int_equal(found[2].eid, 8);
}

static void duplicates_are_told_apart(void **state)
{
	(void)state;
	start_device(0, 30, true);
	start_device(1, 30, true);
	start_device(2, 10, true); /* the owner's own */
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(found[0].eid, 30);
	assert_false(found[0].assigned);
	assert_int_equal(found[1].eid, 8);
	assert_int_equal(found[2].eid, 9);
	assert_int_equal(found[1].endpoint.eid, 30);
}

static void an_eid_outside_the_pool_is_replaced(void **state)
{
	struct rotor_mctp_bus_owner_config config = owner_config(true);

	(void)state;
	config.pool_first = 20;
	config.pool_last = 21;
	start_device(0, 30, true);
	start_device(1, 21, true);
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_OK);
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(found[0].eid, 20);
	assert_int_equal(found[1].eid, 21);
	/* None is left for the third. */
	assert_int_equal(found[2].eid, 0);
	assert_int_equal(found[2].status, ROTOR_ERR_SPACE);
	assert_int_equal(found[2].types.count, 2);
}

static void lost_answers_are_asked_for_again(void **state)
{
	(void)state;
	devices[1].lose = 3;
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(found[1].status, ROTOR_OK);
	assert_int_equal(devices[1].requests[ROTOR_MCTP_GET_ENDPOINT_ID], 4);
	assert_true(now == 750);
	/* The same instance ID in all four, another one in the next request. */
	for (unsigned i = 0; i < sent_commands; i++) {
		unsigned same = 0;

		for (unsigned k = i; k < sent_commands && instances[k] == instances[i]; k++)
			same++;
		if (same == 4)
			return;
	}
	fail_msg("no four requests with one instance ID");
}

static void who_is_silent_is_passed_over(void **state)
{
	(void)state;
	devices[0].mute = ROTOR_MCTP_GET_ENDPOINT_ID;
	devices[1].mute = ROTOR_MCTP_SET_ENDPOINT_ID;
	devices[2].mute = ROTOR_MCTP_GET_MESSAGE_TYPE_SUPPORT;
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(owner.found_count, 2);
	assert_int_equal(found[0].phys, 0x20);
	assert_int_equal(found[0].status, ROTOR_ERR_TIMEOUT);
	assert_int_equal(found[0].eid, 0);
	assert_int_equal(found[1].status, ROTOR_ERR_TIMEOUT);
	assert_int_equal(found[1].eid, 8);
	assert_int_equal(found[1].types.count, 0);
	assert_int_equal(events[ROTOR_MCTP_OWNER_SILENT], 3);
	assert_int_equal(devices[1].requests[ROTOR_MCTP_SET_ENDPOINT_ID], 4);
}

static void malformed_answers_are_none(void **state)
{
	(void)state;
	devices[0].malformed = true;
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(owner.found_count, 2);
	assert_int_equal(devices[0].requests[ROTOR_MCTP_GET_ENDPOINT_ID], 4);
}

static void who_has_no_uuid_is_an_endpoint_too(void **state)
{
	(void)state;
	start_device(0, 0, false);
	assert_int_equal(scan(), ROTOR_OK);
	assert_false(found[0].has_uuid);
	assert_int_equal(found[0].eid, 8);
	assert_int_equal(found[0].status, ROTOR_OK);
}

static void who_refuses_its_eid_keeps_what_it_has(void **state)
{
	(void)state;
	start_device(1, 10, true); /* the owner's, so it must change */
	devices[0].refuse = true;
	devices[1].refuse = true;
	start_device(2, 8, true);
	devices[2].refuse = true;
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(found[0].status, ROTOR_ERR_DENIED);
	assert_int_equal(found[0].eid, 0);
	assert_int_equal(found[1].status, ROTOR_ERR_DENIED);
	assert_int_equal(found[1].eid, 0);
	assert_int_equal(found[2].status, ROTOR_OK);
	assert_int_equal(found[2].eid, 8);
}

static void who_joins_assigns_nothing(void **state)
{
	struct rotor_mctp_bus_owner_config config = owner_config(false);

	(void)state;
	start_device(0, 20, true);
	start_device(1, 20, true);
	start_device(2, 0, true);
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_OK);
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(owner.found_count, 3);
	assert_int_equal(found[0].eid, 20);
	assert_int_equal(found[0].status, ROTOR_OK);
	assert_int_equal(found[1].eid, 0);
	assert_int_equal(found[1].status, ROTOR_ERR_DENIED);
	assert_int_equal(found[2].eid, 0);
	assert_int_equal(found[2].status, ROTOR_ERR_STATE);
	for (size_t i = 0; i < DEVICES; i++)
		assert_int_equal(devices[i].requests[ROTOR_MCTP_SET_ENDPOINT_ID], 0);
}

static void configured_addresses_are_the_only_ones_asked(void **state)
{
	static const rotor_mctp_phys addresses[] = {0x52, 0x10, 0x1d};
	struct rotor_mctp_bus_owner_config config = owner_config(true);

	(void)state;
	config.addresses = addresses;
	config.address_count = ROTOR_COUNT_OF(addresses);
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_OK);
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(owner.found_count, 2);
	assert_int_equal(found[0].phys, 0x52);
	assert_int_equal(devices[1].requests[ROTOR_MCTP_GET_ENDPOINT_ID], 0);
}

static void a_table_too_small_is_reported(void **state)
{
	struct rotor_mctp_bus_owner_config config = owner_config(true);

	(void)state;
	config.found_max = 2;
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_OK);
	assert_int_equal(scan(), ROTOR_ERR_SPACE);
	assert_int_equal(owner.found_count, 2);
}

static void a_device_that_rebooted_gets_its_eid_back(void **state)
{
	uint8_t uuid[16];
	uint8_t eid;

	(void)state;
	assert_int_equal(scan(), ROTOR_OK);
	memcpy(uuid, devices[2].uuid, 16);
	eid = found[2].eid;
	/* Away: one pass ends without it, and leaves the rest as it is. */
	devices[2].present = false;
	rotor_mctp_bus_owner_find(&owner, uuid, 0x52, now);
	assert_int_equal(run(), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(owner.found_count, 3);
	/* Back without EID, where it was. */
	start_device(2, 0, true);
	memset(events, 0, sizeof(events));
	rotor_mctp_bus_owner_find(&owner, uuid, 0x52, now);
	assert_int_equal(run(), ROTOR_OK);
	assert_int_equal(events[ROTOR_MCTP_OWNER_ABSENT], 0);
	assert_int_equal(owner.found_count, 3);
	assert_int_equal(found[2].eid, eid);
	assert_int_equal(rotor_mctp_eid(&devices[2].node.m), eid);
	assert_true(found[2].assigned);
	/* Without a hint the others are asked on the way, and left alone. */
	start_device(2, 0, true);
	memset(devices[0].requests, 0, sizeof(devices[0].requests));
	rotor_mctp_bus_owner_find(&owner, uuid, ROTOR_MCTP_PHYS_ROUTE, now);
	assert_int_equal(run(), ROTOR_OK);
	assert_int_equal(rotor_mctp_eid(&devices[2].node.m), eid);
	assert_int_equal(devices[0].requests[ROTOR_MCTP_GET_ENDPOINT_ID], 1);
	assert_int_equal(devices[0].requests[ROTOR_MCTP_SET_ENDPOINT_ID], 0);
}

static void find_adds_who_was_not_known(void **state)
{
	uint8_t uuid[16];

	(void)state;
	memcpy(uuid, devices[1].uuid, 16);
	rotor_mctp_bus_owner_find(&owner, uuid, ROTOR_MCTP_PHYS_ROUTE, now);
	assert_int_equal(run(), ROTOR_OK);
	assert_int_equal(owner.found_count, 1);
	assert_int_equal(found[0].phys, 0x20);
	memset(uuid, 0, 16);
	rotor_mctp_bus_owner_find(&owner, uuid, 0x1d, now);
	assert_int_equal(run(), ROTOR_ERR_NOT_FOUND);
}

static void a_scan_can_be_stopped(void **state)
{
	(void)state;
	rotor_mctp_bus_owner_scan(&owner, now);
	for (int i = 0; i < 30; i++) {
		(void)bus_moves();
		rotor_mctp_bus_owner_poll(&owner, now);
	}
	rotor_mctp_bus_owner_stop(&owner);
	assert_int_equal(rotor_mctp_bus_owner_status(&owner), ROTOR_ERR_STATE);
	assert_false(bus_moves());
	rotor_mctp_bus_owner_poll(&owner, now);
	assert_false(bus_moves());
	assert_true(rotor_mctp_bus_owner_deadline(&owner) == ROTOR_NEVER);
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(owner.found_count, 3);
}

static void a_full_queue_delays_but_does_not_end_it(void **state)
{
	static const uint8_t byte = 0;
	struct rotor_mctp_message m = {.type = 1, .body = {&byte, 1}};

	(void)state;
	for (uint8_t i = 0; i < NODE_PENDING; i++)
		assert_int_equal(rotor_mctp_send(&bmc.m, 30 + i, 0x60 + i, &m, NULL, NULL),
				 ROTOR_OK);
	assert_int_equal(scan(), ROTOR_OK);
	assert_int_equal(owner.found_count, 3);
}

static void a_configuration_that_cannot_work_is_refused(void **state)
{
	struct rotor_mctp_bus_owner_config config = owner_config(true);

	(void)state;
	config.found = NULL;
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_ERR_ARGUMENT);
	config = owner_config(true);
	config.pool_first = 7;
	config.pool_last = 20;
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_ERR_ARGUMENT);
	config.pool_first = 30;
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_ERR_ARGUMENT);
	config.pool_last = 255;
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(all_are_found_and_given_eids, start),
	    cmocka_unit_test_setup(a_second_scan_changes_nothing, start),
	    cmocka_unit_test_setup(known_uuids_have_their_eids, start),
	    cmocka_unit_test_setup(duplicates_are_told_apart, start),
	    cmocka_unit_test_setup(an_eid_outside_the_pool_is_replaced, start),
	    cmocka_unit_test_setup(lost_answers_are_asked_for_again, start),
	    cmocka_unit_test_setup(who_is_silent_is_passed_over, start),
	    cmocka_unit_test_setup(malformed_answers_are_none, start),
	    cmocka_unit_test_setup(who_has_no_uuid_is_an_endpoint_too, start),
	    cmocka_unit_test_setup(who_refuses_its_eid_keeps_what_it_has, start),
	    cmocka_unit_test_setup(who_joins_assigns_nothing, start),
	    cmocka_unit_test_setup(configured_addresses_are_the_only_ones_asked, start),
	    cmocka_unit_test_setup(a_table_too_small_is_reported, start),
	    cmocka_unit_test_setup(a_device_that_rebooted_gets_its_eid_back, start),
	    cmocka_unit_test_setup(find_adds_who_was_not_known, start),
	    cmocka_unit_test_setup(a_scan_can_be_stopped, start),
	    cmocka_unit_test_setup(a_full_queue_delays_but_does_not_end_it, start),
	    cmocka_unit_test_setup(a_configuration_that_cannot_work_is_refused, start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
