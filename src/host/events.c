/* SPDX-License-Identifier: Apache-2.0 */
/* One stream of events: which view shows what, and the progress of long work. */
#include "rotor/host_events.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/events.h"

enum { REDRAW_MS = 100, BAR_WIDTH = 30, LINE_PERCENT = 10, JSON_PERCENT = 2 };

static uint64_t clock_ms(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static uint64_t wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

void rotor_events_init(struct rotor_events *e, enum rotor_events_mode mode, FILE *out)
{
	const char *terminal = getenv("TERM");
	const char *no_colour = getenv("NO_COLOR");
	*e = (struct rotor_events){.mode = mode,
				   .out = out,
				   .err = stderr,
				   .monotonic_ms = monotonic_ms,
				   .wall_ms = wall_ms};
	e->tty = mode == ROTOR_EVENTS_TEXT && isatty(fileno(out)) && terminal &&
		 strcmp(terminal, "dumb") != 0;
	e->colour = e->tty && !(no_colour && no_colour[0]);
}

/* ---- the text view ---- */

static void end_bar(struct rotor_events *e)
{
	if (!e->progress_open)
		return;
	fputc('\n', e->out);
	e->progress_open = false;
}

static const char *prefix(const struct rotor_events *e, enum rotor_severity severity)
{
	switch (severity) {
	case ROTOR_STEP:
		return e->colour ? "\033[1m== " : "== ";
	case ROTOR_WARNING:
		return e->colour ? "\033[33mwarning:\033[0m " : "warning: ";
	case ROTOR_ERROR:
		return "error: ";
	default:
		return "   ";
	}
}

static void write_text(struct rotor_events *e, enum rotor_severity severity,
		       const struct rotor_field *fields, size_t count)
{
	const char *sentence = NULL;
	for (size_t i = 0; i < count; i++) {
		if (fields[i].type == ROTOR_FIELD_SAY)
			sentence = fields[i].string;
	}
	bool error = severity == ROTOR_ERROR;
	if (!sentence || (severity == ROTOR_DETAIL && !e->verbose) ||
	    (e->mode == ROTOR_EVENTS_QUIET && !error))
		return;
	FILE *out = error ? e->err : e->out;
	end_bar(e);
	if (error && out != e->out)
		fflush(e->out); /* what led to the error stands before it */
	fputs(prefix(e, severity), out);
	if (e->subject)
		fprintf(out, "%s: ", e->subject);
	events_write_sentence(out, sentence, fields, count);
	fputs(severity == ROTOR_STEP && e->colour ? "\033[0m\n" : "\n", out);
	if (fflush(out) != 0)
		e->failed = true;
}

void rotor_event_fields(struct rotor_events *e, enum rotor_severity severity, const char *name,
			const struct rotor_field *fields, size_t count)
{
	if (e->mode != ROTOR_EVENTS_JSON)
		write_text(e, severity, fields, count);
	else if (!events_write_json(e, severity, name, fields, count))
		e->failed = true;
}

void rotor_fail_fields(struct rotor_events *e, const char *what, const char *next,
		       const struct rotor_field *fields, size_t count)
{
	/* The message of the JSON event is the sentence itself, its fields filled in. */
	char *message = NULL;
	size_t size = 0;
	FILE *text = open_memstream(&message, &size);
	if (text) {
		events_write_sentence(text, what, fields, count);
		if (fclose(text) != 0)
			e->failed = true;
	}
	struct rotor_field all[16] = {ROTOR_SAY(next ? "{message}\n       {next}" : "{message}"),
				      ROTOR_STRING("message", message ? message : what),
				      ROTOR_STRING("next", next)};
	size_t used = 3;
	for (size_t i = 0; i < count && used < 16; i++) {
		if (fields[i].type != ROTOR_FIELD_SAY)
			all[used++] = fields[i];
	}
	rotor_event_fields(e, ROTOR_ERROR, "error", all, used);
	if (e->mode == ROTOR_EVENTS_JSON) {
		/* Who reads the events has it already; who reads the error stream gets it too. */
		fprintf(e->err, "error: %s%s%s\n", e->subject ? e->subject : "",
			e->subject ? ": " : "", message ? message : what);
		if (fflush(e->err) != 0)
			e->failed = true;
	}
	free(message);
}

void rotor_fail(struct rotor_events *e, const char *what, const char *next)
{
	rotor_fail_fields(e, what, next, NULL, 0);
}

/* ---- progress ---- */

struct pace {
	unsigned percent;
	uint64_t rate;         /* bytes a second since it began; 0: not known yet */
	uint64_t seconds_left; /* only with a rate */
};

static struct pace pace_of(const struct rotor_events *e, uint64_t now, uint64_t done,
			   uint64_t total)
{
	struct pace p = {.percent = (unsigned)((double)done * 100 / (double)total)};
	uint64_t elapsed = now - e->progress_start_ms;
	uint64_t moved = done > e->progress_first ? done - e->progress_first : 0;
	if (elapsed >= 200 && moved > 0) {
		p.rate = (uint64_t)((double)moved * 1000 / (double)elapsed);
		if (p.rate > 0)
			p.seconds_left = (total - done + p.rate - 1) / p.rate;
	}
	return p;
}

static void say_amount(char *text, size_t size, uint64_t bytes)
{
	if (bytes < 10000)
		snprintf(text, size, "%" PRIu64 " B", bytes);
	else if (bytes < 10000000)
		snprintf(text, size, "%" PRIu64 ".%" PRIu64 " kB", bytes / 1000, bytes / 100 % 10);
	else
		snprintf(text, size, "%" PRIu64 ".%" PRIu64 " MB", bytes / 1000000,
			 bytes / 100000 % 10);
}

static void say_pace(const struct rotor_events *e, const struct pace *p, uint64_t done,
		     uint64_t total)
{
	char amount[32], whole[32], rate[32];
	say_amount(amount, sizeof(amount), done);
	say_amount(whole, sizeof(whole), total);
	say_amount(rate, sizeof(rate), p->rate);
	fprintf(e->out, "%3u %%  %s of %s", p->percent, amount, whole);
	if (p->rate > 0)
		fprintf(e->out, ", %s/s", rate);
	if (p->rate > 0 && done < total)
		fprintf(e->out, ", %" PRIu64 ":%02" PRIu64 " left", p->seconds_left / 60,
			p->seconds_left % 60);
}

static void draw_bar(struct rotor_events *e, const struct pace *p, uint64_t done, uint64_t total)
{
	char bar[BAR_WIDTH + 1];
	unsigned filled = p->percent * BAR_WIDTH / 100;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', filled);
	bar[BAR_WIDTH] = '\0';
	fprintf(e->out, "\r   %s [%s] ", e->progress, bar);
	say_pace(e, p, done, total);
	fputs("\033[K", e->out);
	e->progress_open = true;
	if (done == total)
		end_bar(e);
}

static void show_progress(struct rotor_events *e, const struct pace *p, uint64_t done,
			  uint64_t total)
{
	if (e->mode == ROTOR_EVENTS_JSON) {
		rotor_event(e, ROTOR_INFO, "progress", ROTOR_STRING("name", e->progress),
			    ROTOR_UINT("done", done), ROTOR_UINT("total", total),
			    ROTOR_UINT("percent", p->percent), ROTOR_UINT("rate", p->rate));
		return;
	}
	if (e->tty) {
		draw_bar(e, p, done, total);
	} else {
		fprintf(e->out, "   %s%s%s ", e->subject ? e->subject : "", e->subject ? ": " : "",
			e->progress);
		say_pace(e, p, done, total);
		fputc('\n', e->out);
	}
	if (fflush(e->out) != 0)
		e->failed = true;
}

void rotor_progress(struct rotor_events *e, const char *name, uint64_t done, uint64_t total)
{
	if (total == 0 || e->mode == ROTOR_EVENTS_QUIET)
		return;
	if (done > total)
		done = total;
	uint64_t now = e->monotonic_ms();
	bool begins = strncmp(e->progress, name, sizeof(e->progress) - 1) != 0;
	if (begins) {
		end_bar(e);
		snprintf(e->progress, sizeof(e->progress), "%s", name);
		e->progress_start_ms = now;
		e->progress_first = done;
		e->progress_percent = 0;
	}
	struct pace p = pace_of(e, now, done, total);
	unsigned step = e->mode == ROTOR_EVENTS_JSON ? JSON_PERCENT : LINE_PERCENT;
	bool due = e->tty ? now - e->progress_drawn_ms >= REDRAW_MS
			  : p.percent / step > e->progress_percent / step;
	if (!begins && !due && done < total)
		return;
	e->progress_drawn_ms = now;
	e->progress_percent = p.percent;
	show_progress(e, &p, done, total);
	if (done == total)
		e->progress[0] = '\0'; /* the same name again is a new piece of work */
}
