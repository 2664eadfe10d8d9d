/* SPDX-License-Identifier: Apache-2.0 */
/* What reader and writer of images share: versions, memory as a source, the names of kinds, algorithms and refusals. */
#include <string.h>

#include "rotor/boot_image.h"

int rotor_image_version_compare(const struct rotor_image_version *a,
				const struct rotor_image_version *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	if (a->revision != b->revision)
		return a->revision < b->revision ? -1 : 1;
	if (a->build != b->build)
		return a->build < b->build ? -1 : 1;
	return 0;
}

static size_t put_number(char *out, uint32_t value)
{
	char digits[10];
	size_t n = 0, i;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}

size_t rotor_image_version_string(const struct rotor_image_version *version,
				  char out[ROTOR_IMAGE_VERSION_STRING_SIZE])
{
	size_t n = put_number(out, version->major);

	out[n++] = '.';
	n += put_number(out + n, version->minor);
	out[n++] = '.';
	n += put_number(out + n, version->revision);
	if (version->build) {
		out[n++] = '+';
		n += put_number(out + n, version->build);
	}
	out[n] = '\0';
	return n;
}

/* One decimal number up to max; *text moves behind it. */
static bool take_number(const char **text, uint32_t max, uint32_t *out)
{
	const char *at = *text;
	uint64_t value = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > max)
			return false;
	}
	*out = (uint32_t)value;
	*text = at;
	return true;
}

enum rotor_status rotor_image_version_parse(const char *text, struct rotor_image_version *out)
{
	static const uint32_t limits[] = {UINT8_MAX, UINT8_MAX, UINT16_MAX};
	uint32_t part[3] = {0, 0, 0}, build = 0;
	size_t i;

	for (i = 0; i < ROTOR_COUNT_OF(limits); i++) {
		if (i && *text++ != '.')
			return ROTOR_ERR_FORMAT;
		if (!take_number(&text, limits[i], &part[i]))
			return ROTOR_ERR_FORMAT;
		if (*text != '.')
			break;
	}
	if (*text == '+') {
		text++;
		if (!take_number(&text, UINT32_MAX, &build))
			return ROTOR_ERR_FORMAT;
	}
	if (*text != '\0')
		return ROTOR_ERR_FORMAT;
	out->major = (uint8_t)part[0];
	out->minor = (uint8_t)part[1];
	out->revision = (uint16_t)part[2];
	out->build = build;
	return ROTOR_OK;
}

static enum rotor_status memory_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	const struct rotor_image_memory *memory = ctx;

	if (offset > memory->bytes.len || len > memory->bytes.len - offset)
		return ROTOR_ERR_IO;
	if (len)
		memcpy(buf, memory->bytes.data + offset, len);
	return ROTOR_OK;
}

struct rotor_image_source rotor_image_memory(struct rotor_image_memory *memory, const void *data,
					     uint32_t len)
{
	struct rotor_image_source source = {memory_read, memory, len};

	memory->bytes.data = data;
	memory->bytes.len = len;
	return source;
}

const char *rotor_image_kind_string(enum rotor_image_kind kind)
{
	static const char *const names[] = {
	    [ROTOR_IMAGE_FIRMWARE] = "firmware",
	    [ROTOR_IMAGE_RECOVERY] = "recovery",
	    [ROTOR_IMAGE_SETTINGS] = "settings",
	    [ROTOR_IMAGE_DOWNSTREAM] = "downstream",
	};

	return (unsigned)kind < ROTOR_COUNT_OF(names) ? names[kind] : NULL;
}

const char *rotor_image_signature_name(const struct rotor_image_info *info)
{
	static const char *const known[] = {
	    [ROTOR_SIG_ECDSA_P256] = "ECDSA P-256",
	    [ROTOR_SIG_ECDSA_P384] = "ECDSA P-384",
	    [ROTOR_SIG_RSA3072_PSS] = "RSA-3072 PSS",
	    [ROTOR_SIG_ED25519] = "Ed25519",
	};

	if (info->sig_pure)
		return "Ed25519, pure";
	if (info->sig_alg != ROTOR_SIG_NONE)
		return known[info->sig_alg];
	switch (info->sig_tlv) {
	case 0:
		return NULL;
	case ROTOR_IMAGE_TLV_ECDSA:
		return "ECDSA";
	case ROTOR_IMAGE_TLV_RSA2048:
		return "RSA-2048 PSS";
	default:
		return "RSA-3072 PSS";
	}
}

/* Each refusal: what status it is to a caller, and its text. Statuses and texts become tables of their own, so that texts are
 * linked only where somebody asks for one. */
/* clang-format off */
#define REFUSALS(X) \
	X(ACCEPTED,              OK,              "accepted") \
	X(READ_FAILED,           ERR_IO,          "image could not be read") \
	X(CRYPTO_FAILED,         ERR_CRYPTO,      "crypto backend failed") \
	X(TOO_SHORT,             ERR_LENGTH,      "too short for an image header") \
	X(BAD_MAGIC,             ERR_FORMAT,      "not an image: wrong magic") \
	X(BAD_HEADER_SIZE,       ERR_FORMAT,      "header size below 32 bytes") \
	X(BAD_FLAGS,             ERR_UNSUPPORTED, "header flags not supported (encrypted, compressed or not bootable)") \
	X(BODY_EMPTY,            ERR_FORMAT,      "body is empty") \
	X(BODY_OVERRUN,          ERR_LENGTH,      "sizes in the header run past the end of the image") \
	X(TOO_LARGE,             ERR_DENIED,      "larger than allowed") \
	X(BAD_TLV_MAGIC,         ERR_FORMAT,      "no TLV area where one must be") \
	X(PROTECTED_MISMATCH,    ERR_FORMAT,      "header and protected TLV area disagree on its size") \
	X(TLV_OVERRUN,           ERR_LENGTH,      "a TLV runs past the end of its area") \
	X(TLV_BAD_LENGTH,        ERR_FORMAT,      "a TLV has a length that its type forbids") \
	X(TLV_BAD_VALUE,         ERR_FORMAT,      "a TLV has a value that its type forbids") \
	X(TLV_DUPLICATE,         ERR_FORMAT,      "a TLV occurs twice") \
	X(TLV_UNKNOWN,           ERR_UNSUPPORTED, "a TLV of unknown type") \
	X(TLV_UNPROTECTED,       ERR_FORMAT,      "a TLV that must be protected stands in the unprotected area") \
	X(TLV_MISPLACED,         ERR_FORMAT,      "hash, key or signature stands in the protected area") \
	X(DEPENDENCY,            ERR_UNSUPPORTED, "depends on another image") \
	X(HASH_MISSING,          ERR_FORMAT,      "no hash") \
	X(HASH_MISMATCH,         ERR_VERIFY,      "hash does not match: image damaged") \
	X(SIGNATURE_MISSING,     ERR_VERIFY,      "not signed") \
	X(SIGNATURE_UNSUPPORTED, ERR_UNSUPPORTED, "signature algorithm not supported by this build") \
	X(SIGNATURE_PURE,        ERR_UNSUPPORTED, "signature over the image itself, not its hash: not supported") \
	X(ALGORITHMS_MISMATCH,   ERR_FORMAT,      "hash, key and signature do not go together") \
	X(SIGNATURE_MALFORMED,   ERR_FORMAT,      "signature malformed") \
	X(SIGNATURE_WRONG,       ERR_VERIFY,      "signature wrong") \
	X(KEY_MISSING,           ERR_UNTRUSTED,   "signing key not in the image and not held") \
	X(KEY_MALFORMED,         ERR_FORMAT,      "public key malformed or not supported") \
	X(KEY_UNKNOWN,           ERR_UNTRUSTED,   "signed with a key that is not trusted") \
	X(SECURITY_VERSION_LOW,  ERR_DENIED,      "security version below the floor") \
	X(SECURITY_VERSION_HIGH, ERR_DENIED,      "security version above what the floor can hold") \
	X(VENDOR_MISSING,        ERR_DENIED,      "no vendor identifier") \
	X(VENDOR_MISMATCH,       ERR_DENIED,      "made by another vendor") \
	X(CLASS_MISSING,         ERR_DENIED,      "no class identifier") \
	X(CLASS_MISMATCH,        ERR_DENIED,      "made for another product") \
	X(KIND_MISMATCH,         ERR_DENIED,      "made for another purpose than this place") \
	X(FAULT,                 ERR_VERIFY,      "fault detected: the checks are not proven")
/* clang-format on */

#define REFUSAL_STATUS(name, status, text) [ROTOR_IMAGE_##name] = ROTOR_##status,
#define REFUSAL_TEXT(name, status, text)   [ROTOR_IMAGE_##name] = (text),

static const uint8_t refusal_statuses[ROTOR_IMAGE_REFUSAL_COUNT] = {REFUSALS(REFUSAL_STATUS)};
static const char *const refusal_texts[ROTOR_IMAGE_REFUSAL_COUNT] = {REFUSALS(REFUSAL_TEXT)};

const char *rotor_image_refusal_string(enum rotor_image_refusal refusal)
{
	if ((unsigned)refusal >= ROTOR_IMAGE_REFUSAL_COUNT)
		return "unknown refusal";
	return refusal_texts[refusal];
}

enum rotor_status rotor_image_refusal_status(enum rotor_image_refusal refusal)
{
	if ((unsigned)refusal >= ROTOR_IMAGE_REFUSAL_COUNT)
		return ROTOR_ERR_FORMAT;
	return (enum rotor_status)refusal_statuses[refusal];
}
