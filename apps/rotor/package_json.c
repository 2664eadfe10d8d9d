/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "package_json.h"
#include "rotor/host_file.h"
#include "rotor_cli.h"

struct package_block {
	struct package_block *next;
	void *data;
};

bool desc_fail(struct package_desc *desc, const char *format, ...)
{
	va_list args;

	if (desc->error[0])
		return false;
	va_start(args, format);
	vsnprintf(desc->error, sizeof(desc->error), format, args);
	va_end(args);
	return false;
}

/* Takes over allocated memory; frees it if even that fails. */
static void *keep(struct package_desc *desc, void *data)
{
	struct package_block *block = data ? malloc(sizeof(*block)) : NULL;

	if (!block) {
		free(data);
		desc_fail(desc, "not enough memory");
		return NULL;
	}
	block->data = data;
	block->next = desc->blocks;
	desc->blocks = block;
	return data;
}

void *desc_alloc(struct package_desc *desc, size_t size)
{
	return keep(desc, calloc(1, size ? size : 1));
}

void package_desc_free(struct package_desc *desc)
{
	while (desc->blocks) {
		struct package_block *block = desc->blocks;

		desc->blocks = block->next;
		free(block->data);
		free(block);
	}
}

bool desc_only(struct package_desc *desc, json_t *object, const char *where,
	       const char *const *keys)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return desc_fail(desc, "%s must be an object", where);
	json_object_foreach(object, key, value)
	{
		const char *const *known = keys;

		while (*known && strcmp(*known, key) != 0)
			known++;
		if (!*known)
			return desc_fail(desc, "%s: there is no field \"%s\"", where, key);
	}
	return true;
}

bool desc_choice(struct package_desc *desc, json_t *value, const char *where, const char *key,
		 const char *const *names, size_t count, uint64_t max, uint64_t *out)
{
	const char *text = json_string_value(value);

	if (json_is_integer(value)) {
		if (json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max)
			return desc_fail(desc, "%s.%s must be a number from 0 to %llu", where, key,
					 (unsigned long long)max);
		*out = (uint64_t)json_integer_value(value);
		return true;
	}
	for (size_t i = 0; text && i < count; i++) {
		if (names[i] && strcmp(names[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	/* hexadecimal numbers are not JSON, but what people have at hand */
	if (text && cli_number(text, max, out))
		return true;
	return desc_fail(desc, "%s.%s must be a number from 0 to %llu%s", where, key,
			 (unsigned long long)max, count ? ", or one of the names for it" : "");
}

bool desc_number(struct package_desc *desc, json_t *object, const char *where, const char *key,
		 bool wanted, uint64_t max, uint64_t *value)
{
	json_t *item = json_object_get(object, key);

	if (!item)
		return wanted ? desc_fail(desc, "%s.%s is missing", where, key) : true;
	return desc_choice(desc, item, where, key, NULL, 0, max, value);
}

bool desc_bool(struct package_desc *desc, json_t *object, const char *where, const char *key,
	       bool *value)
{
	json_t *item = json_object_get(object, key);

	if (!item)
		return true;
	if (!json_is_boolean(item))
		return desc_fail(desc, "%s.%s must be true or false", where, key);
	*value = json_is_true(item);
	return true;
}

/* A copy of a string value, or NULL with an error noted. */
static char *copy_text(struct package_desc *desc, json_t *object, const char *where,
		       const char *key, size_t *len)
{
	json_t *item = json_object_get(object, key);
	char *copy;

	if (!item) {
		desc_fail(desc, "%s.%s is missing", where, key);
		return NULL;
	}
	if (!json_is_string(item) || json_string_length(item) == 0) {
		desc_fail(desc, "%s.%s must be a text", where, key);
		return NULL;
	}
	*len = json_string_length(item);
	copy = desc_alloc(desc, *len + 1);
	if (copy)
		memcpy(copy, json_string_value(item), *len);
	return copy;
}

/* Of any encoding, or none. */
static bool raw_string(struct package_desc *desc, json_t *item, const char *where, const char *key,
		       struct rotor_pldm_string *out)
{
	static const char *const keys[] = {"type", "hex", NULL};
	static const char *const types[] = {"unknown", "ascii",    "utf-8",
					    "utf-16",  "utf-16le", "utf-16be"};
	char name[160];
	uint64_t type = 0;

	snprintf(name, sizeof(name), "%s.%s", where, key);
	if (!desc_only(desc, item, name, keys))
		return false;
	if (!desc_choice(desc, json_object_get(item, "type"), name, "type", types,
			 ROTOR_COUNT_OF(types), ROTOR_COUNT_OF(types) - 1, &type) ||
	    !desc_hex(desc, item, name, "hex", false, &out->text))
		return false;
	out->type = (uint8_t)type;
	return rotor_pldm_string_valid(out->type, out->text.len) ||
	       desc_fail(desc, "%s must be of up to 255 bytes, and of none if its type is unknown",
			 name);
}

bool desc_string(struct package_desc *desc, json_t *object, const char *where, const char *key,
		 struct rotor_pldm_string *out)
{
	json_t *item = json_object_get(object, key);
	size_t len = 0;
	char *text;

	if (json_is_object(item))
		return raw_string(desc, item, where, key, out);
	text = copy_text(desc, object, where, key, &len);
	if (!text)
		return false;
	if (len > UINT8_MAX)
		return desc_fail(desc, "%s.%s is longer than 255 bytes", where, key);
	out->type = ROTOR_PLDM_STRING_ASCII;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			out->type = ROTOR_PLDM_STRING_UTF8;
	out->text.data = (const uint8_t *)text;
	out->text.len = len;
	return true;
}

bool desc_hex(struct package_desc *desc, json_t *object, const char *where, const char *key,
	      bool wanted, struct rotor_bytes *out)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t len = 0;
	uint8_t *bytes;
	char *text;

	if (!wanted && !json_object_get(object, key))
		return true;
	text = copy_text(desc, object, where, key, &len);
	if (!text)
		return false;
	if (len % 2 || strspn(text, digits) != len)
		return desc_fail(desc, "%s.%s must be pairs of hexadecimal digits", where, key);
	bytes = desc_alloc(desc, len / 2);
	for (size_t i = 0; bytes && i < len / 2; i++) {
		char pair[3] = {text[2 * i], text[2 * i + 1], 0};

		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	out->data = bytes;
	out->len = len / 2;
	return bytes != NULL;
}

/* The name of a file, which is looked for beside the description; NULL with an error noted. */
static const char *file_path(struct package_desc *desc, json_t *object, const char *where,
			     const char *key)
{
	const char *slash = strrchr(desc->path, '/');
	int folder = slash ? (int)(slash + 1 - desc->path) : 0;
	size_t len = 0, size;
	char *name = copy_text(desc, object, where, key, &len), *path;

	if (!name)
		return NULL;
	if (name[0] == '/')
		return name;
	size = (size_t)folder + len + 1;
	path = desc_alloc(desc, size);
	if (path)
		snprintf(path, size, "%.*s%s", folder, desc->path, name);
	return path;
}

bool desc_file(struct package_desc *desc, json_t *object, const char *where, const char *key,
	       bool wanted, size_t max, struct rotor_bytes *out)
{
	enum rotor_status status;
	const char *path;
	uint8_t *data;
	size_t len = 0;

	if (!wanted && !json_object_get(object, key))
		return true;
	path = file_path(desc, object, where, key);
	if (!path)
		return false;
	status = rotor_file_read(path, max, &data, &len);
	if (status)
		return desc_fail(desc, "%s.%s: %s: %s", where, key, path,
				 rotor_status_string(status));
	out->data = keep(desc, data);
	out->len = len;
	if (out->data && len == 0)
		return desc_fail(desc, "%s.%s: %s is empty", where, key, path);
	return out->data != NULL;
}

bool desc_bytes(struct package_desc *desc, json_t *object, const char *where, const char *key,
		size_t max, struct rotor_bytes *out)
{
	char file[64];

	snprintf(file, sizeof(file), "%s_file", key);
	if (json_object_get(object, key) && json_object_get(object, file))
		return desc_fail(desc, "%s: either %s or %s", where, key, file);
	return desc_hex(desc, object, where, key, false, out) &&
	       desc_file(desc, object, where, file, false, max, out);
}

bool desc_input(struct package_desc *desc, json_t *object, const char *where, const char *key,
		struct package_input *out)
{
	const char *reason = NULL;
	struct stat st;

	out->path = file_path(desc, object, where, key);
	if (!out->path)
		return false;
	if (stat(out->path, &st) != 0)
		reason = errno == ENOENT ? "not found" : strerror(errno);
	else if (!S_ISREG(st.st_mode))
		reason = "not a file";
	else if (st.st_size == 0)
		reason = "is empty";
	else if ((uintmax_t)st.st_size > UINT32_MAX)
		reason = "larger than 4 GiB";
	if (reason)
		return desc_fail(desc, "%s.%s: %s: %s", where, key, out->path, reason);
	out->size = (uint32_t)st.st_size;
	return true;
}
