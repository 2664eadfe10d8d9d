/* SPDX-License-Identifier: Apache-2.0 */
/* The options that say who rotor is on the bus and what it trusts. */
#include <stdlib.h>
#include <string.h>

#include "live.h"

#define DEFAULT_ADDRESS    0x10
#define DEFAULT_EID        10
#define DEFAULT_POOL_FIRST 20
#define DEFAULT_POOL_LAST  99

enum {
	OPTION_BUS = 0x200,
	OPTION_SERIAL,
	OPTION_AF_MCTP,
	OPTION_I2C,
	OPTION_SPDM_EMU,
	OPTION_ADDRESS,
	OPTION_EID,
	OPTION_OWNER,
	OPTION_TARGETS,
	OPTION_ASSIGN,
	OPTION_POOL,
	OPTION_TRUST,
	OPTION_CHAIN,
	OPTION_KEY,
	OPTION_SPDM,
	OPTION_CHAINS,
	OPTION_TRACE,
	OPTION_KEYLOG,
};

static const struct argp_option options[] = {
    {"bus", OPTION_BUS, "unix:PATH", 0,
     "the bus to join: a socket of rotor-bus; 'update' takes this and its sisters more than once",
     0},
    {"serial", OPTION_SERIAL, "unix:PATH|tcp:HOST:PORT|TTY", 0,
     "instead of a bus, the serial line with the device at its other end: a terminal (115200 baud, "
     "8N1), a Unix socket "
     "as QEMU makes of a UART, or, for development, a TCP connection that anybody can read",
     0},
    {"af-mctp", OPTION_AF_MCTP, "NET|LINK|tty:TTY", 0,
     "instead, this machine's kernel as the MCTP stack: where its routes lead in a network (a "
     "number), all "
     "that is on a network interface (a name), or what is at the other end of a terminal, on which "
     "the "
     "kernel's serial line discipline is put meanwhile",
     0},
    {"i2c", OPTION_I2C, "/dev/i2c-N[,QUEUE]", 0,
     "instead, an I2C adapter whose driver has a slave message queue (a file in sysfs) for the own "
     "address; with the kernel's mctp-i2c use --af-mctp",
     0},
    {"spdm-emu", OPTION_SPDM_EMU, "HOST:PORT", 0,
     "attest: instead of either, a responder that speaks SPDM over TCP as DMTF's emulators do; it "
     "needs no EID",
     0},
    {"address", OPTION_ADDRESS, "ADDR", 0, "own 7-bit SMBus address (default 0x10)", 0},
    {"eid", OPTION_EID, "EID", 0,
     "own MCTP endpoint ID (default 10); with --af-mctp, that of a link that has none yet", 0},
    {"bus-owner", OPTION_OWNER, NULL, 0,
     "be the bus owner: give EIDs to the devices found; only one process on a bus (or line) may, "
     "and "
     "somebody must: a device "
     "loses its EID when it restarts",
     0},
    {"targets", OPTION_TARGETS, "ADDR,...", 0,
     "addresses where devices may be (default: all, which writes to whatever sits there)", 0},
    {"assign", OPTION_ASSIGN, "UUID=EID", 0, "bus owner: the EID that a device keeps; repeatable",
     0},
    {"pool", OPTION_POOL, "FIRST-LAST", 0,
     "bus owner: EIDs to give to devices without one (default 20-99)", 0},
    {"trust", OPTION_TRUST, "DIR", 0,
     "attest, update, security-revision: trust store, a folder with roots/, signers/ and "
     "known-good/",
     0},
    {"agent-chain", OPTION_CHAIN, "FILE", 0,
     "update, security-revision: own certificate chain, root first (PEM)", 0},
    {"agent-key", OPTION_KEY, "FILE", 0,
     "update, security-revision: own private key (PEM); without chain and key only the device is "
     "authenticated, and "
     "it refuses to be "
     "updated",
     0},
    {"spdm", OPTION_SPDM, "1.2|1.3", 0,
     "attest, update, security-revision: highest SPDM version to speak (default 1.3)", 0},
    {"chains", OPTION_CHAINS, "DIR", 0,
     "attest, update, security-revision: keep devices' certificate chains in this folder, and ask "
     "for none that is there",
     0},
    {"trace", OPTION_TRACE, "FILE", 0, "record every MCTP packet (pcap, link type 291)", 0},
    {"keylog", OPTION_KEYLOG, "FILE", 0,
     "write the SESSION SECRETS to a file, so that 'rotor trace show' can open the session: for "
     "debugging only",
     0},
    {0}};

void live_defaults(struct live_options *o)
{
	memset(o, 0, sizeof(*o));
	o->joint.address = DEFAULT_ADDRESS;
	o->joint.eid = DEFAULT_EID;
	o->pool_first = DEFAULT_POOL_FIRST;
	o->pool_last = DEFAULT_POOL_LAST;
	o->spdm = "1.3";
}

static bool parse_address(const char *text, uint64_t *value)
{
	return cli_number(text, 0x77, value) && *value >= 0x08;
}

bool live_eid(const char *text, uint8_t *eid)
{
	uint64_t value = 0;
	bool good = cli_number(text, ROTOR_MCTP_EID_LAST, &value) && value >= ROTOR_MCTP_EID_FIRST;
	*eid = (uint8_t)value;
	return good;
}

static bool parse_targets(struct live_options *o, const char *text)
{
	char copy[512];
	char *rest = NULL;
	size_t len = strlen(text);
	if (len >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text, len + 1);
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		uint64_t address = 0;
		if (o->target_count == LIVE_ADDRESSES_MAX || !parse_address(word, &address)) {
			return false;
		}
		o->targets[o->target_count++] = (rotor_mctp_phys)address;
	}
	return o->target_count > 0;
}

static bool parse_assign(struct live_options *o, const char *text)
{
	char uuid[64];
	const char *equals = strchr(text, '=');
	if (!equals || (size_t)(equals - text) >= sizeof(uuid) ||
	    o->known_count == LIVE_KNOWN_MAX) {
		return false;
	}
	memcpy(uuid, text, (size_t)(equals - text));
	uuid[equals - text] = 0;
	struct rotor_mctp_uuid_eid *known = &o->known[o->known_count++];
	return cli_uuid(uuid, NULL, known->uuid) && live_eid(equals + 1, &known->eid);
}

static bool parse_pool(struct live_options *o, const char *text)
{
	char first[8] = {0};
	const char *dash = strchr(text, '-');
	if (!dash || dash == text || (size_t)(dash - text) >= sizeof(first)) {
		return false;
	}
	memcpy(first, text, (size_t)(dash - text));
	return live_eid(first, &o->pool_first) && live_eid(dash + 1, &o->pool_last) &&
	       o->pool_first <= o->pool_last;
}

static int places(const struct joint_options *j)
{
	return (j->bus != NULL) + (j->serial != NULL) + (j->af_mctp != NULL) + (j->i2c != NULL) +
	       (j->spdm_emu != NULL);
}

/* Where the place that an option names is to be kept: a second one is of another bus. */
static struct joint_options *place(struct live_options *o)
{
	struct joint_options *last = o->more_count ? &o->more[o->more_count - 1] : &o->joint;
	if (!places(last)) {
		return last;
	}
	if (o->more_count == LIVE_BUSES_MAX - 1) {
		return NULL;
	}
	return &o->more[o->more_count++];
}

static bool parse_place(struct live_options *o, int key, const char *arg)
{
	struct joint_options *j = place(o);
	if (!j || !arg[0]) {
		return false;
	}
	switch (key) {
	case OPTION_BUS:
		j->bus = arg + 5;
		return strncmp(arg, "unix:", 5) == 0 && arg[5];
	case OPTION_SERIAL:
		j->serial = arg;
		return true;
	case OPTION_I2C:
		j->i2c = arg;
		return true;
	case OPTION_AF_MCTP:
		j->af_mctp = arg;
		return true;
	default:
		j->spdm_emu = arg;
		return true;
	}
}

const struct joint_options *live_place(const struct live_options *o, size_t n)
{
	return n == 0 ? &o->joint : &o->more[n - 1];
}

bool live_somewhere(const struct live_options *o)
{
	return places(&o->joint) != 0;
}

/* A place, and nothing that it does not have. */
static void check_place(struct argp_state *state, const struct live_options *o,
			const struct joint_options *j)
{
	if (places(j) != 1) {
		argp_error(
		    state,
		    "one of --bus, --serial, --af-mctp, --i2c and --spdm-emu is needed: where "
		    "is the device?");
	}
	if ((j->serial || j->spdm_emu) && (o->address_given || o->target_count)) {
		argp_error(state, "only a bus has addresses");
	}
	if (j->af_mctp && o->address_given) {
		argp_error(state, "the kernel's links have their addresses already");
	}
	if (j->af_mctp && j->af_mctp[0] >= '0' && j->af_mctp[0] <= '9' &&
	    (o->bus_owner || o->target_count)) {
		argp_error(state,
			   "a bus owner, and who asks addresses, needs a link, not a network");
	}
}

/* One place, or as many as the command takes; all have the same own address and EID. */
static void check_places(struct argp_state *state, struct live_options *o)
{
	if (o->more_count && !o->several) {
		argp_error(state, "only one of --bus, --serial, --af-mctp, --i2c and --spdm-emu");
	}
	for (size_t i = 0; i <= o->more_count; i++) {
		check_place(state, o, live_place(o, i));
	}
	for (size_t i = 0; i < o->more_count; i++) {
		o->more[i].address = o->joint.address;
		o->more[i].eid = o->joint.eid;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct live_options *o = state->input;
	uint64_t number = 0;
	bool good = true;
	switch (key) {
	case OPTION_BUS:
	case OPTION_SERIAL:
	case OPTION_I2C:
	case OPTION_AF_MCTP:
	case OPTION_SPDM_EMU:
		good = parse_place(o, key, arg);
		break;
	case OPTION_ADDRESS:
		good = parse_address(arg, &number);
		o->joint.address = (uint8_t)number;
		o->address_given = true;
		break;
	case OPTION_EID:
		good = live_eid(arg, &o->joint.eid);
		break;
	case OPTION_OWNER:
		o->bus_owner = true;
		break;
	case OPTION_TARGETS:
		good = parse_targets(o, arg);
		break;
	case OPTION_ASSIGN:
		good = parse_assign(o, arg);
		break;
	case OPTION_POOL:
		good = parse_pool(o, arg);
		break;
	case OPTION_TRUST:
		o->trust = arg;
		break;
	case OPTION_CHAIN:
		o->agent_chain = arg;
		break;
	case OPTION_KEY:
		o->agent_key = arg;
		break;
	case OPTION_SPDM:
		good = strcmp(arg, "1.2") == 0 || strcmp(arg, "1.3") == 0;
		o->spdm = arg;
		break;
	case OPTION_CHAINS:
		o->chains = arg;
		break;
	case OPTION_TRACE:
		o->trace = arg;
		break;
	case OPTION_KEYLOG:
		o->keylog = arg;
		break;
	case ARGP_KEY_SUCCESS:
		if (o->offline) {
			break;
		}
		check_places(state, o);
		if (!o->agent_chain != !o->agent_key) {
			argp_error(state, "--agent-chain and --agent-key go together");
		}
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (!good) {
		argp_error(state, "'%s' is not a value for that option; see --help", arg);
	}
	return 0;
}

bool live_trusts(struct rotor_cli *cli, const struct live_options *o)
{
	if (!o->trust) {
		cli_fail(cli, "no trust store: nothing could be believed",
			 "give one with --trust DIR");
	}
	return o->trust != NULL;
}

static const struct argp live_argp = {.options = options, .parser = parse};

const struct argp_child live_children[] = {
    {&cli_common_argp, 0, NULL, 9}, {&live_argp, 0, "Bus and trust:", 1}, {0}};

error_t live_parse_device(int key, char *arg, struct argp_state *state)
{
	struct live_arguments *a = state->input;
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
		a->eid = JOINT_EMU_EID;
		if (!a->live.joint.spdm_emu && !a->live.offline)
			argp_error(state, "which device? give its endpoint ID");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}
