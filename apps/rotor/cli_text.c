/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, UUIDs and bytes as people write them. */
#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "rotor_cli.h"

/* RFC 4122, appendix C */
const uint8_t cli_uuid_dns[16] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
				  0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

static const char digits[] = "0123456789abcdef";

bool cli_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return errno == 0 && *end == '\0' && *value <= max;
}

void cli_hex(const uint8_t *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

void cli_uuid_text(const uint8_t uuid[16], char out[37])
{
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		cli_hex(uuid + i, 1, out);
		out += 2;
	}
}

/* 32 hex digits, with or without hyphens after 8, 12, 16 and 20 of them. */
static bool plain_uuid(const char *text, uint8_t out[16])
{
	size_t len = strlen(text), n = 0;
	bool hyphens = len == 36;

	if (len != 32 && !hyphens)
		return false;
	for (size_t i = 0; i < len; i++) {
		int digit = tolower((unsigned char)text[i]);
		const char *at;

		if (hyphens && (i == 8 || i == 13 || i == 18 || i == 23)) {
			if (text[i] != '-')
				return false;
			continue;
		}
		at = digit ? strchr(digits, digit) : NULL;
		if (!at)
			return false;
		out[n / 2] = (uint8_t)(n % 2 ? out[n / 2] | (at - digits) : (at - digits) << 4);
		n++;
	}
	return true;
}

bool cli_uuid(const char *text, const uint8_t ns[16], uint8_t out[16])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *md;
	bool done;

	if (plain_uuid(text, out))
		return true;
	if (!ns || *text == '\0')
		return false;
	md = EVP_MD_CTX_new();
	done = md && EVP_DigestInit_ex(md, EVP_sha1(), NULL) && EVP_DigestUpdate(md, ns, 16) &&
	       EVP_DigestUpdate(md, text, strlen(text)) && EVP_DigestFinal_ex(md, digest, NULL);
	EVP_MD_CTX_free(md);
	if (!done)
		return false;
	memcpy(out, digest, 16);
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x50);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
	return true;
}
