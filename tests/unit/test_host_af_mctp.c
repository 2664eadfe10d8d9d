/* SPDX-License-Identifier: Apache-2.0 */
/* An endpoint on MCTP sockets: what the kernel is told and tells, with a kernel that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "rotor/host_af_mctp.h"
#include "support/mctp_node.h"

#define OWN   10
#define PEER  20
#define PHYS  0x1d
#define LINK  3
#define SIZES 64

/* ---- the kernel ---- */

static struct {
	enum rotor_status open_status[8]; /* by type */
	enum rotor_status send_status, tag_status, receive_status;
	unsigned sockets; /* open */
	struct {
		int fd;
		uint8_t type;
		bool bound;
	} opened[16];
	unsigned opened_count;
	/* sent */
	unsigned sent;
	int sent_on;
	struct rotor_af_mctp_address to;
	uint8_t bytes[2 * SIZES];
	size_t len;
	/* reserved tags: towards whom, by tag */
	int towards[8]; /* -1: free */
	unsigned reserved, dropped;
	bool highest_first; /* or lowest, as Linux does */
	/* to be received */
	int at; /* socket; -1: nothing */
	struct rotor_af_mctp_address from;
	uint8_t body[SIZES];
	size_t body_len;
} os;

static enum rotor_status os_open(void *ctx, uint32_t network, uint8_t type, bool bound, int *fd)
{
	assert_ptr_equal(ctx, &os);
	assert_int_equal(network, 9);
	*fd = -1;
	if (os.open_status[type] != ROTOR_OK && (bound || os.open_status[type] != ROTOR_ERR_BUSY))
		return os.open_status[type];
	*fd = eventfd(0, EFD_CLOEXEC);
	os.sockets++;
	os.opened[os.opened_count].fd = *fd;
	os.opened[os.opened_count].type = type;
	os.opened[os.opened_count++].bound = bound;
	return ROTOR_OK;
}

static void os_close(void *ctx, int fd)
{
	(void)ctx;
	close(fd);
	os.sockets--;
}

static enum rotor_status os_send(void *ctx, int fd, const struct rotor_af_mctp_address *to,
				 struct rotor_bytes body)
{
	(void)ctx;
	if (os.send_status != ROTOR_OK)
		return os.send_status;
	os.sent++;
	os.sent_on = fd;
	os.to = *to;
	memcpy(os.bytes, body.data, body.len);
	os.len = body.len;
	return ROTOR_OK;
}

static enum rotor_status os_receive(void *ctx, int fd, struct rotor_af_mctp_address *from,
				    void *buf, size_t cap, size_t *len)
{
	(void)ctx;
	if (os.at != fd)
		return ROTOR_PENDING;
	os.at = -1;
	assert_true(cap >= os.body_len);
	*from = os.from;
	memcpy(buf, os.body, os.body_len);
	*len = os.body_len;
	return os.receive_status;
}

static enum rotor_status os_take_tag(void *ctx, int fd, uint8_t eid, uint8_t *tag)
{
	(void)ctx;
	assert_true(fd >= 0);
	if (os.tag_status != ROTOR_OK)
		return os.tag_status;
	for (uint8_t i = os.highest_first ? 8 : 0; os.highest_first ? i-- != 0 : i < 8;
	     i += !os.highest_first) {
		if (os.towards[i] < 0) {
			os.towards[i] = eid;
			os.reserved++;
			*tag = i;
			return ROTOR_OK;
		}
	}
	return ROTOR_ERR_BUSY;
}

static void os_drop_tag(void *ctx, int fd, uint8_t eid, uint8_t tag)
{
	(void)ctx;
	assert_true(fd >= 0);
	assert_int_equal(os.towards[tag], eid);
	os.towards[tag] = -1;
	os.dropped++;
}

static const struct rotor_af_mctp_os fake = {
    .open = os_open,
    .close = os_close,
    .send = os_send,
    .receive = os_receive,
    .take_tag = os_take_tag,
    .drop_tag = os_drop_tag,
};

/* ---- the endpoint ---- */

static const uint8_t types[] = {ROTOR_MCTP_TYPE_CONTROL, ROTOR_MCTP_TYPE_PLDM,
				ROTOR_MCTP_TYPE_SECURED};
static struct mctp_node node;
static struct mctp_result result;
static struct rotor_af_mctp a;
static struct rotor_af_mctp_config config;
static uint8_t shown[256];
static size_t shown_len;
static unsigned shown_count;

static void seen(void *ctx, const uint8_t *packet, size_t len)
{
	assert_ptr_equal(ctx, &node);
	assert_true(len <= sizeof(shown));
	memcpy(shown, packet, len);
	shown_len = len;
	shown_count++;
}

static int prepare(void **state)
{
	(void)state;
	memset(&os, 0, sizeof(os));
	os.at = -1;
	os.highest_first = true; /* never what the endpoint has chosen first */
	for (size_t i = 0; i < ROTOR_COUNT_OF(os.towards); i++)
		os.towards[i] = -1;
	memset(&result, 0, sizeof(result));
	node_start(&node, OWN, 0x10, 0);
	config = (struct rotor_af_mctp_config){.network = 9,
					       .link = LINK,
					       .hardware_len = 1,
					       .types = types,
					       .type_count = ROTOR_COUNT_OF(types),
					       .os = &fake,
					       .os_ctx = &os};
	shown_count = 0;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	rotor_af_mctp_close(&a);
	rotor_af_mctp_close(&a);
	assert_int_equal(os.sockets, 0);
	assert_int_equal(os.reserved, os.dropped);
	return 0;
}

static void join(void)
{
	assert_int_equal(rotor_af_mctp_open(&a, &config, &node.m), ROTOR_OK);
	a.seen = seen;
	a.ctx = &node;
}

static void request(uint8_t type, uint8_t destination, rotor_mctp_phys phys)
{
	static const uint8_t text[] = "what is it?";
	struct rotor_mctp_message m = {.type = type, .body = {text, 11}};

	assert_int_equal(
	    rotor_mctp_request(&node.m, destination, phys, &m, 1000, result_response, &result),
	    ROTOR_OK);
}

/* Something has come, on the socket for that type. */
static void arrives(size_t socket, uint8_t eid, uint8_t type, uint8_t tag, bool tag_owner)
{
	os.at = os.opened[socket].fd;
	os.from = (struct rotor_af_mctp_address){.network = 9,
						 .eid = eid,
						 .type = type,
						 .tag = tag,
						 .tag_owner = tag_owner,
						 .link = LINK,
						 .hardware_len = 1,
						 .hardware = {PHYS}};
	memcpy(os.body, "it is", 5);
	os.body_len = 5;
	assert_int_equal(rotor_af_mctp_serve(&a, 1), ROTOR_OK);
	assert_int_equal(os.at, -1);
}

/* ---- opening ---- */

static void a_socket_for_each_type(void **state)
{
	(void)state;
	join();
	assert_int_equal(os.opened_count, ROTOR_COUNT_OF(types));
	for (size_t i = 0; i < ROTOR_COUNT_OF(types); i++) {
		assert_int_equal(os.opened[i].type, types[i]);
		assert_true(os.opened[i].bound);
		assert_false(a.shared[i]);
	}
	assert_true(a.fd >= 0);
	assert_int_equal(rotor_af_mctp_deadline(&a), ROTOR_NEVER);
}

static void what_somebody_else_receives_is_left_to_him(void **state)
{
	(void)state;
	os.open_status[ROTOR_MCTP_TYPE_CONTROL] = ROTOR_ERR_BUSY;
	join();
	assert_true(a.shared[0]);
	assert_false(a.shared[1]);
	assert_false(os.opened[0].bound);
	/* requests of that type go out all the same */
	request(ROTOR_MCTP_TYPE_CONTROL, PEER, PHYS);
	rotor_af_mctp_send(&a, 0);
	assert_int_equal(os.sent_on, os.opened[0].fd);
}

static void a_kernel_that_will_not(void **state)
{
	static const enum rotor_status reasons[] = {ROTOR_ERR_UNSUPPORTED, ROTOR_ERR_DENIED,
						    ROTOR_ERR_IO};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(reasons); i++) {
		os.open_status[ROTOR_MCTP_TYPE_SECURED] = reasons[i];
		assert_int_equal(rotor_af_mctp_open(&a, &config, &node.m), reasons[i]);
		assert_int_equal(os.sockets, 0);
	}
}

static void configurations_that_cannot_be(void **state)
{
	(void)state;
	config.hardware_len = 2;
	assert_int_equal(rotor_af_mctp_open(&a, &config, &node.m), ROTOR_ERR_UNSUPPORTED);
	config.hardware_len = 1;
	config.type_count = 0;
	assert_int_equal(rotor_af_mctp_open(&a, &config, &node.m), ROTOR_ERR_ARGUMENT);
	config.type_count = ROTOR_AF_MCTP_TYPES_MAX + 1;
	assert_int_equal(rotor_af_mctp_open(&a, &config, &node.m), ROTOR_ERR_ARGUMENT);
	assert_int_equal(os.sockets, 0);
}

/* ---- out ---- */

static void whom_a_message_goes_to(void **state)
{
	static const struct {
		const char *what;
		unsigned link;
		uint8_t hardware_len, destination;
		rotor_mctp_phys phys;
		/* as the kernel is told */
		uint8_t eid, to_len, to_first;
	} cases[] = {
	    {"I2C, by EID", LINK, 1, PEER, PHYS, PEER, 1, PHYS},
	    {"I2C, whoever is there", LINK, 1, 0, PHYS, 0, 1, PHYS},
	    {"serial, by EID", LINK, 0, PEER, 0, PEER, 0, 0},
	    {"serial, whoever is there", LINK, 0, 0, 0, 0, 0, 0},
	    {"routed, by EID", 0, 0, PEER, PEER, PEER, 0, 0},
	    {"routed, to be asked for its EID", 0, 0, 0, PEER, PEER, 0, 0},
	    {"routed: hardware has no say", 0, 1, 0, PEER, PEER, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		print_message("%s\n", cases[i].what);
		prepare(NULL);
		config.link = cases[i].link;
		config.hardware_len = cases[i].hardware_len;
		join();
		request(ROTOR_MCTP_TYPE_PLDM, cases[i].destination, cases[i].phys);
		rotor_af_mctp_send(&a, 0);
		assert_int_equal(os.sent, 1);
		assert_int_equal(os.sent_on, os.opened[1].fd);
		assert_int_equal(os.to.network, 9);
		assert_int_equal(os.to.link, cases[i].link);
		assert_int_equal(os.to.eid, cases[i].eid);
		assert_int_equal(os.to.hardware_len, cases[i].to_len);
		assert_int_equal(os.to.hardware[0], cases[i].to_first);
		assert_int_equal(os.to.type, ROTOR_MCTP_TYPE_PLDM);
		assert_true(os.to.tag_owner);
		assert_true(os.to.reserved_tag);
		assert_int_equal(os.to.tag, 7);
		assert_int_equal(os.towards[7], cases[i].eid);
		assert_int_equal(os.len, 11);
		assert_memory_equal(os.bytes, "what is it?", 11);
		/* seen as one packet: to whom, from whom, start and end, own tag */
		assert_int_equal(shown_count, 1);
		assert_int_equal(shown_len, 4 + 1 + 11);
		assert_int_equal(shown[1], cases[i].eid);
		assert_int_equal(shown[2], OWN);
		assert_int_equal(shown[3] & 0xf8, 0xc8);
		assert_int_equal(shown[4], ROTOR_MCTP_TYPE_PLDM);
		assert_memory_equal(shown + 5, "what is it?", 11);
		finish(NULL);
	}
}

static void a_type_without_a_socket_has_the_first(void **state)
{
	(void)state;
	join();
	request(ROTOR_MCTP_TYPE_SPDM, PEER, PHYS);
	rotor_af_mctp_send(&a, 0);
	assert_int_equal(os.sent_on, os.opened[0].fd);
	assert_int_equal(os.to.type, ROTOR_MCTP_TYPE_SPDM);
}

static void datagrams_and_answers_reserve_no_tag(void **state)
{
	struct rotor_mctp_message m = {.type = ROTOR_MCTP_TYPE_PLDM,
				       .body = {(const uint8_t *)"x", 1}};
	struct rotor_mctp_message_info info;

	(void)state;
	join();
	assert_int_equal(rotor_mctp_send(&node.m, PEER, PHYS, &m, NULL, NULL), ROTOR_OK);
	rotor_af_mctp_send(&a, 0);
	assert_true(os.to.tag_owner);
	assert_false(os.to.reserved_tag);
	assert_int_equal(os.to.tag, 0);
	arrives(1, PEER, ROTOR_MCTP_TYPE_PLDM, 5, true);
	assert_int_equal(node.messages, 1);
	info = node.info;
	assert_int_equal(rotor_mctp_respond(&node.m, &info, &m, NULL, NULL), ROTOR_OK);
	rotor_af_mctp_send(&a, 0);
	assert_int_equal(os.sent, 2);
	assert_false(os.to.tag_owner);
	assert_false(os.to.reserved_tag);
	assert_int_equal(os.to.tag, 5);
	assert_int_equal(os.to.eid, PEER);
	assert_int_equal(os.to.hardware[0], PHYS);
	assert_int_equal(os.reserved, 0);
}

static void no_room_for_a_while(void **state)
{
	(void)state;
	join();
	request(ROTOR_MCTP_TYPE_PLDM, PEER, PHYS);
	os.send_status = ROTOR_PENDING;
	rotor_af_mctp_send(&a, 100);
	assert_int_equal(os.sent, 0);
	assert_int_equal(result.calls, 0);
	assert_true(rotor_af_mctp_deadline(&a) > 100);
	assert_true(rotor_af_mctp_deadline(&a) < 200);
	/* the tag does not wait with it */
	assert_int_equal(os.reserved, os.dropped);
	os.send_status = ROTOR_OK;
	rotor_af_mctp_send(&a, 101); /* not yet */
	assert_int_equal(os.sent, 0);
	rotor_af_mctp_send(&a, rotor_af_mctp_deadline(&a));
	assert_int_equal(os.sent, 1);
	assert_int_equal(rotor_af_mctp_deadline(&a), ROTOR_NEVER);
	assert_int_equal(result.calls, 0);
}

static void no_room_for_too_long(void **state)
{
	rotor_ms now = 100;

	(void)state;
	join();
	request(ROTOR_MCTP_TYPE_PLDM, PEER, PHYS);
	os.tag_status = ROTOR_ERR_BUSY; /* all eight are somebody's */
	while (result.calls == 0 && now < 10000) {
		rotor_af_mctp_send(&a, now);
		now = rotor_af_mctp_deadline(&a) < ROTOR_NEVER ? rotor_af_mctp_deadline(&a) : now;
	}
	assert_int_equal(result.status, ROTOR_ERR_IO);
	assert_true(now >= 100 + ROTOR_AF_MCTP_PATIENCE_MS);
	assert_true(now < 100 + 2 * ROTOR_AF_MCTP_PATIENCE_MS);
	assert_int_equal(a.counters.not_sent, 1);
	assert_int_equal(rotor_af_mctp_deadline(&a), ROTOR_NEVER);
	/* the next one has the same patience */
	memset(&result, 0, sizeof(result));
	request(ROTOR_MCTP_TYPE_PLDM, PEER, PHYS);
	rotor_af_mctp_send(&a, now);
	assert_int_equal(result.calls, 0);
}

static void tags_towards_whoever_is_there_are_upper_ones(void **state)
{
	static const struct {
		uint8_t eid, taken, tag; /* tags that are somebody's: a bit each */
	} cases[] = {
	    {PEER, 0x00, 0}, {PEER, 0x0f, 4}, {0, 0x00, 4}, {0, 0x05, 4}, {0, 0x1f, 5},
	    {0, 0x7f, 7},    {0, 0xf0, 3},    {0, 0xf1, 3}, {0, 0xfb, 2},
	};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		prepare(NULL);
		os.highest_first = false;
		join();
		for (unsigned t = 0; t < 8; t++)
			os.towards[t] = cases[i].taken >> t & 1 ? 0xaa : -1;
		request(ROTOR_MCTP_TYPE_CONTROL, cases[i].eid, PHYS);
		rotor_af_mctp_send(&a, 0);
		assert_int_equal(os.sent, 1);
		assert_int_equal(os.to.tag, cases[i].tag);
		/* one is kept, whatever was tried */
		assert_int_equal(os.reserved - os.dropped, 1);
		for (unsigned t = 0; t < 8; t++) {
			if (cases[i].taken >> t & 1)
				assert_int_equal(os.towards[t], 0xaa);
		}
		finish(NULL);
	}
	/* all are somebody's */
	prepare(NULL);
	join();
	for (unsigned t = 0; t < 8; t++)
		os.towards[t] = 0xaa;
	request(ROTOR_MCTP_TYPE_CONTROL, 0, PHYS);
	rotor_af_mctp_send(&a, 0);
	assert_int_equal(os.sent, 0);
	assert_int_equal(result.calls, 0);
	finish(NULL);
}

static void what_the_kernel_refuses_fails_at_once(void **state)
{
	(void)state;
	join();
	for (unsigned i = 1; i <= 2; i++) {
		os.send_status = i == 1 ? ROTOR_ERR_IO : ROTOR_OK;
		os.tag_status = i == 1 ? ROTOR_OK : ROTOR_ERR_IO;
		request(ROTOR_MCTP_TYPE_PLDM, PEER, PHYS);
		rotor_af_mctp_send(&a, 0);
		assert_int_equal(result.calls, i);
		assert_int_equal(result.status, ROTOR_ERR_IO);
		assert_int_equal(a.counters.not_sent, i);
		assert_int_equal(os.reserved, os.dropped);
	}
	assert_int_equal(shown_count, 0);
}

/* ---- in ---- */

static void an_answer_comes_with_the_tag_of_its_request(void **state)
{
	(void)state;
	join();
	request(ROTOR_MCTP_TYPE_PLDM, PEER, PHYS);
	rotor_af_mctp_send(&a, 0);
	arrives(1, PEER, ROTOR_MCTP_TYPE_PLDM, os.to.tag, false);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.status, ROTOR_OK);
	assert_int_equal(result.info.peer, PEER);
	assert_int_equal(result.info.phys, PHYS);
	assert_int_equal(result.len, 5);
	assert_memory_equal(result.body, "it is", 5);
	assert_int_equal(shown_count, 2);
	assert_int_equal(shown[1], OWN);
	assert_int_equal(shown[2], PEER);
	/* the tag goes back when there is time for it */
	rotor_af_mctp_send(&a, 0);
	assert_int_equal(os.dropped, 1);
}

static void whoever_is_there_answers_with_its_eid(void **state)
{
	(void)state;
	join();
	request(ROTOR_MCTP_TYPE_CONTROL, ROTOR_MCTP_EID_NULL, PHYS);
	rotor_af_mctp_send(&a, 0);
	arrives(0, 0x33, ROTOR_MCTP_TYPE_CONTROL, os.to.tag, false);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.info.peer, 0x33);
}

static void routed_the_eid_is_the_address(void **state)
{
	(void)state;
	config.link = 0;
	config.hardware_len = 0;
	join();
	request(ROTOR_MCTP_TYPE_CONTROL, ROTOR_MCTP_EID_NULL, PEER);
	rotor_af_mctp_send(&a, 0);
	arrives(0, PEER, ROTOR_MCTP_TYPE_CONTROL, os.to.tag, false);
	assert_int_equal(result.calls, 1);
	assert_int_equal(result.info.phys, PEER);
}

static void answers_to_nothing_are_counted(void **state)
{
	uint8_t tag;

	(void)state;
	join();
	request(ROTOR_MCTP_TYPE_PLDM, PEER, PHYS);
	rotor_af_mctp_send(&a, 0);
	tag = os.to.tag;
	arrives(1, PEER, ROTOR_MCTP_TYPE_PLDM, (tag + 1) & 7, false); /* another tag */
	arrives(1, PEER + 1, ROTOR_MCTP_TYPE_PLDM, tag, false);       /* another EID */
	arrives(0, PEER, ROTOR_MCTP_TYPE_PLDM, tag, false);           /* another socket */
	assert_int_equal(a.counters.unknown_tag, 3);
	arrives(1, PEER, ROTOR_MCTP_TYPE_SPDM, tag, false); /* another type */
	assert_int_equal(node.m.counters.dropped[ROTOR_MCTP_DROP_UNSOLICITED], 1);
	assert_int_equal(result.calls, 0);
	/* none of them has taken the tag away from who waits */
	rotor_af_mctp_send(&a, 0);
	arrives(1, PEER, ROTOR_MCTP_TYPE_PLDM, tag, false);
	assert_int_equal(result.calls, 1);
	/* a second answer */
	rotor_af_mctp_send(&a, 0);
	arrives(1, PEER, ROTOR_MCTP_TYPE_PLDM, tag, false);
	assert_int_equal(result.calls, 1);
	assert_int_equal(a.counters.unknown_tag, 4);
}

static void a_request_of_a_peer(void **state)
{
	(void)state;
	join();
	arrives(2, PEER, ROTOR_MCTP_TYPE_SECURED | 0x80, 6, true);
	assert_int_equal(node.messages, 1);
	assert_int_equal(node.info.peer, PEER);
	assert_int_equal(node.info.own, OWN);
	assert_int_equal(node.info.phys, PHYS);
	assert_int_equal(node.info.tag, 6);
	assert_true(node.info.tag_owner);
	assert_true(node.info.integrity);
	assert_int_equal(node.info.type, ROTOR_MCTP_TYPE_SECURED);
	assert_int_equal(node.len, 5);
}

static void other_links_of_the_network_are_not_this_one(void **state)
{
	(void)state;
	config.link = LINK + 1;
	join();
	arrives(1, PEER, ROTOR_MCTP_TYPE_PLDM, 0, true);
	assert_int_equal(node.messages, 0);
	assert_int_equal(a.counters.other_link, 1);
}

static void what_goes_wrong_while_receiving(void **state)
{
	(void)state;
	join();
	os.receive_status = ROTOR_ERR_SPACE;
	arrives(1, PEER, ROTOR_MCTP_TYPE_PLDM, 0, true);
	assert_int_equal(a.counters.too_long, 1);
	assert_int_equal(node.messages, 0);
	os.receive_status = ROTOR_ERR_IO;
	os.at = os.opened[1].fd;
	assert_int_equal(rotor_af_mctp_serve(&a, 0), ROTOR_ERR_IO);
}

static void tags_go_back_when_nobody_waits_any_more(void **state)
{
	(void)state;
	join();
	/* far more requests than there are tags, none of them answered */
	for (unsigned i = 0; i < 40; i++) {
		request(ROTOR_MCTP_TYPE_CONTROL, ROTOR_MCTP_EID_NULL, PHYS);
		rotor_af_mctp_send(&a, i * 2000);
		assert_int_equal(os.sent, i + 1);
		assert_int_equal(os.reserved - os.dropped, 1);
		rotor_mctp_poll(&node.m, i * 2000 + 1000);
		assert_int_equal(result.calls, i + 1);
		assert_int_equal(result.status, ROTOR_ERR_TIMEOUT);
	}
	rotor_af_mctp_send(&a, 100000);
	assert_int_equal(os.reserved, os.dropped);
	/* and what is cancelled */
	request(ROTOR_MCTP_TYPE_PLDM, PEER, PHYS);
	rotor_af_mctp_send(&a, 100000);
	assert_int_equal(os.reserved - os.dropped, 1);
	rotor_mctp_cancel(&node.m, &result);
	rotor_af_mctp_send(&a, 100000);
	assert_int_equal(os.reserved, os.dropped);
}

/* ---- the system's own ---- */

static void this_kernel_has_mctp_or_says_that_it_has_not(void **state)
{
	int fd = -1;
	enum rotor_status status =
	    rotor_af_mctp_linux.open(NULL, 0, ROTOR_MCTP_TYPE_PLDM, false, &fd);

	(void)state;
	if (status == ROTOR_OK)
		rotor_af_mctp_linux.close(NULL, fd);
	else
		assert_int_equal(status, ROTOR_ERR_UNSUPPORTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_socket_for_each_type),
	    TEST(what_somebody_else_receives_is_left_to_him),
	    TEST(a_kernel_that_will_not),
	    TEST(configurations_that_cannot_be),
	    cmocka_unit_test(whom_a_message_goes_to),
	    TEST(a_type_without_a_socket_has_the_first),
	    TEST(datagrams_and_answers_reserve_no_tag),
	    TEST(no_room_for_a_while),
	    TEST(no_room_for_too_long),
	    cmocka_unit_test(tags_towards_whoever_is_there_are_upper_ones),
	    TEST(what_the_kernel_refuses_fails_at_once),
	    TEST(an_answer_comes_with_the_tag_of_its_request),
	    TEST(whoever_is_there_answers_with_its_eid),
	    TEST(routed_the_eid_is_the_address),
	    TEST(answers_to_nothing_are_counted),
	    TEST(a_request_of_a_peer),
	    TEST(other_links_of_the_network_are_not_this_one),
	    TEST(what_goes_wrong_while_receiving),
	    TEST(tags_go_back_when_nobody_waits_any_more),
	    cmocka_unit_test(this_kernel_has_mctp_or_says_that_it_has_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
