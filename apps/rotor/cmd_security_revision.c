/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

static const struct argp argp = {
    .parser = live_parse_device,
    .args_doc = "EID",
    .doc = "End a delayed update of the security revision: attest the device, open a session in "
	   "which both sides are authenticated, have the device raise its security floor to the "
	   "firmware that it runs, and check that it has. From then on the device refuses older "
	   "firmware, for good. --bus (or --serial, --af-mctp, --i2c) and --trust are needed.\v"
	   "Exit codes: 0 the floor is raised; 1 refused or failed, or nothing waits; 2 usage.",
    .children = live_children,
};

int cmd_security_revision(struct rotor_cli *cli, int argc, char **argv)
{
	struct live_arguments a = {.cli = cli};
	struct rotor_agent_job_config config = {.kind = ROTOR_AGENT_SECURITY_REVISION};
	live_defaults(&a.live);
	cli_parse(&argp, argc, argv, &a);
	if (!live_trusts(cli, &a.live)) {
		return CLI_USAGE;
	}
	config.target = a.eid;
	struct live *live = live_open(cli, &a.live, LIVE_TRUST | LIVE_IDENTITY);
	int code = live ? live_run(live, &config) : CLI_FAILED;
	if (code == CLI_DONE) {
		rotor_event(&cli->events, ROTOR_INFO, "security.updated",
			    ROTOR_SAY("security revision updated: the floor of the device at EID "
				      "{eid} is {floor}, and was {floor_before}"),
			    ROTOR_UINT("eid", live->devices[0].job.device.eid),
			    ROTOR_UINT("floor_before", live->devices[0].attested.floor),
			    ROTOR_UINT("floor", live->devices[0].now.floor));
	}
	live_close(live);
	return code;
}
