/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "live.h"

struct arguments {
	struct rotor_cli *cli;
	struct live_options live;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		state->child_inputs[1] = &a->live;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
    .parser = parse,
    .doc = "Find the MCTP endpoints on a bus, or at the other end of a serial line; with "
	   "--bus-owner, give them EIDs.\vExit codes: 0 "
	   "done, 1 refused or failed, 2 usage.",
    .children = live_children,
};

int cmd_discover(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli};
	struct rotor_agent_job_config config = {.kind = ROTOR_AGENT_DISCOVER};
	live_defaults(&a.live);
	cli_parse(&argp, argc, argv, &a);
	struct live *live = live_open(cli, &a.live, 0);
	int code = live ? live_run(live, &config) : CLI_FAILED;
	live_close(live);
	return code;
}
