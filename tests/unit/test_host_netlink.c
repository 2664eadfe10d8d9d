/* SPDX-License-Identifier: Apache-2.0 */
/* Route netlink about MCTP: requests as the kernel reads them, its messages, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/host_netlink.h"

/* The bytes below are of a little-endian machine, whose order netlink has. */
static bool little_endian(void)
{
	uint16_t one = 1;
	uint8_t first;

	memcpy(&first, &one, 1);
	return first == 1;
}

static const uint8_t hardware[] = {0x1d};
static const uint8_t long_hardware[ROTOR_NETLINK_ADDRESS_MAX + 1];

/* ---- out: numbers of linux/rtnetlink.h, linux/netlink.h, linux/if_addr.h, linux/neighbour.h ---- */

static const struct {
	const char *what;
	struct rotor_netlink_request request;
	size_t len;
	uint8_t bytes[64];
} requests[] = {
    {"links", {.ask = ROTOR_NETLINK_LINKS}, 32, {32, 0, 0, 0, 18, 0, 1, 3, 7, 0, 0, 0}},
    {"addresses",
     {.ask = ROTOR_NETLINK_ADDRESSES},
     24,
     {24, 0, 0, 0, 22, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 45}},
    {"routes",
     {.ask = ROTOR_NETLINK_ROUTES},
     28,
     {28, 0, 0, 0, 26, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 45}},
    {"neighbours",
     {.ask = ROTOR_NETLINK_NEIGHBOURS},
     28,
     {28, 0, 0, 0, 30, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 45}},
    {"link up", {.ask = ROTOR_NETLINK_LINK_UP, .link = 5}, 32, {32, 0, 0, 0, 16, 0, 5, 0, 7, 0, 0,
								0,  0, 0, 0, 0,  0, 0, 0, 0, 5, 0,
								0,  0, 1, 0, 0,  0, 1, 0, 0, 0}},
    {"address add",
     {.ask = ROTOR_NETLINK_ADDRESS_ADD, .link = 5, .first = 10},
     32,
     {32, 0, 0, 0, 20, 0, 5, 0, 7, 0, 0, 0, 0,  0, 0, 0,
      45, 0, 0, 0, 5,  0, 0, 0, 5, 0, 2, 0, 10, 0, 0, 0}},
    {"address remove",
     {.ask = ROTOR_NETLINK_ADDRESS_REMOVE, .link = 258, .first = 254},
     32,
     {32, 0, 0, 0, 21, 0, 5, 0, 7, 0, 0, 0, 0,   0, 0, 0,
      45, 0, 0, 0, 2,  1, 0, 0, 5, 0, 2, 0, 254, 0, 0, 0}},
    {"route add",
     {.ask = ROTOR_NETLINK_ROUTE_ADD, .link = 5, .first = 20, .last = 20},
     44,
     {44, 0, 0, 0, 24, 0, 5, 0, 7, 0, 0,  0, 0, 0, 0, 0, 45, 0, 0, 0, 0, 0,
      0,  1, 0, 0, 0,  0, 5, 0, 1, 0, 20, 0, 0, 0, 8, 0, 4,  0, 5, 0, 0, 0}},
    {"routes to a range remove",
     {.ask = ROTOR_NETLINK_ROUTE_REMOVE, .link = 5, .first = 20, .last = 29},
     44,
     {44, 0, 0, 0, 25, 0, 5, 0, 7, 0, 0,  0, 0, 0, 0, 0, 45, 9, 0, 0, 0, 0,
      0,  1, 0, 0, 0,  0, 5, 0, 1, 0, 20, 0, 0, 0, 8, 0, 4,  0, 5, 0, 0, 0}},
    {"neighbour add",
     {.ask = ROTOR_NETLINK_NEIGHBOUR_ADD, .link = 5, .first = 20, .address = {hardware, 1}},
     44,
     {44, 0, 0, 0, 28, 0, 5, 4, 7, 0, 0,  0, 0, 0, 0, 0, 45, 0, 0,    0, 5, 0,
      0,  0, 0, 0, 0,  0, 5, 0, 1, 0, 20, 0, 0, 0, 5, 0, 2,  0, 0x1d, 0, 0, 0}},
    {"neighbour remove",
     {.ask = ROTOR_NETLINK_NEIGHBOUR_REMOVE, .link = 5, .first = 20},
     36,
     {36, 0, 0, 0, 29, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0,  0, 45, 0,
      0,  0, 5, 0, 0,  0, 0, 0, 0, 0, 5, 0, 1, 0, 20, 0, 0,  0}},
};

static void requests_are_as_the_kernel_reads_them(void **state)
{
	(void)state;
	if (!little_endian())
		fail_msg("the bytes of this test are of a little-endian machine");
	for (size_t i = 0; i < ROTOR_COUNT_OF(requests); i++) {
		uint8_t bytes[ROTOR_NETLINK_REQUEST_MAX];
		size_t len = 0;

		print_message("%s\n", requests[i].what);
		assert_int_equal(
		    rotor_netlink_write(&requests[i].request, 7, bytes, sizeof(bytes), &len),
		    ROTOR_OK);
		assert_int_equal(len, requests[i].len);
		assert_memory_equal(bytes, requests[i].bytes, len);
		/* not in less room */
		for (size_t cap = 0; cap < requests[i].len; cap++) {
			assert_int_equal(
			    rotor_netlink_write(&requests[i].request, 7, bytes, cap, &len),
			    ROTOR_ERR_SPACE);
			assert_int_equal(len, 0);
		}
	}
}

static void nonsense_is_not_asked(void **state)
{
	static const struct rotor_netlink_request wrong[] = {
	    {.ask = ROTOR_NETLINK_ASK_COUNT, .link = 5, .first = 10},
	    {.ask = ROTOR_NETLINK_LINK_UP},
	    {.ask = ROTOR_NETLINK_LINK_UP, .link = 0x80000000},
	    {.ask = ROTOR_NETLINK_ADDRESS_ADD, .link = 5},
	    {.ask = ROTOR_NETLINK_ADDRESS_ADD, .link = 5, .first = 7},
	    {.ask = ROTOR_NETLINK_ADDRESS_ADD, .link = 5, .first = 255},
	    {.ask = ROTOR_NETLINK_ADDRESS_ADD, .first = 10},
	    {.ask = ROTOR_NETLINK_ROUTE_ADD, .link = 5, .first = 20, .last = 19},
	    {.ask = ROTOR_NETLINK_ROUTE_ADD, .link = 5, .first = 20, .last = 255},
	    {.ask = ROTOR_NETLINK_ROUTE_ADD, .link = 5, .first = 7, .last = 20},
	    {.ask = ROTOR_NETLINK_NEIGHBOUR_ADD,
	     .link = 5,
	     .first = 20,
	     .address = {long_hardware, sizeof(long_hardware)}},
	};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(wrong); i++) {
		uint8_t bytes[ROTOR_NETLINK_REQUEST_MAX];
		size_t len = 1;

		assert_int_equal(rotor_netlink_write(&wrong[i], 1, bytes, sizeof(bytes), &len),
				 ROTOR_ERR_ARGUMENT);
		assert_int_equal(len, 0);
	}
}

/* ---- in ---- */

/* As Linux 6.1 sends them: what comes first of a link of mctp-serial, shortened. */
static const uint8_t link_message[] = {
    88, 0, 0,    0,    16,   0,   2,   0,   7,    0,   0,   0,   0,   0,   0,   0, /* RTM_NEWLINK */
    0,  0, 0x22, 0x01, 3,    0,   0,   0,   0x81, 0,   0,   0,   0,   0,   0,   0, /* ARPHRD_MCTP, index 3, up */
    16, 0, 3,    0,    'm',  'c', 't', 'p', 's',  'e', 'r', 'i', 'a', 'l', '0', 0, 8,
    0,  4, 0,    68,   0,    0,   0,                                               /* IFLA_MTU */
    16, 0, 26,   0,    12,   0,   45,  0,   8,    0,   1,   0,   9,   0,   0,   0, /* IFLA_AF_SPEC, AF_MCTP, network 9 */
    5,  0, 1,    0,    0x10, 0,   0,   0, /* IFLA_ADDRESS */
    8,  0, 13,   0,    0,    0,   0,   0, /* one that nobody needs */
};
static const uint8_t address_message[] = {32, 0, 0, 0, 20, 0, 2, 0, 7, 0, 0, 0, 0,  0, 0, 0,
					  45, 0, 0, 0, 3,  0, 0, 0, 5, 0, 2, 0, 10, 0, 0, 0};
static const uint8_t route_message[] = {48, 0, 0, 0, 24,  0, 2,   0, 7, 0, 0, 0, 0, 0, 0, 0,
					45, 4, 0, 0, 253, 4, 253, 1, 0, 0, 0, 0, 5, 0, 1, 0,
					20, 0, 0, 0, 4,   0, 8,   0, 8, 0, 4, 0, 3, 0, 0, 0};
static const uint8_t neighbour_message[] = {44, 0,  0,  0, 28, 0, 2, 0, 7, 0, 0,    0, 0, 0, 0,
					    0,  45, 0,  0, 0,  3, 0, 0, 0, 0, 0,    0, 0, 5, 0,
					    1,  0,  20, 0, 0,  0, 5, 0, 2, 0, 0x1d, 0, 0, 0};
static const uint8_t done_message[] = {20, 0, 0, 0, 3, 0, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t error_message[] = {36, 0, 0, 0, 2,    0,    0,    0,    7,  0, 0, 0,
					0,  0, 0, 0, 0xff, 0xff, 0xff, 0xff, 32, 0, 0, 0,
					20, 0, 5, 0, 7,    0,    0,    0,    0,  0, 0, 0};

static enum rotor_status read_one(const uint8_t *bytes, size_t len, struct rotor_netlink_message *m)
{
	struct rotor_reader r = rotor_reader(bytes, len);
	enum rotor_status status = rotor_netlink_read(&r, m);

	if (status == ROTOR_OK) {
		struct rotor_netlink_message more;

		assert_int_equal(rotor_netlink_read(&r, &more), ROTOR_ERR_NOT_FOUND);
	}
	return status;
}

static void messages_of_the_kernel_are_read(void **state)
{
	struct rotor_netlink_message m;

	(void)state;
	assert_int_equal(read_one(link_message, sizeof(link_message), &m), ROTOR_OK);
	assert_int_equal(m.kind, ROTOR_NETLINK_LINK);
	assert_int_equal(m.sequence, 7);
	assert_int_equal(m.link, 3);
	assert_true(m.mctp);
	assert_true(m.up);
	assert_string_equal(m.name, "mctpserial0");
	assert_int_equal(m.mtu, 68);
	assert_int_equal(m.network, 9);
	assert_int_equal(m.address_len, 1);
	assert_int_equal(m.address[0], 0x10);

	assert_int_equal(read_one(address_message, sizeof(address_message), &m), ROTOR_OK);
	assert_int_equal(m.kind, ROTOR_NETLINK_ADDRESS);
	assert_int_equal(m.link, 3);
	assert_int_equal(m.first, 10);

	assert_int_equal(read_one(route_message, sizeof(route_message), &m), ROTOR_OK);
	assert_int_equal(m.kind, ROTOR_NETLINK_ROUTE);
	assert_int_equal(m.link, 3);
	assert_int_equal(m.first, 20);
	assert_int_equal(m.last, 24);
	assert_false(m.local);

	assert_int_equal(read_one(neighbour_message, sizeof(neighbour_message), &m), ROTOR_OK);
	assert_int_equal(m.kind, ROTOR_NETLINK_NEIGHBOUR);
	assert_int_equal(m.link, 3);
	assert_int_equal(m.first, 20);
	assert_int_equal(m.address_len, 1);
	assert_int_equal(m.address[0], 0x1d);

	assert_int_equal(read_one(done_message, sizeof(done_message), &m), ROTOR_OK);
	assert_int_equal(m.kind, ROTOR_NETLINK_DONE);

	assert_int_equal(read_one(error_message, sizeof(error_message), &m), ROTOR_OK);
	assert_int_equal(m.kind, ROTOR_NETLINK_ERROR);
	assert_int_equal(m.error, 1);
}

static const struct sample {
	const uint8_t *bytes;
	size_t len;
} samples[] = {
    {link_message, sizeof(link_message)},   {address_message, sizeof(address_message)},
    {route_message, sizeof(route_message)}, {neighbour_message, sizeof(neighbour_message)},
    {done_message, sizeof(done_message)},   {error_message, sizeof(error_message)},
};

static void several_come_in_one_piece(void **state)
{
	uint8_t bytes[512];
	size_t len = 0;
	struct rotor_netlink_message m;

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(samples); i++) {
		memcpy(bytes + len, samples[i].bytes, samples[i].len);
		len += samples[i].len;
	}
	struct rotor_reader r = rotor_reader(bytes, len);
	for (size_t i = 0; i < ROTOR_COUNT_OF(samples); i++)
		assert_int_equal(rotor_netlink_read(&r, &m), ROTOR_OK);
	assert_int_equal(m.kind, ROTOR_NETLINK_ERROR);
	assert_int_equal(rotor_netlink_read(&r, &m), ROTOR_ERR_NOT_FOUND);
}

static void what_is_cut_short_is_no_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(samples); i++) {
		for (size_t len = 1; len < samples[i].len; len++) {
			struct rotor_netlink_message m;

			assert_int_equal(read_one(samples[i].bytes, len, &m), ROTOR_ERR_LENGTH);
		}
	}
}

/* A byte of a message is another, and the message is refused, whole. */
static const struct {
	const char *what;
	const struct sample *of;
	size_t at;
	uint8_t value;
	enum rotor_status status;
} broken[] = {
    {"message shorter than its head", &samples[1], 0, 15, ROTOR_ERR_LENGTH},
    {"message shorter than what it is", &samples[4], 0, 0, ROTOR_ERR_LENGTH},
    {"attribute shorter than its head", &samples[1], 24, 3, ROTOR_ERR_LENGTH},
    {"attribute longer than the message", &samples[1], 24, 9, ROTOR_ERR_LENGTH},
    {"EID of no byte", &samples[1], 24, 4, ROTOR_ERR_FORMAT},
    {"EID of two bytes", &samples[1], 24, 6, ROTOR_ERR_FORMAT},
    {"name without its end", &samples[0], 32 + 15, 'x', ROTOR_ERR_FORMAT},
    {"MTU of three bytes", &samples[0], 48, 7, ROTOR_ERR_FORMAT},
    {"network of three bytes", &samples[0], 64, 7, ROTOR_ERR_FORMAT},
    {"family longer than all families", &samples[0], 60, 13, ROTOR_ERR_FORMAT},
    {"route beyond the last EID", &samples[2], 17, 236, ROTOR_ERR_FORMAT},
    {"interface of two bytes", &samples[2], 40, 6, ROTOR_ERR_FORMAT},
    {"error that is none", &samples[5], 19, 0x7f, ROTOR_ERR_FORMAT},
    {"error of another world", &samples[5], 18, 0, ROTOR_ERR_FORMAT},
};

static void broken_messages_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(broken); i++) {
		uint8_t bytes[128];
		struct rotor_netlink_message m;

		print_message("%s\n", broken[i].what);
		memcpy(bytes, broken[i].of->bytes, broken[i].of->len);
		bytes[broken[i].at] = broken[i].value;
		struct rotor_reader r = rotor_reader(bytes, broken[i].of->len);
		assert_int_equal(rotor_netlink_read(&r, &m), broken[i].status);
		/* and nothing behind it is looked for */
		assert_int_not_equal(rotor_netlink_read(&r, &m), ROTOR_OK);
	}
}

static void other_families_and_links_are_passed_over(void **state)
{
	struct rotor_netlink_message m;
	uint8_t bytes[128];

	(void)state;
	for (size_t i = 1; i < 4; i++) {
		memcpy(bytes, samples[i].bytes, samples[i].len);
		bytes[16] = 2; /* AF_INET, whose attributes are no EIDs */
		bytes[samples[i].len - 8] = 8;
		assert_int_equal(read_one(bytes, samples[i].len, &m), ROTOR_OK);
		assert_int_equal(m.kind, ROTOR_NETLINK_OTHER);
	}
	memcpy(bytes, link_message, sizeof(link_message));
	bytes[18] = 1; /* ARPHRD_ETHER */
	bytes[19] = 0;
	assert_int_equal(read_one(bytes, sizeof(link_message), &m), ROTOR_OK);
	assert_false(m.mctp);
	bytes[4] = 17; /* RTM_DELLINK */
	assert_int_equal(read_one(bytes, sizeof(link_message), &m), ROTOR_OK);
	assert_int_equal(m.kind, ROTOR_NETLINK_OTHER);
}

/* ---- a kernel, which need not have MCTP ---- */

static void count(void *ctx, const struct rotor_netlink_message *message)
{
	unsigned *links = ctx;

	assert_int_equal(message->kind, ROTOR_NETLINK_LINK);
	*links += message->link != 0;
}

static void this_kernel_answers(void **state)
{
	struct rotor_netlink n;
	unsigned links = 0;
	struct rotor_netlink_request list = {.ask = ROTOR_NETLINK_LINKS};
	struct rotor_netlink_request absent = {
	    .ask = ROTOR_NETLINK_ADDRESS_ADD, .link = 0x7ffffff0, .first = 10};

	(void)state;
	assert_int_equal(rotor_netlink_open(&n), ROTOR_OK);
	assert_int_equal(rotor_netlink_list(&n, ROTOR_NETLINK_LINKS, count, &links), ROTOR_OK);
	assert_int_not_equal(links, 0); /* there is always lo */
	assert_int_equal(rotor_netlink_list(&n, ROTOR_NETLINK_LINK_UP, count, &links),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_netlink_change(&n, &list), ROTOR_ERR_ARGUMENT);
	/* no capability, no MCTP or no such link: refused, and said why */
	assert_int_not_equal(rotor_netlink_change(&n, &absent), ROTOR_OK);
	assert_int_not_equal(n.error, 0);
	rotor_netlink_close(&n);
	assert_int_equal(n.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_as_the_kernel_reads_them),
	    cmocka_unit_test(nonsense_is_not_asked),
	    cmocka_unit_test(messages_of_the_kernel_are_read),
	    cmocka_unit_test(several_come_in_one_piece),
	    cmocka_unit_test(what_is_cut_short_is_no_message),
	    cmocka_unit_test(broken_messages_are_refused),
	    cmocka_unit_test(other_families_and_links_are_passed_over),
	    cmocka_unit_test(this_kernel_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
