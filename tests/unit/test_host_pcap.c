/* SPDX-License-Identifier: Apache-2.0 */
/* Captures: what is written is read, in either byte order; hostile files end the reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "rotor/host_pcap.h"
#include "rotor/wire.h"

static const uint8_t packet[] = {0x01, 0x14, 0x0a, 0xc8, 0x00, 0x80, 0x02};

/* A capture of two packets, in memory. */
static char *capture(size_t *len)
{
	char *bytes = NULL;
	struct rotor_pcap_writer w;
	FILE *file = open_memstream(&bytes, len);
	assert_non_null(file);
	assert_int_equal(rotor_pcap_create_file(&w, file), ROTOR_OK);
	assert_int_equal(rotor_pcap_write(&w, UINT64_C(1700000000123456), packet, sizeof(packet)),
			 ROTOR_OK);
	assert_int_equal(rotor_pcap_write(&w, UINT64_C(1700000001000001), packet, 4), ROTOR_OK);
	assert_int_equal(w.packets, 2);
	assert_int_equal(rotor_pcap_close(&w), ROTOR_OK);
	assert_int_equal(rotor_pcap_close(&w), ROTOR_OK);
	assert_int_equal(rotor_pcap_write(&w, 0, packet, 4), ROTOR_ERR_STATE);
	return bytes;
}

static void expect_both(struct rotor_pcap_reader *r)
{
	struct rotor_pcap_packet p;
	assert_int_equal(rotor_pcap_next(r, &p), ROTOR_OK);
	assert_true(p.time_us == UINT64_C(1700000000123456));
	assert_int_equal(p.len, sizeof(packet));
	assert_memory_equal(p.data, packet, sizeof(packet));
	assert_int_equal(rotor_pcap_next(r, &p), ROTOR_OK);
	assert_true(p.time_us == UINT64_C(1700000001000001));
	assert_int_equal(p.len, 4);
	assert_memory_equal(p.data, packet, 4);
	assert_int_equal(rotor_pcap_next(r, &p), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_pcap_next(r, &p), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(r->packets, 2);
}

static void what_is_written_is_read(void **state)
{
	struct rotor_pcap_reader r;
	uint8_t buf[16];
	size_t len;
	(void)state;
	char *bytes = capture(&len);
	assert_int_equal(len, 24 + 16 + sizeof(packet) + 16 + 4);
	/* link type 291, little-endian, where other tools look for it */
	assert_memory_equal(bytes + 20, "\x23\x01\0\0", 4);
	assert_int_equal(rotor_pcap_read_memory(&r, bytes, len), ROTOR_OK);
	expect_both(&r);
	FILE *file = fmemopen(bytes, len, "rb");
	assert_non_null(file);
	assert_int_equal(rotor_pcap_read_file(&r, file, buf, sizeof(buf)), ROTOR_OK);
	expect_both(&r);
	rewind(file);
	struct rotor_pcap_packet p;
	assert_int_equal(rotor_pcap_read_file(&r, file, buf, 6), ROTOR_OK);
	assert_int_equal(rotor_pcap_next(&r, &p), ROTOR_ERR_SPACE);
	assert_int_equal(rotor_pcap_next(&r, &p), ROTOR_ERR_SPACE);
	fclose(file);
	free(bytes);
}

static void a_capture_is_its_owners_alone(void **state)
{
	char name[] = "/tmp/rotor-pcap-XXXXXX";
	struct rotor_pcap_writer w;
	struct stat st;
	uint8_t big[ROTOR_PCAP_PACKET_MAX + 1] = {0};
	(void)state;
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	close(fd);
	unlink(name);
	assert_int_equal(rotor_pcap_create(&w, name), ROTOR_OK);
	assert_int_equal(rotor_pcap_write(&w, rotor_pcap_now(), big, sizeof(big)),
			 ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_pcap_write(&w, rotor_pcap_now(), big, sizeof(big) - 1), ROTOR_OK);
	/* flushed: visible before it is closed */
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_size, 24 + 16 + ROTOR_PCAP_PACKET_MAX);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(rotor_pcap_close(&w), ROTOR_OK);
	unlink(name);
	assert_int_equal(rotor_pcap_create(&w, "/nonexistent/x"), ROTOR_ERR_IO);
	assert_int_equal(rotor_pcap_create(&w, "/dev/full"), ROTOR_ERR_IO);
}

/* The same capture as a big-endian machine writes it, with nanoseconds. */
static void other_byte_orders_and_nanoseconds_are_read(void **state)
{
	uint8_t bytes[24 + 16 + 4];
	struct rotor_pcap_reader r;
	struct rotor_pcap_packet p;
	size_t len;
	(void)state;
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));
	rotor_write_u32be(&w, 0xa1b23c4d);
	rotor_write_u16be(&w, 2);
	rotor_write_u16be(&w, 4);
	rotor_write_zeros(&w, 8);
	rotor_write_u32be(&w, 65535);
	rotor_write_u32be(&w, 291);
	rotor_write_u32be(&w, 1000);
	rotor_write_u32be(&w, 999999999);
	rotor_write_u32be(&w, 4);
	rotor_write_u32be(&w, 4);
	rotor_write_bytes(&w, packet, 4);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(rotor_pcap_read_memory(&r, bytes, len), ROTOR_OK);
	assert_int_equal(rotor_pcap_next(&r, &p), ROTOR_OK);
	assert_true(p.time_us == 1000999999);
	assert_int_equal(p.len, 4);
	assert_int_equal(rotor_pcap_next(&r, &p), ROTOR_ERR_NOT_FOUND);
}

static void a_file_cut_anywhere_is_noticed(void **state)
{
	size_t len, first = 24 + 16 + sizeof(packet);
	char *bytes = capture(&len);
	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		struct rotor_pcap_reader r;
		struct rotor_pcap_packet p;
		enum rotor_status status = rotor_pcap_read_memory(&r, bytes, cut);
		while (status == ROTOR_OK)
			status = rotor_pcap_next(&r, &p);
		bool whole = cut == 24 || cut == first;
		assert_int_equal(status, whole ? ROTOR_ERR_NOT_FOUND : ROTOR_ERR_LENGTH);
		uint8_t buf[16];
		FILE *file = cut ? fmemopen(bytes, cut, "rb") : fopen("/dev/null", "rb");
		assert_non_null(file);
		status = rotor_pcap_read_file(&r, file, buf, sizeof(buf));
		while (status == ROTOR_OK)
			status = rotor_pcap_next(&r, &p);
		assert_int_equal(status, whole ? ROTOR_ERR_NOT_FOUND : ROTOR_ERR_LENGTH);
		fclose(file);
	}
	free(bytes);
}

static void fields_that_lie_are_refused(void **state)
{
	static const struct {
		size_t offset;
		const char *bytes;
		size_t len;
		enum rotor_status open, next;
	} cases[] = {
	    {0, "\x0a\x0d\x0d\x0a", 4, ROTOR_ERR_UNSUPPORTED, 0}, /* pcapng */
	    {0, "\0\0\0\0", 4, ROTOR_ERR_FORMAT, 0},
	    {4, "\3", 1, ROTOR_ERR_UNSUPPORTED, 0},         /* version 3.4 */
	    {20, "\1\0", 2, ROTOR_ERR_UNSUPPORTED, 0},      /* Ethernet */
	    {28, "\x40\x42\x0f\0", 4, 0, ROTOR_ERR_FORMAT}, /* 1,000,000 microseconds */
	    {32, "\6", 1, 0, ROTOR_ERR_FORMAT},             /* cut short by the capturer */
	    {32, "\x08", 1, 0, ROTOR_ERR_FORMAT},           /* longer than the original */
	    {32, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 0, ROTOR_ERR_FORMAT},
	    {32, "\x05\0\1\0\x05\0\1\0", 8, 0, ROTOR_ERR_FORMAT}, /* one more than the limit */
	    {32, "\0\1\0\0\0\1\0\0", 8, 0, ROTOR_ERR_LENGTH},     /* past the end */
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		size_t len;
		struct rotor_pcap_reader r;
		struct rotor_pcap_packet p;
		char *bytes = capture(&len);
		memcpy(bytes + cases[i].offset, cases[i].bytes, cases[i].len);
		assert_int_equal(rotor_pcap_read_memory(&r, bytes, len), cases[i].open);
		enum rotor_status expected = cases[i].open ? cases[i].open : cases[i].next;
		assert_int_equal(rotor_pcap_next(&r, &p), expected);
		assert_int_equal(rotor_pcap_next(&r, &p), expected);
		assert_null(p.data);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(a_capture_is_its_owners_alone),
	    cmocka_unit_test(other_byte_orders_and_nanoseconds_are_read),
	    cmocka_unit_test(a_file_cut_anywhere_is_noticed),
	    cmocka_unit_test(fields_that_lie_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
