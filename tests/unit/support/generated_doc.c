/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/generated_doc.h"

void generated_doc(const char *name, const char *text)
{
	static char file[65536];
	char path[512];
	size_t n;
	FILE *f;

	n = (size_t)snprintf(path, sizeof(path), "%s/../../docs/%s", ROTOR_VECTORS, name);
	assert_true(n < sizeof(path));
	assert_true(strlen(text) < sizeof(file));
	if (getenv("ROTOR_WRITE_DOCS") != NULL) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
		assert_int_equal(fclose(f), 0);
	}
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(file, 1, sizeof(file) - 1, f);
	assert_int_equal(fclose(f), 0);
	file[n] = '\0';
	assert_string_equal(text, file);
}
