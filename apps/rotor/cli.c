/* SPDX-License-Identifier: Apache-2.0 */
/* Common options, dispatch to commands, and their help. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rotor_cli.h"

enum { OPTION_JSON = 0x1000 };

static const struct argp_option common_options[] = {
    {"json", OPTION_JSON, NULL, 0, "Say everything as JSON, one object a line", 100},
    {"quiet", 'q', NULL, 0, "Say nothing but errors", 100},
    {"verbose", 'v', NULL, 0, "Say more", 100},
    {0},
};

static error_t parse_common(int key, char *value, struct argp_state *state)
{
	struct rotor_cli *cli = state->input;

	(void)value;
	switch (key) {
	case OPTION_JSON:
		rotor_events_init(&cli->events, ROTOR_EVENTS_JSON, stdout);
		return 0;
	case 'q':
		rotor_events_init(&cli->events, ROTOR_EVENTS_QUIET, stdout);
		return 0;
	case 'v':
		cli->events.verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cli_common_argp = {common_options, parse_common, NULL, NULL, NULL, NULL, NULL};
const struct argp_child cli_children[] = {{&cli_common_argp, 0, "Output:", 100}, {0}};

void cli_init_children(struct argp_state *state)
{
	/* The first member of every command's arguments. */
	struct rotor_cli **first = state->input;

	state->child_inputs[0] = *first;
}

static void parse_with(const struct argp *argp, int argc, char **argv, unsigned flags, void *input)
{
	error_t error = argp_parse(argp, argc, argv, flags, NULL, input);

	if (error) {
		fprintf(stderr, "%s: %s\n", argv[0], strerror(error));
		exit(CLI_FAILED);
	}
}

void cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	parse_with(argp, argc, argv, 0, input);
}

void cli_parse_in_order(const struct argp *argp, int argc, char **argv, void *input)
{
	parse_with(argp, argc, argv, ARGP_IN_ORDER, input);
}

static void list_commands(const struct cli_command *commands, size_t count, const char *doc,
			  const char *name, FILE *out)
{
	fprintf(out, "Usage: %s COMMAND [OPTION...]\n", name);
	if (doc)
		fprintf(out, "%s\n", doc);
	fprintf(out, "\nCommands:\n");
	for (size_t i = 0; i < count; i++)
		fprintf(out, "  %-17s %s\n", commands[i].name, commands[i].summary);
	fprintf(out,
		"\n`%s COMMAND --help' says more of one. Every command takes --json, --quiet and "
		"--verbose.\n"
		"Exit codes: 0 done; 1 refused or failed, the reason is on standard error; 2 wrong "
		"usage.\n",
		name);
}

static const struct cli_command *find(const struct cli_command *commands, size_t count,
				      const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int cli_dispatch(struct rotor_cli *cli, const struct cli_command *commands, size_t count,
		 const char *doc, int argc, char **argv)
{
	const struct cli_command *command;
	const char *word = argc > 1 ? argv[1] : NULL;
	char name[80];

	if (word &&
	    (strcmp(word, "--help") == 0 || strcmp(word, "-?") == 0 || strcmp(word, "help") == 0)) {
		list_commands(commands, count, doc, argv[0], stdout);
		return CLI_DONE;
	}
	if (!word) {
		list_commands(commands, count, doc, argv[0], stderr);
		return CLI_USAGE;
	}
	command = find(commands, count, word);
	if (!command) {
		fprintf(stderr, "%s: there is no command `%s'\n`%s --help' lists them.\n", argv[0],
			word, argv[0]);
		return CLI_USAGE;
	}
	snprintf(name, sizeof(name), "%s %s", argv[0], command->name);
	argv[1] = name;
	return command->run(cli, argc - 1, argv + 1);
}

int cli_fail(struct rotor_cli *cli, const char *what, const char *next)
{
	rotor_fail(&cli->events, what, next);
	return CLI_FAILED;
}

int cli_fail_file(struct rotor_cli *cli, const char *path, enum rotor_status status)
{
	/* Of a file, "no room" would leave open whose. */
	const char *reason = status == ROTOR_ERR_SPACE ? "too large" : rotor_status_string(status);

	rotor_fail_with(&cli->events, "{file}: {reason}", NULL, ROTOR_STRING("file", path),
			ROTOR_STRING("reason", reason));
	return CLI_FAILED;
}
