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

struct refusal_text {
	enum rotor_status status;
	const char *text;
};

static const struct refusal_text refusals[ROTOR_IMAGE_REFUSAL_COUNT] = {
    [ROTOR_IMAGE_ACCEPTED] = {ROTOR_OK, "accepted"},
    [ROTOR_IMAGE_READ_FAILED] = {ROTOR_ERR_IO, "image could not be read"},
    [ROTOR_IMAGE_CRYPTO_FAILED] = {ROTOR_ERR_CRYPTO, "crypto backend failed"},
    [ROTOR_IMAGE_TOO_SHORT] = {ROTOR_ERR_LENGTH, "too short for an image header"},
    [ROTOR_IMAGE_BAD_MAGIC] = {ROTOR_ERR_FORMAT, "not an image: wrong magic"},
    [ROTOR_IMAGE_BAD_HEADER_SIZE] = {ROTOR_ERR_FORMAT, "header size below 32 bytes"},
    [ROTOR_IMAGE_BAD_FLAGS] =
	{ROTOR_ERR_UNSUPPORTED,
	 "header flags not supported (encrypted, compressed or not bootable)"},
    [ROTOR_IMAGE_BODY_EMPTY] = {ROTOR_ERR_FORMAT, "body is empty"},
    [ROTOR_IMAGE_BODY_OVERRUN] = {ROTOR_ERR_LENGTH,
				  "sizes in the header run past the end of the image"},
    [ROTOR_IMAGE_TOO_LARGE] = {ROTOR_ERR_DENIED, "larger than allowed"},
    [ROTOR_IMAGE_BAD_TLV_MAGIC] = {ROTOR_ERR_FORMAT, "no TLV area where one must be"},
    [ROTOR_IMAGE_PROTECTED_MISMATCH] = {ROTOR_ERR_FORMAT,
					"header and protected TLV area disagree on its size"},
    [ROTOR_IMAGE_TLV_OVERRUN] = {ROTOR_ERR_LENGTH, "a TLV runs past the end of its area"},
    [ROTOR_IMAGE_TLV_BAD_LENGTH] = {ROTOR_ERR_FORMAT, "a TLV has a length that its type forbids"},
    [ROTOR_IMAGE_TLV_BAD_VALUE] = {ROTOR_ERR_FORMAT, "a TLV has a value that its type forbids"},
    [ROTOR_IMAGE_TLV_DUPLICATE] = {ROTOR_ERR_FORMAT, "a TLV occurs twice"},
    [ROTOR_IMAGE_TLV_UNKNOWN] = {ROTOR_ERR_UNSUPPORTED, "a TLV of unknown type"},
    [ROTOR_IMAGE_TLV_UNPROTECTED] = {ROTOR_ERR_FORMAT,
				     "a TLV that must be protected stands in the unprotected area"},
    [ROTOR_IMAGE_TLV_MISPLACED] = {ROTOR_ERR_FORMAT,
				   "hash, key or signature stands in the protected area"},
    [ROTOR_IMAGE_DEPENDENCY] = {ROTOR_ERR_UNSUPPORTED, "depends on another image"},
    [ROTOR_IMAGE_HASH_MISSING] = {ROTOR_ERR_FORMAT, "no hash"},
    [ROTOR_IMAGE_HASH_MISMATCH] = {ROTOR_ERR_VERIFY, "hash does not match: image damaged"},
    [ROTOR_IMAGE_SIGNATURE_MISSING] = {ROTOR_ERR_VERIFY, "not signed"},
    [ROTOR_IMAGE_SIGNATURE_UNSUPPORTED] = {ROTOR_ERR_UNSUPPORTED,
					   "signature algorithm not supported by this build"},
    [ROTOR_IMAGE_SIGNATURE_PURE] = {ROTOR_ERR_UNSUPPORTED,
				    "signature over the image itself, not its hash: not supported"},
    [ROTOR_IMAGE_ALGORITHMS_MISMATCH] = {ROTOR_ERR_FORMAT,
					 "hash, key and signature do not go together"},
    [ROTOR_IMAGE_SIGNATURE_MALFORMED] = {ROTOR_ERR_FORMAT, "signature malformed"},
    [ROTOR_IMAGE_SIGNATURE_WRONG] = {ROTOR_ERR_VERIFY, "signature wrong"},
    [ROTOR_IMAGE_KEY_MISSING] = {ROTOR_ERR_UNTRUSTED, "signing key not in the image and not held"},
    [ROTOR_IMAGE_KEY_MALFORMED] = {ROTOR_ERR_FORMAT, "public key malformed or not supported"},
    [ROTOR_IMAGE_KEY_UNKNOWN] = {ROTOR_ERR_UNTRUSTED, "signed with a key that is not trusted"},
    [ROTOR_IMAGE_SECURITY_VERSION_LOW] = {ROTOR_ERR_DENIED, "security version below the floor"},
    [ROTOR_IMAGE_SECURITY_VERSION_HIGH] = {ROTOR_ERR_DENIED,
					   "security version above what the floor can hold"},
    [ROTOR_IMAGE_VENDOR_MISSING] = {ROTOR_ERR_DENIED, "no vendor identifier"},
    [ROTOR_IMAGE_VENDOR_MISMATCH] = {ROTOR_ERR_DENIED, "made by another vendor"},
    [ROTOR_IMAGE_CLASS_MISSING] = {ROTOR_ERR_DENIED, "no class identifier"},
    [ROTOR_IMAGE_CLASS_MISMATCH] = {ROTOR_ERR_DENIED, "made for another product"},
    [ROTOR_IMAGE_KIND_MISMATCH] = {ROTOR_ERR_DENIED, "made for another purpose than this place"},
    [ROTOR_IMAGE_FAULT] = {ROTOR_ERR_VERIFY, "fault detected: the checks are not proven"},
};

const char *rotor_image_refusal_string(enum rotor_image_refusal refusal)
{
	if ((unsigned)refusal >= ROTOR_IMAGE_REFUSAL_COUNT)
		return "unknown refusal";
	return refusals[refusal].text;
}

enum rotor_status rotor_image_refusal_status(enum rotor_image_refusal refusal)
{
	if ((unsigned)refusal >= ROTOR_IMAGE_REFUSAL_COUNT)
		return ROTOR_ERR_FORMAT;
	return refusals[refusal].status;
}
