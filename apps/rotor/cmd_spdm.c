/* SPDX-License-Identifier: Apache-2.0 */
/* rotor spdm: an SPDM conversation, step by step, with a responder behind TCP. */
#include <stdlib.h>
#include <string.h>

#include "rotor/pldm.h"
#include "spdm_client.h"

#define STEPS_MAX 64

struct arguments {
	struct rotor_cli *cli;
	struct spdm_client_options o;
	const char *steps[STEPS_MAX];
	size_t step_count;
};

/* ---- the steps ---- */

/* @return ROTOR_OK: begun, or, of a step that does all by itself, done; ROTOR_ERR_ARGUMENT: no such argument */
typedef enum rotor_status begin_fn(struct spdm_client *c, const char *argument);
typedef void report_fn(struct spdm_client *c);

static bool summary_of(const char *argument, uint8_t *summary)
{
	static const struct {
		const char *name;
		uint8_t type;
	} types[] = {{"none", ROTOR_SPDM_SUMMARY_NONE},
		     {"tcb", ROTOR_SPDM_SUMMARY_TCB},
		     {"all", ROTOR_SPDM_SUMMARY_ALL}};
	for (size_t i = 0; i < ROTOR_COUNT_OF(types); i++) {
		if (strcmp(argument ? argument : "none", types[i].name) == 0) {
			*summary = types[i].type;
			return true;
		}
	}
	return false;
}

static enum rotor_status begin_connect(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT : rotor_spdm_requester_connect(&c->q);
}

static void report_connect(struct spdm_client *c)
{
	const struct rotor_spdm_peer *p = &c->q.peer;
	rotor_event(&c->cli->events, ROTOR_INFO, "spdm.connected",
		    ROTOR_SAY("SPDM {spdm}, capabilities {capabilities}"),
		    ROTOR_STRING("spdm", rotor_spdm_version_name(p->version)),
		    ROTOR_HEX("capabilities", p->capabilities),
		    ROTOR_UINT("data_transfer_size", p->data_transfer_size),
		    ROTOR_UINT("max_message_size", p->max_message));
}

static enum rotor_status begin_digests(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT : rotor_spdm_requester_get_digests(&c->q);
}

static void report_digests(struct spdm_client *c)
{
	rotor_event(&c->cli->events, ROTOR_INFO, "spdm.digests",
		    ROTOR_SAY("slots with a chain: {slots}"),
		    ROTOR_HEX("slots", c->q.digests.slots));
}

static enum rotor_status begin_certificate(struct spdm_client *c, const char *argument)
{
	uint64_t slot = 0;
	if (argument && !cli_number(argument, ROTOR_SPDM_SLOT_COUNT - 1, &slot)) {
		return ROTOR_ERR_ARGUMENT;
	}
	return rotor_spdm_requester_get_certificate(&c->q, (uint8_t)slot, c->peer_chain,
						    sizeof(c->peer_chain));
}

static void report_certificate(struct spdm_client *c)
{
	const struct rotor_spdm_chain *chain = &c->q.chain;
	rotor_event(
	    &c->cli->events, ROTOR_INFO, "spdm.certificate",
	    ROTOR_SAY("slot {slot}: a chain of {certificates} certificates to a trusted root"),
	    ROTOR_UINT("slot", chain->slot), ROTOR_UINT("certificates", chain->cert_count),
	    ROTOR_BYTES("leaf", chain->leaf.der.data, chain->leaf.der.len));
}

static enum rotor_status begin_challenge(struct spdm_client *c, const char *argument)
{
	uint8_t summary;
	return summary_of(argument, &summary) ? rotor_spdm_requester_challenge(&c->q, summary)
					      : ROTOR_ERR_ARGUMENT;
}

/* Words with commas: a block's index, "all" (the default) or "count"; "raw", "signed", "session". */
static enum rotor_status begin_measure(struct spdm_client *c, const char *argument)
{
	char copy[64] = "";
	char *rest = NULL;
	bool raw = false, with_signature = false, in_session = false;
	uint64_t operation = ROTOR_SPDM_MEAS_OP_ALL;
	if (argument && strlen(argument) >= sizeof(copy)) {
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(copy, argument ? argument : "", argument ? strlen(argument) + 1 : 1);
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		if (strcmp(word, "raw") == 0) {
			raw = true;
		} else if (strcmp(word, "signed") == 0) {
			with_signature = true;
		} else if (strcmp(word, "session") == 0) {
			in_session = true;
		} else if (strcmp(word, "count") == 0) {
			operation = ROTOR_SPDM_MEAS_OP_COUNT;
		} else if (strcmp(word, "all") != 0 && !cli_number(word, 0xfe, &operation)) {
			return ROTOR_ERR_ARGUMENT;
		}
	}
	return rotor_spdm_requester_get_measurements(&c->q, in_session, (uint8_t)operation,
						     with_signature, raw, c->blocks,
						     sizeof(c->blocks));
}

static void report_measure(struct spdm_client *c)
{
	const struct rotor_spdm_measured *m = &c->q.measurements;
	struct rotor_bytes record = m->record;
	struct rotor_spdm_block block;
	rotor_event(&c->cli->events, ROTOR_INFO, "spdm.measurements",
		    m->is_signed ? ROTOR_SAY("measurements: {count}, signed")
				 : ROTOR_SAY("measurements: {count}, not signed"),
		    ROTOR_UINT("count", m->count), ROTOR_BOOL("signed", m->is_signed));
	while (rotor_spdm_next_block(&record, &block) == ROTOR_OK) {
		rotor_event(&c->cli->events, ROTOR_INFO, "measurement",
			    ROTOR_SAY("measurement {index} ({name}): {value}"),
			    ROTOR_HEX("index", block.index),
			    ROTOR_STRING("name", rotor_spdm_measurement_type_name(block.type)),
			    ROTOR_BOOL("raw", block.raw),
			    ROTOR_BYTES("value", block.value.data, block.value.len));
	}
}

static enum rotor_status begin_session(struct spdm_client *c, const char *argument)
{
	uint8_t summary;
	return summary_of(argument, &summary) ? rotor_spdm_requester_start_session(&c->q, summary)
					      : ROTOR_ERR_ARGUMENT;
}

static void report_session(struct spdm_client *c)
{
	struct rotor_spdm_session_info info = {0};
	(void)rotor_spdm_requester_session(&c->q, &info);
	rotor_event(&c->cli->events, ROTOR_INFO, "session.established",
		    info.mutual ? ROTOR_SAY("session {session}: both sides are authenticated")
				: ROTOR_SAY("session {session}: the responder is authenticated"),
		    ROTOR_HEX("session", info.session_id), ROTOR_BOOL("mutual", info.mutual));
}

static enum rotor_status begin_heartbeat(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT : rotor_spdm_requester_heartbeat(&c->q);
}

static enum rotor_status begin_end(struct spdm_client *c, const char *argument)
{
	return argument ? ROTOR_ERR_ARGUMENT : rotor_spdm_requester_end_session(&c->q);
}

/* GetTID, in the session: done when it returns. */
static enum rotor_status begin_pldm(struct spdm_client *c, const char *argument)
{
	uint8_t request[16];
	size_t len = 0;
	struct rotor_writer w = rotor_writer(request, sizeof(request));
	struct rotor_pldm_message msg;
	if (argument) {
		return ROTOR_ERR_ARGUMENT;
	}
	rotor_pldm_request_begin(&w, 0, ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_GET_TID);
	enum rotor_status status = rotor_writer_end(&w, &len);
	if (status == ROTOR_OK) {
		status = spdm_client_exchange(c, 1, request, len);
	}
	if (status == ROTOR_OK) {
		status = rotor_pldm_open(c->app, c->app_len, &msg);
	}
	if (status == ROTOR_OK && (msg.header.request || msg.completion != ROTOR_PLDM_SUCCESS)) {
		status = ROTOR_ERR_PEER;
	}
	return status;
}

static const struct step {
	const char *name;
	begin_fn *begin;
	report_fn *report;
	bool whole; /* begin does all */
} steps[] = {
    {"connect", begin_connect, report_connect, false},
    {"digests", begin_digests, report_digests, false},
    {"certificate", begin_certificate, report_certificate, false},
    {"challenge", begin_challenge, NULL, false},
    {"measure", begin_measure, report_measure, false},
    {"session", begin_session, report_session, false},
    {"heartbeat", begin_heartbeat, NULL, false},
    {"pldm", begin_pldm, NULL, true},
    {"end", begin_end, NULL, false},
};

static const struct step *step_of(const char *text, const char **argument)
{
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	*argument = equals ? equals + 1 : NULL;
	for (size_t i = 0; i < ROTOR_COUNT_OF(steps); i++) {
		if (strlen(steps[i].name) == len && memcmp(steps[i].name, text, len) == 0) {
			return &steps[i];
		}
	}
	return NULL;
}

/* ---- the command line ---- */

enum {
	OPTION_EMU = 0x300,
	OPTION_ROOT,
	OPTION_CHAIN,
	OPTION_KEY,
	OPTION_NEED_MUTUAL,
	OPTION_RSASSA,
	OPTION_SPDM,
	OPTION_TRANSFER,
	OPTION_SHUTDOWN,
	OPTION_TRACE,
	OPTION_KEYLOG,
};

static const struct argp_option options[] = {
    {"spdm-emu", OPTION_EMU, "HOST:PORT", 0, "where the responder listens; needed", 0},
    {"root", OPTION_ROOT, "FILE", 0,
     "certificate that responders' chains may lead to, PEM or DER; up to four", 0},
    {"chain", OPTION_CHAIN, "FILE", 0, "own certificate chain, root first, PEM or DER", 0},
    {"key", OPTION_KEY, "FILE", 0, "own private key", 0},
    {"rsassa", OPTION_RSASSA, NULL, 0,
     "an own RSA key signs with the padding of PKCS #1 v1.5, not with PSS", 0},
    {"need-mutual-auth", OPTION_NEED_MUTUAL, NULL, 0,
     "fail if the responder does not ask for the own chain", 0},
    {"spdm", OPTION_SPDM, "VERSION,...", 0, "versions to accept (default: all)", 0},
    {"data-transfer-size", OPTION_TRANSFER, "BYTES", 0,
     "largest message to say in GET_CAPABILITIES (default: what the buffer allows)", 0},
    {"shutdown", OPTION_SHUTDOWN, NULL, 0, "ask the responder to end after the last step", 0},
    {"trace", OPTION_TRACE, "FILE", 0, "record every message (pcap, link type 291)", 0},
    {"keylog", OPTION_KEYLOG, "FILE", 0,
     "write the SESSION SECRETS to a file, for 'rotor trace show'", 0},
    {0}};

static bool parse_versions(struct spdm_client_options *o, const char *text)
{
	static const uint8_t known[] = {ROTOR_SPDM_V12, ROTOR_SPDM_V13};
	char copy[64];
	char *rest = NULL;
	uint8_t wanted = 0;
	if (strlen(text) >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text, strlen(text) + 1);
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		size_t i = 0;
		while (i < ROTOR_COUNT_OF(known) &&
		       strcmp(word, rotor_spdm_version_name(known[i])) != 0) {
			i++;
		}
		if (i == ROTOR_COUNT_OF(known)) {
			return false;
		}
		wanted |= (uint8_t)(1u << i);
	}
	o->version_count = 0;
	for (size_t i = 0; i < ROTOR_COUNT_OF(known); i++) {
		if (wanted & 1u << i) {
			o->versions[o->version_count++] = known[i];
		}
	}
	return o->version_count > 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct spdm_client_options *o = &a->o;
	uint64_t number = 0;
	const char *ignored;
	bool good = true;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		break;
	case OPTION_EMU:
		o->where = arg;
		break;
	case OPTION_ROOT:
		good = o->root_count < SPDM_CLIENT_ROOTS_MAX;
		if (good) {
			o->roots[o->root_count++] = arg;
		}
		break;
	case OPTION_CHAIN:
		o->chain = arg;
		break;
	case OPTION_KEY:
		o->key = arg;
		break;
	case OPTION_NEED_MUTUAL:
		o->need_mutual_auth = true;
		break;
	case OPTION_RSASSA:
		o->rsassa = true;
		break;
	case OPTION_SPDM:
		good = parse_versions(o, arg);
		break;
	case OPTION_TRANSFER:
		good = cli_number(arg, UINT32_MAX, &number);
		o->data_transfer_size = (uint32_t)number;
		break;
	case OPTION_SHUTDOWN:
		o->shutdown = true;
		break;
	case OPTION_TRACE:
		o->trace = arg;
		break;
	case OPTION_KEYLOG:
		o->keylog = arg;
		break;
	case ARGP_KEY_ARG:
		good = a->step_count < STEPS_MAX && step_of(arg, &ignored);
		if (good) {
			a->steps[a->step_count++] = arg;
		}
		break;
	case ARGP_KEY_SUCCESS:
		if (!o->where || !a->step_count) {
			argp_error(state, "--spdm-emu and at least one step are needed");
		}
		if (!o->chain != !o->key) {
			argp_error(state, "--chain and --key go together");
		}
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (!good) {
		argp_error(state, "'%s' is not a step, or not a value for that option; see --help",
			   arg);
	}
	return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "STEP...",
    .doc = "Has an SPDM conversation, step by step, with a responder that speaks SPDM over TCP as "
	   "DMTF's emulators "
	   "do: for running rotor against other implementations. Nothing is judged but chains and "
	   "signatures.\v"
	   "Steps:\n"
	   "connect                 GET_VERSION to ALGORITHMS\n"
	   "digests                 GET_DIGESTS\n"
	   "certificate[=SLOT]      GET_CERTIFICATE, and the checks\n"
	   "challenge[=none|tcb|all]\n"
	   "measure[=WORD,...]      all (default), count or an index; raw, signed, session\n"
	   "session[=none|tcb|all]  KEY_EXCHANGE to FINISH\n"
	   "heartbeat, end          HEARTBEAT, END_SESSION\n"
	   "pldm                    PLDM GetTID in the session\n\n"
	   "Exit codes: 0 every step was good; 1 one was not, or failed; 2 usage.",
    .children = cli_children,
};

/* ---- running ---- */

static int fail_step(struct spdm_client *c, const char *step, enum rotor_status status)
{
	const struct rotor_spdm_result *r = &c->q.result;
	char text[256];
	if (r->status == ROTOR_OK || r->status == ROTOR_PENDING || c->lost) {
		snprintf(text, sizeof(text), "%s: %s", step,
			 c->lost ? "the responder has closed the connection"
				 : rotor_status_string(status));
	} else if (r->fail == ROTOR_SPDM_FAIL_PEER_ERROR) {
		snprintf(text, sizeof(text), "%s: %s answered ERROR %s", step,
			 rotor_spdm_code_name(r->request), rotor_spdm_error_name(r->peer_error));
	} else {
		int n = snprintf(text, sizeof(text), "%s: %s: %s", step,
				 rotor_spdm_code_name(r->request), rotor_spdm_fail_string(r->fail));
		if (r->cause != ROTOR_OK && n > 0 && (size_t)n < sizeof(text)) {
			snprintf(text + n, sizeof(text) - (size_t)n, " (%s)",
				 rotor_status_string(r->cause));
		}
	}
	return cli_fail(c->cli, text, NULL);
}

static int run_step(struct spdm_client *c, const char *text)
{
	const char *argument;
	const struct step *step = step_of(text, &argument);
	rotor_event(&c->cli->events, ROTOR_INFO, "step", ROTOR_SAY("{step} ..."),
		    ROTOR_STRING("step", text));
	enum rotor_status status = step->begin(c, argument);
	if (status == ROTOR_OK && !step->whole) {
		status = spdm_client_finish(c);
	}
	if (status != ROTOR_OK) {
		return fail_step(c, text, status);
	}
	if (step->report) {
		step->report(c);
	}
	return CLI_DONE;
}

int cmd_spdm(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli};
	a.o.versions[0] = ROTOR_SPDM_V12;
	a.o.versions[1] = ROTOR_SPDM_V13;
	a.o.version_count = 2;
	cli_parse(&argp, argc, argv, &a);
	struct spdm_client *c = calloc(1, sizeof(*c));
	if (!c) {
		return cli_fail(cli, "out of memory", NULL);
	}
	int code = spdm_client_open(c, cli, &a.o) ? CLI_DONE : CLI_FAILED;
	for (size_t i = 0; code == CLI_DONE && i < a.step_count; i++) {
		code = run_step(c, a.steps[i]);
	}
	if (!spdm_client_close(c)) {
		code = CLI_FAILED;
	}
	free(c);
	return code;
}
