/* SPDX-License-Identifier: Apache-2.0 */
/* rotor package sign. */
#include <stdlib.h>
#include <string.h>

#include "package_assemble.h"
#include "package_cli.h"
#include "rotor/host_file.h"

static int sign_detached(struct package_arguments *a, const struct cli_signer *signer,
			 struct package_file *in)
{
	uint8_t signature[ROTOR_PACKAGE_SIGNATURE_SIZE], digest[ROTOR_HASH_MAX];
	struct rotor_crypto_job job = {0};
	enum rotor_status status;

	status = package_file_digest(a->cli, in, ROTOR_PACKAGE_SIGNATURE_DETACHED, digest);
	if (status)
		return cli_fail_file(a->cli, in->path, status);
	do
		status = rotor_package_signature_write(
		    a->cli->crypto, &job, ROTOR_PACKAGE_SIGNATURE_DETACHED, digest, &signer->signer,
		    signer->public_key, signature);
	while (status == ROTOR_PENDING);
	if (status == ROTOR_ERR_ARGUMENT)
		return cli_fail(a->cli, "packages are signed with a P-384 key",
				"'rotor keys new' makes one: release.key.pem");
	if (status)
		return cli_signer_failed(a->cli, signer, in->path, status);
	status = rotor_file_write(a->files[1], signature, sizeof(signature), ROTOR_FILE_PUBLIC);
	if (status)
		return cli_fail_file(a->cli, a->files[1], status);
	rotor_event(&a->cli->events, ROTOR_INFO, "package.signature",
		    ROTOR_SAY("signed {file} into {signature}"), ROTOR_STRING("file", in->path),
		    ROTOR_STRING("signature", a->files[1]));
	return CLI_DONE;
}

/* Everything that grows when a component is added, in one piece of memory. */
struct room {
	struct rotor_package_record records[2 * UINT8_MAX];
	struct rotor_package_component components[ROTOR_PACKAGE_HEADER_MAX / 22 + 1];
	struct package_input inputs[ROTOR_PACKAGE_HEADER_MAX / 22 + 1];
	uint8_t bits[ROTOR_PACKAGE_HEADER_MAX + 2 * UINT8_MAX];
};

/* The record once more, with a bitmap of so many bytes at *bits. */
static enum rotor_status widen(enum rotor_status status, struct rotor_package_record *record,
			       size_t bytes, uint8_t **bits)
{
	if (status)
		return status;
	memcpy(*bits, record->applicable.data, record->applicable.len);
	memset(*bits + record->applicable.len, 0, bytes - record->applicable.len);
	record->applicable.data = *bits;
	record->applicable.len = bytes;
	*bits += bytes;
	return ROTOR_OK;
}

/* The same package with one component more. */
static enum rotor_status copy_spec(const struct package_file *in, struct room *room,
				   struct rotor_package_spec *spec)
{
	const struct rotor_package *p = &in->package;
	enum rotor_status status = ROTOR_OK;
	uint16_t bitmap_bits = p->bitmap_bits, i;
	uint8_t *bits = room->bits;

	if (p->component_count == p->bitmap_bits)
		bitmap_bits = (uint16_t)(bitmap_bits + 8);
	for (i = 0; !status && i < p->device_count; i++)
		status = widen(rotor_package_device(p, i, &room->records[i]), &room->records[i],
			       bitmap_bits / 8u, &bits);
	for (i = 0; !status && i < p->downstream_count; i++)
		status = widen(rotor_package_downstream(p, i, &room->records[p->device_count + i]),
			       &room->records[p->device_count + i], bitmap_bits / 8u, &bits);
	for (i = 0; !status && i < p->component_count; i++) {
		status = rotor_package_component(p, i, &room->components[i]);
		room->inputs[i].path = in->path;
		room->inputs[i].offset = room->components[i].offset;
		room->inputs[i].size = room->components[i].size;
	}
	room->components[i] = rotor_package_signature_component();
	spec->revision = p->revision;
	spec->release_time = p->release_time;
	spec->version = p->version;
	spec->bitmap_bits = bitmap_bits;
	spec->devices = room->records;
	spec->device_count = p->device_count;
	spec->downstreams = room->records + p->device_count;
	spec->downstream_count = p->downstream_count;
	spec->components = room->components;
	spec->component_count = p->component_count + 1u;
	return status;
}

static int sign_carried(struct package_arguments *a, const struct cli_signer *signer,
			struct package_file *in)
{
	struct room *room = calloc(1, sizeof(*room));
	struct rotor_package_spec spec = {0};
	enum rotor_status status = room ? copy_spec(in, room, &spec) : ROTOR_ERR_SPACE;
	int code;

	code = status ? cli_fail_file(a->cli, in->path, status)
		      : package_assemble(a->cli, &spec, room->inputs, signer, a->files[1]);
	free(room);
	return code;
}

int package_sign(struct package_arguments *a, const struct cli_signer *signer,
		 struct package_file *in)
{
	struct rotor_package_component carrier;

	if (a->detached)
		return sign_detached(a, signer, in);
	if (rotor_package_signature_find(&in->package, &carrier) != ROTOR_ERR_NOT_FOUND)
		return cli_fail(a->cli, "the package carries a signature already",
				"--detached signs it as it is");
	if (in->package.unclaimed)
		return cli_fail(a->cli,
				"bytes of the package that belong to no component would be lost",
				"--detached signs it as it is");
	return sign_carried(a, signer, in);
}
