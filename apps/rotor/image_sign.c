/* SPDX-License-Identifier: Apache-2.0 */
/* rotor image sign: an image made of a program, signed with a key file or by a command. */
#include <stdlib.h>
#include <string.h>

#include "image_cli.h"
#include "rotor/host_file.h"
#include "rotor/host_pki.h"
#include "rotor/host_signer.h"

#define BODY_MAX (256u << 20)

/* Whoever signs: one of the two is in use. */
struct hand {
	struct rotor_soft_key key;
	struct rotor_command_signer command;
	struct rotor_signer signer;
	const struct rotor_public_key *public_key;
};

static int open_key_file(const struct image_arguments *a, struct hand *hand)
{
	enum rotor_status status = rotor_pki_read_private(a->keys[0], a->cli->crypto, &hand->key);

	if (status)
		return cli_fail_file(a->cli, a->keys[0], status);
	hand->signer = rotor_soft_signer(&hand->key);
	hand->public_key = &hand->key.public_key;
	return CLI_DONE;
}

static int open_command(const struct image_arguments *a, struct hand *hand)
{
	struct rotor_command_signer *command = &hand->command;
	enum rotor_status status = rotor_pki_read_public(a->public_key, &command->key);

	if (status)
		return cli_fail_file(a->cli, a->public_key, status);
	command->crypto = a->cli->crypto;
	command->command = a->signer;
	command->timeout_ms =
	    a->signer_seconds ? a->signer_seconds * 1000 : ROTOR_COMMAND_SIGNER_MS;
	hand->signer = rotor_command_signer(command);
	hand->public_key = &command->key;
	return CLI_DONE;
}

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

static int sign_body(struct image_arguments *a, struct hand *hand, const uint8_t *body,
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
	else if (hand->command.failure[0])
		code = cli_fail(a->cli, hand->command.failure, NULL);
	else
		code = cli_fail_file(a->cli, a->files[0], status);
	free(image);
	return code;
}

int image_sign(struct image_arguments *a)
{
	struct hand hand = {0};
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
	code = a->signer ? open_command(a, &hand) : open_key_file(a, &hand);
	if (code == CLI_DONE)
		code = sign_body(a, &hand, body, len);
	rotor_wipe(&hand.key, sizeof(hand.key));
	free(body);
	return code;
}
