/* SPDX-License-Identifier: Apache-2.0 */
/* rotor image sign: an image made of a program, signed with a key file or by a command. */
#include <stdlib.h>
#include <string.h>

#include "cli_signer.h"
#include "image_cli.h"
#include "rotor/host_file.h"

#define BODY_MAX (256u << 20)

/* What was just made must be what a device accepts. */
static bool check_result(const struct image_arguments *a, const struct rotor_public_key *key,
			 const struct rotor_image_source *source, struct rotor_image_verifier *v)
{
	const struct rotor_image_spec *spec = &a->spec;
	struct rotor_image_policy policy = {.keys = key,
					    .key_count = 1,
					    .kind = spec->kind,
					    .security_floor = spec->security_counter,
					    .flags = ROTOR_IMAGE_IDS_OPTIONAL};
	static uint8_t work[IMAGE_WORK_SIZE];

	memcpy(policy.vendor_id, spec->vendor_id, ROTOR_IMAGE_ID_SIZE);
	memcpy(policy.class_id, spec->class_id, ROTOR_IMAGE_ID_SIZE);
	return rotor_image_verifier_init(v, a->cli->crypto, source, &policy, work, sizeof(work)) ==
		   ROTOR_OK &&
	       rotor_image_verifier_run(v) == ROTOR_OK;
}

/* record holds the boot record for as long as a->spec is in use. */
static enum rotor_status add_boot_record(struct image_arguments *a,
					 const struct rotor_public_key *key,
					 uint8_t record[ROTOR_IMAGE_BOOT_RECORD_MAX])
{
	enum rotor_hash_alg hash =
	    a->spec.hash_alg == ROTOR_HASH_NONE ? rotor_image_hash_of(key->alg) : a->spec.hash_alg;

	a->spec.boot_record.data = record;
	return rotor_image_boot_record_write(a->cli->crypto, key, hash, &a->spec.version,
					     a->boot_record, record, ROTOR_IMAGE_BOOT_RECORD_MAX,
					     &a->spec.boot_record.len);
}

static int write_result(const struct image_arguments *a, const struct rotor_public_key *key,
			const uint8_t *image, size_t len)
{
	struct rotor_image_memory memory;
	struct rotor_image_source source = rotor_image_memory(&memory, image, (uint32_t)len);
	struct rotor_image_verifier v;
	enum rotor_status status;

	if (!check_result(a, key, &source, &v))
		return image_refuse(a->cli, a->files[1], &v);
	status = rotor_file_write(a->files[1], image, len, ROTOR_FILE_PUBLIC);
	if (status)
		return cli_fail_file(a->cli, a->files[1], status);
	image_report(a->cli, a->files[1], &v.info, &source, "{file}: image signed", "image.signed");
	return CLI_DONE;
}

static int sign_body(struct image_arguments *a, struct cli_signer *hand, const uint8_t *body,
		     size_t body_len)
{
	uint8_t record[ROTOR_IMAGE_BOOT_RECORD_MAX];
	enum rotor_status status = ROTOR_OK;
	uint8_t *image;
	size_t cap, len;
	int code;

	if (a->spec.hash_alg != ROTOR_HASH_NONE &&
	    !rotor_image_hash_fits(hand->public_key->alg, a->spec.hash_alg))
		return cli_fail(a->cli, "an image signed with this key is not hashed so",
				"leave out --hash; only Ed25519 has a choice");
	if (a->boot_record)
		status = add_boot_record(a, hand->public_key, record);
	if (status)
		return cli_fail(a->cli, "the boot record cannot be made",
				"its type is at most 12 characters of printable ASCII");
	cap = body_len + a->spec.header_size + ROTOR_IMAGE_TRAILER_MAX +
	      rotor_image_protected_size(&a->spec);
	image = malloc(cap);
	if (!image)
		return cli_fail(a->cli, "not enough memory", NULL);
	status = rotor_image_write(&a->spec, a->cli->crypto, body, (uint32_t)body_len,
				   &hand->signer, hand->public_key, image, cap, &len);
	if (!status)
		code = write_result(a, hand->public_key, image, len);
	else
		code = cli_signer_failed(a->cli, hand, a->files[0], status);
	free(image);
	return code;
}

int image_sign(struct image_arguments *a)
{
	const struct cli_signer_options options = {a->signer ? NULL : a->keys[0], a->signer,
						   a->public_key, a->signer_seconds};
	struct cli_signer hand;
	enum rotor_status status;
	uint8_t *body;
	size_t len;
	int code;

	status = rotor_file_read(a->files[0], BODY_MAX, &body, &len);
	if (status)
		return cli_fail_file(a->cli, a->files[0], status);
	if (len == 0) {
		free(body);
		return cli_fail_file(a->cli, a->files[0], ROTOR_ERR_LENGTH);
	}
	code = cli_signer_open(a->cli, &options, &hand);
	if (code == CLI_DONE)
		code = sign_body(a, &hand, body, len);
	cli_signer_close(&hand);
	free(body);
	return code;
}
