/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of a package description's values; every function notes the first error in desc->error and returns false. */
#ifndef PACKAGE_JSON_H
#define PACKAGE_JSON_H

#include <jansson.h>

#include "package_desc.h"

bool desc_fail(struct package_desc *desc, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Zeroed memory that lives as long as the description. */
void *desc_alloc(struct package_desc *desc, size_t size);

/* Whether object is an object with no other keys than those of the NULL-ended list. */
bool desc_only(struct package_desc *desc, json_t *object, const char *where,
	       const char *const *keys);
/* A whole number; if the key is missing, *value stays and wanted decides. */
bool desc_number(struct package_desc *desc, json_t *object, const char *where, const char *key,
		 bool wanted, uint64_t max, uint64_t *value);
/* The same where the number may also be one of names (value: its place in the list, NULL: none). */
bool desc_choice(struct package_desc *desc, json_t *value, const char *where, const char *key,
		 const char *const *names, size_t count, uint64_t max, uint64_t *out);
bool desc_bool(struct package_desc *desc, json_t *object, const char *where, const char *key,
	       bool *value);
/* A text of 1 to 255 bytes as ASCII or UTF-8; or an object with type and hex, for other encodings and for none. */
bool desc_string(struct package_desc *desc, json_t *object, const char *where, const char *key,
		 struct rotor_pldm_string *out);
/* Hex digits; missing: empty. */
bool desc_hex(struct package_desc *desc, json_t *object, const char *where, const char *key,
	      bool wanted, struct rotor_bytes *out);
/* Bytes as hex digits of key, or the content of a file named by KEY_file; missing: empty. */
bool desc_bytes(struct package_desc *desc, json_t *object, const char *where, const char *key,
		size_t max, struct rotor_bytes *out);
/* A regular file that is not empty, looked for beside the description. */
bool desc_input(struct package_desc *desc, json_t *object, const char *where, const char *key,
		struct package_input *out);
/* The content of the named file, which is looked for beside the description; missing: empty unless wanted. */
bool desc_file(struct package_desc *desc, json_t *object, const char *where, const char *key,
	       bool wanted, size_t max, struct rotor_bytes *out);

/* The parts of a description. A bitmap of a list of component numbers; missing: all that are described. */
bool desc_applicable(struct package_desc *desc, json_t *list, const char *where,
		     struct rotor_bytes *out);
/* Device records, or with downstream those of downstream devices. */
bool desc_devices(struct package_desc *desc, json_t *list, bool downstream,
		  struct rotor_package_record **records, size_t *count);
/* Block maps, once everything else is there: of devices and of downstream devices. */
bool desc_block_maps(struct package_desc *desc, json_t *lists[2],
		     struct rotor_package_record *records[2]);

#endif
