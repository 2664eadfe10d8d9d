/* SPDX-License-Identifier: Apache-2.0 */
/* rotor settings: what a signed settings component says, before it is signed ('rotor image sign --kind settings'). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/boot_image.h"
#include "rotor/boot_store.h"
#include "rotor/host_file.h"
#include "rotor/host_pki.h"
#include "rotor_cli.h"

enum {
	OPTION_ANCHOR = 0x600,
	OPTION_REVOKE,
};

struct arguments {
	struct rotor_cli *cli;
	const char *anchors[ROTOR_BOOT_ANCHORS_MAX];
	size_t anchor_count;
	const char *revoked[ROTOR_BOOT_KEYS_MAX];
	size_t revoked_count;
	const char *file;
};

static const struct argp_option create_options[] = {
    {"anchor", OPTION_ANCHOR, "FILE", 0,
     "certificate (PEM or DER) that vouches for agents; up to four, at least one: they replace all "
     "that are in force",
     0},
    {"revoke-image-key", OPTION_REVOKE, "FILE", 0,
     "image key (PEM: public, private or certificate) that devices are never to trust again; may "
     "be repeated",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		return 0;
	case OPTION_ANCHOR:
		if (a->anchor_count == ROTOR_BOOT_ANCHORS_MAX) {
			argp_error(state, "more than %d anchors", ROTOR_BOOT_ANCHORS_MAX);
		}
		a->anchors[a->anchor_count++] = arg;
		return 0;
	case OPTION_REVOKE:
		if (a->revoked_count == ROTOR_BOOT_KEYS_MAX) {
			argp_error(state, "more than %d keys", ROTOR_BOOT_KEYS_MAX);
		}
		a->revoked[a->revoked_count++] = arg;
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

/* What is shown of a settings component; every certificate by its subject and digest. */
static void report(struct rotor_cli *cli, const char *event, const char *file, const char *done,
		   const struct rotor_boot_settings *settings)
{
	static struct cli_report r;
	static char names[ROTOR_BOOT_ANCHORS_MAX][160];
	static char keys[ROTOR_BOOT_ANCHORS_MAX + ROTOR_BOOT_KEYS_MAX][32];
	static uint8_t digest[ROTOR_BOOT_DIGEST_SIZE];
	char heading[4096];
	snprintf(heading, sizeof(heading), "%s: %s", file, done);
	cli_report_begin(&r, heading);
	for (size_t i = 0; i < settings->anchor_count; i++) {
		struct rotor_cert cert;
		struct rotor_bytes name = {(const uint8_t *)"?", 1};
		if (cli->crypto->cert_parse(settings->anchor[i].data, settings->anchor[i].len,
					    &cert) == ROTOR_OK) {
			name = rotor_name_common_name(cert.subject);
		}
		snprintf(names[i], sizeof(names[i]), "%.*s", (int)name.len,
			 (const char *)name.data);
		snprintf(keys[i], sizeof(keys[i]), "anchor_%zu", i);
		cli_report_string(&r, "agents' anchor", keys[i], names[i]);
	}
	for (size_t i = 0; i < settings->revoked_count; i++) {
		char *key = keys[ROTOR_BOOT_ANCHORS_MAX + i];
		snprintf(key, sizeof(keys[0]), "revoked_%zu", i);
		cli_report_bytes(&r, "image key revoked", key, settings->revoked[i].data,
				 settings->revoked[i].len);
	}
	if (rotor_boot_anchors_digest(cli->crypto, settings->anchor, settings->anchor_count,
				      digest) == ROTOR_OK) {
		cli_report_bytes(&r, "measured as", "anchors_digest", digest, sizeof(digest));
	}
	cli_report_end(&r, cli, event);
}

/* Reads all certificates and keys that the settings name; they stay in `der` and `hashes`. */
static bool gather(struct arguments *a, struct rotor_boot_settings *settings, uint8_t *der,
		   size_t cap, struct rotor_image_key_hash *hashes)
{
	size_t used = 0;
	for (size_t i = 0; i < a->anchor_count; i++) {
		size_t len = 0;
		struct rotor_cert cert;
		enum rotor_status status =
		    rotor_pki_read_certs(a->anchors[i], der + used, cap - used, &len);
		if (status == ROTOR_OK) {
			status = a->cli->crypto->cert_parse(der + used, len, &cert);
		}
		if (status == ROTOR_OK && !cert.is_ca) {
			cli_fail(a->cli, "an anchor is no CA certificate", NULL);
			return false;
		}
		if (status != ROTOR_OK) {
			cli_fail_file(a->cli, a->anchors[i], status);
			return false;
		}
		settings->anchor[settings->anchor_count++] = (struct rotor_bytes){der + used, len};
		used += len;
	}
	for (size_t i = 0; i < a->revoked_count; i++) {
		struct rotor_public_key key;
		enum rotor_status status = rotor_pki_read_public(a->revoked[i], &key);
		if (status == ROTOR_OK) {
			status = rotor_image_key_hash(a->cli->crypto, &key, &hashes[i]);
		}
		if (status != ROTOR_OK) {
			cli_fail_file(a->cli, a->revoked[i], status);
			return false;
		}
		settings->revoked[settings->revoked_count++] =
		    (struct rotor_bytes){hashes[i].hash, ROTOR_BOOT_DIGEST_SIZE};
	}
	return true;
}

static const struct argp create_argp = {
    .options = create_options,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Write what a settings component says: whom devices trust as update agents, and which "
	   "image keys "
	   "they trust no more. Then sign it with 'rotor image sign --kind settings', and put it "
	   "into a "
	   "package as component 2.\v"
	   "A device refuses settings that are not newer than those in force, and settings that "
	   "revoke a key "
	   "which its firmware, its recovery image or the settings themselves are signed with.",
    .children = cli_children,
};

static int settings_create(struct rotor_cli *cli, int argc, char **argv)
{
	static uint8_t der[ROTOR_BOOT_ANCHORS_MAX * ROTOR_PKI_CHAIN_MAX];
	static uint8_t body[ROTOR_BOOT_STORE_MAX];
	struct rotor_image_key_hash hashes[ROTOR_BOOT_KEYS_MAX];
	struct rotor_boot_settings settings = {0};
	struct arguments a = {.cli = cli};
	size_t len = 0;
	cli_parse(&create_argp, argc, argv, &a);
	if (a.anchor_count == 0) {
		return cli_fail(cli, "settings without an anchor would shut every agent out",
				"name the anchors that are to be in force with --anchor FILE");
	}
	if (!gather(&a, &settings, der, sizeof(der), hashes)) {
		return CLI_FAILED;
	}
	enum rotor_status status = rotor_boot_settings_encode(&settings, body, sizeof(body), &len);
	if (status == ROTOR_ERR_SPACE) {
		return cli_fail(cli, "the anchors are too large for a device",
				"name fewer of them, or smaller ones");
	}
	if (status == ROTOR_OK) {
		status = rotor_file_write(a.file, body, len, ROTOR_FILE_PUBLIC);
	}
	if (status != ROTOR_OK) {
		return cli_fail_file(cli, a.file, status);
	}
	report(cli, "settings.created", a.file, "settings written", &settings);
	return CLI_DONE;
}

static const struct argp show_argp = {
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Show what a settings component says, signed or not. Nothing of it is believed: "
	   "'rotor image verify --kind settings' checks the signature.",
    .children = cli_children,
};

/* The body of a signed image, or the whole file if it is none. */
static struct rotor_bytes body_of(struct rotor_cli *cli, const uint8_t *data, size_t len)
{
	static uint8_t work[ROTOR_IMAGE_WORK_MIN];
	struct rotor_image_memory memory;
	struct rotor_image_verifier verifier;
	const struct rotor_image_source source = rotor_image_memory(&memory, data, (uint32_t)len);
	struct rotor_bytes body = {data, len};
	if (rotor_image_inspector_init(&verifier, cli->crypto, &source, work, sizeof(work)) ==
		ROTOR_OK &&
	    rotor_image_verifier_run(&verifier) == ROTOR_OK &&
	    verifier.info.kind == ROTOR_IMAGE_SETTINGS) {
		body =
		    (struct rotor_bytes){data + verifier.info.body_offset, verifier.info.body_size};
	}
	return body;
}

static int settings_show(struct rotor_cli *cli, int argc, char **argv)
{
	struct rotor_boot_settings settings;
	struct arguments a = {.cli = cli};
	uint8_t *data = NULL;
	size_t len = 0;
	cli_parse(&show_argp, argc, argv, &a);
	enum rotor_status status = rotor_file_read(a.file, 1u << 20, &data, &len);
	if (status == ROTOR_OK) {
		struct rotor_bytes body = body_of(cli, data, len);
		status = rotor_boot_settings_decode(body.data, body.len, &settings);
	}
	if (status == ROTOR_OK) {
		report(cli, "settings", a.file, "settings", &settings);
	} else {
		cli_fail_file(cli, a.file, status);
	}
	free(data);
	return status == ROTOR_OK ? CLI_DONE : CLI_FAILED;
}

static const struct cli_command commands[] = {
    {"create", "write what a settings component says, to be signed", settings_create},
    {"show", "show what a settings component says", settings_show},
};

int cmd_settings(struct rotor_cli *cli, int argc, char **argv)
{
	return cli_dispatch(cli, commands, sizeof(commands) / sizeof(commands[0]), NULL, argc,
			    argv);
}
