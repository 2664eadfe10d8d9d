/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

static const struct argp argp = {
    .parser = live_parse_device,
    .args_doc = "EID",
    .doc = "Read what a device says of its identity and firmware (PLDM, in the clear: nothing of "
	   "it is proven).\vExit codes: 0 done, 1 refused or failed, 2 usage.",
    .children = live_children,
};

int cmd_inventory(struct rotor_cli *cli, int argc, char **argv)
{
	struct live_arguments a = {.cli = cli};
	struct rotor_agent_job_config config = {.kind = ROTOR_AGENT_INVENTORY};
	live_defaults(&a.live);
	cli_parse(&argp, argc, argv, &a);
	config.target = a.eid;
	struct live *live = live_open(cli, &a.live, 0);
	int code = live ? live_run(live, &config) : CLI_FAILED;
	if (code == CLI_DONE) {
		live_report_inventory(&live->devices[0]);
		live_report_status(&live->devices[0]);
	}
	live_close(live);
	return code;
}
