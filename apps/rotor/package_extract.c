/* SPDX-License-Identifier: Apache-2.0 */
/* rotor package extract: files, and a description that says everything that the package says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "package_cli.h"
#include "rotor/host_file.h"

#define NO_COMPARISON_STAMP UINT32_C(0xffffffff)

struct extraction {
	struct rotor_cli *cli;
	struct package_file *in;
	const char *folder;
	int code; /* the first failure */
};

static void file_name(const struct extraction *x, const char *name, char *out, size_t cap)
{
	snprintf(out, cap, "%s/%s", x->folder, name);
}

static void write_file(struct extraction *x, const char *name, struct rotor_bytes bytes)
{
	enum rotor_status status;
	char path[4096];

	if (x->code != CLI_DONE)
		return;
	file_name(x, name, path, sizeof(path));
	status = rotor_file_write(path, bytes.data, bytes.len, ROTOR_FILE_PUBLIC);
	if (status)
		x->code = cli_fail_file(x->cli, path, status);
}

static void write_image(struct extraction *x, const char *name,
			const struct rotor_package_component *c)
{
	uint8_t *piece = x->in->piece;
	struct rotor_file_writer w;
	enum rotor_status status;
	uint32_t offset = 0;
	char path[4096];

	if (x->code != CLI_DONE)
		return;
	file_name(x, name, path, sizeof(path));
	status = rotor_file_writer_open(&w, path);
	while (!status && offset < c->size) {
		uint32_t len = c->size - offset < PACKAGE_PIECE ? c->size - offset : PACKAGE_PIECE;

		status = rotor_package_read(&x->in->package, c, offset, piece, len);
		if (!status)
			status = rotor_file_writer_put(&w, offset, piece, len);
		offset += len;
	}
	if (!status)
		status = rotor_file_writer_finish(&w, ROTOR_FILE_PUBLIC);
	else
		rotor_file_writer_abandon(&w);
	if (status)
		x->code = cli_fail_file(x->cli, path, status);
}

/* ---- values ---- */

static json_t *hex_json(struct rotor_bytes bytes)
{
	char *text = malloc(2 * bytes.len + 1);
	json_t *json;

	if (!text)
		return NULL;
	cli_hex(bytes.data, bytes.len, text);
	json = json_string(text);
	free(text);
	return json;
}

/* As text if a description would make the same bytes and type of it again. */
static json_t *string_json(const struct rotor_pldm_string *s)
{
	bool ascii = true;
	json_t *json = NULL;

	for (size_t i = 0; i < s->text.len; i++)
		ascii = ascii && s->text.data[i] < 0x80;
	if (s->text.len && s->type == (ascii ? ROTOR_PLDM_STRING_ASCII : ROTOR_PLDM_STRING_UTF8) &&
	    !memchr(s->text.data, 0, s->text.len))
		json = json_stringn((const char *)s->text.data, s->text.len);
	if (json)
		return json;
	json = json_pack("{s:i}", "type", s->type);
	if (s->text.len)
		json_object_set_new(json, "hex", hex_json(s->text));
	return json;
}

static json_t *time_json(const struct rotor_package_time *t)
{
	uint8_t raw[ROTOR_PACKAGE_TIME_SIZE];
	struct rotor_writer w = rotor_writer(raw, sizeof(raw));
	struct rotor_bytes bytes = {raw, sizeof(raw)};

	rotor_package_time_write(&w, t);
	return json_pack("{s:o}", "hex", hex_json(bytes));
}

static json_t *descriptors_json(const struct rotor_package_record *record)
{
	struct rotor_reader r = rotor_reader(record->descriptors.data, record->descriptors.len);
	json_t *list = json_array();
	struct rotor_pldm_descriptor d;

	for (unsigned i = 0; i < record->descriptor_count; i++)
		if (rotor_pldm_descriptor_read(&r, &d) == ROTOR_OK)
			json_array_append_new(list, json_pack("{s:i,s:o}", "type", (int)d.type,
							      "data", hex_json(d.data)));
	return list;
}

static json_t *applicable_json(const struct rotor_package *package,
			       const struct rotor_package_record *record)
{
	json_t *list = json_array();

	for (uint16_t i = 0; i < package->component_count; i++)
		if (rotor_package_applies(record, i))
			json_array_append_new(list, json_integer(i));
	return list;
}

/* ---- records, components ---- */

/* Bytes in a file of their own; none: no field. */
static void bytes_json(struct extraction *x, json_t *object, const char *key, const char *prefix,
		       unsigned index, const char *suffix, struct rotor_bytes bytes)
{
	char name[64];

	if (bytes.len == 0)
		return;
	snprintf(name, sizeof(name), "%s-%u.%s", prefix, index, suffix);
	write_file(x, name, bytes);
	json_object_set_new(object, key, json_string(name));
}

static json_t *record_json(struct extraction *x, const struct rotor_package_record *record,
			   unsigned index)
{
	const char *prefix = record->downstream ? "downstream" : "device";
	bool minimum = record->downstream && record->option_flags & ROTOR_PACKAGE_MIN_VERSION;
	json_t *o = json_object();

	if (!record->downstream)
		json_object_set_new(o, "version", string_json(&record->version));
	else if (record->version.type != ROTOR_PLDM_STRING_ASCII || record->version.text.len)
		json_object_set_new(o, "minimum_version", string_json(&record->version));
	if (minimum)
		json_object_set_new(o, "minimum_stamp", json_integer(record->min_stamp));
	json_object_set_new(o, "option_flags", json_integer(record->option_flags));
	json_object_set_new(o, "descriptors", descriptors_json(record));
	json_object_set_new(o, "components", applicable_json(&x->in->package, record));
	bytes_json(x, o, "package_data_file", prefix, index, "package-data", record->package_data);
	bytes_json(x, o, "reference_manifest", prefix, index, "manifest", record->manifest);
	return o;
}

static json_t *component_json(struct extraction *x, const struct rotor_package_component *c,
			      unsigned index)
{
	json_t *o = json_object();
	char name[64];

	snprintf(name, sizeof(name), "component-%u.img", index);
	write_image(x, name, c);
	json_object_set_new(o, "file", json_string(name));
	json_object_set_new(o, "identifier", json_integer(c->identifier));
	json_object_set_new(o, "classification", json_integer(c->classification));
	json_object_set_new(o, "version", string_json(&c->version));
	if (c->comparison_stamp != NO_COMPARISON_STAMP)
		json_object_set_new(o, "comparison_stamp", json_integer(c->comparison_stamp));
	json_object_set_new(o, "options", json_integer(c->options));
	json_object_set_new(o, "activation", json_integer(c->activation));
	bytes_json(x, o, "opaque_file", "component", index, "opaque", c->opaque);
	return o;
}

static json_t *package_json(struct extraction *x)
{
	const struct rotor_package *p = &x->in->package;
	json_t *root = json_object(), *devices = json_array(), *downstreams = json_array(),
	       *components = json_array();
	struct rotor_package_component component;
	struct rotor_package_record record;
	uint16_t i;

	for (i = 0; i < p->component_count; i++)
		if (rotor_package_component(p, i, &component) == ROTOR_OK)
			json_array_append_new(components, component_json(x, &component, i));
	for (i = 0; i < p->device_count; i++)
		if (rotor_package_device(p, i, &record) == ROTOR_OK)
			json_array_append_new(devices, record_json(x, &record, i));
	for (i = 0; i < p->downstream_count; i++)
		if (rotor_package_downstream(p, i, &record) == ROTOR_OK)
			json_array_append_new(downstreams, record_json(x, &record, i));
	json_object_set_new(root, "version", string_json(&p->version));
	json_object_set_new(root, "revision", json_integer(p->revision));
	json_object_set_new(root, "release_time", time_json(&p->release_time));
	json_object_set_new(root, "bitmap_bits", json_integer(p->bitmap_bits));
	json_object_set_new(root, "components", components);
	json_object_set_new(root, "devices", devices);
	if (p->downstream_count)
		json_object_set_new(root, "downstream_devices", downstreams);
	else
		json_decref(downstreams);
	return root;
}

int package_extract(struct package_arguments *a, struct package_file *in)
{
	struct extraction x = {a->cli, in, a->files[1], CLI_DONE};
	enum rotor_status status = rotor_file_mkdir(x.folder, 0755);
	json_t *root;
	char *text;

	if (status)
		return cli_fail_file(a->cli, x.folder, status);
	root = package_json(&x);
	text = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	if (!text)
		return cli_fail(a->cli, "not enough memory", NULL);
	/* last, so that with it all is there */
	write_file(&x, "package.json", (struct rotor_bytes){(const uint8_t *)text, strlen(text)});
	free(text);
	return x.code;
}
