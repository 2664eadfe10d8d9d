/* SPDX-License-Identifier: Apache-2.0 */
/* One event, three views: sentences, JSON lines, silence; and progress that is not in the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "rotor/host_events.h"

static struct rotor_events e;
static char *out, *err;
static size_t out_len, err_len;
static FILE *out_file, *err_file;
static uint64_t now;

static uint64_t fake_monotonic(void)
{
	return now;
}

static uint64_t fake_wall(void)
{
	return UINT64_C(1772366400007); /* 2026-03-01 12:00:00.007 */
}

static void begin(enum rotor_events_mode mode)
{
	out_file = open_memstream(&out, &out_len);
	err_file = open_memstream(&err, &err_len);
	assert_non_null(out_file);
	assert_non_null(err_file);
	rotor_events_init(&e, mode, out_file);
	assert_false(e.tty);
	e.err = err_file;
	e.monotonic_ms = fake_monotonic;
	e.wall_ms = fake_wall;
	now = 1000;
}

static void end(void)
{
	fclose(out_file);
	fclose(err_file);
	free(out);
	free(err);
	out = err = NULL;
}

static const char *shown(void)
{
	fflush(out_file);
	return out;
}

static const char *complained(void)
{
	fflush(err_file);
	return err;
}

static void say_all(void)
{
	static const uint8_t uuid[] = {0x00, 0x1f, 0xff};
	rotor_event(&e, ROTOR_STEP, "discover", ROTOR_SAY("Looking for devices"));
	rotor_event(&e, ROTOR_INFO, "mctp.endpoint",
		    ROTOR_SAY("Endpoint {eid} at {address}: {uuid}, {name}, {up}, {delta}, {x}"),
		    ROTOR_UINT("eid", 20), ROTOR_HEX("address", 0x1d), ROTOR_BYTES("uuid", uuid, 3),
		    ROTOR_STRING("name", "a\033[2J\"b\\"), ROTOR_BOOL("up", 1),
		    ROTOR_INT("delta", -3), ROTOR_REAL("rate", 1.5));
	rotor_event(&e, ROTOR_DETAIL, "mctp.packet", ROTOR_SAY("{len} bytes"),
		    ROTOR_UINT("len", 64));
	rotor_event(&e, ROTOR_WARNING, "keylog", ROTOR_SAY("Keys go to {file}"),
		    ROTOR_STRING("file", NULL));
	rotor_event(&e, ROTOR_INFO, "machine", ROTOR_UINT("only", UINT64_MAX));
}

static void people_read_sentences(void **state)
{
	(void)state;
	begin(ROTOR_EVENTS_TEXT);
	say_all();
	assert_string_equal(shown(), "== Looking for devices\n"
				     "   Endpoint 20 at 0x1d: 001fff, a?[2J\"b\\, yes, -3, {x}\n"
				     "warning: Keys go to \n");
	e.verbose = true;
	rotor_event(&e, ROTOR_DETAIL, "d", ROTOR_SAY("{ {a} {} {"), ROTOR_UINT("a", 1));
	assert_non_null(strstr(shown(), "   { 1 {} {\n"));
	end();
	begin(ROTOR_EVENTS_QUIET);
	say_all();
	assert_string_equal(shown(), "");
	assert_string_equal(complained(), "");
	end();
}

static json_t *line(char **at)
{
	json_error_t error;
	char *stop = strchr(*at, '\n');
	assert_non_null(stop);
	json_t *object = json_loadb(*at, (size_t)(stop - *at), 0, &error);
	assert_non_null(object);
	assert_true(json_is_object(object));
	assert_string_equal(json_string_value(json_object_get(object, "time")),
			    "2026-03-01T12:00:00.007Z");
	*at = stop + 1;
	return object;
}

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	assert_non_null(text);
	return text;
}

static void programs_read_one_object_a_line(void **state)
{
	(void)state;
	begin(ROTOR_EVENTS_JSON);
	say_all();
	shown();
	char *at = out;
	json_t *object = line(&at);
	assert_string_equal(text_of(object, "event"), "discover");
	assert_string_equal(text_of(object, "severity"), "step");
	assert_string_equal(text_of(object, "message"), "Looking for devices");
	assert_int_equal(json_object_size(object), 4);
	json_decref(object);
	object = line(&at);
	assert_string_equal(text_of(object, "event"), "mctp.endpoint");
	assert_string_equal(text_of(object, "message"),
			    "Endpoint 20 at 0x1d: 001fff, a?[2J\"b\\, yes, -3, {x}");
	assert_int_equal(json_integer_value(json_object_get(object, "eid")), 20);
	assert_int_equal(json_integer_value(json_object_get(object, "address")), 0x1d);
	assert_string_equal(text_of(object, "uuid"), "001fff");
	assert_string_equal(text_of(object, "name"), "a\033[2J\"b\\");
	assert_true(json_is_true(json_object_get(object, "up")));
	assert_int_equal(json_integer_value(json_object_get(object, "delta")), -3);
	assert_true(json_real_value(json_object_get(object, "rate")) == 1.5);
	json_decref(object);
	object = line(&at);
	assert_string_equal(text_of(object, "severity"), "detail");
	json_decref(object);
	object = line(&at);
	assert_true(json_is_null(json_object_get(object, "file")));
	json_decref(object);
	object = line(&at);
	assert_true(json_is_real(json_object_get(object, "only")));
	assert_null(json_object_get(object, "message")); /* no sentence, no message */
	json_decref(object);
	assert_int_equal(*at, '\0');
	end();
}

static void strings_that_are_not_utf8_do_not_break_a_line(void **state)
{
	(void)state;
	begin(ROTOR_EVENTS_JSON);
	rotor_event(&e, ROTOR_INFO, "file", ROTOR_STRING("name", "a\xff\xfe/\n"),
		    ROTOR_STRING("good", "\xc3\xa4"), ROTOR_REAL("endless", 1e308 * 10),
		    ROTOR_BYTES("none", NULL, 0));
	shown();
	char *at = out;
	json_t *object = line(&at);
	assert_string_equal(text_of(object, "name"), "a?\?/\n");
	assert_string_equal(text_of(object, "good"), "\xc3\xa4");
	assert_true(json_is_null(json_object_get(object, "endless")));
	assert_string_equal(text_of(object, "none"), "");
	json_decref(object);
	assert_false(e.failed);
	end();
}

static void a_failure_names_the_next_step(void **state)
{
	(void)state;
	begin(ROTOR_EVENTS_TEXT);
	rotor_fail(&e, "no device answers", "check --bus");
	rotor_fail_with(&e, "no device at {address}", NULL, ROTOR_HEX("address", 0x1d));
	assert_string_equal(shown(), "");
	assert_string_equal(complained(), "error: no device answers\n       check --bus\n"
					  "error: no device at 0x1d\n");
	end();
	begin(ROTOR_EVENTS_QUIET);
	rotor_fail(&e, "no", NULL);
	assert_string_equal(complained(), "error: no\n");
	end();
	begin(ROTOR_EVENTS_JSON);
	rotor_fail_with(&e, "no device at {address}", "check --bus", ROTOR_HEX("address", 0x1d));
	shown();
	char *at = out;
	json_t *object = line(&at);
	assert_string_equal(text_of(object, "event"), "error");
	assert_string_equal(text_of(object, "message"), "no device at 0x1d");
	assert_string_equal(text_of(object, "next"), "check --bus");
	assert_int_equal(json_integer_value(json_object_get(object, "address")), 0x1d);
	assert_string_equal(complained(), "error: no device at 0x1d\n");
	json_decref(object);
	end();
}

static int lines_of(const char *text)
{
	int n = 0;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void move(const char *name, uint64_t from, uint64_t total)
{
	for (uint64_t done = from; done <= total; done += 64) {
		rotor_progress(&e, name, done, total);
		now += 1;
	}
}

static void progress_is_a_few_lines_where_there_is_no_terminal(void **state)
{
	(void)state;
	begin(ROTOR_EVENTS_TEXT);
	move("transfer", 0, 1048576);
	assert_int_equal(lines_of(shown()), 11);
	assert_non_null(strstr(out, "   transfer   0 %  0 B of 1048.5 kB\n"));
	assert_non_null(strstr(out, "left\n"));
	assert_non_null(strstr(out, "   transfer 100 %  1048.5 kB of 1048.5 kB, 64.0 kB/s\n"));
	end();
	begin(ROTOR_EVENTS_JSON);
	move("transfer", 0, 1048576);
	assert_int_equal(lines_of(shown()), 51);
	char *at = out;
	json_t *object = line(&at);
	assert_string_equal(text_of(object, "event"), "progress");
	assert_string_equal(text_of(object, "name"), "transfer");
	assert_int_equal(json_integer_value(json_object_get(object, "total")), 1048576);
	json_decref(object);
	end();
	begin(ROTOR_EVENTS_QUIET);
	move("transfer", 0, 4096);
	assert_string_equal(shown(), "");
	end();
}

static void progress_is_a_bar_on_a_terminal(void **state)
{
	(void)state;
	begin(ROTOR_EVENTS_TEXT);
	e.tty = true;
	rotor_progress(&e, "transfer", 0, 1000);
	rotor_progress(&e, "transfer", 1, 1000); /* too soon */
	now += 1000;
	rotor_progress(&e, "transfer", 500, 1000);
	rotor_event(&e, ROTOR_INFO, "x", ROTOR_SAY("meanwhile"));
	now += 1000;
	rotor_progress(&e, "transfer", 1000, 1000);
	assert_string_equal(
	    shown(), "\r   transfer [..............................]   0 %  0 B of 1000 B\033[K"
		     "\r   transfer [###############...............]  50 %  500 B of 1000 B, "
		     "500 B/s, 0:01 left\033[K\n   meanwhile\n"
		     "\r   transfer [##############################] 100 %  1000 B of 1000 B, "
		     "500 B/s\033[K\n");
	assert_false(e.progress_open);
	end();
}

static void progress_survives_odd_numbers(void **state)
{
	(void)state;
	begin(ROTOR_EVENTS_TEXT);
	rotor_progress(&e, "empty", 0, 0);
	assert_string_equal(shown(), "");
	rotor_progress(&e, "more", 7, 5);
	assert_non_null(strstr(shown(), "100 %  5 B of 5 B\n"));
	/* a resumed transfer: the rate counts what has moved since, not what was there */
	rotor_progress(&e, "resumed", 900, 1000);
	now += 1000;
	rotor_progress(&e, "resumed", 950, 1000);
	rotor_progress(&e, "resumed", 1000, 1000);
	assert_non_null(strstr(shown(), "1000 B of 1000 B, 100 B/s\n"));
	rotor_progress(&e, "huge", UINT64_MAX, UINT64_MAX);
	rotor_progress(&e, "a name that is longer than there is room for it", 1, 2);
	rotor_progress(&e, "a name that is longer than there is room for it", 1, 2);
	end();
}

/* Two devices at once: each speaks for itself, and has a progress of its own. */
static void of_several_each_says_which_it_is(void **state)
{
	static const char *const names[] = {"EID 20", "EID 21"};
	(void)state;
	for (unsigned json = 0; json <= 1; json++) {
		begin(json ? ROTOR_EVENTS_JSON : ROTOR_EVENTS_TEXT);
		struct rotor_events of[2] = {e, e};
		for (unsigned i = 0; i < 2; i++) {
			of[i].subject = names[i];
			rotor_event(&of[i], ROTOR_INFO, "x", ROTOR_SAY("said {n}"),
				    ROTOR_UINT("n", i));
		}
		for (unsigned done = 0; done <= 100; done += 50) {
			rotor_progress(&of[0], "transfer", done, 100);
			rotor_progress(&of[1], "transfer", done, 100);
		}
		rotor_fail(&of[1], "no luck", NULL);
		if (json) {
			assert_non_null(strstr(shown(), "\"device\":\"EID 20\",\"message\":"
							"\"said 0\",\"n\":0}"));
			assert_non_null(
			    strstr(shown(), "\"device\":\"EID 21\",\"name\":\"transfer\""));
		} else {
			assert_string_equal(shown(), "   EID 20: said 0\n   EID 21: said 1\n"
						     "   EID 20: transfer   0 %  0 B of 100 B\n"
						     "   EID 21: transfer   0 %  0 B of 100 B\n"
						     "   EID 20: transfer  50 %  50 B of 100 B\n"
						     "   EID 21: transfer  50 %  50 B of 100 B\n"
						     "   EID 20: transfer 100 %  100 B of 100 B\n"
						     "   EID 21: transfer 100 %  100 B of 100 B\n");
		}
		end();
	}
}

static void a_full_disk_is_noticed(void **state)
{
	(void)state;
	FILE *full = fopen("/dev/full", "w");
	assert_non_null(full);
	rotor_events_init(&e, ROTOR_EVENTS_JSON, full);
	rotor_event(&e, ROTOR_INFO, "x", ROTOR_UINT("n", 1));
	assert_true(e.failed);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(people_read_sentences),
	    cmocka_unit_test(programs_read_one_object_a_line),
	    cmocka_unit_test(strings_that_are_not_utf8_do_not_break_a_line),
	    cmocka_unit_test(a_failure_names_the_next_step),
	    cmocka_unit_test(progress_is_a_few_lines_where_there_is_no_terminal),
	    cmocka_unit_test(progress_is_a_bar_on_a_terminal),
	    cmocka_unit_test(progress_survives_odd_numbers),
	    cmocka_unit_test(of_several_each_says_which_it_is),
	    cmocka_unit_test(a_full_disk_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
