/* SPDX-License-Identifier: Apache-2.0 */
/* What `rotor image` says of an image. */
#include <string.h>

#include "image_cli.h"

static const char *hash_name(enum rotor_hash_alg alg)
{
	switch (alg) {
	case ROTOR_HASH_SHA256:
		return "SHA-256";
	case ROTOR_HASH_SHA384:
		return "SHA-384";
	case ROTOR_HASH_SHA512:
		return "SHA-512";
	default:
		return NULL;
	}
}

static void report_id(struct cli_report *r, const char *label, const char *key, bool present,
		      const uint8_t *id)
{
	char text[37];

	cli_uuid_text(id, text);
	cli_report_string(r, label, key, present ? text : NULL);
}

static void report_text(struct cli_report *r, const char *label, const char *key,
			struct rotor_bytes text)
{
	char string[ROTOR_IMAGE_BOOT_RECORD_MAX + 1];

	memcpy(string, text.data, text.len);
	string[text.len] = '\0';
	cli_report_string(r, label, key, string);
}

/* buf holds the record for as long as the report is made. */
static void report_boot_record(struct cli_report *r, const struct rotor_image_info *info,
			       const struct rotor_image_source *source,
			       uint8_t buf[ROTOR_IMAGE_BOOT_RECORD_MAX])
{
	struct rotor_image_boot_record record;

	cli_report_bool(r, NULL, "boot_record", info->has_boot_record);
	if (!info->has_boot_record || info->boot_record_size > ROTOR_IMAGE_BOOT_RECORD_MAX ||
	    source->read(source->ctx, info->boot_record_offset, buf, info->boot_record_size) ||
	    rotor_image_boot_record_read(buf, info->boot_record_size, &record))
		return;
	report_text(r, "boot record", "boot_record_type", record.sw_type);
	report_text(r, "  of version", "boot_record_version", record.version);
	cli_report_bytes(r, "  signed by", "boot_record_signer", record.signer_id.data,
			 record.signer_id.len);
	cli_report_string(r, "  to be measured", "boot_record_hash", hash_name(record.hash_alg));
}

void image_report(struct rotor_cli *cli, const char *file, const struct rotor_image_info *info,
		  const struct rotor_image_source *source, const char *heading, const char *event)
{
	uint8_t record[ROTOR_IMAGE_BOOT_RECORD_MAX];
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	/* as measurement it is there already */
	const char *hash_label = info->hash_alg == ROTOR_HASH_SHA384 ? NULL : "hash value";
	struct cli_report r;

	rotor_image_version_string(&info->version, version);
	cli_report_begin(&r, heading);
	cli_report_string(&r, NULL, "file", file);
	cli_report_string(&r, "kind", "kind", rotor_image_kind_string(info->kind));
	cli_report_string(&r, "version", "version", version);
	if (info->has_security_counter)
		cli_report_uint(&r, "security version", "security_version", info->security_counter);
	report_id(&r, "vendor id", "vendor_id", info->has_vendor_id, info->vendor_id);
	report_id(&r, "class id", "class_id", info->has_class_id, info->class_id);
	cli_report_uint(&r, "header size", "header_size", info->body_offset);
	cli_report_uint(&r, "body size", "body_size", info->body_size);
	cli_report_uint(&r, "whole size", "size", info->total_size);
	cli_report_number_hex(&r, info->flags ? "flags" : NULL, "flags", info->flags);
	cli_report_number_hex(&r, "load address", "load_address", info->load_address);
	cli_report_string(&r, "hash", "hash_algorithm", hash_name(info->hash_alg));
	cli_report_bytes(&r, hash_label, "hash", info->hash, rotor_hash_size(info->hash_alg));
	cli_report_bytes(&r, "measurement", "measurement", info->measurement,
			 sizeof(info->measurement));
	cli_report_string(&r, "signature", "signature_algorithm", rotor_image_signature_name(info));
	if (info->key_hash.alg != ROTOR_HASH_NONE)
		cli_report_bytes(&r, "key hash", "key_hash", info->key_hash.hash,
				 rotor_hash_size(info->key_hash.alg));
	cli_report_bool(&r, "carries its key", "public_key", info->has_public_key);
	cli_report_bool(&r, info->has_dependency ? "needs other images" : NULL, "dependencies",
			info->has_dependency);
	report_boot_record(&r, info, source, record);
	cli_report_end(&r, cli, event);
}

int image_refuse(struct rotor_cli *cli, const char *file, const struct rotor_image_verifier *v)
{
	const char *algorithm = rotor_image_signature_name(&v->info);
	bool name_it = algorithm && (v->refusal == ROTOR_IMAGE_SIGNATURE_UNSUPPORTED ||
				     v->refusal == ROTOR_IMAGE_SIGNATURE_PURE);

	rotor_fail_with(&cli->events,
			name_it ? "{file}: image refused: {reason} ({algorithm})"
				: "{file}: image refused: {reason}",
			NULL, ROTOR_STRING("file", file),
			ROTOR_STRING("reason", rotor_image_refusal_string(v->refusal)),
			ROTOR_STRING("algorithm", algorithm));
	return CLI_FAILED;
}
