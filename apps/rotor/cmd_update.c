/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "package_file.h"

enum {
	OPTION_FROM_UNKNOWN = 0x300,
	OPTION_FORCE,
	OPTION_DELAY,
	OPTION_SEQUENTIAL,
	OPTION_SIGNATURE,
	OPTION_REQUIRE_SIGNATURE,
};

struct arguments {
	struct rotor_cli *cli;
	struct live_options live;
	/* Words that are no options, in their order, and the bus that was named last before each: EIDs, then the package. */
	struct {
		const char *text;
		size_t bus;
	} words[LIVE_DEVICES_MAX + 1];
	size_t word_count;
	struct live_target targets[LIVE_DEVICES_MAX];
	size_t target_count;
	const char *package;
	const char *signature;
	bool from_unknown, force, delay, sequential, require_signature;
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
    {"sequential", OPTION_SEQUENTIAL, NULL, 0,
     "have all of each image asked for, in order and one request at a time: the device is not told "
     "which blocks it has already",
     0},
    {"signature", OPTION_SIGNATURE, "FILE", 0,
     "detached signature of the package: it must be good, and by a key in the trust store", 0},
    {"require-signature", OPTION_REQUIRE_SIGNATURE, NULL, 0,
     "refuse a package that no key in the trust store has signed", 0},
    {0}};

static void take_words(struct argp_state *state, struct arguments *a)
{
	a->package = a->words[a->word_count - 1].text;
	a->target_count = a->word_count - 1;
	for (size_t i = 0; i < a->target_count; i++) {
		struct live_target *target = &a->targets[i];
		target->bus = a->words[i].bus;
		if (!live_eid(a->words[i].text, &target->eid)) {
			argp_error(state, "'%s' is not an endpoint ID (8 to 254)",
				   a->words[i].text);
		}
		for (size_t j = 0; j < i; j++) {
			if (a->targets[j].bus == target->bus && a->targets[j].eid == target->eid) {
				argp_error(state, "EID %u is there twice", target->eid);
			}
		}
	}
}

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
	case OPTION_SEQUENTIAL:
		a->sequential = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->word_count > LIVE_DEVICES_MAX) {
			argp_error(state, "no more than %u devices at once", LIVE_DEVICES_MAX);
		}
		a->words[a->word_count].text = arg;
		a->words[a->word_count++].bus = a->live.more_count;
		return 0;
	case ARGP_KEY_END:
		if (a->word_count < 2) {
			argp_error(state, "which device, and which package?");
		}
		take_words(state, a);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "EID... PACKAGE",
    .doc = "Update devices, all at once: attest each, open a session in which both sides are "
	   "authenticated, transfer, "
	   "have it verified and activated, wait for the restart, and attest the new firmware "
	   "against the "
	   "reference values that the package carries (without any: against the trust store). What "
	   "a device has already is not brought again, and what another update has left half done "
	   "is taken over: after an interruption of any kind, run the same again. "
	   "--bus (or --serial, --af-mctp, --i2c) and "
	   "--trust are needed; with several of them, the EIDs behind each are those of that bus.\v"
	   "SIGINT cancels what is not activated yet; devices keep the firmware that they had.\n\n"
	   "Exit codes: 0 the new firmware has proved itself, on all devices; 1 refused or failed, "
	   "on one of them at least; 2 usage.",
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

/* What became of each component. Returns whether there was anything to do. */
static bool report_items(struct live_device *device)
{
	static const char *const states[] = {
	    [ROTOR_AGENT_ITEM_WAITS] = "waits",
	    [ROTOR_AGENT_ITEM_UNDER_WAY] = "under way",
	    [ROTOR_AGENT_ITEM_ARRIVED] = "updated",
	    [ROTOR_AGENT_ITEM_PRESENT] = "was there already",
	};
	const struct rotor_agent_job *job = &device->job;
	bool did = false;
	for (uint8_t i = 0; i < job->item_count; i++) {
		const struct rotor_agent_item *item = &job->items[i];
		struct rotor_package_component image;
		char version[256] = "";
		if (rotor_package_component(job->config.package, item->component, &image) !=
		    ROTOR_OK) {
			continue;
		}
		snprintf(version, sizeof(version), "%.*s", (int)image.version.text.len,
			 image.version.text.len ? (const char *)image.version.text.data : "");
		did |= item->state != ROTOR_AGENT_ITEM_PRESENT;
		rotor_event(
		    &device->cli.events, ROTOR_INFO, "component.updated",
		    item->downstream
			? ROTOR_SAY("downstream device {index}, version {version}: {state}")
			: ROTOR_SAY("component {identifier}, version {version}: {state}"),
		    ROTOR_BOOL("downstream", item->downstream), ROTOR_UINT("index", item->index),
		    ROTOR_HEX("identifier", image.identifier), ROTOR_STRING("version", version),
		    ROTOR_STRING("state", states[item->state]));
	}
	return did;
}

static void report_updated(struct live_device *device)
{
	const bool held = device->attested.held;
	const bool did = report_items(device);
	rotor_event(
	    &device->cli.events, ROTOR_INFO, "updated",
	    !did   ? ROTOR_SAY("nothing to do: the device at EID {eid} has all of this, and has "
				 "proved what it runs")
	    : held ? ROTOR_SAY("update successful: the device at EID {eid} runs the new "
			       "firmware, and has proved it; its security floor waits for "
			       "'rotor security-revision'")
		   : ROTOR_SAY("update successful: the device at EID {eid} runs the new "
			       "firmware, and has proved it"),
	    ROTOR_UINT("eid", device->job.device.eid), ROTOR_BOOL("security_revision_held", held),
	    ROTOR_BOOL("changed", did));
}

static int update(struct rotor_cli *cli, const struct arguments *a,
		  const struct rotor_package *package)
{
	const struct rotor_agent_job_config config = {
	    .kind = ROTOR_AGENT_UPDATE,
	    .package = package,
	    .accept_unknown = a->from_unknown,
	    .force = a->force,
	    .sequential = a->sequential,
	    .delay_security_revision = a->delay,
	};
	struct live *live = live_open(cli, &a->live, LIVE_TRUST | LIVE_IDENTITY);
	int code = live ? live_run_all(live, &config, a->targets, a->target_count) : CLI_FAILED;
	for (size_t i = 0; live && i < live->device_count; i++) {
		if (live->devices[i].ended && live->devices[i].code == CLI_DONE) {
			report_updated(&live->devices[i]);
		}
	}
	live_close(live);
	return code;
}

int cmd_update(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli};
	live_defaults(&a.live);
	a.live.several = true;
	cli_parse_in_order(&argp, argc, argv, &a);
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
