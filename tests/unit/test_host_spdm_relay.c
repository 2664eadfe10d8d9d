/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between MCTP endpoints and TCP streams: an agent's endpoint, a relay to a server, a stream, a relay to a
 * device, the device's endpoint.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rotor/host_spdm_relay.h"
#include "support/mctp_node.h"

#define AGENT_EID  10
#define SERVER_EID 9
#define TURNS      20000

/* An endpoint at the end of a line. */
struct end {
	struct mctp_node node;
	struct rotor_link link;
	int fd;
};

static struct end agent, device;
static struct rotor_spdm_relay near, far; /* to a server: the agent's; to a device: the device's */
static struct mctp_result result;
static char where[32];

static void join(struct end *end, uint8_t eid, struct rotor_spdm_relay *relay)
{
	node_start(&end->node, eid, ROTOR_SERIAL_PHYS, 0);
	assert_int_equal(rotor_spdm_relay_plug(relay, &end->fd), ROTOR_OK);
	assert_int_equal(rotor_link_serial(&end->link, end->fd, &end->node.m), ROTOR_OK);
}

/* One turn of everybody. */
static void turn(void)
{
	assert_int_equal(rotor_link_serve(&agent.link, 0), ROTOR_OK);
	rotor_link_send(&agent.link, 0);
	assert_int_equal(rotor_spdm_relay_serve(&near, 0), ROTOR_OK);
	assert_int_equal(rotor_spdm_relay_serve(&far, 0), ROTOR_OK);
	assert_int_equal(rotor_link_serve(&device.link, 0), ROTOR_OK);
	rotor_link_send(&device.link, 0);
}

/* Turns until the agent's request has ended, or the device has so many messages. */
static void run(unsigned calls, unsigned messages)
{
	for (unsigned i = 0; i < TURNS; i++) {
		if (result.calls >= calls && device.node.messages >= messages)
			return;
		turn();
	}
	fail_msg("%u answers, %u messages", result.calls, device.node.messages);
}

/* The relay's own greeting waits for an answer: a process of its own gives it, and goes on in this one's place never. */
static pid_t greet(int listener)
{
	static const uint8_t hello[] = {0x00, 0x00, 0xde, 0xad, 0x00, 0x00, 0x00, 0x01, 0x00,
					0x00, 0x00, 0x0e, 'S',  'e',  'r',  'v',  'e',  'r',
					' ',  'H',  'e',  'l',  'l',  'o',  '!',  0x00};
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct pollfd wait = {.fd = listener, .events = POLLIN};
		(void)poll(&wait, 1, 10000);
		int fd = accept(listener, NULL, NULL);
		_exit(fd >= 0 && write(fd, hello, sizeof(hello)) == sizeof(hello) ? 0 : 1);
	}
	return pid;
}

/*
 * Opens the agent's relay against a stand-in, then swaps its stream for one to the device's relay, whose server greets
 * only when it is served.
 */
static int start(void **state)
{
	(void)state;
	int listener, fd, how = -1;
	uint16_t port = 0;
	assert_int_equal(rotor_spdm_socket_listen("127.0.0.1:0", &listener, &port), ROTOR_OK);
	snprintf(where, sizeof(where), "127.0.0.1:%u", port);
	pid_t pid = greet(listener);
	assert_int_equal(rotor_spdm_relay_to_server(&near, where, SERVER_EID, 10000), ROTOR_OK);
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(how, 0);
	close(listener);
	rotor_spdm_socket_close(&near.client);

	assert_int_equal(rotor_spdm_socket_listen("127.0.0.1:0", &listener, &port), ROTOR_OK);
	snprintf(where, sizeof(where), "127.0.0.1:%u", port);
	assert_int_equal(rotor_spdm_relay_to_device(&far, listener), ROTOR_OK);
	assert_int_equal(rotor_spdm_socket_connect(where, &fd), ROTOR_OK);
	rotor_spdm_socket_init(&near.client, fd);
	join(&agent, AGENT_EID, &near);
	join(&device, 0, &far);
	memset(&result, 0, sizeof(result));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	close(agent.fd);
	close(device.fd);
	rotor_spdm_relay_close(&far);
	rotor_spdm_socket_close(&near.client); /* nobody echoes a farewell any more */
	rotor_spdm_relay_close(&near);
	return 0;
}

static uint8_t bytes[ROTOR_SPDM_RELAY_MESSAGE_MAX + 16];

static void ask(uint8_t type, size_t len)
{
	const struct rotor_mctp_message message = {.type = type, .body = {bytes, len}};
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 31 + len);
	memset(&result, 0, sizeof(result));
	assert_int_equal(rotor_mctp_request(&agent.node.m, SERVER_EID, ROTOR_SERIAL_PHYS, &message,
					    1000, result_response, &result),
			 ROTOR_OK);
}

static void messages_go_there_and_back(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 1, 4, 63, 64, 65, 1000, NODE_BUFFER - 1, NODE_BUFFER};
	static const uint8_t types[] = {ROTOR_MCTP_TYPE_SPDM, ROTOR_MCTP_TYPE_SECURED};
	unsigned seen = 0;
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes) * ROTOR_COUNT_OF(types); i++) {
		size_t len = sizes[i / 2];
		uint8_t type = types[i % 2];
		ask(type, len);
		run(0, ++seen);
		assert_int_equal(device.node.info.type, type);
		assert_true(device.node.info.tag_owner);
		assert_int_equal(device.node.len, len);
		assert_memory_equal(device.node.body, bytes, len);
		/* The device answers with the same, backwards. */
		static uint8_t back[NODE_BUFFER];
		for (size_t k = 0; k < len; k++)
			back[k] = bytes[len - 1 - k];
		const struct rotor_mctp_message message = {.type = type, .body = {back, len}};
		assert_int_equal(
		    rotor_mctp_respond(&device.node.m, &device.node.info, &message, NULL, NULL),
		    ROTOR_OK);
		run(1, seen);
		assert_int_equal(result.status, ROTOR_OK);
		assert_int_equal(result.len, len);
		assert_memory_equal(result.body, back, len);
	}
	assert_int_equal(near.unclaimed + far.unclaimed + near.replaced + far.replaced, 0);
}

static void control_messages_stay_on_the_line(void **state)
{
	(void)state;
	static const uint8_t get_eid[] = {0x80, 0x02};
	const struct rotor_mctp_message message = {.type = 0, .body = {get_eid, sizeof(get_eid)}};
	assert_int_equal(rotor_mctp_request(&agent.node.m, 0, ROTOR_SERIAL_PHYS, &message, 1000,
					    result_response, &result),
			 ROTOR_OK);
	run(1, 0);
	assert_int_equal(result.status, ROTOR_OK);
	assert_int_equal(result.body[3], SERVER_EID);
	assert_int_equal(device.node.messages, 0);
}

static void other_messages_are_not_carried(void **state)
{
	(void)state;
	ask(ROTOR_MCTP_TYPE_PLDM, 10);
	for (unsigned i = 0; i < 100; i++)
		turn();
	assert_int_equal(near.unclaimed, 1);
	assert_int_equal(device.node.messages, 0);
	assert_int_equal(result.calls, 0);
}

/* A request that comes while one is under way takes its place; the answer to the first one goes nowhere. */
static void the_last_request_is_the_one_that_counts(void **state)
{
	(void)state;
	static const uint8_t answer[] = {1, 2, 3};
	const struct rotor_mctp_message message = {.type = 5, .body = {answer, sizeof(answer)}};
	ask(5, 100);
	run(0, 1);
	struct rotor_mctp_message_info first = device.node.info;
	ask(5, 200);
	run(0, 2);
	assert_int_equal(near.replaced, 1);
	assert_int_equal(far.replaced, 1);
	assert_int_equal(device.node.len, 200);
	assert_int_equal(rotor_mctp_respond(&device.node.m, &first, &message, NULL, NULL),
			 ROTOR_OK);
	for (unsigned i = 0; i < 100; i++)
		turn();
	assert_int_equal(result.calls, 0);
	assert_int_equal(
	    rotor_mctp_respond(&device.node.m, &device.node.info, &message, NULL, NULL), ROTOR_OK);
	run(1, 2);
	assert_int_equal(result.len, sizeof(answer));
}

/* A peer that goes takes its question along: whoever comes next does not get the answer. */
static void an_answer_is_for_who_asked(void **state)
{
	(void)state;
	static const uint8_t answer[] = {1, 2, 3};
	const struct rotor_mctp_message message = {.type = 5, .body = {answer, sizeof(answer)}};
	int fd;
	ask(5, 100);
	run(0, 1);
	rotor_spdm_socket_close(&near.client);
	assert_int_equal(rotor_spdm_socket_connect(where, &fd), ROTOR_OK);
	rotor_spdm_socket_init(&near.client, fd);
	while (far.server.peers != 2)
		turn();
	assert_int_equal(
	    rotor_mctp_respond(&device.node.m, &device.node.info, &message, NULL, NULL), ROTOR_OK);
	for (unsigned i = 0; i < 100; i++)
		turn();
	assert_int_equal(far.unclaimed, 1);
	assert_int_equal(result.calls, 0);
}

/* A reset of the device: a new line, and nothing of the old one on it. */
static void a_new_line_begins_afresh(void **state)
{
	(void)state;
	ask(5, 3000);
	for (unsigned i = 0; i < 3; i++)
		turn();
	close(device.fd);
	rotor_spdm_relay_unplug(&far);
	assert_int_equal(rotor_spdm_relay_serve(&far, 0), ROTOR_OK);
	join(&device, 0, &far);
	ask(5, 70);
	run(0, 1);
	assert_int_equal(device.node.len, 70);
	assert_int_equal(node_drops(&device.node), 0);
}

static void the_end_is_told(void **state)
{
	(void)state;
	static const struct rotor_bytes nothing = {NULL, 0};
	turn();
	assert_int_equal(
	    rotor_spdm_socket_send(&near.client, ROTOR_SPDM_SOCKET_SHUTDOWN, -1, nothing),
	    ROTOR_OK);
	enum rotor_status status = ROTOR_OK;
	for (unsigned i = 0; i < TURNS && status == ROTOR_OK; i++)
		status = rotor_spdm_relay_serve(&far, 0);
	assert_int_equal(status, ROTOR_ERR_NOT_FOUND);
	status = ROTOR_OK;
	for (unsigned i = 0; i < TURNS && status == ROTOR_OK; i++)
		status = rotor_spdm_relay_serve(&near, 0);
	assert_int_equal(status, ROTOR_ERR_NOT_FOUND);
	assert_int_equal(near.unclaimed, 1); /* the echo */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(messages_go_there_and_back, start, stop),
	    cmocka_unit_test_setup_teardown(control_messages_stay_on_the_line, start, stop),
	    cmocka_unit_test_setup_teardown(other_messages_are_not_carried, start, stop),
	    cmocka_unit_test_setup_teardown(the_last_request_is_the_one_that_counts, start, stop),
	    cmocka_unit_test_setup_teardown(an_answer_is_for_who_asked, start, stop),
	    cmocka_unit_test_setup_teardown(a_new_line_begins_afresh, start, stop),
	    cmocka_unit_test_setup_teardown(the_end_is_told, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
