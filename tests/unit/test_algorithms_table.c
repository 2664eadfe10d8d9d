/* SPDX-License-Identifier: Apache-2.0 */
/* The table in docs/algorithms.md is what the backends have. With ROTOR_WRITE_DOCS in the environment it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/spdm_messages.h"

#define DOCUMENT ROTOR_VECTORS "/../../docs/algorithms.md"
#define BEGIN    "<!-- generated -->\n"
#define END      "<!-- end of what is generated -->\n"

static const struct {
	const char *title;
	enum rotor_spdm_family family;
	size_t mask; /* where a backend says what it has */
} families[] = {
    {"BaseAsymAlgo, ReqBaseAsymAlg", ROTOR_SPDM_FAMILY_ASYM, offsetof(struct rotor_crypto, sigs)},
    {"BaseHashAlgo, MeasurementHashAlgo", ROTOR_SPDM_FAMILY_HASH,
     offsetof(struct rotor_crypto, hashes)},
    {"DHE", ROTOR_SPDM_FAMILY_DHE, offsetof(struct rotor_crypto, kexes)},
    {"AEAD", ROTOR_SPDM_FAMILY_AEAD, offsetof(struct rotor_crypto, aeads)},
};

/* Adds a line to a text of bounded size. */
static void add(char *text, size_t cap, const char *format, ...)
{
	size_t len = strlen(text);
	va_list arguments;
	va_start(arguments, format);
	int n = vsnprintf(text + len, cap - len, format, arguments);
	va_end(arguments);
	assert_in_range(n, 1, cap - len - 1);
}

static const char *yes(const struct rotor_crypto *crypto, size_t mask, unsigned alg)
{
	uint32_t bits;
	memcpy(&bits, (const char *)crypto + mask, sizeof(bits));
	return alg && (bits & ROTOR_BIT(alg)) ? "yes" : "–";
}

static void render(char *text, size_t cap)
{
	text[0] = '\0';
	add(text, cap, "| field | bit | algorithm | bytes | OpenSSL | Mbed TLS |\n");
	add(text, cap, "|---|---|---|---|---|---|\n");
	for (size_t f = 0; f < ROTOR_COUNT_OF(families); f++) {
		for (unsigned i = 0; i < 16; i++) {
			uint32_t bit = UINT32_C(1) << i;
			size_t size = rotor_spdm_algorithm_size(families[f].family, bit);
			unsigned alg = rotor_spdm_algorithm_alg(families[f].family, bit);
			if (!size)
				break;
			add(text, cap, "| %s | %u | %s | %zu | %s | %s |\n",
			    i ? "" : families[f].title, i,
			    rotor_spdm_algorithm_name(families[f].family, bit), size,
			    yes(&rotor_crypto_openssl, families[f].mask, alg),
			    yes(&rotor_crypto_mbedtls, families[f].mask, alg));
		}
	}
	add(text, cap,
	    "\nBytes are those of a signature, a digest, exchange data, a key. The bits of "
	    "MeasurementHashAlgo "
	    "are one higher; its bit 0\nsays that measurements are raw bit streams.\n");
}

static void the_table_is_what_the_backends_have(void **state)
{
	(void)state;
	static char document[65536], table[8192];
	FILE *file = fopen(DOCUMENT, "r");
	assert_non_null(file);
	size_t len = fread(document, 1, sizeof(document) - 1, file);
	fclose(file);
	assert_in_range(len, 1, sizeof(document) - 2);
	char *begin = strstr(document, BEGIN);
	char *end = strstr(document, END);
	assert_non_null(begin);
	assert_non_null(end);
	begin += strlen(BEGIN);
	render(table, sizeof(table));
	if (getenv("ROTOR_WRITE_DOCS")) {
		file = fopen(DOCUMENT, "w");
		assert_non_null(file);
		fwrite(document, 1, (size_t)(begin - document), file);
		fputs(table, file);
		fputs(end, file);
		assert_int_equal(fclose(file), 0);
		return;
	}
	if ((size_t)(end - begin) != strlen(table) || memcmp(begin, table, strlen(table)) != 0)
		fail_msg("the table in docs/algorithms.md is out of date: run this test with "
			 "ROTOR_WRITE_DOCS=1");
}

/* All that a backend has can be negotiated: nothing is missing in SPDM's tables. */
static void every_algorithm_has_a_bit(void **state)
{
	(void)state;
	for (size_t f = 0; f < ROTOR_COUNT_OF(families); f++) {
		uint32_t masks[2];
		memcpy(&masks[0], (const char *)&rotor_crypto_openssl + families[f].mask, 4);
		memcpy(&masks[1], (const char *)&rotor_crypto_mbedtls + families[f].mask, 4);
		for (unsigned alg = 0; alg < 32; alg++) {
			uint32_t bit = rotor_spdm_algorithm_bit(families[f].family, alg);
			if (!((masks[0] | masks[1]) & ROTOR_BIT(alg)))
				continue;
			assert_true(bit && !(bit & (bit - 1)));
			assert_int_equal(rotor_spdm_algorithm_alg(families[f].family, bit), alg);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_is_what_the_backends_have),
	    cmocka_unit_test(every_algorithm_has_a_bit),
	};
	return cmocka_run_group_tests_name("algorithms_table", tests, NULL, NULL);
}
