/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP over USB: transfers of one packet out, of any number in, and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/mctp_usb.h"
#include "support/mctp_node.h"

static struct mctp_node host, device;
static struct rotor_usb host_usb, device_usb;
static struct mctp_result result;

static int start(void **state)
{
	(void)state;
	node_start(&host, 8, ROTOR_USB_PHYS, ROTOR_USB_UNIT_MAX);
	node_start(&device, 9, ROTOR_USB_PHYS, 64);
	assert_int_equal(rotor_usb_init(&host_usb, &host.m), ROTOR_OK);
	assert_int_equal(rotor_usb_init(&device_usb, &device.m), ROTOR_OK);
	memset(&result, 0, sizeof(result));
	return 0;
}

static bool move(struct rotor_usb *from, struct rotor_usb *to)
{
	uint8_t transfer[ROTOR_USB_FRAME_MAX];
	const size_t n = rotor_usb_next_transfer(from, transfer, sizeof(transfer), 1);

	if (n == 0)
		return false;
	assert_int_equal(rotor_usb_next_transfer(from, transfer, sizeof(transfer), 1), 0);
	rotor_usb_receive(to, transfer, n, 1);
	rotor_usb_transfer_done(from, true, 1);
	return true;
}

static void a_request_is_answered(void **state)
{
	static uint8_t body[600];
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM,
						   .body = {body, sizeof(body)}};

	(void)state;
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 3);
	assert_int_equal(rotor_mctp_request(&host.m, 9, ROTOR_USB_PHYS, &message, 1000,
					    result_response, &result),
			 ROTOR_OK);
	while (move(&host_usb, &device_usb)) {
	}
	assert_int_equal(device.len, sizeof(body));
	assert_memory_equal(device.body, body, sizeof(body));
	assert_int_equal(rotor_mctp_respond(&device.m, &device.info, &message, NULL, NULL),
			 ROTOR_OK);
	while (move(&device_usb, &host_usb)) {
	}
	assert_int_equal(result.status, ROTOR_OK);
	assert_int_equal(result.len, sizeof(body));
	assert_int_equal(host_usb.counters.tx_packets, 3);
	assert_int_equal(device_usb.counters.tx_packets, 10);
	assert_int_equal(device_usb.counters.rx_packets, 3);
}

static void the_header_is_as_specified(void **state)
{
	static const uint8_t body[2] = {0x80, 0x02};
	static const uint8_t expected[] = {0x1a, 0xb4, 0, 11, 0x01, 9, 8, 0xc8, 0x00, 0x80, 0x02};
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_CONTROL,
						   .body = {body, 2}};
	uint8_t out[ROTOR_USB_FRAME_MAX];

	(void)state;
	assert_int_equal(rotor_mctp_send(&host.m, 9, ROTOR_USB_PHYS, &message, NULL, NULL),
			 ROTOR_OK);
	assert_int_equal(rotor_usb_next_transfer(&host_usb, out, ROTOR_USB_HEAD, 1), 0);
	assert_int_equal(rotor_usb_next_transfer(&host_usb, out, sizeof(out), 1), sizeof(expected));
	assert_memory_equal(out, expected, sizeof(expected));
}

/* One packet of a datagram for the device, as it lies in transfers. */
#define PACKET 0x1a, 0xb4, 0, 10, 0x01, 9, 8, 0xc8, 0x01, 0x55

static const struct {
	const char *what;
	uint8_t bytes[64];
	size_t len;
	unsigned packets;
	enum rotor_usb_drop reason; /* COUNT: none */
} transfers[] = {
    {"one packet", {PACKET}, 10, 1, ROTOR_USB_DROP_COUNT},
    {"three packets", {PACKET, PACKET, PACKET}, 30, 3, ROTOR_USB_DROP_COUNT},
    {"nothing", {0}, 0, 0, ROTOR_USB_DROP_COUNT},
    {"reserved bits", {0x1a, 0xb4, 0xe0, 10, 1, 9, 8, 0xc8, 1, 2}, 10, 1, ROTOR_USB_DROP_COUNT},
    {"half a header", {0x1a, 0xb4}, 2, 0, ROTOR_USB_DROP_ID},
    {"another identifier", {0xb4, 0x1a, 0, 10, 1, 9, 8, 0xc8, 1, 2}, 10, 0, ROTOR_USB_DROP_ID},
    {"a packet, and bytes behind", {PACKET, 0, 0, 0, 0, 0}, 15, 1, ROTOR_USB_DROP_ID},
    {"a packet, and half of one", {PACKET, PACKET}, 19, 1, ROTOR_USB_DROP_LENGTH},
    {"no length", {0x1a, 0xb4, 0, 0, 1, 9, 8, 0xc8, 1, 2}, 10, 0, ROTOR_USB_DROP_LENGTH},
    {"a header alone", {0x1a, 0xb4, 0, 8, 1, 9, 8, 0xc8, 1, 2}, 10, 0, ROTOR_USB_DROP_LENGTH},
    {"longer than the transfer",
     {0x1a, 0xb4, 0, 11, 1, 9, 8, 0xc8, 1, 2},
     10,
     0,
     ROTOR_USB_DROP_LENGTH},
    {"256 bytes longer", {0x1a, 0xb4, 1, 10, 1, 9, 8, 0xc8, 1, 2}, 10, 0, ROTOR_USB_DROP_LENGTH},
};

static void transfers_are_taken_apart(void **state)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(transfers); i++) {
		uint8_t bytes[64];

		start(state);
		memcpy(bytes, transfers[i].bytes, sizeof(bytes));
		rotor_usb_receive(&device_usb, bytes, transfers[i].len, 1);
		if (device.messages != transfers[i].packets)
			print_error("%s\n", transfers[i].what);
		assert_int_equal(device.messages, transfers[i].packets);
		assert_int_equal(device_usb.counters.rx_packets, transfers[i].packets);
		for (unsigned r = 0; r < ROTOR_USB_DROP_COUNT; r++)
			assert_int_equal(device_usb.counters.dropped[r], r == transfers[i].reason);
	}
}

static void what_fails_is_said(void **state)
{
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM};
	uint8_t out[ROTOR_USB_FRAME_MAX];

	(void)state;
	assert_int_equal(rotor_mctp_send(&host.m, 9, 5, &message, result_sent, &result), ROTOR_OK);
	assert_int_equal(rotor_usb_next_transfer(&host_usb, out, sizeof(out), 1), 0);
	assert_int_equal(result.status, ROTOR_ERR_IO);
	rotor_usb_transfer_done(&host_usb, true, 1); /* of none */
	assert_int_equal(
	    rotor_mctp_send(&host.m, 9, ROTOR_USB_PHYS, &message, result_sent, &result), ROTOR_OK);
	assert_int_not_equal(rotor_usb_next_transfer(&host_usb, out, sizeof(out), 1), 0);
	rotor_usb_transfer_done(&host_usb, false, 1);
	assert_int_equal(result.calls, 2);
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_int_equal(host_usb.counters.tx_failed, 2);
	assert_int_equal(host_usb.counters.tx_packets, 0);
	node_start(&host, 8, ROTOR_USB_PHYS, ROTOR_USB_UNIT_MAX + 1);
	assert_int_equal(rotor_usb_init(&host_usb, &host.m), ROTOR_ERR_ARGUMENT);
	assert_string_not_equal(rotor_usb_drop_string(ROTOR_USB_DROP_ID), "unknown reason");
	assert_string_not_equal(rotor_usb_drop_string(ROTOR_USB_DROP_LENGTH), "unknown reason");
	assert_string_equal(rotor_usb_drop_string(ROTOR_USB_DROP_COUNT), "unknown reason");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_request_is_answered, start),
	    cmocka_unit_test_setup(the_header_is_as_specified, start),
	    cmocka_unit_test_setup(transfers_are_taken_apart, start),
	    cmocka_unit_test_setup(what_fails_is_said, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
