/* SPDX-License-Identifier: Apache-2.0 */
#include "package_file.h"

#include <string.h>

#include "rotor/host_file.h"

static int refuse(struct rotor_cli *cli, const char *path, const struct rotor_package_fault *fault)
{
	rotor_fail_with(&cli->events, "{file}: package refused: {field} at byte {offset}: {reason}",
			"get the package again from whoever released it",
			ROTOR_STRING("file", path),
			ROTOR_STRING("field", rotor_package_field_name(fault->field)),
			ROTOR_UINT("offset", fault->offset), ROTOR_UINT("index", fault->index),
			ROTOR_STRING("reason", rotor_package_refusal_string(fault->refusal)));
	return CLI_FAILED;
}

bool package_file_open(struct rotor_cli *cli, const char *path, struct package_file *f)
{
	struct rotor_package_source source = {.read = cli_file_read64, .ctx = &f->file};
	struct rotor_package_fault fault;

	f->path = path;
	f->file.fd = -1;
	if (!cli_file_open(cli, path, &f->file))
		return false;
	source.size = f->file.size;
	if (rotor_package_open(&f->package, &source, f->header, sizeof(f->header), &fault) ==
	    ROTOR_OK)
		return true;
	refuse(cli, path, &fault);
	return false;
}

void package_file_close(struct package_file *f)
{
	cli_file_close(&f->file);
}

int package_file_check(struct rotor_cli *cli, struct package_file *f)
{
	const struct rotor_package_fault fault = {ROTOR_PACKAGE_CHECKSUM_WRONG,
						  ROTOR_PACKAGE_FIELD_PAYLOAD_CHECKSUM,
						  f->package.header.len - 4, 0};
	struct rotor_package_payload_check check;
	enum rotor_status status;

	rotor_package_payload_check_init(&check, &f->package);
	do
		status = rotor_package_payload_check_step(&check, f->piece, sizeof(f->piece));
	while (status == ROTOR_PENDING);
	if (status == ROTOR_ERR_VERIFY)
		return refuse(cli, f->path, &fault);
	return status ? cli_fail_file(cli, f->path, status) : CLI_DONE;
}

enum rotor_status package_file_digest(struct rotor_cli *cli, struct package_file *f,
				      enum rotor_package_signature_kind kind, uint8_t *digest)
{
	struct rotor_package_digest d;
	enum rotor_status status = rotor_package_digest_init(&d, cli->crypto, &f->package, kind);

	if (status)
		return status;
	do
		status = rotor_package_digest_step(&d, f->piece, sizeof(f->piece), digest);
	while (status == ROTOR_PENDING);
	return status;
}

/* ---- signatures ---- */

static const char *phrase(enum rotor_status status)
{
	switch (status) {
	case ROTOR_ERR_UNTRUSTED:
		return "its signer is not trusted";
	case ROTOR_ERR_VERIFY:
		return "its signature is wrong, or is another package's";
	case ROTOR_ERR_FORMAT:
	case ROTOR_ERR_UNSUPPORTED:
		return "its signature is none that is understood";
	default:
		return rotor_status_string(status);
	}
}

static int not_trusted(struct rotor_cli *cli, const struct package_file *f, const char *reason)
{
	rotor_fail_with(&cli->events, "{file}: package refused: {reason}",
			"get the package again from whoever released it, or have whoever is "
			"trusted sign it",
			ROTOR_STRING("file", f->path), ROTOR_STRING("reason", reason));
	return CLI_FAILED;
}

int package_file_trust(struct rotor_cli *cli, struct package_file *f,
		       const struct package_trust *trust, bool *is_signed)
{
	enum rotor_package_signature_kind kind = ROTOR_PACKAGE_SIGNATURE_DETACHED;
	uint8_t signature[ROTOR_PACKAGE_SIGNATURE_SIZE], digest[ROTOR_HASH_MAX];
	struct rotor_bytes bytes = {signature, sizeof(signature)};
	struct rotor_package_component carrier;
	struct rotor_crypto_job job = {0};
	enum rotor_status status;

	*is_signed = false;
	if (trust->signature) {
		status = rotor_file_read_into(trust->signature, signature, sizeof(signature),
					      &bytes.len);
		if (status && status != ROTOR_ERR_SPACE)
			return cli_fail_file(cli, trust->signature, status);
		if (status)
			status = ROTOR_ERR_FORMAT;
	} else {
		kind = ROTOR_PACKAGE_SIGNATURE_CARRIED;
		status = rotor_package_signature_find(&f->package, &carrier);
		if (status == ROTOR_ERR_NOT_FOUND)
			return trust->required ? not_trusted(cli, f, "it is not signed") : CLI_DONE;
		if (!status)
			status = rotor_package_read(&f->package, &carrier, 0, signature, bytes.len);
	}
	if (!status)
		status = package_file_digest(cli, f, kind, digest);
	while (!status || status == ROTOR_PENDING) {
		status = rotor_package_signature_verify(cli->crypto, &job, bytes, kind, digest,
							trust->keys, trust->key_count);
		if (!status)
			break;
	}
	*is_signed = !status;
	return status ? not_trusted(cli, f, phrase(status)) : CLI_DONE;
}

void package_signature_good(struct rotor_cli *cli, const char *path)
{
	rotor_event(&cli->events, ROTOR_INFO, "package.signature_good",
		    ROTOR_SAY("{file}: signed by a trusted release key"),
		    ROTOR_STRING("file", path));
}
