/* SPDX-License-Identifier: Apache-2.0 */
#include "rotor/host_spdm_choices.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rotor/spdm_messages.h"

#define LIST_MAX 512
/* Algorithms are numbered from 1; no family has as many as this. */
#define ALGORITHMS 32

/* Calls take for each word of a list. */
static bool each_word(const char *text, bool (*take)(void *ctx, const char *word), void *ctx)
{
	char copy[LIST_MAX];
	char *rest = NULL;
	bool good = strlen(text) < sizeof(copy);
	if (!good) {
		return false;
	}
	memcpy(copy, text, strlen(text) + 1);
	for (char *word = strtok_r(copy, ",", &rest); good && word;
	     word = strtok_r(NULL, ",", &rest)) {
		good = take(ctx, word);
	}
	return good;
}

static bool take_algorithm(void *ctx, const char *word)
{
	struct rotor_spdm_choice *c = ctx;
	const struct {
		enum rotor_spdm_family family;
		uint32_t *chosen;
	} families[] = {
	    {ROTOR_SPDM_FAMILY_HASH, &c->hashes},
	    {ROTOR_SPDM_FAMILY_ASYM, &c->sigs},
	    {ROTOR_SPDM_FAMILY_DHE, &c->kexes},
	    {ROTOR_SPDM_FAMILY_AEAD, &c->aeads},
	};
	for (size_t f = 0; f < ROTOR_COUNT_OF(families); f++) {
		for (unsigned alg = 1; alg < ALGORITHMS; alg++) {
			uint32_t bit = rotor_spdm_algorithm_bit(families[f].family, alg);
			const char *name =
			    bit ? rotor_spdm_algorithm_name(families[f].family, bit) : NULL;
			if (name && strcasecmp(name, word) == 0) {
				*families[f].chosen |= ROTOR_BIT(alg);
				return true;
			}
		}
	}
	return false;
}

bool rotor_spdm_parse_algorithms(const char *text, struct rotor_spdm_choice *choice)
{
	return each_word(text, take_algorithm, choice);
}

struct rotor_crypto rotor_spdm_choose_from(const struct rotor_crypto *crypto,
					   const struct rotor_spdm_choice *choice)
{
	struct rotor_crypto chosen = *crypto;
	chosen.hashes &= choice->hashes ? choice->hashes : UINT32_MAX;
	chosen.sigs &= choice->sigs ? choice->sigs : UINT32_MAX;
	chosen.kexes &= choice->kexes ? choice->kexes : UINT32_MAX;
	chosen.aeads &= choice->aeads ? choice->aeads : UINT32_MAX;
	return chosen;
}

static const uint8_t known[] = {ROTOR_SPDM_V10, ROTOR_SPDM_V11, ROTOR_SPDM_V12, ROTOR_SPDM_V13,
				ROTOR_SPDM_V14};

static bool take_version(void *ctx, const char *word)
{
	uint8_t *wanted = ctx;
	for (size_t i = 0; i < ROTOR_COUNT_OF(known); i++) {
		if (strcmp(word, rotor_spdm_version_name(known[i])) == 0) {
			*wanted |= (uint8_t)(1u << i);
			return true;
		}
	}
	return false;
}

bool rotor_spdm_parse_versions(const char *text, uint8_t versions[ROTOR_SPDM_VERSIONS_MAX],
			       uint8_t *count)
{
	uint8_t wanted = 0;
	if (!each_word(text, take_version, &wanted)) {
		return false;
	}
	*count = 0;
	for (size_t i = 0; i < ROTOR_COUNT_OF(known); i++) {
		if (wanted & 1u << i) {
			versions[(*count)++] = known[i];
		}
	}
	return *count > 0;
}

bool rotor_spdm_parse_hex(const char *text, uint8_t *to, size_t cap, struct rotor_bytes *out)
{
	size_t len = strlen(text);
	if (len == 0 || len % 2 || len / 2 > cap || strspn(text, "0123456789abcdefABCDEF") != len) {
		return false;
	}
	for (size_t i = 0; i < len / 2; i++) {
		const char digits[3] = {text[2 * i], text[2 * i + 1], 0};
		to[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	*out = (struct rotor_bytes){to, len / 2};
	return true;
}
