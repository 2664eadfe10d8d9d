/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "live.h"

struct arguments {
	struct rotor_cli *cli;
	struct live_options live;
	uint8_t eid;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		state->child_inputs[1] = &a->live;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0 || !live_eid(arg, &a->eid)) {
			argp_error(state, "'%s' is not an endpoint ID (8 to 254)", arg);
		}
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which device? give its endpoint ID");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "EID",
    .doc = "Have a device prove who it is and what it runs, and judge it by the trust store.\vExit "
	   "codes: 0 done, 1 refused or failed, 2 usage.",
    .children = live_children,
};

int cmd_attest(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli};
	struct rotor_agent_job_config config = {.kind = ROTOR_AGENT_ATTEST};
	live_defaults(&a.live);
	cli_parse(&argp, argc, argv, &a);
	config.target = a.eid;
	struct live *live = live_open(cli, &a.live, LIVE_TRUST);
	int code = live ? live_run(live, &config) : CLI_FAILED;
	live_close(live);
	return code;
}
