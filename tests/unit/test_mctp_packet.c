/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP packets made by hand: the header, and what hostile or broken peers send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/mctp_node.h"

static struct mctp_node prot;

static int start(void **state)
{
	(void)state;
	node_start(&prot, 20, 0x1d, 0);
	return 0;
}

#define SOM    0x80
#define EOM    0x40
#define SEQ(n) ((n) << 4)
#define TO     0x08

static const struct {
	uint8_t bytes[4];
	struct rotor_mctp_header header;
} headers[] = {
    {{0x01, 0x09, 0x08, 0xc8}, {0x09, 0x08, true, true, 0, true, 0}},
    {{0x01, 0x08, 0x09, 0xc0}, {0x08, 0x09, true, true, 0, false, 0}},
    {{0x01, 0x14, 0x0a, 0x8f}, {20, 10, true, false, 0, true, 7}},
    {{0x01, 0x14, 0x0a, 0x1b}, {20, 10, false, false, 1, true, 3}},
    {{0x01, 0xff, 0x00, 0x75}, {255, 0, false, true, 3, false, 5}},
};

static void a_header_reads_and_writes_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(headers); i++) {
		struct rotor_mctp_header h;
		uint8_t out[4];

		assert_int_equal(rotor_mctp_header_decode(headers[i].bytes, 4, &h), ROTOR_OK);
		assert_int_equal(h.destination, headers[i].header.destination);
		assert_int_equal(h.source, headers[i].header.source);
		assert_int_equal(h.som, headers[i].header.som);
		assert_int_equal(h.eom, headers[i].header.eom);
		assert_int_equal(h.sequence, headers[i].header.sequence);
		assert_int_equal(h.tag_owner, headers[i].header.tag_owner);
		assert_int_equal(h.tag, headers[i].header.tag);
		rotor_mctp_header_encode(&headers[i].header, out);
		assert_memory_equal(out, headers[i].bytes, 4);
		for (size_t len = 0; len < 4; len++)
			assert_int_equal(rotor_mctp_header_decode(headers[i].bytes, len, &h),
					 ROTOR_ERR_LENGTH);
	}
}

static void the_header_version_is_checked(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		uint8_t packet[] = {(uint8_t)v, 20, 10, SOM | EOM | TO, 1, 2};
		struct rotor_mctp_header h;
		bool good = (v & 0x0f) == 1; /* the upper half is reserved */
		unsigned before = prot.messages;

		assert_int_equal(rotor_mctp_header_decode(packet, sizeof(packet), &h),
				 good ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED);
		rotor_mctp_receive(&prot.m, 0x10, packet, sizeof(packet), 0);
		assert_int_equal(prot.messages - before, good ? 1 : 0);
	}
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_VERSION], 240);
	assert_int_equal(node_drops(&prot), 240);
}

static void only_own_null_and_broadcast_destinations_count(void **state)
{
	(void)state;
	for (unsigned eid = 0; eid < 256; eid++) {
		unsigned before = prot.messages;
		bool ours = eid == 20 || eid == 0 || eid == 255;

		node_packet(&prot, 0x10, (uint8_t)eid, 10, SOM | EOM | TO, 1, 4, 0);
		assert_int_equal(prot.messages - before, ours ? 1 : 0);
		if (ours)
			assert_int_equal(prot.info.own, eid);
	}
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_DESTINATION], 253);
	assert_int_equal(rotor_mctp_set_eid(&prot.m, 0), ROTOR_OK);
	node_packet(&prot, 0x10, 20, 10, SOM | EOM | TO, 1, 4, 0);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_DESTINATION], 254);
}

static void any_source_but_broadcast_counts(void **state)
{
	(void)state;
	for (unsigned eid = 0; eid < 256; eid++)
		node_packet(&prot, 0x10, 20, (uint8_t)eid, SOM | EOM | TO, 1, 4, 0);
	assert_int_equal(prot.messages, 255);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_SOURCE], 1);
}

static void packets_without_payload_are_refused(void **state)
{
	uint8_t packet[300] = {1, 20, 10, SOM | EOM | TO};

	(void)state;
	for (size_t len = 0; len <= 4; len++)
		rotor_mctp_receive(&prot.m, 0x10, packet, len, 0);
	rotor_mctp_receive(&prot.m, 0x10, packet, 4 + 256, 0);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_LENGTH], 6);
	assert_int_equal(prot.messages, 0);
	rotor_mctp_receive(&prot.m, 0x10, packet, 5, 0);
	assert_int_equal(prot.messages, 1);
	assert_int_equal(prot.len, 0);
	rotor_mctp_receive(&prot.m, 0x10, packet, 4 + 255, 0);
	assert_int_equal(prot.messages, 2);
	assert_int_equal(prot.len, 254);
}

/* A conversation of packets from one or more peers, and what comes of it. */
struct step {
	rotor_mctp_phys phys;
	uint8_t source;
	uint8_t flags;
	size_t n; /* payload bytes */
	rotor_ms at;
};

#define STEPS_MAX 8
static const struct {
	const char *what;
	struct step steps[STEPS_MAX]; /* n = 0 ends; 999 is a packet without payload */
	unsigned messages;
	unsigned drops;
	enum rotor_mctp_drop drop; /* all of them, if there are any */
} attacks[] = {
    {"three packets", {{1, 10, 0x88, 64, 0}, {1, 10, 0x18, 64, 0}, {1, 10, 0x68, 1, 0}}, 1, 0, 0},
    {"a first sequence number other than 0",
     {{1, 10, 0xa8, 64, 0}, {1, 10, 0x38, 64, 0}, {1, 10, 0x48, 64, 0}},
     1,
     0,
     0},
    {"a sequence number left out",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x28, 64, 0}},
     0,
     1,
     ROTOR_MCTP_DROP_SEQUENCE},
    {"a packet twice",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x18, 64, 0}, {1, 10, 0x18, 64, 0}},
     0,
     1,
     ROTOR_MCTP_DROP_SEQUENCE},
    {"a middle without start", {{1, 10, 0x18, 64, 0}}, 0, 1, ROTOR_MCTP_DROP_UNEXPECTED},
    {"an end without start", {{1, 10, 0x58, 10, 0}}, 0, 1, ROTOR_MCTP_DROP_UNEXPECTED},
    {"a start too small", {{1, 10, 0x88, 63, 0}}, 0, 1, ROTOR_MCTP_DROP_UNIT},
    {"a start of one byte", {{1, 10, 0x88, 1, 0}}, 0, 1, ROTOR_MCTP_DROP_UNIT},
    {"a one-byte fragment in the middle",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x18, 1, 0}},
     0,
     1,
     ROTOR_MCTP_DROP_UNIT},
    {"a middle smaller than the start",
     {{1, 10, 0x88, 100, 0}, {1, 10, 0x18, 64, 0}},
     0,
     1,
     ROTOR_MCTP_DROP_UNIT},
    {"a middle larger than the start",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x18, 65, 0}},
     0,
     1,
     ROTOR_MCTP_DROP_UNIT},
    {"an end larger than the start",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x58, 65, 0}},
     0,
     1,
     ROTOR_MCTP_DROP_UNIT},
    {"an end as large as the start", {{1, 10, 0x88, 64, 0}, {1, 10, 0x58, 64, 0}}, 1, 0, 0},
    {"an empty fragment in the middle is no packet at all",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x18, 999, 0}, {1, 10, 0x58, 64, 0}},
     1,
     1,
     ROTOR_MCTP_DROP_LENGTH},
    {"started again by its sender",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x88, 64, 0}, {1, 10, 0x58, 64, 0}},
     1,
     1,
     ROTOR_MCTP_DROP_RESTARTED},
    {"replaced by a short one of its sender",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0xc8, 64, 0}},
     1,
     1,
     ROTOR_MCTP_DROP_RESTARTED},
    {"another tag is another message",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x89, 64, 0}, {1, 10, 0x58, 64, 0}, {1, 10, 0x59, 64, 0}},
     2,
     0,
     0},
    {"another source is another message",
     {{1, 10, 0x88, 64, 0}, {1, 11, 0x88, 64, 0}, {1, 11, 0x58, 64, 0}, {1, 10, 0x58, 64, 0}},
     2,
     0,
     0},
    {"the same EID elsewhere cannot restart it",
     {{1, 10, 0x88, 64, 0}, {2, 10, 0x88, 64, 0}, {1, 10, 0x58, 64, 0}},
     1,
     0,
     0},
    {"nor continue it",
     {{1, 10, 0x88, 64, 0}, {2, 10, 0x58, 64, 0}, {1, 10, 0x58, 64, 0}},
     1,
     1,
     ROTOR_MCTP_DROP_UNEXPECTED},
    {"an answer cannot continue a request",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x50, 64, 0}, {1, 10, 0x58, 64, 0}},
     1,
     1,
     ROTOR_MCTP_DROP_UNEXPECTED},
    {"nor restart it",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x80, 64, 0}, {1, 10, 0x58, 64, 0}},
     1,
     1,
     ROTOR_MCTP_DROP_UNSOLICITED},
    {"an answer to nobody", {{1, 10, 0xc0, 64, 0}}, 0, 1, ROTOR_MCTP_DROP_UNSOLICITED},
    {"too many of one sender",
     {{1, 10, 0x88, 64, 0}, {1, 11, 0x88, 64, 0}, {1, 12, 0x88, 64, 0}},
     0,
     1,
     ROTOR_MCTP_DROP_QUOTA},
    {"which leaves room for others",
     {{1, 10, 0x88, 64, 0},
      {1, 11, 0x88, 64, 0},
      {1, 12, 0x88, 64, 0},
      {2, 9, 0x88, 64, 0},
      {2, 9, 0x58, 64, 0}},
     1,
     1,
     ROTOR_MCTP_DROP_QUOTA},
    {"a full house evicts nobody",
     {{1, 10, 0x88, 64, 0},
      {2, 11, 0x88, 64, 0},
      {3, 12, 0x88, 64, 0},
      {4, 13, 0x88, 64, 0},
      {1, 10, 0x58, 64, 0},
      {2, 11, 0x58, 64, 0},
      {3, 12, 0x58, 64, 0}},
     3,
     1,
     ROTOR_MCTP_DROP_NO_SLOT},
    {"in time", {{1, 10, 0x88, 64, 0}, {1, 10, 0x58, 64, 4999}}, 1, 0, 0},
    {"too late", {{1, 10, 0x88, 64, 0}, {1, 10, 0x58, 64, 5000}}, 0, 1, ROTOR_MCTP_DROP_TIMEOUT},
    {"half-open ones make room when their time is over",
     {{1, 10, 0x88, 64, 0}, {1, 10, 0x89, 64, 5000}, {1, 10, 0x8a, 64, 5000}},
     0,
     1,
     ROTOR_MCTP_DROP_TIMEOUT},
};

static void every_attack_has_its_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(attacks); i++) {
		node_start(&prot, 20, 0x1d, 0);
		for (size_t k = 0; k < STEPS_MAX && attacks[i].steps[k].n != 0; k++) {
			const struct step *s = &attacks[i].steps[k];

			node_packet(&prot, s->phys, 20, s->source, s->flags, 1,
				    s->n == 999 ? 0 : s->n, s->at);
		}
		if (prot.messages != attacks[i].messages || node_drops(&prot) != attacks[i].drops)
			fail_msg("%s: %u messages, %u drops", attacks[i].what, prot.messages,
				 node_drops(&prot));
		if (attacks[i].drops != 0 &&
		    prot.m.counters.dropped[attacks[i].drop] != attacks[i].drops)
			fail_msg("%s: dropped for another reason", attacks[i].what);
	}
}

static void one_peer_cannot_hold_the_only_slot_for_ever(void **state)
{
	struct rotor_mctp_config config = {.eid = 20, .slot_count = 1, .reassembly_ms = 100};

	(void)state;
	node_start_with(&prot, 0x1d, &config);
	node_packet(&prot, 1, 20, 10, SOM | TO, 1, 64, 0);
	node_packet(&prot, 2, 20, 11, SOM | TO, 1, 64, 50);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_NO_SLOT], 1);
	assert_true(rotor_mctp_deadline(&prot.m) == 100);
	rotor_mctp_poll(&prot.m, 99);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_TIMEOUT], 0);
	rotor_mctp_poll(&prot.m, 100);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_TIMEOUT], 1);
	assert_true(rotor_mctp_deadline(&prot.m) == ROTOR_NEVER);
	node_packet(&prot, 2, 20, 11, SOM | TO, 1, 64, 100);
	node_packet(&prot, 2, 20, 11, EOM | SEQ(1) | TO, 1, 64, 100);
	assert_int_equal(prot.messages, 1);
	/* Trickling does not prolong it: the time counts from the first packet. */
	node_packet(&prot, 1, 20, 10, SOM | TO, 1, 64, 200);
	node_packet(&prot, 1, 20, 10, SEQ(1) | TO, 1, 64, 299);
	node_packet(&prot, 1, 20, 10, SEQ(2) | TO, 1, 64, 300);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_TIMEOUT], 2);
}

static void no_header_continues_a_message_that_is_over(void **state)
{
	uint8_t packet[68];

	(void)state;
	/* The message is held in its slot, which is the one used last. */
	prot.hold = true;
	node_packet(&prot, 1, 20, 10, SOM | TO, 1, 64, 0);
	node_packet(&prot, 1, 20, 10, EOM | SEQ(1) | TO, 1, 64, 0);
	assert_non_null(prot.held);
	memset(packet + 4, 0xee, 64);
	for (unsigned first = 0; first < 256; first++) {
		for (unsigned flags = 0; flags < 256; flags++) {
			static const uint8_t eids[][2] = {{0, 0}, {20, 10}, {0xff, 0xff}};

			for (size_t i = 0; i < ROTOR_COUNT_OF(eids); i++) {
				packet[0] = (uint8_t)first;
				packet[1] = eids[i][0];
				packet[2] = eids[i][1];
				packet[3] = (uint8_t)(flags & ~SOM);
				rotor_mctp_receive(&prot.m, 1, packet, sizeof(packet), 0);
				packet[3] = (uint8_t)(flags | SOM);
				packet[0] = (uint8_t)(first & ~1U); /* no version 1 */
				rotor_mctp_receive(&prot.m, 1, packet, sizeof(packet), 0);
			}
		}
	}
	assert_int_equal(prot.messages, 1);
	assert_memory_equal(prot.held, prot.body, 127);
	assert_int_equal(node_drops(&prot), 2 * 3 * 256 * 256);
}

static void no_slots_means_single_packets_only(void **state)
{
	struct rotor_mctp_config config;

	(void)state;
	config = prot.m.config;
	config.slots = NULL;
	config.buffers = NULL;
	config.slot_count = 0;
	assert_int_equal(rotor_mctp_init(&prot.m, &config), ROTOR_OK);
	node_packet(&prot, 1, 20, 10, SOM | EOM | TO, 1, 64, 0);
	assert_int_equal(prot.messages, 1);
	node_packet(&prot, 1, 20, 10, SOM | TO, 1, 64, 0);
	node_packet(&prot, 1, 20, 10, EOM | SEQ(1) | TO, 1, 64, 0);
	assert_int_equal(prot.messages, 1);
	assert_int_equal(prot.m.counters.dropped[ROTOR_MCTP_DROP_NO_SLOT], 1);
}

static void the_integrity_bit_is_told_apart_from_the_type(void **state)
{
	(void)state;
	node_packet(&prot, 1, 20, 10, SOM | EOM | TO, 0x81, 10, 0);
	assert_int_equal(prot.info.type, 1);
	assert_true(prot.info.integrity);
	node_packet(&prot, 1, 20, 10, SOM | TO, 0xfe, 64, 0);
	node_packet(&prot, 1, 20, 10, EOM | SEQ(1) | TO, 0, 10, 0);
	assert_int_equal(prot.info.type, 0x7e);
	assert_true(prot.info.integrity);
	assert_int_equal(prot.messages, 2);
}

static void every_reason_has_words(void **state)
{
	(void)state;
	for (int i = 0; i < ROTOR_MCTP_DROP_COUNT; i++) {
		const char *words = rotor_mctp_drop_string((enum rotor_mctp_drop)i);

		assert_non_null(words);
		assert_string_not_equal(words, "unknown reason");
	}
	assert_string_equal(rotor_mctp_drop_string(ROTOR_MCTP_DROP_COUNT), "unknown reason");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_header_reads_and_writes_alike),
	    cmocka_unit_test_setup(the_header_version_is_checked, start),
	    cmocka_unit_test_setup(only_own_null_and_broadcast_destinations_count, start),
	    cmocka_unit_test_setup(any_source_but_broadcast_counts, start),
	    cmocka_unit_test_setup(packets_without_payload_are_refused, start),
	    cmocka_unit_test(every_attack_has_its_answer),
	    cmocka_unit_test(one_peer_cannot_hold_the_only_slot_for_ever),
	    cmocka_unit_test_setup(no_header_continues_a_message_that_is_over, start),
	    cmocka_unit_test_setup(no_slots_means_single_packets_only, start),
	    cmocka_unit_test_setup(the_integrity_bit_is_told_apart_from_the_type, start),
	    cmocka_unit_test(every_reason_has_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
