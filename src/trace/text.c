/* SPDX-License-Identifier: Apache-2.0 */
/* Text into fixed storage, without a C library's formatting. */
#include <string.h>

#include "trace/out.h"

struct text trace_text(char *at, size_t cap)
{
	struct text x = {.at = at, .cap = cap, .full = cap == 0};
	if (cap) {
		at[0] = 0;
	}
	return x;
}

void trace_put_n(struct text *x, const char *s, size_t n)
{
	if (x->full || n >= x->cap - x->len) {
		x->full = true;
		return;
	}
	memcpy(x->at + x->len, s, n);
	x->len += n;
	x->at[x->len] = 0;
}

void trace_put(struct text *x, const char *s)
{
	trace_put_n(x, s, strlen(s));
}

void trace_put_repeated(struct text *x, const char *s, size_t times)
{
	while (times--) {
		trace_put(x, s);
	}
}

void trace_put_dec(struct text *x, uint64_t value, unsigned width, char fill)
{
	char digits[24];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (at > 0 && sizeof(digits) - at < width) {
		digits[--at] = fill;
	}
	trace_put_n(x, digits + at, sizeof(digits) - at);
}

void trace_put_hex(struct text *x, uint64_t value, unsigned digits)
{
	char text[16];
	size_t at = sizeof(text);
	do {
		text[--at] = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value);
	while (at > 0 && sizeof(text) - at < digits) {
		text[--at] = '0';
	}
	trace_put_n(x, text + at, sizeof(text) - at);
}
