/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "live.h"

enum {
	OPTION_FROM_UNKNOWN = 0x300,
	OPTION_FORCE,
	OPTION_DELAY,
};

struct arguments {
	struct rotor_cli *cli;
	struct live_options live;
	uint8_t eid;
	const char *package;
	bool from_unknown, force, delay;
};

static const struct argp_option options[] = {
    {"from-unknown", OPTION_FROM_UNKNOWN, NULL, 0,
     "go on although the firmware that runs now is not in the trust store", 0},
    {"force", OPTION_FORCE, NULL, 0,
     "ask the device to take a version that is not higher than its own (its security floor still "
     "holds)",
     0},
    {"delay-security-revision", OPTION_DELAY, NULL, 0,
     "have the device's security floor wait, so that older firmware is still accepted, until "
     "'rotor security-revision' ends that",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		state->child_inputs[1] = &a->live;
		return 0;
	case OPTION_FROM_UNKNOWN:
		a->from_unknown = true;
		return 0;
	case OPTION_FORCE:
		a->force = true;
		return 0;
	case OPTION_DELAY:
		a->delay = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0 && !live_eid(arg, &a->eid)) {
			argp_error(state, "'%s' is not an endpoint ID (8 to 254)", arg);
		}
		if (state->arg_num > 1) {
			return ARGP_ERR_UNKNOWN;
		}
		a->package = state->arg_num == 1 ? arg : NULL;
		return 0;
	case ARGP_KEY_END:
		if (!a->package) {
			argp_error(state, "which device, and which package?");
		}
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "EID PACKAGE",
    .doc = "Update a device's firmware: attest it, open a session in which both sides are "
	   "authenticated, transfer, "
	   "have it verified and activated, wait for the restart, and attest the new firmware "
	   "against the "
	   "reference values that the package carries (without any: against the trust store). "
	   "--bus (or --serial, --af-mctp, --i2c) and "
	   "--trust are needed.\v"
	   "Exit codes: 0 the new firmware has proved itself; 1 refused or failed; 2 usage.",
    .children = live_children,
};

static enum rotor_status check_payload(const struct rotor_package *package,
				       struct rotor_package_fault *fault)
{
	static uint8_t piece[65536];
	struct rotor_package_payload_check check;
	enum rotor_status status;
	rotor_package_payload_check_init(&check, package);
	do {
		status = rotor_package_payload_check_step(&check, piece, sizeof(piece));
	} while (status == ROTOR_PENDING);
	if (status != ROTOR_OK) {
		*fault = (struct rotor_package_fault){
		    .refusal = status == ROTOR_ERR_VERIFY ? ROTOR_PACKAGE_CHECKSUM_WRONG
							  : ROTOR_PACKAGE_READ_FAILED,
		    .field = ROTOR_PACKAGE_FIELD_PAYLOAD_CHECKSUM,
		    .offset = package->header.len - 4,
		};
	}
	return status;
}

/* Opens the package and checks all of it, the payload's checksum included, before any device is touched. */
static bool open_package(struct rotor_cli *cli, const char *path, struct cli_file *file,
			 struct rotor_package *package, uint8_t *header)
{
	struct rotor_package_fault fault = {0};
	if (!cli_file_open(cli, path, file)) {
		return false;
	}
	struct rotor_package_source source = {
	    .read = cli_file_read64, .ctx = file, .size = file->size};
	enum rotor_status status =
	    rotor_package_open(package, &source, header, ROTOR_PACKAGE_HEADER_MAX, &fault);
	if (status == ROTOR_OK) {
		status = check_payload(package, &fault);
	}
	if (status == ROTOR_OK) {
		return true;
	}
	rotor_fail_with(&cli->events, "{package} is refused: {field} at offset {offset}: {reason}",
			"get the package again from whoever released it",
			ROTOR_STRING("package", path),
			ROTOR_STRING("field", rotor_package_field_name(fault.field)),
			ROTOR_UINT("offset", fault.offset),
			ROTOR_STRING("reason", rotor_package_refusal_string(fault.refusal)));
	cli_file_close(file);
	return false;
}

static int update(struct rotor_cli *cli, const struct arguments *a,
		  const struct rotor_package *package)
{
	struct rotor_agent_job_config config = {
	    .kind = ROTOR_AGENT_UPDATE,
	    .target = a->eid,
	    .package = package,
	    .accept_unknown = a->from_unknown,
	    .force = a->force,
	    .delay_security_revision = a->delay,
	};
	struct live *live = live_open(cli, &a->live, LIVE_TRUST | LIVE_IDENTITY);
	int code = live ? live_run(live, &config) : CLI_FAILED;
	if (code == CLI_DONE) {
		rotor_event(
		    &cli->events, ROTOR_INFO, "updated",
		    live->attested.held
			? ROTOR_SAY("update successful: the device at EID {eid} runs the new "
				    "firmware, and has proved it; its security floor waits for "
				    "'rotor security-revision'")
			: ROTOR_SAY("update successful: the device at EID {eid} runs the new "
				    "firmware, and has proved it"),
		    ROTOR_UINT("eid", live->job.device.eid),
		    ROTOR_BOOL("security_revision_held", live->attested.held));
	}
	live_close(live);
	return code;
}

int cmd_update(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli};
	struct rotor_package package;
	struct cli_file file;
	live_defaults(&a.live);
	cli_parse(&argp, argc, argv, &a);
	if (!live_trusts(cli, &a.live)) {
		return CLI_USAGE;
	}
	uint8_t *header = malloc(ROTOR_PACKAGE_HEADER_MAX);
	if (!header) {
		return cli_fail(cli, "out of memory", NULL);
	}
	int code = CLI_FAILED;
	if (open_package(cli, a.package, &file, &package, header)) {
		code = update(cli, &a, &package);
		cli_file_close(&file);
	}
	free(header);
	return code;
}
