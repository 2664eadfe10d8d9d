/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/vectors.h"

uint8_t *vector_file(const char *name, size_t *len)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s/%s", ROTOR_VECTORS, name);
	FILE *f = fopen(path, "rb");
	if (!f) {
		fail_msg("cannot open %s", path);
		return NULL;
	}
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	uint8_t *data = size >= 0 ? malloc((size_t)size + 1) : NULL;
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size) {
		fail_msg("cannot read %s", path);
	}
	fclose(f);
	*len = (size_t)size;
	return data;
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
	return at ? (int)(at - digits) : -1;
}

size_t vector_hex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = strlen(hex) / 2;
	if (strlen(hex) % 2 || n > cap) {
		fail_msg("bad hex of %zu digits", strlen(hex));
	}
	for (size_t i = 0; i < n; i++) {
		int high = digit(hex[2 * i]);
		int low = digit(hex[2 * i + 1]);
		if (high < 0 || low < 0) {
			fail_msg("bad hex digit in %s", hex);
		}
		out[i] = (uint8_t)(high << 4 | low);
	}
	return n;
}
