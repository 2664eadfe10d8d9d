/* SPDX-License-Identifier: Apache-2.0 */
/* rotor manifest: signed reference values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/agent_reference.h"
#include "rotor/boot_image.h"
#include "rotor/boot_measurement.h"
#include "rotor/boot_store.h"
#include "rotor/host_file.h"
#include "rotor/host_pki.h"
#include "rotor_cli.h"

/* The largest boot stage that is hashed. */
#define STAGE_MAX (64u << 20)

enum {
	OPTION_IMAGE = 0x400,
	OPTION_STAGE,
	OPTION_KEY,
};

struct arguments {
	struct rotor_cli *cli;
	struct cli_product product;
	const char *image, *stage, *key;
	const char *file;
};

static const struct argp_option create_options[] = {
    {"image", OPTION_IMAGE, "FILE", 0, "the signed firmware image", 0},
    {"boot-stage", OPTION_STAGE, "FILE", 0,
     "the boot stage: for the emulated device, the program rotor-prot", 0},
    {"key", OPTION_KEY, "FILE", 0, "private release key (PEM)", 0},
    {0}};

static const struct argp_option verify_options[] = {
    {"key", OPTION_KEY, "FILE", 0, "public release key (PEM)", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		return 0;
	case OPTION_IMAGE:
		a->image = arg;
		return 0;
	case OPTION_STAGE:
		a->stage = arg;
		return 0;
	case OPTION_KEY:
		a->key = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0) {
			return ARGP_ERR_UNKNOWN;
		}
		a->file = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which file?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_create(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	if (key == ARGP_KEY_INIT) {
		cli_init_product(state, &a->product);
		return 0;
	}
	return parse(key, arg, state);
}

/* What the image says of itself; it must be whole, its signature is the device's business. */
static bool inspect_image(struct rotor_cli *cli, const char *path, struct rotor_image_info *info)
{
	struct rotor_image_verifier verifier;
	static uint8_t work[65536];
	struct cli_file file;
	if (!cli_file_open(cli, path, &file)) {
		return false;
	}
	struct rotor_image_source source = {
	    .read = cli_file_read32, .ctx = &file, .size = (uint32_t)file.size};
	enum rotor_status status =
	    file.size > UINT32_MAX
		? ROTOR_ERR_SPACE
		: rotor_image_inspector_init(&verifier, cli->crypto, &source, work, sizeof(work));
	if (status == ROTOR_OK) {
		status = rotor_image_verifier_run(&verifier);
		*info = verifier.info;
	}
	cli_file_close(&file);
	if (status == ROTOR_OK &&
	    (!info->has_vendor_id || !info->has_class_id || info->hash_alg != ROTOR_HASH_SHA384)) {
		cli_fail(
		    cli,
		    "the image has no vendor and class identifiers, or is not hashed with SHA-384",
		    "sign it with 'rotor image sign --vendor-id … --class-id …' and a P-384 key");
		return false;
	}
	if (status != ROTOR_OK) {
		cli_fail_file(cli, path, status);
	}
	return status == ROTOR_OK;
}

static bool digest_file(struct rotor_cli *cli, const char *path, uint8_t *digest)
{
	uint8_t *data = NULL;
	size_t len = 0;
	enum rotor_status status = rotor_file_read(path, STAGE_MAX, &data, &len);
	if (status == ROTOR_OK) {
		struct rotor_bytes part = {data, len};
		status = rotor_hash_parts(cli->crypto, ROTOR_HASH_SHA384, &part, 1, digest);
		free(data);
	}
	if (status != ROTOR_OK) {
		cli_fail_file(cli, path, status);
	}
	return status == ROTOR_OK;
}

/* The measurements of the trusted computing base that a device will make of this image, in the order of the log. */
struct expected {
	uint8_t stage[ROTOR_BOOT_DIGEST_SIZE];
	uint8_t config[ROTOR_BOOT_DIGEST_SIZE];
	uint8_t security_version[8];
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	struct rotor_reference reference;
};

static void expect(struct expected *x, const struct rotor_image_info *info)
{
	size_t version_len = rotor_image_version_string(&info->version, x->version);
	struct rotor_bytes version = {(const uint8_t *)x->version, version_len};
	for (size_t i = 0; i < sizeof(x->security_version); i++) {
		x->security_version[i] = i < 4 ? (uint8_t)(info->security_counter >> 8 * i) : 0;
	}
	x->reference = (struct rotor_reference){
	    .vendor_id = {info->vendor_id, sizeof(info->vendor_id)},
	    .class_id = {info->class_id, sizeof(info->class_id)},
	    .version = version,
	    .security_version = info->security_counter,
	    .value_count = 5,
	    .values =
		{
		    {ROTOR_MEASURE_BOOT_STAGE,
		     ROTOR_MEASURE_TYPE_IMMUTABLE_CODE,
		     {x->stage, sizeof(x->stage)}},
		    {ROTOR_MEASURE_FIRMWARE,
		     ROTOR_MEASURE_TYPE_MUTABLE_FIRMWARE,
		     {info->hash, ROTOR_BOOT_DIGEST_SIZE}},
		    {ROTOR_MEASURE_SECURITY_VERSION,
		     ROTOR_MEASURE_TYPE_SECURITY_VERSION | ROTOR_MEASURE_TYPE_RAW,
		     {x->security_version, sizeof(x->security_version)}},
		    {ROTOR_MEASURE_VERSION, ROTOR_MEASURE_TYPE_VERSION | ROTOR_MEASURE_TYPE_RAW,
		     version},
		    {ROTOR_MEASURE_CONFIG,
		     ROTOR_MEASURE_TYPE_FIRMWARE_CONFIG,
		     {x->config, sizeof(x->config)}},
		},
	};
}

static const struct argp create_argp = {
    .options = create_options,
    .parser = parse_create,
    .args_doc = "OUT",
    .doc = "Compute the reference values of a firmware image and sign them with the release key. "
	   "--image, "
	   "--boot-stage and --key are needed. docs/reference-manifest.md describes the format.",
    .children = cli_product_children,
};

static int manifest_create(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli, .product = cli_product_default()};
	static struct rotor_image_info info;
	static struct expected x;
	struct rotor_boot_config device = {0};
	struct rotor_crypto_job job = {0};
	struct rotor_soft_key key;
	uint8_t out[ROTOR_REFERENCE_MAX];
	size_t len = 0;
	cli_parse(&create_argp, argc, argv, &a);
	if (!a.image || !a.stage || !a.key) {
		rotor_fail(&cli->events, "--image, --boot-stage and --key are needed",
			   "see --help");
		return CLI_USAGE;
	}
	if (!inspect_image(cli, a.image, &info) || !digest_file(cli, a.stage, x.stage)) {
		return CLI_FAILED;
	}
	memcpy(device.vendor_id, info.vendor_id, sizeof(device.vendor_id));
	memcpy(device.class_id, info.class_id, sizeof(device.class_id));
	device.vendor_name = (struct rotor_bytes){(const uint8_t *)a.product.vendor_name,
						  strlen(a.product.vendor_name)};
	device.model_name = (struct rotor_bytes){(const uint8_t *)a.product.model_name,
						 strlen(a.product.model_name)};
	device.policy = a.product.policy;
	device.confirm_seconds = a.product.confirm_seconds;
	enum rotor_status status = rotor_boot_config_digest(cli->crypto, &device, x.config);
	if (status != ROTOR_OK) {
		return cli_fail(cli, "the names are too long", NULL);
	}
	expect(&x, &info);
	status = rotor_pki_read_private(a.key, cli->crypto, &key);
	if (status != ROTOR_OK) {
		return cli_fail_file(cli, a.key, status);
	}
	struct rotor_signer signer = rotor_soft_signer(&key);
	do {
		status = rotor_reference_write(cli->crypto, &job, &x.reference, &signer,
					       &key.public_key, out, sizeof(out), &len);
	} while (status == ROTOR_PENDING);
	rotor_wipe(&key, sizeof(key));
	if (status == ROTOR_OK) {
		status = rotor_file_write(a.file, out, len, ROTOR_FILE_PUBLIC);
	}
	if (status != ROTOR_OK) {
		return cli_fail_file(cli, a.file, status);
	}
	rotor_event(&cli->events, ROTOR_INFO, "manifest.created",
		    ROTOR_SAY("signed the reference values of firmware {version} into {file}"),
		    ROTOR_STRING("version", x.version), ROTOR_STRING("file", a.file),
		    ROTOR_UINT("size", len));
	return CLI_DONE;
}

static const struct argp verify_argp = {
    .options = verify_options,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Check the signature of a reference manifest and show what it says. --key is needed.",
    .children = cli_children,
};

static int manifest_verify(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli};
	struct rotor_public_key key;
	struct rotor_reference reference;
	struct rotor_crypto_job job = {0};
	uint8_t data[ROTOR_REFERENCE_MAX];
	size_t len = 0;
	cli_parse(&verify_argp, argc, argv, &a);
	if (!a.key) {
		rotor_fail(&cli->events, "--key is needed", "see --help");
		return CLI_USAGE;
	}
	enum rotor_status status = rotor_pki_read_public(a.key, &key);
	if (status != ROTOR_OK) {
		return cli_fail_file(cli, a.key, status);
	}
	status = rotor_file_read_into(a.file, data, sizeof(data), &len);
	if (status == ROTOR_OK) {
		struct rotor_bytes manifest = {data, len};
		do {
			status =
			    rotor_reference_open(cli->crypto, &job, manifest, &key, 1, &reference);
		} while (status == ROTOR_PENDING);
	}
	if (status != ROTOR_OK) {
		return cli_fail_file(cli, a.file, status);
	}
	char version[64];
	char vendor_id[37];
	char class_id[37];
	cli_uuid_text(reference.vendor_id.data, vendor_id);
	cli_uuid_text(reference.class_id.data, class_id);
	snprintf(version, sizeof(version), "%.*s", (int)reference.version.len,
		 (const char *)reference.version.data);
	rotor_event(
	    &cli->events, ROTOR_INFO, "manifest",
	    ROTOR_SAY(
		"{file}: firmware {version}, security version {security_version}; signature good"),
	    ROTOR_STRING("file", a.file), ROTOR_STRING("version", version),
	    ROTOR_UINT("security_version", reference.security_version),
	    ROTOR_STRING("vendor_id", vendor_id), ROTOR_STRING("class_id", class_id));
	for (size_t i = 0; i < reference.value_count; i++) {
		const struct rotor_reference_value *v = &reference.values[i];
		rotor_event(&cli->events, ROTOR_INFO, "reference",
			    ROTOR_SAY("measurement {index} ({name}): {value}"),
			    ROTOR_HEX("index", v->index),
			    ROTOR_STRING("name", rotor_measurement_name(v->index)),
			    ROTOR_HEX("type", v->type),
			    ROTOR_BYTES("value", v->value.data, v->value.len));
	}
	return CLI_DONE;
}

int cmd_manifest(struct rotor_cli *cli, int argc, char **argv)
{
	static const struct cli_command commands[] = {
	    {"create", "sign the reference values of a firmware image", manifest_create},
	    {"verify", "check a manifest and show what it says", manifest_verify},
	};
	return cli_dispatch(cli, commands, ROTOR_COUNT_OF(commands),
			    "Signed reference values: what a device measures when it runs a "
			    "version of its firmware.",
			    argc, argv);
}
