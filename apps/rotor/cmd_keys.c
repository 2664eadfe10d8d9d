/* SPDX-License-Identifier: Apache-2.0 */
/* rotor keys: the development PKI, and single keys that sign images. */
#include <stdio.h>
#include <string.h>

#include "rotor/host_pki.h"
#include "rotor_cli.h"

#define PATH_SIZE 4096

struct arguments {
	struct rotor_cli *cli;
	const char *name; /* of a directory, or what the names of two files begin with */
	bool force;
	enum rotor_sig_alg alg;
};

static const struct argp_option options[] = {
    {"force", 'f', NULL, 0, "Overwrite keys that are there", 0},
    {0},
};

static const struct argp_option image_options[] = {
    {"algorithm", 'a', "ALG", 0, "p384 (default), p256, rsa3072 or ed25519", 0},
    {"force", 'f', NULL, 0, "Overwrite keys that are there", 0},
    {0},
};

static enum rotor_sig_alg algorithm_named(struct argp_state *state, const char *name)
{
	static const struct {
		const char *name;
		enum rotor_sig_alg alg;
	} known[] = {
	    {"p384", ROTOR_SIG_ECDSA_P384},
	    {"p256", ROTOR_SIG_ECDSA_P256},
	    {"rsa3072", ROTOR_SIG_RSA3072_PSS},
	    {"ed25519", ROTOR_SIG_ED25519},
	};

	for (size_t i = 0; i < ROTOR_COUNT_OF(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].alg;
	argp_error(state, "--algorithm: `%s' is not p384, p256, rsa3072 or ed25519", name);
	return ROTOR_SIG_NONE;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		return 0;
	case 'f':
		a->force = true;
		return 0;
	case 'a':
		a->alg = algorithm_named(state, value);
		return 0;
	case ARGP_KEY_ARG:
		if (a->name)
			argp_usage(state);
		a->name = value;
		return 0;
	case ARGP_KEY_END:
		if (!a->name)
			argp_error(state, "a name is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp new_argp = {
    options,
    parse,
    "DIR",
    "Makes the keys and certificates of a development setup in DIR: an image signing key, a "
    "release key for reference "
    "values, the root and the CA of device identities, the root of agents and one agent.\v"
    "All keys are P-384. Private keys (*.key.pem) are not encrypted: they are for development "
    "only.",
    cli_children,
    NULL,
    NULL};

static const struct {
	const char *file, *purpose;
} made[] = {
    {ROTOR_PKI_IMAGE_KEY, "signs firmware images"},
    {ROTOR_PKI_RELEASE_KEY, "signs reference values"},
    {ROTOR_PKI_RELEASE_PUBLIC, "its public half: verifiers believe what it has signed"},
    {ROTOR_PKI_DEVICE_ROOT_CERT, "root of device identities: verifiers trust it"},
    {ROTOR_PKI_DEVICE_CA_CERT, "certifies devices when they are provisioned"},
    {ROTOR_PKI_AGENT_ROOT_CERT, "root of agents: devices trust it"},
    {ROTOR_PKI_AGENT_CHAIN, "the agent's certificate chain, root first"},
    {ROTOR_PKI_AGENT_KEY, "the agent's private key"},
};

static int keys_new(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli};
	const char *file = NULL;
	enum rotor_status status;

	cli_parse(&new_argp, argc, argv, &a);
	status = rotor_pki_create(a.name, a.force, &file);
	if (status == ROTOR_ERR_BUSY) {
		rotor_fail_with(&cli->events, "{dir}/{file} exists; nothing was written",
				"name another directory, or overwrite all keys with --force",
				ROTOR_STRING("dir", a.name), ROTOR_STRING("file", file));
		return CLI_FAILED;
	}
	if (status) {
		rotor_fail_with(&cli->events, "{dir}/{file}: {reason}", NULL,
				ROTOR_STRING("dir", a.name), ROTOR_STRING("file", file),
				ROTOR_STRING("reason", rotor_status_string(status)));
		return CLI_FAILED;
	}
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		rotor_event(&cli->events, ROTOR_INFO, "keys.file",
			    ROTOR_SAY("{dir}/{file}: {purpose}"), ROTOR_STRING("dir", a.name),
			    ROTOR_STRING("file", made[i].file),
			    ROTOR_STRING("purpose", made[i].purpose));
	return CLI_DONE;
}

static const struct argp image_argp = {
    image_options,
    parse,
    "NAME",
    "Makes one key that signs images: NAME.key.pem, and its public half NAME.pub.pem.\v"
    "The private key is not encrypted: it is for development only. A key that matters stays in a "
    "vault, and signs with `rotor image sign --signer'.",
    cli_children,
    NULL,
    NULL};

static int keys_image(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli, .alg = ROTOR_SIG_ECDSA_P384};
	char key[PATH_SIZE], public_key[PATH_SIZE];
	enum rotor_status status = ROTOR_ERR_SPACE;

	cli_parse(&image_argp, argc, argv, &a);
	if (snprintf(key, sizeof(key), "%s.key.pem", a.name) < (int)sizeof(key) &&
	    snprintf(public_key, sizeof(public_key), "%s.pub.pem", a.name) <
		(int)sizeof(public_key))
		status = rotor_pki_create_image_key(key, public_key, a.alg, a.force);
	if (status == ROTOR_ERR_BUSY)
		return cli_fail(cli, "the key exists; nothing was written",
				"choose another name, or overwrite it with --force");
	if (status)
		return cli_fail_file(cli, key, status);
	rotor_event(&cli->events, ROTOR_INFO, "keys.image",
		    ROTOR_SAY("{file}: signs firmware images; its public half is {public}"),
		    ROTOR_STRING("file", key), ROTOR_STRING("public", public_key));
	return CLI_DONE;
}

static const struct cli_command commands[] = {
    {"new", "make the keys and certificates of a development setup", keys_new},
    {"image", "make one key that signs images", keys_image},
};

int cmd_keys(struct rotor_cli *cli, int argc, char **argv)
{
	return cli_dispatch(cli, commands, sizeof(commands) / sizeof(commands[0]), NULL, argc,
			    argv);
}
