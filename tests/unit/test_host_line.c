/* SPDX-License-Identifier: Apache-2.0 */
/* Serial lines of Linux: sockets and terminals, and endpoints joined to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "rotor/host_line.h"
#include "rotor/host_link.h"
#include "support/mctp_node.h"

static char folder[64];
static char path[96];
static char where[112];

static int start(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/rotor-line-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/line", folder);
	snprintf(where, sizeof(where), "unix:%s", path);
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* ---- sockets ---- */

static void bytes_cross_a_socket_both_ways_until_one_end_closes(void **state)
{
	int listener, near_end, far_end;
	uint8_t buf[16];
	size_t n = 99;

	(void)state;
	assert_int_equal(rotor_line_listen(path, &listener), ROTOR_OK);
	assert_int_equal(rotor_line_open(where, &near_end), ROTOR_OK);
	far_end = accept(listener, NULL, NULL);
	assert_true(far_end >= 0);
	assert_int_equal(rotor_line_read(near_end, buf, sizeof(buf), &n), ROTOR_PENDING);
	assert_int_equal(n, 0);
	assert_int_equal(rotor_line_write(near_end, "there", 5, &n), ROTOR_OK);
	assert_int_equal(n, 5);
	assert_int_equal(rotor_line_read(far_end, buf, sizeof(buf), &n), ROTOR_OK);
	assert_int_equal(n, 5);
	assert_memory_equal(buf, "there", 5);
	assert_int_equal(rotor_line_write(far_end, "back", 4, &n), ROTOR_OK);
	close(far_end);
	/* What was sent before is still read. */
	assert_int_equal(rotor_line_read(near_end, buf, sizeof(buf), &n), ROTOR_OK);
	assert_memory_equal(buf, "back", 4);
	assert_int_equal(rotor_line_read(near_end, buf, sizeof(buf), &n), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_line_write(near_end, "gone", 4, &n), ROTOR_ERR_IO);
	close_all((int[]){listener, near_end}, 2);
}

static void a_full_socket_takes_no_more_and_goes_on_later(void **state)
{
	int fds[2];
	static uint8_t piece[4096];
	size_t n, written = 0, got = 0;
	enum rotor_status status;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	while ((status = rotor_line_write(fds[0], piece, sizeof(piece), &n)) == ROTOR_OK)
		written += n;
	assert_int_equal(status, ROTOR_PENDING);
	assert_int_equal(n, 0);
	while (rotor_line_read(fds[1], piece, sizeof(piece), &n) == ROTOR_OK)
		got += n;
	assert_int_equal(got, written);
	assert_int_equal(rotor_line_write(fds[0], piece, sizeof(piece), &n), ROTOR_OK);
	close_all(fds, 2);
}

static void a_socket_is_its_owners_and_left_over_ones_are_replaced(void **state)
{
	int listener, second;
	struct stat st;

	(void)state;
	assert_int_equal(rotor_line_listen(path, &listener), ROTOR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	assert_int_equal(rotor_line_listen(path, &second), ROTOR_ERR_BUSY);
	assert_int_equal(second, -1);
	close(listener); /* as when its process dies: the file stays */
	assert_int_equal(rotor_line_open(where, &second), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_line_listen(path, &listener), ROTOR_OK);
	close(listener);
	assert_int_equal(unlink(path), 0);
	/* Another file is nobody's to replace. */
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(rotor_line_listen(path, &listener), ROTOR_ERR_BUSY);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void what_cannot_be_opened_is_told_apart(void **state)
{
	char long_path[300] = "unix:/";
	int fd = 7;

	(void)state;
	memset(long_path + 6, 'x', sizeof(long_path) - 7);
	long_path[sizeof(long_path) - 1] = 0;
	assert_int_equal(rotor_line_open(where, &fd), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(fd, -1);
	assert_int_equal(rotor_line_open(path, &fd), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_line_open("", &fd), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_line_open("unix:", &fd), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_line_open(long_path, &fd), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_line_listen(long_path + 5, &fd), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_line_open("/dev/null", &fd), ROTOR_ERR_UNSUPPORTED);
	assert_int_equal(fd, -1);
}

/* ---- terminals ---- */

static void a_terminal_carries_every_byte_as_it_is(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), fd;
	uint8_t all[256], back[256];
	struct termios t;
	size_t n, got;

	(void)state;
	assert_true(master >= 0);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	assert_int_equal(rotor_line_open(ptsname(master), &fd), ROTOR_OK);
	assert_int_equal(tcgetattr(fd, &t), 0);
	assert_int_equal(cfgetispeed(&t), B115200);
	assert_int_equal(cfgetospeed(&t), B115200);
	assert_int_equal(t.c_cflag & (CSIZE | PARENB | CSTOPB | CRTSCTS | CLOCAL | CREAD),
			 CS8 | CLOCAL | CREAD);
	assert_int_equal(t.c_iflag & (IXON | IXOFF | ICRNL | INLCR | IGNCR | ISTRIP), 0);
	assert_int_equal(t.c_lflag & (ICANON | ECHO | ISIG), 0);
	assert_int_equal(rotor_line_read(fd, back, sizeof(back), &n), ROTOR_PENDING);
	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	assert_int_equal(write(master, all, sizeof(all)), sizeof(all));
	for (got = 0; got < sizeof(all); got += n)
		assert_int_equal(rotor_line_read(fd, back + got, sizeof(back) - got, &n), ROTOR_OK);
	assert_memory_equal(back, all, sizeof(all));
	assert_int_equal(rotor_line_write(fd, all, sizeof(all), &n), ROTOR_OK);
	assert_int_equal(n, sizeof(all));
	memset(back, 0, sizeof(back));
	for (got = 0; got < sizeof(all); got += n) {
		n = (size_t)read(master, back + got, sizeof(back) - got);
		assert_in_range(n, 1, sizeof(all));
	}
	assert_memory_equal(back, all, sizeof(all));
	close(master);
	assert_int_equal(rotor_line_read(fd, back, sizeof(back), &n), ROTOR_ERR_NOT_FOUND);
	close(fd);
}

/* ---- endpoints at both ends ---- */

/* An end, and the packets that it saw. */
struct side {
	struct mctp_node node;
	struct rotor_link link;
	uint8_t seen[20000];
	size_t seen_len;
};

static struct side agent, device;
static struct mctp_result result;

static void on_packet(void *ctx, const uint8_t *packet, size_t len)
{
	struct side *side = ctx;

	assert_true(side->seen_len + len <= sizeof(side->seen));
	memcpy(side->seen + side->seen_len, packet, len);
	side->seen_len += len;
}

static void join(struct side *side, uint8_t eid, int fd)
{
	int small = 4096;

	node_start(&side->node, eid, ROTOR_SERIAL_PHYS, 0);
	side->seen_len = 0;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	assert_int_equal(rotor_link_serial(&side->link, fd, &side->node.m), ROTOR_OK);
	side->link.seen = on_packet;
	side->link.ctx = side;
}

static void messages_cross_a_line_that_is_often_full(void **state)
{
	static uint8_t body[4100];
	const struct rotor_mctp_message m = {.type = 5, .body = {body, sizeof(body)}};
	bool was_full = false;
	int fds[2];

	(void)state;
	memset(body, 0x7e, sizeof(body)); /* twice as long on the line */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	join(&agent, 10, fds[0]);
	join(&device, 20, fds[1]);
	memset(&result, 0, sizeof(result));
	assert_int_equal(
	    rotor_mctp_request(&agent.node.m, 20, 0, &m, 1000, result_response, &result), ROTOR_OK);
	for (unsigned i = 0; i < 1000 && device.node.messages == 0; i++) {
		rotor_link_send(&agent.link, i);
		was_full |= rotor_link_draining(&agent.link);
		assert_int_equal(rotor_link_events(&agent.link),
				 rotor_link_draining(&agent.link) ? POLLIN | POLLOUT : POLLIN);
		assert_int_equal(rotor_link_serve(&device.link, i), ROTOR_OK);
	}
	assert_true(was_full);
	assert_false(rotor_link_draining(&agent.link));
	assert_int_equal(device.node.len, sizeof(body));
	assert_int_equal(rotor_mctp_respond(&device.node.m, &device.node.info, &m, NULL, NULL),
			 ROTOR_OK);
	for (unsigned i = 0; i < 1000 && result.calls == 0; i++) {
		rotor_link_send(&device.link, i);
		assert_int_equal(rotor_link_serve(&agent.link, i), ROTOR_OK);
	}
	assert_int_equal(result.len, sizeof(body));
	assert_memory_equal(result.body, body, sizeof(body));
	/* Both have seen the same packets, each once. */
	assert_int_equal(agent.seen_len, 2 * (65 * 4 + 4101));
	assert_int_equal(device.seen_len, agent.seen_len);
	assert_memory_equal(device.seen, agent.seen, agent.seen_len);
	assert_true(rotor_link_deadline(&agent.link) == ROTOR_NEVER);
	close(fds[1]);
	assert_int_equal(rotor_link_serve(&agent.link, 0), ROTOR_ERR_NOT_FOUND);
	/* Sending to nobody ends nothing by itself. */
	assert_int_equal(rotor_mctp_send(&agent.node.m, 20, 0, &m, NULL, NULL), ROTOR_OK);
	rotor_link_send(&agent.link, 0);
	close(fds[0]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)
	const struct CMUnitTest tests[] = {
	    TEST(bytes_cross_a_socket_both_ways_until_one_end_closes),
	    TEST(a_full_socket_takes_no_more_and_goes_on_later),
	    TEST(a_socket_is_its_owners_and_left_over_ones_are_replaced),
	    TEST(what_cannot_be_opened_is_told_apart),
	    TEST(a_terminal_carries_every_byte_as_it_is),
	    TEST(messages_cross_a_line_that_is_often_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
