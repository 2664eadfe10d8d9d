/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

static const struct argp argp = {
    .parser = live_parse_device,
    .args_doc = "EID",
    .doc =
	"Cancel the update that an agent of the same identity and EID has left behind in a "
	"device, in a session with it; the device keeps the firmware that it has. ('rotor update' "
	"needs no such help: it takes over what it finds.) --bus (or --serial, --af-mctp, --i2c) "
	"and --trust are needed.\v"
	"Exit codes: 0 no update is under way any more; 1 refused or failed; 2 usage.",
    .children = live_children,
};

int cmd_cancel(struct rotor_cli *cli, int argc, char **argv)
{
	struct live_arguments a = {.cli = cli};
	struct rotor_agent_job_config config = {.kind = ROTOR_AGENT_CANCEL};
	live_defaults(&a.live);
	cli_parse(&argp, argc, argv, &a);
	if (!live_trusts(cli, &a.live)) {
		return CLI_USAGE;
	}
	config.target = a.eid;
	struct live *live = live_open(cli, &a.live, LIVE_TRUST | LIVE_IDENTITY);
	int code = live ? live_run(live, &config) : CLI_FAILED;
	if (code == CLI_DONE) {
		const struct rotor_agent_job *job = &live->devices[0].job;
		const bool did = job->ua.device.state != ROTOR_PLDM_IDLE;
		rotor_event(
		    &cli->events, ROTOR_INFO, "cancelled",
		    did ? ROTOR_SAY("the update of the device at EID {eid} is cancelled: it "
				    "keeps the firmware that it has")
			: ROTOR_SAY("nothing to cancel: no update of the device at EID "
				    "{eid} is under way"),
		    ROTOR_UINT("eid", job->device.eid), ROTOR_BOOL("changed", did));
	}
	live_close(live);
	return code;
}
