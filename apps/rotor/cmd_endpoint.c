/* SPDX-License-Identifier: Apache-2.0 */
/* An endpoint that does nothing but what every one must: answer the control protocol. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "rotor/host_loop.h"

enum {
	OPTION_UUID = 0x300,
	OPTION_TYPES,
};

#define TYPES_MAX 8
/* How long a bus owner waits until it looks again. */
#define LOOK_MS 1000
/* Longest control message, with room to spare. */
#define MESSAGE_MAX 256

struct arguments {
	struct rotor_cli *cli;
	struct live_options live;
	uint8_t uuid[ROTOR_MCTP_UUID_SIZE];
	bool has_uuid;
	struct rotor_mctp_type_support types[TYPES_MAX];
	uint8_t type_count;
};

struct endpoint {
	struct rotor_cli *cli;
	struct joint joint;
	struct rotor_mctp mctp;
	struct rotor_mctp_control control;
	struct rotor_mctp_slot slots[2];
	uint8_t buffers[2 * MESSAGE_MAX];
	struct rotor_mctp_pending pending[4];
	uint32_t unserved; /* messages of types that are served elsewhere, or nowhere */
};

static volatile sig_atomic_t ended;

static void on_signal(int signal_number)
{
	(void)signal_number;
	ended = 1;
}

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	struct endpoint *e = ctx;
	if (info->type == ROTOR_MCTP_TYPE_CONTROL) {
		rotor_mctp_control_message(&e->control, info, body, len);
	} else {
		e->unserved++;
	}
}

static void on_eid(void *ctx, uint8_t eid)
{
	struct endpoint *e = ctx;
	rotor_event(&e->cli->events, ROTOR_INFO, "assigned",
		    ROTOR_SAY("the bus owner has assigned EID {eid}"), ROTOR_UINT("eid", eid));
}

static bool start(struct endpoint *e, const struct arguments *a)
{
	const struct rotor_mctp_config mctp = {
	    .eid = joint_eid(&e->joint),
	    .slots = e->slots,
	    .slot_count = ROTOR_COUNT_OF(e->slots),
	    .buffers = e->buffers,
	    .buffer_size = MESSAGE_MAX,
	    .pending = e->pending,
	    .pending_count = ROTOR_COUNT_OF(e->pending),
	    .on_message = on_message,
	    .ctx = e,
	};
	const struct rotor_mctp_control_config control = {
	    .uuid = a->has_uuid ? a->uuid : NULL,
	    .types = a->types,
	    .type_count = a->type_count,
	    .on_eid = on_eid,
	    .ctx = e,
	};
	enum rotor_status status = rotor_mctp_init(&e->mctp, &mctp);
	if (status == ROTOR_OK) {
		status = rotor_mctp_control_init(&e->control, &e->mctp, &control);
	}
	if (status != ROTOR_OK) {
		cli_fail(e->cli, "the endpoint cannot be started", rotor_status_string(status));
	}
	return status == ROTOR_OK;
}

/*
 * The kernel gets a new EID when the answer to its assignment has left: whoever assigned it waits for one from the EID that
 * it asked.
 */
static bool settle_eid(struct endpoint *e)
{
	uint8_t eid = rotor_mctp_eid(&e->mctp);
	if (!e->joint.setup.link || eid == 0 || eid == e->joint.setup.eid ||
	    rotor_mctp_sending(&e->mctp)) {
		return true;
	}
	enum rotor_status status = rotor_mctp_setup_set_eid(&e->joint.setup, eid);
	if (status != ROTOR_OK) {
		cli_fail(e->cli, "the kernel does not take the EID that the bus owner assigned",
			 rotor_status_string(status));
	}
	return status == ROTOR_OK;
}

static int serve(struct endpoint *e)
{
	rotor_event(&e->cli->events, ROTOR_INFO, "serving",
		    ROTOR_SAY("answering as EID {eid} until a signal comes"),
		    ROTOR_UINT("eid", rotor_mctp_eid(&e->mctp)));
	while (!ended) {
		rotor_mctp_poll(&e->mctp, rotor_loop_now());
		joint_send(&e->joint, rotor_loop_now());
		if (!settle_eid(e)) {
			return CLI_FAILED;
		}
		rotor_ms now = rotor_loop_now();
		rotor_ms due = rotor_mctp_deadline(&e->mctp);
		rotor_ms link = joint_deadline(&e->joint);
		due = link < due ? link : due;
		rotor_ms left = due > now ? due - now : 0;
		struct pollfd wait[JOINT_FDS];
		joint_watch(&e->joint, wait);
		if (poll(wait, JOINT_FDS, left > 1000 ? 1000 : (int)left) < 0 && errno != EINTR) {
			return cli_fail(e->cli, "cannot wait for the bus", NULL);
		}
		if (joint_serve(&e->joint, rotor_loop_now()) != ROTOR_OK) {
			return joint_lost(&e->joint);
		}
	}
	return CLI_DONE;
}

/* ---- the bus owner ---- */

/* What is told of an endpoint when it changes. */
struct known {
	uint8_t eid, uuid[ROTOR_MCTP_UUID_SIZE];
	enum rotor_status status;
};

/* Whether others, or in another way, have been found than the last time; keeps what it sees. */
static bool has_changed(struct live *live, struct known *known, size_t *known_count)
{
	size_t count = 0;
	const struct rotor_mctp_found *found =
	    rotor_mctp_bus_owner_found(&live->buses[0].bus.owner, &count);
	bool changed = count != *known_count;
	for (size_t i = 0; i < count; i++) {
		struct known now = {.eid = found[i].eid, .status = found[i].status};
		memcpy(now.uuid, found[i].uuid, sizeof(now.uuid));
		changed = changed || found[i].assigned || now.eid != known[i].eid ||
			  now.status != known[i].status ||
			  memcmp(now.uuid, known[i].uuid, sizeof(now.uuid)) != 0;
		known[i] = now;
	}
	*known_count = count;
	return changed;
}

/* Looks again and again: who comes, or has lost its EID in a restart, gets one. */
static int own(struct rotor_cli *cli, const struct arguments *a)
{
	struct rotor_agent_job_config config = {.kind = ROTOR_AGENT_DISCOVER};
	static struct known known[ROTOR_AGENT_DEVICES];
	size_t known_count = 0;
	struct live *live = live_open(cli, &a->live, 0);
	int code = live ? CLI_DONE : CLI_FAILED;
	if (live) {
		live->quiet = true;
		live->narrate = cli->events.verbose;
	}
	while (code == CLI_DONE && !ended) {
		code = live_run(live, &config);
		if (code == CLI_DONE && has_changed(live, known, &known_count)) {
			live_report_found(cli, &live->buses[0]);
		}
		rotor_agent_job_drop(&live->devices[0].job);
		if (code == CLI_DONE) {
			code = live_wait(live, rotor_loop_now() + LOOK_MS, &ended);
		}
	}
	live_close(live);
	return code;
}

/* ---- either ---- */

static const struct argp_option options[] = {
    {"uuid", OPTION_UUID, "UUID", 0, "own UUID (default: none)", 0},
    {"type", OPTION_TYPES, "TYPE", 0,
     "a message type that another program of this machine serves, to be told to who asks; "
     "repeatable",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const uint32_t version_1_0[] = {ROTOR_MCTP_VERSION(1, 0, 0)};
	struct arguments *a = state->input;
	uint64_t type = 0;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		state->child_inputs[1] = &a->live;
		return 0;
	case OPTION_UUID:
		a->has_uuid = cli_uuid(arg, NULL, a->uuid);
		if (!a->has_uuid) {
			argp_error(state, "'%s' is not a UUID", arg);
		}
		return 0;
	case OPTION_TYPES:
		if (!cli_number(arg, 0x7d, &type) || type == 0 || a->type_count == TYPES_MAX) {
			argp_error(state, "'%s' is not a message type (1 to 125)", arg);
		}
		a->types[a->type_count++] = (struct rotor_mctp_type_support){
		    .type = (uint8_t)type, .versions = version_1_0, .version_count = 1};
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int answer(struct rotor_cli *cli, const struct arguments *a)
{
	struct endpoint *e = calloc(1, sizeof(*e));
	if (!e) {
		return cli_fail(cli, "out of memory", NULL);
	}
	e->cli = cli;
	int code = CLI_FAILED;
	if (joint_open(&e->joint, cli, &a->live.joint)) {
		if (start(e, a) && joint_join(&e->joint, &e->mctp, NULL, NULL)) {
			code = serve(e);
		}
	}
	joint_close(&e->joint);
	free(e);
	return code;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Be an MCTP endpoint: answer the control protocol, and take the EID that a bus owner "
	   "assigns; with --bus-owner, be that one, and give EIDs to those who come or have lost "
	   "theirs. "
	   "On Linux's MCTP (--af-mctp) somebody has to do both, since the kernel does not; routes "
	   "are kept for other programs.\v"
	   "Exit codes: 0 ended by SIGTERM or SIGINT, 1 failed, 2 usage.",
    .children = live_children,
};

int cmd_endpoint(struct rotor_cli *cli, int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct arguments a = {.cli = cli};
	live_defaults(&a.live);
	a.live.joint.control_only = true;
	cli_parse(&argp, argc, argv, &a);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	return a.live.bus_owner ? own(cli, &a) : answer(cli, &a);
}
