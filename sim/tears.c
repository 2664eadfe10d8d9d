/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tears.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[SIM_TEAR_KINDS] = {
    [SIM_TEAR_BEFORE] = "before", [SIM_TEAR_CLEAN] = "clean", [SIM_TEAR_LOW] = "low",
    [SIM_TEAR_HIGH] = "high",     [SIM_TEAR_WEAK] = "weak",   [SIM_TEAR_WEAK_REST] = "rest",
    [SIM_TEAR_DONE] = "done",     [SIM_TEAR_DUD] = "dud",
};

static bool is_weak(enum sim_tear_kind kind)
{
	return kind == SIM_TEAR_WEAK || kind == SIM_TEAR_WEAK_REST;
}

/* ---- listing ---- */

static void add(struct sim_tears *list, enum sim_tear_kind kind, uint32_t at, uint8_t pattern)
{
	if (list->count == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 1024;
		struct sim_tear *tear = realloc(list->tear, cap * sizeof(*tear));
		if (tear == NULL) {
			abort();
		}
		list->tear = tear;
		list->cap = cap;
	}
	list->tear[list->count++] = (struct sim_tear){kind, at, pattern};
}

/* All old and all new are what other tears leave: patterns 0 and 15 are left out. */
static void add_patterns(struct sim_tears *list, enum sim_tear_kind kind, uint32_t at)
{
	for (uint8_t pattern = 1; pattern < SIM_WEAK_PATTERNS - 1; pattern++) {
		add(list, kind, at, pattern);
	}
	add(list, kind, at, SIM_WEAK_NOISE);
}

/* Now this way and now that, and noise. */
static void add_few_patterns(struct sim_tears *list, enum sim_tear_kind kind, uint32_t at)
{
	add(list, kind, at, 0x5);
	add(list, kind, at, 0x3);
	add(list, kind, at, SIM_WEAK_NOISE);
}

static void add_floor(struct sim_tears *list, uint32_t fuses)
{
	for (uint32_t blown = 0; blown < fuses; blown++) {
		if (blown > 0) {
			add(list, SIM_TEAR_CLEAN, blown, 0);
		}
		for (uint32_t weak = blown + 1; weak <= fuses; weak++) {
			add_patterns(list, SIM_TEAR_WEAK, weak << 16 | blown);
			add_patterns(list, SIM_TEAR_WEAK_REST, weak << 16 | blown);
		}
	}
}

/* The last byte that a program changes: what comes after it is left blank. */
static uint32_t last_change(const struct sim_op *op)
{
	uint32_t last = op->len - 1;
	while (op->kind == SIM_OP_PROGRAM && last > 0 && op->data[last] == 0xff) {
		last--;
	}
	return last;
}

static void add_byte(struct sim_tears *list, uint32_t at, enum sim_detail detail)
{
	if (at > 0) {
		add(list, SIM_TEAR_CLEAN, at, 0);
	}
	add(list, SIM_TEAR_LOW, at, 0);
	add(list, SIM_TEAR_HIGH, at, 0);
	if (detail == SIM_ALL) {
		add_patterns(list, SIM_TEAR_WEAK, at);
	} else {
		add_few_patterns(list, SIM_TEAR_WEAK, at);
	}
}

static void add_flash(struct sim_tears *list, const struct sim_op *op, uint32_t unit,
		      enum sim_detail detail)
{
	uint32_t last = last_change(op);
	bool bytes = detail == SIM_ALL || (detail == SIM_FINE && op->kind == SIM_OP_PROGRAM);
	for (uint32_t at = 0; at < op->len; at++) {
		bool ends = at == 0 || at == last || at == op->len - 1;
		if (bytes || ends || (detail == SIM_FINE && at % unit == 0)) {
			add_byte(list, at, detail);
		} else if (at % unit == 0) {
			add(list, SIM_TEAR_CLEAN, at, 0);
		}
		if (at == last && detail != SIM_ALL) {
			add_patterns(list, SIM_TEAR_WEAK, at);
		}
		if (at == 0 || at == last / unit * unit || (at % unit == 0 && detail == SIM_ALL)) {
			add_patterns(list, SIM_TEAR_WEAK_REST, at);
		}
	}
}

void sim_tears_of(struct sim_tears *list, const struct sim_op *op, uint32_t unit, uint32_t floor,
		  enum sim_detail detail)
{
	list->count = 0;
	add(list, SIM_TEAR_BEFORE, 0, 0);
	switch (op->kind) {
	case SIM_OP_FLOOR:
		add_floor(list, op->offset - floor);
		break;
	case SIM_OP_REVOKE:
		add_patterns(list, SIM_TEAR_WEAK, 0);
		break;
	default:
		add_flash(list, op, unit, detail);
		break;
	}
	add(list, SIM_TEAR_DONE, 0, 0);
}

void sim_tears_free(struct sim_tears *list)
{
	free(list->tear);
	*list = (struct sim_tears){0};
}

/* ---- names ---- */

char *sim_tear_text(const struct sim_tear *tear, char text[SIM_TEAR_TEXT])
{
	int n = snprintf(text, SIM_TEAR_TEXT, "%u.%s", (unsigned)tear->at, kind_names[tear->kind]);
	char *end = text + n;
	if (is_weak(tear->kind) && tear->pattern == SIM_WEAK_NOISE) {
		memcpy(end, "-noise", sizeof("-noise"));
	} else if (is_weak(tear->kind)) {
		*end++ = '-';
		/* In the order of the reads. */
		for (unsigned bit = 0; bit < 4; bit++) {
			*end++ = tear->pattern >> bit & 1 ? '1' : '0';
		}
		*end = 0;
	}
	return text;
}

static const char *parse_pattern(const char *at, uint8_t *pattern)
{
	if (strncmp(at, "-noise", 6) == 0) {
		*pattern = SIM_WEAK_NOISE;
		return at + 6;
	}
	*pattern = 0;
	for (unsigned bit = 0; bit < 4; bit++) {
		if (at[0] != '-' || (at[1 + bit] != '0' && at[1 + bit] != '1')) {
			return NULL;
		}
		*pattern |= (uint8_t)((at[1 + bit] - '0') << bit);
	}
	return at + 5;
}

const char *sim_tear_parse(const char *text, struct sim_tear *tear)
{
	char *dot;
	unsigned long at = strtoul(text, &dot, 10);
	if (dot == text || *dot != '.' || at > UINT32_MAX) {
		return NULL;
	}
	for (unsigned kind = 0; kind < SIM_TEAR_KINDS; kind++) {
		size_t len = strlen(kind_names[kind]);
		const char *end = dot + 1 + len;
		if (strncmp(dot + 1, kind_names[kind], len) != 0 ||
		    (*end != 0 && *end != ':' && *end != '-')) {
			continue;
		}
		*tear = (struct sim_tear){.kind = (enum sim_tear_kind)kind, .at = (uint32_t)at};
		return is_weak(tear->kind) ? parse_pattern(end, &tear->pattern) : end;
	}
	return NULL;
}
