/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "package_file.h"

enum {
	OPTION_FROM_UNKNOWN = 0x300,
	OPTION_FORCE,
	OPTION_DELAY,
	OPTION_SIGNATURE,
	OPTION_REQUIRE_SIGNATURE,
};

struct arguments {
	struct rotor_cli *cli;
	struct live_options live;
	uint8_t eid;
	const char *package;
	const char *signature;
	bool from_unknown, force, delay, require_signature;
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
    {"signature", OPTION_SIGNATURE, "FILE", 0,
     "detached signature of the package: it must be good, and by a key in the trust store", 0},
    {"require-signature", OPTION_REQUIRE_SIGNATURE, NULL, 0,
     "refuse a package that no key in the trust store has signed", 0},
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
	case OPTION_SIGNATURE:
		a->signature = arg;
		return 0;
	case OPTION_REQUIRE_SIGNATURE:
		a->require_signature = true;
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

/* Opens the package and checks all of it, checksums and signature included, before any device is touched. */
static bool open_package(struct arguments *a, struct package_file *f)
{
	static struct rotor_trust_store store;
	struct rotor_cli *cli = a->cli;
	const char *path = NULL;
	bool is_signed = false;
	if (!package_file_open(cli, a->package, f) || package_file_check(cli, f) != CLI_DONE) {
		return false;
	}
	enum rotor_status status = rotor_trust_store_read(&store, a->live.trust, 0, &path);
	if (status != ROTOR_OK) {
		cli_fail_file(cli, path, status);
		return false;
	}
	struct package_trust trust = {
	    .keys = store.trust.signers,
	    .key_count = store.trust.signer_count,
	    .signature = a->signature,
	    .required = a->require_signature || store.require_package_signature,
	};
	int code = package_file_trust(cli, f, &trust, &is_signed);
	if (code == CLI_DONE && is_signed) {
		package_signature_good(cli, a->package);
	}
	rotor_trust_store_free(&store);
	return code == CLI_DONE;
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
	live_defaults(&a.live);
	cli_parse(&argp, argc, argv, &a);
	if (!live_trusts(cli, &a.live)) {
		return CLI_USAGE;
	}
	struct package_file *file = calloc(1, sizeof(*file));
	if (!file) {
		return cli_fail(cli, "out of memory", NULL);
	}
	int code = open_package(&a, file) ? update(cli, &a, &file->package) : CLI_FAILED;
	package_file_close(file);
	free(file);
	return code;
}
