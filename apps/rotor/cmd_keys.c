/* SPDX-License-Identifier: Apache-2.0 */
/* rotor keys: the development PKI. */
#include "rotor/host_pki.h"
#include "rotor_cli.h"

struct arguments {
	struct rotor_cli *cli;
	const char *dir;
	bool force;
};

static const struct argp_option options[] = {
    {"force", 'f', NULL, 0, "Overwrite keys that are there", 0},
    {0},
};

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
	case ARGP_KEY_ARG:
		if (a->dir)
			argp_usage(state);
		a->dir = value;
		return 0;
	case ARGP_KEY_END:
		if (!a->dir)
			argp_error(state, "DIR is missing");
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
	status = rotor_pki_create(a.dir, a.force, &file);
	if (status == ROTOR_ERR_BUSY) {
		rotor_fail_with(&cli->events, "{dir}/{file} exists; nothing was written",
				"name another directory, or overwrite all keys with --force",
				ROTOR_STRING("dir", a.dir), ROTOR_STRING("file", file));
		return CLI_FAILED;
	}
	if (status) {
		rotor_fail_with(&cli->events, "{dir}/{file}: {reason}", NULL,
				ROTOR_STRING("dir", a.dir), ROTOR_STRING("file", file),
				ROTOR_STRING("reason", rotor_status_string(status)));
		return CLI_FAILED;
	}
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		rotor_event(&cli->events, ROTOR_INFO, "keys.file",
			    ROTOR_SAY("{dir}/{file}: {purpose}"), ROTOR_STRING("dir", a.dir),
			    ROTOR_STRING("file", made[i].file),
			    ROTOR_STRING("purpose", made[i].purpose));
	return CLI_DONE;
}

static const struct cli_command commands[] = {
    {"new", "make the keys and certificates of a development setup", keys_new},
};

int cmd_keys(struct rotor_cli *cli, int argc, char **argv)
{
	return cli_dispatch(cli, commands, sizeof(commands) / sizeof(commands[0]), NULL, argc,
			    argv);
}
