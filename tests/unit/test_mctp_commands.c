/* SPDX-License-Identifier: Apache-2.0 */
/* Which control commands each role answers and asks; the same as a document, docs/mctp-commands.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/mctp_bridge.h"
#include "rotor/mctp_bus_owner.h"
#include "support/generated_doc.h"
#include "support/mctp_node.h"

#define LAST   ROTOR_MCTP_QUERY_SUPPORTED_INTERFACES
#define BMC    0x10
#define DEVICE 0x1d

static struct mctp_node bmc, device, line;
static struct rotor_mctp_bridge bridge;
static struct rotor_mctp_bridge_port ports[2];
static struct rotor_mctp_bridge_route routes[4];
static struct rotor_mctp_bridge_packet packets[2];
static struct rotor_mctp_control control;

static const uint8_t uuid[ROTOR_MCTP_UUID_SIZE] = {1};
static const struct rotor_mctp_vendor_support vendor = {0, 0x1414, 1};

/* A device that has all that an endpoint can have; or that is a bridge. */
static void start(bool is_bridge)
{
	const struct rotor_mctp_bridge_config config = {.ports = ports,
							.port_count = 2,
							.routes = routes,
							.route_count = ROTOR_COUNT_OF(routes),
							.packets = packets,
							.packet_count = ROTOR_COUNT_OF(packets)};
	struct rotor_mctp_control_config answers = {
	    .uuid = uuid, .vendors = &vendor, .vendor_count = 1};

	node_start(&bmc, 8, BMC, 0);
	node_start(&device, 9, DEVICE, 0);
	if (is_bridge) {
		node_start(&line, 9, 0, 0);
		ports[0] = (struct rotor_mctp_bridge_port){
		    .mctp = &device.m, .binding = ROTOR_MCTP_BINDING_SMBUS, .address_size = 1};
		ports[1] = (struct rotor_mctp_bridge_port){.mctp = &line.m};
		assert_int_equal(rotor_mctp_bridge_init(&bridge, &config), ROTOR_OK);
		answers.pool = &bridge.pool;
		answers.more = rotor_mctp_bridge_command;
		answers.more_ctx = &ports[0];
	}
	assert_int_equal(rotor_mctp_control_init(&control, &device.m, &answers), ROTOR_OK);
}

/* Whether the device knows a command, whatever it says to a request of no and of any length. */
static bool answers(bool is_bridge, uint8_t command)
{
	bool known = false;

	for (size_t len = 2; len < 20; len++) {
		static const struct rotor_mctp_message_info info = {
		    .peer = 8, .phys = BMC, .tag_owner = true};
		const uint8_t request[20] = {0x80, command};
		uint8_t answer[68];
		struct rotor_mctp_packet_out out;

		start(is_bridge);
		rotor_mctp_control_message(&control, &info, request, len);
		assert_true(rotor_mctp_next_packet(&device.m, answer, sizeof(answer), &out) >= 8);
		assert_int_equal(answer[6], command);
		if (len > 2)
			assert_int_equal(known, answer[7] != ROTOR_MCTP_ERROR_UNSUPPORTED_CMD);
		known = answer[7] != ROTOR_MCTP_ERROR_UNSUPPORTED_CMD;
	}
	return known;
}

static uint32_t asked; /* a bit for each command */

static void on_event(void *ctx, const struct rotor_mctp_owner_event *event)
{
	(void)ctx;
	if (event->kind == ROTOR_MCTP_OWNER_SENT)
		asked |= UINT32_C(1) << event->command;
}

/* What a bus owner asks of a device that is new to it. */
static void own_bus(void)
{
	static const rotor_mctp_phys there = DEVICE;
	static struct rotor_mctp_found found[2];
	struct rotor_mctp_bus_owner owner;
	const struct rotor_mctp_bus_owner_config config = {.owner = true,
							   .addresses = &there,
							   .address_count = 1,
							   .pool_first = 20,
							   .pool_last = 30,
							   .found = found,
							   .found_max = 2,
							   .on_event = on_event};

	start(false);
	asked = 0;
	assert_int_equal(rotor_mctp_bus_owner_init(&owner, &bmc.m, &config), ROTOR_OK);
	rotor_mctp_bus_owner_scan(&owner, 1);
	while (rotor_mctp_bus_owner_status(&owner) == ROTOR_PENDING) {
		device.messages = 0;
		nodes_run(&bmc, &device, 1);
		if (device.messages != 0)
			rotor_mctp_control_message(&control, &device.info, device.body, device.len);
		nodes_run(&bmc, &device, 1);
		rotor_mctp_bus_owner_poll(&owner, 1);
	}
	assert_int_equal(rotor_mctp_bus_owner_status(&owner), ROTOR_OK);
	assert_int_equal(found[0].eid, 20);
}

static void the_table_in_the_documents_is_what_is_done(void **state)
{
	static char text[8192];
	size_t len;

	(void)state;
	own_bus();
	len = (size_t)snprintf(
	    text, sizeof(text), "%s",
	    "# Control commands of MCTP, by role\n\n"
	    "Written by `test_mctp_commands`, which fails if it is not so. An endpoint here is one "
	    "with a UUID and a vendor-defined message set;\nwhat is not answered gets "
	    "ERROR_UNSUPPORTED_CMD. The transport-specific commands F0h to FFh are answered by "
	    "none of them.\n\n"
	    "| command | | endpoint answers | bridge answers | bus owner asks |\n"
	    "|---|---|---|---|---|\n");
	for (uint8_t command = 1; command <= LAST; command++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "| %s | %02Xh | %s | %s | %s |\n",
		    rotor_mctp_command_string(command), command,
		    answers(false, command) ? "yes" : "-", answers(true, command) ? "yes" : "-",
		    asked >> command & 1 ? "yes" : "-");
	for (unsigned command = LAST + 1; command <= UINT8_MAX; command++)
		assert_false(answers(true, (uint8_t)command));
	assert_true(len < sizeof(text));
	generated_doc("mctp-commands.md", text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_in_the_documents_is_what_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
