/* SPDX-License-Identifier: Apache-2.0 */
#include "package_assemble.h"

#include <string.h>

#include "package_file.h"
#include "rotor/host_file.h"

struct assembly {
	struct rotor_cli *cli;
	struct rotor_package_spec *spec;
	const struct cli_signer *signer;
	struct rotor_file_writer out;
	uint64_t at; /* bytes written */
};

static uint8_t header[ROTOR_PACKAGE_HEADER_MAX], again[ROTOR_PACKAGE_HEADER_MAX];
static uint8_t piece[PACKAGE_PIECE];

static int fail_out(struct assembly *a, enum rotor_status status)
{
	return status ? cli_fail_file(a->cli, a->out.path, status) : CLI_DONE;
}

/* Appends to the payload. */
static enum rotor_status append(struct assembly *a, const void *data, size_t len)
{
	enum rotor_status status = rotor_file_writer_put(&a->out, a->at, data, len);

	a->spec->payload_checksum = rotor_crc32(a->spec->payload_checksum, data, len);
	a->at += len;
	return status;
}

static int copy(struct assembly *a, const struct package_input *input)
{
	uint64_t offset = input->offset, end = offset + input->size;
	enum rotor_status status = ROTOR_OK;
	struct cli_file file;

	if (!cli_file_open(a->cli, input->path, &file))
		return CLI_FAILED;
	/* a file that has changed since its size was asked for is not what was meant */
	if (file.size < end)
		status = ROTOR_ERR_LENGTH;
	while (!status && offset < end) {
		size_t len = end - offset < sizeof(piece) ? (size_t)(end - offset) : sizeof(piece);

		status = cli_file_read64(&file, offset, piece, len);
		if (!status) {
			status = append(a, piece, len);
			if (status) {
				cli_file_close(&file);
				return fail_out(a, status);
			}
		}
		offset += len;
	}
	cli_file_close(&file);
	return status ? cli_fail_file(a->cli, input->path, status) : CLI_DONE;
}

static enum rotor_status read_back(void *ctx, uint64_t offset, void *buf, size_t len)
{
	return rotor_file_writer_get(ctx, offset, buf, len);
}

/* Signs what was written so far: all but the signature, whose place is held by zeros. */
static int sign(struct assembly *a)
{
	const struct rotor_signer *signer = &a->signer->signer;
	static const uint8_t nothing[ROTOR_PACKAGE_SIGNATURE_SIZE];
	uint8_t signature[ROTOR_PACKAGE_SIGNATURE_SIZE], digest[ROTOR_HASH_MAX];
	struct rotor_package_source source = {read_back, &a->out,
					      a->at + ROTOR_PACKAGE_SIGNATURE_SIZE};
	struct rotor_crypto_job job = {0};
	struct rotor_package_digest d;
	struct rotor_package package;
	enum rotor_status status;

	status = rotor_file_writer_put(&a->out, a->at, nothing, sizeof(nothing));
	if (!status)
		status = rotor_package_open(&package, &source, again, sizeof(again), NULL);
	if (!status)
		status = rotor_package_digest_init(&d, a->cli->crypto, &package,
						   ROTOR_PACKAGE_SIGNATURE_CARRIED);
	if (status)
		return fail_out(a, status);
	do
		status = rotor_package_digest_step(&d, piece, sizeof(piece), digest);
	while (status == ROTOR_PENDING);
	if (status)
		return fail_out(a, status);
	do
		status = rotor_package_signature_write(a->cli->crypto, &job,
						       ROTOR_PACKAGE_SIGNATURE_CARRIED, digest,
						       signer, a->signer->public_key, signature);
	while (status == ROTOR_PENDING);
	if (status == ROTOR_ERR_ARGUMENT)
		return cli_fail(a->cli, "packages are signed with a P-384 key",
				"'rotor keys new' makes one: release.key.pem");
	if (status)
		return cli_signer_failed(a->cli, a->signer, a->out.path, status);
	return fail_out(a, append(a, signature, sizeof(signature)));
}

static int write_header(struct assembly *a, size_t *len)
{
	enum rotor_status status = rotor_package_write_header(a->spec, header, sizeof(header), len);

	if (status == ROTOR_ERR_SPACE)
		return cli_fail(a->cli, "the header would be larger than 65535 bytes",
				"a package header holds descriptors, versions, package data, block "
				"maps and manifests; make those smaller");
	if (!status)
		status = rotor_file_writer_put(&a->out, 0, header, *len);
	return fail_out(a, status);
}

static int write_all(struct assembly *a, const struct package_input *inputs)
{
	size_t len, i;
	int code;

	a->spec->payload_checksum = 0;
	code = write_header(a, &len);
	a->at = len;
	for (i = 0; code == CLI_DONE && i < a->spec->component_count; i++)
		code = inputs[i].path ? copy(a, &inputs[i]) : sign(a);
	/* only now is the payload's checksum known */
	return code == CLI_DONE ? write_header(a, &len) : code;
}

int package_assemble(struct rotor_cli *cli, struct rotor_package_spec *spec,
		     const struct package_input *inputs, const struct cli_signer *signer,
		     const char *out)
{
	struct assembly a = {.cli = cli, .spec = spec, .signer = signer};
	enum rotor_status status = rotor_file_writer_open(&a.out, out);
	int code;

	if (status)
		return cli_fail_file(cli, out, status);
	code = write_all(&a, inputs);
	if (code == CLI_DONE)
		return fail_out(&a, rotor_file_writer_finish(&a.out, ROTOR_FILE_PUBLIC));
	rotor_file_writer_abandon(&a.out);
	return code;
}
