/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

static const struct argp argp = {
    .parser = live_parse_device,
    .args_doc = "EID",
    .doc = "Have a device prove who it is and what it runs, and judge it by the trust store. --bus "
	   "and "
	   "--trust are needed.\v"
	   "Exit codes: 0 the device is trusted; 1 it is not, or the attempt failed; 2 usage.",
    .children = live_children,
};

int cmd_attest(struct rotor_cli *cli, int argc, char **argv)
{
	struct live_arguments a = {.cli = cli};
	struct rotor_agent_job_config config = {.kind = ROTOR_AGENT_ATTEST};
	live_defaults(&a.live);
	cli_parse(&argp, argc, argv, &a);
	if (!live_trusts(cli, &a.live)) {
		return CLI_USAGE;
	}
	config.target = a.eid;
	struct live *live = live_open(cli, &a.live, LIVE_TRUST);
	int code = live ? live_run(live, &config) : CLI_FAILED;
	live_close(live);
	return code;
}
