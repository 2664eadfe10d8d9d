/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: who is called, when, and that a removed source is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "rotor/host_loop.h"

struct probe {
	struct rotor_source source;
	int calls, dues;
	unsigned happened;
	struct probe *other; /* to be removed by the callback */
};

static struct rotor_loop loop;

static void on_ready(struct rotor_source *source, unsigned happened)
{
	struct probe *p = source->user;
	p->calls++;
	p->happened = happened;
	if (p->other) {
		rotor_loop_remove(&p->other->source);
		rotor_loop_remove(source);
	}
}

static void on_due(struct rotor_source *source, rotor_ms now)
{
	struct probe *p = source->user;
	(void)now;
	assert_true(source->deadline == ROTOR_NEVER);
	p->dues++;
	if (p->other) {
		rotor_loop_remove(&p->other->source);
		rotor_loop_remove(source);
	}
}

static void init(struct probe *p, int fd)
{
	memset(p, 0, sizeof(*p));
	p->source = (struct rotor_source){
	    .fd = fd, .deadline = ROTOR_NEVER, .ready = on_ready, .due = on_due, .user = p};
}

static int set_up(void **state)
{
	(void)state;
	return rotor_loop_init(&loop) == ROTOR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	rotor_loop_done(&loop);
	return 0;
}

static void turn(void)
{
	assert_int_equal(rotor_loop_turn(&loop, 0), ROTOR_OK);
}

static void a_descriptor_is_served_for_what_it_wants(void **state)
{
	struct probe p;
	int pair[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	init(&p, pair[0]);
	assert_int_equal(rotor_loop_want(&p.source, ROTOR_LOOP_READ), ROTOR_ERR_STATE);
	assert_int_equal(rotor_loop_add(&loop, &p.source, ROTOR_LOOP_READ), ROTOR_OK);
	assert_int_equal(rotor_loop_add(&loop, &p.source, ROTOR_LOOP_READ), ROTOR_ERR_STATE);
	turn();
	assert_int_equal(p.calls, 0);
	assert_int_equal(rotor_loop_want(&p.source, ROTOR_LOOP_READ | ROTOR_LOOP_WRITE), ROTOR_OK);
	turn();
	assert_int_equal(p.calls, 1);
	assert_int_equal(p.happened, ROTOR_LOOP_WRITE);
	assert_int_equal(write(pair[1], "x", 1), 1);
	turn();
	assert_int_equal(p.happened, ROTOR_LOOP_READ | ROTOR_LOOP_WRITE);
	assert_int_equal(rotor_loop_want(&p.source, 0), ROTOR_OK);
	turn();
	assert_int_equal(p.calls, 2);
	close(pair[1]);
	turn();
	assert_int_equal(p.calls, 3);
	assert_true(p.happened & ROTOR_LOOP_HANGUP);
	rotor_loop_remove(&p.source);
	rotor_loop_remove(&p.source); /* harmless */
	turn();
	assert_int_equal(p.calls, 3);
	close(pair[0]);
	/* nothing is there to be waited for */
	init(&p, pair[0]);
	assert_int_equal(rotor_loop_add(&loop, &p.source, ROTOR_LOOP_READ), ROTOR_ERR_IO);
}

static void a_source_removed_in_the_same_turn_is_not_called(void **state)
{
	struct probe p[2];
	int pair[2][2];
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair[i]), 0);
		init(&p[i], pair[i][0]);
		p[i].other = &p[1 - i];
		assert_int_equal(rotor_loop_add(&loop, &p[i].source, ROTOR_LOOP_READ), ROTOR_OK);
		assert_int_equal(write(pair[i][1], "x", 1), 1);
	}
	turn();
	turn();
	assert_int_equal(p[0].calls + p[1].calls, 1);
	/* the same for deadlines */
	for (int i = 0; i < 2; i++) {
		init(&p[i], -1);
		p[i].other = &p[1 - i];
		p[i].source.deadline = 0;
		assert_int_equal(rotor_loop_add(&loop, &p[i].source, 0), ROTOR_OK);
		close(pair[i][0]);
		close(pair[i][1]);
	}
	turn();
	turn();
	assert_int_equal(p[0].dues + p[1].dues, 1);
}

static void a_deadline_comes_once(void **state)
{
	struct probe p, later;
	(void)state;
	init(&p, -1);
	init(&later, -1);
	assert_int_equal(rotor_loop_add(&loop, &p.source, 0), ROTOR_OK);
	assert_int_equal(rotor_loop_add(&loop, &later.source, 0), ROTOR_OK);
	rotor_ms begun = rotor_loop_now();
	p.source.deadline = begun + 5;
	later.source.deadline = ROTOR_NEVER - 1;
	while (p.dues == 0)
		assert_int_equal(rotor_loop_turn(&loop, ROTOR_NEVER), ROTOR_OK);
	assert_true(rotor_loop_now() >= begun + 5);
	turn();
	assert_int_equal(p.dues, 1);
	assert_int_equal(later.dues, 0);
	/* a turn ends at its limit though nothing happens */
	assert_int_equal(rotor_loop_turn(&loop, rotor_loop_now() + 2), ROTOR_OK);
	rotor_loop_remove(&p.source);
	rotor_loop_remove(&later.source);
}

static int caught;

static void on_signal(struct rotor_loop *l, int signal, void *user)
{
	assert_ptr_equal(user, &caught);
	caught = signal;
	rotor_loop_stop(l, 7);
}

static void signals_come_through_the_loop(void **state)
{
	static const int signals[] = {SIGUSR1, SIGUSR2, 0};
	(void)state;
	assert_int_equal(rotor_loop_signals(&loop, signals, on_signal, &caught), ROTOR_OK);
	assert_int_equal(rotor_loop_signals(&loop, signals, on_signal, &caught), ROTOR_ERR_STATE);
	assert_int_equal(raise(SIGUSR2), 0);
	assert_int_equal(caught, 0);
	assert_int_equal(rotor_loop_run(&loop), 7);
	assert_int_equal(caught, SIGUSR2);
}

#define IN_A_LOOP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_A_LOOP(a_descriptor_is_served_for_what_it_wants),
	    IN_A_LOOP(a_source_removed_in_the_same_turn_is_not_called),
	    IN_A_LOOP(a_deadline_comes_once),
	    IN_A_LOOP(signals_come_through_the_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
