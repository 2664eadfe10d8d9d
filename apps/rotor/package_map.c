/* SPDX-License-Identifier: Apache-2.0 */
/* Block maps of a description: asked for by a device record, made of the images, put before its package data. */
#include <string.h>

#include "package_file.h"
#include "package_json.h"
#include "rotor/pldm_block_map.h"

/* What a description asks for where it does not say; flash is usually erased by as much. */
#define BLOCK_SIZE  4096
#define HASH_LENGTH 16

struct map_request {
	struct rotor_block_map form;
	struct rotor_bytes components; /* a bitmap */
};

static bool hash_named(struct package_desc *desc, json_t *object, const char *where,
		       struct rotor_block_map *form)
{
	static const char *const names[] = {NULL, "sha256", "sha384", "sha512"};
	static const enum rotor_hash_alg hashes[] = {ROTOR_HASH_NONE, ROTOR_HASH_SHA256,
						     ROTOR_HASH_SHA384, ROTOR_HASH_SHA512};
	json_t *item = json_object_get(object, "hash");
	const char *text = json_string_value(item);

	for (size_t i = 1; text && i < ROTOR_COUNT_OF(names); i++) {
		if (strcmp(names[i], text) == 0) {
			form->hash = hashes[i];
			return true;
		}
	}
	return item ? desc_fail(desc, "%s.hash must be sha256, sha384 or sha512", where) : true;
}

static bool read_request(struct package_desc *desc, json_t *item, const char *where,
			 const struct rotor_package_record *record, struct map_request *out)
{
	static const char *const keys[] = {"components", "block_size", "hash_length", "hash", NULL};
	uint64_t block = BLOCK_SIZE, length = HASH_LENGTH;

	out->components = record->applicable;
	out->form.hash = ROTOR_HASH_SHA384;
	if (!json_is_true(item)) {
		if (!desc_only(desc, item, where, keys) ||
		    !desc_number(desc, item, where, "block_size", false,
				 UINT32_C(1) << ROTOR_BLOCK_MAP_SHIFT_MAX, &block) ||
		    !desc_number(desc, item, where, "hash_length", false, ROTOR_BLOCK_MAP_HASH_MAX,
				 &length) ||
		    !hash_named(desc, item, where, &out->form) ||
		    !desc_applicable(desc, json_object_get(item, "components"), where,
				     &out->components))
			return false;
	}
	if (block < (1u << ROTOR_BLOCK_MAP_SHIFT_MIN) || (block & (block - 1)) != 0)
		return desc_fail(desc, "%s.block_size must be a power of two from 256", where);
	if (length < ROTOR_BLOCK_MAP_HASH_MIN)
		return desc_fail(desc, "%s.hash_length must be a number from 8 to 32", where);
	while ((UINT64_C(1) << out->form.block_shift) < block)
		out->form.block_shift++;
	out->form.hash_size = (uint8_t)length;
	for (size_t i = 0; i < out->components.len; i++)
		if (out->components.data[i] & ~record->applicable.data[i])
			return desc_fail(desc, "%s.components: the device does not get all of them",
					 where);
	return true;
}

static bool hash_block(const struct rotor_crypto *crypto, const struct rotor_block_map *map,
		       struct cli_file *file, uint32_t index, uint8_t *digest)
{
	uint64_t offset = (uint64_t)index << map->block_shift;
	uint32_t left = rotor_block_map_block_size(map, index);
	static uint8_t piece[PACKAGE_PIECE];
	struct rotor_hash hash = {0};
	enum rotor_status status = crypto->hash_start(&hash, map->hash);

	while (!status && left) {
		size_t len = left < sizeof(piece) ? left : sizeof(piece);

		status = cli_file_read64(file, offset, piece, len);
		if (!status)
			status = crypto->hash_update(&hash, piece, len);
		offset += len;
		left -= (uint32_t)len;
	}
	if (!status)
		return crypto->hash_finish(&hash, digest) == ROTOR_OK;
	crypto->hash_release(&hash);
	return false;
}

static bool write_map(struct package_desc *desc, const struct rotor_block_map *map,
		      const struct package_input *input, struct rotor_writer *w)
{
	uint32_t count = rotor_block_map_count(map);
	uint8_t digest[ROTOR_HASH_MAX];
	struct cli_file file;
	bool good = true;

	if (!cli_file_open(desc->cli, input->path, &file))
		return desc_fail(desc, "%s cannot be read", input->path);
	if (rotor_block_map_write_begin(w, map))
		good = desc_fail(desc, "a block map cannot have this hash and length");
	for (uint32_t i = 0; good && i < count; i++) {
		good = hash_block(desc->cli->crypto, map, &file, i, digest);
		if (good)
			rotor_block_map_write_hash(w, map, digest);
		else
			desc_fail(desc, "%s cannot be read and hashed", input->path);
	}
	cli_file_close(&file);
	return good;
}

/* One map for each component of the request, each in its share of the budget; then what was there before. */
static bool write_maps(struct package_desc *desc, const char *where,
		       const struct map_request *request, size_t share,
		       struct rotor_package_record *record)
{
	size_t cap = ROTOR_PACKAGE_HEADER_MAX;
	uint8_t *data = desc_alloc(desc, cap);
	struct rotor_writer w = rotor_writer(data, cap);
	size_t i;

	for (i = 0; data && i < desc->spec.component_count; i++) {
		const struct rotor_package_component *c = &desc->spec.components[i];
		struct rotor_block_map map = request->form;

		if (!(request->components.data[i / 8] >> (i % 8) & 1))
			continue;
		map.classification = c->classification;
		map.identifier = c->identifier;
		map.image_size = c->size;
		if (rotor_block_map_fit(&map, share))
			return desc_fail(desc,
					 "%s: no block map of components[%zu] fits into what is "
					 "left of the header (%zu bytes a map)",
					 where, i, share);
		if (!write_map(desc, &map, &desc->images[i], &w))
			return false;
	}
	if (!data)
		return false;
	if (record->package_data.len)
		rotor_write_bytes(&w, record->package_data.data, record->package_data.len);
	record->package_data.data = data;
	return rotor_writer_end(&w, &record->package_data.len) == ROTOR_OK ||
	       desc_fail(desc, "%s: the package data would be too long", where);
}

static unsigned bits_of(struct rotor_bytes bitmap)
{
	unsigned n = 0;

	for (size_t i = 0; i < bitmap.len * 8; i++)
		n += bitmap.data[i / 8] >> (i % 8) & 1;
	return n;
}

bool desc_block_maps(struct package_desc *desc, json_t *lists[2],
		     struct rotor_package_record *records[2])
{
	static const char *const names[] = {"devices", "downstream_devices"};
	static uint8_t scratch[ROTOR_PACKAGE_HEADER_MAX];
	struct map_request request;
	size_t used = 0, share = 0, i;
	unsigned maps = 0;
	char where[96];
	json_t *item;

	/* first how many there are, then each with its share of what the header has left */
	for (int writing = 0; writing < 2; writing++) {
		for (int list = 0; list < 2; list++) {
			json_array_foreach(lists[list], i, item)
			{
				json_t *wanted = json_object_get(item, "block_map");

				if (!wanted || json_is_false(wanted))
					continue;
				snprintf(where, sizeof(where), "%s[%zu].block_map", names[list], i);
				memset(&request, 0, sizeof(request));
				if (!read_request(desc, wanted, where, &records[list][i], &request))
					return false;
				maps += writing ? 0 : bits_of(request.components);
				if (writing &&
				    !write_maps(desc, where, &request, share, &records[list][i]))
					return false;
			}
		}
		if (maps == 0)
			return true;
		if (!writing &&
		    rotor_package_write_header(&desc->spec, scratch, sizeof(scratch), &used))
			return desc_fail(desc, "the header is too large for block maps");
		share = (ROTOR_PACKAGE_HEADER_MAX - used) / maps;
	}
	return true;
}
